"""The comparison page: whether a challenger earns its keep, what the cut-off does, and who is decided otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scorecard import figures
from scorecard.errors import DataError
from scorecard.figures import Chart
from scorecard.report import numbers, pages

SCHEMA = "comparison/1"
SHOWN_BINS = 6  # of a swap set, the widest apart; the JSON document has all
ADJUSTED = 0.05  # p-value, Holm's, up to which an answer is told
Rows = Sequence[Mapping[str, Any]]


def render_comparison(document: Mapping[str, Any], language: str = "en") -> str:
    """Return the comparison of a run as one HTML page that needs nothing from outside.

    Parameters
    ----------
    document : mapping
        ``comparison.json`` of a run.
    language : {"en", "zh"}

    Raises
    ------
    DataError
        Where the document is not of the schema ``comparison/1``.
    """
    if document.get("schema") != SCHEMA:
        raise DataError(f"the comparison has the schema {document.get('schema')!r}, expected {SCHEMA!r}. Run notebook 04 again.")
    judged = document["about"]["sample"]
    own, shown = [row for row in document["table"] if row["sample"] == judged], _shown(document)
    return pages.page(
        "comparison.html.j2",
        language,
        document=document,
        own=own,
        shown=shown,
        others=_by_sample([row for row in document["table"] if row["sample"] != judged and row["model"] in shown]),
        answers={each["model"]: each for each in document["answers"]},
        differences=[
            row
            for row in document["differences"]
            if (row["sample"], row["how"]) == (judged, "bootstrap") and row["model"] in shown
        ],
        swaps=_pairs(document["swaps"]),
        decisions=_decisions(document),
        groups=_groups([row for row in document["fairness"] if not row["few"]]),
        few=list(
            dict.fromkeys(f"{row['attribute']}: {row['group']} ({row['rows']})" for row in document["fairness"] if row["few"])
        ),
        totals=_totals(document),
        money=_scale(document),
        svg=_figures(document, own, shown, language),
    )


def _by_sample(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["sample"], []).append(row)
    return found


def _pairs(swaps: Rows) -> list[dict[str, Any]]:
    """Return per pair of models the swap set at equal approval rate, that at equal bad rate, and what is told of the people."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in swaps:
        pair = found.setdefault((each["before"], each["after"]), {})
        pair[each["at"]] = each
        if each["at"] == "rate":
            pair |= {"told": _told(each["characteristics"]), "mix": _told(each["protected"])}
    return list(found.values())


def _told(rows: Rows) -> list[Mapping[str, Any]]:
    """Return the answers that differ beyond chance, the widest apart first."""
    known = [row for row in rows if row["p_holm"] is not None and row["p_holm"] <= ADJUSTED]
    return sorted(known, key=lambda row: -abs(row["difference"]))[:SHOWN_BINS]


def _decisions(document: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return the figures of every decision, by model and decision."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in (document["strategy"] or {}).get("decisions", []):
        found.setdefault(row["model"], {})[row["decision"]] = row
    return found


def _groups(rows: Rows) -> list[list[Mapping[str, Any]]]:
    """Return the rows of each protected group together, one a model."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["attribute"], row["group"]), []).append(row)
    return list(found.values())


def _totals(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what each model approves in all, by model, and under ``everybody`` all applicants by the scorecard's PDs."""
    rows = (document["strategy"] or {}).get("decisions", [])
    approved = {row["model"]: row for row in rows if row["decision"] == "approved_in_all"}
    everybody = [row for row in rows if row["decision"] == "everybody" and row["model"] == "scorecard"]
    return approved | ({"everybody": everybody[0]} if everybody else {})


def _scale(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return by how much amounts are divided, and the currency; without a currency units of money are told."""
    return {
        "by": numbers.unit(_totals(document).get("everybody", {}).get("exposure")),
        "currency": document["about"]["currency"] if document["about"]["exposure"] else None,
    }


def _figures(document: Mapping[str, Any], own: Rows, shown: Sequence[str], language: str) -> dict[str, Any]:
    strategy = document["strategy"]
    rates = {name: document["roc"][name] for name in shown}
    found: dict[str, Chart | list[tuple[str, Chart]] | None] = {
        "auc": figures.comparison([dict(row) | {"sample": None} for row in own], language=language),
        "roc": figures.roc({name: (goods, bads) for name, (goods, bads) in rates.items()}, language=language),
        "calibration": figures.calibration_models(
            [row for row in document["calibration"] if row["model"] in shown], language=language
        ),
        "migration": [
            (each["model"], figures.migration(each["counts"], each["grades"], each["model"], language=language))
            for each in document["migration"]
        ],
        "bad_rate": None,
        "profit": None,
    }
    if strategy is not None:
        at = strategy["approval_rate"]
        found["bad_rate"] = figures.strategy_curve(strategy["curve"], at, language=language)
        if strategy["break_even"] is not None:
            found["profit"] = figures.profit_curve(strategy["curve"], at, language=language)
    return found


def _shown(document: Mapping[str, Any]) -> list[str]:
    """Return the models that all but the first table show: the scorecard, the incumbent and the challenger that speaks for all."""
    best = None if document["verdict"] is None else document["verdict"]["model"]
    challengers = {each["model"] for each in document["answers"]}
    return [name for name in document["roc"] if name not in challengers or name == best]
