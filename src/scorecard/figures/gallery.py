"""Many figures on one page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from scorecard.figures.drawing import Chart, to_svg

STYLE = "display:grid;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr));gap:1.5rem;background:#fff;color:#222;font-family:sans-serif"


def page(charts: Mapping[str, Chart]) -> str:
    """Return the figures side by side as HTML that stands alone or inside a notebook; names are escaped."""
    shown = "".join(
        f'<figure style="margin:0" aria-label="{escape(name)}">{to_svg(chart)}</figure>' for name, chart in charts.items()
    )
    return f'<meta charset="utf-8"><div style="{STYLE}">{shown}</div>'
