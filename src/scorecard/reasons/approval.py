"""What would reach the cut-off: the points that are missing, and which changes of a customer's answers would earn them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import floor, isfinite
from typing import Any

import pyarrow as pa

from scorecard.errors import SettingsError
from scorecard.model import Scorecard, Segment, Term
from scorecard.points import Scaling
from scorecard.reasons.explaining import customer
from scorecard.reasons.ordering import totals

MOST_CHANGES = 3  # advice to change more at once is no advice
MOST_WAYS = 10


@dataclass(frozen=True)
class Change:
    """A characteristic that would have to be in another bin, and the points that it would earn more."""

    code: str
    description: str | None
    now: str
    then: str
    points: float


@dataclass(frozen=True)
class Approval:
    """How far a customer is from the cut-off.

    Attributes
    ----------
    score, cutoff : float
    missing : float
        Points to the cut-off, 0 for a customer at or above it.
    ways : tuple of tuple of Change
        Changes that would reach the cut-off together, fewest first; none can be left out or lessened. Empty where nothing
        is missing, or where no `MOST_CHANGES` changes reach it.
    """

    score: float
    cutoff: float
    missing: float
    ways: tuple[tuple[Change, ...], ...]


@dataclass(frozen=True)
class Option:
    """A better bin: where its term and the bin stand, the steps it earns more, and those of the next lesser bin."""

    term: int
    bin: int
    gain: int
    lesser: int


def points_to_approval(card: Scorecard, row: Mapping[str, Any], changeable: Collection[str], cutoff: float) -> Approval:
    """Return how many points a customer is missing, and the fewest changes that would earn them.

    It says what the scorecard would answer, not that the change would lower the risk. Bins of missing, special or unseen
    values are never advised, and the segment stays.

    Parameters
    ----------
    card : Scorecard
    row : mapping of column to value
        One customer.
    changeable : collection of str
        The characteristics that a customer can change. Names beyond the scorecard's are ignored.
    cutoff : float
        The lowest score that is approved.

    Raises
    ------
    SettingsError
        Where the cut-off lies above the scale.
    DataError
        Where an input is missing or of another type.
    """
    lowest = _lowest(cutoff, card.scaling)
    (segment, part), *_ = [(segment, part) for segment, _, part in card.parts(customer(card, row)) if part.num_rows]
    steps = card.points_of(segment, part)
    total = float(totals(card, segment, steps)[0])
    needed = 0 if total >= cutoff else lowest - int(steps.sum() + card.scaling.steps(segment.base))
    places = _bins(segment, part)
    options = [_options(card, position, term, places[position]) for position, term in enumerate(segment.terms)]
    rule = "" if card.segmentation is None else card.segmentation.characteristic.name
    open_to = [own for own, term in zip(options, segment.terms, strict=True) if term.name in changeable and term.name != rule]
    ways = _ways([own for own in open_to if own], needed) if needed > 0 else []
    told = tuple(tuple(_change(card, segment.terms[each.term], places[each.term], each) for each in way) for way in ways)
    return Approval(total, float(cutoff), max(needed, 0) / card.scaling.unit, told)


def _lowest(cutoff: float, scaling: Scaling) -> int:
    """Return the fewest steps that reach the cut-off."""
    if not isfinite(cutoff) or (scaling.maximum is not None and cutoff > scaling.maximum):
        raise SettingsError(f"cutoff = {cutoff}; expected a score that can be reached. Change the parameter.")
    start = floor(cutoff * scaling.unit) - 1
    return next(steps for steps in range(start, start + 4) if steps / scaling.unit >= cutoff)


def _bins(segment: Segment, part: pa.Table) -> list[int]:
    return [int(term.characteristic.assign(part.column(term.name))[0]) for term in segment.terms]


def _options(card: Scorecard, position: int, term: Term, now: int) -> list[Option]:
    """Return the better bins of a term, least gain first."""
    gains = card.scaling.steps(term.points) - card.scaling.steps(term.points[now])
    known = [each.kind in {"interval", "category"} for each in term.characteristic.bins]
    better = sorted((int(gain), place) for place, gain in enumerate(gains) if gain > 0 and known[place])
    return [Option(position, place, gain, max((g for g, _ in better if g < gain), default=0)) for gain, place in better]


def _ways(options: Sequence[Sequence[Option]], needed: int) -> list[tuple[Option, ...]]:
    found: list[tuple[Option, ...]] = []
    for size in range(1, min(MOST_CHANGES, len(options)) + 1):
        same = (way for chosen in combinations(options, size) for way in _least(chosen, needed))
        found += sorted(same, key=lambda way: (sum(each.gain for each in way), [(each.term, each.bin) for each in way]))
        if len(found) >= MOST_WAYS:
            break
    return found[:MOST_WAYS]


def _least(chosen: Sequence[Sequence[Option]], needed: int) -> Iterator[tuple[Option, ...]]:
    """Yield the choices of one bin per term that reach what is needed and fall short with any lesser bin."""
    if sum(own[-1].gain for own in chosen) < needed:
        return
    for way in product(*chosen):
        spare = sum(each.gain for each in way) - needed
        if spare >= 0 and all(each.gain - each.lesser > spare for each in way):
            yield way


def _change(card: Scorecard, term: Term, now: int, option: Option) -> Change:
    bins = term.characteristic.bins
    return Change(term.name, term.description, bins[now].label, bins[option.bin].label, option.gain / card.scaling.unit)
