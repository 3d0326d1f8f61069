"""Are PDs right? Posterior and binomial tail, Brier score, and the line that would set them right."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtrc, betainc, betaincinv, expit, logit

from scorecard.errors import DataError, EvidenceError

Floats = NDArray[np.float64]

CLIP = 1e-9  # a PD of 0 or 1 has no finite logit
STEPS = 100
TOLERANCE = 1e-12  # of the log-likelihood


@dataclass(frozen=True)
class BrierParts:
    """Murphy's parts: Brier score = reliability - resolution + uncertainty."""

    reliability: float
    resolution: float
    uncertainty: float


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
            f"{defaults} defaults, {customers} customers and PD {pd}; expected 0 <= defaults <= customers and a share."
        )
    return float(betainc(defaults + 0.5, customers - defaults + 0.5, pd))


def jeffreys_interval(defaults: float, customers: float, level: float = 0.95) -> tuple[float, float]:
    """Return the default rates between which the true one probably lies.

    Parameters
    ----------
    defaults, customers : float
        Counts, 0 <= defaults <= customers.
    level : float
        In (0, 1).

    Returns
    -------
    (float, float)
        From 0 where nobody defaulted, up to 1 where everybody did.

    References
    ----------
    Brown, Cai & DasGupta (2001), Statistical Science 16, section 3.

    Examples
    --------
    >>> low, high = jeffreys_interval(5, 100)
    >>> round(low, 7), round(high, 7)
    (0.0193318, 0.1061001)
    """
    a, b = defaults + 0.5, customers - defaults + 0.5
    low = float(betaincinv(a, b, (1 - level) / 2)) if defaults > 0 else 0.0
    return low, float(betaincinv(a, b, (1 + level) / 2)) if defaults < customers else 1.0


def binomial_p(defaults: int, customers: int, pd: float) -> float:
    """Return how probable at least this many defaults are if the PD is right and customers default independently.

    Parameters
    ----------
    defaults, customers : int
        Counts, 0 <= defaults <= customers.
    pd : float
        In [0, 1].

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III, binomial test.

    Examples
    --------
    >>> round(binomial_p(15, 99, 0.09656014), 6)
    0.052999
    """
    return float(bdtrc(defaults - 1, customers, pd)) if defaults > 0 else 1.0


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
    outcome, probability = _outcomes(bad, pd)
    return float(np.average((outcome - probability) ** 2, weights=None if weight is None else np.asarray(weight, dtype=float)))


def brier_decomposition(n: ArrayLike, defaults: ArrayLike, pd: ArrayLike) -> BrierParts:
    """Split the Brier score into miscalibration, separation and the portfolio's own uncertainty.

    Parameters
    ----------
    n, defaults : array of shape (k,)
        Customers and defaults per grade; empty grades count for nothing.
    pd : array of shape (k,)
        The grade's one PD.

    Raises
    ------
    EvidenceError
        Where there are no customers.

    References
    ----------
    Murphy (1973), Journal of Applied Meteorology 12.

    Examples
    --------
    >>> brier_decomposition([2, 2], [0, 2], [0.5, 0.5])
    BrierParts(reliability=0.25, resolution=0.25, uncertainty=0.25)
    """
    customers, bads = np.asarray(n, dtype=float), np.asarray(defaults, dtype=float)
    held = customers > 0
    if not held.any():
        raise EvidenceError("the grades have no customers; a decomposition needs some. Widen the sample.")
    customers, bads, probability = customers[held], bads[held], np.asarray(pd, dtype=float)[held]
    rate, overall = bads / customers, bads.sum() / customers.sum()
    share = customers / customers.sum()
    return BrierParts(
        reliability=float(share @ (probability - rate) ** 2),
        resolution=float(share @ (rate - overall) ** 2),
        uncertainty=float(overall * (1 - overall)),
    )


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
    outcome, probability = _outcomes(bad, pd)
    distinct, place, counts = np.unique(probability, return_inverse=True, return_counts=True)
    bads, customers = np.bincount(place, outcome).astype(float), counts.astype(float)
    x = logit(np.clip(distinct, CLIP, 1 - CLIP))
    _require_overlap(x[bads > 0], x[bads < customers])
    (intercept, slope), information = _newton(bads, customers, np.column_stack([np.ones(x.size), x]), np.zeros(x.size))
    (in_the_large,), _ = _newton(bads, customers, np.ones((x.size, 1)), x)
    ratio = 2 * (_log_likelihood(bads, customers, intercept + slope * x) - _log_likelihood(bads, customers, x))
    clipped = int(customers[(distinct < CLIP) | (distinct > 1 - CLIP)].sum())
    error = sqrt(np.linalg.inv(information)[1, 1])
    return CalibrationLine(float(intercept), float(slope), error, float(in_the_large), max(0.0, ratio), clipped)


def _outcomes(bad: ArrayLike, pd: ArrayLike) -> tuple[Floats, Floats]:
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
