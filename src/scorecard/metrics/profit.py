"""What is a score worth in money? Break-even, and the expected maximum profit of turning customers away.

Money is a share of the exposure throughout. The expected maximum profit does not fix what a bad costs: it averages over a
distribution of the loss, with point masses at nothing and at everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.errors import DataError
from scorecard.metrics.hulls import Hulls, hulls
from scorecard.metrics.ranking import classes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """What good and bad customers bring and cost, as shares of the exposure.

    Attributes
    ----------
    margin : float
        Earned on a good, over the life of the credit.
    none_lost, all_lost : float
        The chances that a bad costs nothing, and everything; between them the loss is uniform.
    cost : float
        Of every credit, good or bad.
    """

    margin: float = 0.2644  # this and the two chances: Verbraken and others (2014), section 4
    none_lost: float = 0.55
    all_lost: float = 0.10
    cost: float = 0.0


PUBLISHED = Worth()


class Emp(NamedTuple):
    """The expected maximum profit per customer, and the share of customers turned away to reach it."""

    emp: float
    share: float


def worth(margin: float | None = None, lgd: float | None = None, cost: float | None = None) -> Worth:
    """Return the economics of the expected maximum profit that a bank's figures give; what is None stays as published.

    The published loss is 0.275 of the exposure on average. For another LGD its point masses move until the mean is the
    LGD; beyond 0.175 and 0.825 the uniform part shrinks as well.

    Parameters
    ----------
    margin, lgd, cost : float or None
        Shares of the exposure.

    Examples
    --------
    >>> worth(lgd=0.275) == PUBLISHED, round(worth(lgd=0.75).all_lost, 3)
    (True, 0.575)
    """
    between = 1 - PUBLISHED.none_lost - PUBLISHED.all_lost
    if lgd is not None:
        between = min(between, 2 * lgd, 2 * (1 - lgd))
    all_lost = PUBLISHED.all_lost if lgd is None else round(lgd - between / 2, 12)  # so that 0.275 is what was published
    return Worth(
        PUBLISHED.margin if margin is None else margin, round(1 - between - all_lost, 12), all_lost, 0.0 if cost is None else cost
    )


def break_even(margin: float, lgd: float, cost: float = 0.0) -> float:
    """Return the PD at which a credit earns nothing: above it, approving loses money.

    Parameters
    ----------
    margin, lgd, cost : float
        Shares of the exposure.

    Returns
    -------
    float
        In [0, 1].

    References
    ----------
    Thomas, Edelman & Crook (2002), Credit Scoring and Its Applications, chapter 4.

    Examples
    --------
    >>> round(break_even(0.05, 0.45), 12), round(break_even(0.08, 0.60), 4)
    (0.1, 0.1176)
    """
    if not margin + lgd > 0:
        return 0.0 if cost > 0 else 1.0
    return min(1.0, max(0.0, (margin - cost) / (margin + lgd)))


def emp(bad: ArrayLike, risk: ArrayLike, given: Worth = PUBLISHED, weight: ArrayLike | None = None) -> Emp:
    """Return what turning customers away by the score earns at best, on average over what a bad may cost.

    Parameters
    ----------
    bad, risk, weight : array of shape (n,)
        As in `auc`.
    given : Worth

    Returns
    -------
    Emp
        Profit per customer, as a share of the exposure, against approving everybody; and the share turned away.

    Raises
    ------
    DataError, EvidenceError
        As in `auc`, and where the chances are none.

    References
    ----------
    Verbraken, Bravo, Weber & Baesens (2014), European Journal of Operational Research 238.

    Examples
    --------
    >>> found = emp([0, 0, 1, 1], [1, 2, 3, 4])
    >>> round(found.emp, 4), round(found.share, 4)
    (0.1375, 0.225)
    """
    goods, bads, _ = classes(bad, risk, weight)
    earned, turned_away = emp_of_hulls(hulls(goods, bads), given)
    return Emp(float(earned[0]), float(turned_away[0]))


def emp_of_hulls(found: Hulls, given: Worth = PUBLISHED) -> tuple[Floats, Floats]:
    """Return the expected maximum profit of each of several samples, and the shares turned away, shape (samples,) each.

    Examples
    --------
    >>> emp_of_hulls(hulls([9, 9], [1, 1]))[0].tolist()  # few bads and no order: nobody is worth turning away
    [0.0]
    """
    between = 1 - given.none_lost - given.all_lost
    if min(given.none_lost, given.all_lost, between) < -1e-12:  # noqa: PLR2004  rounding of the last digit
        raise DataError(
            f"chances of no loss {given.none_lost} and of full loss {given.all_lost}; expected shares that sum to at most 1."
        )
    bad_rate = found.bad_rate[found.sample]
    bads, goods = bad_rate * found.side_bads, (1 - bad_rate) * found.side_goods
    # Turning the customers of a side away saves (loss + cost) on its bads and forgoes (margin - cost) on its goods.
    net = (given.margin - given.cost) * goods
    even = np.divide(net, bads, out=np.where(net >= 0, np.inf, -np.inf), where=bads > 0) - given.cost
    low = np.clip(even, 0.0, 1.0)  # turned away where a bad loses more than this
    earned = between * (bads * ((1 - low**2) / 2 + given.cost * (1 - low)) - net * (1 - low))
    away = between * (bads + goods) * (1 - low)
    for chance, loss in ((given.none_lost, 0.0), (given.all_lost, 1.0)):
        then = (loss + given.cost) * bads - net
        earned, away = earned + chance * np.maximum(then, 0.0), away + chance * (bads + goods) * (then > 0)
    return found.totals(earned), found.totals(away)
