"""German credit, prepared, binned, made into a scorecard and compared with others, once for all unit tests that look at one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pytest
from scipy.special import expit, logit

from scorecard import binning, challengers, contracts, model, profile, selection, settings, woe
from scorecard.challengers import PDs
from scorecard.contracts import Contract
from scorecard.data.samples import BAD, WEIGHT, Prepared, prepare
from scorecard.jobs import committee, contest, deciding
from scorecard.jobs.contest import Compared, Contest
from scorecard.jobs.deciding import Decided
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.settings import Challenge, Pipeline
from scorecard.woe import Characteristic

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Example:
    """What a pipeline is made of, before its rows are opened."""

    pipeline: Pipeline
    contract: Contract


@dataclass(frozen=True)
class Developed:
    """A scorecard with the rows and bins it was made from."""

    card: Scorecard
    development: pa.Table
    test: pa.Table
    bad: np.ndarray
    bins: dict[str, Characteristic]


@pytest.fixture(scope="session")
def example() -> Example:
    pipeline = settings.load(ROOT / "pipelines" / "german.yaml")
    return Example(pipeline, contracts.load(ROOT / pipeline.contract))


@pytest.fixture(scope="session")
def prepared(example: Example) -> Prepared:
    return prepare(example.pipeline, example.contract, ROOT, seed=1)


@pytest.fixture(scope="session")
def developed(example: Example, prepared: Prepared) -> Developed:
    counted = profile.count_all(prepared, example.contract.with_role("input"), "development")
    bins, _ = binning.fit_all(counted, binning.Rules(max_bins=5))
    names = ", ".join(f'"{name}"' for name in [*bins, BAD, WEIGHT])
    development, test = (prepared.sample(name).project(names).to_arrow_table() for name in ("development", "test"))
    bad = development.column(BAD).to_numpy()
    chosen = selection.select(bins, woe.values(bins, development), bad, selection.Limits())
    draft = model.build(example.pipeline, example.contract, chosen, bins, Scaling())
    card = model.graded(draft, development, bad, {"data_sha256": "d" * 64})
    return Developed(card, development, test, bad, bins)


@dataclass(frozen=True)
class Offline(Step):
    """A step whose rows and artefacts are given, so that no run is needed."""

    prepared: Prepared | None = None
    artefacts: Mapping[str, Any] = field(default_factory=dict)

    def data(self, seed=None, keep=()):
        return self.prepared

    def json(self, step, name):
        return self.artefacts[name]

    def table(self, step, name):
        return self.artefacts[name]


@dataclass(frozen=True)
class Rival:
    """A model that takes the scorecard's log-odds for the most part, and the term of the credit for the rest."""

    name: str
    card: Scorecard
    pull: float
    estimator: None = None

    def pds(self, table: pa.Table) -> PDs:
        term = table.column("duration_months").to_numpy().astype(float)
        pd = expit(logit(self.card.score(table).pd) + self.pull * (term - 20) / 12)
        return PDs(pd, pd, pd)

    def pd(self, table: pa.Table) -> np.ndarray:
        return self.pds(table).final


@pytest.fixture(scope="session")
def contested(example: Example, prepared: Prepared, developed: Developed) -> Contest:
    """Return scorecard, incumbent and two challengers on the same rows, with a strategy and money."""
    pipeline = example.pipeline.model_copy(update={"challenge": Challenge(replicates=200)})
    artefacts = {
        "bins.json": woe.to_json(developed.bins), "certificate.json": {"clean": True, "complete": False},
        "selection.csv": pandas.DataFrame({"characteristic": list(developed.bins), "step": "kept"}),
    }  # fmt: skip
    step = Offline("04_challengers", ROOT, pipeline, None, None, prepared=prepared, artefacts=artefacts)
    segment = developed.card.segments[0]
    old = replace(developed.card, name="old", segments=(replace(segment, terms=segment.terms[1:], base=segment.base + 60),))
    rivals = {name: Rival(name, developed.card, pull) for name, pull in (("xgboost", 0.2), ("random_forest", -1.0))}
    return contest.gather(step, developed.card, rivals, {"incumbent": old}, {"decision_tree": "No trial ended."})


@pytest.fixture(scope="session")
def compared(contested: Contest) -> Compared:
    return contest.compared(contested, seed=1)


@pytest.fixture(scope="session")
def decided(contested: Contest, compared: Compared) -> Decided:
    return deciding.decided(contested, compared, seed=1)


@pytest.fixture(scope="session")
def document(contested: Contest, compared: Compared, decided: Decided) -> dict[str, Any]:
    """Return comparison.json of these models."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(challengers, "size", lambda model: 1_000)
        return committee.document(contested, compared, decided)
