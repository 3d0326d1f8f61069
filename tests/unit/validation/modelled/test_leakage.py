from __future__ import annotations

import numpy as np
import pytest

from scorecard.messages import LANGUAGES, render
from scorecard.metrics import auc
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.judging import Limits
from scorecard.validation.robustness import each_leak, leakage_test
from scorecard.validation.robustness.leakage import Case, Question


def by_scope(evidence):
    return {result.scope: result for result in each_leak(evidence)}


def test_a_sound_scorecard_knows_no_outcome(sound):
    found = by_scope(sound)
    assert list(found) == [
        "development: single inputs", "development: missing values", "test: single inputs", "test: without the strongest",
        "out_of_time: single inputs", "out_of_time: without the strongest",
    ]  # fmt: skip
    assert {result.verdict for result in found.values()} == {Verdict.GREEN}


def test_an_input_that_knows_the_outcome_is_red_and_named(make):
    def collected(name, drawn, random):
        drawn.columns["phone"] = np.where((drawn.bad == 1) ^ (random.random(drawn.bad.size) < 0.02), "collector", "own").astype(
            object
        )

    found = by_scope(make(leak=collected))["development: single inputs"]
    assert (found.verdict, found.reading.values["name"]) == (Verdict.RED, "phone")
    assert found.statistic > 0.95
    assert found.reading.values["iv"] > 5


def test_an_input_that_knew_the_outcome_at_development_only_collapses(make):
    def once(name, drawn, random):
        if name == "development":
            drawn.columns["phone"] = np.where((drawn.bad == 1) ^ (random.random(drawn.bad.size) < 0.25), "yes", "no").astype(
                object
            )

    found = by_scope(make(leak=once))
    assert found["development: single inputs"].verdict is Verdict.GREEN
    for sample in ("test", "out_of_time"):
        result = found[f"{sample}: single inputs"]
        assert (result.verdict, result.reading.values["name"]) == (Verdict.RED, "phone")
        assert result.reading.values["then"] - result.reading.values["now"] == pytest.approx(result.statistic)


def test_missing_values_that_tell_the_outcome_are_found(make):
    """Incomes of bads are missing four times in five, as where they are asked for when a loan is renewed."""

    def renewed(name, drawn, random):
        hidden = random.random(drawn.bad.size) < np.where(drawn.bad == 1, 0.8, 0.05)
        drawn.columns["income"] = np.where(hidden, np.nan, drawn.columns["income"])

    found = by_scope(make(leak=renewed, used=("age", "debt")))["development: missing values"]
    assert found.verdict is Verdict.RED
    assert found.statistic == pytest.approx(0.5 + (0.8 - 0.05) * 0.95 / 2, abs=0.03)
    assert found.reading.values["bad_rate"] > 0.6
    assert found.reading.values["other_rate"] < 0.1


def test_the_number_of_missing_inputs_can_tell_more_than_each(make):
    def forms(name, drawn, random):
        for column in ("income", "debt"):
            hidden = random.random(drawn.bad.size) < np.where(drawn.bad == 1, 0.5, 0.2)
            drawn.columns[column] = np.where(hidden, np.nan, drawn.columns[column])

    found = by_scope(make(leak=forms, used=("age", "job")))["development: missing values"]
    assert found.reading.values["name"].key == "reading.number_missing"


def test_without_missing_values_nothing_is_asked_of_them(make):
    def complete(name, drawn, random):
        drawn.columns["income"] = np.nan_to_num(drawn.columns["income"], nan=2000.0)

    found = by_scope(make(leak=complete))["development: missing values"]
    assert (found.verdict, found.reading.key) == (Verdict.NOT_DUE, "reading.never_missing")


def test_the_strongest_characteristic_alone_carries_a_card_that_rests_on_it(make):
    def dominated(name, drawn, random):
        drawn.logit[:] = -1.5 + 4 * (drawn.columns["debt"] - 0.5)

    found = by_scope(make(seed=13, spoil=dominated, used=("debt", "age")))["test: without the strongest"]
    assert (found.verdict, found.reading.values["name"]) == (Verdict.RED, "debt")


def test_an_auc_by_itself_is_that_of_the_rows(sound):
    result = by_scope(sound)["development: single inputs"]
    name = result.reading.values["name"]
    order = sound.modelled.characteristics[name].woe[sound.bins["development"][name]]
    assert result.statistic == pytest.approx(auc(sound.development.bad, -order), abs=1e-12)


def test_a_card_of_one_characteristic_has_nothing_without_it(make):
    found = by_scope(make(used=("age",)))["test: without the strongest"]
    assert (found.verdict, found.reading.key) == (Verdict.NOT_COMPUTABLE, "reading.no_refit")


def test_a_large_fall_by_chance_hides_no_smaller_one_that_is_none():
    figures = {"then": 0.8, "now": 0.7}
    found = [Case("phone", 0.12, 0.10, 0.0, figures), Case("debt", 0.09, 0.01, 0.0, figures)]
    question = Question("collapse", Limits(Thresholds().collapse_amber, Thresholds().collapse_red), "none")
    result = leakage_test(found, question, "test", (5000, 500))
    assert (result.verdict, result.statistic, result.reading.values["name"]) == (Verdict.AMBER, 0.09, "debt")


@pytest.mark.parametrize("name", ["leak", "missing_knows", "collapse", "strongest"])
@pytest.mark.parametrize(
    ("size", "error", "verdict", "key"),
    [(0.1, 0.01, Verdict.GREEN, "held"), (0.6, 0.5, Verdict.INSUFFICIENT_DATA, "chance"), (0.6, 0.01, Verdict.AMBER, "failed"), (0.8, 0.01, Verdict.RED, "failed")],
)  # fmt: skip
def test_verdict_on_a_suspicion(name, size, error, verdict, key):
    figures = {"iv": 1.0, "bad_rate": 0.4, "other_rate": 0.1, "then": 0.8, "now": 0.7}
    result = leakage_test([Case("age", size, error, 0.0, figures)], Question(name, Limits(0.5, 0.7), "none"), "test", (5000, 500))
    finding = result.reading.values.get("finding", result.reading)
    assert (result.verdict, finding.key) == (verdict, f"reading.{name}_{key}")
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)
