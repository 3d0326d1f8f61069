"""Tables behind the figures of a validation: curves, distributions, and what holds by period, segment and group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from scorecard.metrics import auc_interval, jeffreys_interval
from scorecard.settings import Thresholds
from scorecard.validation.evidence import DEVELOPMENT, PERIOD, Evidence, Floats, Scored, shortage
from scorecard.validation.judging import Limits, judge
from scorecard.validation.robustness.weak_spots import weak_spots

BANDS = 24  # of equal width, over the scores of all samples
Row = dict[str, Any]


def curves(evidence: Evidence) -> dict[str, tuple[Floats, Floats]]:
    """Return per sample with outcomes the shares of goods and of bads at or below each score, both from 0 to 1: its ROC curve."""
    found = {}
    for name, part in _observed(evidence):
        ladder = part.ladder
        if ladder.goods.sum() > 0 and ladder.bads.sum() > 0:
            found[name] = _from_zero(ladder.goods), _from_zero(ladder.bads)
    return found


def captures(evidence: Evidence) -> dict[str, tuple[Floats, Floats]]:
    """Return per sample with outcomes the shares of customers and of bads at or below each score: its CAP curve."""
    found = {}
    for name, part in _observed(evidence):
        ladder = part.ladder
        if ladder.goods.sum() > 0 and ladder.bads.sum() > 0:
            found[name] = _from_zero(ladder.rows), _from_zero(ladder.bads)
    return found


def thinned(curve: tuple[Floats, Floats], most: int = 200) -> tuple[list[float], list[float]]:
    """Return a curve with at most so many points, its ends included, ready for JSON.

    Examples
    --------
    >>> thinned((np.linspace(0, 1, 1001), np.linspace(0, 1, 1001)), 3)
    ([0.0, 0.5, 1.0], [0.0, 0.5, 1.0])
    """
    places = np.unique(np.linspace(0, len(curve[0]) - 1, min(most, len(curve[0]))).round().astype(int))
    across, up = (np.asarray(side)[places].round(6).tolist() for side in curve)
    return across, up


def distributions(evidence: Evidence) -> list[Row]:
    """Return the share of each sample's customers in score bands of equal width: ``sample``, ``from_score``, ``to_score``, ``share``."""
    ends = [(part.score.min(), part.score.max()) for part in evidence.samples.values()]
    low, high = min(first for first, _ in ends), max(last for _, last in ends)
    edges = np.linspace(low, high if high > low else low + 1, BANDS + 1)
    rows = []
    for name, part in evidence.samples.items():
        shares = np.histogram(part.score, edges, weights=part.weight)[0]
        shares = shares / shares.sum()
        rows += [
            {"sample": name, "from_score": float(edges[place]), "to_score": float(edges[place + 1]), "share": float(share)}
            for place, share in enumerate(shares)
        ]
    return rows


def grades(evidence: Evidence) -> list[Row]:
    """Return customers, bads and mean PD of every grade in every sample with outcomes."""
    rows = []
    for name, part in _observed(evidence):
        counts = part.by_grade(len(evidence.grades))
        rows += [
            {"sample": name, "name": grade, "count": int(customers), "bads": int(defaults), "pd": float(pd)}
            for grade, customers, defaults, pd in zip(evidence.grades, counts.customers, counts.defaults, counts.pd, strict=True)
        ]
    return rows


def by_period(evidence: Evidence) -> list[Row]:
    """Return `by_label` of the periods after development, in order of time; those of development where there are no others."""
    rows = sorted(by_label(evidence, PERIOD), key=lambda row: str(row["level"]))
    later = [row for row in rows if row["sample"] != DEVELOPMENT]
    return later or rows


def by_label(evidence: Evidence, label: str) -> list[Row]:
    """Return bad rate, mean PD and AUC of what a label divides the samples into.

    Parameters
    ----------
    evidence : Evidence
    label : str
        A segment, a protected attribute, or ``@period``.

    Returns
    -------
    list of dict
        ``sample``, ``level``, ``count``, ``bads``, ``bad_rate`` with its Jeffreys interval ``rate_low`` and ``rate_high``, ``pd``;
        ``auc`` with ``auc_low`` and ``auc_high``, None where goods or bads are fewer than the least for an answer. Weighted rows
        count for what they are worth.
    """
    rows = []
    for name, part in _observed(evidence):
        if label in part.labels:
            divided = part.labels[label]
            rows += [
                _level(name, level, part.part(divided.codes == code), evidence.thresholds)
                for code, level in enumerate(divided.names)
                if part.worth[divided.codes == code].sum() > 0
            ]
    return rows


def approvals(evidence: Evidence) -> list[Row]:
    """Return who is approved by group of every protected attribute: ``attribute``, ``sample``, ``group``, counts and share.

    Nothing without a cut-off; groups of so few that their figures would say who they are, are left out. Weighted rows count by
    their effective number, as in the tests of groups.
    """
    rows: list[Row] = []
    if evidence.cutoff is None:
        return rows
    for name, part in evidence.samples.items():
        for attribute in evidence.protected:
            if attribute in part.labels:
                divided = part.labels[attribute]
                approved = part.score >= evidence.cutoff
                rows += [
                    _approved(attribute, name, group, part.worth[divided.codes == code], approved[divided.codes == code])
                    for code, group in enumerate(divided.names)
                    if part.worth[divided.codes == code].sum() >= 2 * evidence.thresholds.fair_cell
                ]
    return rows


def weak(evidence: Evidence, most: int = 12) -> list[Row]:
    """Return the slices of the last sample with outcomes that are worst calibrated: ``name``, ``value`` (bads per expected bad) and its interval.

    Those too small to be judged are left out; the others have the verdict that the search for weak spots gives them (ROB-04).

    References
    ----------
    Garwood (1936), Biometrika 28, for the interval of a count.
    """
    observed = [name for name, part in evidence.later.items() if part.bad is not None]
    if not observed or evidence.model is None:
        return []
    limits = Limits(evidence.thresholds.weak_ratio_amber, evidence.thresholds.weak_ratio_red)
    found = weak_spots(evidence, observed[-1]).dropna(subset=["p_ratio"]).head(most)
    return [
        {"name": row.name, "value": float(row.ratio), "low": _count_low(row.bads) / row.expected, "high": _count_high(row.bads) / row.expected,
         "verdict": judge(row.ratio, row.p_ratio_holm, limits).value, "sample": observed[-1]}
        for row in found.itertuples(index=False)
    ]  # fmt: skip


def _count_low(count: float) -> float:
    return float(gammaincinv(count, 0.025)) if count > 0 else 0.0


def _count_high(count: float) -> float:
    return float(gammaincinv(count + 1, 0.975))


def _approved(attribute: str, sample: str, group: str, worth: Floats, approved: NDArray[np.bool_]) -> Row:
    rows, count = float(worth.sum()), float(worth[approved].sum())
    low, high = jeffreys_interval(count, rows)
    told = {"attribute": attribute, "sample": sample, "group": group, "count": round(rows), "approved": round(count)}
    return told | {"approval_rate": count / rows, "rate_low": low, "rate_high": high}


def _level(sample: str, level: str, part: Scored, thresholds: Thresholds) -> Row:
    ladder, plain = part.ladder, part.ladder.plain()
    rows, bads = float(plain.rows.sum()), float(plain.bads.sum())
    low, high = jeffreys_interval(bads, rows)
    row: Row = {"sample": sample, "level": level, "count": round(rows), "bads": round(bads), "bad_rate": bads / rows}
    row |= {"rate_low": low, "rate_high": high, "pd": ladder.mean_pd, "auc": None, "auc_low": None, "auc_high": None}
    if shortage(ladder, thresholds) is None:
        ends = auc_interval(ladder.auc) if ladder.auc.variance > 0 else (None, None)
        row |= {"auc": ladder.auc.auc, "auc_low": ends[0], "auc_high": ends[1]}
    return row


def _observed(evidence: Evidence) -> Iterator[tuple[str, Scored]]:
    return ((name, part) for name, part in evidence.samples.items() if part.bad is not None)


def _from_zero(counts: Floats) -> Floats:
    return np.concatenate([[0.0], counts.cumsum() / counts.sum()])
