"""Do the coefficients hold over time? Fits anew in every period, with the bins and WoE of the card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from scorecard.errors import EvidenceError
from scorecard.metrics import heterogeneity
from scorecard.model import Segment
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Block
from scorecard.validation.evidence import DEVELOPMENT, PERIOD, Evidence, Floats, with_family, without_model
from scorecard.validation.fits import fittable, refitted
from scorecard.validation.judging import Limits, judge, told
from scorecard.validation.stability.coefficients import named, unfitted

PERIODS_SOURCE = "Cochran (1954); Higgins & Thompson (2002); Holm (1979); limits: convention"
FEWEST_PERIODS = 2


@dataclass(frozen=True, eq=False)
class Estimates:
    """The coefficients of one regression, fitted in several periods.

    Attributes
    ----------
    names, periods : tuple of str
        Of the characteristics, and of the periods in time order.
    values, errors : arrays of shape (periods, characteristics)
        Coefficients and their standard errors; NaN where a period cannot tell them, as where everybody has the same value.
    customers, bads : int
        Behind all of them.
    """

    names: tuple[str, ...]
    periods: tuple[str, ...]
    values: Floats
    errors: Floats
    customers: int
    bads: int


def periods_test(found: Estimates, scope: str, thresholds: Thresholds) -> list[Result]:
    """Test of every coefficient whether it is the same in all periods (STA-10).

    Parameters
    ----------
    found : Estimates
    scope : str
        What precedes the name of the characteristic.
    thresholds : Thresholds
        `coefficient_drift_amber`, `coefficient_drift_red`, `events_per_coefficient`.

    Returns
    -------
    list of Result
        Cochran's Q, chi-square where one coefficient holds in all periods. `effect` is the standard deviation of the true
        coefficients between periods over the pooled coefficient: amber and red where it exceeds the limits and p, adjusted
        for all coefficients (Holm), is below 5 % and 1 %. `detectable` is the ratio that Q would find four times in five;
        insufficient data where it is beyond the red limit and nothing was found, for then a large drift could hide.
        Periods are joined, in time order, until each has `events_per_coefficient` goods and bads for every coefficient.

    References
    ----------
    Cochran (1954), Biometrics 10; Higgins & Thompson (2002), Statistics in Medicine 21; DerSimonian & Laird (1986),
    Controlled Clinical Trials 7; Peduzzi et al. (1996), Journal of Clinical Epidemiology 49, on events per coefficient.

    Examples
    --------
    >>> values, errors = np.array([[-1.0], [-1.1], [-0.4]]), np.full((3, 1), 0.05)
    >>> found = Estimates(("age",), ("2023", "2024", "2025"), values, errors, 9000, 900)
    >>> [(result.scope, result.verdict.value) for result in periods_test(found, "periods", Thresholds())]
    [('periods: age', 'amber')]
    """
    limits = Limits(thresholds.coefficient_drift_amber, thresholds.coefficient_drift_red)
    results = [_of_coefficient(found, place, scope, limits) for place in range(len(found.names))]
    return [_judged(result, limits) for result in with_family(results)]


def each_period(evidence: Evidence) -> list[Result]:
    """Run STA-10 on every coefficient of every segment, with the customers of all samples whose outcome is known."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("STA-10", evidence, PERIODS_SOURCE)]
    if any(PERIOD not in part.labels for part in evidence.samples.values()):
        rows = evidence.development.n, evidence.development.events
        return [Result("STA-10", "periods", *rows, None, Verdict.NOT_DUE, PERIODS_SOURCE, Reading("reading.no_periods"))]
    results: list[Result] = []
    for segment in evidence.cells[DEVELOPMENT].card.segments:
        blocks = list(_observed(evidence, segment.name))
        results += _over_time(evidence, blocks) if blocks else [_empty(evidence, segment)]
    return results


@dataclass(frozen=True, eq=False)
class _Timed:
    """Customers of one segment in all observed samples, by cell and period."""

    woe: Floats
    goods: Floats
    bads: Floats
    periods: tuple[str, ...]


def _over_time(evidence: Evidence, blocks: list[tuple[str, Block]]) -> list[Result]:
    first = blocks[0][1]
    timed = _timed(evidence, blocks)
    needed = _needed(evidence, first.segment)
    joined = _joined(timed, needed)
    rows = round(float((joined.goods + joined.bads).sum())), round(float(joined.bads.sum()))
    scope = named("periods", first.segment)
    if not fittable(first.segment):
        return [unfitted("STA-10", PERIODS_SOURCE, first)]
    if len(joined.periods) < FEWEST_PERIODS:
        return [_few(scope, rows, needed)]
    values, errors = _by_period(first, joined)
    if np.isfinite(values).any(axis=1).sum() < FEWEST_PERIODS:
        return [unfitted("STA-10", PERIODS_SOURCE, first)]
    return periods_test(Estimates(tuple(first.names), joined.periods, values, errors, *rows), scope, evidence.thresholds)


def _empty(evidence: Evidence, segment: Segment) -> Result:
    """Say that no sample of known outcome has customers of the segment."""
    return _few(named("periods", segment), (0, 0), _needed(evidence, segment))


def _few(scope: str, rows: tuple[int, int], needed: float) -> Result:
    reading = Reading("reading.few_in_periods", {"bads": rows[1], "needed": round(needed)})
    return Result("STA-10", scope, *rows, None, Verdict.INSUFFICIENT_DATA, PERIODS_SOURCE, reading)


def _needed(evidence: Evidence, segment: Segment) -> float:
    return evidence.thresholds.events_per_coefficient * (len(segment.terms) + 1)


def _by_period(block: Block, timed: _Timed) -> tuple[Floats, Floats]:
    """Return coefficients and standard errors, shape (periods, characteristics) each; NaN where a period cannot tell them."""
    shape = (len(timed.periods), len(block.names))
    values, errors = np.full(shape, np.nan), np.full(shape, np.nan)
    for at in range(len(timed.periods)):
        held = timed.goods[:, at] + timed.bads[:, at] > 0
        woe = timed.woe[held]
        varies = np.ptp(woe, axis=0) > 0
        with suppress(EvidenceError):
            fit = refitted(block.segment, woe[:, varies], (timed.goods[held, at], timed.bads[held, at]))
            values[at, varies], errors[at, varies] = fit.coefficients[1:], fit.errors[1:]
    return values, errors


def _of_coefficient(found: Estimates, place: int, scope: str, limits: Limits) -> Result:
    held = np.isfinite(found.values[:, place])
    values, periods = found.values[held, place], [name for name, known in zip(found.periods, held, strict=True) if known]
    about = (f"{scope}: {found.names[place]}", found.customers, found.bads)
    if len(values) < FEWEST_PERIODS:
        reading = Reading("reading.constant_in_periods", {"periods": len(values)})
        return Result("STA-10", *about, None, Verdict.INSUFFICIENT_DATA, PERIODS_SOURCE, reading)
    tested = heterogeneity(values, found.errors[held, place])
    low, high, middle = int(np.argmin(values)), int(np.argmax(values)), abs(tested.pooled)
    values_told: dict[str, str | float] = {
        "q": tested.q,
        "i_squared": tested.i_squared,
        "pooled": tested.pooled,
        "p": tested.p_value,
        "limit": limits.amber,
    }
    values_told |= {"periods": len(values), "lowest": float(values[low]), "lowest_period": periods[low]}
    values_told |= {"highest": float(values[high]), "highest_period": periods[high]}
    return Result(
        "STA-10",
        *about,
        tested.q,
        Verdict.GREEN,
        PERIODS_SOURCE,
        Reading("reading.drift_held", values_told),
        p_value=tested.p_value,
        effect=tested.spread / middle if middle else None,
        null="the coefficient is the same in every period",
        detectable=tested.detectable / middle if middle else None,
    )


def _judged(result: Result, limits: Limits) -> Result:
    """Give the verdict once p is adjusted for all coefficients."""
    if result.p_value is None:
        return result
    size, p_holm = result.effect or 0.0, float(result.reading.values["p_holm"])
    verdict, key = judge(size, p_holm, limits), told("drift", size, p_holm, limits.amber)
    if verdict is Verdict.GREEN and (result.detectable or 0.0) > limits.red:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.drift_blind"
    values = {**result.reading.values, "drift": size, "detectable": result.detectable or 0.0}
    return replace(result, verdict=verdict, reading=Reading(key, values))


def _observed(evidence: Evidence, segment: str) -> Iterator[tuple[str, Block]]:
    for name, cells in evidence.cells.items():
        if evidence.samples[name].bad is not None:
            yield from ((name, block) for block in cells.blocks if block.segment.name == segment)


def _timed(evidence: Evidence, blocks: list[tuple[str, Block]]) -> _Timed:
    names = evidence.development.labels[PERIOD].names
    goods, bads = [], []
    for sample, block in blocks:
        part = evidence.samples[sample]
        code = part.labels[PERIOD].codes[block.rows]
        dated = code >= 0
        place, weight = block.cell[dated] * len(names) + code[dated], part.worth[block.rows][dated]
        bad = part.outcome[block.rows][dated] == 1
        shape = (len(block.bins), len(names))
        goods.append(np.bincount(place, weight * ~bad, len(block.bins) * len(names)).reshape(shape))
        bads.append(np.bincount(place, weight * bad, len(block.bins) * len(names)).reshape(shape))
    return _Timed(np.concatenate([block.woe() for _, block in blocks]), np.concatenate(goods), np.concatenate(bads), names)


def _joined(timed: _Timed, needed: float) -> _Timed:
    """Join neighbouring periods until each has enough goods and bads; what is left at the end joins the last."""
    groups: list[list[int]] = [[]]
    for at in range(len(timed.periods)):
        if groups[-1] and _enough(timed, groups[-1], needed):
            groups.append([])
        groups[-1].append(at)
    if len(groups) > 1 and not _enough(timed, groups[-1], needed):
        last = groups.pop()
        groups[-1] += last
    ends = [dict.fromkeys((timed.periods[each[0]], timed.periods[each[-1]])) for each in groups]
    names = tuple(" - ".join(each) for each in ends)
    goods, bads = (np.column_stack([side[:, each].sum(axis=1) for each in groups]) for side in (timed.goods, timed.bads))
    return _Timed(timed.woe, goods, bads, names)


def _enough(timed: _Timed, periods: list[int], needed: float) -> bool:
    return bool(min(timed.goods[:, periods].sum(), timed.bads[:, periods].sum()) >= needed)
