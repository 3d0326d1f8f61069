"""Compare the order of bins in every period with their order overall.

Orders and tests rest on accounts, for a weight is no observation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from scorecard import metrics
from scorecard.binning.partition import Partition, assigned, holding, partition
from scorecard.binning.rules import JOIN, Rules
from scorecard.counts import Classes, Tally
from scorecard.errors import SettingsError
from scorecard.woe import Characteristic

LEVEL = 0.05  # one-sided, of all comparisons of a characteristic together
MIN_EXPECTED = 10  # convention: bads, and goods, to expect in either bin; with fewer, twice the risk would often go unseen
INVERTED, INSUFFICIENT, WITHIN, KEPT = "inverted", "insufficient data", "within sampling error", "kept"  # gravest first
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Comparison:
    """How neighbouring bins stand to each other in every period.

    Attributes
    ----------
    periods : tuple of str
    pairs : tuple of (int, int)
        Positions of neighbouring bins, the one that is safer overall first; equal risks have no order to keep.
    accounts, bads : arrays of shape (periods, bins)
        Of plain bins with what joins them, then special codes and missing.
    statistic, p_value : arrays of shape (periods, pairs)
        Positive where the order is reversed, and how easily chance does that; NaN where a period has too few bads or goods.
    """

    periods: tuple[str, ...]
    pairs: tuple[Pair, ...]
    accounts: Floats
    bads: Floats
    statistic: Floats
    p_value: Floats

    @property
    def enough(self) -> Flags:
        """Where a period can judge a pair, shape (periods, pairs)."""
        return ~np.isnan(self.p_value)

    @property
    def least_rate(self) -> float:
        """The share of bads in all accounts, or of goods where these are fewer."""
        bad = float(self.bads.sum() / self.accounts.sum())
        return min(bad, 1 - bad)

    @cached_property
    def p_holm(self) -> Floats:
        """The p-values adjusted for every comparison made, shape (periods, pairs)."""
        adjusted = np.full(self.p_value.shape, np.nan)
        adjusted[self.enough] = metrics.holm(self.p_value[self.enough])
        return adjusted

    @property
    def reversed(self) -> Flags:
        """Where the order is not that overall, by chance or not, shape (periods, pairs)."""
        return self.enough & (self.statistic > 0)

    @property
    def inverted(self) -> Flags:
        """Where the order is reversed beyond sampling error, shape (periods, pairs)."""
        return self.reversed & (self.p_holm < LEVEL)

    @cached_property
    def findings(self) -> npt.NDArray[np.str_]:
        """What each period says of each pair, in words, shape (periods, pairs)."""
        return np.select([self.inverted, ~self.enough, self.reversed], [INVERTED, INSUFFICIENT, WITHIN], KEPT)


def compare(characteristic: Characteristic, classes: Classes, rules: Rules | None = None) -> Comparison:
    """Compare the risks of neighbouring bins in every period with their order overall.

    Neighbours are so by value; levels by `rules.order` where there is one, else by bad rate. The statistic is that of the
    pooled z-test of two proportions, the p-value the one-sided mid-p of the exact test: at the small levels that many
    comparisons ask for, and with bins of unequal size, the normal one errs (100 and 1,000 accounts, a tenth of them bad:
    2.6 times too many alarms at 0.0005), while the mid-p keeps its level.

    Parameters
    ----------
    characteristic : Characteristic
    classes : Classes
        Counted by period.
    rules : Rules, optional
        For the order of levels.

    Raises
    ------
    SettingsError
        Where the classes were not counted by period.

    References
    ----------
    Hirji, Tan & Elashoff (1991), Statistics in Medicine 10; Holm (1979), Scandinavian Journal of Statistics 6.
    """
    periods = classes.by_period()
    if not periods:
        raise SettingsError(f"{classes.name} has no counts by period; expected a period for each row. Name a column of periods.")
    cut = partition(characteristic)
    overall, *found = (_pooled(classes, each, cut) for each in (classes, *periods.values()))
    pairs = _pairs(classes, cut, overall, rules or Rules())
    accounts, bads = np.stack([each.accounts for each in found]), np.stack([each.bads for each in found])
    sides = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return Comparison(tuple(periods), pairs, accounts, bads, *_tested(accounts[:, sides], bads[:, sides]))


def mid_p(bads: npt.ArrayLike, accounts: npt.ArrayLike, all_bads: npt.ArrayLike, all_accounts: npt.ArrayLike) -> Floats:
    """Return how easily chance alone puts so many of all bads, or more, among some of all accounts; half of "so many" counts.

    References
    ----------
    Hirji, Tan & Elashoff (1991), Statistics in Medicine 10.

    Examples
    --------
    Three of four cups right (Fisher 1935, The Design of Experiments, chapter 2): 1/70 for four, and half of 16/70.

    >>> round(float(mid_p(3, 4, 4, 8)), 3)
    0.129
    """
    from scipy.stats import hypergeom  # noqa: PLC0415  its import takes half a second, which most commands can do without

    chance = all_accounts, all_bads, accounts
    return np.asarray(hypergeom.sf(bads, *chance) + hypergeom.pmf(bads, *chance) / 2)


def inversions(characteristic: Characteristic, classes: Classes, rules: Rules | None = None) -> pandas.DataFrame:
    """Return which neighbours change places in which period, and which a period cannot judge.

    Returns
    -------
    DataFrame
        One row a period and pair that is not seen in order: the bins that are safer and riskier overall, with their bad
        rates, accounts and bads in the period; statistic, p-value, and p-value after Holm's adjustment; and the finding:
        inverted, within sampling error or insufficient data.
    """
    found = compare(characteristic, classes, rules)
    rows = [
        {"characteristic": classes.name, "period": found.periods[period]}
        | _side("safer", characteristic, found, (period, found.pairs[pair][0]))
        | _side("riskier", characteristic, found, (period, found.pairs[pair][1]))
        | {name: float(getattr(found, name)[period, pair]) for name in ("statistic", "p_value", "p_holm")}
        | {"finding": str(found.findings[period, pair])}
        for period, pair in np.argwhere(found.findings != KEPT)
    ]
    sides = [side + part for side in ("safer", "riskier") for part in ("", "_bad_rate", "_accounts", "_bads")]
    return pandas.DataFrame(rows, columns=["characteristic", "period", *sides, "statistic", "p_value", "p_holm", "finding"])


def rates(characteristic: Characteristic, classes: Classes, rules: Rules | None = None) -> pandas.DataFrame:
    """Return how often each bin goes bad in each period.

    Returns
    -------
    DataFrame
        One row a period and bin that has accounts: accounts, bads, bad rate (of accounts), and as finding the gravest of the
        bin and its neighbours. Without neighbours (special codes, missing) it is insufficient data or none.
    """
    found = compare(characteristic, classes, rules)
    rows = [
        _cell(characteristic, found, (period, place))
        for place in np.flatnonzero(found.accounts.sum(axis=0)).tolist()
        for period in range(len(found.periods))
    ]
    return pandas.DataFrame(rows)


def _cell(characteristic: Characteristic, found: Comparison, where: Pair) -> dict[str, Any]:
    return {
        "characteristic": characteristic.name, "bin": characteristic.bins[where[1]].label, "period": found.periods[where[0]],
        "accounts": int(found.accounts[where]), "bads": int(found.bads[where]), "bad_rate": _rate(found, where),
        "finding": _gravest(found, *where),
    }  # fmt: skip


def _plain(classes: Classes, cut: Partition) -> int:
    """Return how many bins of values there are, beside special codes and missing."""
    return len(cut.edges) + 1 if classes.kind == "numeric" else len(cut.groups)


def _pooled(whole: Classes, part: Classes, cut: Partition) -> Tally:
    """Return the tally per bin of a part of the counts; what joins another bin is counted there."""
    plain, labels = _plain(whole, cut), (*whole.special, "missing")
    policies = [cut.treatments.get(label, "") for label in labels]
    others = [
        holding(whole, cut, policy.removeprefix(JOIN)) if policy.startswith(JOIN) else plain + place
        for place, policy in enumerate(policies)
    ]
    home = np.append(assigned(whole, cut), others).astype(np.intp)
    every = Tally.joined([part.tally, *(part.special[label][1] for label in whole.special), part.missing])
    return every.grouped(home, plain + len(labels))


def _pairs(classes: Classes, cut: Partition, overall: Tally, rules: Rules) -> tuple[Pair, ...]:
    """Return neighbouring plain bins that have accounts, the one that is safer overall first."""
    rate = overall.bads / np.maximum(overall.accounts, 1)
    filled = np.flatnonzero(overall.accounts[: _plain(classes, cut)])
    if classes.kind == "categorical":
        filled = filled[np.argsort(_keys(cut, rules)[filled] if rules.order else rate[filled], kind="stable")]
    neighbours = pairwise(filled.tolist())
    return tuple(
        (one, other) if rate[one] < rate[other] else (other, one) for one, other in neighbours if rate[one] != rate[other]
    )


def _keys(cut: Partition, rules: Rules) -> Indices:
    """Return the place of each group's first level in the order of levels; what the order does not name comes last."""
    place = {level: number for number, level in enumerate(rules.order)}
    return np.array([min(place.get(level, len(place)) for level in group) for group in cut.groups], dtype=np.intp)


def _tested(accounts: Floats, bads: Floats) -> tuple[Floats, Floats]:
    """Return statistic and p-value of each comparison; sides are the second axis, the safer one first."""
    (first, second), (bad, other) = (np.moveaxis(side, 1, 0) for side in (accounts, bads))
    both, of_both = first + second, bad + other
    expected = np.minimum(first, second) * np.minimum(of_both, both - of_both) / np.maximum(both, 1)
    judged = expected >= MIN_EXPECTED
    first, second, bad, other, both, of_both = (each[judged] for each in (first, second, bad, other, both, of_both))
    rate = of_both / both
    statistic, p_value = np.full(judged.shape, np.nan), np.full(judged.shape, np.nan)
    statistic[judged] = (bad / first - other / second) / np.sqrt(rate * (1 - rate) * (1 / first + 1 / second))
    p_value[judged] = mid_p(bad, first, of_both, both)
    return statistic, p_value


def _side(side: str, characteristic: Characteristic, found: Comparison, where: Pair) -> dict[str, Any]:
    return {
        side: characteristic.bins[where[1]].label, f"{side}_bad_rate": _rate(found, where),
        f"{side}_accounts": int(found.accounts[where]), f"{side}_bads": int(found.bads[where]),
    }  # fmt: skip


def _rate(found: Comparison, where: Pair) -> float | None:
    accounts = found.accounts[where]
    return float(found.bads[where] / accounts) if accounts else None


def _gravest(found: Comparison, period: int, place: int) -> str | None:
    said = {str(found.findings[period, number]) for number, pair in enumerate(found.pairs) if place in pair}
    if not said and found.accounts[period, place] * found.least_rate < MIN_EXPECTED:
        return INSUFFICIENT
    return next((finding for finding in (INVERTED, INSUFFICIENT, WITHIN, KEPT) if finding in said), None)
