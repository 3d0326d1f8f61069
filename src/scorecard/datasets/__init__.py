"""Data sets that come with the library, so that every example runs offline.

A pipeline names one as ``table: dataset:NAME``. Each loader's docstring is the code book.
"""

from __future__ import annotations

from pathlib import Path

from scorecard.datasets.bundle import Dataset
from scorecard.datasets.german import GERMAN, german
from scorecard.datasets.taiwan import TAIWAN, taiwan, taiwan_as_of, taiwan_panel
from scorecard.errors import SettingsError

__all__ = ["DATASETS", "Dataset", "german", "path", "query", "taiwan", "taiwan_as_of", "taiwan_panel"]

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in (*TAIWAN, GERMAN)}


def path(name: str) -> Path:
    """Return where the Parquet file of a data set is, once its bytes are known to be right.

    Parameters
    ----------
    name : str
        One of `DATASETS`.

    Raises
    ------
    SettingsError
        Where there is no such data set.
    DataError
        Where the file is missing or a byte changed.

    Examples
    --------
    >>> path("german").name
    'german.parquet'
    """
    return _known(name).path()


def query(name: str) -> str:
    """Return SQL that makes a data set in DuckDB, on its own or as a subquery.

    Parameters
    ----------
    name : str
        One of `DATASETS`.

    Raises
    ------
    SettingsError
        Where there is no such data set.
    DataError
        Where the file is missing or a byte changed.

    Examples
    --------
    >>> import duckdb
    >>> duckdb.sql(f"SELECT count(*) FROM ({query('taiwan_panel')})").fetchall()
    [(180000,)]
    """
    return _known(name).query()


def _known(name: str) -> Dataset:
    if name not in DATASETS:
        known = ", ".join(sorted(DATASETS))
        raise SettingsError(f"{name!r} is not a bundled data set; expected one of {known}. Write table: dataset:NAME.")
    return DATASETS[name]
