"""Reasons of two models for the same customers, what is drawn of them, and what they take to run."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from scorecard import comparison
from scorecard.comparison import latency, leading, reasons_change


def codes(*rows):
    return np.array([[*each, *[None] * (3 - len(each))] for each in rows], dtype=object)


def test_reasons_that_stay_and_go_are_counted():
    """By hand: the first keeps all, the second changes its order, the third shares none; the fourth has none by one model."""
    before = codes("ab", "ab", "ab", "")
    after = codes("ab", "bac", "c", "a")
    found = reasons_change(before, after)
    assert (found["rows"], found["same_first"], found["same_set"]) == (3, pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert found["overlap"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert found["principal"][0] == {"reason": "a", "share_before": 1.0, "share_after": pytest.approx(1 / 3)}


def test_without_reasons_nothing_is_told():
    empty = np.empty((2, 0), dtype=object)
    for before, after in ((empty, empty), (codes("", ""), codes("a", "b"))):
        assert reasons_change(before, after) == {
            "rows": 0,
            "same_first": None,
            "overlap": None,
            "same_set": None,
            "principal": [],
        }


@given(st.lists(st.permutations("abcd").map(lambda each: "".join(each)[:3]), min_size=1, max_size=6))
def test_the_same_reasons_are_the_same(rows):
    found = reasons_change(codes(*rows), codes(*rows))
    assert (found["same_first"], found["overlap"], found["same_set"]) == (1, 1, 1)


def test_the_largest_shortfalls_lead():
    shortfall = np.array([[0.3, 0.3, -1.0, 0.5], [0.0, -0.1, 0.0, 0.0]])
    assert leading(["a", "b", "c", "d"], shortfall, 2).tolist() == [["d", "a"], [None, None]]
    assert leading(["a"], np.array([[0.2]]), 3).tolist() == [["a", None, None]]


def test_a_roc_curve_of_few_points_has_the_area_of_all(draw):
    rows = draw(n=4_000)
    for name, (goods, bads) in comparison.roc(rows).items():
        assert (goods[0], bads[0], goods[-1], bads[-1]) == (0, 0, 1, 1)
        assert len(goods) <= 401
        assert np.trapezoid(bads, goods) == pytest.approx(roc_auc_score(rows.bad, rows.models[name].risk), abs=5e-4)


def test_calibration_counts_every_row_once(rows):
    table = comparison.calibration(rows)
    for name, each in rows.models.items():
        own = [row for row in table if row["model"] == name]
        assert sum(row["rows"] for row in own) == rows.n
        assert sum(row["rows"] * row["pd"] for row in own) == pytest.approx(each.pd.sum())
        assert all(row["low"] < row["rate"] < row["high"] for row in own)


def test_time_is_measured_on_one_customer_and_on_many():
    seen = []
    found = latency(lambda table: seen.append(table.num_rows), pa.table({"x": range(50)}), rows=20, times=2)
    assert sorted(set(seen)) == [1, 20]
    assert found["batch_rows"] == 20
    assert min(found["one_ms"], found["row_us"]) >= 0
