"""Models side by side on identical rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard import metrics

Floats = npt.NDArray[np.float64]


def compare(bad: npt.NDArray[np.int64], pds: Mapping[str, Floats], sample: str) -> list[dict[str, Any]]:
    """Return AUC with interval, Gini, KS and Brier of every model, and the paired difference to the first.

    Parameters
    ----------
    bad : array of shape (rows,)
    pds : mapping of model to array of shape (rows,)
        The first one is the reference, the scorecard.
    sample : str

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44.
    """
    first = next(iter(pds.values()))
    return [_row(bad, name, pd, sample, None if pd is first else first) for name, pd in pds.items()]


def _row(bad: npt.NDArray[np.int64], name: str, pd: Floats, sample: str, reference: Floats | None) -> dict[str, Any]:
    estimate = metrics.delong(bad, pd)
    low, high = metrics.auc_interval(estimate)
    row: dict[str, Any] = {
        "model": name, "sample": sample, "rows": len(bad), "bads": int(bad.sum()),
        "auc": estimate.auc, "auc_low": low, "auc_high": high, "gini": metrics.gini(estimate.auc),
        "ks": metrics.ks(bad, pd), "brier": metrics.brier(bad, pd),
    }  # fmt: skip
    if reference is None:
        return row | dict.fromkeys(("difference", "difference_low", "difference_high", "p_value"))
    paired = metrics.delong_paired(bad, pd, reference)
    return row | {
        "difference": paired.difference, "difference_low": paired.interval[0], "difference_high": paired.interval[1], "p_value": paired.p_value,
    }  # fmt: skip
