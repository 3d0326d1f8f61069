"""The catalogue of challengers. To add one, add an entry: what makes the estimator, and what the search may try.

It is then tuned, calibrated, explained, swept, compared, saved and registered like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import optuna

from scorecard.challengers import boosting, plain
from scorecard.challengers.encoding import Encoder, Encoding
from scorecard.challengers.rows import Matrix
from scorecard.errors import SettingsError
from scorecard.settings import nearest

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Challenger:
    """A kind of model that can challenge the scorecard.

    Attributes
    ----------
    make : function of (settings, encoder, seed)
        Returns the unfitted estimator, with ``fit`` and ``predict_proba`` as in scikit-learn.
    space : function of an optuna trial
        Returns the settings of a trial; their names are those of the trial's parameters.
    start : mapping of parameter to value
        What is tried first: a setting that is sensible on most tables.
    encoding : {"native", "indicators"}
        Of levels and missing values, see `Encoder`.
    monotone : bool
        Whether `make` holds the estimator to `Encoder.constraints`, which the sweep then proves.
    stop : function of (estimator, training rows, rows that stop it), optional
        Fits an estimator that grows in rounds, best until the second rows no longer gain, and returns the rounds that all rows
        shall be fitted with: `make` finds them in the settings as ``rounds``.
    most_rows : int, optional
        The fitted model takes so many rows at most, the first in their order; all without it. For kinds that are slow on many.
    """

    make: Callable[[Settings, Encoder, int], Any]
    space: Callable[[optuna.Trial], dict[str, Any]]
    start: Settings = field(default_factory=dict)
    encoding: Encoding = "indicators"
    monotone: bool = False
    stop: Callable[[Any, Matrix, Matrix], int] | None = None
    most_rows: int | None = None


CHALLENGERS: dict[str, Challenger] = {
    "xgboost": Challenger(
        boosting.xgboost, boosting.xgboost_space, boosting.XGBOOST_START, "native", True, boosting.stop_xgboost
    ),
    "hist_gradient_boosting": Challenger(
        boosting.histogram, boosting.histogram_space, boosting.HISTOGRAM_START, "native", True, boosting.stop_histogram
    ),
    "random_forest": Challenger(
        plain.forest, plain.forest_space, plain.FOREST_START, monotone=True, stop=plain.stop_forest, most_rows=plain.FOREST_ROWS
    ),
    "multilayer_perceptron": Challenger(
        plain.network, plain.network_space, plain.NETWORK_START, stop=plain.stop_network, most_rows=plain.NETWORK_ROWS
    ),
    "logit": Challenger(plain.logit, plain.logit_space, plain.LOGIT_START),
    "decision_tree": Challenger(plain.tree, plain.tree_space, plain.TREE_START, monotone=True),
}


def chosen(text: str) -> tuple[str, ...]:
    """Return the challengers that a parameter names, in the catalogue's order; all where it is empty.

    Raises
    ------
    SettingsError
        Where a word is none of them.

    Examples
    --------
    >>> chosen("logit, xgboost")
    ('xgboost', 'logit')
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in CHALLENGERS:
            raise SettingsError(f"challengers names {word}, which is none. {nearest(word, list(CHALLENGERS))}")
    return tuple(name for name in CHALLENGERS if not words or name in words)
