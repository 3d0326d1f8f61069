"""Reasons of any challenger: Shapley values on the log-odds, against the same reference customers, in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.errors import EvidenceError
from scorecard.model import Scorecard
from scorecard.reasons.explaining import Reason, merged, words
from scorecard.woe import column

if TYPE_CHECKING:
    from scorecard.challengers import Tuned
    from scorecard.contracts import Contract
    from scorecard.woe import Characteristic

FEWEST_LOSS = 1e-6  # log-odds; XGBoost sums its trees in single precision, so less is noise
Floats = npt.NDArray[np.float64]


def shapley(
    tuned: Tuned,
    table: pa.Table,
    reference_rows: pa.Table,
    texts: Mapping[str, str] | None = None,
    most: int = 4,
    cutoff: float | None = None,
) -> list[tuple[Reason, ...]]:
    """Return the reasons of each customer by a challenger, the largest shortfall first.

    The shortfall of a characteristic is its Shapley value: what it adds to the log-odds of bad where the reference customers'
    values would stand instead. All of a customer's values sum to the log-odds less the mean of the reference customers. Points
    are its negative, and the reference has none: a characteristic of a model that is no sum has no points of its own.

    Parameters
    ----------
    tuned : Tuned
    table : pyarrow.Table
        Customers.
    reference_rows : pyarrow.Table
        The customers to compare with: those at or just above the cut-off (see `compared`).
    texts : mapping of characteristic to text, optional
        Reasons in words, such as those of `texts`; the name where there is none.
    most : int
    cutoff : float, optional
        Customers with a PD at or below it are approved and get no reasons.

    Raises
    ------
    EvidenceError
        Where there are no reference customers.
    """
    from scorecard.challengers import contributions  # noqa: PLC0415  a second that scorecards do not need

    if not reference_rows.num_rows:
        raise EvidenceError("There are no reference customers; expected those at or just above the cut-off. Lower the cut-off.")
    refused = np.ones(table.num_rows, dtype=np.bool_) if cutoff is None else tuned.pd(table) > cutoff
    asked = table.filter(pa.array(refused))
    lost = contributions(tuned, asked, reference_rows).values
    characteristics = tuned.encoder.characteristics
    given = iter(zip(_bins(characteristics, asked), lost, strict=True))
    return [merged(_reasons(characteristics, *next(given), texts or {}))[:most] if below else () for below in refused.tolist()]


def texts(card: Scorecard, contract: Contract, language: str = "en") -> dict[str, str]:
    """Return the reason of every column in words, as the scorecard says it, or would if it held the column."""
    found = {name: each.reason_text.get(language) or each.description or name for name, each in contract.columns.items()}
    return found | {term.name: words(term, language) for term in card.terms}


def _reasons(
    characteristics: tuple[Characteristic, ...], places: npt.NDArray[np.intp], lost: Floats, told: Mapping[str, str]
) -> list[Reason]:
    """Return the reasons with a shortfall, the largest first; ties in the order of the characteristics."""
    order = [int(place) for place in np.argsort(-lost, kind="stable") if lost[place] > FEWEST_LOSS]
    return [
        Reason(
            each.name,
            told.get(each.name, each.name),
            each.bins[places[place]].label,
            -float(lost[place]),
            0.0,
            float(lost[place]),
        )
        for place, each in ((place, characteristics[place]) for place in order)
    ]


def _bins(characteristics: tuple[Characteristic, ...], table: pa.Table) -> npt.NDArray[np.intp]:
    found = [each.assign(column(table, each.name)) for each in characteristics]
    return np.array(found, dtype=np.intp).reshape(len(found), table.num_rows).T
