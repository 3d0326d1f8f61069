"""Picks the boundaries between classes that are worth the time of a solver: a classification tree on counts.

The tree is that of scikit-learn with `max_leaf_nodes` (Gini, best split first), as optbinning uses it on rows, but its
leaves are limited by accounts, never by weight, and given boundaries stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from scorecard.counts import Tally

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
NOTHING = 1e-300  # classes whose rows all have weight 0 are pure enough


@dataclass(frozen=True)
class Leaf:
    """What a leaf must hold, and how many there may be."""

    most: int
    accounts: float


def cuts(tally: Tally, fixed: Indices, leaf: Leaf) -> Indices:
    """Return the boundaries of the prebins, each the number of units before it, ascending.

    Parameters
    ----------
    tally : Tally
        Of the units, in order.
    fixed : array
        Boundaries that stay.
    leaf : Leaf

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees.
    """
    tree = _Tree(tally, leaf)
    found, units = set(map(int, fixed)), len(tally.goods)
    for low, high in pairwise([0, *sorted(found), units]):
        tree.offer(low, high)
    while tree.offers and len(found) + 1 < leaf.most:
        _, low, high, cut = heappop(tree.offers)
        found.add(cut)
        tree.offer(low, cut)
        tree.offer(cut, high)
    return np.array(sorted(found), dtype=np.intp)


@dataclass
class _Tree:
    tally: Tally
    leaf: Leaf
    offers: list[tuple[float, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        sides = (self.tally.weight_goods, self.tally.weight_bads, self.tally.accounts)
        self.goods, self.bads, self.accounts = (np.concatenate([[0.0], np.cumsum(side)]) for side in sides)

    def offer(self, low: int, high: int) -> None:
        """Put the best split of a node among the offers, unless the node is pure or too small."""
        first, last = self._room(low, high)
        goods, bads = self.goods[high] - self.goods[low], self.bads[high] - self.bads[low]
        if first > last or not (goods > 0 and bads > 0):
            return
        left_goods, left_bads = self.goods[first : last + 1] - self.goods[low], self.bads[first : last + 1] - self.bads[low]
        pure = _purity(left_goods, left_bads) + _purity(goods - left_goods, bads - left_bads)
        best = int(np.argmax(pure))
        gain = float(pure[best]) - (goods**2 + bads**2) / (goods + bads)
        heappush(self.offers, (-gain, low, high, first + best))

    def _room(self, low: int, high: int) -> tuple[int, int]:
        """Return the first and the last boundary that leave enough on both sides."""
        reached, least = self.accounts, self.leaf.accounts
        first = int(np.searchsorted(reached, reached[low] + least, side="left"))
        last = int(np.searchsorted(reached, reached[high] - least, side="right")) - 1
        return max(first, low + 1), min(last, high - 1)


def _purity(goods: Floats, bads: Floats) -> Floats:
    return np.asarray((goods * goods + bads * bads) / np.maximum(goods + bads, NOTHING))
