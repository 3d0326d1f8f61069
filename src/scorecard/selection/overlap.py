"""Which characteristics say the same? Clusters by correlation, then variance inflation, both on WoE.

Names always come strongest first; those in `forced` stay whatever they say, and are told all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt

from scorecard import metrics
from scorecard.selection.decisions import Broken, Limits

CLOSE = 1e-6  # relative: two characteristics that only explain each other have one VIF, but for rounding
Floats = npt.NDArray[np.float64]


def constant_gate(names: Sequence[str], correlations: Floats) -> dict[str, Broken]:
    """Name the characteristics whose WoE is the same in every row: they are correlated with nothing, and have no coefficient."""
    reason = "its WoE is the same in every row of development"
    still = np.isnan(np.diag(correlations))
    return {name: Broken("constant", None, None, reason) for name, found in zip(names, still, strict=True) if found}


def cluster_gate(names: Sequence[str], correlations: Floats, forced: AbstractSet[str], limits: Limits) -> dict[str, Broken]:
    """Group the characteristics around the strongest ones, and name those that another one stands for.

    Each, strongest first, joins the kept one it is most correlated with where that is beyond the limit, and is kept otherwise.
    So no two kept ones are correlated beyond the limit, and every dropped one is with the very one that stands for it;
    a chain of neighbours drags nothing along that is not alike. Forced ones come first, and are all kept.

    Parameters
    ----------
    names : sequence of k names
    correlations : array of shape (k, k)
    forced : set of names
    limits : Limits

    References
    ----------
    Hartigan (1975), Clustering Algorithms, chapter 3 (the leader algorithm).
    """
    broken: dict[str, Broken] = {}
    leaders: list[int] = []
    for place in sorted(range(len(names)), key=lambda place: names[place] not in forced):
        rivals = [(abs(float(correlations[place, other])), other) for other in leaders]
        found, leader = max(rivals, key=lambda rival: rival[0], default=(0.0, place))
        if found > limits.max_correlation:
            why = "is forced in" if names[leader] in forced else "is stronger"
            reason = f"moves with {names[leader]}, which {why}"
            broken[names[place]] = Broken("correlation", found, limits.max_correlation, reason, names[leader])
        if found <= limits.max_correlation or names[place] in forced:
            leaders.append(place)
    return broken


def vif_gate(names: Sequence[str], correlations: Floats, forced: AbstractSet[str], limits: Limits) -> dict[str, Broken]:
    """Name the characteristics that the others explain, one at a time: the highest VIF, of ties the weakest IV.

    Parameters are those of `cluster_gate`.

    References
    ----------
    Belsley, Kuh & Welsch (1980), Regression Diagnostics, section 3.2; the limit is a convention.
    """
    broken: dict[str, Broken] = {}
    left = list(range(len(names)))
    while True:
        found = metrics.vif(correlations[np.ix_(left, left)])
        beyond = {place: float(value) for place, value in zip(left, found, strict=True) if value > limits.max_vif}
        free = [place for place in beyond if names[place] not in forced]
        if not free:
            return broken | {names[place]: _explained(value, limits) for place, value in beyond.items()}
        highest = max(beyond[place] for place in free)
        worst = max(place for place in free if beyond[place] >= highest * (1 - CLOSE))
        broken[names[worst]] = _explained(beyond[worst], limits)
        left.remove(worst)


def _explained(value: float, limits: Limits) -> Broken:
    if np.isinf(value):
        return Broken("vif", None, limits.max_vif, "the others add up to it exactly: its VIF is infinite")
    return Broken("vif", value, limits.max_vif, f"the others explain {1 - 1 / value:.0%} of it")
