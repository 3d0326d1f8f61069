from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scorecard.messages import LANGUAGES, render
from scorecard.metrics import delong_paired
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.robustness import each_noise, noise_test
from scorecard.validation.robustness.effects import Effect, base, changed, mean

LIMITS = Thresholds()
ROWS = (5000, 500)


def by_scope(evidence):
    return {result.scope: result for result in each_noise(evidence)}


def test_each_kind_of_noise_has_its_result_in_every_later_sample(sound):
    kinds = ("relative", "spread", "levels")
    assert list(by_scope(sound)) == [f"{sample}: {kind}" for sample in ("test", "out_of_time") for kind in kinds]


def test_the_loss_of_a_change_is_that_of_the_rows(sound):
    """delong_paired on rows: everybody's debt is missing."""
    cells, part = sound.cells["test"], sound.samples["test"]
    (block,) = cells.blocks
    missing = block.segment.terms[2].characteristic.index("missing")
    bins = block.moved("debt", np.full(len(block.bins), missing))
    effect = changed(base(cells, part, 20), [bins])
    after = cells.score(cells.steps([bins]))[block.cell]
    told = delong_paired(part.bad[block.rows], -part.score[block.rows], -after)
    assert effect.lost == pytest.approx(told.difference, abs=1e-12)
    assert effect.error == pytest.approx(told.variance**0.5, rel=1e-9)
    moved = after - part.score[block.rows]
    assert (effect.shift, effect.size, effect.largest) == pytest.approx((moved.mean(), np.abs(moved).mean(), np.abs(moved).max()))


def test_draws_are_averaged_with_their_own_variation():
    found = mean([Effect(0.01, 0.003, 0.1, -1.0, 1.0, 5.0), Effect(0.03, 0.003, 0.3, -3.0, 3.0, 9.0)])
    assert (found.lost, found.regraded, found.shift, found.size, found.largest) == pytest.approx((0.02, 0.2, -2.0, 2.0, 9.0))
    assert found.error == pytest.approx(np.sqrt(0.003**2 + np.var([0.01, 0.03], ddof=1) / 2))


def test_edges_beside_frequent_values_are_found(make):
    """In the test sample every debt lies a hair from an edge: the smallest error moves half of the customers."""

    def on_the_edge(name, drawn, random):
        if name == "test":
            debt = drawn.columns["debt"]
            edge = np.array([0.2, 0.5, 0.9])[np.abs(debt[:, None] - [0.2, 0.5, 0.9]).argmin(axis=1)]
            drawn.columns["debt"] = np.where(debt < edge, edge - 0.001, edge)

    sound, spoilt = (by_scope(make(spoil=spoil, used=("debt", "age"))) for spoil in (None, on_the_edge))
    assert sound["test: relative"].verdict is Verdict.GREEN
    assert spoilt["test: relative"].effect > 2 * sound["test: relative"].effect
    assert spoilt["test: relative"].verdict in {Verdict.AMBER, Verdict.RED}


def test_missing_values_and_whole_numbers_stay_what_they_are(make):
    """Ages from 18 to 20, each alone far from an edge: a tenth moves none of them to 30; missing incomes stay missing."""

    def far(name, drawn, random):
        drawn.columns["age"] = random.choice([20, 35, 47, 65], drawn.logit.size)
        drawn.columns["income"] = np.where(
            random.random(drawn.logit.size) < 0.5, np.nan, random.choice([1000.0, 2000.0, 3200.0, 9000.0], drawn.logit.size)
        )

    found = by_scope(make(spoil=far, used=("age", "income")))
    assert (found["test: relative"].statistic, found["test: relative"].effect) == (0.0, 0.0)


def test_a_card_of_numbers_has_no_levels_to_reassign(make):
    assert list(by_scope(make(used=("age", "debt")))) == [
        "test: relative", "test: spread", "out_of_time: relative", "out_of_time: spread",
    ]  # fmt: skip


def test_draws_are_those_of_the_seed(sound):
    again, other = each_noise(sound), each_noise(replace(sound, seed=7))
    assert again == each_noise(sound)
    assert [result.statistic for result in again] != [result.statistic for result in other]


@pytest.mark.parametrize(
    ("effect", "verdict", "key"),
    [
        (Effect(0.01, 0.001, 0.2, 0, 1, 9), Verdict.GREEN, "reading.noise_held"),
        (Effect(0.03, 0.019, 0.2, 0, 1, 9), Verdict.GREEN, "reading.noise_chance"),
        (Effect(0.03, 0.03, 0.2, 0, 1, 9), Verdict.INSUFFICIENT_DATA, "reading.blind"),
        (Effect(0.03, 0.03, 0.5, 0, 1, 9), Verdict.AMBER, "reading.noise_regraded"),
        (Effect(0.03, 0.001, 0.2, 0, 1, 9), Verdict.AMBER, "reading.noise_failed"),
        (Effect(0.06, 0.001, 0.2, 0, 1, 9), Verdict.RED, "reading.noise_failed"),
        (Effect(0.01, 0.001, 0.5, 0, 1, 9), Verdict.AMBER, "reading.noise_regraded"),
        (Effect(None, 0.0, 0.2, 0, 1, 9), Verdict.INSUFFICIENT_DATA, "reading.noise_unranked"),
        (Effect(None, 0.0, 0.5, 0, 1, 9), Verdict.AMBER, "reading.noise_unranked"),
    ],
)
def test_verdict_on_noise(effect, verdict, key):
    result = noise_test(effect, "test: relative", ROWS, LIMITS)
    assert (result.verdict, result.reading.key) == (verdict, key)
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)
