from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame

from scorecard.errors import EvidenceError
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Scored, too_few, where_observed, with_family

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
    few, enough = np.array([1] * 30 + [0] * 19), np.array([1] * 20 + [0] * 20)
    assert too_few(few, Thresholds()) == Reading("reading.too_few", {"bads": 30, "goods": 19, "needed": 20})
    assert too_few(enough, Thresholds()) is None


def test_a_family_passes_over_tests_that_could_not_be_computed():
    found = with_family([with_p(0.01), with_p(None), with_p(0.04)])
    assert found[0].reading.values == {"kept": 1, "p_holm": 0.02, "p_bh": 0.02}
    assert found[1] == with_p(None)
    assert found[2].reading.values == {"kept": 1, "p_holm": 0.04, "p_bh": 0.04}
