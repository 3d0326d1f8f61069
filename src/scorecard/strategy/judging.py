"""Findings on a swap set and on a cut-off: whether those who come in are better, and the last ones approved still earn money."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import sqrt
from typing import Any

from scipy.special import ndtri

from scorecard.results import Reading, Result, Verdict
from scorecard.strategy.economics import Economics

SWAP_SOURCE = "Siddiqi (2017), chapter 12; Fisher (1922)"
MARGIN_SOURCE = "Thomas, Edelman & Crook (2002), chapter 4; interval: Brown, Cai & DasGupta (2001)"
ALPHA, POWER = 0.05, 0.80
DETECTED = float(
    ndtri(1 - ALPHA / 2) + ndtri(POWER)
)  # standard errors that a difference must have to be found four times in five


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
    rows, bads = entered["rows"] + left["rows"], entered["bads"] + left["bads"]
    told = partial(Result, "CMP-03", f"{sample}: {found['after']}", rows, bads, limit_source="no difference")
    if found["difference"] is None:
        return told(None, Verdict.NOT_COMPUTABLE, SWAP_SOURCE, Reading("reading.swap_nobody"))
    pooled = bads / rows
    detectable = DETECTED * sqrt(pooled * (1 - pooled) * (1 / entered["rows"] + 1 / left["rows"]))
    verdict, key = Verdict.AMBER, "reading.swap_open"
    if found["p_value"] < ALPHA:
        verdict, key = (Verdict.GREEN, "reading.swap_better") if found["difference"] < 0 else (Verdict.RED, "reading.swap_worse")
    values = {"entered": entered["rows"], "left": left["rows"], "rate_in": entered["bad_rate"], "rate_out": left["bad_rate"]}
    reading = Reading(key, values | {"detectable": detectable})
    return told(found["difference"], verdict, SWAP_SOURCE, reading, threshold=0.0, p_value=found["p_value"], effect=found["difference"],
                null="customers who come in and who go out turn bad equally often", detectable=detectable)  # fmt: skip


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
        where it lies above: a stricter cut-off would earn more; amber between. `detectable` is the distance from it that so many customers
        would have shown four times in five. Not computable where margin or loss is not known, or
        the cut-off approves nobody.

    References
    ----------
    Thomas, Edelman & Crook (2002), Credit Scoring and Its Applications, chapter 4.
    """
    limit, rate = economics.break_even, last["bad_rate"]
    told = partial(Result, "STR-01", sample, last["rows"], last["bads"], limit_source="break-even of cutoff.margin, lgd and cost")
    if limit is None or rate is None:
        reading = Reading("reading.marginal_no_money" if limit is None else "reading.marginal_nobody")
        return told(None, Verdict.NOT_COMPUTABLE, MARGIN_SOURCE, reading)
    low, high = last["bad_rate_low"], last["bad_rate_high"]
    verdict, key = Verdict.AMBER, "reading.marginal_open"
    if high <= limit or low > limit:
        verdict, key = (Verdict.GREEN, "reading.marginal_earns") if high <= limit else (Verdict.RED, "reading.marginal_loses")
    reading = Reading(key, {"rows": last["rows"], "rate": rate, "low": low, "high": high, "limit": limit})
    detectable = DETECTED * sqrt(limit * (1 - limit) / last["rows"])
    return told(rate, verdict, MARGIN_SOURCE, reading, (low, high), threshold=limit, effect=rate - limit, detectable=detectable)
