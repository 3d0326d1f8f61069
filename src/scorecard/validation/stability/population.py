"""Do the same customers still come? PSI of the grades, CSI and points of the characteristics.

Pure functions of counts over fixed classes; no outcome is needed, so they speak years before calibration can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from pandas import DataFrame
from scipy.special import chdtrc, ndtr

from scorecard.metrics import Compared, compared, psi_critical, psi_detectable
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Cells
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Floats, Scored, with_family
from scorecard.validation.judging import AMBER_P, REACH_BOTH, RED_P, Z95

PSI_SOURCE = "Yurdakul & Naranjo (2020); limits: convention (Siddiqi 2017)"
POINTS_SOURCE = "Siddiqi (2017), characteristic analysis; limits: convention, the PSI limits for a shift of normal points"
HUGE = 100  # development with so many times the rows is taken as known: its own sampling error is then below 1 %


def psi_test(reference: ArrayLike, current: ArrayLike, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the population has moved between fixed classes (STA-01).

    Parameters
    ----------
    reference, current : array of shape (k,)
        Counts per class, in their order; classes empty on both sides are left out.
    scope : str
        The current sample.
    thresholds : Thresholds
        `psi_amber`, `psi_red`, `min_rows`; `zero_cells` and `zero_floor` say what is done about classes that are empty on
        one side.

    Returns
    -------
    Result
        Amber above both `psi_amber` and the 95 % critical value, red above both `psi_red` and the 99 % one; the threshold
        given is the amber one. Insufficient data where a side has fewer than `min_rows` rows, or where so few that even
        `psi_red` could not be told from chance. Where development has a hundred times the rows its shares are taken as
        known. `detectable` is the PSI of a shift that would exceed the 95 % critical value four times in five.

    References
    ----------
    Yurdakul & Naranjo (2020), Journal of Risk Model Validation 14(4); Lin (1991), IEEE Transactions on Information Theory
    37, for the Jensen-Shannon divergence beside it. The limits 0.10 and 0.25 are a convention.

    Examples
    --------
    >>> result = psi_test([500, 500], [800, 200], "test", Thresholds())
    >>> round(result.statistic, 3), result.verdict.value
    (0.416, 'red')
    """
    before, now = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    n, m = float(before.sum()), float(now.sum())
    if not (n > 0 and m > 0 and ((before + now) > 0).sum() > 1):
        reading = Reading("reading.no_rows") if min(n, m) == 0 else Reading("reading.one_class")
        return Result("STA-01", scope, round(m), 0, None, Verdict.NOT_COMPUTABLE, PSI_SOURCE, reading)
    found = compared(before, now, thresholds.zero_cells, thresholds.zero_floor)
    known = inf if n >= HUGE * m else n
    amber, red = (psi_critical(found.classes, known, m, 1 - level) for level in (AMBER_P, RED_P))
    p_value = float(chdtrc(found.classes - 1, found.psi / (1 / known + 1 / m)))
    verdict, key = _judge_psi(found.psi, amber, red, thresholds)
    values = {"psi": found.psi, "critical": amber, "critical_red": red, "limit": thresholds.psi_amber, "p": p_value}
    values |= {"reference": round(n), "rows": round(m), "classes": found.classes, "needed": thresholds.min_rows}
    if min(n, m) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    return Result(
        "STA-01",
        scope,
        round(m),
        0,
        found.psi,
        verdict,
        PSI_SOURCE,
        Reading(key, values | {"jensen_shannon": found.jensen_shannon, "zero_cells": _about_zeros(found, thresholds)}),
        threshold=max(amber, thresholds.psi_amber),
        p_value=p_value,
        effect=found.psi,
        null="both samples come from one distribution over the classes",
        detectable=psi_detectable(found.classes, known, m),
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
        need p < 5 % and p < 1 %. `detectable` is the shift that p < 5 % would have found four times in five.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, characteristic analysis report.

    Examples
    --------
    >>> points_shift([500, 500], [400, 600], [10, 30], "test: age", Thresholds()).reading.key
    'reading.points_steady'
    """
    before, now, worth = (np.asarray(part, dtype=float) for part in (reference, current, points))
    n, m = float(before.sum()), float(now.sum())
    if min(n, m) == 0:
        return Result("STA-03", scope, round(m), 0, None, Verdict.NOT_COMPUTABLE, POINTS_SOURCE, Reading("reading.no_rows"))
    worth = worth - worth[(before + now) > 0][0]  # the shift of equal points is 0, and not what shares miss 1 by
    shift = float((now / m - before / n) @ worth)
    deviation, error = _spread(before, worth), sqrt(_spread(before, worth) ** 2 / n + _spread(now, worth) ** 2 / m)
    p_value = float(2 * ndtr(-abs(shift) / error)) if error > 0 else float(shift == 0)
    limit = sqrt(thresholds.psi_amber) * deviation
    verdict, key = _judge_shift(shift, p_value, deviation, thresholds)
    values = {
        "shift": shift,
        "limit": limit,
        "p": p_value,
        "reference": round(n),
        "rows": round(m),
        "needed": thresholds.min_rows,
    }
    if min(n, m) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    return Result(
        "STA-03",
        scope,
        round(m),
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
        detectable=REACH_BOTH * error,
    )


def each_score_psi(evidence: Evidence) -> list[Result]:
    """Run STA-01 on the grades of every sample after development: the classes frozen with the model."""
    before = grade_counts(evidence.development, len(evidence.grades))
    return [
        psi_test(before, grade_counts(part, len(evidence.grades)), name, evidence.thresholds)
        for name, part in evidence.later.items()
    ]


def each_csi(evidence: Evidence) -> list[Result]:
    """Run STA-02 on every characteristic of every sample after development; one sample's are one family."""
    tables = list(characteristic_counts(evidence))
    return [
        result
        for sample in evidence.later
        for result in with_family(
            [csi_test(table[DEVELOPMENT], table[sample], f"{sample}: {name}", evidence.thresholds) for name, table in tables]
        )
    ]


def each_points_shift(evidence: Evidence) -> list[Result]:
    """Run STA-03 on every characteristic of every sample after development."""
    return [
        points_shift(table[DEVELOPMENT], table[sample], table["points"], f"{sample}: {name}", evidence.thresholds)
        for sample in evidence.later
        for name, table in characteristic_counts(evidence)
    ]


def grade_counts(part: Scored, grades: int) -> Floats:
    """Return the customers of every grade; weighted ones by their effective number."""
    weight = None if part.weight is None else part.weight * part.scale
    return np.bincount(part.grade, weight, grades).astype(float)


def characteristic_counts(evidence: Evidence) -> Iterator[tuple[str, DataFrame]]:
    """Yield each characteristic with the points and the customers of its attributes in every sample.

    Weighted customers count by their effective number. Where the scorecard has segments a characteristic is named with its segment.
    """
    keys = ["segment", "characteristic"] if "segment" in evidence.attributes.columns else ["characteristic"]
    known = [name for name, part in evidence.samples.items() if part.weight is not None and name in evidence.cells]
    weighted = {name: _weighted(evidence.cells[name], len(keys)) for name in known}
    for names, table in evidence.attributes.groupby(keys, sort=False):
        yield ": ".join(map(str, names)), table.assign(**{name: counts.get(names, 0.0) for name, counts in weighted.items()})


def _weighted(cells: Cells, levels: int) -> dict[tuple[str, ...], Floats]:
    """Return effective numbers per attribute by (segment and) characteristic."""
    return {
        (block.segment.name, term.name)[-levels:]: np.bincount(block.bins[:, place], block.total, len(term.points)).astype(float)
        for block in cells.blocks
        for place, term in enumerate(block.segment.terms)
    }


def _about_zeros(found: Compared, thresholds: Thresholds) -> Reading | str:
    """Say what was done about classes that are empty on one side; nothing where there are none."""
    if not found.empty:
        return ""
    keys = {"half": "reading.zeros_half", "merge": "reading.zeros_merge", "floor": "reading.zeros_floor"}
    return Reading(keys[found.policy], {"empty": found.empty, "floor": thresholds.zero_floor})


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
    if p_value < RED_P and size > sqrt(thresholds.psi_red) * deviation:
        verdict = Verdict.RED
    elif p_value < AMBER_P and size > sqrt(thresholds.psi_amber) * deviation:
        verdict = Verdict.AMBER
    else:
        return Verdict.GREEN, "reading.points_steady"
    return verdict, "reading.points_safer" if shift > 0 else "reading.points_riskier"


def _spread(counts: Floats, points: Floats) -> float:
    shares = counts / counts.sum()
    return sqrt(float(shares @ (points - shares @ points) ** 2))
