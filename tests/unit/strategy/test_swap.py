"""Who comes in and who goes out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportions_ztest

from scorecard import metrics, strategy
from scorecard.results import Verdict
from scorecard.strategy import Economics, Ranked, Rows

BAD = np.array([1, 1, 0, 1, 0, 0, 0, 1, 0, 0])
BEFORE = np.array([10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100])
AFTER = np.array([10.0, 20, 75, 15, 50, 60, 70, 55, 90, 100])
ECONOMICS = Economics(0.1, 0.5)


@pytest.fixture(scope="module")
def ten():
    """Ten customers: at equal rates the third (good) takes the place of the eighth (bad)."""
    models = {"scorecard": Ranked(np.linspace(0.9, 0.05, 10), -BEFORE), "rival": Ranked(np.linspace(0.8, 0.1, 10), -AFTER)}
    return Rows("test", BAD, models, np.full(10, 100.0))


@pytest.fixture(scope="module")
def made(ten):
    return strategy.plan(ten, np.zeros(10, dtype=bool), -60.0, ECONOMICS)


def swapped(rows, decide, made):
    was, now = decide(made, "scorecard", "rival")
    return strategy.swap_set(rows, ("scorecard", was), ("rival", now), ECONOMICS)


def test_at_equal_approval_rate_one_takes_the_place_of_another(ten, made):
    """By hand."""
    found = swapped(ten, strategy.at_equal_rate, made)
    groups = {row["group"]: row for row in found["groups"]}
    assert {name: (row["rows"], row["bads"]) for name, row in groups.items()} == {
        "both": (4, 0),
        "out": (1, 1),
        "in": (1, 0),
        "neither": (4, 3),
    }
    assert (found["approval_rate_before"], found["approval_rate_after"]) == (0.5, 0.5)
    assert (found["bad_rate_before"], found["bad_rate_after"], found["difference"]) == (0.2, 0.0, -1.0)
    assert (groups["in"]["profit"], groups["out"]["profit"], groups["out"]["loss"]) == pytest.approx((10.0, -50.0, 50.0))
    assert groups["out"]["expected_loss_before"] == pytest.approx(50 * ten.reference.pd[7])
    assert groups["out"]["expected_loss_after"] == pytest.approx(50 * ten.models["rival"].pd[7])


def test_at_equal_bad_rate_as_many_are_taken_as_risk_allows(ten, made):
    """By hand: the rival may have one bad in five; it takes seven at 1/7; an eighth would make it 2/8."""
    found = swapped(ten, strategy.at_equal_bad_rate, made)
    assert found["approval_rate_after"] == 0.7
    assert found["bad_rate_after"] == pytest.approx(1 / 7)
    assert found["bad_rate_after"] <= found["bad_rate_before"]


def test_groups_add_up_and_rates_are_those_of_the_plan(rows, economics):
    made = strategy.plan(rows, np.arange(rows.n) % 9 == 0, -595.0, economics)
    for decide in (strategy.at_equal_rate, strategy.at_equal_bad_rate):
        was, now = decide(made, "incumbent", "scorecard")
        found = strategy.swap_set(rows, ("incumbent", was), ("scorecard", now), economics)
        assert sum(row["rows"] for row in found["groups"]) == rows.n
        assert not (now & made.knocked).any()
        assert sum(row["exposure"] for row in found["groups"]) == pytest.approx(rows.exposure.sum())
    was, now = strategy.at_equal_bad_rate(made, "incumbent", "scorecard")
    assert rows.bad[now].mean() <= rows.bad[was].mean()


def test_where_nobody_is_approved_nobody_is_swapped(ten):
    made = strategy.plan(ten, np.zeros(10, dtype=bool), -1_000.0, ECONOMICS)
    for decide in (strategy.at_equal_rate, strategy.at_equal_bad_rate):
        found = swapped(ten, decide, made)
        assert {row["group"]: row["rows"] for row in found["groups"]} == {"both": 0, "out": 0, "in": 0, "neither": 10}
        assert (found["difference"], found["p_value"], found["bad_rate_before"]) == (None, None, None)


@pytest.mark.parametrize(("one", "other"), [((48, 80), (12, 40)), ((300, 1000), (330, 1000)), ((5, 100), (5, 100))])
def test_two_shares_are_compared_by_the_normal_test(one, other):
    """statsmodels 0.14: proportions_ztest."""
    expected = proportions_ztest([one[0], other[0]], [one[1], other[1]])[1]
    assert strategy.two_shares(one, other) == pytest.approx(expected, abs=1e-12)


def test_small_ones_by_fishers():
    """scipy 1.17: fisher_exact."""
    assert strategy.two_shares((1, 6), (5, 7)) == pytest.approx(fisher_exact([[1, 5], [5, 2]]).pvalue)
    assert strategy.two_shares((0, 4), (0, 3)) == 1.0


def alike(n, weight=None):
    """Customers of whom every second one is bad, with 100 at risk; one model gives all a PD of 0.1, the other 0.3."""
    models = {name: Ranked(np.full(n, pd), np.zeros(n)) for name, pd in (("scorecard", 0.1), ("rival", 0.3))}
    return Rows("test", np.arange(n) % 2, models, np.full(n, 100.0), weight)


def test_answers_that_come_in_more_often_are_found():
    """By hand: of four in and four out, all in rent and none out does; a code below 0 is not known."""
    entered, left = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0], dtype=bool), np.array([0, 0, 0, 0, 1, 1, 1, 1, 0], dtype=bool)
    codes = {"home": np.array([0, 0, 0, 0, 1, 1, 1, 1, 0]), "age": np.array([-1, 0, 0, 1, 0, 1, 1, 1, 0])}
    names = {"home": ["rent", "own"], "age": ["young", "old", "never"]}
    table = strategy.profile(alike(9), ("scorecard", left), ("rival", entered), ECONOMICS, codes, names)
    rent = next(row for row in table if row["bin"] == "rent")
    assert (rent["in_share"], rent["out_share"], rent["difference"]) == (1.0, 0.0, 1.0)
    assert (rent["in_bad_rate"], rent["in_exposure"], rent["in_expected_loss"]) == pytest.approx((0.5, 400.0, 400 * 0.3 * 0.5))
    assert (rent["out_rows"], rent["out_bad_rate"], rent["out_expected_loss"]) == (0, None, 0.0)
    assert table[1]["out_expected_loss"] == pytest.approx(400 * 0.1 * 0.5)
    assert rent["p_value"] == pytest.approx(fisher_exact([[4, 0], [0, 4]]).pvalue)
    assert [row["bin"] for row in table] == ["rent", "own", "young", "old"]
    assert next(row for row in table if row["bin"] == "young")["in_share"] == pytest.approx(2 / 3)
    assert [row["p_holm"] for row in table] == metrics.holm([row["p_value"] for row in table]).tolist()


def test_weights_count_in_the_answers_too():
    """By hand: of three that come in, the one who rents weighs as much as the two others."""
    rows = alike(6, np.array([2.0, 1, 1, 1, 1, 1]))
    entered = np.array([1, 1, 1, 0, 0, 0], dtype=bool)
    table = strategy.profile(
        rows,
        ("scorecard", ~entered),
        ("rival", entered),
        ECONOMICS,
        {"home": np.array([0, 1, 1, 0, 1, 1])},
        {"home": ["rent", "own"]},
    )
    assert (table[0]["in_rows"], table[0]["in_share"], table[0]["out_share"]) == (1, pytest.approx(0.5), pytest.approx(1 / 3))


def test_a_side_without_customers_is_not_compared():
    nobody = np.zeros(2, dtype=bool)
    sides = ("scorecard", nobody), ("rival", ~nobody)
    table = strategy.profile(alike(2), *sides, ECONOMICS, {"home": np.array([0, 1])}, {"home": ["a", "b"]})
    assert {(row["out_share"], row["difference"], row["p_value"], row["p_holm"]) for row in table} == {(None, None, None, None)}


# Findings


def groups(entered, left):
    made = [
        {"group": name, "rows": rows, "bads": bads, "bad_rate": bads / rows if rows else None}
        for name, (bads, rows) in (("in", entered), ("out", left))
    ]
    known = entered[1] and left[1]
    return {
        "after": "scorecard",
        "groups": made,
        "difference": entered[0] / entered[1] - left[0] / left[1] if known else None,
        "p_value": strategy.two_shares(entered, left) if known else None,
    }


@pytest.mark.parametrize(
    ("entered", "left", "verdict"),
    [
        ((10, 200), (40, 200), Verdict.GREEN),
        ((40, 200), (10, 200), Verdict.RED),
        ((10, 50), (11, 50), Verdict.AMBER),
        ((0, 0), (1, 5), Verdict.NOT_COMPUTABLE),
    ],
)
def test_the_swap_set_is_judged_by_its_bad_rates(entered, left, verdict):
    result = strategy.swap_result(groups(entered, left), "test")
    assert (result.code, result.verdict, result.scope) == ("CMP-03", verdict, "test: scorecard")


@pytest.mark.parametrize(
    ("low", "high", "verdict", "key"),
    [
        (0.05, 0.09, Verdict.GREEN, "reading.marginal_earns"),
        (0.09, 0.15, Verdict.AMBER, "reading.marginal_open"),
        (0.2, 0.3, Verdict.RED, "reading.marginal_loses"),
    ],
)
def test_the_last_ones_are_judged_by_the_break_even(low, high, verdict, key):
    last = {"rows": 400, "bads": 40, "bad_rate": (low + high) / 2, "bad_rate_low": low, "bad_rate_high": high}
    result = strategy.marginal_result(last, Economics(0.1, 0.6, 0.01), "test")
    assert (result.verdict, result.reading.key) == (verdict, key)
    assert result.threshold == pytest.approx(0.09 / 0.7)


def test_without_money_or_customers_nothing_is_judged():
    nobody = {"rows": 0, "bads": 0, "bad_rate": None, "bad_rate_low": None, "bad_rate_high": None}
    assert strategy.marginal_result(nobody, Economics(0.1, 0.6), "test").verdict is Verdict.NOT_COMPUTABLE
    assert strategy.marginal_result(nobody | {"bad_rate": 0.1}, Economics(), "test").reading.key == "reading.marginal_no_money"
