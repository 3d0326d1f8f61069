"""A whole scorecard, as a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from scorecard import metrics, model, regression
from scorecard.estimator.encoder import WoeEncoder
from scorecard.estimator.rows import Floats, Labelled, Rows, contract, labelled, table
from scorecard.points import Scaling
from scorecard.woe import Characteristic

NOTHING = "has the same WoE in every row: no two bins that keep the rules tell goods from bads"
REPEATED = "says nothing that characteristics before it do not: its WoE follows from theirs"


class ScorecardClassifier(Labelled, ClassifierMixin, BaseEstimator):
    """A scorecard: bins, WoE, a logistic regression, and rounded points.

    Every column that tells something is in it: nothing is selected by its figures. Probabilities are those of the
    rounded points, the same that the scorecard gives everywhere.

    Parameters
    ----------
    encoder : WoeEncoder, optional
        With the rules of bins; by default those of `WoeEncoder()`.
    penalty : float
        Ridge penalty of the coefficients, 1 / C of scikit-learn; 0 is none.
    scaling : Scaling, optional
        By default 600 points at odds of 50:1, and 20 points to double them.
    bad_label : label, optional
        Of bad accounts; by default the second in order, which is 1 of 0 and 1. Say it where labels are words.

    Attributes
    ----------
    card_ : Scorecard
        Without calibration and grades.
    fit_ : Fit
        Of the characteristics in `card_`, in their order.
    encoder_ : WoeEncoder
    dropped_ : dict of column to text
        Columns left out, and why: they tell nothing, or nothing that others before them do not.
    classes_ : array of shape (2,)
        The labels in order.
    bad_label_ : label
    n_features_in_ : int
    feature_names_in_ : array of str
        Where the columns have names.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapters 6, 7 and 10.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(1)
    >>> X = random.normal(size=(500, 2))
    >>> y = (random.random(500) < 1 / (1 + np.exp(1 + X.sum(axis=1)))).astype(int)
    >>> found = ScorecardClassifier().fit(X, y)
    >>> found.card_.inputs, found.predict_proba(X).shape
    (['x0', 'x1'], (500, 2))
    """

    def __init__(
        self,
        encoder: WoeEncoder | None = None,
        *,
        penalty: float = 0.0,
        scaling: Scaling | None = None,
        bad_label: Any = None,
    ) -> None:
        self.encoder = encoder
        self.penalty = penalty
        self.scaling = scaling
        self.bad_label = bad_label

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ScorecardClassifier:
        """Make a scorecard.

        Parameters
        ----------
        X : array or frame of shape (rows, columns)
        y : array of shape (rows,)
            Two classes.
        sample_weight : array of shape (rows,), optional
            Standard errors take weights as repeated accounts.

        Raises
        ------
        EvidenceError
            Where there is no best fit, and no penalty.
        SettingsError, DataError, ValueError
            As in `WoeEncoder.fit`.
        """
        rows = labelled(self, X, y, sample_weight, self.bad_label)
        self.classes_, self.bad_label_ = rows.classes, rows.bad_label
        self.encoder_ = clone(WoeEncoder() if self.encoder is None else self.encoder).set_output(transform="default")
        woe = self.encoder_.fit(rows.table, rows.bad, rows.weight).transform(rows.table)
        characteristics = self.encoder_.characteristics_
        kept = _informative(woe, rows.weight)
        self.dropped_ = _dropped(list(characteristics.values()), kept, self.encoder_.unbinned_)
        self.fit_ = regression.fit(woe[:, kept], rows.bad, rows.weight, self.penalty)
        names = [name for place, name in enumerate(characteristics) if kept[place]]
        self.card_ = self._card([characteristics[name] for name in names], rows)
        return self

    def score_points(self, X: Any) -> Floats:
        """Return the score of every row, shape (rows,): higher is safer."""
        check_is_fitted(self)
        return self.card_.score(table(self, X, reset=False)).score

    def decision_function(self, X: Any) -> Floats:
        """Return the log-odds of the second label of every row, shape (rows,): of bad, unless the first is bad."""
        score = self.score_points(X)
        of_bad = (self.card_.scaling.offset - score) / self.card_.scaling.factor
        return of_bad if self._second_is_bad else -of_bad

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each label of every row, shape (rows, 2), in the order of `classes_`."""
        score = self.score_points(X)
        pd = self.card_.scaling.pd(score)
        return np.column_stack([1 - pd, pd] if self._second_is_bad else [pd, 1 - pd])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the likelier label of every row, shape (rows,)."""
        second = self.decision_function(X) > 0
        return np.asarray(self.classes_[second.astype(np.intp)])

    @property
    def _second_is_bad(self) -> bool:
        return bool(self.bad_label_ == self.classes_[1])

    def _card(self, kept: list[Characteristic], rows: Rows) -> model.Scorecard:
        scaling = Scaling() if self.scaling is None else self.scaling
        scaling = scaling if kept else replace(scaling, layout="base")  # none to split the points over
        segment = model.assemble(kept, self.fit_, scaling, contract(rows.table))
        good, bad = (
            self.classes_[self.classes_ != rows.bad_label].tolist(),
            self.classes_[self.classes_ == rows.bad_label].tolist(),
        )
        return model.Scorecard("scorecard", {"column": "y", "good": good, "bad": bad}, scaling, (segment,))


def _informative(woe: Floats, weight: Floats | None) -> npt.NDArray[np.bool_]:
    """Mark columns that move, and not exactly with those before them."""
    correlations = metrics.correlation(woe, weight)
    kept: list[int] = []
    for place in range(woe.shape[1]):
        among = [*kept, place]
        if np.isfinite(metrics.vif(correlations[np.ix_(among, among)])[-1]):
            kept.append(place)
    return np.isin(np.arange(woe.shape[1]), kept)


def _dropped(characteristics: list[Characteristic], kept: npt.NDArray[np.bool_], unbinned: Mapping[str, str]) -> dict[str, str]:
    why = {}
    for each, stays in zip(characteristics, kept, strict=True):
        if not stays:
            alike = len({found.woe for found in each.bins if found.count}) == 1
            why[each.name] = unbinned.get(each.name) or (f"{NOTHING} (solver: {each.status})" if alike else REPEATED)
    return why
