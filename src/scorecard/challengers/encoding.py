"""A table becomes numbers that a model takes, from the bins alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from scorecard.woe import Bin, Characteristic, column, numbers

Encoding = Literal["native", "indicators"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Values: TypeAlias = pa.Array | pa.ChunkedArray
DIRECTION = {"ascending": 1, "descending": -1}
MOST_LEVELS = 50  # beyond it a level has too few customers to learn from, and scikit-learn's boosting takes 255 at most
MISSING, UNSEEN = -1, -2
FARTHEST = 1e30  # trees keep values in single precision, which ends at 3e38; an infinite value stays at its end of the order


@dataclass(frozen=True)
class Feature:
    """One column of numbers: its name, 1 or -1 where risk must rise or fall with it, whether it is the code of a level."""

    name: str
    direction: int = 0
    categorical: bool = False


@dataclass(frozen=True)
class Encoder:
    """Turn a table into numbers.

    A numeric characteristic gives its value, NaN where it is missing or a special code, and a 0/1 column per special code. A
    categorical one has a level for each that development had; beyond `MOST_LEVELS` its groups are the levels. What becomes of
    them, and of missing values, is the encoding:

    ``native``
        A categorical characteristic is one column of codes. Missing is NaN, and so is an unseen level, as in scikit-learn's
        own boosting: the model has learned nothing of it.
    ``indicators``
        A 0/1 column per level, and one for missing where development had any. An unseen level has 0 in all of them: it is none
        of the known ones. NaN of a numeric column is for the model's own imputer.

    Attributes
    ----------
    characteristics : tuple of Characteristic
    encoding : {"native", "indicators"}
    """

    characteristics: tuple[Characteristic, ...]
    encoding: Encoding = "native"

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """What `transform` gives, column by column."""
        return tuple(feature for each in self.characteristics for feature in _features(each, self.encoding))

    @property
    def constraints(self) -> list[int]:
        """Per feature 1 where risk must rise with it, -1 where it must fall, else 0."""
        return [feature.direction for feature in self.features]

    @property
    def categorical(self) -> list[bool]:
        """Per feature whether it is the code of a level."""
        return [feature.categorical for feature in self.features]

    @cached_property
    def groups(self) -> Ints:
        """The position of the characteristic that each feature belongs to, shape (features,)."""
        widths = [len(list(_features(each, self.encoding))) for each in self.characteristics]
        return np.repeat(np.arange(len(widths)), widths)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the characteristics."""
        return tuple(each.name for each in self.characteristics)

    def transform(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Return the features of each row, shape (rows, features)."""
        blocks = [self.block(each, column(table, each.name)) for each in self.characteristics]
        return np.hstack(blocks) if blocks else np.empty((table.num_rows, 0))

    def block(self, each: Characteristic, values: Values) -> Floats:
        """Return the features of one characteristic, shape (rows, its features)."""
        return (_numeric if each.kind == "numeric" else _categorical)(each, values, self.encoding)

    def unknown(self, table: pa.Table | pa.RecordBatch) -> dict[str, int]:
        """Return how many rows hold what development never had, by characteristic: unseen levels, or the first missing values.

        The model has learned nothing of them; only characteristics with such rows are named.
        """
        found = {each.name: _unknown(each, column(table, each.name)) for each in self.characteristics}
        return {name: rows for name, rows in found.items() if rows}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        characteristics = json.loads(json.dumps([each.to_dict() for each in self.characteristics], allow_nan=False))
        return {"encoding": self.encoding, "characteristics": characteristics}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Encoder:
        """Rebuild what `to_dict` wrote."""
        return cls(tuple(Characteristic.from_dict(each) for each in content["characteristics"]), content["encoding"])


def levels(each: Characteristic) -> tuple[str, ...]:
    """Return the levels of a categorical characteristic that development had; the labels of its groups where they are too many."""
    return examples(each) if not _too_many(each) else tuple(found.label for found in _grouped(each))


def level_codes(each: Characteristic, values: Values) -> Ints:
    """Return the place of each value among `levels`, `MISSING` or `UNSEEN`; shape (rows,)."""
    if _too_many(each):
        places = {id(found): place for place, found in enumerate(_grouped(each))}
        by_bin = np.array([places.get(id(found), MISSING if found.kind == "missing" else UNSEEN) for found in each.bins])
        return np.asarray(by_bin[each.assign(values)], dtype=np.intp)
    texts = pc.cast(values, pa.string())
    found = pc.fill_null(pc.index_in(texts, value_set=pa.array(levels(each), pa.string())), UNSEEN)
    missing = pc.is_null(texts).to_numpy(zero_copy_only=False)
    return np.where(missing, MISSING, found.to_numpy(zero_copy_only=False)).astype(np.intp)


def examples(each: Characteristic) -> tuple[str, ...]:
    """Return a value of each of `levels`: itself, or the first of its group."""
    if _too_many(each):
        return tuple(str(found.values[0]) for found in _grouped(each))
    return tuple(str(level) for found in each.bins for level in found.values)


def has_missing(each: Characteristic) -> bool:
    """Return whether development had missing values of a characteristic."""
    return each.bins[each.index("missing")].count > 0


def special(each: Characteristic) -> list[tuple[str, float]]:
    """Return label and value of the special codes of a numeric characteristic."""
    return [(found.label, float(found.values[0])) for found in each.bins if found.kind == "special"]


def _too_many(each: Characteristic) -> bool:
    return sum(len(found.values) for found in each.bins) > MOST_LEVELS


def _grouped(each: Characteristic) -> list[Bin]:
    return [found for found in each.bins if found.values]


def _features(each: Characteristic, encoding: Encoding) -> Iterator[Feature]:
    if each.kind == "numeric":
        yield Feature(each.name, DIRECTION.get(each.trend, 0))
        yield from (Feature(f"{each.name} = {label}") for label, _ in special(each))
    elif encoding == "native":
        yield Feature(each.name, categorical=True)
    else:
        yield from (Feature(f"{each.name} = {level}") for level in levels(each))
    if encoding == "indicators" and has_missing(each):
        yield Feature(f"{each.name} = missing")


def _numeric(each: Characteristic, values: Values, encoding: Encoding) -> Floats:
    found, codes = np.clip(numbers(values), -FARTHEST, FARTHEST), [code for _, code in special(each)]
    columns = [np.where(np.isin(found, codes), np.nan, found), *(found == code for code in codes)]
    if encoding == "indicators" and has_missing(each):
        columns.append(np.isnan(found))
    return np.asarray(np.column_stack(columns), dtype=np.float64)


def _categorical(each: Characteristic, values: Values, encoding: Encoding) -> Floats:
    codes = level_codes(each, values)
    if encoding == "native":
        return np.asarray(np.where(codes < 0, np.nan, codes)[:, None], dtype=np.float64)
    asked = [*range(len(levels(each))), *([MISSING] if has_missing(each) else [])]
    return np.asarray(codes[:, None] == np.array(asked), dtype=np.float64)


def _unknown(each: Characteristic, values: Values) -> int:
    if each.kind == "numeric":
        return 0 if has_missing(each) else int(np.isnan(numbers(values)).sum())
    codes = level_codes(each, values)
    return int((codes == UNSEEN).sum() + (0 if has_missing(each) else (codes == MISSING).sum()))
