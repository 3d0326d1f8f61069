"""What a notebook shows of declined applicants: all tables on a small project, one sentence where there is nothing to show."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from scipy.special import expit

from scorecard import binning, contracts, profile, settings
from scorecard.data.samples import prepare
from scorecard.errors import SettingsError
from scorecard.jobs import rejects
from scorecard.jobs.rejects import Choice
from scorecard.jobs.step import Step
from scorecard.report import show
from scorecard.settings import Rejects
from scorecard.tracking import open_store

pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # MLflow 3.17 on SQLAlchemy 2.1
NAMES = ("income", "age")
CHOICE = Choice(repeats=20, bands=5)
KNOWN = Rejects(reason="declined", good=("declined, good",), bad=("declined, bad",))
CONTRACT = {
    "name": "cards",
    "columns": {name: {"dtype": "number", "role": "input"} for name in NAMES} | {"status": {"dtype": "text", "role": "target"}},
}
PIPELINE = {
    "name": "cards", "table": "cards.parquet", "contract": "schemas/cards.yaml",
    "target": {
        "column": "status", "good": ["good"], "bad": ["bad"],
        "excluded": [{"reason": "declined", "values": ["declined, good", "declined, bad"]}],
    },
}  # fmt: skip


def write(path):
    """Write 4,000 applicants; the lender saw more than income and age."""
    random = np.random.default_rng(1)
    income, age, seen = random.normal(size=(3, 4_000)).round(2)
    bad = random.random(4_000) < expit(-1 - income - 0.5 * age + seen)
    out = random.random(4_000) < expit(-1.2 - income + seen)
    status = np.char.add(np.where(out, "declined, ", ""), np.where(bad, "bad", "good"))
    pq.write_table(pa.table({"income": income, "age": age, "status": status}), path)


def third(root, pipeline):
    """Return the third step of a run whose first one is finished."""
    store = open_store(root)
    experiment = store.experiment(pipeline.name)
    parent = store.start(pipeline.name, experiment)
    first, step = (
        Step(name, root, pipeline, parent, store.start(name, experiment, parent.run_id)) for name in ("01_data", "03_scorecard")
    )
    first.save_json("data.json", {"seed": 1})
    first.own.finish("FINISHED")
    return step


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a step after the first, with bins and development's rows."""
    root = tmp_path_factory.mktemp("project")
    for part in ("pipelines", "notebooks", "schemas"):
        (root / part).mkdir()
    write(root / "cards.parquet")
    (root / "schemas" / "cards.yaml").write_text(yaml.safe_dump(CONTRACT))
    pipeline = settings.parse(PIPELINE, root / "cards.yaml")
    contract = contracts.load(root / pipeline.contract)
    prepared = prepare(pipeline, contract, root, 1)
    bins, _ = binning.fit_all(profile.count_all(prepared, list(NAMES), "development"), binning.Rules(max_bins=5))
    step = third(root, pipeline)
    return step, bins, step.rows(prepared, list(NAMES), "development")


def studied(project, rejected, choice=CHOICE):
    step, bins, accepts = project
    own = replace(step, pipeline=step.pipeline.model_copy(update={"rejects": rejected}))
    return rejects.study(own, bins, NAMES, accepts, choice)


@pytest.fixture(scope="module")
def study(project):
    return studied(project, KNOWN)


def test_without_declines_in_the_pipeline_it_says_so(project):
    step, bins, accepts = project
    found = rejects.study(step, bins, NAMES, accepts, CHOICE)
    assert found.answer.startswith("The pipeline names no declined applicants")
    assert found.models.empty
    assert found.benchmark.empty


def test_every_method_stands_beside_the_accepts_model(study):
    assert study.models["method"].tolist() == [
        "accepts only", "augmentation", "parcelling, hard", "parcelling, fuzzy", "extrapolation, hard", "extrapolation, fuzzy",
    ]  # fmt: skip
    assert study.models["assumption"].str.endswith(".").all()
    assert set(study.bands["method"]) == {"augmentation", "parcelling, hard", "parcelling, fuzzy"}
    assert study.coefficients["characteristic"].tolist() == ["intercept", *NAMES]


def test_each_assumption_is_moved_over_its_own_values(study):
    moved = study.sensitivity.groupby(["method", "assumed"])["value"].apply(list).to_dict()
    assert moved["parcelling, fuzzy", "factor"] == moved["extrapolation, fuzzy", "factor"] == [1, 1.2, 1.5, 2, 3, 4]
    assert moved["augmentation", "bands"] == [5, 10, 20]
    assert all(0 < cutoff < 1 for cutoff in moved["extrapolation, hard", "cutoff"])
    assert study.sensitivity["method"].tolist().count("accepts only") == 1


def test_methods_are_judged_on_known_declines_and_on_hidden_accepts(study):
    rows = study.benchmark.groupby("hidden")["method"].size().to_dict()
    assert rows == {"accepts below a policy card": 7, "declines of known outcome": 7}
    true = study.benchmark.set_index(["hidden", "method"])["true_bad_rate"]
    assert true["declines of known outcome", "accepts only"] > true["accepts below a policy card", "accepts only"] / 2
    assert "**Declines of known outcome:**" in study.answer
    assert "**Accepts below a policy card:**" in study.answer


def test_what_the_lender_saw_beside_the_characteristics_makes_declines_worse_than_the_model_says(study):
    own = study.benchmark[study.benchmark["hidden"] == "declines of known outcome"].set_index("method")
    assert own.loc["accepts only", "expected_over_observed"] < 0.9
    assert own.loc["parcelling, fuzzy", "rate_gap"] < own.loc["accepts only", "rate_gap"]


def test_an_unknown_outcome_leaves_the_hidden_accepts_and_tables_are_saved_and_can_be_shown(project):
    found, (step, _, _) = studied(project, Rejects(reason="declined")), project
    assert set(found.benchmark["hidden"]) == {"accepts below a policy card"}
    for name in ("models", "coefficients", "bands", "sensitivity", "benchmark", "gains"):
        table = getattr(found, name)
        assert len(pandas.read_csv(step.own.path(f"rejects_{name}.csv"))) == len(table)
        assert "<table" in show(table)._repr_html_()


def test_too_few_hidden_bads_are_said_instead_of_a_benchmark(project):
    found = studied(project, Rejects(reason="declined"), replace(CHOICE, hidden_share=0.01))
    assert "expected 20 of each or more to judge by" in found.answer
    assert found.benchmark.empty
    assert len(found.models) == 6


def test_a_choice_out_of_range_is_refused(project):
    with pytest.raises(SettingsError, match="factor = 0; expected a number above 0"):
        studied(project, KNOWN, replace(CHOICE, factor=0))


@pytest.mark.full
def test_on_lending_club_no_method_orders_declines_better_and_the_level_needs_prudence(data_folder, tmp_path):
    """1,950 loans of development below the credit policy: 27.7 % bad, where the accepts' model expects 20 %."""
    root = Path(__file__).parents[3]
    shutil.copytree(root / "schemas", tmp_path / "schemas")
    for part in ("pipelines", "notebooks"):
        (tmp_path / part).mkdir()
    table = data_folder / "lendingclub_2007_2011" / "lendingclub_2007_2011.parquet"
    pipeline = settings.load(root / "pipelines" / "lending_club.yaml", {"table": str(table)})
    outcome = "Does not meet the credit policy. Status:"
    known = Rejects(reason="does not meet the credit policy", good=(f"{outcome}Fully Paid",), bad=(f"{outcome}Charged Off",))
    prepared = prepare(pipeline, contracts.load(root / pipeline.contract), tmp_path, 1)
    names = ["revol_util", "term", "purpose", "inq_last_6mths", "annual_inc"]
    bins, _ = binning.fit_all(profile.count_all(prepared, names, "development"), binning.Rules())
    step = third(tmp_path, pipeline)
    own = replace(step, pipeline=pipeline.model_copy(update={"rejects": known}))
    found = rejects.study(own, bins, names, step.rows(prepared, names, "development"), Choice(repeats=20))
    declines = found.benchmark[found.benchmark["hidden"] == "declines of known outcome"].set_index("method")
    assert declines.loc["accepts only", "true_bad_rate"] == pytest.approx(0.277, abs=0.001)
    assert declines.loc["accepts only", "expected_over_observed"] < 0.8
    gains = found.gains[found.gains["hidden"] == "declines of known outcome"].set_index(["method", "measure"])
    assert gains.loc[("parcelling, fuzzy", "pd_gap"), "says"] == "better"
    inferred = gains.drop(index="all outcomes known", level=0)
    assert "better" not in set(inferred.loc[(slice(None), "auc_hidden"), "says"])
