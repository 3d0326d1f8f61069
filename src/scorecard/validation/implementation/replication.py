"""Does the raw table lead to the same coefficients, points, scores, PDs and grades by a second way? (IMP-01 to IMP-03, IMP-05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from scorecard.data.samples import BAD, WEIGHT
from scorecard.results import Reading, Result, Verdict
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Floats, Scored
from scorecard.validation.implementation import independent
from scorecard.validation.implementation.independent import Content

FIT_SOURCE = "Hosmer, Lemeshow & Sturdivant (2013), 1.2; Siddiqi (2017), chapter 10"
POINTS_SOURCE = "Siddiqi (2017), chapter 7"
SCORE_SOURCE = "Siddiqi (2017), chapter 7; SR 26-2 (2026), on verifying the implementation"
TABLE_SOURCE = "FIPS 180-4, SHA-256"
COEFFICIENTS = 1e-6  # by which coefficients, intercept and WoE may differ: two ways to the same maximum
PDS = 1e-12
ROUNDING = 1e-9  # points this near to half a step may be rounded either way
CARD = "scorecard"


def recomputed_fit(content: Content, segment: Content, rows: pa.Table) -> Result:
    """Judge whether the raw rows of development give the coefficients of the file by a second way (IMP-01).

    Parameters
    ----------
    content : mapping
        Of `scorecard.json`.
    segment : mapping
        One of its segments.
    rows : pyarrow.Table
        Of this segment, with its inputs, ``@bad`` and ``@weight``.

    Returns
    -------
    Result
        The largest difference of coefficients and intercept. Bins are found in the raw values with numpy, WoE counted anew
        with its treatments, and the logit fitted by scikit-learn, with the penalty of the file; nothing of the kit that binned
        and fitted is called. More than 1e-6, of them or of the WoE (`effect`), is red. Not computable where the file has no
        coefficients, as of an imported card, and where the rows are not those of the fit: by its own count of rows and bads.

    References
    ----------
    Hosmer, Lemeshow & Sturdivant (2013), Applied Logistic Regression, section 1.2; Siddiqi (2017), chapter 10.
    """
    bad, weight = rows.column(BAD).to_numpy().astype(np.int64), rows.column(WEIGHT).to_numpy().astype(float)
    terms, scope = segment["characteristics"], _scope(content, segment)
    silent = _no_fit(segment, rows.num_rows, int(bad.sum()))
    if silent is not None:
        return Result("IMP-01", scope, rows.num_rows, int(bad.sum()), None, Verdict.NOT_COMPUTABLE, FIT_SOURCE, silent)
    place = [independent.places(term, rows.column(term["name"])) for term in terms]
    woes = [independent.woes(term, each, bad, weight) for term, each in zip(terms, place, strict=True)]
    matrix = np.column_stack([woe[each] for woe, each in zip(woes, place, strict=True)])
    found = independent.fitted(matrix, bad, weight, segment["fit"].get("penalty") or 0.0)
    if found is None:
        reading = Reading("reading.no_second_fit")
        return Result("IMP-01", scope, rows.num_rows, int(bad.sum()), None, Verdict.NOT_COMPUTABLE, FIT_SOURCE, reading)
    written = np.array([segment["intercept"], *(term["coefficient"] for term in terms)])
    gaps = np.abs(np.array([found.intercept, *found.coefficients]) - written)
    names, worst = ["intercept", *(term["name"] for term in terms)], int(gaps.argmax())
    of_woe = max(_woe_gap(term, woe) for term, woe in zip(terms, woes, strict=True))
    same = max(float(gaps.max()), of_woe) <= COEFFICIENTS
    values = {
        "gap": float(gaps.max()),
        "name": names[worst],
        "woe": of_woe,
        "limit": COEFFICIENTS,
        "number": len(terms),
        "rows": rows.num_rows,
    }
    return Result(
        "IMP-01",
        scope,
        rows.num_rows,
        int(bad.sum()),
        float(gaps.max()),
        Verdict.GREEN if same else Verdict.RED,
        FIT_SOURCE,
        Reading("reading.fit_same" if same else "reading.fit_differs", values),
        threshold=COEFFICIENTS,
        effect=of_woe,
    )


def recomputed_points(content: Content, segment: Content) -> Result:
    """Judge whether the points of the file follow from its coefficients, WoE and scaling (IMP-02).

    Parameters
    ----------
    content : mapping
        Of `scorecard.json`.
    segment : mapping
        One of its segments.

    Returns
    -------
    Result
        The number of points, base points included, that are not the rounded ones of the formula; `effect` is the largest
        difference. A value within 1e-9 of half a step may be rounded either way. Any other difference is red, and so are a
        factor and an offset that do not follow from PDO, base score and base odds. Not computable without coefficients.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 7.
    """
    terms, scope = segment["characteristics"], _scope(content, segment)
    count = sum(len(term["bins"]) for term in terms) + 1
    if not _has_coefficients(segment):
        return Result("IMP-02", scope, count, 0, None, Verdict.NOT_COMPUTABLE, POINTS_SOURCE, Reading("reading.no_coefficients"))
    scaling = content["scaling"]
    base, exact = independent.points(segment, scaling)
    written = np.array([segment["base"], *(each["points"] for term in terms for each in term["bins"])])
    gaps = _beyond_rounding(written, np.concatenate([[base], *exact]), 10 ** -scaling.get("decimals", 0))
    factor, offset = independent.factor_and_offset(scaling)
    scale = max(abs(scaling["factor"] - factor), abs(scaling["offset"] - offset))
    wrong, same = int((gaps > 0).sum()), bool((gaps == 0).all() and scale <= ROUNDING)
    values = {
        "wrong": wrong,
        "points": count,
        "largest": float(gaps.max()),
        "scale": scale,
        "decimals": scaling.get("decimals", 0),
    }
    return Result(
        "IMP-02",
        scope,
        count,
        0,
        float(wrong),
        Verdict.GREEN if same else Verdict.RED,
        POINTS_SOURCE,
        Reading("reading.points_same" if same else "reading.points_differ", values),
        threshold=0.0,
        effect=float(gaps.max()),
    )


def recomputed_scores(content: Content, grades: tuple[str, ...], rows: pa.Table, part: Scored, scope: str) -> Result:
    """Judge whether every row has the score, PD and grade that the file gives it by a second way (IMP-03).

    Parameters
    ----------
    content : mapping
        Of `scorecard.json`.
    grades : tuple of str
        Names, best first.
    rows : pyarrow.Table
        With every input of the card, in the order of `part`.
    part : Scored
    scope : str
        The sample.

    Returns
    -------
    Result
        The number of rows that differ: scores and grades are equal, PDs within 1e-12; `effect` is the largest difference of
        a PD. Bins, sums, limits, calibration, anchor, floor and grades are worked out from the file with numpy alone, for
        every segment. One row is red.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 7; Board of Governors (2026), SR 26-2, on verifying the implementation.
    """
    found = independent.scored(content, rows)
    gap = np.abs(found.pd - part.pd)
    names = np.array([*grades, None], dtype=object)[part.grade]
    score, grade = found.score != part.score, found.grade != names
    wrong = score | grade | ~(gap <= PDS)
    values = {
        "rows": part.n,
        "wrong": int(wrong.sum()),
        "scores": int(score.sum()),
        "grades": int(grade.sum()),
        "gap": float(gap.max()),
    }
    values |= {"first": int(wrong.argmax()) + 1}
    return Result(
        "IMP-03",
        scope,
        part.n,
        part.events,
        float(wrong.sum()),
        Verdict.RED if wrong.any() else Verdict.GREEN,
        SCORE_SOURCE,
        Reading("reading.scores_differ" if wrong.any() else "reading.scores_same", values),
        threshold=0.0,
        effect=float(gap.max()),
    )


def same_table(made_from: Mapping[str, str], record: Mapping[str, str] | None, rows: int) -> Result:
    """Judge whether the table at hand is the one that the card was made from (IMP-05).

    Parameters
    ----------
    made_from : mapping
        Of `scorecard.json`: hashes, ``data_sha256`` among them.
    record : mapping or None
        What is known of the table at hand, its own ``data_sha256`` among it.
    rows : int
        Of development.

    Returns
    -------
    Result
        Green where the hashes are equal. Amber where they are not: what was recomputed then speaks of other rows. Not
        computable where one of them is not known.

    References
    ----------
    NIST (2015), FIPS 180-4, Secure Hash Standard.

    Examples
    --------
    >>> same_table({"data_sha256": "ab" * 32}, {"data_sha256": "cd" * 32}, 100).verdict.value
    'amber'
    """
    written, found = made_from.get("data_sha256"), (record or {}).get("data_sha256")
    if not written or not found:
        reading = Reading("reading.table_unknown" if written else "reading.table_unwritten")
        return Result("IMP-05", CARD, rows, 0, None, Verdict.NOT_COMPUTABLE, TABLE_SOURCE, reading)
    same = written == found
    values = {"written": written[:12], "found": found[:12]}
    reading = Reading("reading.table_same" if same else "reading.table_differs", values)
    return Result(
        "IMP-05", CARD, rows, 0, float(not same), Verdict.GREEN if same else Verdict.AMBER, TABLE_SOURCE, reading, threshold=0.0
    )


def each_fit(evidence: Evidence) -> list[Result]:
    """Run IMP-01 on every segment, on the rows of development."""
    if evidence.model is None:
        return [no_card("IMP-01", FIT_SOURCE)]
    content, table = evidence.model.card.to_dict(), evidence.model.tables[DEVELOPMENT]
    return [recomputed_fit(content, segment, table.take(pa.array(rows))) for segment, rows in independent.parts(content, table)]


def each_points(evidence: Evidence) -> list[Result]:
    """Run IMP-02 on every segment."""
    if evidence.model is None:
        return [no_card("IMP-02", POINTS_SOURCE)]
    content = evidence.model.card.to_dict()
    return [recomputed_points(content, segment) for segment in independent.segments(content)]


def each_score(evidence: Evidence) -> list[Result]:
    """Run IMP-03 on every sample, every row."""
    if evidence.model is None:
        return [no_card("IMP-03", SCORE_SOURCE)]
    content, tables = evidence.model.card.to_dict(), evidence.model.tables
    return [
        recomputed_scores(content, evidence.grades, tables[name], part, name)
        if name in tables
        else Result(
            "IMP-03", name, part.n, part.events, None, Verdict.NOT_COMPUTABLE, SCORE_SOURCE, Reading("reading.no_rows_of_card")
        )
        for name, part in evidence.samples.items()
    ]


def each_table(evidence: Evidence) -> list[Result]:
    """Run IMP-05 once."""
    if evidence.model is None:
        return [no_card("IMP-05", TABLE_SOURCE)]
    return [same_table(evidence.model.card.made_from, evidence.record, evidence.development.n)]


def no_card(code: str, source: str) -> Result:
    """Say that the card and its rows are not at hand."""
    return Result(code, CARD, 0, 0, None, Verdict.NOT_COMPUTABLE, source, Reading("reading.no_rows_of_card"))


def _scope(content: Content, segment: Content) -> str:
    return CARD if content.get("segmentation") is None else f"{CARD}: {segment['name']}"


def _has_coefficients(segment: Content) -> bool:
    return segment["intercept"] is not None and all(term["coefficient"] is not None for term in segment["characteristics"])


def _no_fit(segment: Content, rows: int, bads: int) -> Reading | None:
    """Return why a segment cannot be fitted again, or None."""
    if not (segment["characteristics"] and _has_coefficients(segment)):
        return Reading("reading.no_coefficients")
    told: Mapping[str, Any] = segment["fit"]
    if told.get("rows", rows) != rows or told.get("bads", bads) != bads:
        return Reading(
            "reading.other_rows", {"rows": int(told["rows"]), "bads": int(told["bads"]), "found": rows, "found_bads": bads}
        )
    return Reading("reading.no_second_fit") if bads in (0, rows) else None


def _woe_gap(term: Content, woe: Floats) -> float:
    """Return the largest difference of WoE to the file, over the bins that rows or a policy speak of."""
    gaps = np.abs(woe - np.array([each["woe"] for each in term["bins"]]))
    return float(np.nanmax(gaps, initial=0.0))


def _beyond_rounding(written: Floats, exact: Floats, step: float) -> Floats:
    """Return by how much points differ from the exact ones, 0 where rounding explains it."""
    gaps = np.abs(written - exact)
    return np.where(gaps <= step / 2 + ROUNDING, 0.0, gaps)
