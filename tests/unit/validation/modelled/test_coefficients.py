from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from scorecard import regression
from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation import Labels
from scorecard.validation.evidence import PERIOD
from scorecard.validation.fits import bootstrap, many, refitted, resampled
from scorecard.validation.stability import Estimates, bootstrap_test, each_bootstrap, each_period, periods_test

LIMITS = Thresholds()


@pytest.fixture(scope="module")
def block(sound):
    (found,) = sound.cells["development"].blocks
    return found


@pytest.fixture(scope="module")
def fit(block):
    return refitted(block.segment, block.woe(), (block.goods, block.bads))


def test_a_fit_to_cells_is_the_fit_to_rows(block, fit):
    told = [block.segment.intercept, *(term.coefficient for term in block.segment.terms)]
    assert fit.coefficients == pytest.approx(told, abs=1e-6)
    assert fit.errors[1:] == pytest.approx([term.standard_error for term in block.segment.terms], rel=1e-5)


def test_a_fit_to_resampled_cells_is_the_fit_to_those_rows(block, fit):
    drawn = resampled(block, 3, np.random.default_rng(4))
    found = many(fit, drawn)
    for place in range(3):
        goods, bads = drawn.goods[:, place], drawn.bads[:, place]
        rows = np.concatenate([block.woe(), block.woe()])
        bad = np.repeat([0, 1], len(block.bins))
        exact = regression.fit(rows, bad, np.concatenate([goods, bads]))
        assert found[place, 1:] == pytest.approx(exact.coefficients, abs=0.02 * exact.standard_errors.max())


def test_goods_and_bads_are_drawn_among_themselves(block):
    drawn = resampled(block, 5, np.random.default_rng(4))
    assert (drawn.goods.sum(axis=0) == block.goods.sum()).all()
    assert (drawn.bads.sum(axis=0) == block.bads.sum()).all()


def test_resampled_coefficients_spread_as_their_standard_errors_say(block, fit):
    """statsmodels' Logit on rows; 400 fits give a standard deviation to about 4 %."""
    rows = np.repeat(block.woe(), (block.goods + block.bads).astype(int), axis=0)
    bad = np.concatenate([np.repeat([0, 1], (int(g), int(b))) for g, b in zip(block.goods, block.bads, strict=True)])
    errors = sm.Logit(bad, sm.add_constant(rows)).fit(disp=0).bse
    drawn = bootstrap(block, fit, 400, np.random.default_rng(7))
    assert drawn.std(axis=0)[1:] == pytest.approx(errors[1:], rel=0.15)


def test_a_sound_scorecard_stands_firmly(sound):
    found = each_bootstrap(sound)
    assert [result.scope for result in found] == [f"development: {name}" for name in ("age", "income", "debt", "job")]
    assert {result.verdict for result in found[:3]} == {Verdict.GREEN}
    assert all(result.interval[0] < result.statistic < result.interval[1] for result in found)


def test_an_input_that_says_nothing_flips(make):
    """`phone` is drawn by a coin; beside the others its coefficient has either sign."""
    found = {result.scope: result for result in each_bootstrap(make(seed=2, used=("age", "debt", "phone")))}
    assert found["development: phone"].verdict in {Verdict.AMBER, Verdict.RED}
    assert found["development: phone"].reading.key == "reading.coefficient_flips"
    assert found["development: age"].verdict is Verdict.GREEN


def test_standard_errors_that_are_too_small_are_told(sound, block, fit):
    tight = replace(fit, covariance=fit.covariance / 9)
    result = bootstrap_test(0, block, tight, bootstrap(block, fit, 100, np.random.default_rng(1)), LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.AMBER, "reading.coefficient_wide")


def test_nineteen_events_cannot_be_fitted_again(make):
    def few(name, drawn, random):
        drawn.logit -= 2.7

    evidence = make(seed=3, sizes={"development": 900, "test": 400}, used=("age", "debt"), spoil=few)
    assert evidence.development.events < 30
    found = each_bootstrap(evidence)
    assert [result.verdict for result in found] == [Verdict.INSUFFICIENT_DATA]


def test_segments_are_fitted_each_by_itself(segments):
    scopes = [result.scope for result in each_bootstrap(segments)]
    assert scopes == [
        "development: office: age",
        "development: office: income",
        "development: other: income",
        "development: other: debt",
    ]


def test_estimates_of_equal_periods_are_homogeneous():
    found = Estimates(("age", "debt"), ("1", "2", "3"), np.tile([-1.0, -0.8], (3, 1)), np.full((3, 2), 0.05), 9000, 900)
    assert {result.verdict for result in periods_test(found, "periods", LIMITS)} == {Verdict.GREEN}


def test_a_coefficient_that_drifts_is_found_beside_one_that_does_not():
    values = np.column_stack([[-1.0, -1.0, -0.1, -0.1], [-0.8, -0.82, -0.79, -0.8]])
    found = periods_test(
        Estimates(("age", "debt"), ("1", "2", "3", "4"), values, np.full((4, 2), 0.05), 9000, 900), "periods", LIMITS
    )
    assert [result.verdict for result in found] == [Verdict.RED, Verdict.GREEN]
    assert found[0].reading.values["lowest_period"] == "1"


def test_estimates_too_loose_to_show_a_drift_are_insufficient():
    found = periods_test(
        Estimates(("age",), ("1", "2"), np.array([[-1.0], [-1.1]]), np.full((2, 1), 0.8), 900, 90), "periods", LIMITS
    )
    assert (found[0].verdict, found[0].reading.key) == (Verdict.INSUFFICIENT_DATA, "reading.drift_blind")


def test_a_seeming_drift_may_be_chance():
    found = periods_test(
        Estimates(("age",), ("1", "2"), np.array([[-1.3], [-0.7]]), np.full((2, 1), 0.19), 900, 90),
        "periods",
        Thresholds(coefficient_drift_red=1.0),
    )
    assert found[0].effect > LIMITS.coefficient_drift_amber
    assert (
        (found[0].verdict, found[0].reading.key) == (Verdict.AMBER, "reading.drift_failed")
        if found[0].p_value < 0.05
        else (Verdict.GREEN, "reading.drift_chance")
    )


def test_an_input_that_turns_round_in_later_periods_is_red(make):
    def turned(name, drawn, random):
        if name == "out_of_time":
            drawn.logit += 0.06 * (drawn.columns["age"] - 45)

    found = {result.scope: result for result in each_period(make(seed=4, spoil=turned, used=("age", "debt")))}
    assert found["periods: age"].verdict is Verdict.RED
    assert found["periods: age"].reading.values["highest_period"] in {"2024Q1", "2024Q2"}
    assert found["periods: debt"].verdict is not Verdict.RED


def test_periods_with_few_bads_are_joined(sound):
    """Fifty bads a coefficient: 250 of 763 in six periods make two, each of three quarters."""
    limits = Thresholds(events_per_coefficient=50, coefficient_drift_red=9.0)
    found = each_period(replace(sound, thresholds=limits))
    assert found[0].reading.values["periods"] == 2
    assert " - " in found[0].reading.values["lowest_period"]


def test_too_few_bads_for_two_periods_are_insufficient(sound):
    found = each_period(replace(sound, thresholds=Thresholds(events_per_coefficient=100)))
    assert [(result.verdict, result.reading.key) for result in found] == [(Verdict.INSUFFICIENT_DATA, "reading.few_in_periods")]


def test_a_segment_without_customers_has_no_periods_to_compare(segments):
    samples = {name: part.part(office(segments, name)) for name, part in segments.samples.items()}
    tables = {name: table.filter(pa.array(office(segments, name))) for name, table in segments.modelled.tables.items()}
    bare = replace(segments, samples=samples, model=replace(segments.modelled, tables=tables))
    found = {result.scope: result for result in each_period(bare)}
    assert {"periods: office: age", "periods: office: income", "periods: other"} == set(found)
    empty = found["periods: other"]
    assert (empty.verdict, empty.reading.key, empty.n) == (Verdict.INSUFFICIENT_DATA, "reading.few_in_periods", 0)


def office(evidence, sample):
    """Rows of the segment of clerks and managers."""
    return np.isin(evidence.modelled.tables[sample].column("job").to_numpy(), ["clerk", "manager"])


def test_a_characteristic_with_one_value_in_a_period_is_compared_in_the_others(make):
    def constant(name, drawn, random):
        if name == "out_of_time":
            drawn.columns["debt"] = np.full(drawn.logit.size, 0.3)

    found = {result.scope: result for result in each_period(make(seed=5, spoil=constant, used=("age", "debt")))}
    assert found["periods: age"].reading.values["periods"] == 6
    assert found["periods: debt"].reading.values["periods"] == 4


def test_rows_without_a_date_are_left_out_and_without_any_nothing_is_due(sound):
    undated = {name: replace(part, labels={}) for name, part in sound.samples.items()}
    found = each_period(replace(sound, samples=undated))
    assert [(result.verdict, result.reading.key) for result in found] == [(Verdict.NOT_DUE, "reading.no_periods")]
    part = sound.samples["test"]
    codes = np.where(np.arange(part.n) < 300, -1, part.labels[PERIOD].codes)
    some = replace(part, labels={PERIOD: Labels(codes, part.labels[PERIOD].names)})
    whole, fewer = each_period(sound)[0], each_period(replace(sound, samples={**sound.samples, "test": some}))[0]
    assert fewer.n == whole.n - 300
