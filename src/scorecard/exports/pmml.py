"""A scorecard as PMML 4.4, which decision engines read: a `Scorecard` model, or one a segment.

What the standard leaves to the evaluator is said in the document itself: missing values, special codes and unseen levels
have attributes of their own, partial scores are whole steps so that sums are exact, and no two characteristics tie
when reasons are ranked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal
from xml.etree.ElementTree import Element, indent, tostring

from scorecard import __version__
from scorecard.calibration import Calibration
from scorecard.errors import SettingsError
from scorecard.exports.characters import refuse_illegal
from scorecard.model import Scorecard, Segment, Segmentation, Term
from scorecard.reasons import FINE, ROOM, reference_steps
from scorecard.woe import Characteristic

NAMESPACE = "http://www.dmg.org/PMML-4_4"
ENDLESS = "1E999"  # every reader of doubles takes it as infinity; XML Schema's own INF is refused by Java and Scala
WHOLE_NUMBER = re.compile("0|-?[1-9][0-9]*")
FieldType = Literal["double", "string"]
Branch = tuple[Element, int]


def pmml(card: Scorecard) -> str:
    """Return a scorecard as a PMML 4.4 document: equal scorecards give equal text.

    Its final outputs are ``score``, ``pd_raw``, ``pd_calibrated``, ``pd``, ``grade``, ``reason_1`` and so on. Numeric inputs
    are doubles, all others strings: whole numbers, booleans and dates are passed as their text (``3``, ``true``, ``2020-01-31``).

    Parameters
    ----------
    card : Scorecard

    Raises
    ------
    SettingsError
        Where an input has the name of an output, or a text holds a character that XML forbids.

    References
    ----------
    Data Mining Group (2019), PMML 4.4, Scorecard, Output, Transformations and Built-in Functions.
    """
    types = fields(card)
    _refuse_names(card)
    dictionary = [_node("DataField", name=name, **_said(card, name), **_typed(kind)) for name, kind in types.items()]
    document = _node(
        "PMML",
        _node(
            "Header",
            _node("Extension", name="scorecard_sha256", value=card.sha256),
            _node("Application", name="scorecard-kit", version=__version__),
            description=f"The scorecard {card.name}",
        ),
        _node("DataDictionary", *dictionary, numberOfFields=str(len(dictionary))),
        _model(card, types),
        xmlns=NAMESPACE,
        version="4.4",
    )
    _refuse_characters(document)
    indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document, encoding="unicode") + "\n"


def fields(card: Scorecard) -> dict[str, FieldType]:
    """Return the PMML data type of each input: `double` where a characteristic is numeric, else `string`."""
    rule = [] if card.segmentation is None else [card.segmentation.characteristic]
    every = [*rule, *(term.characteristic for term in card.terms)]
    numeric = {each.name for each in every if each.kind == "numeric"}
    return {name: "double" if name in numeric else "string" for name in card.inputs}


def outputs(card: Scorecard) -> list[str]:
    """Return the names of the final outputs, in order."""
    most = 0 if card.reasons is None else card.reasons.most
    return ["score", "pd_raw", "pd_calibrated", "pd", "grade", *(f"reason_{place}" for place in range(1, most + 1))]


def _refuse_names(card: Scorecard) -> None:
    for name in outputs(card):
        if name in card.dtypes:
            raise SettingsError(
                f"The scorecard {card.name} has the input {name}, which in PMML is the name of an output; "
                "expected another name. Rename the column in the contract and build the scorecard anew."
            )


def _refuse_characters(document: Element) -> None:
    for element in document.iter():
        for text in element.attrib.values():
            refuse_illegal(text, element.get("field") or element.get("name") or element.tag)


def _node(tag: str, /, *children: Element, **attributes: str | None) -> Element:
    made = Element(tag, {name: value for name, value in attributes.items() if value is not None})
    made.extend(children)
    return made


def _typed(kind: FieldType) -> dict[str, str]:
    return {"optype": "continuous" if kind == "double" else "categorical", "dataType": kind}


def _said(card: Scorecard, name: str) -> dict[str, str | None]:
    return {"displayName": next((term.description for term in card.terms if term.name == name and term.description), None)}


def _model(card: Scorecard, types: Mapping[str, FieldType]) -> Element:
    output = _node("Output", *_outputs(card))
    if card.segmentation is None:
        return _scorecard(card, card.segments[0], types, card.name, output)
    parts = [
        _node("Segment", predicate, _scorecard(card, segment, types, segment.name), id=segment.name)
        for predicate, segment in _divided(card, card.segmentation, types)
    ]
    chosen = _node("Segmentation", *parts, multipleModelMethod="selectFirst")
    return _node("MiningModel", _schema(card.inputs), output, chosen, modelName=card.name, functionName="regression")


def _divided(card: Scorecard, rule: Segmentation, types: Mapping[str, FieldType]) -> Iterator[tuple[Element, Segment]]:
    """Yield the condition of each segment; the last one takes whom no other took."""
    branches = list(_branches(rule.characteristic, types, apart=True))
    predicates: dict[str, list[Element]] = {}
    for predicate, position in branches[:-1]:
        predicates.setdefault(rule.segments[position], []).append(predicate)
    rest = rule.segments[branches[-1][1]]
    segments = {segment.name: segment for segment in card.segments}
    yield from ((_any(*found), segments[name]) for name, found in predicates.items() if name != rest)
    yield _node("True"), segments[rest]


def _scorecard(
    card: Scorecard, segment: Segment, types: Mapping[str, FieldType], name: str, output: Element | None = None
) -> Element:
    names = [term.name for term in segment.terms]
    parts = [_characteristic(card, term, types, len(names) - place) for place, term in enumerate(segment.terms)]
    told = {} if card.reasons is None else {"reasonCodeAlgorithm": "pointsBelow", "baselineMethod": "other"}
    if told:
        parts.append(_stop(card))
    return _node(
        "Scorecard",
        _schema(names),
        *([] if output is None else [output]),
        _node("Characteristics", *parts),
        modelName=name,
        functionName="regression",
        initialScore=str(int(card.scaling.steps(segment.base))),
        useReasonCodes="true" if told else "false",
        **told,
    )


def _schema(names: Iterable[str]) -> Element:
    return _node("MiningSchema", *(_node("MiningField", name=name, invalidValueTreatment="asIs") for name in names))


def _characteristic(card: Scorecard, term: Term, types: Mapping[str, FieldType], following: int) -> Element:
    """Return a characteristic; its baseline is that of `reasons.keys`, in steps: what is lost, then the place, orders reasons."""
    steps = card.scaling.steps(term.points)
    attributes = [
        _node("Attribute", predicate, partialScore=str(int(steps[position])))
        for predicate, position in _branches(term.characteristic, types)
    ]
    if card.reasons is None:
        return _node("Characteristic", *attributes, name=term.name)
    baseline = (reference_steps(term.reference or 0.0, card.scaling) * ROOM + following) / (FINE * ROOM)
    return _node("Characteristic", *attributes, name=term.name, reasonCode=term.name, baselineScore=repr(baseline))


def _stop(card: Scorecard) -> Element:
    """Return the characteristic that ranks behind the last one where points were lost: from its code on, reasons are blank."""
    name = _free(card, "none")
    everyone = _node("Attribute", _node("True"), partialScore="0")
    return _node("Characteristic", everyone, name=name, reasonCode=name, baselineScore=repr(1 / FINE))


def _free(card: Scorecard, name: str) -> str:
    """Return the name, lengthened until no input has it."""
    while name in card.dtypes:
        name += "_"
    return name


def _branches(each: Characteristic, types: Mapping[str, FieldType], *, apart: bool = False) -> Iterator[Branch]:
    """Yield predicates with the position of their bin; the first that is true counts, and the last is always true.

    With `apart` no value is in two of them but the last.
    """
    return _of_numbers(each, apart) if each.kind == "numeric" else _of_levels(each, types[each.name])


def _of_numbers(each: Characteristic, apart: bool) -> Iterator[Branch]:
    missing = each.index("missing")
    codes = {float(found.values[0]): position for position, found in enumerate(each.bins) if found.kind == "special"}
    yield _simple(each.name, "isMissing"), missing
    yield from ((_simple(each.name, "equal", repr(code)), position) for code, position in codes.items())
    for position, (lower, upper) in enumerate(pairwise((None, *each.edges, None))):
        above = [] if lower is None else [_simple(each.name, "greaterOrEqual", repr(float(lower)))]
        below = (
            _simple(each.name, "lessOrEqual", ENDLESS) if upper is None else _simple(each.name, "lessThan", repr(float(upper)))
        )
        others = [_simple(each.name, "notEqual", repr(code)) for code in codes] if apart else []
        yield _joined("and", *above, below, *others), position
    yield _node("True"), missing  # not a number, where the evaluator does not take it as missing


def _of_levels(each: Characteristic, kind: FieldType) -> Iterator[Branch]:
    missing = each.index("missing")
    place = {str(level): position for position, found in enumerate(each.bins) for level in found.values}
    known = {level: position for level, position in place.items() if kind == "string" or WHOLE_NUMBER.fullmatch(level)}
    equals: dict[int, list[Element]] = {}
    for level, position in known.items():
        equals.setdefault(position, []).append(_simple(each.name, "equal", level))
    yield _any(_simple(each.name, "isMissing"), *equals.pop(missing, [])), missing
    yield from ((_any(*found), position) for position, found in equals.items())
    yield _node("True"), each.index("unseen")


def _simple(field: str, operator: str, value: str | None = None) -> Element:
    return _node("SimplePredicate", field=field, operator=operator, value=value)


def _any(*predicates: Element) -> Element:
    return _joined("or", *predicates)


def _joined(operator: str, *predicates: Element) -> Element:
    return predicates[0] if len(predicates) == 1 else _node("CompoundPredicate", *predicates, booleanOperator=operator)


def _outputs(card: Scorecard) -> Iterator[Element]:
    steps = _free(card, "steps")
    yield _node("OutputField", name=steps, feature="predictedValue", isFinalResult="false", **_typed("double"))
    yield _output("score", "double", _score(card, steps))
    yield _output("pd_raw", "double", _pd_raw(card))
    yield _output("pd_calibrated", "double", _pd_calibrated(card))
    yield _output("pd", "double", _pd(card.calibration))
    yield _output("grade", "string", _grade(card))
    if card.reasons is not None:
        yield from _reasons(card, card.reasons.most, card.reasons.cutoff)


def _output(name: str, kind: FieldType, expression: Element) -> Element:
    return _node("OutputField", expression, name=name, feature="transformedValue", **_typed(kind))


def _apply(function: str, *arguments: Element | float) -> Element:
    return _node("Apply", *(each if isinstance(each, Element) else _constant(each) for each in arguments), function=function)


def _constant(value: float | str) -> Element:
    made = _node("Constant", dataType="string" if isinstance(value, str) else "double")
    made.text = value if isinstance(value, str) else repr(float(value))
    return made


def _ref(field: str) -> Element:
    return _node("FieldRef", field=field)


def _score(card: Scorecard, steps: str) -> Element:
    scaling, found = card.scaling, _ref(steps)
    if scaling.maximum is not None:
        found = _apply("min", found, float(scaling.steps(scaling.maximum)))
    if scaling.minimum is not None:
        found = _apply("max", found, float(scaling.steps(scaling.minimum)))
    return found if scaling.unit == 1 else _apply("/", found, scaling.unit)


def _pd_raw(card: Scorecard) -> Element:
    odds = _apply("exp", _apply("/", _apply("-", _ref("score"), card.scaling.offset), card.scaling.factor))
    return _apply("/", 1, _apply("+", 1, odds))


def _pd_calibrated(card: Scorecard) -> Element:
    calibration, raw = card.calibration, _ref("pd_raw")
    if calibration.method == "none":
        return raw
    if calibration.method == "isotonic":
        cuts = [each.lower_score for each in calibration.steps if each.lower_score is not None]
        return _banded(cuts, [repr(float(each.pd)) for each in calibration.steps], "double")
    if calibration.method == "beta":
        # ln p = -softplus(-z) and ln(1 - p) = -softplus(z): of a PD that rounds to 1 the logarithm would be lost
        of_bad = _apply("*", calibration.slope, _softplus(_apply("-", 0, _odds(card))))
        of_good = _apply("*", calibration.complement, _softplus(_odds(card)))
        return _logistic(_apply("+", _apply("-", calibration.intercept, of_bad), of_good))
    return _logistic(_apply("+", calibration.intercept, _apply("*", calibration.slope, _odds(card))))


def _odds(card: Scorecard) -> Element:
    """Return the log-odds of bad that the score stands for."""
    return _apply("/", _apply("-", card.scaling.offset, _ref("score")), card.scaling.factor)


def _softplus(value: Element) -> Element:
    return _apply("ln", _apply("+", 1, _apply("exp", value)))


def _logistic(logit: Element) -> Element:
    return _apply("/", 1, _apply("+", 1, _apply("exp", _apply("-", 0, logit))))


def _pd(calibration: Calibration) -> Element:
    found = _ref("pd_calibrated")
    if calibration.shift:
        odds = _apply("/", found, _apply("-", 1, _ref("pd_calibrated")))
        found = _logistic(_apply("+", _apply("ln", odds), calibration.shift))
    return _apply("max", found, calibration.floor) if calibration.floor else found


def _grade(card: Scorecard) -> Element:
    if not card.grades:
        return _node("Constant", dataType="string", missing="true")
    worst_first = card.grades[::-1]
    cuts = [each.lower_score for each in worst_first if each.lower_score is not None]
    return _banded(cuts, [each.name for each in worst_first], "string")


def _banded(cuts: Sequence[float], values: Sequence[str], kind: FieldType) -> Element:
    """Return the value of the score's band; the bands lie between the cuts, closed on the left."""
    if not cuts:
        return _constant(values[0] if kind == "string" else float(values[0]))
    sides = pairwise((None, *(repr(float(cut)) for cut in cuts), None))
    bins = [
        _node(
            "DiscretizeBin",
            _node("Interval", closure="closedOpen" if lower else "openOpen", leftMargin=lower, rightMargin=upper),
            binValue=value,
        )
        for (lower, upper), value in zip(sides, values, strict=True)
    ]
    return _node("Discretize", *bins, field="score", dataType=kind)


def _reasons(card: Scorecard, most: int, cutoff: float | None) -> Iterator[Element]:
    """Yield the ranks that the evaluator makes, and the reasons: blank from the stop on, and at or above the cut-off."""
    stop = _free(card, "none")
    for place in range(1, most + 1):
        rank = _free(card, f"rank_{place}")
        yield _node("OutputField", name=rank, feature="reasonCode", rank=str(place), isFinalResult="false", **_typed("string"))
        found = _apply("if", _apply("notEqual", _ref(rank), _constant(stop)), _ref(rank))
        if place > 1:
            found = _apply("if", _apply("isNotMissing", _ref(f"reason_{place - 1}")), found)
        elif cutoff is not None:
            found = _apply("if", _apply("lessThan", _ref("score"), cutoff), found)
        yield _output(f"reason_{place}", "string", found)
