"""Would an independent validator accept the scorecard? Every test, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable

from scorecard.results import Result
from scorecard.validation import calibration, discrimination, probabilities, stability
from scorecard.validation.evidence import Evidence, Scored

__all__ = ["TESTS", "Evidence", "Scored", "validate"]

TESTS: tuple[Callable[[Evidence], list[Result]], ...] = (
    discrimination.each_auc,
    discrimination.each_ks,
    discrimination.each_gini,
    discrimination.each_drop,
    discrimination.each_grade_auc,
    calibration.each_portfolio,
    calibration.each_grade,
    calibration.each_fit,
    probabilities.each_spiegelhalter,
    probabilities.each_brier,
    probabilities.each_slope,
    stability.each_score_psi,
    stability.each_csi,
    stability.each_points_shift,
    stability.each_concentration,
)


def validate(evidence: Evidence) -> list[Result]:
    """Run every test of `TESTS`, in order.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    list of Result
        Discrimination on every sample; calibration and stability on those after development, where alone they can fail.

    Raises
    ------
    EvidenceError
        Where development has too few goods or bads for a variance.
    """
    return [result for test in TESTS for result in test(evidence)]
