"""AUC with its variance from counts at each place of an order, and of the difference of two orders of the same cells.

A cell is a group of rows that every order treats alike, such as equal rows of bins; its order is any number that rises with
safety. Counts may be effective numbers of weighted rows. Where every cell is one row these are DeLong's figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.metrics.ranking import require_both

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Placed:
    """How an order places the goods and bads of its cells.

    Attributes
    ----------
    auc : float
        How often a bad stands below a good, ties counted half.
    of_bads, of_goods : arrays of shape (cells,)
        For a bad of the cell the share of goods above it, for a good the share of bads below it; ties counted half.
    goods, bads : arrays of shape (cells,)
    """

    auc: float
    of_bads: Floats
    of_goods: Floats
    goods: Floats
    bads: Floats

    @property
    def error(self) -> float:
        """Standard error of the AUC."""
        return _error(self.of_bads, self.of_goods, self.goods, self.bads)


def placed(order: ArrayLike, goods: ArrayLike, bads: ArrayLike) -> Placed:
    """Return the AUC of cells and what it is made of.

    Parameters
    ----------
    order : array of shape (cells,)
        A number that rises with safety, such as the score; equal numbers are ties.
    goods, bads : array of shape (cells,)
        Counts or effective numbers.

    Raises
    ------
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Sun & Xu (2014), IEEE Signal Processing Letters 21 (mid-ranks).

    Examples
    --------
    >>> found = placed([1, 2, 3], [0, 1, 1], [1, 1, 0])
    >>> found.auc, round(found.error, 4)
    (0.875, 0.1768)
    """
    good, bad = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    require_both(good.sum(), bad.sum())
    rung, size = _rungs(np.asarray(order))
    of_bads = _above(np.bincount(rung, good, size).astype(float))[rung] / good.sum()
    of_goods = 1 - _above(np.bincount(rung, bad, size).astype(float))[rung] / bad.sum()
    return Placed(float(bad @ of_bads / bad.sum()), of_bads, of_goods, good, bad)


def difference_error(first: Placed, second: Placed) -> float:
    """Return the standard error of the difference of the AUCs of two orders of the same cells.

    Raises
    ------
    EvidenceError
        As in `placed`.

    Examples
    --------
    >>> one = placed([1, 2, 3], [0, 1, 1], [1, 1, 0])
    >>> difference_error(one, one)
    0.0
    """
    return _error(first.of_bads - second.of_bads, first.of_goods - second.of_goods, first.goods, first.bads)


def reweighted(before: Placed, order: ArrayLike, weight: ArrayLike) -> tuple[Placed, float]:
    """Return the AUC of the same cells in another mix, and the standard error of what that changes.

    Parameters
    ----------
    before : Placed
    order : array of shape (cells,)
        As for `before`.
    weight : array of shape (cells,)
        How many times as many of each cell's customers there are; taken as known.

    Raises
    ------
    EvidenceError
        As in `placed`.

    Examples
    --------
    >>> found, error = reweighted(placed([1, 2, 3], [0, 1, 1], [1, 1, 0]), [1, 2, 3], [1, 1, 1])
    >>> found.auc, error
    (0.875, 0.0)
    """
    times = np.asarray(weight, dtype=float)
    after = placed(order, before.goods * times, before.bads * times)
    error = 0.0
    for then, now, rows, total in (
        (before.of_bads, after.of_bads, before.bads, after.bads.sum()),
        (before.of_goods, after.of_goods, before.goods, after.goods.sum()),
    ):
        moved = times * (now - after.auc) / total - (then - before.auc) / rows.sum()
        error += float(rows @ moved**2)
    return after, sqrt(error)


def _error(of_bads: Floats, of_goods: Floats, goods: Floats, bads: Floats) -> float:
    return sqrt(_variance(of_bads, bads) + _variance(of_goods, goods))


def _variance(values: Floats, counts: Floats) -> float:
    total = float(counts.sum())
    mean = float(counts @ values) / total
    return float(counts @ (values - mean) ** 2) / max(total - 1, 1.0) / total


def _rungs(order: NDArray[np.generic]) -> tuple[NDArray[np.intp], int]:
    """Return each cell's place among the distinct values; whole numbers of a small range need no sort."""
    if order.dtype.kind in "iu" and order.size:
        low = int(order.min())
        span = int(order.max()) - low + 1
        if span <= max(4 * order.size, 1000):
            return (order - low).astype(np.intp), span
    values, place = np.unique(order, return_inverse=True)
    return place.astype(np.intp), values.size


def _above(counts: Floats) -> Floats:
    """Return how many stand above each rung, half of the rung itself included."""
    return np.asarray(counts.sum() - np.cumsum(counts) + counts / 2)
