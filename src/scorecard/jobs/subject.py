"""The model that a validator looks at: the scorecard, and what was recorded beside it when it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas

from scorecard import contracts, woe
from scorecard.contracts import Contract
from scorecard.errors import SettingsError
from scorecard.jobs.step import Step, records
from scorecard.model import Scorecard
from scorecard.settings import Pipeline
from scorecard.tracking.registry import Version
from scorecard.woe import Characteristic

MADE_IN = "03_scorecard"


@dataclass(frozen=True)
class Subject:
    """A scorecard with what was recorded of it; what was not is None or empty.

    Attributes
    ----------
    reference : str
        Such as ``taiwan/3``.
    card : Scorecard
    pipeline : Pipeline
        The settings of its development; of an imported scorecard those that name the rows to judge it on.
    contract : Contract
    characteristics : mapping of name to Characteristic
        Those that could have been in the scorecard; of an imported one its own.
    development : mapping or None
        What it takes to make the scorecard again: hashes, seed, samples, funnel, parameters and edits.
    ladder : mapping or None
        Goods and bads of development at each distinct score.
    certificate : mapping or None
        Of the parity of its exports.
    selection : sequence of dict
        What became of every candidate.
    """

    reference: str
    card: Scorecard
    pipeline: Pipeline
    contract: Contract
    characteristics: Mapping[str, Characteristic]
    development: Mapping[str, Any] | None = None
    ladder: Mapping[str, Any] | None = None
    certificate: Mapping[str, Any] | None = None
    selection: Sequence[Mapping[str, Any]] = ()

    @property
    def imported(self) -> bool:
        """Whether it was made elsewhere."""
        return "imported_sha256" in self.card.made_from

    @property
    def seed(self) -> int:
        """Salt of the recorded split; 1 where none is recorded."""
        told = (self.development or {}).get("seed", self.pipeline.parameters.get("seed", 1))
        return int(told)

    @property
    def version(self) -> str:
        """The version in the registry, or ``file``."""
        return self.reference.rpartition("/")[2]


def of_run(step: Step) -> Subject:
    """Return the scorecard that this run made and registered."""
    folder = step.path(MADE_IN, "scorecard.json").parent
    return load(folder, step.json(MADE_IN, "registered.json")["model"], *_beside(folder))


def of_version(version: Version, root: Path, rows_of: Pipeline | None = None) -> Subject:
    """Return a registered scorecard; `rows_of` is the pipeline whose rows one without settings is judged on.

    Raises
    ------
    SettingsError
        Where no settings lie beside it and no pipeline is named, or both are there.
    """
    folder, reference = version.path.parent, f"{Scorecard.load(version.path).name}/{version.version}"
    if is_complete(version):
        if rows_of is not None:
            raise SettingsError(
                f"{reference} has its settings beside it, and --pipeline names others; expected one of them. Leave --pipeline out."
            )
        return load(folder, reference, *_beside(folder))
    if rows_of is None:
        raise SettingsError(
            f"{reference} has no settings beside it, so the rows to judge it on are not known; expected a pipeline that has its inputs. "
            "Name it: --pipeline pipelines/NAME.yaml"
        )
    return load(folder, reference, rows_of, contracts.load(root / rows_of.contract))


def is_complete(version: Version) -> bool:
    """Whether settings and contract lie beside the scorecard."""
    return all((version.path.parent / f"{name}.json").is_file() for name in ("pipeline", "contract"))


def _beside(folder: Path) -> tuple[Pipeline, Contract]:
    """Return the settings and the contract that lie beside a scorecard."""
    return Pipeline.model_validate(_json(folder / "pipeline.json")), Contract.model_validate(_json(folder / "contract.json"))


def load(folder: Path, reference: str, pipeline: Pipeline, contract: Contract) -> Subject:
    """Return the scorecard of a folder with what lies beside it."""
    card = Scorecard.load(folder / "scorecard.json")
    own = {term.name: term.characteristic for term in card.terms}
    bins, decided = _json(folder / "bins.json"), folder / "selection.csv"
    return Subject(
        reference, card, pipeline, contract, own if bins is None else woe.from_json(bins),
        **{name: _json(folder / f"{name}.json") for name in ("development", "ladder", "certificate")},
        selection=records(pandas.read_csv(decided)) if decided.is_file() else (),
    )  # fmt: skip


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
