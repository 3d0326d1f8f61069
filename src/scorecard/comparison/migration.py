"""Which grade would another model give? Its PDs on the scorecard's own scale, grade against grade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard.metrics import jeffreys_interval
from scorecard.model import Scorecard
from scorecard.strategy import Rows

Floats = npt.NDArray[np.float64]
Grades = npt.NDArray[np.intp]


def boundaries(card: Scorecard) -> Floats:
    """Return the PDs below which a customer is in each grade but the last, best first: those of the master scale.

    Where the scale states none, such as of an imported scorecard, a grade ends just above the PD of its lowest score.
    """
    found: list[float] = []
    for each in card.grades[:-1]:
        if each.upper_pd is not None:
            found.append(each.upper_pd)
        elif each.lower_score is not None:
            found.append(float(np.nextafter(card.pds(np.array([each.lower_score]))[2][0], np.inf)))
    return np.maximum.accumulate(np.array(found, dtype=float))


def graded(pd: Floats, upper: Floats) -> Grades:
    """Return the position of the grade that each PD is in, 0 the best, shape (rows,).

    Examples
    --------
    >>> graded(np.array([0.005, 0.01, 0.2]), np.array([0.01, 0.05])).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(upper, pd, side="right").astype(np.intp)


def highest_risks(risk: Floats, grade: Grades, grades: int) -> list[float]:
    """Return the highest risk in each grade but the last; that of a better one where a grade is empty, -inf where there is none.

    Examples
    --------
    >>> highest_risks(np.array([1.0, 2.0, 3.0]), np.array([0, 0, 2]), 3)
    [2.0, 2.0]
    """
    ends = np.full(grades, -np.inf)
    np.maximum.at(ends, grade, risk)
    return [float(end) for end in np.maximum.accumulate(ends)[:-1]]


def migration(rows: Rows, before: Grades, after: Grades, names: Sequence[str], model: str) -> dict[str, Any]:
    """Return how another model moves customers between grades, and whether those it moves deserve it.

    Parameters
    ----------
    rows : Rows
    before, after : int arrays of shape (rows,)
        Grades of the scorecard and of the other model, 0 the best.
    names : sequence of str
        Of the grades.
    model : str
        The other one.

    Returns
    -------
    dict
        ``model``, ``sample``, ``grades``, ``counts`` (rows of the matrix: the scorecard's grade); ``agreement`` (share in the same grade),
        ``within_one``, ``notches`` (mean move, positive is worse) and ``kappa`` (Cohen's, weighted by squared distance; None where
        all are in one grade); and ``moved``: for better, same and worse the ``rows``, ``share``, ``bad_rate`` with Jeffreys interval, and ``expected``,
        the mean PD that the scorecard gave them.

    References
    ----------
    Cohen (1968), Weighted kappa, Psychological Bulletin 70.
    """
    size = len(names)
    counts = np.bincount(before * size + after, minlength=size * size).reshape(size, size)
    worth = np.bincount(before * size + after, rows.units, minlength=size * size).reshape(size, size)
    share, step = worth / worth.sum(), np.arange(size)[None, :] - np.arange(size)[:, None]
    chance = float((np.outer(share.sum(axis=1), share.sum(axis=0)) * step**2).sum())
    moves = after - before
    groups = {"better": moves < 0, "same": moves == 0, "worse": moves > 0}
    return {
        "model": model, "sample": rows.sample, "grades": list(names), "counts": counts.tolist(), "agreement": float(share[step == 0].sum()),
        "within_one": float(share[np.abs(step) <= 1].sum()), "notches": float((share * step).sum()),
        "kappa": 1 - float((share * step**2).sum()) / chance if chance > 0 else None,
        "moved": [{"move": name} | _group(rows, chosen) for name, chosen in groups.items()],
    }  # fmt: skip


def _group(rows: Rows, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
    units = rows.units[chosen]
    held, bads = float(units.sum()), float(units @ rows.bad[chosen])
    low, high = jeffreys_interval(bads, held) if held else (None, None)
    return {"rows": int(chosen.sum()), "share": held / float(rows.units.sum()), "bad_rate": bads / held if held else None, "bad_rate_low": low,
            "bad_rate_high": high, "expected": float(units @ rows.reference.pd[chosen] / held) if held else None}  # fmt: skip
