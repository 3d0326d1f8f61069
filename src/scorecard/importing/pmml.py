"""Read a PMML `Scorecard`: of the attributes that let a value through, the first one counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import inf
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError  # of what defusedxml has read

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as Xml

from scorecard.contracts import Dtype
from scorecard.errors import DataError
from scorecard.importing.card import Attribute, Written
from scorecard.importing.predicates import Asked, number, parts
from scorecard.woe import Bin, interval

DTYPES: dict[str, Dtype] = {
    "integer": "integer", "double": "number", "float": "number", "string": "text", "boolean": "boolean", "date": "date",
}  # fmt: skip
COMPUTED = ("Targets", "LocalTransformations", "ComplexPartialScore")  # scores and fields that no points table has
UNREAD = "Outputs of the document are not read: limits of the score, and PDs, have to be given."
Placed = tuple[int, Asked]  # the place of an attribute, and something it lets through


def read_pmml(path: Path) -> Written:
    """Read the one `Scorecard` of a PMML document: attributes, initial score and types. Its outputs are not read.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DataError
        Where it is no such document, or holds what a points table cannot: several models, computed scores or fields,
        replaced values, or a characteristic of several fields.

    References
    ----------
    Data Mining Group (2019), PMML 4.4, Scorecard.
    """
    try:
        model, types = _document(path)
        found = [attribute for each in model.iter("Characteristic") for attribute in _attributes(each, types)]
        initial = number(model.get("initialScore", "0"))
    except RecursionError as error:
        raise DataError(f"{path.name} cannot be imported: its predicates are nested too deep. Import a points table.") from error
    except ValueError as error:
        raise DataError(f"{path.name} cannot be imported: it {error}. Mend the document, or import a points table.") from error
    notes = (UNREAD,) if model.find("Output") is not None else ()
    return Written(tuple(found), initial, notes, types)


def _document(path: Path) -> tuple[Element, dict[str, Dtype]]:
    try:
        root = Xml.parse(path).getroot()
    except (OSError, ParseError, DefusedXmlException) as error:
        raise DataError(f"{path.name} cannot be read as XML ({type(error).__name__}); expected PMML. Export it again.") from error
    for each in root.iter():
        each.tag = re.sub(r"^{.*}", "", each.tag)
    models = list(root.iter("Scorecard"))
    if len(models) != 1:
        raise ValueError(f"has {len(models)} Scorecard models, and one is expected")
    _refuse_validity(root)
    _refuse_computed(models[0])
    return models[0], {each.get("name", ""): DTYPES.get(each.get("dataType", ""), "text") for each in root.iter("DataField")}


def _refuse_validity(root: Element) -> None:
    """Refuse what a data dictionary says of missing and invalid values: a points table has rows for them."""
    for field in root.iter("DataField"):
        for each in field:
            if each.tag == "Interval" or each.get("property", "valid") != "valid":
                raise ValueError(f"says in its data dictionary which values of {field.get('name')} are missing or invalid")
    for each in root.iter("MiningField"):
        if each.get("invalidValueTreatment", "returnInvalid") not in {"returnInvalid", "asIs"}:
            raise ValueError(f"treats invalid values of {each.get('name')} as {each.get('invalidValueTreatment')}")


def _refuse_computed(model: Element) -> None:
    for each in model.iter():
        if each.tag in COMPUTED:
            raise ValueError(f"has {each.tag}, which no points table has")
        if each.tag == "MiningField" and (each.get("missingValueReplacement") or each.get("outliers", "asIs") != "asIs"):
            raise ValueError(f"replaces values of {each.get('name')}")
    asked = [_field(each) for each in model.iter("Characteristic")]
    if twice := next((field for field in asked if asked.count(field) > 1), None):
        raise ValueError(f"has two characteristics that ask for {twice}")


def _field(characteristic: Element) -> str:
    fields = sorted({each.get("field", "") for each in characteristic.iter() if each.get("field")})
    if len(fields) != 1:
        raise ValueError(f"has the characteristic {characteristic.get('name')}, which asks for {', '.join(fields) or 'no field'}")
    return fields[0]


def _attributes(characteristic: Element, types: dict[str, Dtype]) -> list[Attribute]:
    name, field = characteristic.get("name"), _field(characteristic)
    if field not in types:
        raise ValueError(f"asks for {field}, which is not in its data dictionary")
    try:
        elements = list(characteristic.iter("Attribute"))
        scores = [number(each.get("partialScore")) for each in elements]
        asked = [(place, part) for place, each in enumerate(elements) for part in parts(_predicate(each))]
        pieces = list(_numbers(asked) if _numeric(asked, types[field]) else _levels(asked))
    except ValueError as error:
        raise ValueError(f"has the characteristic {name}, which {error}") from error
    return [Attribute(f"attribute {place + 1} of {name}", field, (each,), scores[place]) for place, each in pieces]


def _predicate(attribute: Element) -> Element:
    found = [each for each in attribute if each.tag != "Extension"]
    if len(found) != 1:
        raise ValueError(f"has an attribute with {len(found)} predicates")
    return found[0]


def _numeric(asked: Sequence[Placed], dtype: Dtype) -> bool:
    """Whether it has intervals: comparisons, or of a floating-point field the values that it does not name."""
    return any(part.is_interval for _, part in asked) or dtype == "number"


def _numbers(asked: Sequence[Placed]) -> Iterator[tuple[int, Bin]]:
    ends = {end for _, part in asked if part.is_interval for end in (part.lower, part.upper)}
    merged: list[tuple[int, float, float]] = []
    for lower, upper in pairwise(sorted(ends | {-inf, inf})):
        place = _first(asked, _taking(lower))
        if merged and merged[-1][0] == place:
            place, lower, _ = merged.pop()  # noqa: PLW2901  the piece before goes on
        merged.append((place, lower, upper))
    for place, lower, upper in merged:
        yield place, interval(None if lower == -inf else lower, None if upper == inf else upper)
    for code in dict.fromkeys(number(value) for _, part in asked for value in part.values or ()):
        yield _first(asked, _taking(code, code=True)), Bin("special", f"{code:.12g}", values=(code,))
    yield from _others(asked, "missing")


def _levels(asked: Sequence[Placed]) -> Iterator[tuple[int, Bin]]:
    seen: set[str] = set()
    for place, part in asked:
        if part.everything:
            break
        levels = tuple(dict.fromkeys(value for value in part.values or () if value not in seen))
        seen |= set(levels)
        if levels:
            yield place, Bin("category", ", ".join(levels), values=levels)
    yield from _others(asked, "missing")
    yield from _others(asked, "unseen")


def _others(asked: Sequence[Placed], kind: str) -> Iterator[tuple[int, Bin]]:
    """Yield the attribute of missing or of unseen values, where there is one."""
    found = (place for place, part in asked if part.everything or (part.missing and kind == "missing"))
    if (place := next(found, None)) is not None:
        yield place, Bin("missing" if kind == "missing" else "unseen", kind)


def _taking(value: float, *, code: bool = False) -> Callable[[Asked], bool]:
    return lambda part: part.takes(value, code=code)


def _first(asked: Sequence[Placed], takes: Callable[[Asked], bool]) -> int:
    for place, part in asked:
        if takes(part):
            return place
    raise ValueError("leaves numbers without points")
