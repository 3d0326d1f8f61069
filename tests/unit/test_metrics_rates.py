"""Default rates against PDs: binomial with asset correlation, intervals, several periods, low-default grades, power.

WP14: Basel Committee on Banking Supervision (2005), Studies on the validation of internal rating systems, Working Paper 14.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.proportion import proportion_confint

from scorecard import metrics
from scorecard.errors import DataError, EvidenceError
from scorecard.metrics import Economy

unhurried = settings(deadline=None)
CORRELATIONS = (0.0, 0.05, 0.10, 0.15, 0.20)
LEVELS = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


class TestFactor:
    @pytest.mark.parametrize(
        ("pd", "customers", "critical"),
        [
            (0.01, 100, (5, 6, 7, 8, 10)),
            (0.005, 1000, (12, 20, 29, 37, 45)),  # WP14 prints 11 without correlation, but P(D >= 11) is 1.35 %
            (0.01, 1000, (19, 35, 49, 63, 77)),
            (0.05, 1000, (68, 128, 172, 212, 252)),
            (0.01, 10000, (125, 322, 470, 613, 755)),
        ],
    )
    def test_critical_numbers_are_those_of_wp14(self, pd, customers, critical):
        found = tuple(metrics.critical_defaults(customers, pd, 0.99, correlation) for correlation in CORRELATIONS)
        assert found == critical

    def test_correlated_p_is_the_integral_over_the_economy(self):
        """scipy.integrate.quad over scipy.stats.binom."""

        def term(state):
            pd = stats.norm.cdf((stats.norm.ppf(0.02) - np.sqrt(0.12) * state) / np.sqrt(0.88))
            return stats.binom.sf(29, 1000, pd) * stats.norm.pdf(state)

        assert metrics.binomial_p(30, 1000, 0.02, 0.12) == pytest.approx(integrate.quad(term, -9, 9, limit=200)[0], abs=1e-9)

    def test_binomial_p_between_whole_numbers_lies_between_theirs(self):
        """Weighted customers count for fractions."""
        assert metrics.binomial_p(4, 100, 0.03) > metrics.binomial_p(4.5, 100, 0.03) > metrics.binomial_p(5, 100, 0.03)

    @given(st.integers(1, 300), st.floats(0.001, 0.5), st.floats(0.6, 0.999))
    @unhurried
    def test_the_critical_number_is_the_first_that_is_refused(self, customers, pd, level):
        found = metrics.critical_defaults(customers, pd, level)
        assert metrics.binomial_p(found - 1, customers, pd) > 1 - level
        assert found > customers or metrics.binomial_p(found, customers, pd) <= 1 - level

    @pytest.mark.parametrize(
        ("pd", "bounds"), [(0.01, (32, 47, 62, 76)), (0.05, (125, 169, 210, 250)), (0.005, (18, 27, 35, 44))]
    )
    def test_bound_of_many_customers_is_that_of_wp14(self, pd, bounds):
        found = [np.ceil(1000 * metrics.vasicek_bound(pd, correlation)) for correlation in CORRELATIONS[1:]]
        assert tuple(found) == bounds

    @pytest.mark.parametrize(
        ("pd", "correlation", "of_defaults"), [(0.01, 0.05, 0.0041), (0.01, 0.2, 0.0241), (0.05, 0.2, 0.0578)]
    )
    def test_default_correlation_is_that_of_wp14(self, pd, correlation, of_defaults):
        """And the bivariate normal distribution of scipy."""
        found = metrics.default_correlation(pd, correlation)
        edge = stats.norm.ppf(pd)
        together = stats.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([edge, edge])
        assert found == pytest.approx(of_defaults, abs=5e-5)
        assert found == pytest.approx((together - pd**2) / (pd * (1 - pd)), abs=1e-7)

    @given(st.floats(0, 1), st.floats(0, 0.9))
    @unhurried
    def test_pds_in_all_states_average_to_the_pd(self, pd, correlation):
        states = np.linspace(-9, 9, 4001)
        mean = integrate.trapezoid(metrics.conditional_pd(pd, correlation, states) * stats.norm.pdf(states), states)
        assert mean == pytest.approx(pd, abs=1e-9)

    @pytest.mark.parametrize(
        ("defaults", "customers", "pd", "correlation"), [(5, 4, 0.1, 0), (1, 4, 1.5, 0), (1, 4, 0.1, 1.0), (1, 4, 12, 0)]
    )
    def test_impossible_numbers_are_refused(self, defaults, customers, pd, correlation):
        with pytest.raises(DataError):
            metrics.binomial_p(defaults, customers, pd, correlation)


class TestIntervals:
    @pytest.mark.parametrize(
        ("interval", "five", "none"),
        [
            (metrics.wilson_interval, (0.0215437, 0.1117505), 0.0369935),
            (metrics.clopper_pearson_interval, (0.0164319, 0.1128349), 0.0362167),
            (metrics.jeffreys_interval, (0.0193318, 0.1061001), 0.0247453),
        ],
    )
    def test_intervals_of_five_and_of_no_defaults_of_a_hundred(self, interval, five, none):
        assert interval(5, 100) == pytest.approx(five, abs=1e-7)
        assert interval(0, 100) == (0.0, pytest.approx(none, abs=1e-7))
        assert interval(100, 100) == (pytest.approx(1 - none, abs=1e-7), 1.0)

    @pytest.mark.parametrize(
        ("interval", "method"),
        [
            (metrics.wilson_interval, "wilson"),
            (metrics.clopper_pearson_interval, "beta"),
            (metrics.jeffreys_interval, "jeffreys"),
        ],
    )
    @pytest.mark.parametrize(("defaults", "customers"), [(1, 7), (24, 53), (300, 1000)])
    def test_intervals_are_those_of_statsmodels(self, interval, method, defaults, customers):
        assert interval(defaults, customers, 0.9) == pytest.approx(
            proportion_confint(defaults, customers, 0.1, method), abs=1e-10
        )

    @given(st.integers(0, 60), st.integers(0, 60))
    @unhurried
    def test_every_interval_holds_the_rate(self, defaults, goods):
        if defaults + goods:
            for interval in (metrics.wilson_interval, metrics.clopper_pearson_interval, metrics.jeffreys_interval):
                low, high = interval(defaults, defaults + goods)
                assert 0 <= low <= defaults / (defaults + goods) <= high <= 1

    def test_without_customers_every_rate_is_possible(self):
        assert (
            metrics.wilson_interval(0, 0)
            == metrics.clopper_pearson_interval(0, 0)
            == metrics.jeffreys_interval(0, 0)
            == (0.0, 1.0)
        )

    def test_more_defaults_than_customers_are_refused(self):
        with pytest.raises(DataError, match="5 defaults, 4 customers"):
            metrics.wilson_interval(5, 4)


class TestPeriods:
    def test_normal_test_of_five_years(self):
        """By hand from WP14's formula; the cautious variant counts the common deviation as scatter."""
        found = metrics.normal_test([0.012, 0.015, 0.009, 0.020, 0.016], [0.01] * 5)
        assert found.statistic == pytest.approx(2.3654546545, abs=1e-9)
        assert found.p_value == pytest.approx(0.0090039742, abs=1e-9)
        assert found.cautious == pytest.approx(1.5272622959, abs=1e-9)
        assert found.scatter == pytest.approx(0.0041593269, abs=1e-9)

    def test_students_p_value_is_that_of_the_one_sample_t_test(self):
        rates, pds = [0.012, 0.015, 0.009, 0.020, 0.016], [0.01, 0.012, 0.01, 0.011, 0.01]
        second = stats.ttest_1samp(np.subtract(rates, pds), 0, alternative="greater")
        found = metrics.normal_test(rates, pds)
        assert (found.statistic, found.p_student) == pytest.approx((second.statistic, second.pvalue), abs=1e-10)

    @pytest.mark.parametrize(("rates", "pds"), [([0.02], [0.01]), ([0.02, 0.03], [0.01, 0.02])])
    def test_periods_without_scatter_are_refused(self, rates, pds):
        with pytest.raises(EvidenceError, match="no scatter"):
            metrics.normal_test(rates, pds)

    @pytest.mark.parametrize(("level", "critical"), [(0.9, 1211), (0.95, 1121), (0.975, 401), (0.99, 230), (0.999, 122)])
    def test_critical_lights_of_five_years(self, level, critical):
        assert metrics.critical_lights(5, level) == critical

    def test_no_light_of_one_year_refuses_at_five_percent(self):
        """Red alone has probability 5 %, which is not below it."""
        assert metrics.critical_lights(1) is None

    def test_chances_of_the_lights_are_those_of_all_sequences(self):
        """Every sequence of four colours, one by one."""
        chance = {1000: 0.5, 100: 0.3, 10: 0.15, 1: 0.05}
        below = sum(np.prod([chance[light] for light in lights]) for lights in product(chance, repeat=4) if sum(lights) <= 1120)
        found = metrics.traffic_lights([9, 12, 15, 15], [1000] * 4, [0.01] * 4)  # deviations -0.3, 0.6, 1.6, 1.6
        assert (found.lights, found.value) == ((1, 1, 2, 0), 1120)
        assert found.p_value == pytest.approx(below, abs=1e-12)

    @pytest.mark.parametrize(("defaults", "colour"), [(10, 0), (12, 1), (14, 2), (16, 3)])
    def test_colour_is_that_of_the_deviation(self, defaults, colour):
        """Limits of the standard normal: 0, 0.8416, 1.6449."""
        assert metrics.traffic_lights([defaults], [1000], [0.01]).lights.index(1) == colour

    def test_ten_periods_are_refused(self):
        with pytest.raises(EvidenceError, match="there are 10 periods"):
            metrics.traffic_lights([1] * 10, [100] * 10, [0.01] * 10)


class TestPlutoTasche:
    """Pluto & Tasche (2011): three grades of 100, 400 and 300 customers; bounds in per cent of their tables 5.1 to 5.8."""

    CUSTOMERS = (100, 400, 300)

    @pytest.mark.parametrize(
        ("defaults", "published"),
        [
            (
                (0, 0, 0),
                [
                    (0.09, 0.17, 0.29, 0.37, 0.57, 0.86),
                    (0.10, 0.20, 0.33, 0.43, 0.66, 0.98),
                    (0.23, 0.46, 0.76, 0.99, 1.52, 2.28),
                ],
            ),
            (
                (0, 2, 1),  # the book prints 0.65 for the first grade at 75 %, which the closed form gives as 0.638
                [
                    (0.46, 0.64, 0.83, 0.97, 1.25, 1.62),
                    (0.52, 0.73, 0.95, 1.10, 1.43, 1.85),
                    (0.56, 0.90, 1.29, 1.57, 2.19, 3.04),
                ],
            ),
        ],
    )
    def test_independent_bounds_are_those_of_the_book(self, defaults, published):
        for column, level in enumerate(LEVELS):
            found = metrics.pluto_tasche(self.CUSTOMERS, defaults, level)
            assert found == pytest.approx([row[column] / 100 for row in published], abs=5.1e-5)

    @pytest.mark.parametrize(
        ("defaults", "computed"),
        [
            (
                (0, 0, 0),
                [
                    (0.00153, 0.00403, 0.00864, 0.0131, 0.02656, 0.05293),
                    (0.00173, 0.00451, 0.00962, 0.01452, 0.0292, 0.05765),
                    (0.0037, 0.00925, 0.01891, 0.0278, 0.05303, 0.09843),
                ],
            ),
            (
                (0, 2, 1),
                [
                    (0.00711, 0.01415, 0.02491, 0.03412, 0.05876, 0.10075),
                    (0.00801, 0.01581, 0.02762, 0.03765, 0.06427, 0.10912),
                    (0.00835, 0.01754, 0.03181, 0.04408, 0.07671, 0.13133),
                ],
            ),
        ],
    )
    def test_correlated_bounds(self, defaults, computed):
        """Asset correlation 12 %; the book's tables lie within 1.2e-4."""
        for column, level in enumerate(LEVELS):
            found = metrics.pluto_tasche(self.CUSTOMERS, defaults, level, 0.12)
            assert found == pytest.approx([row[column] for row in computed], abs=1e-5)

    def test_no_default_has_a_closed_form(self):
        assert metrics.upper_bound(0, 300, 0.9) == pytest.approx(1 - 0.1 ** (1 / 300), abs=1e-12)

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(5, 200)), min_size=1, max_size=4), st.floats(0.05, 0.9))
    @unhurried
    def test_bounds_rise_with_confidence_and_from_grade_to_grade(self, grades, level):
        defaults, customers = zip(*grades, strict=True)
        low, high = (metrics.pluto_tasche(customers, defaults, each) for each in (level, level + 0.05))
        assert (high >= low).all()
        assert (np.diff(low) >= 0).all()

    def test_correlated_bounds_rise_with_confidence(self):
        found = [metrics.upper_bound(1, 250, level, 0.12) for level in LEVELS]
        assert found == sorted(found)

    def test_several_years_come_near_to_a_published_simulation(self):
        """A. Djurovic, slides on low-default portfolios: five years, correlation 0.12, memory 0.3, confidence 75 %; noise 0.03."""
        customers, defaults = (26, 122, 182, 123, 24, 14, 9), (0, 0, 0, 0, 1, 1, 2)
        found = metrics.pluto_tasche(
            customers, defaults, 0.75, economy=Economy(years=5, correlation=0.12, memory=0.3, draws=4000)
        )
        assert found == pytest.approx([0.0038, 0.0040, 0.0053, 0.0103, 0.034, 0.055, 0.104], rel=0.06)

    def test_one_year_of_the_simulation_is_the_integral(self):
        found = metrics.pluto_tasche([300], [1], 0.9, economy=Economy(years=1, correlation=0.12, memory=0.3))
        assert found[0] == pytest.approx(metrics.upper_bound(1, 300, 0.9, 0.12), rel=0.03)

    def test_where_all_default_the_bound_is_certainty(self):
        assert metrics.upper_bound(5, 5, 0.9) == metrics.upper_bound(0, 0, 0.9) == 1.0

    @pytest.mark.parametrize(("defaults", "customers", "level"), [(3, 2, 0.9), (0, 10, 1.0), (0, 10, 90)])
    def test_impossible_numbers_are_refused(self, defaults, customers, level):
        with pytest.raises(DataError, match="expected 0 <= defaults"):
            metrics.upper_bound(defaults, customers, level)


class TestPower:
    @given(st.integers(30, 3000), st.floats(0.005, 0.3))
    @unhurried
    def test_the_detectable_rate_is_found_four_times_in_five(self, customers, pd):
        """The power by scipy.stats.binom at the critical number."""
        rate = metrics.detectable_rate(customers, pd)
        assert rate > pd
        critical = metrics.critical_defaults(customers, pd)
        assert stats.binom.sf(critical - 1, customers, rate) == pytest.approx(0.8, abs=1e-9)
        assert metrics.rate_power(customers, pd, rate) == pytest.approx(0.8, abs=1e-9)

    def test_correlation_hides_what_independence_would_show(self):
        alone, together = (metrics.detectable_rate(1000, 0.02, correlation=correlation) for correlation in (0.0, 0.05))
        assert together > 1.5 * alone
        assert metrics.rate_power(1000, 0.02, together, correlation=0.05) == pytest.approx(0.8, abs=1e-6)

    def test_where_nothing_could_refuse_the_pd_nothing_is_detectable(self):
        assert metrics.detectable_rate(2, 0.5) is None
        assert metrics.rate_power(2, 0.5, 0.9) == 0.0

    def test_normal_reach_is_that_of_textbooks(self):
        """1.6449 + 0.8416 and 1.9600 + 0.8416."""
        assert metrics.detectable(1.0) == pytest.approx(2.4865, abs=1e-4)
        assert metrics.detectable(1.0, sides=2) == pytest.approx(2.8016, abs=1e-4)

    @pytest.mark.parametrize(
        ("auc", "error"), [(0.731368563685637, 0.0512481), (0.823678861788618, 0.0438387), (0.611957994579946, 0.0561091)]
    )
    def test_hanley_mcneil_error(self, auc, error):
        assert metrics.hanley_mcneil(auc, 72, 41) ** 0.5 == pytest.approx(error, abs=1e-7)

    def test_the_detectable_fall_of_an_auc_is_found_at_least_four_times_in_five(self):
        """1,000 samples of normal scores whose AUC has fallen by so much; Hanley and McNeil's variance is a cautious one there."""
        goods, bads, initial = 400, 80, 0.78
        fall = metrics.detectable_auc(initial, goods, bads)
        random, shift = np.random.default_rng(8), np.sqrt(2) * stats.norm.ppf(initial - fall)
        bad, found = np.repeat([0, 1], [goods, bads]), 0
        for _ in range(1000):
            estimate = metrics.delong(bad, random.normal(bad * shift, 1.0))
            found += (initial - estimate.auc) / estimate.variance**0.5 > stats.norm.ppf(0.95)
        assert 0.78 < found / 1000 < 0.9

    def test_paired_difference_shrinks_with_the_correlation(self):
        apart, alike = (metrics.detectable_pair(1e-4, 1e-4, correlation) for correlation in (0.0, 0.9))
        assert apart == pytest.approx(2.8016 * 2e-4**0.5, abs=1e-5)
        assert alike == pytest.approx(apart * 0.1**0.5, abs=1e-9)

    @pytest.mark.parametrize("df", [1, 5, 10])
    def test_noncentral_chi_square_has_the_power(self, df):
        assert stats.ncx2.sf(stats.chi2.ppf(0.95, df), df, metrics.noncentral(df)) == pytest.approx(0.8, abs=1e-8)

    def test_an_impossible_auc_is_refused(self):
        with pytest.raises(DataError, match="expected an AUC"):
            metrics.hanley_mcneil(75, 100, 100)


class TestDetectableLights:
    def test_the_detectable_excess_is_found_four_times_in_five(self):
        """2,000 histories of five years with the excess; two standard errors are 1.8 percentage points."""
        excess = metrics.detectable_lights([2000] * 5, [0.02] * 5)
        random = np.random.default_rng(6)
        defaults = random.binomial(2000, 0.02 * (1 + excess), (2000, 5))
        critical = metrics.critical_lights(5)
        found = [metrics.traffic_lights(years, [2000] * 5, [0.02] * 5).value <= critical for years in defaults]
        assert np.mean(found) == pytest.approx(0.8, abs=0.03)

    def test_one_year_detects_nothing(self):
        assert metrics.detectable_lights([2000], [0.02]) is None
