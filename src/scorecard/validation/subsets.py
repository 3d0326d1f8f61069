"""Does the score rank as well in every segment and every period as elsewhere? Each against the rest (DIS-10, DIS-11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from scorecard.metrics import auc_interval, detectable
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.discrimination import judge_drop, unanswered
from scorecard.validation.evidence import PERIOD, Evidence, Labels, Scored, not_due, shortage, with_family
from scorecard.validation.judging import unless_blind
from scorecard.validation.ladder import Ladder

SEGMENT_SOURCE = "DeLong, DeLong & Clarke-Pearson (1988), two independent samples; Holm (1979)"
PERIOD_SOURCE = "DeLong, DeLong & Clarke-Pearson (1988), two independent samples; trend: weighted least squares; Holm (1979)"
SEGMENT_KEYS = {
    "none": "reading.segment_none",
    "small": "reading.segment_small",
    "chance": "reading.segment_chance",
    "loss": "reading.segment_loss",
}
PERIOD_KEYS = {
    "none": "reading.period_none",
    "small": "reading.period_small",
    "chance": "reading.period_chance",
    "loss": "reading.period_loss",
}
TREND_KEYS = {
    "none": "reading.trend_none",
    "small": "reading.trend_small",
    "chance": "reading.trend_chance",
    "loss": "reading.trend_loss",
}
MISSING = "missing"
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class _Kind:
    """What a comparison with the rest is called, where it comes from, and how its outcomes read."""

    code: str
    source: str
    keys: Mapping[str, str]


SEGMENT = _Kind("DIS-10", SEGMENT_SOURCE, SEGMENT_KEYS)
PERIODS = _Kind("DIS-11", PERIOD_SOURCE, PERIOD_KEYS)
FEWEST_PERIODS = 3  # two periods are a difference, not a trend
Z95 = float(ndtri(0.975))


def segment_aucs(levels: Sequence[Ladder], whole: Ladder, scopes: Sequence[str], thresholds: Thresholds) -> list[Result]:
    """Test whether the score ranks worse in any segment than in the rest of the sample (DIS-10).

    Parameters
    ----------
    levels : sequence of Ladder
        Of the levels of one column, on the rungs of `whole`.
    whole : Ladder
        Of the sample.
    scopes : sequence of str
        One a level.
    thresholds : Thresholds
        `auc_drop_alpha`, `auc_drop_amber`, `auc_drop_red`, and `min_events`, which the level and the rest must each have.

    Returns
    -------
    list of Result
        One a level: the AUC of the rest less that of the level, with its interval. `p_value` is the level's own, one-sided;
        the verdict rests on the one adjusted for all levels (Holm), and amber and red need a gap beyond the limit as well.
        `detectable` is the true gap that the level's own test finds significant four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, for each of two independent samples; Holm (1979), Scandinavian
    Journal of Statistics 6. The limits are a convention, the same as for a drop since development.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> place, bad = np.arange(400) % 40, np.repeat([1, 0], 200)
    >>> level = counted(place[:200], 40, bad[:200], np.full(200, 0.5))
    >>> whole = counted(place, 40, bad, np.full(400, 0.5))
    >>> [result.verdict.value for result in segment_aucs([level], whole, ["test: region = north"], Thresholds())]
    ['insufficient data']
    """
    return _family(SEGMENT, levels, whole, scopes, thresholds)


def period_aucs(periods: Sequence[Ladder], whole: Ladder, scopes: Sequence[str], thresholds: Thresholds) -> list[Result]:
    """Test whether the score ranks worse in any period than in the others, and whether it fades with time (DIS-11).

    Parameters
    ----------
    periods : sequence of Ladder
        In time order, on the rungs of `whole`.
    whole : Ladder
        Of the sample.
    scopes : sequence of str
        One a period, and one for the trend.
    thresholds : Thresholds
        As in `segment_aucs`.

    Returns
    -------
    list of Result
        One a period, judged as in `segment_aucs`, and one for the trend: the fall from the first to the last period along the
        line through the AUCs, each weighted by its variance. A trend needs three periods with enough goods and bads.

    References
    ----------
    As in `segment_aucs`; Cochran (1954), Biometrics 10 (weighted regression on group statistics).

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> period = counted(np.arange(400) % 40, 40, np.arange(400) % 3 // 2, np.full(400, 0.5))
    >>> whole = counted(np.arange(800) % 40, 40, np.arange(800) % 3 // 2, np.full(800, 0.5))
    >>> [result.verdict.value for result in period_aucs([period, period], whole, ["2024", "2025", "trend"], Thresholds())]
    ['green', 'green', 'insufficient data']
    """
    found = _family(PERIODS, periods, whole, scopes[:-1], thresholds)
    return [*found, _trend(periods, whole, scopes[-1], thresholds)]


def each_segment(evidence: Evidence) -> list[Result]:
    """Run DIS-10 on every column of segments in every sample; the levels of a column are one family."""
    results: list[Result] = []
    for name, part in evidence.samples.items():
        if part.bad is None:
            results.append(not_due("DIS-10", name, part, SEGMENT_SOURCE))
        elif not evidence.segments:
            reading = Reading("reading.no_segments")
            results.append(Result("DIS-10", name, part.n, part.events, None, Verdict.NOT_DUE, SEGMENT_SOURCE, reading))
        else:
            results += [result for column in evidence.segments for result in _column(name, part, column, evidence.thresholds)]
    return results


def each_period(evidence: Evidence) -> list[Result]:
    """Run DIS-11 on every sample with more than one period; its periods are one family."""
    results: list[Result] = []
    for name, part in evidence.samples.items():
        if part.bad is None:
            results.append(not_due("DIS-11", name, part, PERIOD_SOURCE))
            continue
        present = list(periods(part))
        if len(present) < 2:  # noqa: PLR2004 - one period has no others
            reading = Reading("reading.few_periods", {"periods": len(present)})
            results.append(Result("DIS-11", name, part.n, part.events, None, Verdict.NOT_DUE, PERIOD_SOURCE, reading))
            continue
        ladders = [part.steps(rows) for _, rows in present]
        scopes = [*(f"{name}: {label}" for label, _ in present), f"{name}: trend"]
        results += period_aucs(ladders, part.ladder, scopes, evidence.thresholds)
    return results


def periods(part: Scored) -> Iterator[tuple[str, Rows]]:
    """Yield the name and the rows of every period that has any, in time order.

    Examples
    --------
    >>> labels = {"@period": Labels(np.array([1, 0]), ("2024", "2025", "2026"))}
    >>> part = Scored(None, np.array([1.0, 2.0]), np.array([0.1, 0.2]), np.array([0, 0]), labels=labels)
    >>> [name for name, rows in periods(part)]
    ['2024', '2025']
    """
    if PERIOD in part.labels:
        yield from _levels(part.labels[PERIOD])


def _column(name: str, part: Scored, column: str, thresholds: Thresholds) -> list[Result]:
    present = list(_levels(part.labels[column], MISSING))
    ladders = [part.steps(rows) for _, rows in present]
    return segment_aucs(ladders, part.ladder, [f"{name}: {column} = {level}" for level, _ in present], thresholds)


def _levels(labels: Labels, missing: str | None = None) -> Iterator[tuple[str, Rows]]:
    """Name and rows of every label that has rows, and of the missing ones where they have a name."""
    for code, level in enumerate(labels.names):
        rows = labels.codes == code
        if rows.any():
            yield level, rows
    if missing is not None and (labels.codes < 0).any():
        yield missing, labels.codes < 0


def _family(kind: _Kind, levels: Sequence[Ladder], whole: Ladder, scopes: Sequence[str], thresholds: Thresholds) -> list[Result]:
    found = [_against_rest(kind, level, whole, scope, thresholds) for level, scope in zip(levels, scopes, strict=True)]
    return [_judged(result, kind, thresholds) for result in with_family(found)]


def _against_rest(kind: _Kind, level: Ladder, whole: Ladder, scope: str, thresholds: Thresholds) -> Result:
    rest = whole.without(level)
    for side, key in ((level, "reading.level_few"), (rest, "reading.rest_few")):
        if short := shortage(side, thresholds):
            return unanswered(kind.code, scope, level, kind.source, Reading(key, short.values))
    here, there = level.auc, rest.auc
    gap, error = there.auc - here.auc, sqrt(here.variance + there.variance)
    values = {"auc": here.auc, "rest": there.auc, "gap": gap, "limit": thresholds.auc_drop_amber}
    if error == 0:
        reading = Reading("reading.level_without_variance", values)
        return unanswered(kind.code, scope, level, kind.source, reading, computable=False)
    p_value, (low, high) = float(ndtr(-gap / error)), auc_interval(here)
    return Result(
        kind.code,
        scope,
        level.n,
        level.events,
        gap,
        Verdict.NOT_COMPUTABLE,  # until the family has been looked at
        kind.source,
        Reading("", {**values, "low": low, "high": high, "p": p_value}),
        interval=(gap - Z95 * error, gap + Z95 * error),
        threshold=thresholds.auc_drop_amber,
        p_value=p_value,
        effect=gap,
        null="the AUC here is not below that of the rest of the sample",
        detectable=detectable(error, 1 - thresholds.auc_drop_alpha),
    )


def _judged(result: Result, kind: _Kind, thresholds: Thresholds) -> Result:
    """Let the family's p-value decide: one level in twenty looks worse by chance."""
    if result.effect is None:
        return result
    verdict, outcome = judge_drop(result.effect, result.reading.values["p_holm"], thresholds)
    judged = replace(result, verdict=verdict, reading=Reading(kind.keys[outcome], result.reading.values))
    return unless_blind(judged, thresholds.auc_drop_red)


def _trend(ladders: Sequence[Ladder], whole: Ladder, scope: str, thresholds: Thresholds) -> Result:
    told = [(at, ladder.auc) for at, ladder in enumerate(ladders) if shortage(ladder, thresholds) is None]
    sure = [(at, found) for at, found in told if found.variance > 0]
    values = {"periods": len(sure), "all": len(ladders), "needed": FEWEST_PERIODS, "limit": thresholds.auc_drop_amber}
    if len(sure) < FEWEST_PERIODS:
        return unanswered("DIS-11", scope, whole, PERIOD_SOURCE, Reading("reading.trend_few", values))
    at, areas = np.array([each for each, _ in sure], dtype=float), np.array([found.auc for _, found in sure])
    weight = 1 / np.array([found.variance for _, found in sure])
    centred, span = at - weight @ at / weight.sum(), at[-1] - at[0]
    spread = float(weight @ centred**2)
    fall, error = float(-(weight * centred) @ areas / spread * span), float(span / sqrt(spread))
    p_value = float(ndtr(-fall / error))
    verdict, outcome = judge_drop(fall, p_value, thresholds)
    result = Result(
        "DIS-11",
        scope,
        whole.n,
        whole.events,
        fall,
        verdict,
        PERIOD_SOURCE,
        Reading(TREND_KEYS[outcome], {**values, "fall": fall, "first": float(areas[0]), "last": float(areas[-1]), "p": p_value}),
        interval=(fall - Z95 * error, fall + Z95 * error),
        threshold=thresholds.auc_drop_amber,
        p_value=p_value,
        effect=fall,
        null="the AUC does not fall with time",
        detectable=detectable(error, 1 - thresholds.auc_drop_alpha),
    )
    return unless_blind(result, thresholds.auc_drop_red)
