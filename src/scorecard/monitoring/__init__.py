"""Does the model still fit the customers it scores? A batch against development, on the bins frozen in `scorecard.json`.

Every figure rests on counts over all rows; a green score never outvotes a red contract, characteristic or calibration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard import metrics
from scorecard.contracts import Breach
from scorecard.model import Scorecard, Term
from scorecard.results import Reading, Result, Verdict, overall
from scorecard.settings import Thresholds
from scorecard.validation import Scored, calibration, discrimination, stability
from scorecard.woe import column

Ints = npt.NDArray[np.int64]
MIN_SHARE = 0.001  # convention: fewer unseen rows than one in a thousand are a curiosity, not a finding


@dataclass(frozen=True)
class Watched:
    """A batch as the monitors see it.

    Attributes
    ----------
    name : str
    rows : int
    grades : array of shape (grades,)
        Rows per grade, best first.
    bins : dict of characteristic to array of shape (bins,)
        Rows per frozen bin.
    score, pd : arrays of shape (rows,)
    bad : array of shape (rows,) or None
        None where the outcome is not known yet.
    breaches : list of Breach
        Of the contract.
    """

    name: str
    rows: int
    grades: Ints
    bins: dict[str, Ints]
    score: npt.NDArray[np.float64]
    pd: npt.NDArray[np.float64]
    bad: Ints | None
    breaches: Sequence[Breach]


def watch(name: str, card: Scorecard, table: pa.Table, bad: Ints | None, breaches: Sequence[Breach]) -> Watched:
    """Count a batch on the frozen bins and score it."""
    scored = card.score(table)
    bins = {
        each.name: np.bincount(each.assign(column(table, each.name)), minlength=len(each.bins))
        for each in (term.characteristic for term in card.terms)
    }
    grades = np.bincount(scored.grade, minlength=len(card.grades))
    return Watched(name, table.num_rows, grades, bins, scored.score, scored.pd, bad, breaches)


def contract(card: Scorecard, batch: Watched, thresholds: Thresholds) -> list[Result]:
    """MON-01: the rows comply with the data contract."""
    rows = sum(breach.rows for breach in batch.breaches)
    told = "; ".join(str(breach) for breach in batch.breaches)
    reading = (
        Reading("monitor.contract_broken", {"breaches": told})
        if batch.breaches
        else Reading("monitor.contract_kept", {"rows": batch.rows})
    )
    verdict = Verdict.RED if batch.breaches else Verdict.GREEN
    return [Result("MON-01", batch.name, batch.rows, 0, float(rows), verdict, "the data contract", reading, threshold=0.0)]


def score_stability(card: Scorecard, batch: Watched, thresholds: Thresholds) -> list[Result]:
    """STA-01 on the grades."""
    if batch.rows < thresholds.min_rows:
        return [_too_few("STA-01", batch, thresholds)]
    return [stability.psi_test(_reference(card), batch.grades, batch.name, thresholds)]


def characteristic_stability(card: Scorecard, batch: Watched, thresholds: Thresholds) -> list[Result]:
    """STA-02 on every characteristic, missing, special and unseen values included."""
    if batch.rows < thresholds.min_rows:
        return [_too_few("STA-02", batch, thresholds)]
    return [
        stability.csi_test(_development(term), batch.bins[term.characteristic.name], _scope(batch, term), thresholds)
        for term in card.terms
    ]


def missing_and_unseen(card: Scorecard, batch: Watched, thresholds: Thresholds) -> list[Result]:
    """MON-02 and MON-03: more missing than in development, and levels that development did not have."""
    if batch.rows < thresholds.min_rows:
        return []
    return [result for term in card.terms for result in (_missing(term, batch, thresholds), _unseen(term, batch, thresholds))]


def outcome(card: Scorecard, batch: Watched, thresholds: Thresholds) -> list[Result]:
    """DIS-01 and CAL-01 where the outcome is known; not due where it is not."""
    if batch.bad is None:
        reading = Reading("monitor.outcome_not_due", {})
        return [
            Result(code, batch.name, batch.rows, 0, None, Verdict.NOT_DUE, "the outcome window", reading)
            for code in ("DIS-01", "CAL-01")
        ]
    scored = Scored(batch.bad, batch.score, batch.pd, np.zeros(batch.rows, dtype=int))
    return [
        discrimination.auc_test(scored.ladder, batch.name, thresholds),
        calibration.jeffreys(scored.events, batch.rows, float(batch.pd.mean()), batch.name, thresholds),
    ]


MONITORS: tuple[Callable[[Scorecard, Watched, Thresholds], list[Result]], ...] = (
    contract,
    score_stability,
    characteristic_stability,
    missing_and_unseen,
    outcome,
)


def monitor(card: Scorecard, batch: Watched, thresholds: Thresholds) -> dict[str, Any]:
    """Run every monitor on a batch.

    Returns
    -------
    dict
        name, rows, verdict, results, the shift of the score in points per characteristic, and the score's PSI; ready for JSON.
    """
    results = [result for each in MONITORS for result in each(card, batch, thresholds)]
    by_scope = {result.scope: result for result in results if result.code == "STA-02"}
    characteristics = [_characteristic(term, batch, by_scope.get(_scope(batch, term))) for term in card.terms]
    reference, mean = _mean_development(card), float(batch.score.mean())
    psi = next((result.statistic for result in results if result.code == "STA-01"), None)
    return {
        "name": batch.name, "rows": batch.rows, "verdict": overall(results).value, "results": [result.to_dict() for result in results],
        "characteristics": characteristics,
        "score": {"psi": psi, "mean_development": reference, "mean_current": mean, "shift_points": mean - reference,
                  "mean_pd": float(batch.pd.mean()), "bad_rate": None if batch.bad is None else float(batch.bad.mean())},
    }  # fmt: skip


def _characteristic(term: Term, batch: Watched, result: Result | None) -> dict[str, Any]:
    each = term.characteristic
    before, now = _development(term), batch.bins[each.name]
    shares_before, shares = before / before.sum(), now / max(now.sum(), 1)
    missing = each.index("missing")
    return {
        "characteristic": each.name, "csi": result.statistic if result else None,
        "critical": metrics.psi_critical(int(((before + now) > 0).sum()), float(before.sum()), float(now.sum())) if now.sum() else None,
        "shift_points": float(((shares - shares_before) * np.array(term.points)).sum()),
        "missing_reference": float(shares_before[missing]), "missing_current": float(shares[missing]),
        "unseen": int(now[each.index("unseen")]), "verdict": (result.verdict if result else Verdict.INSUFFICIENT_DATA).value,
    }  # fmt: skip


def _missing(term: Term, batch: Watched, thresholds: Thresholds) -> Result:
    before, now = _development(term), batch.bins[term.characteristic.name]
    position = term.characteristic.index("missing")
    was, share = before[position] / before.sum(), now[position] / now.sum()
    verdict = Verdict.RED if share - was > thresholds.missing_share_rise else Verdict.GREEN
    reading = Reading("monitor.missing", {"before": f"{was:.1%}", "now": f"{share:.1%}"})
    return Result(
        "MON-02",
        _scope(batch, term),
        batch.rows,
        0,
        float(share - was),
        verdict,
        "convention",
        reading,
        threshold=thresholds.missing_share_rise,
    )


def _unseen(term: Term, batch: Watched, thresholds: Thresholds) -> Result:
    count = int(batch.bins[term.characteristic.name][term.characteristic.index("unseen")])
    share = count / batch.rows
    verdict = Verdict.RED if share > thresholds.unseen_share else Verdict.AMBER if share > MIN_SHARE else Verdict.GREEN
    reading = Reading("monitor.unseen", {"count": count, "share": f"{share:.2%}"})
    return Result(
        "MON-03", _scope(batch, term), batch.rows, 0, share, verdict, "convention", reading, threshold=thresholds.unseen_share
    )


def _scope(batch: Watched, term: Term) -> str:
    return f"{batch.name}: {term.characteristic.name}"


def _too_few(code: str, batch: Watched, thresholds: Thresholds) -> Result:
    reading = Reading("monitor.too_few_rows", {"rows": batch.rows, "needed": thresholds.min_rows})
    return Result(
        code,
        batch.name,
        batch.rows,
        0,
        None,
        Verdict.INSUFFICIENT_DATA,
        "convention",
        reading,
        threshold=float(thresholds.min_rows),
    )


def _reference(card: Scorecard) -> Ints:
    return np.array([grade.count for grade in card.grades])


def _development(term: Term) -> Ints:
    return np.array([each.count for each in term.characteristic.bins])


def _mean_development(card: Scorecard) -> float:
    """Return the mean score of development: the counts of the bins times their points."""
    return float(sum((_development(term) / _development(term).sum() * np.array(term.points)).sum() for term in card.terms))
