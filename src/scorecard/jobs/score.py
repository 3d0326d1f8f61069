"""Score a table of any size with a model: score, PD, grade, model version and hash for every row, in input order."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scorecard.contracts import Column, Contract
from scorecard.data import source
from scorecard.data.samples import count_rows
from scorecard.errors import DataError
from scorecard.model import Scorecard
from scorecard.settings import Table
from scorecard.tracking.registry import Version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """What was scored: rows, and per characteristic the rows with a level that development did not have."""

    rows: int
    unseen: dict[str, int]


def inputs(card: Scorecard) -> Contract:
    """Return what the scorecard itself asks of a table."""
    columns = {name: Column(dtype=dtype) for name, dtype in card.dtypes.items()}
    return Contract(name=card.name, missing_values=card.missing_values, columns=columns)


def score(card: Scorecard, version: Version, table: Table, root: Path, out: Path) -> Report:
    """Score a table into a Parquet file, in batches; the file appears whole or not at all.

    Raises
    ------
    DataError
        Where a column is missing or of the wrong type, the table has no rows, or `out` cannot be written.
    """
    rows = source.typed(source.open_table(table, root), inputs(card))
    if not count_rows(rows):
        raise DataError(f"{table} has no rows; expected rows to score. Export it again.")
    constant = {"model": f"{version.name}/{version.version}", "model_sha256": card.sha256}
    part = out.with_name(out.name + ".part")
    total, unseen = 0, dict.fromkeys(card.inputs, 0)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(part, _SCHEMA) as writer:
            for batch in source.batches(rows, card.inputs):
                scored = card.score(batch)
                grades = np.array(card.grade_names())[scored.grade]
                repeated = [pa.array(np.full(batch.num_rows, value)) for value in constant.values()]
                writer.write_table(
                    pa.table([pa.array(scored.score), pa.array(scored.pd), pa.array(grades), *repeated], schema=_SCHEMA)
                )
                total += batch.num_rows
                unseen |= {name: unseen[name] + count for name, count in scored.unseen.items()}
        part.replace(out)
    except OSError as error:
        raise DataError(
            f"{out} cannot be written ({error.strerror or type(error).__name__}). Choose another place, or free some space."
        ) from error
    finally:
        with suppress(OSError):  # where the folder is none, there is nothing to remove
            part.unlink(missing_ok=True)
    log.info("scored model=%s rows=%d", constant["model"], total)
    return Report(total, {name: count for name, count in unseen.items() if count})


_SCHEMA = pa.schema(
    [("score", pa.float64()), ("pd", pa.float64()), ("grade", pa.string()), ("model", pa.string()), ("model_sha256", pa.string())]
)
