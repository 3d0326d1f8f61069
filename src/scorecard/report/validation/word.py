"""The validation report as a Word file: the same pieces as on the page, in styles that people can go on writing in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from scorecard.figures import drawing
from scorecard.report.pages import SYMBOLS
from scorecard.report.validation import drawn, paper, words
from scorecard.report.validation.paper import ACCENT, SMALL, SOFT, WIDE, WIDEST
from scorecard.report.validation.words import Words

COLOURS = {"green": RGBColor(0x0A, 0x5C, 0x43), "amber": RGBColor(0x73, 0x46, 0x00), "red": RGBColor(0x96, 0x19, 0x1C)}
FIGURE = Cm(11.5)
TITLE = 255  # letters that the properties of a file hold
SHOWN_EVIDENCE = 6
THUMBNAIL = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail"
# Columns of results, and their widths in centimetres.
BRIEF = {"code": 1.5, "scope": 3.0, "verdict": 2.0, "statistic": 2.4, "threshold": 1.4, "reading": 6.7}
FULL = {
    "code": 1.6, "scope": 3.6, "verdict": 2.4, "statistic": 2.8, "threshold": 1.6, "p_value": 1.7, "reading": 8.0, "source": 4.0,
}  # fmt: skip
DEVIATION_COLUMNS = ("limit_name", "value", "default", "by", "why")


def document(report: Mapping[str, Any], language: str) -> bytes:
    """Return the file's bytes."""
    made = Maker(language)
    made.front(report)
    for number, section in enumerate(report["sections"], start=1):
        made.section(str(number), f"validating.section.{section['key']}", section)
    made.across()
    for letter, section in zip("ABCD", report["annex"], strict=False):
        made.section(letter, f"validating.annex.{section['key']}", section)
    return made.saved(report)


class Maker:
    """Writes pieces into a file, one after the other."""

    def __init__(self, language: str) -> None:
        self.say, self.language, self.file, self.width = Words(language), language, docx.Document(), WIDE
        self.figures_in = language if language == "en" or drawing.has_chinese() else "en"
        paper.styled(self.file)
        self.kinds: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "text": lambda block: self.paragraph(self.say.said(block)),
            "words": lambda block: self.paragraph(block["text"]),
            "list": self.listed,
            "readings": self.readings,
            "pairs": self.pairs,
            "table": self.table,
            "results": self.results,
            "missing": self.missing,
            "tally": self.tally,
            "level": lambda block: self.paragraph(self.say.level(block), size=Pt(14), bold=True, colour=ACCENT),
            "rule": lambda block: self.paragraph(self.say.rule(block)),
            "finding": lambda block: self.finding(block["finding"]),
            "blank": self.blank,
            "deviations": self.deviations,
            "hashes": self.hashes,
            "figure": self.figure,
        }

    def front(self, report: Mapping[str, Any]) -> None:
        """Write the title, and that the document is a draft."""
        say = self.say
        self.paragraph(f"{say.text('validating.kicker')} · {report['model']} · {report['begun']}", colour=SOFT)
        self.heading(report["title"] or report["model"], 0)
        self.paragraph(say.text("validating.draft"), bold=True, colour=ACCENT)
        self.paragraph(say.text("validating.how_to_read"), size=SMALL, colour=SOFT)

    def section(self, number: str, title: str, section: Mapping[str, Any]) -> None:
        """Write a section with its heading."""
        heading = self.heading(f"{number}  {self.say.text(title)}", 1)
        if verdict := section.get("verdict"):
            self.verdict(heading, verdict)
        for block in section["blocks"]:
            self.kinds[block["kind"]](block)

    def across(self) -> None:
        """Go on with pages across, for wide tables."""
        section = self.file.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
        self.width = WIDEST

    def heading(self, text: str, level: int) -> Paragraph:
        """Write a heading."""
        return self.file.add_heading(paper.clean(text), level)

    def paragraph(self, text: str, *, size: Pt | None = None, bold: bool = False, colour: RGBColor | None = None) -> Paragraph:
        """Write a paragraph."""
        made = self.file.add_paragraph()
        paper.write(made, text, size=size, bold=bold, colour=colour)
        return made

    def verdict(self, into: Paragraph, verdict: str) -> None:
        """Write a verdict: a sign and a word, so that colour alone carries nothing."""
        word = self.say.text(f"verdict.{verdict}")
        paper.write(into, f"   {SYMBOLS[verdict]} {word}", size=Pt(10), bold=True, colour=COLOURS.get(verdict, SOFT))

    def listed(self, block: Mapping[str, Any]) -> None:
        """Write a heading and a list."""
        self.heading(self.say.text(block["caption"]), 2)
        for item in block["items"]:
            self.file.add_paragraph(paper.clean(item), style="List Bullet")

    def readings(self, block: Mapping[str, Any]) -> None:
        """Write messages as a list."""
        for row in block["rows"]:
            self.file.add_paragraph(paper.clean(self.say.reading(row)), style="List Bullet")

    def missing(self, block: Mapping[str, Any]) -> None:
        """Write what is missing."""
        for name in block["names"]:
            self.paragraph(f"[ {self.say.absent(name)} ]", colour=SOFT)

    def tally(self, block: Mapping[str, Any]) -> None:
        """Write how many results have each verdict."""
        made = self.file.add_paragraph()
        for verdict, count in block["counts"].items():
            self.verdict(made, verdict)
            paper.write(made, f" {count}", size=Pt(10))

    def pairs(self, block: Mapping[str, Any]) -> None:
        """Write names with values."""
        rows = [(self.say.text(f"validating.pair.{row['name']}"), self.say.pair(row)) for row in block["rows"]]
        self.grid(rows, (5.0, 12.0))

    def hashes(self, block: Mapping[str, Any]) -> None:
        """Write fingerprints."""
        self.grid([(drawing.named("hash", name, self.language), digest) for name, digest in block["rows"].items()], (4.0, 13.0))

    def table(self, block: Mapping[str, Any]) -> None:
        """Write a table; columns are as wide as what they hold."""
        columns = words.filled(block)
        numeric = [words.is_numeric(block["rows"], name) for name in columns]
        heads, texts = (
            [self.say.head(name) for name in columns],
            [[self.say.cell(name, row[name]) for name in columns] for row in block["rows"]],
        )
        made = self.framed(self.say.caption(block), heads, numeric)
        for row, told in zip(block["rows"], texts, strict=True):
            for cell, name, text, right in zip(paper.row_of(made), columns, told, numeric, strict=True):
                self.fill(cell, text, right=right)
                if name == "verdict":
                    self.fill_verdict(cell, row[name])
        self.end(made, paper.shares([heads, *texts], self.width))

    def results(self, block: Mapping[str, Any]) -> None:
        """Write results of tests; in full also their p-values and limits."""
        columns = FULL if block["full"] else BRIEF
        made = self.framed(self.say.text(block["caption"]), [self.say.head(name) for name in columns], [False] * len(columns))
        for row in block["rows"]:
            for cell, name in zip(paper.row_of(made), columns, strict=True):
                if name == "verdict":
                    self.fill_verdict(cell, row[name])
                else:
                    self.fill(cell, self.result_cell(row, name, full=block["full"]))
        self.end(made, list(columns.values()))

    def result_cell(self, row: Mapping[str, Any], name: str, *, full: bool) -> str:
        """Return what stands in a column of a result, with what belongs below it."""
        said = self.say.cell(name, row[name])
        if name == "statistic" and row["interval"]:
            return f"{said}\n{self.say.cell('interval', row['interval'])}"
        if not full or name not in {"scope", "reading"}:
            return said
        return "\n".join([said, self.say.size(row)] if name == "scope" else [said, *self.say.beside(row)])

    def deviations(self, block: Mapping[str, Any]) -> None:
        """Write the limits that are not the default; what is not said is shown as not said."""
        made = self.framed(
            self.say.text("validating.caption.deviations"), [self.say.head(name) for name in DEVIATION_COLUMNS], [False] * 5
        )
        for row in block["rows"]:
            for cell, name in zip(paper.row_of(made), DEVIATION_COLUMNS, strict=True):
                value = f"{row[name]:g}" if name in {"value", "default"} else row[name]
                self.fill(cell, value or f"[ {self.say.text('validating.not_said')} ]")
        self.end(made, [self.width / len(DEVIATION_COLUMNS)] * len(DEVIATION_COLUMNS))

    def figure(self, block: Mapping[str, Any]) -> None:
        """Draw a figure under its caption."""
        self.paragraph(self.say.caption(block), bold=True, size=Pt(9)).paragraph_format.keep_with_next = True
        picture = BytesIO(drawing.to_png(drawn.chart(block, self.figures_in)))
        self.file.add_picture(picture, width=FIGURE)

    def finding(self, told: Mapping[str, Any]) -> None:
        """Write a drafted finding."""
        say = self.say
        severity = say.cell("severity", told["severity"])
        self.heading(f"{told['id']} · {severity} · {say.cause(told)} · {say.cell('sample', told['sample'])}", 2)
        self.paragraph(say.reading(told["reading"]))
        evidence = [say.evidence(row) for row in told["evidence"][:SHOWN_EVIDENCE]]
        if len(told["evidence"]) > SHOWN_EVIDENCE:
            evidence.append(say.text("finding.more_evidence", count=len(told["evidence"]) - SHOWN_EVIDENCE))
        rows = {
            "extent": say.extent(told),
            "evidence": "\n".join(evidence),
            "impact": say.impact(told),
            "recommendation": say.recommendation(told),
            "due": told["due"] or say.text("finding.no_date"),
            "owner": told["owner"] or f"[ {say.text('validating.to_be_named')} ]",
        }
        self.grid([(say.text(f"finding.head.{name}"), value) for name, value in rows.items()], (3.5, 13.5))

    def blank(self, block: Mapping[str, Any]) -> None:
        """Leave a framed place that only a person fills."""
        made = self.file.add_table(rows=0, cols=1)
        made.style = "Table Grid"
        (cell,) = paper.row_of(made)
        paper.shade(cell, "F3F6F8")
        paper.write(cell.paragraphs[0], self.say.text("validating.to_be_written"), size=SMALL, bold=True, colour=ACCENT)
        paper.write(cell.add_paragraph(), self.say.text(f"validating.blank.{block['prompt']}"), colour=SOFT)
        for _ in range(block["lines"]):
            cell.add_paragraph()
        self.gap()

    def grid(self, rows: Sequence[tuple[str, str]], widths: tuple[float, float]) -> None:
        """Write names and values in two columns without a frame."""
        made = self.file.add_table(rows=0, cols=2)
        for name, value in rows:
            cells = paper.row_of(made)
            self.fill(cells[0], name, colour=SOFT)
            self.fill(cells[1], value)
        self.end(made, widths)

    def framed(self, caption: str, heads: Sequence[str], right: Sequence[bool]) -> Table:
        """Begin a table whose head is repeated on every page."""
        self.paragraph(caption, bold=True, size=Pt(9)).paragraph_format.keep_with_next = True
        made = self.file.add_table(rows=1, cols=len(heads))
        made.alignment = WD_TABLE_ALIGNMENT.LEFT
        paper.rule(made)
        for cell, head, aligned in zip(made.rows[0].cells, heads, right, strict=True):
            self.fill(cell, head, bold=True, right=aligned)
            paper.shade(cell, "EEF0EF")
        paper.repeated(made)
        return made

    def end(self, table: Table, widths: Sequence[float]) -> None:
        """Set the widths of a table's columns, in centimetres, and leave some room below it."""
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
            for cell in column.cells:
                cell.width = Cm(width)
        self.gap()

    def gap(self) -> None:
        """Leave some room."""
        made = self.file.add_paragraph()
        made.paragraph_format.space_after = Pt(0)
        paper.write(made, " ", size=Pt(5))

    def fill(self, cell: _Cell, text: str, *, bold: bool = False, right: bool = False, colour: RGBColor | None = None) -> None:
        """Write a cell."""
        into = cell.paragraphs[0]
        into.clear()
        into.paragraph_format.space_before = into.paragraph_format.space_after = Pt(1.5)
        if right:
            into.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paper.write(into, text, size=SMALL, bold=bold, colour=colour)

    def fill_verdict(self, cell: _Cell, verdict: str) -> None:
        """Write a verdict into a cell."""
        self.fill(cell, f"{SYMBOLS[verdict]} {self.say.text(f'verdict.{verdict}')}", bold=True, colour=COLOURS.get(verdict, SOFT))

    def saved(self, report: Mapping[str, Any]) -> bytes:
        """Return the file, with the validation's day for every date, and nobody as its author."""
        day = datetime.fromisoformat(report["begun"])
        about = self.file.core_properties
        about.author = about.last_modified_by = about.comments = about.keywords = ""
        about.title, about.revision = paper.clean(f"{self.say.text('validating.kicker')} {report['model']}")[:TITLE], 1
        about.created = about.modified = day
        package = self.file.part.package
        for key in [key for key, each in package.rels.items() if each.reltype == THUMBNAIL]:
            del package.rels[key]
        written = BytesIO()
        self.file.save(written)
        return paper.steady(written)
