"""What a report says of the model as it was built: scope, method, data, target, bins, assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scorecard.report.validation import blocks
from scorecard.report.validation.blocks import Block
from scorecard.report.validation.facts import ValidationFacts

KEPT = ("characteristic", "kept", "step", "iv", "figure", "limit", "reason")
EDITED = ("action", "characteristic", "before", "after", "reason", "author", "time")


def scope(facts: ValidationFacts) -> list[Block]:
    """Say what was validated, on which rows, by which settings, and by whom."""
    about, calibration = facts.pipeline.about, facts.scorecard.get("calibration") or {}
    sample = calibration.get("sample")
    asked = [{"parameter": name, "value": str(value)} for name, value in facts.asked.items()]
    return [
        blocks.pairs({
            "model": facts.reference, "title": about.title, "owner": about.owner, "tier": about.tier, "begun": facts.begun,
            "table": str(facts.pipeline.table), "sha256": facts.scorecard["sha256"],
        }),
        *(blocks.table("validating.caption.asked", asked) or [blocks.text("validating.text.as_recorded")]),
        blocks.text("validating.text.own_sample" if sample else "validating.text.independent", sample=sample or ""),
        blocks.blank("independence"),
    ]  # fmt: skip


def soundness(facts: ValidationFacts) -> list[Block]:
    """Say how a score comes about and what it is for."""
    about, scaling = facts.pipeline.about, facts.scorecard["scaling"]
    terms = _terms(facts)
    return [
        blocks.words(about.purpose, "about.purpose"),
        *blocks.listed("use.permitted_uses", about.permitted_uses),
        *blocks.listed("use.prohibited_uses", about.prohibited_uses),
        blocks.text(
            "validating.text.method", characteristics=len(terms), pdo=scaling["pdo"], base_score=scaling["base_score"],
            base_odds=scaling["base_odds"],
        ),
        *blocks.table("validating.caption.fit", terms),
        blocks.blank("soundness"),
    ]  # fmt: skip


def data(facts: ValidationFacts) -> list[Block]:
    """Say which rows there are, who was left out, and how they are known to be the recorded ones."""
    own = facts.sample
    declined = facts.pipeline.rejects
    return [
        blocks.words(facts.pipeline.about.population, "about.population"),
        *blocks.table("population.funnel", facts.funnel),
        *blocks.table("population.samples", facts.samples),
        *(
            [blocks.pairs({f"own_{name}": own[name] for name in ("rows", "kept", "of_development", "data_sha256")})]
            if own
            else []
        ),
        *(blocks.listed("validating.caption.breaches", own["breaches"]) if own else []),
        blocks.text("validating.text.rejects", reason=declined.reason) if declined else blocks.text("validating.text.no_rejects"),
        blocks.blank("data"),
    ]


def target(facts: ValidationFacts) -> list[Block]:
    """Say what counts as bad."""
    rule = facts.pipeline.target
    codes = {key: ", ".join(map(str, getattr(rule, key))) for key in ("good", "bad", "indeterminate") if getattr(rule, key)}
    return [
        blocks.words(facts.pipeline.about.target, "about.target"),
        blocks.pairs({"column": rule.column} | codes),
        *blocks.listed("target.excluded", (each.reason for each in rule.excluded)),
        blocks.blank("target"),
    ]


def selection(facts: ValidationFacts) -> list[Block]:
    """Say what became of every candidate, and what people changed in the bins."""
    columns = [name for name in KEPT if any(row.get(name) is not None for row in facts.selection)]
    edited = [row for row in facts.edits if row.get("action")]
    return [
        *blocks.table("annex.selection", facts.selection, columns),
        *(
            blocks.table("validating.caption.edits", edited, EDITED)
            or [blocks.text("validating.text.no_edits")]
        ),
        blocks.blank("selection"),
    ]  # fmt: skip


def assumptions(facts: ValidationFacts) -> list[Block]:
    """Say what the method takes for granted, and what the model's own authors say it does."""
    kinds: dict[str, list[str]] = {}
    for each in _characteristics(facts):
        for one in each["bins"]:
            if one["kind"] in {"missing", "unseen", "special"} and one["treatment"] != "empirical":
                kinds.setdefault(f"{one['kind']}: {one['treatment']}", []).append(each["name"])
    treated = [{"treatment": name, "characteristics": ", ".join(dict.fromkeys(names))} for name, names in kinds.items()]
    return [
        blocks.text("validating.text.assumptions"),
        *blocks.table("validating.caption.treatments", treated),
        blocks.blank("assumptions"),
    ]


def _characteristics(facts: ValidationFacts) -> list[Mapping[str, Any]]:
    segments = facts.scorecard.get("segments")
    if segments is None:  # a file of the first format
        return list(facts.scorecard["characteristics"])
    return [each for segment in segments for each in segment["characteristics"]]


def _terms(facts: ValidationFacts) -> list[dict[str, Any]]:
    names = ("description", "coefficient", "standard_error", "p_value", "vif", "iv", "noise_floor")
    return [{"characteristic": each["name"]} | {name: each.get(name) for name in names} for each in _characteristics(facts)]
