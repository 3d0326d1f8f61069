"""What an artefact holds, as plain values: JSON as it is, CSV as rows, text as its lines, a figure and anything else as its hash."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
WHOLE = re.compile(r"[+-]?\d+")
TEXTS = (".txt", ".md", ".sql", ".yaml", ".yml", ".xml", ".pmml", ".py")


def content(path: Path) -> Any:
    """Return what an artefact holds.

    A CSV is a list of rows, a row a mapping of column to text; an empty field is None. What says to be JSON or text and is not
    is taken as bytes, whose hash is its content.
    """
    raw = path.read_bytes()
    try:
        return _parsed(path.suffix.lower(), raw)
    except (ValueError, csv.Error):  # also what is not UTF-8, and a field that is longer than a table's may be
        return hashlib.sha256(raw).hexdigest()


def _parsed(suffix: str, raw: bytes) -> Any:
    if suffix == ".json":
        return json.loads(raw, parse_constant=str)
    if suffix == ".csv":
        return _rows(raw.decode("utf-8"))
    if suffix in TEXTS:
        return raw.decode("utf-8").splitlines()
    return hashlib.sha256(raw).hexdigest()


def _rows(text: str) -> Any:
    """Return a CSV's rows; its lines where two columns share a name, for a row would keep one of them."""
    rows = csv.DictReader(StringIO(text, newline=""), restkey="more")
    if len(set(rows.fieldnames or ())) < len(rows.fieldnames or ()):
        return text.splitlines()
    return [{str(name): value if value != "" else None for name, value in row.items()} for row in rows]


def number(value: Any) -> float | None:
    """Return a number, also one that is written as text; None where it is none.

    Examples
    --------
    >>> number("1.5e-3"), number(2), number("007 b"), number(True)
    (0.0015, 2.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        return None
    found = float(value)
    return found if isfinite(found) else None


def is_whole(value: Any) -> bool:
    """Whether a number is written as a whole one: a count, which has no last bits to differ in.

    Examples
    --------
    >>> is_whole("273"), is_whole(273), is_whole(273.0)
    (True, True, False)
    """
    return isinstance(value, int) or (isinstance(value, str) and WHOLE.fullmatch(value) is not None)
