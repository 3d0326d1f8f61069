"""Is a default rate within what its PD allows? Binomial, low default, intervals (CAL-07, CAL-11, CAL-12).

Run on the portfolio and the grades of every sample after development. Customers may fail together: the limit
`asset_correlation` says how closely. By default they fail independently, which is the strictest reading, and each binomial
test also tells its p-value at 4 %, the asset correlation of revolving retail loans in Basel's formulas: of the retail
classes it is the smallest, so it forgives least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from scorecard.metrics import (
    binomial_p,
    clopper_pearson_interval,
    critical_defaults,
    jeffreys_interval,
    jeffreys_p,
    upper_bound,
    wilson_interval,
)
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.calibration import excess_detectable, grade_rates, judge, untestable
from scorecard.validation.evidence import Evidence, Scored, not_due, told, with_family
from scorecard.validation.ladder import Ladder

BINOMIAL_SOURCE = "BCBS (2005), Working Paper 14, chapter III; Holm (1979)"
PRUDENCE_SOURCE = "Pluto & Tasche (2011); Holm (1979)"
INTERVAL_SOURCE = "Wilson (1927); Clopper & Pearson (1934); Brown, Cai & DasGupta (2001); Holm (1979)"
RETAIL = 0.04  # BCBS (2006), Basel II, paragraph 329: qualifying revolving retail exposures
BINOMIAL_GRADE_KEYS = {
    "reading.binomial_within": "reading.binomial_grade_within",
    "reading.binomial_beyond": "reading.binomial_grade_beyond",
    "reading.binomial_few": "reading.binomial_few",
}
INTERVAL_GRADE_KEYS = {
    "reading.interval_holds": "reading.interval_grade_holds",
    "reading.interval_low": "reading.interval_grade_low",
    "reading.interval_high": "reading.interval_grade_high",
    "reading.interval_few": "reading.interval_few",
}
Test = Callable[[float, float, float, str, Thresholds], Result]


def binomial_test(defaults: float, customers: float, pd: float, scope: str, thresholds: Thresholds) -> Result:
    """Test whether there are more defaults than chance allows under the PD, also where customers fail together (CAL-07).

    Parameters
    ----------
    defaults, customers : float
        Counts, 0 <= defaults <= customers; of weighted customers their effective number.
    pd : float
        The PD applied before the outcome window; for a portfolio the mean over customers.
    scope : str
        A sample or a grade.
    thresholds : Thresholds
        `jeffreys_amber`, `jeffreys_red`, `asset_correlation` (0: customers default independently), `min_events`: fewer
        customers can fail but not pass.

    Returns
    -------
    Result
        The default rate against the least one that refuses the PD at the amber level. One-sided, a small p-value means that
        the PD is too low. The grades of a sample are one family: the verdict of a grade rests on the p-value adjusted by Holm.
        The reading also tells the p-value at an asset correlation of 4 % (or without any, where one is set). `effect` is the
        default rate above the PD as a share of the PD, `detectable` the least of it that is found four times in five.

    References
    ----------
    BCBS (2005), Studies on the validation of internal rating systems, Working Paper 14, chapter III; Vasicek (2002), Risk
    15(12); Holm (1979), Scandinavian Journal of Statistics 6. The levels are a convention.

    Examples
    --------
    >>> result = binomial_test(15, 99, 0.09656014, "test", Thresholds())
    >>> round(result.p_value, 6), result.verdict.value
    (0.052999, 'green')
    """
    if reading := untestable(customers, pd):
        return _figureless("CAL-07", scope, defaults, customers, BINOMIAL_SOURCE, reading)
    rho = thresholds.asset_correlation
    beside = 0.0 if rho > 0 else RETAIL
    rate, p_value = defaults / customers, binomial_p(defaults, customers, pd, rho)
    critical = critical_defaults(customers, pd, 1 - thresholds.jeffreys_amber, rho)
    verdict = with_enough(judge(p_value, rate / pd - 1, thresholds), customers, thresholds)
    values = {"defaults": told(defaults), "customers": told(customers), "rate": rate, "pd": pd, "critical": critical}
    values |= {"p": p_value, "correlation": rho, "beside": beside, "p_beside": binomial_p(defaults, customers, pd, beside)}
    values |= {"needed": thresholds.min_events}
    return Result(
        "CAL-07",
        scope,
        round(customers),
        round(defaults),
        rate,
        verdict,
        BINOMIAL_SOURCE,
        Reading(_binomial_key(verdict), values),
        threshold=critical / customers if critical <= customers else None,
        p_value=p_value,
        effect=rate / pd - 1,
        null="the true default rate is at most the PD",
        detectable=excess_detectable(customers, pd, thresholds, rho),
    )


def interval_test(defaults: float, customers: float, pd: float, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the PD lies inside the confidence intervals of the default rate, on both sides (CAL-12).

    Parameters
    ----------
    defaults, customers, pd, scope
        As in `binomial_test`.
    thresholds : Thresholds
        `jeffreys_amber`, `jeffreys_red`, `min_events`.

    Returns
    -------
    Result
        The default rate with Jeffreys' interval at 95 %; Wilson's and Clopper-Pearson's stand in the reading, with how many of
        the three hold the PD. The p-value is two-sided, twice the smaller posterior tail, and of grades the verdict rests on
        the one adjusted by Holm. A PD too low is amber or red as in the one-sided tests. A PD too high is amber at most: it is
        safe, and the reading says what it costs, in defaults paid for by prices that did not come. `effect` is the default
        rate above the PD as a share of the PD, `detectable` the least of it that a one-sided test finds four times in five.

    References
    ----------
    Wilson (1927), JASA 22; Clopper & Pearson (1934), Biometrika 26; Brown, Cai & DasGupta (2001), Statistical Science 16;
    Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> interval_test(2, 1000, 0.01, "test", Thresholds()).reading.key
    'reading.interval_high'
    """
    if reading := untestable(customers, pd):
        return _figureless("CAL-12", scope, defaults, customers, INTERVAL_SOURCE, reading)
    rate, tail = defaults / customers, jeffreys_p(defaults, customers, pd)
    p_value = min(1.0, 2 * min(tail, 1 - tail))
    bounds = [interval(defaults, customers) for interval in (jeffreys_interval, wilson_interval, clopper_pearson_interval)]
    names = ("low", "high", "wilson_low", "wilson_high", "exact_low", "exact_high")
    values = dict(zip(names, (end for pair in bounds for end in pair), strict=True))
    values |= {"defaults": told(defaults), "customers": told(customers), "rate": rate, "pd": pd, "p": p_value}
    values |= {"holding": sum(low <= pd <= high for low, high in bounds), "unseen": customers * pd - defaults}
    values |= {"excess": pd - rate, "needed": thresholds.min_events}
    result = Result(
        "CAL-12",
        scope,
        round(customers),
        round(defaults),
        rate,
        Verdict.NOT_COMPUTABLE,  # until `_sided` has looked at it
        INTERVAL_SOURCE,
        Reading("", values),
        interval=bounds[0],
        threshold=pd,
        p_value=p_value,
        effect=rate / pd - 1,
        null="the true default rate is the PD",
        detectable=excess_detectable(customers, pd, thresholds),
    )
    return _sided(result, p_value, thresholds)


def prudence_test(
    defaults: Iterable[float], customers: Iterable[float], pd: float, scope: str, thresholds: Thresholds, least: float = 0.0
) -> Result:
    """Judge whether the PD of a grade with hardly a default is as high as prudence asks (CAL-11).

    Parameters
    ----------
    defaults, customers : array of shape (k,)
        Counts of the grade itself first, then of the worse grades pooled with it: those that follow without a break and have
        fewer defaults than `low_default` too, be they empty. Grades with enough defaults speak for themselves.
    pd : float
        Of the grade.
    scope : str
    thresholds : Thresholds
        `low_default`: fewer defaults make a grade one of low default; `low_default_confidence` of the bound;
        `asset_correlation`; `jeffreys_red`; `min_events` customers in the pool.
    least : float
        The bound of the better grades in the same pool: a worse grade's is never lower.

    Returns
    -------
    Result
        The PD against the most prudent bound: the PD at which so few defaults in the grade and the pooled ones would be as
        improbable as 1 - confidence. Green where the PD reaches it. Amber where it does not: the defaults do not refute the
        PD, but they cannot confirm it either, and a margin is missing; a right PD without a margin misses it at least as often
        as the confidence says. Red where the grade's own defaults refute the PD at the red level; of several grades of low
        default, by the p-value adjusted for all of them (Holm). `p_value` is that of the grade's own binomial test, `effect`
        the bound above the PD as a share of it, `detectable` the excess of the true rate that this binomial test finds four times in five.

    References
    ----------
    Pluto & Tasche (2011), Estimating probabilities of default for low default portfolios, The Basel II Risk Parameters. The
    confidence is a convention.

    Examples
    --------
    >>> prudence_test([0, 1], [400, 300], 0.002, "test: A", Thresholds()).verdict.value
    'amber'
    """
    held, failed = [float(each) for each in customers], [float(each) for each in defaults]
    if reading := untestable(held[0], pd):
        return _figureless("CAL-11", scope, failed[0], held[0], PRUDENCE_SOURCE, reading)
    pool, rho = (sum(failed), sum(held)), thresholds.asset_correlation
    bound = max(least, upper_bound(*pool, thresholds.low_default_confidence, rho))
    p_value = binomial_p(failed[0], held[0], pd, rho)
    values = {"defaults": told(failed[0]), "customers": told(held[0]), "pd": pd, "bound": bound, "p": p_value}
    values |= {"pool_defaults": told(pool[0]), "pool": told(pool[1]), "confidence": thresholds.low_default_confidence}
    values |= {"correlation": rho, "needed": thresholds.min_events, "p_holm": p_value}
    result = Result(
        "CAL-11",
        scope,
        round(held[0]),
        round(failed[0]),
        pd,
        Verdict.NOT_COMPUTABLE,  # until `_prudent` has looked at it
        PRUDENCE_SOURCE,
        Reading("", values),
        threshold=bound,
        p_value=p_value,
        effect=bound / pd - 1,
        null="the true default rate is at most the PD",
        detectable=excess_detectable(held[0], pd, thresholds, rho),
    )
    return _prudent(result, thresholds)


def binomial_grades(rates: Ladder, scopes: Iterable[str], thresholds: Thresholds) -> list[Result]:
    """Run the binomial test on every grade; together they are one family."""
    return [_binomial_of_family(result, thresholds) for result in _family(binomial_test, rates, scopes, thresholds)]


def interval_grades(rates: Ladder, scopes: Iterable[str], thresholds: Thresholds) -> list[Result]:
    """Set every grade's PD against its intervals; together they are one family."""
    found = _family(interval_test, rates, scopes, thresholds)
    return [result if result.p_value is None else _sided(result, result.reading.values["p_holm"], thresholds) for result in found]


def prudence_grades(rates: Ladder, scopes: Iterable[str], thresholds: Thresholds) -> list[Result]:
    """Judge the PD of every grade of low default, the best grade first; together they are one family."""
    low = rates.bads < thresholds.low_default
    found: list[Result] = []
    least = 0.0
    for at, scope in enumerate(scopes):
        if not low[at]:
            least = 0.0
        elif rates.rows[at] > 0:
            end = next((worse for worse in range(at, low.size) if not low[worse]), low.size)
            pool = slice(at, end)
            found.append(prudence_test(rates.bads[pool], rates.rows[pool], float(rates.pd[at]), scope, thresholds, least))
            least = found[-1].threshold or least
    return [_prudent(result, thresholds) for result in with_family(found)]


def each_binomial(evidence: Evidence) -> list[Result]:
    """Run CAL-07 on the portfolio and the grades of every sample after development."""
    return _each(evidence, "CAL-07", BINOMIAL_SOURCE, binomial_test, binomial_grades)


def each_interval(evidence: Evidence) -> list[Result]:
    """Run CAL-12 on the portfolio and the grades of every sample after development."""
    return _each(evidence, "CAL-12", INTERVAL_SOURCE, interval_test, interval_grades)


def each_prudence(evidence: Evidence) -> list[Result]:
    """Run CAL-11 on the grades of low default of every sample after development."""
    results: list[Result] = []
    for name, part in evidence.later.items():
        if part.bad is None:
            results.append(not_due("CAL-11", name, part, PRUDENCE_SOURCE))
            continue
        scopes = [f"{name}: {grade}" for grade in evidence.grades]
        found = prudence_grades(grade_rates(part, len(evidence.grades)), scopes, evidence.thresholds)
        results += found or [_no_low_default(name, part, evidence.thresholds)]
    return results


def portfolio(part: Scored) -> tuple[float, float, float]:
    """Return defaults, customers and mean PD of a sample; of weighted rows the numbers that they are worth.

    Examples
    --------
    >>> import numpy as np
    >>> portfolio(Scored(np.array([0, 1]), np.array([600.0, 500.0]), np.array([0.1, 0.3]), np.array([0, 1])))
    (1.0, 2.0, 0.2)
    """
    plain = part.ladder.plain()
    return float(plain.bads.sum()), float(plain.rows.sum()), part.ladder.mean_pd


def with_enough(verdict: Verdict, customers: float, thresholds: Thresholds) -> Verdict:
    """Take a pass back where there is only a handful of customers: they can fail a test but not pass it.

    Examples
    --------
    >>> [with_enough(verdict, 6, Thresholds()).value for verdict in (Verdict.GREEN, Verdict.AMBER)]
    ['insufficient data', 'amber']
    """
    return Verdict.INSUFFICIENT_DATA if verdict is Verdict.GREEN and customers < thresholds.min_events else verdict


def _each(
    evidence: Evidence,
    code: str,
    source: str,
    alone: Test,
    grades: Callable[[Ladder, Iterable[str], Thresholds], list[Result]],
) -> list[Result]:
    results: list[Result] = []
    for name, part in evidence.later.items():
        if part.bad is None:
            results.append(not_due(code, name, part, source))
            continue
        scopes = [f"{name}: {grade}" for grade in evidence.grades]
        results.append(alone(*portfolio(part), name, evidence.thresholds))
        results += grades(grade_rates(part, len(evidence.grades)), scopes, evidence.thresholds)
    return results


def _family(test: Test, rates: Ladder, scopes: Iterable[str], thresholds: Thresholds) -> list[Result]:
    counts = zip(rates.bads.tolist(), rates.rows.tolist(), rates.pd.tolist(), scopes, strict=True)
    return with_family([test(defaults, customers, pd, scope, thresholds) for defaults, customers, pd, scope in counts])


def _binomial_of_family(result: Result, thresholds: Thresholds) -> Result:
    if result.p_value is None or result.effect is None:
        return result
    values = result.reading.values
    verdict = with_enough(judge(values["p_holm"], result.effect, thresholds), values["customers"], thresholds)
    key = BINOMIAL_GRADE_KEYS[_binomial_key(verdict)]
    chance = result.p_value < thresholds.jeffreys_amber and verdict in (Verdict.GREEN, Verdict.INSUFFICIENT_DATA)
    return replace(result, verdict=verdict, reading=Reading("reading.binomial_grade_chance" if chance else key, values))


def _binomial_key(verdict: Verdict) -> str:
    if verdict is Verdict.INSUFFICIENT_DATA:
        return "reading.binomial_few"
    return "reading.binomial_within" if verdict is Verdict.GREEN else "reading.binomial_beyond"


def _sided(result: Result, p_value: float, thresholds: Thresholds) -> Result:
    """Judge on which side of its intervals the PD lies."""
    values, effect = result.reading.values, result.effect or 0.0
    verdict = judge(p_value, effect, thresholds)
    if verdict is Verdict.GREEN:
        verdict = with_enough(verdict, values["customers"], thresholds)
        key = "reading.interval_holds" if verdict is Verdict.GREEN else "reading.interval_few"
    else:
        key = "reading.interval_low" if effect > 0 else "reading.interval_high"
    if "p_holm" in values:
        key = INTERVAL_GRADE_KEYS[key]
    return replace(result, verdict=verdict, reading=Reading(key, values))


def _prudent(result: Result, thresholds: Thresholds) -> Result:
    """Judge whether a grade's defaults refute its PD, by the family's p-value, and whether the PD reaches its bound."""
    if result.p_value is None or result.threshold is None:
        return result
    values = result.reading.values
    if values["p_holm"] < thresholds.jeffreys_red:
        verdict, key = Verdict.RED, "reading.prudence_refuted"
    elif values["pool"] < thresholds.min_events:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.prudence_few"
    elif values["pd"] >= result.threshold:
        verdict, key = Verdict.GREEN, "reading.prudence_met"
    else:
        verdict, key = Verdict.AMBER, "reading.prudence_missed"
    return replace(result, verdict=verdict, reading=Reading(key, values))


def _figureless(code: str, scope: str, defaults: float, customers: float, source: str, reading: Reading) -> Result:
    return Result(code, scope, round(customers), round(defaults), None, Verdict.NOT_COMPUTABLE, source, reading)


def _no_low_default(name: str, part: Scored, thresholds: Thresholds) -> Result:
    reading = Reading("reading.no_low_default", {"needed": thresholds.low_default})
    return Result("CAL-11", name, part.n, part.events, None, Verdict.NOT_DUE, PRUDENCE_SOURCE, reading)
