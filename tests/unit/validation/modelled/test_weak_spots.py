from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from scorecard.messages import LANGUAGES, render
from scorecard.metrics import delong
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Labels, views
from scorecard.validation.judging import Limits
from scorecard.validation.robustness import each_weak_spot, weak_spots, weak_spots_test
from scorecard.validation.robustness.slices import excess_p, levelled, sampled
from scorecard.validation.robustness.weak_spots import Measure

LIMITS = Thresholds()


def by_scope(evidence):
    return {result.scope: result for result in each_weak_spot(evidence)}


def test_a_slice_that_is_worse_than_its_pds_is_found(make):
    def worse(name, drawn, random):
        if name == "out_of_time":
            drawn.logit += 1.3 * (drawn.columns["phone"] == "yes") * (drawn.columns["age"] < 40)

    found = by_scope(make(seed=6, spoil=worse))
    assert found["out_of_time: bins: calibration"].verdict in {Verdict.AMBER, Verdict.RED}
    assert found["out_of_time: bins: calibration"].reading.values["name"] in {"phone yes", "age < 30", "age 30 to < 40"}
    assert found["test: bins: calibration"].verdict is Verdict.GREEN


def test_a_slice_without_order_is_found(make):
    """The outcomes of the clerks of the out-of-time sample are shuffled among themselves."""

    def shuffled(name, drawn, random):
        clerks = np.flatnonzero(drawn.columns["job"] == "clerk")
        if name == "out_of_time":
            drawn.bad[clerks] = random.permutation(drawn.bad[clerks])

    sizes = {"development": 1600, "test": 800, "out_of_time": 4000}
    result = by_scope(make(seed=7, sizes=sizes, leak=shuffled))["out_of_time: bins: ranking"]
    assert (result.verdict, result.reading.values["name"]) == (Verdict.RED, "job clerk")


def test_a_segment_is_a_slice(make):
    def worse(name, drawn, random):
        drawn.columns["region"] = random.choice(["north", "south"], drawn.logit.size).astype(object)
        if name == "out_of_time":
            drawn.logit += 1.0 * (drawn.columns["region"] == "south")

    evidence = make(seed=8, spoil=worse)
    labels = {
        name: {
            **part.labels,
            "region": Labels(
                (evidence.modelled.tables[name].column("region").to_numpy() == "south").astype(int), ("north", "south")
            ),
        }
        for name, part in evidence.samples.items()
    }
    samples = {name: replace(part, labels=labels[name]) for name, part in evidence.samples.items()}
    known = {name: each for name, each in evidence.modelled.characteristics.items() if name != "region"}
    divided = replace(evidence, samples=samples, segments=("region",), model=replace(evidence.modelled, characteristics=known))
    result = by_scope(divided)["out_of_time: bins: calibration"]
    assert result.verdict in {Verdict.AMBER, Verdict.RED}
    assert result.reading.values["name"] == "region south"


def test_a_wrong_level_of_all_pds_is_no_weak_spot(make):
    def poorer(name, drawn, random):
        if name == "out_of_time":
            drawn.logit += 0.8

    evidence = make(seed=9, spoil=poorer)
    assert by_scope(evidence)["out_of_time: bins: calibration"].verdict is Verdict.GREEN
    table = weak_spots(evidence, "out_of_time")
    assert table[table["family"] == "bins"].groupby(table["name"].str.split().str[0])["expected"].sum().iloc[0] == pytest.approx(
        evidence.samples["out_of_time"].events
    )


def test_the_figures_of_a_slice_are_those_of_its_rows(sound):
    table = weak_spots(sound, "test").set_index("name")
    part = sound.samples["test"]
    rows = sound.modelled.tables["test"].column("job").to_numpy(zero_copy_only=False) == "clerk"
    found = table.loc["job clerk"]
    assert (found["rows"], found["bads"]) == (rows.sum(), part.bad[rows].sum())
    assert found["auc"] == pytest.approx(delong(part.bad[rows], -part.score[rows]).auc, abs=1e-12)
    pds = levelled(part.pd, np.ones(part.n), float(part.events))
    assert found["expected"] == pytest.approx(pds[rows].sum(), rel=1e-9)
    assert pds.sum() == pytest.approx(part.events)


def test_pairs_cross_the_characteristics_of_the_card(sound):
    table = weak_spots(sound, "test")
    pairs = table[table["family"] == "pairs"]
    assert pairs["name"].str.contains(" & ").all()
    assert (
        pairs["rows"].sum() == 6 * sound.samples["test"].n
    )  # six pairs of four characteristics, each customer in one slice of each


def test_the_tail_of_equal_pds_is_binomial():
    assert excess_p(np.array([15.0]), np.array([9.9]), np.array([9.9 * 0.9]))[0] == pytest.approx(
        stats.binom.sf(14, 99, 0.1), abs=1e-12
    )


def test_the_tail_of_different_pds_is_near_that_of_their_sum():
    """60 bads with PDs from 2 % to 60 %, drawn 40,000 times."""
    pds = np.linspace(0.02, 0.6, 120)
    sums = (np.random.default_rng(1).random((40_000, 120)) < pds).sum(axis=1)
    for bads in (42, 46, 50):
        exact = (sums >= bads).mean()
        assert excess_p(np.array([float(bads)]), pds.sum(), (pds * (1 - pds)).sum())[0] == pytest.approx(exact, rel=0.25)


def test_more_bads_than_there_can_be_have_no_chance():
    assert excess_p(np.array([50.0]), np.array([20.0]), np.array([10.0]))[0] == 0.0


def test_many_distinct_scores_share_rungs(sound):
    sample = sampled(sound, "test")
    assert sample.pd.size == np.unique(sound.samples["test"].score).size
    assert (np.diff(sample.pd) <= 0).all()


def test_true_pds_raise_few_alarms(make):
    """Outcomes of the out-of-time sample drawn 60 times with the scorecard's own PDs; each search may alarm once in twenty."""
    evidence, random = make(seed=10), np.random.default_rng(0)
    part, bins = evidence.samples["out_of_time"], evidence.bins
    alarms = []
    for _ in range(60):
        drawn = replace(part, bad=(random.random(part.n) < part.pd).astype(int))
        fresh = replace(evidence, samples={"development": evidence.development, "out_of_time": drawn})
        vars(fresh)["bins"] = bins
        alarms += [result.verdict is not Verdict.GREEN for result in each_weak_spot(fresh)]
    assert np.mean(alarms) < 0.09


@pytest.mark.parametrize(
    ("sizes", "p_values", "verdict", "name"),
    [
        ([1.1, 1.2], [0.001, 0.3], Verdict.GREEN, "a"),
        ([1.3, 1.2], [0.04, 0.3], Verdict.GREEN, "a"),
        ([1.3, 1.1], [0.02, 1e-9], Verdict.AMBER, "a"),
        ([1.3, 1.6], [1e-9, 0.003], Verdict.RED, "b"),
    ],
)
def test_verdict_on_slices(sizes, p_values, verdict, name):
    for kind in ("calibration", "ranking"):
        found = Measure(kind, sizes, p_values, ["a", "b"], 3, Limits(1.25, 1.5), None)
        result = weak_spots_test(found, "test: bins", (5000, 500), LIMITS)
        assert (result.verdict, result.reading.values["name"]) == (verdict, name)
        assert all("{" not in render(result.reading, language) for language in LANGUAGES)


def test_the_figure_shows_what_the_search_judged(make):
    """Slices with more bads than chance explains, some within the limit and some beyond it; those too small are left out."""

    def worse(name, drawn, random):
        if name == "out_of_time":
            drawn.logit += 1.6 * (drawn.columns["phone"] == "yes") * (drawn.columns["age"] < 40)

    evidence = make(seed=6, spoil=worse, sizes={"development": 4000, "out_of_time": 6000}, thresholds=Thresholds(slice_events=60))
    table, rows = weak_spots(evidence, "out_of_time").set_index("name"), views.weak(evidence, most=1000)
    assert {row["name"] for row in rows} == set(table.index[table["p_ratio"].notna()])
    assert 0 < len(rows) < len(table)
    sure = [row for row in rows if table.loc[row["name"], "p_ratio_holm"] < 0.01]
    assert {row["verdict"] for row in sure} == {
        "green" if row["value"] <= 1.25 else "amber" if row["value"] <= 1.5 else "red" for row in sure
    }
    assert {row["verdict"] for row in rows if "&" not in row["name"]} >= {
        by_scope(evidence)["out_of_time: bins: calibration"].verdict.value
    }
    assert len({row["verdict"] for row in sure}) > 1


def test_a_score_that_orders_nobody_has_no_weak_spots_of_ranking(sound):
    (segment,) = sound.modelled.card.segments
    flat = replace(segment, terms=tuple(replace(term, points=(0.0,) * len(term.points)) for term in segment.terms))
    card = replace(sound.modelled.card, segments=(flat,))
    found = by_scope(replace(sound, model=replace(sound.modelled, card=card)))
    ranked = {scope: (each.verdict, each.reading.key) for scope, each in found.items() if scope.endswith("ranking")}
    assert len(ranked) == 4
    assert set(ranked.values()) == {(Verdict.NOT_COMPUTABLE, "reading.ranking_flat")}


def test_slices_that_are_all_small_are_insufficient(make):
    evidence = make(sizes={"development": 1600, "test": 60}, thresholds=Thresholds(slice_events=20))
    found = each_weak_spot(evidence)
    assert {(result.verdict, result.reading.key) for result in found} == {(Verdict.INSUFFICIENT_DATA, "reading.slices_small")}
