"""Bootstrap intervals and paired differences."""

from __future__ import annotations

import numpy as np
import pytest

from scorecard import metrics
from scorecard.comparison import MEASURES, differences, estimates, replicates_for, spread, with_intervals
from scorecard.strategy import Ranked, Rows


@pytest.fixture(scope="module")
def found(rows):
    return spread(rows, 600, 1)


@pytest.fixture(scope="module")
def table(rows, found):
    return with_intervals(estimates(rows), found)


@pytest.fixture(scope="module")
def apart(rows, found):
    return differences(rows, estimates(rows), found)


def one(rows, model, measure, how="bootstrap"):
    (row,) = (row for row in rows if (row["model"], row["measure"], row["how"]) == (model, measure, how))
    return row


def test_every_measure_has_an_interval_that_holds_it(table):
    for row in table:
        for name in (*MEASURES, "gini", "slope"):
            assert row[f"{name}_low"] < row[name] < row[f"{name}_high"], (row["model"], name)


def test_the_bootstrap_of_a_difference_of_aucs_agrees_with_delong(apart):
    for model in ("better", "worse"):
        drawn, formula = one(apart, model, "auc"), one(apart, model, "auc", "DeLong")
        assert drawn["error"] == pytest.approx(formula["error"], rel=0.1)
        assert (drawn["low"], drawn["high"]) == pytest.approx((formula["low"], formula["high"]), abs=0.005)


def test_differences_are_paired_and_signed_as_value_less_scorecard(rows, apart):
    row = one(apart, "better", "brier")
    assert row["difference"] == pytest.approx(row["value"] - row["benchmark"])
    assert row["high"] < 0  # a smaller Brier score
    alone = spread(rows.only(["scorecard", "better"]), 600, 1)
    _, _, error = alone.difference("better", "scorecard", "auc")
    each = [alone.replicates[name]["auc"].std() for name in ("scorecard", "better")]
    assert error < np.hypot(*each)  # the same resamples for both: what they share cancels


def test_p_values_are_adjusted_over_the_models_of_a_measure(apart):
    pairs = [one(apart, model, "ks") for model in ("better", "worse")]
    assert [row["p_holm"] for row in pairs] == metrics.holm([row["p_value"] for row in pairs]).tolist()


def test_the_order_of_rows_and_copies_of_a_model_move_nothing(rows, shuffled, found):
    again = spread(shuffled(rows), 600, 1)
    for model in rows.models:
        for measure in MEASURES:
            assert again.interval(model, measure) == pytest.approx(found.interval(model, measure), abs=1e-12)
    reference = rows.reference
    copied = Rows("test", rows.bad, {"scorecard": reference, "copy": Ranked(reference.pd.copy(), reference.risk.copy())})
    for row in differences(copied, estimates(copied), spread(copied, 200, 1)):
        assert (row["difference"], row["low"], row["high"], row["p_value"]) == (0, 0, 0, 1)


def test_weighted_rows_have_bootstrap_intervals_only(draw):
    weighted = draw(weight=np.random.default_rng(2).uniform(0.5, 2.0, 1_500))
    drawn = spread(weighted, 300, 1)
    table = with_intervals(estimates(weighted), drawn)
    for row in table:
        assert row["auc_low"] < row["auc"] < row["auc_high"]
        assert row["gini_low"] == pytest.approx(2 * row["auc_low"] - 1)
    assert {row["how"] for row in differences(weighted, estimates(weighted), drawn)} == {"bootstrap"}


def test_nothing_is_missing_with_few_rows_ties_and_a_constant_model():
    bad = np.array([0] * 12 + [1] * 4)
    models = {
        "scorecard": Ranked(np.repeat([0.1, 0.4], 8), np.repeat([1.0, 2.0], 8)),
        "constant": Ranked(np.full(16, 0.2), np.zeros(16)),
    }
    rows = Rows("test", bad, models)
    drawn = spread(rows, 200, 1)
    figures = [value for row in with_intervals(estimates(rows), drawn) for value in row.values() if isinstance(value, float)]
    figures += [
        row[name] for row in differences(rows, estimates(rows), drawn) for name in ("low", "high", "error", "p_value", "p_holm")
    ]
    assert np.isfinite(figures).all()


@pytest.mark.parametrize(
    ("rows", "asked", "drawn"), [(9_000, 2_000, 2_000), (1_000_000, 2_000, 500), (10**7, 2_000, 500), (10**7, 300, 300)]
)
def test_many_rows_take_fewer_resamples(rows, asked, drawn):
    assert replicates_for(rows, asked) == drawn
