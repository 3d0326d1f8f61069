"""Optimal bins from counts: optbinning's solver, fed with weighted representatives of the fine classes.

Guarded faults of optbinning 1.0: it ignores weights when it orders categories and when it prebins, so both happen here;
it cuts the weights of a prebin to whole numbers, so they are scaled; an infeasible problem is silent, so the status is read;
missing and special codes get their empirical WoE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier

from scorecard import metrics, woe
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError, SettingsError
from scorecard.woe import Bin, Characteristic

RARE_ACCOUNTS = 30  # convention: a level with fewer accounts has no bad rate of its own
EMPIRICAL_ACCOUNTS = 50  # convention: a missing or special bin with fewer takes the fallback
MIN_BINS = 2
MAX_PREBINS = 20  # fine classing (Siddiqi 2017, chapter 6)
SHOWN_LEVELS = 6
TRENDS = ("auto", "ascending", "descending", "peak", "valley", "none")
FALLBACKS = ("worst", "neutral")
WEIGHT_UNITS = 1000  # in which weights are counted, for the solver knows whole numbers only
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """What bins must satisfy.

    Attributes
    ----------
    max_bins : int
        Of intervals or category groups; special codes, missing and unseen come on top.
    min_share : float
        Smallest share of the population in a bin, in (0, 0.5].
    min_bads : int
        Fewest bad accounts in a bin; weights count as accounts of average weight.
    trend : str
        Of the bad rate: auto, ascending, descending, peak, valley or none; categories are always ordered.
    fallback : str
        WoE of a missing or special bin too small for its own: ``worst`` or ``neutral``; unseen levels take it too.
    """

    max_bins: int = 8
    min_share: float = 0.05
    min_bads: int = 5
    trend: Literal["auto", "ascending", "descending", "peak", "valley", "none"] = "auto"
    fallback: Literal["worst", "neutral"] = "worst"
    time_limit_seconds: int = 60

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[bool, str]] = {
            "max_bins": (MIN_BINS <= self.max_bins <= MAX_PREBINS, f"{MIN_BINS} to {MAX_PREBINS}"),
            "min_share": (0 < self.min_share <= 0.5, "above 0 and up to 0.5"),  # noqa: PLR2004  two bins share the rows
            "min_bads": (self.min_bads >= 0, "0 or more"),
            "trend": (self.trend in TRENDS, "one of " + ", ".join(TRENDS)),
            "fallback": (self.fallback in FALLBACKS, "one of " + ", ".join(FALLBACKS)),
        }
        for name, (kept, expected) in ranges.items():
            if not kept:
                raise SettingsError(f"{name} = {getattr(self, name)!r}; expected {expected}. Change the parameter.")


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
    sums = classes.tally.grouped(group, int(group.max()) + 1) if len(group) else classes.tally
    plain = _intervals(classes, group) if classes.kind == "numeric" else _categories(classes, group)
    return _described(classes, plain, sums, rules, solved)


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


@dataclass(frozen=True)
class Solved:
    """The solver's status, and how many classes it could choose among: chance has as many ways to look like evidence."""

    status: str
    classes: int


def _groups(classes: Classes, rules: Rules) -> tuple[npt.NDArray[np.intp], Solved]:
    """Return each fine class's bin number, in order of value or of bad rate."""
    order = np.arange(len(classes.low)) if classes.kind == "numeric" else _order_levels(classes.tally)
    if not len(order):
        return order.astype(np.intp), Solved("no values", 0)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    if classes.kind == "categorical":
        rank = _pool_rare(classes.tally, rank)
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


def _pool_rare(tally: Tally, rank: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Give all rare levels one place in the order, that of their common bad rate; ordered by their own they would fit noise."""
    rare = tally.accounts < RARE_ACCOUNTS
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


def _intervals(classes: Classes, group: npt.NDArray[np.intp]) -> list[Bin]:
    if not len(group):
        return [woe.interval(None, None)]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    edges = [readable(float(classes.high[start - 1]), float(classes.low[start])) for start in first[1:]]
    lowers, uppers = [None, *edges], [*edges, None]
    return [woe.interval(low, high) for low, high in zip(lowers, uppers, strict=True)]


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


def _categories(classes: Classes, group: npt.NDArray[np.intp]) -> list[Bin]:
    found = []
    for number in range(int(group.max()) + 1 if len(group) else 0):
        levels = tuple(str(level) for level in classes.low[group == number])
        more = f" and {len(levels) - SHOWN_LEVELS} more" if len(levels) > SHOWN_LEVELS else ""
        found.append(Bin("category", ", ".join(levels[:SHOWN_LEVELS]) + more, values=levels))
    return found


def _described(classes: Classes, plain: list[Bin], sums: Tally, rules: Rules, solved: Solved) -> Characteristic:
    """Add special, missing and unseen bins; compute WoE, IV, and the noise floor of all classes there were to choose among."""
    labels = [Bin("special", label, values=(code,)) for label, (code, _) in classes.special.items()] + [Bin("missing", "missing")]
    extra = [tally for _, tally in classes.special.values()] + [classes.missing]
    if not len(sums.goods):
        sums = Tally(*(np.zeros(len(plain)) for _ in range(4)))
    every = Tally.joined([sums, *extra])
    filled = every.accounts > 0
    pure = (np.minimum(every.weight_goods, every.weight_bads)[filled] == 0).any()  # metrics.woe then adds 0.5 to every bin
    treatment = "empirical, 0.5 added" if pure else "empirical"
    safety = np.zeros(len(filled))
    safety[filled] = metrics.woe(every.weight_goods[filled], every.weight_bads[filled])
    own = filled & ((np.arange(len(filled)) < len(plain)) | (every.accounts >= EMPIRICAL_ACCOUNTS))
    worst = float(safety[own].min()) if own.any() else 0.0
    fallback = worst if rules.fallback == "worst" else 0.0
    woes = [(float(value), treatment) if known else (fallback, rules.fallback) for value, known in zip(safety, own, strict=True)]
    described = [
        _filled_bin(each, every.take([position]), every, woes[position]) for position, each in enumerate([*plain, *labels])
    ]
    described.append(Bin("unseen", "unseen", woe=fallback, treatment=rules.fallback))
    iv = metrics.information_value(every.weight_goods[filled], every.weight_bads[filled])
    searched = solved.classes + int(filled[len(plain) :].sum())
    floor = metrics.noise_floor(float(every.goods.sum()), float(every.bads.sum()), searched)
    return Characteristic(classes.name, classes.kind, tuple(described), iv, floor, woe.trend(described), solved.status)


def _filled_bin(each: Bin, tally: Tally, every: Tally, woe: tuple[float, str]) -> Bin:
    weight, whole = float(tally.weight[0]), float(every.weight.sum())
    return Bin(
        each.kind, each.label, each.lower, each.upper, each.values, int(tally.accounts[0]), int(tally.bads[0]),
        weight / whole, float(tally.weight_bads[0]) / weight if weight else None, *woe,
    )  # fmt: skip
