"""Would the scorecard hold in a worse mix of customers? Later samples are weighted towards the bins where it was weakest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from pandas import DataFrame

from scorecard.errors import EvidenceError
from scorecard.metrics import holm, placed, reweighted
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Cells, Floats, Ints
from scorecard.validation.evidence import DEVELOPMENT, Evidence, not_due, shortage, without_initial, without_model
from scorecard.validation.judging import REACH, Z95, Limits, told, unless_blind, upper_p, worst_case
from scorecard.validation.robustness.slices import levelled

SOURCE = "Ben-Tal et al. (2013), phi-divergence balls; DeLong et al. (1988); limits: convention"
GRADES = "grades"
HALVINGS = 60
STEEPEST = 50.0  # an exponent beyond it leaves one bin alone
MEASURES = ("ranking", "calibration")


class Mix(NamedTuple):
    """A sample weighted to a worse mix of one characteristic.

    Attributes
    ----------
    name : str
        Of the characteristic, or ``grades``.
    lost, lost_error : float
        AUC lost against the sample as it is, and its standard error.
    ratio, ratio_error : float
        Bads per expected bad, with PDs moved so that the sample as it is has as many as expected.
    auc, bad_rate : float
        Of the mix.
    """

    name: str
    lost: float
    lost_error: float
    ratio: float
    ratio_error: float
    auc: float
    bad_rate: float


def shift_test(found: Sequence[Mix], measure: str, scope: str, rows: tuple[int, int], thresholds: Thresholds) -> Result:
    """Judge ranking or calibration in the worst mix of customers within a budget (ROB-05).

    Parameters
    ----------
    found : sequence of Mix
        One for every characteristic, for calibration also one for the grades (a narrower range of scores always ranks less
        well): the sample weighted towards the bins where, at development, more
        customers cost most AUC (ranking) or had most bads per expected bad (calibration). Weights fall exponentially with that,
        the steepest way for a given divergence, as far as a PSI of `shift_budget` to the sample as it is. The direction comes
        from development and not from the sample, so that no noise is searched for.
    measure : {"ranking", "calibration"}
    scope : str
        The sample and the measure.
    rows : (int, int)
        Customers and bads.
    thresholds : Thresholds
        `shift_budget`; `shift_auc_amber`, `shift_auc_red`; `shift_ratio_amber`, `shift_ratio_red`.

    Returns
    -------
    Result
        The AUC lost, or bads per expected bad, in the worst mix, the largest of those with the worst verdict: amber and red beyond the limits where p, adjusted for all
        mixes (Holm), is below 5 % and 1 %. The reading names AUC, calibration and bad rate of that mix. `detectable` is what
        p < 5 % without adjustment would have found four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    Ben-Tal, den Hertog, De Waegenaere, Melenberg & Rennen (2013), Robust Solutions of Optimization Problems Affected by
    Uncertain Probabilities, Management Science 59; DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44. The limits and the
    budget are conventions.

    Examples
    --------
    >>> found = [Mix("income", 0.06, 0.005, 1.02, 0.03, 0.72, 0.12)]
    >>> shift_test(found, "ranking", "test: ranking", (5000, 500), Thresholds()).verdict.value
    'amber'
    """
    if measure == "ranking":
        limits, null = Limits(thresholds.shift_auc_amber, thresholds.shift_auc_red), 0.0
        sizes, errors = [each.lost for each in found], [each.lost_error for each in found]
    else:
        limits, null = Limits(thresholds.shift_ratio_amber, thresholds.shift_ratio_red), 1.0
        sizes, errors = [each.ratio for each in found], [each.ratio_error for each in found]
    p_values = [upper_p(size - null, error) for size, error in zip(sizes, errors, strict=True)]
    adjusted = holm(p_values)
    at, verdict = worst_case(sizes, adjusted, limits)
    worst, size, error, p_holm = found[at], sizes[at], errors[at], float(adjusted[at])
    values = {
        "name": Reading("reading.the_grades") if worst.name == GRADES else worst.name,
        "mixes": len(found),
        "budget": thresholds.shift_budget,
        "lost": worst.lost,
        "auc": worst.auc,
    }
    values |= {"ratio": worst.ratio, "bad_rate": worst.bad_rate, "limit": limits.amber, "p": p_values[at], "p_holm": p_holm}
    result = Result(
        "ROB-05",
        scope,
        *rows,
        size,
        verdict,
        SOURCE,
        Reading(told(f"shift_{measure}", size, p_holm, limits.amber), values),
        interval=(size - Z95 * error, size + Z95 * error),
        threshold=limits.amber,
        p_value=p_values[at],
        effect=size - null,
        null="the scorecard is as good in the worse mix as in the sample as it is",
        detectable=null + REACH * error,
    )
    return unless_blind(result, limits.red)


def each_shift(evidence: Evidence) -> list[Result]:
    """Run ROB-05 on every sample after development: ranking and calibration."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-05", evidence, SOURCE)]
    if few := without_initial(evidence, "ROB-05", SOURCE):
        return few
    results: list[Result] = []
    for name in evidence.cells:
        if name != DEVELOPMENT:
            results += _of_sample(evidence, name)
    return results


def shift_table(evidence: Evidence, sample: str) -> DataFrame:
    """Return every mix of a sample, for both measures."""
    return DataFrame([{"measure": measure} | mix._asdict() for measure in MEASURES for mix in _mixes(evidence, sample, measure)])


def tilted(shares: Floats, direction: Floats, budget: float) -> Floats:
    """Return shares moved in a direction, exponentially, until their PSI to the given ones is the budget.

    Parameters
    ----------
    shares : array of shape (k,)
        All above 0, summing to 1.
    direction : array of shape (k,)
        Larger where more is wanted; not all equal.
    budget : float
        PSI, above 0.

    Examples
    --------
    >>> tilted(np.array([0.5, 0.5]), np.array([0.0, 1.0]), 0.25).round(3)
    array([0.26, 0.74])
    """
    scaled = (direction - direction.mean()) / np.ptp(direction)
    low, high = 0.0, STEEPEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        moved = _moved(shares, scaled, middle)
        far = float(((moved - shares) * np.log(moved / shares)).sum()) > budget
        low, high = (low, middle) if far else (middle, high)
    return _moved(shares, scaled, low)


def _of_sample(evidence: Evidence, name: str) -> list[Result]:
    part = evidence.samples[name]
    if part.bad is None:
        return [not_due("ROB-05", name, part, SOURCE)]
    rows, short = (part.n, part.events), shortage(part.ladder, evidence.thresholds)
    if short:
        return [Result("ROB-05", name, *rows, None, Verdict.INSUFFICIENT_DATA, SOURCE, short)]
    results = []
    for measure in MEASURES:
        found, scope = list(_mixes(evidence, name, measure)), f"{name}: {measure}"
        if found:
            results.append(shift_test(found, measure, scope, rows, evidence.thresholds))
        else:
            reading = Reading("reading.no_direction")
            results.append(Result("ROB-05", scope, *rows, None, Verdict.NOT_COMPUTABLE, SOURCE, reading))
    return results


def _mixes(evidence: Evidence, name: str, measure: str) -> Iterator[Mix]:
    start, cells = evidence.cells[DEVELOPMENT], evidence.cells[name]
    steps, goods, bads = cells.steps(), cells.goods, cells.bads
    before, rows = placed(steps, goods, bads), goods + bads
    try:
        pd = levelled(cells.pd(steps), rows, float(bads.sum()))
    except EvidenceError:
        return
    worth = _worth(start, measure)
    for (axis, code, size), (_, then, _) in zip(_axes(cells), _axes(start), strict=True):
        if measure == "ranking" and axis == GRADES:
            continue
        direction, known = _direction(then, size, worth, start.goods + start.bads)
        held = np.bincount(code[code >= 0], rows[code >= 0], size)
        used = known & (held > 0)
        if used.sum() < 2 or not np.ptp(direction[used]):  # noqa: PLR2004
            continue
        weight = np.ones(size)
        weight[used] = tilted(held[used] / held[used].sum(), direction[used], evidence.thresholds.shift_budget)
        weight[used] /= held[used] / held[used].sum()
        times = np.where(code >= 0, weight[code], 1.0)
        after, error = reweighted(before, steps, times)
        ratio, ratio_error = _ratio(times, rows, bads, pd)
        rate = float(times @ bads / (times @ rows))
        yield Mix(axis, before.auc - after.auc, error, ratio, ratio_error, after.auc, rate)


def _axes(cells: Cells) -> Iterator[tuple[str, Ints, int]]:
    """Yield what a mix can be made of: each input's bin of every cell, -1 in segments without it, and the grades."""
    for name in dict.fromkeys(term.name for term in cells.card.terms):
        starts, size = {}, 0  # the bins of each segment are counted one after the other, whether or not it has customers
        for segment in cells.card.segments:
            starts[segment.name] = size
            size += next((len(term.points) for term in segment.terms if term.name == name), 0)
        parts = [
            block.bins[:, block.names.index(name)].astype(np.int64) + starts[block.segment.name]
            if name in block.names
            else np.full(len(block.bins), -1)
            for block in cells.blocks
        ]
        yield name, np.concatenate(parts), size
    yield GRADES, cells.grade(cells.steps()).astype(np.int64), len(cells.card.grades)


def _worth(start: Cells, measure: str) -> tuple[Floats, Floats]:
    """Return, of every cell of development, what tells how bad more of its customers are: a sum, and what it is divided by."""
    steps, goods, bads = start.steps(), start.goods, start.bads
    if measure == "calibration":
        return bads, (goods + bads) * start.pd(steps)
    found = placed(steps, goods, bads)
    gain = bads * (found.of_bads - found.auc) / bads.sum() + goods * (found.of_goods - found.auc) / goods.sum()
    return -gain, goods + bads


def _direction(
    code: Ints, size: int, worth: tuple[Floats, Floats], rows: Floats
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return how bad more customers of each bin are, and which bins development had."""
    inside = code >= 0
    above, below, held = (np.bincount(code[inside], each[inside], size) for each in (*worth, rows))
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0), held > 0


def _ratio(times: Floats, rows: Floats, bads: Floats, pd: Floats) -> tuple[float, float]:
    """Return bads per expected bad in a mix, with the standard error under right PDs, once the sample's level is given."""
    variance = rows * pd * (1 - pd)
    expected = float(times @ (rows * pd))
    centre = float(times @ variance) / float(variance.sum())
    return float(times @ bads) / expected, float(np.sqrt(((times - centre) ** 2) @ variance)) / expected


def _moved(shares: Floats, direction: Floats, steepness: float) -> Floats:
    moved = shares * np.exp(steepness * direction)
    return np.asarray(moved / moved.sum())
