"""An imported scorecard is believed when it gives the scores that were given: row by row."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard import calibration
from scorecard.errors import DataError, GovernanceError
from scorecard.model import Scorecard
from scorecard.woe import column, numbers

UNPROVEN = "unproven: no scored rows came with it"


def proven(card: Scorecard, rows: pa.Table, score_column: str, tolerance: float = 0.0) -> Scorecard:
    """Return the scorecard, which now says that it reproduced scored rows.

    Parameters
    ----------
    card : Scorecard
    rows : pyarrow.Table
        Its inputs, and the scores that the incumbent gave.
    score_column : str
    tolerance : float
        Points that a score may differ, such as 0.5 a characteristic where the incumbent adds unrounded points.

    Raises
    ------
    DataError
        Where there are no rows, or a score is missing.
    GovernanceError
        Where a row's score is not reproduced; the sentence has the first one.
    """
    if not rows.num_rows:
        raise DataError(
            "There are no scored rows; expected rows with the incumbent's scores. Export them, or import it as unproven."
        )
    expected, found = numbers(column(rows, score_column)), card.score(rows).score
    if np.isnan(expected).any():
        first = int(np.flatnonzero(np.isnan(expected))[0]) + 1
        raise DataError(f"Row {first} has no {score_column}; expected the incumbent's score of every row. Mend the rows.")
    wrong = np.flatnonzero(np.abs(found - expected) > tolerance)
    if wrong.size:
        first = int(wrong[0])
        raise GovernanceError(
            f"Row {first + 1} has the score {expected[first]:.12g} in {score_column} and {found[first]:.12g} by the imported {card.name} "
            f"(tolerance {tolerance:g}); {wrong.size} of {rows.num_rows} rows differ. Mend the table, its special codes or the treatments."
        )
    told = f"{rows.num_rows} scored rows reproduced within {tolerance:g}"
    return replace(card, made_from={**card.made_from, "proof": told})


def unproven(card: Scorecard) -> Scorecard:
    """Return the scorecard, which now says that nothing proves it."""
    return replace(card, made_from={**card.made_from, "proof": UNPROVEN})


def fitted(card: Scorecard, rows: pa.Table, bad: npt.NDArray[np.int64]) -> Scorecard:
    """Return the scorecard with the odds that its scores have on these rows: base score at even odds, and points that double them.

    Parameters
    ----------
    card : Scorecard
    rows : pyarrow.Table
    bad : array of shape (rows,)
        0 or 1.

    Raises
    ------
    EvidenceError
        Where there are too few goods or bads, or higher scores are not safer.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapter 7: ln(odds) is linear in the score; Cox (1958), Biometrika 45.
    """
    made = calibration.fit("linear", card.score(rows).score, bad, card.scaling)
    factor = card.scaling.factor / made.slope
    even = card.scaling.offset + made.intercept * factor
    return replace(card, scaling=replace(card.scaling, pdo=factor * log(2), base_score=even, base_odds=1.0))
