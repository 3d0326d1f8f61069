from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame

from scorecard.errors import EvidenceError, SettingsError
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation import chosen, validate
from scorecard.validation.evidence import Evidence, Labels, Scored, shortage, where_observed, with_family
from scorecard.validation.ladder import counted

DEVELOPMENT = Scored(np.array([0, 1, 0]), np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.3, 0.2]), np.array([0, 2, 2]))
ATTRIBUTES = DataFrame({"characteristic": ["age"], "attribute": ["all"], "points": [2.0], "development": [3], "test": [3]})


def evidence(**changed):
    parts = {
        "samples": {"development": DEVELOPMENT, "test": DEVELOPMENT},
        "grades": ("A", "B", "C"),
        "attributes": ATTRIBUTES,
        "thresholds": Thresholds(),
    }
    return Evidence(**(parts | changed))


def with_p(p_value):
    return Result("X-1", "test", 1, 0, None, Verdict.GREEN, "convention", Reading("x", {"kept": 1}), p_value=p_value)


def test_grades_are_counted_with_their_mean_pd():
    found = DEVELOPMENT.by_grade(4)
    assert found.customers.tolist() == [1, 0, 2, 0]
    assert found.defaults.tolist() == [0, 0, 1, 0]
    assert found.pd == pytest.approx([0.1, 0.0, 0.25, 0.0])


def test_events_of_an_unobserved_sample_are_none():
    unobserved = replace(DEVELOPMENT, bad=None)
    assert (unobserved.n, unobserved.events) == (3, 0)
    with pytest.raises(EvidenceError, match="not known yet"):
        _ = unobserved.outcome


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(EvidenceError, match="columns of \\[2, 3\\] rows"):
        replace(DEVELOPMENT, grade=np.array([0, 1]))


def test_an_empty_sample_is_refused():
    with pytest.raises(EvidenceError, match="expected one length above 0"):
        Scored(None, np.array([]), np.array([]), np.array([], dtype=int))


@pytest.mark.parametrize(("column", "value"), [("score", np.nan), ("pd", np.nan), ("pd", 10.0), ("pd", -0.1)])
def test_a_missing_score_or_an_impossible_pd_is_refused(column, value):
    with pytest.raises(EvidenceError, match="missing scores, or PDs outside"):
        replace(DEVELOPMENT, **{column: np.array([0.1, value, 0.2])})


def test_attributes_with_missing_points_are_refused():
    with pytest.raises(EvidenceError, match="missing points or counts"):
        evidence(attributes=ATTRIBUTES.assign(points=np.nan))


def test_development_must_come_first():
    with pytest.raises(EvidenceError, match="the first sample is test; expected development"):
        evidence(samples={"test": DEVELOPMENT, "development": DEVELOPMENT})


def test_development_must_be_observed():
    with pytest.raises(EvidenceError, match="with known outcomes"):
        evidence(samples={"development": replace(DEVELOPMENT, bad=None)})


def test_a_grade_without_name_is_refused():
    with pytest.raises(EvidenceError, match="development has grades outside 0 to 1"):
        evidence(grades=("A", "B"))


def test_attributes_without_counts_of_a_sample_are_refused():
    with pytest.raises(EvidenceError, match="lacks test"):
        evidence(attributes=ATTRIBUTES.drop(columns="test"))


def test_later_samples_are_all_but_development():
    assert list(evidence().later) == ["test"]


def test_a_test_runs_only_where_outcomes_are_known():
    samples = {"test": DEVELOPMENT, "out_of_time": replace(DEVELOPMENT, bad=None)}
    found = where_observed(samples, "X-1", "convention", lambda name, part: replace(with_p(0.5), scope=name))
    assert [(result.scope, result.verdict) for result in found] == [("test", Verdict.GREEN), ("out_of_time", Verdict.NOT_DUE)]


def test_too_few_goods_count_as_much_as_too_few_bads():
    few, enough = (
        counted(np.zeros(sum(sides), dtype=int), 1, np.repeat([1, 0], sides), np.full(sum(sides), 0.5))
        for sides in ((30, 19), (20, 20))
    )
    assert shortage(few, Thresholds()) == Reading("reading.too_few", {"bads": 30, "goods": 19, "needed": 20})
    assert shortage(enough, Thresholds()) is None


def test_a_family_passes_over_tests_that_could_not_be_computed():
    found = with_family([with_p(0.01), with_p(None), with_p(0.04)])
    assert found[0].reading.values == {"kept": 1, "p_holm": 0.02, "p_bh": 0.02}
    assert found[1] == with_p(None)
    assert found[2].reading.values == {"kept": 1, "p_holm": 0.04, "p_bh": 0.04}


# Rungs


def test_a_ladder_holds_goods_and_bads_at_each_distinct_score():
    rows = Scored(np.array([0, 1, 1, 0]), np.array([5.0, 3.0, 5.0, 5.0]), np.array([0.1, 0.4, 0.1, 0.1]), np.zeros(4, dtype=int))
    found = rows.ladder
    assert (found.score.tolist(), found.goods.tolist(), found.bads.tolist()) == ([3.0, 5.0], [0.0, 2.0], [1.0, 1.0])
    assert found.pd == pytest.approx([0.4, 0.1])
    assert found.rows.tolist() == [1.0, 3.0]


def test_weighted_rows_count_for_their_effective_number():
    """Kish (1965), 11.7: weights 1, 1 and 2 are worth 16 / 6 rows."""
    weighted = replace(DEVELOPMENT, weight=np.array([1.0, 2.0, 1.0]))
    assert weighted.ladder.rows.sum() == pytest.approx(16 / 6)
    assert weighted.ladder.bads.sum() == pytest.approx(16 / 6 / 2)


def test_equal_weights_change_nothing():
    weighted = replace(DEVELOPMENT, weight=np.full(3, 7.0))
    assert weighted.ladder.rows == pytest.approx(DEVELOPMENT.ladder.rows)


@pytest.mark.parametrize("weight", [np.array([1.0, -1.0, 1.0]), np.zeros(3), np.array([1.0, np.nan, 1.0])])
def test_weights_below_zero_or_none_at_all_are_refused(weight):
    with pytest.raises(EvidenceError, match="weights below 0, or none above it"):
        replace(DEVELOPMENT, weight=weight)


def test_a_part_keeps_what_divides_its_rows():
    labelled = replace(DEVELOPMENT, labels={"sex": Labels(np.array([0, 1, -1]), ("female", "male"))})
    part = labelled.part(np.array([False, True, True]))
    assert (part.n, part.events, part.labels["sex"].codes.tolist()) == (2, 1, [1, -1])


# The suite


def test_tests_are_chosen_by_code_or_area():
    assert [test.code for test in chosen("STA-04, CAL-01")] == ["CAL-01", "STA-04"]
    assert {test.area for test in chosen("DIS")} == {"DIS"}
    assert chosen("") == chosen("  ,")


def test_a_test_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(SettingsError, match=r"CALL-01 is neither a test nor an area of tests\. Did you mean CAL-01\?"):
        chosen("CALL-01")


def test_every_result_says_who_set_its_limits():
    limits = Thresholds.model_validate({"psi_amber": {"value": 0.05, "by": "Model risk", "reason": "policy 7"}, "psi_red": 0.2})
    (result,) = validate(evidence(thresholds=limits), chosen("STA-01"))
    assert result.limit_source == (
        "psi_amber 0.05 instead of 0.1, set by Model risk: policy 7; psi_red 0.2 instead of 0.25, set by nobody named: no reason given"
    )
    (usual,) = validate(evidence(), chosen("STA-01"))
    assert usual.limit_source == "psi_amber 0.1 (convention); psi_red 0.25 (convention)"
