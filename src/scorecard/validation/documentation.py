"""Could a third party understand the card, and make it anew? What the model card lacks, and what was recorded (DOC-01, DOC-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scorecard.results import Reading, Result, Verdict
from scorecard.validation.evidence import Evidence

LACKING_SOURCE = "Mitchell et al. (2019), section 4; SR 26-2 (2026), on documentation"
RECORD_SOURCE = "SR 26-2 (2026), on documentation; ECB (2025), Guide to internal models, on traceability"
DOCUMENTS = "documents"
ESSENTIAL = ("about.purpose", "about.owner", "about.target", "about.population")
HASHES = ("data_sha256", "contract_sha256", "settings_sha256")
SHOWN = 12  # names in a reading


def completeness(lacking: Sequence[str] | None) -> Result:
    """Judge what the model card lacks (DOC-01).

    Parameters
    ----------
    lacking : sequence of str or None
        Names of what is missing; None where nobody looked.

    Returns
    -------
    Result
        How many things are missing. Red where purpose, owner, target or population is among them, for without these nobody
        can say whether the card is used as it was meant; amber where anything else is. Not computable where nobody looked.

    References
    ----------
    Mitchell et al. (2019), Model Cards for Model Reporting, section 4; Board of Governors (2026), SR 26-2, on documentation.

    Examples
    --------
    >>> [completeness(lacking).verdict.value for lacking in ((), ("incumbent",), ("about.owner",), None)]
    ['green', 'amber', 'red', 'not computable']
    """
    if lacking is None:
        return Result(
            "DOC-01", DOCUMENTS, 0, 0, None, Verdict.NOT_COMPUTABLE, LACKING_SOURCE, Reading("reading.documents_unknown")
        )
    found = list(dict.fromkeys(lacking))
    essential = [name for name in ESSENTIAL if name in found]
    verdict = Verdict.RED if essential else Verdict.AMBER if found else Verdict.GREEN
    key = "reading.documents_essential" if essential else "reading.documents_lack" if found else "reading.documents_whole"
    values = {
        "number": len(found),
        "names": shown(essential + [name for name in found if name not in essential]),
        "essential": shown(essential),
    }
    return Result(
        "DOC-01", DOCUMENTS, len(found), 0, float(len(found)), verdict, LACKING_SOURCE, Reading(key, values), threshold=0.0
    )


def reproducibility(made_from: Mapping[str, str], record: Mapping[str, str] | None) -> Result:
    """Judge whether a third party could make the card anew from what was recorded (DOC-02).

    Parameters
    ----------
    made_from : mapping
        Of `scorecard.json`: the hashes of table, contract and settings, or those of the cards that a suite joins.
    record : mapping or None
        What the run recorded of itself: ``seed``, ``commit``, ``dirty`` (whether the code had changes of its own), and
        ``environment``, the hash of all package versions; None where nobody looked.

    Returns
    -------
    Result
        How many things are not recorded. Red where the hash of table, contract or settings, or the seed of the split, is not
        there: then it cannot be proven that the same was made. Amber where commit or packages are not, or the code had
        changes that no commit holds: then it can be made anew, but perhaps not the same. Not computable where nobody looked.

    References
    ----------
    Board of Governors (2026), SR 26-2, on documentation; ECB (2025), Guide to internal models, on traceability.

    Examples
    --------
    >>> hashes = dict.fromkeys(HASHES, "ab" * 32)
    >>> reproducibility(hashes, {"seed": "1", "commit": "c0ffee", "dirty": "false", "environment": "cd" * 32}).verdict.value
    'green'
    """
    if record is None:
        return Result("DOC-02", DOCUMENTS, 0, 0, None, Verdict.NOT_COMPUTABLE, RECORD_SOURCE, Reading("reading.record_unknown"))
    hashes = ("cards_sha256",) if made_from.get("cards_sha256") else HASHES
    needed = [name for name in hashes if not made_from.get(name)] + ([] if record.get("seed") else ["seed"])
    wanted = [name for name in ("commit", "environment") if not record.get(name)]
    wanted += ["uncommitted code"] if record.get("dirty") == "true" else []
    verdict = Verdict.RED if needed else Verdict.AMBER if wanted else Verdict.GREEN
    key = {Verdict.RED: "reading.record_short", Verdict.AMBER: "reading.record_loose", Verdict.GREEN: "reading.record_whole"}[
        verdict
    ]
    values = {"names": shown([*needed, *wanted]), "commit": record.get("commit", "")[:12], "seed": record.get("seed", "")}
    number = len(needed) + len(wanted)
    return Result("DOC-02", DOCUMENTS, number, 0, float(number), verdict, RECORD_SOURCE, Reading(key, values), threshold=0.0)


def each_completeness(evidence: Evidence) -> list[Result]:
    """Run DOC-01 once."""
    return [completeness(evidence.lacking)]


def each_reproducibility(evidence: Evidence) -> list[Result]:
    """Run DOC-02 once."""
    made_from = {} if evidence.model is None else evidence.model.card.made_from
    return [reproducibility(made_from, None if evidence.model is None else evidence.record)]


def shown(names: Sequence[str]) -> str:
    """Return names as a list in a sentence, the first of many.

    Examples
    --------
    >>> shown(["seed", "commit"])
    'seed, commit'
    """
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
