"""Rebuild the bundled Parquet files from the two source files; equal input gives equal bytes.

::

    python -m scorecard.datasets.build taiwan_credit.csv.gz german.data [FOLDER]

The first is the sheet of UCI data set 350 saved as CSV with its header (gzip or plain), the second ``german.data`` of UCI 144.
The bytes also depend on the version of pyarrow, which writes its name into the file; the rows do not.
"""

from __future__ import annotations

import csv
import gzip
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from scorecard.datasets.bundle import FOLDER
from scorecard.errors import DataError

log = logging.getLogger(__name__)

Labels = Mapping[str, str]

MONTHS = 6
TAIWAN_FIELDS = 25
GERMAN_FIELDS = 21
SEX: Labels = {"1": "male", "2": "female"}
EDUCATION: Labels = {"1": "graduate school", "2": "university", "3": "high school", "4": "others"}
MARRIAGE: Labels = {"1": "married", "2": "single", "3": "others"}

# The labels of UCI 144 (Hofmann 1994), in plain words; a column without labels holds whole numbers.
GERMAN: Mapping[str, Labels] = {
    "checking_account": {
        "A11": "below 0 DM",
        "A12": "0 to below 200 DM",
        "A13": "200 DM or more, or salary account",
        "A14": "no checking account",
    },
    "duration_months": {},
    "credit_history": {
        "A30": "no credits taken, or all paid back duly",
        "A31": "all credits at this bank paid back duly",
        "A32": "existing credits paid back duly till now",
        "A33": "delay in paying off in the past",
        "A34": "critical account, or other credits elsewhere",
    },
    "purpose": {
        "A40": "new car",
        "A41": "used car",
        "A42": "furniture or equipment",
        "A43": "radio or television",
        "A44": "domestic appliances",
        "A45": "repairs",
        "A46": "education",
        "A48": "retraining",
        "A49": "business",
        "A410": "others",
    },
    "amount_dm": {},
    "savings": {
        "A61": "below 100 DM",
        "A62": "100 to below 500 DM",
        "A63": "500 to below 1000 DM",
        "A64": "1000 DM or more",
        "A65": "unknown, or no savings account",
    },
    "employment_since": {
        "A71": "unemployed",
        "A72": "below 1 year",
        "A73": "1 to below 4 years",
        "A74": "4 to below 7 years",
        "A75": "7 years or more",
    },
    "installment_rate_class": {},
    "personal_status_and_sex": {
        "A91": "male, divorced or separated",
        "A92": "female, divorced, separated or married",
        "A93": "male, single",
        "A94": "male, married or widowed",
    },
    "other_debtors": {"A101": "none", "A102": "co-applicant", "A103": "guarantor"},
    "residence_since": {},
    "property": {
        "A121": "real estate",
        "A122": "building society savings or life insurance",
        "A123": "car or other",
        "A124": "unknown, or no property",
    },
    "age_years": {},
    "other_installment_plans": {"A141": "bank", "A142": "stores", "A143": "none"},
    "housing": {"A151": "rent", "A152": "own", "A153": "for free"},
    "existing_credits": {},
    "job": {
        "A171": "unemployed, or unskilled non-resident",
        "A172": "unskilled resident",
        "A173": "skilled employee or official",
        "A174": "management, self-employed or highly qualified",
    },
    "dependents": {},
    "telephone": {"A191": "none", "A192": "registered"},
    "foreign_worker": {"A201": "yes", "A202": "no"},
    "bad": {"1": "0", "2": "1"},
}


def taiwan_table(source: Path) -> pa.Table:
    """Return the card holders with names that say the lag in months: m0 is September, m5 April 2005.

    Parameters
    ----------
    source : Path
        CSV, or CSV in gzip: 25 columns from ID to the default, one header line.
    """
    with gzip.open(source, "rt", encoding="utf-8-sig") if source.suffix == ".gz" else source.open(encoding="utf-8-sig") as stream:
        rows = list(csv.reader(stream))[1:]
    _check_width(source, rows, TAIWAN_FIELDS)
    columns = [list(column) for column in zip(*rows, strict=True)]
    arrays = {
        "customer_id": _numbers(columns[0]),
        "limit_ntd": _numbers(columns[1]),
        "sex": _texts(columns[2], SEX),
        "education": _texts(columns[3], EDUCATION),
        "marriage": _texts(columns[4], MARRIAGE),
        "age_years": _numbers(columns[5]),
    }
    for first, name in ((6, "status"), (12, "bill_ntd"), (18, "payment_ntd")):
        arrays |= {f"{name}_m{lag}": _numbers(columns[first + lag]) for lag in range(MONTHS)}
    return pa.table(arrays | {"default_next_month": _numbers(columns[24])})


def german_table(source: Path) -> pa.Table:
    """Return the applications with a number from 1, names and categories in words, and bad 0 or 1.

    Parameters
    ----------
    source : Path
        21 fields a line, parted by blanks, no header.
    """
    rows = [line.split() for line in source.read_text(encoding="ascii").splitlines()]
    _check_width(source, rows, GERMAN_FIELDS)
    arrays = {"application": pa.array(range(1, len(rows) + 1), pa.int64())}
    for column, (name, labels) in zip(zip(*rows, strict=True), GERMAN.items(), strict=True):
        if name == "bad":
            arrays[name] = _numbers([labels.get(code, code) for code in column])
        else:
            arrays[name] = _texts(column, labels) if labels else _numbers(column)
    return pa.table(arrays)


def write(table: pa.Table, file: Path) -> Path:
    """Write a table as one small Parquet file, the same bytes every time."""
    parquet.write_table(table, file, compression="zstd", compression_level=19, row_group_size=len(table))
    return file


def main(arguments: Sequence[str]) -> None:
    """Write both files into the folder of this module, or the one named third."""
    taiwan, german, *folder = (Path(argument) for argument in arguments)
    target = folder[0] if folder else FOLDER
    for table, name in ((taiwan_table(taiwan), "taiwan.parquet"), (german_table(german), "german.parquet")):
        written = write(table, target / name)
        log.info("written file=%s rows=%d bytes=%d", written, len(table), written.stat().st_size)


def _numbers(column: Sequence[str]) -> pa.Array:
    try:
        return pa.array([int(value) for value in column], pa.int64())
    except ValueError as error:
        raise DataError(f"A column of whole numbers holds another value ({error}). Download the file again.") from error


def _texts(column: Sequence[str], labels: Labels) -> pa.Array:
    """Return labels; a code without a documented meaning stays visible as itself."""
    return pa.array([labels.get(code, f"undocumented {code}") for code in column], pa.string())


def _check_width(source: Path, rows: Sequence[Sequence[str]], fields: int) -> None:
    for number, row in enumerate(rows, start=1):
        if len(row) != fields:
            raise DataError(f"{source.name} has {len(row)} fields in data row {number}, expected {fields}. Download it again.")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(sys.argv[1:])
