"""What the first half of notebook 04 calls beside the library: search, calibrate and explain challengers, and say what failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas
import pyarrow as pa
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from scorecard import calibration, challengers, figures, messages, reasons
from scorecard.challengers import Budget, Contributions, Encoder, Searched, Trial, Tuned
from scorecard.challengers.rows import weights
from scorecard.challengers.search import Hear, nobody
from scorecard.data.samples import BAD
from scorecard.errors import EvidenceError
from scorecard.figures import Chart
from scorecard.figures.drawing import named
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.woe import Characteristic

SWEPT_ROWS = 200  # rows that a sweep starts from
EXPLAINED_ROWS = 100  # rows that contributions are averaged over, and PDs of the dependence
COMPARED_ROWS = 2_000  # customers compared with, at most
SHOWN = 6  # characteristics whose dependence is drawn, those of most importance
Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Asked:
    """The parameters of a search: names between commas (all where it is empty), budget per challenger, and seed."""

    names: str
    trials: int
    seconds: float
    seed: int


def search(step: Step, characteristics: Iterable[Characteristic], development: pa.Table, asked: Asked) -> Searched:
    """Tune the challengers that are asked for; every trial is kept as a row of ``search.csv`` and as metrics by step.

    Times stand in a table of their own, for no two runs have the same.
    """
    names, budget = challengers.chosen(asked.names), Budget(asked.trials, asked.seconds)
    with _progress(step.by_hand, names, budget) as hear:
        searched = challengers.tune_all(tuple(characteristics), development, budget, asked.seed, names, hear)
    step.save_table("search.csv", challengers.trials_table(searched))
    step.save_table("search_seconds.csv", _seconds(searched))
    step.own.log_series(_series(searched))
    return searched


def summary(searched: Searched) -> pandas.DataFrame:
    """Return a row per challenger: how its trials ended, its best out-of-fold AUC, and what stopped the search."""
    return challengers.summary(searched)


def search_chart(step: Step, searched: Searched) -> Chart:
    """Draw the best out-of-fold AUC by trial."""
    return figures.search_curve(challengers.trials_table(searched), language=step.pipeline.language)


def failures(searched: Searched) -> pandas.DataFrame:
    """Return the challengers that could not be built: at which stage, and why."""
    return challengers.failures_table(searched)


def calibrated(searched: Searched, card: Scorecard, tables: Tables) -> Searched:
    """Return the challengers calibrated by the scorecard's method, on its sample, with its anchor and floor."""
    return challengers.calibrate_all(searched, card.calibration, card.scaling, tables)


def pds(tuned: Mapping[str, Tuned], tables: Tables) -> pandas.DataFrame:
    """Return raw, calibrated and final PD side by side: their means beside the bad rate, by challenger and sample."""
    rows = [_pds(name, each, sample, table) for name, each in tuned.items() for sample, table in tables.items()]
    columns = ["model", "sample", "rows", "bad_rate", "pd_raw", "pd_calibrated", "pd_final", "clipped"]
    return pandas.DataFrame(rows, columns=columns)


def curve(best: Tuned | None, tables: Tables) -> pandas.DataFrame:
    """Return bad rate and PDs of a challenger by band of its score on the last sample; empty where it has too few goods or bads."""
    empty = pandas.DataFrame(columns=["lower_score", "upper_score", "rate", "low", "high", "raw", "final"])
    if best is None:
        return empty
    rows = tables[list(tables)[-1]]
    bad, score = rows.column(BAD).to_numpy(), best.score(rows)
    try:
        found = calibration.curve(best.calibration, score, bad, best.scaling, weight=weights(rows))
    except EvidenceError:
        return empty
    return found.round({"lower_score": 1, "upper_score": 1})


def unknown(characteristics: Iterable[Characteristic], tables: Tables) -> pandas.DataFrame:
    """Return how many rows hold what development never had, by sample and characteristic: challengers have learned nothing of it."""
    encoder = Encoder(tuple(characteristics))
    rows = [
        {"sample": sample, "characteristic": name, "unknown_rows": count}
        for sample, table in tables.items()
        for name, count in encoder.unknown(table).items()
    ]
    return pandas.DataFrame(rows, columns=["sample", "characteristic", "unknown_rows"])


def swept(
    tuned: Mapping[str, Tuned], characteristics: Iterable[Characteristic], development: pa.Table, seed: int
) -> pandas.DataFrame:
    """Return the sweep of every challenger that is held to directions, from some rows of development."""
    return challengers.sweep_all(tuned, challengers.sample(tuple(characteristics), development, SWEPT_ROWS, seed))


def swept_summary(sweeps: pandas.DataFrame) -> pandas.DataFrame:
    """Return per challenger how many features and steps were tested, and the largest step in the wrong direction."""
    found = sweeps.groupby("model", as_index=False, sort=False)
    return found.agg(features=("feature", "count"), steps=("steps", "sum"), violation=("violation", "max"))


@dataclass(frozen=True)
class Explained:
    """What challengers do, on some rows of development, against the customers that the scorecard's reasons compare with.

    Attributes
    ----------
    tuned : mapping of name to Tuned
    best : Tuned or None
    rows : pyarrow.Table
    reference : pyarrow.Table
    card : Scorecard
    language : str
    seed : int
        Of sampled values.
    """

    tuned: Mapping[str, Tuned]
    best: Tuned | None
    rows: pa.Table
    reference: pa.Table
    card: Scorecard
    language: str
    seed: int

    @cached_property
    def found(self) -> dict[str, Contributions]:
        """The Shapley values of every challenger."""
        return {name: challengers.contributions(each, self.rows, self.reference, self.seed) for name, each in self.tuned.items()}

    def importance(self) -> pandas.DataFrame:
        """Return the mean absolute contribution by challenger and characteristic, and how the values were found."""
        parts = [
            challengers.importance(found).assign(model=name, way=found.way, compared=found.compared)
            for name, found in self.found.items()
        ]
        columns = ["model", "characteristic", "importance", "share", "mean", "way", "compared"]
        return pandas.concat(parts, ignore_index=True)[columns] if parts else pandas.DataFrame(columns=columns)

    def of_best(self, table: pandas.DataFrame) -> pandas.DataFrame:
        """Return the rows of a table that belong to the best challenger."""
        return table[table["model"] == self._name] if len(table) else table

    def importance_chart(self, table: pandas.DataFrame) -> Chart:
        """Draw the importance of the best challenger's characteristics."""
        return figures.importance(self.of_best(table), named("model", self._name, self.language), self.language)

    def customer(self) -> pandas.DataFrame:
        """Return the contributions to one refused customer's log-odds: the one in the middle by the best challenger's PD."""
        columns = ["characteristic", "bin", "contribution"]
        if self.best is None or not len(refused := self._refused()):
            return pandas.DataFrame(columns=columns)
        ordered = np.argsort(self.best.pd(self.rows.take(pa.array(refused))), kind="stable")
        place = int(refused[ordered[len(ordered) // 2]])
        row = self.rows.slice(place, 1)
        bins = [each.bins[int(each.assign(row.column(each.name))[0])].label for each in self.best.encoder.characteristics]
        own = self.found[self._name].values[place]
        table = pandas.DataFrame({"characteristic": self.best.encoder.names, "bin": bins, "contribution": own})
        return table.sort_values("contribution", key=lambda each: -each.abs(), kind="stable", ignore_index=True)[columns]

    def customer_chart(self, table: pandas.DataFrame) -> Chart:
        """Draw one customer's contributions."""
        return figures.contributions(table, named("model", self._name, self.language), self.language)

    def dependences(self) -> pandas.DataFrame:
        """Return the partial dependence of the best challenger's final PD on every characteristic."""
        if self.best is None:
            return pandas.DataFrame(columns=["characteristic", "kind", "label", "value", "pd", "share"])
        return challengers.dependences(self.best, self.rows)

    def dependence_charts(self, table: pandas.DataFrame, importance: pandas.DataFrame) -> dict[str, Chart]:
        """Draw the dependence on the characteristics of most importance, by name."""
        names = self.of_best(importance)["characteristic"].head(SHOWN).tolist() if len(importance) else []
        return {name: figures.dependence(table[table["characteristic"] == name], name, self.language) for name in names}

    @property
    def _name(self) -> str:
        return "" if self.best is None else self.best.name

    def _refused(self) -> np.ndarray:
        """Return the positions of rows that the scorecard refuses; all where it has no cut-off."""
        cutoff = self.card.reasons.cutoff if self.card.reasons else None
        every = np.arange(self.rows.num_rows)
        return every if cutoff is None else every[self.card.score(self.rows).score < cutoff]


def explained(step: Step, searched: Searched, card: Scorecard, development: pa.Table, seed: int) -> Explained:
    """Return what explains the challengers: some rows of development, and the customers that all reasons compare with."""
    if searched.best is None:
        return Explained({}, None, development.slice(0, 0), development.slice(0, 0), card, step.pipeline.language, seed)
    characteristics = searched.best.encoder.characteristics
    compared = reasons.compared(card, development) if card.reasons else development
    rows, reference = (
        challengers.sample(characteristics, table, most, seed)
        for table, most in ((development, EXPLAINED_ROWS), (compared, COMPARED_ROWS))
    )
    return Explained(searched.tuned, searched.best, rows, reference, card, step.pipeline.language, seed)


def told(searched: Searched, language: str = "en") -> str:
    """Say which challengers failed and whose search time ended, for the notebook's answer; empty where all is well."""
    said = []
    if searched.failures:
        each = "; ".join(_failure(failure.model, failure.stage, failure.reason, language) for failure in searched.failures)
        asked = len(searched.failures) + len(searched.tuned)
        key = "challengers.failed" if searched.tuned else "challengers.none_built"
        said.append(messages.text(key, language, count=len(searched.failures), asked=asked, failures=each))
    if late := [name for name, found in searched.searches.items() if found.stopped_by == "seconds"]:
        names = ", ".join(named("model", name, language) for name in late)
        said.append(messages.text("challengers.stopped", language, names=names))
    return "\n\n".join(said)


def answer(verdict: str, searched: Searched, language: str = "en") -> str:
    """Return a notebook's answer with what `told` says below it."""
    return "\n\n".join(part for part in (verdict, told(searched, language)) if part)


def _failure(name: str, stage: str, reason: str, language: str) -> str:
    return messages.text(
        "challengers.one", language, name=named("model", name, language), stage=named("stage", stage, language), reason=reason
    )


def _pds(name: str, tuned: Tuned, sample: str, table: pa.Table) -> dict[str, object]:
    found, weight = tuned.pds(table), weights(table)
    means = [float(np.average(each, weights=weight)) for each in (table.column(BAD).to_numpy(), *found)]
    return {"model": name, "sample": sample, "rows": table.num_rows, "clipped": tuned.clipped(table)} | dict(
        zip(("bad_rate", "pd_raw", "pd_calibrated", "pd_final"), means, strict=True)
    )


def _series(searched: Searched) -> dict[str, dict[int, float]]:
    """Return the mean AUC of every trial that has one, by challenger and how it ended, ready for MLflow's charts."""
    found: dict[str, dict[int, float]] = {}
    for name, each in searched.searches.items():
        for trial in each.trials:
            if trial.auc is not None:
                found.setdefault(f"search.{name}.{trial.state}", {})[trial.number] = trial.auc
    return found


def _seconds(searched: Searched) -> pandas.DataFrame:
    rows = [
        {"model": name, "trial": trial.number, "seconds": round(trial.seconds, 3)}
        for name, each in searched.searches.items()
        for trial in each.trials
    ]
    return pandas.DataFrame(rows, columns=["model", "trial", "seconds"])


@contextmanager
def _progress(shown: bool, names: tuple[str, ...], budget: Budget) -> Iterator[Hear]:
    """Give what hears of each trial: a bar where a person looks on, nothing beside the log elsewhere."""
    if not shown:
        yield nobody
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns) as bar:
        whole = bar.add_task(names[0], total=len(names) * budget.trials)

        def hear(name: str, trial: Trial) -> None:
            bar.update(whole, advance=1, description=f"{name}, trial {trial.number + 1}")

        yield hear
