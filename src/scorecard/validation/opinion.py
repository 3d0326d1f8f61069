"""Which of the four levels of the ECB the results speak for, by a written rule; the opinion itself is a person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scorecard.results import Result, Verdict
from scorecard.validation.evidence import DEVELOPMENT
from scorecard.validation.findings import Finding, sample_of

ADEQUATE, MINOR, MAJOR, SEVERE = 1, 2, 3, 4  # ECB (2019), 2.4
LEVEL_OF = {"critical": SEVERE, "major": MAJOR, "moderate": MINOR, "minor": MINOR, "observation": ADEQUATE}
ANSWERS = (Verdict.GREEN, Verdict.AMBER, Verdict.RED)
CORE = ("REP", "DIS", "CAL", "STA", "IMP")  # without an answer in one of these, nobody can call a scorecard adequate
ENOUGH = 0.5  # convention: of a test's results, and of an area's tests, so many must have an answer
MOST_AREAS = 2 / 3  # convention: of all areas, so many must be assessed


@dataclass(frozen=True)
class AreaOpinion:
    """What the results of one area speak for.

    Attributes
    ----------
    area : str
        Such as ``CAL``.
    level : int or None
        1 adequate to 4 severe; None where too little was answered for any.
    answered, tests : int
        Tests that have an answer, and all of the area.
    unanswered : tuple of str
        The codes of the others.
    findings : tuple of str
        Their ids, the most severe first.
    """

    area: str
    level: int | None
    answered: int
    tests: int
    unanswered: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Opinion:
    """The level that is proposed, and why.

    Attributes
    ----------
    level : int or None
        None where too much is untested for any.
    floor : int
        The level that the findings alone allow at best; with `level` None it is what can be said already.
    rule : str
        Which rule of `propose` decided.
    areas : tuple of AreaOpinion
    untested : tuple of str
        Areas that could not be assessed.
    deciding : tuple of str
        Ids of the findings that set the level.
    """

    level: int | None
    floor: int
    rule: str
    areas: tuple[AreaOpinion, ...]
    untested: tuple[str, ...]
    deciding: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Opinion:
        """Rebuild what `to_dict` wrote."""
        areas = tuple(
            AreaOpinion(**{**each, "unanswered": tuple(each["unanswered"]), "findings": tuple(each["findings"])})
            for each in content["areas"]
        )
        return cls(**{**content, "areas": areas, "untested": tuple(content["untested"]), "deciding": tuple(content["deciding"])})


def propose(results: Sequence[Result], findings: Sequence[Finding], codes: Iterable[str]) -> Opinion:
    """Propose one of the ECB's four levels.

    Parameters
    ----------
    results : sequence of Result
    findings : sequence of Finding
        Drafted from them.
    codes : iterable of str
        Of every test of the suite; those without a result, as where a validator chose others, have no answer.

    Returns
    -------
    Opinion
        Of each area: 4 with a critical finding, 3 with a major one, 2 with a moderate or minor one, else 1; none where fewer
        than half of its tests have an answer. A test has one where at least half of its results are green, amber or
        red, those on development aside where there are others: what waits for outcomes, lacks data or cannot be computed never
        counts as passed. Of the whole: the worst level of
        the areas. None where replication, discrimination, calibration, stability or implementation could not be assessed, or
        more than a third of all areas; then only a critical finding is enough for a level, 4, which no further test could
        improve. Where another area could not be assessed, the level is 2 at best.

    References
    ----------
    ECB (2019), Instructions for reporting the validation results of internal models, 2.4. The shares are a convention.

    Examples
    --------
    >>> propose([], [], ("DIS-01", "CAL-01")).rule
    'untested'
    """
    areas: dict[str, dict[str, list[Result]]] = {}
    for code in codes:
        areas.setdefault(_area_of(code), {})[code] = [each for each in results if each.code == code]
    told = tuple(_area(name, tests, findings) for name, tests in areas.items())
    untested = tuple(each.area for each in told if each.level is None)
    floor = max((LEVEL_OF[each.severity] for each in findings), default=ADEQUATE)
    deciding = tuple(each.id for each in findings if LEVEL_OF[each.severity] == floor > ADEQUATE)
    level, rule = _whole(floor, untested, len(told))
    return Opinion(level, floor, rule, told, untested, deciding)


def _whole(floor: int, untested: Sequence[str], areas: int) -> tuple[int | None, str]:
    if floor == SEVERE:
        return SEVERE, "critical"
    if not areas or set(untested) & set(CORE) or 1 - len(untested) / areas < MOST_AREAS:
        return None, "untested"
    if untested and floor == ADEQUATE:
        return MINOR, "incomplete"
    return floor, "worst" if floor > ADEQUATE else "adequate"


def _area_of(code: str) -> str:
    return code.partition("-")[0]


def _area(name: str, tests: Mapping[str, Sequence[Result]], findings: Sequence[Finding]) -> AreaOpinion:
    unanswered = tuple(code for code, own in tests.items() if not _is_answered(own))
    own = [each for each in findings if each.area == name]
    level = max((LEVEL_OF[each.severity] for each in own), default=ADEQUATE)
    answered = len(tests) - len(unanswered)
    known = level if answered >= ENOUGH * len(tests) or level == SEVERE else None
    return AreaOpinion(name, known, answered, len(tests), unanswered, tuple(each.id for each in own))


def _is_answered(results: Sequence[Result]) -> bool:
    """Whether enough results of a test are an answer; the rows a model was built on flatter it, so others count where there are any."""
    later = [each for each in results if sample_of(each) != DEVELOPMENT] or results
    return bool(later) and sum(each.verdict in ANSWERS for each in later) >= ENOUGH * len(later)
