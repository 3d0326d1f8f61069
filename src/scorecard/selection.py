"""Which characteristics enter, with a reason for each that does not; nothing disappears without a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard import regression
from scorecard.regression import Fit
from scorecard.woe import Characteristic

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """Limits of the selection; all are conventions (Siddiqi 2017, chapter 6).

    Attributes
    ----------
    min_iv, max_iv : float
        A characteristic also has to exceed its own noise floor; above `max_iv` it is suspected to know the outcome.
    max_correlation : float
        Of WoE, absolute; the stronger of two stays.
    max_p_value : float
        Wald, two-sided.
    max_characteristics : int
    """

    min_iv: float = 0.02
    max_iv: float = 1.5
    max_correlation: float = 0.75
    max_p_value: float = 0.05
    max_characteristics: int = 15


@dataclass(frozen=True)
class Decision:
    """One characteristic's row in the selection table; `figure` broke `limit` at `step`."""

    characteristic: str
    kept: bool
    step: str
    iv: float | None = None
    noise_floor: float | None = None
    figure: float | None = None
    limit: float | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass
class Selection:
    """The outcome: names kept, their fit, and the table of decisions."""

    kept: list[str]
    decisions: list[Decision]
    fit: Fit | None = field(default=None)

    def table(self) -> list[dict[str, Any]]:
        """Return one row per characteristic, kept ones first, then by IV."""
        ordered = sorted(self.decisions, key=lambda row: (not row.kept, -(row.iv or 0), row.characteristic))
        return [row.to_dict() for row in ordered]


def by_value(characteristics: Mapping[str, Characteristic], limits: Limits) -> tuple[list[str], list[Decision]]:
    """Drop characteristics whose IV is noise, too weak or too good to be true; return the rest, strongest first."""
    kept, dropped = [], []
    for name, each in sorted(characteristics.items(), key=lambda item: (-item[1].iv, item[0])):
        floor = max(limits.min_iv, each.noise_floor)
        if each.iv <= floor:
            reason = "IV is within noise" if each.noise_floor >= limits.min_iv else "IV is too weak"
            dropped.append(Decision(name, False, "iv floor", each.iv, each.noise_floor, each.iv, floor, reason))
        elif each.iv > limits.max_iv:
            reason = "IV is too good to be true: does it know the outcome?"
            dropped.append(Decision(name, False, "iv ceiling", each.iv, each.noise_floor, each.iv, limits.max_iv, reason))
        else:
            kept.append(name)
    return kept, dropped


def select(
    characteristics: Mapping[str, Characteristic],
    woe: Mapping[str, Floats],
    bad: npt.NDArray[np.int64],
    limits: Limits,
    weight: Floats | None = None,
) -> Selection:
    """Choose characteristics by IV, correlation, sign, p-value and number.

    Parameters
    ----------
    characteristics : mapping of name to Characteristic
    woe : mapping of name to array of shape (rows,)
        Of development, for at least those that `by_value` keeps.
    bad : array of shape (rows,)
    weight : array of shape (rows,), optional

    Returns
    -------
    Selection
        With no names and no fit where nothing remains.
    """
    names, decisions = by_value(characteristics, limits)
    names, more = _uncorrelated(names, characteristics, woe, limits)
    decisions += more
    fit = None
    while names:
        fit = regression.fit(np.column_stack([woe[name] for name in names]), bad, weight)
        worst = _worst(names, fit, characteristics, limits)
        if worst is None:
            break
        decisions.append(worst)
        names = [name for name in names if name != worst.characteristic]
    for position, name in enumerate(names):
        each, p_value = characteristics[name], float(fit.p_values[position]) if fit else None
        decisions.append(Decision(name, True, "kept", each.iv, each.noise_floor, p_value, limits.max_p_value, "in the scorecard"))
    return Selection(names, decisions, fit if names else None)


def _uncorrelated(
    names: Sequence[str], characteristics: Mapping[str, Characteristic], woe: Mapping[str, Floats], limits: Limits
) -> tuple[list[str], list[Decision]]:
    """Keep the strongest of every correlated group; names arrive strongest first."""
    if not names:
        return [], []
    correlation = np.atleast_2d(np.corrcoef(np.column_stack([woe[name] for name in names]), rowvar=False))
    kept: list[int] = []
    dropped = []
    for position, name in enumerate(names):
        rivals = [(abs(float(correlation[position, other])), other) for other in kept]
        strongest = max(rivals, default=(0.0, -1))
        if strongest[0] > limits.max_correlation:
            each, reason = characteristics[name], f"moves with {names[strongest[1]]}, which is stronger"
            dropped.append(
                Decision(name, False, "correlation", each.iv, each.noise_floor, strongest[0], limits.max_correlation, reason)
            )
        else:
            kept.append(position)
    return [names[position] for position in kept], dropped


def _worst(names: Sequence[str], fit: Fit, characteristics: Mapping[str, Characteristic], limits: Limits) -> Decision | None:
    """Return the one characteristic to drop next: wrong sign first, then p-value, then the weakest beyond the limit."""
    signs = int(np.argmax(fit.coefficients))
    weakest = int(np.argmax(fit.p_values))
    least = int(np.argmin(np.abs(fit.coefficients / fit.standard_errors)))
    rules = (
        (signs, "sign", float(fit.coefficients[signs]), 0.0, fit.coefficients[signs] >= 0, "points would rise with risk"),
        (weakest, "p-value", float(fit.p_values[weakest]), limits.max_p_value, fit.p_values[weakest] > limits.max_p_value, "adds nothing beside the others"),
        (least, "number", float(len(names)), float(limits.max_characteristics), len(names) > limits.max_characteristics, "weakest beyond the number allowed"),
    )  # fmt: skip
    for position, step, figure, limit, broken, reason in rules:
        if broken:
            each = characteristics[names[position]]
            return Decision(names[position], False, step, each.iv, each.noise_floor, figure, limit, reason)
    return None
