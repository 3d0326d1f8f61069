"""What a card does on a sample at a cut-off: how well it ranks, whom it approves, and how evenly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

import numpy as np
import pandas
from scipy.special import ndtr

from scorecard import metrics
from scorecard.metrics.proportions import Share
from scorecard.validation.evidence import Floats, Scored
from scorecard.validation.fairness.groups import Division, Flags
from scorecard.validation.fairness.impact import few, shares

ROUNDING = 1e-15  # of a variance that is none


@dataclass(frozen=True, eq=False)
class Tried:
    """What a card does on a sample.

    Attributes
    ----------
    cutoff, auc, approval_rate, bad_rate : float
        The bad rate is that of the approved.
    approved : bool array of shape (rows,)
    """

    cutoff: float
    auc: float
    approval_rate: float
    bad_rate: float
    approved: Flags


def tried(part: Scored, score: Floats, cutoff: float) -> Tried:
    """Return what a score and a cut-off do on a sample; weighted rows count by their weights."""
    codes, levels = pandas.factorize(score)
    order = np.argsort(-levels)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    worth = np.ones(part.n) if part.weight is None else part.weight
    goods, bads = (np.bincount(place[codes], worth * side, minlength=order.size) for side in (1 - part.outcome, part.outcome))
    approved = levels[order] >= cutoff
    held = float((goods + bads)[approved].sum())
    return Tried(
        cutoff,
        metrics.auc_from_counts(goods, bads),
        held / float(worth.sum()),
        float(bads[approved].sum()) / held if held else 0.0,
        score >= cutoff,
    )


def nearest(part: Scored, score: Floats, rate: float) -> float:
    """Return the score from which approving comes nearest to a rate.

    Examples
    --------
    >>> part = Scored(None, np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 0.1), np.zeros(4, dtype=int))
    >>> nearest(part, part.score, 0.5)
    3.0
    """
    codes, levels = pandas.factorize(score)
    order = np.argsort(-levels)
    rows = np.bincount(codes, part.weight, minlength=levels.size)[order]
    return float(levels[order][np.argmin(np.abs(np.cumsum(rows) / rows.sum() - rate))])


@dataclass(frozen=True, eq=False)
class Standing:
    """How evenly a card approves the groups of an attribute, for other cards to be compared with.

    Attributes
    ----------
    divided : Division
    approved : bool array of shape (rows,)
        By the card.
    shares : list of Share
        The approved of all members of each group, by the card.
    places : list of int
        Groups that have enough approvals and declines.
    """

    divided: Division
    approved: Flags
    shares: list[Share]
    places: list[int]

    def beside(self, one: Tried) -> dict[str, Any]:
        """Return how evenly another card approves, beside this one.

        Returns
        -------
        dict
            ``group`` and ``ratio``: the group that stands worst beside the reference group, and the lower of their two rates
            over the higher; ``ratio_change`` of that ratio; ``p_value`` of the change for the group that stands worst by the
            card, on identical rows.
        """
        compared, after = self.divided.compared, self._shares(one.approved)
        (was, before), (place, ratio) = (self._worst(each) for each in (self.shares, after))
        return {"group": compared.names[place], "reference": compared.versus, "ratio": ratio, "ratio_change": ratio - before,
                "p_value": self._paired(one.approved, after, was)}  # fmt: skip

    def _shares(self, approved: Flags) -> list[Share]:
        counts = self.divided.count(approved).tolist()
        return [Share(count, share.whole) for count, share in zip(counts, self.shares, strict=True)]

    def _worst(self, found: Sequence[Share]) -> tuple[int, float]:
        reference = found[self.divided.compared.reference].rate
        return min(((place, evenness(found[place].rate, reference)) for place in self.places), key=lambda each: each[1])

    def _paired(self, approved: Flags, after: Sequence[Share], place: int) -> float:
        """Return the two-sided p-value that the ratio of approval rates of a group and the reference group is the same."""
        both = self._shares(self.approved & approved)
        change = variance = 0.0
        for sign, group in ((1.0, place), (-1.0, self.divided.compared.reference)):
            p, q, joint, n = self.shares[group].rate, after[group].rate, both[group].rate, self.shares[group].whole
            if min(p, q) == 0:
                return 1.0
            change += sign * log(q / p)
            variance += ((1 - p) / p + (1 - q) / q - 2 * (joint - p * q) / (p * q)) / n
        return float(2 * ndtr(-abs(change) / sqrt(variance))) if variance > ROUNDING else 1.0


def standing(divided: Division, card: Tried, cell: int) -> Standing | None:
    """Return how evenly the card approves; None where no group beside the reference group, or not itself, has enough.

    Parameters
    ----------
    divided : Division
    card : Tried
    cell : int
        Approvals, and declines, that a group needs.
    """
    found, compared = shares(replace(divided, approved=card.approved)), divided.compared
    places = [place for place in compared.others if not few([found[place]], cell)]
    if few([found[compared.reference]], cell) or not places:
        return None
    return Standing(divided, card.approved, found, places)


def evenness(one: float, other: float) -> float:
    """Return the lower of two rates over the higher; 1 where both are 0.

    Examples
    --------
    >>> evenness(0.6, 0.48), evenness(0.48, 0.6), evenness(0.0, 0.0)
    (0.8, 0.8, 1.0)
    """
    return min(one, other) / max(one, other) if max(one, other) > 0 else 1.0
