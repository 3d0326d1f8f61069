"""Make a scorecard again from the raw table and the recorded settings: the line of notebooks 01 to 03, without a run."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas

from scorecard import binning, edits, model, points, profile, scale, selection, woe
from scorecard.contracts import Contract
from scorecard.data.samples import BAD, WEIGHT, Prepared
from scorecard.edits import Edit
from scorecard.errors import DataError
from scorecard.jobs import bins, develop, scorecard
from scorecard.jobs import edits as replaying
from scorecard.jobs.step import FIRST_STEP, Step
from scorecard.model import Scorecard

DATA, BINNING, CARD = FIRST_STEP, "02_binning", "03_scorecard"
# The parameters of these notebooks that move a number of the scorecard.
RULES = ("max_bins", "min_share", "min_bads", "trend", "fallback", "keep_sparse", "min_woe_difference", "max_p_value")
LIMITS = ("min_iv", "max_iv", "max_correlation", "max_p_value", "max_characteristics", "max_psi", "max_vif", "min_marginal_iv")
SCALING = ("pdo", "base_score", "base_odds", "layout", "decimals")
PDS = ("penalty", "score_limits", "calibration", "calibration_sample", "long_run_rate", "anchor", "pd_floor")
GRADES = ("grade_boundaries", "grades", "min_grade_accounts", "min_grade_bads")
PARAMETERS = {DATA: ("seed",), BINNING: (*RULES, "stable_by", "unstable"), CARD: (*LIMITS, *SCALING, *PDS, *GRADES)}


@dataclass(frozen=True, kw_only=True)
class Rehearsal(Step):
    """A step whose contract and rows are given, and whose artefacts stay in memory: nothing is logged or saved.

    Attributes
    ----------
    rules : Contract
    rows_of : Prepared
    kept : dict of step and name to text
        The artefacts.
    """

    rules: Contract
    rows_of: Prepared
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The contract that was given."""
        return self.rules

    def data(self, seed: int | None = None, keep: Collection[str] = ()) -> Prepared:
        """Return the rows that were given."""
        return self.rows_of

    def json(self, step: str, name: str) -> Any:
        """Return the content of a JSON artefact."""
        return json.loads(self._text(step, name))

    def table(self, step: str, name: str) -> pandas.DataFrame:
        """Return a table."""
        return pandas.read_csv(StringIO(self._text(step, name)))

    def save_table(self, name: str, table: pandas.DataFrame) -> pandas.DataFrame:
        """Keep a table and return it."""
        self.save_text(name, table.to_csv(index=False))
        return table

    def save_json(self, name: str, content: Any) -> None:
        """Keep plain values."""
        self.save_text(name, json.dumps(content, ensure_ascii=False, allow_nan=False))

    def save_text(self, name: str, text: str) -> None:
        """Keep text under the step that the artefact is of."""
        self.kept[self.name, name] = text

    def log_metrics(self, metrics: Mapping[str, float | None]) -> None:
        """Log nothing."""

    def _text(self, step: str, name: str) -> str:
        if (step, name) not in self.kept:
            raise DataError(f"{name} of {step} was not made yet; expected the steps in their order. Make it first.")
        return self.kept[step, name]


def rehearsed(rehearsal: Rehearsal, name: str) -> Rehearsal:
    """Return the same rehearsal at another step; what was kept stays at hand."""
    return Rehearsal(
        name, rehearsal.root, rehearsal.pipeline, rehearsal.parent, rehearsal.own,
        rules=rehearsal.rules, rows_of=rehearsal.rows_of, kept=rehearsal.kept,
    )  # fmt: skip


def rebuild(rehearsal: Rehearsal, facts: Mapping[str, Any]) -> Scorecard:
    """Make the scorecard again.

    Parameters
    ----------
    rehearsal : Rehearsal
        With the settings, contract and rows of development.
    facts : mapping
        What was recorded: ``data_sha256``, ``contract_sha256``, ``parameters`` of the notebooks by name, ``edits``.

    Returns
    -------
    Scorecard
        With the hash of the recorded one where settings, rows and code are the same.

    Raises
    ------
    ScorecardError
        Where a notebook of development would stop.
    """
    hashes = {name: facts[name] for name in ("data_sha256", "contract_sha256")}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edits.yaml"
        edits.save(file, [Edit.from_dict(each) for each in facts["edits"]])
        replayed = rehearsal.pipeline.model_copy(update={"edits": str(file)})
        own = Rehearsal(
            DATA, rehearsal.root, replayed, rehearsal.parent, rehearsal.own, rules=rehearsal.rules, rows_of=rehearsal.rows_of
        )
        _screen(own, hashes)
        _bin(rehearsed(own, BINNING), SimpleNamespace(**facts["parameters"][BINNING]))
        return _card(rehearsed(own, CARD), SimpleNamespace(**facts["parameters"][CARD]))


def _screen(step: Rehearsal, hashes: Mapping[str, str]) -> None:
    """Do what notebook 01 does for the ones after it."""
    counted = profile.count_all(step.rows_of, step.contract.with_role("input"), "development", "test")
    leaks = profile.leaks(step.rows_of, counted, step.pipeline.observation_date)
    step.save_table("leaks.csv", develop.leaks_table(leaks))
    step.save_json("admitted.json", develop.admitted(step, leaks))
    step.save_json("data.json", dict(hashes))


def _bin(step: Rehearsal, given: SimpleNamespace) -> None:
    """Do what notebook 02 does."""
    rules = binning.Rules(**_some(given, RULES))
    found = bins.fit(step, bins.count(step, given.stable_by), rules, given.stable_by, given.unstable)
    bins.save(step, found, replaying.replay(step, found.fitted))


def _card(step: Rehearsal, given: SimpleNamespace) -> Scorecard:
    """Do what notebook 03 does."""
    characteristics = woe.from_json(step.json(BINNING, "bins.json"))
    tables = develop.samples(step, step.rows_of, list(characteristics))
    development = tables["development"]
    bad, weight = development.column(BAD).to_numpy(), development.column(WEIGHT).to_numpy()
    others = develop.given(step, characteristics, tables)
    values = woe.values(characteristics, development)
    chosen = selection.select(characteristics, values, bad, selection.Limits(**_some(given, LIMITS)), weight, others)
    chosen, inference = scorecard.fitted(chosen, values, development, given.penalty)
    scaling = scorecard.limited(points.Scaling(**_some(given, SCALING)), given.score_limits)
    draft = model.build(step.pipeline, step.contract, chosen, characteristics, scaling, inference)
    held = scorecard.calibrated(draft, tables, given.calibration, given.calibration_sample)
    held = scorecard.anchored(held, tables, given.long_run_rate, given.anchor, given.pd_floor)
    boundaries = scorecard.numbers(given.grade_boundaries, "grade_boundaries")
    rules = scale.Rules(boundaries, given.grades, None, given.min_grade_accounts, given.min_grade_bads)
    card, _ = scorecard.graded(held, development, rules, develop.made_from(step))
    return scorecard.referenced(step, card, development)


def _some(given: SimpleNamespace, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(given, name) for name in names}
