"""Missing values, special codes and unseen levels: an own WoE, another bin's, the worst, or none, and always said."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from scorecard import points
from scorecard.binning import Rules, fit, partition
from scorecard.binning.partition import Partition, Solved, described
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError


def tally(goods, bads):
    goods, bads = np.atleast_1d(np.array(goods, dtype=float)), np.atleast_1d(np.array(bads, dtype=float))
    return Tally(goods, bads, goods, bads)


def numbers(missing=(150, 50), refused=(80, 20)):
    values = np.array([10.0, 20.0, 30.0])
    return Classes(
        "x",
        "numeric",
        values,
        values,
        tally([700, 800, 900], [300, 200, 100]),
        {"refused": (-1, tally(*refused))},
        tally(*missing),
    )


def levels(missing=(150, 50)):
    values = np.array(["a", "b", "c"], dtype=object)
    return Classes("x", "categorical", values, values, tally([700, 800, 900], [300, 200, 100]), {}, tally(*missing))


def of(fitted, kind):
    return next(each for each in fitted.bins if each.kind == kind)


def plain(fitted):
    return [each for each in fitted.bins if each.kind in {"interval", "category"}]


def woe_of(goods, bads, all_goods=2_630, all_bads=670):
    return np.log((goods / all_goods) / (bads / all_bads))


def test_each_has_the_woe_of_its_own_counts_unless_told():
    fitted = fit(numbers(), Rules())
    assert (of(fitted, "missing").treatment, of(fitted, "special").treatment) == ("empirical", "empirical")
    assert of(fitted, "missing").woe == pytest.approx(woe_of(150, 50))
    assert of(fitted, "special").woe == pytest.approx(woe_of(80, 20))


@pytest.mark.parametrize("name", ["missing", "refused"])
@pytest.mark.parametrize(("policy", "expected"), [("worst", woe_of(700, 300)), ("neutral", 0.0)])
def test_a_policy_sets_the_woe_and_is_said(name, policy, expected):
    fitted = fit(numbers(), Rules(treatments={name: policy}))
    found = of(fitted, "missing" if name == "missing" else "special")
    assert (found.treatment, found.woe) == (policy, pytest.approx(expected))
    assert found.count == (200 if name == "missing" else 100)


@pytest.mark.parametrize(("name", "goods", "bads"), [("missing", 150, 50), ("refused", 80, 20)])
def test_a_joined_bin_has_the_woe_of_both_together(name, goods, bads):
    fitted = fit(numbers(), Rules(treatments={name: "bin of 20"}))
    found, home = of(fitted, "missing" if name == "missing" else "special"), plain(fitted)[1]
    assert found.woe == home.woe == pytest.approx(woe_of(800 + goods, 200 + bads))
    assert found.treatment == "bin of 20"
    assert (found.count, home.count) == (goods + bads, 1_000)


def test_iv_counts_joined_bins_as_one():
    free, joined = fit(numbers(), Rules()), fit(numbers(), Rules(treatments={"missing": "bin of 10", "refused": "bin of 10"}))
    shares = [(930, 370), (800, 200), (900, 100)]
    assert joined.iv == pytest.approx(sum((good / 2_630 - bad / 670) * woe_of(good, bad) for good, bad in shares))
    assert joined.iv < free.iv


def test_all_may_join_the_same_bin():
    fitted = fit(levels(), Rules(treatments={"missing": "bin of b", "unseen": "bin of b"}))
    (home,) = [each for each in plain(fitted) if "b" in each.values]
    assert of(fitted, "missing").woe == of(fitted, "unseen").woe == home.woe


def test_a_joined_value_scores_the_points_of_its_bin():
    fitted = fit(numbers(), Rules(treatments={"missing": "bin of 20", "refused": "bin of 30"}))
    earned = points.points(fitted.woe, -1.0, 0.5, 3, points.Scaling())[fitted.assign(pa.array([20.0, None, 30.0, -1.0]))]
    assert earned[0] == earned[1]
    assert earned[2] == earned[3]
    assert earned[0] != earned[2]


@pytest.mark.parametrize("policy", ["worst", "neutral", "bin of a"])
def test_unseen_levels_follow_their_policy(policy):
    fitted = fit(levels(), Rules(treatments={"unseen": policy}))
    expected = {"worst": min(each.woe for each in fitted.bins), "neutral": 0.0, "bin of a": plain(fitted)[-1].woe}[policy]
    unseen = fitted.woe[fitted.assign(pa.array(["never seen"]))]
    assert (of(fitted, "unseen").treatment, unseen.tolist()) == (policy, [pytest.approx(expected)])


def test_unseen_levels_are_the_worst_where_nothing_is_told():
    assert of(fit(levels(), Rules()), "unseen").treatment == "worst"


@pytest.mark.parametrize(
    ("missing", "treatment"), [((40, 9), "worst"), ((40, 10), "empirical"), ((60, 0), "empirical, 0.5 added")]
)
def test_empirical_needs_enough_accounts_to_expect_enough_bads(missing, treatment):
    """50 accounts, and 5 bads seen or expected: none among 60 is evidence where 12 were expected."""
    assert of(fit(numbers(missing=missing), Rules()), "missing").treatment == treatment


def test_a_bin_too_small_for_its_own_woe_asks_for_no_half_account_elsewhere():
    fitted = fit(numbers(missing=(8, 0)), Rules())
    assert {each.treatment for each in fitted.bins} == {"empirical", "worst"}
    assert plain(fitted)[0].woe == pytest.approx(woe_of(700, 300, 2_480, 620))


def test_few_bads_make_a_fallback_that_is_told():
    fitted = fit(numbers(missing=(40, 2)), Rules(fallback="neutral"))
    assert (of(fitted, "missing").treatment, of(fitted, "missing").woe) == ("neutral", 0)


@pytest.mark.parametrize(
    ("classes", "policy", "message"),
    [(numbers(), "bin of middle", "x: 'middle' is no finite number"), (levels(), "bin of d", "x: no bin holds the level 'd'")],
)  # fmt: skip
def test_a_bin_to_join_must_be_there(classes, policy, message):
    with pytest.raises(EvidenceError, match=message):
        fit(classes, Rules(treatments={"missing": policy}))


@pytest.mark.parametrize(
    "treatments", [{}, {"missing": "bin of 20", "refused": "neutral", "unseen": "neutral"}, {"missing": "worst"}]
)
def test_the_partition_of_bins_gives_the_same_bins_again(treatments):
    """What an edit starts from is what the fit ended with."""
    classes, rules = numbers(), Rules(treatments=treatments)
    fitted = fit(classes, rules)
    assert described(classes, partition(fitted), rules, Solved(fitted.status, 3)) == fitted


def test_an_unseen_level_has_no_counts_to_be_empirical():
    with pytest.raises(EvidenceError, match="x: unseen levels have no counts"):
        described(
            levels(), Partition(groups=(("a", "b", "c"),), treatments={"unseen": "empirical"}), Rules(), Solved("by hand", 1)
        )


def test_a_level_that_no_group_holds_is_refused():
    with pytest.raises(EvidenceError, match="x: the level 'c' belongs to no group"):
        described(levels(), Partition(groups=(("a", "b"),)), Rules(), Solved("by hand", 1))
