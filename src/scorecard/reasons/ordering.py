"""Which reasons a customer gets, and in which order: whole numbers, so that every engine gives the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.model import Placed, Scorecard, Segment
from scorecard.points import Scaling
from scorecard.woe import Places as Bins

FINE = 100  # reference points are kept to a hundredth of the score's step
ROOM = 1000  # shortfalls are told apart by whole numbers; below it lies the place of the characteristic, so that no two tie
Keys = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
BLOCK = 16_384  # rows whose keys stay in a core's cache while they are ranked


def reference_steps(reference: float, scaling: Scaling) -> int:
    """Return reference points in hundredths of the score's step."""
    return int(np.rint(reference * scaling.unit * FINE))


def codes(card: Scorecard, table: pa.Table | pa.RecordBatch) -> npt.NDArray[Any]:
    """Return the codes of each row's reasons, the largest shortfall first, shape (rows, most); None where there are fewer.

    The code of a reason is the name of its characteristic. Customers at or above the cut-off get none.
    """
    names = np.array([*(term.name for term in card.terms), None], dtype=object)  # the last, at place -1, where there is no reason
    return np.asarray(names[given(card, card.placed(table), table.num_rows)].T)


def given(card: Scorecard, placed: Sequence[Placed], rows: int) -> npt.NDArray[np.int16]:
    """Return the places in `Scorecard.terms` of each row's reasons, the largest shortfall first, shape (most, rows); -1 for none.

    Parameters
    ----------
    card : Scorecard
    placed : sequence of Placed
        From `Scorecard.placed`.
    rows : int
    """
    most = 0 if card.reasons is None else card.reasons.most
    found = np.full((most, rows), -1, dtype=np.int16)
    before = 0
    for segment, where, bins in placed if most else ():
        due = np.arange(rows)[where]
        kept = np.flatnonzero(refused(card, segment, bins, len(due)))
        for start in range(0, len(kept), BLOCK):
            part = kept[start : start + BLOCK]
            for rank, places in enumerate(_largest(segment, [index[part] for index in bins], card.scaling, most)):
                found[rank, due[part]] = np.where(places < 0, -1, places + before)
        before += len(segment.terms)
    return found


def _largest(segment: Segment, bins: Sequence[Bins], scaling: Scaling, most: int) -> Iterator[Places]:
    """Yield the places of the terms with the largest key, the next largest and so on, shape (rows,) each; -1 where nothing was lost.

    Every column of keys sinks through the largest ones so far: maxima and minima of whole columns take a small part of the
    time that sorting every row would.
    """
    lookups = [keys(segment, place, scaling) for place in range(len(bins))]
    small = all(np.abs(each).max() <= np.iinfo(np.int32).max for each in lookups)
    columns = [(each.astype(np.int32) if small else each)[index] for each, index in zip(lookups, bins, strict=True)]
    largest = [np.full_like(columns[0], -1) for _ in range(min(most, len(columns)))]
    for column in columns:
        sinking = column
        for rank, held in enumerate(largest):
            largest[rank], sinking = np.maximum(held, sinking), np.minimum(held, sinking)
    for held in largest:
        yield np.where(held >= ROOM, len(columns) - held % ROOM, -1)


def keys(segment: Segment, place: int, scaling: Scaling) -> Keys:
    """Return a whole number for each bin of a term that orders reasons, shape (bins,).

    It is ``ROOM`` times the shortfall in hundredths of a step, plus the number of terms that follow: of two equal
    shortfalls the characteristic that comes first in the scorecard is named first. Below ``ROOM`` nothing was lost.

    Parameters
    ----------
    segment : Segment
        Whose terms have reference points.
    place : int
        Of the term.
    scaling : Scaling
    """
    term = segment.terms[place]
    lost = reference_steps(term.reference or 0.0, scaling) - FINE * scaling.steps(term.points)
    return np.asarray(lost * ROOM + len(segment.terms) - place, dtype=np.int64)


def ranked(found: Keys) -> Places:
    """Return the places of the terms of each row, the largest key first, -1 where nothing was lost, shape (rows, terms)."""
    order = np.argsort(-found, axis=1, kind="stable")
    return np.where(np.take_along_axis(found, order, axis=1) >= ROOM, order, -1)


def totals(card: Scorecard, segment: Segment, steps: Keys) -> npt.NDArray[np.float64]:
    """Return the score of each row of a segment, shape (rows,)."""
    return card.scaling.total(steps.sum(axis=1) + card.scaling.steps(segment.base))


def refused(card: Scorecard, segment: Segment, bins: Sequence[Bins], rows: int) -> npt.NDArray[np.bool_]:
    """Return whether each of so many rows of a segment gets reasons: it lies below the cut-off, or there is none, shape (rows,)."""
    if card.reasons is None or card.reasons.cutoff is None:
        return np.ones(rows, dtype=np.bool_)
    return np.asarray(card.scaling.total(card.steps(segment, bins, rows)) < card.reasons.cutoff)
