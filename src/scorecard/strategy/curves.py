"""Every cut-off at once: approval rate against bad rate and profit, with bands, and the most profitable cut-off."""

from __future__ import annotations

from typing import Any

import numpy as np

from scorecard.metrics.resamples import percentile
from scorecard.strategy.book import LEVEL, Book, Part
from scorecard.strategy.economics import Economics
from scorecard.strategy.rows import Floats


def curve(book: Book, economics: Economics) -> list[dict[str, Any]]:
    """Return what approving ever more customers, the safest first, comes to; those that a rule declines stay out.

    Parameters
    ----------
    book : Book
    economics : Economics

    Returns
    -------
    list of dict
        A row per cut-off from nobody on: ``approval_rate`` of all applicants, ``bad_rate`` of those approved, and ``profit`` as a share of
        the exposure of all applicants, with pointwise 95 % bootstrap bands ``*_low`` and ``*_high``; None where it is not known.
    """
    part = book.cumulative()
    rate = (part.goods + part.bads)[0] / part.everybody[0]
    bad_rate = np.divide(
        part.bads, part.goods + part.bads, out=np.full(part.bads.shape, np.nan), where=part.goods + part.bads > 0
    )
    bands = {"bad_rate": bad_rate, "profit": _profit(part, economics)}
    found: list[dict[str, Any]] = [
        {"model": book.model, "limit": None, "approval_rate": 0.0} | _nobody(bands["profit"] is not None)
    ]
    for place, limit in enumerate([*book.edges.tolist(), None]):
        row: dict[str, Any] = {"model": book.model, "limit": limit, "approval_rate": float(rate[place])}
        for name, sums in bands.items():
            row |= _band(name, None if sums is None else sums[:, place])
        found.append(row)
    return found


def best(book: Book, economics: Economics) -> dict[str, Any] | None:
    """Return the most profitable cut-off: its risk, approval rate and profit, and between which approval rates it lies in 95 of 100 resamples.

    Returns
    -------
    dict or None
        ``limit``, ``approval_rate``, ``approval_rate_low``, ``approval_rate_high``, ``profit`` (a share of the exposure of all
        applicants; that of the sample itself, so a little too good). None where margin or loss is not known.
    """
    part = book.cumulative()
    profit = _profit(part, economics)
    if profit is None:
        return None
    rate = (part.goods + part.bads) / part.everybody
    at = np.where(profit.max(axis=1) > 0, profit.argmax(axis=1), -1)  # -1 approves nobody
    reached = np.where(at >= 0, rate[np.arange(len(at)), at], 0.0)
    low, high = percentile(reached[1:], LEVEL) if len(at) > 1 else (None, None)
    limits = [*book.edges.tolist(), None]
    return {
        "model": book.model, "limit": limits[at[0]] if at[0] >= 0 else None, "nobody": bool(at[0] < 0), "approval_rate": float(reached[0]),
        "approval_rate_low": None if low is None else float(low), "approval_rate_high": None if high is None else float(high),
        "profit": max(0.0, float(profit[0].max())),
    }  # fmt: skip


def _profit(part: Part, economics: Economics) -> Floats | None:
    earned = economics.profit(part.good_exposure, part.bad_exposure)
    return None if earned is None else earned / part.all_exposure


def _nobody(known: bool) -> dict[str, Any]:
    zero = 0.0 if known else None
    return dict.fromkeys(("bad_rate", "bad_rate_low", "bad_rate_high")) | dict.fromkeys(
        ("profit", "profit_low", "profit_high"), zero
    )


def _band(name: str, sums: Floats | None) -> dict[str, float | None]:
    """Return a figure with the ends of its band; where some resample has no such figure, without."""
    if sums is None or np.isnan(sums[0]):
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"))
    known = len(sums) > 1 and not np.isnan(sums[1:]).any()
    low, high = percentile(sums[1:], LEVEL) if known else (None, None)
    return {
        name: float(sums[0]),
        f"{name}_low": None if low is None else float(low),
        f"{name}_high": None if high is None else float(high),
    }
