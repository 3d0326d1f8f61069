"""Does risk move as the bins say? One characteristic moves over its range, all else fixed: steps that must not be, and the mean PD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas
import pyarrow as pa

from scorecard.challengers import encoding
from scorecard.challengers.catalogue import CHALLENGERS
from scorecard.challengers.encoding import Floats
from scorecard.challengers.estimators import predict
from scorecard.challengers.tuned import Tuned
from scorecard.errors import SettingsError
from scorecard.settings import nearest
from scorecard.woe import Characteristic, column, numbers

SWEPT = ("model", "feature", "direction", "steps", "violation")
MOVED = ("characteristic", "kind", "label", "value", "pd", "share")


@dataclass(frozen=True)
class Sweep:
    """How far a model strays from a monotone constraint: the largest of so many steps in the wrong direction, in PD."""

    feature: str
    direction: int
    steps: int
    violation: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


class _Place(NamedTuple):
    """A value of a characteristic: what it is, how many rows hold it or are nearest to it, and an example of it."""

    kind: str
    label: str
    value: float | None
    example: float | str | None
    rows: int


def sweep(tuned: Tuned, features: Floats, points: int = 25) -> list[Sweep]:
    """Look for a wrong step: each feature that is held to a direction moves over its range, all else fixed.

    Parameters
    ----------
    tuned : Tuned
    features : array of shape (rows, features)
        Rows to sweep from, such as a sample of development.
    points : int
        Values of the grid: quantiles of the feature.

    Returns
    -------
    list of Sweep
        Of the raw PD, which no calibration reorders; a feature without values is not among them, for nothing was tested.
    """
    found = []
    for position, feature in enumerate(tuned.encoder.features):
        seen = features[~np.isnan(features[:, position]), position]
        if not feature.direction or not len(seen):
            continue
        grid = np.unique(np.quantile(seen, np.linspace(0, 1, points)))
        moved = np.repeat(features, len(grid), axis=0)
        moved[:, position] = np.tile(grid, len(features))
        steps = np.diff(predict(tuned.estimator, moved).reshape(len(features), len(grid)), axis=1) * feature.direction
        found.append(Sweep(feature.name, feature.direction, steps.size, float(max(0.0, -steps.min(initial=0.0)))))
    return found


def sweep_all(tuned: Mapping[str, Tuned], table: pa.Table) -> pandas.DataFrame:
    """Sweep every challenger that is held to directions from the rows of a table; a row per model and feature."""
    parts = [
        {"model": name} | each.to_dict()
        for name, model in tuned.items()
        if CHALLENGERS[name].monotone
        for each in sweep(model, model.encoder.transform(table))
    ]
    return pandas.DataFrame(parts, columns=SWEPT)


def dependence(tuned: Tuned, table: pa.Table, name: str, points: int = 20) -> pandas.DataFrame:
    """Return the mean final PD of rows if all had one value of a characteristic, for each of its values (partial dependence).

    Parameters
    ----------
    tuned : Tuned
    table : pyarrow.Table
        Rows to average over, such as a sample of development.
    name : str
        A characteristic.
    points : int
        At most so many numbers: quantiles of the rows' own.

    Returns
    -------
    DataFrame
        ``characteristic``; ``kind`` (number, special, level or missing) and ``label``; ``value`` of numbers; ``pd``; and
        ``share``, the rows that hold the value, or of numbers those nearer to it than to its neighbours. Special codes and
        missing values stand there only where a row holds them.

    References
    ----------
    Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of Statistics 29, section 8.2.
    """
    if name not in tuned.encoder.names:
        raise SettingsError(
            f"The challenger {tuned.name} has no characteristic {name}. {nearest(name, list(tuned.encoder.names))}"
        )
    position = tuned.encoder.names.index(name)
    each, values = tuned.encoder.characteristics[position], column(table, name)
    found = [
        place for place in (_numbers(each, values, points) if each.kind == "numeric" else _levels(each, values)) if place.rows
    ]
    asked = pa.array([place.example for place in found], pa.float64() if each.kind == "numeric" else pa.string())
    block, features = tuned.encoder.block(each, asked), tuned.encoder.transform(table)
    moved = np.repeat(features, len(found), axis=0)
    moved[:, tuned.encoder.groups == position] = np.tile(block, (len(features), 1))
    pds = tuned.corrected(predict(tuned.estimator, moved)).final.reshape(len(features), len(found)).mean(axis=0)
    rows = [
        (name, place.kind, place.label, place.value, float(pd), place.rows / table.num_rows)
        for place, pd in zip(found, pds, strict=True)
    ]
    return pandas.DataFrame(rows, columns=MOVED)


def dependences(tuned: Tuned, table: pa.Table, points: int = 20) -> pandas.DataFrame:
    """Return the partial dependence on every characteristic, one below the other."""
    return pandas.concat([dependence(tuned, table, name, points) for name in tuned.encoder.names], ignore_index=True)


def _numbers(each: Characteristic, values: Any, points: int) -> list[_Place]:
    found, codes = numbers(values), dict(encoding.special(each))
    plain = found[~np.isnan(found) & ~np.isin(found, list(codes.values()))]
    grid = np.unique(np.quantile(plain, np.linspace(0, 1, points), method="nearest")) if len(plain) else np.empty(0)
    held = np.bincount(np.searchsorted((grid[1:] + grid[:-1]) / 2, plain, side="right"), minlength=len(grid))
    return [
        *(
            _Place("number", f"{value:,.6g}", value, value, count)
            for value, count in zip(grid.tolist(), held.tolist(), strict=True)
        ),
        *(_Place("special", label, None, code, int((found == code).sum())) for label, code in codes.items()),
        _Place("missing", "missing", None, None, int(np.isnan(found).sum())),
    ]


def _levels(each: Characteristic, values: Any) -> list[_Place]:
    codes = encoding.level_codes(each, values)
    known = zip(encoding.levels(each), encoding.examples(each), strict=True)
    return [
        *(_Place("level", label, None, example, int((codes == code).sum())) for code, (label, example) in enumerate(known)),
        _Place("missing", "missing", None, None, int((codes == encoding.MISSING).sum())),
    ]
