"""PMML scorecards: read as an engine reads them, the first attribute that is true counts."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from scorecard.errors import DataError
from scorecard.exports.pmml import pmml
from scorecard.importing import Given, assemble, read_pmml
from scorecard.points import Scaling

DOCUMENT = """<?xml version="1.0"?>
<PMML xmlns="http://www.dmg.org/PMML-4_2" version="4.2"><Header/>
<DataDictionary>
 <DataField name="age" dataType="integer" optype="continuous"/><DataField name="income" dataType="double" optype="continuous"/>
 <DataField name="home" dataType="string" optype="categorical"/>
</DataDictionary>
<Scorecard modelName="incumbent" functionName="regression" initialScore="100" useReasonCodes="false">
<MiningSchema><MiningField name="age"/><MiningField name="income"/><MiningField name="home"/></MiningSchema>
<Characteristics>
<Characteristic name="of age">{age}</Characteristic>
<Characteristic name="of income">
 <Attribute partialScore="-3"><SimplePredicate field="income" operator="isMissing"/></Attribute>
 <Attribute partialScore="7"><SimplePredicate field="income" operator="equal" value="-1"/></Attribute>
 <Attribute partialScore="1"><CompoundPredicate booleanOperator="and">
  <SimplePredicate field="income" operator="greaterThan" value="0"/><SimplePredicate field="income" operator="lessOrEqual" value="10"/>
 </CompoundPredicate></Attribute>
 <Attribute partialScore="2"><True/></Attribute>
</Characteristic>
<Characteristic name="of home">
 <Attribute partialScore="20"><SimpleSetPredicate field="home" booleanOperator="isIn"><Array n="2" type="string">own "with parents"</Array></SimpleSetPredicate></Attribute>
 <Attribute partialScore="10"><CompoundPredicate booleanOperator="or">
  <SimplePredicate field="home" operator="equal" value="rent"/><SimplePredicate field="home" operator="equal" value="own"/>
 </CompoundPredicate></Attribute>
 <Attribute partialScore="5"><True/></Attribute>
</Characteristic>
</Characteristics></Scorecard></PMML>
"""
CASCADE = """
 <Attribute partialScore="0"><SimplePredicate field="age" operator="isMissing"/></Attribute>
 <Attribute partialScore="1"><SimplePredicate field="age" operator="lessOrEqual" value="25"/></Attribute>
 <Attribute partialScore="2"><SimplePredicate field="age" operator="lessOrEqual" value="40"/></Attribute>
 <Attribute partialScore="3"><SimplePredicate field="age" operator="greaterThan" value="30"/></Attribute>
"""


@pytest.fixture
def read(tmp_path):
    def of(text):
        (tmp_path / "card.pmml").write_text(text, encoding="utf-8")
        written = read_pmml(tmp_path / "card.pmml")
        return assemble("incumbent", written, Given(), Scaling(), {}), written

    return of


def test_of_overlapping_attributes_the_first_counts(read):
    """Each row worked out by hand: initial score 100, then age, income and home."""
    card, written = read(DOCUMENT.format(age=CASCADE))
    rows = pa.table(
        {
            "age": [25, 26, 40, 41, None],
            "income": [None, -1.0, 10.0, 10.5, 0.0],
            "home": ["own", "with parents", "rent", "boat", None],
        }
    )
    assert card.score(rows).score.tolist() == [
        100 + 1 - 3 + 20,
        100 + 2 + 7 + 20,
        100 + 2 + 1 + 10,
        100 + 3 + 2 + 5,
        100 + 0 + 2 + 5,
    ]
    assert card.dtypes == {"age": "integer", "income": "number", "home": "text"}
    assert written.notes == ()


def test_our_own_document_comes_back_with_its_scores(developed, read):
    """The document is that of the exporter, which is held to an evaluator of PMML by its own tests."""
    card, written = read(pmml(replace(developed.card, reasons=None)))
    assert card.score(developed.test).score.tolist() == developed.card.score(developed.test).score.tolist()
    empty = pa.table({name: pa.nulls(1, pa.string() if dtype == "text" else pa.float64()) for name, dtype in card.dtypes.items()})
    assert card.score(empty).score.tolist() == developed.card.score(empty).score.tolist()
    assert written.notes == ("Outputs of the document are not read: limits of the score, and PDs, have to be given.",)


@pytest.mark.parametrize(
    ("age", "message"),
    [
        (CASCADE.replace('"greaterThan" value="30"', '"greaterThan" value="50"'), "of age, which leaves numbers without points"),
        (CASCADE.replace('"greaterThan"', '"isNotMissing"'), "of age, which has the comparison isNotMissing"),
        (CASCADE.replace('value="25"', 'value="old"'), "of age, which has 'old' where a number belongs"),
        (CASCADE.replace('partialScore="3"', ""), "of age, which has '' where a number belongs|of age, which has None where"),
        (CASCADE.replace('field="age" operator="greaterThan"', 'field="home" operator="greaterThan"'), "of age, which asks for age, home"),
        (CASCADE.replace('"age"', '"income"'), "has two characteristics that ask for income"),
        (CASCADE.replace('"age"', '"derived"'), "asks for derived, which is not in its data dictionary"),
        ('<Attribute partialScore="1"/>', "of age, which asks for no field"),
        ("<Targets/>", "has Targets, which no points table has"),
        ('<MiningField name="age" missingValueReplacement="3"/>', "replaces values of age"),
        ('<MiningField name="age" invalidValueTreatment="asMissing"/>', "treats invalid values of age as asMissing"),
        ('<DataField name="age"><Value value="-999" property="missing"/></DataField>', "which values of age are missing or invalid"),
        ('<DataField name="age"><Interval closure="closedClosed" leftMargin="0"/></DataField>', "which values of age are missing or invalid"),
        (CASCADE.replace('value="25"', 'value="nan"'), "of age, which has 'nan' where a number belongs"),
        (CASCADE.replace('partialScore="3"', 'partialScore="nan"'), "has 'nan' where a number belongs"),
    ],
)  # fmt: skip
def test_what_a_points_table_cannot_say_is_refused(read, age, message):
    with pytest.raises(DataError, match=f"card.pmml cannot be imported: it .*({message})"):
        read(DOCUMENT.format(age=age))


def test_predicates_nested_too_deep_are_refused(read):
    deep = (
        '<CompoundPredicate booleanOperator="or">' * 3_000
        + '<SimplePredicate field="age" operator="isMissing"/>'
        + "</CompoundPredicate>" * 3_000
    )
    with pytest.raises(DataError, match=r"card\.pmml cannot be imported: its predicates are nested too deep"):
        read(DOCUMENT.format(age=f'<Attribute partialScore="1">{deep}</Attribute>'))


def test_a_level_named_missing_is_no_missing_value(read):
    named = """<Attribute partialScore="1"><SimplePredicate field="home" operator="isMissing"/></Attribute>
 <Attribute partialScore="2"><SimplePredicate field="home" operator="equal" value="missing"/></Attribute>
 <Attribute partialScore="5"><True/></Attribute>"""
    card, _ = read(DOCUMENT.format(age=CASCADE).replace('<Attribute partialScore="5"><True/></Attribute>', named))
    home = next(term for term in card.terms if term.name == "home")
    earned = [home.points[place] for place in home.characteristic.assign(pa.array([None, "missing", "boat"]))]
    assert earned == [1, 2, 5]


@pytest.mark.parametrize(
    "text",
    ["no xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ids=["text", "entities", "external"],
)
def test_what_is_no_plain_document_is_refused(read, text):
    with pytest.raises(DataError, match=r"card.pmml (cannot be read as XML|cannot be imported: it has 0 Scorecard models)"):
        read(text)
