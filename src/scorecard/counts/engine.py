"""Counts first: goods and bads per characteristic and fine class, on any engine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from scorecard.counts import lazy, levels, sorting
from scorecard.counts.classes import Classes, Kind
from scorecard.counts.fields import Counts, Field
from scorecard.counts.population import Names
from scorecard.counts.table import Table, opened
from scorecard.data.outcome import BAD, WEIGHT
from scorecard.errors import DataError

VALUES_AT_ONCE = 3_000_000  # fetched together: 24 MB, sorted while the next are fetched
THREADS = 4


def count_all(
    frame: Any,
    fields: Sequence[Field],
    *,
    bad: str = BAD,
    weight: str | None = WEIGHT,
    period: str | None = None,
    segment: str | None = None,
) -> Counts:
    """Count goods and bads of characteristics by fine class.

    Parameters
    ----------
    frame : any table that Narwhals supports
        A pandas or polars frame, Arrow table, polars LazyFrame, DuckDB relation or PySpark DataFrame.
    fields : sequence of Field
    bad : str
        Column that is 1 where an account is bad, else 0.
    weight : str or None
        Column of weights, 0 or more; None where every account counts as one.
    period, segment : str or None
        Columns of text, whole numbers or dates: the same classes are counted for each of their values too.

    Returns
    -------
    Counts
        The same whatever the order of rows and the engine.

    Raises
    ------
    DataError
        Where an outcome is not 0 or 1, a weight is negative, missing or infinite, or a column of these is not there.
        A characteristic that cannot be counted is no error: `Counts.refused` says why.
    """
    table = opened(frame, Names(bad, weight, period, segment))
    classes: dict[str, Classes] = {}
    refused: dict[str, str] = {}
    fetched = []
    for field in fields:
        with _kept(field, refused):
            table.refuse_unfit(field)
            if field.kind == "numeric" and table.fetches:
                fetched.append(field)
            else:
                counter = lazy if field.kind == "numeric" else levels
                classes[field.name] = counter.classes_of(field, table.rows([field]), table.population)
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        for field, future in _sorted(table, fetched, pool):
            with _kept(field, refused):
                classes[field.name] = future.result()
    names = [field.name for field in fields]
    return Counts({name: classes[name] for name in names if name in classes}, refused)


def count(frame: Any, name: str, kind: Kind, special_codes: Mapping[str, Any]) -> Classes:
    """Count goods and bads of one characteristic, with ``@bad`` and ``@weight``.

    Raises
    ------
    DataError
        As in `count_all`, and where the characteristic cannot be counted.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = pa.table({"age": [30, 40, 30], "@bad": [1, 0, 0], "@weight": [1.0, 1.0, 1.0]})
    >>> found = count(rows, "age", "numeric", {})
    >>> found.low.tolist(), found.tally.bads.tolist()
    ([30.0, 40.0], [1.0, 0.0])
    """
    counts = count_all(frame, [Field(name, kind, special_codes)])
    if name in counts.refused:
        raise DataError(counts.refused[name])
    return counts[name]


@contextmanager
def _kept(field: Field, refused: dict[str, str]) -> Iterator[None]:
    """Keep why a characteristic cannot be counted, and go on."""
    try:
        yield
    except DataError as error:
        refused[field.name] = str(error)


def _sorted(table: Table, fields: list[Field], pool: ThreadPoolExecutor) -> Iterator[tuple[Field, Future[Classes]]]:
    """Fetch some columns and have them sorted on all cores (numpy lets go of Python's lock) while the next are fetched."""
    at_once = max(1, VALUES_AT_ONCE // max(table.population.rows, 1))
    before: list[tuple[Field, Future[Classes]]] = []
    for some in (fields[start : start + at_once] for start in range(0, len(fields), at_once)):
        columns, keys = table.fetched(some)
        jobs = [partial(sorting.classes_of, field, columns.pop(0), keys, table.population) for field in some]
        now = list(zip(some, [pool.submit(jobs.pop(0)) for _ in some], strict=True))
        yield from before  # waits: what is sorted and what is fetched meanwhile is all there is in memory
        before = now
    yield from before
