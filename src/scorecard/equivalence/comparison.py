"""Compare all that two runs left, in the order of the line: artefacts as they were saved, then what was logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scorecard.equivalence.reading import content
from scorecard.equivalence.record import Record
from scorecard.equivalence.rules import METRICS, Exclusion, Rules
from scorecard.equivalence.walk import Difference, Walk

FILE = "a file"


@dataclass(frozen=True)
class Compared:
    """What came of a comparison.

    Attributes
    ----------
    differences : tuple of Difference
        In the order of the line.
    artefacts, metrics, values : int
        How many were compared.
    excluded : mapping of Exclusion to int
        How many artefacts or values each rule left out.
    """

    differences: tuple[Difference, ...]
    artefacts: int
    metrics: int
    values: int
    excluded: Mapping[Exclusion, int]


def compare(before: Record, after: Record, rules: Rules | None = None, words: Sequence[tuple[str, str]] = ()) -> Compared:
    """Compare a rerun with its origin.

    Parameters
    ----------
    before, after : Record
        With the same steps.
    rules : Rules, optional
        Those of the kit where none are given.
    words : pairs of text
        What is called differently in both and is the same, such as the address of a table. The numbers under which both
        registered their models are such words too.
    """
    rules, there = rules or Rules(), after.registered()
    words = [*words, *((model, there[key]) for key, model in before.registered().items() if key in there)]
    walks = [walk for step in before.steps for walk in _step(before, after, step, rules, words)]
    excluded: Counter[Exclusion] = sum((walk.excluded for walk in walks), Counter())
    return Compared(
        tuple(each for walk in walks for each in walk.found),
        sum(walk.artefact != METRICS and (walk.values > 0 or not walk.excluded) for walk in walks),
        sum(walk.values for walk in walks if walk.artefact == METRICS),
        sum(walk.values for walk in walks if walk.artefact != METRICS),
        excluded,
    )


def _step(before: Record, after: Record, step: str, rules: Rules, words: Sequence[tuple[str, str]]) -> list[Walk]:
    walks = []
    for name in dict.fromkeys([*before.artefacts(step), *after.artefacts(step)]):
        walk = Walk(step, name, rules, words)
        paths = before.steps[step] / name, after.steps[step] / name
        if rule := rules.excluding(walk.name, ""):
            walk.excluded[rule] += 1
        elif all(path.is_file() for path in paths):
            walk.through(*(content(path) for path in paths))
        else:
            gone = paths[0].is_file()
            walk.values = 1
            walk.found.append(
                Difference(step, name, "", "gone" if gone else "new", FILE if gone else None, None if gone else FILE)
            )
        walks.append(walk)
    metrics = Walk(step, METRICS, rules, words)
    metrics.through(*(record.logged(step).get("metrics", {}) for record in (before, after)))
    return [*walks, metrics]
