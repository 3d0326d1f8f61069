from __future__ import annotations

import logging
from dataclasses import replace
from statistics import median

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from scorecard import challengers
from scorecard.challengers import CHALLENGERS, Budget, Challenger, Development, Search, Trial
from scorecard.challengers.search import search
from scorecard.errors import DataError, SettingsError


class Single:
    """Takes one feature for the risk; which one is a setting. It fails where it is told to."""

    def __init__(self, feature, fails=False):
        self.feature, self.fails = feature, fails

    def fit(self, features, bad):
        if self.fails:
            raise ValueError("no luck\nthis time")
        return self

    def predict_proba(self, features):
        risk = np.nan_to_num(features[:, self.feature])
        return np.column_stack([-risk, risk])


def space(trial):
    return {"feature": trial.suggest_int("feature", 0, 1)}


def make(settings, encoder, seed):
    """Feature 0 is the debt, which orders risk; feature 1 is something that does so less."""
    return Single((0, len(encoder.features) - 1)[settings["feature"]])


TOY = Challenger(make, space, {"feature": 0})


def test_the_start_is_tried_first(development):
    assert search("toy", replace(TOY, start={"feature": 1}), development, Budget(1), 1).trials[0].settings == {"feature": 1}


@pytest.mark.parametrize("name", CHALLENGERS)
def test_the_start_of_every_challenger_lies_in_its_space(name):
    import optuna  # noqa: PLC0415

    start = CHALLENGERS[name].start
    study = optuna.create_study()
    study.enqueue_trial(dict(start))
    trial = study.ask()
    assert CHALLENGERS[name].space(trial) == start
    assert trial.params == start
    assert all(distribution.low <= start[key] <= distribution.high for key, distribution in trial.distributions.items())


def test_a_trial_has_the_auc_of_rows_that_did_not_train_it(development):
    """The second computation: the logit of the catalogue fitted by hand in each fold, scikit-learn's AUC."""
    found = search("logit", CHALLENGERS["logit"], development, Budget(1), 1).trials[0]
    encoder, matrix = development.encoder("indicators"), development.matrix("indicators")
    expected = []
    for train, held in development.splits.folds:
        made = CHALLENGERS["logit"].make({"C": 1.0}, encoder, 1).fit(matrix.features[train], matrix.bad[train])
        expected.append(roc_auc_score(matrix.bad[held], made.predict_proba(matrix.features[held])[:, 1]))
    assert found.aucs == pytest.approx(expected, abs=1e-12)
    assert found.auc == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_trial_that_falls_behind_is_pruned_after_a_fold_and_kept(development):
    found = search("toy", TOY, development, Budget(20), 1)
    pruned = [trial for trial in found.trials if trial.state == "pruned"]
    assert pruned
    assert {len(trial.aucs) for trial in pruned} == {1}
    assert {trial.settings["feature"] for trial in pruned} == {1}
    assert len(found.trials) == 20
    assert found.best.settings == {"feature": 0}


def test_a_trial_that_fails_is_kept_with_its_reason_and_stops_nothing(development):
    found = search(
        "toy", replace(TOY, make=lambda settings, encoder, seed: Single(0, settings["feature"] == 1)), development, Budget(8), 1
    )
    failed = [trial for trial in found.trials if trial.state == "failed"]
    assert failed
    assert {trial.reason for trial in failed} == {"ValueError: no luck this time"}
    assert {trial.settings["feature"] for trial in failed} == {1}
    assert found.count("completed") + found.count("pruned") == 8 - len(failed)


def test_a_space_that_fails_is_a_failed_trial(development):
    def broken(trial):
        raise DataError("Nothing to try.")

    found = search("toy", replace(TOY, space=broken), development, Budget(2), 1)
    assert [(trial.state, trial.reason) for trial in found.trials] == [("failed", "Nothing to try.")] * 2
    assert found.best is None


def test_a_search_that_time_ends_says_so(development, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr("scorecard.challengers.search.time.monotonic", lambda: next(clock))
    found = search("toy", TOY, development, Budget(50, seconds=30.0), 1)
    assert found.stopped_by == "seconds"
    assert 0 < len(found.trials) < 50
    assert found.best is not None


def test_a_trial_that_time_ends_is_no_completed_one(development, monkeypatch):
    clock = iter([0.0, 0.0, 0.0, 9.0, 9.0, 9.0])
    monkeypatch.setattr("scorecard.challengers.search.time.monotonic", lambda: next(clock))
    found = search("toy", TOY, development, Budget(1, seconds=1.0), 1)
    assert [trial.state for trial in found.trials] == ["out of time"]
    assert len(found.trials[0].aucs) == 1
    assert (found.stopped_by, found.best) == ("seconds", None)


def test_a_search_within_its_trials_is_reproducible(development):
    assert search("toy", TOY, development, Budget(3), 1).stopped_by == "trials"


def plain(found: Search):
    """Return what two equal searches have in common: all but the time."""
    return [replace(trial, seconds=0.0) for trial in found.trials]


@pytest.mark.parametrize("name", CHALLENGERS)
def test_the_order_of_rows_changes_neither_the_search_nor_the_model(made_up, rows, development, name):
    shuffled = rows.take(pa.array(np.random.default_rng(3).permutation(rows.num_rows)))
    first, second = (challengers.tune(name, each, Budget(2), 1) for each in (development, Development.of(made_up, shuffled, 1)))
    assert plain(first.search) == plain(second.search)
    assert first.raw(rows).tolist() == second.raw(rows).tolist()


def test_the_order_of_rows_changes_no_later_trial(made_up, rows, development):
    other = Development.of(made_up, rows.take(pa.array(np.arange(rows.num_rows)[::-1])), 1)
    first, second = (search("logit", CHALLENGERS["logit"], each, Budget(7), 1) for each in (development, other))
    assert plain(first) == plain(second)
    assert len({trial.settings["C"] for trial in first.trials}) == 7


def test_another_seed_tries_other_settings(development):
    first, second = (search("logit", CHALLENGERS["logit"], development, Budget(2), seed).trials[1] for seed in (1, 2))
    assert first.settings != second.settings


def test_weights_judge(made_up, rows):
    """Where the bads that the debt finds weigh nothing, it finds none."""
    weight = np.where((rows.column("@bad").to_numpy() == 1) & (rows.column("debt").to_numpy() > 0), 0.0, 1.0)
    weighted = rows.set_column(rows.schema.get_field_index("@weight"), "@weight", pa.array(weight))

    class Weighted(Single):
        def fit(self, features, bad, sample_weight=None):
            return super().fit(features, bad)

    toy = replace(TOY, make=lambda settings, encoder, seed: Weighted(0))
    plain, without = (search("toy", toy, Development.of(made_up, each, 1), Budget(1), 1).best.auc for each in (rows, weighted))
    assert without < 0.5 < plain


@pytest.mark.parametrize("name", ["xgboost", "hist_gradient_boosting", "multilayer_perceptron"])
def test_models_that_grow_are_fitted_with_the_median_of_the_rounds_that_folds_kept(simple, name):
    trial = simple[name].search.best
    assert len(trial.rounds) == 3
    assert simple[name].settings["rounds"] == int(median(trial.rounds))


def test_the_fitted_models_have_as_many_rounds(simple):
    boosted, histogram = simple["xgboost"], simple["hist_gradient_boosting"]
    assert boosted.estimator.get_booster().num_boosted_rounds() == boosted.settings["rounds"]
    assert histogram.estimator.n_iter_ == histogram.settings["rounds"]
    assert len(simple["random_forest"].estimator[-1].estimators_) == 100


def test_each_trial_is_heard_of_and_logged(development, caplog):
    heard = []
    with caplog.at_level(logging.INFO, logger="scorecard.challengers.search"):
        search("toy", TOY, development, Budget(3), 1, lambda name, trial: heard.append((name, trial.number)))
    assert heard == [("toy", 0), ("toy", 1), ("toy", 2)]
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 3
    assert lines[0].startswith("trial finished challenger=toy trial=0 state=completed auc=0.")


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ({"trials": 0}, "trials = 0; expected 1 or more"),
        ({"seconds": 0.0}, "seconds = 0.0; expected a limit above 0"),
        ({"seconds": float("nan")}, "seconds = nan; expected a limit above 0"),
    ],
)
def test_a_budget_of_nothing_is_refused(budget, message):
    with pytest.raises(SettingsError, match=message):
        Budget(**budget)


def test_the_first_of_equal_trials_is_the_best():
    trials = tuple(Trial(place, "completed", {"C": place}, (0.7, 0.8)) for place in range(2))
    assert Search(trials).best.number == 0
    assert Search(()).best is None
