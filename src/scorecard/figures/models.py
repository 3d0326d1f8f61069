"""Several models in one figure: what each cut-off earns and risks, whether PDs hold, and grade against grade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from scorecard import messages
from scorecard.figures import drawing as draw
from scorecard.figures.drawing import BLUE, GREEN, INK, VERMILLION, Chart, Table, named, records

LOOKS = (("-", BLUE), ("--", VERMILLION), ("-.", GREEN), (":", INK))  # in the order of the models
DARK = 0.5  # share of a row above which its number is written light
CELL = 0.34  # inches
Rows = Sequence[Mapping[str, Any]]


def profit_curve(curve: Table, chosen: float | None = None, title: str = "", language: str = "en") -> Chart:
    """Show what every approval rate earns by each model, with the 95% band of the first.

    Parameters
    ----------
    curve : rows with ``model``, ``approval_rate``, ``profit``, ``profit_low`` and ``profit_high``
    chosen : float, optional
        The approval rate that is proposed.
    title, language : str
    """
    return _curve(records(curve), "profit", chosen, (title, language))


def strategy_curve(curve: Table, chosen: float | None = None, title: str = "", language: str = "en") -> Chart:
    """Show how bad those approved turn out at every approval rate by each model, with the 95% band of the first.

    Parameters
    ----------
    curve : rows with ``model``, ``approval_rate``, ``bad_rate``, ``bad_rate_low`` and ``bad_rate_high``
    chosen : float, optional
    title, language : str
    """
    return _curve(records(curve), "bad_rate", chosen, (title, language))


def calibration_models(table: Table, title: str = "", language: str = "en") -> Chart:
    """Show whether each model's PDs hold: a panel a model, the bad rate of each tenth of the PDs over their mean, with intervals.

    Parameters
    ----------
    table : rows with ``model``, ``pd``, ``rate``, ``low`` and ``high``
    title, language : str
    """
    rows, word = records(table), draw.words(language)
    models = list(dict.fromkeys(row["model"] for row in rows))
    top = 1.05 * max((max(row["pd"], row["high"]) for row in rows), default=1.0)
    widths = [0.97 / max(len(models), 1)] * max(len(models), 1)
    with draw.panels(title, word("calibration_models"), 1.9, ["100%"], widths, bottom=0.62) as (chart, panels):
        for place, (axes, model) in enumerate(zip(panels, models, strict=False)):
            own = [row for row in rows if row["model"] == model]
            pd, rate, low, high = (draw.column(own, key) for key in ("pd", "rate", "low", "high"))
            axes.plot([0, top], [0, top], color=VERMILLION, linewidth=1.0)
            axes.vlines(pd, low, high, color=BLUE, linewidth=1.6)
            axes.plot(pd, rate, color=BLUE, marker="o", markersize=4, linestyle="none")
            axes.set(xlim=(0, top), ylim=(0, top))
            axes.annotate(draw.short(named("model", model, language), 18), (0.04, 0.97), xycoords="axes fraction", va="top")
            _percent(axes)
            axes.xaxis.set_major_locator(MaxNLocator(3, prune="upper"))
            axes.tick_params(labelleft=place == 0)
        panels[len(models) // 2 if models else 0].set_xlabel(word("predicted_pd"))
        draw.key(chart, [("o", BLUE, word("observed")), ("-", VERMILLION, word("as_predicted"))])
    return chart


def migration(
    counts: Sequence[Sequence[float]], names: Sequence[str], model: str, title: str = "", language: str = "en"
) -> Chart:
    """Show how many customers of each of the scorecard's grades another model grades how.

    Parameters
    ----------
    counts : rows of the matrix, the scorecard's grade
    names : of the grades, best first
    model : the other one
    title, language : str
    """
    matrix, word = np.asarray(counts, dtype=float).reshape(len(names), len(names)), draw.words(language)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = max(len(names), 1)
    rows = [draw.short(name, 6) for name in names]
    with draw.panels(title, word("migration"), size * CELL, ["WWW"], bottom=0.5) as (chart, (axes,)):
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
        for before, after in np.ndindex(matrix.shape):
            axes.add_patch(
                Rectangle(
                    (after - 0.47, before - 0.47), 0.94, 0.94, color=BLUE, alpha=0.06 + 0.94 * share[before, after], linewidth=0
                )
            )
            if matrix[before, after]:
                colour = "#ffffff" if share[before, after] > DARK else INK
                axes.text(after, before, f"{share[before, after]:.0%}", ha="center", va="center", color=colour)
        axes.set_xticks(range(size), labels=rows)
        axes.set_yticks(range(size), labels=rows)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(messages.text("figure.grade_by", language, model=named("model", model, language)))
        axes.annotate(word("grade_by_scorecard"), (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points")
    return chart


def _curve(rows: Rows, value: str, chosen: float | None, told: tuple[str, str]) -> Chart:
    title, language = told
    word, key = draw.words(language), []
    models = list(dict.fromkeys(row["model"] for row in rows))
    with draw.panels(title, word(f"{value}_curve"), 2.3, ["100%"], (0.96,), bottom=0.62) as (chart, (axes,)):
        for place, (model, (line, colour)) in enumerate(zip(models, LOOKS * len(models), strict=False)):
            own = [row for row in rows if row["model"] == model and row.get(value) is not None]
            rate, figure, low, high = (
                draw.column(own, name) for name in ("approval_rate", value, f"{value}_low", f"{value}_high")
            )
            if place == 0:
                axes.fill_between(rate, low, high, color=colour, alpha=0.18, linewidth=0)
            axes.plot(rate, figure, color=colour, linestyle=line, linewidth=1.6)
            key.append((line, colour, draw.short(named("model", model, language), 20)))
        if chosen is not None:
            axes.axvline(chosen, color=INK, linewidth=0.8)
            axes.annotate(
                word("chosen"),
                (chosen, 1),
                (-4, -2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="right",
                va="top",
            )
        if value == "profit":
            axes.axhline(0, color=INK, linewidth=0.6)
        axes.set_xlim(0, 1)
        axes.set_xlabel(word("approved"))
        axes.annotate(word(f"{value}_axis"), (0, 1), (6, -2), xycoords="axes fraction", textcoords="offset points", va="top")
        _percent(axes)
        draw.key(chart, key)
    return chart


def _percent(axes: Axes) -> None:
    """Write both axes as shares, with as many decimals as tell their ticks apart."""
    for axis, ends in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(_shares(abs(ends[1] - ends[0])))


def _shares(width: float) -> Callable[[float, float], str]:
    decimals = 0 if width > 0.08 else 1 if width > 0.008 else 2  # noqa: PLR2004  ticks are about a sixth of the width apart
    return lambda value, _: draw.signs(f"{value:.{decimals}%}")
