"""Measure the fit of a scorecard on WoE, beside the peers a user would pick instead; in one run, as ratios.

Every tool runs in a process of its own that has imported everything and holds the rows before the clock starts. All
coefficients are compared with those of the kit, so that no speed is bought with a fit that stopped early.
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

import numpy as np
import numpy.typing as npt

BINS = 6
EVERYBODY = [
    "kit",
    "kit, inference",
    "scikit-learn, lbfgs",
    "scikit-learn, newton-cholesky",
    "statsmodels, Logit",
    "statsmodels, GLM",
]
RUNS = [
    (1_000, 10, 1_000, EVERYBODY),
    (100_000, 20, 100_000, EVERYBODY),
    (1_000_000, 20, 1_000_000, EVERYBODY),
    (1_000_000, 20, 2_000, EVERYBODY),
]
Floats = npt.NDArray[np.float64]
Rows = tuple[Floats, npt.NDArray[np.int64]]


def write(folder: Path, rows: int, columns: int, distinct: int) -> None:
    """Write WoE of six bins a characteristic, at most so many distinct rows of them, and an outcome at a bad rate near 10 %."""
    random = np.random.default_rng(1)
    table = np.sort(random.normal(0, 0.5, (columns, BINS)))
    combinations = table[np.arange(columns), random.integers(0, BINS, (distinct, columns))]
    woe = combinations[np.arange(rows) % distinct]
    chance = 1 / (1 + np.exp(2.5 + woe @ np.linspace(0.2, 1.0, columns)))
    np.save(folder / "woe.npy", woe)
    np.save(folder / "bad.npy", (random.random(rows) < chance).astype(np.int64))


def kit() -> Callable[[Rows], Floats]:
    """Fit, with standard errors and p-values."""
    from scorecard import regression

    def run(rows: Rows) -> Floats:
        found = regression.fit(*rows)
        return np.array([found.intercept, *found.coefficients])

    return run


def inference() -> Callable[[Rows], Floats]:
    """Fit, and a fit without each characteristic for its likelihood ratio, with VIF and intervals."""
    from scorecard import regression

    def run(rows: Rows) -> Floats:
        found = regression.fit(*rows)
        regression.infer(found, *rows)
        return np.array([found.intercept, *found.coefficients])

    return run


def learn(solver: str) -> Callable[[Rows], Floats]:
    """Fit with scikit-learn, as it comes: no standard errors."""
    from sklearn.linear_model import LogisticRegression

    def run(rows: Rows) -> Floats:
        found = LogisticRegression(C=np.inf, solver=solver, max_iter=1000).fit(*rows)
        return np.concatenate([found.intercept_, found.coef_[0]])

    return run


def models(name: str) -> Callable[[Rows], Floats]:
    """Fit with statsmodels, with standard errors and p-values."""
    import statsmodels.api as sm

    def run(rows: Rows) -> Floats:
        design = sm.add_constant(rows[0])
        if name == "Logit":
            return np.asarray(sm.Logit(rows[1], design).fit(disp=False).params)
        return np.asarray(sm.GLM(rows[1], design, family=sm.families.Binomial()).fit().params)

    return run


def prepared(tool: str) -> Callable[[Rows], Floats]:
    """Import a tool and return what is timed."""
    owner, _, way = tool.partition(", ")
    if owner == "kit":
        return inference() if way else kit()
    return learn(way) if owner == "scikit-learn" else models(way)


def measure(tool: str, folder: Path) -> dict[str, Any]:
    """Run one tool in this process and return seconds, peak MiB and coefficients."""
    run = prepared(tool)
    rows = np.load(folder / "woe.npy"), np.load(folder / "bad.npy")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, used = time.perf_counter(), time.process_time()
    found = run(rows)
    seconds, used = time.perf_counter() - started, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "cpu": used, "peak_mib": peak / 1024, "held_mib": held / 1024, "coefficients": found.tolist()}


def race(rows: int, columns: int, distinct: int, tools: list[str]) -> None:
    """Run every tool on the same rows and print a line each."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows, columns, distinct)
        for tool in tools:
            told = subprocess.run([sys.executable, __file__, "--one", tool, folder], check=True, capture_output=True, text=True)
            found[tool] = json.loads(told.stdout.splitlines()[-1])
    print(
        f"\n| {rows:,} x {columns}, {distinct:,} distinct | seconds | of all cores | times the kit | peak MiB | of it imports and rows | furthest from the kit |"
    )
    print("|---|---|---|---|---|---|---|")
    for tool, each in found.items():
        ratio = each["seconds"] / found["kit"]["seconds"]
        apart = np.abs(np.subtract(each["coefficients"], found["kit"]["coefficients"])).max()
        print(
            f"| {tool} | {each['seconds']:.3f} | {each['cpu']:.3f} | {ratio:.2f} | {each['peak_mib']:.0f} | {each['held_mib']:.0f} | {apart:.0e} |",
            flush=True,
        )


def main() -> None:
    """Run every race, or one tool of one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--one", nargs=2, metavar=("TOOL", "FOLDER"), help="measure one tool in this process")
    options.add_argument("--rows", type=int, help="only the races with so many rows")
    given = options.parse_args()
    if given.one:
        print(json.dumps(measure(given.one[0], Path(given.one[1]))))
        return
    for rows, columns, distinct, tools in RUNS:
        if given.rows in (None, rows):
            race(rows, columns, distinct, tools)


if __name__ == "__main__":
    main()
