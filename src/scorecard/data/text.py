"""Delimited text (CSV) read by what its header says: nothing is guessed from the rows, so no row is skipped in silence.

DuckDB's own detection drops rows that begin with ``#``, lines above what it takes for the header, and rows of another length.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

from scorecard.errors import DataError

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
DELIMITERS = (",", ";", "\t", "|")
NOT_UTF8 = "is not UTF-8 text; expected UTF-8. Convert it: iconv -f GB18030 -t UTF-8 (or the encoding it was written in)."


def header(path: Path) -> tuple[str, list[str]]:
    r"""Return the delimiter that splits the header into most names, and the names; one without a name is called by its place.

    Raises
    ------
    DataError
        Where the first line is empty, not UTF-8, or gives a name twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "t.csv").write_text("id;age\n1;30\n")
    ...     header(Path(folder) / "t.csv")
    (';', ['id', 'age'])
    """
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    splits = {}
    try:
        for delimiter in DELIMITERS:
            with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
                splits[delimiter] = next(csv.reader(stream, delimiter=delimiter), [])
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} {NOT_UTF8}") from error
    except (OSError, EOFError, csv.Error) as error:
        raise DataError(f"{path.name} cannot be read: {error}. Check the file, or export it again.") from error
    delimiter = max(DELIMITERS, key=lambda each: len(splits[each]))
    return delimiter, _named(path, splits[delimiter])


def _named(path: Path, found: list[str]) -> list[str]:
    if not any(name.strip() for name in found):
        raise DataError(f"{path.name} begins with an empty line; expected the names of its columns. Write them there.")
    names = [name or f"column{position}" for position, name in enumerate(found)]
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise DataError(
            f"{path.name} has several columns named {twice[0]}, capitals aside; expected each name once. Rename them."
        )
    return names
