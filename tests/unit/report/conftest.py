"""The facts of a small scorecard, complete, and the same with everything left out that can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from scorecard.exports.certificate import Certificate, Proof
from scorecard.messages import LANGUAGES
from scorecard.report import CardFacts, model_card, render_card, render_monitoring
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import About, parse


def bin_row(kind, label, **figures):
    given = {"lower": None, "upper": None, "values": [], "count": 0, "bads": 0, "share": 0.0, "bad_rate": None, "woe": 0.0}
    return {"kind": kind, "label": label, "treatment": "empirical", "points": 20.0} | given | figures


def characteristic(name, kind, bins, **more):
    return {
        "name": name, "kind": kind, "description": f"What {name} means", "coefficient": -0.9, "standard_error": 0.05, "p_value": 1e-6,
        "iv": 0.21, "noise_floor": 0.004, "trend": "auto", "bins": [*bins, bin_row("unseen", "unseen", points=3.0, treatment="worst")],
    } | more  # fmt: skip


def result(code, scope, verdict, statistic=0.5, **more):
    return Result(code, scope, 1000, 200, statistic, verdict, "convention", Reading(f"verdict.{verdict.value}"), **more)


INCOME = characteristic("income", "numeric", [
    bin_row("interval", "< 20", count=400, bads=120, share=0.4, bad_rate=0.3, woe=-0.54, points=10.0),
    bin_row("interval", ">= 20", count=600, bads=80, share=0.6, bad_rate=0.1333, woe=0.49, points=41.0),
    bin_row("missing", "missing", points=15.0),
])  # fmt: skip
HOUSING = characteristic("housing", "categorical", [
    bin_row("category", "rents", values=["rents"], count=700, bads=150, share=0.7, bad_rate=0.2143, woe=-0.09, points=22.0),
    bin_row("category", "owns", values=["owns"], count=300, bads=50, share=0.3, bad_rate=0.1667, woe=0.22, points=30.0),
], iv=0.0035)  # fmt: skip
SCORECARD = {
    "format": "scorecard/1", "name": "cards", "target": {"column": "default", "good": [0], "bad": [1]},
    "scaling": {"pdo": 20.0, "base_score": 600.0, "base_odds": 50.0, "factor": 28.85, "offset": 487.12}, "intercept": -1.4,
    "characteristics": [INCOME, HOUSING],
    "grades": [
        {"name": "A", "lower_score": 50.0, "upper_score": None, "pd": 0.1, "count": 100, "bads": 5},
        {"name": "B", "lower_score": None, "upper_score": 50.0, "pd": 0.2, "count": 900, "bads": 195},
    ],
    "made_from": {"data_sha256": "d" * 64, "contract_sha256": "c" * 64, "settings_sha256": "5" * 64}, "sha256": "f" * 64,
}  # fmt: skip
SETTINGS = {
    "name": "cards", "table": "cards.parquet", "contract": "schemas/cards.yaml", "observation_date": "opened", "target": {"column": "default"},
    "monitoring": [{"name": "intake", "sample": "monitoring", "every": "month"}],
    "cutoff": {"score": 45, "margin": 0.05, "lgd": 0.6, "cost": 0.01},
}  # fmt: skip
ABOUT = About(
    title="Card scorecard", owner="Retail Risk", tier=2, purpose="Rank applicants.", permitted_uses=("Application decisions",),
    prohibited_uses=("Pricing",), limitations=("One bank only.",), population="Applicants of 2023.", target="90 days past due within a year.",
)  # fmt: skip


def compared(model, sample, auc):
    return {"model": model, "sample": sample, "auc": auc, "auc_low": auc - 0.02, "auc_high": auc + 0.02, "gini": 2 * auc - 1,
            "ks": 0.4, "brier": 0.1234, "difference": None if model == "scorecard" else 0.011, "p_value": None}  # fmt: skip


def sample_row(name, rows, bads):
    return {
        "sample": name,
        "rows": rows,
        "goods": rows - bads,
        "bads": bads,
        "bad_rate": bads / rows,
        "first_date": "2023-01-01",
        "last_date": "2023-06-30",
    }


EFFECT = {
    "sample": "test", "iv_before": 0.25, "iv_after": 0.21, "total_iv_before": 0.26, "total_iv_after": 0.22, "inversions_before": 3, "inversions_after": 0,
    "characteristics_before": 2, "characteristics_after": 2, "auc_before": 0.779, "auc_after": 0.781, "difference": 0.002, "difference_low": -0.003,
    "difference_high": 0.007, "p_value": 0.43, "moved_share": 0.4, "mean_move": 1.25, "approval_rate_before": 0.7, "approval_rate_after": 0.701,
    "cutoff_before": 45.0, "cutoff_after": 46.0, "swapped_in_rows": 12, "swapped_in_bads": 1, "swapped_in_bad_rate": 1 / 12,
    "swapped_out_rows": 11, "swapped_out_bads": 3, "swapped_out_bad_rate": 3 / 11,
}  # fmt: skip
EDITS = [
    {"number": 1, "action": "merge", "characteristic": "income", "before": "< 10 | 10 to < 20", "after": "< 20", "reason": "Ten and twenty are one product.",
     "author": "lin", "time": "2026-11-23T09:30:00Z", "problem": "",
     "warnings": [{"key": "edit.small_share", "values": {"bin": "< 20", "share": 0.03, "limit": 0.05}}]} | EFFECT,
    {"number": None, "action": "together", "warnings": [], "problem": ""} | EFFECT | {"iv_before": None, "iv_after": None, "inversions_before": None, "inversions_after": None},
]  # fmt: skip


@pytest.fixture(scope="session")
def facts():
    return CardFacts(
        about=ABOUT, pipeline=parse(SETTINGS, Path("cards.yaml")), scorecard=SCORECARD,
        funnel=[{"step": "all rows", "taken_out": 0, "rows": 1810}, {"step": "closed accounts", "taken_out": 10, "rows": 1800}],
        samples=[sample_row("development", 1000, 200), sample_row("test", 500, 95), sample_row("out_of_time", 300, 60)],
        selection=[{"characteristic": "income", "kept": True, "iv": 0.21}, {"characteristic": "sex", "kept": False, "iv": None}],
        results=[
            result("DIS-01", "test", Verdict.GREEN, 0.78, interval=(0.75, 0.81), threshold=0.7),
            result("CAL-02", "test: B", Verdict.AMBER, 0.0412, p_value=0.0412, null="the PD is not too low"),
            result("STA-02", "test: income", Verdict.GREEN, 0.013), result("STA-02", "out_of_time: income", Verdict.RED, 0.312),
            result("STA-03", "out_of_time: income", Verdict.GREEN, 1.5), result("DIS-04", "out_of_time", Verdict.NOT_COMPUTABLE, None),
        ],
        comparison=[compared("scorecard", "test", 0.78), compared("scorecard", "out_of_time", 0.7512), compared("xgboost", "test", 0.791)],
        strategy=[
            {"band": "A", "rows": 100, "goods": 95, "bads": 5, "bad_rate": 0.05, "approval_rate": 0.1},
            {"band": "B", "rows": 900, "goods": 705, "bads": 195, "bad_rate": 0.2167, "approval_rate": 1.0},
        ],
        hashes={"code": "3f2a9c1", "environment": "e" * 64}, version="3", protected=("sex",), edits=EDITS,
        certificate=Certificate("cards", "f" * 64, "0.1", 400, "0" * 64, 1e-12, False, (
            Proof("sql", "duckdb", "duckdb", "2.0", True, 400, 0, 0.0, 1e-16, 0, 0, True), Proof("pmml", None, "pmml", None, note="pmml is not installed here."),
        )).to_dict(),
    )  # fmt: skip


@pytest.fixture(scope="session")
def bare(facts):
    """Return what a run can at least know: a scorecard, a pipeline without a word about it, and nothing else."""
    pipeline = parse(
        {"name": "cards", "table": "cards.parquet", "contract": "c.yaml", "target": {"column": "default"}}, Path("cards.yaml")
    )
    scorecard = {key: value for key, value in SCORECARD.items() if key not in {"grades", "made_from", "sha256"}}
    nothing = dict.fromkeys(("funnel", "samples", "selection", "results", "comparison", "strategy", "protected", "edits"), ())
    return replace(facts, about=About(), pipeline=pipeline, scorecard=scorecard, hashes={}, version=None, **nothing)


@pytest.fixture(scope="session")
def monitored():
    """Return a monitoring report of two batches, the second of them red."""
    green = {"characteristic": "housing", "csi": 0.012, "critical": 0.02, "shift_points": -0.4, "missing_reference": 0.0,
             "missing_current": 0.031, "unseen": 7, "verdict": "green"}  # fmt: skip
    red = green | {"characteristic": "income", "csi": 0.312, "verdict": "red"}
    amber = green | {"characteristic": "age", "csi": 0.15, "shift_points": 2.25, "verdict": "amber"}
    told = [
        result("CAL-01", "March", Verdict.AMBER),
        result("STA-02", "March: income", Verdict.RED, 0.312),
        result("DIS-01", "March", Verdict.NOT_DUE, None),
    ]
    calm = {"name": "February", "rows": 1234, "dates": ["2024-02-01", "2024-02-29"], "verdict": "green", "action": "",
            "results": [result("STA-01", "February", Verdict.GREEN).to_dict()], "characteristics": [green], "score": {"psi": 0.02}}  # fmt: skip
    loud = {"name": "March", "rows": 1100, "dates": None, "verdict": "red", "action": "Stop and think.",
            "results": [each.to_dict() for each in told], "characteristics": [amber, red, green], "score": {"psi": 0.21}}  # fmt: skip
    return {"model": {"name": "cards", "version": "3", "hash": "f" * 64}, "owner": "Retail Risk", "verdict": "red",
            "limits": [0.1, 0.25], "batches": [calm, loud]}  # fmt: skip


@pytest.fixture(scope="session")
def pages(facts):
    """Return the card of the complete facts in every language, parsed."""
    return {language: BeautifulSoup(render_card(model_card(facts), language), "html.parser") for language in LANGUAGES}


@pytest.fixture(scope="session")
def bare_pages(bare):
    """Return the card of the bare facts in every language, parsed."""
    return {language: BeautifulSoup(render_card(model_card(bare), language), "html.parser") for language in LANGUAGES}


@pytest.fixture(scope="session")
def monitoring_page(monitored):
    """Return the monitoring page, parsed."""
    return BeautifulSoup(render_monitoring(monitored), "html.parser")
