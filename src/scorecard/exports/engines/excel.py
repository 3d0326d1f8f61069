"""Execute the formulas of the Excel export in LibreOffice, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

import pyarrow as pa
from openpyxl import load_workbook

from scorecard.errors import DataError
from scorecard.exports import engines
from scorecard.exports.excel.rows import SHEET, rows
from scorecard.model import Scorecard

PROGRAM = "soffice"
SECONDS = 300  # after which LibreOffice is given up


def available() -> str | None:
    """Return the version of LibreOffice; None where it is absent."""
    if shutil.which(PROGRAM) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        return " ".join(_run(Path(folder), "--version").split()[:2])


def execute(card: Scorecard, table: pa.Table) -> pa.Table:
    """Return what the formulas give for each row: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on.

    Parameters
    ----------
    card : Scorecard
    table : pyarrow.Table
        With every input of the scorecard.

    Raises
    ------
    EvidenceError
        Where LibreOffice is absent.
    DataError
        Where an input is absent, or LibreOffice fails.
    """
    schema = engines.schema(card)
    book = load_workbook(BytesIO(recalculated(rows(card, table))), data_only=True, read_only=True)
    found = book[SHEET].iter_rows(2, table.num_rows + 1, 1, len(schema), values_only=True)
    columns = zip(*found, strict=True) if table.num_rows else [()] * len(schema)
    answers = [[_answer(value, each.type) for value in column] for column, each in zip(columns, schema, strict=True)]
    return pa.table([pa.array(values, each.type) for values, each in zip(answers, schema, strict=True)], schema=schema)


def recalculated(workbook: bytes, kind: str = "xlsx") -> bytes:
    """Return a workbook as LibreOffice writes it after calculating every formula; it has a profile of its own.

    Parameters
    ----------
    workbook : bytes
    kind : str
        ``xlsx`` or ``pdf``.
    """
    if shutil.which(PROGRAM) is None:
        raise engines.absent("LibreOffice", "Install it with `make system`.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.xlsx").write_bytes(workbook)
        said = _run(folder, "--convert-to", kind, "--outdir", str(folder / "out"), str(folder / "in.xlsx"))
        made = folder / "out" / f"in.{kind}"
        if not made.is_file():
            raise DataError(
                f"LibreOffice wrote no {kind} ({' '.join(said.split()) or 'it says nothing'}). Open the workbook by hand."
            )
        return made.read_bytes()


def _run(folder: Path, *words: str) -> str:
    command = [PROGRAM, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", *words]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603  words of ours
    except subprocess.TimeoutExpired as error:
        raise DataError(f"LibreOffice did not end within {SECONDS} seconds. Close other instances, or use fewer rows.") from error
    return ended.stdout + ended.stderr


def _answer(value: object, kind: pa.DataType) -> object:
    if kind == pa.string():
        return None if value is None or value == "" else str(value)
    return float(value) if isinstance(value, int | float) else None
