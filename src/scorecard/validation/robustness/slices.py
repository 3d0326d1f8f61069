"""Parts of a sample that a characteristic, two of them or a segment cut out, counted by score: all that their calibration and ranking need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import betainc, expit, logit

from scorecard.errors import EvidenceError
from scorecard.validation.cells import Bins, Floats, Ints
from scorecard.validation.evidence import Evidence

MOST_RUNGS = 500  # distinct scores; of more, neighbours share one, which moves no AUC by more than a rounding
CLIP = 1e-9  # a PD of 0 or 1 has no finite logit
STEPS = 50


@dataclass(frozen=True, eq=False)
class Sliced:
    """Every part that one cut makes: goods and bads of each at each score.

    Attributes
    ----------
    names : list of str
    goods, bads : arrays of shape (parts, rungs)
        The riskiest score first.
    """

    names: list[str]
    goods: Floats
    bads: Floats


@dataclass(frozen=True, eq=False)
class Sample:
    """A sample whose rows can be cut.

    Attributes
    ----------
    rung : int array of shape (rows,)
        The place of each row's score, the riskiest first.
    pd : array of shape (rungs,)
        Moved so that the sample as a whole has as many bads as expected: a wrong level is no weak spot.
    goods, bads : arrays of shape (rows,)
        Effective numbers.
    bins : dict of name to int array of shape (rows,), of whatever width
        -1 where a row has none.
    labels : dict of name to the names of its bins
    """

    rung: Ints
    pd: Floats
    goods: Floats
    bads: Floats
    bins: dict[str, Bins]
    labels: dict[str, list[str]]

    def cut(self, code: Bins, names: list[str]) -> Sliced:
        """Return the parts of a code per row, those that hold rows."""
        kept, size = code >= 0, self.pd.size
        place, shape = code[kept].astype(np.int64) * size + self.rung[kept], (len(names), size)
        goods, bads = (np.bincount(place, side[kept], shape[0] * size).reshape(shape) for side in (self.goods, self.bads))
        held = (goods + bads).sum(axis=1) > 0
        return Sliced([name for name, full in zip(names, held, strict=True) if full], goods[held], bads[held])


def sampled(evidence: Evidence, name: str) -> Sample:
    """Return a sample of known outcome, ready to be cut by every candidate characteristic and every segment.

    Raises
    ------
    EvidenceError
        Where there are no goods or no bads.
    """
    part, cells = evidence.samples[name], evidence.cells[name]
    steps = cells.steps()
    of_row = np.empty(part.n, dtype=np.int64)
    start = 0
    for block in cells.blocks:
        of_row[block.rows] = steps[start + block.cell]
        start += len(block.bins)
    rung, values = _rungs(of_row)
    weight = part.worth
    goods, bads = weight * (part.outcome == 0), weight * (part.outcome == 1)
    rows = np.bincount(rung, weight, values.size).astype(float)
    pd = np.bincount(rung, weight * cells.pd(of_row), values.size) / np.where(rows > 0, rows, 1.0)
    bins, labels = _bins(evidence, name)
    return Sample(rung, levelled(pd, rows, float(bads.sum())), goods, bads, bins, labels)


def single(sample: Sample) -> Iterator[Sliced]:
    """Yield the parts of every characteristic and segment."""
    for name, code in sample.bins.items():
        yield sample.cut(code, [f"{name} {label}" for label in sample.labels[name]])


def paired(sample: Sample, names: list[str]) -> Iterator[Sliced]:
    """Yield the parts of every two of the named characteristics."""
    for first, second in combinations(names, 2):
        one, other = sample.bins[first].astype(np.int64), sample.bins[second]
        width = len(sample.labels[second])
        code = np.where((one >= 0) & (other >= 0), one * width + other, -1)
        yield sample.cut(code, [f"{first} {a} & {second} {b}" for a in sample.labels[first] for b in sample.labels[second]])


def excess_p(observed: Floats, expected: Floats, variance: Floats) -> Floats:
    """Return how probable at least so many bads are where `expected` should come: the tail of the binomial with that mean and variance.

    Parameters
    ----------
    observed, expected, variance : arrays of shape (parts,)
        The variance is below the mean, as that of bads with different PDs always is.

    Examples
    --------
    >>> excess_p(np.array([15.0]), np.array([9.0]), np.array([9.0 * 90 / 99])).round(4)
    array([0.034])
    """
    chance = np.clip(1 - variance / np.maximum(expected, CLIP), CLIP, 1 - CLIP)
    trials = expected / chance
    beyond = observed > trials
    return np.where(beyond, 0.0, betainc(np.maximum(observed, CLIP), np.maximum(trials - observed, 0.0) + 1, chance))


def _rungs(steps: Ints) -> tuple[Ints, Ints]:
    values, place = np.unique(steps, return_inverse=True)
    if values.size <= MOST_RUNGS:
        return place.astype(np.int64), values
    cuts = np.unique(np.quantile(steps, np.linspace(0, 1, MOST_RUNGS + 1)[1:-1], method="higher"))
    return np.searchsorted(cuts, steps, side="right").astype(np.int64), np.arange(cuts.size + 1)


def levelled(pd: Floats, rows: Floats, bads: float) -> Floats:
    """Return PDs whose logits are moved by one amount so that they sum to the bads.

    Raises
    ------
    EvidenceError
        Where there are no goods or no bads.

    Examples
    --------
    >>> levelled(np.array([0.1, 0.2]), np.array([100.0, 100.0]), 30.0).round(6)
    array([0.1, 0.2])
    """
    if not 0 < bads < rows.sum():
        raise EvidenceError("the sample has no goods or no bads; a weak spot needs both. Widen the sample or wait.")
    x, shift = logit(np.clip(pd, CLIP, 1 - CLIP)), 0.0
    for _ in range(STEPS):
        moved = expit(x + shift)
        step = (bads - float(rows @ moved)) / max(float(rows @ (moved * (1 - moved))), CLIP)
        shift += float(np.clip(step, -2.0, 2.0))
        if abs(step) < CLIP:
            break
    return np.asarray(expit(x + shift))


def _bins(evidence: Evidence, name: str) -> tuple[dict[str, Bins], dict[str, list[str]]]:
    """Return what cuts the rows: candidates, the card's own terms that are none, and segments; with the names of their parts."""
    known = evidence.modelled.characteristics
    bins = dict(evidence.bins[name])
    labels = {each: [found.label for found in known[each].bins] for each in bins}
    for block in evidence.cells[name].blocks:
        for place, term in enumerate(block.segment.terms):
            if term.name not in known:
                code = bins.setdefault(term.name, np.full(evidence.samples[name].n, -1, dtype=np.int16))
                code[block.rows] = block.bins[block.cell, place]
                labels[term.name] = [found.label for found in term.characteristic.bins]
    for segment in evidence.segments:
        divided = evidence.samples[name].labels.get(segment)
        if divided is not None and segment not in bins:
            bins[segment], labels[segment] = divided.codes, list(divided.names)
    return bins, labels
