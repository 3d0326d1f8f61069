"""What notebook 02 calls, on German credit: counted, fitted, held to time, saved, and what each step refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pytest

from scorecard import binning, edits, profile, selection
from scorecard.binning import Rules, partition
from scorecard.counts import Classes, Counts, Part, Tally
from scorecard.data.samples import BAD, WEIGHT
from scorecard.edits import Fitted, Replayed
from scorecard.errors import EvidenceError, SettingsError
from scorecard.jobs import bins, develop
from scorecard.jobs import edits as edited
from scorecard.jobs.step import Step
from scorecard.tracking import open_store

ROOT = Path(__file__).parents[3]
WHY = {"reason": "Policy.", "author": "lin"}
FEW = ("duration_months", "amount_dm", "purpose", "savings")
RULES = Rules(max_bins=5)
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # MLflow 3.17 on SQLAlchemy 2.1


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    for part in ("pipelines", "notebooks"):
        (root / part).mkdir()
    shutil.copytree(ROOT / "schemas", root / "schemas")
    return open_store(root)


@pytest.fixture(scope="module")
def first(store, example, prepared):
    """Return a run whose first step has admitted a few characteristics."""
    experiment = store.experiment("german")
    parent = store.start("german", experiment)
    step = Step("01_data", store.root, example.pipeline, parent, store.start("01_data", experiment, parent.run_id))
    step.save_json("data.json", develop.facts(step, prepared, 1))
    step.save_json("admitted.json", list(FEW))
    step.finish()
    return step


@pytest.fixture
def step(store, first):
    """Return the second step, in a project without edits."""
    shutil.rmtree(store.root / "pipelines" / "edits", ignore_errors=True)
    own = store.start("02_binning", store.experiment("german"), first.parent.run_id)
    return replace(first, name="02_binning", own=own)


@pytest.fixture(scope="module")
def counts(example, prepared):
    return profile.count_all(prepared, list(FEW), "development")


@pytest.fixture(scope="module")
def fitted(counts):
    return Fitted(binning.fit_all(counts, RULES)[0], counts, RULES)


def with_rules(step, **own):
    """Return a step whose pipeline has rules of single characteristics."""
    return replace(step, pipeline=step.pipeline.model_copy(update={"binning": own}))


def turned(*safer_by_period):
    """Return two values, 1,000 accounts each a period, that change places where the first has more bads than 200."""
    low, nobody = np.array([1.0, 2.0]), Tally(*[np.zeros(1)] * 4)
    parts = []
    for period, safer in enumerate(safer_by_period):
        bads = np.array([safer, 200.0])
        parts.append(
            Part(
                str(2020 + period),
                None,
                Classes("x", "numeric", low, low, Tally(1_000 - bads, bads, 1_000 - bads, bads), {}, nobody),
            )
        )
    whole = parts[0].classes
    for each in parts[1:]:
        whole = whole.plus(each.classes)
    return replace(whole, parts=tuple(parts))


def read(step, name):
    return json.loads(step.own.path(name).read_text())


# Counting


def test_what_was_admitted_is_counted_over_development(step, prepared):
    found = bins.count(step, "")
    assert (tuple(found), found.refused) == (FEW, {})
    classes, rows = found["duration_months"], prepared.sample("development").to_arrow_table()
    assert classes.tally.accounts.sum() == len(rows)
    assert classes.tally.bads.sum() == sum(rows.column(BAD).to_pylist())
    assert classes.by_period() == {}


def test_a_column_can_part_the_counts(step, prepared):
    found = bins.count(step, "job")["purpose"].by_period()
    jobs = prepared.sample("development").to_arrow_table().column("job").to_pylist()
    assert {name: part.tally.accounts.sum() for name, part in found.items()} == {name: jobs.count(name) for name in set(jobs)}


def test_a_period_of_a_date_that_is_not_there_is_refused(step):
    with pytest.raises(SettingsError, match=r"The period month is not a column; .*need an observation_date"):
        bins.count(step, "month")


def test_bins_are_not_parted_by_who_people_are(step):
    (protected, *_) = step.contract.with_role("protected")
    with pytest.raises(SettingsError, match=rf"stable_by = '{protected}', whose role is protected; expected a period"):
        bins.count(step, protected)


def test_edges_of_settings_and_of_edits_are_borders_of_classes(step):
    """Durations are whole months: 13.5 and 16.5 lie between two of them, and 4,000.5 between two amounts."""
    edits.save(
        edited.path(step.root, step.pipeline),
        [edits.split("amount_dm", 4_000.5, **WHY), edits.split("duration_months", 16.5, **WHY)],
    )
    found = bins.count(with_rules(step, duration_months={"splits": [13.5]}), "")
    for name, edge in (("amount_dm", 4_000.5), ("duration_months", 13.5), ("duration_months", 16.5)):
        inside = (found[name].low < edge) & (edge <= found[name].high)
        assert not inside.any()


@pytest.mark.parametrize("splits", [5, None, ["12"], [float("nan")], [20, 10]])
def test_splits_that_are_none_are_refused_by_name_and_the_others_go_on(step, splits):
    own = with_rules(step, duration_months={"splits": splits})
    found = bins.fit(own, bins.count(own, ""), RULES, "", "merge")
    assert set(found.fitted.characteristics) == {*FEW} - {"duration_months"}
    at, reason = found.refused["duration_months"]
    assert at == "binning"
    assert reason.startswith("duration_months: splits = ")
    assert "expected numbers in ascending order, each once" in reason
    assert set(edited.replay(own, found.fitted).characteristics) == set(found.fitted.characteristics)


# Fitting


def test_bins_come_with_their_counts_and_rules(step, counts):
    found = bins.fit(with_rules(step, purpose={"max_bins": 2}), counts, RULES, "", "merge")
    assert set(found.fitted.characteristics) == set(FEW)
    assert sum(each.kind == "category" for each in found.fitted.characteristics["purpose"].bins) == 2
    assert (found.fitted.counts, found.fitted.rules, found.refused) == (counts.classes, RULES, {})
    assert found.stability.empty


def test_what_could_not_be_counted_or_binned_says_at_which_step(step):
    one = np.array([1.0])
    flat = Classes("flat", "numeric", one, one, Tally(*[one * 9] * 4), {}, Tally(*[one * 0] * 4))
    given = Counts({"x": turned(100, 100), "flat": flat}, {"when": "when holds dates."})
    found = bins.fit(step, given, RULES, "", "merge")
    assert list(found.fitted.characteristics) == ["x"]
    assert found.refused["when"] == ("counting", "when holds dates.")
    assert found.refused["flat"][0] == "binning"


@pytest.mark.parametrize(("unstable", "left", "refused"), [("merge", {"y"}, {"x": "stability"}), ("report", {"x", "y"}, {})])
def test_bins_that_change_places_are_merged_or_only_reported(step, unstable, left, refused):
    """300 bads against 200 of 1,000 each, where it is 100 against 200 in the other years: no chance (z = 5.2)."""
    given = Counts({"x": turned(100, 100, 300), "y": replace(turned(100, 100), name="y")}, {})
    found = bins.fit(step, given, RULES, "year", unstable)
    assert set(found.fitted.characteristics) == left
    assert {name: at for name, (at, _) in found.refused.items()} == refused
    assert dict(zip(found.stability["characteristic"], found.stability["beyond_sampling_error"], strict=True)) == {"x": 1, "y": 0}


def test_no_bins_that_keep_their_order_are_an_error(step):
    with pytest.raises(EvidenceError, match=r"No characteristic keeps its order over time. Take longer periods"):
        bins.fit(step, Counts({"x": turned(100, 100, 300)}, {}), RULES, "year", "merge")


def test_a_word_for_unstable_bins_that_is_not_known_is_refused(step, counts):
    with pytest.raises(SettingsError, match="unstable = 'drop'; expected merge or report"):
        bins.fit(step, counts, RULES, "", "drop")


def test_rules_of_an_input_that_was_not_admitted_are_not_needed(step, counts):
    assert bins.fit(with_rules(step, housing={"max_bins": 3}), counts, RULES, "", "merge").refused == {}


def test_rules_of_what_is_no_input_are_refused(step, counts):
    with pytest.raises(
        SettingsError, match=r"binning has rules for duration, which is not counted. Did you mean duration_months"
    ):
        bins.fit(with_rules(step, duration={"max_bins": 3}), counts, RULES, "", "merge")


# Saving


def test_bins_refusals_and_orders_are_saved(step, fitted):
    entries = [
        edits.include("purpose", **WHY), edits.merge("amount_dm", 1.5, **WHY), edits.exclude("when", **WHY), edits.exclude("nobody", **WHY),
    ]  # fmt: skip
    replayed = fitted.replay(entries)
    refused = {"when": ("counting", "when holds dates.")}
    table = bins.save(step, bins.Bins(fitted, refused, pandas.DataFrame()), replayed)
    assert {each["name"] for each in read(step, "bins.json")} == set(table["characteristic"]) == {*FEW} - {"amount_dm"}
    assert read(step, "forced.json") == {"purpose": {"include": True, "reason": "Policy."}}
    saved = read(step, "refused.json")
    assert {name: each["step"] for name, each in saved.items()} == {"amount_dm": "edits", "nobody": "edits", "when": "counting"}
    assert saved["when"]["reason"] == "when holds dates."
    pandas.testing.assert_frame_equal(pandas.read_csv(step.own.path("bins.csv")), table, check_dtype=False)


def test_edits_that_leave_nothing_are_an_error_and_nothing_is_saved(step, fitted):
    replayed = Fitted({"savings": fitted.characteristics["savings"]}, fitted.counts, RULES).replay(
        [edits.merge("savings", 1, **WHY)]
    )
    with pytest.raises(
        EvidenceError, match=r"The edits leave no characteristic: Edit 1 \(merge\) does not apply: savings is categorical"
    ):
        bins.save(step, bins.Bins(fitted, {}, pandas.DataFrame()), replayed)
    assert not step.own.path("bins.json").exists()


# Showing


def test_costs_name_the_rules_that_take_information_value_the_dearest_first(fitted):
    table = bins.costs(fitted)
    assert (table["cost"] > 0).all()
    assert table["cost"].is_monotonic_decreasing
    assert (table["iv_without"] - table["iv"] - table["cost"]).abs().max() < 1e-12
    for row in table.to_dict("records"):
        assert row["iv"] == fitted.characteristics[row["characteristic"]].iv


def test_costs_are_those_of_the_rules_of_each_characteristic(step, counts):
    own = bins.fit(with_rules(step, duration_months={"max_bins": 2}), counts, RULES, "", "merge")
    table = bins.costs(own.fitted)
    assert table[table["limit"] == "2"][["characteristic", "rule"]].to_numpy().tolist() == [["duration_months", "max_bins"]]


def test_a_later_sample_is_counted_on_the_edges_of_the_bins(fitted, prepared):
    names = ", ".join(f'"{name}"' for name in [*FEW, BAD, WEIGHT])
    rows = prepared.sample("test").project(names).to_arrow_table()
    found = selection.count_in_bins(fitted.characteristics.values(), rows)
    assert set(found) == set(FEW)
    edges = partition(fitted.characteristics["amount_dm"]).edges
    sides = [np.searchsorted(edges, side, side="right") for side in (found["amount_dm"].low, found["amount_dm"].high)]
    assert (sides[0] == sides[1]).all()
    counted = np.bincount(sides[0], found["amount_dm"].tally.accounts)
    index = fitted.characteristics["amount_dm"].assign(rows.column("amount_dm"))
    assert counted.tolist() == np.bincount(index, minlength=len(counted)).tolist()


def test_every_characteristic_has_a_chart_by_period_strongest_first(step):
    found = bins.fit(step, bins.count(step, "job"), RULES, "job", "report")
    two = {name: found.fitted.characteristics[name] for name in ("purpose", "duration_months")}
    charts = bins.period_charts(found.fitted, two, "en")
    assert two["duration_months"].iv > two["purpose"].iv
    assert list(charts) == ["duration_months", "purpose"]


def test_the_table_of_edits_says_what_changed_and_why_one_does_not_apply(fitted):
    at = partition(fitted.characteristics["duration_months"]).edges[0]
    table = bins.listed(fitted.replay([edits.merge("duration_months", at, **WHY), edits.merge("amount_dm", 1.5, **WHY)]))
    assert table["entry"].tolist() == [1, 2]
    assert table["before"][0].startswith(f"< {at:g} | ")
    assert table["problem"][0] == ""
    assert table["problem"][1].startswith("Edit 2 (merge) does not apply: amount_dm has no edge at 1.5")
    assert list(bins.listed(Replayed({}))) == list(table)


# The editor


def test_a_run_of_a_pipeline_opens_no_editor(step, fitted):
    assert bins.editor(step, fitted) is None


def test_a_person_gets_an_editor_of_the_pipelines_file(step, fitted):
    opened = bins.editor(replace(step, by_hand=True), fitted)
    assert opened.path == edited.path(step.root, step.pipeline).resolve()
    assert set(opened.session.now) == set(FEW)
