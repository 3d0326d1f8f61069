"""What a fit says of each characteristic: whether it is more than chance, how precise it is, and how far the others say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import numpy.typing as npt
import pandas
from scipy.special import chdtrc, ndtri

from scorecard import metrics
from scorecard.errors import DataError, SettingsError
from scorecard.regression.design import Design, Floats, design, one_thread
from scorecard.regression.fitting import Fit, climb

CLOSE = 1e-7  # squared distance to the best fit, in standard errors: by so much a likelihood ratio may be too large


@dataclass(frozen=True)
class Inference:
    """What a fit says of each characteristic; arrays of shape (characteristics,).

    Attributes
    ----------
    coefficients, standard_errors, z, p_values : arrays
        Wald, two-sided.
    lr_statistics, lr_p_values : arrays
        Twice the log-likelihood that is lost without the characteristic, against chi-squared with one degree of freedom.
    low, high : arrays
        Wald interval of the coefficient at `level`.
    vif : array
        Variance inflation factor among the WoE columns.
    sign_ok : array of bool
        Whether the coefficient is negative, so that points fall with risk.
    level : float
    told : str
        What the figures are not. With a penalty p-values, likelihood ratios and intervals are NaN.
    """

    coefficients: Floats
    standard_errors: Floats
    z: Floats
    p_values: Floats
    lr_statistics: Floats
    lr_p_values: Floats
    low: Floats
    high: Floats
    vif: Floats
    sign_ok: npt.NDArray[np.bool_]
    level: float
    told: str

    def table(self, names: Sequence[str]) -> pandas.DataFrame:
        """Return a row per characteristic.

        Parameters
        ----------
        names : sequence of str
            In the order of the coefficients.

        Raises
        ------
        DataError
            Where there are more or fewer names than coefficients.
        """
        if len(names) != len(self.coefficients):
            raise DataError(
                f"{len(names)} names for {len(self.coefficients)} coefficients; expected one each. Take those fitted."
            )
        columns = {
            "coefficient": self.coefficients, "standard_error": self.standard_errors, "z": self.z, "p_value": self.p_values,
            "lr_statistic": self.lr_statistics, "lr_p_value": self.lr_p_values, "low": self.low, "high": self.high,
            "vif": self.vif, "sign_ok": self.sign_ok,
        }  # fmt: skip
        return pandas.DataFrame({"characteristic": list(names), **columns})


def infer(fit: Fit, woe: Floats, bad: npt.NDArray[np.int64], weight: Floats | None = None, level: float = 0.95) -> Inference:
    """Say of each characteristic in a fit whether it is more than chance, how precise it is, and how far others say the same.

    Parameters
    ----------
    fit : Fit
        Of the same rows.
    woe : array of shape (rows, characteristics)
    bad : array of shape (rows,)
    weight : array of shape (rows,), optional
        Taken as repeated accounts: weights that do not stand for accounts seen make everything look too sure.
    level : float
        Of the intervals, in (0, 1).

    Returns
    -------
    Inference

    Raises
    ------
    SettingsError
        Where the level is not in (0, 1).
    DataError
        Where the fit is of another number of characteristics, or as in `scorecard.regression.design.design`.

    References
    ----------
    Hosmer, Lemeshow, Sturdivant (2013), Applied Logistic Regression, sections 1.3, 2.4 and 2.5.
    Belsley, Kuh & Welsch (1980), Regression Diagnostics, section 3.2.
    """
    if not 0 < level < 1:
        raise SettingsError(f"level = {level!r}; expected more than 0 and less than 1. Change the parameter.")
    rows = design(woe, bad, weight)
    if rows.woe.shape[1] != len(fit.coefficients):
        raise DataError(
            f"The fit has {len(fit.coefficients)} coefficients, WoE {rows.woe.shape[1]} columns; expected equal numbers. Take the columns fitted."
        )
    unknown = np.full(len(fit.coefficients), nan)
    z = fit.coefficients / fit.standard_errors
    reach = ndtri((1 + level) / 2) * fit.standard_errors if not fit.penalty else unknown
    lost = unknown if fit.penalty else _lost(fit, rows)
    vif = metrics.vif(metrics.correlation(rows.woe, rows.weight))
    return Inference(
        fit.coefficients, fit.standard_errors, unknown if fit.penalty else z, fit.p_values, lost, chdtrc(1, lost),
        fit.coefficients - reach, fit.coefficients + reach, vif, fit.coefficients < 0, level, fit.told,
    )  # fmt: skip


def _lost(fit: Fit, rows: Design) -> Floats:
    """Return twice the log-likelihood lost without each characteristic; each refit starts where it is expected to end."""
    best = np.concatenate([[fit.intercept], fit.coefficients])
    with one_thread():
        point = rows.at(best)
        covariance = np.linalg.inv(point.information)

        def without(place: int) -> float:
            start = best - covariance[:, place] * (best[place] / covariance[place, place])
            start[place] = 0.0
            fixed = np.where(np.arange(len(best)) == place, inf, 0.0)
            return climb(rows, start, fixed, CLOSE)[1].log_likelihood

        found = np.array([without(place) for place in range(1, len(best))])
    return np.maximum(2 * (point.log_likelihood - found), 0.0)
