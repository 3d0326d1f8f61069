"""What divides the rows that a validator looks at: periods, segments and protected groups, the same in every sample."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from scorecard.contracts import Column, Contract
from scorecard.jobs import evidence as job
from scorecard.settings import Pipeline

PIPELINE = {
    "name": "people",
    "table": "people.parquet",
    "contract": "people.yaml",
    "target": {"column": "bad"},
    "observation_date": "day",
    "segments": ["branch"],
}
CONTRACT = Contract(
    name="people",
    columns={
        "day": Column(dtype="date", role="date"),
        "branch": Column(dtype="integer", categorical=True),
        "sex": Column(dtype="text", role="protected"),
        "age": Column(dtype="integer", role="protected"),
    },
)
DEVELOPMENT = pa.table({
    "day": [date(2024, 1, 5), date(2024, 2, 28), date(2024, 4, 1), date(2024, 12, 31), None],
    "branch": [7, 7, 12, None, 12],
    "sex": ["male", "female", None, "female", "male"],
    "age": [20, 30, 40, 50, None],
})  # fmt: skip
LATER = pa.table({"day": [date(2025, 3, 1)], "branch": [99], "sex": ["other"], "age": [61]})


def labels(**changed):
    pipeline = Pipeline.model_validate(PIPELINE | changed)
    return job.labels({"development": DEVELOPMENT, "out_of_time": LATER}, pipeline, CONTRACT)


def told(found):
    """The name of each row's group."""
    return [None if code < 0 else found.names[code] for code in found.codes]


def test_levels_have_the_same_names_in_every_sample_and_missing_has_none():
    found = labels()
    assert told(found["development"]["branch"]) == ["7", "7", "12", None, "12"]
    assert told(found["out_of_time"]["branch"]) == ["99"]
    assert found["development"]["sex"].names == found["out_of_time"]["sex"].names == ("female", "male", "other")


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("month", ["2024-01", "2024-02", "2024-04", "2024-12", None, "2025-03"]),
        ("quarter", ["2024Q1", "2024Q1", "2024Q2", "2024Q4", None, "2025Q1"]),
        ("year", ["2024", "2024", "2024", "2024", None, "2025"]),
    ],
)
def test_periods_are_those_of_the_settings_in_time_order(every, expected):
    found = labels(period=every)
    periods = [found[sample]["@period"] for sample in ("development", "out_of_time")]
    assert told(periods[0]) + told(periods[1]) == expected
    assert list(periods[0].names) == sorted(periods[0].names)


def test_a_numeric_attribute_is_cut_at_the_quartiles_of_development():
    found = labels()
    assert told(found["development"]["age"]) == ["< 27.5", "27.5 to < 35", "35 to < 42.5", ">= 42.5", None]
    assert told(found["out_of_time"]["age"]) == [">= 42.5"]


def test_a_numeric_attribute_is_cut_at_given_edges():
    found = labels(fairness={"edges": {"age": [25, 62]}})
    assert told(found["development"]["age"]) == ["< 25", "25 to < 62", "25 to < 62", "25 to < 62", None]


def test_without_a_date_there_are_no_periods():
    assert "@period" not in labels(observation_date=None)["development"]
