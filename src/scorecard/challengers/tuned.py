"""A challenger after its search: what it says of a customer, raw, calibrated and final."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from scipy.special import logit

from scorecard import calibration
from scorecard.calibration import Calibration
from scorecard.challengers.encoding import Encoder, Floats
from scorecard.challengers.estimators import predict
from scorecard.challengers.rows import weights
from scorecard.challengers.search import Search
from scorecard.data.samples import BAD
from scorecard.points import Scaling


class PDs(NamedTuple):
    """The PDs of rows: the model's own, corrected on a sample, and anchored and not below the floor; the last decides."""

    raw: Floats
    calibrated: Floats
    final: Floats


@dataclass(frozen=True)
class Tuned:
    """A fitted challenger.

    Attributes
    ----------
    name : str
    estimator : object
        With ``predict_proba``.
    encoder : Encoder
    settings : mapping
        Those of the best trial, which all rows were fitted with.
    least : float
        A raw PD nearer to 0 or 1 than this is taken as this far from it before its log-odds are formed: half an account of
        the rows it was fitted on. A leaf without bads says no more.
    rows : int
        It was fitted on.
    scaling : Scaling
        The scorecard's: the log-odds of the raw PD are written as a score on it, as calibrations are functions of a score.
    calibration : Calibration
    search : Search
    """

    name: str
    estimator: Any
    encoder: Encoder
    settings: Mapping[str, Any] = field(default_factory=dict)
    least: float = 1e-6
    rows: int = 0
    scaling: Scaling = field(default_factory=Scaling)
    calibration: Calibration = field(default_factory=Calibration)
    search: Search = field(default_factory=Search)

    def raw(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Return the model's own PD of each row, shape (rows,)."""
        return predict(self.estimator, self.encoder.transform(table))

    def log_odds(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Return the log-odds of bad of the raw PD, shape (rows,)."""
        return log_odds(self.raw(table), self.least)

    def score(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Return the log-odds as an unrounded score, higher is safer, shape (rows,)."""
        return self._score(self.raw(table))

    def clipped(self, table: pa.Table | pa.RecordBatch) -> int:
        """Return how many rows have a raw PD nearer to 0 or 1 than `least`."""
        raw = self.raw(table)
        return int(((raw < self.least) | (raw > 1 - self.least)).sum())

    def pds(self, table: pa.Table | pa.RecordBatch) -> PDs:
        """Return raw, calibrated and final PD of each row."""
        return self.corrected(self.raw(table))

    def corrected(self, raw: Floats) -> PDs:
        """Return raw PDs with the calibrated and the final ones that belong to them."""
        score = self._score(raw)
        return PDs(raw, self.calibration.calibrated(score, self.scaling), self.calibration.final(score, self.scaling))

    def pd(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Return the final PD of each row, the one to decide by, shape (rows,)."""
        return self.pds(table).final

    def _score(self, raw: Floats) -> Floats:
        return self.scaling.offset - self.scaling.factor * log_odds(raw, self.least)


def log_odds(raw: Floats, least: float) -> Floats:
    """Return the log-odds of PDs, none of them nearer to 0 or 1 than `least`.

    Examples
    --------
    >>> log_odds(np.array([0.5, 0.0]), 1 / 1001).round(3).tolist()
    [0.0, -6.908]
    """
    return np.asarray(logit(np.clip(raw, least, 1 - least)))


def calibrated(tuned: Tuned, like: Calibration, scaling: Scaling, tables: Mapping[str, pa.Table]) -> Tuned:
    """Return the challenger calibrated as the scorecard is: same method, same sample, same anchor, same floor.

    Parameters
    ----------
    tuned : Tuned
    like : Calibration
        Of the scorecard.
    scaling : Scaling
        Of the scorecard.
    tables : mapping of sample to pyarrow.Table
        With ``@bad`` and ``@weight``.

    Raises
    ------
    EvidenceError
        Where the sample has fewer than 20 goods or bads, or the challenger would order them the wrong way round.
    """
    scaled = replace(tuned, scaling=scaling)
    made = Calibration()
    if like.method != "none":
        rows = tables[like.sample or "development"]
        made = calibration.fit(
            like.method, scaled.score(rows), rows.column(BAD).to_numpy(), scaling, weights(rows), sample=like.sample
        )
    return replace(scaled, calibration=replace(_anchored(scaled, made, like, tables), floor=like.floor))


def _anchored(tuned: Tuned, made: Calibration, like: Calibration, tables: Mapping[str, pa.Table]) -> Calibration:
    """Move PDs to the scorecard's default rate: by the same ratio of odds, or until the mean PD of development is that rate."""
    if like.anchor is None:
        return made
    told: dict[str, Any] = {"from_rate": like.anchor.from_rate}
    if like.anchor.method == "central tendency":
        told = {"score": tuned.score(tables["development"]), "weight": weights(tables["development"])}
    return calibration.anchored(made, tuned.scaling, like.anchor.to_rate, like.anchor.method, **told)
