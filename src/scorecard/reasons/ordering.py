"""Which reasons a customer gets, and in which order: whole numbers, so that every engine gives the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.model import Scorecard, Segment
from scorecard.points import Scaling

FINE = 100  # reference points are kept to a hundredth of the score's step
ROOM = 1000  # shortfalls are told apart by whole numbers; below it lies the place of the characteristic, so that no two tie
Keys = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]


def reference_steps(reference: float, scaling: Scaling) -> int:
    """Return reference points in hundredths of the score's step."""
    return int(np.rint(reference * scaling.unit * FINE))


def keys(segment: Segment, steps: Keys, scaling: Scaling) -> Keys:
    """Return a whole number per row and term that orders reasons, shape (rows, terms).

    It is ``ROOM`` times the shortfall in hundredths of a step, plus the number of terms that follow: of two equal
    shortfalls the characteristic that comes first in the scorecard is named first. Below ``ROOM`` nothing was lost.

    Parameters
    ----------
    segment : Segment
        Whose terms have reference points.
    steps : array of shape (rows, terms)
        From `Scorecard.points_of`.
    scaling : Scaling
    """
    reference = np.array([reference_steps(term.reference or 0.0, scaling) for term in segment.terms], dtype=np.int64)
    following = np.arange(len(segment.terms), 0, -1, dtype=np.int64)
    return np.asarray((reference - FINE * steps) * ROOM + following, dtype=np.int64)


def codes(card: Scorecard, table: pa.Table | pa.RecordBatch) -> npt.NDArray[Any]:
    """Return the codes of each row's reasons, the largest shortfall first, shape (rows, most); None where there are fewer.

    The code of a reason is the name of its characteristic. Customers at or above the cut-off get none.
    """
    if card.reasons is None:
        return np.empty((table.num_rows, 0), dtype=object)
    found = np.full((table.num_rows, card.reasons.most), None, dtype=object)
    for segment, rows, part in card.parts(table):
        steps = card.points_of(segment, part)
        ordered = ranked(keys(segment, steps, card.scaling))[:, : card.reasons.most]
        names = np.array([term.name for term in segment.terms], dtype=object)
        chosen = names[ordered]
        chosen[(ordered < 0) | ~refused(card, segment, steps)[:, None]] = None
        block = np.full((part.num_rows, card.reasons.most), None, dtype=object)
        block[:, : chosen.shape[1]] = chosen
        found[rows] = block
    return found


def ranked(found: Keys) -> Places:
    """Return the places of the terms of each row, the largest key first, -1 where nothing was lost, shape (rows, terms)."""
    order = np.argsort(-found, axis=1, kind="stable")
    return np.where(np.take_along_axis(found, order, axis=1) >= ROOM, order, -1)


def totals(card: Scorecard, segment: Segment, steps: Keys) -> npt.NDArray[np.float64]:
    """Return the score of each row of a segment, shape (rows,)."""
    return card.scaling.total(steps.sum(axis=1) + card.scaling.steps(segment.base))


def refused(card: Scorecard, segment: Segment, steps: Keys) -> npt.NDArray[np.bool_]:
    """Return whether each row of a segment gets reasons: it lies below the cut-off, or there is none, shape (rows,)."""
    if card.reasons is None or card.reasons.cutoff is None:
        return np.ones(len(steps), dtype=np.bool_)
    return np.asarray(totals(card, segment, steps) < card.reasons.cutoff)
