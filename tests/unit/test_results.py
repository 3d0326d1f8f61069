from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.results import Reading, Result, Verdict, overall

RESULT = Result(
    code="CAL-02",
    scope="test: B",
    n=95,
    events=20,
    statistic=0.21,
    verdict=Verdict.RED,
    source="ECB (2019), 2.5.3.1",
    reading=Reading("reading.jeffreys_low", {"defaults": 20, "p": 0.004}),
    interval=(0.14, 0.3),
    threshold=0.12,
    p_value=0.004,
    effect=0.8,
    null="the true default rate is at most the PD",
)


def with_verdict(verdict):
    return replace(RESULT, verdict=verdict)


@pytest.mark.parametrize("bad", [nan, inf, -inf])
@pytest.mark.parametrize("field", ["statistic", "threshold", "p_value", "effect"])
def test_result_refuses_a_number_that_is_none(field, bad):
    with pytest.raises(ValueError, match="CAL-02 test: B: a result holds no NaN or infinity"):
        replace(RESULT, **{field: bad})


def test_result_refuses_an_interval_with_nan():
    with pytest.raises(ValueError, match="no NaN"):
        replace(RESULT, interval=(0.1, nan))


def test_result_without_numbers_is_allowed():
    assert Result("X-1", "test", 0, 0, None, Verdict.NOT_COMPUTABLE, "convention", Reading("x")).p_value is None


def test_result_cannot_be_changed():
    with pytest.raises(AttributeError):
        RESULT.verdict = Verdict.GREEN


def test_result_survives_json():
    assert Result.from_dict(json.loads(json.dumps(RESULT.to_dict()))) == RESULT


def test_result_without_interval_survives_json():
    bare = replace(RESULT, interval=None)
    assert Result.from_dict(json.loads(json.dumps(bare.to_dict()))) == bare


def test_dictionary_holds_the_verdict_as_its_word():
    assert RESULT.to_dict()["verdict"] == "red"


def test_unknown_verdict_is_refused():
    with pytest.raises(ValueError, match="purple"):
        Result.from_dict(RESULT.to_dict() | {"verdict": "purple"})


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        (["green", "red", "amber"], "red"),
        (["green", "amber", "not computable"], "amber"),
        (["green", "not computable", "insufficient data"], "not computable"),
        (["green", "insufficient data"], "insufficient data"),
        (["green", "not due"], "green"),
        (["not due"], "not due"),
    ],
)
def test_overall_is_the_worst(verdicts, worst):
    assert overall([with_verdict(Verdict(verdict)) for verdict in verdicts]) is Verdict(worst)


def test_overall_of_nothing_is_insufficient():
    assert overall([]) is Verdict.INSUFFICIENT_DATA


@given(st.lists(st.sampled_from(Verdict)))
def test_overall_is_green_only_where_all_that_was_due_is_green(verdicts):
    clean = bool(verdicts) and set(verdicts) <= {Verdict.GREEN, Verdict.NOT_DUE} and Verdict.GREEN in verdicts
    assert (overall(map(with_verdict, verdicts)) is Verdict.GREEN) is clean
