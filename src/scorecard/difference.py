"""What is different between two scorecards: settings, bins and points, grades, and the scores of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa

from scorecard import woe
from scorecard.errors import EvidenceError
from scorecard.model import Scorecard, Term
from scorecard.woe import Characteristic

Key = tuple[str, str]  # segment and characteristic
BANDS = ("lower_score", "upper_score", "pd")
OF_TERM = ("dtype", "coefficient", "reference")


@dataclass(frozen=True)
class Piece:
    """Values that both scorecards treat alike: in words, with the points of either; None where it has no such characteristic."""

    values: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Difference:
    """What is different between two scorecards; a table is empty where nothing is.

    Attributes
    ----------
    settings : DataFrame
        A row per changed setting: ``setting``, ``before``, ``after``.
    characteristics : DataFrame
        A row per changed characteristic: ``segment``, ``characteristic``, ``change`` (added, removed, changed), the edges or
        levels that ``came`` and ``went``, and its fit before and after.
    points : DataFrame
        A row per range of values, level group or special bin with other points: ``points_before``, ``points_after``,
        ``change``. Ranges are cut at the edges of both scorecards; what one has no bin for takes its unseen points.
    grades : DataFrame
        A row per changed grade: its band and PD before and after.
    shift : DataFrame or None
        One row of how the scores of the table moved; None without a table.
    migration : DataFrame or None
        Accounts of the table by grade before (rows) and after (columns); None without a table or grades.
    """

    settings: pandas.DataFrame
    characteristics: pandas.DataFrame
    points: pandas.DataFrame
    grades: pandas.DataFrame
    shift: pandas.DataFrame | None = None
    migration: pandas.DataFrame | None = None

    @property
    def same(self) -> bool:
        """Whether settings, characteristics, points and grades are the same: names, texts and counts of development aside."""
        return all(len(each) == 0 for each in (self.settings, self.characteristics, self.points, self.grades))


def difference(before: Scorecard, after: Scorecard, table: pa.Table | None = None) -> Difference:
    """Compare two scorecards, and the scores that they give to the rows of a table.

    Parameters
    ----------
    before, after : Scorecard
    table : pyarrow.Table, optional
        With the inputs of both.

    Raises
    ------
    EvidenceError
        Where the table has no rows.
    DataError
        Where it lacks an input.
    """
    changed = (
        _table(_changed(_settings(before), _settings(after)), "setting", "before", "after"),
        _table(_characteristics(before, after), "segment", "characteristic", "change", "came", "went"),
        _table(_points(before, after), "segment", "characteristic", "values", "points_before", "points_after", "change"),
        _table(_grades(before, after), "grade", *(f"{name}_{when}" for name in BANDS for when in ("before", "after"))),
    )
    if table is None:
        return Difference(*changed)
    if not table.num_rows:
        raise EvidenceError("The table has no rows; expected rows to score by both scorecards. Name another table.")
    return Difference(*changed, *_shift(before, after, table))


def _table(rows: Iterator[dict[str, Any]], *columns: str) -> pandas.DataFrame:
    """Return rows as a table that has its columns without rows, too."""
    found = list(rows)
    return pandas.DataFrame(found) if found else pandas.DataFrame(columns=list(columns))


# Settings


def _settings(card: Scorecard) -> dict[str, Any]:
    """Return what holds for the whole scorecard, flat: name of the setting to its value."""
    rule = card.segmentation
    return {
        "target": dict(card.target),
        "missing values": list(card.missing_values),
        **{f"scaling {key}": value for key, value in asdict(card.scaling).items()},
        **{f"calibration {key}": value for key, value in card.calibration.to_dict().items()},
        **({} if card.reasons is None else {f"reasons {key}": value for key, value in asdict(card.reasons).items()}),
        "segments": card.names,
        "segment rule": None if rule is None else {"column": rule.characteristic.name, "segments": _homes(rule)},
        **{f"base points of {segment.name}": segment.base for segment in card.segments},
    }


def _homes(rule: Any) -> dict[str, str]:
    return {each.label: segment for each, segment in zip(rule.characteristic.bins, rule.segments, strict=True)}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for setting in dict.fromkeys([*before, *after]):
        old, new = before.get(setting), after.get(setting)
        if old != new:
            yield {"setting": setting, "before": old, "after": new}


# Characteristics and points


def _pairs(before: Scorecard, after: Scorecard) -> Iterator[tuple[Key, Term | None, Term | None]]:
    """Yield the terms of both, by segment and characteristic, in the order of `after`; removed ones stand last."""
    old, new = (
        {(segment.name, term.name): term for segment in card.segments for term in segment.terms} for card in (before, after)
    )
    for key in dict.fromkeys([*new, *old]):
        yield key, old.get(key), new.get(key)


def _characteristics(before: Scorecard, after: Scorecard) -> Iterator[dict[str, Any]]:
    for (segment, name), old, new in _pairs(before, after):
        known, found = (set() if term is None else _parts(term.characteristic) for term in (old, new))
        fit = {f"{key}_{when}": getattr(term, key, None) for key in OF_TERM for when, term in (("before", old), ("after", new))}
        change = "added" if old is None else "removed" if new is None else "changed"
        if old is None or new is None or known != found or any(getattr(old, key) != getattr(new, key) for key in OF_TERM):
            came, went = sorted(found - known), sorted(known - found)
            yield {"segment": segment, "characteristic": name, "change": change, "came": came, "went": went} | fit


def _parts(each: Characteristic) -> set[str]:
    """Return what divides the values: edges, special codes, and groups of levels."""
    levels = {_named(own.values) for own in each.bins if own.values}
    return levels | {f"{edge:.12g}" for edge in each.edges}


def _named(values: tuple[Any, ...]) -> str:
    return ", ".join(map(str, values))


def _points(before: Scorecard, after: Scorecard) -> Iterator[dict[str, Any]]:
    for (segment, name), old, new in _pairs(before, after):
        for piece in _pieces(old, new):
            if piece.before != piece.after:
                change = None if piece.before is None or piece.after is None else piece.after - piece.before
                yield {
                    "segment": segment, "characteristic": name, "values": piece.values,
                    "points_before": piece.before, "points_after": piece.after, "change": change,
                }  # fmt: skip


def _pieces(old: Term | None, new: Term | None) -> Iterator[Piece]:
    """Yield the values of a characteristic in parts that neither scorecard divides further."""
    if old is not None and new is not None and old.characteristic.kind != new.characteristic.kind:
        yield from [*_pieces(old, None), *_pieces(None, new)]
        return
    sides = [term for term in (old, new) if term is not None]
    numeric = sides[0].characteristic.kind == "numeric"
    yield from _ranges(old, new, sides) if numeric else _levels(old, new, sides)
    if numeric:
        for code in sorted({float(own.values[0]) for term in sides for own in term.characteristic.bins if own.kind == "special"}):
            value = pa.array([code])
            yield Piece(f"code {code:.12g}", _value(old, value), _value(new, value))
    for kind in ("missing", "unseen"):
        if not (numeric and kind == "unseen"):
            yield Piece(kind, _of_kind(old, kind), _of_kind(new, kind))


def _ranges(old: Term | None, new: Term | None, sides: list[Term]) -> Iterator[Piece]:
    edges = sorted({edge for term in sides for edge in term.characteristic.edges})
    for lower, upper in zip([None, *edges], [*edges, None], strict=True):
        yield Piece(woe.interval(lower, upper).label, _in_range(old, lower), _in_range(new, lower))


def _in_range(term: Term | None, lower: float | None) -> float | None:
    if term is None:
        return None
    place = 0 if lower is None else int(np.searchsorted(np.array(term.characteristic.edges), lower, side="right"))
    return term.points[place]


def _levels(old: Term | None, new: Term | None, sides: list[Term]) -> Iterator[Piece]:
    """Yield levels, those together that have the same points before, and after."""
    levels = dict.fromkeys(str(value) for term in sides for own in term.characteristic.bins for value in own.values)
    groups: dict[tuple[float | None, float | None], list[str]] = {}
    for level in levels:
        value = pa.array([level])
        groups.setdefault((_value(old, value), _value(new, value)), []).append(level)
    for (before, after), group in groups.items():
        yield Piece(", ".join(group), before, after)


def _value(term: Term | None, value: pa.Array) -> float | None:
    return None if term is None else term.points[int(term.characteristic.assign(value)[0])]


def _of_kind(term: Term | None, kind: Any) -> float | None:
    return None if term is None else term.points[term.characteristic.index(kind)]


# Grades and scores


def _grades(before: Scorecard, after: Scorecard) -> Iterator[dict[str, Any]]:
    old, new = ({grade.name: grade for grade in card.grades} for card in (before, after))
    for name in dict.fromkeys([*new, *old]):
        sides = (("before", old.get(name)), ("after", new.get(name)))
        row = {f"{key}_{when}": getattr(grade, key, None) for key in BANDS for when, grade in sides}
        if name not in old or name not in new or any(row[f"{key}_before"] != row[f"{key}_after"] for key in BANDS):
            yield {"grade": name} | row


def _shift(before: Scorecard, after: Scorecard, table: pa.Table) -> tuple[pandas.DataFrame, pandas.DataFrame | None]:
    old, new = before.score(table), after.score(table)
    move = new.score - old.score
    row = {
        "rows": len(move), "mean_before": old.score.mean(), "mean_after": new.score.mean(), "mean_move": move.mean(),
        "mean_absolute_move": np.abs(move).mean(), "largest_move": move[np.argmax(np.abs(move))], "moved_share": (move != 0).mean(),
        "rank_correlation": _correlation(old.score, new.score), "mean_pd_before": old.pd.mean(), "mean_pd_after": new.pd.mean(),
    }  # fmt: skip
    if not (before.grades and after.grades):
        return pandas.DataFrame([row]), None
    counts = np.zeros((len(before.grades), len(after.grades)), dtype=np.int64)
    np.add.at(counts, (old.grade, new.grade), 1)
    return pandas.DataFrame([row]), pandas.DataFrame(counts, index=list(before.grade_names()), columns=list(after.grade_names()))


def _correlation(old: npt.NDArray[np.float64], new: npt.NDArray[np.float64]) -> float | None:
    """Return Spearman's rank correlation; None where all scores are the same."""
    from scipy.stats import spearmanr  # noqa: PLC0415  its import takes half a second, which most commands can do without

    return float(spearmanr(old, new).statistic) if np.ptp(old) and np.ptp(new) else None
