"""Figures of a validation: what they write, and that absent values leave a gap and no fault."""

from __future__ import annotations

import re

import pytest

from scorecard import figures
from scorecard.figures.drawing import VERMILLION, to_png
from scorecard.messages import LANGUAGES

ROWS = [
    {"name": "test: new", "value": 0.71, "low": 0.66, "high": 0.76, "verdict": "green"},
    {"name": "test: old", "value": 0.58, "low": None, "high": None, "verdict": "red"},
]
PERIODS = [
    {
        "level": "2024Q1",
        "bad_rate": 0.1,
        "rate_low": 0.05,
        "rate_high": 0.2,
        "pd": 0.11,
        "auc": 0.7,
        "auc_low": 0.6,
        "auc_high": 0.8,
    },
    {
        "level": "2024Q2",
        "bad_rate": 0.2,
        "rate_low": 0.1,
        "rate_high": 0.3,
        "pd": 0.11,
        "auc": None,
        "auc_low": None,
        "auc_high": None,
    },
]
CURVE = ([0.0, 0.2, 1.0], [0.0, 0.6, 1.0])


def written(chart):
    return re.findall(r">([^<>]+)</text>", figures.to_svg(chart))


def test_a_forest_names_every_row_and_writes_its_value():
    assert {"test: new", "test: old", "0.710", "0.580"} <= set(written(figures.forest(ROWS, [0.6])))


def test_a_forest_marks_what_is_amber_or_red_by_more_than_its_colour():
    calm, loud = (figures.to_svg(figures.forest([row])) for row in ROWS)
    assert VERMILLION not in calm
    assert VERMILLION in loud


def test_a_forest_writes_shares_where_it_is_asked_to():
    assert "71.0%" in written(figures.forest(ROWS, form="{:.1%}"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_distributions_name_their_samples_in_the_language(language):
    rows = [{"sample": name, "from_score": 0.0, "to_score": 10.0, "share": 1.0} for name in ("development", "validation")]
    said = written(figures.distributions(rows, language=language))
    assert {"en": {"development", "validator's sample"}, "zh": {"建模", "验证人的样本"}}[language] <= set(said)


def test_a_cap_has_a_line_a_sample():
    assert {"test", "out-of-time"} <= set(written(figures.cap({"test": CURVE, "out_of_time": CURVE})))


@pytest.mark.parametrize("measure", ["bad_rate", "auc"])
def test_periods_stand_in_their_order_also_without_a_figure(measure):
    said = written(figures.over_time(PERIODS, measure))
    assert said.index("2024Q1") < said.index("2024Q2")


@pytest.mark.parametrize("draw", [figures.forest, figures.distributions, figures.over_time])
def test_nothing_is_drawn_of_nothing(draw):
    assert figures.to_svg(draw([])).startswith("<svg")


def test_a_picture_is_the_same_every_time():
    first, second = (to_png(figures.forest(ROWS)) for _ in range(2))
    assert first == second
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
