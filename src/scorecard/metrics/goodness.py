"""Do PDs of single customers fit what became of them? The chi-square of Hosmer and Lemeshow over groups of equal size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from scorecard.errors import DataError, EvidenceError
from scorecard.metrics.probability import outcomes

Floats = NDArray[np.float64]
FITTED = 2  # parameters that the grouping of fitted PDs costs: Hosmer & Lemeshow (1980)


@dataclass(frozen=True, eq=False)
class HosmerLemeshow:
    """Chi-square, degrees of freedom and p-value, and per group customers, bads and bads expected."""

    statistic: float
    df: int
    p_value: float
    customers: Floats
    bads: Floats
    expected: Floats


def hosmer_lemeshow(bad: ArrayLike, pd: ArrayLike, groups: int = 10, fitted: bool = False) -> HosmerLemeshow:
    """Compare bads and goods with those expected in groups of neighbouring PDs.

    Parameters
    ----------
    bad, pd : array of shape (n,)
        Outcome 0 or 1 and probability in [0, 1].
    groups : int
        Cut at the quantiles of the PDs; equal PDs stay together, so there may be fewer.
    fitted : bool
        Whether the PDs were estimated on these very rows: then two degrees of freedom are used up.

    Raises
    ------
    DataError
        As in `brier`, and where fewer than two groups are asked for.
    EvidenceError
        Where fewer than three groups are left of fitted PDs, or a group's PDs are all 0 or all 1 and it is otherwise.

    References
    ----------
    Hosmer & Lemeshow (1980), Communications in Statistics A9; the grouping is that of the R package ResourceSelection.

    Examples
    --------
    >>> found = hosmer_lemeshow([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.6, 0.8], groups=2)
    >>> round(found.statistic, 4), found.df
    (0.3889, 2)
    """
    outcome, probability = outcomes(bad, pd)
    values, place = np.unique(probability, return_inverse=True)
    bads = np.bincount(place, outcome)
    return hosmer_lemeshow_from_counts(np.bincount(place) - bads, bads, values, groups, fitted)


def hosmer_lemeshow_from_counts(
    goods: ArrayLike, bads: ArrayLike, pd: ArrayLike, groups: int = 10, fitted: bool = False
) -> HosmerLemeshow:
    """Compare bads and goods with those expected, from their counts at every PD.

    Parameters
    ----------
    goods, bads, pd : array of shape (k,)
        Counts or effective numbers at each PD, in any order.
    groups, fitted
        As in `hosmer_lemeshow`.

    Raises
    ------
    DataError, EvidenceError
        As in `hosmer_lemeshow`.

    References
    ----------
    As in `hosmer_lemeshow`.

    Examples
    --------
    >>> round(hosmer_lemeshow_from_counts([8, 5], [2, 5], [0.1, 0.5], groups=2).p_value, 4)
    0.5738
    """
    if groups < 2:  # noqa: PLR2004 - one group compares nothing but the means
        raise DataError(f"{groups} groups; expected at least 2. Ask for 10, as is usual.")
    order = np.argsort(np.asarray(pd, dtype=float), kind="stable")
    good, bad, probability = (np.asarray(each, dtype=float)[order] for each in (goods, bads, pd))
    group = _grouped(probability, good + bad, groups)
    n, d, e = (np.bincount(group, each).astype(float) for each in (good + bad, bad, (good + bad) * probability))
    n, d, e = n[n > 0], d[n > 0], e[n > 0]
    df = n.size - FITTED * fitted
    certain = (e <= 0) | (e >= n)
    if df < 1 or (np.abs(d - e)[certain] > 0).any():
        raise EvidenceError(
            "the PDs leave too few groups, or claim a certainty that failed; there is no chi-square. Group by hand."
        )
    n_, d_, e_ = n[~certain], d[~certain], e[~certain]
    statistic = float(((d_ - e_) ** 2 / e_ + (d_ - e_) ** 2 / (n_ - e_)).sum())
    return HosmerLemeshow(statistic, df, float(chdtrc(df, statistic)), n, d, e)


def _grouped(pd: Floats, rows: Floats, groups: int) -> NDArray[np.intp]:
    """Group of each ascending PD: between quantiles (R's type 7), the upper one included."""
    upto = np.cumsum(rows)
    at = (upto[-1] - 1) * np.arange(groups + 1) / groups
    below, above = (
        pd[np.searchsorted(upto, np.minimum(place, upto[-1] - 1), side="right")] for place in (np.floor(at), np.ceil(at))
    )
    cuts = np.unique(below + (above - below) * (at - np.floor(at)))
    return np.maximum(np.searchsorted(cuts, pd, side="left") - 1, 0)
