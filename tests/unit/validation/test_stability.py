from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from scorecard.messages import LANGUAGES, render
from scorecard.results import Reading, Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Scored
from scorecard.validation.stability import concentration, csi_test, each_concentration, multinomial, points_shift, psi_test

LIMITS = Thresholds()
EVEN = np.full(10, 100)
MOVED = np.array([8, 9, 10, 11, 12, 12, 11, 10, 9, 8]) * 10
INITIAL = np.array([13, 14, 23, 20, 11, 10, 9]) * 10  # A. Djurovic, slides on the ECB's Herfindahl test


def test_psi_stands_with_its_critical_value():
    """PSI 0.0202320182 by hand; 1000 rows on both sides in ten bands: 0.0338379552 (Python package psi-inference 0.1.0)."""
    result = psi_test(EVEN, MOVED, "test", LIMITS)
    assert result.statistic == pytest.approx(0.0202320182335696, abs=1e-10)
    assert result.reading.values["critical"] == pytest.approx(0.0338379552092409, abs=1e-9)
    assert result.p_value == pytest.approx(stats.chi2.sf(result.statistic * 500, 9), abs=1e-12)


@pytest.mark.parametrize(
    ("reference", "current", "verdict", "key"),
    [
        ([500, 500], [510, 490], Verdict.GREEN, "reading.psi_stable"),
        ([50_000, 50_000], [51_000, 49_000], Verdict.GREEN, "reading.psi_small"),
        ([500, 500], [680, 320], Verdict.AMBER, "reading.psi_shifted"),
        ([500, 500], [800, 200], Verdict.RED, "reading.psi_shifted"),
        (np.tile([20, 10], 10), np.tile([17, 13], 10), Verdict.GREEN, "reading.psi_chance"),
    ],
)
def test_psi_counts_only_where_it_is_large_and_beyond_chance(reference, current, verdict, key):
    limits = Thresholds(psi_amber=0.03) if key == "reading.psi_chance" else LIMITS
    result = psi_test(reference, current, "test", limits)
    assert (result.verdict, result.reading.key) == (verdict, key)


def test_psi_beyond_the_red_limit_is_amber_between_the_two_critical_values():
    """160 rows on both sides in four classes: chance reaches 0.098 in one case of twenty, 0.142 in one of a hundred."""
    result = psi_test([40, 40, 40, 40], [57, 30, 22, 51], "test", Thresholds(psi_red=0.11))
    assert result.reading.values["critical"] == pytest.approx(stats.chi2.ppf(0.95, 3) / 80, abs=1e-12)
    assert result.reading.values["critical_red"] == pytest.approx(stats.chi2.ppf(0.99, 3) / 80, abs=1e-12)
    assert result.verdict is Verdict.AMBER


def test_ninety_nine_rows_are_too_few_for_a_verdict_but_give_a_figure():
    result = psi_test([500, 500], [50, 49], "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.few_rows")
    assert result.statistic is not None


def test_a_sample_that_could_not_show_a_large_shift_is_not_green():
    """100 rows on both sides in ten classes: chance reaches 0.34, beyond the red limit."""
    result = psi_test([10] * 10, [12, 8] * 5, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.psi_blind")


@pytest.mark.parametrize(
    ("reference", "current", "key"),
    [([5, 5], [0, 0], "no_rows"), ([0, 0], [5, 5], "no_rows"), ([900, 0], [900, 0], "one_class")],
)
def test_psi_that_cannot_be_computed(reference, current, key):
    result = psi_test(reference, current, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, f"reading.{key}")


@pytest.mark.parametrize(("reference", "current"), [([300, 400, 299], [101, 57, 33]), ([700, 200, 90], [130, 41, 29])])
def test_bins_of_equal_points_do_not_shift(reference, current):
    """Shares of 1 only but for rounding times 17.3 points are no shift."""
    result = points_shift([*reference, 0], [*current, 0], [17.3, 17.3, 17.3, 40.0], "test: age", LIMITS)
    assert (result.statistic, result.verdict, result.p_value, result.effect) == (0.0, Verdict.GREEN, 1.0, None)


def test_empty_classes_do_not_raise_the_critical_value():
    padded = psi_test([500, 0, 500], [510, 0, 490], "test", LIMITS)
    assert padded == psi_test([500, 500], [510, 490], "test", LIMITS)


def test_csi_is_the_psi_of_a_characteristic():
    csi, psi = (test(EVEN, MOVED, "test: age", LIMITS) for test in (csi_test, psi_test))
    assert (csi.code, csi.statistic, csi.verdict) == ("STA-02", psi.statistic, psi.verdict)


def test_shift_in_points_by_hand():
    """Shares move from (.5, .3, .2) to (.4, .3, .3): -0.1 x 10 + 0.1 x 40 = 3 points."""
    result = points_shift([500, 300, 200], [400, 300, 300], [10, 20, 40], "test: age", LIMITS)
    assert result.statistic == pytest.approx(3.0, abs=1e-12)


def test_shift_in_points_is_tested_like_two_means():
    """statsmodels' z-test of unequal variances; it divides by n - 1, hence the tolerance."""
    before, now, points = np.array([500, 300, 200]), np.array([400, 300, 300]), np.array([10, 20, 40])
    second = CompareMeans(DescrStatsW(np.repeat(points, now)), DescrStatsW(np.repeat(points, before)))
    result = points_shift(before, now, points, "test: age", LIMITS)
    assert result.p_value == pytest.approx(second.ztest_ind(usevar="unequal")[1], rel=0.02)
    assert result.interval == pytest.approx(second.zconfint_diff(usevar="unequal"), abs=1e-2)


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 99), st.integers(-50, 50)), min_size=2, max_size=5), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_shifts_of_all_characteristics_sum_to_that_of_the_mean_score(characteristics, random):
    """Rows drawn for both samples; score = sum of the points of each row's attributes."""
    rows = {"before": 60, "now": 40}
    scores, shifts = {name: np.zeros(n) for name, n in rows.items()}, []
    for attributes in characteristics:
        weights, points = zip(*attributes, strict=True)
        drawn = {name: np.array(random.choices(range(len(points)), weights, k=n)) for name, n in rows.items()}
        counted = [np.bincount(drawn[name], minlength=len(points)) for name in rows]
        shifts.append(points_shift(*counted, points, "test", LIMITS).statistic)
        for name in rows:
            scores[name] += np.array(points)[drawn[name]]
    assert sum(shifts) == pytest.approx(scores["now"].mean() - scores["before"].mean(), abs=1e-9)


def test_limits_of_the_shift_are_those_of_the_psi_for_normal_points():
    """Two normal distributions one third of a standard deviation apart have a PSI of one ninth: integrated on 4000 bins."""
    edges = np.linspace(-8, 8, 4001)
    before, now = (np.diff(stats.norm(mean).cdf(edges)) for mean in (0.0, 1 / 3))
    scale = 1e6
    limits = Thresholds(psi_amber=1 / 9)
    shift = points_shift(before * scale, now * scale, (edges[1:] + edges[:-1]) / 2, "test", limits)
    assert psi_test(before * scale + 1e-12, now * scale + 1e-12, "test", limits).statistic == pytest.approx(1 / 9, abs=1e-4)
    assert shift.statistic == pytest.approx(shift.threshold, abs=1e-4)


@pytest.mark.parametrize(
    ("current", "verdict", "key"),
    [
        ([505, 495], Verdict.GREEN, "reading.points_steady"),
        ([330, 670], Verdict.AMBER, "reading.points_safer"),
        ([200, 800], Verdict.RED, "reading.points_safer"),
        ([800, 200], Verdict.RED, "reading.points_riskier"),
    ],
)
def test_verdict_on_a_shift_in_points(current, verdict, key):
    result = points_shift([500, 500], current, [10, 30], "test: age", LIMITS)
    assert (result.verdict, result.reading.key) == (verdict, key)


def test_everybody_in_another_attribute_is_a_red_shift():
    result = points_shift([500, 0], [0, 500], [10, 30], "test: age", LIMITS)
    assert (result.verdict, result.statistic, result.p_value) == (Verdict.RED, 20.0, 0.0)


def test_everybody_in_the_same_attribute_is_no_shift():
    result = points_shift([500, 0], [300, 0], [10, 30], "test: age", LIMITS)
    assert (result.verdict, result.statistic, result.p_value) == (Verdict.GREEN, 0.0, 1.0)


def test_a_shift_on_few_rows_gives_a_figure_but_no_verdict():
    result = points_shift([500, 500], [20, 79], [10, 30], "test: age", LIMITS)
    assert (result.verdict, result.statistic is None) == (Verdict.INSUFFICIENT_DATA, False)


def test_a_shift_without_rows_cannot_be_computed():
    assert points_shift([5, 5], [0, 0], [10, 30], "test: age", LIMITS).verdict is Verdict.NOT_COMPUTABLE


def test_concentration_is_the_test_of_the_ecb():
    """Published: index 0.057 to 1, p 0.2043, for everybody in one of seven grades."""
    result = concentration(INITIAL, [1000, 0, 0, 0, 0, 0, 0], "test", LIMITS)
    assert result.reading.values["initial"] == pytest.approx(0.056953069052385286, abs=1e-9)
    assert result.statistic == pytest.approx(1.0, abs=1e-9)
    assert result.p_value == pytest.approx(0.20426303097321719, abs=1e-9)


def test_concentration_of_a_slightly_changed_scale():
    result = concentration(INITIAL, np.array([13, 14, 24, 21, 11, 9, 8]) * 10, "test", LIMITS)
    assert result.statistic == pytest.approx(0.07342964299657695, abs=1e-9)
    assert result.p_value == pytest.approx(0.3507700027911036, abs=1e-9)
    assert result.verdict is Verdict.GREEN


def test_everybody_in_one_grade_is_not_green_though_the_test_has_no_power():
    assert concentration(INITIAL, [1000, 0, 0, 0, 0, 0, 0], "test", LIMITS).verdict is Verdict.AMBER


def test_concentration_that_both_signs_confirm_is_red():
    """Ten even grades; one grows to 46 %: CV^2 = 10 x 0.244 - 1, so p = 1 - Phi(3 / sqrt(0.5 + 1.44)) = 0.016."""
    result = concentration([100] * 10, [460] + [60] * 9, "test", LIMITS)
    assert result.p_value == pytest.approx(stats.norm.sf(3 / np.sqrt(0.5 + 1.44)), abs=1e-9)
    assert result.verdict is Verdict.RED


def test_a_trifling_step_from_an_even_spread_is_green_though_significant():
    result = concentration([100] * 10, [104, 96] + [100] * 8, "test", LIMITS)
    assert result.p_value < 0.001
    assert result.verdict is Verdict.GREEN


def test_an_even_spread_is_not_more_concentrated_than_anything():
    result = concentration(INITIAL, [100] * 7, "test", LIMITS)
    assert (result.p_value, result.verdict) == (1.0, Verdict.GREEN)


def test_concentration_on_few_rows_gives_a_figure_but_no_verdict():
    result = concentration(INITIAL, [90, 0, 0, 0, 0, 0, 0], "test", LIMITS)
    assert (result.verdict, result.statistic) == (Verdict.INSUFFICIENT_DATA, pytest.approx(1.0))


@pytest.mark.parametrize(("reference", "current", "key"), [([5, 5], [0, 0], "no_rows"), ([5], [5], "one_class")])
def test_concentration_that_cannot_be_computed(reference, current, key):
    result = concentration(reference, current, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, f"reading.{key}")


@pytest.mark.parametrize(("policy", "figure"), [("half", 1.2446), ("floor", 2.0594)])
def test_what_was_done_about_empty_classes_is_said(policy, figure):
    """1,000 even rows against (80, 70, 50, 0), by hand."""
    result = psi_test([250] * 4, [80, 70, 50, 0], "test", Thresholds(zero_cells=policy))
    assert result.statistic == pytest.approx(figure, abs=5e-5)
    assert result.reading.values["zero_cells"] == Reading(f"reading.zeros_{policy}", {"empty": 1, "floor": 1e-4})
    assert "one side only: 1" in render(result.reading)


def test_merged_classes_are_counted_once():
    result = psi_test([250] * 4, [80, 70, 50, 0], "test", Thresholds(zero_cells="merge"))
    assert result == replace(
        psi_test([250, 250, 500], [80, 70, 50], "test", LIMITS), reading=result.reading
    )  # the reading says that a class was joined
    assert result.reading.values["classes"] == 3


def test_nothing_is_said_where_no_class_is_empty():
    assert psi_test(EVEN, MOVED, "test", LIMITS).reading.values["zero_cells"] == ""


def test_jensen_shannon_stands_beside_the_psi():
    """0.0932346 nats with the half counts, by hand."""
    result = psi_test([250] * 4, [80, 70, 50, 0], "test", LIMITS)
    assert result.reading.values["jensen_shannon"] == pytest.approx(0.0932346, abs=5e-8)


def test_development_a_hundred_times_as_large_is_taken_as_known():
    result = psi_test(np.full(10, 10_000), np.full(10, 100), "test", LIMITS)
    assert result.reading.values["critical"] == pytest.approx(stats.chi2.ppf(0.95, 9) / 1000, abs=1e-12)
    smaller = psi_test(np.full(10, 9_999), np.full(10, 100), "test", LIMITS)
    assert smaller.reading.values["critical"] > result.reading.values["critical"]


def test_a_psi_says_what_it_could_have_seen():
    """scipy's noncentral chi-square: found four times in five."""
    result = psi_test(EVEN, MOVED, "test", LIMITS)
    assert stats.ncx2.sf(stats.chi2.ppf(0.95, 9), 9, result.detectable * 500) == pytest.approx(0.8, abs=1e-6)


def test_a_shift_in_points_says_what_it_could_have_seen():
    result = points_shift([500, 500], [510, 490], [10, 30], "test", LIMITS)
    error = (result.interval[1] - result.statistic) / stats.norm.ppf(0.975)
    assert stats.norm.sf(stats.norm.ppf(0.975) - result.detectable / error) == pytest.approx(0.8, abs=1e-3)


def test_concentration_by_drawing_customers_anew():
    """A. Djurovic's slides: p = .047 with the initial grades taken as known and .146 with both drawn, of 1,000 customers."""
    result = multinomial(INITIAL, np.array([13, 14, 24, 21, 11, 9, 8]) * 10, "test", LIMITS)
    assert result.reading.values["p_fixed"] == pytest.approx(0.047, abs=0.01)
    assert result.p_value == pytest.approx(0.146, abs=0.015)
    assert result.statistic == pytest.approx(0.07342964299657695 - 0.056953069052385286, abs=1e-9)
    assert result.verdict is Verdict.GREEN


def test_drawing_customers_has_the_power_that_the_test_of_the_ecb_lacks():
    everybody = multinomial(INITIAL, [1000, 0, 0, 0, 0, 0, 0], "test", LIMITS)
    assert (everybody.verdict, everybody.reading.key) == (Verdict.RED, "reading.concentration_failed")


def test_a_rise_that_can_be_detected_but_does_not_matter_is_green():
    result = multinomial(INITIAL * 100, np.array([13, 14, 24, 21, 11, 9, 8]) * 1000, "test", LIMITS)
    assert result.p_value < 0.01
    assert result.verdict is Verdict.GREEN


def test_a_rise_that_matters_is_green_where_chance_explains_it():
    result = multinomial(
        INITIAL // 10, [13, 14, 26, 22, 10, 8, 7], "test", Thresholds(concentration_amber=0.02, concentration_red=0.5)
    )
    assert (result.verdict, result.reading.key) == (Verdict.GREEN, "reading.concentration_chance")


def test_a_detectable_rise_is_found_four_times_in_five():
    """The index is nearly normal: its standard error by drawing 4,000 times is the delta method's."""
    result = multinomial(INITIAL, INITIAL, "test", LIMITS)
    error = (result.interval[1] - result.interval[0]) / 2 / stats.norm.ppf(0.975)
    assert result.detectable == pytest.approx((stats.norm.ppf(0.95) + stats.norm.ppf(0.8)) * error, rel=0.05)


def test_draws_are_those_of_the_seed():
    first, again, other = (multinomial(INITIAL, [130, 140, 240, 210, 110, 90, 80], "test", LIMITS, seed) for seed in (1, 1, 2))
    assert first == again
    assert first.p_value != other.p_value


@pytest.mark.parametrize(("reference", "current", "verdict"), [
    ([5, 5], [0, 0], Verdict.NOT_COMPUTABLE), ([5], [5], Verdict.NOT_COMPUTABLE), ([500, 500], [90, 0], Verdict.INSUFFICIENT_DATA)
])  # fmt: skip
def test_concentration_of_few_or_no_customers_is_never_green(reference, current, verdict):
    assert multinomial(reference, current, "test", LIMITS).verdict is verdict


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_can_be_rendered(language):
    currents = [[510, 490], [680, 320], [900, 100], [50, 49], [0, 0]]
    results = [test([500, 500], current, "test", LIMITS) for test in (psi_test, concentration) for current in currents]
    results += [points_shift([500, 500], current, [10, 30], "test", LIMITS) for current in ([505, 495], [200, 800], [800, 200])]
    results += [psi_test([50_000, 50_000], [51_000, 49_000], "test", LIMITS), psi_test([10] * 10, [12, 8] * 5, "test", LIMITS)]
    results += [psi_test(EVEN // 5, MOVED // 5, "test", Thresholds(psi_amber=0.01)), psi_test([9, 0], [9, 0], "test", LIMITS)]
    results += [psi_test([250] * 4, [80, 70, 50, 0], "test", Thresholds(zero_cells=each)) for each in ("half", "merge", "floor")]
    results += [multinomial(INITIAL, current, "test", LIMITS) for current in (INITIAL, [1000, 0, 0, 0, 0, 0, 0])]
    assert all("{" not in render(result.reading, language) for result in results)


def exposed(money, grade):
    """Evidence of a test sample with this money in these grades, development alike."""
    grade = np.asarray(grade)
    part = Scored(None, -grade.astype(float), np.full(grade.size, 0.1), grade, exposure=np.asarray(money, dtype=float))
    start = replace(part, bad=np.zeros(grade.size, dtype=int), exposure=None)
    table = DataFrame({"characteristic": ["a"], "attribute": ["x"], "points": [1.0], "development": [1], "test": [1]})
    return Evidence({"development": start, "test": part}, ("A", "B", "C"), table, LIMITS)


def test_concentration_of_exposure_has_an_index_of_its_own():
    """Customers spread evenly, the money of A ten times that of the others: shares 10/12 and 1/12 twice; HI by the ECB's formula."""
    customers, money = each_concentration(exposed(np.tile([10.0, 1.0, 1.0], 100), np.tile([0, 1, 2], 100)))
    shares = np.array([10, 1, 1]) / 12
    variation = 3 * ((shares - 1 / 3) ** 2).sum()
    assert (customers.scope, customers.verdict, money.scope, money.verdict) == (
        "test",
        Verdict.GREEN,
        "test: exposure",
        Verdict.AMBER,
    )
    assert money.statistic == pytest.approx(1 + np.log((variation + 1) / 3) / np.log(3), abs=1e-12)
    assert (money.p_value, money.reading.values["largest"]) == (None, pytest.approx(10 / 12))


def test_credit_balances_and_unknown_exposures_are_nothing_at_risk():
    money = np.concatenate([np.tile([1.0, 1.0, 1.0], 100), [-50.0, np.nan]])
    found = each_concentration(exposed(money, [*np.tile([0, 1, 2], 100), 0, 1]))[1]
    assert found.reading.values["largest"] == pytest.approx(1 / 3)
    none = each_concentration(exposed(np.zeros(300), np.tile([0, 1, 2], 100)))[1]
    few = each_concentration(exposed(np.ones(30), np.tile([0, 1, 2], 10)))[1]
    assert (none.verdict, few.verdict) == (Verdict.NOT_COMPUTABLE, Verdict.INSUFFICIENT_DATA)
    assert all("{" not in render(result.reading, language) for result in (found, none, few) for language in LANGUAGES)
