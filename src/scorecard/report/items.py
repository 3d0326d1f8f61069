"""The seventeen items of a model card, each built from the facts of a run; what is not known is listed as missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from scorecard.metrics import herfindahl, jeffreys_interval
from scorecard.report.facts import CardFacts, Row
from scorecard.report.numbers import unit
from scorecard.results import Result, Verdict, overall

Item = dict[str, Any]
SAMPLES = ("out_of_time", "test", "development")  # the most telling first
HASHES = ("data", "contract", "settings", "code", "environment", "scorecard")
DISCRIMINATION, CALIBRATION, STABILITY, FAIRNESS = "DIS", "CAL", "STA", "FAI"
CSI = "STA-02"
MEASURES = ("auc", "auc_drop", "jeffreys", "psi")  # that are watched; the other limits judge a validation only


def identity(facts: CardFacts) -> Item:
    """Say which model this is, in which state, and who answers for it."""
    given = {"owner": facts.about.owner, "tier": facts.about.tier, "title": facts.about.title}
    missing = [f"about.{key}" for key, value in given.items() if value is None]
    made = {"name": facts.scorecard["name"], "version": facts.version, "status": facts.status}
    return made | given | {"missing": missing + ([] if facts.version else ["version"])}


def decision(facts: CardFacts) -> Item:
    """Say what the committee is asked to decide, and what speaks for it in one glance."""
    cutoff = facts.pipeline.cutoff
    known = cutoff.score is not None or cutoff.approval_rate is not None
    own = sorted((row for row in facts.comparison if row["model"] == "scorecard"), key=_telling)
    return {
        "cutoff_score": cutoff.score,
        "approval_rate": cutoff.approval_rate,
        "verdict": overall(facts.results),
        "verdicts": _verdicts(facts.results),
        "headline": own[0] if own else None,
        "missing": [] if known else ["cutoff.score"],
    }


def use(facts: CardFacts) -> Item:
    """Say what the model is for, and what it must not be used for."""
    given = {key: getattr(facts.about, key) for key in ("purpose", "permitted_uses", "prohibited_uses")}
    return given | {"missing": [f"about.{key}" for key, value in given.items() if not value]}


def population(facts: CardFacts) -> Item:
    """Say whom the data show, when, how many, and who was left out."""
    known = {row["sample"] for row in facts.samples}
    absent = {"about.population": not facts.about.population, "observation_date": not facts.pipeline.observation_date}
    absent |= {"funnel": not facts.funnel, "samples": not facts.samples, "out_of_time": "out_of_time" not in known}
    return {
        "population": facts.about.population,
        "table": str(facts.pipeline.table),
        "observation_date": facts.pipeline.observation_date,
        "funnel": facts.funnel,
        "samples": facts.samples,
        "missing": _where(absent),
    }


def target(facts: CardFacts) -> Item:
    """Say what counts as good and as bad."""
    words, rule = facts.about.target, facts.pipeline.target
    codes = {key: getattr(rule, key) for key in ("column", "good", "bad", "indeterminate")}
    reasons = [each.reason for each in rule.excluded]
    return {"words": words, "excluded": reasons, "missing": [] if words else ["about.target"]} | codes


def method(facts: CardFacts) -> Item:
    """Say how a score comes about, and what each characteristic adds to it."""
    rows = [_characteristic(each, facts.results) for each in facts.characteristics]
    scaling, edits = facts.scorecard["scaling"], sum(row["number"] is not None for row in facts.edits)
    exports = None if facts.certificate is None else {key: facts.certificate[key] for key in ("clean", "complete")}
    told = {"scaling": scaling, "characteristics": rows, "edits": edits, "exports": exports}
    return told | _range(facts, rows) | {"missing": _where({"exports": exports is None})}


def performance(facts: CardFacts) -> Item:
    """Say how well the model orders risk, beside its rivals."""
    models = {row["model"] for row in facts.comparison}
    absent = {
        "results.discrimination": not _family(facts, DISCRIMINATION),
        "incumbent": "incumbent" not in models,
        "challenger": not models - {"scorecard", "incumbent"},
        "out_of_time_performance": "out_of_time" not in {row["sample"] for row in facts.comparison},
    }
    told = facts.contest or {}
    verdict = {"verdict_on_challengers": told.get("verdict"), "replacement": _finding(told, "CMP-02")}
    return _judged(facts, DISCRIMINATION) | {"comparison": facts.comparison, "missing": _where(absent)} | verdict


def calibration(facts: CardFacts) -> Item:
    """Say whether each grade defaults as often as its PD says."""
    grades = [_grade(row) for row in facts.scorecard.get("grades", ())]
    absent = {"grades": not grades, "results.calibration": not _family(facts, CALIBRATION)}
    told = {
        "grades": grades,
        "curve": facts.scorecard.get("calibration"),
        "concentration": herfindahl([row["count"] for row in grades])
        if len(grades) > 1 and any(row["count"] for row in grades)
        else None,
    }
    return _judged(facts, CALIBRATION) | told | {"missing": _where(absent)}


def stability(facts: CardFacts) -> Item:
    """Say whether later customers resemble those the model was built on."""
    thresholds = facts.pipeline.thresholds
    csi = [{"characteristic": each["name"], "csi": _csi(each["name"], facts.results)} for each in facts.characteristics]
    absent = {"results.stability": not _family(facts, STABILITY), "csi": all(row["csi"] is None for row in csi)}
    return _judged(facts, STABILITY) | {
        "characteristics": [row for row in csi if row["csi"] is not None],
        "limits": [thresholds.psi_amber, thresholds.psi_red],
        "missing": _where(absent),
    }


def fairness(facts: CardFacts) -> Item:
    """Say which groups were compared, and that none were where none were."""
    assessed = bool(_family(facts, FAIRNESS))
    return _judged(facts, FAIRNESS) | {"assessed": assessed, "protected": facts.protected, "missing": []}


def explanation(facts: CardFacts) -> Item:
    """Say how a single score is explained to the person it is about."""
    rows = [_characteristic(each, ()) for each in facts.characteristics]
    ranked = sorted(rows, key=lambda row: row["points_low"] - row["points_high"])
    return {
        "strongest": [{"name": row["name"], "points_range": row["points_high"] - row["points_low"]} for row in ranked[:3]],
        "undescribed": [row["name"] for row in rows if not row["description"]],
        "reasons": facts.scorecard.get("reasons"),
        "missing": [],
    }


def limits(facts: CardFacts) -> Item:
    """Say where the model must not be trusted, and under which conditions it may be used."""
    policies: dict[str, list[str]] = {}
    for each in facts.characteristics:
        found = next((row.get("treatment") for row in each["bins"] if row["kind"] == "unseen"), None)
        policies.setdefault(found or "none", []).append(each["name"])
    silent = (Verdict.NOT_DUE, Verdict.INSUFFICIENT_DATA, Verdict.NOT_COMPUTABLE)
    return {
        "limitations": facts.about.limitations,
        "unseen": [{"policy": policy, "characteristics": names} for policy, names in sorted(policies.items())],
        "unanswered": [
            {"code": each.code, "scope": each.scope, "verdict": each.verdict} for each in facts.results if each.verdict in silent
        ],
        "conditions": [row["conditions"] for row in facts.approvals if row.get("conditions")],
        "missing": _where({"about.limitations": not facts.about.limitations, "conditions": not facts.approvals}),
    }


def cutoff(facts: CardFacts) -> Item:
    """Say what the cut-off does to volume, losses and profit."""
    columns = {key for row in facts.strategy for key in row}
    given = facts.pipeline.cutoff.model_dump()
    absent = {f"cutoff.{name}": given[name] is None for name in ("margin", "lgd", "cost")}
    against = any(row["before"] == "incumbent" for row in facts.swap)
    absent |= {"strategy": not facts.strategy, "swap": not against, "el": "el" not in columns, "rwa": "rwa" not in columns}
    told = facts.contest or {}
    findings = [each for each in (_finding(told, code) for code in ("STR-01", "CMP-03")) if each]
    shown = {"cutoff": given, "strategy": facts.strategy, "swap": facts.swap, "missing": _where(absent)}
    return shown | {"totals": _totals(told), "currency": _currency(told), "unit": unit(_exposure(told)), "findings": findings}


def monitoring(facts: CardFacts) -> Item:
    """Say what is watched, how often, against which limits, and what follows."""
    limit = facts.pipeline.thresholds.model_dump()
    names = [name for name in MEASURES if f"{name}_amber" in limit]
    batches = [
        {"name": each.name, "source": str(each.table or each.sample), "every": each.every} for each in facts.pipeline.monitoring
    ]
    absent = {"about.owner": not facts.about.owner, "schedule": not any(each["every"] for each in batches)}
    return {
        "owner": facts.about.owner,
        "batches": batches,
        "thresholds": [{"measure": name, "amber": limit[f"{name}_amber"], "red": limit[f"{name}_red"]} for name in names],
        "floors": {name: limit[name] for name in ("min_rows", "min_events", "missing_share_rise", "unseen_share")},
        "missing": _where(absent),
    }


def validation(facts: CardFacts) -> Item:
    """Say what the independent validator thinks, and which findings are open."""
    open_ones = [each for verdict in (Verdict.RED, Verdict.AMBER) for each in facts.results if each.verdict is verdict]
    drafts = [{name: row[name] for name in ("id", "severity", "cause", "sample", "due")} for row in facts.drafts]
    return {
        "opinion": facts.opinion,
        "proposal": facts.proposal,
        "drafts": drafts,
        "verdict": overall(facts.results),
        "verdicts": _verdicts(facts.results),
        "open": [{"code": each.code, "scope": each.scope, "verdict": each.verdict} for each in open_ones],
        "findings": facts.findings,
        "missing": _where({"results": not facts.results, "opinion": not facts.opinion}),
    }


def approvals(facts: CardFacts) -> Item:
    """Say who approved the model, in which role, when, under which conditions and until when."""
    return {"approvals": facts.approvals, "missing": []}


def hashes(facts: CardFacts) -> Item:
    """Say by which fingerprints every part can be proven to be the one meant."""
    made = {key.removesuffix("_sha256"): value for key, value in facts.scorecard.get("made_from", {}).items()}
    own = {"scorecard": facts.scorecard["sha256"]} if facts.scorecard.get("sha256") else {}
    given = {key.removesuffix("_sha256"): value for key, value in facts.hashes.items() if value}
    known = {**made, **own, **given}
    return {"hashes": known, "missing": _where({f"hash.{name}": not known.get(name) for name in HASHES})}


ITEMS: dict[str, Callable[[CardFacts], Item]] = {
    "1_identity": identity,
    "2_decision": decision,
    "3_use": use,
    "4_population": population,
    "5_target": target,
    "6_method": method,
    "7_performance": performance,
    "8_calibration": calibration,
    "9_stability": stability,
    "10_fairness": fairness,
    "11_explanation": explanation,
    "12_limits": limits,
    "13_cutoff": cutoff,
    "14_monitoring": monitoring,
    "15_validation": validation,
    "16_approvals": approvals,
    "17_hashes": hashes,
}


def _finding(told: Row, code: str) -> Row | None:
    """Return the finding of a comparison with this code."""
    return next((each for each in told.get("results", ()) if each["code"] == code), None)


def _totals(told: Row) -> list[Item]:
    """Return what each model approves in all at the cut-off."""
    whole = [row for row in (told.get("strategy") or {}).get("decisions", ()) if row["decision"] == "approved_in_all"]
    keys = {
        "model": "model",
        "share": "approval_rate",
        "bad_rate": "bad_rate",
        "exposure": "exposure",
        "expected_loss": "el",
        "profit": "profit",
    }
    return [{shown: row[key] for key, shown in keys.items()} for row in whole]


def _exposure(told: Row) -> float | None:
    rows = (told.get("strategy") or {}).get("decisions", ())
    return max((row["exposure"] for row in rows), default=None)


def _currency(told: Row) -> str | None:
    about = told.get("about") or {}
    return about.get("currency") if about.get("exposure") else None


def _where(absent: Mapping[str, bool]) -> list[str]:
    return [name for name, missing in absent.items() if missing]


def _telling(row: Row) -> int:
    return SAMPLES.index(row["sample"]) if row["sample"] in SAMPLES else len(SAMPLES)


def _verdicts(results: Sequence[Result]) -> dict[str, int]:
    found = Counter(each.verdict for each in results)
    return {verdict.value: found[verdict] for verdict in Verdict if found[verdict]}


def _family(facts: CardFacts, code: str) -> list[Result]:
    return [each for each in facts.results if each.code.startswith(code)]


def _judged(facts: CardFacts, code: str) -> Item:
    found = _family(facts, code)
    return {"family": code, "verdict": overall(found) if found else None, "verdicts": _verdicts(found)}


def _csi(name: str, results: Sequence[Result]) -> float | None:
    """Return the CSI of the last sample that was tested; a scope reads ``sample: characteristic``."""
    found = [each.statistic for each in results if each.code == CSI and f": {each.scope}".endswith(f": {name}")]
    return found[-1] if found else None


def _characteristic(each: Row, results: Sequence[Result]) -> Item:
    points = [row["points"] for row in each["bins"] if row.get("points") is not None]
    keys = (
        "name",
        "segment",
        "kind",
        "description",
        "coefficient",
        "standard_error",
        "p_value",
        "lr_p_value",
        "vif",
        "iv",
        "noise_floor",
    )
    named = {key: each[key] for key in keys if key in each}
    ends = {"points_low": min(points), "points_high": max(points)}
    return named | ends | {"direction": _direction(each), "csi": _csi(each["name"], results)}


def _range(facts: CardFacts, rows: Sequence[Item]) -> Item:
    """Return the lowest and the highest score that any customer can have."""
    scaling = facts.scorecard["scaling"]
    segments = (
        {None: 0.0} if "segments" not in facts.scorecard else {each["name"]: each["base"] for each in facts.scorecard["segments"]}
    )
    ends = {
        end: [base + sum(row[f"points_{end}"] for row in rows if row.get("segment", name) == name) for name, base in segments.items()]
        for end in ("low", "high")
    }  # fmt: skip
    low, high = min(ends["low"]), max(ends["high"])
    lowest, highest = scaling.get("minimum"), scaling.get("maximum")
    return {
        "score_low": low if lowest is None else max(low, lowest),
        "score_high": high if highest is None else min(high, highest),
    }


def _direction(each: Row) -> str:
    """Say what a higher value means, read off the bins themselves."""
    if each["kind"] == "categorical":
        return "by category"
    woe = [row["woe"] for row in each["bins"] if row["kind"] == "interval" and row.get("woe") is not None]
    steps = [after - before for before, after in pairwise(woe)]
    if steps and min(steps) >= 0:
        return "higher is safer"
    return "lower is safer" if steps and max(steps) <= 0 else "not monotone"


def _grade(row: Row) -> Item:
    if not row["count"]:
        return dict(row) | {"bad_rate": None, "bad_rate_interval": None}
    return dict(row) | {"bad_rate": row["bads"] / row["count"], "bad_rate_interval": jeffreys_interval(row["bads"], row["count"])}
