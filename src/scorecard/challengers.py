"""Challengers: more complex models on the same rows, monotone where the bins are, tuned by a bounded search."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
import pandas
import pyarrow as pa
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits
from xgboost import XGBClassifier

from scorecard import metrics
from scorecard.errors import SettingsError
from scorecard.woe import Characteristic, column, numbers

Floats = npt.NDArray[np.float64]
FOLDS = 3
TRUSTED = ["numpy.dtype", "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]
DIRECTION = {"ascending": 1, "descending": -1}


@dataclass(frozen=True)
class Encoder:
    """Turn a table into numbers for tree models, from the bins alone.

    A numeric characteristic gives its value (special codes become missing) and one 0/1 column per special code;
    a categorical one gives the WoE of its bin.

    Attributes
    ----------
    characteristics : tuple of Characteristic
    """

    characteristics: tuple[Characteristic, ...]

    def features(self) -> list[str]:
        """Return the names of the columns of `transform`."""
        return [
            name for each in self.characteristics for name in [each.name, *(f"{each.name} = {code}" for code in _codes(each))]
        ]

    def constraints(self) -> list[int]:
        """Return per feature 1 where risk must rise with it, -1 where it must fall, else 0."""
        found = []
        for each in self.characteristics:
            direction = -1 if each.kind == "categorical" else DIRECTION.get(each.trend, 0)
            found += [direction] + [0] * len(_codes(each))
        return found

    def transform(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Return the features of each row, shape (rows, features); missing is NaN."""
        parts = []
        for each in self.characteristics:
            values = column(table, each.name)
            if each.kind == "categorical":
                parts.append(each.woe[each.assign(values)])
                continue
            found, codes = numbers(values), _codes(each)
            parts.append(np.where(np.isin(found, codes), np.nan, found))
            parts += [(found == code).astype(np.float64) for code in codes]
        return np.column_stack(parts)

    def to_json(self) -> str:
        """Return the encoder as text."""
        return json.dumps([each.to_dict() for each in self.characteristics], ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Encoder:
        """Rebuild what `to_json` wrote."""
        return cls(tuple(Characteristic.from_dict(each) for each in json.loads(text)))


def _codes(each: Characteristic) -> list[float]:
    return [float(found.values[0]) for found in each.bins if found.kind == "special" and each.kind == "numeric"]


@dataclass(frozen=True)
class Challenger:
    """An unfitted estimator and its search space."""

    make: Callable[[Mapping[str, Any], Sequence[int], int], BaseEstimator]
    space: Callable[[optuna.Trial], dict[str, Any]]


def _xgboost(settings: Mapping[str, Any], constraints: Sequence[int], seed: int) -> BaseEstimator:
    # One thread: sums in several threads are not the same in their last bits twice.
    return XGBClassifier(**settings, monotone_constraints=tuple(constraints), tree_method="hist", n_jobs=1, random_state=seed)


def _xgboost_space(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 100, 400, step=50),
        "max_depth": trial.suggest_int("max_depth", 2, 5),
        "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.15, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 1.0, 50.0, log=True),
        "subsample": trial.suggest_float("subsample", 0.6, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
    }


def _boosting(settings: Mapping[str, Any], constraints: Sequence[int], seed: int) -> BaseEstimator:
    return HistGradientBoostingClassifier(**settings, monotonic_cst=list(constraints), early_stopping=False, random_state=seed)


def _boosting_space(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "max_iter": trial.suggest_int("max_iter", 50, 200, step=50),
        "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, 24, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.15, log=True),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 10, 200, log=True),
        "l2_regularization": trial.suggest_float("l2_regularization", 0.01, 10.0, log=True),
    }


CHALLENGERS: dict[str, Challenger] = {
    "xgboost": Challenger(_xgboost, _xgboost_space),
    "hist_gradient_boosting": Challenger(_boosting, _boosting_space),
}


@dataclass(frozen=True)
class Tuned:
    """A challenger after its search: the fitted estimator, its settings, and the out-of-fold AUC of every trial."""

    name: str
    estimator: Any
    encoder: Encoder
    settings: dict[str, Any]
    trials: list[dict[str, Any]]

    def pd(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Return the PD of each row, shape (rows,)."""
        return predict(self.estimator, self.encoder.transform(table))


def predict(estimator: Any, features: Floats) -> Floats:
    """Return the chance of bad, shape (rows,)."""
    with threadpool_limits(1):
        return np.asarray(estimator.predict_proba(features)[:, 1], dtype=np.float64)


def tune(name: str, encoder: Encoder, table: pa.Table, bad: npt.NDArray[np.int64], trials: int, seed: int) -> Tuned:
    """Search a challenger's settings by out-of-fold AUC and fit the best on all rows.

    Parameters
    ----------
    name : str
        A key of `CHALLENGERS`.
    table : pyarrow.Table
        Development rows.
    bad : array of shape (rows,)
    trials : int
        Budget of the search.
    seed : int
    """
    if trials < 1:
        raise SettingsError(f"trials = {trials}; expected 1 or more. Change the parameter.")
    challenger, features, constraints = CHALLENGERS[name], encoder.transform(table), encoder.constraints()
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(features, bad))

    def out_of_fold(trial: optuna.Trial) -> float:
        settings = challenger.space(trial)
        found = np.empty(len(bad))
        for train, held in folds:
            estimator = challenger.make(settings, constraints, seed).fit(features[train], bad[train])
            found[held] = predict(estimator, features[held])
        return metrics.auc(bad, found)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    with threadpool_limits(1):
        study.optimize(out_of_fold, n_trials=trials)
        best = challenger.space(optuna.trial.FixedTrial(study.best_params))
        estimator = challenger.make(best, constraints, seed).fit(features, bad)
    table_of_trials = [{"trial": trial.number, "auc": trial.value, **trial.params} for trial in study.trials]
    return Tuned(name, estimator, encoder, best, table_of_trials)


def tune_all(encoder: Encoder, table: pa.Table, bad: npt.NDArray[np.int64], trials: int, seed: int) -> dict[str, Tuned]:
    """Tune every challenger of `CHALLENGERS` on the same rows."""
    return {name: tune(name, encoder, table, bad, trials, seed) for name in CHALLENGERS}


def trials_table(tuned: Mapping[str, Tuned]) -> pandas.DataFrame:
    """Return every setting tried, with its out-of-fold AUC."""
    return pandas.DataFrame([{"model": name, **trial} for name, each in tuned.items() for trial in each.trials])


@dataclass(frozen=True)
class Sweep:
    """How far a model strays from a monotone constraint: the largest step in the wrong direction, in PD."""

    feature: str
    direction: int
    violation: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def sweep(tuned: Tuned, features: Floats, points: int = 25) -> list[Sweep]:
    """Prove monotonicity: move one constrained feature over its range, all else fixed, and look for a wrong step.

    Parameters
    ----------
    features : array of shape (rows, features)
        Rows to sweep from, such as a sample of development.
    points : int
        Values of the grid: quantiles of the feature.
    """
    found = []
    for position, (name, direction) in enumerate(zip(tuned.encoder.features(), tuned.encoder.constraints(), strict=True)):
        seen = features[~np.isnan(features[:, position]), position]
        if not direction or not len(seen):
            continue
        grid = np.unique(np.quantile(seen, np.linspace(0, 1, points)))
        moved = np.repeat(features, len(grid), axis=0)
        moved[:, position] = np.tile(grid, len(features))
        steps = np.diff(predict(tuned.estimator, moved).reshape(len(features), len(grid)), axis=1) * direction
        found.append(Sweep(name, direction, float(max(0.0, -steps.min(initial=0.0)))))
    return found


def sweep_all(tuned: Mapping[str, Tuned], table: pa.Table, rows: int = 200) -> pandas.DataFrame:
    """Sweep every challenger from the first rows of a table; a row per model and constrained feature."""
    parts = [
        each.to_dict() | {"model": name}
        for name, model in tuned.items()
        for each in sweep(model, model.encoder.transform(table.slice(0, rows)))
    ]
    return pandas.DataFrame(parts, columns=["model", "feature", "direction", "violation"])


def save(tuned: Tuned, folder: Path) -> dict[str, Path]:
    """Write a challenger as files that load without unpickling; return their paths by name.

    XGBoost writes its own JSON; scikit-learn estimators go through skops, which builds trusted types only.

    Raises
    ------
    SettingsError
        Where the estimator holds a type that would not load.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "encoder.json").write_text(tuned.encoder.to_json(), encoding="utf-8")
    if isinstance(tuned.estimator, XGBClassifier):
        trees = folder / "trees.json"
        tuned.estimator.save_model(trees)
    else:
        import skops.io  # noqa: PLC0415

        trees = folder / "trees.skops"
        skops.io.dump(tuned.estimator, trees)
        unknown = sorted(set(skops.io.get_untrusted_types(file=trees)) - set(TRUSTED))
        if unknown:
            raise SettingsError(
                f"The challenger {tuned.name} holds {', '.join(unknown)}; expected types that are known to be harmless. "
                "Read their code, then add them to TRUSTED in challengers.py."
            )
    return {"encoder": folder / "encoder.json", "trees": trees}


def load(trees: Path) -> Any:
    """Read what `save` wrote."""
    if trees.suffix == ".skops":
        import skops.io  # noqa: PLC0415

        return skops.io.load(trees, trusted=TRUSTED)
    estimator = XGBClassifier()
    estimator.load_model(trees)
    return estimator
