"""Several scorecards behind one rule, on one scale: one file, one score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Literal

from scorecard.contracts import Dtype
from scorecard.errors import GovernanceError, SettingsError
from scorecard.model import Scorecard, Segment, Segmentation
from scorecard.model.building import with_missing
from scorecard.points import Scaling, base_points, points
from scorecard.woe import Bin, Characteristic, interval


@dataclass(frozen=True)
class Part:
    """The customers of a segment, by the rule's column.

    Attributes
    ----------
    lower, upper : float or None
        Numbers in [lower, upper); both None where there is no such range.
    values : tuple of str or float
        Levels, or special codes of a column with ranges.
    missing, unseen : bool
        Also those without a value; also levels that no segment names.
    """

    lower: float | None = None
    upper: float | None = None
    values: tuple[str | float, ...] = ()
    missing: bool = False
    unseen: bool = False

    @property
    def is_range(self) -> bool:
        """Whether it names a range of numbers."""
        return self.lower is not None or self.upper is not None


def rule(column: str, dtype: Dtype, parts: Mapping[str, Part]) -> Segmentation:
    """Return the rule that gives every customer one segment.

    Parameters
    ----------
    column : str
    dtype : str
    parts : mapping of segment to Part

    Raises
    ------
    SettingsError
        Where a value could come that belongs to no segment, or to two.

    Examples
    --------
    >>> made = rule("age", "integer", {"young": Part(upper=30, missing=True), "old": Part(lower=30)})
    >>> [(each.label, segment) for each, segment in zip(made.characteristic.bins, made.segments)]
    [('< 30', 'young'), ('>= 30', 'old'), ('missing', 'young'), ('unseen', 'young')]
    """
    ranges = [(each.lower, each.upper, name) for name, each in parts.items() if each.is_range]
    if ranges and dtype not in {"integer", "number"}:
        raise SettingsError(f"The segment rule has ranges of {column}, which is {dtype}; expected values. Name its levels.")
    if not ranges and dtype == "number":
        raise SettingsError(
            f"The segment rule has values of {column}, which is number; expected integer or text. Change the dtype."
        )
    found = _ranges(column, ranges) + _named(column, parts, numeric=bool(ranges))
    missing = _only(column, "missing", (name for name, each in parts.items() if each.missing))
    unseen = missing if ranges else _only(column, "unseen", (name for name, each in parts.items() if each.unseen))
    found += [(Bin("missing", "missing"), missing), (Bin("unseen", "unseen"), unseen)]
    if idle := [name for name in parts if name not in {segment for _, segment in found}]:
        raise SettingsError(
            f"The segment {idle[0]} has no customers; expected a range or values of {column}. Add them, or drop it."
        )
    kind: Literal["numeric", "categorical"] = "numeric" if ranges else "categorical"
    made = Characteristic(column, kind, tuple(each for each, _ in found), 0.0, 0.0, "none", "rule")
    return Segmentation(made, dtype, tuple(segment for _, segment in found))


def joined(name: str, rule: Segmentation, cards: Mapping[str, Scorecard], scaling: Scaling) -> Scorecard:
    """Return one scorecard of several: the points of each are those of its regression on the common scale.

    It has no calibration, no grades and no reasons yet, which are made anew on rows of all segments.

    Parameters
    ----------
    name : str
    rule : Segmentation
    cards : mapping of segment to Scorecard
        One for each segment of the rule.
    scaling : Scaling

    Raises
    ------
    GovernanceError
        Where segments and scorecards are not the same, a scorecard has segments of its own or an imported one another
        scale, or two of them mean another target, other missing values or another type of column.

    References
    ----------
    Siddiqi (2017), Intelligent Credit Scoring, chapters 3 and 7, on segmented suites and a common scale.
    """
    if set(rule.segments) != set(cards):
        raise GovernanceError(
            f"The segments of {name} are {', '.join(sorted(set(rule.segments)))} and its scorecards {', '.join(sorted(cards))}; "
            "expected one scorecard for each segment. Change the one or the other."
        )
    _refuse_different(name, rule, cards)
    segments = tuple(_segment(segment, card, scaling) for segment, card in cards.items())
    first = next(iter(cards.values()))
    made_from = {"cards_sha256": " ".join(card.sha256 for card in cards.values())}
    rule = replace(rule, characteristic=with_missing(rule.characteristic, rule.dtype, first.missing_values))
    return Scorecard(
        name, dict(first.target), scaling, segments, segmentation=rule, made_from=made_from, missing_values=first.missing_values
    )


def _segment(name: str, card: Scorecard, scaling: Scaling) -> Segment:
    if len(card.segments) != 1:
        raise GovernanceError(
            f"The scorecard {card.name} has segments of its own; expected one without. Name its scorecards instead."
        )
    (segment,) = card.segments
    woes = [term.characteristic.woe for term in segment.terms]
    coefficients = [term.coefficient for term in segment.terms if term.coefficient is not None]
    if segment.intercept is None or len(coefficients) < len(segment.terms):
        return replace(_on_this_scale(card, scaling), name=name)
    exact = [points(woe, each, segment.intercept, len(woes), scaling) for woe, each in zip(woes, coefficients, strict=True)]
    terms = tuple(
        replace(term, points=tuple(map(float, scaling.rounded(each))), reference=None)
        for term, each in zip(segment.terms, exact, strict=True)
    )
    base = float(scaling.rounded(base_points(woes, coefficients, segment.intercept, scaling)))
    return replace(segment, name=name, base=base, terms=terms)


def _on_this_scale(card: Scorecard, scaling: Scaling) -> Segment:
    """Return the segment of a scorecard whose points cannot be made anew, where they already are on the scale."""
    own = card.scaling
    if (own.factor, own.offset) != (scaling.factor, scaling.offset) or own.decimals > scaling.decimals:
        raise GovernanceError(
            f"The scorecard {card.name} was imported, so its points cannot be moved to another scale: it has pdo {own.pdo:g}, "
            f"{own.base_score:g} at {own.base_odds:g}:1 and {own.decimals} decimals; expected {scaling.pdo:g}, {scaling.base_score:g} "
            f"at {scaling.base_odds:g}:1 and at most {scaling.decimals}. Take its scale for all, or build the scorecard anew."
        )
    (segment,) = card.segments
    return replace(segment, terms=tuple(replace(term, reference=None) for term in segment.terms))


def _refuse_different(name: str, rule: Segmentation, cards: Mapping[str, Scorecard]) -> None:
    dtypes = {rule.characteristic.name: (rule.dtype, "the segment rule")}
    for card in cards.values():
        for column, dtype in card.dtypes.items():
            known, where = dtypes.setdefault(column, (dtype, card.name))
            if known != dtype:
                raise GovernanceError(
                    f"{column} is {known} in {where} and {dtype} in {card.name}; expected one type in {name}. Make the one or the other anew."
                )
    for card in cards.values():
        first = next(iter(cards.values()))
        for what, own, other in [
            ("target", card.target, first.target),
            ("missing values", card.missing_values, first.missing_values),
        ]:
            if own != other:
                raise GovernanceError(
                    f"{card.name} and {first.name} have another {what}; expected the same in {name}. Make one anew."
                )


def _ranges(column: str, ranges: list[tuple[float | None, float | None, str]]) -> list[tuple[Bin, str]]:
    ordered = sorted(ranges, key=lambda each: -inf if each[0] is None else each[0])
    ends = [(-inf if lower is None else lower, inf if upper is None else upper) for lower, upper, _ in ordered]
    meeting = all(first[1] == second[0] for first, second in pairwise(ends)) and all(lower < upper for lower, upper in ends)
    if ordered and not (meeting and ends[0][0] == -inf and ends[-1][1] == inf):
        told = ", ".join(f"{name} {interval(lower, upper).label}" for lower, upper, name in ordered)
        raise SettingsError(
            f"The segments of {column} are {told}; expected that they meet and leave no number out. Change the ranges."
        )
    return [(interval(lower, upper), name) for lower, upper, name in ordered]


def _named(column: str, parts: Mapping[str, Part], *, numeric: bool) -> list[tuple[Bin, str]]:
    every = [_value(value, numeric=numeric) for each in parts.values() for value in each.values]
    if twice := next((value for value in every if every.count(value) > 1), None):
        raise SettingsError(f"The segment rule names {twice!r} of {column} twice; expected once. Drop one.")
    found: list[tuple[Bin, str]] = []
    for name, part in parts.items():
        values = [_value(value, numeric=numeric) for value in part.values]
        if numeric:
            found += [(Bin("special", str(value), values=(value,)), name) for value in values]
        elif values:
            found.append((Bin("category", ", ".join(map(str, values)), values=tuple(values)), name))
    return found


def _value(value: str | float, *, numeric: bool) -> str | float:
    if numeric:
        return float(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _only(column: str, kind: str, names: Iterable[str]) -> str:
    found = list(names)
    if len(found) != 1:
        told = f"{', '.join(found)} take" if found else "no segment takes"
        raise SettingsError(
            f"Of the segments, {told} {kind} values of {column}; expected one that does. Write {kind}: true there."
        )
    return found[0]
