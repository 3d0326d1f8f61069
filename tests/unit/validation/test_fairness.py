"""Groups beside a reference group: approvals, scores, errors, PDs and odds by score band, held to published values and statsmodels."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from pandas import DataFrame
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from scorecard.messages import LANGUAGES, render
from scorecard.metrics.proportions import Share
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Labels, Scored, chosen, validate
from scorecard.validation.fairness.bands import band_odds, mantel_haenszel
from scorecard.validation.fairness.calibration import group_calibration, ladders
from scorecard.validation.fairness.groups import Compared, division
from scorecard.validation.fairness.impact import below, impact_ratio
from scorecard.validation.fairness.means import mean_difference
from scorecard.validation.fairness.odds import Approvals, average_odds, equal_opportunity

LIMITS = Thresholds()
PAIR = Compared("test: sex", ("male", "female"), 0)
GROUPS = ("FAI-01", "FAI-02", "FAI-03", "FAI-04", "FAI-05", "FAI-08")
CUTOFF = 0.0


def drawn(random, rows, moved=0.0, riskier=0.0, shares=(0.5, 0.3, 0.19, 0.01)):
    """A sample of four groups; the second scores lower by `moved` and is riskier than its score by `riskier` (log-odds)."""
    group = random.choice(len(shares), rows, p=shares)
    score = random.normal(0, 1, rows).round(2) - moved * (group == 1)
    pd = 1 / (1 + np.exp(1 + score))
    truth = 1 / (1 + np.exp(1 + score - riskier * (group == 1)))
    bad = (random.random(rows) < truth).astype(int)
    labels = {"region": Labels(group, ("north", "south", "east", "isles"))}
    return Scored(bad, score, pd, np.zeros(rows, dtype=int), labels=labels)


def evidence(seed=0, rows=6000, changes=None, **spoilt):
    random = np.random.default_rng(seed)
    samples = {name: drawn(random, rows, **(spoilt if name == "test" else {})) for name in ("development", "test")}
    table = DataFrame([{"characteristic": "age", "attribute": "all", "points": 1.0, "development": rows, "test": rows}])
    return replace(Evidence(samples, ("A",), table, LIMITS, cutoff=CUTOFF, protected=("region",)), **(changes or {}))


def results(found, *codes):
    return validate(found, chosen(", ".join(codes or GROUPS)))


def verdicts(found, *codes):
    return {(result.code, result.scope.rpartition(": ")[2]): result.verdict.value for result in results(found, *codes)}


def changed(found, name="test", **parts):
    return replace(found, samples={**found.samples, name: replace(found.samples[name], **parts)})


def one(shares, limits=LIMITS):
    return impact_ratio(shares, PAIR, limits)[0]


# the four-fifths rule


def test_12_of_40_against_48_of_80_has_the_published_ratio_and_p_values():
    """Ratio .50, Fisher p = .0034092217; 28 declines are fewer than 30, so the figures stand without a verdict."""
    found = one([Share(48, 80), Share(12, 40)])
    assert (found.statistic, found.p_value) == (0.5, pytest.approx(0.0034092217, abs=1e-9))
    assert found.verdict is Verdict.INSUFFICIENT_DATA
    assert one([Share(48, 80), Share(12, 40)], Thresholds(fair_cell=12)).verdict is Verdict.RED


@pytest.mark.parametrize("rows", [100, 1000, 100_000])
def test_of_the_published_hire_rates_only_three_quarters_is_flagged(rows):
    """EEOC, Questions and Answers to the Uniform Guidelines: 60, 45, 48 and 51 % give .75, .80 and .85."""
    groups = Compared("test: group", ("a", "b", "c", "d"), 0)
    found = impact_ratio([Share(rows * rate // 100, rows) for rate in (60, 45, 48, 51)], groups, LIMITS)
    assert [result.statistic for result in found] == pytest.approx([0.75, 0.80, 0.85], abs=1e-9)
    assert [result.verdict is not Verdict.GREEN for result in found] == [True, False, False]


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_the_ratio_is_compared_without_rounding(n, m, data):
    """5 a n >= 4 b m in whole numbers."""
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    assert below(Share(a, n), Share(b, m), 0.8) == (5 * a * m < 4 * b * n)


def test_a_limit_of_one_third_is_compared_as_it_is_written():
    assert not below(Share(333, 1000), Share(1000, 1000), 0.333)
    assert below(Share(332, 1000), Share(1000, 1000), 0.333)


def test_below_the_limit_is_amber_by_chance_and_red_beyond_it():
    assert one([Share(45, 80), Share(36, 85)]).verdict is Verdict.AMBER
    assert one([Share(450, 800), Share(360, 850)]).verdict is Verdict.RED


def test_a_reference_group_at_a_disadvantage_is_amber():
    found = one([Share(400, 1000), Share(600, 1000)])
    assert (found.verdict, found.reading.key) == (Verdict.AMBER, "reading.fair_ratio_favoured")


def test_a_group_that_is_hardly_ever_approved_is_not_let_off_for_want_of_approvals():
    assert one([Share(600, 1000), Share(5, 500)]).verdict is Verdict.RED
    assert one([Share(600, 1000), Share(0, 500)]).interval[0] < 0.01


def test_a_group_with_one_decline_is_insufficient():
    assert one([Share(995, 1000), Share(499, 500)]).verdict is Verdict.INSUFFICIENT_DATA


def test_nobody_approved_has_no_ratio():
    found = one([Share(0, 500), Share(0, 400)])
    assert (found.statistic, found.verdict) == (None, Verdict.INSUFFICIENT_DATA)


def test_many_groups_are_adjusted_for():
    """Of 20 groups, one is significant by itself, but not among so many."""
    groups = Compared("test: group", tuple(map(str, range(21))), 0)
    found = impact_ratio([Share(500, 1000)] * 20 + [Share(33, 92)], groups, LIMITS)[-1]
    assert found.p_value < LIMITS.fair_alpha < found.reading.values["p_holm"]
    assert found.verdict is Verdict.AMBER


# scores


def test_620_against_650_is_the_published_difference():
    """Means 620 and 650, standard deviations 75 and 85, pooled: -.3742697."""
    (found,) = mean_difference([500, 500], [650, 620], [85, 75], PAIR, LIMITS)
    assert found.statistic == pytest.approx(-0.3742697, abs=1e-7)
    assert found.verdict is Verdict.RED


def test_the_difference_of_means_has_welchs_p_value():
    random = np.random.default_rng(1)
    one, other = random.normal(600, 40, 80), random.normal(590, 60, 45)
    parts = [(len(each), each.mean(), each.std(ddof=1)) for each in (one, other)]
    (found,) = mean_difference(*zip(*parts, strict=True), PAIR, LIMITS)
    assert found.p_value == pytest.approx(stats.ttest_ind(other, one, equal_var=False).pvalue, rel=1e-9)


def test_constant_scores_have_no_difference_in_standard_deviations():
    flat = changed(evidence(), score=np.full(6000, 1.0))
    assert {result.verdict for result in results(flat, "FAI-02")} == {Verdict.NOT_COMPUTABLE, Verdict.INSUFFICIENT_DATA}


# errors


def test_the_published_example_has_its_ratio_opportunity_and_odds():
    """Reference 136 of 160 goods and 12 of 40 bads approved, group 90 of 120 and 6 of 30: AIR .8648648649, EOD = AOD = -.10."""
    groups = [Approvals(Share(136, 160), Share(12, 40)), Approvals(Share(90, 120), Share(6, 30))]
    (opportunity,), (odds,) = (test(groups, PAIR, LIMITS) for test in (equal_opportunity, average_odds))
    assert one([each.all for each in groups]).statistic == pytest.approx(0.8648648649, abs=1e-9)
    assert (opportunity.statistic, odds.statistic) == (pytest.approx(-0.10, abs=1e-9), pytest.approx(-0.10, abs=1e-9))
    assert opportunity.verdict is odds.verdict is Verdict.GREEN  # the limit itself passes, exactly


def test_average_odds_average_two_differences_by_hand():
    """As AI Fairness 360 and fairlearn define it: ((TPR - TPR) + (FPR - FPR)) / 2."""
    groups = [Approvals(Share(800, 1000), Share(100, 200)), Approvals(Share(600, 1000), Share(90, 200))]
    (found,) = average_odds(groups, PAIR, LIMITS)
    assert found.statistic == pytest.approx(
        float((Fraction(600, 1000) - Fraction(800, 1000) + Fraction(90, 200) - Fraction(100, 200)) / 2)
    )
    assert found.interval[0] < found.statistic < found.interval[1]
    assert found.verdict is Verdict.RED


def test_no_bads_in_a_group_are_too_few_for_odds_but_not_for_opportunity():
    groups = [Approvals(Share(800, 1000), Share(100, 200)), Approvals(Share(800, 1000), Share(0, 0))]
    assert equal_opportunity(groups, PAIR, LIMITS)[0].verdict is Verdict.GREEN
    assert average_odds(groups, PAIR, LIMITS)[0].verdict is Verdict.INSUFFICIENT_DATA


# calibration by group


def test_the_line_of_each_group_is_that_of_a_logistic_regression():
    found = evidence(riskier=0.6)
    part, made = found.samples["test"], division(found, "test", "region")[0]
    south = next(result for result in group_calibration(ladders(made), made.compared, LIMITS) if result.scope.endswith("south"))
    mine = part.labels["region"].codes == 1
    logit = np.log(part.pd[mine] / (1 - part.pd[mine]))
    fit = sm.Logit(part.bad[mine], sm.add_constant(logit)).fit(disp=0)
    right = float(part.bad[mine] @ logit - np.logaddexp(0, logit).sum())
    assert (south.reading.values["intercept"], south.reading.values["slope"]) == pytest.approx(tuple(fit.params), abs=1e-6)
    assert south.p_value == pytest.approx(stats.chi2.sf(2 * (fit.llf - right), 2), rel=1e-6)
    assert south.statistic == pytest.approx(part.bad[mine].sum() / part.pd[mine].sum())
    assert south.verdict is Verdict.RED


def test_pds_that_are_all_the_same_have_no_line():
    flat = changed(evidence(), pd=np.full(6000, 0.25))
    assert {result.verdict for result in results(flat, "FAI-05")} == {Verdict.NOT_COMPUTABLE, Verdict.INSUFFICIENT_DATA}


def test_pds_of_0_and_1_are_borne():
    found = evidence()
    certain = changed(found, pd=np.round(found.samples["test"].pd))
    assert all(result.statistic is None or np.isfinite(result.statistic) for result in results(certain, "FAI-05"))


# the same score


def test_odds_within_bands_are_those_of_statsmodels():
    """`StratifiedTable`: pooled odds ratio, its interval (Robins, Breslow and Greenland), and the test without correction."""
    random = np.random.default_rng(2)
    bads, other_bads = random.integers(1, 30, 8).astype(float), random.integers(1, 30, 8).astype(float)
    goods, other_goods = random.integers(20, 90, 8).astype(float), random.integers(20, 90, 8).astype(float)
    found = mantel_haenszel(bads, goods, other_bads, other_goods)
    tables = np.array([[bads, goods], [other_bads, other_goods]])
    right = StratifiedTable(tables)
    assert found.ratio == pytest.approx(right.oddsratio_pooled)
    assert found.error == pytest.approx(right.logodds_pooled_se)
    assert found.p_value == pytest.approx(right.test_null_odds().pvalue)


def test_a_group_that_is_safer_than_its_score_is_red_and_a_riskier_one_amber():
    assert verdicts(evidence(riskier=-0.8), "FAI-08")["FAI-08", "south"] == "red"
    assert verdicts(evidence(riskier=0.8), "FAI-08")["FAI-08", "south"] == "amber"


def test_a_ratio_beyond_the_limit_by_chance_cannot_be_told():
    goods, bads = [[170, 100]], [[30, 25]]
    (found,) = band_odds(goods, bads, PAIR, LIMITS)
    assert (found.verdict, found.reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.fair_bands_chance")


# the suite


def test_alike_groups_are_green_and_the_tiny_one_is_not_told():
    found = verdicts(evidence())
    assert {verdict for (_, group), verdict in found.items() if group in ("south", "east")} == {"green"}
    assert {verdict for (_, group), verdict in found.items() if group == "isles"} == {"insufficient data"}
    assert not any("isles" in str(result.reading.values) for result in results(evidence()))


def test_a_group_that_scores_lower_is_approved_less_and_so_are_its_goods():
    found = verdicts(evidence(moved=0.6))
    assert {found[code, "south"] for code in ("FAI-01", "FAI-02", "FAI-03", "FAI-04")} == {"red"}
    assert {found[code, "south"] for code in ("FAI-05", "FAI-08")} == {"green"}
    assert {verdict for (_, group), verdict in found.items() if group == "east"} == {"green"}


def test_equal_weights_change_nothing():
    plain = evidence(moved=0.3)
    weighted = changed(plain, weight=np.full(6000, 0.25))
    for before, after in zip(results(plain), results(weighted), strict=True):
        assert (before.scope, before.verdict) == (after.scope, after.verdict)
        assert after.statistic == (None if before.statistic is None else pytest.approx(before.statistic, rel=1e-9))


def test_weights_move_rates():
    found = evidence()
    part = found.samples["test"]
    south, approved = part.labels["region"].codes == 1, part.score >= CUTOFF
    weighted = changed(found, weight=np.where(south & approved, 0.25, 1.0))
    rate = next(result for result in results(weighted, "FAI-01") if result.scope.endswith("south")).reading.values["rate"]
    assert rate == pytest.approx(0.25 * (south & approved).sum() / (0.25 * (south & approved).sum() + (south & ~approved).sum()))


def test_a_group_that_weighs_nothing_is_too_small():
    found = evidence()
    south = found.samples["test"].labels["region"].codes == 1
    told = verdicts(changed(found, weight=np.where(south, 0.0, 1.0)))
    assert not any(group == "south" and verdict == "green" for (_, group), verdict in told.items())


def test_the_order_of_rows_is_of_no_account():
    found = evidence(moved=0.3)
    part, order = found.samples["test"], np.random.default_rng(3).permutation(6000)
    labels = {"region": Labels(part.labels["region"].codes[order], part.labels["region"].names)}
    shuffled = changed(found, bad=part.bad[order], score=part.score[order], pd=part.pd[order], labels=labels)
    for before, after in zip(results(found), results(shuffled), strict=True):
        assert (before.scope, before.verdict) == (after.scope, after.verdict)
        assert after.statistic == (None if before.statistic is None else pytest.approx(before.statistic, abs=1e-9))


def test_without_a_protected_attribute_nothing_is_green():
    found = results(evidence(changes={"protected": ()}), "FAI")
    assert {result.verdict for result in found} == {Verdict.NOT_COMPUTABLE}
    assert len(found) == 8


def test_without_a_cut_off_nobody_is_approved():
    found = verdicts(evidence(changes={"cutoff": None}))
    assert {verdict for (code, _), verdict in found.items() if code in ("FAI-01", "FAI-03", "FAI-04")} == {"not computable"}
    assert found["FAI-02", "south"] == "green"


def test_an_attribute_with_one_value_is_not_computable():
    same = {"region": Labels(np.zeros(6000, dtype=int), ("north", "south", "east", "isles"))}
    assert set(verdicts(changed(evidence(), labels=same)).values()) == {"not computable"}


def test_an_attribute_without_any_value_is_not_computable():
    empty = {"region": Labels(np.full(6000, -1), ("north", "south", "east", "isles"))}
    assert set(verdicts(changed(evidence(), labels=empty)).values()) == {"not computable"}


def test_an_attribute_that_is_not_among_the_rows_is_not_computable():
    assert set(verdicts(changed(evidence(), labels={})).values()) == {"not computable"}


def test_a_reference_group_can_be_named_and_is_never_guessed():
    named = verdicts(evidence(changes={"reference": {"region": "South"}}), "FAI-01")
    assert {group for _, group in named} == {"north", "east", "isles"}
    wrong = results(evidence(changes={"reference": {"region": "west"}}), "FAI-01")
    assert [(result.verdict, result.reading.key) for result in wrong] == [(Verdict.NOT_COMPUTABLE, "reading.fair_reference")]


def test_a_reference_group_that_is_too_small_leaves_nothing_to_compare_with():
    found = results(evidence(changes={"reference": {"region": "isles"}}), "FAI-01")
    assert [result.verdict for result in found] == [Verdict.INSUFFICIENT_DATA]


def test_a_segment_of_three_is_insufficient():
    found = evidence()
    three = replace(found, samples={**found.samples, "test": found.samples["test"].part(np.arange(6000) < 3)})
    assert set(verdicts(three).values()) <= {"insufficient data", "not computable"}


def test_without_outcomes_only_approvals_and_scores_are_told():
    found = verdicts(changed(evidence(), bad=None))
    assert {code for (code, _), verdict in found.items() if verdict == "not due"} == {"FAI-03", "FAI-04", "FAI-05", "FAI-08"}
    assert {found["FAI-01", "south"], found["FAI-02", "south"]} == {"green"}


def test_a_sample_without_bads_is_never_green_where_bads_are_needed():
    found = verdicts(changed(evidence(), bad=np.zeros(6000, dtype=int)), "FAI-04", "FAI-05", "FAI-08")
    assert set(found.values()) == {"insufficient data"}


def test_development_alone_speaks_of_approvals_only():
    found = evidence()
    alone = replace(found, samples={"development": found.development})
    told = verdicts(alone)
    assert told["FAI-01", "south"] == "green"
    assert {told[code, "protected attributes"] for code in ("FAI-05", "FAI-08")} == {"not computable"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_can_be_read_and_has_its_null(language):
    spoilt = [evidence(), evidence(moved=0.8, riskier=-0.8), evidence(rows=500), evidence(moved=-0.8, riskier=0.8)]
    for result in (each for found in spoilt for each in results(found, "FAI")):
        assert "{" not in render(result.reading, language)
        assert (result.p_value is None) or result.null


def test_a_fair_score_is_alarmed_seldom():
    """Holm keeps false reds of two groups below one in twenty; 60 draws."""
    found = [verdicts(evidence(seed, rows=3000), "FAI-05", "FAI-08") for seed in range(60)]
    assert np.mean(["red" in each.values() for each in found]) <= 0.1
