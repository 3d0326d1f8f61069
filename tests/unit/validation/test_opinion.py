"""The level of the ECB that results speak for: areas, coverage, and the worst that decides."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.results import Reading, Result, Verdict
from scorecard.validation.findings import draft
from scorecard.validation.opinion import ANSWERS, CORE, Opinion, propose

AREAS = (*CORE, "ROB", "FAI", "DOC")
RED, AMBER, GREEN = Verdict.RED, Verdict.AMBER, Verdict.GREEN
SILENT = (Verdict.NOT_DUE, Verdict.INSUFFICIENT_DATA, Verdict.NOT_COMPUTABLE)


def result(code, verdict, scope="test"):
    return Result(code, scope, 1000, 200, 0.5, verdict, "convention", Reading("x"))


def suite(**verdicts):
    """One result an area, green unless told otherwise."""
    return [result(f"{area}-01", verdicts.get(area, GREEN)) for area in AREAS]


def opinion(results, codes=None):
    """The opinion on a suite of one test an area, and of whatever else has results."""
    own = (*(f"{area}-01" for area in AREAS), *(each.code for each in results))
    return propose(results, draft(results, date(2026, 11, 27)), own if codes is None else codes)


def level_of(found, area):
    return next(each.level for each in found.areas if each.area == area)


def test_all_green_and_all_tested_is_adequate():
    found = opinion(suite())
    assert (found.level, found.rule, found.untested, found.deciding) == (1, "adequate", (), ())


@pytest.mark.parametrize(("verdict", "level"), [(AMBER, 2), (RED, 3)])
def test_the_worst_area_decides(verdict, level):
    found = opinion(suite(STA=verdict))
    assert (found.level, found.rule, found.deciding) == (level, "worst", ("F-01",))
    assert [level_of(found, area) for area in ("DIS", "STA")] == [1, level]


def test_a_critical_finding_is_severe():
    assert opinion(suite(IMP=RED)).level == 4


@pytest.mark.parametrize("area", CORE)
@pytest.mark.parametrize("silent", SILENT)
def test_without_a_core_area_no_level_is_proposed(area, silent):
    found = opinion(suite(**{area: silent}))
    assert (found.level, found.rule, found.untested) == (None, "untested", (area,))


def test_an_area_without_a_single_result_is_untested():
    found = opinion([each for each in suite() if not each.code.startswith("CAL")])
    assert (found.level, found.untested) == (None, ("CAL",))


def test_what_was_found_already_is_told_where_no_level_is_proposed():
    found = opinion(suite(CAL=Verdict.NOT_DUE, DIS=RED))
    assert (found.level, found.floor, found.deciding) == (None, 3, ("F-01",))


def test_a_critical_finding_needs_no_further_test():
    found = opinion(suite(CAL=Verdict.NOT_DUE, STA=Verdict.NOT_DUE, IMP=RED))
    assert (found.level, found.rule) == (4, "critical")


def test_another_area_untested_keeps_the_opinion_from_being_adequate():
    found = opinion(suite(FAI=Verdict.NOT_COMPUTABLE))
    assert (found.level, found.rule, found.untested) == (2, "incomplete", ("FAI",))


def test_more_than_a_third_of_the_areas_untested_is_too_much():
    silent = dict.fromkeys(("ROB", "FAI", "DOC"), Verdict.NOT_COMPUTABLE)
    assert opinion(suite(**silent)).level is None


def test_an_observation_leaves_a_model_adequate():
    few = [result("STA-02", AMBER if number == 0 else GREEN, f"test: {number}") for number in range(20)]
    assert opinion([*suite(), *few]).level == 1


def test_development_does_not_answer_for_later_samples():
    """The rows that a model was built on flatter it: green there says nothing where the later sample is silent."""
    results = [each for each in suite() if not each.code.startswith("DIS")]
    results += [result("DIS-01", GREEN, "development"), result("DIS-01", Verdict.NOT_DUE, "test")]
    assert opinion(results).untested == ("DIS",)


def test_a_test_that_is_run_on_development_only_is_answered_by_it():
    results = [each for each in suite() if not each.code.startswith("ROB")]
    assert opinion([*results, result("ROB-06", GREEN, "development")]).level == 1


def test_half_of_the_tests_of_an_area_are_enough():
    answered = [result("CAL-01", GREEN), result("CAL-02", Verdict.INSUFFICIENT_DATA)]
    others = [each for each in suite() if not each.code.startswith("CAL")]
    assert level_of(opinion([*others, *answered]), "CAL") == 1
    assert level_of(opinion([*others, *answered, result("CAL-03", Verdict.NOT_DUE)]), "CAL") is None


def test_tests_that_were_left_out_count_as_unanswered():
    """One green test an area says nothing of those that a validator chose not to run."""
    codes = [f"{area}-{number:02}" for area in AREAS for number in range(1, 5)]
    found = opinion(suite(), codes)
    assert (found.level, found.untested) == (None, AREAS)
    (area,) = [each for each in found.areas if each.area == "CAL"]
    assert (area.answered, area.tests, area.unanswered) == (1, 4, ("CAL-02", "CAL-03", "CAL-04"))


def test_tests_without_an_answer_are_named():
    found = opinion([*suite(), result("CAL-02", Verdict.INSUFFICIENT_DATA)])
    assert next(each for each in found.areas if each.area == "CAL").unanswered == ("CAL-02",)


def test_nothing_tested_is_nothing_proposed():
    assert opinion([], codes=()).level is None


def test_it_is_read_back_from_json():
    found = opinion(suite(CAL=RED, FAI=Verdict.NOT_DUE))
    assert Opinion.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@given(
    st.lists(
        st.tuples(st.sampled_from(AREAS), st.sampled_from(list(Verdict)), st.sampled_from(["development", "test"])), max_size=30
    )
)
def test_a_level_is_never_better_than_the_findings_and_never_rests_on_silence(drawn):
    results = [result(f"{area}-01", verdict, scope) for area, verdict, scope in drawn]
    found = opinion(results)
    if found.level is not None:
        assert found.level >= found.floor
        assert found.level == 4 or not set(found.untested) & set(CORE)
    if found.level == 1:
        later = {each.code for each in results if each.verdict in ANSWERS}
        assert {code.partition("-")[0] for code in later} == set(AREAS)
