"""Do the grades still spread the customers? The ECB's test of the Herfindahl index, and one that counts customers."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from scorecard.metrics import coefficient_of_variation, herfindahl
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Floats, Scored
from scorecard.validation.judging import AMBER_P, REACH, Limits, judge, told, unless_blind
from scorecard.validation.stability.population import grade_counts

CONCENTRATION_SOURCE = "ECB (2019), 2.5.5.3; limits of share and rise: convention"
MULTINOMIAL_SOURCE = "multinomial Monte Carlo of the index of ECB (2019), 2.5.5.3; limits: convention"
DRAWS = 4000
MANY = 1e9  # customers beyond which a draw would not differ from its shares


def concentration(reference: ArrayLike, current: ArrayLike, scope: str, thresholds: Thresholds) -> Result:
    """Test whether customers have become concentrated in few grades (STA-04).

    Parameters
    ----------
    reference, current : array of shape (k,)
        Customers per grade of one and the same scale, empty grades included.
    scope : str
        The current sample.
    thresholds : Thresholds
        `largest_grade`, `concentration_red`, `min_rows`.

    Returns
    -------
    Result
        The Herfindahl index of the current sample. The ECB's test is weak, since its statistic grows with the number of
        grades, not of customers: everybody in one of seven grades gives p = 0.20, while a trifling step away from an even
        spread is significant. So p < 5 % counts only where the index has risen by `concentration_red`, and a largest grade
        with more than `largest_grade` of the customers counts by itself: one sign is amber, both are red. Where exposure is
        known a second result gives its index, without a p-value: amber where the largest grade holds more than
        `largest_grade` of it.

    References
    ----------
    ECB (2019), 2.5.5.3. The limits of share and rise are conventions.

    Examples
    --------
    >>> result = concentration([13, 14, 23, 20, 11, 10, 9], [100, 0, 0, 0, 0, 0, 0], "test", Thresholds())
    >>> round(result.p_value, 4), result.verdict.value
    (0.2043, 'amber')
    """
    before, now = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    if nothing := _nothing_to_compare(before, now):
        return Result("STA-04", scope, round(now.sum()), 0, None, Verdict.NOT_COMPUTABLE, CONCENTRATION_SOURCE, nothing)
    index, initial, p_value = herfindahl(now), herfindahl(before), _concentration_p(before, now)
    largest = float(now.max() / now.sum())
    alarms = int(largest > thresholds.largest_grade)
    alarms += int(p_value < AMBER_P and index - initial >= thresholds.concentration_red)
    verdict = (Verdict.GREEN, Verdict.AMBER, Verdict.RED)[alarms]
    key = "reading.concentrated" if alarms else "reading.spread"
    values = {"index": index, "initial": initial, "p": p_value, "largest": largest, "limit": thresholds.largest_grade}
    values |= {"reference": round(before.sum()), "rows": round(now.sum()), "needed": thresholds.min_rows}
    if min(before.sum(), now.sum()) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    return Result(
        "STA-04",
        scope,
        round(now.sum()),
        0,
        index,
        verdict,
        CONCENTRATION_SOURCE,
        Reading(key, values),
        p_value=p_value,
        effect=index - initial,
        null="the grades are no more concentrated than at development",
    )


def exposure_concentration(exposure: ArrayLike, scope: str, rows: int, thresholds: Thresholds) -> Result:
    """Judge whether exposure is concentrated in few grades (STA-04).

    Parameters
    ----------
    exposure : array of shape (k,)
        Money at risk per grade, empty grades included.
    scope : str
    rows : int
        Customers.
    thresholds : Thresholds
        `largest_grade`, `min_rows`.

    Returns
    -------
    Result
        The Herfindahl index of exposure, amber where the largest grade holds more than `largest_grade` of it. Without a p-value:
        money is no number of independent draws, and the ECB asks for the index alone.

    References
    ----------
    ECB (2019), 2.5.5.3. The limit of the share is a convention.

    Examples
    --------
    >>> result = exposure_concentration([1e6, 1e6, 8e6], "test: exposure", 900, Thresholds())
    >>> round(result.statistic, 3), result.verdict.value
    (0.622, 'amber')
    """
    money = np.asarray(exposure, dtype=float)
    if money.sum() == 0 or money.size == 1:
        reading = Reading("reading.no_exposure" if money.size > 1 else "reading.one_class")
        return Result("STA-04", scope, rows, 0, None, Verdict.NOT_COMPUTABLE, CONCENTRATION_SOURCE, reading)
    largest, index = float(money.max() / money.sum()), herfindahl(money)
    values = {"index": index, "largest": largest, "limit": thresholds.largest_grade, "rows": rows, "needed": thresholds.min_rows}
    verdict, key = Verdict.GREEN, "reading.exposure_spread"
    if rows < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_customers"
    elif largest > thresholds.largest_grade:
        verdict, key = Verdict.AMBER, "reading.exposure_concentrated"
    return Result("STA-04", scope, rows, 0, index, verdict, CONCENTRATION_SOURCE, Reading(key, values))


def multinomial(reference: ArrayLike, current: ArrayLike, scope: str, thresholds: Thresholds, seed: int = 1) -> Result:
    """Test, by drawing as many customers anew, whether the grades have become more concentrated (STA-08).

    Parameters
    ----------
    reference, current, scope
        As in `concentration`.
    thresholds : Thresholds
        `concentration_amber`, `concentration_red`, `min_rows`.
    seed : int
        Of the draws.

    Returns
    -------
    Result
        The rise of the Herfindahl index since development, with the interval that its draws fill at 95 %. The p-value is
        the share of draws of both samples in which the index has not risen, the sampling bias of small samples taken out.
        Unlike the ECB's test this one gains power with customers, so the rise must also exceed `concentration_amber` or
        `concentration_red`. The reading adds the plain share of draws of the current sample alone that do not exceed
        development's index, taken as known: it leans to alarm, since drawing anew raises an index a little, and judges
        nothing. `detectable` is the rise that would be found four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    The index: ECB (2019), 2.5.5.3; the draws: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 16.

    Examples
    --------
    >>> result = multinomial([130, 140, 230, 200, 110, 100, 90], [1000, 0, 0, 0, 0, 0, 0], "test", Thresholds())
    >>> result.verdict.value
    'red'
    """
    before, now = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    if nothing := _nothing_to_compare(before, now):
        return Result("STA-08", scope, round(now.sum()), 0, None, Verdict.NOT_COMPUTABLE, MULTINOMIAL_SOURCE, nothing)
    index, initial = herfindahl(now), herfindahl(before)
    rise, limits = index - initial, Limits(thresholds.concentration_amber, thresholds.concentration_red)
    random = np.random.default_rng([seed, 8])
    then, later = (_drawn(each, random) for each in (before, now))
    risen = _unbiased(now) - _unbiased(before) + (later[0] - later[0].mean()) - (then[0] - then[0].mean())
    p_value, p_fixed = (float((each.sum() + 1) / (DRAWS + 1)) for each in (risen <= 0, later[1] <= initial))
    verdict, key = judge(rise, p_value, limits), told("concentration", rise, p_value, limits.amber)
    values = {"index": index, "initial": initial, "rise": rise, "p": p_value, "p_fixed": p_fixed, "limit": limits.amber}
    values |= {"reference": round(before.sum()), "rows": round(now.sum()), "needed": thresholds.min_rows}
    if min(before.sum(), now.sum()) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    low, high = np.quantile(risen, (0.025, 0.975)).tolist()
    result = Result(
        "STA-08",
        scope,
        round(now.sum()),
        0,
        rise,
        verdict,
        MULTINOMIAL_SOURCE,
        Reading(key, values),
        interval=(low, high),
        threshold=limits.amber,
        p_value=p_value,
        effect=rise,
        null="the grades are no more concentrated than at development",
        detectable=REACH * sqrt(_index_variance(before) + _index_variance(now)),
    )
    return unless_blind(result, limits.red)


def each_concentration(evidence: Evidence) -> list[Result]:
    """Run STA-04 on every sample after development, on its customers and where it is known on their exposure."""
    before, grades = grade_counts(evidence.development, len(evidence.grades)), len(evidence.grades)
    results: list[Result] = []
    for name, part in evidence.later.items():
        results.append(concentration(before, grade_counts(part, grades), name, evidence.thresholds))
        if part.exposure is not None:
            results.append(exposure_concentration(_exposed(part, grades), f"{name}: exposure", part.n, evidence.thresholds))
    return results


def each_multinomial(evidence: Evidence) -> list[Result]:
    """Run STA-08 on every sample after development."""
    before = grade_counts(evidence.development, len(evidence.grades))
    return [
        multinomial(before, grade_counts(part, len(evidence.grades)), name, evidence.thresholds, evidence.seed)
        for name, part in evidence.later.items()
    ]


def _exposed(part: Scored, grades: int) -> Floats:
    """Return the exposure of every grade; a credit balance, or one that is not known, is nothing at risk."""
    money = np.zeros(part.n) if part.exposure is None else part.exposure
    held = np.where(np.isfinite(money) & (money > 0), money, 0.0)
    return np.bincount(part.grade, held * part.worth, grades).astype(float)


def _nothing_to_compare(before: Floats, now: Floats) -> Reading | None:
    if min(before.sum(), now.sum()) == 0:
        return Reading("reading.no_rows")
    return Reading("reading.one_class") if now.size == 1 else None


def _concentration_p(reference: Floats, current: Floats) -> float:
    before, now = coefficient_of_variation(reference), coefficient_of_variation(current)
    if now == 0:
        return 1.0  # an even spread is not more concentrated than anything
    return float(ndtr(-sqrt(current.size - 1) * (now - before) / sqrt(now**2 * (0.5 + now**2))))


def _drawn(counts: Floats, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the indices of as many customers drawn anew, without their sampling bias and with it, shape (draws,) each."""
    customers = round(min(float(counts.sum()), MANY))
    drawn = random.multinomial(customers, counts / counts.sum(), DRAWS) / customers
    squares = (drawn**2).sum(axis=1)
    return _index(_without_bias(squares, customers), counts.size), _index(squares, counts.size)


def _unbiased(counts: Floats) -> float:
    share = counts / counts.sum()
    return float(_index(_without_bias(np.array(share @ share), float(counts.sum())), counts.size))


def _without_bias(squares: Floats, customers: float) -> Floats:
    """Return the sum of squared shares without what sampling adds to it: the chance that two different customers share a grade."""
    return np.maximum((customers * squares - 1) / max(customers - 1, 1.0), 1e-9)


def _index(squares: Floats, grades: int) -> Floats:
    return np.asarray(1 + np.log(squares) / log(grades))


def _index_variance(counts: Floats) -> float:
    """Return the sampling variance of the index by the delta method."""
    share = counts / counts.sum()
    slope = 2 * share / float(share @ share) / log(counts.size)
    return float(share @ slope**2 - (share @ slope) ** 2) / float(counts.sum())
