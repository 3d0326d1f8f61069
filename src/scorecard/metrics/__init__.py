"""Arrays or counts in, a number out: the arithmetic under every test and figure.

`ranking` asks whether risk is ordered, `precision` how exactly that is known, `counts` compares distributions over
classes, `collinearity` columns with one another, `probability` judges PDs, `families` adjusts p-values of many tests,
`hulls`, `separation` and `profit` weigh the two errors by their costs, `resamples` draws rows again.
"""

from scorecard.metrics.collinearity import correlation, vif
from scorecard.metrics.counts import (
    coefficient_of_variation,
    herfindahl,
    information_value,
    marginal_iv,
    noise_floor,
    psi,
    psi_critical,
    woe,
)
from scorecard.metrics.families import benjamini_hochberg, holm
from scorecard.metrics.precision import Auc, PairedAuc, auc_interval, delong, delong_paired
from scorecard.metrics.probability import (
    BrierParts,
    CalibrationLine,
    binomial_p,
    brier,
    brier_decomposition,
    calibration_line,
    jeffreys_interval,
    jeffreys_p,
)
from scorecard.metrics.profit import Emp, Worth, break_even, emp
from scorecard.metrics.ranking import Ks, auc, auc_from_counts, cap_area, gini, ks, ks_point
from scorecard.metrics.separation import h_measure

__all__ = [
    "Auc",
    "BrierParts",
    "CalibrationLine",
    "Emp",
    "Ks",
    "PairedAuc",
    "Worth",
    "auc",
    "auc_from_counts",
    "auc_interval",
    "benjamini_hochberg",
    "binomial_p",
    "break_even",
    "brier",
    "brier_decomposition",
    "calibration_line",
    "cap_area",
    "coefficient_of_variation",
    "correlation",
    "delong",
    "delong_paired",
    "emp",
    "gini",
    "h_measure",
    "herfindahl",
    "holm",
    "information_value",
    "jeffreys_interval",
    "jeffreys_p",
    "ks",
    "ks_point",
    "marginal_iv",
    "noise_floor",
    "psi",
    "psi_critical",
    "vif",
    "woe",
]
