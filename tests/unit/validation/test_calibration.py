"""Fixture of five grades and the case of 15 defaults: A. Djurovic, slides on PD calibration tests and their power."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from scorecard.errors import DataError
from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.calibration import hosmer_lemeshow, jeffreys, jeffreys_grades

LIMITS = Thresholds()
N = np.array([47, 95, 68, 53, 37])
D = np.array([3, 20, 17, 24, 28])
PD = np.array([0.0307, 0.1161, 0.2907, 0.5514, 0.7648])
SCOPES = [f"test: RG{grade}" for grade in range(1, 6)]
P_VALUES = [0.1016727340876508, 0.003969651264850658, 0.7673535446410016, 0.9250928245385364, 0.559331364070156]


def test_portfolio_is_judged_by_the_jeffreys_p_value():
    """3.87 %; the binomial test says 5.30 %, so the two disagree at 5 %."""
    result = jeffreys(15, 99, 0.09656014, "test", LIMITS)
    assert result.p_value == pytest.approx(0.03872463255421706, abs=1e-10)
    assert result.reading.values["binomial"] == pytest.approx(0.05299903904104983, abs=1e-10)
    assert result.verdict is Verdict.AMBER


def test_result_sets_the_default_rate_against_the_pd():
    """Interval by scipy.stats.beta."""
    result = jeffreys(15, 99, 0.09656014, "test", LIMITS)
    assert (result.statistic, result.threshold, result.effect) == (
        pytest.approx(15 / 99),
        0.09656014,
        pytest.approx(15 / 99 / 0.09656014 - 1),
    )
    assert result.interval == pytest.approx(stats.beta(15.5, 84.5).interval(0.95), abs=1e-10)


@pytest.mark.parametrize(
    ("defaults", "customers", "verdict", "key"),
    [
        (1, 100, Verdict.GREEN, "reading.jeffreys_fits"),
        (3, 100, Verdict.AMBER, "reading.jeffreys_low"),
        (5, 100, Verdict.RED, "reading.jeffreys_low"),
        (0, 1000, Verdict.GREEN, "reading.jeffreys_conservative"),
    ],
)
def test_verdict_against_a_pd_of_one_percent(defaults, customers, verdict, key):
    """P-values 0.4286, 0.0393, 0.0014 by the beta distribution."""
    result = jeffreys(defaults, customers, 0.01, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (verdict, key)


def test_a_tiny_deviation_on_a_huge_sample_is_amber_at_most():
    """2.1 % against 2.0 % on a million customers: surely too low, by a twentieth."""
    result = jeffreys(21_000, 1_000_000, 0.02, "test", LIMITS)
    assert result.p_value < 1e-10
    assert result.verdict is Verdict.AMBER


def test_nineteen_customers_can_fail_but_not_pass():
    passed, failed = jeffreys(0, 19, 0.01, "test", LIMITS), jeffreys(5, 19, 0.01, "test", LIMITS)
    assert (passed.verdict, failed.verdict) == (Verdict.INSUFFICIENT_DATA, Verdict.RED)


@pytest.mark.parametrize(("customers", "pd", "key"), [(0, 0.1, "no_customers"), (50, 0.0, "certain_pd"), (50, 1.0, "certain_pd")])
def test_what_cannot_be_tested_is_not_computable(customers, pd, key):
    result = jeffreys(0, customers, pd, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, f"reading.{key}")


def test_more_defaults_than_customers_are_refused():
    with pytest.raises(DataError, match="5 defaults, 4 customers"):
        jeffreys(5, 4, 0.1, "test", LIMITS)


@given(st.integers(20, 500), st.floats(0.01, 0.4), st.data())
@settings(deadline=None)
def test_more_defaults_never_improve_the_verdict(customers, pd, data):
    defaults = data.draw(st.integers(0, customers - 1))
    order = [Verdict.GREEN, Verdict.AMBER, Verdict.RED]
    before, after = (order.index(jeffreys(count, customers, pd, "test", LIMITS).verdict) for count in (defaults, defaults + 1))
    assert after >= before


def test_portfolio_of_five_grades_is_fine():
    result = jeffreys(int(D.sum()), int(N.sum()), float((N * PD).sum() / N.sum()), "test", LIMITS)
    assert result.p_value == pytest.approx(0.3859485461428548, abs=1e-10)
    assert result.verdict is Verdict.GREEN


def test_each_grade_has_its_own_p_value():
    results = jeffreys_grades(D, N, PD, SCOPES, LIMITS)
    assert [result.p_value for result in results] == pytest.approx(P_VALUES, abs=1e-10)
    assert {result.code for result in results} == {"CAL-02"}


def test_verdict_of_a_grade_rests_on_the_p_value_of_the_family():
    """RG2 alone would be red (0.0040); among five grades Holm makes it 0.0198. Adjustment by statsmodels."""
    results = jeffreys_grades(D, N, PD, SCOPES, LIMITS)
    adjusted = [result.reading.values["p_holm"] for result in results]
    assert adjusted == pytest.approx(multipletests(P_VALUES, method="holm")[1], abs=1e-9)
    assert [result.verdict.value for result in results] == ["green", "amber", "green", "green", "green"]
    assert results[1].reading.key == "reading.grade_low"


def test_a_grade_that_chance_explains_is_green_and_said():
    """p = 0.0393 alone, 0.1966 among five."""
    results = jeffreys_grades([3, 1, 1, 1, 1], [100] * 5, [0.01] * 5, SCOPES, LIMITS)
    assert (results[0].verdict, results[0].reading.key) == (Verdict.GREEN, "reading.grade_chance")


def test_the_family_is_adjusted_by_holm_and_not_more_mildly():
    """p = 0.0393 three times: Holm 0.118 for each, Benjamini-Hochberg would leave 0.0393."""
    results = jeffreys_grades([3, 3, 3], [100] * 3, [0.01] * 3, SCOPES[:3], LIMITS)
    assert {result.verdict for result in results} == {Verdict.GREEN}


def test_a_far_too_low_grade_stays_red_in_its_family():
    assert jeffreys_grades([40, 1], [100, 100], [0.1, 0.01], SCOPES[:2], LIMITS)[0].verdict is Verdict.RED


def test_an_empty_grade_does_not_count_in_the_family():
    alone, beside = (
        jeffreys_grades([3], [100], [0.01], SCOPES[:1], LIMITS),
        jeffreys_grades([3, 0], [100, 0], [0.01, 0.0], SCOPES[:2], LIMITS),
    )
    assert beside[0] == alone[0]
    assert beside[1].verdict is Verdict.NOT_COMPUTABLE


def test_hosmer_lemeshow_of_five_grades():
    """Published p 2.70 % with as many degrees of freedom as grades."""
    result = hosmer_lemeshow(D, N, PD, "test", LIMITS)
    assert result.statistic == pytest.approx(12.62913649208371, abs=1e-9)
    assert result.p_value == pytest.approx(0.02711344389142025, abs=1e-9)
    assert result.threshold == pytest.approx(stats.chi2.ppf(0.95, 5), abs=1e-9)
    assert result.verdict is Verdict.AMBER


def test_hosmer_lemeshow_is_pearsons_chi_square_on_both_outcomes():
    """The two cells of a grade together give the one term of the formula; scipy sums the ten cells."""
    observed, expected = np.concatenate([D, N - D]), np.concatenate([N * PD, N * (1 - PD)])
    second = stats.chisquare(observed, expected).statistic
    assert hosmer_lemeshow(D, N, PD, "test", LIMITS).statistic == pytest.approx(second, abs=1e-9)


def test_hosmer_lemeshow_leaves_out_empty_grades():
    padded = hosmer_lemeshow(np.append(D, 0), np.append(N, 0), np.append(PD, 0.0), "test", LIMITS)
    assert padded == hosmer_lemeshow(D, N, PD, "test", LIMITS)


def test_hosmer_lemeshow_is_red_where_grades_miss_surely_and_widely():
    assert hosmer_lemeshow(2 * D, 2 * N, PD, "test", LIMITS).verdict is Verdict.RED


def test_hosmer_lemeshow_of_a_tiny_deviation_is_amber_at_most():
    result = hosmer_lemeshow(np.array([21_000, 52_000]), np.array([10**6, 10**6]), np.array([0.02, 0.05]), "test", LIMITS)
    assert result.p_value < 1e-10
    assert result.verdict is Verdict.AMBER


@pytest.mark.parametrize(
    ("n", "pd"),
    [([50, 200, 200], [0.01, 0.2, 0.3]), ([20, 20], [0.1, 0.1])],
    ids=["one expected count below 1", "two of four below 5"],
)
def test_hosmer_lemeshow_on_small_cells_gives_figures_but_no_verdict(n, pd):
    """The rule of Cochran (1954), Biometrics 10."""
    result = hosmer_lemeshow(np.zeros(len(n), dtype=int), np.array(n), np.array(pd), "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.hl_sparse")
    assert result.statistic is not None


def test_hosmer_lemeshow_bears_one_small_cell_in_ten():
    """The five grades: 1.4 defaults are expected in the best one, at least 8 in every other cell."""
    assert hosmer_lemeshow(D, N, PD, "test", LIMITS).reading.key == "reading.hl_misfits"


@pytest.mark.parametrize(("n", "pd", "key"), [([0, 0], [0.1, 0.2], "no_customers"), ([90, 90], [0.0, 0.2], "certain_pds")])
def test_hosmer_lemeshow_that_cannot_be_computed(n, pd, key):
    result = hosmer_lemeshow(np.array([0, 0]), np.array(n), np.array(pd), "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, f"reading.{key}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_can_be_rendered(language):
    cases = [(1, 100, 0.01), (5, 100, 0.01), (0, 1000, 0.01), (0, 19, 0.01), (0, 0, 0.01), (0, 50, 0.0)]
    results = [jeffreys(*case, "test", LIMITS) for case in cases]
    results += jeffreys_grades(D, N, PD, SCOPES, LIMITS)
    results += jeffreys_grades([3, 1, 1, 1, 1], [100] * 5, [0.01] * 5, SCOPES, LIMITS)
    results += [hosmer_lemeshow(D, N, pd, "test", LIMITS) for pd in (PD, D / N, np.zeros(5), PD / 100)]
    assert all("{" not in render(result.reading, language) for result in results)
