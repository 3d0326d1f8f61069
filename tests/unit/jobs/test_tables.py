"""Tables of a run: their roles, where an isolated project finds them, and what may be packed."""

from __future__ import annotations

import pytest

from scorecard.data import source
from scorecard.equivalence import Record
from scorecard.errors import DataError, SettingsError
from scorecard.jobs import tables
from scorecard.settings import Table

SETTINGS = {
    "table": {"path": "data/rows.csv"},
    "monitoring": [{"name": "held out", "sample": "test", "table": None}, {"name": "new", "table": {"path": "/mnt/new.csv"}}],
    "earlier": None,
}


@pytest.fixture
def project(tmp_path):
    """A folder with a table, and the record of a run that read it."""
    root, folder = tmp_path / "project", tmp_path / "elsewhere"
    (root / "data").mkdir(parents=True)
    folder.mkdir()
    (root / "data" / "rows.csv").write_text("bad,age\n0,30\n1,20\n")
    kept = source.file_sha256(root / "data" / "rows.csv")
    (tmp_path / "tables.json").write_text(f'{{"table": "{kept}", "earlier": null}}')
    return root, folder, Record(tmp_path, {})


def test_the_hash_of_a_table_is_found_without_reading_what_the_steps_left(project, monkeypatch):
    root, folder, _ = project
    write_step(folder)
    monkeypatch.setattr("scorecard.equivalence.record.content", pytest.fail)
    record = Record(root.parent, {"01_data": folder})
    assert tables.kept(record, "table") == source.file_sha256(root / "data" / "rows.csv")
    assert (tables.kept(record, "earlier"), tables.kept(record, "monitoring.0")) == (None, None)


def write_step(folder):
    (folder / "large.csv").write_text("a\n1\n")
    (folder / "artefacts.sha256").write_text("0  large.csv\n")


def test_every_table_that_settings_name_has_a_role():
    assert tables.named(SETTINGS) == {"table": Table(path="data/rows.csv"), "monitoring.1": Table(path="/mnt/new.csv")}


def test_settings_take_tables_that_lie_elsewhere():
    placed = tables.placed(SETTINGS, {"table": Table(path="a.csv"), "monitoring.1": Table(path="b.csv")})
    assert (placed["table"], placed["monitoring"][1]["table"]) == ({"path": "a.csv"}, {"path": "b.csv"})
    assert placed["monitoring"][0] == SETTINGS["monitoring"][0]


def test_a_table_that_cannot_be_read_yet_has_no_fingerprint(project):
    found = tables.fingerprints(SETTINGS, project[0])
    assert found == {"table": source.file_sha256(project[0] / "data" / "rows.csv"), "monitoring.1": None}


def test_the_rows_of_the_main_query_are_not_asked_for(project):
    assert tables.fingerprints({"table": {"url": "sqlite://", "query": "SELECT 1"}}, project[0]) == {"table": None}


def test_a_relative_table_is_reached_under_its_own_address(project):
    root, folder, _ = project
    assert tables.reached(Table(path="data/rows.csv"), root, folder) == Table(path="data/rows.csv")
    assert (folder / "data" / "rows.csv").read_text() == (root / "data" / "rows.csv").read_text()


def test_a_table_beside_the_project_is_reached_by_its_absolute_address(project):
    root, folder, _ = project
    found = tables.reached(Table(path="../project/data/rows.csv"), root, folder)
    assert source.fingerprint(found, folder) == source.fingerprint(Table(path="data/rows.csv"), root)


def test_a_table_that_is_gone_is_not_reached(project):
    with pytest.raises(DataError, match="is not a file"):
        tables.reached(Table(path="data/none.csv"), *project[:2])


def test_a_table_is_packed_where_it_lies_in_the_project(project):
    root, folder, record = project
    assert tables.packed("table", Table(path="data/rows.csv"), record, root, folder) == Table(path="data/rows.csv")
    assert (folder / "data" / "rows.csv").is_file()


def test_a_table_from_elsewhere_is_packed_into_a_folder_of_its_role(project):
    root, folder, record = project
    place = tables.packed("table", Table(path=str(root / "data" / "rows.csv")), record, root, folder)
    assert place == Table(path="data/table/rows.csv")
    assert (folder / "data" / "table" / "rows.csv").is_file()


def test_rows_that_are_not_those_of_the_run_are_not_packed(project):
    root, folder, record = project
    (root / "data" / "rows.csv").write_text("bad,age\n0,31\n")
    with pytest.raises(DataError, match="changed since the run"):
        tables.packed("table", Table(path="data/rows.csv"), record, root, folder)


@pytest.mark.parametrize("table", [Table(url="sqlite://", query="SELECT 1"), Table(path="bank.duckdb", name="loans")])
def test_a_table_of_a_database_is_not_packed_for_others_lie_beside_it(table, project):
    with pytest.raises(SettingsError, match="expected a file to pack"):
        tables.packed("table", table, project[2], *project[:2])


def test_a_bundled_data_set_comes_with_the_code(project):
    assert tables.packed("table", Table(dataset="german"), project[2], *project[:2]) == Table(dataset="german")
