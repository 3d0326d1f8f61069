"""What does a characteristic add to the others? Stepwise by marginal IV, then sign, p-value and number of the fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas
from scipy.special import expit

from scorecard import metrics, regression
from scorecard.errors import DataError, EvidenceError
from scorecard.regression import Fit
from scorecard.selection.decisions import Broken, Limits

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """The WoE of development's rows by characteristic, their outcome, and their weights where they have some."""

    woe: Mapping[str, Floats]
    bad: npt.NDArray[np.int64]
    weight: Floats | None

    def require(self, names: Sequence[str]) -> None:
        """Raise a DataError that names the characteristic whose WoE is not there for every row."""
        for name in names:
            if name not in self.woe:
                raise DataError(f"{name} has bins but no WoE of the rows; expected both. Take them from woe.values.")
            column = self.woe[name]
            if column.shape != self.bad.shape:
                raise DataError(
                    f"{name} has WoE of shape {column.shape}, the outcome {self.bad.shape}; expected equal lengths. Take both from the same rows."
                )
            if lost := int((~np.isfinite(column)).sum()):
                raise DataError(
                    f"{name} has no finite WoE in {lost} rows; expected a number in every row. Give the bin a treatment, and take woe.values again."
                )

    def columns(self, names: Sequence[str]) -> Floats:
        """Return the WoE of characteristics, shape (rows, characteristics)."""
        return np.column_stack([self.woe[name] for name in names])

    def fit(self, names: Sequence[str]) -> Fit:
        """Fit the logit of bad; where there is no best fit, the error names what was fitted."""
        try:
            return regression.fit(self.columns(names), self.bad, self.weight)
        except EvidenceError as error:
            raise EvidenceError(f"{error} Fitted to {int(self.bad.sum())} bads: {', '.join(names)}.") from error

    def chance(self, names: Sequence[str]) -> Floats:
        """Return the PD of each row by the model of these characteristics; without any, the bad rate."""
        if not names:
            return np.full(self.bad.shape, np.average(self.bad, weights=self.weight))
        fit = self.fit(names)
        logit = np.full(self.bad.shape, fit.intercept)
        for name, coefficient in zip(names, fit.coefficients, strict=True):
            logit += coefficient * self.woe[name]
        return np.asarray(expit(logit))


def stepwise_gate(names: Sequence[str], rows: Rows, forced: AbstractSet[str], limits: Limits) -> dict[str, Broken]:
    """Name the characteristics that add too little to a model of the stronger ones, built by forward steps.

    Each step takes in the characteristic with the highest marginal IV given the model so far, and ends below the limit.
    Forced ones are taken in first. Rows of equal WoE are one class: to the model they are the same.

    Parameters
    ----------
    names : sequence of names, strongest first
    rows : Rows
    forced : set of names
    limits : Limits
        `min_marginal_iv`; 0 takes all.

    References
    ----------
    Scallan (2011), Selecting characteristics and attributes in logistic regression, Credit Scoring and Credit Control XII.
    """
    broken: dict[str, Broken] = {}
    if limits.min_marginal_iv == 0:
        return broken
    classes = {name: np.asarray(pandas.factorize(rows.woe[name])[0]) for name in names}
    entered: list[str] = []
    while waiting := [name for name in names if name not in entered]:
        chance = rows.chance(entered)
        gains = {name: _marginal_iv(classes[name], rows, chance) for name in waiting}
        best = max([name for name in waiting if name in forced] or waiting, key=lambda name: gains[name])
        too_little = {
            name: Broken("marginal iv", gain, limits.min_marginal_iv, "tells too little that the others do not")
            for name, gain in gains.items()
            if gain < limits.min_marginal_iv
        }
        if best in too_little and best not in forced:
            return broken | too_little
        broken |= {best: too_little[best]} if best in too_little else {}
        entered.append(best)
    return broken


def _marginal_iv(classes: npt.NDArray[np.intp], rows: Rows, chance: Floats) -> float:
    weight = np.ones(len(chance)) if rows.weight is None else rows.weight
    groups = int(classes.max()) + 1
    every, bads, expected = (np.bincount(classes, part, groups) for part in (weight, weight * rows.bad, weight * chance))
    return metrics.marginal_iv(np.maximum(every - bads, 0), bads, np.maximum(every - expected, 0), expected)


def fit_gate(names: Sequence[str], rows: Rows, forced: AbstractSet[str], limits: Limits) -> tuple[dict[str, Broken], Fit | None]:
    """Drop one characteristic at a time for sign, then p-value, then number; return them, and the fit of those that are left.

    Raises
    ------
    EvidenceError
        Where there is no best fit, or a forced characteristic would give points for risk.
    """
    broken: dict[str, Broken] = {}
    left = list(names)
    while left:
        fit = rows.fit(left)
        free = np.array([name not in forced for name in left])
        worst = _worst(fit, free, limits) if free.any() else None
        if worst is None:
            _refuse_wrong_sign(left, fit)
            return broken | _told(left, fit, forced, limits), fit
        broken[left[worst[0]]] = worst[1]
        left.pop(worst[0])
    return broken, None


def _worst(fit: Fit, free: npt.NDArray[np.bool_], limits: Limits) -> tuple[int, Broken] | None:
    """Return the position of the one to drop next, and why: wrong sign first, then p-value, then the weakest beyond the number."""
    places = np.flatnonzero(free)
    sign, weakest, least = (
        int(places[np.argmax(measure[places])])
        for measure in (fit.coefficients, fit.p_values, -np.abs(fit.coefficients / fit.standard_errors))
    )
    slope, p_value, number = float(fit.coefficients[sign]), float(fit.p_values[weakest]), len(free)
    if slope >= 0:
        return sign, Broken("sign", slope, 0.0, "points would rise with risk")
    if p_value > limits.max_p_value:
        return weakest, Broken("p-value", p_value, limits.max_p_value, "adds nothing beside the others")
    if number > limits.max_characteristics:
        return least, Broken("number", float(number), float(limits.max_characteristics), "weakest beyond the number allowed")
    return None


def _refuse_wrong_sign(names: Sequence[str], fit: Fit) -> None:
    """Raise where a coefficient is positive: only a forced one is still there then."""
    for name, coefficient in zip(names, fit.coefficients, strict=True):
        if coefficient >= 0:
            others = ", ".join(other for other in names if other != name) or "no other"
            raise EvidenceError(
                f"{name} is forced in, but beside {others} its coefficient is {coefficient:+.3g}; expected a negative one, for points would rise with risk. Leave it out, or force out what it moves with."
            )


def _told(names: Sequence[str], fit: Fit, forced: AbstractSet[str], limits: Limits) -> dict[str, Broken]:
    """Return what forced characteristics break in the last fit."""
    told = {}
    for name, p_value in zip(names, fit.p_values, strict=True):
        if name in forced and p_value > limits.max_p_value:
            told[name] = Broken("p-value", float(p_value), limits.max_p_value, "adds nothing beside the others")
        elif name in forced and len(names) > limits.max_characteristics:
            told[name] = Broken(
                "number", float(len(names)), float(limits.max_characteristics), "more are forced in than are allowed"
            )
    return told
