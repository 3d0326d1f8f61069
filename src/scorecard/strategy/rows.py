"""The rows of a sample as several models see them: the same customers, in the same order, with what happened to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scorecard.errors import EvidenceError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int_]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ranked:
    """What one model says of the rows.

    Attributes
    ----------
    pd : array of shape (rows,)
        In [0, 1]; the one to decide by.
    risk : array of shape (rows,)
        What it ranks by, higher is riskier: less the score of a scorecard, the raw PD of another model.
    """

    pd: Floats
    risk: Floats


@dataclass(frozen=True, eq=False)
class Rows:
    """Customers whose outcome is known, and what each of several models says of them.

    Attributes
    ----------
    sample : str
    bad : int array of shape (rows,)
        1 bad, 0 good.
    models : mapping of name to Ranked
        The first one is the scorecard.
    exposure : array of shape (rows,) or None
        Money at risk, 0 or more; None counts every customer as one unit of money.
    weight : array of shape (rows,) or None
        Sampling weights; None where every row stands for itself.

    Raises
    ------
    EvidenceError
        Where there are no rows, the lengths differ, or a value is missing or out of its range.

    Examples
    --------
    >>> pd = np.array([0.1, 0.3])
    >>> Rows("test", np.array([0, 1]), {"scorecard": Ranked(pd, pd)}).events
    1
    """

    sample: str
    bad: Ints
    models: Mapping[str, Ranked]
    exposure: Floats | None = None
    weight: Floats | None = None

    def __post_init__(self) -> None:
        columns = [self.bad, *(column for each in self.models.values() for column in (each.pd, each.risk))]
        columns += [column for column in (self.exposure, self.weight) if column is not None]
        if not self.models or {column.shape for column in columns} != {(self.bad.size,)} or not self.bad.size:
            raise EvidenceError(
                f"the sample {self.sample} has columns of {sorted({len(each) for each in columns})} rows; expected one length above 0."
            )
        for name, each in self.models.items():
            if problem := unusable(each):
                raise EvidenceError(f"{name} on the sample {self.sample}: {problem}")
        money = [column for column in (self.exposure, self.weight) if column is not None]
        if not all((column >= 0).all() and np.isfinite(column).all() and column.sum() > 0 for column in money):
            raise EvidenceError(
                f"the sample {self.sample} has missing or negative exposures or weights, or none above 0. Mend the column."
            )

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.bad.size

    @property
    def events(self) -> int:
        """Number of bads."""
        return int(self.bad.sum())

    @property
    def reference(self) -> Ranked:
        """The scorecard, which the others are compared with."""
        return next(iter(self.models.values()))

    @cached_property
    def units(self) -> Floats:
        """What each row counts for: 1, or its weight scaled so that the sum is the effective number of rows (Kish 1965, 11.7)."""
        return np.ones(self.n) if self.weight is None else self.weight * (self.weight.sum() / (self.weight**2).sum())

    @cached_property
    def amount(self) -> Floats:
        """Money at risk of each row, as often as its weight says."""
        exposure = np.ones(self.n) if self.exposure is None else self.exposure
        return exposure if self.weight is None else exposure * self.weight

    @cached_property
    def order(self) -> npt.NDArray[np.intp]:
        """An order of the rows that depends on their content only, goods first: resampling in it gives the same however they came."""
        return self.ordered()

    def ordered(self, *further: npt.NDArray[np.generic]) -> npt.NDArray[np.intp]:
        """Return `order`, with rows that are alike in all of it ordered by further columns."""
        others = [column for column in (self.exposure, self.weight) if column is not None]
        ranked = [column for each in reversed(list(self.models.values())) for column in (each.pd, each.risk)]
        return np.lexsort([*further, *others, *ranked, self.bad])

    def only(self, names: list[str]) -> Rows:
        """Return the same rows with some of the models, in this order."""
        return Rows(self.sample, self.bad, {name: self.models[name] for name in names}, self.exposure, self.weight)


def unusable(ranked: Ranked) -> str:
    """Say why a model's answer cannot be compared; empty where it can.

    Examples
    --------
    >>> unusable(Ranked(np.array([0.1, np.nan]), np.array([0.0, 1.0])))
    'the PD is missing in 1 rows; expected one in each. Look at how the model treats missing values.'
    """
    if absent := int(np.isnan(ranked.pd).sum()):
        return f"the PD is missing in {absent} rows; expected one in each. Look at how the model treats missing values."
    if outside := int(((ranked.pd < 0) | (ranked.pd > 1)).sum()):
        return f"the PD lies outside [0, 1] in {outside} rows; expected a probability. Look at its calibration."
    if absent := int((~np.isfinite(ranked.risk)).sum()):
        return f"the score is missing or infinite in {absent} rows; expected a number. Score the rows again."
    return ""
