"""Sums of slots by part, and the classes made of them. Slots are the classes, then the special codes, then missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.counts.classes import Classes, Floats, Part, Tally
from scorecard.counts.fields import Field
from scorecard.counts.population import Population

SUMMED = ("@rows", "@bads", "@all", "@bad_units")


@dataclass(frozen=True)
class Rows:
    """Rows, or groups of rows: how many, how many bad, and their weight in whole units; None without weights."""

    rows: Floats
    bads: Floats
    units: Floats | None = None
    bad_units: Floats | None = None


@dataclass(frozen=True)
class Sums:
    """Rows, bads and their weights in whole units, each of shape (parts, slots)."""

    rows: Floats
    bads: Floats
    units: Floats | None = None
    bad_units: Floats | None = None

    @classmethod
    def of(cls, index: npt.NDArray[np.intp], shape: tuple[int, int], rows: Rows) -> Sums:
        """Sum rows whose place is ``part * slots + slot``; whole numbers below 2^53, so exact in any order."""

        def summed(side: Floats | None) -> Any:
            size = shape[0] * shape[1]
            return None if side is None else np.bincount(index, weights=side, minlength=size).reshape(shape)

        return cls(summed(rows.rows), summed(rows.bads), summed(rows.units), summed(rows.bad_units))

    @classmethod
    def grouped(cls, found: pa.Table, slot: npt.NDArray[np.intp], slots: int, population: Population) -> Sums:
        """Sum the groups that an engine found, of which each belongs to a slot."""
        part = population.part_of(*(found[name] if name in found.column_names else None for name in ("@period", "@segment")))
        sides = [numbers(found, name) for name in SUMMED if name in found.column_names]
        return cls.of(part * slots + slot, (len(population.parts), slots), Rows(*sides))


def grouped(rows: nw.LazyFrame[Any], keys: list[str], population: Population, *more: Any) -> pa.Table:
    """Return, for each group and part, its rows, bads and weights in whole units, and what more is asked for."""
    parts = [name for name, asked in (("@period", population.names.period), ("@segment", population.names.segment)) if asked]
    sides = {"@bads": nw.col("@bad").cast(nw.Float64)}
    if population.digits is not None:
        sides |= {"@all": nw.col("@units"), "@bad_units": nw.col("@units") * sides["@bads"]}
    made = rows.with_columns(*(side.alias(name) for name, side in sides.items()))
    sums = (nw.col(name).sum() for name in sides)
    return collected(made.group_by(*keys, *parts).agg(nw.len().alias("@rows"), *sums, *more))


def collected(frame: nw.LazyFrame[Any]) -> pa.Table:
    """Return what an engine computes; polars is told not to hold the whole table."""
    options = {"engine": "streaming"} if frame.implementation.is_polars() else {}
    return frame.collect("pyarrow", **options).to_native()


def numbers(found: pa.Table, name: str) -> Floats:
    """Return a column as floats; NaN where missing."""
    return np.asarray(found[name].to_numpy(), dtype=np.float64)


def assembled(field: Field, low: npt.NDArray[Any], high: npt.NDArray[Any], sums: Sums, population: Population) -> Classes:
    """Return the classes of a characteristic and, where they were asked for, their parts."""
    whole = _tally(sums, slice(None), population)
    parts: tuple[Part, ...] = ()
    if population.parted:
        each = (_tally(sums, slice(place, place + 1), population) for place in range(len(population.parts)))
        parts = tuple(Part(*part, _classes(field, low, high, tally)) for part, tally in zip(population.parts, each, strict=True))
    return replace(_classes(field, low, high, whole, parts), effective=population.effective)


def _tally(sums: Sums, parts: slice, population: Population) -> Tally:
    rows, bads = sums.rows[parts].sum(axis=0), sums.bads[parts].sum(axis=0)
    if sums.units is None or sums.bad_units is None:
        return Tally(rows - bads, bads, rows - bads, bads)
    units, bad_units = sums.units[parts].sum(axis=0), sums.bad_units[parts].sum(axis=0)
    return Tally(rows - bads, bads, population.weight_of(units - bad_units), population.weight_of(bad_units))


def _classes(field: Field, low: npt.NDArray[Any], high: npt.NDArray[Any], slots: Tally, parts: tuple[Part, ...] = ()) -> Classes:
    places = enumerate(field.special_codes.items(), start=len(low))
    special = {label: (code, slots.take([place])) for place, (label, code) in places}
    plain = slots.take(slice(0, len(low)))
    return Classes(field.name, field.kind, low, high, plain, special, slots.take([-1]), parts)
