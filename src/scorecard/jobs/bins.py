"""What notebook 02 calls beside the library: count, fit, hold the bins to time, and let people edit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any

import pandas

from scorecard import binning, profile, woe
from scorecard.binning import Rules
from scorecard.counts import Counts
from scorecard.edits import Fitted, Replayed, splits_of
from scorecard.errors import EvidenceError, ScorecardError, SettingsError
from scorecard.jobs import edits
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.tracking import registry
from scorecard.woe import Characteristic

if TYPE_CHECKING:
    from scorecard.editor import Editor
    from scorecard.figures import Chart

UNSTABLE = ("merge", "report")
PRIVATE = ("protected", "identifier")


@dataclass(frozen=True)
class Bins:
    """The bins of a run before anybody edits them.

    Attributes
    ----------
    fitted : Fitted
    refused : dict of name to (step, reason)
        Characteristics that have no bins.
    stability : DataFrame
        Per characteristic, whether its bins keep their order in every period; empty where nobody asked.
    """

    fitted: Fitted
    refused: dict[str, tuple[str, str]]
    stability: pandas.DataFrame


def count(step: Step, stable_by: str) -> Counts:
    """Count the admitted inputs over development, by period where one is named, with every edge that settings and edits name.

    Raises
    ------
    SettingsError
        Where `stable_by` is no period, or the edits file is not as expected.
    """
    own = {name: _numbers(given.get("splits")) for name, given in step.pipeline.binning.items()}
    edited = splits_of(edits.load(step.root, step.pipeline))
    splits = {name: tuple(sorted({*own.get(name, ()), *edited.get(name, ())})) for name in {*own, *edited}}
    _refuse_private(step, stable_by)
    admitted = step.json("01_data", "admitted.json")
    date = step.pipeline.observation_date
    return profile.count_all(step.data(), admitted, "development", date=date, period=stable_by or None, splits=splits)


def _numbers(splits: Any) -> tuple[float, ...]:
    """Return the splits that are numbers: `fit` refuses the others by the characteristic's name, and the rest go on."""
    given = splits if isinstance(splits, list | tuple) else ()
    return tuple(each for each in given if isinstance(each, int | float) and isfinite(each))


def _refuse_private(step: Step, stable_by: str) -> None:
    """Refuse to part the bins by who people are: tables and figures would show bad rates by its values."""
    column = step.contract.columns.get(stable_by)
    if column is not None and column.role in PRIVATE:
        raise SettingsError(
            f"stable_by = {stable_by!r}, whose role is {column.role}; expected a period. Name month, quarter or year, or another column."
        )


def fit(step: Step, counted: Counts, rules: Rules, stable_by: str, unstable: str) -> Bins:
    """Fit the bins, and merge those that change places over time.

    Parameters
    ----------
    stable_by : str
        The period the rows were counted by; empty asks for no stability.
    unstable : str
        ``merge`` the bins that change places, or ``report`` them alone.

    Raises
    ------
    SettingsError
        Where a parameter is not as expected, or a rule names what there is not.
    EvidenceError
        Where no characteristic can be binned.
    """
    if unstable not in UNSTABLE:
        raise SettingsError(f"unstable = {unstable!r}; expected {' or '.join(UNSTABLE)}. Change the parameter.")
    own = _own(step, counted)
    fitted, refused = binning.fit_all(counted.classes, rules, own)
    why = {name: ("counting", reason) for name, reason in counted.refused.items()}
    why |= {name: ("binning", reason) for name, reason in refused.items()}
    table = pandas.DataFrame()
    if stable_by:
        stable, shaky, table = binning.stabilise_all(fitted, counted.classes, rules, own)
        if unstable == "merge":
            fitted, why = stable, why | {name: ("stability", reason) for name, reason in shaky.items()}
    if not fitted:
        raise EvidenceError("No characteristic keeps its order over time. Take longer periods, or unstable=report.")
    return Bins(Fitted(fitted, counted.classes, rules, own), why, table)


def _own(step: Step, counted: Counts) -> dict[str, Mapping[str, Any]]:
    """Return the rules of single characteristics; those of a column that others gates dropped are not needed."""
    dropped = set(step.contract.with_role("input")) - set(counted)
    return {name: given for name, given in step.pipeline.binning.items() if name not in dropped}


def save(step: Step, bins: Bins, replayed: Replayed) -> pandas.DataFrame:
    """Save the bins after all edits, what was refused, and what was forced; return the table of bins.

    Raises
    ------
    EvidenceError
        Where the edits leave no characteristic.
    """
    refused = {name: ("edits", reason) for name, reason in replayed.refused.items()} | bins.refused  # what came first tells why
    if not replayed.characteristics:
        raise EvidenceError("The edits leave no characteristic: " + "; ".join(reason for _, reason in refused.values()))
    step.save_json("bins.json", woe.to_json(replayed.characteristics))
    step.save_json("refused.json", {name: {"step": at, "reason": reason} for name, (at, reason) in refused.items()})
    step.save_json(
        "forced.json", {name: {"include": each.include, "reason": each.reason} for name, each in replayed.forced.items()}
    )
    step.log_metrics({f"iv.{name}": each.iv for name, each in replayed.characteristics.items()})
    return step.save_table("bins.csv", woe.table(replayed.characteristics.values()))


def costs(fitted: Fitted) -> pandas.DataFrame:
    """Return what every rule costs in information value, the dearest first."""
    parts = [binning.floors(fitted.counts[name], fitted.rules_of(name)) for name in fitted.characteristics]
    table = pandas.concat(parts, ignore_index=True)
    return table[table["cost"] > 0].sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def period_charts(fitted: Fitted, characteristics: Mapping[str, Characteristic], language: str) -> dict[str, Chart]:
    """Return the bad rate of every bin by period, per characteristic, strongest first."""
    from scorecard import figures  # noqa: PLC0415  a second that a run without periods does not need

    ordered = sorted(characteristics.values(), key=lambda each: (-each.iv, each.name))
    return {
        each.name: figures.by_period(
            binning.rates(each, fitted.counts[each.name], fitted.rules_of(each.name)), each.name, language
        )
        for each in ordered
    }


def editor(step: Step, fitted: Fitted) -> Editor | None:
    """Open the bin editor where a person runs the notebook; a pipeline's run has nobody to ask."""
    if not step.by_hand:
        return None
    from scorecard.editor import open_editor  # noqa: PLC0415  a second that only people need

    return open_editor(fitted, edits.path(step.root, step.pipeline), _former(step), language=step.pipeline.language)


def _former(step: Step) -> Scorecard | None:
    """Return the scorecard that an earlier run registered, whose coefficients say how points move; None before the first."""
    try:
        found = registry.resolve(step.own.store, f"{step.pipeline.name}@candidate")
        return Scorecard.load(found.path)
    except ScorecardError:
        return None


def listed(replayed: Replayed) -> pandas.DataFrame:
    """Return the edits as entries of a table, with why one does not apply."""
    rows = [
        {"entry": each.number, "characteristic": each.edit.characteristic, "action": each.edit.action, "before": each.edit.before,
         "after": each.edit.after, "reason": each.edit.reason, "problem": each.problem}
        for each in replayed.outcomes
    ]  # fmt: skip
    return pandas.DataFrame(rows, columns=["entry", "characteristic", "action", "before", "after", "reason", "problem"])


def answer(summary: pandas.DataFrame, replayed: Replayed) -> str:
    """Say how many characteristics order risk, which one does most, and which edits no longer apply; names are escaped."""
    above, strongest = int(summary["above_noise"].sum()), escape(str(summary["characteristic"].iloc[0]))
    told = f"**{above} of {len(summary)}** characteristics order risk beyond noise; the strongest is {strongest}."
    if replayed.refused:
        names = ", ".join(escape(name) for name in replayed.refused)
        told += f" **Edits no longer apply** to {names}, left out until the edits file is mended."
    return told
