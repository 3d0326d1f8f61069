"""Measure scoring, from a Parquet file to a Parquet file, beside the peers a user would pick instead; and one row at a time.

Every tool runs in a process of its own that has imported everything, and has its scorecard, before the clock starts; the least
of several runs counts, and the load of the machine is said. *Reading* is what no tool can save: DuckDB reads the twelve columns
and writes one number a row.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scorecard import binning
from scorecard.calibration import Calibration
from scorecard.contracts import Column
from scorecard.counts import Field, count_all
from scorecard.model import Reasons, Scorecard, Segment, term
from scorecard.points import Scaling
from scorecard.scale import provisional

PIECE, FITTED, NAMES = 500_000, 100_000, [f"x{number:02d}" for number in range(12)]
KIT = ["kit, reasons for all", "kit, reasons below a cut-off", "kit, with a key column", "kit"]
RUNS = [(1_000_000, ["reading", *KIT, "optbinning", "toad"], 5), (10_000_000, ["reading", *KIT], 3)]
Work = Callable[[], object]


def write(path: Path, rows: int) -> None:
    """Write near-unique amounts, a key, and an outcome that depends on all of them."""
    writer = None
    for start in range(0, rows, PIECE):
        random = np.random.default_rng(start)
        logs = random.normal(size=(min(PIECE, rows - start), len(NAMES)))
        bad = random.random(len(logs)) < 1 / (1 + np.exp(2 + logs @ np.linspace(0.1, 0.6, len(NAMES))))
        columns = {name: np.exp(logs[:, place]) * 10.0 ** (place % 4) for place, name in enumerate(NAMES)}
        piece = pa.table({"id": np.arange(start, start + len(logs)), "bad": bad.astype(np.int8), **columns})
        writer = writer or pq.ParquetWriter(path, piece.schema)
        writer.write_table(piece, row_group_size=100_000)
    assert writer is not None
    writer.close()


def first_rows(path: Path) -> pa.Table:
    """Return the rows that scorecards are fitted on."""
    return duckdb.read_parquet(str(path)).limit(FITTED).to_arrow_table()


def card(path: Path, reasons: Reasons | None) -> Scorecard:
    """Return a scorecard of all columns; its coefficients are made up, which costs the same."""
    rows, rules = first_rows(path), binning.Rules(max_bins=8, min_share=0.05, trend="monotonic")
    counted = count_all(rows, [Field(name, "numeric") for name in NAMES], bad="bad", weight=None)
    fitted, _ = binning.fit_all(counted.classes, rules)
    scaling, figures = (
        Scaling(layout="base"),
        {"coefficient": -0.9, "standard_error": None, "p_value": None},
    )
    terms = [
        replace(term(each, Column(dtype="number"), scaling.rounded(0.9 * each.woe * scaling.factor), figures), reference=2.0)
        for each in fitted.values()
    ]
    made = Scorecard(
        "bench", {}, scaling, (Segment("all", 0.0, 550.0, tuple(terms)),), calibration=Calibration("linear", 0.1, 1.1)
    )
    scored = made.score(rows)
    grades = provisional(scored.score, scored.pd, rows.column("bad").to_numpy().astype(np.int64))
    return replace(made, grades=grades, reasons=reasons)


def reading(path: Path, out: Path) -> Work:
    """Read every column and write one."""
    return lambda: duckdb.sql(f"COPY (SELECT {' + '.join(NAMES)} AS total FROM '{path}') TO '{out}' (FORMAT parquet)")


def kit(tool: str, path: Path, out: Path) -> Work:
    """Score as `scorecard score` does."""
    from scorecard.jobs import score as job
    from scorecard.settings import Table
    from scorecard.tracking.registry import Version

    table, version = Table(path=str(path)), Version("bench", "1", path.with_suffix(".json"))
    middle = float(np.median(card(path, None).score(first_rows(path)).score))
    reasons = Reasons("all", 4, middle if "below" in tool else None) if "reasons" in tool else None
    own, keys = card(path, reasons), ("id",) if "key" in tool else ()
    return lambda: job.score(own, version, table, path.parent, out, keys)


def optbinnings(path: Path) -> tuple[Any, Any]:
    """Return optbinning's scorecard and rows to try it on."""
    from optbinning import BinningProcess
    from optbinning import Scorecard as Other
    from sklearn.linear_model import LogisticRegression

    frame = first_rows(path).to_pandas()
    process = BinningProcess(NAMES, max_n_bins=8, min_bin_size=0.05)
    scaling = {"pdo": 20, "odds": 50, "scorecard_points": 600}
    other = Other(process, LogisticRegression(), scaling_method="pdo_odds", scaling_method_params=scaling, rounding=True)
    other.fit(frame[NAMES], frame["bad"])
    return other, frame


def optbinning(path: Path, out: Path) -> Work:
    """Score a frame with optbinning."""
    import pandas

    other, _ = optbinnings(path)

    def run() -> None:
        frame = pandas.read_parquet(path, columns=NAMES)
        pandas.DataFrame({"score": other.score(frame)}).to_parquet(out)

    return run


def toad(path: Path, out: Path) -> Work:
    """Score a frame with toad."""
    import pandas
    from toad import ScoreCard
    from toad.transform import Combiner, WOETransformer

    frame = first_rows(path).to_pandas()
    combiner, transformer = Combiner(), WOETransformer()
    combiner.fit(frame[[*NAMES, "bad"]], y="bad", method="dt", n_bins=8, min_samples=0.05)
    binned = transformer.fit_transform(combiner.transform(frame[[*NAMES, "bad"]]), frame["bad"], exclude=["bad"])
    other = ScoreCard(combiner=combiner, transer=transformer)
    other.fit(binned[NAMES], frame["bad"])

    def run() -> None:
        rows = pandas.read_parquet(path, columns=NAMES)
        pandas.DataFrame({"score": other.predict(rows)}).to_parquet(out)

    return run


def prepared(tool: str, path: Path, out: Path) -> Work:
    """Import a tool, make its scorecard and return what is timed."""
    if tool.startswith("kit"):
        return kit(tool, path, out)
    return {"reading": reading, "optbinning": optbinning, "toad": toad}[tool](path, out)


def measure(tool: str, path: Path, times: int) -> dict[str, float]:
    """Run one tool in this process; return the least seconds and the peak MiB."""
    out = path.parent / "out.parquet"
    work, found = prepared(tool, path, out), []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return {
        "seconds": min(found),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "before_mib": before / 1024,
    }


def race(rows: int, tools: list[str], times: int, folder: Path) -> None:
    """Run every tool on one table and print a line each."""
    path = folder / "table.parquet"
    write(path, rows)
    print(f"\n| {rows:,} x {len(NAMES)}, load {os.getloadavg()[0]:.1f} | seconds | times reading | peak MiB | before the clock |")
    print("|---|---|---|---|---|")
    bare = 0.0
    for tool in tools:
        if tool == "toad" and find_spec("toad") is None:
            print("| toad | is not installed: make bench installs it | | | |")
            continue
        words = [sys.executable, __file__, "--one", tool, str(path), str(times)]
        found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        bare = bare or found["seconds"]
        told = f"{found['seconds']:.2f} | {found['seconds'] / bare:.2f} | {found['peak_mib']:.0f} | {found['before_mib']:.0f}"
        print(f"| {tool} | {told} |", flush=True)


def median_microseconds(work: Work, times: int) -> float:
    """Return the median time of a call."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return statistics.median(found) * 1e6


def one_row(folder: Path) -> None:
    """Print how long one customer takes."""
    from scorecard.exports import row

    path = folder / "table.parquet"
    write(path, FITTED)
    own, table = card(path, Reasons("all", 4)), first_rows(path).select(NAMES).slice(0, 1)
    customer, compiled = table.to_pylist()[0], row.compile(own.to_dict())
    other, frame = optbinnings(path)
    works: list[tuple[str, Work, int]] = [
        ("kit, exported Python, with reasons", lambda: compiled(customer), 20_000),
        ("kit, the scorecard on a table of one row", lambda: own.score(table), 2_000),
        ("optbinning", lambda: other.score(frame[NAMES].head(1)), 200),
    ]
    print("\n| one row | median microseconds |\n|---|---|")
    for name, work, times in works:
        print(f"| {name} | {median_microseconds(work, times):,.1f} |", flush=True)


def main() -> None:
    """Run every race, or one tool of one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--one", nargs=3, metavar=("TOOL", "FILE", "TIMES"), help="measure one tool in this process")
    options.add_argument("--rows", type=int, help="only the race with so many rows")
    given = options.parse_args()
    if given.one:
        tool, path, times = given.one
        print(json.dumps(measure(tool, Path(path), int(times))))
        return
    with tempfile.TemporaryDirectory() as folder:
        for rows, tools, times in RUNS:
            if given.rows in (None, rows):
                race(rows, tools, times, Path(folder))
        one_row(Path(folder))


if __name__ == "__main__":
    main()
