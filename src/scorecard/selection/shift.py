"""Has the population of a characteristic moved since development? PSI on its frozen bins, from counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard import metrics
from scorecard.counts import Classes, Field, count_all
from scorecard.errors import EvidenceError
from scorecard.woe import Characteristic, Indices

LEVEL = 0.99  # a gate drops for good, so chance has to be ruled out more firmly than in a watch
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """How far a population has moved between the bins, and how far chance alone moves one of these sizes."""

    psi: float
    critical: float


def count_in_bins(characteristics: Iterable[Characteristic], rows: pa.Table) -> dict[str, Classes]:
    """Count a sample, with ``@bad`` and ``@weight``, so that the edges of the bins are borders of its classes."""
    fields = []
    for each in characteristics:
        codes = {found.label: found.values[0] for found in each.bins if found.kind == "special"}
        fields.append(Field(each.name, each.kind, codes, each.edges))
    return dict(count_all(rows, fields).classes)


def psi_by_sample(
    characteristics: Mapping[str, Characteristic], counts: Mapping[str, Mapping[str, Classes]]
) -> dict[str, dict[str, Shift]]:
    """Return the PSI between development and every later sample on the bins of development.

    Parameters
    ----------
    characteristics : mapping of name to Characteristic
    counts : mapping of sample to name to Classes
        Of each later sample or period, from `count_in_bins`; without any there is nothing to compare.

    Returns
    -------
    dict of name to sample to Shift
        Without samples that hold no rows or were not counted. The critical value is that of 99 %.

    Raises
    ------
    EvidenceError
        Where an edge of the bins lies inside a class of the counts.

    References
    ----------
    Yurdakul & Naranjo (2020), Journal of Risk Model Validation 14(4).
    """
    return {
        name: {
            sample: _shift(each, found[name])
            for sample, found in counts.items()
            if name in found and found[name].every.weight.sum() > 0
        }
        for name, each in characteristics.items()
    }


def rows_per_bin(characteristic: Characteristic, classes: Classes) -> Floats:
    """Return how many rows of a sample fall into each bin of a characteristic, shape (bins,); weighted rows by weight.

    Raises
    ------
    EvidenceError
        Where an edge of the bins lies inside a class of the counts.
    """
    plain = _assign(characteristic, classes.low)
    if (plain != _assign(characteristic, classes.high)).any():
        raise EvidenceError(
            f"{classes.name}: an edge of its bins lies inside a class of the later sample. Count that sample with the edges as splits."
        )
    codes = [_assign(characteristic, np.array([code]))[0] for code, _ in classes.special.values()]
    home = np.array([*plain, *codes, characteristic.index("missing")], dtype=np.intp)
    every = classes.every
    weight = every.grouped(home, len(characteristic.bins)).weight
    return np.asarray(weight * every.accounts.sum() / weight.sum())


def _assign(characteristic: Characteristic, values: npt.NDArray[Any]) -> Indices:
    if characteristic.kind == "numeric":
        return characteristic.assign(pa.array(values.astype(np.float64)))
    return characteristic.assign(pa.array([str(each) for each in values], pa.string()))


def _shift(characteristic: Characteristic, classes: Classes) -> Shift:
    accounts = sum(each.count for each in characteristic.bins)
    before = np.array([each.share for each in characteristic.bins]) * accounts
    now = rows_per_bin(characteristic, classes)
    filled = int(((before + now) > 0).sum())
    return Shift(metrics.psi(before, now), metrics.psi_critical(filled, accounts, now.sum(), LEVEL))
