"""The search for cards near the card that would approve groups more evenly, as a table (FAI-07)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas

from scorecard.results import Reading
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Floats, Scored, shortage
from scorecard.validation.fairness.candidates import CUTOFF, Bench, Candidate, Made, bench, candidates, fitted
from scorecard.validation.fairness.groups import division, family
from scorecard.validation.fairness.refits import Refits, has_coefficients, refits
from scorecard.validation.fairness.trials import Standing, Tried, nearest, standing, tried

CARD = "the card"
SHIFTS = (-0.10, -0.05, -0.02, 0.02, 0.05, 0.10)  # of the approval rate, by another cut-off for all
COLUMNS = (
    "attribute", "sample", "change", "characteristic", "instead", "segment", "cutoff", "approval_rate", "bad_rate", "auc", "auc_change",
    "group", "reference", "ratio", "ratio_change", "p_value", "p_holm", "admissible", "frontier", "chosen", "reason",
    "confirmed_on", "confirmed_auc_change", "confirmed_bad_rate_change", "confirmed_ratio", "confirmed_ratio_change", "confirmed_p_value",
)  # fmt: skip


def alternatives(evidence: Evidence) -> pandas.DataFrame:
    """Return the cards near the card with what they gain and lose, and which of them stand on the Pareto frontier.

    Candidates drop or replace one characteristic, halve the bins of one, or move the cut-off for all; each is fitted again on
    development and approves as many as the card does, but for the last kind. They are compared on the first sample after
    development; the best admissible one of each attribute is tried again on the last one, which had no part in the choice.

    Parameters
    ----------
    evidence : Evidence
        With a cut-off, a model, protected attributes and outcomes after development.

    Returns
    -------
    DataFrame
        For each protected attribute a row for the card and one a candidate. ``ratio`` is the approval rate of the group that
        stands worst beside the reference group, the lower rate over the higher; ``ratio_change`` and ``auc_change`` are to
        the card; ``p_value`` is of the change for the card's worst group on identical rows, ``p_holm`` adjusted for all
        candidates: the best of many looks better than it is. ``admissible``: the AUC falls by no more than `alternative_auc`,
        the approval rate by no more than `alternative_approvals`, and the bad rate of the approved rises by no more than
        `alternative_bad_rate`. ``frontier``: no other candidate is as good in AUC, ratio, approval rate and bad rate, and
        better in one. ``chosen``: the most even admissible one, where it gains at least
        `alternative_gain`. ``reason`` says why one is not. Empty where nothing can be compared.
    """
    if why_not(evidence) is not None:
        return pandas.DataFrame(columns=list(COLUMNS))
    search = _Search(evidence)
    rows = [row for attribute in evidence.protected for row in search.rows(attribute)]
    return pandas.DataFrame(rows, columns=list(COLUMNS))


def why_not(evidence: Evidence) -> Reading | None:
    """Return why nothing can be searched, or None."""
    if not evidence.protected:
        return Reading("reading.fair_no_attribute")
    if evidence.cutoff is None:
        return Reading("reading.fair_no_cutoff")
    if evidence.model is None:
        return Reading("reading.no_rows_of_card")
    if not has_coefficients(evidence.model.card):
        return Reading("reading.no_coefficients")
    return None if evidence.later else Reading("reading.fair_no_later")


def observed(evidence: Evidence) -> dict[str, Scored]:
    """Return the samples after development in which goods and bads are known, and enough for an AUC."""
    known = {name: part for name, part in evidence.later.items() if part.bad is not None}
    tables = evidence.model.tables if evidence.model else {}
    return {name: part for name, part in known.items() if name in tables and shortage(part.ladder, evidence.thresholds) is None}


class _Search:
    """All candidates, tried once on the first sample; the chosen ones once more on the last."""

    def __init__(self, evidence: Evidence) -> None:
        assert evidence.model is not None  # noqa: S101  each caller has asked
        self.evidence, self.model, self.limits = evidence, evidence.model, evidence.thresholds
        known = list(observed(evidence))
        self.first: str | None = known[0] if known else None
        self.last: str | None = known[-1] if known else None
        self.refits: dict[str, Refits] = {each.segment.name: each for each in refits(self.model)} if known else {}
        self.pool = [candidate for each in self.refits.values() for candidate in candidates(each)]
        self.made = [fitted(each, self.refits[each.segment], self.model.card.scaling) for each in self.pool]
        self.tried = self._tried()

    def rows(self, attribute: str) -> list[dict[str, Any]]:
        """Return the card and all candidates as rows of the table; none where the groups cannot be compared."""
        if self.first is None:
            return []
        own = self._standing(self.first, attribute, self.tried[0][1])
        if own is None:
            return []
        rows = self._judged([self._row(attribute, own, place) for place in range(len(self.tried))])
        return self._confirmed(rows, attribute)

    def _tried(self) -> list[tuple[dict[str, str], Tried | str]]:
        """Return the card, the candidates, and the card with other cut-offs: their names, and what they do or why they are out."""
        if self.first is None:
            return []
        part, place = self.evidence.samples[self.first], self._bench(self.first)
        own = tried(part, part.score, _given(self.evidence))
        found: list[tuple[dict[str, str], Tried | str]] = [(_named(CARD), own)]
        for candidate, made in zip(self.pool, self.made, strict=True):
            found.append(
                (_names(candidate), made if isinstance(made, str) else self._at_rate(part, place.score(made), own.approval_rate))
            )
        cuts = {nearest(part, part.score, own.approval_rate + shift) for shift in SHIFTS if 0 < own.approval_rate + shift < 1}
        found += [(_named(CUTOFF), tried(part, part.score, cut)) for cut in sorted(cuts - {own.cutoff})]
        return found

    def _at_rate(self, part: Scored, score: Floats, rate: float) -> Tried:
        return tried(part, score, nearest(part, score, rate))

    def _bench(self, sample: str) -> Bench:
        known = {name: each.characteristics for name, each in self.refits.items()}
        names = [name for candidate in self.pool for name in candidate.woes] + [term.name for term in self.model.card.terms]
        return bench(self.model.card, self.model.tables[sample], known, list(dict.fromkeys(names)))

    def _standing(self, sample: str, attribute: str, card: Tried | str) -> Standing | None:
        found = division(self.evidence, sample, attribute)
        divided = None if isinstance(found, Reading) else found[0]
        return None if divided is None or isinstance(card, str) else standing(divided, card, self.limits.fair_cell)

    def _row(self, attribute: str, own: Standing, place: int) -> dict[str, Any]:
        (names, one), card = self.tried[place], self.tried[0][1]
        row: dict[str, Any] = dict.fromkeys(COLUMNS) | names | {"attribute": attribute, "sample": self.first}
        row |= {"admissible": False, "frontier": False, "chosen": False, "reason": one if isinstance(one, str) else ""}
        if isinstance(one, str) or isinstance(card, str):
            return row
        row |= {name: getattr(one, name) for name in ("cutoff", "auc", "approval_rate", "bad_rate")}
        row |= own.beside(one) | {"auc_change": one.auc - card.auc}
        return row | ({} if place else {"p_value": None})

    def _judged(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Say which candidates are admissible, on the frontier, and chosen; and why the others are not."""
        card, others = rows[0], [row for row in rows[1:] if row["ratio"] is not None]
        for row, adjusted in zip(others, family([row["p_value"] for row in others]), strict=True):
            row["p_holm"] = adjusted.get("p_holm")
            row["reason"] = _costs(row, card, self.limits)
            row["admissible"] = not row["reason"]
        for row in [card, *others]:
            row["frontier"] = not any(_beats(other, row) for other in [card, *others])
        gains = [row for row in others if row["admissible"] and row["ratio_change"] >= self.limits.alternative_gain]
        best = max(gains, key=lambda row: (row["ratio_change"], row["auc"]), default=None)
        for row in others:
            row["chosen"] = row is best
            if row["admissible"] and row is not best:
                row["reason"] = "gains too little" if row not in gains else "another gains more"
        return rows

    def _confirmed(self, rows: list[dict[str, Any]], attribute: str) -> list[dict[str, Any]]:
        """Try the chosen candidate on the last sample."""
        chosen = next((place for place, row in enumerate(rows) if row["chosen"]), None)
        if chosen is None or self.last is None or self.last == self.first:
            return rows
        part = self.evidence.samples[self.last]
        card = tried(part, part.score, _given(self.evidence))
        own = self._standing(self.last, attribute, card)
        if own is None:
            return rows
        made = self.made[chosen - 1] if chosen <= len(self.made) else None
        score = self._bench(self.last).score(made) if isinstance(made, Made) else part.score
        one = tried(part, score, rows[chosen]["cutoff"])
        measured = own.beside(one)
        rows[chosen] |= {"confirmed_on": self.last, "confirmed_auc_change": one.auc - card.auc, "confirmed_p_value": measured["p_value"],
                         "confirmed_bad_rate_change": one.bad_rate - card.bad_rate, "confirmed_ratio": measured["ratio"],
                         "confirmed_ratio_change": measured["ratio_change"]}  # fmt: skip
        return rows


def _costs(row: Mapping[str, Any], card: Mapping[str, Any], limits: Thresholds) -> str:
    """Say which tolerance a candidate breaks; empty where none."""
    if row["auc_change"] < -limits.alternative_auc:
        return f"loses {-row['auc_change']:.4f} of the AUC"
    fall = card["approval_rate"] - row["approval_rate"]
    if fall > limits.alternative_approvals:
        return f"approves {fall:.4f} fewer of all"
    rise = row["bad_rate"] - card["bad_rate"]
    return f"the bad rate of the approved rises by {rise:.4f}" if rise > limits.alternative_bad_rate else ""


def _beats(other: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Return whether another is as good in all, and better in one."""
    one, two = ((each["auc"], each["ratio"], each["approval_rate"], -each["bad_rate"]) for each in (other, row))
    return all(a >= b for a, b in zip(one, two, strict=True)) and one != two


def _given(evidence: Evidence) -> float:
    assert evidence.cutoff is not None  # noqa: S101  each caller has asked
    return evidence.cutoff


def _names(candidate: Candidate) -> dict[str, str]:
    return {name: getattr(candidate, name) for name in ("change", "characteristic", "instead", "segment")}


def _named(change: str) -> dict[str, str]:
    return {"change": change, "characteristic": "", "instead": "", "segment": ""}
