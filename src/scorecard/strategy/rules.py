"""Knock-out rules: who is declined whatever the score, and what each rule adds, alone and after the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtri

from scorecard import woe
from scorecard.contracts import ARROW, Contract
from scorecard.errors import SettingsError
from scorecard.metrics import jeffreys_interval
from scorecard.settings import Rule, nearest
from scorecard.strategy.book import LEVEL, wilson
from scorecard.strategy.economics import Economics
from scorecard.strategy.rows import Flags, Floats, Ints, Rows

NUMERIC = ("integer", "number")
SETTING = "strategy.knock_outs"


def hits(rules: Sequence[Rule], table: pa.Table, contract: Contract) -> list[Flags]:
    """Return which rows each rule declines, shape (rows,) each.

    Parameters
    ----------
    rules : sequence of Rule
    table : pyarrow.Table
        With the columns that the rules name, in the contract's types.
    contract : Contract

    Raises
    ------
    SettingsError
        Where a rule names no column, one that is not there, or values that it cannot hold.
    """
    return [_hit(rule, table, contract) for rule in rules]


def declined(found: Sequence[Flags], rows: int) -> Flags:
    """Return which rows any rule declines, shape (rows,).

    Examples
    --------
    >>> declined([], 2).tolist()
    [False, False]
    """
    return np.asarray(np.any([np.zeros(rows, dtype=bool), *found], axis=0))


def effects(
    rules: Sequence[Rule], found: Sequence[Flags], rows: Rows, approved: Flags, economics: Economics
) -> list[dict[str, Any]]:
    """Return what each rule does: to all applicants, alone, and after the rules before it.

    Parameters
    ----------
    rules : sequence of Rule
    found : what `hits` returned for them
    rows : Rows
    approved : bool array of shape (rows,)
        By the score alone.
    economics : Economics

    Returns
    -------
    list of dict
        A row per rule, in order, and one for all of them together. ``hit_*``: all applicants that the rule declines. ``alone_*``: those
        among them whom the score would approve, were it the only rule. ``after_*``: of these, those that no earlier rule
        declines. ``only_*``: those that no other rule declines at all, so what leaving the rule out would bring back. Each with ``rows``,
        ``share`` of all applicants with Wilson's interval, ``bad_rate`` with Jeffreys', ``expected_loss`` by the first model's PDs, and ``gain``: the profit
        that declining them brings (minus what they earned) with a normal interval; all of 95 %.
    """
    everybody = declined(found, rows.n)
    told = []
    for place, (rule, hit) in enumerate(zip(rules, found, strict=True)):
        before, others = declined(found[:place], rows.n), declined([*found[:place], *found[place + 1 :]], rows.n)
        sets = {"hit": hit, "alone": hit & approved, "after": hit & approved & ~before, "only": hit & approved & ~others}
        told.append({"rule": rule.reason, "column": rule.column} | _figures(sets, rows, economics))
    together = {"hit": everybody} | dict.fromkeys(("alone", "after", "only"), everybody & approved)
    return [*told, {"rule": None, "column": None} | _figures(together, rows, economics)] if told else []


def _figures(sets: Mapping[str, Flags], rows: Rows, economics: Economics) -> dict[str, Any]:
    return {f"{name}_{key}": value for name, chosen in sets.items() for key, value in _group(chosen, rows, economics).items()}


def _group(chosen: Flags, rows: Rows, economics: Economics) -> dict[str, Any]:
    units, amount, bad = rows.units[chosen], rows.amount[chosen], rows.bad[chosen]
    held, bads, everybody = float(units.sum()), float(units @ bad), float(rows.units.sum())
    share, low_high = wilson(held, everybody), jeffreys_interval(bads, held) if held else (None, None)
    expected = economics.loss(amount @ rows.reference.pd[chosen])
    return {
        "rows": int(chosen.sum()), "share": held / everybody, "share_low": share[0], "share_high": share[1],
        "bad_rate": bads / held if held else None, "bad_rate_low": low_high[0], "bad_rate_high": low_high[1],
        "expected_loss": None if expected is None else float(expected), **_gain(amount, bad, rows.n, economics),
    }  # fmt: skip


def _gain(amount: Floats, bad: Ints, everybody: int, economics: Economics) -> dict[str, float | None]:
    """Return what declining customers brings, and its interval: a sum over `everybody`, whom a sample might have held or not."""
    earned = economics.profit(amount * (1 - bad), amount * bad)
    if earned is None:
        return dict.fromkeys(("gain", "gain_low", "gain_high"))
    gain = 0.0 - float(earned.sum())
    reach = float(ndtri((1 + LEVEL) / 2)) * sqrt(max(float(earned @ earned) - gain**2 / everybody, 0.0))
    return {"gain": gain, "gain_low": gain - reach if reach else None, "gain_high": gain + reach if reach else None}


def _hit(rule: Rule, table: pa.Table, contract: Contract) -> Flags:
    name = rule.column
    if name is None or name not in contract.columns or name not in table.column_names:
        what = "no column" if name is None else f"{name}, which is not in the contract"
        raise SettingsError(f"{SETTING} names {what} ({rule.reason}). {nearest(name or '', list(contract.columns))}")
    values, dtype = table.column(name), contract.columns[name].dtype
    parts = [_among(rule, values, dtype)] if rule.values else []
    for bound, beyond in ((rule.below, np.less), (rule.above, np.greater)):
        if bound is not None:
            parts.append(np.asarray(beyond(_numbers(rule, values, dtype), bound)))
    if rule.missing:
        parts.append(pc.is_null(values, nan_is_null=dtype in NUMERIC).to_numpy(zero_copy_only=False))
    if not parts:
        raise SettingsError(
            f"{SETTING} has no condition for {name} ({rule.reason}); expected values, below, above or missing. Add one."
        )
    return np.asarray(np.any(parts, axis=0))


def _among(rule: Rule, values: pa.ChunkedArray, dtype: str) -> Flags:
    given = [str(value) if dtype == "text" else value for value in rule.values]
    try:
        wanted = pc.cast(pa.array(given), ARROW[dtype]) if dtype == "date" else pa.array(given, ARROW[dtype])
        found = pc.is_in(pc.cast(values, ARROW[dtype]), value_set=wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise SettingsError(
            f"{SETTING} names {given!r} for {rule.column}, which is {dtype} ({rule.reason}). Change the values."
        ) from error
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _numbers(rule: Rule, values: pa.ChunkedArray, dtype: str) -> Floats:
    """Return the values; a comparison with a missing one is false."""
    if dtype not in NUMERIC:
        raise SettingsError(
            f"{SETTING} has below or above for {rule.column}, which is {dtype} ({rule.reason}); expected numbers. Use values."
        )
    return woe.numbers(values)
