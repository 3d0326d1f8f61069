"""Figures of challengers: what the search found, and what a model does with its characteristics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from scorecard.figures import drawing as draw
from scorecard.figures.drawing import BLUE, GREEN, INK, VERMILLION, Chart, Table, named, records

STYLES, COLOURS = ("-", "--", "-.", ":"), (BLUE, VERMILLION, GREEN, INK)
MOST = 15  # characteristics shown; the table beside the figure has them all
SHARES = 4.0  # bars of shares take a quarter of the height
Rows = Sequence[Mapping[str, Any]]


def search_curve(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show what each further trial of a search has gained: the best out-of-fold AUC so far, by challenger.

    A dot is a trial that did better than all before it.

    Parameters
    ----------
    table : rows with ``model``, ``trial`` (from 0), ``state`` and ``auc``, in order of trials
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    models = list(dict.fromkeys(row["model"] for row in rows))
    with draw.panels(title, word("search_curve"), 2.8, ["0.000"], (0.5, 0.5), bottom=0.62) as (chart, (axes, names)):
        ends: list[float] = []
        for (style, colour), model in zip(_looks(len(models)), models, strict=True):
            best = _best([row for row in rows if row["model"] == model])
            trials = np.arange(1, len(best) + 1)
            axes.step(trials, best, where="post", color=colour, linestyle=style, linewidth=1.6)
            better = np.flatnonzero(np.isfinite(best) & (np.append(np.nan, best[:-1]) != best))
            axes.plot(trials[better], best[better], color=colour, marker="o", markersize=4.5, linestyle="none")
            ends.append(best[-1])
        axes.set_xlabel(word("trial"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _name(names, axes, [named("model", model, language) for model in models], ends)
        draw.key(chart, [("o", INK, word("best_auc"))])
    return chart


def importance(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show which characteristics move a model's answers most.

    Parameters
    ----------
    table : rows with ``characteristic`` and ``importance`` (mean absolute contribution to the log-odds), the largest first
    title, language : str
    """
    rows, word = records(table)[:MOST], draw.words(language)
    names = [draw.short(row["characteristic"]) for row in rows]
    with draw.panels(title, word("importance"), max(1, len(rows)) * draw.ROW, names, bottom=0.05) as (chart, (axes,)):
        sizes = draw.column(rows, "importance")
        draw.bars(axes, names, sizes)
        draw.say(axes, sizes, "{:.3f}")
        axes.set_xlim(0, max(1e-9, np.nanmax(sizes, initial=0)) * 1.2)
        draw.key(chart, [("s", BLUE, word("log_odds"))])
    return chart


def contributions(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show why a model finds one customer riskier, or safer, than those it is compared with.

    Parameters
    ----------
    table : rows with ``characteristic``, ``bin`` and ``contribution`` (to the log-odds of bad); the largest are shown, first
    title, language : str
    """
    word = draw.words(language)
    rows = sorted(records(table), key=lambda row: -abs(row["contribution"]))[:MOST]
    names = [draw.short(f"{row['characteristic']}: {row['bin']}", 40) for row in rows]
    with draw.panels(title, word("contributions"), max(1, len(rows)) * draw.ROW, names, bottom=0.05) as (chart, (axes,)):
        values, places = draw.column(rows, "contribution"), np.arange(len(rows))
        axes.barh(places, np.fmin(values, 0), height=0.56, color=BLUE)
        axes.barh(places, np.fmax(values, 0), height=0.56, facecolor="none", edgecolor=VERMILLION, hatch="////")
        draw.bare(axes, len(rows), names)
        draw.beside(axes, values, "{:+.2f}")
        axes.axvline(0, color=INK, linewidth=0.6)
        low, high = float(np.nanmin(values, initial=0)), float(np.nanmax(values, initial=0))
        span = max(1e-9, high - low)
        axes.set_xlim(low - 0.05 * span, high + 0.5 * span)
        draw.key(chart, [("s", VERMILLION, word("riskier")), ("s", BLUE, word("safer"))])
    return chart


def dependence(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show how the mean PD of a model moves with one characteristic, and how many customers stand where.

    Numbers are joined by a line, at equal distances whatever they are; special codes, missing and levels stand alone.

    Parameters
    ----------
    table : rows with ``kind``, ``label``, ``pd`` and ``share``, as `scorecard.challengers.dependence` gives them
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    with draw.panels(title, word("dependence"), 2.2, ["100.0%"], bottom=0.62) as (chart, (axes,)):
        places, pds = np.arange(len(rows)), draw.column(rows, "pd")
        joined = np.array([row["kind"] == "number" for row in rows], dtype=np.bool_)
        shares = axes.twinx()
        shares.bar(places, draw.column(rows, "share"), 0.8, color=INK, alpha=0.18)
        shares.set_ylim(0, SHARES * max(1e-9, np.nanmax(draw.column(rows, "share"), initial=0)))
        shares.set_axis_off()
        axes.plot(places[joined], pds[joined], color=BLUE, marker="o", markersize=3.5)
        axes.plot(places[~joined], pds[~joined], color=BLUE, marker="D", markersize=6, linestyle="none")
        axes.set_ylim(0, 1.1 * max(1e-9, np.nanmax(pds, initial=0)))
        axes.yaxis.set_major_formatter("{x:.1%}")
        draw.few_ticks(axes, [draw.short(_label(row), 14) for row in rows])
        draw.key(chart, [("o", BLUE, word("mean_pd")), ("s", "#b4b8bc", word("share_of_customers"))])
    return chart


def _label(row: Mapping[str, Any]) -> str:
    return draw.signs(str(row["label"])) if row["kind"] == "number" else str(row["label"])


def _best(rows: Rows) -> np.ndarray:
    """Return the best AUC after each trial; NaN before the first completed one."""
    found = np.array([float(row["auc"]) if row["state"] == "completed" else np.nan for row in rows])
    return np.fmax.accumulate(found)


def _looks(lines: int) -> list[tuple[str, str]]:
    """Return a style and a colour per line: of four neighbours no two share either, of sixteen no two share both."""
    return [(STYLES[line % 4], COLOURS[(line + line // 4) % 4]) for line in range(lines)]


def _name(beside: Axes, axes: Axes, names: Sequence[str], ends: Sequence[float]) -> None:
    """Write each line's name and end beside it, the best on top and none upon another; those without an end come last."""
    bottom, top = axes.get_ylim()
    beside.set(ylim=(bottom, top), xlim=(0, 1))
    beside.set_axis_off()
    at, apart = top, (top - bottom) / max(10, len(names))
    looks = _looks(len(names))
    for line in sorted(range(len(names)), key=lambda line: -np.nan_to_num(ends[line])):
        known = bool(np.isfinite(ends[line]))
        at = min(at, ends[line]) if known else at
        beside.plot([0.0, 0.1], [at, at], color=looks[line][1], linestyle=looks[line][0], clip_on=False)
        said = draw.short(names[line], 20) + (f" {ends[line]:.3f}" if known else "")
        beside.annotate(said, (0.14, at), va="center_baseline", annotation_clip=False)
        at -= apart
