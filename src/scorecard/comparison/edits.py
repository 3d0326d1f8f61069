"""What an edit of bins brings: two versions of a scorecard on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard import metrics
from scorecard.errors import EvidenceError
from scorecard.settings import Cutoff
from scorecard.strategy import at_rate, cut_off

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
RANKING = ("auc_before", "auc_after", "difference", "difference_low", "difference_high", "p_value")
SWAP = ("rows", "bads", "bad_rate")


@dataclass(frozen=True)
class Version:
    """A scorecard before or after a change of its bins.

    Attributes
    ----------
    iv : float or None
        Of the characteristic that changes; None where it has no bins.
    total_iv : float
        Of all characteristics with bins.
    inversions : int or None
        Neighbouring bins of the characteristic that change places in a period beyond sampling error; None without periods.
    characteristics : int
        In the scorecard.
    score : array of shape (rows,) or None
        Of the rows it is judged on; None where no scorecard came about.
    """

    iv: float | None
    total_iv: float
    inversions: int | None
    characteristics: int
    score: Floats | None


def impact(before: Version, after: Version, bad: npt.NDArray[np.int64], cutoff: Cutoff) -> dict[str, Any]:
    """Return what a change of bins brings: information value, order of risk, moved points and swapped decisions.

    Parameters
    ----------
    before, after : Version
        Scored on the same rows.
    bad : array of shape (rows,)
    cutoff : Cutoff
        The rule of `before`; `after` approves at the score that comes nearest to the same approval rate.

    Returns
    -------
    dict
        ``*_before`` and ``*_after`` of the figures of `Version` and of the AUC; the AUC's paired ``difference`` (after less before)
        with its 95 % interval and p-value; ``moved_share`` of the rows and ``mean_move`` in points; ``swapped_in_*`` (approved
        after, not before) and ``swapped_out_*``, with the bad rate these rows turned out to have. None where there is no
        answer: no scorecard, too few bads, or no cut-off.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44; Siddiqi (2017), chapter 12, on swap sets at equal approval rate.
    """
    sides = {"before": before, "after": after}
    figures = {
        f"{name}_{when}": getattr(side, name)
        for name in ("iv", "total_iv", "inversions", "characteristics")
        for when, side in sides.items()
    }
    return (
        figures
        | _ranking(bad, before.score, after.score)
        | _moves(before.score, after.score)
        | _swap(bad, before.score, after.score, cutoff)
    )


def _ranking(bad: npt.NDArray[np.int64], before: Floats | None, after: Floats | None) -> dict[str, float | None]:
    told: dict[str, float | None] = dict.fromkeys(RANKING)
    try:
        told |= {
            name: metrics.auc(bad, -score) for name, score in zip(RANKING, (before, after), strict=False) if score is not None
        }
        if before is not None and after is not None:
            paired = metrics.delong_paired(bad, -after, -before)
            told |= dict(zip(RANKING[2:], (paired.difference, *paired.interval, paired.p_value), strict=True))
    except EvidenceError:  # too few goods or bads among the rows: what could be told stands
        pass
    return told


def _moves(before: Floats | None, after: Floats | None) -> dict[str, float | None]:
    if before is None or after is None:
        return {"moved_share": None, "mean_move": None}
    move = np.abs(after - before)
    return {"moved_share": float((move > 0).mean()), "mean_move": float(move.mean())}


def _swap(bad: npt.NDArray[np.int64], before: Floats | None, after: Floats | None, cutoff: Cutoff) -> dict[str, Any]:
    """Return who is approved by one side only; a score is approved whole, so the rates are equal to a score's share of rows."""
    names = [f"swapped_{way}_{name}" for way in ("in", "out") for name in SWAP]
    told: dict[str, Any] = dict.fromkeys(["approval_rate_before", "approval_rate_after", "cutoff_before", "cutoff_after", *names])
    at = None if before is None else cut_off(before, cutoff)
    if before is None or after is None or at is None:
        return told
    was = before >= at
    at_after = at_rate(after, float(was.mean()))
    now = after >= at_after
    told |= {
        "approval_rate_before": float(was.mean()),
        "approval_rate_after": float(now.mean()),
        "cutoff_before": at,
        "cutoff_after": at_after,
    }
    return told | _group(bad, now & ~was, "in") | _group(bad, was & ~now, "out")


def _group(bad: npt.NDArray[np.int64], rows: Flags, way: str) -> dict[str, Any]:
    count, bads = int(rows.sum()), int(bad[rows].sum())
    return {
        f"swapped_{way}_{name}": value for name, value in zip(SWAP, (count, bads, bads / count if count else None), strict=True)
    }
