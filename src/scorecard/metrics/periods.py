"""Do default rates of several periods speak against the PDs? The normal test and the traffic lights.

Both let a bad year be followed by another one: the normal test estimates how far rates scatter from the rates themselves,
the traffic lights count only how often a period looks bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from math import factorial, prod, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtr

from scorecard.errors import EvidenceError

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]

LIGHTS = (0.5, 0.3, 0.15, 0.05)  # probabilities of green, yellow, orange and red: Blochwitz, Hohl & Wehn
WORTH = (1000, 100, 10, 1)
ROUNDING = 1e-12  # 1 - 0.95 is not 0.05
MOST_PERIODS = 9  # ten lights of one colour would count as one of the next better


@dataclass(frozen=True)
class NormalTest:
    """The normal test: statistic, its p-value by the normal and by Student's distribution, and the cautious statistic.

    The normal p-value takes the scatter as known; with few periods Student's, with one degree of freedom less than there are
    periods, is the honest one. The cautious statistic counts a common deviation as scatter and so rejects more seldom.
    """

    statistic: float
    p_value: float
    p_student: float
    cautious: float
    scatter: float


@dataclass(frozen=True)
class TrafficLights:
    """Periods by colour (green, yellow, orange, red), their value 1000 g + 100 y + 10 o + r, and how likely one as low is."""

    lights: tuple[int, int, int, int]
    value: int
    p_value: float


def normal_test(rates: ArrayLike, pds: ArrayLike) -> NormalTest:
    """Test whether the default rates of several periods lie above their PDs.

    Parameters
    ----------
    rates, pds : array of shape (periods,)
        Shares.

    Raises
    ------
    EvidenceError
        Where there are fewer than two periods, or all deviate alike: there is no scatter to measure by.

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III, normal test.

    Examples
    --------
    >>> found = normal_test([0.012, 0.015, 0.009, 0.020, 0.016], [0.01] * 5)
    >>> round(found.statistic, 4), round(found.p_value, 4)
    (2.3655, 0.009)
    """
    apart = np.asarray(rates, dtype=float) - np.asarray(pds, dtype=float)
    periods = apart.size
    if periods < 2 or np.ptp(apart) < 1e-15:  # noqa: PLR2004 - a scatter needs two values that differ
        raise EvidenceError(f"{periods} periods that deviate from their PDs alike have no scatter to measure by. Take more.")
    scatter, cautious = float(apart.std(ddof=1)), sqrt(float(apart @ apart) / (periods - 1))
    statistic = float(apart.sum()) / (sqrt(periods) * scatter)
    return NormalTest(
        statistic,
        float(ndtr(-statistic)),
        float(stdtr(periods - 1, -statistic)),
        float(apart.sum()) / (sqrt(periods) * cautious),
        scatter,
    )


def traffic_lights(defaults: ArrayLike, customers: ArrayLike, pds: ArrayLike) -> TrafficLights:
    """Colour each period by how far its defaults exceed the PD, and test the colours together.

    Parameters
    ----------
    defaults, customers, pds : array of shape (periods,)
        Counts and PD of at most nine periods with customers, PDs in (0, 1).

    Raises
    ------
    EvidenceError
        Where there is no period, or more than nine.

    References
    ----------
    Blochwitz, Hohl & Wehn (2005), Reconsidering ratings, Wilmott; BCBS (2005), Working Paper 14, chapter III.

    Examples
    --------
    >>> traffic_lights([12, 15, 9], [1000] * 3, [0.01] * 3)
    TrafficLights(lights=(1, 1, 1, 0), value=1110, p_value=0.365)
    """
    d, n, pd = (np.asarray(each, dtype=float) for each in (defaults, customers, pds))
    if not 0 < d.size <= MOST_PERIODS:
        raise EvidenceError(f"there are {d.size} periods; the lights of 1 to {MOST_PERIODS} can be told apart. Take the latest.")
    deviation = (d - n * pd) / np.sqrt(n * pd * (1 - pd))
    colour = np.searchsorted(ndtri(np.cumsum(LIGHTS)[:-1]), deviation, side="left")
    green, yellow, orange, red = np.bincount(colour, minlength=len(LIGHTS)).tolist()
    value = int(np.dot((green, yellow, orange, red), WORTH))
    return TrafficLights((green, yellow, orange, red), value, _at_most(value, d.size, np.array(LIGHTS)))


def critical_lights(periods: int, level: float = 0.95) -> int | None:
    """Return the greatest value of the lights that refuses the PDs; None where even all red do not.

    References
    ----------
    As in `traffic_lights`.

    Examples
    --------
    >>> critical_lights(5), critical_lights(5, 0.99), critical_lights(1)
    (1121, 230, None)
    """
    mixes, values, orders = _mixes(periods)
    order = np.argsort(values)
    upto = np.cumsum((orders * np.prod(np.array(LIGHTS) ** mixes, axis=1))[order])
    refusing = values[order][upto < 1 - level - ROUNDING]
    return int(refusing[-1]) if refusing.size else None


def detectable_lights(customers: ArrayLike, pds: ArrayLike, level: float = 0.95, power: float = 0.8) -> float | None:
    """Return by which share all default rates would have to exceed their PDs for the lights to refuse them with the given power.

    Parameters
    ----------
    customers, pds : array of shape (periods,)
        Of at most nine periods, PDs in (0, 1).
    level, power : float
        In (0, 1).

    Returns
    -------
    float or None
        None where no colours refuse the PDs. The chance of a colour is the mean over the periods.

    References
    ----------
    As in `traffic_lights`.

    Examples
    --------
    >>> round(detectable_lights([1000] * 5, [0.02] * 5), 2)
    0.3
    """
    n, pd = np.asarray(customers, dtype=float), np.asarray(pds, dtype=float)
    limit = critical_lights(n.size, level)
    if limit is None:
        return None
    cuts = ndtri(np.cumsum(LIGHTS)[:-1])

    def shortfall(excess: float) -> float:
        rate = np.minimum(pd * (1 + excess), 1 - ROUNDING)
        reach = (cuts[:, None] * np.sqrt(n * pd * (1 - pd)) - n * (rate - pd)) / np.sqrt(n * rate * (1 - rate))
        upto = np.append(ndtr(reach).mean(axis=1), 1.0)
        return _at_most(limit, n.size, np.diff(upto, prepend=0.0)) - power

    most = float((1 / pd - 1).max())
    return float(brentq(shortfall, 0.0, most)) if shortfall(most) > 0 else None


@cache
def _mixes(periods: int) -> tuple[Ints, Ints, Floats]:
    """Every number of periods by colour, its value, and the number of orders it comes in."""
    mixes = [mix for mix in product(range(periods + 1), repeat=len(LIGHTS)) if sum(mix) == periods]
    orders = [factorial(periods) / prod(map(factorial, mix)) for mix in mixes]
    return np.array(mixes), np.array(mixes) @ np.array(WORTH), np.array(orders)


def _at_most(value: int, periods: int, chances: Floats) -> float:
    """Probability of a value as low as that, by the multinomial distribution."""
    mixes, values, orders = _mixes(periods)
    low = values <= value
    return float(orders[low] @ np.prod(chances ** mixes[low], axis=1))
