"""aSAH: Turck et al. (2010), as shipped with the R package pROC (Robin et al. 2011); H-measures of R's hmeasure 1.0-2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scorecard import metrics
from scorecard.messages import LANGUAGES, render
from scorecard.metrics import Association, HMeasure
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Scored
from scorecard.validation.curves import association, cap_test, h_of, h_test, lift_test, somers_test

ASAH = np.genfromtxt(Path(__file__).parents[1] / "asah.csv", delimiter=",", names=True, skip_header=1)
BAD = ASAH["bad"].astype(int)
LIMITS = Thresholds()


def ladder(bad, score, weight=None):
    return Scored(bad, score, np.full(score.size, 0.5), np.zeros(score.size, dtype=int), weight).ladder


S100B, WFNS = ladder(BAD, -ASAH["s100b"]), ladder(BAD, -ASAH["wfns"])
FEW = ladder(np.array([1] * 19 + [0] * 50), np.arange(69.0))
FLAT, PERFECT = ladder(np.tile([1, 0], 30), np.zeros(60)), ladder(np.tile([1, 0], 30), np.tile([0.0, 1.0], 30))


def normal(shift, goods=4000, bads=400, decimals=1):
    """Scores at the quantiles of two normal distributions; AUC = Phi(shift / sqrt 2)."""
    parts = [stats.norm.ppf((np.arange(n) + 0.5) / n) for n in (goods, bads)]
    return ladder(np.repeat([0, 1], [goods, bads]), np.concatenate([parts[0] + shift, parts[1]]).round(decimals))


TESTS = [
    lambda one, limits=LIMITS: cap_test(one, "test", limits),
    lambda one, limits=LIMITS: h_test(HMeasure(0.3, 0.0, 0.5), one, "test", limits),
    lambda one, limits=LIMITS: somers_test(Association(0.5, 0.75, 0.01), one, "test", limits),
    lambda one, limits=LIMITS: lift_test(one, 0.4, "test", limits),
]


@pytest.mark.parametrize("test", TESTS)
def test_nineteen_bads_are_too_few_for_a_verdict(test):
    result = test(FEW)
    assert (result.verdict, result.statistic) == (Verdict.INSUFFICIENT_DATA, None)


def test_accuracy_ratio_of_asah_is_the_gini():
    result = cap_test(S100B, "test", LIMITS)
    assert result.statistic == pytest.approx(0.4627371273712737, abs=1e-12)
    assert result.interval == pytest.approx((2 * 0.6192169390 - 1, 2 * 0.8200857499 - 1), abs=1e-9)
    assert result.reading.values["area"] == pytest.approx(metrics.cap_area(BAD, ASAH["s100b"]), abs=1e-12)


def test_a_perfect_model_catches_every_bad_among_as_many_customers():
    result = cap_test(PERFECT, "test", LIMITS)
    assert result.reading.values["caught"] == pytest.approx(1.0)
    assert (result.verdict, result.interval) == (Verdict.AMBER, None)


@pytest.mark.parametrize(("amber", "verdict"), [(0.7, Verdict.GREEN), (0.75, Verdict.AMBER)])
def test_accuracy_ratio_is_judged_by_the_limits_of_the_auc(amber, verdict):
    assert cap_test(S100B, "test", Thresholds(auc_amber=amber)).verdict is verdict


def test_h_measure_is_that_of_r_with_a_bootstrap_interval_around_it():
    result = h_test(HMeasure(0.3, 0.0, 0.5), S100B, "test", LIMITS)
    low, high = result.interval
    assert result.statistic == pytest.approx(0.295354871031, abs=1e-10)
    assert low < result.statistic < high
    assert high - low == pytest.approx(4 * 0.074, rel=0.2)


def test_severity_ratio_is_a_limit_of_the_bank():
    limits = Thresholds(severity_ratio=0.1)
    result = h_test(h_of(S100B, limits), S100B, "test", limits)
    assert result.statistic == pytest.approx(0.1448855980178, abs=1e-10)
    assert (result.effect, result.reading.values["ratio"]) == (0.0, 0.1)


@pytest.mark.parametrize(
    ("initial", "verdict", "key"),
    [
        (0.30, Verdict.RED, "reading.h_loss"),
        (0.24, Verdict.AMBER, "reading.h_loss"),
        (0.216, Verdict.GREEN, "reading.h_small"),
        (0.19, Verdict.GREEN, "reading.h_none"),
    ],
)
def test_h_measure_is_judged_by_how_far_and_how_surely_it_fell(initial, verdict, key):
    """Normal scores with an AUC of 0.75 and a tenth of bads have an H of 0.196; 4,000 bads make its error 0.006."""
    result = h_test(HMeasure(initial, 0.0, 0.1), normal(0.9539, 40_000, 4000), "test", LIMITS)
    assert result.statistic == pytest.approx(0.1957, abs=0.002)
    assert (result.verdict, result.reading.key) == (verdict, key)


def test_fall_of_the_h_measure_in_a_small_sample_can_be_chance():
    """113 patients would not have shown a fall by the red limit of 0.07, so its absence is no answer."""
    initial = HMeasure(0.36, 0.0, 0.5)
    assert h_test(initial, S100B, "test", LIMITS).verdict is Verdict.INSUFFICIENT_DATA
    result = h_test(initial, S100B, "test", Thresholds(h_drop_red=0.3))
    assert (result.verdict, result.reading.key) == (Verdict.GREEN, "reading.h_chance")


def test_fall_of_somers_d_that_a_small_sample_could_not_show_is_no_pass():
    wide = Thresholds(auc_drop_red=0.3)
    found = [somers_test(Association(0.7, 0.85, 0.01), WFNS, "test", limits) for limits in (LIMITS, wide)]
    assert [result.verdict for result in found] == [Verdict.INSUFFICIENT_DATA, Verdict.GREEN]


def test_limits_of_the_h_measure_are_those_of_the_auc_for_normal_scores():
    """AUC 0.75, 0.73 and 0.70."""
    values = [h_of(normal(np.sqrt(2) * stats.norm.ppf(area), decimals=2), LIMITS).h for area in (0.75, 0.73, 0.70)]
    assert values[0] - values[1] == pytest.approx(LIMITS.h_drop_amber, abs=0.002)
    assert values[0] - values[2] == pytest.approx(LIMITS.h_drop_red, abs=0.002)


def test_fall_of_somers_d_is_in_the_form_of_the_ecb():
    """S = (initial - current) / s with the standard error of annex 3.2, p = 1 - Phi(S); wfns: AUC 0.823678861788618."""
    result = somers_test(Association(0.7, 0.85, 0.01), WFNS, "test", LIMITS)
    error = metrics.somers_d([*WFNS.safest_first]).error
    assert result.statistic == pytest.approx(0.85 - 0.823678861788618, abs=1e-12)
    assert result.p_value == pytest.approx(stats.norm.sf((0.85 - 0.823678861788618) / error), abs=1e-12)
    assert result.reading.values["other"] == pytest.approx(stats.somersd(-ASAH["wfns"], -BAD).statistic, abs=1e-10)


@pytest.mark.parametrize(("initial", "verdict"), [(0.80, Verdict.GREEN), (0.95, Verdict.RED)])
def test_somers_d_is_judged_like_the_drop_of_the_auc(initial, verdict):
    assert somers_test(Association(2 * initial - 1, initial, 0.01), WFNS, "test", LIMITS).verdict is verdict


def test_weighted_grades_have_the_association_of_weighted_rows():
    weight = np.random.default_rng(1).random(BAD.size) + 0.5
    found = association(ladder(BAD, -ASAH["wfns"], weight))
    second = metrics.delong(BAD, ASAH["wfns"], weight)
    assert found.gauc == pytest.approx(second.auc, abs=1e-12)
    assert found.error == pytest.approx(second.variance**0.5, rel=0.1)


def test_lift_of_the_riskiest_tenth():
    """By hand: the capture of the riskiest share over the share; a tenth of 4,400 customers at most holds 400 bads of 400."""
    one = normal(1.0)
    result = lift_test(one, 0.10, "test", LIMITS)
    assert result.statistic == pytest.approx(metrics.lift(*one.safest_first, 0.10), abs=1e-12)
    assert result.reading.values["most"] == 1.0
    assert result.verdict is Verdict.GREEN


@pytest.mark.parametrize(
    ("one", "verdict", "key"),
    [
        (normal(0.02), Verdict.AMBER, "reading.lift_chance"),
        (normal(-1.0), Verdict.RED, "reading.lift_less"),
        (ladder(np.tile([1, 0], 300), np.zeros(600)), Verdict.RED, "reading.lift_less"),
    ],
    ids=["hardly ordered", "turned round", "flat"],
)
def test_riskiest_who_hold_no_more_than_their_share_are_not_green(one, verdict, key):
    result = lift_test(one, 0.10, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (verdict, key)


def test_a_share_of_eleven_customers_is_too_few():
    result = lift_test(S100B, 0.10, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.lift_few")


def test_interval_of_the_lift_is_that_of_resampled_rows():
    """1,000 resamples of the rows within goods and bads."""
    random = np.random.default_rng(2)
    bad = np.repeat([0, 1], [900, 100])
    score = random.normal(-bad, 1.0).round(1)
    draws = [
        np.concatenate([random.choice(np.flatnonzero(bad == side), n) for side, n in ((0, 900), (1, 100))]) for _ in range(1000)
    ]
    lifts = [lift_by_hand(bad[draw], score[draw]) for draw in draws]
    low, high = lift_test(ladder(bad, score), 0.10, "test", LIMITS).interval
    assert high - low == pytest.approx(np.diff(np.quantile(lifts, [0.025, 0.975]))[0], rel=0.12)


def lift_by_hand(bad, score):
    """Bads among the lowest tenth of scores, those of the score that is cut in part, over a tenth of the bads."""
    tenth, cut = bad.size / 10, np.sort(score)[bad.size // 10]
    below, at = score < cut, score == cut
    caught = bad[below].sum() + bad[at].sum() * (tenth - below.sum()) / at.sum()
    return caught / bad.sum() / 0.1


@pytest.mark.parametrize(("goods", "bads"), [(1475, 543), (1412, 224), (813, 41)])
def test_a_score_that_orders_nobody_has_no_lift_by_rounding(goods, bads):
    """A tenth of everybody holds a tenth of the bads: 1 + 2e-16 is no lift."""
    result = lift_test(ladder(np.repeat([0, 1], [goods, bads]), np.zeros(goods + bads)), 0.10, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.RED, "reading.lift_less")


@pytest.mark.parametrize(("goods", "bads"), [(361, 104), (698, 200)])
def test_a_score_that_orders_nobody_has_no_variance_of_h_by_rounding(goods, bads):
    flat = ladder(np.repeat([0, 1], [goods, bads]), np.zeros(goods + bads))
    assert h_of(flat, LIMITS).variance == 0
    assert h_test(HMeasure(0.0, 0.0, 0.5), flat, "test", LIMITS).verdict is Verdict.NOT_COMPUTABLE


@pytest.mark.parametrize("test", TESTS[:3])
def test_a_flat_score_is_never_green(test):
    assert test(FLAT).verdict in (Verdict.RED, Verdict.NOT_COMPUTABLE)


def test_readings_can_be_rendered():
    weak = Thresholds(auc_amber=0.9, auc_red=0.5)
    results = [test(one) for test in TESTS for one in (S100B, FLAT, FEW, normal(-1.0))]
    results += [cap_test(one, "test", weak) for one in (S100B, PERFECT)]
    results += [h_test(HMeasure(initial, 0.0, 0.5), normal(0.9539), "test", LIMITS) for initial in (0.4, 0.26, 0.21)]
    results += [somers_test(Association(0.0, initial, 0.01), normal(0.95), "test", LIMITS) for initial in (0.9, 0.78, 0.765, 0.6)]
    results += [
        somers_test(Association(0.0, 0.85, 0.01), WFNS, "test", LIMITS),
        h_test(HMeasure(0.36, 0, 1), S100B, "test", LIMITS),
    ]
    assert [result.reading.key for result in results for language in LANGUAGES if "{" in render(result.reading, language)] == []
