from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scorecard import scale
from scorecard.scale import Grade

SCORES = st.lists(st.integers(300, 900), min_size=1, max_size=200)


def graded(scores):
    score = np.array(scores, dtype=float)
    return score, scale.provisional(score, np.full(len(score), 0.1), (np.arange(len(score)) % 3 == 0).astype(np.int64))


@given(SCORES)
def test_grades_cover_the_line_without_hole_or_overlap(scores):
    _, grades = graded(scores)
    assert (grades[0].upper_score, grades[-1].lower_score) == (None, None)
    assert [each.lower_score for each in grades[:-1]] == [each.upper_score for each in grades[1:]]


@given(SCORES)
def test_every_development_row_is_counted_in_one_grade(scores):
    score, grades = graded(scores)
    assert sum(each.count for each in grades) == len(score)
    assert all(each.count > 0 for each in grades)


@given(SCORES, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_a_score_falls_into_the_grade_whose_band_holds_it(scores, new):
    _, grades = graded(scores)
    for value, place in zip(new, scale.assign(np.array(new), grades), strict=True):
        each = grades[place]
        assert each.lower_score is None or value >= each.lower_score
        assert each.upper_score is None or value < each.upper_score


def test_a_score_on_a_boundary_is_in_the_better_grade():
    grades = (Grade("A", 600.0, None, 0.01, 5, 0), Grade("B", None, 600.0, 0.2, 5, 2))
    assert scale.assign(np.array([600.0, 599.999]), grades).tolist() == [0, 1]


def test_seven_bell_shaped_grades_are_cut_from_distinct_scores():
    _, grades = graded(range(1_000))
    assert [each.name for each in grades] == list("ABCDEFG")
    assert [each.count for each in grades] == [50, 150, 200, 200, 200, 150, 50]


def test_equal_boundaries_merge_and_the_best_grade_stays_a():
    _, grades = graded([600] * 50 + [620] * 50)
    assert [(each.name, each.lower_score) for each in grades] == [("A", 620.0), ("B", None)]


def test_one_score_is_one_grade():
    _, grades = graded([600, 600])
    assert [(each.name, each.lower_score, each.upper_score) for each in grades] == [("A", None, None)]


def test_the_pd_of_a_grade_is_the_mean_of_its_rows():
    score, pd = np.array([500.0, 500.0, 700.0]), np.array([0.3, 0.1, 0.02])
    grades = scale.provisional(score, pd, np.array([1, 0, 0]))
    assert [(each.pd, each.count, each.bads) for each in grades] == [(0.02, 1, 0), (0.2, 2, 1)]
