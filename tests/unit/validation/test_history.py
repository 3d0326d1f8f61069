"""Default rates over several periods. WP14: BCBS (2005), Working Paper 14, chapter III."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats

from scorecard import metrics
from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Labels, Scored
from scorecard.validation.history import History, each_lights, each_normal, lights_test, normal_periods

LIMITS = Thresholds()
NAMES = ("2021", "2022", "2023", "2024", "2025")
ATTRIBUTES = DataFrame({"characteristic": ["age"], "attribute": ["all"], "points": [2.0], "development": [1], "test": [1]})


def history(rates, pd=0.01, customers=1000):
    rates = np.array(rates)
    return History(np.full(rates.size, float(customers)), rates * customers, np.full(rates.size, pd))


def evidence(rates, rows=1000, pds=(0.01, 0.05)):
    """Two grades of so many customers a period each, with given default rates over PD."""
    period = np.repeat(np.arange(len(rates)), 2 * rows)
    grade = np.tile(np.repeat([0, 1], rows), len(rates))
    pd = np.array(pds)[grade]
    rank = np.tile(np.arange(rows), 2 * len(rates))
    bad = (rank < np.round(rows * pd * np.array(rates)[period])).astype(int)
    part = Scored(bad, -pd, pd, grade, labels={"@period": Labels(period, NAMES[: len(rates)])})
    return Evidence({"development": part, "test": part}, ("A", "B"), ATTRIBUTES, LIMITS)


class TestNormal:
    def test_five_years_are_judged_by_student(self):
        """WP14's statistic 2.3654546545 and normal p-value 0.0090; with the scatter estimated from five years Student's is 0.0386."""
        result = normal_periods(history([0.012, 0.015, 0.009, 0.020, 0.016]), "test", LIMITS)
        assert result.statistic == pytest.approx(2.3654546545, abs=1e-9)
        assert result.reading.values["p_normal"] == pytest.approx(0.0090039742, abs=1e-9)
        assert result.p_value == pytest.approx(stats.t.sf(2.3654546545, 4), abs=1e-9)
        assert result.threshold == pytest.approx(stats.t.ppf(0.95, 4), abs=1e-9)
        assert result.verdict is Verdict.AMBER

    def test_rates_below_the_pds_are_green(self):
        assert normal_periods(history([0.008, 0.009, 0.007, 0.010]), "test", LIMITS).verdict is Verdict.GREEN

    def test_two_periods_are_insufficient(self):
        result = normal_periods(history([0.02, 0.03]), "test", LIMITS)
        assert (result.verdict, result.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.normal_few")

    def test_periods_with_few_customers_do_not_count(self):
        few = History(np.array([1000.0, 1000, 1000, 5]), np.array([12.0, 15, 9, 5]), np.full(4, 0.01))
        result = normal_periods(few, "test", LIMITS)
        assert (result.n, result.reading.values["periods"]) == (3000, 3)

    def test_rates_that_deviate_alike_cannot_be_tested(self):
        result = normal_periods(history([0.02] * 4), "test", LIMITS)
        assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, "reading.normal_without_scatter")

    def test_portfolio_and_grades_are_tested_and_grades_are_one_family(self):
        found = each_normal(evidence([2.0, 3.0, 2.5, 3.5, 2.2]))
        assert [result.scope for result in found] == ["test", "test: A", "test: B"]
        assert "p_holm" not in found[0].reading.values
        second = metrics.holm([result.p_value for result in found[1:]])
        assert [result.reading.values["p_holm"] for result in found[1:]] == second.tolist()
        assert {result.verdict for result in found} == {Verdict.RED}

    def test_without_dates_it_is_not_due(self):
        found = evidence([1.0])
        part = replace(found.samples["test"], labels={})
        assert [result.verdict for result in each_normal(replace(found, samples={**found.samples, "test": part}))] == [
            Verdict.NOT_DUE
        ]


class TestLights:
    @pytest.mark.parametrize(
        ("rates", "value", "verdict"),
        [
            ([0.009, 0.010, 0.008, 0.012, 0.011], 3200, Verdict.GREEN),
            ([0.012, 0.012, 0.015, 0.014, 0.014], 230, Verdict.RED),
            ([0.012, 0.012, 0.013, 0.014, 0.009], 1220, Verdict.GREEN),
        ],
    )
    def test_five_years_are_judged_by_their_colours(self, rates, value, verdict):
        """Deviations -0.32, 0, 0.32, 0.64, 0.95, 1.27 and 1.59; critical values 1121 and 230."""
        result = lights_test(history(rates), "test", LIMITS)
        assert (result.statistic, result.threshold, result.verdict) == (value, 1121, verdict)

    def test_only_the_nine_latest_periods_count(self):
        result = lights_test(history([0.03] * 3 + [0.008] * 9), "test", LIMITS)
        assert (result.statistic, result.n) == (9000, 9000)

    def test_a_single_period_allows_for_a_bad_year(self):
        """Tasche's light at an asset correlation of 4 %; the binomial test without it would be red."""
        result = lights_test(history([0.02]), "test", LIMITS)
        assert result.p_value == pytest.approx(metrics.binomial_p(20, 1000, 0.01, 0.04), abs=1e-12)
        assert result.verdict is Verdict.GREEN
        assert metrics.binomial_p(20, 1000, 0.01) < 0.01

    @pytest.mark.parametrize(("rate", "verdict"), [(0.02, Verdict.GREEN), (0.03, Verdict.AMBER), (0.06, Verdict.RED)])
    def test_light_of_a_single_period(self, rate, verdict):
        assert lights_test(history([rate]), "test", LIMITS).verdict is verdict

    def test_the_limit_of_the_bank_replaces_the_four_percent(self):
        result = lights_test(history([0.02]), "test", Thresholds(asset_correlation=0.15))
        assert result.p_value == metrics.binomial_p(20, 1000, 0.01, 0.15)

    def test_a_handful_of_customers_is_insufficient(self):
        assert lights_test(history([0.0], customers=10), "test", LIMITS).verdict is Verdict.INSUFFICIENT_DATA

    def test_a_handful_of_customers_is_not_green_for_the_family_they_are_in(self):
        """2 defaults of 6 at a PD of 5 % are amber alone (p = 0.037) and chance among seven grades, but 6 customers confirm nothing."""
        sizes, defaults = np.array([6, *[400] * 6]), np.array([2, *[20] * 6])
        grade = np.repeat(np.arange(7), sizes)
        bad = np.concatenate([np.arange(size) < failed for size, failed in zip(sizes, defaults, strict=True)]).astype(int)
        part = Scored(bad, -grade.astype(float), np.full(grade.size, 0.05), grade)
        result = each_lights(Evidence({"development": part, "test": part}, tuple("ABCDEFG"), ATTRIBUTES, LIMITS))[1]
        assert result.p_value == pytest.approx(0.037, abs=1e-3)
        assert result.reading.values["p_holm"] == pytest.approx(7 * result.p_value)
        assert (result.scope, result.verdict, result.reading.key) == ("test: A", Verdict.INSUFFICIENT_DATA, "reading.light_few")

    def test_no_customers_are_not_computable(self):
        assert lights_test(history([0.0], customers=0), "test", LIMITS).verdict is Verdict.NOT_COMPUTABLE

    def test_without_dates_the_sample_is_one_period(self):
        found = evidence([1.0, 1.2, 0.9])
        part = replace(found.samples["test"], labels={})
        results = each_lights(replace(found, samples={**found.samples, "test": part}))
        assert [(result.scope, result.reading.key) for result in results] == [
            ("test", "reading.light_fits"),
            ("test: A", "reading.light_grade_fits"),
            ("test: B", "reading.light_grade_fits"),
        ]

    def test_rows_without_a_date_count_in_no_period(self):
        found = evidence([1.0, 1.2, 0.9])
        part = found.samples["test"]
        codes = np.where(np.arange(part.n) % 2 == 0, -1, part.labels["@period"].codes)
        part = replace(part, labels={"@period": Labels(codes, NAMES[:3])})
        assert each_lights(replace(found, samples={**found.samples, "test": part}))[0].n == part.n // 2

    def test_detectable_excess_is_that_of_the_lights(self):
        result = lights_test(history([0.01] * 5), "test", LIMITS)
        assert result.detectable == metrics.detectable_lights([1000] * 5, [0.01] * 5)


def test_readings_can_be_rendered():
    low, high = [1.0, 1.1, 0.9, 1.05, 0.95], [2.0, 3.0, 2.5, 3.5, 2.2]
    results = [
        result for rates in (low, high, [1.0], [5.0]) for each in (each_normal, each_lights) for result in each(evidence(rates))
    ]
    results += [normal_periods(history(rates), "test", LIMITS) for rates in ([0.02, 0.03], [0.02] * 4)]
    results += [lights_test(history([0.0], customers=customers), "test", LIMITS) for customers in (0, 10)]
    assert [result.reading.key for result in results for language in LANGUAGES if "{" in render(result.reading, language)] == []
