"""Arrays or counts in, a number out: the arithmetic under every test and figure.

`ranking` asks whether risk is ordered, `precision` how exactly that is known, `counts` what counts per class tell,
`divergence` how far they have moved, `collinearity` columns with one another, `probability` judges PDs, `families` adjusts
p-values of many tests. `placement` ranks counted cells, `migration` looks at moves between grades, `heterogeneity` at several
estimates of one figure, `accuracy` at how precisely a fit knows whom it meets.
"""

from scorecard.metrics.accuracy import population_accuracy, prediction_variance
from scorecard.metrics.collinearity import correlation, vif
from scorecard.metrics.counts import (
    coefficient_of_variation,
    herfindahl,
    information_value,
    marginal_iv,
    noise_floor,
    woe,
)
from scorecard.metrics.divergence import Compared, compared, jensen_shannon, psi, psi_critical, psi_detectable
from scorecard.metrics.families import benjamini_hochberg, holm
from scorecard.metrics.heterogeneity import Heterogeneity, heterogeneity
from scorecard.metrics.migration import Bandwidth, bandwidths, neighbour_z
from scorecard.metrics.placement import Placed, difference_error, placed, reweighted
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
from scorecard.metrics.ranking import Ks, auc, auc_from_counts, cap_area, gini, ks, ks_point

__all__ = [
    "Auc",
    "Bandwidth",
    "BrierParts",
    "CalibrationLine",
    "Compared",
    "Heterogeneity",
    "Ks",
    "PairedAuc",
    "Placed",
    "auc",
    "auc_from_counts",
    "auc_interval",
    "bandwidths",
    "benjamini_hochberg",
    "binomial_p",
    "brier",
    "brier_decomposition",
    "calibration_line",
    "cap_area",
    "coefficient_of_variation",
    "compared",
    "correlation",
    "delong",
    "delong_paired",
    "difference_error",
    "gini",
    "herfindahl",
    "heterogeneity",
    "holm",
    "information_value",
    "jeffreys_interval",
    "jeffreys_p",
    "jensen_shannon",
    "ks",
    "ks_point",
    "marginal_iv",
    "neighbour_z",
    "noise_floor",
    "placed",
    "population_accuracy",
    "prediction_variance",
    "psi",
    "psi_critical",
    "psi_detectable",
    "reweighted",
    "vif",
    "woe",
]
