"""Cells, styles and bytes of a workbook: text stays text, numbers stay numbers, equal content gives equal bytes."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from scorecard.exports.characters import ILLEGAL

ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what a reader takes for an escaped character: ECMA-376-1 (2016), 22.9.2.19
RISKY = tuple("=+-@\t\r")  # OWASP, CSV injection
LARGEST = 9.99999999999999e307  # the largest number that Excel holds
NARROWEST, WIDEST = 9, 46
MADE = datetime(2000, 1, 1)  # of every workbook: what varies between equal runs has no place in it
CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")

INK, RULE, BAND, FACE, PALE = "1F3864", "BFBFBF", "F2F5FA", "FFF2CC", "7F7F7F"
FONT = "Calibri"
MIDDLE = Alignment(vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
INDENTED = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
CENTRE = Alignment(horizontal="center", vertical="center")
HEAD = {"font": Font(FONT, bold=True, color="FFFFFF"), "fill": PatternFill("solid", fgColor=INK), "alignment": INDENTED}
HEAD_OF_NUMBERS = HEAD | {"alignment": Alignment(horizontal="right", vertical="center", wrap_text=True)}
TITLE = {"font": Font(FONT, 16, bold=True, color=INK)}
SECTION = {"font": Font(FONT, bold=True, color=INK), "fill": PatternFill("solid", fgColor=BAND), "alignment": MIDDLE}
NOTE = {"font": Font(FONT, italic=True, color=PALE)}
BOX = Border(*(Side("thin", color=RULE) for _ in range(4)))
LINE = {"border": Border(bottom=Side("hair", color=RULE)), "alignment": MIDDLE}
BREAK = {"border": Border(bottom=Side("thin", color=PALE)), "alignment": MIDDLE}
INPUT = {"fill": PatternFill("solid", fgColor=FACE), "border": BOX, "alignment": LEFT}
HEIGHT = 15  # points of a line of text
WORDS = {"pd": "PD", "woe": "WoE", "iv": "IV", "psi": "PSI", "ks": "KS", "auc": "AUC", "sha256": "SHA-256"}
FORMATS = {
    "share": "0.0%", "bad_rate": "0.00%", "pd": "0.00%", "woe": "0.000", "iv": "0.000", "count": "#,##0", "bads": "#,##0", "goods": "#,##0",
    "psi": "0.000", "lower_score": "0.######", "upper_score": "0.######",
}  # fmt: skip


def put(cell: Cell, value: Any, style: Mapping[str, Any] | None = None, number_format: str | None = None) -> Cell:
    """Write a value and return the cell: numbers as numbers, anything else as text that is never read as a formula.

    Characters that XML forbids become a replacement character; missing values leave the cell empty.
    """
    kept = _plain(value)
    if isinstance(kept, str):
        cell.value = ESCAPED.sub("_x005F_", ILLEGAL.sub("\ufffd", kept)).replace("\r", "_x000D_")
        cell.data_type, cell.quotePrefix = "s", kept.startswith(RISKY)
    elif kept is not None:
        cell.value = kept
    for name, own in (style or {}).items():
        setattr(cell, name, own)
    if number_format is not None:
        cell.number_format = number_format
    return cell


def formula(cell: Cell, text: str, style: Mapping[str, Any] | None = None, number_format: str | None = None) -> Cell:
    """Write a formula of ours, without its equals sign, and return the cell."""
    cell.value = f"={text}"
    return put(cell, None, style, number_format)


def frame(sheet: Worksheet, table: pandas.DataFrame, top: int = 1, formats: Mapping[str, str] | None = None) -> None:
    """Write a table with its header in row `top`, which stays in sight; a stronger line ends each group of the first column."""
    shown = FORMATS | dict(formats or {})
    for place, name in enumerate(table.columns, start=1):
        is_number = pandas.api.types.is_numeric_dtype(table.dtypes.iloc[place - 1])
        put(sheet.cell(top, place), heading(str(name)), HEAD_OF_NUMBERS if is_number else HEAD)
    lines = [*table.itertuples(index=False, name=None)]
    for row, (values, after) in enumerate(zip(lines, [*lines[1:], None], strict=True), start=top + 1):
        ends = after is None or (isinstance(values[0], str) and values[0] != after[0])
        for place, (name, value) in enumerate(zip(table.columns, values, strict=True), start=1):
            own = shown.get(str(name), "0.0000" if isinstance(value, float) else "General")
            cell = put(sheet.cell(row, place), value, BREAK if ends else LINE, own)
            cell.alignment = INDENTED if cell.data_type == "s" else MIDDLE
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    if lines:
        sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(table.columns))}{top + len(lines)}"
    fit(sheet, top)
    paged(sheet, top)


def heading(name: str) -> str:
    """Return the name of a column in words.

    Examples
    --------
    >>> heading("bad_rate"), heading("mean_pd"), heading("woe")
    ('Bad rate', 'Mean PD', 'WoE')
    """
    told = " ".join(WORDS.get(word, word) for word in name.split("_"))
    return told[:1].upper() + told[1:]


def fit(sheet: Worksheet, top: int) -> None:
    """Set widths and heights by the texts from row `top` on; long ones wrap."""
    heights: dict[int, int] = {}
    for place, cells in enumerate(sheet.iter_cols(min_row=top), start=1):
        texts = [_shown(cell) for cell in cells]
        longest = max((len(line) for text in texts for line in text.split("\n")), default=0)
        width = min(max(longest + 4, NARROWEST), WIDEST)
        sheet.column_dimensions[get_column_letter(place)].width = width
        for cell, text in zip(cells, texts, strict=True):
            heights[cell.row] = max(heights.get(cell.row, 1), lines_of(text, width))
    for row, lines in heights.items():
        sheet.row_dimensions[row].height = HEIGHT * lines + 1


def lines_of(text: str, width: int) -> int:
    """Return the lines that a text fills in a column of this width, at most 20."""
    return min(sum(max(1, math.ceil((len(line) + 1) / width)) for line in text.split("\n")), 20)


def paged(sheet: Worksheet, top: int | None = None) -> None:
    """Print in landscape, one page wide, with the header on every page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.oddFooter.center.text = "&A, page &P of &N"
    sheet.sheet_view.showGridLines = False
    if top is not None:
        sheet.print_title_rows = f"{top}:{top}"


def saved(workbook: Workbook) -> bytes:
    """Return the bytes of a workbook that recalculates when it is opened; equal workbooks give equal bytes."""
    workbook.properties.creator, workbook.properties.created = "scorecard-kit", MADE
    workbook.calculation.fullCalcOnLoad = True
    first, last = BytesIO(), BytesIO()
    workbook.save(first)
    with ZipFile(first) as read, ZipFile(last, "w", ZIP_DEFLATED) as written:
        for name in read.namelist():
            content = read.read(name)
            if name == "docProps/core.xml":
                content = CHANGED.sub(rb"\g<1>" + MADE.isoformat().encode() + b"Z", content)
            entry = ZipInfo(name, MADE.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            written.writestr(entry, content)
    return last.getvalue()


def _plain(value: Any) -> Any:
    """Return a number, a truth value, a date or a text; None where there is nothing."""
    if value is None or value is pandas.NA or value is pandas.NaT:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return _number(float(value))
    if isinstance(value, date) and getattr(value, "tzinfo", None) is None:
        return value
    return str(value)


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if abs(value) <= LARGEST else str(value)


def _shown(cell: Cell) -> str:
    return "" if cell.value is None else f"{cell.value:.6g}" if isinstance(cell.value, float) else str(cell.value)
