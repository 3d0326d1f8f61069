"""How do shares of two groups differ, and how surely? Fisher's exact test, z, and intervals that hold for small groups."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtr, ndtri

from scorecard.errors import DataError
from scorecard.metrics.intervals import wilson_interval
from scorecard.metrics.power import detectable

EXACT_ROWS = 1_000  # up to here Fisher's test is exact and instant
SMALL_CELL = 5  # Cochran (1954): with fewer expected in a cell the normal distribution misleads
TIE = 1e-7  # relative: probabilities that are equal but for rounding
Interval = tuple[float, float]


class Share(NamedTuple):
    """How many of how many; both may be effective numbers of weighted rows."""

    part: float
    whole: float

    @property
    def rate(self) -> float:
        """The share itself, 0 of nobody."""
        return self.part / self.whole if self.whole else 0.0


def z_test(one: Share, other: Share) -> tuple[float, float]:
    """Return z and its two-sided p-value for the difference of two shares, with their pooled variance.

    Parameters
    ----------
    one, other : Share

    Returns
    -------
    (float, float)
        Negative where the first share is smaller; (0, 1) where the pooled share is 0 or 1, for then both are equal.

    References
    ----------
    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, section 3.2, without the continuity correction.

    Examples
    --------
    >>> z, p_value = z_test(Share(12, 40), Share(48, 80))
    >>> round(z, 10), round(p_value, 10)
    (-3.098386677, 0.0019457737)
    """
    error = _pooled_error(one, other)
    if error == 0:
        return 0.0, 1.0
    z = (one.rate - other.rate) / error
    return z, float(2 * ndtr(-abs(z)))


def fisher(one: Share, other: Share) -> float:
    """Return Fisher's exact two-sided p-value that two shares are equal: what is no likelier than the table seen.

    Parameters
    ----------
    one, other : Share
        Of whole numbers.

    Raises
    ------
    DataError
        Where a number is not whole.

    References
    ----------
    Fisher (1922), Journal of the Royal Statistical Society 85.

    Examples
    --------
    >>> round(fisher(Share(12, 40), Share(48, 80)), 10)
    0.0034092218
    """
    if any(number != int(number) for number in (*one, *other)):
        raise DataError(f"{one} and {other} are not of whole numbers; Fisher's test counts rows. Use z for weighted rows.")
    taken, rows, every = one.part + other.part, one.whole, one.whole + other.whole
    cells = np.arange(max(0, taken - other.whole), min(taken, rows) + 1)
    logs = _log_choose(rows, cells) + _log_choose(other.whole, taken - cells) - _log_choose(every, taken)
    chances = np.exp(logs)
    return float(min(1.0, chances[logs <= logs[cells == one.part] + TIE].sum()))


def difference_p(one: Share, other: Share) -> float:
    """Return the two-sided p-value that two shares are equal: Fisher's for small tables, that of z for large ones.

    Small is a table of up to 1,000 rows, or one with an expected cell below 5. Weighted rows have z alone.

    Examples
    --------
    >>> round(difference_p(Share(12, 40), Share(48, 80)), 6), round(difference_p(Share(1200, 4000), Share(1250, 4000)), 6)
    (0.003409, 0.22521)
    """
    whole = all(number == int(number) for number in (*one, *other))
    every, taken = one.whole + other.whole, one.part + other.part
    least = min(one.whole, other.whole) * min(taken, every - taken) / every if every else 0.0
    small = every <= EXACT_ROWS or least < SMALL_CELL
    return fisher(one, other) if whole and small else z_test(one, other)[1]


def sum_interval(shares: Sequence[Share], factors: Sequence[float], level: float = 0.95) -> Interval:
    """Return the interval of a weighted sum of independent shares, recovered from Wilson's interval of each.

    Parameters
    ----------
    shares : sequence of Share
    factors : sequence of float
        ``(1, -1)`` is a difference, where this is Newcombe's interval.
    level : float

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, method 10; Zou & Donner (2008), Statistics in Medicine 27.

    Examples
    --------
    >>> low, high = sum_interval((Share(56, 70), Share(48, 80)), (1, -1))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    estimate = sum(factor * share.rate for share, factor in zip(shares, factors, strict=True))
    below = above = 0.0
    for share, factor in zip(shares, factors, strict=True):
        low, high = (factor * (end - share.rate) for end in wilson_interval(share.part, share.whole, level))
        below, above = below + min(low, high) ** 2, above + max(low, high) ** 2
    return estimate - sqrt(below), estimate + sqrt(above)


def ratio_interval(one: Share, other: Share, level: float = 0.95) -> Interval | None:
    """Return the interval of the ratio of two shares, on the logarithm's scale; None where the second is of nobody or 0.

    Where the first share is 0, or both are 1, 0.5 is added to every count, because a logarithm needs it.

    References
    ----------
    Katz et al. (1978), Biometrics 34; Walter (1975), Biometrika 62, for the 0.5.

    Examples
    --------
    >>> low, high = ratio_interval(Share(12, 40), Share(48, 80))
    >>> round(low, 4), round(high, 4)
    (0.3014, 0.8294)
    """
    if not (one.whole and other.part):
        return None
    if one.part == 0 or one.rate == other.rate == 1:
        one, other = (Share(each.part + 0.5, each.whole + 0.5) for each in (one, other))
    error = sqrt(1 / one.part - 1 / one.whole + 1 / other.part - 1 / other.whole)
    centre, reach = log(one.rate / other.rate), float(ndtri((1 + level) / 2)) * error
    return exp(centre - reach), exp(centre + reach)


def detectable_difference(one: Share, other: Share, level: float = 0.95) -> float | None:
    """Return the smallest difference of two shares that a two-sided test would have found four times in five; None of nobody.

    References
    ----------
    Fleiss, Levin & Paik (2003), section 4.2, with the pooled variance on both sides.

    Examples
    --------
    >>> round(detectable_difference(Share(500, 1000), Share(500, 1000)), 4)
    0.0626
    """
    if not (one.whole and other.whole):
        return None
    return detectable(_pooled_error(one, other), level, sides=2)


def _pooled_error(one: Share, other: Share) -> float:
    if not (one.whole and other.whole):
        return 0.0
    pooled = (one.part + other.part) / (one.whole + other.whole)
    return sqrt(max(0.0, pooled * (1 - pooled)) * (1 / one.whole + 1 / other.whole))


def _log_choose(every: float, taken: ArrayLike) -> NDArray[np.float64]:
    some = np.asarray(taken, dtype=float)
    return np.asarray(gammaln(every + 1) - gammaln(some + 1) - gammaln(every - some + 1))
