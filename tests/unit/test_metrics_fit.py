"""PDs of customers against what became of them: Hosmer-Lemeshow in groups, the parts of the Brier score.

aSAH: Turck et al. (2010), as shipped with pROC. mtcars: Henderson & Velleman (1981), Biometrics 37, as in R.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scorecard import metrics
from scorecard.errors import DataError, EvidenceError

ASAH = np.genfromtxt(Path(__file__).with_name("asah.csv"), delimiter=",", names=True, skip_header=1)
BAD = ASAH["bad"].astype(int)
MANUAL = [1, 1, 1, *[0] * 14, 1, 1, 1, *[0] * 5, *[1] * 7]  # mtcars$am
WEIGHT = [
    2.620, 2.875, 2.320, 3.215, 3.440, 3.460, 3.570, 3.190, 3.150, 3.440, 3.440, 4.070, 3.730, 3.780, 5.250, 5.424,
    5.345, 2.200, 1.615, 1.835, 2.465, 3.520, 3.435, 3.840, 3.845, 1.935, 2.140, 1.513, 3.170, 2.770, 3.570, 2.780,
]  # fmt: skip

unhurried = settings(deadline=None)
grades = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.floats(0, 1)), min_size=1, max_size=6).filter(
    lambda found: any(goods + bads for goods, bads, _ in found)
)


def fitted(bad, *columns):
    design = sm.add_constant(np.column_stack(columns))
    return sm.Logit(bad, design).fit(disp=0, tol=1e-12, maxiter=100).predict(design)


def counts(found):
    goods, bads, pd = map(np.array, zip(*found, strict=True))
    return goods + bads, bads, pd


def brier(customers, bads, pd):
    return metrics.brier_from_counts(customers - bads, bads, pd)


class TestHosmerLemeshow:
    @pytest.mark.parametrize(
        ("groups", "statistic", "df", "p_value"), [(10, 6.798101521, 8, 0.558564587), (5, 4.504202579, 3, 0.211915733)]
    )
    def test_of_asah_is_that_of_r(self, groups, statistic, df, p_value):
        """R ResourceSelection::hoslem.test 0.3-6 on the fit of the outcome on s100b and ndka."""
        found = metrics.hosmer_lemeshow(BAD, fitted(BAD, ASAH["s100b"], ASAH["ndka"]), groups, fitted=True)
        assert (found.statistic, found.df, found.p_value) == (
            pytest.approx(statistic, abs=1e-6),
            df,
            pytest.approx(p_value, abs=1e-6),
        )

    def test_of_cars_is_that_of_r(self):
        """R ResourceSelection::hoslem.test 0.3-6 on mtcars am ~ wt."""
        found = metrics.hosmer_lemeshow(MANUAL, fitted(MANUAL, WEIGHT), fitted=True)
        assert (found.statistic, found.df) == (pytest.approx(4.610134684, abs=1e-6), 8)
        assert found.p_value == pytest.approx(0.798316027, abs=1e-6)

    def test_rows_later_than_the_fit_have_as_many_degrees_of_freedom_as_groups(self):
        found = metrics.hosmer_lemeshow(BAD, fitted(BAD, ASAH["s100b"], ASAH["ndka"]))
        assert found.df == 10
        assert found.p_value == pytest.approx(stats.chi2.sf(6.798101521, 10), abs=1e-6)

    def test_equal_pds_stay_together(self):
        """As in R the first interval holds its lower end too, and so both of the lowest PDs."""
        found = metrics.hosmer_lemeshow([0, 1] * 30, np.repeat([0.2, 0.4, 0.6], 20))
        assert found.df == found.customers.size == 2
        assert found.customers.tolist() == [40, 20]

    @given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), min_size=5, max_size=60))
    @unhurried
    def test_groups_are_cut_at_the_quantiles_of_the_rows(self, found):
        """numpy's quantiles (R's type 7) and half-open intervals, rows one by one."""
        bad, tenth = zip(*found, strict=True)
        pd = np.array(tenth) / 10
        cuts = np.unique(np.quantile(pd, np.arange(11) / 10))
        group = np.maximum(np.searchsorted(cuts, pd, side="left") - 1, 0)
        second = metrics.hosmer_lemeshow(np.array(bad, dtype=int), pd)
        assert second.customers.tolist() == [n for n in np.bincount(group) if n]
        assert second.bads.sum() == sum(bad)

    def test_ten_percent_of_true_pds_have_a_p_value_below_one_tenth(self):
        """1,000 samples of 400 customers with known PDs; two standard errors are 1.9 percentage points."""
        random = np.random.default_rng(2)
        pd = random.beta(2, 8, 400)
        p_values = [metrics.hosmer_lemeshow((random.random(400) < pd).astype(int), pd).p_value for _ in range(1000)]
        assert np.mean(np.array(p_values) < 0.1) == pytest.approx(0.1, abs=0.03)

    def test_a_certainty_that_failed_is_refused(self):
        with pytest.raises(EvidenceError, match="claim a certainty"):
            metrics.hosmer_lemeshow([1, 0, 0, 1], [0.0, 0.0, 0.5, 0.5])

    def test_a_certainty_that_held_adds_nothing(self):
        found = metrics.hosmer_lemeshow([0, 0, 0, 1], [0.0, 0.0, 0.5, 0.5])
        assert found.statistic == 0.0

    @pytest.mark.parametrize("pd", [np.full(20, 0.5), np.repeat([0.4, 0.6], 10)])
    def test_two_groups_of_fitted_pds_are_refused(self, pd):
        with pytest.raises(EvidenceError, match="too few groups"):
            metrics.hosmer_lemeshow([0, 1] * 10, pd, fitted=True)

    def test_one_group_is_refused(self):
        with pytest.raises(DataError, match="1 groups"):
            metrics.hosmer_lemeshow([0, 1], [0.1, 0.2], groups=1)


class TestBrierParts:
    @given(grades)
    @unhurried
    def test_parts_in_bins_sum_to_the_brier_score(self, found):
        customers, bads, pd = counts(found)
        bins = np.arange(customers.size) // 2
        parts = metrics.binned_brier_decomposition(customers, bads, pd, bins)
        total = parts.reliability - parts.resolution + parts.uncertainty + parts.variance - parts.covariance
        assert total == pytest.approx(brier(customers, bads, pd), abs=1e-12)

    def test_one_pd_a_bin_has_nothing_within(self):
        parts = metrics.binned_brier_decomposition([10, 20], [1, 8], [0.1, 0.3], [0, 1])
        whole = metrics.brier_decomposition([10, 20], [1, 8], [0.1, 0.3])
        assert (parts.variance, parts.covariance) == (0.0, 0.0)
        assert (parts.reliability, parts.resolution) == (whole.reliability, whole.resolution)

    @given(grades)
    @unhurried
    def test_parts_without_bins_sum_to_the_brier_score_and_are_never_negative(self, found):
        customers, bads, pd = counts(found)
        parts = metrics.corp_decomposition(customers, bads, pd)
        total = parts.miscalibration - parts.discrimination + parts.uncertainty
        assert total == pytest.approx(brier(customers, bads, pd), abs=1e-12)
        assert min(parts.miscalibration, parts.discrimination) >= -1e-12

    def test_parts_without_bins_are_those_of_isotonic_regression(self):
        """sklearn's isotonic regression on the rows of aSAH."""
        from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - half a second that no other test needs

        pd = fitted(BAD, ASAH["s100b"], ASAH["ndka"])
        best = IsotonicRegression().fit_transform(pd, BAD)
        parts = metrics.corp_decomposition(np.ones(BAD.size), BAD, pd)
        assert parts.miscalibration == pytest.approx(metrics.brier(BAD, pd) - metrics.brier(BAD, best), abs=1e-9)
        assert parts.uncertainty == pytest.approx(BAD.mean() * (1 - BAD.mean()), abs=1e-12)

    def test_right_pds_in_order_are_not_miscalibrated(self):
        assert metrics.corp_decomposition([10, 10], [1, 5], [0.1, 0.5]).miscalibration == 0.0


class TestThousandCustomers:
    """The package meliora's own tests: three ratings, their mean PDs to six digits."""

    CUSTOMERS, DEFAULTS, PDS = (406, 480, 114), (55, 41, 10), (0.103429, 0.099524, 0.095719)

    def test_jeffreys_p_values(self):
        found = [metrics.jeffreys_p(*rating) for rating in zip(self.DEFAULTS, self.CUSTOMERS, self.PDS, strict=True)]
        assert found == pytest.approx([0.01995857, 0.84955196, 0.59864873], abs=1e-5)

    def test_binomial_p_values(self):
        found = [metrics.binomial_p(*rating) for rating in zip(self.DEFAULTS, self.CUSTOMERS, self.PDS, strict=True)]
        assert found == pytest.approx([0.02389227, 0.86744061, 0.66055279], abs=1e-5)

    def test_herfindahl_index(self):
        assert metrics.herfindahl(self.CUSTOMERS) == pytest.approx(0.1844988009, abs=1e-6)
