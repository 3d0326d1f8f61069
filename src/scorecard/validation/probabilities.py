"""Does each customer's PD fit what became of them? By rows: Spiegelhalter, Brier, Cox (CAL-04 to CAL-06).

Run on every sample after development, for the reason given in `calibration`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from scipy.special import chdtrc, expit, logit, ndtr, ndtri

from scorecard.errors import EvidenceError
from scorecard.metrics import brier, calibration_line
from scorecard.metrics.probability import CLIP
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.calibration import judge
from scorecard.validation.evidence import Evidence, Floats, Ints, too_few, where_observed

SPIEGELHALTER_SOURCE = "Spiegelhalter (1986)"
BRIER_SOURCE = "Brier (1950); Murphy (1973)"
SLOPE_SOURCE = "Cox (1958); Miller, Hui & Tierney (1991)"
Z95 = float(ndtri(0.975))


def spiegelhalter(bad: Ints, pd: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the Brier score is the one that right PDs would give (CAL-04).

    Parameters
    ----------
    bad, pd : array of shape (n,)
    scope : str
    thresholds : Thresholds
        `min_events`, and the levels.

    Returns
    -------
    Result
        Z, two-sided; `effect` is the Brier score above the expected one, as a share of it.

    References
    ----------
    Spiegelhalter (1986), Statistics in Medicine 5.

    Examples
    --------
    >>> bad, pd = np.array([0, 0, 0, 1] * 30), np.full(120, 0.25)
    >>> spiegelhalter(bad, pd, "test", Thresholds()).statistic
    0.0
    """
    shortage = too_few(bad, thresholds)
    if shortage:
        return Result("CAL-04", scope, bad.size, int(bad.sum()), None, Verdict.INSUFFICIENT_DATA, SPIEGELHALTER_SOURCE, shortage)
    variance = float(((1 - 2 * pd) ** 2 * pd * (1 - pd)).sum())
    if variance == 0:
        reading = Reading("reading.no_spread")
        return Result("CAL-04", scope, bad.size, int(bad.sum()), None, Verdict.NOT_COMPUTABLE, SPIEGELHALTER_SOURCE, reading)
    z = float(((bad - pd) * (1 - 2 * pd)).sum() / sqrt(variance))
    p_value = float(2 * ndtr(-abs(z)))
    found, expected = brier(bad, pd), float((pd * (1 - pd)).mean())
    verdict = judge(p_value, abs(found / expected - 1), thresholds)
    key = "reading.spiegelhalter_fits" if verdict is Verdict.GREEN else "reading.spiegelhalter_misfits"
    return Result(
        "CAL-04",
        scope,
        bad.size,
        int(bad.sum()),
        z,
        verdict,
        SPIEGELHALTER_SOURCE,
        Reading(key, {"z": z, "p": p_value, "brier": found, "expected": expected}),
        threshold=float(-ndtri(thresholds.jeffreys_amber / 2)),
        p_value=p_value,
        effect=found / expected - 1,
        null="every PD is the true probability of its customer",
    )


def brier_skill(bad: Ints, pd: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Judge whether the PDs beat one and the same PD for everyone (CAL-05).

    Parameters
    ----------
    bad, pd, scope, thresholds
        As in `spiegelhalter`.

    Returns
    -------
    Result
        The skill, 1 - Brier score / Brier score of the sample's own default rate, with its interval from the paired
        differences of the rows. Green where it is surely above 0, red where it surely is not, amber between.

    References
    ----------
    Brier (1950), Monthly Weather Review 78; Murphy (1973), Journal of Applied Meteorology 12.

    Examples
    --------
    >>> bad, pd = np.array([0, 0, 0, 1] * 30), np.array([0.1, 0.1, 0.1, 0.7] * 30)
    >>> round(brier_skill(bad, pd, "test", Thresholds()).statistic, 2)
    0.84
    """
    shortage = too_few(bad, thresholds)
    if shortage:
        return Result("CAL-05", scope, bad.size, int(bad.sum()), None, Verdict.INSUFFICIENT_DATA, BRIER_SOURCE, shortage)
    rate = float(bad.mean())
    base = rate * (1 - rate)
    gains = ((bad - rate) ** 2 - (bad - pd) ** 2) / base
    skill, error = float(gains.mean()), float(gains.std(ddof=1)) / sqrt(bad.size)
    low, high = skill - Z95 * error, skill + Z95 * error
    p_value = float(ndtr(-skill / error)) if error > 0 else 1.0
    verdict = Verdict.RED if high <= 0 else Verdict.GREEN if p_value < thresholds.jeffreys_amber else Verdict.AMBER
    key = {Verdict.RED: "reading.brier_worse", Verdict.GREEN: "reading.brier_better"}.get(verdict, "reading.brier_alike")
    return Result(
        "CAL-05",
        scope,
        bad.size,
        int(bad.sum()),
        skill,
        verdict,
        BRIER_SOURCE,
        Reading(key, {"brier": brier(bad, pd), "base": base, "skill": skill, "low": low, "high": high, "p": p_value}),
        interval=(low, high),
        threshold=0.0,
        p_value=p_value,
        effect=skill,
        null="the PDs are no better than the same PD for everyone",
    )


def calibration_slope(bad: Ints, pd: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Test by the line through the logits whether PDs are too extreme, too timid or at the wrong level (CAL-06).

    Parameters
    ----------
    bad, pd, scope, thresholds
        As in `spiegelhalter`.

    Returns
    -------
    Result
        The slope with its Wald interval; the p-value is that of the likelihood ratio for slope 1 and intercept 0 together.
        `effect` is the mean change that setting the PDs right by this line would make, as a share of the mean PD. PDs
        outside [1e-9, 1 - 1e-9] are clipped for the logit, and counted in the reading's values.

    References
    ----------
    Cox (1958), Biometrika 45; Miller, Hui & Tierney (1991), Statistics in Medicine 10.

    Examples
    --------
    >>> bad, pd = np.array([0, 0, 0, 1, 0, 1, 1, 1] * 10), np.array([0.25, 0.25, 0.25, 0.25, 0.75, 0.75, 0.75, 0.75] * 10)
    >>> round(calibration_slope(bad, pd, "test", Thresholds()).statistic, 6)
    1.0
    """
    shortage = too_few(bad, thresholds)
    if shortage:
        return Result("CAL-06", scope, bad.size, int(bad.sum()), None, Verdict.INSUFFICIENT_DATA, SLOPE_SOURCE, shortage)
    try:
        line = calibration_line(bad, pd)
    except EvidenceError:
        reading = Reading("reading.no_slope")
        return Result("CAL-06", scope, bad.size, int(bad.sum()), None, Verdict.NOT_COMPUTABLE, SLOPE_SOURCE, reading)
    p_value = float(chdtrc(2, line.likelihood_ratio))
    mended = expit(line.intercept + line.slope * logit(np.clip(pd, CLIP, 1 - CLIP)))
    effect = float(np.abs(mended - pd).mean() / pd.mean())
    verdict = judge(p_value, effect, thresholds)
    low, high = line.slope - Z95 * line.slope_error, line.slope + Z95 * line.slope_error
    values = {"slope": line.slope, "low": low, "high": high, "intercept": line.intercept, "large": line.in_the_large}
    values |= {"ratio": line.likelihood_ratio, "p": p_value, "change": effect, "clipped": line.clipped}
    return Result(
        "CAL-06",
        scope,
        bad.size,
        int(bad.sum()),
        line.slope,
        verdict,
        SLOPE_SOURCE,
        Reading(_slope_key(verdict, low, high), values),
        interval=(low, high),
        threshold=1.0,
        p_value=p_value,
        effect=effect,
        null="the calibration line has slope 1 and intercept 0",
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


def _each(evidence: Evidence, code: str, source: str, test: Callable[[Ints, Floats, str, Thresholds], Result]) -> list[Result]:
    limits = evidence.thresholds
    return where_observed(evidence.later, code, source, lambda name, part: test(part.outcome, part.pd, name, limits))


def _slope_key(verdict: Verdict, low: float, high: float) -> str:
    if verdict is Verdict.GREEN:
        return "reading.slope_fits"
    if high < 1:
        return "reading.slope_extreme"
    return "reading.slope_timid" if low > 1 else "reading.slope_level"
