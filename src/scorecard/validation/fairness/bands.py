"""Do members of a group with the same score turn bad as often? Odds within score bands (FAI-08)."""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtri

from scorecard.metrics.power import detectable
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Floats
from scorecard.validation.fairness.groups import Asked, Compared, Division, beyond_chance, each, family

SOURCE = "Mantel & Haenszel (1959); Robins, Breslow & Greenland (1986)"
NULL = "members of the group with the same score turn bad as often as those of the reference group"
Z95 = float(ndtri(0.975))
BANDS = 50  # few customers share a band, which Mantel and Haenszel's sums bear; wide bands would hide unequal scores in them


class Odds(NamedTuple):
    """The common odds ratio of all bands, the standard error of its logarithm, and the p-value that it is 1."""

    ratio: float
    error: float
    null_error: float
    p_value: float


def band_odds(goods: ArrayLike, bads: ArrayLike, compared: Compared, thresholds: Thresholds) -> list[Result]:
    """Judge whether members of each group turn bad as often as the reference group's with the same score (FAI-08).

    A measurement, not a legal test. A cut-off treats equal scores equally; so what is left to compare within score bands is
    whether equal scores mean equal risk.

    Parameters
    ----------
    goods, bads : array of shape (bands, groups)
        Counts in each score band.
    compared : Compared
    thresholds : Thresholds
        `fair_band_odds`, `fair_alpha`, `min_events`.

    Returns
    -------
    list of Result
        One a group: the odds of turning bad over those of the reference group, common to all bands (Mantel and Haenszel), with
        the interval of Robins, Breslow and Greenland. Below `fair_band_odds` the score takes the group for riskier than it
        is: amber where chance does not explain it, red where that holds after Holm's adjustment for all groups. Above
        1 / `fair_band_odds` the score takes the group for safer: amber where chance does not explain it. A ratio beyond a
        limit that chance explains cannot be told from one within: insufficient data, and so are fewer than `min_events` goods
        or bads on a side. `effect` is the ratio less 1, `detectable` the smallest such effect that would have been found.

    References
    ----------
    Mantel & Haenszel (1959), Journal of the National Cancer Institute 22; Robins, Breslow & Greenland (1986), Biometrics 42;
    Holm (1979). The limit is a convention.

    Examples
    --------
    >>> goods, bads = [[80, 80], [90, 90]], [[20, 20], [10, 10]]
    >>> result, = band_odds(goods, bads, Compared("test: sex", ("male", "female"), 0), Thresholds())
    >>> result.statistic, result.p_value, result.verdict.value
    (1.0, 1.0, 'green')
    """
    good, bad = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    first = compared.reference
    found = [mantel_haenszel(bad[:, place], good[:, place], bad[:, first], good[:, first]) for place in compared.others]
    adjusted = family([None if odds is None else odds.p_value for odds in found])
    return [
        _result(odds, (good[:, [place, first]].sum(axis=0), bad[:, [place, first]].sum(axis=0)), (compared.scope(place), values | {"reference": compared.versus}), thresholds)
        for place, odds, values in zip(compared.others, found, adjusted, strict=True)
    ]  # fmt: skip


def mantel_haenszel(bads: Floats, goods: Floats, other_bads: Floats, other_goods: Floats) -> Odds | None:
    """Return the odds ratio of two groups that all bands have in common; None where it is 0, endless or undefined.

    Parameters
    ----------
    bads, goods, other_bads, other_goods : array of shape (bands,)

    References
    ----------
    Mantel & Haenszel (1959), without the continuity correction; Robins, Breslow & Greenland (1986).

    Examples
    --------
    >>> odds = mantel_haenszel(*(np.array(part, dtype=float) for part in ([10, 5], [90, 95], [20, 10], [80, 90])))
    >>> round(odds.ratio, 4)
    0.4545
    """
    a, b, c, d = bads, goods, other_bads, other_goods
    n = a + b + c + d
    held = n > 1
    a, b, c, d, n = (part[held] for part in (a, b, c, d, n))
    up, down = a * d / n, b * c / n
    variance = float(((a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))).sum())
    if not (up.sum() > 0 and down.sum() > 0 and variance > 0):
        return None
    same, cross = (a + d) / n, (b + c) / n
    spread = (same * up).sum() / (2 * up.sum() ** 2) + (same * down + cross * up).sum() / (2 * up.sum() * down.sum())
    spread += (cross * down).sum() / (2 * down.sum() ** 2)
    surplus = float((a - (a + b) * (a + c) / n).sum())
    return Odds(float(up.sum() / down.sum()), sqrt(float(spread)), 1 / sqrt(variance), float(chdtrc(1, surplus**2 / variance)))


def each_band(evidence: Evidence) -> list[Result]:
    """Run FAI-08 on every protected attribute of every sample after development, in fifty bands of equal size."""
    return each(evidence, Asked("FAI-08", SOURCE, _test, outcomes=True, fitted=True))


def bands(score: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the band of each score: fifty of equal size, the lowest scores first; equal scores stay together."""
    edges = np.unique(np.quantile(score, np.arange(1, BANDS) / BANDS, method="inverted_cdf"))
    return np.searchsorted(edges, score, side="left")


def _test(division: Division, thresholds: Thresholds) -> list[Result]:
    held, groups = division.codes >= 0, len(division.compared.names)
    cell = bands(division.part.score)[held] * groups + division.codes[held]
    worth = np.ones(int(held.sum())) if division.worth is None else division.worth[held]
    rows, lost = (
        np.bincount(cell, values, minlength=BANDS * groups).reshape(BANDS, groups)
        for values in (worth, worth * division.part.outcome[held])
    )
    return band_odds(rows - lost, lost, division.compared, thresholds)


def _result(
    odds: Odds | None, sums: tuple[Floats, Floats], told: tuple[str, dict[str, float | str]], thresholds: Thresholds
) -> Result:
    scope, values = told
    goods, bads = sums
    counts = (round(float(goods.sum() + bads.sum())), round(float(bads.sum())))
    few = float(min(goods.min(), bads.min()))
    if odds is None:
        verdict = Verdict.INSUFFICIENT_DATA if few < thresholds.min_events else Verdict.NOT_COMPUTABLE
        return Result("FAI-08", scope, *counts, None, verdict, SOURCE, _few_events(goods, bads, thresholds))
    limit = thresholds.fair_band_odds
    side = -1 if odds.ratio < limit else int(odds.ratio > 1 / limit)
    verdict = beyond_chance(side, float(values["p"]), float(values["p_holm"]), thresholds)
    low, high = (odds.ratio * exp(reach * odds.error) for reach in (-Z95, Z95))
    values = values | {"ratio": odds.ratio, "low": low, "high": high, "limit": limit}
    key = ("reading.fair_bands", "reading.fair_bands_riskier", "reading.fair_bands_safer")[side]
    reading = Reading("reading.fair_bands_chance" if verdict is Verdict.INSUFFICIENT_DATA else key, values)
    if few < thresholds.min_events:
        verdict, reading = Verdict.INSUFFICIENT_DATA, _few_events(goods, bads, thresholds)
    return Result(
        "FAI-08",
        scope,
        *counts,
        odds.ratio,
        verdict,
        SOURCE,
        reading,
        interval=(low, high),
        threshold=limit,
        p_value=float(values["p"]),
        effect=odds.ratio - 1,
        null=NULL,
        detectable=1 - exp(-detectable(odds.null_error, sides=2)),
    )


def _few_events(goods: Floats, bads: Floats, thresholds: Thresholds) -> Reading:
    """Say how many goods and bads the smaller side has."""
    return Reading(
        "reading.too_few", {"bads": round(float(bads.min())), "goods": round(float(goods.min())), "needed": thresholds.min_events}
    )
