"""Does the score rank customers by risk, and still as well as at development? AUC, KS, Gini, drop, grades (DIS-01 to DIS-05).

Every test looks at a `Ladder`: goods and bads at each score, the riskiest first. Weighted rows count at their effective number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt

from scipy.special import ndtr, ndtri

from scorecard.metrics import Auc, Ks, auc_fall, auc_interval, detectable, gini, ks_from_counts
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, shortage, where_observed, without_initial
from scorecard.validation.judging import Limits, unless_blind
from scorecard.validation.ladder import Ladder

AUC_SOURCE = "DeLong, DeLong & Clarke-Pearson (1988); logit interval: Pepe (2003), 5.2.4"
KS_SOURCE = "Kolmogorov (1933), Smirnov (1939); limit: convention, the KS of two normal scores with the AUC limit"
GINI_SOURCE = "Somers (1962); 2 AUC - 1"
DROP_SOURCE = "ECB (2019), 2.5.4.1"
GRADE_SOURCE = "ECB (2019), 2.5.4; DeLong, DeLong & Clarke-Pearson (1988)"
GINI_KEYS = {"reading.auc_good": "reading.gini_good", "reading.auc_low": "reading.gini_low"}
GRADE_KEYS = {"reading.auc_good": "reading.grade_auc_good", "reading.auc_low": "reading.grade_auc_low"}
DROP_KEYS = {
    "none": "reading.drop_none",
    "small": "reading.drop_small",
    "chance": "reading.drop_chance",
    "loss": "reading.drop",
}
Z95 = float(ndtri(0.975))
CHANCE = 0.5  # the AUC of a score that orders nothing


def auc_test(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Judge how often a bad scores below a good (DIS-01).

    Parameters
    ----------
    ladder : Ladder
        Of the sample.
    scope : str
        The sample's name.
    thresholds : Thresholds
        `auc_amber`, `auc_red`, `min_events`.

    Returns
    -------
    Result
        The AUC with its logit interval at 95 %. Red too where the order is the wrong way round by more than two standard
        errors; amber where it is perfect, because a leak of the outcome is likelier than a perfect model. `effect` is the
        distance above the limit, `detectable` the distance that the sample could have told from none.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Pepe (2003), 5.2.4. The limits are a convention.

    Examples
    --------
    >>> import numpy as np
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(60), 60, np.array([0, 1] * 30), np.full(60, 0.5))
    >>> auc_test(ladder, "test", Thresholds()).verdict.value
    'red'
    """
    if short := shortage(ladder, thresholds):
        return unanswered("DIS-01", scope, ladder, AUC_SOURCE, short)
    estimate = ladder.auc
    verdict, key = judge_ranking(estimate, thresholds)
    low, high = auc_interval(estimate)
    return Result(
        "DIS-01",
        scope,
        ladder.n,
        ladder.events,
        estimate.auc,
        verdict,
        AUC_SOURCE,
        Reading(key, {"auc": estimate.auc, "low": low, "high": high, "limit": thresholds.auc_amber}),
        interval=(low, high) if estimate.variance > 0 else None,  # without variance an interval would feign exactness
        threshold=thresholds.auc_amber,
        effect=estimate.auc - thresholds.auc_amber,
        detectable=detectable(sqrt(estimate.variance)) if estimate.variance > 0 else None,
    )


def gini_test(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Judge the Gini coefficient, the AUC stretched to [-1, 1] (DIS-03).

    Parameters are those of `auc_test`.

    Returns
    -------
    Result
        As `auc_test` gives it, verdict included, with every figure on the scale of the Gini coefficient.

    References
    ----------
    Somers (1962), American Sociological Review 27.

    Examples
    --------
    >>> import numpy as np
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(60), 60, np.array([1, 0] * 30), np.full(60, 0.5))
    >>> gini_test(ladder, "test", Thresholds()).statistic < 0.1
    True
    """
    result = auc_test(ladder, scope, thresholds)
    if result.statistic is None or result.threshold is None or result.effect is None:
        return replace(result, code="DIS-03", source=GINI_SOURCE)
    key = GINI_KEYS.get(result.reading.key, result.reading.key)
    figures = {name: gini(result.reading.values[name]) for name in ("low", "high", "limit")}
    return replace(
        result,
        code="DIS-03",
        source=GINI_SOURCE,
        statistic=gini(result.statistic),
        interval=(gini(result.interval[0]), gini(result.interval[1])) if result.interval else None,
        threshold=gini(result.threshold),
        effect=2 * result.effect,
        detectable=None if result.detectable is None else 2 * result.detectable,
        reading=Reading(key, {"gini": gini(result.statistic), "auc": result.statistic, **figures}),
    )


def ks_test(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Judge the widest gap between the score distributions of bads and goods (DIS-02).

    Parameters
    ----------
    ladder, scope, thresholds
        As in `auc_test`.

    Returns
    -------
    Result
        The KS; its interval is Wald's at the score of the widest gap, so the search for that score is not in it. There is
        no p-value: on any large sample it is 0. The limits are those of the AUC, carried over for two normal score
        distributions of equal variance: KS = 2 Phi(Phi^-1(AUC) / sqrt 2) - 1. The gap has no sign, so it is red too where more
        goods than bads stand below it, or where the order is the wrong way round as in `auc_test`. `effect` is the distance above the limit,
        `detectable` the distance that the sample could have told from none.

    References
    ----------
    Kolmogorov (1933); Smirnov (1939).

    Examples
    --------
    >>> import numpy as np
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(60), 60, np.array([0, 1] * 30), np.full(60, 0.5))
    >>> round(ks_test(ladder, "test", Thresholds()).threshold, 3)
    0.289
    """
    if short := shortage(ladder, thresholds):
        return unanswered("DIS-02", scope, ladder, KS_SOURCE, short)
    point = ks_from_counts(*ladder.safest_first, -ladder.score[::-1])
    goods, bads = ladder.numbers
    amber, red = _ks_limit(thresholds.auc_amber), _ks_limit(thresholds.auc_red)
    error = sqrt(point.bad_share * (1 - point.bad_share) / bads + point.good_share * (1 - point.good_share) / goods)
    verdict, key = _judge_gap(point, ladder.auc, Limits(amber, red))
    values = {"ks": point.ks, "score": -point.risk, "bads": point.bad_share, "goods": point.good_share, "limit": amber}
    return Result(
        "DIS-02",
        scope,
        ladder.n,
        ladder.events,
        point.ks,
        verdict,
        KS_SOURCE,
        Reading(key, values | {"auc": ladder.auc.auc}),
        interval=(max(0.0, point.ks - Z95 * error), min(1.0, point.ks + Z95 * error)),
        threshold=amber,
        effect=point.ks - amber,
        detectable=detectable(error) if error > 0 else None,
    )


def auc_drop(initial: Auc, ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the AUC has fallen since the initial validation (DIS-04).

    Parameters
    ----------
    initial : Auc
        Taken as known; its variance enters only the second p-value in the reading, the fairer one where the initial sample
        was small. An AUC on the rows the model was fitted to flatters it, so a small drop is to be expected.
    ladder, scope
        Of the current sample.
    thresholds : Thresholds
        `auc_drop_alpha`, `auc_drop_amber`, `auc_drop_red`, `min_events`.

    Returns
    -------
    Result
        The drop, initial less current, with a small p-value where the model looks worse. Amber and red need both a small
        p-value and a drop beyond the limit. `detectable` is the true drop that the test finds significant four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    ECB (2019), 2.5.4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(60), 60, np.array([1, 0] * 30), np.full(60, 0.5))
    >>> auc_drop(Auc(0.8, 0.0), ladder, "test", Thresholds()).verdict.value
    'red'
    """
    if short := shortage(ladder, thresholds):
        return unanswered("DIS-04", scope, ladder, DROP_SOURCE, short)
    current = ladder.auc
    drop, error = initial.auc - current.auc, sqrt(current.variance)
    values = {"initial": initial.auc, "current": current.auc, "drop": drop, "limit": thresholds.auc_drop_amber}
    if error == 0:
        return unanswered(
            "DIS-04", scope, ladder, DROP_SOURCE, Reading("reading.drop_without_variance", values), computable=False
        )
    fall = auc_fall(initial, current)
    verdict, outcome = judge_drop(drop, fall.p_value, thresholds)
    result = Result(
        "DIS-04",
        scope,
        ladder.n,
        ladder.events,
        drop,
        verdict,
        DROP_SOURCE,
        Reading(DROP_KEYS[outcome], {**values, "s": fall.s, "p": fall.p_value, "p_both": fall.p_both}),
        interval=(drop - Z95 * error, drop + Z95 * error),
        threshold=thresholds.auc_drop_amber,
        p_value=fall.p_value,
        effect=drop,
        null="the current AUC is not below the initial one",
        detectable=detectable(error, 1 - thresholds.auc_drop_alpha),
    )
    return unless_blind(result, thresholds.auc_drop_red)


def grade_auc_test(grades: Ladder, by_score: float, scope: str, thresholds: Thresholds) -> Result:
    """Judge the ranking by the grades in use, and what grading costs against the score (DIS-05).

    Parameters
    ----------
    grades : Ladder
        Goods and bads in each grade, the worst first.
    by_score : float
        The AUC of the score itself.
    scope, thresholds
        As in `auc_test`.

    Returns
    -------
    Result
        The AUC of the grades, judged as in `auc_test`, and `detectable` as there; `effect` is the AUC that grading costs.

    References
    ----------
    ECB (2019), 2.5.4: the AUC is measured on the rating grades, not on the raw score.

    Examples
    --------
    >>> import numpy as np
    >>> from scorecard.validation.ladder import counted
    >>> grades = counted(np.zeros(60, dtype=int), 1, np.array([1, 0] * 30), np.full(60, 0.5))
    >>> grade_auc_test(grades, 0.5, "test", Thresholds()).reading.key
    'reading.ranking_flat'
    """
    result = replace(auc_test(grades, scope, thresholds), code="DIS-05", source=GRADE_SOURCE)
    if result.statistic is None:
        return result
    key = GRADE_KEYS.get(result.reading.key, result.reading.key)
    values = {**result.reading.values, "by_score": by_score, "lost": by_score - result.statistic}
    return replace(result, effect=by_score - result.statistic, reading=Reading(key, values))


def unanswered(code: str, scope: str, ladder: Ladder, source: str, reading: Reading, *, computable: bool = True) -> Result:
    """Return a result without figures: insufficient data, or not computable.

    Examples
    --------
    >>> import numpy as np
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(2), 2, np.array([1, 0]), np.full(2, 0.5))
    >>> unanswered("DIS-01", "test", ladder, "convention", Reading("reading.too_few")).verdict.value
    'insufficient data'
    """
    verdict = Verdict.INSUFFICIENT_DATA if computable else Verdict.NOT_COMPUTABLE
    return Result(code, scope, ladder.n, ladder.events, None, verdict, source, reading)


def judge_ranking(estimate: Auc, thresholds: Thresholds) -> tuple[Verdict, str]:
    """Judge an AUC by the limits and name the reading: inverted, perfect, flat, low or good.

    Examples
    --------
    >>> judge_ranking(Auc(0.65, 0.0001), Thresholds())
    (<Verdict.AMBER: 'amber'>, 'reading.auc_low')
    """
    if _inverted(estimate):
        return Verdict.RED, "reading.ranking_inverted"
    if estimate.variance == 0:
        return (Verdict.AMBER, "reading.ranking_perfect") if estimate.auc > CHANCE else (Verdict.RED, "reading.ranking_flat")
    if estimate.auc < thresholds.auc_amber:
        return (Verdict.RED if estimate.auc < thresholds.auc_red else Verdict.AMBER), "reading.auc_low"
    return Verdict.GREEN, "reading.auc_good"


def judge_drop(
    drop: float, p_value: float, thresholds: Thresholds, limits: tuple[float, float] | None = None
) -> tuple[Verdict, str]:
    """Judge a fall by how sure and how large it is, and name the outcome: none, small, chance or loss.

    Parameters
    ----------
    drop, p_value : float
    thresholds : Thresholds
        `auc_drop_alpha`, and without `limits` `auc_drop_amber` and `auc_drop_red`.
    limits : (float, float), optional
        Beyond which a fall is amber, and red.

    Examples
    --------
    >>> judge_drop(0.03, 0.001, Thresholds())
    (<Verdict.AMBER: 'amber'>, 'loss')
    """
    amber, red = limits or (thresholds.auc_drop_amber, thresholds.auc_drop_red)
    significant = p_value < thresholds.auc_drop_alpha
    if drop <= amber:
        return Verdict.GREEN, "small" if significant else "none"
    if not significant:
        return Verdict.GREEN, "chance"
    return (Verdict.RED if drop > red else Verdict.AMBER), "loss"


def each_auc(evidence: Evidence) -> list[Result]:
    """Run DIS-01 on every sample."""
    return _each(evidence, "DIS-01", AUC_SOURCE, auc_test)


def each_ks(evidence: Evidence) -> list[Result]:
    """Run DIS-02 on every sample."""
    return _each(evidence, "DIS-02", KS_SOURCE, ks_test)


def each_gini(evidence: Evidence) -> list[Result]:
    """Run DIS-03 on every sample."""
    return _each(evidence, "DIS-03", GINI_SOURCE, gini_test)


def each_drop(evidence: Evidence) -> list[Result]:
    """Run DIS-04 on every sample after development, against development."""
    if few := without_initial(evidence, "DIS-04", DROP_SOURCE):
        return few
    initial, limits = evidence.development.ladder.auc, evidence.thresholds
    return where_observed(evidence.later, "DIS-04", DROP_SOURCE, lambda name, part: auc_drop(initial, part.ladder, name, limits))


def each_grade_auc(evidence: Evidence) -> list[Result]:
    """Run DIS-05 on every sample."""
    grades, limits = len(evidence.grades), evidence.thresholds
    return where_observed(
        evidence.samples,
        "DIS-05",
        GRADE_SOURCE,
        lambda name, part: _graded(part.graded(grades), part.ladder, name, limits),
    )


def _inverted(estimate: Auc) -> bool:
    """Say whether bads stand above goods by more than two standard errors."""
    return estimate.auc + 2 * sqrt(estimate.variance) < CHANCE


def _judge_gap(point: Ks, estimate: Auc, limits: Limits) -> tuple[Verdict, str]:
    """Judge the widest gap and name the reading; one that is wide the wrong way round is no better than none."""
    if _inverted(estimate):
        return Verdict.RED, "reading.ranking_inverted"
    if point.bad_share < point.good_share:
        return Verdict.RED, "reading.ks_inverted"
    if point.ks < limits.amber:
        return (Verdict.RED if point.ks < limits.red else Verdict.AMBER), "reading.ks_low"
    return Verdict.GREEN, "reading.ks_good"


def _graded(grades: Ladder, ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    by_score = CHANCE if shortage(ladder, thresholds) else ladder.auc.auc
    return grade_auc_test(grades, by_score, scope, thresholds)


def _each(evidence: Evidence, code: str, source: str, test: Callable[[Ladder, str, Thresholds], Result]) -> list[Result]:
    limits = evidence.thresholds
    return where_observed(evidence.samples, code, source, lambda name, part: test(part.ladder, name, limits))


def _ks_limit(area: float) -> float:
    return float(2 * ndtr(ndtri(area) / sqrt(2)) - 1)
