"""How many defaults are within chance where customers fail together? The one-factor model of asset values.

A share `correlation` of the variance of every customer's asset value is the state of the economy, which all have in common.
Probabilities are integrals over that state, by the trapezoid rule on [-9, 9].
"""

from __future__ import annotations

from bisect import bisect_left
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, ndtr, ndtri

from scorecard.errors import DataError

Floats = NDArray[np.float64]

ROUNDING = 1e-6
STATES = np.linspace(-9, 9, 4001)  # more nodes change nothing in the twelfth digit
DENSITY = np.exp(-(STATES**2) / 2) / np.exp(-(STATES**2) / 2).sum()


def conditional_pd(pd: float, correlation: float, state: ArrayLike) -> Floats:
    """Return the PD where the economy stands in a given state.

    Parameters
    ----------
    pd : float
        In [0, 1]: the mean over all states.
    correlation : float
        Asset correlation, in [0, 1).
    state : array
        Standard normal; higher is better.

    Raises
    ------
    DataError
        Where the PD or the correlation is out of range.

    References
    ----------
    Vasicek (2002), Risk 15(12); BCBS (2005), Working Paper 14, chapter III.

    Examples
    --------
    >>> conditional_pd(0.01, 0.12, [0, -2]).round(4)
    array([0.0066, 0.0408])
    """
    if not (0 <= pd <= 1 and 0 <= correlation < 1):
        raise DataError(
            f"PD {pd} and asset correlation {correlation}; expected a share, and a number in [0, 1). Pass no percent."
        )
    found: Floats = ndtr((ndtri(pd) - sqrt(correlation) * np.asarray(state, dtype=float)) / sqrt(1 - correlation))
    return found


def binomial_p(defaults: float, customers: float, pd: float, correlation: float = 0.0) -> float:
    """Return how probable at least this many defaults are if the PD is right: the binomial test.

    Parameters
    ----------
    defaults, customers : float
        Counts, 0 <= defaults <= customers.
    pd : float
        In [0, 1].
    correlation : float
        Asset correlation, in [0, 1); 0 where customers default independently.

    Returns
    -------
    float
        Small where the PD is too low.

    Raises
    ------
    DataError
        As in `conditional_pd`, and where there are more defaults than customers.

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III.

    Examples
    --------
    >>> round(binomial_p(15, 99, 0.09656014), 6), round(binomial_p(15, 99, 0.09656014, 0.12), 6)
    (0.052999, 0.198662)
    """
    if not 0 <= defaults <= customers:
        raise DataError(f"{defaults:g} defaults, {customers:g} customers; expected 0 <= defaults <= customers. Count again.")
    pds = conditional_pd(pd, correlation, STATES if correlation > 0 else 0.0)
    if defaults == 0:
        return 1.0
    tail = betainc(defaults, customers - defaults + 1, pds)
    return float(DENSITY @ tail) if correlation > 0 else float(tail)


def critical_defaults(customers: float, pd: float, level: float = 0.95, correlation: float = 0.0) -> int:
    """Return from how many defaults on the PD is refused: the least number whose `binomial_p` is at most 1 - level.

    Parameters
    ----------
    customers : float
        Of an effective number, which may be a fraction, the whole customers count.
    pd, correlation : float
        As in `binomial_p`.
    level : float
        In (0, 1).

    Returns
    -------
    int
        One more than there are customers where no number refuses it.

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III, table of critical values.

    Examples
    --------
    >>> critical_defaults(1000, 0.01, 0.99), critical_defaults(1000, 0.01, 0.99, 0.05)
    (19, 35)
    """
    held = whole(customers)
    return bisect_left(range(held + 1), True, key=lambda number: binomial_p(number, held, pd, correlation) <= 1 - level)


def whole(customers: float) -> int:
    """Return the whole customers of an effective number, which rounding may have left a little short of one.

    Examples
    --------
    >>> whole(99.9999999), whole(99.5)
    (100, 99)
    """
    return int(customers + ROUNDING)


def vasicek_bound(pd: float, correlation: float, level: float = 0.99) -> float:
    """Return the default rate of infinitely many customers that is exceeded with probability 1 - level.

    References
    ----------
    Vasicek (2002), Risk 15(12); BCBS (2005), Working Paper 14, chapter III.

    Examples
    --------
    >>> round(1000 * vasicek_bound(0.01, 0.05), 1)
    31.9
    """
    return float(conditional_pd(pd, correlation, -ndtri(level)))


def default_correlation(pd: float, correlation: float) -> float:
    """Return how closely the defaults of two customers go together where their asset values have a given correlation.

    Parameters
    ----------
    pd, correlation : float
        In (0, 1), and in [0, 1).

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III.

    Examples
    --------
    >>> round(default_correlation(0.01, 0.20), 4)
    0.0241
    """
    both = float(DENSITY @ conditional_pd(pd, correlation, STATES) ** 2)
    return (both - pd**2) / (pd * (1 - pd))
