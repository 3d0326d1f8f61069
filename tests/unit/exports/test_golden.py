"""Golden vectors probe every boundary, level and bin of every card, and both sides of every score where something begins."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.contracts import ARROW
from scorecard.exports import golden
from scorecard.exports.reach import MOST, Reach
from scorecard.model import Scorecard, Segment
from scorecard.points import Scaling


def unreachable(term, segment="all"):
    """Return the bins that no value of the column's type, or of the segment, can fall into."""
    unseen = term.characteristic.index("unseen")
    if (segment, term.name) == ("secured", "product"):
        return {term.characteristic.index("missing")}  # the rule sends it to the other segment
    return {unseen} if term.characteristic.kind == "numeric" or term.dtype == "boolean" else set()


def hit(term, rows):
    return set(term.characteristic.assign(rows.column(term.name)).tolist())


def test_every_bin_of_every_term_is_hit_in_its_own_segment(card):
    for segment, _, rows in card.parts(golden.vectors(card)):
        for term in segment.terms:
            assert hit(term, rows) == set(range(len(term.points))) - unreachable(term, segment.name), (segment.name, term.name)


def test_every_bin_of_the_segment_rule_is_hit(cards):
    for name in ("segmented", "banded"):
        rule = cards[name].segmentation.characteristic
        assert set(rule.assign(golden.vectors(cards[name]).column(rule.name)).tolist()) >= set(range(len(rule.bins) - 1)), name


def test_columns_have_the_types_of_the_scorecard(card):
    rows = golden.vectors(card)
    assert dict(zip(rows.column_names, rows.schema.types, strict=True)) == {
        name: ARROW[dtype] for name, dtype in card.dtypes.items()
    }


def test_equal_scorecards_give_equal_vectors(card):
    first, second = golden.golden(card), golden.golden(Scorecard.from_json(card.to_json()))
    assert first.probes == second.probes
    assert repr(first.rows.to_pydict()) == repr(second.rows.to_pydict())  # NaN is not equal to itself, its text is


def test_vectors_are_many_but_bounded_and_each_says_what_it_probes(card):
    found = golden.golden(card)
    assert 200 < found.rows.num_rows == len(found.probes) < 3_000
    assert all(found.probes)


def test_no_vector_stands_twice(card):
    rows = [repr(row) for row in golden.vectors(card).to_pylist()]
    assert len(set(rows)) == len(rows)


def test_every_boundary_and_special_code_is_tried_with_its_neighbours(cards):
    tried = {repr(value) for value in golden.vectors(cards["plain"]).column("income").to_pylist()}
    for point in (0.0, 0.1 + 0.2, 1234.56, 1e6, -999.0, -998.5):
        assert {repr(each) for each in (point, math.nextafter(point, -math.inf), math.nextafter(point, math.inf))} <= tried


def test_every_boundary_is_tried_with_neighbours_of_14_digits():
    edge = {float(value) for value, words in golden._around(0.1 + 0.2, "b", "number") if "14" in words}
    assert edge == {0.29999999999999, 0.30000000000001}


@pytest.mark.parametrize("value", ["None", "nan", "inf", "-inf", "0.0", "-0.0", "5e-324", "1e+308", "-1e+308"])
def test_extreme_numbers_are_tried(cards, value):
    assert value in {repr(each) for each in golden.vectors(cards["plain"]).column("income").to_pylist()}


@pytest.mark.parametrize("value", [None, 0, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 33, 34])
def test_extreme_whole_numbers_and_those_beside_a_broken_boundary_are_tried(cards, value):
    assert value in golden.vectors(cards["plain"]).column("age_years").to_pylist()


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "never seen",
        "CAR",
        "car ",
        " car",
        "car\t",
        "ca",
        "\u00e9t\u00e9",
        "SS",
        "it's",
        "50%",
        "line\nline",
        "😀",
        "x" * 5_000,
    ],
)
def test_look_alikes_of_levels_and_strange_texts_are_tried(cards, value):
    tried = golden.vectors(cards["plain"]).column("purpose").to_pylist()
    assert value in tried


def test_missing_texts_are_tried(cards):
    assert {"", "n/a", "it's gone", None} <= set(golden.vectors(cards["plain"]).column("savings").to_pylist())


def every_sum(card):
    """Return every score of a plain card, over all combinations of its reachable bins."""
    (segment,) = card.segments
    options = [[point for place, point in enumerate(term.points) if place not in unreachable(term)] for term in segment.terms]
    return np.unique([sum(each) + segment.base for each in itertools.product(*options)])


def test_both_sides_of_every_grade_and_of_the_cut_off_are_hit_as_closely_as_bins_can(cards):
    card = cards["reasons"]
    scores, possible = set(card.score(golden.vectors(card)).score.tolist()), every_sum(card)
    assert {possible.min(), possible.max()} <= scores
    for aim in [*(grade.lower_score for grade in card.grades if grade.lower_score is not None), card.reasons.cutoff]:
        assert {possible[possible < aim].max(), possible[possible >= aim].min()} <= scores, aim


def test_scores_at_and_beyond_both_limits_are_hit_and_the_ordinary_row_is_at_neither(cards):
    card = cards["decimals"]
    rows = golden.vectors(card)
    scores = card.score(rows).score
    free = replace(card, scaling=replace(card.scaling, minimum=None, maximum=None)).score(rows).score
    assert (free < 440.25).any()
    assert (free > 575.5).any()
    assert 440.25 < scores[0] < 575.5
    assert len(set(scores[:40].tolist())) > 5


def test_every_step_of_the_calibration_is_hit(cards):
    assert set(cards["isotonic"].score(golden.vectors(cards["isotonic"])).pd_calibrated.tolist()) == {0.4, 0.21, 0.11, 0.02}


def test_a_segment_that_no_value_leads_to_has_no_vectors(cards):
    card = cards["segmented"]
    lonely = replace(card, segments=(*card.segments, Segment("nobody", -1.0, 400.0, card.segments[0].terms)))
    assert golden.golden(lonely).probes == golden.golden(card).probes


def test_a_scorecard_of_many_characteristics_and_decimals_is_probed_all_the_same(cards):
    (segment,) = cards["plain"].segments
    terms = []
    for place in range(30):
        each = segment.terms[place % 2]
        own = replace(each.characteristic, name=f"x{place}")
        terms.append(
            replace(each, characteristic=own, points=tuple(round(point * math.pi ** (place / 30), 6) for point in each.points))
        )
    wide = replace(cards["plain"], scaling=Scaling(layout="base", decimals=6), segments=(replace(segment, terms=tuple(terms)),))
    rows = golden.vectors(wide)
    assert rows.num_rows < 3_000
    assert set(wide.score(rows).grade.tolist()) == set(range(len(wide.grades)))


def test_thinned_sums_stay_reachable():
    random = np.random.default_rng(1)
    reach = Reach([{place: int(points) for place, points in enumerate(random.integers(-(10**8), 10**8, 6))} for _ in range(9)])
    assert len(reach.sums) == MOST
    for total in reach.around(12_345):
        assert sum(options[place] for options, place in zip(reach.terms, reach.places(total), strict=True)) == total


POINTS = st.dictionaries(st.integers(0, 9), st.integers(-40, 40), min_size=1, max_size=4)


@given(st.lists(POINTS, min_size=1, max_size=5), st.integers(-200, 200))
def test_sums_are_those_of_all_combinations_and_the_nearest_ones_to_an_aim_are_found(terms, aim):
    reach = Reach(terms)
    possible = sorted({sum(each) for each in itertools.product(*(options.values() for options in terms))})
    assert reach.sums.tolist() == possible
    below, above = [each for each in possible if each < aim], [each for each in possible if each >= aim]
    assert reach.around(aim) == [*below[-1:], *above[:2]]
    for total in reach.around(aim):
        assert sum(options[place] for options, place in zip(terms, reach.places(total), strict=True)) == total
