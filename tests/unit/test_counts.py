"""Counts on any engine; what the fine classes of numbers are, is held in counts/test_grid.py."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal

import duckdb
import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import counts
from scorecard.counts import Field, Tally, table
from scorecard.data.outcome import BAD, WEIGHT
from scorecard.errors import DataError

NUMBERS = st.one_of(
    st.none(),
    st.sampled_from([-999.0, -0.0, 0.0, 1.5, 2.0, math.nan, 0.1 + 0.2, 0.3, 0.29, 1e300, -1e18, 5e-324]),
    st.floats(allow_infinity=False),
    st.decimals(-1000, 1000, places=2).map(float),
)
LEVELS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
    st.sampled_from(["a", "b", "n/a"]),
)
WEIGHTS = st.sampled_from([0.0, 0.25, 1.0, 1 / 3, 1e6])
PARTS = st.sampled_from(["2020Q1", "2020Q2", None])


class Grouped:
    """DuckDB as it counts where the rows are too many to be fetched."""

    def __init__(self, rows):
        self.rows = rows


ENGINES = {
    "arrow": lambda rows: rows,
    "pandas": lambda rows: rows.to_pandas(),
    "polars": polars.from_arrow,
    "lazy polars": lambda rows: polars.from_arrow(rows).lazy(),
    "duckdb": duckdb.from_arrow,
    "grouping duckdb": lambda rows: Grouped(duckdb.from_arrow(rows)),
}


def rows_of(values, bads=None, weights=None, **more):
    bads = [position % 2 for position in range(len(values))] if bads is None else bads
    return pa.table(
        {"x": values, BAD: pa.array(bads, pa.int64()), WEIGHT: pa.array(weights or [1.0] * len(values), pa.float64())} | more
    )


def count_all(rows, *fields, **options):
    """Count, where it is asked for as if there were too many rows to be fetched."""
    with pytest.MonkeyPatch.context() as patch:
        if isinstance(rows, Grouped):
            patch.setattr(table, "FETCHED_ROWS", -1)
            rows = rows.rows
        return counts.count_all(rows, fields, **options)


def sides(tally):
    return [getattr(tally, side).tolist() for side in ("goods", "bads", "weight_goods", "weight_bads")]


def plain(classes):
    """Return classes as plain lists, to be compared."""
    return (
        classes.low.tolist(), classes.high.tolist(), sides(classes.tally), sides(classes.missing),
        {label: (code, sides(tally)) for label, (code, tally) in classes.special.items()},
        [(part.period, part.segment, plain(part.classes)) for part in classes.parts],
    )  # fmt: skip


def everywhere(rows, random, field, **options):
    """Return the classes of every engine, with the rows as they are and in another order."""
    orders = rows, random.sample(rows, len(rows))
    tables = [
        rows_of(values, bads, weights, quarter=pa.array(quarters, pa.string()), kind=pa.array(kinds, pa.int32()))
        for values, bads, weights, quarters, kinds in (map(list, zip(*each, strict=True)) for each in orders)
    ]
    return {
        (name, place): plain(count_all(make(each), field, **options)["x"])
        for name, make in ENGINES.items()
        for place, each in enumerate(tables)
    }


def rows_with(values):
    return st.lists(st.tuples(values, st.integers(0, 1), WEIGHTS, PARTS, st.integers(0, 2)), min_size=1, max_size=40)


@settings(max_examples=20)
@given(rows_with(NUMBERS), st.randoms())
def test_every_engine_and_any_order_of_rows_give_the_same_numeric_classes(rows, random):
    field = Field("x", "numeric", {"none": -999, "huge": 1e300, "never": -1}, (0.0, 1.5))
    found = everywhere(rows, random, field, period="quarter", segment="kind")
    assert all(each == found["arrow", 0] for each in found.values())


@settings(max_examples=15)
@given(rows_with(NUMBERS), st.randoms())
def test_every_engine_gives_the_same_classes_without_weights_and_parts(rows, random):
    found = everywhere(rows, random, Field("x", "numeric", {"none": -999}), weight=None)
    assert all(each == found["arrow", 0] for each in found.values())


@settings(max_examples=20)
@given(rows_with(LEVELS), st.randoms())
def test_every_engine_and_any_order_of_rows_give_the_same_levels(rows, random):
    found = everywhere(rows, random, Field("x", "categorical", {"none": "n/a", "never": "?"}), period="quarter", segment="kind")
    assert all(each == found["arrow", 0] for each in found.values())


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 1)), min_size=1, max_size=80))
def test_every_row_is_counted_once(rows):
    values, bads = map(list, zip(*rows, strict=True))
    found = counts.count(rows_of(values, bads), "x", "numeric", {"none": -999})
    parts = [found.tally, found.missing, *(each for _, each in found.special.values())]
    assert sum(part.accounts.sum() for part in parts) == len(rows)
    assert sum(part.bads.sum() for part in parts) == sum(bads)


def test_special_codes_and_missing_are_counted_apart():
    found = counts.count(
        rows_of([-999.0, -999.0, None, 5.0, float("nan")], [1, 0, 1, 0, 1]), "x", "numeric", {"refused": -999, "old": -1}
    )
    assert found.low.tolist() == [5.0]
    assert {label: (code, tally.goods[0], tally.bads[0]) for label, (code, tally) in found.special.items()} == {
        "refused": (-999, 1, 1),
        "old": (-1, 0, 0),
    }
    assert (found.missing.goods[0], found.missing.bads[0]) == (0, 2)


def test_distinct_counts_values_and_codes_that_occur():
    found = counts.count(rows_of([-999.0, None, 5.0, 6.0]), "x", "numeric", {"refused": -999, "old": -1})
    assert found.distinct == 3


def test_weights_stand_beside_accounts():
    found = counts.count(rows_of([1.0, 1.0, 1.0, 2.0], [0, 1, 1, 0], [0.5, 2.0, 0.25, 4.0]), "x", "numeric", {})
    assert (found.tally.goods.tolist(), found.tally.bads.tolist()) == ([1, 1], [2, 0])
    assert (found.tally.weight_goods.tolist(), found.tally.weight_bads.tolist()) == ([0.5, 4.0], [2.25, 0.0])


def test_whole_numbers_booleans_and_integer_codes_are_counted_by_their_values():
    found = counts.count(rows_of(pa.array([3, 1, None, 3])), "x", "numeric", {})
    assert found.low.tolist() == [1.0, 3.0]
    assert counts.count(rows_of([True, False, True]), "x", "categorical", {}).low.tolist() == ["false", "true"]
    assert counts.count(rows_of([10, 9, 10]), "x", "categorical", {"none": 9}).low.tolist() == ["10"]


@pytest.mark.parametrize("name", ['a "quoted" name', "it's; DROP TABLE r", "select", "年龄", "with space", "r", "row", "n"])
@pytest.mark.parametrize("engine", ENGINES)
def test_columns_may_have_any_name(name, engine):
    rows = rows_of([1.0, 2.0, 2.0]).rename_columns([name, BAD, WEIGHT])
    found = count_all(ENGINES[engine](rows), Field(name, "numeric"), Field(name, "categorical"))
    assert found[name].tally.accounts.tolist() == [1, 2]


def test_a_lazy_table_is_counted_where_it_is():
    """No row leaves the engine: the relation is thirty million numbers long and is never held."""
    rows = duckdb.sql(
        f'SELECT (range % 7)::DOUBLE AS x, (range % 2)::INTEGER AS "{BAD}", 1.0 AS "{WEIGHT}" FROM range(30_000_000)'
    )
    found = counts.count(rows, "x", "numeric", {})
    assert (len(found.low), found.tally.accounts.sum()) == (7, 30_000_000)


def test_grouping_keeps_the_sums():
    tally = Tally(*(np.array([1.0, 2.0, 3.0]) * factor for factor in (1, 2, 3, 4)))
    grouped = tally.grouped(np.array([1, 0, 1]), 3)
    assert (grouped.goods.tolist(), grouped.weight_bads.tolist()) == ([2, 4, 0], [8, 16, 0])
    assert tally.total().bads.tolist() == [12]
    assert pandas.Series(tally.accounts).tolist() == [3, 6, 9]


# Parts


def parted():
    quarters = ["2020Q1", "2020Q2", "2020Q2", None]
    return rows_of([1.0, 2.0, 2.0, None], [1, 0, 1, 0], [1.0, 2.0, 4.0, 8.0], quarter=quarters, region=["n", "n", "s", "s"])


def test_the_parts_of_a_count_have_its_classes_and_add_up_to_it():
    found = count_all(parted(), Field("x", "numeric"), period="quarter", segment="region")["x"]
    assert [(part.period, part.segment) for part in found.parts] == [
        ("2020Q1", "n"),
        ("2020Q2", "n"),
        ("2020Q2", "s"),
        ("missing", "s"),
    ]
    assert all(part.classes.low.tolist() == [1.0, 2.0] for part in found.parts)
    assert [sides(part.classes.tally) for part in found.parts[1:3]] == [
        [[0, 1], [0, 0], [0, 2], [0, 0]],
        [[0, 0], [0, 1], [0, 0], [0, 4]],
    ]
    assert sides(found.parts[3].classes.missing) == [[1], [0], [8], [0]]


def test_periods_and_segments_can_be_looked_at_alone():
    found = count_all(parted(), Field("x", "numeric"), period="quarter", segment="region")["x"]
    assert {name: each.tally.accounts.tolist() for name, each in found.by_period().items()} == {
        "2020Q1": [1, 0],
        "2020Q2": [0, 2],
        "missing": [0, 0],
    }
    assert {name: each.tally.weight.tolist() for name, each in found.by_segment().items()} == {"n": [1, 2], "s": [0, 4]}


def test_a_period_without_bads_is_counted_like_any_other():
    rows = rows_of([1.0, 2.0, 3.0], [0, 0, 1], year=[2019, 2019, 2020])
    found = count_all(rows, Field("x", "numeric"), period="year")["x"]
    assert {name: each.tally.bads.sum() for name, each in found.by_period().items()} == {"2019": 0, "2020": 1}


def test_dates_may_part_the_rows():
    days = [datetime.date(2020, 1, 1), datetime.date(2020, 4, 1)]
    for make in ENGINES.values():
        found = count_all(make(rows_of([1.0, 2.0], day=pa.array(days))), Field("x", "numeric"), period="day")["x"]
        assert list(found.by_period()) == ["2020-01-01", "2020-04-01"]


# Weights


def test_sums_of_weights_are_the_same_to_the_last_bit_in_any_order():
    random = np.random.default_rng(1)
    weights = random.exponential(size=50_000)
    rows = rows_of(random.integers(0, 5, 50_000).astype(float), None, list(weights))
    found = [counts.count(rows.take(random.permutation(50_000)), "x", "numeric", {}).tally.weight.tolist() for _ in range(3)]
    assert found[0] == found[1] == found[2]
    assert sum(found[0]) == pytest.approx(math.fsum(weights), rel=1e-9)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1.0, 1e9])
def test_weights_of_any_size_keep_their_digits(scale):
    found = counts.count(rows_of([1.0, 1.0, 2.0], [0, 1, 1], [0.125 * scale, 0.5 * scale, 3 * scale]), "x", "numeric", {})
    assert sides(found.tally)[2:] == [
        [pytest.approx(0.125 * scale, rel=1e-12), 0],
        pytest.approx([0.5 * scale, 3 * scale], rel=1e-12),
    ]


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf, None])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_weight_that_is_negative_missing_or_infinite_is_an_error(engine, wrong):
    rows = ENGINES[engine](rows_of([1.0, 2.0, 2.0], None, [1.0, wrong, 2.0]))
    with pytest.raises(
        DataError, match=r"The weight @weight is missing, negative or infinite in 1 row; expected 0 or more. Mend them"
    ):
        count_all(rows, Field("x", "numeric"))


@pytest.mark.parametrize("wrong", [2, None])
@pytest.mark.parametrize("engine", ENGINES)
def test_an_outcome_that_is_not_0_or_1_is_an_error(engine, wrong):
    rows = ENGINES[engine](rows_of([1.0, 2.0, 2.0], [wrong, 0, wrong]))
    with pytest.raises(
        DataError, match=r"The outcome @bad is missing or neither 0 nor 1 in 2 rows; expected 0 \(good\) or 1 \(bad\)"
    ):
        count_all(rows, Field("x", "numeric"))


def test_the_outcome_may_be_true_or_false_under_any_name():
    rows = pa.table({"x": [1.0, 1.0, 2.0], "defaulted": [True, False, True]})
    for make in ENGINES.values():
        assert sides(count_all(make(rows), Field("x", "numeric"), bad="defaulted", weight=None)["x"].tally)[:2] == [
            [1, 0],
            [1, 1],
        ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": "exposure"}, "The table has no column exposure, which says what a row counts for"),
        ({"bad": "x"}, "x holds String; expected numbers"),
        ({"period": "z"}, "z holds Float64; expected text, whole numbers or dates to part the rows by"),
        ({"period": "id"}, "id split the rows into more than 1,000 parts; expected periods or segments. Name a coarser column"),
    ],
)
def test_columns_that_say_what_a_row_counts_for_must_be_fit_for_it(options, message):
    rows = rows_of(["a"] * 1_001, z=[1.0] * 1_001, id=list(range(1_001)))
    with pytest.raises(DataError, match=message):
        count_all(rows, Field("x", "categorical"), **options)


# What is no characteristic


@pytest.mark.parametrize("engine", ENGINES)
def test_a_characteristic_with_infinite_values_is_refused_and_the_others_go_on(engine):
    values = pa.array([math.inf, 1.0, -math.inf, math.inf, None])
    found = count_all(
        ENGINES[engine](rows_of(values, good=[1.0, 2.0, 1.0, 2.0, 1.0])), Field("x", "numeric"), Field("good", "numeric")
    )
    assert list(found) == ["good"]
    assert found.refused == {
        "x": "x holds infinite values (2 positive and 1 negative); expected finite numbers. "
        "Make them missing, or give them a number of their own as a special code."
    }


def test_infinite_may_be_a_special_code():
    for make in ENGINES.values():
        found = count_all(make(rows_of([math.inf, 1.0])), Field("x", "numeric", {"no limit": math.inf}))["x"]
        assert (found.low.tolist(), found.special["no limit"][1].accounts.tolist()) == ([1.0], [1.0])


UNFIT = {
    "dates": (pa.array([datetime.date(2020, 1, 1)]), "categorical", "x holds dates or times .*Derive a number from it, such as the months since"),
    "times": (pa.array([datetime.datetime(2020, 1, 1)]), "numeric", "x holds dates or times"),
    "lists": (pa.array([[1, 2]]), "categorical", r"x holds List.*; expected text, whole numbers or true and false. Convert it"),
    "records": (pa.array([{"a": 1}]), "numeric", r"x holds Struct.*; expected numbers"),
    "text": (pa.array(["a"]), "numeric", "x holds String; expected numbers. Convert it, change its dtype in the contract, or leave it out"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "pandas"])
def test_columns_that_are_no_characteristic_are_refused(engine, name):
    column, kind, message = UNFIT[name]
    with pytest.raises(DataError, match=message):
        raise DataError(count_all(ENGINES[engine](rows_of(column)), Field("x", kind)).refused["x"])


def test_objects_of_pandas_are_what_they_hold():
    frame = pandas.DataFrame(
        {"amount": [Decimal("1.50"), None], "when": [datetime.date(2020, 1, 1)] * 2, "mixed": ["a", 1], "flag": [True, None]},
        dtype=object,
    )
    frame[BAD], frame[WEIGHT] = [0, 1], 1.0
    fields = [Field(name, "numeric" if name == "amount" else "categorical") for name in ("amount", "when", "mixed", "flag")]
    found = count_all(frame, *fields)
    assert (found["amount"].low.tolist(), found["flag"].low.tolist()) == ([1.5], ["true"])
    assert found.refused["mixed"] == "mixed holds values of several types; expected one. Convert it."
    assert found.refused["when"].startswith("when holds dates or times")


def test_a_characteristic_that_the_table_does_not_have_is_refused():
    assert count_all(rows_of([1.0]), Field("y", "numeric")).refused == {
        "y": "The table has no column y; expected one. Known: @bad, @weight, x."
    }


@pytest.mark.parametrize("engine", ["arrow", "duckdb"])
def test_an_identifier_is_refused_without_fetching_its_levels(engine):
    rows = duckdb.sql(
        f"""SELECT 'customer ' || range AS x, (range % 2)::INTEGER AS "{BAD}", 1.0 AS "{WEIGHT}" FROM range(1_000_000)"""
    )
    rows = rows if engine == "duckdb" else rows.to_arrow_table()
    assert count_all(rows, Field("x", "categorical")).refused == {
        "x": "x has 1,000,000 levels; expected at most 10,000: is it an identifier or free text? "
        "Group its levels, make it numeric in the contract, or leave it out."
    }


def test_ten_thousand_levels_are_counted():
    found = counts.count(
        rows_of([f"level {each:05}" for each in range(10_000)] + [None, "n/a"]), "x", "categorical", {"none": "n/a"}
    )
    assert (len(found.low), found.tally.accounts.sum(), found.low.tolist() == sorted(found.low)) == (10_000, 10_000, True)


@pytest.mark.parametrize(
    ("kind", "codes"), [("numeric", {"none": "n/a"}), ("numeric", {"a": -1, "b": -1.0}), ("categorical", {"a": 9, "b": "9"})]
)
def test_special_codes_that_are_no_value_or_repeat_another_are_refused(kind, codes):
    with pytest.raises(
        DataError, match=r"x has the special codes .*; expected .*each once. Change special_codes in the contract"
    ):
        counts.count(rows_of([1, 2]), "x", kind, codes)


@pytest.mark.parametrize("kind", ["numeric", "categorical"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_without_values_or_rows_is_counted(engine, kind):
    for values in ([None, None], []):
        found = count_all(ENGINES[engine](rows_of(pa.array(values, pa.null()))), Field("x", kind, {"none": -1}))["x"]
        assert (len(found.low), found.missing.accounts.tolist(), found.distinct) == (0, [len(values)], 0)


# Types


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_are_rounded_to_floats_alike(engine):
    columns = {
        "whole": pa.array([2**53, 2**53 + 1, 2**53 + 3]), "exact": pa.array([Decimal("0.10"), Decimal("0.29"), None], pa.decimal128(18, 2)),
        "single": pa.array([0.1, 0.25, None], pa.float32()), "truth": pa.array([True, False, None]),
    }  # fmt: skip
    found = count_all(ENGINES[engine](rows_of([1, 2, 3], **columns)), *(Field(name, "numeric") for name in columns))
    assert {name: (each.low.tolist(), each.high.tolist()) for name, each in found.items()} == {
        "whole": ([2.0**53], [2.0**53 + 4]),  # they agree in 14 digits
        "exact": ([0.1, 0.29], [0.1, 0.29]),
        "single": ([float(np.float32(0.1)), 0.25], [float(np.float32(0.1)), 0.25]),
        "truth": ([0, 1], [0, 1]),
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_levels_are_written_alike(engine):
    columns = {
        "whole": pa.array([10, 9, None]), "real": pa.array([10.0, 0.5, math.nan]), "truth": pa.array([True, False, None]),
        "coded": pa.array(["b", "a", None]).dictionary_encode(),
    }  # fmt: skip
    found = count_all(ENGINES[engine](rows_of([1, 2, 3], **columns)), *(Field(name, "categorical") for name in columns))
    assert {name: (each.low.tolist(), each.missing.accounts.tolist()) for name, each in found.items()} == {
        "whole": (["10", "9"], [1]), "real": (["0.5", "10"], [1]), "truth": (["false", "true"], [1]), "coded": (["a", "b"], [1]),
    }  # fmt: skip


@pytest.mark.parametrize("splits", [("a",), (None,), (1.0, float("nan"))])
def test_a_split_that_is_no_finite_number_is_refused(splits):
    with pytest.raises(DataError, match=r"x has the splits .* expected finite numbers"):
        Field("x", "numeric", splits=splits)


def test_splits_are_taken_in_any_order():
    assert Field("x", "numeric", splits=(2, 1, 2)).splits == (1.0, 2.0)


def test_weighted_rows_are_worth_the_accounts_that_kish_gives():
    """(sum of w)^2 / sum of w^2 by hand: goods 1, 1, 4 give 36 / 18; bads 2, 2 give 16 / 8."""
    rows = pa.table({"x": [1.0, 2, 3, 4, 5], "@bad": [0, 0, 0, 1, 1], "@weight": [1.0, 1, 4, 2, 2]})
    found = counts.count_all(rows, [Field("x", "numeric")])["x"]
    assert found.effective == (2.0, 2.0)


def test_rows_of_equal_weight_need_no_effective_number():
    rows = pa.table({"x": [1.0, 2], "@bad": [0, 1], "@weight": [1.0, 1.0]})
    assert counts.count_all(rows, [Field("x", "numeric")])["x"].effective is None
