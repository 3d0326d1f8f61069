"""Logistic regression on WoE, with standard errors and Wald p-values."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.linalg import LinAlgWarning
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from scorecard.errors import EvidenceError

DIVERGED = 10  # standard errors per standard deviation; real ones are below 1, those of a separated fit beyond 1,000
SEPARATES = (
    "The logistic regression has no best fit: a characteristic separates goods and bads. Exclude the one that knows the outcome."
)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A fitted logit of bad.

    Attributes
    ----------
    intercept : float
    coefficients, standard_errors, p_values : arrays of shape (characteristics,)
        p-values are two-sided Wald.
    """

    intercept: float
    coefficients: Floats
    standard_errors: Floats
    p_values: Floats


def fit(woe: Floats, bad: npt.NDArray[np.int64], weight: Floats | None = None) -> Fit:
    """Fit the logit of bad on WoE columns, without penalty.

    Parameters
    ----------
    woe : array of shape (rows, characteristics)
    bad : array of shape (rows,)
        0 or 1.
    weight : array of shape (rows,), optional
        Standard errors then take weights as repeated accounts.

    Returns
    -------
    Fit

    Raises
    ------
    EvidenceError
        Where there is no finite best fit: a column separates goods and bads, or two columns are the same.

    References
    ----------
    Hosmer, Lemeshow, Sturdivant (2013), Applied Logistic Regression, section 2.4.
    """
    with threadpool_limits(1), warnings.catch_warnings():  # sums in several threads differ in their last bits
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("ignore", LinAlgWarning)  # the condition of the information matrix decides below
        try:
            model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=100).fit(
                woe, bad, sample_weight=weight
            )
        except ConvergenceWarning as error:
            raise EvidenceError(SEPARATES) from error
    design = np.column_stack([np.ones(len(woe)), woe])
    chance = model.predict_proba(woe)[:, 1]
    information = (design * (chance * (1 - chance) * (1 if weight is None else weight))[:, None]).T @ design
    if np.linalg.cond(information) > 1e12:  # noqa: PLR2004  beyond it the inverse has no correct digit left
        raise EvidenceError(
            "Two characteristics carry the same information: their standard errors cannot be computed. Drop one of them."
        )
    errors = np.sqrt(np.diag(np.linalg.inv(information)))[1:]
    if (errors * woe.std(axis=0)).max() > DIVERGED:
        raise EvidenceError(SEPARATES)
    coefficients = model.coef_[0]
    return Fit(float(model.intercept_[0]), coefficients, errors, 2 * stats.norm.sf(np.abs(coefficients / errors)))
