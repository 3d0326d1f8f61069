"""Walk through two contents side by side, and note every place where they differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scorecard.equivalence.reading import is_whole, number
from scorecard.equivalence.rules import Exclusion, Rules, named

Row = Mapping[str, Any]
NAMED = ("name",)  # the key of rows that rules can tell apart


@dataclass(frozen=True)
class Difference:
    """One place where a rerun came out otherwise.

    Attributes
    ----------
    step, artefact, place : str
        Such as ``05_validation``, ``results.json`` and ``[DIS-01, test].statistic``.
    kind : str
        ``number``, ``value``, ``gone`` (the rerun does not have it), ``new`` (the run did not), or ``hash`` (of what went in).
    before, after : object
        Plain values; None where there is none.
    size : float or None
        How far two numbers lie apart, in their unit.
    relative : float or None
        The same as a share of the larger one, without its sign: 0 to 2.
    """

    step: str
    artefact: str
    place: str
    kind: str
    before: Any
    after: Any
    size: float | None = None
    relative: float | None = None


@dataclass
class Walk:
    """A walk through one artefact of both runs; it counts what it compared and what it left out.

    Attributes
    ----------
    step, artefact : str
    rules : Rules
    words : pairs of text
        What is called differently in both runs and is the same, such as the address of a table.
    """

    step: str
    artefact: str
    rules: Rules
    words: Sequence[tuple[str, str]] = ()
    values: int = 0
    excluded: Counter[Exclusion] = field(default_factory=Counter)
    found: list[Difference] = field(default_factory=list)
    _known: dict[str, Exclusion | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The artefact as patterns name it."""
        return f"{self.step}/{self.artefact}"

    def through(self, before: Any, after: Any, place: str = "", path: str = "") -> None:
        """Compare what stands at a place, and all below it; `path` is the place without the keys of its rows, but for their name."""
        if self._leaves_out(path):
            return
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            self._fields(before, after, place, path)
        elif isinstance(before, list) and isinstance(after, list):
            self._list(before, after, place, path)
        else:
            self._value(before, after, place, path)

    def _leaves_out(self, path: str) -> bool:
        if path not in self._known:
            self._known[path] = self.rules.excluding(self.name, path)
        rule = self._known[path]
        if rule:
            self.excluded[rule] += 1
        return rule is not None

    def _fields(self, before: Row, after: Row, place: str, path: str) -> None:
        for name in dict.fromkeys([*before, *after]):
            there, way = (f"{above}.{name}" if above else name for above in (place, path))
            if name in before and name in after:
                self.through(before[name], after[name], there, way)
            else:
                self._one_sided(before.get(name), after.get(name), there, way, name in before)

    def _list(self, before: list[Any], after: list[Any], place: str, path: str) -> None:
        rows = [*before, *after]
        key = self.rules.key(before, after) if rows and all(isinstance(row, Mapping) for row in rows) else ()
        first, second = _named(before, key), _named(after, key)
        for name in dict.fromkeys([*first, *second]):
            there, way = f"{place}[{name}]", _way(path, name) if key == NAMED else path
            if name in first and name in second:
                self.through(first[name], second[name], there, way)
            else:
                self._one_sided(first.get(name), second.get(name), there, way, name in first)

    def _one_sided(self, before: Any, after: Any, place: str, path: str, gone: bool) -> None:
        if not self._leaves_out(path):
            self.values += 1
            self.found.append(Difference(self.step, self.artefact, place, "gone" if gone else "new", before, after))

    def _value(self, before: Any, after: Any, place: str, path: str) -> None:
        self.values += 1
        if self._same(before, after):
            return
        texts = isinstance(before, str) and isinstance(after, str)  # a count may have the name of a hash
        kind, size, relative = "hash" if texts and self.rules.is_hash(path) else "value", None, None
        first, second = number(before), number(after)
        if kind != "hash" and first is not None and second is not None and first != second:
            kind, size = "number", abs(first - second)
            relative = size / max(abs(first), abs(second))
        self.found.append(Difference(self.step, self.artefact, place, kind, before, after, size, relative))

    def _same(self, before: Any, after: Any) -> bool:
        if any(isinstance(before, kind) != isinstance(after, kind) for kind in (bool, str)):
            return False
        if before == after:
            return True
        first, second = number(before), number(after)
        if first is not None and second is not None:
            return not (is_whole(before) and is_whole(after)) and self.rules.tolerance(self.name).holds(first, second)
        return isinstance(before, str) and self._translated(before) == after

    def _translated(self, text: str) -> str:
        """Return a text of the run in the words of the rerun, each word once: the new one may contain the old one."""
        words = dict(self.words)
        longest_first = "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))
        return re.sub(longest_first, lambda found: words[found[0]], text) if words else text


def _way(path: str, name: str) -> str:
    """Return the path of a row that has a name; a dot in it would end with what looks like the name of a field."""
    return f"{path}:{name.replace('.', ' ')}"


def _named(rows: list[Any], key: tuple[str, ...]) -> dict[str, Any]:
    """Return rows by what tells them apart: their key in words, or their position from 0."""
    return {named(row, key) if key else str(position): row for position, row in enumerate(rows)}
