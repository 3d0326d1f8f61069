"""Gather what the validation tests look at: scored samples with what divides their rows, and the scorecard behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scorecard import model, woe
from scorecard.contracts import Contract
from scorecard.data.samples import BAD, WEIGHT, Prepared
from scorecard.errors import SettingsError
from scorecard.jobs import moves, origin
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.settings import Pipeline, nearest
from scorecard.validation import Evidence, Labels, Modelled, Scored
from scorecard.validation.evidence import DEVELOPMENT, PERIOD
from scorecard.woe import Characteristic

QUARTERS = (0.25, 0.5, 0.75)
Tables = Mapping[str, pa.Table]
Codes = Callable[[pa.ChunkedArray], npt.NDArray[np.int_]]


def gather(
    step: Step,
    card: Scorecard,
    prepared: Prepared,
    characteristics: Mapping[str, Characteristic],
    cutoff: float | None,
    others: Tables | None = None,
) -> Evidence:
    """Return the evidence of a run, or of a validator's own rows.

    Parameters
    ----------
    step : Step
    card : Scorecard
    prepared : Prepared
    characteristics : mapping of name to Characteristic
        Those that could have been in the card.
    cutoff : float or None
        The score from which customers are approved.
    others : mapping of sample to pyarrow.Table, optional
        Samples that stand in the place of those after development, with the same columns; a segment or protected attribute that
        one of them lacks is left out.
    """
    pipeline, contract = step.pipeline, step.contract
    protected = contract.with_role("protected")
    tables = rows(step, card, prepared, [*characteristics, *protected])
    tables = {DEVELOPMENT: tables[DEVELOPMENT], **others} if others else tables
    divided = labels(tables, pipeline, contract)
    samples = {name: scored(card, table, pipeline.exposure, divided[name]) for name, table in tables.items()}
    return Evidence(
        samples,
        card.grade_names(),
        model.attributes(card, tables),
        pipeline.thresholds,
        cutoff=cutoff,
        model=Modelled(card, tables, characteristics),
        moves=moves.gather(step, card),
        segments=tuple(name for name in pipeline.segments if name in divided[DEVELOPMENT]),
        protected=tuple(name for name in protected if name in divided[DEVELOPMENT]),
        reference={name: str(group) for name, group in pipeline.fairness.reference.items()},
        lacking=origin.missing(step, card),
        record=origin.record(step, card),
        sources=sources(pipeline, contract),
    )


def sources(pipeline: Pipeline, contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """Return which inputs come from one source, as the settings name them.

    Raises
    ------
    SettingsError
        Where a source names a column that is not in the contract.
    """
    for source, names in pipeline.sources.items():
        for name in names:
            if name not in contract.columns:
                raise SettingsError(
                    f"sources.{source} names {name}, which is not in the contract. {nearest(name, list(contract.columns))}"
                )
    return pipeline.sources


def rows(step: Step, card: Scorecard, prepared: Prepared, names: Sequence[str]) -> dict[str, pa.Table]:
    """Return development, test and out-of-time rows with the card's inputs, other columns, and what divides or weighs them."""
    pipeline = step.pipeline
    beside = [pipeline.observation_date, pipeline.exposure, *pipeline.segments]
    wanted = list(dict.fromkeys([*card.inputs, *names, *(name for name in beside if name)]))
    return {name: step.rows(prepared, wanted, name) for name in prepared.present() if name != "monitoring"}


def scored(card: Scorecard, table: pa.Table, exposure: str | None, divided: Mapping[str, Labels]) -> Scored:
    """Return rows as the scorecard sees them."""
    found = card.score(table)
    weight = table.column(WEIGHT).to_numpy()
    return Scored(
        table.column(BAD).to_numpy().astype(np.int64) if BAD in table.column_names else None,
        found.score,
        found.pd,
        found.grade,
        None if (weight == 1).all() else weight,
        None if exposure is None or exposure not in table.column_names else woe.numbers(table.column(exposure)),
        divided,
    )


def labels(tables: Tables, pipeline: Pipeline, contract: Contract) -> dict[str, dict[str, Labels]]:
    """Return what divides the rows of every sample: periods, segments and protected attributes, with the same names in all."""
    names = dict.fromkeys([*pipeline.segments, *contract.with_role("protected")])
    coders = {name: _coder(name, tables, pipeline, contract) for name in names if _is_everywhere(name, tables)}
    if pipeline.observation_date and _is_everywhere(pipeline.observation_date, tables):
        coders[PERIOD] = _periods(tables, pipeline.observation_date, pipeline.period)
    return {sample: {name: coder(table) for name, coder in coders.items()} for sample, table in tables.items()}


def _is_everywhere(name: str, tables: Tables) -> bool:
    return all(name in table.column_names for table in tables.values())


@dataclass(frozen=True)
class _Coder:
    """Turns a column of a table into labels."""

    column: str
    names: tuple[str, ...]
    codes: Codes

    def __call__(self, table: pa.Table) -> Labels:
        return Labels(self.codes(table.column(self.column)), self.names)


def _coder(name: str, tables: Tables, pipeline: Pipeline, contract: Contract) -> _Coder:
    column = contract.columns[name]
    if column.kind == "numeric":
        return _bands(name, tables, pipeline.fairness.edges.get(name))
    return _levels(name, tables, lambda values: pc.cast(values, pa.string()))


def _bands(name: str, tables: Tables, given: tuple[float, ...] | None) -> _Coder:
    """Cut a numeric column at edges; without any, at the quartiles of development."""
    edges = np.array(given) if given else np.unique(np.nanquantile(woe.numbers(tables[DEVELOPMENT].column(name)), QUARTERS))
    ends = [None, *edges.tolist(), None]
    names = tuple(woe.interval(low, high).label for low, high in pairwise(ends))

    def codes(values: pa.ChunkedArray) -> npt.NDArray[np.int_]:
        found = woe.numbers(values)
        return np.where(np.isnan(found), -1, np.searchsorted(edges, found, side="right"))

    return _Coder(name, names, codes)


def _levels(name: str, tables: Tables, texts: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> _Coder:
    known = sorted({text for table in tables.values() for text in pc.unique(texts(table.column(name))).to_pylist()} - {None})

    def codes(values: pa.ChunkedArray) -> npt.NDArray[np.int_]:
        found = pc.index_in(texts(values), value_set=pa.array(known, pa.string()))
        return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int_)

    return _Coder(name, tuple(known), codes)


def _periods(tables: Tables, date: str, every: str) -> _Coder:
    def texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
        year = pc.cast(pc.year(values), pa.string())
        if every == "year":
            return year
        if every == "quarter":
            return pc.binary_join_element_wise(year, pc.cast(pc.quarter(values), pa.string()), "Q")
        return pc.strftime(values, format="%Y-%m")

    return _levels(date, tables, texts)
