"""Are there customers for whom the scorecard is worse than for the others? A search over slices, corrected for the searching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from pandas import DataFrame, concat
from scipy.special import ndtr, ndtri

from scorecard.errors import EvidenceError
from scorecard.metrics import holm
from scorecard.results import WORST_FIRST, Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Floats
from scorecard.validation.evidence import DEVELOPMENT, Evidence, not_due, without_model
from scorecard.validation.judging import AMBER_P, POWER, Limits, judge
from scorecard.validation.robustness.slices import Sample, Sliced, excess_p, paired, sampled, single

SOURCE = "Chung et al. (2019), slice finding; Holm (1979); limits: convention"
MEASURES = ("calibration", "ranking")


class Slice(NamedTuple):
    """A part of the sample beside the rest.

    Attributes
    ----------
    name : str
    rows, bads, expected : float
        Customers, bads, and bads by the PDs once the whole sample has as many as expected.
    ratio : float
        Bads per expected bad: 1 where the slice is as well calibrated as the sample.
    auc, deficit : float or None
        The AUC within the slice, and by how much more it falls short of what its PDs promise than that of the rest.
    p_ratio, p_deficit : float or None
        One-sided, of no more bads than expected and of no deficit; None where the slice is too small.
    error : float or None
        Standard error of the deficit.
    """

    name: str
    rows: float
    bads: float
    expected: float
    ratio: float
    auc: float | None
    deficit: float | None
    p_ratio: float | None
    p_deficit: float | None
    error: float | None


@dataclass(frozen=True)
class Measure:
    """What is looked for in every slice: its size and p-value, and from when the size matters."""

    name: str
    sizes: list[float]
    p_values: list[float]
    names: list[str]
    small: int
    limits: Limits
    detectable: float | None


def weak_spots_test(found: Measure, scope: str, rows: tuple[int, int], thresholds: Thresholds) -> Result:
    """Look for slices of customers with worse calibration or ranking than the rest (ROB-04).

    Parameters
    ----------
    found : Measure
        Of all slices of one family: single bins of every candidate characteristic and segments, or pairs of bins of the
        card's characteristics.
    scope : str
        The sample, the family and the measure.
    rows : (int, int)
        Customers and bads.
    thresholds : Thresholds
        `slice_events`; `weak_ratio_amber`, `weak_ratio_red` for calibration, `weak_auc_amber`, `weak_auc_red` for ranking.

    Returns
    -------
    Result
        The worst slice. Calibration: bads per expected bad, once the PDs are moved so that the whole sample has as many bads
        as expected; only too many count, by the tail of the binomial with the slice's own mean and variance. Ranking: by how
        much the AUC within the slice falls short of what its own PDs promise, beyond the rest's shortfall, so that a slice is
        not blamed for holding customers who are alike; by DeLong's error. Amber and red beyond the limits where p, adjusted
        for every slice looked at (Holm), is below 5 % and 1 %. Holm is used and no permutation maximum: where outcomes were
        drawn with the PDs of three public tables, it gave 1 to 6 false alarms in a hundred searches although slices overlap,
        so little power is lost. Slices that expect fewer than `slice_events` goods or bads, or leave the rest so few, are not
        judged; insufficient data where all are so. `detectable` is the ratio, or the shortfall, that a slice of median size
        would have shown four times in five.

    References
    ----------
    Chung et al. (2019), Slice Finder: Automated Data Slicing for Model Validation, ICDE; Holm (1979), Scandinavian Journal
    of Statistics 6. The limits are a convention.

    Examples
    --------
    >>> found = Measure("calibration", [1.1, 1.8], [0.2, 1e-6], ["age < 30", "age >= 30"], 3, Limits(1.25, 1.5), 1.4)
    >>> weak_spots_test(found, "test: bins: calibration", (5000, 500), Thresholds()).verdict.value
    'red'
    """
    values: dict[str, str | float] = {"slices": len(found.names), "small": found.small, "needed": round(thresholds.slice_events)}
    if not found.names:
        return Result("ROB-04", scope, *rows, None, Verdict.INSUFFICIENT_DATA, SOURCE, Reading("reading.slices_small", values))
    adjusted = holm(found.p_values)
    verdicts = [judge(size, float(p), found.limits) for size, p in zip(found.sizes, adjusted, strict=True)]
    at = min(range(len(verdicts)), key=lambda place: (WORST_FIRST.index(verdicts[place]), found.p_values[place]))
    weak = sum(verdict is not Verdict.GREEN for verdict in verdicts)
    state = "none" if verdicts[at] is Verdict.GREEN else "found"
    key = {
        "calibration": {"none": "reading.uncalibrated_none", "found": "reading.uncalibrated_found"},
        "ranking": {"none": "reading.unranked_none", "found": "reading.unranked_found"},
    }[found.name][state]
    values |= {"name": found.names[at], "size": found.sizes[at], "limit": found.limits.amber, "weak": weak}
    return Result(
        "ROB-04",
        scope,
        *rows,
        found.sizes[at],
        verdicts[at],
        SOURCE,
        Reading(key, values | {"p": found.p_values[at], "p_holm": float(adjusted[at])}),
        threshold=found.limits.amber,
        p_value=found.p_values[at],
        effect=float(weak),
        null="the scorecard is as good in every slice as in the rest of the sample",
        detectable=found.detectable,
    )


def each_weak_spot(evidence: Evidence) -> list[Result]:
    """Run ROB-04 on every sample after development: single bins and pairs of bins, calibration and ranking."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-04", evidence, SOURCE)]
    results: list[Result] = []
    for name in evidence.cells:
        part = evidence.samples[name]
        if name == DEVELOPMENT:
            continue
        if part.bad is None:
            results.append(not_due("ROB-04", name, part, SOURCE))
            continue
        for family, slices in _families(evidence, name):
            for measure in _measures(list(slices), evidence.thresholds):
                results.append(_searched(evidence, name, f"{name}: {family}", measure))
    return results


def weak_spots(evidence: Evidence, sample: str) -> DataFrame:
    """Return every slice of a sample with its calibration and ranking, p-values adjusted within its family, worst first.

    Raises
    ------
    EvidenceError
        Where the outcomes of the sample are not known.
    """
    tables = []
    for family, slices in _families(evidence, sample):
        table = DataFrame(list(slices), columns=list(Slice._fields)).assign(family=family)
        for name in ("p_ratio", "p_deficit"):
            values = np.array(table[name], dtype=float)
            known = np.isfinite(values)
            values[known] = holm(values[known])
            table[f"{name}_holm"] = values
        tables.append(table)
    return concat(tables).sort_values(["p_ratio", "name"], ignore_index=True)


def _searched(evidence: Evidence, name: str, family: str, measure: Measure) -> Result:
    part, scope = evidence.samples[name], f"{family}: {measure.name}"
    if measure.name == "ranking" and np.ptp(evidence.cells[name].steps()) == 0:  # no slice can fall short of such a promise
        reading = Reading("reading.ranking_flat", {"auc": 0.5})
        return Result("ROB-04", scope, part.n, part.events, None, Verdict.NOT_COMPUTABLE, SOURCE, reading)
    return weak_spots_test(measure, scope, (part.n, part.events), evidence.thresholds)


def _families(evidence: Evidence, name: str) -> Iterator[tuple[str, Iterable[Slice]]]:
    try:
        sample = sampled(evidence, name)
    except EvidenceError:
        yield "bins", []
        yield "pairs", []
        return
    needed = evidence.thresholds.slice_events
    yield "bins", (each for cut in single(sample) for each in _judged(sample, cut, needed))
    names = [each for each in evidence.cells[DEVELOPMENT].inputs if each in sample.bins]
    yield "pairs", (each for cut in paired(sample, names) for each in _judged(sample, cut, needed))


def _judged(sample: Sample, cut: Sliced, needed: float) -> Iterator[Slice]:
    rows, bads = (cut.goods + cut.bads).sum(axis=1), cut.bads.sum(axis=1)
    expected = (cut.goods + cut.bads) @ sample.pd
    p_ratio = excess_p(bads, expected, _variance(sample, cut))
    fit = _smallest(sample, rows, expected) >= needed
    ranked = fit & (_smallest(sample, rows, bads) >= needed)
    auc, deficit, error = _shortfall(sample, cut)
    p_deficit = np.where(error > 0, ndtr(-deficit / np.where(error > 0, error, 1.0)), 1.0)
    for place, name in enumerate(cut.names):
        yield Slice(
            name,
            float(rows[place]),
            float(bads[place]),
            float(expected[place]),
            float(bads[place] / max(expected[place], 1e-12)),
            float(auc[place]) if ranked[place] else None,
            float(deficit[place]) if ranked[place] else None,
            float(p_ratio[place]) if fit[place] else None,
            float(p_deficit[place]) if ranked[place] else None,
            float(error[place]) if ranked[place] else None,
        )


def _smallest(sample: Sample, rows: Floats, bads: Floats) -> Floats:
    """Return the fewest goods or bads, in every part or in the rest, if the part has so many bads."""
    whole = float(sample.bads.sum())
    return np.asarray(np.minimum.reduce([bads, rows - bads, whole - bads, float(sample.goods.sum()) - (rows - bads)]))


def _variance(sample: Sample, cut: Sliced) -> Floats:
    """Return the variance of the bads of every part, once the bads of the whole sample are given."""
    each = (cut.goods + cut.bads) @ (sample.pd * (1 - sample.pd))
    chance = sample.pd[sample.rung]
    whole = float((sample.goods + sample.bads) @ (chance * (1 - chance)))
    return np.asarray(each * np.maximum(1 - each / whole, 0.0))


def _shortfall(sample: Sample, cut: Sliced) -> tuple[Floats, Floats, Floats]:
    """Return the AUC of every part, by how much more it falls short of its PDs' promise than the rest's, and the error of that."""
    size = sample.pd.size
    whole = [np.bincount(sample.rung, side, size) for side in (sample.goods, sample.bads)]
    auc, error = _auc(cut.goods, cut.bads)
    rest, rest_error = _auc(whole[0] - cut.goods, whole[1] - cut.bads)
    rows, others = cut.goods + cut.bads, whole[0] + whole[1] - cut.goods - cut.bads
    promised, _ = _auc(rows * (1 - sample.pd), rows * sample.pd)
    rest_promised, _ = _auc(others * (1 - sample.pd), others * sample.pd)
    deficit = (promised - auc) - (rest_promised - rest)
    return auc, deficit, np.sqrt(error + rest_error)


def _auc(goods: Floats, bads: Floats) -> tuple[Floats, Floats]:
    """Return AUCs and their variances, a part per row and a score per column, the riskiest first; nonsense where a side is empty."""
    good, bad = (np.maximum(side.sum(axis=1, keepdims=True), 1e-12) for side in (goods, bads))
    above = 1 - (np.cumsum(goods, axis=1) - goods / 2) / good
    below = (np.cumsum(bads, axis=1) - bads / 2) / bad
    auc = (bads * above).sum(axis=1) / bad[:, 0]
    of_bads = (bads * (above - auc[:, None]) ** 2).sum(axis=1) / np.maximum(bad[:, 0] - 1, 1.0) / bad[:, 0]
    of_goods = (goods * (below - auc[:, None]) ** 2).sum(axis=1) / np.maximum(good[:, 0] - 1, 1.0) / good[:, 0]
    return auc, of_bads + of_goods


def _measures(slices: list[Slice], thresholds: Thresholds) -> Iterator[Measure]:
    judged = [each for each in slices if each.p_ratio is not None]
    ratio = Limits(thresholds.weak_ratio_amber, thresholds.weak_ratio_red)
    expected = float(np.median([each.expected for each in judged])) if judged else 0.0
    yield Measure(
        "calibration",
        [each.ratio for each in judged],
        [each.p_ratio for each in judged if each.p_ratio is not None],
        [each.name for each in judged],
        len(slices) - len(judged),
        ratio,
        1 + _bar(len(judged)) / sqrt(expected) if judged else None,
    )
    ranked = [each for each in slices if each.deficit is not None and each.p_deficit is not None]
    yield Measure(
        "ranking",
        [each.deficit for each in ranked if each.deficit is not None],
        [each.p_deficit for each in ranked if each.p_deficit is not None],
        [each.name for each in ranked],
        len(slices) - len(ranked),
        Limits(thresholds.weak_auc_amber, thresholds.weak_auc_red),
        _bar(len(ranked)) * float(np.median([each.error for each in ranked if each.error is not None])) if ranked else None,
    )


def _bar(slices: int) -> float:
    """Return the standard errors that the worst of so many slices must show to be found four times in five."""
    return float(ndtri(1 - AMBER_P / max(slices, 1)) + ndtri(POWER))
