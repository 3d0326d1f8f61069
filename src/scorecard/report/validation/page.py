"""The validation report as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scorecard.report import pages
from scorecard.report.validation import drawn, words
from scorecard.report.validation.words import Words


def page(report: Mapping[str, Any], language: str) -> str:
    """Return the report as HTML; every value from data is escaped."""
    return pages.page(
        "validation.html.j2",
        language,
        report=report,
        say=Words(language),
        chart_of=lambda block: drawn.chart(block, language),
        is_numeric=words.is_numeric,
        columns_of=words.filled,
    )
