"""Does any input of the card, or do all of them, tell to which group a customer belongs? The rows behind FAI-06."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from scorecard import metrics, regression
from scorecard.errors import EvidenceError
from scorecard.metrics import Auc
from scorecard.model import Scorecard
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Floats, Ints, Modelled
from scorecard.validation.fairness.groups import EVERYBODY, silent
from scorecard.validation.fairness.proxies import ALL_INPUTS, NAMED, Crossed, all_inputs, is_flagged, proxy
from scorecard.validation.fairness.refits import FITTED, has_coefficients, refits
from scorecard.woe import column

PAIR = 2  # of two groups, what tells one tells the other


def each_proxy(evidence: Evidence) -> list[Result]:
    """Run FAI-06 on every input and protected attribute of the last sample, and on all inputs together."""
    if not evidence.protected:
        return [silent(NAMED, EVERYBODY, Reading("reading.fair_no_attribute"))]
    if evidence.model is None:
        return [silent(NAMED, EVERYBODY, Reading("reading.no_rows_of_card"))]
    bins = _Bins(evidence.model, [name for name in evidence.samples if name in evidence.model.tables][-1])
    return [result for attribute in evidence.protected for result in _of(evidence, bins, attribute)]


def _of(evidence: Evidence, bins: _Bins, attribute: str) -> list[Result]:
    where = f"{bins.sample}: {attribute}"
    labels = [evidence.samples[name].labels.get(attribute) for name in (DEVELOPMENT, bins.sample)]
    first, last = labels
    if first is None or last is None:
        return [silent(NAMED, where, Reading("reading.fair_absent", {"attribute": attribute}))]
    size, least = len(first.names), evidence.thresholds.fair_cell
    members = np.array([np.bincount(each.codes[each.codes >= 0], minlength=size) for each in (first, last)])
    if (members.max(axis=0) > 0).sum() < 2:  # noqa: PLR2004  nobody to tell from others
        return [silent(NAMED, where, Reading("reading.fair_one_group", {"attribute": attribute}))]
    kept = np.flatnonzero(members.min(axis=0) >= least)
    if kept.size < 2:  # noqa: PLR2004
        values = {
            "groups": int((members.max(axis=0) > 0).sum() - kept.size),
            "largest": int(members.min(axis=0).max()),
            "needed": least,
        }
        return [silent(NAMED, where, Reading("reading.fair_few_members", values), Verdict.INSUFFICIENT_DATA)]
    place = np.full(size + 1, -1)  # the last one, at -1, is of rows without a value
    place[kept] = np.arange(kept.size)
    groups, codes = [first.names[each] for each in kept], (place[first.codes], place[last.codes])
    crossed = [Crossed(name, *bins.crossed(name, codes, len(groups))) for name in bins.names]
    told = (where, evidence.thresholds)
    return [*_inputs(bins, crossed, groups, told), _together(bins, (crossed, codes), groups, told)]


def _inputs(bins: _Bins, crossed: Sequence[Crossed], groups: Sequence[str], told: tuple[str, Thresholds]) -> list[Result]:
    where, thresholds = told
    weighed = [
        replace(each, marginal_iv=bins.marginal_iv(each.name)) if is_flagged(each, thresholds) else each for each in crossed
    ]
    return proxy(weighed, groups, where, thresholds)


class _Bins:
    """The bin of every row of development and of the last sample in each input of the card, whatever segment reads it."""

    def __init__(self, model: Modelled, sample: str) -> None:
        self.model, self.sample = model, sample
        self.sizes, (self.before, self.now) = (
            _sizes(model.card),
            (_codes(model.card, model.tables[each]) for each in (DEVELOPMENT, sample)),
        )
        self.names = list(self.sizes)
        self._marginal: dict[str, float | None] = {}

    def crossed(self, name: str, codes: tuple[Ints, Ints], groups: int) -> tuple[Floats, Floats]:
        """Return rows by bin and group at development and in the sample."""
        before, now = (
            _table(mine[name], of, (self.sizes[name], groups)) for mine, of in zip((self.before, self.now), codes, strict=True)
        )
        return before, now

    def marginal_iv(self, name: str) -> float | None:
        """Return the marginal IV of an input; None where the card has segments, no coefficients, or the others no fit."""
        if name not in self._marginal:
            self._marginal[name] = self._found(name)
        return self._marginal[name]

    def _found(self, name: str) -> float | None:
        card = self.model.card
        if card.segmentation is not None or not has_coefficients(card):
            return None
        try:
            return next(refits(self.model)).marginal_iv(name)
        except EvidenceError:
            return None


def _sizes(card: Scorecard) -> dict[str, int]:
    """Return how many bins each input has in all segments, and one for the rows of segments that do not read it."""
    sizes = dict.fromkeys(card.inputs, 1)
    for term in card.terms:
        sizes[term.name] += len(term.characteristic.bins)
    return (
        sizes
        if card.segmentation is None
        else sizes
        | {card.segmentation.characteristic.name: sizes[card.segmentation.characteristic.name] + len(card.segmentation.segments)}
    )


def _codes(card: Scorecard, table: pa.Table) -> dict[str, Ints]:
    found = {name: np.zeros(table.num_rows, dtype=np.int64) for name in card.inputs}
    start = dict.fromkeys(card.inputs, 1)
    rule = card.segmentation
    if rule is not None:
        name = rule.characteristic.name
        found[name] = start[name] + rule.characteristic.assign(column(table, name))
        start[name] += len(rule.segments)
    for segment, rows, part in card.parts(table):
        for term in segment.terms:
            found[term.name][rows] = start[term.name] + term.characteristic.assign(column(part, term.name))
            start[term.name] += len(term.characteristic.bins)
    return found


def _table(codes: Ints, groups: Ints, shape: tuple[int, int]) -> Floats:
    held = groups >= 0
    return np.bincount(codes[held] * shape[1] + groups[held], minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def _together(
    bins: _Bins, found: tuple[Sequence[Crossed], tuple[Ints, Ints]], groups: Sequence[str], told: tuple[str, Thresholds]
) -> Result:
    """Judge all inputs together by the group that a logit on development tells best on later rows."""
    (where, thresholds), (crossed, codes) = told, found
    tried = 1 if len(groups) == PAIR else len(groups)
    areas = [(group, area) for group in range(tried) for area in _joint(bins, crossed, codes, group)]
    rows = int((codes[1] >= 0).sum())
    if not areas:
        return silent(NAMED, f"{where}: {ALL_INPUTS}", Reading("reading.fair_joint_none"), rows=rows)
    place, area = max(areas, key=lambda found: found[1].auc)
    return all_inputs(area, groups[place], (where, rows, tried), thresholds)


def _joint(bins: _Bins, crossed: Sequence[Crossed], codes: tuple[Ints, Ints], group: int) -> Iterator[Auc]:
    """Yield the AUC of a logit of belonging to a group on the log-odds of the group in the bins of each input; none without a fit."""
    telling = {each.name: _log_odds(each.before, group) for each in crossed if (each.before.sum(axis=1) > 0).sum() > 1}
    before, now = codes
    rows, held = _spaced(before), _spaced(now)
    try:
        matrix = np.column_stack([odds[bins.before[name][rows]] for name, odds in telling.items()])
        fit = regression.fit(matrix, (before[rows] == group).astype(np.int64), penalty=1.0)
    except (EvidenceError, ValueError):
        return
    line = sum(slope * odds[bins.now[name][held]] for slope, (name, odds) in zip(fit.coefficients, telling.items(), strict=True))
    yield metrics.delong(now[held] == group, line)


def _spaced(codes: Ints) -> Ints:
    """Return the places of rows that have a group, evenly spaced where they are many."""
    rows = np.flatnonzero(codes >= 0)
    return rows[np.linspace(0, rows.size - 1, min(rows.size, FITTED)).astype(np.int64)]


def _log_odds(before: Floats, group: int) -> Floats:
    """Return how the log-odds of a group in each bin differ from those of all rows; half a row is added to every count."""
    mine, others = before[:, group] + 0.5, before.sum(axis=1) - before[:, group] + 0.5
    return np.asarray(np.log(mine / others) - np.log(mine.sum() / others.sum()))
