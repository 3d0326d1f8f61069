"""Every measure of every model, held to scikit-learn and to the library's own metrics."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from scorecard import metrics
from scorecard.comparison import MEASURES, estimates
from scorecard.comparison.measures import classed
from scorecard.errors import EvidenceError
from scorecard.strategy import Ranked, Rows


@pytest.fixture(scope="module")
def table(rows):
    return {row["model"]: row for row in estimates(rows)}


def test_figures_equal_scikit_learn_and_the_metrics_of_rows(rows, table):
    """scikit-learn 1.9: roc_auc_score, brier_score_loss, log_loss."""
    for name, each in rows.models.items():
        row = table[name]
        assert row["auc"] == pytest.approx(roc_auc_score(rows.bad, each.risk), abs=1e-12)
        assert row["gini"] == pytest.approx(2 * row["auc"] - 1, abs=1e-12)
        assert row["brier"] == pytest.approx(brier_score_loss(rows.bad, each.pd), abs=1e-12)
        assert row["log_loss"] == pytest.approx(log_loss(rows.bad, each.pd), abs=1e-12)
        assert row["ks"] == pytest.approx(metrics.ks(rows.bad, each.risk), abs=1e-12)
        assert row["h_measure"] == pytest.approx(metrics.h_measure(rows.bad, each.risk), abs=1e-12)
        assert row["emp"] == pytest.approx(metrics.emp(rows.bad, each.risk).emp, abs=1e-12)


def test_intervals_of_auc_and_slope_are_those_of_their_formulas(rows, table):
    row, each = table["worse"], rows.models["worse"]
    assert (row["auc_low"], row["auc_high"]) == metrics.auc_interval(metrics.delong(rows.bad, each.risk))
    assert (row["gini_low"], row["gini_high"]) == (2 * row["auc_low"] - 1, 2 * row["auc_high"] - 1)
    line = metrics.calibration_line(rows.bad, each.pd)
    assert (row["slope"] - row["slope_low"]) / line.slope_error == pytest.approx(1.959964, abs=1e-6)


def test_the_first_model_is_what_the_others_are_compared_with(rows, table):
    assert table["scorecard"]["difference"] is None
    paired = metrics.delong_paired(rows.bad, rows.models["better"].risk, rows.reference.risk)
    assert (table["better"]["difference"], table["better"]["p_value"]) == (paired.difference, paired.p_value)


def test_weights_count_as_repeated_rows(draw):
    """Every measure of rows with whole weights equals that of the rows repeated; the slope is scikit-learn's."""
    weight = np.random.default_rng(2).integers(1, 4, 1_500).astype(float)
    weighted = draw(weight=weight)
    times = weight.astype(int)
    models = {name: Ranked(np.repeat(each.pd, times), np.repeat(each.risk, times)) for name, each in weighted.models.items()}
    repeated = Rows("test", np.repeat(weighted.bad, times), models)
    for one, other in zip(estimates(weighted), estimates(repeated), strict=True):
        assert {name: one[name] for name in (*MEASURES, "gini", "mean_pd", "bad_rate")} == pytest.approx(
            {name: other[name] for name in (*MEASURES, "gini", "mean_pd", "bad_rate")}, abs=1e-10
        )
        assert (one["auc_low"], one["difference"], one["p_value"]) == (None, None, None)
    eta = np.log(weighted.reference.pd / (1 - weighted.reference.pd))[:, None]
    fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(eta, weighted.bad, weight)
    assert estimates(weighted)[0]["slope"] == pytest.approx(fit.coef_[0, 0], abs=1e-5)


def test_pds_of_0_and_1_are_clipped_for_the_log_only():
    pd = np.array([0.0, 1.0, 0.0, 1.0, 0.5])
    row = estimates(Rows("test", np.array([0, 1, 1, 0, 1]), {"scorecard": Ranked(pd, pd)}))[0]
    assert row["log_loss"] == pytest.approx((2 * -np.log(1e-9) + np.log(2)) / 5, rel=1e-6)
    assert row["brier"] == pytest.approx(2.25 / 5)


def test_constant_pds_leave_no_slope_and_no_order():
    bad, pd = np.array([0, 1] * 30), np.full(60, 0.2)
    row = estimates(Rows("test", bad, {"scorecard": Ranked(pd, pd)}))[0]
    assert (row["auc"], row["ks"], row["slope"], row["slope_low"]) == (0.5, 0, None, None)
    assert row["h_measure"] == pytest.approx(0, abs=1e-12)


def test_a_sample_of_three_has_what_can_be_computed():
    risk = np.array([0.1, 0.2, 0.9])
    row = estimates(Rows("test", np.array([0, 0, 1]), {"scorecard": Ranked(risk, risk)}))[0]
    assert (row["auc"], row["auc_low"], row["slope"]) == (1.0, None, None)


def test_one_class_is_refused_in_a_sentence():
    pd = np.array([0.1, 0.2])
    with pytest.raises(EvidenceError, match="the sample has no bads"):
        estimates(Rows("test", np.array([0, 0]), {"scorecard": Ranked(pd, pd)}))


@pytest.mark.parametrize(("pd", "words"), [([0.1, np.nan], "missing in 1 rows"), ([0.1, 1.2], "outside")])
def test_a_model_without_an_answer_is_refused(pd, words):
    with pytest.raises(EvidenceError, match=words):
        Rows("test", np.array([0, 1]), {"scorecard": Ranked(np.array(pd), np.array([0.0, 1.0]))})


def test_classes_of_equal_size_stand_for_thousands_of_pds(draw):
    many = draw(n=6_000)
    exact, coarse = (classed(many, many.models["better"], most) for most in (None, 500))
    assert coarse.cells.size <= 2 * 500 < exact.cells.size
    fine, rough = (each.statistics(each.cells.totals()[None]) for each in (exact, coarse))
    assert {name: value[0] for name, value in rough.items()} == pytest.approx(
        {name: value[0] for name, value in fine.items()}, abs=1e-3
    )
