from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.robustness import each_step, step_table, step_test
from scorecard.validation.robustness.effects import Effect
from scorecard.validation.robustness.steps import Step


def intervals(term):
    return np.array(
        [
            worth
            for each, worth in zip(term.characteristic.bins, term.points, strict=True)
            if each.kind in {"interval", "category"}
        ]
    )


def test_the_largest_jump_is_that_of_neighbouring_points(sound):
    found = step_table(sound, "test").set_index(["characteristic", "direction"])
    for term in sound.modelled.card.terms:
        widest = np.abs(np.diff(intervals(term))).max()
        assert found.loc[(term.name, "up"), "largest_points"] == found.loc[(term.name, "down"), "largest_points"] == widest


def test_missing_values_and_the_last_bin_stay(sound):
    """Mean of the points of the next bin, weighted by the customers of each; by hand from the counts."""
    term = next(term for term in sound.modelled.card.terms if term.name == "income")
    index = sound.bins["test"]["income"]
    following = np.array([1, 2, 3, 3, 4, 5])  # four intervals, missing, unseen
    expected = (np.array(term.points)[following[index]] - np.array(term.points)[index]).mean()
    found = step_table(sound, "test").set_index(["characteristic", "direction"])
    assert found.loc[("income", "up"), "mean_points"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("points", "verdict", "key"), [(40.0, Verdict.GREEN, "smooth"), (41.0, Verdict.AMBER, "steep"), (61.0, Verdict.RED, "steep")]
)
def test_verdict_on_a_jump(points, verdict, key):
    found = [
        Step("age", "up", Effect(None, 0.0, 0.4, 1.0, 3.0, points)),
        Step("job", "down", Effect(None, 0.0, 0.6, 1.0, 3.0, 9.0)),
    ]
    result = step_test(found, "test", (5000, 500), 20.0, Thresholds())
    assert (result.verdict, result.reading.key) == (verdict, f"reading.step_{key}")
    assert (result.statistic, result.effect) == (points / 20, 0.6)
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)


def test_a_card_with_a_cliff_is_told(sound):
    (segment,) = sound.modelled.card.segments
    steep = replace(segment.terms[0], points=(0.0, 70.0, 75.0, 80.0, 0.0, 0.0))
    card = replace(sound.modelled.card, segments=(replace(segment, terms=(steep, *segment.terms[1:])),))
    found = each_step(replace(sound, model=replace(sound.modelled, card=card)))
    assert [(result.scope, result.verdict) for result in found] == [("test", Verdict.RED), ("out_of_time", Verdict.RED)]
