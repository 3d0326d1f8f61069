"""Trees of any library in one form: which way each node sends a row, and what each leaf adds to the log-odds of bad."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from scorecard.challengers.encoding import Floats, Ints

LEVELS = 256  # codes of levels that a node can tell apart
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Node:
    """A split: a row goes left where its feature is at most `threshold`, or its level is one of `left_levels`."""

    feature: int
    threshold: float
    missing_left: bool
    left: int
    right: int
    left_levels: Flags | None = None

    def goes_left(self, features: Floats) -> Flags:
        """Return which rows go left, shape (rows,)."""
        values = features[:, self.feature]
        missing = np.isnan(values)
        if self.left_levels is None:
            left = values <= self.threshold
        else:
            left = self.left_levels[np.where(missing, 0, values).astype(np.intp)]
        return np.where(missing, self.missing_left, left)


@dataclass(frozen=True)
class Tree:
    """Nodes by their position, the first of them the root, and what the other positions, the leaves, add to the log-odds."""

    nodes: dict[int, Node]
    leaves: dict[int, float]


@dataclass(frozen=True)
class Leaf:
    """A leaf: the way to it, as nodes and whether the way goes left there, and what it adds to the log-odds."""

    way: tuple[tuple[int, bool], ...]
    value: float


@dataclass(frozen=True)
class Ensemble:
    """Trees whose leaves sum to the log-odds of bad, once `base` is added.

    Attributes
    ----------
    trees : tuple of Tree
    base : float
    single : bool
        Whether features are compared in single precision.
    """

    trees: tuple[Tree, ...]
    base: float
    single: bool

    def typed(self, features: Floats) -> Floats:
        """Return features in the precision that nodes compare them in."""
        return features.astype(np.float32).astype(np.float64) if self.single else features


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Give every leaf of a tree with the way to it."""
    waiting: list[tuple[int, tuple[tuple[int, bool], ...]]] = [(0, ())]
    while waiting:
        place, way = waiting.pop()
        node = tree.nodes.get(place)
        if node is None:
            yield Leaf(way, tree.leaves[place])
            continue
        waiting += [(node.left, (*way, (place, True))), (node.right, (*way, (place, False)))]


def ensemble(estimator: Any, least: float) -> tuple[Ensemble, list[Any]] | None:
    """Return an estimator's trees, and what prepares their features; None where its log-odds are no sum over trees.

    Parameters
    ----------
    estimator : object
        A forest averages PDs, so that its log-odds are no sum: None.
    least : float
        The leaf of a single tree gives a PD; one nearer to 0 or 1 than this is taken as this far from it.
    """
    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    *before, last = steps
    if not all(isinstance(step, SimpleImputer) for step in before):
        return None
    try:
        found = _read(last, least)
    except (AttributeError, KeyError, TypeError, ValueError):  # another version or kind, whose inside is not as this reads it
        return None
    return None if found is None else (found, before)


def _read(estimator: Any, least: float) -> Ensemble | None:
    if isinstance(estimator, XGBClassifier):
        return _xgboost(estimator)
    if isinstance(estimator, HistGradientBoostingClassifier):
        return _histogram(estimator)
    return _single(estimator, least) if isinstance(estimator, DecisionTreeClassifier) else None


def _xgboost(estimator: Any) -> Ensemble:
    booster = estimator.get_booster()
    content = json.loads(bytes(booster.save_raw("json")))
    trees = content["learner"]["gradient_booster"]["model"]["trees"]
    made = tuple(_xgboost_tree(each) for each in trees)
    probe = np.zeros((1, booster.num_features()))  # how the base is written moves between versions; one row tells it
    margin = float(estimator.predict(probe, output_margin=True)[0])
    return Ensemble(made, margin - float(sum(value(each, probe)[0] for each in made)), single=True)


def _xgboost_tree(each: dict[str, Any]) -> Tree:
    """Return a tree of XGBoost's JSON: left is below the threshold, or a level that is not among the categories of the node."""
    right = dict(zip(each["categories_nodes"], _segments(each), strict=True))
    nodes, ends = {}, {}
    for place, (left, condition) in enumerate(zip(each["left_children"], each["split_conditions"], strict=True)):
        if left < 0:
            ends[place] = float(condition)
            continue
        below = float(np.nextafter(np.float32(condition), np.float32(-np.inf)))
        levels = _all_but(right[place]) if each["split_type"][place] else None
        nodes[place] = Node(
            each["split_indices"][place], below, bool(each["default_left"][place]), left, each["right_children"][place], levels
        )
    return Tree(nodes, ends)


def _segments(each: dict[str, Any]) -> list[list[int]]:
    begins, sizes = each["categories_segments"], each["categories_sizes"]
    return [each["categories"][begin : begin + size] for begin, size in zip(begins, sizes, strict=True)]


def _all_but(levels: Sequence[int]) -> Flags:
    found = np.ones(LEVELS, dtype=np.bool_)
    found[list(levels)] = False
    return found


def _histogram(estimator: Any) -> Ensemble:
    """Return the trees of scikit-learn's boosting, with features where the encoder has them: it puts levels first itself."""
    coded = getattr(estimator, "is_categorical_", None)
    places, known = np.arange(estimator.n_features_in_), {}
    if coded is not None:
        places = np.concatenate([np.flatnonzero(coded), np.flatnonzero(~coded)])
        encoder = estimator._preprocessor.named_transformers_["encoder"]
        known = dict(zip(np.flatnonzero(coded).tolist(), encoder.categories_, strict=True))
    made = [_histogram_tree(tree, places, known) for (tree,) in estimator._predictors]
    return Ensemble(tuple(made), float(np.ravel(estimator._baseline_prediction)[0]), single=False)


def _histogram_tree(tree: Any, places: Ints, known: dict[int, Any]) -> Tree:
    nodes, ends = {}, {}
    for place, each in enumerate(tree.nodes):
        if each["is_leaf"]:
            ends[place] = float(each["value"])
            continue
        feature, missing_left = int(places[each["feature_idx"]]), bool(each["missing_go_to_left"])
        levels = (
            _left(tree.raw_left_cat_bitsets[each["bitset_idx"]], known[feature], missing_left) if each["is_categorical"] else None
        )
        nodes[place] = Node(feature, float(each["num_threshold"]), missing_left, int(each["left"]), int(each["right"]), levels)
    return Tree(nodes, ends)


def _left(bits: npt.NDArray[np.uint32], known: Any, missing_left: bool) -> Flags:
    """Return which levels go left: those it knows by their bits, the others with the missing ones."""
    found = np.full(LEVELS, missing_left)
    for place, level in enumerate(known):
        if not np.isnan(level):
            found[int(level)] = bool(int(bits[place // 32]) >> (place % 32) & 1)
    return found


def _single(estimator: Any, least: float) -> Ensemble:
    tree = estimator.tree_
    rates = np.clip(tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1), least, 1 - least)
    odds = np.log(rates / (1 - rates))
    inner = np.flatnonzero(tree.children_left >= 0)
    nodes = {
        int(place): Node(
            int(tree.feature[place]),
            float(tree.threshold[place]),
            True,
            int(tree.children_left[place]),
            int(tree.children_right[place]),
        )
        for place in inner
    }
    ends = {place: float(odds[place]) for place in range(tree.node_count) if place not in nodes}
    return Ensemble((Tree(nodes, ends),), 0.0, single=True)


def value(tree: Tree, features: Floats) -> Floats:
    """Return what a tree adds to the log-odds of each row, shape (rows,)."""
    found = np.zeros(len(features))
    sides = {place: node.goes_left(features) for place, node in tree.nodes.items()}
    for leaf in leaves(tree):
        here = np.ones(len(features), dtype=np.bool_)
        for place, left in leaf.way:
            here &= sides[place] == left
        found[here] += leaf.value
    return found
