from __future__ import annotations

import duckdb
import numpy as np
import pandas
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import counts
from scorecard.counts import Tally
from scorecard.data.outcome import BAD, WEIGHT

NUMBERS = st.one_of(st.none(), st.sampled_from([-999.0, -0.0, 0.0, 1.5, 2.0]), st.floats(-1e6, 1e6))
LEVELS = st.one_of(st.none(), st.text(max_size=5), st.sampled_from(["a", "b", "n/a"]))
ENGINES = {"arrow": lambda table: table, "pandas": lambda table: table.to_pandas(), "duckdb": duckdb.from_arrow}


def table(values, bads=None, weights=None):
    bads = [position % 2 for position in range(len(values))] if bads is None else bads
    return pa.table(
        {"x": values, BAD: pa.array(bads, pa.int64()), WEIGHT: pa.array(weights or [1.0] * len(values), pa.float64())}
    )


def plain(classes):
    """Return classes as plain lists, to be compared."""
    tally = [getattr(classes.tally, side).tolist() for side in ("goods", "bads", "weight_goods", "weight_bads")]
    special = {label: each.accounts.tolist() for label, (_, each) in classes.special.items()}
    return (
        classes.low.tolist(),
        classes.high.tolist(),
        tally,
        special,
        classes.missing.goods.tolist(),
        classes.missing.bads.tolist(),
    )


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBERS, st.integers(0, 1), st.sampled_from([0.25, 1.0, 3.0])), min_size=1, max_size=60), st.randoms())
def test_every_engine_and_any_order_of_rows_give_the_same_numeric_classes(rows, random):
    shuffled = random.sample(rows, len(rows))
    found = [
        plain(counts.count(make(table(*map(list, zip(*each, strict=True)))), "x", "numeric", {"none": -999}))
        for make in ENGINES.values()
        for each in (rows, shuffled)
    ]
    assert all(each == found[0] for each in found)


@settings(deadline=None)
@given(st.lists(st.tuples(LEVELS, st.integers(0, 1), st.just(1.0)), min_size=1, max_size=60), st.randoms())
def test_every_engine_and_any_order_of_rows_give_the_same_levels(rows, random):
    shuffled = random.sample(rows, len(rows))
    found = [
        plain(counts.count(make(table(*map(list, zip(*each, strict=True)))), "x", "categorical", {"none": "n/a"}))
        for make in ENGINES.values()
        for each in (rows, shuffled)
    ]
    assert all(each == found[0] for each in found)


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 1)), min_size=1, max_size=80))
def test_every_row_is_counted_once(rows):
    values, bads = map(list, zip(*rows, strict=True))
    found = counts.count(table(values, bads), "x", "numeric", {"none": -999})
    parts = [found.tally, found.missing, *(each for _, each in found.special.values())]
    assert sum(part.accounts.sum() for part in parts) == len(rows)
    assert sum(part.bads.sum() for part in parts) == sum(bads)


def test_at_most_a_thousand_numeric_classes_of_nearly_equal_size():
    values = np.random.default_rng(1).permutation(25_000).astype(float)
    found = counts.count(table(values), "x", "numeric", {})
    assert len(found.low) == counts.MAX_CLASSES
    assert found.tally.accounts.sum() == 25_000
    assert found.tally.accounts.max() <= 2 * 25


def test_pooled_classes_follow_each_other_without_overlap():
    values = np.random.default_rng(1).normal(size=5_000).round(3)
    found = counts.count(table(values), "x", "numeric", {})
    assert (found.low <= found.high).all()
    assert (found.high[:-1] < found.low[1:]).all()
    assert [found.low[0], found.high[-1]] == [values.min(), values.max()]


def test_a_thousand_distinct_values_stay_as_they_are():
    values = np.arange(1_000.0)
    found = counts.count(table(values), "x", "numeric", {})
    assert found.low.tolist() == found.high.tolist() == values.tolist()


def test_a_value_that_half_the_rows_share_is_a_class_of_its_own():
    values = np.concatenate([np.zeros(3_000), np.arange(1, 3_001)])
    found = counts.count(table(values), "x", "numeric", {})
    assert (found.low[0], found.high[0], found.tally.accounts[0]) == (0, 0, 3_000)
    assert len(found.low) <= counts.MAX_CLASSES


def test_special_codes_and_missing_are_counted_apart():
    found = counts.count(
        table([-999.0, -999.0, None, 5.0, float("nan")], [1, 0, 1, 0, 1]), "x", "numeric", {"refused": -999, "old": -1}
    )
    assert found.low.tolist() == [5.0]
    assert {label: (code, tally.goods[0], tally.bads[0]) for label, (code, tally) in found.special.items()} == {
        "refused": (-999, 1, 1),
        "old": (-1, 0, 0),
    }
    assert (found.missing.goods[0], found.missing.bads[0]) == (0, 2)


def test_distinct_counts_values_and_codes_that_occur():
    found = counts.count(table([-999.0, None, 5.0, 6.0]), "x", "numeric", {"refused": -999, "old": -1})
    assert found.distinct == 3


def test_weights_stand_beside_accounts():
    found = counts.count(table([1.0, 1.0, 1.0, 2.0], [0, 1, 1, 0], [0.5, 2.0, 0.25, 4.0]), "x", "numeric", {})
    assert (found.tally.goods.tolist(), found.tally.bads.tolist()) == ([1, 1], [2, 0])
    assert (found.tally.weight_goods.tolist(), found.tally.weight_bads.tolist()) == ([0.5, 4.0], [2.25, 0.0])


def test_whole_numbers_booleans_and_integer_codes_are_counted_by_their_values():
    found = counts.count(table(pa.array([3, 1, None, 3])), "x", "numeric", {})
    assert found.low.tolist() == [1.0, 3.0]
    assert counts.count(table([True, False, True]), "x", "categorical", {}).low.tolist() == ["false", "true"]
    assert counts.count(table([10, 9, 10]), "x", "categorical", {"none": 9}).low.tolist() == ["10"]


@pytest.mark.parametrize("name", ['a "quoted" name', "it's; DROP TABLE r", "select", "年龄", "with space", "r", "row", "n"])
@pytest.mark.parametrize("engine", ENGINES)
def test_columns_may_have_any_name(name, engine):
    rows = table([1.0, 2.0, 2.0]).rename_columns([name, BAD, WEIGHT])
    assert counts.count(ENGINES[engine](rows), name, "numeric", {}).tally.accounts.tolist() == [1, 2]


def test_a_lazy_table_is_counted_where_it_is():
    """No row leaves the engine: the relation is a hundred million numbers long and is never held."""
    rows = duckdb.sql(
        f'SELECT (range % 7)::DOUBLE AS x, (range % 2)::INTEGER AS "{BAD}", 1.0 AS "{WEIGHT}" FROM range(100_000_000)'
    )
    found = counts.count(rows, "x", "numeric", {})
    assert (len(found.low), found.tally.accounts.sum()) == (7, 100_000_000)


def test_grouping_keeps_the_sums():
    tally = Tally(*(np.array([1.0, 2.0, 3.0]) * factor for factor in (1, 2, 3, 4)))
    grouped = tally.grouped(np.array([1, 0, 1]), 3)
    assert (grouped.goods.tolist(), grouped.weight_bads.tolist()) == ([2, 4, 0], [8, 16, 0])
    assert tally.total().bads.tolist() == [12]
    assert pandas.Series(tally.accounts).tolist() == [3, 6, 9]
