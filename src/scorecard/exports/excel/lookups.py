"""The sheet of lookup tables: what every formula looks up, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from scorecard.exports.excel.cells import CENTRE, HEAD, fit, paged, put
from scorecard.model import Scorecard
from scorecard.woe import Characteristic

SHEET = "Tables"
HEADINGS = (
    "segment", "characteristic", "bin no.", "bin", "steps", "", "value or lower edge", "bin no.", "", "special code", "bin no.", "",
    "score from", "grade", "", "score from", "calibrated PD", "", "constant", "value",
)  # fmt: skip
BINS, VALUES, CODES, GRADES, CALIBRATION, CONSTANTS = 1, 7, 10, 13, 16, 19
FIRST = 2


@dataclass(frozen=True)
class Block:
    """Where the lookup tables of one characteristic stand; None of an empty one.

    Attributes
    ----------
    labels, steps : str
        A row per bin. Of the rule of segments, steps are the segment's number.
    values, values_bin : str or None
        Levels, or the edges between intervals, with the number of their bin.
    codes, codes_bin : str or None
        Special codes of a numeric characteristic.
    """

    labels: str
    steps: str
    values: str | None
    values_bin: str | None
    codes: str | None
    codes_bin: str | None


@dataclass(frozen=True)
class Lookups:
    """Where everything stands: blocks of the rule (where there is one) and of each term, bands of the score, constants."""

    rule: Block | None
    terms: tuple[Block, ...]
    grade_cuts: str | None
    grades: str | None
    pd_cuts: str | None
    pds: str | None
    constants: dict[str, str]


def lookups(workbook: Workbook, card: Scorecard) -> Lookups:
    """Add the sheet to a workbook and return where its tables stand."""
    sheet = workbook.create_sheet(SHEET)
    for place, heading in enumerate(HEADINGS, start=1):
        if heading:
            put(sheet.cell(1, place), heading[:1].upper() + heading[1:], HEAD)
    rule = None
    if card.segmentation is not None:
        numbers = [card.names.index(name) + 1 for name in card.segmentation.segments]
        rule = _block(sheet, FIRST, "", card.segmentation.characteristic, numbers)
    blocks = []
    for segment in card.segments:
        for term in segment.terms:
            steps = [int(each) for each in card.scaling.steps(term.points)]
            blocks.append(_block(sheet, sheet.max_row + 1, segment.name, term.characteristic, steps))
    grades = card.grades[::-1]
    cuts = [each.lower_score for each in grades]
    steps_of_pd = card.calibration.steps
    found = Lookups(
        rule,
        tuple(blocks),
        _column(sheet, GRADES, FIRST + 1, cuts[1:]),
        _column(sheet, GRADES + 1, FIRST, [each.name for each in grades]),
        _column(sheet, CALIBRATION, FIRST + 1, [each.lower_score for each in steps_of_pd][1:]),
        _column(sheet, CALIBRATION + 1, FIRST, [each.pd for each in steps_of_pd]),
        _constants(sheet, card),
    )
    for place in (BINS + 2, VALUES + 1, CODES + 1):
        for (cell,) in sheet.iter_rows(FIRST, sheet.max_row, place, place):
            cell.alignment = CENTRE
    fit(sheet, 1)
    sheet.freeze_panes = "A2"
    paged(sheet, 1)
    return found


def levels(each: Characteristic) -> dict[str, int]:
    """Return the texts that a characteristic knows, with the number of their bin from 1."""
    return {str(level): number for number, found in enumerate(each.bins, start=1) for level in found.values}


def codes(each: Characteristic) -> dict[float, int]:
    """Return the special codes of a numeric characteristic, with the number of their bin from 1."""
    return {float(found.values[0]): number for number, found in enumerate(each.bins, start=1) if found.kind == "special"}


def _block(sheet: Worksheet, top: int, segment: str, each: Characteristic, steps: Sequence[int]) -> Block:
    for row, (found, step) in enumerate(zip(each.bins, steps, strict=True), start=top):
        for place, value in enumerate((segment, each.name, row - top + 1, found.label, step)):
            put(sheet.cell(row, BINS + place), value)
    numeric = each.kind == "numeric"
    values: dict[Any, int] = {edge: place + 2 for place, edge in enumerate(each.edges)} if numeric else levels(each)
    special = codes(each) if numeric else {}
    last = top + len(each.bins) - 1
    return Block(
        _range(BINS + 3, top, last),
        _range(BINS + 4, top, last),
        _column(sheet, VALUES, top, list(values)),
        _column(sheet, VALUES + 1, top, list(values.values())),
        _column(sheet, CODES, top, list(special)),
        _column(sheet, CODES + 1, top, list(special.values())),
    )


def _constants(sheet: Worksheet, card: Scorecard) -> dict[str, str]:
    scaling, calibration = card.scaling, card.calibration
    values: dict[str, float | None] = {
        "offset": scaling.offset, "factor": scaling.factor, "steps of a point": scaling.unit,
        "lowest steps": None if scaling.minimum is None else int(scaling.steps(scaling.minimum)),
        "highest steps": None if scaling.maximum is None else int(scaling.steps(scaling.maximum)),
        "intercept": calibration.intercept, "slope": calibration.slope, "complement": calibration.complement,
        "shift": calibration.shift, "floor": calibration.floor, "reasons below": None if card.reasons is None else card.reasons.cutoff,
    }  # fmt: skip
    values |= {f"base steps {number}": int(card.scaling.steps(each.base)) for number, each in enumerate(card.segments, start=1)}
    found = {}
    for row, (name, value) in enumerate(((name, value) for name, value in values.items() if value is not None), start=FIRST):
        put(sheet.cell(row, CONSTANTS), name)
        put(sheet.cell(row, CONSTANTS + 1), value)
        found[name] = _range(CONSTANTS + 1, row, row).partition(":")[0]
    return found


def _column(sheet: Worksheet, place: int, top: int, values: Sequence[Any]) -> str | None:
    """Write values downwards and return their range; None where there are none."""
    for row, value in enumerate(values, start=top):
        put(sheet.cell(row, place), value)
    return _range(place, top, top + len(values) - 1) if values else None


def _range(place: int, top: int, last: int) -> str:
    letter = chr(ord("A") + place - 1)
    return f"{SHEET}!${letter}${top}:${letter}${last}"
