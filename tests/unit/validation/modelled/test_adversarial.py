from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.robustness import adversarial_table, adversarial_test, each_adversarial
from scorecard.validation.robustness.adversarial import Told

LIMITS = Thresholds()


def richer(by):
    def spoil(name, drawn, random):
        if name == "out_of_time":
            drawn.columns["income"] = drawn.columns["income"] * by

    return spoil


def test_customers_of_one_kind_cannot_be_told_apart(sound):
    found = each_adversarial(sound)
    assert [(result.scope, result.verdict) for result in found] == [("test", Verdict.GREEN), ("out_of_time", Verdict.GREEN)]
    assert all(result.statistic < 0.53 for result in found)


def test_a_shift_is_found_and_its_input_named(make):
    found = {result.scope: result for result in each_adversarial(make(spoil=richer(2.0)))}
    assert found["out_of_time"].verdict is Verdict.RED
    assert found["out_of_time"].reading.values["inputs"].startswith("income (0.")
    assert found["test"].verdict is Verdict.GREEN


def test_the_auc_is_that_of_the_only_input_that_moved(make):
    """Other inputs only add noise: out of fold the AUC is a little below that of income's bins alone."""
    evidence = make(spoil=richer(1.6), sizes={"development": 6000, "out_of_time": 6000})
    alone = adversarial_table(evidence, "out_of_time").set_index("characteristic")["auc"]
    result = each_adversarial(evidence)[0]
    assert alone.idxmax() == "income"
    assert result.statistic == pytest.approx(alone["income"], abs=0.015)


def test_a_normal_shift_in_bins_tells_nearly_as_much_as_in_numbers(make):
    """Log income moves by ln 1.6 of a standard deviation of 0.5: AUC of two normal distributions Phi(0.94 / sqrt 2) = 0.747, less in four bins."""
    evidence = make(spoil=richer(1.6), sizes={"development": 6000, "out_of_time": 6000})
    alone = adversarial_table(evidence, "out_of_time").set_index("characteristic")["auc"]
    true = stats.norm.cdf(np.log(1.6) / 0.5 / np.sqrt(2))
    assert true - 0.06 < alone["income"] < true


@pytest.mark.parametrize(
    ("told", "verdict", "key"),
    [
        (Told(0.52, 0.001, {"age": 0.52}), Verdict.GREEN, "held"),
        (Told(0.62, 0.078, {"age": 0.62}), Verdict.GREEN, "chance"),
        (Told(0.62, 0.1, {"age": 0.62}), Verdict.INSUFFICIENT_DATA, "chance"),
        (Told(0.62, 0.01, {"age": 0.62}), Verdict.AMBER, "failed"),
        (Told(0.75, 0.01, {"age": 0.75}), Verdict.RED, "failed"),
    ],
)
def test_verdict_on_who_is_told_apart(told, verdict, key):
    result = adversarial_test(told, "test", (5000, 500), LIMITS)
    finding = result.reading.values.get("finding", result.reading)
    assert (result.verdict, finding.key) == (verdict, f"reading.adversarial_{key}")
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)


def test_a_segment_that_grows_is_told_by_itself(make):
    """In the out-of-time sample everybody works in an office; the other segment is empty."""

    def offices(name, drawn, random):
        if name == "out_of_time":
            drawn.columns["job"] = np.full(drawn.logit.size, "clerk", dtype=object)

    found = {result.scope: result for result in each_adversarial(make(spoil=offices, segmented=True))}
    assert found["out_of_time"].statistic > 0.6
    assert found["test"].statistic < 0.53
