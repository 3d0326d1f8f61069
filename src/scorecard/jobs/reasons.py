"""One applicant's reasons and notice, from a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scorecard import reasons
from scorecard.errors import DataError
from scorecard.model import Scorecard


def applicant(path: Path) -> dict[str, Any]:
    """Read one applicant: a JSON object of column and value.

    Raises
    ------
    DataError
        Where the file is missing or holds something else.
    """
    if not path.is_file():
        raise DataError(f"{path} is not a file; expected one applicant as a JSON object. Check the path.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON; expected one applicant as an object of column and value. Mend the file.") from error
    if not isinstance(found, dict):
        raise DataError(f"{path} holds a {type(found).__name__}; expected one applicant as an object of column and value.")
    return found


def explained(card: Scorecard, row: Mapping[str, Any], language: str = "en") -> dict[str, Any]:
    """Return what an applicant scores and why points were lost, for those who decide.

    Raises
    ------
    SettingsError
        Where the scorecard has no reasons, or the language is unknown.
    DataError
        Where an input is missing or of another type.
    """
    scored = card.score(reasons.customer(card, row))
    grade = card.grade_names()[int(scored.grade[0])] if card.grades else None
    return {
        "scorecard": {"name": card.name, "sha256": card.sha256},
        "score": float(scored.score[0]),
        "pd": float(scored.pd[0]),
        "grade": grade,
        "reasons": [asdict(each) for each in reasons.explain(card, row, language)[0]],
    }


def in_words(found: Mapping[str, Any]) -> str:
    """Return what `explained` found as a few lines."""
    grade = "" if found["grade"] is None else f", grade {found['grade']}"
    lines = [f"score {found['score']:.12g}, PD {found['pd']:.4f}{grade}"]
    lines += [
        f"{number}. {each['text']} ({each['bin']}): {each['points']:.12g} points, {each['shortfall']:.2f} below {each['reference']:.12g}"
        for number, each in enumerate(found["reasons"], start=1)
    ]
    return "\n".join(lines if found["reasons"] else [*lines, "no reasons: nothing was lost, or the score reaches the cut-off"])
