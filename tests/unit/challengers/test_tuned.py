from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from scorecard import challengers
from scorecard.calibration import Anchor, Calibration, Step
from scorecard.challengers import Tuned
from scorecard.points import Scaling

SCALING = Scaling(pdo=40.0, base_score=500.0, base_odds=10.0)


@pytest.fixture
def tables(rows):
    return {"development": rows.slice(0, 500), "test": rows.slice(500)}


@pytest.fixture
def model(simple) -> Tuned:
    return simple["decision_tree"]


def bad(table):
    return table.column("@bad").to_numpy()


def test_without_a_calibration_all_three_pds_are_the_models_own(model, tables):
    found = challengers.calibrated(model, Calibration(), SCALING, tables).pds(tables["test"])
    inner = np.clip(found.raw, model.least, 1 - model.least)
    np.testing.assert_allclose(found.calibrated, inner, atol=1e-12)
    np.testing.assert_allclose(found.final, inner, atol=1e-12)


def test_the_linear_calibration_is_the_logit_of_bad_on_the_log_odds(model, tables):
    """The second computation: statsmodels' logit on the log-odds of the raw PD, on the sample the scorecard used."""
    made = challengers.calibrated(model, Calibration("linear", sample="test"), SCALING, tables)
    z = model.log_odds(tables["test"])
    fit = sm.Logit(bad(tables["test"]), sm.add_constant(z)).fit(disp=0)
    np.testing.assert_allclose([made.calibration.intercept, made.calibration.slope], fit.params, atol=1e-6)
    np.testing.assert_allclose(made.pds(tables["development"]).calibrated, fit.predict(sm.add_constant(model.log_odds(tables["development"]))), atol=1e-7)  # fmt: skip
    assert (made.calibration.sample, made.calibration.rows) == ("test", 400)


METHODS = {
    "intercept": Calibration("intercept", sample="test"),
    "linear": Calibration("linear", sample="test"),
    "isotonic": Calibration("isotonic", steps=(Step(None, 0.5), Step(500.0, 0.1)), sample="test"),
    "beta": Calibration("beta", sample="test"),
}


@pytest.mark.parametrize("like", METHODS.values(), ids=METHODS)
def test_every_calibration_gives_the_default_rate_of_its_sample(simple, tables, like):
    made = challengers.calibrated(simple["xgboost"], like, SCALING, tables)
    assert made.calibration.method == like.method
    assert made.pds(tables["test"]).calibrated.mean() == pytest.approx(bad(tables["test"]).mean(), abs=0.02)


def test_the_anchor_to_the_central_tendency_is_met_by_the_challengers_own_pds(model, tables):
    like = Calibration(anchor=Anchor("central tendency", 0.3, 0.05), shift=-2.0)
    made = challengers.calibrated(model, like, SCALING, tables)
    assert made.pd(tables["development"]).mean() == pytest.approx(0.05, abs=1e-9)


def test_a_prior_shift_moves_by_the_same_ratio_of_odds(model, tables):
    like = Calibration(anchor=Anchor("prior shift", 0.3, 0.05), shift=-2.0)
    found = challengers.calibrated(model, like, SCALING, tables).pds(tables["test"])
    moved = logit(found.final) - logit(found.calibrated)
    np.testing.assert_allclose(moved, logit(0.05) - logit(0.3), atol=1e-9)


def test_no_final_pd_is_below_the_floor(model, tables):
    found = challengers.calibrated(model, Calibration(floor=0.2), SCALING, tables).pds(tables["test"])
    assert found.final.min() == 0.2
    np.testing.assert_array_equal(found.final, np.maximum(found.calibrated, 0.2))


def test_a_raw_pd_of_nothing_is_half_an_account_of_development(simple, rows):
    class Certain:
        def predict_proba(self, features):
            return np.column_stack([np.ones(len(features)), np.zeros(len(features))])

    each = replace(simple["decision_tree"], estimator=Certain())
    assert each.least == 0.5 / 900
    found = each.pds(rows.slice(0, 2))
    assert found.raw.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found.final, 0.5 / 900, rtol=1e-9)
    assert each.clipped(rows.slice(0, 2)) == 2


@pytest.mark.parametrize("name", challengers.CHALLENGERS)
def test_the_score_is_on_the_scorecards_scale(simple, tables, name):
    made = challengers.calibrated(simple[name], Calibration(), SCALING, tables)
    score = made.score(tables["test"])
    np.testing.assert_allclose(expit((SCALING.offset - score) / SCALING.factor), made.pd(tables["test"]), atol=1e-12)


def test_rows_without_customers_have_no_pds(simple, rows):
    assert [len(each) for each in simple["random_forest"].pds(rows.slice(0, 0))] == [0, 0, 0]
