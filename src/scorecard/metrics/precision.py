"""How exact is an AUC, and do two scores rank the same rows differently? DeLong's variance by mid-ranks.

The placement of a bad is the share of goods below it, ties counted half; their variance is the AUC's. A weight is how many
customers of the population a row stands for: each placement then counts by its weight, and the variance by its square, so
that doubling all weights changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtr, ndtri

from scorecard.errors import EvidenceError
from scorecard.metrics.ranking import require_both, split_by_risk, tally

Floats = NDArray[np.float64]
NO_VARIANCE = 1e-30  # below it placements differ by the rounding of weighted sums only


@dataclass(frozen=True)
class Auc:
    """An area under the ROC curve and its sampling variance."""

    auc: float
    variance: float


@dataclass(frozen=True)
class PairedAuc:
    """Two AUCs on the same rows: their difference, its variance, the two-sided test and the interval."""

    difference: float
    variance: float
    z: float
    p_value: float
    interval: tuple[float, float]


def delong(bad: ArrayLike, risk: ArrayLike, weight: ArrayLike | None = None) -> Auc:
    """Return the AUC and its variance, without assuming any distribution.

    Parameters
    ----------
    bad, risk, weight : array of shape (n,)
        As in `auc`; at least two goods and two bads.

    Raises
    ------
    DataError, EvidenceError
        As in `auc`, and where a variance cannot be estimated from a single row.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Sun & Xu (2014), IEEE Signal Processing Letters 21 (mid-ranks);
    Kish (1965), Survey Sampling, 11.7 (the number of rows that weighted ones are worth).

    Examples
    --------
    >>> delong([0, 0, 1, 1], [1, 2, 2, 3])
    Auc(auc=0.875, variance=0.03125)
    """
    is_bad, values, place = split_by_risk(bad, risk)
    goods, bads = tally(is_bad, place, values.size, weight)
    squares = None if weight is None else tally(is_bad, place, values.size, np.square(np.asarray(weight, dtype=float)))
    return delong_from_counts(goods, bads, squares)


def delong_from_counts(goods: ArrayLike, bads: ArrayLike, squares: tuple[ArrayLike, ArrayLike] | None = None) -> Auc:
    """Return the AUC of ordered classes and its variance, equal to those of the rows in them.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or sums of weights per class, from the lowest risk to the highest.
    squares : (array of shape (k,), array of shape (k,)), optional
        Sums of squared weights of goods and of bads; the counts themselves where every row stands for itself.

    Raises
    ------
    EvidenceError
        As in `delong`.

    References
    ----------
    As in `delong`.

    Examples
    --------
    >>> delong_from_counts([1, 1, 0], [0, 1, 1])
    Auc(auc=0.875, variance=0.03125)
    """
    good, bad = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    good_squares, bad_squares = (good, bad) if squares is None else (np.asarray(each, dtype=float) for each in squares)
    _require_two(_number(good, good_squares), _number(bad, bad_squares))
    below, above = _placed(good, bad)
    variance = _variance(below, bad, bad_squares) + _variance(above, good, good_squares)
    return Auc(float(bad @ below / bad.sum()), variance if variance > NO_VARIANCE else 0.0)


def delong_paired(
    bad: ArrayLike, risk_a: ArrayLike, risk_b: ArrayLike, level: float = 0.95, weight: ArrayLike | None = None
) -> PairedAuc:
    """Test whether A orders the same rows better than B.

    Not valid for nested models on the rows they were fitted to; obligors that repeat need a cluster bootstrap.

    Parameters
    ----------
    bad, risk_a, risk_b : array of shape (n,)
    level : float
        Confidence level of the interval of the difference A - B.
    weight : array of shape (n,), optional
        As in `auc`.

    Raises
    ------
    DataError, EvidenceError
        As in `delong`, and where the variance is zero though the AUCs differ: no test is possible then.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, section 3.

    Examples
    --------
    >>> delong_paired([0, 0, 1, 1], [1, 2, 3, 4], [10, 20, 30, 40]).p_value
    1.0
    """
    is_bad = np.asarray(bad) == 1
    apart = _row_placements(bad, risk_a, weight) - _row_placements(bad, risk_b, weight)
    weights = np.ones(apart.size) if weight is None else np.asarray(weight, dtype=float)
    _require_two(*(_number(weights[rows], weights[rows] ** 2) for rows in (~is_bad, is_bad)))
    difference = float(np.average(apart[is_bad], weights=weights[is_bad]))
    variance = sum(_variance(apart[rows], weights[rows], weights[rows] ** 2) for rows in (is_bad, ~is_bad))
    variance = variance if variance > NO_VARIANCE else 0.0
    if variance == 0 and abs(difference) > sqrt(NO_VARIANCE):
        raise EvidenceError(f"the AUCs differ by {difference:.4g} without any variance; no test is possible. Compare the values.")
    z = difference / sqrt(variance) if variance > 0 else 0.0
    reach = float(ndtri((1 + level) / 2)) * sqrt(variance)
    return PairedAuc(difference, variance, z, float(2 * ndtr(-abs(z))), (difference - reach, difference + reach))


@dataclass(frozen=True)
class Fall:
    """A test of whether an AUC has fallen: the statistic, its p-value, and that with the uncertainty of both AUCs."""

    s: float
    p_value: float
    p_both: float


def auc_fall(initial: Auc, current: Auc) -> Fall:
    """Test whether an AUC has fallen below its initial value.

    Parameters
    ----------
    initial, current : Auc
        Of two independent samples, as `delong` gives them.

    Returns
    -------
    Fall
        S = (initial - current) / standard error of the current one, and 1 - Phi(S): small where it has fallen. The initial
        AUC is taken as known, which overstates the certainty where its sample was small; `p_both` does not.

    Raises
    ------
    EvidenceError
        Where the current AUC has no variance.

    References
    ----------
    ECB (2019), 2.5.4.1.

    Examples
    --------
    >>> fall = auc_fall(Auc(0.80, 0.0), Auc(0.731368563685637, 0.00266868245717244))
    >>> round(fall.s, 4), round(fall.p_value, 4)
    (1.3285, 0.092)
    """
    if current.variance <= 0:
        raise EvidenceError(
            f"the current AUC of {current.auc:.4g} has no variance; its fall cannot be tested. Compare the values."
        )
    drop = initial.auc - current.auc
    s = drop / sqrt(current.variance)
    return Fall(s, float(ndtr(-s)), float(ndtr(-drop / sqrt(current.variance + initial.variance))))


def auc_interval(estimate: Auc, level: float = 0.95, method: Literal["logit", "wald"] = "logit") -> tuple[float, float]:
    """Return the confidence interval of an AUC.

    Parameters
    ----------
    estimate : Auc
        From `delong`.
    level : float
        In (0, 1).
    method : {"logit", "wald"}
        Logit stays inside [0, 1] and suits few bads and high AUCs; Wald is clipped to [0, 1].

    Returns
    -------
    (float, float)
        Without width where the variance is 0: perfect separation, or no separation at all.

    References
    ----------
    Pepe (2003), The Statistical Evaluation of Medical Tests, 5.2.4 (logit).

    Examples
    --------
    >>> low, high = auc_interval(Auc(0.8, 0.0016))
    >>> round(low, 4), round(high, 4)
    (0.7102, 0.8672)
    """
    reach = float(ndtri((1 + level) / 2)) * sqrt(estimate.variance)
    if reach == 0:
        return estimate.auc, estimate.auc
    if method == "wald":
        return max(0.0, estimate.auc - reach), min(1.0, estimate.auc + reach)
    centre, half = logit(estimate.auc), reach / (estimate.auc * (1 - estimate.auc))
    return float(expit(centre - half)), float(expit(centre + half))


def _placed(goods: Floats, bads: Floats) -> tuple[Floats, Floats]:
    """Share of goods below a bad of each class, and of bads above a good: DeLong's structural components."""
    return (np.cumsum(goods) - goods / 2) / goods.sum(), 1 - (np.cumsum(bads) - bads / 2) / bads.sum()


def _row_placements(bad: ArrayLike, risk: ArrayLike, weight: ArrayLike | None) -> Floats:
    is_bad, values, place = split_by_risk(bad, risk)
    goods, bads = tally(is_bad, place, values.size, weight)
    require_both(goods.sum(), bads.sum())
    below, above = _placed(goods, bads)
    return np.where(is_bad, below[place], above[place])


def _number(counts: Floats, squares: Floats) -> float:
    """How many rows weighted ones are worth."""
    return float(counts.sum() ** 2 / squares.sum()) if squares.sum() > 0 else 0.0


def _variance(values: Floats, counts: Floats, squares: Floats) -> float:
    """Variance of the mean of values that so many rows have, estimated without bias."""
    number, centre = _number(counts, squares), counts @ values / counts.sum()
    return float(squares @ (values - centre) ** 2 / counts.sum() ** 2 * number / (number - 1))


def _require_two(goods: float, bads: float) -> None:
    require_both(goods, bads)
    if min(goods, bads) <= 1:
        raise EvidenceError(
            f"{goods:g} goods and {bads:g} bads give no variance; at least 2 of each are needed. Widen the sample."
        )
