"""Open any table lazily through DuckDB: Parquet, CSV, a DuckDB file, a bundled data set, or a SQL query."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

from scorecard import datasets
from scorecard.contracts import Contract
from scorecard.data import query, text
from scorecard.errors import DataError, SettingsError
from scorecard.settings import Table, nearest

ROW = "@row"
SQL_TYPE = {"integer": "BIGINT", "number": "DOUBLE", "text": "VARCHAR", "date": "DATE", "boolean": "BOOLEAN"}
PARQUET_ENDINGS = (".parquet", ".pq")
COMPLAINTS = ("Expected Number of Columns", "Value with unterminated quote", "Maximum line size")  # lines that quote no row
MEMORY = "2GB"

Relation: TypeAlias = duckdb.DuckDBPyRelation


def quoted(name: str) -> str:
    """Return a column's name as a SQL identifier, whatever characters it holds.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Return a value as a SQL literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def connect() -> duckdb.DuckDBPyConnection:
    """Return a private database in bounded memory that reads files and never the network."""
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": MEMORY,
            "temp_directory": str(Path(tempfile.gettempdir()) / f"scorecard-{os.getpid()}"),  # only what does not fit
        }
    )


def open_table(table: Table, root: Path) -> Relation:
    """Open a table as it is stored; nothing is read but its schema.

    Parameters
    ----------
    table : Table
    root : Path
        The folder that relative paths start from.

    Raises
    ------
    DataError
        Where the file is missing, empty, not UTF-8, or of an unknown format, or the database refuses.
    """
    if table.dataset:
        return connect().sql(datasets.query(table.dataset))
    if table.url:
        return connect().from_arrow(query.rows(table))
    path = located(table, root)
    try:
        return _open_file(path, table)
    except duckdb.Error as error:
        raise DataError(_words(path.name, error)) from error


def located(table: Table, root: Path) -> Path:
    """Return the absolute path of a table's file.

    Raises
    ------
    DataError
        Where it does not exist or is empty.
    """
    path = root / Path(str(table.path)).expanduser()
    if not path.is_file():
        near = sorted(file.name for file in path.parent.iterdir() if file.is_file()) if path.parent.is_dir() else []
        hint = nearest(path.name, near) if near else "Check the path."
        raise DataError(f"{table.path} is not a file; expected a table. {hint}")
    if path.stat().st_size == 0:
        raise DataError(f"{table.path} is empty (0 bytes); expected a table with a header and rows. Export it again.")
    return path


def fingerprint(table: Table, root: Path) -> str:
    """Return the SHA-256 of what a run reads: the file's bytes, or for databases the rows in any order."""
    if table.path and not table.name:
        return file_sha256(located(table, root))
    if table.dataset:
        stored = file_sha256(datasets.path(table.dataset))
        statement = datasets.DATASETS[table.dataset].sql
        return hashlib.sha256(f"{stored}\n{statement}".encode()).hexdigest()
    opened = open_table(table, root)
    hashes = sql(opened, 'SELECT sha256(to_json("@row")::VARCHAR) AS h FROM r AS "@row"')
    return str(first(sql(hashes, "SELECT sha256(string_agg(h, '' ORDER BY h)) FROM r"))[0])


def sql(relation: Relation, query: str) -> Relation:
    """Return the relation that a query makes of another, which it calls ``r``; nothing is computed yet."""
    found = relation.query("r", query)
    if found is None:
        raise TypeError(f"not a query that returns rows: {query}")
    return found


def held(relation: Relation) -> Relation:
    """Return the same rows computed once and kept, so that many questions cost one scan of the source.

    Raises
    ------
    DataError
        As in `scanned`.
    """
    try:
        relation.create("@held")
    except duckdb.Error as error:
        raise DataError(_words("The table", error)) from None
    return sql(relation, 'SELECT * FROM "@held"')


def first(relation: Relation) -> tuple[Any, ...]:
    """Return the first row, or an empty tuple."""
    rows = relation.limit(1).fetchall()
    return tuple(rows[0]) if rows else ()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def typed(relation: Relation, contract: Contract) -> Relation:
    """Return the contract's columns in its types, each row with its number from 1; NaN and its `missing_values` become missing.

    Raises
    ------
    DataError
        Where a column is missing, holds text where the contract says a number or date, or an infinite number.
    """
    types = {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}
    for name in contract.columns:
        if name not in types:
            hint = nearest(name, list(types))
            raise DataError(f"The table has no column {name}, which the contract {contract.name} names. {hint}")
    fields = [Field(name, column.dtype, types[name], contract.missing_values) for name, column in contract.columns.items()]
    _refuse_wrong_types(relation, contract, fields)
    selected = ", ".join(f"{field.typed} AS {quoted(field.name)}" for field in fields)
    return sql(relation, f"SELECT row_number() OVER () AS {quoted(ROW)}, {selected} FROM r")


def batches(relation: Relation, columns: list[str], rows: int = 200_000) -> pa.RecordBatchReader:
    """Return columns in batches of Arrow rows, in order."""
    selected = ", ".join(quoted(name) for name in columns)
    return relation.project(selected).to_arrow_reader(rows)


@dataclass(frozen=True)
class Field:
    """A column as it is stored, and what the contract says it holds."""

    name: str
    dtype: str
    stored: str
    missing_values: tuple[str, ...]

    @property
    def value(self) -> str:
        """SQL of the column in which NaN, as a number or as the text of one, and the contract's words for it are missing."""
        column, missing = quoted(self.name), []
        if self.stored in {"DOUBLE", "FLOAT"}:
            missing.append(f"isnan({column})")
        if self.stored == "VARCHAR" and self.dtype in {"number", "integer"}:
            missing.append(f"isnan(TRY_CAST({column} AS DOUBLE))")
        if self.stored == "VARCHAR" and self.missing_values:
            missing.append(f"{column} IN ({', '.join(literal(each) for each in self.missing_values)})")
        return f"CASE WHEN {' OR '.join(missing)} THEN NULL ELSE {column} END" if missing else column

    @property
    def typed(self) -> str:
        """SQL of the column in the contract's type."""
        same = self.stored == SQL_TYPE[self.dtype]
        return self.value if same else f"TRY_CAST({self.value} AS {SQL_TYPE[self.dtype]})"

    @property
    def wrong(self) -> str:
        """SQL condition of a value that is not what the contract says."""
        number, conditions = f"TRY_CAST({self.value} AS DOUBLE)", ["FALSE"]
        if self.stored in {"DOUBLE", "FLOAT"} or (self.dtype == "number" and self.stored == "VARCHAR"):
            conditions.append(f"isinf({number})")
        if SQL_TYPE[self.dtype] not in (self.stored, "VARCHAR"):
            conditions.append(f"({self.value}) IS NOT NULL AND {self.typed} IS NULL")
        if self.dtype == "integer" and self.stored not in {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "BOOLEAN"}:
            conditions.append(f"{number} <> round({number})")
        return " OR ".join(f"({condition})" for condition in conditions)


def _refuse_wrong_types(relation: Relation, contract: Contract, fields: list[Field]) -> None:
    """One scan of every column that counts the values that do not become what the contract says."""
    parts = [
        f"count({quoted(field.name)}), count(*) FILTER (WHERE {field.wrong}), min({quoted(ROW)}) FILTER (WHERE {field.wrong}), "
        f"arg_min({quoted(field.name)}::VARCHAR, {quoted(ROW)}) FILTER (WHERE {field.wrong})"
        for field in fields
    ]
    numbered = sql(relation, f"SELECT row_number() OVER () AS {quoted(ROW)}, * FROM r")
    found = scanned(sql(numbered, f"SELECT {', '.join(parts)} FROM r"))
    for index, field in enumerate(fields):
        _, count, row, value = found[4 * index : 4 * index + 4]
        if count:
            raise DataError(_wrong_in_words(contract, field.name, count, row, value))


def scanned(relation: Relation) -> tuple[Any, ...]:
    """Return the first row of a query over whole columns: the place where a damaged file shows.

    Raises
    ------
    DataError
        Where a row is longer or shorter than the header, not UTF-8, or does not decompress.
    """
    try:
        return first(relation)
    except duckdb.Error as error:
        raise DataError(_words("The table", error)) from None


def _wrong_in_words(contract: Contract, name: str, count: int, row: int, value: str) -> str:
    column = contract.columns[name]
    shown = f" holds {value!r}" if column.role in {"input", "target", "date"} else " does not"
    rows = "1 row is not" if count == 1 else f"{count} rows are not"
    return (
        f"Column {name} must be {_article(column.dtype)} (contract {contract.name}); {rows}, for example row {row}{shown}. "
        "Mend the rows, or the dtype in the contract."
    )


def _article(dtype: str) -> str:
    names = {"number": "finite numbers", "integer": "whole numbers", "date": "dates (YYYY-MM-DD)", "boolean": "true or false"}
    return names.get(dtype, dtype)


def _open_file(path: Path, table: Table) -> Relation:
    name = path.name.lower()
    connection = connect()
    if table.name or name.endswith((".duckdb", ".db", ".ddb")):
        if not table.name:
            raise SettingsError(f"{table.path} is a database; expected the table's name too. Write FILE.duckdb#TABLE.")
        connection.execute(f"ATTACH {literal(str(path))} AS stored (READ_ONLY)")
        parts = ".".join(quoted(part) for part in table.name.split("."))
        return connection.sql(f"SELECT * FROM stored.{parts}")
    if name.endswith(PARQUET_ENDINGS):
        # Without the option DuckDB takes isnan for false where a file's statistics leave NaN out.
        return connection.sql(f"SELECT * FROM read_parquet({literal(str(path))}, can_have_nan = true, hive_partitioning = false)")
    if name.endswith(text.ENDINGS):
        return connection.sql(f"SELECT * FROM read_csv({literal(str(path))}, {_csv_options(path)})")
    raise DataError(
        f"{table.path} ends in {path.suffix or 'nothing'}; expected .parquet, .csv, .csv.gz or .duckdb. Rename or export it."
    )


def _csv_options(path: Path) -> str:
    delimiter, names = text.header(path)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    dialect = f"auto_detect = false, header = true, delim = {literal(delimiter)}, quote = '\"', escape = '\"', comment = ''"
    return f"{dialect}, columns = {{{columns}}}, nullstr = ''"


def _words(name: str, error: duckdb.Error) -> str:
    """Return DuckDB's complaint as one sentence that never quotes a row."""
    told = str(error)
    if "utf-8" in told.lower() or "unicode" in told.lower():
        return f"{name} {text.NOT_UTF8}"
    lines = [line.strip().rstrip(".!") for line in told.splitlines()]
    kept = [lines[0].split("Original Line")[0], *(line for line in lines[1:] if line.startswith(COMPLAINTS))]
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        kept = ["a value does not convert"]
    return f"{name} cannot be read: {'; '.join(kept)}. Check the file, or export it again."
