"""A list of what a step left, in the order in which it was saved, with the SHA-256 of every file: what is changed later shows.

The file has the form of ``sha256sum``, so ``sha256sum --check artefacts.sha256`` checks a folder without the kit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "artefacts.sha256"


@dataclass(frozen=True)
class Fault:
    """A file that is not as it was left: ``changed``, ``gone`` or ``added``."""

    name: str
    what: str


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def listing(folder: Path, leaving_out: Collection[str] = ()) -> str:
    """Return the manifest of a folder: a line a file, oldest first; itself and unfinished files aside."""
    files = [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".part" and path.name not in (MANIFEST, *leaving_out)
    ]
    ordered = sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.as_posix()))
    return "".join(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in ordered)


def listed(folder: Path) -> dict[str, str]:
    """Return name and hash of every file of a folder's manifest, in its order; nothing where it has none."""
    path = folder / MANIFEST
    return parsed(path) if path.is_file() else {}


def parsed(path: Path) -> dict[str, str]:
    """Return name and hash of every line of a manifest."""
    pairs = (line.partition("  ") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, _, name in pairs}


def faults(folder: Path, anchor: str, left_out: Collection[str] = ()) -> list[Fault]:
    """Return the files that are not as they were left.

    Parameters
    ----------
    folder : Path
    anchor : str
        SHA-256 of the manifest itself, kept elsewhere.
    left_out : collection of str
        Names that are not expected in this folder.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return [Fault(MANIFEST, "gone")]
    if sha256(manifest) != anchor:
        return [Fault(MANIFEST, "changed")]
    return broken(folder, {name: digest for name, digest in listed(folder).items() if name not in left_out})


def broken(folder: Path, hashes: Mapping[str, str]) -> list[Fault]:
    """Return the files of a folder that do not have these hashes."""
    wrong = (
        (name, folder / name)
        for name, digest in hashes.items()
        if not (folder / name).is_file() or sha256(folder / name) != digest
    )
    return [Fault(name, "changed" if path.is_file() else "gone") for name, path in wrong]
