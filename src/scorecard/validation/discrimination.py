"""Does the score rank customers by risk, and still as well as at development? AUC, KS, Gini, drop, grades.

Every test takes `score` with higher values safer, and turns it round once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import sqrt

from scipy.special import ndtr, ndtri

from scorecard.metrics import Auc, auc, auc_interval, delong, gini, ks_point
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Floats, Ints, too_few, where_observed

AUC_SOURCE = "DeLong, DeLong & Clarke-Pearson (1988); logit interval: Pepe (2003), 5.2.4"
KS_SOURCE = "Kolmogorov (1933), Smirnov (1939); limit: convention, the KS of two normal scores with the AUC limit"
GINI_SOURCE = "Somers (1962); 2 AUC - 1"
DROP_SOURCE = "ECB (2019), 2.5.4.1"
GRADE_SOURCE = "ECB (2019), 2.5.4; DeLong, DeLong & Clarke-Pearson (1988)"
GINI_KEYS = {"reading.auc_good": "reading.gini_good", "reading.auc_low": "reading.gini_low"}
GRADE_KEYS = {"reading.auc_good": "reading.grade_auc_good", "reading.auc_low": "reading.grade_auc_low"}
Z95 = float(ndtri(0.975))
CHANCE = 0.5  # the AUC of a score that orders nothing


def auc_test(bad: Ints, score: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Judge how often a bad scores below a good (DIS-01).

    Parameters
    ----------
    bad : int array of shape (n,)
    score : float array of shape (n,)
        Higher is safer.
    scope : str
        The sample's name.
    thresholds : Thresholds
        `auc_amber`, `auc_red`, `min_events`.

    Returns
    -------
    Result
        The AUC with its logit interval at 95 %. Red too where the order is the wrong way round by more than two standard
        errors; amber where it is perfect, because a leak of the outcome is likelier than a perfect model.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Pepe (2003), 5.2.4. The limits are a convention.

    Examples
    --------
    >>> import numpy as np
    >>> auc_test(np.array([0, 1] * 30), np.arange(60.0), "test", Thresholds()).verdict.value
    'red'
    """
    bads = int(bad.sum())
    shortage = too_few(bad, thresholds)
    if shortage:
        return Result("DIS-01", scope, bad.size, bads, None, Verdict.INSUFFICIENT_DATA, AUC_SOURCE, shortage)
    estimate = delong(bad, -score)
    verdict, key = _judge(estimate, thresholds)
    low, high = auc_interval(estimate)
    values = {"auc": estimate.auc, "low": low, "high": high, "limit": thresholds.auc_amber}
    interval = (low, high) if estimate.variance > 0 else None  # without variance an interval would feign exactness
    reading = Reading(key, values)
    return Result(
        "DIS-01", scope, bad.size, bads, estimate.auc, verdict, AUC_SOURCE, reading, interval, threshold=thresholds.auc_amber
    )


def gini_test(bad: Ints, score: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Judge the Gini coefficient, the AUC stretched to [-1, 1] (DIS-03).

    Parameters are those of `auc_test`, and so is the verdict.

    References
    ----------
    Somers (1962), American Sociological Review 27.

    Examples
    --------
    >>> import numpy as np
    >>> gini_test(np.array([1, 0] * 30), np.arange(60.0), "test", Thresholds()).statistic < 0.1
    True
    """
    result = auc_test(bad, score, scope, thresholds)
    if result.statistic is None or result.threshold is None:
        return replace(result, code="DIS-03", source=GINI_SOURCE)
    interval = (gini(result.interval[0]), gini(result.interval[1])) if result.interval else None
    key = GINI_KEYS.get(result.reading.key, result.reading.key)
    figures = {name: gini(result.reading.values[name]) for name in ("low", "high", "limit")}
    reading = Reading(key, {"gini": gini(result.statistic), "auc": result.statistic, **figures})
    return replace(
        result,
        code="DIS-03",
        source=GINI_SOURCE,
        statistic=gini(result.statistic),
        interval=interval,
        threshold=gini(result.threshold),
        reading=reading,
    )


def ks_test(bad: Ints, score: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Judge the widest gap between the score distributions of bads and goods (DIS-02).

    Parameters
    ----------
    bad, score, scope, thresholds
        As in `auc_test`.

    Returns
    -------
    Result
        The KS; its interval is Wald's at the score of the widest gap, so the search for that score is not in it. There is
        no p-value: on any large sample it is 0. The limits are those of the AUC, carried over for two normal score
        distributions of equal variance: KS = 2 Phi(Phi^-1(AUC) / sqrt 2) - 1.

    References
    ----------
    Kolmogorov (1933); Smirnov (1939).

    Examples
    --------
    >>> import numpy as np
    >>> round(ks_test(np.array([0, 1] * 30), np.arange(60.0), "test", Thresholds()).threshold, 3)
    0.289
    """
    bads = int(bad.sum())
    shortage = too_few(bad, thresholds)
    if shortage:
        return Result("DIS-02", scope, bad.size, bads, None, Verdict.INSUFFICIENT_DATA, KS_SOURCE, shortage)
    point = ks_point(bad, -score)
    amber, red = _ks_limit(thresholds.auc_amber), _ks_limit(thresholds.auc_red)
    spread = point.bad_share * (1 - point.bad_share) / bads + point.good_share * (1 - point.good_share) / (bad.size - bads)
    low, high = max(0.0, point.ks - Z95 * sqrt(spread)), min(1.0, point.ks + Z95 * sqrt(spread))
    verdict = Verdict.RED if point.ks < red else Verdict.AMBER if point.ks < amber else Verdict.GREEN
    reading = Reading(
        "reading.ks_good" if verdict is Verdict.GREEN else "reading.ks_low",
        {"ks": point.ks, "score": -point.risk, "bads": point.bad_share, "goods": point.good_share, "limit": amber},
    )
    return Result("DIS-02", scope, bad.size, bads, point.ks, verdict, KS_SOURCE, reading, (low, high), threshold=amber)


def auc_drop(initial: Auc, bad: Ints, score: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the AUC has fallen since the initial validation (DIS-04).

    Parameters
    ----------
    initial : Auc
        Taken as known; its variance enters only the second p-value in the reading, the fairer one where the initial sample
        was small. An AUC on the rows the model was fitted to flatters it, so a small drop is to be expected.
    bad, score, scope
        The current sample, as in `auc_test`.
    thresholds : Thresholds
        `auc_drop_alpha`, `auc_drop_amber`, `auc_drop_red`: amber and red need both a small p-value and a drop beyond the
        limit.

    References
    ----------
    ECB (2019), 2.5.4.1.

    Examples
    --------
    >>> import numpy as np
    >>> auc_drop(Auc(0.8, 0.0), np.array([1, 0] * 30), np.arange(60.0), "test", Thresholds()).verdict.value
    'red'
    """
    bads = int(bad.sum())
    shortage = too_few(bad, thresholds)
    if shortage:
        return Result("DIS-04", scope, bad.size, bads, None, Verdict.INSUFFICIENT_DATA, DROP_SOURCE, shortage)
    current = delong(bad, -score)
    drop, error = initial.auc - current.auc, sqrt(current.variance)
    values = {"initial": initial.auc, "current": current.auc, "drop": drop, "limit": thresholds.auc_drop_amber}
    if error == 0:
        reading = Reading("reading.drop_without_variance", values)
        return Result("DIS-04", scope, bad.size, bads, None, Verdict.NOT_COMPUTABLE, DROP_SOURCE, reading)
    p_value = float(ndtr(-drop / error))
    both = float(ndtr(-drop / sqrt(current.variance + initial.variance)))
    verdict, key = _judge_drop(drop, p_value, thresholds)
    return Result(
        "DIS-04",
        scope,
        bad.size,
        bads,
        drop,
        verdict,
        DROP_SOURCE,
        Reading(key, {**values, "s": drop / error, "p": p_value, "p_both": both}),
        interval=(drop - Z95 * error, drop + Z95 * error),
        threshold=thresholds.auc_drop_amber,
        p_value=p_value,
        effect=drop,
        null="the current AUC is not below the initial one",
    )


def grade_auc_test(bad: Ints, grade: Ints, score: Floats, scope: str, thresholds: Thresholds) -> Result:
    """Judge the ranking by the grades in use, and what grading costs against the score (DIS-05).

    Parameters
    ----------
    grade : int array of shape (n,)
        0 the best.
    bad, score, scope, thresholds
        As in `auc_test`.

    References
    ----------
    ECB (2019), 2.5.4: the AUC is measured on the rating grades, not on the raw score.

    Examples
    --------
    >>> import numpy as np
    >>> bad, score = np.array([1, 0] * 30), np.arange(60.0)
    >>> grade_auc_test(bad, np.zeros(60, dtype=int), score, "test", Thresholds()).reading.key
    'reading.ranking_flat'
    """
    result = replace(auc_test(bad, -grade.astype(float), scope, thresholds), code="DIS-05", source=GRADE_SOURCE)
    if result.statistic is None:
        return result
    by_score = auc(bad, -score)
    key = GRADE_KEYS.get(result.reading.key, result.reading.key)
    values = {**result.reading.values, "by_score": by_score, "lost": by_score - result.statistic}
    return replace(result, effect=by_score - result.statistic, reading=Reading(key, values))


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
    start, limits = evidence.development, evidence.thresholds
    initial = delong(start.outcome, -start.score)
    return where_observed(
        evidence.later, "DIS-04", DROP_SOURCE, lambda name, part: auc_drop(initial, part.outcome, part.score, name, limits)
    )


def each_grade_auc(evidence: Evidence) -> list[Result]:
    """Run DIS-05 on every sample."""
    limits = evidence.thresholds
    return where_observed(
        evidence.samples,
        "DIS-05",
        GRADE_SOURCE,
        lambda name, part: grade_auc_test(part.outcome, part.grade, part.score, name, limits),
    )


def _each(evidence: Evidence, code: str, source: str, test: Callable[[Ints, Floats, str, Thresholds], Result]) -> list[Result]:
    limits = evidence.thresholds
    return where_observed(evidence.samples, code, source, lambda name, part: test(part.outcome, part.score, name, limits))


def _judge(estimate: Auc, thresholds: Thresholds) -> tuple[Verdict, str]:
    if estimate.auc + 2 * sqrt(estimate.variance) < CHANCE:
        return Verdict.RED, "reading.ranking_inverted"
    if estimate.variance == 0:
        return (Verdict.AMBER, "reading.ranking_perfect") if estimate.auc > CHANCE else (Verdict.RED, "reading.ranking_flat")
    if estimate.auc < thresholds.auc_amber:
        return (Verdict.RED if estimate.auc < thresholds.auc_red else Verdict.AMBER), "reading.auc_low"
    return Verdict.GREEN, "reading.auc_good"


def _judge_drop(drop: float, p_value: float, thresholds: Thresholds) -> tuple[Verdict, str]:
    significant = p_value < thresholds.auc_drop_alpha
    if drop <= thresholds.auc_drop_amber:
        return Verdict.GREEN, "reading.drop_small" if significant else "reading.drop_none"
    if not significant:
        return Verdict.GREEN, "reading.drop_chance"
    return (Verdict.RED if drop > thresholds.auc_drop_red else Verdict.AMBER), "reading.drop"


def _ks_limit(area: float) -> float:
    return float(2 * ndtr(ndtri(area) / sqrt(2)) - 1)
