"""Run every notebook of a pipeline, in order, and stop at the first failure."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scorecard import runner, settings
from scorecard.errors import ScorecardError, SettingsError
from scorecard.jobs import keeping
from scorecard.jobs.step import effective, start
from scorecard.settings import Pipeline, nearest
from scorecard.tracking import Store, Tracked, open_store, writable
from scorecard.tracking.store import PROCESS, this_process

log = logging.getLogger(__name__)
ERROR = "scorecard.error"
SETTINGS_PARAMETERS = ("table", "language")  # keys of the pipeline YAML that `-p` may replace


@dataclass(frozen=True)
class Options:
    """How to run: the first notebook, the run to resume (or the beginning of its id), seconds a notebook may take, a bar of cells."""

    start_from: str | None = None
    run_id: str | None = None
    timeout_seconds: float = 3600.0
    progress: bool = False


@dataclass(frozen=True)
class Done:
    """A run that reached its end: its id and where its steps left their artefacts."""

    run_id: str
    steps: dict[str, Path]


def run(path: Path, given: Mapping[str, str], options: Options, tell: Callable[[str], None]) -> Done:
    """Run a pipeline.

    Parameters
    ----------
    path : Path
        The pipeline YAML.
    given : mapping of name to text
        Parameters that replace the YAML's.
    options : Options
    tell : function of one line
        Called with a line per finished notebook.

    Raises
    ------
    ScorecardError
        At the first failure; the run is then FAILED, or KILLED on Ctrl-C.
    """
    root = settings.find_root(path.resolve().parent)
    pipeline = settings.load(path, {name: given[name] for name in SETTINGS_PARAMETERS if name in given})
    notebooks = _notebooks(root, pipeline)
    declared = {
        notebook: runner.parameters(notebook) for notebook in reversed(notebooks)
    }  # the first one to declare it tells its default
    known = {name: found for each in declared.values() for name, found in each.items()}
    values = runner.checked(
        dict(pipeline.parameters) | {name: value for name, value in given.items() if name not in SETTINGS_PARAMETERS}, known
    )
    pipeline = pipeline.model_copy(update={"parameters": values})
    store = open_store(root)
    with writable(store.folder):
        parent = _resumed(store, pipeline, options, given) if options.start_from else start(store, pipeline, root, "runner")
        with _logged(parent), _ended(parent, pipeline.name):
            return _all(Plan(root, path, effective(parent, path), parent, options), notebooks, tell)


@dataclass(frozen=True)
class Plan:
    """What each notebook of a run is started with."""

    root: Path
    path: Path
    pipeline: Pipeline
    parent: Tracked
    options: Options


def _all(plan: Plan, notebooks: list[Path], tell: Callable[[str], None]) -> Done:
    names = [notebook.stem for notebook in notebooks]
    first = names.index(plan.options.start_from) if plan.options.start_from else 0
    if not plan.options.start_from:
        plan.parent.log(params=plan.pipeline.parameters)
    for notebook in notebooks[first:]:
        started = time.monotonic()
        _one(plan, notebook)
        tell(f"{notebook.stem:<16} {time.monotonic() - started:6.1f} s")
    keeping.seal_run(plan.parent, names)
    return Done(plan.parent.run_id, {name: step.folder for name, step in plan.parent.steps().items()})


def alone(plan: Plan, notebook: Path) -> None:
    """Run one notebook as the only step of a run."""
    with _logged(plan.parent), _ended(plan.parent, plan.pipeline.name):
        _one(plan, notebook)


def _one(plan: Plan, notebook: Path) -> None:
    """Run one notebook as a child run; what was executed stays as an artefact, also after a failure."""
    step = plan.parent.store.start(notebook.stem, plan.parent.run.info.experiment_id, plan.parent.run_id)
    with _ended(step, notebook.stem):
        declared = runner.parameters(notebook)
        values = {name: value for name, value in plan.pipeline.parameters.items() if name in declared}
        step.log(params={name: each.value for name, each in declared.items()} | values, tags=keeping.made_with(notebook))
        executed = step.path(notebook.name)
        passed = values | {"pipeline": plan.path.resolve().relative_to(plan.root).as_posix(), "run": step.run_id}
        try:
            runner.execute(notebook, executed, passed, plan.options.timeout_seconds, plan.options.progress)
        finally:
            with suppress(OSError, ValueError):  # a page of half a notebook is worth less than why it is half
                step.save_text(f"{notebook.stem}.html", runner.to_html(executed))
        keeping.seal_step(step)


@contextmanager
def _ended(tracked: Tracked, name: str) -> Iterator[None]:
    """End a run as what it came to: FINISHED, KILLED by Ctrl-C, or FAILED with the reason as a tag."""
    log.info("started name=%s run=%s", name, tracked.run_id)
    status = "FAILED"
    try:
        yield
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    except ScorecardError as error:
        log.error("failed name=%s reason=%s", name, error)  # noqa: TRY400  one sentence; the traceback is in the executed notebook
        tracked.log(tags={ERROR: str(error)})
        raise
    finally:
        log.info("ended name=%s status=%s", name, status)
        tracked.finish(status)


def _notebooks(root: Path, pipeline: Pipeline) -> list[Path]:
    known = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    for name in pipeline.notebooks:
        if name not in known:
            raise SettingsError(f"notebooks names {name}, which is not in {root / 'notebooks'}. {nearest(name, known)}")
    return [root / "notebooks" / f"{name}.ipynb" for name in pipeline.notebooks]


def _resumed(store: Store, pipeline: Pipeline, options: Options, given: Mapping[str, str]) -> Tracked:
    """Return the run to go on with: the one named, or the pipeline's newest."""
    first, wanted = str(options.start_from), options.run_id or ""
    if first not in pipeline.notebooks:
        raise SettingsError(f"--from {first} is not a notebook of the pipeline. {nearest(first, list(pipeline.notebooks))}")
    found = [run.info.run_id for run in store.parents(store.experiment(pipeline.name)) if run.info.run_id.startswith(wanted)]
    if not found or (wanted and len(found) > 1):
        named = f"run {wanted!r}" if wanted else "run"
        raise SettingsError(
            f"The pipeline {pipeline.name} has {len(found) or 'no'} {named}; expected one to resume. List them: make mlflow"
        )
    parent = store.run(found[0])
    if parent.is_running:
        raise SettingsError(f"Run {parent.run_id[:8]} is still running; expected one that has ended. Wait for it, or stop it.")
    _refuse_changes(pipeline, effective(parent, store.root), given, parent.run_id[:8])
    if first == pipeline.notebooks[0]:  # every step is run anew, on what there is now
        keeping.begin(parent, store.root, pipeline)
    parent.log(tags={PROCESS: this_process()})
    if ERROR in parent.run.data.tags:  # of the attempt before
        store.client.delete_tag(parent.run_id, ERROR)
    store.client.update_run(parent.run_id, status="RUNNING")
    return parent


def _refuse_changes(pipeline: Pipeline, before: Pipeline, given: Mapping[str, str], run: str) -> None:
    """Refuse a parameter other than the run began with: half of its notebooks would have used the old one."""
    for name, text in given.items():
        now, was = (
            getattr(each, name) if name in SETTINGS_PARAMETERS else each.parameters.get(name) for each in (pipeline, before)
        )
        if now != was:
            raise SettingsError(
                f"-p {name}={text} differs from what run {run} began with; a resumed run keeps its parameters. "
                "Leave -p out, or start a new run without --from."
            )


@contextmanager
def _logged(parent: Tracked) -> Iterator[None]:
    """Write the run's log beside its artefacts."""
    handler, logger = logging.FileHandler(parent.path("run.log"), encoding="utf-8"), logging.getLogger("scorecard")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
