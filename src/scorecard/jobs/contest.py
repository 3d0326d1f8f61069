"""Champion and challenger on identical rows: what notebook 04 calls to compare, to judge, and to gather what the committee reads."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas
import pyarrow as pa

from scorecard import comparison, messages, woe
from scorecard.comparison import Answer
from scorecard.data.samples import BAD, WEIGHT
from scorecard.jobs import develop, evidence, importing
from scorecard.jobs.step import Step
from scorecard.metrics.profit import Worth, worth
from scorecard.model import Scorecard
from scorecard.results import Result
from scorecard.strategy import Ranked, Rows, unusable
from scorecard.woe import Characteristic

if TYPE_CHECKING:
    from scorecard.challengers import Tuned

log = logging.getLogger(__name__)
SCORECARD = "scorecard"
MEASURES = ("auc", "gini", "ks", "h_measure", "emp", "brier", "log_loss", "slope")


@dataclass(frozen=True, eq=False)
class Contest:
    """Models and the rows that they are compared on.

    Attributes
    ----------
    step : Step
    card : Scorecard
    tuned : mapping of challenger to Tuned
    incumbents : mapping of name to Scorecard
    characteristics : mapping of name to Characteristic
        Every one that could have been in the scorecard.
    tables : mapping of sample to pyarrow.Table
    samples : mapping of sample to Rows
        Development first; of the same rows as `tables`, in their order.
    failed : mapping of challenger to why it is not compared
    """

    step: Step
    card: Scorecard
    tuned: Mapping[str, Tuned]
    incumbents: Mapping[str, Scorecard]
    characteristics: Mapping[str, Characteristic]
    tables: Mapping[str, pa.Table]
    samples: Mapping[str, Rows]
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def judged(self) -> str:
        """The sample that the rule names: the last one where it names none."""
        return self.step.pipeline.challenge.judged(list(self.samples))

    @property
    def rows(self) -> Rows:
        """The rows that are judged."""
        return self.samples[self.judged]

    @property
    def challengers(self) -> list[str]:
        """Names of the challengers that are compared."""
        return [name for name in self.tuned if name not in self.failed]

    @property
    def worth(self) -> Worth:
        """The economics of the expected maximum profit: the pipeline's, as published where it names none."""
        given = self.step.pipeline.cutoff
        return worth(given.margin, given.lgd, given.cost)

    def replicates(self, rows: Rows) -> int:
        """Return the number of bootstrap samples of rows."""
        return comparison.replicates_for(rows.n, self.step.pipeline.challenge.replicates)


@dataclass(frozen=True, eq=False)
class Compared:
    """What came of a contest.

    Attributes
    ----------
    table : DataFrame
        A row per sample after development and model, see `comparison.estimates`, with intervals.
    differences : DataFrame
        Of every model to the scorecard, see `comparison.differences`.
    answers : list of Answer
        One per challenger.
    replacement : Result or None
        The scorecard against the incumbent.
    """

    table: pandas.DataFrame
    differences: pandas.DataFrame
    answers: list[Answer]
    replacement: Result | None

    @property
    def best(self) -> str | None:
        """The challenger that speaks for all; None without any."""
        found = comparison.best(self.answers)
        return None if found is None else found.model

    @property
    def results(self) -> list[Result]:
        """Every finding."""
        return [each.result for each in self.answers] + ([] if self.replacement is None else [self.replacement])


def gather(
    step: Step,
    card: Scorecard,
    tuned: Mapping[str, Tuned],
    incumbents: Mapping[str, Scorecard],
    failed: Mapping[str, str] | None = None,
) -> Contest:
    """Score the identical rows of every sample by scorecard, incumbent and challengers.

    A challenger that breaks, or leaves a PD missing or outside [0, 1], is not compared, and `failed` says why; the others go on.

    Parameters
    ----------
    step : Step
    card : Scorecard
    tuned : mapping of challenger to Tuned
    incumbents : mapping of name to Scorecard
    failed : mapping of challenger to reason, optional
        Those that never came about.

    Raises
    ------
    EvidenceError
        Where an exposure is missing.
    """
    pipeline, contract = step.pipeline, step.contract
    characteristics = develop.usable(step)
    extra = importing.inputs(incumbents, contract)
    ruled = [name for name in (rule.column for rule in pipeline.strategy.knock_outs) if name and name in contract.columns]
    names = list(dict.fromkeys([*characteristics, *extra, *ruled, *contract.with_role("protected")]))
    tables = evidence.rows(step, card, step.data(keep=extra), names)
    cards = {SCORECARD: card, **incumbents}
    ranked: dict[str, dict[str, Ranked]] = {}
    problems = dict(failed or {})
    for sample, table in tables.items():
        scored = {name: each.score(table) for name, each in cards.items()}
        ranked[sample] = {name: Ranked(each.pd, -each.score) for name, each in scored.items()}
        for name, model in tuned.items():
            ranked[sample][name], problem = _answer(model, table)
            if problem:
                problems.setdefault(name, f"{sample}: {problem}")
    samples = {
        sample: _rows(
            sample, table, {name: each for name, each in ranked[sample].items() if name not in problems}, pipeline.exposure
        )
        for sample, table in tables.items()
    }
    return Contest(step, card, tuned, incumbents, characteristics, tables, samples, problems)


def compared(contest: Contest, seed: int) -> Compared:
    """Measure every model on every sample after development, and judge the challengers on the sample that the rule names.

    Parameters
    ----------
    contest : Contest
    seed : int
        Of the resamples.
    """
    pipeline = contest.step.pipeline
    table: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for name, rows in contest.samples.items():
        if name != "development":
            own = comparison.estimates(rows, contest.worth)
            spread = comparison.spread(rows, contest.replicates(rows), seed, contest.worth)
            table += comparison.with_intervals(own, spread)
            differences += comparison.differences(rows, own, spread)
    judged = [row for row in differences if row["sample"] == contest.judged]
    answers = comparison.gain(contest.rows, judged, contest.challengers, pipeline.challenge, pipeline.thresholds)
    replacement = [comparison.replacement(contest.rows, judged, name, pipeline.thresholds) for name in contest.incumbents]
    return Compared(pandas.DataFrame(table), pandas.DataFrame(differences), answers, replacement[0] if replacement else None)


def metrics_of(table: pandas.DataFrame) -> dict[str, float]:
    """Return the comparison as metrics to log, such as ``scorecard.test.auc``; what is not known is left out."""
    return {
        f"{row['model']}.{row['sample']}.{name}": float(row[name])
        for row in table.to_dict("records") for name in MEASURES if not pandas.isna(row[name])
    }  # fmt: skip


def brief(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return a table without the ends of intervals, for a person to look at; the saved one has them.

    Examples
    --------
    >>> list(brief(pandas.DataFrame(columns=["model", "auc", "auc_low", "auc_high"])))
    ['model', 'auc']
    """
    return table[[name for name in table.columns if not str(name).endswith(("_low", "_high"))]]


def answer(found: Compared, language: str = "en") -> str:
    """Say in a sentence or two whether any challenger earns its keep, by the rule of the pipeline."""
    best = comparison.best(found.answers)
    if best is None:
        return messages.text("comparison.no_challenger", language)
    told = messages.text(f"comparison.outcome.{best.outcome}", language)
    return f"**{told}** {messages.render(best.result.reading, language)}"


def costs(contest: Contest) -> list[dict[str, Any]]:
    """Return what each model takes to run on this machine: time for one customer and for many, and bytes of its file."""
    table = contest.tables[contest.judged]
    cards = {SCORECARD: contest.card, **contest.incumbents}
    found = [
        {"model": name, "bytes": len(each.to_json().encode())} | comparison.latency(each.score, table)
        for name, each in cards.items()
    ]
    from scorecard import challengers  # noqa: PLC0415  two libraries of trees that nothing else here needs

    for name in contest.challengers:
        model = contest.tuned[name]
        found.append({"model": name, "bytes": challengers.size(model)} | comparison.latency(model.pd, table))
    return found


def _answer(model: Tuned, table: pa.Table) -> tuple[Ranked, str]:
    """Return a challenger's PDs, and why they cannot be compared; empty where they can.

    It ranks by its own PD, as a scorecard does by its score: steps of an isotonic calibration that was fitted on the judged rows
    would order them better than it does, and a floor worse.
    """
    nothing = np.full(table.num_rows, np.nan)
    try:
        found = model.pds(table)
        pd, raw = (np.asarray(each, dtype=np.float64) for each in (found.final, found.raw))
    except Exception as error:  # whatever breaks in one challenger must not stop the others; it is shown
        log.warning("challenger failed name=%s error=%s", model.name, error)
        return Ranked(nothing, nothing), f"{type(error).__name__}: {error}"
    if pd.shape != nothing.shape:
        return Ranked(nothing, nothing), f"it gives {pd.size} PDs for {nothing.size} customers; expected one for each."
    return Ranked(pd, raw), unusable(Ranked(pd, raw))


def _rows(sample: str, table: pa.Table, models: Mapping[str, Ranked], exposure: str | None) -> Rows:
    weight = table.column(WEIGHT).to_numpy()
    money = None if exposure is None else woe.numbers(table.column(exposure))
    return Rows(
        sample,
        table.column(BAD).to_numpy().astype(np.int64),
        models,
        None
        if money is None
        else np.where(money <= 0, 0.0, money),  # a credit balance is nothing at risk; a missing one is refused
        None if (weight == 1).all() else weight,
    )
