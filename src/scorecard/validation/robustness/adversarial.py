"""Can a model tell later customers from those of development by their answers? If so, the scorecard meets others than it knows."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from scipy.special import ndtri

from scorecard.metrics import Placed, placed, woe
from scorecard.regression.design import Design, one_thread
from scorecard.regression.fitting import climb, null
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Bins, Floats
from scorecard.validation.evidence import DEVELOPMENT, Evidence, without_model
from scorecard.validation.judging import REACH, Z95, Limits, judge, told, unless_blind, upper_p

SOURCE = "Lopez-Paz & Oquab (2017), classifier two-sample test; DeLong et al. (1988); limits: convention"
FOLDS = 5
PENALTY = 1.0  # on half the squared coefficients: keeps a small sample from separating
CLOSE = 1e-6
NAMED = 3
CHANCE = 0.5


class Told(NamedTuple):
    """How well development and a later sample can be told apart: AUC on rows not fitted on, its error, and the AUC of each input alone."""

    auc: float
    error: float
    inputs: dict[str, float]


def adversarial_test(found: Told, scope: str, rows: tuple[int, int], thresholds: Thresholds) -> Result:
    """Test whether a model can tell a later sample from development by the card's inputs (ROB-07).

    Parameters
    ----------
    found : Told
        By a logit with a small ridge penalty on the evidence of each bin for the later sample, fitted on four fifths of the
        customers and measured on the others, five times. It sees every input's shift and their sum, but no shift that only a
        combination of inputs shows.
    scope : str
        The later sample.
    rows : (int, int)
        Its customers and bads.
    thresholds : Thresholds
        `adversarial_amber`, `adversarial_red`, `min_rows`.

    Returns
    -------
    Result
        The AUC: amber and red beyond the limits where p < 5 % and p < 1 % against 0.5. A PSI of 0.10 and 0.25 of one normal
        input would give 0.59 and 0.64; without any shift it lies a little below 0.5, because folds of the same customers mirror
        one another. The reading names the inputs that tell most. `detectable` is the AUC that p < 5 % would
        have found four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit. Insufficient data with fewer than `min_rows` customers.

    References
    ----------
    Lopez-Paz & Oquab (2017), Revisiting Classifier Two-Sample Tests, ICLR; DeLong, DeLong & Clarke-Pearson (1988), Biometrics
    44. The limits are a convention.

    Examples
    --------
    >>> adversarial_test(Told(0.65, 0.01, {"income": 0.64}), "test", (5000, 500), Thresholds()).verdict.value
    'amber'
    """
    limits = Limits(thresholds.adversarial_amber, thresholds.adversarial_red)
    p_value = upper_p(found.auc - CHANCE, found.error)
    low, high = max(0.0, found.auc - Z95 * found.error), min(1.0, found.auc + Z95 * found.error)
    strongest = sorted(found.inputs, key=lambda name: -found.inputs[name])[:NAMED]
    told_by = ", ".join(f"{name} ({found.inputs[name]:.3f})" for name in strongest)
    values = {"auc": found.auc, "low": low, "high": high, "limit": limits.amber, "p": p_value, "inputs": told_by}
    result = Result(
        "ROB-07",
        scope,
        *rows,
        found.auc,
        judge(found.auc, p_value, limits),
        SOURCE,
        Reading(told("adversarial", found.auc, p_value, limits.amber), values),
        interval=(low, high),
        threshold=limits.amber,
        p_value=p_value,
        effect=found.auc - CHANCE,
        null="the later sample cannot be told from development",
        detectable=CHANCE + REACH * found.error,
    )
    return unless_blind(result, limits.red)


def each_adversarial(evidence: Evidence) -> list[Result]:
    """Run ROB-07 on every sample after development; no outcome is needed."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-07", evidence, SOURCE)]
    return [_of_sample(evidence, name) for name in evidence.cells if name != DEVELOPMENT]


def adversarial_table(evidence: Evidence, sample: str) -> DataFrame:
    """Return by how much each input alone tells a later sample from development, the most telling first."""
    found = _told(evidence, sample)
    table = DataFrame({"characteristic": list(found.inputs), "auc": list(found.inputs.values())})
    table["psi_of_normal"] = [2 * float(ndtri(max(auc, CHANCE))) ** 2 for auc in table["auc"]]
    return table.sort_values(["auc", "characteristic"], ascending=[False, True], ignore_index=True)


def _of_sample(evidence: Evidence, name: str) -> Result:
    part, needed = evidence.samples[name], evidence.thresholds.min_rows
    sizes = [sum(float(block.total.sum()) for block in evidence.cells[each].blocks) for each in (DEVELOPMENT, name)]
    if min(sizes) < needed:
        reading = Reading("reading.few_customers", {"rows": round(min(sizes)), "needed": needed})
        return Result("ROB-07", name, part.n, part.events, None, Verdict.INSUFFICIENT_DATA, SOURCE, reading)
    return adversarial_test(_told(evidence, name), name, (part.n, part.events), evidence.thresholds)


class _Both(NamedTuple):
    """The cells of a segment in development and then in the later sample: rows, what a row counts for, and which sample's they are."""

    names: list[str]
    sizes: list[int]
    bins: Bins
    rows: Floats
    worth: Floats
    later: NDArray[np.bool_]

    def sides(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return what rows count for in development and in the later sample, shape (cells,) each."""
        return rows * self.worth * ~self.later, rows * self.worth * self.later

    def evidence(self, at: int, sides: tuple[Floats, Floats]) -> Floats:
        """Return of every cell how much its bin of one input speaks for development: the WoE of belonging to it."""
        then, now = (np.bincount(self.bins[:, at], side, self.sizes[at]) for side in sides)
        return woe(then, now)[self.bins[:, at]]


def _told(evidence: Evidence, name: str) -> Told:
    random = np.random.default_rng([evidence.seed, 7])
    parts = list(_both(evidence, name))
    folds = [_thinned(part.rows, random) for part in parts]
    found = [_fold(parts, [split[:, at] for split in folds]) for at in range(FOLDS)]
    auc, error = float(np.mean([each.auc for each in found])), sqrt(sum(each.error**2 for each in found)) / FOLDS
    return Told(auc, error, {each: _alone(parts, each) for each in dict.fromkeys(each for part in parts for each in part.names)})


def _both(evidence: Evidence, name: str) -> Iterator[_Both]:
    for segment in evidence.cells[name].card.segments:
        blocks = [
            (sample == name, block)
            for sample in (DEVELOPMENT, name)
            for block in evidence.cells[sample].blocks
            if block.segment.name == segment.name
        ]
        if blocks:
            rows = np.concatenate([block.good_rows + block.bad_rows for _, block in blocks])
            total = np.concatenate([block.total for _, block in blocks])
            later = np.concatenate([np.full(len(block.bins), is_later) for is_later, block in blocks])
            sizes = [len(term.points) for term in segment.terms]
            bins = np.concatenate([block.bins for _, block in blocks])
            yield _Both(blocks[0][1].names, sizes, bins, rows, total / rows, later)


def _thinned(rows: Floats, random: np.random.Generator) -> Floats:
    """Divide the rows of every cell by chance, shape (cells, folds)."""
    left, parts = rows.astype(np.int64), []
    for remaining in range(FOLDS, 1, -1):
        parts.append(random.binomial(left, 1 / remaining))
        left = left - parts[-1]
    return np.column_stack([*parts, left]).astype(float)


def _fold(parts: list[_Both], held_out: list[Floats]) -> Placed:
    """Fit to the customers that are not held out, and rank those that are."""
    logit = np.concatenate([_logit(part, part.sides(part.rows - rows)) for part, rows in zip(parts, held_out, strict=True)])
    sides = [part.sides(rows) for part, rows in zip(parts, held_out, strict=True)]
    then, now = (np.concatenate(side) for side in zip(*sides, strict=True))
    return placed(-logit, then, now)


def _logit(part: _Both, sides: tuple[Floats, Floats]) -> Floats:
    """Return the log-odds of every cell to be of the later sample, by a fit to the customers given."""
    then, now = sides
    if min(then.sum(), now.sum()) <= 0:
        return np.full(len(part.bins), -np.inf if then.sum() > 0 else np.inf)
    design = np.column_stack([part.evidence(at, sides) for at in range(len(part.names))])
    rows = Design(design, then + now, now)
    ridge = np.concatenate([[0.0], np.full(design.shape[1], PENALTY)])
    start = null(rows)
    start[1:] = -1.0  # what they would be if inputs moved independently
    with one_thread():
        found, _ = climb(rows, start, ridge, CLOSE)
    return np.asarray(found[0] + design @ found[1:])


def _alone(parts: list[_Both], name: str) -> float:
    """Return how well one input alone tells the samples apart, over its segments together."""
    known = [(part, part.sides(part.rows)) for part in parts if name in part.names]
    known = [(part, sides) for part, sides in known if min(side.sum() for side in sides) > 0]
    if not known:
        return CHANCE
    order = np.concatenate([part.evidence(part.names.index(name), sides) for part, sides in known])
    then, now = (np.concatenate(side) for side in zip(*(sides for _, sides in known), strict=True))
    return placed(order, then, now).auc
