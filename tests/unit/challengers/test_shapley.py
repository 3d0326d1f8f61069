from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations
from math import factorial

import numpy as np
import pyarrow as pa
import pytest

from scorecard import challengers
from scorecard.challengers import CHALLENGERS, shapley, trees
from scorecard.challengers.estimators import predict
from scorecard.challengers.tuned import log_odds
from scorecard.errors import EvidenceError

EXACT = {"xgboost": "trees", "hist_gradient_boosting": "trees", "decision_tree": "trees", "logit": "linear"}
SINGLE = 2e-5  # what XGBoost's single precision leaves of log-odds


@pytest.fixture(scope="module")
def few(rows) -> pa.Table:
    """Six customers: two as they are, one with the code, one with nothing known, and one of a level never seen."""
    odd = pa.table({
        "debt": [-9.0, None, 0.3, 2.0], "income": [0.5, None, None, -1.0], "home": ["rent", None, "castle", "own"], "noise": [0.0, None, 1.0, 0.2],
    }).cast(rows.select(["debt", "income", "home", "noise"]).schema)  # fmt: skip
    return pa.concat_tables([rows.select(["debt", "income", "home", "noise"]).slice(0, 2), odd])


@pytest.fixture(scope="module")
def reference(rows) -> pa.Table:
    return rows.slice(100, 30)


def by_definition(tuned, table, reference):
    """Return Shapley values by their definition over all subsets, characteristics left out taking the reference's values (Shapley 1953)."""
    rows, others = tuned.encoder.transform(table), tuned.encoder.transform(reference)
    groups, players = tuned.encoder.groups, range(len(tuned.encoder.names))
    coalitions = [
        frozenset(each) for each in chain.from_iterable(combinations(players, size) for size in range(len(players) + 1))
    ]
    taken = np.array([np.isin(groups, list(each)) for each in coalitions])
    mixed = np.where(taken[None, :, None, :], rows[:, None, None, :], others[None, None, :, :])
    odds = log_odds(predict(tuned.estimator, mixed.reshape(-1, len(groups))), tuned.least)
    worth = dict(zip(coalitions, odds.reshape(mixed.shape[:3]).mean(axis=2).T, strict=True))
    found = np.zeros((len(rows), len(players)))
    for player in players:
        for each in coalitions:
            if player not in each:
                share = factorial(len(each)) * factorial(len(players) - len(each) - 1) / factorial(len(players))
                found[:, player] += share * (worth[each | {player}] - worth[each])
    return found


@pytest.mark.parametrize(("name", "way"), EXACT.items())
def test_exact_values_are_those_of_their_definition(simple, few, reference, name, way):
    found = challengers.contributions(simple[name], few, reference)
    assert found.way == way
    assert not found.error.any()
    np.testing.assert_allclose(found.values, by_definition(simple[name], few, reference), atol=SINGLE)


@pytest.mark.parametrize("name", ["random_forest", "multilayer_perceptron"])
def test_sampled_values_are_those_of_their_definition_within_their_error(simple, few, reference, name):
    found = challengers.contributions(simple[name], few, reference)
    assert (found.way, found.compared) == ("sampled", 30)
    off = np.abs(found.values - by_definition(simple[name], few, reference))
    assert (off <= 4 * found.error + 1e-9).all()


@pytest.mark.parametrize("name", CHALLENGERS)
def test_values_and_base_sum_to_the_log_odds(simple, few, reference, name):
    tuned = simple[name]
    found = challengers.contributions(tuned, few, reference)
    assert found.names == ("debt", "income", "home", "noise")
    np.testing.assert_allclose(found.values.sum(axis=1) + found.base, tuned.log_odds(few), atol=SINGLE)
    assert found.base == pytest.approx(tuned.log_odds(reference).mean(), abs=SINGLE)


@pytest.mark.parametrize("name", CHALLENGERS)
def test_the_order_of_the_customers_compared_with_does_not_matter(simple, few, rows, name):
    others = rows.slice(0, 90)
    turned = others.take(pa.array(np.random.default_rng(2).permutation(90)))
    first, second = (challengers.contributions(simple[name], few.slice(0, 1), each).values for each in (others, turned))
    np.testing.assert_allclose(first, second, atol=1e-9)


@pytest.mark.parametrize("name", CHALLENGERS)
def test_a_customer_compared_with_himself_has_nothing_to_explain(simple, rows, name):
    found = challengers.contributions(simple[name], rows.slice(3, 1), rows.slice(3, 1))
    np.testing.assert_allclose(found.values, 0, atol=1e-12)


@pytest.mark.parametrize("name", ["xgboost", "hist_gradient_boosting", "decision_tree"])
def test_trees_read_from_a_library_give_its_log_odds(simple, tuned, few, developed, name):
    for model, table in ((simple[name], few), (tuned[name], developed.test)):
        ensemble, before = trees.ensemble(model.estimator, model.least)
        features = model.encoder.transform(table)
        for step in before:
            features = step.transform(features)
        found = ensemble.base + sum(trees.value(tree, ensemble.typed(features)) for tree in ensemble.trees)
        np.testing.assert_allclose(found, model.log_odds(table), atol=SINGLE)


def test_trees_that_split_on_levels_are_among_them(simple):
    """What the values above rest on: both boosted models split on the home, with levels on either side."""
    for name in ("xgboost", "hist_gradient_boosting"):
        ensemble, _ = trees.ensemble(simple[name].estimator, simple[name].least)
        assert any(node.left_levels is not None for tree in ensemble.trees for node in tree.nodes.values())


def test_on_german_credit_exact_values_are_sampled_ones_within_their_error(tuned, developed):
    model, rows, others = tuned["xgboost"], developed.test.slice(0, 5), developed.development.slice(0, 40)
    exact = challengers.contributions(model, rows, others)
    walked = shapley._sampled(model, model.encoder.transform(rows), model.encoder.transform(others), 1)
    assert np.abs(walked.values - exact.values).max() < 0.25
    assert ((walked.values - exact.values) ** 2).sum() < 4 * (walked.error**2).sum()


def test_ways_through_too_many_characteristics_are_sampled(simple, few, reference, monkeypatch):
    monkeypatch.setattr(shapley, "MOST_ON_A_WAY", 1)
    assert challengers.contributions(simple["xgboost"], few, reference).way == "sampled"


def test_trees_that_are_not_their_librarys_are_not_believed(simple, few, reference, monkeypatch):
    read = trees.ensemble(simple["xgboost"].estimator, 1e-6)
    wrong = replace(read[0], base=read[0].base + 0.1), read[1]
    monkeypatch.setattr(trees, "ensemble", lambda *_: wrong)
    assert challengers.contributions(simple["xgboost"], few, reference).way == "sampled"


def test_a_booster_that_holds_no_trees_is_sampled(simple, rows, few, reference):
    from xgboost import XGBClassifier  # noqa: PLC0415

    model = simple["decision_tree"]  # whose indicators are plain numbers
    line = XGBClassifier(booster="gblinear", n_estimators=5, n_jobs=1)
    line.fit(np.nan_to_num(model.encoder.transform(rows)), rows.column("@bad").to_numpy())
    found = challengers.contributions(replace(model, estimator=line), few, reference)
    assert found.way == "sampled"


def test_a_logit_behind_steps_that_mix_columns_is_sampled(simple, rows, few, reference):
    from sklearn.decomposition import PCA  # noqa: PLC0415
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    model = simple["logit"]
    mixed = make_pipeline(SimpleImputer(), PCA(3), LogisticRegression()).fit(model.encoder.transform(rows), rows.column("@bad"))
    found = challengers.contributions(replace(model, estimator=mixed), few, reference)
    assert found.way == "sampled"
    np.testing.assert_allclose(found.values.sum(axis=1) + found.base, replace(model, estimator=mixed).log_odds(few))


def test_a_customer_in_a_pure_leaf_has_finite_contributions(simple, few, reference):
    for name in ("decision_tree", "random_forest"):
        assert np.isfinite(challengers.contributions(replace(simple[name], least=1e-4), few, reference).values).all()


def test_at_most_forty_customers_are_sampled_from(simple, few, rows):
    assert challengers.contributions(simple["multilayer_perceptron"], few, rows).compared == 40


def test_nobody_to_compare_with_is_refused(simple, few, reference):
    with pytest.raises(EvidenceError, match="no customers to compare with"):
        challengers.contributions(simple["xgboost"], few, reference.slice(0, 0))


@pytest.mark.parametrize("name", CHALLENGERS)
def test_no_customers_have_no_contributions(simple, few, reference, name):
    assert challengers.contributions(simple[name], few.slice(0, 0), reference).values.shape == (0, 4)


def test_importance_is_the_mean_absolute_contribution_the_largest_first(simple, rows, reference):
    found = challengers.contributions(simple["xgboost"], rows.slice(0, 200), reference)
    table = challengers.importance(found)
    assert table["share"].sum() == pytest.approx(1)
    assert list(table["importance"]) == sorted(table["importance"], reverse=True)
    first = table.iloc[-1]
    assert first["characteristic"] == "noise"
    assert first["importance"] == pytest.approx(np.abs(found.values[:, 3]).mean())


def test_a_tree_without_a_split_explains_nothing(simple, few, reference, rows):
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415

    stump = DecisionTreeClassifier(min_samples_leaf=0.9).fit(np.zeros((rows.num_rows, 10)), rows.column("@bad").to_numpy())
    found = challengers.contributions(replace(simple["decision_tree"], estimator=stump), few, reference)
    assert not found.values.any()
    assert challengers.importance(found)["share"].sum() == 0
