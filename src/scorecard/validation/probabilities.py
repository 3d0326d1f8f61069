"""Does each customer's PD fit what became of them? Spiegelhalter, Brier, Cox, Hosmer-Lemeshow (CAL-04 to CAL-06, CAL-10).

Run on every sample after development, for the reason given in `calibration`, from goods and bads at each PD.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from scipy.special import chdtrc, chdtri, expit, logit, ndtr, ndtri

from scorecard.errors import EvidenceError
from scorecard.metrics import (
    brier_from_counts,
    calibration_line_from_counts,
    corp_decomposition,
    detectable,
    detectable_deviation,
    hosmer_lemeshow_from_counts,
    noncentral,
)
from scorecard.metrics.probability import CLIP
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.calibration import judge, small_cells
from scorecard.validation.discrimination import unanswered
from scorecard.validation.evidence import Evidence, shortage, where_observed
from scorecard.validation.ladder import Floats, Ladder

SPIEGELHALTER_SOURCE = "Spiegelhalter (1986)"
BRIER_SOURCE = "Brier (1950); Murphy (1973); parts: Dimitriadis, Gneiting & Jordan (2021)"
SLOPE_SOURCE = "Cox (1958); Miller, Hui & Tierney (1991)"
GROUPS_SOURCE = "Hosmer & Lemeshow (1980); groups as in R's ResourceSelection; Cochran (1954) for small cells"
GROUPS = 10  # convention
ROUNDING = 1e-12  # the skill of one PD for everyone is 0 but for rounding
Z95 = float(ndtri(0.975))


def spiegelhalter(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the Brier score is the one that right PDs would give (CAL-04).

    Parameters
    ----------
    ladder : Ladder
        Of the sample, a rung a PD.
    scope : str
    thresholds : Thresholds
        `min_events`, and the levels.

    Returns
    -------
    Result
        Z, two-sided; `effect` is the Brier score above the expected one, as a share of it, and `detectable` the share that
        would have been found four times in five.

    References
    ----------
    Spiegelhalter (1986), Statistics in Medicine 5.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.zeros(120, dtype=int), 1, np.array([0, 0, 0, 1] * 30), np.full(120, 0.25))
    >>> spiegelhalter(ladder, "test", Thresholds()).statistic
    0.0
    """
    if short := shortage(ladder, thresholds):
        return unanswered("CAL-04", scope, ladder, SPIEGELHALTER_SOURCE, short)
    plain, pd = ladder.plain(), ladder.pd
    customers, spread = plain.rows, 1 - 2 * pd
    variance = float(customers @ (spread**2 * pd * (1 - pd)))
    if variance == 0:
        return unanswered("CAL-04", scope, ladder, SPIEGELHALTER_SOURCE, Reading("reading.no_spread"), computable=False)
    z = float((plain.bads - customers * pd) @ spread / sqrt(variance))
    p_value = float(2 * ndtr(-abs(z)))
    found = brier_from_counts(plain.goods, plain.bads, pd)
    expected = float(customers @ (pd * (1 - pd)) / customers.sum())
    verdict = judge(p_value, abs(found / expected - 1), thresholds)
    key = "reading.spiegelhalter_fits" if verdict is Verdict.GREEN else "reading.spiegelhalter_misfits"
    error = sqrt(variance) / float(customers.sum()) / expected
    return Result(
        "CAL-04",
        scope,
        ladder.n,
        ladder.events,
        z,
        verdict,
        SPIEGELHALTER_SOURCE,
        Reading(key, {"z": z, "p": p_value, "brier": found, "expected": expected}),
        threshold=float(-ndtri(thresholds.jeffreys_amber / 2)),
        p_value=p_value,
        effect=found / expected - 1,
        null="every PD is the true probability of its customer",
        detectable=detectable(error, 1 - thresholds.jeffreys_amber, sides=2),
    )


def brier_skill(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Judge whether the PDs beat one and the same PD for everyone (CAL-05).

    Parameters
    ----------
    ladder, scope, thresholds
        As in `spiegelhalter`.

    Returns
    -------
    Result
        The skill, 1 - Brier score / Brier score of the sample's own default rate, with its interval from the paired
        differences of the rows. Green where it is surely above 0, red where it surely is not, amber between. The reading
        tells what the score is made of: miscalibration - discrimination + uncertainty. `detectable` is the true skill that
        would have been found four times in five.

    References
    ----------
    Brier (1950), Monthly Weather Review 78; Murphy (1973), Journal of Applied Meteorology 12; Dimitriadis, Gneiting & Jordan
    (2021), PNAS 118(8).

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> bad, pd = np.array([0, 0, 0, 1] * 30), np.array([0.1, 0.1, 0.1, 0.7] * 30)
    >>> ladder = counted(bad, 2, bad, pd)
    >>> round(brier_skill(ladder, "test", Thresholds()).statistic, 2)
    0.84
    """
    if short := shortage(ladder, thresholds):
        return unanswered("CAL-05", scope, ladder, BRIER_SOURCE, short)
    pd, rows = ladder.pd, float(ladder.rows.sum())
    rate = float(ladder.bads.sum()) / rows
    base = rate * (1 - rate)
    sides = [(rate**2 - pd**2) / base, ((1 - rate) ** 2 - (1 - pd) ** 2) / base]  # gain of a good, and of a bad, on each rung
    skill = sum(float(counts @ gains) for counts, gains in zip((ladder.goods, ladder.bads), sides, strict=True)) / rows
    scatter = sum(float(squares @ (gains - skill) ** 2) for squares, gains in zip(ladder.squares, sides, strict=True))
    number = rows**2 / sum(float(squares.sum()) for squares in ladder.squares)
    error = sqrt(scatter / rows**2 * number / (number - 1))
    low, high = skill - Z95 * error, skill + Z95 * error
    p_value = float(ndtr(-skill / error)) if error > 0 else 1.0
    verdict = Verdict.RED if high <= ROUNDING else Verdict.GREEN if p_value < thresholds.jeffreys_amber else Verdict.AMBER
    key = {Verdict.RED: "reading.brier_worse", Verdict.GREEN: "reading.brier_better"}.get(verdict, "reading.brier_alike")
    parts = corp_decomposition(ladder.rows, ladder.bads, pd)
    values = {"brier": brier_from_counts(ladder.goods, ladder.bads, pd), "base": base, "skill": skill, "low": low, "high": high}
    values |= {"p": p_value, "miscalibration": parts.miscalibration, "discrimination": parts.discrimination}
    return Result(
        "CAL-05",
        scope,
        ladder.n,
        ladder.events,
        skill,
        verdict,
        BRIER_SOURCE,
        Reading(key, values),
        interval=(low, high),
        threshold=0.0,
        p_value=p_value,
        effect=skill,
        null="the PDs are no better than the same PD for everyone",
        detectable=detectable(error, 1 - thresholds.jeffreys_amber) if error > 0 else None,
    )


def calibration_slope(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Test by the line through the logits whether PDs are too extreme, too timid or at the wrong level (CAL-06).

    Parameters
    ----------
    ladder, scope, thresholds
        As in `spiegelhalter`.

    Returns
    -------
    Result
        The slope with its Wald interval; the p-value is that of the likelihood ratio for slope 1 and intercept 0 together.
        `effect` is the mean change that setting the PDs right by this line would make, as a share of the mean PD. PDs
        outside [1e-9, 1 - 1e-9] are clipped for the logit, and counted in the reading's values. `detectable` is the distance
        of the slope from 1 that would have been found four times in five where the level is right.

    References
    ----------
    Cox (1958), Biometrika 45; Miller, Hui & Tierney (1991), Statistics in Medicine 10.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> bad, high = np.array([0, 0, 0, 1, 0, 1, 1, 1] * 10), np.array([0, 0, 0, 0, 1, 1, 1, 1] * 10)
    >>> ladder = counted(high, 2, bad, np.where(high, 0.75, 0.25))
    >>> round(calibration_slope(ladder, "test", Thresholds()).statistic, 6)
    1.0
    """
    if short := shortage(ladder, thresholds):
        return unanswered("CAL-06", scope, ladder, SLOPE_SOURCE, short)
    plain, pd = ladder.plain(), ladder.pd
    try:
        line = calibration_line_from_counts(plain.goods, plain.bads, pd)
    except EvidenceError:
        return unanswered("CAL-06", scope, ladder, SLOPE_SOURCE, Reading("reading.no_slope"), computable=False)
    p_value = float(chdtrc(2, line.likelihood_ratio))
    mended = expit(line.intercept + line.slope * logit(np.clip(pd, CLIP, 1 - CLIP)))
    effect = float(plain.rows @ np.abs(mended - pd) / (plain.rows @ pd))
    verdict = judge(p_value, effect, thresholds)
    low, high = line.slope - Z95 * line.slope_error, line.slope + Z95 * line.slope_error
    values = {"slope": line.slope, "low": low, "high": high, "intercept": line.intercept, "large": line.in_the_large}
    values |= {"ratio": line.likelihood_ratio, "p": p_value, "change": effect, "clipped": line.clipped}
    return Result(
        "CAL-06",
        scope,
        ladder.n,
        ladder.events,
        line.slope,
        verdict,
        SLOPE_SOURCE,
        Reading(_slope_key(verdict, low, high), values),
        interval=(low, high),
        threshold=1.0,
        p_value=p_value,
        effect=effect,
        null="the calibration line has slope 1 and intercept 0",
        detectable=sqrt(noncentral(2, 1 - thresholds.jeffreys_amber)) * line.slope_error,
    )


def customer_fit(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the PDs of customers fit their defaults in ten groups of equal size (CAL-10).

    Parameters
    ----------
    ladder, scope, thresholds
        As in `spiegelhalter`; the sample must be another than the one the PDs were estimated on, where two degrees of freedom
        would be used up.

    Returns
    -------
    Result
        Chi-square with as many degrees of freedom as groups; equal PDs stay together, so there may be fewer than ten. `effect`
        is the mean absolute deviation of defaults from those expected, as a share of them, and `detectable` the share by which
        all groups would have to miss to be found four times in five. Where expected counts are too small the figures stand,
        the verdict is insufficient data. The answer depends on the grouping and grows with the rows: read it beside the
        slope (CAL-06).

    References
    ----------
    Hosmer & Lemeshow (1980), Communications in Statistics A9; Cochran (1954), Biometrics 10.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> place = np.arange(2000) % 20
    >>> ladder = counted(place, 20, (np.arange(2000) // 20 < 10 + place).astype(int), 0.1 + place / 100)
    >>> customer_fit(ladder, "test", Thresholds()).verdict.value
    'green'
    """
    if short := shortage(ladder, thresholds):
        return unanswered("CAL-10", scope, ladder, GROUPS_SOURCE, short)
    plain = ladder.plain()
    try:
        found = hosmer_lemeshow_from_counts(plain.goods, plain.bads, ladder.pd, GROUPS)
    except EvidenceError:
        return unanswered("CAL-10", scope, ladder, GROUPS_SOURCE, Reading("reading.groups_certain"), computable=False)
    effect = float(np.abs(found.bads - found.expected).sum() / found.expected.sum())
    verdict = judge(found.p_value, effect, thresholds)
    key = "reading.groups_fit" if verdict is Verdict.GREEN else "reading.groups_misfit"
    if small_cells(np.concatenate([found.expected, found.customers - found.expected])):
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.groups_sparse"
    values = {"hl": found.statistic, "df": found.df, "p": found.p_value, "deviation": effect, "groups": found.customers.size}
    held = (found.expected > 0) & (found.expected < found.customers)
    reach = _reach(found.customers[held], found.expected[held], found.df, thresholds)
    return Result(
        "CAL-10",
        scope,
        ladder.n,
        ladder.events,
        found.statistic,
        verdict,
        GROUPS_SOURCE,
        Reading(key, values),
        threshold=float(chdtri(found.df, thresholds.jeffreys_amber)),
        p_value=found.p_value,
        effect=effect,
        null="every customer's PD is the true probability",
        detectable=reach,
    )


def each_spiegelhalter(evidence: Evidence) -> list[Result]:
    """Run CAL-04 on every sample after development."""
    return _each(evidence, "CAL-04", SPIEGELHALTER_SOURCE, spiegelhalter)


def each_brier(evidence: Evidence) -> list[Result]:
    """Run CAL-05 on every sample after development."""
    return _each(evidence, "CAL-05", BRIER_SOURCE, brier_skill)


def each_slope(evidence: Evidence) -> list[Result]:
    """Run CAL-06 on every sample after development."""
    return _each(evidence, "CAL-06", SLOPE_SOURCE, calibration_slope)


def each_customer_fit(evidence: Evidence) -> list[Result]:
    """Run CAL-10 on every sample after development."""
    return _each(evidence, "CAL-10", GROUPS_SOURCE, customer_fit)


def _each(evidence: Evidence, code: str, source: str, test: Callable[[Ladder, str, Thresholds], Result]) -> list[Result]:
    limits = evidence.thresholds
    return where_observed(evidence.later, code, source, lambda name, part: test(part.by_pd, name, limits))


def _reach(customers: Floats, expected: Floats, df: int, thresholds: Thresholds) -> float | None:
    """Return the deviation that could have been found; None where all PDs are certain."""
    return detectable_deviation(customers, expected / customers, df, 1 - thresholds.jeffreys_amber) if customers.size else None


def _slope_key(verdict: Verdict, low: float, high: float) -> str:
    if verdict is Verdict.GREEN:
        return "reading.slope_fits"
    if high < 1:
        return "reading.slope_extreme"
    return "reading.slope_timid" if low > 1 else "reading.slope_level"
