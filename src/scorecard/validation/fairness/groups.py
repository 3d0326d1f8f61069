"""Who is compared with whom: a sample divided by a protected attribute, and what every test of groups says before it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scorecard.metrics import benjamini_hochberg, holm
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Floats, Ints, Labels, Scored, not_due

EVERYBODY = "protected attributes"  # the scope of what is said once for all of them
SHOWN = 3  # names of small groups in a scope
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Compared:
    """Groups, and the one that the others are compared with.

    Attributes
    ----------
    where : str
        The sample and the attribute.
    names : tuple of str
    reference : int
        Position of the reference group.
    """

    where: str
    names: tuple[str, ...]
    reference: int

    @property
    def others(self) -> list[int]:
        """Positions of the groups that are compared with the reference."""
        return [place for place in range(len(self.names)) if place != self.reference]

    def scope(self, place: int) -> str:
        """Return the scope of a group's result."""
        return f"{self.where}: {self.names[place]}"

    @property
    def versus(self) -> str:
        """Name of the reference group."""
        return self.names[self.reference]


@dataclass(frozen=True, eq=False)
class Division:
    """A sample divided by a protected attribute, without the groups too small to be compared.

    Attributes
    ----------
    part : Scored
    codes : int array of shape (n,)
        Position of each row's group, -1 where it has none or too small a one.
    compared : Compared
    approved : bool array of shape (n,) or None
        Who is approved; None without a cut-off.
    """

    part: Scored
    codes: Ints
    compared: Compared
    approved: Flags | None = None

    @cached_property
    def worth(self) -> Floats | None:
        """What each row counts for: its weight, scaled to the effective number of rows; None where each counts for one."""
        return None if self.part.weight is None else self.part.weight * self.part.scale

    def count(self, rows: Flags | None = None, values: Floats | None = None) -> Floats:
        """Return the number of rows of each group, or the sum of values over them; shape (groups,)."""
        held = self.codes >= 0 if rows is None else rows & (self.codes >= 0)
        summed = self.worth if values is None else values * (1.0 if self.worth is None else self.worth)
        return np.bincount(self.codes[held], None if summed is None else summed[held], minlength=len(self.compared.names)).astype(
            float
        )


@dataclass(frozen=True)
class Named:
    """The code of a test, and where it comes from."""

    code: str
    source: str


@dataclass(frozen=True)
class Asked(Named):
    """What a test of groups needs.

    Attributes
    ----------
    test : function of a Division and Thresholds
        Gives the results of one attribute in one sample.
    outcomes, cutoff, fitted : bool
        Whether it needs to know who turned bad, and who is approved; whether it says something of the rows of the fit.
    """

    test: Callable[[Division, Thresholds], list[Result]]
    outcomes: bool = False
    cutoff: bool = False
    fitted: bool = False


def each(evidence: Evidence, asked: Asked) -> list[Result]:
    """Run a test on every protected attribute of every sample after development, or of development where it is alone.

    Without a protected attribute, a second group, a cut-off or outcomes it says so instead: never is that green.
    """
    if not evidence.protected:
        return [silent(asked, EVERYBODY, Reading("reading.fair_no_attribute"))]
    if asked.cutoff and evidence.cutoff is None:
        return [silent(asked, EVERYBODY, Reading("reading.fair_no_cutoff"))]
    results: list[Result] = []
    for name, part in samples(evidence, asked).items():
        if asked.outcomes and part.bad is None:
            results.append(not_due(asked.code, name, part, asked.source))
            continue
        for attribute in evidence.protected:
            results += _of(evidence, asked, name, attribute)
    return results or [silent(asked, EVERYBODY, Reading("reading.fair_no_later"))]


def samples(evidence: Evidence, asked: Asked) -> Mapping[str, Scored]:
    """Return the samples that a test speaks of."""
    if evidence.later:
        return evidence.later
    return {} if asked.fitted else evidence.samples


def silent(named: Named, scope: str, reading: Reading, verdict: Verdict = Verdict.NOT_COMPUTABLE, rows: int = 0) -> Result:
    """Return a result without figures."""
    return Result(named.code, scope, rows, 0, None, verdict, named.source, reading)


def _of(evidence: Evidence, asked: Asked, sample: str, attribute: str) -> list[Result]:
    where, part = f"{sample}: {attribute}", evidence.samples[sample]
    found = division(evidence, sample, attribute)
    if isinstance(found, Reading):
        return [silent(asked, where, found, rows=part.n)]
    made, small = found
    if made is None:
        return [_too_small(asked, where, small, evidence.thresholds, "reading.fair_few_reference")]
    results = asked.test(made, evidence.thresholds) if made.compared.others else []
    return results + ([_too_small(asked, where, small, evidence.thresholds)] if small else [])


def division(evidence: Evidence, sample: str, attribute: str) -> Reading | tuple[Division | None, dict[str, int]]:
    """Divide a sample by an attribute, or say why that cannot be.

    Returns
    -------
    Reading, or (Division or None, dict)
        The dict has the members of groups that are too small for 30 approvals and 30 declines (`fair_cell`): they are left
        out, for what is told of few people tells who they are. Where the reference group is one of them it stands there
        alone, and there is no division.
    """
    part = evidence.samples[sample]
    labels = part.labels.get(attribute)
    if labels is None:
        return Reading("reading.fair_absent", {"attribute": attribute})
    members = _members(part, labels)
    if (members > 0).sum() < 2:  # noqa: PLR2004  nobody to compare with
        return Reading("reading.fair_one_group", {"attribute": attribute})
    reference = _reference(evidence, attribute, labels)
    if reference is None:
        named = {"attribute": attribute, "reference": evidence.reference[attribute]}
        return Reading("reading.fair_reference", named)
    least = 2 * evidence.thresholds.fair_cell
    small = {labels.names[place]: int(members[place]) for place in np.flatnonzero((members > 0) & (members < least))}
    if members[reference] < least:
        return None, {labels.names[reference]: int(members[reference])}
    kept = np.flatnonzero(members >= least)
    return _divided(evidence, sample, attribute, (labels, kept, reference)), small


def _members(part: Scored, labels: Labels) -> Floats:
    """Return the rows of each group; of weighted rows their effective number, where that is less."""
    held = labels.codes >= 0
    rows = np.bincount(labels.codes[held], minlength=len(labels.names)).astype(float)
    if part.weight is None:
        return rows
    return np.asarray(np.minimum(rows, np.bincount(labels.codes[held], part.weight[held] * part.scale, len(labels.names))))


def _divided(evidence: Evidence, sample: str, attribute: str, found: tuple[Labels, Ints, int]) -> Division:
    labels, kept, reference = found
    place = np.full(len(labels.names) + 1, -1)  # the last one, at -1, is of rows without a value
    place[kept] = np.arange(kept.size)
    part = evidence.samples[sample]
    compared = Compared(f"{sample}: {attribute}", tuple(labels.names[each] for each in kept), int(place[reference]))
    approved = None if evidence.cutoff is None else part.score >= evidence.cutoff
    return Division(part, place[labels.codes], compared, approved)


def _reference(evidence: Evidence, attribute: str, labels: Labels) -> int | None:
    """Return the position of the group that is named, else of the largest at development; None where the name is no group's."""
    named = evidence.reference.get(attribute)
    if named is not None:
        alike = [place for place, name in enumerate(labels.names) if name.casefold() == named.casefold()]
        return alike[0] if alike else None
    first = evidence.samples[DEVELOPMENT].labels.get(attribute, labels)
    return int(np.bincount(first.codes[first.codes >= 0], minlength=len(first.names)).argmax())


def _too_small(
    asked: Asked, where: str, small: Mapping[str, int], thresholds: Thresholds, key: str = "reading.fair_few"
) -> Result:
    names = [*small]
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    values = {"groups": len(names), "largest": max(small.values()), "needed": thresholds.fair_cell}
    reading = Reading(key, values)
    return silent(asked, f"{where}: {shown}", reading, Verdict.INSUFFICIENT_DATA, sum(small.values()))


def family(p_values: Sequence[float | None]) -> list[dict[str, float]]:
    """Return for each p-value itself and those adjusted for all of the family: `p`, `p_holm`, `p_bh`; nothing where it is None.

    Examples
    --------
    >>> family([0.01, None, 0.04])
    [{'p': 0.01, 'p_holm': 0.02, 'p_bh': 0.02}, {}, {'p': 0.04, 'p_holm': 0.04, 'p_bh': 0.04}]
    """
    found = [value for value in p_values if value is not None]
    adjusted: Iterator[tuple[float, float]] = iter(zip(holm(found).tolist(), benjamini_hochberg(found).tolist(), strict=True))
    return [
        {} if value is None else dict(zip(("p", "p_holm", "p_bh"), (value, *next(adjusted)), strict=True)) for value in p_values
    ]


def judged(side: int, p_holm: float, thresholds: Thresholds) -> Verdict:
    """Return the verdict on a figure that is within its limit, or beyond it on one side.

    Parameters
    ----------
    side : int
        0 within the limit, -1 beyond it to the group's disadvantage, 1 beyond it to that of the reference group.
    p_holm : float
    thresholds : Thresholds
        `fair_alpha`.

    Returns
    -------
    Verdict
        Amber beyond the limit whatever chance explains, for the limits are rules of thumb about what was done, not about
        what is probable; red where the group is at a disadvantage that chance does not explain.

    Examples
    --------
    >>> [judged(side, 0.001, Thresholds()).value for side in (0, -1, 1)]
    ['green', 'red', 'amber']
    """
    if side == 0:
        return Verdict.GREEN
    return Verdict.RED if side < 0 and p_holm < thresholds.fair_alpha else Verdict.AMBER


def beyond_chance(side: int, p_value: float, p_holm: float, thresholds: Thresholds) -> Verdict:
    """Return the verdict on an estimate of what is not seen, such as an odds ratio: beyond its limit by chance, it cannot be told.

    Parameters
    ----------
    side : int
        As in `judged`.
    p_value, p_holm : float
        Its own, and adjusted for all groups.
    thresholds : Thresholds
        `fair_alpha`.

    Examples
    --------
    >>> [beyond_chance(-1, p, 3 * p, Thresholds()).value for p in (0.001, 0.02, 0.2)]
    ['red', 'amber', 'insufficient data']
    """
    if side == 0:
        return Verdict.GREEN
    if p_value >= thresholds.fair_alpha:
        return Verdict.INSUFFICIENT_DATA
    return Verdict.RED if side < 0 and p_holm < thresholds.fair_alpha else Verdict.AMBER


def side_of(value: float, limit: float) -> int:
    """Return -1 below -limit, 1 above limit, else 0."""
    return -1 if value < -limit else int(value > limit)
