"""How every figure looks and is written: colours, a layout by arithmetic, and SVG that can stand inside a page.

The colours are those of Okabe and Ito (2008), *Color Universal Design*, that keep a contrast of 3:1 on white and on a
dark page; none carries meaning alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from html import escape
from io import BytesIO, StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from scorecard import messages

Table = Iterable[Mapping[str, Any]]
BLUE, VERMILLION, GREEN = "#0072b2", "#d55e00", "#009e73"
INK = "#1c2733"  # becomes the page's own text colour in SVG
WIDTH = 5.6  # inches; a page scales it
ROW = 0.3  # inches a row of bars takes
_HEAD, _TITLE, _GAP = 0.42, 0.36, 0.15  # inches
_FONT = 11.0  # points
DOTS = 200  # of a PNG, per inch
CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei", "Noto Sans CJK JP")
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": _FONT,
    "svg.fonttype": "none",
    "svg.hashsalt": "scorecard",
    "text.parse_math": False,  # a category may hold dollar signs
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "hatch.linewidth": 0.8,
} | dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK)


class Chart(Figure):
    """A matplotlib figure that a notebook shows without pyplot, as SVG."""

    def _repr_svg_(self) -> str:
        return to_svg(self, background="#ffffff")


def to_svg(figure: Figure, label: str = "", background: str = "none") -> str:
    """Return the figure as SVG text that can stand inside an HTML page: equal figures give equal text.

    Letters stay letters, in the reader's sans-serif font; ink takes the page's text colour.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    label : str
        What a screen reader says; the figure's own label by default.
    background : str
        A colour, or ``none`` for transparent.

    Examples
    --------
    >>> to_svg(Chart())[:4]
    '<svg'
    """
    written = StringIO()
    no_metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # The reader's fonts draw the letters; that the measuring font lacks Chinese does not matter.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        figure.savefig(written, format="svg", metadata=no_metadata, facecolor="none", edgecolor="none")
    paper = "" if background == "none" else f' style="background: {escape(background)}; color: {INK}"'
    svg = _tidy(written.getvalue()).replace(INK, "currentColor")
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label or str(figure.get_label()))}"{paper} ', 1)


def has_chinese() -> bool:
    """Whether this machine has a font for Chinese, which a PNG needs: it holds the shapes of letters, and no letters."""
    return bool(_chinese())


def to_png(figure: Figure) -> bytes:
    """Return the figure as a PNG on white, for documents that hold no SVG; equal figures give equal bytes on a machine.

    Examples
    --------
    >>> to_png(Chart())[1:4]
    b'PNG'
    """
    written = BytesIO()
    for text in figure.findobj(Text):
        text.set_fontfamily(["DejaVu Sans", *_chinese()])
    with mpl.rc_context(_STYLE):
        figure.savefig(written, format="png", dpi=DOTS, metadata={"Software": None}, facecolor="#ffffff")
    return written.getvalue()


@cache
def _chinese() -> tuple[str, ...]:
    known = set(font_manager.get_font_names())
    return tuple(name for name in CHINESE if name in known)[:1]


def _tidy(svg: str) -> str:
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)  # it would style the page around it
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", svg)
    svg = re.sub(r"\s*\n\s*", "\n", svg).replace("'DejaVu Sans', sans-serif", "sans-serif")
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    own = hashlib.sha256(svg.encode()).hexdigest()[:8]  # ids of two figures on one page must not clash
    svg = re.sub(r' id="([^"]+)"', lambda found: f' id="f{own}-{found[1]}"' if found[1] in used else "", svg)
    return re.sub(r'(url\(|href=")#', rf"\g<1>#f{own}-", svg)


@contextmanager
def panels(
    title: str, label: str, body: float, names: Sequence[str], widths: Sequence[float] = (1.0,), *, bottom: float = 0.34
) -> Iterator[tuple[Chart, list[Axes]]]:
    """Give a figure and its axes, laid out by arithmetic: equal on every machine, whatever fonts it has.

    Parameters
    ----------
    title, label : str
        What stands above the figure; what a screen reader says where there is no title.
    body, bottom : float
        Height of the axes and of the room for what is written below, inches.
    names : sequence of str
        What is written left of the axes.
    widths : sequence of float
        Shares of the width, one a panel.
    """
    left, height = max(map(_inches, names), default=0) + 0.2, body + bottom + _HEAD + (_TITLE if title else 0)
    room = WIDTH - left - 0.1 - _GAP * (len(widths) - 1)
    starts = [left + room * sum(widths[:place]) + _GAP * place for place in range(len(widths))]
    with mpl.rc_context(_STYLE):
        chart = Chart(figsize=(WIDTH, height))
        chart.set_label(title or label)
        chart.text(0.0, 1 - 0.12 / height, title, weight="bold", va="top")
        boxes = (
            (x / WIDTH, bottom / height, room * share / WIDTH, body / height) for x, share in zip(starts, widths, strict=True)
        )
        yield chart, [chart.add_axes(box) for box in boxes]


def key(chart: Chart, entries: Iterable[tuple[str, str, str]]) -> None:
    """Write the key above the axes: a mark or a line style, its colour, its words."""
    box = chart.axes[0].get_position()
    x, y = box.x0, box.y1 + 0.2 / chart.get_figheight()
    for mark, colour, said in entries:
        line = mark in {"-", "--", "-.", ":"}
        wide = (0.3 if line else 0.16) / WIDTH
        look = {"linestyle": mark} if line else {"marker": mark, "linestyle": "none", "markersize": 8, "markeredgewidth": 2}
        ends = ([x, x + wide], [y, y]) if line else ([x + wide / 2], [y])
        chart.add_artist(Line2D(*ends, color=colour, transform=chart.transFigure, **look))
        chart.text(x + wide + 0.06 / WIDTH, y, said, va="center_baseline")
        x += wide + (_inches(said) + 0.22) / WIDTH


def stacked_key(axes: Axes, entries: Sequence[tuple[str, str, str]], left: float = 0.45) -> None:
    """Write the key inside the axes, an entry a line in the lower right corner, where a curve above the diagonal leaves room."""
    for place, (line, colour, said) in enumerate(entries):
        y = 0.06 * (len(entries) - place)
        axes.plot([left, left + 0.07], [y, y], color=colour, linestyle=line, transform=axes.transAxes)
        axes.annotate(said, (left + 0.09, y), xycoords="axes fraction", va="center_baseline")


def limits(line: Callable[..., Any], values: tuple[float, float], language: str) -> list[tuple[str, str, str]]:
    """Draw the amber and the red limit, dashed and solid, and return their entries of the key."""
    marks = list(zip(("--", "-"), ("amber", "red"), values, strict=True))
    for style, _, value in marks:
        line(value, color=VERMILLION, linestyle=style, linewidth=1.2)
    return [(style, VERMILLION, f"{messages.text(f'verdict.{verdict}', language)} {value:g}") for style, verdict, value in marks]


def bars(axes: Axes, names: Sequence[str], values: np.ndarray) -> None:
    """Draw a horizontal bar a name."""
    axes.barh(np.arange(len(names)), values, color=BLUE, height=0.56)
    bare(axes, len(names), names)


def say(axes: Axes, places: np.ndarray, form: str, values: np.ndarray | None = None) -> None:
    """Write each row's value right of its mark."""
    for where, (place, value) in enumerate(zip(places, places if values is None else values, strict=True)):
        if np.isfinite(place):
            axes.annotate(signs(form.format(value)), (place, where), (8, 0), textcoords="offset points", va="center_baseline")


def beside(axes: Axes, values: np.ndarray, form: str) -> None:
    """Write each row's value at the right edge, clear of a line that crosses the rows."""
    for where, value in enumerate(values):
        if np.isfinite(value):
            said = signs(form.format(value))
            axes.annotate(said, (1.0, where), xycoords=("axes fraction", "data"), va="center_baseline", ha="right")


def room(axes: Axes) -> None:
    """Leave room right of all marks, where their values stand."""
    axes.margins(x=0.06)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + 0.3 * (right - left))


def signs(number: str) -> str:
    """Return a number with a minus sign instead of a hyphen."""
    return number.replace("-", "−")


def bare(axes: Axes, rows: int, names: Sequence[str] = ()) -> None:
    """Leave rows only, the first on top: values stand beside the marks, so an axis would repeat them."""
    axes.set_ylim(max(rows, 1) - 0.5, -0.5)
    axes.set_yticks(np.arange(len(names)), labels=names)
    axes.tick_params(length=0, pad=6)
    axes.set_xticks([])
    axes.spines[:].set_visible(False)


def few_ticks(axes: Axes, names: Sequence[str]) -> None:
    """Name as many places of the horizontal axis as there is room for."""
    room = axes.get_position().width * WIDTH / (max(map(_inches, names), default=1) + 0.15)
    every = max(1, -(-len(names) // max(1, int(room))))
    axes.set_xticks(np.arange(len(names))[::every], labels=names[::every])


def shares(axes: Axes) -> None:
    """Write shares from 0 to 1 along both axes; the last one ends where the axis does, and not beyond the figure."""
    ticks = np.linspace(0, 1, 6)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ticks, labels=[f"{tick:.0%}" for tick in ticks])
    axes.get_xticklabels()[-1].set_horizontalalignment("right")


def records(table: Table) -> list[Mapping[str, Any]]:
    """Return the rows of a list, or of a pandas or polars data frame, as mappings.

    Examples
    --------
    >>> records([{"bin": "a"}])
    [{'bin': 'a'}]
    """
    if hasattr(table, "to_dicts"):
        return list(table.to_dicts())
    return list(table.to_dict("records") if hasattr(table, "to_dict") else table)


def column(rows: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    """Return a column as floats; NaN where a value is absent."""
    return np.array([np.nan if row.get(name) is None else float(row[name]) for row in rows])


def words(language: str) -> Callable[[str], str]:
    """Return the function that gives a figure's words in a language."""
    return lambda name: messages.text(f"figure.{name}", language)


def named(kind: str, value: object, language: str = "en") -> str:
    """Return the word for a value the kit itself gives, such as the sample ``out_of_time``; any other value as it is.

    Examples
    --------
    >>> named("sample", "out_of_time"), named("sample", "Q3")
    ('out-of-time', 'Q3')
    """
    return messages.catalogue(language).get(f"{kind}.{value}", "" if value is None else str(value))


def short(said: object, longest: int = 26) -> str:
    """Return a label cut to a length; the table beside the figure has it in full.

    Examples
    --------
    >>> short("owns a house", 6)
    'owns …'
    """
    full = str(said)
    return full if len(full) <= longest else full[: longest - 1] + "…"


def _inches(said: str) -> float:
    """Estimate a width: 0.56 em a letter, 1 em a Chinese character."""
    return _FONT / 72 * sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.56 for letter in said)
