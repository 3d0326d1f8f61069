"""What is to be counted, what came of it, and which columns are no characteristics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import narwhals as nw

from scorecard.counts.classes import Classes, Kind
from scorecard.errors import DataError


@dataclass(frozen=True)
class Field:
    """A characteristic to count.

    Attributes
    ----------
    special_codes : mapping of label to code
        Values that are no measurement, each counted apart.
    splits : tuple of float
        Numeric: edges that no class may contain; ascending, whatever was given.

    Raises
    ------
    DataError
        Where a split is no finite number.
    """

    name: str
    kind: Kind
    special_codes: Mapping[str, Any] = field(default_factory=dict)
    splits: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        try:
            ordered = tuple(sorted({float(edge) for edge in self.splits}))
        except (TypeError, ValueError):
            ordered = (inf,)
        if not all(map(isfinite, ordered)):
            raise DataError(f"{self.name} has the splits {self.splits!r}; expected finite numbers. Change its splits.")
        object.__setattr__(self, "splits", ordered)

    @property
    def codes(self) -> tuple[Any, ...]:
        """The special codes as the column holds them: numbers, or text."""
        given = self.special_codes.values()
        try:
            codes = tuple(text(code) if self.kind == "categorical" else float(code) for code in given)
        except (TypeError, ValueError):
            codes = ()
        if len(set(codes)) < len(given):
            expected = "numbers, each once" if self.kind == "numeric" else "each once"
            raise DataError(
                f"{self.name} has the special codes {', '.join(map(repr, given))}; expected {expected}. "
                "Change special_codes in the contract."
            )
        return codes


@dataclass(frozen=True)
class Counts(Mapping[str, Classes]):
    """The fine classes of every characteristic that can be counted; reads as a mapping of them.

    Attributes
    ----------
    refused : mapping of characteristic to one sentence: why it cannot be counted, and what to do
    """

    classes: Mapping[str, Classes]
    refused: Mapping[str, str]

    def __getitem__(self, name: str) -> Classes:
        return self.classes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.classes)

    def __len__(self) -> int:
        return len(self.classes)


def text(value: Any) -> str:
    """Return a level as text, the same whichever engine holds it: true and false in small letters, whole numbers without point.

    Examples
    --------
    >>> text(True), text(3.0), text(0.5), text("A")
    ('true', '3', '0.5', 'A')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value)


def refuse_unfit(name: str, kind: Kind, dtype: nw.dtypes.DType) -> None:
    """Refuse columns of dates and nested values, and text where numbers are expected.

    Raises
    ------
    DataError
    """
    if dtype.is_numeric() or dtype == nw.Boolean or (kind == "categorical" and dtype in {nw.String, nw.Categorical, nw.Enum}):
        return
    if dtype.is_temporal():
        raise DataError(
            f"{name} holds dates or times ({dtype}), which are no characteristic. Derive a number from it, such as the months since, or leave it out."
        )
    expected = "numbers" if kind == "numeric" else "text, whole numbers or true and false"
    raise DataError(f"{name} holds {dtype}; expected {expected}. Convert it, change its dtype in the contract, or leave it out.")


def refuse_infinite(name: str, positive: int, negative: int) -> None:
    """Refuse a characteristic with infinite values.

    Raises
    ------
    DataError
    """
    if positive or negative:
        signs = " and ".join(f"{count:,} {sign}" for count, sign in ((positive, "positive"), (negative, "negative")) if count)
        raise DataError(
            f"{name} holds infinite values ({signs}); expected finite numbers. Make them missing, or give them a number of their own as a special code."
        )
