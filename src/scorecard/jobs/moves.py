"""Grade the same customers at an earlier date and now, for the tests of migration.

The setting `earlier` names a table of the same customers at the start of a window; the pipeline's own table is its end, and
`key` joins them. Who is not in the table of the end has left. Who turned bad in between is known only where the earlier table
holds the target; elsewhere a customer who defaulted counts by the grade at the end, or as one who left. That a customer moved
to another model cannot be told from two tables.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
from numpy.typing import NDArray

from scorecard.contracts import Contract
from scorecard.data import source
from scorecard.data.outcome import BAD, labelled
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.settings import Pipeline, Table
from scorecard.validation import Moves

log = logging.getLogger(__name__)
DEFAULT, TERMINATED = 0, 2  # after the grades; 1 is another model


@dataclass(frozen=True, eq=False)
class Graded:
    """Customers of one table with their grade, and the outcome where the table tells it."""

    keys: pandas.DataFrame
    grade: NDArray[np.intp]
    bad: NDArray[np.int64] | None


def gather(step: Step, card: Scorecard) -> Moves | None:
    """Return how the customers of the earlier table moved between the card's grades.

    None where the settings name no earlier table, or where none of its customers is in the table at the end, which is told in
    the log: a validator may have put other customers in its place.

    Raises
    ------
    SettingsError
        Where the settings name an earlier table but no key.
    DataError
        Where a table lacks a column or repeats a key.
    """
    if step.pipeline.earlier is None:
        return None
    try:
        return moves(card, step.pipeline, step.contract, step.root)
    except EvidenceError as error:
        log.warning("migration left out reason=%s", error)
        return None


def moves(card: Scorecard, pipeline: Pipeline, contract: Contract, root: Path) -> Moves:
    """Return the grade of every customer at the start of the window, and where each ended.

    Parameters
    ----------
    card : Scorecard
    pipeline : Pipeline
        Its `earlier` is the start, its `table` the end, `key` joins them.
    contract : Contract
    root : Path
        The folder that relative paths start from.

    Raises
    ------
    SettingsError, DataError
        As in `gather`.
    EvidenceError
        Where no customer is in both tables.
    """
    if pipeline.earlier is None or not pipeline.key:
        raise SettingsError(
            f"The pipeline {pipeline.name} has earlier = {pipeline.earlier} and key = {', '.join(pipeline.key) or 'nothing'}; expected "
            "a table, and the columns that name a customer in both tables. Add what is missing to the pipeline YAML."
        )
    start = _graded(card, pipeline, contract, pipeline.earlier, root)
    end = _graded(card, pipeline, contract, pipeline.table, root)
    after = _found(start, end, str(pipeline.earlier), str(pipeline.table))
    grades = len(card.grades)
    after = np.where(after < 0, grades + TERMINATED, after)
    if start.bad is not None:
        after = np.where(start.bad == 1, grades + DEFAULT, after)
    return Moves(start.grade.astype(np.int_), after.astype(np.int_), defaults_known=start.bad is not None)


def _graded(card: Scorecard, pipeline: Pipeline, contract: Contract, table: Table, root: Path) -> Graded:
    opened = source.open_table(table, root)
    named = {pipeline.target.column, *(rule.column for rule in pipeline.target.excluded if rule.column)}
    told = named <= set(opened.columns)
    wanted = dict.fromkeys([*pipeline.key, *card.inputs, *(sorted(named) if told else ())])
    for name in pipeline.key:
        if name not in contract.columns:
            raise SettingsError(
                f"key names {name}, which is not in the contract. Add it there, or change key in the pipeline YAML."
            )
    reduced = contract.model_copy(update={"columns": {name: contract.columns[name] for name in wanted}})
    rows = source.typed(opened, reduced)
    known = (
        told and table == pipeline.earlier and not source.first(rows.filter(f"{source.quoted(pipeline.target.column)} IS NULL"))
    )
    held = labelled(rows, pipeline, reduced) if known else rows
    columns = ", ".join(source.quoted(name) for name in [*pipeline.key, *card.inputs, *([BAD] if known else [])])
    found = held.project(columns).to_arrow_table()
    keys = found.select(list(pipeline.key)).to_pandas()
    if keys.duplicated().any():
        raise DataError(f"{table} repeats a key ({', '.join(pipeline.key)}); expected each customer once. Remove the duplicates.")
    return Graded(keys, card.score(found).grade, _bad(found) if known else None)


def _bad(rows: pa.Table) -> NDArray[np.int64]:
    return np.asarray(rows.column(BAD).to_numpy(), dtype=np.int64)


def _found(start: Graded, end: Graded, earlier: str, later: str) -> NDArray[np.intp]:
    """Return the grade at the end of each customer of the start; -1 where there is none."""
    names = list(start.keys.columns)
    joined = start.keys.merge(end.keys.assign(**{"@grade": end.grade}), on=names, how="left", validate="one_to_one")
    if joined["@grade"].isna().all():
        raise EvidenceError(
            f"No customer of {earlier} is in {later} by {', '.join(names)}; expected the same customers. Check the keys of both tables."
        )
    return np.asarray(joined["@grade"].fillna(-1), dtype=np.intp)
