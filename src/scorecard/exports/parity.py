"""Every export, executed on golden vectors where it will run, gives what the scorecard gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import version
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlglot

import scorecard
from scorecard import reasons
from scorecard.errors import SettingsError
from scorecard.exports import engines as places
from scorecard.exports import sql
from scorecard.exports.certificate import Certificate, Proof
from scorecard.exports.engines.limits import near
from scorecard.exports.golden import Golden, golden, shown
from scorecard.model import Scorecard
from scorecard.settings import nearest

TOLERANCE = 1e-12  # of a PD; scores, grades and reasons are equal
LONGEST = 300  # characters of an engine's own complaint
QUICK = ("python", "duckdb", "sqlite")
NOT_ASKED = "Not executed here: scorecard certify executes every engine that is installed."
WRITTEN = ("tsql", "oracle", "snowflake", "bigquery")  # dialects without an engine here: written, and read again by sqlglot
Floats = npt.NDArray[np.float64]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Engine:
    """Where one export is executed.

    Attributes
    ----------
    name : str
        Of its module in `scorecard.exports.engines`.
    export : str
        What is executed.
    dialect : str or None
        Of SQL.
    fifteen_digits : bool
        Whether it keeps no more; vectors with a number that it cannot tell from a boundary are left out.
    """

    name: str
    export: str
    dialect: str | None = None
    fifteen_digits: bool = False

    def available(self) -> str | None:
        """Return its version; None where it is absent."""
        found: str | None = import_module(f"{places.__name__}.{self.name}").available()
        return found

    def execute(self, card: Scorecard, rows: pa.Table) -> pa.Table:
        """Return what the export gives for each row."""
        return import_module(f"{places.__name__}.{self.name}").execute(card, rows)


ENGINES = (
    Engine("python", "python"),
    Engine("duckdb", "sql", "duckdb"),
    Engine("sqlite", "sql", "sqlite"),
    Engine("postgres", "sql", "postgres"),
    Engine("spark", "sql", "spark"),
    Engine("pmml", "pmml"),
    Engine("excel", "excel", fifteen_digits=True),
)


def certify(card: Scorecard, engines: Sequence[Engine] | None = None) -> Certificate:
    """Execute exports on the golden vectors and compare them with the scorecard.

    An engine that is absent is said to be; an export that fails in its engine is a difference.

    Parameters
    ----------
    card : Scorecard
    engines : sequence of Engine, optional
        `ENGINES`, and the dialects of SQL that can only be written, where none are given.

    References
    ----------
    Board of Governors (2011), SR 11-7, section V, on verifying that a model is implemented as it was meant.
    """
    vectors = golden(card)
    expected = answers(card, vectors.rows)
    executed = [_proof(engine, card, vectors, expected) for engine in (ENGINES if engines is None else engines)]
    written = [_written(card, dialect) for dialect in WRITTEN] if engines is None else []
    complete = {each.engine for each in executed if each.executed} >= {each.name for each in ENGINES}
    digest = hashlib.sha256(repr(vectors.rows.to_pydict()).encode()).hexdigest()
    proofs = (*executed, *written)
    return Certificate(card.name, card.sha256, scorecard.__version__, len(vectors.probes), digest, TOLERANCE, complete, proofs)


def quick(card: Scorecard) -> Certificate:
    """Execute the exports in the engines that are always here and start at once; list the others as not executed.

    Parameters
    ----------
    card : Scorecard
    """
    made = certify(card, named(QUICK))
    silent = [Proof(each.export, each.dialect, each.name, None, note=NOT_ASKED) for each in ENGINES if each.name not in QUICK]
    return replace(made, proofs=(*made.proofs, *silent, *(_written(card, dialect) for dialect in WRITTEN)))


def named(names: Sequence[str]) -> tuple[Engine, ...]:
    """Return engines by their names.

    Raises
    ------
    SettingsError
        Where there is no such engine.
    """
    known = {each.name: each for each in ENGINES}
    for name in names:
        if name not in known:
            raise SettingsError(f"{name} is not an engine that exports are executed in. {nearest(name, list(known))}")
    return tuple(known[name] for name in dict.fromkeys(names))


def answers(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what the scorecard itself gives for each row: the columns of every export."""
    return pa.Table.from_batches([reasons.answers(card, rows)[0]]).cast(places.schema(card))


def _proof(engine: Engine, card: Scorecard, vectors: Golden, expected: pa.Table) -> Proof:
    """Execute one export."""
    start = Proof(engine.export, engine.dialect, engine.name, engine.available())
    if start.version is None:
        return replace(start, note=f"{engine.name} is not installed here.")
    held = np.flatnonzero(~near(card, vectors.rows)) if engine.fifteen_digits else np.arange(len(vectors.probes))
    asked, right = vectors.rows.take(pa.array(held)), expected.take(pa.array(held))
    found, complaint = _tried(lambda: _whole(engine.execute(card, asked), right))
    if found is None:
        return replace(start, equal=False, note=f"The {engine.export} export fails in {engine.name}: {complaint}")
    out = len(vectors.probes) - len(held)
    note = (
        f"{out} vectors left out: {engine.name} keeps 15 digits, which do not tell their numbers from a boundary." if out else ""
    )
    told, wrong = _compared(start, right, found)
    if len(wrong):
        probe = f"vector {held[wrong[0]] + 1} ({vectors.probes[held[wrong[0]]]})"
        where = f"The {engine.export} export in {engine.name} differs at {len(wrong)} vectors, first at {probe}"
        note = f"{where}: {_difference(right.slice(int(wrong[0]), 1), found.slice(int(wrong[0]), 1))}."
    return replace(told, executed=True, vectors=len(held), left_out=out, equal=not len(wrong), note=note)


def _tried(job: Callable[[], Found]) -> tuple[Found | None, str]:
    """Return what a job gives, or what it dies of: of whatever, for the certificate has to say it."""
    try:
        return job(), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {' '.join(str(error).split())[:LONGEST]}"


def _whole(found: pa.Table, expected: pa.Table) -> pa.Table:
    """Return an answer that has every column and row."""
    if found.column_names != expected.column_names or found.num_rows != expected.num_rows:
        told = f"{found.num_rows} rows of {', '.join(found.column_names)}"
        raise ValueError(f"it gives {told}; expected {expected.num_rows} rows of {', '.join(expected.column_names)}")
    return found.cast(expected.schema)


def _compared(start: Proof, expected: pa.Table, found: pa.Table) -> tuple[Proof, npt.NDArray[np.intp]]:
    """Return a proof with its differences, and the places of the rows that differ."""
    gaps = {name: _gaps(expected.column(name), found.column(name)) for name in reasons.SCORES}
    pds = np.max([gaps[name] for name in reasons.SCORES[1:]], axis=0)
    other = {name: _objects(expected.column(name)) != _objects(found.column(name)) for name in expected.column_names[len(gaps) :]}
    grades = other.pop("grade")
    codes = np.any([*other.values(), np.zeros(len(grades), dtype=bool)], axis=0)
    wrong = np.flatnonzero((gaps["score"] > 0) | (pds > TOLERANCE) | grades | codes)
    score, pd = float(gaps["score"].max(initial=0)), float(pds.max(initial=0))
    return replace(start, score=score, pd=pd, grades=int(grades.sum()), reasons=int(codes.sum())), wrong


def _gaps(expected: pa.ChunkedArray, found: pa.ChunkedArray) -> Floats:
    """Return absolute differences; a number that is absent differs by the largest there is."""
    gaps: Floats = np.abs(found.to_numpy() - expected.to_numpy())
    return np.where(np.isfinite(gaps), gaps, np.finfo(np.float64).max)


def _objects(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    return np.array(column.to_pylist(), dtype=object)


def _difference(expected: pa.Table, found: pa.Table) -> str:
    """Say in which column a row differs."""
    pairs = zip(expected.column_names, expected.to_pylist()[0].values(), found.to_pylist()[0].values(), strict=True)
    name, right, given = next(each for each in pairs if not _is_equal(*each))
    return f"{name} is {shown(given)}, expected {shown(right)}"


def _is_equal(name: str, right: Any, given: Any) -> bool:
    if name in reasons.SCORES[1:] and given is not None:
        return bool(abs(given - right) <= TOLERANCE)
    return bool(given == right)


def _written(card: Scorecard, dialect: str) -> Proof:
    """Write the SQL of a dialect and read it again."""
    start = Proof("sql", dialect, "sqlglot", version("sqlglot"))
    read, complaint = _tried(lambda: sqlglot.parse_one(sql.select(card, dialect, places.TABLE, ()), read=dialect))
    if read is None:
        return replace(start, equal=False, note=f"The sql export for {dialect} fails: {complaint}")
    return replace(start, note="Generated and parsed again, not executed.")
