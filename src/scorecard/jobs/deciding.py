"""The strategy of a run: what notebook 04 calls to apply knock-out rules and cut-offs of scorecard, incumbent and best challenger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas

from scorecard import comparison, strategy
from scorecard.jobs.contest import SCORECARD, Compared, Contest
from scorecard.results import Result
from scorecard.strategy import Book, Economics, Plan
from scorecard.strategy.rows import Flags


@dataclass(frozen=True, eq=False)
class Decided:
    """A strategy and everything that is told of it, on the sample that is judged.

    Attributes
    ----------
    plan : Plan
    score : float
        The scorecard's cut-off.
    books : mapping of model to Book
    hits : list of bool array of shape (rows,)
        Which rows each knock-out rule declines.
    decisions, bands, curve, alternatives, rules : DataFrame
    best : list of dict
        Each model's most profitable cut-off; empty without economics.
    marginal : Result
    """

    plan: Plan
    score: float
    books: Mapping[str, Book]
    hits: Sequence[Flags]
    decisions: pandas.DataFrame
    bands: pandas.DataFrame
    curve: pandas.DataFrame
    alternatives: pandas.DataFrame
    rules: pandas.DataFrame
    best: list[dict[str, Any]]
    marginal: Result


def metrics_of(made: Decided | None) -> dict[str, float | None]:
    """Return the totals of each model as metrics to log, such as ``strategy.scorecard.approval_rate``; nothing without a strategy."""
    whole = [] if made is None else made.decisions[made.decisions["decision"] == "approved_in_all"].to_dict("records")
    names = {"share": "approval_rate", "bad_rate": "bad_rate", "expected_loss": "expected_loss", "profit": "profit"}
    return {
        f"strategy.{row['model']}.{told}": None if pandas.isna(row[name]) else float(row[name])
        for row in whole for name, told in names.items()
    }  # fmt: skip


def table(made: Decided | None, name: str) -> pandas.DataFrame:
    """Return one of the tables of a strategy by its name; an empty one without a strategy."""
    return pandas.DataFrame() if made is None else getattr(made, name)


def decided(contest: Contest, found: Compared, seed: int) -> Decided | None:
    """Return the strategy of the pipeline's cut-off and knock-out rules; None where it names no cut-off.

    The cut-off is the one in the scorecard's file: found on development where the pipeline gives an approval rate. The
    other models approve as many of those whom no rule declines.

    Parameters
    ----------
    contest : Contest
    found : Compared
    seed : int
        Of the resamples.

    Raises
    ------
    SettingsError
        Where a knock-out rule names no column, or values that it cannot hold.
    """
    score, pipeline = cut_off(contest), contest.step.pipeline
    if score is None:
        return None
    names = [SCORECARD, *contest.incumbents, *([found.best] if found.best else [])]
    rows = contest.rows.only(names)
    hits = strategy.hits(pipeline.strategy.knock_outs, contest.tables[contest.judged], contest.step.contract)
    economics = Economics.of(pipeline.cutoff)
    made = strategy.plan(rows, strategy.declined(hits, rows.n), -score, economics, pipeline.strategy.refer)
    _, bounds = graded(contest, names)
    books = strategy.opened(made, bounds, contest.replicates(rows), seed)
    curves = [row for book in books.values() for row in strategy.curve(book, economics)]
    best = [strategy.best(book, economics) for book in books.values()]
    by_score = np.asarray(rows.reference.risk <= -score)
    return Decided(
        made, score, books, hits,
        decisions=pandas.DataFrame(strategy.decisions(made, books)),
        bands=pandas.DataFrame(strategy.by_band(made, books, bounds, contest.card.grades)),
        curve=pandas.DataFrame(curves),
        alternatives=pandas.DataFrame(_with_scores(strategy.alternatives(made, books[SCORECARD]))),
        rules=pandas.DataFrame(strategy.effects(pipeline.strategy.knock_outs, hits, rows, by_score, economics)),
        best=[each for each in best if each is not None],
        marginal=strategy.marginal_result(strategy.marginal(made, books[SCORECARD]), economics, contest.judged),
    )  # fmt: skip


def cut_off(contest: Contest) -> float | None:
    """Return the score from which the scorecard approves: that of its file, else that of the pipeline's rule on development."""
    told = contest.card.reasons
    if told is not None and told.cutoff is not None:
        return told.cutoff
    start = contest.samples["development"]
    return comparison.cut_off(-start.reference.risk, contest.step.pipeline.cutoff, start.weight)


def graded(contest: Contest, names: Sequence[str]) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
    """Return the grade of every row by every model on the scorecard's scale, and the highest risk in each grade but the last."""
    card, rows = contest.card, contest.rows
    upper, size = comparison.boundaries(card), len(card.grades)
    own = card.score(contest.tables[contest.judged]).grade
    grades = {name: own if name == SCORECARD else comparison.graded(rows.models[name].pd, upper) for name in names}
    return grades, {name: comparison.highest_risks(rows.models[name].risk, grade, size) for name, grade in grades.items()}


def _with_scores(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": row["name"], "score": None if row["limit"] is None else 0.0 - row["limit"]} | row for row in rows]
