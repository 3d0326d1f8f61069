"""The population accuracy index of Taplin & Hunt (2019)."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from scorecard.errors import EvidenceError
from scorecard.metrics import population_accuracy, prediction_variance

BEFORE, NOW = np.array([5, 10, 15, 25, 20, 15, 10]), np.array([8, 13, 17, 24, 18, 12, 8])


def of_one_categorical_variable(before, now):
    """The index by a least-squares fit on dummies, whose covariance statsmodels gives."""
    dummies = np.eye(len(before))
    fit = sm.WLS(np.arange(len(before), dtype=float), dummies, weights=before).fit()
    variance = prediction_variance(dummies, fit.normalized_cov_params)
    return population_accuracy(variance, variance, before, now)


def test_index_of_seven_levels():
    assert of_one_categorical_variable(BEFORE, NOW) == pytest.approx(1.0704761905, abs=1e-9)


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=2, max_size=8))
def test_index_of_one_categorical_variable_has_a_closed_form(pairs):
    before, now = np.array(pairs, dtype=float).T
    closed = float(((now / now.sum()) / (before / before.sum())).mean())
    assert of_one_categorical_variable(before, now) == pytest.approx(closed, rel=1e-9)


def test_customers_of_known_kinds_lower_the_index_and_of_rare_kinds_raise_it():
    assert of_one_categorical_variable([90, 10], [95, 5]) < 1 < of_one_categorical_variable([90, 10], [80, 20])


def test_index_without_rows_or_without_variance_is_refused():
    with pytest.raises(EvidenceError, match="holds no rows"):
        population_accuracy([1.0], [1.0], [5], [0])
    with pytest.raises(EvidenceError, match="without any variance"):
        population_accuracy([0.0], [1.0], [5], [5])
