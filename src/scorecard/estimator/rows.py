"""What both estimators are given: an array or frame of columns, two labels, and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import ClassifierTags, Tags, assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_feature_names_in, _check_sample_weight, check_consistent_length, validate_data

from scorecard.contracts import Column, Contract
from scorecard.errors import DataError, SettingsError

Floats = npt.NDArray[np.float64]


class Labelled:
    """What both estimators take: numbers with gaps, text, and an outcome of two classes."""

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.classifier_tags = tags.classifier_tags or ClassifierTags()
        tags.classifier_tags.multi_class = False
        tags.target_tags.required = True
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags


@dataclass(frozen=True)
class Rows:
    """Rows that count: their columns, 1 where they are bad, their weights where they have some, and the labels."""

    table: pa.Table
    bad: npt.NDArray[np.int64]
    weight: Floats | None
    classes: npt.NDArray[Any]
    bad_label: Any


def labelled(estimator: BaseEstimator, X: Any, y: Any, sample_weight: Any, bad_label: Any = None) -> Rows:
    """Return the rows that count, as an estimator's `fit` was given them.

    Parameters
    ----------
    estimator : estimator
        Learns the number and names of the columns.
    X, y, sample_weight : as in `fit`
    bad_label : label, optional
        By default the second in order.

    Raises
    ------
    ValueError
        Where shapes differ, or there are not two labels.
    SettingsError
        Where the bad label is none of them.
    """
    if y is None:
        raise ValueError(f"This {type(estimator).__name__} estimator requires y to be passed, but the target y is None.")
    columns = table(estimator, X, reset=True)
    labels = column_or_1d(y, warn=True)
    assert_all_finite(labels, input_name="y")
    if pandas.isna(labels).any():
        raise ValueError("Input y contains NaN: expected a label in every row.")
    check_consistent_length(X, labels)
    if is_classifier(estimator):
        check_classification_targets(labels)
    weight = None
    if sample_weight is not None:
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        counting = weight > 0
        columns, labels, weight = columns.filter(pa.array(counting)), labels[counting], weight[counting]
    classes = _two(np.unique(labels))
    bad = classes[1] if bad_label is None else bad_label
    if bad not in classes:
        raise SettingsError(f"bad_label = {bad_label!r}; expected one of {', '.join(map(repr, classes.tolist()))}. Change it.")
    return Rows(columns, (labels == bad).astype(np.int64), weight, classes, bad)


def _two(classes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if len(classes) > 2:  # noqa: PLR2004
        raise ValueError(
            f"Only binary classification is supported. The type of the target is multiclass: {len(classes)} classes."
        )
    if len(classes) < 2:  # noqa: PLR2004
        raise ValueError("The target has one class; expected two classes, good and bad.")
    return classes


def table(estimator: BaseEstimator, X: Any, *, reset: bool) -> pa.Table:
    """Return the columns of an array or frame.

    Parameters
    ----------
    estimator : estimator
    X : array or frame
    reset : bool
        Whether the estimator learns the columns, or has learned them and refuses others.

    Raises
    ------
    DataError
        Where a column holds values of several types, or has a name of the kit's own.
    ValueError
        Where the columns are not those learned.
    """
    if nw.dependencies.is_into_dataframe(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        frame = nw.from_native(X, eager_only=True)
    else:
        array = validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        frame = nw.from_native(pandas.DataFrame(array).infer_objects(), eager_only=True)
    names = _check_feature_names_in(estimator)
    for name in names:
        if not name or name.startswith("@"):
            raise DataError(f"A column is named {name!r}; expected a name that does not begin with @. Rename it.")
    return pa.table({name: _column(name, each) for name, each in zip(names, frame.iter_columns(), strict=True)})


def _column(name: str, series: nw.Series[Any]) -> Any:
    try:
        found = series.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise DataError(f"{name} holds values of several types; expected one. Convert it.") from None
    if pa.types.is_dictionary(found.type):
        found = found.cast(found.type.value_type)
    return found


def contract(columns: pa.Table) -> Contract:
    """Return the contract that columns of these types keep: all are inputs."""
    return Contract(name="table", columns={field.name: Column(dtype=_dtype(field.type)) for field in columns.schema})


def _dtype(kind: pa.DataType) -> Any:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind):
        return "integer"
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return "text" if text else "number"
