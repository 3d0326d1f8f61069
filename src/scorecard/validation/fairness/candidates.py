"""Other cards near the card: one characteristic dropped, replaced, or with coarser bins, each fitted again on development."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scorecard.errors import EvidenceError
from scorecard.model import Scorecard, Segment
from scorecard.points import Scaling, base_points, points
from scorecard.validation.evidence import Floats
from scorecard.validation.fairness.refits import Codes, Refits, Woes, codes
from scorecard.woe import Bin, Characteristic

DROP, REPLACE, COARSER, CUTOFF = "drop", "replace", "coarser", "cut-off"
PLAIN = ("interval", "category")
FEWEST = 3  # plain bins that can still be made coarser
Steps = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Candidate:
    """A card with one change in one segment, not yet fitted.

    Attributes
    ----------
    change, segment, characteristic : str
    instead : str
        The characteristic that takes its place, or the number of bins before and after.
    woes : mapping of name to array of shape (bins,)
        The WoE of every characteristic of the changed segment.
    """

    change: str
    segment: str
    characteristic: str
    instead: str
    woes: Woes


@dataclass(frozen=True, eq=False)
class Made:
    """Points of a changed segment, in steps of the score.

    Attributes
    ----------
    segment : str
    base : int
    steps : mapping of name to int array of shape (bins,)
    """

    segment: str
    base: int
    steps: Mapping[str, Steps]


def candidates(refits: Refits) -> Iterator[Candidate]:
    """Yield every card that differs from a segment's by one characteristic.

    None where its rows have no goods or no bads. Each one is dropped; replaced by the characteristic outside the card that moves most like it; and, where it has three
    bins or more, given half as many, the neighbours merged that lose least information.

    Parameters
    ----------
    refits : Refits
    """
    if not 0 < refits.bad.sum() < refits.bad.size:
        return
    own, name = refits.own, refits.segment.name
    outside = refits.outside
    for each in own:
        others = {other: woe for other, woe in own.items() if other != each}
        if others:
            yield Candidate(DROP, name, each, "", others)
        if outside:
            like = _nearest(refits, each, outside)
            yield Candidate(REPLACE, name, each, like, others | {like: refits.characteristics[like].woe})
        before = refits.characteristics[each]
        after = coarser(before)
        if after is not None:
            yield Candidate(COARSER, name, each, f"{_plain(before)} → {_plain(before, after)}", own | {each: after})


def fitted(candidate: Candidate, refits: Refits, scaling: Scaling) -> Made | str:
    """Fit a candidate and scale it as the card is, or say why it is rejected.

    Parameters
    ----------
    candidate : Candidate
    refits : Refits
        Of its segment.
    scaling : Scaling
    """
    try:
        fit = refits.fit(candidate.woes)
    except EvidenceError as error:
        return f"no fit: {error}"
    wrong = [name for name, slope in zip(candidate.woes, fit.coefficients, strict=True) if slope >= 0]
    if wrong:
        return f"points of {wrong[0]} would rise with risk"
    woes, slopes = list(candidate.woes.values()), [float(slope) for slope in fit.coefficients]
    exact = [points(woe, slope, fit.intercept, len(woes), scaling) for woe, slope in zip(woes, slopes, strict=True)]
    base = int(scaling.steps(scaling.rounded(base_points(woes, slopes, fit.intercept, scaling))))
    steps = {name: scaling.steps(scaling.rounded(each)) for name, each in zip(candidate.woes, exact, strict=True)}
    return Made(candidate.segment, base, steps)


def coarser(characteristic: Characteristic) -> Floats | None:
    """Return the WoE of each bin after half of the plain bins were merged; None where there are too few.

    Neighbours merge, intervals by value and categories by WoE, at each step those that lose least information value.

    Examples
    --------
    >>> bins = [Bin("interval", "", share=0.25, bad_rate=rate, woe=np.log(9 * (1 - rate) / rate / 9)) for rate in (0.4, 0.35, 0.1, 0.05)]
    >>> coarser(Characteristic("age", "numeric", tuple(bins), 1.0, 0.0, "descending", "OPTIMAL")).round(3)
    array([0.511, 0.511, 2.512, 2.512])
    """
    bins = characteristic.bins
    held = [
        place
        for place, each in enumerate(bins)
        if each.kind in PLAIN and _has_both(each) and each.treatment.startswith("empirical")
    ]
    if len(held) < FEWEST:
        return None
    ordered = held if characteristic.kind == "numeric" else sorted(held, key=lambda place: bins[place].woe)
    sides = np.array([_sides(bins[place]) for place in ordered])
    groups = [_Group((place,), *pair) for place, pair in zip(ordered, (sides / sides.sum(axis=0)).tolist(), strict=True)]
    shift = bins[ordered[0]].woe - groups[0].log_odds
    while len(groups) > (len(held) + 1) // 2:
        losses = [_loss(one, other) for one, other in pairwise(groups)]
        first = int(np.argmin(losses))
        groups[first : first + 2] = [groups[first].joined(groups[first + 1])]
    merged = {place: group.log_odds + shift for group in groups for place in group.places}
    return np.array([merged.get(_source(place, bins, held), each.woe) for place, each in enumerate(bins)])


def _source(place: int, bins: Sequence[Bin], held: Sequence[int]) -> int:
    """Return the plain bin whose WoE a bin takes by its treatment, such as the worst one; else the bin itself."""
    each = bins[place]
    if each.kind in PLAIN or each.treatment.startswith("empirical"):
        return place
    return next((other for other in held if bins[other].woe == each.woe), place)


@dataclass(frozen=True)
class _Group:
    """Bins that share a WoE, with their shares of all goods and of all bads."""

    places: tuple[int, ...]
    goods: float
    bads: float

    @property
    def log_odds(self) -> float:
        return float(np.log(self.goods / self.bads))

    def joined(self, other: _Group) -> _Group:
        return _Group(self.places + other.places, self.goods + other.goods, self.bads + other.bads)


@dataclass(frozen=True, eq=False)
class Bench:
    """Rows of a sample as the card scores them, on which candidates are scored in its place.

    Attributes
    ----------
    card : Scorecard
    parts : mapping of segment to (places of its rows, codes of its characteristics)
    steps : int array of shape (rows,)
        Of the card's own score, before limits.
    """

    card: Scorecard
    parts: Mapping[str, tuple[slice | NDArray[np.intp], Mapping[str, Codes]]]
    steps: Steps

    def score(self, made: Made) -> Floats:
        """Return the score of every row with the points of one segment changed."""
        rows, own = self.parts[made.segment]
        steps = self.steps.copy()
        steps[rows] = made.base + sum(each[own[name]] for name, each in made.steps.items())
        return self.card.scaling.total(steps)


def bench(card: Scorecard, table: pa.Table, known: Mapping[str, Mapping[str, Characteristic]], names: Sequence[str]) -> Bench:
    """Return a sample's rows, ready for candidates that use these characteristics.

    Parameters
    ----------
    card : Scorecard
    table : pyarrow.Table
    known : mapping of segment to mapping of name to Characteristic
    names : sequence of str
    """
    steps = np.zeros(table.num_rows, dtype=np.int64)
    parts = {}
    for segment, rows, part in card.parts(table):
        own = known[segment.name]
        parts[segment.name] = (rows, codes(own, part, [name for name in own if name in names]))
        steps[rows] = _own_steps(card, segment, parts[segment.name][1])
    return Bench(card, parts, steps)


def _own_steps(card: Scorecard, segment: Segment, own: Mapping[str, Codes]) -> Steps:
    base = card.scaling.steps(segment.base)
    return np.asarray(base + sum(card.scaling.steps(term.points)[own[term.name]] for term in segment.terms))


def _nearest(refits: Refits, name: str, outside: Sequence[str]) -> str:
    """Return the characteristic outside the card whose WoE moves most like that of one inside."""
    place = {each: position for position, each in enumerate(refits.characteristics)}
    alike = np.nan_to_num(np.abs(refits.correlations[place[name]]))
    return max(outside, key=lambda each: (float(alike[place[each]]), refits.characteristics[each].iv))


def _plain(characteristic: Characteristic, woe: Floats | None = None) -> int:
    """Return the number of plain bins, or of different WoE among them."""
    places = [place for place, each in enumerate(characteristic.bins) if each.kind in PLAIN]
    return len(places) if woe is None else len(np.unique(woe[places]))


def _has_both(each: Bin) -> bool:
    return each.share > 0 and each.bad_rate is not None and 0 < each.bad_rate < 1


def _sides(each: Bin) -> tuple[float, float]:
    rate = each.bad_rate or 0.0
    return each.share * (1 - rate), each.share * rate


def _loss(one: _Group, other: _Group) -> float:
    """Return the information value that merging two bins loses."""
    both = one.joined(other)
    return sum((each.goods - each.bads) * each.log_odds for each in (one, other)) - (both.goods - both.bads) * both.log_odds
