from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scorecard.messages import LANGUAGES, render
from scorecard.metrics import auc, psi
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.robustness import each_shift, shift_table, shift_test
from scorecard.validation.robustness.shift import Mix, tilted

LIMITS = Thresholds()


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(-9, 9)), min_size=2, max_size=8), st.floats(0.01, 0.4))
def test_a_tilt_spends_its_budget_in_its_direction(pairs, budget):
    counts, direction = np.array(pairs, dtype=float).T
    assume(np.ptp(direction) > 0)
    shares = counts / counts.sum()
    moved = tilted(shares, direction, budget)
    assert psi(shares, moved) == pytest.approx(budget, rel=1e-6)
    assert moved @ direction > shares @ direction
    order = np.argsort(direction, kind="stable")
    assert (np.diff((moved / shares)[order]) >= -1e-9).all()


def test_a_mix_is_the_weighted_sample(sound):
    """AUC and bad rate of the mix by weights on rows: those of each bin of age as far from its share as the tilt puts it."""
    mix = shift_table(sound, "test").set_index(["measure", "name"]).loc[("ranking", "age")]
    part, index = sound.samples["test"], sound.bins["test"]["age"]
    start, then = sound.development, sound.bins["development"]["age"]
    placement = np.where(start.bad == 1, *placements(start))
    gain = np.where(
        start.bad == 1,
        (placement - auc(start.bad, -start.score)) / start.events,
        (placement - auc(start.bad, -start.score)) / (start.n - start.events),
    )
    direction = np.array([-gain[then == each].sum() / (then == each).sum() for each in range(4)])
    shares = np.bincount(index, minlength=4)[:4] / part.n
    weight = (tilted(shares, direction, 0.25) / shares)[index]
    assert mix["auc"] == pytest.approx(auc(part.bad, -part.score, weight), abs=1e-9)
    assert mix["bad_rate"] == pytest.approx(np.average(part.bad, weights=weight), abs=1e-9)


def placements(part):
    """Share of goods above each bad, and of bads below each good, by comparing all pairs; both for every row."""
    pairs = np.sign(part.score[:, None] - part.score) / 2 + 0.5
    return 1 - pairs[:, part.bad == 0].mean(axis=1), pairs[:, part.bad == 1].mean(axis=1)


def test_the_worst_mix_is_worse_than_the_sample(sound):
    found = shift_table(sound, "test")
    assert found[found["measure"] == "ranking"]["lost"].max() > 0
    assert found[found["measure"] == "calibration"]["ratio"].max() > 1


def test_ranking_has_no_mix_of_grades(sound):
    names = shift_table(sound, "test").groupby("measure")["name"].agg(set)
    assert names["calibration"] - names["ranking"] == {"grades"}


def test_calibration_that_rests_on_the_mix_is_found(make):
    """A card that gives age no points is right on average, and wrong where the young are more."""
    evidence = make(seed=11, sizes={"development": 4000, "out_of_time": 4000})
    (segment,) = evidence.modelled.card.segments
    age = segment.terms[0]
    flat = replace(age, points=(float(round(np.mean(age.points[:4]))),) * len(age.points))
    card = replace(evidence.modelled.card, segments=(replace(segment, terms=(flat, *segment.terms[1:])),))
    found = {result.scope: result for result in each_shift(replace(evidence, model=replace(evidence.modelled, card=card)))}
    result = found["out_of_time: calibration"]
    assert (result.verdict, result.reading.values["name"]) == (Verdict.AMBER, "age")
    assert result.statistic > 1.1


@pytest.mark.parametrize(
    ("measure", "mix", "verdict", "key"),
    [
        ("ranking", Mix("age", 0.01, 0.001, 1.0, 0.01, 0.7, 0.1), Verdict.GREEN, "held"),
        ("ranking", Mix("age", 0.06, 0.039, 1.0, 0.01, 0.7, 0.1), Verdict.GREEN, "chance"),
        ("ranking", Mix("age", 0.06, 0.06, 1.0, 0.01, 0.7, 0.1), Verdict.INSUFFICIENT_DATA, "chance"),
        ("ranking", Mix("age", 0.06, 0.001, 1.0, 0.01, 0.7, 0.1), Verdict.AMBER, "failed"),
        ("ranking", Mix("age", 0.11, 0.001, 1.0, 0.01, 0.7, 0.1), Verdict.RED, "failed"),
        ("calibration", Mix("age", 0.0, 0.001, 1.05, 0.01, 0.7, 0.1), Verdict.GREEN, "held"),
        ("calibration", Mix("grades", 0.0, 0.001, 1.15, 0.095, 0.7, 0.1), Verdict.GREEN, "chance"),
        ("calibration", Mix("grades", 0.0, 0.001, 1.15, 0.2, 0.7, 0.1), Verdict.INSUFFICIENT_DATA, "chance"),
        ("calibration", Mix("grades", 0.0, 0.001, 1.15, 0.01, 0.7, 0.1), Verdict.AMBER, "failed"),
        ("calibration", Mix("grades", 0.0, 0.001, 1.30, 0.01, 0.7, 0.1), Verdict.RED, "failed"),
    ],
)
def test_verdict_on_the_worst_mix(measure, mix, verdict, key):
    result = shift_test([mix], measure, f"test: {measure}", (5000, 500), LIMITS)
    finding = result.reading.values.get("finding", result.reading)
    assert (result.verdict, finding.key) == (verdict, f"reading.shift_{measure}_{key}")
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)


def test_a_high_ratio_by_chance_hides_no_lower_one_that_is_none():
    mixes = [Mix("age", 0.0, 0.001, 1.5, 0.4, 0.7, 0.1), Mix("debt", 0.0, 0.001, 1.3, 0.05, 0.7, 0.1)]
    result = shift_test(mixes, "calibration", "test: calibration", (5000, 500), LIMITS)
    assert (result.verdict, result.statistic, result.reading.values["name"]) == (Verdict.RED, 1.3, "debt")


def test_development_without_bads_gives_no_direction(sound):
    start = replace(sound.development, bad=np.zeros_like(sound.development.bad))
    found = each_shift(replace(sound, samples={**sound.samples, "development": start}))
    assert {(result.scope, result.verdict, result.reading.key) for result in found} == {
        (name, Verdict.INSUFFICIENT_DATA, "reading.initial_few") for name in ("test", "out_of_time")
    }


def test_everybody_in_one_bin_has_no_other_mix(make):
    def same(name, drawn, random):
        if name == "out_of_time":
            drawn.columns["age"], drawn.columns["debt"] = np.full(drawn.logit.size, 35), np.full(drawn.logit.size, 0.3)

    found = {result.scope: result.verdict for result in each_shift(make(seed=12, spoil=same, used=("age", "debt")))}
    assert found["out_of_time: ranking"] is Verdict.NOT_COMPUTABLE
