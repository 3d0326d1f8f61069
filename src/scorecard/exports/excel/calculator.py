"""The sheet that scores one customer: a yellow cell for each value, and beside it bins, points, score, PD, grade and reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from scorecard import model
from scorecard.exports.excel.cells import (
    BOX,
    FONT,
    HEAD,
    HEAD_OF_NUMBERS,
    HEIGHT,
    INPUT,
    LARGEST,
    LEFT,
    LINE,
    NOTE,
    PALE,
    SECTION,
    TITLE,
    formula,
    lines_of,
    paged,
    put,
)
from scorecard.exports.excel.formulas import HELPERS, at_segment, formulas, results
from scorecard.exports.excel.lookups import Block, Lookups, codes
from scorecard.exports.excel.sheets import points_format
from scorecard.model import Scorecard, Segment, Term
from scorecard.woe import Characteristic

NAME, VALUE, HINT, BIN, POINTS, RESULT, ANSWER, NUMBER, STEPS, KEY = "A", "B", "C", "D", "E", "G", "H", "J", "K", "L"
WIDTHS = {
    NAME: 30,
    VALUE: 20,
    HINT: 34,
    BIN: 30,
    POINTS: 9,
    "F": 3,
    RESULT: 22,
    ANSWER: 22,
    "I": 3,
    NUMBER: 9,
    STEPS: 12,
    KEY: 14,
}
HEADINGS = {NAME: "Characteristic", VALUE: "Value", HINT: "What to enter", BIN: "Bin", POINTS: "Points", RESULT: "Result", ANSWER: "",
            NUMBER: "Bin no.", STEPS: "Steps", KEY: "Reason key"}  # fmt: skip
WORDS = {"score": "Score", "pd_raw": "PD of the points", "pd_calibrated": "PD calibrated", "pd": "PD", "grade": "Grade",
         "total": "Steps in all", "odds": "Log-odds of good", "logit": "Log-odds of bad, calibrated"}  # fmt: skip
TOP = 4
LIST_MOST, TITLE_MOST = 255, 32  # characters that Excel shows beside an input
LOWEST = 21  # points of a row
GREY = {"font": Font(FONT, 9, color=PALE), "alignment": LEFT}
STRONG = {"font": Font(FONT, 14, bold=True), "alignment": LEFT, "border": BOX}
PLAIN = {"font": Font(FONT, 11), "alignment": LEFT, "border": BOX}


class Calculator:
    """Where each cell of the calculator stands, in the order of the rows."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.at: dict[str, str] = {}
        self.rows: dict[int, tuple[str, Any]] = {}
        for row, (kind, own) in enumerate(self._lines(), start=TOP + 1):
            self.rows[row] = kind, own
            self._place(row, kind, own)
        first, last = TOP + 1, max(self.rows, default=TOP + 1)
        letters = {"all steps": STEPS, "all keys": KEY, "all names": NAME}
        self.at |= {name: f"${letter}${first}:${letter}${last}" for name, letter in letters.items()}
        self.answers = {name: TOP + 1 + place for place, name in enumerate(results(card))}
        self.helpers = {name: TOP + 2 + len(self.answers) + place for place, name in enumerate(HELPERS)}
        self.at |= {name: f"${ANSWER}${row}" for name, row in (self.answers | self.helpers).items()}

    def _lines(self) -> Iterator[tuple[str, Any]]:
        number = 0
        if self.card.segmentation is not None:
            yield "section", "Which segment"
            yield "rule", self.card.segmentation.characteristic
        for segment in self.card.segments:
            if self.card.segmentation is not None:
                yield "section", f"Segment {segment.name}"
            if segment.base or self.card.scaling.layout != "split":
                yield "base", segment
            for term in segment.terms:
                yield "term", (number, term)
                number += 1

    def _place(self, row: int, kind: str, own: Any) -> None:
        if kind == "rule":
            self.at |= {f"value {own.name}": f"${VALUE}${row}", "bin rule": f"${NUMBER}${row}"}
        if kind == "term":
            number, term = own
            self.at.setdefault(f"value {term.name}", f"${VALUE}${row}")
            self.at |= {
                f"bin {number}": f"${NUMBER}${row}",
                f"steps {number}": f"${STEPS}${row}",
                f"key {number}": f"${KEY}${row}",
            }


def calculator(workbook: Workbook, card: Scorecard, found: Lookups) -> Worksheet:
    """Add the calculator, filled in with a made-up customer, and return it."""
    sheet, plan = workbook.create_sheet("Calculator", 0), Calculator(card)
    put(sheet["A1"], f"Scorecard {_shown(card.name, LIST_MOST)}", TITLE)
    put(
        sheet["A2"],
        "Fill in the yellow cells. An empty cell is a missing value; it has points of its own. The values are an example.",
        NOTE,
    )
    for letter, word in HEADINGS.items():
        put(sheet[f"{letter}{TOP}"], word, HEAD_OF_NUMBERS if letter == POINTS else HEAD | {"alignment": LEFT})
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    example = model.example(card).iloc[0].to_dict()
    for row, (kind, own) in plan.rows.items():
        LINES[kind](sheet, row, own, plan, found)
    for name, address in plan.at.items():
        if name.startswith("value "):
            put(sheet[address.replace("$", "")], _example(example[name.removeprefix("value ")]))
    for name, text in formulas(card, plan.at, found):
        formula(sheet[plan.at[name].replace("$", "")], text, GREY)
    _answers(sheet, plan)
    _heights(sheet, plan)
    for letter in (NUMBER, STEPS, KEY):
        sheet.column_dimensions[letter].outlineLevel, sheet.column_dimensions[letter].hidden = 1, True
    sheet.freeze_panes = f"A{TOP + 1}"
    sheet.print_area = f"A1:{ANSWER}{max(*plan.rows, *plan.helpers.values())}"
    paged(sheet)
    return sheet


def _section(sheet: Worksheet, row: int, own: str, plan: Calculator, found: Lookups) -> None:
    for letter in (NAME, VALUE, HINT, BIN, POINTS):
        put(sheet[f"{letter}{row}"], own if letter == NAME else None, SECTION)


def _rule(sheet: Worksheet, row: int, own: Characteristic, plan: Calculator, found: Lookups) -> None:
    if plan.card.segmentation is not None and found.rule is not None:
        _input(sheet, row, own, plan.card.segmentation.dtype, found.rule)
        names = ",".join(f"{NAME}{place}" for place, (kind, _) in plan.rows.items() if kind == "section")
        formula(sheet[f"{BIN}{row}"], f"CHOOSE({at_segment(plan.at, found.rule)}+1,{names})", LINE)


def _base(sheet: Worksheet, row: int, own: Segment, plan: Calculator, found: Lookups) -> None:
    _line(sheet, row, "Base points", "Everybody starts with them")
    place = plan.card.names.index(own.name) + 1
    base = f"{found.constants[f'base steps {place}']}/{found.constants['steps of a point']}"
    counts = base if found.rule is None else f'IF({at_segment(plan.at, found.rule)}={place},{base},"")'
    formula(sheet[f"{POINTS}{row}"], counts, LINE, points_format(plan.card))


def _line(sheet: Worksheet, row: int, name: str, hint: str) -> None:
    """Write name and hint, and rule the row."""
    for letter in (VALUE, BIN, POINTS):
        put(sheet[f"{letter}{row}"], None, LINE)
    put(sheet[f"{NAME}{row}"], name, LINE)
    put(sheet[f"{HINT}{row}"], hint, NOTE | LINE)


def _term(sheet: Worksheet, row: int, own: tuple[int, Term], plan: Calculator, found: Lookups) -> None:
    number, term = own
    block, value = found.terms[number], plan.at[f"value {term.name}"]
    if value == f"${VALUE}${row}":
        _input(sheet, row, term.characteristic, term.dtype, block, term.description)
    else:
        _line(sheet, row, term.name, "Entered above")
        formula(sheet[f"{VALUE}{row}"], f'IF(ISBLANK({value}),"",{value})', LINE | GREY)
    chosen, steps = plan.at[f"bin {number}"], plan.at[f"steps {number}"]
    formula(
        sheet[f"{BIN}{row}"],
        f'IF({chosen}="","",INDEX({block.labels},{chosen}))',
        LINE,
    )
    own_points = f'IF({steps}="","",{steps}/{found.constants["steps of a point"]})'
    formula(sheet[f"{POINTS}{row}"], own_points, LINE, points_format(plan.card))


LINES: dict[str, Callable[[Worksheet, int, Any, Calculator, Lookups], None]] = {
    "section": _section,
    "rule": _rule,
    "base": _base,
    "term": _term,
}


def _input(sheet: Worksheet, row: int, each: Characteristic, dtype: str, block: Block, said: str | None = None) -> None:
    """Write name, hint and the yellow cell of a value, with the list of levels where there is one."""
    hint = ". ".join(part for part in (said, _hint(each, dtype)) if part)
    _line(sheet, row, each.name, hint)
    cell = put(sheet[f"{VALUE}{row}"], None, INPUT, "General" if each.kind == "numeric" else "@")
    if each.kind == "numeric":
        limits = {"formula1": f"{-LARGEST:.14E}", "formula2": f"{LARGEST:.14E}", "error": "Enter a number."}
        check = DataValidation(type="decimal", operator="between", showErrorMessage=True, **limits)
    elif block.values:
        check = DataValidation(type="list", formula1=block.values, showErrorMessage=False)
    else:
        return
    check.allow_blank, check.showInputMessage = True, True
    check.promptTitle, check.prompt = _shown(each.name, TITLE_MOST), _shown(hint, LIST_MOST)
    check.add(cell)
    sheet.add_data_validation(check)


def _hint(each: Characteristic, dtype: str) -> str:
    if each.kind == "categorical":
        return "Choose from the list" if dtype == "text" else f"Choose from the list, {dtype}"
    labels = {number: found.label for number, found in enumerate(each.bins, start=1)}
    told = [
        f"{code:g}" + f" ({labels[number]})" * (labels[number] not in {f"{code:g}", str(code)})
        for code, number in codes(each).items()
    ]
    number = "A whole number" if dtype == "integer" else "A number"
    return f"{number}; special codes {', '.join(told)}" if told else number


def _shown(text: str, most: int) -> str:
    """Return a text as a prompt can show it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def _example(value: Any) -> Any:
    """Return a value of the made-up customer as the cell should hold it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _heights(sheet: Worksheet, plan: Calculator) -> None:
    """Make rows high enough for their longest text: name, hint or the label of a bin."""
    for row in (*plan.rows, *plan.answers.values(), *plan.helpers.values()):
        kind, own = plan.rows.get(row, ("", None))
        term = own[1].characteristic if kind == "term" else own
        bins = [(found.label, BIN) for found in term.bins] if isinstance(term, Characteristic) else []
        texts = [(str(sheet[f"{letter}{row}"].value or ""), letter) for letter in (NAME, HINT)]
        lines = max(lines_of(text, WIDTHS[letter]) for text, letter in [*texts, *bins])
        sheet.row_dimensions[row].height = max(LOWEST, HEIGHT * lines + 1)


def _answers(sheet: Worksheet, plan: Calculator) -> None:
    points_shown = points_format(plan.card)
    formats: Mapping[str, str] = {"score": points_shown, "pd_raw": "0.00%", "pd_calibrated": "0.00%", "pd": "0.00%"}
    for name, row in plan.answers.items():
        put(sheet[f"{RESULT}{row}"], WORDS.get(name, name.replace("_", " ").capitalize()), PLAIN)
        strong = name in {"score", "pd", "grade"}
        put(sheet[f"{ANSWER}{row}"], None, STRONG if strong else PLAIN, formats.get(name, "General"))
    for name, row in plan.helpers.items():
        put(sheet[f"{RESULT}{row}"], WORDS[name], GREY)
        put(
            sheet[f"{ANSWER}{row}"],
            None,
            GREY,
            "0" if name == "total" else "0.0000",
        )
