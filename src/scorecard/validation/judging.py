"""A verdict needs size and chance together: a trifle is no finding however certain, and a large figure none where chance explains it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from scipy.special import ndtr, ndtri

from scorecard.results import WORST_FIRST, Reading, Result, Verdict

AMBER_P, RED_P = 0.05, 0.01
POWER = 0.8
Z95 = float(ndtri(0.975))
REACH = float(ndtri(1 - AMBER_P) + ndtri(POWER))  # standard errors that a one-sided test finds four times in five
REACH_BOTH = Z95 + float(ndtri(POWER))  # and a two-sided one


class Limits(NamedTuple):
    """The sizes from which an effect is amber, and red."""

    amber: float
    red: float


def judge(effect: float, p_value: float, limits: Limits) -> Verdict:
    """Return the verdict on an effect: amber or red only where it is beyond the limit and chance does not explain it.

    Parameters
    ----------
    effect : float
        Larger is worse.
    p_value : float
        One-sided, or adjusted for a family of tests.
    limits : Limits

    Examples
    --------
    >>> [judge(effect, p, Limits(0.02, 0.05)).value for effect, p in ((0.01, 0.0), (0.03, 0.2), (0.03, 0.04), (0.06, 0.001))]
    ['green', 'green', 'amber', 'red']
    """
    if effect > limits.red and p_value < RED_P:
        return Verdict.RED
    return Verdict.AMBER if effect > limits.amber and p_value < AMBER_P else Verdict.GREEN


def worst_case(sizes: Sequence[float], adjusted: Iterable[float], limits: Limits) -> tuple[int, Verdict]:
    """Return the case to tell of and its verdict: the largest of those with the worst verdict.

    The largest of all may be chance, and must not hide a smaller one that is none.

    Examples
    --------
    >>> worst_case([0.12, 0.09], [0.4, 0.0], Limits(0.05, 0.10))
    (1, <Verdict.AMBER: 'amber'>)
    """
    verdicts = [judge(size, float(p_value), limits) for size, p_value in zip(sizes, adjusted, strict=True)]
    at = min(range(len(verdicts)), key=lambda place: (WORST_FIRST.index(verdicts[place]), -sizes[place]))
    return at, verdicts[at]


def told(name: str, effect: float, p_value: float, amber: float) -> str:
    """Return the key of a reading: ``NAME_held``, ``NAME_chance`` where a large effect may be chance, or ``NAME_failed``.

    Examples
    --------
    >>> told("noise", 0.03, 0.2, 0.02)
    'reading.noise_chance'
    """
    if effect <= amber:
        return f"reading.{name}_held"
    return f"reading.{name}_failed" if p_value < AMBER_P else f"reading.{name}_chance"


def unless_blind(result: Result, red: float) -> Result:
    """Take back the pass of an effect that chance can explain where the sample is too small to tell: insufficient data.

    Parameters
    ----------
    result : Result
        Green by a reading ``..._chance``: an effect beyond the amber limit, not significant.
    red : float
        The red limit, in the unit of the result's `detectable`. Had an effect beyond it mostly gone unnoticed, nothing is known.

    Examples
    --------
    >>> fall = Result("DIS-04", "test", 90, 25, 0.12, Verdict.GREEN, "", Reading("reading.drop_chance"), detectable=0.2)
    >>> unless_blind(fall, 0.05).verdict.value, unless_blind(fall, 0.25).verdict.value
    ('insufficient data', 'green')
    """
    chance = result.verdict is Verdict.GREEN and result.reading.key.endswith("_chance")
    if not chance or result.detectable is None or result.detectable <= red:
        return result
    values = {**result.reading.values, "finding": result.reading, "detectable": result.detectable, "red": red}
    return replace(result, verdict=Verdict.INSUFFICIENT_DATA, reading=Reading("reading.blind", values))


def upper_p(effect: float, error: float) -> float:
    """Return how probable an effect of at least this size is where there is none: one-sided, by the normal distribution.

    Examples
    --------
    >>> upper_p(0.0, 0.0), round(upper_p(1.96, 1.0), 3)
    (1.0, 0.025)
    """
    if error > 0:
        return float(ndtr(-effect / error))
    return 0.0 if effect > 0 else 1.0
