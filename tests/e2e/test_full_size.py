"""The main jobs at full size, held to what the published data allow; `make verify` runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pandas
import pytest
import yaml

pytestmark = pytest.mark.full

SPLITS = range(1, 6)
DEVELOPMENT = ["01_data", "02_binning", "03_scorecard", "04_challengers"]


def scorecard(folder: Path, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "scorecard", *arguments, "--json"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def laid_out(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "scorecard", "init", str(folder)], check=True, capture_output=True)
    return folder


def table(folder: Path, name: str) -> list[pandas.DataFrame]:
    return [pandas.read_csv(path) for path in sorted(folder.glob(f"mlruns/artifacts/*/artifacts/{name}"))]


@pytest.fixture(scope="module")
def five_splits(tmp_path_factory):
    """Return the folder with a development run of taiwan for each of five splits."""
    folder = laid_out(tmp_path_factory.mktemp("taiwan"))
    path = folder / "pipelines" / "taiwan.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"notebooks": DEVELOPMENT}))
    for seed in SPLITS:
        scorecard(folder, "run", "pipelines/taiwan.yaml", "-p", f"seed={seed}")
    return folder


@pytest.mark.parametrize(("model", "floor"), [("scorecard", 0.76), ("xgboost", 0.77)])
def test_mean_held_out_auc_on_taiwan_reaches_what_the_data_allow(five_splits, model, floor):
    comparisons = table(five_splits, "comparison.csv")
    found = [
        row["auc"] for each in comparisons for row in each.to_dict("records") if row["model"] == model and row["sample"] == "test"
    ]
    assert len(found) == len(SPLITS)
    assert mean(found) >= floor


def test_no_challenger_steps_in_the_wrong_direction(five_splits):
    sweeps = table(five_splits, "sweep.csv")
    assert all(len(sweep) for sweep in sweeps)
    assert max(sweep["violation"].max() for sweep in sweeps) <= 1e-9


def test_out_of_time_gini_on_lending_club_reaches_a_third(tmp_path, data_folder):
    folder = laid_out(tmp_path / "project")
    loans = data_folder / "lendingclub_2007_2011" / "lendingclub_2007_2011.parquet"
    scorecard(folder, "run", "pipelines/lending_club.yaml", "-p", f"table={loans}")
    (comparison,) = table(folder, "comparison.csv")
    row = comparison[(comparison["model"] == "scorecard") & (comparison["sample"] == "out_of_time")].iloc[0]
    assert row["gini"] >= 0.33
    (watched,) = [json.loads(path.read_text()) for path in folder.glob("mlruns/artifacts/*/artifacts/monitoring.json")]
    assert [batch["name"] for batch in watched["batches"]] == [f"issued 2011-{month:02d}" for month in range(7, 13)]
