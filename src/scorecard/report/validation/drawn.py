"""The figures of a report, drawn from the tables that the document holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scorecard import figures
from scorecard.figures.drawing import named
from scorecard.report.validation.words import Words

Block = Mapping[str, Any]


def chart(block: Block, language: str) -> figures.Chart:
    """Return the figure of a block."""
    return DRAWN[block["name"]](block, language)


def _curves(across: str) -> Callable[[Block, str], figures.Chart]:
    def drawn(block: Block, language: str) -> figures.Chart:
        curves = {sample: (curve[0], curve[1]) for sample, curve in block["content"].items()}
        return figures.cap(curves, across=across, language=language)

    return drawn


def _forest(block: Block, language: str) -> figures.Chart:
    words, options = Words(language), block["options"]
    rows = [dict(row) | {"name": words.scope(row["name"])} for row in block["content"]]
    return figures.forest(rows, options.get("limits", ()), form=options.get("form", "{:.3f}"), language=language)


def _over_time(block: Block, language: str) -> figures.Chart:
    return figures.over_time(block["content"], block["options"]["measure"], language=language)


def _stability(block: Block, language: str) -> figures.Chart:
    amber, red = block["options"]["limits"]
    rows = [dict(row) | {"characteristic": named("validating", row["characteristic"], language)} for row in block["content"]]
    return figures.stability(rows, (amber, red), language=language)


DRAWN: dict[str, Callable[[Block, str], figures.Chart]] = {
    "roc": _curves("goods_below"),
    "cap": _curves("customers_below"),
    "forest": _forest,
    "over_time": _over_time,
    "stability": _stability,
    "calibration": lambda block, language: figures.calibration(block["content"], language=language),
    "comparison": lambda block, language: figures.comparison(block["content"], language=language),
    "distributions": lambda block, language: figures.distributions(block["content"], language=language),
}
