"""Build a master scale: state PD boundaries, merge what cannot stand alone, and find the scores where grades begin."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.scale.grades import LETTERS, Floats, Grade, Ints

TAILS = (0.01, 0.99)  # convention: shares of accounts between whose PDs geometric grades are spread
DIGITS = 4  # significant digits of a geometric boundary, so that people can state it
WIDEST = 100  # ratio of two boundaries; wider grades tell nobody apart
PdOf = Callable[[Floats], Floats]
Reason = Literal["accounts", "bads", "order"]


@dataclass(frozen=True)
class Rules:
    """How a master scale is built.

    Attributes
    ----------
    boundaries : tuple of float
        PDs in (0, 1), ascending, at most 25; empty for a geometric scale.
    grades : int
        Geometric: how many, 2 to 26.
    ratio : float or None
        Geometric: the PD of a boundary per that of the next better one, above 1 and at most 100; None spreads the grades
        between the 1 % and the 99 % quantile of the final PD. Either way the scale is centred between these two on the
        logarithmic scale.
    min_accounts, min_bads : int
        A grade with fewer merges with a neighbour; at least 1 and 0.

    Examples
    --------
    >>> Rules(boundaries=(0.01, 0.05)).named(2)
    'C'
    """

    boundaries: tuple[float, ...] = ()
    grades: int = 7
    ratio: float | None = None
    min_accounts: int = 30
    min_bads: int = 5

    def __post_init__(self) -> None:
        ends = np.array([0.0, *self.boundaries, 1.0])
        if not (np.diff(ends) > 0).all() or len(self.boundaries) >= len(LETTERS):
            raise SettingsError(
                f"boundaries = {list(self.boundaries)}; expected at most {len(LETTERS) - 1} PDs between 0 and 1, ascending. "
                "Change the setting."
            )
        if not 2 <= self.grades <= len(LETTERS):  # noqa: PLR2004
            raise SettingsError(f"grades = {self.grades}; expected 2 to {len(LETTERS)}. Change the setting.")
        if self.ratio is not None and not 1 < self.ratio <= WIDEST:
            raise SettingsError(f"ratio = {self.ratio}; expected a number above 1 and at most {WIDEST}. Change the setting.")
        if self.min_accounts < 1 or self.min_bads < 0:
            raise SettingsError(
                f"min_accounts = {self.min_accounts} and min_bads = {self.min_bads}; expected at least 1 and 0. Change the setting."
            )

    @staticmethod
    def named(index: int) -> str:
        """Return the name of a grade, 0 the best."""
        return LETTERS[index]


@dataclass(frozen=True)
class Merged:
    """A boundary that the scale gave up, because a grade beside it could not stand alone.

    Attributes
    ----------
    pd : float
        The boundary.
    reason : str
        ``accounts`` or ``bads``: too few in the grade; ``order``: its default rate was below that of the better one.
    accounts, bads : int
        Of that grade.
    """

    pd: float
    reason: Reason
    accounts: int
    bads: int


@dataclass(frozen=True)
class Scale:
    """A master scale: its grades, best first, and the boundaries it gave up, in the order it did."""

    grades: tuple[Grade, ...]
    merged: tuple[Merged, ...] = ()


class _Rows(NamedTuple):
    score: Floats
    bad: Floats
    weight: Floats
    pd: Floats


def master(score: Floats, bad: Ints, pd_of: PdOf, rules: Rules, decimals: int = 0, weight: Floats | None = None) -> Scale:
    """Build a master scale on a sample.

    Parameters
    ----------
    score, bad : arrays of shape (rows,)
        Points, and 1 bad, 0 good.
    pd_of : callable
        The final PD of scores; it must not rise with the score.
    rules : Rules
    decimals : int
        The scores are whole multiples of 10 ** -decimals.
    weight : array of shape (rows,), optional
        Default rates, quantiles and mean PDs are weighted; accounts and bads are counted.

    Returns
    -------
    Scale
        Every grade has at least `min_accounts` and `min_bads`, and no lower default rate than a better one. One that would
        have too few merges with the smaller of its neighbours, the worse where they are equal; then violators of the
        order are pooled.

    Raises
    ------
    DataError
        Where lengths differ, a score is off the grid, an outcome is neither 0 nor 1, a weight is negative, or PDs rise with
        the score or are not in (0, 1).
    EvidenceError
        Where all rows together have too few accounts or bads for one grade.

    References
    ----------
    Basel Committee (2006), International Convergence of Capital Measurement and Capital Standards, paragraphs 403-404;
    Ayer, Brunk, Ewing, Reid & Silverman (1955), Annals of Mathematical Statistics 26 (pooling).

    Examples
    --------
    >>> score = np.repeat([500.0, 560.0, 620.0], 100)
    >>> bad = np.tile(np.arange(100), 3) < np.repeat([30, 12, 2], 100)
    >>> made = master(score, bad, lambda score: 1 / (1 + np.exp((score - 470) / 30)), Rules(boundaries=(0.01, 0.1)))
    >>> [(each.name, each.lower_score, each.upper_score, each.count, each.bads) for each in made.grades]
    [('A', 536.0, None, 200, 14), ('B', None, 536.0, 100, 30)]
    >>> made.merged
    (Merged(pd=0.01, reason='bads', accounts=100, bads=2),)
    """
    rows = _rows(score, bad, weight, pd_of, decimals)
    stated = np.array(rules.boundaries or _geometric(rows, rules))
    band = np.searchsorted(stated, rows.pd, side="right")
    kept, merged = _merge(stated, _tally(band, rows, stated.size + 1), rules)
    cuts = [_cut(each, rows, pd_of, 10**decimals) for each in kept]
    return Scale(_grades(cuts, kept, rows), merged)


def _geometric(rows: _Rows, rules: Rules) -> list[float]:
    """Boundaries of equal ratio, as many to each side of the middle of the PDs."""
    low, high = np.quantile(rows.pd, TAILS, method="inverted_cdf", weights=rows.weight)
    ratio = rules.ratio or (high / low) ** (1 / rules.grades)
    powers = np.arange(1, rules.grades) - rules.grades / 2
    rounded = {float(f"{each:.{DIGITS}g}") for each in np.sqrt(low * high) * ratio**powers}
    return sorted(each for each in rounded if 0 < each < 1)


def _tally(band: npt.NDArray[np.intp], rows: _Rows, bands: int) -> Floats:
    """Accounts, bads, and the weights of both in each band, shape (bands, 4)."""
    columns = np.ones(band.size), rows.bad, rows.weight, rows.weight * rows.bad
    return np.column_stack([np.bincount(band, each, minlength=bands) for each in columns])


def _merge(boundaries: Floats, bands: Floats, rules: Rules) -> tuple[list[float], tuple[Merged, ...]]:
    kept, merged = [float(each) for each in boundaries], []
    weak = _weakest(bands, rules)
    while weak and kept:
        place, at, reason = weak
        merged.append(Merged(kept.pop(at), reason, int(bands[place, 0]), int(bands[place, 1])))
        bands = np.vstack([bands[:at], bands[at] + bands[at + 1], bands[at + 2 :]])
        weak = _weakest(bands, rules)
    if weak:
        accounts, bads = bands[0, :2].astype(int)
        raise EvidenceError(
            f"The sample has {accounts} accounts with {bads} bads; one grade needs {rules.min_accounts} and {rules.min_bads}. "
            "Widen the sample, or lower min_accounts and min_bads."
        )
    return kept, tuple(merged)


def _weakest(bands: Floats, rules: Rules) -> tuple[int, int, Reason] | None:
    """Return the grade that cannot stand alone, the boundary it gives up, and why."""
    few: tuple[tuple[Reason, int], ...] = (("accounts", rules.min_accounts), ("bads", rules.min_bads))
    for column, (reason, least) in enumerate(few):
        place = int(bands[:, column].argmin())
        if bands[place, column] < least:
            return place, _smaller_side(bands[:, 0], place), reason
    rates = bands[:, 3] / bands[:, 2]
    falls = np.flatnonzero(np.diff(rates) < 0)
    return (int(falls[0]) + 1, int(falls[0]), "order") if falls.size else None


def _smaller_side(accounts: Floats, place: int) -> int:
    """Return the boundary towards the neighbour with fewer accounts, the worse one where they are equal."""
    better = accounts[place - 1] if place > 0 else np.inf
    worse = accounts[place + 1] if place + 1 < accounts.size else np.inf
    return place - 1 if better < worse else place


def _cut(boundary: float, rows: _Rows, pd_of: PdOf, unit: int) -> float:
    """Return the smallest score on the grid whose PD lies below the boundary; some rows are on either side."""
    below = rows.pd < boundary
    worse, better = rows.score[~below].max(), rows.score[below].min()
    steps = range(round(float(worse) * unit) + 1, round(float(better) * unit) + 1)
    return steps[bisect_left(steps, True, key=lambda step: bool(pd_of(np.array([step / unit]))[0] < boundary))] / unit


def _grades(cuts: list[float], boundaries: list[float], rows: _Rows) -> tuple[Grade, ...]:
    band = len(cuts) - np.searchsorted(cuts[::-1], rows.score, side="right")
    lows, highs = [None, *boundaries], [*boundaries, None]
    grades = []
    for place, (lower, upper) in enumerate(zip([*cuts, None], [None, *cuts], strict=True)):
        inside = band == place
        pd = rows.pd[inside]
        mean = float(np.clip(np.average(pd, weights=rows.weight[inside]), pd.min(), pd.max()))
        counts = int(inside.sum()), int(rows.bad[inside].sum())
        grades.append(Grade(Rules.named(place), lower, upper, mean, *counts, lows[place], highs[place]))
    return tuple(grades)


def _rows(score: Floats, bad: Ints, weight: Floats | None, pd_of: PdOf, decimals: int) -> _Rows:
    points, outcome = np.asarray(score, dtype=np.float64), np.asarray(bad, dtype=np.float64)
    weights = np.ones(points.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if not points.shape == outcome.shape == weights.shape:
        raise DataError(
            f"score has shape {points.shape}, bad {outcome.shape} and weight {weights.shape}; expected equal lengths. Pass columns of one table."
        )
    if not (np.isin(outcome, (0, 1)).all() and (weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise DataError(
            "An outcome is neither 0 nor 1, a weight missing or negative, or no account has one; expected 1 for bad, 0 for good. Mend the rows."
        )
    if not (np.isfinite(points).all() and (np.rint(points * 10**decimals) / 10**decimals == points).all()):
        raise DataError(
            f"A score is missing or has more than {decimals} decimals; expected rounded scores. Pass the scale's decimals."
        )
    held = weights > 0
    return _Rows(points[held], outcome[held], weights[held], _pds(points[held], pd_of))


def _pds(score: Floats, pd_of: PdOf) -> Floats:
    scores, place = np.unique(score, return_inverse=True)
    pd = pd_of(scores)
    if not ((pd > 0) & (pd < 1)).all() or (np.diff(pd) > 0).any():
        raise DataError(
            "A PD is not between 0 and 1, or rises with the score; expected safer scores to have lower ones. Calibrate again."
        )
    return pd[place]
