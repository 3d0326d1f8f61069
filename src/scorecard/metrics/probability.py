"""Are PDs right? The posterior tail of a default rate, the Brier score, and the line that would set PDs right."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, expit, logit

from scorecard.errors import DataError, EvidenceError

Floats = NDArray[np.float64]

CLIP = 1e-9  # a PD of 0 or 1 has no finite logit
STEPS = 100
TOLERANCE = 1e-12  # of the log-likelihood


@dataclass(frozen=True)
class CalibrationLine:
    """The line logit P(bad) = intercept + slope * logit(PD), and what it says against the PDs as they are.

    `in_the_large` is the intercept with the slope held at 1; `likelihood_ratio` (chi-square, 2 df) tests intercept 0
    and slope 1 together; `clipped` counts PDs outside [1e-9, 1 - 1e-9].
    """

    intercept: float
    slope: float
    slope_error: float
    in_the_large: float
    likelihood_ratio: float
    clipped: int


def jeffreys_p(defaults: float, customers: float, pd: float) -> float:
    """Return how probable it is, after these defaults, that the true default rate is at most the PD.

    Parameters
    ----------
    defaults, customers : float
        Counts, 0 <= defaults <= customers.
    pd : float
        In [0, 1].

    Returns
    -------
    float
        Small where the PD is too low.

    Raises
    ------
    DataError
        Where there are more defaults than customers, or the PD is none.

    References
    ----------
    ECB (2019), 2.5.3.1: Beta(defaults + 1/2, customers - defaults + 1/2) at the PD.

    Examples
    --------
    >>> round(jeffreys_p(0, 100, 0.01), 6)
    0.844259
    """
    if not (0 <= defaults <= customers and 0 <= pd <= 1):
        raise DataError(
            f"{defaults:g} defaults, {customers:g} customers and PD {pd}; expected 0 <= defaults <= customers and a share."
        )
    return float(betainc(defaults + 0.5, customers - defaults + 0.5, pd))


def brier(bad: ArrayLike, pd: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return how far the PDs are from what happened: the mean squared difference.

    Parameters
    ----------
    bad, pd, weight : array of shape (n,)
        Outcome 0 or 1, probability in [0, 1], and optional row weights.

    Returns
    -------
    float
        In [0, 1], lower is better; not comparable between portfolios of different default rates.

    Raises
    ------
    DataError
        Where lengths differ, a PD lies outside [0, 1], or an outcome is neither 0 nor 1.

    References
    ----------
    Brier (1950), Monthly Weather Review 78.

    Examples
    --------
    >>> brier([0, 1], [0.5, 0.5])
    0.25
    """
    outcome, probability = outcomes(bad, pd)
    return float(np.average((outcome - probability) ** 2, weights=None if weight is None else np.asarray(weight, dtype=float)))


def brier_from_counts(goods: ArrayLike, bads: ArrayLike, pd: ArrayLike) -> float:
    """Return the Brier score from goods and bads at every PD.

    Parameters
    ----------
    goods, bads, pd : array of shape (k,)
        Counts or weights at each PD.

    References
    ----------
    As in `brier`.

    Examples
    --------
    >>> brier_from_counts([1], [1], [0.5])
    0.25
    """
    good, bad, probability = (np.asarray(each, dtype=float) for each in (goods, bads, pd))
    return float((bad @ (1 - probability) ** 2 + good @ probability**2) / (good.sum() + bad.sum()))


def calibration_line(bad: ArrayLike, pd: ArrayLike) -> CalibrationLine:
    """Fit the line through the logits that would set the PDs right.

    Parameters
    ----------
    bad, pd : array of shape (n,)
        Outcome 0 or 1 and probability in [0, 1].

    Raises
    ------
    DataError
        As in `brier`.
    EvidenceError
        Where goods or bads are missing, or the PDs are all equal or separate goods from bads: no finite slope exists.

    References
    ----------
    Cox (1958), Biometrika 45; Miller, Hui & Tierney (1991), Statistics in Medicine 10.

    Examples
    --------
    >>> line = calibration_line([0, 0, 0, 1, 0, 1, 1, 1], [0.2, 0.2, 0.2, 0.2, 0.8, 0.8, 0.8, 0.8])
    >>> round(line.slope, 4)
    0.7925
    """
    outcome, probability = outcomes(bad, pd)
    distinct, place = np.unique(probability, return_inverse=True)
    bads = np.bincount(place, outcome)
    return calibration_line_from_counts(np.bincount(place) - bads, bads, distinct)


def calibration_line_from_counts(goods: ArrayLike, bads: ArrayLike, pd: ArrayLike) -> CalibrationLine:
    """Fit the line through the logits from goods and bads at every PD.

    Parameters
    ----------
    goods, bads, pd : array of shape (k,)
        Counts or effective numbers at each PD, in any order.

    Raises
    ------
    EvidenceError
        As in `calibration_line`.

    References
    ----------
    As in `calibration_line`.

    Examples
    --------
    >>> round(calibration_line_from_counts([3, 1], [1, 3], [0.2, 0.8]).slope, 4)
    0.7925
    """
    held = np.asarray(goods, dtype=float) + np.asarray(bads, dtype=float) > 0
    failed, distinct = np.asarray(bads, dtype=float)[held], np.asarray(pd, dtype=float)[held]
    customers = failed + np.asarray(goods, dtype=float)[held]
    return _line(customers, failed, distinct)


def _line(customers: Floats, bads: Floats, distinct: Floats) -> CalibrationLine:
    x = logit(np.clip(distinct, CLIP, 1 - CLIP))
    _require_overlap(x[bads > 0], x[bads < customers])
    (intercept, slope), information = _newton(bads, customers, np.column_stack([np.ones(x.size), x]), np.zeros(x.size))
    (in_the_large,), _ = _newton(bads, customers, np.ones((x.size, 1)), x)
    ratio = 2 * (_log_likelihood(bads, customers, intercept + slope * x) - _log_likelihood(bads, customers, x))
    clipped = int(customers[(distinct < CLIP) | (distinct > 1 - CLIP)].sum())
    error = sqrt(np.linalg.inv(information)[1, 1])
    return CalibrationLine(float(intercept), float(slope), error, float(in_the_large), max(0.0, ratio), clipped)


def outcomes(bad: ArrayLike, pd: ArrayLike) -> tuple[Floats, Floats]:
    """Check outcomes and PDs, and return them as numbers.

    Raises
    ------
    DataError
        As in `brier`.

    Examples
    --------
    >>> outcomes([0, 1], [0.1, 0.2])[0]
    array([0., 1.])
    """
    outcome, probability = np.asarray(bad, dtype=float), np.asarray(pd, dtype=float)
    if outcome.shape != probability.shape or outcome.size == 0:
        raise DataError(
            f"bad has shape {outcome.shape}, pd {probability.shape}; expected equal lengths. Pass columns of one table."
        )
    if not ((outcome == 0) | (outcome == 1)).all():
        raise DataError("bad holds a value that is neither 0 nor 1; expected 1 for bad and 0 for good. Map the outcome first.")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise DataError("pd holds a missing value or one outside [0, 1]; expected probabilities. Pass shares, not percent.")
    return outcome, probability


def _require_overlap(of_bads: Floats, of_goods: Floats) -> None:
    if not of_bads.size or not of_goods.size:
        raise EvidenceError(f"the sample has no {'goods' if of_bads.size else 'bads'}; both are needed. Wait for outcomes.")
    if of_bads.min() >= of_goods.max() or of_bads.max() <= of_goods.min():
        raise EvidenceError("the PDs are all equal or separate goods from bads; a slope needs overlap. Widen the sample.")


def _newton(bads: Floats, customers: Floats, design: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Maximum-likelihood coefficients of a logistic regression on counts, and its information matrix."""
    beta, eta, likelihood = np.zeros(design.shape[1]), offset, _log_likelihood(bads, customers, offset)
    for _ in range(STEPS):
        fitted = expit(eta)
        gradient = design.T @ (bads - customers * fitted)
        information = design.T @ (design * (customers * fitted * (1 - fitted))[:, None])
        step = np.linalg.pinv(information) @ gradient
        then = _log_likelihood(bads, customers, eta + design @ step)
        while then < likelihood - TOLERANCE * (1 - likelihood):  # far from the maximum a full step runs away
            step = step / 2
            then = _log_likelihood(bads, customers, eta + design @ step)
        beta, eta, likelihood = beta + step, eta + design @ step, then
        if gradient @ step <= TOLERANCE * (1 - likelihood):
            return beta, information
    raise EvidenceError(f"the calibration line did not settle in {STEPS} steps; goods and bads hardly overlap. Widen the sample.")


def _log_likelihood(bads: Floats, customers: Floats, eta: Floats) -> float:
    return float(bads @ eta - customers @ np.logaddexp(0, eta))
