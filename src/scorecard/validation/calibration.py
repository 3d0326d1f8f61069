"""Do as many customers default as the PDs say? Portfolio and grades, by counts (CAL-01 to CAL-03).

Run on every sample after development: on the rows the PDs were fitted to they are right by construction, and a green
there would mean nothing. The levels of Jeffreys' test (`jeffreys_amber`, `jeffreys_red`) serve every calibration test,
and red also needs a deviation that matters: a tiny one on a huge sample is amber at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.special import chdtrc, chdtri

from scorecard.metrics import binomial_p, detectable_deviation, detectable_rate, jeffreys_interval, jeffreys_p
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Scored, not_due, told, where_observed, with_family
from scorecard.validation.ladder import Counts, Floats, Ladder

JEFFREYS_SOURCE = "ECB (2019), 2.5.3.1"
GRADES_SOURCE = "ECB (2019), 2.5.3.1; Holm (1979)"
GRADE_KEYS = {
    "reading.jeffreys_fits": "reading.grade_fits",
    "reading.jeffreys_conservative": "reading.grade_conservative",
}
HL_SOURCE = "Hosmer & Lemeshow (1980); Cochran (1954) for small cells"
MATERIAL = 0.10  # convention: a deviation of less than a tenth is amber at most
SMALL_CELL = 5  # Cochran (1954): at most a fifth of the expected counts below 5, none below 1
SMALL_SHARE = 0.2


def jeffreys(defaults: float, customers: float, pd: float, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the PD is too low for the defaults seen (CAL-01).

    Parameters
    ----------
    defaults, customers : float
        Counts, 0 <= defaults <= customers; of weighted customers their effective number.
    pd : float
        The PD applied before the outcome window; for a portfolio the mean over customers.
    scope : str
        A sample or a grade.
    thresholds : Thresholds
        `jeffreys_amber`, `jeffreys_red`; a sample of fewer than `min_events` customers can fail but not pass.

    Returns
    -------
    Result
        The default rate with its Jeffreys interval, against the PD. One-sided: a PD far too high stays green, and the
        reading says that it is conservative. The binomial test stands in the reading for comparison. `effect` is the default
        rate above the PD as a share of the PD, `detectable` the least of it that the binomial test finds four times in five.

    References
    ----------
    ECB (2019), 2.5.3.1. The limits are a convention.

    Examples
    --------
    >>> result = jeffreys(15, 99, 0.09656014, "test", Thresholds())
    >>> round(result.p_value, 6), result.verdict.value
    (0.038725, 'amber')
    """
    defaults, customers, pd = float(defaults), float(customers), float(pd)
    if reading := untestable(customers, pd):
        return Result("CAL-01", scope, round(customers), round(defaults), None, Verdict.NOT_COMPUTABLE, JEFFREYS_SOURCE, reading)
    rate, p_value = defaults / customers, jeffreys_p(defaults, customers, pd)
    low, high = jeffreys_interval(defaults, customers)
    verdict = _judge_jeffreys(p_value, rate / pd - 1, customers, thresholds)
    values = {
        "defaults": told(defaults),
        "customers": told(customers),
        "rate": rate,
        "low": low,
        "high": high,
        "pd": pd,
        "p": p_value,
        "binomial": binomial_p(defaults, customers, pd),
        "needed": thresholds.min_events,
    }
    return Result(
        "CAL-01",
        scope,
        round(customers),
        round(defaults),
        rate,
        verdict,
        JEFFREYS_SOURCE,
        Reading(_jeffreys_key(verdict, p_value, thresholds), values),
        interval=(low, high),
        threshold=pd,
        p_value=p_value,
        effect=rate / pd - 1,
        null="the true default rate is at most the PD",
        detectable=excess_detectable(customers, pd, thresholds),
    )


def jeffreys_grades(
    defaults: Iterable[float], customers: Iterable[float], pd: Iterable[float], scopes: Iterable[str], thresholds: Thresholds
) -> list[Result]:
    """Test whether the PD of any grade is too low (CAL-02).

    Parameters
    ----------
    defaults, customers, pd : array of shape (k,)
        Counts and PD per grade.
    scopes : sequence of k str
    thresholds : Thresholds
        As in `jeffreys`.

    Returns
    -------
    list of Result
        One a grade, with `effect` and `detectable` as in `jeffreys`. `p_value` is the grade's own; the verdict rests on the p-value adjusted for all grades (Holm), because
        one grade in twenty fails by chance; both, and Benjamini-Hochberg's, stand in the reading.

    References
    ----------
    ECB (2019), 2.5.3.1; Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> results = jeffreys_grades([3, 20], [47, 95], [0.0307, 0.1161], ["A", "B"], Thresholds())
    >>> [result.verdict.value for result in results]
    ['green', 'red']
    """
    found = [jeffreys(d, n, p, scope, thresholds) for d, n, p, scope in zip(defaults, customers, pd, scopes, strict=True)]
    return [_judge_grade(result, thresholds) for result in with_family(found)]


def hosmer_lemeshow(defaults: Counts, customers: Counts, pd: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the PDs of all grades together fit the defaults (CAL-03).

    Parameters
    ----------
    defaults, customers, pd : array of shape (k,)
        Counts and ex-ante PD per grade; empty grades count for nothing.
    scope : str
        A sample other than the one the PDs were estimated on (there the degrees of freedom are k - 2).
    thresholds : Thresholds

    Returns
    -------
    Result
        Chi-square with as many degrees of freedom as grades hold customers; `effect` is the mean absolute deviation of
        defaults from those expected, as a share of them, and `detectable` the share by which all grades would have to miss to
        be found four times in five. Where expected counts are too small the figures stand, the verdict is insufficient data.

    References
    ----------
    Hosmer & Lemeshow (1980), Communications in Statistics A9; Cochran (1954), Biometrics 10.

    Examples
    --------
    >>> result = hosmer_lemeshow(np.array([20, 17]), np.array([95, 68]), np.array([0.1161, 0.2907]), "test", Thresholds())
    >>> round(result.statistic, 4)
    8.8005
    """
    bads, held = round(float(np.sum(defaults))), np.asarray(customers) > 0
    n, d, p = (np.asarray(part, dtype=float)[held] for part in (customers, defaults, pd))
    if not held.any() or not ((p > 0) & (p < 1)).all():
        reading = Reading("reading.no_customers") if not held.any() else Reading("reading.certain_pds")
        return Result("CAL-03", scope, round(float(n.sum())), bads, None, Verdict.NOT_COMPUTABLE, HL_SOURCE, reading)
    statistic = float(((n * p - d) ** 2 / (n * p * (1 - p))).sum())
    p_value = float(chdtrc(n.size, statistic))
    effect = float(np.abs(d - n * p).sum() / (n * p).sum())
    verdict = judge(p_value, effect, thresholds)
    key = "reading.hl_fits" if verdict is Verdict.GREEN else "reading.hl_misfits"
    if small_cells(np.concatenate([n * p, n * (1 - p)])):
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.hl_sparse"
    return Result(
        "CAL-03",
        scope,
        round(float(n.sum())),
        bads,
        statistic,
        verdict,
        HL_SOURCE,
        Reading(key, {"hl": statistic, "df": n.size, "p": p_value, "deviation": effect}),
        threshold=float(chdtri(n.size, thresholds.jeffreys_amber)),
        p_value=p_value,
        effect=effect,
        null="every grade's PD is its true default rate",
        detectable=detectable_deviation(n, p, n.size, 1 - thresholds.jeffreys_amber),
    )


def judge(p_value: float, effect: float, thresholds: Thresholds) -> Verdict:
    """Combine how sure and how large a deviation is: red needs both, amber only the former.

    Parameters
    ----------
    p_value : float
    effect : float
        The deviation as a share of what was expected; 0.1 and more matters (a convention).
    thresholds : Thresholds
        `jeffreys_amber`, `jeffreys_red`.

    Examples
    --------
    >>> judge(0.001, 0.02, Thresholds()).value
    'amber'
    """
    if p_value < thresholds.jeffreys_red and effect >= MATERIAL:
        return Verdict.RED
    return Verdict.AMBER if p_value < thresholds.jeffreys_amber else Verdict.GREEN


def untestable(customers: float, pd: float) -> Reading | None:
    """Say that there are no customers or that the PD claims certainty, or return None.

    Examples
    --------
    >>> untestable(100, 1.0).key
    'reading.certain_pd'
    """
    if customers <= 0:
        return Reading("reading.no_customers")
    return None if 0 < pd < 1 else Reading("reading.certain_pd", {"pd": pd})


def excess_detectable(customers: float, pd: float, thresholds: Thresholds, correlation: float = 0.0) -> float | None:
    """Return the least excess of the true default rate, as a share of the PD, that the binomial test finds four times in five.

    Examples
    --------
    >>> round(excess_detectable(1000, 0.02, Thresholds()), 2)
    0.67
    """
    rate = detectable_rate(customers, pd, 1 - thresholds.jeffreys_amber, correlation=correlation)
    return None if rate is None else rate / pd - 1


def grade_rates(part: Scored, grades: int) -> Ladder:
    """Return goods, bads and PD of so many grades, the best first; of weighted rows the numbers each grade is worth for itself."""
    return part.counted(part.grade, grades).plain_each()


def each_portfolio(evidence: Evidence) -> list[Result]:
    """Run CAL-01 on every sample after development."""

    def test(name: str, part: Scored) -> Result:
        plain = part.ladder.plain()
        return jeffreys(float(plain.bads.sum()), float(plain.rows.sum()), part.ladder.mean_pd, name, evidence.thresholds)

    return where_observed(evidence.later, "CAL-01", JEFFREYS_SOURCE, test)


def each_grade(evidence: Evidence) -> list[Result]:
    """Run CAL-02 on the grades of every sample after development; one sample's grades are one family."""
    results: list[Result] = []
    for name, part in evidence.later.items():
        if part.bad is None:
            results.append(not_due("CAL-02", name, part, GRADES_SOURCE))
            continue
        counts = grade_rates(part, len(evidence.grades))
        scopes = [f"{name}: {grade}" for grade in evidence.grades]
        results += jeffreys_grades(counts.bads, counts.rows, counts.pd, scopes, evidence.thresholds)
    return results


def each_fit(evidence: Evidence) -> list[Result]:
    """Run CAL-03 on every sample after development."""

    def test(name: str, part: Scored) -> Result:
        counts = grade_rates(part, len(evidence.grades))
        return hosmer_lemeshow(counts.bads, counts.rows, counts.pd, name, evidence.thresholds)

    return where_observed(evidence.later, "CAL-03", HL_SOURCE, test)


def _judge_jeffreys(p_value: float, effect: float, customers: float, thresholds: Thresholds) -> Verdict:
    verdict = judge(p_value, effect, thresholds)
    passed_on_nothing = verdict is Verdict.GREEN and customers < thresholds.min_events
    return Verdict.INSUFFICIENT_DATA if passed_on_nothing else verdict


def _jeffreys_key(verdict: Verdict, p_value: float, thresholds: Thresholds) -> str:
    if verdict is Verdict.INSUFFICIENT_DATA:
        return "reading.jeffreys_few"
    if verdict is not Verdict.GREEN:
        return "reading.jeffreys_low"
    return "reading.jeffreys_conservative" if 1 - p_value < thresholds.jeffreys_amber else "reading.jeffreys_fits"


def _judge_grade(result: Result, thresholds: Thresholds) -> Result:
    """Let the family's p-value decide: a grade that failed on its own may be the one expected by chance."""
    result = replace(result, code="CAL-02", source=GRADES_SOURCE)
    if result.p_value is None or result.effect is None:
        return result
    if result.p_value >= thresholds.jeffreys_amber:
        key = GRADE_KEYS.get(result.reading.key, result.reading.key)
        return replace(result, reading=Reading(key, result.reading.values))
    verdict = _judge_jeffreys(result.reading.values["p_holm"], result.effect, result.n, thresholds)
    key = "reading.grade_chance" if verdict in (Verdict.GREEN, Verdict.INSUFFICIENT_DATA) else "reading.grade_low"
    return replace(result, verdict=verdict, reading=Reading(key, result.reading.values))


def small_cells(expected: Floats) -> bool:
    """Say whether expected counts are too small for a chi-square: more than a fifth below 5, or any below 1.

    Examples
    --------
    >>> small_cells(np.array([4.0, 6.0, 7.0, 8.0, 9.0]))
    False
    """
    return bool((expected < SMALL_CELL).mean() > SMALL_SHARE or (expected < 1).any())
