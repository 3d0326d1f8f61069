"""Do customers, grades and coefficients stay as they were at development? STA-01 to 10.

`population` compares distributions (STA-01 to 03), `concentration` how the grades spread customers (04, 08), `accuracy` how
precisely the scorecard knows those it meets (05), `migration` how customers move between grades (06, 07), `coefficients`
whether the fit holds for other customers (09), `periods` whether over time (10).
"""

from scorecard.validation.stability.accuracy import Precision, accuracy_test, each_accuracy
from scorecard.validation.stability.coefficients import bootstrap_test, each_bootstrap
from scorecard.validation.stability.concentration import concentration, each_concentration, each_multinomial, multinomial
from scorecard.validation.stability.migration import bandwidth, each_bandwidth, each_jump, jumps, matrix
from scorecard.validation.stability.migration import table as migration_table
from scorecard.validation.stability.periods import Estimates, each_period, periods_test
from scorecard.validation.stability.population import (
    csi_test,
    each_csi,
    each_points_shift,
    each_score_psi,
    points_shift,
    psi_test,
)

__all__ = [
    "Estimates",
    "Precision",
    "accuracy_test",
    "bandwidth",
    "bootstrap_test",
    "concentration",
    "csi_test",
    "each_accuracy",
    "each_bandwidth",
    "each_bootstrap",
    "each_concentration",
    "each_csi",
    "each_jump",
    "each_multinomial",
    "each_period",
    "each_points_shift",
    "each_score_psi",
    "jumps",
    "matrix",
    "migration_table",
    "multinomial",
    "periods_test",
    "points_shift",
    "psi_test",
]
