"""How do customers move between grades? Bandwidths of the migration matrix, and whether far moves are rarer than near ones.

A matrix counts customers by the grade they start in (rows) and the one they end in (columns), best first. Columns beyond the
grades, such as default, are no move between grades; who ends there still counts as a customer of the starting grade.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bandwidth:
    """The matrix-weighted bandwidth of the moves to one side of the diagonal.

    Attributes
    ----------
    value : float or None
        From 0 to 1: how far a move goes, as a share of the longer way to an edge of the scale; None where nobody moves.
    error : float
        Its standard error, customers moving independently.
    excess : float or None
        The same with the first step left out, 0 where every move goes one grade and 1 where each goes to the farther edge; the
        bandwidth of moves by one grade depends on the number of grades. None where no move could go farther than one grade.
    excess_error : float
    movers : int
    """

    value: float | None
    error: float
    excess: float | None
    excess_error: float
    movers: int


def bandwidths(matrix: ArrayLike) -> tuple[Bandwidth, Bandwidth]:
    """Return how far customers move to worse grades (upper) and to better ones (lower).

    Parameters
    ----------
    matrix : array of shape (grades, grades or more)
        Customers by starting and ending grade; further columns are left out.

    Returns
    -------
    (Bandwidth, Bandwidth)
        Upper and lower.

    Raises
    ------
    DataError
        Where the matrix has fewer columns than rows, or a negative or missing count.

    References
    ----------
    ECB (2019), 2.5.5.1.

    Examples
    --------
    >>> upper, lower = bandwidths([[8, 2, 0], [1, 8, 1], [0, 0, 10]])
    >>> upper.value, lower.value
    (0.6, 1.0)
    """
    counts = _square(matrix)
    place = np.arange(len(counts))
    distance = np.abs(place[:, None] - place)
    longest = np.maximum(len(counts) - 1 - place, place)[:, None]
    return _bandwidth(np.triu(counts, 1), distance, longest), _bandwidth(np.tril(counts, -1), distance, longest)


def neighbour_z(matrix: ArrayLike, customers: ArrayLike | None = None) -> Floats:
    """Return, for every grade that can be moved to, whether fewer customers move there than to the grade one step nearer.

    Parameters
    ----------
    matrix : array of shape (grades, grades or more)
        As in `bandwidths`.
    customers : array of shape (grades,), optional
        Who counts as a customer of each starting grade; by default all of its row, further columns included.

    Returns
    -------
    array of shape (grades, grades)
        z; negative where more move farther. The p-value is the normal distribution at z. NaN on the diagonal, in rows without
        customers, and where neither grade is reached.

    Raises
    ------
    DataError
        As in `bandwidths`.

    References
    ----------
    ECB (2019), 2.5.5.2.

    Examples
    --------
    >>> neighbour_z([[80, 15, 5], [10, 80, 10], [0, 0, 0]]).round(2)
    array([[  nan,  8.95,  2.29],
           [10.93,   nan, 10.93],
           [  nan,   nan,   nan]])
    """
    counts = _square(matrix)
    total = np.asarray(matrix, dtype=float).sum(axis=1) if customers is None else np.asarray(customers, dtype=float)
    share = counts / np.where(total > 0, total, np.nan)[:, None]
    place = np.arange(len(counts))
    step = np.sign(place[:, None] - place)  # towards the diagonal
    nearer = np.take_along_axis(share, place + step, axis=1)
    variance = (share * (1 - share) + nearer * (1 - nearer) + 2 * share * nearer) / total[:, None].clip(min=1)
    usable = (step != 0) & (variance > 0)
    return np.where(usable, (nearer - share) / np.sqrt(np.where(usable, variance, 1.0)), np.nan)


def _square(matrix: ArrayLike) -> Floats:
    counts = np.asarray(matrix, dtype=float)
    if counts.ndim != 2 or counts.shape[1] < counts.shape[0]:  # noqa: PLR2004
        raise DataError(f"the migration matrix has shape {counts.shape}; expected a column for every row. Count the moves again.")
    if not (counts >= 0).all():
        raise DataError("the migration matrix holds a negative or missing count; expected counts >= 0. Count the moves again.")
    return counts[:, : len(counts)]


def _bandwidth(moves: Floats, distance: NDArray[np.int_], longest: NDArray[np.int_]) -> Bandwidth:
    value, error = _ratio(moves, distance, longest)
    excess, excess_error = _ratio(moves, distance - 1, longest - 1)
    return Bandwidth(value, error, excess, excess_error, int(moves.sum()))


def _ratio(moves: Floats, distance: NDArray[np.int_], longest: NDArray[np.int_]) -> tuple[float | None, float]:
    most = float((moves * longest).sum())
    if not most:
        return None, 0.0
    value = float((moves * distance).sum()) / most
    return value, sqrt(float((moves * (distance - value * longest) ** 2).sum())) / most
