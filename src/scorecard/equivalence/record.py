"""What a run left behind and was made from, read from its folders: the same for a run, a bundle and a rerun."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scorecard.equivalence.manifest import listed, sha256
from scorecard.equivalence.reading import content

LOGGED, SETTINGS, CONTRACT, TABLES, ENVIRONMENT, LOCK, STEPS = (
    "logged.json", "pipeline.json", "contract.yaml", "tables.json", "environment.json", "requirements.lock", "steps.json",
)  # fmt: skip
EDITS, INCUMBENT, DATA, REGISTERED, THRESHOLDS = (
    "edits.yaml", "incumbent.json", "data.json", "registered.json", "thresholds.yaml",
)  # fmt: skip
LIMITS = "thresholds"  # the parameter that names the file of THRESHOLDS, which is compared by content
ELSEWHERE = (
    "parameters",
    "table",
    "earlier",
    "edits",
    "contract",
)  # parameters are those of the steps; the others are compared by content
CLOCK = "time"
STOPPED, BY_ITSELF = "stopped_by", ("", "none", "trials")  # the field that says what ended a search


@dataclass(frozen=True)
class Record:
    """A finished run.

    Attributes
    ----------
    folder : Path
        What belongs to the whole run: settings, contract, fingerprints of its tables, versions.
    steps : mapping of name to folder
        In the order of the line.
    """

    folder: Path
    steps: Mapping[str, Path]

    def logged(self, step: str) -> dict[str, Any]:
        """Return what a step logged: parameters, metrics, hashes of code and notebook."""
        return dict(_json(self.steps[step] / LOGGED))

    def limits(self, step: str) -> str:
        """Return the path of the file of limits that a step was given; empty where it had none."""
        return str(self.logged(step).get("parameters", {}).get(LIMITS, ""))

    def registered(self) -> dict[tuple[str, str], str]:
        """Return the models that the steps registered, as NAME/version, by step and what they were registered as."""
        return {
            (step, name): str(model)
            for step, folder in self.steps.items()
            if (folder / REGISTERED).is_file()
            for name, model in _json(folder / REGISTERED).items()
            if name != "version"
        }

    def artefacts(self, step: str) -> list[str]:
        """Return the names of what a step left, in the order in which it was saved."""
        return list(listed(self.steps[step]))


@dataclass(frozen=True)
class Input:
    """One thing that went into a run, and the first step that it can reach.

    ``kind`` is parameter, setting, data, contract, edits, incumbent, thresholds, notebook, code, package, lock or time.
    """

    kind: str
    name: str
    value: str
    step: str


@dataclass(frozen=True)
class Change:
    """An input that is another in the rerun; None where one of the two has none."""

    kind: str
    name: str
    before: str | None
    after: str | None
    step: str


def changes(before: Record, after: Record) -> list[Change]:
    """Return the inputs that changed, each once, with the first step that it can reach."""
    was, now = ({(each.kind, each.name, each.step): each.value for each in inputs(record)} for record in (before, after))
    found: dict[tuple[str, str, str | None, str | None], Change] = {}
    for kind, name, step in dict.fromkeys([*was, *now]):
        one, other = was.get((kind, name, step)), now.get((kind, name, step))
        if one != other or kind == CLOCK:
            found.setdefault((kind, name, one, other), Change(kind, name, one, other, step))
    return list(found.values())


def inputs(record: Record) -> list[Input]:
    """Return everything that went into a run."""
    first = next(iter(record.steps), "")
    files = (*_files(record.folder, CONTRACT, "contract"), *_files(record.folder, LOCK, "lock"))
    whole = (*_settings(record), *_tables(record), *files, *_packages(record))
    found = [Input(kind, name, value, first) for kind, name, value in whole]
    for step in record.steps:
        found += [Input(kind, name, value, step) for kind, name, value in _of_step(record, step)]
    return found


def rows(record: Record) -> dict[str, str | None]:
    """Return the fingerprint of every table's rows, by role."""
    kept = dict(_json(record.folder / TABLES))
    for step in record.steps:
        if (record.steps[step] / DATA).is_file():  # what the first step of development read
            kept["table"] = _json(record.steps[step] / DATA).get("data_sha256", kept.get("table"))
    return kept


Found = Iterator[tuple[str, str, str]]


def _settings(record: Record) -> Found:
    settings = _json(record.folder / SETTINGS)
    for name, value in settings.items():
        if name == "monitoring":  # where a batch lies moves no number
            value = [{key: each for key, each in batch.items() if key != "table"} for batch in value]  # noqa: PLW2901
        if name not in ELSEWHERE:
            yield "setting", name, json.dumps(value, sort_keys=True, ensure_ascii=False)


def _tables(record: Record) -> Found:
    for role, fingerprint in rows(record).items():
        yield "data", role, str(fingerprint)


def _packages(record: Record) -> Found:
    for name, version in _json(record.folder / ENVIRONMENT).items():
        yield "package", name, str(version)


def _files(folder: Path, name: str, kind: str) -> Found:
    if (folder / name).is_file():
        yield kind, kind, sha256(folder / name)


def _of_step(record: Record, step: str) -> Found:
    folder, logged = record.steps[step], record.logged(step)
    for name, value in logged.get("parameters", {}).items():
        if name != LIMITS or not (folder / THRESHOLDS).is_file():
            yield "parameter", name, str(value)
    yield "code", "scorecard", str(logged.get("code_sha256"))
    yield "notebook", step, str(logged.get("notebook_sha256"))
    yield from _files(folder, EDITS, "edits")
    yield from _files(folder, INCUMBENT, "incumbent")
    yield from _files(folder, THRESHOLDS, LIMITS)
    for name in record.artefacts(step):
        if name.endswith((".json", ".csv")) and (folder / name).is_file():
            for place, value in _stopped(content(folder / name), name):
                yield CLOCK, place, value


def _stopped(found: Any, place: str) -> Iterator[tuple[str, str]]:
    """Find searches that the clock ended: another machine, or another hour, tries another number of settings."""
    pairs = found.items() if isinstance(found, Mapping) else enumerate(found) if isinstance(found, list) else ()
    for name, value in pairs:
        if name == STOPPED and not isinstance(value, Mapping | list) and str(value).lower() not in BY_ITSELF:
            yield f"{place}.{name}", str(value)
        elif isinstance(value, Mapping | list):
            yield from _stopped(value, f"{place}.{name}")


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
