"""Move PDs to a default rate: that of another population, or the long-run one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from scorecard.calibration.formula import Anchor, Calibration, Floats, Move
from scorecard.calibration.rows import shift_to
from scorecard.errors import DataError, SettingsError

if TYPE_CHECKING:
    from scorecard.points import Scaling


def prior_shift(pd: npt.ArrayLike, from_rate: float, to_rate: float) -> Floats:
    """Return PDs moved from a population with one default rate to one with another.

    Parameters
    ----------
    pd : array of shape (rows,)
        In [0, 1].
    from_rate, to_rate : float
        In (0, 1).

    Raises
    ------
    SettingsError
        Where a rate is not between 0 and 1.

    References
    ----------
    Elkan (2001), The Foundations of Cost-Sensitive Learning, IJCAI, theorem 2.

    Examples
    --------
    >>> float(round(1 / prior_shift(0.2, 0.5, 0.05), 9))
    77.0
    """
    _refuse_rate("from_rate", from_rate)
    _refuse_rate("to_rate", to_rate)
    share = np.asarray(pd, dtype=np.float64)
    bads, goods = share * (to_rate / from_rate), (1 - share) * ((1 - to_rate) / (1 - from_rate))
    return np.asarray(bads / (bads + goods))


def anchored(  # noqa: PLR0913  two ways to move a rate, each with its own evidence
    calibration: Calibration,
    scaling: Scaling,
    to_rate: float,
    method: Move,
    *,
    from_rate: float | None = None,
    score: Floats | None = None,
    weight: Floats | None = None,
) -> Calibration:
    """Return the calibration with its PDs moved to a default rate; an earlier anchor is replaced.

    Parameters
    ----------
    calibration : Calibration
    scaling : Scaling
    to_rate : float
        In (0, 1).
    method : {"prior shift", "central tendency"}
        ``prior shift`` adds ln(odds of `to_rate` / odds of `from_rate`) to the log-odds. ``central tendency`` adds what
        makes the mean PD of `score`, before the floor, the long-run default rate `to_rate`.
    from_rate : float, optional
        The default rate the calibrated PDs hold for; prior shift only.
    score, weight : arrays of shape (rows,), optional
        The accounts whose mean PD is moved; central tendency only.

    Raises
    ------
    SettingsError
        Where the method is unknown, a rate is not between 0 and 1, or `from_rate` or `score` is missing.
    DataError
        Where there are no accounts, or one has no score.

    References
    ----------
    Elkan (2001), IJCAI, theorem 2 (prior shift); Tasche (2013), The art of probability-of-default curve calibration,
    Journal of Credit Risk 9(4) (to a mean).
    """
    if method not in get_args(Move):
        raise SettingsError(f"anchor = {method!r}; expected {' or '.join(get_args(Move))}. Change the setting.")
    new = _refuse_rate("to_rate", to_rate)
    if method == "prior shift":
        old = _refuse_rate("from_rate", from_rate)
        return replace(calibration, shift=float(logit(new) - logit(old)), anchor=Anchor(method, old, new))
    if score is None or from_rate is not None:
        raise SettingsError(
            f"The anchor to the central tendency has {'no' if score is None else len(score)} scores and from_rate = {from_rate}; "
            "expected scores, whose mean PD it moves, and no from_rate. Change the setting."
        )
    if not np.isfinite(score).all() or not np.sum(np.ones(len(score)) if weight is None else weight) > 0:
        raise DataError("A score is missing, or no account has a weight; expected accounts with scores. Mend the rows.")
    mean = float(np.average(calibration.calibrated(score, scaling), weights=weight))
    shift = shift_to(calibration.log_odds(score, scaling), new, weight)
    return replace(calibration, shift=shift, anchor=Anchor(method, mean, new))


def _refuse_rate(name: str, rate: float | None) -> float:
    if rate is None or not 0 < rate < 1:
        raise SettingsError(f"{name} = {rate}; expected a default rate between 0 and 1. Change the setting.")
    return float(rate)
