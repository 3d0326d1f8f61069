"""What does a model ask of the systems that run it? Time to score and size of its file."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import pyarrow as pa

ROWS = 10_000  # of a batch, at most
TIMES = 5


def latency(score: Callable[[pa.Table], Any], table: pa.Table, rows: int = ROWS, times: int = TIMES) -> dict[str, float | int]:
    """Return how long scoring takes on this machine: one customer, and a batch.

    Parameters
    ----------
    score : function of a table
    table : pyarrow.Table
        At least one row.
    rows : int
        Of the batch, at most.
    times : int
        Medians of so many, after one to warm up.

    Returns
    -------
    dict
        ``one_ms`` for a single customer, ``row_us`` per customer of a batch, and ``batch_rows``. Times differ from run to run.

    Examples
    --------
    >>> sorted(latency(len, pa.table({"x": [1, 2]})))
    ['batch_rows', 'one_ms', 'row_us']
    """
    batch, single = table.slice(0, rows), table.slice(0, 1)
    return {
        "one_ms": 1e3 * _seconds(score, single, times),
        "row_us": 1e6 * _seconds(score, batch, times) / max(batch.num_rows, 1),
        "batch_rows": batch.num_rows,
    }


def _seconds(score: Callable[[pa.Table], Any], table: pa.Table, times: int) -> float:
    taken = []
    for _ in range(times + 1):
        start = perf_counter()
        score(table)
        taken.append(perf_counter() - start)
    return median(taken[1:])
