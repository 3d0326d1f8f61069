"""Does the ranking hold when inputs are measured a little differently? Every input is perturbed, several times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas
import pyarrow as pa

from scorecard.model import Term
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Bins, Block, Cells, Floats
from scorecard.validation.evidence import DEVELOPMENT, Evidence, without_model
from scorecard.validation.judging import REACH, Z95, Limits, judge, told, unless_blind
from scorecard.validation.robustness.effects import Effect, base, changed, mean, unfit
from scorecard.woe import column, numbers

SOURCE = "Breiman (2001), section 10, by perturbing instead of permuting; limits: convention"
RELATIVE = 0.10  # of each value, up or down
SPREAD = 0.10  # of the input's standard deviation at development
REASSIGNED = 0.05  # of the customers get the level of another one
DRAWS = 5
Move = Callable[[Any, float, np.random.Generator], Any]  # values or bins, the input's standard deviation, and what draws


def noise_test(effect: Effect, scope: str, rows: tuple[int, int], thresholds: Thresholds) -> Result:
    """Judge what is lost when all inputs are perturbed at once (ROB-01).

    Parameters
    ----------
    effect : Effect
        Mean of the draws.
    scope : str
        The sample and the kind of noise: every number up to 10 % up or down (relative), a tenth of its standard deviation
        (spread), or 5 % of the customers with the level of another one (levels). Missing and special values stay.
    rows : (int, int)
        Customers and bads.
    thresholds : Thresholds
        `noise_amber`, `noise_red` for the AUC lost, `regraded` for the share of customers whose grade changes.

    Returns
    -------
    Result
        The AUC lost: amber and red beyond the limits where p < 5 % and p < 1 %, the same customers being ranked twice. Amber
        too where more than `regraded` of the customers change grade. Without enough goods and bads the grades alone
        are judged, and a good answer is insufficient data. `detectable` is the loss that p < 5 % would have found four times
        in five. An effect beyond the amber limit that chance explains is insufficient data, not green, where `detectable` is beyond
        the red limit.

    References
    ----------
    Breiman (2001), Random Forests, Machine Learning 45, section 10, whose idea of permuting an input is softened to
    perturbing it; DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, for the error. The limits are a convention.

    Examples
    --------
    >>> noise_test(Effect(0.001, 0.0005, 0.1, 0.0, 1.2, 20.0), "test: relative", (5000, 500), Thresholds()).verdict.value
    'green'
    """
    limits = Limits(thresholds.noise_amber, thresholds.noise_red)
    values = {"regraded": effect.regraded, "most": thresholds.regraded, "size": effect.size, "draws": DRAWS}
    restless = effect.regraded > thresholds.regraded
    if effect.lost is None:
        verdict = Verdict.AMBER if restless else Verdict.INSUFFICIENT_DATA
        return Result("ROB-01", scope, *rows, None, verdict, SOURCE, Reading("reading.noise_unranked", values))
    verdict, key = judge(effect.lost, effect.p_value, limits), told("noise", effect.lost, effect.p_value, limits.amber)
    if verdict is Verdict.GREEN and restless:
        verdict, key = Verdict.AMBER, "reading.noise_regraded"
    result = Result(
        "ROB-01",
        scope,
        *rows,
        effect.lost,
        verdict,
        SOURCE,
        Reading(key, values | {"lost": effect.lost, "limit": limits.amber, "p": effect.p_value}),
        interval=(effect.lost - Z95 * effect.error, effect.lost + Z95 * effect.error),
        threshold=limits.amber,
        p_value=effect.p_value,
        effect=effect.regraded,
        null="the perturbed inputs rank customers as well",
        detectable=REACH * effect.error,
    )
    return unless_blind(result, limits.red)


def each_noise(evidence: Evidence) -> list[Result]:
    """Run ROB-01 on every sample after development, for each kind of noise that its inputs can have."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-01", evidence, SOURCE)]
    spreads = _spreads(evidence)
    return [result for sample in evidence.cells if sample != DEVELOPMENT for result in _noisy(evidence, sample, spreads)]


def _noisy(evidence: Evidence, sample: str, spreads: Mapping[str, float]) -> Iterator[Result]:
    part, card = evidence.samples[sample], evidence.cells[sample].card
    rows = [_rowwise(block, evidence, sample) for block in evidence.cells[sample].blocks]
    before = base(Cells(card, tuple(each.block for each in rows)), part, evidence.thresholds.min_events)
    if few := unfit("ROB-01", sample, part, before, evidence.thresholds.min_rows):
        yield few
        return
    present = {term.characteristic.kind for term in card.terms}
    for number, (kind, (of_kind, move)) in enumerate(KINDS.items()):
        if of_kind in present:
            random = np.random.default_rng([evidence.seed, 1, number])
            draws = [changed(before, [each.perturbed(of_kind, move, spreads, random) for each in rows]) for _ in range(DRAWS)]
            yield noise_test(mean(draws), f"{sample}: {kind}", (part.n, part.events), evidence.thresholds)


@dataclass(frozen=True, eq=False)
class _Rowwise:
    """A block in which every row is a cell, in an order that the rows' content alone decides, and the values of its numbers."""

    block: Block
    values: Mapping[str, Floats]

    def perturbed(self, kind: str, move: Move, spreads: Mapping[str, float], random: np.random.Generator) -> Bins:
        """Return the bins once the inputs of a kind are perturbed."""
        bins = self.block.bins.copy()
        for place, term in enumerate(self.block.segment.terms):
            if term.characteristic.kind == kind == "numeric":
                moved = move(self.values[term.name], spreads[term.name], random)
                bins[:, place] = _binned(term, np.rint(moved) if term.dtype == "integer" else moved, bins[:, place])
            elif term.characteristic.kind == kind:
                bins[:, place] = move(bins[:, place], 0.0, random)
        return bins


def _relative(values: Floats, spread: float, random: np.random.Generator) -> Floats:
    return values * random.uniform(1 - RELATIVE, 1 + RELATIVE, values.size)


def _by_spread(values: Floats, spread: float, random: np.random.Generator) -> Floats:
    return values + random.normal(0.0, SPREAD * spread, values.size)


def _reassigned(bins: Floats, spread: float, random: np.random.Generator) -> Floats:
    others = np.sort(bins)[random.integers(0, bins.size, bins.size)]
    return np.where(random.random(bins.size) < REASSIGNED, others, bins)


KINDS: dict[str, tuple[str, Move]] = {
    "relative": ("numeric", _relative),
    "spread": ("numeric", _by_spread),
    "levels": ("categorical", _reassigned),
}


def _binned(term: Term, values: Floats, bins: Bins) -> Bins:
    """Return the intervals of values; missing and special ones keep their bins, and no number becomes special."""
    interval = np.array([each.kind == "interval" for each in term.characteristic.bins])
    found = np.searchsorted(np.array(term.characteristic.edges), values, side="right")
    return np.where(interval[bins], found, bins).astype(np.int16)


def _rowwise(block: Block, evidence: Evidence, sample: str) -> _Rowwise:
    part = evidence.samples[sample]
    table = evidence.modelled.tables[sample].select(block.names).take(pa.array(block.rows))
    bad = np.zeros(part.n, dtype=bool) if part.bad is None else part.bad == 1
    weight = part.worth
    content = table.to_pandas().assign(**{"@bad": bad[block.rows], "@weight": weight[block.rows]})
    order = np.argsort(pandas.util.hash_pandas_object(content, index=False).to_numpy(), kind="stable")
    goods, bads = ((weight * side)[block.rows][order] for side in (~bad, bad))
    counted = replace(
        block, rows=block.rows[order], cell=np.arange(order.size), bins=block.bins[block.cell[order]], goods=goods, bads=bads
    )
    numeric = [term.name for term in block.segment.terms if term.characteristic.kind == "numeric"]
    return _Rowwise(counted, {name: numbers(column(table, name))[order] for name in numeric})


def _spreads(evidence: Evidence) -> dict[str, float]:
    """Return the standard deviation at development of every numeric input, missing and special values left out."""
    table, found = evidence.modelled.tables[DEVELOPMENT], {}
    for term in evidence.cells[DEVELOPMENT].card.terms:
        if term.characteristic.kind == "numeric":
            values = numbers(column(table, term.name))
            special = [float(each.values[0]) for each in term.characteristic.bins if each.kind == "special"]
            plain = values[~np.isnan(values) & ~np.isin(values, special)]
            found[term.name] = float(plain.std()) if plain.size else 0.0
    return found
