"""What a report says of the tests, area by area: results, figures, and what is left to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from scorecard.exports.certificate import Certificate
from scorecard.report.validation import blocks
from scorecard.report.validation.blocks import Block, Row
from scorecard.report.validation.facts import ValidationFacts
from scorecard.results import WORST_FIRST, Result, Verdict

ANSWERS = (Verdict.GREEN, Verdict.AMBER, Verdict.RED)
LOUD_PARTS = 12  # of an area's parts that are amber or red, shown in its section; the annex has all
LONGEST = 24  # rows of a forest
TOLD_SLICES = 6  # whose names stand in full
ALTERNATIVES = ("attribute", "change", "characteristic", "instead", "auc_change", "ratio", "ratio_change", "chosen", "reason")
COMPARED = ("model", "sample", "auc", "auc_interval", "ks", "brier", "difference", "p_value")


def replication(facts: ValidationFacts) -> list[Block]:
    """Say whether rows and scorecard come out again."""
    again = facts.replication
    return [
        *_judged(facts, "REP"),
        *blocks.table("validating.caption.samples", again.samples),
        blocks.pairs({"sha256": again.recorded, "rebuilt": again.rebuilt}),
        *blocks.table("validating.caption.coefficients", _of_one(again.characteristics)),
        *blocks.table("validating.caption.points", _moved(again.points)),
        *blocks.table("validating.caption.other_split", _of_one(again.other_split)),
        *([blocks.text("validating.text.other_points", count=len(again.other_points))] if again.other_points else []),
        blocks.blank("replication", 2),
    ]


def sensitivity(facts: ValidationFacts) -> list[Block]:
    """Say what small changes of inputs, bins and population do."""
    return [
        *_judged(facts, "ROB"),
        *_weak(facts),
        blocks.blank("stress"),
    ]


def discrimination(facts: ValidationFacts) -> list[Block]:
    """Say how well the score orders risk: in all, over time, by segment."""
    drawn = facts.pictures
    timed = [row for row in drawn.periods if row["auc"] is not None]
    return [
        *_judged(facts, "DIS"),
        *blocks.figure("roc", "validating.figure.roc", drawn.curves),
        *blocks.figure("cap", "validating.figure.cap", drawn.captures),
        *blocks.figure("distributions", "validating.figure.distributions", drawn.distributions),
        *blocks.figure("over_time", "validating.figure.auc_by_period", timed, measure="auc"),
        *_segments(facts),
        blocks.blank("discrimination", 2),
    ]


def calibration(facts: ValidationFacts) -> list[Block]:
    """Say whether as many customers default as the PDs say."""
    drawn = facts.pictures
    samples = dict.fromkeys(row["sample"] for row in drawn.grades)
    by_grade = [
        block
        for sample in samples
        for block in blocks.figure(
            "calibration", "validating.figure.grades", [row for row in drawn.grades if row["sample"] == sample], sample=sample
        )
    ]
    return [
        *_judged(facts, "CAL"),
        *by_grade,
        *blocks.figure("over_time", "validating.figure.rate_by_period", drawn.periods, measure="bad_rate"),
        blocks.blank("calibration", 2),
    ]


def stability(facts: ValidationFacts) -> list[Block]:
    """Say whether the same customers still come."""
    limit = facts.pipeline.thresholds
    return [
        *_judged(facts, "STA"),
        *(
            block
            for sample, rows in _csi(facts).items()
            for block in blocks.figure(
                "stability", "validating.figure.csi", rows, limits=[limit.psi_amber, limit.psi_red], sample=sample
            )
        ),
        blocks.blank("stability", 2),
    ]


def benchmarking(facts: ValidationFacts) -> list[Block]:
    """Say how the model does beside the incumbent and challengers."""
    rows = [
        dict(row) | {"auc_interval": [row["auc_low"], row["auc_high"]] if row.get("auc_low") is not None else None}
        for row in facts.comparison
    ]
    if not rows and not _of_area(facts, "CMP"):
        return [blocks.text("validating.text.no_benchmark"), blocks.blank("benchmarking")]
    return [
        blocks.text("validating.text.benchmark"),
        *_judged(facts, "CMP", silent=True),
        *blocks.table("performance.caption", rows, COMPARED),
        *blocks.figure("comparison", "performance.figure", rows),
        blocks.blank("benchmarking"),
    ]


def fairness(facts: ValidationFacts) -> list[Block]:
    """Say how groups are treated, and how a single score is explained."""
    reasons = facts.scorecard.get("reasons")
    attributes = dict.fromkeys(row["attribute"] for row in facts.pictures.approvals)
    told = (
        blocks.text("validating.text.reasons", most=reasons["most"], rows=reasons["rows"])
        if reasons
        else blocks.text("validating.text.no_reasons")
    )
    return [
        blocks.text("validating.text.fairness"),
        *_judged(facts, "FAI"),
        *(block for attribute in attributes for block in _approvals(facts, attribute)),
        *_forest(facts, "FAI-01", "validating.figure.impact"),
        *blocks.table("validating.caption.alternatives", facts.pictures.alternatives, ALTERNATIVES),
        *blocks.listed("validating.caption.protected", facts.protected),
        told,
        blocks.blank("fairness"),
    ]  # fmt: skip


def implementation(facts: ValidationFacts) -> list[Block]:
    """Say whether what is deployed gives what was built."""
    proofs = [] if facts.certificate is None else Certificate.from_dict(facts.certificate).table().to_dict("records")
    columns = ("export", "dialect", "engine", "version", "executed", "vectors", "score_gap", "pd_gap", "equal", "note")
    return [
        *_judged(facts, "IMP"),
        *blocks.table("annex.exports", proofs, columns),
        blocks.blank("implementation"),
    ]


def documentation(facts: ValidationFacts) -> list[Block]:
    """Say what the documents lack."""
    lacking = facts.lacking
    found: list[Block] = [blocks.text("validating.text.lacking_unknown")] if lacking is None else []
    if lacking is not None:
        found = [{"kind": "missing", "names": list(lacking)}] if lacking else [blocks.text("validating.text.nothing_lacks")]
    return [*_judged(facts, "DOC"), *found, blocks.blank("documentation")]


def _judged(facts: ValidationFacts, area: str, silent: bool = False) -> list[Block]:
    """Return an area's results: of whole samples all, of their parts a count and those that are amber or red."""
    found = _of_area(facts, area)
    if not found:
        return [] if silent else [blocks.text("validating.text.not_tested")]
    whole = [each for each in found if ": " not in each.scope]
    parts = [each for each in found if ": " in each.scope]
    loud = sorted((each for each in parts if each.verdict in ANSWERS[1:]), key=lambda each: WORST_FIRST.index(each.verdict))
    more = [blocks.text("validating.text.more_parts", count=len(loud) - LOUD_PARTS)] if len(loud) > LOUD_PARTS else []
    return [
        *blocks.results("validating.caption.whole", [each.to_dict() for each in whole]),
        *blocks.table("validating.caption.parts", list(_counted(parts))),
        *blocks.results("validating.caption.loud", [each.to_dict() for each in loud[:LOUD_PARTS]]),
        *more,
    ]


def other_points(facts: ValidationFacts) -> list[Block]:
    """Return the points of the registered scorecard beside those of another split; nothing where none was asked for."""
    return blocks.table("validating.caption.other_points", _moved(facts.replication.other_points))


def _of_one(rows: Sequence[Row]) -> list[Row]:
    """Return rows without their segment where there is only one."""
    several = len({row.get("segment") for row in rows}) > 1
    return [row if several else {name: value for name, value in row.items() if name != "segment"} for row in rows]


def _moved(rows: Sequence[Row]) -> list[Row]:
    """Return rows of points whose difference is named as points are."""
    return [{"points_change" if name == "change" else name: value for name, value in row.items()} for row in _of_one(rows)]


def _of_area(facts: ValidationFacts, area: str) -> list[Result]:
    return [each for each in facts.results if each.code.partition("-")[0] == area]


def _counted(parts: Sequence[Result]) -> Iterator[Row]:
    groups: dict[tuple[str, str], Counter[Verdict]] = {}
    for each in parts:
        groups.setdefault((each.code, each.scope.partition(": ")[0]), Counter())[each.verdict] += 1
    for (code, sample), counts in groups.items():
        told = {verdict.value: counts[verdict] for verdict in ANSWERS}
        yield (
            {"code": code, "sample": sample, "parts": counts.total()}
            | told
            | {"unanswered": sum(counts[verdict] for verdict in Verdict if verdict not in ANSWERS)}
        )


def _forest(facts: ValidationFacts, code: str, caption: str) -> list[Block]:
    """Return the estimates of one test, the worst first."""
    found = [each for each in facts.results if each.code == code and each.statistic is not None]
    found.sort(key=lambda each: WORST_FIRST.index(each.verdict))
    rows = [
        {"name": each.scope, "value": each.statistic, "verdict": each.verdict.value, **_ends(each.interval)}
        for each in found[:LONGEST]
    ]
    limits = sorted({each.threshold for each in found if each.threshold is not None})
    return blocks.figure("forest", caption, rows, limits=limits if len(limits) == 1 else [])


def _weak(facts: ValidationFacts) -> list[Block]:
    """Return the slices of customers that are worst calibrated."""
    rows = facts.pictures.weak
    sample = rows[0]["sample"] if rows else ""
    named = [{"slice": row["name"], "bads_per_expected": row["value"], "interval": [row["low"], row["high"]]} for row in rows]
    return [
        *blocks.figure("forest", "validating.figure.weak_spots", rows, limits=[1.0], form="{:.2f}", sample=sample),
        *blocks.table("validating.caption.weak", named[:TOLD_SLICES]),
    ]


def _ends(interval: Sequence[float] | None) -> dict[str, float | None]:
    return {"low": interval[0], "high": interval[1]} if interval else {"low": None, "high": None}


def _segments(facts: ValidationFacts) -> Iterator[Block]:
    for name, rows in facts.pictures.segments.items():
        told = [
            {"name": f"{row['sample']}: {row['level']}", "value": row["auc"], "low": row["auc_low"], "high": row["auc_high"]}
            for row in rows
            if row["auc"] is not None
        ]
        limit = facts.pipeline.thresholds.auc_amber
        yield from blocks.figure("forest", "validating.figure.segments", told[:LONGEST], limits=[limit], sample=name)


def _approvals(facts: ValidationFacts, attribute: str) -> list[Block]:
    rows = [
        {
            "name": f"{row['sample']}: {row['group']}",
            "value": row["approval_rate"],
            "low": row["rate_low"],
            "high": row["rate_high"],
        }
        for row in facts.pictures.approvals
        if row["attribute"] == attribute and row["sample"] != "development"
    ]
    return blocks.figure("forest", "validating.figure.approvals", rows[:LONGEST], form="{:.1%}", sample=attribute)


def _csi(facts: ValidationFacts) -> dict[str, list[dict[str, Any]]]:
    """Return the CSI of every characteristic by sample, and first the PSI of the score."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in facts.results:
        if each.code in {"STA-01", "STA-02"} and each.statistic is not None:
            sample, _, name = each.scope.partition(": ")
            told = {"characteristic": name or "score", "csi": each.statistic, "critical": each.reading.values.get("critical")}
            found.setdefault(sample, []).append(told)
    return found
