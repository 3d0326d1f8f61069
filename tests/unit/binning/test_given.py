"""Splits, groups and orders that a modeller gives: kept as they are, or refused by a sentence that names the rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard.binning import Rules, fit, fit_all
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError, SettingsError

NOTHING = Tally(*(np.zeros(1) for _ in range(4)))
LEVELS = ("none", "some", "usual", "more", "most")


def classes_of(accounts, bads, low=None, high=None, missing=NOTHING):
    bads = np.asarray(bads, dtype=float)
    goods = np.asarray(accounts, dtype=float) - bads
    low = np.arange(len(goods)) * 10.0 if low is None else np.asarray(low)
    kind = "numeric" if low.dtype.kind == "f" else "categorical"
    return Classes("x", kind, low, low if high is None else np.asarray(high), Tally(goods, bads, goods, bads), {}, missing)


def levels_of(accounts, bads, levels=LEVELS):
    order = np.argsort(levels)
    return classes_of(np.array(accounts)[order], np.array(bads)[order], np.array(levels, dtype=object)[order])


def edges(fitted):
    return [each.lower for each in fitted.bins if each.kind == "interval" and each.lower is not None]


def groups(fitted):
    return [set(each.values) for each in fitted.bins if each.kind == "category"]


SLOPE = classes_of([200] * 10, [20, 24, 30, 36, 40, 50, 56, 64, 70, 80])


# Kept


def test_given_splits_are_the_bins_where_no_more_may_be_added():
    assert edges(fit(SLOPE, Rules(splits=(17.5, 40), split_further=False))) == [17.5, 40]


def test_a_given_split_stays_beside_those_the_solver_adds():
    without, fitted = fit(SLOPE, Rules(max_bins=4)), fit(SLOPE, Rules(max_bins=4, splits=(83.25,)))
    assert 83.25 not in edges(without)
    assert 83.25 in edges(fitted)
    assert 1 < len(edges(fitted)) <= 3


@settings(max_examples=40)
@given(
    st.integers(0, 10_000), st.sets(st.integers(1, 29), min_size=1, max_size=4), st.sampled_from(["auto", "none", "ascending"])
)
def test_given_splits_are_kept_or_refused_and_never_merged(seed, places, trend):
    random = np.random.default_rng(seed)
    classes = classes_of([100] * 30, random.binomial(100, np.linspace(0.1, 0.5, 30)))
    splits = tuple(place * 10.0 - 3 for place in sorted(places))
    try:
        fitted = fit(classes, Rules(splits=splits, trend=trend, solver="programme"))
    except EvidenceError as error:
        assert "x: the given bin" in str(error)  # noqa: PT017
        return
    assert set(splits) <= set(edges(fitted))
    assert len(edges(fitted)) < 8 + 3


def test_open_trends_follow_the_given_bins():
    """optbinning's choice for these prebins is a valley or a slope; the given bins form a peak."""
    classes = classes_of([200] * 6, [20, 30, 80, 90, 40, 20])
    assert fit(classes, Rules(splits=(20.0, 40.0), split_further=False)).trend == "peak"


@pytest.mark.parametrize("further", [True, False])
def test_given_groups_stay_together_and_apart(further):
    classes = levels_of([300] * 5, [30, 60, 62, 90, 120])
    given = (("none", "most"), ("some", "more", "usual")) if not further else (("none", "most"),)
    found = groups(fit(classes, Rules(groups=given, split_further=further)))
    assert {"none", "most"} in found
    assert sorted(level for group in found for level in group) == sorted(LEVELS)


def test_a_rare_level_of_a_given_group_is_not_pooled():
    classes = levels_of([300, 300, 300, 20, 10], [30, 60, 90, 8, 1])
    found = groups(fit(classes, Rules(groups=(("some", "more"),))))
    assert {"some", "more"} in found


def test_levels_with_an_order_share_bins_with_neighbours_only():
    """By bad rate alone, none and most would share a bin."""
    classes = levels_of([300] * 5, [30, 60, 120, 90, 32])
    free, ordered = (fit(classes, Rules(order=order, min_share=0.25)) for order in ((), LEVELS))
    assert {"none", "most"} in groups(free)
    places = [sorted(LEVELS.index(level) for level in group) for group in groups(ordered)]
    assert places == sorted(places)
    assert all(place == list(range(place[0], place[-1] + 1)) for place in places)


@pytest.mark.parametrize(("trend", "rising"), [("ascending", True), ("descending", False)])
def test_the_trend_holds_along_an_order(trend, rising):
    classes = levels_of([300] * 5, [30, 60, 50, 90, 120] if rising else [120, 90, 50, 60, 30])
    rates = [each.bad_rate for each in fit(classes, Rules(order=LEVELS, trend=trend)).bins if each.kind == "category"]
    assert len(rates) > 2
    assert rates == sorted(rates, reverse=not rising)


# Refused


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"min_share": 0.2}, r"x: the given bin < 10 breaks min_share: it holds 200 accounts, at least 400 are asked for\. Change the given bins"),
        ({"min_bads": 25}, "x: the given bin < 10 breaks min_bads: it holds 20 bads, at least 25"),
        ({"trend": "descending"}, r"x: the given bin 10 to < 50 breaks trend: the bad rate goes from 10\.00% to 16\.25%, and has to fall"),
        ({"max_bins": 2}, "x: the given bin >= 50 breaks max_bins: it is bin 3, at most 2"),
        ({"min_woe_difference": 1.0}, "breaks min_woe_difference: it differs less from the bin before it than 1 asks for"),
        ({"min_rate_difference": 0.2}, "breaks min_rate_difference"),
        ({"max_p_value": 1e-12}, "breaks max_p_value"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("further", [True, False])
def test_given_splits_that_break_a_rule_are_refused_by_its_name(rules, message, further):
    with pytest.raises(EvidenceError, match=message):
        fit(SLOPE, Rules(splits=(10.0, 50.0), split_further=further, keep_sparse=False, **rules))


def test_given_splits_with_two_turns_have_no_trend():
    classes = classes_of([200] * 4, [20, 80, 30, 70])
    rules = Rules(splits=(10.0, 20.0, 30.0), split_further=False)
    with pytest.raises(
        EvidenceError, match=r"x: the given bin .* breaks trend: the bad rate goes from .* \((peak|valley|ascending|descending)\)"
    ):
        fit(classes, rules)
    assert edges(fit(classes, rules.changed("x", {"trend": "none"}))) == [10, 20, 30]


def test_a_given_group_that_breaks_a_rule_is_refused_by_its_name():
    classes = levels_of([300, 300, 300, 300, 20], [30, 60, 62, 90, 8])
    with pytest.raises(EvidenceError, match="x: the given bin most breaks min_share: it holds 20 accounts, at least 61"):
        fit(classes, Rules(groups=(("most",),)))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"splits": (0.0,)}, r"x: the split 0 cuts nothing off; the values of development are 0 to 90\. Remove or move it"),
        ({"splits": (500.0,)}, "x: the split 500 cuts nothing off"),
        ({"splits": (12.0, 17.0)}, "x: the split 12 cuts off no value more than the split before it|x: the split 17"),
        ({"groups": (("none",),)}, None),
        ({"order": ("none",)}, None),
    ],
)  # fmt: skip
def test_splits_that_do_not_fit_the_values_are_refused(rules, message):
    if message is None:
        with pytest.raises(SettingsError, match=r"x is numeric; groups and order are of levels\. Give splits instead"):
            fit(SLOPE, Rules(**rules))
    else:
        with pytest.raises(EvidenceError, match=message):
            fit(SLOPE, Rules(**rules))


def test_a_split_inside_a_fine_class_is_refused():
    classes = classes_of([200] * 3, [20, 40, 60], [0.0, 10, 20], [9.0, 19, 29])
    with pytest.raises(EvidenceError, match=r"x: the edge 5 lies inside a fine class\. Count again with this edge"):
        fit(classes, Rules(splits=(5.0,)))


@pytest.mark.parametrize(
    ("rules", "error", "message"),
    [
        ({"order": LEVELS[:-1]}, EvidenceError, "x: the level 'most' is not in the order. Put it where it belongs"),
        ({"groups": (("nonee",),)}, EvidenceError, "x: groups name the level 'nonee', which development does not have.*none"),
        ({"groups": (("none",),), "split_further": False}, EvidenceError, "x: the level 'more' belongs to no group"),
        ({"groups": (("none", "most"),), "order": LEVELS}, EvidenceError, "x: the group none, most holds levels that are no neighbours"),
        ({"splits": (1.0,)}, SettingsError, "x is text; splits are of numbers"),
        ({"treatments": {"refused": "worst"}}, SettingsError, "x: treatments name 'refused', which is no special code of it"),
    ],
)  # fmt: skip
def test_groups_and_orders_that_do_not_fit_the_levels_are_refused(rules, error, message):
    with pytest.raises(error, match=message):
        fit(levels_of([300] * 5, [30, 60, 62, 90, 120]), Rules(**rules))


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"splits": (2, 1)}, r"splits = \(2, 1\); expected numbers in ascending order, each once"),
        ({"splits": (1, 1)}, "splits .* each once"), ({"splits": ("a",)}, "splits .* expected numbers"), ({"splits": 5}, "splits = 5; expected numbers"),
        ({"splits": (float("nan"),)}, "splits"), ({"splits": (float("inf"),)}, "splits"),
        ({"groups": (("a",), ("b", "a"))}, "groups .* each level in one of them and once"), ({"groups": ("a",)}, "groups .* expected lists of levels"),
        ({"groups": ((),)}, "groups"), ({"order": ("a", "a")}, "order .* each level once"),
        ({"treatments": {"missing": "best"}}, "treatments .* expected empirical, worst, neutral or 'bin of VALUE'"),
        ({"treatments": {"missing": "bin of "}}, "treatments"), ({"treatments": {"unseen": "empirical"}}, "not empirical for unseen"),
        ({"max_bins": "eight"}, "max_bins = 'eight'; expected 2 to 20"), ({"rare_accounts": -1}, "rare_accounts"), ({"solver": "guess"}, "solver"),
        ({"min_woe_difference": -1}, "min_woe_difference"), ({"min_rate_difference": 1}, "below 1"), ({"max_p_value": 0}, "above 0"),
        ({"time_limit_seconds": 0}, "1 or more"),
        ({"splits": (1,), "groups": (("a",),)}, "splits are of numbers, groups and order are of levels"),
        ({"splits": (1,), "order": ("a",)}, "splits are of numbers"),
        ({"split_further": False}, "split_further = False keeps given splits or groups as they are; expected some"),
    ],
)  # fmt: skip
def test_rules_that_contradict_themselves_are_refused(rules, message):
    with pytest.raises(SettingsError, match=message):
        Rules(**rules)


# Many characteristics


def test_rules_of_one_characteristic_are_its_own():
    fitted, refused = fit_all({"a": SLOPE, "b": SLOPE}, Rules(), {"a": {"splits": [33], "split_further": False}})
    assert not refused
    assert edges(fitted["a"]) == [33]
    assert edges(fitted["b"]) == edges(fit(SLOPE, Rules()))


def test_a_characteristic_whose_rules_cannot_be_kept_is_refused_and_the_others_go_on():
    own = {"a": {"splits": [500]}, "b": {"splits": [2, 1]}, "c": {"trend": "up"}}
    fitted, refused = fit_all(dict.fromkeys("abcd", SLOPE), Rules(), own)
    assert list(fitted) == ["d"]
    assert list(refused) == ["a", "b", "c"]
    assert refused["b"].startswith("b: splits = (2, 1); expected numbers in ascending order")


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"ab": {}}, "binning has rules for ab, which is not counted"),
        ({"a": {"tremd": "none"}}, "a: tremd is not a rule of bins.*trend"),
    ],
)
def test_a_misspelt_name_stops_the_fit(own, message):
    with pytest.raises(SettingsError, match=message):
        fit_all({"a": SLOPE}, Rules(), own)


def test_the_levels_of_an_ordinal_bin_stand_in_their_order():
    order = ("< 1 year", "1 year", "2 years")
    fitted = fit(
        levels_of([500, 500, 500], [45, 50, 250], order), Rules(order=order, max_bins=2, min_share=0.01, keep_sparse=False)
    )
    assert [each.values for each in fitted.bins if each.kind == "category"] == [("< 1 year", "1 year"), ("2 years",)]


def test_a_rule_of_one_characteristic_says_where_it_is_changed():
    with pytest.raises(SettingsError, match=r"a: max_bins = 99; .* Change the parameter, or binning in the pipeline YAML"):
        Rules().changed("a", {"max_bins": 99})
