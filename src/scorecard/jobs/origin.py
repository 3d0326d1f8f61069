"""What a run knows of the making of its scorecard: what it recorded, and what the documents still lack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas

from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.report import CardFacts
from scorecard.report.lacking import AWAITED, lacking

OF_STEP = {
    "01_data": ("funnel", "samples", "out_of_time"),
    "03_scorecard": ("exports",),
    "04_challengers": ("incumbent", "challenger", "out_of_time_performance"),
}  # what the model card has from a step; where the step has not run, nobody can say that it is missing
OF_RUN = ("hash.code", "hash.environment", "hash.settings", "hash.data", "hash.contract")
TAGS = {"data_sha256": "data_sha256", "seed": "seed", "commit": "commit", "dirty": "dirty", "environment": "lock_sha256"}


def record(step: Step, card: Scorecard) -> dict[str, str] | None:
    """Return what the run that made the card recorded: hash of the table, seed, commit, environment; None where it was another run."""
    if _made(step) != card.sha256:
        return None
    tags = step.parent.run.data.tags
    told = {name: str(tags.get(f"scorecard.{tag}", "")) for name, tag in TAGS.items()}
    return told | {"commit": "" if " " in told["commit"] else told["commit"]}  # words say why there is none


def missing(step: Step, card: Scorecard) -> tuple[str, ...]:
    """Return what the model card would lack now, before validation and approval."""
    steps = step.parent.steps()
    made = record(step, card)
    awaited = [name for key, names in OF_STEP.items() if key not in steps for name in names] + ([] if made else list(OF_RUN))
    return lacking(_facts(step, card, made or {}), AWAITED | set(awaited))


def _facts(step: Step, card: Scorecard, made: dict[str, str]) -> CardFacts:
    """Return what is known of the card so far."""
    hashes = {"data": made.get("data_sha256", ""), "code": made.get("commit", ""), "environment": made.get("environment", "")}
    certificate = _artefact(step, "03_scorecard", "certificate.json")
    return CardFacts(
        about=step.pipeline.about, pipeline=step.pipeline, scorecard=card.to_dict(), funnel=_rows(step, "01_data", "funnel.csv"),
        samples=_rows(step, "01_data", "samples.csv"), selection=(), results=(), comparison=_rows(step, "04_challengers", "comparison.csv"),
        strategy=(), hashes=hashes, certificate=None if certificate is None else json.loads(certificate.read_text(encoding="utf-8")),
        protected=step.contract.with_role("protected"),
    )  # fmt: skip


def _made(step: Step) -> str | None:
    """Return the hash of the scorecard that this run made."""
    path = _artefact(step, "03_scorecard", "scorecard.json")
    return None if path is None else str(json.loads(path.read_text(encoding="utf-8")).get("sha256"))


def _rows(step: Step, name: str, file: str) -> list[dict[str, Any]]:
    path = _artefact(step, name, file)
    if path is None:
        return []
    return [
        {str(key): None if pandas.isna(value) else value for key, value in row.items()}
        for row in pandas.read_csv(path).to_dict("records")
    ]


def _artefact(step: Step, name: str, file: str) -> Path | None:
    """Return the path of an artefact of an earlier step; None where there is none."""
    steps = step.parent.steps()
    path = steps[name].folder / file if name in steps else None
    return path if path is not None and path.is_file() else None
