"""Levels and their counts: a grouped aggregation on any engine, which brings back no more levels than can be used."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from scorecard.counts.classes import Classes
from scorecard.counts.fields import Field, text
from scorecard.counts.population import Population
from scorecard.counts.sums import Sums, assembled, collected, grouped
from scorecard.errors import DataError

MAX_LEVELS = 10_000


def classes_of(field: Field, frame: nw.LazyFrame[Any], population: Population) -> Classes:
    """Count one categorical column; its levels are text, in the order of their letters.

    Raises
    ------
    DataError
        Where it has more than 10,000 levels.
    """
    rows = frame.select(_level(field, frame).alias("@level"), *population.keys())
    levels = np.array(
        sorted(level for level in _levels(field, rows) if level is not None and level not in field.codes), dtype=object
    )
    slot = {level: place for place, level in enumerate([*levels, *field.codes, None])}
    found = grouped(rows, ["@level"], population)
    slots = np.array([slot[level] for level in _texts(found)], dtype=np.intp)
    return assembled(field, levels, levels, Sums.grouped(found, slots, len(slot), population), population)


def _level(field: Field, frame: nw.LazyFrame[Any]) -> Any:
    """Return the level as the engine groups it: text, whole numbers, truth values, or numbers of which NaN is missing."""
    column, dtype = nw.col(field.name), frame.collect_schema()[field.name]
    if dtype.is_float() or dtype.is_decimal():
        number = column.cast(nw.Float64) + 0.0
        return nw.when(~number.is_nan()).then(number)
    return column if dtype.is_integer() or dtype == nw.Boolean else column.cast(nw.String)


def _levels(field: Field, rows: nw.LazyFrame[Any]) -> set[str | None]:
    most = MAX_LEVELS + len(field.codes) + 1
    found = collected(rows.select("@level").unique().head(most + 1))
    if len(found) > most:
        (number,) = collected(rows.drop_nulls("@level").select(nw.col("@level").n_unique()))["@level"].to_pylist()
        raise DataError(
            f"{field.name} has {number:,} levels; expected at most {MAX_LEVELS:,}: is it an identifier or free text? "
            "Group its levels, make it numeric in the contract, or leave it out."
        )
    return set(_texts(found))


def _texts(found: pa.Table) -> list[str | None]:
    return [None if level is None else text(level) for level in found["@level"].to_pylist()]
