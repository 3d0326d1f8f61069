"""The page of a rerun certificate: the verdict on top, then what was changed, what came out, and by which rules it was compared."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from scorecard.equivalence.reading import number
from scorecard.report import numbers, pages

COLOURS = {"REPRODUCED": "green", "EXPLAINED": "amber", "DIFFERENT": "red", "NOT COMPARABLE": "not computable"}
LONGEST, SHORT_HASH = 48, 12  # characters of a value on the page; the table beside it has all
HASH = re.compile(r"[0-9a-f]{64}")
FILE = "rerun_differences.csv"


def render_rerun(certificate: Mapping[str, Any], language: str = "en") -> str:
    """Return a rerun certificate as one HTML page that needs nothing from outside.

    Parameters
    ----------
    certificate : mapping
        As `equivalence.Certificate.to_dict` gives it.
    language : {"en", "zh"}
    """
    first = certificate["differences"]["first"]
    return pages.page(
        "rerun.html.j2", language, certificate=certificate, colour=COLOURS[certificate["verdict"]], first=first, shown=shown,
        packages=_packages(certificate), facts=_facts(certificate), file=FILE, excluded=_excluded(certificate),
    )  # fmt: skip


def shown(value: Any, other: Any = None) -> str:
    """Return a value as the page writes it: numbers with six digits, or all where that would hide the difference; long texts are cut.

    Examples
    --------
    >>> shown(0.76948924, 0.7712), shown(0.76948924, 0.76948925), shown(None)
    ('0.769489', '0.76948924', '–')
    >>> shown("a" * 60)[-3:], shown("0123456789abcdef" * 4)
    ('aa…', '0123456789ab…')
    """
    if value is None:
        return "–"
    first, second = number(value), number(other)
    if first is not None:
        short = numbers.plain(first)
        return short if second is None or short != numbers.plain(second) else str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    most = SHORT_HASH if HASH.fullmatch(text) else LONGEST
    return text if len(text) <= most else f"{text[:most]}…"


def _facts(certificate: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is known of both sides, a row a fact."""
    sides = [certificate[side] for side in ("origin", "rerun")]
    rows = [("run", *(side["run"] for side in sides))]
    names = dict.fromkeys(name for side in sides for name in side["facts"])
    return rows + [(name, *(side["facts"].get(name, "") for side in sides)) for name in names]


def _packages(certificate: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the packages whose versions differ."""
    before, after = (certificate[side]["packages"] for side in ("origin", "rerun"))
    if not before or not after:
        return []
    return [
        (name, before.get(name, ""), after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _excluded(certificate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what was left out, patterns of the same reason together."""
    found: dict[str, dict[str, Any]] = {}
    for rule in certificate["excluded"]:
        row = found.setdefault(rule["reason"], {"reason": rule["reason"], "what": [], "count": 0})
        row["what"].append(rule["artefact"] if rule["place"] == "*" else f"{rule['artefact']}: {rule['place']}")
        row["count"] += rule["count"]
    return list(found.values())
