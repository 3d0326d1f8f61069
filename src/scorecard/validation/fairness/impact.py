"""Is a group approved less often? The ratio of approval rates, in exact integers (FAI-01)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scorecard.metrics.proportions import Share, detectable_difference, difference_p, ratio_interval
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence
from scorecard.validation.fairness.groups import Asked, Compared, Division, each, family, judged

SOURCE = "EEOC (1978), 29 CFR 1607.4 D: four fifths, by analogy; Fisher (1922)"
NULL = "the group is approved as often as the reference group"


def impact_ratio(shares: Sequence[Share], compared: Compared, thresholds: Thresholds) -> list[Result]:
    """Judge how often each group is approved beside the reference group: the adverse impact ratio (FAI-01).

    A measurement, not a legal test: which attributes may be held, and which differences are lawful, is for counsel.

    Parameters
    ----------
    shares : sequence of Share
        The approved of all members of each group.
    compared : Compared
    thresholds : Thresholds
        `fair_ratio`, `fair_cell`, `fair_alpha`.

    Returns
    -------
    list of Result
        One a group: its approval rate over that of the reference group, with Katz's interval. Whole counts are compared
        exactly, as 5 a n >= 4 b m, so that 0.80 itself passes. Below the limit is amber, and red where chance does not
        explain it either: Fisher's exact test, or z for more than 1,000 rows, adjusted for all groups (Holm). A ratio above
        1 / limit is amber, for then the reference group is the one at a disadvantage. Fewer than `fair_cell` approvals or
        declines are insufficient data, unless so few are the finding: at the common rate there would have been enough.
        `effect` is the difference of the rates, `detectable` the smallest one that would have been found.

    References
    ----------
    EEOC (1978), Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D, adopted by analogy; Fisher (1922),
    Journal of the Royal Statistical Society 85; Katz et al. (1978), Biometrics 34; Holm (1979). The least cell is a convention.

    Examples
    --------
    >>> compared = Compared("test: sex", ("male", "female"), 0)
    >>> result, = impact_ratio([Share(480, 800), Share(384, 800)], compared, Thresholds())
    >>> result.statistic, result.verdict.value
    (0.8, 'green')
    """
    reference = shares[compared.reference]
    p_values = [difference_p(shares[place], reference) for place in compared.others]
    adjusted = family(p_values)
    return [
        _result(shares[place], reference, (compared.scope(place), compared.versus, values), thresholds)
        for place, values in zip(compared.others, adjusted, strict=True)
    ]


def each_impact(evidence: Evidence) -> list[Result]:
    """Run FAI-01 on every protected attribute of every sample after development."""
    return each(evidence, Asked("FAI-01", SOURCE, _test, cutoff=True))


def shares(division: Division) -> list[Share]:
    """Return the approved of all members of each group."""
    return [Share(*pair) for pair in zip(division.count(division.approved).tolist(), division.count().tolist(), strict=True)]


def below(one: Share, other: Share, limit: float) -> bool:
    """Return whether the rate of one is less than `limit` times that of the other, compared without rounding.

    Examples
    --------
    >>> below(Share(48, 100), Share(60, 100), 0.8), below(Share(479, 1000), Share(600, 1000), 0.8)
    (False, True)
    """
    ratio = Fraction(str(limit))
    return Fraction(one.part) * Fraction(other.whole) < ratio * Fraction(other.part) * Fraction(one.whole)


def few(shares: Sequence[Share], cell: int) -> bool:
    """Return whether a group has fewer approvals or declines than `cell`."""
    return any(min(share.part, share.whole - share.part) < cell for share in shares)


def enough_expected(one: Share, other: Share, cell: int) -> bool:
    """Return whether at the common rate both groups would have had `cell` approvals and declines."""
    rate = (one.part + other.part) / (one.whole + other.whole)
    return min(one.whole, other.whole) * min(rate, 1 - rate) >= cell


def _test(division: Division, thresholds: Thresholds) -> list[Result]:
    return impact_ratio(shares(division), division.compared, thresholds)


def _result(one: Share, other: Share, told: tuple[str, str, dict[str, float]], thresholds: Thresholds) -> Result:
    scope, versus, adjusted = told
    limit, cell = thresholds.fair_ratio, thresholds.fair_cell
    side = -1 if below(one, other, limit) else int(below(other, one, limit))
    verdict = judged(side, adjusted["p_holm"], thresholds)
    key = ("reading.fair_ratio", "reading.fair_ratio_favoured", "reading.fair_ratio_low")[side]
    shown = enough_expected(one, other, cell) and verdict is Verdict.RED
    if few((one, other), cell) and not shown:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.fair_cells"
    ratio = one.rate / other.rate if other.part else None
    interval = ratio_interval(one, other)
    values: dict[str, object] = {
        "approved": round(one.part),
        "declined": round(one.whole - one.part),
        "reference": versus,
        "needed": cell,
    }
    values |= {"reference_approved": round(other.part), "reference_declined": round(other.whole - other.part), "limit": limit}
    values |= {"rate": one.rate, "reference_rate": other.rate, "ratio": ratio}
    values |= adjusted | dict(zip(("low", "high"), interval or (None, None), strict=True))
    return Result(
        "FAI-01",
        scope,
        round(one.whole + other.whole),
        0,
        ratio,
        verdict,
        SOURCE,
        Reading(key, values),
        interval=interval,
        threshold=limit,
        p_value=adjusted["p"],
        effect=one.rate - other.rate,
        null=NULL,
        detectable=detectable_difference(one, other),
    )
