"""The JSON Schema of each format of `scorecard.json`, and whether a file conforms to it.

The few keywords that the schemas use are read here, because a scorecard is loaded in milliseconds: the package
jsonschema, which tests hold this module to, imports a grammar of web addresses for up to two seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description"})
SHOWN = 60  # characters of a value in a message
Fault = tuple[str, str]


def fault(content: Mapping[str, Any], version: str) -> str | None:
    """Return the first thing in which a parsed file breaks the schema of its format, or None where it conforms.

    Parameters
    ----------
    content : mapping
        The whole file, its hash included.
    version : str
        Such as ``scorecard/2``.
    """
    root = _parsed(version)
    return next((f"{place.lstrip('.') or 'its top'}: {told}" for place, told in faults(content, root, root)), None)


@cache
def text(version: str) -> str:
    """Return the JSON Schema of a format.

    Examples
    --------
    >>> json.loads(text("scorecard/2"))["title"]
    'Scorecard, format 2'
    """
    name = version.replace("/", "-") + ".schema.json"
    return resources.files(__package__).joinpath("schemas", name).read_text(encoding="utf-8")


@cache
def _parsed(version: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text(version))
    return parsed


def faults(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any], place: str = "") -> Iterator[Fault]:
    """Yield where a value breaks a rule of JSON Schema, and how.

    Parameters
    ----------
    value : Any
        As `json` reads it.
    rule, root : mapping
        A schema, and the whole one that its references point into.
    place : str
        Of the value.

    References
    ----------
    JSON Schema, draft 2020-12: core and validation vocabularies.
    """
    for keyword, expected in rule.items():
        if keyword in ("$ref", "anyOf"):
            yield from _of_another(value, expected, root, place)
        elif keyword in CHECKS and not CHECKS[keyword](value, expected):
            yield place, f"{_shown(value)}; expected {keyword} {_listed(expected)}"
    if isinstance(value, dict):
        yield from _of_object(value, rule, root, place)
    if isinstance(value, list) and "items" in rule:
        for position, item in enumerate(value):
            yield from faults(item, rule["items"], root, f"{place}[{position}]")


def _of_another(value: Any, expected: Any, root: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """Yield the faults by a reference, or by the last of alternatives where none holds."""
    if isinstance(expected, str):
        yield from faults(value, root["$defs"][expected.removeprefix("#/$defs/")], root, place)
    elif all(any(faults(value, each, root)) for each in expected):
        yield from faults(value, expected[-1], root, place)


def _of_object(value: Mapping[str, Any], rule: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[Fault]:
    known, others = rule.get("properties", {}), rule.get("additionalProperties", True)
    for key in rule.get("required", ()):
        if key not in value:
            yield place, f"{key} is not there; expected it"
    for key, item in value.items():
        inner = known.get(key, others)
        if inner is False:
            yield place, f"{key!r} is no key of the format; expected {', '.join(known)}"
        elif inner is not True:
            yield from faults(item, inner, root, f"{place}.{key}")


def _is(value: Any, expected: str | list[str]) -> bool:
    return any(KINDS[name](value) for name in ([expected] if isinstance(expected, str) else expected))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, expected: Any) -> bool:
    return isinstance(value, bool) == isinstance(expected, bool) and bool(value == expected)


def _shown(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + "..."


def _listed(expected: Any) -> str:
    return " or ".join(map(str, expected)) if isinstance(expected, list) else str(expected)


KINDS: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _number,
    "integer": lambda value: _number(value) and value == value // 1,
}
CHECKS: dict[str, Callable[[Any, Any], bool]] = {
    "type": _is,
    "enum": lambda value, expected: any(_same(value, each) for each in expected),
    "const": _same,
    "minimum": lambda value, expected: not _number(value) or value >= expected,
    "maximum": lambda value, expected: not _number(value) or value <= expected,
    "exclusiveMinimum": lambda value, expected: not _number(value) or value > expected,
    "exclusiveMaximum": lambda value, expected: not _number(value) or value < expected,
    "minLength": lambda value, expected: not isinstance(value, str) or len(value) >= expected,
    "minItems": lambda value, expected: not isinstance(value, list) or len(value) >= expected,
    "pattern": lambda value, expected: not isinstance(value, str) or re.search(expected, value) is not None,
}
