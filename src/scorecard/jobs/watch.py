"""The scheduled check: one new table against a registered model, with a verdict for the exit code and pages for people."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pyarrow as pa

from scorecard import settings
from scorecard.contracts import Contract
from scorecard.data import source
from scorecard.data.samples import prepare
from scorecard.errors import DataError, ScorecardError, SettingsError
from scorecard.jobs import monitor
from scorecard.jobs.monitor import Model
from scorecard.messages import render
from scorecard.model import Scorecard
from scorecard.report import render_monitoring
from scorecard.results import Reading
from scorecard.settings import Pipeline, Table
from scorecard.tracking.registry import Version

log = logging.getLogger(__name__)


def watch(version: Version, table: Table, root: Path, out: Path | None) -> dict[str, Any]:
    """Compare a table with a model's development; return the report, and write its pages where `out` is given.

    Raises
    ------
    SettingsError
        Where the model is a bare file, without the contract and limits it was registered with.
    DataError
        Where the table cannot be watched.
    """
    model = load(version)
    watched, rows = monitor.batch_from_table(model, str(table), table, root)
    report = monitor.report(model, [watched])
    if out:
        out.mkdir(parents=True, exist_ok=True)
        _save_drift(model, rows, out)
        (out / "monitoring.json").write_text(
            json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )
        (out / "monitoring.html").write_text(render_monitoring(report, model.pipeline.language), encoding="utf-8")
    return report


def _save_drift(model: Model, rows: pa.Table, out: Path) -> None:
    """Write Evidently's page beside the report, where the table of development is still at hand and unchanged."""
    try:
        root = settings.find_root()
        if source.fingerprint(model.pipeline.table, root) != model.card.made_from["data_sha256"]:
            raise DataError("the table of development changed")
        prepared = prepare(model.pipeline, model.contract, root, int(model.pipeline.parameters.get("seed", 1)))
    except ScorecardError as error:
        log.warning("drift page left out reason=%s", error)
        return
    columns = ", ".join(source.quoted(name) for name in model.card.inputs)
    reference = prepared.sample("development").project(columns).to_arrow_table()
    (out / "evidently.html").write_text(monitor.drift_page(model, reference, rows), encoding="utf-8")


def load(version: Version) -> Model:
    """Return a model with the contract and settings that lie beside its scorecard."""
    folder = version.path.parent
    card = Scorecard.load(version.path)
    needed = {name: folder / f"{name}.json" for name in ("pipeline", "contract")}
    for name, path in needed.items():
        if not path.is_file():
            raise SettingsError(
                f"{version.path} has no {name}.json beside it, which holds the limits to watch by. Name a registered model: NAME@alias."
            )
    pipeline, contract = (json.loads(needed[name].read_text(encoding="utf-8")) for name in ("pipeline", "contract"))
    return Model(card, version, Pipeline.model_validate(pipeline), Contract.model_validate(contract))


def in_words(report: dict[str, Any]) -> str:
    """Return the verdict, what it rests on, and what to do, as a few lines."""
    batch = report["batches"][0]
    score = batch["score"]
    psi = "not computed" if score["psi"] is None else f"{score['psi']:.3f}"
    alarms = [result for result in batch["results"] if result["verdict"] in {"red", "amber"}]
    lines = [
        f"{report['verdict'].upper()}  {report['model']['name']}/{report['model']['version']} on {batch['name']}, {batch['rows']:,} rows",
        f"score PSI {psi}, mean score {score['mean_current']:.1f} ({score['shift_points']:+.1f} points)",
        *(
            f"{result['verdict']}: {result['code']} {result['scope']}: {render(Reading.from_dict(result['reading']))}"
            for result in alarms
        ),
        batch["action"],
    ]
    return "\n".join(lines)
