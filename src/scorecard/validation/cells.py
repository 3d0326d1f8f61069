"""A sample as the scorecard counts it: customers with the same bins are one cell, with so many goods and bads.

Whatever is a function of the bins, such as scores, fits and what becomes of them when a bin changes, is computed on cells:
there are fewer of them than rows, and their order does not depend on that of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scorecard import scale
from scorecard.errors import EvidenceError
from scorecard.model import Scorecard, Segment
from scorecard.woe import Characteristic, column

if TYPE_CHECKING:
    from scorecard.validation.evidence import Modelled, Scored

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
Bins = NDArray[np.signedinteger[Any]]
SMALL = 128  # bins that one byte can count
WIDEST_KEY = 2**62


@dataclass(frozen=True, eq=False)
class Block:
    """The cells of one segment's customers.

    Attributes
    ----------
    segment : Segment
    rows : int array of shape (customers,)
        Their places in the sample.
    cell : int array of shape (customers,)
    bins : int array of shape (cells, terms)
        The bin of each term; no two cells are the same.
    goods, bads : arrays of shape (cells,)
        Customers; of weighted rows the sums of weights, scaled to their effective number. Without known outcomes all are goods.
    good_rows, bad_rows : arrays of shape (cells,)
        The same, each row as one whatever its weight.
    """

    segment: Segment
    rows: Ints
    cell: Ints
    bins: Bins
    goods: Floats
    bads: Floats
    good_rows: Floats
    bad_rows: Floats

    @property
    def names(self) -> list[str]:
        """Names of the characteristics, in the order of `bins`."""
        return [term.name for term in self.segment.terms]

    @property
    def total(self) -> Floats:
        """Goods and bads together, shape (cells,)."""
        return self.goods + self.bads

    def woe(self, characteristics: Sequence[Characteristic] | None = None) -> Floats:
        """Return the WoE of every cell and term, shape (cells, terms); of other characteristics with the same bins if given."""
        made = characteristics or [term.characteristic for term in self.segment.terms]
        found = np.empty(self.bins.shape)
        for place, each in enumerate(made):
            found[:, place] = each.woe[self.bins[:, place]]
        return found

    def moved(self, name: str, bins: Bins) -> Bins:
        """Return the bins with those of one characteristic replaced; the same where the segment does not use it."""
        if name not in self.names:
            return self.bins
        changed = self.bins.copy()
        changed[:, self.names.index(name)] = bins
        return changed


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a whole sample, segment after segment."""

    card: Scorecard
    blocks: tuple[Block, ...]

    @property
    def goods(self) -> Floats:
        """Goods of every cell, shape (cells,)."""
        return np.concatenate([block.goods for block in self.blocks])

    @property
    def bads(self) -> Floats:
        """Bads of every cell, shape (cells,)."""
        return np.concatenate([block.bads for block in self.blocks])

    @property
    def inputs(self) -> list[str]:
        """Names of the characteristics of all segments, each once."""
        return list(dict.fromkeys(name for block in self.blocks for name in block.names))

    def steps(self, bins: Sequence[Bins] | None = None) -> Ints:
        """Return the score of every cell in whole steps, within the limits of the scale, shape (cells,).

        Parameters
        ----------
        bins : sequence of arrays of shape (cells, terms), optional
            Of each block, instead of its own.
        """
        scaling = self.card.scaling
        own = [block.bins for block in self.blocks] if bins is None else bins
        parts = [_steps(self.card, block.segment, each) for block, each in zip(self.blocks, own, strict=True)]
        return scaling.steps(scaling.total(np.concatenate(parts)))

    def score(self, steps: Ints) -> Floats:
        """Return the score of steps."""
        return np.asarray(steps / self.card.scaling.unit)

    def grade(self, steps: Ints) -> Ints:
        """Return the grade of steps, 0 the best."""
        return scale.assign(self.score(steps), self.card.grades)

    def pd(self, steps: Ints) -> Floats:
        """Return the final PD of steps."""
        return self.card.pds(self.score(steps))[2]


def counted(card: Scorecard, table: pa.Table, sample: Scored) -> Cells:
    """Return the cells of a sample.

    Parameters
    ----------
    card : Scorecard
    table : pyarrow.Table
        With the card's inputs, rows in the order of `sample`.
    sample : Scored

    Raises
    ------
    EvidenceError
        Where the table does not hold the rows of the sample.
    """
    if table.num_rows != sample.n:
        raise EvidenceError(
            f"the sample has {sample.n} scored customers and its table {table.num_rows} rows; expected the same. Score the table."
        )
    bad = np.zeros(sample.n, dtype=bool) if sample.bad is None else sample.bad == 1
    return Cells(card, tuple(_block(segment, part, rows, (sample.worth, bad)) for segment, rows, part in _parts(card, table)))


def candidate_bins(modelled: Modelled, cells: Mapping[str, Cells], sample: str) -> dict[str, Bins]:
    """Return the bin of every row of a sample for every characteristic that could have been in the card, shape (rows,) each."""
    found: dict[str, Bins] = {}
    blocks = cells[sample].blocks
    own = {} if len(blocks) > 1 else {name: blocks[0].bins[blocks[0].cell, at] for at, name in enumerate(blocks[0].names)}
    terms = {term.name: _labels(term.characteristic) for term in modelled.card.terms}
    for name, each in modelled.characteristics.items():
        if name in own and terms[name] == _labels(each):
            found[name] = own[name]
        else:
            small = np.int8 if len(each.bins) < SMALL else np.int16
            found[name] = each.assign(column(modelled.tables[sample], name)).astype(small)
    return found


def _labels(characteristic: Characteristic) -> list[str]:
    return [each.label for each in characteristic.bins]


def _parts(card: Scorecard, table: pa.Table) -> Iterator[tuple[Segment, Ints, pa.Table]]:
    for segment, rows, part in card.parts(table):
        places = np.arange(table.num_rows)[rows]
        if places.size:
            yield segment, places, part


def _block(segment: Segment, part: pa.Table, rows: Ints, worth: tuple[Floats, NDArray[np.bool_]]) -> Block:
    weight, bad = worth[0][rows], worth[1][rows]
    bins = np.empty((rows.size, len(segment.terms)), dtype=np.int16)
    for place, term in enumerate(segment.terms):
        bins[:, place] = term.characteristic.assign(column(part, term.name))
    sizes = [len(term.points) for term in segment.terms]
    first, cell = _distinct(bins, sizes)
    size = first.size
    sums = [np.bincount(cell, each, size).astype(float) for each in (weight * ~bad, weight * bad, ~bad, bad)]
    return Block(segment, rows, cell, bins[first], *sums)


def _distinct(bins: Bins, sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """Return a row of each distinct combination, and the combination of every row: bins are digits of one whole number."""
    key, width = np.zeros(len(bins), dtype=np.int64), 1
    for place, size in enumerate(sizes):
        if width * size > WIDEST_KEY:
            distinct, key = np.unique(key, return_inverse=True)
            width = distinct.size
        key, width = key * size + bins[:, place], width * size
    _, first, cell = np.unique(key, return_index=True, return_inverse=True)
    return first.astype(np.int64), cell.astype(np.int64)


def _steps(card: Scorecard, segment: Segment, bins: Bins) -> Ints:
    total = np.full(len(bins), int(card.scaling.steps(segment.base)), dtype=np.int64)
    for place, term in enumerate(segment.terms):
        total += card.scaling.steps(term.points)[bins[:, place]]
    return total
