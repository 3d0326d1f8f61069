"""What an edit does to the bins of a characteristic: pure, from counts, so the same counts give the same bins."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from scorecard.binning import Partition, Rules, Solved, described, fit, partition
from scorecard.binning.partition import assigned
from scorecard.counts import Classes
from scorecard.edits.entry import Edit
from scorecard.errors import EvidenceError
from scorecard.settings import nearest
from scorecard.woe import Bin, Characteristic

FORCED = {"include": True, "exclude": False}
WAYS = {True: "forced in", False: "forced out", None: "chosen by the rules"}
EDITED = "edited"
SHOWN_EDGES = 20
SEPARATOR = " | "
What = Mapping[str, Any]


def apply(characteristic: Characteristic, classes: Classes, edit: Edit, rules: Rules) -> Characteristic:
    """Return a characteristic as an edit leaves it; one whose outcome is there already changes nothing.

    Parameters
    ----------
    characteristic : Characteristic
    classes : Classes
        The counts it was fitted on.
    edit : Edit
        `include` and `exclude` change no bins.
    rules : Rules
        Of the characteristic; an edit may break them, and `warnings` says where it does.

    Raises
    ------
    EvidenceError
        Where the edit does not apply to these bins or counts: what is there, and the fix.
    """
    if edit.action in FORCED:
        return characteristic
    if edit.action == "trend":
        return _refitted(characteristic, classes, edit.what["trend"], rules)
    needed = {"merge": "numeric", "split": "numeric", "move": "numeric", "group": "categorical"}.get(edit.action)
    if needed not in {None, characteristic.kind}:
        other = "group moves its levels" if needed == "numeric" else "merge, split and move change its boundaries"
        raise EvidenceError(f"{characteristic.name} is {characteristic.kind} and {edit.action} needs a {needed} one; {other}")
    cut = _CHANGES[edit.action](partition(characteristic), classes, edit.what)
    found = described(classes, cut, rules, Solved(EDITED, 2))
    if edit.action == "treat":
        _refuse_unheeded(found, edit.what)
    return replace(found, noise_floor=characteristic.noise_floor)  # chance had the same classes to choose among


def splits_of(edits: Iterable[Edit]) -> dict[str, tuple[float, ...]]:
    """Return the numbers that counting must make boundaries of classes, ascending, by characteristic."""
    found: dict[str, set[float]] = {}
    for edit in edits:
        if edit.action in {"split", "move"}:
            found.setdefault(edit.characteristic, set()).add(edit.what["at" if edit.action == "split" else "to"])
    return {name: tuple(sorted(numbers)) for name, numbers in sorted(found.items())}


def shown(edit: Edit, before: Characteristic, after: Characteristic, forced: bool | None = None) -> Edit:
    """Return an edit with the bins it changes in words, as they were and as they become.

    Parameters
    ----------
    edit : Edit
    before, after : Characteristic
    forced : bool or None
        Whether an earlier edit forced the characteristic in, or out.

    Examples
    --------
    >>> from scorecard.woe import interval
    >>> two = Characteristic("x", "numeric", (interval(None, 5), interval(5, None)), 0.1, 0.0, "ascending", "optimal")
    >>> one = Characteristic("x", "numeric", (interval(None, None),), 0.0, 0.0, "constant", "edited")
    >>> edit = shown(Edit("merge", "x", {"at": 5}, "Few.", "lin", "2026-11-23T09:30:00Z"), two, one)
    >>> edit.before, edit.after
    ('< 5 | >= 5', 'all values')
    """
    if edit.action in FORCED:
        return replace(edit, before=WAYS[forced], after=WAYS[FORCED[edit.action]])
    ends = [_changed(side, other, edit.action == "treat") for side, other in ((before, after), (after, before))]
    if edit.action == "trend":
        ends = [f"{side.trend}: {text}" for side, text in zip((before, after), ends, strict=True)]
    return replace(edit, before=ends[0], after=ends[1])


def _changed(side: Characteristic, other: Characteristic, treated: bool) -> str:
    """Return the bins of one side that the other has not, in words; with their treatments where these are what changes."""
    there = {_content(each, treated) for each in other.bins}
    gone = [each for each in side.bins if _content(each, treated) not in there]
    return SEPARATOR.join(f"{each.label}: {each.treatment}" if treated else each.label for each in gone) or "as it is"


def _content(each: Bin, treated: bool) -> tuple[Any, ...]:
    return each.kind, each.label, each.lower, each.upper, each.values, each.treatment if treated else ""


def _refitted(characteristic: Characteristic, classes: Classes, trend: str, rules: Rules) -> Characteristic:
    """Fit again with another trend; treatments stay, for no fit chooses them."""
    if classes.kind == "categorical" and not rules.order:
        raise EvidenceError(
            f"{classes.name} has no order of its levels, and so no trend; expected numbers, or rules with an order"
        )
    treatments = dict(rules.treatments or {}) | dict(partition(characteristic).treatments)
    return replace(fit(classes, rules.changed(classes.name, {"trend": trend, "treatments": treatments})), status=EDITED)


def _merged(cut: Partition, classes: Classes, what: What) -> Partition:
    _present(cut, classes, what["at"])
    return replace(cut, edges=tuple(edge for edge in cut.edges if edge != what["at"]))


def _split(cut: Partition, classes: Classes, what: What) -> Partition:
    return cut if what["at"] in cut.edges else _with_edge(cut, classes, what["at"])


def _moved(cut: Partition, classes: Classes, what: What) -> Partition:
    start, to = what["from"], what["to"]
    if start not in cut.edges and to in cut.edges:
        return cut
    place = _present(cut, classes, start)
    rest = replace(cut, edges=(*cut.edges[:place], *cut.edges[place + 1 :]))
    if to in rest.edges or bisect(rest.edges, to) != place:
        raise EvidenceError(f"{classes.name} has another edge between {start:,.12g} and {to:,.12g}; {_edges(cut)}")
    return _with_edge(rest, classes, to)


def _with_edge(cut: Partition, classes: Classes, at: float) -> Partition:
    """Return the partition with one more edge, that must have accounts on both sides."""
    place = bisect(cut.edges, at)
    found = replace(cut, edges=(*cut.edges[:place], at, *cut.edges[place:]))
    filled = np.bincount(assigned(classes, found), weights=classes.tally.accounts, minlength=len(found.edges) + 1)
    if not filled[place : place + 2].all():
        spread = (
            f"run from {classes.low[0]:,.12g} to {classes.high[-1]:,.12g}" if len(classes.low) else "are all missing or special"
        )
        raise EvidenceError(f"{classes.name} has no customer on one side of {at:,.12g}; its values {spread}, and {_edges(cut)}")
    return found


def _present(cut: Partition, classes: Classes, edge: float) -> int:
    if edge not in cut.edges:
        raise EvidenceError(f"{classes.name} has no edge at {edge:,.12g}; {_edges(cut)}")
    return cut.edges.index(edge)


def _edges(cut: Partition) -> str:
    more = f" and {len(cut.edges) - SHOWN_EDGES} more" if len(cut.edges) > SHOWN_EDGES else ""
    return (
        f"its edges are {'; '.join(f'{edge:,.12g}' for edge in cut.edges[:SHOWN_EDGES])}{more}"
        if cut.edges
        else "it has no edges"
    )


def _grouped(cut: Partition, classes: Classes, what: What) -> Partition:
    place = {level: number for number, group in enumerate(cut.groups) for level in group}
    for level in (*what["levels"], *([] if what["with"] is None else [what["with"]])):
        if level not in place:
            raise EvidenceError(f"{classes.name} has no level {level!r}. {nearest(level, list(place))}")
    moving = set(what["levels"])
    home = min(place[level] for level in moving) if what["with"] is None else place[what["with"]]
    groups: list[tuple[str, ...]] = []
    for number, group in enumerate(cut.groups):
        rest = [level for level in group if level not in moving]
        groups.append(_in_order(classes, [*rest, *moving]) if what["with"] is not None and number == home else tuple(rest))
        if what["with"] is None and number == home:
            groups.append(_in_order(classes, moving))
    return replace(cut, groups=tuple(group for group in groups if group))


def _in_order(classes: Classes, levels: Iterable[str]) -> tuple[str, ...]:
    wanted = set(levels)
    return tuple(str(level) for level in classes.low if str(level) in wanted)


def _treated(cut: Partition, classes: Classes, what: What) -> Partition:
    known = [*classes.special, "missing", "unseen"]
    if what["bin"] not in known:
        raise EvidenceError(f"{classes.name} has no bin {what['bin']!r} to treat. {nearest(what['bin'], known)}")
    return replace(cut, treatments={**cut.treatments, what["bin"]: what["as"]})


def _refuse_unheeded(found: Characteristic, what: What) -> None:
    """Refuse empirical where the bin is too small for it: `described` would fall back to another policy."""
    treated = next(each for each in found.bins if each.label == what["bin"] and each.kind in {"special", "missing", "unseen"})
    if what["as"] == "empirical" and not treated.treatment.startswith("empirical"):
        raise EvidenceError(
            f"{found.name} has {treated.count:,} customers, {treated.bads:,} of them bad, in {treated.label}, too few for a WoE of its own; "
            "expected worst, neutral or a bin to join"
        )


_CHANGES: dict[str, Callable[[Partition, Classes, What], Partition]] = {
    "merge": _merged,
    "split": _split,
    "move": _moved,
    "group": _grouped,
    "treat": _treated,
}
