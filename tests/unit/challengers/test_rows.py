from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import challengers
from scorecard.challengers import Development
from scorecard.challengers import rows as module
from scorecard.errors import EvidenceError


@settings(max_examples=15)
@given(shuffle=st.randoms(use_true_random=False), seed=st.integers(0, 3))
def test_rows_take_the_same_order_whatever_order_they_came_in(made_up, rows, shuffle, seed):
    few = pa.concat_tables([rows.slice(0, 60), rows.slice(0, 20)])  # some rows twice
    places = list(range(few.num_rows))
    shuffle.shuffle(places)
    first, second = (table.take(pa.array(module.order(made_up, table, seed))) for table in (few, few.take(pa.array(places))))
    assert first.to_pylist() == second.to_pylist()


def test_another_seed_takes_another_order(made_up, rows):
    assert module.order(made_up, rows, 1).tolist() != module.order(made_up, rows, 2).tolist()


def test_a_sample_is_the_same_whatever_order_its_rows_came_in(made_up, rows):
    turned = rows.take(pa.array(np.arange(rows.num_rows)[::-1]))
    assert challengers.sample(made_up, rows, 30, 1).to_pylist() == challengers.sample(made_up, turned, 30, 1).to_pylist()
    assert challengers.sample(made_up, rows, 10_000, 1).num_rows == rows.num_rows


def test_every_row_judges_once_or_stops_the_training_and_none_does_two_things():
    bad = np.tile([0, 0, 0, 1], 75)
    found = module.splits(bad, 1)
    judges = np.concatenate([held for _, held in found.folds])
    assert sorted([*judges, *found.stop]) == list(range(300))
    for train, held in found.folds:
        assert not {*train} & {*held, *found.stop}
        assert sorted([*train, *held]) == sorted(judges)
        assert bad[held].mean() == pytest.approx(0.25, abs=0.01)
    assert len(found.stop) == 60


def test_a_search_looks_at_a_bounded_number_of_rows_and_at_more_where_bads_are_rare(monkeypatch):
    monkeypatch.setattr(module, "SEARCH_ROWS", 100)
    monkeypatch.setattr(module, "SEARCH_EVENTS", 30)
    often, rare = np.tile([0, 1], 500), np.tile([0] * 19 + [1], 50)
    assert sum(len(held) for _, held in module.splits(often, 1).folds) == 80
    assert sum(len(held) for _, held in module.splits(rare, 1).folds) == 480  # of the 600 rows that hold 30 bads


@pytest.mark.parametrize(("bads", "goods"), [(19, 200), (200, 19), (0, 50)])
def test_a_search_on_fewer_than_twenty_goods_or_bads_is_refused(bads, goods):
    with pytest.raises(EvidenceError, match=f"has {bads} bads and {goods} goods; a search needs 20 of each"):
        module.splits(np.array([1] * bads + [0] * goods), 1)


def test_all_challengers_are_made_of_the_same_rows(development, made_up):
    native, indicators = development.matrix("native"), development.matrix("indicators")
    assert development.matrix("native") is native
    np.testing.assert_array_equal(native.bad, indicators.bad)
    np.testing.assert_array_equal(native.features[:, :2], indicators.features[:, :2])
    assert native.weight is None


def test_weights_that_are_not_all_one_are_kept(made_up, rows):
    weighted = rows.set_column(rows.schema.get_field_index("@weight"), "@weight", pa.array(np.arange(rows.num_rows) + 1.0))
    made = Development.of(made_up, weighted, 1)
    np.testing.assert_array_equal(made.matrix("native").weight, made.table.column("@weight").to_numpy())
    assert module.weights(rows.drop_columns(["@weight"])) is None
