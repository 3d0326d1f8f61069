"""Bins with their WoE, and which bin a value falls into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa
import pyarrow.compute as pc

from scorecard.errors import DataError
from scorecard.settings import nearest

FEW = 32  # edges up to which comparing with each is several times as fast as searching
BLOCK = 32_768  # values that stay in a core's cache meanwhile
BinKind = Literal["interval", "category", "special", "missing", "unseen"]
Indices = npt.NDArray[np.intp]
Places = npt.NDArray[np.int8] | npt.NDArray[np.int32]


@dataclass(frozen=True)
class Bin:
    """One bin of a characteristic.

    Attributes
    ----------
    lower, upper : float or None
        Of an interval, closed on the left; None is unbounded.
    values : tuple
        The levels of a category bin, or the code of a special one.
    count, bads : int
        Accounts in development.
    share, bad_rate : float
        In [0, 1]; of weights where rows are weighted.
    woe : float
        ln(share of goods / share of bads); positive is safer.
    treatment : str
        ``empirical``, or the policy that set the WoE instead.
    """

    kind: BinKind
    label: str
    lower: float | None = None
    upper: float | None = None
    values: tuple[Any, ...] = ()
    count: int = 0
    bads: int = 0
    share: float = 0.0
    bad_rate: float | None = None
    woe: float = 0.0
    treatment: str = "empirical"


@dataclass(frozen=True)
class Characteristic:
    """The bins of one characteristic: intervals or categories first, then special codes, missing and unseen."""

    name: str
    kind: Literal["numeric", "categorical"]
    bins: tuple[Bin, ...]
    iv: float
    noise_floor: float
    trend: str
    status: str

    @cached_property
    def woe(self) -> npt.NDArray[np.float64]:
        """WoE per bin, shape (bins,)."""
        return np.array([each.woe for each in self.bins])

    @cached_property
    def edges(self) -> tuple[float, ...]:
        """Edges between the intervals, ascending; none of a categorical characteristic."""
        return tuple(each.lower for each in self.bins if each.kind == "interval" and each.lower is not None)

    def assign(self, values: pa.Array | pa.ChunkedArray) -> Indices:
        """Return the index of each value's bin, shape (rows,).

        Missing goes to the missing bin; a level that development did not have, to the unseen bin.
        """
        return self.place(values).astype(np.intp)

    def place(self, values: pa.Array | pa.ChunkedArray) -> Places:
        """Return what `assign` does, in integers as small as the bins allow: to look something up for every bin."""
        return _place_numbers(self, values) if self.kind == "numeric" else _place_levels(self, values)

    def index(self, kind: BinKind) -> int:
        """Return the position of the missing or unseen bin."""
        return next(position for position, each in enumerate(self.bins) if each.kind == kind)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Characteristic:
        """Rebuild what `to_dict` wrote."""
        bins = tuple(Bin(**{**each, "values": tuple(each["values"])}) for each in content["bins"])
        return cls(**{**content, "bins": bins})


def interval(lower: float | None, upper: float | None) -> Bin:
    """Return an empty interval bin with its label.

    Examples
    --------
    >>> interval(12, 24).label
    '12 to < 24'
    """
    if lower is None:
        label = "all values" if upper is None else f"< {upper:,.12g}"
    else:
        label = f">= {lower:,.12g}" if upper is None else f"{lower:,.12g} to < {upper:,.12g}"
    return Bin("interval", label, lower, upper)


def trend(bins: Iterable[Bin]) -> str:
    """Say how the bad rate moves over the intervals: ascending, descending, peak, valley, constant or none; ordered without intervals."""
    intervals = [each for each in bins if each.kind == "interval"]
    rates = [each.bad_rate for each in intervals if each.bad_rate is not None]
    if not intervals:
        return "ordered"
    moves = [int(move) for move in np.sign(np.diff(rates)) if move]
    signs = [move for position, move in enumerate(moves) if position == 0 or move != moves[position - 1]]
    names = {(): "constant", (1,): "ascending", (-1,): "descending", (1, -1): "peak", (-1, 1): "valley"}
    return names.get(tuple(signs), "none")


def column(table: pa.Table | pa.RecordBatch, name: str) -> pa.Array | pa.ChunkedArray:
    """Return a column, or say that it is missing and what was perhaps meant."""
    if name not in table.schema.names:
        raise DataError(f"The table has no column {name}, which the model needs. {nearest(name, list(table.schema.names))}")
    return table.column(name)


def numbers(values: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Return values as floats, shape (rows,); missing is NaN.

    Raises
    ------
    DataError
        Where they are text.
    """
    try:
        floats = pc.cast(values, pa.float64(), safe=False)  # whole numbers beyond 2**53 lose digits that no bin needs
    except pa.ArrowInvalid as error:
        raise DataError(f"A numeric characteristic holds text ({error}); expected numbers. Mend the rows.") from error
    return np.asarray(pc.fill_null(floats, float("nan")).to_numpy(zero_copy_only=False))


def table(characteristics: Iterable[Characteristic]) -> pandas.DataFrame:
    """Return the bins of characteristics as one table, a row per bin."""
    rows = [
        {"characteristic": each.name, "bin": found.label, "kind": found.kind, "count": found.count, "bads": found.bads, "share": found.share,
         "bad_rate": found.bad_rate, "woe": found.woe, "treatment": found.treatment}
        for each in characteristics for found in each.bins
    ]  # fmt: skip
    return pandas.DataFrame(rows)


def summary(characteristics: Iterable[Characteristic]) -> pandas.DataFrame:
    """Return IV with its noise floor, trend, bins and solver status per characteristic, strongest first."""
    rows = [
        {"characteristic": each.name, "iv": each.iv, "noise_floor": each.noise_floor, "above_noise": each.iv > each.noise_floor,
         "bins": sum(found.count > 0 for found in each.bins), "trend": each.trend, "status": each.status}
        for each in characteristics
    ]  # fmt: skip
    return pandas.DataFrame(rows).sort_values(["iv", "characteristic"], ascending=[False, True], ignore_index=True)


def values(characteristics: Mapping[str, Characteristic], rows: pa.Table) -> dict[str, npt.NDArray[np.float64]]:
    """Return the WoE of each row by characteristic, shape (rows,) each."""
    return {name: each.woe[each.assign(rows.column(name))] for name, each in characteristics.items()}


def example(characteristics: Iterable[Characteristic]) -> pandas.DataFrame:
    """Return one made-up customer, in the safest known bin of every characteristic; no row of the data."""
    row: dict[str, Any] = {}
    for each in characteristics:
        known = [found for found in each.bins if found.kind in {"interval", "category"}]
        best = max(known, key=lambda found: found.woe, default=Bin("category", "", values=("",)))
        edge = best.lower if best.lower is not None else (best.upper or 1.0) - 1.0
        row[each.name] = best.values[0] if each.kind == "categorical" else float(edge)
    return pandas.DataFrame([row])


def to_json(characteristics: Mapping[str, Characteristic]) -> list[dict[str, Any]]:
    """Return plain values of characteristics, ready for JSON."""
    return [each.to_dict() for each in characteristics.values()]


def from_json(content: Iterable[Mapping[str, Any]]) -> dict[str, Characteristic]:
    """Rebuild what `to_json` wrote, by name."""
    return {each["name"]: Characteristic.from_dict(each) for each in content}


def _place_numbers(characteristic: Characteristic, values: pa.Array | pa.ChunkedArray) -> Places:
    found = numbers(values)
    index = _passed(found, characteristic.edges, len(characteristic.bins))
    for position, each in enumerate(characteristic.bins):
        if each.kind == "special":
            index[found == float(each.values[0])] = position
    missing = np.isnan(found)
    if missing.any():
        index[missing] = characteristic.index("missing")
    return index


def _passed(values: npt.NDArray[np.float64], edges: tuple[float, ...], bins: int) -> Places:
    """Return how many edges lie at or below each value, in integers that hold the number of bins too; shape (rows,)."""
    if len(edges) > FEW or bins > np.iinfo(np.int8).max:
        return np.searchsorted(np.array(edges), values, side="right").astype(np.int32)
    passed, above = np.zeros(len(values), dtype=np.int8), np.empty(min(len(values), BLOCK), dtype=np.bool_)
    for start in range(0, len(values), BLOCK):
        part, counted = values[start : start + BLOCK], passed[start : start + BLOCK]
        found = above[: len(part)]
        for edge in edges:
            np.greater_equal(part, edge, out=found)
            np.add(counted, found.view(np.int8), out=counted)
    return passed


def _place_levels(characteristic: Characteristic, values: pa.Array | pa.ChunkedArray) -> Places:
    place = {str(level): position for position, each in enumerate(characteristic.bins) for level in each.values}
    texts = pc.cast(values, pa.string())
    encoded = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    unseen, missing = characteristic.index("unseen"), characteristic.index("missing")
    lookup = np.array([place.get(level, unseen) for level in encoded.dictionary.to_pylist()] + [missing], dtype=np.int32)
    codes = pc.fill_null(encoded.indices, len(lookup) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(lookup[codes], dtype=np.int32)
