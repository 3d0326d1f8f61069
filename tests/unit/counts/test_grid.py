"""The fine classes of numbers: what they are, whichever way they are found."""

from __future__ import annotations

import math
from contextlib import contextmanager

import duckdb
import numpy as np
import polars
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scorecard import binning, counts
from scorecard.counts import Field, grid, sorting, table
from scorecard.counts.grid import Cells

VALUES = st.one_of(
    st.sampled_from([0.0, 0.1 + 0.2, 0.3, 0.29, 0.28, 1e300, -1e300, 1.0, 1.0 + 2**-52, 5e-324, 50_000.0, 49_999.99]),
    st.floats(allow_infinity=False, allow_nan=False),
    st.integers(-5_000, 5_000).map(float),
    st.decimals(-100, 100, places=2).map(float),
    st.floats(0.99, 1.01),
)
LISTS = st.lists(VALUES, min_size=1, max_size=60)
SPLITS = st.lists(st.sampled_from([-10.0, 0.0, 0.29, 0.295, 1.0, 4.0]), max_size=3, unique=True).map(sorted)


def field(splits=()):
    return Field("x", "numeric", splits=tuple(splits))


def found_in(values, splits=()):
    """Return the classes of values in memory."""
    rows = pa.table({"x": np.asarray(values, dtype=float), "@bad": np.arange(len(values)) % 2})
    return counts.count_all(rows, [field(splits)], weight=None)["x"]


def by_rows(values, splits):
    """Return the classes found without sorting or search: every value is put into its cell by Python."""
    values = np.asarray(values) + 0.0

    def cells_of(groups):
        parts = sorted(sorted(each) for each in groups.values())
        return Cells(*(np.array([made(each) for each in parts], dtype=float) for made in (np.min, np.max, len)))

    def split(cells, chosen, width):
        groups = {}
        for low, high in zip(cells.low[chosen], cells.high[chosen], strict=True):
            for value in values[(values >= low) & (values <= high)]:
                place = value / width
                groups.setdefault((low, math.floor(place + abs(place) * 2**-50)), []).append(value)
        return cells_of({key: tuple(each) for key, each in groups.items()})

    sections = {}
    for value in values:
        sections.setdefault(sum(value >= edge for edge in splits), []).append(value)
    return grid.fine(cells_of({key: tuple(each) for key, each in sections.items()}), split, splits)


@contextmanager
def fewer_classes(most=6, light=5, a_scan=40):
    """Make some values as many as millions are for the kit."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("MAX_CLASSES", most), ("LIGHT", light), ("CELLS_A_SCAN", a_scan)):
            patch.setattr(grid, name, value)
        yield


@settings(max_examples=150)
@given(LISTS, SPLITS, st.booleans())
def test_the_classes_are_those_of_every_value_put_into_its_cell(values, splits, few):
    with fewer_classes(*((6, 5, 40) if few else (10_000, 5_000, 50_000))):
        found, expected = found_in(values, splits), by_rows(values, splits)
    assert [found.low.tolist(), found.high.tolist()] == [expected.low.tolist(), expected.high.tolist()]
    assert found.tally.accounts.tolist() == expected.rows.tolist()


@settings(max_examples=30)
@given(LISTS, SPLITS, st.randoms())
def test_engines_that_group_their_rows_find_the_same_classes_also_where_they_are_pooled(values, splits, random):
    shuffled = random.sample(values, len(values))
    rows = pa.table({"x": np.array(shuffled), "@bad": np.arange(len(values)) % 2})
    with fewer_classes(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "FETCHED_ROWS", -1)
        expected = found_in(values, splits)
        for lazy in (duckdb.from_arrow(rows), polars.from_arrow(rows).lazy()):
            found = counts.count_all(lazy, [field(splits)], weight=None)["x"]
            assert [found.low.tolist(), found.high.tolist()] == [expected.low.tolist(), expected.high.tolist()]
            assert found.tally.accounts.tolist() == expected.tally.accounts.tolist()


@settings(max_examples=150)
@given(LISTS, SPLITS)
def test_classes_follow_each_other_hold_every_value_once_and_keep_the_splits(values, splits):
    with fewer_classes():
        found = found_in(values, splits)
        assert len(found.low) <= grid.MAX_CLASSES + len(splits)
    assert (found.low <= found.high).all()
    assert (found.high[:-1] < found.low[1:]).all()
    inside = [
        ((values >= low) & (values <= high)).sum()
        for values in [np.array(values)]
        for low, high in zip(found.low, found.high, strict=True)
    ]
    assert found.tally.accounts.tolist() == inside
    assert {found.low.min(), found.high.max()} == {min(values), max(values)}
    assert not any(low < edge <= high for edge in splits for low, high in zip(found.low, found.high, strict=True))


@settings(max_examples=200)
@given(VALUES, VALUES, st.integers(-20, 20))
def test_the_cell_of_a_larger_value_is_never_smaller(one, other, exponent):
    low, high = sorted((one, other))
    assume(max(abs(low), abs(high)) < 1e200)
    first, second = (grid.cell(np.array(value), 10.0**exponent) for value in (low, high))
    assert first <= second


def test_a_number_of_two_decimals_opens_its_own_cell():
    """A plain division puts 0.29 below 0.29: 0.29 / 0.01 = 28.999999999999996."""
    hundredths = np.arange(-100_000, 100_000)
    values = np.array([float(f"{each}e-2") for each in hundredths])
    assert (grid.cell(values, 0.01) == hundredths).all()
    assert (np.floor(values / 0.01) != hundredths).any()


@settings(max_examples=100)
@given(st.lists(VALUES, min_size=2, max_size=50), st.integers(-3, 3))
def test_binary_search_finds_the_cells_that_every_value_is_in(values, exponent):
    values = np.sort(np.clip(values, -1e3, 1e3)) + 0.0
    whole = Cells(values[:1], values[-1:], np.array([float(len(values))]))
    width = 10.0**exponent
    found = sorting.split(values, whole, np.array([True]), width)
    _, counted = np.unique(grid.cell(values, width), return_counts=True)
    assert found.rows.tolist() == counted.tolist()


@pytest.mark.parametrize("decimals", [0, 2, 6])
@pytest.mark.parametrize("spread", [1.0, 5.0])
def test_values_are_classes_of_their_own_where_they_are_not_too_many(decimals, spread):
    random = np.random.default_rng(1)
    pool = np.unique(np.exp(random.normal(size=12_000) * spread).round(decimals))[: grid.MAX_CLASSES]
    values = random.choice(pool, 40_000)
    found = found_in(values)
    assert found.low.tolist() == found.high.tolist() == np.unique(values).tolist()


def money(rows=300_000):
    random = np.random.default_rng(2)
    values = np.exp(random.normal(size=rows) + 10).round(2)
    values[: rows // 10] = 50_000.0
    return values


def test_classes_of_many_values_are_small_enough_to_lose_no_separation():
    values = money()
    found = found_in(values)
    several = found.low < found.high
    assert len(found.low) <= grid.MAX_CLASSES
    assert found.tally.accounts[several].max() <= 2 * len(values) / grid.LIGHT


def test_a_value_that_many_rows_share_is_a_class_of_its_own():
    found = found_in(money())
    assert found.tally.accounts[(found.low == 50_000) & (found.high == 50_000)].tolist() == pytest.approx([30_000], abs=5)


def test_between_classes_lies_a_number_of_few_digits():
    """Edges at quantiles of money have seven digits."""
    found = found_in(money())
    edges = [binning.readable(high, low) for high, low in zip(found.high[:-1], found.low[1:], strict=True)]
    digits = [len(f"{edge:.15g}".replace(".", "").strip("0")) for edge in edges]
    assert np.quantile(digits, 0.95) <= 5
    assert np.mean(digits) <= 4.5


@pytest.mark.parametrize("outliers", [[1e9], [1e300], [-1e300, 1e300], [1e6, 1e12, 1e18]])
def test_outliers_do_not_swallow_the_others(outliers):
    values = np.r_[np.random.default_rng(3).normal(size=50_000), outliers]
    found = found_in(values)
    assert found.tally.accounts.max() <= 2 * len(values) / grid.LIGHT


def test_numbers_that_agree_in_fourteen_digits_share_a_class():
    found = found_in([0.1 + 0.2, 0.3, 1.0])
    assert (found.low.tolist(), found.high.tolist()) == ([0.3, 1.0], [0.1 + 0.2, 1.0])


def test_an_edge_is_kept_also_inside_a_cell_and_where_no_value_is():
    values = np.random.default_rng(4).normal(size=100_000)
    found = found_in(values, (-9.0, 0.123456, 9.0))
    edge = np.searchsorted(found.low, 0.123456)
    assert found.high[edge - 1] < 0.123456 <= found.low[edge]


class Counting:
    """Counts how often it is asked for cells, and how many it returns."""

    def __init__(self, values):
        self.values, self.asked = np.sort(values), []

    def __call__(self, *question):
        found = sorting.split(self.values, *question)
        self.asked.append(len(found))
        return found


@pytest.mark.parametrize("spread", [0.0, 1.0, 10.0, 60.0])
def test_the_scans_and_what_they_return_are_bounded(spread):
    random = np.random.default_rng(5)
    values = np.exp(random.normal(size=400_000) * spread) * random.normal(size=400_000)
    ask = Counting(values)
    grid.fine(Cells(ask.values[:1], ask.values[-1:], np.array([4e5])), ask)
    assert len(ask.asked) <= grid.SCANS
    assert max(ask.asked) <= 12 * grid.MAX_CLASSES
