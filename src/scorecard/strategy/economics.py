"""What a customer brings and costs: margin, loss and cost as shares of the exposure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scorecard import metrics
from scorecard.settings import Cutoff

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Economics:
    """The money of a decision, as shares of the exposure; None is not known.

    Attributes
    ----------
    margin : float or None
        Earned on a good, over the life of the credit.
    lgd : float or None
        Lost on a bad.
    cost : float
        Of every approved credit; 0 where the settings name none.
    """

    margin: float | None = None
    lgd: float | None = None
    cost: float = 0.0

    @classmethod
    def of(cls, cutoff: Cutoff) -> Economics:
        """Return the economics that the settings of a pipeline name."""
        return cls(cutoff.margin, cutoff.lgd, cutoff.cost or 0.0)

    @property
    def break_even(self) -> float | None:
        """The PD at which a credit earns nothing; None where margin or loss is not known."""
        return None if self.margin is None or self.lgd is None else metrics.break_even(self.margin, self.lgd, self.cost)

    def loss(self, of_bads: Floats) -> Floats | None:
        """Return what is lost on exposures of bads (or on exposures times their PD)."""
        return None if self.lgd is None else of_bads * self.lgd

    def profit(self, of_goods: Floats, of_bads: Floats) -> Floats | None:
        """Return what exposures of goods and of bads earn together.

        References
        ----------
        Thomas, Edelman & Crook (2002), Credit Scoring and Its Applications, chapter 4.

        Examples
        --------
        >>> round(float(Economics(0.1, 0.5, 0.01).profit(np.array(90.0), np.array(10.0))), 12)
        3.0
        """
        if self.margin is None or self.lgd is None:
            return None
        return np.asarray(of_goods * (self.margin - self.cost) - of_bads * (self.lgd + self.cost))
