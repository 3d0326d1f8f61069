"""How much would the best decisions by a score save, whatever a wrong one costs? Hand's H-measure.

The AUC weighs the errors of a score by costs that depend on that very score; the H-measure weighs those of every score
alike, by one beta density of what declining a good costs beside accepting a bad.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression
from scipy.special import betainc

from scorecard.errors import DataError
from scorecard.metrics.precision import NO_VARIANCE
from scorecard.metrics.ranking import classes, require_both

Floats = NDArray[np.float64]

ALPHA = 2.0  # Hand & Anagnostopoulos (2014); the second parameter follows from the severity ratio


@dataclass(frozen=True)
class HMeasure:
    """An H-measure, its sampling variance, and the severity ratio it rests on."""

    h: float
    variance: float
    severity_ratio: float


def h_measure(bad: ArrayLike, risk: ArrayLike, severity_ratio: float | None = None, weight: ArrayLike | None = None) -> float:
    """Return which share of the loss of deciding blindly the score can save: 0 nothing, 1 all.

    Parameters
    ----------
    bad, risk, weight : array of shape (n,)
        As in `auc`.
    severity_ratio : float, optional
        How many times as bad it is to decline a good as to accept a bad, above 0; by default bads / goods, so that both
        kinds of error weigh alike in all.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    DataError, EvidenceError
        As in `auc`, and where the severity ratio is not above 0.

    References
    ----------
    Hand (2009), Machine Learning 77; Hand & Anagnostopoulos (2014), Pattern Recognition Letters 40 (the default ratio).

    Examples
    --------
    >>> h_measure([0, 0, 1, 1], [1, 2, 3, 4]), h_measure([0, 1], [1, 1])
    (1.0, 0.0)
    """
    goods, bads, _ = classes(bad, risk, weight)
    return h_from_counts(goods, bads, severity_ratio).h


def h_from_counts(
    goods: ArrayLike, bads: ArrayLike, severity_ratio: float | None = None, squares: tuple[ArrayLike, ArrayLike] | None = None
) -> HMeasure:
    """Return the H-measure of ordered classes, and its variance.

    At every cost the best threshold is taken, so to first order its own uncertainty costs nothing: the loss is a mean over
    goods plus a mean over bads, and its variance is theirs.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class, from the lowest risk to the highest.
    severity_ratio : float, optional
        As in `h_measure`.
    squares : (array of shape (k,), array of shape (k,)), optional
        Sums of squared weights of goods and of bads; the counts themselves where every row stands for itself.

    Raises
    ------
    DataError, EvidenceError
        As in `h_measure`.

    References
    ----------
    As in `h_measure`.

    Examples
    --------
    >>> round(h_from_counts([90, 10], [5, 5]).h, 4)
    0.2484
    """
    good, bad = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    require_both(good.sum(), bad.sum())
    ratio = float(bad.sum() / good.sum()) if severity_ratio is None else float(severity_ratio)
    if not ratio > 0:
        raise DataError(
            f"the severity ratio is {ratio:g}; expected above 0. Give the cost of a declined good over an accepted bad."
        )
    good_squares, bad_squares = (good, bad) if squares is None else (np.asarray(each, dtype=float) for each in squares)
    held = good + bad > 0
    rows = (good + bad)[held]
    hull = isotonic_regression(bad[held] / rows, weights=rows).blocks[:-1]  # first classes of the ROC hull's edges
    sides = [tuple(np.add.reduceat(part[held], hull) for part in side) for side in ((good, good_squares), (bad, bad_squares))]
    declined_below = sides[1][0] / (sides[0][0] + sides[1][0])
    lost, scatter = _loss(sides, declined_below, ratio)
    blind, _ = _loss(sides, np.full(hull.size, bad.sum() / rows.sum()), ratio)
    variance = scatter / blind**2
    return HMeasure(float(np.clip(1 - lost / blind, 0, 1)), variance if variance > NO_VARIANCE else 0.0, ratio)


def _loss(sides: list[tuple[Floats, ...]], declined_below: Floats, ratio: float) -> tuple[float, float]:
    """Mean loss over the density of costs, and its variance, where a class is declined at costs below its own limit."""
    beta = 1 + (ALPHA - 1) / ratio
    of_goods = ALPHA / (ALPHA + beta) * betainc(ALPHA + 1, beta, declined_below)
    of_bads = beta / (ALPHA + beta) * (1 - betainc(ALPHA, beta + 1, declined_below))
    total, mean, variance = sum(counts.sum() for counts, _ in sides), 0.0, 0.0
    for (counts, squared), losses in zip(sides, (of_goods, of_bads), strict=True):
        centre = counts @ losses / counts.sum()
        mean += counts.sum() / total * centre
        variance += squared @ (losses - centre) ** 2 / total**2
    return float(mean), float(variance)
