"""All that a test of order or of PDs needs of the rows: goods and bads at each distinct score, in each grade, in each period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scorecard.metrics import Auc, delong_from_counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
Counts = NDArray[Any]


@dataclass(frozen=True, eq=False)
class GradeCounts:
    """Customers, defaults and mean PD of every grade, best first; an empty grade has PD 0. Whole numbers unless rows are weighted."""

    customers: Counts
    defaults: Counts
    pd: Floats


@dataclass(frozen=True, eq=False)
class Ladder:
    """Goods and bads on the rungs of a score, the riskiest first.

    Attributes
    ----------
    score : array of shape (k,)
        Ascending.
    pd : array of shape (k,)
        Mean PD of the rows with this score; where PDs follow from scores, the PD of each.
    goods, bads : arrays of shape (k,)
        Rows; of weighted rows the sums of weights, scaled to their effective number.
    good_squares, bad_squares : arrays of shape (k,), optional
        Of weighted rows the sums of squared weights, at the same scale.

    Examples
    --------
    >>> ladder = Ladder(np.array([1.0, 2.0, 3.0]), np.array([0.6, 0.4, 0.2]), np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0]))
    >>> ladder.auc
    Auc(auc=0.875, variance=0.03125)
    """

    score: Floats
    pd: Floats
    goods: Floats
    bads: Floats
    good_squares: Floats | None = None
    bad_squares: Floats | None = None

    @property
    def rows(self) -> Floats:
        """Goods and bads together, shape (k,)."""
        return self.goods + self.bads

    @property
    def n(self) -> int:
        """Rows, or their effective number."""
        return round(float(self.rows.sum()))

    @property
    def events(self) -> int:
        """Bads, or their effective number."""
        return round(float(self.bads.sum()))

    @property
    def squares(self) -> tuple[Floats, Floats]:
        """Sums of squared weights of goods and of bads: the numbers themselves where every row stands for itself."""
        if self.good_squares is None or self.bad_squares is None:
            return self.goods, self.bads
        return self.good_squares, self.bad_squares

    @property
    def numbers(self) -> tuple[float, float]:
        """How many goods, and how many bads, the rows are worth where each of the two is looked at for itself (Kish)."""
        pairs = zip((self.goods, self.bads), self.squares, strict=True)
        goods, bads = (float(counts.sum() ** 2 / squares.sum()) if counts.sum() > 0 else 0.0 for counts, squares in pairs)
        return goods, bads

    @property
    def safest_first(self) -> tuple[Floats, Floats]:
        """Goods and bads from the lowest risk to the highest, as `metrics` takes them."""
        return self.goods[::-1], self.bads[::-1]

    def without(self, other: Ladder) -> Ladder:
        """Return the ladder of the other rows, where `other` is that of some of them."""
        whole, part = self.squares, other.squares
        weighted = self.good_squares is not None
        return replace(
            self,
            goods=self.goods - other.goods,
            bads=self.bads - other.bads,
            good_squares=np.maximum(whole[0] - part[0], 0.0) if weighted else None,
            bad_squares=np.maximum(whole[1] - part[1], 0.0) if weighted else None,
        )

    @cached_property
    def auc(self) -> Auc:
        """The AUC with DeLong's variance; an EvidenceError where there are fewer than two goods or bads."""
        good_squares, bad_squares = self.squares
        return delong_from_counts(*self.safest_first, (good_squares[::-1], bad_squares[::-1]))

    @property
    def mean_pd(self) -> float:
        """Mean PD of all rows."""
        return float(self.rows @ self.pd / self.rows.sum())

    def plain(self) -> Ladder:
        """Return the ladder of a plain sample that would know the default rate as exactly as the weighted rows do.

        References
        ----------
        Korn & Graubard (1998), Survey Methodology 24: the effective number from the variance of the rate itself, which is
        right too where the weight depends on the outcome.
        """
        return self._scaled(*(np.full(self.score.size, part.sum()) for part in (self.goods, self.bads, *self.squares)))

    def plain_each(self) -> Ladder:
        """Return the same of every rung for itself, as tests of single grades need it."""
        return self._scaled(self.goods, self.bads, *self.squares)

    def _scaled(self, goods: Floats, bads: Floats, good_squares: Floats, bad_squares: Floats) -> Ladder:
        if self.good_squares is None:
            return self
        rows = np.where(goods + bads > 0, goods + bads, 1.0)
        rate = bads / rows
        scatter = bad_squares * (1 - rate) ** 2 + good_squares * rate**2
        certain = rate * (1 - rate) == 0  # a rate of 0 or 1 has no variance: Kish's number, the cautious one
        below = np.where(certain, good_squares + bad_squares, scatter)
        factor = np.where(certain, rows, rate * (1 - rate) * rows) / np.where(below > 0, below, 1.0)
        return replace(self, goods=self.goods * factor, bads=self.bads * factor, good_squares=None, bad_squares=None)


def counted(place: Ints, size: int, bad: Ints, pd: Floats, weight: Floats | None = None) -> Ladder:
    """Count goods and bads, and average the PD, at each of so many places.

    Parameters
    ----------
    place : int array of shape (n,)
        0 to size - 1.
    size : int
    bad : int array of shape (n,)
    pd : float array of shape (n,)
    weight : float array of shape (n,), optional

    Examples
    --------
    >>> counted(np.array([0, 1, 1]), 2, np.array([1, 0, 0]), np.array([0.3, 0.1, 0.2])).pd.round(3)
    array([0.3 , 0.15])
    """
    rungs, is_bad = np.arange(size, dtype=float), bad == 1
    if weight is None:
        customers, bads = (np.bincount(each, minlength=size).astype(float) for each in (place, place[is_bad]))
        pds = np.bincount(place, pd, minlength=size)
        return Ladder(rungs, pds / np.where(customers > 0, customers, 1.0), customers - bads, bads)
    sides = [(place[side], weight[side]) for side in (~is_bad, is_bad)]
    goods, bads = (np.bincount(at, worth, minlength=size).astype(float) for at, worth in sides)
    squares = [np.bincount(at, worth**2, minlength=size).astype(float) for at, worth in sides]
    pds, customers = np.bincount(place, weight * pd, minlength=size), goods + bads
    return Ladder(rungs, pds / np.where(customers > 0, customers, 1.0), goods, bads, squares[0], squares[1])
