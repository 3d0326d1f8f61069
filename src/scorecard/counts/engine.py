"""Counts first: goods and bads per characteristic and fine class, one grouped aggregation on any engine.

Narwhals runs the aggregation where the rows are (DuckDB, pandas, polars, Arrow, Spark); only the classes come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scorecard.counts.classes import Classes, Kind, Tally
from scorecard.data.outcome import BAD, WEIGHT

MAX_CLASSES = 1000
WEIGHT_DECIMALS = 6  # a parallel sum of weights is not the same in its last bits twice


def count(frame: Any, name: str, kind: Kind, special_codes: Mapping[str, Any]) -> Classes:
    """Count goods and bads of one characteristic by its values.

    Parameters
    ----------
    frame : any table that Narwhals supports, eager or lazy
        With the characteristic, ``@bad`` (0 or 1) and ``@weight``.
    special_codes : mapping of label to code

    Returns
    -------
    Classes
        The distinct values where there are at most 1,000, else 1,000 classes of nearly equal size.
    """
    values, tally = _by_value(frame, name, kind)
    missing = pc.is_null(values).to_numpy(zero_copy_only=False)
    levels = values.to_numpy(zero_copy_only=False)
    special, coded = {}, np.zeros(len(levels), dtype=bool)
    for label, code in special_codes.items():
        found = ~missing & (levels == (str(code) if kind == "categorical" else float(code)))
        special[label] = (code, tally.take(found).total())
        coded |= found
    plain = np.flatnonzero(~missing & ~coded)
    ordered = plain[np.argsort(levels[plain], kind="stable")]
    classes = Classes(name, kind, levels[ordered], levels[ordered], tally.take(ordered), special, tally.take(missing).total())
    return _pooled(classes, MAX_CLASSES) if kind == "numeric" else classes


def _by_value(frame: Any, name: str, kind: str) -> tuple[pa.Array, Tally]:
    """Group on the engine: numbers as floats, in which -0.0 is 0.0 and NaN is missing whatever the engine holds them for."""
    value, bad, weight = nw.col(name), nw.col(BAD).cast(nw.Float64), nw.col(WEIGHT).cast(nw.Float64)
    table = nw.from_native(frame).lazy()
    if kind == "numeric":
        value = value.cast(nw.Float64) + 0.0
    summed = (
        table.select(value.alias("@value"), bad.alias("@bads"), weight.alias("@all"), (bad * weight).alias("@wbads"))
        .group_by("@value")
        .agg(nw.len().alias("@rows"), *(nw.col(part).sum() for part in ("@bads", "@all", "@wbads")))
        .collect("pyarrow")
        .to_native()
    )
    rows, bads, weights, weighted_bads = (
        np.round(summed[column].to_numpy().astype(np.float64), WEIGHT_DECIMALS) for column in ("@rows", "@bads", "@all", "@wbads")
    )
    values = pc.cast(summed["@value"], pa.string() if kind == "categorical" else pa.float64()).combine_chunks()
    if kind == "numeric":
        values = pc.if_else(pc.is_nan(values), None, values)
    return values, Tally(rows - bads, bads, weights - weighted_bads, weighted_bads)


def _pooled(classes: Classes, most: int) -> Classes:
    """Pool neighbouring values to at most `most` classes of nearly equal size."""
    if len(classes.low) <= most:
        return classes
    reached = np.cumsum(classes.tally.accounts)
    group = np.minimum((reached - classes.tally.accounts / 2) * most // reached[-1], most - 1).astype(np.intp)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    last = np.append(first[1:], len(group)) - 1
    number = np.cumsum(np.diff(group, prepend=-1) > 0) - 1
    return replace(classes, low=classes.low[first], high=classes.high[last], tally=classes.tally.grouped(number, len(first)))
