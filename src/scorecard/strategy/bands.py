"""What a cut-off would do: volume and bad rate by score band, of everybody at or above it, and what each tenth of the customers catches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

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


def gains(score: npt.NDArray[np.float64], bad: npt.NDArray[np.int64], parts: int = 10) -> pandas.DataFrame:
    """Return what equal parts of the customers, worst scores first, hold of all bads; equal scores stay together.

    Parameters
    ----------
    score, bad : arrays of shape (rows,)
    parts : int

    Returns
    -------
    DataFrame
        ``part``, ``lowest_score``, ``highest_score``, ``rows``, ``goods``, ``bads``, ``bad_rate``; ``cumulative_share`` of
        the rows, ``bads_caught_share`` and ``goods_lost_share`` of those up to this part, their distance ``ks``, and ``lift``:
        the bad rate up to this part over that of all.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 11, gains tables.
    """
    edges = np.unique(np.quantile(score, np.arange(1, parts) / parts, method="inverted_cdf"))
    part = np.unique(np.searchsorted(edges, score, side="left"), return_inverse=True)[1]
    frame = pandas.DataFrame({"part": part + 1, "score": score, "bad": bad})
    found = frame.groupby("part", as_index=False).agg(
        lowest_score=("score", "min"), highest_score=("score", "max"), rows=("bad", "size"), bads=("bad", "sum")
    )
    rows, bads = found["rows"].cumsum(), found["bads"].cumsum()
    goods, all_bads = rows - bads, float(bads.iloc[-1])
    all_goods = float(goods.iloc[-1])
    found.insert(4, "goods", found["rows"] - found["bads"])
    caught, lost = bads / all_bads, goods / all_goods
    return found.assign(
        bad_rate=found["bads"] / found["rows"], cumulative_share=rows / len(score), bads_caught_share=caught,
        goods_lost_share=lost, ks=caught - lost, lift=(bads / rows) / (all_bads / len(score)),
    )  # fmt: skip
