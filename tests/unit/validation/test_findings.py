"""Findings drafted from results: causes, severities by the written rule, due dates, and what a wrong PD costs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.messages import LANGUAGES, catalogue
from scorecard.results import Reading, Result, Verdict
from scorecard.validation import TESTS
from scorecard.validation.findings import CAUSE_OF, CAUSES, MONTHS, SEVERITIES, Finding, capital, draft, due

BEGUN = date(2026, 11, 30)
RED, AMBER, GREEN = Verdict.RED, Verdict.AMBER, Verdict.GREEN
SILENT = (Verdict.NOT_DUE, Verdict.INSUFFICIENT_DATA, Verdict.NOT_COMPUTABLE)


def result(code, scope, verdict, statistic=0.5, key="verdict.green", **more):
    return Result(code, scope, 1000, 200, statistic, verdict, "convention", Reading(key), **more)


def grades(red=0, amber=0, green=0, code="CAL-02"):
    """Results on the grades of the test sample."""
    verdicts = [RED] * red + [AMBER] * amber + [GREEN] * green
    return [result(code, f"test: {position}", verdict) for position, verdict in enumerate(verdicts)]


def severities(results):
    return [each.severity for each in draft(results, BEGUN)]


def test_nothing_is_drafted_from_green_results_and_those_without_an_answer():
    assert draft([result("DIS-01", "test", verdict) for verdict in (GREEN, *SILENT)], BEGUN) == []


def test_tests_that_say_one_thing_of_one_sample_make_one_finding():
    (found,) = draft([result(code, "test", AMBER) for code in ("DIS-01", "DIS-02", "DIS-03", "DIS-05")], BEGUN)
    assert (found.cause, found.codes) == ("ranking", ("DIS-01", "DIS-02", "DIS-03", "DIS-05"))


def test_the_same_test_on_two_samples_makes_two():
    found = draft([result("DIS-01", name, RED) for name in ("test", "out_of_time")], BEGUN)
    assert [each.sample for each in found] == ["test", "out_of_time"]


def test_a_test_that_nobody_grouped_is_a_cause_of_its_own():
    (found,) = draft([result("ROB-99", "test", RED)], BEGUN)
    assert (found.cause, found.area) == ("ROB-99", "ROB")


@pytest.mark.parametrize(
    ("results", "severity"),
    [
        ([result("DIS-01", "test", RED)], "major"),
        ([result("DIS-01", "test", AMBER)], "moderate"),
        (grades(red=1, green=6), "moderate"),
        (grades(red=3, green=4), "major"),
        (grades(amber=1, green=6), "minor"),
        (grades(amber=1, green=19), "observation"),
        (grades(amber=3, green=4), "moderate"),
        ([*grades(red=1, green=6), result("CAL-03", "test", AMBER)], "moderate"),
        ([*grades(amber=1, green=6), result("CAL-03", "test", RED)], "major"),
        ([result("IMP-03", "test", RED)], "critical"),
        ([result("IMP-03", "test: case", AMBER)], "major"),
        ([result("REP-02", "cards", RED)], "critical"),
        ([result("DIS-01", "test", RED, 0.31, "reading.ranking_inverted")], "critical"),
    ],
)
def test_severity_follows_the_written_rule(results, severity):
    assert severities(results) == [severity]


def test_parts_that_could_not_be_judged_do_not_dilute_those_that_failed():
    silent = [result("CAL-02", f"test: silent {number}", Verdict.INSUFFICIENT_DATA) for number in range(20)]
    assert severities([*grades(red=2, green=3), *silent]) == ["major"]


def test_the_most_severe_stands_first_and_ids_count_from_there():
    found = draft([result("STA-04", "test", AMBER), result("IMP-01", "test", RED), result("DIS-04", "test", RED)], BEGUN)
    assert [(each.id, each.severity) for each in found] == [("F-01", "critical"), ("F-02", "major"), ("F-03", "moderate")]


def test_a_whole_sample_that_fails_is_no_part_of_it():
    (found,) = draft([*grades(red=0, amber=0, green=5), result("CAL-03", "test", AMBER)], BEGUN)
    assert (found.failed, found.tested) == (0, 5)


def test_evidence_links_every_failed_result_the_worst_first():
    (found,) = draft([result("STA-02", "test: age", AMBER, 0.12), result("STA-02", "test: income", RED, 0.31)], BEGUN)
    assert [(each["scope"], each["verdict"]) for each in found.evidence] == [("test: income", "red"), ("test: age", "amber")]
    assert (found.failed, found.tested) == (2, 2)


@pytest.mark.parametrize(
    ("severity", "day"),
    [("critical", "2026-12-30"), ("major", "2027-02-28"), ("moderate", "2027-05-30"), ("minor", "2027-11-30")],
)
def test_due_dates_count_months_from_the_day_of_the_validation(severity, day):
    assert due(BEGUN, severity) == day


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.sampled_from(sorted(MONTHS)))
def test_a_due_date_lies_as_many_months_ahead_as_the_severity_gives(begun, severity):
    found = date.fromisoformat(due(begun, severity))
    assert (found.year - begun.year) * 12 + found.month - begun.month == MONTHS[severity]
    assert found.day <= begun.day


@pytest.mark.parametrize(
    ("pd", "lgd", "weight"),
    [
        (0.0005, 0.45, 6.63), (0.001, 0.45, 11.16), (0.0025, 0.45, 21.15), (0.005, 0.45, 32.36), (0.01, 0.45, 45.77),
        (0.02, 0.45, 57.99), (0.05, 0.45, 66.42), (0.1, 0.45, 75.54), (0.2, 0.45, 100.28), (0.01, 0.85, 86.46), (0.2, 0.85, 189.41),
    ],
)  # fmt: skip
def test_capital_gives_the_printed_risk_weights_of_other_retail(pd, lgd, weight):
    """Basel Committee (2006), annex 5, illustrative risk weights for other retail, in per cent of the exposure."""
    assert 100 * 12.5 * lgd * capital(pd) == pytest.approx(weight, abs=0.011)


@given(st.floats(0, 1))
def test_capital_is_a_share_and_nothing_where_default_is_certain(pd):
    assert 0 <= capital(pd) < 1
    assert capital(1.0) == 0.0


def test_a_pd_far_too_low_is_critical_and_its_cost_is_told():
    portfolio = result("CAL-01", "test", RED, 0.015, threshold=0.01)
    (found,) = draft([portfolio], BEGUN)
    assert found.severity == "critical"
    assert found.effect == {"el": pytest.approx(0.5), "rwea": pytest.approx(capital(0.015) / capital(0.01) - 1)}


def test_the_red_of_another_test_makes_no_capital_critical():
    """The level alone is amber: the red of the slope is major, and its own."""
    amber, red = result("CAL-01", "test", AMBER, 0.015, threshold=0.01), result("CAL-06", "test", RED)
    assert [(each.severity, each.rule) for each in draft([amber, red], BEGUN)] == [("major", "red_whole")]
    assert severities([replace(amber, verdict=RED), replace(red, verdict=AMBER)]) == ["critical"]


def test_a_pd_too_low_by_little_capital_is_major():
    (found,) = draft([result("CAL-01", "test", RED, 0.0563, threshold=0.05)], BEGUN)
    assert found.severity == "major"
    assert 0 < found.effect["rwea"] < 0.1


@pytest.mark.parametrize("pd", [0.0, 1.0])
def test_a_pd_that_claims_certainty_has_no_effect_to_tell(pd):
    (found,) = draft([result("CAL-01", "test", RED, 0.3, threshold=pd)], BEGUN)
    assert found.effect == {}


def test_a_finding_is_read_back_from_json():
    (found,) = draft([result("CAL-01", "test", RED, 0.3, threshold=0.1)], BEGUN)
    assert Finding.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_no_test_has_two_causes():
    codes = [code for codes in CAUSES.values() for code in codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_severity_and_rule_has_words(language):
    known = catalogue(language)
    assert [each for each in SEVERITIES if f"finding.severity.{each}" not in known] == []
    assert [each for each in CAUSES if not {f"finding.cause.{each}", f"finding.recommendation.{each}"} <= known.keys()] == []
    rules = {each.rule for group in (grades(red=1), grades(amber=1, green=6)) for each in draft(group, BEGUN)}
    assert [each for each in rules if f"finding.rule.{each}" not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_test_of_the_suite_has_words_for_what_it_finds(language):
    causes = {CAUSE_OF.get(test.code, test.code) for test in TESTS}
    assert [each for each in causes if f"finding.cause.{each}" not in catalogue(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_area_of_the_suite_has_a_name_an_impact_and_a_recommendation(language):
    known, areas = catalogue(language), {test.area for test in TESTS} | {"REP"}
    for part in ("area", "finding.impact", "finding.recommendation"):
        assert [area for area in areas if f"{part}.{area}" not in known] == []
