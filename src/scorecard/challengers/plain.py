"""scikit-learn's forest, perceptron, logit and tree, on indicators: missing numbers take the median, and a column says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from scorecard.challengers.encoding import Encoder
from scorecard.challengers.estimators import fit
from scorecard.challengers.rows import Matrix

TREES, SEARCH_TREES = 100, 40  # more trees only steady a forest, so the search grows fewer than the fit
FOREST_ROWS, NETWORK_ROWS = 100_000, 200_000  # convention: some ten seconds of a fit; more rows hardly move either
MOST_ROUNDS = 50  # passes over the rows
PATIENCE = 3
FOREST_START = {"max_depth": 8, "min_samples_leaf": 0.005, "max_features": 0.2}
NETWORK_START = {"units": 16, "alpha": 0.01, "learning_rate_init": 0.005}
LOGIT_START = {"C": 1.0}
TREE_START = {"max_depth": 5, "min_samples_leaf": 0.02}


def forest(settings: Mapping[str, Any], encoder: Encoder, seed: int) -> Any:
    """Return a random forest, monotone by the bins' direction; each tree grows on half of the rows."""
    tried = {key: value for key, value in settings.items() if key != "rounds"}
    grown = RandomForestClassifier(
        **tried, n_estimators=settings.get("rounds", SEARCH_TREES), max_samples=0.5, monotonic_cst=encoder.constraints,
        n_jobs=1, random_state=seed,
    )  # fmt: skip
    return make_pipeline(_filled(), grown)


def forest_space(trial: optuna.Trial) -> dict[str, Any]:
    """Return the settings of a trial."""
    return {
        "max_depth": trial.suggest_int("max_depth", 4, 10),
        "min_samples_leaf": trial.suggest_float("min_samples_leaf", 0.001, 0.02, log=True),
        "max_features": trial.suggest_float("max_features", 0.1, 0.35),
    }


def stop_forest(estimator: Pipeline, train: Matrix, held: Matrix) -> int:
    """Fit the forest of the search; return how many trees the fitted one has."""
    fit(estimator, train)
    return TREES


def network(settings: Mapping[str, Any], encoder: Encoder, seed: int) -> Any:
    """Return a perceptron with one hidden layer on standardised inputs; `rounds` are passes over the rows."""
    tried = {key: value for key, value in settings.items() if key not in {"rounds", "units"}}
    rounds = settings.get("rounds", MOST_ROUNDS)
    layer = MLPClassifier(
        **tried, hidden_layer_sizes=(settings["units"],), max_iter=rounds, n_iter_no_change=rounds, random_state=seed
    )
    return make_pipeline(_filled(), StandardScaler(), layer)


def network_space(trial: optuna.Trial) -> dict[str, Any]:
    """Return the settings of a trial."""
    return {
        "units": trial.suggest_int("units", 4, 32, log=True),
        "alpha": trial.suggest_float("alpha", 1e-4, 1.0, log=True),
        "learning_rate_init": trial.suggest_float("learning_rate_init", 2e-3, 2e-2, log=True),
    }


def stop_network(estimator: Pipeline, train: Matrix, held: Matrix) -> int:
    """Fit pass by pass until the log loss of the held-out rows no longer falls; return the best number of passes."""
    prepared, layer = estimator[:-1], estimator[-1]
    inputs, watched = prepared.fit_transform(train.features), prepared.transform(held.features)
    best, since, rounds = np.inf, 0, 0
    while rounds < MOST_ROUNDS and since < PATIENCE:
        layer.partial_fit(inputs, train.bad, sample_weight=train.weight, classes=np.array([0, 1]))
        loss = log_loss(held.bad, layer.predict_proba(watched)[:, 1], sample_weight=held.weight)
        best, since, rounds = (loss, 0, rounds + 1) if loss < best else (best, since + 1, rounds + 1)
    return max(1, rounds - since)


def logit(settings: Mapping[str, Any], encoder: Encoder, seed: int) -> Any:
    """Return a logistic regression on standardised inputs; `C` is the inverse of its penalty."""
    return make_pipeline(_filled(), StandardScaler(), LogisticRegression(**settings, max_iter=2000))


def logit_space(trial: optuna.Trial) -> dict[str, Any]:
    """Return the settings of a trial."""
    return {"C": trial.suggest_float("C", 1e-3, 10.0, log=True)}


def tree(settings: Mapping[str, Any], encoder: Encoder, seed: int) -> Any:
    """Return a decision tree, monotone by the bins' direction."""
    return make_pipeline(_filled(), DecisionTreeClassifier(**settings, monotonic_cst=encoder.constraints, random_state=seed))


def tree_space(trial: optuna.Trial) -> dict[str, Any]:
    """Return the settings of a trial."""
    return {
        "max_depth": trial.suggest_int("max_depth", 3, 7),
        "min_samples_leaf": trial.suggest_float("min_samples_leaf", 0.005, 0.05, log=True),
    }


def _filled() -> SimpleImputer:
    """Return what fills missing numbers with the median; a column without any number keeps its place."""
    return SimpleImputer(strategy="median", keep_empty_features=True)
