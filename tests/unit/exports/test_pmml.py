"""PMML of a scorecard says what the scorecard says: read here by a few lines of our own, and in `full` executed by jpmml-evaluator."""

from __future__ import annotations

import math
import shutil

import numpy as np
import pyarrow as pa
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import reasons
from scorecard.errors import EvidenceError, SettingsError
from scorecard.exports import golden
from scorecard.exports.engines import pmml as engine
from scorecard.exports.pmml import fields, outputs, pmml
from scorecard.model import Reasons, Scorecard, Segment, Segmentation, Term
from scorecard.points import Scaling
from scorecard.woe import Bin, Characteristic, interval

PMML = "{http://www.dmg.org/PMML-4_4}"
COMPARE = {
    "equal": lambda a, b: a == b, "notEqual": lambda a, b: a != b, "lessThan": lambda a, b: a < b, "lessOrEqual": lambda a, b: a <= b,
    "greaterThan": lambda a, b: a > b, "greaterOrEqual": lambda a, b: a >= b,
}  # fmt: skip
FUNCTIONS = COMPARE | {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "min": min, "max": max, "exp": math.exp, "ln": math.log, "isNotMissing": lambda a: a is not None,
    "if": lambda condition, value: value if condition else None,
}  # fmt: skip


def name_of(element):
    return element.tag.removeprefix(PMML)


def child(element, name):
    return element.find(PMML + name)


def true(predicate, row):
    """Return what a predicate says of a row: True, False, or None where a value is missing (PMML 4.4, Predicates)."""
    tag = name_of(predicate)
    if tag == "True":
        return True
    if tag == "CompoundPredicate":
        found = [true(each, row) for each in predicate]
        decisive = predicate.get("booleanOperator") == "or"
        return decisive if decisive in found else None if None in found else not decisive
    value, asked = row[predicate.get("field")], predicate.get("value")
    if predicate.get("operator") == "isMissing":
        return value is None
    return None if value is None else COMPARE[predicate.get("operator")](value, type(value)(asked))


def value_of(expression, known):
    tag = name_of(expression)
    if tag == "FieldRef":
        return known[expression.get("field")]
    if tag == "Constant":
        text = None if expression.get("missing") else expression.text
        return float(text) if expression.get("dataType") == "double" else text
    if tag == "Discretize":
        return banded(expression, known[expression.get("field")])
    return FUNCTIONS[expression.get("function")](*(value_of(each, known) for each in expression))


def banded(discretize, value):
    for band in discretize:
        lower, upper = (float(band[0].get(side, limit)) for side, limit in (("leftMargin", "-inf"), ("rightMargin", "inf")))
        if lower <= value < upper:
            found = band.get("binValue")
            return float(found) if discretize.get("dataType") == "double" else found
    return None


def partial(model, row):
    """Return the sum of a Scorecard model and its reason codes, the largest shortfall first, negative ones not left out."""
    total, lost = float(model.get("initialScore")), {}
    for each in child(model, "Characteristics"):
        points = next(float(one.get("partialScore")) for one in each if true(one[0], row))
        total += points
        if model.get("useReasonCodes") == "true":
            lost[each.get("reasonCode")] = float(each.get("baselineScore")) - points
    return total, sorted(lost, key=lost.get, reverse=True)


def read(model, row):
    """Return the final outputs of the document's model for one row."""
    scoring = model
    if name_of(model) == "MiningModel":
        scoring = next(each[1] for each in child(model, "Segmentation") if true(each[0], row))
    total, ranked = partial(scoring, row)
    known, final = {}, {}
    for field in child(model, "Output"):
        name, feature = field.get("name"), field.get("feature")
        if feature == "reasonCode":
            place = int(field.get("rank"))
            known[name] = ranked[place - 1] if place <= len(ranked) else None
        else:
            known[name] = total if feature == "predictedValue" else value_of(field[0], known)
        if field.get("isFinalResult") != "false":
            final[name] = known[name]
    return final


def model_of(card):
    return fromstring(pmml(card))[2]


def typed(card, rows):
    """Return rows as the document's data types; missing is None."""
    columns = {name: rows.column(name).cast({"double": pa.float64(), "string": pa.string()}[kind], safe=False).to_pylist()
               for name, kind in fields(card).items()}  # fmt: skip
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def expected(card, rows):
    """Return what the scorecard itself says, as columns of the outputs."""
    scored, codes, names = card.score(rows), reasons.codes(card, rows), card.grade_names()
    found = {name: getattr(scored, name).tolist() for name in ("score", "pd_raw", "pd_calibrated", "pd")}
    found["grade"] = [names[place] for place in scored.grade] if names else [None] * rows.num_rows
    return found | {f"reason_{place}": codes[:, place - 1].tolist() for place in range(1, codes.shape[1] + 1)}


def assert_same(found, wanted):
    assert list(found) == list(wanted)
    for name, values in wanted.items():
        if name.startswith("pd"):
            np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-12, err_msg=name)
        else:
            assert found[name] == values, name


def term(name, kind, dtype, bins, points, reference=None):
    own = Characteristic(name, kind, (*bins, Bin("missing", "Missing"), Bin("unseen", "Unseen")), 0.1, 0.01, "none", "OPTIMAL")
    return Term(own, dtype, None, -0.8, 0.1, 0.01, tuple(map(float, points)), reference=reference)


def category(*levels):
    return Bin("category", " | ".join(levels), values=levels)


def card_of(*terms, **more):
    segments = more.pop("segments", (Segment("all", -1.0, 500.0, terms),))
    return Scorecard("made", {"column": "bad"}, Scaling(layout="base"), segments, **more)


def test_reading_the_document_gives_what_the_scorecard_gives(card):
    rows = golden.vectors(card)
    rows = rows.take(pa.array(range(0, rows.num_rows, 2))) if rows.num_rows > 1_000 else rows
    model = model_of(card)
    found = [read(model, row) for row in typed(card, rows)]
    assert_same({name: [row[name] for row in found] for name in outputs(card)}, expected(card, rows))


def test_german_credit_reads_as_it_scores(developed):
    rows, model = developed.test.slice(0, 150), model_of(developed.card)
    found = [read(model, row) for row in typed(developed.card, rows)]
    assert_same({name: [row[name] for row in found] for name in outputs(developed.card)}, expected(developed.card, rows))


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.none(), st.floats()), st.one_of(st.none(), st.text(st.sampled_from("abAB \n"), max_size=3)))
def test_any_number_and_text_get_the_points_of_their_bin(number, text):
    bins = [interval(None, 0.0), interval(0.0, 0.3), interval(0.3, None), Bin("special", "-1", values=(-1.0,))]
    card = card_of(term("x", "numeric", "number", bins, (1, 2, 4, 8, 16, 0)),
                   term("c", "categorical", "text", [category("a", " b"), category("A", "\n")], (32, 64, 128, 256)))  # fmt: skip
    rows = pa.table({"x": pa.array([number], pa.float64()), "c": pa.array([text], pa.string())})
    (row,) = typed(card, rows)
    assert read(model_of(card), row)["score"] == card.score(rows).score[0]


def test_not_a_number_earns_the_points_of_missing():
    card = card_of(term("x", "numeric", "number", [interval(None, 0.0), interval(0.0, None)], (1, 2, 4, 0)))
    assert read(model_of(card), {"x": math.nan})["score"] == read(model_of(card), {"x": None})["score"] == 504


def test_every_characteristic_names_missing_first_and_leaves_nobody_without_points(card):
    for characteristic in model_of(card).iter(f"{PMML}Characteristic"):
        predicates = [each[0] for each in characteristic]
        assert name_of(predicates[-1]) == "True"
        if len(predicates) > 1:
            assert "isMissing" in {each.get("operator") for each in predicates[0].iter()}


def test_an_evaluator_finds_no_value_invalid(card):
    document = fromstring(pmml(card))
    assert all(len(field) == 0 for field in document[1])  # a DataField that lists values makes all others invalid
    assert {field.get("invalidValueTreatment") for field in document.iter(f"{PMML}MiningField")} == {"asIs"}


def test_names_with_quotes_lines_and_emoji_survive(cards):
    document = fromstring(pmml(cards["awkward"]))
    assert [field.get("name") for field in document[1]] == cards["awkward"].inputs
    assert document[2].get("modelName") == cards["awkward"].name


def test_equal_scorecards_give_equal_text_that_names_its_scorecard(card):
    text = pmml(card)
    again = pmml(Scorecard.from_json(card.to_json()))
    assert (again, card.sha256 in text, "Timestamp" in text) == (text, True, False)


def test_sums_of_decimals_are_exact(cards):
    model = model_of(cards["decimals"])
    assert all(float(each.get("partialScore")).is_integer() for each in model.iter(f"{PMML}Attribute"))
    assert float(model.get("initialScore")) == 50_333


@pytest.mark.parametrize("level", ["a\x00b", "a\x0bb", "a\ufffe", "\ud800"])
def test_a_character_that_xml_forbids_is_refused_with_the_level(level):
    card = card_of(term("c", "categorical", "text", [category("a", level)], (1, 2, 3)))
    with pytest.raises(SettingsError, match=r"of 'c' holds .* XML 1\.0 allows") as refused:
        pmml(card)
    assert repr(level) in str(refused.value)


@pytest.mark.parametrize("name", ["score", "pd", "grade", "reason_2"])
def test_an_input_with_the_name_of_an_output_is_refused(name):
    card = card_of(term(name, "numeric", "number", [interval(None, None)], (1, 2, 3), 2.0), reasons=Reasons("all", 2))
    with pytest.raises(SettingsError, match=f"the input {name}, which in PMML is the name of an output"):
        pmml(card)


def test_inputs_may_have_the_names_of_the_steps_in_between():
    lone = [interval(None, None)]
    card = card_of(*(term(name, "numeric", "number", lone, (1, 2, 3), 2.0) for name in ("steps", "none", "rank_1", "none_")),
                   reasons=Reasons("all", 3))  # fmt: skip
    found = read(model_of(card), {"steps": 1.0, "none": 1.0, "rank_1": None, "none_": 1.0})
    assert [found[f"reason_{place}"] for place in (1, 2, 3)] == ["steps", "none", "none_"]


def mixed():
    """Return a card whose rule takes as levels what a term takes as a number."""
    rule = term("months", "categorical", "integer", [category("1", "02"), category("-3")], (0, 0, 0, 0)).characteristic
    months = term("months", "numeric", "integer", [interval(None, 2.0), interval(2.0, None)], (1, 2, 4, 0))
    segments = (Segment("a", -1.0, 100.0, (months,)), Segment("b", -1.0, 200.0, (months,)))
    return card_of(segments=segments, segmentation=Segmentation(rule, "integer", ("a", "b", "b", "a")))


MONTHS = pa.table({"months": pa.array([1, 2, -3, 12, None], pa.int64())})


def test_a_column_may_be_a_level_here_and_a_number_there():
    found = [read(model_of(mixed()), row)["score"] for row in typed(mixed(), MONTHS)]
    assert found == mixed().score(MONTHS).score.tolist() == [101, 102, 201, 102, 204]


def test_reasons_stop_where_nothing_was_lost_also_where_an_evaluator_ranks_gains_too():
    lone = [interval(None, None)]
    card = card_of(*(term(name, "numeric", "number", lone, (points, 0, 0), 2.0) for name, points in (("a", 2), ("b", 1), ("c", 3))),
                   reasons=Reasons("all", 3))  # fmt: skip
    found = read(model_of(card), dict.fromkeys("abc", 1.0))
    assert [found[f"reason_{place}"] for place in (1, 2, 3)] == ["b", None, None]


def test_without_java_or_the_evaluator_execution_is_refused(monkeypatch, cards):
    monkeypatch.setenv("PATH", "")
    assert engine.available() is None
    with pytest.raises(EvidenceError, match="Install the extra pmml and Java 17"):
        engine.execute(cards["plain"], golden.vectors(cards["plain"]))


@pytest.fixture(scope="session")
def jpmml():
    """Return jpmml-evaluator, where it and Java are."""
    package = pytest.importorskip("jpmml_evaluator", reason="needs the extra pmml")
    if shutil.which("java") is None:
        pytest.skip("needs java")
    return package


def assert_executed(card, rows):
    found = engine.execute(card, rows)
    assert_same({name: found[name].to_pylist() for name in found.column_names}, expected(card, rows))


@pytest.mark.full
def test_jpmml_evaluator_gives_what_the_scorecard_gives(jpmml, card):
    assert_executed(card, golden.vectors(card))


@pytest.mark.full
def test_jpmml_evaluator_gives_what_german_credit_scores(jpmml, developed):
    assert engine.available() is not None
    assert_executed(developed.card, developed.test)


@pytest.mark.full
def test_jpmml_evaluator_reads_a_column_as_level_and_as_number(jpmml):
    assert_executed(mixed(), MONTHS)


@pytest.mark.full
def test_the_document_is_valid_by_the_schema_of_pmml(jpmml, card):
    """The schema is the Data Mining Group's, as jpmml-model ships it."""
    jpmml.make_backend("jpype")
    import jpype  # noqa: PLC0415  starts with the evaluator

    loader = jpype.JClass("org.dmg.pmml.PMML").class_.getClassLoader()
    schema = jpype.JClass("javax.xml.validation.SchemaFactory").newInstance("http://www.w3.org/2001/XMLSchema")
    source = jpype.JClass("javax.xml.transform.stream.StreamSource")(jpype.JClass("java.io.StringReader")(pmml(card)))
    schema.newSchema(loader.getResource("pmml.xsd")).newValidator().validate(source)
