"""Figures of a validation: estimates with their intervals, distributions of scores, what was captured, what moved over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from scorecard.figures import drawing as draw
from scorecard.figures.drawing import BLUE, GREEN, INK, VERMILLION, Chart, Table, named, records
from scorecard.results import Verdict

LOOKS = (("-", BLUE), ("--", VERMILLION), ("-.", GREEN), (":", INK))
LOUD = (Verdict.AMBER.value, Verdict.RED.value)


def forest(table: Table, limits: Sequence[float] = (), title: str = "", form: str = "{:.3f}", language: str = "en") -> Chart:
    """Show estimates below each other with their intervals; a diamond marks those that are amber or red.

    Parameters
    ----------
    table : rows with ``name``, ``value`` and, where known, ``low``, ``high`` and ``verdict``
    limits : sequence of float
        Where vertical lines stand.
    title, language : str
    form : str
        How a value is written.
    """
    rows = records(table)
    names = [draw.short(row["name"], 36) for row in rows]
    with draw.panels(title, draw.words(language)("forest"), max(1, len(rows)) * draw.ROW, names, bottom=0.05) as (chart, (axes,)):
        value, low, high = (draw.column(rows, key) for key in ("value", "low", "high"))
        where = np.arange(len(rows))
        axes.hlines(where, low, high, color=BLUE, linewidth=2.2)
        for loud, mark, colour in ((False, "o", BLUE), (True, "D", VERMILLION)):
            some = [place for place in where if (rows[place].get("verdict") in LOUD) is loud]
            axes.plot(value[some], some, color=colour, marker=mark, markersize=6.5, linestyle="none")
        for limit in limits:
            axes.axvline(limit, color=INK, linestyle="--", linewidth=0.9)
        draw.say(axes, np.fmax(value, high), form, value)
        draw.room(axes)
        draw.bare(axes, len(rows), names)
    return chart


def distributions(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show how the customers of each sample spread over the scores.

    Parameters
    ----------
    table : rows with ``sample``, ``from_score``, ``to_score`` and ``share``
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    samples = list(dict.fromkeys(row["sample"] for row in rows))
    with draw.panels(title, word("distributions"), 2.0, ["100%"], bottom=0.62) as (chart, (axes,)):
        key = []
        for (line, colour), sample in zip(LOOKS, samples, strict=False):
            own = [row for row in rows if row["sample"] == sample]
            middle = (draw.column(own, "from_score") + draw.column(own, "to_score")) / 2
            axes.step(middle, draw.column(own, "share"), where="mid", color=colour, linestyle=line)
            key.append((line, colour, draw.short(named("sample", sample, language))))
        axes.set_ylim(0, None)
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel(word("score_band"))
        draw.key(chart, key)
    return chart


def cap(
    curves: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
    title: str = "",
    across: str = "customers_below",
    language: str = "en",
) -> Chart:
    """Show how many bads stand among the customers, or the goods, of the lowest scores, sample by sample; the thin line is chance.

    Parameters
    ----------
    curves : mapping of a sample to (share of customers or goods, share of bads), both rising from 0 to 1
    title, language : str
    across : {"customers_below", "goods_below"}
    """
    word, key = draw.words(language), []
    with draw.panels(title, word("cap"), 3.4, ["100%" * 2], bottom=0.62) as (chart, (axes,)):
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6)
        for (line, colour), (name, (customers, bads)) in zip(LOOKS, curves.items(), strict=False):
            axes.plot(customers, bads, color=colour, linestyle=line)
            key.append((line, colour, draw.short(named("sample", name, language))))
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=word(across), ylabel=word("bads_below"))
        draw.shares(axes)
        draw.key(chart, key)
    return chart


def over_time(table: Table, measure: str = "bad_rate", title: str = "", language: str = "en") -> Chart:
    """Show a measure period by period with its interval, and beside a bad rate the mean PD.

    Parameters
    ----------
    table : rows with ``level``, in order of time, and for ``bad_rate`` also ``rate_low``, ``rate_high`` and ``pd``, for ``auc``
        also ``auc_low`` and ``auc_high``
    measure : {"bad_rate", "auc"}
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    ends = ("rate_low", "rate_high") if measure == "bad_rate" else ("auc_low", "auc_high")
    with draw.panels(title, word(f"over_time_{measure}"), 1.9, ["100%"]) as (chart, (axes,)):
        where = np.arange(len(rows))
        value, low, high = (draw.column(rows, name) for name in (measure, *ends))
        axes.vlines(where, low, high, color=BLUE, linewidth=1.8)
        axes.plot(where, value, color=BLUE, marker="o", markersize=5, linestyle="none")
        key = [("o", BLUE, word("observed" if measure == "bad_rate" else "auc"))]
        if measure == "bad_rate":
            axes.plot(
                where, draw.column(rows, "pd"), color=VERMILLION, marker="_", markersize=12, markeredgewidth=2.2, linestyle="none"
            )
            key.append(("_", VERMILLION, word("pd")))
            top = np.nan_to_num(np.concatenate([value, draw.column(rows, "pd")])).max(initial=0.01)
            axes.set_ylim(0, 1.6 * top)  # bars of few customers go beyond
            axes.yaxis.set_major_formatter("{x:.0%}")
        axes.set_xlim(-0.5, max(len(rows), 1) - 0.5)
        draw.few_ticks(axes, [draw.short(row["level"], 14) for row in rows])
        draw.key(chart, key)
    return chart
