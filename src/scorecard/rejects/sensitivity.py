"""What an assumption moves: models side by side, and one method over the values that its assumption may take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from scorecard.errors import SettingsError
from scorecard.rejects.applicants import Applicants, Inferred, pd
from scorecard.rejects.methods import known

FACTORS = (1.0, 1.2, 1.5, 2.0, 3.0, 4.0)  # convention: how many times as bad declines are taken to be
BANDS = (5, 10, 20)
Floats = npt.NDArray[np.float64]


def compare(applicants: Applicants, results: Iterable[Inferred], approval_rate: float | None = None) -> pandas.DataFrame:
    """Return a row for the accepts' model and one for every inferred model, on all applicants.

    Parameters
    ----------
    applicants : Applicants
    results : iterable of Inferred
    approval_rate : float, optional
        Share of all applicants that either model approves, in (0, 1); the share that was accepted where it is left out.

    Returns
    -------
    DataFrame
        ``bad_rate`` of everybody and ``declined_bad_rate`` as inferred; ``declined_pd``, the declines' mean PD by the model;
        ``coefficient_change``, the largest against the accepts' model; ``rank_correlation`` of the two scores (Spearman);
        ``swapped_share``, approved by this model and not by the accepts' one, and as many the other way round, with the PDs
        of both groups by this model: an inference, not an outcome.

    Raises
    ------
    SettingsError
        Where the approval rate is no share.

    References
    ----------
    Siddiqi (2006), Credit Risk Scorecards, chapter 6; Spearman (1904), American Journal of Psychology 15.
    """
    rate = applicants.accept_rate if approval_rate is None else approval_rate
    if not 0 < rate < 1:
        raise SettingsError(f"approval_rate = {rate}; expected a share above 0 and below 1. Change the parameter.")
    return pandas.DataFrame([_row(applicants, each, rate) for each in (known(applicants), *results)])


def coefficients(applicants: Applicants, results: Iterable[Inferred]) -> pandas.DataFrame:
    """Return the coefficients of the accepts' model and of every inferred one, a row per characteristic.

    Parameters
    ----------
    applicants : Applicants
    results : iterable of Inferred
    """
    columns = {each.method: [each.fit.intercept, *each.fit.coefficients] for each in (known(applicants), *results)}
    return pandas.DataFrame({"characteristic": ["intercept", *applicants.names]} | columns)


def sensitivity(
    applicants: Applicants,
    infer: Callable[[Applicants, Any], Inferred],
    values: Sequence[float],
    approval_rate: float | None = None,
) -> pandas.DataFrame:
    """Return what a method gives for every value that its assumption may take, after the accepts' model.

    Parameters
    ----------
    applicants : Applicants
    infer : function of applicants and a value
        Such as `parcel_fuzzy`, whose value is the factor.
    values : sequence of float
        Such as `FACTORS`, `BANDS`, or `cutoffs`.
    approval_rate : float, optional
        As in `compare`.

    Returns
    -------
    DataFrame
        As `compare`, with ``value``; the accepts' model has none.
    """
    table = compare(applicants, [infer(applicants, value) for value in values], approval_rate)
    table.insert(1, "value", [None, *values])
    return table


def cutoffs(applicants: Applicants) -> tuple[float, ...]:
    """Return PDs from which on 10, 20, 30, 40 and 50 % of the declines would be called bad, highest first.

    Parameters
    ----------
    applicants : Applicants
    """
    shares = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    found = np.quantile(applicants.known_pd[1], shares, method="inverted_cdf", weights=applicants.weights[1])
    return tuple(float(each) for each in dict.fromkeys(found))


def _row(applicants: Applicants, inferred: Inferred, rate: float) -> dict[str, Any]:
    from scipy.stats import spearmanr  # noqa: PLC0415  its import takes half a second, which most commands can do without

    woe, weight = applicants.everybody
    before, after = np.concatenate(applicants.known_pd), pd(inferred.fit, woe)
    was, now = _approved(before, weight, rate), _approved(after, weight, rate)
    change = inferred.fit.coefficients - applicants.known.coefficients
    return {
        "method": inferred.method, "assumption": inferred.assumption, "bad_rate": inferred.bad_rate,
        "declined_bad_rate": inferred.declined_bad_rate,
        "declined_pd": float(np.average(after[len(applicants.accepted):], weights=applicants.weights[1])),
        "coefficient_change": float(np.abs(change).max()), "rank_correlation": float(spearmanr(before, after).statistic),
        "swapped_share": float(weight[now & ~was].sum() / weight.sum()),
        "swapped_in_pd": _mean(after, weight, now & ~was), "swapped_out_pd": _mean(after, weight, was & ~now),
        "warnings": " ".join(inferred.warnings),
    }  # fmt: skip


def _approved(chance: Floats, weight: Floats, rate: float) -> npt.NDArray[np.bool_]:
    """Approve the safest; equal PDs are approved together, so the rate is reached or passed by one PD's share."""
    return np.asarray(chance <= np.quantile(chance, rate, method="inverted_cdf", weights=weight))


def _mean(chance: Floats, weight: Floats, rows: npt.NDArray[np.bool_]) -> float | None:
    return float(np.average(chance[rows], weights=weight[rows])) if weight[rows].sum() else None
