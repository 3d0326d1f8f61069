"""Puts fine classes in the order in which neighbours may share a bin, and marks the boundaries that stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scorecard.binning.partition import Partition, assigned
from scorecard.binning.rules import Rules
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError, SettingsError
from scorecard.settings import nearest

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
LEVELS_POOLED = 2  # one rare level has nothing to be pooled with


@dataclass(frozen=True)
class Sequence:
    """Units in the order in which neighbours may share a bin: a class each, or levels that stay together.

    Attributes
    ----------
    place : array of shape (classes,)
        The unit of each fine class.
    tally : Tally
        Per unit.
    fixed : array
        Boundaries that stay, each the number of units before it.
    ordered : bool
        Whether the order is given; levels without one are ordered by their bad rate.
    """

    place: Indices
    tally: Tally
    fixed: Indices
    ordered: bool


def sequence(classes: Classes, rules: Rules) -> Sequence:
    """Return the classes of a characteristic in order.

    Raises
    ------
    EvidenceError
        Where a split, a group or the order does not fit the values of development.
    SettingsError
        Where splits are given for levels, or groups or an order for numbers.
    """
    if classes.kind == "numeric":
        if rules.groups or rules.order:
            raise SettingsError(f"{classes.name} is numeric; groups and order are of levels. Give splits instead.")
        return Sequence(np.arange(len(classes.low), dtype=np.intp), classes.tally, _split_at(classes, rules), True)
    if rules.splits:
        raise SettingsError(f"{classes.name} is text; splits are of numbers. Give groups or an order instead.")
    group = _given_groups(classes, rules)
    return _as_ordered(classes, rules, group) if rules.order else _by_rate(classes, rules, group)


def bad_rate(tally: Tally) -> Floats:
    """Return the weighted bad rate of classes; 0 where there is no weight."""
    return np.divide(tally.weight_bads, tally.weight, out=np.zeros_like(tally.weight), where=tally.weight > 0)


def _split_at(classes: Classes, rules: Rules) -> Indices:
    """Return the user's splits as positions between classes."""
    held = assigned(classes, Partition(tuple(rules.splits)))
    empty = np.setdiff1d(np.arange(len(rules.splits) + 1), held)
    if len(empty):
        low, high = float(classes.low[0]), float(classes.high[-1])
        edge = rules.splits[max(int(empty[0]) - 1, 0)]
        where = "cuts off no value more than the split before it" if low < edge <= high else "cuts nothing off"
        raise EvidenceError(
            f"{classes.name}: the split {edge:,.12g} {where}; the values of development are {low:,.12g} to {high:,.12g}. Remove or move it."
        )
    return np.flatnonzero(np.diff(held)) + 1


def _given_groups(classes: Classes, rules: Rules) -> Indices:
    """Return the number of each level's given group; -1 where it is in none."""
    levels = [str(level) for level in classes.low]
    home = {str(level): number for number, group in enumerate(rules.groups) for level in group}
    known = set(levels)
    for level in home:
        if level not in known:
            raise EvidenceError(
                f"{classes.name}: groups name the level {level!r}, which development does not have. {nearest(level, levels)}"
            )
    group = np.array([home.get(level, -1) for level in levels], dtype=np.intp)
    if not rules.split_further and (group < 0).any():
        homeless = levels[int(np.argmin(group))]
        raise EvidenceError(f"{classes.name}: the level {homeless!r} belongs to no group. Put it into one, or set split_further.")
    return group


def _by_rate(classes: Classes, rules: Rules, group: Indices) -> Sequence:
    """Order levels by their weighted bad rate.

    Rare levels share one place, that of their common bad rate; ordered by their own they would fit noise.
    Levels arrive sorted by name, so ties are deterministic.
    """
    unit = np.arange(len(group), dtype=np.intp)
    for number in range(len(rules.groups)):
        unit[group == number] = np.argmax(group == number)
    rare = (classes.tally.accounts < rules.rare_accounts) & (group < 0)
    if rare.sum() >= LEVELS_POOLED:
        unit[rare] = np.argmax(rare)
    kept, unit = np.unique(unit, return_inverse=True)
    tally = classes.tally.grouped(unit, len(kept))
    order = np.argsort(bad_rate(tally), kind="stable")
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return Sequence(rank[unit], tally.take(order), _around(rank[group[kept] >= 0], len(kept)), False)


def _as_ordered(classes: Classes, rules: Rules, group: Indices) -> Sequence:
    """Order levels as the user gave them; a given group must hold neighbours."""
    place = {str(level): position for position, level in enumerate(rules.order)}
    for level in classes.low:
        if str(level) not in place:
            raise EvidenceError(f"{classes.name}: the level {str(level)!r} is not in the order. Put it where it belongs.")
    rank = np.unique([place[str(level)] for level in classes.low], return_inverse=True)[1].astype(np.intp)
    unit = rank.copy()
    for number, levels in enumerate(rules.groups):
        inside = rank[group == number]
        if np.ptp(inside) + 1 != len(inside):
            raise EvidenceError(
                f"{classes.name}: the group {', '.join(levels)} holds levels that are no neighbours in the order."
            )
        unit[group == number] = inside.min()
    kept, unit = np.unique(unit, return_inverse=True)
    given = np.unique(unit[group >= 0])
    return Sequence(unit.astype(np.intp), classes.tally.grouped(unit, len(kept)), _around(given, len(kept)), True)


def _around(units: Indices, many: int) -> Indices:
    """Return the boundaries on both sides of units that stay apart."""
    sides = np.unique(np.concatenate([units, units + 1])).astype(np.intp)
    return sides[(sides > 0) & (sides < many)]
