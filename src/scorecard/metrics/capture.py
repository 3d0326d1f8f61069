"""How many of the bads stand among the riskiest few? Capture and lift."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scorecard.errors import DataError
from scorecard.metrics.ranking import require_both


def capture(goods: ArrayLike, bads: ArrayLike, share: float) -> float:
    """Return which share of the bads the riskiest share of customers holds: the height of the CAP there.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class, from the lowest risk to the highest. A class that the share cuts counts in part.
    share : float
        Of all customers, in (0, 1].

    Raises
    ------
    DataError
        Where the share is none.
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 10: gains table.

    Examples
    --------
    >>> capture([90, 10], [5, 5], 0.1)
    0.366...
    """
    good, bad = (np.asarray(each, dtype=float)[::-1] for each in (goods, bads))
    require_both(good.sum(), bad.sum())
    if not 0 < share <= 1:
        raise DataError(f"the share is {share}; expected above 0 and at most 1. Pass a share, not percent.")
    upto = np.append(0.0, np.cumsum(good + bad))
    return float(np.interp(share * upto[-1], upto, np.append(0.0, np.cumsum(bad))) / bad.sum())


def lift(goods: ArrayLike, bads: ArrayLike, share: float) -> float:
    """Return how many times as many bads the riskiest share of customers holds as a share of that size by chance.

    Parameters, errors and sources are those of `capture`.

    Examples
    --------
    >>> lift([90, 10], [5, 5], 0.1)
    3.66...
    """
    return capture(goods, bads, share) / share
