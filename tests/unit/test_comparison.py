from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from scorecard import metrics
from scorecard.comparison import Version, compare, impact
from scorecard.settings import Cutoff


@pytest.fixture
def models():
    """Return outcomes and the PD of three models, the second better and the third worse than the first."""
    random = np.random.default_rng(1)
    risk = random.normal(size=1_500)
    bad = (random.random(1_500) < 1 / (1 + np.exp(1 - risk))).astype(np.int64)
    pds = {
        name: 1 / (1 + np.exp(1 - risk - noise * random.normal(size=1_500)))
        for name, noise in (("scorecard", 1.0), ("better", 0.2), ("worse", 3.0))
    }
    return bad, pds


def test_figures_equal_scikit_learn(models):
    """scikit-learn 1.9: roc_auc_score and brier_score_loss."""
    bad, pds = models
    for row in compare(bad, pds, "test"):
        assert row["auc"] == pytest.approx(roc_auc_score(bad, pds[row["model"]]), abs=1e-12)
        assert row["gini"] == pytest.approx(2 * row["auc"] - 1, abs=1e-12)
        assert row["brier"] == pytest.approx(brier_score_loss(bad, pds[row["model"]]), abs=1e-12)
        assert row["auc_low"] < row["auc"] < row["auc_high"]


def test_every_model_is_compared_with_the_first_on_the_same_rows(models):
    bad, pds = models
    first, better, worse = compare(bad, pds, "out_of_time")
    assert (first["difference"], first["p_value"]) == (None, None)
    assert better["difference"] == pytest.approx(better["auc"] - first["auc"], abs=1e-12)
    assert better["difference_low"] > 0 > worse["difference_high"]
    paired = metrics.delong_paired(bad, pds["better"], pds["scorecard"])
    assert (better["difference_low"], better["difference_high"], better["p_value"]) == (*paired.interval, paired.p_value)


def test_rows_and_sample_are_told(models):
    bad, pds = models
    row = compare(bad, pds, "out_of_time")[0]
    assert (row["model"], row["sample"], row["rows"], row["bads"]) == ("scorecard", "out_of_time", 1_500, bad.sum())


def test_a_model_does_not_differ_from_its_copy(models):
    bad, pds = models
    _, copy = compare(bad, {"scorecard": pds["scorecard"], "copy": pds["scorecard"].copy()}, "test")
    assert (copy["difference"], copy["p_value"]) == (0, 1)


# What an edit of bins brings

BAD = np.array([1, 1, 0, 1, 0, 0, 0, 1, 0, 0])
BEFORE = np.array([10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100])
AFTER = np.array([10.0, 20, 75, 15, 50, 60, 70, 55, 90, 100])
NONE = Cutoff()


def version(score, iv=0.2, **more):
    return Version(**{"iv": iv, "total_iv": 1.5, "inversions": 2, "characteristics": 7, "score": score} | more)


def brought(before, after, cutoff=NONE, bad=BAD):
    return impact(version(before), version(after), bad, cutoff)


def test_the_figures_of_both_sides_stand_beside_each_other():
    found = impact(version(BEFORE), version(AFTER, 0.15, total_iv=1.45, inversions=0, characteristics=6), BAD, NONE)
    pairs = {
        name: (found[f"{name}_before"], found[f"{name}_after"]) for name in ("iv", "total_iv", "inversions", "characteristics")
    }
    assert pairs == {"iv": (0.2, 0.15), "total_iv": (1.5, 1.45), "inversions": (2, 0), "characteristics": (7, 6)}


def test_auc_of_both_sides_equals_scikit_learn_and_the_difference_is_delongs(models):
    """scikit-learn 1.9: roc_auc_score of the negative score."""
    bad, pds = models
    found = brought(-pds["scorecard"], -pds["better"], bad=bad)
    assert found["auc_before"] == pytest.approx(roc_auc_score(bad, pds["scorecard"]), abs=1e-12)
    assert found["auc_after"] == pytest.approx(roc_auc_score(bad, pds["better"]), abs=1e-12)
    paired = metrics.delong_paired(bad, pds["better"], pds["scorecard"])
    assert (found["difference"], found["p_value"]) == (paired.difference, paired.p_value)
    assert (found["difference_low"], found["difference_high"]) == paired.interval
    assert found["difference_low"] > 0


def test_an_edit_that_moves_no_score_brings_nothing():
    found = brought(BEFORE, BEFORE.copy(), Cutoff(approval_rate=0.5))
    assert (found["difference"], found["difference_low"], found["difference_high"], found["p_value"]) == (0, 0, 0, 1)
    assert (found["moved_share"], found["mean_move"]) == (0, 0)
    assert (found["swapped_in_rows"], found["swapped_out_rows"], found["swapped_in_bad_rate"]) == (0, 0, None)


def test_moved_customers_and_their_mean_move_are_counted():
    """By hand: three of ten scores move, by 45, 25 and 25 points."""
    found = brought(BEFORE, AFTER)
    assert (found["moved_share"], found["mean_move"]) == (0.3, 9.5)


def test_the_swap_set_is_counted_at_the_same_approval_rate():
    """By hand: five of ten are approved by each side; row 3 (30 to 75, good) takes the place of row 8 (80 to 55, bad)."""
    found = brought(BEFORE, AFTER, Cutoff(approval_rate=0.5))
    assert (found["cutoff_before"], found["cutoff_after"]) == (60, 60)
    assert (found["approval_rate_before"], found["approval_rate_after"]) == (0.5, 0.5)
    assert (found["swapped_in_rows"], found["swapped_in_bads"], found["swapped_in_bad_rate"]) == (1, 0, 0.0)
    assert (found["swapped_out_rows"], found["swapped_out_bads"], found["swapped_out_bad_rate"]) == (1, 1, 1.0)


def test_a_cut_off_at_a_score_is_moved_to_where_as_many_are_approved():
    found = brought(BEFORE, BEFORE + 7, Cutoff(score=60))
    assert (found["cutoff_before"], found["cutoff_after"]) == (60, 67)
    assert (found["swapped_in_rows"], found["swapped_out_rows"]) == (0, 0)


def test_a_cut_off_that_approves_nobody_swaps_nobody():
    found = brought(BEFORE, AFTER, Cutoff(score=1_000))
    assert (found["approval_rate_before"], found["approval_rate_after"], found["swapped_in_rows"], found["swapped_out_rows"]) == (
        0,
        0,
        0,
        0,
    )


def test_scores_that_many_share_are_approved_whole_at_the_nearest_rate():
    """By hand: after, 3 rows have the best score and 7 the next; 0.5 lies nearer to 0.3 than to 1."""
    after = np.array([1.0] * 7 + [2] * 3)
    found = brought(BEFORE, after, Cutoff(approval_rate=0.5))
    assert (found["approval_rate_before"], found["approval_rate_after"]) == (0.5, 0.3)
    assert (found["swapped_in_rows"], found["swapped_out_rows"]) == (0, 2)


def test_without_a_cut_off_there_is_no_swap_set():
    found = brought(BEFORE, AFTER)
    assert {value for name, value in found.items() if name.startswith(("swapped", "approval", "cutoff"))} == {None}


@pytest.mark.parametrize("sides", [(None, AFTER), (BEFORE, None), (None, None)])
def test_a_side_without_a_scorecard_is_not_compared(sides):
    found = brought(*sides, Cutoff(approval_rate=0.5))
    assert [found[name] is None for name in ("auc_before", "auc_after")] == [side is None for side in sides]
    assert {found[name] for name in ("difference", "moved_share", "mean_move", "swapped_in_rows", "approval_rate_after")} == {
        None
    }
    assert found["iv_before"] == 0.2


def test_rows_without_a_bad_leave_the_ordering_of_risk_open():
    found = brought(BEFORE, AFTER, Cutoff(approval_rate=0.5), np.zeros(10, dtype=np.int64))
    assert (found["auc_before"], found["difference"], found["swapped_out_bad_rate"]) == (None, None, 0.0)


@given(st.permutations(range(10)), st.floats(0.01, 0.99))
def test_the_order_of_rows_moves_no_figure(order, rate):
    moved, cutoff = list(order), Cutoff(approval_rate=rate)
    again = impact(version(BEFORE[moved]), version(AFTER[moved]), BAD[moved], cutoff)
    assert again == pytest.approx(brought(BEFORE, AFTER, cutoff), nan_ok=True)
