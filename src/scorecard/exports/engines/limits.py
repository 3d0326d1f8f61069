"""Numbers that a spreadsheet cannot tell from a boundary, so that golden vectors with them are left out there, and said to be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.exports.golden import readers
from scorecard.model import Scorecard

NEAR = 5e-15  # relative distance from which spreadsheets tell numbers apart (LibreOffice: 2**-48; Excel: 15 digits)


def near(card: Scorecard, rows: pa.Table) -> npt.NDArray[np.bool_]:
    """Return which rows hold a number that 15 digits do not tell from a boundary or a special code, shape (rows,).

    Parameters
    ----------
    card : Scorecard
    rows : pyarrow.Table
        Golden vectors.
    """
    found = np.zeros(rows.num_rows, dtype=bool)
    for name in card.inputs:
        points = [*_points(card, name)]
        if points:
            values = rows.column(name).to_pylist()
            found |= np.array(
                [any(0 < abs(value - point) < NEAR * abs(point) for point in points) for value in map(_number, values)]
            )
    return found


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _points(card: Scorecard, name: str) -> Iterator[float]:
    """Yield the boundaries and special codes of a numeric column."""
    for each in readers(card, name):
        if each.kind == "numeric":
            yield from map(float, each.edges)
            yield from (float(found.values[0]) for found in each.bins if found.kind == "special")
