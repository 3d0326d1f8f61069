"""The source files, where SCORECARD_DATA names the folder that has them."""

import os
from pathlib import Path

import pytest


def source(name: str) -> Path:
    folder = os.environ.get("SCORECARD_DATA")
    if not folder:
        pytest.skip("SCORECARD_DATA does not name a folder with the source files")
    file = Path(folder) / name
    if not file.is_file():
        pytest.skip(f"SCORECARD_DATA has no {name}")
    return file


@pytest.fixture
def taiwan_source() -> Path:
    return source("taiwan_credit_card/taiwan_credit.csv.gz")


@pytest.fixture
def german_source() -> Path:
    return source("german_credit/german.data")


@pytest.fixture
def lending_club_source() -> Path:
    return source("lendingclub_2007_2011/lendingclub_2007_2011.parquet")
