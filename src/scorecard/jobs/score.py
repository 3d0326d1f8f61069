"""Score a table of any size with a model, in one pass and in input order: keys, score, PDs, grade, reasons, version and hash."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from scorecard.contracts import Column, Contract
from scorecard.data import source, stream
from scorecard.data.source import Relation
from scorecard.errors import DataError, SettingsError
from scorecard.jobs.exporting import keys_of
from scorecard.model import Scorecard
from scorecard.reasons import answers, outputs
from scorecard.settings import Table, nearest
from scorecard.tracking.registry import Version

log = logging.getLogger(__name__)
MODEL = ("model", "model_sha256")
ENDINGS = (".parquet", ".pq", ".csv")
WORKERS = 2  # threads that score while the next rows are read and the last ones written
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass
class Report:
    """What was scored: rows, per characteristic the rows with a level that development did not have, and the keys before the scores."""

    rows: int = 0
    unseen: dict[str, int] = field(default_factory=dict)
    keys: tuple[str, ...] = ()

    def add(self, rows: int, unseen: dict[str, int]) -> None:
        """Count what a further batch holds."""
        self.rows += rows
        for name, count in unseen.items():
            self.unseen[name] = self.unseen.get(name, 0) + count


def inputs(card: Scorecard) -> Contract:
    """Return what the scorecard itself asks of a table."""
    columns = {name: Column(dtype=dtype) for name, dtype in card.dtypes.items()}
    return Contract(name=card.name, missing_values=card.missing_values, columns=columns)


def score(card: Scorecard, version: Version, table: Table, root: Path, out: Path, keys: tuple[str, ...] = ()) -> Report:
    """Score a table into a file that appears whole or not at all: CSV where its name ends so, else Parquet.

    Parameters
    ----------
    card : Scorecard
    version : Version
    table : Table
    root : Path
        The folder that relative paths start from.
    out : Path
    keys : tuple of str
        Columns of the table that stand before the score; where none are given those keys of the model's pipeline that the
        table has.

    Raises
    ------
    DataError
        Where a column is missing or of the wrong type, the table has no rows, or `out` cannot be written.
    SettingsError
        Where `out` is the table itself or ends in something else, or a key has the name of an output.
    """
    _refuse_place(table, root, out)
    opened = source.open_table(table, root)
    report = Report(keys=_keys(card, version, opened, keys))
    part = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        rows = stream.batches(table, root, opened, inputs(card), report.keys)
        _written(_scored(card, version, rows, report), part, out.suffix.lower() == ".csv")
        if not report.rows:
            raise DataError(f"{table} has no rows; expected rows to score. Export it again.")
        part.replace(out)
    except OSError as error:
        raise DataError(
            f"{out} cannot be written ({error.strerror or type(error).__name__}). Choose another place, or free some space."
        ) from error
    finally:
        with suppress(OSError):  # where the folder is none, there is nothing to remove
            part.unlink(missing_ok=True)
    log.info("scored model=%s/%s rows=%d", version.name, version.version, report.rows)
    return report


def _refuse_place(table: Table, root: Path, out: Path) -> None:
    if out.suffix.lower() not in ENDINGS:
        raise SettingsError(f"--out {out} ends in {out.suffix or 'nothing'}; expected .parquet or .csv. Rename it.")
    if table.path and (root / Path(table.path).expanduser()).resolve() == out.resolve():
        raise SettingsError(
            f"--out {out} is the table that is to be scored; expected another file, for it would be replaced. Rename it."
        )


def _keys(card: Scorecard, version: Version, opened: Relation, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the key columns, in order."""
    names = given or tuple(name for name in keys_of(version) if name in opened.columns)
    for name in names:
        if name not in opened.columns:
            raise DataError(f"The table has no column {name}, which is asked for as a key. {nearest(name, opened.columns)}")
        if name.casefold() in {*outputs(card), *MODEL}:
            raise SettingsError(f"The key {name} has the name of an output; expected another. Rename the column.")
    return tuple(dict.fromkeys(names))


def _scored(card: Scorecard, version: Version, rows: Iterable[pa.RecordBatch], report: Report) -> Iterator[pa.RecordBatch]:
    """Yield every batch with its answers, in order, and count what it holds."""
    values = dict(zip(MODEL, (f"{version.name}/{version.version}", card.sha256), strict=True))

    def answered(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, dict[str, int]]:
        found, unseen = answers(card, batch)
        columns = {name: batch.column(name) for name in report.keys}
        columns |= {name: found.column(name) for name in found.schema.names}
        columns |= {name: _same(value, batch.num_rows) for name, value in values.items()}
        return pa.RecordBatch.from_pydict(columns), unseen

    for batch, unseen in _in_order(answered, rows):
        report.add(batch.num_rows, unseen)
        yield batch


def _same(value: str, rows: int) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int8)), pa.array([value]))


def _in_order(job: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """Yield what a job makes of each, in order, some being at work at the same time."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(WORKERS) as workers:
        for each in given:
            waiting.append(workers.submit(job, each))
            if len(waiting) > WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _written(rows: Iterator[pa.RecordBatch], part: Path, csv: bool) -> None:
    """Write batches to a file; no file where there are none."""
    writer: Any = None
    try:
        for batch in rows:
            shown = _plain(batch) if csv else batch
            writer = writer or (pa.csv.CSVWriter(str(part), shown.schema) if csv else _parquet(part, shown.schema))
            writer.write_batch(shown)
    finally:
        if writer is not None:
            writer.close()


def _parquet(part: Path, schema: pa.Schema) -> Any:
    """Open a file whose texts are read again as texts: how they were encoded here is no matter of the reader's."""
    return pa.parquet.ParquetWriter(str(part), schema, store_schema=False)


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose texts stand in every row."""
    kinds = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in batch.schema]
    schema = pa.schema(list(zip(batch.schema.names, kinds, strict=True)))
    return pa.RecordBatch.from_arrays(
        [column.cast(kind) for column, kind in zip(batch.columns, kinds, strict=True)], schema=schema
    )
