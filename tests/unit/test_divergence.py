"""PSI, Jensen-Shannon and what is done about empty classes; the figures of 1,000 against 200 rows are worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from scorecard.errors import DataError, EvidenceError
from scorecard.metrics import compared, jensen_shannon, psi, psi_critical, psi_detectable

DEVELOPMENT, EMPTIED = [250, 250, 250, 250], [80, 70, 50, 0]
POLICIES = ("half", "merge", "floor")

counts = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=9).filter(
    lambda pairs: sum(one for one, _ in pairs) > 0 and sum(other for _, other in pairs) > 0
)
filled = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=2, max_size=9)


def sides(pairs):
    return np.array(pairs, dtype=float).T


def test_psi_of_ten_classes():
    assert psi([1] * 10, [8, 9, 10, 11, 12, 12, 11, 10, 9, 8]) == pytest.approx(0.0202320182335696, abs=1e-10)


def test_psi_of_seven_classes_and_its_terms():
    """Bin terms by hand: .01410011, .00787093, .00250326, .00040822, .00210721, .00669431, .00446287."""
    found = psi([5, 10, 15, 25, 20, 15, 10], [8, 13, 17, 24, 18, 12, 8])
    assert found == pytest.approx(0.0381469075, abs=1e-9)


@pytest.mark.parametrize(("policy", "floor", "figure"), [("half", 0, 1.2446), ("floor", 1e-4, 2.0594), ("floor", 1e-6, 3.2114)])
def test_the_policy_for_empty_classes_decides_about_the_figure(policy, floor, figure):
    found = compared(DEVELOPMENT, EMPTIED, policy, floor)
    assert found.psi == pytest.approx(figure, abs=5e-5)
    assert (found.empty, found.classes, found.policy) == (1, 4, policy)


def test_an_empty_class_joins_its_smaller_neighbour():
    """Classes hold 30, 20 and 60 rows; the second has none now and joins the first."""
    found = compared([20, 20, 40], [10, 0, 20], "merge")
    assert found.psi == psi([40, 40], [10, 20])
    assert (found.empty, found.classes) == (1, 2)


def test_classes_that_empty_in_a_row_join_one_after_the_other():
    assert compared([10, 5, 5, 80], [50, 0, 0, 50], "merge").psi == psi([20, 80], [50, 50])


def test_merging_never_hides_that_everybody_moved():
    """Joining the two classes would leave one, and no shift."""
    found = compared([500, 0], [0, 500], "merge")
    assert (found.policy, found.classes) == ("half", 2)
    assert found.psi > 10


def test_a_class_empty_on_both_sides_is_no_empty_class():
    found = compared([50, 0, 50], [40, 0, 60])
    assert (found.empty, found.classes) == (0, 2)


def test_jensen_shannon_of_the_half_counts():
    """0.0932346 nats; scipy gives its square root."""
    assert jensen_shannon(DEVELOPMENT, EMPTIED) == pytest.approx(0.0932346, abs=5e-8)
    first, second = (np.array(side) + 0.5 for side in (DEVELOPMENT, EMPTIED))
    assert jensen_shannon(DEVELOPMENT, EMPTIED) == pytest.approx(jensenshannon(first, second) ** 2, abs=1e-12)


@given(counts, st.sampled_from(POLICIES))
def test_psi_is_symmetric_and_never_negative(pairs, policy):
    before, now = sides(pairs)
    found = psi(before, now, policy)
    assert found == pytest.approx(psi(now, before, policy), abs=1e-9)
    assert found >= -1e-12


@given(counts)
def test_jensen_shannon_lies_between_zero_and_the_logarithm_of_two(pairs):
    assert -1e-12 <= jensen_shannon(*sides(pairs)) <= np.log(2) + 1e-12


@given(filled, st.integers(0, 8), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_finer_classes_never_lower_the_psi(pairs, place, share_before, share_now):
    before, now = sides(pairs)
    at = place % before.size
    split = [
        np.insert(side, at, side[at] * share) - np.eye(side.size + 1)[at + 1] * side[at] * share
        for side, share in ((before, share_before), (now, share_now))
    ]
    assert psi(*split) >= psi(before, now) - 1e-12


def test_critical_value_of_ten_classes():
    """Python package psi-inference 0.1.0."""
    assert psi_critical(10, 1000, 1000) == pytest.approx(0.0338379552, abs=1e-9)


def test_critical_value_where_development_is_known():
    assert psi_critical(10, float("inf"), 1000) == pytest.approx(stats.chi2.ppf(0.95, 9) / 1000, abs=1e-12)


@pytest.mark.parametrize(("bins", "n", "m"), [(2, 300, 300), (10, 1000, 400), (20, float("inf"), 5000)])
def test_a_detectable_shift_is_found_four_times_in_five(bins, n, m):
    """The power by scipy's noncentral chi-square."""
    scale = 1 / n + 1 / m
    detectable = psi_detectable(bins, n, m)
    power = stats.ncx2.sf(psi_critical(bins, n, m) / scale, bins - 1, detectable / scale)
    assert power == pytest.approx(0.8, abs=1e-6)


def test_nothing_can_move_within_one_class():
    assert (psi_critical(1, 100, 100), psi_detectable(1, 100, 100)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("before", "now", "error"), [([1, 2], [1], DataError), ([1, -1], [1, 1], DataError), ([1, 1], [0, 0], EvidenceError)]
)
def test_counts_that_cannot_be_compared_are_refused(before, now, error):
    with pytest.raises(error, match=r"expected|needed"):
        compared(before, now)
