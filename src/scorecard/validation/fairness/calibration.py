"""Does a PD mean the same in every group? Bads over expected bads, and the line of each group (FAI-05)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import chdtrc, logit, ndtri

from scorecard import regression
from scorecard.errors import EvidenceError
from scorecard.metrics import jeffreys_interval
from scorecard.metrics.power import detectable
from scorecard.metrics.probability import CLIP
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Floats
from scorecard.validation.fairness.groups import Asked, Compared, Division, beyond_chance, each, family
from scorecard.validation.ladder import Ladder

SOURCE = "Cox (1958); Brown, Cai & DasGupta (2001); Holm (1979)"
NULL = "the PDs of the group are its true default rates"
Z95 = float(ndtri(0.975))
KEYS = {Verdict.GREEN: "reading.fair_calibrated", Verdict.INSUFFICIENT_DATA: "reading.fair_calibration_chance"}


@dataclass(frozen=True)
class Line:
    """The line that would set a group's PDs right, and the p-value that it is that of right PDs."""

    intercept: float
    slope: float
    p_value: float


def group_calibration(ladders: Sequence[Ladder], compared: Compared, thresholds: Thresholds) -> list[Result]:
    """Judge whether the PDs of each group fit what became of its members (FAI-05).

    A measurement, not a legal test.

    Parameters
    ----------
    ladders : sequence of Ladder
        Goods and bads of each group at each score, with the PD of the score.
    compared : Compared
        The reference group is judged as the others are.
    thresholds : Thresholds
        `fair_calibration`, `fair_alpha`, `min_events`.

    Returns
    -------
    list of Result
        One a group: its bads over those expected, with Jeffreys' interval of the default rate over the mean PD. The p-value
        is that of the likelihood ratio against intercept 0 and slope 1 (two degrees of freedom). Where the ratio or the slope
        is further than `fair_calibration` from 1 and chance does not explain it: red if that holds after Holm's adjustment
        for all groups, else amber. Where chance explains it, the data are insufficient to tell. Expected bads above those seen are as bad as the reverse: one costs the group
        credit, the other the bank money. The reading has the ratio of the whole sample, because a bad year moves all groups.
        `detectable` is the smallest deviation of the ratio from 1 that would have been found.

    References
    ----------
    Cox (1958), Biometrika 45; Brown, Cai & DasGupta (2001), Statistical Science 16; Holm (1979). The limit is a convention.

    Examples
    --------
    >>> right = Ladder(np.array([500.0, 600.0]), np.array([0.2, 0.1]), np.array([80.0, 90.0]), np.array([20.0, 10.0]))
    >>> results = group_calibration([right, right], Compared("test: sex", ("male", "female"), 0), Thresholds())
    >>> [(round(result.statistic, 9), result.verdict.value) for result in results]
    [(1.0, 'green'), (1.0, 'green')]
    """
    lines = [_line(ladder, thresholds) for ladder in ladders]
    adjusted = family([line.p_value if isinstance(line, Line) else None for line in lines])
    bads, expected = map(sum, zip(*map(_sums, ladders), strict=True))
    whole = bads / expected if expected else 0.0
    return [
        _result(ladder, line, (compared.scope(place), values | {"whole": whole}), thresholds)
        for place, (ladder, line, values) in enumerate(zip(ladders, lines, adjusted, strict=True))
    ]


def each_calibration(evidence: Evidence) -> list[Result]:
    """Run FAI-05 on every protected attribute of every sample after development: at development PDs are right by construction."""
    return each(evidence, Asked("FAI-05", SOURCE, _test, outcomes=True, fitted=True))


def ladders(division: Division) -> list[Ladder]:
    """Return goods and bads of each group at each distinct score, counted in one pass; scores that a group lacks are left out."""
    part, groups = division.part, len(division.compared.names)
    score, place = np.unique(part.score, return_inverse=True)
    held = division.codes >= 0
    cell = place[held] * groups + division.codes[held]
    worth = np.ones(int(held.sum())) if division.worth is None else division.worth[held]

    def counted(values: Floats) -> Floats:
        return np.bincount(cell, values, minlength=score.size * groups).astype(float).reshape(-1, groups)

    rows, bads, pds = counted(worth), counted(worth * part.outcome[held]), counted(worth * part.pd[held])
    found = []
    for group in range(groups):
        on = rows[:, group] > 0
        total, lost = rows[on, group], bads[on, group]
        found.append(Ladder(score[on], pds[on, group] / total, total - lost, lost))
    return found


def _sums(ladder: Ladder) -> tuple[float, float]:
    """Return bads, and bads expected."""
    return float(ladder.bads.sum()), float(ladder.rows @ ladder.pd)


def _test(division: Division, thresholds: Thresholds) -> list[Result]:
    return group_calibration(ladders(division), division.compared, thresholds)


def _line(ladder: Ladder, thresholds: Thresholds) -> Line | Reading:
    """Fit the line of a group, or say why there is none."""
    goods, bads = float(ladder.goods.sum()), float(ladder.bads.sum())
    if min(goods, bads) < thresholds.min_events:
        return Reading("reading.too_few", {"bads": round(bads), "goods": round(goods), "needed": thresholds.min_events})
    x = logit(np.clip(ladder.pd, CLIP, 1 - CLIP))
    try:
        fit = regression.fit(np.concatenate([x, x])[:, None], _flags(x.size), np.concatenate([ladder.goods, ladder.bads]))
    except EvidenceError:
        return Reading("reading.no_slope")
    ratio = 2 * (fit.log_likelihood - float(ladder.bads @ x - ladder.rows @ np.logaddexp(0, x)))
    return Line(fit.intercept, float(fit.coefficients[0]), float(chdtrc(2, max(ratio, 0.0))))


def _flags(size: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.repeat(np.array([0, 1], dtype=np.int64), size)


def _result(ladder: Ladder, line: Line | Reading, told: tuple[str, dict[str, float]], thresholds: Thresholds) -> Result:
    scope, values = told
    rows, (bads, expected) = float(ladder.rows.sum()), _sums(ladder)
    if isinstance(line, Reading):
        few = line.key == "reading.too_few"
        verdict = Verdict.INSUFFICIENT_DATA if few else Verdict.NOT_COMPUTABLE
        return Result("FAI-05", scope, round(rows), round(bads), None, verdict, SOURCE, line)
    ratio, low, high = bads / expected, *(end * rows / expected for end in jeffreys_interval(bads, rows))
    beyond = max(abs(ratio - 1), abs(line.slope - 1)) > thresholds.fair_calibration
    verdict = beyond_chance(-int(beyond), values["p"], values["p_holm"], thresholds)
    key = KEYS.get(verdict, "reading.fair_miscalibrated")
    values |= {"ratio": ratio, "low": low, "high": high, "slope": line.slope, "intercept": line.intercept}
    values |= {"bads": round(bads), "expected": expected, "limit": thresholds.fair_calibration}
    return Result(
        "FAI-05",
        scope,
        round(rows),
        round(bads),
        ratio,
        verdict,
        SOURCE,
        Reading(key, values),
        interval=(low, high),
        threshold=1 + thresholds.fair_calibration,
        p_value=values["p"],
        effect=ratio - 1,
        null=NULL,
        detectable=detectable(sqrt(float(ladder.rows @ (ladder.pd * (1 - ladder.pd)))), sides=2) / expected,
    )
