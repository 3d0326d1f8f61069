"""What turns a score into a PD of record: a formula or steps, a shift, a floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_expit, logit

from scorecard.errors import SettingsError

if TYPE_CHECKING:
    from scorecard.points import Scaling

Method = Literal["none", "intercept", "linear", "isotonic", "beta"]
Move = Literal["prior shift", "central tendency"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """Isotonic: from this score upwards (None: from the lowest) the PD is `pd`."""

    lower_score: float | None
    pd: float


@dataclass(frozen=True)
class Anchor:
    """To which default rate the PDs were moved, and how."""

    method: Move
    from_rate: float
    to_rate: float


@dataclass(frozen=True)
class Calibration:
    """What makes a calibrated and a final PD of a score.

    Attributes
    ----------
    method : str
        ``none``: the PD of the points. ``intercept`` and ``linear``: logit = intercept + slope * z. ``beta``:
        logit = intercept + slope * ln p - complement * ln(1 - p), with p the PD of the points. ``isotonic``: `steps`.
    intercept, slope, complement : float
    steps : tuple of Step
        Ascending by score, their PDs descending; the first from the lowest score.
    shift : float
        Added to the log-odds of the calibrated PD.
    anchor : Anchor or None
        What the shift is for.
    floor : float
        The lowest final PD; applied last.
    sample : str or None
    rows, bads : int
        The accounts it was fitted on.
    """

    method: Method = "none"
    intercept: float = 0.0
    slope: float = 1.0
    complement: float = 1.0
    steps: tuple[Step, ...] = ()
    shift: float = 0.0
    anchor: Anchor | None = None
    floor: float = 0.0
    sample: str | None = None
    rows: int = 0
    bads: int = 0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise SettingsError(f"calibration = {self.method!r}; expected {', '.join(get_args(Method))}. Change the setting.")
        if not (np.isfinite([self.intercept, self.slope, self.complement, self.shift]).all() and 0 <= self.floor < 1):
            raise SettingsError(
                f"The calibration has the floor {self.floor} or a number that is none; expected 0 to 1. Change it."
            )
        if self.method == "isotonic":
            _refuse_steps(self.steps)

    def calibrated(self, score: Floats, scaling: Scaling) -> Floats:
        """Return the calibrated PD of scores, before anchor and floor; shape (rows,)."""
        if self.method == "none":
            return scaling.pd(score)
        return self._step(score) if self.method == "isotonic" else np.asarray(expit(self.log_odds(score, scaling)))

    def final(self, score: Floats, scaling: Scaling) -> Floats:
        """Return the PD of record of scores: calibrated, anchored and not below the floor; shape (rows,)."""
        found = expit(self.log_odds(score, scaling) + self.shift) if self.shift else self.calibrated(score, scaling)
        return np.maximum(found, self.floor)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self) | {"steps": [asdict(each) for each in self.steps]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Calibration:
        """Rebuild what `to_dict` wrote."""
        anchor = content["anchor"]
        steps = tuple(Step(**each) for each in content["steps"])
        return cls(**{**content, "steps": steps, "anchor": None if anchor is None else Anchor(**anchor)})

    def log_odds(self, score: Floats, scaling: Scaling) -> Floats:
        """Return the log-odds of bad that belong to the calibrated PD, before the shift; shape (rows,)."""
        if self.method == "isotonic":
            return np.asarray(logit(self._step(score)))
        z = (scaling.offset - score) / scaling.factor
        if self.method == "beta":
            return np.asarray(self.intercept + self.slope * log_expit(z) - self.complement * log_expit(-z))
        return z if self.method == "none" else self.intercept + self.slope * z

    def _step(self, score: Floats) -> Floats:
        lowers = np.array([each.lower_score for each in self.steps[1:]], dtype=np.float64)
        found = np.array([each.pd for each in self.steps])[np.searchsorted(lowers, score, side="right")]
        return np.where(np.isnan(score), np.nan, found)


def _refuse_steps(steps: tuple[Step, ...]) -> None:
    lowers, pds = [each.lower_score for each in steps[1:]], np.array([each.pd for each in steps])
    ordered = None not in lowers and (np.diff(np.array(lowers, dtype=float)) > 0).all() and (np.diff(pds) < 0).all()
    if not (steps and steps[0].lower_score is None and ordered and 0 < pds[-1] <= pds[0] < 1):
        raise SettingsError(
            f"The isotonic calibration has {len(steps)} steps that are not in order; expected ascending scores, the first None, "
            "and falling PDs between 0 and 1. Fit it again."
        )
