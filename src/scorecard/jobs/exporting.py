"""Write a scorecard for another engine: a file that appears whole or not at all."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas

from scorecard.errors import SettingsError
from scorecard.jobs import files
from scorecard.model import Scorecard
from scorecard.settings import nearest
from scorecard.tracking.registry import Version

log = logging.getLogger(__name__)
TABLES = ("gains", "selection")  # beside a registered scorecard, for the workbook


@dataclass(frozen=True)
class Asked:
    """What an export is asked for.

    Attributes
    ----------
    to : str
        A key of `EXPORTS`.
    dialect, table : str
        Of SQL: how it is written, and the table it reads.
    keys : tuple of str
        Columns of that table which stand before the score; those of the model's pipeline where none are given.
    view : str
        Name of a view to create instead of a SELECT; empty for none.
    """

    to: str
    dialect: str = "duckdb"
    table: str = "customers"
    keys: tuple[str, ...] = ()
    view: str = ""


def export(version: Version, asked: Asked, out: Path | None = None) -> Path:
    """Write a scorecard for another engine; return the file.

    Parameters
    ----------
    version : Version
    asked : Asked
    out : Path, optional
        ``NAME-VERSION`` with the ending of its kind, in the current folder, where none is given.

    Raises
    ------
    SettingsError
        Where there is no such kind or dialect.
    DataError
        Where the file cannot be written.
    """
    if asked.to not in EXPORTS:
        raise SettingsError(f"--to {asked.to} is not an export. {nearest(asked.to, list(EXPORTS))}")
    if asked.to != "sql" and replace(asked, to="sql") != Asked("sql"):
        raise SettingsError(
            f"--dialect, --table, --key and --view are of SQL; --to is {asked.to}. Leave them out, or export to sql."
        )
    suffix, written = EXPORTS[asked.to]
    card = Scorecard.load(version.path)
    content = written(card, asked, version)
    target = out or Path(f"{version.name}-{version.version}{suffix}")
    files.save(content, target)
    log.info("exported model=%s/%s to=%s", version.name, version.version, asked.to)
    return target


def keys_of(version: Version) -> tuple[str, ...]:
    """Return the key columns of the pipeline that a registered model came from; none of a bare file."""
    path = version.path.parent / "pipeline.json"
    return tuple(json.loads(path.read_text(encoding="utf-8")).get("key", ())) if path.is_file() else ()


def _sql(card: Scorecard, asked: Asked, version: Version) -> bytes:
    from scorecard.exports import sql  # noqa: PLC0415  each kind of export has a library that the others do not need

    if asked.dialect not in sql.DIALECTS:
        raise SettingsError(f"--dialect {asked.dialect} is not known; expected {', '.join(sql.DIALECTS)}. Change the option.")
    keys = asked.keys or keys_of(version)
    if asked.view:
        return sql.view(card, asked.dialect, asked.table, asked.view, keys).encode()
    return sql.select(card, asked.dialect, asked.table, keys).encode()


def _pmml(card: Scorecard, asked: Asked, version: Version) -> bytes:
    from scorecard.exports.pmml import pmml  # noqa: PLC0415

    return pmml(card).encode()


def _excel(card: Scorecard, asked: Asked, version: Version) -> bytes:
    from scorecard.exports.excel import excel  # noqa: PLC0415

    return excel(card, _tables(version))


def _python(card: Scorecard, asked: Asked, version: Version) -> bytes:
    from scorecard.exports.python import python  # noqa: PLC0415

    return python(card).encode()


def _json(card: Scorecard, asked: Asked, version: Version) -> bytes:
    return card.to_json().encode()


def _tables(version: Version) -> Mapping[str, pandas.DataFrame]:
    found = {name: version.path.parent / f"{name}.csv" for name in TABLES}
    return {name: pandas.read_csv(path) for name, path in found.items() if path.is_file()}


EXPORTS: dict[str, tuple[str, Callable[[Scorecard, Asked, Version], bytes]]] = {
    "sql": (".sql", _sql),
    "pmml": (".pmml", _pmml),
    "excel": (".xlsx", _excel),
    "python": (".py", _python),
    "json": (".json", _json),
}
