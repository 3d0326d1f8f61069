"""A password comes from the environment, and is found nowhere a run leaves anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
import yaml

from scorecard import datasets
from scorecard.data import source

SECRET = "Sesame-4711-open"  # a word to look for, no one's password


@pytest.fixture
def pipeline(project):
    """Return a function that points the german pipeline to a table behind a SQL address."""
    path = project / "pipelines" / "german.yaml"

    def write(table, notebooks=("01_data", "02_binning")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        changed = {"table": table, "notebooks": list(notebooks), "parameters": {"seed": 1}}
        path.write_text(yaml.safe_dump(content | changed), encoding="utf-8")
        return path

    return write


def places_with_the_secret(project):
    """Return the files below a project that hold the secret, the pipeline itself aside."""
    files = (path for path in project.rglob("*") if path.is_file() and path.parent.name != "pipelines")
    return [path for path in files if SECRET.encode() in path.read_bytes()]


def test_a_table_behind_a_sql_query_runs_the_pipeline(project, pipeline, call, runs, tmp_path):
    rows = source.connect().sql(datasets.query("german")).df()
    with closing(sqlite3.connect(tmp_path / "bank.sqlite")) as database:
        rows.to_sql("applications", database, index=False)
    pipeline({"url": f"sqlite:///{tmp_path}/bank.sqlite", "query": "SELECT * FROM applications WHERE amount_dm > 1000"})
    ended = call("run", "pipelines/german.yaml", cwd=project)
    assert (ended.code, ended.err) == (0, "")
    (parent,) = [run for run in runs(project) if "mlflow.parentRunId" not in run.data.tags]
    assert parent.data.tags["scorecard.rows"] == str((rows["amount_dm"] > 1000).sum())


def test_a_password_of_a_connection_that_fails_is_found_nowhere(project, pipeline, call):
    pipeline({"url": "postgresql+nodriver://scorer@127.0.0.1:1/bank", "query": "SELECT 1", "password_env": "BANK_PASSWORD"})
    ended = call("run", "pipelines/german.yaml", cwd=project, env={"BANK_PASSWORD": SECRET})
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert SECRET not in ended.out + ended.err
    assert len(list((project / "mlruns").rglob("*.ipynb"))) == 1
    assert places_with_the_secret(project) == []


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://scorer:{SECRET}@127.0.0.1:1/bank",
        f"postgresql://127.0.0.1:1/bank?user=scorer&password={SECRET}",
        f"mssql+pyodbc:///?odbc_connect=DRIVER%3Dany%3BUID%3Dscorer%3BPWD%3D{SECRET}",
        f"postgresql:/scorer:{SECRET}@bank",
    ],
    ids=["user and password", "query", "ODBC", "malformed"],
)
def test_a_password_in_the_address_is_refused_without_showing_it_and_before_anything_is_kept(
    address, project, pipeline, call, runs
):
    pipeline({"url": address, "query": "SELECT 1"})
    ended = call("run", "pipelines/german.yaml", cwd=project)
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert SECRET not in ended.err
    assert (runs(project), places_with_the_secret(project)) == ([], [])


def test_a_password_of_a_monitored_table_is_refused_too(project, pipeline, call, runs):
    path = pipeline({"dataset": "german"})
    batch = {"name": "new", "table": {"url": f"postgresql://scorer:{SECRET}@127.0.0.1:1/bank", "query": "SELECT 1"}}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"monitoring": [batch]}), encoding="utf-8")
    ended = call("run", "pipelines/german.yaml", cwd=project)
    assert (ended.code, ended.err.count("\n"), SECRET in ended.err, runs(project)) == (1, 1, False, [])
