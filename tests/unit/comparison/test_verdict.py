"""The rule on challengers, and the finding on the incumbent."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.stats import norm

from scorecard import metrics
from scorecard.comparison import CANNOT_BE_TOLD, DOES_NOT, EARNS, best, differences, estimates, gain, replacement, spread
from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Challenge, Thresholds
from scorecard.strategy import Ranked, Rows

RULE, LIMITS = Challenge(), Thresholds()


@pytest.fixture(scope="module")
def apart(rows):
    return differences(rows, estimates(rows), spread(rows, 200, 1))


def told(difference, error, p_value=0.5):
    return {"model": "rival", "measure": "auc", "how": "DeLong", "difference": difference, "error": error, "p_value": p_value}


def judged(rows, difference, error, limit=0.01, tried=1):
    names = ["rival", *[f"other {number}" for number in range(tried - 1)]]
    return gain(rows, [told(difference, error)], names, Challenge(minimum_gain=limit), LIMITS)[0]


def test_a_better_challenger_earns_its_keep_and_a_worse_one_does_not(rows, apart):
    better, worse = gain(rows, apart, ["better", "worse"], RULE, LIMITS)
    assert (better.outcome, better.result.verdict) == (EARNS, Verdict.AMBER)
    assert (worse.outcome, worse.result.verdict) == (DOES_NOT, Verdict.GREEN)
    assert best([better, worse]) is better


def test_figures_are_delongs_with_intervals_for_both_challengers_together(rows, apart):
    """Bonferroni by hand: 97.5 % for each of two."""
    result = gain(rows, apart, ["better", "worse"], RULE, LIMITS)[0].result
    paired = metrics.delong_paired(rows.bad, rows.models["better"].risk, rows.reference.risk, level=0.975)
    assert result.statistic == pytest.approx(paired.difference, abs=1e-12)
    assert result.interval == pytest.approx(paired.interval, abs=1e-12)
    assert (result.level, result.threshold) == (0.975, 0.01)
    assert result.p_value == pytest.approx(min(1, 2 * paired.p_value))


@pytest.mark.parametrize(
    ("difference", "error", "outcome", "key"),
    [
        (0.020, 0.005, EARNS, "reading.gain_earns"),
        (0.010, 0.005, EARNS, "reading.gain_earns"),
        (0.020, 0.011, CANNOT_BE_TOLD, "reading.gain_cannot_be_told"),  # enough, but chance could do it
        (0.009, 0.003, CANNOT_BE_TOLD, "reading.gain_unsure"),  # beyond chance, but not enough for certain
        (0.004, 0.004, CANNOT_BE_TOLD, "reading.gain_cannot_be_told"),
        (0.004, 0.003, DOES_NOT, "reading.gain_does_not"),
        (-0.02, 0.010, DOES_NOT, "reading.gain_does_not"),
        (0.0, 0.0, DOES_NOT, "reading.gain_does_not"),  # the same model
    ],
)
def test_the_rule(rows, difference, error, outcome, key):
    answer = judged(rows, difference, error)
    assert (answer.outcome, answer.result.reading.key) == (outcome, key)
    assert all(render(answer.result.reading, language) for language in LANGUAGES)


def test_the_detectable_gain_is_found_four_times_in_five(rows):
    """A normal estimate with this error around the detectable gain has an interval above zero in 80 % of draws."""
    answer = judged(rows, 0.0, 0.01)
    reach = norm.ppf(0.975) * 0.01
    draws = norm.rvs(answer.result.detectable, 0.01, size=200_000, random_state=1)
    assert (draws > reach).mean() == pytest.approx(0.8, abs=0.005)


def test_more_challengers_ask_for_more(rows):
    alone, many = judged(rows, 0.012, 0.005), judged(rows, 0.012, 0.005, tried=6)
    assert (alone.outcome, many.outcome) == (EARNS, CANNOT_BE_TOLD)
    assert many.result.level == pytest.approx(1 - 0.05 / 6)
    assert many.result.detectable > alone.result.detectable


def test_nineteen_bads_are_too_few():
    bad = np.array([1] * 19 + [0] * 200)
    pd = np.linspace(0.9, 0.1, 219)
    rows = Rows("test", bad, {"scorecard": Ranked(pd, pd)})
    answer = judged(rows, 0.2, 0.01)
    assert (answer.outcome, answer.result.verdict) == (CANNOT_BE_TOLD, Verdict.INSUFFICIENT_DATA)
    assert answer.result.statistic is None
    assert replacement(rows, [told(0.1, 0.01)], "rival", LIMITS).verdict is Verdict.INSUFFICIENT_DATA


def test_a_difference_without_variance_is_not_computable(rows):
    answer = gain(rows, [], ["rival"], RULE, LIMITS)[0]
    assert (answer.outcome, answer.result.verdict) == (CANNOT_BE_TOLD, Verdict.NOT_COMPUTABLE)
    assert replacement(rows, [], "rival", LIMITS).verdict is Verdict.NOT_COMPUTABLE


def test_the_answer_that_stands_for_all_is_the_best_one(rows):
    answers = [judged(rows, gain, error) for gain, error in ((-0.02, 0.001), (0.005, 0.02), (0.006, 0.02))]
    assert best(answers) is answers[2]
    assert best([answers[0], judged(rows, 0.03, 0.001)]).outcome == EARNS
    assert best([]) is None


@pytest.mark.parametrize(("difference", "verdict"), [(-0.05, Verdict.GREEN), (0.05, Verdict.RED), (0.001, Verdict.AMBER)])
def test_the_scorecard_beside_the_incumbent(rows, difference, verdict):
    """The difference is the incumbent's less the scorecard's; the finding turns it round."""
    result = replacement(rows, [told(difference, 0.01)], "rival", LIMITS)
    assert (result.code, result.verdict, result.statistic) == ("CMP-02", verdict, -difference)
    assert result.interval[1] - result.interval[0] == pytest.approx(2 * norm.ppf(0.975) * 0.01)


def test_weighted_rows_are_judged_by_the_bootstrap(draw):
    weighted = draw(weight=np.random.default_rng(2).uniform(0.5, 2.0, 1_500))
    apart = differences(weighted, estimates(weighted), spread(weighted, 300, 1))
    answer = gain(weighted, apart, ["better"], RULE, LIMITS)[0]
    row = next(row for row in apart if (row["model"], row["measure"]) == ("better", "auc"))
    assert answer.result.interval[1] - answer.result.interval[0] == pytest.approx(2 * norm.ppf(0.975) * row["error"])
    assert "Efron" in answer.result.source


def test_power_is_read_off_the_paired_variance(rows, apart):
    paired = metrics.delong_paired(rows.bad, rows.models["better"].risk, rows.reference.risk)
    answer = gain(rows, apart, ["better"], RULE, LIMITS)[0]
    assert answer.result.detectable == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * sqrt(paired.variance), abs=1e-12)
