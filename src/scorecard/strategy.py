"""What a cut-off would do: volume and bad rate by score band, and of everybody at or above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard.scale import Grade


def bands(grade: npt.NDArray[np.intp], bad: npt.NDArray[np.int64], grades: Sequence[Grade]) -> list[dict[str, Any]]:
    """Return, best band first, its rows and bad rate, and what approving it and all better ones would give.

    Parameters
    ----------
    grade, bad : arrays of shape (rows,)
    grades : sequence of Grade
    """
    rows = np.bincount(grade, minlength=len(grades))
    bads = np.bincount(grade, weights=bad, minlength=len(grades)).astype(int)
    approved, lost = rows.cumsum(), bads.cumsum()
    found: list[dict[str, Any]] = []
    for position, each in enumerate(grades):
        count = int(rows[position])
        found.append({
            "band": each.name, "from_score": each.lower_score, "rows": count, "goods": count - int(bads[position]), "bads": int(bads[position]),
            "bad_rate": float(bads[position] / count) if count else None, "approval_rate": float(approved[position] / rows.sum()),
            "bad_rate_approved": float(lost[position] / approved[position]) if approved[position] else None,
        })  # fmt: skip
    return found
