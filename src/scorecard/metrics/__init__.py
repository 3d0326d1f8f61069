"""Arrays or counts in, a number out: the arithmetic under every test and figure.

Order: `ranking` asks whether risk is ordered, `precision` how exactly that is known, `separation` what it saves,
`association` how classes order an outcome, `capture` what the riskiest hold.
PDs: `probability` judges them by rows, `goodness` in groups, `decomposition` by parts, `intervals` and `factor` (customers who
fail together) by counts, `periods` over several years, `prudence` where hardly anybody defaults.
Classes: `counts` what counts per class tell, `divergence` how far they have moved, `migration` moves between grades, `placement`
ranks counted cells, `collinearity` compares columns with one another.
Fits: `accuracy` says how precisely one knows whom it meets, `heterogeneity` whether several estimates are of one figure.
Costs: `hulls` and `profit` weigh the two errors by what they cost, as `separation` does.
Tests: `resampling` and `resamples` draw samples anew, `power` says what a test could have seen, `families` adjusts the p-values of many.
"""

from scorecard.metrics.accuracy import population_accuracy, prediction_variance
from scorecard.metrics.association import Association, somers_d
from scorecard.metrics.capture import capture, captures, lift
from scorecard.metrics.collinearity import correlation, vif
from scorecard.metrics.counts import (
    coefficient_of_variation,
    herfindahl,
    information_value,
    marginal_iv,
    noise_floor,
    woe,
)
from scorecard.metrics.decomposition import (
    BinnedBrierParts,
    BrierParts,
    CorpParts,
    binned_brier_decomposition,
    brier_decomposition,
    corp_decomposition,
)
from scorecard.metrics.divergence import Compared, compared, jensen_shannon, psi, psi_critical, psi_detectable
from scorecard.metrics.factor import binomial_p, conditional_pd, critical_defaults, default_correlation, vasicek_bound
from scorecard.metrics.families import benjamini_hochberg, holm
from scorecard.metrics.goodness import HosmerLemeshow, hosmer_lemeshow, hosmer_lemeshow_from_counts
from scorecard.metrics.heterogeneity import Heterogeneity, heterogeneity
from scorecard.metrics.intervals import clopper_pearson_interval, jeffreys_interval, wilson_interval
from scorecard.metrics.migration import Bandwidth, bandwidths, neighbour_z
from scorecard.metrics.periods import NormalTest, TrafficLights, critical_lights, detectable_lights, normal_test, traffic_lights
from scorecard.metrics.placement import Placed, difference_error, placed, reweighted
from scorecard.metrics.power import (
    detectable,
    detectable_auc,
    detectable_deviation,
    detectable_pair,
    detectable_rate,
    hanley_mcneil,
    noncentral,
    rate_power,
)
from scorecard.metrics.precision import Auc, Fall, PairedAuc, auc_fall, auc_interval, delong, delong_from_counts, delong_paired
from scorecard.metrics.probability import (
    CalibrationLine,
    brier,
    brier_from_counts,
    calibration_line,
    calibration_line_from_counts,
    jeffreys_p,
)
from scorecard.metrics.profit import Emp, Worth, break_even, emp
from scorecard.metrics.prudence import Economy, pluto_tasche, upper_bound
from scorecard.metrics.ranking import Ks, auc, auc_from_counts, cap_area, cap_area_from_counts, gini, ks, ks_from_counts, ks_point
from scorecard.metrics.resampling import Bootstrapped, Plan, bootstrap, bootstrap_pair, one_by_one
from scorecard.metrics.separation import HMeasure, h_from_counts, h_measure

__all__ = [
    "Association",
    "Auc",
    "Bandwidth",
    "BinnedBrierParts",
    "Bootstrapped",
    "BrierParts",
    "CalibrationLine",
    "Compared",
    "CorpParts",
    "Economy",
    "Emp",
    "Fall",
    "HMeasure",
    "Heterogeneity",
    "HosmerLemeshow",
    "Ks",
    "NormalTest",
    "PairedAuc",
    "Placed",
    "Plan",
    "TrafficLights",
    "Worth",
    "auc",
    "auc_fall",
    "auc_from_counts",
    "auc_interval",
    "bandwidths",
    "benjamini_hochberg",
    "binned_brier_decomposition",
    "binomial_p",
    "bootstrap",
    "bootstrap_pair",
    "break_even",
    "brier",
    "brier_decomposition",
    "brier_from_counts",
    "calibration_line",
    "calibration_line_from_counts",
    "cap_area",
    "cap_area_from_counts",
    "capture",
    "captures",
    "clopper_pearson_interval",
    "coefficient_of_variation",
    "compared",
    "conditional_pd",
    "corp_decomposition",
    "correlation",
    "critical_defaults",
    "critical_lights",
    "default_correlation",
    "delong",
    "delong_from_counts",
    "delong_paired",
    "detectable",
    "detectable_auc",
    "detectable_deviation",
    "detectable_lights",
    "detectable_pair",
    "detectable_rate",
    "difference_error",
    "emp",
    "gini",
    "h_from_counts",
    "h_measure",
    "hanley_mcneil",
    "herfindahl",
    "heterogeneity",
    "holm",
    "hosmer_lemeshow",
    "hosmer_lemeshow_from_counts",
    "information_value",
    "jeffreys_interval",
    "jeffreys_p",
    "jensen_shannon",
    "ks",
    "ks_from_counts",
    "ks_point",
    "lift",
    "marginal_iv",
    "neighbour_z",
    "noise_floor",
    "noncentral",
    "normal_test",
    "one_by_one",
    "placed",
    "pluto_tasche",
    "population_accuracy",
    "prediction_variance",
    "psi",
    "psi_critical",
    "psi_detectable",
    "rate_power",
    "reweighted",
    "somers_d",
    "traffic_lights",
    "upper_bound",
    "vasicek_bound",
    "vif",
    "wilson_interval",
    "woe",
]
