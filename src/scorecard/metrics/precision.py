"""How exact is an AUC, and do two scores rank the same rows differently? DeLong's variance by mid-ranks.

The placement of a bad is the share of goods below it, ties counted half; their variance is the AUC's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtr, ndtri

from scorecard.errors import EvidenceError
from scorecard.metrics.ranking import require_both, split_by_risk

Floats = NDArray[np.float64]


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


def delong(bad: ArrayLike, risk: ArrayLike) -> Auc:
    """Return the AUC and its variance, without assuming any distribution.

    Parameters
    ----------
    bad, risk : array of shape (n,)
        As in `auc`; at least two goods and two bads.

    Raises
    ------
    DataError, EvidenceError
        As in `auc`, and where a variance cannot be estimated from a single row.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Sun & Xu (2014), IEEE Signal Processing Letters 21 (mid-ranks).

    Examples
    --------
    >>> delong([0, 0, 1, 1], [1, 2, 2, 3])
    Auc(auc=0.875, variance=0.03125)
    """
    of_bads, of_goods = _placements(bad, risk)
    return Auc(float(of_bads.mean()), _variance(of_bads, of_goods))


def delong_paired(bad: ArrayLike, risk_a: ArrayLike, risk_b: ArrayLike, level: float = 0.95) -> PairedAuc:
    """Test whether A orders the same rows better than B.

    Not valid for nested models on the rows they were fitted to; obligors that repeat need a cluster bootstrap.

    Parameters
    ----------
    bad, risk_a, risk_b : array of shape (n,)
    level : float
        Confidence level of the interval of the difference A - B.

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
    bads_a, goods_a = _placements(bad, risk_a)
    bads_b, goods_b = _placements(bad, risk_b)
    difference = float(bads_a.mean() - bads_b.mean())
    variance = _variance(bads_a - bads_b, goods_a - goods_b)
    if variance == 0 and difference != 0:
        raise EvidenceError(f"the AUCs differ by {difference:.4g} without any variance; no test is possible. Compare the values.")
    z = difference / sqrt(variance) if variance > 0 else 0.0
    reach = float(ndtri((1 + level) / 2)) * sqrt(variance)
    return PairedAuc(difference, variance, z, float(2 * ndtr(-abs(z))), (difference - reach, difference + reach))


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


def _placements(bad: ArrayLike, risk: ArrayLike) -> tuple[Floats, Floats]:
    """Share of goods below each bad, and of bads above each good: DeLong's structural components."""
    is_bad, values, place = split_by_risk(bad, risk)
    bads = np.bincount(place[is_bad], minlength=values.size)
    goods = np.bincount(place[~is_bad], minlength=values.size)
    n_good, n_bad = int(goods.sum()), int(bads.sum())
    require_both(n_good, n_bad)
    if min(n_good, n_bad) == 1:
        raise EvidenceError(f"{n_good} goods and {n_bad} bads give no variance; at least 2 of each are needed. Widen the sample.")
    below = (np.cumsum(goods) - goods / 2) / n_good
    above = 1 - (np.cumsum(bads) - bads / 2) / n_bad
    return below[place[is_bad]], above[place[~is_bad]]


def _variance(of_bads: Floats, of_goods: Floats) -> float:
    return float(of_bads.var(ddof=1) / of_bads.size + of_goods.var(ddof=1) / of_goods.size)
