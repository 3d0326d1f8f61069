"""The Excel workbook of a scorecard: what it holds, and in LibreOffice that its formulas say what the scorecard says."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pandas
import pyarrow as pa
import pytest
from openpyxl import Workbook, load_workbook

from scorecard import reasons
from scorecard.contracts import ARROW
from scorecard.errors import EvidenceError, SettingsError
from scorecard.exports import golden
from scorecard.exports.engines import excel as engine
from scorecard.exports.engines.limits import near
from scorecard.exports.excel import excel
from scorecard.exports.excel.cells import put

LIBREOFFICE = pytest.mark.system("soffice")
NEAR = "numbers that 15 digits do not tell from a boundary"


def opened(content, **options):
    return load_workbook(BytesIO(content), **options)


@pytest.fixture(scope="session")
def contents(cards):
    """Return the workbook of every scorecard, made once."""
    extras = {"Gains": pandas.DataFrame({"share": [0.1]})}
    return {name: excel(each, extras) for name, each in cards.items()}


@pytest.fixture
def content(request, contents):
    return contents[request.node.callspec.params["card"]]


def cells(sheet):
    return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]


def level(card, text):
    """Return the card with one more level in the first categorical term's first bin."""
    terms = list(card.segments[0].terms)
    place = next(place for place, each in enumerate(terms) if each.characteristic.kind == "categorical")
    first, *others = terms[place].characteristic.bins
    bins = (replace(first, values=(*first.values, text)), *others)
    terms[place] = replace(terms[place], characteristic=replace(terms[place].characteristic, bins=bins))
    return replace(card, segments=(replace(card.segments[0], terms=tuple(terms)), *card.segments[1:]))


def expected(card, rows):
    """Return what the scorecard itself says, as columns of the results."""
    scored, codes, names = card.score(rows), reasons.codes(card, rows), card.grade_names()
    found = {name: getattr(scored, name).tolist() for name in ("score", "pd_raw", "pd_calibrated", "pd")}
    found["grade"] = [names[place] for place in scored.grade] if names else [None] * rows.num_rows
    return found | {f"reason_{place}": codes[:, place - 1].tolist() for place in range(1, codes.shape[1] + 1)}


def assert_same(found, wanted):
    assert list(found) == list(wanted)
    for name, values in wanted.items():
        if name.startswith("pd"):
            np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-12, err_msg=name)
        else:
            assert found[name] == values, name


def test_the_workbook_opens_with_the_calculator_and_holds_what_people_read(card, content):
    book = opened(content)
    assert book.sheetnames == ["Calculator", "Points", "Bins", "Grades", "Gains", "Tables"]
    assert book.active.title == "Calculator"
    assert all(book[name].freeze_panes for name in book.sheetnames)


def test_equal_scorecards_give_equal_bytes(card, content):
    assert excel(type(card).from_json(card.to_json()), {"Gains": pandas.DataFrame({"share": [0.1]})}) == content


def test_there_are_no_macros_and_no_links(card, content):
    with ZipFile(BytesIO(content)) as parts:
        names = parts.namelist()
        assert not [name for name in names if "vba" in name.casefold() or "external" in name.casefold()]
        assert not [name for name in names if b'TargetMode="External"' in parts.read(name)]


def test_points_are_numbers_one_row_a_bin(cards):
    sheet = opened(excel(cards["decimals"]))["Points"]
    header = [cell.value for cell in sheet[5]]
    rows = [dict(zip(header, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(6)]
    assert [row["Points"] for row in rows][:3] == [503.33, -19.83, -4.83]
    assert len(rows) == 1 + sum(len(term.points) for term in cards["decimals"].terms)
    assert sheet.cell(6, header.index("Points") + 1).number_format == "0.00"


def test_text_is_never_a_formula(cards):
    card = cards["awkward"]
    texts = ["=1+1", "+3", "-2", "@sum", "\tx", "#N/A"]
    book = opened(excel(card, {"=cmd": pandas.DataFrame({"=head": texts})}))
    for name in ("Points", "Bins", "Grades", "Tables", "=cmd"):
        assert not [cell.coordinate for cell in cells(book[name]) if cell.data_type == "f"]
    assert [(cell.value, cell.data_type, bool(cell.quotePrefix)) for cell in book["=cmd"]["A"][1:]] == [
        (text, "s", not text.startswith("#")) for text in texts
    ]
    inputs = [cell for cell in book["Calculator"]["A"] if cell.value == "=cmd|' /C'!A0"]
    assert [(cell.data_type, bool(cell.quotePrefix)) for cell in inputs] == [("s", True)]


def test_formulas_hold_no_text_of_the_data_and_only_functions_of_excel_2007(card, content):
    functions, literals = set(), set()
    for cell in cells(opened(content)["Calculator"]):
        if cell.data_type == "f":
            literals |= set(re.findall(r'"[^"]*"', cell.value))
            functions |= set(re.findall(r"[A-Z][A-Z.]*(?=\()", cell.value))
    assert literals <= {'""'}
    assert functions <= {"IF", "ISBLANK", "ISNUMBER", "NA", "EXACT", "SUMPRODUCT", "MATCH", "INDEX", "IFERROR", "SUM", "MIN", "MAX",
                         "EXP", "LN", "ABS", "LARGE", "CHOOSE"}  # fmt: skip


def test_every_input_has_one_yellow_cell_and_levels_have_a_list(card, content):
    sheet = opened(content)["Calculator"]
    yellow = {sheet.cell(cell.row, 1).value: cell for cell in sheet["B"] if cell.fill.fgColor.rgb == "00FFF2CC"}
    assert list(yellow) == card.inputs
    lists = {str(check.sqref) for check in sheet.data_validations.dataValidation if check.type == "list"}
    characteristics = [term.characteristic for term in card.terms]
    known = {each.name for each in characteristics if each.kind == "categorical" and any(found.values for found in each.bins)}
    assert {yellow[name].coordinate for name in known} <= lists


@pytest.mark.parametrize("text", ["a\x00b", "a\x1fb", "\ud800", "\uffff"])
def test_a_level_that_a_workbook_cannot_hold_is_refused(cards, text):
    with pytest.raises(SettingsError, match=r"of 'purpose' holds .* XML 1\.0 allows"):
        excel(level(cards["plain"], text))


def test_a_level_that_looks_escaped_is_written_escaped(cards):
    with ZipFile(BytesIO(excel(level(cards["plain"], "_x0041_\r")))) as parts:
        assert any(b">_x005F_x0041__x000D_<" in parts.read(name) for name in parts.namelist())


def test_extras_keep_numbers_and_leave_missing_cells_empty():
    sheet = Workbook().active
    given = [1, np.int64(2), 0.5, np.float64(0.25), True, None, math.nan, pandas.NA, pandas.NaT, math.inf, "a\x00", (1, 2)]
    assert [put(sheet.cell(row, 1), value).value for row, value in enumerate(given, start=1)] == [
        1, 2, 0.5, 0.25, True, None, None, None, None, "inf", "a\ufffd", "(1, 2)",
    ]  # fmt: skip


def test_sheets_of_extras_get_names_that_excel_takes(cards):
    table = pandas.DataFrame({"x": [1]})
    titles = ["points", "a/b:c", "x" * 40, "x" * 41, "Tables", "", "'q'"]
    names = opened(excel(cards["plain"], dict.fromkeys(titles, table))).sheetnames[4:-1]
    assert names == ["points 2", "a b c", "x" * 31, "x" * 29 + " 2", "Tables 2", "Table", "q"]


def test_without_libreoffice_execution_is_refused(monkeypatch, cards):
    monkeypatch.setenv("PATH", "")
    assert engine.available() is None
    with pytest.raises(EvidenceError, match="make system"):
        engine.execute(cards["plain"], golden.vectors(cards["plain"]))


def calculated(card, row):
    """Return what the calculator shows for one customer: results, and the sum of the points it shows."""
    book = opened(excel(card))
    sheet = book["Calculator"]
    for name, cell in ((sheet.cell(cell.row, 1).value, cell) for cell in sheet["B"] if cell.fill.fgColor.rgb == "00FFF2CC"):
        cell.value = row[name]
    changed = BytesIO()
    book.save(changed)
    read = opened(engine.recalculated(changed.getvalue()), data_only=True)["Calculator"]
    results = {line[6].value: line[7].value for line in read.iter_rows(5) if line[6].value}
    return results, sum(line[4].value for line in read.iter_rows(5) if isinstance(line[4].value, int | float))


CUSTOMERS = [
    ("decimals", {"age_years": None, "income": -998.5, "purpose": "tv"}),
    ("segmented", {"product": "CARD", "age_years": 30, "income": 0.3, "purpose": None, "savings": "n/a"}),
]


@LIBREOFFICE
@pytest.mark.parametrize(("name", "row"), CUSTOMERS, ids=["decimals", "segmented"])
def test_the_calculator_shows_what_the_scorecard_says(cards, name, row):
    card = cards[name]
    rows = pa.table({key: pa.array([row[key]], ARROW[dtype]) for key, dtype in card.dtypes.items()})
    shown, points = calculated(card, row)
    wanted = {key: values[0] for key, values in expected(card, rows).items()}
    assert shown["Score"] == wanted["score"] == pytest.approx(points)
    assert shown["PD"] == pytest.approx(wanted["pd"], abs=1e-12)
    assert shown["Grade"] == wanted["grade"]
    told = [shown.get(f"Reason {place}") or None for place in range(1, card.reasons.most + 1)]
    assert told == [wanted[f"reason_{place}"] for place in range(1, card.reasons.most + 1)]


@LIBREOFFICE
def test_text_where_a_number_belongs_gives_an_error_and_no_score(cards):
    shown, _ = calculated(cards["plain"], {"age_years": "old", "income": 1, "purpose": "car", "savings": "none"})
    assert [shown[name] for name in ("Score", "PD", "Grade")] == ["#N/A"] * 3


def assert_executed(card):
    rows = golden.vectors(card)
    rows = rows.take(pa.array(np.flatnonzero(~near(card, rows))))
    found = engine.execute(card, rows)
    assert_same({name: found[name].to_pylist() for name in found.column_names}, expected(card, rows))


@LIBREOFFICE
def test_libreoffice_gives_what_the_scorecard_gives(cards):
    assert engine.available().startswith("LibreOffice ")
    assert_executed(cards["decimals"])


@LIBREOFFICE
@pytest.mark.full
def test_libreoffice_gives_what_every_scorecard_gives(card):
    assert_executed(card)


@LIBREOFFICE
@pytest.mark.full
def test_libreoffice_gives_what_german_credit_scores(developed):
    rows = developed.test
    found = engine.execute(developed.card, rows)
    assert_same({name: found[name].to_pylist() for name in found.column_names}, expected(developed.card, rows))
