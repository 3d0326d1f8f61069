"""The rerun certificate: the verdict, what was changed, what came out, and by which rules it was compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import groupby
from typing import Any

from scorecard.equivalence.comparison import Compared
from scorecard.equivalence.record import Change
from scorecard.equivalence.rules import Rules
from scorecard.equivalence.walk import Difference
from scorecard.results import Reading

FORMAT = "scorecard-rerun/1"
SHOWN = 20  # differences of one artefact that the certificate lists; the table beside it holds all
VERDICT = "verdict"
HEADLINES = ("characteristics", "scorecard.*.auc", "scorecard.*.ks", "scorecard.*.brier", "*.psi")


class Outcome(StrEnum):
    """The verdict of a rerun."""

    REPRODUCED = "REPRODUCED"
    EXPLAINED = "EXPLAINED"
    DIFFERENT = "DIFFERENT"
    NOT_COMPARABLE = "NOT COMPARABLE"


@dataclass(frozen=True)
class Side:
    """A run as the certificate names it, with what it ran on.

    Attributes
    ----------
    run : str
        Its id; empty where it did not come about.
    facts : mapping of name to text
        Such as when it started, the commit and the hash of the code.
    packages : mapping of name to version
    metrics : mapping of name to number
        As ``STEP/NAME``.
    """

    run: str
    facts: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Certificate:
    """What a rerun showed.

    Attributes
    ----------
    name : str
        Of the pipeline.
    origin, rerun : Side
    steps : sequence of str
        Of the origin, in the order of the line.
    changes : sequence of Change
        Inputs that are others in the rerun.
    missing : sequence of Reading
        Pieces without which nothing can be compared, in words.
    notes : sequence of Reading
        What a reader must know beside.
    compared : Compared or None
        None where something is missing.
    rules : Rules
    """

    name: str
    origin: Side
    rerun: Side
    steps: Sequence[str]
    changes: Sequence[Change] = ()
    missing: Sequence[Reading] = ()
    notes: Sequence[Reading] = ()
    compared: Compared | None = None
    rules: Rules = field(default_factory=Rules)

    @property
    def outcome(self) -> Outcome:
        """The verdict: an explanation needs a changed input, and reaches no step before the first that takes it."""
        if self.missing or self.compared is None:
            return Outcome.NOT_COMPARABLE
        if not self.changes:
            return Outcome.DIFFERENT if self.compared.differences else Outcome.REPRODUCED
        return Outcome.DIFFERENT if self.unexplained else Outcome.EXPLAINED

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Every difference, in the order of the line."""
        return self.compared.differences if self.compared else ()

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """Differences that no changed input can have made: all where none changed, else those of the steps before it."""
        order = {step: position for position, step in enumerate(self.steps)}
        first = min((order.get(change.step, 0) for change in self.changes), default=len(order))
        spared = "hash" if self.changes else ""
        return tuple(each for each in self.differences if order.get(each.step, 0) < first and each.kind != spared)

    @property
    def flips(self) -> tuple[Difference, ...]:
        """Verdicts that came out otherwise; one that several artefacts repeat is told once."""
        found: dict[tuple[str, Any, Any], Difference] = {}
        for each in self.differences:
            if each.kind == "value" and each.place.rpartition(".")[2] == VERDICT:
                found.setdefault((each.place.rpartition("[")[2], each.before, each.after), each)
        return tuple(found.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        compared = self.compared
        return {
            "format": FORMAT, "verdict": self.outcome.value, "name": self.name,
            "origin": asdict(self.origin), "rerun": asdict(self.rerun), "steps": list(self.steps),
            "changed": [asdict(each) for each in self.changes],
            "missing": [asdict(each) for each in self.missing], "notes": [asdict(each) for each in self.notes],
            "figures": self._figures(),
            "verdicts_flipped": [asdict(each) for each in self.flips],
            "differences": {
                "count": len(self.differences), "unexplained": len(self.unexplained),
                "first": asdict((self.unexplained or self.differences)[0]) if self.differences else None,
                "artefacts": [_summary(list(group)) for _, group in groupby(self.differences, lambda each: (each.step, each.artefact))],
            },
            "compared": {"artefacts": compared.artefacts, "metrics": compared.metrics, "values": compared.values} if compared else None,
            "tolerances": [asdict(each) for each in self.rules.tolerances],
            "excluded": [asdict(rule) | {"count": count} for rule, count in (compared.excluded.items() if compared else ())],
        }  # fmt: skip

    def _figures(self) -> list[dict[str, Any]]:
        """Return the figures that people ask for first, of both sides."""
        names = [name for name in self.origin.metrics if any(fnmatchcase(name.partition("/")[2], each) for each in HEADLINES)]
        both = [(name, self.origin.metrics[name], self.rerun.metrics.get(name)) for name in names]
        numbers = [each for each in both if not any(isinstance(value, str | None) for value in each[1:])]  # not a "nan"
        return [{"figure": name, "before": before, "after": after} for name, before, after in numbers]


def _summary(found: list[Difference]) -> dict[str, Any]:
    """Return the differences of one artefact: how many of which kind, the first, the largest, and as many as are shown."""
    numbers = [each for each in found if each.relative is not None]
    largest = max(numbers, key=lambda each: (each.relative or 0.0, each.size or 0.0), default=None)
    return {
        "step": found[0].step, "artefact": found[0].artefact, "count": len(found), "kinds": dict(Counter(each.kind for each in found)),
        "first": asdict(found[0]), "largest": asdict(largest) if largest else None,
        "shown": [asdict(each) for each in found[:SHOWN]],
    }  # fmt: skip
