"""Bins that keep their order in every period: neighbours that change places beyond sampling error are merged until none do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas

from scorecard.binning.partition import Solved, described, partition
from scorecard.binning.periods import INVERTED, Comparison, Pair, compare, inversions
from scorecard.binning.rules import MIN_BINS, Rules
from scorecard.counts import Classes
from scorecard.errors import EvidenceError
from scorecard.woe import Characteristic

STABLE = "merged to be stable"  # beside the solver's status
COLUMNS = (
    "characteristic", "periods", "judged", "insufficient", "comparisons", "inversions", "beyond_sampling_error",
    "bins", "iv", "bins_stable", "iv_stable", "iv_given_up", "merged", "refused",
)  # fmt: skip
Merged = float | tuple[str, ...]


@dataclass(frozen=True)
class Stabilised:
    """A characteristic whose bins keep their order, and what that cost.

    Attributes
    ----------
    iv_given_up : float
        At least 0, but for the 0.5 added where a bin has no goods or no bads, which merging can make needless.
    inversions_avoided : int
        Beyond sampling error, that the bins had before.
    merged : tuple
        What was merged, in turn: the edge that went, or the levels of the group that came.
    """

    characteristic: Characteristic
    iv_given_up: float
    inversions_avoided: int
    merged: tuple[Merged, ...]


def stabilised(characteristic: Characteristic, classes: Classes, rules: Rules) -> Stabilised:
    """Merge neighbours that change places beyond sampling error, the cheapest in information value first, until none do.

    Parameters
    ----------
    characteristic : Characteristic
    classes : Classes
        Counted by period.
    rules : Rules
        Of the characteristic: its splits and groups stay.

    Raises
    ------
    EvidenceError
        Where a period contradicts an edge or a group that the rules fix, or one bin is left.
    SettingsError
        Where the classes were not counted by period.
    """
    now, merged = characteristic, list[Merged]()
    first = found = compare(now, classes, rules)
    while found.inverted.any():
        wrong = [found.pairs[pair] for pair in np.flatnonzero(found.inverted.any(axis=0))]
        free = [pair for pair in wrong if not _fixed(now, pair, rules)]
        if not free:
            clearest = int(np.argmin(np.where(found.inverted, found.p_value, np.inf))) % len(found.pairs)
            fixed = _fixed(now, found.pairs[clearest], rules)
            raise EvidenceError(f"{_worst(now, classes, rules)}, yet {fixed}. Change these rules, or leave {classes.name} out.")
        now, gone = max((_joined(now, classes, pair, rules) for pair in free), key=lambda option: option[0].iv)
        merged.extend(gone)
        found = compare(now, classes, rules)
    if merged and _telling(now) < MIN_BINS:
        told = _worst(characteristic, classes, rules)
        raise EvidenceError(f"{told}, and merged until the order holds only one bin is left. Leave {classes.name} out.")
    now = replace(now, status=f"{now.status}, {STABLE}") if merged else now
    return Stabilised(now, characteristic.iv - now.iv, int(first.inverted.sum()), tuple(merged))


def stabilise_all(
    characteristics: Mapping[str, Characteristic],
    counts: Mapping[str, Classes],
    rules: Rules,
    per_characteristic: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[dict[str, Characteristic], dict[str, str], pandas.DataFrame]:
    """Merge the bins of every characteristic until they keep their order in every period.

    Parameters
    ----------
    characteristics : mapping of name to Characteristic
    counts : mapping of name to Classes
        By period.
    rules : Rules
    per_characteristic : mapping of name to mapping of rule to value, optional
        What is otherwise for one of them.

    Returns
    -------
    stable : dict of name to Characteristic
    refused : dict of name to the reason why no bins keep their order
    table : DataFrame
        Per characteristic: periods; those that judge every pair of neighbours, and those with insufficient data for one;
        comparisons made, reversed, and reversed beyond sampling error; bins and IV before and after; what was merged, or
        why it is refused.
    """
    stable, refused, rows = dict[str, Characteristic](), dict[str, str](), []
    for name, each in characteristics.items():
        mine = rules.changed(name, (per_characteristic or {}).get(name, {}))
        row = _judged(each, compare(each, counts[name], mine))
        try:
            done = stabilised(each, counts[name], mine)
        except EvidenceError as error:
            refused[name] = str(error)
            rows.append(row | {"refused": str(error)})
        else:
            stable[name] = done.characteristic
            rows.append(row | _changed(done))
    return stable, refused, pandas.DataFrame(rows, columns=COLUMNS)


def report(
    characteristics: Mapping[str, Characteristic],
    counts: Mapping[str, Classes],
    rules: Rules,
    per_characteristic: Mapping[str, Mapping[str, Any]] | None = None,
) -> pandas.DataFrame:
    """Return the table of `stabilise_all` alone: what stability would cost, while the bins stay as they are."""
    return stabilise_all(characteristics, counts, rules, per_characteristic)[2]


def _joined(
    characteristic: Characteristic, classes: Classes, pair: Pair, rules: Rules
) -> tuple[Characteristic, tuple[Merged, ...]]:
    """Return the characteristic with two neighbours as one, and what was merged."""
    cut, (low, high) = partition(characteristic), sorted(pair)
    gone: tuple[Merged, ...]
    if classes.kind == "numeric":
        gone, joined = cut.edges[low:high], replace(cut, edges=cut.edges[:low] + cut.edges[high:])
    else:
        group = tuple(sorted(cut.groups[low] + cut.groups[high]))
        gone = (group,)
        joined = replace(cut, groups=(*cut.groups[:low], group, *cut.groups[low + 1 : high], *cut.groups[high + 1 :]))
    found = described(classes, joined, rules, Solved(characteristic.status, MIN_BINS))
    return replace(found, noise_floor=characteristic.noise_floor), gone  # chance had all the classes to choose among


def _fixed(characteristic: Characteristic, pair: Pair, rules: Rules) -> str:
    """Say by which rule two neighbours stay apart; nothing where none asks for it."""
    cut, (low, high) = partition(characteristic), sorted(pair)
    edges = [edge for edge in cut.edges[low:high] if edge in rules.splits]
    if edges:
        return f"splits fix the edge {edges[0]:,.12g}"
    levels = {level for place in pair for level in cut.groups[place]} if cut.groups else set()
    groups = [group for group in rules.groups if levels & set(group)]
    return f"groups keep {', '.join(groups[0])} apart from the others" if groups else ""


def _telling(characteristic: Characteristic) -> int:
    """Return how many bins have a WoE of their own."""
    return sum(each.count > 0 and each.treatment.startswith("empirical") for each in characteristic.bins)


def _worst(characteristic: Characteristic, classes: Classes, rules: Rules) -> str:
    """Return the words for the inversion that chance explains least."""
    found = inversions(characteristic, classes, rules)
    worst = found[found["finding"] == INVERTED].sort_values("p_value", kind="stable").iloc[0]
    return (
        f"{classes.name}: in {worst['period']} {worst['safer']!r} has more bads ({worst['safer_bad_rate']:.1%}) than "
        f"{worst['riskier']!r} ({worst['riskier_bad_rate']:.1%}), against the order overall and beyond sampling error "
        f"(p = {worst['p_holm']:.2g})"
    )


def _judged(characteristic: Characteristic, found: Comparison) -> dict[str, Any]:
    short = int((~found.enough).any(axis=1).sum())
    return {
        "characteristic": characteristic.name, "periods": len(found.periods),
        "judged": len(found.periods) - short if found.pairs else 0, "insufficient": short,
        "comparisons": int(found.enough.sum()), "inversions": int(found.reversed.sum()),
        "beyond_sampling_error": int(found.inverted.sum()), "bins": _telling(characteristic), "iv": characteristic.iv,
    }  # fmt: skip


def _changed(done: Stabilised) -> dict[str, Any]:
    gone = (", ".join(each) if isinstance(each, tuple) else f"{each:,.12g}" for each in done.merged)
    return {
        "bins_stable": _telling(done.characteristic), "iv_stable": done.characteristic.iv, "iv_given_up": done.iv_given_up,
        "merged": " | ".join(gone), "refused": "",
    }  # fmt: skip
