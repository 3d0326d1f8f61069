"""How sure the figures are: one set of resamples for all models, so that differences are paired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from scorecard import metrics
from scorecard.comparison.measures import MEASURES, Classes, Floats, classed
from scorecard.errors import EvidenceError
from scorecard.metrics.profit import PUBLISHED, Worth
from scorecard.metrics.resamples import bca, left_out, p_value, resampled
from scorecard.strategy import Rows

DRAWS = 5e8  # rows drawn at most: beyond it there are fewer resamples, so that a million rows take about a minute
FEWEST = 500  # resamples, whatever the rows: the ends of a 95 % interval still rest on a dozen of them
DELONG, BOOTSTRAP = "DeLong", "bootstrap"


def replicates_for(rows: int, asked: int) -> int:
    """Return how many resamples are drawn: as many as asked, fewer for many rows, `FEWEST` at least.

    Examples
    --------
    >>> replicates_for(9_000, 2_000), replicates_for(1_000_000, 2_000)
    (2000, 500)
    """
    return max(min(asked, FEWEST), min(asked, int(DRAWS // max(rows, 1))))


@dataclass(frozen=True, eq=False)
class Spread:
    """Every measure of every model: in the classes of risk as they are, in each resample, and without each group of rows."""

    estimate: Mapping[str, Mapping[str, Floats]]
    replicates: Mapping[str, Mapping[str, Floats]]
    jackknife: Mapping[str, Mapping[str, Floats]]

    def interval(self, model: str, measure: str) -> tuple[float, float]:
        """Return the BCa interval of a model's measure."""
        estimate = float(self.estimate[model][measure][0])
        return bca(estimate, self.replicates[model][measure], self.jackknife[model][measure])

    def difference(self, model: str, other: str, measure: str) -> tuple[tuple[float, float], float, float]:
        """Return the BCa interval of a difference, its p-value, and its standard error."""
        estimate, drawn, without = (
            each[model][measure] - each[other][measure] for each in (self.estimate, self.replicates, self.jackknife)
        )
        return bca(float(estimate[0]), drawn, without), p_value(drawn), float(drawn.std(ddof=1))


def spread(rows: Rows, replicates: int, seed: int, worth: Worth = PUBLISHED) -> Spread:
    """Draw goods among goods and bads among bads, again and again, and measure every model each time.

    Parameters
    ----------
    rows : Rows
    replicates : int
    seed : int
    worth : Worth

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapters 8 (strata) and 14 (BCa).
    """
    models = {name: classed(rows, each) for name, each in rows.models.items()}
    cells, strata = [each.cells for each in models.values()], rows.bad[rows.order]
    parts = ([each.totals()[None] for each in cells], resampled(cells, replicates, seed, strata), left_out(cells, strata))
    return Spread(*(_measured(models, totals, worth) for totals in parts))


def with_intervals(table: list[dict[str, Any]], found: Spread) -> list[dict[str, Any]]:
    """Return the rows of `estimates` with the bootstrap intervals of those measures that no formula gives one for.

    The classes of risk are coarser than the PDs of a model with thousands of them; the interval is moved by what that costs
    the measure itself, which is beyond the fourth decimal.
    """
    told = []
    for row in table:
        name = str(row["model"])
        more: dict[str, Any] = {}
        for measure in MEASURES:
            if row.get(f"{measure}_low") is None:
                moved = row[measure] - float(found.estimate[name][measure][0])
                more |= {
                    f"{measure}_{end}": value + moved
                    for end, value in zip(("low", "high"), found.interval(name, measure), strict=True)
                }
        if row["gini_low"] is None and "auc_low" in more:
            more |= {f"gini_{end}": metrics.gini(more[f"auc_{end}"]) for end in ("low", "high")}
        told.append(row | more)
    return told


def differences(rows: Rows, table: list[dict[str, Any]], found: Spread) -> list[dict[str, Any]]:
    """Return how every other model differs from the scorecard in every measure, with interval, p-value and Holm's over the models.

    Returns
    -------
    list of dict
        A row per model, measure and way: ``sample``, ``model``, ``measure``, ``benchmark`` (the scorecard's), ``value``, ``difference``, ``low``,
        ``high``, ``error`` (standard), ``p_value``, ``p_holm``, ``how`` (DeLong, of the AUC of rows without weights; bootstrap).

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Efron & Tibshirani (1993), chapters 14 and 16; Holm (1979).
    """
    first, *others = table
    told = []
    for measure in MEASURES:
        for how in (DELONG, BOOTSTRAP):
            made = [_difference(rows, first, row, measure, found if how == BOOTSTRAP else None) for row in others]
            known = [each for each in made if each is not None]
            adjusted = metrics.holm([each["p_value"] for each in known]).tolist()
            told += [each | {"p_holm": holm, "how": how} for each, holm in zip(known, adjusted, strict=True)]
    return told


def _difference(
    rows: Rows, first: Mapping[str, Any], row: Mapping[str, Any], measure: str, found: Spread | None
) -> dict[str, Any] | None:
    name, difference = str(row["model"]), row[measure] - first[measure]
    told = {
        "sample": rows.sample,
        "model": name,
        "measure": measure,
        "benchmark": first[measure],
        "value": row[measure],
        "difference": difference,
    }
    if found is not None:
        (low, high), p, error = found.difference(name, str(first["model"]), measure)
        moved = difference - float(found.estimate[name][measure][0] - found.estimate[str(first["model"])][measure][0])
        return told | {"low": low + moved, "high": high + moved, "error": error, "p_value": p}
    if measure != "auc" or rows.weight is not None:
        return None
    try:
        paired = metrics.delong_paired(rows.bad, rows.models[name].risk, rows.reference.risk)
    except EvidenceError:
        return None
    return told | {
        "low": paired.interval[0],
        "high": paired.interval[1],
        "error": sqrt(paired.variance),
        "p_value": paired.p_value,
    }


def _measured(models: Mapping[str, Classes], totals: list[Floats], worth: Worth) -> dict[str, dict[str, Floats]]:
    return {name: each.statistics(counts, worth) for (name, each), counts in zip(models.items(), totals, strict=True)}


__all__ = ["BOOTSTRAP", "DELONG", "Spread", "differences", "replicates_for", "spread", "with_intervals"]
