"""Shares of two groups, held to statsmodels, scipy and counting by hand."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats import proportion
from statsmodels.stats.power import NormalIndPower

from scorecard.errors import DataError
from scorecard.metrics.proportions import (
    Share,
    detectable_difference,
    difference_p,
    fisher,
    ratio_interval,
    sum_interval,
    z_test,
)

SMALL = st.tuples(st.integers(1, 25), st.integers(1, 25)).flatmap(
    lambda sizes: st.tuples(*(st.builds(Share, st.integers(0, size), st.just(size)) for size in sizes))
)


@given(SMALL)
def test_fisher_is_the_chance_of_all_tables_no_likelier(pair):
    """Counted in whole numbers, without a logarithm."""
    one, other = pair
    taken = one.part + other.part
    ways = [
        comb(one.whole, cell) * comb(other.whole, taken - cell) for cell in range(min(taken, one.whole) + 1) if taken - cell >= 0
    ]
    seen = comb(one.whole, one.part) * comb(other.whole, other.part)
    assert fisher(one, other) == pytest.approx(
        sum(way for way in ways if way <= seen) / comb(one.whole + other.whole, taken), rel=1e-9
    )


@given(SMALL)
def test_who_is_named_first_is_of_no_account(pair):
    one, other = pair
    assert fisher(one, other) == pytest.approx(fisher(other, one), rel=1e-9)
    assert z_test(one, other)[1] == pytest.approx(z_test(other, one)[1])
    assert sum_interval((one, other), (1, -1)) == pytest.approx(tuple(-end for end in sum_interval((other, one), (1, -1))[::-1]))


def test_48_of_80_against_12_of_40():
    """Published beside the four-fifths rule: z = -3.0983866770 (p = .0019457737), Fisher p = .0034092217."""
    z, p_value = z_test(Share(12, 40), Share(48, 80))
    assert (z, p_value) == (pytest.approx(-3.0983866770, abs=1e-9), pytest.approx(0.0019457737, abs=1e-9))
    assert fisher(Share(12, 40), Share(48, 80)) == pytest.approx(0.0034092217, abs=1e-9)


def test_large_tables_take_z_and_small_ones_fisher():
    large, small = (Share(300, 1000), Share(250, 1000)), (Share(30, 100), Share(25, 100))
    assert difference_p(*large) == z_test(*large)[1]
    assert difference_p(*small) == fisher(*small)


def test_a_cell_expected_below_five_takes_fisher_however_large_the_table():
    rare = Share(3, 2_000), Share(0, 4_000)
    assert difference_p(*rare) == fisher(*rare)


def test_weighted_rows_take_z():
    weighted = Share(12.5, 40.25), Share(48.0, 80.0)
    assert difference_p(*weighted) == z_test(*weighted)[1]
    with pytest.raises(DataError, match="not of whole numbers"):
        fisher(*weighted)


def test_z_is_that_of_statsmodels():
    assert z_test(Share(300, 1000), Share(250, 900)) == pytest.approx(proportion.proportions_ztest([300, 250], [1000, 900]))


def test_a_difference_has_newcombes_interval():
    expected = proportion.confint_proportions_2indep(56, 70, 48, 80, method="newcomb")
    assert sum_interval((Share(56, 70), Share(48, 80)), (1, -1)) == pytest.approx(expected)


def test_a_ratio_has_katzs_interval():
    expected = proportion.confint_proportions_2indep(12, 40, 48, 80, method="log", compare="ratio")
    assert ratio_interval(Share(12, 40), Share(48, 80)) == pytest.approx(expected)


def test_a_ratio_with_a_zero_takes_half_a_row_more_of_everything():
    expected = proportion.confint_proportions_2indep(0, 40, 48, 80, method="log-adjusted", compare="ratio")
    assert ratio_interval(Share(0, 40), Share(48, 80)) == pytest.approx(expected)
    assert ratio_interval(Share(12, 40), Share(0, 80)) is None


def test_nobody_has_no_difference():
    assert z_test(Share(0, 0), Share(5, 10)) == (0.0, 1.0)
    assert detectable_difference(Share(0, 0), Share(5, 10)) is None


def test_what_can_be_detected_is_found_four_times_in_five():
    reach = detectable_difference(Share(500, 1000), Share(500, 1000))
    power = NormalIndPower().power(reach / 0.5, 1000, 0.05, alternative="two-sided")
    assert power == pytest.approx(0.8, abs=0.001)


def test_intervals_hold_the_truth_about_nineteen_times_in_twenty():
    random, held = np.random.default_rng(1), 0
    for _ in range(400):
        one, other = Share(int(random.binomial(40, 0.3)), 40), Share(int(random.binomial(90, 0.6)), 90)
        low, high = sum_interval((one, other), (1, -1))
        held += low <= -0.3 <= high
    assert 0.92 < held / 400 < 0.985
