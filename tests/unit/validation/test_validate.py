"""A scorecard of three characteristics on three samples: drawn with true PDs, then spoilt in known ways."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame

from scorecard.messages import LANGUAGES, render
from scorecard.results import Result, Verdict, overall
from scorecard.settings import Thresholds
from scorecard.validation import TESTS, Evidence, validate
from scorecard.validation.evidence import Labels, Scored

POINTS = {"age": (0, 20, 45), "income": (0, 15, 30, 60), "history": (0, 40, 80)}
GRADES = ("A", "B", "C", "D", "E", "F")
CUTS = np.array([0.04, 0.08, 0.14, 0.22, 0.32])
SAMPLES = {"development": 8000, "test": 4000, "out_of_time": 4000}
REGIONS, PERIODS = ("north", "south"), ("2024Q1", "2024Q2", "2024Q3", "2024Q4")
BY_CHANCE = {"DIS-04", "DIS-08", *(f"CAL-{number:02}" for number in (1, 2, 3, 4, 6, 7, 8, 9, 10, 12))}  # 5 % are alarmed


def drawn(random, rows, tilt=0.0, level=0.0):
    """Attributes, and the sample they make; `tilt` moves income to lower attributes, `level` raises the true logits."""
    shares = {name: np.full(len(points), 1 / len(points)) for name, points in POINTS.items()}
    shares["income"] = np.array([0.25 + tilt, 0.25, 0.25, 0.25 - tilt])
    attributes = {name: random.choice(len(share), rows, p=share) for name, share in shares.items()}
    score = sum(np.array(POINTS[name])[attribute] for name, attribute in attributes.items()).astype(float)
    logit = 0.2 - score / 35
    pd, truth = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-logit - level))
    bad = (random.random(rows) < truth).astype(int)
    labels = {"region": Labels(np.arange(rows) % 2, REGIONS), "@period": Labels(np.arange(rows) * 4 // rows, PERIODS)}
    return attributes, Scored(bad, score, pd, np.searchsorted(CUTS, pd), labels=labels)


def evidence(seed=0, **spoilt):
    """Evidence on fresh draws; `spoilt` gives the tilt and level of a sample."""
    random = np.random.default_rng(seed)
    draws = {name: drawn(random, rows, **spoilt.get(name, {})) for name, rows in SAMPLES.items()}
    table = [
        {"characteristic": name, "attribute": str(index), "points": float(worth)}
        | {sample: int((attributes[name] == index).sum()) for sample, (attributes, _) in draws.items()}
        for name, points in POINTS.items()
        for index, worth in enumerate(points)
    ]
    samples = {name: scored for name, (_, scored) in draws.items()}
    return Evidence(samples, GRADES, DataFrame(table), Thresholds(), segments=("region",))


def unobserved(found, name):
    return replace(found, samples={**found.samples, name: replace(found.samples[name], bad=None)})


def verdicts(results, sample):
    """Worst verdict of each test on one sample."""
    here = [result for result in results if result.scope.split(":")[0] == sample]
    return {code: overall(result for result in here if result.code == code).value for code in {result.code for result in here}}


@pytest.fixture(scope="module")
def sound():
    return validate(evidence())


EVERYWHERE = {f"DIS-{number:02}" for number in (1, 2, 3, 5, 6, 9, 10, 11)}
LATER = (
    {"DIS-04", "DIS-07", "DIS-08", "STA-08"}
    | {f"CAL-{number:02}" for number in range(1, 13)}
    | {f"STA-0{number}" for number in range(1, 5)}
)


def test_every_test_answers_for_every_sample(sound):
    """Those that look behind the scores answer that the scorecard is not at hand."""
    assert set(verdicts(sound, "development")) == EVERYWHERE
    assert set(verdicts(sound, "test")) == set(verdicts(sound, "out_of_time")) == EVERYWHERE | LATER
    assert {result.code for result in sound} == {test.code for test in TESTS}


def test_a_sound_scorecard_is_green_on_the_test_sample(sound):
    """But for the grades of low default, of which there are none, and periods of 1,000 that could not show a fall by 0.05."""
    found = verdicts(sound, "test")
    assert (found.pop("CAL-11"), found.pop("DIS-11")) == ("not due", "insufficient data")
    assert set(found.values()) == {"green"}


def test_a_true_model_is_alarmed_about_one_time_in_twenty():
    """200 samples drawn with their true PDs; three standard errors of 5 % are 4.6 percentage points.

    The portfolio, and all grades together, are each a test at 5 %.
    """
    tests = [test for test in TESTS if test.code in BY_CHANCE]
    alarmed, tried = Counter(), Counter()
    for seed in range(100):
        found = [result for result in validate(evidence(seed), tests) if result.verdict is not Verdict.NOT_DUE]
        families = {(result.code, *result.scope.partition(": ")[:2]) for result in found}
        alarms = {(result.code, *result.scope.partition(": ")[:2]) for result in found if result.verdict is not Verdict.GREEN}
        tried.update((code, part) for code, _, part in families)
        alarmed.update((code, part) for code, _, part in alarms)
    assert set(tried.values()) == {200}
    assert {family: alarmed[family] / 200 for family in tried if not 0 < alarmed[family] < 0.096 * 200} == {}
    """200 samples drawn with their true PDs; three standard errors of 5 % are 4.6 percentage points."""
    codes = ("DIS-04", "CAL-01", "CAL-02", "CAL-03", "CAL-04", "CAL-06")
    tests = [test for test in TESTS if test.code in codes]
    results = [validate(evidence(seed), tests) for seed in range(100)]
    found = [verdicts(result, sample) for result in results for sample in ("test", "out_of_time")]
    for code in codes:
        assert 0 < np.mean([verdict[code] != "green" for verdict in found]) < 0.096


def test_every_grade_and_every_characteristic_has_its_result(sound):
    assert [result.scope for result in sound if result.code == "CAL-02"][:6] == [f"test: {grade}" for grade in GRADES]
    assert [result.scope for result in sound if result.code == "STA-02"][:3] == [f"test: {name}" for name in POINTS]


def test_shifts_of_the_characteristics_sum_to_that_of_the_score():
    found = evidence(test={"tilt": 0.1})
    shift = sum(result.statistic for result in validate(found) if result.code == "STA-03" and result.scope.startswith("test"))
    expected = found.samples["test"].score.mean() - found.development.score.mean()
    assert shift == pytest.approx(expected, abs=1e-9)


def test_a_worse_economy_fails_calibration_and_leaves_the_rest():
    found = verdicts(validate(evidence(out_of_time={"level": 0.5})), "out_of_time")
    assert {code: found[code] for code in ("DIS-01", "CAL-01", "CAL-02", "CAL-03", "CAL-06", "STA-01")} == {
        "DIS-01": "green",
        "CAL-01": "red",
        "CAL-02": "red",
        "CAL-03": "red",
        "CAL-06": "red",
        "STA-01": "green",
    }


def test_other_customers_fail_stability_of_the_characteristic_that_moved():
    results = validate(evidence(out_of_time={"tilt": 0.2}))
    moved = {result.scope for result in results if result.code in ("STA-02", "STA-03") and result.verdict is Verdict.RED}
    assert moved == {"out_of_time: income"}
    assert verdicts(results, "out_of_time")["CAL-01"] == "green"


def test_a_score_turned_round_is_red():
    found = evidence()
    turned = {name: replace(scored, score=-scored.score) for name, scored in found.samples.items()}
    results = validate(replace(found, samples=turned))
    assert {verdicts(results, name)[code] for name in SAMPLES for code in ("DIS-01", "DIS-02")} == {"red"}


def test_without_outcomes_only_stability_is_answered():
    found = verdicts(validate(unobserved(evidence(), "out_of_time")), "out_of_time")
    waiting = {code for code, verdict in found.items() if verdict == "not due"}
    assert waiting == {code for code in found if code.startswith(("DIS", "CAL"))}
    assert {found[f"STA-0{number}"] for number in range(1, 5)} == {"green"}


def test_what_waits_has_no_figures():
    waiting = [result for result in validate(unobserved(evidence(), "test")) if result.verdict is Verdict.NOT_DUE]
    assert waiting
    figures = {(result.statistic, result.p_value, result.interval, result.effect, result.detectable) for result in waiting}
    assert figures == {(None, None, None, None, None)}


def test_a_sample_without_bads_is_insufficient_and_never_green():
    found = evidence()
    test = found.samples["test"]
    clean = replace(found, samples={**found.samples, "test": replace(test, bad=np.zeros_like(test.bad))})
    here = verdicts(validate(clean), "test")
    needs_bads = {*(f"DIS-{number:02}" for number in range(1, 12)), "CAL-04", "CAL-05", "CAL-06", "CAL-10"}
    assert {here[code] for code in needs_bads} == {"insufficient data"}


@pytest.mark.parametrize("bads", [0, 5, 19])
def test_development_with_too_few_bads_gives_no_initial_figures(bads):
    """What the AUC was on five bads is chance: no later sample can be said to hold it."""
    found = evidence()
    start = replace(found.development, bad=(np.arange(found.development.n) < bads).astype(int))
    results = validate(replace(found, samples={**found.samples, "development": start}))
    against = [result for result in results if result.code in ("DIS-04", "DIS-07", "DIS-08")]
    assert {(result.scope, result.verdict, result.reading.key) for result in against} == {
        (name, Verdict.INSUFFICIENT_DATA, "reading.initial_few") for name in ("test", "out_of_time")
    }
    assert {result.reading.values["bads"] for result in against} == {bads}
    assert all("{" not in render(result.reading, language) for result in against for language in LANGUAGES)


def test_order_of_rows_is_of_no_account(sound):
    found, random = evidence(), np.random.default_rng(5)
    shuffled = {}
    for name, scored in found.samples.items():
        order = random.permutation(scored.n)
        labels = {key: Labels(each.codes[order], each.names) for key, each in scored.labels.items()}
        shuffled[name] = Scored(scored.bad[order], scored.score[order], scored.pd[order], scored.grade[order], labels=labels)
    for before, after in zip(sound, validate(replace(found, samples=shuffled)), strict=True):
        assert (before.code, before.scope, before.verdict) == (after.code, after.scope, after.verdict)
        if before.statistic is not None:
            assert before.statistic == pytest.approx(after.statistic, abs=1e-9)


def weighed(found, weight):
    """The evidence with weights, a function of a sample."""
    return replace(found, samples={name: replace(part, weight=weight(part)) for name, part in found.samples.items()})


def test_equal_weights_change_nothing(sound):
    """Whatever the weight, rows that all stand for as many customers are worth their own number."""
    heavy = validate(weighed(evidence(), lambda part: np.full(part.n, 7.0)))
    for before, after in zip(sound, heavy, strict=True):
        assert (before.code, before.scope, before.n, before.events, before.verdict) == (
            after.code,
            after.scope,
            after.n,
            after.events,
            after.verdict,
        )
        figures = [(each.statistic, each.p_value, each.detectable, each.effect) for each in (before, after)]
        assert [number is None for number in figures[0]] == [number is None for number in figures[1]]
        assert [number for number in figures[0] if number is not None] == pytest.approx(
            [number for number in figures[1] if number is not None], rel=1e-6, abs=1e-9
        )


def test_a_true_model_stays_green_where_goods_were_sampled_and_weighted_up():
    """All bads, but one good in ten with weight 10: without the weights the default rate would be far too high."""
    found, random = evidence(), np.random.default_rng(3)
    kept = {name: part.part((part.bad == 1) | (random.random(part.n) < 0.1)) for name, part in found.samples.items()}
    sampled = replace(found, samples=kept)
    tests = [test for test in TESTS if test.code.startswith("CAL")]
    weighted = verdicts(validate(weighed(sampled, lambda part: np.where(part.bad == 1, 1.0, 10.0)), tests), "test")
    plain = verdicts(validate(sampled, tests), "test")
    assert set(weighted.values()) <= {"green", "not due"}
    assert plain["CAL-01"] == plain["CAL-07"] == "red"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda part: replace(part, score=np.zeros(part.n), pd=np.full(part.n, 0.1), grade=np.zeros(part.n, dtype=int)),
        lambda part: replace(part, pd=np.where(part.pd > 0.2, 1.0, 0.0)),
        lambda part: part.part(np.arange(part.n) < 3),
        lambda part: replace(part, bad=np.zeros(part.n, dtype=int)),
        lambda part: replace(part, bad=np.ones(part.n, dtype=int)),
        lambda part: replace(part, bad=(np.arange(part.n) < 19).astype(int)),
        lambda part: replace(part, weight=np.where(np.arange(part.n) == 0, 1.0, 0.0)),
        lambda part: replace(part, labels={key: Labels(np.full(part.n, -1), each.names) for key, each in part.labels.items()}),
    ],
    ids=["constant", "certain PDs", "three rows", "no bads", "no goods", "19 bads", "one row with weight", "no labels"],
)
def test_a_spoilt_sample_has_no_nan_and_no_green_where_nothing_was_tested(spoil):
    """`Result` refuses NaN itself; a green without a figure would be one where nothing was tested."""
    found = evidence()
    tests = [test for test in TESTS if test.code in EVERYWHERE | LATER]
    results = validate(replace(found, samples={**found.samples, "test": spoil(found.samples["test"])}), tests)
    here = [result for result in results if result.scope.split(":")[0] == "test"]
    assert {result.code for result in here} == {test.code for test in tests}
    assert [result for result in here if result.verdict is Verdict.GREEN and result.statistic is None] == []
    assert [result for result in here if "{" in render(result.reading, "en") + render(result.reading, "zh")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_can_be_read(sound, language):
    readings = [render(result.reading, language) for result in sound]
    assert all(readings)
    assert not any("{" in reading for reading in readings)


def test_every_result_survives_json(sound):
    assert [Result.from_dict(json.loads(json.dumps(result.to_dict()))) for result in sound] == sound


def test_every_p_value_has_its_null_in_words(sound):
    assert {bool(result.null) for result in sound if result.p_value is not None} == {True}


def test_every_result_names_its_source(sound):
    assert all(result.source for result in sound)


def test_every_test_of_order_and_of_pds_says_what_it_could_have_seen(sound):
    silent = {result.code for result in sound if result.statistic is not None and result.detectable is None}
    assert {code for code in silent if not code.startswith("STA")} == set()
