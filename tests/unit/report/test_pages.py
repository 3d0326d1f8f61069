"""Colours and numbers of every page."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.figures.drawing import BLUE, GREEN, VERMILLION
from scorecard.report import numbers

CSS = resources.files("scorecard.report").joinpath("templates/page.css").read_text(encoding="utf-8")
THEMES = [
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
]
TEXT_ON = [("ink", "paper"), ("soft", "paper"), ("accent", "paper"), ("ink", "wash"), ("soft", "wash"), ("accent", "wash")]
TEXT_ON += [(verdict, f"{verdict}-wash") for verdict in ("green", "amber", "red", "grey")]


def luminance(colour):
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_is_legible_on_its_ground(theme, text, ground):
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
    assert contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("mark", [BLUE, VERMILLION, GREEN])
def test_marks_of_figures_stand_out_from_the_page(theme, mark):
    """WCAG 2.2, success criterion 1.4.11: at least 3 to 1."""
    assert contrast(mark, theme["paper"]) >= 3


def test_contrast_of_black_on_white_is_21():
    """WCAG 2.2, definition of contrast ratio: its largest value."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(
    ("column", "value", "written"),
    [
        ("bad_rate", 0.12345, "12.3%"),
        ("bad_rate_approved", 0.0422, "4.2%"),
        ("share", 0.0002, "<0.1%"),
        ("pd", 1.0, "100.0%"),
        ("mean_pd", 0.05, "5.0%"),
        ("auc", 0.77151, "0.772"),
        ("csi", 0.0002, "<0.001"),
        ("difference", -0.0123, "−0.012"),
        ("difference", 0.0, "0.000"),
        ("p_value", 0.0123456, "0.0123"),
        ("p_value", 0.0, "<0.0001"),
        ("brier", 0.13562, "0.1356"),
        ("woe", -0.5, "−0.50"),
        ("points", 42.0, "42"),
        ("points", 41.5, "41.5"),
        ("from_score", -3.0, "−3"),
        ("rows", 30000.0, "30,000"),
        ("unseen", 7, "7"),
        ("statistic", None, "–"),
        ("statistic", float("nan"), "–"),
        ("reason", "", "–"),
        ("reason", "0.5", "0.5"),
    ],
)
def test_column_name_decides_how_its_number_is_written(column, value, written):
    assert numbers.cell(column, value) == written


@given(st.floats(0, 1))
def test_percent_is_within_half_a_digit_of_the_share(share):
    written = numbers.percent(share)
    read = 0.0 if written.startswith("<") else float(written.rstrip("%")) / 100
    assert abs(read - share) <= 0.0005 + 1e-12


@given(st.floats(1e-4, 1))
def test_p_value_keeps_three_significant_digits(p):
    assert float(numbers.p_value(p)) == pytest.approx(p, rel=0.005)


@given(st.integers(-(10**12), 10**12))
def test_count_is_read_back_as_it_was(rows):
    assert int(numbers.count(rows).replace(",", "").replace("−", "-")) == rows
