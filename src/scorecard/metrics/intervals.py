"""Between which bounds does a default rate lie? Three intervals for one count of defaults.

Clopper-Pearson's never covers too seldom and is wide, Wilson's and Jeffreys' cover as often as they say on average. Counts
may be fractions: weighted customers count for their effective number.
"""

from __future__ import annotations

from math import sqrt

from scipy.special import betaincinv, ndtri

from scorecard.errors import DataError


def jeffreys_interval(defaults: float, customers: float, level: float = 0.95) -> tuple[float, float]:
    """Return the default rates between which the true one probably lies.

    Parameters
    ----------
    defaults, customers : float
        Counts, 0 <= defaults <= customers.
    level : float
        In (0, 1).

    Returns
    -------
    (float, float)
        From 0 where nobody defaulted, up to 1 where everybody did.

    Raises
    ------
    DataError
        Where there are more defaults than customers.

    References
    ----------
    Brown, Cai & DasGupta (2001), Statistical Science 16, section 3.

    Examples
    --------
    >>> low, high = jeffreys_interval(5, 100)
    >>> round(low, 7), round(high, 7)
    (0.0193318, 0.1061001)
    """
    _require_counts(defaults, customers)
    a, b = defaults + 0.5, customers - defaults + 0.5
    low = float(betaincinv(a, b, (1 - level) / 2)) if defaults > 0 else 0.0
    return low, float(betaincinv(a, b, (1 + level) / 2)) if defaults < customers else 1.0


def clopper_pearson_interval(defaults: float, customers: float, level: float = 0.95) -> tuple[float, float]:
    """Return the default rates that neither one-sided binomial test refuses.

    Parameters, errors and the ends are those of `jeffreys_interval`.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26.

    Examples
    --------
    >>> low, high = clopper_pearson_interval(5, 100)
    >>> round(low, 7), round(high, 7)
    (0.0164319, 0.1128349)
    """
    _require_counts(defaults, customers)
    low = float(betaincinv(defaults, customers - defaults + 1, (1 - level) / 2)) if defaults > 0 else 0.0
    return low, float(betaincinv(defaults + 1, customers - defaults, (1 + level) / 2)) if defaults < customers else 1.0


def wilson_interval(defaults: float, customers: float, level: float = 0.95) -> tuple[float, float]:
    """Return the default rates that the normal test with their own variance does not refuse.

    Parameters and errors are those of `jeffreys_interval`; without customers every rate is possible.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22.

    Examples
    --------
    >>> low, high = wilson_interval(5, 100)
    >>> round(low, 7), round(high, 7)
    (0.0215437, 0.1117505)
    """
    _require_counts(defaults, customers)
    if customers == 0:
        return 0.0, 1.0
    rate, z2 = defaults / customers, float(ndtri((1 + level) / 2)) ** 2
    centre = (rate + z2 / (2 * customers)) / (1 + z2 / customers)
    reach = sqrt(z2 * (rate * (1 - rate) / customers + z2 / (4 * customers**2))) / (1 + z2 / customers)
    return (max(0.0, centre - reach) if defaults > 0 else 0.0), (min(1.0, centre + reach) if defaults < customers else 1.0)


def _require_counts(defaults: float, customers: float) -> None:
    if not 0 <= defaults <= customers:
        raise DataError(f"{defaults:g} defaults, {customers:g} customers; expected 0 <= defaults <= customers. Count again.")
