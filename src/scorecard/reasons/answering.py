"""What a scorecard answers to rows, as one batch: scores, PDs, grade and reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.model import Scorecard
from scorecard.reasons.ordering import given

SCORES = ("score", "pd_raw", "pd_calibrated", "pd")


def outputs(card: Scorecard) -> tuple[str, ...]:
    """Return the names of what a scorecard answers, in order."""
    most = 0 if card.reasons is None else card.reasons.most
    return (*SCORES, "grade", *(f"reason_{rank}" for rank in range(1, most + 1)))


def answers(card: Scorecard, rows: pa.Table | pa.RecordBatch) -> tuple[pa.RecordBatch, dict[str, int]]:
    """Return score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on of each row, and how many rows held unseen levels by characteristic.

    Grades and reasons are dictionary-encoded, null where there are none. A reason is the name of its characteristic.

    Parameters
    ----------
    card : Scorecard
    rows : pyarrow.Table or RecordBatch
        With every input; more columns are ignored.

    Raises
    ------
    DataError
        Where an input is missing.
    """
    placed = card.placed(rows)
    scored = card.scored(placed, rows.num_rows)
    columns = {name: pa.array(getattr(scored, name)) for name in SCORES}
    columns["grade"] = _encoded(scored.grade, card.grade_names())
    names = [term.name for term in card.terms]
    for rank, places in enumerate(given(card, placed, rows.num_rows), start=1):
        columns[f"reason_{rank}"] = _encoded(places, names)
    return pa.RecordBatch.from_pydict(columns), scored.unseen


def _encoded(places: npt.NDArray[np.integer], names: Sequence[str]) -> pa.DictionaryArray:
    """Return the names at places; null where a place is below 0."""
    indices = pa.array(places.astype(np.int16), mask=places < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))
