"""What the committee reads of a contest: who is decided otherwise, what changes for people, what may go live, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas
import pyarrow as pa

from scorecard import comparison, reasons, strategy
from scorecard.errors import EvidenceError, SettingsError
from scorecard.jobs import evidence
from scorecard.jobs.contest import SCORECARD, Compared, Contest, costs
from scorecard.jobs.deciding import Decided, graded
from scorecard.report.card import plain
from scorecard.results import Result
from scorecard.strategy.rows import Flags

SCHEMA = "comparison/1"
EXPLAINED = 2_000  # declined customers whose reasons are compared
LEAST_LOSS = 1e-6  # log-odds; below it a Shapley value is rounding
WAYS = {"rate": strategy.at_equal_rate, "bad_rate": strategy.at_equal_bad_rate}


def document(contest: Contest, found: Compared, decided: Decided | None) -> dict[str, Any]:
    """Return everything that the comparison page says as plain values: its JSON twin.

    Parameters
    ----------
    contest : Contest
    found : Compared
    decided : Decided or None
        The strategy; None where the pipeline names no cut-off.

    Returns
    -------
    dict
        ``schema`` (``comparison/1``); only text, numbers, lists and mappings, without NaN. ``costs`` are measured times, which
        differ from run to run; all else follows from the rows, the settings and the seed.
    """
    swaps = [] if decided is None else swap_sets(contest, found, decided)
    results = [*found.results, *_swap_results(contest, swaps), *([] if decided is None else [decided.marginal])]
    best = comparison.best(found.answers)
    told = {
        "schema": SCHEMA,
        "about": _about(contest),
        "rule": _rule(contest),
        "verdict": None if best is None else best.to_dict(),
        "answers": [each.to_dict() for each in found.answers],
        "failed": [{"model": name, "reason": reason} for name, reason in contest.failed.items()],
        "table": found.table.to_dict("records"),
        "differences": found.differences.to_dict("records"),
        "roc": comparison.roc(contest.rows),
        "calibration": comparison.calibration(contest.rows),
        "strategy": None if decided is None else _strategy(contest, decided),
        "bands": _bands(contest, decided),
        "swaps": swaps,
        "migration": _migrations(contest, found),
        "stability": comparison.stability(contest.samples),
        "fairness": [] if decided is None else comparison.changes(decided.plan.rows, _groups(contest), _approved(decided)),
        "reasons": None if decided is None or found.best is None else _reasons(contest, decided, found.best),
        "deployable": _deployable(contest),
        "costs": costs(contest),
        "results": [each.to_dict() for each in results],
    }
    return dict(plain(told))


def _bands(contest: Contest, decided: Decided | None) -> list[dict[str, Any]]:
    """Return the scorecard's score bands; without a strategy what can be told of them all the same."""
    if decided is not None:
        return [row for row in _records(decided.bands) if row["model"] == SCORECARD]
    return strategy.bands(contest.card.score(contest.tables[contest.judged]).grade, contest.rows.bad, contest.card.grades)


def swap_sets(contest: Contest, found: Compared, decided: Decided) -> list[dict[str, Any]]:
    """Return who comes in and who goes out: the scorecard instead of the incumbent, and the best challenger instead of the scorecard.

    Each at equal approval rate and at equal bad rate, with the answers that those who come in give more often, and the mix
    of protected groups.
    """
    pairs = [("replacement", name, SCORECARD) for name in contest.incumbents]
    pairs += [("challenger", SCORECARD, found.best)] if found.best else []
    rows, made = decided.plan.rows, []
    for kind, before, after in pairs:
        for at, decide in WAYS.items():
            was, now = decide(decided.plan, before, after)
            swap = strategy.swap_set(rows, (before, was), (after, now), decided.plan.economics)
            made.append({"kind": kind, "at": at} | swap | _people(contest, decided.plan, (before, was), (after, now)))
    return made


def shown(swaps: Sequence[Mapping[str, Any]]) -> pandas.DataFrame:
    """Return the groups of swap sets as one table."""
    rows = [
        {"before": each["before"], "after": each["after"], "at": each["at"], **group}
        for each in swaps
        for group in each["groups"]
    ]
    return pandas.DataFrame(rows)


def _swap_results(contest: Contest, swaps: Sequence[Mapping[str, Any]]) -> list[Result]:
    return [
        strategy.swap_result(each, contest.judged) for each in swaps if each["at"] == "rate" and each["kind"] == "replacement"
    ]


def _people(contest: Contest, plan: strategy.Plan, sides: tuple[str, Flags], others: tuple[str, Flags]) -> dict[str, Any]:
    """Return what those who come in are like beside those who go out: by characteristic, and by protected attribute."""
    table = contest.tables[contest.judged]
    codes = {name: each.assign(table.column(name)) for name, each in contest.characteristics.items()}
    names = {name: [found.label for found in each.bins] for name, each in contest.characteristics.items()}
    groups = _groups(contest)
    parts: dict[str, tuple[Mapping[str, Any], Mapping[str, Sequence[str]]]] = {
        "characteristics": (codes, names),
        "protected": ({name: each.codes for name, each in groups.items()}, {name: each.names for name, each in groups.items()}),
    }
    return {name: strategy.profile(plan.rows, sides, others, plan.economics, *each) for name, each in parts.items()}


def _groups(contest: Contest) -> dict[str, comparison.Groups]:
    pipeline, contract = contest.step.pipeline, contest.step.contract
    labels = evidence.labels(contest.tables, pipeline, contract)[contest.judged]
    reference = {name: str(group) for name, group in pipeline.fairness.reference.items()}
    return {
        name: comparison.Groups(labels[name].codes, labels[name].names, reference.get(name))
        for name in contract.with_role("protected")
    }


def _approved(decided: Decided) -> dict[str, Flags]:
    return {name: decided.plan.approved(name) for name in decided.plan.rows.models}


def _migrations(contest: Contest, found: Compared) -> list[dict[str, Any]]:
    grades, _ = graded(contest, [SCORECARD, *contest.incumbents, *([found.best] if found.best else [])])
    names, own = contest.card.grade_names(), grades[SCORECARD]
    return [comparison.migration(contest.rows, own, grade, names, name) for name, grade in grades.items() if name != SCORECARD]


def _reasons(contest: Contest, decided: Decided, model: str) -> dict[str, Any] | None:
    """Compare the reasons of scorecard and challenger for customers whom both decline by score; None where one of them gives none."""
    refused = ~(decided.plan.approved(SCORECARD) | decided.plan.approved(model) | decided.plan.knocked)
    places = decided.plan.rows.order[refused[decided.plan.rows.order]]
    chosen = (
        places[np.unique(np.linspace(0, max(len(places) - 1, 0), min(len(places), EXPLAINED)).astype(int))]
        if len(places)
        else places
    )
    if contest.card.reasons is None or not len(chosen):
        return None
    table = contest.tables[contest.judged].take(pa.array(chosen))
    other = _codes(contest, model, table)
    if other is None:
        return None
    found = comparison.reasons_change(reasons.codes(contest.card, table), other)
    return {"model": model} | found


def _codes(contest: Contest, model: str, table: pa.Table) -> np.ndarray | None:
    """Return the reasons of a challenger against the scorecard's own reference customers; None where it has no Shapley values."""
    from scorecard import challengers  # noqa: PLC0415  two libraries of trees that nothing else here needs

    try:
        own = challengers.contributions(
            contest.tuned[model], table, reasons.compared(contest.card, contest.tables["development"])
        )
    except (SettingsError, EvidenceError):
        return None
    most = contest.card.reasons.most if contest.card.reasons else 0
    return comparison.leading(own.names, own.values, most, LEAST_LOSS)


def _deployable(contest: Contest) -> list[dict[str, Any]]:
    """Return which models may become champion, and why: a scorecard file whose exports were executed and found equal."""
    certificate, policy = contest.step.json("03_scorecard", "certificate.json"), contest.step.pipeline.challenge.deployment
    found = [
        {"model": SCORECARD, "may": bool(certificate["clean"]), "why": "certified" if certificate["clean"] else "not_certified"}
    ]
    found += [{"model": name, "may": True, "why": "in_use"} for name in contest.incumbents]
    return found + [
        {"model": name, "may": policy is not None, "why": "policy" if policy else "evidence_only"} for name in contest.challengers
    ]


def _about(contest: Contest) -> dict[str, Any]:
    pipeline, rows = contest.step.pipeline, contest.rows
    about = pipeline.about
    samples = [{"sample": name, "rows": each.n, "bads": each.events} for name, each in contest.samples.items()]
    return {
        "name": pipeline.name, "title": about.title, "owner": about.owner, "sha256": contest.card.sha256, "sample": contest.judged, "rows": rows.n,
        "bads": rows.events, "samples": samples, "incumbent": pipeline.incumbent, "challengers": contest.challengers, "currency": pipeline.currency,
        "exposure": pipeline.exposure, "weighted": rows.weight is not None, "calibrated_on": contest.card.calibration.sample,
    }  # fmt: skip


def _rule(contest: Contest) -> dict[str, Any]:
    rule, worth = contest.step.pipeline.challenge, contest.worth
    written = {
        **rule.model_dump(),
        "sample": contest.judged,
        "asked": rule.replicates,
        "replicates": contest.replicates(contest.rows),
    }
    return written | {
        "tried": max(len(contest.challengers), 1),
        "emp": {"margin": worth.margin, "none_lost": worth.none_lost, "all_lost": worth.all_lost, "cost": worth.cost},
    }


def _strategy(contest: Contest, decided: Decided) -> dict[str, Any]:
    pipeline, made = contest.step.pipeline, decided.plan
    limits = {name: {"clear": _finite(each.clear), "most": _finite(each.most)} for name, each in made.limits.items()}
    return {
        "score": decided.score, "asked_rate": pipeline.cutoff.approval_rate if pipeline.cutoff.score is None else None, "approval_rate": made.rate(SCORECARD), "refer": made.refer, "limits": limits,
        "margin": made.economics.margin, "lgd": made.economics.lgd, "cost": made.economics.cost, "cost_named": pipeline.cutoff.cost is not None,
        "break_even": made.economics.break_even, "knocked": float(made.rows.units[made.knocked].sum() / made.rows.units.sum()),
        "decisions": _records(decided.decisions), "bands": _records(decided.bands), "curve": _records(decided.curve),
        "alternatives": _records(decided.alternatives), "rules": _records(decided.rules), "best": decided.best,
        "protected_rules": [rule.column for rule in pipeline.strategy.knock_outs if rule.column in contest.step.contract.with_role("protected")],
    }  # fmt: skip


def _records(table: pandas.DataFrame) -> list[dict[str, Any]]:
    return [dict(row) for row in table.to_dict("records")]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
