"""Reasons in words: what a customer's points fell short of, for those who decide and those who ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite, isnan
from typing import Any

import numpy as np
import pyarrow as pa

from scorecard.contracts import ARROW
from scorecard.errors import DataError, SettingsError
from scorecard.model import Scorecard, Segment, Term
from scorecard.reasons.ordering import FINE, keys, ranked, refused
from scorecard.reasons.reference import asked
from scorecard.settings import nearest

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Reason:
    """One reason of one customer.

    Attributes
    ----------
    code : str
        Name of the characteristic.
    text : str
        In the language asked for: the reason text, else the description, else the name.
    bin : str
        Label of the customer's bin.
    points, reference : float
        What the customer has, and the reference customers on average; of a challenger, its Shapley value of the log-odds of
        good, and 0.
    shortfall : float
        reference - points.
    also : tuple of str
        Characteristics of a smaller shortfall with the same text, which is told once.
    """

    code: str
    text: str
    bin: str
    points: float
    reference: float
    shortfall: float
    also: tuple[str, ...] = ()


def explain(card: Scorecard, rows: pa.Table | Mapping[str, Any], language: str = "en") -> list[tuple[Reason, ...]]:
    """Return the reasons of each customer, the largest shortfall first; none for customers at or above the cut-off.

    Reasons of the same text are merged before the scorecard's `most` are taken, so that no principal one is left out.

    Parameters
    ----------
    card : Scorecard
        With reasons.
    rows : pyarrow.Table, or mapping of column to value
        Customers, or one of them.
    language : str
        One of ``en``, ``zh`` and the languages of the scorecard's reason texts.

    Raises
    ------
    SettingsError
        Where the scorecard has no reasons, or the language is unknown.
    DataError
        Where an input is missing or of another type.
    """
    most = asked(card).most
    _refuse_language(card, language)
    table = customer(card, rows) if isinstance(rows, Mapping) else rows
    found: list[tuple[Reason, ...]] = [()] * table.num_rows
    everybody = np.arange(table.num_rows)
    for segment, places, part in card.parts(table):
        for row, reasons in zip(everybody[places], _of_segment(card, segment, part, language), strict=True):
            found[row] = merged(reasons)[:most]
    return found


def merged(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Return reasons in their order with each text once."""
    first: dict[str, Reason] = {}
    also: dict[str, tuple[str, ...]] = {}
    for each in reasons:
        if each.text in first:
            also[each.text] += (each.code,)
        else:
            first[each.text], also[each.text] = each, ()
    return tuple(replace(each, also=also[text]) for text, each in first.items())


def words(term: Term, language: str) -> str:
    """Return why points were lost on a characteristic."""
    return term.reason.get(language) or term.description or term.name


def customer(card: Scorecard, row: Mapping[str, Any]) -> pa.Table:
    """Return one customer, such as a JSON object, as the table of one row that the scorecard reads.

    Null, NaN and the texts that stand for a missing value are missing; a column that is not there is an error.

    Raises
    ------
    DataError
        Where an input is not there or of another type.
    """
    columns = {}
    for name, dtype in card.dtypes.items():
        if name not in row:
            raise DataError(f"The customer has no {name}, which the scorecard needs. {nearest(name, list(row))}")
        try:
            columns[name] = pa.array([_value(row[name], dtype, card.missing_values)], ARROW[dtype])
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(
                f"The customer's {name} is of type {type(row[name]).__name__}; expected {dtype} or null. Mend it."
            ) from error
    return pa.table(columns)


def _of_segment(card: Scorecard, segment: Segment, part: pa.Table, language: str) -> list[list[Reason]]:
    bins = [term.characteristic.place(part.column(term.name)) for term in segment.terms]
    own = np.array(bins, dtype=np.intp).reshape(len(bins), part.num_rows).T
    found = np.array([keys(segment, place, card.scaling)[index] for place, index in enumerate(bins)]).reshape(own.T.shape).T
    order = np.where(refused(card, segment, bins, part.num_rows)[:, None], ranked(found), -1)
    return [
        [_reason(card, segment.terms[place], int(row[place]), language) for place in places if place >= 0]
        for places, row in zip(order, own, strict=True)
    ]


def _reason(card: Scorecard, term: Term, position: int, language: str) -> Reason:
    points, reference = term.points[position], term.reference or 0.0
    unit = FINE * card.scaling.unit
    shortfall = (round(reference * unit) - round(points * unit)) / unit
    return Reason(term.name, words(term, language), term.characteristic.bins[position].label, points, reference, shortfall)


def _refuse_language(card: Scorecard, language: str) -> None:
    known = sorted({*LANGUAGES, *(language for term in card.terms for language in term.reason)})
    if language not in known:
        raise SettingsError(f"language is {language!r}; expected one of {', '.join(known)}. Change it, or add reason texts.")


def _value(value: Any, dtype: str, missing: tuple[str, ...]) -> Any:
    if value is None or value in missing or (isinstance(value, float) and isnan(value)):
        return None
    if dtype == "date":
        return value if isinstance(value, date) else date.fromisoformat(value)
    if dtype in {"integer", "number"}:
        return _number(value, dtype)
    if not isinstance(value, str if dtype == "text" else bool):
        raise TypeError
    return value


def _number(value: Any, dtype: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError
    if dtype == "number":
        return float(value)
    if value != int(value):
        raise ValueError
    return int(value)
