"""Correlation, VIF and marginal IV, held to numpy, to statsmodels, and to published values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.outliers_influence import variance_inflation_factor

from scorecard import metrics
from scorecard.errors import DataError, EvidenceError

GOODS, BADS = [78, 264, 328, 30], [9, 80, 171, 40]
EXPECTED_GOODS, EXPECTED_BADS = [62.29, 240.20, 348.60, 48.91], [24.71, 103.80, 150.40, 21.09]


@pytest.fixture(scope="module")
def mixed():
    """Return 500 rows of five columns that share parts."""
    random = np.random.default_rng(4)
    parts = random.normal(size=(500, 5))
    return parts @ np.triu(random.uniform(0.2, 1, size=(5, 5)))


counts = st.lists(st.integers(1, 500), min_size=3, max_size=3)


# Correlation


def test_correlations_are_those_of_numpy(mixed):
    assert metrics.correlation(mixed) == pytest.approx(np.corrcoef(mixed, rowvar=False), abs=1e-12)


def test_weights_correlate_as_repeated_rows_would(mixed):
    weight = np.where(np.arange(500) < 120, 3.0, 1.0)
    repeated = np.repeat(mixed, weight.astype(int), axis=0)
    assert metrics.correlation(mixed, weight) == pytest.approx(np.corrcoef(repeated, rowvar=False), abs=1e-12)


def test_a_constant_column_is_correlated_with_nothing(mixed):
    found = metrics.correlation(np.column_stack([mixed[:, 0], np.full(500, 0.1), mixed[:, 1]]))
    assert np.isnan(found[1]).all()
    assert np.isnan(found[:, 1]).all()
    assert found[0, 2] == pytest.approx(np.corrcoef(mixed[:, 0], mixed[:, 1])[0, 1])


def test_what_only_weightless_rows_vary_in_is_constant(mixed):
    column, weight = np.full(500, 0.1), np.ones(500)
    column[0], weight[0] = 7.0, 0.0
    assert np.isnan(metrics.correlation(np.column_stack([mixed[:, 0], column]), weight)[0, 1])


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_a_missing_or_infinite_value_has_no_correlation(mixed, lost):
    broken = mixed.copy()
    broken[3, 2] = lost
    with pytest.raises(DataError, match="missing or infinite"):
        metrics.correlation(broken)


def test_the_columns_given_stay_as_they_are(mixed):
    before = mixed.copy()
    metrics.correlation(mixed, np.full(500, 2.0))
    assert np.array_equal(mixed, before)


# Variance inflation


def test_vif_is_that_of_statsmodels(mixed):
    design = np.column_stack([np.ones(500), mixed])
    expected = [variance_inflation_factor(design, place) for place in range(1, 6)]
    assert max(expected) > 5
    assert metrics.vif(metrics.correlation(mixed)) == pytest.approx(expected, rel=1e-8)


def test_columns_that_add_up_to_one_another_have_infinite_vif_and_the_others_their_own(mixed):
    """The others' own is that of statsmodels without one of the three that add up."""
    total = mixed[:, 0] - 2 * mixed[:, 1]
    found = metrics.vif(metrics.correlation(np.column_stack([mixed, total])))
    assert np.isinf(found[[0, 1, 5]]).all()
    design = np.column_stack([np.ones(500), mixed])
    expected = [variance_inflation_factor(design, place) for place in (3, 4, 5)]
    assert found[2:5] == pytest.approx(expected, rel=1e-8)


def test_a_constant_column_has_infinite_vif_and_leaves_the_others_theirs(mixed):
    found = metrics.vif(metrics.correlation(np.column_stack([mixed, np.ones(500)])))
    assert np.isinf(found[5])
    assert found[:5] == pytest.approx(metrics.vif(metrics.correlation(mixed)), rel=1e-9)


def test_more_columns_than_rows_have_infinite_vif():
    columns = np.random.default_rng(1).normal(size=(8, 12))
    assert np.isinf(metrics.vif(metrics.correlation(columns))).all()


def test_a_column_alone_is_not_inflated():
    assert metrics.vif([[1.0]]).tolist() == [1.0]


@given(arrays(float, (30, 3), elements=st.integers(-3, 3).map(float)))
def test_vif_is_never_below_one(columns):
    assert (metrics.vif(metrics.correlation(columns)) >= 1).all()


# Marginal information value


def test_marginal_iv_is_the_published_one():
    """Djurovic, marginal information value (slides of the R package PDtoolkit): .2611 from the expectations printed there."""
    assert metrics.marginal_iv(GOODS, BADS, EXPECTED_GOODS, EXPECTED_BADS) == pytest.approx(0.2611, abs=5e-5)


def test_marginal_iv_is_the_formula_written_out():
    """Scallan (2011): sum of (share of goods - share of bads) x (WoE observed - WoE expected)."""
    good, bad, good_then, bad_then = (np.array(each) / np.sum(each) for each in (GOODS, BADS, EXPECTED_GOODS, EXPECTED_BADS))
    by_hand = sum((g - b) * (np.log(g / b) - np.log(e / f)) for g, b, e, f in zip(good, bad, good_then, bad_then, strict=True))
    assert metrics.marginal_iv(GOODS, BADS, EXPECTED_GOODS, EXPECTED_BADS) == pytest.approx(by_hand, rel=1e-12)


@given(counts, counts)
def test_beside_a_model_that_knows_nothing_marginal_iv_is_the_iv(goods, bads):
    every = np.add(goods, bads)
    rate = np.sum(bads) / every.sum()
    assert metrics.marginal_iv(goods, bads, every * (1 - rate), every * rate) == pytest.approx(
        metrics.information_value(goods, bads), abs=1e-9
    )


@given(counts, counts)
def test_what_the_model_expects_adds_nothing(goods, bads):
    assert metrics.marginal_iv(goods, bads, goods, bads) == 0


def test_what_the_model_overdoes_is_negative():
    assert metrics.marginal_iv([90, 10], [60, 40], [95, 5], [50, 50]) < 0


def test_half_a_row_is_added_everywhere_where_one_class_has_no_bads():
    """Both observed and expected, or a model that expects just this would seem to miss something."""
    assert metrics.marginal_iv([50, 50], [0, 20], [50, 50], [0, 20]) == 0
    assert metrics.marginal_iv([50, 50], [0, 20], [40, 60], [10, 10]) == pytest.approx(
        metrics.marginal_iv([50.5, 50.5], [0.5, 20.5], [40.5, 60.5], [10.5, 10.5])
    )


def test_a_class_without_rows_says_nothing():
    assert metrics.marginal_iv([50, 0, 50], [10, 0, 20], [40, 0, 60], [20, 0, 10]) == pytest.approx(
        metrics.marginal_iv([50, 50], [10, 20], [40, 60], [20, 10])
    )


def test_expectations_over_other_classes_are_refused():
    with pytest.raises(DataError, match="Use the same classes"):
        metrics.marginal_iv([1, 2], [3, 4], [1, 2, 3], [4, 5, 6])


def test_marginal_iv_needs_goods_and_bads():
    with pytest.raises(EvidenceError, match="no bads"):
        metrics.marginal_iv([1, 2], [0, 0], [1, 2], [3, 4])
