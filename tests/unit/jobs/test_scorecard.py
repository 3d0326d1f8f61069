"""What notebook 03 does on German credit: scaling from parameters, the fit, calibration, grades, and the reference of reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scorecard import calibration, model, reasons, scale, selection, woe
from scorecard.data.samples import BAD
from scorecard.errors import SettingsError
from scorecard.jobs import scorecard as job
from scorecard.jobs.step import Step
from scorecard.points import Scaling


@pytest.fixture(scope="module")
def tables(developed):
    return {"development": developed.development, "test": developed.test}


@pytest.fixture
def step(example):
    """A step that needs no store: only the pipeline is asked."""
    return Step("03_scorecard", None, example.pipeline, None, None)


@pytest.mark.parametrize(("text", "expected"), [("", ()), ("0.01", (0.01,)), (" 300, 850 ", (300.0, 850.0))])
def test_a_parameter_holds_numbers_between_commas(text, expected):
    assert job.numbers(text, "score_limits") == expected


def test_a_parameter_that_holds_something_else_is_refused():
    with pytest.raises(SettingsError, match=r"grade_boundaries = '0\.01; 0\.05'; expected numbers between commas"):
        job.numbers("0.01; 0.05", "grade_boundaries")


def test_scores_keep_within_the_limits_of_a_parameter(developed):
    scaling = job.limited(Scaling(), "480, 560")
    found = replace(developed.card, scaling=scaling).score(developed.development).score
    assert (found.min(), found.max()) == (480, 560)
    assert job.limited(Scaling(), "") == Scaling()


def test_one_limit_alone_is_refused():
    with pytest.raises(SettingsError, match="expected a lowest and a highest score"):
        job.limited(Scaling(), "300")


@pytest.fixture(scope="module")
def chosen(developed):
    names = [term.name for term in developed.card.terms]
    values = woe.values({name: developed.bins[name] for name in names}, developed.development)
    return selection.select(
        developed.bins, values | woe.values(developed.bins, developed.development), developed.bad, selection.Limits()
    ), values


def test_the_fit_is_that_of_the_selection_and_says_more(developed, chosen):
    found, inference = job.fitted(*chosen, developed.development, 0.0)
    np.testing.assert_allclose(found.fit.coefficients, chosen[0].fit.coefficients, atol=1e-9)
    assert (inference.lr_p_values < 0.05).all()
    assert list(inference.table(found.kept)["characteristic"]) == found.kept


def test_a_penalty_pulls_the_coefficients_towards_zero_and_takes_the_p_values(developed, chosen, example):
    found, inference = job.fitted(*chosen, developed.development, 50.0)
    assert (np.abs(found.fit.coefficients) < np.abs(chosen[0].fit.coefficients)).all()
    card = model.build(example.pipeline, example.contract, found, developed.bins, Scaling(), inference)
    assert {term.p_value for term in card.terms} == {term.lr_p_value for term in card.terms} == {None}
    assert card.segments[0].fit["penalty"] == 50.0


def test_the_calibration_is_fitted_on_the_sample_that_is_named(developed, tables):
    card = job.calibrated(developed.card, tables, "linear", "test")
    scored = card.score(developed.test)
    assert (card.calibration.sample, card.calibration.rows) == ("test", developed.test.num_rows)
    assert scored.pd_calibrated.mean() == pytest.approx(developed.test.column(BAD).to_numpy().mean(), abs=1e-6)
    np.testing.assert_array_equal(scored.pd_raw, developed.card.score(developed.test).pd)
    assert job.calibrated(card, tables, "none", "test").calibration == calibration.Calibration()


def test_a_sample_that_the_run_does_not_have_is_refused(developed, tables):
    with pytest.raises(
        SettingsError, match="calibration_sample = 'out_of_time'; expected a sample of the run: development, test"
    ):
        job.calibrated(developed.card, tables, "linear", "out_of_time")


def test_pds_are_anchored_to_a_long_run_mean_and_kept_above_a_floor(developed):
    pd = (
        job.anchored(developed.card, {"development": developed.development}, 0.05, "central tendency", 0.0)
        .score(developed.development)
        .pd
    )
    assert pd.mean() == pytest.approx(0.05, abs=1e-9)
    card = job.anchored(developed.card, {"development": developed.development}, 0.05, "central tendency", 0.01)
    np.testing.assert_array_equal(card.score(developed.development).pd, np.maximum(pd, 0.01))


def test_a_prior_shift_starts_from_the_rate_of_the_rows(developed):
    card = job.anchored(developed.card, {"development": developed.development}, 0.05, "prior shift", 0.0)
    raw = developed.card.score(developed.development).pd
    expected = calibration.prior_shift(raw, developed.bad.mean(), 0.05)
    np.testing.assert_allclose(card.score(developed.development).pd, expected, rtol=1e-12)


@pytest.mark.parametrize("floor", [-0.1, 1.0])
def test_a_floor_that_is_no_pd_is_refused(developed, floor):
    with pytest.raises(SettingsError, match="expected 0, or a PD below 1"):
        job.anchored(developed.card, {"development": developed.development}, 0.0, "central tendency", floor)


def test_grades_lie_between_the_boundaries_that_are_given(developed):
    card, merged = job.graded(
        developed.card, developed.development, scale.Rules(boundaries=(0.001, 0.2, 0.4)), {"data_sha256": "d" * 64}
    )
    assert [grade.upper_pd for grade in card.grades] == [0.2, 0.4, None]
    assert merged["pd"].tolist() == [0.001]
    scored = card.score(developed.development)
    assert [scored.pd[scored.grade == place].max() < grade.upper_pd for place, grade in enumerate(card.grades[:-1])] == [
        True,
        True,
    ]


def test_declined_customers_get_reasons_against_those_just_above_the_cutoff(step, developed):
    card = job.referenced(step, developed.card, developed.development)
    at = job.cut_off(step, developed.card, developed.development)
    score = card.score(developed.development).score
    assert (score >= at).mean() == pytest.approx(0.7, abs=0.02)
    assert card.reasons.cutoff == at
    given = reasons.codes(card, developed.development)[:, 0]
    assert ((given != None) == (score < at)).all()  # noqa: E711  elementwise


def test_the_reference_table_counts_the_reasons(step, developed):
    card = job.referenced(step, developed.card, developed.development)
    table = job.reference_table(card, developed.development, "zh")
    codes = reasons.codes(card, developed.development)
    told = codes[codes[:, 0] != None]  # noqa: E711  elementwise
    first = [(told[:, 0] == name).mean() for name in table["characteristic"]]
    assert table["first_share"].tolist() == pytest.approx(first)
    assert table["first_share"].sum() == pytest.approx(1)
    assert "贷款期限较长" in set(table["reason"])


def test_too_few_customers_for_a_reference_leave_the_scorecard_without_reasons(step, developed):
    few = developed.development.slice(0, 20)
    assert job.referenced(step, developed.card, few).reasons is None
    assert job.reference_table(developed.card, few, "en")["first_share"].isna().all()


def test_a_prior_shift_starts_from_the_sample_that_calibrated_the_pds(developed):
    """Calibrated on a sample with twice as many bads, a shift to that sample's rate moves nothing."""
    goods = np.flatnonzero(developed.test.column(BAD).to_numpy() == 0)
    worse = developed.test.filter(np.isin(np.arange(developed.test.num_rows), goods[::2], invert=True))
    tables = {"development": developed.development, "test": worse}
    card = job.calibrated(developed.card, tables, "intercept", "test")
    rate = worse.column(BAD).to_numpy().mean()
    assert rate > 1.3 * developed.bad.mean()
    shifted = job.anchored(card, tables, float(rate), "prior shift", 0.0)
    assert shifted.calibration.shift == pytest.approx(0, abs=1e-12)
    assert shifted.score(worse).pd.mean() == pytest.approx(rate, abs=1e-6)
