"""What a report concludes: the opinion that is proposed, findings, limitations, and every result, limit and fingerprint."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from scorecard.report.validation import blocks
from scorecard.report.validation.blocks import Block
from scorecard.report.validation.facts import ValidationFacts
from scorecard.results import Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scorecard.validation.findings import Finding
    from scorecard.validation.opinion import Opinion

ANSWERS = (Verdict.GREEN, Verdict.AMBER, Verdict.RED)
GRAVE = ("critical", "major")
FEW = 3  # findings that the first page tells where none is grave


def opinion(facts: ValidationFacts) -> list[Block]:
    """Say which level is proposed and why, and leave the opinion to the validator."""
    told = facts.opinion
    areas = [
        {"area": each.area, "level": each.level, "answered_tests": f"{each.answered} / {each.tests}", "findings": ", ".join(each.findings)}
        for each in told.areas
    ]  # fmt: skip
    tally = Counter(each.verdict for each in facts.results)
    return [
        {"kind": "level", "level": told.level, "floor": told.floor},
        rule_of(told),
        {"kind": "tally", "counts": {verdict.value: tally[verdict] for verdict in Verdict if tally[verdict]}},
        *blocks.table("validating.caption.top_findings", _listed(told_first(facts))),
        *blocks.table("validating.caption.areas", areas),
        blocks.text("validating.text.rule"),
        *blocks.readings(facts.notes),
        blocks.blank("opinion", 5),
    ]


def rule_of(opinion: Opinion) -> Block:
    """Return why a level is proposed, or none."""
    told = {"findings": ", ".join(opinion.deciding), "areas": list(opinion.untested), "level": opinion.floor}
    return {"kind": "rule", "rule": opinion.rule, **told}


def use(facts: ValidationFacts) -> list[Block]:
    """Say what the cut-off does; whether the score is used, and overridden, only people know."""
    return [blocks.pairs({"cutoff_score": facts.cutoff}), *blocks.table("cutoff.caption", facts.bands), blocks.blank("use")]


def monitoring(facts: ValidationFacts) -> list[Block]:
    """Say what is watched, and how often."""
    batches = [
        {"batch": each.name, "source": str(each.table or each.sample), "every": each.every} for each in facts.pipeline.monitoring
    ]
    return [
        blocks.words(facts.pipeline.about.owner, "about.owner") if not facts.pipeline.about.owner else blocks.pairs({"owner": facts.pipeline.about.owner}),
        *blocks.table("monitoring.batches", batches),
        blocks.blank("monitoring"),
    ]  # fmt: skip


def limitations(facts: ValidationFacts) -> list[Block]:
    """Say what the authors name as limits, and what this validation could not see."""
    silent = [each for each in facts.results if each.verdict not in ANSWERS]
    groups: dict[tuple[str, str], list[Result]] = {}
    for each in silent:
        groups.setdefault((each.code, each.verdict.value), []).append(each)
    rows = [
        {"code": code, "verdict": verdict, "unanswered": len(found), "first_scope": found[0].scope, "reading": _reading(found[0])}
        for (code, verdict), found in groups.items()
    ]
    return [
        *blocks.listed("limits.limitations", facts.pipeline.about.limitations),
        *([] if facts.pipeline.about.limitations else [{"kind": "missing", "names": ["about.limitations"]}]),
        *blocks.readings(facts.notes),
        *(blocks.table("validating.caption.unanswered", rows) or [blocks.text("validating.text.all_answered")]),
        blocks.blank("limitations"),
    ]


def findings(facts: ValidationFacts) -> list[Block]:
    """Say what was found, each with what it rests on, what it means and what to do; the drafts are the validator's to decide."""
    if not facts.findings:
        return [blocks.text("validating.text.no_findings"), blocks.blank("findings")]
    return [
        blocks.text("validating.text.findings"),
        *blocks.table("validating.caption.findings", _listed(facts.findings)),
        *(blocks.finding(each.to_dict()) for each in facts.findings),
        blocks.blank("findings"),
    ]


def conclusion(facts: ValidationFacts) -> list[Block]:
    """Leave conclusion, conditions and signature to the validator."""
    critical = sum(each.severity in GRAVE for each in facts.findings)
    return [
        blocks.text("validating.text.before_use", count=critical)
        if critical
        else blocks.text("validating.text.nothing_before_use"),
        blocks.blank("conclusion", 4),
        blocks.blank("conditions", 3),
        blocks.blank("signature", 2),
    ]


def all_results(facts: ValidationFacts) -> list[Block]:
    """Return every result."""
    return blocks.results("annex.results", [each.to_dict() for each in facts.results], full=True)


def all_limits(facts: ValidationFacts) -> list[Block]:
    """Return the limits that are not the default, with who set them and why, and all that are in force."""
    limit = facts.pipeline.thresholds
    deviations = [
        {"limit_name": name, "value": value, "default": default, "by": who.by, "why": who.reason}
        for name, (value, default, who) in limit.deviations().items()
    ]
    every = [{"limit_name": name, "value": getattr(limit, name)} for name in limit.limits()]
    told = {"kind": "deviations", "rows": deviations}
    return [
        told if deviations else blocks.text("validating.text.no_deviations"),
        *blocks.table("validating.caption.limits", every),
    ]


def all_hashes(facts: ValidationFacts) -> list[Block]:
    """Return the fingerprints of what was validated."""
    return [{"kind": "hashes", "rows": dict(facts.hashes)}]


def told_first(facts: ValidationFacts) -> list[Finding]:
    """Return the findings that the first page tells: critical and major ones, or the first few where there is none."""
    grave = [each for each in facts.findings if each.severity in GRAVE]
    return grave or list(facts.findings[:FEW])


def _listed(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"id": each.id, "severity": each.severity, "area": each.area, "cause": each.cause, "sample": each.sample, "due": each.due}
        for each in findings
    ]


def _reading(result: Result) -> dict[str, Any]:
    return dict(result.to_dict()["reading"])  # plain to the innermost: a reading may hold another
