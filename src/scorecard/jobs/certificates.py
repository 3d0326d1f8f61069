"""The documents of a rerun certificate: JSON, the page, the table of every difference, and a few lines for the terminal."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas

from scorecard import messages
from scorecard.equivalence import Certificate, Difference
from scorecard.jobs import files
from scorecard.report import render_rerun

JSON, PAGE, DIFFERENCES = "rerun_certificate.json", "rerun_certificate.html", "rerun_differences.csv"
SHORT = 60  # characters of a value in the terminal


def documents(found: Certificate, language: str) -> dict[str, bytes]:
    """Return the files of a certificate by name."""
    content = found.to_dict()
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return {JSON: text.encode(), PAGE: render_rerun(content, language).encode(), DIFFERENCES: _table(found).encode()}


def save(found: Certificate, folder: Path, language: str) -> Path:
    """Write a certificate's files into a folder; return its page.

    Raises
    ------
    DataError
        Where they cannot be written.
    """
    for name, content in documents(found, language).items():
        files.save(content, folder / name)
    return folder / PAGE


def _table(found: Certificate) -> str:
    """Return every difference as CSV."""
    rows = [asdict(each) | {name: _cell(getattr(each, name)) for name in ("before", "after")} for each in found.differences]
    return str(pandas.DataFrame(rows, columns=[each.name for each in fields(Difference)]).to_csv(index=False))


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def in_words(found: Certificate) -> str:
    """Return the verdict, what was changed, and what came out, as a few lines."""
    whole = found.to_dict()
    named = f", rerun {found.rerun.run[:8]}" if found.rerun.run else ""
    lines = [f"{found.outcome.value}  {found.name}, run {found.origin.run[:8]}{named}"]
    lines += [messages.render(each) for each in (*found.missing, *found.notes)]
    lines += [f"changed: {each.kind} {each.name} from {_short(each.before)} to {_short(each.after)}" for each in found.changes]
    if whole["compared"]:
        lines.append(messages.text("rerun.compared", **whole["compared"]))
        lines.append(
            messages.text("rerun.tally", count=len(found.differences), flips=len(found.flips), unexplained=len(found.unexplained))
        )
    lines += [f"{each.step} {each.place}: {each.before} -> {each.after}" for each in found.flips]
    if first := whole["differences"]["first"]:
        values = f"{_short(first['before'])} -> {_short(first['after'])}"
        lines.append(f"first: {first['step']}/{first['artefact']} {first['place']}: {values}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = str(_cell(value))
    return text if len(text) <= SHORT else f"{text[:SHORT]}..."
