"""Execute the SQL of a scorecard in DuckDB."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from scorecard.data import source
from scorecard.exports import engines, sql
from scorecard.model import Scorecard

NAME = "DuckDB"


def available() -> str | None:
    """Return the version of DuckDB."""
    return str(duckdb.__version__)


def execute(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what the export gives for each row: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on."""
    return run(sql.select(card, "duckdb", engines.TABLE, (engines.place(card),)), card, rows)


def run(statement: str, card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what a statement gives for each row."""
    with source.connect() as connection:
        connection.register(engines.TABLE, engines.numbered(card, rows))
        found = connection.execute(statement).fetchall()
        return engines.ordered(card, [each[0] for each in connection.description or ()], found)
