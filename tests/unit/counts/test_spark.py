"""Counts of a PySpark DataFrame are those of the same rows in memory."""

from __future__ import annotations

import math
import os
import shutil
import sys

import numpy as np
import pyarrow as pa
import pytest

from scorecard import counts
from scorecard.counts import Field

pytestmark = [
    pytest.mark.full,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),  # pyspark 4.3 on pandas 3
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the sockets of its gateway stay open until the process ends
]


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason="needs the extra spark")
    if shutil.which("java") is None:
        pytest.skip("needs java")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g",
    }  # fmt: skip
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def table(rows=6_000):
    random = np.random.default_rng(1)
    skewed = np.exp(2 * random.normal(size=rows))
    skewed[::50], skewed[1:5], skewed[5:300] = math.nan, (1e12, -0.0, 0.0, 0.1 + 0.2), -999.0
    return pa.table(
        {
            "skewed": skewed, "rounded": pa.array(random.normal(size=rows).round(2), mask=random.random(rows) < 0.1),
            "whole": random.integers(0, 50, rows), "level": random.choice(["a", "b", "é", None], rows), "flag": random.random(rows) < 0.5,
            "when": pa.array(np.full(rows, "2020-01-01", dtype="datetime64[D]")), "endless": np.r_[math.inf, np.zeros(rows - 1)],
            "@bad": (random.random(rows) < 0.2).astype(int), "@weight": random.exponential(size=rows),
            "quarter": random.choice(["2015Q1", "2015Q2"], rows), "region": random.integers(1, 3, rows),
        }
    )  # fmt: skip


FIELDS = [
    Field("skewed", "numeric", {"none": -999}, (1.0,)), Field("rounded", "numeric", {"never": 77}), Field("whole", "numeric"),
    Field("level", "categorical", {"b": "b"}), Field("flag", "categorical"), Field("when", "categorical"), Field("endless", "numeric"),
]  # fmt: skip


def plain(classes):
    tallies = [classes.tally, classes.missing, *(tally for _, tally in classes.special.values())]
    sides = [getattr(each, side).tolist() for each in tallies for side in ("goods", "bads", "weight_goods", "weight_bads")]
    return (
        classes.low.tolist(),
        classes.high.tolist(),
        sides,
        [(part.period, part.segment, plain(part.classes)) for part in classes.parts],
    )


@pytest.fixture(scope="module")
def both(spark):
    rows = table()
    options = {"period": "quarter", "segment": "region"}
    return counts.count_all(rows, FIELDS, **options), counts.count_all(spark.createDataFrame(rows), FIELDS, **options)


def test_spark_gives_the_same_classes_parts_and_weights(both):
    held, spark = both
    assert {name: plain(each) for name, each in spark.items()} == {name: plain(each) for name, each in held.items()}


def test_spark_refuses_the_same_characteristics(both):
    held, spark = both
    assert (list(spark.refused), spark.refused["endless"]) == (["when", "endless"], held.refused["endless"])
    assert spark.refused["when"].startswith("when holds dates or times")
