"""Fit a calibration: move the level, the spread or the curve of the PDs, or give runs of scores their own rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_expit

from scorecard.calibration.formula import Calibration, Method, Step
from scorecard.calibration.rows import Floats, Ints, Rows, logistic, rows_of, shift_to
from scorecard.errors import EvidenceError, SettingsError

if TYPE_CHECKING:
    from scorecard.points import Scaling

ROUNDING = 1e-12  # rates closer than this are the same rate


def fit(
    method: Method, score: Floats, bad: Ints, scaling: Scaling, weight: Floats | None = None, sample: str | None = None
) -> Calibration:
    """Fit a calibration of the PDs of the points.

    Parameters
    ----------
    method : {"none", "intercept", "linear", "isotonic", "beta"}
        ``intercept`` moves the level; ``linear`` also the spread; ``beta`` also the curve, its slopes not below 0 (one that
        would be is left out and the other fitted alone); ``isotonic`` gives each run of scores its own default rate: the
        adjacent violators are pooled, a best step without bads joins the one below it and a worst step without goods the
        one above it (so no PD is 0 or 1), and scores between two steps take the higher PD.
    score, bad : arrays of shape (rows,)
        Points, and 1 bad, 0 good; best of accounts the scorecard was not fitted on.
    scaling : Scaling
    weight : array of shape (rows,), optional
    sample : str, optional
        Name of the sample, for the record.

    Returns
    -------
    Calibration

    Raises
    ------
    SettingsError
        Where the method is unknown.
    DataError
        Where lengths differ, a score is missing, an outcome is neither 0 nor 1, or a weight is negative.
    EvidenceError
        Where there are fewer than 20 goods or bads, there is no best fit, or it would reverse the order of the scores.

    References
    ----------
    Cox (1958), Biometrika 45 (intercept, linear); Zadrozny & Elkan (2002), KDD (isotonic); Kull, Silva Filho &
    Flach (2017), Electronic Journal of Statistics 11 (beta).
    """
    if method not in _FITS:
        raise SettingsError(f"calibration = {method!r}; expected {', '.join(_FITS)}. Change the setting.")
    rows = rows_of(score, bad, scaling, weight)
    return replace(_FITS[method](rows), sample=sample, rows=len(rows.bad), bads=int(rows.bad.sum()))


def _intercept(rows: Rows) -> Calibration:
    return Calibration("intercept", intercept=shift_to(rows.z, rows.rate, rows.weight))


def _linear(rows: Rows) -> Calibration:
    intercept, (slope,) = logistic(rows.z[:, None], rows)
    _refuse_reversed(slope)
    return Calibration("linear", intercept=intercept, slope=slope)


def _beta(rows: Rows) -> Calibration:
    ln_p, ln_rest = log_expit(rows.z), log_expit(-rows.z)
    intercept, (slope, complement) = logistic(np.column_stack([ln_p, -ln_rest]), rows)
    if slope < 0:
        slope = 0.0
        intercept, (complement,) = logistic(-ln_rest[:, None], rows)
    elif complement < 0:
        complement = 0.0
        intercept, (slope,) = logistic(ln_p[:, None], rows)
    _refuse_reversed(max(slope, complement))
    return Calibration("beta", intercept=intercept, slope=slope, complement=complement)


def _isotonic(rows: Rows) -> Calibration:
    from sklearn.isotonic import isotonic_regression  # noqa: PLC0415  its import takes half a second, which most commands can do without

    scores, place = np.unique(rows.score, return_inverse=True)
    bads, goods = (np.bincount(place, rows.weight * side) for side in (rows.bad, 1 - rows.bad))
    fitted = isotonic_regression(bads / (bads + goods), sample_weight=bads + goods, increasing=False)
    starts = np.flatnonzero(np.append(True, np.diff(fitted) < -ROUNDING))
    if bads[starts[-1] :].sum() == 0:
        starts = starts[:-1]
    if starts.size > 1 and goods[: starts[1]].sum() == 0:
        starts = np.delete(starts, 1)
    _refuse_reversed(starts.size - 1)
    rates = np.add.reduceat(bads, starts) / np.add.reduceat(bads + goods, starts)
    lowers = [None, *map(float, scores[starts[1:]])]
    return Calibration("isotonic", steps=tuple(Step(lower, float(rate)) for lower, rate in zip(lowers, rates, strict=True)))


_FITS: dict[Method, Callable[[Rows], Calibration]] = {
    "none": lambda _: Calibration(),
    "intercept": _intercept,
    "linear": _linear,
    "isotonic": _isotonic,
    "beta": _beta,
}


def _refuse_reversed(slope: float) -> None:
    if slope <= 0:
        raise EvidenceError(
            f"The calibration has the slope {slope:.4g}: higher scores would not be safer in this sample. "
            "Choose the calibration none or intercept, or look at the sample."
        )
