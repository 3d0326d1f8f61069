"""What a scorecard must be beyond the types of its values: bins, grades and steps without holes, points on their grid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from scorecard.errors import GovernanceError
from scorecard.points import Scaling
from scorecard.woe import Bin, Characteristic

if TYPE_CHECKING:
    from scorecard.model.card import Scorecard, Segment, Term

CLOSE = 1e-6  # of a step: points are decimal numbers, of which binary ones fall short by less
MOST_TERMS = 999  # more do not fit into the whole numbers that order reasons


def refuse(card: Scorecard) -> None:
    """Refuse a scorecard that contradicts itself.

    Raises
    ------
    GovernanceError
        With the first fault: where it lies, what was found and what was expected.
    """
    for fault in faults(card):
        raise GovernanceError(f"The scorecard {card.name} is malformed: {fault}. Make it anew, or take the registered file.")


def faults(card: Scorecard) -> Iterator[str]:
    """Yield every fault of a scorecard, each as a clause of a sentence; none where it is sound."""
    if card.segmentation is not None:
        yield from _of_bins("the segment rule", card.segmentation.characteristic)
        asked = set(card.segmentation.segments)
        yield from (f"no bin leads to segment {name}" for name in card.names if name not in asked)
    for segment in card.segments:
        yield from _of_segment(segment, card.scaling)
    yield from _of_dtypes(card)
    yield from _of_bands(card)
    if card.calibration.steps and card.calibration.method != "isotonic":
        yield f"the calibration {card.calibration.method} has {len(card.calibration.steps)} steps, which only isotonic has"
    yield from _of_reasons(card)


def _of_segment(segment: Segment, scaling: Scaling) -> Iterator[str]:
    yield from (f"segment {segment.name} has {name} twice" for name in _twice(term.name for term in segment.terms))
    if len(segment.terms) > MOST_TERMS:
        yield f"segment {segment.name} has {len(segment.terms)} characteristics; expected at most {MOST_TERMS}"
    yield from _off_grid(f"the base points of segment {segment.name}", [segment.base], scaling)
    for term in segment.terms:
        yield from _of_term(term, scaling)


def _of_term(term: Term, scaling: Scaling) -> Iterator[str]:
    if term.characteristic.kind == "numeric" and term.dtype not in {"integer", "number"}:
        yield f"{term.name} is numeric and of dtype {term.dtype}; expected integer or number"
    if term.characteristic.kind == "categorical" and term.dtype == "number":
        yield f"{term.name} is categorical and of dtype number, whose levels engines write differently; expected integer or text"
    if len(term.points) != len(term.characteristic.bins):
        yield f"{term.name} has {len(term.points)} points for {len(term.characteristic.bins)} bins; expected one for each"
    yield from _of_bins(term.name, term.characteristic)
    yield from _off_grid(term.name, term.points, scaling)


def _off_grid(where: str, points: Sequence[float], scaling: Scaling) -> Iterator[str]:
    values = np.asarray(points, dtype=np.float64)
    if not np.isfinite(values).all():
        yield f"{where} has points that are no finite numbers"
        return
    off = np.abs(values * scaling.unit - np.rint(values * scaling.unit)) > CLOSE
    if off.any():
        yield f"{where} has {values[off][0]} points; expected at most {scaling.decimals} decimals"


def _of_bins(where: str, each: Characteristic) -> Iterator[str]:
    for kind in ("missing", "unseen"):
        found = sum(own.kind == kind for own in each.bins)
        if found != 1:
            yield f"{where} has {found} {kind} bins; expected 1"
    other = "category" if each.kind == "numeric" else "interval"
    if any(own.kind == other for own in each.bins):
        yield f"{where} is {each.kind} and has a bin of kind {other}"
    yield from (f"{where} has the value {value!r} in two bins or twice in one" for value in _twice(_values(each)))
    yield from _of_codes(where, each)
    yield from _of_intervals(where, each)


def _of_codes(where: str, each: Characteristic) -> Iterator[str]:
    """Yield the faults of special bins; a numeric one holds exactly one number."""
    for own in each.bins:
        if own.kind == "special" and each.kind == "numeric" and not _one_number(own):
            yield f"{where} has the special bin {own.label} with the values {list(own.values)!r}; expected one number"
        if own.kind in {"category", "special"} and not own.values:
            yield f"{where} has the bin {own.label} without values; expected one or more"


def _one_number(own: Bin) -> bool:
    return len(own.values) == 1 and isinstance(own.values[0], int | float) and not isinstance(own.values[0], bool)


def _values(each: Characteristic) -> list[Any]:
    """Return every value that a bin names, as scoring compares it."""
    kinds = {"special"} if each.kind == "numeric" else {"category", "special", "missing"}
    found = [value for own in each.bins if own.kind in kinds for value in own.values]
    return found if each.kind == "numeric" else [str(value) for value in found]


def _of_intervals(where: str, each: Characteristic) -> Iterator[str]:
    intervals = [own for own in each.bins if own.kind == "interval"]
    if not intervals:
        return
    if each.bins[: len(intervals)] != tuple(intervals):
        yield f"{where} has an interval after another kind of bin; expected intervals first"
    bands = [(own.lower, own.upper) for own in intervals]
    yield from (f"{where} {fault}" for fault in _holes(bands))


def _holes(bands: Sequence[tuple[float | None, float | None]]) -> Iterator[str]:
    """Yield where ascending bands [lower, upper) do not cover every number exactly once."""
    if bands[0][0] is not None or bands[-1][1] is not None:
        yield f"begins at {bands[0][0]} and ends at {bands[-1][1]}; expected both unbounded (null)"
    for (_, upper), (lower, _) in pairwise(bands):
        if upper is None or lower is None or upper != lower:
            yield f"has a band that ends at {upper} before one that begins at {lower}; expected neither a hole nor an overlap"
    edges = [lower for lower, _ in bands[1:] if lower is not None]
    if any(not low < high for low, high in pairwise(edges)):
        yield f"has the edges {edges}; expected them in ascending order"


def _of_dtypes(card: Scorecard) -> Iterator[str]:
    """Yield columns that two segments read differently."""
    dtypes: dict[str, set[str]] = {}
    for term in card.terms:
        dtypes.setdefault(term.name, set()).add(term.dtype)
    if card.segmentation is not None:
        dtypes.setdefault(card.segmentation.characteristic.name, set()).add(card.segmentation.dtype)
    yield from (
        f"{name} is {' and '.join(sorted(found))}; expected one dtype" for name, found in dtypes.items() if len(found) > 1
    )


def _of_bands(card: Scorecard) -> Iterator[str]:
    if not card.grades:
        return
    yield from (f"the grade {name} is there twice" for name in _twice(grade.name for grade in card.grades))
    bands = [(grade.lower_score, grade.upper_score) for grade in reversed(card.grades)]
    yield from (f"the grades, from the worst, {fault}" for fault in _holes(bands))


def _of_reasons(card: Scorecard) -> Iterator[str]:
    reasons = card.reasons
    if reasons is None:
        return
    yield from (f"{term.name} has no reference points, which reasons need" for term in card.terms if term.reference is None)
    if reasons.reference == "cutoff" and (reasons.cutoff is None or reasons.upper is None or not reasons.cutoff < reasons.upper):
        yield f"reasons compare with scores from {reasons.cutoff} to {reasons.upper}; expected a cut-off below an upper score"


def _twice(values: Iterable[Any]) -> list[Any]:
    return [value for value, times in Counter(values).items() if times > 1]
