"""From what a file says of its attributes to a scorecard: intervals that meet, and an explicit treatment of all that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil, inf, isfinite, nextafter
from typing import Any, Literal

import numpy as np

from scorecard.contracts import Dtype
from scorecard.errors import DataError, SettingsError
from scorecard.model import Scorecard, Segment, Term, checks
from scorecard.points import MOST_DECIMALS, Scaling
from scorecard.woe import Bin, BinKind, Characteristic

Codes = Mapping[str, float | tuple[float, ...]]  # by the name of the row they stand in
Policy = Literal["worst", "neutral"] | float
NUMERIC = ("integer", "number")
IMPORTED = "imported"  # treatment of a bin whose points stand in the file


@dataclass(frozen=True)
class Attribute:
    """One row of a points table, or one attribute of a PMML scorecard.

    Attributes
    ----------
    where : str
        Where it stands, for messages, such as ``row 7``.
    characteristic : str
    bins : tuple of Bin
        Usually one; more where, say, an interval and missing values share points.
    points : float
    """

    where: str
    characteristic: str
    bins: tuple[Bin, ...]
    points: float


@dataclass(frozen=True)
class Written:
    """What a file says.

    Attributes
    ----------
    attributes : tuple of Attribute
    base : float
        Points that every customer starts with.
    notes : tuple of str
        What was read otherwise than it is written, one sentence each.
    dtypes : mapping of characteristic to dtype
        Where the file knows them.
    """

    attributes: tuple[Attribute, ...]
    base: float = 0.0
    notes: tuple[str, ...] = ()
    dtypes: Mapping[str, Dtype] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """What a points table does not say, and its owner does.

    Attributes
    ----------
    missing, unseen : ``worst``, ``neutral``, a number, or None
        Points of missing values, and of levels the file does not name, where it has no row for them: the fewest points of
        the characteristic's bins, the mean of these points, or these points. None refuses a file without such a row.
    special_codes : mapping of characteristic to mapping of row's name to one or more codes
        What a row such as ``Special`` stands for; an empty mapping says that there are no codes, and leaves the row out.
    dtypes : mapping of characteristic to dtype
        ``number`` where a characteristic has intervals, else ``text``, where it is not given.
    decimals : int or None
        To which points are rounded; None takes as many as are written, up to 6.
    """

    missing: Policy | None = None
    unseen: Policy | None = None
    special_codes: Mapping[str, Codes] = field(default_factory=dict)
    dtypes: Mapping[str, Dtype] = field(default_factory=dict)
    decimals: int | None = None


def assemble(name: str, written: Written, given: Given, scaling: Scaling, made_from: Mapping[str, str]) -> Scorecard:
    """Return the scorecard that a file describes; it has no coefficients, and no grades yet.

    Parameters
    ----------
    name : str
    written : Written
    given : Given
    scaling : Scaling
        What its scores say of the odds; `proof.fitted` finds it on rows with an outcome.
    made_from : mapping
        Hash of the file.

    Raises
    ------
    DataError
        Where intervals overlap or leave a gap, or a level, or a kind of bin, occurs twice.
    GovernanceError
        Where the scorecard would contradict itself otherwise.
    SettingsError
        Where points of missing or unseen values are neither written nor given, or a dtype does not fit.
    """
    if not written.attributes:
        raise DataError(f"{name} has no attributes; expected a row for each bin. Check the file.")
    groups: dict[str, list[Attribute]] = {}
    for each in written.attributes:
        groups.setdefault(each.characteristic, []).append(each)
    told = [each for each in (given.missing, given.unseen) if each is not None and not isinstance(each, str)]
    decimals = _decimals([*(each.points for each in written.attributes), written.base, *told], given.decimals)
    scale = replace(scaling, layout="base" if written.base else "split", decimals=decimals)
    terms = tuple(_term(each, rows, written, given, scale) for each, rows in groups.items())
    segment = Segment("all", None, float(scale.rounded(written.base)), terms)
    card = Scorecard(name, {}, scale, (segment,), made_from=dict(made_from))
    checks.refuse(card)
    return card


def opened(lower: float, upper: float, *, after: bool, through: bool, label: str) -> Bin:
    """Return an interval closed on the left whatever it was: an open lower or a closed upper end moves to the next number.

    Examples
    --------
    >>> opened(12, 24, after=True, through=True, label="(12, 24]").upper
    24.000000000000004
    """
    begin, end = (nextafter(lower, inf) if after else lower), (nextafter(upper, inf) if through else upper)
    return Bin("interval", label, begin if isfinite(begin) and lower > -inf else None, end if isfinite(end) else None)


def _decimals(points: Iterable[float], asked: int | None) -> int:
    if asked is not None:
        return asked
    for decimals in range(MOST_DECIMALS + 1):
        if all(round(each, decimals) == each for each in points):
            return decimals
    odd = next(each for each in points if round(each, MOST_DECIMALS) != each)
    raise SettingsError(
        f"The points {odd!r} have more than {MOST_DECIMALS} decimals; expected points as they are added up. "
        "Give the decimals to round them to, and a tolerance for the scored rows."
    )


def _term(name: str, rows: Sequence[Attribute], written: Written, given: Given, scaling: Scaling) -> Term:
    points = [(each, attribute.points, attribute.where) for attribute in rows for each in attribute.bins]
    numeric = any(each.kind == "interval" for each, _, _ in points)
    dtype: Dtype = given.dtypes.get(name) or written.dtypes.get(name) or ("number" if numeric else "text")
    if numeric and dtype not in NUMERIC:
        raise SettingsError(f"{name} has intervals and the dtype {dtype}; expected integer or number. Change the dtype.")
    if not numeric and dtype == "number":
        raise SettingsError(
            f"{name} has levels and the dtype number; expected integer or text, whose texts are exact. Give its dtype."
        )
    _refuse_twice(name, points)
    ordered = _intervals(name, points, whole=dtype == "integer") + [
        (each, value) for kind in ("category", "special") for each, value, _ in points if each.kind == kind
    ]
    ordered = _with(name, "missing", ordered, points, given.missing)
    ordered = _with(name, "unseen", ordered, points, ordered[-1][1] if numeric else given.unseen)
    bins = tuple(each if each.treatment != "empirical" else replace(each, treatment=IMPORTED) for each, _ in ordered)
    found = Characteristic(name, "numeric" if numeric else "categorical", bins, 0.0, 0.0, "none", IMPORTED)
    return Term(found, dtype, None, None, None, None, tuple(map(float, scaling.rounded([value for _, value in ordered]))))


Placed = tuple[Bin, float, str]


def _refuse_twice(name: str, points: Sequence[Placed]) -> None:
    seen: dict[Any, str] = {}
    for each, _, where in points:
        for value in (each.values or (None,)) if each.kind != "interval" else ():
            if (each.kind, value) in seen:
                told = f"the {each.kind} values" if value is None else repr(value)
                raise DataError(f"{name} names {told} in {seen[each.kind, value]} and in {where}; expected once. Mend the file.")
            seen[each.kind, value] = where


def _intervals(name: str, points: Sequence[Placed], *, whole: bool) -> list[tuple[Bin, float]]:
    """Return the intervals in order; between whole numbers, where there is nothing, they may leave a gap."""
    found = [(_whole(each) if whole else each, value, where) for each, value, where in points if each.kind == "interval"]
    found.sort(key=lambda placed: -inf if placed[0].lower is None else placed[0].lower)
    for (each, _, where), (following, _, there) in pairwise(found):
        if each.upper != following.lower or each.upper is None:
            upper, lower = inf if each.upper is None else each.upper, -inf if following.lower is None else following.lower
            what = "leave a gap" if upper < lower else "overlap"
            raise DataError(
                f"{name}: {each.label} ({where}) and {following.label} ({there}) {what}; expected that they meet. Mend the file."
            )
    for each, _, where in found:
        if each.lower is not None and each.upper is not None and each.lower >= each.upper:
            raise DataError(
                f"{name}: {each.label} ({where}) holds no number; expected a lower end below the upper one. Mend the file."
            )
    if found and (found[0][0].lower is not None or found[-1][0].upper is not None):
        end = found[0] if found[0][0].lower is not None else found[-1]
        raise DataError(
            f"{name}: {end[0].label} ({end[2]}) is its outermost interval; expected one that is unbounded, for any number can come. "
            "Write -inf or inf there."
        )
    return [(each, value) for each, value, _ in found]


def _whole(each: Bin) -> Bin:
    lower, upper = (None if end is None else float(ceil(end)) for end in (each.lower, each.upper))
    return replace(each, lower=lower, upper=upper)


def _with(
    name: str, kind: BinKind, ordered: list[tuple[Bin, float]], points: Sequence[Placed], policy: Policy | None
) -> list[tuple[Bin, float]]:
    written = [(each, value) for each, value, _ in points if each.kind == kind]
    if written:
        return ordered + written
    if policy is None:
        raise SettingsError(
            f"{name} has no points for {kind} values; expected a row for them, or a treatment. Give {kind}: worst, neutral or a number."
        )
    known = [value for each, value in ordered if each.kind in {"interval", "category"}]
    if policy in ("worst", "neutral") and not known:
        raise SettingsError(f"{name} has no bins to take {policy} points from; expected a number. Give {kind} as a number.")
    value = {"worst": min, "neutral": np.mean}[policy](known) if isinstance(policy, str) else policy  # type: ignore[operator]
    treatment = policy if isinstance(policy, str) else "given"
    return [*ordered, (Bin(kind, kind, treatment=treatment), float(value))]
