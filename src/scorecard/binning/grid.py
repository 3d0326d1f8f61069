"""Knows which runs of prebins may be bins, and which bins may be neighbours.

Every matrix has shape (n + 1, n + 1) for n prebins: row i, column k is the run of the prebins i to k - 1.
Constraints are on accounts; the bad rate, WoE and IV are of weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from scorecard.binning.rules import Rules
from scorecard.counts import Tally

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]
SPARSE_BADS = 30  # convention: with fewer, the normal interval of log-odds is rough, and so is an opinion on a bin
SPARSE_BINS = 3  # convention: on top of max_bins; in a large sample nearly every class differs from its neighbours
SPARSE_ERROR = 0.05  # of all the sparse bins that chance could offer together


@dataclass(frozen=True)
class Runs:
    """The counts of runs of prebins, and what a bin of them would be worth."""

    goods: Floats
    bads: Floats
    rate: Floats
    woe: Floats
    iv: Floats

    @property
    def accounts(self) -> Floats:
        """Accounts per run."""
        return self.goods + self.bads

    @property
    def error(self) -> Floats:
        """Standard error of the WoE: that of log-odds, from accounts."""
        with np.errstate(divide="ignore"):
            return np.sqrt(1 / self.goods + 1 / self.bads)


@dataclass(frozen=True)
class Floor:
    """What a bin must hold.

    Attributes
    ----------
    accounts : int
        The fewest of a regular bin.
    reach : float
        How many standard errors the WoE interval of a sparse bin reaches to either side.
    alone : array of bool, shape (prebins,), or None
        The prebins that may be sparse bins, each for itself; None where runs of them may, too.
    """

    accounts: int
    reach: float
    alone: Flags | None = None


def reach(units: int) -> float:
    """Return how far 95 % intervals reach that hold for all units together: the rare bin is searched among them.

    With the plain 1.96, two of three characteristics without any relation to the outcome had a sparse bin in 50,000 rows.

    References
    ----------
    Bonferroni (1936); Miller (1981), Simultaneous Statistical Inference.

    Examples
    --------
    >>> round(reach(1), 2), round(reach(1000), 2)
    (1.96, 4.06)
    """
    return float(ndtri(1 - SPARSE_ERROR / 2 / units))


@dataclass(frozen=True)
class Grid:
    """The runs of some prebins under rules.

    Attributes
    ----------
    runs : Runs
    regular, sparse : array of bool
        Runs that keep every floor; runs below the smallest share that may stay if their neighbours differ.
    fixed : array of int
        Boundaries that no bin may cross.
    rules : Rules
    floor : Floor
    """

    runs: Runs
    regular: Flags
    sparse: Flags
    fixed: Indices
    rules: Rules
    floor: Floor

    @property
    def prebins(self) -> int:
        """How many prebins there are."""
        return len(self.regular) - 1

    @property
    def separates(self) -> bool:
        """Whether every cut leaves a side without goods or bads."""
        sides = np.isfinite(self.runs.iv[0, 1:-1]) & np.isfinite(self.runs.iv[1:-1, -1])
        return self.prebins > 1 and not sides.any()

    def neighbours(self, direction: str) -> Flags:
        """Return whether the run h to i may stand left of the run i to k, shape (n + 1, n + 1, n + 1).

        Parameters
        ----------
        direction : str
            ``up``, ``down`` or ``any``: how the bad rate may move.
        """
        moves: dict[str, Callable[[Floats, Floats], Flags]] = {"up": np.less_equal, "down": np.greater_equal, "any": _always}
        with np.errstate(invalid="ignore"):
            allowed = moves[direction](*_sides(self.runs.rate))
        for test in self.differences().values():
            allowed &= test
        if self.sparse.any():
            allowed &= ~np.logical_or(*_sides(self.sparse)) | self.apart
        return allowed

    def differences(self) -> dict[str, Flags]:
        """Return by rule whether neighbours differ enough, each of shape (n + 1, n + 1, n + 1)."""
        found, rules = {}, self.rules
        with np.errstate(invalid="ignore"):
            for name, values in (("min_woe_difference", self.runs.woe), ("min_rate_difference", self.runs.rate)):
                if getattr(rules, name) > 0:
                    found[name] = np.abs(np.subtract(*_sides(values))) >= getattr(rules, name)
        if rules.max_p_value < 1:
            found["max_p_value"] = np.abs(_z(self.runs)) >= ndtri(1 - rules.max_p_value / 2)
        return found

    @cached_property
    def apart(self) -> Flags:
        """Return whether the intervals of two neighbours' WoE have no point in common, shape (n + 1, n + 1, n + 1)."""
        with np.errstate(invalid="ignore"):
            distance = np.abs(np.subtract(*_sides(self.runs.woe)))
            return np.asarray(distance > self.floor.reach * np.add(*_sides(self.runs.error)))


def grid(sums: Tally, fixed: Indices, rules: Rules, floor: Floor) -> Grid:
    """Return what every run of prebins would be as a bin.

    Parameters
    ----------
    sums : Tally
        Of the prebins, in order.
    fixed : array
        Boundaries that stay, each the number of prebins before it.
    rules : Rules
    floor : Floor
    """
    runs = _runs(sums)
    both = (runs.goods >= 1) & (runs.bads >= max(rules.min_bads, 1)) & np.isfinite(runs.iv)
    edges = np.arange(len(both))
    passed, ahead = (np.searchsorted(fixed, edges, side=side) for side in ("right", "left"))
    whole = both & (passed[:, None] >= ahead[None])
    regular = whole & (runs.accounts >= floor.accounts)
    sparse = whole & ~regular & (runs.bads >= SPARSE_BADS) & rules.keep_sparse
    if floor.alone is not None:
        sparse &= np.eye(len(both), k=1, dtype=bool) & np.append(floor.alone, False)[:, None]
    found = Grid(runs, regular, sparse, fixed, rules, floor)
    return replace(found, sparse=sparse & _has_neighbours(found)) if sparse.any() else found


def _has_neighbours(grid: Grid) -> Flags:
    """Return whether a run has a possible neighbour on every side that it can be told from."""
    possible = grid.regular | grid.sparse
    first, last = np.arange(len(possible)) == 0, np.arange(len(possible)) == grid.prebins
    left = (grid.apart & possible[:, :, None]).any(axis=0) | first[:, None]
    right = (grid.apart & possible[None]).any(axis=2) | last[None]
    return np.asarray(left & right)


def _runs(sums: Tally) -> Runs:
    goods, bads, safe, risky = (_between(side) for side in (sums.goods, sums.bads, sums.weight_goods, sums.weight_bads))
    with np.errstate(divide="ignore", invalid="ignore"):
        good_share, bad_share = safe / safe[0, -1], risky / risky[0, -1]
        woe = np.log(good_share / bad_share)
        return Runs(goods, bads, risky / (safe + risky), woe, (good_share - bad_share) * woe)


def _between(side: Floats) -> Floats:
    """Return the sum of every run; 0 where it would end before it begins."""
    reached = np.concatenate([[0.0], np.cumsum(side)])
    return np.triu(reached[None] - reached[:, None], 1)


def _always(left: Floats, right: Floats) -> Flags:
    return np.ones(np.broadcast_shapes(left.shape, right.shape), dtype=bool)


def _sides(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the values of the left and of the right neighbour, by (h, i, k)."""
    return values[:, :, None], values[None]


def _z(runs: Runs) -> Floats:
    """Return the z of the test that neighbours have one bad rate, pooled variance, of accounts."""
    (left_bads, right_bads), (left, right) = _sides(runs.bads), _sides(runs.accounts)
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (left_bads + right_bads) / (left + right)
        error = np.sqrt(pooled * (1 - pooled) * (1 / left + 1 / right))
        return np.asarray((left_bads / left - right_bads / right) / error)
