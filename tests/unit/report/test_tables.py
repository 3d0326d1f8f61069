"""A data frame as a notebook shows it."""

from __future__ import annotations

import re

import pandas
import pytest

from scorecard.report import show


def cells(table, language="en"):
    """What stands in every cell, the heads first."""
    rows = re.findall(r"<tr>(.*?)</tr>", show(table, language)._repr_html_(), flags=re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def sides(table):
    return re.findall(r"<td style=\"text-align: (\w+)", show(table)._repr_html_())


def test_numbers_are_written_by_the_name_of_their_column():
    table = pandas.DataFrame({"bad_rate": [0.25], "rows": [1200], "p_value": [2e-9], "maximum": [18424.0]})
    assert cells(table)[1] == ["25.0%", "1,200", "&lt;0.0001", "18,424"]


def test_heads_are_words_and_a_name_without_one_is_spelt_out():
    table = pandas.DataFrame({"bad_rate": [0.1], "standard_error": [0.1]})
    assert cells(table)[0] == ["Bad rate", "Standard error"]


def test_heads_and_the_words_of_the_kit_are_in_the_readers_language():
    table = pandas.DataFrame({"sample": ["out_of_time"], "kept": [True]})
    (heads, row) = cells(table, "zh")
    assert cells(table) == [["Sample", "Kept"], ["out-of-time", "yes"]]
    assert not {*heads, *row} & {"Sample", "Kept", "out-of-time", "yes"}


@pytest.mark.parametrize("absent", [None, float("nan"), pandas.NaT, pandas.NA])
def test_what_is_absent_is_a_dash(absent):
    assert cells(pandas.DataFrame({"figure": [absent, 1.5]}, dtype=object))[1] == ["–"]


def test_numbers_stand_right_and_words_left():
    assert sides(pandas.DataFrame({"reason": ["a"], "iv": [0.1], "kept": [True]})) == ["left", "right", "left"]


def test_a_named_index_groups_the_rows_and_is_written_where_it_changes():
    table = pandas.DataFrame({"characteristic": ["a", "a", "b"], "points": [1, 1, 1]})
    assert [row[0] for row in cells(table.set_index("characteristic"))] == ["Characteristic", "a", "", "b"]
    assert [row[0] for row in cells(table)] == ["Characteristic", "a", "a", "b"]


def test_every_row_and_every_letter_is_shown():
    table = pandas.DataFrame({"reading": ["long " * 40] * 300})
    assert cells(table)[1:] == [["long " * 40]] * 300


def test_a_value_of_the_data_cannot_become_markup():
    assert cells(pandas.DataFrame({"bin": ["<script>"]}))[1] == ["&lt;script&gt;"]


def test_a_table_without_rows_says_so():
    page = show(pandas.DataFrame(columns=["rule", "rows"]))._repr_html_()
    assert "<table" not in page
    assert ">none<" in page


def test_where_there_is_no_html_it_is_plain_text():
    table = pandas.DataFrame({"bin": ["x"], "points": [4]})
    assert repr(show(table)) == table.to_string()
