"""The card fitted again on development: without an input, with other bins, or with another characteristic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit

from scorecard import metrics, regression
from scorecard.data.samples import BAD, WEIGHT
from scorecard.model import Scorecard, Segment
from scorecard.regression import Fit
from scorecard.regression.design import one_thread
from scorecard.validation.evidence import DEVELOPMENT, Floats, Ints, Modelled
from scorecard.woe import Characteristic, column

FITTED = 200_000  # rows, evenly spaced, that a fit looks at: more of them move no AUC by as much as 0.001
Codes = NDArray[np.int16]
Woes = Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Refits:
    """A segment of the card with its rows of development, as bins, ready to be fitted in other ways.

    Attributes
    ----------
    segment : Segment
    characteristics : mapping of name to Characteristic
        Those of the segment, then those that could have been in it.
    codes : mapping of name to int array of shape (rows,)
        The bin of each row.
    bad, weight : arrays of shape (rows,)
    """

    segment: Segment
    characteristics: Mapping[str, Characteristic]
    codes: Mapping[str, Codes]
    bad: Ints
    weight: Floats

    @property
    def own(self) -> dict[str, Floats]:
        """The WoE of each bin of the card's characteristics, by name and in order."""
        return {term.name: self.characteristics[term.name].woe for term in self.segment.terms}

    @property
    def outside(self) -> list[str]:
        """Characteristics that could have been in the card, above the noise floor, and are not."""
        own = self.own
        return [name for name, each in self.characteristics.items() if name not in own and each.iv > each.noise_floor]

    def fit(self, woes: Woes) -> Fit:
        """Fit the logit of bad on WoE per bin, by name; with the penalty of the card.

        Raises
        ------
        EvidenceError
            Where there is no best fit.
        """
        return regression.fit(self.matrix(woes), self.bad, self.weight, self.segment.fit.get("penalty") or 0.0)

    def matrix(self, woes: Woes) -> Floats:
        """Return the WoE of the rows, shape (rows, characteristics)."""
        return np.column_stack([woe[self.codes[name]] for name, woe in woes.items()])

    @cached_property
    def correlations(self) -> Floats:
        """Of the WoE of all characteristics, shape (characteristics, characteristics)."""
        return metrics.correlation(self.matrix({name: each.woe for name, each in self.characteristics.items()}), self.weight)

    def marginal_iv(self, name: str) -> float:
        """Return what a characteristic of the card tells of risk beside the others: its IV against the card without it."""
        others = {other: woe for other, woe in self.own.items() if other != name}
        chance = np.full(self.bad.size, np.average(self.bad, weights=self.weight))
        if others:
            fit = self.fit(others)
            with one_thread():
                chance = expit(fit.intercept + self.matrix(others) @ fit.coefficients)
        bins = len(self.characteristics[name].bins)
        parts = (self.weight, self.weight * self.bad, self.weight * chance)
        every, bads, expected = (np.bincount(self.codes[name], part, bins) for part in parts)
        return metrics.marginal_iv(np.maximum(every - bads, 0), bads, np.maximum(every - expected, 0), expected)


def refits(model: Modelled) -> Iterator[Refits]:
    """Yield each segment of the card with its rows of development.

    Parameters
    ----------
    model : Modelled
    """
    table = model.tables[DEVELOPMENT]
    for segment, _, part in model.card.parts(table):
        rows = _spaced(part)
        known = {term.name: term.characteristic for term in segment.terms}
        known |= {name: each for name, each in model.characteristics.items() if name not in known and name in table.schema.names}
        bad = rows.column(BAD).to_numpy().astype(np.int64)
        weight = rows.column(WEIGHT).to_numpy().astype(float)
        yield Refits(segment, known, codes(known, rows), bad, weight)


def codes(characteristics: Mapping[str, Characteristic], rows: pa.Table, names: Sequence[str] | None = None) -> dict[str, Codes]:
    """Return the bin of each row by characteristic."""
    return {
        name: characteristics[name].assign(column(rows, name)).astype(np.int16)
        for name in (characteristics if names is None else names)
    }


def has_coefficients(card: Scorecard) -> bool:
    """Return whether a regression is known behind every segment; an imported card has none."""
    return all(
        segment.intercept is not None and all(term.coefficient is not None for term in segment.terms) for segment in card.segments
    )


def _spaced(part: pa.Table) -> pa.Table:
    if part.num_rows <= FITTED:
        return part
    return part.take(pa.array(np.linspace(0, part.num_rows - 1, FITTED).astype(np.int64)))
