"""Are the good customers of a group approved as often? Equal opportunity and average odds (FAI-03, FAI-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from scipy.special import ndtr

from scorecard.metrics.proportions import Share, detectable_difference, difference_p, sum_interval
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence
from scorecard.validation.fairness.groups import Asked, Compared, Division, each, family, judged
from scorecard.validation.fairness.impact import few

OPPORTUNITY_SOURCE = "Hardt, Price & Srebro (2016); Newcombe (1998)"
ODDS_SOURCE = "Hardt, Price & Srebro (2016); Bellamy et al. (2018); Zou & Donner (2008)"
OPPORTUNITY_NULL = "the good customers of the group are approved as often as those of the reference group"
ODDS_NULL = "good customers, and bad ones, are approved as often as those of the reference group"
# Of a difference within the limit, above it, and below it.
OPPORTUNITY_KEYS = ("reading.fair_opportunity", "reading.fair_opportunity_higher", "reading.fair_opportunity_lower")
ODDS_KEYS = ("reading.fair_odds", "reading.fair_odds_higher", "reading.fair_odds_lower")


@dataclass(frozen=True)
class Approvals:
    """The approved of the good and of the bad customers of a group."""

    goods: Share
    bads: Share

    @property
    def all(self) -> Share:
        """The approved of all members."""
        return Share(self.goods.part + self.bads.part, self.goods.whole + self.bads.whole)


def equal_opportunity(approvals: Sequence[Approvals], compared: Compared, thresholds: Thresholds) -> list[Result]:
    """Judge whether good customers of each group are approved as often as those of the reference group (FAI-03).

    A measurement, not a legal test. A good customer who is approved is the true positive.

    Parameters
    ----------
    approvals : sequence of Approvals
        Of each group.
    compared : Compared
    thresholds : Thresholds
        `fair_odds`, `fair_cell`, `fair_alpha`, `min_events`.

    Returns
    -------
    list of Result
        One a group: the share approved of its goods less that of the reference group's, with Newcombe's interval. Below
        -`fair_odds` (exactly, in whole counts) is amber, and red where chance does not explain it either: Fisher's exact
        test, or z for more than 1,000 goods, adjusted for all groups; above `fair_odds` is amber. Fewer than `fair_cell`
        approvals or declines, or than `min_events` goods, are insufficient data. `detectable` is the smallest difference that
        would have been found. With unequal default rates no scorecard can hold this and calibration at once, so the policy
        says which one counts before the figures are seen.

    References
    ----------
    Hardt, Price & Srebro (2016), Equality of Opportunity in Supervised Learning, NeurIPS 29; Newcombe (1998), Statistics in
    Medicine 17, method 10; Kleinberg, Mullainathan & Raghavan (2017), Inherent Trade-Offs in the Fair Determination of Risk
    Scores, on why not all can hold. The limit is a convention.

    Examples
    --------
    >>> compared = Compared("test: sex", ("male", "female"), 0)
    >>> groups = [Approvals(Share(136, 160), Share(12, 40)), Approvals(Share(90, 120), Share(6, 30))]
    >>> result, = equal_opportunity(groups, compared, Thresholds())
    >>> round(result.statistic, 9), result.verdict.value
    (-0.1, 'green')
    """
    goods = [each.goods for each in approvals]
    reference = goods[compared.reference]
    adjusted = family([difference_p(goods[place], reference) for place in compared.others])
    return [
        _judge(_opportunity(approvals[place], approvals[compared.reference]), (compared.scope(place), compared.versus, values), thresholds)
        for place, values in zip(compared.others, adjusted, strict=True)
    ]  # fmt: skip


def average_odds(approvals: Sequence[Approvals], compared: Compared, thresholds: Thresholds) -> list[Result]:
    """Judge whether good and bad customers of each group are approved as often as those of the reference group (FAI-04).

    A measurement, not a legal test.

    Parameters
    ----------
    approvals, compared
        As in `equal_opportunity`.
    thresholds : Thresholds
        `fair_odds`, `fair_cell`, `fair_alpha`, `min_events`.

    Returns
    -------
    list of Result
        One a group: the mean of two differences to the reference group, of the share approved among goods and of that among
        bads, with an interval recovered from Wilson's of the four shares. The p-value is that of z with pooled variances.
        Limits, verdicts and `detectable` are as for equal opportunity; here bads must be at least `min_events` too.

    References
    ----------
    Hardt, Price & Srebro (2016), NeurIPS 29; Bellamy et al. (2018), AI Fairness 360, for the mean of the two; Zou & Donner
    (2008), Statistics in Medicine 27, for the interval. The limit is a convention.

    Examples
    --------
    >>> compared = Compared("test: sex", ("male", "female"), 0)
    >>> groups = [Approvals(Share(136, 160), Share(12, 40)), Approvals(Share(90, 120), Share(6, 30))]
    >>> round(average_odds(groups, compared, Thresholds())[0].statistic, 9)
    -0.1
    """
    reference = approvals[compared.reference]
    adjusted = family([_odds_p(approvals[place], reference) for place in compared.others])
    return [
        _judge(_odds(approvals[place], reference), (compared.scope(place), compared.versus, values), thresholds)
        for place, values in zip(compared.others, adjusted, strict=True)
    ]


def each_opportunity(evidence: Evidence) -> list[Result]:
    """Run FAI-03 on every protected attribute of every sample after development."""
    return each(evidence, Asked("FAI-03", OPPORTUNITY_SOURCE, _test_opportunity, outcomes=True, cutoff=True))


def each_odds(evidence: Evidence) -> list[Result]:
    """Run FAI-04 on every protected attribute of every sample after development."""
    return each(evidence, Asked("FAI-04", ODDS_SOURCE, _test_odds, outcomes=True, cutoff=True))


@dataclass(frozen=True)
class _Difference:
    """What is judged: shares with the factors that make the figure of them; `keys` are of readings within and beyond the limit."""

    code: str
    source: str
    null: str
    keys: tuple[str, str, str]
    shares: tuple[Share, ...]
    factors: tuple[float, ...]
    detectable: float | None
    pair: tuple[Approvals, Approvals]

    @property
    def exact(self) -> Fraction:
        """The figure, without rounding where the counts are whole."""
        return sum(
            (Fraction(factor) * _fraction(share) for share, factor in zip(self.shares, self.factors, strict=True)), Fraction()
        )

    def too_few(self, thresholds: Thresholds) -> bool:
        """Whether approvals, declines, or those the shares are of, are too few."""
        return few([each.all for each in self.pair], thresholds.fair_cell) or any(
            share.whole < thresholds.min_events for share in self.shares
        )


def _opportunity(one: Approvals, other: Approvals) -> _Difference:
    reach = detectable_difference(one.goods, other.goods)
    named = ("FAI-03", OPPORTUNITY_SOURCE, OPPORTUNITY_NULL, OPPORTUNITY_KEYS)
    return _Difference(*named, (one.goods, other.goods), (1.0, -1.0), reach, (one, other))


def _odds(one: Approvals, other: Approvals) -> _Difference:
    reaches = [detectable_difference(one.goods, other.goods), detectable_difference(one.bads, other.bads)]
    known = [reach for reach in reaches if reach is not None]
    reach = sqrt(sum(each**2 for each in known)) / 2 if len(known) == len(reaches) else None
    named = ("FAI-04", ODDS_SOURCE, ODDS_NULL, ODDS_KEYS)
    return _Difference(*named, (one.goods, other.goods, one.bads, other.bads), (0.5, -0.5, 0.5, -0.5), reach, (one, other))


def _odds_p(one: Approvals, other: Approvals) -> float:
    """Return the p-value of the mean of both differences, of pooled variances."""
    pairs = [(one.goods, other.goods), (one.bads, other.bads)]
    variance = 0.0
    for first, second in pairs:
        pooled = (first.part + second.part) / max(first.whole + second.whole, 1)
        variance += pooled * (1 - pooled) * (1 / max(first.whole, 1) + 1 / max(second.whole, 1))
    total = sum(first.rate - second.rate for first, second in pairs)
    return float(2 * ndtr(-abs(total) / sqrt(variance))) if variance > 0 else 1.0


def _judge(found: _Difference, told: tuple[str, str, dict[str, float]], thresholds: Thresholds) -> Result:
    scope, versus, adjusted = told
    exact, limit = found.exact, Fraction(str(thresholds.fair_odds))
    side = -1 if exact < -limit else int(exact > limit)
    verdict, key = judged(side, adjusted["p_holm"], thresholds), found.keys[side]
    if found.too_few(thresholds):
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.fair_cells_of"
    one, other = found.pair
    low, high = sum_interval(found.shares, found.factors)
    values: dict[str, object] = {
        "difference": float(exact),
        "low": low,
        "high": high,
        "limit": thresholds.fair_odds,
        "reference": versus,
    }
    values |= {
        "rate": one.goods.rate,
        "reference_rate": other.goods.rate,
        "bad_rate": one.bads.rate,
        "reference_bad_rate": other.bads.rate,
    }
    values |= {"approved": round(one.all.part), "declined": round(one.all.whole - one.all.part), "goods": round(one.goods.whole)}
    values |= {"bads": round(one.bads.whole), "needed": thresholds.fair_cell, "needed_events": thresholds.min_events}
    values |= adjusted
    return Result(
        found.code,
        scope,
        round(one.all.whole + other.all.whole),
        round(one.bads.whole + other.bads.whole),
        float(exact),
        verdict,
        found.source,
        Reading(key, values),
        interval=(low, high),
        threshold=thresholds.fair_odds,
        p_value=adjusted["p"],
        effect=float(exact),
        null=found.null,
        detectable=found.detectable,
    )


def _approvals(division: Division) -> list[Approvals]:
    bad, approved = division.part.outcome == 1, division.approved
    assert approved is not None  # noqa: S101  the test is asked with a cut-off only
    goods = zip(division.count(approved & ~bad).tolist(), division.count(~bad).tolist(), strict=True)
    bads = zip(division.count(approved & bad).tolist(), division.count(bad).tolist(), strict=True)
    return [Approvals(Share(*good), Share(*lost)) for good, lost in zip(goods, bads, strict=True)]


def _test_opportunity(division: Division, thresholds: Thresholds) -> list[Result]:
    return equal_opportunity(_approvals(division), division.compared, thresholds)


def _test_odds(division: Division, thresholds: Thresholds) -> list[Result]:
    return average_odds(_approvals(division), division.compared, thresholds)


def _fraction(share: Share) -> Fraction:
    return Fraction(share.part) / Fraction(share.whole) if share.whole else Fraction()
