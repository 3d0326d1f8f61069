"""Who comes in and who goes out when one model decides instead of another, and what those customers are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr
from scipy.stats import fisher_exact

from scorecard.metrics import holm, jeffreys_interval
from scorecard.strategy.choosing import Plan
from scorecard.strategy.cutting import at_bad_rate
from scorecard.strategy.economics import Economics
from scorecard.strategy.rows import Flags, Floats, Rows

SMALL = 5.0  # expected customers of a cell: below it Fisher's exact test, above it the normal one (Cochran 1954)
GROUPS = ("both", "out", "in", "neither")


def at_equal_rate(made: Plan, before: str, after: str) -> tuple[Flags, Flags]:
    """Return who two models approve where both approve as many."""
    return made.approved(before), made.approved(after)


def at_equal_bad_rate(made: Plan, before: str, after: str) -> tuple[Flags, Flags]:
    """Return who two models approve where the second takes as many as it can at no higher bad rate than the first."""
    rows, eligible, was = made.rows, ~made.knocked, made.approved(before)
    if not was.any():
        return was, np.zeros(rows.n, dtype=bool)
    rate = float(rows.units[was] @ rows.bad[was] / rows.units[was].sum())
    risk = rows.models[after].risk
    cut = at_bad_rate(-risk[eligible], rows.bad[eligible], rate, rows.units[eligible])
    return was, np.asarray(eligible & (-risk >= cut))


def swap_set(rows: Rows, sides: tuple[str, Flags], others: tuple[str, Flags], economics: Economics) -> dict[str, Any]:
    """Return the four groups of two decisions, and whether those who come in are better than those who go out.

    Parameters
    ----------
    rows : Rows
        Their outcomes are known: nothing is inferred.
    sides, others : (model, bool array of shape (rows,))
        Who is approved before, and after.
    economics : Economics

    Returns
    -------
    dict
        ``before``, ``after``; ``groups``: for both, out (approved before only), in (after only) and neither the ``rows``, ``share``,
        ``bads``, ``bad_rate`` with Jeffreys interval, ``exposure``, ``expected_loss`` by the PDs of either model, ``loss`` and ``profit`` as they turned out;
        ``approval_rate`` and ``bad_rate`` before and after; ``difference`` of the bad rates of in and out with ``p_value`` (two-sided, Fisher's
        exact test where a cell expects fewer than five, else normal).

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 12.
    """
    (before, was), (after, now) = sides, others
    masks = {"both": was & now, "out": was & ~now, "in": now & ~was, "neither": ~was & ~now}
    groups = [{"group": name} | _figures(rows, mask, (before, after), economics) for name, mask in masks.items()]
    rates = {
        f"{name}_{when}": value for when, mask in (("before", was), ("after", now)) for name, value in _rates(rows, mask).items()
    }
    entered, left = (_counts(rows, masks[name]) for name in ("in", "out"))
    known = entered[1] > 0 and left[1] > 0
    difference = entered[0] / entered[1] - left[0] / left[1] if known else None
    return {"before": before, "after": after, "groups": groups, **rates, "difference": difference,
            "p_value": two_shares(entered, left) if known else None}  # fmt: skip


def profile(
    rows: Rows,
    sides: tuple[str, Flags],
    others: tuple[str, Flags],
    economics: Economics,
    codes: Mapping[str, npt.NDArray[np.int_]],
    names: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """Return which answers those who come in give more often than those who go out, and what such customers are worth.

    Parameters
    ----------
    rows : Rows
    sides, others : (model, bool array of shape (rows,))
        Who is approved before, and after.
    economics : Economics
    codes : mapping of characteristic to int array of shape (rows,)
        The bin of each row; below 0 is left out.
    names : mapping of characteristic to names of its bins

    Returns
    -------
    list of dict
        A row per bin that anybody is in: ``characteristic``, ``bin``; for those who come in and those who go out ``in_*`` and ``out_*``
        the ``rows``, ``share``, ``bad_rate``, ``exposure`` and ``expected_loss`` (by the model that approves them); ``difference`` of the
        shares, ``p_value`` (two-sided) and ``p_holm``, adjusted for all bins of all characteristics. Shares and rates are of
        effective numbers where rows are weighted; None where one side is empty.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6.
    """
    (before, was), (after, now) = sides, others
    groups = {"in": (now & ~was, after), "out": (was & ~now, before)}
    found = []
    for characteristic, code in codes.items():
        size = len(names[characteristic])
        of = {side: _by_bin(rows, chosen & (code >= 0), code, size, model, economics) for side, (chosen, model) in groups.items()}
        for place in np.flatnonzero(of["in"]["rows"] + of["out"]["rows"]).tolist():
            found.append({"characteristic": characteristic, "bin": names[characteristic][place]} | _compared(of, place))
    known = [row for row in found if row["p_value"] is not None]
    for row, adjusted in zip(known, holm([row["p_value"] for row in known]).tolist(), strict=True):
        row["p_holm"] = adjusted
    return found


def two_shares(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the two-sided p-value of two shares being equal, each given as count and total.

    References
    ----------
    Fisher (1922), Journal of the Royal Statistical Society 85; Cochran (1954), Biometrics 10, on when the normal one will do.

    Examples
    --------
    >>> round(two_shares((48, 80), (12, 40)), 10), round(two_shares((0, 4), (4, 4)), 6)
    (0.0019457737, 0.028571)
    """
    (a, n), (b, m) = one, other
    pooled = (a + b) / (n + m)
    if min(n, m) * min(pooled, 1 - pooled) < SMALL:
        table = [[round(a), round(n) - round(a)], [round(b), round(m) - round(b)]]
        return float(fisher_exact(table).pvalue)
    z = (a / n - b / m) / sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(2 * ndtr(-abs(z)))


def _by_bin(
    rows: Rows, chosen: Flags, code: npt.NDArray[np.int_], size: int, model: str, economics: Economics
) -> dict[str, Floats]:
    """Return sums over chosen rows by bin: rows, customers and bads in effective numbers, exposure, and the loss that a model expects."""
    place, units, amount = code[chosen], rows.units[chosen], rows.amount[chosen]
    parts = {"rows": np.ones(place.size), "held": units, "bads": units * rows.bad[chosen], "exposure": amount}
    expected = economics.loss(amount * rows.models[model].pd[chosen])
    parts |= {} if expected is None else {"expected_loss": expected}
    return {name: np.bincount(place, values, size).astype(np.float64) for name, values in parts.items()}


def _compared(of: Mapping[str, Mapping[str, Floats]], place: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for side, sums in of.items():
        held, everybody = float(sums["held"][place]), float(sums["held"].sum())
        told |= {
            f"{side}_rows": int(sums["rows"][place]), f"{side}_share": held / everybody if everybody else None,
            f"{side}_bad_rate": float(sums["bads"][place]) / held if held else None, f"{side}_exposure": float(sums["exposure"][place]),
            f"{side}_expected_loss": float(sums["expected_loss"][place]) if "expected_loss" in sums else None,
        }  # fmt: skip
    entered, left = ((float(each["held"][place]), float(each["held"].sum())) for each in (of["in"], of["out"]))
    both = entered[1] > 0 and left[1] > 0
    difference = told["in_share"] - told["out_share"] if both else None
    return told | {"difference": difference, "p_value": two_shares(entered, left) if both else None, "p_holm": None}


def _figures(rows: Rows, chosen: Flags, models: Sequence[str], economics: Economics) -> dict[str, Any]:
    bads, held = _counts(rows, chosen)
    amount, bad = rows.amount[chosen], rows.bad[chosen]
    low, high = jeffreys_interval(bads, held) if held else (None, None)
    earned, lost = economics.profit(amount @ (1 - bad), amount @ bad), economics.loss(amount @ bad)
    expected = {
        f"expected_loss_{when}": economics.loss(amount @ rows.models[name].pd[chosen])
        for when, name in zip(("before", "after"), models, strict=True)
    }
    return {
        "rows": int(chosen.sum()), "share": held / float(rows.units.sum()), "bads": int(bad.sum()), "bad_rate": bads / held if held else None,
        "bad_rate_low": low, "bad_rate_high": high, "exposure": float(amount.sum()),
        **{name: None if value is None else float(value) for name, value in expected.items()},
        "loss": None if lost is None else float(lost), "profit": None if earned is None else float(earned),
    }  # fmt: skip


def _rates(rows: Rows, chosen: Flags) -> dict[str, float | None]:
    bads, held = _counts(rows, chosen)
    return {"approval_rate": held / float(rows.units.sum()), "bad_rate": bads / held if held else None}


def _counts(rows: Rows, chosen: Flags) -> tuple[float, float]:
    """Return bads and customers, in effective numbers where rows are weighted."""
    return float(rows.units[chosen] @ rows.bad[chosen]), float(rows.units[chosen].sum())
