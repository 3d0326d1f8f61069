"""Applicants that were declined: rows that the target rule takes out, placed in samples as the accepts are."""

from __future__ import annotations

from pathlib import Path

from scorecard.contracts import Contract
from scorecard.data.outcome import STATUS, WEIGHT, labelled, marked
from scorecard.data.samples import SAMPLE, needed, split_by
from scorecard.data.source import ROW, Relation, held, literal, open_table, quoted, sql, typed
from scorecard.errors import SettingsError
from scorecard.settings import Pipeline, Rejects, nearest


def declined(pipeline: Pipeline, contract: Contract, root: Path, seed: int, rejects: Rejects) -> Relation:
    """Open the declined applicants of a pipeline's table, in the samples they would belong to.

    Parameters
    ----------
    pipeline : Pipeline
    contract : Contract
    root : Path
        The folder that relative paths start from.
    seed : int
        As for the accepts, so that declines and accepts keep their proportion in every sample.
    rejects : Rejects

    Returns
    -------
    Relation
        The contract's columns in their types, with ``@row``, ``@sample`` and ``@weight``; with ``@bad`` where the outcome is known.

    Raises
    ------
    SettingsError
        Where no exclusion rule has the reason.
    DataError
        As in `prepare`; where outcomes are named, also where a decline has another one.
    """
    reasons = [rule.reason for rule in pipeline.target.excluded]
    if rejects.reason not in reasons:
        raise SettingsError(
            f"rejects.reason = {rejects.reason!r}; expected the reason of a rule in target.excluded. {nearest(rejects.reason, reasons)}"
        )
    columns = needed(contract, pipeline)
    rows = typed(open_table(pipeline.table, root), columns)
    placed = split_by(marked(rows, pipeline, columns), pipeline, seed)
    status = literal(f"excluded: {rejects.reason}")
    found = placed.filter(f"{quoted(STATUS)} = {status} AND {quoted(SAMPLE)} IS NOT NULL")
    told = _with_outcome(found, pipeline, columns, rejects) if rejects.good or rejects.bad else found
    return held(told.order(quoted(ROW)))


def _with_outcome(rows: Relation, pipeline: Pipeline, contract: Contract, rejects: Rejects) -> Relation:
    """Add ``@bad`` by the outcomes that `rejects` names, and keep the weights."""
    target = pipeline.target.model_copy(update={"good": rejects.good, "bad": rejects.bad, "indeterminate": (), "excluded": ()})
    kept = sql(rows, f'SELECT * EXCLUDE ({quoted(STATUS)}, {quoted(WEIGHT)}), {quoted(WEIGHT)} AS "@kept" FROM r')
    found = labelled(kept, pipeline.model_copy(update={"target": target}), contract)
    return sql(found, f'SELECT * EXCLUDE ({quoted(WEIGHT)}, "@kept"), "@kept" AS {quoted(WEIGHT)} FROM r')
