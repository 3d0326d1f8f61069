"""Score a table of any size with a model, in one pass and in input order: keys, score, PDs, grade, reasons, version and hash.

The model's own SQL runs in DuckDB. A value that no model may see stops it; only then is the table searched for what to say of it.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scorecard.contracts import Column, Contract
from scorecard.data import source
from scorecard.data.source import Field, Relation, literal, quoted
from scorecard.errors import DataError, SettingsError
from scorecard.exports import sql
from scorecard.jobs.exporting import keys_of
from scorecard.model import Scorecard
from scorecard.settings import Table, nearest
from scorecard.tracking.registry import Version

log = logging.getLogger(__name__)
ROWS = "rows_to_score"
MODEL = ("model", "model_sha256")
ENDINGS = (".parquet", ".pq", ".csv")
DOUBLES = {"DOUBLE", "FLOAT"}


@dataclass(frozen=True)
class Report:
    """What was scored: rows, the keys before the scores, and per characteristic the rows with a level that development did not have."""

    rows: int
    unseen: dict[str, int]
    keys: tuple[str, ...] = ()


def inputs(card: Scorecard) -> Contract:
    """Return what the scorecard itself asks of a table."""
    columns = {name: Column(dtype=dtype) for name, dtype in card.dtypes.items()}
    return Contract(name=card.name, missing_values=card.missing_values, columns=columns)


def score(card: Scorecard, version: Version, table: Table, root: Path, out: Path, keys: tuple[str, ...] = ()) -> Report:
    """Score a table into a file that appears whole or not at all: CSV where its name ends so, else Parquet.

    Parameters
    ----------
    card : Scorecard
    version : Version
    table : Table
    root : Path
        The folder that relative paths start from.
    out : Path
    keys : tuple of str
        Columns of the table that stand before the score; where none are given those keys of the model's pipeline that the
        table has.

    Raises
    ------
    DataError
        Where a column is missing or of the wrong type, the table has no rows, or `out` cannot be written.
    SettingsError
        Where `out` is the table itself or ends in something else, or a key has the name of an output.
    """
    _refuse_place(table, root, out)
    opened = source.open_table(table, root)
    names = _keys(version, opened, keys)
    fields = _fields(opened, inputs(card))
    part = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        rows = _copied(_checked(opened, fields, names), _statement(card, version, names), part, out.suffix.lower() == ".csv")
        if not rows:
            raise DataError(f"{table} has no rows; expected rows to score. Export it again.")
        report = Report(rows, _unseen(card, _typed(opened, fields)), names)
        part.replace(out)
    except duckdb.Error as error:
        source.typed(opened, inputs(card))  # says what is wrong with the table; where nothing is, the file is what fails
        raise _unwritable(out, "no space, or no right to write") from error
    except OSError as error:
        raise _unwritable(out, error.strerror or type(error).__name__) from error
    finally:
        with suppress(OSError):  # where the folder is none, there is nothing to remove
            part.unlink(missing_ok=True)
    log.info("scored model=%s/%s rows=%d", version.name, version.version, rows)
    return report


def _refuse_place(table: Table, root: Path, out: Path) -> None:
    if out.suffix.lower() not in ENDINGS:
        raise SettingsError(f"--out {out} ends in {out.suffix or 'nothing'}; expected .parquet or .csv. Rename it.")
    if table.path and (root / Path(table.path).expanduser()).resolve() == out.resolve():
        raise SettingsError(
            f"--out {out} is the table that is to be scored; expected another file, for it would be replaced. Rename it."
        )


def _keys(version: Version, opened: Relation, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the key columns, in order."""
    names = given or tuple(name for name in keys_of(version) if name in opened.columns)
    for name in names:
        if name not in opened.columns:
            raise DataError(f"The table has no column {name}, which is asked for as a key. {nearest(name, opened.columns)}")
        if name.casefold() in MODEL:
            raise SettingsError(f"The key {name} has the name of an output; expected another. Rename the column.")
    return names


def _fields(opened: Relation, contract: Contract) -> list[Field]:
    stored = {name: str(kind) for name, kind in zip(opened.columns, opened.types, strict=True)}
    if not set(contract.columns) <= set(stored):
        source.typed(opened, contract)  # says which column is missing
    return [Field(name, column.dtype, stored[name], contract.missing_values) for name, column in contract.columns.items()]


def _typed(opened: Relation, fields: list[Field], keys: tuple[str, ...] = (), where: str = "TRUE") -> Relation:
    """Return keys as they are and inputs in their types."""
    own = {field.name for field in fields}
    columns = [quoted(name) for name in keys if name not in own]
    columns += [f"{_value(field)} AS {quoted(field.name)}" for field in fields]
    return source.sql(opened, f"SELECT {', '.join(columns)} FROM r WHERE {where}")


def _checked(opened: Relation, fields: list[Field], keys: tuple[str, ...]) -> Relation:
    """Return keys and inputs; computing them fails at the first value that `source.typed` refuses."""
    wrong = " OR ".join(f"({_wrong(field)})" for field in fields)
    return _typed(opened, fields, keys, f"CASE WHEN {wrong} THEN error('wrong')::BOOLEAN ELSE TRUE END")


def _value(field: Field) -> str:
    """Return the SQL of a column in its type; the model's SQL itself takes NaN for missing."""
    return quoted(field.name) if _is_plain(field) else field.typed


def _wrong(field: Field) -> str:
    return f"isinf({quoted(field.name)})" if _is_plain(field) else field.wrong


def _is_plain(field: Field) -> bool:
    return field.dtype == "number" and field.stored in DOUBLES


def _statement(card: Scorecard, version: Version, keys: tuple[str, ...]) -> str:
    """Return the SELECT of every output; what all rows share is an enumeration of one, which costs nothing to write."""
    values = (f"{version.name}/{version.version}", card.sha256)
    same = [f"{literal(value)}::ENUM({literal(value)}) AS {name}" for name, value in zip(MODEL, values, strict=True)]
    return f"SELECT *, {', '.join(same)} FROM ({sql.select(card, 'duckdb', ROWS, keys)})"


def _copied(rows: Relation, statement: str, part: Path, csv: bool) -> int:
    """Write what a statement gives, in order, and return the number of rows."""
    options = "FORMAT csv, HEADER" if csv else "FORMAT parquet"
    try:
        found = rows.query(ROWS, f"COPY ({statement}) TO {literal(str(part))} ({options})")
    except RuntimeError as error:
        if "interrupted" in str(error):  # which is how DuckDB tells Ctrl-C
            raise KeyboardInterrupt from error
        raise
    return int(source.first(found)[0]) if found is not None else 0


def _unseen(card: Scorecard, rows: Relation) -> dict[str, int]:
    """Count levels that development did not have, in a pass over the columns of levels alone; in none where there are none."""
    names = dict.fromkeys(term.name for term in card.terms if term.characteristic.kind == "categorical")
    if not names:
        return {}
    counts = source.first(source.sql(rows, sql.unseen(card, "duckdb", "r")))
    return {name: int(count) for name, count in zip(names, counts, strict=True) if count}


def _unwritable(out: Path, reason: str) -> DataError:
    return DataError(f"{out} cannot be written ({reason}). Choose another place, or free some space.")
