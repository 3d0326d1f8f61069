"""Everybody who came through the door: accepts, whose outcome is known, and declines, whose outcome is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas
from scipy.special import expit

from scorecard import regression
from scorecard.errors import DataError
from scorecard.regression import Fit

Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Applicants:
    """Accepts and declines on the WoE of the same characteristics.

    Attributes
    ----------
    names : tuple of str
        The characteristics, in the order of the columns.
    accepted : array of shape (accepts, characteristics)
    bad : array of shape (accepts,)
        0 or 1.
    declined : array of shape (declines, characteristics)
    accepted_weight, declined_weight : array of shape (accepts,) and (declines,), optional
        How many applicants a row stands for; 1 where they are left out.

    Raises
    ------
    DataError
        Where shapes differ, a WoE is not finite, an outcome is neither 0 nor 1, or nobody was declined.
    """

    names: tuple[str, ...]
    accepted: Floats
    bad: Outcomes
    declined: Floats
    accepted_weight: Floats | None = None
    declined_weight: Floats | None = None

    def __post_init__(self) -> None:
        for kind, woe in (("accepts", self.accepted), ("declines", self.declined)):
            if woe.ndim != 2 or woe.shape[1] != len(self.names):  # noqa: PLR2004  rows and characteristics
                raise DataError(
                    f"The WoE of {kind} has shape {woe.shape}; expected a column for each of {len(self.names)} names."
                )
            if not np.isfinite(woe).all():
                raise DataError(f"The WoE of {kind} holds a number that is not finite; expected none. Take it from woe.values.")
        if len(self.declined) == 0:
            raise DataError("Nobody was declined; expected some declines. Check rejects in the pipeline YAML.")
        if self.bad.shape != self.accepted.shape[:1] or not np.isin(self.bad, (0, 1)).all():
            raise DataError(
                f"The outcome has shape {self.bad.shape}; expected 0 or 1 for each of {len(self.accepted)} accepts. Take both from one table."
            )

    @cached_property
    def weights(self) -> tuple[Floats, Floats]:
        """Weights of the accepts and of the declines."""
        accepted, declined = self.accepted_weight, self.declined_weight
        return (
            np.ones(len(self.accepted)) if accepted is None else accepted,
            np.ones(len(self.declined)) if declined is None else declined,
        )

    @cached_property
    def everybody(self) -> tuple[Floats, Floats]:
        """WoE and weights through the door, accepts first."""
        return np.vstack([self.accepted, self.declined]), np.concatenate(self.weights)

    @property
    def accept_rate(self) -> float:
        """Share of the applicants that were accepted."""
        accepted, declined = (float(weight.sum()) for weight in self.weights)
        return accepted / (accepted + declined)

    @cached_property
    def known(self) -> Fit:
        """The known good-bad model: fitted to the accepts only."""
        return regression.fit(self.accepted, self.bad, self.weights[0])

    @cached_property
    def known_pd(self) -> tuple[Floats, Floats]:
        """PD of the accepts and of the declines by the model of the accepts."""
        return pd(self.known, self.accepted), pd(self.known, self.declined)

    def through_the_door(self, declined_bad_rate: float) -> float:
        """Return the bad rate of all applicants, given that of the declines."""
        accepted = float(np.average(self.bad, weights=self.weights[0]))
        return self.accept_rate * accepted + (1 - self.accept_rate) * declined_bad_rate


@dataclass(frozen=True, eq=False)
class Inferred:
    """A model of everybody who came through the door, and what had to be assumed for it.

    Attributes
    ----------
    method, assumption : str
        What was done, and what must hold for it to be right; no data on accepts can test it.
    fit : Fit
        Its standard errors take inferred outcomes for observed ones, so they are too small; select no characteristic by them.
    declined_bad_rate, bad_rate : float
        Inferred, of the declines and of everybody.
    bands : DataFrame
        Score bands with their accepts, declines and bad rates; empty where the method has none.
    warnings : tuple of str
        Where the method goes beyond what the accepts support.
    """

    method: str
    assumption: str
    fit: Fit
    declined_bad_rate: float
    bad_rate: float
    bands: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    warnings: tuple[str, ...] = ()


def pd(fit: Fit, woe: Floats) -> Floats:
    """Return the PD of each row by a fitted model, shape (rows,).

    Parameters
    ----------
    fit : Fit
    woe : array of shape (rows, characteristics)

    Examples
    --------
    >>> nothing = np.zeros(1)
    >>> pd(Fit(0.0, np.array([-1.0]), nothing, nothing), np.array([[0.0], [np.log(3)]]))
    array([0.5 , 0.25])
    """
    return np.asarray(expit(fit.intercept + woe @ fit.coefficients))
