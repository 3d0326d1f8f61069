"""Figures of several models."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from scorecard import figures
from scorecard.messages import LANGUAGES


def points(model, factor):
    return [
        {"model": model, "approval_rate": rate, "profit": factor * rate * (1 - rate), "profit_low": factor * rate * (1 - rate) - 0.01,
         "profit_high": factor * rate * (1 - rate) + 0.01, "bad_rate": None if rate == 0 else 0.2 * rate,
         "bad_rate_low": None if rate == 0 else 0.15 * rate, "bad_rate_high": None if rate == 0 else 0.25 * rate}
        for rate in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]  # fmt: skip


CURVE = [*points("scorecard", 0.1), *points("incumbent", 0.08), *points("xgboost", 0.12)]
CALIBRATED = [
    {"model": model, "pd": pd, "rate": pd + 0.01, "low": pd - 0.02, "high": pd + 0.03}
    for model in ("scorecard", "xgboost")
    for pd in (0.05, 0.2)
]
COUNTS = [[8, 2, 0], [1, 6, 3], [0, 0, 0]]
DRAWN = {
    "profit_curve": lambda **said: figures.profit_curve(CURVE, 0.6, **said),
    "strategy_curve": lambda **said: figures.strategy_curve(CURVE, 0.6, **said),
    "calibration_models": lambda **said: figures.calibration_models(CALIBRATED, **said),
    "migration": lambda **said: figures.migration(COUNTS, ["A", "B", "C"], "xgboost", **said),
}
every_figure = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


def texts(figure):
    return [each.text for each in ElementTree.fromstring(figures.to_svg(figure)).iter() if each.tag.endswith("text")]


@every_figure
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_is_the_same_every_time_and_speaks_the_readers_language(draw, language):
    assert figures.to_svg(draw(language=language)) == figures.to_svg(draw(language=language))
    label = draw(language=language).get_label()
    assert label
    assert any("\u4e00" <= letter <= "\u9fff" for letter in label) == (language == "zh")


@every_figure
def test_a_figure_needs_nothing_from_outside(draw):
    svg = figures.to_svg(draw())
    assert "<image" not in svg
    assert "<style" not in svg


def test_the_profit_of_every_model_is_drawn_over_its_approval_rate():
    (axes,) = figures.profit_curve(CURVE, 0.6).axes
    assert list(axes.lines[0].get_xdata()) == [0, 0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [0, 0.015, 0.02, 0.015, 0])
    assert axes.get_xlim() == (0, 1)
    assert {"scorecard", "incumbent", "XGBoost", "chosen"} <= set(texts(axes.figure))


def test_only_the_first_model_has_a_band():
    (axes,) = figures.profit_curve(CURVE).axes
    (band,) = axes.collections
    assert band.get_paths()[0].vertices[:, 1].max() == pytest.approx(0.1 * 0.25 + 0.01)


def test_a_rate_of_nobody_is_left_out():
    (axes,) = figures.strategy_curve(CURVE).axes
    assert list(axes.lines[0].get_xdata()) == [0.25, 0.5, 0.75, 1]


def test_calibration_has_a_panel_a_model_on_the_same_scale():
    panels = figures.calibration_models(CALIBRATED).axes
    assert len(panels) == 2
    assert panels[0].get_xlim() == panels[1].get_xlim() == panels[0].get_ylim()
    assert list(panels[1].lines[1].get_ydata()) == pytest.approx([0.06, 0.21])


def test_grades_are_shares_of_a_row_and_an_empty_one_is_blank():
    told = texts(figures.migration(COUNTS, ["A", "B", "C"], "xgboost"))
    assert {"80%", "20%", "10%", "60%", "30%"} <= set(told)
    assert "nan%" not in told
    assert "grade by XGBoost" in told


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.profit_curve([]),
        lambda: figures.strategy_curve([]),
        lambda: figures.calibration_models([]),
        lambda: figures.migration([], [], "m"),
    ],
)
def test_nothing_is_drawn_of_nothing(draw):
    assert figures.to_svg(draw()).startswith("<svg")
