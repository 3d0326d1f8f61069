"""Goods and bads of classes, and the fine classes of a characteristic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Kind = Literal["numeric", "categorical"]


@dataclass(frozen=True)
class Tally:
    """Goods and bads of classes: accounts, and their weights (equal to the accounts where there are none).

    Attributes
    ----------
    goods, bads, weight_goods, weight_bads : arrays of shape (classes,)
    """

    goods: Floats
    bads: Floats
    weight_goods: Floats
    weight_bads: Floats

    def take(self, index: Any) -> Tally:
        """Return the tally of some classes."""
        return Tally(self.goods[index], self.bads[index], self.weight_goods[index], self.weight_bads[index])

    def total(self) -> Tally:
        """Return the tally of all classes together, of shape (1,)."""
        return self.grouped(np.zeros(len(self.goods), dtype=np.intp), 1)

    def grouped(self, group: npt.NDArray[np.intp], groups: int) -> Tally:
        """Return the sums of classes that share a group number in [0, groups)."""
        return Tally(*(np.bincount(group, weights=part, minlength=groups).astype(np.float64) for part in self.sides))

    @property
    def sides(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Goods, bads and their weights; nothing is copied."""
        return self.goods, self.bads, self.weight_goods, self.weight_bads

    @property
    def accounts(self) -> Floats:
        """Accounts per class."""
        return self.goods + self.bads

    @property
    def weight(self) -> Floats:
        """Weight per class."""
        return self.weight_goods + self.weight_bads

    def plus(self, other: Tally) -> Tally:
        """Return the sum of two tallies of the same classes."""
        return Tally(*(one + more for one, more in zip(self.sides, other.sides, strict=True)))

    @classmethod
    def joined(cls, parts: Sequence[Tally]) -> Tally:
        """Return the classes of several tallies, one after the other."""
        return cls(*(np.concatenate(sides) for sides in zip(*(part.sides for part in parts), strict=True)))


@dataclass(frozen=True)
class Classes:
    """Fine classes of one characteristic.

    Attributes
    ----------
    low, high : arrays
        Numeric: smallest and largest value of each class, ascending. Categorical: the level, twice.
    tally : Tally
        Per class.
    special : mapping of label to (code, Tally of shape (1,))
    missing : Tally of shape (1,)
    parts : tuple of Part
        The same classes, counted by period and segment; empty where neither was asked for.
    effective : (goods, bads) or None
        How many accounts of equal weight say as much as the weighted ones; None where weights are equal, or of a part.
    """

    name: str
    kind: Kind
    low: npt.NDArray[Any]
    high: npt.NDArray[Any]
    tally: Tally
    special: Mapping[str, tuple[Any, Tally]]
    missing: Tally
    parts: tuple[Part, ...] = ()
    effective: tuple[float, float] | None = None

    @property
    def every(self) -> Tally:
        """The tally of all accounts: of each class, each special code, and missing."""
        return Tally.joined([self.tally, *(tally for _, tally in self.special.values()), self.missing])

    @property
    def distinct(self) -> int:
        """Number of fine classes that hold a value, special codes included, missing not."""
        return len(self.low) + sum(bool(tally.accounts[0]) for _, tally in self.special.values())

    def by_period(self) -> dict[str, Classes]:
        """Return the classes of each period, segments together, in the order of the periods' names."""
        return self._summed("period")

    def by_segment(self) -> dict[str, Classes]:
        """Return the classes of each segment, periods together, in the order of the segments' names."""
        return self._summed("segment")

    def _summed(self, side: Literal["period", "segment"]) -> dict[str, Classes]:
        found: dict[str, Classes] = {}
        for part in self.parts:
            name = getattr(part, side)
            if name is not None:
                found[name] = found[name].plus(part.classes) if name in found else part.classes
        return dict(sorted(found.items()))

    def plus(self, other: Classes) -> Classes:
        """Return the sum of two counts over the same classes."""
        special = {label: (code, tally.plus(other.special[label][1])) for label, (code, tally) in self.special.items()}
        return replace(self, tally=self.tally.plus(other.tally), special=special, missing=self.missing.plus(other.missing))


@dataclass(frozen=True)
class Part:
    """The counts of one period of one segment; None where that side was not asked for."""

    period: str | None
    segment: str | None
    classes: Classes
