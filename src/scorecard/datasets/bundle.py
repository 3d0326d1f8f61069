"""One bundled data set: a checked Parquet file and the SQL that turns it into a table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pandas

from scorecard.errors import DataError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Dataset:
    """A table that comes with the library.

    Parameters
    ----------
    name : str
        What ``dataset:NAME`` in a pipeline YAML calls it.
    file : str
        The Parquet file beside this module; several data sets may share one.
    sha256 : str
        Of the file's bytes.
    sql : str
        A SELECT over a table called ``source``, which is the Parquet file.
    licence, attribution : str
        What whoever passes the data on must keep.

    Examples
    --------
    >>> Dataset("two", "german.parquet", "0" * 64, "SELECT 2", "CC BY 4.0", "nobody").sql
    'SELECT 2'
    """

    name: str
    file: str
    sha256: str
    sql: str
    licence: str
    attribution: str

    def path(self) -> Path:
        """Return the Parquet file, once its bytes are known to be right."""
        return verified(FOLDER / self.file, self.sha256)

    def query(self) -> str:
        """Return SQL that DuckDB runs as it stands."""
        quoted = str(self.path()).replace("'", "''")
        return f"WITH source AS (SELECT * FROM read_parquet('{quoted}'))\n{self.sql}"  # noqa: S608  our own file and SQL

    def load(self) -> pandas.DataFrame:
        """Return the table in pandas; whole numbers that may be missing are nullable integers."""
        with duckdb.connect() as connection:
            return connection.sql(self.query()).df()


@cache
def verified(file: Path, sha256: str) -> Path:
    """Return a file whose bytes are as recorded; each file is read once a process.

    Parameters
    ----------
    file : Path
    sha256 : str
        64 hexadecimal digits.

    Raises
    ------
    DataError
        Where the file is missing or a byte changed.

    Examples
    --------
    >>> verified(FOLDER / "german.parquet", "0" * 64)
    Traceback (most recent call last):
    scorecard.errors.DataError: german.parquet has the SHA-256 ..., expected 0000...
    """
    if not file.is_file():
        raise DataError(f"{file.name} is missing from {file.parent}; expected the bundled file. Install the package again.")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != sha256:
        raise DataError(f"{file.name} has the SHA-256 {found}, expected {sha256}: its bytes changed. Install the package again.")
    return file
