"""What does a column tell that the others do not? Correlations, and how much of each column the others explain."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from scorecard.errors import DataError

Floats = NDArray[np.float64]
NO_SPREAD = 1e-10  # an eigenvalue of a correlation matrix below it is rounding: its columns are combinations of one another
NO_PART = 1e-10  # a column's squared part in such a combination below it is rounding


def correlation(columns: ArrayLike, weight: ArrayLike | None = None) -> Floats:
    """Return how closely every two columns move together: Pearson's correlations.

    Parameters
    ----------
    columns : array of shape (rows, k)
    weight : array of shape (rows,), optional
        Non-negative; a weight of 2 counts as two rows.

    Returns
    -------
    array of shape (k, k)
        In [-1, 1]; NaN beside a constant column, which moves with nothing.

    Raises
    ------
    DataError
        Where a value is missing or infinite.

    References
    ----------
    Pearson (1895), Proceedings of the Royal Society of London 58.

    Examples
    --------
    >>> correlation([[1, 2], [2, 4], [3, 7]]).round(4)
    array([[1.    , 0.9934],
           [0.9934, 1.    ]])
    """
    values = np.array(columns, dtype=float)
    if not np.isfinite(values).all():
        raise DataError("a column holds a missing or infinite value; expected numbers. Leave those rows out and report how many.")
    weights = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=float)
    counted = values[weights > 0]
    constant = counted.max(axis=0) == counted.min(axis=0)
    values -= weights @ values / weights.sum()
    values *= np.sqrt(weights)[:, None]
    with threadpool_limits(1):  # sums in several threads differ in their last bits
        products = values.T @ values
    spread = np.where(constant, np.nan, np.sqrt(np.diag(products)))
    found: Floats = np.clip(products / np.outer(spread, spread), -1.0, 1.0)
    np.fill_diagonal(found, np.where(constant, np.nan, 1.0))
    return found


def vif(correlations: ArrayLike) -> Floats:
    """Return how many times the others inflate the variance of each column's coefficient: the variance inflation factor.

    Parameters
    ----------
    correlations : array of shape (k, k)
        As `correlation` gives them.

    Returns
    -------
    array of shape (k,)
        1 / (1 - R^2) of each column on the others, at least 1; infinite for a constant column, and for one that others add up to.

    References
    ----------
    Belsley, Kuh & Welsch (1980), Regression Diagnostics, section 3.2.

    Examples
    --------
    >>> vif([[1, 0.5], [0.5, 1]]).round(4)
    array([1.3333, 1.3333])
    """
    matrix = np.asarray(correlations, dtype=float)
    result = np.full(len(matrix), np.inf)
    moving = np.flatnonzero(~np.isnan(np.diag(matrix)))
    with threadpool_limits(1):
        values, vectors = np.linalg.eigh(matrix[np.ix_(moving, moving)])
    idle = values < NO_SPREAD
    free = (vectors[:, idle] ** 2).sum(axis=1) < NO_PART
    inflated = (vectors[:, ~idle] ** 2 / values[~idle]).sum(axis=1)  # the diagonal of the (pseudo-)inverse
    result[moving[free]] = np.maximum(inflated[free], 1.0)
    return result
