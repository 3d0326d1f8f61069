from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from scorecard.challengers import Encoder, encoding
from scorecard.woe import Bin

ROWS = {"debt": [5.0, -9.0, None], "income": [None, 1.0, 2.0], "home": ["free", None, "castle"], "noise": [0.0, 0.5, None]}
nan = np.nan


@pytest.fixture
def native(made_up) -> Encoder:
    return Encoder(made_up)


@pytest.fixture
def indicators(made_up) -> Encoder:
    return Encoder(made_up, "indicators")


def names(encoder):
    return [feature.name for feature in encoder.features]


def test_numbers_keep_their_value_codes_get_a_column_and_levels_their_place(native):
    assert names(native) == ["debt", "debt = code -9", "income", "home", "noise"]
    expected = [[5, 0, nan, 2, 0], [nan, 1, 1, nan, 0.5], [nan, 0, 2, nan, nan]]
    np.testing.assert_array_equal(native.transform(pa.table(ROWS)), expected)
    assert native.categorical == [False, False, False, True, False]


def test_indicators_have_a_column_per_level_and_one_for_missing_where_development_had_any(indicators):
    assert names(indicators) == [
        "debt", "debt = code -9", "income", "income = missing",
        "home = own", "home = rent", "home = free", "home = other", "home = missing", "noise",
    ]  # fmt: skip
    expected = [[5, 0, nan, 1, 0, 0, 1, 0, 0, 0], [nan, 1, 1, 0, 0, 0, 0, 0, 1, 0.5], [nan, 0, 2, 0, 0, 0, 0, 0, 0, nan]]
    np.testing.assert_array_equal(indicators.transform(pa.table(ROWS)), expected)


@pytest.mark.parametrize("kind", ["native", "indicators"])
def test_an_unseen_level_is_never_a_known_one(made_up, kind):
    encoder = Encoder(made_up, kind)
    levels = ["own", "rent", "free", "other"]
    home = pa.array([*levels, "castle"])
    *known, unseen = encoder.block(made_up[2], home).tolist()
    assert unseen not in known


def test_what_development_never_had_is_counted(native):
    found = native.unknown(pa.table(ROWS))
    assert found == {"debt": 1, "home": 1, "noise": 1}  # missing income and home were there


def test_a_number_that_development_always_had_is_counted_where_it_is_missing(native, rows):
    assert native.unknown(rows) == {}


def test_risk_must_rise_or_fall_where_the_bins_do(native, indicators, made_up):
    assert native.constraints == [1, 0, -1, 0, 0]
    assert indicators.constraints == [1, 0, -1, 0, 0, 0, 0, 0, 0, 0]
    assert Encoder((replace(made_up[0], trend="valley"),)).constraints == [0, 0]


def test_every_feature_belongs_to_its_characteristic(native, indicators):
    assert native.groups.tolist() == [0, 0, 1, 2, 3]
    assert indicators.groups.tolist() == [0, 0, 1, 1, 2, 2, 2, 2, 2, 3]


@pytest.mark.parametrize("kind", ["native", "indicators"])
def test_the_encoder_survives_its_file(developed, kind):
    encoder = Encoder(tuple(developed.bins.values()), kind)
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    np.testing.assert_array_equal(again.transform(developed.test), encoder.transform(developed.test))


@pytest.mark.parametrize("kind", ["native", "indicators"])
def test_batches_are_encoded_as_the_whole(developed, kind):
    encoder = Encoder(tuple(developed.bins.values()), kind)
    parts = [encoder.transform(batch) for batch in developed.test.to_batches(max_chunksize=31)]
    np.testing.assert_array_equal(np.vstack(parts), encoder.transform(developed.test))


def test_infinite_values_stay_at_their_end_of_the_order(native):
    rows = pa.table(ROWS | {"debt": [float("inf"), float("-inf"), 0.0]})
    debt = native.transform(rows)[:, 0]
    assert np.isfinite(debt.astype(np.float32)).all()
    assert debt.argsort().tolist() == [1, 2, 0]


def test_beyond_fifty_levels_the_groups_are_the_levels(made_up):
    groups = [
        Bin("category", f"group {place}", values=tuple(f"{place}.{each}" for each in range(30)), count=9) for place in (0, 1)
    ]
    many = replace(made_up[2], bins=(*groups, *made_up[2].bins[-2:]))
    assert encoding.levels(many) == ("group 0", "group 1")
    values = pa.array(["1.29", "0.0", None, "2.0"])
    assert encoding.level_codes(many, values).tolist() == [1, 0, encoding.MISSING, encoding.UNSEEN]
    assert Encoder((many,)).block(many, values)[:, 0].tolist() == pytest.approx([1, 0, nan, nan], nan_ok=True)
    assert encoding.level_codes(many, pa.array(encoding.examples(many))).tolist() == [0, 1]


def test_a_table_without_rows_or_characteristics_is_encoded(native):
    assert native.transform(pa.table(ROWS).slice(0, 0)).shape == (0, 5)
    assert Encoder(()).transform(pa.table(ROWS)).shape == (3, 0)
