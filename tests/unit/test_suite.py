"""Segmented suites: every row scores as the scorecard of its segment does on the common scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard import model, suite
from scorecard.errors import GovernanceError, SettingsError
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.suite import Part

COMMON = Scaling(pdo=40, base_score=500, base_odds=10, layout="base", decimals=1)
YOUNG, OLD = Part(upper=35, missing=True), Part(lower=35)


@pytest.fixture(scope="module")
def cards(developed):
    """Two scorecards of different characteristics, fits and scales."""
    card = developed.card
    (segment,) = card.segments
    fewer = replace(segment, intercept=-1.25, terms=segment.terms[:3])
    other = replace(card, name="other", scaling=Scaling(pdo=15, base_score=300, base_odds=3), segments=(fewer,))
    return {"young": card, "old": other}


@pytest.fixture(scope="module")
def rows(developed):
    ages = np.random.default_rng(1).integers(18, 75, developed.test.num_rows).astype(float)
    ages[::9] = np.nan
    return developed.test.append_column("age", pa.array(ages))


def test_every_row_scores_as_its_own_card_on_the_common_scale(cards, rows):
    """By hand: offset less factor times the logit of the row's own card, up to the rounding of each bin's points."""
    joined = suite.joined("both", suite.rule("age", "number", {"young": YOUNG, "old": OLD}), cards, COMMON)
    score, age = joined.score(rows).score, rows.column("age").to_numpy()
    for name, inside in {"young": ~(age >= 35), "old": age >= 35}.items():
        (segment,) = cards[name].segments
        logit = segment.intercept + sum(
            term.coefficient * term.characteristic.woe[term.characteristic.assign(rows.column(term.name))]
            for term in segment.terms
        )
        exact = COMMON.offset - COMMON.factor * logit
        assert score[inside] == pytest.approx(exact[inside], abs=0.05 * (len(segment.terms) + 1) + 1e-9)
        assert inside.sum() > 100


def test_texts_that_stand_for_a_missing_value_lead_to_the_segment_of_missing_ones(cards, rows):
    told = {name: replace(card, missing_values=("NA",)) for name, card in cards.items()}
    rule = suite.rule(
        "region", "text", {"young": Part(values=("north",), unseen=True), "old": Part(values=("south",), missing=True)}
    )
    joined = suite.joined("both", rule, told, COMMON)
    one = rows.slice(0, 1)
    scores = {
        region: joined.score(one.append_column("region", pa.array([region]))).score[0]
        for region in ("NA", None, "south", "west", "north")
    }
    assert scores["NA"] == scores[None] == scores["south"]
    assert scores["west"] == scores["north"] != scores["south"]


def test_values_of_numbers_are_no_levels():
    with pytest.raises(SettingsError, match="has values of age, which is number; expected integer or text"):
        suite.rule("age", "number", {"young": Part(values=(1, 2), missing=True), "old": Part(values=(3,), unseen=True)})


def test_on_its_own_scale_a_card_scores_in_the_suite_as_alone(cards, rows):
    same = {"young": cards["young"], "old": replace(cards["young"], name="second")}
    joined = suite.joined("both", suite.rule("age", "number", {"young": YOUNG, "old": OLD}), same, cards["young"].scaling)
    assert joined.score(rows).score.tolist() == cards["young"].score(rows).score.tolist()


def test_the_suite_is_one_file_without_what_has_to_be_made_anew(cards):
    joined = suite.joined("both", suite.rule("age", "number", {"young": YOUNG, "old": OLD}), cards, COMMON)
    assert (joined.grades, joined.reasons, joined.calibration.method) == ((), None, "none")
    assert joined.made_from == {"cards_sha256": f"{cards['young'].sha256} {cards['old'].sha256}"}
    assert {term.reference for term in joined.terms} == {None}
    assert Scorecard.from_json(joined.to_json()) == joined
    model.checks.refuse(joined)


# Imported cards


def imported(card: Scorecard, **scaling) -> Scorecard:
    """Return the scorecard as if only its points were known."""
    (segment,) = card.segments
    terms = tuple(replace(term, coefficient=None, standard_error=None, p_value=None) for term in segment.terms)
    return replace(card, segments=(replace(segment, intercept=None, terms=terms),), scaling=replace(card.scaling, **scaling))


def test_an_imported_card_on_the_same_scale_keeps_its_points(cards, rows):
    taken = {"young": imported(cards["young"]), "old": cards["young"]}
    joined = suite.joined("both", suite.rule("age", "number", {"young": YOUNG, "old": OLD}), taken, cards["young"].scaling)
    assert joined.score(rows).score.tolist() == cards["young"].score(rows).score.tolist()


@pytest.mark.parametrize("change", [{"pdo": 21}, {"base_score": 601}, {"base_odds": 49}, {"decimals": 1}])
def test_an_imported_card_on_another_scale_is_refused(cards, change):
    taken = {"young": imported(cards["young"], **change), "old": cards["young"]}
    with pytest.raises(GovernanceError, match="was imported, so its points cannot be moved to another scale: it has pdo"):
        suite.joined("both", suite.rule("age", "number", {"young": YOUNG, "old": OLD}), taken, cards["young"].scaling)


# What does not go together


def test_cards_that_do_not_go_together_are_refused(cards):
    rule = suite.rule("age", "number", {"young": YOUNG, "old": OLD})
    with pytest.raises(
        GovernanceError, match="segments of both are old, young and its scorecards young; expected one scorecard for each"
    ):
        suite.joined("both", rule, {"young": cards["young"]}, COMMON)
    nested = suite.joined("both", rule, cards, COMMON)
    with pytest.raises(GovernanceError, match="both has segments of its own"):
        suite.joined("all", rule, cards | {"old": nested}, COMMON)
    for change, what in [({"target": {"column": "late"}}, "target"), ({"missing_values": ("NA",)}, "missing values")]:
        with pytest.raises(GovernanceError, match=f"have another {what}"):
            suite.joined("both", rule, cards | {"old": replace(cards["old"], **change)}, COMMON)
    with pytest.raises(GovernanceError, match="housing is integer in the segment rule and text in"):
        suite.joined("both", suite.rule("housing", "integer", {"young": YOUNG, "old": OLD}), cards, COMMON)


# The rule


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-5, 60).map(float)), min_size=1))
def test_every_number_has_one_segment(values):
    made = suite.rule("age", "number", {"young": YOUNG, "old": OLD, "never asked": Part(values=(-1,))})
    index = made.characteristic.assign(pa.array(values, pa.float64(), from_pandas=True))
    expected = ["never asked" if value == -1 else "old" if value is not None and value >= 35 else "young" for value in values]
    assert [made.segments[position] for position in index] == expected


def test_every_level_has_one_segment():
    made = suite.rule("region", "integer", {"north": Part(values=(1, 2)), "south": Part(values=(3,), missing=True, unseen=True)})
    index = made.characteristic.assign(pa.array([1, 2, 3, 9, None]))
    assert [made.segments[position] for position in index] == ["north", "north", "south", "south", "south"]
    flag = suite.rule("owner", "boolean", {"yes": Part(values=(True,)), "no": Part(values=(False,), missing=True, unseen=True)})
    index = flag.characteristic.assign(pa.array([True, False, None]))
    assert [flag.segments[position] for position in index] == ["yes", "no", "no"]


@pytest.mark.parametrize(
    ("dtype", "parts", "message"),
    [
        ("number", {"a": Part(upper=30, missing=True), "b": Part(lower=40)}, "are a < 30, b >= 40; expected that they meet"),
        ("number", {"a": Part(upper=40, missing=True), "b": Part(lower=30)}, "expected that they meet"),
        ("number", {"a": Part(lower=0, upper=40, missing=True), "b": Part(lower=40)}, "leave no number out"),
        ("number", {"a": Part(upper=40), "b": Part(lower=40)}, "no segment takes missing values of x; expected one that does"),
        ("number", {"a": YOUNG, "b": replace(OLD, missing=True)}, "a, b take missing values of x"),
        ("text", {"a": YOUNG, "b": OLD}, "has ranges of x, which is text; expected values"),
        ("text", {"a": Part(values=("u",), missing=True), "b": Part(values=("v",))}, "no segment takes unseen values of x"),
        ("text", {"a": Part(values=("u",), missing=True, unseen=True), "b": Part(values=("u",))}, "names 'u' of x twice"),
        ("text", {"a": Part(values=("u",), missing=True, unseen=True), "b": Part()}, "The segment b has no customers"),
    ],
)  # fmt: skip
def test_a_rule_that_leaves_a_customer_without_one_segment_is_refused(dtype, parts, message):
    with pytest.raises(SettingsError, match=message):
        suite.rule("x", dtype, parts)
