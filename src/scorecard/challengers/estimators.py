"""Fit an estimator and ask it, in one thread and with weights, whatever library it is of."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import ThreadpoolController

from scorecard.challengers.encoding import Floats
from scorecard.challengers.rows import Matrix


def one_thread() -> AbstractContextManager[Any]:
    """Hold numerical libraries to one thread: sums in several are not the same in their last bits twice."""
    found: AbstractContextManager[Any] = _libraries().limit(limits=1)
    return found


@cache
def _libraries() -> ThreadpoolController:
    """Return what holds the threads of all libraries that are loaded; to look for them takes longer than to score a customer."""
    return ThreadpoolController()


def fit(estimator: Any, rows: Matrix) -> Any:
    """Fit an estimator, or the last step of a pipeline, with the weights of the rows; return it."""
    asked = {}
    if rows.weight is not None:
        name = f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
        asked = {name: rows.weight}
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a perceptron ends after the rounds that early stopping found
        return estimator.fit(rows.features, rows.bad, **asked)


def predict(estimator: Any, features: Floats) -> Floats:
    """Return the chance of bad, shape (rows,)."""
    if not len(features):
        return np.empty(0)
    with one_thread():
        return np.asarray(estimator.predict_proba(features)[:, 1], dtype=np.float64)
