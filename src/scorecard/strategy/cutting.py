"""Where to cut: the score from which customers are approved, by a rule, at an approval rate, or at a bad rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scorecard.settings import Cutoff

Floats = npt.NDArray[np.float64]


def cut_off(score: Floats, cutoff: Cutoff, units: Floats | None = None) -> float | None:
    """Return the score from which customers are approved: the one given, or where the rate of these scores comes nearest; None without a rule.

    Parameters
    ----------
    score : array of shape (rows,)
        Higher is safer.
    cutoff : Cutoff
    units : array of shape (rows,), optional
        What each row counts for.
    """
    if cutoff.score is not None:
        return cutoff.score
    return None if cutoff.approval_rate is None else at_rate(score, cutoff.approval_rate, units)


def at_rate(score: Floats, approval_rate: float, units: Floats | None = None) -> float:
    """Return the score at which approving it and all above comes nearest to a rate; of two, the one that approves fewer.

    Equal scores are approved together.

    Parameters
    ----------
    score : array of shape (rows,)
    approval_rate : float
        In [0, 1].
    units : array of shape (rows,), optional
        What each row counts for.

    Examples
    --------
    >>> at_rate(np.array([500.0, 520.0, 520.0, 600.0]), 0.75)
    520.0
    """
    values, rows, _ = _classes(score, units)
    approved = np.append(rows.cumsum() / rows.sum(), 0.0)
    cuts = np.append(values, np.nextafter(values[0], np.inf))
    order = np.argsort(approved, kind="stable")
    return float(cuts[order][np.argmin(np.abs(approved[order] - approval_rate))])


def at_bad_rate(score: Floats, bad: npt.NDArray[np.int_], bad_rate: float, units: Floats | None = None) -> float:
    """Return the lowest score from which those approved turn out bad no more often than a rate: the most volume at that risk.

    Parameters
    ----------
    score, bad : arrays of shape (rows,)
    bad_rate : float
        In [0, 1].
    units : array of shape (rows,), optional

    Returns
    -------
    float
        Above every score where even the best customers exceed the rate.

    Examples
    --------
    >>> at_bad_rate(np.array([500.0, 520.0, 540.0, 600.0]), np.array([1, 1, 0, 0]), 0.4)
    520.0
    """
    values, rows, place = _classes(score, units)
    bads = np.bincount(place, bad if units is None else bad * units, minlength=values.size)
    within = np.flatnonzero(
        bads.cumsum() <= bad_rate * rows.cumsum() * (1 + 1e-12)
    )  # equal rates are not told apart by a last bit
    return float(values[within[-1]]) if within.size else float(np.nextafter(values[0], np.inf))


def _classes(score: Floats, units: Floats | None) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    """Return the distinct scores, the best first, what is at each, and the place of each row among them."""
    values, place = np.unique(-score, return_inverse=True)
    return -values, np.bincount(place, units, minlength=values.size).astype(float), place
