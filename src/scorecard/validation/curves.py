"""What do the curves behind the AUC say? CAP, H-measure, Somers' D of the grades, lift and capture (DIS-06 to DIS-09)."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from scorecard.metrics import (
    Association,
    HMeasure,
    Plan,
    auc_interval,
    bootstrap,
    cap_area_from_counts,
    capture,
    detectable,
    gini,
    h_from_counts,
    somers_d,
)
from scorecard.metrics.capture import captures
from scorecard.metrics.resampling import one_by_one
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.discrimination import judge_drop, judge_ranking, unanswered
from scorecard.validation.evidence import Evidence, Scored, not_due, shortage, told, where_observed, without_initial
from scorecard.validation.judging import unless_blind
from scorecard.validation.ladder import Floats, Ladder

CAP_SOURCE = "BCBS (2005), Working Paper 14, chapter III; Sobehart, Keenan & Stein (2000)"
H_SOURCE = "Hand (2009); Hand & Anagnostopoulos (2014); interval: Efron (1987)"
SOMERS_SOURCE = "ECB (2019), 2.6.3.1 and annex 3.2"
LIFT_SOURCE = "Siddiqi (2017), chapter 10; interval: Efron (1987)"
CAP_KEYS = {"reading.auc_good": "reading.cap_good", "reading.auc_low": "reading.cap_low"}
H_KEYS = {"none": "reading.h_none", "small": "reading.h_small", "chance": "reading.h_chance", "loss": "reading.h_loss"}
SOMERS_KEYS = {
    "none": "reading.somers_none",
    "small": "reading.somers_small",
    "chance": "reading.somers_chance",
    "loss": "reading.somers_loss",
}
SHARES = (0.01, 0.05, 0.10)  # convention: the riskiest hundredth, twentieth and tenth
ROUNDING = 1e-9  # the lift of a score that orders nobody is 1 but for rounding
Z95 = float(ndtri(0.975))


def cap_test(ladder: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Judge how close the cumulative accuracy profile comes to that of a perfect model (DIS-06).

    Parameters
    ----------
    ladder : Ladder
        Of the sample.
    scope : str
    thresholds : Thresholds
        `auc_amber`, `auc_red` (carried over: ratio = 2 AUC - 1), `min_events`.

    Returns
    -------
    Result
        The accuracy ratio, (area - 1/2) / ((1 - share of bads) / 2), with the interval of the AUC carried over; the verdict is
        that of the AUC. The reading tells the area, and the bads caught by as many of the riskiest customers as there are
        bads: a perfect model catches them all. `effect` is the distance above the limit, `detectable` the distance that the
        sample could have told from none.

    References
    ----------
    BCBS (2005), Working Paper 14, chapter III; Sobehart, Keenan & Stein (2000), Moody's: benchmarking quantitative default
    risk models. The limits are a convention.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(60), 60, np.repeat([1, 0], 30), np.full(60, 0.5))
    >>> cap_test(ladder, "test", Thresholds()).reading.key
    'reading.ranking_perfect'
    """
    if short := shortage(ladder, thresholds):
        return unanswered("DIS-06", scope, ladder, CAP_SOURCE, short)
    goods, bads = ladder.safest_first
    estimate, bad_rate = ladder.auc, float(bads.sum() / (goods + bads).sum())
    area = cap_area_from_counts(goods, bads)
    ratio, limit = (area - 0.5) / ((1 - bad_rate) / 2), gini(thresholds.auc_amber)
    verdict, key = judge_ranking(estimate, thresholds)
    low, high = (gini(end) for end in auc_interval(estimate))
    values = {"ratio": ratio, "low": low, "high": high, "limit": limit, "area": area, "auc": estimate.auc}
    values |= {"bad_rate": bad_rate, "caught": capture(goods, bads, bad_rate)}
    sure = estimate.variance > 0
    return Result(
        "DIS-06",
        scope,
        ladder.n,
        ladder.events,
        ratio,
        verdict,
        CAP_SOURCE,
        Reading(CAP_KEYS.get(key, key), values),
        interval=(low, high) if sure else None,
        threshold=limit,
        effect=ratio - limit,
        detectable=2 * detectable(sqrt(estimate.variance)) if sure else None,
    )


def h_test(initial: HMeasure, ladder: Ladder, scope: str, thresholds: Thresholds, seed: int = 1) -> Result:
    """Test whether decisions by the score save less of the avoidable loss than at development (DIS-07).

    Parameters
    ----------
    initial : HMeasure
        Of development.
    ladder, scope
        Of the current sample.
    thresholds : Thresholds
        `auc_drop_alpha`, `h_drop_amber`, `h_drop_red`, `min_events`, and `severity_ratio`: how many times as bad it is to
        decline a good as to accept a bad; 0 takes bads / goods of each sample, as is usual.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Result
        The H-measure with the corrected (BCa) interval of 2,000 resamples of goods and of bads; `effect` is the fall since
        development. Amber and red need both a small p-value, with the uncertainty of both samples, and a fall beyond the
        limit. `detectable` is the true fall that the test finds significant four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    Hand (2009), Machine Learning 77; Hand & Anagnostopoulos (2014), Pattern Recognition Letters 40; Efron (1987), JASA 82. The
    limits are a convention: what the limits of the AUC's drop are worth for normal scores with an AUC of 0.75.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(60), 60, np.array([1, 0] * 30), np.full(60, 0.5))
    >>> h_test(HMeasure(0.5, 0.0, 1.0), ladder, "test", Thresholds()).verdict.value
    'red'
    """
    if short := shortage(ladder, thresholds):
        return unanswered("DIS-07", scope, ladder, H_SOURCE, short)
    found = h_of(ladder, thresholds)
    drop, error = initial.h - found.h, sqrt(found.variance + initial.variance)
    values = {"h": found.h, "initial": initial.h, "drop": drop, "ratio": found.severity_ratio, "limit": thresholds.h_drop_amber}
    if error == 0:
        return unanswered("DIS-07", scope, ladder, H_SOURCE, Reading("reading.h_without_variance", values), computable=False)
    p_value = float(ndtr(-drop / error))
    verdict, outcome = judge_drop(drop, p_value, thresholds, (thresholds.h_drop_amber, thresholds.h_drop_red))
    low, high = bootstrap(*ladder.safest_first, one_by_one(_h_at(found.severity_ratio)), _plan(ladder, seed)).corrected
    result = Result(
        "DIS-07",
        scope,
        ladder.n,
        ladder.events,
        found.h,
        verdict,
        H_SOURCE,
        Reading(H_KEYS[outcome], {**values, "low": low, "high": high, "p": p_value}),
        interval=(low, high),
        threshold=initial.h - thresholds.h_drop_amber,
        p_value=p_value,
        effect=drop,
        null="decisions by the score save no less than at development",
        detectable=detectable(error, 1 - thresholds.auc_drop_alpha),
    )
    return unless_blind(result, thresholds.h_drop_red)


def somers_test(initial: Association, grades: Ladder, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the grades order customers worse than at the initial validation, by Somers' D (DIS-08).

    Parameters
    ----------
    initial : Association
        Of the grades at development; taken as known.
    grades : Ladder
        Goods and bads in each grade, the worst first.
    scope : str
    thresholds : Thresholds
        `auc_drop_alpha`, `auc_drop_amber`, `auc_drop_red`, `min_events`.

    Returns
    -------
    Result
        The fall of the generalised AUC, (D + 1) / 2, in the form of the ECB: S = (initial - current) / standard error,
        p = 1 - Phi(S). D is that of the grades given the outcome, so the generalised AUC is the AUC of the grades; the D of
        the outcome given the grades, which the ECB asks for LGD and CCF, stands in the reading. Amber and red need both a small
        p-value and a fall beyond the limit. `detectable` is the true fall that the test finds significant four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    Somers (1962), American Sociological Review 27; ECB (2019), 2.6.3.1 and annex 3.2 (the standard error).

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> grades = counted(np.arange(60) // 20, 3, np.array([1, 0] * 30), np.full(60, 0.5))
    >>> somers_test(Association(0.5, 0.75, 0.01), grades, "test", Thresholds()).verdict.value
    'red'
    """
    if short := shortage(grades, thresholds):
        return unanswered("DIS-08", scope, grades, SOMERS_SOURCE, short)
    current, outcome_given = association(grades), _of_the_outcome(grades)
    drop = initial.gauc - current.gauc
    values = {"gauc": current.gauc, "initial": initial.gauc, "drop": drop, "limit": thresholds.auc_drop_amber, "d": current.d}
    if current.error == 0 or outcome_given is None:
        return unanswered("DIS-08", scope, grades, SOMERS_SOURCE, Reading("reading.somers_flat", values), computable=False)
    p_value = float(ndtr(-drop / current.error))
    verdict, outcome = judge_drop(drop, p_value, thresholds)
    values |= {"error": current.error, "s": drop / current.error, "p": p_value, "other": outcome_given}
    result = Result(
        "DIS-08",
        scope,
        grades.n,
        grades.events,
        drop,
        verdict,
        SOMERS_SOURCE,
        Reading(SOMERS_KEYS[outcome], values),
        interval=(drop - Z95 * current.error, drop + Z95 * current.error),
        threshold=thresholds.auc_drop_amber,
        p_value=p_value,
        effect=drop,
        null="the current generalised AUC is not below the initial one",
        detectable=detectable(current.error, 1 - thresholds.auc_drop_alpha),
    )
    return unless_blind(result, thresholds.auc_drop_red)


def lift_test(ladder: Ladder, share: float, scope: str, thresholds: Thresholds, seed: int = 1) -> Result:
    """Judge whether the riskiest customers hold more of the bads than their share (DIS-09).

    Parameters
    ----------
    ladder : Ladder
        Of the sample.
    share : float
        Of all customers, in (0, 1); those with the lowest scores. A score that the share cuts counts in part.
    scope : str
    thresholds : Thresholds
        `min_events`, also of customers in the share.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Result
        The lift, the share of the bads over the share of the customers, with the corrected (BCa) interval of 2,000 resamples.
        Green where it is surely above 1, red where it surely is not, amber between. The reading tells the bads caught and the
        most that could be. `effect` is the lift above 1, `detectable` how much would have been found four times in five.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 10; Efron (1987), JASA 82.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> ladder = counted(np.arange(400), 400, np.tile([1, 0], 200), np.full(400, 0.5))
    >>> lift_test(ladder, 0.10, "test", Thresholds()).verdict.value
    'amber'
    """
    if short := shortage(ladder, thresholds):
        return unanswered("DIS-09", scope, ladder, LIFT_SOURCE, short)
    goods, bads = ladder.safest_first
    held, customers = share * float((goods + bads).sum()), float((goods + bads).sum())
    if held < thresholds.min_events:
        reading = Reading("reading.lift_few", {"share": share, "rows": told(held), "needed": thresholds.min_events})
        return unanswered("DIS-09", scope, ladder, LIFT_SOURCE, reading)
    drawn = bootstrap(goods, bads, lambda g, b: captures(g, b, share) / share, _plan(ladder, seed))
    found, (low, high) = drawn.estimate, drawn.corrected
    none = 1 + ROUNDING
    verdict = Verdict.GREEN if low > none else Verdict.RED if high <= none else Verdict.AMBER
    key = {Verdict.GREEN: "reading.lift_more", Verdict.RED: "reading.lift_less"}.get(verdict, "reading.lift_chance")
    values = {"share": share, "caught": found * share, "lift": found, "low": low, "high": high}
    values |= {"most": min(1.0, held / float(bads.sum())), "customers": told(customers)}
    return Result(
        "DIS-09",
        scope,
        ladder.n,
        ladder.events,
        found,
        verdict,
        LIFT_SOURCE,
        Reading(key, values),
        interval=(low, high) if drawn.error > 0 else None,
        threshold=1.0,
        p_value=float(ndtr(-(found - 1) / drawn.error)) if drawn.error > 0 else 1.0,
        effect=found - 1,
        null="the riskiest customers hold no more bads than their share",
        detectable=detectable(drawn.error) if drawn.error > 0 else None,
    )


def association(grades: Ladder) -> Association:
    """Return Somers' D of the grades given the outcome; weighted goods and bads count at the number each is worth.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> association(counted(np.array([0, 0, 1, 1]), 2, np.array([1, 0, 1, 0]), np.full(4, 0.5))).d
    0.0
    """
    sides = zip(grades.safest_first, grades.numbers, strict=True)
    return somers_d([counts * (number / counts.sum()) for counts, number in sides])


def h_of(ladder: Ladder, thresholds: Thresholds) -> HMeasure:
    """Return the H-measure of a ladder at the severity ratio of the thresholds, its variance from the rows' weights.

    Examples
    --------
    >>> from scorecard.validation.ladder import counted
    >>> round(h_of(counted(np.array([0, 0, 1, 1]), 2, np.array([1, 1, 0, 0]), np.full(4, 0.5)), Thresholds()).h, 6)
    1.0
    """
    good_squares, bad_squares = ladder.squares
    return h_from_counts(*ladder.safest_first, thresholds.severity_ratio or None, (good_squares[::-1], bad_squares[::-1]))


def each_cap(evidence: Evidence) -> list[Result]:
    """Run DIS-06 on every sample."""
    limits = evidence.thresholds
    return where_observed(evidence.samples, "DIS-06", CAP_SOURCE, lambda name, part: cap_test(part.ladder, name, limits))


def each_h(evidence: Evidence) -> list[Result]:
    """Run DIS-07 on every sample after development, beside development."""
    if few := without_initial(evidence, "DIS-07", H_SOURCE):
        return few
    limits, initial = evidence.thresholds, h_of(evidence.development.ladder, evidence.thresholds)

    def test(name: str, part: Scored) -> Result:
        return h_test(initial, part.ladder, name, limits, evidence.seed)

    return where_observed(evidence.later, "DIS-07", H_SOURCE, test)


def each_somers(evidence: Evidence) -> list[Result]:
    """Run DIS-08 on every sample after development, against development."""
    if few := without_initial(evidence, "DIS-08", SOMERS_SOURCE):
        return few
    grades, limits = len(evidence.grades), evidence.thresholds
    initial = association(evidence.development.graded(grades))
    return where_observed(
        evidence.later, "DIS-08", SOMERS_SOURCE, lambda name, part: somers_test(initial, part.graded(grades), name, limits)
    )


def each_lift(evidence: Evidence) -> list[Result]:
    """Run DIS-09 on every sample at 1, 5 and 10 % of the customers."""
    results: list[Result] = []
    for name, part in evidence.samples.items():
        results += (
            [not_due("DIS-09", name, part, LIFT_SOURCE)]
            if part.bad is None
            else [
                lift_test(part.ladder, share, f"{name}: riskiest {share:.0%}", evidence.thresholds, evidence.seed)
                for share in SHARES
            ]
        )
    return results


def _h_at(ratio: float) -> Callable[[Floats, Floats], float]:
    return lambda goods, bads: h_from_counts(goods, bads, ratio).h


def _plan(ladder: Ladder, seed: int) -> Plan:
    goods, bads = ladder.numbers
    return Plan(seed=seed, draws=(round(goods), round(bads)))


def _of_the_outcome(grades: Ladder) -> float | None:
    """Somers' D of the outcome given the grades; None where everybody stands in one grade."""
    goods, bads = grades.safest_first
    if np.count_nonzero(goods + bads) == 1:
        return None
    table: Floats = np.transpose([goods, bads])
    return somers_d(table).d
