"""Which calibration holds? Each on accounts it was not fitted on, and the PDs beside the default rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas
from scipy.special import logit

from scorecard.calibration.fitting import fit
from scorecard.calibration.formula import Calibration, Method
from scorecard.calibration.rows import Floats, Ints, Rows, logistic, rows_of
from scorecard.errors import EvidenceError, SettingsError
from scorecard.metrics import brier, jeffreys_interval

if TYPE_CHECKING:
    from scorecard.points import Scaling


def compare(score: Floats, bad: Ints, scaling: Scaling, folds: int, seed: int, weight: Floats | None = None) -> pandas.DataFrame:
    """Return how each calibration does on accounts it was not fitted on, so that a person chooses with evidence.

    Parameters
    ----------
    score, bad, weight : arrays of shape (rows,)
        As in `fit`.
    scaling : Scaling
    folds : int
        Parts of equal default rate; each is calibrated by the fit on the others.
    seed : int
        Of the parts.

    Returns
    -------
    DataFrame
        A row for each method: ``method``, ``log_loss`` and ``brier`` (lower is better), ``intercept`` and ``slope`` of the
        calibration line (0 and 1 are right), ``expected_observed`` (bads by the PDs per bad seen; 1 is right), and
        ``refused``, which says why a method has no figures.

    Raises
    ------
    DataError, EvidenceError
        As in `fit`.
    SettingsError
        Where there are fewer than 2 folds, or more than goods or bads.
    """
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415  its import takes a quarter of a second, which most commands can do without

    rows = rows_of(score, bad, scaling, weight)
    most = int(min(rows.bad.sum(), (1 - rows.bad).sum()))
    if not 2 <= folds <= most:  # noqa: PLR2004
        raise SettingsError(f"folds = {folds}; expected 2 to {most}, so that every part has goods and bads. Change the setting.")
    parts = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(rows.score, rows.bad))
    return pandas.DataFrame([_judged(method, rows, scaling, parts) for method in get_args(Method)])


def curve(
    calibration: Calibration, score: Floats, bad: Ints, scaling: Scaling, bands: int = 10, weight: Floats | None = None
) -> pandas.DataFrame:
    """Return the default rate beside the PDs in bands of the score, riskiest first: the table behind a calibration figure.

    Parameters
    ----------
    calibration : Calibration
    score, bad, weight : arrays of shape (rows,)
        As in `fit`.
    scaling : Scaling
    bands : int
        Bands of about equally many accounts, at least 1; equal scores stay together.

    Returns
    -------
    DataFrame
        ``lower_score``, ``upper_score`` (the highest score in the band), ``rows``, ``bads``, ``rate`` with ``low`` and
        ``high`` (95 % Jeffreys interval; weighted accounts count for what they are worth), and the mean PDs ``raw``,
        ``calibrated`` and ``final``.

    Raises
    ------
    DataError, EvidenceError
        As in `fit`.

    References
    ----------
    Brown, Cai & DasGupta (2001), Statistical Science 16, section 3 (interval); Kish (1965), Survey Sampling, 11.7 (weights).
    """
    rows = rows_of(score, bad, scaling, weight)
    cuts = np.unique(np.quantile(rows.score, np.arange(1, bands) / bands, method="higher"))
    band = np.searchsorted(cuts, rows.score, side="right")
    return pandas.DataFrame([_band(calibration, rows.part(band == each), scaling) for each in np.unique(band)])


def _judged(method: Method, rows: Rows, scaling: Scaling, parts: list[tuple[Any, Any]]) -> dict[str, Any]:
    from sklearn.metrics import log_loss  # noqa: PLC0415  its import takes a quarter of a second, which most commands can do without

    pd = np.empty(len(rows.score))
    try:
        for others, part in parts:
            made = _fitted(method, rows.part(others), scaling)
            pd[part] = made.calibrated(rows.score[part], scaling)
        intercept, (slope,) = logistic(logit(pd)[:, None], rows)
    except EvidenceError as error:
        return {"method": method, "refused": str(error)}
    return {
        "method": method,
        "log_loss": float(log_loss(rows.bad, pd, sample_weight=rows.weight, labels=[0, 1])),
        "brier": brier(rows.bad, pd, rows.weight),
        "intercept": intercept,
        "slope": slope,
        "expected_observed": float(rows.weight @ pd / (rows.weight @ rows.bad)),
        "refused": None,
    }


def _fitted(method: Method, rows: Rows, scaling: Scaling) -> Calibration:
    return Calibration() if method == "none" else fit(method, rows.score, rows.bad, scaling, rows.weight)


def _band(calibration: Calibration, rows: Rows, scaling: Scaling) -> dict[str, Any]:
    worth = float(rows.weight.sum() ** 2 / (rows.weight**2).sum())
    low, high = jeffreys_interval(rows.rate * worth, worth)
    pds = {
        "raw": scaling.pd(rows.score),
        "calibrated": calibration.calibrated(rows.score, scaling),
        "final": calibration.final(rows.score, scaling),
    }
    counted = {
        "lower_score": rows.score.min(),
        "upper_score": rows.score.max(),
        "rows": len(rows.bad),
        "bads": int(rows.bad.sum()),
    }
    means = {name: float(np.average(pd, weights=rows.weight)) for name, pd in pds.items()}
    return counted | {"rate": rows.rate, "low": low, "high": high} | means
