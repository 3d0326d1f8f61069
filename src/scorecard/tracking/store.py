"""Runs, artefacts and the registry in MLflow: `mlruns/mlflow.db` and `mlruns/artifacts` of the project folder."""

from __future__ import annotations

import json
import logging
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pandas
import psutil
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException

from scorecard.errors import DataError, SettingsError

log = logging.getLogger(__name__)

CLOCK_SECONDS = 60.0  # a process's start moves with the machine's clock when that is set
MOST_METRICS = 1000  # that MLflow takes in one batch
STEP, PARENT, PROCESS = "scorecard.step", "mlflow.parentRunId", "scorecard.process"
ORIGIN = "scorecard.origin"  # of a rerun: the run that it repeats


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
        """Return a pipeline's runs, newest first, without their steps and without reruns, which nobody goes on with."""
        return [run for run in self.runs(experiment=experiment) if not {PARENT, ORIGIN} & set(run.data.tags)]


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

    def log_series(self, series: Mapping[str, Mapping[int, float]]) -> None:
        """Log metrics by step, such as the AUC of each trial, in one batch."""
        now = int(time.time() * 1000)
        metrics = [
            Metric(_key(name), float(value), now, step) for name, values in series.items() for step, value in values.items()
        ]
        for start in range(0, len(metrics), MOST_METRICS):
            self.store.client.log_batch(self.run_id, metrics=metrics[start : start + MOST_METRICS])

    def path(self, name: str) -> Path:
        """Return where an artefact of this name is written; its folder exists."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def save_bytes(self, name: str, content: bytes) -> None:
        """Save an artefact, whole or not at all."""
        target = self.path(name)
        part = target.with_name(target.name + ".part")
        part.write_bytes(content)
        part.replace(target)

    def save_text(self, name: str, text: str) -> None:
        """Save a text artefact, whole or not at all."""
        self.save_bytes(name, text.encode("utf-8"))

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
        return run.info.status == "RUNNING" and is_here(run) and is_alive(run)

    def finished(self) -> list[Run]:
        """Return the finished runs of its steps, oldest first; a step may have several."""
        children = self.store.runs(f"tags.`{PARENT}` = '{self.run_id}'", self.run.info.experiment_id)
        return [child for child in reversed(children) if child.info.status == "FINISHED"]

    def steps(self) -> dict[str, Tracked]:
        """Return the newest finished run of each step."""
        return {child.data.tags[STEP]: Tracked(self.store, child.info.run_id) for child in self.finished()}

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
    parsed = urlsplit(uri)
    return Path(url2pathname(parsed.path)) if parsed.scheme == "file" else Path(uri)


def _key(name: str) -> str:
    """Return a name MLflow takes: letters, digits and ``_-.: ``; other characters become their code point, as a first dot does."""
    kept = (
        char.isascii() and (char.isalnum() or char in "_-: " or (char == "." and position > 0))
        for position, char in enumerate(name)
    )
    return "".join(char if keep else f"u{ord(char):x}" for char, keep in zip(name, kept, strict=True))


def this_process() -> str:
    """Return who runs: machine, process and when it started."""
    own = psutil.Process()
    return f"{platform.node()}:{own.pid}:{own.create_time():.0f}"


def is_here(run: Run) -> bool:
    """Whether a run was started on this machine."""
    return _process(run)[0] == platform.node()


def is_alive(run: Run) -> bool:
    """Whether the process that started a run, on this machine, still lives."""
    _, pid, created = _process(run)
    try:
        process = psutil.Process(int(pid))
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - float(created)) < CLOCK_SECONDS
    except psutil.Error:
        return False


def _process(run: Run) -> tuple[str, str, str]:
    """Return machine, process and its start, as tagged."""
    machine, pid, created = run.data.tags.get(PROCESS, "unknown:0:0").rsplit(":", 2)
    return machine, pid, created
