"""The scorecard's regression on the cells of a sample: its precision, and many fits of resampled customers at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scorecard.errors import EvidenceError
from scorecard.model import Segment
from scorecard.regression.design import Design, one_thread
from scorecard.regression.fitting import climb, null
from scorecard.validation.cells import Block

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
CLOSE = 1e-8  # squared distance to the best fit, in standard errors
NEAR = 1e-4  # the same of a resampled fit, whose own distance to the first is about 1
STEPS = 30
PIECE = 4_000_000  # cells times fits computed at once


class Counts(NamedTuple):
    """Goods and bads of every cell; of resampled customers one column per fit."""

    goods: Floats
    bads: Floats


@dataclass(frozen=True, eq=False)
class Refit:
    """A logit of bad on WoE, fitted to cells.

    Attributes
    ----------
    design : array of shape (cells, characteristics + 1)
        A column of ones, then WoE.
    coefficients : array of shape (characteristics + 1,)
        The intercept first.
    covariance : array of shape (characteristics + 1, characteristics + 1)
    bend : array of the same shape
        Inverse of the information with the penalty: what turns a gradient into a step.
    ridge : array of shape (characteristics + 1,)
    """

    design: Floats
    coefficients: Floats
    covariance: Floats
    bend: Floats
    ridge: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors, the intercept's first."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def fittable(segment: Segment) -> bool:
    """Return whether a segment has coefficients that can be fitted again; an imported one has none."""
    return segment.intercept is not None and all(term.coefficient is not None for term in segment.terms)


def refitted(segment: Segment, woe: Floats, counts: tuple[Floats, Floats], start: Floats | None = None) -> Refit:
    """Fit a segment's regression, with its penalty.

    Parameters
    ----------
    segment : Segment
    woe : array of shape (cells, characteristics)
    counts : (array, array) of shape (cells,)
        Goods and bads.
    start : array of shape (characteristics + 1,), optional
        Coefficients that the fit is expected to be near to.

    Raises
    ------
    EvidenceError
        Where there are no goods or no bads, or no best fit.
    """
    goods, bads = counts
    rows = Design(woe, goods + bads, bads)
    if min(goods.sum(), bads.sum()) <= 0:
        raise EvidenceError("the customers have no goods or no bads; a fit needs both. Widen the sample.")
    ridge = np.concatenate([[0.0], np.full(woe.shape[1], segment.fit.get("penalty") or 0.0)])
    with one_thread():
        found, point = climb(rows, null(rows) if start is None else start, ridge, CLOSE)
        try:
            bend = np.linalg.inv(point.information + np.diag(ridge))
        except np.linalg.LinAlgError as error:
            raise EvidenceError("two characteristics carry the same information here; no fit can tell them apart.") from error
    if not (np.diag(bend) > 0).all():
        raise EvidenceError("two characteristics carry the same information here; no fit can tell them apart.")
    design = np.column_stack([np.ones(len(woe)), woe])
    return Refit(design, found, np.asarray(bend @ point.information @ bend), np.asarray(bend), ridge)


def resampled(block: Block, fits: int, random: np.random.Generator) -> Counts:
    """Draw the customers of every cell anew, goods among goods and bads among bads, shape (cells, fits) each.

    Of weighted rows each drawn row counts with the mean weight of its cell.
    """
    drawn = []
    for rows, weight in ((block.good_rows, block.goods), (block.bad_rows, block.bads)):
        worth = np.divide(weight, rows, out=np.zeros(rows.size), where=rows > 0)
        counts = random.multinomial(round(rows.sum()), rows / max(rows.sum(), 1.0), fits)
        drawn.append(np.asarray(counts.T * worth[:, None], dtype=np.float64))
    return Counts(drawn[0], drawn[1])


def many(fit: Refit, counts: Counts) -> Floats:
    """Fit the same regression to many resampled samples, from the first fit's curve: shape (fits, characteristics + 1).

    Fits that do not settle, because resampled customers separate, are NaN.
    """
    found = np.tile(fit.coefficients, (counts.goods.shape[1], 1))
    information = np.linalg.inv(fit.bend)
    with one_thread():
        for _ in range(STEPS):
            chance = expit(fit.design @ found.T)
            gradient = (counts.bads - (counts.goods + counts.bads) * chance).T @ fit.design - fit.ridge * found
            step = gradient @ fit.bend
            found = found + step
            distance = ((step @ information) * step).sum(axis=1)
            if (distance < NEAR).all():
                return np.asarray(found)
    return np.where((distance < NEAR)[:, None], found, np.nan)


def bootstrap(block: Block, fit: Refit, fits: int, random: np.random.Generator) -> Floats:
    """Return coefficients of so many fits to resampled customers, shape (fits, characteristics + 1), as `many` does."""
    at_once = max(1, PIECE // max(len(block.bins), 1))
    sizes = [min(at_once, fits - done) for done in range(0, fits, at_once)]
    return np.concatenate([many(fit, resampled(block, size, random)) for size in sizes])
