from __future__ import annotations

from dataclasses import replace

import numpy as np
import optuna
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scorecard import challengers, woe
from scorecard.challengers import CHALLENGERS, Challenger, Encoder, Tuned
from scorecard.errors import SettingsError
from scorecard.woe import Bin, Characteristic

TOLERANCE = 1e-9  # a wrong step of the PD that no person could call one


@pytest.fixture(scope="module")
def encoder(developed) -> Encoder:
    return Encoder(tuple(developed.bins.values()))


@pytest.fixture(scope="module")
def tuned(developed, encoder) -> dict[str, Tuned]:
    return challengers.tune_all(encoder, developed.development, developed.bad, 2, 1)


def made_up():
    """Return a numeric characteristic with a special code, and a categorical one."""
    intervals = [replace(woe.interval(None, 10), woe=1.0), replace(woe.interval(10, None), woe=-1.0)]
    special, missing, unseen = (
        Bin("special", "refused", values=(-1,)),
        Bin("missing", "missing"),
        Bin("unseen", "unseen", woe=-0.7),
    )
    numeric = Characteristic("debt", "numeric", (*intervals, special, missing, unseen), 0.2, 0.01, "ascending", "optimal")
    groups = [Bin("category", "own", values=("own",), woe=0.5), Bin("category", "rent", values=("rent",), woe=-0.5)]
    return numeric, Characteristic("home", "categorical", (*groups, missing, unseen), 0.2, 0.01, "ordered", "optimal")


# The encoder


def test_numbers_keep_their_value_codes_get_a_column_and_levels_their_woe():
    rows = pa.table({"debt": [5.0, -1.0, None], "home": ["own", None, "castle"]})
    encoder = Encoder(made_up())
    assert encoder.features() == ["debt", "debt = -1.0", "home"]
    np.testing.assert_array_equal(encoder.transform(rows), [[5, 0, 0.5], [np.nan, 1, 0], [np.nan, 0, -0.7]])


def test_risk_must_rise_or_fall_where_the_bins_do():
    encoder = Encoder(
        (*made_up(), replace(made_up()[0], name="age", trend="valley"), replace(made_up()[0], name="income", trend="descending"))
    )
    assert dict(zip(encoder.features(), encoder.constraints(), strict=True)) == {
        "debt": 1, "debt = -1.0": 0, "home": -1, "age": 0, "age = -1.0": 0, "income": -1, "income = -1.0": 0,
    }  # fmt: skip


def test_the_encoder_survives_its_file(developed, encoder):
    again = Encoder.from_json(encoder.to_json())
    assert again == encoder
    np.testing.assert_array_equal(again.transform(developed.test), encoder.transform(developed.test))


def test_batches_are_encoded_as_the_whole(developed, encoder):
    parts = [encoder.transform(batch) for batch in developed.test.to_batches(max_chunksize=31)]
    np.testing.assert_array_equal(np.vstack(parts), encoder.transform(developed.test))


# The search


@pytest.mark.parametrize("name", CHALLENGERS)
def test_the_same_seed_gives_the_same_model(developed, encoder, tuned, name):
    again = challengers.tune(name, encoder, developed.development, developed.bad, 2, 1)
    assert again.settings == tuned[name].settings
    assert again.trials == tuned[name].trials
    assert again.pd(developed.test).tolist() == tuned[name].pd(developed.test).tolist()


def test_another_seed_tries_other_settings(developed, encoder, tuned):
    other = challengers.tune("hist_gradient_boosting", encoder, developed.development, developed.bad, 1, 2)
    assert other.trials[0] != tuned["hist_gradient_boosting"].trials[0]


@pytest.mark.parametrize("name", CHALLENGERS)
def test_the_best_trial_is_the_one_that_is_fitted(tuned, name):
    best = max(tuned[name].trials, key=lambda trial: trial["auc"])
    assert tuned[name].settings == {key: value for key, value in best.items() if key not in {"trial", "auc"}}
    assert len(tuned[name].trials) == 2


@pytest.mark.parametrize("name", CHALLENGERS)
def test_challengers_order_risk_on_rows_they_have_not_seen(developed, tuned, name):
    bad = developed.test.column("@bad").to_numpy()
    assert roc_auc_score(bad, tuned[name].pd(developed.test)) > 0.7


def test_every_setting_tried_is_in_the_table(tuned):
    table = challengers.trials_table(tuned)
    assert table.groupby("model").size().to_dict() == dict.fromkeys(CHALLENGERS, 2)


def test_a_search_without_trials_is_refused(developed, encoder):
    with pytest.raises(SettingsError, match="trials = 0; expected 1 or more"):
        challengers.tune("xgboost", encoder, developed.development, developed.bad, 0, 1)


# Monotone, proven


def test_no_challenger_takes_a_wrong_step(developed, tuned):
    found = challengers.sweep_all(tuned, developed.development)
    constrained = sum(direction != 0 for direction in Encoder(tuple(developed.bins.values())).constraints())
    assert len(found) == constrained * len(CHALLENGERS)
    assert found["violation"].max() <= TOLERANCE


def test_a_model_without_constraints_is_caught(developed, encoder):
    features = encoder.transform(developed.development)
    free = HistGradientBoostingClassifier(max_iter=50, random_state=1).fit(features, developed.bad)
    found = challengers.sweep(Tuned("free", free, encoder, {}, []), features[:50])
    assert max(each.violation for each in found) > 0.01


def test_a_feature_without_values_is_not_called_proven(developed, tuned):
    model = tuned["xgboost"]
    features = model.encoder.transform(developed.development)[:20]
    features[:, model.encoder.features().index("duration_months")] = np.nan
    assert "duration_months" not in {each.feature for each in challengers.sweep(model, features)}


# Files


@pytest.mark.parametrize("name", CHALLENGERS)
def test_a_saved_challenger_predicts_the_same(developed, tuned, name, tmp_path):
    written = challengers.save(tuned[name], tmp_path / "model")
    encoder = Encoder.from_json(written["encoder"].read_text(encoding="utf-8"))
    found = challengers.predict(challengers.load(written["trees"]), encoder.transform(developed.test))
    assert found.tolist() == tuned[name].pd(developed.test).tolist()


@pytest.mark.parametrize("name", CHALLENGERS)
def test_no_file_of_a_challenger_is_a_pickle(tuned, name, tmp_path):
    written = challengers.save(tuned[name], tmp_path)
    assert all(path.suffix in {".json", ".skops"} for path in written.values())
    assert not any(path.read_bytes().startswith(b"\x80") for path in written.values())


# A line added by a newcomer


def logistic(settings, constraints, seed):
    """Return a logistic regression on filled and scaled features; it takes no constraints."""
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=settings["C"], random_state=seed))


def logistic_space(trial: optuna.Trial):
    return {"C": 10 ** trial.suggest_float("log10_C", -2, 1)}


def test_a_challenger_added_as_one_line_is_tuned_compared_and_saved(monkeypatch, developed, encoder, tmp_path):
    monkeypatch.setitem(CHALLENGERS, "logistic", Challenger(logistic, logistic_space))
    found = challengers.tune_all(encoder, developed.development, developed.bad, 1, 1)
    assert list(found) == ["xgboost", "hist_gradient_boosting", "logistic"]
    assert list(found["logistic"].settings) == ["C"]
    written = challengers.save(found["logistic"], tmp_path)
    again = challengers.predict(challengers.load(written["trees"]), encoder.transform(developed.test))
    assert again.tolist() == found["logistic"].pd(developed.test).tolist()


class Guess(LogisticRegression):
    """An estimator of somebody's own."""


def test_a_challenger_that_would_not_load_is_refused_when_it_is_saved(encoder, tmp_path):
    own = Tuned("guess", Guess().fit([[0.1], [0.2], [0.3]], [0, 1, 0]), encoder, {}, [])
    with pytest.raises(SettingsError, match=r"The challenger guess holds .*Guess; expected types that are known to be harmless"):
        challengers.save(own, tmp_path)
