"""Reject inference: models of everybody who came through the door, each with the assumption it stands on.

`Applicants` holds accepts and declines on WoE; a method makes an `Inferred` model of them; `compare` and `sensitivity` show
what its assumption moves; `benchmark` hides outcomes that are known and says whether inference helps.
"""

from scorecard.rejects.applicants import Applicants, Inferred, pd
from scorecard.rejects.bands import Bands, cut
from scorecard.rejects.masked import Benchmark, Masked, benchmark, hide
from scorecard.rejects.methods import (
    Method,
    augment,
    expected_cutoff,
    extrapolate_fuzzy,
    extrapolate_hard,
    inferred_rate,
    known,
    methods,
    parcel_fuzzy,
    parcel_hard,
)
from scorecard.rejects.sensitivity import BANDS, FACTORS, coefficients, compare, cutoffs, sensitivity

__all__ = [
    "BANDS",
    "FACTORS",
    "Applicants",
    "Bands",
    "Benchmark",
    "Inferred",
    "Masked",
    "Method",
    "augment",
    "benchmark",
    "coefficients",
    "compare",
    "cut",
    "cutoffs",
    "expected_cutoff",
    "extrapolate_fuzzy",
    "extrapolate_hard",
    "hide",
    "inferred_rate",
    "known",
    "methods",
    "parcel_fuzzy",
    "parcel_hard",
    "pd",
    "sensitivity",
]
