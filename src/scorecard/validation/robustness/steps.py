"""How much hangs on one bin? Every customer's answer to one characteristic moves to the next bin, up and down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from pandas import DataFrame

from scorecard.model import Term
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Bins
from scorecard.validation.evidence import DEVELOPMENT, Evidence, without_model
from scorecard.validation.robustness.effects import Base, Effect, base, changed, unfit

SOURCE = "sensitivity analysis; limits: convention"
DIRECTIONS = {"up": 1, "down": -1}


class Step(NamedTuple):
    """What it does that everybody's answer to a characteristic is one bin further up or down."""

    name: str
    direction: str
    effect: Effect


def step_test(found: Sequence[Step], scope: str, rows: tuple[int, int], pdo: float, thresholds: Thresholds) -> Result:
    """Judge by how much a score jumps from one bin to the next (ROB-03).

    Parameters
    ----------
    found : sequence of Step
        Of every characteristic, up and down. Intervals and levels move in the order of the card; the first and the last bin,
        missing and special values stay.
    scope : str
        The sample.
    rows : (int, int)
        Customers and bads.
    pdo : float
        Points that double the odds.
    thresholds : Thresholds
        `step_amber`, `step_red`.

    Returns
    -------
    Result
        The largest change of anybody's score, in PDOs: two customers who differ by a trifle may stand so far apart. Amber and
        red beyond the limits. `effect` is the largest share of customers who change grade when one characteristic moves. No
        chance is in it: points are as they are.

    References
    ----------
    A sensitivity analysis by one bin is usual in validation reports; the limits are a convention.

    Examples
    --------
    >>> found = [Step("income", "up", Effect(None, 0.0, 0.4, 12.0, 12.0, 45.0))]
    >>> step_test(found, "test", (5000, 500), 20.0, Thresholds()).verdict.value
    'amber'
    """
    widest, busiest = max(found, key=lambda each: each.effect.largest), max(found, key=lambda each: each.effect.regraded)
    swing = widest.effect.largest / pdo
    verdict = Verdict.RED if swing > thresholds.step_red else Verdict.AMBER if swing > thresholds.step_amber else Verdict.GREEN
    values = {"name": widest.name, "points": widest.effect.largest, "swing": swing, "limit": thresholds.step_amber}
    values |= {"busiest": busiest.name, "regraded": busiest.effect.regraded}
    key = "reading.step_smooth" if verdict is Verdict.GREEN else "reading.step_steep"
    return Result(
        "ROB-03",
        scope,
        *rows,
        swing,
        verdict,
        SOURCE,
        Reading(key, values),
        threshold=thresholds.step_amber,
        effect=busiest.effect.regraded,
    )


def each_step(evidence: Evidence) -> list[Result]:
    """Run ROB-03 on every sample after development."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-03", evidence, SOURCE)]
    return [_of_sample(evidence, name) for name in evidence.cells if name != DEVELOPMENT]


def step_table(evidence: Evidence, sample: str) -> DataFrame:
    """Return what moving every characteristic one bin up and down does to a sample."""
    before = base(evidence.cells[sample], evidence.samples[sample], evidence.thresholds.min_events)
    return DataFrame(
        [
            {"characteristic": each.name, "direction": each.direction, "largest_points": each.effect.largest,
             "mean_points": each.effect.shift, "regraded": each.effect.regraded, "auc_lost": each.effect.lost}
            for each in _steps(before)
        ]
    )  # fmt: skip


def _of_sample(evidence: Evidence, name: str) -> Result:
    part, thresholds = evidence.samples[name], evidence.thresholds
    before = base(evidence.cells[name], part, thresholds.min_events)
    if few := unfit("ROB-03", name, part, before, thresholds.min_rows):
        return few
    return step_test(list(_steps(before)), name, (part.n, part.events), before.cells.card.scaling.pdo, thresholds)


def _steps(before: Base) -> Iterator[Step]:
    for name in before.cells.inputs:
        for direction, step in DIRECTIONS.items():
            yield Step(name, direction, changed(before, _moved(before, name, step)))


def _moved(before: Base, name: str, step: int) -> list[Bins]:
    return [
        block.moved(name, _next(block.segment.terms[block.names.index(name)], block.bins[:, block.names.index(name)], step))
        if name in block.names
        else block.bins
        for block in before.cells.blocks
    ]


def _next(term: Term, bins: Bins, step: int) -> Bins:
    """Return the neighbouring bins among intervals or levels; those at the end, and all others, stay."""
    kinds = np.array([each.kind in {"interval", "category"} for each in term.characteristic.bins])
    last = int(np.flatnonzero(kinds)[-1]) if kinds.any() else 0
    return np.where(kinds[bins], np.clip(bins + step, 0, last), bins).astype(np.int16)
