"""The accounts that a calibration is fitted to or compared on, and the two fits that rest on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from scorecard import regression
from scorecard.errors import DataError, EvidenceError

if TYPE_CHECKING:
    from scorecard.points import Scaling

MIN_EVENTS = 20  # convention: with fewer goods or bads a calibration copies chance
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Rows(NamedTuple):
    """Accounts to calibrate on; `z` is the logit of the PD of their points."""

    score: Floats
    bad: Ints
    weight: Floats
    z: Floats

    def part(self, rows: Any) -> Rows:
        """Return some of the accounts."""
        return Rows(*(column[rows] for column in self))

    @property
    def rate(self) -> float:
        """The weighted default rate."""
        return float(np.average(self.bad, weights=self.weight))


def rows_of(score: Floats, bad: Ints, scaling: Scaling, weight: Floats | None) -> Rows:
    """Return the accounts with a weight above 0, once they are fit to calibrate on.

    Raises
    ------
    DataError
        Where lengths differ, a score is missing, an outcome is neither 0 nor 1, or a weight is negative.
    EvidenceError
        Where there are fewer than 20 goods or bads.
    """
    points, outcome = np.asarray(score, dtype=np.float64), np.asarray(bad, dtype=np.float64)
    weights = np.ones(points.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if not points.shape == outcome.shape == weights.shape:
        raise DataError(
            f"score has shape {points.shape}, bad {outcome.shape} and weight {weights.shape}; expected equal lengths. Pass columns of one table."
        )
    if not (np.isfinite(points).all() and np.isin(outcome, (0, 1)).all() and (weights >= 0).all() and np.isfinite(weights).all()):
        raise DataError(
            "A score is missing, an outcome neither 0 nor 1, or a weight missing or negative; expected finite scores, 1 for bad and 0 for good, weights of at least 0. Mend the rows."
        )
    made = Rows(points, outcome.astype(np.int64), weights, (scaling.offset - points) / scaling.factor).part(weights > 0)
    bads = int(made.bad.sum())
    if min(bads, len(made.bad) - bads) < MIN_EVENTS:
        raise EvidenceError(
            f"The sample has {bads} bads and {len(made.bad) - bads} goods; a calibration needs {MIN_EVENTS} of each. Widen the sample."
        )
    return made


def shift_to(log_odds: Floats, rate: float, weight: Floats | None) -> float:
    """Return what added to the log-odds makes the mean PD the rate."""
    from scipy.optimize import brentq  # noqa: PLC0415  its import takes half a second, which most commands can do without

    target = float(logit(rate))
    return float(
        brentq(
            lambda shift: float(np.average(expit(log_odds + shift), weights=weight)) - rate,
            target - float(log_odds.max()) - 1,
            target - float(log_odds.min()) + 1,
            xtol=1e-13,
        )
    )


def logistic(columns: Floats, rows: Rows) -> tuple[float, list[float]]:
    """Return intercept and slopes of the logit of bad on columns, by maximum likelihood.

    Raises
    ------
    EvidenceError
        Where no finite ones are best.
    """
    try:
        found = regression.fit(columns, rows.bad, rows.weight)
    except EvidenceError as error:
        raise EvidenceError(
            "The calibration has no best fit: the scores separate goods and bads, or take too few values. "
            "Choose the calibration intercept, or widen the sample."
        ) from error
    return found.intercept, [float(each) for each in found.coefficients]
