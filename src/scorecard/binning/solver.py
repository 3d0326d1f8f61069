"""Optimal bins from counts: prebins by a tree, then the bins of highest IV that satisfy the rules."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard import metrics
from scorecard.binning import breach, optimiser, programme
from scorecard.binning.edges import readable
from scorecard.binning.grid import SPARSE_BADS, Floor, Grid, grid, reach
from scorecard.binning.partition import Partition, Solved, described, plain_bins
from scorecard.binning.prebins import Leaf, cuts
from scorecard.binning.rules import MAX_PREBINS, MIN_BINS, Rules, refuse_unknown
from scorecard.binning.sequence import Sequence, bad_rate, sequence
from scorecard.counts import Classes, Tally
from scorecard.errors import EvidenceError, SettingsError
from scorecard.settings import nearest
from scorecard.woe import Characteristic

Indices = npt.NDArray[np.intp]
PREBIN_SHARE = 0.05  # convention (optbinning's): a leaf of the tree; less where `min_share` is less
SPARSE_PREBINS = 8  # beside the others: as many small places as the search looks at
PURE = "every cut leaves a bin without goods or bads"  # what separates perfectly has one bin, and must not pass for useless
PLAIN = ("ascending", "descending")


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
    SettingsError
        Where the rules do not fit the kind of the characteristic, or its special codes.

    References
    ----------
    Navas-Palencia (2020), Optimal binning: mathematical programming formulation.
    """
    if classes.distinct + bool(classes.missing.accounts[0]) < MIN_BINS:
        raise EvidenceError(
            f"{classes.name} is {'all missing' if classes.distinct == 0 else 'constant'} in development. Leave it out, or mend its column."
        )
    _refuse_unknown_labels(classes, rules)
    group, solved = _groups(classes, rules) if len(classes.low) else (np.zeros(0, dtype=np.intp), Solved("no values", 0))
    return described(classes, _partition(classes, group, rules), rules, solved)


def fit_all(
    counts: Mapping[str, Classes], rules: Rules, per_characteristic: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[dict[str, Characteristic], dict[str, str]]:
    """Bin every characteristic; return those that have bins, and why the others have none.

    Parameters
    ----------
    counts : mapping of name to Classes
    rules : Rules
        Of all characteristics.
    per_characteristic : mapping of name to mapping of rule to value, optional
        What is otherwise for one of them.

    Raises
    ------
    SettingsError
        Where a characteristic or a rule is named that there is not.
    EvidenceError
        Where none has bins.
    """
    own = per_characteristic or {}
    for name, given in own.items():
        if name not in counts:
            raise SettingsError(f"binning has rules for {name}, which is not counted. {nearest(name, list(counts))}")
        refuse_unknown(name, given)
    with ThreadPoolExecutor() as pool:  # optbinning's solver lets go of Python's lock
        found = pool.map(lambda name: _fit_or_reason((name, counts[name]), rules, own.get(name)), counts)
        solved = dict(zip(counts, found, strict=True))
    fitted = {name: each for name, each in solved.items() if isinstance(each, Characteristic)}
    refused = {name: each for name, each in solved.items() if isinstance(each, str)}
    if not fitted:
        told = "; ".join(reason.rstrip(".") for reason in refused.values()) or "none is admitted"
        raise EvidenceError(f"No characteristic can be binned: {told}. Check the contract's inputs, and leaks.csv of 01_data.")
    return fitted, refused


def _fit_or_reason(named: tuple[str, Classes], rules: Rules, own: Mapping[str, Any] | None) -> Characteristic | str:
    name, classes = named
    try:
        return fit(classes, rules.changed(name, own) if own else rules)
    except (EvidenceError, SettingsError) as error:
        return str(error)


def _refuse_unknown_labels(classes: Classes, rules: Rules) -> None:
    known = ["missing", "unseen", *classes.special]
    for label in rules.treatments or {}:
        if label not in known:
            raise SettingsError(
                f"{classes.name}: treatments name {label!r}, which is no special code of it. {nearest(label, known)}"
            )


@dataclass(frozen=True)
class _Problem:
    """Prebins of a characteristic: the prebin of each unit and its edges, the counts, and what may be bins."""

    unit: Indices
    sums: Tally
    grid: Grid


def _groups(classes: Classes, rules: Rules) -> tuple[Indices, Solved]:
    """Return each fine class's bin number, in order of value or of bad rate."""
    ordered = sequence(classes, rules)
    coarse = fine = _coarse(classes, ordered, rules)
    if rules.keep_sparse and rules.split_further and coarse.grid.floor.accounts > SPARSE_BADS:
        finer = _problem(ordered, _with_sparse_edges(ordered, coarse), rules, coarse.grid.floor)
        fine = finer if finer.grid.sparse.any() else coarse
    prebin = fine.unit[ordered.place]
    if fine.grid.prebins == 1:
        return prebin, Solved("one prebin", 1)
    trends = _trends(ordered, coarse if coarse.grid.prebins > 1 else fine, rules)
    best = _best(classes.name, fine, trends, either=rules.trend == "monotonic")
    if best is None:
        raise EvidenceError(_infeasible(classes, prebin, fine.grid, trends[0]))
    found, status = best
    searched = fine.grid.prebins if ordered.ordered else len(ordered.tally.goods)
    status = PURE if fine.grid.separates else status
    return np.searchsorted(found, prebin, side="right").astype(np.intp), Solved(status, searched)


def _best(name: str, problem: _Problem, trends: tuple[str, ...], either: bool) -> tuple[Indices, str] | None:
    """Return the cuts and status of the first trend that has bins, or of the one worth most where either will do."""
    found: list[tuple[float, Indices, str]] = []
    for trend in trends:
        cuts, status = _solve(name, problem, trend)
        if cuts is not None:
            found.append((_worth(problem.sums, cuts), cuts, status))
            if not either:
                break
    return max(found, key=lambda each: each[0])[1:] if found else None


def _worth(sums: Tally, cuts: Indices) -> float:
    bins = sums.grouped(np.searchsorted(cuts, np.arange(len(sums.goods)), side="right"), len(cuts) + 1)
    return metrics.information_value(bins.weight_goods, bins.weight_bads)


def _coarse(classes: Classes, ordered: Sequence, rules: Rules) -> _Problem:
    """Cut the ordered units into prebins of which each keeps the floor of the tree."""
    everyone = _accounts(classes)
    need = rules.accounts_needed(everyone)
    least = min(need, int(np.ceil(PREBIN_SHARE * everyone)))
    edges = cuts(ordered.tally, ordered.fixed, Leaf(MAX_PREBINS, least)) if rules.split_further else ordered.fixed
    return _problem(ordered, edges, rules, Floor(need, reach(len(ordered.tally.goods))))


def _problem(ordered: Sequence, edges: Indices, rules: Rules, floor: Floor) -> _Problem:
    unit = np.searchsorted(edges, np.arange(len(ordered.tally.goods)), side="right").astype(np.intp)
    if not ordered.ordered:  # some levels at an end of an order by bad rate always differ; a level alone was not chosen so
        floor = replace(floor, alone=np.bincount(unit) == 1)
    sums = ordered.tally.grouped(unit, len(edges) + 1)
    return _Problem(unit, sums, grid(sums, np.searchsorted(edges, ordered.fixed) + 1, rules, floor))


def _accounts(classes: Classes) -> float:
    """Return all accounts: `min_share` is a share of the population, missing and special ones included."""
    return float(classes.every.accounts.sum())


def _with_sparse_edges(ordered: Sequence, coarse: _Problem) -> Indices:
    """Add the edges of what is below the smallest share and yet has enough bads for an opinion."""
    tally, edges = ordered.tally, np.flatnonzero(np.diff(coarse.unit)) + 1
    if ordered.ordered:
        return cuts(tally, edges, Leaf(len(edges) + 1 + SPARSE_PREBINS, SPARSE_BADS))
    alone = np.flatnonzero((tally.accounts < coarse.grid.floor.accounts) & (tally.bads >= SPARSE_BADS))
    distance = np.abs(bad_rate(tally)[alone] - bad_rate(tally.total())[0])
    alone = alone[np.argsort(-distance, kind="stable")[:SPARSE_PREBINS]]
    sides = np.union1d(edges, np.concatenate([alone, alone + 1]))
    return sides[(sides > 0) & (sides < len(tally.goods))].astype(np.intp)


def _trends(ordered: Sequence, problem: _Problem, rules: Rules) -> tuple[str, ...]:
    """Return the trends to try; given bins may have any, where it is left open."""
    if not ordered.ordered:
        return ("ascending",)  # levels are in the order of their bad rate
    if rules.trend == "monotonic":
        return PLAIN
    if rules.trend != "auto":
        return (rules.trend,)
    chosen = optimiser.trend_of(problem.sums)
    others = (trend for trend in programme.PHASES if trend not in {chosen, "none"})
    return (chosen, *others) if len(ordered.fixed) else (chosen,)


def _solve(name: str, problem: _Problem, trend: str) -> tuple[Indices | None, str]:
    """Return the cuts between prebins, or None, and the solver's status.

    The programme stands in for optbinning where its bins were proven as good, and where optbinning cannot express a rule.
    """
    asked, foreign = problem.grid.rules.solver, optimiser.inexpressible(problem.sums, problem.grid)
    if asked == "programme" or (asked == "auto" and (trend in PLAIN or foreign)):
        return programme.best(problem.grid, trend), "optimal"
    if foreign:
        raise SettingsError(f"{name} {foreign}. Set solver to auto or programme, or change the rule.")
    found, status = optimiser.best(problem.sums, problem.grid, trend)
    if found is None and status != "infeasible":
        seconds = problem.grid.rules.time_limit_seconds
        raise EvidenceError(
            f"{name}: optbinning found no bins in {seconds} seconds. Raise time_limit_seconds, or set solver to programme."
        )
    if found is not None and breach.first(problem.grid, found, trend):  # it rounds bad rates to six digits
        return programme.best(problem.grid, trend), "optimal"
    return found, status


def _infeasible(classes: Classes, prebin: Indices, grid: Grid, trend: str) -> str:
    """Say which rule cannot be kept, and by which of the given bins."""
    rules = grid.rules
    broken = breach.first(grid, grid.fixed.tolist(), trend) if len(grid.fixed) else None
    if broken is None:
        return (
            f"{classes.name} has no bins with trend {rules.trend}, at most {rules.max_bins} bins, "
            f"at least {rules.min_share:.1%} of the rows and {rules.min_bads} bads each. Relax a rule, or leave the characteristic out."
        )
    number, rule, told = broken
    given = _partition(classes, np.searchsorted(grid.fixed, prebin, side="right").astype(np.intp), rules)
    label = plain_bins(classes, given)[number].label
    return f"{classes.name}: the given bin {label} breaks {rule}: {told}. Change the given bins, or the rule."


def _partition(classes: Classes, group: Indices, rules: Rules) -> Partition:
    if classes.kind == "numeric":
        starts = np.flatnonzero(np.diff(group)) + 1
        edges = tuple(_edge(float(classes.high[start - 1]), float(classes.low[start]), rules.splits) for start in starts)
        return Partition(edges, treatments=rules.treatments or {})
    place = {level: position for position, level in enumerate(rules.order)}
    groups = []
    for number in range(int(group.max()) + 1 if len(group) else 0):
        levels = map(str, classes.low[group == number])
        groups.append(tuple(sorted(levels, key=lambda level: (place.get(level, 0), level))))
    return Partition(groups=tuple(groups), treatments=rules.treatments or {})


def _edge(below: float, at: float, splits: tuple[float, ...]) -> float:
    """Return the user's split between two values, as it was given, or else a readable one."""
    given = [float(split) for split in splits if below < split <= at]
    return given[0] if given else readable(below, at)
