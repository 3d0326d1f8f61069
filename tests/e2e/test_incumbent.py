"""A bank's present points table: imported by command, proven on its scores, and beside the new scorecard in notebooks 04 and 05."""

from __future__ import annotations

import json

import numpy as np
import pandas
import pytest
import yaml

from scorecard import datasets, metrics
from scorecard.data import source

POINTS = """variable,bin,points
checking_account,below 0 DM,-10
checking_account,0 to below 200 DM,0
checking_account,"200 DM or more, or salary account",15
checking_account,no checking account,25
duration_months,< 16,20
duration_months,16 to < 36,5
duration_months,>= 36,-10
"""
ACCOUNT = {"below 0 DM": -10, "0 to below 200 DM": 0, "200 DM or more, or salary account": 15, "no checking account": 25}
OPTIONS = ("--name", "old", "--score-column", "old_score", "--bad-column", "bad", "--missing", "worst", "--unseen", "worst")
PARAMETERS = {"seed": 1, "max_bins": 5, "trials": 1, "challengers": "logit, xgboost"}
NOTEBOOKS = ["01_data", "02_binning", "03_scorecard", "04_challengers", "05_validation"]


@pytest.fixture(scope="module")
def german():
    """All rows, with the score of the points table worked out by hand."""
    rows = source.connect().sql(datasets.query("german")).df()
    term = np.select([rows["duration_months"] < 16, rows["duration_months"] < 36], [20, 5], -10)
    return rows.assign(old_score=rows["checking_account"].map(ACCOUNT) + term)


@pytest.fixture(scope="module")
def compared(shared_project, call, german):
    """Return a project whose run names the imported incumbent."""
    (shared_project / "old.csv").write_text(POINTS)
    german[["checking_account", "duration_months", "bad", "old_score"]].to_csv(shared_project / "old_rows.csv", index=False)
    words = ("import", "old.csv", "--scored", "old_rows.csv", "--dtype", "duration_months=integer", *OPTIONS, "--json")
    ended = call(*words, cwd=shared_project)
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["model"] == "old/1"
    content = yaml.safe_load((shared_project / "pipelines" / "german.yaml").read_text(encoding="utf-8"))
    content |= {"incumbent": "old@incumbent", "notebooks": NOTEBOOKS, "parameters": PARAMETERS}
    (shared_project / "pipelines" / "german.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    ended = call("run", "pipelines/german.yaml", cwd=shared_project)
    assert ended.code == 0, ended.err
    return shared_project


def left(project, name):
    return max((project / "mlruns" / "artifacts").glob(f"*/artifacts/{name}"), key=lambda path: path.stat().st_mtime)


def test_the_incumbent_is_judged_on_the_rows_of_the_others(compared, german):
    comparison = pandas.read_csv(left(compared, "comparison.csv")).set_index("model")
    assert set(comparison.index) == {"scorecard", "incumbent", "xgboost", "logit"}
    assert comparison["rows"].nunique() == 1
    assert comparison.loc["incumbent", "difference"] < 0
    whole = metrics.auc(german["bad"].to_numpy(), -german["old_score"].to_numpy())
    assert comparison.loc["incumbent", "auc"] == pytest.approx(whole, abs=0.06)


def test_the_committee_reads_what_changes_against_the_incumbent(compared):
    document = json.loads(left(compared, "comparison.json").read_text(encoding="utf-8"))
    assert {each["kind"] for each in document["swaps"]} == {"replacement", "challenger"}
    assert {each["code"] for each in document["results"]} == {"CMP-01", "CMP-02", "CMP-03", "STR-01"}
    assert "incumbent" in {each["model"] for each in document["migration"]}
    page = left(compared, "comparison.html").read_text(encoding="utf-8")
    assert "scorecard instead of incumbent" in page


def test_notebook_05_shows_the_incumbent(compared):
    page = left(compared, "05_validation.html").read_text(encoding="utf-8")
    assert "Beside the incumbent and the challengers" in page
    assert ">incumbent<" in page


def test_the_incumbent_is_validated_on_the_rows_of_a_pipeline(compared, call):
    ended = call("validate", "old@incumbent", cwd=compared)
    assert ended.code == 1
    assert "old/1 has no settings beside it" in ended.err
    assert "--pipeline pipelines/NAME.yaml" in ended.err
    ended = call("validate", "old@incumbent", "--pipeline", "pipelines/german.yaml", "--json", cwd=compared)
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert told["opinion"]["untested"][0] == "REP"
    results = json.loads(left(compared, "results.json").read_text(encoding="utf-8"))
    assert {each["reading"]["key"] for each in results[:2]} == {"reading.no_replication_imported"}
    assert {each["verdict"] for each in results if each["code"] == "DIS-01"} <= {"green", "amber", "red"}


def test_a_table_with_other_scores_is_not_registered(compared, call, german):
    german.assign(old_score=german["old_score"] + (german.index == 6))[
        ["checking_account", "duration_months", "old_score"]
    ].to_csv(compared / "wrong.csv", index=False)
    words = (
        "import",
        "old.csv",
        "--scored",
        "wrong.csv",
        "--pdo",
        "20",
        *OPTIONS[:4],
        *OPTIONS[6:],
        "--dtype",
        "duration_months=integer",
    )
    ended = call(*words, cwd=compared)
    assert ended.code == 1
    assert "Row 7 has the score" in ended.err
    assert "Traceback" not in ended.err
    assert "There is no model old/2" in call("diff", "old/1", "old/2", cwd=compared).err


def test_the_registered_scorecard_is_exported_explained_and_compared_by_command(compared, call, german):
    row = german.drop(columns=["old_score", "bad"]).iloc[0].to_dict()
    (compared / "one.json").write_text(json.dumps(row, default=lambda value: value.item()))
    written = call(
        "export", "german@candidate", "--to", "sql", "--dialect", "postgres", "--view", "scored", "--json", cwd=compared
    )
    assert "CREATE" in (compared / json.loads(written.out)["out"]).read_text()
    told = json.loads(call("explain", "german@candidate", "--applicant", "one.json", "--json", cwd=compared).out)
    assert {"score", "pd", "grade", "reasons", "approval"} <= set(told)
    assert json.loads(call("diff", "german/1", "german@candidate", "--json", cwd=compared).out)["same"]
    assert json.loads(call("certify", "german@candidate", "--engine", "python", "--json", cwd=compared).out)["clean"]
