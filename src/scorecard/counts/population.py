"""The rows that are counted: their outcome, their weights in whole units, and the parts they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from scorecard.counts.classes import Floats
from scorecard.errors import DataError

EXACT = 2.0**52  # whole numbers to twice that are exact in double precision, and so are their sums in any order
MOST_DIGITS = 300
MAX_PARTS = 1_000
DIGITS = ".9g"  # sums of squares are not the same in their last bits in every order
MISSING = "missing"  # the period or segment of rows that have none
PART_TYPES = (nw.String, nw.Categorical, nw.Enum, nw.Boolean, nw.Date)


@dataclass(frozen=True)
class Names:
    """The columns of a table that say what a row counts for; None where it counts as any other."""

    bad: str
    weight: str | None
    period: str | None
    segment: str | None

    def used(self) -> list[str]:
        """Return the columns, each once."""
        return list(dict.fromkeys(name for name in (self.bad, self.weight, self.period, self.segment) if name is not None))


@dataclass(frozen=True)
class Population:
    """What is known of the rows before any characteristic is counted.

    Attributes
    ----------
    digits : int or None
        Weights are counted in units of 10 ** -digits; None where every weight is 1.
    parts : tuple of (period, segment)
        In order; one part of (None, None) where neither was asked for.
    effective : (goods, bads) or None
        As in `Classes`.
    """

    names: Names
    rows: int
    digits: int | None
    parts: tuple[tuple[str | None, str | None], ...]
    effective: tuple[float, float] | None = None

    @property
    def parted(self) -> bool:
        """Whether periods or segments were asked for."""
        return self.names.period is not None or self.names.segment is not None

    def keys(self) -> list[Any]:
        """Return the expressions of ``@bad``, and where they matter ``@units``, ``@period`` and ``@segment``."""
        made = [(nw.col(self.names.bad).cast(nw.Float64) == 1).alias("@bad")]
        if self.digits is not None:
            weight = nw.col(str(self.names.weight)).cast(nw.Float64)
            made.append((weight * float(f"1e{self.digits}") + 0.5).floor().cast(nw.Float64).alias("@units"))
        return made + parts_of(self.names)

    def weight_of(self, units: Floats) -> Floats:
        """Return the weight of a number of units."""
        digits = self.digits or 0
        return units / float(f"1e{digits}") if digits >= 0 else units * float(f"1e{-digits}")

    def part_of(self, period: pa.ChunkedArray | None, segment: pa.ChunkedArray | None) -> Any:
        """Return the number of each row's part."""
        periods, segments = (sorted({part[side] for part in self.parts}, key=str) for side in (0, 1))
        number = np.zeros((len(periods), len(segments)), dtype=np.intp)
        for place, (one, other) in enumerate(self.parts):
            number[periods.index(one), segments.index(other)] = place
        return number[_place(period, periods), _place(segment, segments)]


def parts_of(names: Names) -> list[Any]:
    """Return the expressions of ``@period`` and ``@segment``, as text."""
    asked = (("@period", names.period), ("@segment", names.segment))
    return [nw.col(name).cast(nw.String).fill_null(MISSING).alias(alias) for alias, name in asked if name is not None]


def _place(column: pa.ChunkedArray | None, labels: list[Any]) -> Any:
    """Return the place of each row's label: each label is looked up once, whatever the number of rows."""
    if column is None:
        return 0
    encoded = column.combine_chunks()
    encoded = encoded.dictionary_encode() if not pa.types.is_dictionary(encoded.type) else encoded
    place = {label: number for number, label in enumerate(labels)}
    return np.array([place[label] for label in encoded.dictionary.to_pylist()], dtype=np.intp)[encoded.indices.to_numpy()]


def described(frame: nw.LazyFrame[Any], names: Names) -> Population:
    """Look at the rows once, and once more for their parts.

    Raises
    ------
    DataError
        Where the outcome is not 0 or 1, a weight is negative, missing or infinite, or there are too many parts.
    """
    _refuse_types(frame, names)
    bad = nw.col(names.bad).cast(nw.Float64)
    asked = [nw.len().alias("rows"), (~((bad == 0) | (bad == 1)).fill_null(False)).cast(nw.Int64).sum().alias("wrong_bads")]
    if names.weight is not None:
        weight = nw.col(names.weight).cast(nw.Float64)
        right = ((weight >= 0) & (weight < float("inf"))).fill_null(False)
        asked += [(~right).cast(nw.Int64).sum().alias("wrong_weights"), weight.max().alias("most"), weight.min().alias("least")]
    (found,) = frame.select(*asked).collect("pyarrow").to_native().to_pylist()
    rows = int(found["rows"])
    _refuse_values(names, int(found["wrong_bads"] or 0), int(found.get("wrong_weights") or 0))
    weighted = names.weight is not None and rows > 0 and (found["most"], found["least"]) != (1.0, 1.0)
    digits = _digits(rows, float(found["most"])) if weighted else None
    return Population(names, rows, digits, _parts(frame, names), _effective(frame, names) if weighted else None)


def _effective(frame: nw.LazyFrame[Any], names: Names) -> tuple[float, float]:
    """Return what weighted goods and bads are worth in accounts of equal weight: (sum of w)^2 / sum of w^2.

    References
    ----------
    Kish (1965), Survey Sampling, 11.7.
    """
    weight, bad = nw.col(str(names.weight)).cast(nw.Float64), nw.col(names.bad).cast(nw.Float64)
    sides = {"good": weight * (1 - bad), "bad": weight * bad}
    sums = [(side**power).sum().alias(f"{name}{power}") for name, side in sides.items() for power in (1, 2)]
    (found,) = frame.select(*sums).collect("pyarrow").to_native().to_pylist()
    goods, bads = (float(found[f"{name}1"]) ** 2 / found[f"{name}2"] if found[f"{name}2"] else 0.0 for name in sides)
    return float(f"{goods:{DIGITS}}"), float(f"{bads:{DIGITS}}")


def _digits(rows: int, most: float) -> int | None:
    """Return how many decimals of a weight count: so many that all weights together are exact."""
    return min(Decimal(EXACT / (rows * most)).adjusted(), MOST_DIGITS) if most > 0 else 0


def _parts(frame: nw.LazyFrame[Any], names: Names) -> tuple[tuple[str | None, str | None], ...]:
    asked = parts_of(names)
    if not asked:
        return ((None, None),)
    found = frame.select(*asked).unique().head(MAX_PARTS + 1).collect("pyarrow").to_native()
    if len(found) > MAX_PARTS:
        told = " and ".join(name for name in (names.period, names.segment) if name)
        raise DataError(
            f"{told} split the rows into more than {MAX_PARTS:,} parts; expected periods or segments. Name a coarser column."
        )
    sides = [
        found[alias].to_pylist() if alias in found.column_names else [None] * len(found) for alias in ("@period", "@segment")
    ]
    return tuple(sorted(zip(*sides, strict=True), key=lambda part: tuple(map(str, part))))


def _refuse_types(frame: nw.LazyFrame[Any], names: Names) -> None:
    schema = frame.collect_schema()
    for name in names.used():
        if name not in schema:
            raise DataError(
                f"The table has no column {name}, which says what a row counts for; expected it. Add it, or name another."
            )
    for name in filter(None, (names.bad, names.weight)):
        if not (schema[name].is_numeric() or schema[name] == nw.Boolean):
            raise DataError(f"{name} holds {schema[name]}; expected numbers. Convert it.")
    for name in filter(None, (names.period, names.segment)):
        if not (schema[name].is_integer() or schema[name] in PART_TYPES):
            raise DataError(
                f"{name} holds {schema[name]}; expected text, whole numbers or dates to part the rows by. Convert it."
            )


def _refuse_values(names: Names, bads: int, weights: int) -> None:
    if bads:
        raise DataError(
            f"The outcome {names.bad} is missing or neither 0 nor 1 in {_rows(bads)}; expected 0 (good) or 1 (bad). Mend them."
        )
    if weights:
        raise DataError(
            f"The weight {names.weight} is missing, negative or infinite in {_rows(weights)}; expected 0 or more. Mend them."
        )


def _rows(count: int) -> str:
    return f"{count:,} row{'s' if count != 1 else ''}"
