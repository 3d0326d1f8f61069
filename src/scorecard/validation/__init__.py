"""Would an independent validator accept the scorecard? Every test, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scorecard.errors import SettingsError
from scorecard.regression.design import one_thread
from scorecard.results import Result
from scorecard.settings import Thresholds, nearest
from scorecard.validation import (
    calibration,
    curves,
    discrimination,
    documentation,
    history,
    probabilities,
    rates,
    robustness,
    stability,
    subsets,
)
from scorecard.validation.evidence import Evidence, Labels, Modelled, Moves, Scored
from scorecard.validation.fairness import bands, gains, impact, inputs, means, odds, proxies
from scorecard.validation.fairness import calibration as groups
from scorecard.validation.implementation import parity, replication
from scorecard.validation.ladder import GradeCounts, Ladder

__all__ = [
    "TESTS",
    "Evidence",
    "GradeCounts",
    "Labels",
    "Ladder",
    "Modelled",
    "Moves",
    "Scored",
    "SuiteTest",
    "chosen",
    "validate",
]

CONVENTION = "convention"
LEVELS = ("jeffreys_amber", "jeffreys_red")
AUC_LIMITS = ("auc_amber", "auc_red", "min_events")
DROP_LIMITS = ("auc_drop_alpha", "auc_drop_amber", "auc_drop_red", "min_events")


@dataclass(frozen=True)
class SuiteTest:
    """A test of the suite.

    Attributes
    ----------
    code : str
        Such as ``DIS-01``: the area and a number.
    run : function of Evidence
        Runs it on every sample and scope where it is due.
    about : function
        The test itself, whose docstring says what it asks, how it judges and where it comes from; the catalogue prints it.
    limits : tuple of str
        Names of the `Thresholds` that it judges by.
    """

    code: str
    run: Callable[[Evidence], list[Result]]
    about: Callable[..., Any]
    limits: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        """The first letters of the code."""
        return self.code.partition("-")[0]


STA_09 = ("sign_flips_amber", "sign_flips_red", "outside_interval", "events_per_coefficient")
STA_10 = ("coefficient_drift_amber", "coefficient_drift_red", "events_per_coefficient")
ROB_02 = ("missing_amber", "missing_red", "source_amber", "source_red", "missing_safer")
ROB_04 = ("weak_ratio_amber", "weak_ratio_red", "weak_auc_amber", "weak_auc_red", "slice_events")
ROB_05 = ("shift_budget", "shift_auc_amber", "shift_auc_red", "shift_ratio_amber", "shift_ratio_red")
ROB_06 = ("split_gap_amber", "split_gap_red", "split_spread_amber", "split_spread_red")
ROB_08 = tuple(f"{name}_{colour}" for name in ("leak", "missing_knows", "collapse", "strongest") for colour in ("amber", "red"))

TESTS: tuple[SuiteTest, ...] = (
    SuiteTest("DIS-01", discrimination.each_auc, discrimination.auc_test, AUC_LIMITS),
    SuiteTest("DIS-02", discrimination.each_ks, discrimination.ks_test, AUC_LIMITS),
    SuiteTest("DIS-03", discrimination.each_gini, discrimination.gini_test, AUC_LIMITS),
    SuiteTest("DIS-04", discrimination.each_drop, discrimination.auc_drop, DROP_LIMITS),
    SuiteTest("DIS-05", discrimination.each_grade_auc, discrimination.grade_auc_test, AUC_LIMITS),
    SuiteTest("DIS-06", curves.each_cap, curves.cap_test, AUC_LIMITS),
    SuiteTest(
        "DIS-07",
        curves.each_h,
        curves.h_test,
        ("auc_drop_alpha", "h_drop_amber", "h_drop_red", "severity_ratio", "min_events"),
    ),
    SuiteTest("DIS-08", curves.each_somers, curves.somers_test, DROP_LIMITS),
    SuiteTest("DIS-09", curves.each_lift, curves.lift_test, ("min_events",)),
    SuiteTest("DIS-10", subsets.each_segment, subsets.segment_aucs, DROP_LIMITS),
    SuiteTest("DIS-11", subsets.each_period, subsets.period_aucs, DROP_LIMITS),
    SuiteTest("CAL-01", calibration.each_portfolio, calibration.jeffreys, (*LEVELS, "min_events")),
    SuiteTest("CAL-02", calibration.each_grade, calibration.jeffreys_grades, (*LEVELS, "min_events")),
    SuiteTest("CAL-03", calibration.each_fit, calibration.hosmer_lemeshow, LEVELS),
    SuiteTest("CAL-04", probabilities.each_spiegelhalter, probabilities.spiegelhalter, (*LEVELS, "min_events")),
    SuiteTest("CAL-05", probabilities.each_brier, probabilities.brier_skill, ("jeffreys_amber", "min_events")),
    SuiteTest("CAL-06", probabilities.each_slope, probabilities.calibration_slope, (*LEVELS, "min_events")),
    SuiteTest("CAL-07", rates.each_binomial, rates.binomial_test, (*LEVELS, "asset_correlation", "min_events")),
    SuiteTest("CAL-08", history.each_normal, history.normal_periods, (*LEVELS, "min_events")),
    SuiteTest("CAL-09", history.each_lights, history.lights_test, (*LEVELS, "asset_correlation", "min_events")),
    SuiteTest("CAL-10", probabilities.each_customer_fit, probabilities.customer_fit, (*LEVELS, "min_events")),
    SuiteTest(
        "CAL-11",
        rates.each_prudence,
        rates.prudence_test,
        ("low_default", "low_default_confidence", "asset_correlation", "jeffreys_red", "min_events"),
    ),
    SuiteTest("CAL-12", rates.each_interval, rates.interval_test, (*LEVELS, "min_events")),
    SuiteTest("STA-01", stability.each_score_psi, stability.psi_test, ("psi_amber", "psi_red")),
    SuiteTest("STA-02", stability.each_csi, stability.csi_test, ("psi_amber", "psi_red")),
    SuiteTest("STA-03", stability.each_points_shift, stability.points_shift, ("psi_amber", "psi_red")),
    SuiteTest("STA-04", stability.each_concentration, stability.concentration, ("largest_grade", "concentration_red")),
    SuiteTest("STA-05", stability.each_accuracy, stability.accuracy_test, ("accuracy_amber", "accuracy_red")),
    SuiteTest("STA-06", stability.each_bandwidth, stability.bandwidth, ("bandwidth_amber", "bandwidth_red")),
    SuiteTest("STA-07", stability.each_jump, stability.jumps, ("jump_amber", "jump_red")),
    SuiteTest("STA-08", stability.each_multinomial, stability.multinomial, ("concentration_amber", "concentration_red")),
    SuiteTest("STA-09", stability.each_bootstrap, stability.bootstrap_test, STA_09),
    SuiteTest("STA-10", stability.each_period, stability.periods_test, STA_10),
    SuiteTest("ROB-01", robustness.each_noise, robustness.noise_test, ("noise_amber", "noise_red", "regraded")),
    SuiteTest("ROB-02", robustness.each_missing, robustness.missing_test, ROB_02),
    SuiteTest("ROB-03", robustness.each_step, robustness.step_test, ("step_amber", "step_red")),
    SuiteTest("ROB-04", robustness.each_weak_spot, robustness.weak_spots_test, ROB_04),
    SuiteTest("ROB-05", robustness.each_shift, robustness.shift_test, ROB_05),
    SuiteTest("ROB-06", robustness.each_split, robustness.split_auc_test, ROB_06),
    SuiteTest("ROB-07", robustness.each_adversarial, robustness.adversarial_test, ("adversarial_amber", "adversarial_red")),
    SuiteTest("ROB-08", robustness.each_leak, robustness.leakage_test, ROB_08),
    SuiteTest("FAI-01", impact.each_impact, impact.impact_ratio, ("fair_ratio", "fair_cell", "fair_alpha")),
    SuiteTest("FAI-02", means.each_mean, means.mean_difference, ("fair_mean", "fair_cell", "fair_alpha")),
    SuiteTest("FAI-03", odds.each_opportunity, odds.equal_opportunity, ("fair_odds", "fair_cell", "fair_alpha")),
    SuiteTest("FAI-04", odds.each_odds, odds.average_odds, ("fair_odds", "fair_cell", "fair_alpha")),
    SuiteTest("FAI-05", groups.each_calibration, groups.group_calibration, ("fair_calibration", "fair_alpha")),
    SuiteTest("FAI-06", inputs.each_proxy, proxies.proxy, ("proxy_auc", "proxy_cramers_v", "proxy_marginal_iv", "fair_alpha")),
    SuiteTest(
        "FAI-07",
        gains.each_alternative,
        gains.less_discriminatory,
        ("alternative_auc", "alternative_approvals", "alternative_bad_rate", "alternative_gain", "fair_ratio"),
    ),
    SuiteTest("FAI-08", bands.each_band, bands.band_odds, ("fair_band_odds", "fair_alpha")),
    SuiteTest("IMP-01", replication.each_fit, replication.recomputed_fit),
    SuiteTest("IMP-02", replication.each_points, replication.recomputed_points),
    SuiteTest("IMP-03", replication.each_score, replication.recomputed_scores),
    SuiteTest("IMP-04", parity.each_parity, parity.parity),
    SuiteTest("IMP-05", replication.each_table, replication.same_table),
    SuiteTest("DOC-01", documentation.each_completeness, documentation.completeness),
    SuiteTest("DOC-02", documentation.each_reproducibility, documentation.reproducibility),
)


def validate(evidence: Evidence, tests: Sequence[SuiteTest] = TESTS) -> list[Result]:
    """Run tests, in order, and write beside each limit who set it.

    Parameters
    ----------
    evidence : Evidence
    tests : sequence of SuiteTest

    Returns
    -------
    list of Result
        Discrimination on every sample; calibration and stability on those after development, where alone they can fail.
    """
    with one_thread():
        found = [(test, result) for test in tests for result in test.run(evidence)]
    return [replace(result, limit_source=_set_by(test.limits, evidence.thresholds)) for test, result in found]


def chosen(text: str) -> tuple[SuiteTest, ...]:
    """Return the tests that a parameter names, by code or by area; all where it is empty.

    Raises
    ------
    SettingsError
        Where a word is neither.

    Examples
    --------
    >>> [test.code for test in chosen("CAL-01, STA-04")]
    ['CAL-01', 'STA-04']
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    known = list(dict.fromkeys([*(test.area for test in TESTS), *(test.code for test in TESTS)]))
    for word in words:
        if word not in known:
            raise SettingsError(f"{word} is neither a test nor an area of tests. {nearest(word, known)}")
    return tuple(test for test in TESTS if not words or test.code in words or test.area in words)


def _set_by(limits: Sequence[str], thresholds: Thresholds) -> str:
    return "; ".join(_told(limits, thresholds))


def _told(limits: Sequence[str], thresholds: Thresholds) -> Iterator[str]:
    deviations = thresholds.deviations()
    for name in limits:
        if name not in deviations:
            yield f"{name} {getattr(thresholds, name):g} ({CONVENTION})"
            continue
        value, default, who = deviations[name]
        yield f"{name} {value:g} instead of {default:g}, set by {who.by or 'nobody named'}: {who.reason or 'no reason given'}"
