"""Exports are written whole or not at all, by their own name, with the keys of the model's pipeline."""

from __future__ import annotations

import io
import json

import openpyxl
import pandas
import pytest

from scorecard.errors import DataError, SettingsError
from scorecard.jobs.exporting import EXPORTS, Asked, export, keys_of
from scorecard.model import Scorecard
from scorecard.tracking.registry import Version


@pytest.fixture
def version(developed, tmp_path):
    """A model as it lies in the registry, with what stands beside it."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    (folder / "scorecard.json").write_text(developed.card.to_json(), encoding="utf-8")
    (folder / "pipeline.json").write_text(json.dumps({"key": ["application"]}))
    pandas.DataFrame({"part": [1], "bads": [3]}).to_csv(folder / "gains.csv", index=False)
    return Version("german", "3", folder / "scorecard.json")


@pytest.mark.parametrize("to", EXPORTS)
def test_every_kind_is_written_under_the_models_name(version, to, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = export(version, Asked(to))
    assert written.name == f"german-3{EXPORTS[to][0]}"
    assert written.stat().st_size > 1000
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("to", EXPORTS)
def test_equal_scorecards_give_equal_bytes(version, to, tmp_path):
    first, second = (export(version, Asked(to), tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_the_json_is_the_file_itself(version, developed, tmp_path):
    assert Scorecard.load(export(version, Asked("json"), tmp_path / "card.json")) == developed.card


def test_sql_keeps_the_keys_of_the_pipeline_unless_others_are_asked_for(version, tmp_path):
    assert keys_of(version) == ("application",)
    assert '"application"' in export(version, Asked("sql"), tmp_path / "a.sql").read_text()
    other = export(version, Asked("sql", "postgres", "t", ("branch",), "scored"), tmp_path / "b.sql").read_text()
    assert '"branch"' in other
    assert '"application"' not in other
    assert "VIEW" in other


def test_the_workbook_holds_the_gains_of_the_registered_model(version, tmp_path):
    workbook = openpyxl.load_workbook(io.BytesIO(export(version, Asked("excel"), tmp_path / "a.xlsx").read_bytes()))
    assert "gains" in {name.lower() for name in workbook.sheetnames}


@pytest.mark.parametrize(
    ("asked", "message"), [(Asked("sqll"), "Did you mean sql"), (Asked("sql", "postgress"), "expected duckdb, postgres")]
)
def test_an_unknown_kind_or_dialect_is_refused_with_the_nearest(version, asked, message, tmp_path):
    with pytest.raises(SettingsError, match=message):
        export(version, asked, tmp_path / "a.sql")
    assert not (tmp_path / "a.sql").exists()


def test_a_place_that_cannot_be_written_is_refused(version, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        export(version, Asked("json"), tmp_path / "file" / "card.json")


def test_options_of_sql_are_refused_elsewhere(version, tmp_path):
    with pytest.raises(SettingsError, match="--view are of SQL; --to is pmml"):
        export(version, Asked("pmml", "postgres"), tmp_path / "a.pmml")
