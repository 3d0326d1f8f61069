"""Which rows a knock-out rule declines, and what each adds."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from scorecard import strategy
from scorecard.contracts import Contract
from scorecard.errors import SettingsError
from scorecard.settings import Rule
from scorecard.strategy import Economics, Ranked, Rows
from scorecard.strategy.book import wilson

CONTRACT = Contract.model_validate({"name": "c", "columns": {
    "age": {"dtype": "integer"}, "ratio": {"dtype": "number"}, "home": {"dtype": "text"}, "since": {"dtype": "date"}, "staff": {"dtype": "boolean"},
}})  # fmt: skip
TABLE = pa.table({
    "age": pa.array([17, 30, None, 80], pa.int64()), "ratio": pa.array([0.1, float("nan"), 0.9, None], pa.float64()),
    "home": pa.array(["own", "rent", None, "7"]), "since": pa.array([date(2020, 1, 1), None, date(2021, 1, 1), date(2022, 1, 1)]),
    "staff": pa.array([True, False, None, False]),
})  # fmt: skip


def hit(**words):
    return strategy.hits([Rule(reason="r", **words)], TABLE, CONTRACT)[0].tolist()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"column": "age", "below": 18}, [True, False, False, False]),
        ({"column": "age", "above": 79}, [False, False, False, True]),
        ({"column": "age", "above": 80}, [False, False, False, False]),
        ({"column": "age", "below": 18, "missing": True}, [True, False, True, False]),
        ({"column": "ratio", "above": 0.5}, [False, False, True, False]),
        ({"column": "ratio", "missing": True}, [False, True, False, True]),
        ({"column": "age", "values": (30, 80)}, [False, True, False, True]),
        ({"column": "home", "values": ("rent", 7)}, [False, True, False, True]),
        ({"column": "staff", "values": (True,)}, [True, False, False, False]),
        ({"column": "since", "values": ("2021-01-01",)}, [False, False, True, False]),
    ],
)
def test_a_rule_declines_the_rows_it_describes(words, expected):
    assert hit(**words) == expected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, "names no column"),
        ({"column": "aga", "below": 1}, "aga, which is not in the contract"),
        ({"column": "home", "below": 1}, "home, which is text"),
        ({"column": "age"}, "no condition for age"),
        ({"column": "age", "values": ("young",)}, "'young'"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_in_a_sentence(words, told):
    with pytest.raises(SettingsError, match=told):
        hit(**words)


def test_what_rules_add_alone_and_after_the_others():
    """By hand: eight customers of one unit; the score approves the first six; margin 0.1, loss 0.5."""
    bad = np.array([0, 1, 1, 0, 0, 0, 1, 1])
    risk = np.arange(8.0)
    rows = Rows("test", bad, {"scorecard": Ranked(np.full(8, 0.5), risk)})
    one, other = np.array([0, 1, 1, 0, 0, 0, 1, 0], dtype=bool), np.array([0, 0, 1, 1, 0, 0, 0, 1], dtype=bool)
    rules = [Rule(reason="one", column="age", below=1), Rule(reason="other", column="age", above=1)]
    first, second, together = strategy.effects(rules, [one, other], rows, risk <= 5, Economics(0.1, 0.5))
    assert [first[f"{name}_rows"] for name in ("hit", "alone", "after", "only")] == [3, 2, 2, 1]
    assert [second[f"{name}_rows"] for name in ("hit", "alone", "after", "only")] == [3, 2, 1, 1]
    assert (first["alone_bad_rate"], second["after_bad_rate"]) == (1.0, 0.0)
    assert first["alone_gain"] == pytest.approx(1.0)  # two bads of 0.5 each are not lost
    assert second["alone_gain"] == pytest.approx(0.4)  # one bad not lost, one good not earned
    assert second["after_gain"] == pytest.approx(-0.1)  # what the first leaves to the second is a good
    assert first["hit_expected_loss"] == pytest.approx(3 * 0.5 * 0.5)
    # the outcomes that the rule keeps out earn -0.5 twice: variance of a sum over eight customers, by hand
    reach = 1.959963984540054 * (2 * 0.25 - 1.0**2 / 8) ** 0.5
    assert (first["alone_gain_low"], first["alone_gain_high"]) == pytest.approx((1 - reach, 1 + reach))
    assert (first["hit_share_low"], first["hit_share_high"]) == pytest.approx(wilson(3, 8))
    assert (together["rule"], together["hit_rows"], together["alone_rows"]) == (None, 5, 3)
    assert (first["after_rows"] + second["after_rows"]) == together["alone_rows"]


def test_a_rule_that_hits_nobody_has_no_rate_and_no_rules_have_no_table():
    rows = Rows("test", np.array([0, 1]), {"scorecard": Ranked(np.array([0.1, 0.2]), np.array([0.1, 0.2]))})
    nobody, approved = np.zeros(2, dtype=bool), np.ones(2, dtype=bool)
    told = strategy.effects([Rule(reason="r", column="age", below=1)], [nobody], rows, approved, Economics())[0]
    assert (told["hit_rows"], told["hit_bad_rate"], told["alone_gain"]) == (0, None, None)
    assert strategy.effects([], [], rows, approved, Economics()) == []
    assert not strategy.declined([], 2).any()
