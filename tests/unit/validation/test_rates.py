"""Default rates of grades against their PDs. Five grades: A. Djurovic, slides on PD calibration tests and their power."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from scorecard import metrics
from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Ladder
from scorecard.validation.rates import (
    binomial_grades,
    binomial_test,
    interval_grades,
    interval_test,
    prudence_grades,
    prudence_test,
)

LIMITS, TOGETHER = Thresholds(), Thresholds(asset_correlation=0.12)
N = np.array([47.0, 95, 68, 53, 37])
D = np.array([3.0, 20, 17, 24, 28])
PD = np.array([0.0307, 0.1161, 0.2907, 0.5514, 0.7648])
SCOPES = [f"test: RG{grade}" for grade in range(1, 6)]
P_VALUES = [0.1747833949, 0.0058803872, 0.8073206983, 0.9426682843, 0.6329682372]


def rates(defaults, customers, pd):
    d, n = np.array(defaults, dtype=float), np.array(customers, dtype=float)
    return Ladder(np.arange(d.size, dtype=float), np.array(pd, dtype=float), n - d, d)


GRADES = rates(D, N, PD)


class TestBinomial:
    def test_the_binomial_test_disagrees_with_jeffreys_about_fifteen_defaults(self):
        """5.30 % against Jeffreys' 3.87 %."""
        result = binomial_test(15, 99, 0.09656014, "test", LIMITS)
        assert result.p_value == pytest.approx(0.05299904, abs=1e-8)
        assert result.verdict is Verdict.GREEN
        assert result.threshold == pytest.approx(16 / 99)

    def test_threshold_is_the_least_rate_that_is_refused(self):
        result = binomial_test(30, 1000, 0.02, "test", LIMITS)
        critical = round(result.threshold * 1000)
        assert stats.binom.sf(critical - 1, 1000, 0.02) <= 0.05 < stats.binom.sf(critical - 2, 1000, 0.02)

    @pytest.mark.parametrize(
        ("defaults", "limits", "verdict"),
        [(36, LIMITS, Verdict.RED), (36, TOGETHER, Verdict.GREEN), (130, TOGETHER, Verdict.RED), (29, LIMITS, Verdict.AMBER)],
    )
    def test_customers_who_fail_together_forgive_more_defaults(self, defaults, limits, verdict):
        assert binomial_test(defaults, 1000, 0.02, "test", limits).verdict is verdict

    def test_the_other_correlation_stands_beside(self):
        alone, together = (binomial_test(30, 1000, 0.02, "test", limits) for limits in (LIMITS, TOGETHER))
        assert alone.reading.values["beside"] == 0.04
        assert alone.reading.values["p_beside"] == metrics.binomial_p(30, 1000, 0.02, 0.04)
        assert together.reading.values["p_beside"] == alone.p_value
        assert together.p_value == metrics.binomial_p(30, 1000, 0.02, 0.12)

    def test_detectable_excess_is_found_four_times_in_five(self):
        result = binomial_test(20, 1000, 0.02, "test", LIMITS)
        critical = round(result.threshold * 1000)
        assert stats.binom.sf(critical - 1, 1000, 0.02 * (1 + result.detectable)) == pytest.approx(0.8, abs=1e-9)

    def test_grades_are_one_family(self):
        """RG2 alone would be red at 0.0059; Holm among five makes it 0.029. Adjustment by statsmodels."""
        found = binomial_grades(GRADES, SCOPES, LIMITS)
        assert [result.p_value for result in found] == pytest.approx(P_VALUES, abs=1e-9)
        adjusted = multipletests(P_VALUES, method="holm")[1]
        assert [result.reading.values["p_holm"] for result in found] == pytest.approx(adjusted, abs=1e-8)
        assert [result.verdict.value for result in found] == ["green", "amber", "green", "green", "green"]

    def test_a_grade_that_chance_explains_says_so(self):
        found = binomial_grades(rates([4, 1, 1, 1], [100] * 4, [0.01] * 4), SCOPES[:4], LIMITS)
        assert (found[0].verdict, found[0].reading.key) == (Verdict.GREEN, "reading.binomial_grade_chance")

    def test_a_tiny_deviation_on_a_huge_sample_is_amber_at_most(self):
        assert binomial_test(21_000, 1_000_000, 0.02, "test", LIMITS).verdict is Verdict.AMBER

    def test_nineteen_customers_can_fail_but_not_pass(self):
        passed, failed = binomial_test(0, 19, 0.01, "test", LIMITS), binomial_test(5, 19, 0.01, "test", LIMITS)
        assert (passed.verdict, failed.verdict) == (Verdict.INSUFFICIENT_DATA, Verdict.RED)

    @pytest.mark.parametrize("test", [binomial_test, interval_test])
    @pytest.mark.parametrize(
        ("customers", "pd", "key"), [(0, 0.1, "no_customers"), (50, 0.0, "certain_pd"), (50, 1.0, "certain_pd")]
    )
    def test_what_cannot_be_tested_is_not_computable(self, test, customers, pd, key):
        result = test(0, customers, pd, "test", LIMITS)
        assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, f"reading.{key}")

    def test_where_no_number_refuses_there_is_neither_threshold_nor_detectable(self):
        result = binomial_test(1, 2, 0.5, "test", LIMITS)
        assert (result.threshold, result.detectable) == (None, None)


class TestInterval:
    def test_three_intervals_stand_in_the_reading(self):
        """statsmodels' Jeffreys, Wilson and Clopper-Pearson."""
        values = interval_test(20, 95, 0.1161, "test", LIMITS).reading.values
        for method, names in (
            ("jeffreys", ("low", "high")),
            ("wilson", ("wilson_low", "wilson_high")),
            ("beta", ("exact_low", "exact_high")),
        ):
            assert [values[name] for name in names] == pytest.approx(list(proportion_confint(20, 95, 0.05, method)), abs=1e-10)

    @pytest.mark.parametrize(
        ("defaults", "verdict", "key"),
        [
            (20, Verdict.GREEN, "interval_holds"),
            (31, Verdict.AMBER, "interval_low"),
            (40, Verdict.RED, "interval_low"),
            (11, Verdict.AMBER, "interval_high"),
            (2, Verdict.AMBER, "interval_high"),
        ],
    )
    def test_a_pd_too_low_can_be_red_and_one_too_high_is_amber_at_most(self, defaults, verdict, key):
        result = interval_test(defaults, 1000, 0.02, "test", LIMITS)
        assert (result.verdict, result.reading.key) == (verdict, f"reading.{key}")

    def test_a_pd_too_high_says_what_it_costs(self):
        """20 defaults are priced in, 5 came."""
        values = interval_test(5, 1000, 0.02, "test", LIMITS).reading.values
        assert (values["unseen"], values["excess"]) == (pytest.approx(15.0), pytest.approx(0.015))

    def test_p_value_is_two_sided(self):
        """Twice the smaller tail of the posterior, by scipy.stats.beta."""
        assert interval_test(20, 95, 0.1161, "test", LIMITS).p_value == pytest.approx(2 * stats.beta(20.5, 75.5).cdf(0.1161))

    @given(st.integers(20, 400), st.floats(0.01, 0.5), st.data())
    @settings(deadline=None)
    def test_the_verdict_is_green_exactly_where_the_interval_holds_the_pd(self, customers, pd, data):
        """Jeffreys' interval at 95 % and the two-sided test at 5 % say the same; at no default the interval is closed at 0."""
        defaults = data.draw(st.integers(1, customers - 1))
        result = interval_test(defaults, customers, pd, "test", LIMITS)
        assert (result.verdict is Verdict.GREEN) == (result.interval[0] <= pd <= result.interval[1])

    def test_grades_are_one_family(self):
        found = interval_grades(GRADES, SCOPES, LIMITS)
        assert [result.verdict.value for result in found] == ["green", "amber", "green", "green", "green"]
        assert found[1].reading.key == "reading.interval_grade_low"
        assert found[1].p_value < 0.01 < found[1].reading.values["p_holm"] < 0.05


class TestPrudence:
    @pytest.mark.parametrize(("pd", "verdict"), [(0.0029, Verdict.GREEN), (0.0028, Verdict.AMBER)])
    def test_bound_is_that_of_pluto_and_tasche(self, pd, verdict):
        """Three grades without a default, 90 %: 0.29 %."""
        limits = Thresholds(low_default_confidence=0.9)
        result = prudence_test([0, 0, 0], [100, 400, 300], pd, "test: A", limits)
        assert result.threshold == pytest.approx(0.002874, abs=1e-6)
        assert result.verdict is verdict

    def test_asset_correlation_raises_the_bound(self):
        limits = Thresholds(low_default_confidence=0.9, asset_correlation=0.12)
        result = prudence_test([0, 2, 1], [100, 400, 300], 0.02, "test: A", limits)
        assert result.threshold == pytest.approx(0.02491, abs=1e-5)

    def test_defaults_that_refute_the_pd_are_red(self):
        assert prudence_test([4], [100], 0.001, "test: A", LIMITS).verdict is Verdict.RED

    def test_a_handful_of_customers_is_insufficient(self):
        assert prudence_test([0], [15], 0.01, "test: A", LIMITS).reading.key == "reading.prudence_few"

    def test_pool_ends_at_the_first_grade_with_enough_defaults(self):
        found = prudence_grades(
            rates([0, 2, 30, 4, 90], [500, 400, 600, 50, 300], [0.001, 0.005, 0.04, 0.1, 0.3]), SCOPES, LIMITS
        )
        assert [result.scope for result in found] == ["test: RG1", "test: RG2", "test: RG4"]
        assert [(result.reading.values["pool_defaults"], result.reading.values["pool"]) for result in found] == [
            (2, 900),
            (2, 400),
            (4, 50),
        ]

    def test_an_empty_grade_does_not_end_the_pool(self):
        found = prudence_grades(rates([0, 0, 2], [500, 0, 400], [0.001, 0.0, 0.005]), SCOPES[:3], LIMITS)
        assert [(result.scope, result.reading.values["pool"]) for result in found] == [("test: RG1", 900), ("test: RG3", 400)]

    def test_bounds_never_fall_within_a_pool(self):
        """A worse grade without a default among 2,000 has a lower bound of its own than the pool it belongs to."""
        d, n = [3, 0, 40, 0, 0], [300, 2000, 900, 100, 300]
        found = prudence_grades(rates(d, n, [0.01, 0.02, 0.04, 0.1, 0.3]), SCOPES, Thresholds(low_default_confidence=0.9))
        bounds = [*metrics.pluto_tasche(n[:2], d[:2], 0.9), *metrics.pluto_tasche(n[3:], d[3:], 0.9)]
        assert [result.threshold for result in found] == pytest.approx(bounds, abs=1e-12)
        assert found[0].threshold == found[1].threshold
        assert found[1].effect == pytest.approx(found[1].threshold / 0.02 - 1)

    def test_one_refuted_grade_of_many_may_be_chance(self):
        """p = 0.0036 of a grade alone is red; among four it is 0.014."""
        alone = prudence_grades(rates([3], [300], [0.001]), SCOPES[:1], LIMITS)
        among = prudence_grades(rates([3, 0, 0, 0], [300] * 4, [0.001] * 4), SCOPES[:4], LIMITS)
        assert alone[0].p_value == among[0].p_value < LIMITS.jeffreys_red
        assert [alone[0].verdict, among[0].verdict] == [Verdict.RED, Verdict.AMBER]
        assert among[0].reading.values["p_holm"] == pytest.approx(4 * alone[0].p_value)

    def test_empty_grades_are_not_of_low_default(self):
        assert prudence_grades(rates([0, 9], [0, 300], [0.0, 0.03]), SCOPES[:2], LIMITS) == []

    def test_how_few_defaults_are_low_is_a_limit(self):
        found = prudence_grades(rates([0, 2], [500, 400], [0.001, 0.005]), SCOPES[:2], Thresholds(low_default=1))
        assert [result.scope for result in found] == ["test: RG1"]


def test_readings_can_be_rendered():
    results = [binomial_test(d, n, 0.02, "test", LIMITS) for d, n in ((10, 1000), (60, 1000), (0, 10), (0, 0))]
    results += [interval_test(d, n, 0.02, "test", LIMITS) for d, n in ((20, 1000), (60, 1000), (2, 1000), (0, 10))]
    results += binomial_grades(GRADES, SCOPES, LIMITS) + interval_grades(GRADES, SCOPES, LIMITS)
    results += binomial_grades(rates([4, 1, 1, 1], [100] * 4, [0.01] * 4), SCOPES[:4], LIMITS)
    results += interval_grades(rates([2, 30], [1000, 1000], [0.02, 0.02]), SCOPES[:2], LIMITS)
    results += [
        prudence_test([d], [n], pd, "test: A", LIMITS)
        for d, n, pd in ((0, 500, 0.01), (0, 500, 0.001), (4, 100, 0.001), (0, 15, 0.01))
    ]
    assert [result.reading.key for result in results for language in LANGUAGES if "{" in render(result.reading, language)] == []
