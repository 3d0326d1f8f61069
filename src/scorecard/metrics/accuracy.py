"""Does a fitted model know the customers it meets now as well as those it was fitted on? The population accuracy index."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scorecard.errors import EvidenceError

Floats = NDArray[np.float64]


def prediction_variance(rows: ArrayLike, covariance: ArrayLike) -> Floats:
    """Return how uncertain the fitted linear predictor is at each row: z' V z.

    Parameters
    ----------
    rows : array of shape (n, coefficients)
        Of the design, its column of ones included where the fit has an intercept.
    covariance : array of shape (coefficients, coefficients)

    Examples
    --------
    >>> prediction_variance([[1, 0], [1, 2]], [[0.5, 0], [0, 0.25]])
    array([0.5, 1.5])
    """
    design = np.asarray(rows, dtype=float)
    return np.asarray(((design @ np.asarray(covariance, dtype=float)) * design).sum(axis=1))


def population_accuracy(reference: ArrayLike, current: ArrayLike, then: ArrayLike, now: ArrayLike) -> float:
    """Return how many times less precisely the model predicts the current customers than those it was fitted on.

    Parameters
    ----------
    reference, current : arrays of shape (n,) and (m,)
        Variance of the prediction at each distinct row, from `prediction_variance`.
    then, now : arrays of shape (n,) and (m,)
        Customers that each row stands for.

    Returns
    -------
    float
        1 where the population is as at development; unlike the PSI it rises only where customers move to where the model was
        estimated from few.

    Raises
    ------
    EvidenceError
        Where a side holds no rows, or the model predicts the reference without any variance.

    References
    ----------
    Taplin & Hunt (2019), The Population Accuracy Index, Risks 7(2).

    Examples
    --------
    >>> population_accuracy([0.5, 1.5], [0.5, 1.5], [100, 100], [50, 150])
    1.25
    """
    counts = [np.asarray(each, dtype=float) for each in (then, now)]
    if min(each.sum() for each in counts) <= 0:
        raise EvidenceError("one of the two samples holds no rows; the accuracy needs both. Widen the sample.")
    start, end = (
        float(np.average(np.asarray(each, dtype=float), weights=weight))
        for each, weight in zip((reference, current), counts, strict=True)
    )
    if start <= 0:
        raise EvidenceError("the model predicts development without any variance; its accuracy cannot be compared. Fit it anew.")
    return end / start
