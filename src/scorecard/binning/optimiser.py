"""optbinning on prebins: its constraint solver with its time limit, and its choice of a trend.

Guarded faults of optbinning 1.0: it ignores weights when it prebins and orders categories, so both happen before; its
floors become floors on weight, so it gets accounts only; an infeasible problem is silent, so the status is read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard.binning.grid import Grid
from scorecard.counts import Tally

Indices = npt.NDArray[np.intp]
FEWEST_PREBINS = 2


def best(sums: Tally, grid: Grid, trend: str) -> tuple[Indices | None, str]:
    """Return the cuts of optbinning's bins, or None where it finds none, and the solver's status with its gap.

    Parameters
    ----------
    sums : Tally
        Of the prebins, unweighted.
    grid : Grid
        The same prebins with their rules.
    trend : str
        ascending, descending, peak, valley or none.

    References
    ----------
    Navas-Palencia (2020), Optimal binning: mathematical programming formulation.
    """
    from optbinning import OptimalBinning  # noqa: PLC0415  two seconds that only few fits need

    rules, prebins = grid.rules, grid.prebins
    fixed = np.isin(np.arange(1, prebins), grid.fixed).tolist()
    solver = OptimalBinning(
        dtype="numerical", max_n_bins=rules.max_bins, min_bin_size=min((grid.floor.accounts - 0.5) / sums.accounts.sum(), 0.5),
        min_bin_n_event=max(1, rules.min_bads), min_bin_n_nonevent=1, monotonic_trend=None if trend == "none" else trend,
        min_event_rate_diff=rules.min_rate_difference, max_pvalue=rules.max_p_value if rules.max_p_value < 1 else None,
        user_splits=np.arange(prebins - 1) + 0.5, user_splits_fixed=fixed if any(fixed) else None, time_limit=rules.time_limit_seconds,
    )  # fmt: skip
    x, y = np.tile(np.arange(prebins, dtype=np.float64), 2), np.repeat([0, 1], prebins)
    weight = np.concatenate([sums.goods, sums.bads])
    solver.fit(x[weight > 0], y[weight > 0], sample_weight=weight[weight > 0])
    if solver.status not in {"OPTIMAL", "FEASIBLE"}:
        return None, str(solver.status).lower()
    return np.ceil(solver.splits).astype(np.intp), told(str(solver.status), solver._optimizer or {})


def told(status: str, found: dict[str, Any]) -> str:
    """Return a status in words; bins not proven optimal tell by which share of their IV better ones could exceed it.

    Examples
    --------
    >>> told("FEASIBLE", {"objective": 200_000, "best_objective_bound": 202_600})
    'feasible, gap 0.013'
    """
    if status == "OPTIMAL":
        return "optimal"
    reached, bound = float(found["objective"]), float(found["best_objective_bound"])
    return f"feasible, gap {(bound - reached) / reached:.3f}" if reached > 0 else "feasible, gap unknown"


def inexpressible(sums: Tally, grid: Grid) -> str | None:
    """Return what optbinning cannot express about a problem; None where it can."""
    if not (np.array_equal(sums.goods, sums.weight_goods) and np.array_equal(sums.bads, sums.weight_bads)):
        return "has weighted rows, and optbinning's floors would be on weight"
    if grid.rules.min_woe_difference > 0:
        return "asks for min_woe_difference, which optbinning does not know"
    if grid.sparse.any():
        return "may keep sparse bins (keep_sparse), which optbinning does not know"
    if len(grid.fixed) and (np.minimum(sums.goods, sums.bads) == 0).any():
        return "has a fixed split beside prebins without goods or bads, which optbinning drops"
    return None


def trend_of(sums: Tally) -> str:
    """Return the trend that optbinning chooses for prebins where it is left to it ("auto").

    Parameters
    ----------
    sums : Tally
        Of the prebins; those without goods or bads are merged first, as optbinning does.
    """
    mixed = _mixed(sums)
    if len(mixed.goods) < FEWEST_PREBINS:
        return "ascending"
    with np.errstate(invalid="ignore"):  # on a few rows it divides 0 by 0
        return str(_choice()(mixed.weight_goods, mixed.weight_bads, "auto"))


def _mixed(sums: Tally) -> Tally:
    """Merge each pure prebin with its right neighbour, the last one with its left, until all hold goods and bads."""
    while len(sums.goods) > 1 and (pure := np.minimum(sums.weight_goods, sums.weight_bads) <= 0).any():
        joined = np.append(pure[:-2], pure[-2] or pure[-1])
        sums = sums.grouped(np.concatenate([[0], np.cumsum(~joined)]).astype(np.intp), int((~joined).sum()) + 1)
    return sums


@cache
def _choice() -> Callable[..., str]:
    """Load optbinning's function from its file: importing the package for it takes two seconds."""
    package = find_spec("optbinning")
    assert package is not None and package.origin is not None  # noqa: S101, PT018  a dependency
    spec = spec_from_file_location("auto_monotonic", Path(package.origin).parent / "binning" / "auto_monotonic.py")
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    choice: Callable[..., str] = module.auto_monotonic
    return choice
