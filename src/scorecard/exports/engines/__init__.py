"""Where exports are executed. Each module says which `available` version it has, and can `execute` a scorecard's export on rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from scorecard import reasons
from scorecard.errors import EvidenceError
from scorecard.model import Scorecard

TABLE, PLACE = "golden_vectors", "golden_place"


def schema(card: Scorecard) -> pa.Schema:
    """Return the columns that every export gives, in order: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on."""
    return pa.schema([(name, pa.float64() if name in reasons.SCORES else pa.string()) for name in reasons.outputs(card)])


def answers(card: Scorecard, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows that an engine gave as a table of the outputs."""
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema(card))


def place(card: Scorecard) -> str:
    """Return a name for the number of a row that no input has."""
    found = PLACE
    while found in card.dtypes:
        found += "_"
    return found


def numbered(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return the inputs with the number of each row, by which the answer is put in order."""
    return rows.select(card.inputs).add_column(0, place(card), pa.array(range(rows.num_rows), pa.int64()))


def ordered(card: Scorecard, names: Sequence[str], found: Iterable[Sequence[Any]]) -> pa.Table:
    """Return what a database gave, in the order of the rows."""
    rows = [dict(zip(names, each, strict=True)) for each in found]
    return answers(
        card, [{key: row[key] for key in schema(card).names} for row in sorted(rows, key=lambda row: row[place(card)])]
    )


def absent(name: str, fix: str) -> EvidenceError:
    """Return the refusal of an engine that is not here."""
    return EvidenceError(f"{name} is not here; expected it, to execute the export. {fix}")
