"""How many of the bads stand among the riskiest few? Capture and lift."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.errors import DataError
from scorecard.metrics.ranking import require_both

Floats = NDArray[np.float64]


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
    good, bad = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    require_both(good.sum(), bad.sum())
    return float(captures(good[None], bad[None], share)[0])


def captures(goods: Floats, bads: Floats, share: float) -> Floats:
    """Return the capture of many samples at once.

    Parameters
    ----------
    goods, bads : array of shape (samples, k)
        As in `capture`, each sample with goods and bads.
    share : float
        As in `capture`.

    Raises
    ------
    DataError
        As in `capture`.

    Examples
    --------
    >>> captures(np.array([[90.0, 10.0]]), np.array([[5.0, 5.0]]), 0.1).round(4)
    array([0.3667])
    """
    if not 0 < share <= 1:
        raise DataError(f"the share is {share}; expected above 0 and at most 1. Pass a share, not percent.")
    rows, bad = (goods + bads)[:, ::-1], bads[:, ::-1]
    upto, caught = np.cumsum(rows, axis=1), np.cumsum(bad, axis=1)
    wanted, sample = share * upto[:, -1], np.arange(len(rows))
    cut = np.minimum((upto < wanted[:, None]).sum(axis=1), rows.shape[1] - 1)  # the class that the share cuts
    left = np.clip(1 - (upto[sample, cut] - wanted) / np.where(rows[sample, cut] > 0, rows[sample, cut], 1.0), 0.0, 1.0)
    found: Floats = (caught[sample, cut] - bad[sample, cut] * (1 - left)) / caught[:, -1]
    return found


def lift(goods: ArrayLike, bads: ArrayLike, share: float) -> float:
    """Return how many times as many bads the riskiest share of customers holds as a share of that size by chance.

    Parameters, errors and sources are those of `capture`.

    Examples
    --------
    >>> lift([90, 10], [5, 5], 0.1)
    3.66...
    """
    return capture(goods, bads, share) / share
