"""Scorecards of every shape that an export must render: `cards` holds all of them by name, `card` gives one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from scorecard.calibration import Anchor, Calibration, Step
from scorecard.model import Reasons, Scorecard, Segment, Segmentation, Term
from scorecard.points import Scaling
from scorecard.scale import Grade
from scorecard.woe import Bin, Characteristic, interval

AWKWARD = (
    "it's",
    'say "so"',
    "50%",
    "a;b",
    "two\nlines",
    "😀 élan",
    "=1+1",
    "-2",
    "@sum",
    "+3",
    "back\\slash",
    "NULL",
    "*/ --",
    "<b>&amp;</b>",
)
MISSING_TEXTS = ("", "n/a", "it's gone")
Levels = Sequence[Sequence[str]]


def characteristic(name: str, bins: Sequence[Bin], missing: tuple[str, ...] = ()) -> Characteristic:
    """Return a characteristic of these bins and a missing and an unseen one."""
    own = [*bins, Bin("missing", "Missing", values=missing), Bin("unseen", "Unseen")]
    kind = "numeric" if not missing and not any(each.kind == "category" for each in bins) else "categorical"
    return Characteristic(name, kind, tuple(own), 0.1, 0.01, "none", "OPTIMAL")


def specials(*codes: float | str) -> list[Bin]:
    return [Bin("special", str(code), values=(code,)) for code in codes]


def numeric(
    name: str, edges: Sequence[float], points: Sequence[float], codes: Sequence[float] = (), dtype: str = "number"
) -> Term:
    """Return a term of intervals between the edges; points of the intervals, the special codes, missing, unseen."""
    sides = [None, *edges, None]
    bins = [interval(lower, upper) for lower, upper in itertools.pairwise(sides)]
    return term(characteristic(name, [*bins, *specials(*codes)]), dtype, points)


def levels(name: str, groups: Levels, points: Sequence[float], missing: tuple[str, ...] = (), dtype: str = "text") -> Term:
    """Return a term of groups of levels; points of the groups, missing, unseen."""
    return term(
        characteristic(name, [Bin("category", " | ".join(group), values=tuple(group)) for group in groups], missing),
        dtype,
        points,
    )


def term(own: Characteristic, dtype: str, points: Sequence[float], reference: float | None = None) -> Term:
    assert len(own.bins) == len(points), own.name
    whole = tuple(float(each) for each in points)
    return Term(own, dtype, None, -0.8, 0.1, 0.01, whole, reference=reference, reason={"en": f"{own.name} is low"})


def grades(*lowers: float, names: Sequence[str] = "ABCDEFG") -> tuple[Grade, ...]:
    """Return grades cut at these scores, given from the best down."""
    sides = [None, *lowers, None]
    return tuple(Grade(names[place], lower, upper, 0.1, 10, 1) for place, (upper, lower) in enumerate(itertools.pairwise(sides)))


def referenced(segment: Segment, *references: float) -> Segment:
    pairs = zip(segment.terms, references, strict=True)
    return replace(segment, terms=tuple(replace(each, reference=reference) for each, reference in pairs))


AGE = numeric("age_years", (25.0, 33.5, 47.0), (-20, -5, 10, 30, -12, 0), dtype="integer")
INCOME = numeric("income", (0.0, 0.1 + 0.2, 1234.56, 1e6), (-31, -8, 3, 17, 40, -50, -9, -12, 0), (-999.0, -998.5))
PURPOSE = levels("purpose", (("car", "Car"), ("tv", "radio"), ("ß", "e\u0301t\u00e9")), (12, -7, 25, -15, -40))
SAVINGS = levels("savings", (("none",), ("some", " some "), ("much",)), (-20, 5, 22, -3, -30), MISSING_TEXTS)
BASE = Segment("all", -1.2, 500.0, (AGE, INCOME, PURPOSE, SAVINGS))
PLAIN = Scorecard(
    "plain",
    {"column": "bad", "good": ["0"], "bad": ["1"]},
    Scaling(layout="base"),
    (BASE,),
    grades=grades(550.0, 520.0, 500.0, 470.0, 440.0),
)


def _first() -> Scorecard:
    """Return a card as the first format holds it: no base points, no calibration, no reasons."""
    shifted = [replace(each, points=tuple(point + 125 for point in each.points), reason={}) for each in (AGE, INCOME, PURPOSE)]
    one = replace(BASE, base=0.0, terms=tuple(shifted))
    return replace(PLAIN, name="first", scaling=Scaling(), segments=(one,), grades=grades(420.0, 370.0), format="scorecard/1")


def _typed() -> Scorecard:
    """Return a card with whole-number categories, booleans, dates, special levels, a lone interval, and bins of special and missing alone."""
    region = levels("region", (("1", "2"), ("3", "-4"), ("10",)), (5, -5, 9, -11, -20), dtype="integer")
    flag = levels("flag", (("true",), ("false",)), (8, -8, -2, -4), dtype="boolean")
    quarter = levels("since", (("2020-01-01", "2020-02-29"), ("1999-12-31",)), (4, -4, -6, -9), dtype="date")
    lone = numeric("lone", (), (7, -25, -13, 0), (9.0,))
    coded = term(
        characteristic("coded", [Bin("category", "x", values=("x",)), *specials("refused", "unknown")]),
        "text",
        (6, -6, 2, -7, -14),
    )
    whole = numeric("whole", (-3.0, 0.0, 4.0), (2, 4, 6, 8, -30, -10, 0), (-1.0,), "integer")
    empty = term(characteristic("empty", [], ("",)), "text", (3, -3))
    only = term(characteristic("only", specials("none")), "text", (1, 2, -1))
    only = replace(only, characteristic=replace(only.characteristic, kind="categorical"))
    return replace(
        PLAIN,
        name="typed",
        segments=(Segment("all", -1.0, 480.0, (region, flag, quarter, lone, coded, whole, empty, only)),),
        grades=grades(510.0, 490.0, 455.0),
    )


def _awkward() -> Scorecard:
    """Return a card whose names, levels, missing texts and grades hold what quoting must survive."""
    names = ['say "x"', "it's; -- */", "=cmd|' /C'!A0", "two\nlines", "収入 😀", "100%s {0}", "Select"]
    terms = [
        levels(name, (AWKWARD[:4], AWKWARD[4:9], AWKWARD[9:]), (place, -place, 3, -8, -15), ("''", "\\N"))
        for place, name in enumerate(names)
    ]
    terms.append(numeric('a.b ["c"]', (-1e-300, 1e-300, 3e15), (1, 2, 3, 4, -5, 0)))
    segment = referenced(Segment("all", -1.0, 500.0, tuple(terms)), *[4.0] * len(terms))
    return replace(
        PLAIN,
        name='it\'s "awkward"\n=1+1 😀 */',
        segments=(segment,),
        grades=grades(510.0, 490.0, names=("A'\"", "=B\n", "😀")),
        reasons=Reasons("all", 4),
    )


def _decimals() -> Scorecard:
    """Return a card with two decimals, limits of the score, and a linear calibration with anchor and floor."""
    fine = [replace(each, points=tuple(point + 0.17 for point in each.points)) for each in (AGE, INCOME, PURPOSE)]
    calibration = Calibration("linear", 0.3, 1.2, shift=-0.25, anchor=Anchor("prior shift", 0.1, 0.08), floor=0.03)
    scaling = Scaling(layout="base", decimals=2, minimum=440.25, maximum=575.5)
    cut = grades(560.01, 520.68, 500.0, 450.33)
    one = referenced(replace(BASE, base=503.33, terms=tuple(fine)), 1.234, 2.5, -3.17)
    return replace(
        PLAIN,
        name="decimals",
        scaling=scaling,
        segments=(one,),
        calibration=calibration,
        grades=cut,
        reasons=Reasons("cutoff", 3, 510.51, 530.5, 120),
    )


def _isotonic() -> Scorecard:
    steps = (Step(None, 0.4), Step(470.0, 0.21), Step(500.0, 0.11), Step(530.0, 0.02))
    return replace(PLAIN, name="isotonic", calibration=Calibration("isotonic", steps=steps, shift=0.2, floor=0.03))


def _segmented() -> Scorecard:
    """Return a card of two segments that share columns but not bins, with the column of the rule among the terms."""
    rule = levels("product", (("mortgage", "loan"), ("card",)), (0, 0, 0, 0)).characteristic
    product = levels("product", (("mortgage",), ("loan",)), (11, -4, -2, -16))
    age = numeric("age_years", (30.0,), (-9, 9, -1, 0), dtype="integer")
    home = referenced(Segment("secured", -2.0, 510.0, (age, PURPOSE, product)), 5.0, 5.0, 5.0)
    other = referenced(Segment("other", -1.0, 490.0, (AGE, INCOME, SAVINGS)), 0.0, 2.5, 1.25)
    segmentation = Segmentation(rule, "text", ("secured", "other", "other", "secured"))
    return replace(
        PLAIN,
        name="segmented",
        segments=(home, other),
        segmentation=segmentation,
        reasons=Reasons("cutoff", 2, 505.0, 525.0, 100),
    )


def _banded() -> Scorecard:
    """Return a card whose segments are bands of a number."""
    rule = numeric("months", (6.0, 24.0), (0, 0, 0, 0, 0, 0), (-1.0,), "integer").characteristic
    months = numeric("months", (12.0,), (-6, 14, -22, -3, 0), (-1.0,), "integer")
    young = Segment("new", -1.0, 470.0, (months, PURPOSE))
    old = Segment("old", -2.0, 520.0, (INCOME,))
    segmentation = Segmentation(rule, "integer", ("new", "new", "old", "new", "new", "new"))
    return replace(PLAIN, name="banded", segments=(young, old), segmentation=segmentation)


def every_card() -> dict[str, Scorecard]:
    """Return scorecards of every shape, by name."""
    told = referenced(BASE, 10.0, 12.34, 12.0, 5.0)
    same = referenced(
        replace(BASE, terms=tuple(replace(each, points=(-7.0,) * len(each.points)) for each in BASE.terms)), 0, 0, 0, 0
    )
    bare = replace(
        BASE,
        intercept=None,
        terms=tuple(replace(each, coefficient=None, standard_error=None, p_value=None) for each in BASE.terms),
    )
    made = [
        PLAIN, _first(), _typed(), _awkward(), _decimals(), _isotonic(), _segmented(), _banded(),
        replace(PLAIN, name="intercept", calibration=Calibration("intercept", -0.4)),
        replace(PLAIN, name="beta", calibration=Calibration("beta", 0.2, 1.1, 0.7, shift=0.1, anchor=Anchor("central tendency", 0.2, 0.22), floor=0.01)),
        replace(PLAIN, name="reasons", segments=(told,), reasons=Reasons("cutoff", 4, 520.0, 540.0, 150)),
        replace(PLAIN, name="ties", segments=(same,), reasons=Reasons("all", 6)),
        replace(PLAIN, name="imported", segments=(bare,)),
        replace(PLAIN, name="ungraded", grades=grades()),
    ]  # fmt: skip
    return {each.name if each.name.isalpha() else "awkward": each for each in made}


NAMES = tuple(every_card())


@pytest.fixture(scope="session")
def cards() -> dict[str, Scorecard]:
    return every_card()


@pytest.fixture(params=NAMES)
def card(request, cards) -> Scorecard:
    return cards[request.param]
