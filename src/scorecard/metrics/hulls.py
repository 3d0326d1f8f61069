"""The convex hull of a ROC curve: the cut-offs that are best at some price of the two errors.

Measures that search for the best cut-off (H-measure, maximum profit) need its corners only. It is found as an isotonic
regression of the share of bads along the risk, whose blocks are the sides of the hull (Fawcett and Niculescu-Mizil 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression
from scipy.special import betainc

from scorecard.errors import DataError, EvidenceError

Floats = NDArray[np.float64]
ALPHA = 2.0  # convention of Hand & Anagnostopoulos (2014): costs are Beta(2, 1 + 1 / severity ratio), whose mode is at the prior
APART = 2.0  # added between samples; shares of bads differ by at most 1, so no side of a hull reaches into the next


@dataclass(frozen=True, eq=False)
class Hulls:
    """The sides of the hulls of one or more samples, each from nobody turned away to everybody.

    Attributes
    ----------
    sample : int array of shape (sides,)
        Which sample a side belongs to, ascending.
    goods, bads : arrays of shape (sides,)
        Shares of all goods and of all bads turned away at the end of the side.
    goods_before, bads_before : arrays of shape (sides,)
        The same at its start; 0 of a sample's first side.
    bad_rate : array of shape (samples,)
    """

    sample: NDArray[np.intp]
    goods: Floats
    bads: Floats
    goods_before: Floats
    bads_before: Floats
    bad_rate: Floats

    @property
    def side_goods(self) -> Floats:
        """The share of goods that a side turns away; rounding of sums over many samples must not make it negative."""
        return np.maximum(self.goods - self.goods_before, 0.0)

    @property
    def side_bads(self) -> Floats:
        """The share of bads that a side turns away."""
        return np.maximum(self.bads - self.bads_before, 0.0)

    def totals(self, values: Floats) -> Floats:
        """Return the sum over the sides of each sample, shape (samples,)."""
        return np.bincount(self.sample, values, minlength=self.bad_rate.size).astype(float)


def hulls(goods: ArrayLike, bads: ArrayLike) -> Hulls:
    """Find the hulls of samples that are counted over the same classes of risk.

    Parameters
    ----------
    goods, bads : arrays of shape (k,) or (samples, k)
        Counts or weights per class, from the lowest risk to the highest.

    Raises
    ------
    DataError
        Where the shapes differ or a count is negative or missing.
    EvidenceError
        Where a sample has no goods or no bads.

    References
    ----------
    Fawcett & Niculescu-Mizil (2007), PAV and the ROC convex hull, Machine Learning 68.

    Examples
    --------
    >>> found = hulls([3, 2, 1], [0, 1, 3])
    >>> found.goods.round(3).tolist(), found.bads.tolist()
    ([0.167, 0.5, 1.0], [0.75, 1.0, 1.0])
    """
    good, bad = _checked(goods, bads)
    rows = good + bad
    sample, place = np.nonzero(rows[:, ::-1] > 0)  # riskiest first
    place = rows.shape[1] - 1 - place
    held_goods, held_bads, held = good[sample, place], bad[sample, place], rows[sample, place]
    blocks = isotonic_regression(held_bads / held - APART * sample, weights=held, increasing=False).blocks
    start, owner = blocks[:-1], sample[blocks[:-1]]
    first = np.append(True, owner[1:] != owner[:-1])
    ends, before = [], []
    for counts, total in ((held_goods, good.sum(axis=1)), (held_bads, bad.sum(axis=1))):
        share = np.add.reduceat(counts, start) / total[owner]
        end = np.cumsum(share) - owner  # every sample before it has summed to 1
        ends.append(np.where(np.append(first[1:], True), 1.0, end))
        before.append(np.where(first, 0.0, np.append(0.0, ends[-1][:-1])))
    return Hulls(owner, ends[0], ends[1], before[0], before[1], bad.sum(axis=1) / rows.sum(axis=1))


def h_of_hulls(found: Hulls, severity_ratio: float | None = None) -> Floats:
    """Return the H-measure of each of several samples, shape (samples,); parameters, errors and sources are those of `h_measure`.

    Examples
    --------
    >>> h_of_hulls(hulls([[2, 0], [1, 1]], [[0, 2], [1, 1]])).tolist()
    [1.0, 0.0]
    """
    if severity_ratio is not None and not severity_ratio > 0:
        raise DataError(f"severity_ratio = {severity_ratio}; expected a number above 0. Change it, or leave it out.")
    bad_rate, good_rate = found.bad_rate[found.sample], 1 - found.bad_rate[found.sample]
    ratio = found.bad_rate / (1 - found.bad_rate) if severity_ratio is None else np.full(found.bad_rate.size, severity_ratio)
    beta = 1 + (ALPHA - 1) / ratio
    bads, goods = found.side_bads, found.side_goods
    # The cost of turning a good away (of both errors together 1) at which the end of a side becomes better than its start.
    switch = bad_rate * bads / (bad_rate * bads + good_rate * goods)
    first, last = _ends(found.sample)
    above = np.where(first, 1.0, np.append(1.0, switch[:-1]))  # the start of a side is best between this cost and its own
    loss = _loss(found.bad_rate, found.sample, beta, (found.goods_before, found.bads_before, switch, above))
    everybody = (np.ones(last.sum()), np.ones(last.sum()), np.zeros(last.sum()), switch[last])
    loss += _loss(found.bad_rate, found.sample[last], beta, everybody)
    blind = np.arange(found.bad_rate.size)
    zero, one = np.zeros(blind.size), np.ones(blind.size)
    without = _loss(found.bad_rate, blind, beta, (zero, zero, found.bad_rate, one))  # nobody turned away
    without += _loss(found.bad_rate, blind, beta, (one, one, zero, found.bad_rate))  # everybody
    return np.clip(1 - loss / without, 0.0, 1.0)


def _ends(sample: NDArray[np.intp]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    change = sample[1:] != sample[:-1]
    return np.append(True, change), np.append(change, True)


def _loss(bad_rate: Floats, sample: NDArray[np.intp], beta: Floats, cut: tuple[Floats, Floats, Floats, Floats]) -> Floats:
    """Integrate the loss of cut-offs (goods and bads turned away) over the costs between which each is best; sum by sample."""
    goods, bads, low, high = cut
    b, p = beta[sample], bad_rate[sample]
    of_goods = ALPHA / (ALPHA + b) * (betainc(1 + ALPHA, b, high) - betainc(1 + ALPHA, b, low))
    of_bads = b / (ALPHA + b) * (betainc(ALPHA, 1 + b, high) - betainc(ALPHA, 1 + b, low))
    lost = (1 - p) * goods * of_goods + p * (1 - bads) * of_bads
    return np.bincount(sample, lost, minlength=bad_rate.size).astype(float)


def _checked(goods: ArrayLike, bads: ArrayLike) -> tuple[Floats, Floats]:
    good, bad = (np.atleast_2d(np.asarray(each, dtype=float)) for each in (goods, bads))
    if good.shape != bad.shape or not ((good >= 0).all() and (bad >= 0).all()):
        raise DataError(
            f"goods have shape {good.shape}, bads {bad.shape}; expected equal shapes and counts >= 0. Count both over the same classes."
        )
    for name, counts in (("goods", good), ("bads", bad)):
        if not (counts.sum(axis=1) > 0).all():
            raise EvidenceError(f"the sample has no {name}; both goods and bads are needed. Widen the sample or wait.")
    return good, bad
