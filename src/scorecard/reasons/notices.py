"""The notice of adverse action: the specific reasons a customer is told, as JSON and as plain text.

What the law of a place asks for beyond them, and whether a notice is due, is for the creditor to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from math import fsum
from typing import Any

import yaml

from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.model import Scorecard, Segment, Term
from scorecard.reasons.explaining import LANGUAGES, customer, explain
from scorecard.settings import nearest

PLACES = ("creditor", "date", "applicant", "action", "rights")


def notice(
    card: Scorecard, row: Mapping[str, Any], language: str = "en", filled: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the content of a notice of adverse action to one customer, ready for JSON.

    It holds the customer's score and reasons, and nothing of other customers: no bins, points or reference points.

    Parameters
    ----------
    card : Scorecard
        With reasons.
    row : mapping of column to value
        The customer.
    language : str
        One of `LANGUAGES`.
    filled : mapping of place to text, optional
        What the creditor writes: any of `PLACES`; the others stay as marked places.

    Raises
    ------
    SettingsError
        Where the language or a place is unknown, or the scorecard has no reasons.
    DataError
        Where the customer is at or above the cut-off, an input is missing, or of another type.
    EvidenceError
        Where the customer lost no points, so that there is no specific reason.

    References
    ----------
    Regulation B, 12 CFR 1002.9(a)(2) and (b)(2), its official interpretations, paragraph 9(b)(2), and sample form C-3 of
    appendix C; Fair Credit Reporting Act, section 615(a): the score, its range and its key factors.
    """
    texts = _texts(language)
    _refuse_places(filled or {})
    score = float(card.score(customer(card, row)).score[0])
    reasons = explain(card, row, language)[0]
    _refuse_none(card, score, len(reasons))
    lowest, highest = score_range(card)
    return {
        "language": language,
        **{place: (filled or {}).get(place, texts[place]) for place in PLACES},
        "reasons": [{"code": each.code, "text": each.text} for each in reasons],
        "score": {"value": score, "lowest": lowest, "highest": highest},
        "scorecard": {"name": card.name, "sha256": card.sha256},
    }


def notice_text(made: Mapping[str, Any]) -> str:
    """Return a notice, as `notice` made it, as plain text."""
    texts = _texts(made["language"])
    reasons = "\n".join(f"{number}. {_line(each['text'])}" for number, each in enumerate(made["reasons"], start=1))
    score = {key: f"{value:.12g}" for key, value in made["score"].items()}
    return texts["letter"].format(**{place: made[place] for place in PLACES}, reasons=reasons, **score)


def score_range(card: Scorecard) -> tuple[float, float]:
    """Return the lowest and the highest score that the scorecard can give."""
    every = [[_limit(card, segment, side) for segment in card.segments] for side in (min, max)]
    low, high = card.scaling.total(card.scaling.steps([min(every[0]), max(every[1])]))
    return float(low), float(high)


def _limit(card: Scorecard, segment: Segment, side: Any) -> float:
    return fsum([segment.base, *(side(_reachable(term)) for term in segment.terms)])


def _reachable(term: Term) -> list[float]:
    """Return the points that a customer can get; no number is ever an unseen level."""
    never = "unseen" if term.characteristic.kind == "numeric" else None
    return [points for points, each in zip(term.points, term.characteristic.bins, strict=True) if each.kind != never]


def _refuse_places(filled: Mapping[str, str]) -> None:
    for place in filled:
        if place not in PLACES:
            raise SettingsError(f"The notice has no place {place}; expected {', '.join(PLACES)}. {nearest(place, list(PLACES))}")


def _refuse_none(card: Scorecard, score: float, reasons: int) -> None:
    cutoff = None if card.reasons is None else card.reasons.cutoff
    if cutoff is not None and score >= cutoff:
        raise DataError(
            f"The customer's score {score:.12g} reaches the cut-off {cutoff:.12g}; expected one below it. "
            "Give the reasons of the rule that refused the customer."
        )
    if not reasons:
        raise EvidenceError(
            f"The customer lost no points against the reference customers of the scorecard {card.name}; expected a specific reason. "
            "Compare with the customers at the cut-off."
        )


def _line(text: str) -> str:
    return " ".join(text.split())


@cache
def _texts(language: str) -> dict[str, str]:
    if language not in LANGUAGES:
        raise SettingsError(f"language is {language!r}; expected one of {', '.join(LANGUAGES)}. Change the parameter.")
    file = resources.files(__package__).joinpath("texts", f"{language}.yaml")
    texts: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return texts
