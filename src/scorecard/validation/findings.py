"""What a validator would write up: findings drafted from amber and red results, one for each cause and sample."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from math import exp, sqrt
from typing import Any

from scipy.special import ndtr, ndtri

from scorecard.results import WORST_FIRST, Reading, Result, Verdict

SEVERITIES = ("critical", "major", "moderate", "minor", "observation")
# Convention: months until a finding is due, counted from the day of the validation; an observation has no date.
MONTHS = {"critical": 1, "major": 3, "moderate": 6, "minor": 12}
ALARMS = (Verdict.RED, Verdict.AMBER)
MOST, FEW = 1 / 3, 1 / 10  # convention: from these shares of its parts on, a sample fails as a whole, or in more than a few parts
EXACT_AREAS = ("IMP", "REP")  # what is checked there is either so or not so: the model does what its file says
CAPITAL = 0.10  # ECB (2019), 2.4: a potential effect on risk-weighted exposure from which a deficiency is severe
PD_FLOOR = 0.0005  # Regulation (EU) 575/2013, article 163

# Tests that look at one thing from several sides fail for one cause; any other test is a cause of its own.
CAUSES: Mapping[str, tuple[str, ...]] = {
    "ranking": ("DIS-01", "DIS-02", "DIS-03", "DIS-05", "DIS-06", "DIS-07", "DIS-09"),
    "ranking_loss": ("DIS-04", "DIS-08"),
    "pd_level": ("CAL-01", "CAL-04", "CAL-05", "CAL-06", "CAL-08", "CAL-09"),
    "pd_grades": ("CAL-02", "CAL-03", "CAL-07", "CAL-10", "CAL-11", "CAL-12"),
    "population": ("STA-01",),
    "characteristics": ("STA-02", "STA-03"),
    "concentration": ("STA-04", "STA-08"),
    "migration": ("STA-06", "STA-07"),
    "coefficients": ("STA-09", "STA-10"),
    "groups": ("FAI-01", "FAI-02", "FAI-03", "FAI-04"),
    "group_pds": ("FAI-05", "FAI-08"),
}
CAUSE_OF = {code: cause for cause, codes in CAUSES.items() for code in codes}


@dataclass(frozen=True)
class Finding:
    """A drafted finding; a person takes it over, changes it, or strikes it.

    Attributes
    ----------
    id : str
        Such as ``F-01``, in order of severity.
    severity : str
        One of `SEVERITIES`.
    rule : str
        Which rule of `draft` gave the severity.
    area : str
        The letters of the codes, such as ``CAL``.
    cause : str
        A key of `CAUSES`, or the code of the only test.
    sample : str
    codes : tuple of str
        Tests that are amber or red.
    reading : Reading
        Of the worst result.
    evidence : tuple of dict
        Its results: ``code``, ``scope``, ``verdict``, ``statistic``, ``threshold``, worst first.
    failed, tested : int
        Parts of the sample (grades, characteristics) that are amber or red, and those that were judged; 0 where it was judged
        as a whole only.
    due : str or None
        ISO date; None for an observation.
    effect : mapping
        Of a PD that is too low: ``el`` and ``rwea``, relative changes of expected loss and of risk-weighted exposure.
    owner : str or None
        None: to be named.
    """

    id: str
    severity: str
    rule: str
    area: str
    cause: str
    sample: str
    codes: tuple[str, ...]
    reading: Reading
    evidence: tuple[Mapping[str, Any], ...]
    failed: int
    tested: int
    due: str | None
    effect: Mapping[str, float]
    owner: str | None = None
    status: str = "draft"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self) | {"codes": list(self.codes), "evidence": [dict(each) for each in self.evidence]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Finding:
        """Rebuild what `to_dict` wrote."""
        lists = {"codes": tuple(content["codes"]), "evidence": tuple(content["evidence"])}
        return cls(**{**content, **lists, "reading": Reading.from_dict(content["reading"])})


def draft(results: Iterable[Result], begun: date) -> list[Finding]:
    """Draft a finding for every cause and sample that has amber or red results, the most severe first.

    Parameters
    ----------
    results : iterable of Result
    begun : date
        Day of the validation, which due dates are counted from.

    Returns
    -------
    list of Finding
        Severities follow from the verdicts: red of a whole sample is major, and of parts of it moderate; amber of a whole
        is moderate, of parts minor, and of fewer than a tenth of the parts an observation. A sample fails as a whole where a
        result of the whole does, or a third of its parts. Critical is red in replication or implementation, a
        ranking that is the wrong way round, and a portfolio's PD that is red (CAL-01) and so low that risk-weighted exposure
        would rise by a tenth; amber in replication or implementation is major.

    References
    ----------
    ECB (2019), Instructions for reporting the validation results of internal models, 2.4: four levels, by effect on
    risk-weighted exposure. Months and shares are a convention.

    Examples
    --------
    >>> weak = Result("DIS-01", "test", 900, 90, 0.58, Verdict.RED, "convention", Reading("x"))
    >>> [(each.id, each.severity, each.due) for each in draft([weak], date(2026, 11, 30))]
    [('F-01', 'major', '2027-02-28')]
    """
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((CAUSE_OF.get(result.code, result.code), sample_of(result)), []).append(result)
    found = [_drafted(*key, group, begun) for key, group in groups.items() if any(each.verdict in ALARMS for each in group)]
    found.sort(key=lambda each: SEVERITIES.index(each.severity))
    return [replace(each, id=f"F-{number:02d}") for number, each in enumerate(found, start=1)]


def sample_of(result: Result) -> str:
    """Return the sample of a scope such as ``test: grade A``.

    Examples
    --------
    >>> sample_of(Result("CAL-02", "test: A", 1, 0, None, Verdict.NOT_DUE, "", Reading("x")))
    'test'
    """
    return result.scope.partition(": ")[0]


def due(begun: date, severity: str) -> str | None:
    """Return when a finding of a severity is due; a day that its month does not have is the month's last.

    Examples
    --------
    >>> due(date(2027, 1, 31), "critical"), due(date(2027, 1, 31), "observation")
    ('2027-02-28', None)
    """
    if severity not in MONTHS:
        return None
    years, month = divmod(begun.month - 1 + MONTHS[severity], 12)
    year, month = begun.year + years, month + 1
    return date(year, month, min(begun.day, monthrange(year, month)[1])).isoformat()


def capital(pd: float) -> float:
    """Return the capital requirement for retail exposures of a PD, per unit of loss given default.

    Parameters
    ----------
    pd : float
        In [0, 1]; not below the regulatory floor.

    References
    ----------
    Basel Committee (2006), paragraph 330, other retail; the loss given default multiplies it, and cancels out of ratios.

    Examples
    --------
    >>> round(12.5 * 0.45 * capital(0.01), 4)
    0.4577
    """
    pd = min(max(pd, PD_FLOOR), 1.0)
    if pd == 1:
        return 0.0
    share = (1 - exp(-35 * pd)) / (1 - exp(-35))
    correlation = 0.03 * share + 0.16 * (1 - share)
    stressed = ndtr((ndtri(pd) + sqrt(correlation) * ndtri(0.999)) / sqrt(1 - correlation))
    return float(stressed - pd)


def effect_of(result: Result) -> dict[str, float]:
    """Return what it would change to set a portfolio's PD to the default rate seen; nothing where that is not what failed."""
    pd, rate = result.threshold, result.statistic
    if result.code != "CAL-01" or result.verdict not in ALARMS or pd is None or rate is None or not 0 < pd < 1:
        return {}
    return {"el": rate / pd - 1, "rwea": capital(rate) / capital(pd) - 1}


def _drafted(cause: str, sample: str, group: Sequence[Result], begun: date) -> Finding:
    alarms = sorted((each for each in group if each.verdict in ALARMS), key=lambda each: WORST_FIRST.index(each.verdict))
    effect = next((told for told in map(effect_of, alarms) if told), {})
    severity, rule = _severity(alarms, group)
    parts, failed = _parts(group), _parts(alarms)
    return Finding(
        "", severity, rule, alarms[0].code.partition("-")[0], cause, sample, tuple(dict.fromkeys(each.code for each in alarms)),
        alarms[0].reading, tuple(_link(each) for each in alarms), len(failed), len(parts), due(begun, severity), effect,
    )  # fmt: skip


def _severity(alarms: Sequence[Result], group: Sequence[Result]) -> tuple[str, str]:
    """Return the severity and the rule that gives it; of the red and the amber ones, the more severe."""
    if alarms[0].code.partition("-")[0] in EXACT_AREAS:
        return ("critical", "not_what_it_says") if alarms[0].verdict is Verdict.RED else ("major", "nearly_what_it_says")
    if any(each.reading.key == "reading.ranking_inverted" for each in alarms):
        return "critical", "wrong_way_round"
    if any(effect_of(each).get("rwea", 0.0) >= CAPITAL for each in alarms if each.verdict is Verdict.RED):
        return "critical", "capital"
    judged = len(_parts(group))
    found = [_of_extent(verdict, [each for each in alarms if each.verdict is verdict], judged) for verdict in ALARMS]
    return min((each for each in found if each), key=lambda told: SEVERITIES.index(told[0]))


def _of_extent(verdict: Verdict, alarms: Sequence[Result], judged: int) -> tuple[str, str] | None:
    if not alarms:
        return None
    failed = len(_parts(alarms))
    share = 1.0 if any(": " not in each.scope for each in alarms) else failed / max(1, judged)
    if verdict is Verdict.RED:
        return ("major", "red_whole") if share >= MOST else ("moderate", "red_part")
    if share >= MOST:
        return "moderate", "amber_whole"
    return ("minor", "amber_part") if share >= FEW else ("observation", "amber_few")


def _parts(results: Iterable[Result]) -> set[str]:
    """Return the parts of a sample that were judged."""
    return {each.scope for each in results if ": " in each.scope and each.verdict in (*ALARMS, Verdict.GREEN)}


def _link(result: Result) -> dict[str, Any]:
    told = {name: getattr(result, name) for name in ("code", "scope", "statistic", "threshold")}
    return told | {"verdict": result.verdict.value}
