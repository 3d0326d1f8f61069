"""What the browser draws, as plain values: made from counts alone, small enough to be sent after every command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scorecard import edits, messages, metrics
from scorecard.binning import Partition, Rules, partition, readables
from scorecard.binning.partition import assigned, holding
from scorecard.binning.periods import compare
from scorecard.binning.rules import JOIN, POLICIES, TRENDS
from scorecard.counts import Classes
from scorecard.editor.state import Session
from scorecard.edits import Edit
from scorecard.model import Scorecard
from scorecard.points import Scaling, points
from scorecard.woe import Bin, Characteristic

ONE = -1.0  # the coefficient that a WoE has where all others are held apart: the logit of bad falls by one a unit
SHOWN_LEVELS = 4
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Points:
    """How WoE become points.

    Attributes
    ----------
    scaling : Scaling
    coefficients : mapping of name to float
        Of the logit of bad; ``ONE`` where a characteristic has none.
    intercept : float
    characteristics : int
        How many share intercept and offset.
    """

    scaling: Scaling
    coefficients: Mapping[str, float]
    intercept: float
    characteristics: int

    @classmethod
    def of(cls, card: Scorecard | None) -> Points:
        """Return those of a scorecard; without one, points stand beside those of an average customer."""
        intercept = card.segments[0].intercept if card is not None and card.segmentation is None else None
        if card is None or intercept is None:
            return cls(Scaling(base_score=0, base_odds=1), {}, 0.0, 1)
        given = {term.name: term.coefficient for term in card.terms if term.coefficient is not None}
        return cls(card.scaling, given, intercept, len(card.terms))

    def coefficient(self, name: str) -> float:
        """Return a characteristic's coefficient."""
        return self.coefficients.get(name, ONE)

    def each(self, characteristic: Characteristic) -> Floats:
        """Return the whole points of a characteristic's bins."""
        coefficient = self.coefficient(characteristic.name)
        return self.scaling.rounded(points(characteristic.woe, coefficient, self.intercept, self.characteristics, self.scaling))


def view(session: Session, scheme: Points, language: str) -> dict[str, Any]:
    """Return everything the browser shows of a session, ready for JSON, but for the fine classes."""
    name, classes = session.chosen, session.classes
    now, before, rules = session.now[name], session.base[name], session.rules(session.chosen)
    every = classes.every
    return {
        "list": overview(session), "chosen": name, "kind": now.kind, "forced": session.forced(name),
        "trend": {"now": now.trend, "asked": rules.trend, "choices": list(TRENDS)},
        "weight": float(every.weight.sum()), "goods": float(every.weight_goods.sum()), "bads": float(every.weight_bads.sum()),
        "iv": _iv(session), "impact": impact(before, now, classes, scheme), "bins": bins(before, now, classes, rules, scheme),
        "warnings": [messages.render(each, language) for each in edits.warnings(now, rules)],
        "periods": periods(now, classes, rules),
        "pending": [told(edit, language) for edit in session.pending()],
        "undo": told(session.done[-1].edit, language) if session.done else "",
        "redo": told(session.undone[-1].edit, language) if session.undone else "",
    }  # fmt: skip


def fine(classes: Classes) -> dict[str, Any]:
    """Return the fine classes of a number: where bins can be split, and the goods and bads between; nothing for levels."""
    if classes.kind != "numeric":
        return {"name": classes.name}
    edges = readables(classes.high[:-1], classes.low[1:]).tolist()
    return {
        "name": classes.name, "edges": edges,
        "goods": classes.tally.weight_goods.tolist(), "bads": classes.tally.weight_bads.tolist(),
    }  # fmt: skip


def overview(session: Session) -> list[dict[str, Any]]:
    """Return a line per characteristic, by IV as it was when the session began: a line must not run away while one works."""
    edited, saved = ({edit.characteristic for edit in found} for found in (session.pending(), session.saved))
    return [
        {"name": name, "iv": session.now[name].iv, "edited": name in edited, "saved": name in saved, "forced": session.forced(name)}
        for name in sorted(session.base, key=lambda name: (-session.base[name].iv, name))
    ]  # fmt: skip


def impact(before: Characteristic, now: Characteristic, classes: Classes, scheme: Points) -> dict[str, Any]:
    """Return how the points of this characteristic move: share of the customers, and by how many points these move on average."""
    moved = np.abs(_per_class(now, classes, scheme) - _per_class(before, classes, scheme))
    accounts = classes.every.accounts
    concerned = float(accounts[moved > 0].sum())
    return {
        "moved": concerned / float(accounts.sum()), "mean": float((moved * accounts).sum()) / concerned if concerned else 0.0,
        "coefficient": scheme.coefficient(now.name), "assumed": now.name not in scheme.coefficients,
    }  # fmt: skip


def bins(before: Characteristic, now: Characteristic, classes: Classes, rules: Rules, scheme: Points) -> list[dict[str, Any]]:
    """Return the bins with what can be done to each."""
    cut = partition(now)
    place = assigned(classes, cut) if len(classes.low) else np.zeros(0, dtype=np.intp)
    known = {_content(each) for each in before.bins}
    rows = []
    for position, (each, worth) in enumerate(zip(now.bins, scheme.each(now).tolist(), strict=True)):
        plain = each.kind in {"interval", "category"}
        row = _shared(each) | {"position": position, "plain": plain, "points": worth, "changed": _content(each) not in known}
        if each.kind == "interval":
            row |= {"from": int(np.searchsorted(place, position)), "to": int(np.searchsorted(place, position, side="right"))}
        elif each.kind == "category":
            row |= {"levels": _levels(classes, np.flatnonzero(place == position))}
        else:
            row |= {"key": _key(each), "policies": _policies(now, classes, cut, each, rules)}
        rows.append(row)
    return rows


def periods(now: Characteristic, classes: Classes, rules: Rules) -> list[dict[str, Any]]:
    """Return per period the share, bad rate and WoE of each plain bin, and the neighbours that change places beyond chance."""
    if not classes.parts:
        return []
    found = compare(now, classes, rules)
    plain = sum(each.kind in {"interval", "category"} for each in now.bins)
    bads, goods = found.bads, found.accounts - found.bads
    with np.errstate(divide="ignore", invalid="ignore"):
        share = found.accounts / found.accounts.sum(axis=1, keepdims=True)
        rate = found.bads / found.accounts
        safety = np.log(goods / goods.sum(axis=1, keepdims=True)) - np.log(bads / bads.sum(axis=1, keepdims=True))
    return [
        {
            "name": name, "accounts": int(found.accounts[row].sum()),
            "bins": [
                {"share": _known(share[row, place]) or 0.0, "rate": _known(rate[row, place]), "woe": _known(safety[row, place])}
                for place in range(plain)
            ],
            "inversions": [list(found.pairs[pair]) for pair in np.flatnonzero(found.inverted[row]).tolist()],
        }
        for row, name in enumerate(found.periods)
    ]  # fmt: skip


def told(edit: Edit, language: str) -> str:
    """Say what an edit does, in the reader's language."""
    what: dict[str, Any] = {name: f"{value:,.12g}" if isinstance(value, float) else value for name, value in edit.what.items()}
    key = f"editor.what.{edit.action}"
    if edit.action == "group":
        more = len(what["levels"]) - SHOWN_LEVELS
        rest = [messages.text("editor.and_more", language, count=more)] if more > 0 else []
        what["levels"] = ", ".join([*what["levels"][:SHOWN_LEVELS], *rest])
        key = key if what["with"] is not None else "editor.what.group_new"
    if edit.action == "treat":
        what["as"] = _treated(what["as"], language)
        what["bin"] = messages.text(f"editor.{what['bin']}", language) if what["bin"] in {"missing", "unseen"} else what["bin"]
    if edit.action == "trend":
        what["trend"] = messages.text(f"editor.trend.{what['trend']}", language)
    return messages.text(key, language, name=edit.characteristic, **what)


def _treated(policy: str, language: str) -> str:
    if policy.startswith(JOIN):
        return messages.text("editor.treat.join_value", language, value=policy.removeprefix(JOIN))
    return messages.text(f"editor.treat.{policy}", language)


def _iv(session: Session) -> dict[str, float]:
    name = session.chosen
    return {
        "fitted": session.fitted.characteristics[name].iv, "before": session.base[name].iv, "now": session.now[name].iv,
        "floor": session.now[name].noise_floor, "total_before": sum(each.iv for each in session.base.values()),
        "total_now": sum(each.iv for each in session.now.values()),
    }  # fmt: skip


def _per_class(characteristic: Characteristic, classes: Classes, scheme: Points) -> Floats:
    """Return the points of each fine class, then of special codes and missing, in the order of `_every`."""
    worth, cut = scheme.each(characteristic), partition(characteristic)
    plain = sum(each.kind in {"interval", "category"} for each in characteristic.bins)
    place = assigned(classes, cut) if len(classes.low) else np.zeros(0, dtype=np.intp)
    return np.concatenate([worth[place], worth[plain : plain + len(classes.special) + 1]])


def _shared(each: Bin) -> dict[str, Any]:
    rate = each.bad_rate
    interval = None if rate is None else [float(end) for end in metrics.jeffreys_interval(rate * each.count, each.count)]
    return {
        "kind": each.kind, "label": each.label, "lower": each.lower, "upper": each.upper, "count": each.count, "bads": each.bads,
        "share": each.share, "rate": rate, "woe": each.woe, "treatment": each.treatment, "interval": interval,
    }  # fmt: skip


def _levels(classes: Classes, index: Indices) -> list[dict[str, Any]]:
    tally, whole = classes.tally.take(index), float(classes.every.weight.sum())
    return [
        {"level": str(level), "share": float(weight) / whole, "rate": float(bads / weight) if weight else None}
        for level, weight, bads in zip(classes.low[index], tally.weight, tally.weight_bads, strict=True)
    ]


def _policies(now: Characteristic, classes: Classes, cut: Partition, each: Bin, rules: Rules) -> list[dict[str, Any]]:
    """Return what can be done with missing, unseen or a special code: the policies, and each bin to join."""
    unseen = each.kind == "unseen"
    present = cut.treatments.get(_key(each), rules.fallback if unseen else "empirical")
    held = holding(classes, cut, present.removeprefix(JOIN)) if present.startswith(JOIN) else None
    found: list[dict[str, Any]] = [
        {"value": policy, "chosen": policy == present} for policy in POLICIES if not (unseen and policy == "empirical")
    ]
    for position, other in enumerate(now.bins):
        if other.kind in {"interval", "category"} and other.count:
            value = present if position == held else JOIN + _inside(other, classes)
            found.append({"value": value, "chosen": position == held, "join": {"position": position}})
    return found


def _inside(each: Bin, classes: Classes) -> str:
    """Return a value that a bin holds, as text."""
    if each.kind == "category":
        return str(each.values[0])
    return _number(float(classes.low[0]) if each.lower is None else each.lower)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2.0**53 else repr(value)


def _key(each: Bin) -> str:
    return each.label if each.kind == "special" else each.kind


def _content(each: Bin) -> tuple[Any, ...]:
    return each.kind, each.label, each.lower, each.upper, each.values, each.treatment


def _known(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None
