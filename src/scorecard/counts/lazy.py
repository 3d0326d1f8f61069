"""Fine classes and counts of one column where it is: grouped by the engine, never fetched.

Every row has a state (a section of plain values between splits, missing, infinite, or a special code) and, one grid after
another, a cell. Rows of one state and one path of cells make a group; only groups come back.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.counts import grid
from scorecard.counts.classes import Classes
from scorecard.counts.fields import Field, refuse_infinite
from scorecard.counts.grid import Cells
from scorecard.counts.population import Population
from scorecard.counts.sums import Sums, assembled, collected, grouped, numbers

MISSING, POSITIVE, NEGATIVE, CODED = -1, -2, -3, -4  # states below 0; the first special code has CODED, the next one less
RUNS = 32  # of cells that a filter names; it may let through rows that no chosen cell holds, and their groups are dropped


class Scans:
    """The scans of one column.

    Parameters
    ----------
    frame : LazyFrame
        With the column and the population's keys.
    """

    def __init__(self, frame: nw.LazyFrame[Any], field: Field, population: Population) -> None:
        value = nw.col(field.name).cast(nw.Float64) + 0.0
        self.rows = frame.select(value.alias("@x"), _state(value, field).alias("@state"), *population.keys())
        self.path: list[str] = []

    def start(self) -> tuple[Cells, dict[int, int]]:
        """Return the plain values between splits, and the rows of every other state."""
        found = _ranges(self.rows, ["@state"])
        states = numbers(found, "@state").astype(np.intp)
        cells = _cells(found).take(states >= 0)
        other = zip(states, numbers(found, "@rows"), strict=True)
        return cells.take(np.argsort(cells.low)), {int(state): int(rows) for state, rows in other if state < 0}

    def split(self, cells: Cells, chosen: npt.NDArray[np.bool_], width: float) -> Cells:
        """Return the cells of a grid within chosen cells, ascending."""
        inside = (nw.col("@state") >= 0) & _within(cells, chosen)
        name = f"@cell{len(self.path)}"
        cell = grid.cell(nw.col("@x"), width) + 0.0
        found = _ranges(self.rows.filter(inside).with_columns(cell.alias(name)), ["@state", *self.path, name])
        self.rows = self.rows.with_columns(nw.when(inside).then(cell).alias(name))
        self.path.append(name)
        return _inside(_cells(found), cells.take(chosen))

    def sums(self, cells: Cells, field: Field, population: Population) -> Sums:
        """Return the sums of every slot, by part."""
        found = grouped(self.rows, ["@state", *self.path], population, nw.col("@x").min().alias("@low"))
        return Sums.grouped(found, _slot(found, cells, field), len(cells) + len(field.codes) + 1, population)


def classes_of(field: Field, frame: nw.LazyFrame[Any], population: Population) -> Classes:
    """Count one numeric column.

    Raises
    ------
    DataError
        Where a value is infinite.
    """
    scans = Scans(frame, field, population)
    start, other = scans.start()
    refuse_infinite(field.name, other.get(POSITIVE, 0), other.get(NEGATIVE, 0))
    cells = grid.fine(start, scans.split, field.splits)
    return assembled(field, cells.low, cells.high, scans.sums(cells, field, population), population)


def _ranges(rows: nw.LazyFrame[Any], keys: list[str]) -> pa.Table:
    value = nw.col("@x")
    return collected(rows.group_by(*keys).agg(nw.len().alias("@rows"), value.min().alias("@low"), value.max().alias("@high")))


def _state(value: Any, field: Field) -> Any:
    """Return the state of a row: missing comes first, then special codes, then what is infinite, then the section."""
    section = reduce(lambda sum_, edge: sum_ + (value >= edge).cast(nw.Int64), field.splits, nw.lit(0, nw.Int64))
    cases = [(value == float("inf"), POSITIVE), (value == float("-inf"), NEGATIVE)]
    cases += [(value == code, CODED - place) for place, code in enumerate(field.codes)]
    cases += [(value.is_null() | value.is_nan(), MISSING)]
    return reduce(lambda rest, case: nw.when(case[0]).then(nw.lit(case[1], nw.Int64)).otherwise(rest), cases, section)


def _within(cells: Cells, chosen: npt.NDArray[np.bool_]) -> Any:
    """Return the condition that a value lies in a run of chosen cells; beyond some runs, those nearest each other are joined."""
    places = np.flatnonzero(chosen)
    gaps = np.diff(places)
    widest = np.sort(np.argsort(-gaps, kind="stable")[: RUNS - 1])
    cuts = [-1, *widest[gaps[widest] > 1], len(places) - 1]
    runs = [(cells.low[places[before + 1]], cells.high[places[last]]) for before, last in pairwise(cuts)]
    return reduce(
        lambda one, other: one | other, ((nw.col("@x") >= float(low)) & (nw.col("@x") <= float(high)) for low, high in runs)
    )


def _inside(found: Cells, parents: Cells) -> Cells:
    """Return the cells that lie in a parent, ascending."""
    found = found.take(np.argsort(found.low))
    home = np.searchsorted(parents.low, found.low, side="right") - 1
    return found.take((home >= 0) & (found.low <= parents.high[home]))


def _slot(found: pa.Table, cells: Cells, field: Field) -> npt.NDArray[np.intp]:
    state = numbers(found, "@state").astype(np.intp)
    plain = np.searchsorted(cells.low, np.nan_to_num(numbers(found, "@low")), side="right") - 1
    coded = len(cells) + CODED - state
    return np.where(state >= 0, plain, np.where(state == MISSING, len(cells) + len(field.codes), coded)).astype(np.intp)


def _cells(found: pa.Table) -> Cells:
    return Cells(numbers(found, "@low") + 0.0, numbers(found, "@high") + 0.0, numbers(found, "@rows"))
