"""What python-docx does not do by itself: fonts for two scripts, thin rules, columns as wide as their words, steady bytes."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Sequence
from io import BytesIO

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

FONT, CHINESE = "Arial", "Microsoft YaHei"
INK, ACCENT, SOFT = RGBColor(0x1C, 0x27, 0x33), RGBColor(0x0B, 0x4A, 0x72), RGBColor(0x55, 0x61, 0x6D)
BODY, SMALL = Pt(10), Pt(8)
WIDE, WIDEST = 17.0, 25.7  # centimetres of A4 between its margins, upright and across
LETTER, PADDING = 0.165, 0.5  # centimetres of a letter, and around a cell's text
LONGEST = 36  # letters that a column asks room for at most
RULE = "C9D0D6"
NOT_XML = re.compile("[^\\t\\n\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP file can hold


def styled(file: Document) -> None:
    """Set fonts, margins and page numbers."""
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet"):
        style = file.styles[name]
        style.font.name, style.font.color.rgb = FONT, INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:cs"):
            fonts.set(qn(script), FONT)
        fonts.set(qn("w:eastAsia"), CHINESE)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    file.styles["Normal"].font.size = BODY
    file.styles["Normal"].paragraph_format.space_after = Pt(5)
    for name, size in (("Title", 20), ("Heading 1", 14), ("Heading 2", 10.5)):
        file.styles[name].font.size = Pt(size)
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2.0)
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _field(foot, "PAGE")
    write(foot, " / ", size=SMALL)
    _field(foot, "NUMPAGES")


def write(into: Paragraph, text: str, *, size: Pt | None = None, bold: bool = False, colour: RGBColor | None = None) -> None:
    """Write text with its line breaks."""
    for position, line in enumerate(clean(text).split("\n")):
        run = into.add_run(line)
        if position:
            run._r.insert(0, OxmlElement("w:br"))
        run.bold = bold or None
        if size is not None:
            run.font.size = size
        if colour is not None:
            run.font.color.rgb = colour


def clean(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return NOT_XML.sub("", text)


def _field(into: Paragraph, code: str) -> None:
    """Write a field that Word fills, such as the number of the page."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    into._p.append(field)
    into.style.font.size = SMALL


def shade(cell: _Cell, colour: str) -> None:
    """Colour the ground of a cell."""
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)


def row_of(table: Table) -> Sequence[_Cell]:
    """Add a row that no page divides, and return its cells."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    return tuple(row.cells)


def repeated(table: Table) -> None:
    """Repeat the head of a table on every page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)


def rule(table: Table) -> None:
    """Draw thin lines between the rows only."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", RULE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def shares(rows: Sequence[Sequence[str]], width: float) -> list[float]:
    """Return how wide each column is, in centimetres: never less than its longest word asks, and more where its texts are long."""
    columns = list(zip(*rows, strict=True))
    least = [PADDING + LETTER * max(map(_longest_word, column)) for column in columns]
    asked = [
        max(0.0, PADDING + LETTER * min(max(map(_letters, column)), LONGEST) - least[place])
        for place, column in enumerate(columns)
    ]
    left = width - sum(least)
    if left <= 0:
        return [width * each / sum(least) for each in least]
    whole = sum(asked) or 1.0
    spare = max(0.0, left - sum(asked)) / len(columns)
    return [each + min(more, left * more / whole) + spare for each, more in zip(least, asked, strict=True)]


def _longest_word(text: str) -> int:
    return max((_letters(word) for word in re.split(r"[\s\u3000-\u9fff\uff00-\uffef]+", text)), default=0)


def _letters(text: str) -> int:
    """Return the width of a text in letters; a Chinese one is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def steady(written: BytesIO) -> bytes:
    """Return a file whose bytes do not tell when it was written."""
    steady = BytesIO()
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as after:
        for name in sorted(before.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            after.writestr(entry, before.read(name))
    return steady.getvalue()
