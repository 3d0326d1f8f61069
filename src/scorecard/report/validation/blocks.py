"""The pieces that every section of a report is made of: plain values, from which each format writes its own.

A text is named by the key of its message, so that one document is read in any language; words of the data stand as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Block = dict[str, Any]
Row = Mapping[str, Any]


def text(key: str, **values: Any) -> Block:
    """Return a paragraph of a message."""
    return {"kind": "text", "key": key, "values": values}


def words(content: str | None, missing: str) -> Block:
    """Return a paragraph of the data's own words; where there are none, what is missing."""
    return {"kind": "words", "text": content} if content else {"kind": "missing", "names": [missing]}


def listed(caption: str, items: Iterable[str]) -> list[Block]:
    """Return a list of the data's own words under a heading; nothing where it is empty."""
    kept = list(items)
    return [{"kind": "list", "caption": caption, "items": kept}] if kept else []


def readings(rows: Iterable[Row]) -> list[Block]:
    """Return messages with their values, a line each; nothing where there are none."""
    kept = [{"key": row["key"], "values": dict(row["values"])} for row in rows]
    return [{"kind": "readings", "rows": kept}] if kept else []


def pairs(values: Mapping[str, Any], kinds: Mapping[str, str] | None = None) -> Block:
    """Return names with values; `kinds` says of a name by which messages its value is told."""
    known = kinds or {}
    return {"kind": "pairs", "rows": [{"name": name, "value": value, "as": known.get(name)} for name, value in values.items()]}


def table(caption: str, rows: Sequence[Row], columns: Sequence[str] = (), **values: Any) -> list[Block]:
    """Return a table under its caption; nothing where there are no rows."""
    if not rows:
        return []
    shown = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    kept = [{name: row.get(name) for name in shown} for row in rows]
    return [{"kind": "table", "caption": caption, "values": values, "columns": shown, "rows": kept}]


def results(caption: str, rows: Sequence[Row], *, full: bool = False) -> list[Block]:
    """Return results of tests, in full with sources and what could have been seen; nothing where there are none."""
    return [{"kind": "results", "caption": caption, "full": full, "rows": list(rows)}] if rows else []


def figure(name: str, caption: str, content: Any, **options: Any) -> list[Block]:
    """Return a figure with the table behind it; nothing where that is empty."""
    return [{"kind": "figure", "name": name, "caption": caption, "content": content, "options": options}] if content else []


def finding(row: Row) -> Block:
    """Return a drafted finding."""
    return {"kind": "finding", "finding": dict(row)}


def blank(prompt: str, lines: int = 3) -> Block:
    """Return a place that only a person may fill, and how many lines it leaves free."""
    return {"kind": "blank", "prompt": prompt, "lines": lines}
