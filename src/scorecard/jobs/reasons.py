"""One applicant's reasons and notice, from a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scorecard import reasons
from scorecard.contracts import Contract
from scorecard.errors import DataError
from scorecard.model import Scorecard
from scorecard.tracking.registry import Version


def read(path: Path) -> dict[str, Any]:
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


def explained(version: Version, applicant: Path, language: str = "en") -> dict[str, Any]:
    """Return what an applicant scores, why points were lost, and what would reach the cut-off, for those who decide.

    Parameters
    ----------
    version : Version
        A registered model, whose contract says what a customer can change, or a file.
    applicant : Path
        JSON object of column and value.
    language : {"en", "zh"}

    Raises
    ------
    SettingsError
        Where the scorecard has no reasons, or the language is unknown.
    DataError
        Where an input is missing or of another type.
    """
    card, row = Scorecard.load(version.path), read(applicant)
    scored = card.score(reasons.customer(card, row))
    grade = card.grade_names()[int(scored.grade[0])] if card.grades else None
    cutoff, changeable = card.reasons.cutoff if card.reasons else None, _changeable(version)
    told = {
        "scorecard": {"name": card.name, "sha256": card.sha256},
        "score": float(scored.score[0]),
        "pd": float(scored.pd[0]),
        "grade": grade,
        "reasons": [asdict(each) for each in reasons.explain(card, row, language)[0]],
        "cutoff": cutoff,
        "approval": None,
    }
    if cutoff is not None and changeable and scored.score[0] < cutoff:
        told["approval"] = asdict(reasons.points_to_approval(card, row, changeable, cutoff))
    return told


def notice(version: Version, applicant: Path, language: str = "en") -> dict[str, Any]:
    """Return the notice to a declined applicant; places for the creditor's own words stay open.

    Raises
    ------
    SettingsError, DataError, EvidenceError
        As in `reasons.notice`.
    """
    return reasons.notice(Scorecard.load(version.path), read(applicant), language)


def letter(made: Mapping[str, Any]) -> str:
    """Return a notice as plain text."""
    return reasons.notice_text(made)


def _changeable(version: Version) -> set[str]:
    path = version.path.parent / "contract.json"
    if not path.is_file():
        return set()
    contract = Contract.model_validate(json.loads(path.read_text(encoding="utf-8")))
    return {name for name, column in contract.columns.items() if column.changeable}


def in_words(found: Mapping[str, Any]) -> str:
    """Return what `explained` found as a few lines."""
    grade = "" if found["grade"] is None else f", grade {found['grade']}"
    lines = [f"score {found['score']:.12g}, PD {found['pd']:.4f}{grade}"]
    lines += [
        f"{number}. {each['text']} ({each['bin']}): {each['points']:.12g} points, {each['shortfall']:.2f} below {each['reference']:.12g}"
        for number, each in enumerate(found["reasons"], start=1)
    ]
    if found["approval"]:
        lines.append(f"{found['approval']['missing']:.12g} points are missing to the cut-off {found['approval']['cutoff']:.12g}")
        lines += [f"- {' and '.join(_change(each) for each in way)}" for way in found["approval"]["ways"]]
    if not found["reasons"]:
        reached = found["cutoff"] is not None and found["score"] >= found["cutoff"]
        lines.append(
            f"no reasons: the score reaches the cut-off {found['cutoff']:.12g}" if reached else "no reasons: no points were lost"
        )
    return "\n".join(lines)


def _change(each: Mapping[str, Any]) -> str:
    return f"{each['code']}: '{each['now']}' -> '{each['then']}' ({each['points']:+.12g} points)"
