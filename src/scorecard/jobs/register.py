"""Register what a run built: the scorecard as candidate, challengers as evidence; nothing that only fits noise."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas
import pyarrow as pa

from scorecard import metrics, model, strategy
from scorecard.data.samples import BAD
from scorecard.errors import EvidenceError, SettingsError
from scorecard.exports import parity
from scorecard.exports.certificate import Certificate
from scorecard.jobs import certify, evidence
from scorecard.jobs.step import FIRST_STEP, PARAMETERS, Step, records
from scorecard.model import Scorecard
from scorecard.tracking import registry
from scorecard.tracking.rows import served
from scorecard.validation.evidence import DEVELOPMENT

if TYPE_CHECKING:
    from scorecard.challengers import Tuned

BESIDE = ("scorecard.json", "certificate.json", "contract.json", "pipeline.json", "selection.csv", "gains.csv")
RECORDS = ("bins.json", "development.json", "ladder.json")  # what it takes to make the scorecard again; a suite has none
DATA, BINNING = FIRST_STEP, "02_binning"
GATE_LEVEL = 0.98  # two-sided, so that one in a hundred models of pure noise would pass


def proven(step: Step, card: Scorecard, engines: str = "quick") -> Certificate:
    """Execute the exports on golden vectors, and save the certificate.

    Parameters
    ----------
    step : Step
    card : Scorecard
    engines : {"quick", "all"}
        Those that are always here and start at once, the others being listed as not executed; or all that are installed.

    Raises
    ------
    SettingsError
        Where `engines` is something else.
    GovernanceError
        Where the scorecard contradicts itself, or an export does not give what it gives.
    """
    if engines not in ("quick", "all"):
        raise SettingsError(f"engines = {engines!r}; expected quick or all. Change the parameter.")
    model.checks.refuse(card)
    certificate = parity.quick(card) if engines == "quick" else parity.certify(card)
    step.save_json("certificate.json", certificate.to_dict())
    certify.refuse_difference(certificate)
    return certificate


def register_scorecard(step: Step, card: Scorecard, held_out: pa.Table, development: pa.Table | None = None) -> str:
    """Save `scorecard.json`, log it as an MLflow model and name it candidate; return ``NAME/version``.

    Its certificate, its contract and settings, the selection and the gains on the held-out rows lie beside it; with the rows of
    development also what it takes to make it again, and their counts by score.

    Raises
    ------
    EvidenceError
        Where the held-out sample does not show that the scorecard orders risk; nothing is registered then.
    """
    bad, score = held_out.column(BAD).to_numpy(), card.score(held_out).score
    estimate = metrics.delong(bad, -score)
    low, high = metrics.auc_interval(estimate, level=GATE_LEVEL)
    if low <= 0.5:  # noqa: PLR2004  a coin's AUC
        raise EvidenceError(
            f"On held-out rows the scorecard's AUC is {estimate.auc:.3f} ({low:.3f} to {high:.3f}), which a coin could reach. "
            "Nothing is registered. Check the target, or use more rows."
        )
    step.save_text("scorecard.json", card.to_json())
    step.save_json("contract.json", step.contract.model_dump(mode="json"))
    step.save_json("pipeline.json", step.pipeline.model_dump(mode="json"))
    step.save_table("gains.csv", strategy.gains(score, bad))
    artefacts = {Path(name).stem: step.own.path(name) for name in (*BESIDE, *_recorded(step, card, development))}
    inputs = model.example(card)
    shown = registry.Example(inputs, served(card, inputs), card.dtypes)
    version = registry.register(step.own, card.name, "scorecard_model.py", artefacts, shown)
    registry.describe(
        step.own.store,
        card.name,
        version,
        {"sha256": card.sha256, "kind": "scorecard", "run": step.parent.run_id, **card.made_from},
    )
    registry.set_alias(step.own.store, card.name, "candidate", version)
    return f"{card.name}/{version}"


def _recorded(step: Step, card: Scorecard, development: pa.Table | None) -> tuple[str, ...]:
    """Save what it takes to make the scorecard again, and return the names of the files."""
    if development is None:
        return ()
    step.save_text("bins.json", step.path(BINNING, "bins.json").read_text(encoding="utf-8"))
    step.save_json("ladder.json", _ladder(card, development))
    step.save_json("development.json", step.json(DATA, "data.json") | {
        "samples": records(step.table(DATA, "samples.csv")), "funnel": records(step.table(DATA, "funnel.csv")),
        "parameters": {DATA: step.json(DATA, PARAMETERS), BINNING: step.json(BINNING, PARAMETERS), step.name: step.parameters},
        "edits": [each["edit"] for each in step.json(BINNING, "edits.json")],
    })  # fmt: skip
    return RECORDS


def _ladder(card: Scorecard, rows: pa.Table) -> dict[str, list[float]]:
    """Return goods and bads at each distinct score, riskiest first.

    Of weighted rows the effective numbers, their squares, and the customers of every bin, term after term: what tests without
    the rows need.
    """
    part = evidence.scored(card, rows, None, {})
    ladder = part.ladder
    told = {"score": ladder.score.tolist()}
    if part.weight is None:
        return told | {"goods": ladder.goods.astype(int).tolist(), "bads": ladder.bads.astype(int).tolist()}
    names = ("goods", "bads", "good_squares", "bad_squares")
    customers = model.attributes(card, {DEVELOPMENT: rows}, {DEVELOPMENT: part.worth})[DEVELOPMENT]
    return told | {name: getattr(ladder, name).tolist() for name in names} | {"customers": customers.tolist()}


def register_challengers(step: Step, tuned: Mapping[str, Tuned], example: pandas.DataFrame) -> dict[str, str]:
    """Log and register every challenger as ``NAME-challenger``, with the hash of its files; return their versions by name."""
    return {name: _register_challenger(step, name, each, example) for name, each in tuned.items()}


def _register_challenger(step: Step, name: str, tuned: Tuned, example: pandas.DataFrame) -> str:
    from scorecard import challengers  # noqa: PLC0415  two libraries of trees that the scorecard does not need

    registered = f"{step.pipeline.name}-{name.replace('_', '-')}"
    dtypes = {column: step.contract.columns[column].dtype for column in example.columns}
    pds = tuned.pds(pa.Table.from_pandas(example, preserve_index=False))
    outputs = pandas.DataFrame({"pd_raw": pds.raw, "pd_calibrated": pds.calibrated, "pd": pds.final})
    with tempfile.TemporaryDirectory() as folder:
        types = Path(folder) / "dtypes.json"
        types.write_text(json.dumps(dtypes), encoding="utf-8")
        files = challengers.save(tuned, Path(folder))
        shown = registry.Example(example, outputs, dtypes)
        version = registry.register(step.own, registered, "challenger_model.py", files | {"dtypes": types}, shown)
        sha256 = challengers.sha256(files)
    told = {"kind": "challenger", "challenger": name, "sha256": sha256, "run": step.parent.run_id}
    registry.describe(step.own.store, registered, version, told)
    return f"{registered}/{version}"
