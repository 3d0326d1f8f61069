"""The model card of a scorecard for a risk committee: a JSON document, and the page rendered from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from scorecard import figures
from scorecard.errors import DataError
from scorecard.exports.certificate import Certificate
from scorecard.report import pages
from scorecard.report.facts import CardFacts
from scorecard.report.items import ITEMS

__all__ = ["CardFacts", "card", "render"]

SCHEMA = "card/1"
_MOST_MOVED = 6  # characteristics drawn; the table has all
# Sections of Mitchell et al. (2019), Model Cards for Model Reporting; points of Annex IV, Regulation (EU) 2024/1689.
MAPPING = {
    "1_identity": ("Model Details", "1"),
    "2_decision": ("–", "–"),
    "3_use": ("Intended Use", "1"),
    "4_population": ("Training Data, Evaluation Data", "2"),
    "5_target": ("Training Data", "2"),
    "6_method": ("Model Details", "2"),
    "7_performance": ("Metrics, Quantitative Analyses", "3, 4"),
    "8_calibration": ("Metrics, Quantitative Analyses", "3, 4"),
    "9_stability": ("Factors, Quantitative Analyses", "3"),
    "10_fairness": ("Factors, Ethical Considerations", "3"),
    "11_explanation": ("Ethical Considerations", "3"),
    "12_limits": ("Caveats and Recommendations", "3, 5"),
    "13_cutoff": ("Metrics", "4"),
    "14_monitoring": ("Caveats and Recommendations", "9"),
    "15_validation": ("Quantitative Analyses", "2"),
    "16_approvals": ("Model Details", "6"),
    "17_hashes": ("Model Details", "2, 6"),
}


def card(facts: CardFacts) -> dict[str, Any]:
    """Return the model card as plain values: the JSON document that every page is rendered from.

    Parameters
    ----------
    facts : CardFacts

    Returns
    -------
    dict
        ``schema`` (``card/1``), seventeen items ``1_identity`` to ``17_hashes``, each with the list of what is
        ``missing``, and an ``annex``; only text, numbers, lists and mappings, without NaN.

    References
    ----------
    Mitchell et al. (2019), Model Cards for Model Reporting, section 4.
    """
    annex = {
        "characteristics": facts.characteristics,
        "results": [result.to_dict() for result in facts.results],
        "selection": facts.selection,
        "edits": facts.edits,
        "exports": [] if facts.certificate is None else Certificate.from_dict(facts.certificate).table().to_dict("records"),
        "mapping": [{"item": item, "mitchell": section, "annex_iv": point} for item, (section, point) in MAPPING.items()],
    }
    return {"schema": SCHEMA} | {name: plain(build(facts)) for name, build in ITEMS.items()} | {"annex": plain(annex)}


def render(card: Mapping[str, Any], language: str = "en") -> str:
    """Return the model card as one HTML page that needs nothing from outside.

    Parameters
    ----------
    card : mapping
        What `card` returned, or the same read back from JSON.
    language : {"en", "zh"}

    Raises
    ------
    DataError
        Where the document is not of the schema ``card/1``.
    """
    if card.get("schema") != SCHEMA:
        raise DataError(
            f"the model card has the schema {card.get('schema')!r}, expected {SCHEMA!r}. Build it again from the run."
        )
    return pages.page("card.html.j2", language, card=card, svg=_figures(card, language))


def _figures(card: Mapping[str, Any], language: str) -> dict[str, Any]:
    rows, grades = card["7_performance"]["comparison"], card["8_calibration"]["grades"]
    moved, bands = card["9_stability"], card["13_cutoff"]["strategy"]
    largest = sorted(moved["characteristics"], key=lambda row: -row["csi"])[:_MOST_MOVED]
    drawn = bool(bands) and all({"band", "goods", "bads"} <= row.keys() for row in bands)
    return {
        "bins": [figures.bins(_named_bins(each, language), language=language) for each in card["annex"]["characteristics"]],
        "comparison": figures.comparison(rows, language=language) if rows else None,
        "calibration": figures.calibration(grades, language=language) if grades else None,
        "stability": figures.stability(largest, tuple(moved["limits"]), language=language) if largest else None,
        "score_distribution": figures.score_distribution(bands, language=language) if drawn else None,
    }


def _named_bins(characteristic: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    return [dict(row) | {"bin": pages.bin_label(row, language)} for row in characteristic["bins"]]


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: numbers of numpy as Python's, dates as text, NaN as None.

    Examples
    --------
    >>> plain({"rate": float("nan"), "day": date(2024, 1, 31), "ends": (0.1, 0.2)})
    {'rate': None, 'day': '2024-01-31', 'ends': [0.1, 0.2]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, float):
        return number if isfinite(number) else None
    return str(number) if isinstance(number, str) else number
