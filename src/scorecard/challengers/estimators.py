"""Fit an estimator and ask it, in one thread and with weights, whatever library it is of."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from scorecard.challengers.encoding import Floats
from scorecard.challengers.rows import Matrix


def fit(estimator: Any, rows: Matrix) -> Any:
    """Fit an estimator, or the last step of a pipeline, with the weights of the rows; return it."""
    asked = {}
    if rows.weight is not None:
        name = f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
        asked = {name: rows.weight}
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a perceptron ends after the rounds that early stopping found
        return estimator.fit(rows.features, rows.bad, **asked)


def predict(estimator: Any, features: Floats) -> Floats:
    """Return the chance of bad, shape (rows,)."""
    if not len(features):
        return np.empty(0)
    with threadpool_limits(1):
        return np.asarray(estimator.predict_proba(features)[:, 1], dtype=np.float64)
