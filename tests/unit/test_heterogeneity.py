from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from scorecard.errors import DataError
from scorecard.metrics import heterogeneity

ESTIMATES, ERRORS = np.array([-0.9, -1.2, -0.4, -1.5]), np.array([0.1, 0.2, 0.15, 0.3])


def test_heterogeneity_is_that_of_statsmodels():
    """statsmodels' combine_effects with the DerSimonian-Laird method."""
    found, told = heterogeneity(ESTIMATES, ERRORS), combine_effects(ESTIMATES, ERRORS**2, method_re="dl")
    assert found.q == pytest.approx(told.q, abs=1e-12)
    assert found.p_value == pytest.approx(stats.chi2.sf(told.q, 3), abs=1e-12)
    assert found.pooled == pytest.approx(told.mean_effect_fe, abs=1e-12)
    assert found.spread**2 == pytest.approx(told.tau2, abs=1e-12)
    assert found.i_squared == pytest.approx(1 - 3 / told.q, abs=1e-12)


def test_equal_estimates_are_homogeneous():
    found = heterogeneity([-1.0, -1.0], [0.1, 0.3])
    assert (found.q, found.i_squared, found.spread) == (0.0, 0.0, 0.0)
    assert found.p_value == pytest.approx(1.0)


def test_a_detectable_spread_is_found_four_times_in_five():
    """Twelve periods with equal errors: Q of estimates drawn with that spread exceeds its 95 % value in 80 % of 4,000 draws."""
    errors = np.full(12, 0.2)
    spread = heterogeneity(np.zeros(12), errors).detectable
    drawn = np.random.default_rng(2).normal(0, np.hypot(spread, 0.2), (4000, 12))
    q = ((drawn - drawn.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / 0.2**2
    assert (q > stats.chi2.ppf(0.95, 11)).mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(("values", "errors"), [([1.0], [0.1]), ([1.0, 2.0], [0.1, 0.0]), ([1.0, 2.0], [0.1])])
def test_what_cannot_be_compared_is_refused(values, errors):
    with pytest.raises(DataError, match="expected two or more, with errors above 0"):
        heterogeneity(values, errors)
