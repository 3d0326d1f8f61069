"""Runs, artefacts and the registry in MLflow: `mlruns/mlflow.db` and `mlruns/artifacts` of the project folder."""

from __future__ import annotations

import json
import logging
import platform
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

import pandas
import psutil
from filelock import FileLock
from alembic.util.exc import CommandError
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from scorecard.errors import DataError, SettingsError

log = logging.getLogger(__name__)
logging.getLogger("alembic").setLevel(logging.WARNING)
logging.getLogger("mlflow").setLevel(logging.WARNING)

CLOCK_SECONDS = 60.0  # a process's start moves with the machine's clock when that is set
STEP, PARENT, PROCESS = "scorecard.step", "mlflow.parentRunId", "scorecard.process"
FULL = ("disk is full", "no space left", "disk i/o")
UNWRITABLE = ("readonly", "read-only", "permission denied", "unable to open database")
RELOCATED = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


@dataclass(frozen=True)
class Store:
    """The project's MLflow store.

    Attributes
    ----------
    root : Path
        The project folder.
    """

    root: Path

    @property
    def folder(self) -> Path:
        """The folder with the database and the artefacts."""
        return self.root / "mlruns"

    @property
    def uri(self) -> str:
        """MLflow's address of the database."""
        return f"sqlite:///{(self.folder / 'mlflow.db').as_posix()}"

    @property
    def artifacts(self) -> Path:
        """The folder of all artefacts."""
        return self.folder / "artifacts"

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow's client on this store."""
        return MlflowClient(self.uri, self.uri)

    def experiment(self, name: str) -> str:
        """Return the id of a pipeline's experiment; made where there is none."""
        with FileLock(self.folder / ".lock"):
            found = self.client.get_experiment_by_name(name)
            return str(found.experiment_id if found else self.client.create_experiment(name, self.artifacts.as_uri()))

    def start(self, name: str, experiment: str, parent: str | None = None) -> Tracked:
        """Start a run; with a parent it is a step of it."""
        tags = {PROCESS: this_process(), "mlflow.runName": name}
        tags |= {PARENT: parent, STEP: name} if parent else {}
        run = self.client.create_run(experiment, tags=tags, run_name=name)
        return Tracked(self, run.info.run_id)

    def run(self, run_id: str) -> Tracked:
        """Return a run by its id, or a unique beginning of it.

        Raises
        ------
        SettingsError
            Where there is no such run.
        """
        try:
            return Tracked(self, self.client.get_run(run_id).info.run_id)
        except MlflowException as error:
            known = [run.info.run_id for run in self.runs() if run.info.run_id.startswith(run_id)]
            if len(known) == 1:
                return Tracked(self, known[0])
            raise SettingsError(f"There is no run {run_id!r} in {self.folder / 'mlflow.db'}. List them: make mlflow") from error

    def runs(self, filter_string: str = "", experiment: str | None = None) -> list[Run]:
        """Return runs that fit MLflow's filter, newest first."""
        ids = [experiment] if experiment else [found.experiment_id for found in self.client.search_experiments()]
        return list(self.client.search_runs(ids, filter_string, order_by=["attributes.start_time DESC"], max_results=10_000))

    def parents(self, experiment: str) -> list[Run]:
        """Return a pipeline's runs, newest first, without their steps."""
        return [run for run in self.runs(experiment=experiment) if PARENT not in run.data.tags]


def open_store(root: Path) -> Store:
    """Open the project's store: create it once, mend a moved folder, close runs that a crash left open.

    Raises
    ------
    DataError
        Where mlruns/ cannot be written, the disk is full, or the database is not one that this MLflow reads.
    """
    store = Store(root)
    with writable(store.folder):
        store.artifacts.mkdir(parents=True, exist_ok=True)
        with FileLock(store.folder / ".lock"), _readable(store):
            store.client.search_experiments(max_results=1)
            _relocate(store)
        _close_orphans(store)
    return store


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a full disk or an unwritable folder into one sentence."""
    try:
        yield
    except (OSError, MlflowException, sqlite3.Error, SQLAlchemyError) as error:
        text = str(error).lower()
        full = any(sign in text for sign in FULL)
        if not full and not any(sign in text for sign in UNWRITABLE):
            raise
        why = "is full" if full else "cannot be written"
        raise DataError(
            f"The disk of {folder} {why}; expected room for runs and artefacts. Free some space or change the permissions."
        ) from error


@contextmanager
def _readable(store: Store) -> Iterator[None]:
    """Turn a database that this MLflow does not read into one sentence."""
    try:
        yield
    except (MlflowException, sqlite3.Error, SQLAlchemyError, CommandError) as error:
        text = str(error).lower()
        if any(sign in text for sign in FULL + UNWRITABLE):
            raise
        database, reason = store.folder / "mlflow.db", str(error).splitlines()[0].rstrip(".")
        raise DataError(
            f"{database} cannot be opened: {reason}. Restore it from a backup, or move it away to begin anew."
        ) from error


@dataclass(frozen=True)
class Tracked:
    """One run of the store: what it logs, saves and loads."""

    store: Store
    run_id: str
    started: float = field(default_factory=time.monotonic)

    @property
    def run(self) -> Run:
        """MLflow's own record, read anew."""
        return self.store.client.get_run(self.run_id)

    @cached_property
    def folder(self) -> Path:
        """The folder of its artefacts."""
        return local_path(self.run.info.artifact_uri)

    def log(
        self,
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        """Log parameters, metrics and tags in one batch."""
        now = int(time.time() * 1000)
        self.store.client.log_batch(
            self.run_id,
            metrics=[Metric(_key(name), float(value), now, 0) for name, value in (metrics or {}).items()],
            params=[Param(_key(name), str(value)) for name, value in (params or {}).items()],
            tags=[RunTag(name, str(value)) for name, value in (tags or {}).items()],
        )

    def path(self, name: str) -> Path:
        """Return where an artefact of this name is written; its folder exists."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def save_text(self, name: str, text: str) -> None:
        """Save a text artefact, whole or not at all."""
        target = self.path(name)
        part = target.with_name(target.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(target)

    def save_json(self, name: str, content: Any) -> None:
        """Save plain values as JSON."""
        self.save_text(name, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")

    def save_table(self, name: str, table: pandas.DataFrame) -> None:
        """Save a table as CSV, for people and for later steps."""
        self.save_text(name, table.to_csv(index=False))

    def finish(self, status: str) -> None:
        """End the run: FINISHED, FAILED or KILLED."""
        self.store.client.set_terminated(self.run_id, status)

    @property
    def is_running(self) -> bool:
        """Whether a process of this machine is at work on it."""
        run = self.run
        owner, pid, created = _process(run)
        return run.info.status == "RUNNING" and owner == _host() and _alive(pid, created)

    def steps(self) -> dict[str, Tracked]:
        """Return the newest finished run of each step."""
        children = self.store.runs(f"tags.`{PARENT}` = '{self.run_id}'", self.run.info.experiment_id)
        finished = [child for child in reversed(children) if child.info.status == "FINISHED"]
        return {child.data.tags[STEP]: Tracked(self.store, child.info.run_id) for child in finished}

    def artefact(self, step: str, name: str) -> Path:
        """Return the path of an artefact that an earlier step saved.

        Raises
        ------
        DataError
            Where the step has not run or did not save it.
        """
        steps = self.steps()
        if step not in steps:
            raise DataError(
                f"The run {self.run_id[:8]} has no finished step {step}; it is needed first. Run that notebook, or resume: --from {step}"
            )
        path = steps[step].folder / name
        if not path.is_file():
            raise DataError(f"Step {step} of run {self.run_id[:8]} did not leave {name}. Run it again: --from {step}")
        return path


def local_path(uri: str) -> Path:
    """Return the path of a file URI."""
    parsed = urlparse(uri)
    return Path(url2pathname(unquote(parsed.path))) if parsed.scheme == "file" else Path(uri)


def _key(name: str) -> str:
    """Return a name MLflow takes: letters, digits and ``_-.: ``; other characters of columns become their code point."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "_-.: ") else f"u{ord(char):x}" for char in name)


def this_process() -> str:
    """Return who runs: machine, process and when it started."""
    own = psutil.Process()
    return f"{_host()}:{own.pid}:{own.create_time():.0f}"


def _host() -> str:
    return platform.node()


def _process(run: Run) -> tuple[str, str, str]:
    """Return the machine, process and its start that a run was tagged with; empty where it was not."""
    owner, pid, created = run.data.tags.get(PROCESS, "::").rsplit(":", 2)
    return owner, pid, created


def _close_orphans(store: Store) -> None:
    """Mark runs as failed whose process on this machine is gone."""
    for run in store.runs("attributes.status = 'RUNNING'"):
        owner, pid, created = _process(run)
        if owner == _host() and not _alive(pid, created):
            store.client.set_tag(run.info.run_id, "scorecard.error", "the process ended without closing the run")
            store.client.set_terminated(run.info.run_id, "FAILED")
            log.info("orphan closed run=%s", run.info.run_id)


def _alive(pid: str, created: str) -> bool:
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - float(created)) < CLOCK_SECONDS
    except psutil.Error:
        return False


def _relocate(store: Store) -> None:
    """MLflow stores absolute locations; after the project folder was moved, point them to where it is now."""
    here = store.artifacts.as_uri()
    with closing(sqlite3.connect(store.folder / "mlflow.db")) as database:
        found = database.execute(
            "SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location LIKE '%/mlruns/artifacts'"
        ).fetchall()
        for (old,) in found:
            if old == here:
                continue
            for table, column in RELOCATED:
                statement = f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?"  # noqa: S608
                database.execute(statement, (here, len(old) + 1, len(old), old))
        # MLflow makes this experiment for itself, in whatever folder the first command was given.
        database.execute(
            "UPDATE experiments SET artifact_location = ? WHERE experiment_id = 0 AND artifact_location <> ?", (here, here)
        )
        database.commit()
