"""A notebook's step of a run: its settings and rows, the artefacts of earlier steps, and where its own go."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa

from scorecard import contracts, settings
from scorecard.contracts import Contract
from scorecard.data import source
from scorecard.data.samples import BAD, WEIGHT, Prepared, prepare
from scorecard.errors import DataError
from scorecard.jobs import keeping, provenance, tables
from scorecard.settings import Pipeline, Value
from scorecard.tracking import Store, Tracked, open_store
from scorecard.tracking.store import PARENT

FIRST_STEP = "01_data"
PARAMETERS = "parameters.json"
GIVEN = ("pipeline", "run")  # what the runner itself passes to every notebook


@dataclass(frozen=True)
class Step:
    """What a notebook works with.

    Attributes
    ----------
    name : str
        Such as ``02_binning``.
    root : Path
        The project folder.
    pipeline : Pipeline
        The run's settings, overrides included.
    parent, own : Tracked
        The pipeline's run, and this step's.
    by_hand : bool
        Whether a person runs the notebook, and no pipeline.
    """

    name: str
    root: Path
    pipeline: Pipeline
    parent: Tracked
    own: Tracked
    by_hand: bool = False

    @cached_property
    def contract(self) -> Contract:
        """The data contract of the pipeline."""
        return contracts.load(self.root / self.pipeline.contract)

    def data(self, seed: int | None = None, keep: Collection[str] = ()) -> Prepared:
        """Open the rows: with a seed as the first step does, without one exactly as the first step had them; `keep` names excluded columns that an incumbent reads.

        Raises
        ------
        DataError
            Where the table or the contract changed since the first step.
        """
        if seed is not None:
            return prepare(self.pipeline, self.contract, self.root, seed, keep)
        facts = self.json(FIRST_STEP, "data.json")
        found = {
            "data_sha256": source.fingerprint(self.pipeline.table, self.root),
            "contract_sha256": provenance.contract_sha256(self.contract),
        }
        for name, value in found.items():
            if facts[name] != value:
                what = "table" if name.startswith("data") else "contract"
                raise DataError(
                    f"The {what} changed since {FIRST_STEP} of this run ({value[:12]}, was {facts[name][:12]}). Start a new run: scorecard run"
                )
        return prepare(self.pipeline, self.contract, self.root, facts["seed"], keep)

    def rows(self, prepared: Prepared, names: list[str], sample: str) -> pa.Table:
        """Return columns of a sample with outcome and weight, in input order."""
        selected = ", ".join(source.quoted(name) for name in [*names, BAD, WEIGHT])
        return prepared.sample(sample).project(selected).to_arrow_table()

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of this notebook, as they were when the step began."""
        found: dict[str, Any] = json.loads(self.own.path(PARAMETERS).read_text(encoding="utf-8"))
        return found

    def path(self, step: str, name: str) -> Path:
        """Return the path of an earlier step's artefact."""
        return self.parent.artefact(step, name)

    def json(self, step: str, name: str) -> Any:
        """Return the content of an earlier step's JSON artefact."""
        return json.loads(self.path(step, name).read_text(encoding="utf-8"))

    def table(self, step: str, name: str) -> pandas.DataFrame:
        """Return an earlier step's table."""
        return pandas.read_csv(self.path(step, name))

    def save_table(self, name: str, table: pandas.DataFrame) -> pandas.DataFrame:
        """Save a table as an artefact and return it, to be shown."""
        self.own.save_table(name, table)
        return table

    def save_json(self, name: str, content: Any) -> None:
        """Save plain values as an artefact."""
        self.own.save_json(name, content)

    def save_text(self, name: str, text: str) -> None:
        """Save text, such as a page or a figure, as an artefact."""
        self.own.save_text(name, text)

    def log(self, **metrics: float | None) -> None:
        """Log metrics; None is left out, for MLflow takes numbers only."""
        self.own.log(metrics={name: value for name, value in metrics.items() if value is not None})

    def log_metrics(self, metrics: Mapping[str, float | None]) -> None:
        """Log metrics whose names are made from data."""
        self.own.log(metrics={name: value for name, value in metrics.items() if value is not None})

    def finish(self) -> str:
        """End the step; this is also the end of a run that was started by hand."""
        self.own.finish("FINISHED")
        if self.parent.run.data.tags.get("scorecard.started_by") == "hand":
            self.parent.finish("FINISHED")
        return f"{self.name} of run {self.parent.run_id[:8]} is finished."


def begin(name: str, pipeline: str, run: str = "") -> Step:
    """Open a notebook's step.

    Parameters
    ----------
    name : str
        The notebook's name.
    pipeline : str
        Path of the pipeline YAML, from the project folder.
    run : str
        The step's run, given by the runner. Empty when run by hand: the first notebook then starts a run,
        the others go on with the newest one of the pipeline.
    """
    root = settings.find_root()
    store = open_store(root)
    if run:
        own = store.run(run)
        parent = store.run(own.run.data.tags[PARENT])
        return with_parameters(Step(name, root, effective(parent, root / pipeline), parent, own))
    chosen = settings.load(root / pipeline)
    experiment = store.experiment(chosen.name)
    parent = start(store, chosen, root, "hand") if name == FIRST_STEP else _newest(store, experiment, chosen.name)
    step = Step(
        name, root, effective(parent, root / pipeline), parent, store.start(name, experiment, parent.run_id), by_hand=True
    )
    _tell_differences(step.pipeline)
    return with_parameters(step)


def _tell_differences(pipeline: Pipeline) -> None:
    """Show a person where the parameters of the notebook are not those that the pipeline runs it with."""
    from IPython.display import Markdown, display  # noqa: PLC0415

    if told := differences(pipeline, _namespace()):
        display(Markdown(told))  # type: ignore[no-untyped-call]


def with_parameters(step: Step) -> Step:
    """Keep what the notebook's parameters are, so that its part of the run can be made again; return the step."""
    here = _namespace()
    declared = [name for name in here.get("__annotations__", {}) if name in here and name not in GIVEN]
    step.save_json(PARAMETERS, {name: here[name] for name in declared if isinstance(here[name], Value)})
    return step


def _namespace() -> Mapping[str, Any]:
    """Return what the notebook has set; nothing outside of one."""
    from IPython import get_ipython  # noqa: PLC0415

    shell = get_ipython()
    return {} if shell is None else shell.user_ns


def differences(pipeline: Pipeline, here: Mapping[str, Any]) -> str:
    """Say which parameters are not those of the pipeline; empty where none is.

    Parameters
    ----------
    pipeline : Pipeline
    here : mapping of name to value
        What the notebook has set.
    """
    other = {name: value for name, value in pipeline.parameters.items() if name in here and here[name] != value}
    if not other:
        return ""
    told = ", ".join(f"`{name}` is {here[name]!r} here and {value!r} there" for name, value in sorted(other.items()))
    return f"**Not as the pipeline {pipeline.name} runs it:** {told}. To see what a run will have, change the parameters above."


def start(
    store: Store, pipeline: Pipeline, root: Path, by: str, experiment: str = "", tags: Mapping[str, str] | None = None
) -> Tracked:
    """Start a pipeline's run: its settings and what else it is made from as artefacts, its provenance as tags.

    Parameters
    ----------
    store : Store
    pipeline : Pipeline
    root : Path
    by : str
        ``runner`` or ``hand``.
    experiment : str
        That of the pipeline by default.
    tags : mapping, optional
        What else the run is tagged with.

    Raises
    ------
    SettingsError
        Where the settings hold a password, which would be kept with the run.
    """
    for table in tables.named(pipeline.model_dump(mode="json")).values():
        provenance.refuse_secrets(table)
    name = experiment or pipeline.name
    parent = store.start(name, store.experiment(name))
    parent.save_json("pipeline.json", pipeline.model_dump(mode="json"))
    own = {f"scorecard.{key}": value for key, value in (tags or {}).items()}
    parent.log(tags={"scorecard.started_by": by, "scorecard.settings_sha256": provenance.settings_sha256(pipeline)} | own)
    keeping.begin(parent, root, pipeline)
    return parent


def effective(parent: Tracked, path: Path) -> Pipeline:
    """Return the settings a run was started with.

    Raises
    ------
    DataError
        Where the run's artefacts were removed.
    """
    kept = parent.folder / "pipeline.json"
    if not kept.is_file():
        raise DataError(
            f"Run {parent.run_id[:8]} has lost {kept}; expected the settings it began with. Start a new run: scorecard run"
        )
    return settings.parse(json.loads(kept.read_text(encoding="utf-8")), path)


def _newest(store: Store, experiment: str, name: str) -> Tracked:
    parents = store.parents(experiment)
    if not parents:
        raise DataError(f"The pipeline {name} has no run yet; the first step is needed. Run 01_data.ipynb, or: scorecard run")
    return Tracked(store, parents[0].info.run_id)


def records(table: pandas.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values; what is missing is None.

    Examples
    --------
    >>> records(pandas.DataFrame({"sample": ["test"], "first_date": [float("nan")]}))
    [{'sample': 'test', 'first_date': None}]
    """
    return [{key: None if pandas.isna(value) else value for key, value in row.items()} for row in table.to_dict("records")]
