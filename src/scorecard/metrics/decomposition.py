"""What is a Brier score made of? Miscalibration, separation, and the uncertainty of the portfolio itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from scorecard.errors import EvidenceError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BrierParts:
    """Murphy's parts: Brier score = reliability - resolution + uncertainty."""

    reliability: float
    resolution: float
    uncertainty: float


@dataclass(frozen=True)
class BinnedBrierParts:
    """Stephenson's parts: Brier score = reliability - resolution + uncertainty + variance - covariance, both within bins."""

    reliability: float
    resolution: float
    uncertainty: float
    variance: float
    covariance: float


@dataclass(frozen=True)
class CorpParts:
    """Parts without bins: Brier score = miscalibration - discrimination + uncertainty."""

    miscalibration: float
    discrimination: float
    uncertainty: float


def brier_decomposition(n: ArrayLike, defaults: ArrayLike, pd: ArrayLike) -> BrierParts:
    """Split the Brier score into miscalibration, separation and the portfolio's own uncertainty.

    Parameters
    ----------
    n, defaults : array of shape (k,)
        Customers and defaults per grade; empty grades count for nothing.
    pd : array of shape (k,)
        The grade's one PD.

    Raises
    ------
    EvidenceError
        Where there are no customers.

    References
    ----------
    Murphy (1973), Journal of Applied Meteorology 12.

    Examples
    --------
    >>> brier_decomposition([2, 2], [0, 2], [0.5, 0.5])
    BrierParts(reliability=0.25, resolution=0.25, uncertainty=0.25)
    """
    customers, bads, probability = _held(n, defaults, pd)
    rate, overall = bads / customers, bads.sum() / customers.sum()
    share = customers / customers.sum()
    return BrierParts(
        reliability=float(share @ (probability - rate) ** 2),
        resolution=float(share @ (rate - overall) ** 2),
        uncertainty=float(overall * (1 - overall)),
    )


def binned_brier_decomposition(n: ArrayLike, defaults: ArrayLike, pd: ArrayLike, bins: ArrayLike) -> BinnedBrierParts:
    """Split the Brier score of many different PDs that are looked at in bins.

    Parameters
    ----------
    n, defaults, pd : array of shape (k,)
        Customers and defaults at each PD.
    bins : int array of shape (k,)
        The bin that each PD is in, 0 and up.

    Raises
    ------
    EvidenceError
        Where there are no customers.

    References
    ----------
    Stephenson, Coelho & Jolliffe (2008), Weather and Forecasting 23.

    Examples
    --------
    >>> parts = binned_brier_decomposition([2, 2], [0, 2], [0.1, 0.9], [0, 0])
    >>> round(parts.variance, 4), round(parts.covariance, 4)
    (0.16, 0.4)
    """
    customers, bads, probability = (np.asarray(each, dtype=float) for each in (n, defaults, pd))
    group = np.asarray(bins)
    held, failed, expected = (np.bincount(group, each) for each in (customers, bads, customers * probability))
    mean = expected / np.where(held > 0, held, 1)
    rate = failed / np.where(held > 0, held, 1)
    parts, total = brier_decomposition(held, failed, mean), customers.sum()
    apart = probability - mean[group]
    return BinnedBrierParts(
        parts.reliability,
        parts.resolution,
        parts.uncertainty,
        variance=float(customers @ apart**2 / total),
        covariance=float(2 * (bads - customers * rate[group]) @ apart / total),
    )


def corp_decomposition(n: ArrayLike, defaults: ArrayLike, pd: ArrayLike) -> CorpParts:
    """Split the Brier score of PDs without bins: against the best PDs in the same order.

    Parameters
    ----------
    n, defaults, pd : array of shape (k,)
        Customers and defaults at each PD, in any order.

    Returns
    -------
    CorpParts
        Miscalibration is what setting the PDs right would gain, discrimination what their order is worth; both at least 0.

    Raises
    ------
    EvidenceError
        Where there are no customers.

    References
    ----------
    Dimitriadis, Gneiting & Jordan (2021), PNAS 118(8).

    Examples
    --------
    >>> corp_decomposition([2, 2], [0, 2], [0.5, 0.5])
    CorpParts(miscalibration=0.0, discrimination=0.0, uncertainty=0.25)
    """
    customers, bads, probability = _held(n, defaults, pd)
    values, place = np.unique(probability, return_inverse=True)
    held, failed = (np.bincount(place, each).astype(float) for each in (customers, bads))
    overall = failed.sum() / held.sum()
    best = isotonic_regression(failed / held, weights=held).x
    own, mended, blind = (_brier(held, failed, each) for each in (values, best, np.full(values.size, overall)))
    return CorpParts(own - mended, blind - mended, blind)


def _brier(customers: Floats, bads: Floats, pd: Floats) -> float:
    return float((bads @ (1 - pd) ** 2 + (customers - bads) @ pd**2) / customers.sum())


def _held(n: ArrayLike, defaults: ArrayLike, pd: ArrayLike) -> tuple[Floats, Floats, Floats]:
    customers, bads, probability = (np.asarray(each, dtype=float) for each in (n, defaults, pd))
    held = customers > 0
    if not held.any():
        raise EvidenceError("the grades have no customers; a decomposition needs some. Widen the sample.")
    return customers[held], bads[held], probability[held]
