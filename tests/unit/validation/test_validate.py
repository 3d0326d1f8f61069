"""A scorecard of three characteristics on three samples: drawn with true PDs, then spoilt in known ways."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame

from scorecard.errors import EvidenceError
from scorecard.messages import LANGUAGES, render
from scorecard.results import Result, Verdict, overall
from scorecard.settings import Thresholds
from scorecard.validation import TESTS, Evidence, validate
from scorecard.validation.evidence import Scored

POINTS = {"age": (0, 20, 45), "income": (0, 15, 30, 60), "history": (0, 40, 80)}
GRADES = ("A", "B", "C", "D", "E", "F")
CUTS = np.array([0.04, 0.08, 0.14, 0.22, 0.32])
SAMPLES = {"development": 8000, "test": 4000, "out_of_time": 4000}


def drawn(random, rows, tilt=0.0, level=0.0):
    """Attributes, and the sample they make; `tilt` moves income to lower attributes, `level` raises the true logits."""
    shares = {name: np.full(len(points), 1 / len(points)) for name, points in POINTS.items()}
    shares["income"] = np.array([0.25 + tilt, 0.25, 0.25, 0.25 - tilt])
    attributes = {name: random.choice(len(share), rows, p=share) for name, share in shares.items()}
    score = sum(np.array(POINTS[name])[attribute] for name, attribute in attributes.items()).astype(float)
    logit = 0.2 - score / 35
    pd, truth = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-logit - level))
    bad = (random.random(rows) < truth).astype(int)
    return attributes, Scored(bad, score, pd, np.searchsorted(CUTS, pd))


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
    return Evidence(samples, GRADES, DataFrame(table), Thresholds())


def unobserved(found, name):
    return replace(found, samples={**found.samples, name: replace(found.samples[name], bad=None)})


def verdicts(results, sample):
    """Worst verdict of each test on one sample."""
    here = [result for result in results if result.scope.split(":")[0] == sample]
    return {code: overall(result for result in here if result.code == code).value for code in {result.code for result in here}}


@pytest.fixture(scope="module")
def sound():
    return validate(evidence())


def test_every_test_answers_for_every_sample(sound):
    discrimination = {"DIS-01", "DIS-02", "DIS-03", "DIS-05"}
    later = {"DIS-04", *(f"CAL-0{number}" for number in range(1, 7)), *(f"STA-0{number}" for number in (1, 2, 3, 4, 8))}
    behind_the_scores = {result.code for result in sound if result.verdict is Verdict.NOT_DUE}
    assert set(verdicts(sound, "development")) == discrimination
    assert set(verdicts(sound, "test")) == set(verdicts(sound, "out_of_time")) == discrimination | later
    assert {test.code for test in TESTS} == discrimination | later | behind_the_scores


def test_a_sound_scorecard_is_green_on_the_test_sample(sound):
    assert set(verdicts(sound, "test").values()) == {"green"}


def test_a_true_model_is_alarmed_about_one_time_in_twenty():
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
    assert {verdicts(results, name)["DIS-01"] for name in SAMPLES} == {"red"}


def test_without_outcomes_only_stability_is_answered():
    found = verdicts(validate(unobserved(evidence(), "out_of_time")), "out_of_time")
    waiting = {code for code, verdict in found.items() if verdict == "not due"}
    assert waiting == {code for code in found if code.startswith(("DIS", "CAL"))}
    assert {found[f"STA-0{number}"] for number in range(1, 5)} == {"green"}


def test_what_waits_has_no_figures():
    waiting = [result for result in validate(unobserved(evidence(), "test")) if result.verdict is Verdict.NOT_DUE]
    assert waiting
    assert {(result.statistic, result.p_value, result.interval) for result in waiting} == {(None, None, None)}


def test_a_sample_without_bads_is_insufficient_and_never_green():
    found = evidence()
    test = found.samples["test"]
    clean = replace(found, samples={**found.samples, "test": replace(test, bad=np.zeros_like(test.bad))})
    here = verdicts(validate(clean), "test")
    needs_bads = {"DIS-01", "DIS-02", "DIS-03", "DIS-04", "DIS-05", "CAL-04", "CAL-05", "CAL-06"}
    assert {here[code] for code in needs_bads} == {"insufficient data"}


def test_development_of_one_class_is_refused():
    found = evidence()
    start = replace(found.development, bad=np.zeros_like(found.development.bad))
    with pytest.raises(EvidenceError, match="has no bads"):
        validate(replace(found, samples={**found.samples, "development": start}))


def test_order_of_rows_is_of_no_account():
    found, random = evidence(), np.random.default_rng(5)
    shuffled = {}
    for name, scored in found.samples.items():
        order = random.permutation(scored.n)
        shuffled[name] = Scored(scored.bad[order], scored.score[order], scored.pd[order], scored.grade[order])
    for before, after in zip(validate(found), validate(replace(found, samples=shuffled)), strict=True):
        assert (before.code, before.scope, before.verdict) == (after.code, after.scope, after.verdict)
        assert before.statistic == pytest.approx(after.statistic, abs=1e-9)


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
