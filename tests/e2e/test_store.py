"""The store of runs: made once, found after a move, and refused in one sentence where the disk or its file is bad."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from scorecard.tracking.store import local_path

NEXT_COMMAND = ("score", "--model", "none@candidate", "--table", "dataset:german", "--out", "scored.parquet")


def content_of(folder):
    """Return the hash of every file of a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def every_text(database):
    """Return every text that a database holds."""
    with closing(sqlite3.connect(database)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            value
            for name in tables
            for row in opened.execute(f'SELECT * FROM "{name}"')
            for value in row
            if isinstance(value, str)
        ]


def test_two_runs_started_together_in_a_new_project_both_finish(finished, runs):
    records = [run.info for run in runs(finished.root) if run.info.run_id in finished.ids]
    assert [each.status for each in records] == ["FINISHED", "FINISHED"]
    assert max(each.start_time for each in records) < min(each.end_time for each in records)


def test_commands_started_together_make_one_store(laid_out, tmp_path, start, wait):
    project = shutil.copytree(laid_out, tmp_path / "project")
    ended = [wait(each) for each in [start(*NEXT_COMMAND, cwd=project) for _ in range(3)]]
    told = "SettingsError: There is no model none@candidate in the registry. Nothing is registered yet: scorecard run\n"
    assert [(each.code, each.err) for each in ended] == [(1, told)] * 3


@pytest.fixture
def moved(copied, call, tmp_path):
    """A project that was copied, and another copy of that, opened once; the first copy still lies where it was."""
    there = Path(shutil.copytree(copied.root, tmp_path / "moved"))
    before = content_of(copied.root)
    ended = call("score", "--model", "german@candidate", "--table", "dataset:german", "--out", "scored.parquet", cwd=there)
    assert (ended.code, ended.err) == (0, "")
    return copied.root, before, there


def test_after_a_move_every_address_is_where_the_project_is(moved, finished):
    _, _, there = moved
    found = [text for text in every_text(there / "mlruns" / "mlflow.db") if "/mlruns/" in text]
    assert len(found) > 20
    assert [text for text in found if not text.removeprefix("file://").startswith(str(there))] == []


def test_after_a_move_every_artefact_is_listed(moved, finished, client, runs):
    _, _, there = moved
    listed, before = (
        {run.info.run_id: sorted(each.path for each in client(root).list_artifacts(run.info.run_id)) for run in runs(root)}
        for root in (there, finished.root)
    )
    assert listed == before
    assert all(listed.values())


def test_after_a_move_models_load_without_the_old_folder(moved, served):
    old, _, there = moved
    shutil.rmtree(old)
    model = served(there, "german@candidate")
    assert len(model.predict(model.input_example)) == 1
    assert served(there, "german-xgboost/1").predict(served(there, "german-xgboost/1").input_example)["pd"].between(0, 1).all()


def test_what_is_written_after_a_move_leaves_the_copy_at_the_old_place_alone(moved, client, runs):
    old, before, there = moved
    experiment = next(run.info.experiment_id for run in runs(there))
    for each in ("0", experiment):
        new = client(there).create_run(each).info.run_id
        client(there).log_text(new, "new", "new.txt")
    assert content_of(old) == before
    assert len(list((there / "mlruns" / "artifacts").glob("*/artifacts/new.txt"))) == 2


def test_a_folder_may_have_any_name(opened, tmp_path, tiny, call, client, runs):
    project = tmp_path / "Über 50% #1 {a} [b] 'c' & 数据"
    shutil.copytree(opened, project)
    tiny(project, "tiny", "1 + 1")
    ended = call("run", "pipelines/tiny.yaml", cwd=project)
    assert (ended.code, ended.err) == (0, "")
    step = next(run for run in runs(project) if "scorecard.step" in run.data.tags)
    assert local_path(step.info.artifact_uri).is_relative_to(project)
    assert {each.path for each in client(project).list_artifacts(step.info.run_id)} >= {"tiny.ipynb", "tiny.html"}


@pytest.fixture
def disk(project, tmp_path):
    """Return a function that lays mlruns on a small disk of its own."""
    mlruns = project / "mlruns"

    def lay(size, *, filled, read_only=False):
        kept = Path(shutil.copytree(mlruns, tmp_path / "kept"))
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", mlruns], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("needs the right to mount a disk in memory: run as root")
        if filled:
            shutil.copytree(kept, mlruns, dirs_exist_ok=True)
        if read_only:
            subprocess.run(["mount", "-o", "remount,ro", mlruns], check=True)

    yield lay
    while mlruns.is_mount():
        subprocess.run(["umount", mlruns], check=True)


@pytest.mark.parametrize(
    ("size", "cell"),
    [("400k", None), ("1200k", "print('x' * 3_000_000)"), ("1200k", "open('../mlruns/f', 'w').write('x' * 3_000_000)")],
    ids=["no room for the database", "no room for the executed notebook", "no room for an artefact"],
)
def test_a_full_disk_is_told_in_one_line(size, cell, project, disk, tiny, call):
    tiny(project, "tiny", cell or "1 + 1")
    disk(size, filled=cell is not None)
    ended = call("run", "pipelines/tiny.yaml", cwd=project)
    assert (ended.code, ended.err.count("\n")) == (1, 1), ended.err
    assert "is full" in ended.err or "No space left on device" in ended.err


@pytest.mark.parametrize("words", [("run", "pipelines/tiny.yaml"), NEXT_COMMAND], ids=["run", "score"])
def test_a_disk_that_cannot_be_written_is_told_in_one_line(words, project, disk, tiny, call):
    tiny(project, "tiny", "1 + 1")
    disk("4m", filled=True, read_only=True)
    ended = call(*words, cwd=project)
    assert (ended.code, ended.err.count("\n")) == (1, 1), ended.err
    assert "cannot be written" in ended.err


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_text("not a database"), "file is not a database"),
        (lambda path: path.write_bytes(path.read_bytes()[:300_000]), "malformed"),
        (
            lambda path: sqlite3.connect(path).execute("UPDATE alembic_version SET version_num = 'x'").connection.commit(),
            "schema",
        ),
    ],
    ids=["another file", "half a database", "a database of another MLflow"],
)
def test_a_database_that_cannot_be_read_is_told_in_one_line(spoil, sentence, project, call):
    spoil(project / "mlruns" / "mlflow.db")
    ended = call(*NEXT_COMMAND, cwd=project)
    assert (ended.code, ended.err.count("\n")) == (1, 1), ended.err
    assert sentence in ended.err
    assert "mlflow.db cannot be opened" in ended.err


@pytest.fixture
def tracked(project):
    """A run of the library's own store."""
    from scorecard.tracking import open_store  # noqa: PLC0415  it imports mlflow

    store = open_store(project)
    return store.start("wide", store.experiment("wide"))


def test_more_metrics_than_one_request_takes_are_all_kept(tracked, client, project):
    tracked.log(metrics={f"m{number}": number for number in range(2500)})
    kept = client(project).get_run(tracked.run_id).data.metrics
    assert kept == {f"m{number}": number for number in range(2500)}


@pytest.mark.parametrize("name", ["a//b", "../x", "/etc", "年收入", "a?b", "x.", "50 %"])
def test_a_column_of_any_name_can_have_a_metric(tracked, client, project, name):
    tracked.log(metrics={name: 1.0, "other": 2.0}, params={name: "v"})
    data = client(project).get_run(tracked.run_id).data
    assert (sorted(data.metrics.values()), list(data.params.values())) == ([1.0, 2.0], ["v"])


def test_a_reason_of_any_length_can_be_kept(tracked, client, project):
    tracked.log(tags={"scorecard.error": "reason " * 5000})
    assert client(project).get_run(tracked.run_id).data.tags["scorecard.error"].startswith("reason reason")


def test_an_address_with_an_escaped_percent_sign_is_one_folder():
    assert local_path("file:///a/50%25%20off/b") == Path("/a/50% off/b")
