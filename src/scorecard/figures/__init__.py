"""A table in, a figure out: colour-blind safe, labelled in words, shown by notebooks, written as small SVG.

A table is a list of rows (mappings) or a pandas or polars data frame. `title` stands above the figure, `language`
(``en`` or ``zh``) is that of its labels.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from scorecard.figures import drawing as draw
from scorecard.figures.challenge import contributions, dependence, importance, search_curve
from scorecard.figures.drawing import BLUE, GREEN, INK, VERMILLION, Chart, Table, named, records, to_svg
from scorecard.figures.models import calibration_models, migration, profit_curve, strategy_curve
from scorecard.figures.periods import by_period
from scorecard.figures.validating import cap, distributions, forest, over_time
from scorecard.metrics import jeffreys_interval

__all__ = [
    "Chart",
    "bins",
    "by_period",
    "calibration",
    "calibration_curve",
    "calibration_models",
    "cap",
    "comparison",
    "contributions",
    "dependence",
    "distributions",
    "forest",
    "importance",
    "migration",
    "over_time",
    "profit_curve",
    "roc",
    "score_distribution",
    "search_curve",
    "stability",
    "strategy_curve",
    "to_svg",
    "trend",
]

LIMITS = (0.10, 0.25)  # of a stability index; a convention of the field (Siddiqi 2006), not a test


def bins(table: Table, title: str = "", value: str = "woe", language: str = "en") -> Chart:
    """Show each bin of a characteristic: its share of customers, and beside it its WoE or bad rate.

    Parameters
    ----------
    table : rows with ``bin``, ``share`` and `value`
    title : str
    value : {"woe", "bad_rate"}
    language : {"en", "zh"}
    """
    rows, word = records(table), draw.words(language)
    names = [draw.short(row["bin"]) for row in rows]
    with draw.panels(title, word("bins"), max(1, len(rows)) * draw.ROW, names, widths=(0.42, 0.58), bottom=0.05) as (
        chart,
        (left, right),
    ):
        shares, values = draw.column(rows, "share"), draw.column(rows, value)
        draw.bars(left, names, shares)
        draw.say(left, shares, "{:.1%}")
        left.set_xlim(0, max(0.01, np.nanmax(shares, initial=0)) * 1.5)
        right.plot(values, np.arange(len(rows)), color=VERMILLION, marker="o", markersize=5.5)
        draw.beside(right, values, "{:+.2f}" if value == "woe" else "{:.1%}")
        right.axvline(0, color=INK, linewidth=0.6)
        right.margins(x=0.12)
        right.set_xlim(right=right.get_xlim()[1] + 0.6 * np.ptp(right.get_xlim()))
        draw.bare(right, len(rows))
        for axes, words in ((left, word("share")), (right, word(value))):
            axes.annotate(words, (0, 1), (0, 9), xycoords="axes fraction", textcoords="offset points")
    return chart


def comparison(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show which model orders risk best, and whether the difference exceeds the uncertainty.

    Parameters
    ----------
    table : rows with ``model``, ``sample``, ``auc`` and, where known, ``auc_low`` and ``auc_high``
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    names = [
        draw.short(" · ".join(named(part, row[part], language) for part in ("model", "sample") if row.get(part)), 36)
        for row in rows
    ]
    with draw.panels(title, word("comparison"), max(1, len(rows)) * draw.ROW, names, bottom=0.05) as (chart, (axes,)):
        auc, low, high = (draw.column(rows, key) for key in ("auc", "auc_low", "auc_high"))
        axes.hlines(np.arange(len(rows)), low, high, color=BLUE, linewidth=2.2)
        axes.plot(auc, np.arange(len(rows)), color=BLUE, marker="o", markersize=6.5, linestyle="none")
        draw.say(axes, np.fmax(auc, high), "{:.3f}", auc)
        draw.room(axes)
        draw.bare(axes, len(rows), names)
        draw.key(chart, [("o", BLUE, word("auc"))])
    return chart


def calibration(grades: Table, title: str = "", language: str = "en") -> Chart:
    """Show whether each grade defaults as often as its PD says: the bad rate with its Jeffreys interval, and the PD.

    Parameters
    ----------
    grades : rows with ``name``, ``pd``, ``count`` and ``bads``
    title, language : str
    """
    rows, word = records(grades), draw.words(language)
    with draw.panels(title, word("calibration"), 2.0, ["100%"]) as (chart, (axes,)):
        where, (count, bads) = np.arange(len(rows)), (draw.column(rows, key) for key in ("count", "bads"))
        known = [place for place in where if count[place] > 0]
        ends = [jeffreys_interval(bads[place], count[place]) for place in known]
        axes.vlines(known, [low for low, _ in ends], [high for _, high in ends], color=BLUE, linewidth=2.2)
        axes.plot(where, bads / np.where(count > 0, count, np.nan), color=BLUE, marker="o", markersize=6.5, linestyle="none")
        axes.plot(
            where, draw.column(rows, "pd"), color=VERMILLION, marker="_", markersize=20, markeredgewidth=2.4, linestyle="none"
        )
        axes.set_xticks(where, labels=[draw.short(row["name"], 8) for row in rows])
        axes.set_ylim(0, None)
        axes.yaxis.set_major_formatter("{x:.0%}")
        draw.key(chart, [("o", BLUE, word("observed")), ("_", VERMILLION, word("pd"))])
    return chart


def calibration_curve(curve: Table, title: str = "", language: str = "en") -> Chart:
    """Show whether the PDs hold along the score, riskiest first: the bad rate of each band with its interval, and the mean PDs.

    Parameters
    ----------
    curve : rows with ``lower_score``, ``upper_score``, ``rate``, ``low``, ``high``, ``raw`` and ``final``
    title, language : str
    """
    rows, word = records(curve), draw.words(language)
    with draw.panels(title, word("calibration_curve"), 2.2, ["100%"], bottom=0.62) as (chart, (axes,)):
        where = np.arange(len(rows))
        rate, low, high, raw, final = (draw.column(rows, key) for key in ("rate", "low", "high", "raw", "final"))
        axes.vlines(where, low, high, color=BLUE, linewidth=2.2)
        axes.plot(where, rate, color=BLUE, marker="o", markersize=6.5, linestyle="none")
        key = [("o", BLUE, word("observed")), ("-", VERMILLION, word("pd"))]
        axes.plot(where, final, color=VERMILLION, linestyle="-")
        if not np.allclose(raw, final, atol=1e-12):
            axes.plot(where, raw, color=INK, linestyle="--")
            key.append(("--", INK, word("pd_raw")))
        draw.few_ticks(axes, [f"{row['lower_score']:g}–{row['upper_score']:g}" for row in rows])
        axes.set_ylim(0, None)
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel(word("score_band"))
        draw.key(chart, key)
    return chart


def roc(curves: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]], title: str = "", language: str = "en") -> Chart:
    """Show how many bads each model finds for the goods it turns away.

    Parameters
    ----------
    curves : mapping of a model's name to (share of goods, share of bads), both rising from 0 to 1
    title, language : str
    """
    word, key = draw.words(language), []
    looks = list(zip(("-", "--", "-.", ":"), (BLUE, VERMILLION, GREEN, INK), strict=True)) * len(curves)
    with draw.panels(title, word("roc"), 4.4, ["100%" * 2], (0.96,), bottom=0.62) as (chart, (axes,)):
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6)
        for (line, colour), (name, (goods, bads)) in zip(looks, curves.items(), strict=False):
            axes.plot(goods, bads, color=colour, linestyle=line)
            area = np.trapezoid(np.asarray(bads, float), np.asarray(goods, float))
            key.append((line, colour, f"{draw.short(named('model', name, language))} {area:.3f}"))
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=word("goods_below"), ylabel=word("bads_below"))
        draw.shares(axes)
        draw.stacked_key(axes, key)
    return chart


def score_distribution(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show whether goods score higher than bads.

    Parameters
    ----------
    table : rows with ``band`` (a label, in order of score), ``goods`` and ``bads`` (counts)
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    with draw.panels(title, word("score_distribution"), 2.0, ["100%"], bottom=0.62) as (chart, (axes,)):
        for side, column, colour, hatch in ((-0.2, "goods", BLUE, ""), (0.2, "bads", VERMILLION, "////")):
            shares = draw.column(rows, column) / max(1, np.nansum(draw.column(rows, column)))
            axes.bar(
                np.arange(len(rows)) + side, shares, 0.4, facecolor="none" if hatch else colour, edgecolor=colour, hatch=hatch
            )
        draw.few_ticks(axes, [str(row["band"]) for row in rows])
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel(word("score_band"))
        draw.key(chart, [("s", BLUE, word("goods")), ("s", VERMILLION, word("bads"))])
    return chart


def stability(table: Table, limits: tuple[float, float] = LIMITS, title: str = "", language: str = "en") -> Chart:
    """Show which characteristics have moved, and past which limit.

    Parameters
    ----------
    table : rows with ``characteristic``, ``csi`` and, where known, ``critical`` (what chance alone can reach)
    limits : (float, float)
        Amber and red limit of the index.
    title, language : str
    """
    rows, word = sorted(records(table), key=lambda row: -(row.get("csi") or 0)), draw.words(language)
    names = [draw.short(row["characteristic"]) for row in rows]
    with draw.panels(title, word("stability"), max(1, len(rows)) * draw.ROW, names, bottom=0.05) as (chart, (axes,)):
        csi, critical = draw.column(rows, "csi"), draw.column(rows, "critical")
        draw.bars(axes, names, csi)
        draw.say(axes, np.fmax(csi, critical), "{:.3f}", csi)
        axes.plot(critical, np.arange(len(rows)), color=INK, marker="|", markersize=17, markeredgewidth=1.5, linestyle="none")
        axes.set_xlim(0, max(limits[1] * 1.15, np.nanmax(csi, initial=0) * 1.25))
        chance = [] if np.isnan(critical).all() else [("|", INK, word("chance"))]
        draw.key(chart, draw.limits(axes.axvline, limits, language) + chance)
    return chart


def trend(table: Table, limits: tuple[float, float] = LIMITS, title: str = "", language: str = "en") -> Chart:
    """Show how the stability index of the score has moved from batch to batch.

    Parameters
    ----------
    table : rows with ``batch`` and ``psi``, in order of time
    limits : (float, float)
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    with draw.panels(title, word("trend"), 1.8, ["0.00"]) as (chart, (axes,)):
        psi = draw.column(rows, "psi")
        axes.plot(np.arange(len(rows)), psi, color=BLUE, marker="o", markersize=6)
        axes.set_ylim(0, max(limits[1] * 1.15, np.nanmax(psi, initial=0) * 1.15))
        axes.set_xlim(-0.5, max(len(rows), 1) - 0.5)
        draw.few_ticks(axes, [draw.short(row["batch"], 14) for row in rows])
        draw.key(chart, draw.limits(axes.axhline, limits, language))
    return chart
