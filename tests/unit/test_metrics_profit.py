"""Measures on the convex hull of the ROC curve: H-measure and expected maximum profit; and the bootstrap of totals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import ConvexHull

from scorecard import metrics
from scorecard.errors import DataError, EvidenceError
from scorecard.metrics.hulls import h_of_hulls, hulls
from scorecard.metrics.profit import PUBLISHED, Worth, emp_of_hulls, worth
from scorecard.metrics.resamples import Cells, bca, left_out, p_value, percentile, resampled

ASAH = np.genfromtxt(Path(__file__).with_name("asah.csv"), delimiter=",", names=True, skip_header=1)
BAD = ASAH["bad"].astype(int)
counts = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=8).filter(
    lambda rows: all(sum(side) > 0 for side in zip(*rows, strict=True))
)


def brute_h(goods, bads, ratio=None, grid=40_000):
    """Integrate the least loss over a grid of costs, every cut-off tried: no hull, no incomplete beta."""
    good, bad = (np.append(0, np.cumsum(side[::-1]) / sum(side)) for side in (goods, bads))
    p = sum(bads) / (sum(goods) + sum(bads))
    cost = (np.arange(grid) + 0.5) / grid
    density = stats.beta.pdf(cost, 2, 1 + 1 / (ratio or p / (1 - p)))
    least = (cost[:, None] * (1 - p) * good + (1 - cost[:, None]) * p * (1 - bad)).min(axis=1)
    return 1 - (least * density).sum() / (np.minimum(cost * (1 - p), (1 - cost) * p) * density).sum()


def brute_emp(goods, bads, given, grid=40_000):
    """Average the most that any cut-off earns over a grid of losses."""
    rows = sum(goods) + sum(bads)
    good, bad = (np.append(0, np.cumsum(side[::-1])) / rows for side in (goods, bads))

    def earned(loss):
        return ((loss + given.cost) * bad - (given.margin - given.cost) * good).max()

    between = np.mean([earned(loss) for loss in (np.arange(grid // 100) + 0.5) / (grid // 100)])
    rest = 1 - given.none_lost - given.all_lost
    return rest * between + given.none_lost * earned(0.0) + given.all_lost * earned(1.0)


@pytest.mark.parametrize(
    ("marker", "default", "tenth"),
    [
        ("s100b", 0.295354871031, 0.144885598018),
        ("wfns", 0.371870079753, 0.362915420160),
        ("ndka", 0.091089383246, 0.0512838470669),
    ],
)
def test_h_measure_of_asah(marker, default, tenth):
    """R package hmeasure 1.0-2 and PyPI hmeasure 0.1.6 (Hand & Anagnostopoulos 2014), severity ratio by default and 0.1."""
    assert metrics.h_measure(BAD, ASAH[marker]) == pytest.approx(default, abs=1e-10)
    assert metrics.h_measure(BAD, ASAH[marker], 0.1) == pytest.approx(tenth, abs=1e-10)


@pytest.mark.parametrize(
    ("marker", "emp", "share"),
    [
        ("s100b", 0.0513968584071, 0.20918159292),
        ("wfns", 0.0634271313961, 0.22542350503),
        ("ndka", 0.0420802810611, 0.258834783186),
    ],
)
def test_expected_maximum_profit_of_asah(marker, emp, share):
    """R package EMP 2.0.6 and PyPI empulse 0.13.1 (Verbraken and others 2014), with the published parameters."""
    found = metrics.emp(BAD, ASAH[marker])
    assert found == pytest.approx((emp, share), abs=1e-10)


def test_expected_maximum_profit_with_other_parameters():
    """R package EMP 2.0.6: p0 = 0.6, p1 = 0.2, ROI = 0.3."""
    found = metrics.emp(BAD, ASAH["s100b"], Worth(0.3, 0.6, 0.2))
    assert found == pytest.approx((0.0552743362832, 0.126725663717), abs=1e-10)


@given(counts, st.sampled_from([None, 0.3, 2.0]))
def test_h_measure_is_the_loss_that_is_avoided(rows, ratio):
    """A grid over costs, every cut-off tried."""
    goods, bads = zip(*rows, strict=True)
    assert h_of_hulls(hulls(goods, bads), ratio)[0] == pytest.approx(brute_h(goods, bads, ratio), abs=2e-4)


@given(counts, st.sampled_from([PUBLISHED, Worth(0.05, 0.2, 0.3, 0.02), Worth(0.01, 0.3, 0.3, 0.05), worth(0.1, 0.9, 0.01)]))
def test_expected_maximum_profit_is_the_mean_of_the_best(rows, given_worth):
    """A grid over losses, every cut-off tried; also where costs exceed the margin."""
    goods, bads = zip(*rows, strict=True)
    assert emp_of_hulls(hulls(goods, bads), given_worth)[0][0] == pytest.approx(brute_emp(goods, bads, given_worth), abs=2e-4)


@given(counts)
def test_the_hull_is_that_of_the_curve(rows):
    """scipy.spatial.ConvexHull of the ROC curve, closed below: the areas are equal."""
    goods, bads = zip(*rows, strict=True)
    found = hulls(goods, bads)
    area = ((found.goods - found.goods_before) * (found.bads + found.bads_before) / 2).sum()
    curve = [(sum(goods[place:]) / sum(goods), sum(bads[place:]) / sum(bads)) for place in range(len(goods) + 1)]
    assert area == pytest.approx(ConvexHull([*curve, (1, -1), (0, -1)]).volume - 1, abs=1e-9)


@given(st.lists(counts, min_size=1, max_size=5))
def test_hulls_of_many_samples_are_those_of_each(samples):
    size = max(map(len, samples))
    padded = [[*rows, *[(0, 0)] * (size - len(rows))] for rows in samples]
    goods, bads = (np.array([[row[side] for row in rows] for rows in padded]) for side in (0, 1))
    together, apart = hulls(goods, bads), [hulls(*pair) for pair in zip(goods, bads, strict=True)]
    assert h_of_hulls(together) == pytest.approx([h_of_hulls(each)[0] for each in apart], abs=1e-9)
    assert emp_of_hulls(together)[0] == pytest.approx([emp_of_hulls(each)[0][0] for each in apart], abs=1e-9)


def test_no_measure_is_missing_however_many_samples_stand_together():
    """Sums over many samples round; that must not become the logarithm or the beta of something negative."""
    random = np.random.default_rng(3)
    goods, bads = (
        random.poisson(1.0, (4_000, 60)) + np.eye(60, dtype=int)[0],
        random.poisson(0.3, (4_000, 60)) + np.eye(60, dtype=int)[1],
    )
    found = hulls(goods, bads)
    h, (earned, away) = h_of_hulls(found), emp_of_hulls(found)
    assert ((h >= 0) & (h <= 1)).all()
    assert ((earned >= 0) & (away >= 0) & (away <= 1)).all()


def test_a_score_that_is_constant_has_no_h_measure_and_one_that_separates_has_all():
    assert metrics.h_measure(BAD, np.zeros(BAD.size)) == pytest.approx(0.0, abs=1e-12)
    assert metrics.h_measure(BAD, BAD) == pytest.approx(1.0, abs=1e-12)


def test_measures_follow_the_order_only_and_weights_are_repeated_rows():
    risk, weight = ASAH["s100b"], np.random.default_rng(1).integers(1, 4, BAD.size)
    for measure in (metrics.h_measure, lambda *of: metrics.emp(*of).emp):
        assert measure(BAD, np.exp(risk)) == pytest.approx(measure(BAD, risk), abs=1e-12)
    repeated = metrics.h_measure(np.repeat(BAD, weight), np.repeat(risk, weight))
    assert metrics.h_measure(BAD, risk, weight=weight) == pytest.approx(repeated, abs=1e-12)


@pytest.mark.parametrize(
    ("goods", "bads", "error"), [([0, 0], [1, 1], EvidenceError), ([1], [1, 1], DataError), ([-1, 2], [1, 1], DataError)]
)
def test_counts_that_are_none_are_refused(goods, bads, error):
    with pytest.raises(error):
        hulls(goods, bads)


def test_a_severity_ratio_and_chances_that_are_none_are_refused():
    with pytest.raises(DataError, match="the severity ratio is 0; expected above 0"):
        metrics.h_measure(BAD, ASAH["s100b"], 0)
    with pytest.raises(DataError, match="chances of no loss"):
        metrics.emp(BAD, ASAH["s100b"], Worth(0.3, 0.8, 0.3))


@pytest.mark.parametrize("lgd", [0.0, 0.05, 0.175, 0.275, 0.45, 0.75, 0.9, 1.0])
def test_the_loss_of_the_expected_maximum_profit_has_the_mean_that_is_asked(lgd):
    made = worth(lgd=lgd)
    between = 1 - made.none_lost - made.all_lost
    assert min(made.none_lost, made.all_lost, between) >= 0
    assert made.all_lost + between / 2 == pytest.approx(lgd, abs=1e-9)


def test_what_is_not_given_is_as_published():
    """Verbraken and others (2014): 0.55, 0.10, and a return of 26.44 %, whose mean loss is 0.275."""
    assert worth() == worth(lgd=0.275) == PUBLISHED
    assert worth(0.08, cost=0.01).margin == 0.08


@pytest.mark.parametrize(
    ("margin", "lgd", "cost", "pd"), [(0.05, 0.45, 0, 0.10), (0.08, 0.6, 0, 0.08 / 0.68), (0.02, 0.5, 0.03, 0.0), (0, 0, 0, 1.0)]
)
def test_break_even(margin, lgd, cost, pd):
    """By hand: margin (1 - p) = lgd p + cost."""
    assert metrics.break_even(margin, lgd, cost) == pytest.approx(pd)


# Bootstrap of totals


def auc(totals, size):
    table = totals.reshape(len(totals), size, 2)
    goods, bads = table[..., 0], table[..., 1]
    below = goods.cumsum(axis=1) - goods / 2
    return (bads * below).sum(axis=1) / (goods.sum(axis=1) * bads.sum(axis=1))


@pytest.fixture(scope="module")
def drawn():
    """Resamples of aSAH's s100b, goods and bads apart."""
    order = np.lexsort([ASAH["s100b"], BAD])
    values, place = np.unique(ASAH["s100b"][order], return_inverse=True)
    cells, strata = Cells(place * 2 + BAD[order], 2 * values.size), BAD[order]
    return cells, strata, values.size, resampled([cells], 5_000, 20260101, strata)[0]


def test_the_bootstrap_error_of_an_auc_is_delongs(drawn):
    """DeLong's standard error of s100b is 0.0516593 (pROC 1.18.0); 5,000 stratified resamples come within 5 %."""
    _, _, size, totals = drawn
    assert auc(totals, size).std(ddof=1) == pytest.approx(0.0516593, rel=0.05)


def test_strata_keep_their_size(drawn):
    cells, _, size, totals = drawn
    outcomes = totals.reshape(-1, size, 2).sum(axis=1)
    assert (outcomes == [72, 41]).all()
    assert totals.mean(axis=0) == pytest.approx(cells.totals(), abs=0.12)


def test_bca_agrees_with_scipy(drawn):
    """scipy.stats.bootstrap, BCa, on the mean of a skewed sample; the jackknife leaves one row out at a time."""
    sample = np.random.default_rng(5).exponential(size=40)
    cells = [Cells(np.zeros(40, dtype=int), 1, np.sort(sample))]
    replicates = resampled(cells, 20_000, 1)[0][:, 0] / 40
    jackknife = left_out(cells, groups=40)[0][:, 0] / 39
    expected = stats.bootstrap(
        (sample,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert bca(float(sample.mean()), replicates, jackknife) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_the_same_seed_draws_the_same_and_another_does_not():
    cells = [Cells(np.arange(50) % 7, 7)]
    assert np.array_equal(resampled(cells, 20, 1)[0], resampled(cells, 20, 1)[0])
    assert not np.array_equal(resampled(cells, 20, 1)[0], resampled(cells, 20, 2)[0])


def test_lists_of_cells_share_their_draws():
    rows = np.arange(60)
    one, other = resampled([Cells(rows % 5, 5), Cells(rows % 5, 5, np.full(60, 2.0))], 30, 4)
    assert np.array_equal(2 * one, other)


def test_without_any_spread_the_interval_has_no_width():
    assert bca(1.0, np.ones(200), np.ones(10)) == (1.0, 1.0)
    assert p_value(np.zeros(99)) == 1.0


def test_percentiles_are_those_of_numpy():
    sums = np.random.default_rng(1).normal(size=(400, 3))
    low, high = percentile(sums)
    assert low == pytest.approx(np.quantile(sums, 0.025, axis=0))
    assert high == pytest.approx(np.quantile(sums, 0.975, axis=0))
