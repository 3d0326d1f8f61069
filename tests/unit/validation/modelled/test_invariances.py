"""What holds of every test behind the scores: order of rows, weights, languages, JSON, and what is said where little is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from scorecard.messages import LANGUAGES, render
from scorecard.results import Result, Verdict
from scorecard.validation import TESTS, validate

BEHIND = tuple(test for test in TESTS if test.area in {"STA", "ROB"})
QUICK = tuple(test for test in BEHIND if test.code not in {"STA-09", "ROB-06"})


def same(first, second, **tolerance):
    assert [(each.code, each.scope, each.verdict, each.reading.key) for each in first] == [
        (each.code, each.scope, each.verdict, each.reading.key) for each in second
    ]
    for one, other in zip(first, second, strict=True):
        for name in ("statistic", "p_value", "effect", "detectable", "threshold"):
            first_value, second_value = getattr(one, name), getattr(other, name)
            assert (first_value is None) == (second_value is None)
            assert first_value is None or first_value == pytest.approx(second_value, **tolerance)


@pytest.fixture(scope="module")
def found(sound):
    return validate(sound, BEHIND)


@pytest.mark.parametrize("which", ["sound", "segments"])
def test_order_of_rows_is_of_no_account(which, request, shuffled):
    evidence = request.getfixturevalue(which)
    same(validate(evidence, BEHIND), validate(shuffled(evidence), BEHIND), abs=1e-9, rel=1e-9)


def test_equal_weights_are_no_weights(make):
    same(validate(make(), QUICK), validate(make(weights=lambda rows: np.full(rows, 2.5)), QUICK), abs=1e-6, rel=1e-6)


def test_the_same_evidence_gives_the_same_results(sound, found):
    assert validate(replace(sound), BEHIND) == found


def test_weighted_customers_count_for_their_effective_number(make):
    """One row in ten weighs a hundred times as much: 1,600 rows are worth fewer than 200."""
    evidence = make(weights=lambda rows: np.where(np.arange(rows) % 10, 1.0, 100.0))
    results = {(each.code, each.scope): each for each in validate(evidence, QUICK)}
    part = evidence.samples["test"]
    assert results["STA-01", "test"].n == round(part.weight.sum() ** 2 / (part.weight**2).sum()) < 100
    few = {results[code, scope].verdict for code, scope in [("STA-01", "test"), ("STA-05", "test"), ("ROB-07", "test")]}
    assert few == {Verdict.INSUFFICIENT_DATA}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_can_be_read(found, segments, language):
    for result in (*found, *validate(segments, QUICK)):
        assert "{" not in render(result.reading, language)


def test_every_result_survives_json(found):
    assert [Result.from_dict(json.loads(json.dumps(each.to_dict()))) for each in found] == found


def test_every_p_value_has_its_null_in_words_and_every_result_its_source(found):
    assert all(each.null for each in found if each.p_value is not None)
    assert all(each.source for each in found)


def test_without_outcomes_only_what_needs_none_is_answered(sound):
    waiting = replace(sound, samples={**sound.samples, "test": replace(sound.samples["test"], bad=None)})
    results = [each for each in validate(waiting, QUICK) if each.scope.split(":")[0] == "test"]
    answered = {each.code for each in results if each.verdict is Verdict.GREEN}
    assert answered == {"STA-01", "STA-02", "STA-03", "STA-04", "STA-05", "STA-08", "ROB-03", "ROB-07"}
    assert {each.verdict for each in results if each.code in {"ROB-04", "ROB-05", "ROB-08"}} == {Verdict.NOT_DUE}
    assert {each.verdict for each in results if each.code == "ROB-01"} == {Verdict.INSUFFICIENT_DATA}


def test_a_later_sample_of_one_class_is_never_green_where_bads_are_needed(sound):
    clean = replace(sound.samples["test"], bad=np.zeros_like(sound.samples["test"].bad))
    results = validate(replace(sound, samples={**sound.samples, "test": clean}), BEHIND)
    here = [each for each in results if each.scope.startswith(("test", "splits")) and each.code.startswith("ROB")]
    needs = {"ROB-01", "ROB-04", "ROB-05", "ROB-06", "ROB-08"}
    assert {each.verdict for each in here if each.code in needs} == {Verdict.INSUFFICIENT_DATA}


def test_a_sample_of_three_is_never_green(make):
    evidence = make(sizes={"development": 1600, "test": 800, "out_of_time": 3})
    here = [each for each in validate(evidence, QUICK) if each.scope.startswith("out_of_time")]
    allowed = {Verdict.INSUFFICIENT_DATA, Verdict.NOT_DUE, Verdict.NOT_COMPUTABLE}
    assert {(each.code, each.verdict) for each in here if each.verdict not in allowed} == set()


def test_a_card_that_gives_everybody_one_score_is_never_green_where_its_ranking_is_asked(sound):
    (segment,) = sound.modelled.card.segments
    flat = replace(segment, terms=tuple(replace(term, points=(100.0,) * len(term.points)) for term in segment.terms))
    card = replace(sound.modelled.card, segments=(flat,))
    results = validate(replace(sound, model=replace(sound.modelled, card=card)), BEHIND)
    asked = {"ROB-01", "ROB-02", "ROB-03"}
    assert {each.verdict for each in results if each.code in asked or each.scope == "test: ranking"} == {Verdict.NOT_COMPUTABLE}
    assert next(each for each in results if each.scope == "splits: AUC").verdict is Verdict.AMBER


def test_without_the_scorecard_nothing_behind_it_is_answered(sound):
    results = validate(replace(sound, model=None), tuple(test for test in BEHIND if test.area == "ROB"))
    assert {(each.verdict, each.reading.key) for each in results} == {(Verdict.NOT_DUE, "reading.no_model")}


def test_shifts_of_weighted_characteristics_sum_to_that_of_the_weighted_mean_score(make):
    evidence = make(weights=lambda rows: np.where(np.arange(rows) % 3, 1.0, 2.0))
    results = validate(evidence, tuple(test for test in BEHIND if test.code == "STA-03"))
    shift = sum(each.statistic for each in results if each.scope.startswith("test"))
    means = [np.average(part.score, weights=part.weight) for part in (evidence.development, evidence.samples["test"])]
    assert shift == pytest.approx(means[1] - means[0], abs=1e-9)
