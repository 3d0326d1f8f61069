"""Execute the SQL of a scorecard in SQLite, where a truth value is 0 or 1, a date its text, and NaN is NULL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import Any

import pyarrow as pa

from scorecard.data.source import quoted
from scorecard.exports import engines, sql
from scorecard.model import Scorecard

NAME = "SQLite"
TYPES = {"integer": "INTEGER", "number": "REAL", "text": "TEXT", "boolean": "INTEGER", "date": "TEXT"}


def available() -> str | None:
    """Return the version of SQLite."""
    return sqlite3.sqlite_version


def execute(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what the export gives for each row: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on."""
    return run(sql.select(card, "sqlite", engines.TABLE, (engines.place(card),)), card, rows)


def run(statement: str, card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what a statement gives for each row."""
    kinds = {engines.place(card): "integer"} | card.dtypes
    columns = ", ".join(f"{quoted(name)} {TYPES[dtype]}" for name, dtype in kinds.items())
    values = [[_plain(value) for value in row.values()] for row in engines.numbered(card, rows).to_pylist()]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE {engines.TABLE} ({columns})")
        connection.executemany(f"INSERT INTO {engines.TABLE} VALUES ({', '.join('?' * len(kinds))})", values)  # noqa: S608  no names
        found = connection.execute(statement)
        return engines.ordered(card, [each[0] for each in found.description], found)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
