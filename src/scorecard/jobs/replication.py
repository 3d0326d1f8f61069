"""Replication: rows and scorecard made again from the raw table, beside what was recorded of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Any

import pandas

from scorecard import profile
from scorecard.difference import difference
from scorecard.errors import ScorecardError
from scorecard.jobs.rebuild import Rehearsal, rebuild
from scorecard.jobs.step import records
from scorecard.jobs.subject import Subject
from scorecard.model import Scorecard
from scorecard.results import Reading, Result, Verdict

ROWS, CARD = "REP-01", "REP-02"
SOURCE = "ECB (2025), Guide to internal models: validation on its own data access; the tolerance is a convention"
TOLERANCE = 1e-6  # convention: of a coefficient; points, bins, scores of grades and texts are equal
ASIDE = ("made_from", "sha256")  # hashes of what it was made from, told apart
FIT = ("segment", "characteristic", "change", "coefficient_before", "coefficient_after")


@dataclass(frozen=True)
class Replication:
    """What came out.

    Attributes
    ----------
    results : list of Result
        ``REP-01`` on rows, samples and outcomes, ``REP-02`` on the scorecard.
    samples : list of dict
        Per sample the recorded rows and bads, and those found.
    rebuilt : str or None
        Hash of the scorecard that was made again.
    characteristics, points : list of dict
        What is different in coefficients and points; empty where nothing is.
    """

    results: list[Result]
    samples: list[dict[str, Any]] = field(default_factory=list)
    rebuilt: str | None = None
    characteristics: list[dict[str, Any]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)


def replicate(subject: Subject, rehearsal: Rehearsal) -> Replication:
    """Count the rows and make the scorecard again, at the recorded settings.

    Parameters
    ----------
    subject : Subject
        With its development.
    rehearsal : Rehearsal
        The rows of the recorded table at the recorded split.
    """
    facts = subject.development or {}
    samples = _samples(facts["samples"], rehearsal)
    try:
        card = rebuild(rehearsal, facts)
    except ScorecardError as error:
        failed = _result(CARD, subject, None, Verdict.RED, Reading("reading.not_made_again", {"reason": str(error)}))
        return Replication([_counted(subject, samples), failed], samples)
    changed = difference(subject.card, card)
    return Replication(
        [_counted(subject, samples), _same(subject, card)], samples, card.sha256, coefficients(changed.characteristics),
        records(changed.points),
    )  # fmt: skip


def impossible(subject: Subject, reason: str) -> Replication:
    """Say that nothing can be made again, and why: a key of the messages."""
    reading = Reading(f"reading.no_replication_{reason}", {"model": subject.reference})
    return Replication([_result(code, subject, None, Verdict.NOT_COMPUTABLE, reading) for code in (ROWS, CARD)])


def coefficients(changed: pandas.DataFrame) -> list[dict[str, Any]]:
    """Return the coefficients before and after, with their difference, of characteristics that are different."""
    rows = records(changed.reindex(columns=list(FIT)))
    for row in rows:
        before, after = row["coefficient_before"], row["coefficient_after"]
        row["difference"] = None if before is None or after is None else after - before
    return rows


def differing(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """Yield the places at which two plain values differ; numbers differ beyond the tolerance.

    Examples
    --------
    >>> list(differing({"a": [1.0, 2.0]}, {"a": [1.0 + 1e-9, 3.0]}))
    ['a.1']
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from differing(before.get(key), after.get(key), f"{place}.{key}" if place else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for position, pair in enumerate(zip(before, after, strict=True)):
            yield from differing(*pair, f"{place}.{position}")
    elif not _equal(before, after):
        yield place


def _equal(before: Any, after: Any) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (before, after))
    return isclose(before, after, rel_tol=TOLERANCE, abs_tol=TOLERANCE) if numbers else bool(before == after)


def _samples(recorded: Sequence[Mapping[str, Any]], rehearsal: Rehearsal) -> list[dict[str, Any]]:
    found = {row["sample"]: row for row in records(profile.by_sample(rehearsal.rows_of, None))}
    known = {row["sample"]: row for row in recorded}
    return [
        {"sample": name, "rows_recorded": _of(known, name, "rows"), "rows": _of(found, name, "rows"),
         "bads_recorded": _of(known, name, "bads"), "bads": _of(found, name, "bads")}
        for name in dict.fromkeys([*known, *found])
    ]  # fmt: skip


def _of(rows: Mapping[str, Mapping[str, Any]], name: str, key: str) -> int:
    return int(rows[name][key]) if name in rows else 0


def _counted(subject: Subject, samples: Sequence[Mapping[str, Any]]) -> Result:
    wrong = [row["sample"] for row in samples for key in ("rows", "bads") if row[key] != row[f"{key}_recorded"]]
    values = {"rows": sum(row["rows"] for row in samples), "bads": sum(row["bads"] for row in samples), "samples": len(samples)}
    key = "reading.rows_replicated" if not wrong else "reading.rows_differ"
    reading = Reading(key, values | ({"where": ", ".join(dict.fromkeys(wrong))} if wrong else {}))
    verdict = Verdict.RED if wrong else Verdict.GREEN
    return _result(ROWS, subject, float(len(wrong)), verdict, reading, (values["rows"], values["bads"]))


def _same(subject: Subject, card: Scorecard) -> Result:
    places = list(differing(_content(subject.card), _content(card)))
    fit = subject.card.segments[0].fit
    size = (int(fit.get("rows") or 0), int(fit.get("bads") or 0))
    if places:
        reading = Reading("reading.card_differs", {"places": len(places), "first": places[0]})
        return _result(CARD, subject, float(len(places)), Verdict.RED, reading, size)
    hashes = [name for name, told in card.made_from.items() if subject.card.made_from.get(name) != told]
    if card.sha256 == subject.card.sha256:
        reading = Reading("reading.card_replicated", {"sha256": card.sha256[:12]})
    elif hashes:
        reading = Reading("reading.card_replicated_apart", {"hashes": ", ".join(hashes)})
    else:
        reading = Reading("reading.card_replicated_nearly", {"tolerance": TOLERANCE})
    return _result(CARD, subject, 0.0, Verdict.GREEN, reading, size)


def _content(card: Scorecard) -> dict[str, Any]:
    return {key: value for key, value in card.to_dict().items() if key not in ASIDE}


def _result(
    code: str, subject: Subject, statistic: float | None, verdict: Verdict, reading: Reading, size: tuple[int, int] = (0, 0)
) -> Result:
    threshold = None if statistic is None else 0.0
    return Result(
        code, subject.card.name, *size, statistic, verdict, SOURCE, reading, threshold=threshold, limit_source="convention"
    )
