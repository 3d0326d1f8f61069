"""The validation report: a JSON document, and the page and the Word file that are written from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scorecard.errors import DataError
from scorecard.report.card import plain
from scorecard.report.validation.facts import Pictures, ReplicationFacts, ValidationFacts
from scorecard.report.validation.outline import ANNEX, AREAS, SECTIONS
from scorecard.report.validation.page import page
from scorecard.results import overall

__all__ = ["Pictures", "ReplicationFacts", "ValidationFacts", "render_validation", "validation_report", "word_validation"]

SCHEMA = "validation-report/1"


def validation_report(facts: ValidationFacts) -> dict[str, Any]:
    """Return the validation report as plain values: the document that every format is written from.

    Parameters
    ----------
    facts : ValidationFacts

    Returns
    -------
    dict
        ``schema`` (``validation-report/1``), ``model``, ``title``, ``begun``, ``opinion`` and ``findings`` as drafted, ``sections``
        in order, each with its ``key``, the ``verdict`` of its tests or None, and its ``blocks``, and the ``annex``; only text,
        numbers, lists and mappings, without NaN.

    References
    ----------
    ECB (2019), Instructions for reporting the validation results of internal models, 2.4, for the four levels.
    """
    made = {
        "schema": SCHEMA,
        "model": facts.reference,
        "title": facts.pipeline.about.title,
        "begun": facts.begun,
        "opinion": facts.opinion.to_dict(),
        "findings": [each.to_dict() for each in facts.findings],
        "sections": [
            {"key": key, "verdict": _verdict(facts, AREAS.get(key)), "blocks": section(facts)}
            for key, section in SECTIONS.items()
        ],
        "annex": [{"key": key, "blocks": found} for key, section in ANNEX.items() if (found := section(facts))],
    }
    told: dict[str, Any] = plain(made)
    return told


def render_validation(report: Mapping[str, Any], language: str = "en") -> str:
    """Return the report as one HTML page that needs nothing from outside and prints on A4.

    Parameters
    ----------
    report : mapping
        What `validation_report` returned, or the same read back from JSON.
    language : {"en", "zh"}

    Raises
    ------
    DataError
        Where the document is not of the schema ``validation-report/1``.
    """
    return page(_known(report), language)


def word_validation(report: Mapping[str, Any], language: str = "en") -> bytes:
    """Return the report as a Word file, to be completed by the validator: equal documents give equal bytes.

    Parameters
    ----------
    report, language
        As for `render_validation`.

    Raises
    ------
    DataError
        Where the document is not of the schema ``validation-report/1``.
    """
    from scorecard.report.validation.word import document  # noqa: PLC0415  a library that pages do not need

    return document(_known(report), language)


def _known(report: Mapping[str, Any]) -> Mapping[str, Any]:
    if report.get("schema") != SCHEMA:
        raise DataError(
            f"the validation report has the schema {report.get('schema')!r}, expected {SCHEMA!r}. Build it again from the run."
        )
    return report


def _verdict(facts: ValidationFacts, area: str | None) -> str | None:
    found = [each for each in facts.results if area is not None and each.code.partition("-")[0] == area]
    return overall(found).value if found else None
