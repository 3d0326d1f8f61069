"""The edits of a run on German credit: read, added, replayed, and judged by what each brings."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest

from scorecard import binning, edits, metrics, model, profile, selection, woe
from scorecard.binning import Rules
from scorecard.counts import Classes, Field, Part, Tally, count_all
from scorecard.data.samples import BAD, WEIGHT
from scorecard.edits import Fitted
from scorecard.errors import EvidenceError, SettingsError
from scorecard.jobs import edits as job
from scorecard.jobs import scorecard as making
from scorecard.jobs.edits import Method
from scorecard.jobs.step import Step
from scorecard.points import Scaling
from scorecard.selection import Limits
from scorecard.tracking import open_store

ROOT = Path(__file__).parents[3]
WHY = {"reason": "Policy.", "author": "lin"}
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # MLflow 3.17 on SQLAlchemy 2.1
METHOD, NOTHING = Method(Limits(), Scaling()), selection.Given()


@pytest.fixture(scope="module")
def fitted(example, prepared):
    counts = profile.count_all(prepared, example.contract.with_role("input"), "development")
    rules = Rules(max_bins=5)
    return Fitted(binning.fit_all(counts, rules)[0], counts, rules)


@pytest.fixture(scope="module")
def tables(fitted, prepared):
    names = ", ".join(f'"{name}"' for name in [*fitted.characteristics, BAD, WEIGHT])
    return {name: prepared.sample(name).project(names).to_arrow_table() for name in ("development", "test")}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    for part in ("pipelines", "notebooks"):
        (root / part).mkdir()
    shutil.copytree(ROOT / "schemas", root / "schemas")
    return open_store(root)


@pytest.fixture
def steps(store, example):
    """Return the steps 02 and 03 of a new run, in a project without edits."""
    shutil.rmtree(store.root / "pipelines" / "edits", ignore_errors=True)
    experiment = store.experiment("german")
    parent = store.start("german", experiment)
    return [
        Step(name, store.root, example.pipeline, parent, store.start(name, experiment, parent.run_id))
        for name in ("02_binning", "03_scorecard")
    ]


def edge(fitted, name, position=0):
    return binning.partition(fitted.characteristics[name]).edges[position]


def some_edits(fitted):
    return [
        edits.merge("duration_months", edge(fitted, "duration_months"), **WHY),
        edits.group("purpose", ["business"], "new car", **WHY),
        edits.treat("savings", "unseen", "neutral", **WHY),
        edits.exclude("credit_history", **WHY),
    ]


def saved(steps, fitted, told):
    for edit in told:
        job.add(job.path(steps[0].root, steps[0].pipeline), edit, fitted)
    return replayed_in(steps, fitted)


def replayed_in(steps, fitted):
    """Replay in 02 and end it, so that 03 may read what it saved."""
    replayed = job.replay(steps[0], fitted)
    steps[0].own.finish("FINISHED")
    return replayed


def rows_of(step):
    return json.loads(step.own.path("edits.json").read_text())


def scorecard(step, characteristics, forced, tables, given=NOTHING, limits=METHOD.limits):
    """Make a scorecard as notebook 03 does."""
    rows = tables["development"]
    bad, weight = rows.column(BAD).to_numpy(), rows.column(WEIGHT).to_numpy()
    values = woe.values(characteristics, rows)
    chosen = selection.select(characteristics, values, bad, limits, weight, replace(given, forced=forced))
    return model.build(step.pipeline, step.contract, chosen, characteristics, METHOD.scaling)


def test_the_file_lies_beside_the_pipeline_unless_the_setting_names_another(example):
    assert job.path(Path("p"), example.pipeline) == Path("p/pipelines/edits/german.yaml")
    elsewhere = example.pipeline.model_copy(update={"edits": "shared/cards.yaml"})
    assert job.path(Path("p"), elsewhere) == Path("p/shared/cards.yaml")


def test_a_pipeline_without_a_file_has_no_edits_but_a_named_one_must_be_there(example, tmp_path):
    assert job.load(tmp_path, example.pipeline) == ()
    named = example.pipeline.model_copy(update={"edits": "cards.yaml"})
    with pytest.raises(SettingsError, match=r"edits names .*cards\.yaml, which is not a file; expected a YAML list"):
        job.load(tmp_path, named)
    (tmp_path / "cards.yaml").touch()
    assert job.load(tmp_path, named) == ()


def test_an_added_entry_is_kept_with_the_bins_it_changes(fitted, tmp_path):
    file, at = tmp_path / "edits" / "german.yaml", edge(fitted, "duration_months")
    replayed = job.add(file, edits.merge("duration_months", at, **WHY), fitted)
    (kept,) = edits.load(file)
    assert (kept.before, kept.after) == ("< 8 | 8 to < 12", "< 12")
    assert at not in binning.partition(replayed.characteristics["duration_months"]).edges
    assert replayed == fitted.replay([kept])


def test_an_entry_that_does_not_apply_after_those_before_it_is_not_added(fitted, tmp_path):
    file, edit = tmp_path / "german.yaml", edits.merge("duration_months", edge(fitted, "duration_months"), **WHY)
    job.add(file, edit, fitted)
    with pytest.raises(EvidenceError, match=r"Edit 2 \(merge\) does not apply: duration_months has no edge at 8"):
        job.add(file, edit, fitted)
    assert len(edits.load(file)) == 1


def test_a_run_without_edits_says_that_there_are_none(steps, fitted, tables):
    assert replayed_in(steps, fitted).characteristics == fitted.characteristics
    assert job.impacts(steps[1], fitted.characteristics, tables, METHOD).empty
    assert rows_of(steps[1]) == []
    assert list(pandas.read_csv(steps[1].own.path("edits.csv"))) == ["number", *job.SHOWN]


def test_every_entry_is_judged_by_the_scorecards_before_and_after_it(steps, fitted, tables):
    told = some_edits(fitted)
    replayed = saved(steps, fitted, told)
    found = job.impacts(steps[1], replayed.characteristics, tables, METHOD)
    assert found["number"].tolist()[:-1] == [1, 2, 3, 4]
    test, bad = tables["test"], tables["test"].column(BAD).to_numpy()
    sides = []
    for entries in range(len(told) + 1):
        now = fitted.replay(told[:entries])
        card = scorecard(steps[1], now.characteristics, now.forced, tables)
        sides.append((sum(each.iv for each in now.characteristics.values()), len(card.terms), card.score(test).score))
    for row, before, after in zip(found.to_dict("records"), [*sides[:-1], sides[0]], [*sides[1:], sides[-1]], strict=True):
        assert (row["total_iv_before"], row["total_iv_after"]) == pytest.approx((before[0], after[0]), abs=1e-12)
        assert (row["characteristics_before"], row["characteristics_after"]) == (before[1], after[1])
        assert row["auc_after"] == pytest.approx(metrics.auc(bad, -after[2]), abs=1e-12)
        assert row["difference"] == pytest.approx(metrics.auc(bad, -after[2]) - metrics.auc(bad, -before[2]), abs=1e-12)
        assert row["moved_share"] == pytest.approx(np.mean(after[2] != before[2]), abs=1e-12)
        assert (row["sample"], row["approval_rate_before"]) == ("test", pytest.approx(0.7, abs=0.05))
    assert found["iv_after"].tolist()[0] == replayed.characteristics["duration_months"].iv
    assert "credit_history" in scorecard(steps[1], fitted.characteristics, {}, tables).inputs
    assert "credit_history" not in scorecard(steps[1], replayed.characteristics, replayed.forced, tables).inputs


def test_with_a_penalty_the_edits_are_judged_on_penalised_scorecards(steps, fitted, tables):
    replayed = saved(steps, fitted, [edits.split("amount_dm", 3_000, **WHY)])
    found = job.impacts(steps[1], replayed.characteristics, tables, replace(METHOD, penalty=200.0))
    values = woe.values(replayed.characteristics, tables["development"])
    rows = tables["development"]
    chosen = selection.select(
        replayed.characteristics, values, rows.column(BAD).to_numpy(), METHOD.limits, rows.column(WEIGHT).to_numpy(), NOTHING
    )
    penalised, _ = making.fitted(chosen, values, rows, 200.0)
    card = model.build(steps[1].pipeline, steps[1].contract, penalised, replayed.characteristics, METHOD.scaling)
    bad = tables["test"].column(BAD).to_numpy()
    assert found["auc_after"].iloc[0] == pytest.approx(metrics.auc(bad, -card.score(tables["test"]).score), abs=1e-12)


def test_the_table_and_the_rows_for_the_model_card_say_the_same(steps, fitted, tables):
    replayed = saved(steps, fitted, [edits.split("amount_dm", 3_000, **WHY)])
    table = job.impacts(steps[1], replayed.characteristics, tables, METHOD)
    rows = rows_of(steps[1])
    assert [row["action"] for row in rows] == table["action"].tolist() == ["split", "together"]
    assert {each["key"] for each in rows[0]["warnings"]} == {"edit.many_bins", "edit.other_trend"}
    assert "6 bins, more than the 5 of the rules." in table["warnings"][0]
    read = pandas.read_csv(steps[1].own.path("edits.csv"))
    pandas.testing.assert_series_equal(read["total_iv_after"], table["total_iv_after"])


def test_two_runs_of_the_same_edits_save_the_same_bytes(steps, fitted, tables):
    told = some_edits(fitted)
    replayed = saved(steps, fitted, told)
    texts = []
    for _ in range(2):
        job.replay(steps[0], fitted)
        job.impacts(steps[1], replayed.characteristics, tables, METHOD)
        texts.append([step.own.path("edits.json").read_bytes() for step in steps])
    assert texts[0] == texts[1]


def test_a_characteristic_whose_edit_no_longer_applies_is_left_out_and_the_card_says_why(steps, fitted, tables):
    file = job.path(steps[0].root, steps[0].pipeline)
    edits.save(
        file,
        [edits.treat("amount_dm", "unseen", "neutral", **WHY), edits.merge("amount_dm", 1.5, **WHY), *some_edits(fitted)[:1]],
    )
    replayed = replayed_in(steps, fitted)
    assert "amount_dm" not in replayed.characteristics
    assert replayed.refused["amount_dm"].startswith("Edit 2 (merge) does not apply: amount_dm has no edge at 1.5")
    without = {name: table.drop_columns(["amount_dm"]) for name, table in tables.items()}
    job.impacts(steps[1], replayed.characteristics, without, METHOD)
    rows = rows_of(steps[1])
    assert [row["problem"] for row in rows] == [replayed.refused["amount_dm"]] * 2 + ["", ""]
    assert "auc_after" not in rows[0]
    assert rows[2]["auc_after"] is not None


def test_a_scorecard_that_cannot_be_made_leaves_its_figures_open(steps, fitted, tables):
    few = Fitted({name: fitted.characteristics[name] for name in ("job", "duration_months")}, fitted.counts, fitted.rules)
    replayed = saved(steps, few, [edits.exclude("duration_months", **WHY)])
    found = job.impacts(steps[1], replayed.characteristics, tables, METHOD).to_dict("records")[0]
    assert (found["characteristics_before"], found["characteristics_after"]) == (1, 0)
    assert found["auc_before"] > 0.5
    assert pandas.isna(found["auc_after"])


def test_the_gate_of_shifts_looks_at_the_bins_of_each_side(steps, fitted, tables):
    """Loans of 20 to 29 months became loans of 15: unseen by the bin of 12 to 29 months, a shift once it is split at 20."""
    months = tables["test"].column("duration_months").to_numpy()
    place = tables["test"].schema.get_field_index("duration_months")
    moved = pa.array(np.where((months >= 20) & (months < 30), 15, months))
    later = tables | {"test": tables["test"].set_column(place, "duration_months", moved)}
    replayed = saved(steps, fitted, [edits.split("duration_months", 20, **WHY)])
    limits, given = Limits(max_psi=0.1), selection.Given(shifts=shifts(replayed.characteristics, later))
    found = job.impacts(steps[1], replayed.characteristics, later, Method(limits, Scaling(), given)).to_dict("records")[0]
    before = scorecard(
        steps[1], fitted.characteristics, {}, later, selection.Given(shifts=shifts(fitted.characteristics, later)), limits
    )
    after = scorecard(steps[1], replayed.characteristics, {}, later, given, limits)
    assert "duration_months" in before.inputs
    assert "duration_months" not in after.inputs
    assert (found["characteristics_before"], found["characteristics_after"]) == (len(before.terms), len(after.terms))
    bad = later["test"].column(BAD).to_numpy()
    assert found["auc_before"] == metrics.auc(bad, -before.score(later["test"]).score)


def shifts(characteristics, tables):
    """Return the shifts of the test sample as notebook 03 asks for them."""
    fields = [Field(name, each.kind, {}, binning.partition(each).edges) for name, each in characteristics.items()]
    return selection.psi_by_sample(characteristics, {"test": count_all(tables["test"], fields, bad=BAD, weight=WEIGHT)})


def test_inversions_by_period_are_counted_before_and_after(steps):
    """By hand: the riskier half of 2024 (30 % against 10 %) is the safer one of 2025 (10 % against 40 %)."""
    first, second = (counted(*bads) for bads in ((1_000, [100.0, 300]), (300, [120.0, 30])))
    both = replace(first.plus(second), parts=(Part("2024", None, first), Part("2025", None, second)))
    each = binning.described(both, binning.Partition((2.0,)), Rules(), binning.Solved("optimal", 2))
    saved(steps, Fitted({"x": each}, {"x": both}, Rules()), [edits.merge("x", 2, **WHY)])
    (row,) = rows_of(steps[0])
    assert (row["inversions_before"], row["inversions_after"]) == (1, 0)


def counted(accounts, bads):
    found, low = np.array(bads), np.array([1.0, 2.0])
    nothing = Tally(*[np.zeros(1)] * 4)
    return Classes("x", "numeric", low, low, Tally(accounts - found, found, accounts - found, found), {}, nothing)
