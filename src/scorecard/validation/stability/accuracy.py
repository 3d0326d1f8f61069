"""Does the scorecard know the customers it meets now as precisely as those it was fitted on? The population accuracy index."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from scorecard.errors import EvidenceError
from scorecard.metrics import population_accuracy, prediction_variance
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.cells import Cells
from scorecard.validation.evidence import DEVELOPMENT, Evidence, Floats, without_model
from scorecard.validation.fits import Refit, fittable, refitted
from scorecard.validation.judging import AMBER_P, REACH, Z95, Limits, judge, told, unless_blind, upper_p

SOURCE = "Taplin & Hunt (2019); limits: convention of the authors"


@dataclass(frozen=True, eq=False)
class Precision:
    """How uncertain the fitted logit is for each kind of customer, and how many there are.

    Attributes
    ----------
    variance : array of shape (cells,)
        Of the predicted logit.
    customers : array of shape (cells,)
    """

    variance: Floats
    customers: Floats

    @property
    def mean(self) -> float:
        """Mean variance over the customers."""
        return float(np.average(self.variance, weights=self.customers))

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        spread = float(np.average((self.variance - self.mean) ** 2, weights=self.customers))
        return sqrt(spread / float(self.customers.sum()))


def accuracy_test(reference: Precision, current: Precision, scope: str, thresholds: Thresholds) -> Result:
    """Test whether the scorecard predicts the current customers less precisely than those it was fitted on (STA-05).

    Parameters
    ----------
    reference, current : Precision
        Of development and of the current sample, by the covariance of development's fit on the scale of the logit.
    scope : str
        The current sample.
    thresholds : Thresholds
        `accuracy_amber`, `accuracy_red`, `min_rows`.

    Returns
    -------
    Result
        The population accuracy index: the mean variance of the predicted logit now, over that of development. Amber and red
        beyond the limits where p < 5 % and p < 1 %. Unlike the PSI it rises only where customers move to bins that the
        coefficients know little of, and not at all where they move to better known ones. `detectable` is the index that
        p < 5 % would have found four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    Taplin & Hunt (2019), The Population Accuracy Index, Risks 7(2), 53.

    Examples
    --------
    >>> before, now = (Precision(np.array([0.5, 1.5]), np.array(counts)) for counts in ([500, 500], [100, 900]))
    >>> result = accuracy_test(before, now, "test", Thresholds())
    >>> result.statistic, result.verdict.value
    (1.4, 'amber')
    """
    n, m = float(reference.customers.sum()), float(current.customers.sum())
    if min(n, m) == 0:
        return Result("STA-05", scope, round(m), 0, None, Verdict.NOT_COMPUTABLE, SOURCE, Reading("reading.no_rows"))
    index = population_accuracy(reference.variance, current.variance, reference.customers, current.customers)
    error = sqrt(current.error**2 + (index * reference.error) ** 2) / reference.mean
    p_value, limits = upper_p(index - 1, error), Limits(thresholds.accuracy_amber, thresholds.accuracy_red)
    verdict, key = judge(index, p_value, limits), told("accuracy", index, p_value, limits.amber)
    if key == "reading.accuracy_held" and p_value < AMBER_P:
        key = "reading.accuracy_small"
    values = {"index": index, "low": index - Z95 * error, "high": index + Z95 * error, "limit": limits.amber, "p": p_value}
    values |= {"reference": round(n), "rows": round(m), "needed": thresholds.min_rows}
    if min(n, m) < thresholds.min_rows:
        verdict, key = Verdict.INSUFFICIENT_DATA, "reading.few_rows"
    result = Result(
        "STA-05",
        scope,
        round(m),
        0,
        index,
        verdict,
        SOURCE,
        Reading(key, values),
        interval=(values["low"], values["high"]),
        threshold=limits.amber,
        p_value=p_value,
        effect=index - 1,
        null="the current customers are predicted as precisely as those of development",
        detectable=1 + REACH * error,
    )
    return unless_blind(result, limits.red)


def each_accuracy(evidence: Evidence) -> list[Result]:
    """Run STA-05 on every sample after development."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("STA-05", evidence, SOURCE)]
    start = evidence.cells[DEVELOPMENT]
    if not all(fittable(block.segment) for block in start.blocks):
        return [_unfitted(evidence, "reading.no_coefficients")]
    try:
        fits = {block.segment.name: refitted(block.segment, block.woe(), (block.goods, block.bads)) for block in start.blocks}
    except EvidenceError:
        return [_unfitted(evidence, "reading.no_fit")]
    reference = _precision(start, fits)
    later = {name: cells for name, cells in evidence.cells.items() if name != DEVELOPMENT}
    return [accuracy_test(reference, _precision(cells, fits), name, evidence.thresholds) for name, cells in later.items()]


def _precision(cells: Cells, fits: dict[str, Refit]) -> Precision:
    """Return the precision of all segments together; customers of a segment that development did not have are left out."""
    known = [block for block in cells.blocks if block.segment.name in fits]
    variances = [_variance(block.woe(), fits[block.segment.name]) for block in known]
    nobody = np.empty(0)
    return Precision(np.concatenate([nobody, *variances]), np.concatenate([nobody, *(block.total for block in known)]))


def _variance(woe: ArrayLike, fit: Refit) -> Floats:
    rows = np.asarray(woe, dtype=float)
    return prediction_variance(np.column_stack([np.ones(len(rows)), rows]), fit.covariance)


def _unfitted(evidence: Evidence, key: str) -> Result:
    rows = evidence.development.n, evidence.development.events
    return Result("STA-05", "scorecard", *rows, None, Verdict.NOT_COMPUTABLE, SOURCE, Reading(key))
