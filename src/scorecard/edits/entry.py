"""One entry of the edits: an action on a characteristic, with its reason, author and time; checked wherever it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from scorecard.binning.rules import JOIN, POLICIES, TRENDS
from scorecard.errors import SettingsError
from scorecard.settings import nearest

WORDS = ("before", "after", "reason", "author", "time")
EXACT = 2.0**53  # beyond it a whole number is not written exactly


@dataclass(frozen=True)
class Edit:
    """One edit by hand.

    Attributes
    ----------
    action : str
        One of `ACTIONS`.
    characteristic : str
    what : mapping
        The action's own keys, as in `ACTIONS`.
    reason, author : str
        Neither may be blank.
    time : str
        UTC, ISO 8601.
    before, after : str
        The bins concerned, in words; for the reader only.

    Raises
    ------
    SettingsError
        Where any of them is missing or not as expected.

    Examples
    --------
    >>> Edit("merge", "income", {"at": 40_000}, "Too few customers.", "lin", "2026-11-23T09:30:00Z").what
    {'at': 40000.0}
    >>> Edit("merge", "income", {"at": 40_000}, " ", "lin", "2026-11-23T09:30:00Z")
    Traceback (most recent call last):
    scorecard.errors.SettingsError: merge of income has no reason; expected why it is made, in words. Write the reason.
    """

    action: str
    characteristic: str
    what: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    author: str = ""
    time: str = ""
    before: str = ""
    after: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.action, str) or self.action not in ACTIONS:
            raise SettingsError(f"action {self.action!r} is not known. {nearest(str(self.action), list(ACTIONS))}")
        if not (isinstance(self.characteristic, str) and self.characteristic):
            raise SettingsError(f"{self.action} has characteristic {self.characteristic!r}; expected a name. Write the name.")
        object.__setattr__(self, "what", self._own())
        for name in ("before", "after"):
            if not isinstance(getattr(self, name), str):
                raise SettingsError(f"{self} has {name} {getattr(self, name)!r}; expected text. Write text, or leave it out.")
        for name, expected in (("reason", "why it is made, in words"), ("author", "who made it")):
            value = getattr(self, name)
            if not (isinstance(value, str) and value.strip()):
                raise SettingsError(f"{self} has no {name}; expected {expected}. Write the {name}.")
        object.__setattr__(self, "time", self._utc())

    def __str__(self) -> str:
        """Return what it is, such as ``merge of income``."""
        return f"{self.action} of {self.characteristic}"

    def _own(self) -> dict[str, Any]:
        """Return the action's own keys, each as the action takes it."""
        known, own = ACTIONS[self.action], {}
        for name in self.what:
            if name not in known:
                raise SettingsError(f"{self} has the unknown key {name}. {nearest(str(name), [*known, *WORDS])}")
        for name, (expected, read) in known.items():
            value = self.what.get(name)
            try:
                own[name] = read(value)
            except (TypeError, ValueError, OverflowError):
                found = f"{name} {value!r}" if name in self.what else f"no {name}"
                raise SettingsError(f"{self} has {found}; expected {expected}. Change {name}.") from None
        if own.get("with") is not None and own["with"] in own["levels"]:
            raise SettingsError(
                f"{self} has {own['with']!r} in with and in levels; expected a level of another bin. Change with, or leave it out."
            )
        return own

    def _utc(self) -> str:
        try:
            moment = datetime.fromisoformat(self.time)
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.utcoffset() != timedelta(0):
            raise SettingsError(
                f"{self} has time {self.time!r}; expected UTC in ISO 8601, such as 2026-11-23T09:30:00Z. Change time."
            )
        return stamp(moment)

    @property
    def act(self) -> dict[str, Any]:
        """What moves numbers: the entry without its words."""
        own = {name: list(value) if isinstance(value, tuple) else value for name, value in self.what.items()}
        return {"action": self.action, "characteristic": self.characteristic, **own}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for YAML and JSON."""
        own = {name: _whole(value) if isinstance(value, float) else value for name, value in self.act.items()}
        return own | {name: getattr(self, name) for name in WORDS}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Edit:
        """Rebuild what `to_dict` wrote."""
        given = {name: content[name] for name in ("action", "characteristic", *WORDS) if content.get(name) is not None}
        what = {name: value for name, value in content.items() if name not in ("action", "characteristic", *WORDS)}
        return cls(**{"action": "", "characteristic": "", **given, "what": what})


def stamp(moment: datetime | None = None) -> str:
    """Return a moment, now unless given, as entries write it.

    Examples
    --------
    >>> stamp(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    '2026-11-23T09:30:00Z'
    """
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < EXACT else value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isfinite(number := float(value)):
        raise ValueError(value)
    return number + 0.0  # -0.0 is 0.0


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _levels(value: Any) -> tuple[str, ...]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise TypeError(value)
    levels = tuple(map(_text, value))
    if not levels or len(set(levels)) < len(levels):
        raise ValueError(value)
    return levels


def _policy(value: Any) -> str:
    if value not in POLICIES and not (_text(value).startswith(JOIN) and len(value) > len(JOIN)):
        raise ValueError(value)
    return str(value)


def _trend(value: Any) -> str:
    if value not in TRENDS:
        raise ValueError(value)
    return str(value)


_NUMBER = ("a number", _number)
_OWN_BIN = (
    "a level of the bin to join, or nothing for a bin of their own",
    lambda value: None if value is None else _text(value),
)
# Each action's own keys: what is expected, and how it is read.
ACTIONS: dict[str, dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "merge": {"at": _NUMBER},
    "split": {"at": _NUMBER},
    "move": {"from": _NUMBER, "to": _NUMBER},
    "group": {"levels": ("a list of different levels", _levels), "with": _OWN_BIN},
    "treat": {
        "bin": ("missing, unseen or the label of a special code", _text),
        "as": (f"{', '.join(POLICIES)}, or {JOIN}VALUE", _policy),
    },
    "trend": {"trend": (f"one of {', '.join(TRENDS)}", _trend)},
    "include": {},
    "exclude": {},
}
