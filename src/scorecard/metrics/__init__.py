"""Arrays or counts in, a number out: the arithmetic under every test and figure.

Order: `ranking` asks whether risk is ordered, `precision` how exactly that is known, `separation` what it saves,
`association` how classes order an outcome, `capture` what the riskiest hold.
PDs: `probability` judges them by rows, `goodness` in groups, `decomposition` by parts, `intervals` and `factor` (customers who
fail together) by counts, `periods` over several years, `prudence` where hardly anybody defaults.
Classes: `counts` compares distributions over them, `collinearity` columns with one another.
Tests: `resampling` draws samples anew, `power` says what a test could have seen, `families` adjusts the p-values of many.
"""

from scorecard.metrics.association import Association, somers_d
from scorecard.metrics.capture import capture, captures, lift
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
from scorecard.metrics.decomposition import (
    BinnedBrierParts,
    BrierParts,
    CorpParts,
    binned_brier_decomposition,
    brier_decomposition,
    corp_decomposition,
)
from scorecard.metrics.factor import binomial_p, conditional_pd, critical_defaults, default_correlation, vasicek_bound
from scorecard.metrics.families import benjamini_hochberg, holm
from scorecard.metrics.goodness import HosmerLemeshow, hosmer_lemeshow, hosmer_lemeshow_from_counts
from scorecard.metrics.intervals import clopper_pearson_interval, jeffreys_interval, wilson_interval
from scorecard.metrics.periods import NormalTest, TrafficLights, critical_lights, detectable_lights, normal_test, traffic_lights
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
from scorecard.metrics.prudence import Economy, pluto_tasche, upper_bound
from scorecard.metrics.ranking import (
    Ks,
    auc,
    auc_from_counts,
    cap_area,
    cap_area_from_counts,
    gini,
    ks,
    ks_from_counts,
    ks_point,
)
from scorecard.metrics.resampling import Bootstrapped, Plan, bootstrap, bootstrap_pair, one_by_one
from scorecard.metrics.separation import HMeasure, h_from_counts, h_measure

__all__ = [
    "Association",
    "Auc",
    "BinnedBrierParts",
    "Bootstrapped",
    "BrierParts",
    "CalibrationLine",
    "CorpParts",
    "Economy",
    "Fall",
    "HMeasure",
    "HosmerLemeshow",
    "Ks",
    "NormalTest",
    "PairedAuc",
    "Plan",
    "TrafficLights",
    "auc",
    "auc_fall",
    "auc_from_counts",
    "auc_interval",
    "benjamini_hochberg",
    "binned_brier_decomposition",
    "binomial_p",
    "bootstrap",
    "bootstrap_pair",
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
    "gini",
    "h_from_counts",
    "h_measure",
    "hanley_mcneil",
    "herfindahl",
    "holm",
    "hosmer_lemeshow",
    "hosmer_lemeshow_from_counts",
    "information_value",
    "jeffreys_interval",
    "jeffreys_p",
    "ks",
    "ks_from_counts",
    "ks_point",
    "lift",
    "marginal_iv",
    "noise_floor",
    "noncentral",
    "normal_test",
    "one_by_one",
    "pluto_tasche",
    "psi",
    "psi_critical",
    "rate_power",
    "somers_d",
    "traffic_lights",
    "upper_bound",
    "vasicek_bound",
    "vif",
    "wilson_interval",
    "woe",
]
