"""What would other samples of the same size have said? The bootstrap, from counts.

Goods and bads are drawn apart, each as many as there were. A drawn sample is nothing but new counts at each score, so its
cost does not grow with the rows: the counts are multinomial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from scorecard.errors import DataError
from scorecard.metrics.ranking import require_both, split_by_risk

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], Floats]

MOST_CLASSES = 1000  # a thousandth of the customers in each: the spread of an AUC changes in its fifth digit
BATCH = 2_000_000  # numbers drawn at a time


@dataclass(frozen=True)
class Plan:
    """How to draw.

    Attributes
    ----------
    replicates : int
        Samples drawn.
    seed : int
    level : float
        Of the intervals.
    draws : (int, int), optional
        Goods and bads of a sample: the effective numbers where rows are weighted; by default as many as there are.
    """

    replicates: int = 2000
    seed: int = 1
    level: float = 0.95
    draws: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Bootstrapped:
    """A statistic, what the drawn samples made of it, its standard error, and two intervals.

    `percentile` is between quantiles of the drawn values, `corrected` (BCa) also mends their bias and skewness.
    """

    estimate: float
    values: Floats
    error: float
    percentile: tuple[float, float]
    corrected: tuple[float, float]


def bootstrap(goods: ArrayLike, bads: ArrayLike, statistic: Statistic, plan: Plan = Plan()) -> Bootstrapped:
    """Draw samples of the same size and compute a statistic of each.

    Parameters
    ----------
    goods, bads : array of shape (k,)
        Counts or weights per class, from the lowest risk to the highest. More than 1,000 classes are merged to as many
        of about equal size, except for the statistic of the sample itself.
    statistic : function of goods and bads
        Of shape (samples, k) both, that returns an array of shape (samples,); see `one_by_one`.
    plan : Plan

    Raises
    ------
    DataError
        Where the statistic does not give one value a sample.
    EvidenceError
        Where there are no goods or no bads.

    References
    ----------
    Efron (1987), Journal of the American Statistical Association 82 (BCa); Davison & Hinkley (1997), Bootstrap Methods, 3.2
    (several samples).

    Examples
    --------
    >>> from scorecard.metrics import auc_from_counts
    >>> found = bootstrap([90, 10], [5, 5], one_by_one(auc_from_counts), Plan(replicates=500))
    >>> round(found.estimate, 3), round(found.error, 2)
    (0.7, 0.08)
    """
    all_goods, all_bads = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    require_both(all_goods.sum(), all_bads.sum())
    good, bad = merged(all_goods, all_bads)
    first = np.asarray(statistic(good[None], bad[None]))
    if first.shape != (1,):
        raise DataError(f"the statistic of one sample has shape {first.shape}; expected (1,). Wrap it with `one_by_one`.")
    near = float(first[0])
    values = np.concatenate([statistic(*drawn) for drawn in resamples(good, bad, plan)])
    estimate = near if good.size == all_goods.size else float(statistic(all_goods[None], all_bads[None])[0])
    return _summed(estimate, near, values, _acceleration(good, bad, statistic, near), plan)


def one_by_one(statistic: Callable[[Floats, Floats], float]) -> Statistic:
    """Make a statistic of many samples from one of a single sample.

    Parameters
    ----------
    statistic : function of goods and bads
        Of shape (k,) both, such as `auc_from_counts`.

    Examples
    --------
    >>> one_by_one(lambda goods, bads: float(bads.sum()))(np.ones((2, 3)), np.ones((2, 3)))
    array([3., 3.])
    """
    return lambda goods, bads: np.array([statistic(*sample) for sample in zip(goods, bads, strict=True)])


def bootstrap_pair(
    bad: ArrayLike, risk_a: ArrayLike, risk_b: ArrayLike, statistic: Statistic, plan: Plan = Plan()
) -> Bootstrapped:
    """Draw the same rows for two scores and compute the difference A - B of a statistic.

    Parameters
    ----------
    bad, risk_a, risk_b : array of shape (n,)
        As in `auc`.
    statistic : function of goods and bads
        As in `bootstrap`; both scores are merged to 1,000 classes where they have more. The cost of a replicate grows with
        the pairs of classes that occur, at most with the rows.
    plan : Plan

    Raises
    ------
    DataError, EvidenceError
        As in `auc`.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 8. Rows that both scores place alike are drawn
    together. The corrected interval mends the bias alone.

    Examples
    --------
    >>> from scorecard.metrics import auc_from_counts
    >>> found = bootstrap_pair([0, 0, 1, 1] * 20, [1, 2, 2, 3] * 20, [2, 1, 1, 2] * 20, one_by_one(auc_from_counts))
    >>> round(found.estimate, 3)
    0.375
    """
    (is_bad, place_a, size_a), (_, place_b, size_b) = _classed(bad, risk_a), _classed(bad, risk_b)
    require_both((~is_bad).sum(), is_bad.sum())
    cells, rows = np.unique((place_a * size_b + place_b) * 2 + is_bad, return_counts=True)
    in_bad, at_a, at_b = cells % 2 == 1, cells // 2 // size_b, cells // 2 % size_b

    def difference(goods: Floats, bads: Floats) -> Floats:
        sides = []
        for place, size in ((at_a, size_a), (at_b, size_b)):
            counted = [np.array([np.bincount(place, sample, size) for sample in each]) for each in (goods, bads)]
            sides.append(statistic(counted[0], counted[1]))
        return sides[0] - sides[1]

    goods, bads = np.where(in_bad, 0.0, rows), np.where(in_bad, rows, 0.0)
    values = np.concatenate([difference(*drawn) for drawn in resamples(goods, bads, plan)])
    estimate = float(difference(goods[None], bads[None])[0])
    return _summed(estimate, estimate, values, 0.0, plan)


def resamples(goods: Floats, bads: Floats, plan: Plan) -> Iterator[tuple[Floats, Floats]]:
    """Yield the counts of drawn samples, of shape (samples, k), scaled to the given totals.

    Examples
    --------
    >>> [(goods.shape, float(bads.sum())) for goods, bads in resamples(np.ones(5), np.ones(5), Plan(replicates=3))]
    [((3, 5), 15.0)]
    """
    random = np.random.default_rng(plan.seed)
    draws = plan.draws or (round(goods.sum()), round(bads.sum()))
    sides = [(np.flatnonzero(each), each, max(1, drawn)) for each, drawn in zip((goods, bads), draws, strict=True)]
    batch = max(1, BATCH // goods.size)
    for start in range(0, plan.replicates, batch):
        samples, drawn = min(batch, plan.replicates - start), []
        for held, counts, number in sides:
            found = np.zeros((samples, counts.size))
            found[:, held] = random.multinomial(number, counts[held] / counts[held].sum(), samples) * (counts.sum() / number)
            drawn.append(found)
        yield drawn[0], drawn[1]


def merged(goods: Floats, bads: Floats, most: int = MOST_CLASSES) -> tuple[Floats, Floats]:
    """Merge neighbouring classes to at most so many of about equal size; fewer stay as they are.

    Examples
    --------
    >>> merged(np.ones(6), np.zeros(6), most=3)
    (array([2., 2., 2.]), array([0., 0., 0.]))
    """
    if goods.size <= most:
        return goods, bads
    upto = np.cumsum(goods + bads)
    group = np.minimum((upto - (goods + bads) / 2) / upto[-1] * most, most - 1).astype(int)
    return np.bincount(group, goods).astype(float), np.bincount(group, bads).astype(float)


def _classed(bad: ArrayLike, risk: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.int64], int]:
    """Outcome and class of each row, in at most 1,000 classes."""
    is_bad, values, place = split_by_risk(bad, risk)
    if values.size <= MOST_CLASSES:
        return is_bad, place.astype(np.int64), values.size
    upto = np.cumsum(np.bincount(place))
    group = np.minimum((upto - 1) * MOST_CLASSES // upto[-1], MOST_CLASSES - 1)
    return is_bad, group[place].astype(np.int64), MOST_CLASSES


def _summed(estimate: float, near: float, values: Floats, acceleration: float, plan: Plan) -> Bootstrapped:
    """Put together what was drawn; `near` is the statistic of the classes as they were drawn from."""
    ends = (1 - plan.level) / 2, (1 + plan.level) / 2
    corrected = _corrected(values, near, acceleration, plan.level)
    return Bootstrapped(estimate, values, float(values.std(ddof=1)), _quantiles(values, *ends), corrected)


def _quantiles(values: Floats, low: float, high: float) -> tuple[float, float]:
    ends = np.quantile(values, [low, high])
    return float(ends[0]), float(ends[1])


def _corrected(values: Floats, estimate: float, acceleration: float, level: float) -> tuple[float, float]:
    """Quantiles of the drawn values, at probabilities moved by their bias and skewness."""
    below = ((values < estimate).sum() + (values == estimate).sum() / 2) / values.size
    bias = float(ndtri(np.clip(below, 0.5 / values.size, 1 - 0.5 / values.size)))
    reach = bias + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = ndtr(bias + reach / (1 - acceleration * reach))
    return _quantiles(values, float(low), float(high))


def _acceleration(goods: Floats, bads: Floats, statistic: Statistic, estimate: float) -> float:
    """Skewness of what single rows contribute, from leaving one good or one bad of each class out."""
    cubes = squares = 0.0
    for side in range(2):
        counts = (goods, bads)[side]
        if counts.sum() <= 1:
            continue
        held = np.flatnonzero(counts)
        left_out = np.minimum(1.0, counts[held])
        samples = [np.tile(each, (held.size, 1)) for each in (goods, bads)]
        samples[side][np.arange(held.size), held] -= left_out
        pulls = (estimate - statistic(samples[0], samples[1])) / left_out
        pulls = pulls - counts[held] @ pulls / counts.sum()
        cubes += float(counts[held] @ pulls**3)
        squares += float(counts[held] @ pulls**2)
    return cubes / (6 * squares**1.5) if squares > 0 else 0.0
