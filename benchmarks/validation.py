"""Measure the validation suite on many rows: Taiwan's card holders drawn with replacement, every test that needs no dates.

Seven tenths are development, the others the sample that is judged; protected attributes are those of the contract. Evidence is
gathered before the clock starts. Each area runs alone, in the order of the report; the peak of memory is that so far.
"""

from __future__ import annotations

import argparse
import resource
import time
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from scorecard import binning, contracts, model, profile, selection, settings, woe
from scorecard.data.samples import BAD, WEIGHT, prepare
from scorecard.jobs import evidence
from scorecard.points import Scaling
from scorecard.validation import TESTS, Evidence, Modelled, validate

ROOT = Path(__file__).parents[1]
DEVELOPMENT, JUDGED = 0.7, "test"
AREA = 3  # letters of a code


def gathered(rows: int) -> Evidence:
    """Return the evidence of a scorecard that was made on the real rows, about as many drawn ones."""
    pipeline = settings.load(ROOT / "pipelines" / "taiwan.yaml")
    contract = contracts.load(ROOT / pipeline.contract)
    prepared = prepare(pipeline, contract, ROOT, seed=1)
    inputs, protected = contract.with_role("input"), contract.with_role("protected")
    bins, _ = binning.fit_all(profile.count_all(prepared, inputs, "development"), binning.Rules())
    names = ", ".join(f'"{name}"' for name in dict.fromkeys([*bins, *protected, pipeline.exposure, BAD, WEIGHT]))
    real = {name: prepared.sample(name).project(names).to_arrow_table() for name in ("development", JUDGED)}
    bad = real["development"].column(BAD).to_numpy()
    chosen = selection.select(bins, woe.values(bins, real["development"]), bad, selection.Limits())
    card = model.graded(model.build(pipeline, contract, chosen, bins, Scaling()), real["development"], bad, {})
    random = np.random.default_rng(1)
    sizes = {"development": round(rows * DEVELOPMENT), JUDGED: rows - round(rows * DEVELOPMENT)}
    tables = {name: table.take(pa.array(random.integers(0, table.num_rows, sizes[name]))) for name, table in real.items()}
    labels = evidence.labels(tables, pipeline, contract)
    scored = {name: evidence.scored(card, table, pipeline.exposure, labels[name]) for name, table in tables.items()}
    cutoff = float(np.quantile(scored["development"].score, 0.2))
    return Evidence(
        scored, card.grade_names(), model.attributes(card, tables), pipeline.thresholds, cutoff=cutoff,
        model=Modelled(card, tables, bins), protected=tuple(protected),
    )  # fmt: skip


def main() -> None:
    """Print a row per area."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    found = gathered(parser.parse_args().rows)
    print("| area | tests | results | seconds | CPU seconds | peak MiB |\n|---|---|---|---|---|---|")
    whole = np.zeros(2)
    for area, tests in groupby(TESTS, lambda test: test.code[:AREA]):
        asked = list(tests)
        began = np.array([time.perf_counter(), time.process_time()])
        results = validate(found, asked)
        took = np.array([time.perf_counter(), time.process_time()]) - began
        whole += took
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {area} | {len(asked)} | {len(results)} | {took[0]:.1f} | {took[1]:.1f} | {peak:,.0f} |", flush=True)
    print(f"| all | {len(TESTS)} | | {whole[0]:.1f} | {whole[1]:.1f} | |")


if __name__ == "__main__":
    main()
