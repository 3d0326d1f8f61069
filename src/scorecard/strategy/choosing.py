"""Approve, refer or decline: the limits of each model that give the same approvals as the scorecard's cut-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scorecard.scale import Grade
from scorecard.strategy.book import Book, books
from scorecard.strategy.cutting import at_rate
from scorecard.strategy.economics import Economics
from scorecard.strategy.rows import Flags, Ranked, Rows

STEPS = (-0.10, -0.05, 0.05, 0.10)  # other cut-offs shown: approvals of all applicants, less and more
MARGINAL = 0.05  # of all applicants: those that are approved last
DECISIONS = ("approve", "refer", "decline", "knock_out")


@dataclass(frozen=True)
class Limits:
    """The highest risk that one model approves without a person looking, and at all."""

    clear: float
    most: float


@dataclass(frozen=True, eq=False)
class Plan:
    """A strategy on the rows of a sample, the same for every model.

    Attributes
    ----------
    rows : Rows
        With the models that are compared, the scorecard first.
    knocked : bool array of shape (rows,)
        Declined by a knock-out rule.
    limits : mapping of model to Limits
    economics : Economics
    refer : float
        Share of all applicants that people look at.
    """

    rows: Rows
    knocked: Flags
    limits: Mapping[str, Limits]
    economics: Economics
    refer: float = 0.0

    def approved(self, model: str) -> Flags:
        """Return who is approved by a model, after a person looked at some, shape (rows,)."""
        return np.asarray(~self.knocked & (self.rows.models[model].risk <= self.limits[model].most))

    @property
    def first(self) -> str:
        """Name of the scorecard."""
        return next(iter(self.rows.models))

    def rate(self, model: str) -> float:
        """Return the share of all applicants that a model approves."""
        return float(self.rows.units[self.approved(model)].sum() / self.rows.units.sum())


def plan(rows: Rows, knocked: Flags, cut: float, economics: Economics, refer: float = 0.0) -> Plan:
    """Return the strategy that a cut-off of the scorecard gives, and the limits at which other models approve as many.

    Parameters
    ----------
    rows : Rows
    knocked : bool array of shape (rows,)
    cut : float
        The scorecard's risk (less its score) up to which customers are approved.
    economics : Economics
    refer : float
        Share of all applicants, those approved last, that people look at.
    """
    eligible = ~knocked
    share = _share(rows, eligible & (rows.reference.risk <= cut), eligible)
    limits = {}
    for name, each in rows.models.items():
        most = cut if each is rows.reference else limit_at(rows, each, eligible, share)
        looked_at = refer * rows.units.sum() / max(float(rows.units[eligible].sum()), 1.0)
        clear = most if not refer else min(most, limit_at(rows, each, eligible, max(0.0, share - looked_at)))
        limits[name] = Limits(clear, most)
    return Plan(rows, knocked, limits, economics, refer)


def limit_at(rows: Rows, ranked: Ranked, among: Flags, share: float) -> float:
    """Return the highest risk to approve so that the share of some customers comes nearest; -inf where nobody is among them."""
    return -at_rate(-ranked.risk[among], share, rows.units[among]) if among.any() else -np.inf


def opened(made: Plan, bounds: Mapping[str, Sequence[float]], replicates: int, seed: int) -> dict[str, Book]:
    """Return the book of every model, with edges at its limits, at the bounds of its bands, and at other cut-offs of the scorecard."""
    edges = {name: [*bounds.get(name, ()), limits.clear, limits.most] for name, limits in made.limits.items()}
    edges[made.first] += [each for _, each in others(made)] + [last(made, made.first)]
    return books(made.rows, made.knocked, edges, replicates, seed)


def decisions(made: Plan, opened: Mapping[str, Book]) -> list[dict[str, Any]]:
    """Return what each model's decisions come to: approved, referred, declined by score and by rule, and all approved.

    Returns
    -------
    list of dict
        A row per model and decision, with the figures of `Part.figures`.
    """
    found = []
    for name, limits in made.limits.items():
        book = opened[name]
        spans = {"approve": (-np.inf, limits.clear), "refer": (limits.clear, limits.most), "decline": (limits.most, np.inf)}
        parts = {decision: book.part(book.within(*span)) for decision, span in spans.items()}
        parts["knock_out"] = book.part(book.within(-np.inf, np.inf), (1,))
        parts["approved_in_all"] = book.part(book.within(-np.inf, limits.most))
        parts["everybody"] = book.part(book.within(-np.inf, np.inf), (0, 1))
        asked = {decision: part for decision, part in parts.items() if decision != "refer" or made.refer}
        found += [{"model": name, "decision": decision, **part.figures(made.economics)} for decision, part in asked.items()]
    return found


def by_band(
    made: Plan, opened: Mapping[str, Book], bounds: Mapping[str, Sequence[float]], grades: Sequence[Grade]
) -> list[dict[str, Any]]:
    """Return what each model's customers come to, grade by grade, best first, those that no rule declines.

    Parameters
    ----------
    made : Plan
    opened : mapping of model to Book
    bounds : mapping of model to risks
        The highest risk in each grade but the last.
    grades : sequence of Grade
    """
    found = []
    for name, highest in bounds.items():
        book, rows = opened[name], made.rows.models[name]
        for each, low, high in zip(grades, [-np.inf, *highest], [*highest, np.inf], strict=True):
            part = book.part(book.within(low, high))
            above = book.part(book.within(-np.inf, high))
            figures = part.figures(made.economics)
            held = (rows.risk > low) & (rows.risk <= high) & ~made.knocked
            pd = (
                float(np.average(rows.pd[held], weights=made.rows.units[held]))
                if figures["rows"] and made.rows.units[held].sum()
                else None
            )
            approved = float((above.goods[0] + above.bads[0]) / above.everybody[0])
            found.append({"model": name, "band": each.name, "from_score": each.lower_score if name == made.first else None, "pd": pd,
                          "goods": figures["rows"] - figures["bads"], "approval_rate": approved,
                          "bad_rate_approved": float(above.bads[0] / (above.goods[0] + above.bads[0])) if approved else None} | figures)  # fmt: skip
    return found


def others(made: Plan) -> list[tuple[str, float]]:
    """Return other cut-offs of the scorecard: names and risks, fewest approvals first; those that approve everybody or nobody are left out."""
    eligible, chosen = ~made.knocked, made.rate(made.first)
    most = _share(made.rows, eligible, np.ones(made.rows.n, dtype=bool))
    found = [(f"{step:+.2f}", _limit_of(made, chosen + step)) for step in STEPS if 0 < chosen + step < most]
    if made.economics.break_even is not None:
        ranked = made.rows.reference
        within = ranked.risk[eligible & (ranked.pd <= made.economics.break_even)]
        found.append(("break_even", float(within.max()) if within.size else -np.inf))
    return found


def last(made: Plan, model: str) -> float:
    """Return the risk above which a model's customers are among those that are approved last."""
    return min(made.limits[model].most, _limit_of(made, max(0.0, made.rate(model) - MARGINAL), model))


def alternatives(made: Plan, book: Book) -> list[dict[str, Any]]:
    """Return what the scorecard's chosen cut-off and others come to: those approved, and how often the last of them turn bad.

    Returns
    -------
    list of dict
        A row per cut-off, the strictest first: ``name`` (``chosen``, the change of the approval rate, or ``break_even``),
        ``limit`` (the highest risk) and the figures of those approved.
    """
    every = sorted([("chosen", made.limits[made.first].most), *others(made)], key=lambda each: each[1])
    return [
        {
            "name": name,
            "limit": limit if np.isfinite(limit) else None,
            **book.part(book.within(-np.inf, limit)).figures(made.economics),
        }
        for name, limit in every
    ]


def marginal(made: Plan, book: Book) -> dict[str, Any]:
    """Return the figures of the customers that the scorecard approves last, about a twentieth of all applicants."""
    return book.part(book.within(last(made, made.first), made.limits[made.first].most)).figures(made.economics)


def _limit_of(made: Plan, rate: float, model: str | None = None) -> float:
    """Return the highest risk at which a share of all applicants is approved."""
    eligible = ~made.knocked
    share = rate * float(made.rows.units.sum()) / max(float(made.rows.units[eligible].sum()), 1e-300)
    return limit_at(made.rows, made.rows.models[model or made.first], eligible, share)


def _share(rows: Rows, chosen: Flags, among: Flags) -> float:
    total = float(rows.units[among].sum())
    return float(rows.units[chosen].sum()) / total if total else 0.0
