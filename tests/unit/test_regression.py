from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from statsmodels.stats.outliers_influence import variance_inflation_factor

from scorecard import metrics, regression
from scorecard.datasets import german
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.points import Scaling, points
from scorecard.regression import design


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
    assert [fit.intercept_error, *fit.standard_errors] == pytest.approx([0.077449, 0.097571, 0.148861], abs=1e-5)


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


@pytest.mark.parametrize("weighted", [False, True])
def test_the_inference_equals_statsmodels(weighted):
    """statsmodels 0.14, GLM with freq_weights: Wald, intervals, and the likelihood ratio of two fits; VIF of its outliers_influence."""
    woe, bad = sample()
    weight = np.random.default_rng(2).integers(1, 6, len(bad)).astype(float) if weighted else np.ones(len(bad))
    fit = regression.fit(woe, bad, weight)
    found = regression.infer(fit, woe, bad, weight, level=0.9)

    def other(columns):
        return sm.GLM(bad, sm.add_constant(columns), family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-12)

    full = other(woe)
    assert found.z == pytest.approx(full.tvalues[1:], rel=1e-6)
    assert found.p_values == pytest.approx(full.pvalues[1:], abs=1e-9)
    assert np.column_stack([found.low, found.high]) == pytest.approx(full.conf_int(0.1)[1:], abs=1e-6)
    lost = np.array([2 * (full.llf - other(np.delete(woe, place, axis=1)).llf) for place in range(3)])
    assert found.lr_statistics == pytest.approx(lost, abs=1e-6)
    assert found.lr_p_values == pytest.approx(stats.chi2.sf(lost, 1), abs=1e-9)
    repeated = sm.add_constant(np.repeat(woe, weight.astype(int), axis=0))
    assert found.vif == pytest.approx([variance_inflation_factor(repeated, place) for place in (1, 2, 3)], rel=1e-9)


def test_the_likelihoods_and_the_intercepts_error_are_those_of_statsmodels():
    """statsmodels 0.14, Logit: llf, llnull and bse."""
    woe, bad = sample()
    fit, other = regression.fit(woe, bad), sm.Logit(bad, sm.add_constant(woe)).fit(disp=False, tol=1e-12)
    assert fit.log_likelihood == pytest.approx(other.llf, abs=1e-9)
    assert fit.null_log_likelihood == pytest.approx(other.llnull, abs=1e-6)
    assert fit.intercept_error == pytest.approx(other.bse[0], rel=1e-6)
    assert (fit.rows, fit.bads, fit.penalty, fit.told) == (400, bad.sum(), 0.0, "")


def test_the_condition_number_is_that_of_columns_of_equal_length():
    """Belsley, Kuh & Welsch (1980), section 3.2: singular values of the columns and the constant, each of length 1, not centred."""
    woe, bad = sample()
    woe[:, 2] = woe[:, 0] + 0.01 * woe[:, 2]
    design = sm.add_constant(woe + 1)
    values = np.linalg.svd(design / np.linalg.norm(design, axis=0), compute_uv=False)
    assert regression.fit(woe + 1, bad).condition_number == pytest.approx(values[0] / values[-1], rel=1e-6)


@pytest.mark.parametrize("penalty", [0.1, 3.0, 100.0])
def test_a_penalised_fit_equals_scikit_learn(penalty):
    """scikit-learn's LogisticRegression with C = 1 / penalty; the intercept is not penalised there either."""
    woe, bad = sample()
    fit = regression.fit(woe, bad, penalty=penalty)
    other = LogisticRegression(C=1 / penalty, tol=1e-10, solver="newton-cholesky").fit(woe, bad)
    assert fit.coefficients == pytest.approx(other.coef_[0], abs=1e-7)
    assert fit.intercept == pytest.approx(other.intercept_[0], abs=1e-7)
    chance = other.predict_proba(woe)
    assert fit.log_likelihood == pytest.approx(np.log(chance[np.arange(len(bad)), bad]).sum(), abs=1e-6)


def test_the_errors_of_a_penalised_fit_are_the_spread_of_its_estimates():
    """Simulation: 2,000 outcomes of the same rows; le Cessie, van Houwelingen (1992), section 2, give the formula."""
    woe, bad = sample(rows=300, columns=2)
    truth = regression.fit(woe, bad, penalty=10.0)
    chance = expit(truth.intercept + woe @ truth.coefficients)
    random = np.random.default_rng(5)
    draws = [
        regression.fit(woe, (random.random(len(chance)) < chance).astype(np.int64), penalty=10.0).coefficients
        for _ in range(2000)
    ]
    assert np.std(draws, axis=0) == pytest.approx(truth.standard_errors, rel=0.06)


def test_a_penalised_fit_claims_no_p_values_and_says_so():
    woe, bad = sample()
    fit = regression.fit(woe, bad, penalty=1.0)
    found = regression.infer(fit, woe, bad)
    for figures in (fit.p_values, found.p_values, found.z, found.lr_statistics, found.lr_p_values, found.low, found.high):
        assert np.isnan(figures).all()
    assert "penalty of 1:" in fit.told
    assert found.told == fit.told
    assert np.isfinite(found.vif).all()


def test_a_penalty_gives_a_fit_where_there_is_none_without():
    woe, bad = sample()
    fit = regression.fit(np.column_stack([woe, woe[:, 0], 1.0 - 2 * bad]), bad, penalty=1.0)
    assert fit.coefficients[0] == pytest.approx(fit.coefficients[3], abs=1e-9)
    assert fit.coefficients[4] < -2


def test_a_coefficient_of_the_wrong_sign_is_marked():
    woe, bad = sample()
    woe[:, 1] *= -1
    assert regression.infer(regression.fit(woe, bad), woe, bad).sign_ok.tolist() == [True, False, True]


def test_the_table_has_a_row_for_every_characteristic():
    woe, bad = sample()
    found = regression.infer(regression.fit(woe, bad), woe, bad)
    table = found.table(["age", "income", "purpose"])
    assert table["characteristic"].tolist() == ["age", "income", "purpose"]
    assert table["lr_p_value"].tolist() == found.lr_p_values.tolist()
    with pytest.raises(DataError, match="2 names for 3 coefficients"):
        found.table(["age", "income"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 4), st.booleans())
def test_counting_equal_rows_once_moves_no_figure(seed, columns, levels, weighted):
    random = np.random.default_rng(seed)
    woe = random.normal(size=(columns, levels + 1))[np.arange(columns), random.integers(0, levels + 1, (600, columns))]
    bad = (random.random(600) < expit(-1 - woe @ np.full(columns, 0.4))).astype(np.int64)
    weight = random.random(600) if weighted else None
    one, other = (design.design(woe, bad, weight, grouped=grouped) for grouped in (True, False))
    at = random.normal(size=columns + 1)
    assert len(one.woe) == len(np.unique(woe, axis=0))
    assert one.at(at).log_likelihood == pytest.approx(other.at(at).log_likelihood, rel=1e-12)
    assert one.at(at).gradient == pytest.approx(other.at(at).gradient, abs=1e-9)
    assert one.products == pytest.approx(other.products, abs=1e-9)


@pytest.mark.parametrize("distinct", [50, 12_000])
def test_a_fit_of_many_rows_does_not_depend_on_grouping(distinct, monkeypatch):
    woe, bad = sample(rows=12_000, columns=3)
    woe = woe[np.arange(12_000) % distinct]
    found = regression.fit(woe, bad)
    monkeypatch.setattr(design, "FEW_ROWS", 10**9)
    rows = regression.fit(woe, bad)
    assert found.coefficients == pytest.approx(rows.coefficients, abs=1e-9)
    assert found.standard_errors == pytest.approx(rows.standard_errors, abs=1e-9)
    assert found.log_likelihood == pytest.approx(rows.log_likelihood, rel=1e-12)


def test_more_combinations_than_a_number_holds_are_still_told_apart():
    """Forty columns of four levels: 4^40 is beyond 64 bits."""
    random = np.random.default_rng(1)
    woe = random.integers(0, 4, (500, 40)).astype(float)
    found = design.design(np.vstack([woe, woe]), np.arange(1000) % 2, grouped=True)
    assert len(found.woe) == 500
    assert found.weight.tolist() == [2.0] * 500


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda woe, bad, weight: (woe[:-1], bad, weight), "equal numbers of rows"),
        (lambda woe, bad, weight: (np.where(woe == woe[0, 0], np.nan, woe), bad, weight), "missing or infinite"),
        (lambda woe, bad, weight: (woe, bad + 1, weight), "neither 0 nor 1"),
        (lambda woe, bad, weight: (woe, bad, weight - 2), "0 or more"),
    ],
)
def test_rows_that_cannot_be_fitted_are_refused(change, message):
    woe, bad = sample()
    with pytest.raises(DataError, match=message):
        regression.fit(*change(woe, bad, np.ones(len(bad))))


@pytest.mark.parametrize("value", [0, 1])
def test_one_class_is_refused(value):
    woe, bad = sample()
    with pytest.raises(EvidenceError, match="expected goods and bads"):
        regression.fit(woe, np.full_like(bad, value))


@pytest.mark.parametrize("penalty", [-1.0, float("nan"), float("inf")])
def test_a_penalty_below_zero_is_refused(penalty):
    woe, bad = sample()
    with pytest.raises(SettingsError, match="0 or more"):
        regression.fit(woe, bad, penalty=penalty)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_no_share_is_refused(level):
    woe, bad = sample()
    with pytest.raises(SettingsError, match="less than 1"):
        regression.infer(regression.fit(woe, bad), woe, bad, level=level)


def test_the_inference_of_other_columns_is_refused():
    woe, bad = sample()
    with pytest.raises(DataError, match="3 coefficients, WoE 2 columns"):
        regression.infer(regression.fit(woe, bad), woe[:, :2], bad)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(1, 12), st.floats(-6, 3))
def test_a_fit_is_a_top_or_is_refused(seed, slope, intercept):
    """At the top of the likelihood every partial derivative is 0; strong effects and rare bads must not lead Newton's steps astray."""
    random = np.random.default_rng(seed)
    woe = random.normal(size=(200, 2))
    bad = (random.random(200) < expit(intercept - slope * woe[:, 0])).astype(np.int64)
    try:
        fit = regression.fit(woe, bad)
    except EvidenceError:
        return
    residual = bad - expit(fit.intercept + woe @ fit.coefficients)
    assert [residual.sum(), *(residual @ woe)] == pytest.approx([0, 0, 0], abs=1e-7)
