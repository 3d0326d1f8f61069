"""Execute the PMML of a scorecard with jpmml-evaluator, where it and Java are installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import shutil

import pandas
import pyarrow as pa
import pyarrow.compute as pc

from scorecard.errors import DataError
from scorecard.exports import engines, pmml
from scorecard.model import Scorecard
from scorecard.woe import column

PACKAGE = "jpmml_evaluator"
ARROW = {"double": pa.float64(), "string": pa.string()}


def available() -> str | None:
    """Return the evaluator with its version; None where it or Java is absent."""
    if importlib.util.find_spec(PACKAGE) is None or shutil.which("java") is None:
        return None
    return f"jpmml-evaluator {importlib.metadata.version(PACKAGE)}"


def execute(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what the evaluator says of each row: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on.

    Parameters
    ----------
    card : Scorecard
    rows : pyarrow.Table
        With every input of the scorecard.

    Raises
    ------
    EvidenceError
        Where the evaluator or Java is absent.
    DataError
        Where an input is absent or the evaluator refuses a row.
    """
    if available() is None:
        raise engines.absent("jpmml-evaluator with Java", "Install the extra pmml and Java 17.")
    typed = {name: pc.cast(column(rows, name), ARROW[kind], safe=False) for name, kind in pmml.fields(card).items()}
    arguments = pandas.DataFrame({name: pandas.Series(values.to_pylist(), dtype=object) for name, values in typed.items()})
    evaluator = importlib.import_module(PACKAGE).make_evaluator(pmml.pmml(card))
    found, errors = evaluator.evaluateAll(arguments, nan_as_missing=False, error_col=None)
    if errors is not None and errors.notna().any():
        raise DataError(f"jpmml-evaluator refuses a row: {errors.dropna().iloc[0]}. Mend the rows.")
    schema = engines.schema(card)
    columns = [pa.array(found[each.name].tolist(), each.type, from_pandas=True) for each in schema]
    return pa.table(columns, schema=schema)
