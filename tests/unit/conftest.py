"""German credit, prepared, binned and made into a scorecard once for all unit tests that look at one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from scorecard import binning, contracts, model, profile, selection, settings, woe
from scorecard.contracts import Contract
from scorecard.data.samples import BAD, WEIGHT, Prepared, prepare
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.settings import Pipeline
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
