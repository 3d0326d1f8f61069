"""The second way from the raw table to coefficients, points, scores and grades: on published figures, and on cards of every treatment."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from scorecard import binning, model, regression, scale, suite
from scorecard.binning import Partition, Rules, Solved
from scorecard.calibration import Calibration
from scorecard.contracts import Column, Contract
from scorecard.counts import Field, count_all
from scorecard.data.samples import BAD, WEIGHT
from scorecard.datasets import german
from scorecard.messages import LANGUAGES, render
from scorecard.model import Scorecard, attributes
from scorecard.points import Scaling
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.suite import Part
from scorecard.validation import Evidence, Modelled, Scored, chosen, validate
from scorecard.validation.implementation import independent, parity
from scorecard.validation.implementation.replication import COEFFICIENTS, recomputed_fit, recomputed_points

TREATMENTS = {
    "own counts": {},
    "worst": {"missing": "worst", "refused": "worst"},
    "neutral": {"missing": "neutral", "unseen": "neutral"},
    "joined": {"missing": "bin of 55", "refused": "bin of 20", "unseen": "bin of 20"},
}
CONTRACT = Contract(
    name="made up", columns={"age": Column(dtype="number"), "home": Column(dtype="text"), "flag": Column(dtype="boolean")}
)


def raw(rows=3000, seed=1):
    """Numbers with missing values and a code, levels with missing ones, and a flag whose true rows are all good."""
    random = np.random.default_rng(seed)
    age, home = random.uniform(18, 75, rows).round(1), random.choice(["own", "rent", "parents", "other"], rows)
    logit = -1.0 - 0.03 * (age - 45) + np.where(home == "rent", 0.5, -0.2)
    age[random.random(rows) < 0.08], age[random.random(rows) < 0.05] = np.nan, -1
    flag = random.random(rows) < 0.03
    bad = ((random.random(rows) < 1 / (1 + np.exp(-logit))) & ~flag).astype(np.int64)
    columns = {
        "age": pa.array(age, from_pandas=True),
        "home": pa.array(np.where(random.random(rows) < 0.1, None, home), pa.string()),
    }
    return pa.table(columns | {"flag": flag, BAD: bad, WEIGHT: np.ones(rows)})


def made(table, treatments=None, penalty=0.0, scaling=None, names=("age", "home"), **card):
    fields = [Field("age", "numeric", {"refused": -1}), Field("home", "categorical", {}), Field("flag", "categorical", {})]
    counts = count_all(table, [each for each in fields if each.name in names])
    kept = [_binned(each, treatments or {}) for each in counts.classes.values()]
    woe = np.column_stack([each.woe[each.assign(table.column(each.name))] for each in kept])
    fit = regression.fit(woe, table.column(BAD).to_numpy(), table.column(WEIGHT).to_numpy(), penalty)
    segment = model.assemble(kept, fit, scaling or Scaling(), CONTRACT)
    whole = Scorecard("made", {"column": "bad"}, scaling or Scaling(), (segment,), made_from={"data_sha256": "ab" * 32}, **card)
    return replace(
        whole,
        grades=scale.provisional(*whole.score(table).score[None], *whole.score(table).pd[None], table.column(BAD).to_numpy()),
    )


def _binned(classes, treatments):
    if classes.name == "flag":  # no solver makes a bin without bads; a person may
        return binning.described(classes, Partition(groups=(("false",), ("true",))), Rules(), Solved("edited", 2))
    return binning.fit(classes, Rules(max_bins=4, treatments=treatments if classes.kind == "numeric" else {}))


def evidence(card, table, later=None, record=None):
    tables = {"development": table, "test": raw(1200, 9) if later is None else later}

    def scored(rows):
        found = card.score(rows)
        return Scored(rows.column(BAD).to_numpy(), found.score, found.pd, found.grade)

    samples = {name: scored(rows) for name, rows in tables.items()}
    return Evidence(
        samples, card.grade_names(), attributes(card, tables), Thresholds(), model=Modelled(card, tables, {}), record=record
    )


def run(found, *codes):
    return validate(found, chosen(", ".join(codes or ("IMP",))))


def verdicts(found, *codes):
    return {(each.code, each.scope): each.verdict.value for each in run(found, *codes)}


def with_term(card, position, **changes):
    (segment,) = card.segments
    terms = [replace(term, **changes) if place == position else term for place, term in enumerate(segment.terms)]
    return replace(card, segments=(replace(segment, terms=tuple(terms)),))


@pytest.fixture(scope="module")
def table():
    return raw()


@pytest.fixture(scope="module")
def card(table):
    return made(table)


# published figures


@pytest.fixture(scope="module")
def published():
    """Checking account and duration of German credit, as a file would hold them: bins without figures."""
    levels = ["below 0 DM", "0 to below 200 DM", "200 DM or more, or salary account", "no checking account"]
    others = [{"kind": kind, "values": [], "treatment": "worst"} for kind in ("missing", "unseen")]
    account = [{"kind": "category", "values": [level], "treatment": "empirical"} for level in levels]
    duration = [{"kind": "interval", "lower": lower, "values": [], "treatment": "empirical"} for lower in (None, 8, 16, 36, 45)]
    return {"kind": "categorical", "bins": account + others}, {"kind": "numeric", "bins": duration + others}


def test_the_second_way_finds_the_published_woe_coefficients_and_points(published):
    """German credit by two characteristics: alpha -.846996, beta -.991349 and -.977450; WoE of the account as in Anderson (2007).

    Points at 600 for 50:1 and PDO 20 from the rounded coefficients: 232, 244, 267, 289 and 293, 266, 253, 241, 224.
    """
    rows = german()
    bad, weight = rows["bad"].to_numpy().astype(np.int64), np.ones(1000)
    values = [pa.array(rows["checking_account"].tolist()), pa.array(rows["duration_months"].tolist())]
    places = [independent.places(term, each) for term, each in zip(published, values, strict=True)]
    woes = [independent.woes(term, each, bad, weight) for term, each in zip(published, places, strict=True)]
    assert woes[0][:4] == pytest.approx([-0.81809871, -0.40139178, 0.40546511, 1.17626322], abs=1e-8)
    found = independent.fitted(np.column_stack([woe[place] for woe, place in zip(woes, places, strict=True)]), bad, weight, 0.0)
    assert found.intercept == pytest.approx(-0.846996, abs=1e-5)
    assert found.coefficients == pytest.approx([-0.991349, -0.977450], abs=1e-5)
    terms = [
        {"coefficient": slope, "bins": [{"woe": each} for each in woe]}
        for slope, woe in zip((-0.9913, -0.9774), woes, strict=True)
    ]
    _, exact = independent.points(
        {"intercept": -0.8470, "characteristics": terms}, {"pdo": 20, "base_score": 600, "base_odds": 50}
    )
    assert np.round(exact[0][:4]).tolist() == [232, 244, 267, 289]
    assert np.round(exact[1][:5]).tolist() == [293, 266, 253, 241, 224]


def test_factor_and_offset_are_published():
    assert independent.factor_and_offset({"pdo": 20, "base_score": 600, "base_odds": 50}) == pytest.approx(
        (28.8539008178, 487.1228762045), abs=1e-10
    )
    assert independent.factor_and_offset({"pdo": 20, "base_score": 600, "base_odds": 30})[1] == pytest.approx(
        501.8621880878, abs=1e-10
    )


# a sound card


@pytest.mark.parametrize("treatments", TREATMENTS.values(), ids=TREATMENTS)
def test_whatever_the_treatments_the_second_way_agrees(table, treatments):
    found = {each.code: each for each in run(evidence(made(table, treatments), table), "IMP-01, IMP-02, IMP-03")}
    assert {each.verdict for each in found.values()} == {Verdict.GREEN}
    assert found["IMP-01"].statistic < 1e-8
    assert found["IMP-01"].effect < 1e-12


def test_a_bin_without_bads_has_half_a_row_more_everywhere(table):
    card = made(table, names=("age", "home", "flag"), penalty=10.0)  # without one there is no best fit
    assert any("0.5 added" in each.treatment for each in card.terms[-1].characteristic.bins)
    assert set(verdicts(evidence(card, table), "IMP-01, IMP-02, IMP-03").values()) == {"green"}


def test_a_penalty_is_kept(table):
    assert set(verdicts(evidence(made(table, penalty=25.0), table), "IMP-01").values()) == {"green"}


def test_weights_are_kept(table):
    weighted = table.set_column(
        table.schema.get_field_index(WEIGHT), WEIGHT, [np.random.default_rng(4).uniform(0.2, 3, table.num_rows)]
    )
    assert set(verdicts(evidence(made(weighted), weighted), "IMP-01").values()) == {"green"}


@pytest.mark.parametrize("layout", ["split", "base", "zero"])
@pytest.mark.parametrize("decimals", [0, 2])
def test_every_layout_and_rounding_is_followed(table, layout, decimals):
    scaling = Scaling(pdo=40, base_score=500, base_odds=10, layout=layout, decimals=decimals, minimum=420.0, maximum=560.0)
    assert set(verdicts(evidence(made(table, scaling=scaling), table), "IMP-02, IMP-03").values()) == {"green"}


def test_calibration_anchor_and_floor_are_followed(table):
    calibrated = Calibration("beta", 0.1, 0.9, 1.1, shift=0.2, floor=0.05)
    assert set(verdicts(evidence(made(table, calibration=calibrated), table), "IMP-03, IMP-04").values()) == {"green"}


def test_a_sound_card_is_green_in_everything(card, table):
    found = verdicts(evidence(card, table, record={"data_sha256": "ab" * 32}))
    assert set(found.values()) == {"green"}
    assert [scope for code, scope in found if code == "IMP-03"] == ["development", "test"]


def test_each_segment_is_judged_by_itself(table, card):
    """Two cards by age; each was fitted on other rows than those of its segment, so coefficients cannot be held to them."""
    other = made(raw(2000, 3))
    joined = suite.joined(
        "both",
        suite.rule("age", "number", {"young": Part(upper=40, missing=True), "old": Part(lower=40)}),
        {"young": card, "old": other},
        Scaling(),
    )
    joined = replace(joined, grades=card.grades)
    found = verdicts(evidence(joined, table))
    assert [scope for code, scope in found if code == "IMP-02"] == ["scorecard: young", "scorecard: old"]
    assert {verdict for (code, _), verdict in found.items() if code == "IMP-01"} == {"not computable"}
    assert {verdict for (code, _), verdict in found.items() if code in ("IMP-02", "IMP-03", "IMP-04")} == {"green"}


# what is wrong is found


def test_a_coefficient_that_was_changed_is_red(card, table):
    spoilt = with_term(card, 0, coefficient=card.terms[0].coefficient + 2 * COEFFICIENTS)
    found = run(evidence(spoilt, table), "IMP-01")[0]
    assert (found.verdict, found.reading.values["name"]) == (Verdict.RED, "age")
    close = with_term(card, 0, coefficient=card.terms[0].coefficient + COEFFICIENTS / 2)
    assert run(evidence(close, table), "IMP-01")[0].verdict is Verdict.GREEN


def test_a_woe_that_was_changed_is_red(card, table):
    own = card.terms[1].characteristic
    bins = (replace(own.bins[0], woe=own.bins[0].woe + 1e-5), *own.bins[1:])
    spoilt = with_term(card, 1, characteristic=replace(own, bins=bins))
    assert run(evidence(spoilt, table), "IMP-01")[0].verdict is Verdict.RED


def test_one_point_too_many_is_red_in_points_alone(card, table):
    points = card.terms[0].points
    spoilt = with_term(card, 0, points=(points[0] + 1, *points[1:]))
    found = run(evidence(spoilt, table), "IMP-02")[0]
    assert (found.verdict, found.statistic) == (Verdict.RED, 1)
    assert set(verdicts(evidence(spoilt, table), "IMP-01, IMP-03").values()) == {"green"}


@pytest.mark.parametrize(("part", "moved"), [("score", 1.0), ("pd", 1e-9)])
def test_one_row_that_was_scored_otherwise_is_red(card, table, part, moved):
    found = evidence(card, table)
    test = found.samples["test"]
    values = getattr(test, part).copy()
    values[17] += moved
    spoilt = replace(found, samples={**found.samples, "test": replace(test, **{part: values})})
    (development, later) = run(spoilt, "IMP-03")
    assert (development.verdict, later.verdict, later.statistic) == (Verdict.GREEN, Verdict.RED, 1)
    assert later.reading.values["first"] == 18


def test_an_export_that_differs_in_one_case_is_red(card, table):
    cases = table.select(card.inputs).slice(0, 1200)
    expected = independent.scored(card.to_dict(), cases)
    columns = {"score": expected.score.copy()} | {name: getattr(expected, name) for name in ("pd_raw", "pd_calibrated", "pd")}
    columns["score"][5] += 1
    found = parity.parity(
        pa.table(columns | {"grade": pa.array(expected.grade.tolist())}), expected, dict.fromkeys(parity.KINDS, 0), 1200
    )
    assert (found.verdict, found.statistic) == (Verdict.RED, 1)


def test_fewer_than_a_thousand_cases_are_insufficient(card, table):
    cases = table.select(card.inputs).slice(0, 999)
    expected = independent.scored(card.to_dict(), cases)
    columns = {name: getattr(expected, name) for name in ("score", "pd_raw", "pd_calibrated", "pd")} | {
        "grade": pa.array(expected.grade.tolist())
    }
    assert parity.parity(pa.table(columns), expected, dict.fromkeys(parity.KINDS, 0), 999).verdict is Verdict.INSUFFICIENT_DATA


def test_parity_sees_missing_special_and_unseen_values(card, table):
    values = run(evidence(card, table), "IMP-04")[0].reading.values
    assert min(values[kind] for kind in parity.KINDS) > 10
    assert values["cases"] >= parity.NEEDED


def test_an_export_that_fails_is_red(card, table, monkeypatch):
    def fails(card, rows):
        raise RuntimeError("out of disk")

    monkeypatch.setattr("scorecard.exports.engines.duckdb.execute", fails)
    found = run(evidence(card, table), "IMP-04")[0]
    assert (found.verdict, found.statistic) == (Verdict.RED, None)
    assert "out of disk" in render(found.reading)


# what cannot be told is not green


def test_other_rows_than_those_of_the_fit_cannot_be_held_to_it(card, table):
    found = run(evidence(card, table.slice(1)), "IMP-01")[0]
    assert (found.verdict, found.reading.key) == (Verdict.NOT_COMPUTABLE, "reading.other_rows")


def test_an_imported_card_has_no_coefficients_but_its_scores_are_held_to_the_file(card, table):
    bare = with_term(with_term(card, 0, coefficient=None), 1, coefficient=None)
    bare = replace(bare, segments=(replace(bare.segments[0], intercept=None, fit={}),))
    found = verdicts(evidence(bare, table))
    assert {found["IMP-01", "scorecard"], found["IMP-02", "scorecard"]} == {"not computable"}
    assert {found["IMP-03", "test"], found["IMP-04", "scorecard"]} == {"green"}


def test_a_card_without_characteristics_has_nothing_to_fit(card, table):
    empty = replace(card, segments=(replace(card.segments[0], terms=(), base=500.0),), scaling=Scaling(layout="base"))
    content = empty.to_dict()
    assert recomputed_fit(content, content["segments"][0], table).verdict is Verdict.NOT_COMPUTABLE
    assert recomputed_points(content, content["segments"][0]).statistic == 1  # the base is not that of the intercept
    assert set(independent.scored(content, table).score) == {500.0}


def test_a_card_of_the_first_format_is_read(card, table):
    first = replace(card, format="scorecard/1", segments=(replace(card.segments[0], fit={}),))
    assert set(verdicts(evidence(first, table), "IMP-01, IMP-02, IMP-03, IMP-04").values()) == {"green"}


def test_development_without_bads_has_no_second_fit(card, table):
    clean = table.set_column(table.schema.get_field_index(BAD), BAD, [np.zeros(table.num_rows, dtype=np.int64)])
    bare = replace(card, segments=(replace(card.segments[0], fit={}),))
    assert run(evidence(bare, clean), "IMP-01")[0].verdict is Verdict.NOT_COMPUTABLE


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ({"data_sha256": "ab" * 32}, "green"),
        ({"data_sha256": "cd" * 32}, "amber"),
        ({}, "not computable"),
        (None, "not computable"),
    ],
)
def test_the_table_is_the_one_the_card_names_another_or_unknown(card, table, record, verdict):
    assert verdicts(evidence(card, table, record=record), "IMP-05")["IMP-05", "scorecard"] == verdict


def test_without_a_card_nothing_is_computable(card, table):
    assert {each.verdict for each in run(replace(evidence(card, table), model=None))} == {Verdict.NOT_COMPUTABLE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_can_be_read(card, table, language):
    spoilt = with_term(card, 0, coefficient=-2.0, points=tuple(point + 3 for point in card.terms[0].points))
    for found in (evidence(card, table), evidence(spoilt, table, record={"data_sha256": "cd" * 32})):
        assert not any("{" in render(each.reading, language) for each in run(found))
        assert all(each.statistic is None or math.isfinite(each.statistic) for each in run(found))
