"""Reject inference: the arithmetic against published and second computations, and its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from scorecard import metrics, regression, rejects
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.rejects import Applicants, Masked

NAMES = ("income", "age")


def everybody(rows=3_000, seed=1, hidden=0.0):
    """Applicants declined by chance that rises with risk; `hidden` adds risk that the lender saw and the characteristics do not tell."""
    random = np.random.default_rng(seed)
    woe = random.normal(size=(rows, 2))
    known_to_lender = random.normal(size=rows)
    bad = (random.random(rows) < expit(-1.5 - woe @ [0.8, 0.4] + hidden * known_to_lender)).astype(np.int64)
    declined = random.random(rows) < expit(-1.0 - woe @ [0.9, 0.0] + hidden * known_to_lender)
    return Masked(Applicants(NAMES, woe[~declined], bad[~declined], woe[declined]), bad[declined])


@pytest.fixture(scope="module")
def masked():
    return everybody(hidden=1.0)


@pytest.fixture(scope="module")
def applicants(masked):
    return masked.applicants


def banded(rates, accepts, declines):
    """Applicants in bands of one WoE each, riskier from band to band."""
    woe = np.linspace(1, -1, len(rates))[:, None]
    bad = np.concatenate([np.arange(count) < round(count * rate) for count, rate in zip(accepts, rates, strict=True)])
    return Applicants(("x",), np.repeat(woe, accepts, axis=0), bad.astype(np.int64), np.repeat(woe, declines, axis=0))


# Parcelling


def test_parcelling_gives_the_bads_worked_out_by_hand():
    """Bands of 100, 80, 50 accepts with PD 5, 10, 20 % and 40, 60, 100 declines at factor 1.3: 2.6, 7.8, 26.0 bads of 36.4."""
    one = banded([0.05, 0.10, 0.20], [100, 80, 50], [40, 60, 100])
    found = rejects.parcel_fuzzy(one, 1.3, bands=5)
    assert (found.bands["declined_bad_rate"] * found.bands["declines"]).tolist() == pytest.approx([2.6, 7.8, 26.0])
    assert found.bands["accepts"].tolist() == [100, 80, 50]
    assert rejects.known(one).bad_rate == pytest.approx((23 + 200 * rejects.known(one).declined_bad_rate) / 430)
    assert one.bad.mean() == 0.10
    assert found.bad_rate == pytest.approx(0.1381395349)


def test_hard_parcelling_draws_the_expected_bads_rounded_up_or_down(applicants):
    expected = rejects.parcel_fuzzy(applicants, 1.5).bands
    drawn = rejects.parcel_hard(applicants, 1.5, seed=3).bands
    bads = drawn["declined_bad_rate"] * drawn["declines"]
    assert np.allclose(bads, bads.round())
    assert (abs(bads - expected["declined_bad_rate"] * expected["declines"]) < 1).all()


def test_hard_parcelling_is_the_fuzzy_one_on_average(applicants):
    drawn = [rejects.parcel_hard(applicants, 1.5, seed=seed) for seed in range(40)]
    fuzzy = rejects.parcel_fuzzy(applicants, 1.5)
    assert np.mean([each.declined_bad_rate for each in drawn]) == pytest.approx(fuzzy.declined_bad_rate, abs=0.002)
    assert np.mean([each.fit.coefficients for each in drawn], axis=0) == pytest.approx(fuzzy.fit.coefficients, abs=0.03)


def test_a_seed_gives_the_same_draw_and_another_one_another(applicants):
    first, again, other = (rejects.parcel_hard(applicants, 1.5, seed=seed).fit.coefficients for seed in (1, 1, 2))
    assert first.tolist() == again.tolist() != other.tolist()


@settings(max_examples=15)
@given(st.floats(0.1, 6), st.integers(2, 30))
def test_parcelled_bads_are_the_factor_times_the_band_s_rate_and_at_most_all(factor, bands):
    found = rejects.parcel_fuzzy(everybody(600).applicants, factor, bands).bands
    held = found[found["declines"] > 0]
    assert held["declined_bad_rate"].tolist() == pytest.approx(np.minimum(1, factor * held["bad_rate"]).tolist())


def test_a_fuzzy_fit_equals_statsmodels_on_every_decline_entered_twice(applicants):
    """statsmodels, GLM with the binomial family and freq_weights, on rows built by hand."""
    found = rejects.extrapolate_fuzzy(applicants, 1.5)
    chance = np.minimum(1, 1.5 * rejects.pd(regression.fit(applicants.accepted, applicants.bad), applicants.declined))
    rows = np.vstack([applicants.accepted, applicants.declined, applicants.declined])
    bad = np.r_[applicants.bad, np.ones(len(chance)), np.zeros(len(chance))]
    weight = np.r_[np.ones(len(applicants.bad)), chance, 1 - chance]
    other = sm.GLM(bad, sm.add_constant(rows), family=sm.families.Binomial(), freq_weights=weight).fit(tol=1e-12)
    assert [found.fit.intercept, *found.fit.coefficients] == pytest.approx(other.params, abs=1e-6)
    assert found.declined_bad_rate == pytest.approx(chance.mean())


# Extrapolation


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_a_model_learns_nothing_from_its_own_probabilities(seed):
    """Ehrhardt et al. (2021): the likelihood of fuzzy augmentation has its maximum where that of the accepts has it."""
    one = everybody(600, seed).applicants
    found = rejects.extrapolate_fuzzy(one, 1.0).fit
    assert found.coefficients == pytest.approx(one.known.coefficients, abs=1e-6)
    assert found.intercept == pytest.approx(one.known.intercept, abs=1e-6)


def test_the_expected_cutoff_calls_as_many_bad_as_the_model_expects(applicants):
    found = rejects.extrapolate_hard(applicants, rejects.expected_cutoff(applicants))
    assert found.declined_bad_rate == pytest.approx(applicants.known_pd[1].mean(), abs=1 / len(applicants.declined))


def test_a_hard_cutoff_calls_exactly_those_bad_that_reach_it(applicants):
    cutoff = float(np.sort(applicants.known_pd[1])[-100])
    assert rejects.extrapolate_hard(applicants, cutoff).declined_bad_rate == pytest.approx(100 / len(applicants.declined))


# Augmentation


def test_weights_of_augmentation_sum_to_everybody_in_each_band(applicants):
    """By hand: in each band of the accept-decline score accepts weigh (accepts + declines) / accepts."""
    found = rejects.augment(applicants, bands=4)
    declined = np.r_[np.zeros(len(applicants.bad)), np.ones(len(applicants.declined))]
    rows, _ = applicants.everybody
    chance = sm.Logit(declined, sm.add_constant(rows)).fit(disp=False).predict()
    mine = chance[: len(applicants.bad)]
    cuts = np.quantile(mine, [0.25, 0.5, 0.75], method="higher")
    place = np.searchsorted(cuts, chance, side="right")
    of_accepts, of_declines = (np.bincount(place[declined == side], minlength=4) for side in (0, 1))
    weight = ((of_accepts + of_declines) / of_accepts)[place[: len(mine)]]
    other = sm.GLM(applicants.bad, sm.add_constant(applicants.accepted), family=sm.families.Binomial(), freq_weights=weight)
    assert found.bands["declines"].tolist() == of_declines.tolist()
    assert found.fit.coefficients == pytest.approx(other.fit(tol=1e-12).params[1:], abs=1e-6)
    assert found.bad_rate == pytest.approx((weight * applicants.bad).sum() / len(rows))


def test_augmentation_undoes_a_selection_that_the_characteristics_tell():
    """The truth bends where declines are: a straight line fitted to accepts misses it, one of everybody re-weighted less."""
    random = np.random.default_rng(5)
    woe = random.normal(size=(20_000, 1))
    bad = (random.random(20_000) < expit(-1 - woe[:, 0] + 0.5 * woe[:, 0] ** 2)).astype(np.int64)
    declined = random.random(20_000) < expit(-1 - 1.5 * woe[:, 0])
    one = Applicants(("x",), woe[~declined], bad[~declined], woe[declined])
    target = regression.fit(woe, bad).coefficients[0]
    near, far = (abs(fit.coefficients[0] - target) for fit in (rejects.augment(one, 20).fit, one.known))
    assert near < far / 3


def test_augmentation_has_no_answer_where_a_score_decides():
    random = np.random.default_rng(1)
    woe = random.normal(size=(1_000, 2))
    bad = (random.random(1_000) < 0.2).astype(np.int64)
    out = woe[:, 0] < -1
    with pytest.raises(EvidenceError, match="decide who is declined, so no accept stands for these declines"):
        rejects.augment(Applicants(NAMES, woe[~out], bad[~out], woe[out]))


def test_bands_with_few_accepts_are_flagged():
    """3 of 100 applicants of the last band are accepted: below 5 %."""
    one = banded([0.05, 0.10, 1 / 3], [100, 80, 3], [40, 60, 97])
    found = rejects.parcel_fuzzy(one, 1.3, bands=100)
    assert found.bands["thin"].tolist() == [False, False, True]
    assert found.warnings == ("Fewer than 5% are accepted in band 3: few accepts stand for many declines.",)


def test_a_band_without_bads_and_declines_beyond_all_accepts_are_said():
    one = banded([0.0, 0.10, 0.30], [100, 80, 80], [40, 30, 30])
    beyond = replace(one, declined=np.vstack([one.declined, np.full((25, 1), -3.0)]))
    assert rejects.parcel_fuzzy(beyond, 2, bands=50).warnings == (
        "No accept is bad in band 1: no factor makes its declines bad.",
        "20.0% of the declines lie beyond every accept.",
    )


# All methods


@pytest.mark.parametrize("name", rejects.methods(1.5, 10, 1))
def test_a_weight_of_two_is_the_row_twice(applicants, name):
    one = replace(applicants, accepted=applicants.accepted[:500], bad=applicants.bad[:500], declined=applicants.declined[:200])
    doubled = replace(one, accepted_weight=np.full(500, 2.0), declined_weight=np.full(200, 2.0))
    infer = rejects.methods(1.5, 5, 1)[name]
    single, double = infer(one), infer(doubled)
    assert double.fit.coefficients == pytest.approx(single.fit.coefficients, abs=1e-6)
    assert double.fit.standard_errors == pytest.approx(single.fit.standard_errors / np.sqrt(2), rel=1e-4)
    assert double.bad_rate == pytest.approx(single.bad_rate)


@pytest.mark.parametrize("name", rejects.methods(1.5, 10, 1))
def test_every_method_says_what_it_assumes_and_adds_up(applicants, name):
    found = rejects.methods(1.5, 10, 1)[name](applicants)
    assert found.method == name
    assert found.assumption.endswith(".")
    share = len(applicants.bad) / len(applicants.everybody[0])
    assert found.bad_rate == pytest.approx(share * applicants.bad.mean() + (1 - share) * found.declined_bad_rate)


# Sensitivity


def test_the_first_row_is_the_accepts_model_which_moves_nothing(applicants):
    row = rejects.compare(applicants, []).iloc[0]
    assert (row["method"], row["coefficient_change"], row["swapped_share"]) == ("accepts only", 0, 0)
    assert row["rank_correlation"] == pytest.approx(1)
    assert row["declined_pd"] == row["declined_bad_rate"]
    assert row["swapped_in_pd"] is None


def test_more_prudence_raises_the_bad_rate_and_the_pd_of_declines(applicants):
    table = rejects.sensitivity(applicants, rejects.parcel_fuzzy, rejects.FACTORS)
    assert table["value"].tolist()[1:] == [1, 1.2, 1.5, 2, 3, 4]
    for column in ("bad_rate", "declined_bad_rate", "declined_pd"):
        assert table[column].iloc[1:].is_monotonic_increasing


def test_swaps_and_ranks_are_those_computed_by_hand(applicants):
    """scipy.stats.spearmanr, and the safest 70 % by either model counted one by one."""
    found = rejects.parcel_fuzzy(applicants, 4)
    row = rejects.compare(applicants, [found], approval_rate=0.7).iloc[1]
    rows, _ = applicants.everybody
    before, after = rejects.pd(applicants.known, rows), rejects.pd(found.fit, rows)
    count = int(np.ceil(0.7 * len(rows)))
    was, now = set(np.argsort(before)[:count]), set(np.argsort(after)[:count])
    assert row["swapped_share"] == pytest.approx(len(now - was) / len(rows))
    assert len(now - was) == len(was - now) > 0
    assert row["swapped_in_pd"] == pytest.approx(after[list(now - was)].mean())
    assert row["swapped_out_pd"] == pytest.approx(after[list(was - now)].mean())
    assert row["rank_correlation"] == pytest.approx(stats.spearmanr(before, after).statistic)


def test_cutoffs_call_a_tenth_to_a_half_of_the_declines_bad(applicants):
    shares = [rejects.extrapolate_hard(applicants, each).declined_bad_rate for each in rejects.cutoffs(applicants)]
    assert shares == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5], abs=2 / len(applicants.declined))


def test_coefficients_stand_beside_those_of_the_accepts(applicants):
    table = rejects.coefficients(applicants, [rejects.extrapolate_fuzzy(applicants, 1.0)])
    assert table["characteristic"].tolist() == ["intercept", *NAMES]
    assert table["accepts only"].tolist() == pytest.approx(table["extrapolation, fuzzy"].tolist(), abs=1e-6)


# The benchmark


def test_the_oracle_is_the_fit_on_every_outcome_and_accepts_only_the_one_without(masked, applicants):
    found = rejects.benchmark(masked, {}, repeats=20, seed=1).values.set_index("method")
    rows, outcome = applicants.everybody[0], np.r_[applicants.bad, masked.truth]
    for name, fit in (
        ("all outcomes known", sm.Logit(outcome, sm.add_constant(rows)).fit(disp=False)),
        ("accepts only", sm.Logit(applicants.bad, sm.add_constant(applicants.accepted)).fit(disp=False)),
    ):
        chance = fit.predict(sm.add_constant(rows))
        hidden = chance[len(applicants.bad) :]
        row = found.loc[name]
        assert row["declined_pd"] == pytest.approx(hidden.mean(), abs=1e-6)
        assert row["expected_over_observed"] == pytest.approx(hidden.sum() / masked.truth.sum(), abs=1e-5)
        assert row["auc_hidden"] == pytest.approx(metrics.auc(masked.truth, hidden), abs=1e-6)
        assert row["auc"] == pytest.approx(metrics.auc(outcome, chance), abs=1e-6)
        assert row["brier_hidden"] == pytest.approx(np.mean((hidden - masked.truth) ** 2), abs=1e-6)
    assert found.loc["all outcomes known", "rate_gap"] == 0


def test_the_factor_that_would_have_been_right_meets_the_hidden_bad_rate(masked):
    found = rejects.benchmark(masked, {}, repeats=20, seed=1)
    chance = masked.applicants.known_pd[1]
    assert found.factor == pytest.approx(masked.truth.mean() / chance.mean())
    assert rejects.extrapolate_fuzzy(masked.applicants, found.factor).declined_bad_rate == pytest.approx(
        masked.bad_rate, abs=0.01
    )
    assert found.answer.endswith("no method of inference has an answer.")


def test_prudence_helps_where_the_lender_saw_more_than_the_model(masked):
    found = rejects.benchmark(masked, rejects.methods(1.5, 10, 1), repeats=30, seed=1)
    says = found.gains.set_index(["method", "measure"])["says"]
    assert says["parcelling, fuzzy", "rate_gap"] == says["parcelling, fuzzy", "pd_gap"] == "better"
    assert set(says[:, "auc_hidden"].drop("all outcomes known")) == {"not told apart"}
    assert "0 of 5 methods (worse: 0) order risk better" in found.answer


def test_prudence_harms_where_declines_are_as_the_model_says():
    found = rejects.benchmark(everybody(6_000), {"prudent": lambda each: rejects.parcel_fuzzy(each, 3)}, repeats=30, seed=1)
    says = found.gains.set_index(["method", "measure"])["says"]
    assert says["prudent", "rate_gap"] == says["prudent", "pd_gap"] == says["prudent", "brier_hidden"] == "worse"
    assert "Inference does not help here. Beyond noise, 0 of 1 methods (worse: 1) state the level of risk better" in found.answer


def test_what_moves_nothing_is_called_the_same(masked):
    found = rejects.benchmark(masked, {"itself": lambda each: rejects.extrapolate_fuzzy(each, 1.0)}, repeats=20, seed=1)
    assert set(found.gains.loc[found.gains["method"] == "itself", "says"]) == {"the same"}


def test_a_seed_gives_the_same_intervals_and_another_one_others(masked):
    ways = {"fuzzy": lambda each: rejects.parcel_fuzzy(each, 1.5)}
    first, again, other = (rejects.benchmark(masked, ways, repeats=20, seed=seed).gains for seed in (1, 1, 2))
    assert first["low"].tolist() == again["low"].tolist() != other["low"].tolist()
    assert first["gain"].tolist() == other["gain"].tolist()


def test_the_interval_is_the_bootstrap_s_standard_error_adjusted_for_all_comparisons(masked):
    """By hand: Bonferroni over one method and five measures, of 25 draws of accepts and hidden in turn."""
    ways = {"fuzzy": lambda each: rejects.parcel_fuzzy(each, 1.5)}
    row = rejects.benchmark(masked, ways, repeats=25, seed=4).gains.set_index(["method", "measure"]).loc[("fuzzy", "auc_hidden")]
    random, gains = np.random.default_rng(4), []
    one = masked.applicants
    for _ in range(25):
        a, d = (random.integers(0, len(rows), len(rows)) for rows in (one.accepted, one.declined))
        drawn = replace(one, accepted=one.accepted[a], bad=one.bad[a], declined=one.declined[d])
        both = (rejects.pd(fit, drawn.declined) for fit in (rejects.parcel_fuzzy(drawn, 1.5).fit, drawn.known))
        after, before = (metrics.auc(masked.truth[d], chance) for chance in both)
        gains.append(after - before)
    reach = stats.norm.ppf(1 - 0.05 / 2 / 5) * np.std(gains, ddof=1)
    assert (row["low"], row["high"]) == pytest.approx((row["gain"] - reach, row["gain"] + reach), abs=1e-6)


def test_a_method_without_an_answer_keeps_its_row_and_its_reason():
    random = np.random.default_rng(1)
    woe = {name: random.normal(size=2_000) for name in NAMES}
    bad = (random.random(2_000) < expit(-1 - woe["income"])).astype(np.int64)
    found = rejects.benchmark(rejects.hide(woe, bad, NAMES, NAMES, 0.3), rejects.methods(1.5, 10, 1), repeats=20, seed=1)
    row = found.values.set_index("method").loc["augmentation"]
    assert row["problem"].startswith("The characteristics decide who is declined")
    assert np.isnan(row["auc_hidden"])
    assert set(found.gains.loc[found.gains["method"] == "augmentation", "says"]) == {"no answer"}


def test_a_policy_card_hides_the_riskiest_share_and_the_model_sees_its_own_characteristics():
    random = np.random.default_rng(2)
    woe = {name: random.normal(size=1_000) for name in ("a", "b", "c")}
    bad = (random.random(1_000) < expit(-1 - woe["a"] - woe["b"])).astype(np.int64)
    found = rejects.hide(woe, bad, ("a", "b"), ("c", "a"), 0.25)
    card = np.column_stack([woe["a"], woe["b"]])
    riskiest = np.argsort(sm.Logit(bad, sm.add_constant(card)).fit(disp=False).predict())[-250:]
    assert found.applicants.names == ("c", "a")
    assert sorted(found.applicants.declined[:, 1]) == pytest.approx(sorted(woe["a"][riskiest]))
    assert found.truth.sum() == bad[riskiest].sum()


def test_hidden_accepts_keep_their_weights():
    """A row of weight 3 is the same as three rows."""
    random = np.random.default_rng(3)
    woe, bad = {"a": random.normal(size=300)}, (random.random(300) < 0.3).astype(np.int64)
    weight = np.where(bad == 1, 3.0, 1.0)
    found = rejects.hide(woe, bad, ("a",), ("a",), 0.3, weight=weight)
    times = weight.astype(int)
    often = rejects.hide({"a": np.repeat(woe["a"], times)}, np.repeat(bad, times), ("a",), ("a",), 0.3)
    assert set(found.applicants.declined[:, 0]) == set(often.applicants.declined[:, 0])
    assert found.applicants.declined_weight.sum() == len(often.truth)
    assert found.bad_rate == pytest.approx(often.bad_rate)


def test_equal_scores_are_hidden_together():
    woe = {"a": np.repeat([1.0, -1.0], 50)}
    bad = np.r_[np.arange(50) < 5, np.arange(50) < 20].astype(np.int64)
    assert len(rejects.hide(woe, bad, ("a",), ("a",), 0.5).truth) == 50


# Refusals


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_a_factor_that_is_not_above_0_is_refused(applicants, factor):
    with pytest.raises(SettingsError, match=r"expected a number above 0, by convention 1\.2 to 4"):
        rejects.parcel_fuzzy(applicants, factor)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda each: rejects.augment(each.applicants, 1), "bands = 1; expected 2 to 100"),
        (lambda each: rejects.extrapolate_hard(each.applicants, 1.0), "cutoff = 1.0; expected a PD above 0 and below 1"),
        (lambda each: rejects.compare(each.applicants, [], 1.0), "approval_rate = 1.0; expected a share"),
        (lambda each: rejects.benchmark(each, {}, 5, 1), "repeats = 5; expected 20 draws or more"),
        (lambda _: rejects.hide({"a": np.zeros(2)}, np.array([0, 1]), ("a",), ("a",), 0), "share = 0; expected a share to hide"),
    ],
)
def test_settings_out_of_range_are_refused(masked, call, told):
    with pytest.raises(SettingsError, match=told):
        call(masked)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"accepted": np.zeros((3, 1))}, r"WoE of accepts has shape \(3, 1\); expected a column for each of 2 names"),
        ({"declined": np.full((3, 2), np.nan)}, "WoE of declines holds a number that is not finite"),
        ({"declined": np.zeros((0, 2))}, "Nobody was declined"),
        ({"bad": np.array([2])}, r"outcome has shape \(1,\); expected 0 or 1 for each"),
    ],
)
def test_applicants_that_do_not_fit_together_are_refused(applicants, change, told):
    with pytest.raises(DataError, match=told):
        replace(applicants, **change)


def test_a_truth_that_is_not_that_of_the_declines_is_refused(applicants):
    with pytest.raises(DataError, match="expected 0 or 1 for each of"):
        Masked(applicants, np.zeros(3, dtype=np.int64))


def test_too_few_bads_among_the_hidden_are_said(applicants):
    truth = np.zeros(len(applicants.declined), dtype=np.int64)
    truth[:19] = 1
    with pytest.raises(EvidenceError, match="19 bads; expected 20 of each or more"):
        rejects.benchmark(Masked(applicants, truth), {}, 20, 1)
