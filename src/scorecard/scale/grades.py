"""Grades are score bands: which one a score is in, and how well they separate and spread accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard.errors import DataError, EvidenceError
from scorecard.metrics import herfindahl, holm

PROVISIONAL_SHARES = (0.05, 0.20, 0.40, 0.60, 0.80, 0.95)  # convention: seven bell-shaped grades until a scale is calibrated
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grade:
    """A score band `[lower_score, upper_score)`; None is unbounded.

    Attributes
    ----------
    name : str
    lower_score, upper_score : float or None
    pd : float
        The mean PD of development in it.
    count, bads : int
        Accounts of development, each as one whatever its weight.
    lower_pd, upper_pd : float or None
        The band `[lower_pd, upper_pd)` of PDs that the master scale states; both None where it states none.
    """

    name: str
    lower_score: float | None
    upper_score: float | None
    pd: float
    count: int
    bads: int
    lower_pd: float | None = None
    upper_pd: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Quality:
    """How well grades separate and spread accounts.

    Attributes
    ----------
    monotone : bool
        No grade has a lower default rate than a better one.
    inversions, beyond_chance : int
        Neighbours out of order, and those of them that are so beyond chance.
    squared_shares : float
        The Herfindahl index: sum of the squared shares of accounts, from 1 / grades up to 1.
    herfindahl : float
        The same between 0, evenly spread, and 1, everybody in one grade.
    largest_share : float
        Of the accounts, in the largest grade.
    """

    monotone: bool
    inversions: int
    beyond_chance: int
    squared_shares: float
    herfindahl: float
    largest_share: float


def assign(score: Floats, grades: Sequence[Grade]) -> npt.NDArray[np.intp]:
    """Return each score's position in `grades` (0 is the best), shape (rows,).

    Raises
    ------
    DataError
        Where a score is missing.
    """
    if np.isnan(score).any():
        raise DataError(f"A score is missing in {int(np.isnan(score).sum())} rows; expected one in each. Score the rows again.")
    lowers = np.array([grade.lower_score for grade in reversed(grades) if grade.lower_score is not None])
    return len(grades) - 1 - np.searchsorted(lowers, score, side="right").astype(np.intp)


def counted(grades: Sequence[Grade], score: Floats, bad: Ints) -> tuple[Grade, ...]:
    """Return the grades with the accounts and bads of another sample; bands and PDs stay.

    Parameters
    ----------
    grades : sequence of Grade
    score, bad : arrays of shape (rows,)
    """
    place = assign(score, grades)
    counts = np.bincount(place, minlength=len(grades))
    bads = np.bincount(place[np.asarray(bad) == 1], minlength=len(grades))
    return tuple(replace(each, count=int(n), bads=int(d)) for each, n, d in zip(grades, counts, bads, strict=True))


def quality(grades: Sequence[Grade], level: float = 0.05) -> Quality:
    """Return how well the grades separate and spread the accounts counted in them.

    Parameters
    ----------
    grades : sequence of Grade
        Best first; for another sample than development as `counted` returns them.
    level : float
        Neighbours are out of order beyond chance where Fisher's exact test, one-sided and adjusted for all neighbours
        (Holm), has a p-value of at most this.

    Raises
    ------
    EvidenceError
        Where the grades have no accounts.

    References
    ----------
    ECB (2019), Instructions for reporting the validation results of internal models, 2.5.5.3 (Herfindahl index); Fisher
    (1922), Journal of the Royal Statistical Society 85; Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> found = quality([Grade("A", 600.0, None, 0.01, 50, 1), Grade("B", None, 600.0, 0.1, 50, 5)])
    >>> found.monotone, found.squared_shares, round(found.herfindahl, 12), found.largest_share
    (True, 0.5, 0.0, 0.5)
    """
    from scipy.stats import hypergeom  # noqa: PLC0415  its import takes half a second, which most commands can do without

    counts, bads = (np.array([getattr(each, name) for each in grades]) for name in ("count", "bads"))
    if not counts.sum() > 0:
        raise EvidenceError("The grades have no accounts; their quality needs some. Widen the sample.")
    held = counts > 0
    n, d = counts[held], bads[held]
    rates, shares = d / n, counts / counts.sum()
    p_values = hypergeom.cdf(d[1:], n[1:] + n[:-1], d[1:] + d[:-1], n[1:])
    falls = np.diff(rates) < 0
    return Quality(
        monotone=not falls.any(),
        inversions=int(falls.sum()),
        beyond_chance=int((falls & (holm(p_values) <= level)).sum()),
        squared_shares=float((shares**2).sum()),
        herfindahl=herfindahl(counts) if len(counts) > 1 else 1.0,
        largest_share=float(shares.max()),
    )


def provisional(score: Floats, pd: Floats, bad: Ints) -> tuple[Grade, ...]:
    """Cut the development scores into up to seven grades, A (best) to G; equal boundaries merge.

    Parameters
    ----------
    score, pd, bad : arrays of shape (rows,)
    """
    cuts = np.unique(np.quantile(score, PROVISIONAL_SHARES, method="higher"))
    cuts = cuts[(cuts > score.min()) & (cuts <= score.max())]
    band = np.searchsorted(cuts, score, side="right")
    lowers, uppers = [None, *map(float, cuts)], [*map(float, cuts), None]
    grades = []
    for position, (lower, upper) in enumerate(zip(lowers, uppers, strict=True)):
        inside = band == position
        name = LETTERS[len(cuts) - position]
        grades.append(Grade(name, lower, upper, float(pd[inside].mean()), int(inside.sum()), int(bad[inside].sum())))
    return tuple(reversed(grades))
