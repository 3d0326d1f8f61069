"""Put a scorecard together: from a selection and its fit, step by step to the file that is registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard import scale
from scorecard.calibration import Calibration
from scorecard.contracts import Column, Contract
from scorecard.errors import EvidenceError
from scorecard.model.card import WHOLE, Scorecard, Segment, Term
from scorecard.points import Scaling, base_points, points
from scorecard.settings import Pipeline
from scorecard.woe import Characteristic

if TYPE_CHECKING:
    from scorecard.regression import Fit, Inference
    from scorecard.selection import Selection

OF_FIT = ("penalty", "rows", "bads", "log_likelihood", "null_log_likelihood", "condition_number")


def build(
    pipeline: Pipeline,
    contract: Contract,
    chosen: Selection,
    characteristics: Mapping[str, Characteristic],
    scaling: Scaling,
    inference: Inference | None = None,
) -> Scorecard:
    """Put a scorecard together from a selection and its fit, still without calibration and grades.

    Raises
    ------
    EvidenceError
        Where no characteristic was kept.
    """
    if chosen.fit is None:
        best = max(characteristics.values(), key=lambda each: each.iv - each.noise_floor, default=None)
        told = f"; the best, {best.name}, has IV {best.iv:.3f} against a noise floor of {best.noise_floor:.3f}" if best else ""
        raise EvidenceError(
            f"No characteristic passes the selection{told}. Nothing is registered. Check the target and the contract's inputs."
        )
    target = {"column": pipeline.target.column, "good": list(pipeline.target.good), "bad": list(pipeline.target.bad)}
    kept = [characteristics[name] for name in chosen.kept]
    segment = assemble(kept, chosen.fit, scaling, contract, inference)
    return Scorecard(pipeline.name, target, scaling, (segment,), missing_values=contract.missing_values)


def assemble(
    kept: Sequence[Characteristic],
    fit: Fit,
    scaling: Scaling,
    contract: Contract,
    inference: Inference | None = None,
    *,
    name: str = WHOLE,
) -> Segment:
    """Return one segment: its characteristics with rounded points, and what the fit says of itself.

    Points are rounded, and the PD is that of the rounded score: what the file says is what every export gives.

    Parameters
    ----------
    kept : sequence of Characteristic
        In the order of the fit's coefficients.
    fit : Fit
    scaling : Scaling
    contract : Contract
        Gives dtype, description and reason texts of the columns, and the texts that stand for a missing value.
    inference : Inference, optional
    name : str
    """
    terms = []
    for position, each in enumerate(kept):
        exact = points(each.woe, float(fit.coefficients[position]), fit.intercept, len(kept), scaling)
        column = contract.columns[each.name]
        read = with_missing(each, column.dtype, contract.missing_values)
        figures = {name: _figure(values, position) for name, values in _figures(fit, inference).items()}
        terms.append(term(read, column, scaling.rounded(exact), figures))
    base = base_points([each.woe for each in kept], [float(each) for each in fit.coefficients], fit.intercept, scaling)
    told = {key: _plain(getattr(fit, key, None)) for key in OF_FIT}
    return Segment(name, fit.intercept, float(scaling.rounded(base)), tuple(terms), told)


def term(
    characteristic: Characteristic, column: Column, points: npt.NDArray[np.float64], figures: Mapping[str, float | None]
) -> Term:
    """Return a term with these points; `figures` are coefficient, standard_error, p_value, lr_p_value and vif."""
    whole = tuple(float(value) for value in points)
    return Term(characteristic, column.dtype, column.description, points=whole, reason=dict(column.reason_text), **figures)


def with_missing(characteristic: Characteristic, dtype: str, missing_values: tuple[str, ...]) -> Characteristic:
    """Return a characteristic of text whose missing bin holds the texts that stand for a missing value."""
    if dtype != "text" or not missing_values:
        return characteristic
    bins = (replace(each, values=missing_values) if each.kind == "missing" else each for each in characteristic.bins)
    return replace(characteristic, bins=tuple(bins))


def calibrated(card: Scorecard, calibration: Calibration) -> Scorecard:
    """Return the scorecard with a calibration, and without grades, which rest on it."""
    return replace(card, calibration=calibration, grades=())


def graded(
    card: Scorecard,
    rows: pa.Table,
    bad: npt.NDArray[np.int64],
    made_from: Mapping[str, str],
    grades: tuple[scale.Grade, ...] | None = None,
) -> Scorecard:
    """Return the scorecard with its grades, provisional ones where none are given, and the hashes of what it was made from."""
    scored = card.score(rows)
    found = scale.provisional(scored.score, scored.pd, bad) if grades is None else grades
    return replace(card, grades=found, made_from=dict(made_from))


def _figures(fit: Fit, inference: Inference | None) -> dict[str, Any]:
    own = {"coefficient": fit.coefficients, "standard_error": fit.standard_errors, "p_value": fit.p_values}
    return own | {"lr_p_value": getattr(inference, "lr_p_values", None), "vif": getattr(inference, "vif", None)}


def _figure(values: Any, position: int) -> float | None:
    return None if values is None else _plain(values[position])


def _plain(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
