from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import metrics, regression
from scorecard.datasets import german
from scorecard.errors import EvidenceError
from scorecard.points import Scaling, points


def sample(rows=400, columns=3, seed=1):
    """Rows whose outcome follows a logit of the columns."""
    random = np.random.default_rng(seed)
    woe = random.normal(size=(rows, columns))
    return woe, (random.random(rows) < 1 / (1 + np.exp(1 + woe @ np.linspace(0.2, 1, columns)))).astype(np.int64)


def woe_of(classes, bad):
    """Return the WoE of each row's class, and of the classes."""
    goods = np.bincount(classes, weights=1 - bad)
    table = metrics.woe(goods, np.bincount(classes, weights=bad))
    return table[classes], table


@pytest.fixture(scope="module")
def published():
    """German credit's two-characteristic scorecard: fit, and WoE of both characteristics' bins."""
    rows = german()
    bad = rows["bad"].to_numpy()
    levels = ["below 0 DM", "0 to below 200 DM", "200 DM or more, or salary account", "no checking account"]
    account, account_table = woe_of(rows["checking_account"].map(levels.index).to_numpy(), bad)
    duration, duration_table = woe_of(np.searchsorted([8, 16, 36, 45], rows["duration_months"], side="right"), bad)
    return regression.fit(np.column_stack([account, duration]), bad), account_table, duration_table


def test_coefficients_and_standard_errors_are_those_published(published):
    """A. Djurovic, scorecard scaling, German credit: checking account and duration in [-inf,8), [8,16), [16,36), [36,45), [45,inf)."""
    fit, _, _ = published
    assert fit.intercept == pytest.approx(-0.846996, abs=1e-5)
    assert fit.coefficients == pytest.approx([-0.991349, -0.977450], abs=1e-5)
    assert fit.standard_errors == pytest.approx([0.097571, 0.148861], abs=1e-5)


def test_points_are_those_published(published):
    """The same source, 600 points at 50:1 and PDO 20."""
    fit, account, duration = published
    scaling = Scaling(pdo=20, base_score=600, base_odds=50)
    tables = (
        np.round(points(woe, each, fit.intercept, 2, scaling))
        for woe, each in zip((account, duration), fit.coefficients, strict=True)
    )
    assert [table.tolist() for table in tables] == [[232, 244, 267, 289], [293, 266, 253, 241, 224]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_the_fit_equals_statsmodels_logit(seed, columns):
    """statsmodels 0.14, Logit: a second implementation by Newton's method."""
    woe, bad = sample(columns=columns, seed=seed)
    fit, other = regression.fit(woe, bad), sm.Logit(bad, sm.add_constant(woe)).fit(disp=False, tol=1e-12)
    assert [fit.intercept, *fit.coefficients] == pytest.approx(other.params, abs=1e-6)
    assert fit.standard_errors == pytest.approx(other.bse[1:], rel=1e-6)
    assert fit.p_values == pytest.approx(other.pvalues[1:], abs=1e-8)


def test_a_weighted_fit_equals_statsmodels_with_frequency_weights():
    """statsmodels 0.14, GLM with the binomial family and freq_weights."""
    woe, bad = sample()
    weight = np.random.default_rng(2).integers(1, 6, len(bad)).astype(float)
    fit = regression.fit(woe, bad, weight)
    other = sm.GLM(bad, sm.add_constant(woe), family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-12)
    assert [fit.intercept, *fit.coefficients] == pytest.approx(other.params, abs=1e-6)
    assert fit.standard_errors == pytest.approx(other.bse[1:], rel=1e-6)
    assert fit.p_values == pytest.approx(other.pvalues[1:], abs=1e-8)


def test_a_weight_of_two_is_the_row_twice():
    woe, bad = sample()
    weight = np.where(np.arange(len(bad)) < 100, 2.0, 1.0)
    fit, repeated = (
        regression.fit(woe, bad, weight),
        regression.fit(np.vstack([woe, woe[:100]]), np.concatenate([bad, bad[:100]])),
    )
    assert fit.coefficients == pytest.approx(repeated.coefficients, abs=1e-7)
    assert fit.standard_errors == pytest.approx(repeated.standard_errors, rel=1e-6)


def test_the_order_of_rows_does_not_move_the_fit():
    woe, bad = sample()
    order = np.random.default_rng(3).permutation(len(bad))
    assert regression.fit(woe[order], bad[order]).coefficients == pytest.approx(regression.fit(woe, bad).coefficients, abs=1e-9)


def test_a_column_that_separates_the_classes_is_refused():
    woe, bad = sample()
    with pytest.raises(EvidenceError, match="separates goods and bads"):
        regression.fit(np.column_stack([woe, 1.0 - 2 * bad]), bad)


def test_a_column_that_separates_some_rows_is_refused():
    """Quasi-complete separation: Albert, Anderson (1984), Biometrika 71. The estimate runs away without a warning."""
    woe, bad = sample()
    with pytest.raises(EvidenceError, match="separates goods and bads"):
        regression.fit(np.column_stack([woe, (bad == 1) & (woe[:, 0] > 1)]), bad)


@pytest.mark.parametrize(
    "copy", [lambda woe: woe[:, 0], lambda woe: -2 * woe[:, 1], lambda woe: woe[:, 0] + woe[:, 1], lambda woe: 1 + 0 * woe[:, 0]]
)
def test_a_column_that_others_already_say_is_refused(copy):
    woe, bad = sample()
    with pytest.raises(EvidenceError, match="same information"):
        regression.fit(np.column_stack([woe, copy(woe)]), bad)
