"""Edits of bins by hand, from the file in the project to the bins, the scorecard and the selection of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pandas
import pytest
import yaml

from scorecard import edits

WHY = {"reason": "Collections treats them alike.", "author": "lin"}
PARAMETERS = {"seed": 1, "max_bins": 5}


def pipeline_of(project, name, **changes):
    """Write a pipeline of the first three notebooks on German credit."""
    content = yaml.safe_load((project / "pipelines" / "german.yaml").read_text(encoding="utf-8"))
    content |= {"name": name, "notebooks": ["01_data", "02_binning", "03_scorecard"], "parameters": PARAMETERS} | changes
    path = project / "pipelines" / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def left(project, name):
    """Return the path of an artefact of a run, whichever step saved it last."""
    steps = (project / "mlruns" / "artifacts").glob(f"*/artifacts/{name}")
    return max((path for path in steps if path.stat().st_size), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module")
def edited(shared_project, call):
    """Return a project in which edits were replayed by a run: some apply, one names what there is not."""
    path = pipeline_of(shared_project, "edited", binning={"duration_months": {"max_bins": 3}})
    file = shared_project / "pipelines" / "edits" / "edited.yaml"
    for entry in (
        edits.split("amount_dm", 2_500, **WHY),
        edits.treat("purpose", "unseen", "neutral", **WHY),
        edits.exclude("other_debtors", reason="Not asked any more.", author="lin"),
        edits.merge("savings", 100, **WHY),
    ):
        edits.append(file, entry)
    ended = call("run", path, cwd=shared_project)
    assert ended.code == 0, ended.err
    return shared_project


def table(project, name):
    return pandas.read_csv(left(project, name))


def test_an_edit_changes_the_bins_of_the_run(edited):
    bins = table(edited, "bins.csv")
    labels = bins[bins["characteristic"] == "amount_dm"]["bin"].tolist()
    assert any(label.startswith("2,500 to") or label == ">= 2,500" for label in labels)


def test_the_scorecard_holds_the_treatment_that_a_person_chose(edited):
    card = json.loads(left(edited, "scorecard.json").read_text())
    purpose = next((each for each in card["segments"][0]["characteristics"] if each["name"] == "purpose"), None)
    bins = json.loads(left(edited, "bins.json").read_text())
    unseen = next(
        each
        for found in (purpose, *bins)
        if found and found["name"] == "purpose"
        for each in found["bins"]
        if each["kind"] == "unseen"
    )
    assert (unseen["treatment"], unseen["woe"]) == ("neutral", 0.0)


def test_one_that_is_forced_out_has_its_reason_in_the_selection(edited):
    row = table(edited, "selection.csv").set_index("characteristic").loc["other_debtors"]
    assert (row["kept"], row["step"], row["reason"]) == (False, "forced out", "Not asked any more.")


def test_an_edit_that_does_not_apply_leaves_a_row_and_the_others_go_on(edited):
    row = table(edited, "selection.csv").set_index("characteristic").loc["savings"]
    assert row["step"] == "edits"
    assert "Edit 4 (merge) does not apply" in row["reason"]


def test_every_entry_has_its_impact(edited):
    rows = json.loads(left(edited, "edits.json").read_text())
    assert [row["number"] for row in rows] == [1, 2, 3, 4, None]
    assert rows[0]["iv_before"] != rows[0]["iv_after"]
    assert rows[2]["total_iv_before"] is not None
    assert "does not apply" in rows[3]["problem"]


def test_the_rules_of_one_characteristic_stand_in_the_settings(edited):
    bins = table(edited, "bins.csv")
    duration = bins[(bins["characteristic"] == "duration_months") & (bins["kind"] == "interval")]
    assert len(duration) <= 3


@pytest.mark.full
def test_the_same_edits_give_the_same_scorecard_to_the_byte(edited, call):
    first = left(edited, "scorecard.json").read_bytes()
    assert call("run", "pipelines/edited.yaml", cwd=edited).code == 0
    assert len(list((edited / "mlruns" / "artifacts").glob("*/artifacts/scorecard.json"))) == 2
    assert left(edited, "scorecard.json").read_bytes() == first
    assert "edits_sha256" in json.loads(first)["made_from"]


@pytest.mark.full
def test_an_edit_without_a_reason_stops_the_run_in_one_line(project, call):
    path = pipeline_of(project, "careless")
    file = project / "pipelines" / "edits" / "careless.yaml"
    edits.append(file, edits.exclude("purpose", **WHY))
    file.write_text(file.read_text().replace(WHY["reason"], '" "'), encoding="utf-8")
    ended = call("run", path, cwd=project)
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "entry 1" in ended.err
    assert "reason" in ended.err


@pytest.mark.full
def test_a_rule_for_a_characteristic_that_is_not_there_is_refused_with_the_nearest_name(project, call):
    path = pipeline_of(project, "misspelt", binning={"duration_month": {"max_bins": 3}})
    ended = call("run", path, cwd=project)
    assert ended.code == 1
    assert "Did you mean duration_months?" in ended.err


@pytest.mark.full
def test_no_quarter_of_lending_club_turns_two_bins_around_beyond_sampling_error(project, call, data_folder):
    (rows,) = (data_folder / "lendingclub_2007_2011").glob("*.parquet")
    ended = call("run", "pipelines/lending_club.yaml", "-p", f"table={rows}", "-p", "trials=1", cwd=project)
    assert ended.code == 0, ended.err
    found = table(project, "stability.csv")
    assert (found["periods"] == 14).all()
    assert found["comparisons"].sum() > 300
    assert found["beyond_sampling_error"].sum() == 0
    assert Path(left(project, "periods.html")).stat().st_size > 10_000
