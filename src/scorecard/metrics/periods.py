"""Do default rates of several periods speak against the PDs? The normal test and the traffic lights.

Both let a bad year be followed by another one: the normal test estimates how far rates scatter from the rates themselves,
the traffic lights count only how often a period looks bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import factorial, prod, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr

from scorecard.errors import EvidenceError

Floats = NDArray[np.float64]

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
    lights = tuple(np.bincount(colour, minlength=len(LIGHTS)).tolist())
    value = _value(lights)
    chances = _chances(d.size)
    return TrafficLights(lights, value, sum(chance for other, chance in chances.items() if other <= value))


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
    total, found = 0.0, None
    for value, chance in sorted(_chances(periods).items()):
        total += chance
        if total >= 1 - level - ROUNDING:
            break
        found = value
    return found


def _chances(periods: int) -> dict[int, float]:
    """Probability of every value of the lights, by the multinomial distribution."""
    mixes = (mix for mix in product(range(periods + 1), repeat=len(LIGHTS)) if sum(mix) == periods)
    return {
        _value(mix): factorial(periods) / prod(map(factorial, mix)) * prod(q**n for q, n in zip(LIGHTS, mix, strict=True))
        for mix in mixes
    }


def _value(lights: tuple[int, ...]) -> int:
    return sum(worth * count for worth, count in zip(WORTH, lights, strict=True))
