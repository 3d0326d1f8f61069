from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from scorecard import figures
from scorecard.messages import LANGUAGES

BINS = [
    {"bin": "< 20", "count": 400, "share": 0.4, "bads": 120, "bad_rate": 0.3, "woe": -0.54},
    {"bin": ">= 20", "count": 600, "share": 0.6, "bads": 80, "bad_rate": 0.1333, "woe": 0.49},
    {"bin": "missing", "count": 0, "share": 0.0, "bads": 0, "bad_rate": None, "woe": None},
]
COMPARED = [
    {"model": "scorecard", "sample": "test", "auc": 0.78, "auc_low": 0.76, "auc_high": 0.80},
    {"model": "xgboost", "sample": "test", "auc": 0.79, "auc_low": None, "auc_high": None},
]
GRADES = [{"name": "A", "pd": 0.02, "count": 200, "bads": 3}, {"name": "B", "pd": 0.3, "count": 0, "bads": 0}]
BY_SCORE = [
    {
        "lower_score": 400.0,
        "upper_score": 449.0,
        "rate": 0.3,
        "low": 0.2,
        "high": 0.41,
        "raw": 0.25,
        "calibrated": 0.28,
        "final": 0.29,
    },
    {
        "lower_score": 450.0,
        "upper_score": 512.5,
        "rate": 0.1,
        "low": 0.05,
        "high": 0.16,
        "raw": 0.12,
        "calibrated": 0.11,
        "final": 0.1,
    },
]
BANDS = [{"band": "400–419", "goods": 10, "bads": 30}, {"band": "420–439", "goods": 30, "bads": 10}]
MOVED = [
    {"characteristic": "age", "csi": 0.02, "critical": 0.01},
    {"characteristic": "income", "csi": 0.3, "critical": 0.01},
    {"characteristic": "rent", "csi": None},
]
BATCHES = [{"batch": "2024-01", "psi": 0.02}, {"batch": "2024-02", "psi": 0.2}, {"batch": "2024-03", "psi": None}]
CURVE = ([0, 0.2, 1], [0, 0.7, 1])
DRAWN = {
    "bins": lambda **said: figures.bins(BINS, **said),
    "comparison": lambda **said: figures.comparison(COMPARED, **said),
    "calibration": lambda **said: figures.calibration(GRADES, **said),
    "calibration_curve": lambda **said: figures.calibration_curve(BY_SCORE, **said),
    "roc": lambda **said: figures.roc({"scorecard": CURVE}, **said),
    "score_distribution": lambda **said: figures.score_distribution(BANDS, **said),
    "stability": lambda **said: figures.stability(MOVED, **said),
    "trend": lambda **said: figures.trend(BATCHES, **said),
}
every_figure = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


def texts(figure):
    return [element.text for element in ElementTree.fromstring(figures.to_svg(figure)).iter() if element.tag.endswith("text")]


def widths(axes):
    return [bar.get_width() for bar in axes.patches]


def segments(axes):
    return [tuple(map(tuple, segment)) for collection in axes.collections for segment in collection.get_segments()]


def test_bins_draw_the_shares_and_the_woe():
    left, right = figures.bins(BINS).axes
    assert widths(left) == [0.4, 0.6, 0.0]
    np.testing.assert_array_equal(right.lines[0].get_xdata(), [-0.54, 0.49, np.nan])
    assert [label.get_text() for label in left.get_yticklabels()] == ["< 20", ">= 20", "missing"]


def test_bins_draw_the_bad_rate_where_asked():
    right = figures.bins(BINS, value="bad_rate").axes[1]
    np.testing.assert_array_equal(right.lines[0].get_xdata(), [0.3, 0.1333, np.nan])


def test_first_bin_stands_on_top():
    assert figures.bins(BINS).axes[0].get_ylim() == (2.5, -0.5)


def test_comparison_draws_estimates_and_intervals():
    (axes,) = figures.comparison(COMPARED).axes
    assert list(axes.lines[0].get_xdata()) == [0.78, 0.79]
    assert segments(axes)[0] == ((0.76, 0.0), (0.80, 0.0))


def test_comparison_names_model_and_sample_in_the_readers_language():
    assert "评分卡 · 测试" in texts(figures.comparison(COMPARED, language="zh"))


def test_calibration_draws_bad_rates_pds_and_jeffreys_intervals():
    """Brown, Cai and DasGupta (2001), section 3: quantiles of Beta(x + 1/2, n - x + 1/2), here from scipy.stats."""
    (axes,) = figures.calibration(GRADES).axes
    observed, expected = axes.lines
    np.testing.assert_array_equal(observed.get_ydata(), [3 / 200, np.nan])
    assert list(expected.get_ydata()) == [0.02, 0.3]
    (only,) = segments(axes)
    assert [end[1] for end in only] == pytest.approx(list(beta.ppf([0.025, 0.975], 3.5, 197.5)))


def test_roc_writes_the_area_under_each_curve():
    """Two trapezes by hand: 0.2 x 0.7 / 2 + 0.8 x (0.7 + 1) / 2 = 0.75."""
    assert {"scorecard 0.750", "coin 0.500"} <= set(texts(figures.roc({"scorecard": CURVE, "coin": ([0, 1], [0, 1])})))


def test_roc_tells_models_apart_without_colour():
    lines = figures.roc(dict.fromkeys("abcd", CURVE)).axes[0].lines[1:]
    assert len({line.get_linestyle() for line in lines}) == 4


def test_score_distribution_draws_each_outcome_as_shares_of_itself():
    bars = figures.score_distribution(BANDS).axes[0].patches
    assert [bar.get_height() for bar in bars] == [0.25, 0.75, 0.75, 0.25]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, False, True, True]


def test_score_distribution_names_only_as_many_bands_as_fit():
    many = [{"band": f"{score}–{score + 9}", "goods": 1, "bads": 1} for score in range(400, 700, 10)]
    assert 3 <= len(figures.score_distribution(many).axes[0].get_xticklabels()) <= 10


def test_stability_draws_the_largest_shift_first_with_both_limits():
    (axes,) = figures.stability(MOVED, (0.1, 0.25)).axes
    np.testing.assert_array_equal(widths(axes), [0.3, 0.02, np.nan])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["income", "age", "rent"]
    assert [list(line.get_xdata()) for line in axes.lines[1:]] == [[0.1, 0.1], [0.25, 0.25]]


def test_stability_without_critical_values_does_not_speak_of_chance():
    assert "by chance" in texts(figures.stability(MOVED))
    assert "by chance" not in texts(figures.stability([{"characteristic": "age", "csi": 0.02}]))


def test_trend_draws_the_index_and_its_limits():
    index, amber, red = figures.trend(BATCHES, (0.1, 0.25)).axes[0].lines
    np.testing.assert_array_equal(index.get_ydata(), [0.02, 0.2, np.nan])
    assert (amber.get_ydata()[0], red.get_ydata()[0]) == (0.1, 0.25)


def test_data_frame_and_list_of_rows_give_the_same_figure():
    assert figures.to_svg(figures.bins(pandas.DataFrame(BINS))) == figures.to_svg(figures.bins(BINS))


@every_figure
def test_equal_figures_give_equal_bytes(draw):
    assert figures.to_svg(draw()) == figures.to_svg(draw())


@every_figure
@pytest.mark.parametrize("language", LANGUAGES)
def test_svg_is_sound_xml_and_says_what_it_shows(draw, language):
    """Warnings are errors here, so this holds for letters that the measuring font does not have."""
    root = ElementTree.fromstring(figures.to_svg(draw(language=language)))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"]


@every_figure
def test_title_stands_above_the_figure_and_is_what_a_screen_reader_says(draw):
    said = draw(title="Income & <rent>")
    assert "Income & <rent>" in texts(said)
    assert ElementTree.fromstring(figures.to_svg(said)).attrib["aria-label"] == "Income & <rent>"


@every_figure
def test_svg_asks_for_nothing_and_dates_nothing(draw):
    svg = figures.to_svg(draw())
    assert svg.startswith("<svg ")
    assert not re.search(r"<script|<style|<metadata|<image|url\((?!#)|href=\"(?!#)", svg)


@every_figure
def test_every_reference_inside_the_svg_is_found_there(draw):
    svg = figures.to_svg(draw())
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', svg)) == set(ids)


def test_ids_of_two_figures_on_one_page_do_not_clash():
    one, other = (set(re.findall(r' id="([^"]+)"', figures.to_svg(draw()))) for draw in (DRAWN["trend"], DRAWN["stability"]))
    assert one
    assert other
    assert not one & other


@every_figure
def test_ink_takes_the_colour_of_the_page(draw):
    svg = figures.to_svg(draw())
    assert "currentColor" in svg
    assert "#000000" not in svg


def test_notebook_gets_svg_on_white():
    assert "background: #ffffff" in figures.trend(BATCHES)._repr_svg_()
    assert "background" not in figures.to_svg(figures.trend(BATCHES))


def test_dollar_signs_of_a_category_are_not_read_as_mathematics():
    assert "$5 to $9" in texts(figures.bins([BINS[0] | {"bin": "$5 to $9"}]))


def test_label_that_is_too_long_is_cut():
    shown = texts(figures.bins([BINS[0] | {"bin": "x" * 200}]))
    assert max(map(len, shown)) <= 40


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20))
def test_any_name_of_a_bin_gives_sound_xml(name):
    ElementTree.fromstring(figures.to_svg(figures.bins([BINS[0] | {"bin": name}])))


def test_a_calibration_curve_draws_rates_with_their_intervals_and_both_pds():
    (axes,) = figures.calibration_curve(BY_SCORE).axes
    rates, final, raw = (line.get_ydata().tolist() for line in axes.lines)
    assert (rates, final, raw) == ([0.3, 0.1], [0.29, 0.1], [0.25, 0.12])
    assert segments(axes) == [((0, 0.2), (0, 0.41)), ((1, 0.05), (1, 0.16))]
    assert "450–512.5" in texts(figures.calibration_curve(BY_SCORE))


def test_a_curve_without_calibration_draws_one_pd():
    same = [row | {"raw": row["final"]} for row in BY_SCORE]
    (axes,) = figures.calibration_curve(same).axes
    assert len(axes.lines) == 2


@every_figure
def test_figures_share_one_width(draw):
    assert draw().get_figwidth() == figures.trend(BATCHES).get_figwidth()


@pytest.mark.parametrize(
    "draw",
    [
        figures.bins,
        figures.comparison,
        figures.calibration,
        figures.calibration_curve,
        figures.score_distribution,
        figures.stability,
        figures.trend,
    ],
)
def test_table_without_rows_gives_an_empty_figure(draw):
    assert figures.to_svg(draw([])).startswith("<svg ")
