"""A result is data: what every test, monitor and warning returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any


class Verdict(StrEnum):
    """The answer of a test; the last three are never shown or counted as green."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    NOT_DUE = "not due"
    INSUFFICIENT_DATA = "insufficient data"
    NOT_COMPUTABLE = "not computable"


@dataclass(frozen=True)
class Reading:
    """A message key and its values, rendered in the reader's language by `scorecard.messages`; a value may be a reading itself."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Reading:
        """Rebuild a reading from plain values.

        Examples
        --------
        >>> Reading.from_dict({"key": "x", "values": {"n": 1, "note": {"key": "y", "values": {}}}}).values["note"]
        Reading(key='y', values={})
        """
        inner = {
            name: cls.from_dict(each) if isinstance(each, Mapping) and set(each) == {"key", "values"} else each
            for name, each in content["values"].items()
        }
        return cls(content["key"], inner)


@dataclass(frozen=True)
class Result:
    """One finding, complete enough to be read, compared and defended on its own.

    Parameters
    ----------
    code : str
        Stable identifier, such as ``"CAL-02"``.
    scope : str
        What it speaks of: a sample, a grade, a characteristic.
    n, events : int
        Observations and bads it rests on.
    statistic : float or None
        The figure compared with `threshold`; None where it cannot be computed.
    verdict : Verdict
        Green, amber, red, not due, insufficient data or not computable.
    source : str
        Author, year and section of the formula; ``convention`` where there is none.
    reading : Reading
        What it means, in words.
    interval : (float, float) or None
        Confidence interval of `statistic` at `level`.
    threshold, p_value, effect : float or None
    null : str
        The null hypothesis of `p_value`, in words.
    detectable : float or None
        The smallest effect that a test on so many rows would have found four times in five; None where there is no such figure.
    limit_source : str
        Who set `threshold`: a convention, or a person with a reason.

    Raises
    ------
    ValueError
        Where a number is NaN or infinite: say ``not computable`` instead.

    Examples
    --------
    >>> Result("X-1", "test", 10, 2, 0.5, Verdict.GREEN, "convention", Reading("x")).verdict.value
    'green'
    """

    code: str
    scope: str
    n: int
    events: int
    statistic: float | None
    verdict: Verdict
    source: str
    reading: Reading
    interval: tuple[float, float] | None = None
    level: float = 0.95
    threshold: float | None = None
    p_value: float | None = None
    effect: float | None = None
    null: str = ""
    detectable: float | None = None
    limit_source: str = ""

    def __post_init__(self) -> None:
        numbers = [self.statistic, self.threshold, self.p_value, self.effect, self.detectable, *(self.interval or ())]
        if any(number is not None and not isfinite(number) for number in numbers):
            raise ValueError(f"{self.code} {self.scope}: a result holds no NaN or infinity, got {numbers}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self) | {"verdict": self.verdict.value, "interval": list(self.interval) if self.interval else None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Result:
        """Rebuild a result that `to_dict` wrote."""
        interval = values.get("interval")
        return cls(
            **{
                **values,
                "verdict": Verdict(values["verdict"]),
                "reading": Reading.from_dict(values["reading"]),
                "interval": tuple(interval) if interval else None,
            }
        )


WORST_FIRST = (
    Verdict.RED,
    Verdict.AMBER,
    Verdict.NOT_COMPUTABLE,
    Verdict.INSUFFICIENT_DATA,
    Verdict.GREEN,
    Verdict.NOT_DUE,
)


def overall(results: Iterable[Result]) -> Verdict:
    """Return the verdict of a list: the worst one, so a green never outvotes a red.

    Examples
    --------
    >>> overall([])
    <Verdict.INSUFFICIENT_DATA: 'insufficient data'>
    """
    return worst(result.verdict for result in results)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of several verdicts; of none, insufficient data.

    Examples
    --------
    >>> worst([Verdict.GREEN, Verdict.NOT_COMPUTABLE]).value
    'not computable'
    """
    found = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in found), Verdict.INSUFFICIENT_DATA)
