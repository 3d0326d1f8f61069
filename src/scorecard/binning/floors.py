"""Says what every rule costs in information value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas

from scorecard.binning.rules import MAX_PREBINS, Rules
from scorecard.binning.solver import fit
from scorecard.counts import Classes

SMALLEST_SHARE = 1e-9  # one account
LIFTED: dict[str, Any] = {
    "min_share": SMALLEST_SHARE, "min_bads": 0, "max_bins": MAX_PREBINS, "trend": "none", "rare_accounts": 0,
    "min_woe_difference": 0.0, "min_rate_difference": 0.0, "max_p_value": 1.0,
}  # fmt: skip
FOREIGN = {"numeric": {"rare_accounts"}, "categorical": {"trend"}}


def floors(classes: Classes, rules: Rules) -> pandas.DataFrame:
    """Return what every rule costs: the IV with all of them, and with that one lifted.

    Parameters
    ----------
    classes : Classes
    rules : Rules

    Returns
    -------
    DataFrame
        characteristic, rule, limit, iv, iv_without, cost; a row per rule that limits the bins, dearest first.
        Bins under all rules are also bins under fewer, so that no cost is negative.

    Raises
    ------
    EvidenceError, SettingsError
        As in `fit`.
    """
    iv = fit(classes, rules).iv
    foreign = FOREIGN[classes.kind] - ({"trend"} if rules.order else set())
    rows = []
    for rule, value in LIFTED.items():
        limit = getattr(rules, rule)
        if rule not in foreign and limit != value:
            without = max(fit(classes, replace(rules, **{rule: value})).iv, iv)
            rows.append((classes.name, rule, str(limit), iv, without, without - iv))
    names = ["characteristic", "rule", "limit", "iv", "iv_without", "cost"]
    return pandas.DataFrame(rows, columns=names).sort_values("cost", ascending=False, kind="stable", ignore_index=True)
