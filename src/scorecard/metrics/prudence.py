"""How high might the PD of a grade with hardly a default be? The most prudent bound of Pluto and Tasche.

Grades stand from the best to the worst, so a grade is at most as risky as it and all worse ones together: their defaults
bound its PD from above.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betaincc, betaincinv, ndtr

from scorecard.errors import DataError
from scorecard.metrics.factor import DENSITY, STATES, conditional_pd

Floats = NDArray[np.float64]

PROBITS = (-9.0, 9.0)  # between which a bound is sought; the PDs there are 1e-19 from certain


@dataclass(frozen=True)
class Economy:
    """How customers fail together over several years.

    Attributes
    ----------
    years : int
        Length of the window in which the customers of its start are watched.
    correlation : float
        Asset correlation, in [0, 1).
    memory : float
        Correlation of the state of the economy with that of the year before, in [0, 1).
    draws : int
        Paths of the economy that are drawn.
    seed : int
    """

    years: int
    correlation: float
    memory: float
    draws: int = 10_000
    seed: int = 1


def upper_bound(defaults: float, customers: float, confidence: float, correlation: float = 0.0) -> float:
    """Return the PD under which at most this many defaults come with probability 1 - confidence.

    Parameters
    ----------
    defaults, customers : float
        Counts, 0 <= defaults <= customers.
    confidence : float
        In (0, 1).
    correlation : float
        Asset correlation, in [0, 1); 0 where customers default independently.

    Returns
    -------
    float
        1 where everybody defaulted, or there are no customers.

    Raises
    ------
    DataError
        Where a number is out of its range.

    References
    ----------
    Pluto & Tasche (2011), Estimating probabilities of default for low default portfolios, The Basel II Risk Parameters.

    Examples
    --------
    >>> round(upper_bound(0, 800, 0.9), 6), round(upper_bound(0, 800, 0.9, 0.12), 5)
    (0.002874, 0.00864)
    """
    _require(defaults, customers, confidence)
    if defaults >= customers:
        return 1.0
    if correlation == 0:
        return float(betaincinv(defaults + 1, customers - defaults, confidence))
    return _solve(lambda pd: DENSITY @ _at_most(defaults, customers, conditional_pd(pd, correlation, STATES)), confidence)


def pluto_tasche(
    customers: ArrayLike, defaults: ArrayLike, confidence: float, correlation: float = 0.0, economy: Economy | None = None
) -> Floats:
    """Return the most prudent PD of every grade.

    Parameters
    ----------
    customers, defaults : array of shape (k,)
        Counts per grade, from the best to the worst.
    confidence, correlation : float
        As in `upper_bound`.
    economy : Economy, optional
        Of several years; `correlation` then does not count.

    Returns
    -------
    array of shape (k,)
        Never lower for a worse grade: where its own defaults would say so, the better grade's bound stands.

    Raises
    ------
    DataError
        As in `upper_bound`.

    References
    ----------
    As in `upper_bound`; several years by Monte Carlo as in its section on multi-period data.

    Examples
    --------
    >>> pluto_tasche([100, 400, 300], [0, 0, 0], 0.9).round(4)
    array([0.0029, 0.0033, 0.0076])
    """
    held, failed = (np.cumsum(np.asarray(each, dtype=float)[::-1])[::-1] for each in (customers, defaults))
    if economy is None:
        bounds = [upper_bound(d, n, confidence, correlation) for n, d in zip(held, failed, strict=True)]
    else:
        paths = _paths(economy)
        bounds = [_over_years(d, n, confidence, economy, paths) for n, d in zip(held, failed, strict=True)]
    return np.maximum.accumulate(bounds)


def _over_years(defaults: float, customers: float, confidence: float, economy: Economy, paths: Floats) -> float:
    _require(defaults, customers, confidence)
    if defaults >= customers:
        return 1.0

    def chance(pd: float) -> float:
        survived = np.prod(1 - conditional_pd(pd, economy.correlation, paths), axis=1)
        return float(_at_most(defaults, customers, 1 - survived).mean())

    return _solve(chance, confidence)


def _paths(economy: Economy) -> Floats:
    """States of the economy, a row a path: each year remembers the one before."""
    shocks = np.random.default_rng(economy.seed).standard_normal((economy.draws, economy.years))
    fresh = np.sqrt(1 - economy.memory**2)
    for year in range(1, economy.years):
        shocks[:, year] = economy.memory * shocks[:, year - 1] + fresh * shocks[:, year]
    return shocks


def _at_most(defaults: float, customers: float, pd: Floats) -> Floats:
    """Probability of so many defaults or fewer; fractions stand between."""
    found: Floats = betaincc(defaults + 1, customers - defaults, pd)
    return found


def _solve(chance: Callable[[float], float], confidence: float) -> float:
    """PD at which the falling function `chance` is 1 - confidence, sought on the probit scale."""
    return float(ndtr(brentq(lambda probit: chance(float(ndtr(probit))) - (1 - confidence), *PROBITS, xtol=1e-10)))


def _require(defaults: float, customers: float, confidence: float) -> None:
    if not (0 <= defaults <= customers and 0 < confidence < 1):
        raise DataError(
            f"{defaults:g} defaults, {customers:g} customers, confidence {confidence:g}; expected 0 <= defaults <= customers "
            "and a confidence between 0 and 1."
        )
