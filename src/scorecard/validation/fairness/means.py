"""Does a group score lower? The difference of mean scores in standard deviations (FAI-02)."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtr

from scorecard.metrics.power import detectable
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence
from scorecard.validation.fairness.groups import Asked, Compared, Division, each, family, judged, side_of

SOURCE = "Cohen (1988), 2.5; Hedges & Olkin (1985), 5.E; Welch (1947)"
NULL = "the mean score of the group is that of the reference group"
Z95 = float(ndtri(0.975))


def mean_difference(
    members: ArrayLike, means: ArrayLike, deviations: ArrayLike, compared: Compared, thresholds: Thresholds
) -> list[Result]:
    """Judge how far the mean score of each group lies from that of the reference group (FAI-02).

    A measurement, not a legal test.

    Parameters
    ----------
    members, means, deviations : array of shape (groups,)
        Rows, and mean and standard deviation (with n - 1) of their scores.
    compared : Compared
    thresholds : Thresholds
        `fair_mean`, `fair_alpha`.

    Returns
    -------
    list of Result
        One a group: the standardised mean difference, negative where the group scores lower. The standard deviation is the
        pooled one of the two groups, not that of all customers; the interval is that of Hedges and Olkin for large samples.
        Below -`fair_mean` is amber, and red where chance does not explain it either (Welch's test of the means, adjusted for
        all groups); above `fair_mean` is amber. `detectable` is the smallest difference that would have been found. Without
        any spread of the scores it cannot be computed.

    References
    ----------
    Cohen (1988), Statistical Power Analysis, 2.5; Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, 5.E; Welch
    (1947), Biometrika 34; Holm (1979). The limit is a convention: 0.2 is called small, 0.5 medium, 0.8 large.

    Examples
    --------
    >>> compared = Compared("test: sex", ("male", "female"), 0)
    >>> result, = mean_difference([500, 500], [650, 620], [85, 75], compared, Thresholds())
    >>> round(result.statistic, 7), result.verdict.value
    (-0.3742697, 'red')
    """
    n, mean, deviation = (np.asarray(part, dtype=float) for part in (members, means, deviations))
    first, places = compared.reference, compared.others
    p_values = [_welch(n[[place, first]], mean[[place, first]], deviation[[place, first]]) for place in places]
    return [
        _result(n[[place, first]], mean[[place, first]], deviation[[place, first]], (compared.scope(place), compared.versus, values), thresholds)
        for place, values in zip(places, family(p_values), strict=True)
    ]  # fmt: skip


def each_mean(evidence: Evidence) -> list[Result]:
    """Run FAI-02 on every protected attribute of every sample after development."""
    return each(evidence, Asked("FAI-02", SOURCE, _test))


def _test(division: Division, thresholds: Thresholds) -> list[Result]:
    n = division.count()
    mean = division.count(values=division.part.score) / n
    away = division.part.score - np.append(mean, 0.0)[division.codes]
    deviation = np.sqrt(division.count(values=away**2) / np.maximum(n - 1, 1))
    return mean_difference(n, mean, deviation, division.compared, thresholds)


def _welch(n: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> float | None:
    parts = deviation**2 / n
    if not parts.sum() > 0:
        return None
    freedom = parts.sum() ** 2 / (parts**2 / np.maximum(n - 1, 1)).sum()
    return float(2 * stdtr(freedom, -abs(mean[0] - mean[1]) / sqrt(parts.sum())))


def _result(
    n: np.ndarray, mean: np.ndarray, deviation: np.ndarray, told: tuple[str, str, dict[str, float]], thresholds: Thresholds
) -> Result:
    scope, versus, adjusted = told
    if not adjusted:
        reading = Reading("reading.fair_flat", {"reference": versus})
        return Result("FAI-02", scope, round(n.sum()), 0, None, Verdict.NOT_COMPUTABLE, SOURCE, reading)
    pooled = sqrt(float(((n - 1) * deviation**2).sum() / (n.sum() - 2)))
    difference = float(mean[0] - mean[1]) / pooled
    error = sqrt(float((1 / n).sum() + difference**2 / (2 * n.sum())))
    low, high = difference - Z95 * error, difference + Z95 * error
    side = side_of(difference, thresholds.fair_mean)
    key = ("reading.fair_mean", "reading.fair_mean_higher", "reading.fair_mean_lower")[side]
    values = {"mean": float(mean[0]), "reference_mean": float(mean[1]), "reference": versus, "difference": difference}
    values |= {"low": low, "high": high, "limit": thresholds.fair_mean, "deviation": pooled} | adjusted
    return Result(
        "FAI-02",
        scope,
        round(n.sum()),
        0,
        difference,
        judged(side, adjusted["p_holm"], thresholds),
        SOURCE,
        Reading(key, values),
        interval=(low, high),
        threshold=thresholds.fair_mean,
        p_value=adjusted["p"],
        effect=difference,
        null=NULL,
        detectable=detectable(sqrt(float((1 / n).sum())), sides=2),
    )
