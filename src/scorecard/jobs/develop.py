"""What the notebooks of development call beside the library: check, collect evidence, gather facts for documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pandas
import pyarrow as pa

from scorecard import figures, messages, model, strategy
from scorecard.challengers import Tuned
from scorecard.comparison import compare
from scorecard.contracts import check_rows
from scorecard.data import source
from scorecard.data.samples import BAD, Prepared
from scorecard.errors import DataError
from scorecard.jobs import provenance
from scorecard.jobs.monitor import Model
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.profile import Leak
from scorecard.report import CardFacts
from scorecard.results import Result, Verdict
from scorecard.selection import Decision, Selection
from scorecard.tracking.registry import Version, versions
from scorecard.validation import Evidence, Scored
from scorecard.woe import Characteristic

BREACHES = ["column", "rule", "rows", "example_row", "example"]


def check(step: Step) -> pandas.DataFrame:
    """Check the table against its contract; save every breach, and stop where there is one.

    Raises
    ------
    DataError
        With the first breach and the number of the others.
    """
    rows = source.typed(source.open_table(step.pipeline.table, step.root, step.contract.missing_values), step.contract)
    breaches = check_rows(source.batches(rows, list(step.contract.columns)), step.contract)
    table = pandas.DataFrame([{key: getattr(breach, key) for key in BREACHES} for breach in breaches], columns=BREACHES)
    step.save_table("breaches.csv", table)
    if breaches:
        more = f" ({len(breaches) - 1} more in breaches.csv)" if len(breaches) > 1 else ""
        raise DataError(
            f"{step.pipeline.table} breaks the contract {step.contract.name}: {breaches[0]}{more}. Mend the rows, or the contract {step.pipeline.contract}."
        )
    return table


def facts(step: Step, prepared: Prepared, seed: int) -> dict[str, Any]:
    """Return what later steps hold the rows to: hashes of table and contract, and the seed of the split."""
    found = {
        "data_sha256": source.fingerprint(step.pipeline.table, step.root), "contract_sha256": provenance.contract_sha256(step.contract),
        "seed": seed, "samples": prepared.present(), "rows": prepared.funnel[-1]["left"],
    }  # fmt: skip
    tags = {f"scorecard.{key}": found[key] for key in ("data_sha256", "contract_sha256", "seed", "rows")}
    step.parent.log(tags=tags)
    return found


def admitted(step: Step, leaks: list[Leak]) -> list[str]:
    """Return the inputs of the contract that the leakage screen did not name."""
    named = {leak.characteristic for leak in leaks}
    return [name for name in step.contract.with_role("input") if name not in named]


def leaks_table(leaks: list[Leak]) -> pandas.DataFrame:
    """Return the leakage screen's findings."""
    return pandas.DataFrame(
        [leak.to_dict() for leak in leaks], columns=["characteristic", "finding", "figure", "limit", "reason"]
    )


def charts(characteristics: Mapping[str, Characteristic], table: pandas.DataFrame, language: str) -> dict[str, figures.Chart]:
    """Return a chart of the bins of every characteristic, strongest first."""
    ordered = sorted(characteristics.values(), key=lambda each: (-each.iv, each.name))
    filled = table[table["count"] > 0]
    return {
        each.name: figures.bins(filled[filled["characteristic"] == each.name], each.name, language=language) for each in ordered
    }


def decisions(step: Step, chosen: Selection) -> pandas.DataFrame:
    """Return one row for every column that could have been a characteristic: kept, or what dropped it at which step."""
    screened = step.table("01_data", "leaks.csv")
    rows = chosen.table()
    for leak in screened.to_dict("records"):
        rows.append(
            Decision(
                leak["characteristic"],
                False,
                f"screen: {leak['finding']}",
                None,
                None,
                leak["figure"],
                leak["limit"],
                leak["reason"],
            ).to_dict()
        )
    for name, reason in step.json("02_binning", "refused.json").items():
        rows.append(Decision(name, False, "binning", reason=reason).to_dict())
    for name in step.contract.with_role("excluded", "protected"):
        column = step.contract.columns[name]
        rows.append(
            Decision(
                name, False, f"contract: {column.role}", reason=column.reason or "kept for the fairness tests only"
            ).to_dict()
        )
    return pandas.DataFrame(rows)


def made_from(step: Step) -> dict[str, str]:
    """Return the hashes that go into `scorecard.json`."""
    known = step.json("01_data", "data.json")
    return {key: known[key] for key in ("data_sha256", "contract_sha256")} | {
        "settings_sha256": provenance.settings_sha256(step.pipeline)
    }


def samples(step: Step, prepared: Prepared, names: list[str]) -> dict[str, pa.Table]:
    """Return development, test and out-of-time rows, those that are there, in time order."""
    return {name: step.rows(prepared, names, name) for name in prepared.present() if name != "monitoring"}


def compare_all(card: Scorecard, tuned: Mapping[str, Tuned], tables: Mapping[str, pa.Table]) -> pandas.DataFrame:
    """Return scorecard and challengers side by side on the identical rows of every sample after development."""
    rows: list[dict[str, Any]] = []
    for name, table in tables.items():
        if name != "development":
            pds = {"scorecard": card.score(table).pd} | {key: each.pd(table) for key, each in tuned.items()}
            rows += compare(table.column(BAD).to_numpy(), pds, name)
    return pandas.DataFrame(rows)


def metrics_of(comparison: pandas.DataFrame) -> dict[str, float]:
    """Return the comparison as metrics to log, such as ``scorecard.test.auc``."""
    measures = ("auc", "gini", "ks", "brier")
    return {
        f"{row['model']}.{row['sample']}.{name}": float(row[name]) for row in comparison.to_dict("records") for name in measures
    }


def evidence(step: Step, card: Scorecard, tables: Mapping[str, pa.Table]) -> Evidence:
    """Return what the validation tests look at."""
    scored = {}
    for name, table in tables.items():
        found = card.score(table)
        scored[name] = Scored(table.column(BAD).to_numpy().astype(np.int64), found.score, found.pd, found.grade)
    return Evidence(scored, card.grade_names(), model.attributes(card, tables), step.pipeline.thresholds)


def bands(card: Scorecard, tables: Mapping[str, pa.Table]) -> pandas.DataFrame:
    """Return the score bands of the last sample: what a cut-off at each would do."""
    table = tables[list(tables)[-1]]
    return pandas.DataFrame(strategy.bands(card.score(table).grade, table.column(BAD).to_numpy(), card.grades))


def observed_grades(card: Scorecard, tables: Mapping[str, pa.Table]) -> pandas.DataFrame:
    """Return accounts, bads and mean PD per grade in the last sample."""
    table = tables[list(tables)[-1]]
    scored, bad = card.score(table), table.column(BAD).to_numpy()
    counted = (
        pandas.DataFrame({"grade": scored.grade, "pd": scored.pd, "bad": bad})
        .groupby("grade")
        .agg(pd=("pd", "mean"), count=("bad", "size"), bads=("bad", "sum"))
    )
    return counted.assign(name=[card.grade_names()[position] for position in counted.index]).reset_index(drop=True)


def results_table(found: list[Result], language: str) -> pandas.DataFrame:
    """Return results as people read them, worst first."""
    order = [Verdict.RED, Verdict.AMBER, Verdict.NOT_COMPUTABLE, Verdict.INSUFFICIENT_DATA, Verdict.NOT_DUE, Verdict.GREEN]
    rows = [
        {"verdict": messages.text(f"verdict.{each.verdict.value}", language), "code": each.code, "scope": each.scope, "statistic": each.statistic,
         "threshold": each.threshold, "p_value": each.p_value, "n": each.n, "events": each.events,
         "reading": messages.render(each.reading, language), "source": each.source}
        for each in sorted(found, key=lambda each: order.index(each.verdict))
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def tally(found: list[Result]) -> str:
    """Return how many results have each verdict, in words."""
    counts = Counter(each.verdict for each in found)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])


def verdict_on_challengers(comparison: pandas.DataFrame) -> str:
    """Say whether any challenger orders risk better than the scorecard on the last sample, beyond chance."""
    last = comparison[comparison["sample"] == comparison["sample"].iloc[-1]]
    better = last[last["difference_low"] > 0]
    if better.empty:
        return "**It cannot be told that it does:** no challenger's AUC exceeds the scorecard's beyond chance."
    best = better.sort_values("difference").iloc[-1]
    interval = f"{best['difference_low']:+.3f} to {best['difference_high']:+.3f}"
    return f"**{best['model']}** orders risk better by {best['difference']:+.3f} AUC ({interval}) on {best['sample']}; whether that pays is the committee's decision."


def framed(page: str) -> str:
    """Return a page inside a frame, so that its style and the notebook's leave each other alone."""
    return f'<iframe sandbox srcdoc="{escape(page)}" style="width:100%;height:60rem;border:0"></iframe>'


def card_facts(step: Step) -> CardFacts:
    """Gather what the model card says from the artefacts of the run."""
    card = step.json("03_scorecard", "scorecard.json")
    registered = versions(step.own.store, card["name"])
    version = next(
        (str(each.version) for each in reversed(registered) if each.tags.get("scorecard.sha256") == card["sha256"]), None
    )
    tags = step.parent.run.data.tags
    return CardFacts(
        about=step.pipeline.about, pipeline=step.pipeline, scorecard=card,
        funnel=[{"step": row["step"], "reason": row["step"], "rows": row["left"]} for row in _records(step.table("01_data", "funnel.csv"))],
        samples=_records(step.table("01_data", "samples.csv")), selection=_records(step.table("03_scorecard", "selection.csv")),
        results=[Result.from_dict(each) for each in step.json("05_validation", "results.json")],
        comparison=_records(step.table("04_challengers", "comparison.csv")), strategy=_records(step.table("05_validation", "bands.csv")),
        hashes=card["made_from"] | {"data": tags.get("scorecard.data_sha256", ""), "contract": tags.get("scorecard.contract_sha256", ""),
                "settings": tags.get("scorecard.settings_sha256", ""), "code": tags.get("scorecard.commit", ""),
                "environment": tags.get("scorecard.lock_sha256", ""), "scorecard": card["sha256"]},
        version=version, status="candidate" if version else "not registered", protected=step.contract.with_role("protected"),
    )  # fmt: skip


def candidate(step: Step) -> Model:
    """Return the scorecard of this run as monitoring takes it."""
    card = Scorecard.load(step.path("03_scorecard", "scorecard.json"))
    return Model(
        card,
        Version(card.name, step.json("03_scorecard", "registered.json")["version"], step.path("03_scorecard", "scorecard.json")),
        step.pipeline,
        step.contract,
    )


def _records(table: pandas.DataFrame) -> list[dict[str, Any]]:
    return [{key: None if pandas.isna(value) else value for key, value in row.items()} for row in table.to_dict("records")]
