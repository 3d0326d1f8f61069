"""Open the project's store: created once, mended after a move, and refused in one sentence where the disk or the file is bad."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from scorecard.errors import DataError
from scorecard.tracking.store import Store, is_alive, is_here

log = logging.getLogger(__name__)
logging.getLogger("alembic").setLevel(logging.WARNING)
logging.getLogger("mlflow").setLevel(logging.WARNING)
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # its errors reach the caller as exceptions

FULL = ("disk is full", "no space left", "disk i/o")
UNWRITABLE = ("readonly", "read-only", "permission denied", "unable to open database")
RELOCATED = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def open_store(root: Path) -> Store:
    """Open the project's store: create it once, mend a moved folder, close runs that a crash left open.

    Raises
    ------
    DataError
        Where mlruns/ cannot be written, the disk is full, or the database is not one that this MLflow reads.
    """
    store = Store(root)
    with writable(store.folder):
        store.artifacts.mkdir(parents=True, exist_ok=True)
        with FileLock(store.folder / ".lock"), _readable(store):
            store.client.search_experiments(max_results=1)
            _relocate(store)
        _close_orphans(store)
    return store


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a full disk or an unwritable folder into one sentence."""
    try:
        yield
    except (OSError, MlflowException, sqlite3.Error, SQLAlchemyError) as error:
        text = str(error).lower()
        full = any(sign in text for sign in FULL)
        if not full and not any(sign in text for sign in UNWRITABLE):
            raise
        why = "is full" if full else "cannot be written"
        raise DataError(
            f"The disk of {folder} {why}; expected room for runs and artefacts. Free some space or change the permissions."
        ) from error


@contextmanager
def _readable(store: Store) -> Iterator[None]:
    """Turn a database that this MLflow does not read into one sentence."""
    try:
        yield
    except (MlflowException, sqlite3.Error, SQLAlchemyError) as error:
        text = str(error).lower()
        if any(sign in text for sign in FULL + UNWRITABLE):
            raise
        reason = str(error).splitlines()[0].partition(". ")[0].rstrip(".")
        raise DataError(
            f"{store.folder / 'mlflow.db'} cannot be opened: {reason}. "
            f"Restore it from a backup, bring it up to date (mlflow db upgrade {store.uri}), or move it away to begin anew."
        ) from error


def _close_orphans(store: Store) -> None:
    """Mark runs as failed whose process on this machine is gone."""
    for run in store.runs("attributes.status = 'RUNNING'"):
        if is_here(run) and not is_alive(run):
            store.client.set_tag(run.info.run_id, "scorecard.error", "the process ended without closing the run")
            store.client.set_terminated(run.info.run_id, "FAILED")
            log.info("orphan closed run=%s", run.info.run_id)


def _relocate(store: Store) -> None:
    """MLflow stores absolute locations; after the project folder was moved, point them to where it is now."""
    here = store.artifacts.as_uri()
    with closing(sqlite3.connect(store.folder / "mlflow.db")) as database:
        found = database.execute(
            "SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location LIKE '%/mlruns/artifacts'"
        ).fetchall()
        for (old,) in found:
            if old == here:
                continue
            for table, column in RELOCATED:
                statement = f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?"  # noqa: S608
                database.execute(statement, (here, len(old) + 1, len(old), old))
        # MLflow makes this experiment for itself, in whatever folder the first command was given.
        database.execute(
            "UPDATE experiments SET artifact_location = ? WHERE experiment_id = 0 AND artifact_location <> ?", (here, here)
        )
        database.commit()
