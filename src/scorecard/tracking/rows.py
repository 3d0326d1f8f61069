"""Rows as users hand them to a served model, in the types of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas
import pyarrow as pa

from scorecard.errors import DataError

ARROW = {"integer": pa.int64(), "number": pa.float64(), "text": pa.string(), "boolean": pa.bool_(), "date": pa.date32()}


def typed(frame: pandas.DataFrame, dtypes: Mapping[str, str]) -> pa.Table:
    """Return a model's inputs in the contract's types, whatever pandas made of them.

    A column of whole numbers with a missing one comes as floating point, and its codes must still be found.

    Parameters
    ----------
    frame : pandas.DataFrame
        With every input; more columns are ignored.
    dtypes : mapping of column to contract dtype

    Raises
    ------
    DataError
        Where a column is missing, or holds what is not of its type.

    Examples
    --------
    >>> typed(pandas.DataFrame({"code": [3.0, None]}), {"code": "integer"}).to_pydict()
    {'code': [3, None]}
    """
    columns = {}
    for name, dtype in dtypes.items():
        if name not in frame.columns:
            raise DataError(f"The table has no column {name}; expected {dtype}. Add it.")
        try:
            columns[name] = pa.Array.from_pandas(frame[name]).cast(ARROW[dtype])
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise DataError(f"Column {name} holds what is not {dtype}, as the contract says. Mend the rows.") from error
    return pa.table(columns)


def signature(inputs: pandas.DataFrame, outputs: pandas.DataFrame, dtypes: Mapping[str, str]) -> Any:
    """Return the columns of a model for MLflow: text is held to be text, the other types are held by `typed`.

    MLflow itself would refuse whole numbers where it was told of floating point, and the other way round.
    """
    from mlflow.models import ModelSignature, infer_signature  # noqa: PLC0415  half a second that only registering needs
    from mlflow.types import ColSpec, Schema  # noqa: PLC0415
    from mlflow.types.schema import AnyType  # noqa: PLC0415

    columns = [ColSpec("string" if dtypes[name] == "text" else AnyType(), name) for name in inputs.columns]
    return ModelSignature(Schema(columns), infer_signature(inputs, outputs).outputs)
