"""The edits file: a YAML list that people review; written whole or not at all, and no entry is lost between two writers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from scorecard.edits.entry import Edit
from scorecard.errors import SettingsError

HEADING = "# Edits of the bins by hand, in the order in which every run replays them.\n"
LINE_WIDTH = 120
BREAKS = set("\r\x85\u2028\u2029")  # YAML's plain and quoted styles fold them; escaped they stay


class _Reader(yaml.SafeLoader):
    """Reads every scalar as the text it is, so that a level named yes or 1 is no truth and no number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice: two entries may have run into one."""
        names = [key.value for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {name} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


class _Writer(yaml.SafeDumper):
    """Writes text that any reader of YAML gives back as it was."""


_Reader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith(":null")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _written_text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style='"' if BREAKS & set(text) else None)


_Writer.add_representer(str, _written_text)


def load(path: Path | str) -> tuple[Edit, ...]:
    """Read the edits of a pipeline; none where the file is not there.

    Raises
    ------
    SettingsError
        Where the file is no YAML list, or an entry has an unknown key or action, no reason or author, a bad time or a value
        of another type; names the file, the entry's number and the fix.
    """
    path = Path(path)
    return _parsed(_read(path), path)


def save(path: Path | str, edits: Sequence[Edit]) -> None:
    """Write all edits of a pipeline, whatever the file holds: in one step, so that no reader ever sees half a file."""
    path = Path(path)
    with _locked(path):
        _write(path, HEADING + _text(edits))


def append(path: Path | str, edit: Edit, complete: Callable[[tuple[Edit, ...], Edit], Edit] | None = None) -> Edit:
    """Add an entry behind those in the file, and return it as written.

    Parameters
    ----------
    path : Path
        Made, with its folder, where it is not there.
    edit : Edit
    complete : function of the entries there and the new one, optional
        Called while no other writer may come between; returns the entry with what it changes in words, or raises where
        it cannot be applied after them.

    Raises
    ------
    SettingsError
        Where the file cannot be read or written.
    """
    path = Path(path)
    with _locked(path):
        text = _read(path)
        there = _parsed(text, path)
        edit = complete(there, edit) if complete else edit
        kept = text if not text or text.endswith("\n") else text + "\n"
        longer = (kept or HEADING) + _text([edit])
        try:
            whole = _parsed(longer, path) == (*there, edit)  # comments of people stay, where the list is open to the end
        except SettingsError:
            whole = False
        _write(path, longer if whole else HEADING + _text([*there, edit]))
    return edit


def _text(edits: Sequence[Edit]) -> str:
    return yaml.dump([edit.to_dict() for edit in edits], Dumper=_Writer, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode() if path.exists() else ""
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}); expected a YAML list of edits. Check the path."
        ) from error


def _parsed(text: str, path: Path) -> tuple[Edit, ...]:
    try:
        content = yaml.load(text, _Reader)  # noqa: S506  a safe loader that knows fewer types still
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # the last for a tag that its text does not keep
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise SettingsError(f"{path}{where} is malformed YAML: {problem}. Mend that line.") from error
    if not isinstance(content, list | None):
        raise SettingsError(
            f"{path} holds {type(content).__name__}; expected a list of edits. Begin each entry with '- action:'."
        )
    return tuple(_entry(each, number, path) for number, each in enumerate(content or (), 1))


def _entry(content: Any, number: int, path: Path) -> Edit:
    if not isinstance(content, dict):
        raise SettingsError(f"{path}, entry {number} is {content!r}; expected keys and values. Begin it with '- action:'.")
    try:
        return Edit.from_dict(content)
    except SettingsError as error:
        raise SettingsError(f"{path}, entry {number}: {error}") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, text: str) -> None:
    target = path.resolve()  # a link stays a link
    new = target.with_name(f".{target.name}.new")
    try:
        with new.open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, new)
        new.replace(target)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"{path} cannot be written ({error.strerror}); the edit is not saved. Check the folder's rights.")
