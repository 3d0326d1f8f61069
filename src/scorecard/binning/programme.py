"""The bins of highest IV among all runs of prebins: an exact dynamic programme.

A trend is a sequence of phases, in each of which the bad rate may move one way. The best bins that end with the run i to k
are that run and the best bins that end with an admitted neighbour h to i; every h is tried, so nothing better exists.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scorecard.binning.grid import SPARSE_BINS, Grid

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
PHASES = {"ascending": ("up",), "descending": ("down",), "peak": ("up", "down"), "valley": ("down", "up"), "none": ("any",)}
TIE = 1e-12  # fewer bins win where the IV is the same but for rounding


def best(grid: Grid, trend: str) -> Indices | None:
    """Return the cuts of the bins of highest IV that satisfy the rules; None where no bins do.

    Parameters
    ----------
    grid : Grid
    trend : str
        ascending, descending, peak, valley or none.

    Returns
    -------
    array
        Each the number of prebins before it, ascending.

    References
    ----------
    Bellman (1957), Dynamic Programming; Jackson et al. (2005), An algorithm for optimal partitioning of data on an interval.
    """
    search = _Search(grid, PHASES[trend])
    for place in range(1, grid.prebins):
        search.extend(place)
    return search.cuts()


class _Search:
    """The value of the best bins, by phase, last run, regular bins and sparse bins used; and the bin before each."""

    def __init__(self, grid: Grid, phases: tuple[str, ...]) -> None:
        self.grid, self.phases = grid, len(phases)
        self.allowed = [grid.neighbours(direction) for direction in phases]
        bins = (grid.rules.max_bins + 1, (SPARSE_BINS if grid.sparse.any() else 0) + 1)
        self.used = np.ogrid[: grid.prebins + 1, : bins[0], : bins[1]][1:]
        self.value = np.full((len(phases), grid.prebins + 1, grid.prebins + 1, *bins), -np.inf)
        self.before = np.zeros(self.value.shape, dtype=np.intp)  # of the bin before: first prebin * phases + phase
        nothing = np.full((grid.prebins, *bins), -np.inf)
        nothing[:, 0, 0] = 0
        self._enter(0, 0, nothing, np.zeros(nothing.shape, dtype=np.intp))

    def extend(self, place: int) -> None:
        """Go on from all bins that end at a boundary."""
        for phase, allowed in enumerate(self.allowed):
            first = max(phase - 1, 0)  # a bin may continue its phase, or open the next
            ended = self.value[first : phase + 1, :place, place]
            reached, turned = ended.max(axis=0), ended.argmax(axis=0) + first
            if reached.max() == -np.inf:
                continue
            tried = np.where(allowed[:place, place, place + 1 :, None, None], reached[:, None], -np.inf)
            left = tried.argmax(axis=0)
            self._enter(phase, place, tried.max(axis=0), left * self.phases + turned[left, *self.used])

    def _enter(self, phase: int, place: int, value: Floats, before: Indices) -> None:
        """Add the runs that begin at a boundary to the best bins before it."""
        grid, later = self.grid, slice(place + 1, None)
        own, ways, worth = (
            self.value[phase, place, later],
            self.before[phase, place, later],
            grid.runs.iv[place, later, None, None],
        )
        runs = grid.regular[place, later]
        own[runs, 1:], ways[runs, 1:] = worth[runs] + value[runs, :-1], before[runs, :-1]
        runs = grid.sparse[place, later]
        if runs.any():
            own[runs, :, 1:], ways[runs, :, 1:] = worth[runs] + value[runs, :, :-1], before[runs, :, :-1]

    def cuts(self) -> Indices | None:
        """Walk back from the best bins that reach the end."""
        whole = self.value[:, :, -1]
        if whole.max() == -np.inf:
            return None
        ends = np.argwhere(whole >= whole.max() - TIE)
        phase, place, regular, sparse = ends[np.argmin(ends[:, 2:].sum(axis=1))]
        end, found = self.grid.prebins, []
        while place:
            found.append(place)
            left, came = divmod(int(self.before[phase, place, end, regular, sparse]), self.phases)
            step = bool(self.grid.sparse[place, end])
            phase, end, place, regular, sparse = came, place, left, regular - (not step), sparse - step
        return np.array(found[::-1], dtype=np.intp)
