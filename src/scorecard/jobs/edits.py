"""The edits of a run: read from the pipeline's file, added to it, replayed on counts, and judged by what each brings."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa

from scorecard import edits, messages, model, regression, selection
from scorecard.comparison import Version, impact
from scorecard.data.samples import BAD, WEIGHT
from scorecard.edits import Edit, Fitted, Outcome, Replayed
from scorecard.equivalence.record import EDITS
from scorecard.errors import EvidenceError, SettingsError
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.results import Reading
from scorecard.selection import Given, Limits, Shift
from scorecard.settings import Pipeline
from scorecard.woe import Characteristic

log = logging.getLogger(__name__)

FOLDER = "pipelines/edits"
ARTEFACT, TABLE = "edits.json", "edits.csv"
TOGETHER = "together"
SHOWN = ("action", "characteristic", "before", "after", "reason", "author", "time")
BRIEF = (
    "entry", "action", "characteristic", "iv_before", "iv_after", "total_iv_before", "total_iv_after", "auc_before", "auc_after",
    "difference", "moved_share", "swapped_in_rows", "swapped_out_rows",
)  # fmt: skip
Floats = npt.NDArray[np.float64]


def path(root: Path, pipeline: Pipeline) -> Path:
    """Return the edits file of a pipeline: what its setting `edits` names, or ``pipelines/edits/NAME.yaml``."""
    return root / (pipeline.edits or f"{FOLDER}/{pipeline.name}.yaml")


def load(root: Path, pipeline: Pipeline) -> tuple[Edit, ...]:
    """Read the edits of a pipeline; none where it has no file of them.

    Raises
    ------
    SettingsError
        Where the setting `edits` names a file that is not there, or the file is not as expected.
    """
    file = path(root, pipeline)
    if pipeline.edits and not file.is_file():
        raise SettingsError(
            f"edits names {file}, which is not a file; expected a YAML list. Make it, empty at first, or change edits."
        )
    return edits.load(file)


def add(file: Path, edit: Edit, fitted: Fitted) -> Replayed:
    """Add an entry to the edits file, with the bins it changes in words, and return the bins after it.

    Raises
    ------
    EvidenceError
        Where the entry does not apply to the bins that the entries before it leave: the file stays as it is.
    """
    done: list[Replayed] = []

    def complete(there: tuple[Edit, ...], new: Edit) -> Edit:
        replayed = fitted.replay([*there, replace(new, before="", after="")])
        last = replayed.outcomes[-1]
        if last.problem:
            raise EvidenceError(last.problem)
        done.append(replayed)
        return last.edit

    edits.append(file, edit, complete)
    return done[0]


def replay(step: Step, fitted: Fitted) -> Replayed:
    """Replay the pipeline's edits on fitted bins, and save the file as it is and what became of each entry as artefacts.

    Raises
    ------
    SettingsError
        Where the edits file is not as expected.
    """
    replayed = fitted.replay(load(step.root, step.pipeline))
    if (file := path(step.root, step.pipeline)).is_file():
        step.save_text(EDITS, file.read_bytes().decode("utf-8"))  # a rehearsal keeps it to itself: the run may have had none
    for name, problem in replayed.refused.items():
        log.warning("edit refused characteristic=%s reason=%s", name, problem)
    step.save_json(ARTEFACT, [each.to_dict() for each in replayed.outcomes])
    return replayed


@dataclass(frozen=True)
class Method:
    """How notebook 03 makes a scorecard of bins: limits, scaling and penalty, and what the selection is given beside the rows."""

    limits: Limits
    scaling: Scaling
    given: Given = field(default_factory=Given)
    penalty: float = 0.0


def impacts(
    step: Step, characteristics: Mapping[str, Characteristic], tables: Mapping[str, pa.Table], method: Method
) -> pandas.DataFrame:
    """Build the scorecard before and after every edit, and save what each brings: one row an entry, and one for all together.

    Parameters
    ----------
    step : Step
        After ``02_binning``, whose outcomes of the edits it reads.
    characteristics : mapping of name to Characteristic
        After all edits.
    tables : mapping of sample to Table
        Development first; the last one judges. With every characteristic, outcome and weight.
    method : Method
    """
    outcomes = [Outcome.from_dict(each) for each in step.json("02_binning", ARTEFACT)]
    rows = _judged(step, outcomes, characteristics, Maker(step, tables, method)) if outcomes else []
    step.save_json(ARTEFACT, rows)
    language = step.pipeline.language
    table = [
        {**row, "warnings": " ".join(messages.render(Reading(**each), language) for each in row["warnings"])} for row in rows
    ]
    return step.save_table(TABLE, pandas.DataFrame(table, columns=None if table else ["number", *SHOWN]))


def brief(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return the figures of every entry that fit side by side; the saved table and the model card have all of them."""
    shown = table.reindex(columns=list(BRIEF))
    numbers = ["" if pandas.isna(number) else f"{number:.0f}" for number in table["number"]]
    return shown.assign(entry=numbers).rename(columns={"difference": "auc_difference"})


def _judged(
    step: Step, outcomes: Sequence[Outcome], characteristics: Mapping[str, Characteristic], maker: Maker
) -> list[dict[str, Any]]:
    refused = Replayed({}, outcomes=tuple(outcomes)).refused
    now = Replayed({name: each for name, each in _as_fitted(characteristics, outcomes).items() if name not in refused})
    judged = list(maker.tables)[-1]
    bad, cutoff = maker.tables[judged].column(BAD).to_numpy(), step.pipeline.cutoff
    first = last = maker.make(now, {each.edit.characteristic for each in outcomes})
    rows = []
    for outcome in outcomes:
        name = outcome.edit.characteristic
        row = _told(outcome, refused.get(name, ""))
        if not row["problem"]:
            now, before = now.after(outcome), last
            last = maker.make(now, {name})
            sides = before.seen(name, outcome.inversions_before), last.seen(name, outcome.inversions_after)
            row |= {"sample": judged} | impact(*sides, bad, cutoff)
        rows.append(row)
    total = impact(first.seen(), last.seen(), bad, cutoff)
    return [*rows, {"number": None, "action": TOGETHER, "warnings": [], "problem": "", "sample": judged} | total]


def _as_fitted(characteristics: Mapping[str, Characteristic], outcomes: Sequence[Outcome]) -> dict[str, Characteristic]:
    """Return the bins as they were before all edits."""
    found = dict(characteristics)
    for outcome in reversed(outcomes):
        if outcome.before is not None:
            found[outcome.before.name] = outcome.before
    return found


def _told(outcome: Outcome, problem: str) -> dict[str, Any]:
    """Return an entry as the model card lists it; `problem` says why its characteristic is left out."""
    entry = {name: value for name, value in outcome.edit.to_dict().items() if name in SHOWN}
    told = {"warnings": [asdict(each) for each in outcome.warnings], "problem": outcome.problem or problem}
    return {"number": outcome.number} | entry | told


@dataclass(frozen=True)
class Made:
    """A scorecard of some bins, and the scores of the rows that judge it; without both where none came about."""

    characteristics: Mapping[str, Characteristic]
    card: Scorecard | None = None
    score: Floats | None = None

    def seen(self, name: str = "", inversions: int | None = None) -> Version:
        """Return what `comparison` takes, with the figures of one characteristic."""
        one = self.characteristics.get(name)
        total = sum(each.iv for each in self.characteristics.values())
        return Version(one.iv if one else None, total, inversions, len(self.card.terms) if self.card else 0, self.score)


class Maker:
    """Makes scorecards of bins that differ in few characteristics: what is known of the others is kept."""

    def __init__(self, step: Step, tables: Mapping[str, pa.Table], method: Method) -> None:
        self.step, self.tables, self.method = step, tables, method
        self._woe: dict[str, Floats] = {}
        self._shifts = dict(method.given.shifts)

    def make(self, now: Replayed, changed: set[str]) -> Made:
        """Return the scorecard of these bins; `changed` are the characteristics whose bins differ from the last call's."""
        rows = next(iter(self.tables.values()))
        for name, each in now.characteristics.items():
            if name in changed or name not in self._woe:
                self._woe[name] = each.woe[each.assign(rows.column(name))]
            if name in changed:
                self._shifts[name] = self._shift(each)
        given = replace(self.method.given, forced=dict(now.forced), shifts=self._shifts)
        try:
            card = self._card(now.characteristics, given, rows)
        except EvidenceError as error:
            log.info("no scorecard reason=%s", error)
            return Made(now.characteristics)
        return Made(now.characteristics, card, card.score(list(self.tables.values())[-1]).score)

    def _card(self, characteristics: Mapping[str, Characteristic], given: Given, rows: pa.Table) -> Scorecard:
        """Make a scorecard as notebook 03 does."""
        bad, weight = rows.column(BAD).to_numpy(), rows.column(WEIGHT).to_numpy()
        chosen = selection.select(characteristics, self._woe, bad, self.method.limits, weight, given)
        if self.method.penalty:
            matrix = np.column_stack([self._woe[name] for name in chosen.kept]) if chosen.fit else None
            chosen = chosen if matrix is None else replace(chosen, fit=regression.fit(matrix, bad, weight, self.method.penalty))
        return model.build(self.step.pipeline, self.step.contract, chosen, characteristics, self.method.scaling)

    def _shift(self, characteristic: Characteristic) -> Mapping[str, Shift]:
        """Return the shifts of a characteristic's bins in the samples for which the selection was given them."""
        name = characteristic.name
        wanted = [sample for sample in self.method.given.shifts.get(name, {}) if sample in self.tables]
        counts = {sample: selection.count_in_bins([characteristic], self.tables[sample]) for sample in wanted}
        return selection.psi_by_sample({name: characteristic}, counts)[name]
