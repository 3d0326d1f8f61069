"""What notebook 03 calls beside the library: fit, calibrate, grade, give reasons, and prove every export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas
import pyarrow as pa

from scorecard import calibration, comparison, model, reasons, regression, scale
from scorecard.data.samples import BAD, WEIGHT
from scorecard.errors import EvidenceError, SettingsError
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.points import Scaling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scorecard.regression import Inference
    from scorecard.selection import Selection

Floats = npt.NDArray[np.float64]
LIMITS = 2  # a lowest and a highest score


def numbers(text: str, name: str) -> tuple[float, ...]:
    """Return the numbers of a parameter such as ``"0.01, 0.05"``; none where it is empty.

    Raises
    ------
    SettingsError
        Where a part is not a number.

    Examples
    --------
    >>> numbers("300, 850", "score_limits")
    (300.0, 850.0)
    """
    try:
        return tuple(float(part) for part in text.split(",")) if text.strip() else ()
    except ValueError as error:
        raise SettingsError(f"{name} = {text!r}; expected numbers between commas. Change the parameter.") from error


def limited(scaling: Scaling, score_limits: str) -> Scaling:
    """Return the scaling with the lowest and the highest score that a parameter gives; empty is unbounded."""
    found = numbers(score_limits, "score_limits")
    if len(found) not in (0, LIMITS):
        raise SettingsError(f"score_limits = {score_limits!r}; expected a lowest and a highest score. Change the parameter.")
    return replace(scaling, minimum=found[0], maximum=found[1]) if found else scaling


def fitted(chosen: Selection, woes: Mapping[str, Floats], rows: pa.Table, penalty: float) -> tuple[Selection, Inference | None]:
    """Return the selection with the fit that the scorecard takes, and what the fit says of each characteristic.

    Parameters
    ----------
    chosen : Selection
    woes : mapping of name to array of shape (rows,)
    rows : pyarrow.Table
        With ``@bad`` and ``@weight``.
    penalty : float
        Ridge; above 0 the selection's fit is made anew with it.
    """
    if chosen.fit is None:
        return chosen, None
    matrix = np.column_stack([woes[name] for name in chosen.kept])
    bad, weight = rows.column(BAD).to_numpy(), rows.column(WEIGHT).to_numpy()
    fit = regression.fit(matrix, bad, weight, penalty)
    return replace(chosen, fit=fit), regression.infer(fit, matrix, bad, weight)


def cut_off(step: Step, card: Scorecard, rows: pa.Table) -> float | None:
    """Return the score from which the pipeline's rule approves, found on these rows where it is a rate; None without a rule."""
    return comparison.cut_off(card.score(rows).score, step.pipeline.cutoff, _weight(rows))


def compared(card: Scorecard, tables: Mapping[str, pa.Table], sample: str, seed: int) -> pandas.DataFrame:
    """Return how each calibration would do on rows of a sample that it was not fitted on."""
    rows = _sample(tables, sample)
    return calibration.compare(card.score(rows).score, rows.column(BAD).to_numpy(), card.scaling, 5, seed, _weight(rows))


def calibrated(card: Scorecard, tables: Mapping[str, pa.Table], method: str, sample: str) -> Scorecard:
    """Return the scorecard with a calibration fitted on a sample.

    Raises
    ------
    SettingsError
        Where the run has no such sample, or there is no such method.
    """
    if method == "none":
        return model.calibrated(card, calibration.Calibration())
    rows = _sample(tables, sample)
    score, bad = card.score(rows).score, rows.column(BAD).to_numpy()
    return model.calibrated(card, calibration.fit(method, score, bad, card.scaling, _weight(rows), sample=sample))  # type: ignore[arg-type]


def anchored(card: Scorecard, tables: Mapping[str, pa.Table], long_run_rate: float, anchor: str, pd_floor: float) -> Scorecard:
    """Return the scorecard with its PDs moved to a long-run default rate, 0 for none, and not below a floor.

    A prior shift starts from the default rate that the PDs hold for: that of the calibration's sample, or of development. The
    central tendency makes the long-run rate the mean PD of development.
    """
    made = card.calibration
    if long_run_rate:
        rows = tables[made.sample or "development"] if anchor == "prior shift" else tables["development"]
        bad, weight = rows.column(BAD).to_numpy(), _weight(rows)
        of_rows: dict[str, Any] = (
            {"from_rate": float(np.average(bad, weights=weight))}
            if anchor == "prior shift"
            else {"score": card.score(rows).score, "weight": weight}
        )
        made = calibration.anchored(made, card.scaling, long_run_rate, anchor, **of_rows)  # type: ignore[arg-type]
    if not 0 <= pd_floor < 1:
        raise SettingsError(f"pd_floor = {pd_floor}; expected 0, or a PD below 1. Change the parameter.")
    return model.calibrated(card, replace(made, floor=pd_floor))


def curve(card: Scorecard, tables: Mapping[str, pa.Table], sample: str) -> pandas.DataFrame:
    """Return default rate and PDs by score band in a sample."""
    rows = _sample(tables, sample)
    return calibration.curve(
        card.calibration, card.score(rows).score, rows.column(BAD).to_numpy(), card.scaling, weight=_weight(rows)
    )


def graded(
    card: Scorecard, rows: pa.Table, rules: scale.Rules, made_from: Mapping[str, str]
) -> tuple[Scorecard, pandas.DataFrame]:
    """Return the scorecard with grades on a master scale, and the boundaries of the scale that could not stand."""
    score, bad = card.score(rows).score, rows.column(BAD).to_numpy()

    def pd_of(score: Floats) -> Floats:
        return card.calibration.final(score, card.scaling)

    made = scale.master(score, bad, pd_of, rules, decimals=card.scaling.decimals, weight=_weight(rows))
    merged = pandas.DataFrame([vars(each) for each in made.merged], columns=["pd", "reason", "accounts", "bads"])
    return replace(card, grades=made.grades, made_from=dict(made_from)), merged


def referenced(step: Step, card: Scorecard, rows: pa.Table) -> Scorecard:
    """Return the scorecard with the reference of its reasons: customers just above the cut-off, all where there is no cut-off.

    Where there are too few customers for a reference, the scorecard gives no reasons.
    """
    at = cut_off(step, card, rows)
    try:
        return reasons.referenced(card, rows, "all" if at is None else "cutoff", at)
    except EvidenceError:
        return card


def reference_table(card: Scorecard, rows: pa.Table, language: str) -> pandas.DataFrame:
    """Return per characteristic the reference points, and how often it is the first reason and any of them, of those who get reasons."""
    codes = reasons.codes(card, rows)
    given = codes[~pandas.isna(codes[:, 0])] if codes.shape[1] else codes[:0]
    told = len(given)
    return pandas.DataFrame(
        [
            {"characteristic": term.name, "reference_points": term.reference, "lowest_points": min(term.points),
             "first_share": float((given[:, 0] == term.name).sum() / told) if told else None,
             "any_share": float((given == term.name).any(axis=1).sum() / told) if told else None,
             "reason": term.reason.get(language) or term.description or term.name}
            for term in card.terms
        ]
    )  # fmt: skip


def _sample(tables: Mapping[str, pa.Table], sample: str) -> pa.Table:
    if sample not in tables:
        raise SettingsError(
            f"calibration_sample = {sample!r}; expected a sample of the run: {', '.join(tables)}. Change the parameter."
        )
    return tables[sample]


def _weight(rows: pa.Table) -> Floats | None:
    found: Floats = rows.column(WEIGHT).to_numpy()
    return None if (found == 1).all() else found
