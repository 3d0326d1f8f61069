"""How much of the loss from wrong decisions does a score avoid, whatever the two errors cost? Hand's H-measure."""

from __future__ import annotations

from numpy.typing import ArrayLike

from scorecard.metrics.hulls import h_of_hulls, hulls
from scorecard.metrics.ranking import classes


def h_measure(bad: ArrayLike, risk: ArrayLike, severity_ratio: float | None = None, weight: ArrayLike | None = None) -> float:
    """Return the share of the unavoidable loss without a score that the score avoids, averaged over costs of the errors.

    Unlike the AUC it weighs the errors of all models by the same distribution of costs.

    Parameters
    ----------
    bad, risk, weight : array of shape (n,)
        As in `auc`.
    severity_ratio : float, optional
        How much worse it is to turn a good away than to take a bad, above 0; bads over goods by default, as in the R package hmeasure.

    Returns
    -------
    float
        In [0, 1]; 0 tells nothing, 1 separates.

    Raises
    ------
    DataError, EvidenceError
        As in `auc`, and where the ratio is not above 0.

    References
    ----------
    Hand (2009), Machine Learning 77; Hand & Anagnostopoulos (2014), Pattern Recognition Letters 40.

    Examples
    --------
    >>> round(h_measure([0, 0, 1, 1], [1, 3, 2, 4]), 4), h_measure([0, 0, 1, 1], [1, 2, 3, 4])
    (0.5, 1.0)
    """
    goods, bads, _ = classes(bad, risk, weight)
    return float(h_of_hulls(hulls(goods, bads), severity_ratio)[0])
