"""Where to cut, by a rate of approvals or of bads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.settings import Cutoff
from scorecard.strategy import at_bad_rate, at_rate, cut_off

scored = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=40)


def test_a_score_that_is_given_stands_and_a_rate_is_found():
    score = np.array([500.0, 510, 520, 530, 540])
    assert cut_off(score, Cutoff(score=7)) == 7
    assert cut_off(score, Cutoff(approval_rate=0.6)) == 520
    assert cut_off(score, Cutoff()) is None


@given(scored, st.floats(0, 1))
def test_no_other_score_comes_nearer_to_the_rate(rows, rate):
    score = np.array([each for each, _ in rows], dtype=float)
    cut = at_rate(score, rate)
    best = min(abs((score >= other).mean() - rate) for other in [*score, score.max() + 1])
    assert abs((score >= cut).mean() - rate) == pytest.approx(best, abs=1e-12)


@given(scored, st.floats(0, 1))
def test_no_lower_score_keeps_the_bad_rate(rows, rate):
    score, bad = (np.array(each) for each in zip(*rows, strict=True))
    cut = at_bad_rate(score.astype(float), bad, rate)
    kept = [other for other in np.unique(score) if bad[score >= other].mean() <= rate + 1e-12]
    assert cut == min(kept) if kept else cut > score.max()


def test_weights_count_as_repeated_rows():
    score, bad, times = np.array([1.0, 2, 3, 4]), np.array([1, 0, 1, 0]), np.array([3, 1, 2, 4])
    again = np.repeat(score, times), np.repeat(bad, times)
    assert at_rate(score, 0.5, times.astype(float)) == at_rate(again[0], 0.5)
    assert at_bad_rate(score, bad, 0.35, times.astype(float)) == at_bad_rate(*again, 0.35)


def test_an_approval_rate_is_that_of_what_rows_count_for():
    score, units = np.array([500.0, 520.0, 540.0, 600.0]), np.array([1.0, 1.0, 1.0, 7.0])
    assert cut_off(score, Cutoff(approval_rate=0.7)) == 520.0
    assert cut_off(score, Cutoff(approval_rate=0.7), units) == 600.0
