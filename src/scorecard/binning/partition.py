"""How the values of a characteristic are grouped, and the bins with counts, WoE and IV that a grouping gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard import metrics, woe
from scorecard.binning.rules import EMPIRICAL_ACCOUNTS, JOIN, Rules
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError
from scorecard.woe import Bin, Characteristic

SHOWN_LEVELS = 6
PLAIN = ("interval", "category")
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Partition:
    """How the values of a characteristic are grouped into bins.

    Attributes
    ----------
    edges : tuple of float
        Numeric: ascending; bins are closed on the left.
    groups : tuple of tuple of str
        Categorical: the levels of each bin, in the order in which the bins are shown.
    treatments : mapping of "missing", "unseen" or a special code's label to policy
        As in `Rules`; what is not named is empirical, unseen takes the fallback.
    """

    edges: tuple[float, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    treatments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Solved:
    """The solver's status, and how many classes it could choose among: chance has as many ways to look like evidence."""

    status: str
    classes: int


def partition(characteristic: Characteristic) -> Partition:
    """Return how a characteristic is grouped."""
    groups = tuple(tuple(map(str, each.values)) for each in characteristic.bins if each.kind == "category")
    told = {
        each.label if each.kind == "special" else each.kind: each.treatment
        for each in characteristic.bins
        if each.kind in {"special", "missing", "unseen"}
    }
    return Partition(
        characteristic.edges, groups, {name: policy for name, policy in told.items() if not policy.startswith("empirical")}
    )


def assigned(classes: Classes, cut: Partition) -> Indices:
    """Return the bin of each fine class, shape (classes,).

    Raises
    ------
    EvidenceError
        Where an edge lies inside a fine class, or a level belongs to no group.
    """
    if classes.kind == "numeric":
        edges = np.array(cut.edges, dtype=np.float64)
        low, high = (np.searchsorted(edges, side.astype(np.float64), side="right") for side in (classes.low, classes.high))
        if (low != high).any():
            inside = edges[low[low != high][0]]
            raise EvidenceError(
                f"{classes.name}: the edge {inside:,.12g} lies inside a fine class. Count again with this edge, or take a neighbouring one."
            )
        return low.astype(np.intp)
    place = {level: position for position, group in enumerate(cut.groups) for level in group}
    homeless = [str(level) for level in classes.low if str(level) not in place]
    if homeless:
        raise EvidenceError(f"{classes.name}: the level {homeless[0]!r} belongs to no group. Put it into one.")
    return np.array([place[str(level)] for level in classes.low], dtype=np.intp)


def plain_bins(classes: Classes, cut: Partition) -> list[Bin]:
    """Return the empty interval or category bins of a partition."""
    if classes.kind == "numeric":
        lowers, uppers = [None, *cut.edges], [*cut.edges, None]
        return [woe.interval(low, high) for low, high in zip(lowers, uppers, strict=True)]
    return [Bin("category", _shown(group), values=tuple(group)) for group in cut.groups]


def described(classes: Classes, cut: Partition, rules: Rules, solved: Solved) -> Characteristic:
    """Return the bins of a partition with counts, WoE and IV, and special, missing and unseen bins by their treatments.

    Parameters
    ----------
    classes : Classes
    cut : Partition
    rules : Rules
        For the fallback, and for what is enough to be empirical.
    solved : Solved
        For the noise floor of all classes there were to choose among.

    Raises
    ------
    EvidenceError
        Where an edge lies inside a fine class, or a treatment names a bin that is not there.
    """
    plain = plain_bins(classes, cut)
    sums = classes.tally.grouped(assigned(classes, cut), len(plain)) if len(classes.low) else _nothing(len(plain))
    bins = [
        *plain,
        *(Bin("special", label, values=(code,)) for label, (code, _) in classes.special.items()),
        Bin("missing", "missing"),
    ]
    every = Tally.joined([sums, *(tally for _, tally in classes.special.values()), classes.missing])
    home = _homes(classes, cut, bins)
    told = _told(bins, cut, rules, every)
    pooled = every.grouped(home, len(home))
    trusted = np.array([text.startswith(("empirical", JOIN)) for text in told])
    lacking = np.minimum(pooled.weight_goods, pooled.weight_bads) == 0
    held = (pooled.accounts > 0) & (trusted | ~lacking)  # a bin whose WoE is a policy asks for no 0.5 in all others
    if (lacking & held).any():  # metrics then adds 0.5 to every bin
        told = [f"{text}, 0.5 added" if text.startswith("empirical") else text for text in told]
    safety = np.zeros(len(home))
    safety[held] = metrics.woe(pooled.weight_goods[held], pooled.weight_bads[held])
    known = trusted & held[home]
    values = {"neutral": 0.0, "worst": float(safety[home[known]].min()) if known.any() else 0.0}
    described = [
        _filled_bin(each, every.take([position]), every, (float(safety[home[position]]) if known[position] else values.get(text, values[rules.fallback]), text))
        for position, (each, text) in enumerate(zip(bins, told, strict=True))
    ]  # fmt: skip
    unseen = cut.treatments.get("unseen", rules.fallback)
    described.append(Bin("unseen", "unseen", woe=_unseen(unseen, values, described, classes, cut), treatment=unseen))
    searched = solved.classes + int((every.accounts[len(plain) :] > 0).sum())
    goods, bads = classes.effective or (float(every.goods.sum()), float(every.bads.sum()))
    floor = metrics.noise_floor(goods, bads, searched)
    iv = metrics.information_value(pooled.weight_goods[held], pooled.weight_bads[held])
    return Characteristic(classes.name, classes.kind, tuple(described), iv, floor, woe.trend(described), solved.status)


def _nothing(bins: int) -> Tally:
    return Tally(*(np.zeros(bins) for _ in range(4)))


def _homes(classes: Classes, cut: Partition, bins: list[Bin]) -> Indices:
    """Return, for every bin, the bin whose counts it shares: its own, unless it was told to join another."""
    home = np.arange(len(bins), dtype=np.intp)
    for position, each in enumerate(bins):
        policy = _policy(each, cut)
        if policy.startswith(JOIN):
            home[position] = holding(classes, cut, policy.removeprefix(JOIN))
    return home


def _policy(each: Bin, cut: Partition) -> str:
    if each.kind in PLAIN:
        return "empirical"
    return cut.treatments.get(each.label if each.kind == "special" else each.kind, "empirical")


def holding(classes: Classes, cut: Partition, value: str) -> int:
    """Return the position of the plain bin that holds a value.

    Raises
    ------
    EvidenceError
        Where no bin does.
    """
    if classes.kind == "categorical":
        found = [position for position, group in enumerate(cut.groups) if value in group]
        if not found:
            raise EvidenceError(f"{classes.name}: no bin holds the level {value!r}. Name a level that development has.")
        return found[0]
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise EvidenceError(f"{classes.name}: {value!r} is no finite number. Name a number inside the bin to join.")
    return int(np.searchsorted(np.array(cut.edges), number, side="right"))


def _told(bins: list[Bin], cut: Partition, rules: Rules, every: Tally) -> list[str]:
    """Return each bin's treatment in words; without a plain value, empirical needs enough accounts to expect enough bads."""
    rate = float(every.bads.sum() / every.accounts.sum())
    need = rules.accounts_needed(float(every.accounts.sum()))
    alone = sum(each.kind in PLAIN for each in bins) == 1
    told = []
    for each, accounts, bads in zip(bins, every.accounts, every.bads, strict=True):
        enough = accounts >= EMPIRICAL_ACCOUNTS and max(bads, accounts * rate) >= rules.min_bads
        policy = _policy(each, cut)
        if each.kind in PLAIN:
            told.append("empirical, sparse" if 0 < accounts < need and not alone else "empirical")
        else:
            told.append(rules.fallback if policy == "empirical" and not enough else policy)
    return told


def _unseen(policy: str, values: Mapping[str, float], bins: list[Bin], classes: Classes, cut: Partition) -> float:
    if policy.startswith(JOIN):
        return bins[holding(classes, cut, policy.removeprefix(JOIN))].woe
    if policy == "empirical":
        raise EvidenceError(f"{classes.name}: unseen levels have no counts; expected worst, neutral or a bin to join.")
    return values[policy]


def _filled_bin(each: Bin, tally: Tally, every: Tally, woe: tuple[float, str]) -> Bin:
    weight, whole = float(tally.weight[0]), float(every.weight.sum())
    return Bin(
        each.kind, each.label, each.lower, each.upper, each.values, int(tally.accounts[0]), int(tally.bads[0]),
        weight / whole, float(tally.weight_bads[0]) / weight if weight else None, *woe,
    )  # fmt: skip


def _shown(levels: tuple[Any, ...]) -> str:
    more = f" and {len(levels) - SHOWN_LEVELS} more" if len(levels) > SHOWN_LEVELS else ""
    return ", ".join(map(str, levels[:SHOWN_LEVELS])) + more
