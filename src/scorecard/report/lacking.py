"""What the model card would lack, before there is one."""

from __future__ import annotations

from collections.abc import Collection

from scorecard.report.facts import CardFacts
from scorecard.report.items import ITEMS

# What validation, the committee and the documents themselves add: before them its absence is no gap.
AWAITED = frozenset({
    "version", "results", "results.discrimination", "results.calibration", "results.stability", "csi", "opinion", "conditions",
    "strategy", "swap", "el", "rwa",
})  # fmt: skip


def lacking(facts: CardFacts, awaited: Collection[str] = ()) -> tuple[str, ...]:
    """Return what each item of the model card lacks, in the order of the items, each thing once.

    Parameters
    ----------
    facts : CardFacts
        What is known so far; what comes later is left empty.
    awaited : collection of str
        What is not due yet, such as `AWAITED` before validation.

    Returns
    -------
    tuple of str
        Names as in the lists ``missing`` of the card, such as ``about.owner`` or ``hash.data``.
    """
    found = [name for item in ITEMS.values() for name in item(facts)["missing"]]
    return tuple(dict.fromkeys(name for name in found if name not in awaited))
