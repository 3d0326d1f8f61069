"""Fine classes and counts of one column held in memory: sorted once, then searched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scorecard.counts import grid
from scorecard.counts.classes import Classes, Floats
from scorecard.counts.fields import Field, refuse_infinite
from scorecard.counts.grid import Cells
from scorecard.counts.population import Population
from scorecard.counts.sums import Rows, Sums, assembled

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Keys:
    """The rows that are bad, and per row its weight in whole units and the number of its part; None where all are alike."""

    bad: Indices
    units: Floats | None
    part: Indices | None


def classes_of(field: Field, values: Floats, keys: Keys, population: Population) -> Classes:
    """Count one numeric column.

    Parameters
    ----------
    values : array of shape (rows,)
        NaN where missing; sorted in place where it may be written to.
    keys : Keys
        Of the same rows.

    Raises
    ------
    DataError
        Where a value is infinite.
    """
    alike = keys.units is None and keys.part is None
    order = None if alike else np.argsort(values)
    bads = np.sort(values[keys.bad])
    ordered = _sorted(values) if order is None else values[order]
    plain = _plain(ordered, field)
    finite = np.searchsorted(plain, np.inf), np.searchsorted(plain, -np.inf, side="right")
    refuse_infinite(field.name, len(plain) - int(finite[0]), int(finite[1]))
    cells = grid.fine(_start(plain, field), lambda *asked: split(plain, *asked), field.splits)
    if order is None:
        sums = Sums(_counted(ordered, cells.rows, field)[None], _counted(bads, _rows(bads, cells, field), field)[None])
    else:
        shape = len(population.parts), len(cells) + len(field.codes) + 1
        sums = _summed(_slots(ordered, cells, field), order, keys, shape)
    return assembled(field, cells.low, cells.high, sums, population)


def split(values: Floats, cells: Cells, chosen: npt.NDArray[np.bool_], width: float) -> Cells:
    """Return the cells of a grid within chosen cells of sorted values: binary search for the first value of each cell."""
    parents = cells.take(chosen)
    end = np.cumsum(cells.rows).astype(np.intp)[chosen]  # cells hold all values, and their rows are known
    start = end - parents.rows.astype(np.intp)
    first, last = grid.cell(parents.low, width), grid.cell(parents.high, width)
    inner = (last - first).astype(np.intp)
    parent = np.repeat(np.arange(len(parents)), inner)
    place = np.arange(len(parent)) - np.repeat(np.cumsum(inner) - inner, inner)
    border = _search(values, start[parent], end[parent], first[parent] + 1 + place, width)
    starts = np.sort(np.concatenate([start, border]), kind="stable")  # merges what is sorted
    starts = starts[np.diff(starts, prepend=-1) > 0]
    home = np.searchsorted(start, starts, side="right") - 1
    ends = np.minimum(np.append(starts[1:], len(values)), end[home])
    return Cells(values[starts] + 0.0, values[ends - 1] + 0.0, (ends - starts).astype(np.float64))


def _search(values: Floats, left: Indices, right: Indices, target: Floats, width: float) -> Indices:
    """Return the first position in [left, right) whose value's cell reaches the target; one does."""
    found = np.clip(np.searchsorted(values, target * width), left, right - 1)  # right but for rounding
    before = (found == left) | (grid.cell(values[found - 1], width) < target)
    other = np.flatnonzero(~(before & (grid.cell(values[found], width) >= target)))
    left, right, target = left[other], right[other], target[other]
    while (left < right).any():
        middle = np.where(left < right, (left + right) // 2, left)
        reached = grid.cell(values[middle], width) >= target
        left, right = np.where((left < right) & ~reached, middle + 1, left), np.where(reached, middle, right)
    found[other] = left
    return found


def _sorted(values: Floats) -> Floats:
    ordered = values if values.flags.writeable else values.copy()
    ordered.sort()
    return ordered


def _plain(ordered: Floats, field: Field) -> Floats:
    """Return sorted values without missing ones, which stand last, and special codes."""
    plain = ordered[: np.searchsorted(ordered, np.nan)]
    for code in field.codes:
        left, right = (np.searchsorted(plain, code, side=side) for side in ("left", "right"))
        if left < right:
            plain = np.concatenate([plain[:left], plain[right:]])
    return plain


def _start(plain: Floats, field: Field) -> Cells:
    """Return all values, cut at the field's splits."""
    borders = np.unique(np.concatenate([[0], np.searchsorted(plain, field.splits), [len(plain)]]).astype(np.intp))
    start, end = borders[:-1], borders[1:]
    return Cells(plain[start] + 0.0, plain[end - 1] + 0.0, (end - start).astype(np.float64))


def _rows(ordered: Floats, cells: Cells, field: Field) -> Floats:
    """Return how many of sorted values each class holds."""
    plain = _plain(ordered, field)
    return np.diff(np.append(np.searchsorted(plain, cells.low), len(plain))).astype(np.float64)


def _counted(ordered: Floats, rows: Floats, field: Field) -> Floats:
    """Return the rows of each slot (classes, special codes, missing) among sorted values."""
    present = ordered[: np.searchsorted(ordered, np.nan)]
    coded = [np.subtract(*(np.searchsorted(present, code, side=side) for side in ("right", "left"))) for code in field.codes]
    return np.concatenate([rows, coded, [len(ordered) - len(present)]])


def _slots(ordered: Floats, cells: Cells, field: Field) -> Indices:
    """Return the slot of each of the sorted values."""
    starts = np.zeros(len(ordered) + 1, dtype=np.intp)
    starts[np.searchsorted(ordered, cells.low)] = 1
    slots = np.cumsum(starts[:-1]) - 1
    for place, code in enumerate(field.codes, start=len(cells)):
        slots[np.searchsorted(ordered, code) : np.searchsorted(ordered, code, side="right")] = place
    slots[np.searchsorted(ordered, np.nan) :] = len(cells) + len(field.codes)
    return slots


def _summed(slots: Indices, order: Indices, keys: Keys, shape: tuple[int, int]) -> Sums:
    """Return the sums of each slot, by part."""
    index = slots if keys.part is None else keys.part[order] * shape[1] + slots
    bad = np.zeros(len(order))
    bad[keys.bad] = 1.0
    bad = bad[order]
    units = None if keys.units is None else keys.units[order]
    return Sums.of(index, shape, Rows(np.ones(len(order)), bad, units, None if units is None else units * bad))
