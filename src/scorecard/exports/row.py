"""Score one row with nothing but the standard library; the Python export is this file and a scorecard."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any

FINE = 100  # reference points are kept to a hundredth of the score's step
ROOM = 1000  # of a key of a reason: above it the shortfall, below it the place of the characteristic
LARGEST = 709.0  # of what exp can take
EXPECTED = {
    "integer": "a whole number", "number": "a number", "text": "text", "boolean": "true or false", "date": "a date as YYYY-MM-DD",
}  # fmt: skip


def compile(content: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:  # noqa: A001  the verb of the job
    """Return the function that scores a row.

    Parameters
    ----------
    content : mapping
        Of a scorecard file, of either format.

    Returns
    -------
    callable
        Takes a mapping of column to value (None or NaN is missing; more columns are ignored) and returns ``score``,
        ``pd_raw``, ``pd_calibrated``, ``pd``, ``grade`` and ``reasons``; raises ValueError, one sentence, where a column
        is absent or of the wrong type.
    """
    card = _second(content)
    segments = {each["name"]: _segment(each, card) for each in card["segments"]}
    home = _home(card, segments)
    inputs = {card["segmentation"]["name"]} if card["segmentation"] else set()
    inputs |= {term["name"] for each in card["segments"] for term in each["characteristics"]}
    needed, total, pds, grade, cutoff = frozenset(inputs), _total(card), _pds(card), _grade(card), _cutoff(card)
    most = card["reasons"]["most"] if card["reasons"] else 0

    def score(row: Mapping[str, Any]) -> dict[str, Any]:
        if not needed <= row.keys():
            absent = min(needed - row.keys())
            raise ValueError(f"The row has no column {absent}; expected every input of the scorecard, null where it is missing.")
        base, terms = home(row)
        found = [outcomes[place(row[name])] for name, place, outcomes in terms]
        value = total(base + sum([steps for steps, _ in found]))
        lost = [reason for _, reason in found if reason] if value < cutoff else []
        reasons = [name for _, name in sorted(lost, reverse=True)[:most]]
        return {"score": value, **pds(value), "grade": grade(value), "reasons": reasons}

    return score


def serve(score: Callable[[Mapping[str, Any]], dict[str, Any]], lines: Iterable[bytes], write: Callable[[str], object]) -> int:
    """Score JSON lines into JSON lines, in order; return the exit code, 1 where a line holds an ``error`` instead.

    Parameters
    ----------
    score : callable
        From `compile`.
    lines : iterable of bytes
    write : callable
        Takes each line of the answer.
    """
    code = 0
    for line in lines:
        try:
            told = score(_parsed(line))
        except ValueError as error:
            code, told = 1, {"error": str(error)}
        write(json.dumps(told) + "\n")
    return code


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"The line is not JSON ({error}); expected an object of column and value.") from error
    if not isinstance(row, dict):
        raise ValueError(f"The line is {_shown(row)}; expected an object of column and value.")  # noqa: TRY004  as of any bad row
    return row


def _second(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return content as the second format has it."""
    if content["format"] == "scorecard/2":
        return dict(content)
    if content["format"] != "scorecard/1":
        raise ValueError(f"The format is {content['format']!r}; expected 'scorecard/1' or 'scorecard/2'.")
    segment = {"name": "all", "base": 0.0, "characteristics": content["characteristics"]}
    scaling = {**content["scaling"], "decimals": 0, "minimum": None, "maximum": None}
    calibration = {"method": "none", "shift": 0.0, "floor": 0.0}
    return {
        **content,
        "scaling": scaling,
        "segmentation": None,
        "segments": [segment],
        "calibration": calibration,
        "reasons": None,
    }


def _home(card: Mapping[str, Any], segments: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Return the function that says which segment a row belongs to."""
    rule = card["segmentation"]
    if rule is None:
        (only,) = segments.values()
        return lambda row: only
    name, place = rule["name"], _place(rule)
    homes = [segments[each["segment"]] for each in rule["bins"]]
    return lambda row: homes[place(row[name])]


def _segment(segment: Mapping[str, Any], card: Mapping[str, Any]) -> Any:
    """Return the base of a segment, and of each term the name, the place of a value, and what each bin brings."""
    unit, terms = _unit(card), segment["characteristics"]
    made = []
    for following, term in zip(range(len(terms), 0, -1), terms):  # noqa: B905  strict came with Python 3.10
        steps = [round(each["points"] * unit) for each in term["bins"]]
        made.append((term["name"], _place(term), [(each, _reason(term, each, following, card)) for each in steps]))
    return round(segment["base"] * unit), made


def _reason(term: Mapping[str, Any], steps: int, following: int, card: Mapping[str, Any]) -> Any:
    """Return the key that orders the reason, and its code; None where nothing was lost."""
    if not card["reasons"]:
        return None
    reference = round((term["reference"] or 0.0) * _unit(card) * FINE)
    key = (reference - FINE * steps) * ROOM + following
    return (key, term["name"]) if key >= ROOM else None


def _place(term: Mapping[str, Any]) -> Callable[[Any], int]:
    """Return the function that says which bin a value falls into."""
    return _numbers(term) if term["kind"] == "numeric" else _levels(term)


def _numbers(term: Mapping[str, Any]) -> Callable[[Any], int]:
    bins, name, dtype = term["bins"], term["name"], term["dtype"]
    edges = [each["lower"] for each in bins if each["kind"] == "interval" and each["lower"] is not None]
    codes = {float(each["values"][0]): place for place, each in enumerate(bins) if each["kind"] == "special"}
    missing, whole = _first(bins, "missing"), dtype == "integer"

    def place(value: Any) -> int:
        if value is None or value != value:  # noqa: PLR0124  only NaN differs from itself
            return missing
        if not isinstance(value, (int, float)) or isinstance(value, bool) or (whole and value % 1):
            raise _refusal(name, value, dtype)
        number = _double(value)
        return codes[number] if number in codes else bisect_right(edges, number)

    return place


def _double(value: Any) -> float:
    """Return a number as a double; whole numbers beyond its range are endless."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _levels(term: Mapping[str, Any]) -> Callable[[Any], int]:
    bins, name, dtype = term["bins"], term["name"], term["dtype"]
    places = {str(level): place for place, each in enumerate(bins) for level in each["values"]}
    missing, unseen, text = _first(bins, "missing"), _first(bins, "unseen"), TEXTS[dtype]

    def place(value: Any) -> int:
        if value is None or value != value:  # noqa: PLR0124  only NaN differs from itself
            return missing
        found = text(value)
        if found is None:
            raise _refusal(name, value, dtype)
        return places.get(found, unseen)

    return place


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else None


def _whole(value: Any) -> str | None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value == int(value)
    return str(int(value)) if fits else None


def _number(value: Any) -> str | None:
    return _whole(value) or (repr(value) if isinstance(value, float) else None)


def _date(value: Any) -> str | None:
    found = value.isoformat()[:10] if hasattr(value, "isoformat") else value
    return found if isinstance(found, str) and [len(part) for part in found.split("-")] == [4, 2, 2] else None


TEXTS = {"text": _text, "boolean": _flag, "integer": _whole, "number": _number, "date": _date}


def _refusal(name: str, value: Any, dtype: str) -> ValueError:
    return ValueError(f"The column {name} is {_shown(value)}; expected {EXPECTED[dtype]}, or null where it is missing.")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004  a message stays one line


def _first(bins: Iterable[Mapping[str, Any]], kind: str) -> int:
    return next(place for place, each in enumerate(bins) if each["kind"] == kind)


def _unit(card: Mapping[str, Any]) -> int:
    return int(10 ** card["scaling"]["decimals"])


def _total(card: Mapping[str, Any]) -> Callable[[int], float]:
    """Return the function that makes a score of a sum of steps, within the limits."""
    unit = _unit(card)
    low, high = (
        None if limit is None else round(limit * unit) for limit in (card["scaling"]["minimum"], card["scaling"]["maximum"])
    )

    def total(steps: int) -> float:
        steps = steps if low is None else max(steps, low)
        return (steps if high is None else min(steps, high)) / unit

    return total


def _cutoff(card: Mapping[str, Any]) -> float:
    """Return the score from which there are no reasons."""
    cutoff = card["reasons"]["cutoff"] if card["reasons"] else -math.inf
    return math.inf if cutoff is None else float(cutoff)


def _grade(card: Mapping[str, Any]) -> Callable[[float], str | None]:
    """Return the function that names the grade of a score; None where the scorecard has no grades."""
    grades = list(reversed(card["grades"]))
    names = [grade["name"] for grade in grades] or [None]
    lowers = [grade["lower_score"] for grade in grades if grade["lower_score"] is not None]
    return lambda score: names[bisect_right(lowers, score)]


def _pds(card: Mapping[str, Any]) -> Callable[[float], dict[str, float]]:
    """Return the function that makes the raw, the calibrated and the final PD of a score."""
    offset, factor, calibration = card["scaling"]["offset"], card["scaling"]["factor"], card["calibration"]
    shift, floor, log_odds = calibration["shift"], calibration["floor"], _log_odds(calibration)

    def pds(score: float) -> dict[str, float]:
        raw = (offset - score) / factor
        calibrated = log_odds(score, raw)
        told = {"pd_raw": _share(raw), "pd_calibrated": _share(calibrated)}
        return {**told, "pd": max(_share(calibrated + shift), floor)}

    return pds


def _log_odds(calibration: Mapping[str, Any]) -> Callable[[float, float], float]:
    """Return the function that makes the calibrated log-odds of bad of a score and its raw ones."""
    if calibration["method"] == "none":
        return lambda score, raw: raw
    if calibration["method"] == "isotonic":
        cuts = [step["lower_score"] for step in calibration["steps"] if step["lower_score"] is not None]
        found = [math.log(step["pd"] / (1 - step["pd"])) for step in calibration["steps"]]
        return lambda score, raw: found[bisect_right(cuts, score)]
    intercept, slope, complement = (calibration[key] for key in ("intercept", "slope", "complement"))
    if calibration["method"] == "beta":
        return lambda score, raw: intercept + slope * _log_share(raw) - complement * _log_share(-raw)
    return lambda score, raw: intercept + slope * raw


def _share(log_odds: float) -> float:
    return 1 / (1 + (math.exp(-log_odds) if -log_odds < LARGEST else math.inf))


def _log_share(log_odds: float) -> float:
    """Return the logarithm of a share, exact where the share itself is 0 or 1 in a double."""
    return min(log_odds, 0.0) - math.log1p(math.exp(-abs(log_odds)))
