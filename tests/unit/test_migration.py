"""Migration of customers between grades: the formulas of ECB (2019), 2.5.5, worked out by hand on a matrix of five grades."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scorecard.errors import DataError
from scorecard.metrics import bandwidths, neighbour_z

M5 = np.array([[80, 15, 4, 1, 0], [10, 150, 30, 8, 2], [2, 20, 120, 25, 3], [1, 5, 15, 60, 19], [0, 1, 4, 10, 35]])
WITH_EXITS = np.array([100, 210, 190, 130, 80])

matrices = st.integers(2, 7).flatmap(lambda k: arrays.arrays(np.int64, (k, k), elements=st.integers(0, 60)))


def test_bandwidths_of_five_grades():
    upper, lower = bandwidths(M5)
    assert upper.value == pytest.approx(128 / 313, abs=1e-12)
    assert lower.value == pytest.approx(83 / 197, abs=1e-12)
    assert (upper.movers, lower.movers) == (107, 68)


def test_exits_leave_the_bandwidths():
    exits = np.column_stack([M5, [[0, 0, 0], [5, 3, 2], [10, 5, 5], [20, 5, 5], [20, 5, 5]]])
    assert bandwidths(exits) == bandwidths(M5)


def test_moves_by_one_grade_have_no_excess_and_moves_to_the_edge_have_all():
    near, far = np.diag([5] * 6, 1), np.zeros((7, 7), dtype=int)
    far[0, 6] = 9
    assert bandwidths(near)[0].excess == 0.0
    assert bandwidths(far)[0].excess == 1.0


def test_excess_is_the_bandwidth_between_moves_by_one_grade_and_to_the_edge():
    """Upper moves of M5: 128 grades in all by 107 customers, of at most 313."""
    assert bandwidths(M5)[0].excess == pytest.approx((128 - 107) / (313 - 107), abs=1e-12)


def test_error_of_a_bandwidth_is_that_of_customers_drawn_anew():
    random = np.random.default_rng(3)
    drawn = random.multinomial(M5.sum(), M5.ravel() / M5.sum(), 2000).reshape(-1, 5, 5)
    values = [(found.value, found.excess) for found in (bandwidths(each)[0] for each in drawn)]
    found = bandwidths(M5)[0]
    assert np.std(values, axis=0) == pytest.approx([found.error, found.excess_error], rel=0.06)


def test_nobody_moving_has_no_bandwidth():
    upper, lower = bandwidths(np.diag([3, 4]))
    assert (upper.value, upper.excess, lower.value, lower.movers) == (None, None, None, 0)


@given(matrices)
def test_bandwidths_lie_between_zero_and_one(matrix):
    for found in bandwidths(matrix):
        assert found.value is None or 0 <= found.value <= 1
        assert found.excess is None or -1e-12 <= found.excess <= 1


@pytest.mark.parametrize(
    ("start", "end", "z"),
    [(1, 2, 8.9496), (1, 3, 2.6080), (2, 1, 17.7800), (3, 1, 4.0155), (3, 4, 9.9092), (4, 1, 1.6552), (5, 1, 1.0102), (5, 3, 1.6465)],
)  # fmt: skip
def test_z_of_five_grades(start, end, z):
    assert neighbour_z(M5)[start - 1, end - 1] == pytest.approx(z, abs=1e-3)


def test_z_with_exits_among_the_customers():
    found = neighbour_z(M5, WITH_EXITS)
    assert found[1, 0] == pytest.approx(17.1464, abs=1e-3)
    assert found[1, 2] == pytest.approx(11.3680, abs=1e-3)


def test_exits_count_as_customers_by_default():
    exits = np.column_stack([M5, WITH_EXITS - M5.sum(axis=1)])
    np.testing.assert_array_equal(neighbour_z(exits), neighbour_z(M5, WITH_EXITS))


def test_z_is_the_test_of_two_shares_of_one_multinomial():
    """Row 2 of M5 by hand: p = 30/200, q = 150/200, variance (p(1-p) + q(1-q) + 2pq) / 200."""
    p, q = 0.15, 0.75
    assert neighbour_z(M5)[1, 2] == pytest.approx((q - p) / np.sqrt((p * (1 - p) + q * (1 - q) + 2 * p * q) / 200), abs=1e-12)


@given(st.integers(2, 8), st.integers(1, 500))
def test_z_of_a_uniform_row_is_zero(grades, customers):
    found = neighbour_z(np.full((grades, grades), customers))
    assert (found[~np.eye(grades, dtype=bool)] == 0).all()


def test_what_cannot_be_tested_is_left_empty():
    found = neighbour_z([[10, 0, 0], [0, 0, 0], [0, 5, 5]])
    assert np.isnan(np.diag(found)).all()
    assert np.isnan(found[1]).all()
    assert np.isnan(found[0, 2])


def test_a_matrix_without_a_column_for_every_row_is_refused():
    with pytest.raises(DataError, match="expected a column for every row"):
        bandwidths(M5[:, :4])
    with pytest.raises(DataError, match="negative or missing"):
        neighbour_z(-M5)
