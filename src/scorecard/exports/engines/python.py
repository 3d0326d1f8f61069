"""Execute the Python export of a scorecard: the file itself, in a fresh process without the kit."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from scorecard.errors import DataError
from scorecard.exports import engines
from scorecard.exports.python import python
from scorecard.model import Scorecard

NAME = "Python"


def available() -> str | None:
    """Return the version of Python."""
    return platform.python_version()


def execute(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what the export gives for each row: score, pd_raw, pd_calibrated, pd, grade, reason_1 and so on."""
    return run(python(card), card, rows)


def run(text: str, card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return what a file gives for each row.

    Raises
    ------
    DataError
        Where it does not end well or refuses a row.
    """
    lines = "\n".join(json.dumps(row, default=date.isoformat) for row in rows.select(card.inputs).to_pylist())
    with tempfile.TemporaryDirectory(prefix="scorecard-python-") as folder:
        path = Path(folder) / "card.py"
        path.write_text(text, encoding="utf-8")
        command = [sys.executable, "-I", path.name]  # isolated: no site packages of the user, no folder of the kit
        ended = subprocess.run(command, input=lines, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603  our own file
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    refused = next((each["error"] for each in told if "error" in each), ended.stderr.strip().splitlines()[-1:])
    if refused or len(told) != rows.num_rows:
        raise DataError(
            f"The exported file does not score every row ({refused}); expected {rows.num_rows} answers. Export it again."
        )
    return engines.answers(card, [_flat(each) for each in told])


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with its reasons as columns."""
    reasons = row.pop("reasons")
    return row | {f"reason_{place}": name for place, name in enumerate(reasons, start=1)}
