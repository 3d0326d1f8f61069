"""Would another card near this one treat groups more evenly, and rank as well? What the search found, judged (FAI-07)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas

from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Scored, not_due, shortage
from scorecard.validation.fairness.candidates import COARSER, CUTOFF, DROP, REPLACE
from scorecard.validation.fairness.groups import EVERYBODY, Division, Named, division, silent
from scorecard.validation.fairness.search import alternatives, observed, why_not

SOURCE = "Gillis, Meursault & Ustun (2024); Holm (1979); limits: convention"
NULL = "the alternative approves the group as often, beside the reference group, as the card does"
NAMED = Named("FAI-07", SOURCE)


def less_discriminatory(tried: pandas.DataFrame, where: str, rows: int, thresholds: Thresholds) -> Result:
    """Judge whether a card near this one would approve groups more evenly and rank as well (FAI-07).

    A measurement, not a legal test.

    Parameters
    ----------
    tried : DataFrame
        The rows of one attribute from `alternatives`.
    where : str
        The sample and the attribute.
    rows : int
        Of the sample.
    thresholds : Thresholds
        `alternative_auc`, `alternative_approvals`, `alternative_bad_rate`, `alternative_gain`, `fair_ratio`, `fair_alpha`.

    Returns
    -------
    Result
        The gain of the best admissible candidate: the ratio of approval rates of the group that stands worst beside the
        reference group, less that of the card. Candidates drop or replace one characteristic, halve the bins of one, or move
        the cut-off for all. They are chosen on the first sample after development, where the best of many looks better than
        it is, so the gain must show again on the last sample, which had no part in the choice. Green without a candidate
        that gains `alternative_gain`, or where the gain does not show again. Amber where it does; red where it does, chance
        does not explain it, and the card's own ratio is below `fair_ratio`. Without a further sample a gain that the choice
        of the best of many explains (Holm) is insufficient data, any other amber. `effect` is the change of the AUC.

    References
    ----------
    Gillis, Meursault & Ustun (2024), Operationalizing the Search for Less Discriminatory Alternatives in Fair Lending, FAccT;
    Holm (1979). Tolerances and the least gain are conventions, to be set before the search.
    """
    card, *others = _records(tried)
    compared = [row for row in others if row["ratio"] is not None]
    allowed = [row for row in compared if row["admissible"]]
    values: dict[str, Any] = {"tried": len(others), "compared": len(compared), "admissible": len(allowed)}
    values |= {"ratio": card["ratio"], "group": card["group"], "reference": card["reference"]}
    values |= {"gain": thresholds.alternative_gain, "tolerance": thresholds.alternative_auc}
    best = max(allowed, key=lambda row: float(row["ratio_change"]), default=None)
    values |= {} if best is None else {"best": best["ratio_change"]}
    key, verdict = "reading.alternative_none", Verdict.GREEN
    if best is None:
        key = "reading.alternative_costly" if compared else "reading.alternative_no_fit"
        verdict = Verdict.GREEN if compared else Verdict.NOT_COMPUTABLE
    told = Reading(key, values)
    statistic = None if best is None else best["ratio_change"]
    base = Result("FAI-07", where, rows, 0, statistic, verdict, SOURCE, told, threshold=thresholds.alternative_gain)
    chosen = next((row for row in allowed if row["chosen"]), None)
    return base if chosen is None else _of_chosen(base, chosen, card["ratio"], thresholds)


def each_alternative(evidence: Evidence) -> list[Result]:
    """Run FAI-07 on every protected attribute: chosen on the first sample after development, confirmed on the last."""
    reading = why_not(evidence)
    if reading is not None:
        return [silent(NAMED, EVERYBODY, reading)]
    known = observed(evidence)
    if not known:
        return [_unobserved(name, part, evidence.thresholds) for name, part in evidence.later.items()]
    sample = next(iter(known))
    found, results = alternatives(evidence), []
    for attribute in evidence.protected:
        where, rows = f"{sample}: {attribute}", found[found["attribute"] == attribute]
        divided = division(evidence, sample, attribute)
        if len(rows):
            results.append(less_discriminatory(rows, where, known[sample].n, evidence.thresholds))
        else:
            results.append(_without(divided, where, known[sample].n, evidence.thresholds))
    return results


def _unobserved(name: str, part: Scored, thresholds: Thresholds) -> Result:
    """Say that a sample has no outcomes yet, or too few of one kind."""
    if part.bad is None:
        return not_due("FAI-07", name, part, SOURCE)
    reading = shortage(part.ladder, thresholds) or Reading("reading.no_rows_of_card")
    return silent(NAMED, name, reading, Verdict.INSUFFICIENT_DATA, part.n)


def _without(divided: Reading | tuple[Division | None, dict[str, int]], where: str, rows: int, thresholds: Thresholds) -> Result:
    """Say why groups of an attribute cannot be compared."""
    if isinstance(divided, Reading):
        return silent(NAMED, where, divided, rows=rows)
    made, small = divided
    if made is None or not made.compared.others:
        values = {"groups": len(small), "largest": max(small.values()), "needed": thresholds.fair_cell}
        reading = Reading("reading.fair_few" if made is not None else "reading.fair_few_reference", values)
    else:
        reading = Reading("reading.alternative_few", {"reference": made.compared.versus, "needed": thresholds.fair_cell})
    return silent(NAMED, where, reading, Verdict.INSUFFICIENT_DATA, rows)


def _of_chosen(base: Result, best: Mapping[str, Any], ratio: float, thresholds: Thresholds) -> Result:
    """Judge the chosen candidate by what it does on the sample that had no part in the choice."""
    told = dict(base.reading.values) | {"change": label(best), "p_holm": best["p_holm"], "auc_change": best["auc_change"]}
    result = replace(base, p_value=best["p_value"], null=NULL, effect=best["auc_change"])
    if best["confirmed_on"] is None:
        chance = best["p_holm"] >= thresholds.fair_alpha
        key = "reading.alternative_chance" if chance else "reading.alternative_unconfirmed"
        return replace(result, verdict=Verdict.INSUFFICIENT_DATA if chance else Verdict.AMBER, reading=Reading(key, told))
    gain, lost, p_value = (best[f"confirmed_{name}"] for name in ("ratio_change", "auc_change", "p_value"))
    told |= {"sample": best["confirmed_on"], "confirmed": gain, "confirmed_auc_change": lost, "p": p_value}
    result = replace(result, statistic=gain, p_value=p_value, effect=lost)
    cheap = lost >= -thresholds.alternative_auc and best["confirmed_bad_rate_change"] <= thresholds.alternative_bad_rate
    if not (cheap and gain >= thresholds.alternative_gain):
        return replace(result, reading=Reading("reading.alternative_vanished", told))
    red = ratio < thresholds.fair_ratio and p_value < thresholds.fair_alpha
    return replace(result, verdict=Verdict.RED if red else Verdict.AMBER, reading=Reading("reading.alternative_found", told))


def label(row: Mapping[str, Any]) -> str:
    """Return a candidate in signs that need no translation.

    Examples
    --------
    >>> [label({"change": change, "characteristic": "age", "instead": "income", "cutoff": 512.0}) for change in ("drop", "replace", "cut-off")]
    ['- age', 'age → income', '>= 512']
    """
    if row["change"] == CUTOFF:
        return f">= {row['cutoff']:g}"
    name, instead = row["characteristic"], row["instead"]
    return {DROP: f"- {name}", REPLACE: f"{name} → {instead}", COARSER: f"{name}: {instead}"}[row["change"]]


def _records(table: pandas.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values; what is missing is None."""
    return [
        {str(key): value for key, value in row.items()}
        for row in table.astype(object).where(table.notna(), None).to_dict("records")
    ]
