"""From log-odds to points: PDO scaling, points per bin, and back from a score to a PD."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard.errors import SettingsError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """Score = offset - factor * logit of bad, so that higher is safer.

    Attributes
    ----------
    pdo : float
        Points that double the good:bad odds.
    base_score, base_odds : float
        The score at which the good:bad odds are `base_odds`.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 7.

    Examples
    --------
    >>> scaling = Scaling(pdo=20, base_score=600, base_odds=50)
    >>> round(scaling.factor, 10), round(scaling.offset, 10)
    (28.8539008178, 487.1228762045)
    """

    pdo: float = 20.0
    base_score: float = 600.0
    base_odds: float = 50.0

    def __post_init__(self) -> None:
        if not (self.pdo > 0 and self.base_odds > 0):
            raise SettingsError(
                f"pdo = {self.pdo} and base_odds = {self.base_odds}; expected both above 0. Change the parameters."
            )

    @property
    def factor(self) -> float:
        """Points per unit of log-odds."""
        return self.pdo / log(2)

    @property
    def offset(self) -> float:
        """Score at even odds."""
        return self.base_score - self.factor * log(self.base_odds)

    def pd(self, score: Any) -> Floats:
        """Return the PD of a score, in (0, 1)."""
        return np.asarray(1 / (1 + np.exp((np.asarray(score, dtype=np.float64) - self.offset) / self.factor)))

    def score(self, pd: Any) -> Floats:
        """Return the unrounded score of a PD: the inverse of `pd`."""
        share = np.asarray(pd, dtype=np.float64)
        return np.asarray(self.offset - self.factor * np.log(share / (1 - share)))


def points(woe: Floats, coefficient: float, intercept: float, characteristics: int, scaling: Scaling) -> Floats:
    """Return the unrounded points of a characteristic's bins; intercept and offset are split equally.

    Parameters
    ----------
    woe : array of shape (bins,)
    coefficient, intercept : float
        Of the logit of bad.
    characteristics : int
        How many share intercept and offset.
    """
    return -(coefficient * woe + intercept / characteristics) * scaling.factor + scaling.offset / characteristics
