"""The selection: every gate in order, and a row for every characteristic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from scorecard import metrics
from scorecard.errors import EvidenceError, SettingsError
from scorecard.regression import Fit
from scorecard.selection.decisions import Broken, Decision, Given, Limits, Selection
from scorecard.selection.fitting import Rows, fit_gate, stepwise_gate
from scorecard.selection.gates import dropped, shift_gate, strongest_first, value_gate
from scorecard.selection.overlap import cluster_gate, constant_gate, vif_gate
from scorecard.settings import nearest
from scorecard.woe import Characteristic

Floats = npt.NDArray[np.float64]
NOTHING = Given()


def select(
    characteristics: Mapping[str, Characteristic],
    woe: Mapping[str, Floats],
    bad: npt.NDArray[np.int64],
    limits: Limits,
    weight: Floats | None = None,
    given: Given = NOTHING,
) -> Selection:
    """Choose characteristics: by IV, PSI, correlation, VIF, marginal IV, sign, p-value and number, and by a person's order.

    One that is forced in passes every gate, and its row names the gates it broke.

    Parameters
    ----------
    characteristics : mapping of name to Characteristic
    woe : mapping of name to array of shape (rows,)
        Of development, for at least those that `by_value` keeps and those forced in.
    bad : array of shape (rows,)
    limits : Limits
    weight : array of shape (rows,), optional
    given : Given
        Shifts of later samples, what is forced, and what has no bins.

    Returns
    -------
    Selection
        With no names and no fit where nothing remains.

    Raises
    ------
    SettingsError
        Where a forced characteristic is unknown.
    DataError
        Where the WoE of a characteristic is missing or not finite.
    EvidenceError
        Where one that is forced in has no bins, the same WoE in every row or a wrong sign, or where there is no best fit.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapters 6 and 10.
    """
    _check_forced(characteristics, given)
    rows = Rows(woe, bad, weight)
    record = Record(characteristics, given)
    names = record.after(strongest_first(characteristics), _forced_out(characteristics, given))
    names = record.after(names, value_gate({name: characteristics[name] for name in names}, limits))
    names = record.after(names, shift_gate(names, given.shifts, limits))
    names = _distinct(names, rows, record, limits)
    names = record.after(names, stepwise_gate(names, rows, record.forced, limits))
    broken, fit = fit_gate(names, rows, record.forced, limits)
    names = record.after(names, broken)
    return Selection(names, record.dropped + record.kept(names, fit, limits), fit)


class Record:
    """What became of every characteristic so far.

    Attributes
    ----------
    forced : frozenset of names that are in
    dropped : list of Decision
    """

    def __init__(self, characteristics: Mapping[str, Characteristic], given: Given) -> None:
        self.characteristics, self.given = characteristics, given
        self.forced = frozenset(name for name, each in given.forced.items() if each.include)
        self.dropped: list[Decision] = []
        self._broken: dict[str, list[Broken]] = {}

    def after(self, names: Sequence[str], broken: Mapping[str, Broken]) -> list[str]:
        """Write down what a gate found broken, and return the names that go on: those that pass, and the forced ones."""
        for name, each in broken.items():
            self._broken.setdefault(name, []).append(each)
            if name not in self.forced:
                self.dropped.append(dropped(self.characteristics[name], each))
        return [name for name in names if name not in broken or name in self.forced]

    def kept(self, names: Sequence[str], fit: Fit | None, limits: Limits) -> list[Decision]:
        """Return the rows of the characteristics in the fit, with their p-values."""
        p_values = [] if fit is None else [float(found) for found in fit.p_values]
        rows = []
        for name, p_value in zip(names, p_values, strict=True):
            each, step = self.characteristics[name], "forced in" if name in self.forced else "kept"
            rows.append(Decision(name, True, step, each.iv, each.noise_floor, p_value, limits.max_p_value, self._reason(name)))
        return rows

    def _reason(self, name: str) -> str:
        said = [self.given.forced[name].reason.strip() if name in self.forced else "in the scorecard"]
        said += [f"breaks {each}" for each in self._broken.get(name, [])]
        stands_for = [(row, each) for row, found in self._broken.items() for each in found if each.leader == name]
        if stands_for:
            said.append("stands for " + ", ".join(f"{row} ({each.figure:.2f})" for row, each in stands_for))
        if not self.given.shifts.get(name):
            said.append("PSI not applied: no later sample was counted")
        return "; ".join(said)


def _distinct(names: Sequence[str], rows: Rows, record: Record, limits: Limits) -> list[str]:
    """Drop what is constant, what moves with a stronger one, and what the others add up to."""
    if not names:
        return []
    rows.require(names)
    correlations = metrics.correlation(rows.columns(names), rows.weight)
    place = {name: position for position, name in enumerate(names)}

    def among(left: Sequence[str]) -> Floats:
        index = [place[name] for name in left]
        return correlations[np.ix_(index, index)]

    constant = constant_gate(names, correlations)
    for name in sorted(record.forced & constant.keys()):
        raise EvidenceError(
            f"{name} is forced in, but {constant[name].reason}; expected bins that differ. Bin it anew, or leave it out."
        )
    left = record.after(names, constant)
    left = record.after(left, cluster_gate(left, among(left), record.forced, limits))
    return record.after(left, vif_gate(left, among(left), record.forced, limits))


def _forced_out(characteristics: Mapping[str, Characteristic], given: Given) -> dict[str, Broken]:
    return {
        name: Broken("forced out", None, None, each.reason.strip())
        for name, each in given.forced.items()
        if not each.include and name in characteristics
    }


def _check_forced(characteristics: Mapping[str, Characteristic], given: Given) -> None:
    for name, each in given.forced.items():
        if name in characteristics:
            continue
        if name not in given.absent:
            raise SettingsError(
                f"{name} is forced {'in' if each.include else 'out'}, but is no characteristic. {nearest(name, [*characteristics, *given.absent])}"
            )
        if each.include:
            raise EvidenceError(f"{name} is forced in, but has no bins: {given.absent[name]}. Mend that, or leave it out.")
