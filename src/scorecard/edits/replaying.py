"""All edits of a pipeline, one after the other: the bins they leave, and what became of each entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from scorecard.binning import Rules, inversions
from scorecard.binning.periods import INVERTED
from scorecard.counts import Classes
from scorecard.edits.broken import warnings
from scorecard.edits.change import FORCED, apply, shown
from scorecard.edits.entry import Edit
from scorecard.errors import EvidenceError
from scorecard.results import Reading
from scorecard.selection import Forced
from scorecard.settings import nearest
from scorecard.woe import Characteristic

BOUNDARIES = {"merge", "split", "move", "group"}


@dataclass(frozen=True)
class Outcome:
    """What became of an entry.

    Attributes
    ----------
    number : int
        Its place among the entries, from 1.
    edit : Edit
        With what it changes in words.
    before, after : Characteristic or None
        The bins it found and left; no `after` where it does not apply.
    warnings : tuple of Reading
        The rules that the bins it left break.
    inversions_before, inversions_after : int or None
        Neighbouring bins that change places in a period beyond sampling error; None without periods.
    problem : str
        Why it does not apply; empty where it does.
    """

    number: int
    edit: Edit
    before: Characteristic | None = None
    after: Characteristic | None = None
    warnings: tuple[Reading, ...] = ()
    problem: str = ""
    inversions_before: int | None = None
    inversions_after: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        sides = {name: side.to_dict() if side else None for name, side in (("before", self.before), ("after", self.after))}
        told = {name: getattr(self, name) for name in ("number", "problem", "inversions_before", "inversions_after")}
        return told | {"edit": self.edit.to_dict()} | sides | {"warnings": [asdict(each) for each in self.warnings]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Outcome:
        """Rebuild what `to_dict` wrote."""
        sides = {name: Characteristic.from_dict(content[name]) if content[name] else None for name in ("before", "after")}
        rest = {"edit": Edit.from_dict(content["edit"]), "warnings": tuple(Reading(**each) for each in content["warnings"])}
        return cls(**{**content, **sides, **rest})


@dataclass(frozen=True)
class Replayed:
    """The bins after all edits.

    Attributes
    ----------
    characteristics : dict of name to Characteristic
        Without those of which an edit no longer applies: half an edited characteristic is nobody's decision.
    forced : dict of name to Forced
        As the selection takes it.
    outcomes : tuple of Outcome
        One an entry, in order.
    """

    characteristics: dict[str, Characteristic]
    forced: dict[str, Forced] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()

    @property
    def applied(self) -> tuple[Outcome, ...]:
        """The entries that apply."""
        return tuple(each for each in self.outcomes if not each.problem)

    @property
    def refused(self) -> dict[str, str]:
        """Why a characteristic's edits no longer apply, by name: the first reason of each."""
        first: dict[str, str] = {}
        for each in self.outcomes:
            if each.problem:
                first.setdefault(each.edit.characteristic, each.problem)
        return first

    def complete(self) -> Replayed:
        """Return itself where every entry applies.

        Raises
        ------
        EvidenceError
            Where one does not: its number, the characteristic, what is there now, and the fix.
        """
        for each in self.outcomes:
            if each.problem:
                raise EvidenceError(each.problem)
        return self

    def after(self, outcome: Outcome) -> Replayed:
        """Return these bins once one more entry has been replayed."""
        name, edit = outcome.edit.characteristic, outcome.edit
        characteristics, forced = dict(self.characteristics), dict(self.forced)
        if outcome.after is None:
            characteristics.pop(name, None)
            forced.pop(name, None)
        else:
            characteristics[name] = outcome.after
        if outcome.after is not None and edit.action in FORCED:
            forced[name] = Forced(FORCED[edit.action], edit.reason)
        return Replayed(characteristics, forced, (*self.outcomes, outcome))


@dataclass(frozen=True)
class Fitted:
    """What edits are made on.

    Attributes
    ----------
    characteristics : mapping of name to Characteristic
        As fitted, before any edit.
    counts : mapping of name to Classes
        What they were fitted on.
    rules : Rules
    own : mapping of name to changed rules
    """

    characteristics: Mapping[str, Characteristic]
    counts: Mapping[str, Classes]
    rules: Rules
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def rules_of(self, name: str) -> Rules:
        """Return the rules of one characteristic."""
        return self.rules.changed(name, self.own.get(name, {}))

    def replay(self, edits: Sequence[Edit]) -> Replayed:
        """Return the bins after these edits."""
        return replay(self.characteristics, self.counts, edits, self.rules, self.own)


def replay(
    characteristics: Mapping[str, Characteristic],
    counts: Mapping[str, Classes],
    edits: Sequence[Edit],
    rules: Rules,
    own: Mapping[str, Mapping[str, Any]] | None = None,
) -> Replayed:
    """Apply edits to fitted bins, in order; on the same bins and counts with the same outcome to the last byte.

    Parameters
    ----------
    characteristics : mapping of name to Characteristic
        As fitted.
    counts : mapping of name to Classes
        What they were fitted on.
    edits : sequence of Edit
    rules : Rules
    own : mapping of name to changed rules, optional

    Returns
    -------
    Replayed
        An entry that does not apply says so, its characteristic is left out, and the others go on; `Replayed.complete`
        raises instead.
    """
    now = Replayed(dict(characteristics))
    mine = {name: rules.changed(name, given) for name, given in (own or {}).items() if name in characteristics}
    for number, edit in enumerate(edits, 1):
        name = edit.characteristic
        outcome = _outcome(now, counts, (number, edit), mine.get(name, rules))
        if outcome.after is not None:
            mine[name] = _ruled(edit, mine.get(name, rules))
        now = now.after(outcome)
    return now


def _outcome(now: Replayed, counts: Mapping[str, Classes], entry: tuple[int, Edit], rules: Rules) -> Outcome:
    number, edit = entry
    before = now.characteristics.get(edit.characteristic)
    if before is None:
        return _refused(Outcome(number, edit), _unknown(now, edit.characteristic))
    try:
        after = apply(before, counts[edit.characteristic], edit, rules)
    except EvidenceError as error:
        return _refused(Outcome(number, edit, before), str(error))
    ruled = _ruled(edit, rules)
    told = [] if edit.action in FORCED else warnings(after, ruled)
    if edit.action == "trend" and (undone := _undone(now, edit.characteristic)):
        told.append(Reading("edit.fitted_anew", {"entries": ", ".join(map(str, undone))}))
    classes = counts[edit.characteristic]
    was, turned = _inversions(before, classes, rules), _inversions(after, classes, ruled)
    if turned and edit.action not in FORCED:
        told.append(Reading("edit.inverted", {"inversions": turned}))
    forced = now.forced[edit.characteristic].include if edit.characteristic in now.forced else None
    edit = edit if edit.before or edit.after else shown(edit, before, after, forced)
    return Outcome(number, edit, before, after, tuple(told), inversions_before=was, inversions_after=turned)


def _inversions(characteristic: Characteristic, classes: Classes, rules: Rules) -> int | None:
    if not classes.by_period():
        return None
    return int((inversions(characteristic, classes, rules)["finding"] == INVERTED).sum())


def _refused(entry: Outcome, why: str) -> Outcome:
    told = f"Edit {entry.number} ({entry.edit.action}) does not apply: {why.rstrip('.')}. Change or remove the entry."
    return replace(entry, problem=told)


def _ruled(edit: Edit, rules: Rules) -> Rules:
    """Return the rules of a characteristic once an edit holds: a trend set by hand is the rule from then on."""
    return rules.changed(edit.characteristic, {"trend": edit.what["trend"]}) if edit.action == "trend" else rules


def _unknown(now: Replayed, name: str) -> str:
    earlier = now.refused.get(name)
    if earlier:
        return f"{name} is left out by an earlier one that does not apply"
    return f"{name} is no characteristic with bins. {nearest(name, list(now.characteristics))}"


def _undone(now: Replayed, name: str) -> list[int]:
    """Return the entries whose boundaries a refit does not keep."""
    return [each.number for each in now.applied if each.edit.characteristic == name and each.edit.action in BOUNDARIES]
