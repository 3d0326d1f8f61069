"""A data frame as people read it, for a notebook to show: all rows, words for names, numbers written as on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas

from scorecard import messages
from scorecard.figures.drawing import named
from scorecard.report import numbers, pages

ABBREVIATIONS = {"iv": "IV", "auc": "AUC", "psi": "PSI", "pd": "PD", "woe": "WoE"}


@dataclass(frozen=True, repr=False)
class Shown:
    """A table that a notebook shows: as HTML, or as plain text where there is no HTML."""

    table: pandas.DataFrame
    language: str

    def __repr__(self) -> str:
        """Return the table as plain text."""
        return str(self.table.to_string())

    def _repr_html_(self) -> str:
        groups = [name for name in self.table.index.names if name]
        flat = self.table.reset_index() if groups else self.table
        columns = {str(name): _texts(str(name), flat[name].tolist(), self.language) for name in flat.columns}
        columns |= {name: _once(columns[name]) for name in groups}
        sides = [_side(flat[name].tolist()) for name in flat.columns]
        heads = [_heading(name, self.language) for name in columns]
        rows = [list(zip(sides, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return pages.page("table.html.j2", self.language, heads=list(zip(sides, heads, strict=True)), rows=rows)


def show(table: pandas.DataFrame, language: str = "en") -> Shown:
    """Return a data frame ready to be shown; a named index groups the rows, and is written where it changes.

    Parameters
    ----------
    table : DataFrame
    language : {"en", "zh"}

    Examples
    --------
    >>> page = show(pandas.DataFrame({"bin": ["<5"], "bad_rate": [0.25]}))._repr_html_()
    >>> [word in page for word in ("Answer", "Bad rate", "&lt;5", "25.0%", "0.25")]
    [True, True, True, True, False]
    """
    return Shown(table, language)


def _heading(name: str, language: str) -> str:
    if known := messages.catalogue(language).get(f"column.{name}"):
        return known
    first, *others = (ABBREVIATIONS.get(word, word) for word in name.split("_"))
    return " ".join([first[:1].upper() + first[1:], *others])


def _side(values: list[Any]) -> str:
    return (
        "right"
        if all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values)
        else "left"
    )


def _texts(name: str, values: list[Any], language: str) -> list[str]:
    return [
        _text(name, None if pandas.api.types.is_scalar(value) and pandas.isna(value) else value, language) for value in values
    ]


def _text(name: str, value: Any, language: str) -> str:
    if isinstance(value, bool):
        return messages.text("card.yes" if value else "card.no", language)
    return named(name, value, language) if isinstance(value, str) and value else numbers.cell(name, value)


def _once(texts: list[str]) -> list[str]:
    """Return texts with repeats of the one above left empty."""
    return ["" if above == text else text for above, text in zip([None, *texts], texts, strict=False)]
