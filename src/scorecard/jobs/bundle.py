"""A bundle: one finished run as a project folder of its own, with all that a validator on another machine needs to repeat it.

::

    bundle.json, bundle.sha256        what it is; the hash of every other file
    requirements.lock                 the packages, where the project had a lock
    pipelines/ schemas/ notebooks/    settings and edits as they ran, the contract, notebooks without outputs
    run/                              what the run left, a folder a step
    data/                             its tables, where asked for

Executed notebooks, their pages and what is drawn from single rows stay behind, for they may show customers.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import yaml

from scorecard import messages, runner
from scorecard.equivalence import Record
from scorecard.equivalence.manifest import MANIFEST, Fault, broken, faults, listed, parsed, sha256
from scorecard.equivalence.record import CONTRACT, EDITS, INCUMBENT, LIMITS, LOCK, LOGGED, SETTINGS, STEPS, THRESHOLDS
from scorecard.errors import DataError, GovernanceError, SettingsError
from scorecard.jobs import files, keeping, tables
from scorecard.results import Reading
from scorecard.tracking import Store, Tracked, open_store
from scorecard.tracking.store import PARENT

FORMAT = "scorecard-bundle/1"
ABOUT, HASHES, RUN = "bundle.json", "bundle.sha256", "run"
LEFT_OUT = ("*.ipynb", "{step}.html", "evidently.html", "breaches.csv", "*.log")  # outputs of cells, and what shows single rows
FACTS = (
    "version", "commit", "dirty", "library_commit", "library_dirty", "code_sha256", "notebooks_sha256", "settings_sha256",
    "lock_sha256", "packages_sha256", "artefacts_sha256",
)  # fmt: skip
NEEDED = tuple(f"scorecard.{name}" for name in FACTS)  # of a run's tags: others may quote a row, as the reason of a failure does
TOLD = ("format", "run", "name", "steps", "started", "tags", "with_data")
OLDEST = (1980, 1, 1, 0, 0, 0)  # of a zip's clock: equal content gives equal bytes
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)  # the last of a zip with a password
READABLE, UNIX = 0o644 << 16, 3


@dataclass(frozen=True)
class Bundle:
    """A run laid out as a project folder."""

    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """What it is: run, name, tags, tables."""
        return dict(json.loads((self.folder / ABOUT).read_text(encoding="utf-8")))

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.about["name"])

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings as they lie in the folder."""
        return dict(yaml.safe_load(self.pipeline.read_text(encoding="utf-8")))

    @cached_property
    def recorded(self) -> dict[str, Any]:
        """The settings as the run had them: the same, but for where tables, contract and edits lie."""
        return dict(_json(self.record.folder / SETTINGS))

    @property
    def pipeline(self) -> Path:
        """The pipeline YAML."""
        return self.folder / "pipelines" / f"{self.name}.yaml"

    @cached_property
    def record(self) -> Record:
        """What the run left."""
        return Record(self.folder / RUN, {step: self.folder / RUN / step for step in self.about["steps"]})

    @property
    def incumbent(self) -> Path | None:
        """The file of the incumbent that the run compared with; None where it had none."""
        return next((path for step in self.record.steps.values() if (path := step / INCUMBENT).is_file()), None)


def write(reference: str, root: Path, out: Path | None = None, with_data: bool = False) -> tuple[Path, str]:
    """Pack a run into a zip; return its path and SHA-256.

    Parameters
    ----------
    reference : str
        A run's id, or a unique beginning of it.
    root : Path
        The project folder.
    out : Path, optional
        ``NAME-RUN.zip`` in the current folder by default.
    with_data : bool
        Whether the tables come along.

    Raises
    ------
    GovernanceError
        Where the run is not complete, or an artefact is not as the run left it.
    SettingsError, DataError
        Where there is no such run, or a table cannot be packed or is another by now.
    """
    parent = found(open_store(root), reference)
    if missing := refusals(parent):
        more = f" ({len(missing) - 1} more)" if len(missing) > 1 else ""
        raise GovernanceError(f"Run {parent.run_id[:8]} cannot be packed. {messages.render(missing[0])}{more}")
    with tempfile.TemporaryDirectory(prefix="scorecard-bundle-") as place:
        made = lay_out(parent, root, Path(place), with_data)
        out = out or Path(f"{made.name}-{parent.run_id[:8]}.zip")
        with files.writing(out) as part:
            zipped(made.folder, part)
    return out, sha256(out)


def found(store: Store, reference: str) -> Tracked:
    """Return a pipeline's run that has ended, by its id or a unique beginning of it.

    Raises
    ------
    SettingsError
        Where there is none.
    """
    tracked = store.run(reference)
    tags = tracked.run.data.tags
    if PARENT in tags:
        raise SettingsError(f"{reference} is a step of run {tags[PARENT][:8]}; expected a whole run. Name that one.")
    if "scorecard.started_by" not in tags:
        raise SettingsError(f"{reference} is no run of a pipeline; expected one of `scorecard run`. List them: make mlflow")
    if "scorecard.kind" in tags:
        raise SettingsError(
            f"Run {tracked.run_id[:8]} is a {tags['scorecard.kind']} by itself; expected a run of a pipeline. Name the run of the model, "
            "or do it anew: scorecard validate MODEL"
        )
    if tracked.is_running:
        raise SettingsError(f"Run {tracked.run_id[:8]} is still running; expected one that has ended. Wait for it, or stop it.")
    return tracked


def started(tracked: Tracked) -> str:
    """Return when a run began, in UTC."""
    return datetime.fromtimestamp(tracked.run.info.start_time / 1000, UTC).isoformat(timespec="seconds")


def refusals(parent: Tracked) -> list[Reading]:
    """Return what is missing for a run to be packed or repeated, in words: a step, the manifest, a file as it was left."""
    run = parent.run
    if run.info.status != "FINISHED":
        return [Reading("rerun.missing.unfinished", {"status": run.info.status})]
    if run.data.tags.get("scorecard.started_by") == "hand":
        return [Reading("rerun.missing.by_hand")]
    if keeping.ANCHOR not in run.data.tags:
        return [Reading("rerun.missing.unsealed")]
    if found := _told(faults(parent.folder, run.data.tags[keeping.ANCHOR]), ""):
        return found
    anchors, steps = _json(parent.folder / STEPS), keeping.sealed(parent)
    for name, anchor in anchors.items():
        if name not in steps or not anchor:
            found.append(Reading(f"rerun.missing.{'step' if anchor else 'open_step'}", {"step": name}))
        else:
            found += _told(faults(steps[name].folder, anchor), f"{name}/") or _logged(steps[name], name)
    return found


def _told(found: list[Fault], folder: str) -> list[Reading]:
    return [Reading(f"rerun.missing.{each.what}", {"file": f"{folder}{each.name}"}) for each in found]


def _logged(step: Tracked, name: str) -> list[Reading]:
    """Hold the database to what the step itself kept of its parameters and metrics."""
    kept = _json(step.folder / LOGGED)
    same = all(kept[key] == value for key, value in keeping.logged(step).items())
    return [] if same else [Reading("rerun.missing.changed", {"file": f"{name}: mlflow.db"})]


def lay_out(parent: Tracked, root: Path, folder: Path, with_data: bool = False) -> Bundle:
    """Lay a finished run out as a project folder; see `refusals` for what must hold before."""
    record = keeping.record(parent)
    settings = _json(parent.folder / SETTINGS)
    _copy(parent.folder, folder / RUN)
    for name, left in record.steps.items():
        _copy(left, folder / RUN / name)
        _save(folder / "notebooks" / f"{name}.ipynb", nbformat.writes(runner.source(left / f"{name}.ipynb")).encode() + b"\n")
    settings |= _contract(settings, record, folder) | _edits(settings, record, folder) | _limits(settings, record, folder)
    if (parent.folder / LOCK).is_file():  # from it the same packages are installed elsewhere
        _save(folder / LOCK, (parent.folder / LOCK).read_bytes())
    if with_data:
        found = {role: tables.packed(role, table, record, root, folder) for role, table in tables.named(settings).items()}
        settings = tables.placed(settings, found)
    about = {
        "format": FORMAT, "run": parent.run_id, "name": settings["name"], "steps": list(record.steps),
        "started": started(parent),
        "tags": {name: value for name, value in sorted(parent.run.data.tags.items()) if name in NEEDED or name.startswith("version.")},
        "with_data": with_data, "left_out": list(LEFT_OUT),
    }  # fmt: skip
    made = Bundle(folder)
    _save(folder / ABOUT, json.dumps(about, indent=1, ensure_ascii=False).encode() + b"\n")
    write_settings(made.pipeline, settings)
    hashes = "".join(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder) if path.name != HASHES)
    _save(folder / HASHES, hashes.encode())
    return made


def _copy(left: Path, folder: Path) -> None:
    """Copy what a manifest lists, and the manifest itself; what may show customers stays behind."""
    for name in [*listed(left), MANIFEST]:
        if not stays_behind(folder.name, name):
            _save(folder / name, (left / name).read_bytes())


def stays_behind(step: str, name: str) -> bool:
    """Whether an artefact may show customers, and so is no part of a bundle."""
    return any(fnmatchcase(name, pattern.format(step=step)) for pattern in LEFT_OUT)


def _contract(settings: Mapping[str, Any], record: Record, folder: Path) -> dict[str, Any]:
    place = settings["contract"] if tables.is_inside(settings["contract"]) else f"schemas/{settings['name']}.yaml"
    if (record.folder / CONTRACT).is_file():
        _save(folder / place, (record.folder / CONTRACT).read_bytes())
    return {"contract": place}


def _edits(settings: Mapping[str, Any], record: Record, folder: Path) -> dict[str, Any]:
    usual = f"pipelines/edits/{settings['name']}.yaml"
    place = settings.get("edits") if tables.is_inside(settings.get("edits") or "/") else None
    for left in record.steps.values():
        if (left / EDITS).is_file():
            _save(folder / (place or usual), (left / EDITS).read_bytes())
    return {"edits": place}


def _limits(settings: Mapping[str, Any], record: Record, folder: Path) -> dict[str, Any]:
    """Lay the limits of a notebook out under the name that the run had for them, where that lies in the project."""
    parameters = dict(settings["parameters"])
    for name, left in record.steps.items():
        if (left / THRESHOLDS).is_file() and (recorded := record.limits(name)):
            parameters[LIMITS] = recorded if tables.is_inside(recorded) else f"limits/{settings['name']}.yaml"
            _save(folder / parameters[LIMITS], (left / THRESHOLDS).read_bytes())
    return {"parameters": parameters}


def write_settings(path: Path, settings: Mapping[str, Any]) -> None:
    """Write a pipeline YAML."""
    _save(path, yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True).encode())


def zipped(folder: Path, out: Path) -> None:
    """Write a folder as a zip: equal content gives equal bytes on any machine, for nothing is compressed."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), OLDEST)
            entry.external_attr, entry.create_system = READABLE, UNIX
            with path.open("rb") as content, archive.open(entry, "w", force_zip64=True) as packed:
                shutil.copyfileobj(content, packed)


def opened(path: Path, folder: Path) -> Bundle:
    """Unpack a bundle, a zip or a folder, into an empty folder.

    Raises
    ------
    DataError
        Where it is none.
    """
    try:
        if path.is_dir() and (path / ABOUT).is_file():  # another folder may hold anything, and much of it
            shutil.copytree(path, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mlruns"))
        else:
            _unpack(path, folder)
        made = Bundle(folder)
        told = {name: made.about[name] for name in TOLD}
        names = [told["name"], *told["steps"]]  # they become paths
        whole = (folder / HASHES).is_file() and isinstance(told["tags"], dict)
        known = told["format"] == FORMAT and whole and all(Path(name).name == name for name in names)
    except (*UNREADABLE, OSError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise DataError(
            f"{path} is not a bundle of format {FORMAT}; expected a file that `scorecard bundle RUN` wrote. Pack the run again."
        )
    return made


def _unpack(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or not tables.is_inside(entry.filename):
                continue  # a file that is to lie elsewhere is none of ours, and then one is missing
            target = folder / entry.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as unpacked, suppress(zipfile.BadZipFile, zlib.error, EOFError), archive.open(entry) as packed:
                shutil.copyfileobj(packed, unpacked)  # what is damaged is half a file, which its hash will show


def damages(made: Bundle) -> list[Reading]:
    """Return what is not as it was packed, or not as the run left it, in words."""
    if found := _told(_unlike(made.folder, parsed(made.folder / HASHES)), ""):
        return found
    found = _told(_faults(made.record.folder, made.about["tags"].get(keeping.ANCHOR, "")), f"{RUN}/")
    anchors = _json(made.record.folder / STEPS) if not found else {}
    for step, anchor in anchors.items():
        found += _told(_faults(made.record.folder / step, anchor), f"{RUN}/{step}/")
    if not found and list(anchors) != made.about["steps"]:  # what a bundle says of itself is under no anchor of the run
        return _told([Fault(ABOUT, "changed")], "")
    return found


def _unlike(folder: Path, hashes: Mapping[str, str]) -> list[Fault]:
    """Return the files that are not those of a list of hashes; one that is not listed may be anything, also a program."""
    there = {path.relative_to(folder).as_posix() for path in _files(folder)} - {HASHES}
    inside = {name: digest for name, digest in hashes.items() if name in there}
    gone = [Fault(name, "gone") for name in hashes if name not in there]
    return [*(Fault(name, "added") for name in sorted(there - set(hashes))), *gone, *broken(folder, inside)]


def _faults(folder: Path, anchor: str) -> list[Fault]:
    return faults(folder, anchor, [name for name in listed(folder) if stays_behind(folder.name, name)])


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _save(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
