"""What a change of bins does to a scored sample: AUC lost, customers regraded, points moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scorecard.metrics import Placed, difference_error, placed
from scorecard.results import Reading, Result, Verdict
from scorecard.validation.cells import Bins, Cells, Floats, Ints
from scorecard.validation.evidence import Scored
from scorecard.validation.judging import upper_p


@dataclass(frozen=True)
class Effect:
    """What a change did.

    Attributes
    ----------
    lost : float or None
        AUC before minus AUC after; None where outcomes are not known or too few.
    error : float
        Standard error of `lost`, the same customers ranked twice.
    regraded : float
        Share of customers whose grade changes.
    shift, size, largest : float
        Mean, mean absolute and largest absolute change of the score, in points.
    """

    lost: float | None
    error: float
    regraded: float
    shift: float
    size: float
    largest: float

    @property
    def p_value(self) -> float:
        """One-sided, of no loss; 1 where there is no AUC."""
        return 1.0 if self.lost is None else upper_p(self.lost, self.error)


class Base(NamedTuple):
    """A sample before the change: its cells, their score in steps, grade and customers, and the ranking where outcomes allow one."""

    cells: Cells
    steps: Ints
    grade: Ints
    customers: Floats
    ranked: Placed | None


def base(cells: Cells, sample: Scored, needed: float) -> Base:
    """Return a sample before any change; ranked where its goods and bads are at least `needed`."""
    steps, goods, bads = cells.steps(), cells.goods, cells.bads
    enough = sample.bad is not None and min(goods.sum(), bads.sum()) >= needed
    return Base(cells, steps, cells.grade(steps), goods + bads, placed(steps, goods, bads) if enough else None)


def unfit(code: str, scope: str, part: Scored, before: Base, needed: int) -> Result | None:
    """Say that a sample has fewer customers, weighted ones by their effective number, than a verdict needs, or all one score."""
    customers = round(float(before.customers.sum()))
    if customers < needed:
        reading = Reading("reading.few_customers", {"rows": customers, "needed": needed})
        return Result(code, scope, part.n, part.events, None, Verdict.INSUFFICIENT_DATA, "convention", reading)
    if np.ptp(before.steps) == 0:
        reading = Reading("reading.ranking_flat", {"auc": 0.5})
        return Result(code, scope, part.n, part.events, None, Verdict.NOT_COMPUTABLE, "convention", reading)
    return None


def changed(before: Base, bins: Sequence[Bins]) -> Effect:
    """Return what new bins, one array per block, do to a sample."""
    cells = before.cells
    steps = cells.steps(bins)
    moved = (steps - before.steps) / cells.card.scaling.unit
    weight = before.customers / before.customers.sum()
    regraded = float(weight @ (cells.grade(steps) != before.grade))
    held = before.customers > 0
    size, lost, error = np.abs(moved), None, 0.0
    if before.ranked is not None:
        after = placed(steps, before.ranked.goods, before.ranked.bads)
        lost, error = before.ranked.auc - after.auc, difference_error(before.ranked, after)
    return Effect(lost, error, regraded, float(weight @ moved), float(weight @ size), float(size[held].max(initial=0.0)))


def mean(effects: Sequence[Effect]) -> Effect:
    """Return the mean of several draws of one change; its error holds sampling and drawing."""
    lost = [each.lost for each in effects if each.lost is not None]
    drawing = float(np.var(lost, ddof=1)) / len(lost) if len(lost) > 1 else 0.0
    sampling = float(np.mean([each.error for each in effects])) ** 2
    regraded, shift, size = (float(np.mean([getattr(each, name) for each in effects])) for name in ("regraded", "shift", "size"))
    largest = max(each.largest for each in effects)
    return Effect(float(np.mean(lost)) if lost else None, float(np.sqrt(sampling + drawing)), regraded, shift, size, largest)
