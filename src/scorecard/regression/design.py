"""The rows a logit is fitted to: equal ones are counted once, and none are copied as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas
from scipy.special import expit
from threadpoolctl import ThreadpoolController

from scorecard.errors import DataError, EvidenceError

PIECE = 8_192  # rows at a time: 20 characteristics of them fit in a processor's own memory
FEW_ROWS = 10_000  # fitted as soon as grouped
SAMPLED = 5_000  # rows that show whether many are equal
MOST_GROUPS = 0.5  # groups per row; with more, grouping takes longer than it saves
WIDEST_KEY = 2**62
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Point:
    """The log-likelihood at some coefficients, its gradient and the information matrix, the intercept first."""

    log_likelihood: float
    gradient: Floats
    information: Floats


@dataclass(frozen=True)
class Design:
    """Rows of WoE with the weight of the accounts and of the bads that each stands for.

    Attributes
    ----------
    woe : array of shape (rows, characteristics)
    weight, bads : arrays of shape (rows,)
    """

    woe: Floats
    weight: Floats
    bads: Floats

    @property
    def chance(self) -> float:
        """Share of bads, in (0, 1)."""
        return float(self.bads.sum() / self.weight.sum())

    @cached_property
    def products(self) -> Floats:
        """Sums of products of the columns, a column of ones first, shape (characteristics + 1, characteristics + 1)."""
        found = np.zeros((self.woe.shape[1] + 1,) * 2)
        for rows, part in self._pieces():
            found += (part * self.weight[rows, None]).T @ part
        return found

    @property
    def own_spread(self) -> Floats:
        """Standard deviation of the part of each column that the others do not share, shape (characteristics,)."""
        return np.asarray(1 / np.sqrt(np.diag(np.linalg.inv(self.products / self.products[0, 0]))[1:]))

    @cached_property
    def condition_number(self) -> float:
        """The largest singular value per smallest, of the columns scaled to equal length, the constant among them.

        References
        ----------
        Belsley, Kuh & Welsch (1980), Regression Diagnostics, section 3.2.
        """
        length = np.sqrt(np.diag(self.products))
        if not length.all():
            return float("inf")
        values = np.linalg.eigvalsh(self.products / np.outer(length, length))
        return float(np.sqrt(values[-1] / values[0])) if values[0] > 0 else float("inf")

    def at(self, coefficients: Floats) -> Point:
        """Return the log-likelihood at an intercept and coefficients, shape (characteristics + 1,)."""
        value, gradient, information = 0.0, np.zeros(len(coefficients)), np.zeros((len(coefficients),) * 2)
        for rows, part in self._pieces():
            logit, weight, bads = part @ coefficients, self.weight[rows], self.bads[rows]
            chance = expit(logit)
            value += float(bads @ logit - weight @ np.logaddexp(0, logit))
            gradient += (bads - weight * chance) @ part
            information += (part * (weight * chance * (1 - chance))[:, None]).T @ part
        return Point(value, gradient, information)

    def _pieces(self) -> Iterator[tuple[slice, Floats]]:
        for start in range(0, len(self.woe), PIECE):
            rows = slice(start, start + PIECE)
            part = self.woe[rows]
            yield rows, np.column_stack([np.ones(len(part)), part])


def design(woe: npt.ArrayLike, bad: npt.ArrayLike, weight: npt.ArrayLike | None = None, *, grouped: bool | None = None) -> Design:
    """Return what to fit: a row for every distinct one where many are equal, else the rows as they are.

    Parameters
    ----------
    woe : array of shape (rows, characteristics)
    bad : array of shape (rows,)
    weight : array of shape (rows,), optional
    grouped : bool, optional
        Whether to count equal rows once; by default where it saves time. It moves no result.

    Raises
    ------
    DataError
        Where shapes differ, WoE or a weight is not finite, a weight is negative, or an outcome is neither 0 nor 1.
    EvidenceError
        Where there are no goods or no bads.
    """
    columns, outcome = np.asarray(woe, dtype=np.float64), np.asarray(bad, dtype=np.float64)
    weights = np.ones(len(outcome)) if weight is None else np.asarray(weight, dtype=np.float64)
    _refuse_unfit(columns, outcome, weights)
    if grouped is None:
        grouped = len(columns) >= FEW_ROWS and _many_equal(columns)
    if not grouped:
        return Design(columns, weights, weights * outcome)
    group = _groups(columns)
    first = np.zeros(int(group.max()) + 1, dtype=np.intp)
    first[group[::-1]] = np.arange(len(group))[::-1]
    weight_of, bads_of = (np.bincount(group, each).astype(np.float64) for each in (weights, weights * outcome))
    return Design(columns[first], weight_of, bads_of)


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which sums are made in one thread: in several they differ in their last bits."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries, which takes longer than a small fit


def _many_equal(columns: Floats) -> bool:
    sample = columns[:: max(len(columns) // SAMPLED, 1)]
    return int(_groups(sample).max()) + 1 <= MOST_GROUPS * len(sample)


def _groups(columns: Floats) -> npt.NDArray[np.intp]:
    """Give equal rows one number: the levels of each column are digits of one whole number."""
    key, size = np.zeros(len(columns), dtype=np.int64), 1
    for column in columns.T:
        codes, levels = pandas.factorize(column)
        if size * len(levels) > WIDEST_KEY:
            key, found = pandas.factorize(key)
            size = len(found)
        key, size = key * len(levels) + codes, size * len(levels)
    return np.asarray(pandas.factorize(key)[0], dtype=np.intp)


def _refuse_unfit(columns: Floats, outcome: Floats, weights: Floats) -> None:
    if columns.ndim != 2 or not columns.shape[:1] == outcome.shape == weights.shape:  # noqa: PLR2004
        raise DataError(
            f"WoE has shape {columns.shape}, the outcome {outcome.shape} and the weights {weights.shape}; expected equal numbers of rows. Take all from the same rows."
        )
    if not np.isfinite(columns).all():
        raise DataError("WoE is missing or infinite in some rows; expected a number in each. Give every bin a WoE.")
    if not ((outcome == 0) | (outcome == 1)).all():
        raise DataError("The outcome is neither 0 nor 1 in some rows; expected 1 for bad and 0 for good. Mend it.")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise DataError("A weight is missing, infinite or negative; expected 0 or more. Mend it.")
    bads = float(weights @ outcome)
    if not 0 < bads < weights.sum():
        raise EvidenceError(
            f"The rows have {bads:,.12g} bads of {weights.sum():,.12g} accounts; expected goods and bads. Use more rows."
        )
