"""Do several estimates of one figure agree? Cochran's Q, I-squared, and how far the true figures lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri

from scorecard.errors import DataError


@dataclass(frozen=True)
class Heterogeneity:
    """What several estimates say of one figure.

    Attributes
    ----------
    pooled : float
        Mean of the estimates, each weighted by the inverse of its variance.
    q : float
        Cochran's Q: chi-square with estimates - 1 degrees of freedom where all measure the same.
    p_value : float
    i_squared : float
        Share of the variation that is not sampling error, in [0, 1).
    spread : float
        Standard deviation of the true figures (DerSimonian & Laird), 0 where sampling error explains the variation.
    detectable : float
        The spread that Q would find at 5 % four times in five.
    """

    pooled: float
    q: float
    p_value: float
    i_squared: float
    spread: float
    detectable: float


def heterogeneity(estimates: ArrayLike, errors: ArrayLike, power: float = 0.8) -> Heterogeneity:
    """Return whether estimates differ by more than their standard errors explain, and by how much.

    Parameters
    ----------
    estimates, errors : array of shape (k,)
        At least two, with standard errors above 0.
    power : float
        Of `Heterogeneity.detectable`.

    Raises
    ------
    DataError
        Where there are fewer than two estimates, the lengths differ, or an error is not above 0.

    References
    ----------
    Cochran (1954), Biometrics 10; Higgins & Thompson (2002), Statistics in Medicine 21 (I-squared); DerSimonian & Laird
    (1986), Controlled Clinical Trials 7 (spread).

    Examples
    --------
    >>> found = heterogeneity([-1.0, -1.0, -2.0], [0.2, 0.2, 0.2])
    >>> round(found.q, 3), round(found.i_squared, 2), round(found.spread, 3)
    (16.667, 0.88, 0.542)
    """
    values, sigma = np.asarray(estimates, dtype=float), np.asarray(errors, dtype=float)
    if values.shape != sigma.shape or values.size < 2 or not (sigma > 0).all():  # noqa: PLR2004
        raise DataError(
            f"{values.size} estimates with {sigma.size} standard errors; expected two or more, with errors above 0. Fit more periods."
        )
    weight = sigma**-2.0
    total, df = float(weight.sum()), values.size - 1
    pooled = float(weight @ values) / total
    q = float(weight @ (values - pooled) ** 2)
    scale = total - float(weight @ weight) / total  # what a squared spread adds to the expectation of Q
    ratio = float(chdtri(df, 0.05) / chdtri(df, power))
    return Heterogeneity(
        pooled,
        q,
        float(chdtrc(df, q)),
        max(0.0, 1 - df / q) if q > 0 else 0.0,
        sqrt(max(0.0, (q - df) / scale)),
        sqrt(df / scale * (ratio - 1)),
    )
