"""How well each model does on the same rows: order of risk, probabilities, and what turning customers away earns.

All measures but the slope are functions of how many goods and bads stand in classes of risk, so one pass over resampled rows
gives the bootstrap of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit, ndtri

from scorecard import metrics, regression
from scorecard.errors import EvidenceError
from scorecard.metrics.hulls import h_of_hulls, hulls
from scorecard.metrics.probability import CLIP
from scorecard.metrics.profit import PUBLISHED, Worth, emp_of_hulls
from scorecard.metrics.resamples import Cells
from scorecard.strategy import Ranked, Rows

Floats = npt.NDArray[np.float64]
MEASURES = ("auc", "ks", "h_measure", "emp", "brier", "log_loss")  # of a table of counts; the first four are better when larger
LOWER_IS_BETTER = ("brier", "log_loss")
CLASSES = 1000  # of risk, of equal size, where a model has more distinct risks: only how far resamples stray is read off them
Z95 = float(ndtri(0.975))


@dataclass(frozen=True, eq=False)
class Classes:
    """A model's rows in classes of risk, in an order that depends on their content only.

    Attributes
    ----------
    cells : Cells
        Two per class, goods and bads, from the lowest risk.
    squared, logarithmic : arrays of shape (classes, 2)
        The mean loss (Brier, log) of goods and of bads in each class.
    """

    cells: Cells
    squared: Floats
    logarithmic: Floats

    def statistics(self, totals: Floats, worth: Worth = PUBLISHED) -> dict[str, Floats]:
        """Return every one of `MEASURES` of samples counted in the cells, shape (samples,) each.

        Parameters
        ----------
        totals : array of shape (samples, cells)
        worth : Worth
            Of the expected maximum profit.
        """
        counts = totals.reshape(len(totals), -1, 2)
        goods, bads, everybody = counts[..., 0], counts[..., 1], totals.sum(axis=1)
        found = hulls(goods, bads)  # refuses samples of one class
        good_share, bad_share = (each.cumsum(axis=1) / each.sum(axis=1, keepdims=True) for each in (goods, bads))
        step = np.diff(bad_share, axis=1, prepend=0.0)
        return {
            "auc": (step * (good_share - np.diff(good_share, axis=1, prepend=0.0) / 2)).sum(axis=1),
            "ks": np.abs(good_share - bad_share).max(axis=1),
            "h_measure": h_of_hulls(found),
            "emp": emp_of_hulls(found, worth)[0],
            "brier": np.einsum("rkc,kc->r", counts, self.squared) / everybody,
            "log_loss": np.einsum("rkc,kc->r", counts, self.logarithmic) / everybody,
        }


def classed(rows: Rows, ranked: Ranked, most: int | None = CLASSES) -> Classes:
    """Count a model's rows in classes of risk: one for each distinct risk, or where these are more than `most`, so many of equal size."""
    order = rows.order
    bad, pd, risk = rows.bad[order], ranked.pd[order], ranked.risk[order]
    values, place = np.unique(risk, return_inverse=True)
    if most is not None and values.size > most:
        ends = np.unique(np.quantile(risk, np.arange(1, most) / most, method="inverted_cdf"))
        place, values = np.searchsorted(ends, risk, side="left"), np.append(ends, np.inf)
    cell, weight = place * 2 + bad, None if rows.weight is None else rows.weight[order]
    size = 2 * values.size
    held = np.maximum(Cells(cell, size, weight).totals(), np.finfo(float).tiny)
    losses = []
    for loss in ((bad - pd) ** 2, log_losses(bad, pd)):
        losses.append((Cells(cell, size, loss if weight is None else loss * weight).totals() / held).reshape(-1, 2))
    return Classes(Cells(cell, size, weight), *losses)


def estimates(rows: Rows, worth: Worth = PUBLISHED) -> list[dict[str, Any]]:
    """Return every measure of every model, without intervals but those that a formula gives.

    Parameters
    ----------
    rows : Rows
    worth : Worth
        Of the expected maximum profit.

    Returns
    -------
    list of dict
        A row per model: ``model``, ``sample``, ``rows``, ``bads``; ``auc`` and ``gini`` with the logit interval of DeLong's variance (None of weighted
        rows), ``ks``, ``h_measure``, ``emp``, ``brier``, ``log_loss``; ``slope`` of the logit of bad on the logit of the PD with Wald's
        interval, None where the PDs leave none; ``mean_pd`` and ``bad_rate``; the AUC's paired ``difference`` to the first model with DeLong's
        interval and p-value.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Cox (1958), Biometrika 45.
    """
    return [_row(rows, name, each, worth) for name, each in rows.models.items()]


def compare(bad: npt.NDArray[np.int64], pds: Mapping[str, Floats], sample: str) -> list[dict[str, Any]]:
    """Return what `estimates` does of PDs alone: the first model is the reference, the scorecard.

    Parameters
    ----------
    bad : array of shape (rows,)
    pds : mapping of model to array of shape (rows,)
    sample : str
    """
    return estimates(Rows(sample, bad, {name: Ranked(pd, pd) for name, pd in pds.items()}))


def log_losses(bad: npt.NDArray[np.int_], pd: Floats) -> Floats:
    """Return less the log-likelihood of each row; a PD of 0 or 1 counts as one in a billion short of it.

    Examples
    --------
    >>> log_losses(np.array([0, 1]), np.array([0.5, 0.0])).round(3).tolist()
    [0.693, 20.723]
    """
    kept = np.clip(pd, CLIP, 1 - CLIP)
    return np.asarray(-np.where(bad == 1, np.log(kept), np.log1p(-kept)))


def _row(rows: Rows, name: str, ranked: Ranked, worth: Worth) -> dict[str, Any]:
    exact = classed(rows, ranked, None)
    found = {key: float(value[0]) for key, value in exact.statistics(exact.cells.totals()[None], worth).items()}
    low, high = _auc_interval(rows, ranked)
    row: dict[str, Any] = {
        "model": name, "sample": rows.sample, "rows": rows.n, "bads": rows.events,
        "auc": found["auc"], "auc_low": low, "auc_high": high, "gini": metrics.gini(found["auc"]),
        "gini_low": None if low is None else metrics.gini(low), "gini_high": None if high is None else metrics.gini(high),
    }  # fmt: skip
    row |= {key: found[key] for key in MEASURES if key != "auc"} | slope(rows, ranked)
    share = rows.units / rows.units.sum()
    row |= {"mean_pd": float(share @ ranked.pd), "bad_rate": float(share @ rows.bad)}
    return row | _difference(rows, name)


def _auc_interval(rows: Rows, ranked: Ranked) -> tuple[float, float] | tuple[None, None]:
    """Return DeLong's interval; None of weighted rows, or where a sample has a single good or bad."""
    if rows.weight is not None:
        return None, None
    try:
        return metrics.auc_interval(metrics.delong(rows.bad, ranked.risk))
    except EvidenceError:
        return None, None


def slope(rows: Rows, ranked: Ranked) -> dict[str, float | None]:
    """Return the slope of calibration with Wald's interval; None where the PDs are equal or separate goods from bads."""
    try:
        if rows.weight is None:
            line = metrics.calibration_line(rows.bad, ranked.pd)
            found, error = line.slope, line.slope_error
        else:
            eta = logit(np.clip(ranked.pd, CLIP, 1 - CLIP))
            fit = regression.fit(eta[:, None], rows.bad.astype(np.int64), rows.units)
            found, error = float(fit.coefficients[0]), float(fit.standard_errors[0])
    except EvidenceError:
        return dict.fromkeys(("slope", "slope_low", "slope_high"))
    return {"slope": found, "slope_low": found - Z95 * error, "slope_high": found + Z95 * error}


def _difference(rows: Rows, name: str) -> dict[str, float | None]:
    empty: dict[str, float | None] = dict.fromkeys(("difference", "difference_low", "difference_high", "p_value"))
    if name == next(iter(rows.models)) or rows.weight is not None:
        return empty
    try:
        paired = metrics.delong_paired(rows.bad, rows.models[name].risk, rows.reference.risk)
    except EvidenceError:
        return empty
    return {
        "difference": paired.difference,
        "difference_low": paired.interval[0],
        "difference_high": paired.interval[1],
        "p_value": paired.p_value,
    }
