"""What the bin editor knows: the bins as they were and as they are, the edits not yet saved, undo and redo. No browser, no widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from scorecard import edits
from scorecard.binning import Rules, readable
from scorecard.counts import Classes
from scorecard.edits import Edit, Fitted
from scorecard.edits.entry import stamp
from scorecard.errors import EvidenceError, ScorecardError, SettingsError
from scorecard.settings import nearest
from scorecard.woe import Characteristic

DRAFT = "not yet saved"  # reason and author of an edit until a person gives them
FORCED = {"include": "in", "exclude": "out"}


@dataclass(frozen=True)
class Change:
    """An edit not yet saved, with the bins it found and left."""

    edit: Edit
    before: Characteristic
    after: Characteristic


class Session:
    """Edits of a person at work: each command changes the bins at once, from counts.

    Parameters
    ----------
    fitted : Fitted
    saved : sequence of Edit
        Those in the edits file: they are replayed first, and are what `undo` does not reach.

    Attributes
    ----------
    base, now : dict of name to Characteristic
        After the saved edits, and after those of this session too.
    done, undone : list of Change
    chosen : str
        The characteristic at work.
    refused : dict of name to str
        Why saved edits no longer apply; these characteristics cannot be edited.

    Raises
    ------
    EvidenceError
        Where there is nothing to edit.
    """

    def __init__(self, fitted: Fitted, saved: Sequence[Edit] = ()) -> None:
        self.fitted = fitted
        self.saved = tuple(saved)
        replayed = fitted.replay(self.saved)
        self.base, self.refused = dict(replayed.characteristics), replayed.refused
        if not self.base:
            raise EvidenceError(f"There is no characteristic to edit. {' '.join(self.refused.values())}".strip())
        self.now = dict(self.base)
        self.done: list[Change] = []
        self.undone: list[Change] = []
        self.chosen = min(self.base.values(), key=lambda each: (-each.iv, each.name)).name

    @property
    def classes(self) -> Classes:
        """The fine classes of the chosen characteristic."""
        return self.fitted.counts[self.chosen]

    def rules(self, name: str) -> Rules:
        """Return the rules of a characteristic, with the trend that its last edit gave it."""
        found = self.fitted.rules_of(name)
        for edit in self._of(name):
            if edit.action == "trend":
                found = found.changed(name, {"trend": edit.what["trend"]})
        return found

    def forced(self, name: str) -> str | None:
        """Return whether a characteristic is forced ``in`` or ``out``, or neither."""
        told = [FORCED[edit.action] for edit in self._of(name) if edit.action in FORCED]
        return told[-1] if told else None

    def pending(self) -> tuple[Edit, ...]:
        """Return the edits not yet saved, in order."""
        return tuple(change.edit for change in self.done)

    def choose(self, name: str) -> None:
        """Take another characteristic in hand.

        Raises
        ------
        SettingsError
            Where there is none of this name, or its saved edits no longer apply.
        """
        if name not in self.now:
            raise SettingsError(self.refused.get(name) or f"{name} is no characteristic. {nearest(name, list(self.now))}")
        self.chosen = name

    def edit(self, action: str, what: Mapping[str, Any], *, onward: bool = False) -> Edit | None:
        """Apply an edit to the chosen characteristic.

        Parameters
        ----------
        action : str
            One of `scorecard.edits.ACTIONS`.
        what : mapping
            The action's own keys.
        onward : bool
            Whether a move goes on with the boundary that the edit before moved: both together are one edit.

        Returns
        -------
        Edit or None
            None where the bins were so already.

        Raises
        ------
        ScorecardError
            Where the edit does not apply; nothing is changed.
        """
        edit = _draft(action, self.chosen, what)
        last = self.done[-1] if self.done else None
        goes_on = onward and last is not None and _goes_on(last.edit, edit)
        before = last.before if goes_on and last else self.now[self.chosen]
        if goes_on and last:
            edit = _draft("move", self.chosen, {"from": last.edit.what["from"], "to": edit.what["to"]})
        back = goes_on and edit.what["from"] == edit.what["to"]
        after = before if back else edits.apply(before, self.classes, edit, self.rules(self.chosen))
        if goes_on:
            self.done.pop()
        self.now[self.chosen] = after
        self.undone.clear()
        if after.bins == before.bins and (back or not self._tells(edit)):
            return None
        earlier = {"in": True, "out": False}.get(self.forced(self.chosen) or "")
        self.done.append(Change(edits.shown(edit, before, after, earlier), before, after))
        return edit

    def undo(self) -> Edit:
        """Take the last edit back; its characteristic is chosen.

        Raises
        ------
        SettingsError
            Where there is none.
        """
        if not self.done:
            raise SettingsError("There is no edit to undo; those in the edits file are taken back in that file.")
        change = self.done.pop()
        self.undone.append(change)
        return self._show(change.edit, change.before)

    def redo(self) -> Edit:
        """Make the edit again that was undone last; its characteristic is chosen.

        Raises
        ------
        SettingsError
            Where there is none.
        """
        if not self.undone:
            raise SettingsError("There is no edit to redo; undo one first.")
        change = self.undone.pop()
        self.done.append(change)
        return self._show(change.edit, change.after)

    def save(self, path: Path, reasons: Sequence[str], author: str) -> int:
        """Write the pending edits behind those in the file, and return how many.

        Parameters
        ----------
        path : Path
        reasons : sequence of str
            One for each pending edit.
        author : str

        Raises
        ------
        SettingsError
            Where a reason or the author is blank, nothing is pending, or somebody else changed the file; nothing is written.
        """
        if not self.done:
            raise SettingsError("There is no edit to save; make one first.")
        if len(reasons) != len(self.done):
            raise SettingsError(
                f"There are {len(reasons)} reasons for {len(self.done)} edits; expected one for each. Give them all."
            )
        now = stamp()
        given = [
            replace(each.edit, reason=reason.strip(), author=author.strip(), time=now)
            for each, reason in zip(self.done, reasons, strict=True)
        ]
        for edit in given:
            self.saved = (*self.saved, edits.append(path, edit, self._follows))
            self.done.pop(0)
        self.undone.clear()
        self.base = dict(self.now)
        return len(given)

    def resume(self, earlier: Session) -> dict[str, str]:
        """Make the pending edits of an earlier session again, and return why those that no longer apply do not, by name."""
        lost: dict[str, str] = {}
        for change in earlier.done:
            name = change.edit.characteristic
            try:
                self.choose(name)
                self.edit(change.edit.action, change.edit.what)
            except ScorecardError as error:
                lost[name] = str(error)
        self.chosen = earlier.chosen if earlier.chosen in self.now else self.chosen
        return lost

    def _follows(self, there: tuple[Edit, ...], edit: Edit) -> Edit:
        if there != self.saved:
            raise SettingsError(
                f"The edits file holds {len(there)} entries and this editor knows {len(self.saved)}: somebody changed it. "
                "Run the cell again: the edits not yet saved are kept."
            )
        return edit

    def _of(self, name: str) -> list[Edit]:
        return [edit for edit in (*self.saved, *self.pending()) if edit.characteristic == name]

    def _tells(self, edit: Edit) -> bool:
        """Say whether an edit that moves no bin is one nevertheless: it forces, or it sets another trend."""
        if edit.action in FORCED:
            return FORCED[edit.action] != self.forced(edit.characteristic)
        return edit.action == "trend" and edit.what["trend"] != self.rules(edit.characteristic).trend

    def _show(self, edit: Edit, characteristic: Characteristic) -> Edit:
        self.chosen = edit.characteristic
        self.now[self.chosen] = characteristic
        return edit


def _draft(action: str, name: str, what: Mapping[str, Any]) -> Edit:
    return Edit(action, name, what, DRAFT, DRAFT, stamp())


def _goes_on(last: Edit, edit: Edit) -> bool:
    same = last.action == edit.action == "move" and last.characteristic == edit.characteristic
    return same and bool(last.what["to"] == edit.what["from"])


def snapped(classes: Classes, at: float) -> float:
    """Return the number where bins can be split that is nearest to a number: itself, unless it lies inside a fine class.

    Examples
    --------
    >>> from scorecard.counts import Tally
    >>> sums = Tally(*(np.ones(2) for _ in range(4)))
    >>> classes = Classes("x", "numeric", np.array([1.0, 50.0]), np.array([40.0, 90.0]), sums, {}, sums.take([0]))
    >>> snapped(classes, 33.0), snapped(classes, 47.0)
    (50.0, 47.0)
    """
    inside = np.flatnonzero((classes.low < at) & (at <= classes.high))
    if not len(inside):
        return at
    place = int(inside[0])
    beside = [boundary(classes, gap) for gap in (place - 1, place) if 0 <= gap < len(classes.low) - 1]
    return min(beside, key=lambda each: abs(each - at), default=at)


def boundary(classes: Classes, gap: int) -> float:
    """Return the readable number between a fine class and the next one."""
    return readable(float(classes.high[gap]), float(classes.low[gap + 1]))
