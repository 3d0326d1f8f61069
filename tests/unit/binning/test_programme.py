"""The dynamic programme, held to trying everything, and to optbinning's solver."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from scorecard.binning import Rules, breach, fit, optimiser, prebins, programme
from scorecard.binning.grid import Floor, grid, reach
from scorecard.counts import Classes, Tally
from scorecard.datasets import german
from scorecard.errors import SettingsError

NOTHING = Tally(*(np.zeros(1) for _ in range(4)))
NONE = np.zeros(0, dtype=np.intp)


def tallied(accounts, bads, weight=1.0):
    bads = np.asarray(bads, dtype=float)
    goods = np.asarray(accounts, dtype=float) - bads
    return Tally(goods, bads, goods * weight, bads * weight)


def classes_of(accounts, bads, weight=1.0):
    values = np.arange(len(accounts), dtype=float)
    return Classes("x", "numeric", values, values, tallied(accounts, bads, weight), {}, NOTHING)


def random_prebins(seed, most):
    random = np.random.default_rng(seed)
    accounts = random.integers(20, 400, random.integers(2, most + 1))
    return tallied(accounts, random.binomial(accounts, random.uniform(0.05, 0.6, len(accounts))))


def problem(sums, rules, fixed=NONE):
    return grid(sums, fixed, rules, Floor(rules.accounts_needed(sums.accounts.sum()), reach(1)))


def worth(found, cuts):
    return sum(found.runs.iv[run] for run in pairwise([0, *map(int, cuts), found.prebins]))


def best_of_all(found, trend):
    """Return the highest IV of all ways to cut that keep what is fixed and break no rule; None where there is none."""
    inner = range(1, found.prebins)
    every = (cuts for many in range(found.prebins) for cuts in combinations(inner, many))
    kept = (cuts for cuts in every if set(found.fixed) <= set(cuts) and breach.first(found, cuts, trend) is None)
    return max((worth(found, cuts) for cuts in kept), default=None)


RULES = st.builds(
    Rules, max_bins=st.integers(2, 6), min_share=st.sampled_from([0.02, 0.1, 0.2]), min_bads=st.integers(0, 20),
    min_woe_difference=st.sampled_from([0.0, 0.0, 0.2]), min_rate_difference=st.sampled_from([0.0, 0.0, 0.03]),
    max_p_value=st.sampled_from([1.0, 1.0, 0.1]), keep_sparse=st.booleans(),
)  # fmt: skip


@settings(max_examples=60)
@given(st.integers(0, 100_000), RULES, st.sampled_from(list(programme.PHASES)), st.sets(st.integers(1, 6), max_size=2))
def test_nothing_better_exists_among_all_ways_to_cut(seed, rules, trend, fixed):
    sums = random_prebins(seed, 8)
    fixed = np.array(sorted(place for place in fixed if place < len(sums.goods)), dtype=np.intp)
    found = problem(sums, rules, fixed)
    expected, cuts = best_of_all(found, trend), programme.best(found, trend)
    if expected is None:
        assert cuts is None
    else:
        assert worth(found, cuts) == pytest.approx(expected, abs=1e-9)
        assert breach.first(found, cuts, trend) is None
        assert set(fixed) <= set(cuts)


@pytest.mark.parametrize("trend", programme.PHASES)
@settings(max_examples=12)
@given(
    seed=st.integers(0, 100_000),
    rules=RULES.map(lambda rules: rules.changed("x", {"keep_sparse": False, "min_woe_difference": 0.0})),
)
def test_the_bins_are_worth_those_of_optbinning_or_more(trend, seed, rules):
    """optbinning leaves out some ways to cut against a trend before it searches, so its bins may be worth less."""
    sums = random_prebins(seed, 20)
    found = problem(sums, rules)
    ours, (theirs, status) = programme.best(found, trend), optimiser.best(sums, found, trend)
    if theirs is None:
        assert (status, ours) == ("infeasible", None)
    elif breach.first(found, theirs, trend) is None:  # it rounds rates to six digits
        assert worth(found, ours) >= worth(found, theirs) - 1e-9
        if trend == "none":
            assert worth(found, ours) <= worth(found, theirs) + 1e-4


@pytest.mark.parametrize("trend", programme.PHASES)
@pytest.mark.parametrize("name", ["duration_months", "amount_dm", "age_years"])
def test_both_solvers_find_the_same_bins_of_german_credit(name, trend):
    rows = german()
    values, counts = np.unique(rows[name], return_counts=True)
    bads = rows["bad"].groupby(rows[name]).sum().loc[values].to_numpy()
    classes = Classes("x", "numeric", values.astype(float), values.astype(float), tallied(counts, bads), {}, NOTHING)
    ours, theirs = (fit(classes, Rules(trend=trend, keep_sparse=False, solver=solver)) for solver in ("programme", "optbinning"))
    assert ours.iv == pytest.approx(theirs.iv, abs=1e-9)
    assert ours == theirs


def test_fewer_bins_win_where_more_tell_nothing():
    classes = classes_of([100, 100, 100, 100], [10, 10, 30, 30])
    fitted = fit(classes, Rules(trend="ascending", min_share=0.01))
    assert sum(each.kind == "interval" for each in fitted.bins) == 2


@settings(max_examples=40)
@given(st.integers(0, 100_000), st.sampled_from([30, 300]), st.sampled_from([0.02, 0.05, 0.2]))
def test_prebins_are_the_leaves_of_the_tree_of_scikit_learn(seed, classes, share):
    random = np.random.default_rng(seed)
    accounts = random.integers(5, 60, classes)
    sums = tallied(accounts, random.binomial(accounts, np.linspace(0.1, 0.4, classes) + random.uniform(0, 0.1)))
    floor = int(np.ceil(share * accounts.sum()))
    row, y = (
        np.repeat(np.tile(np.arange(classes), 2), np.r_[sums.goods, sums.bads].astype(int)),
        np.repeat([0, 1], [int(sums.goods.sum()), int(sums.bads.sum())]),
    )
    tree = DecisionTreeClassifier(max_leaf_nodes=20, min_samples_leaf=floor, random_state=0).fit(row.reshape(-1, 1), y)
    theirs = np.sort(tree.tree_.threshold[tree.tree_.feature >= 0])
    assert prebins.cuts(sums, NONE, prebins.Leaf(20, floor)).tolist() == np.ceil(theirs).astype(int).tolist()


# Which solver


def test_weights_and_differences_of_woe_go_to_the_programme():
    classes = classes_of([200, 200, 200, 200], [20, 60, 40, 80], weight=np.array([1.0, 2, 1, 2]))
    assert fit(classes, Rules(trend="none")).status == "optimal"
    plain = classes_of([200, 200, 200, 200], [20, 60, 40, 80])
    apart = fit(plain, Rules(trend="none", min_woe_difference=0.9))
    woe = [each.woe for each in apart.bins if each.kind == "interval"]
    assert min(abs(left - right) for left, right in pairwise(woe)) >= 0.9


@pytest.mark.parametrize(
    ("rules", "weight", "message"),
    [
        (Rules(solver="optbinning", keep_sparse=False), 2.0, "x has weighted rows, .* Set solver to auto or programme"),
        (Rules(solver="optbinning", min_share=0.3), 1.0, r"x may keep sparse bins \(keep_sparse\), which optbinning does not know"),
        (
            Rules(solver="optbinning", keep_sparse=False, splits=(1.0,), min_share=0.01),
            np.array([1.0, 0, 1.0, 1.0, 1.0]),
            "x has weighted rows",
        ),
    ],
)  # fmt: skip
def test_optbinning_is_not_asked_for_what_it_cannot_express(rules, weight, message):
    classes = classes_of([1_000, 1_000, 1_000, 200, 1_000], [100, 110, 120, 150, 130], weight)
    with pytest.raises(SettingsError, match=message):
        fit(classes, rules)


def test_optbinning_is_not_asked_for_a_fixed_split_beside_a_pure_prebin():
    classes = classes_of([100, 100, 100, 100], [0, 10, 20, 40])
    rules = Rules(solver="optbinning", keep_sparse=False, splits=(2.0,))
    with pytest.raises(SettingsError, match="x has a fixed split beside prebins without goods or bads"):
        fit(classes, rules)
    fitted = fit(classes, rules.changed("x", {"solver": "auto"}))
    assert 2.0 in [each.lower for each in fitted.bins]


def test_optbinning_knows_no_difference_of_woe():
    with pytest.raises(SettingsError, match="optbinning knows no min_woe_difference"):
        Rules(solver="optbinning", min_woe_difference=0.1)


@pytest.mark.parametrize(
    "rule", [{"min_rate_difference": 0.08}, {"max_p_value": 0.001}, {"min_bads": 60}, {"max_bins": 2}, {"min_share": 0.3}]
)
@pytest.mark.parametrize("solver", ["programme", "optbinning"])
def test_every_rule_reaches_both_solvers(solver, rule):
    random = np.random.default_rng(1)
    accounts = np.full(12, 150)
    classes = classes_of(accounts, random.binomial(accounts, np.linspace(0.1, 0.5, 12)))
    free = fit(classes, Rules(solver=solver, keep_sparse=False, trend="ascending"))
    held = fit(classes, Rules(solver=solver, keep_sparse=False, trend="ascending", **rule))
    assert held.iv < free.iv
    assert len(held.bins) < len(free.bins)


@pytest.mark.parametrize("trend", ["peak", "valley"])
def test_one_turn_is_allowed_and_no_second(trend):
    bads = {"peak": [20, 80, 40, 90, 30, 70], "valley": [90, 30, 70, 20, 80, 40]}[trend]
    fitted = fit(classes_of([200] * 6, bads), Rules(trend=trend, solver="programme"))
    assert fitted.trend == trend


def test_the_choice_of_a_trend_is_that_of_optbinning():
    """OptimalBinning with the trend "auto" and with the trend chosen here give the same splits."""
    from optbinning import OptimalBinning  # noqa: PLC0415

    for seed in range(8):
        sums = random_prebins(seed, 12)
        x, y = np.tile(np.arange(len(sums.goods), dtype=float), 2), np.repeat([0, 1], len(sums.goods))
        weight, edges = np.concatenate([sums.goods, sums.bads]), np.arange(len(sums.goods) - 1) + 0.5
        auto, told = (
            OptimalBinning(user_splits=edges, monotonic_trend=trend).fit(x, y, sample_weight=weight)
            for trend in ("auto", optimiser.trend_of(sums))
        )
        assert auto.splits.tolist() == told.splits.tolist()


@pytest.mark.parametrize("solver", ["programme", "optbinning"])
@pytest.mark.parametrize("bads", [[20, 30, 45, 60, 55, 80], [80, 55, 60, 45, 30, 20], [60, 30, 20, 45, 50, 61]])
def test_a_monotonic_characteristic_goes_the_way_that_is_worth_more(bads, solver):
    """Either way tried alone is the second computation."""
    classes = classes_of([200] * 6, bads)
    ways = [fit(classes, Rules(trend=trend, keep_sparse=False)).iv for trend in ("ascending", "descending")]
    fitted = fit(classes, Rules(trend="monotonic", solver=solver, keep_sparse=False))
    assert fitted.iv == pytest.approx(max(ways), rel=1e-12)
    assert fitted.trend in {"ascending", "descending"}
