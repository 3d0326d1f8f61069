"""Grades: score bands on a master scale, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PROVISIONAL_SHARES = (0.05, 0.20, 0.40, 0.60, 0.80, 0.95)  # convention: seven bell-shaped grades until a scale is calibrated


@dataclass(frozen=True)
class Grade:
    """A score band `[lower_score, upper_score)`; None is unbounded. `pd` is the mean PD of development in it."""

    name: str
    lower_score: float | None
    upper_score: float | None
    pd: float
    count: int
    bads: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)


def provisional(score: Floats, pd: Floats, bad: npt.NDArray[np.int64]) -> tuple[Grade, ...]:
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
        name = "ABCDEFG"[len(cuts) - position]
        grades.append(Grade(name, lower, upper, float(pd[inside].mean()), int(inside.sum()), int(bad[inside].sum())))
    return tuple(reversed(grades))


def assign(score: Floats, grades: Sequence[Grade]) -> npt.NDArray[np.intp]:
    """Return each score's position in `grades` (0 is the best), shape (rows,)."""
    lowers = np.array([grade.lower_score for grade in reversed(grades) if grade.lower_score is not None])
    return len(grades) - 1 - np.searchsorted(lowers, score, side="right").astype(np.intp)
