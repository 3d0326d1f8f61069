"""Optimal bins from counts: optbinning's solver, fed with weighted representatives of the fine classes.

Guarded faults of optbinning 1.0: it ignores weights when it orders categories and when it prebins, so both happen here;
an infeasible problem is silent, so the status is read; missing and special codes get their empirical WoE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier

from scorecard import metrics
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError
from scorecard.woe import Bin, Characteristic

RARE_ACCOUNTS = 30  # convention: a level with fewer accounts has no bad rate of its own
EMPIRICAL_ACCOUNTS = 50  # convention: a missing or special bin with fewer takes the fallback
MAX_PREBINS = 20  # fine classing (Siddiqi 2017, chapter 6)
SHOWN_LEVELS = 6
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
        Fewest bad accounts in a bin.
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
    if classes.distinct + bool(classes.missing.accounts[0]) < 2:  # noqa: PLR2004  two classes make a difference
        raise EvidenceError(f"{classes.name} is {'all missing' if classes.distinct == 0 else 'constant'} in development")
    group, status = _groups(classes, rules)
    sums = classes.tally.grouped(group, int(group.max()) + 1) if len(group) else classes.tally
    plain = _intervals(classes, group) if classes.kind == "numeric" else _categories(classes, group)
    return _described(classes, plain, sums, rules, status)


def fit_all(counts: Mapping[str, Classes], rules: Rules) -> tuple[dict[str, Characteristic], dict[str, str]]:
    """Bin every characteristic; return those that have bins, and why the others have none."""
    fitted, refused = {}, {}
    for name, classes in counts.items():
        try:
            fitted[name] = fit(classes, rules)
        except EvidenceError as error:
            refused[name] = str(error)
    return fitted, refused


def _groups(classes: Classes, rules: Rules) -> tuple[npt.NDArray[np.intp], str]:
    """Return each fine class's bin number, in order of value or of bad rate, and the solver's status."""
    order = np.arange(len(classes.low)) if classes.kind == "numeric" else _order_levels(classes.tally)
    if not len(order):
        return order.astype(np.intp), "no values"
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    if classes.kind == "categorical":
        rank = _pool_rare(classes.tally, rank)
    prebin = _prebin(rank, classes.tally, rules)
    sums = classes.tally.grouped(prebin, int(prebin.max()) + 1)
    merged, status = _solve(classes, sums, rules)
    return merged[prebin], status


def _order_levels(tally: Tally) -> npt.NDArray[np.intp]:
    """Order levels by weighted bad rate; counts arrive sorted by level, so ties are deterministic."""
    return np.argsort(_bad_rate(tally), kind="stable")


def _bad_rate(tally: Tally) -> Floats:
    weight = tally.weight_goods + tally.weight_bads
    return np.divide(tally.weight_bads, weight, out=np.zeros_like(weight), where=weight > 0)


def _pool_rare(tally: Tally, rank: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Give all rare levels one place in the order, that of their common bad rate."""
    rare = tally.accounts < RARE_ACCOUNTS
    if rare.sum() < 2 or rare.all():  # noqa: PLR2004  one rare level has nothing to be pooled with
        return rank
    pooled = _bad_rate(tally.take(rare).total())[0]
    common = _bad_rate(tally)
    key = np.where(rare, pooled, common)
    _, place = np.unique(np.stack([key, np.where(rare, -1, rank)]), axis=1, return_inverse=True)
    return place.astype(np.intp).reshape(-1)


def _prebin(rank: npt.NDArray[np.intp], tally: Tally, rules: Rules) -> npt.NDArray[np.intp]:
    """Cut the ordered classes into at most 20 prebins by a tree that knows the weights."""
    x = np.concatenate([rank, rank]).astype(np.float64).reshape(-1, 1)
    y = np.repeat([0, 1], len(rank))
    weight = np.concatenate([tally.weight_goods, tally.weight_bads])
    present = weight > 0
    floor = min(rules.min_share, 0.5)
    tree = DecisionTreeClassifier(max_leaf_nodes=MAX_PREBINS, min_weight_fraction_leaf=floor, random_state=0)
    tree.fit(x[present], y[present], sample_weight=weight[present])
    cuts = np.sort(tree.tree_.threshold[tree.tree_.feature >= 0])
    found = np.searchsorted(cuts, rank.astype(np.float64), side="left")
    return np.unique(found, return_inverse=True)[1].reshape(-1).astype(np.intp)


def _solve(classes: Classes, sums: Tally, rules: Rules) -> tuple[npt.NDArray[np.intp], str]:
    """Merge prebins to the bins of highest IV that satisfy the rules."""
    from optbinning import OptimalBinning  # noqa: PLC0415  two seconds that only fitting needs

    prebins = len(sums.goods)
    if prebins == 1:
        return np.zeros(1, dtype=np.intp), "one prebin"
    trend = None if rules.trend == "none" else rules.trend
    if classes.kind == "categorical":
        trend = "ascending"
    solver = OptimalBinning(
        dtype="numerical", max_n_bins=rules.max_bins, min_bin_size=min(rules.min_share, 0.5), min_bin_n_event=rules.min_bads,
        monotonic_trend=trend, user_splits=np.arange(prebins - 1) + 0.5, time_limit=rules.time_limit_seconds,
    )  # fmt: skip
    x, y = np.tile(np.arange(prebins, dtype=np.float64), 2), np.repeat([0, 1], prebins)
    weight = np.concatenate([sums.weight_goods, sums.weight_bads])
    solver.fit(x[weight > 0], y[weight > 0], sample_weight=weight[weight > 0])
    if solver.status not in {"OPTIMAL", "FEASIBLE"}:
        raise EvidenceError(
            f"{classes.name} has no bins with trend {rules.trend}, at most {rules.max_bins} bins, "
            f"at least {rules.min_share:.1%} of the rows and {rules.min_bads} bads each ({solver.status.lower()})"
        )
    return np.searchsorted(np.asarray(solver.splits), np.arange(prebins), side="left").astype(np.intp), str(solver.status).lower()


def _intervals(classes: Classes, group: npt.NDArray[np.intp]) -> list[Bin]:
    if not len(group):
        return [Bin("interval", "all values")]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    edges = [readable(float(classes.high[start - 1]), float(classes.low[start])) for start in first[1:]]
    lowers, uppers = [None, *edges], [*edges, None]
    return [Bin("interval", _interval_label(low, high), low, high) for low, high in zip(lowers, uppers, strict=True)]


def _interval_label(lower: float | None, upper: float | None) -> str:
    if lower is None and upper is None:
        return "all values"
    if lower is None:
        return f"< {upper:,.12g}"
    return f">= {lower:,.12g}" if upper is None else f"{lower:,.12g} to < {upper:,.12g}"


def readable(below: float, at: float) -> float:
    """Return the number with the fewest digits in (below, at]: it separates the same rows and can be defended.

    Examples
    --------
    >>> readable(49_873.52, 50_120.0)
    50000.0
    >>> readable(1.0, 2.0)
    2.0
    """
    for digits in range(int(np.floor(np.log10(max(abs(below), abs(at), 1e-300)))) + 1, -16, -1):
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


def _described(classes: Classes, plain: list[Bin], sums: Tally, rules: Rules, status: str) -> Characteristic:
    """Add special, missing and unseen bins; compute WoE, IV and the noise floor over the bins that have rows."""
    labels = [Bin("special", label, values=(code,)) for label, (code, _) in classes.special.items()] + [Bin("missing", "missing")]
    extra = [tally for _, tally in classes.special.values()] + [classes.missing]
    if not len(sums.goods):
        sums = Tally(*(np.zeros(len(plain)) for _ in range(4)))
    every = Tally(
        *(
            np.concatenate([getattr(part, name) for part in (sums, *extra)])
            for name in ("goods", "bads", "weight_goods", "weight_bads")
        )
    )
    filled = every.accounts > 0
    woe = np.zeros(len(filled))
    woe[filled] = metrics.woe(every.weight_goods[filled], every.weight_bads[filled])
    own = filled & ((np.arange(len(filled)) < len(plain)) | (every.accounts >= EMPIRICAL_ACCOUNTS))
    worst = float(woe[own].min()) if own.any() else 0.0
    fallback = worst if rules.fallback == "worst" else 0.0
    described = [
        _filled_bin(
            each,
            every.take([position]),
            every,
            (float(woe[position]), "empirical") if own[position] else (fallback, rules.fallback),
        )
        for position, each in enumerate([*plain, *labels])
    ]
    described.append(Bin("unseen", "unseen", woe=fallback, treatment=rules.fallback))
    iv = metrics.information_value(every.weight_goods[filled], every.weight_bads[filled])
    floor = metrics.noise_floor(float(every.goods.sum()), float(every.bads.sum()), int(filled.sum()))
    return Characteristic(classes.name, classes.kind, tuple(described), iv, floor, _trend(described), status)


def _filled_bin(each: Bin, tally: Tally, every: Tally, woe: tuple[float, str]) -> Bin:
    weight = float(tally.weight_goods[0] + tally.weight_bads[0])
    whole = float((every.weight_goods + every.weight_bads).sum())
    return Bin(
        each.kind, each.label, each.lower, each.upper, each.values, int(tally.accounts[0]), int(tally.bads[0]),
        weight / whole, float(tally.weight_bads[0]) / weight if weight else None, *woe,
    )  # fmt: skip


def _trend(bins: list[Bin]) -> str:
    """Say how the bad rate moves over the intervals: ascending, descending, peak, valley, constant or none."""
    rates = [each.bad_rate for each in bins if each.kind == "interval" and each.bad_rate is not None]
    if not any(each.kind == "interval" for each in bins):
        return "ordered"
    turns = np.sign(np.diff(rates))
    signs = [int(turn) for position, turn in enumerate(turns) if turn and (position == 0 or turn != turns[position - 1])]
    names = {(): "constant", (1,): "ascending", (-1,): "descending", (1, -1): "peak", (-1, 1): "valley"}
    return names.get(tuple(signs), "none")
