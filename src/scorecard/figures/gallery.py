"""Many figures on one page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from scorecard.figures.drawing import Chart, to_svg

FITTED = '<svg style="width:100%;height:auto" '  # a figure has a size of its own, wider than a column of the page
STYLE = "display:grid;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr));gap:1.5rem;background:#fff;color:#222;font-family:sans-serif"


def page(charts: Mapping[str, Chart]) -> str:
    """Return the figures side by side as HTML that stands alone or inside a notebook; names are escaped."""
    shown = "".join(
        f'<figure style="margin:0" aria-label="{escape(name)}">{_fitted(chart)}</figure>' for name, chart in charts.items()
    )
    return f'<meta charset="utf-8"><div style="{STYLE}">{shown}</div>'


def _fitted(chart: Chart) -> str:
    return to_svg(chart).replace("<svg ", FITTED, 1)
