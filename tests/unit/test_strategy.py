from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard import metrics, strategy
from scorecard.scale import Grade
from scorecard.strategy import bands

GRADES = (Grade("A", 620.0, None, 0.01, 0, 0), Grade("B", 580.0, 620.0, 0.05, 0, 0), Grade("C", None, 580.0, 0.2, 0, 0))


def test_bands_tell_what_approving_each_and_all_better_ones_would_give():
    """By hand: four rows in A, four in B, two in C, of which 0, 1 and 2 are bad."""
    grade, bad = np.array([0] * 4 + [1] * 4 + [2] * 2), np.array([0] * 4 + [0, 0, 0, 1] + [1, 1])
    found = bands(grade, bad, GRADES)
    assert [(row["band"], row["from_score"], row["rows"], row["goods"], row["bads"]) for row in found] == [
        ("A", 620.0, 4, 4, 0), ("B", 580.0, 4, 3, 1), ("C", None, 2, 0, 2),
    ]  # fmt: skip
    assert [row["bad_rate"] for row in found] == [0, 0.25, 1]
    assert [row["approval_rate"] for row in found] == pytest.approx([0.4, 0.8, 1])
    assert [row["bad_rate_approved"] for row in found] == pytest.approx([0, 1 / 8, 0.3])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1))
def test_the_last_band_approves_everybody(rows):
    grade, bad = map(np.array, zip(*rows, strict=True))
    found = bands(grade, bad, GRADES)
    assert found[-1]["approval_rate"] == 1
    assert found[-1]["bad_rate_approved"] == pytest.approx(bad.mean())
    assert sum(row["rows"] for row in found) == len(rows)


def test_an_empty_band_has_no_bad_rate():
    found = bands(np.array([2, 2]), np.array([0, 1]), GRADES)
    assert [row["bad_rate"] for row in found] == [None, None, 0.5]
    assert [row["bad_rate_approved"] for row in found] == [None, None, 0.5]


def test_gains_of_ten_customers_are_those_counted_by_hand():
    """Worst scores first: the two lowest hold one bad each of three, and so on."""
    score, bad = np.array([10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100]), np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0])
    found = strategy.gains(score, bad, parts=5)
    assert list(found["rows"]) == [2, 2, 2, 2, 2]
    assert list(found["bads"]) == [2, 0, 1, 0, 0]
    assert found["bads_caught_share"].tolist() == pytest.approx([2 / 3, 2 / 3, 1, 1, 1])
    assert found["goods_lost_share"].tolist() == pytest.approx([0, 2 / 7, 3 / 7, 5 / 7, 1])
    assert found["lift"].iloc[0] == pytest.approx(1 / 0.3)
    assert found["ks"].max() == pytest.approx(2 / 3)


def test_the_largest_distance_of_many_parts_is_the_ks_statistic(developed):
    score = developed.card.score(developed.development).score
    found = strategy.gains(score, developed.bad, parts=len(np.unique(score)))
    assert found["ks"].max() == pytest.approx(metrics.ks(developed.bad, -score), abs=1e-12)


def test_equal_scores_stay_in_one_part():
    found = strategy.gains(np.array([1.0, 1, 1, 1, 2, 3]), np.array([1, 0, 1, 0, 0, 1]), parts=3)
    assert list(found["rows"]) == [4, 2]
    assert list(found["part"]) == [1, 2]
