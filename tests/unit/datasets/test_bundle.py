"""Every bundled data set is found by name, proven by its bytes, and runs as SQL on its own."""

from pathlib import Path

import duckdb
import pytest

from scorecard import datasets
from scorecard.datasets.bundle import Dataset, verified
from scorecard.errors import DataError, SettingsError


def copied(folder: Path, *, flipped: bool) -> Path:
    content = bytearray(datasets.path("german").read_bytes())
    content[len(content) // 2] ^= flipped
    copy = folder / "german.parquet"
    copy.write_bytes(content)
    return copy


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match=r"'germany'.*german, taiwan, taiwan_2005_04.*taiwan_panel"):
        datasets.query("germany")


def test_a_file_in_which_one_bit_changed_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"german\.parquet.*bytes changed"):
        verified(copied(tmp_path, flipped=True), datasets.DATASETS["german"].sha256)


def test_an_unchanged_copy_is_accepted(tmp_path):
    copy = copied(tmp_path, flipped=False)
    assert verified(copy, datasets.DATASETS["german"].sha256) == copy


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"gone\.parquet is missing"):
        verified(tmp_path / "gone.parquet", "0" * 64)


def test_a_data_set_that_records_another_hash_does_not_load():
    stale = Dataset("german", "german.parquet", "0" * 64, "SELECT * FROM source", "CC BY 4.0", "")
    with pytest.raises(DataError, match="bytes changed"):
        stale.load()


def test_a_quote_in_the_path_does_not_end_the_sql(tmp_path):
    folder = tmp_path / "it's here"
    folder.mkdir()
    copied(folder, flipped=False)
    bundled = datasets.DATASETS["german"]
    moved = Dataset("german", str(folder / "german.parquet"), bundled.sha256, bundled.sql, bundled.licence, bundled.attribution)
    assert len(moved.load()) == 1000


@pytest.mark.parametrize("name", datasets.DATASETS)
def test_a_query_runs_as_a_subquery_in_a_fresh_database(name):
    with duckdb.connect() as connection:
        found = connection.sql(f"SELECT count(*) FROM ({datasets.query(name)})").fetchall()
    assert found == [({"german": 1_000, "taiwan_panel": 180_000}.get(name, 30_000),)]


@pytest.mark.parametrize("name", datasets.DATASETS)
def test_every_data_set_names_its_licence_and_author(name):
    dataset = datasets.DATASETS[name]
    assert dataset.licence == "CC BY 4.0"
    assert ("Hofmann" if name == "german" else "Yeh") in dataset.attribution


def test_the_files_together_are_below_two_megabytes():
    files = {datasets.path(name) for name in datasets.DATASETS}
    assert sum(file.stat().st_size for file in files) < 2_000_000
