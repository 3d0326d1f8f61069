from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline

from scorecard import challengers
from scorecard.calibration import Calibration
from scorecard.challengers import CHALLENGERS, Budget, Challenger, Development
from scorecard.challengers.estimators import fit, predict
from scorecard.errors import EvidenceError, SettingsError
from scorecard.points import Scaling


@pytest.mark.parametrize("name", CHALLENGERS)
def test_the_best_trial_is_the_one_that_is_fitted(tuned, name):
    each = tuned[name]
    assert len(each.search.trials) == 2
    assert each.search.best.auc == max(trial.auc for trial in each.search.trials if trial.state == "completed")
    assert {key: value for key, value in each.settings.items() if key != "rounds"} == each.search.best.settings


@pytest.mark.parametrize("name", CHALLENGERS)
def test_challengers_order_risk_on_rows_they_have_not_seen(developed, tuned, name):
    bad = developed.test.column("@bad").to_numpy()
    assert roc_auc_score(bad, tuned[name].pd(developed.test)) > 0.65


def test_the_best_challenger_has_the_highest_out_of_fold_auc(searched):
    aucs = {name: each.search.best.auc for name, each in searched.tuned.items()}
    assert searched.best.name == max(aucs, key=aucs.get)
    assert challengers.Searched().best is None


def test_a_slow_kind_is_fitted_on_the_first_rows_of_their_order(monkeypatch, development, simple, rows):
    monkeypatch.setitem(CHALLENGERS, "decision_tree", replace(CHALLENGERS["decision_tree"], most_rows=300))
    found = challengers.tune("decision_tree", development, Budget(1), 1)
    assert (found.rows, found.least, simple["decision_tree"].rows) == (300, 0.5 / 300, 900)
    assert found.estimator[-1].tree_.n_node_samples[0] == 300
    assert CHALLENGERS["random_forest"].most_rows == 100_000


def test_every_trial_is_in_the_table_with_its_settings(searched):
    table = challengers.trials_table(searched)
    assert table.groupby("model").size().to_dict() == dict.fromkeys(CHALLENGERS, 2)
    first = table[(table["model"] == "logit") & (table["trial"] == 0)].iloc[0]
    assert (first["state"], first["C"], first["folds"]) == ("completed", 1.0, 3)


def test_the_summary_says_how_every_search_ended(searched):
    table = challengers.summary(searched).set_index("model")
    assert list(table.index) == list(CHALLENGERS)
    assert (table["completed"] + table["pruned"] + table["failed"] == 2).all()
    assert table["reproducible"].all()
    assert set(table["rows"]) == {699}
    assert table.loc["logit", "auc"] == searched.searches["logit"].best.auc


# One that fails stops no other


def broken(settings, encoder, seed):
    raise ValueError("not today")


def test_a_challenger_that_fails_stops_no_other_and_is_told(monkeypatch, made_up, rows):
    monkeypatch.setitem(CHALLENGERS, "broken", Challenger(broken, lambda trial: {}))
    found = challengers.tune_all(made_up, rows, Budget(2), 1, ["broken", "logit"])
    assert list(found.tuned) == ["logit"]
    assert challengers.failures_table(found).to_dict("records") == [
        {"model": "broken", "stage": "search", "reason": "No trial was completed of 2; ValueError: not today"}
    ]
    assert [trial.state for trial in found.searches["broken"].trials] == ["failed", "failed"]


def test_a_challenger_without_a_completed_trial_in_its_time_is_a_failure(made_up, rows):
    found = challengers.tune_all(made_up, rows, Budget(5, seconds=1e-9), 1, ["logit", "decision_tree"])
    assert found.tuned == {}
    assert {each.reason for each in found.failures} == {"No trial was completed within 1e-09 seconds. Raise the budget."}
    assert not challengers.summary(found)["reproducible"].any()


def test_a_challenger_that_fails_when_all_rows_are_fitted_is_told(monkeypatch, made_up, rows):
    def make(settings, encoder, seed):
        if "rounds" in settings:
            raise MemoryError("too many rows")
        return CHALLENGERS["logit"].make({"C": 1.0}, encoder, seed)

    late = Challenger(make, lambda trial: {}, stop=lambda estimator, train, held: estimator.fit(train.features, train.bad) and 3)
    monkeypatch.setitem(CHALLENGERS, "late", late)
    found = challengers.tune_all(made_up, rows, Budget(1), 1, ["late"])
    assert [(each.stage, each.reason) for each in found.failures] == [("fit", "MemoryError: too many rows")]


def test_nineteen_bads_are_a_failure_of_every_challenger(made_up, rows):
    bad = rows.column("@bad").to_numpy()
    few = rows.take(pa.array([*np.flatnonzero(bad == 0), *np.flatnonzero(bad == 1)[:19]]))
    found = challengers.tune_all(made_up, few, Budget(1), 1)
    assert [(each.model, each.stage) for each in found.failures] == [(name, "rows") for name in CHALLENGERS]
    assert "19 bads" in found.failures[0].reason


def test_a_single_challenger_without_a_completed_trial_is_refused(development):
    with pytest.raises(EvidenceError, match="No trial was completed"):
        challengers.tune("logit", development, Budget(1, seconds=1e-9), 1)


def test_a_challenger_that_cannot_be_calibrated_is_a_failure(made_up, rows):
    found = challengers.tune_all(made_up, rows, Budget(1), 1, ["logit"])
    turned = rows.set_column(rows.schema.get_field_index("@bad"), "@bad", pa.array(1 - rows.column("@bad").to_numpy()))
    after = challengers.calibrate_all(found, Calibration("linear", sample="test"), Scaling(), {"test": turned})
    assert after.tuned == {}
    assert [(each.model, each.stage) for each in after.failures] == [("logit", "calibration")]
    assert "higher scores would not be safer" in after.failures[0].reason


def test_a_challenger_that_breaks_when_it_is_used_is_a_failure_and_the_others_go_on(made_up, rows):
    found = challengers.tune_all(made_up, rows, Budget(1), 1, ["logit", "decision_tree"])
    mute = replace(found.tuned["logit"], estimator=object())
    found = replace(found, tuned={**found.tuned, "logit": mute})
    after = challengers.calibrate_all(found, Calibration(), Scaling(), {"development": rows})
    assert list(after.tuned) == ["decision_tree"]
    assert [(each.model, each.stage) for each in after.failures] == [("logit", "answer")]


def stopped(made_up, rows, name):
    """Return the rounds at which a challenger stops, what makes it, and the rows that train it and that stop it."""
    prepared, challenger = Development.of(made_up, rows, 1), CHALLENGERS[name]
    matrix, encoder = prepared.matrix(challenger.encoding), prepared.encoder(challenger.encoding)
    train, held = matrix.part(slice(0, 700)), matrix.part(slice(700, None))
    rounds = challenger.stop(challenger.make(challenger.start, encoder, 1), train, held)
    return rounds, lambda more: challenger.make(challenger.start | more, encoder, 1), train, held


def test_boosting_stops_at_its_best_round(made_up, rows):
    best, make, train, held = stopped(made_up, rows, "hist_gradient_boosting")
    losses = [
        log_loss(held.bad, predict(fit(make({"rounds": each}), train), held.features)) for each in (best, best + 1, best + 2)
    ]
    assert losses[0] == min(losses)


def test_the_perceptron_stops_at_its_best_pass(made_up, rows):
    best, make, train, held = stopped(made_up, rows, "multilayer_perceptron")
    *prepare, layer = make({}).named_steps.values()
    inputs, watched = train.features, held.features
    for each in prepare:
        inputs, watched = each.fit_transform(inputs), each.transform(watched)
    losses = []
    for _ in range(best + 3):
        layer.partial_fit(inputs, train.bad, classes=[0, 1])
        losses.append(log_loss(held.bad, layer.predict_proba(watched)[:, 1]))
    assert int(np.argmin(losses)) + 1 == best


def test_no_challenger_is_a_table_without_rows():
    nothing = challengers.Searched()
    tables = [challengers.trials_table(nothing), challengers.summary(nothing), challengers.failures_table(nothing)]
    assert [len(table) for table in tables] == [0, 0, 0]
    assert "auc" in tables[0]


# Names


def test_names_between_commas_choose_in_the_order_of_the_catalogue():
    assert challengers.chosen("logit, xgboost") == ("xgboost", "logit")
    assert challengers.chosen("") == tuple(CHALLENGERS)


def test_a_name_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(SettingsError, match=r"challengers names xgbost, which is none. Did you mean xgboost\?"):
        challengers.chosen("xgbost")


# Levels, missing values and weights


@pytest.mark.parametrize("name", CHALLENGERS)
def test_every_challenger_answers_missing_and_unseen_values(simple, rows, name):
    odd = pa.table({"debt": [None, float("inf")], "income": [None, 0.0], "home": [None, "castle"], "noise": [None, 0.0]})
    found = simple[name].pd(odd)
    assert np.isfinite(found).all()
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("name", ["xgboost", "hist_gradient_boosting", "random_forest", "logit"])
def test_every_challenger_learns_what_a_level_and_a_code_say(simple, rows, name):
    """In the made-up rows the code is as bad as a debt of 1.5, and rent is worse than an own home."""
    base = {"income": [0.0] * 4, "noise": [0.0] * 4}
    found = simple[name].pd(pa.table(base | {"debt": [-1.0, -9.0, 0.0, 0.0], "home": ["own", "own", "own", "rent"]}))
    assert found[1] > found[0]
    assert found[3] > found[2]


@pytest.mark.parametrize("name", CHALLENGERS)
def test_weights_train(made_up, rows, simple, name):
    """Bads that weigh five times as much make everybody riskier."""
    weight = 1.0 + 4 * rows.column("@bad").to_numpy()
    weighted = rows.set_column(rows.schema.get_field_index("@weight"), "@weight", pa.array(weight))
    found = challengers.tune(name, Development.of(made_up, weighted, 1), Budget(1), 1)
    assert found.raw(rows).mean() > simple[name].raw(rows).mean() + 0.1


# A line added by a newcomer


def extra_trees(settings, encoder, seed):
    """Return a forest of random splits."""
    return make_pipeline(SimpleImputer(), ExtraTreesClassifier(20, **settings, random_state=seed))


def extra_trees_space(trial):
    return {"max_depth": trial.suggest_int("max_depth", 3, 6)}


def test_a_challenger_added_as_one_line_is_tuned_calibrated_explained_compared_and_saved(monkeypatch, made_up, rows, tmp_path):
    monkeypatch.setitem(CHALLENGERS, "extra_trees", Challenger(extra_trees, extra_trees_space))
    names = challengers.chosen("extra_trees, logit")
    tables = {"development": rows, "test": rows}
    found = challengers.tune_all(made_up, rows, Budget(2), 1, names)
    found = challengers.calibrate_all(found, Calibration("linear", sample="test"), Scaling(), tables)
    assert list(found.tuned) == ["logit", "extra_trees"]
    added = found.tuned["extra_trees"]
    assert len(added.search.trials) == 2
    assert added.calibration.method == "linear"
    explained = challengers.contributions(added, rows.slice(0, 3), rows.slice(100, 10))
    assert explained.values.sum(axis=1) + explained.base == pytest.approx(added.log_odds(rows.slice(0, 3)))
    assert challengers.dependence(added, rows.slice(0, 50), "debt", 4)["pd"].between(0, 1).all()
    assert roc_auc_score(rows.column("@bad").to_numpy(), added.pd(rows)) > 0.7
    again = challengers.load(challengers.save(added, tmp_path)["challenger"])
    assert again.pd(rows).tolist() == added.pd(rows).tolist()
