"""What notebook 05 shows and writes: tables of a case, the facts of its report, and the report in every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from typing import Any

import pandas

from scorecard import figures, messages
from scorecard.data.samples import BAD
from scorecard.errors import DataError
from scorecard.figures import gallery
from scorecard.jobs import documents
from scorecard.jobs.replication import coefficients
from scorecard.jobs.step import Step, records
from scorecard.jobs.validating import Asked, Case, made_by
from scorecard.report import Pictures, ReplicationFacts, ValidationFacts, render_validation, word_validation
from scorecard.report.validation import drawn
from scorecard.report.validation.concluded import rule_of
from scorecard.report.validation.words import Words
from scorecard.results import Result
from scorecard.validation import views
from scorecard.validation.fairness import search
from scorecard.validation.findings import Finding
from scorecard.validation.opinion import Opinion
from scorecard.validation.robustness.weak_spots import weak_spots

NAME = "validation_report"
MOST_SLICES, MOST_ALTERNATIVES = 20, 5  # shown; of an attribute
# Columns of weak slices as they are shown, and of alternatives.
SLICE = {
    "name": "slice", "rows": "rows", "bads": "bads", "expected": "expected_bads", "ratio": "bads_per_expected",
    "p_ratio_holm": "calibration_p_value", "auc": "auc", "deficit": "auc_shortfall", "p_deficit_holm": "ranking_p_value",
}  # fmt: skip
ALTERNATIVE = (
    "attribute", "change", "characteristic", "instead", "approval_rate", "auc_change", "group", "ratio", "ratio_change", "chosen", "reason",
)  # fmt: skip
COMPARED_IN, COMPARED = "04_challengers", "comparison.csv"
NOW = {"code": "scorecard.commit", "environment": "scorecard.lock_sha256"}  # tags of the run


def told(case: Case) -> str:
    """Say what is validated, what the validator changed, and what must be known before any result."""
    words, changes = Words(case.judged.pipeline.language), asked(case)
    lines = [f"**{case.subject.reference}**, `{case.subject.card.sha256[:12]}`."]
    lines += [f"- `{name}` = `{value}`" for name, value in changes.items()]
    lines += [f"- {words.reading(asdict(note))}" for note in case.notes]
    return "\n".join(lines)


def asked(case: Case) -> dict[str, Any]:
    """Return what the validator changed: parameter to value."""
    default, subject = Asked(), case.subject
    given = {field.name: getattr(case.asked, field.name) for field in fields(Asked)}
    same = {"seed": subject.seed, "test_share": subject.pipeline.split.test_share}
    return {
        name: value
        for name, value in given.items()
        if name != "model" and value not in (getattr(default, name), same.get(name))
    }  # fmt: skip


def replication(case: Case) -> pandas.DataFrame:
    """Return rows and bads by sample, recorded and found."""
    columns = ["sample", "rows_recorded", "rows", "bads_recorded", "bads"]
    return pandas.DataFrame(case.replication.samples, columns=columns)


def other_split(case: Case) -> pandas.DataFrame:
    """Return the coefficients of the registered scorecard and of that of another split; empty where none was asked for."""
    other = case.judged.other
    return pandas.DataFrame([] if other is None else coefficients(other.characteristics))


def findings_table(findings: Sequence[Finding], language: str) -> pandas.DataFrame:
    """Return drafted findings as people read them, the most severe first."""
    words = Words(language)
    rows = [
        {"id": each.id, "severity": words.cell("severity", each.severity), "area": words.cell("area", each.area),
         "cause": words.cause(each.to_dict()), "sample": words.cell("sample", each.sample), "codes": ", ".join(each.codes),
         "reading": messages.render(each.reading, language), "recommendation": words.recommendation(each.to_dict()), "due": each.due,
         "owner": each.owner}
        for each in findings
    ]  # fmt: skip
    columns = ["id", "severity", "area", "cause", "sample", "codes", "reading", "recommendation", "due", "owner"]
    return pandas.DataFrame(rows, columns=columns)


def areas_table(opinion: Opinion, language: str) -> pandas.DataFrame:
    """Return the level that each area's results speak for."""
    words = Words(language)
    return pandas.DataFrame(
        [
            {"area": words.cell("area", each.area), "level": None if each.level is None else words.cell("level", each.level),
             "answered_tests": f"{each.answered} / {each.tests}", "findings": ", ".join(each.findings),
             "unanswered": ", ".join(each.unanswered)}
            for each in opinion.areas
        ]
    )  # fmt: skip


def deviations(case: Case) -> pandas.DataFrame:
    """Return the limits that are not the default, with who set them and why; what is not said is shown as not said."""
    silent = messages.text("validating.not_said", case.judged.pipeline.language)
    rows = [
        {"limit_name": name, "value": value, "default": default, "by": who.by or silent, "why": who.reason or silent}
        for name, (value, default, who) in case.judged.pipeline.thresholds.deviations().items()
    ]
    return pandas.DataFrame(rows, columns=["limit_name", "value", "default", "by", "why"])


def bands(case: Case) -> pandas.DataFrame:
    """Return the score bands of the last sample with outcomes; empty where there is none."""
    tables = _observed(case)
    return documents.bands(case.judged.card, tables) if tables else pandas.DataFrame(columns=["band"])


def grades(case: Case) -> pandas.DataFrame:
    """Return accounts, bads and mean PD by grade of the last sample with outcomes."""
    rows = views.grades(case.evidence)
    return pandas.DataFrame([row for row in rows if row["sample"] == rows[-1]["sample"]])


def comparison(case: Case) -> pandas.DataFrame:
    """Return models on identical rows, as the run left them that made the scorecard; empty where it is gone or compared none."""
    run = made_by(case.step, case.subject)
    with suppress(DataError):
        if run is not None:
            return pandas.read_csv(run.artefact(COMPARED_IN, COMPARED))
    return pandas.DataFrame(columns=["model", "sample", "auc", "auc_low", "auc_high", "difference"])


def weak_slices(case: Case) -> pandas.DataFrame:
    """Return the slices of the last sample with outcomes, the worst calibrated first; empty where rows or outcomes are not known."""
    observed = [name for name, part in case.evidence.later.items() if part.bad is not None]
    if not observed or case.evidence.model is None:
        return pandas.DataFrame(columns=list(SLICE.values()))
    found = weak_spots(case.evidence, observed[-1])
    return found[list(SLICE)].rename(columns=SLICE).head(MOST_SLICES)


def alternatives(case: Case) -> pandas.DataFrame:
    """Return scorecards near this one that would treat groups more evenly: of each attribute the best on the frontier."""
    found = search.alternatives(case.evidence)
    if not len(found):
        return found.reindex(columns=list(ALTERNATIVE))
    near = found[found["frontier"] | found["chosen"]].sort_values("ratio_change", ascending=False, kind="stable")
    best = near.groupby("attribute", sort=False).head(MOST_ALTERNATIVES)
    return best.sort_values("attribute", kind="stable").reindex(columns=list(ALTERNATIVE)).reset_index(drop=True)


def facts(case: Case, results: Sequence[Result], opinion: Opinion, findings: Sequence[Finding]) -> ValidationFacts:
    """Return what the report is made from."""
    development, subject = case.subject.development or {}, case.subject
    return ValidationFacts(
        reference=subject.reference, begun=case.begun.isoformat(), pipeline=case.judged.pipeline, scorecard=subject.card.to_dict(),
        results=results, opinion=opinion, findings=findings, replication=_replication(case), pictures=pictures(case), asked=asked(case),
        notes=[asdict(each) for each in case.notes], samples=development.get("samples", ()), funnel=development.get("funnel", ()),
        selection=subject.selection, edits=development.get("edits", ()), comparison=records(comparison(case)), bands=records(bands(case)),
        sample=None if case.sample is None else case.sample.to_dict(), certificate=subject.certificate, lacking=case.evidence.lacking,
        protected=case.evidence.protected, hashes=_hashes(case), cutoff=case.evidence.cutoff,
    )  # fmt: skip


def pictures(case: Case) -> Pictures:
    """Return the tables behind the figures."""
    evidence = case.evidence
    return Pictures(
        curves={name: views.thinned(curve) for name, curve in views.curves(evidence).items()},
        captures={name: views.thinned(curve) for name, curve in views.captures(evidence).items()},
        distributions=views.distributions(evidence),
        grades=views.grades(evidence),
        periods=views.by_period(evidence),
        approvals=views.approvals(evidence),
        weak=views.weak(evidence),
        alternatives=records(alternatives(case)),
        segments={name: views.by_label(evidence, name) for name in evidence.segments},
    )


def drawings(report: Mapping[str, Any], language: str) -> str:
    """Return every figure of the report on one page."""
    words = Words(language)
    blocks = [block for section in report["sections"] for block in section["blocks"] if block["kind"] == "figure"]
    charts: dict[str, figures.Chart] = {}
    for block in blocks:
        chart, caption = drawn.chart(block, language), words.caption(block)
        chart.set_label(caption)
        charts[caption] = chart
    return gallery.page(charts)


def save(step: Step, report: Mapping[str, Any], language: str) -> documents.Framed:
    """Save the report as JSON, HTML and Word, and return its page."""
    step.save_json(f"{NAME}.json", report)
    page = render_validation(report, language)
    step.save_text(f"{NAME}.html", page)
    step.own.path(f"{NAME}.docx").write_bytes(word_validation(report, language))
    return documents.Framed(page)


def conclude(case: Case, results: Sequence[Result], opinion: Opinion) -> str:
    """Log what came out, tag the run with the level that is proposed, and say it."""
    case.step.log_metrics({f"{each.code} {each.scope}": each.statistic for each in results})
    case.step.log(proposed_level=opinion.level, findings=len({finding for area in opinion.areas for finding in area.findings}))
    case.step.parent.log(
        tags={"scorecard.proposed_level": opinion.level or "none", "scorecard.results": documents.tally(list(results))}
    )
    words = Words(case.judged.pipeline.language)
    level, why = words.level({"level": opinion.level}), words.rule(rule_of(opinion))
    return f"**{level}** {why} {documents.tally(list(results))}."


def _observed(case: Case) -> dict[str, Any]:
    own = {} if case.sample is None else {"validation": case.sample.table}
    tables = own if case.evidence.model is None else case.evidence.model.tables
    return {name: table for name, table in tables.items() if BAD in table.column_names}


def _replication(case: Case) -> ReplicationFacts:
    again, other = case.replication, case.judged.other
    return ReplicationFacts(
        again.samples, case.subject.card.sha256, again.rebuilt, again.characteristics, again.points,
        [] if other is None else coefficients(other.characteristics), [] if other is None else records(other.points),
    )  # fmt: skip


def _hashes(case: Case) -> dict[str, str]:
    """Return the fingerprints of the scorecard, and of code and environment as they are now."""
    tags, card = case.step.parent.run.data.tags, case.subject.card
    made = {name.removesuffix("_sha256"): value for name, value in card.made_from.items()}
    now = {name: tags.get(tag, "") for name, tag in NOW.items()}
    return {name: value for name, value in ({"scorecard": card.sha256} | made | now).items() if value}
