"""`scorecard.json`: every version of the format is read for ever, and written again byte for byte."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NoReturn

from scorecard import scale
from scorecard.calibration import Calibration
from scorecard.errors import GovernanceError, ScorecardError
from scorecard.model import checks, schema
from scorecard.model.card import FORMATS, WHOLE, Reasons, Scorecard, Segment, Segmentation, Term
from scorecard.points import Scaling
from scorecard.woe import Characteristic

FIRST = FORMATS[0]
OF_TERM = ("dtype", "description", "coefficient", "standard_error", "p_value")
SINCE_2 = ("lr_p_value", "vif", "reference", "reason")


def content(card: Scorecard) -> dict[str, Any]:
    """Return the content of the file without its hash, as plain values.

    Raises
    ------
    GovernanceError
        Where a number is not finite.
    """
    made = _first(card) if card.format == FIRST else _second(card)
    try:
        plain: dict[str, Any] = json.loads(json.dumps(made, allow_nan=False))
    except ValueError as error:
        raise GovernanceError(
            f"The scorecard {card.name} holds a number that is not finite; expected none. Make it anew."
        ) from error
    return plain


def text(whole: Mapping[str, Any]) -> str:
    """Return content as the file's text."""
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def sha256(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()


def read(text: str) -> Scorecard:
    """Return the scorecard of a file's text.

    No character may have changed since it was written, the line end at the end of the file apart.

    Raises
    ------
    GovernanceError
        Where the text is no scorecard, its format is unknown, it does not match its hash, breaks the schema of its format
        or contradicts itself, or is not as the kit writes it.
    """
    parsed, written = _parsed(text)
    fault = schema.fault(parsed | {"sha256": written}, parsed["format"])
    if fault:
        raise GovernanceError(f"The scorecard {parsed.get('name')} is malformed; {fault}. Take the registered file.")
    try:
        card = _card_1(parsed) if parsed["format"] == FIRST else _card_2(parsed)
    except (KeyError, TypeError, ValueError, AttributeError, ScorecardError) as error:
        raise GovernanceError(
            f"The scorecard {parsed.get('name')} is incomplete or malformed ({type(error).__name__}: {error}). Take the registered file."
        ) from error
    checks.refuse(card)
    if card.to_json().rstrip("\r\n") != text.rstrip("\r\n"):
        raise GovernanceError(
            f"The text of the scorecard {card.name} is not as it was written, though its values are. Take the registered file."
        )
    return card


def _first(card: Scorecard) -> dict[str, Any]:
    (segment,) = card.segments
    scaling = {key: getattr(card.scaling, key) for key in ("pdo", "base_score", "base_odds", "factor", "offset")}
    return {
        "format": FIRST,
        "name": card.name,
        "target": dict(card.target),
        "missing_values": list(card.missing_values),
        "scaling": scaling,
        "intercept": segment.intercept,
        "characteristics": [_term(term, OF_TERM) for term in segment.terms],
        "grades": [{key: each.to_dict()[key] for key in OF_GRADE} for each in card.grades],
        "made_from": dict(card.made_from),
    }


OF_GRADE = ("name", "lower_score", "upper_score", "pd", "count", "bads")


def _second(card: Scorecard) -> dict[str, Any]:
    return {
        "format": card.format,
        "name": card.name,
        "target": dict(card.target),
        "missing_values": list(card.missing_values),
        "scaling": asdict(card.scaling) | {"factor": card.scaling.factor, "offset": card.scaling.offset},
        "segmentation": None if card.segmentation is None else _segmentation(card.segmentation),
        "segments": [_segment(each) for each in card.segments],
        "calibration": card.calibration.to_dict(),
        "grades": [each.to_dict() for each in card.grades],
        "reasons": None if card.reasons is None else asdict(card.reasons),
        "made_from": dict(card.made_from),
    }


def _segmentation(rule: Segmentation) -> dict[str, Any]:
    written = rule.characteristic.to_dict()
    bins = [each | {"segment": segment} for each, segment in zip(written.pop("bins"), rule.segments, strict=True)]
    return {"name": written.pop("name"), "dtype": rule.dtype, **written, "bins": bins}


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "name": segment.name,
        "intercept": segment.intercept,
        "base": segment.base,
        "fit": dict(segment.fit),
        "characteristics": [_term(term, OF_TERM + SINCE_2) for term in segment.terms],
    }


def _term(term: Term, keys: tuple[str, ...]) -> dict[str, Any]:
    written = term.characteristic.to_dict()
    bins = [each | {"points": points} for each, points in zip(written.pop("bins"), term.points, strict=True)]
    own = {key: getattr(term, key) for key in keys}
    own |= {"reason": dict(term.reason)} if "reason" in own else {}
    return {"name": written.pop("name"), **own, **written, "bins": bins}


def _card_1(parsed: Mapping[str, Any]) -> Scorecard:
    scaling = Scaling(*(parsed["scaling"][key] for key in ("pdo", "base_score", "base_odds")))
    terms = tuple(_term_of(term, OF_TERM) for term in parsed["characteristics"])
    return Scorecard(
        parsed["name"], parsed["target"], scaling, (Segment(WHOLE, parsed["intercept"], 0.0, terms),),
        grades=tuple(scale.Grade(**grade) for grade in parsed["grades"]), made_from=parsed["made_from"],
        missing_values=tuple(parsed["missing_values"]), format=FIRST,
    )  # fmt: skip


def _card_2(parsed: Mapping[str, Any]) -> Scorecard:
    scaling = {key: value for key, value in parsed["scaling"].items() if key not in {"factor", "offset"}}
    rule, reasons = parsed["segmentation"], parsed["reasons"]
    return Scorecard(
        parsed["name"], parsed["target"], Scaling(**scaling), tuple(_segment_of(each) for each in parsed["segments"]),
        segmentation=None if rule is None else _segmentation_of(rule), calibration=Calibration.from_dict(parsed["calibration"]),
        grades=tuple(scale.Grade(**grade) for grade in parsed["grades"]), reasons=None if reasons is None else Reasons(**reasons),
        made_from=parsed["made_from"], missing_values=tuple(parsed["missing_values"]), format=parsed["format"],
    )  # fmt: skip


def _segmentation_of(written: Mapping[str, Any]) -> Segmentation:
    segments = tuple(each["segment"] for each in written["bins"])
    return Segmentation(_characteristic(written, "segment", ("dtype",)), written["dtype"], segments)


def _segment_of(written: Mapping[str, Any]) -> Segment:
    terms = tuple(_term_of(term, OF_TERM + SINCE_2) for term in written["characteristics"])
    return Segment(written["name"], written["intercept"], written["base"], terms, written["fit"])


def _term_of(written: Mapping[str, Any], keys: tuple[str, ...]) -> Term:
    own = {key: written[key] for key in keys}
    return Term(_characteristic(written, "points", keys), points=tuple(each["points"] for each in written["bins"]), **own)


def _characteristic(written: Mapping[str, Any], of_bin: str, others: tuple[str, ...]) -> Characteristic:
    bins = [{key: value for key, value in each.items() if key != of_bin} for each in written["bins"]]
    return Characteristic.from_dict({key: value for key, value in written.items() if key not in others} | {"bins": bins})


def _parsed(text: str) -> tuple[dict[str, Any], Any]:
    """Return the content of a file and its hash, which matches."""
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise GovernanceError(f"The file is not JSON (line {line}); expected a scorecard. Take the registered file.") from error
    if not isinstance(parsed, dict) or parsed.get("format") not in FORMATS:
        found = parsed.get("format") if isinstance(parsed, dict) else None
        raise GovernanceError(
            f"The file has format {found!r}; expected {' or '.join(map(repr, FORMATS))}. Use a kit version that knows it."
        )
    written = parsed.pop("sha256", None)
    found = sha256(parsed)
    if found != written:
        raise GovernanceError(
            f"The scorecard {parsed.get('name')} does not match its own hash (found {found[:12]}, written {str(written)[:12]}): "
            "it was changed after it was made. Take the registered file."
        )
    return parsed, written


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of a key that is there twice JSON readers take one or the other."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        key = next(key for key in keys if keys.count(key) > 1)
        raise GovernanceError(f"The file holds the key {key!r} twice in one object; expected it once. Take the registered file.")
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise GovernanceError(f"The file holds {name}; expected finite numbers. Take the registered file.")
