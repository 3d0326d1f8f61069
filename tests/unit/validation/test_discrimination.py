"""aSAH: Turck et al. (2010), as shipped with the R package pROC (Robin et al. 2011); see test_metrics."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scorecard.messages import LANGUAGES, render
from scorecard.metrics import Auc, auc
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Scored
from scorecard.validation.discrimination import auc_drop, auc_test, gini_test, grade_auc_test, ks_test

ASAH = np.genfromtxt(Path(__file__).parents[1] / "asah.csv", delimiter=",", names=True, skip_header=1)
BAD, SCORE = ASAH["bad"].astype(int), -ASAH["s100b"]
LIMITS = Thresholds()

FEW = np.array([1] * 19 + [0] * 50)


def ladder(bad, score):
    """The ladder of rows with these outcomes and scores."""
    return Scored(bad, score, np.full(score.size, 0.5), np.zeros(score.size, dtype=int)).ladder


def normal_scores(shift, n=4000):
    """Equal numbers of goods and bads at the quantiles of two normal distributions `shift` standard deviations apart."""
    quantiles = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return np.repeat([0, 1], n), np.concatenate([quantiles + shift, quantiles])


def test_auc_carries_its_logit_interval():
    result = auc_test(ladder(BAD, SCORE), "test", LIMITS)
    assert result.statistic == pytest.approx(0.731368563685637, abs=1e-12)
    assert result.interval == (pytest.approx(0.6192169390, abs=1e-9), pytest.approx(0.8200857499, abs=1e-9))
    assert (result.n, result.events, result.threshold) == (113, 41, 0.70)


@pytest.mark.parametrize(
    ("amber", "red", "verdict"), [(0.73, 0.6, Verdict.GREEN), (0.74, 0.6, Verdict.AMBER), (0.8, 0.74, Verdict.RED)]
)
def test_auc_is_judged_by_the_limits_of_the_pipeline(amber, red, verdict):
    limits = Thresholds(auc_amber=amber, auc_red=red)
    for test in (auc_test, gini_test):
        assert test(ladder(BAD, SCORE), "test", limits).verdict is verdict


@pytest.mark.parametrize("test", [auc_test, gini_test, ks_test])
def test_nineteen_bads_are_too_few_for_a_verdict(test):
    result = test(ladder(FEW, np.arange(69.0)), "test", LIMITS)
    assert result.verdict is Verdict.INSUFFICIENT_DATA
    assert (result.statistic, result.reading.key) == (None, "reading.too_few")


@pytest.mark.parametrize("test", [auc_test, gini_test])
@pytest.mark.parametrize(
    ("score", "verdict", "key"),
    [
        (np.tile([-1.0, 0.0], 30), Verdict.AMBER, "reading.ranking_perfect"),
        (np.zeros(60), Verdict.RED, "reading.ranking_flat"),
        (np.tile([0.0, -1.0], 30), Verdict.RED, "reading.ranking_inverted"),
    ],
)
def test_ranking_without_variance_has_no_interval(test, score, verdict, key):
    result = test(ladder(np.tile([1, 0], 30), score), "test", LIMITS)
    assert (result.verdict, result.reading.key, result.interval) == (verdict, key, None)


def test_score_the_wrong_way_round_is_red_and_said():
    result = auc_test(ladder(BAD, -SCORE), "test", Thresholds(auc_amber=0.2, auc_red=0.1))
    assert (result.verdict, result.reading.key) == (Verdict.RED, "reading.ranking_inverted")


def test_an_auc_below_one_half_by_chance_is_weak_and_not_turned_round():
    result = auc_test(ladder(np.tile([0, 1], 30), np.arange(60.0)), "test", LIMITS)
    assert result.statistic < 0.5
    assert result.reading.key == "reading.auc_low"


def test_gini_is_the_auc_stretched():
    result, area = gini_test(ladder(BAD, SCORE), "test", LIMITS), auc_test(ladder(BAD, SCORE), "test", LIMITS)
    assert result.code == "DIS-03"
    assert result.statistic == pytest.approx(0.4627371273712737, abs=1e-12)
    assert result.interval == pytest.approx([2 * end - 1 for end in area.interval])
    assert result.threshold == pytest.approx(0.4)


def test_ks_of_a_score_turned_round_is_red():
    """The gap has no sign: a KS of 0.6 the wrong way round is as wide as a good one."""
    bad, score = normal_scores(1.5)
    right, wrong = (ks_test(ladder(bad, sign * score), "test", LIMITS) for sign in (1, -1))
    assert right.statistic == pytest.approx(wrong.statistic, abs=1e-3)
    assert (right.verdict, wrong.verdict) == (Verdict.GREEN, Verdict.RED)
    assert wrong.reading.key == "reading.ranking_inverted"


def test_a_widest_gap_with_more_goods_below_it_is_red():
    """110 of 200 goods below all bads, 90 above: the AUC of 0.45 may be chance, and a KS of 0.55 would pass for a good one."""
    bad = np.repeat([0, 1, 0], [110, 100, 90])
    result = ks_test(ladder(bad, np.arange(300.0)), "test", LIMITS)
    assert (result.statistic, result.verdict, result.reading.key) == (0.55, Verdict.RED, "reading.ks_inverted")


def test_ks_is_that_of_two_samples():
    """R ks.test; the interval is Wald's for two shares, 1.96 sqrt(t (1 - t) / m + f (1 - f) / n)."""
    result = ks_test(ladder(BAD, SCORE), "test", LIMITS)
    bads, goods = result.reading.values["bads"], result.reading.values["goods"]
    reach = 1.959964 * sqrt(bads * (1 - bads) / 41 + goods * (1 - goods) / 72)
    assert result.statistic == pytest.approx(0.43970189701897, abs=1e-12)
    assert result.interval == pytest.approx((result.statistic - reach, result.statistic + reach), abs=1e-6)


def test_ks_names_the_score_of_the_widest_gap():
    score = ks_test(ladder(BAD, SCORE), "test", LIMITS).reading.values["score"]
    gap = (SCORE[BAD == 1] <= score).mean() - (SCORE[BAD == 0] <= score).mean()
    assert gap == pytest.approx(0.43970189701897, abs=1e-12)


@pytest.mark.parametrize("area", [0.62, 0.7, 0.8])
def test_ks_limit_is_the_ks_of_normal_scores_with_the_auc_limit(area):
    """Scores at normal quantiles with AUC = Phi(shift / sqrt 2) have the KS that serves as the limit."""
    bad, score = normal_scores(sqrt(2) * stats.norm.ppf(area))
    result = ks_test(ladder(bad, score), "test", Thresholds(auc_amber=area))
    assert auc(bad, -score) == pytest.approx(area, abs=1e-3)
    assert result.threshold == pytest.approx(result.statistic, abs=1e-3)


@pytest.mark.parametrize(("shift", "verdict"), [(1.0, Verdict.GREEN), (0.5, Verdict.AMBER), (0.2, Verdict.RED)])
def test_ks_is_judged_by_limits_that_follow_the_auc(shift, verdict):
    bad, score = normal_scores(shift)
    assert ks_test(ladder(bad, score), "test", LIMITS).verdict is verdict


@pytest.mark.parametrize(
    ("initial", "s", "p_value"),
    [
        (0.80, 1.328540008279244, 0.09199988785465901),
        (0.75, 0.36065992327422697, 0.35917684379739534),
        (0.70, -0.6072201617307901, 0.728147593083748),
    ],
)
def test_drop_is_the_test_of_the_ecb(initial, s, p_value):
    """ECB (2019), 2.5.4.1 with pROC's AUC and variance: S = (initial - current) / s, p = 1 - Phi(S)."""
    result = auc_drop(Auc(initial, 0.0), ladder(BAD, SCORE), "test", LIMITS)
    assert result.reading.values["s"] == pytest.approx(s, abs=1e-9)
    assert result.p_value == pytest.approx(p_value, abs=1e-9)


def test_uncertainty_of_the_initial_auc_raises_the_second_p_value_only():
    known, guessed = (auc_drop(Auc(0.9, variance), ladder(BAD, SCORE), "test", LIMITS) for variance in (0.0, 0.0026))
    assert guessed.p_value == known.p_value
    assert guessed.reading.values["p_both"] > known.reading.values["p_both"] == known.p_value


@pytest.mark.parametrize(
    ("initial", "drop_amber", "drop_red", "verdict", "key"),
    [
        (0.90, 0.02, 0.05, Verdict.RED, "reading.drop"),
        (0.90, 0.02, 0.20, Verdict.AMBER, "reading.drop"),
        (0.90, 0.20, 0.30, Verdict.GREEN, "reading.drop_small"),
        (0.80, 0.02, 0.20, Verdict.GREEN, "reading.drop_chance"),
        (0.80, 0.02, 0.05, Verdict.INSUFFICIENT_DATA, "reading.blind"),  # 113 patients would not have shown a fall of 0.12
        (0.70, 0.02, 0.05, Verdict.GREEN, "reading.drop_none"),
    ],
)
def test_drop_counts_only_where_it_is_large_and_beyond_chance(initial, drop_amber, drop_red, verdict, key):
    limits = Thresholds(auc_drop_amber=drop_amber, auc_drop_red=drop_red)
    result = auc_drop(Auc(initial, 0.0), ladder(BAD, SCORE), "test", limits)
    assert (result.verdict, result.reading.key) == (verdict, key)


def test_drop_against_a_sample_without_variance_cannot_be_computed():
    result = auc_drop(Auc(0.8, 0.001), ladder(np.tile([1, 0], 30), np.zeros(60)), "test", LIMITS)
    assert (result.verdict, result.statistic) == (Verdict.NOT_COMPUTABLE, None)


def test_drop_needs_enough_bads():
    assert auc_drop(Auc(0.8, 0.001), ladder(FEW, np.arange(69.0)), "test", LIMITS).verdict is Verdict.INSUFFICIENT_DATA


def test_auc_of_grades_says_what_grading_costs():
    """wfns has five grades: 0.823678861788618 by pROC."""
    result = grade_auc_test(ladder(BAD, -ASAH["wfns"]), 0.731368563685637, "test", LIMITS)
    assert (result.code, result.reading.key) == ("DIS-05", "reading.grade_auc_good")
    assert result.statistic == pytest.approx(0.823678861788618, abs=1e-12)
    assert result.effect == pytest.approx(0.731368563685637 - 0.823678861788618, abs=1e-12)


def test_auc_of_grades_needs_enough_bads():
    result = grade_auc_test(ladder(FEW, -np.arange(69.0)), 0.5, "test", LIMITS)
    assert (result.code, result.verdict) == ("DIS-05", Verdict.INSUFFICIENT_DATA)


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_can_be_rendered(language):
    weak = Thresholds(auc_amber=0.9, auc_red=0.5)
    scores = [SCORE, np.zeros(BAD.size), -SCORE, -BAD.astype(float)]
    results = [
        test(ladder(BAD, score), "test", limits)
        for test in (auc_test, gini_test)
        for limits in (LIMITS, weak)
        for score in scores
    ]
    results += [ks_test(ladder(BAD, SCORE), "test", limits) for limits in (LIMITS, weak)]
    results += [ks_test(ladder(np.repeat([0, 1, 0], [33, 30, 27]), np.arange(90.0) * sign), "test", LIMITS) for sign in (1, -1)]
    results += [auc_drop(Auc(initial, 0.0), ladder(BAD, SCORE), "test", LIMITS) for initial in (0.9, 0.8, 0.7)]
    results += [auc_drop(Auc(0.9, 0.0), ladder(BAD, SCORE), "test", Thresholds(auc_drop_amber=0.3))]
    results += [auc_drop(Auc(0.9, 0.0), ladder(BAD, np.zeros(BAD.size)), "test", LIMITS)]
    results += [grade_auc_test(ladder(BAD, -ASAH["wfns"]), 0.731368563685637, "test", limits) for limits in (LIMITS, weak)]
    results += [auc_test(ladder(FEW, np.arange(69.0)), "test", LIMITS)]
    assert all("{" not in render(result.reading, language) for result in results)
