"""Repeat a run in a project of its own: its settings, notebooks, contract and edits, its tables, its incumbent, its code.

Nothing in the bank's registry can move: the isolated project has a store of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from scorecard import runner
from scorecard.data import source
from scorecard.equivalence import Record
from scorecard.equivalence.record import LIMITS
from scorecard.errors import ScorecardError, SettingsError
from scorecard.jobs import bundle, checkout, keeping, limits, provenance, tables
from scorecard.jobs.bundle import Bundle
from scorecard.jobs.tables import MAIN
from scorecard.results import Reading
from scorecard.settings import Pipeline, Table, Thresholds
from scorecard.tracking import Store, Tracked, open_store

STOPPED = "»: "  # after it, a failed run says why
FINISHED_STEP = re.compile(r"\S+ +\d+\.\d s")  # as `run` tells it
SAFE = {"PYTHONSAFEPATH": "1"}  # neither the process nor its kernels import what lies in the folder they start in
VALIDATION = "05_validation"  # whose parameter names a file of limits
LANGUAGES = get_args(Pipeline.model_fields["language"].annotation)
PATIENCE_SECONDS = 30.0  # for a run to end its kernel after it was told to stop


@dataclass(frozen=True)
class Asked:
    """What is to be repeated, and what is to be otherwise.

    Attributes
    ----------
    reference : str
        A run of the project, or the path of a bundle.
    parameters : mapping of name to text
        That replace the recorded ones.
    table : Table, optional
        To be read instead of the recorded one.
    out : Path, optional
        Folder for the certificate.
    present_code : bool
        Run with the library that is installed here, though the run had another.
    timeout_seconds : int
        That one notebook may take.
    """

    reference: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    table: Table | None = None
    out: Path | None = None
    present_code: bool = False
    timeout_seconds: int = 3600


@dataclass(frozen=True)
class Place:
    """Where a command works: the folder it is given in, the project around it and its store, and a temporary folder."""

    here: Path
    root: Path | None
    store: Store | None
    temporary: Path

    @property
    def project(self) -> Path:
        """The folder of the isolated project."""
        return self.temporary / "project"


@dataclass(frozen=True)
class Repeated:
    """A rerun that reached its end, in its own store, with what people must know of how it ran."""

    parent: Tracked
    record: Record
    notes: tuple[Reading, ...]
    words: tuple[tuple[str, str], ...]


class NotComparable(Exception):  # noqa: N818  no error: a verdict
    """Pieces are missing, without which nothing can be compared."""

    notes: tuple[Reading, ...] = ()

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.missing = Reading(f"rerun.missing.{key}", values)


def repeated(asked: Asked, place: Place, made: Bundle, tell: Callable[[str], None]) -> Repeated:
    """Run the bundle's project, and return what it left."""
    given = _checked(asked, place, made)
    words = (*_reach_tables(asked, place, made), *_moved_limits(given, made))
    if made.incumbent:
        from scorecard.jobs import importing  # noqa: PLC0415  seconds that a run without an incumbent does not need

        importing.stand_in(made.settings["incumbent"], made.incumbent, open_store(place.project))
    _tell_origin(made)
    with _code(asked, place, made) as (code, notes):
        options = [f"--timeout={asked.timeout_seconds}", *(f"-p{name}={value}" for name, value in given.items())]
        try:
            _execute(["run", f"pipelines/{made.name}.yaml", *options], place, code, tell)
        except NotComparable as stopped:
            stopped.notes = notes  # other code than the run's may be why
            raise
    store = open_store(place.project)
    parent = Tracked(store, store.parents(store.experiment(made.name))[0].info.run_id)
    return Repeated(parent, keeping.record(parent), notes, words)


def _checked(asked: Asked, place: Place, made: Bundle) -> dict[str, str]:
    """Return the parameters that are given, once they are known to be parameters of the notebooks; a file as an absolute path."""
    if MAIN in asked.parameters:
        raise SettingsError("-p table names a table; expected it as an option of its own. Write --table instead.")
    notebooks = [made.folder / "notebooks" / f"{step}.ipynb" for step in made.record.steps]
    known = {name: each for notebook in notebooks for name, each in runner.parameters(notebook).items()}
    runner.checked({name: value for name, value in asked.parameters.items() if name != "language"}, known)
    given = dict(asked.parameters)
    if given.get("language", LANGUAGES[0]) not in LANGUAGES:
        raise SettingsError(f"language = {given['language']!r}; expected {' or '.join(LANGUAGES)}. Change -p language.")
    if VALIDATION in made.record.steps and given.get(LIMITS):
        given[LIMITS] = str((place.here / given[LIMITS]).absolute())
        limits.thresholds(Path(given[LIMITS]), Thresholds())
    return given


def _moved_limits(given: Mapping[str, str], made: Bundle) -> tuple[tuple[str, str], ...]:
    """Return what the file of limits is called in the run, and what in its rerun, where that is something else."""
    recorded = next((path for step in made.record.steps if (path := made.record.limits(step))), "")
    now = given.get(LIMITS, made.settings["parameters"].get(LIMITS, recorded))
    return ((recorded, str(now)),) if recorded and now and now != recorded else ()


def _tell_origin(made: Bundle) -> None:
    """Let the rerun record the commit of the run: its notebooks, settings and contract are those, though it is no checkout."""
    told = {name: made.about["tags"].get(f"scorecard.{name}", "unknown") for name in ("commit", "dirty")}
    (made.folder / provenance.ORIGIN).write_text(json.dumps(told), encoding="utf-8")


def _reach_tables(asked: Asked, place: Place, made: Bundle) -> tuple[tuple[str, str], ...]:
    """Let the isolated project reach its tables, and return those addresses that are others there."""
    recorded, found = tables.named(made.recorded), {}
    for role, table in tables.named(made.settings).items():
        if role == MAIN and asked.table:
            found[role] = tables.named_anew(asked.table, place.here)
        else:
            found[role] = _reached(role, table, place, made)
    bundle.write_settings(made.pipeline, tables.placed(made.settings, found))
    pairs = ((str(recorded[role]), str(table)) for role, table in found.items())
    return tuple(pair for pair in pairs if pair[0] != pair[1])


def _reached(role: str, table: Table, place: Place, made: Bundle) -> Table:
    """Reach a recorded table, and hold its rows to those that the run read."""
    if table.dataset:  # it comes with the code
        return table
    root = made.folder if made.about["with_data"] and table.path else place.root or place.here
    recorded = tables.kept(made.record, role)
    if recorded is None:
        raise NotComparable("fingerprint", role=role, table=str(table))
    try:
        now, reached = source.fingerprint(table, root), tables.reached(table, root, made.folder)
    except ScorecardError as error:
        raise NotComparable("table", role=role, table=str(table), why=str(error)) from error
    if now != recorded:
        raise NotComparable("rows", role=role, table=str(table), before=recorded[:12], after=now[:12])
    return reached


@contextmanager
def _code(asked: Asked, place: Place, made: Bundle) -> Iterator[tuple[Path | None, tuple[Reading, ...]]]:
    """Yield where the library of the run is imported from (None: as here), and what is to be said of it."""
    hashes = {made.record.logged(step)["code_sha256"] for step in made.record.steps}
    if hashes == {provenance.code_sha256()}:
        yield None, ()
    elif asked.present_code:
        yield None, (Reading("rerun.note.asked"),)
    elif len(hashes) > 1:
        yield None, (Reading("rerun.note.mixed"),)
    else:
        commit = made.about["tags"].get("scorecard.library_commit", "")
        with checkout.recorded(hashes.pop(), commit, place.root) as code:
            yield code, (_told(commit, code),)


def _told(commit: str, code: Path | None) -> Reading:
    """Say where the library of the run was found, or that it was not."""
    if not checkout.COMMIT.fullmatch(commit):
        return Reading("rerun.note.unrecorded")
    return Reading("rerun.note.worktree" if code else "rerun.note.lost", {"commit": commit[:12]})


def _execute(words: list[str], place: Place, code: Path | None, tell: Callable[[str], None]) -> None:
    """Run a command of the library in the isolated project; one that fails has left a piece missing."""
    path = os.pathsep.join(filter(None, [str(code) if code else "", os.environ.get("PYTHONPATH", "")]))
    environment = os.environ | SAFE | ({"PYTHONPATH": path} if path else {})
    complaints = place.temporary / "complaints"
    with complaints.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603  this interpreter and words of ours, no shell
            [sys.executable, "-m", "scorecard", *words], cwd=place.project, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops that one, once
        )  # fmt: skip
        try:
            for line in process.stdout or ():
                if FINISHED_STEP.fullmatch(line.strip()):
                    tell(line.rstrip())
            process.wait()
        finally:
            _stop(process)
    if process.returncode:
        told = complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        tell("\n".join(told))  # to who called the command, and nobody else: an error may quote a row
        raise NotComparable("rerun", why=_reason(told) if told else f"exit code {process.returncode}")


def _reason(told: Sequence[str]) -> str:
    """Return why a command failed, for the certificate: the notebook and its cell, without what the error holds."""
    line = next((each for each in told if STOPPED in each), told[-1])
    where, stopped, _ = (line.partition(": ")[2] or line).partition(STOPPED)
    return f"{where}»." if stopped else where


def _stop(process: subprocess.Popen[str]) -> None:
    """Let a process that still runs end its notebook, and wait for it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
