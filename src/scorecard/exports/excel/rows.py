"""The calculator as a table: a row for each customer, by the same formulas, to prove them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter

from scorecard.exports.excel.cells import LARGEST, formula, put, saved
from scorecard.exports.excel.formulas import HELPERS, formulas, results
from scorecard.exports.excel.lookups import lookups
from scorecard.model import Scorecard
from scorecard.woe import column, numbers

SHEET = "Rows"
TOP = 2


def rows(card: Scorecard, table: pa.Table) -> bytes:
    """Return a workbook whose sheet `Rows` holds customers and what the formulas of the calculator give for each.

    Excel holds neither infinity nor an empty text: its largest number and a formula that gives the empty text stand for them.

    Parameters
    ----------
    card : Scorecard
    table : pyarrow.Table
        With every input.
    """
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = SHEET
    found = lookups(workbook, card)
    letters = _letters(card)
    for name, letter in letters.items():
        put(sheet[f"{letter}1"], _heading(card, name))
    columns = {name: _values(card, name, table) for name in card.inputs}
    for place in range(table.num_rows):
        row = TOP + place
        for name, values in columns.items():
            _put_value(sheet[f"{letters[f'value {name}']}{row}"], values[place])
        for name, text in formulas(card, _at(card, letters, row), found):
            formula(sheet[f"{letters[name]}{row}"], text)
    return saved(workbook)


def _letters(card: Scorecard) -> dict[str, str]:
    """Return the column of each quantity; keys stand side by side, and so do steps; the results come first."""
    terms = range(len(card.terms))
    names = [*results(card), *(f"value {name}" for name in card.inputs), "bin rule", *HELPERS]
    names += [f"{kind} {number}" for kind in ("bin", "steps", "key") for number in terms]
    return {name: get_column_letter(place) for place, name in enumerate(names, start=1)}


def _heading(card: Scorecard, name: str) -> str:
    kind, _, number = name.partition(" ")
    return card.terms[int(number)].name if kind == "key" else name


def _at(card: Scorecard, letters: Mapping[str, str], row: int) -> dict[str, str]:
    last = len(card.terms) - 1
    ends = {kind: (letters[f"{kind} 0"], letters[f"{kind} {last}"]) for kind in ("steps", "key")}
    wide = {"all steps": ("steps", row), "all keys": ("key", row), "all names": ("key", 1)}
    ranges = {name: f"${ends[kind][0]}${own}:${ends[kind][1]}${own}" for name, (kind, own) in wide.items()}
    return {name: f"${letter}{row}" for name, letter in letters.items()} | ranges


def _values(card: Scorecard, name: str, table: pa.Table) -> list[Any]:
    every = [term.characteristic for term in card.terms]
    every += [] if card.segmentation is None else [card.segmentation.characteristic]
    if any(each.kind == "numeric" for each in every if each.name == name):
        return [
            min(max(value, -LARGEST), LARGEST) if not math.isnan(value) else None
            for value in numbers(column(table, name)).tolist()
        ]
    texts: list[Any] = pc.cast(column(table, name), pa.string()).to_pylist()
    return texts


def _put_value(cell: Cell, value: Any) -> None:
    if value == "":
        formula(cell, '""')
    else:
        put(cell, value)
