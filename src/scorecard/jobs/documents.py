"""What the notebooks of validation, documents and monitoring call: evidence for the tests, facts for the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas
import pyarrow as pa

from scorecard import messages, strategy
from scorecard.data.samples import BAD
from scorecard.jobs.monitor import Model
from scorecard.jobs.step import Step
from scorecard.jobs.step import records as _records
from scorecard.model import Scorecard
from scorecard.report import CardFacts
from scorecard.results import WORST_FIRST, Result, Verdict
from scorecard.tracking.registry import Version, versions


def bands(card: Scorecard, tables: Mapping[str, pa.Table]) -> pandas.DataFrame:
    """Return the score bands of the last sample: what a cut-off at each would do."""
    table = tables[list(tables)[-1]]
    return pandas.DataFrame(strategy.bands(card.score(table).grade, table.column(BAD).to_numpy(), card.grades))


def results_table(found: list[Result], language: str) -> pandas.DataFrame:
    """Return results as people read them, worst first."""
    rows = [
        {"verdict": messages.text(f"verdict.{each.verdict.value}", language), "code": each.code, "scope": each.scope, "statistic": each.statistic,
         "threshold": each.threshold, "p_value": each.p_value, "n": each.n, "events": each.events,
         "reading": messages.render(each.reading, language), "source": each.source}
        for each in sorted(found, key=lambda each: WORST_FIRST.index(each.verdict))
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def independence(card: Scorecard) -> str:
    """Say which tests of calibration are not independent, because their sample calibrated the PDs."""
    sample = card.calibration.sample
    if sample is None:
        return "No sample of this run calibrated the PDs: the tests of calibration are independent."
    return (
        f"**The PDs were calibrated on the sample {sample}**: its tests of calibration are not independent; look at the others."
    )


def tally(found: list[Result]) -> str:
    """Return how many results have each verdict, in words."""
    counts = Counter(each.verdict for each in found)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])


def card_facts(step: Step) -> CardFacts:
    """Gather what the model card says from the artefacts of the run."""
    card = step.json("03_scorecard", "scorecard.json")
    registered = versions(step.own.store, card["name"])
    version = next(
        (str(each.version) for each in reversed(registered) if each.tags.get("scorecard.sha256") == card["sha256"]), None
    )
    tags, contest = step.parent.run.data.tags, step.json("04_challengers", "comparison.json")
    return CardFacts(
        about=step.pipeline.about, pipeline=step.pipeline, scorecard=card,
        funnel=[{"step": row["step"], "taken_out": row["taken_out"], "rows": row["left"]} for row in _records(step.table("01_data", "funnel.csv"))],
        samples=_records(step.table("01_data", "samples.csv")), selection=_records(step.table("03_scorecard", "selection.csv")),
        results=[Result.from_dict(each) for each in step.json("05_validation", "results.json")],
        comparison=_records(step.table("04_challengers", "comparison.csv")), strategy=[_band(row) for row in contest["bands"]],
        swap=_swapped(contest["swaps"]), contest=contest,
        hashes=card["made_from"] | {"data": tags.get("scorecard.data_sha256", ""), "contract": tags.get("scorecard.contract_sha256", ""),
                "settings": tags.get("scorecard.settings_sha256", ""), "code": tags.get("scorecard.commit", ""),
                "environment": tags.get("scorecard.lock_sha256", ""), "scorecard": card["sha256"]},
        edits=step.json("03_scorecard", "edits.json"), certificate=step.json("03_scorecard", "certificate.json"), version=version, status="candidate" if version else "not registered", protected=step.contract.with_role("protected"),
        proposal={name: step.json("05_validation", "opinion.json")[name] for name in ("level", "rule")}, drafts=step.json("05_validation", "findings.json"),
    )  # fmt: skip


def _band(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a score band as the card shows it: without ends of intervals."""
    names = {"band": "band", "from_score": "from_score", "rows": "rows", "goods": "goods", "bads": "bads", "bad_rate": "bad_rate", "approval_rate": "approval_rate",
             "bad_rate_approved": "bad_rate_approved", "expected_loss": "el", "profit": "profit"}  # fmt: skip
    return {shown: row[name] for name, shown in names.items() if name in row}


def _swapped(swaps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return who comes in and who goes out at equal approval rate: against the incumbent, else for the best challenger."""
    kinds = [each["kind"] for each in swaps]
    chosen = "replacement" if "replacement" in kinds else "challenger"
    return [
        {"before": each["before"], "after": each["after"], **{name: group[name] for name in ("group", "rows", "bad_rate", "exposure", "profit")}}
        for each in swaps if (each["kind"], each["at"]) == (chosen, "rate") for group in each["groups"] if group["group"] in ("in", "out")
    ]  # fmt: skip


@dataclass(frozen=True)
class Framed:
    """A page that a notebook shows inside a frame, so that its style and the notebook's leave each other alone."""

    page: str

    def _repr_html_(self) -> str:
        return f'<iframe sandbox srcdoc="{escape(self.page)}" style="width:100%;height:60rem;border:0"></iframe>'


def candidate(step: Step) -> Model:
    """Return the scorecard of this run as monitoring takes it."""
    card = Scorecard.load(step.path("03_scorecard", "scorecard.json"))
    return Model(
        card,
        Version(card.name, step.json("03_scorecard", "registered.json")["version"], step.path("03_scorecard", "scorecard.json")),
        step.pipeline,
        step.contract,
    )
