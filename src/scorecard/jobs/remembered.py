"""Development without its rows: what the scorecard and the counts beside it still know, once the table is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scorecard import model
from scorecard.jobs import evidence
from scorecard.jobs.subject import Subject
from scorecard.model import Scorecard
from scorecard.scale import assign
from scorecard.settings import Pipeline
from scorecard.validation import Evidence, Scored
from scorecard.validation.evidence import DEVELOPMENT

Floats = NDArray[np.float64]

ROUNDING = 1e-6  # of sums of squares: so many rows of equal weight are no row more


def gather(subject: Subject, pipeline: Pipeline, tables: Mapping[str, pa.Table]) -> Evidence:
    """Return the evidence of samples beside development as counts: without its rows, so that tests of rows say so.

    Parameters
    ----------
    subject : Subject
        With the ladder of its development.
    pipeline : Pipeline
        Limits and cut-off.
    tables : mapping of sample to pyarrow.Table
    """
    card = subject.card
    known = subject.ladder or {}
    samples = {DEVELOPMENT: _scored(card, known)}
    samples |= {name: evidence.scored(card, table, pipeline.exposure, {}) for name, table in tables.items()}
    attributes = model.attributes(card, tables, {name: part.worth for name, part in samples.items() if part.weight is not None})
    counts = known.get("customers", [each.count for term in card.terms for each in term.characteristic.bins])
    attributes.insert(len(attributes.columns) - len(tables), DEVELOPMENT, counts)
    return Evidence(samples, card.grade_names(), attributes, pipeline.thresholds)


def _scored(card: Scorecard, known: Mapping[str, Any]) -> Scored:
    score, sides = np.asarray(known["score"], dtype=np.float64), ("good", "bad")
    found = [_rows(*(np.asarray(known.get(name, known[f"{side}s"]), dtype=np.float64) for name in (f"{side}s", f"{side}_squares")))
             for side in sides]  # fmt: skip
    repeated = np.concatenate([score[place] for place, _ in found])
    bad = np.repeat([0, 1], [place.size for place, _ in found])
    weight = np.concatenate([each for _, each in found]) if "good_squares" in known else None
    return Scored(bad, repeated, card.pds(repeated)[2], assign(repeated, card.grades), weight)


def _rows(sums: Floats, squares: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the place and the weight of the fewest rows whose weights have these sums, and these sums of squares, at each place.

    All rows of a place weigh the same but for the first. Without weights, where the squares are the sums, they are the rows.
    """
    held = sums > 0
    number = np.zeros(sums.size, dtype=np.int64)
    number[held] = np.maximum(np.ceil(sums[held] ** 2 / squares[held] - ROUNDING), 1).astype(np.int64)
    place = np.repeat(np.arange(sums.size), number)
    rows = number[place]
    apart = np.sqrt(np.maximum(squares[place] - sums[place] ** 2 / rows, 0.0) / np.maximum(rows * (rows - 1), 1))
    first = np.diff(place, prepend=-1) > 0
    return place, np.maximum(sums[place] / rows + np.where(first, rows - 1, -1) * apart * (rows > 1), 0.0)
