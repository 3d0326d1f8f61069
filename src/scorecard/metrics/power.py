"""What could a test have seen? The smallest true difference that it finds four times in five."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import betaincinv, chdtri, chndtrinc, ndtr, ndtri

from scorecard.errors import DataError
from scorecard.metrics.factor import binomial_p, critical_defaults, whole

POWER = 0.8  # Cohen (1988), Statistical Power Analysis, 2.4: a convention


def detectable(error: float, level: float = 0.95, power: float = POWER, sides: int = 1) -> float:
    """Return the smallest true difference that a normal test with this standard error finds with the given power.

    Parameters
    ----------
    error : float
        Standard error of the estimated difference.
    level, power : float
        In (0, 1).
    sides : {1, 2}
        Of the test.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, chapter 2.

    Examples
    --------
    >>> round(detectable(0.01), 4), round(detectable(0.01, sides=2), 4)
    (0.0249, 0.028)
    """
    return float(ndtri(1 - (1 - level) / sides) + ndtri(power)) * error


def detectable_rate(
    customers: float, pd: float, level: float = 0.95, power: float = POWER, correlation: float = 0.0
) -> float | None:
    """Return the smallest true default rate above the PD that the binomial test finds with the given power.

    Parameters
    ----------
    customers : float
    pd : float
        In (0, 1).
    level, power : float
        In (0, 1); the test is one-sided.
    correlation : float
        Asset correlation, in [0, 1).

    Returns
    -------
    float or None
        None where even a default of every customer would not refuse the PD.

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III, on the power of the binomial test.

    Examples
    --------
    >>> round(detectable_rate(1000, 0.01), 4), detectable_rate(2, 0.5)
    (0.0192, None)
    """
    held = whole(customers)
    needed = critical_defaults(held, pd, level, correlation)
    if needed > held:
        return None
    if correlation == 0:
        return float(betaincinv(needed, held - needed + 1, power))
    sought = brentq(lambda probit: binomial_p(needed, held, float(ndtr(probit)), correlation) - power, -9, 9)
    return float(ndtr(sought))


def rate_power(customers: float, pd: float, rate: float, level: float = 0.95, correlation: float = 0.0) -> float:
    """Return how often the binomial test refuses a PD where the true default rate is another.

    Parameters are those of `detectable_rate`; `rate` is the true default rate.

    Examples
    --------
    >>> round(rate_power(1000, 0.01, 0.02), 3)
    0.846
    """
    held = whole(customers)
    needed = critical_defaults(held, pd, level, correlation)
    return binomial_p(needed, held, rate, correlation) if needed <= held else 0.0


def hanley_mcneil(auc: float, goods: float, bads: float) -> float:
    """Return the variance that an AUC would have on so many goods and bads, for planning.

    Parameters
    ----------
    auc : float
        In [0, 1].
    goods, bads : float
        At least 1.

    Raises
    ------
    DataError
        Where the AUC or a number is out of range.

    References
    ----------
    Hanley & McNeil (1982), Radiology 143.

    Examples
    --------
    >>> round(hanley_mcneil(0.731368563685637, 72, 41) ** 0.5, 6)
    0.051248
    """
    if not (0 <= auc <= 1 and goods >= 1 and bads >= 1):
        raise DataError(f"AUC {auc}, {goods:g} goods and {bads:g} bads; expected an AUC in [0, 1] and at least one of each.")
    bad_pair, good_pair = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (bads - 1) * (bad_pair - auc**2) + (goods - 1) * (good_pair - auc**2)
    return float(max(0.0, spread) / (goods * bads))


def detectable_auc(auc: float, goods: float, bads: float, level: float = 0.95, power: float = POWER) -> float:
    """Return the smallest fall of the AUC that a sample of so many goods and bads finds with the given power.

    Parameters
    ----------
    auc : float
        The initial AUC, taken as known, above 0.5.
    goods, bads : float
        Of the sample to come.
    level, power : float
        In (0, 1); the test is one-sided.

    References
    ----------
    Hanley & McNeil (1982), Radiology 143; Obuchowski (1994), Academic Radiology 1 (sample size).

    Examples
    --------
    >>> round(detectable_auc(0.75, 9000, 1000), 3)
    0.023
    """

    def surplus(fall: float) -> float:
        return fall - detectable(sqrt(hanley_mcneil(auc - fall, goods, bads)), level, power)

    return float(brentq(surplus, 0.0, auc)) if surplus(auc) > 0 else auc


def detectable_pair(variance_a: float, variance_b: float, correlation: float, level: float = 0.95, power: float = POWER) -> float:
    """Return the smallest difference of two AUCs on the same rows that the two-sided paired test finds with the given power.

    Parameters
    ----------
    variance_a, variance_b : float
        Of the two AUCs: by DeLong, or `hanley_mcneil` for planning.
    correlation : float
        Of the two estimates, in [-1, 1]; of two scorecards of the same customers often 0.6 and more.
    level, power : float
        In (0, 1).

    References
    ----------
    Hanley & McNeil (1983), Radiology 148.

    Examples
    --------
    >>> round(detectable_pair(0.0001, 0.0001, 0.8), 4)
    0.0177
    """
    covariance = correlation * sqrt(variance_a * variance_b)
    return detectable(sqrt(max(0.0, variance_a + variance_b - 2 * covariance)), level, power, sides=2)


def detectable_deviation(customers: ArrayLike, pd: ArrayLike, df: int, level: float = 0.95, power: float = POWER) -> float:
    """Return by which share all default rates would have to miss their PDs for the chi-square to find it.

    Parameters
    ----------
    customers, pd : array of shape (k,)
        Of every group; PDs in (0, 1).
    df : int
        Degrees of freedom of the chi-square.
    level, power : float
        In (0, 1).

    References
    ----------
    Cohen (1988), chapter 7: the non-central chi-square.

    Examples
    --------
    >>> round(detectable_deviation([1000, 1000], [0.02, 0.05], 2), 3)
    0.363
    """
    n, p = np.asarray(customers, dtype=float), np.asarray(pd, dtype=float)
    return sqrt(noncentral(df, level, power) / float((n * p / (1 - p)).sum()))


def noncentral(df: int, level: float = 0.95, power: float = POWER) -> float:
    """Return how far off centre a chi-square must be to exceed its critical value with the given power.

    Examples
    --------
    >>> round(noncentral(1), 3)
    7.849
    """
    return float(chndtrinc(chdtri(df, 1 - level), df, 1 - power))
