from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.equivalence.rules import DEFAULT, Exclusion, Rules, Tolerance
from scorecard.equivalence.walk import Walk


def walked(before, after, rules=None, words=(), artefact="some.json"):
    walk = Walk("03_scorecard", artefact, rules or Rules(), words)
    walk.through(before, after)
    return walk


def differences(before, after, **options):
    return [(each.place, each.kind) for each in walked(before, after, **options).found]


@pytest.mark.parametrize(
    ("before", "after"),
    [(0.3, 0.1 + 0.2), (1.0, 1), ("0.30000000000000004", "0.3"), (0.0, 1e-13), (1e12, 1e12 + 1.0), (None, None), ("a", "a")],
)
def test_values_within_the_tolerance_are_the_same(before, after):
    assert differences({"x": before}, {"x": after}) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (0.3, 0.3 + 1e-8, "number"),
        ("0.30", "0.31", "number"),
        (10**12, 10**12 + 1, "number"),
        ("1000000000000", "1000000000001", "number"),
        ("a", "b", "value"),
        (None, 0, "value"),
        (True, 1, "value"),
        ("1", 1, "value"),
        ("NaN", "1", "value"),
        ([], {}, "value"),
    ],
    ids=["number", "number as text", "count", "count as text", "text", "missing", "boolean", "type", "NaN", "shape"],
)
def test_values_beyond_it_differ(before, after, kind):
    assert differences({"x": before}, {"x": after}) == [("x", kind)]


def test_a_difference_of_numbers_has_its_size():
    (found,) = walked({"auc": 0.8}, {"auc": 0.6}).found
    assert (found.before, found.after) == (0.8, 0.6)
    assert (found.size, found.relative) == (pytest.approx(0.2), pytest.approx(0.25))


def test_rows_are_aligned_by_what_tells_them_apart_and_not_by_their_order():
    before = [{"code": "A", "scope": "s", "statistic": 1.5}, {"code": "A", "scope": "t", "statistic": 2.5}]
    after = [before[1] | {"statistic": 3.5}, before[0], {"code": "B", "scope": "s", "statistic": 4.5}]
    assert differences(before, after) == [("[A, t].statistic", "number"), ("[B, s]", "new")]


def test_rows_that_nothing_tells_apart_go_by_their_order():
    assert differences([{"x": 1}, {"x": 2}], [{"x": 1}, {"x": 3}]) == [("[1].x", "number")]
    assert differences([{"name": "a"}, {"name": "a"}], [{"name": "a"}]) == [("[1]", "gone")]


def test_a_field_that_is_gone_or_new_is_a_difference():
    assert differences({"a": 1, "b": {"c": 2}}, {"b": {"d": 2}}) == [("a", "gone"), ("b.c", "gone"), ("b.d", "new")]


def test_a_hash_of_what_went_in_is_told_as_one():
    assert differences({"made_from": {"settings": "1"}, "sha256": "2"}, {"made_from": {"settings": "3"}, "sha256": "4"}) == [
        ("made_from.settings", "hash"),
        ("sha256", "hash"),
    ]


def test_what_a_rule_leaves_out_is_counted_and_not_compared():
    walk = walked({"fit": {"seconds": 1.0, "auc": 0.5}}, {"fit": {"seconds": 2.0, "auc": 0.5}})
    assert (walk.found, walk.values, sum(walk.excluded.values())) == ([], 1, 1)


def test_a_column_that_only_sounds_like_a_time_is_compared():
    assert differences({"duration_months": 1}, {"duration_months": 2}) == [("duration_months", "number")]


def test_a_tolerance_of_its_own_holds_for_the_artefacts_it_names():
    rules = Rules(tolerances=(Tolerance("*/rough.csv", 0.01, 0.0, "x"), DEFAULT))
    assert differences({"x": 1.0}, {"x": 1.001}, rules=rules, artefact="rough.csv") == []
    assert differences({"x": 1.0}, {"x": 1.001}, rules=rules, artefact="fine.csv") == [("x", "number")]


def test_a_rule_may_name_one_place_of_one_artefact():
    rules = Rules(exclusions=(Exclusion("*/card.json", "1_identity.version", "x"),))
    before, after = ({"1_identity": {"version": n}, "format": {"version": n}} for n in "12")
    assert differences(before, after, rules=rules, artefact="card.json") == [("format.version", "number")]


def test_the_address_of_a_table_may_differ_where_its_rows_do_not():
    words = [("data/a.csv", "/mnt/b.csv")]
    before, after = {"source": "table data/a.csv"}, {"source": "table /mnt/b.csv"}
    assert differences(before, after, words=words) == []
    assert differences(before, after) == [("source", "value")]


def test_an_address_is_translated_where_the_new_one_contains_it():
    before, after = {"source": "table data/a.csv"}, {"source": "table /home/v/data/a.csv"}
    assert differences(before, after, words=[("data/a.csv", "/home/v/data/a.csv")]) == []


def test_an_address_is_translated_once_whatever_other_addresses_it_contains():
    words = [("a.csv", "/mnt/a.csv"), ("data/a.csv", "/home/v/data/a.csv")]
    assert differences({"source": "data/a.csv, a.csv"}, {"source": "/home/v/data/a.csv, /mnt/a.csv"}, words=words) == []


def pairs(**values):
    return {"sections": [{"blocks": [{"rows": [{"name": name, "value": value} for name, value in values.items()]}]}]}


def test_a_rule_may_name_one_row_of_those_that_have_a_name():
    rules = Rules(exclusions=(Exclusion("*", "*.rows:begun.value", "x"),))
    found = differences(pairs(begun="1", tier="3"), pairs(begun="2", tier="4"), rules=rules)
    assert found == [("sections[0].blocks[0].rows[tier].value", "number")]


def test_the_day_of_a_validation_is_not_compared():
    before, after = (
        {"begun": day, "findings": [{"due": day, "id": "F1"}]} | pairs(begun=day, owner="x")
        for day in ("2026-05-01", "2026-05-02")
    )
    assert differences(before, after, artefact="validation_report.json") == []


HASH, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("artefact", "content"),
    [
        ("scorecard.json", lambda value: {"sha256": value}),
        ("certificate.json", lambda value: {"sha256": value, "vectors_sha256": value}),
        ("comparison.json", lambda value: {"about": {"sha256": value}}),
        ("model_card.json", lambda value: {"17_hashes": {"hashes": {"scorecard": value}}}),
        ("monitoring.json", lambda value: {"model": {"hash": value}}),
        ("validation_report.json", lambda value: {"annex": [{"blocks": [{"rows": {"scorecard": value}}]}]}),
        ("validation_report.json", lambda value: pairs(sha256=value, rebuilt=value)),
        ("results.json", lambda value: [{"code": "REP-02", "scope": "x", "reading": {"values": {"sha256": value[:12]}}}]),
    ],
)
def test_a_hash_of_what_is_compared_by_content_is_left_out(artefact, content):
    assert differences(content(HASH), content(OTHER), artefact=artefact) == []


@pytest.mark.parametrize(
    ("artefact", "content"),
    [
        ("validation_report.json", lambda value: {"annex": [{"blocks": [{"rows": {"settings": value}}]}]}),
        ("validation_report.json", lambda value: {"annex": [{"blocks": [{"rows": {"environment": value}}]}]}),
        ("results.json", lambda value: [{"code": "REP-01", "scope": "x", "reading": {"values": {"written": value[:12]}}}]),
    ],
)
def test_a_hash_of_an_input_is_told_as_one_in_reports_too(artefact, content):
    assert [kind for _, kind in differences(content(HASH), content(OTHER), artefact=artefact)] == ["hash"]


def test_a_count_that_shares_its_name_with_a_hash_is_a_number():
    before, after = ([{"reading": {"values": {"found": rows}}}] for rows in (100, 101))
    assert [kind for _, kind in differences(before, after, artefact="results.json")] == ["number"]


@pytest.mark.parametrize("name", ["iv.balance_us", "iv.avg_call_seconds", "iv.run", "STA-02 test: balance_us", "batch.csi.due"])
def test_a_metric_of_a_characteristic_that_sounds_like_a_time_is_compared(name):
    assert differences({name: 0.1}, {name: 0.2}, artefact="metrics") == [(name, "number")]


def test_a_metric_that_is_a_time_is_not():
    assert differences({"fit_seconds": 0.1}, {"fit_seconds": 0.2}, artefact="metrics") == []


LEAVES = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | st.text(max_size=4)
TREES = st.recursive(
    LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text("abc", max_size=2), below, max_size=4)
)


@given(TREES)
def test_anything_is_the_same_as_itself(tree):
    assert walked(tree, copy.deepcopy(tree)).found == []


@given(TREES, TREES)
def test_both_directions_find_the_same_places(one, other):
    there, back = ({each.place for each in walked(*pair).found} for pair in ((one, other), (other, one)))
    assert there == back


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.floats(1, 1e6), min_size=1), st.data())
def test_one_moved_number_is_one_difference_at_its_place(numbers, data):
    name = data.draw(st.sampled_from(sorted(numbers)))
    rows = [{"name": each, "figure": value} for each, value in numbers.items()]
    moved = [row | {"figure": row["figure"] * 1.001} if row["name"] == name else row for row in reversed(rows)]
    assert differences(rows, moved) == [(f"[{name}].figure", "number")]
