"""Reasons of a tree model: Shapley values on the log-odds, against the same reference customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.errors import EvidenceError, SettingsError
from scorecard.reasons.explaining import Reason, merged
from scorecard.woe import column

if TYPE_CHECKING:
    from scorecard.challengers import Encoder, Tuned

Floats = npt.NDArray[np.float64]
FEWEST_LOSS = 1e-6  # log-odds; XGBoost sums contributions in single precision, so less is noise


@dataclass(frozen=True)
class Contributions:
    """What each characteristic adds to the log-odds of bad of each row.

    Attributes
    ----------
    names : tuple of str
        Of the characteristics.
    values : array of shape (rows, characteristics)
    base : float
        The mean log-odds of training, which all rows share; values and base sum to the model's log-odds.
    """

    names: tuple[str, ...]
    values: Floats
    base: float


def contributions(tuned: Tuned, table: pa.Table | pa.RecordBatch) -> Contributions:
    """Return the Shapley values of an XGBoost challenger per characteristic.

    They are XGBoost's own: path-dependent, that is, a feature left out takes the branches as training rows did. The
    interventional values average over the reference customers instead; the two differ where characteristics depend on
    each other. A characteristic's value is the sum over its features (its number and its special codes).

    Raises
    ------
    SettingsError
        Where the challenger is not XGBoost's.

    References
    ----------
    Lundberg, Erion, Chen and others (2020), From local explanations to global understanding with explainable AI for
    trees, Nature Machine Intelligence 2.
    """
    if not hasattr(tuned.estimator, "get_booster"):
        raise SettingsError(f"The challenger {tuned.name} has no Shapley values of its own; expected xgboost. Name that one.")
    import xgboost  # noqa: PLC0415  half a second that only challengers need

    features = xgboost.DMatrix(tuned.encoder.transform(table), nthread=1)
    found = np.asarray(tuned.estimator.get_booster().predict(features, pred_contribs=True), dtype=np.float64)
    names = tuple(each.name for each in tuned.encoder.characteristics)
    base = float(found[0, -1]) if len(found) else float("nan")
    return Contributions(names, np.add.reduceat(found[:, :-1], _starts(tuned.encoder), axis=1), base)


def shapley(
    tuned: Tuned,
    table: pa.Table,
    reference_rows: pa.Table,
    texts: Mapping[str, str] | None = None,
    most: int = 4,
    cutoff: float | None = None,
) -> list[tuple[Reason, ...]]:
    """Return the reasons of each customer by an XGBoost challenger, the largest shortfall first.

    Points are the contributions to the log-odds of good, reference points their mean over the reference customers, so
    that the shortfalls sum to the customer's log-odds of bad less the mean of the reference customers.

    Parameters
    ----------
    tuned : Tuned
        Of XGBoost.
    table : pyarrow.Table
        Customers.
    reference_rows : pyarrow.Table
        The customers to compare with: those at or just above the cut-off (see `compared`).
    texts : mapping of characteristic to text, optional
        Reasons in words; the name where there is none.
    most : int
    cutoff : float, optional
        Customers with a PD at or below it are approved and get no reasons.

    Raises
    ------
    EvidenceError
        Where there are no reference customers.
    SettingsError
        Where the challenger is not XGBoost's.
    """
    if not reference_rows.num_rows:
        raise EvidenceError("There are no reference customers; expected those at or just above the cut-off. Lower the cut-off.")
    reference = -contributions(tuned, reference_rows).values.mean(axis=0)
    own = -contributions(tuned, table).values
    told = texts or {}
    found = [
        [
            Reason(
                each.name,
                told.get(each.name, each.name),
                each.bins[place].label,
                float(points),
                float(mean),
                float(mean - points),
            )
            for each, place, points, mean in zip(tuned.encoder.characteristics, bins, values, reference, strict=True)
        ]
        for bins, values in zip(_bins(tuned.encoder, table), own, strict=True)
    ]
    refused = [True] * len(found) if cutoff is None else (tuned.pd(table) > cutoff).tolist()
    return [merged(_lost(reasons))[:most] if below else () for reasons, below in zip(found, refused, strict=True)]


def _lost(reasons: list[Reason]) -> list[Reason]:
    """Return the reasons with a shortfall, the largest first; ties in the order of the characteristics."""
    return sorted((each for each in reasons if each.shortfall > FEWEST_LOSS), key=lambda each: -each.shortfall)


def _starts(encoder: Encoder) -> list[int]:
    """Return where the features of each characteristic begin."""
    widths = [len(type(encoder)((each,)).features()) for each in encoder.characteristics]
    return [0, *np.cumsum(widths[:-1]).tolist()]


def _bins(encoder: Encoder, table: pa.Table) -> npt.NDArray[np.intp]:
    return np.array([each.assign(column(table, each.name)) for each in encoder.characteristics], dtype=np.intp).T
