"""Findings on a swap set and on a cut-off: whether those who come in are better, and the last ones approved still earn money."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

from scipy.special import ndtri

from scorecard.results import Reading, Result, Verdict
from scorecard.strategy.economics import Economics

SWAP_SOURCE = "Siddiqi (2017), chapter 12; Fisher (1922)"
MARGIN_SOURCE = "Thomas, Edelman & Crook (2002), chapter 4; interval: Brown, Cai & DasGupta (2001)"
ALPHA, POWER = 0.05, 0.80


def swap_result(found: Mapping[str, Any], sample: str) -> Result:
    """Judge whether customers who come in turn bad less often than those who go out (CMP-03).

    Parameters
    ----------
    found : what `swap_set` returned
    sample : str

    Returns
    -------
    Result
        The bad rate of in less that of out. Green where it is lower beyond chance, red where it is higher beyond chance, amber where that cannot be
        told (`detectable` is the difference that so many swapped customers would have shown four times in five); not
        computable where nobody is swapped.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 12.
    """
    groups = {row["group"]: row for row in found["groups"]}
    entered, left = groups["in"], groups["out"]
    scope, rows, bads = f"{sample}: {found['after']}", entered["rows"] + left["rows"], entered["bads"] + left["bads"]
    if found["difference"] is None:
        return Result("CMP-03", scope, rows, bads, None, Verdict.NOT_COMPUTABLE, SWAP_SOURCE, Reading("reading.swap_nobody"))
    pooled = max(bads, 1) / rows
    spread = sqrt(pooled * (1 - pooled) * (1 / entered["rows"] + 1 / left["rows"]))
    detectable = float(ndtri(1 - ALPHA / 2) + ndtri(POWER)) * spread
    values = {
        "entered": entered["rows"],
        "left": left["rows"],
        "rate_in": entered["bad_rate"],
        "rate_out": left["bad_rate"],
        "detectable": detectable,
    }
    verdict, key = Verdict.AMBER, "reading.swap_open"
    if found["p_value"] < ALPHA:
        verdict, key = (Verdict.GREEN, "reading.swap_better") if found["difference"] < 0 else (Verdict.RED, "reading.swap_worse")
    return Result("CMP-03", scope, rows, bads, found["difference"], verdict, SWAP_SOURCE, Reading(key, values), threshold=0.0, p_value=found["p_value"],
                  effect=found["difference"], null="customers who come in and who go out turn bad equally often", detectable=detectable)  # fmt: skip


def marginal_result(last: Mapping[str, Any], economics: Economics, sample: str) -> Result:
    """Judge whether the customers that a cut-off approves last still earn what they cost (STR-01).

    Parameters
    ----------
    last : figures of those customers, see `marginal`
    economics : Economics
    sample : str

    Returns
    -------
    Result
        Their bad rate, against the one at which a credit earns nothing. Green where its whole 95 % interval lies at or below it, red
        where it lies above: a stricter cut-off would earn more; amber between. Not computable where margin or loss is not known, or
        the cut-off approves nobody.

    References
    ----------
    Thomas, Edelman & Crook (2002), Credit Scoring and Its Applications, chapter 4.
    """
    limit, rate = economics.break_even, last["bad_rate"]
    if limit is None or rate is None:
        reading = Reading("reading.marginal_no_money" if limit is None else "reading.marginal_nobody")
        return Result("STR-01", sample, last["rows"], last["bads"], None, Verdict.NOT_COMPUTABLE, MARGIN_SOURCE, reading)
    low, high = last["bad_rate_low"], last["bad_rate_high"]
    verdict = Verdict.GREEN if high <= limit else Verdict.RED if low > limit else Verdict.AMBER
    key = {
        Verdict.GREEN: "reading.marginal_earns",
        Verdict.RED: "reading.marginal_loses",
        Verdict.AMBER: "reading.marginal_open",
    }[verdict]
    values = {"rows": last["rows"], "rate": rate, "low": low, "high": high, "limit": limit}
    return Result(
        "STR-01",
        sample,
        last["rows"],
        last["bads"],
        rate,
        verdict,
        MARGIN_SOURCE,
        Reading(key, values),
        (low, high),
        threshold=limit,
        effect=rate - limit,
    )
