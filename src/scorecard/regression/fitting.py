"""Fit the logit of bad on WoE by maximum likelihood, with or without a ridge penalty."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from math import inf, nan

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from scorecard.errors import EvidenceError, SettingsError
from scorecard.regression.design import Design, Floats, Point, design, one_thread

DIVERGED = 10  # standard errors per standard deviation of a column's own; real ones are below 1, of a separated fit beyond 1,000
DEGENERATE = 1e6  # condition number beyond which the inverse of the products has no correct digit left
CLOSE = 1e-16  # squared distance to the best fit, in standard errors
ROUNDING = 1e-10  # of a log-likelihood
MAX_STEPS = 50  # Newton's steps; a fit that exists takes about seven
SEPARATES = (
    "The logistic regression has no best fit: a characteristic separates goods and bads. Exclude the one that knows the outcome."
)
SAME = "Two characteristics carry the same information: their standard errors cannot be computed. Drop one of them."
PENALISED = (
    "Fitted with a ridge penalty of {penalty:g}: coefficients are pulled towards 0, and have no Wald or likelihood ratio p-values "
    "and no intervals; those of a fit without penalty do not hold for it."
)


@dataclass(frozen=True)
class Fit:
    """A fitted logit of bad.

    Attributes
    ----------
    intercept : float
    coefficients, standard_errors, p_values : arrays of shape (characteristics,)
        p-values are two-sided Wald, NaN with a penalty.
    intercept_error : float
        Standard error of the intercept.
    log_likelihood, null_log_likelihood : float
        Of the fit, the penalty left out, and of the intercept alone.
    condition_number : float
        Of the WoE columns and the constant, scaled to equal length but not centred (Belsley, Kuh & Welsch 1980);
        above 30 some coefficients cannot be told apart well.
    penalty : float
        On the squared coefficients.
    rows, bads : int
        Accounts, each as one whatever its weight.
    """

    intercept: float
    coefficients: Floats
    standard_errors: Floats
    p_values: Floats
    _: KW_ONLY
    intercept_error: float = nan
    log_likelihood: float = nan
    null_log_likelihood: float = nan
    condition_number: float = nan
    penalty: float = 0.0
    rows: int = 0
    bads: int = 0

    @property
    def told(self) -> str:
        """What the figures are not; empty for a fit without penalty."""
        return PENALISED.format(penalty=self.penalty) if self.penalty else ""


def fit(woe: Floats, bad: npt.NDArray[np.int64], weight: Floats | None = None, penalty: float = 0.0) -> Fit:
    """Fit the logit of bad on WoE columns.

    Parameters
    ----------
    woe : array of shape (rows, characteristics)
    bad : array of shape (rows,)
        0 or 1.
    weight : array of shape (rows,), optional
        Standard errors then take weights as repeated accounts.
    penalty : float
        On half the sum of squared coefficients, the intercept left out: 1 / C of scikit-learn. 0 is none.
        Standard errors then are those of the penalised estimate around its own, biased, mean.

    Returns
    -------
    Fit

    Raises
    ------
    EvidenceError
        Where there is no finite best fit: a column separates goods and bads, or two columns are the same.
        A penalty gives a fit all the same.
    DataError
        As in `scorecard.regression.design.design`.
    SettingsError
        Where the penalty is negative or no finite number.

    References
    ----------
    Hosmer, Lemeshow, Sturdivant (2013), Applied Logistic Regression, section 2.4.
    le Cessie, van Houwelingen (1992), Ridge Estimators in Logistic Regression, Applied Statistics 41, section 2.

    Examples
    --------
    >>> found = fit([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]], [1, 1, 0, 1, 0, 0])
    >>> round(found.intercept, 6), found.coefficients.round(6)
    (0.693147, array([-1.386294]))
    """
    if not 0 <= penalty < inf:
        raise SettingsError(f"penalty = {penalty!r}; expected a number of 0 or more. Change the parameter.")
    with one_thread():
        rows = design(woe, bad, weight)
        if not penalty and rows.condition_number > DEGENERATE:
            raise EvidenceError(SAME)
        start = null(rows)
        found, point = climb(rows, start, _ridge(penalty, len(start)), CLOSE)
        covariance = _covariance(point.information, _ridge(penalty, len(start)))
    variances = np.diag(covariance)
    if not (variances > 0).all():  # near separation the inverse has no correct digit left
        raise EvidenceError(SEPARATES)
    errors = np.sqrt(variances)
    if not penalty and (errors[1:] * rows.own_spread).max(initial=0.0) > DIVERGED:
        raise EvidenceError(SEPARATES)
    p_values = np.full(len(found) - 1, nan) if penalty else 2 * ndtr(-np.abs(found / errors)[1:])
    return Fit(
        float(found[0]), found[1:], errors[1:], p_values, intercept_error=float(errors[0]),
        log_likelihood=point.log_likelihood, null_log_likelihood=rows.at(start).log_likelihood,
        condition_number=rows.condition_number, penalty=float(penalty), rows=len(bad), bads=int(np.sum(bad)),
    )  # fmt: skip


def null(rows: Design) -> Floats:
    """Return the intercept of the fit on nothing, and coefficients of 0."""
    start = np.zeros(rows.woe.shape[1] + 1)
    start[0] = np.log(rows.chance / (1 - rows.chance))
    return start


def climb(rows: Design, start: Floats, ridge: Floats, close: float) -> tuple[Floats, Point]:
    """Climb to the highest penalised log-likelihood by Newton's steps; one that leads down is halved.

    Parameters
    ----------
    rows : Design
    start : array of shape (characteristics + 1,)
    ridge : array of shape (characteristics + 1,)
        The penalty of each coefficient; infinite where it stays at 0.
    close : float
        Where to stop: the squared distance to the top, in standard errors.

    Returns
    -------
    coefficients, and the point they are at but for the last step

    Raises
    ------
    EvidenceError
        Where there is no top.
    """
    free = np.isfinite(ridge)
    slope = np.where(free, ridge, 0.0)
    found, point = start, rows.at(start)
    for _ in range(MAX_STEPS):
        step = np.zeros(len(found))
        step[free] = _solved((point.information + np.diag(slope))[np.ix_(free, free)], (point.gradient - slope * found)[free])
        if step @ (point.gradient - slope * found) < close:
            return found + step, point
        found, point = _upward(rows, found, step, (point, slope))
    raise EvidenceError(SEPARATES)


def _upward(rows: Design, found: Floats, step: Floats, at: tuple[Point, Floats]) -> tuple[Floats, Point]:
    point, slope = at
    least = _height(point, found, slope) - ROUNDING * abs(point.log_likelihood)
    reached = rows.at(found + step)
    while _height(reached, found + step, slope) < least:
        step = step / 2
        reached = rows.at(found + step)
    return found + step, reached


def _height(point: Point, found: Floats, slope: Floats) -> float:
    return float(point.log_likelihood - slope @ found**2 / 2)


def _solved(information: Floats, gradient: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise EvidenceError(SEPARATES) from error


def _ridge(penalty: float, size: int) -> Floats:
    return np.concatenate([[0.0], np.full(size - 1, penalty)])


def _covariance(information: Floats, ridge: Floats) -> Floats:
    inverse = np.linalg.inv(information + np.diag(ridge))
    return np.asarray(inverse @ information @ inverse)
