"""Compare batches with development: contract, stability and, where it is known, the outcome; with Evidently's page beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow as pa

from scorecard import drift, messages
from scorecard.contracts import Breach, Contract, check_rows
from scorecard.data import source
from scorecard.data.outcome import BAD, labelled
from scorecard.data.samples import Prepared, count_rows
from scorecard.errors import DataError
from scorecard.model import Scorecard
from scorecard.monitoring import Watched, monitor, watch
from scorecard.results import Verdict, worst
from scorecard.settings import Batch, Pipeline, Table
from scorecard.tracking.registry import Version

log = logging.getLogger(__name__)
MOST_ROWS = 2_000_000  # of one batch in memory; a month of decisions is far smaller
PERIOD = {"month": "%Y-%m", "quarter": "%Y-%m"}


@dataclass(frozen=True)
class Model:
    """A model with what it was developed under."""

    card: Scorecard
    version: Version
    pipeline: Pipeline
    contract: Contract


def report(model: Model, watched: list[Watched]) -> dict[str, Any]:
    """Return the monitoring report of batches as plain values; what to do is said in the pipeline's language."""
    language = model.pipeline.language
    owner = model.pipeline.about.owner
    who = owner or ("The model's owner" if language == "en" else "模型负责人")
    batches = [monitor(model.card, each, model.pipeline.thresholds) for each in watched]
    for batch in batches:
        batch["action"] = messages.text(f"monitor.action.{batch['verdict']}", language, owner=who)
        batch["dates"] = None
    thresholds = model.pipeline.thresholds
    return {
        "model": {"name": model.card.name, "version": model.version.version, "hash": model.card.sha256},
        "owner": owner, "verdict": worst(Verdict(batch["verdict"]) for batch in batches).value,
        "limits": [thresholds.psi_amber, thresholds.psi_red], "batches": batches,
    }  # fmt: skip


def batch_from_table(model: Model, name: str, table: Table, root: Path) -> tuple[Watched, pa.Table]:
    """Open, check and count a new table; its outcome is used where the target column is there.

    Raises
    ------
    DataError
        Where a column the model needs is missing, the table has no rows, or its outcome has a value the target rule does not name.
    """
    opened = source.open_table(table, root)
    present = set(opened.columns)
    columns = {key: column for key, column in model.contract.columns.items() if key in present or key in model.card.inputs}
    contract = model.contract.model_copy(update={"columns": columns})
    rows = source.typed(opened, contract)
    total = count_rows(rows)
    if not total:
        raise DataError(f"{table} has no rows; expected a batch to watch. Export it again.")
    if total > MOST_ROWS:
        raise DataError(f"{table} has {total:,} rows; expected a batch of at most {MOST_ROWS:,}. Split it by period.")
    breaches = check_rows(source.batches(rows, list(columns)), contract)
    target = model.pipeline.target.column
    known = target in present and not source.first(rows.filter(f"{source.quoted(target)} IS NULL"))
    held = labelled(rows, model.pipeline, contract) if known else rows
    return _watched(model, name, held, breaches, known), _inputs(model, held)


def batches_from_samples(model: Model, prepared: Prepared, batch: Batch) -> Iterator[tuple[Watched, pa.Table]]:
    """Yield the batches of a sample: the whole, or one per month or quarter of the observation date, and rows without one."""
    rows = prepared.sample(str(batch.sample))
    date = model.pipeline.observation_date
    if not batch.every or not date:
        yield _watched(model, batch.name, rows, [], True), _inputs(model, rows)
        return
    period = f"date_trunc('{batch.every}', {source.quoted(date)})"
    for (start,) in source.sql(rows, f"SELECT DISTINCT {period}::DATE FROM r ORDER BY 1").fetchall():
        part = rows.filter(f"{period}::DATE = DATE '{start}'" if start else f"{period} IS NULL")
        yield _watched(model, f"{batch.name} {f'{start:%Y-%m}' if start else 'undated'}", part, [], True), _inputs(model, part)


def every_batch(model: Model, prepared: Prepared, root: Path) -> list[tuple[Watched, pa.Table]]:
    """Return every batch that the pipeline names; samples the split did not make are left out."""
    found: list[tuple[Watched, pa.Table]] = []
    for batch in model.pipeline.monitoring:
        if batch.table:
            found.append(batch_from_table(model, batch.name, batch.table, root))
        elif batch.sample in prepared.present():
            found += list(batches_from_samples(model, prepared, batch))
    return found


def shift_table(report: dict[str, Any]) -> pandas.DataFrame:
    """Return the shift in points per batch and characteristic, with its CSI and missing share."""
    return pandas.DataFrame([{"batch": batch["name"]} | row for batch in report["batches"] for row in batch["characteristics"]])


def metrics_of(report: dict[str, Any]) -> dict[str, float | None]:
    """Return PSI and shift of every batch as metrics to log."""
    found: dict[str, float | None] = {}
    for batch in report["batches"]:
        found |= {f"{batch['name']}.psi": batch["score"]["psi"], f"{batch['name']}.shift_points": batch["score"]["shift_points"]}
        found |= {f"{batch['name']}.csi.{row['characteristic']}": row["csi"] for row in batch["characteristics"]}
    return found


def drift_page(model: Model, reference: pa.Table, current: pa.Table) -> str:
    """Return Evidently's page on the model's inputs."""
    categorical = [term.characteristic.name for term in model.card.terms if term.characteristic.kind == "categorical"]
    before, now = (_frame(table.select(model.card.inputs), categorical) for table in (reference, current))
    return drift.html(before, now, categorical)


def _watched(model: Model, name: str, rows: source.Relation, breaches: list[Breach], known: bool) -> Watched:
    table = rows.project(
        ", ".join(source.quoted(column) for column in [*model.card.inputs, *([BAD] if known else [])])
    ).to_arrow_table()
    bad = table.column(BAD).to_numpy().astype(np.int64) if known else None
    return watch(name, model.card, table, bad, breaches)


def _inputs(model: Model, rows: source.Relation) -> pa.Table:
    return rows.project(", ".join(source.quoted(column) for column in model.card.inputs)).to_arrow_table()


def _frame(table: pa.Table, categorical: list[str]) -> pandas.DataFrame:
    frame = table.to_pandas()
    return frame.astype({name: (object if name in categorical else float) for name in frame.columns})
