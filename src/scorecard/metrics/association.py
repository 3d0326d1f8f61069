"""How well do ordered classes order an ordered outcome? Somers' D and the generalised AUC, with their standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.errors import DataError, EvidenceError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Association:
    """Somers' D of the columns given the rows, the generalised AUC (D + 1) / 2, and the standard error of the latter."""

    d: float
    gauc: float
    error: float


def somers_d(table: ArrayLike) -> Association:
    """Return how much likelier two observations from different rows stand in columns of the same order than of the opposite.

    The measure is not symmetric: with the outcome in the rows and the risk in the columns, D is the accuracy ratio and the
    generalised AUC the AUC; with estimated classes in the rows and realised ones in the columns it is that of LGD and CCF models.

    Parameters
    ----------
    table : array of shape (rows, columns)
        Counts, both in ascending order.

    Raises
    ------
    DataError
        Where the table is none, or a count is negative or missing.
    EvidenceError
        Where all observations stand in one row: nothing is compared then.

    References
    ----------
    Somers (1962), American Sociological Review 27; ECB (2019), annex 3.2; Goodman & Kruskal (1972), JASA 67 (the error).

    Examples
    --------
    >>> found = somers_d([[27, 25, 14, 7, 0], [7, 14, 18, 35, 12], [1, 3, 2, 7, 17]])
    >>> round(found.d, 4), round(found.gauc, 4), round(found.error, 4)
    (0.6033, 0.8016, 0.0264)
    """
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or not (counts >= 0).all():  # noqa: PLR2004 - a table has two dimensions
        raise DataError(f"the table has shape {counts.shape}; expected rows and columns of counts >= 0. Count again.")
    total, rows = counts.sum(), counts.sum(axis=1, keepdims=True)
    apart = total**2 - (rows**2).sum()  # pairs in different rows
    if not apart > 0:
        raise EvidenceError("all observations stand in one row of the table; there is nothing to order. Widen the sample.")
    surplus = _agreeing(counts) - _agreeing(counts[:, ::-1])[:, ::-1]
    difference = (counts * surplus).sum()
    error = np.sqrt((counts * (apart * surplus - difference * (total - rows)) ** 2).sum()) / apart**2
    d = float(difference / apart)
    return Association(d, (d + 1) / 2, float(error))


def _agreeing(counts: Floats) -> Floats:
    """Observations below and left of each cell, and those above and right of it."""
    upto = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1))
    upto[1:, 1:] = counts.cumsum(axis=0).cumsum(axis=1)
    lower = upto[:-1, :-1]
    upper = upto[-1, -1] - upto[1:, -1:] - upto[-1:, 1:] + upto[1:, 1:]
    found: Floats = lower + upper
    return found
