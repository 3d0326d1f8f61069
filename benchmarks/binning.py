"""Measure binning, from a Parquet file to bins, beside the peers a user would pick instead; in one run, as ratios.

Every tool runs in a process of its own that has imported everything before the clock starts, and is given the same
columns: at most 8 bins, none below 5 % of the rows. The total information value of the bins is computed here from
their edges, in one way for all, so that no speed is bought with worse bins.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq

from scorecard import metrics
from scorecard.datasets import path as bundled

MAX_BINS, MIN_SHARE = 8, 0.05
PIECE = 500_000
ONE_WAY = ["kit, monotonic", "optbinning, monotonic, 2 processes"]
EVERYBODY = ["reading", "kit", "kit, optbinning's solver", "optbinning", "optbinning, 2 processes", "toad", *ONE_WAY]
RUNS = [
    (100_000, 25, EVERYBODY),
    (1_000_000, 25, EVERYBODY),
    (10_000_000, 25, ["reading", "kit", "kit, monotonic"]),
    (200_000, 300, ["reading", "kit", "optbinning, 2 processes", *ONE_WAY]),
]
Splits = dict[str, list[float]]


def write(path: Path, rows: int, columns: int) -> None:
    """Write Taiwan's card holders, drawn with replacement and jittered, so that amounts are near-unique and codes are not."""
    source = duckdb.sql(f"SELECT * FROM '{bundled('taiwan')}'").df()
    bad = source.pop("default_next_month").to_numpy()
    numbers = source.select_dtypes("number").drop(columns=["customer_id"])
    values = numbers.to_numpy(dtype=np.float64)
    wide = np.array([numbers[name].nunique() > 100 for name in numbers])
    writer = None
    for start in range(0, rows, PIECE):
        random = np.random.default_rng(start)
        picked = random.integers(0, len(values), min(PIECE, rows - start))
        table = {"bad": bad[picked].astype(np.int8)}
        for number in range(columns):
            of = number % values.shape[1]
            column = values[picked, of]
            if wide[of] or number >= values.shape[1]:
                column = column * random.normal(1, 0.05 * (1 + number // values.shape[1]), len(column)) + random.normal(
                    0, 1, len(column)
                )
            table[f"x{number:03d}"] = column
        piece = pa.table(table)
        writer = writer or pq.ParquetWriter(path, piece.schema)
        writer.write_table(piece, row_group_size=100_000)
    assert writer is not None
    writer.close()


def reading(path: Path) -> Callable[[], Splits]:
    """Read every column, and do nothing."""

    def run() -> Splits:
        relation = duckdb.read_parquet(str(path))
        for name in relation.columns:
            relation.project(name).fetchnumpy()
        return {}

    return run


def kit(path: Path, solver: str, trend: str) -> Callable[[], Splits]:
    """Count where the rows are, and bin from counts."""
    from scorecard import binning
    from scorecard.counts import Field, count_all

    rules = binning.Rules(max_bins=MAX_BINS, min_share=MIN_SHARE, min_bads=0, keep_sparse=False, trend=trend, solver=solver)
    import optbinning  # noqa: F401  which the kit else imports when the first peak or valley needs it
    import sklearn.tree  # noqa: F401

    def run() -> Splits:
        relation = duckdb.read_parquet(str(path))
        fields = [Field(name, "numeric") for name in relation.columns if name != "bad"]
        counted = count_all(relation, fields, bad="bad", weight=None)
        fitted, _ = binning.fit_all(counted.classes, rules)
        return {name: list(binning.partition(each).edges) for name, each in fitted.items()}

    return run


def row_level(path: Path, processes: int | None, trend: str) -> Callable[[], Splits]:
    """Bin rows with optbinning."""
    from optbinning import BinningProcess

    def run() -> Splits:
        frame = pandas.read_parquet(path)
        names = [name for name in frame if name != "bad"]
        own = {name: {"monotonic_trend": trend} for name in names}
        process = BinningProcess(names, max_n_bins=MAX_BINS, min_bin_size=MIN_SHARE, n_jobs=processes, binning_fit_params=own)
        process.fit(frame[names], frame["bad"])
        return {name: list(map(float, process.get_binned_variable(name).splits)) for name in names}

    return run


def toads(path: Path) -> Callable[[], Splits]:
    """Bin rows with toad's tree."""
    from toad.transform import Combiner

    def run() -> Splits:
        frame = pandas.read_parquet(path)
        combiner = Combiner().fit(frame, y="bad", method="dt", n_bins=MAX_BINS, min_samples=MIN_SHARE)
        return {name: list(map(float, edges)) for name, edges in combiner.export().items()}

    return run


def prepared(tool: str, path: Path) -> Callable[[], Splits]:
    """Import a tool and return what is timed."""
    if tool == "reading":
        return reading(path)
    if tool == "toad":
        return toads(path)
    one_way = "monotonic" in tool
    if tool.startswith("kit"):
        return kit(path, "optbinning" if "optbinning" in tool else "auto", "monotonic" if one_way else "auto")
    return row_level(path, 2 if "2" in tool else None, "auto_asc_desc" if one_way else "auto")


def measure(tool: str, path: Path) -> dict[str, Any]:
    """Run one tool in this process and return seconds, peak MiB and edges."""
    run = prepared(tool, path)
    imported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    splits = run()
    seconds = time.perf_counter() - started
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "peak_mib": peak / 1024, "imported_mib": imported / 1024, "splits": splits}


def total_iv(path: Path, splits: Splits) -> float:
    """Return the sum of the information values of all columns, of bins closed on the left."""
    total = 0.0
    for name, edges in splits.items():
        columns = duckdb.read_parquet(str(path)).project(f"bad, {name}").fetchnumpy()
        found = np.searchsorted(np.array(edges), columns[name], side="right") * 2 + columns["bad"]
        counts = np.bincount(found, minlength=2 * len(edges) + 2).reshape(-1, 2)
        total += metrics.information_value(counts[:, 0], counts[:, 1])
    return total


def race(rows: int, columns: int, tools: list[str], folder: Path) -> None:
    """Run every tool on one table and print a line each."""
    path = folder / "table.parquet"
    write(path, rows, columns)
    print(
        f"\n| {rows:,} x {columns} | seconds | times the kit | peak MiB | of it imports | total IV |\n|---|---|---|---|---|---|"
    )
    found = {}
    for tool in tools:
        told = subprocess.run([sys.executable, __file__, "--one", tool, str(path)], check=True, capture_output=True, text=True)
        found[tool] = json.loads(told.stdout.splitlines()[-1])
    for tool, each in found.items():
        iv = f"{total_iv(path, each['splits']):.4f}" if each["splits"] else ""
        ratio = each["seconds"] / found["kit"]["seconds"]
        print(
            f"| {tool} | {each['seconds']:.2f} | {ratio:.2f} | {each['peak_mib']:.0f} | {each['imported_mib']:.0f} | {iv} |",
            flush=True,
        )


def main() -> None:
    """Run every race, or one tool of one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--one", nargs=2, metavar=("TOOL", "FILE"), help="measure one tool in this process")
    options.add_argument("--rows", type=int, help="only the race with so many rows")
    given = options.parse_args()
    if given.one:
        print(json.dumps(measure(given.one[0], Path(given.one[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        for rows, columns, tools in RUNS:
            if given.rows in (None, rows):
                race(rows, columns, tools, Path(folder))


if __name__ == "__main__":
    main()
