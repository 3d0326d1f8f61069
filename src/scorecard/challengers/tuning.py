"""Tune challengers on the same rows; one that fails stops no other."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas
import pyarrow as pa

from scorecard.calibration import Calibration
from scorecard.challengers.catalogue import CHALLENGERS
from scorecard.challengers.estimators import fit
from scorecard.challengers.files import size
from scorecard.challengers.rows import Development
from scorecard.challengers.search import Budget, Hear, Search, Trial, nobody, search, why
from scorecard.challengers.shapley import contributions
from scorecard.challengers.tuned import Tuned, calibrated
from scorecard.errors import EvidenceError, ScorecardError
from scorecard.points import Scaling
from scorecard.woe import Characteristic

log = logging.getLogger(__name__)
FEW = 3  # rows: whether contributions can be had at all
HALF = 0.5  # an account: what a raw PD of 0 or 1 is taken to be away from it, of all rows
TRIALS = ("model", "trial", "state", "auc", "folds", "rounds", "reason")
SUMMARY = ("model", "completed", "pruned", "failed", "auc", "rounds", "rows", "stopped_by", "reproducible")
FAILURES = ("model", "stage", "reason")


@dataclass(frozen=True)
class Failure:
    """A challenger that could not be built: at which stage (rows, search, fit, calibration, answer), and why."""

    model: str
    stage: str
    reason: str


@dataclass(frozen=True)
class Searched:
    """What became of every challenger that was asked for.

    Attributes
    ----------
    tuned : mapping of name to Tuned
        Those that were built.
    failures : tuple of Failure
        Those that were not.
    searches : mapping of name to Search
        Of both.
    """

    tuned: dict[str, Tuned] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    searches: dict[str, Search] = field(default_factory=dict)

    @property
    def best(self) -> Tuned | None:
        """The challenger with the highest out-of-fold AUC, the first of equals; None where none was built."""
        return max(self.tuned.values(), key=lambda each: each.search.best.auc if each.search.best else 0.0, default=None)  # type: ignore[arg-type, return-value]


def tune(name: str, rows: Development, budget: Budget, seed: int, hear: Hear = nobody) -> Tuned:
    """Search a challenger's settings and fit the best on all rows, or as many as the catalogue says.

    Parameters
    ----------
    name : str
        A key of `CHALLENGERS`.
    rows : Development
    budget : Budget
    seed : int
        Of the search and of the estimator; the rows have theirs.
    hear : function of (name, Trial)
        Called after each trial.

    Raises
    ------
    EvidenceError
        Where no trial was completed.
    """
    found = _searched(name, rows, budget, seed, hear)
    return _fitted(name, rows, found, _best(found, budget), seed)


def tune_all(
    characteristics: Sequence[Characteristic],
    table: pa.Table,
    budget: Budget,
    seed: int,
    names: Sequence[str] = (),
    hear: Hear = nobody,
) -> Searched:
    """Tune challengers on the same rows and splits.

    Parameters
    ----------
    characteristics : sequence of Characteristic
    table : pyarrow.Table
        Development, with ``@bad`` and ``@weight``, in any order.
    budget : Budget
        Of each challenger.
    seed : int
        Of the order of rows, the splits, the search and the estimators.
    names : sequence of str
        Keys of `CHALLENGERS`; all where it is empty.
    hear : function of (name, Trial)
        Called after each trial.
    """
    wanted = tuple(names) or tuple(CHALLENGERS)
    try:
        rows = Development.of(characteristics, table, seed)
    except EvidenceError as error:
        return Searched(failures=tuple(Failure(name, "rows", str(error)) for name in wanted))
    tuned: dict[str, Tuned] = {}
    searches: dict[str, Search] = {}
    failures = []
    for name in wanted:
        stage = "search"
        try:
            searches[name] = _searched(name, rows, budget, seed, hear)
            best, stage = _best(searches[name], budget), "fit"
            tuned[name] = _fitted(name, rows, searches[name], best, seed)
        except Exception as error:
            failures.append(_failure(name, stage, error))
    return Searched(tuned, tuple(failures), searches)


def calibrate_all(searched: Searched, like: Calibration, scaling: Scaling, tables: Mapping[str, pa.Table]) -> Searched:
    """Return the challengers calibrated as the scorecard is; one that cannot be, or breaks when it is used, is a failure."""
    tuned, failures = {}, list(searched.failures)
    for name, each in searched.tuned.items():
        stage = "calibration"
        try:
            made = calibrated(each, like, scaling, tables)
            stage = "answer"
            _use(made, tables)
            tuned[name] = made
        except Exception as error:
            failures.append(_failure(name, stage, error))
    return Searched(tuned, tuple(failures), searched.searches)


def _use(tuned: Tuned, tables: Mapping[str, pa.Table]) -> None:
    """Ask a challenger for all that it is asked later, so that one which breaks there stops no other."""
    for table in tables.values():
        tuned.pd(table)
    few = next(iter(tables.values())).slice(0, FEW)
    contributions(tuned, few, few)
    size(tuned)


def trials_table(searched: Searched) -> pandas.DataFrame:
    """Return every trial: its state, mean out-of-fold AUC, folds, rounds and settings; a failed one with its reason."""
    rows = [
        {**each.settings, "model": name, "trial": each.number, "state": each.state, "auc": each.auc, "folds": len(each.aucs),
         "rounds": each.final.get("rounds"), "reason": each.reason or None}
        for name, found in searched.searches.items() for each in found.trials
    ]  # fmt: skip
    columns = dict.fromkeys([*TRIALS, *(key for row in rows for key in row)])
    return _whole(pandas.DataFrame(rows, columns=list(columns)), rows, ("rounds",))


def summary(searched: Searched) -> pandas.DataFrame:
    """Return a row per challenger: trials by state, best out-of-fold AUC, rounds and rows of the fit, and what stopped the search."""
    rows = [_summary(name, found, searched.tuned.get(name)) for name, found in searched.searches.items()]
    return _whole(pandas.DataFrame(rows, columns=SUMMARY), rows, ("rounds", "rows"))


def failures_table(searched: Searched) -> pandas.DataFrame:
    """Return the challengers that could not be built, and why."""
    return pandas.DataFrame([vars(each) for each in searched.failures], columns=FAILURES)


def _summary(name: str, found: Search, tuned: Tuned | None) -> dict[str, object]:
    best = found.best
    return {
        "model": name, "completed": found.count("completed"), "pruned": found.count("pruned"),
        "failed": len(found.trials) - found.count("completed") - found.count("pruned"),
        "auc": best.auc if best else None, "rounds": best.final.get("rounds") if best else None,
        "rows": tuned.rows if tuned else None,
        "stopped_by": found.stopped_by, "reproducible": found.stopped_by == "trials",
    }  # fmt: skip


def _whole(table: pandas.DataFrame, rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> pandas.DataFrame:
    """Return the table with columns of whole numbers, which pandas makes floating point where one is absent."""
    return table.assign(**{name: pandas.Series([row[name] for row in rows], dtype=object) for name in names})


def _searched(name: str, rows: Development, budget: Budget, seed: int, hear: Hear) -> Search:
    return search(name, CHALLENGERS[name], rows, budget, seed, hear)


def _best(found: Search, budget: Budget) -> Trial:
    if found.best is not None:
        return found.best
    failed = next((each.reason for each in found.trials if each.state == "failed"), "")
    ended = f"within {budget.seconds:g} seconds" if found.stopped_by == "seconds" else f"of {len(found.trials)}"
    raise EvidenceError(f"No trial was completed {ended}{'; ' + failed if failed else '. Raise the budget.'}")


def _fitted(name: str, rows: Development, found: Search, best: Trial, seed: int) -> Tuned:
    challenger = CHALLENGERS[name]
    encoder, matrix = rows.encoder(challenger.encoding), rows.matrix(challenger.encoding)
    if challenger.most_rows is not None:
        matrix = matrix.part(slice(challenger.most_rows))
    estimator = fit(challenger.make(best.final, encoder, seed), matrix)
    return Tuned(name, estimator, encoder, best.final, HALF / len(matrix.bad), rows=len(matrix.bad), search=found)


def _failure(name: str, stage: str, error: Exception) -> Failure:
    foreign = None if isinstance(error, ScorecardError) else error  # whoever adds a challenger wants to see where it broke
    log.warning("challenger failed challenger=%s stage=%s reason=%s", name, stage, why(error), exc_info=foreign)
    return Failure(name, stage, why(error))
