"""A validator's own sample: another table, held to the model's contract and target rule, scored as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from scorecard.contracts import Breach, Contract, check_rows
from scorecard.data import source
from scorecard.data.outcome import BAD, WEIGHT, labelled
from scorecard.data.samples import Prepared, count_rows, needed
from scorecard.errors import DataError
from scorecard.jobs.subject import Subject
from scorecard.settings import Table

SAMPLE = "validation"
ROW = "@row"


@dataclass(frozen=True)
class Sample:
    """Another table as the model sees it.

    Attributes
    ----------
    table : pyarrow.Table
        The columns that are there, with ``@weight``, and ``@bad`` where outcomes are known: only rows that are good or bad then,
        and only customers that development did not have.
    rows : int
        Before any was left out.
    breaches : list of Breach
        Of the contract.
    fingerprint : str
    of_development : int or None
        Rows left out because development has the customer; None where that cannot be told: the rows have no key, or development's are gone.
    """

    table: pa.Table
    rows: int
    breaches: list[Breach]
    fingerprint: str
    of_development: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what is told of it, as plain values."""
        told = {"rows": self.rows, "kept": self.table.num_rows, "outcomes": BAD in self.table.column_names}
        told |= {"breaches": [str(each) for each in self.breaches], "data_sha256": self.fingerprint}
        return told | {"of_development": self.of_development}


def sample(subject: Subject, table: Table, root: Path, development: Prepared | None) -> Sample:
    """Open, check and label another table; `development` tells which customers it has, where its rows are at hand.

    Raises
    ------
    DataError
        Where it cannot be read, lacks an input of the scorecard, has no rows, none that is good or bad, or none of a customer that
        development did not have.
    """
    opened = source.open_table(table, root)
    contract = _contract(subject, opened.columns)
    rows = source.typed(opened, contract)
    total = count_rows(rows)
    if not total:
        raise DataError(f"{table} has no rows; expected a sample to validate on. Export it again.")
    breaches = check_rows(source.batches(rows, list(contract.columns)), contract)
    known = subject.pipeline.target.column in opened.columns
    kept = (
        labelled(rows, subject.pipeline, contract)
        if known
        else source.sql(rows, f"SELECT *, 1.0 AS {source.quoted(WEIGHT)} FROM r")
    )
    found = source.sql(kept, f"SELECT * FROM r ORDER BY {source.quoted(ROW)}").to_arrow_table()
    new, shared = _without(found, development, subject.pipeline.key)
    if not new.num_rows:
        raise DataError(
            f"{table} holds customers of development only; expected rows that {subject.reference} was not built on. Name another table."
        )
    return Sample(new, total, breaches, source.fingerprint(table, root), shared)


def _contract(subject: Subject, present: Sequence[str]) -> Contract:
    """Return the contract of the columns that are there, and of the inputs that must be."""
    inputs = subject.card.inputs
    contract = needed(subject.contract, subject.pipeline, inputs)
    columns = {name: each for name, each in contract.columns.items() if name in present or name in inputs}
    return contract.model_copy(update={"columns": columns})


def _without(table: pa.Table, development: Prepared | None, key: tuple[str, ...]) -> tuple[pa.Table, int | None]:
    """Return the rows whose key development does not have, and how many it has; all of them, and None, where that cannot be told."""
    if development is None or not key or not set(key) <= set(table.column_names):
        return table, None
    names = ", ".join(source.quoted(name) for name in key)
    known = _joined(development.sample("development").project(names).to_arrow_table(), key)
    new = table.filter(pc.invert(pc.is_in(_joined(table, key), value_set=known.combine_chunks())))
    return new, table.num_rows - new.num_rows


def _joined(table: pa.Table, key: tuple[str, ...]) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(pc.fill_null(pc.cast(table.column(name), pa.string()), "") for name in key), "|")
