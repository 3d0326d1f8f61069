"""What is drawn of each model: the ROC curve and the PDs against what happened."""

from __future__ import annotations

from typing import Any

import numpy as np

from scorecard.metrics import jeffreys_interval
from scorecard.strategy import Ranked, Rows

POINTS = 400  # of a curve
BANDS = 10  # of PDs, of equal size


def roc(rows: Rows) -> dict[str, list[list[float]]]:
    """Return per model the shares of goods and of bads turned away, from nobody to everybody, at up to 400 cut-offs."""
    found = {}
    for name, each in rows.models.items():
        ends = np.unique(np.quantile(-each.risk, np.arange(1, POINTS + 1) / POINTS, method="inverted_cdf"))
        place = np.searchsorted(ends, -each.risk, side="left")  # the riskiest first
        sides = []
        for outcome in (0, 1):
            counts = np.bincount(place, rows.units * (rows.bad == outcome), minlength=ends.size)
            sides.append(np.append(0.0, np.minimum(counts.cumsum() / counts.sum(), 1.0)).tolist())
        found[name] = sides
    return found


def calibration(rows: Rows) -> list[dict[str, Any]]:
    """Return per model and tenth of its PDs, the lowest first, the mean PD and the bad rate with its 95 % Jeffreys interval."""
    return [{"model": name} | row for name, each in rows.models.items() for row in _bands(rows, each)]


def _bands(rows: Rows, ranked: Ranked) -> list[dict[str, Any]]:
    ends = np.unique(np.quantile(ranked.pd, np.arange(1, BANDS) / BANDS, method="inverted_cdf"))
    place = np.searchsorted(ends, ranked.pd, side="left")
    held, bads, pds = (np.bincount(place, rows.units * each, minlength=ends.size + 1) for each in (1.0, rows.bad, ranked.pd))
    found = []
    for count, bad, total in zip(held.tolist(), bads.tolist(), pds.tolist(), strict=True):
        if count > 0:
            low, high = jeffreys_interval(bad, count)
            found.append({"rows": round(count), "pd": total / count, "rate": bad / count, "low": low, "high": high})
    return found
