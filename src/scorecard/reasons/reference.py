"""Whom a customer is compared with: those at or just above the cut-off, or all."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.errors import EvidenceError, SettingsError
from scorecard.model import FORMAT, Reasons, Scorecard, Segment
from scorecard.points import Scaling
from scorecard.reasons.ordering import FINE, Keys, totals

FEWEST = 100  # convention: the mean points of fewer customers are known to no better than a tenth of their spread
Flags = npt.NDArray[np.bool_]


def referenced(
    card: Scorecard,
    rows: pa.Table,
    reference: Literal["cutoff", "all"] = "cutoff",
    cutoff: float | None = None,
    most: int = 4,
    width: float | None = None,
) -> Scorecard:
    """Return the scorecard with the mean points that reasons compare with, per segment.

    Parameters
    ----------
    card : Scorecard
    rows : pyarrow.Table
        The development sample.
    reference : str
        ``cutoff``: customers with a score in [cutoff, cutoff + width), widened until every segment has `FEWEST` of them;
        ``all`` customers.
    cutoff : float, optional
        Only customers below it get reasons; everybody does without it.
    most : int
        Reasons given at most. More than four are unlikely to help an applicant.
    width : float, optional
        In points; the scale's pdo where it is not given.

    Returns
    -------
    Scorecard
        Of the newest format. Its `reasons` say which scores and how many customers were compared with. Reference points
        are rounded to a hundredth of the score's step.

    Raises
    ------
    SettingsError
        Where the parameters contradict each other.
    EvidenceError
        Where a segment has fewer than `FEWEST` such customers.

    References
    ----------
    Regulation B, official interpretations of 12 CFR 1002.9, paragraph 9(b)(2), comments 1 and 5.
    """
    _refuse(reference, cutoff, most, width)
    parts = [(segment, card.points_of(segment, part)) for segment, _, part in card.parts(rows)]
    scores = [totals(card, segment, steps) for segment, steps in parts]
    wanted = Reasons(reference, most, None if cutoff is None else float(cutoff))
    if reference == "cutoff" and cutoff is not None:
        wide = card.scaling.pdo if width is None else width
        reached = [_reached(segment.name, score, cutoff, card.scaling) for (segment, _), score in zip(parts, scores, strict=True)]
        wanted = replace(wanted, upper=float(max(cutoff + wide, *reached)))
    inside = [_inside(wanted, score) for score in scores]
    segments = tuple(_with(part, found, card.scaling) for part, found in zip(parts, inside, strict=True))
    reasons = replace(wanted, rows=int(sum(found.sum() for found in inside)))
    return replace(card, segments=segments, reasons=reasons, format=FORMAT)


def compared(card: Scorecard, rows: pa.Table) -> pa.Table:
    """Return the customers of a table that the scorecard's reasons compare with.

    Raises
    ------
    SettingsError
        Where the scorecard has no reasons.
    """
    return rows.filter(pa.array(_inside(asked(card), card.score(rows).score)))


def asked(card: Scorecard) -> Reasons:
    """Return the scorecard's reasons, or say that it has none."""
    if card.reasons is None:
        raise SettingsError(
            f"The scorecard {card.name} has no reference points; expected the customers that reasons compare with. "
            "Name a cut-off when it is made."
        )
    return card.reasons


def _refuse(reference: str, cutoff: float | None, most: int, width: float | None) -> None:
    if reference not in {"cutoff", "all"}:
        raise SettingsError(f"reference = {reference!r}; expected cutoff or all. Change the parameter.")
    if reference == "cutoff" and cutoff is None:
        raise SettingsError("reference = 'cutoff' without a cut-off; expected a score. Name it, or compare with all customers.")
    if cutoff is not None and not isfinite(cutoff):
        raise SettingsError(f"cutoff = {cutoff}; expected a finite score. Change the parameter.")
    if most < 1:
        raise SettingsError(f"most = {most}; expected 1 or more reasons. Change the parameter.")
    if width is not None and not 0 < width < float("inf"):
        raise SettingsError(f"width = {width}; expected points above 0. Change the parameter.")


def _reached(name: str, score: npt.NDArray[np.float64], cutoff: float, scaling: Scaling) -> float:
    """Return the score below which the first `FEWEST` customers at or above the cut-off lie."""
    above = np.sort(score[score >= cutoff])
    if len(above) < FEWEST:
        raise EvidenceError(
            f"The segment {name} has {len(above)} customers at or above the cut-off {cutoff:g}; expected {FEWEST} to compare with. "
            "Lower the cut-off, or compare with all customers."
        )
    return float(scaling.rounded(above[FEWEST - 1] + 1 / scaling.unit))


def _inside(wanted: Reasons, score: npt.NDArray[np.float64]) -> Flags:
    if wanted.cutoff is None or wanted.upper is None:
        return np.ones(len(score), dtype=np.bool_)
    return np.asarray((score >= wanted.cutoff) & (score < wanted.upper))


def _with(part: tuple[Segment, Keys], inside: Flags, scaling: Scaling) -> Segment:
    """Return a segment with the mean points of its reference customers."""
    segment, steps = part
    if inside.sum() < FEWEST:
        raise EvidenceError(
            f"The segment {segment.name} has {inside.sum()} customers; expected {FEWEST} to compare with. Take a larger sample."
        )
    # Sums of whole numbers: the mean is the same on every machine.
    means = np.rint(steps[inside].sum(axis=0) * FINE / inside.sum()) / (FINE * scaling.unit)
    return replace(
        segment, terms=tuple(replace(term, reference=float(mean)) for term, mean in zip(segment.terms, means, strict=True))
    )
