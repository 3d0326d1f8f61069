"""Hold every method of reject inference to outcomes that were hidden from it, on LendingClub's loans.

First the loans that did not meet the credit policy and were booked all the same: real declines whose outcome is known.
Then accepts that a policy card finds riskiest, of which the model sees all characteristics or every other one.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas

from scorecard import binning, contracts, profile, rejects, selection, settings, woe
from scorecard.data.declined import declined
from scorecard.data.samples import BAD, prepare
from scorecard.data.source import quoted
from scorecard.settings import Rejects

ROOT = Path(__file__).parents[1]
REASON = "does not meet the credit policy"
OUTCOMES = ("Fully Paid", "Charged Off")
SHOWN = ("inferred_bad_rate", "declined_pd", "expected_over_observed", "auc_hidden", "brier_hidden", "auc")
FACTORS = (1.5, 2.0)


def loans(table: Path) -> tuple[dict[str, np.ndarray], np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Return WoE and outcome of development's accepts, and of its declines, on the characteristics that the selection keeps."""
    pipeline = settings.load(ROOT / "pipelines/lending_club.yaml", {"table": str(table)})
    contract = contracts.load(ROOT / pipeline.contract)
    prepared = prepare(pipeline, contract, ROOT, seed=1)
    bins, _ = binning.fit_all(profile.count_all(prepared, contract.with_role("input"), "development"), binning.Rules())
    columns = ", ".join(quoted(name) for name in [*bins, BAD])
    good, bad = ((f"Does not meet the credit policy. Status:{each}",) for each in OUTCOMES)
    outside = declined(pipeline, contract, ROOT, 1, Rejects(reason=REASON, good=good, bad=bad))
    accepts = prepared.sample("development").project(columns).to_arrow_table()
    declines = outside.filter("\"@sample\" = 'development'").project(columns).to_arrow_table()
    outcome = accepts.column(BAD).to_numpy()
    chosen = selection.select(bins, woe.values(bins, accepts), outcome, selection.Limits())
    kept = {name: bins[name] for name in chosen.kept}
    return woe.values(kept, accepts), outcome, woe.values(kept, declines), declines.column(BAD).to_numpy()


def methods() -> dict[str, rejects.Method]:
    """Return every method, and the fuzzy ones at each factor."""
    found = rejects.methods(FACTORS[0], bands=10, seed=1)
    for factor in FACTORS[1:]:
        found |= {f"{name}, factor {factor:g}": each for name, each in rejects.methods(factor, 10, 1).items() if "fuzzy" in name}
    return found


def told(title: str, masked: rejects.Masked, repeats: int) -> None:
    """Print the benchmark of one way of hiding."""
    started = time.perf_counter()
    found = rejects.benchmark(masked, methods(), repeats, seed=1)
    seconds = time.perf_counter() - started
    accepts, hidden = len(masked.applicants.accepted), len(masked.truth)
    print(
        f"\n## {title}\n\n{accepts:,} accepts, {hidden:,} hidden, {masked.bad_rate:.1%} of them bad; {repeats} draws in {seconds:.1f} s\n"
    )
    print("| model | " + " | ".join(SHOWN) + " | gain in auc_hidden | better | worse |\n|" + "---|" * (len(SHOWN) + 4))
    for row in found.values.to_dict("records"):
        own = found.gains[found.gains["method"] == row["method"]]
        cells = [f"{row[name]:.4f}" if row[name] == row[name] else "" for name in SHOWN]
        verdicts = [", ".join(own[own["says"] == word]["measure"]) for word in ("better", "worse")]
        print("| " + " | ".join([row["method"], *cells, _order(own), *verdicts]) + f" |{row['problem']}")
    print(f"\n{found.answer}", flush=True)


def _order(gains: pandas.DataFrame) -> str:
    row = gains[gains["measure"] == "auc_hidden"].to_dict("records")
    return (
        f"{row[0]['gain']:+.4f} [{row[0]['low']:+.4f}, {row[0]['high']:+.4f}]" if row and row[0]["gain"] == row[0]["gain"] else ""
    )


def main() -> None:
    """Print a table for every way of hiding."""
    options = argparse.ArgumentParser(description=__doc__)
    folder = Path(os.environ.get("SCORECARD_DATA", "data"))
    options.add_argument("--table", type=Path, default=folder / "lendingclub_2007_2011/lendingclub_2007_2011.parquet")
    options.add_argument("--repeats", type=int, default=100)
    given = options.parse_args()
    accepts, bad, declines, truth = loans(given.table.resolve())
    names = tuple(accepts)
    print(f"Characteristics: {', '.join(names)}")
    both = [np.column_stack(list(each.values())) for each in (accepts, declines)]
    told(
        "Declined by the credit policy, outcome known",
        rejects.Masked(rejects.Applicants(names, both[0], bad, both[1]), truth),
        given.repeats,
    )
    for title, seen in (("all of it", names), ("every other characteristic of it", names[::2])):
        for share in (0.1, 0.3, 0.5):
            told(
                f"Riskiest {share:.0%} by a policy card, the model sees {title}",
                rejects.hide(accepts, bad, names, seen, share),
                given.repeats,
            )


if __name__ == "__main__":
    main()
