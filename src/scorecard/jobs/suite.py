"""Join registered scorecards behind a segment rule: on one scale, calibrated, graded and registered as one candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas
import pyarrow as pa
from pydantic import Field, ValidationError

from scorecard import scale, settings, suite
from scorecard.contracts import Dtype
from scorecard.data.samples import BAD
from scorecard.errors import SettingsError
from scorecard.jobs import develop, register
from scorecard.jobs import scorecard as making
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.settings import NAME, Strict, Value, explained, read_yaml
from scorecard.tracking import open_store, registry

STEP = "suite"


class Part(Strict):
    """A segment: its scorecard, and its customers by the rule's column."""

    card: str
    values: tuple[Value, ...] = ()
    lower: float | None = Field(None, alias="from")
    upper: float | None = Field(None, alias="to")
    missing: bool = False
    unseen: bool = False


class Scale(Strict):
    """The common scale."""

    pdo: float = 20.0
    base_score: float = 600.0
    base_odds: float = 50.0
    layout: Literal["split", "base", "zero"] = "split"
    decimals: int = 0
    minimum: float | None = None
    maximum: float | None = None


class Suite(Strict):
    """The YAML of a suite.

    `pipeline` gives the rows of all segments, which calibration, grades and reasons are made on; `seed` is that of its split.
    Without `scale` the scorecards must have the same.
    """

    name: str = Field(pattern=rf"^{NAME.pattern}$")
    column: str
    dtype: Dtype
    segments: Mapping[str, Part] = Field(min_length=2)
    pipeline: str
    seed: int
    scale: Scale | None = None
    calibration: Literal["none", "intercept", "linear", "isotonic", "beta"] = "none"
    calibration_sample: Literal["development", "test", "out_of_time"] = "development"


@dataclass(frozen=True)
class Made:
    """The registered suite, and per segment its scorecard, rows and bads of development."""

    reference: str
    card: Scorecard
    segments: pandas.DataFrame


def load(path: Path) -> Suite:
    """Read the YAML of a suite.

    Raises
    ------
    SettingsError
        Where a key or a value is not as expected.
    """
    if not path.is_file():
        raise SettingsError(f"{path} is not a file; expected the YAML of a suite. Check the path.")
    try:
        return Suite.model_validate(read_yaml(path))
    except ValidationError as error:
        raise SettingsError(f"{path}: {explained(error, Suite)}") from error


def make(path: Path, root: Path) -> Made:
    """Join, calibrate, grade, prove and register a suite as candidate.

    Raises
    ------
    SettingsError, DataError
        Where the YAML, a scorecard or the rows are not as expected.
    GovernanceError
        Where the scorecards cannot be joined, or an export does not give what the suite gives.
    EvidenceError
        Where the rows do not support it; nothing is registered.
    """
    asked, store = load(path), open_store(root)
    rule = suite.rule(asked.column, asked.dtype, {name: _part(each) for name, each in asked.segments.items()})
    cards = {name: Scorecard.load(registry.resolve(store, each.card).path) for name, each in asked.segments.items()}
    joined = suite.joined(asked.name, rule, cards, _scaling(asked, cards))
    pipeline = settings.load(root / asked.pipeline).model_copy(update={"name": asked.name})
    run = store.start(asked.name, store.experiment(asked.name))
    step = Step(STEP, root, pipeline, run, run)
    try:
        made = _finished(asked, step, joined, cards)
    except BaseException:
        run.finish("FAILED")
        raise
    run.finish("FINISHED")
    return made


def _finished(asked: Suite, step: Step, joined: Scorecard, cards: Mapping[str, Scorecard]) -> Made:
    tables = develop.samples(step, step.data(asked.seed), joined.inputs)
    rows = tables["development"]
    card = making.calibrated(joined, tables, asked.calibration, asked.calibration_sample)
    card, _ = making.graded(card, rows, scale.Rules(), joined.made_from)
    card = making.referenced(step, card, rows)
    told = step.save_table("selection.csv", _segments(asked, card, cards, rows))
    register.proven(step, card)
    held_out = tables.get("out_of_time", tables.get("test", rows))
    return Made(register.register_scorecard(step, card, held_out), card, told)


def _segments(asked: Suite, card: Scorecard, cards: Mapping[str, Scorecard], rows: pa.Table) -> pandas.DataFrame:
    return pandas.DataFrame(
        [
            {"segment": segment.name, "card": asked.segments[segment.name].card, "sha256": cards[segment.name].sha256,
             "characteristics": len(segment.terms), "rows": part.num_rows, "bads": int(part.column(BAD).to_numpy().sum())}
            for segment, _, part in card.parts(rows)
        ]
    )  # fmt: skip


def _part(asked: Part) -> suite.Part:
    return suite.Part(asked.lower, asked.upper, asked.values, asked.missing, asked.unseen)


def _scaling(asked: Suite, cards: Mapping[str, Scorecard]) -> Scaling:
    if asked.scale is not None:
        return Scaling(**asked.scale.model_dump())
    scalings = {name: card.scaling for name, card in cards.items()}
    first, *others = scalings.values()
    if any(each != first for each in others):
        raise SettingsError(
            f"The scorecards of {', '.join(scalings)} have different scales; expected one. Write the common one as scale: {{pdo: 20, ...}}."
        )
    return first
