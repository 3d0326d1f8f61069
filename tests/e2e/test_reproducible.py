"""The same command gives the same numbers: at the same moment, in another time zone and locale, with other threads and hash seeds."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from scorecard.settings import NOTEBOOKS

# Everything a step computes; the rest names runs, times and registered versions.
NUMBERS = {
    "01_data": ("data.json", "funnel.csv", "samples.csv", "profile.csv", "leaks.csv", "admitted.json"),
    "02_binning": ("bins.json", "bins.csv", "iv.csv", "bins.html"),
    "03_scorecard": (
        "scorecard.json",
        "points.csv",
        "coefficients.csv",
        "selection.csv",
        "grades.csv",
        "grades.svg",
        "ladder.json",
    ),
    "04_challengers": (
        "search.csv",
        "searched.csv",
        "failures.csv",
        "pds.csv",
        "challenger_curve.csv",
        "sweep.csv",
        "importance.csv",
        "dependence.csv",
        "comparison.csv",
        "comparison.svg",
        "search.svg",
        "differences.csv",
        "strategy.csv",
        "bands.csv",
        "rules.csv",
        "swap.csv",
    ),
    "05_validation": (
        "results.json",
        "bands.csv",
        "calibration.svg",
        "replication.csv",
        "opinion.json",
        "areas.csv",
        "figures.html",
    ),
    "06_documents": (),
    "07_monitoring": ("shift.csv",),
}


def steps_of(runs, parent):
    found = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent]
    return {run.data.tags["scorecard.step"]: run for run in found}


def different_metrics(first, second):
    """Return the metrics that are not equal, NaN being equal to itself."""
    names = first.data.metrics.keys() | second.data.metrics.keys()
    pairs = {name: (first.data.metrics.get(name), second.data.metrics.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and not _both_nan(pair)}


def _both_nan(pair):
    return all(value is not None and math.isnan(value) for value in pair)


def different_files(root, first, second, names):
    artefacts = root / "mlruns" / "artifacts"
    pairs = {name: [artefacts / run.info.run_id / "artifacts" / name for run in (first, second)] for name in names}
    return [name for name, (one, other) in pairs.items() if one.read_bytes() != other.read_bytes()]


@pytest.fixture(scope="module")
def pairs(finished, runs):
    """Both runs' records of every step."""
    everything = runs(finished.root)
    first, second = (steps_of(everything, run) for run in finished.ids)
    return {name: (first[name], second[name]) for name in NOTEBOOKS}


@pytest.mark.parametrize("step", NOTEBOOKS)
def test_every_metric_of_a_step_is_the_same_in_both_runs(pairs, step):
    assert different_metrics(*pairs[step]) == {}


@pytest.mark.parametrize(("step", "name"), [(step, name) for step, names in NUMBERS.items() for name in names])
def test_an_artefact_is_the_same_in_both_runs_byte_for_byte(finished, pairs, step, name):
    assert different_files(finished.root, *pairs[step], [name]) == []


def test_both_runs_keep_the_same_hashes(finished, runs):
    kept = [run.data.tags for run in runs(finished.root) if run.info.run_id in finished.ids]
    names = ("data_sha256", "contract_sha256", "settings_sha256", "lock_sha256", "seed")
    first, second = ({name: tags[f"scorecard.{name}"] for name in names} for tags in kept)
    assert first == second


@pytest.mark.parametrize(
    "model", ["german", "german-xgboost", "german-hist-gradient-boosting", "german-random-forest", "german-logit"]
)
def test_both_runs_registered_the_same_model(finished, model, client):
    versions = client(finished.root).search_model_versions(f"name = '{model}'")
    assert sorted(int(each.version) for each in versions) == [1, 2]
    first, second = (_files(client(finished.root), f"{model}/{version}") for version in (1, 2))
    assert first == second


def _files(client, version):
    """Return the bytes of what a registered model computes with."""
    address = client.get_model_version_download_uri(*version.split("/"))
    folder = Path(address.removeprefix("file://")) / "artifacts"
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".json", ".skops"}}


@pytest.mark.full
def test_two_runs_on_thirty_thousand_rows_give_the_same_numbers(laid_out, project, call, runs):
    words = ("run", "pipelines/taiwan.yaml", "-p", "trials=2")
    for elsewhere in ({}, {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}):
        assert call(*words, cwd=project, env=elsewhere).code == 0
    everything = runs(project)
    parents = [run.info.run_id for run in everything if "mlflow.parentRunId" not in run.data.tags]
    first, second = (steps_of(everything, run) for run in parents)
    assert {name: different_metrics(first[name], second[name]) for name in NOTEBOOKS} == {name: {} for name in NOTEBOOKS}
    assert different_files(project, first["03_scorecard"], second["03_scorecard"], ["scorecard.json"]) == []
