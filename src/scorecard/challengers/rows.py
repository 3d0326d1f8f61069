"""Which rows train, which stop the training, and which judge: the same for all challengers, whatever order they came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.model_selection import StratifiedKFold

from scorecard.challengers.encoding import Encoder, Encoding, Floats, Ints
from scorecard.data.samples import BAD, WEIGHT
from scorecard.errors import EvidenceError
from scorecard.woe import Characteristic

FOLDS = 3
STOP_PARTS = 5  # a fifth of the rows stops the training of models that grow in rounds; no model is trained or judged on it
SEARCH_ROWS = 10_000  # convention: what more rows tell two settings apart by is less than what they cost in time
SEARCH_EVENTS = 500  # but at least so many goods and bads, where there are as many
MIN_EVENTS = 20  # convention: with fewer goods or bads a fold's AUC is noise


class Matrix(NamedTuple):
    """Rows as an estimator takes them; no weights where all are 1."""

    features: Floats
    bad: npt.NDArray[np.int64]
    weight: Floats | None

    def part(self, rows: Ints | slice) -> Matrix:
        """Return some of the rows."""
        return Matrix(self.features[rows], self.bad[rows], None if self.weight is None else self.weight[rows])


@dataclass(frozen=True)
class Splits:
    """Positions of rows: those that stop the training, and per fold those that train and those that judge."""

    stop: Ints
    folds: tuple[tuple[Ints, Ints], ...]


@dataclass(frozen=True)
class Development:
    """The rows that all challengers are made of, in an order that depends on their content and the seed alone.

    Attributes
    ----------
    characteristics : tuple of Characteristic
    table : pyarrow.Table
        In that order, with ``@bad`` and ``@weight``.
    splits : Splits
    """

    characteristics: tuple[Characteristic, ...]
    table: pa.Table
    splits: Splits
    _matrices: dict[Encoding, Matrix] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, characteristics: Sequence[Characteristic], table: pa.Table, seed: int) -> Development:
        """Put rows in their order and split them.

        Raises
        ------
        EvidenceError
            Where there are fewer than 20 goods or bads.
        """
        ordered = table.take(pa.array(order(characteristics, table, seed)))
        return cls(tuple(characteristics), ordered, splits(ordered.column(BAD).to_numpy(), seed))

    def encoder(self, encoding: Encoding) -> Encoder:
        """Return what encodes its characteristics."""
        return Encoder(self.characteristics, encoding)

    def matrix(self, encoding: Encoding) -> Matrix:
        """Return all rows as estimators of an encoding take them; made once."""
        if encoding not in self._matrices:
            bad, weight = self.table.column(BAD).to_numpy().astype(np.int64), weights(self.table)
            self._matrices[encoding] = Matrix(self.encoder(encoding).transform(self.table), bad, weight)
        return self._matrices[encoding]


def weights(table: pa.Table) -> Floats | None:
    """Return the weights of rows, None where all are 1."""
    if WEIGHT not in table.schema.names:
        return None
    found: Floats = table.column(WEIGHT).to_numpy().astype(np.float64)
    return None if (found == 1).all() else found


def order(characteristics: Sequence[Characteristic], table: pa.Table, seed: int) -> Ints:
    """Return the order in which rows are taken, shape (rows,): the seed shuffles them after they were sorted by all they hold.

    Rows that are equal in every value cannot be told apart, so whichever comes first nothing changes.
    """
    features = Encoder(tuple(characteristics)).transform(table)
    keys = [*features.T[::-1], table.column(BAD).to_numpy()]
    if (weight := weights(table)) is not None:
        keys.append(weight)
    by_content = np.lexsort(keys)
    return by_content[np.random.default_rng(seed).permutation(len(by_content))]


def sample(characteristics: Sequence[Characteristic], table: pa.Table, rows: int, seed: int) -> pa.Table:
    """Return so many rows at random, the same ones whatever order they came in; all where there are no more."""
    return table.take(pa.array(order(characteristics, table, seed)[:rows]))


def splits(bad: npt.NDArray[np.int64], seed: int) -> Splits:
    """Return who trains, stops and judges, of rows in their order.

    At most `SEARCH_ROWS` rows take part, or as many as hold `SEARCH_EVENTS` goods and bads; the fitted model takes all.

    Raises
    ------
    EvidenceError
        Where there are fewer than 20 goods or bads.
    """
    bads = int(bad.sum())
    if min(bads, len(bad) - bads) < MIN_EVENTS:
        raise EvidenceError(
            f"Development has {bads} bads and {len(bad) - bads} goods; a search needs {MIN_EVENTS} of each. Widen the sample."
        )
    taken = bad[: _rows(bad)]
    rest, stop = next(iter(StratifiedKFold(STOP_PARTS, shuffle=True, random_state=seed).split(taken, taken)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rest, taken[rest])
    return Splits(stop, tuple((rest[train], rest[judge]) for train, judge in folds))


def _rows(bad: npt.NDArray[np.int64]) -> int:
    enough = [int(np.flatnonzero(bad == side)[:SEARCH_EVENTS][-1]) + 1 for side in (0, 1)]
    return max(SEARCH_ROWS, *enough)
