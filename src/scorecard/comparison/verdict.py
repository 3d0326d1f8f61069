"""Does a challenger earn its keep? By a rule that is written before any result is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from scipy.special import ndtri

from scorecard.comparison.intervals import BOOTSTRAP, DELONG
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Challenge, Thresholds
from scorecard.strategy import Rows

LEVEL, POWER = 0.95, 0.80
EARNS, DOES_NOT, CANNOT_BE_TOLD = "earns its keep", "does not", "cannot be told"
ORDER = (EARNS, CANNOT_BE_TOLD, DOES_NOT)  # which answer stands for several challengers
VERDICTS = {EARNS: Verdict.AMBER, DOES_NOT: Verdict.GREEN, CANNOT_BE_TOLD: Verdict.INSUFFICIENT_DATA}
GAIN_SOURCE = "DeLong, DeLong & Clarke-Pearson (1988); simultaneous intervals: Bonferroni (Dunn 1961)"
WEIGHTED_SOURCE = "Efron & Tibshirani (1993), 8.3; simultaneous intervals: Bonferroni (Dunn 1961)"
NULL = "both models order risk equally well"


@dataclass(frozen=True)
class Answer:
    """What the rule says of one challenger, and the finding behind it.

    Attributes
    ----------
    model : str
    outcome : {"earns its keep", "does not", "cannot be told"}
    result : Result
    """

    model: str
    outcome: str
    result: Result

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {"model": self.model, "outcome": self.outcome, "result": self.result.to_dict()}


def gain(
    rows: Rows, differences: Sequence[Mapping[str, Any]], challengers: Sequence[str], rule: Challenge, thresholds: Thresholds
) -> list[Answer]:
    """Judge whether each challenger orders risk better than the scorecard by enough to earn its keep (CMP-01).

    Parameters
    ----------
    rows : Rows
        The sample that the rule names.
    differences : rows of `differences` of that sample
    challengers : sequence of str
    rule : Challenge
        `minimum_gain`.
    thresholds : Thresholds
        `min_events`.

    Returns
    -------
    list of Answer
        *Earns its keep* (amber: the committee has something to weigh) where the gain in AUC is at least `minimum_gain` and its interval
        excludes zero. *Does not* (green) where the whole interval lies below `minimum_gain`. Otherwise it *cannot be told*
        (insufficient data), and `detectable` is the smallest gain that so many rows would have shown four times in five.
        With k challengers each interval has the level 1 - 0.05 / k, so that all hold together with 95 %: a best of many
        is not taken for better by luck. For the best one this is the first step of Holm's procedure.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; Dunn (1961), Journal of the American Statistical Association 56; Holm (1979).
    """
    tried = max(len(challengers), 1)
    return [_answer(rows, name, _of(differences, name), tried, (rule, thresholds)) for name in challengers]


def best(answers: Sequence[Answer]) -> Answer | None:
    """Return the challenger that speaks for all: the one with the best answer, of equal ones the largest gain; None without any."""
    return min(answers, key=lambda each: (ORDER.index(each.outcome), -(each.result.effect or 0.0), each.model), default=None)


def replacement(rows: Rows, differences: Sequence[Mapping[str, Any]], incumbent: str, thresholds: Thresholds) -> Result:
    """Judge whether the scorecard orders risk better than the incumbent that it would replace (CMP-02).

    Returns
    -------
    Result
        The scorecard's AUC less the incumbent's. Green where the 95 % interval lies above zero, red where it lies below, else amber:
        no difference is shown, and `detectable` says which one would have been.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44.
    """
    found, source = _of(differences, incumbent), (GAIN_SOURCE if rows.weight is None else WEIGHTED_SOURCE).partition(";")[0]
    told = partial(Result, "CMP-02", f"{rows.sample}: {incumbent}", rows.n, rows.events, limit_source="no difference")
    if short := _too_few(rows, thresholds):
        return told(None, Verdict.INSUFFICIENT_DATA, source, short)
    if found is None:
        return told(None, Verdict.NOT_COMPUTABLE, source, Reading("reading.gain_without_variance"))
    difference, reach, detectable = -found["difference"], _reach(found["error"], 1), _detectable(found["error"], 1)
    low, high = difference - reach, difference + reach
    verdict, key = Verdict.AMBER, "reading.replacement_open"
    if low > 0 or high < 0:
        verdict, key = (Verdict.GREEN, "reading.replacement_better") if low > 0 else (Verdict.RED, "reading.replacement_worse")
    reading = Reading(key, {"difference": difference, "low": low, "high": high, "detectable": detectable})
    return told(difference, verdict, source, reading, (low, high), threshold=0.0, p_value=found["p_value"], effect=difference, null=NULL,
                detectable=detectable)  # fmt: skip


def _answer(rows: Rows, name: str, found: Mapping[str, Any] | None, tried: int, given: tuple[Challenge, Thresholds]) -> Answer:
    rule, thresholds = given
    limit, source = rule.minimum_gain, GAIN_SOURCE if rows.weight is None else WEIGHTED_SOURCE
    told = partial(
        Result, "CMP-01", f"{rows.sample}: {name}", rows.n, rows.events, limit_source=f"challenge.minimum_gain {limit:g}"
    )
    detectable = None if found is None else _detectable(found["error"], tried)
    if short := _too_few(rows, thresholds):
        return Answer(name, CANNOT_BE_TOLD, told(None, Verdict.INSUFFICIENT_DATA, source, short, detectable=detectable))
    if found is None:
        reading = Reading("reading.gain_without_variance")
        return Answer(name, CANNOT_BE_TOLD, told(None, Verdict.NOT_COMPUTABLE, source, reading))
    difference, reach = found["difference"], _reach(found["error"], tried)
    low, high = difference - reach, difference + reach
    outcome = EARNS if difference >= limit and low > 0 else DOES_NOT if high < limit else CANNOT_BE_TOLD
    values = {"model": name, "difference": difference, "low": low, "high": high, "limit": limit, "tried": tried}
    reading = Reading(_key(outcome, low, limit), values | {"detectable": detectable})
    result = told(difference, VERDICTS[outcome], source, reading, (low, high), level=1 - (1 - LEVEL) / tried, threshold=limit,
                  p_value=min(1.0, found["p_value"] * tried), effect=difference, null=NULL, detectable=detectable)  # fmt: skip
    return Answer(name, outcome, result)


def _key(outcome: str, low: float, limit: float) -> str:
    if outcome == CANNOT_BE_TOLD:
        return "reading.gain_unsure" if low > 0 and limit > 0 else "reading.gain_cannot_be_told"
    return "reading.gain_earns" if outcome == EARNS else "reading.gain_does_not"


def _of(differences: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """Return the difference in AUC: DeLong's, of weighted rows the bootstrap's; None where it has no variance though the AUCs differ."""
    found = {row["how"]: row for row in differences if (row["model"], row["measure"]) == (name, "auc")}
    return found.get(DELONG) or (found.get(BOOTSTRAP) if found.get(BOOTSTRAP, {}).get("error") else None)


def _too_few(rows: Rows, thresholds: Thresholds) -> Reading | None:
    goods = rows.n - rows.events
    if min(goods, rows.events) >= thresholds.min_events:
        return None
    return Reading("reading.too_few", {"bads": rows.events, "goods": goods, "needed": thresholds.min_events})


def _reach(error: float, tried: int) -> float:
    return float(ndtri(1 - (1 - LEVEL) / tried / 2)) * error


def _detectable(error: float, tried: int) -> float:
    """Return the difference whose interval excludes zero four times in five."""
    return _reach(error, tried) + float(ndtri(POWER)) * error
