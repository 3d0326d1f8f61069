"""Counts behind every test of order and of PDs, with weights: held to the rows, and to what resampling gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import metrics
from scorecard.errors import EvidenceError
from scorecard.settings import Thresholds
from scorecard.validation import Labels, Scored
from scorecard.validation.evidence import shortage
from scorecard.validation.ladder import counted

unhurried = settings(deadline=None)


def sample(rows=400, seed=1, **changed):
    random = np.random.default_rng(seed)
    score = random.integers(0, 30, rows).astype(float)
    pd = 1 / (1 + np.exp(score / 10))
    parts = {"bad": (random.random(rows) < pd).astype(int), "score": score, "pd": pd, "grade": (score < 15).astype(int)}
    return Scored(**(parts | changed))


def test_rungs_hold_the_rows_of_their_score():
    part = sample()
    ladder = part.ladder
    assert ladder.score.tolist() == sorted(set(part.score))
    for at, score in enumerate(ladder.score):
        rows = part.score == score
        assert (ladder.bads[at], ladder.rows[at]) == (part.bad[rows].sum(), rows.sum())
        assert ladder.pd[at] == pytest.approx(part.pd[rows][0], abs=1e-12)


def test_the_ladder_of_some_rows_stands_on_the_same_rungs():
    part = sample()
    chosen = part.score > 20
    some, rest = part.steps(chosen), part.ladder.without(part.steps(chosen))
    assert some.score is part.ladder.score
    assert (some.n, some.events) == (chosen.sum(), part.bad[chosen].sum())
    assert rest.goods.tolist() == part.steps(~chosen).goods.tolist()


def test_auc_of_a_ladder_is_that_of_its_rows():
    part = sample()
    assert part.ladder.auc == metrics.delong(part.bad, -part.score)


def test_auc_of_weighted_rows_is_that_of_the_rows():
    part = sample(weight=np.random.default_rng(2).random(400) + 0.1)
    second = metrics.delong(part.bad, -part.score, part.weight)
    assert (part.ladder.auc.auc, part.ladder.auc.variance) == pytest.approx((second.auc, second.variance), rel=1e-9)


def test_weighted_rest_of_a_ladder_is_the_ladder_of_the_rest():
    part = sample(weight=np.random.default_rng(2).random(400) + 0.1)
    chosen = part.score > 20
    rest, second = part.ladder.without(part.steps(chosen)), part.steps(~chosen)
    for one, other in zip((rest.goods, rest.bads, *rest.squares), (second.goods, second.bads, *second.squares), strict=True):
        assert one == pytest.approx(other, abs=1e-9)


def test_pds_that_follow_from_scores_need_no_second_sort():
    part = sample()
    assert part.by_pd is part.ladder


def test_pds_that_do_not_follow_from_scores_get_rungs_of_their_own():
    pd = np.random.default_rng(4).random(400).round(2)
    part = sample(pd=pd)
    assert part.by_pd.pd.tolist() == sorted(set(pd), reverse=True)
    assert metrics.brier_from_counts(part.by_pd.goods, part.by_pd.bads, part.by_pd.pd) == pytest.approx(
        metrics.brier(part.bad, pd), abs=1e-12
    )


def test_weighted_grades_keep_the_shares_of_the_weights():
    weight = np.random.default_rng(2).random(400)
    part = sample(weight=weight)
    counts = part.by_grade(2)
    share = weight[part.grade == 1].sum() / weight.sum()
    assert counts.customers[1] / counts.customers.sum() == pytest.approx(share, abs=1e-12)
    assert counts.customers.sum() == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


def test_unweighted_grades_are_whole_numbers():
    assert sample().by_grade(3).customers.dtype.kind == "i"


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.floats(0.1, 9)), min_size=1, max_size=30))
@unhurried
def test_an_effective_number_never_makes_a_rate_what_it_is_not(rows):
    place, bad, weight = map(np.array, zip(*rows, strict=True))
    ladder = counted(place, 4, bad.astype(int), np.full(place.size, 0.5), weight)
    for plain in (ladder.plain(), ladder.plain_each()):
        held = ladder.rows > 0
        assert plain.bads[held] / plain.rows[held] == pytest.approx(ladder.bads[held] / ladder.rows[held], abs=1e-9)
        assert np.isfinite(plain.rows).all()


@pytest.mark.parametrize("of_goods", [1.0, 10.0, 0.1], ids=["any rows", "goods weighted up", "bads weighted up"])
def test_the_effective_number_is_the_one_that_gives_the_variance_of_the_rate(of_goods):
    """2,000 resamples of the weighted rows: the binomial variance at the effective number is that of the weighted rate."""
    random = np.random.default_rng(7)
    bad = (random.random(600) < 0.3).astype(int)
    weight = random.choice([1.0, 2.0, 4.0], 600) * np.where(bad == 1, 1.0, of_goods)
    drawn = random.integers(0, 600, (2000, 600))
    rates = (weight[drawn] * bad[drawn]).sum(axis=1) / weight[drawn].sum(axis=1)
    plain = counted(np.zeros(600, dtype=int), 1, bad, np.full(600, 0.5), weight).plain()
    rate = plain.bads.sum() / plain.rows.sum()
    assert (rate * (1 - rate) / plain.rows.sum()) ** 0.5 == pytest.approx(rates.std(), rel=0.06)


def test_where_nobody_defaulted_the_effective_number_is_kishs():
    weight = np.array([1.0, 2.0, 3.0])
    ladder = counted(np.zeros(3, dtype=int), 1, np.zeros(3, dtype=int), np.full(3, 0.5), weight)
    assert ladder.plain().rows.sum() == pytest.approx(36 / 14)


def test_a_few_heavy_bads_are_too_few():
    """Forty bads, of which one has all the weight."""
    bad = np.repeat([1, 0], [40, 360])
    weight = np.where(np.arange(400) == 0, 1000.0, 1.0)
    reading = shortage(sample(bad=bad, weight=weight).ladder, Thresholds())
    assert reading.values["bads"] == pytest.approx(1.1)


def test_a_sample_without_outcomes_has_no_ladder_but_grades():
    part = sample(bad=None)
    assert part.by_grade(2).customers.sum() == 400
    with pytest.raises(EvidenceError, match="not known yet"):
        _ = part.ladder


def test_a_part_keeps_its_labels_on_its_rows():
    part = sample(labels={"region": Labels(np.arange(400) % 3 - 1, ("north", "south"))})
    half = part.part(np.arange(400) < 200)
    assert half.labels["region"].codes.tolist() == (np.arange(200) % 3 - 1).tolist()
    assert replace(half, weight=np.ones(200)).ladder.n == 200
