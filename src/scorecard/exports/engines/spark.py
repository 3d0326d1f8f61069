"""Execute the SQL of a scorecard in Spark."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
from typing import Any

import pyarrow as pa

from scorecard.exports import engines, sql
from scorecard.model import Scorecard

NAME = "Spark"
PACKAGE = "pyspark"
TYPES = {"integer": "LongType", "number": "DoubleType", "text": "StringType", "boolean": "BooleanType", "date": "DateType"}
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1", "spark.driver.memory": "1g", "spark.sql.session.timeZone": "UTC",
}  # fmt: skip


def available() -> str | None:
    """Return the version of PySpark; None where it or Java is absent."""
    if importlib.util.find_spec(PACKAGE) is None or shutil.which("java") is None:
        return None
    return importlib.metadata.version(PACKAGE)


def execute(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what the export gives for each row: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on.

    Raises
    ------
    EvidenceError
        Where PySpark or Java is absent.
    """
    if available() is None:
        raise engines.absent(NAME, "Install the extra spark and Java 17.")
    return run(sql.select(card, "spark", engines.TABLE, (engines.place(card),)), card, rows)


def run(statement: str, card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what a statement gives for each row; a session that is open is used, and left open."""
    open_before = importlib.import_module("pyspark.sql").SparkSession.getActiveSession()
    session = open_before or _session()
    try:
        types = importlib.import_module("pyspark.sql.types")
        kinds = {engines.place(card): "integer"} | card.dtypes
        fields = [types.StructField(name, getattr(types, TYPES[dtype])()) for name, dtype in kinds.items()]
        values = [tuple(row.values()) for row in engines.numbered(card, rows).to_pylist()]
        session.createDataFrame(values, types.StructType(fields)).createOrReplaceTempView(engines.TABLE)
        found = session.sql(statement)
        return engines.ordered(card, found.columns, found.collect())
    finally:
        if open_before is None:
            session.stop()


def _session() -> Any:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = importlib.import_module("pyspark.sql").SparkSession.builder.master("local[1]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
