"""Small multiples over time: one panel a bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from scorecard import messages
from scorecard.figures import drawing as draw
from scorecard.figures.drawing import BLUE, INK, VERMILLION, Chart, Table, records
from scorecard.metrics import jeffreys_interval

COLUMNS = 3
HEIGHT, GAP, BETWEEN = 1.0, 0.34, 0.12  # inches: of a panel, above it, where its bin is named, and beside it
INSUFFICIENT = "insufficient data"
MARKS = {"inverted": ("D", VERMILLION), INSUFFICIENT: ("x", BLUE)}  # by finding; all else is a dot
DOT = ("o", BLUE)
Rows = Sequence[Mapping[str, Any]]


def by_period(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show whether bins keep their order over time: each one's bad rate by period, before the thin lines of all others.

    Bars are 95% Jeffreys intervals. A diamond marks where a bin and a neighbour change places beyond sampling error; a cross
    where there are too few bads or goods to tell: lines leave it out, and beyond the scale it stands at the upper edge.

    Parameters
    ----------
    table : rows with ``bin``, ``period``, ``accounts``, ``bads`` and ``finding``, as `scorecard.binning.rates` gives them
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    times, names = sorted({str(row["period"]) for row in rows}), list(dict.fromkeys(str(row["bin"]) for row in rows))
    lines = [_line([row for row in rows if str(row["bin"]) == name], times) for name in names]
    body = -(-max(1, len(names)) // COLUMNS) * (HEIGHT + GAP)
    with draw.panels(title, word("by_period"), body, ["100%"]) as (chart, (frame,)):
        frame.set_axis_off()
        told = np.array([_told(line) for line in lines]).reshape(len(names), len(times))
        top = 1.3 * float(np.nanmax(told, initial=0.01))
        for place, name in enumerate(names):
            axes = _panel(chart, frame, place, draw.short(name, 18))
            axes.set(xlim=(-0.5, len(times) - 0.5), ylim=(0, top))
            axes.plot(told.T, color=INK, linewidth=0.6, alpha=0.5)
            _mark(axes, lines[place])
            _span(axes, times)
            axes.tick_params(labelleft=place % COLUMNS == 0, labelbottom=place + COLUMNS >= len(names))
        few = messages.text(f"verdict.{INSUFFICIENT}", language)
        draw.key(chart, [("-", INK, word("other_bins")), (*MARKS["inverted"], word("inverted")), (*MARKS[INSUFFICIENT], few)])
    return chart


def _line(rows: Rows, times: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return a bin's rows in order of time, an empty one where a period has none."""
    by_time = {str(row["period"]): row for row in rows}
    return [by_time.get(time, {}) for time in times]


def _rates(line: Rows) -> np.ndarray:
    accounts = draw.column(line, "accounts")
    return draw.column(line, "bads") / np.where(accounts > 0, accounts, np.nan)


def _told(line: Rows) -> np.ndarray:
    """Return the rates that rest on enough bads and goods; NaN elsewhere."""
    few = [row.get("finding") == INSUFFICIENT for row in line]
    return np.where(few, np.nan, _rates(line))


def _panel(chart: Chart, frame: Axes, place: int, name: str) -> Axes:
    """Add the axes of a bin to the grid, row by row from the top."""
    box, (wide, high) = frame.get_position(), chart.get_size_inches()
    down, across = divmod(place, COLUMNS)
    width = (box.width - (COLUMNS - 1) * BETWEEN / wide) / COLUMNS
    left, top = box.x0 + across * (width + BETWEEN / wide), box.y1 - (down * (HEIGHT + GAP) + GAP) / high
    axes = chart.add_axes((left, top - HEIGHT / high, width, HEIGHT / high))
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.annotate(name, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points")
    return axes


def _mark(axes: Axes, line: Rows) -> None:
    """Draw a bin's own line: intervals, and a mark for what is found at each point."""
    rates, top = _rates(line), axes.get_ylim()[1]
    known = np.flatnonzero(np.isfinite(rates)).tolist()
    ends = [jeffreys_interval(float(line[place]["bads"]), float(line[place]["accounts"])) for place in known]
    axes.vlines(known, [low for low, _ in ends], [high for _, high in ends], color=BLUE, linewidth=0.9)
    axes.plot(_told(line), color=BLUE, linewidth=1.6)
    looks = [MARKS.get(str(row.get("finding")), DOT) for row in line]
    for mark, colour in (DOT, *MARKS.values()):
        here = [place for place in known if looks[place] == (mark, colour)]
        at = np.minimum(rates[here], top)
        axes.plot(here, at, color=colour, marker=mark, markersize=5, linestyle="none", clip_on=False)


def _span(axes: Axes, times: Sequence[str]) -> None:
    """Name the first and the last period, inside the panel's width."""
    axes.set_xticks(
        range(len(times)),
        labels=[draw.short(time, 8) if place in {0, len(times) - 1} else "" for place, time in enumerate(times)],
    )
    if len(times) > 1:
        axes.get_xticklabels()[0].set_horizontalalignment("left")
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
