from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard import woe
from scorecard.errors import DataError
from scorecard.woe import Bin, Characteristic

EXTRA = (Bin("missing", "missing", woe=-0.5), Bin("unseen", "unseen", woe=-1.0, treatment="worst"))


def numeric(edges=(10.0, 20.0), codes=(-999.0,)):
    lowers, uppers = [None, *edges], [*edges, None]
    intervals = [
        replace(woe.interval(low, high), woe=float(place)) for place, (low, high) in enumerate(zip(lowers, uppers, strict=True))
    ]
    special = [Bin("special", f"code {code}", values=(code,), woe=9.0) for code in codes]
    return Characteristic("income", "numeric", (*intervals, *special, *EXTRA), 0.3, 0.01, "ascending", "optimal")


def categorical(groups=(("own",), ("rent", "free")), codes=("n/a",)):
    bins = [Bin("category", ", ".join(group), values=group, woe=float(place)) for place, group in enumerate(groups)]
    special = [Bin("special", "not asked", values=(code,)) for code in codes]
    return Characteristic("home", "categorical", (*bins, *special, *EXTRA), 0.3, 0.01, "ordered", "optimal")


def place_of(characteristic, value):
    """Say by a plain loop which bin a value belongs to: the slow way, for comparison."""
    kinds = [each.kind for each in characteristic.bins]
    if value is None or value != value:  # noqa: PLR0124  NaN
        return kinds.index("missing")
    for position, each in enumerate(characteristic.bins):
        if each.kind == "special" and value in each.values:
            return position
    for position, each in enumerate(characteristic.bins):
        inside = (
            each.kind == "interval" and (each.lower is None or value >= each.lower) and (each.upper is None or value < each.upper)
        )
        if inside or (each.kind == "category" and value in each.values):
            return position
    return kinds.index("unseen")


@given(
    st.lists(st.floats(-1e6, 1e6), unique=True, max_size=8).map(sorted),
    st.lists(st.one_of(st.none(), st.just(float("nan")), st.just(-999.0), st.floats(-2e6, 2e6)), min_size=1),
)
def test_numbers_fall_where_a_plain_loop_puts_them(edges, values):
    characteristic = numeric(tuple(edges))
    values += edges
    found = characteristic.assign(pa.array(values, pa.float64()))
    assert found.tolist() == [place_of(characteristic, value) for value in values]


@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["own", "rent", "free", "n/a", "Own", ""]), st.text(max_size=4)), min_size=1)
)
def test_levels_fall_where_a_plain_loop_puts_them(values):
    characteristic = categorical()
    assert characteristic.assign(pa.array(values, pa.string())).tolist() == [place_of(characteristic, value) for value in values]


@given(st.lists(st.one_of(st.none(), st.floats(-50, 50)), min_size=1), st.integers(1, 5))
def test_chunks_do_not_matter(values, size):
    whole, characteristic = pa.array(values, pa.float64()), numeric()
    chunked = pa.chunked_array([whole[start : start + size] for start in range(0, len(values), size)])
    assert characteristic.assign(chunked).tolist() == characteristic.assign(whole).tolist()


def test_a_boundary_belongs_to_the_interval_that_begins_with_it():
    assert numeric().assign(pa.array([9.999, 10.0, 19.999, 20.0])).tolist() == [0, 1, 1, 2]


def test_one_interval_holds_every_number():
    characteristic = numeric(edges=())
    assert characteristic.assign(pa.array([-1e300, 0.0, 1e300])).tolist() == [0, 0, 0]
    assert characteristic.bins[0].label == "all values"


def test_an_empty_batch_has_no_bins():
    assert numeric().assign(pa.array([], pa.float64())).tolist() == []
    assert categorical().assign(pa.array([], pa.string())).tolist() == []


@pytest.mark.parametrize("kind", [pa.int64(), pa.int8(), pa.float32(), pa.decimal128(21, 2)])
def test_numbers_of_any_type_are_assigned(kind):
    assert numeric().assign(pa.array([5, None, 20], pa.int64()).cast(kind)).tolist() == [0, 4, 2]


def test_whole_numbers_too_long_for_a_float_are_assigned():
    assert numeric().assign(pa.array([2**60 + 1, 3])).tolist() == [2, 0]


def test_a_column_of_missing_values_only_is_assigned():
    assert set(numeric().assign(pa.nulls(2))) == {4}
    assert set(categorical().assign(pa.nulls(2))) == {3}


def test_booleans_and_integer_codes_are_levels():
    flag = categorical(groups=(("false",), ("true",)), codes=())
    assert flag.assign(pa.array([True, False, None])).tolist() == [1, 0, 2]
    coded = categorical(groups=(("1",), ("2", "3")), codes=(9,))
    assert coded.assign(pa.array([3, 1, 9, 7])).tolist() == [1, 0, 2, 4]


def test_an_unseen_level_takes_the_unseen_bin_and_its_woe():
    found = categorical().assign(pa.array(["castle"]))
    assert categorical().woe[found].tolist() == [-1.0]


def test_text_where_numbers_belong_is_refused():
    with pytest.raises(DataError, match="expected numbers"):
        numeric().assign(pa.array(["12", "twelve"]))


def test_a_missing_column_is_refused_with_the_nearest_name():
    with pytest.raises(DataError, match=r"no column income, which the model needs. Did you mean incomes\?"):
        woe.column(pa.table({"incomes": [1]}), "income")


@pytest.mark.parametrize("name", ['a "quoted" name', "select", "收入", "net income"])
def test_woe_of_rows_is_looked_up_by_any_name(name):
    each = replace(numeric(), name=name)
    assert woe.values({name: each}, pa.table({name: [5.0, None]}))[name].tolist() == [0.0, -0.5]


@pytest.mark.parametrize("each", [numeric(), categorical()])
def test_a_characteristic_survives_json(each):
    again = woe.from_json(json.loads(json.dumps(woe.to_json({each.name: each}))))
    assert again == {each.name: each}


@pytest.mark.parametrize(
    ("rates", "trend"),
    [
        ([], "ordered"), ([0.1], "constant"), ([0.1, 0.1], "constant"), ([0.1, 0.2, 0.3], "ascending"), ([0.3, 0.2], "descending"),
        ([0.1, 0.3, 0.2], "peak"), ([0.3, 0.1, 0.2], "valley"), ([0.1, 0.3, 0.2, 0.4], "none"),
        ([0.1, 0.2, 0.2, 0.3], "ascending"), ([0.1, 0.2, 0.2, 0.1], "peak"),
    ],
)  # fmt: skip
def test_the_trend_is_named_by_the_turns_of_the_bad_rate(rates, trend):
    bins = [Bin("interval", "", bad_rate=rate) for rate in rates] + [Bin("missing", "missing", bad_rate=0.9)]
    assert woe.trend(bins) == trend


def test_the_made_up_customer_sits_in_the_safest_bins():
    row = woe.example([numeric(), categorical()]).iloc[0]
    assert (row["income"], row["home"]) == (20.0, "rent")
    assert numeric().assign(pa.array([row["income"]])).tolist() == [2]


def test_the_table_has_a_row_per_bin_and_the_summary_one_per_characteristic():
    both = [numeric(), replace(categorical(), iv=0.4)]
    assert len(woe.table(both)) == len(both[0].bins) + len(both[1].bins)
    assert woe.summary(both)["characteristic"].tolist() == ["home", "income"]


def test_labels_speak_of_the_same_edges():
    assert [woe.interval(*edges).label for edges in ((None, 1000), (1000, 2500.5), (2500.5, None))] == [
        "< 1,000",
        "1,000 to < 2,500.5",
        ">= 2,500.5",
    ]


def test_woe_is_an_array_of_the_bins():
    assert np.array_equal(numeric().woe, [0, 1, 2, 9, -0.5, -1])
