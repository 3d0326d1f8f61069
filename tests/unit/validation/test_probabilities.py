"""aSAH: Turck et al. (2010), as shipped with pROC (Robin et al. 2011); reference values from R rms::val.prob 6.5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Scored
from scorecard.validation.calibration import hosmer_lemeshow
from scorecard.validation.probabilities import brier_skill, calibration_slope, customer_fit, spiegelhalter

ASAH = np.genfromtxt(Path(__file__).parents[1] / "asah.csv", delimiter=",", names=True, skip_header=1)
BAD = ASAH["bad"].astype(int)
LIMITS = Thresholds()

N = np.array([47, 95, 68, 53, 37])
D = np.array([3, 20, 17, 24, 28])
PD = np.array([0.0307, 0.1161, 0.2907, 0.5514, 0.7648])
GRADED_BAD = np.concatenate([np.repeat([0, 1], [n - d, d]) for n, d in zip(N, D, strict=True)])
GRADED_PD = np.repeat(PD, N)

TESTS = [spiegelhalter, brier_skill, calibration_slope]


def ladder(bad, pd):
    """The ladder of rows with these outcomes and PDs."""
    return Scored(bad, -pd, pd, np.zeros(pd.size, dtype=int)).by_pd


def bent(pd, intercept, slope):
    """PDs whose logits are moved to intercept + slope * logit."""
    return 1 / (1 + np.exp(-intercept - slope * np.log(pd / (1 - pd))))


@pytest.fixture(scope="module")
def fitted():
    """PDs of the logistic regression of the outcome on s100b and ndka."""
    design = sm.add_constant(np.column_stack([ASAH["s100b"], ASAH["ndka"]]))
    return sm.Logit(BAD, design).fit(disp=0).predict(design)


@pytest.fixture(scope="module")
def shrunk(fitted):
    return bent(fitted, -0.3, 0.7)


@pytest.fixture(scope="module")
def portfolio():
    """40,000 customers whose outcomes follow their PDs: mean 12 %, from 1 % to 70 %."""
    random = np.random.default_rng(7)
    pd = bent(np.full(40_000, 0.5), random.normal(-2.4, 1.0, 40_000), 0)
    return (random.random(pd.size) < pd).astype(int), pd


@pytest.mark.parametrize("test", TESTS)
def test_nineteen_bads_are_too_few_for_a_verdict(test):
    result = test(ladder(np.array([1] * 19 + [0] * 50), np.linspace(0.1, 0.9, 69)), "test", LIMITS)
    assert (result.verdict, result.statistic) == (Verdict.INSUFFICIENT_DATA, None)


@pytest.mark.parametrize("test", TESTS)
def test_true_pds_are_green(test, portfolio):
    assert test(ladder(*portfolio), "test", LIMITS).verdict is Verdict.GREEN


@pytest.mark.parametrize("test", TESTS[::2])
@pytest.mark.parametrize(("intercept", "slope"), [(-0.5, 1.0), (0.0, 1.5), (0.0, 0.6)])
def test_pds_far_from_the_truth_are_red(test, portfolio, intercept, slope):
    bad, pd = portfolio
    assert test(ladder(bad, bent(pd, intercept, slope)), "test", LIMITS).verdict is Verdict.RED


@pytest.mark.parametrize("test", TESTS[::2])
def test_a_tiny_deviation_on_a_huge_sample_is_amber_at_most(test, portfolio):
    bad, pd = (np.tile(part, 25) for part in portfolio)
    result = test(ladder(bad, bent(pd, -0.04, 1.0)), "test", LIMITS)
    assert result.p_value < LIMITS.jeffreys_red
    assert result.verdict is Verdict.AMBER


def test_spiegelhalter_of_asah(fitted, shrunk):
    """rms::val.prob: Z -0.515792533, p 0.605999319 for the shrunk PDs; 0.150156723 for the fitted ones."""
    result = spiegelhalter(ladder(BAD, shrunk), "test", LIMITS)
    assert (result.statistic, result.p_value) == (pytest.approx(-0.515792533, abs=1e-6), pytest.approx(0.605999319, abs=1e-6))
    assert spiegelhalter(ladder(BAD, fitted), "test", LIMITS).statistic == pytest.approx(0.150156723, abs=1e-6)


def test_spiegelhalter_by_rows_is_that_by_grades():
    """From counts: the sum of D (1 - 2p)(1 - p) - (N - D)(1 - 2p) p over the root of its variance."""
    top = (D * (1 - 2 * PD) * (1 - PD) - (N - D) * (1 - 2 * PD) * PD).sum()
    by_grades = top / np.sqrt((N * (1 - 2 * PD) ** 2 * PD * (1 - PD)).sum())
    result = spiegelhalter(ladder(GRADED_BAD, GRADED_PD), "test", LIMITS)
    assert result.statistic == pytest.approx(2.3311542498, abs=1e-9)
    assert result.statistic == pytest.approx(by_grades, abs=1e-12)


def test_spiegelhalter_of_even_odds_cannot_be_computed():
    result = spiegelhalter(ladder(np.tile([0, 1], 30), np.full(60, 0.5)), "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, "reading.no_spread")


def test_brier_score_and_skill_of_five_grades():
    """Brier score and 1 - score / 0.2126222222, by Murphy's parts."""
    result = brier_skill(ladder(GRADED_BAD, GRADED_PD), "test", LIMITS)
    assert result.reading.values["brier"] == pytest.approx(0.1760649722, abs=1e-10)
    assert result.statistic == pytest.approx(0.1719352269, abs=1e-9)


def test_interval_of_the_skill_covers_what_resampling_gives(portfolio):
    """Bootstrap of 500 resamples of 4000 rows, the reference rate taken anew each time."""
    bad, pd = (part[:4000] for part in portfolio)
    random = np.random.default_rng(3)
    rows = (random.integers(0, bad.size, bad.size) for _ in range(500))
    skills = [1 - ((bad[row] - pd[row]) ** 2).mean() / bad[row].var() for row in rows]
    low, high = brier_skill(ladder(bad, pd), "test", LIMITS).interval
    assert (low, high) == pytest.approx(np.quantile(skills, [0.025, 0.975]), abs=0.1 * (high - low))


def test_pds_worse_than_one_for_everyone_are_red(portfolio):
    bad, pd = portfolio
    result = brier_skill(ladder(bad, pd[::-1]), "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.RED, "reading.brier_worse")


def test_one_pd_for_everyone_has_no_skill():
    result = brier_skill(ladder(np.tile([0, 0, 1], 30), np.full(90, 1 / 3)), "test", LIMITS)
    assert (result.verdict, result.statistic) == (Verdict.RED, pytest.approx(0.0, abs=1e-12))


def test_skill_within_chance_is_amber():
    bad = np.tile([0, 0, 1], 30)
    result = brier_skill(ladder(bad, 1 / 3 + 0.1 * np.sin(np.arange(90))), "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.AMBER, "reading.brier_alike")


def test_slope_undoes_a_known_line(shrunk):
    """Algebra: 10/7 and 3/7; LR 2.2071586832 (rms), p by scipy.stats.chi2 with 2 degrees of freedom."""
    result = calibration_slope(ladder(BAD, shrunk), "test", LIMITS)
    assert result.statistic == pytest.approx(10 / 7, abs=1e-6)
    assert result.reading.values["intercept"] == pytest.approx(3 / 7, abs=1e-6)
    assert result.reading.values["large"] == pytest.approx(0.12102541, abs=1e-6)
    assert result.p_value == pytest.approx(stats.chi2.sf(2.2071586832, 2), abs=1e-7)


def test_slope_interval_is_that_of_statsmodels(shrunk):
    fit = sm.Logit(BAD, sm.add_constant(np.log(shrunk / (1 - shrunk)))).fit(disp=0)
    assert calibration_slope(ladder(BAD, shrunk), "test", LIMITS).interval == pytest.approx(fit.conf_int()[1], abs=1e-6)


def test_effect_is_the_mean_move_to_the_line(shrunk, fitted):
    """The line leads back to the fitted PDs."""
    result = calibration_slope(ladder(BAD, shrunk), "test", LIMITS)
    assert result.effect == pytest.approx(np.abs(fitted - shrunk).mean() / shrunk.mean(), abs=1e-6)


@pytest.mark.parametrize(
    ("intercept", "slope", "key"),
    [(-0.5, 1.0, "reading.slope_level"), (0.0, 1.5, "reading.slope_extreme"), (0.0, 0.6, "reading.slope_timid")],
)
def test_reading_tells_what_is_wrong_with_the_line(portfolio, intercept, slope, key):
    bad, pd = portfolio
    assert calibration_slope(ladder(bad, bent(pd, intercept, slope)), "test", LIMITS).reading.key == key


def test_slope_of_equal_pds_cannot_be_computed():
    result = calibration_slope(ladder(np.tile([0, 1], 30), np.full(60, 0.5)), "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, "reading.no_slope")


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_can_be_rendered(language, portfolio):
    bad, pd = portfolio
    pds = [pd, bent(pd, -0.5, 1.0), bent(pd, 0.0, 1.5), bent(pd, 0.0, 0.6), np.full(pd.size, 0.5), pd[::-1]]
    results = [test(ladder(bad, one), "test", LIMITS) for test in TESTS for one in pds]
    results += [brier_skill(ladder(np.tile([0, 0, 1], 30), 1 / 3 + 0.1 * np.sin(np.arange(90))), "test", LIMITS)]
    assert all("{" not in render(result.reading, language) for result in results)


class TestCustomerFit:
    def test_asah_in_ten_groups_is_that_of_r_with_a_degree_of_freedom_a_group(self, fitted):
        """R ResourceSelection::hoslem.test 0.3-6: 6.798101521; its p-value takes off two degrees for PDs fitted on these rows."""
        result = customer_fit(ladder(BAD, fitted), "test", LIMITS)
        assert result.statistic == pytest.approx(6.798101521, abs=1e-6)
        assert result.p_value == pytest.approx(stats.chi2.sf(6.798101521, 10), abs=1e-6)
        assert (result.verdict, result.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.groups_sparse")

    def test_true_pds_are_green(self, portfolio):
        assert customer_fit(ladder(*portfolio), "test", LIMITS).verdict is Verdict.GREEN

    def test_pds_at_the_wrong_level_are_red(self, portfolio):
        bad, pd = portfolio
        result = customer_fit(ladder(bad, bent(pd, -0.5, 1.0)), "test", LIMITS)
        assert (result.verdict, result.reading.key) == (Verdict.RED, "reading.groups_misfit")

    def test_nineteen_bads_are_too_few(self):
        few = ladder(np.array([1] * 19 + [0] * 50), np.linspace(0.1, 0.9, 69))
        assert customer_fit(few, "test", LIMITS).verdict is Verdict.INSUFFICIENT_DATA

    def test_a_certainty_that_failed_cannot_be_computed(self):
        result = customer_fit(ladder(np.tile([0, 1], 30), np.repeat([0.4, 0.6, 1.0], 20)), "test", LIMITS)
        assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, "reading.groups_certain")

    def test_certain_pds_that_come_true_leave_nothing_that_could_have_been_found(self):
        """A cut between a sure good and a sure bad: no group's rate can miss its PD."""
        bad = np.repeat([0, 1], 500)
        result = customer_fit(ladder(bad, bad.astype(float)), "test", LIMITS)
        assert (result.statistic, result.detectable) == (0.0, None)

    def test_one_pd_for_everyone_is_one_group(self):
        result = customer_fit(ladder(np.tile([0, 0, 1], 100), np.full(300, 1 / 3)), "test", LIMITS)
        assert (result.reading.values["groups"], result.verdict) == (1, Verdict.GREEN)

    def test_readings_can_be_rendered(self, portfolio, fitted):
        bad, pd = portfolio
        ladders = [ladder(bad, pd), ladder(bad, bent(pd, -0.5, 1.0)), ladder(BAD, fitted)]
        ladders += [ladder(np.tile([0, 1], 30), np.repeat([0.4, 0.6, 1.0], 20))]
        results = [customer_fit(one, "test", LIMITS) for one in ladders]
        assert all("{" not in render(result.reading, language) for result in results for language in LANGUAGES)


def test_parts_of_the_brier_score_stand_in_its_reading(portfolio):
    values = brier_skill(ladder(*portfolio), "test", LIMITS).reading.values
    assert values["brier"] == pytest.approx(values["miscalibration"] - values["discrimination"] + values["base"], abs=1e-12)


@pytest.mark.parametrize("test", [spiegelhalter, brier_skill])
def test_weighted_rows_are_tested_at_their_effective_number(test, portfolio):
    """Every row twice as two rows would halve the variance; twice by a weight of 2 must not."""
    bad, pd = (part[:4000] for part in portfolio)
    plain = test(ladder(bad, pd), "test", LIMITS)
    heavy = test(Scored(bad, -pd, pd, np.zeros(pd.size, dtype=int), np.full(pd.size, 2.0)).by_pd, "test", LIMITS)
    assert (heavy.statistic, heavy.p_value) == pytest.approx((plain.statistic, plain.p_value), rel=1e-9)


def test_meliora_hosmer_lemeshow_of_three_ratings():
    """The package meliora's own test: 5.644443952 with three degrees of freedom, p 0.130250037; its PDs to six digits."""
    customers, defaults, pds = (
        np.array([406, 480, 114]),
        np.array([55, 41, 10]),
        np.array([0.103429, 0.099524, 0.095719]),
    )
    result = hosmer_lemeshow(defaults, customers, pds, "test", LIMITS)
    assert (result.statistic, result.p_value) == (pytest.approx(5.644443952, abs=1e-4), pytest.approx(0.130250037, abs=1e-5))
