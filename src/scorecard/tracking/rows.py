"""Rows as users hand them to a served model, in the types of the contract, and what a scorecard answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST

from scorecard import reasons
from scorecard.contracts import ARROW
from scorecard.errors import DataError
from scorecard.model import Scorecard


class RefusedRowsError(DataError, MlflowException):
    """Rows that a model refuses, as MLflow's server answers them: 400 and our sentence, without the rows and the trace."""

    def __init__(self, sentence: str) -> None:
        MlflowException.__init__(self, sentence, error_code=BAD_REQUEST)
        self.sentence = sentence

    def serialize_as_json(self) -> str:
        """Return the body of the answer."""
        return json.dumps({"error_code": self.error_code, "message": self.sentence}, ensure_ascii=False)


def served(card: Scorecard, frame: pandas.DataFrame) -> pandas.DataFrame:
    """Return what a scorecard answers to rows: score, pd_raw, pd_calibrated, pd, grade, and reason_1 to reason_N.

    Parameters
    ----------
    card : Scorecard
    frame : pandas.DataFrame
        With every input, a row per customer; more columns are ignored.

    Returns
    -------
    pandas.DataFrame
        With the rows' index. A reason is the name of its characteristic. Where there are fewer reasons, or no grades, the
        text is empty: MLflow would write NaN into JSON, and the word None into a column of Spark.

    Raises
    ------
    DataError
        Where an input is missing, or holds what is not of its type.
    """
    answers, _ = reasons.answers(card, typed(frame, card.dtypes))
    texts = answers.schema.names[len(reasons.SCORES) :]
    columns = {name: answers.column(name).to_numpy() for name in reasons.SCORES}
    columns |= {name: np.asarray(answers.column(name).cast(pa.string()).fill_null("")) for name in texts}
    return pandas.DataFrame(columns, index=frame.index)


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
            raise RefusedRowsError(f"The table has no column {name}; expected {dtype}. Add it.")
        try:
            columns[name] = pa.Array.from_pandas(frame[name]).cast(ARROW[dtype])
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise RefusedRowsError(f"Column {name} holds what is not {dtype}, as the contract says. Mend the rows.") from error
    return pa.table(columns)


def signature(inputs: pandas.DataFrame, outputs: pandas.DataFrame, dtypes: Mapping[str, str]) -> Any:
    """Return the columns of a model for MLflow: text is held to be text, the other types are held by `typed`.

    MLflow itself would refuse whole numbers where it was told of floating point, and the other way round; a missing column
    it would answer with the rows themselves. So `typed` holds these too.
    """
    from mlflow.models import ModelSignature, infer_signature  # noqa: PLC0415  half a second that only registering needs
    from mlflow.types import ColSpec, Schema  # noqa: PLC0415
    from mlflow.types.schema import AnyType  # noqa: PLC0415

    takes = [ColSpec("string" if dtypes[name] == "text" else AnyType(), name, required=False) for name in inputs.columns]
    return ModelSignature(Schema(takes), infer_signature(inputs, outputs).outputs)
