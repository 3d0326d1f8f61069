"""What would another model change for protected groups, where it approves as many customers? Impact ratios, side by side.

These are measurements, not legal tests: which attributes matter, and what follows, is for the bank's policy and its lawyers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit, ndtr, ndtri

from scorecard.metrics import holm
from scorecard.metrics.probability import CLIP
from scorecard.strategy import Rows

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FEWEST = 30  # convention: approvals and declines of a group below which a ratio says little
Z95 = float(ndtri(0.975))


@dataclass(frozen=True, eq=False)
class Groups:
    """A protected attribute: the group of each row (-1 where it is not known), the names, and whom the others are compared with.

    Without a reference the largest group is it.
    """

    codes: npt.NDArray[np.int_]
    names: Sequence[str]
    reference: str | None = None


def changes(rows: Rows, attributes: Mapping[str, Groups], approved: Mapping[str, Flags]) -> list[dict[str, Any]]:
    """Return the adverse impact ratio and the standardised mean difference of every group, by every model.

    Parameters
    ----------
    rows : Rows
    attributes : mapping of name to Groups
    approved : mapping of model to bool array of shape (rows,)
        Where every model approves as many; the scorecard first.

    Returns
    -------
    list of dict
        A row per attribute, group (the reference left out) and model: ``rows`` of the group, ``approval_rate`` and ``reference_rate``, ``air`` (the
        rates' ratio) with Katz' interval, ``below`` (whether it is under four fifths, in exact integers; of weighted rows by
        the ratio), ``smd`` (log-odds of good, group less reference, over the pooled standard deviation); of models after the first ``change``,
        the AIR over that of the scorecard, with paired interval, ``p_value`` and ``p_holm`` over all of them. Ratios are None, and
        ``few`` is true, where a group or the reference has fewer than thirty approvals or thirty declines.

    References
    ----------
    EEOC (1978), Uniform Guidelines, section 4 D, on four fifths; Katz and others (1978), Biometrics 34; Cohen (1988) on the standardised mean difference.
    """
    found: list[dict[str, Any]] = []
    for attribute, groups in attributes.items():
        reference = _reference(groups, rows.units)
        if reference is None:
            continue
        base = groups.codes == reference
        for code, name in enumerate(groups.names):
            member = groups.codes == code
            if code == reference or not member.any():
                continue
            told = {"attribute": attribute, "group": name, "reference": groups.names[reference], "rows": int(member.sum())}
            found += [told | each for each in _by_model(rows, member, base, approved)]
    tested = [row for row in found if row["p_value"] is not None]
    for row, adjusted in zip(tested, holm([row["p_value"] for row in tested]).tolist(), strict=True):
        row["p_holm"] = adjusted
    return found


def _reference(groups: Groups, units: Floats) -> int | None:
    """Return the code of the reference group; None where fewer than two groups have rows."""
    known = groups.codes >= 0
    counts = np.bincount(groups.codes[known], units[known], minlength=len(groups.names))
    if (counts > 0).sum() < 2:  # noqa: PLR2004  nobody to compare with
        return None
    named = [code for code, name in enumerate(groups.names) if name == groups.reference and counts[code] > 0]
    return named[0] if named else int(counts.argmax())


def _by_model(rows: Rows, member: Flags, base: Flags, approved: Mapping[str, Flags]) -> list[dict[str, Any]]:
    first = next(iter(approved))
    few = any(_few(rows, each, side) for each in approved.values() for side in (member, base))
    found = []
    for name, each in approved.items():
        rates = [_rate(rows, side, each) for side in (member, base)]
        row = {
            "model": name,
            "approval_rate": rates[0],
            "reference_rate": rates[1],
            "few": few,
            "smd": _smd(rows, name, member, base),
        }
        row |= dict.fromkeys(("air", "air_low", "air_high", "below"))
        row |= dict.fromkeys(("change", "change_low", "change_high", "p_value", "p_holm"))
        if not few:
            row |= _ratio(rows, member, base, each)
        if not few and name != first:
            row |= _paired(rows, member, base, (approved[first], each))
        found.append(row)
    return found


def _few(rows: Rows, approved: Flags, side: Flags) -> bool:
    yes, total = float(rows.units[side & approved].sum()), float(rows.units[side].sum())
    return min(yes, total - yes) < FEWEST


def _rate(rows: Rows, side: Flags, approved: Flags) -> float:
    return float(rows.units[side & approved].sum() / rows.units[side].sum())


def _ratio(rows: Rows, member: Flags, base: Flags, approved: Flags) -> dict[str, Any]:
    p, q = _rate(rows, member, approved), _rate(rows, base, approved)
    n, m = float(rows.units[member].sum()), float(rows.units[base].sum())
    reach = Z95 * sqrt((1 - p) / (p * n) + (1 - q) / (q * m))
    if rows.weight is None:  # 5 a m >= 4 b n in whole numbers: a ratio of exactly four fifths passes
        a, b = int((member & approved).sum()), int((base & approved).sum())
        below = 5 * a * int(base.sum()) < 4 * b * int(member.sum())
    else:
        below = p / q < 0.8  # noqa: PLR2004  four fifths
    return {"air": p / q, "air_low": p / q * exp(-reach), "air_high": p / q * exp(reach), "below": below}


def _paired(rows: Rows, member: Flags, base: Flags, approved: tuple[Flags, Flags]) -> dict[str, float | None]:
    """Compare two models' ratios on the same customers: by the delta method on the log, cut-offs taken as given."""
    before, after = approved
    difference, variance = 0.0, 0.0
    for sign, side in ((1, member), (-1, base)):
        p, q, both = (_rate(rows, side, each) for each in (before, after, before & after))
        difference += sign * log(q / p)
        variance += ((1 - p) / p + (1 - q) / q - 2 * (both - p * q) / (p * q)) / float(rows.units[side].sum())
    reach = Z95 * sqrt(max(variance, 0.0))
    p_value = float(2 * ndtr(-abs(difference) / sqrt(variance))) if variance > 0 else 1.0 if difference == 0 else None
    return {
        "change": exp(difference),
        "change_low": exp(difference - reach),
        "change_high": exp(difference + reach),
        "p_value": p_value,
    }


def _smd(rows: Rows, name: str, member: Flags, base: Flags) -> float | None:
    """Return the difference of the mean log-odds of good in pooled standard deviations; None where nobody differs."""
    odds = -logit(np.clip(rows.models[name].pd, CLIP, 1 - CLIP))
    if not np.ptp(odds[member | base]) > 0:
        return None
    means, squares, counts = [], 0.0, 0.0
    for side in (member, base):
        units, values = rows.units[side], odds[side]
        mean = float(np.average(values, weights=units))
        means.append(mean)
        squares, counts = squares + float(units @ (values - mean) ** 2), counts + float(units.sum())
    pooled = sqrt(squares / max(counts - 2, 1.0))
    return (means[0] - means[1]) / pooled if pooled > 0 else None  # each group may be constant
