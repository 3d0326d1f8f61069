from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pandas
import pytest

from scorecard import drift


def table(rows=400, seed=1):
    random = np.random.default_rng(seed)
    return pandas.DataFrame({
        "income": random.normal(size=rows), "home": random.choice(["own", "rent"], rows).astype(object),
        "flat": np.ones(rows), "gone": random.normal(size=rows),
    })  # fmt: skip


@pytest.fixture(scope="module")
def page():
    return drift.html(table(), table(seed=2).assign(gone=np.nan), ["home"])


class Addresses(HTMLParser):
    """Collect what the elements of a page fetch or link to."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in {"src", "href", "srcset", "action", "data", "poster"}]


def test_the_page_asks_nothing_of_the_network(page):
    parser = Addresses()
    parser.feed(page)
    assert [address for address in parser.found if not str(address).startswith(("data:", "#"))] == []


def test_the_page_speaks_of_the_columns_that_both_sides_have(page):
    assert "income" in page
    assert "home" in page
    assert '"gone"' not in page


def test_a_shift_is_seen():
    moved = drift.html(table(), table(seed=2).assign(income=lambda frame: frame["income"] + 3), ["home"])
    assert "(0 out of 4)" in drift.html(table(), table(seed=2), ["home"])
    assert "(1 out of 4)" in moved


def test_the_same_table_gives_the_same_sample():
    rows = table(12_345)
    first, again = drift.bounded(rows), drift.bounded(rows)
    pandas.testing.assert_frame_equal(first, again)
    assert len(first) == drift.MOST_ROWS


def test_the_sample_spans_the_table_evenly():
    rows = pandas.DataFrame({"place": np.arange(12_345)})
    places = drift.bounded(rows)["place"].to_numpy()
    assert (places[0], places[-1]) == (0, 12_344)
    assert set(np.diff(places)) == {2, 3}


@pytest.mark.parametrize("rows", [1, 5_000])
def test_a_small_table_is_its_own_sample(rows):
    frame = pandas.DataFrame({"place": np.arange(rows)}, index=np.arange(rows) + 7)
    assert drift.bounded(frame)["place"].tolist() == list(range(rows))


def test_names_and_levels_cannot_leave_the_script_they_are_written_into():
    """A name or a level that ends the script would run as code in the reader's browser."""
    attack = "</script><img src=http://elsewhere>"
    rows = (
        table().assign(home=lambda frame: frame["home"].replace("own", attack)).rename(columns={"income": attack, "flat": "收入"})
    )
    page = drift.html(rows, rows, ["home"])
    parser = Addresses()
    parser.feed(page)
    assert parser.found == []
    assert "elsewhere" in page
    assert "收入" in page or json.dumps("收入") in page


def test_nothing_to_compare_is_said():
    empty = table().assign(income=np.nan, home=None, flat=np.nan, gone=np.nan)
    assert "No characteristic has a value in both tables" in drift.html(table(), empty, ["home"])
