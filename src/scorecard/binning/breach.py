"""Names the rule that given bins break, and the bin that breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from scorecard.binning.grid import SPARSE_BADS, SPARSE_BINS, Grid

Run = tuple[int, int]
Breach = tuple[int, str, str]  # the bin's number, the rule, what it is against what it should be
ORDER = {"ascending": "rise", "descending": "fall", "peak": "rise, then fall", "valley": "fall, then rise"}


def first(grid: Grid, cuts: Iterable[int], trend: str) -> Breach | None:
    """Return the first rule that bins break: the bin's number, the rule, and what is wrong in words.

    Parameters
    ----------
    grid : Grid
    cuts : ints
        Each the number of prebins before it, ascending.
    trend : str
        ascending, descending, peak, valley or none.
    """
    runs = list(pairwise([0, *map(int, cuts), grid.prebins]))
    return next((found for check in (_floors, _many, _trend, _neighbours) for found in check(grid, runs, trend)), None)


def _floors(grid: Grid, runs: list[Run], _: str) -> Iterator[Breach]:
    rules, counts = grid.rules, grid.runs
    for number, run in enumerate(runs):
        bads, accounts = counts.bads[run], counts.accounts[run]
        if bads < max(rules.min_bads, 1):
            yield number, "min_bads", f"it holds {bads:,.0f} bads, at least {max(rules.min_bads, 1):,} are asked for"
        elif counts.goods[run] < 1 or not np.isfinite(counts.iv[run]):
            yield number, "min_bads", "it holds no goods or no weight, and a WoE needs both outcomes"
        elif accounts < grid.floor.accounts and not grid.sparse[run]:
            more = f", and {SPARSE_BADS} bads for a sparse bin" if rules.keep_sparse else ""
            yield number, "min_share", f"it holds {accounts:,.0f} accounts, at least {grid.floor.accounts:,} are asked for{more}"


def _many(grid: Grid, runs: list[Run], _: str) -> Iterator[Breach]:
    sparse = [number for number, run in enumerate(runs) if grid.sparse[run]]
    if len(runs) - len(sparse) > grid.rules.max_bins:
        yield len(runs) - 1, "max_bins", f"it is bin {len(runs)}, at most {grid.rules.max_bins} are asked for"
    if len(sparse) > SPARSE_BINS:
        yield sparse[-1], "min_share", f"more than {SPARSE_BINS} bins are below it"


def _trend(grid: Grid, runs: list[Run], trend: str) -> Iterator[Breach]:
    rates = [float(grid.runs.rate[run]) for run in runs]
    turned = trend in {"ascending", "descending"}
    rising = trend in {"ascending", "peak"}
    for number, (left, right) in enumerate(pairwise(rates)):
        if left == right or (right > left) == rising or trend == "none":
            continue
        if turned:
            yield number + 1, "trend", f"the bad rate goes from {left:.2%} to {right:.2%}, and has to {ORDER[trend]} ({trend})"
        turned, rising = True, not rising


def _neighbours(grid: Grid, runs: list[Run], _trend: str) -> Iterator[Breach]:
    tests = grid.differences()
    apart = grid.apart if grid.sparse.any() else None
    for number, ((low, cut), right) in enumerate(pairwise(runs)):
        high = right[1]
        for name, differs in tests.items():
            if not differs[low, cut, high]:
                yield number + 1, name, f"it differs less from the bin before it than {getattr(grid.rules, name):g} asks for"
        if apart is not None and (grid.sparse[low, cut] or grid.sparse[cut, high]) and not apart[low, cut, high]:
            yield number + 1, "min_share", "it or the bin before it is below it, and their WoE intervals overlap"
