"""Does anything know the outcome that should not? Inputs that are too good, that stop being good, or that tell by being missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np

from scorecard.errors import EvidenceError
from scorecard.metrics import Placed, difference_error, holm, information_value, placed, woe
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Cells, Floats
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Scored, not_due, shortage, without_model
from scorecard.validation.fits import fittable, refitted
from scorecard.validation.judging import REACH, Z95, Limits, told, unless_blind, upper_p, worst_case

SOURCE = "Kaufman et al. (2012), leakage in data mining; DeLong et al. (1988); limits: convention"
PATTERN = "values missing"  # how many inputs are missing, the pattern of all
CHANCE = 0.5


class Case(NamedTuple):
    """One thing that could know the outcome.

    Attributes
    ----------
    name : str
    size : float
        The AUC, or by how much it falls: larger is more suspicious.
    error : float
        Its standard error.
    null : float
        The size where nothing is wrong.
    values : mapping
        More for the reading.
    """

    name: str
    size: float
    error: float
    null: float
    values: Mapping[str, float]

    @property
    def p_value(self) -> float:
        """One-sided, of a size not above the null."""
        return upper_p(self.size - self.null, self.error)


@dataclass(frozen=True)
class Question:
    """What is asked of all cases together: the name of its readings, the limits, and the null in words."""

    name: str
    limits: Limits
    null: str


def leakage_test(found: Sequence[Case], question: Question, scope: str, rows: tuple[int, int]) -> Result:
    """Look for inputs that know the outcome (ROB-08).

    Parameters
    ----------
    found : sequence of Case
        One for every input that could have been in the card. *Single inputs*: its AUC at development by the order of its bins;
        in later samples, by how much that falls. *Missing values*: the AUC of whether each is missing, and of how many are.
        *Without the strongest*: the AUC that the card loses when it is fitted again without its strongest characteristic.
    question : Question
        Which of these, and the limits: `leak_amber` and `leak_red`, `collapse_amber` and `collapse_red`,
        `missing_knows_amber` and `missing_knows_red`, `strongest_amber` and `strongest_red`.
    scope : str
        The sample and the question.
    rows : (int, int)
        Customers and bads.

    Returns
    -------
    Result
        The most suspicious case, the largest of those with the worst verdict: amber and red beyond the limits where p, adjusted
        for all cases (Holm), is below 5 % and 1 %.
        An honest input can be as strong as that, so a finding asks for its lineage: was it known when the score is given? The
        order of bins is learned at development and flatters it, so a small fall of the AUC is to be expected. Not due where no
        value is missing.
        `detectable` is the size that p < 5 % without adjustment would have found four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    Kaufman, Rosset, Perlich & Stitelman (2012), Leakage in Data Mining, ACM TKDD 6; DeLong, DeLong & Clarke-Pearson (1988),
    Biometrics 44. The limits are a convention.

    Examples
    --------
    >>> question = Question("leak", Limits(0.85, 0.95), "the input orders nobody")
    >>> found = [Case("days_in_collection", 0.97, 0.01, 0.5, {"iv": 6.0})]
    >>> leakage_test(found, question, "development: single inputs", (5000, 500)).verdict.value
    'red'
    """
    adjusted = holm([each.p_value for each in found])
    at, verdict = worst_case([each.size for each in found], adjusted, question.limits)
    worst, p_holm = found[at], float(adjusted[at])
    values = {
        "name": Reading("reading.number_missing") if worst.name == PATTERN else worst.name,
        "size": worst.size,
        "cases": len(found),
        "limit": question.limits.amber,
        "p_holm": p_holm,
    }
    result = Result(
        "ROB-08",
        scope,
        *rows,
        worst.size,
        verdict,
        SOURCE,
        Reading(told(question.name, worst.size, p_holm, question.limits.amber), values | dict(worst.values)),
        interval=(worst.size - Z95 * worst.error, worst.size + Z95 * worst.error),
        threshold=question.limits.amber,
        p_value=worst.p_value,
        effect=worst.size - worst.null,
        null=question.null,
        detectable=worst.null + REACH * worst.error,
    )
    return unless_blind(result, question.limits.red)


def each_leak(evidence: Evidence) -> list[Result]:
    """Run ROB-08 on development for what is too good or tells by being missing, on later samples for what stops being good."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-08", evidence, SOURCE)]
    start, limits = evidence.development, evidence.thresholds
    rows = start.n, start.events
    if short := shortage(start.ladder, limits):
        return [Result("ROB-08", DEVELOPMENT, *rows, None, Verdict.INSUFFICIENT_DATA, SOURCE, short)]
    alone = {name: _ranked(evidence, DEVELOPMENT, name, counts) for name, counts in _counts(evidence, DEVELOPMENT)}
    question = Question("leak", _limits(limits, "leak"), "the input does not order customers")
    results = [_asked([_too_good(name, found) for name, found in alone.items()], question, f"{DEVELOPMENT}: single inputs", rows)]
    question = Question(
        "missing_knows", _limits(limits, "missing_knows"), "whether a value is missing says nothing of the outcome"
    )
    results.append(_asked(list(_telling(evidence)), question, f"{DEVELOPMENT}: missing values", rows))
    for name in evidence.cells:
        if name != DEVELOPMENT:
            results += _later(evidence, name, alone)
    return results


def _later(evidence: Evidence, name: str, alone: dict[str, Placed]) -> Iterator[Result]:
    part, limits = evidence.samples[name], evidence.thresholds
    if part.bad is None:
        yield not_due("ROB-08", name, part, SOURCE)
        return
    rows = part.n, part.events
    if short := shortage(part.ladder, limits):
        yield Result("ROB-08", name, *rows, None, Verdict.INSUFFICIENT_DATA, SOURCE, short)
        return
    question = Question("collapse", _limits(limits, "collapse"), "the input orders customers as well as at development")
    yield _asked(list(_falls(evidence, name, alone)), question, f"{name}: single inputs", rows)
    question = Question(
        "strongest", _limits(limits, "strongest"), "the scorecard ranks as well without its strongest characteristic"
    )
    yield _asked(list(_without_strongest(evidence, name, alone)), question, f"{name}: without the strongest", rows)


def _asked(found: list[Case], question: Question, scope: str, rows: tuple[int, int]) -> Result:
    if found:
        return leakage_test(found, question, scope, rows)
    keys = {"missing_knows": "reading.never_missing", "strongest": "reading.no_refit"}
    reading = Reading(keys.get(question.name, "reading.no_inputs"))
    verdict = Verdict.NOT_DUE if question.name == "missing_knows" else Verdict.NOT_COMPUTABLE
    return Result("ROB-08", scope, *rows, None, verdict, SOURCE, reading)


def _limits(thresholds: Thresholds, name: str) -> Limits:
    return Limits(getattr(thresholds, f"{name}_amber"), getattr(thresholds, f"{name}_red"))


def _worth(part: Scored) -> tuple[Floats, Floats]:
    return part.worth * (part.outcome == 0), part.worth * (part.outcome == 1)


def _counts(evidence: Evidence, sample: str) -> Iterator[tuple[str, tuple[Floats, Floats]]]:
    """Yield goods and bads per bin of every input that could have been in the card."""
    sides = _worth(evidence.samples[sample])
    for name, bins in evidence.bins[sample].items():
        size = len(evidence.modelled.characteristics[name].bins)
        goods, bads = (np.bincount(bins, side, size).astype(float) for side in sides)
        yield name, (goods, bads)


def _ranked(evidence: Evidence, sample: str, name: str, counts: tuple[Floats, Floats]) -> Placed:
    """Return how an input ranks a sample by the WoE that development gave its bins."""
    order = evidence.modelled.characteristics[name].woe if sample != DEVELOPMENT else woe(*counts)
    return placed(order, *counts)


def _too_good(name: str, found: Placed) -> Case:
    return Case(name, found.auc, found.error, CHANCE, {"iv": information_value(found.goods, found.bads)})


def _falls(evidence: Evidence, sample: str, alone: dict[str, Placed]) -> Iterator[Case]:
    for name, counts in _counts(evidence, sample):
        now, then = _ranked(evidence, sample, name, counts), alone[name]
        yield Case(name, then.auc - now.auc, sqrt(then.error**2 + now.error**2), 0.0, {"then": then.auc, "now": now.auc})


def _telling(evidence: Evidence) -> Iterator[Case]:
    """Yield of every input with missing values how well their being missing tells bads from goods, and of their number."""
    goods, bads = _worth(evidence.development)
    number = np.zeros(evidence.development.n, dtype=np.int64)
    for name, bins in evidence.bins[DEVELOPMENT].items():
        missing = bins == evidence.modelled.characteristics[name].index("missing")
        number += missing
        if missing.any() and not missing.all():
            yield _flag(name, missing.astype(np.int64), goods, bads)
    if number.any():
        yield _flag(PATTERN, number, goods, bads)


def _flag(name: str, code: np.ndarray[tuple[int], np.dtype[np.int64]], goods: Floats, bads: Floats) -> Case:
    counts = [np.bincount(code, side) for side in (goods, bads)]
    found = placed(-np.arange(counts[0].size), *counts)
    rates = {
        "bad_rate": float(counts[1][1:].sum() / max((counts[0] + counts[1])[1:].sum(), 1e-12)),
        "other_rate": float(counts[1][0] / max(counts[0][0] + counts[1][0], 1e-12)),
    }
    return Case(name, max(found.auc, 1 - found.auc), found.error, CHANCE, rates)


def _without_strongest(evidence: Evidence, sample: str, alone: dict[str, Placed]) -> Iterator[Case]:
    start, cells = evidence.cells[DEVELOPMENT], evidence.cells[sample]
    ranked = {name: alone[name].auc for name in start.inputs if name in alone}
    if not ranked or not all(fittable(block.segment) and len(block.names) > 1 for block in start.blocks):
        return
    strongest = max(ranked, key=lambda name: ranked[name])
    try:
        order = _order_without(start, cells, strongest)
    except EvidenceError:
        return
    before = placed(cells.steps(), cells.goods, cells.bads)
    after = placed(order, cells.goods, cells.bads)
    values = {"then": before.auc, "now": after.auc}
    yield Case(strongest, before.auc - after.auc, difference_error(before, after), 0.0, values)


def _order_without(start: Cells, cells: Cells, name: str) -> Floats:
    """Return the log-odds of good of a sample's cells by fits of development without one characteristic."""
    fits = {}
    for block in start.blocks:
        kept = [at for at, each in enumerate(block.names) if each != name]
        fits[block.segment.name] = (kept, refitted(block.segment, block.woe()[:, kept], (block.goods, block.bads)).coefficients)
    logits = []
    for block in cells.blocks:
        if block.segment.name not in fits:
            raise EvidenceError(
                f"development has no customers of the segment {block.segment.name}; its fit cannot be made again."
            )
        kept, coefficients = fits[block.segment.name]
        logits.append(-(coefficients[0] + block.woe()[:, kept] @ coefficients[1:]))
    return np.concatenate(logits)
