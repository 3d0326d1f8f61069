"""What do counts per class tell? WoE, IV, concentration.

Counts are used as they are. Only where a class that holds rows has a zero on one side, 0.5 is added to every count of
both sides (a logarithm needs it); classes empty on both sides say nothing and never trigger it.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.errors import DataError, EvidenceError
from scorecard.metrics.divergence import pair, psi_critical, shares

Floats = NDArray[np.float64]


def woe(goods: ArrayLike, bads: ArrayLike) -> Floats:
    """Return how much safer than the average each class is: ln(share of goods / share of bads).

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class.

    Returns
    -------
    array of shape (k,)
        Positive is safer. A class without any row has no evidence and gets 0; treat it by policy, not by this value.

    Raises
    ------
    DataError
        Where lengths differ or a count is negative or missing.
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 10 (sign); Good (1950), Probability and the Weighing of Evidence.

    Examples
    --------
    >>> woe([90, 10], [50, 50]).round(4)
    array([ 0.5878, -1.6094])
    """
    goods, bads = pair(goods, bads, ("goods", "bads"))
    held = (goods + bads) > 0
    good_share, bad_share = shares(goods[held], bads[held])
    result = np.zeros(goods.size)
    result[held] = np.log(good_share / bad_share)
    return result


def information_value(goods: ArrayLike, bads: ArrayLike) -> float:
    """Return how much the classes tell about the outcome: the symmetric divergence of goods and bads.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class.

    Returns
    -------
    float
        At least 0; read it beside `noise_floor`.

    Raises
    ------
    DataError, EvidenceError
        As in `woe`.

    References
    ----------
    Kullback & Leibler (1951), Annals of Mathematical Statistics 22; Siddiqi (2017), chapter 10.

    Examples
    --------
    >>> round(information_value([90, 10], [50, 50]), 4)
    0.8789
    """
    return _divergence(*pair(goods, bads, ("goods", "bads")))


def marginal_iv(goods: ArrayLike, bads: ArrayLike, expected_goods: ArrayLike, expected_bads: ArrayLike) -> float:
    """Return how much the classes tell about the outcome that a model does not know yet.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class.
    expected_goods, expected_bads : array of shape (k,)
        The same by the model's PDs.

    Returns
    -------
    float
        The information value where the model knows nothing, 0 where it expects what is there; negative where it overdoes it.

    Raises
    ------
    DataError, EvidenceError
        As in `woe`.

    References
    ----------
    Scallan (2011), Selecting characteristics and attributes in logistic regression, Credit Scoring and Credit Control XII.

    Examples
    --------
    >>> round(marginal_iv([90, 10], [50, 50], [80, 20], [60, 40]), 4)
    0.4866
    """
    there = pair(goods, bads, ("goods", "bads"))
    expected = pair(expected_goods, expected_bads, ("expected goods", "expected bads"))
    if there[0].shape != expected[0].shape:
        raise DataError(
            f"goods have shape {there[0].shape}, expected goods {expected[0].shape}; expected equal lengths. Use the same classes."
        )
    held = (there[0] + there[1]) > 0
    good_share, bad_share, good_then, bad_then = shares(*(each[held] for each in (*there, *expected)))
    return float(((good_share - bad_share) * (np.log(good_share / bad_share) - np.log(good_then / bad_then))).sum())


def noise_floor(goods: float, bads: float, bins: int, level: float = 0.95) -> float:
    """Return the IV that mere chance reaches: the quantile under "no relation".

    Parameters
    ----------
    goods, bads : float
        Totals, at least 1.
    bins : int
        Number of classes.
    level : float
        In (0, 1).

    References
    ----------
    Yurdakul & Naranjo (2020), Journal of Risk Model Validation 14(4), applied to goods against bads.

    Examples
    --------
    >>> round(noise_floor(700, 300, 5), 6)
    0.04518
    """
    return psi_critical(bins, goods, bads, level)


def coefficient_of_variation(counts: ArrayLike) -> float:
    """Return how unevenly customers are spread over grades: 0 is even; all in one of k gives sqrt(k - 1).

    Parameters
    ----------
    counts : array of shape (k,)
        Customers per grade, empty grades included.

    Raises
    ------
    EvidenceError
        Where there are no customers.

    References
    ----------
    ECB (2019), 2.5.5.3.

    Examples
    --------
    >>> coefficient_of_variation([10, 0])
    1.0
    """
    values = np.asarray(counts, dtype=float)
    if not values.sum() > 0:
        raise EvidenceError("the grades have no customers; a concentration needs some. Widen the sample.")
    shares = values / values.sum()
    return sqrt(shares.size * float(((shares - 1 / shares.size) ** 2).sum()))


def herfindahl(counts: ArrayLike) -> float:
    """Return how concentrated the grades are: the logarithmic Herfindahl index, 0 even, 1 everybody in one grade.

    Parameters
    ----------
    counts : array of shape (k,)
        Customers per grade, empty grades included; k at least 2.

    Raises
    ------
    EvidenceError
        Where there are no customers.

    References
    ----------
    ECB (2019), 2.5.5.3.

    Examples
    --------
    >>> round(herfindahl([5, 0, 0]), 12)
    1.0
    """
    grades = np.size(np.asarray(counts))
    return 1 + log((coefficient_of_variation(counts) ** 2 + 1) / grades) / log(grades)


def _divergence(first: Floats, second: Floats) -> float:
    held = (first + second) > 0
    one, other = shares(first[held], second[held])
    return float(((one - other) * np.log(one / other)).sum())
