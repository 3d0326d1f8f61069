"""Order of risk: DeLong from counts and with weights, H-measure, Somers' D, capture, the bootstrap.

aSAH: Turck et al. (2010), as shipped with the R package pROC (Robin et al. 2011); see test_metrics.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from scorecard import metrics
from scorecard.errors import DataError, EvidenceError
from scorecard.metrics import Plan
from scorecard.metrics.ranking import classes
from scorecard.metrics.resampling import merged, one_by_one

ASAH = np.genfromtxt(Path(__file__).with_name("asah.csv"), delimiter=",", names=True, skip_header=1)
BAD = ASAH["bad"].astype(int)
S100B = classes(BAD, ASAH["s100b"])[:2]
AREA = one_by_one(metrics.auc_from_counts)
TABLE = [[27, 25, 14, 7, 0], [7, 14, 18, 35, 12], [1, 3, 2, 7, 17]]  # docs of scipy.stats.somersd

unhurried = settings(deadline=None)
both = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=10).filter(
    lambda pairs: all(sum(side) >= 2 for side in zip(*pairs, strict=True))
)


def sides(pairs):
    goods, bads = np.array(pairs, dtype=float).T
    return goods, bads


def rows(goods, bads):
    """Outcome and class of every row behind counts."""
    bad = np.concatenate([np.repeat([0, 1], [int(g), int(b)]) for g, b in zip(goods, bads, strict=True)])
    return bad, np.repeat(np.arange(len(goods)), (np.asarray(goods) + bads).astype(int))


class TestDeLong:
    @given(both)
    @unhurried
    def test_from_counts_is_that_of_the_rows(self, pairs):
        """The rows' placements one by one, as the formula is written."""
        goods, bads = sides(pairs)
        bad, risk = rows(goods, bads)
        wins = np.sign(risk[bad == 1][:, None] - risk[bad == 0][None, :]) / 2 + 0.5
        variance = wins.mean(axis=1).var(ddof=1) / bads.sum() + wins.mean(axis=0).var(ddof=1) / goods.sum()
        found = metrics.delong_from_counts(goods, bads)
        assert found.auc == pytest.approx(wins.mean(), abs=1e-12)
        assert found.variance == pytest.approx(variance, abs=1e-12)

    @given(both, st.floats(0.1, 50))
    @unhurried
    def test_equal_weights_change_nothing(self, pairs, weight):
        bad, risk = rows(*sides(pairs))
        plain, weighted = metrics.delong(bad, risk), metrics.delong(bad, risk, np.full(bad.size, weight))
        assert (weighted.auc, weighted.variance) == pytest.approx((plain.auc, plain.variance), abs=1e-12)

    def test_rows_without_weight_do_not_count(self):
        weight = np.where(ASAH["ndka"] > 9, 0.0, 1.0)
        kept = weight > 0
        assert metrics.delong(BAD, ASAH["s100b"], weight) == metrics.delong(BAD[kept], ASAH["s100b"][kept])

    @pytest.mark.parametrize("of_bads", [1.0, 0.2], ids=["any rows", "bads taken whole, goods by sample"])
    def test_weighted_variance_is_that_of_the_bootstrap(self, of_bads):
        """3,000 resamples of the weighted rows within goods and bads; two standard errors are 2.6 %."""
        random = np.random.default_rng(4)
        bad = np.repeat([0, 1], [300, 150])
        risk = random.normal(bad, 1.0).round(1)
        weight = random.choice([1.0, 2.0, 6.0], bad.size) * np.where(bad == 1, of_bads, 1.0)
        draws = [
            np.concatenate([random.choice(np.flatnonzero(bad == side), n) for side, n in ((0, 300), (1, 150))])
            for _ in range(3000)
        ]
        areas = [metrics.auc(bad[draw], risk[draw], weight[draw]) for draw in draws]
        assert metrics.delong(bad, risk, weight).variance ** 0.5 == pytest.approx(np.std(areas), rel=0.05)

    def test_weighted_pair_is_that_of_the_bootstrap(self):
        random = np.random.default_rng(5)
        bad = np.repeat([0, 1], [300, 150])
        risk_a = random.normal(bad, 1.0)
        risk_b = risk_a + random.normal(0, 0.7, bad.size)
        weight = random.choice([1.0, 2.0, 6.0], bad.size)
        draws = [
            np.concatenate([random.choice(np.flatnonzero(bad == side), n) for side, n in ((0, 300), (1, 150))])
            for _ in range(2000)
        ]
        areas = [[metrics.auc(bad[draw], risk[draw], weight[draw]) for risk in (risk_a, risk_b)] for draw in draws]
        paired = metrics.delong_paired(bad, risk_a, risk_b, weight=weight)
        assert paired.variance**0.5 == pytest.approx(np.std(np.subtract(*np.transpose(areas))), rel=0.07)
        assert paired.difference == pytest.approx(metrics.auc(bad, risk_a, weight) - metrics.auc(bad, risk_b, weight), abs=1e-12)

    def test_a_flat_score_with_weights_has_no_variance(self):
        """Weighted sums round, so the variance of equal placements is a little above 0 before it is mended."""
        weight = np.random.default_rng(1).random(60)
        assert metrics.delong(np.tile([0, 1], 30), np.zeros(60), weight) == metrics.Auc(pytest.approx(0.5), 0.0)

    def test_one_heavy_bad_among_weightless_ones_gives_no_variance(self):
        with pytest.raises(EvidenceError, match="1 bads give no variance"):
            metrics.delong([0, 0, 1, 1], [1, 2, 3, 4], [1, 1, 1, 0])

    @given(both)
    @unhurried
    def test_auc_is_that_of_any_rising_function_and_turns_with_the_sign(self, pairs):
        bad, risk = rows(*sides(pairs))
        area = metrics.auc(bad, risk)
        assert metrics.auc(bad, np.exp(risk / 3.0)) == pytest.approx(area, abs=1e-12)
        assert metrics.auc(bad, -risk) == pytest.approx(1 - area, abs=1e-12)


class TestFall:
    @pytest.mark.parametrize(
        ("initial", "s", "p_value"),
        [(0.80, 1.328540008, 0.0919998879), (0.75, 0.360659923, 0.3591768438), (0.70, -0.607220162, 0.7281475931)],
    )
    def test_fall_of_an_auc_is_the_test_of_the_ecb(self, initial, s, p_value):
        """ECB (2019), 2.5.4.1 with pROC's AUC and variance of s100b: a small p-value where the AUC has fallen."""
        fall = metrics.auc_fall(metrics.Auc(initial, 0.0), metrics.delong(BAD, ASAH["s100b"]))
        assert (fall.s, fall.p_value) == (pytest.approx(s, abs=1e-9), pytest.approx(p_value, abs=1e-9))

    def test_an_auc_without_variance_is_refused(self):
        with pytest.raises(EvidenceError, match="has no variance"):
            metrics.auc_fall(metrics.Auc(0.8, 0.001), metrics.Auc(0.5, 0.0))


class TestFromCounts:
    @given(both)
    @unhurried
    def test_ks_and_cap_are_those_of_the_rows(self, pairs):
        goods, bads = sides(pairs)
        bad, risk = rows(goods, bads)
        gap = metrics.ks_from_counts(goods, bads, np.arange(len(goods)))
        assert gap.ks == pytest.approx(metrics.ks(bad, risk), abs=1e-12)
        assert metrics.cap_area_from_counts(goods, bads) == pytest.approx(metrics.cap_area(bad, risk), abs=1e-12)

    def test_accuracy_ratio_of_ten_customers_from_the_cap(self):
        """By hand: area 0.7375, ratio 0.7916666667."""
        bad = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0])
        area = metrics.cap_area(bad, -np.array([480, 500, 520, 520, 540, 560, 580, 600, 620, 650]))
        assert area == pytest.approx(0.7375, abs=1e-10)
        assert (area - 0.5) / 0.3 == pytest.approx(0.7916666667, abs=1e-10)


class TestHMeasure:
    @pytest.mark.parametrize(
        ("marker", "by_default", "at_one_tenth"),
        [
            ("s100b", 0.295354871031, 0.1448855980178),
            ("wfns", 0.3718700797532, 0.36291542016),
            ("ndka", 0.091089383246, 0.0512838470669),
        ],
    )
    def test_h_measure_is_that_of_r(self, marker, by_default, at_one_tenth):
        """R hmeasure 1.0-2 and PyPI hmeasure 0.1.6 agree."""
        assert metrics.h_measure(BAD, ASAH[marker]) == pytest.approx(by_default, abs=1e-10)
        assert metrics.h_measure(BAD, ASAH[marker], severity_ratio=0.1) == pytest.approx(at_one_tenth, abs=1e-10)

    def test_loss_is_the_integral_over_all_costs_of_the_best_threshold(self):
        """The definition, by quadrature: no hull, every threshold tried at every cost."""
        goods, bads = S100B
        share, ratio = bads.sum() / (goods.sum() + bads.sum()), 0.4
        declined_goods, missed_bads = (np.append(0, np.cumsum(each[::-1])) / each.sum() for each in (goods, bads))
        density = stats.beta(2, 1 + 1 / ratio).pdf
        costs = np.linspace(0, 1, 40001)
        loss = np.outer(costs, (1 - share) * declined_goods) + np.outer(1 - costs, share * (1 - missed_bads))
        lost = integrate.trapezoid(loss.min(axis=1) * density(costs), costs)
        blind = integrate.trapezoid(np.minimum(costs * (1 - share), (1 - costs) * share) * density(costs), costs)
        assert metrics.h_from_counts(goods, bads, ratio).h == pytest.approx(1 - lost / blind, abs=1e-7)

    def test_variance_is_that_of_the_bootstrap(self):
        """2,000 resamples; two standard errors are 3.2 %."""
        steps = np.linspace(-3, 4, 50)
        goods, bads = np.round(stats.norm.pdf(steps) * 1500), np.round(stats.norm.pdf(steps - 1) * 300)
        found = metrics.h_from_counts(goods, bads)
        drawn = metrics.bootstrap(goods, bads, one_by_one(lambda g, b: metrics.h_from_counts(g, b).h), Plan(replicates=2000))
        assert found.variance**0.5 == pytest.approx(drawn.error, rel=0.06)

    def test_a_score_without_order_saves_nothing_and_a_perfect_one_all(self):
        assert metrics.h_from_counts([5], [5]).h == 0.0
        assert metrics.h_from_counts([5, 0], [0, 5]).h == pytest.approx(1.0)
        assert metrics.h_from_counts([0, 5], [5, 0]).h == pytest.approx(0.0, abs=1e-12)

    @given(both, st.floats(0.01, 20))
    @unhurried
    def test_h_measure_lies_between_nothing_and_all(self, pairs, ratio):
        assert 0 <= metrics.h_from_counts(*sides(pairs), severity_ratio=ratio).h <= 1

    @pytest.mark.parametrize("ratio", [0.0, -1.0, np.nan])
    def test_a_severity_ratio_of_nothing_is_refused(self, ratio):
        with pytest.raises(DataError, match="severity ratio is"):
            metrics.h_from_counts([1, 1], [1, 1], ratio)


class TestSomersD:
    def test_somers_d_of_the_table_in_scipys_documentation(self):
        found = metrics.somers_d(TABLE)
        assert found.d == pytest.approx(0.6032766111513396, abs=1e-12)
        assert found.gauc == pytest.approx(0.8016383055756697, abs=1e-12)
        assert found.error == pytest.approx(0.02635450963312457, abs=1e-12)

    def test_with_the_outcome_in_the_rows_it_is_the_accuracy_ratio(self):
        """scipy.stats.somersd: 0.4627371273712737 with the outcome first, 0.22240 the other way round."""
        goods, bads = S100B
        found = metrics.somers_d([goods, bads])
        assert found.d == pytest.approx(0.4627371273712737, abs=1e-12)
        assert found.gauc == pytest.approx(0.731368563685637, abs=1e-12)
        assert metrics.somers_d(np.transpose([goods, bads])).d == pytest.approx(0.22240, abs=1e-5)

    def test_its_error_is_delongs_without_the_correction_for_small_samples(self):
        """Both are the delta method on placements; DeLong divides by one less."""
        goods, bads = np.array([900.0, 500, 300, 200, 100]), np.array([20.0, 30, 50, 60, 80])
        assert metrics.somers_d([goods, bads]).error == pytest.approx(
            metrics.delong_from_counts(goods, bads).variance ** 0.5, rel=0.01
        )

    @given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=5))
    @unhurried
    def test_somers_d_is_that_of_scipy(self, table):
        counts = np.array(table)
        if (counts.sum(axis=1) > 0).sum() < 2 or (counts.sum(axis=0) > 0).sum() < 2:
            return
        assert metrics.somers_d(counts).d == pytest.approx(stats.somersd(counts).statistic, abs=1e-10)

    def test_one_row_is_refused(self):
        with pytest.raises(EvidenceError, match="one row"):
            metrics.somers_d([[1, 2], [0, 0]])

    def test_negative_counts_are_refused(self):
        with pytest.raises(DataError, match="counts >= 0"):
            metrics.somers_d([[1, -2], [0, 3]])


class TestCapture:
    def test_a_class_that_the_share_cuts_counts_in_part(self):
        """A tenth of 110 customers are 11 of the 15 in the riskier class, which holds 5 of 10 bads."""
        assert metrics.capture([90, 10], [5, 5], 0.1) == pytest.approx(11 / 15 * 0.5, abs=1e-12)
        assert metrics.lift([90, 10], [5, 5], 0.1) == pytest.approx(11 / 15 * 5, abs=1e-12)

    @given(both)
    @unhurried
    def test_everybody_holds_every_bad(self, pairs):
        assert metrics.capture(*sides(pairs), 1.0) == pytest.approx(1.0)

    def test_percent_are_refused_as_a_share(self):
        with pytest.raises(DataError, match="share is 5"):
            metrics.capture([1, 1], [1, 1], 5)


class TestBootstrap:
    def test_error_of_the_auc_is_delongs(self):
        """5,000 stratified resamples of aSAH s100b: DeLong's 0.0516593 within 5 %."""
        found = metrics.bootstrap(*S100B, AREA, Plan(replicates=5000))
        assert found.error == pytest.approx(0.0516593, rel=0.05)
        assert found.estimate == pytest.approx(0.731368563685637, abs=1e-12)

    def test_intervals_are_those_of_scipy(self):
        """scipy.stats.bootstrap on the placements-free statistic of two independent samples, 4,000 resamples of each program."""
        goods, bads = S100B
        values = [np.repeat(np.arange(goods.size), each.astype(int)) for each in (goods, bads)]

        def area(good, bad):
            counts = [np.bincount(each.astype(int), minlength=goods.size) for each in (good, bad)]
            return metrics.auc_from_counts(*counts)

        found = metrics.bootstrap(goods, bads, AREA, Plan(replicates=4000))
        for method, interval in (("percentile", found.percentile), ("BCa", found.corrected)):
            second = stats.bootstrap(
                values, area, n_resamples=4000, vectorized=False, method=method, random_state=np.random.default_rng(2)
            )
            assert interval == pytest.approx(tuple(second.confidence_interval), abs=0.01)

    def test_the_seed_decides(self):
        first, again, other = (metrics.bootstrap(*S100B, AREA, Plan(replicates=50, seed=seed)).values for seed in (1, 1, 2))
        assert first.tolist() == again.tolist() != other.tolist()

    def test_weights_draw_as_many_rows_as_they_are_worth(self):
        goods, bads = (each * 10 for each in S100B)
        drawn = metrics.bootstrap(goods, bads, AREA, Plan(replicates=1000, draws=(72, 41)))
        assert drawn.error == pytest.approx(0.0516593, rel=0.1)

    def test_merging_a_hundred_thousand_scores_changes_neither_auc_nor_its_error(self):
        random = np.random.default_rng(3)
        bad = (random.random(40_000) < 0.1).astype(int)
        goods, bads, _ = classes(bad, random.normal(bad, 1.0))
        few = merged(goods, bads)
        assert few[0].size == 1000
        assert (few[0].sum(), few[1].sum()) == (goods.sum(), bads.sum())
        whole, small = metrics.delong_from_counts(goods, bads), metrics.delong_from_counts(*few)
        assert small.auc == pytest.approx(whole.auc, abs=1e-4)
        assert small.variance**0.5 == pytest.approx(whole.variance**0.5, rel=1e-3)

    def test_paired_error_is_delongs(self):
        """s100b against ndka: DeLong's interval of the difference from pROC's z; 2,000 resamples, two errors are 3.2 %."""
        paired = metrics.delong_paired(BAD, ASAH["s100b"], ASAH["ndka"])
        found = metrics.bootstrap_pair(BAD, ASAH["s100b"], ASAH["ndka"], AREA, Plan(replicates=2000))
        assert found.estimate == pytest.approx(paired.difference, abs=1e-12)
        assert found.error == pytest.approx(paired.variance**0.5, rel=0.06)

    def test_a_score_beside_itself_never_differs(self):
        found = metrics.bootstrap_pair(BAD, ASAH["s100b"], -1 / (1 + ASAH["s100b"]), AREA, Plan(replicates=20))
        assert np.abs(found.values).max() == pytest.approx(0.0, abs=1e-12)

    def test_many_scores_of_two_models_are_merged(self):
        random = np.random.default_rng(3)
        bad = (random.random(3000) < 0.3).astype(int)
        risk_a = random.normal(bad, 1.0)
        risk_b = risk_a + random.normal(0, 1, bad.size)
        paired = metrics.delong_paired(bad, risk_a, risk_b)
        found = metrics.bootstrap_pair(bad, risk_a, risk_b, AREA, Plan(replicates=300))
        assert found.estimate == pytest.approx(paired.difference, abs=1e-4)
        assert found.error == pytest.approx(paired.variance**0.5, rel=0.15)

    def test_a_sample_without_bads_is_refused(self):
        with pytest.raises(EvidenceError, match="no bads"):
            metrics.bootstrap([1, 2], [0, 0], AREA)

    def test_a_statistic_of_single_samples_is_refused_with_the_way_out(self):
        with pytest.raises(DataError, match="Wrap it with `one_by_one`"):
            metrics.bootstrap([1, 2], [2, 1], lambda goods, bads: float(bads.sum()))
