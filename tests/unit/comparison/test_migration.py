"""Grades by another model on the scorecard's own scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from scorecard.comparison import boundaries, graded, highest_risks, migration
from scorecard.strategy import Ranked, Rows

NAMES = ("A", "B", "C")


@pytest.fixture(scope="module")
def two():
    """Grades of 500 customers by two models, the second with noise."""
    random = np.random.default_rng(1)
    before = random.integers(0, 3, 500)
    after = np.clip(before + random.integers(-1, 2, 500), 0, 2)
    bad = (random.random(500) < 0.1 + 0.2 * after).astype(int)
    pd = 0.1 + 0.2 * before
    return Rows("test", bad, {"scorecard": Ranked(pd, pd)}), before, after


def test_agreement_and_kappa(two):
    """scikit-learn 1.9: cohen_kappa_score with quadratic weights."""
    rows, before, after = two
    found = migration(rows, before, after, NAMES, "rival")
    assert found["kappa"] == pytest.approx(cohen_kappa_score(before, after, weights="quadratic"), abs=1e-12)
    assert found["agreement"] == pytest.approx((before == after).mean())
    assert found["within_one"] == 1
    assert found["notches"] == pytest.approx((after - before).mean())
    assert np.sum(found["counts"]) == 500
    assert found["counts"][0][1] == ((before == 0) & (after == 1)).sum()


def test_those_that_move_are_told_with_what_was_expected_of_them(two):
    rows, before, after = two
    moved = {row["move"]: row for row in migration(rows, before, after, NAMES, "rival")["moved"]}
    better = after < before
    assert moved["better"]["rows"] == better.sum()
    assert moved["better"]["bad_rate"] == pytest.approx(rows.bad[better].mean())
    assert moved["better"]["expected"] == pytest.approx((0.1 + 0.2 * before[better]).mean())
    assert moved["better"]["bad_rate"] < moved["better"]["expected"]


def test_one_grade_has_no_kappa_and_nobody_who_moves():
    pd = np.array([0.1, 0.2])
    rows = Rows("test", np.array([0, 1]), {"scorecard": Ranked(pd, pd)})
    found = migration(rows, np.zeros(2, dtype=int), np.zeros(2, dtype=int), ("A",), "rival")
    assert (found["kappa"], found["agreement"], found["notches"]) == (None, 1, 0)
    assert [row["bad_rate"] for row in found["moved"]] == [None, 0.5, None]


def test_the_scorecard_grades_itself_by_its_own_pds(developed):
    """Grades found by the final PD on the boundaries are those found by score."""
    scored = developed.card.score(developed.test)
    assert (graded(scored.pd, boundaries(developed.card)) == scored.grade).all()
    ends = highest_risks(-scored.score, scored.grade, len(developed.card.grades))
    assert (np.searchsorted(ends, -scored.score, side="left") == scored.grade).all()


def test_a_master_scale_is_graded_by_its_pds(developed):
    grades = developed.card.grades
    scale = [0.05 * 2**place for place in range(len(grades) - 1)]
    made = tuple(replace(each, upper_pd=upper) for each, upper in zip(grades, [*scale, 1.0], strict=True))
    assert boundaries(replace(developed.card, grades=made)).tolist() == scale


def test_an_empty_grade_ends_where_the_better_one_does():
    assert highest_risks(np.array([1.0, 5.0]), np.array([1, 3]), 4) == [-np.inf, 1.0, 1.0]
