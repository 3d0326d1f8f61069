"""Does an input tell to which group a customer belongs? Rows by bin and by group say it (FAI-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import chdtrc, ndtr

from scorecard.metrics import Auc, auc_interval
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Floats
from scorecard.validation.fairness.groups import Named, family, silent

SOURCE = "Cramér (1946), 21.9; DeLong, DeLong & Clarke-Pearson (1988); limits: convention"
NULL = "the input is independent of the group"
JOINT_NULL = "all inputs together tell no group"
NAMED = Named("FAI-06", SOURCE)
ALL_INPUTS = "all inputs"
CHANCE = 0.5


@dataclass(frozen=True, eq=False)
class Crossed:
    """Rows by the bins of an input and by group, at development and in the sample that is judged.

    Attributes
    ----------
    name : str
        Of the input.
    before, now : arrays of shape (bins, groups)
    marginal_iv : float or None
        What the input tells of risk beside the others; None where that is not known.
    """

    name: str
    before: Floats
    now: Floats
    marginal_iv: float | None = None


def proxy(crossed: Sequence[Crossed], groups: Sequence[str], where: str, thresholds: Thresholds) -> list[Result]:
    """Judge whether an input of the card tells to which group a customer belongs (FAI-06).

    A measurement, not a legal test. An input may be related to a group and still say something of its own about risk.

    Parameters
    ----------
    crossed : sequence of Crossed
        One an input.
    groups : sequence of str
        Names of the groups.
    where : str
        The sample and the attribute.
    thresholds : Thresholds
        `proxy_auc`, `proxy_cramers_v`, `proxy_marginal_iv`, `fair_alpha`.

    Returns
    -------
    list of Result
        One an input: the AUC with which its bins tell the group that they tell best from all others, with a logit interval.
        The bins are put in order by their share of the group at development and judged on later rows, so that no order is
        found by chance. `effect` is Cramer's V of the later rows. An AUC above `proxy_auc`, or a V above `proxy_cramers_v`,
        is amber; it is red where the input tells little of risk beside the others: its marginal IV is below
        `proxy_marginal_iv`. Where chi-square (adjusted for all inputs) says that chance explains it, the data are insufficient
        to tell. A last result is of all inputs together: a logit of the group on what each bin says of it, amber at most. Rows
        count as they are, without weights.

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, 21.9; DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44. The
    limits are a convention.

    Examples
    --------
    >>> counts = np.array([[80.0, 20.0], [20.0, 80.0]])
    >>> result, = proxy([Crossed("part_time", counts, counts, 0.001)], ["male", "female"], "test: sex", Thresholds())
    >>> round(result.statistic, 2), round(result.effect, 2), result.verdict.value
    (0.8, 0.6, 'red')
    """
    found = [association(each.now) for each in crossed]
    adjusted = family([p_value for _, p_value in found])
    return [
        _result(each, groups, (f"{where}: {each.name}", v, values), thresholds)
        for each, (v, _), values in zip(crossed, found, adjusted, strict=True)
    ]


def association(now: Floats) -> tuple[float, float | None]:
    """Return Cramer's V and the p-value of chi-square; 0 and None where there is one row or column only.

    Examples
    --------
    >>> v, p_value = association(np.array([[80.0, 20.0], [20.0, 80.0]]))
    >>> round(v, 12)
    0.6
    """
    table = now[now.sum(axis=1) > 0][:, now.sum(axis=0) > 0]
    if min(table.shape) < 2:  # noqa: PLR2004
        return 0.0, None
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    rows, columns = table.shape
    return sqrt(statistic / (table.sum() * (min(rows, columns) - 1))), float(chdtrc((rows - 1) * (columns - 1), statistic))


def _best(crossed: Crossed) -> tuple[int, Auc]:
    """Return the group that the input tells best from all others, and with which AUC."""
    found = [telling(crossed.before, crossed.now, group) for group in range(crossed.now.shape[1])]
    place = int(np.argmax([each.auc for each in found]))
    return place, found[place]


def telling(before: Floats, now: Floats, group: int) -> Auc:
    """Return the AUC with which bins tell a group from the others, in the order of its share in them before.

    Parameters
    ----------
    before, now : array of shape (bins, groups)
        A bin without rows before has the share of all.
    group : int

    Examples
    --------
    >>> counts = np.array([[80.0, 20.0], [20.0, 80.0]])
    >>> telling(counts, counts, 1).auc
    0.8
    """
    whole = before.sum(axis=1)
    share = np.where(whole > 0, before[:, group] / np.maximum(whole, 1), before[:, group].sum() / max(whole.sum(), 1))
    level, place = np.unique(share, return_inverse=True)
    other = now.sum(axis=1) - now[:, group]
    mine, others = (np.bincount(place, part, minlength=level.size).astype(float) for part in (now[:, group], other))
    return counted_auc(others, mine)


def counted_auc(others: Floats, mine: Floats) -> Auc:
    """Return an AUC and DeLong's variance of it from counts in ascending order.

    Parameters
    ----------
    others, mine : array of shape (k,)

    Examples
    --------
    >>> counted_auc(np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0]))
    Auc(auc=0.875, variance=0.03125)
    """
    n, m = others.sum(), mine.sum()
    below, above = (np.cumsum(others) - others / 2) / n, 1 - (np.cumsum(mine) - mine / 2) / m
    area = float(mine @ below / m)
    spread = [
        float(counts @ (part - area) ** 2 / max(size - 1, 1) / size)
        for counts, part, size in ((mine, below, m), (others, above, n))
    ]
    return Auc(area, sum(spread))


def is_flagged(crossed: Crossed, thresholds: Thresholds) -> bool:
    """Return whether an input is beyond one of the two limits."""
    return _best(crossed)[1].auc > thresholds.proxy_auc or association(crossed.now)[0] > thresholds.proxy_cramers_v


def _result(
    crossed: Crossed, groups: Sequence[str], told: tuple[str, float, Mapping[str, float]], thresholds: Thresholds
) -> Result:
    scope, v, adjusted = told
    rows = round(float(crossed.now.sum()))
    if not adjusted:
        return silent(NAMED, scope, Reading("reading.fair_constant"), rows=rows)
    place, area = _best(crossed)
    verdict, key = _judge(crossed, adjusted["p_holm"], thresholds)
    values = {
        "auc": area.auc,
        "group": groups[place],
        "v": v,
        "limit": thresholds.proxy_auc,
        "limit_v": thresholds.proxy_cramers_v,
    }
    values |= {"marginal_iv": crossed.marginal_iv, "limit_iv": thresholds.proxy_marginal_iv} | dict(adjusted)
    return Result(
        "FAI-06",
        scope,
        rows,
        0,
        area.auc,
        verdict,
        SOURCE,
        Reading(key, values),
        interval=auc_interval(area) if area.variance > 0 else None,
        threshold=thresholds.proxy_auc,
        p_value=adjusted["p"],
        effect=v,
        null=NULL,
    )


def _judge(crossed: Crossed, p_holm: float, thresholds: Thresholds) -> tuple[Verdict, str]:
    if not is_flagged(crossed, thresholds):
        return Verdict.GREEN, "reading.fair_proxy_none"
    if p_holm >= thresholds.fair_alpha:
        return Verdict.INSUFFICIENT_DATA, "reading.fair_proxy_chance"
    if crossed.marginal_iv is None:
        return Verdict.AMBER, "reading.fair_proxy_unweighed"
    idle = crossed.marginal_iv < thresholds.proxy_marginal_iv
    return (Verdict.RED, "reading.fair_proxy_idle") if idle else (Verdict.AMBER, "reading.fair_proxy")


def all_inputs(area: Auc, group: str, told: tuple[str, int, int], thresholds: Thresholds) -> Result:
    """Judge the AUC with which all inputs together tell a group: amber at most, for no single input could be left out.

    Parameters
    ----------
    area : Auc
    group : str
        The one that is told best.
    told : (str, int, int)
        The sample and the attribute, the rows, and among how many groups this one was the best.
    thresholds : Thresholds
        `proxy_auc`, `fair_alpha`.
    """
    where, rows, tried = told
    p_value = min(1.0, tried * float(ndtr((CHANCE - area.auc) / sqrt(area.variance)))) if area.variance > 0 else None
    low, high = auc_interval(area)
    values = {"auc": area.auc, "low": low, "high": high, "group": group, "limit": thresholds.proxy_auc}
    verdict, key = Verdict.GREEN, "reading.fair_joint_weak"
    if area.auc > thresholds.proxy_auc:
        chance = p_value is not None and p_value >= thresholds.fair_alpha
        verdict = Verdict.INSUFFICIENT_DATA if chance else Verdict.AMBER
        key = "reading.fair_joint_chance" if chance else "reading.fair_joint"
    return Result(
        "FAI-06",
        f"{where}: {ALL_INPUTS}",
        rows,
        0,
        area.auc,
        verdict,
        SOURCE,
        Reading(key, values),
        interval=(low, high) if area.variance > 0 else None,
        threshold=thresholds.proxy_auc,
        p_value=p_value,
        effect=area.auc - CHANCE,
        null=JOINT_NULL,
    )
