"""Does risk rank the bads above the goods? AUC, Gini, CAP and KS.

Everything here is a function of how many goods and bads stand at each distinct risk, so ties need no special case.
`risk` rises with the chance of turning bad; pass ``-score`` where higher scores are safer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.errors import DataError, EvidenceError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ks:
    """The widest gap: share of bads minus share of goods with at least this `risk`."""

    ks: float
    risk: float
    bad_share: float
    good_share: float


def auc(bad: ArrayLike, risk: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return how often a bad carries more risk than a good, ties counted half.

    Parameters
    ----------
    bad : array of shape (n,)
        1 bad, 0 good.
    risk : array of shape (n,)
        Any order-preserving measure; a higher value is riskier.
    weight : array of shape (n,), optional
        Non-negative row weights.

    Returns
    -------
    float
        In [0, 1]; 0.5 orders nothing.

    Raises
    ------
    DataError
        Where a value is missing, an outcome is neither 0 nor 1, or the lengths differ.
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    Bamber (1975), J. Math. Psychology 12; ECB (2019), Instructions for reporting the validation results, annex 3.1.

    Examples
    --------
    >>> auc([0, 1, 1], [0.1, 0.1, 0.9])
    0.75
    """
    goods, bads, _ = classes(bad, risk, weight)
    return auc_from_counts(goods, bads)


def auc_from_counts(goods: ArrayLike, bads: ArrayLike) -> float:
    """Return the AUC of ordered classes, equal to the AUC of the rows in them.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class, from the lowest risk to the highest (grades: best first).

    Raises
    ------
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    ECB (2019), 2.5.4: the AUC of the grades in use.

    Examples
    --------
    >>> auc_from_counts([90, 10], [5, 5])
    0.7
    """
    goods, bads = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    require_both(goods.sum(), bads.sum())
    below = np.cumsum(goods) - goods
    return float(bads @ (below + goods / 2) / (goods.sum() * bads.sum()))


def gini(auc: float) -> float:
    """Return the Gini coefficient (accuracy ratio, Somers' D of risk given the outcome) of an AUC.

    Examples
    --------
    >>> gini(0.75)
    0.5
    """
    return 2 * auc - 1


def ks(bad: ArrayLike, risk: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return how far apart the distributions of bads and goods stand at their widest.

    Parameters, errors and sources are those of `ks_point`.

    Examples
    --------
    >>> ks([0, 0, 1, 1], [1, 2, 2, 3])
    0.5
    """
    return ks_point(bad, risk, weight).ks


def ks_point(bad: ArrayLike, risk: ArrayLike, weight: ArrayLike | None = None) -> Ks:
    """Find where the gap between bads and goods is widest, and how wide it is.

    Parameters
    ----------
    bad, risk, weight : array of shape (n,)
        As in `auc`.

    Returns
    -------
    Ks
        The gap in [0, 1], the risk it lies at, and both shares with at least that risk.

    Raises
    ------
    DataError, EvidenceError
        As in `auc`.

    References
    ----------
    Kolmogorov (1933); Smirnov (1939).

    Examples
    --------
    >>> ks_point([0, 0, 1, 1], [1, 2, 2, 3])
    Ks(ks=0.5, risk=2.0, bad_share=1.0, good_share=0.5)
    """
    goods, bads, values = classes(bad, risk, weight)
    return ks_from_counts(goods, bads, values)


def ks_from_counts(goods: ArrayLike, bads: ArrayLike, risk: ArrayLike) -> Ks:
    """Find the widest gap between bads and goods in ordered classes.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class, from the lowest risk to the highest.
    risk : array of shape (k,)
        What the classes stand at.

    Raises
    ------
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    Kolmogorov (1933); Smirnov (1939).

    Examples
    --------
    >>> ks_from_counts([90, 10], [5, 5], [0, 1])
    Ks(ks=0.4, risk=1.0, bad_share=0.5, good_share=0.1)
    """
    good, bad = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    require_both(good.sum(), bad.sum())
    good_share, bad_share = _share_from(good), _share_from(bad)
    at = int(np.argmax(np.abs(bad_share - good_share)))
    gap = float(abs(bad_share[at] - good_share[at]))
    return Ks(gap, float(np.asarray(risk)[at]), float(bad_share[at]), float(good_share[at]))


def cap_area(bad: ArrayLike, risk: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the area under the cumulative accuracy profile (share of bads caught by the riskiest share of rows).

    Parameters
    ----------
    bad, risk, weight : array of shape (n,)
        As in `auc`. Ties are joined by a straight line.

    Raises
    ------
    DataError, EvidenceError
        As in `auc`.

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III; accuracy ratio = (area - 1/2) / ((1 - share of bads) / 2).

    Examples
    --------
    >>> cap_area([0, 0, 1, 1], [1, 2, 3, 4])
    0.75
    """
    goods, bads, _ = classes(bad, risk, weight)
    return cap_area_from_counts(goods, bads)


def cap_area_from_counts(goods: ArrayLike, bads: ArrayLike) -> float:
    """Return the area under the cumulative accuracy profile of ordered classes.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class, from the lowest risk to the highest.

    Raises
    ------
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    As in `cap_area`.

    Examples
    --------
    >>> round(cap_area_from_counts([90, 10], [5, 5]), 4)
    0.6818
    """
    good, bad = float(np.sum(goods)), float(np.sum(bads))
    area, bad_rate = auc_from_counts(goods, bads), bad / (good + bad)
    return bad_rate / 2 + (1 - bad_rate) * area


def classes(bad: ArrayLike, risk: ArrayLike, weight: ArrayLike | None = None) -> tuple[Floats, Floats, Floats]:
    """Return goods and bads at each distinct risk, and the risks, from the lowest to the highest.

    Parameters
    ----------
    bad, risk, weight : array of shape (n,)
        As in `auc`.

    Raises
    ------
    DataError
        As in `auc`.

    Examples
    --------
    >>> classes([0, 1, 1], [0.1, 0.1, 0.9])
    (array([1., 0.]), array([1., 1.]), array([0.1, 0.9]))
    """
    is_bad, values, place = split_by_risk(bad, risk)
    goods, bads = tally(is_bad, place, values.size, weight)
    return goods, bads, values


def tally(
    is_bad: NDArray[np.bool_], place: NDArray[np.intp], size: int, weight: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Count goods and bads at each of so many places.

    Parameters
    ----------
    is_bad : bool array of shape (n,)
    place : int array of shape (n,)
        0 to size - 1.
    size : int
    weight : array of shape (n,), optional
        Non-negative row weights.

    Raises
    ------
    DataError
        Where a weight is negative or missing, or their number is another.

    Examples
    --------
    >>> tally(np.array([False, True]), np.array([1, 1]), 2)
    (array([0., 1.]), array([0., 1.]))
    """
    weights = np.ones(place.size) if weight is None else np.asarray(weight, dtype=float)
    if weights.shape != place.shape or not (weights >= 0).all():
        raise DataError(f"weight has shape {weights.shape}; expected {place.size} values >= 0. Correct the weight column.")
    bads = np.bincount(place, weights * is_bad, minlength=size).astype(float)
    goods = np.bincount(place, weights * ~is_bad, minlength=size).astype(float)
    return goods, bads


def _share_from(counts: Floats) -> Floats:
    """Share of the total in each class and all riskier ones."""
    shares: Floats = np.cumsum(counts[::-1])[::-1] / counts.sum()
    return shares


def split_by_risk(bad: ArrayLike, risk: ArrayLike) -> tuple[NDArray[np.bool_], Floats, NDArray[np.intp]]:
    """Check outcome and risk, and find the rows' places among the distinct risks.

    Returns
    -------
    is_bad : bool array of shape (n,)
    values : array of shape (k,)
        The distinct risks, ascending.
    place : int array of shape (n,)
        The index in `values` of each row's risk.

    Raises
    ------
    DataError
        As in `auc`.

    Examples
    --------
    >>> split_by_risk([0, 1], [0.2, 0.1])[2]
    array([1, 0])
    """
    outcome, risks = np.asarray(bad), np.asarray(risk, dtype=float)
    if outcome.shape != risks.shape or risks.ndim != 1:
        raise DataError(f"bad has shape {outcome.shape}, risk {risks.shape}; expected equal lengths. Pass columns of one table.")
    is_bad = outcome == 1
    if not (is_bad | (outcome == 0)).all():
        raise DataError("bad holds a value that is neither 0 nor 1; expected 1 for bad and 0 for good. Map the outcome first.")
    if np.isnan(risks).any():
        raise DataError(
            f"risk is missing in {np.isnan(risks).sum()} rows; expected none. Leave those rows out and report how many."
        )
    values, place = np.unique(risks, return_inverse=True)
    return is_bad, values, place


def require_both(goods: float, bads: float) -> None:
    """Raise an EvidenceError where there are no goods or no bads.

    Examples
    --------
    >>> require_both(1, 1)
    """
    for name, found in (("goods", goods), ("bads", bads)):
        if found <= 0:
            raise EvidenceError(f"the sample has no {name}; both goods and bads are needed. Widen the sample or wait.")
