"""`scorecard validate`: a registered model by itself, from what lies beside it, on recorded rows or on others."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import docx
import pandas
import pytest

from scorecard.data import source
from scorecard.errors import DataError
from scorecard.settings import Table

pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning"  # how MLflow 3.17 asks for runs
)
STEP = "05_validation"
REASONED = (
    "auc_amber: {value: 0.75, by: R. Chen, reason: Secured product}\npsi_amber: {value: 0.2, by: Board, reason: Policy 7}\n"
)


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory) -> Path:
    """Return a copy of the finished project, for the module to change."""
    return Path(shutil.copytree(finished.root, tmp_path_factory.mktemp("validate") / "project"))


@pytest.fixture(scope="module")
def german():
    return source.open_table(Table(dataset="german"), Path()).df()


@pytest.fixture(scope="module")
def validated(project, call):
    """Return what the command tells of the candidate, and its run's artefacts."""
    ended = call("validate", "german@candidate", "--json", cwd=project)
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    return told | {"folder": Path(told["reports"]["json"]).parent}


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_it_proposes_a_level_counts_verdicts_and_names_the_reports(validated):
    assert validated["model"].startswith("german/")
    assert validated["opinion"] == read(validated["folder"], "opinion.json")
    assert sum(validated["verdicts"].values()) == len(read(validated["folder"], "results.json"))
    assert [finding["id"] for finding in validated["findings"]] == [
        f"F-{n:02d}" for n in range(1, len(validated["findings"]) + 1)
    ]
    assert docx.Document(validated["reports"]["docx"]).paragraphs
    assert "<!DOCTYPE html>" in Path(validated["reports"]["html"]).read_text(encoding="utf-8")


def test_the_model_is_reproduced_from_its_raw_table(validated):
    rows, card = read(validated["folder"], "results.json")[:2]
    assert (rows["code"], rows["verdict"], rows["reading"]["key"]) == ("REP-01", "green", "reading.rows_replicated")
    assert (card["code"], card["verdict"], card["reading"]["key"]) == ("REP-02", "green", "reading.card_replicated")


def test_it_gives_the_results_of_the_run_that_made_the_model(validated, finished, runs):
    made = [run for run in runs(finished.root) if run.data.tags.get("mlflow.parentRunId") == finished.run_id]
    (step,) = (run for run in made if run.data.tags["scorecard.step"] == STEP)
    folder = finished.root / "mlruns" / "artifacts" / step.info.run_id / "artifacts"
    assert read(validated["folder"], "results.json") == read(folder, "results.json")


def test_its_run_is_tagged_with_the_model_and_stands_apart_from_those_of_development(validated, project, runs, client):
    (run,) = (run for run in runs(project) if run.info.run_id == validated["run_id"])
    tags = {name.removeprefix("scorecard."): value for name, value in run.data.tags.items()}
    assert (tags["kind"], tags["model"]) == ("validation", validated["model"])
    assert tags["proposed_level"] == str(validated["opinion"]["level"] or "none")
    experiments = {each.name: each.experiment_id for each in client(project).search_experiments()}
    assert run.info.experiment_id == experiments["german validation"] != experiments["german"]


def test_it_registers_nothing(validated, project, client):
    versions = client(project).search_model_versions("name = 'german'")
    assert len(versions) == 2


def test_another_table_and_limits_of_ones_own(project, call, german):
    """Good customers only, alike in every answer: one class and one score, and still a report, which proposes nothing."""
    alike = german.assign(**german.drop(columns=["application", "bad"]).iloc[0]).assign(
        bad=0, application=german["application"] + 5000
    )
    alike.to_parquet(project / "own.parquet")
    (project / "own.yaml").write_text(REASONED)
    ended = call("validate", "german@candidate", "--table", "own.parquet", "--thresholds", "own.yaml", cwd=project)
    assert ended.code == 0, ended.err
    assert "No level can be proposed: too much is untested." in ended.out
    folder = Path(ended.out.partition("json  ")[2].strip()).parent
    results = read(folder, "results.json")
    assert {"german", "development", "validation"} <= {each["scope"].partition(": ")[0] for each in results}
    asked = [each for each in results if each["code"].startswith("DIS") and each["scope"] == "validation"]
    assert {each["verdict"] for each in asked} <= {"insufficient data", "not due"}
    deviations = pandas.read_csv(folder / "deviations.csv").set_index("limit_name")
    assert deviations.loc["auc_amber", ["value", "default", "by", "why"]].tolist() == [0.75, 0.7, "R. Chen", "Secured product"]
    report = (folder / "validation_report.html").read_text(encoding="utf-8")
    assert "another table" in report
    assert "auc_amber 0.75 instead of 0.7, set by R. Chen: Secured product" in report


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("germany@candidate",), "There is no model germany@candidate in the registry. Did you mean german?"),
        (("german/1", "-p", "cutof=500"), "cutof is not a parameter of any notebook of the pipeline. Did you mean cutoff?"),
        (
            ("german/1", "--thresholds", "bare.yaml"),
            "auc_amber does not say who set it; expected {value: LIMIT, by: WHO, reason: WHY}",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence_and_starts_no_run(project, call, runs, words, told):
    (project / "bare.yaml").write_text("auc_amber: 0.75\n")
    before = len(runs(project))
    ended = call("validate", *words, cwd=project)
    assert ended.code == 1
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert len(runs(project)) == before


@pytest.fixture
def opened(project, monkeypatch):
    """Return a function that opens a model as notebook 05 does by hand, without a kernel."""
    from scorecard.jobs import validating  # noqa: PLC0415  MLflow, which most of the tests here do not need

    monkeypatch.chdir(project)

    def open_model(model, **asked):
        step = validating.begin(STEP, "pipelines/german.yaml", "", model)
        try:
            return validating.opened(step, validating.Asked(model=model, **asked))
        finally:
            step.finish()

    return open_model


def test_on_another_split_the_scorecard_made_there_is_judged(opened):
    case = opened("german/1", seed=7)
    assert [each.verdict.value for each in case.replication.results] == ["green", "green"]
    assert case.judged.card.sha256 != case.subject.card.sha256
    assert len(case.judged.other.points) > 0
    assert {"coefficient_before", "coefficient_after"} <= set(case.judged.other.characteristics.columns)
    assert "validating.other_split" in [note.key for note in case.notes]
    assert case.evidence.model.card is case.judged.card


def test_the_recorded_seed_is_no_other_split(opened):
    case = opened("german/1", seed=1, cutoff="500")
    assert case.judged.other is None
    assert case.evidence.cutoff == 500


@pytest.fixture
def forgotten(project, opened):
    """Return the folder of a registered model whose table is gone."""
    (folder,) = {path.parent for path in (project / "mlruns" / "artifacts" / "models").glob("*/artifacts/artifacts/ladder.json")
                 if SimpleNamespace(**read(path.parent, "pipeline.json")).name == "german" and is_first(project, path)}  # fmt: skip
    kept = (folder / "pipeline.json").read_text(encoding="utf-8")
    content = json.loads(kept) | {"table": {"path": "gone.parquet"}}
    (folder / "pipeline.json").write_text(json.dumps(content), encoding="utf-8")
    yield folder
    (folder / "pipeline.json").write_text(kept, encoding="utf-8")


def is_first(project, path):
    """Whether an artefact belongs to version 1."""
    from scorecard.tracking import open_store, registry  # noqa: PLC0415

    return registry.resolve(open_store(project), "german/1").path.parent == path.parent


def test_a_table_that_is_gone_is_told_and_another_one_is_judged_beside_the_kept_counts(forgotten, opened, project, german):
    with pytest.raises(DataError, match=r"gone\.parquet is not a file"):
        opened("german/1")
    german.assign(application=german["application"] + 5000).to_parquet(project / "later.parquet")
    case = opened("german/1", table=os.fspath(project / "later.parquet"))
    assert {each.reading.key for each in case.replication.results} == {"reading.no_replication_table"}
    assert case.evidence.model is None
    assert case.evidence.development.n == sum(case.subject.ladder["goods"]) + sum(case.subject.ladder["bads"])
    assert "validating.remembered" in [note.key for note in case.notes]


def test_the_recorded_table_at_another_place_is_the_recorded_table(opened, project, forgotten):
    shutil.copy(Path(source.__file__).parents[1] / "datasets" / "german.parquet", project / "moved.parquet")
    content = read(forgotten, "development.json") | {"data_sha256": source.file_sha256(project / "moved.parquet")}
    kept = (forgotten / "development.json").read_text(encoding="utf-8")
    (forgotten / "development.json").write_text(json.dumps(content), encoding="utf-8")
    try:
        case = opened("german/1", table="moved.parquet")
    finally:
        (forgotten / "development.json").write_text(kept, encoding="utf-8")
    assert case.sample is None
    assert list(case.evidence.samples) == ["development", "test"]
