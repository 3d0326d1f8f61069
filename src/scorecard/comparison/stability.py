"""Does a model keep what it promised? Order of risk and distribution of PDs, from development to later samples."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from scorecard import metrics
from scorecard.errors import EvidenceError
from scorecard.metrics import psi, psi_critical
from scorecard.strategy import Ranked, Rows

BANDS = 10  # of equal size in development
Z95 = float(ndtri(0.975))


def stability(samples: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """Return how far each model falls from development to every later sample.

    Parameters
    ----------
    samples : mapping of name to Rows
        Development first; all with the same models.

    Returns
    -------
    list of dict
        A row per later sample and model: ``auc_development`` (on the rows that the model was fitted to, so flattering, the more the more flexible
        it is), ``auc``, ``drop`` with its 95 % interval and one-sided ``p_value`` (None of weighted rows); ``psi`` of the PD over ten bands of equal size in development,
        with its 95 % ``critical`` value; ``mean_pd`` and ``bad_rate`` of the sample.

    References
    ----------
    ECB (2019), 2.5.4.1, here with the variance of both samples; Yurdakul & Naranjo (2020), Journal of Risk Model Validation 14(4).
    """
    (_, start), *later = samples.items()
    return [
        {"sample": name, "model": model} | _drop(start, rows, model) | _shift(start, rows, model) | _level(rows, rows.models[model])
        for name, rows in later for model in rows.models
    ]  # fmt: skip


def _drop(start: Rows, rows: Rows, model: str) -> dict[str, Any]:
    """Compare the AUCs of two samples that have no row in common."""
    before, after = (metrics.auc(each.bad, each.models[model].risk, each.weight) for each in (start, rows))
    found: dict[str, Any] = {"auc_development": before, "auc": after, "drop": before - after}
    empty = dict.fromkeys(("drop_low", "drop_high", "p_value"))
    if start.weight is not None or rows.weight is not None:
        return found | empty
    try:
        error = sqrt(sum(metrics.delong(each.bad, each.models[model].risk).variance for each in (start, rows)))
    except EvidenceError:
        return found | empty
    ends = {"drop_low": before - after - Z95 * error, "drop_high": before - after + Z95 * error}
    return found | ends | {"p_value": float(ndtr(-(before - after) / error)) if error > 0 else None}


def _shift(start: Rows, rows: Rows, model: str) -> dict[str, Any]:
    reference, current = start.models[model].risk, rows.models[model].risk
    ends = np.unique(np.quantile(reference, np.arange(1, BANDS) / BANDS, method="inverted_cdf"))
    counts = [
        np.bincount(np.searchsorted(ends, risk, side="left"), each.units, minlength=ends.size + 1)
        for each, risk in ((start, reference), (rows, current))
    ]
    held = int(((counts[0] + counts[1]) > 0).sum())
    if held <= 1:
        return {"psi": None, "critical": None}
    return {"psi": psi(counts[0], counts[1]), "critical": psi_critical(held, counts[0].sum(), counts[1].sum())}


def _level(rows: Rows, ranked: Ranked) -> dict[str, Any]:
    share = rows.units / rows.units.sum()
    return {"mean_pd": float(share @ ranked.pd), "bad_rate": float(share @ rows.bad)}
