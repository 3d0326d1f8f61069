"""Rows in batches: a Parquet file is read straight where it holds what the contract says, and gives what DuckDB gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scorecard.contracts import Column, Contract
from scorecard.data import source, stream
from scorecard.errors import DataError
from scorecard.settings import Table

COLUMNS = {"income": "number", "months": "integer", "city": "text", "owner": "boolean", "since": "date"}
CONTRACT = Contract(name="people", columns={name: Column(dtype=dtype) for name, dtype in COLUMNS.items()})
PEOPLE = pa.table({
    "id": ["a", "b", "c", "d"],
    "income": [1.5, None, float("nan"), -2.0],
    "months": pa.array([3, None, 12, 0], pa.int16()),
    "city": ["Oslo", "", None, "Bergen"],
    "owner": [True, None, False, True],
    "since": [date(2024, 1, 31), None, date(1999, 12, 31), date(2025, 2, 28)],
})  # fmt: skip


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that writes a table and reads it in batches; `straight` says whether DuckDB may be asked."""

    def run(rows, *, straight, contract=CONTRACT, keys=("id",)):
        pq.write_table(rows, tmp_path / "people.parquet")
        table = Table(path="people.parquet")
        opened = source.open_table(table, tmp_path)
        other = "_through_duckdb" if straight else "_straight"
        with monkeypatch.context() as patched:
            patched.setattr(stream, other, lambda *_: pytest.fail(f"{other} was asked"))
            return pa.Table.from_batches(stream.batches(table, tmp_path, opened, contract, keys))

    return run


def plain(table):
    """Rows with NaN as None, for the model takes both for missing."""
    return [{key: None if value != value else value for key, value in row.items()} for row in table.to_pylist()]  # noqa: PLR0124


def test_a_file_of_the_types_of_the_contract_is_read_straight(read):
    assert plain(read(PEOPLE, straight=True)) == plain(PEOPLE)


STORED_OTHERWISE = {
    "decimals for numbers": ("income", pa.array([Decimal("1.50"), None, None, Decimal("-2.00")])),
    "texts for numbers": ("income", pa.array(["1.5", None, "nan", "-2"])),
    "whole numbers for numbers": ("months", pa.array([3.0, None, 12.0, 0.0])),
    "times for dates": ("since", pa.array(PEOPLE.column("since").to_pylist(), pa.date32()).cast(pa.timestamp("us"))),
    "encoded texts": ("city", pa.array(PEOPLE.column("city").to_pylist()).dictionary_encode()),
}


@pytest.mark.parametrize("how", STORED_OTHERWISE)
def test_a_file_that_stores_something_otherwise_goes_through_duckdb_to_the_same_rows(read, how):
    name, values = STORED_OTHERWISE[how]
    found = read(PEOPLE.set_column(PEOPLE.column_names.index(name), name, values), straight=False)
    assert plain(found.select(PEOPLE.column_names)) == plain(PEOPLE)


def test_names_that_differ_in_case_only_go_through_duckdb(read):
    """DuckDB tells them apart by a number, which the file does not have."""
    twins = PEOPLE.append_column("ID", PEOPLE.column("id"))
    found = read(twins, straight=False, keys=("id", "ID_1"))
    assert found.column("ID_1").to_pylist() == ["a", "b", "c", "d"]


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path):
    (tmp_path / "year=2020").mkdir()
    pq.write_table(PEOPLE, tmp_path / "year=2020" / "people.parquet")
    assert source.open_table(Table(path="year=2020/people.parquet"), tmp_path).columns == PEOPLE.column_names


def test_words_for_missing_go_through_duckdb(read):
    contract = CONTRACT.model_copy(update={"missing_values": ("Bergen",)})
    assert read(PEOPLE, straight=False, contract=contract).column("city").to_pylist() == ["Oslo", "", None, None]


@pytest.mark.parametrize("straight", [True, False])
def test_many_batches_keep_their_order(read, monkeypatch, straight):
    monkeypatch.setattr(stream, "ROWS", 7)
    many = pa.concat_tables([PEOPLE] * 500).append_column("place", pa.array(range(2000)))
    stored = many if straight else many.set_column(2, "months", many.column("months").cast(pa.float64()))
    assert read(stored, straight=straight, keys=("place",)).column("place").to_pylist() == list(range(2000))


@pytest.mark.parametrize("straight", [True, False])
def test_an_infinite_number_is_refused_with_its_row(read, straight):
    rows = PEOPLE.set_column(1, "income", pa.array([1.0, 2.0, float("inf"), 3.0]))
    if not straight:
        rows = rows.set_column(2, "months", pa.array([3.0, None, 12.0, 0.0]))
    with pytest.raises(DataError, match=r"Column income must be finite numbers .*; 1 row is not, for example row 3"):
        read(rows, straight=straight)
