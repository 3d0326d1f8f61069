"""Run every notebook of a pipeline, in order, and stop at the first failure."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scorecard import runner, settings
from scorecard.errors import ScorecardError, SettingsError
from scorecard.jobs.step import effective, start
from scorecard.runner import Parameter
from scorecard.settings import Pipeline, nearest
from scorecard.tracking import Store, Tracked, open_store, writable
from scorecard.tracking.store import PROCESS, this_process

log = logging.getLogger(__name__)
SETTINGS_PARAMETERS = ("table", "language")  # keys of the pipeline YAML that `-p` may replace


@dataclass(frozen=True)
class Options:
    """How to run: the first notebook, the run to resume, seconds a notebook may take, and a bar of cells."""

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
    known = {name: found for notebook in notebooks for name, found in runner.parameters(notebook).items()}
    values = runner.checked(
        dict(pipeline.parameters) | {name: value for name, value in given.items() if name not in SETTINGS_PARAMETERS}, known
    )
    pipeline = pipeline.model_copy(update={"parameters": values})
    store = open_store(root)
    with writable(store.folder):
        parent = _resumed(store, pipeline, options) if options.start_from else start(store, pipeline, root, "runner")
        return _all(Plan(root, path, effective(parent, path), known, parent, options), notebooks, tell)


@dataclass(frozen=True)
class Plan:
    """What each notebook of a run is started with."""

    root: Path
    path: Path
    pipeline: Pipeline
    known: Mapping[str, Parameter]
    parent: Tracked
    options: Options


def _all(plan: Plan, notebooks: list[Path], tell: Callable[[str], None]) -> Done:
    handler = _log_to(plan.parent)
    names = [notebook.stem for notebook in notebooks]
    first = names.index(plan.options.start_from) if plan.options.start_from else 0
    status = "FAILED"
    try:
        plan.parent.log(params=dict(plan.pipeline.parameters) if not plan.options.start_from else {})
        for notebook in notebooks[first:]:
            started = time.monotonic()
            _one(plan, notebook)
            tell(f"{notebook.stem:<16} {time.monotonic() - started:6.1f} s")
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    except ScorecardError as error:
        log.error("run failed reason=%s", error)  # noqa: TRY400  one sentence; the traceback is in the executed notebook
        plan.parent.log(tags={"scorecard.error": str(error)})
        raise
    finally:
        log.info("run ended status=%s", status)
        logging.getLogger("scorecard").removeHandler(handler)
        handler.close()
        plan.parent.finish(status)
    return Done(plan.parent.run_id, {name: step.folder for name, step in plan.parent.steps().items()})


def _one(plan: Plan, notebook: Path) -> None:
    """Run one notebook as a child run; what was executed stays as an artefact, also after a failure."""
    step = plan.parent.store.start(notebook.stem, plan.parent.run.info.experiment_id, plan.parent.run_id)
    declared = runner.parameters(notebook)
    values = {name: value for name, value in plan.pipeline.parameters.items() if name in declared}
    step.log(params=values)
    executed = step.path(notebook.name)
    passed = values | {"pipeline": str(plan.path.resolve().relative_to(plan.root)), "run": step.run_id}
    log.info("notebook started name=%s run=%s", notebook.stem, step.run_id)
    status = "FAILED"
    try:
        runner.execute(notebook, executed, passed, plan.options.timeout_seconds, plan.options.progress)
        status = "FINISHED"
    except KeyboardInterrupt:
        status = "KILLED"
        raise
    finally:
        if executed.is_file():
            with suppress(OSError):
                step.save_text(f"{notebook.stem}.html", runner.to_html(executed))
        step.finish(status)
        log.info("notebook ended name=%s status=%s", notebook.stem, status)


def _notebooks(root: Path, pipeline: Pipeline) -> list[Path]:
    known = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    for name in pipeline.notebooks:
        if name not in known:
            raise SettingsError(f"notebooks names {name}, which is not in {root / 'notebooks'}. {nearest(name, known)}")
    return [root / "notebooks" / f"{name}.ipynb" for name in pipeline.notebooks]


def _resumed(store: Store, pipeline: Pipeline, options: Options) -> Tracked:
    """Return the run to go on with: the one named, or the pipeline's newest."""
    if options.start_from not in pipeline.notebooks:
        raise SettingsError(
            f"--from {options.start_from} is not a notebook of the pipeline. {nearest(str(options.start_from), list(pipeline.notebooks))}"
        )
    parents = store.parents(store.experiment(pipeline.name))
    if not options.run_id and not parents:
        raise SettingsError(f"The pipeline {pipeline.name} has no run to resume. Start one without --from.")
    parent = store.run(options.run_id) if options.run_id else store.run(parents[0].info.run_id)
    store.client.update_run(parent.run_id, status="RUNNING")
    parent.log(tags={PROCESS: this_process()})
    return parent


def _log_to(parent: Tracked) -> logging.Handler:
    """Write the run's log beside its artefacts."""
    handler = logging.FileHandler(parent.path("run.log"), encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger("scorecard").addHandler(handler)
    logging.getLogger("scorecard").setLevel(logging.INFO)
    return handler
