"""A scorecard as people see it: tables of points, coefficients, grades and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
from numpy.typing import NDArray

from scorecard import woe
from scorecard.model.card import Scorecard, Segment, Term
from scorecard.woe import Characteristic, column

Floats = NDArray[np.float64]


def points_table(card: Scorecard) -> pandas.DataFrame:
    """Return the scorecard as people know it: a row per bin with its points; base points stand first where there are any."""
    rows: list[dict[str, Any]] = []
    for segment in card.segments:
        own = _of_segment(card, segment)
        if card.scaling.layout != "split":
            rows.append(own | {"characteristic": "base points", "bin": "all customers", "kind": "base", "points": segment.base})
        rows += [own | row for term in segment.terms for row in _points(term)]
    return pandas.DataFrame(rows)


def coefficients(card: Scorecard) -> pandas.DataFrame:
    """Return the fit: coefficient, standard error and p-values per characteristic."""
    rows = [
        _of_segment(card, segment)
        | {"characteristic": term.name, "coefficient": term.coefficient, "standard_error": term.standard_error, "p_value": term.p_value,
           "lr_p_value": term.lr_p_value, "vif": term.vif, "iv": term.characteristic.iv,
           "lowest_points": min(term.points), "highest_points": max(term.points)}
        for segment in card.segments for term in segment.terms
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def grades_table(card: Scorecard) -> pandas.DataFrame:
    """Return the grades, best first."""
    return pandas.DataFrame([grade.to_dict() for grade in card.grades])


def attributes(card: Scorecard, samples: Mapping[str, pa.Table], worth: Mapping[str, Floats] | None = None) -> pandas.DataFrame:
    """Return the counts of every bin in every sample: characteristic, attribute, points, and a column per sample.

    Parameters
    ----------
    card : Scorecard
    samples : mapping of name to pyarrow.Table
    worth : mapping of name to array of shape (rows,), optional
        What each row of a sample counts for; 1 where it is not named.
    """
    parts = []
    divided = {name: _divided(card, rows, (worth or {}).get(name)) for name, rows in samples.items()}
    for segment in card.segments:
        for term in segment.terms:
            each = term.characteristic
            counts = {name: _counts(each, *found[segment.name]) for name, found in divided.items()}
            labels = [found.label for found in each.bins]
            of_term = {"characteristic": each.name, "attribute": labels, "points": term.points}
            parts.append(pandas.DataFrame(_of_segment(card, segment) | of_term | counts))
    return pandas.concat(parts, ignore_index=True)


def example(card: Scorecard) -> pandas.DataFrame:
    """Return one made-up customer for the model's signature."""
    rule = [] if card.segmentation is None else [card.segmentation.characteristic]
    terms = [term.characteristic for term in card.terms]
    return woe.example({each.name: each for each in [*terms, *rule]}[name] for name in card.inputs)


def _of_segment(card: Scorecard, segment: Segment) -> dict[str, Any]:
    return {} if card.segmentation is None else {"segment": segment.name}


def _points(term: Term) -> list[dict[str, Any]]:
    return [
        {"characteristic": term.name, "bin": each.label, "kind": each.kind, "count": each.count, "bad_rate": each.bad_rate,
         "woe": each.woe, "points": points, "treatment": each.treatment}
        for each, points in zip(term.characteristic.bins, term.points, strict=True)
    ]  # fmt: skip


def _divided(card: Scorecard, rows: pa.Table, worth: Floats | None) -> dict[str, tuple[pa.Table, Floats | None]]:
    """Return the rows of every segment, and what they count for."""
    return {segment.name: (part, None if worth is None else worth[places]) for segment, places, part in card.parts(rows)}


def _counts(each: Characteristic, rows: pa.Table, worth: Floats | None) -> np.ndarray[Any, Any]:
    return np.bincount(each.assign(column(rows, each.name)), worth, minlength=len(each.bins))
