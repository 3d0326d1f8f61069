"""The bad rate of each bin over the periods: what is drawn, what is marked, and what is left out."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas
import pytest
from scipy.stats import beta

from scorecard import figures
from scorecard.figures.drawing import BLUE, VERMILLION
from scorecard.figures.periods import by_period
from scorecard.messages import LANGUAGES

YEARS = ("2020", "2021", "2022")


def row(name, year, bads, finding, accounts=1_000):
    return {"bin": name, "period": year, "accounts": accounts, "bads": bads, "finding": finding}


ROWS = [
    *(row("< 20", *cell) for cell in zip(YEARS, (100, 110, 150), ("kept", "kept", "inverted"), strict=True)),
    *(row(">= 20", *cell) for cell in zip(YEARS, (200, 190, 90), ("kept", "within sampling error", "inverted"), strict=True)),
    *(row("missing", year, 9, "insufficient data", accounts=10) for year in YEARS),
]


def panels(figure):
    return figure.axes[1:]  # the first one is the frame around them


def marked(axes, marker):
    return [tuple(point) for line in axes.lines if line.get_marker() == marker for point in line.get_xydata()]


def texts(figure):
    return [element.text for element in ElementTree.fromstring(figures.to_svg(figure)).iter() if element.tag.endswith("text")]


def test_each_bin_has_a_panel_under_its_name():
    drawn = panels(by_period(ROWS))
    assert [axes.texts[0].get_text() for axes in drawn] == ["< 20", ">= 20", "missing"]


def test_dots_stand_where_order_is_kept_or_chance_explains_it():
    _, second, _ = panels(by_period(ROWS))
    assert marked(second, "o") == [(0, 0.2), (1, 0.19)]


def test_diamonds_mark_neighbours_that_change_places():
    first, second, _ = panels(by_period(ROWS))
    assert (marked(first, "D"), marked(second, "D")) == ([(2, 0.15)], [(2, 0.09)])
    assert [line.get_color() for line in first.lines if line.get_marker() == "D"] == [VERMILLION]


def test_what_rests_on_too_few_sets_no_scale_and_stands_crossed_at_the_edge():
    *_, missing = panels(by_period(ROWS))
    top = missing.get_ylim()[1]
    assert top == pytest.approx(1.3 * 0.2)
    assert marked(missing, "x") == [(0, top), (1, top), (2, top)]
    own = next(line for line in missing.lines if line.get_color() == BLUE and line.get_linestyle() == "-")
    assert np.isnan(own.get_ydata()).all()


def test_every_panel_shows_the_lines_of_all_bins_on_one_scale():
    drawn = panels(by_period(ROWS))
    assert len({axes.get_ylim() for axes in drawn}) == 1
    for axes in drawn:
        np.testing.assert_allclose([line.get_ydata() for line in axes.lines[:2]], [[0.1, 0.11, 0.15], [0.2, 0.19, 0.09]])


def test_bars_are_jeffreys_intervals():
    """Brown, Cai and DasGupta (2001), section 3: quantiles of Beta(x + 1/2, n - x + 1/2), here from scipy.stats."""
    first = panels(by_period(ROWS))[0]
    low, high = (end[1] for end in first.collections[0].get_segments()[0])
    assert (low, high) == pytest.approx(tuple(beta.ppf([0.025, 0.975], 100.5, 900.5)))


def test_periods_stand_in_order_whatever_the_order_of_the_rows():
    assert figures.to_svg(by_period(ROWS)) == figures.to_svg(
        by_period(sorted(ROWS, key=lambda row: (row["bin"], -int(row["period"]))))
    )


def test_a_period_without_accounts_leaves_a_gap():
    """The bin came up in 2021."""
    first = panels(by_period([row("< 20", "2020", 0, None, accounts=0), *ROWS[1:]]))[0]
    assert marked(first, "o") == [(1, 0.11)]


def test_only_the_first_and_the_last_period_are_named():
    months = [f"2020-{month:02}" for month in range(1, 13)]
    (only,) = panels(by_period([row("a", month, 100, "kept") for month in months]))
    assert [label.get_text() for label in only.get_xticklabels()] == ["2020-01", *[""] * 10, "2020-12"]


@pytest.mark.parametrize("bins", [1, 3, 4, 10])
def test_panels_lie_inside_the_figure_and_do_not_overlap(bins):
    boxes = [axes.get_position() for axes in panels(by_period([row(f"bin {n}", "2020", 100, "kept") for n in range(bins)]))]
    assert all(box.x0 >= 0 and box.x1 <= 1 and box.y0 >= 0 and box.y1 <= 1 for box in boxes)
    assert not any(one.overlaps(other) for number, one in enumerate(boxes) for other in boxes[:number])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "rows", [ROWS, ROWS[:1], ROWS[-3:], []], ids=["three bins", "one point", "too few everywhere", "nothing"]
)
def test_svg_is_sound_xml_and_says_what_it_shows(rows, language):
    root = ElementTree.fromstring(figures.to_svg(by_period(rows, language=language)))
    assert root.attrib["aria-label"]


def test_the_key_explains_the_marks_in_words():
    assert {"other bins", "out of order", "insufficient data"} <= set(texts(by_period(ROWS)))


def test_data_frame_and_list_of_rows_give_the_same_figure():
    assert figures.to_svg(by_period(pandas.DataFrame(ROWS))) == figures.to_svg(by_period(ROWS))
