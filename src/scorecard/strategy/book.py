"""The customers of a sample added up along a model's risk, once as they are and once in every resample.

Every figure of a strategy (volume, bad rate, loss, profit of a band, a decision or a cut-off) is a sum of cells of the book, so
one pass of resampling gives the intervals of all of them. Customers are drawn from all rows, not within goods and bads: how
many turn out bad is part of the uncertainty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from scorecard.metrics import jeffreys_interval
from scorecard.metrics.resamples import Cells, percentile, resampled
from scorecard.strategy.economics import Economics
from scorecard.strategy.rows import Flags, Floats, Rows

SLICES = 100  # of equal volume, beside the edges that are asked for
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Part:
    """Sums over some customers: first those of the sample, then of each resample, shape (1 + replicates,) each.

    `everybody` and `all_exposure` are those of all customers, `expected` is the exposure times the PD.
    """

    goods: Floats
    bads: Floats
    good_exposure: Floats
    bad_exposure: Floats
    expected: Floats
    everybody: Floats
    all_exposure: Floats

    def figures(self, economics: Economics) -> dict[str, Any]:
        """Return what a table says of these customers; None where it is not known, or there is nobody.

        Returns
        -------
        dict
            ``rows``, ``share`` of all, ``bads``, ``bad_rate``, ``exposure``, ``expected_loss`` and ``expected_profit`` (by the model's PDs),
            ``loss`` and ``profit`` (as they turned out), each as far as it has one with its 95 % interval, ``*_low`` and ``*_high``: Wilson's of
            the share, Jeffreys' of the bad rate, bootstrap percentiles of money.

        References
        ----------
        Wilson (1927), Journal of the American Statistical Association 22; Brown, Cai & DasGupta (2001), Statistical Science 16.
        """
        goods, bads, everybody = float(self.goods[0]), float(self.bads[0]), float(self.everybody[0])
        held = goods + bads
        found: dict[str, Any] = {"rows": round(held), "share": held / everybody, **_ends("share", wilson(held, everybody))}
        found |= {"bads": round(bads), "bad_rate": bads / held if held else None}
        found |= _ends("bad_rate", jeffreys_interval(bads, held) if held else None)
        found["exposure"] = float(self.good_exposure[0] + self.bad_exposure[0])
        money = {
            "expected_loss": economics.loss(self.expected),
            "loss": economics.loss(self.bad_exposure),
            "expected_profit": economics.profit(self.good_exposure + self.bad_exposure - self.expected, self.expected),
            "profit": economics.profit(self.good_exposure, self.bad_exposure),
        }
        for name, sums in money.items():
            found |= {name: None if sums is None or not held else float(sums[0])} | _ends(name, _spread(sums, held))
        return found


@dataclass(frozen=True, eq=False)
class Book:
    """One model's customers along its risk.

    Attributes
    ----------
    model : str
    edges : array of shape (cells - 1,)
        The highest risk in each cell but the last, ascending.
    counts, amounts : arrays of shape (1 + replicates, cells, 2, 2)
        Customers and their exposure, by cell, by whether a knock-out rule declines them (0 no, 1 yes), and by outcome (0 good, 1 bad).
    expected : array of shape (1 + replicates, cells, 2)
        Exposure times PD.
    """

    model: str
    edges: Floats
    counts: Floats
    amounts: Floats
    expected: Floats

    def within(self, low: float, high: float) -> Flags:
        """Return the cells whose risk lies above `low` and is at most `high`; both are edges, or infinite."""
        upper = np.append(self.edges, np.inf)
        lower = np.append(-np.inf, self.edges)
        return np.asarray((lower >= low) & (upper <= high))

    def part(self, cells: Flags, knocked: Sequence[int] = (0,)) -> Part:
        """Return the sums over cells, of customers that no rule declines (0), those a rule declines (1), or both."""
        counts, amounts = (each[:, cells][:, :, list(knocked)].sum(axis=(1, 2)) for each in (self.counts, self.amounts))
        expected = self.expected[:, cells][:, :, list(knocked)].sum(axis=(1, 2))
        totals = self.counts.sum(axis=(1, 2, 3)), self.amounts.sum(axis=(1, 2, 3))
        return Part(counts[:, 0], counts[:, 1], amounts[:, 0], amounts[:, 1], expected, *totals)

    def cumulative(self) -> Part:
        """Return the sums over each cell and all safer ones, of customers that no rule declines, shape (1 + replicates, cells) each."""
        counts, amounts = (each[:, :, 0].cumsum(axis=1) for each in (self.counts, self.amounts))
        totals = self.counts.sum(axis=(1, 2, 3))[:, None], self.amounts.sum(axis=(1, 2, 3))[:, None]
        return Part(
            counts[..., 0], counts[..., 1], amounts[..., 0], amounts[..., 1], self.expected[:, :, 0].cumsum(axis=1), *totals
        )


def books(rows: Rows, knocked: Flags, edges: Mapping[str, Sequence[float]], replicates: int, seed: int) -> dict[str, Book]:
    """Add up the customers of a sample along the risk of each model, on the same resamples.

    Parameters
    ----------
    rows : Rows
    knocked : bool array of shape (rows,)
        Declined by a knock-out rule.
    edges : mapping of model to risks
        Where cells must end, such as cut-offs and bounds of grades: customers up to and including this risk.
    replicates : int
    seed : int
    """
    order = rows.ordered(knocked)
    bad, out = rows.bad[order], knocked[order].astype(np.int_)
    units, amount = rows.units[order], rows.amount[order]
    plain = rows.weight is None and rows.exposure is None
    found: dict[str, tuple[Floats, list[Cells]]] = {}
    for name in edges:
        risk, pd = rows.models[name].risk[order], rows.models[name].pd[order]
        ends = _edges(risk, edges[name])
        place, size = np.searchsorted(ends, risk, side="left") * 2 + out, 2 * (ends.size + 1)
        counted = Cells(place * 2 + bad, 2 * size, None if rows.weight is None else units)
        money = [] if plain else [Cells(place * 2 + bad, 2 * size, amount)]
        found[name] = ends, [counted, *money, Cells(place, size, pd * amount)]
    cells = [each for _, of_model in found.values() for each in of_model]
    totals = iter(
        np.concatenate([each.totals()[None], drawn])
        for each, drawn in zip(cells, resampled(cells, replicates, seed), strict=True)
    )
    return {name: _book(name, ends, [next(totals) for _ in of_model]) for name, (ends, of_model) in found.items()}


def wilson(count: float, total: float, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's interval of a share.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22.

    Examples
    --------
    >>> [round(end, 7) for end in wilson(5, 100)]
    [0.0215437, 0.1117505]
    """
    z = float(ndtri((1 + level) / 2))
    share, spread = count / total, z * np.sqrt(count * (total - count) / total + z**2 / 4)
    centre = count + z**2 / 2
    low, high = (centre - spread) / (total + z**2), (centre + spread) / (total + z**2)
    return (0.0 if share == 0 else float(low)), (1.0 if share == 1 else float(high))


def _edges(risk: Floats, asked: Sequence[float]) -> Floats:
    grid = np.quantile(risk, np.arange(1, SLICES) / SLICES, method="inverted_cdf")
    ends = np.unique(np.concatenate([grid, np.asarray(asked, dtype=float)]))
    return np.asarray(ends[np.isfinite(ends)])


def _book(name: str, ends: Floats, totals: list[Floats]) -> Book:
    counts, amounts = (each.reshape(len(each), -1, 2, 2) for each in (totals[0], totals[-2]))
    return Book(name, ends, counts, amounts, totals[-1].reshape(len(totals[-1]), -1, 2))


def _spread(sums: npt.NDArray[np.float64] | None, held: float) -> tuple[float, float] | None:
    """Return the bootstrap interval of a sum; None without resamples, or where nothing varies."""
    if sums is None or not held or len(sums) < 2 or not np.ptp(sums[1:]) > 0:  # noqa: PLR2004  the sample and one resample
        return None
    low, high = percentile(sums[1:], LEVEL)
    return float(low), float(high)


def _ends(name: str, interval: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}
