"""What the figures of challengers draw, and that none of them fails where there is nothing to draw."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas
import pytest

from scorecard import figures
from scorecard.messages import LANGUAGES

SEARCH = [
    {"model": "xgboost", "trial": 0, "state": "completed", "auc": 0.70},
    {"model": "xgboost", "trial": 1, "state": "pruned", "auc": 0.75},
    {"model": "xgboost", "trial": 2, "state": "completed", "auc": 0.72},
    {"model": "logit", "trial": 0, "state": "failed", "auc": None},
    {"model": "logit", "trial": 1, "state": "completed", "auc": 0.71},
    {"model": "logit", "trial": 2, "state": "completed", "auc": 0.69},
    {"model": "broken", "trial": 0, "state": "failed", "auc": None},
]
IMPORTANT = [{"characteristic": name, "importance": size} for name, size in (("age", 0.4), ("income", 0.1))]
CUSTOMER = [
    {"characteristic": "age", "bin": "< 30", "contribution": -0.2},
    {"characteristic": "income", "bin": "missing", "contribution": 0.5},
]
DEPENDS = [
    {"kind": "number", "label": "1", "pd": 0.1, "share": 0.5},
    {"kind": "number", "label": "2", "pd": 0.2, "share": 0.3},
    {"kind": "missing", "label": "missing", "pd": 0.4, "share": 0.2},
]
DRAWN = {
    "search_curve": (figures.search_curve, SEARCH),
    "importance": (figures.importance, IMPORTANT),
    "contributions": (figures.contributions, CUSTOMER),
    "dependence": (figures.dependence, DEPENDS),
}
every = pytest.mark.parametrize(("draw", "table"), DRAWN.values(), ids=DRAWN)


def texts(figure):
    return [element.text for element in ElementTree.fromstring(figures.to_svg(figure)).iter() if element.tag.endswith("text")]


@every
@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_and_frames_give_the_same_figure_in_both_languages(draw, table, language):
    first, second = (figures.to_svg(draw(each, "Title", language=language)) for each in (table, pandas.DataFrame(table)))
    assert first == second
    assert "Title" in first


@every
def test_a_table_without_rows_is_an_empty_figure(draw, table):
    columns = list(table[0])
    assert figures.to_svg(draw([])).startswith("<svg")
    assert figures.to_svg(draw(pandas.DataFrame(columns=columns))).startswith("<svg")


@every
def test_the_words_of_a_figure_are_in_the_readers_language(draw, table):
    assert any("\u4e00" <= letter <= "\u9fff" for word in texts(draw(table, language="zh")) for letter in word)


def test_the_search_curve_keeps_the_best_of_completed_trials_only():
    axes = figures.search_curve(SEARCH).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [0.70, 0.70, 0.72])
    np.testing.assert_array_equal(axes.lines[2].get_ydata(), [np.nan, 0.71, 0.71])
    assert axes.lines[1].get_xdata().tolist() == [1, 3]  # dots where a trial did better


def test_the_search_curve_names_each_challenger_with_its_best_the_best_on_top():
    names = figures.search_curve(SEARCH).axes[1].texts
    assert [name.get_text() for name in names] == ["XGBoost 0.720", "logit 0.710", "broken"]
    heights = [name.xy[1] for name in names]
    assert heights == sorted(heights, reverse=True)


def test_six_lines_are_told_apart_without_colour_and_with_it():
    six = [{"model": name, "trial": 0, "state": "completed", "auc": 0.7} for name in "abcdef"]
    looks = [(line.get_linestyle(), line.get_color()) for line in figures.search_curve(six).axes[1].lines]
    assert len(set(looks)) == 6
    assert len({style for style, _ in looks[:4]}) == 4


def test_importance_shows_the_first_fifteen():
    many = [{"characteristic": f"c{place}", "importance": 1.0 / (1 + place)} for place in range(30)]
    assert len(figures.importance(many).axes[0].patches) == 15


def test_contributions_stand_in_the_order_of_their_size_with_their_sign():
    axes = figures.contributions(CUSTOMER).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["income: missing", "age: < 30"]
    assert [text.get_text() for text in axes.texts] == ["+0.50", "−0.20"]
    safer, riskier = [bar.get_width() for bar in axes.patches[:2]], [bar.get_width() for bar in axes.patches[2:]]
    assert (safer, riskier) == ([0.0, -0.2], [0.5, 0.0])


def test_the_dependence_joins_numbers_and_leaves_the_rest_alone():
    main, shares = figures.dependence(DEPENDS).axes
    joined, alone = main.lines
    assert (list(joined.get_ydata()), list(alone.get_ydata())) == ([0.1, 0.2], [0.4])
    assert [bar.get_height() for bar in shares.patches] == [0.5, 0.3, 0.2]
    assert alone.get_linestyle() == "None"
