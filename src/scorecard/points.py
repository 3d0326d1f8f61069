"""From log-odds to points: PDO scaling, points per bin, and back from a score to a PD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from scorecard.errors import SettingsError

Layout = Literal["split", "base", "zero"]
MOST_DECIMALS = 6
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
    layout : str
        Where intercept and offset go: ``split`` equally over the characteristics; ``base`` points of their own;
        ``zero``, base points such that the lowest points of every characteristic are 0.
    decimals : int
        Digits after the point that points are rounded to, 0 to 6.
    minimum, maximum : float or None
        The score is kept within; None is unbounded.

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
    layout: Layout = "split"
    decimals: int = 0
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.pdo < float("inf") and 0 < self.base_odds < float("inf") and isfinite(self.base_score)):
            raise SettingsError(
                f"pdo = {self.pdo}, base_odds = {self.base_odds}, base_score = {self.base_score}; "
                "expected finite numbers, the first two above 0. Change the parameters."
            )
        if self.layout not in get_args(Layout):
            raise SettingsError(f"layout = {self.layout!r}; expected {', '.join(get_args(Layout))}. Change the parameter.")
        if not 0 <= self.decimals <= MOST_DECIMALS:
            raise SettingsError(f"decimals = {self.decimals}; expected 0 to {MOST_DECIMALS}. Change the parameter.")
        self._refuse_limits()

    def _refuse_limits(self) -> None:
        for name in ("minimum", "maximum"):
            limit = getattr(self, name)
            if limit is not None and not (isfinite(limit) and limit == self.rounded(limit)):
                raise SettingsError(
                    f"{name} = {limit}; expected a score of at most {self.decimals} decimals. Change the parameter."
                )
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise SettingsError(
                f"minimum = {self.minimum} and maximum = {self.maximum}; expected the first below the second. Change the parameters."
            )

    @property
    def factor(self) -> float:
        """Points per unit of log-odds."""
        return self.pdo / log(2)

    @property
    def offset(self) -> float:
        """Score at even odds."""
        return self.base_score - self.factor * log(self.base_odds)

    @property
    def unit(self) -> int:
        """Steps of the score in one point: sums are of whole steps, so that every engine gives the same digits."""
        return int(10**self.decimals)

    def pd(self, score: Any) -> Floats:
        """Return the PD of a score, in (0, 1)."""
        with np.errstate(over="ignore"):  # a score beyond all customers has the PD 0
            return np.asarray(1 / (1 + np.exp((np.asarray(score, dtype=np.float64) - self.offset) / self.factor)))

    def score(self, pd: Any) -> Floats:
        """Return the unrounded score of a PD: the inverse of `pd`."""
        share = np.asarray(pd, dtype=np.float64)
        return np.asarray(self.offset - self.factor * np.log(share / (1 - share)))

    def rounded(self, points: Any) -> Floats:
        """Return points rounded to the scale's decimals; halves go to the even neighbour."""
        return np.asarray(np.round(np.asarray(points, dtype=np.float64), self.decimals) + 0.0)

    def steps(self, points: Any) -> npt.NDArray[np.int64]:
        """Return rounded points as whole steps of the score."""
        return np.asarray(np.rint(np.asarray(points, dtype=np.float64) * self.unit), dtype=np.int64)

    def total(self, steps: npt.NDArray[np.int64]) -> Floats:
        """Return the score of a sum of steps, within minimum and maximum."""
        low = None if self.minimum is None else int(self.steps(self.minimum))
        high = None if self.maximum is None else int(self.steps(self.maximum))
        return np.asarray(np.clip(steps, low, high) / self.unit, dtype=np.float64)


def points(woe: Floats, coefficient: float, intercept: float, characteristics: int, scaling: Scaling) -> Floats:
    """Return the unrounded points of a characteristic's bins, shape (bins,).

    Parameters
    ----------
    woe : array of shape (bins,)
    coefficient, intercept : float
        Of the logit of bad.
    characteristics : int
        How many share intercept and offset, where the layout is ``split``.
    scaling : Scaling
    """
    own: Floats = -coefficient * woe * scaling.factor
    if scaling.layout == "base":
        return own
    if scaling.layout == "zero":
        return np.asarray(own - own.min())
    return -(coefficient * woe + intercept / characteristics) * scaling.factor + scaling.offset / characteristics


def base_points(woes: Sequence[Floats], coefficients: Sequence[float], intercept: float, scaling: Scaling) -> float:
    """Return the unrounded points that every customer starts with; 0 where they are split over characteristics.

    Parameters
    ----------
    woes : sequence of arrays of shape (bins,)
        Of each characteristic.
    coefficients : sequence of float
    intercept : float
    scaling : Scaling
    """
    if scaling.layout == "split" and len(coefficients):
        return 0.0
    start = scaling.offset - scaling.factor * intercept
    if scaling.layout != "zero":
        return start
    return start + sum(
        float((-coefficient * woe * scaling.factor).min()) for woe, coefficient in zip(woes, coefficients, strict=True)
    )


def neutral_points(intercept: float, characteristics: int, scaling: Scaling) -> float:
    """Return the points of a bin with WoE 0 where intercept and offset are split: what says neither good nor bad.

    Examples
    --------
    >>> round(neutral_points(-0.846996, 2, Scaling()), 3)
    255.781
    """
    return (scaling.offset - scaling.factor * intercept) / characteristics
