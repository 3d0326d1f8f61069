"""A scorecard as an Excel workbook: what people read, and a calculator with live formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas
from openpyxl import Workbook

from scorecard.exports.characters import refuse_illegal
from scorecard.exports.excel.calculator import calculator
from scorecard.exports.excel.cells import frame, saved
from scorecard.exports.excel.lookups import lookups
from scorecard.exports.excel.rows import rows
from scorecard.exports.excel.sheets import bins, grades, points
from scorecard.model import Scorecard

__all__ = ["excel", "rows"]
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]|^'|'$")  # in the name of a sheet
LONGEST = 31  # characters of the name of a sheet


def excel(card: Scorecard, extras: Mapping[str, pandas.DataFrame] | None = None) -> bytes:
    """Return a scorecard as the bytes of an .xlsx workbook; equal scorecards give equal bytes.

    The sheet ``Calculator`` scores one customer by formulas that look up the sheet ``Tables``; ``Points``, ``Bins`` and ``Grades``
    are for reading. It has no macros and no links. Excel compares numbers by about 15 digits: a value nearer to the edge of a
    bin counts as the edge.

    Parameters
    ----------
    card : Scorecard
    extras : mapping of title to table, optional
        One more sheet each, such as the gains table.

    Raises
    ------
    SettingsError
        Where a name or level holds a character that a workbook cannot hold.

    References
    ----------
    ECMA-376 (2016), Office Open XML File Formats, part 1, 18 SpreadsheetML.
    """
    for owner, text in _texts(card):
        refuse_illegal(text, owner)
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title = card.name
    points(workbook, card)
    bins(workbook, card)
    grades(workbook, card)
    for title, table in (extras or {}).items():
        frame(workbook.create_sheet(_free(title, [*workbook.sheetnames, "Calculator", "Tables"])), table)
    calculator(workbook, card, lookups(workbook, card))
    workbook.active = 0
    return saved(workbook)


def _texts(card: Scorecard) -> Iterable[tuple[str, str]]:
    """Yield every text that formulas compare or show, with its owner."""
    yield "the scorecard", card.name
    yield from (("the grades", each.name) for each in card.grades)
    yield from (("the segments", name) for name in card.names)
    rule = [] if card.segmentation is None else [card.segmentation.characteristic]
    for each in [*rule, *(term.characteristic for term in card.terms)]:
        yield each.name, each.name
        yield from ((each.name, str(level)) for found in each.bins for level in found.values)


def _free(title: str, taken: Iterable[str]) -> str:
    """Return a title that a sheet may have and none has."""
    cleaned = FORBIDDEN.sub(" ", title).strip()[:LONGEST] or "Table"
    known, number, found = {name.casefold() for name in taken}, 1, cleaned
    while found.casefold() in known:
        number += 1
        ending = f" {number}"
        found = cleaned[: LONGEST - len(ending)] + ending
    return found
