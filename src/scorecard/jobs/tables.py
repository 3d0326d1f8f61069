"""The tables that a pipeline names: their roles, where they lie, and whether they still hold the rows that a run read."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from scorecard import datasets
from scorecard.data import source
from scorecard.equivalence import Record
from scorecard.equivalence.record import rows
from scorecard.errors import DataError, ScorecardError, SettingsError
from scorecard.settings import Table

MAIN = "table"


def named(settings: Mapping[str, Any]) -> dict[str, Table]:
    """Return every table that settings name, by its role: ``table``, ``monitoring.0`` and so on, ``earlier``."""
    batches = {f"monitoring.{position}": batch.get("table") for position, batch in enumerate(settings.get("monitoring", ()))}
    found = {MAIN: settings[MAIN], **batches, "earlier": settings.get("earlier")}
    return {role: Table.model_validate(table) for role, table in found.items() if table is not None}


def placed(settings: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Any]:
    """Return settings whose tables lie where these do."""
    content = {role: table.model_dump(mode="json", exclude_none=True) for role, table in tables.items()}
    batches = [
        batch | ({MAIN: content[f"monitoring.{position}"]} if f"monitoring.{position}" in content else {})
        for position, batch in enumerate(settings.get("monitoring", ()))
    ]
    whole = {role: table for role, table in content.items() if not role.startswith("monitoring.")}
    return dict(settings) | whole | {"monitoring": batches}


def fingerprints(settings: Mapping[str, Any], root: Path) -> dict[str, str | None]:
    """Return the hash of every table that settings name; None for one that cannot be read yet.

    The rows of the main query over SQL are not asked for here: the first step reads them all the same, and keeps their hash.
    """
    found: dict[str, str | None] = {}
    for role, table in named(settings).items():
        found[role] = None
        if not (role == MAIN and table.url):
            with suppress(ScorecardError):  # the step that needs it will say so
                found[role] = source.fingerprint(table, root)
    return found


def kept(record: Record, role: str) -> str | None:
    """Return the hash of a table's rows that a run kept; None where it kept none."""
    return rows(record).get(role)


def is_inside(path: str) -> bool:
    """Whether a path stays in the folder it starts from.

    Examples
    --------
    >>> is_inside("data/a.csv"), is_inside("../a.csv"), is_inside("/a.csv"), is_inside("~/a.csv")
    (True, False, False, False)
    """
    return not Path(path).is_absolute() and ".." not in PurePosixPath(path).parts and not path.startswith("~")


def packed(role: str, table: Table, record: Record, root: Path, folder: Path) -> Table:
    """Copy a table's file into a folder, and return where it lies there; a bundled data set stays where it is.

    Raises
    ------
    SettingsError
        Where it is no file of its own.
    DataError
        Where it is not there, or does not hold the rows that the run read.
    """
    if table.dataset:
        return table
    if table.url or table.name:
        raise SettingsError(
            f"The {role} of the run is {'a SQL query' if table.url else f'one table of {table.path}'}; expected a file to pack. "
            "Leave --with-data out: the validator reads it where it lies."
        )
    if source.fingerprint(table, root) != kept(record, role):
        raise DataError(
            f"{table.path} changed since the run; expected the rows that it read. Restore it, or leave --with-data out."
        )
    place = str(table.path) if is_inside(str(table.path)) else f"data/{role}/{Path(str(table.path)).name}"
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source.located(table, root), folder / place)
    return Table(path=place)


def reached(table: Table, root: Path, folder: Path) -> Table:
    """Let a folder reach a table that lies elsewhere, under the same address where that can be; return its address there.

    Raises
    ------
    DataError
        Where it is not there.
    """
    if table.path is None:
        return table
    if not is_inside(table.path):
        return absolute(table, root)
    if not (folder / table.path).exists():
        (folder / table.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / table.path).symlink_to(source.located(table, root).absolute())
    return table


def named_anew(table: Table, root: Path) -> Table:
    """Return the address, from anywhere, of a table that is to be read instead of the recorded one.

    Raises
    ------
    SettingsError, DataError
        Where there is no such data set, or its file is not there.
    """
    if table.dataset:
        datasets.path(table.dataset)
    return absolute(table, root)


def absolute(table: Table, root: Path) -> Table:
    """Return a table's address from anywhere.

    Raises
    ------
    DataError
        Where its file is not there.
    """
    return table if table.path is None else table.model_copy(update={"path": str(source.located(table, root).absolute())})
