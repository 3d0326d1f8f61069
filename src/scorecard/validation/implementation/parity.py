"""Does what is deployed give what was validated? One export against the second way, on rows and golden vectors (IMP-04)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from scorecard.model import Scorecard
from scorecard.results import Reading, Result, Verdict
from scorecard.validation.evidence import Evidence
from scorecard.validation.implementation import independent
from scorecard.validation.implementation.independent import Answers
from scorecard.validation.implementation.replication import CARD, PDS, no_card

SOURCE = "SR 26-2 (2026), on verifying the implementation; at least 1,000 cases: convention"
NEEDED = 1_000  # convention: cases that parity rests on
ROWS = 2_000  # of the table, evenly spaced
LONGEST = 200  # characters of an engine's complaint
KINDS = ("missing", "special", "unseen")
ENGINE = "SQL in DuckDB"


def parity(found: pa.Table, expected: Answers, held: Mapping[str, int], rows: int) -> Result:
    """Judge whether the exported SQL, executed in DuckDB, gives what the file gives by a second way (IMP-04).

    Parameters
    ----------
    found : pyarrow.Table
        Columns score, pd_raw, pd_calibrated, pd and grade of the export.
    expected : Answers
        Of the same cases, by `independent`.
    held : mapping of {"missing", "special", "unseen"} to int
        Cases with at least one such value.
    rows : int
        Cases that are rows of the table; the others are golden vectors, made up to probe every boundary, code and level.

    Returns
    -------
    Result
        The number of cases that differ: scores and grades are equal, raw, calibrated and final PD within 1e-12; `effect` is
        the largest difference of a PD. One case is red; fewer than 1,000 cases are insufficient data, an export that fails
        is red. The certificate of the card has the other exports.

    References
    ----------
    Board of Governors (2026), SR 26-2, on verifying the implementation. The number of cases is a convention.
    """
    gaps = np.max(
        [np.abs(found.column(name).to_numpy() - getattr(expected, name)) for name in ("pd_raw", "pd_calibrated", "pd")], axis=0
    )
    grades = np.array(found.column("grade").to_pylist(), dtype=object) != expected.grade
    wrong = (found.column("score").to_numpy() != expected.score) | grades | ~(gaps <= PDS)
    cases, largest = wrong.size, float(np.nan_to_num(gaps, nan=1.0).max(initial=0.0))
    values = {
        "cases": cases,
        "rows": rows,
        "golden": cases - rows,
        "wrong": int(wrong.sum()),
        "gap": largest,
        "engine": ENGINE,
        "needed": NEEDED,
    }
    values |= dict(held)
    verdict, key = (Verdict.RED, "reading.parity_differs") if wrong.any() else (Verdict.GREEN, "reading.parity_same")
    if verdict is Verdict.GREEN and cases < NEEDED:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.parity_few"
    return Result(
        "IMP-04", CARD, cases, 0, float(wrong.sum()), verdict, SOURCE, Reading(key, values), threshold=0.0, effect=largest
    )


def each_parity(evidence: Evidence) -> list[Result]:
    """Run IMP-04 once, on up to 2,000 rows of the last sample and the golden vectors of the card."""
    from scorecard.exports.engines import duckdb  # noqa: PLC0415  only this test needs what writes and executes SQL
    from scorecard.exports.golden import vectors  # noqa: PLC0415

    if evidence.model is None:
        return [no_card("IMP-04", SOURCE)]
    card, table = evidence.model.card, list(evidence.model.tables.values())[-1]
    golden = vectors(card)
    rows = table.select(card.inputs).take(
        pa.array(np.linspace(0, table.num_rows - 1, min(ROWS, table.num_rows)).astype(np.int64))
    )
    cases = pa.concat_tables([rows.cast(golden.schema), golden])
    try:
        found = duckdb.execute(card, cases)
    except Exception as error:  # whatever an export dies of has to be said
        told = {"engine": ENGINE, "error": f"{type(error).__name__}: {' '.join(str(error).split())[:LONGEST]}"}
        return [Result("IMP-04", CARD, cases.num_rows, 0, None, Verdict.RED, SOURCE, Reading("reading.parity_fails", told))]
    content = card.to_dict()
    return [parity(found, independent.scored(content, cases), _held(card, cases), rows.num_rows)]


def _held(card: Scorecard, cases: pa.Table) -> dict[str, int]:
    """Count the cases with a missing, special or unseen value in any characteristic of their segment."""
    content = card.to_dict()
    found = {kind: np.zeros(cases.num_rows, dtype=bool) for kind in KINDS}
    for segment, rows in independent.parts(content, cases):
        part = cases.take(pa.array(rows))
        for term in segment["characteristics"]:
            kinds = np.array([each["kind"] for each in term["bins"]])[independent.places(term, part.column(term["name"]))]
            for kind, held in found.items():
                held[rows] |= kinds == kind
    return {kind: int(held.sum()) for kind, held in found.items()}
