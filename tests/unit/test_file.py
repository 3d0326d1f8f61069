from __future__ import annotations

import csv
import json
import re
from copy import deepcopy
from dataclasses import asdict, fields, replace
from pathlib import Path

import jsonschema
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st

from scorecard import reasons
from scorecard.calibration import Anchor, Calibration, Step
from scorecard.errors import GovernanceError
from scorecard.model import Reasons, Scorecard, Segment, Segmentation, Term, checks, file, schema
from scorecard.points import Scaling
from scorecard.scale import Grade
from scorecard.woe import Bin, Characteristic, interval

ROOT = Path(__file__).parents[2]
CORPUS = sorted((ROOT / "tests" / "corpus").glob("*/*.json"))
FORMATS = ("scorecard/1", "scorecard/2")
ARROW = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}


def numeric(name, *edges, codes=()):
    plain = [interval(low, high) for low, high in zip([None, *edges], [*edges, None], strict=True)]
    own = [Bin("special", f"code {code}", values=(code,)) for code in codes]
    return Characteristic(
        name, "numeric", (*plain, *own, Bin("missing", "missing"), Bin("unseen", "unseen")), 0.1, 0.01, "none", "optimal"
    )


def levels(name, *groups, missing=()):
    plain = [Bin("category", " | ".join(group), values=tuple(group)) for group in groups]
    return Characteristic(
        name,
        "categorical",
        (*plain, Bin("missing", "missing", values=missing), Bin("unseen", "unseen")),
        0.1,
        0.01,
        "none",
        "optimal",
    )


def term(characteristic, *points, dtype=None, **own):
    kind = dtype or ("number" if characteristic.kind == "numeric" else "text")
    return Term(characteristic, kind, None, -0.8, 0.1, 0.01, tuple(map(float, points)), **own)


AGE = term(numeric("age", 25.0, 40.0, codes=(-1.0,)), 10, 20, 30, 5, 15, 0)
HOME = term(levels("home", ("own",), ("rent", "free"), missing=("n/a",)), 12, 3, 1, 0)
GRADES = (Grade("A", 40.0, None, 0.01, 10, 1), Grade("B", 20.0, 40.0, 0.1, 10, 2), Grade("C", None, 20.0, 0.3, 10, 4))
CARD = Scorecard("card", {}, Scaling(), (Segment("all", -1.0, 0.0, (AGE, HOME)),), grades=GRADES)
OLD = replace(CARD, format="scorecard/1", segments=(Segment("all", -1.0, 0.0, (AGE, HOME)),))


def signed(content):
    """Return the text of a content with the hash that belongs to it, as somebody who knows the format would forge it."""
    return file.text(content | {"sha256": file.sha256(content)})


def body(card):
    return file.content(card)


# Cards at random

names = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=8)
points_of = st.integers(-500, 500)
numbers = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def terms(draw, name, scaling, version):
    def points(count):
        return [draw(points_of) / scaling.unit for _ in range(count)]

    own = {}
    if version == "scorecard/2":
        own = {
            "reference": draw(points_of) / 100,
            "reason": draw(st.dictionaries(st.sampled_from(["en", "zh"]), names)),
            "vif": 1.5,
        }
    if draw(st.booleans()):
        edges = sorted(set(draw(st.lists(numbers, max_size=4))))
        codes = tuple(set(draw(st.lists(st.integers(-9, -1).map(float), max_size=2))))
        return term(numeric(name, *edges, codes=codes), *points(len(edges) + len(codes) + 3), **own)
    found = draw(st.lists(names, max_size=4, unique=True))
    return term(levels(name, *([each] for each in found)), *points(len(found) + 2), **own)


@st.composite
def cards(draw):
    version = draw(st.sampled_from(FORMATS))
    new = version == "scorecard/2"
    scaling = Scaling(decimals=draw(st.integers(0, 3)), layout="base", minimum=-100.0) if new else Scaling()
    chosen = [draw(terms(name, scaling, version)) for name in draw(st.lists(names, min_size=1, max_size=3, unique=True))]
    segment = Segment(
        "all", draw(numbers), draw(points_of) / scaling.unit if new else 0.0, tuple(chosen), {"rows": 1.0} if new else {}
    )
    extra = {
        "calibration": Calibration("linear", 0.1, 1.1, anchor=Anchor("prior shift", 0.1, 0.2), shift=0.1),
        "reasons": Reasons("all"),
    }
    texts = draw(st.lists(names, max_size=2))
    return Scorecard(
        draw(names), {"column": draw(names)}, scaling, (segment,), grades=GRADES, missing_values=tuple(texts),
        made_from={"data_sha256": "0"}, format=version, **(extra if new else {}),
    )  # fmt: skip


@checked(max_examples=60)
@given(card=cards())
def test_any_card_is_read_back_as_it_was_and_written_again_byte_for_byte(card):
    again = Scorecard.from_json(card.to_json())
    assert again == card
    assert again.to_json() == card.to_json()


@checked(max_examples=30)
@given(card=cards())
def test_the_schema_and_jsonschema_accept_any_card(card):
    jsonschema.Draft202012Validator(json.loads(schema.text(card.format))).validate(card.to_dict())
    assert schema.fault(card.to_dict(), card.format) is None


# Files of every format


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_of_any_version_is_read_for_ever_and_scores_as_it_did(path):
    """Files of format 1 and their scores were written by the version of the kit that knew no other format."""
    card = Scorecard.load(path)
    assert card.to_json().encode() == path.read_bytes()
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as opened:
        golden = list(csv.DictReader(opened))
    rows = pa.table(
        {name: pa.array([typed(row[name], dtype) for row in golden], ARROW[dtype]) for name, dtype in card.dtypes.items()}
    )
    scored = card.score(rows)
    assert scored.score.tolist() == [float(row["score"]) for row in golden]
    for column in {"pd", "pd_raw", "pd_calibrated"} & set(golden[0]):
        assert getattr(scored, column) == pytest.approx([float(row[column]) for row in golden], rel=1e-12)
    assert [card.grade_names()[grade] for grade in scored.grade] == [row["grade"] for row in golden]
    given_reasons = [[row[key] or None for key in row if key.startswith("reason_")] for row in golden]
    assert reasons.codes(card, rows).tolist() == given_reasons


def typed(text, dtype):
    return None if not text else {"text": str, "integer": int, "number": float}[dtype](text)


def test_the_corpus_has_every_format():
    assert {Scorecard.load(path).format for path in CORPUS} == set(FORMATS)


# Changed bytes


@pytest.mark.parametrize("card", [OLD, CARD], ids=FORMATS)
def test_every_byte_that_changes_is_refused(card):
    raw = replace(card, segments=(replace(card.segments[0], terms=(HOME,)),), grades=()).to_json().encode()
    for position in range(len(raw) - 1):  # the last one is the line end
        for other in {raw[position] ^ 1, raw[position] ^ 0x20, ord(" ")} - {raw[position]}:
            changed = raw[:position] + bytes([other]) + raw[position + 1 :]
            with pytest.raises(GovernanceError):
                Scorecard.from_json(changed.decode(errors="surrogateescape"))


@pytest.mark.parametrize("insert", [" ", "\n", "\t", "0", "\ufeff"])
def test_an_added_character_is_refused_wherever_it_stands(insert):
    text = replace(OLD, grades=()).to_json()
    for position in range(0, len(text) - 1, 7):
        with pytest.raises(GovernanceError):
            Scorecard.from_json(text[:position] + insert + text[position:])


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_line_end_at_the_end_may_be_any(end):
    assert Scorecard.from_json(CARD.to_json().rstrip("\n") + end) == CARD


def test_the_same_values_in_another_text_are_refused():
    for other in (
        json.dumps(CARD.to_dict()),
        CARD.to_json().replace("10.0", "1e1"),
        CARD.to_json().replace("card", "c\\u0061rd"),
    ):
        with pytest.raises(GovernanceError, match="is not as it was written"):
            Scorecard.from_json(other)


def test_a_key_that_is_there_twice_is_refused():
    text = CARD.to_json().replace('"name": "card"', '"name": "other", "name": "card"')
    with pytest.raises(GovernanceError, match="holds the key 'name' twice in one object"):
        Scorecard.from_json(text)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "1" * 5000])
def test_a_number_that_is_none_is_refused(value):
    text = CARD.to_json().replace('"base_score": 600.0', f'"base_score": {value}')
    with pytest.raises(GovernanceError):
        Scorecard.from_json(text)


def test_a_number_beyond_all_bounds_is_refused_even_with_its_hash():
    content = body(CARD)
    content["segments"][0]["intercept"] = float("inf")
    text = json.dumps(content | {"sha256": file.sha256(content)}, indent=1).replace("Infinity", "1e400")
    with pytest.raises(GovernanceError, match="holds a number that is not finite"):
        Scorecard.from_json(text)


# The schema


def test_the_schemas_in_docs_are_those_that_the_kit_reads():
    for version in FORMATS:
        name = version.replace("/", "-") + ".schema.json"
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == schema.text(version)


@pytest.mark.parametrize("version", FORMATS)
def test_a_schema_is_one_of_the_draft_and_describes_every_field(version):
    parsed = json.loads(schema.text(version))
    jsonschema.Draft202012Validator.check_schema(parsed)
    for owner in [parsed, *parsed["$defs"].values()]:
        for name, field in owner.get("properties", {}).items():
            assert field.get("description") or parsed["$defs"][field["$ref"].rsplit("/", 1)[1]]["description"], name


def test_a_schema_uses_no_keyword_that_the_kit_does_not_read():
    known = set(schema.CHECKS) | schema.ANNOTATIONS | {"$ref", "anyOf", "items", "properties", "required", "additionalProperties"}

    def keywords(rule):
        yield from rule
        for inner in [*rule.get("properties", {}).values(), *rule.get("$defs", {}).values(), *rule.get("anyOf", [])]:
            yield from keywords(inner)
        for inner in (rule.get("items"), rule.get("additionalProperties")):
            yield from keywords(inner) if isinstance(inner, dict) else ()

    for version in FORMATS:
        assert set(keywords(json.loads(schema.text(version)))) <= known


def test_the_schema_names_the_fields_of_the_classes():
    """A field that is added to a class is added to the schema, with its description."""
    defined = json.loads(schema.text("scorecard/2"))["$defs"]
    for name, kind in (("calibration", Calibration), ("step", Step), ("anchor", Anchor), ("grade", Grade), ("reasons", Reasons)):
        assert list(defined[name]["properties"]) == [field.name for field in fields(kind)]
    assert list(defined["bin"]["properties"]) == [*(field.name for field in fields(Bin)), "points"]
    top = json.loads(schema.text("scorecard/2"))["properties"]
    assert set(top["scaling"]["properties"]) == {*asdict(Scaling()), "factor", "offset"}
    assert list(top) == list(CARD.to_dict())
    assert list(json.loads(schema.text("scorecard/1"))["properties"]) == list(OLD.to_dict())


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.sampled_from(["", "a", "x" * 64, "0" * 64, "base", "interval"]),
    st.just([]), st.just({}), st.just([1.5]), st.just({"a": 1}), st.just({"a": "b"}),
)  # fmt: skip
RICH = replace(
    CARD, reasons=Reasons("cutoff", 4, 30.0, 50.0, 100), calibration=Calibration("isotonic", steps=(Step(None, 0.2), Step(20.0, 0.1)), anchor=Anchor("prior shift", 0.1, 0.2)),
    segments=(Segment("all", -1.0, 0.0, (replace(AGE, reference=20.0, reason={"en": "Age"}), replace(HOME, reference=5.0)), {"rows": 30.0}),),
)  # fmt: skip


def places(value, path=()):
    """Yield the path of every value inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


@checked(max_examples=400)
@given(data=st.data(), card=st.sampled_from([RICH, OLD]))
def test_the_schema_is_read_as_jsonschema_reads_it(data, card):
    """The package jsonschema is the truth: values replaced, removed and added anywhere, both accept or both refuse."""
    content = deepcopy(card.to_dict())
    path = data.draw(st.sampled_from(list(places(content))))
    owner = content
    for key in path[:-1]:
        owner = owner[key]
    change = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if change == "remove":
        del owner[path[-1]]
    elif change == "replace":
        owner[path[-1]] = data.draw(VALUES)
    elif isinstance(owner, dict):
        owner["added"] = data.draw(VALUES)
    validator = jsonschema.Draft202012Validator(json.loads(schema.text(card.format)))
    assert (schema.fault(content, card.format) is None) == validator.is_valid(content)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("segments", 0, "base"), "0", r'malformed; segments\[0\].base: "0"; expected type number'),
        (("scaling", "layout"), "spilt", r'scaling.layout: "spilt"; expected enum split or base or zero'),
        (("scaling", "extra"), 1, r"scaling: 'extra' is no key of the format; expected pdo, base_score"),
        (("calibration", "floor"), 1, r"calibration.floor: 1; expected exclusiveMaximum 1"),
        (("grades", 0), {}, r"grades\[0\]: name is not there"), (("name",), "", r"name: \"\"; expected minLength 1"),
        (("reasons",), {"most": 0}, r"reasons.most: 0; expected minimum 1|reasons: reference is not there"),
    ],
)  # fmt: skip
def test_a_file_that_breaks_the_schema_is_refused_with_the_place(path, value, message):
    content = body(CARD)
    owner = content
    for key in path[:-1]:
        owner = owner[key]
    owner[path[-1]] = value
    with pytest.raises(GovernanceError, match=message):
        Scorecard.from_json(signed(content))


# What a card must be


def with_age(**changes):
    """Return a card whose numeric characteristic is changed."""
    return with_term(replace(AGE, **changes))


def with_bins(*bins, points=None):
    values = points or [1.0] * len(bins)
    return with_term(replace(AGE, characteristic=replace(AGE.characteristic, bins=tuple(bins)), points=tuple(values)))


def with_term(*own):
    return replace(CARD, segments=(replace(CARD.segments[0], terms=own),))


LAST = (Bin("missing", "missing"), Bin("unseen", "unseen"))
ISOTONIC = Calibration("isotonic", steps=(Step(None, 0.3), Step(20.0, 0.1)))
RULE = Segmentation(levels("home", ("own",)), "text", ("all", "all", "all"))


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (with_bins(interval(None, 1), interval(2, None), *LAST), "age has a band that ends at 1 before one that begins at 2; expected neither a hole"),
        (with_bins(interval(None, 3), interval(2, None), *LAST), "ends at 3 before one that begins at 2; expected neither a hole nor an overlap"),
        (with_bins(interval(0, 1), interval(1, None), *LAST), "age begins at 0 and ends at None; expected both unbounded"),
        (with_bins(interval(None, 1), interval(1, 2), *LAST), "age begins at None and ends at 2"),
        (with_bins(interval(None, 1), interval(1, 1), interval(1, None), *LAST), r"age has the edges \[1, 1\]; expected them in ascending order"),
        (with_bins(interval(None, 5), interval(5, 2), interval(2, None), *LAST), r"age has the edges \[5, 2\]"),
        (with_bins(LAST[0], interval(None, None), LAST[1]), "age has an interval after another kind of bin"),
        (with_bins(interval(None, None), LAST[1]), "age has 0 missing bins; expected 1"),
        (with_bins(interval(None, None), *LAST, LAST[1]), "age has 2 unseen bins; expected 1"),
        (with_bins(interval(None, None), Bin("category", "x", values=("x",)), *LAST), "age is numeric and has a bin of kind category"),
        (with_bins(interval(None, None), Bin("special", "x", values=("x",)), *LAST), r"age has the special bin x with the values \['x'\]; expected one number"),
        (with_bins(interval(None, None), Bin("special", "a", values=(1.0,)), Bin("special", "b", values=(1,)), *LAST), "age has the value 1.0 in two bins"),
        (with_term(term(levels("home", ("a",), ("b", "a")), 1, 1, 1, 1)), "home has the value 'a' in two bins"),
        (with_term(term(levels("home", ("a",), missing=("a",)), 1, 1, 1)), "home has the value 'a' in two bins"),
        (with_term(term(levels("home", ()), 1, 1, 1)), "home has the bin  without values"),
        (with_age(dtype="text"), "age is numeric and of dtype text"),
        (with_age(points=(10.5, *AGE.points[1:])), "age has 10.5 points; expected at most 0 decimals"),
        (with_age(points=(float("nan"), *AGE.points[1:])), "age has points that are no finite numbers"),
        (with_age(points=AGE.points[1:]), "age has 5 points for 6 bins"),
        (with_term(AGE, AGE), "segment all has age twice"),
        (replace(CARD, segments=(replace(CARD.segments[0], base=0.5),)), "the base points of segment all has 0.5 points"),
        (replace(CARD, grades=GRADES[:2]), "the grades, from the worst, begins at 20.0"),
        (replace(CARD, grades=(GRADES[0], replace(GRADES[1], upper_score=39.0), GRADES[2])), "ends at 39.0 before one that begins at 40.0"),
        (replace(CARD, grades=(replace(GRADES[0], name="B"), *GRADES[1:])), "the grade B is there twice"),
        (replace(CARD, grades=GRADES[::-1]), "the grades, from the worst"),
        (replace(CARD, calibration=replace(ISOTONIC, method="linear")), "the calibration linear has 2 steps, which only isotonic has"),
        (replace(CARD, reasons=Reasons("all")), "age has no reference points"),
        (replace(RICH, reasons=Reasons("cutoff", 4, 30.0, None)), "from 30.0 to None; expected a cut-off below an upper score"),
        (replace(CARD, segmentation=replace(RULE, dtype="text"), segments=(CARD.segments[0], Segment("b", 0.0, 0.0, ()))), "no bin leads to segment b"),
        (replace(CARD, segmentation=replace(RULE, dtype="boolean")), "home is boolean and text; expected one dtype"),
    ],
)  # fmt: skip
def test_a_card_that_contradicts_itself_is_refused(card, message):
    with pytest.raises(GovernanceError, match=message):
        checks.refuse(card)


@pytest.mark.parametrize(
    "card",
    [with_bins(interval(None, 1), interval(2, None), *LAST), with_term(term(levels("home", ("a",), ("a",)), 1, 1, 1, 1)), replace(CARD, grades=GRADES[:2])],
)  # fmt: skip
def test_its_file_is_refused_too_though_its_hash_is_right(card):
    with pytest.raises(GovernanceError, match="The scorecard card is malformed: "):
        Scorecard.from_json(card.to_json())


@pytest.mark.parametrize(
    "steps", [[(None, 0.1), (20.0, 0.3)], [(10.0, 0.3), (20.0, 0.1)], [(None, 0.3), (20.0, 0.2), (20.0, 0.1)], [(None, 0.3), (20.0, 0.0)], []]
)  # fmt: skip
def test_isotonic_steps_that_do_not_fall_with_the_score_are_refused(steps):
    content = body(replace(CARD, calibration=ISOTONIC))
    content["calibration"]["steps"] = [{"lower_score": lower, "pd": pd} for lower, pd in steps]
    with pytest.raises(GovernanceError, match="steps that are not in order; expected ascending scores"):
        Scorecard.from_json(signed(content))


def test_a_segment_that_is_there_twice_or_not_at_all_is_refused():
    content = body(CARD)
    content["segments"] *= 2
    with pytest.raises(GovernanceError, match=r"has the segments all, all; expected each once"):
        Scorecard.from_json(signed(content))


@checked(max_examples=30)
@given(card=cards())
def test_a_sound_card_has_no_fault(card):
    assert list(checks.faults(card)) == []


@checked(max_examples=60)
@given(edges=st.lists(st.integers(0, 5).map(float), min_size=2, max_size=5))
def test_edges_are_sound_exactly_where_every_number_falls_into_one_interval(edges):
    card = with_bins(*(interval(low, high) for low, high in zip([None, *edges], [*edges, None], strict=True)), *LAST)
    bands = [
        (-np.inf if low is None else low, np.inf if high is None else high)
        for low, high in zip([None, *edges], [*edges, None], strict=True)
    ]
    covered = all(sum(low <= value < high for low, high in bands) == 1 for value in np.arange(-1, 7, 0.5))
    empty = any(low >= high for low, high in bands)
    assert (list(checks.faults(card)) == []) == (covered and not empty)


def test_every_message_is_one_sentence_about_what_is_wrong_and_what_to_do():
    with pytest.raises(GovernanceError) as caught:
        checks.refuse(replace(CARD, grades=GRADES[:2]))
    assert re.fullmatch(r"The scorecard card is malformed: .*\. Make it anew, or take the registered file\.", str(caught.value))
