"""Which rules bins break: an edit may break them, for a person decides, but not without being told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf, sqrt

from scipy.special import ndtr

from scorecard.binning import Rules
from scorecard.binning.grid import SPARSE_BADS, reach
from scorecard.results import Reading
from scorecard.woe import Bin, Characteristic, trend

REACH = reach(1)  # a bin that a person chose was not searched among many
# Trends of the bad rate that satisfy each rule; a peak or valley may lie at an end.
KEPT = {
    "monotonic": {"ascending", "descending", "constant"},
    "ascending": {"ascending", "constant"},
    "descending": {"descending", "constant"},
    "peak": {"peak", "ascending", "descending", "constant"},
    "valley": {"valley", "ascending", "descending", "constant"},
    "auto": {"ascending", "descending", "peak", "valley", "constant"},
}


def warnings(characteristic: Characteristic, rules: Rules) -> list[Reading]:
    """Return what bins break of their rules: number, shares, bads, trend, and differences of neighbours.

    Parameters
    ----------
    characteristic : Characteristic
    rules : Rules
        Of the characteristic.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from scorecard.woe import interval
    >>> bins = tuple(replace(interval(*ends), count=count, bads=10) for ends, count in (((None, 5), 960), ((5, None), 40)))
    >>> few = Characteristic("x", "numeric", bins, 0.1, 0.0, "ascending", "edited")
    >>> [(each.key, each.values["bin"]) for each in warnings(few, Rules(trend="ascending"))]
    [('edit.small_share', '>= 5')]
    """
    ordered = _ordered(characteristic, rules)
    accounts = sum(each.count for each in characteristic.bins)
    needed = rules.accounts_needed(accounts)
    sparse = {place for place in range(len(ordered)) if rules.keep_sparse and _stands_out(ordered, place)}
    small = [place for place, each in enumerate(ordered) if each.count < needed and place not in sparse]
    told = [
        Reading(
            "edit.small_share", {"bin": ordered[place].label, "share": ordered[place].count / accounts, "limit": rules.min_share}
        )
        for place in small
    ]
    told += [reading for each in ordered for reading in _of_bin(each, rules)]
    regular = sum(each.count >= needed or place in small for place, each in enumerate(ordered))
    if regular > rules.max_bins:
        told.append(Reading("edit.many_bins", {"bins": regular, "limit": rules.max_bins}))
    moves = trend(replace(each, kind="interval") for each in ordered)
    has_order = characteristic.kind == "numeric" or bool(rules.order)
    if ordered and has_order and moves not in KEPT.get(rules.trend, {moves}):
        told.append(Reading("edit.other_trend", {"trend": moves, "rule": rules.trend}))
    return told + [reading for one, other in pairwise(ordered) for reading in _of_neighbours(one, other, rules)]


def _ordered(characteristic: Characteristic, rules: Rules) -> list[Bin]:
    """Return the bins of values that hold customers: in order of value, of the levels where they have one, else of bad rate."""
    held = [each for each in characteristic.bins if each.kind in {"interval", "category"} and each.count]
    if characteristic.kind == "numeric":
        return held
    place = {level: number for number, level in enumerate(rules.order)}
    if place:
        return sorted(held, key=lambda each: min(place.get(level, len(place)) for level in each.values))
    return sorted(held, key=lambda each: each.bad_rate or 0.0)


def _stands_out(bins: Sequence[Bin], place: int) -> bool:
    """Say whether a bin may be small: enough bads, and a WoE whose interval excludes its neighbours'."""
    each = bins[place]
    beside = [bins[other] for other in (place - 1, place + 1) if 0 <= other < len(bins)]
    return each.bads >= SPARSE_BADS and all(
        abs(each.woe - other.woe) > REACH * (_error(each) + _error(other)) for other in beside
    )


def _error(each: Bin) -> float:
    """Return the standard error of a bin's WoE."""
    goods = each.count - each.bads
    return sqrt(1 / goods + 1 / each.bads) if goods and each.bads else inf


def _of_bin(each: Bin, rules: Rules) -> list[Reading]:
    needed = max(rules.min_bads, 1)
    told = [Reading("edit.few_bads", {"bin": each.label, "bads": each.bads, "limit": needed})] if each.bads < needed else []
    return told + ([Reading("edit.no_goods", {"bin": each.label})] if each.bads == each.count else [])


def _of_neighbours(one: Bin, other: Bin, rules: Rules) -> list[Reading]:
    woe, rate = abs(one.woe - other.woe), abs((one.bad_rate or 0.0) - (other.bad_rate or 0.0))
    p_value = _p_value(one, other) if rules.max_p_value < 1 else 0.0
    found = (
        (woe < rules.min_woe_difference, "edit.close_woe", woe, rules.min_woe_difference),
        (rate < rules.min_rate_difference, "edit.close_rate", rate, rules.min_rate_difference),
        (p_value > rules.max_p_value, "edit.same_rate", p_value, rules.max_p_value),
    )
    return [
        Reading(key, {"bin": one.label, "other": other.label, "figure": figure, "limit": limit})
        for broken, key, figure, limit in found
        if broken
    ]


def _p_value(one: Bin, other: Bin) -> float:
    """Return the two-sided p-value of the pooled z-test that two bins have one bad rate."""
    pooled = (one.bads + other.bads) / (one.count + other.count)
    error = sqrt(pooled * (1 - pooled) * (1 / one.count + 1 / other.count))
    return float(2 * ndtr(-abs(one.bads / one.count - other.bads / other.count) / error)) if error else 1.0
