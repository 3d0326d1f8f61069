"""What tells a group, and which cards near the card approve more evenly: on rows where the truth is planted."""

from __future__ import annotations

from dataclasses import astuple, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats.contingency import association as cramer

from scorecard import metrics, regression
from scorecard.data.samples import BAD, WEIGHT
from scorecard.messages import LANGUAGES, render
from scorecard.model import Scorecard, Segment, Segmentation, Term, attributes
from scorecard.points import Scaling, base_points, points
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Labels, Modelled, Scored, chosen, validate
from scorecard.validation.fairness import alternatives
from scorecard.validation.fairness.candidates import candidates, coarser
from scorecard.validation.fairness.proxies import Crossed, association, counted_auc, proxy, telling
from scorecard.validation.fairness.refits import refits
from scorecard.woe import Bin, Characteristic, interval

LIMITS = Thresholds()
SIZES = {"development": 12_000, "test": 6000, "out_of_time": 6000}
LEVELS = {"debt": 12, "cash": 8, "hours": 5, "rent": 5, "idle": 2}
EDGES = {name: tuple(map(float, range(1, levels))) for name, levels in LEVELS.items()}


def rows(random, n):
    """Risk rests on debt, cash and rent; hours are rent spoilt by the group, so they tell it, and rent would do better."""
    group = (random.random(n) < 0.4).astype(int)
    columns = {name: random.integers(0, levels, n).astype(float) for name, levels in LEVELS.items()}
    columns["hours"] = np.clip(columns["rent"] - 2 * group * (random.random(n) < 0.8), 0, 4)
    logit = -2.4 + 0.25 * columns["debt"] - 0.25 * columns["cash"] - 0.3 * columns["rent"]
    bad = (random.random(n) < 1 / (1 + np.exp(-logit))).astype(np.int64)
    table = pa.table({name: pa.array(values) for name, values in columns.items()} | {BAD: bad, WEIGHT: np.ones(n)})
    return table, group


def binned(name, table):
    bad, values = table.column(BAD).to_numpy(), table.column(name).to_numpy()
    bins = []
    for low, high in pairwise((None, *EDGES[name], None)):
        held = (values >= (low or -np.inf)) & (values < (high or np.inf))
        goods, bads = (held & (bad == 0)).sum(), (held & (bad == 1)).sum()
        woe = float(np.log((goods / (bad == 0).sum()) / (bads / (bad == 1).sum())))
        bins.append(
            replace(
                interval(low, high),
                count=int(held.sum()),
                bads=int(bads),
                share=float(held.mean()),
                bad_rate=float(bads / held.sum()),
                woe=woe,
            )
        )
    worst = min(each.woe for each in bins)
    bins += [Bin(kind, kind, woe=worst, treatment="worst") for kind in ("missing", "unseen")]
    return Characteristic(name, "numeric", tuple(bins), 0.2, 0.01, "none", "OPTIMAL")


def segment(characteristics, table, names, scaling, called="all"):
    each = [characteristics[name] for name in names]
    matrix = np.column_stack([one.woe[one.assign(table.column(one.name))] for one in each])
    fit = regression.fit(matrix, table.column(BAD).to_numpy())
    pieces = list(zip(each, map(float, fit.coefficients), strict=True))
    terms = tuple(
        Term(
            one,
            "number",
            None,
            slope,
            0.1,
            0.01,
            tuple(map(float, scaling.rounded(points(one.woe, slope, fit.intercept, len(names), scaling)))),
        )
        for one, slope in pieces
    )
    base = base_points([one.woe for one, _ in pieces], [slope for _, slope in pieces], fit.intercept, scaling)
    return Segment(
        called,
        fit.intercept,
        float(scaling.rounded(base)),
        terms,
        {"penalty": 0.0, "rows": float(table.num_rows), "bads": float(fit.bads)},
    )


def scored(card, table, group):
    found = card.score(table)
    labels = {"sex": Labels(group, ("male", "female"))}
    return Scored(table.column(BAD).to_numpy(), found.score, found.pd, np.zeros(table.num_rows, dtype=int), labels=labels)


def evidence(seed=0, names=("debt", "cash", "hours"), sizes=SIZES, rate=0.6, **kept):
    random = np.random.default_rng(seed)
    made = {name: rows(random, n) for name, n in sizes.items()}
    tables, scaling = {name: table for name, (table, _) in made.items()}, Scaling(pdo=100)
    characteristics = {name: binned(name, tables["development"]) for name in EDGES}
    card = Scorecard("planted", {"column": "bad"}, scaling, (segment(characteristics, tables["development"], names, scaling),))
    samples = {name: scored(card, table, group) for name, (table, group) in made.items()}
    cutoff = float(np.quantile(samples["development"].score, 1 - rate))
    model = Modelled(card, tables, characteristics)
    return replace(
        Evidence(samples, ("A",), attributes(card, tables), LIMITS, cutoff=cutoff, model=model, protected=("sex",)), **kept
    )


@pytest.fixture(scope="module")
def planted():
    return evidence()


@pytest.fixture(scope="module")
def table(planted):
    return alternatives(planted)


def run(found, code):
    return validate(found, chosen(code))


# what tells the group


def test_cramers_v_is_scipys():
    counts = np.random.default_rng(1).integers(1, 50, (4, 3))
    assert association(counts.astype(float))[0] == pytest.approx(cramer(counts, method="cramer"))


def test_the_auc_of_bins_is_that_of_the_rows():
    random = np.random.default_rng(2)
    others, mine = random.integers(0, 20, 6), random.integers(0, 20, 6)
    rank = np.concatenate([np.repeat(np.arange(6), others), np.repeat(np.arange(6), mine)])
    flags = np.repeat([0, 1], [others.sum(), mine.sum()])
    assert astuple(counted_auc(others.astype(float), mine.astype(float))) == pytest.approx(astuple(metrics.delong(flags, rank)))


def test_bins_are_ordered_before_and_judged_now():
    before, now = np.array([[90.0, 10.0], [10.0, 90.0]]), np.array([[10.0, 90.0], [90.0, 10.0]])
    assert telling(before, before, 1).auc == pytest.approx(0.9)
    assert telling(before, now, 1).auc == pytest.approx(0.1)


def test_an_input_that_tells_the_group_is_flagged_by_what_else_it_tells(planted):
    found = {result.scope.rpartition(": ")[2]: result for result in run(planted, "FAI-06")}
    assert (found["hours"].reading.key, found["debt"].verdict) == ("reading.fair_proxy", Verdict.GREEN)
    assert found["all inputs"].verdict is Verdict.AMBER
    assert found["all inputs"].statistic == pytest.approx(found["hours"].statistic, abs=0.02)
    asked = replace(planted, thresholds=Thresholds(proxy_marginal_iv=0.9))
    (hours,) = [result for result in run(asked, "FAI-06") if result.scope.endswith("hours")]
    assert (hours.verdict, hours.reading.key) == (Verdict.RED, "reading.fair_proxy_idle")


def test_an_input_that_tells_of_risk_too_is_amber():
    counts = np.array([[80.0, 20.0], [20.0, 80.0]])
    assert proxy([Crossed("a", counts, counts, 0.4)], ["x", "y"], "test: sex", LIMITS)[0].verdict is Verdict.AMBER
    assert proxy([Crossed("a", counts, counts)], ["x", "y"], "test: sex", LIMITS)[0].reading.key == "reading.fair_proxy_unweighed"


def test_an_association_that_chance_explains_cannot_be_told():
    counts = np.array([[4.0, 2.0], [2.0, 4.0]])
    assert proxy([Crossed("a", counts, counts, 0.4)], ["x", "y"], "test: sex", LIMITS)[0].verdict is Verdict.INSUFFICIENT_DATA


def test_an_input_with_one_bin_tells_nothing():
    counts = np.array([[80.0, 20.0]])
    assert proxy([Crossed("a", counts, counts)], ["x", "y"], "test: sex", LIMITS)[0].verdict is Verdict.NOT_COMPUTABLE


def test_the_marginal_iv_is_that_against_the_card_without_the_input(planted):
    """Fitted and counted here: cash and hours leave open what debt tells."""
    own, development = next(refits(planted.model)), planted.model.tables["development"]
    characteristics, bad = planted.model.characteristics, development.column(BAD).to_numpy()
    woes = np.column_stack(
        [characteristics[name].woe[characteristics[name].assign(development.column(name))] for name in ("cash", "hours")]
    )
    fit = regression.fit(woes, bad)
    chance, bins = (
        1 / (1 + np.exp(-fit.intercept - woes @ fit.coefficients)),
        characteristics["debt"].assign(development.column("debt")),
    )
    every, bads, expected = (np.bincount(bins, part) for part in (np.ones(bad.size), bad, chance))
    assert own.marginal_iv("debt") == pytest.approx(metrics.marginal_iv(every - bads, bads, every - expected, expected))


# cards near the card


def test_every_characteristic_is_dropped_replaced_and_made_coarser(planted):
    pool = [(each.change, each.characteristic, each.instead) for each in candidates(next(refits(planted.model)))]
    assert pool == [
        ("drop", "debt", ""),
        ("replace", "debt", pool[1][2]),
        ("coarser", "debt", "12 → 6"),
        ("drop", "cash", ""),
        ("replace", "cash", pool[4][2]),
        ("coarser", "cash", "8 → 4"),
        ("drop", "hours", ""),
        ("replace", "hours", "rent"),
        ("coarser", "hours", "5 → 3"),
    ]


def test_coarser_bins_have_the_woe_of_their_counts_together(planted):
    own = planted.model.characteristics["debt"]
    merged, bins = coarser(own), own.bins
    rows = planted.model.tables["development"]
    bad, place = rows.column(BAD).to_numpy(), own.assign(rows.column("debt"))
    first = [position for position in range(12) if merged[position] == merged[0]]
    held = np.isin(place, first)
    expected = np.log(((bad == 0) & held).sum() / (bad == 0).sum()) - np.log(((bad == 1) & held).sum() / (bad == 1).sum())
    assert merged[0] == pytest.approx(expected)
    assert [each.kind for each in bins[12:]] == ["missing", "unseen"]
    assert set(merged[12:]) == {min(merged[:12])}
    assert len(set(merged)) == 6


def test_two_bins_are_not_made_coarser(planted):
    assert coarser(planted.model.characteristics["idle"]) is None


def test_the_table_starts_with_the_card_and_names_one_choice(table):
    assert (table.iloc[0]["change"], table.iloc[0]["ratio_change"]) == ("the card", 0)
    best = table[table["chosen"]]
    assert best["characteristic"].tolist() == ["hours"]
    assert (best["change"].item(), best["instead"].item()) == ("replace", "rent")
    assert best["frontier"].item()
    assert (table["reason"].iloc[1:].fillna("") != "").sum() == len(table) - 2


def test_no_card_of_the_frontier_is_beaten(table):
    shown = table[table["ratio"].notna()]
    figures = np.column_stack([shown["auc"], shown["ratio"], shown["approval_rate"], -shown["bad_rate"]]).astype(float)
    beaten = [any((other >= one).all() and (other > one).any() for other in figures) for one in figures]
    assert (~np.array(beaten)).tolist() == shown["frontier"].tolist()


def test_candidates_approve_as_many_as_the_card(table):
    others = table[table["change"].isin(["drop", "replace", "coarser"]) & table["ratio"].notna()]
    assert (others["approval_rate"] - table.iloc[0]["approval_rate"]).abs().max() < 0.02


def test_figures_of_a_candidate_are_those_of_a_fit_by_hand(planted, table):
    """Hours dropped: debt and cash alone, fitted, rounded to points and ranked without the search."""
    row = table[(table["change"] == "drop") & (table["characteristic"] == "hours")].iloc[0]
    scaling, (development, test) = planted.model.card.scaling, (planted.model.tables[name] for name in ("development", "test"))
    own = segment(planted.model.characteristics, development, ("debt", "cash"), scaling)
    score = replace(planted.model.card, segments=(own,)).score(test).score
    bad, sex = test.column(BAD).to_numpy(), planted.samples["test"].labels["sex"].codes
    approved = score >= row["cutoff"]
    rates = [approved[sex == place].mean() for place in (1, 0)]
    assert row["auc"] == pytest.approx(metrics.auc(bad, -score))
    assert row["bad_rate"] == pytest.approx(bad[approved].mean())
    assert row["ratio"] == pytest.approx(min(rates) / max(rates))


def test_a_gain_that_shows_again_where_it_had_no_part_is_told(planted, table):
    (found,) = run(planted, "FAI-07")
    assert found.verdict in (Verdict.AMBER, Verdict.RED)
    assert found.reading.key == "reading.alternative_found"
    assert found.statistic == pytest.approx(float(table[table["chosen"]]["confirmed_ratio_change"].item()))
    assert found.scope == "test: sex"


def test_the_worse_the_card_stands_the_worse_the_verdict(planted):
    strict = replace(planted, thresholds=Thresholds(fair_ratio=0.99))
    lax = replace(planted, thresholds=Thresholds(fair_ratio=0.5))
    assert [run(found, "FAI-07")[0].verdict for found in (strict, lax)] == [Verdict.RED, Verdict.AMBER]


def test_without_a_further_sample_a_gain_is_amber_at_most(planted):
    one = replace(planted, samples={name: part for name, part in planted.samples.items() if name != "out_of_time"})
    (found,) = run(one, "FAI-07")
    assert (found.verdict, found.reading.key) == (Verdict.AMBER, "reading.alternative_unconfirmed")


def test_a_gain_that_vanishes_is_green(planted):
    """On the last sample the groups are drawn by lot, so there is nothing to gain."""
    last = planted.samples["out_of_time"]
    lot = Labels(np.random.default_rng(5).integers(0, 2, last.n), ("male", "female"))
    (found,) = run(replace(planted, samples={**planted.samples, "out_of_time": replace(last, labels={"sex": lot})}), "FAI-07")
    assert (found.verdict, found.reading.key) == (Verdict.GREEN, "reading.alternative_vanished")


def test_a_least_gain_that_none_reaches_is_green(planted):
    (found,) = run(replace(planted, thresholds=Thresholds(alternative_gain=0.9)), "FAI-07")
    assert (found.verdict, found.reading.key) == (Verdict.GREEN, "reading.alternative_none")


def test_a_tolerance_that_none_keeps_is_said(planted):
    (found,) = run(replace(planted, thresholds=Thresholds(alternative_auc=-1.0)), "FAI-07")
    assert (found.verdict, found.statistic, found.reading.key) == (Verdict.GREEN, None, "reading.alternative_costly")


def test_an_imported_card_cannot_be_fitted_again(planted):
    bare = replace(planted.model.card.segments[0], intercept=None)
    card = replace(planted.model.card, segments=(bare,))
    found = run(replace(planted, model=replace(planted.model, card=card)), "FAI-07")
    assert [result.verdict for result in found] == [Verdict.NOT_COMPUTABLE]
    assert alternatives(replace(planted, model=None)).empty


def test_unknown_outcomes_are_waited_for(planted):
    waiting = {name: part if name == "development" else replace(part, bad=None) for name, part in planted.samples.items()}
    assert {result.verdict for result in run(replace(planted, samples=waiting), "FAI-07")} == {Verdict.NOT_DUE}


def test_a_sample_without_bads_is_insufficient(planted):
    clean = {
        name: part if name == "development" else replace(part, bad=np.zeros(part.n, dtype=int))
        for name, part in planted.samples.items()
    }
    assert {result.verdict for result in run(replace(planted, samples=clean), "FAI-07")} == {Verdict.INSUFFICIENT_DATA}


def test_groups_too_small_for_the_search_are_insufficient():
    few = evidence(sizes={"development": 2000, "test": 170, "out_of_time": 170}, thresholds=Thresholds(min_events=5))
    assert [result.verdict for result in run(few, "FAI-07")] == [Verdict.INSUFFICIENT_DATA]
    assert {result.verdict for result in run(evidence(sizes={"development": 2000, "test": 90}), "FAI-07")} == {
        Verdict.INSUFFICIENT_DATA
    }


def test_a_card_of_one_characteristic_can_only_replace_it_or_make_it_coarser():
    one = evidence(names=("debt",), sizes={"development": 2000, "test": 1000})
    assert {each.change for each in candidates(next(refits(one.model)))} == {"replace", "coarser"}
    assert len(run(one, "FAI-07")) == 1


def test_rows_without_weight_count_for_nothing(planted):
    """Half of the test sample weighs nothing: the table is that of the other half."""
    test, half = planted.samples["test"], np.arange(planted.samples["test"].n) % 2 == 0
    weighted = alternatives(replace(planted, samples={**planted.samples, "test": replace(test, weight=half.astype(float))}))
    model = replace(planted.model, tables={**planted.model.tables, "test": planted.model.tables["test"].filter(pa.array(half))})
    cut = alternatives(replace(planted, model=model, samples={**planted.samples, "test": test.part(half)}))
    for name in ("auc", "ratio", "approval_rate", "bad_rate", "p_value"):
        assert weighted[name].astype(float).tolist() == pytest.approx(cut[name].astype(float).tolist(), nan_ok=True)


def test_a_card_with_segments_changes_one_at_a_time(planted):
    """Two segments by idle: every candidate leaves the score of the other segment as it is."""
    model, scaling = planted.model, planted.model.card.scaling
    development = model.tables["development"]
    low = development.column("idle").to_numpy() < 1
    parts = [
        segment(model.characteristics, development.filter(pa.array(rows)), ("debt", "cash", "hours"), scaling, name)
        for rows, name in ((low, "low"), (~low, "high"))
    ]
    rule = Segmentation(model.characteristics["idle"], "number", ("low", "high", "low", "low"))
    card = replace(model.card, segments=tuple(parts), segmentation=rule)
    samples = {name: scored(card, table, planted.samples[name].labels["sex"].codes) for name, table in model.tables.items()}
    cutoff = float(np.quantile(samples["development"].score, 0.4))
    found = replace(
        planted, samples=samples, model=replace(model, card=card), cutoff=cutoff, attributes=attributes(card, model.tables)
    )
    told = alternatives(found)
    assert set(told["segment"]) == {"", "low", "high"}
    assert len(run(found, "FAI-07")) == 1
    assert {result.verdict for result in run(found, "FAI-06")} & {Verdict.AMBER, Verdict.RED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_can_be_read(planted, language):
    for limits in (LIMITS, Thresholds(alternative_gain=0.9), Thresholds(alternative_auc=-1.0)):
        for result in run(replace(planted, thresholds=limits), "FAI-06, FAI-07"):
            assert "{" not in render(result.reading, language)
            assert (result.p_value is None) or result.null
