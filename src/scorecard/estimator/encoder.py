"""The WoE of a table's columns, as a transformer."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from scorecard import binning
from scorecard.binning import Partition, Rules, Solved
from scorecard.counts import Classes, Counts, Field, count_all
from scorecard.data.outcome import BAD, WEIGHT
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.estimator.rows import Floats, Labelled, Rows, contract, labelled, table
from scorecard.settings import nearest
from scorecard.woe import Characteristic, values


class WoeEncoder(Labelled, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Put the WoE of its bin in place of every value.

    Numbers are binned by value; text, categories, and true and false by level. Missing values, special codes and levels
    that were not seen have bins of their own. A column that cannot be binned has the WoE 0.

    Parameters
    ----------
    max_bins : int
    min_share : float
        Smallest share of the rows in a bin, in (0, 0.5].
    min_bads : int
        Fewest bads in a bin; both count rows, whatever their weight.
    trend : str
        Of the bad rate over a number's bins, as in `scorecard.binning.Rules`.
    fallback : str
        WoE of levels not seen, and of missing values and special codes too few for their own: ``worst`` or ``neutral``.
    special_codes : mapping of column to mapping of label to code, optional

    Attributes
    ----------
    characteristics_ : dict of column to Characteristic
        The bins.
    unbinned_ : dict of column to text
        Why columns have no bins.
    classes_ : array of shape (2,)
        The good label and the bad one: the second in order.
    n_features_in_ : int
    feature_names_in_ : array of str
        Where the columns have names.

    Examples
    --------
    >>> import numpy as np
    >>> age = np.repeat([20.0, 30.0, 40.0], 20)[:, None]
    >>> late = np.tile([1, 0, 0, 0], 15) * (age[:, 0] < 35) + np.tile([1] + [0] * 3, 15) * (age[:, 0] > 35)
    >>> WoeEncoder().fit_transform(age, late).shape
    (60, 1)
    """

    def __init__(
        self,
        *,
        max_bins: int = 8,
        min_share: float = 0.05,
        min_bads: int = 5,
        trend: str = "auto",
        fallback: str = "worst",
        special_codes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.max_bins = max_bins
        self.min_share = min_share
        self.min_bads = min_bads
        self.trend = trend
        self.fallback = fallback
        self.special_codes = special_codes

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> WoeEncoder:
        """Bin every column.

        Parameters
        ----------
        X : array or frame of shape (rows, columns)
        y : array of shape (rows,)
            Two classes; the second in order is bad.
        sample_weight : array of shape (rows,), optional
            WoE is of weights. A row of weight 0 does not count.

        Raises
        ------
        SettingsError
            Where a parameter is not as expected.
        DataError
            Where a column holds dates, nested or infinite values.
        ValueError
            Where scikit-learn expects one: shapes, names, and anything but two classes.
        """
        rules = Rules(self.max_bins, self.min_share, self.min_bads, self.trend, self.fallback)  # type: ignore[arg-type]
        rows = labelled(self, X, y, sample_weight)
        self.classes_ = rows.classes
        fields = _fields(rows.table, self.special_codes or {})
        counts = _counts(rows, fields)
        with ThreadPoolExecutor() as pool:  # optbinning's solver lets go of Python's lock
            found = list(pool.map(lambda each: _binned(each, rules), counts.values()))
        self.characteristics_ = {each.name: each for each, _ in found}
        self.unbinned_ = {each.name: why for each, why in found if why}
        return self

    def transform(self, X: Any) -> Floats:
        """Return the WoE of every value, shape (rows, columns).

        Raises
        ------
        DataError
            Where a column of numbers holds text.
        """
        check_is_fitted(self)
        found = values(self.characteristics_, table(self, X, reset=False))
        return np.column_stack(list(found.values()))


def _fields(columns: pa.Table, special_codes: Mapping[str, Mapping[str, Any]]) -> list[Field]:
    for name in special_codes:
        if name not in columns.column_names:
            raise SettingsError(f"special_codes name {name}, which is no column. {nearest(name, columns.column_names)}")
    return [
        Field(name, "categorical" if each.kind == "categorical" else "numeric", special_codes.get(name, {}))
        for name, each in contract(columns).columns.items()
    ]


def _counts(rows: Rows, fields: list[Field]) -> Counts:
    columns = rows.table.append_column(BAD, pa.array(rows.bad))
    if rows.weight is not None:
        columns = columns.append_column(WEIGHT, pa.array(rows.weight))
    counts = count_all(columns, fields, bad=BAD, weight=None if rows.weight is None else WEIGHT)
    for why in counts.refused.values():
        raise DataError(why)
    return counts


def _binned(classes: Classes, rules: Rules) -> tuple[Characteristic, str]:
    """Return the bins, or one bin for all values, and why."""
    try:
        return binning.fit(classes, rules), ""
    except EvidenceError as error:
        groups = (tuple(map(str, classes.low)),) if classes.kind == "categorical" and len(classes.low) else ()
        neutral = dict.fromkeys(["missing", "unseen", *classes.special], "neutral")
        return binning.described(classes, Partition((), groups, neutral), rules, Solved("not binned", 1)), str(error)
