"""Optimal bins from counts: optbinning's solver, fed with weighted representatives of the fine classes.

Guarded faults of optbinning 1.0: it ignores weights when it orders categories and when it prebins, so both happen here;
it cuts the weights of a prebin to whole numbers, so they are scaled; an infeasible problem is silent, so the status is read;
missing and special codes get their empirical WoE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier

from scorecard.binning.partition import Partition, Solved, described
from scorecard.binning.rules import MAX_PREBINS, MIN_BINS, Rules
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError
from scorecard.woe import Characteristic

WEIGHT_UNITS = 1000  # in which weights are counted, for the solver knows whole numbers only
Floats = npt.NDArray[np.float64]


def fit(classes: Classes, rules: Rules) -> Characteristic:
    """Bin one characteristic.

    Parameters
    ----------
    classes : Classes
        Its fine classes, from `scorecard.counts.count`.
    rules : Rules

    Returns
    -------
    Characteristic

    Raises
    ------
    EvidenceError
        Where the characteristic is all missing or constant, or no bins satisfy the rules.

    References
    ----------
    Navas-Palencia (2020), Optimal binning: mathematical programming formulation.
    """
    if classes.distinct + bool(classes.missing.accounts[0]) < MIN_BINS:
        raise EvidenceError(f"{classes.name} is {'all missing' if classes.distinct == 0 else 'constant'} in development")
    group, solved = _groups(classes, rules)
    return described(classes, _partition(classes, group, rules), rules, solved)


def fit_all(counts: Mapping[str, Classes], rules: Rules) -> tuple[dict[str, Characteristic], dict[str, str]]:
    """Bin every characteristic; return those that have bins, and why the others have none.

    Raises
    ------
    EvidenceError
        Where none has bins.
    """
    fitted, refused = {}, {}
    for name, classes in counts.items():
        try:
            fitted[name] = fit(classes, rules)
        except EvidenceError as error:
            refused[name] = str(error)
    if not fitted:
        told = "; ".join(refused.values()) or "none is admitted"
        raise EvidenceError(f"No characteristic can be binned: {told}. Check the contract's inputs, and leaks.csv of 01_data.")
    return fitted, refused


def _groups(classes: Classes, rules: Rules) -> tuple[npt.NDArray[np.intp], Solved]:
    """Return each fine class's bin number, in order of value or of bad rate."""
    order = np.arange(len(classes.low)) if classes.kind == "numeric" else _order_levels(classes.tally)
    if not len(order):
        return order.astype(np.intp), Solved("no values", 0)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    if classes.kind == "categorical":
        rank = _pool_rare(classes.tally, rank, rules.rare_accounts)
    floor = rules.min_share * _rows_per_plain_row(classes)
    prebin = _prebin(rank, classes.tally, floor)
    if classes.kind == "categorical":
        rules = replace(rules, trend="ascending")
    merged, status = _solve(classes.name, classes.tally.grouped(prebin, int(prebin.max()) + 1), rules, floor)
    searched = len(merged) if classes.kind == "numeric" else len(np.unique(rank))
    return merged[prebin], Solved(status, searched)


def _rows_per_plain_row(classes: Classes) -> float:
    """Return the weight of all rows per weight of those with a plain value: `min_share` is a share of the population."""
    extra = [tally for _, tally in classes.special.values()] + [classes.missing]
    return 1 + float(Tally.joined(extra).weight.sum() / classes.tally.weight.sum())


def _order_levels(tally: Tally) -> npt.NDArray[np.intp]:
    """Order levels by weighted bad rate; counts arrive sorted by level, so ties are deterministic."""
    return np.argsort(_bad_rate(tally), kind="stable")


def _bad_rate(tally: Tally) -> Floats:
    return np.divide(tally.weight_bads, tally.weight, out=np.zeros_like(tally.weight), where=tally.weight > 0)


def _pool_rare(tally: Tally, rank: npt.NDArray[np.intp], rare_accounts: int) -> npt.NDArray[np.intp]:
    """Give all rare levels one place in the order, that of their common bad rate; ordered by their own they would fit noise."""
    rare = tally.accounts < rare_accounts
    if rare.sum() < 2:  # noqa: PLR2004  one rare level has nothing to be pooled with
        return rank
    pooled = _bad_rate(tally.take(rare).total())[0]
    common = _bad_rate(tally)
    key = np.where(rare, pooled, common)
    _, place = np.unique(np.stack([key, np.where(rare, -1, rank)]), axis=1, return_inverse=True)
    return place.astype(np.intp).reshape(-1)


def _prebin(rank: npt.NDArray[np.intp], tally: Tally, floor: float) -> npt.NDArray[np.intp]:
    """Cut the ordered classes into at most 20 prebins of at least the floor's share by a tree that knows the weights."""
    if floor > 0.5:  # noqa: PLR2004  two bins of that share are more than all rows
        return np.zeros(len(rank), dtype=np.intp)
    x = np.concatenate([rank, rank]).astype(np.float64).reshape(-1, 1)
    y = np.repeat([0, 1], len(rank))
    weight = np.concatenate([tally.weight_goods, tally.weight_bads])
    present = weight > 0
    tree = DecisionTreeClassifier(max_leaf_nodes=MAX_PREBINS, min_weight_fraction_leaf=floor, random_state=0)
    tree.fit(x[present], y[present], sample_weight=weight[present])
    cuts = np.sort(tree.tree_.threshold[tree.tree_.feature >= 0])
    found = np.searchsorted(cuts, rank.astype(np.float64), side="left")
    return np.unique(found, return_inverse=True)[1].reshape(-1).astype(np.intp)


def _solve(name: str, sums: Tally, rules: Rules, floor: float) -> tuple[npt.NDArray[np.intp], str]:
    """Merge prebins to the bins of highest IV that satisfy the rules; levels arrive in order of bad rate."""
    from optbinning import OptimalBinning  # noqa: PLC0415  two seconds that only fitting needs

    prebins = len(sums.goods)
    if prebins == 1:
        return np.zeros(1, dtype=np.intp), "one prebin"
    units = _units(sums)
    solver = OptimalBinning(
        dtype="numerical", max_n_bins=rules.max_bins, min_bin_size=floor, min_bin_n_event=max(1, rules.min_bads * units.per_account),
        monotonic_trend=None if rules.trend == "none" else rules.trend, user_splits=np.arange(prebins - 1) + 0.5,
        time_limit=rules.time_limit_seconds,
    )  # fmt: skip
    x, y = np.tile(np.arange(prebins, dtype=np.float64), 2), np.repeat([0, 1], prebins)
    present = units.weight > 0
    solver.fit(x[present], y[present], sample_weight=units.weight[present])
    if solver.status not in {"OPTIMAL", "FEASIBLE"}:
        raise EvidenceError(
            f"{name} has no bins with trend {rules.trend}, at most {rules.max_bins} bins, "
            f"at least {rules.min_share:.1%} of the rows and {rules.min_bads} bads each ({solver.status.lower()})"
        )
    return np.searchsorted(np.asarray(solver.splits), np.arange(prebins), side="left").astype(np.intp), str(solver.status).lower()


@dataclass(frozen=True)
class Units:
    """Goods then bads of the prebins in whole numbers, of which an account of average weight has `per_account`."""

    weight: Floats
    per_account: int


def _units(sums: Tally) -> Units:
    weight = np.concatenate([sums.weight_goods, sums.weight_bads])
    if np.array_equal(weight, np.concatenate([sums.goods, sums.bads])):
        return Units(weight, 1)
    return Units(np.round(weight * WEIGHT_UNITS * sums.accounts.sum() / weight.sum()), WEIGHT_UNITS)


def _partition(classes: Classes, group: npt.NDArray[np.intp], rules: Rules) -> Partition:
    if classes.kind == "numeric":
        first = np.flatnonzero(np.diff(group, prepend=-1))
        edges = tuple(readable(float(classes.high[start - 1]), float(classes.low[start])) for start in first[1:])
        return Partition(edges, treatments=rules.treatments or {})
    groups = tuple(
        tuple(str(level) for level in classes.low[group == number]) for number in range(int(group.max()) + 1 if len(group) else 0)
    )
    return Partition(groups=groups, treatments=rules.treatments or {})


def readable(below: float, at: float) -> float:
    """Return the number with the fewest digits in (below, at]: it separates the same rows and can be defended.

    Examples
    --------
    >>> readable(49_873.52, 50_120.0)
    50000.0
    >>> readable(1.0, 2.0)
    2.0
    """
    for digits in range(min(int(np.floor(np.log10(max(abs(below), abs(at), 1e-300)))) + 1, 308), -16, -1):
        step = 10.0**digits
        candidate = round(float(np.floor(at / step)) * step, max(-digits, 0))
        if below < candidate <= at:
            return candidate
    return at
