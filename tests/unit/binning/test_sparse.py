"""Rare but different: bins below the smallest share that stay, and what every floor costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard.binning import Rules, fit, floors
from scorecard.binning.grid import SPARSE_BADS, SPARSE_BINS, reach
from scorecard.counts import Classes, Tally

NOTHING = Tally(*(np.zeros(1) for _ in range(4)))


def classes_of(accounts, bads, levels=False):
    bads = np.asarray(bads, dtype=float)
    goods = np.asarray(accounts, dtype=float) - bads
    low = np.array([f"level {place:04d}" for place in range(len(bads))], dtype=object) if levels else np.arange(len(bads)) * 1.0
    tally = Tally(goods, bads, goods, bads)
    return Classes("x", "categorical" if levels else "numeric", low, low, tally, {}, NOTHING)


def plain(fitted):
    return [each for each in fitted.bins if each.kind in {"interval", "category"}]


def sparse(fitted):
    return [each for each in plain(fitted) if each.treatment == "empirical, sparse"]


# Months in arrears of 10,000 customers: nearly all none, and the few with most nearly all bad.
ARREARS = classes_of([9_000, 700, 200, 60, 40], [450, 105, 80, 42, 34])


def test_the_rare_delinquent_keep_their_bins():
    fitted = fit(ARREARS, Rules())
    assert [(each.lower, each.count, each.bads) for each in sparse(fitted)] == [(2, 200, 80), (3, 100, 76)]


def test_a_floor_without_exception_hides_them():
    held, free = fit(ARREARS, Rules(keep_sparse=False)), fit(ARREARS, Rules())
    assert [each.lower for each in plain(held)] == [None, 1]
    assert not sparse(held)
    assert held.iv < 0.75 * free.iv


def test_a_rare_safe_end_stays_too():
    fitted = fit(classes_of([9_000, 400], [2_700, 32]), Rules())
    assert [(each.lower, each.bads) for each in sparse(fitted)] == [(1, 32)]
    assert fitted.trend == "descending"


def test_a_rare_level_stays_alone():
    fitted = fit(classes_of([4_000, 3_000, 2_700, 300], [200, 180, 170, 90], levels=True), Rules())
    assert [each.values for each in sparse(fitted)] == [("level 0003",)]


def test_sparse_bins_come_on_top_of_the_most_bins():
    fitted = fit(ARREARS, Rules(max_bins=2))
    assert len(plain(fitted)) == 4


def test_a_bin_inside_stays_where_its_neighbours_differ():
    rates = np.full(50, 0.05)
    rates[20] = 0.4
    fitted = fit(classes_of(np.full(50, 200), 200 * rates), Rules(trend="none"))
    assert [(each.lower, each.upper, each.count) for each in sparse(fitted)] == [(20, 21, 200)]


def test_a_trend_forbids_a_sparse_bin_against_it():
    rates = np.linspace(0.05, 0.2, 50)
    rates[5] = 0.5
    assert not sparse(fit(classes_of(np.full(50, 200), (200 * rates).round()), Rules(trend="ascending")))


@settings(max_examples=40)
@given(st.integers(0, 100_000), st.sampled_from([0.05, 0.15]), st.sampled_from(["auto", "none", "ascending"]))
def test_a_sparse_bin_has_enough_bads_and_an_interval_of_its_own(seed, share, trend):
    random = np.random.default_rng(seed)
    accounts = random.integers(5, 900, 25)
    classes = classes_of(accounts, random.binomial(accounts, np.sort(random.beta(1, 6, 25))))
    rules = Rules(min_share=share, trend=trend, solver="programme")
    fitted = fit(classes, rules)
    bins, free = plain(fitted), fit(classes, rules.changed("x", {"keep_sparse": False}))
    error = [np.sqrt(1 / each.bads + 1 / (each.count - each.bads)) for each in bins]
    need = np.ceil(share * accounts.sum() - 1e-9)
    assert len(sparse(fitted)) <= SPARSE_BINS
    assert fitted.iv >= free.iv - 1e-12
    for place, each in enumerate(bins):
        assert (each.count < need) == (each in sparse(fitted)) or len(bins) == 1
        for other in (place - 1, place + 1):
            if each in sparse(fitted) and 0 <= other < len(bins):
                assert each.bads >= max(SPARSE_BADS, rules.min_bads)
                assert abs(each.woe - bins[other].woe) > reach(25) * (error[place] + error[other])


@pytest.mark.parametrize("levels", [False, True])
def test_chance_keeps_no_sparse_bin(levels):
    """40 characteristics without any relation; with plain 95 % intervals, more than half of them had one."""
    random = np.random.default_rng(5)
    for _ in range(40):
        accounts = random.multinomial(50_000, random.dirichlet(np.full(200, 0.7)) if levels else np.full(1_000, 0.001)) + 1
        assert not sparse(fit(classes_of(accounts, random.binomial(accounts, 0.1), levels), Rules(solver="programme")))


# What every floor costs


def test_the_cost_of_a_floor_is_the_information_it_hides():
    table = floors(ARREARS, Rules(keep_sparse=False)).set_index("rule")
    held = fit(ARREARS, Rules(keep_sparse=False)).iv
    free = fit(ARREARS, Rules(keep_sparse=False, min_share=1e-6)).iv
    assert table.loc["min_share", ["iv", "iv_without", "cost"]].tolist() == pytest.approx([held, free, free - held])
    assert table.index[0] == "min_share"
    assert table.loc["max_bins", "cost"] == 0


def test_pooling_rare_levels_has_its_price():
    classes = classes_of([400, 400, 25, 25], [40, 80, 2, 15], levels=True)
    table = floors(classes, Rules(min_share=0.02, min_bads=1)).set_index("rule")
    assert table.loc["rare_accounts", "cost"] > 0
    assert "trend" not in table.index


def test_only_rules_that_limit_are_listed():
    table = floors(ARREARS, Rules(trend="none", min_bads=0))
    assert set(table["rule"]) == {"min_share", "max_bins"}


@settings(max_examples=15)
@given(st.integers(0, 100_000))
def test_no_floor_costs_less_than_nothing(seed):
    random = np.random.default_rng(seed)
    accounts = random.integers(5, 200, 30)
    classes = classes_of(accounts, random.binomial(accounts, random.beta(2, 6, 30)))
    table = floors(classes, Rules(solver="programme", max_p_value=0.2, min_woe_difference=0.1))
    assert (table["cost"] >= 0).all()
    assert (table["cost"].diff().dropna() <= 0).all()
