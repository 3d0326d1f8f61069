from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scorecard.messages import LANGUAGES, render
from scorecard.metrics import auc, woe
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.robustness import each_split, split_auc_test, split_score_test
from scorecard.validation.robustness.splits import Spread, _anew, _split, _together

LIMITS = Thresholds()
AUCS = np.linspace(0.74, 0.76, 20)


def spread(reported=0.75, points=2.0, signs=None):
    coefficients = -np.ones((20, 2)) if signs is None else signs
    return Spread(reported, AUCS, coefficients, ["age", "debt"], points)


def test_the_reported_auc_is_that_of_the_test_sample(sound):
    part = sound.samples["test"]
    found = each_split(sound)
    assert [result.scope for result in found] == ["splits: AUC", "splits: score"]
    assert found[0].statistic == pytest.approx(auc(part.bad, -part.score), abs=1e-12)
    assert found[0].interval[0] < found[0].reading.values["mean"] < found[0].interval[1]
    assert (found[0].n, found[0].events) == (2400, sound.development.events + part.events)


def test_other_splits_of_a_sound_scorecard_are_alike(make):
    """Ten draws of customers: by chance the reported AUC lies above the others' beyond 5 % in half a case."""
    verdicts = [each_split(make(seed=seed))[0].verdict for seed in range(20, 30)]
    assert sum(verdict is not Verdict.GREEN for verdict in verdicts) <= 2


def test_a_split_holds_out_the_customers_it_is_not_fitted_on(sound):
    whole = _together(sound.cells["development"], sound.cells["test"])
    auc_of, coefficients, logit = _split(whole, 2 / 3, np.random.default_rng(1))
    assert 0.6 < auc_of < 0.8
    assert coefficients.shape == (4,)
    assert (coefficients < 0).all()
    assert logit.size == sum(len(block.bins) for block in whole)


def test_woe_of_a_policy_stays(sound):
    income = sound.modelled.characteristics["income"]
    bins = np.repeat(np.arange(5, dtype=np.int16), 40)
    goods = np.ones(200)
    made = _anew(income, bins, [goods, goods * 0.5])
    assert made.woe[-1] == income.woe[-1]  # unseen: the worst bin's, by policy
    assert made.woe[:5] == pytest.approx(woe([40] * 5, [20] * 5))


@pytest.mark.parametrize(
    ("reported", "verdict", "key"),
    [(0.745, Verdict.GREEN, "held"), (0.71, Verdict.AMBER, "low"), (0.755, Verdict.GREEN, "held"), (0.7601, Verdict.GREEN, "chance"), (0.765, Verdict.AMBER, "failed"), (0.79, Verdict.RED, "failed")],
)  # fmt: skip
def test_verdict_on_the_reported_auc(reported, verdict, key):
    result = split_auc_test(spread(reported), "splits: AUC", (2400, 500), Thresholds(split_gap_amber=0.01))
    assert (result.verdict, result.reading.key) == (verdict, f"reading.split_auc_{key}")
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)


@pytest.mark.parametrize(("points", "verdict"), [(4.0, Verdict.GREEN), (6.0, Verdict.AMBER), (11.0, Verdict.RED)])
def test_verdict_on_the_score_of_a_customer(points, verdict):
    result = split_score_test(spread(points=points), "splits: score", (2400, 500), 20.0, LIMITS)
    assert (result.verdict, result.statistic) == (verdict, points / 20)
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)


def test_a_coefficient_of_both_signs_is_amber():
    signs = np.column_stack([-np.ones(20), np.r_[np.full(19, -0.1), 0.05]])
    result = split_score_test(spread(signs=signs), "splits: score", (2400, 500), 20.0, LIMITS)
    assert (result.verdict, result.reading.values["flips"], result.reading.values["name"]) == (Verdict.AMBER, 1, "debt")


def test_without_a_test_sample_no_other_splits_are_due(make):
    found = each_split(make(sizes={"development": 800, "out_of_time": 400}))
    assert [(result.verdict, result.reading.key) for result in found] == [(Verdict.NOT_DUE, "reading.no_test")]


def test_an_imported_card_cannot_be_fitted_again(sound):
    (segment,) = sound.modelled.card.segments
    card = replace(sound.modelled.card, segments=(replace(segment, intercept=None),))
    found = each_split(replace(sound, model=replace(sound.modelled, card=card)))
    assert [(result.verdict, result.reading.key) for result in found] == [(Verdict.NOT_COMPUTABLE, "reading.no_coefficients")]
