"""The fine classes of numbers: cells of decimal grids, refined where that separates rows, then pooled.

The classes depend on the values and on nothing else: not on the order of rows, not on the engine, not on how it finds them.
A grid of width w, a power of ten, puts x into cell floor(x / w); division and floor are the same in every engine (IEEE 754).
Borders of cells are short decimal numbers, so the gap between neighbouring classes holds an edge that can be defended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard.counts.classes import Floats

MAX_CLASSES = (
    10_000  # on real data 200 lose 1 to 9 % of a characteristic's information value, 5,000 up to 1.5 %, 10,000 under 0.8 %
)
CELLS_A_SCAN = 50_000  # what one scan is to return; twice that where it refines every class by one decade
SCANS = 8
DECADES = 4  # by which one scan refines at most
LIGHT = 5_000  # a cell of at most one 5,000th of the rows is fine enough where there are more values than classes
SAME = 1e-14  # values that agree in 14 digits share a class: no edge between them could be written down
SMALLEST = -290  # exponent of the finest grid; smaller numbers are not told apart
NUDGE = 2.0**-50  # lifts 0.29 / 0.01 = 28.999999999999996 into cell 29; monotone, for |y| grows with y's distance from 0


@dataclass(frozen=True)
class Cells:
    """Disjoint ascending ranges of values: their smallest and largest value, and their rows; arrays of shape (cells,)."""

    low: Floats
    high: Floats
    rows: Floats

    def take(self, index: Any) -> Cells:
        """Return some cells."""
        return Cells(self.low[index], self.high[index], self.rows[index])

    def __len__(self) -> int:
        return len(self.low)


Split = Callable[[Cells, npt.NDArray[np.bool_], float], Cells]


def fine(start: Cells, split: Split, splits: Sequence[float] = ()) -> Cells:
    """Return the fine classes of a characteristic.

    Parameters
    ----------
    start : Cells
        All its values, cut at `splits`.
    split : function of (cells, chosen, width)
        Returns the cells of a grid of that width within the chosen cells, ascending: one scan of the rows.
    splits : sequence of float
        Edges that no class may contain.

    Returns
    -------
    Cells
        The distinct values where there are at most 10,000, else at most 10,000 cells (and one more for each of `splits`).
    """
    cells = start
    for _ in range(SCANS):
        chosen = _chosen(cells)
        if not chosen.any():
            break
        found = split(cells, chosen, width(cells.take(chosen)))
        cells = _together(cells.take(~chosen), found)
    return pooled(cells, splits)


def cell(values: Any, width: float) -> Any:
    """Return the cell of values in the grid of a width: of arrays, or of an engine's expressions.

    Examples
    --------
    >>> float(np.floor(0.29 / 0.01)), float(cell(np.array(0.29), 0.01))
    (28.0, 29.0)
    """
    place = values / width
    lifted = place + abs(place) * NUDGE if isinstance(values, np.ndarray) else place + place.abs() * NUDGE
    return np.floor(lifted) if isinstance(values, np.ndarray) else lifted.floor()


def width(cells: Cells) -> float:
    """Return the width of the next grid: decades below the widest of the cells, as many as one scan may return.

    Examples
    --------
    >>> width(Cells(np.array([0.0]), np.array([43.0]), np.array([9.0])))
    0.01
    """
    with np.errstate(over="ignore"):
        widest = min(float((cells.high - cells.low).max()), float(np.finfo(np.float64).max))
    decades = max((each for each in range(1, DECADES + 1) if len(cells) * 10**each <= CELLS_A_SCAN), default=1)
    return float(f"1e{max(Decimal(widest).adjusted() + 1 - decades, SMALLEST - DECADES)}")


def _chosen(cells: Cells) -> npt.NDArray[np.bool_]:
    """Tell which cells to refine: all that hold different values, and once there are more than classes, the heavy ones."""
    with np.errstate(over="ignore"):
        extent = cells.high - cells.low
    several = (extent > SAME * np.maximum(np.abs(cells.low), np.abs(cells.high))) & (extent > float(f"1e{SMALLEST}"))
    heavy = cells.rows * LIGHT > cells.rows.sum()
    chosen: npt.NDArray[np.bool_] = several if len(cells) <= MAX_CLASSES else several & heavy
    return chosen


def _together(one: Cells, other: Cells) -> Cells:
    sides = ((one.low, other.low), (one.high, other.high), (one.rows, other.rows))
    joined = Cells(*(np.concatenate(both) for both in sides))
    return joined.take(np.argsort(joined.low, kind="stable"))  # merges what is sorted


def pooled(cells: Cells, splits: Sequence[float]) -> Cells:
    """Pool neighbouring cells to at most 10,000 of nearly equal size, never across a split."""
    if len(cells) <= MAX_CLASSES:
        return cells
    reached = np.cumsum(cells.rows)
    group = (reached - cells.rows / 2) * MAX_CLASSES // reached[-1]
    section = np.searchsorted(np.array(splits, dtype=np.float64), cells.low, side="right")
    first = np.flatnonzero((np.diff(group, prepend=-1) != 0) | (np.diff(section, prepend=-1) != 0))
    last = np.append(first[1:], len(cells)) - 1
    return Cells(cells.low[first], cells.high[last], np.add.reduceat(cells.rows, first))
