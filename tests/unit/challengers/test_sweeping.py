from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import partial_dependence

from scorecard import challengers
from scorecard.challengers import CHALLENGERS, Tuned
from scorecard.challengers.estimators import fit
from scorecard.challengers.rows import Matrix
from scorecard.errors import SettingsError

TOLERANCE = 1e-9  # a wrong step of the PD that no person could call one
MONOTONE = [name for name, each in CHALLENGERS.items() if each.monotone]


def test_no_challenger_that_is_held_to_directions_takes_a_wrong_step(developed, tuned):
    found = challengers.sweep_all(tuned, developed.development.slice(0, 100))
    constrained = sum(direction != 0 for direction in tuned["xgboost"].encoder.constraints)
    assert found.groupby("model").size().to_dict() == dict.fromkeys(MONOTONE, constrained)
    assert (found["steps"] > 0).all()
    assert found["violation"].max() <= TOLERANCE


def test_boosted_trees_forest_and_tree_are_held_to_directions():
    assert MONOTONE == ["xgboost", "hist_gradient_boosting", "random_forest", "decision_tree"]


def test_a_model_without_constraints_is_caught(developed, tuned):
    encoder = tuned["hist_gradient_boosting"].encoder
    features = encoder.transform(developed.development)
    free = fit(HistGradientBoostingClassifier(max_iter=50, random_state=1), Matrix(features, developed.bad, None))
    found = challengers.sweep(Tuned("free", free, encoder), features[:50])
    assert max(each.violation for each in found) > 0.01


def test_a_feature_without_values_is_not_called_proven(simple, rows):
    features = simple["xgboost"].encoder.transform(rows)[:20]
    features[:, 2] = np.nan
    assert [each.feature for each in challengers.sweep(simple["xgboost"], features)] == ["debt"]


def test_calibrated_pds_keep_the_directions(simple, rows):
    model = simple["xgboost"]
    found = challengers.dependence(replace(model, calibration=challengers.calibrated(
        model, replace(model.calibration, method="linear"), model.scaling, {"development": rows}
    ).calibration), rows.slice(0, 100), "debt")  # fmt: skip
    numbers = found[found["kind"] == "number"]["pd"]
    assert (np.diff(numbers) >= -TOLERANCE).all()
    assert np.ptp(numbers) > 0.1


# Partial dependence


@pytest.mark.parametrize("name", ["xgboost", "logit"])
def test_the_dependence_is_that_of_scikit_learn(simple, rows, name):
    """The second computation: scikit-learn's brute force on a number without codes or missing values."""
    model, some = simple[name], rows.slice(0, 80)
    found = challengers.dependence(model, some, "noise", 6)
    features = model.encoder.transform(some)
    place = int(np.flatnonzero(model.encoder.groups == 3)[0])
    expected = partial_dependence(
        model.estimator, features, [place], method="brute", response_method="predict_proba", custom_values={place: found["value"].to_numpy(float)}
    )["average"]  # fmt: skip
    np.testing.assert_allclose(found["pd"], np.ravel(expected), atol=1e-7)


@pytest.mark.parametrize("name", CHALLENGERS)
def test_codes_levels_and_missing_values_have_their_own_place(simple, rows, name):
    """The second computation: the table itself, with one value in all rows."""
    model, some = simple[name], rows.slice(0, 60)
    debt, home = (challengers.dependence(model, some, each, 5).set_index("label") for each in ("debt", "home"))
    assert list(home.index) == ["own", "rent", "free", "other", "missing"]
    assert debt.loc["code -9", "kind"] == "special"
    for table, column, label, value in (
        (debt, "debt", "code -9", -9.0),
        (home, "home", "rent", "rent"),
        (home, "home", "missing", None),
    ):
        place = some.schema.get_field_index(column)
        same = some.set_column(place, some.schema.field(place), pa.array([value] * 60, some.schema.field(place).type))
        assert table.loc[label, "pd"] == pytest.approx(model.pd(same).mean(), abs=1e-6)


def test_shares_are_of_all_customers(simple, rows):
    for name in simple["xgboost"].encoder.names:
        assert challengers.dependence(simple["xgboost"], rows, name)["share"].sum() == pytest.approx(1)


def test_what_no_row_holds_has_no_place(simple, rows):
    table = challengers.dependence(simple["xgboost"], rows, "noise")
    assert set(table["kind"]) == {"number"}


def test_all_characteristics_stand_in_one_table(simple, rows):
    table = challengers.dependences(simple["xgboost"], rows.slice(0, 30), 4)
    assert list(dict.fromkeys(table["characteristic"])) == ["debt", "income", "home", "noise"]
    assert np.isfinite(table["pd"]).all()


def test_a_characteristic_that_is_not_there_is_refused(simple, rows):
    with pytest.raises(SettingsError, match=r"has no characteristic det\. Did you mean debt\?"):
        challengers.dependence(simple["xgboost"], rows, "det")
