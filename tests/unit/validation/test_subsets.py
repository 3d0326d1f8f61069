"""The ranking in segments and periods, each against the rest of the sample."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats

from scorecard import metrics
from scorecard.errors import EvidenceError
from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Labels, Scored
from scorecard.validation.subsets import each_period, each_segment, period_aucs, periods, segment_aucs

LIMITS = Thresholds()
ATTRIBUTES = DataFrame({"characteristic": ["age"], "attribute": ["all"], "points": [2.0], "development": [1], "test": [1]})


def drawn(shifts, rows=1500, seed=1, names=None):
    """A sample whose score separates goods and bads by so many standard deviations in each segment."""
    random = np.random.default_rng(seed)
    code = np.repeat(np.arange(len(shifts)), rows)
    bad = (random.random(code.size) < 0.2).astype(int)
    score = random.normal((1 - bad) * np.array(shifts)[code], 1.0).round(1)
    names = names or tuple(f"S{at}" for at in range(len(shifts)))
    labels = {"region": Labels(code, names), "@period": Labels(code, names)}
    return Scored(bad, score, np.full(code.size, 0.2), np.zeros(code.size, dtype=int), labels=labels)


def levels(part):
    codes = part.labels["region"].codes
    return [part.steps(codes == code) for code in range(codes.max() + 1)]


def aucs(part, limits=LIMITS):
    ladders = levels(part)
    return segment_aucs(ladders, part.ladder, [f"test: S{at}" for at in range(len(ladders))], limits)


def trend(part, limits=LIMITS):
    ladders = levels(part)
    return period_aucs(ladders, part.ladder, [*map(str, range(len(ladders))), "test: trend"], limits)[-1]


def evidence(part, segments=("region",)):
    return Evidence({"development": part, "test": part}, ("A",), ATTRIBUTES, LIMITS, segments=segments)


def test_gap_is_that_of_two_independent_aucs():
    """DeLong on the rows of the segment and on those of the rest; one-sided z."""
    part = drawn([1.0, 0.6, 1.0])
    here = part.labels["region"].codes == 1
    inside, outside = (metrics.delong(part.bad[rows], -part.score[rows]) for rows in (here, ~here))
    result = aucs(part)[1]
    gap, error = outside.auc - inside.auc, sqrt(inside.variance + outside.variance)
    assert result.statistic == pytest.approx(gap, abs=1e-12)
    assert result.p_value == pytest.approx(stats.norm.sf(gap / error), abs=1e-12)
    assert result.detectable == pytest.approx(2.4865 * error, abs=1e-5)
    assert (result.n, result.events) == (here.sum(), part.bad[here].sum())


def test_a_segment_that_is_ranked_worse_is_red_and_the_others_green():
    found = aucs(drawn([1.0, 0.3, 1.0, 1.0]))
    assert [result.verdict.value for result in found] == ["green", "red", "green", "green"]
    assert found[1].reading.key == "reading.segment_loss"


def test_verdict_rests_on_the_p_value_of_the_family():
    found = aucs(drawn([1.0] * 12, rows=700, seed=3))
    worst = min(found, key=lambda result: result.p_value)
    assert worst.p_value < 0.05 < worst.reading.values["p_holm"]
    assert (worst.verdict, worst.reading.values["finding"].key) == (Verdict.INSUFFICIENT_DATA, "reading.segment_chance")
    found = aucs(drawn([1.0] * 12, rows=700, seed=3), Thresholds(auc_drop_red=0.3))
    assert {result.verdict for result in found} == {Verdict.GREEN}


def test_a_gap_that_is_sure_but_small_is_green():
    found = aucs(drawn([1.0, 0.8], rows=4000), Thresholds(auc_drop_amber=0.2))
    assert (found[1].verdict, found[1].reading.key) == (Verdict.GREEN, "reading.segment_small")


def test_a_segment_of_three_is_insufficient_and_leaves_the_others_alone():
    part = drawn([1.0, 1.0])
    few = np.where(np.arange(part.n) < 3, 2, part.labels["region"].codes)
    part = Scored(part.bad, part.score, part.pd, part.grade, labels={"region": Labels(few, ("a", "b", "c"))})
    found = aucs(part)
    assert [result.verdict for result in found] == [Verdict.GREEN, Verdict.GREEN, Verdict.INSUFFICIENT_DATA]
    assert found[2].reading.values == {"bads": int(part.bad[:3].sum()), "goods": 3 - int(part.bad[:3].sum()), "needed": 20}
    assert found[0].reading.values["p_holm"] == metrics.holm([result.p_value for result in found[:2]])[0]


def test_a_segment_without_rest_is_insufficient():
    (result,) = aucs(drawn([1.0]))
    assert (result.verdict, result.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.rest_few")


def test_missing_values_of_a_segment_are_a_segment():
    part = drawn([1.0, 1.0], names=("north", "south"))
    codes = np.where(np.arange(part.n) % 5 == 0, -1, part.labels["region"].codes)
    part = Scored(part.bad, part.score, part.pd, part.grade, labels={"region": Labels(codes, ("north", "south"))})
    scopes = [result.scope for result in each_segment(evidence(part)) if result.scope.startswith("test")]
    assert scopes == ["test: region = north", "test: region = south", "test: region = missing"]


def test_without_segments_the_test_is_not_due():
    found = each_segment(evidence(drawn([1.0, 1.0]), segments=()))
    assert [(result.scope, result.verdict) for result in found] == [("development", Verdict.NOT_DUE), ("test", Verdict.NOT_DUE)]


def test_rows_without_labels_of_a_segment_are_refused():
    part = drawn([1.0])
    with pytest.raises(EvidenceError, match="development has no labels of purpose"):
        evidence(part, segments=("purpose",))


def test_segments_are_as_many_families_as_columns():
    part = drawn([1.0, 0.6])
    one, two = (each_segment(evidence(part, segments=names)) for names in (("region",), ("region", "@period")))
    assert [result.reading.values["p_holm"] for result in one[:2]] == [result.reading.values["p_holm"] for result in two[:2]]


def test_each_period_stands_against_the_others_and_a_trend_follows():
    scopes = [result.scope for result in each_period(evidence(drawn([1.0, 1.0, 1.0]))) if result.scope.startswith("test")]
    assert scopes == ["test: S0", "test: S1", "test: S2", "test: trend"]


def test_one_period_has_nothing_to_stand_against():
    found = each_period(evidence(drawn([1.0])))
    assert {(result.verdict, result.reading.key) for result in found} == {(Verdict.NOT_DUE, "reading.few_periods")}


def test_periods_without_rows_are_passed_over():
    part = drawn([1.0, 1.0])
    labels = {"@period": Labels(part.labels["region"].codes * 2, ("a", "b", "c"))}
    assert [name for name, _ in periods(Scored(part.bad, part.score, part.pd, part.grade, labels=labels))] == ["a", "c"]


def test_trend_is_the_weighted_line_of_the_aucs():
    """numpy.polyfit with weights 1 / standard error."""
    part = drawn([1.2, 1.0, 0.8, 0.6, 0.4])
    found = [ladder.auc for ladder in levels(part)]
    slope, _ = np.polyfit(range(5), [each.auc for each in found], 1, w=[each.variance**-0.5 for each in found])
    result = trend(part)
    assert result.statistic == pytest.approx(-4 * slope, abs=1e-9)
    assert (result.verdict, result.reading.key) == (Verdict.RED, "reading.trend_loss")


def test_a_rising_trend_is_green():
    assert trend(drawn([0.6, 0.8, 1.0])).verdict is Verdict.GREEN


def test_error_of_the_trend_is_how_far_trends_of_a_steady_score_scatter():
    """100 samples of four equal periods: their z-values have a standard deviation of 1; two standard errors are 14 %."""
    found = [trend(drawn([1.0] * 4, rows=400, seed=seed)) for seed in range(100)]
    z = [result.statistic * 3.92 / (result.interval[1] - result.interval[0]) for result in found]
    assert np.std(z) == pytest.approx(1.0, abs=0.17)


def test_trend_of_two_periods_is_insufficient():
    assert trend(drawn([1.0, 0.4])).reading.key == "reading.trend_few"


def test_perfect_segments_have_no_variance_to_test_by():
    bad = np.tile([0, 1], 60)
    labels = {"region": Labels(np.repeat([0, 1], 60), ("a", "b"))}
    part = Scored(bad, 1.0 - bad, np.full(120, 0.5), np.zeros(120, dtype=int), labels=labels)
    assert {result.verdict for result in aucs(part)} == {Verdict.NOT_COMPUTABLE}


def test_readings_can_be_rendered():
    results = aucs(drawn([1.0, 0.3, 1.0])) + aucs(drawn([1.0] * 12, rows=700, seed=3)) + aucs(drawn([1.0]))
    results += aucs(drawn([1.0, 0.8], rows=4000), Thresholds(auc_drop_amber=0.2))
    for shifts, limits in (
        ([1.0, 0.3, 1.0], LIMITS),
        ([1.2, 0.8, 0.4], Thresholds(auc_drop_amber=0.4)),
        ([1.2, 0.8, 0.4], LIMITS),
    ):
        part = drawn(shifts)
        results += period_aucs(levels(part), part.ladder, ["a", "b", "c", "trend"], limits)
    results += each_segment(evidence(drawn([1.0]), segments=())) + each_period(evidence(drawn([1.0])))
    results += [trend(drawn([1.0, 0.95, 0.9], rows=200, seed=3)), trend(drawn([1.0, 1.0]))]
    assert [result.reading.key for result in results for language in LANGUAGES if "{" in render(result.reading, language)] == []
