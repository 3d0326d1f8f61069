"""From the PD of the points to a PD that holds: calibration, anchor to a long-run rate, and floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scorecard.points import Scaling

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """Isotonic: from this score upwards (None: from the lowest) the PD is `pd`."""

    lower_score: float | None
    pd: float


@dataclass(frozen=True)
class Anchor:
    """To which default rate the PDs were moved, and how."""

    method: Literal["prior shift", "central tendency"]
    from_rate: float
    to_rate: float


@dataclass(frozen=True)
class Calibration:
    """What makes a calibrated and a final PD of a score."""

    method: Literal["none", "intercept", "linear", "isotonic", "beta"] = "none"
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

    def calibrated(self, score: Floats, scaling: Scaling) -> Floats:
        """Return the calibrated PD."""
        z = (scaling.offset - score) / scaling.factor
        raw = scaling.pd(score)
        if self.method == "none":
            return raw
        if self.method == "isotonic":
            cuts = np.array([each.lower_score for each in self.steps if each.lower_score is not None])
            return np.array([each.pd for each in self.steps])[np.searchsorted(cuts, score, side="right")]
        if self.method == "beta":
            return 1 / (1 + np.exp(-(self.intercept + self.slope * np.log(raw) - self.complement * np.log(1 - raw))))
        return 1 / (1 + np.exp(-(self.intercept + self.slope * z)))

    def final(self, score: Floats, scaling: Scaling) -> Floats:
        """Return the PD of record."""
        found = self.calibrated(score, scaling)
        if self.shift:
            found = 1 / (1 + np.exp(-(np.log(found / (1 - found)) + self.shift)))
        return np.maximum(found, self.floor) if self.floor else found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Calibration:
        """Rebuild what `to_dict` wrote."""
        anchor = content["anchor"]
        steps = tuple(Step(**each) for each in content["steps"])
        return cls(**{**content, "steps": steps, "anchor": None if anchor is None else Anchor(**anchor)})
