"""Sums along a model's risk and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from statsmodels.stats.proportion import proportion_confint

from scorecard import metrics
from scorecard.strategy import Economics, Ranked, Rows, best, books, curve
from scorecard.strategy.book import wilson

NOBODY = np.zeros(900, dtype=bool)
EVERY = ["scorecard", "incumbent", "xgboost"]


@pytest.fixture(scope="module")
def knocked(rows):
    return np.arange(rows.n) % 11 == 0


@pytest.fixture(scope="module")
def opened(rows, knocked):
    return books(rows, knocked, {name: [float(np.quantile(rows.models[name].risk, 0.6))] for name in EVERY}, 400, 1)


def test_a_part_is_what_its_rows_sum_to(rows, knocked, opened, economics):
    """By hand, from the rows."""
    for name, book in opened.items():
        risk = rows.models[name].risk
        limit = book.edges[np.searchsorted(book.edges, np.quantile(risk, 0.6))]
        inside = (risk <= limit) & ~knocked
        found = book.part(book.within(-np.inf, limit)).figures(economics)
        money, bad = rows.exposure[inside], rows.bad[inside]
        assert (found["rows"], found["bads"]) == (inside.sum(), bad.sum())
        assert found["bad_rate"] == pytest.approx(bad.mean())
        assert found["share"] == pytest.approx(inside.mean())
        assert found["exposure"] == pytest.approx(money.sum())
        assert found["expected_loss"] == pytest.approx((money * rows.models[name].pd[inside]).sum() * 0.6)
        assert found["loss"] == pytest.approx((money * bad).sum() * 0.6)
        pd = rows.models[name].pd[inside]
        assert found["expected_profit"] == pytest.approx((money * ((1 - pd) * 0.12 - pd * 0.6 - 0.01)).sum())
        assert found["profit"] == pytest.approx((money * ((1 - bad) * 0.12 - bad * 0.6 - 0.01)).sum())


def test_intervals_of_shares_are_wilsons_and_of_bad_rates_jeffreys(opened, economics):
    """statsmodels 0.14: proportion_confint, wilson and jeffreys."""
    book = opened["scorecard"]
    found = book.part(book.within(-np.inf, np.inf)).figures(economics)
    assert (found["share_low"], found["share_high"]) == pytest.approx(proportion_confint(found["rows"], 900, method="wilson"))
    assert (found["bad_rate_low"], found["bad_rate_high"]) == pytest.approx(
        proportion_confint(found["bads"], found["rows"], method="jeffreys")
    )
    assert wilson(0, 100) == pytest.approx((0, 0.0369935), abs=1e-7)
    assert wilson(100, 100)[1] == 1


def test_intervals_of_money_agree_with_the_central_limit(rows, opened, economics):
    """The standard error of a sum of independent rows is sqrt(n) times their standard deviation."""
    book = opened["scorecard"]
    part = book.part(book.within(-np.inf, np.inf), (0, 1))
    worth = rows.exposure * ((1 - rows.bad) * 0.11 - rows.bad * 0.61)
    found = part.figures(economics)
    width = 2 * stats.norm.ppf(0.975) * worth.std() * np.sqrt(rows.n)
    assert found["profit_high"] - found["profit_low"] == pytest.approx(width, rel=0.15)
    assert found["profit_low"] < found["profit"] < found["profit_high"]


def test_who_a_rule_declines_stands_apart(rows, knocked, opened):
    book = opened["xgboost"]
    everywhere = book.within(-np.inf, np.inf)
    assert book.part(everywhere, (1,)).figures(Economics())["rows"] == knocked.sum()
    assert book.part(everywhere, (0, 1)).figures(Economics())["rows"] == rows.n


def test_without_economics_money_is_not_known_and_nothing_else_is_missing(opened):
    book = opened["scorecard"]
    found = book.part(book.within(-np.inf, np.inf)).figures(Economics())
    assert {found[name] for name in ("expected_loss", "loss", "profit", "profit_low")} == {None}
    assert found["bad_rate"] > 0


def test_nobody_has_no_rate_and_no_money(opened, economics):
    book = opened["scorecard"]
    found = book.part(np.zeros(book.edges.size + 1, dtype=bool)).figures(economics)
    assert (found["rows"], found["bad_rate"], found["profit"], found["share_low"]) == (0, None, None, 0)


def test_customers_without_exposure_are_units_of_money(draw, economics):
    plain = draw(exposure=None)
    book = books(plain, NOBODY, {"scorecard": []}, 50, 1)["scorecard"]
    found = book.part(book.within(-np.inf, np.inf)).figures(economics)
    assert found["exposure"] == plain.n
    assert found["loss"] == pytest.approx(0.6 * plain.events)


def test_weights_move_shares_and_money(draw, economics):
    weight = np.where(np.arange(900) % 2, 1.0, 3.0)
    weighted = draw(weight=weight)
    book = books(weighted, NOBODY, {"scorecard": []}, 50, 1)["scorecard"]
    found = book.part(book.within(-np.inf, np.inf)).figures(economics)
    assert found["bad_rate"] == pytest.approx(np.average(weighted.bad, weights=weight))
    assert found["exposure"] == pytest.approx((weighted.exposure * weight).sum())
    assert found["rows"] == round(weight.sum() ** 2 / (weight**2).sum())


def test_the_order_of_rows_moves_nothing(rows, economics):
    order = np.random.default_rng(1).permutation(rows.n)
    moved = Rows(
        "test",
        rows.bad[order],
        {name: Ranked(each.pd[order], each.risk[order]) for name, each in rows.models.items()},
        rows.exposure[order],
    )
    one, other = (books(each, NOBODY, {"xgboost": []}, 100, 7)["xgboost"] for each in (rows, moved))
    whole = one.within(-np.inf, np.inf)
    assert one.part(whole).figures(economics) == pytest.approx(other.part(whole).figures(economics), abs=1e-6)


def test_rows_alike_but_for_a_rule_may_stand_in_any_order(economics):
    """Whole points tie many customers; whom a rule declines must not depend on which of them came first."""
    random = np.random.default_rng(2)
    score, bad = np.round(random.normal(600, 5, 400)), random.integers(0, 2, 400)
    knocked, order = random.random(400) < 0.2, random.permutation(400)
    found = []
    for place in (np.arange(400), order):
        rows = Rows("test", bad[place], {"scorecard": Ranked(expit((600 - score[place]) / 20), -score[place])})
        book = books(rows, knocked[place], {"scorecard": [-600.0]}, 200, 7)["scorecard"]
        found.append(book.part(book.within(-np.inf, -600.0)).figures(economics))
    assert found[0] == found[1]


# All cut-offs


def test_the_curve_ends_where_everybody_is_approved(rows, knocked, opened, economics):
    table = curve(opened["scorecard"], economics)
    first, last = table[0], table[-1]
    assert (first["approval_rate"], first["bad_rate"], first["profit"]) == (0, None, 0)
    assert last["approval_rate"] == pytest.approx((~knocked).mean())
    assert last["bad_rate"] == pytest.approx(rows.bad[~knocked].mean())
    rates = [row["approval_rate"] for row in table]
    assert rates == sorted(rates)
    assert all(row["profit_low"] <= row["profit"] <= row["profit_high"] for row in table[5:])


def test_the_most_profitable_cut_off_is_the_best_of_the_curve(rows, opened, economics):
    book = opened["xgboost"]
    found, table = best(book, economics), curve(book, economics)
    top = max(table, key=lambda row: row["profit"])
    assert found["profit"] == pytest.approx(top["profit"])
    assert found["approval_rate"] == top["approval_rate"]
    assert found["approval_rate_low"] <= found["approval_rate"] <= found["approval_rate_high"]
    pd = rows.models["xgboost"].pd
    assert np.quantile(pd, found["approval_rate"]) == pytest.approx(economics.break_even, abs=0.06)


def test_where_every_approval_loses_nobody_is_best(opened):
    found = best(opened["scorecard"], Economics(0.001, 1.0, 0.05))
    assert (found["nobody"], found["approval_rate"], found["profit"]) == (True, 0, 0)
    assert best(opened["scorecard"], Economics()) is None
    assert {row["profit"] for row in curve(opened["scorecard"], Economics())} == {None}


def test_break_even_is_that_of_the_metrics(economics):
    assert economics.break_even == metrics.break_even(0.12, 0.6, 0.01)
    assert Economics(0.1).break_even is None
