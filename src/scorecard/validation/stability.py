"""Do the same customers still come, and do the grades still spread them? PSI, CSI, points, concentration.

Pure functions of counts over fixed classes; no outcome is needed, so they speak years before calibration can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from pandas import DataFrame
from scipy.special import chdtrc, ndtr, ndtri

from scorecard.metrics import coefficient_of_variation, herfindahl, psi, psi_critical
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Floats, with_family

PSI_SOURCE = "Yurdakul & Naranjo (2020); limits: convention (Siddiqi 2017)"
POINTS_SOURCE = "Siddiqi (2017), characteristic analysis; limits: convention, the PSI limits for a shift of normal points"
CONCENTRATION_SOURCE = "ECB (2019), 2.5.5.3; limits of share and rise: convention"
AMBER_LEVEL, RED_LEVEL = 0.95, 0.99
LARGEST_SHARE = 0.40  # convention: more customers than this in one grade are a concentration
RISE = 0.10  # convention: a smaller rise of the Herfindahl index does not matter
Z95 = float(ndtri(0.975))


def psi_test(reference: ArrayLike, current: ArrayLike, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the population has moved between fixed classes (STA-01).

    Parameters
    ----------
    reference, current : array of shape (k,)
        Counts per class; classes empty on both sides are left out.
    scope : str
        The current sample.
    thresholds : Thresholds
        `psi_amber`, `psi_red`, `min_rows`.

    Returns
    -------
    Result
        Amber above both `psi_amber` and the 95 % critical value, red above both `psi_red` and the 99 % one; the threshold
        given is the amber one. Insufficient data where a side has fewer than `min_rows` rows, or where so few that even
        `psi_red` could not be told from chance.

    References
    ----------
    Yurdakul & Naranjo (2020), Journal of Risk Model Validation 14(4). The limits 0.10 and 0.25 are a convention.

    Examples
    --------
    >>> result = psi_test([500, 500], [800, 200], "test", Thresholds())
    >>> round(result.statistic, 3), result.verdict.value
    (0.416, 'red')
    """
    before, now = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    n, m, classes = before.sum(), now.sum(), int(((before + now) > 0).sum())
    if not (n > 0 and m > 0 and classes > 1):
        reading = Reading("reading.no_rows") if min(n, m) == 0 else Reading("reading.one_class")
        return Result("STA-01", scope, int(m), 0, None, Verdict.NOT_COMPUTABLE, PSI_SOURCE, reading)
    found = psi(before, now)
    amber, red = (psi_critical(classes, n, m, level) for level in (AMBER_LEVEL, RED_LEVEL))
    p_value = float(chdtrc(classes - 1, found / (1 / n + 1 / m)))
    verdict, key = _judge_psi(found, amber, red, thresholds)
    values = {"psi": found, "critical": amber, "critical_red": red, "limit": thresholds.psi_amber, "p": p_value}
    values |= {"reference": int(n), "rows": int(m), "classes": classes, "needed": thresholds.min_rows}
    if min(n, m) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    return Result(
        "STA-01",
        scope,
        int(m),
        0,
        found,
        verdict,
        PSI_SOURCE,
        Reading(key, values),
        threshold=max(amber, thresholds.psi_amber),
        p_value=p_value,
        effect=found,
        null="both samples come from one distribution over the classes",
    )


def csi_test(reference: ArrayLike, current: ArrayLike, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the answers to one characteristic have moved between its attributes (STA-02).

    Parameters, limits and sources are those of `psi_test`.

    Examples
    --------
    >>> csi_test([500, 500], [510, 490], "test: age", Thresholds()).verdict.value
    'green'
    """
    return replace(psi_test(reference, current, scope, thresholds), code="STA-02")


def points_shift(reference: ArrayLike, current: ArrayLike, points: ArrayLike, scope: str, thresholds: Thresholds) -> Result:
    """Test by how many points one characteristic has moved the mean score (STA-03).

    Parameters
    ----------
    reference, current : array of shape (k,)
        Counts per attribute.
    points : array of shape (k,)
        Points per attribute; higher is safer.
    scope : str
        The current sample and the characteristic.
    thresholds : Thresholds
        `psi_amber`, `psi_red`, `min_rows`.

    Returns
    -------
    Result
        The sum of (share now - share then) x points; over all characteristics this sums to the shift of the mean score.
        `effect` is the shift in standard deviations of the characteristic's points. Two normal distributions that many
        standard deviations apart have a PSI of its square, so the limits are the roots of the PSI's; amber and red also
        need p < 5 % and p < 1 %.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, characteristic analysis report.

    Examples
    --------
    >>> points_shift([500, 500], [400, 600], [10, 30], "test: age", Thresholds()).reading.key
    'reading.points_steady'
    """
    before, now, worth = (np.asarray(part, dtype=float) for part in (reference, current, points))
    n, m = before.sum(), now.sum()
    if min(n, m) == 0:
        return Result("STA-03", scope, int(m), 0, None, Verdict.NOT_COMPUTABLE, POINTS_SOURCE, Reading("reading.no_rows"))
    shift = float((now / m - before / n) @ worth)
    deviation, error = _spread(before, worth), sqrt(_spread(before, worth) ** 2 / n + _spread(now, worth) ** 2 / m)
    p_value = float(2 * ndtr(-abs(shift) / error)) if error > 0 else float(shift == 0)
    limit = sqrt(thresholds.psi_amber) * deviation
    verdict, key = _judge_shift(shift, p_value, deviation, thresholds)
    values = {"shift": shift, "limit": limit, "p": p_value, "reference": int(n), "rows": int(m), "needed": thresholds.min_rows}
    if min(n, m) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    return Result(
        "STA-03",
        scope,
        int(m),
        0,
        shift,
        verdict,
        POINTS_SOURCE,
        Reading(key, values),
        interval=(shift - Z95 * error, shift + Z95 * error),
        threshold=limit,
        p_value=p_value,
        effect=shift / deviation if deviation > 0 else None,
        null="the characteristic earns as many points on average as at development",
    )


def concentration(reference: ArrayLike, current: ArrayLike, scope: str, thresholds: Thresholds) -> Result:
    """Test whether customers have become concentrated in few grades (STA-04).

    Parameters
    ----------
    reference, current : array of shape (k,)
        Customers per grade of one and the same scale, empty grades included.
    scope : str
        The current sample.
    thresholds : Thresholds
        `min_rows`.

    Returns
    -------
    Result
        The Herfindahl index of the current sample. The ECB's test is weak, since its statistic grows with the number of
        grades, not of customers: everybody in one of seven grades gives p = 0.20, while a trifling step away from an even
        spread is significant. So p < 5 % counts only where the index has risen by a tenth, and a largest grade of more than
        40 % of the customers counts by itself: one sign is amber, both are red.

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
    n, m = before.sum(), now.sum()
    if min(n, m) == 0 or now.size == 1:
        reading = Reading("reading.no_rows") if min(n, m) == 0 else Reading("reading.one_class")
        return Result("STA-04", scope, int(m), 0, None, Verdict.NOT_COMPUTABLE, CONCENTRATION_SOURCE, reading)
    index, initial, p_value = herfindahl(now), herfindahl(before), _concentration_p(before, now)
    largest = float(now.max() / m)
    alarms = int(largest > LARGEST_SHARE) + int(p_value < 1 - AMBER_LEVEL and index - initial >= RISE)
    verdict = (Verdict.GREEN, Verdict.AMBER, Verdict.RED)[alarms]
    key = "reading.concentrated" if alarms else "reading.spread"
    values = {"index": index, "initial": initial, "p": p_value, "largest": largest, "limit": LARGEST_SHARE}
    values |= {"reference": int(n), "rows": int(m), "needed": thresholds.min_rows}
    if min(n, m) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    return Result(
        "STA-04",
        scope,
        int(m),
        0,
        index,
        verdict,
        CONCENTRATION_SOURCE,
        Reading(key, values),
        p_value=p_value,
        effect=index - initial,
        null="the grades are no more concentrated than at development",
    )


def each_score_psi(evidence: Evidence) -> list[Result]:
    """Run STA-01 on the grades of every sample after development: the classes frozen with the model."""
    return [psi_test(before, now, name, evidence.thresholds) for name, before, now in _grades(evidence)]


def each_csi(evidence: Evidence) -> list[Result]:
    """Run STA-02 on every characteristic of every sample after development; one sample's are one family."""
    results: list[Result] = []
    for sample in evidence.later:
        results += with_family(
            [
                csi_test(table[DEVELOPMENT], table[sample], f"{sample}: {name}", evidence.thresholds)
                for name, table in _characteristics(evidence)
            ]
        )
    return results


def each_points_shift(evidence: Evidence) -> list[Result]:
    """Run STA-03 on every characteristic of every sample after development."""
    return [
        points_shift(table[DEVELOPMENT], table[sample], table["points"], f"{sample}: {name}", evidence.thresholds)
        for sample in evidence.later
        for name, table in _characteristics(evidence)
    ]


def each_concentration(evidence: Evidence) -> list[Result]:
    """Run STA-04 on every sample after development."""
    return [concentration(before, now, name, evidence.thresholds) for name, before, now in _grades(evidence)]


def _grades(evidence: Evidence) -> Iterator[tuple[str, Floats, Floats]]:
    grades = len(evidence.grades)
    before = evidence.development.by_grade(grades).customers.astype(float)
    for name, part in evidence.later.items():
        yield name, before, part.by_grade(grades).customers.astype(float)


def _characteristics(evidence: Evidence) -> list[tuple[str, DataFrame]]:
    return list(evidence.attributes.groupby("characteristic", sort=False))


def _judge_psi(found: float, amber: float, red: float, thresholds: Thresholds) -> tuple[Verdict, str]:
    if found > max(red, thresholds.psi_red):
        return Verdict.RED, "reading.psi_shifted"
    if found > max(amber, thresholds.psi_amber):
        return Verdict.AMBER, "reading.psi_shifted"
    if amber > thresholds.psi_red:
        return Verdict.INSUFFICIENT_DATA, "reading.psi_blind"
    if found > amber:
        return Verdict.GREEN, "reading.psi_small"
    return Verdict.GREEN, "reading.psi_chance" if found > thresholds.psi_amber else "reading.psi_stable"


def _judge_shift(shift: float, p_value: float, deviation: float, thresholds: Thresholds) -> tuple[Verdict, str]:
    size = abs(shift)
    if p_value < 1 - RED_LEVEL and size > sqrt(thresholds.psi_red) * deviation:
        verdict = Verdict.RED
    elif p_value < 1 - AMBER_LEVEL and size > sqrt(thresholds.psi_amber) * deviation:
        verdict = Verdict.AMBER
    else:
        return Verdict.GREEN, "reading.points_steady"
    return verdict, "reading.points_safer" if shift > 0 else "reading.points_riskier"


def _spread(counts: Floats, points: Floats) -> float:
    shares = counts / counts.sum()
    return sqrt(float(shares @ (points - shares @ points) ** 2))


def _concentration_p(reference: Floats, current: Floats) -> float:
    before, now = coefficient_of_variation(reference), coefficient_of_variation(current)
    if now == 0:
        return 1.0  # an even spread is not more concentrated than anything
    return float(ndtr(-sqrt(current.size - 1) * (now - before) / sqrt(now**2 * (0.5 + now**2))))
