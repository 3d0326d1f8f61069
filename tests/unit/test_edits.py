"""Edits of bins by hand: what each does, what it refuses, and the file that keeps them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from scorecard import binning, edits, metrics
from scorecard.binning import Rules, partition
from scorecard.counts import Classes, Part, Tally
from scorecard.edits import Edit, Outcome, append, apply, load, replay, save
from scorecard.errors import EvidenceError, SettingsError
from scorecard.messages import LANGUAGES, render
from scorecard.selection import Forced

NOW = "2026-11-23T09:30:00Z"
WHY = {"reason": "Policy.", "author": "lin"}
RULES = Rules(max_bins=5, min_bads=5)


def tally(accounts, rate):
    bads = np.round(np.asarray(accounts, dtype=float) * rate)
    goods = np.asarray(accounts, dtype=float) - bads
    return Tally(goods, bads, goods, bads)


def one(accounts, rate):
    return tally(np.array([accounts]), rate)


NUMBERS = np.arange(1.0, 51.0)
LEVELS = np.array(["1", "flat", "null", "owns", "rents", "yes"], dtype=object)
INCOME = Classes(
    "income", "numeric", NUMBERS, NUMBERS, tally(np.full(50, 40.0), np.linspace(0.5, 0.05, 50)),
    {"no answer": (-1.0, one(100, 0.3)), "retired": (-2.0, one(10, 0.1))}, one(200, 0.4),
)  # fmt: skip
HOUSING = Classes(
    "housing", "categorical", LEVELS, LEVELS, tally([300.0, 400, 200, 500, 400, 250], np.array([0.1, 0.3, 0.2, 0.05, 0.35, 0.25])), {}, one(0, 0),
)  # fmt: skip
COUNTS = {"income": INCOME, "housing": HOUSING}


@pytest.fixture(scope="module")
def fitted():
    return {name: binning.fit(classes, RULES) for name, classes in COUNTS.items()}


def cut(characteristic, *edges, treatments=None):
    """Return a numeric characteristic with these edges."""
    return binning.described(INCOME, binning.Partition(edges, (), treatments or {}), RULES, binning.Solved("optimal", 12))


def groups(*groups):
    return binning.described(HOUSING, binning.Partition((), groups), RULES, binning.Solved("optimal", 6))


def named(each):
    """Return the name of a case: the edit or the words, not the bins."""
    return str(each) if isinstance(each, Edit | str) else ""


TWENTIES = cut(INCOME, 20.0, 30.0, 40.0)
HOUSES = groups(("owns",), ("1", "null"), ("flat", "rents", "yes"))


def edges(characteristic):
    return partition(characteristic).edges


def made(action, name="income", **what):
    return Edit(
        action, name, {"from" if key == "start" else key.rstrip("_"): value for key, value in what.items()}, "Policy.", "lin", NOW
    )


def change(characteristic, edit, rules=RULES):
    return apply(characteristic, COUNTS[characteristic.name], edit, rules)


# What each action does


def test_merge_makes_one_bin_of_the_two_beside_an_edge():
    after = change(TWENTIES, made("merge", at=30))
    assert edges(after) == (20.0, 40.0)
    (joined,) = (each for each in after.bins if each.lower == 20)
    parts = [each for each in TWENTIES.bins if each.lower in {20, 30}]
    assert (joined.count, joined.bads) == (sum(each.count for each in parts), sum(each.bads for each in parts))


def test_split_puts_an_edge_where_it_is_asked_for():
    assert edges(change(TWENTIES, made("split", at=25))) == (20.0, 25.0, 30.0, 40.0)


def test_move_moves_one_edge_and_leaves_the_others():
    assert edges(change(TWENTIES, made("move", start=30, to=35))) == (20.0, 35.0, 40.0)


def test_levels_move_into_the_bin_that_holds_another():
    after = change(HOUSES, made("group", "housing", levels=["yes", "flat"], with_="1"))
    assert partition(after).groups == (("owns",), ("1", "flat", "null", "yes"), ("rents",))


def test_levels_move_into_a_bin_of_their_own_beside_the_first_they_left():
    after = change(HOUSES, made("group", "housing", levels=["yes", "null"]))
    assert partition(after).groups == (("owns",), ("1",), ("null", "yes"), ("flat", "rents"))


def test_all_levels_of_a_group_merge_it_into_another():
    after = change(HOUSES, made("group", "housing", levels=["1", "null"], with_="owns"))
    assert partition(after).groups == (("1", "null", "owns"), ("flat", "rents", "yes"))


def test_missing_is_treated_as_told():
    joined = change(TWENTIES, made("treat", bin="missing", as_="bin of 25"))
    host, missing = (
        next(each for each in joined.bins if each.lower == 20),
        next(each for each in joined.bins if each.kind == "missing"),
    )
    assert missing.treatment == "bin of 25"
    assert missing.woe == host.woe
    worst = change(TWENTIES, made("treat", bin="missing", as_="worst"))
    assert next(each.woe for each in worst.bins if each.kind == "missing") == worst.woe.min()


def test_a_special_code_is_treated_by_its_label():
    after = change(TWENTIES, made("treat", bin="no answer", as_="neutral"))
    assert next((each.woe, each.treatment) for each in after.bins if each.label == "no answer") == (0.0, "neutral")


def test_a_trend_is_fitted_and_treatments_stay(fitted):
    treated = change(fitted["income"], made("treat", bin="missing", as_="neutral"))
    after = change(treated, made("trend", trend="ascending"))
    assert after.trend in {"ascending", "constant"}
    assert next(each.treatment for each in after.bins if each.kind == "missing") == "neutral"
    assert edges(after) == edges(binning.fit(INCOME, RULES.changed("income", {"trend": "ascending"})))


def test_forcing_changes_no_bin_and_hands_the_reason_to_the_selection(fitted):
    replayed = replay(fitted, COUNTS, [made("include"), made("exclude", "housing"), made("exclude")], RULES)
    assert replayed.forced == {"income": Forced(False, "Policy."), "housing": Forced(False, "Policy.")}
    assert replayed.characteristics == fitted


@pytest.mark.parametrize("edit", [made("merge", at=30), made("split", at=25), made("treat", bin="missing", as_="worst")], ids=str)
def test_an_edited_characteristic_says_so_and_keeps_its_noise_floor(edit):
    after = change(TWENTIES, edit)
    assert (after.status, after.noise_floor) == ("edited", TWENTIES.noise_floor)


def test_the_iv_after_an_edit_is_that_of_the_new_counts():
    after = change(TWENTIES, made("merge", at=30))
    filled = [each for each in after.bins if each.count]
    goods, bads = np.array([each.count - each.bads for each in filled]), np.array([each.bads for each in filled])
    assert after.iv == pytest.approx(metrics.information_value(goods, bads), abs=1e-12)


@pytest.mark.parametrize(
    ("characteristic", "edit"),
    [
        (TWENTIES, made("split", at=30)),
        (TWENTIES, made("move", start=25, to=30)),
        (HOUSES, made("group", "housing", levels=["flat", "yes"], with_="rents")),
        (HOUSES, made("group", "housing", levels=["owns"])),
    ],
    ids=named,
)
def test_an_edit_whose_outcome_is_there_already_changes_no_bin(characteristic, edit):
    assert partition(change(characteristic, edit)) == partition(characteristic)


# What does not apply


@pytest.mark.parametrize(
    ("characteristic", "edit", "told"),
    [
        (TWENTIES, made("merge", at=25), "income has no edge at 25; its edges are 20; 30; 40"),
        (cut(INCOME), made("merge", at=25), "income has no edge at 25; it has no edges"),
        (TWENTIES, made("move", start=25, to=27), "income has no edge at 25"),
        (TWENTIES, made("move", start=30, to=45), "income has another edge between 30 and 45"),
        (TWENTIES, made("move", start=30, to=20), "income has another edge between 30 and 20"),
        (TWENTIES, made("split", at=0.5), "income has no customer on one side of 0.5; its values run from 1 to 50"),
        (TWENTIES, made("split", at=51), "income has no customer on one side of 51"),
        (TWENTIES, made("split", at=29.5), "income has no customer on one side of 29.5; its values run from 1 to 50"),
        (TWENTIES, made("group", levels=["a"]), "income is numeric and group needs a categorical one; merge, split and move"),
        (HOUSES, made("merge", "housing", at=1), "housing is categorical and merge needs a numeric one; group moves its levels"),
        (HOUSES, made("group", "housing", levels=["own"]), "housing has no level 'own'. Did you mean owns?"),
        (HOUSES, made("group", "housing", levels=["owns"], with_="rent"), "housing has no level 'rent'. Did you mean rents?"),
        (HOUSES, made("trend", "housing", trend="peak"), "housing has no order of its levels"),
        (
            TWENTIES,
            made("treat", bin="no reply", as_="worst"),
            "income has no bin 'no reply' to treat. Known: missing, no answer, retired, unseen.",
        ),
        (
            TWENTIES,
            made("treat", bin="retired", as_="empirical"),
            "income has 10 customers, 1 of them bad, in retired, too few for a WoE",
        ),
        (TWENTIES, made("treat", bin="missing", as_="bin of old"), "income: 'old' is no finite number"),
        (HOUSES, made("treat", "housing", bin="missing", as_="bin of tent"), "housing: no bin holds the level 'tent'"),
    ],
    ids=named,
)
def test_an_edit_that_does_not_apply_says_what_is_there(characteristic, edit, told):
    with pytest.raises(EvidenceError, match=re.escape(told)):
        change(characteristic, edit)


def test_an_edge_inside_a_class_asks_for_another_count():
    coarse = Classes(
        "income",
        "numeric",
        np.array([1.0, 11.0, 31.0]),
        np.array([10.0, 30.0, 50.0]),
        tally([400.0] * 3, np.array([0.4, 0.3, 0.1])),
        {},
        one(0, 0),
    )
    with pytest.raises(EvidenceError, match=r"income: the edge 20 lies inside a fine class. Count again with this edge"):
        apply(
            binning.described(coarse, binning.Partition((31.0,)), RULES, binning.Solved("optimal", 3)),
            coarse,
            made("split", at=20),
            RULES,
        )


def test_the_numbers_of_splits_and_moves_become_boundaries_of_classes():
    told = [
        made("split", at=25),
        made("merge", at=30),
        made("move", start=20, to=18),
        made("split", "age", at=40),
        made("split", at=25),
    ]
    assert edits.splits_of(told) == {"age": (40.0,), "income": (18.0, 25.0)}


# Replaying


def test_an_entry_that_does_not_apply_leaves_its_characteristic_out_and_the_others_go_on(fitted):
    host = made("group", "housing", levels=["owns"], with_="yes")
    told = [made("include"), made("merge", at=1234), made("split", at=25), host, made("merge", "incom", at=3)]
    replayed = replay(fitted, COUNTS, told, RULES)
    assert list(replayed.characteristics) == ["housing"]
    assert [each.number for each in replayed.applied] == [1, 4]
    assert replayed.forced == {}
    assert list(replayed.refused) == ["income", "incom"]
    assert replayed.refused["income"].startswith("Edit 2 (merge) does not apply: income has no edge at 1,234; its edges are ")
    assert "Edit 5 (merge) does not apply: incom is no characteristic with bins. Known: housing." in replayed.refused["incom"]
    assert "left out by an earlier one" in replayed.outcomes[2].problem


def test_whoever_needs_every_entry_to_apply_gets_an_error(fitted):
    assert replay(fitted, COUNTS, [made("include")], RULES).complete().forced
    with pytest.raises(
        EvidenceError, match=r"Edit 2 \(merge\) does not apply: income has no edge at 1,234.* Change or remove the entry\."
    ):
        replay(fitted, COUNTS, [made("include"), made("merge", at=1234)], RULES).complete()


def test_a_fit_by_another_trend_names_the_boundaries_it_does_not_keep(fitted):
    told = [
        made("merge", at=edges(fitted["income"])[0]),
        made("treat", bin="missing", as_="worst"),
        made("trend", trend="descending"),
    ]
    (reading,) = (each for each in replay(fitted, COUNTS, told, RULES).outcomes[2].warnings if each.key == "edit.fitted_anew")
    assert reading.values == {"entries": "1"}


def test_bins_that_change_places_in_a_period_are_told():
    """By hand: in 2025 the riskier half of 2024 is the safer one; a split at 2 shows it, the whole cannot."""
    low = np.array([1.0, 2.0])
    parts = [
        Classes("x", "numeric", low, low, tally([accounts] * 2, np.array(rates)), {}, one(0, 0))
        for accounts, rates in ((1_000.0, [0.1, 0.3]), (300.0, [0.4, 0.1]))
    ]
    both = replace(parts[0].plus(parts[1]), parts=(Part("2024", None, parts[0]), Part("2025", None, parts[1])))
    whole = binning.described(both, binning.Partition(), RULES, binning.Solved("optimal", 2))
    (outcome,) = replay({"x": whole}, {"x": both}, [made("split", "x", at=2)], RULES).outcomes
    assert (outcome.inversions_before, outcome.inversions_after) == (0, 1)
    assert [(each.key, each.values) for each in outcome.warnings] == [("edit.inverted", {"inversions": 1})]


def test_a_trend_set_by_hand_is_the_rule_from_then_on(fitted):
    told = [made("trend", trend="descending"), made("trend", trend="none"), made("treat", bin="missing", as_="worst")]
    assert [
        each.key for each in replay(fitted, COUNTS, told, RULES.changed("income", {"trend": "ascending"})).outcomes[2].warnings
    ] == []


def test_rules_of_a_characteristic_that_has_no_bins_do_not_stop_the_others(fitted):
    own = {"savings": {"splits": [2, 1]}}
    assert replay(fitted, COUNTS, [], RULES, own).characteristics == fitted


def test_rules_of_one_characteristic_hold_for_its_edits(fitted):
    edit = [made("treat", bin="missing", as_="worst")]
    assert replay(fitted, COUNTS, edit, RULES).outcomes[0].warnings == ()
    told = replay(fitted, COUNTS, edit, RULES, {"income": {"min_bads": 400}}).outcomes[0].warnings
    assert {each.key for each in told} == {"edit.few_bads"}


def test_what_an_entry_changes_is_said_in_words():
    replayed = replay({"income": TWENTIES, "housing": HOUSES}, COUNTS, [
        made("merge", at=30), made("treat", bin="missing", as_="worst"), made("group", "housing", levels=["null"]), made("exclude"), made("split", at=40),
    ], RULES)  # fmt: skip
    assert [(each.edit.before, each.edit.after) for each in replayed.outcomes] == [
        ("20 to < 30 | 30 to < 40", "20 to < 40"),
        ("missing: empirical", "missing: worst"),
        ("1, null", "1 | null"),
        ("chosen by the rules", "forced out"),
        ("as it is", "as it is"),
    ]


def test_forcing_the_other_way_says_how_it_was(fitted):
    told = replay(fitted, COUNTS, [made("exclude"), made("include")], RULES).outcomes
    assert [(each.edit.before, each.edit.after) for each in told] == [
        ("chosen by the rules", "forced out"), ("forced out", "forced in"),
    ]  # fmt: skip


def test_words_of_an_entry_stay_as_its_author_saw_them():
    known = Edit("merge", "income", {"at": 30}, "Policy.", "lin", NOW, "two bins", "one bin")
    assert replay({"income": TWENTIES}, COUNTS, [known], RULES).outcomes[0].edit == known


def test_an_outcome_survives_json(fitted):
    replayed = replay(fitted, COUNTS, [made("split", at=2), made("merge", at=1234)], RULES)
    assert replayed.outcomes[0].warnings
    for each in replayed.outcomes:
        assert Outcome.from_dict(json.loads(json.dumps(each.to_dict()))) == each


@st.composite
def sequences(draw):
    """Return edits that apply one after the other to the fitted bins."""
    fitted = {"income": TWENTIES, "housing": HOUSES}
    now, told = dict(fitted), []
    for _ in range(draw(st.integers(1, 6))):
        edit = draw(one_edit(now))
        after = replay(now, COUNTS, [edit], RULES)
        if not after.refused:
            told.append(edit)
            now = after.characteristics
    return fitted, told


def one_edit(now):
    own, places = edges(now["income"]), st.integers(2, 50).map(float)
    level = st.sampled_from(list(LEVELS))
    options = [
        st.builds(lambda at: made("split", at=at), places),
        st.builds(
            lambda policy: made("treat", bin="missing", as_=policy),
            st.sampled_from(["worst", "neutral", "empirical", "bin of 7"]),
        ),
        st.builds(lambda levels: made("group", "housing", levels=sorted(levels)), st.sets(level, min_size=1)),
        st.builds(
            lambda levels, host: made(
                "group", "housing", levels=sorted(levels - {host}) or ["1" if host != "1" else "yes"], with_=host
            ),
            st.sets(level),
            level,
        ),
        st.builds(made, st.sampled_from(["include", "exclude"]), st.sampled_from(["income", "housing"])),
    ]
    if own:
        options.append(st.builds(lambda at: made("merge", at=at), st.sampled_from(own)))
        options.append(st.builds(lambda start, to: made("move", start=start, to=to), st.sampled_from(own), places))
    return st.one_of(options)


@given(sequences())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_replaying_saved_edits_gives_the_same_bins_to_the_last_byte(tmp_path_factory, drawn):
    fitted, told = drawn
    path = tmp_path_factory.getbasetemp() / "replayed.yaml"
    save(path, told)
    first, again = (replay(fitted, COUNTS, entries, RULES) for entries in (told, load(path)))
    assert again == first
    assert json.dumps([each.to_dict() for each in again.outcomes]) == json.dumps([each.to_dict() for each in first.outcomes])


@given(sequences())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_dropping_the_last_entry_undoes_it(drawn):
    fitted, told = drawn
    whole, earlier = replay(fitted, COUNTS, told, RULES), replay(fitted, COUNTS, told[:-1], RULES)
    assert whole.outcomes[:-1] == earlier.outcomes
    assert earlier.after(whole.outcomes[-1]) == whole if told else whole == earlier


@given(sequences())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_no_edit_loses_a_customer(drawn):
    fitted, told = drawn
    for name, each in replay(fitted, COUNTS, told, RULES).characteristics.items():
        assert sum(found.count for found in each.bins) == sum(found.count for found in fitted[name].bins)
        assert sum(found.bads for found in each.bins) == sum(found.bads for found in fitted[name].bins)


# Broken rules


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        (Rules(min_share=0.3, keep_sparse=False), "edit.small_share"),
        (Rules(min_bads=250), "edit.few_bads"),
        (Rules(max_bins=3), "edit.many_bins"),
        (Rules(trend="ascending"), "edit.other_trend"),
        (Rules(min_woe_difference=0.6), "edit.close_woe"),
        (Rules(min_rate_difference=0.2), "edit.close_rate"),
        (Rules(max_p_value=1e-9), "edit.same_rate"),
    ],
    ids=named,
)
def test_every_broken_rule_is_named_in_both_languages(rules, key):
    found = [each for each in edits.warnings(TWENTIES, rules) if each.key == key]
    assert found
    assert all(render(found[0], language) for language in LANGUAGES)


def test_bins_that_keep_their_rules_are_not_warned_of():
    assert edits.warnings(TWENTIES, Rules(trend="descending", max_p_value=0.05, min_rate_difference=0.01)) == []


def test_a_small_bin_with_bads_and_a_woe_of_its_own_may_stay():
    """Conventions of the rules: 30 bads, and a 95 % interval of the WoE that excludes the neighbour's."""
    small, rest = one(60, 0.8), one(4_000, 0.1)
    low = np.array([1.0, 2.0])
    classes = Classes("x", "numeric", low, low, Tally.joined([small, rest]), {}, one(0, 0))
    each = binning.described(classes, binning.Partition((2.0,)), RULES, binning.Solved("optimal", 2))
    assert edits.warnings(each, RULES) == []
    assert [told.key for told in edits.warnings(each, Rules(keep_sparse=False))] == ["edit.small_share"]


def test_a_bin_that_holds_exactly_the_smallest_share_is_not_small():
    """In floating point 0.07 * 100 is a little more than 7."""
    low = np.array([1.0, 2.0])
    classes = Classes("x", "numeric", low, low, Tally.joined([one(93, 0.5), one(7, 6 / 7)]), {}, one(0, 0))
    each = binning.described(classes, binning.Partition((2.0,)), RULES, binning.Solved("optimal", 2))
    assert edits.warnings(each, Rules(min_share=0.07, keep_sparse=False)) == []


def test_an_interval_without_customers_breaks_no_rule():
    nobody = np.zeros(0)
    special = {"refused": (-1.0, one(300, 0.2))}
    codes = Classes("x", "numeric", nobody, nobody, Tally(*[nobody] * 4), special, one(300, 0.5))
    assert edits.warnings(binning.fit(codes, RULES), RULES) == []


@pytest.mark.parametrize("order", [("1", "2", "3", "4"), (1, 2, 3, 4)], ids=["text", "numbers of YAML"])
def test_ordered_levels_are_held_to_their_order(order):
    """By hand: 10, 20, 30 and 15 % rise and then fall; 4 stands beside 3, and not beside the 1 and 2 whose rates are nearer."""
    levels = np.array(["1", "2", "3", "4"], dtype=object)
    classes = Classes(
        "x", "categorical", levels, levels, tally(np.full(4, 500.0), np.array([0.1, 0.2, 0.3, 0.15])), {}, one(0, 0)
    )
    rules = Rules(order=order, trend="ascending", min_rate_difference=0.12)
    each = binning.described(
        classes, binning.Partition(groups=tuple((level,) for level in levels)), rules, binning.Solved("edited", 4)
    )
    told = [(found.key, found.values.get("bin"), found.values.get("other")) for found in edits.warnings(each, rules)]
    assert told == [("edit.other_trend", None, None), ("edit.close_rate", "1", "2"), ("edit.close_rate", "2", "3")]


def test_a_bin_without_goods_is_told():
    low = np.array([1.0, 2.0])
    classes = Classes("x", "numeric", low, low, Tally.joined([one(300, 1.0), one(4_000, 0.1)]), {}, one(0, 0))
    each = binning.described(classes, binning.Partition((2.0,)), RULES, binning.Solved("optimal", 2))
    assert [told.key for told in edits.warnings(each, RULES)] == ["edit.no_goods"]


def test_neighbours_of_one_bad_rate_are_found_by_the_test_of_scipy():
    """The square of the pooled z is Pearson's chi-squared without correction: scipy.stats.chi2_contingency."""
    one_bin, other = TWENTIES.bins[1:3]
    told = edits.warnings(TWENTIES, Rules(max_p_value=1e-12))
    found = next(each.values["figure"] for each in told if each.key == "edit.same_rate" and each.values["bin"] == one_bin.label)
    table = [[each.bads, each.count - each.bads] for each in (one_bin, other)]
    assert found == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-9)


# An entry


def test_edits_made_in_plain_python_carry_author_and_time(monkeypatch):
    monkeypatch.setenv("LOGNAME", "mei")
    made_here = [
        edits.merge("a", 3, reason="r"), edits.split("a", 2, reason="r"), edits.move("a", 2, 4, reason="r"), edits.group("b", ("x",), "y", reason="r"),
        edits.treat("a", "missing", "worst", reason="r"), edits.trend("a", "peak", reason="r"), edits.include("a", reason="r"), edits.exclude("a", reason="r"),
    ]  # fmt: skip
    assert {each.action for each in made_here} == set(edits.ACTIONS)
    assert {each.author for each in made_here} == {"mei"}
    assert all(each.time.endswith("Z") for each in made_here)
    assert made_here[2].act == {"action": "move", "characteristic": "a", "from": 2.0, "to": 4.0}
    assert edits.merge("a", 3, reason="r", author="lin").author == "lin"


@pytest.mark.parametrize("reason", ["", "  \n", None])
def test_an_edit_without_a_reason_is_refused(reason):
    with pytest.raises(SettingsError, match=r"merge of a has no reason; expected why it is made, in words. Write the reason."):
        edits.merge("a", 3, reason=reason)


def test_a_machine_that_knows_no_user_asks_for_the_author(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    with pytest.raises(SettingsError, match="Give author"):
        edits.merge("a", 3, reason="r")


# The file


def text_of(**changed):
    entry = {"action": "merge", "characteristic": "income", "at": 30, "reason": "Policy.", "author": "lin", "time": NOW} | changed
    return yaml.safe_dump([{key: value for key, value in entry.items() if value is not None}], sort_keys=False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (text_of(action="merg"), "entry 1: action 'merg' is not known. Did you mean merge?"),
        (text_of(action=None), "entry 1: action '' is not known"),
        (text_of(action=["merge"]), r"entry 1: action \['merge'\] is not known"),
        ("- !!int forty\n", "malformed YAML: not YAML. Mend that line"),
        (text_of(characteristic=None), "entry 1: merge has characteristic ''; expected a name"),
        (text_of(reasons="x"), "entry 1: merge of income has the unknown key reasons. Did you mean reason?"),
        (text_of(reason=None), "entry 1: merge of income has no reason"),
        (text_of(reason="  "), "entry 1: merge of income has no reason"),
        (text_of(author=None), "entry 1: merge of income has no author"),
        (text_of(at=None), "entry 1: merge of income has no at; expected a number"),
        (text_of(at="forty"), "entry 1: merge of income has at 'forty'; expected a number"),
        (text_of(at=[1]), r"entry 1: merge of income has at \['1'\]; expected a number"),
        (text_of(at=float("nan")), "entry 1: merge of income has at '.nan'; expected a number"),
        (text_of(at="1e999"), "entry 1: merge of income has at '1e999'; expected a number"),
        (text_of(time="yesterday"), "entry 1: merge of income has time 'yesterday'; expected UTC in ISO 8601"),
        (text_of(time="2026-11-23T09:30:00"), "expected UTC in ISO 8601, such as"),
        (text_of(time="2026-11-23T09:30:00+08:00"), "expected UTC in ISO 8601, such as"),
        (text_of(time=None), "entry 1: merge of income has time ''; expected UTC"),
        (text_of(before=["a"]), r"entry 1: merge of income has before \['a'\]; expected text"),
        (text_of(action="group", at=None), "entry 1: group of income has no levels; expected a list of different levels"),
        (text_of(action="group", at=None, levels="yes"), "has levels 'yes'; expected a list of different levels"),
        (text_of(action="group", at=None, levels=["a", "a"]), "expected a list of different levels"),
        (text_of(action="group", at=None, levels=["a"], **{"with": "a"}), "has 'a' in with and in levels; expected a level of another bin"),
        (text_of(action="treat", at=None, bin="missing", **{"as": "best"}), "has as 'best'; expected empirical, worst, neutral, or bin of VALUE"),
        (text_of(action="trend", at=None, trend="up"), "has trend 'up'; expected one of auto, monotonic, ascending"),
        ("- just text\n", "entry 1 is 'just text'; expected keys and values"),
        ("action: merge\n", "holds dict; expected a list of edits"),
        ("- a: [\n", "line 2, column 1 is malformed YAML"),
        (text_of() + "  at: 40\n", "malformed YAML: the key at stands twice"),
        ("<<<<<<< HEAD\n" + text_of(), "holds str|malformed YAML"),
    ],
    ids=named,
)  # fmt: skip
def test_a_file_that_is_not_as_expected_is_refused_in_one_sentence(tmp_path, text, told):
    path = tmp_path / "cards.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told) as refusal:
        load(path)
    assert str(path) in str(refusal.value)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "cards.yaml").write_bytes(b"- action: \xff")
    with pytest.raises(SettingsError, match=r"is not UTF-8 text \(byte 10\)"):
        load(tmp_path / "cards.yaml")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]\n"])
def test_a_file_without_entries_has_no_edits(tmp_path, text):
    (tmp_path / "cards.yaml").write_text(text)
    assert load(tmp_path / "cards.yaml") == ()
    assert load(tmp_path / "none.yaml") == ()


def test_a_file_written_by_hand_is_read_as_it_is_meant(tmp_path):
    path = tmp_path / "cards.yaml"
    path.write_text(
        "- {action: group, characteristic: housing, levels: [yes, 1, 'null'], with: null, reason: no, author: 7, time: 2026-11-23T09:30:00+00:00}\n"
        "- {action: merge, characteristic: income, at: 4e4, reason: x, author: lin, time: 2026-11-23 09:30:00Z}\n"
    )
    group, merge = load(path)
    assert group.what == {"levels": ("yes", "1", "null"), "with": None}
    assert (group.reason, group.author, group.time) == ("no", "7", NOW)
    assert (merge.what, merge.time) == ({"at": 40_000.0}, NOW)


def test_a_file_is_easy_to_review(tmp_path):
    save(tmp_path / "cards.yaml", [made("group", "housing", levels=["yes", "owns"], with_="1"), made("merge", at=40_000)])
    assert (tmp_path / "cards.yaml").read_text().splitlines() == [
        "# Edits of the bins by hand, in the order in which every run replays them.",
        "- action: group", "  characteristic: housing", "  levels:", "  - 'yes'", "  - owns", "  with: '1'",
        "  before: ''", "  after: ''", "  reason: Policy.", "  author: lin", f"  time: '{NOW}'",
        "- action: merge", "  characteristic: income", "  at: 40000",
        "  before: ''", "  after: ''", "  reason: Policy.", "  author: lin", f"  time: '{NOW}'",
    ]  # fmt: skip


words = st.text(min_size=1).filter(str.strip)


@given(st.lists(words, min_size=1, unique=True), words, words, st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_number_survives_the_file(tmp_path_factory, levels, reason, name, number):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    told = (
        Edit("group", name, {"levels": levels}, reason, name, NOW, before=reason),
        Edit("split", name, {"at": number}, reason, name, NOW),
    )
    save(path, told)
    assert load(path) == told


def test_an_entry_is_added_behind_those_there_and_comments_stay(tmp_path):
    path = tmp_path / "edits" / "cards.yaml"
    append(path, made("merge", at=30))
    path.write_text(path.read_text() + "# agreed with the committee")
    append(path, made("split", at=25))
    assert "# agreed with the committee" in path.read_text()
    assert [each.action for each in load(path)] == ["merge", "split"]


@pytest.mark.parametrize(
    "text",
    [
        "[]\n",
        "[{action: include, characteristic: a, reason: r, author: l, time: 2026-11-23T09:30:00Z}]\n",
        "- action: include\n  characteristic: a\n  reason: r\n  author: l\n  time: 2026-11-23T09:30:00Z\n...\n",
    ],
)
def test_a_list_that_cannot_be_added_to_is_written_anew(tmp_path, text):
    path = tmp_path / "cards.yaml"
    path.write_text(text)
    there = load(path)
    append(path, made("split", at=25))
    assert load(path) == (*there, made("split", at=25))


def test_nothing_is_added_to_a_file_that_cannot_be_read(tmp_path):
    path = tmp_path / "cards.yaml"
    path.write_text("- action: merge\n")
    with pytest.raises(SettingsError, match="entry 1"):
        append(path, made("split", at=25))
    assert path.read_text() == "- action: merge\n"


def test_a_refusal_while_adding_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "cards.yaml"
    append(path, made("merge", at=30))
    before = path.read_bytes()

    def refuse(there, new):
        raise EvidenceError(f"{new} after {len(there)}")

    with pytest.raises(EvidenceError, match="split of income after 1"):
        append(path, made("split", at=25), refuse)
    assert path.read_bytes() == before
    append(path, made("split", at=26))  # the lock is free again
    assert len(load(path)) == 2


APPENDING = """
import sys
from pathlib import Path
from scorecard import edits
for number in range(10):
    edits.append(Path(sys.argv[1]), edits.split("income", number, reason=sys.argv[2], author=sys.argv[2]))
"""


def test_two_processes_that_add_at_once_lose_no_entry(tmp_path):
    path = tmp_path / "edits" / "cards.yaml"
    started = [subprocess.Popen([sys.executable, "-c", APPENDING, path, author]) for author in ("lin", "mei")]
    assert [process.wait(timeout=120) for process in started] == [0, 0]
    found = load(path)
    for author in ("lin", "mei"):
        assert [each.what["at"] for each in found if each.author == author] == list(range(10))


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path):
    (tmp_path / "real.yaml").write_text("")
    (tmp_path / "real.yaml").chmod(0o660)
    (tmp_path / "cards.yaml").symlink_to("real.yaml")
    save(tmp_path / "cards.yaml", [made("include")])
    assert (tmp_path / "cards.yaml").is_symlink()
    assert (tmp_path / "real.yaml").stat().st_mode & 0o777 == 0o660
    assert len(load(tmp_path / "cards.yaml")) == 1


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "cards.yaml").mkdir()
    with pytest.raises(SettingsError, match=r"cards.yaml cannot be written \(Is a directory\); the edit is not saved"):
        save(tmp_path / "cards.yaml", [made("include")])
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".new"] == []
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        append(tmp_path / "file" / "cards.yaml", made("include"))
