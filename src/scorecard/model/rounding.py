"""What rounding the points costs: moved scores, changed ranks, and the AUC before and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa

from scorecard import metrics
from scorecard.errors import EvidenceError
from scorecard.model.card import Scorecard, Segment
from scorecard.woe import column

Floats = npt.NDArray[np.float64]


def exact(card: Scorecard, table: pa.Table | pa.RecordBatch) -> Floats:
    """Return the score of the fit itself, before points are rounded and without limits, shape (rows,).

    It is a strictly falling function of the log-odds of bad.

    Raises
    ------
    EvidenceError
        Where the scorecard was imported and has no fit.
    """
    found = np.empty(table.num_rows)
    for segment, rows, part in card.parts(table):
        found[rows] = card.scaling.offset - card.scaling.factor * log_odds(segment, part)
    return found


def log_odds(segment: Segment, table: pa.Table | pa.RecordBatch) -> Floats:
    """Return the logit of bad that the fit of a segment gives each row, shape (rows,)."""
    if segment.intercept is None or any(term.coefficient is None for term in segment.terms):
        raise EvidenceError(f"The segment {segment.name} has points but no fit; expected coefficients. It was imported.")
    logit = np.full(table.num_rows, segment.intercept)
    for term in segment.terms:
        each = term.characteristic
        logit += float(term.coefficient or 0.0) * each.woe[each.assign(column(table, term.name))]
    return logit


def effect(card: Scorecard, table: pa.Table, bad: npt.NDArray[np.int64], cutoff: float | None = None) -> pandas.DataFrame:
    """Return what rounding changes on these rows.

    Parameters
    ----------
    card : Scorecard
    table : pyarrow.Table
    bad : array of shape (rows,)
    cutoff : float, optional
        The score from which customers are approved.

    Returns
    -------
    DataFrame
        One row: the AUC before and after and their difference, the rank correlation (Kendall's tau-b), pairs
        of customers told apart before and no longer after (as a share of those told apart), the largest and the mean
        move of a score, and the share of customers whom the cut-off treats otherwise.

    References
    ----------
    Kendall (1945), The treatment of ties in ranking problems, Biometrika 33.
    """
    from scipy.stats import kendalltau  # noqa: PLC0415  its import takes half a second, which most commands can do without

    limits = card.scaling.minimum, card.scaling.maximum
    before, after = np.clip(exact(card, table), *limits), card.score(table).score
    aucs = [metrics.auc(bad, -score) for score in (before, after)]
    move = np.abs(after - before)
    figures: dict[str, Any] = {
        "auc_exact": aucs[0], "auc_rounded": aucs[1], "auc_difference": aucs[1] - aucs[0],
        "rank_correlation": float(kendalltau(before, after).statistic),
        "pairs_tied_share": _tied(before, after),
        "distinct_exact": len(np.unique(before)), "distinct_rounded": len(np.unique(after)),
        "largest_move_points": float(move.max()), "mean_move_points": float(move.mean()),
    }  # fmt: skip
    if cutoff is not None:
        figures["decisions_changed_share"] = float(((before >= cutoff) != (after >= cutoff)).mean())
    return pandas.DataFrame([figures])


def _tied(before: Floats, after: Floats) -> float:
    """Return the share of pairs with different scores before that have the same score after."""
    pairs = [_ties(before), _ties(after)]
    whole = len(before) * (len(before) - 1) / 2
    return float((pairs[1] - pairs[0]) / (whole - pairs[0])) if whole > pairs[0] else 0.0


def _ties(score: Floats) -> float:
    counts = np.unique(score, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())
