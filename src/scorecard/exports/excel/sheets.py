"""The sheets that are read: points, bins and grades."""

from __future__ import annotations

from typing import Any

import pandas
from openpyxl import Workbook

from scorecard import model
from scorecard.exports.excel.cells import NOTE, TITLE, frame, put
from scorecard.model import Scorecard

TOP = 5  # row of the header, below the title and what the scale means
OF_POINTS = ("segment", "characteristic", "description", "bin", "points", "count", "bad_rate", "treatment")


def points(workbook: Workbook, card: Scorecard) -> None:
    """Add the scorecard as people know it: the scale, base points, and the points of every bin."""
    sheet = workbook.create_sheet("Points")
    put(sheet.cell(1, 1), f"Scorecard {' '.join(card.name.split())}", TITLE)
    put(sheet.cell(2, 1), scale_of(card), NOTE)
    put(sheet.cell(3, 1), f"SHA-256 of the scorecard: {card.sha256}", NOTE)
    table = model.points_table(card)
    said = {term.name: term.description for term in card.terms if term.description}
    if said:
        table.insert(1, "description", [said.get(name) for name in table["characteristic"]])
    kept = [name for name in OF_POINTS if name in table.columns]
    frame(sheet, table[kept], TOP, {"points": points_format(card)})


def scale_of(card: Scorecard) -> str:
    """Say in one line what the points mean."""
    scaling = card.scaling
    limits = [
        f"{word} {limit:g}" for word, limit in (("at least", scaling.minimum), ("at most", scaling.maximum)) if limit is not None
    ]
    bases = "; ".join(f"{each.base:g}" if card.segmentation is None else f"{each.name} {each.base:g}" for each in card.segments)
    told = [
        f"{scaling.base_score:g} points are good:bad odds of {scaling.base_odds:g}:1",
        f"{scaling.pdo:g} more points double the odds",
    ]
    told += [f"everybody starts with {bases} points"] if any(each.base for each in card.segments) else []
    return "; ".join([*told, *limits]) + "."


def points_format(card: Scorecard) -> str:
    """Return the number format of points."""
    return "0" if card.scaling.decimals == 0 else "0." + "0" * card.scaling.decimals


def bins(workbook: Workbook, card: Scorecard) -> None:
    """Add the statistics of every bin."""
    rows: list[dict[str, Any]] = []
    for segment in card.segments:
        own = {} if card.segmentation is None else {"segment": segment.name}
        for term in segment.terms:
            for each, points in zip(term.characteristic.bins, term.points, strict=True):
                told = {"kind": each.kind, "count": each.count, "bads": each.bads, "share": each.share, "bad_rate": each.bad_rate}
                own_points = {"woe": each.woe, "points": points, "treatment": each.treatment}
                rows.append(own | {"characteristic": term.name, "bin": each.label} | told | own_points)
    frame(workbook.create_sheet("Bins"), pandas.DataFrame(rows), formats={"points": points_format(card)})


def grades(workbook: Workbook, card: Scorecard) -> None:
    """Add the grades, best first."""
    rows = [each.to_dict() | {"bad_rate": each.bads / each.count if each.count else None} for each in card.grades]
    names = ("name", "lower_score", "upper_score", "pd", "count", "bads", "bad_rate")
    frame(workbook.create_sheet("Grades"), pandas.DataFrame(rows, columns=names))
