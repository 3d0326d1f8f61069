"""What each characteristic adds to a customer's log-odds of bad, against customers to compare with: Shapley values.

A characteristic that is left out takes the values of the customers compared with (*interventional* values). Three ways to the
same question: exactly for trees whose leaves sum to the log-odds, exactly for a logit, and by sampled orders for any other model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from scorecard.challengers import trees
from scorecard.challengers.encoding import Floats, Ints
from scorecard.challengers.estimators import predict
from scorecard.challengers.trees import Ensemble, Leaf, Tree
from scorecard.challengers.tuned import Tuned, log_odds
from scorecard.errors import EvidenceError

MOST_ON_A_WAY = 8  # characteristics on the way to a leaf; the table of their subsets has 4^8 rows
SAMPLED = 40  # customers compared with, an order and its reverse with each; convention
TOLERANCE = 1e-3  # log-odds that trees may differ from their own library's, which sums in single precision
BATCH = 200_000  # rows predicted at once
Way = Literal["trees", "linear", "sampled"]


@dataclass(frozen=True)
class Contributions:
    """What each characteristic adds to the log-odds of bad of each row.

    Attributes
    ----------
    names : tuple of str
        Of the characteristics.
    values : array of shape (rows, characteristics)
    base : float
        The mean log-odds of the customers compared with; values and base sum to the log-odds of a row. Those of exact values
        are the model's own, before `Tuned.least` bounds them.
    way : {"trees", "linear", "sampled"}
        ``trees`` and ``linear`` are exact.
    compared : int
        Customers compared with.
    error : array of shape (rows, characteristics)
        Standard errors of sampled values over the customers compared with; 0 where they are exact.
    """

    names: tuple[str, ...]
    values: Floats
    base: float
    way: Way
    compared: int
    error: Floats


def contributions(tuned: Tuned, table: pa.Table | pa.RecordBatch, reference: pa.Table, seed: int = 1) -> Contributions:
    """Return the Shapley values of the log-odds of each row's raw PD.

    Parameters
    ----------
    tuned : Tuned
    table : pyarrow.Table
        Customers.
    reference : pyarrow.Table
        The customers to compare with, such as those just above the cut-off. Sampled values take `SAMPLED` of them.
    seed : int
        Of sampled orders.

    Returns
    -------
    Contributions

    Raises
    ------
    EvidenceError
        Where there are no customers to compare with.

    References
    ----------
    Strumbelj, Kononenko (2014), Explaining prediction models and individual predictions with feature contributions, Knowledge
    and Information Systems 41 (sampled); Lundberg, Erion, Chen and others (2020), From local explanations to global
    understanding with explainable AI for trees, Nature Machine Intelligence 2 (trees).
    """
    if not reference.num_rows:
        raise EvidenceError(
            "There are no customers to compare with; expected those at or just above the cut-off. Lower the cut-off."
        )
    rows, others = tuned.encoder.transform(table), tuned.encoder.transform(reference)
    if not len(rows):
        empty = np.empty((0, len(tuned.encoder.names)))
        base = float(log_odds(predict(tuned.estimator, others), tuned.least).mean())
        return Contributions(tuned.encoder.names, empty, base, "sampled", len(others), empty)
    for exact in (_of_trees, _linear):
        if (found := exact(tuned, rows, others)) is not None:
            return found
    return _sampled(tuned, rows, others, seed)


def importance(found: Contributions) -> pandas.DataFrame:
    """Return the mean absolute contribution of each characteristic, the largest first.

    Parameters
    ----------
    found : Contributions

    Returns
    -------
    DataFrame
        ``characteristic``, ``importance`` (log-odds), its ``share`` of their sum, and ``mean``: above 0 these rows are riskier
        by it than those they are compared with.
    """
    size = np.abs(found.values).mean(axis=0)
    table = pandas.DataFrame(
        {
            "characteristic": found.names,
            "importance": size,
            "share": size / (size.sum() or 1.0),
            "mean": found.values.mean(axis=0),
        }
    )
    return table.sort_values(["importance", "characteristic"], ascending=[False, True], ignore_index=True)


# Trees: the way to a leaf asks something of some characteristics. A row and one compared with each meet it or not, which is all
# the leaf's share in the Shapley values depends on; so rows are gathered by what they meet.


def _of_trees(tuned: Tuned, rows: Floats, others: Floats) -> Contributions | None:
    if (made := trees.ensemble(tuned.estimator, tuned.least)) is None:
        return None
    ensemble, before = made
    rows, others = (_through(before, ensemble, each) for each in (rows, others))
    groups, names = tuned.encoder.groups, tuned.encoder.names
    values, base = np.zeros((len(rows), len(names))), ensemble.base
    for tree in ensemble.trees:
        ways = [_asked(leaf, tree, groups) for leaf in trees.leaves(tree)]
        if max(len(way) for way, _ in ways) > MOST_ON_A_WAY:
            return None
        met = _Met(tree, rows), _Met(tree, others)
        for way, leaf in ways:
            base += leaf * _add(values, way, leaf, met)
    if not _agrees(tuned, values.sum(axis=1) + base, rows):
        return None
    return Contributions(names, values, base, "trees", len(others), np.zeros_like(values))


def _through(before: list[Any], ensemble: Ensemble, features: Floats) -> Floats:
    for step in before:
        features = step.transform(features)
    return ensemble.typed(features)


Asked = dict[int, list[tuple[int, bool]]]


def _asked(leaf: Leaf, tree: Tree, groups: Ints) -> tuple[Asked, float]:
    """Return what the way to a leaf asks of each characteristic, and the leaf's value."""
    found: Asked = {}
    for place, left in leaf.way:
        found.setdefault(int(groups[tree.nodes[place].feature]), []).append((place, left))
    return found, leaf.value


class _Met:
    """Which rows meet what a way asks."""

    def __init__(self, tree: Tree, features: Floats) -> None:
        self.sides = {place: node.goes_left(features) for place, node in tree.nodes.items()}
        self.rows = len(features)

    def pattern(self, way: Asked) -> Ints:
        """Return per row a number whose bits say which characteristics meet what is asked of them, shape (rows,)."""
        found = np.zeros(self.rows, dtype=np.intp)
        for bit, asked in enumerate(way.values()):
            meets = np.ones(self.rows, dtype=np.bool_)
            for place, left in asked:
                meets &= self.sides[place] == left
            found |= meets.astype(np.intp) << bit
        return found


def _add(values: Floats, way: Asked, leaf: float, met: tuple[_Met, _Met]) -> float:
    """Add a leaf's share to the values, and return which share of the customers compared with reaches it."""
    own, others = (each.pattern(way) for each in met)
    shares = np.bincount(others, minlength=2 ** len(way)) / len(others)
    if way:
        by_pattern = np.einsum("o,roc->rc", shares, _weights(len(way)))
        values[:, list(way)] += leaf * by_pattern[own]
    return float(shares[-1])


@cache
def _weights(asked: int) -> Floats:
    """Return the Shapley values of a leaf of value 1, by what a row and one compared with meet.

    Shape (patterns of the row, patterns of the other, characteristics). With a = those that only the row meets and b = those
    that only the other meets, a coalition reaches the leaf where it holds all of a and none of b.
    """
    own, others = np.ogrid[: 2**asked, : 2**asked]
    bits = np.arange(asked)
    only_own = ((own & ~others)[..., None] >> bits & 1).astype(np.bool_)
    only_other = ((others & ~own)[..., None] >> bits & 1).astype(np.bool_)
    a, b = only_own.sum(axis=-1), only_other.sum(axis=-1)
    whole = (own | others) == 2**asked - 1
    fact = np.array([factorial(each) for each in range(asked + 1)], dtype=np.float64)
    gain = np.where(a > 0, fact[np.maximum(a - 1, 0)] * fact[b] / fact[a + b], 0.0) * whole
    loss = np.where(b > 0, fact[a] * fact[np.maximum(b - 1, 0)] / fact[a + b], 0.0) * whole
    return np.asarray(gain[..., None] * only_own - loss[..., None] * only_other)


def _agrees(tuned: Tuned, found: Floats, prepared: Floats) -> bool:
    """Return whether log-odds are the model's own: what is read from a library's inside is never believed unseen."""
    last = tuned.estimator[-1] if isinstance(tuned.estimator, Pipeline) else tuned.estimator
    own = log_odds(predict(last, prepared), tuned.least)
    bounds = log_odds(np.array([0.0, 1.0]), tuned.least)
    return bool(np.allclose(np.clip(found, *bounds), own, atol=TOLERANCE))


# A logit: the difference of each input to the mean of those compared with, times its coefficient.


def _linear(tuned: Tuned, rows: Floats, others: Floats) -> Contributions | None:
    if not isinstance(tuned.estimator, Pipeline) or not isinstance(tuned.estimator[-1], LogisticRegression):
        return None
    before = tuned.estimator[:-1]
    if not all(isinstance(step, SimpleImputer | StandardScaler) for step in before):
        return None
    inputs, compared = before.transform(rows), before.transform(others)
    weight, intercept = tuned.estimator[-1].coef_[0], float(tuned.estimator[-1].intercept_[0])
    names, groups = tuned.encoder.names, tuned.encoder.groups
    each = (inputs - compared.mean(axis=0)) * weight
    values = each @ (groups[:, None] == np.arange(len(names))).astype(np.float64)
    base = float(compared.mean(axis=0) @ weight + intercept)
    return Contributions(names, values, base, "linear", len(others), np.zeros_like(values))


# Any model: along an order of the characteristics, each takes the row's own value in turn.


def _sampled(tuned: Tuned, rows: Floats, others: Floats, seed: int) -> Contributions:
    """Walk from customers compared with to the row in random orders and their reverses; the sum is exact, its parts are sampled."""
    names, groups = tuned.encoder.names, tuned.encoder.groups
    rng = np.random.default_rng(seed)
    taken = others[np.lexsort(others.T)]  # whom is drawn must not depend on the order they came in
    taken = taken if len(taken) <= SAMPLED else taken[rng.choice(len(taken), SAMPLED, replace=False)]
    orders = [rng.permutation(len(names)) for _ in taken]
    walks = np.empty((len(taken), len(rows), len(names)))
    base = log_odds(predict(tuned.estimator, taken), tuned.least)
    for part in _parts(len(rows), 2 * len(names)):
        for place, (order, other) in enumerate(zip(orders, taken, strict=True)):
            both = [_walk(tuned, rows[part], other, groups, each) for each in (order, order[::-1])]
            walks[place, part] = sum(both) / 2
    error = walks.std(axis=0, ddof=1) / np.sqrt(len(taken)) if len(taken) > 1 else np.zeros((len(rows), len(names)))
    return Contributions(names, walks.mean(axis=0), float(base.mean()), "sampled", len(taken), error)


def _parts(rows: int, width: int) -> Iterator[slice]:
    step = max(1, BATCH // width)
    return (slice(start, start + step) for start in range(0, rows, step))


def _walk(tuned: Tuned, rows: Floats, other: Floats, groups: Ints, order: npt.NDArray[np.intp]) -> Floats:
    """Return what each characteristic adds when they take the rows' own values in an order, shape (rows, characteristics)."""
    turn = np.empty(len(order), dtype=np.intp)
    turn[order] = np.arange(len(order))
    taken = turn[groups][None, :] < np.arange(len(order) + 1)[:, None]  # shape (steps, features)
    mixed = np.where(taken[None], rows[:, None, :], other[None, None, :]).reshape(-1, len(groups))
    steps = np.diff(log_odds(predict(tuned.estimator, mixed), tuned.least).reshape(len(rows), -1), axis=1)
    return steps[:, turn]
