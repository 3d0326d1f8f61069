"""The rows of a table in batches, in order, with inputs in their types: straight from a Parquet file that has them, else through DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scorecard.contracts import Contract
from scorecard.data import source
from scorecard.data.source import Field, Relation, quoted
from scorecard.errors import DataError
from scorecard.settings import Table

ROWS = 131_072  # of a batch: its columns stay in the caches, and Python's own share is small
DOUBLES = {"DOUBLE", "FLOAT"}


class RefusedError(Exception):
    """A batch holds a value that its type does not allow; `source.typed` says which."""


def batches(table: Table, root: Path, opened: Relation, contract: Contract, keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a table in order: its key columns as they are, and the contract's in their types.

    Parameters
    ----------
    table : Table
    root : Path
        The folder that relative paths start from.
    opened : Relation
        The same table, opened.
    contract : Contract
    keys : sequence of str

    Raises
    ------
    DataError
        Where a column is missing, holds what is not of its type or an infinite number, or the file is damaged.
    """
    fields = _fields(opened, contract)
    path = _parquet(table, root)
    try:
        if path is not None and _is_natural(pq.read_schema(path), contract, keys):
            yield from _straight(path, contract, keys)
        else:
            yield from _through_duckdb(opened, fields, keys)
    except (RefusedError, duckdb.Error, OSError, pa.ArrowException) as error:
        source.typed(opened, contract)  # says what is wrong with the table, and where
        raise DataError(f"{table} cannot be read ({type(error).__name__}). Check the file, or export it again.") from error


def _parquet(table: Table, root: Path) -> Path | None:
    if not table.path or table.name or not table.path.lower().endswith(source.PARQUET_ENDINGS):
        return None
    return source.located(table, root)


def _is_natural(schema: pa.Schema, contract: Contract, keys: Sequence[str]) -> bool:
    """Return whether every column is stored under its name as what it is, so that nothing needs to be read as something else."""
    if not {*contract.columns, *keys} <= set(schema.names):  # DuckDB tells names apart that differ in case only by a number
        return False
    kinds = {name: schema.field(name).type for name in contract.columns}
    texts = {pa.string(), pa.large_string()}
    natural = {
        "number": lambda kind: kind in {pa.float32(), pa.float64()},
        "integer": pa.types.is_signed_integer,
        "boolean": pa.types.is_boolean,
        "date": lambda kind: kind == pa.date32(),
        "text": lambda kind: kind in texts and not contract.missing_values,
    }
    return all(natural[column.dtype](kinds[name]) for name, column in contract.columns.items())


def _straight(path: Path, contract: Contract, keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    numbers = [name for name, column in contract.columns.items() if column.dtype == "number"]
    names = list(dict.fromkeys([*keys, *contract.columns]))
    # A dataset's scanner reads ahead of whoever is slower without end, and what is buffered of a file stays until its end.
    for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(ROWS, columns=names):
        if any(np.isinf(batch.column(name).to_numpy(zero_copy_only=False)).any() for name in numbers):
            raise RefusedError
        if batch.num_rows:
            yield batch


def _through_duckdb(opened: Relation, fields: list[Field], keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    own = {field.name for field in fields}
    columns = [quoted(name) for name in keys if name not in own]
    columns += [f"{_value(field)} AS {quoted(field.name)}" for field in fields]
    wrong = " OR ".join(f"({_wrong(field)})" for field in fields)
    checked = f"CASE WHEN {wrong} THEN error('wrong')::BOOLEAN ELSE TRUE END"
    yield from source.sql(opened, f"SELECT {', '.join(columns)} FROM r WHERE {checked}").to_arrow_reader(ROWS)


def _fields(opened: Relation, contract: Contract) -> list[Field]:
    stored = {name: str(kind) for name, kind in zip(opened.columns, opened.types, strict=True)}
    if not set(contract.columns) <= set(stored):
        source.typed(opened, contract)  # says which column is missing
    return [Field(name, column.dtype, stored[name], contract.missing_values) for name, column in contract.columns.items()]


def _value(field: Field) -> str:
    """Return the SQL of a column in its type; the model itself takes NaN for missing."""
    return quoted(field.name) if _is_plain(field) else field.typed


def _wrong(field: Field) -> str:
    return f"isinf({quoted(field.name)})" if _is_plain(field) else field.wrong


def _is_plain(field: Field) -> bool:
    return field.dtype == "number" and field.stored in DOUBLES
