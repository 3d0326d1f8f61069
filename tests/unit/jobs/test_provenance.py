from __future__ import annotations

import shutil
from importlib import metadata

import pytest

from scorecard.jobs import provenance


@pytest.fixture
def package(tmp_path):
    """A small package."""
    folder = tmp_path / "package"
    (folder / "part").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "part" / "data.json").write_text("{}")
    return folder


def test_the_hash_of_the_code_is_that_of_names_and_contents(package, tmp_path):
    before = provenance.code_sha256(package)
    assert provenance.code_sha256(shutil.copytree(package, tmp_path / "copy")) == before
    (package / "part" / "data.json").write_text("{ }")
    assert provenance.code_sha256(package) != before


@pytest.mark.parametrize("name", ["__pycache__/a.pyc", "project/notebooks/a.ipynb", ".cache/a"])
def test_what_is_no_code_is_not_in_it(package, name):
    before = provenance.code_sha256(package)
    (package / name).parent.mkdir(parents=True)
    (package / name).write_text("x")
    assert provenance.code_sha256(package) == before


def test_the_environment_is_what_the_library_needs_directly_or_not():
    found = provenance.environment()
    assert {name: found[name] for name in ("numpy", "pandas", "mlflow")} == {
        name: metadata.version(name) for name in ("numpy", "pandas", "mlflow")
    }
    assert "threadpoolctl" in found  # scikit-learn needs it
    assert "pytest" not in found


@pytest.mark.parametrize(
    "changes",
    [{"table": {"path": "b.csv"}}, {"contract": "other/x.yaml"}, {"edits": "e.yaml"}, {"earlier": {"path": "c.csv"}}],
    ids=["table", "contract", "edits", "earlier"],
)
def test_where_something_lies_is_not_in_the_hash_of_the_settings(example, changes):
    moved = type(example.pipeline).model_validate(example.pipeline.model_dump() | changes)
    assert provenance.settings_sha256(moved) == provenance.settings_sha256(example.pipeline)


def test_where_a_batch_lies_is_not_in_it_but_its_name_is(example):
    def hashed(**batch):
        settings = example.pipeline.model_dump() | {"monitoring": [{"name": "new", "table": {"path": "a.csv"}} | batch]}
        return provenance.settings_sha256(type(example.pipeline).model_validate(settings))

    assert hashed(table={"path": "b.csv"}) == hashed()
    assert hashed(name="newer") != hashed()


def test_a_project_without_a_lock_is_told_by_the_packages_that_the_library_needs(tmp_path):
    """Another package beside them, installed since, is no other environment."""
    kept = provenance.tags(tmp_path)
    assert kept["scorecard.lock_sha256"] == f"installed:{kept['scorecard.packages_sha256']}"


def test_a_project_laid_out_from_a_run_has_the_commit_of_that_run(tmp_path):
    (tmp_path / provenance.ORIGIN).write_text('{"commit": "c0ffee", "dirty": "false"}')
    kept = provenance.tags(tmp_path)
    assert (kept["scorecard.commit"], kept["scorecard.dirty"]) == ("c0ffee", "false")
