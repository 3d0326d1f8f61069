"""Approve, refer, decline: the same approvals for every model."""

from __future__ import annotations

import numpy as np
import pytest

from scorecard import strategy
from scorecard.scale import Grade
from scorecard.strategy import Economics, Ranked, Rows

CUT = -590.0
GRADES = (Grade("A", 620.0, None, 0.01, 0, 0), Grade("B", 590.0, 620.0, 0.05, 0, 0), Grade("C", None, 590.0, 0.2, 0, 0))


@pytest.fixture(scope="module")
def knocked(rows):
    return np.arange(rows.n) % 10 == 0


@pytest.fixture(scope="module")
def made(rows, knocked, economics):
    return strategy.plan(rows, knocked, CUT, economics, refer=0.1)


@pytest.fixture(scope="module")
def opened(made, bounds):
    return strategy.opened(made, bounds, 200, 1)


@pytest.fixture(scope="module")
def bounds(rows):
    return {name: [float(np.quantile(each.risk, share)) for share in (0.3, 0.7)] for name, each in rows.models.items()}


def test_every_model_approves_as_many_of_those_whom_no_rule_declines(made, rows, knocked):
    assert (made.approved("scorecard") == (~knocked & (rows.reference.risk <= CUT))).all()
    for name in rows.models:
        assert made.rate(name) == pytest.approx(made.rate("scorecard"), abs=0.02)  # an old score has ties


def test_people_look_at_those_that_are_approved_last(made, rows):
    for name, limits in made.limits.items():
        looked_at = made.approved(name) & (rows.models[name].risk > limits.clear)
        assert looked_at.mean() == pytest.approx(0.1, abs=0.02)


def test_the_decisions_of_a_model_hold_everybody_once(made, opened, rows, knocked):
    table = strategy.decisions(made, opened)
    for name in rows.models:
        own = {row["decision"]: row for row in table if row["model"] == name}
        assert sum(own[key]["rows"] for key in ("approve", "refer", "decline", "knock_out")) == rows.n
        assert own["approve"]["rows"] + own["refer"]["rows"] == own["approved_in_all"]["rows"] == made.approved(name).sum()
        assert own["knock_out"]["rows"] == knocked.sum()
        assert own["everybody"]["profit"] == pytest.approx(
            sum(own[key]["profit"] for key in ("approve", "refer", "decline", "knock_out"))
        )
        bad = rows.bad[made.approved(name)]
        assert own["approved_in_all"]["bad_rate"] == pytest.approx(bad.mean())


def test_nobody_is_referred_where_the_settings_ask_for_none(rows, economics):
    plain = strategy.plan(rows, np.zeros(rows.n, dtype=bool), CUT, economics)
    told = {row["decision"] for row in strategy.decisions(plain, strategy.opened(plain, {}, 20, 1))}
    assert "refer" not in told


def test_bands_are_the_grades_best_first(made, opened, bounds, rows, knocked):
    table = [row for row in strategy.by_band(made, opened, bounds, GRADES) if row["model"] == "scorecard"]
    assert [row["band"] for row in table] == ["A", "B", "C"]
    assert [row["from_score"] for row in table] == [620.0, 590.0, None]
    assert sum(row["rows"] for row in table) == (~knocked).sum()
    assert table[-1]["approval_rate"] == pytest.approx((~knocked).mean())
    first = ~knocked & (rows.reference.risk <= bounds["scorecard"][0])
    assert table[0]["bad_rate"] == pytest.approx(rows.bad[first].mean())
    assert table[0]["pd"] == pytest.approx(rows.reference.pd[first].mean())
    assert table[0]["goods"] + table[0]["bads"] == table[0]["rows"]


def test_other_cut_offs_stand_in_order_with_the_chosen_one(made, opened, rows, knocked, economics):
    table = strategy.alternatives(made, opened["scorecard"])
    assert [row["share"] for row in table] == sorted(row["share"] for row in table)
    named = {row["name"]: row for row in table}
    assert set(named) == {"-0.10", "-0.05", "chosen", "+0.05", "+0.10", "break_even"}
    assert named["chosen"]["share"] == pytest.approx(made.rate("scorecard"))
    assert named["+0.05"]["share"] == pytest.approx(made.rate("scorecard") + 0.05, abs=0.02)
    within = ~knocked & (rows.reference.pd <= economics.break_even)
    assert named["break_even"]["rows"] == within.sum()


def test_the_last_ones_are_about_a_twentieth_just_within_the_cut_off(made, opened, rows):
    found = strategy.marginal(made, opened["scorecard"])
    assert found["share"] == pytest.approx(0.05, abs=0.02)
    risk = rows.reference.risk[made.approved("scorecard")]
    last = np.sort(risk)[-found["rows"] :]
    inside = made.approved("scorecard") & (rows.reference.risk >= last.min())
    assert found["bad_rate"] == pytest.approx(rows.bad[inside].mean())


@pytest.mark.parametrize("cut", [-np.inf, np.inf, -10_000.0, 10_000.0])
def test_a_cut_off_that_approves_nobody_or_everybody_leaves_nothing_missing(rows, economics, cut):
    made = strategy.plan(rows, np.zeros(rows.n, dtype=bool), cut, economics, refer=0.05)
    opened = strategy.opened(made, {}, 20, 1)
    numbers = [
        value
        for row in strategy.decisions(made, opened) + strategy.alternatives(made, opened["scorecard"])
        for value in row.values()
        if isinstance(value, float)
    ]
    assert np.isfinite(numbers).all()
    rate = 1.0 if cut > 0 else 0.0
    assert [made.rate(name) for name in rows.models] == [rate] * 3


def test_rules_that_decline_everybody_leave_nobody(rows, economics):
    made = strategy.plan(rows, np.ones(rows.n, dtype=bool), CUT, economics)
    opened = strategy.opened(made, {}, 20, 1)
    assert made.rate("xgboost") == 0
    assert strategy.marginal(made, opened["scorecard"])["rows"] == 0
    whole = next(row for row in strategy.decisions(made, opened) if row["decision"] == "knock_out")
    assert whole["rows"] == rows.n


def test_a_segment_of_three_is_decided():
    pd = np.array([0.1, 0.2, 0.9])
    made = strategy.plan(
        Rows("test", np.array([0, 0, 1]), {"scorecard": Ranked(pd, pd)}), np.zeros(3, dtype=bool), 0.2, Economics(0.1, 0.5)
    )
    table = strategy.decisions(made, strategy.opened(made, {}, 30, 1))
    assert next(row for row in table if row["decision"] == "approved_in_all")["rows"] == 2
