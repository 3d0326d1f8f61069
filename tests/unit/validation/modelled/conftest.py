"""Small scorecards on drawn customers, sound or spoilt in known ways, with all that lies behind their scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from scorecard import metrics, model, regression, scale
from scorecard.model import Scorecard, Segment, Segmentation, Term
from scorecard.points import Scaling, points
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Labels, Modelled, Scored
from scorecard.validation.evidence import PERIOD
from scorecard.woe import Bin, Characteristic, interval

SAMPLES = {"development": 1600, "test": 800, "out_of_time": 900}
EDGES = {"age": (30, 40, 55), "income": (1500.0, 2500.0, 4000.0), "debt": (0.2, 0.5, 0.9)}
JOBS = ("clerk", "worker", "manager", "none")
PERIODS = ("2023Q1", "2023Q2", "2023Q3", "2023Q4", "2024Q1", "2024Q2")
DTYPES = {"age": "integer", "income": "number", "debt": "number", "job": "text", "phone": "text"}


@dataclass
class Drawn:
    """Raw columns of a sample and the logit of each customer; a spoiler changes them in place.

    `later` columns are set once the outcome is drawn.
    """

    columns: dict[str, Any]
    logit: np.ndarray
    bad: np.ndarray = field(default_factory=lambda: np.zeros(0))


Spoiler = Callable[[str, Drawn, np.random.Generator], None]


def draw(name: str, rows: int, random: np.random.Generator, spoil: Spoiler | None, leak: Spoiler | None) -> Drawn:
    age = random.integers(18, 75, rows)
    income = np.exp(random.normal(7.8, 0.5, rows)).round(2)
    debt = random.gamma(2.0, 0.25, rows).round(3)
    job = random.choice(JOBS, rows, p=(0.4, 0.3, 0.2, 0.1)).astype(object)
    phone = random.choice(("yes", "no"), rows).astype(object)
    logit = -1.4 - 0.03 * (age - 45) - 0.8 * (np.log(income) - 7.8) + 1.2 * (debt - 0.5) + 0.5 * (job == "none")
    income[random.random(rows) < 0.05] = np.nan
    drawn = Drawn({"age": age, "income": income, "debt": debt, "job": job, "phone": phone}, logit)
    if spoil:
        spoil(name, drawn, random)
    drawn.bad = (random.random(rows) < 1 / (1 + np.exp(-drawn.logit))).astype(np.int64)
    if leak:
        leak(name, drawn, random)
    return drawn


def binned(name: str, values: pa.Array, bad: np.ndarray, weight: np.ndarray) -> Characteristic:
    if name in EDGES:
        bins = [interval(low, high) for low, high in pairwise((None, *EDGES[name], None))]
    else:
        levels = sorted(set(values.drop_null().to_pylist()))
        bins = [Bin("category", level, values=(level,)) for level in levels]
    bins += [Bin("missing", "missing"), Bin("unseen", "unseen")]
    kind = "numeric" if name in EDGES else "categorical"
    empty = Characteristic(name, kind, tuple(bins), 0.0, 0.0, "none", "drawn")
    index = empty.assign(values)
    goods, bads = (np.bincount(index, weight * side, len(bins)) for side in (bad == 0, bad == 1))
    woe = metrics.woe(goods, bads)
    filled = [
        replace(
            each,
            woe=float(value) if rows else float(woe.min()),
            count=int(rows),
            bads=int(d),
            treatment="empirical" if rows else "worst",
        )
        for each, value, rows, d in zip(bins, woe, goods + bads, bads, strict=True)
    ]
    return replace(empty, bins=tuple(filled), iv=metrics.information_value(goods, bads))


def segment(name: str, used: Sequence[str], bins: Mapping[str, Characteristic], table: pa.Table) -> Segment:
    woe = np.column_stack([bins[each].woe[bins[each].assign(table.column(each))] for each in used])
    weight = table.column("@weight").to_numpy()
    fit = regression.fit(woe, table.column("@bad").to_numpy(), weight)
    terms = tuple(
        Term(
            bins[each],
            DTYPES.get(each, "number"),
            None,
            float(slope),
            float(error),
            None,
            _points(bins[each], slope, fit, len(used)),
        )
        for each, slope, error in zip(used, fit.coefficients, fit.standard_errors, strict=True)
    )
    return Segment(name, fit.intercept, 0.0, terms, {"penalty": 0.0})


def _points(characteristic, slope, fit, terms):
    return tuple(map(float, Scaling().rounded(points(characteristic.woe, float(slope), fit.intercept, terms, Scaling()))))


def table_of(drawn: Drawn, weight: np.ndarray) -> pa.Table:
    columns = {name: pa.array(values, from_pandas=True) for name, values in drawn.columns.items()}
    return pa.table(columns | {"@bad": pa.array(drawn.bad), "@weight": pa.array(weight)})


def build(
    seed: int = 1,
    *,
    sizes: Mapping[str, int] = SAMPLES,
    used: Sequence[str] = ("age", "income", "debt", "job"),
    spoil: Spoiler | None = None,
    leak: Spoiler | None = None,
    weights: Callable[[int], np.ndarray] = np.ones,
    segmented: bool = False,
    thresholds: Thresholds | None = None,
) -> Evidence:
    """Return evidence on fresh draws: development makes the bins, the WoE, the fit, the points and the grades."""
    random = np.random.default_rng(seed)
    draws = {name: draw(name, rows, random, spoil, leak) for name, rows in sizes.items()}
    periods = {
        name: random.integers(0, 4, rows) if name != "out_of_time" else random.integers(4, 6, rows)
        for name, rows in sizes.items()
    }
    tables = {name: table_of(each, weights(each.bad.size)) for name, each in draws.items()}
    start = tables["development"]
    bad, weight = start.column("@bad").to_numpy(), start.column("@weight").to_numpy()
    bins = {name: binned(name, start.column(name).combine_chunks(), bad, weight) for name in draws["development"].columns}
    card = graded(carded(used, bins, start, segmented=segmented), start)
    samples = {name: scored(card, tables[name], periods[name]) for name in sizes}
    return Evidence(
        samples,
        card.grade_names(),
        model.attributes(card, tables),
        thresholds or Thresholds(),
        model=Modelled(card, tables, bins),
    )


def carded(used: Sequence[str], bins: Mapping[str, Characteristic], start: pa.Table, *, segmented: bool) -> Scorecard:
    target = {"column": "bad", "good": [0], "bad": [1]}
    if not segmented:
        return Scorecard("drawn", target, Scaling(), (segment("all", used, bins, start),))
    homes = tuple("office" if each.label in {"clerk", "manager"} else "other" for each in bins["job"].bins)
    home = np.array(homes)[bins["job"].assign(start.column("job"))]
    parts = [
        segment(name, columns, bins, start.filter(pa.array(home == name)))
        for name, columns in (("office", ("age", "income")), ("other", ("income", "debt")))
    ]
    return Scorecard("drawn", target, Scaling(), tuple(parts), Segmentation(bins["job"], "text", homes))


def graded(card: Scorecard, start: pa.Table) -> Scorecard:
    steps = np.zeros(start.num_rows, dtype=np.int64)
    for each, rows, part in card.parts(start):
        steps[rows] = card.points_of(each, part).sum(axis=1)
    score = card.scaling.total(steps)
    return replace(card, grades=scale.provisional(score, card.scaling.pd(score), start.column("@bad").to_numpy()))


def scored(card: Scorecard, table: pa.Table, period: np.ndarray) -> Scored:
    found, weight = card.score(table), table.column("@weight").to_numpy()
    return Scored(
        table.column("@bad").to_numpy(),
        found.score,
        found.pd,
        found.grade.astype(int),
        None if (weight == 1).all() else weight,
        labels={PERIOD: Labels(period, PERIODS)},
    )


@pytest.fixture(scope="session")
def make() -> Callable[..., Evidence]:
    """Return the function that draws customers and builds a scorecard on them."""
    return build


@pytest.fixture(scope="session")
def sound() -> Evidence:
    """Return evidence on a sound scorecard; tests leave it as it is."""
    return build()


@pytest.fixture(scope="session")
def segments() -> Evidence:
    """Return evidence on a sound scorecard of two segments."""
    return build(segmented=True)


@pytest.fixture(scope="session")
def shuffled() -> Callable[[Evidence], Evidence]:
    """Return a function that puts the rows of every sample in another order."""

    def other(evidence: Evidence) -> Evidence:
        random = np.random.default_rng(99)
        orders = {name: random.permutation(part.n) for name, part in evidence.samples.items()}
        samples = {name: reordered(part, orders[name]) for name, part in evidence.samples.items()}
        tables = {name: table.take(pa.array(orders[name])) for name, table in evidence.modelled.tables.items()}
        return replace(evidence, samples=samples, model=replace(evidence.modelled, tables=tables))

    return other


def reordered(part: Scored, order: np.ndarray) -> Scored:
    columns = {
        name: None if getattr(part, name) is None else getattr(part, name)[order]
        for name in ("bad", "score", "pd", "grade", "weight")
    }
    labels = {name: Labels(each.codes[order], each.names) for name, each in part.labels.items()}
    return Scored(**columns, labels=labels)
