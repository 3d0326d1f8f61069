"""Edges that can be defended: the number with the fewest digits between two values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
FINEST = -15  # exponent of ten to which digits are tried
EXACT = 2.0**50  # whole numbers below, times a power of ten that is rounded, are still nearest to themselves
LARGEST = 308  # exponent of the largest power of ten in double precision


def readable(below: float, at: float) -> float:
    """Return the number with the fewest digits in (below, at]: it separates the same rows and can be defended.

    Examples
    --------
    >>> readable(49_873.52, 50_120.0)
    50000.0
    >>> readable(1.0, 2.0)
    2.0
    """
    for digits in range(int(_first(np.maximum(abs(below), abs(at)))), FINEST - 1, -1):
        step = 10.0**digits
        candidate = round(float(np.floor(at / step)) * step, max(-digits, 0))
        if below < candidate <= at:
            return candidate
    return at


def readables(below: Floats, at: Floats) -> Floats:
    """Return `readable` of many gaps at once, the same numbers.

    Parameters
    ----------
    below, at : arrays of shape (gaps,)

    Examples
    --------
    >>> readables(np.array([49_873.52, 1.0]), np.array([50_120.0, 2.0])).tolist()
    [50000.0, 2.0]
    """
    first = _first(np.maximum(np.abs(below), np.abs(at)))
    found, left = at.astype(np.float64), np.flatnonzero(first >= FINEST)
    for digits in range(int(first.max(initial=FINEST - 1)), FINEST - 1, -1):  # above a gap's own first, only 0 is found
        place = np.floor(at[left] / 10.0**digits)
        with np.errstate(over="ignore"):  # beyond the largest number is in no gap
            tried = place * 10.0**digits if digits >= 0 else place / 10.0**-digits
        held, exact = (below[left] < tried) & (tried <= at[left]), np.abs(place) < EXACT
        found[left[held & exact]] = tried[held & exact]
        for gap in left[~exact]:
            found[gap] = readable(float(below[gap]), float(at[gap]))
        left = left[exact & ~held]
    return found


def _first(size: Floats) -> npt.NDArray[np.intp]:
    """Return the exponent of the first power of ten above a size: larger ones hold no number but 0, which this one holds, too."""
    return np.asarray(np.minimum(np.floor(np.log10(np.maximum(size, 1e-300))) + 1, LARGEST)).astype(np.intp)
