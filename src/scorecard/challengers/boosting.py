"""Boosted trees: monotone by the bins' direction, with levels and missing values as they are, stopped on rows of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from sklearn.ensemble import HistGradientBoostingClassifier
from xgboost import XGBClassifier

from scorecard.challengers.encoding import Encoder
from scorecard.challengers.rows import Matrix

MOST_ROUNDS = 300
PATIENCE = 10  # rounds without a gain in log loss
DEPTH = 6  # of histogram boosting: exact Shapley values count the subsets of a path
XGBOOST_START = {
    "max_depth": 3, "learning_rate": 0.1, "min_child_weight": 5.0, "subsample": 0.8, "colsample_bytree": 0.7, "reg_lambda": 1.0,
}  # fmt: skip
HISTOGRAM_START = {"max_leaf_nodes": 8, "learning_rate": 0.1, "min_samples_leaf": 20, "l2_regularization": 1.0}


def xgboost(settings: Mapping[str, Any], encoder: Encoder, seed: int) -> Any:
    """Return an XGBoost classifier; without `rounds` it stops early."""
    tried = {key: value for key, value in settings.items() if key != "rounds"}
    stopping = {} if "rounds" in settings else {"early_stopping_rounds": PATIENCE}
    return XGBClassifier(
        **tried, **stopping, n_estimators=settings.get("rounds", MOST_ROUNDS), eval_metric="logloss", tree_method="hist",
        monotone_constraints=tuple(encoder.constraints), enable_categorical=True,
        feature_types=["c" if each else "q" for each in encoder.categorical],
        n_jobs=1, random_state=seed,  # one thread: sums in several are not the same in their last bits twice
    )  # fmt: skip


def xgboost_space(trial: optuna.Trial) -> dict[str, Any]:
    """Return the settings of a trial."""
    return {
        "max_depth": trial.suggest_int("max_depth", 2, 5),
        "learning_rate": trial.suggest_float("learning_rate", 0.05, 0.3, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 1.0, 50.0, log=True),
        "subsample": trial.suggest_float("subsample", 0.6, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.1, 10.0, log=True),
    }


def stop_xgboost(estimator: Any, train: Matrix, held: Matrix) -> int:
    """Fit until the held-out rows no longer gain; return the best number of rounds."""
    watched = {"eval_set": [(held.features, held.bad)], "verbose": False}
    if train.weight is not None:
        watched |= {"sample_weight": train.weight, "sample_weight_eval_set": [held.weight]}
    estimator.fit(train.features, train.bad, **watched)
    return int(estimator.best_iteration) + 1


def histogram(settings: Mapping[str, Any], encoder: Encoder, seed: int) -> Any:
    """Return scikit-learn's histogram gradient boosting; without `rounds` it stops early."""
    tried = {key: value for key, value in settings.items() if key != "rounds"}
    return HistGradientBoostingClassifier(
        **tried, max_iter=settings.get("rounds", MOST_ROUNDS), max_depth=DEPTH, monotonic_cst=encoder.constraints,
        categorical_features=np.array(encoder.categorical) if any(encoder.categorical) else None,
        early_stopping="rounds" not in settings, n_iter_no_change=PATIENCE, random_state=seed,
    )  # fmt: skip


def histogram_space(trial: optuna.Trial) -> dict[str, Any]:
    """Return the settings of a trial."""
    return {
        "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, 24, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.05, 0.3, log=True),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 10, 200, log=True),
        "l2_regularization": trial.suggest_float("l2_regularization", 0.01, 10.0, log=True),
    }


def stop_histogram(estimator: Any, train: Matrix, held: Matrix) -> int:
    """Fit until the held-out rows no longer gain; return the best number of rounds."""
    estimator.fit(
        train.features, train.bad, sample_weight=train.weight,
        X_val=held.features, y_val=held.bad, sample_weight_val=held.weight,
    )  # fmt: skip
    return max(1, int(np.argmax(estimator.validation_score_)))  # the first score is that of no round at all
