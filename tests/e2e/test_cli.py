"""The command line: where it finds its project, what it lays out, and how it ends when it is used wrongly."""

from __future__ import annotations

import json

import pytest

import scorecard

TOP = {"notebooks", "pipelines", "schemas", "mlruns"}


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["run"],
        ["run", "a.yaml", "b.yaml"],
        ["run", "a.yaml", "--nonsense"],
        ["run", "a.yaml", "--timeout", "0"],
        ["score"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two_and_without_a_traceback(words, call, tmp_path):
    ended = call(*words, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Usage:")
    assert "Traceback" not in ended.err


def test_the_version_is_told(call, tmp_path):
    ended = call("--version", cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (0, f"scorecard {scorecard.__version__}\n", "")


def test_a_new_project_has_everything_to_run(laid_out):
    assert {path.name for path in laid_out.iterdir()} == TOP
    assert {path.suffix for path in (laid_out / "notebooks").iterdir()} == {".ipynb"}


def test_init_leaves_what_is_there_and_adds_what_is_missing(project, call):
    (project / "pipelines" / "german.yaml").write_text("mine")
    (project / "schemas" / "german.yaml").unlink()
    ended = call("init", ".", "--json", cwd=project)
    assert json.loads(ended.out)["made"] == ["schemas/german.yaml"]
    assert (project / "pipelines" / "german.yaml").read_text() == "mine"


def test_init_where_a_file_is_in_the_way_is_refused_in_one_line(call, tmp_path):
    (tmp_path / "project").write_text("a file")
    ended = call("init", "project", cwd=tmp_path)
    assert (ended.code, ended.err.count("\n"), "cannot be written" in ended.err) == (1, 1, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "pipelines/german.yaml"], 1),
        (["score", "--model", "german@candidate", "--table", "dataset:german", "--out", "s.parquet"], 1),
        (["monitor", "--model", "german@candidate", "--table", "dataset:german"], 40),
        (["new", "mine", "--table", "dataset:german", "--target", "bad"], 1),
        (["lab", "--no-browser"], 1),
        (["mlflow"], 1),
    ],
    ids=["run", "score", "monitor", "new", "lab", "mlflow"],
)
def test_outside_a_project_a_command_says_how_to_make_one(words, code, call, tmp_path):
    ended = call(*words, cwd=tmp_path)
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert "is not inside a scorecard project" in ended.err
    assert "scorecard init" in ended.err


def test_a_run_finds_its_project_from_a_folder_below_it(project, tiny, call):
    tiny(project, "tiny", "1 + 1")
    assert call("run", "../pipelines/tiny.yaml", cwd=project / "notebooks").code == 0


def test_a_model_is_found_from_a_folder_below_the_project(finished, call, tmp_path):
    words = ("--model", "german@candidate", "--table", "dataset:german", "--out", tmp_path / "scored.parquet")
    assert call("score", *words, cwd=finished.root / "pipelines").code == 0
