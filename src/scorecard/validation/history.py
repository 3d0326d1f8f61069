"""Do several periods speak against the PDs? The normal test and the traffic lights (CAL-08, CAL-09).

Run on the portfolio and the grades of every sample after development that has dates. Periods whose outcome windows overlap
share defaults and say less than they seem to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from scorecard.errors import EvidenceError
from scorecard.metrics import binomial_p, critical_lights, detectable_lights, normal_test, traffic_lights
from scorecard.metrics.periods import MOST_PERIODS
from scorecard.metrics.power import POWER
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.calibration import excess_detectable, judge, untestable
from scorecard.validation.evidence import PERIOD, Evidence, Scored, not_due, told, with_family
from scorecard.validation.ladder import Floats, Ints
from scorecard.validation.rates import RETAIL, with_enough

NORMAL_SOURCE = "BCBS (2005), Working Paper 14, chapter III; Student (1908); Holm (1979)"
LIGHTS_SOURCE = (
    "Blochwitz, Hohl & Wehn (2005), BCBS (2005), Working Paper 14, chapter III; one period: Tasche (2003); Holm (1979)"
)
FEWEST_PERIODS = 3  # the scatter of two periods is hardly an estimate
NORMAL_GRADE = ("reading.normal_grade_fits", "reading.normal_grade_low")
LIGHTS_GRADE = ("reading.lights_grade_fit", "reading.lights_grade_low")
LIGHT_GRADE = ("reading.light_grade_fits", "reading.light_grade_low")
OF_FAMILY = {
    "reading.normal_fits": NORMAL_GRADE,
    "reading.normal_low": NORMAL_GRADE,
    "reading.lights_fit": LIGHTS_GRADE,
    "reading.lights_low": LIGHTS_GRADE,
    "reading.light_fits": LIGHT_GRADE,
    "reading.light_low": LIGHT_GRADE,
}
Test = Callable[["History", str, Thresholds], Result]


@dataclass(frozen=True, eq=False)
class History:
    """Customers, defaults and mean PD of several periods, in time order."""

    customers: Floats
    defaults: Floats
    pd: Floats

    def usable(self, fewest: float) -> History:
        """Return the periods with at least so many customers and a PD that claims no certainty."""
        kept = (self.customers >= max(fewest, 1)) & (self.pd > 0) & (self.pd < 1)
        return History(self.customers[kept], self.defaults[kept], self.pd[kept])

    @property
    def excess(self) -> float:
        """Default rate above the PD as a share of the PD, over all periods."""
        return float(self.defaults.sum() / (self.customers @ self.pd)) - 1


def normal_periods(history: History, scope: str, thresholds: Thresholds) -> Result:
    """Test whether default rates lie above the PDs over several periods, by how they scatter (CAL-08).

    Parameters
    ----------
    history : History
        Of the portfolio or a grade; periods with fewer than `min_events` customers are left out, and three must be left.
    scope : str
    thresholds : Thresholds
        `jeffreys_amber`, `jeffreys_red`, `min_events`.

    Returns
    -------
    Result
        The sum of the deviations over the root of the periods times their scatter. The scatter is that of the rates
        themselves, so customers who fail together are allowed for; a deviation that all periods share is not. `p_value` is
        Student's with one degree of freedom less than there are periods, because the scatter is estimated from them; the
        normal one of the Working Paper, and the statistic of its cautious variant, stand in the reading. Grades are one
        family (Holm). `effect` is the default rate above the PD as a share of the PD, `detectable` the least of it that would
        have been found four times in five.

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III, normal test; Student (1908), Biometrika 6. The levels are a convention.

    Examples
    --------
    >>> history = History(np.full(5, 1000.0), np.array([12.0, 15, 9, 20, 16]), np.full(5, 0.01))
    >>> result = normal_periods(history, "test", Thresholds())
    >>> round(result.statistic, 4), round(result.p_value, 4), result.verdict.value
    (2.3655, 0.0386, 'amber')
    """
    used = history.usable(thresholds.min_events)
    values: dict[str, Any] = {
        "periods": used.customers.size,
        "all": history.customers.size,
        "needed": FEWEST_PERIODS,
        "least": thresholds.min_events,
    }
    if used.customers.size < FEWEST_PERIODS:
        reading = Reading("reading.normal_few", values)
        return _figureless("CAL-08", scope, history, Verdict.INSUFFICIENT_DATA, NORMAL_SOURCE, reading)
    try:
        found = normal_test(used.defaults / used.customers, used.pd)
    except EvidenceError:
        reading = Reading("reading.normal_without_scatter", values)
        return _figureless("CAL-08", scope, history, Verdict.NOT_COMPUTABLE, NORMAL_SOURCE, reading)
    mean = float(used.pd.mean())
    effect = float((used.defaults / used.customers).mean()) / mean - 1
    verdict = judge(found.p_student, effect, thresholds)
    periods, reach = used.customers.size, float(-stdtrit(used.customers.size - 1, thresholds.jeffreys_amber))
    values |= {"statistic": found.statistic, "p": found.p_student, "p_normal": found.p_value, "cautious": found.cautious}
    values |= {"rate": mean * (1 + effect), "pd": mean, "scatter": found.scatter}
    return Result(
        "CAL-08",
        scope,
        round(float(used.customers.sum())),
        round(float(used.defaults.sum())),
        found.statistic,
        verdict,
        NORMAL_SOURCE,
        Reading("reading.normal_fits" if verdict is Verdict.GREEN else "reading.normal_low", values),
        threshold=reach,
        p_value=found.p_student,
        effect=effect,
        null="the default rates of the periods are at most the PDs on average",
        detectable=(reach + float(ndtri(POWER))) * found.scatter / sqrt(periods) / mean,
    )


def lights_test(history: History, scope: str, thresholds: Thresholds) -> Result:
    """Judge the defaults of several periods, or of one, by traffic lights (CAL-09).

    Parameters
    ----------
    history : History
        Of the portfolio or a grade; the nine latest periods with customers count, because ten lights of a colour would look
        like one of the next better.
    scope : str
    thresholds : Thresholds
        `jeffreys_amber`, `jeffreys_red`, `min_events`, and `asset_correlation` for a single period (4 % where it is 0: a
        light that takes customers as independent is the binomial test, CAL-07).

    Returns
    -------
    Result
        Of several periods the value 1000 green + 100 yellow + 10 orange + red, with the probability of one as low; each period
        is coloured by its deviation in standard deviations, so that right PDs show green half of the time, then yellow 30 %,
        orange 15 %, red 5 %. Of one period the default rate, with the probability of as many defaults where customers fail
        together: the levels of amber and red are those of yellow and red. Grades are one family (Holm). `effect` is the
        default rate above the PD as a share of the PD, `detectable` the least of it that would have been found four times
        in five.

    References
    ----------
    Blochwitz, Hohl & Wehn (2005), Wilmott; BCBS (2005), Working Paper 14, chapter III; Tasche (2003), A traffic lights
    approach to PD validation. The levels are a convention.

    Examples
    --------
    >>> history = History(np.full(5, 1000.0), np.array([12.0, 15, 16, 20, 16]), np.full(5, 0.01))
    >>> result = lights_test(history, "test", Thresholds())
    >>> result.statistic, result.verdict.value
    (113.0, 'red')
    """
    used = history.usable(1)
    if used.customers.size == 0:
        reading = untestable(float(history.customers.sum()), 1.0) or Reading("reading.no_customers")
        return _figureless("CAL-09", scope, history, Verdict.NOT_COMPUTABLE, LIGHTS_SOURCE, reading)
    latest = History(used.customers[-MOST_PERIODS:], used.defaults[-MOST_PERIODS:], used.pd[-MOST_PERIODS:])
    return _one_light(latest, scope, thresholds) if latest.customers.size == 1 else _lights(latest, scope, thresholds)


def each_normal(evidence: Evidence) -> list[Result]:
    """Run CAL-08 on the portfolio and the grades of every sample after development that has periods."""
    results: list[Result] = []
    for name, part in evidence.later.items():
        if part.bad is None:
            results.append(not_due("CAL-08", name, part, NORMAL_SOURCE))
        elif len(_present(part)) < 2:  # noqa: PLR2004 - one period has no scatter
            reading = Reading("reading.few_periods", {"periods": len(_present(part))})
            results.append(Result("CAL-08", name, part.n, part.events, None, Verdict.NOT_DUE, NORMAL_SOURCE, reading))
        else:
            results += _whole_and_grades(evidence, name, part, normal_periods)
    return results


def each_lights(evidence: Evidence) -> list[Result]:
    """Run CAL-09 on the portfolio and the grades of every sample after development; without dates a sample is one period."""
    results: list[Result] = []
    for name, part in evidence.later.items():
        results += (
            [not_due("CAL-09", name, part, LIGHTS_SOURCE)]
            if part.bad is None
            else _whole_and_grades(evidence, name, part, lights_test)
        )
    return results


def _one_light(history: History, scope: str, thresholds: Thresholds) -> Result:
    customers, defaults, pd = float(history.customers[0]), float(history.defaults[0]), float(history.pd[0])
    rho = thresholds.asset_correlation or RETAIL
    p_value = binomial_p(defaults, customers, pd, rho)
    verdict = judge(p_value, history.excess, thresholds)
    key = "reading.light_fits" if verdict is Verdict.GREEN else "reading.light_low"
    if verdict is Verdict.GREEN and customers < thresholds.min_events:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.light_few"
    values = {"defaults": told(defaults), "customers": told(customers), "rate": defaults / customers, "pd": pd}
    values |= {"p": p_value, "correlation": rho, "needed": thresholds.min_events}
    return Result(
        "CAL-09",
        scope,
        round(customers),
        round(defaults),
        defaults / customers,
        verdict,
        LIGHTS_SOURCE,
        Reading(key, values),
        threshold=pd,
        p_value=p_value,
        effect=history.excess,
        null="the true default rate is at most the PD",
        detectable=excess_detectable(customers, pd, thresholds, rho),
    )


def _lights(history: History, scope: str, thresholds: Thresholds) -> Result:
    found = traffic_lights(history.defaults, history.customers, history.pd)
    verdict = judge(found.p_value, history.excess, thresholds)
    key = "reading.lights_fit" if verdict is Verdict.GREEN else "reading.lights_low"
    customers = float(history.customers.sum())
    if verdict is Verdict.GREEN and customers < thresholds.min_events:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.light_few"
    critical = critical_lights(history.customers.size, 1 - thresholds.jeffreys_amber)
    values: dict[str, Any] = dict(zip(("green", "yellow", "orange", "red"), found.lights, strict=True))
    values |= {"periods": history.customers.size, "value": found.value, "critical": critical or 0, "p": found.p_value}
    values |= {"defaults": told(float(history.defaults.sum())), "customers": told(customers), "needed": thresholds.min_events}
    values |= {"pd": float(history.customers @ history.pd) / customers}
    return Result(
        "CAL-09",
        scope,
        round(customers),
        round(float(history.defaults.sum())),
        float(found.value),
        verdict,
        LIGHTS_SOURCE,
        Reading(key, values),
        threshold=None if critical is None else float(critical),
        p_value=found.p_value,
        effect=history.excess,
        null="the PDs of all periods are right",
        detectable=detectable_lights(history.customers, history.pd, 1 - thresholds.jeffreys_amber),
    )


def _whole_and_grades(evidence: Evidence, name: str, part: Scored, test: Test) -> list[Result]:
    limits, histories = evidence.thresholds, _histories(part, part.grade, len(evidence.grades))
    whole = next(_histories(part, np.zeros(part.n, dtype=int), 1))
    family = [test(each, f"{name}: {grade}", limits) for grade, each in zip(evidence.grades, histories, strict=True)]
    return [test(whole, name, limits), *(_of_family(result, limits) for result in with_family(family))]


def _of_family(result: Result, thresholds: Thresholds) -> Result:
    """Let the family's p-value decide, and tell both adjusted ones."""
    if result.effect is None or result.reading.key not in OF_FAMILY:
        return result
    fits, low = OF_FAMILY[result.reading.key]
    verdict = with_enough(judge(result.reading.values["p_holm"], result.effect, thresholds), result.n, thresholds)
    key = {Verdict.GREEN: fits, Verdict.INSUFFICIENT_DATA: "reading.light_few"}.get(verdict, low)
    return replace(result, verdict=verdict, reading=Reading(key, result.reading.values))


def _present(part: Scored) -> list[int]:
    """Codes of the periods that have rows."""
    if PERIOD not in part.labels:
        return []
    codes = part.labels[PERIOD].codes
    return [int(code) for code in np.unique(codes[codes >= 0])]


def _histories(part: Scored, group: Ints, groups: int) -> Iterator[History]:
    """Yield the counts by period of every group; without at least two periods the sample is one."""
    codes = part.labels[PERIOD].codes if len(_present(part)) > 1 else np.zeros(part.n, dtype=int)
    periods, dated = int(codes.max()) + 1, codes >= 0
    counts = part.counted(codes[dated] * groups + group[dated], periods * groups, dated).plain_each()
    rows, bads, pd = (each.reshape(periods, groups) for each in (counts.rows, counts.bads, counts.pd))
    for at in range(groups):
        yield History(rows[:, at], bads[:, at], pd[:, at])


def _figureless(code: str, scope: str, history: History, verdict: Verdict, source: str, reading: Reading) -> Result:
    customers, defaults = float(history.customers.sum()), float(history.defaults.sum())
    return Result(code, scope, round(customers), round(defaults), None, verdict, source, reading)
