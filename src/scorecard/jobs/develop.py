"""What the notebooks of development call beside the library: check, gather, decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas
import pyarrow as pa

from scorecard.contracts import Column, Role, check_rows
from scorecard.data import source
from scorecard.data.samples import Prepared
from scorecard.errors import DataError
from scorecard.jobs import provenance
from scorecard.jobs.step import Step

if TYPE_CHECKING:  # a notebook imports what it calls, and no more: a kernel's imports are most of a short step's time
    from scorecard.figures import Chart
    from scorecard.profile import Leak
    from scorecard.selection import Given, Selection
    from scorecard.woe import Characteristic

NOT_INPUTS: dict[Role, str] = {
    "excluded": "", "protected": "kept for the fairness tests only", "identifier": "it identifies a person or a row",
}  # fmt: skip
BREACHES = ["column", "rule", "rows", "example_row", "example"]


def check(step: Step) -> pandas.DataFrame:
    """Check the table against its contract; save every breach, and stop where there is one.

    Raises
    ------
    DataError
        With the first breach and the number of the others.
    """
    rows = source.typed(source.open_table(step.pipeline.table, step.root), step.contract)
    breaches = check_rows(source.batches(rows, list(step.contract.columns)), step.contract)
    table = pandas.DataFrame([{key: getattr(breach, key) for key in BREACHES} for breach in breaches], columns=BREACHES)
    step.save_table("breaches.csv", table)
    if breaches:
        more = f" ({len(breaches) - 1} more in breaches.csv)" if len(breaches) > 1 else ""
        raise DataError(
            f"{step.pipeline.table} breaks the contract {step.contract.name}: {breaches[0]}{more}. Mend the rows, or the contract {step.pipeline.contract}."
        )
    return table


def facts(step: Step, prepared: Prepared, seed: int) -> dict[str, Any]:
    """Return what later steps hold the rows to: hashes of table and contract, and the seed of the split."""
    step.pipeline.challenge.judged(prepared.present())  # refused here, before hours of search
    found = {
        "data_sha256": source.fingerprint(step.pipeline.table, step.root), "contract_sha256": provenance.contract_sha256(step.contract),
        "seed": seed, "samples": prepared.present(), "rows": prepared.funnel[-1]["left"],
    }  # fmt: skip
    tags = {f"scorecard.{key}": found[key] for key in ("data_sha256", "contract_sha256", "seed", "rows")}
    step.parent.log(tags=tags)
    return found


def admitted(step: Step, leaks: list[Leak]) -> list[str]:
    """Return the inputs of the contract that the leakage screen did not name."""
    named = {leak.characteristic for leak in leaks}
    return [name for name in step.contract.with_role("input") if name not in named]


def usable(step: Step) -> dict[str, Characteristic]:
    """Return the characteristics that a model of this run may use: those with bins that nobody forbade, and that do not know the outcome.

    What the selection leaves out because the others say the same, or because it says little, a challenger may still use.
    """
    from scorecard import woe  # noqa: PLC0415

    dropped = step.table("03_scorecard", "selection.csv").set_index("characteristic")["step"]
    forbidden = set(dropped.index[dropped.isin(["forced out", "iv ceiling"])])
    found = woe.from_json(step.json("02_binning", "bins.json"))
    return {name: each for name, each in found.items() if name not in forbidden}


def leaks_table(leaks: list[Leak]) -> pandas.DataFrame:
    """Return the leakage screen's findings."""
    return pandas.DataFrame(
        [leak.to_dict() for leak in leaks], columns=["characteristic", "finding", "figure", "limit", "reason"]
    )


def charts(characteristics: Mapping[str, Characteristic], table: pandas.DataFrame, language: str) -> dict[str, Chart]:
    """Return a chart of the bins of every characteristic, strongest first."""
    from scorecard import figures  # noqa: PLC0415

    ordered = sorted(characteristics.values(), key=lambda each: (-each.iv, each.name))
    filled = table[table["count"] > 0]
    return {
        each.name: figures.bins(filled[filled["characteristic"] == each.name], each.name, language=language) for each in ordered
    }


def decisions(step: Step, chosen: Selection) -> pandas.DataFrame:
    """Return one row for every column that could have been a characteristic: kept, or what dropped it at which step."""
    from scorecard.selection import Decision  # noqa: PLC0415

    screened = step.table("01_data", "leaks.csv")
    rows = chosen.table()
    for leak in screened.to_dict("records"):
        rows.append(
            Decision(
                leak["characteristic"],
                False,
                f"screen: {leak['finding']}",
                None,
                None,
                leak["figure"],
                leak["limit"],
                leak["reason"],
            ).to_dict()
        )
    for name in step.contract.with_role(*NOT_INPUTS):
        column = step.contract.columns[name]
        rows.append(Decision(name, False, f"contract: {column.role}", reason=_not_an_input(column)).to_dict())
    told = {
        row["characteristic"] for row in rows
    }  # an edit of a column that never had bins does not apply, and is no second reason
    for name, why in step.json("02_binning", "refused.json").items():
        if name not in told:
            rows.append(Decision(name, False, why["step"], reason=why["reason"]).to_dict())
    return pandas.DataFrame(rows)


def given(step: Step, characteristics: Mapping[str, Characteristic], tables: Mapping[str, pa.Table]) -> Given:
    """Return what the selection knows beside development's rows: shifts of the later sample, what is forced, what has no bins."""
    from scorecard.selection import Forced, Given, count_in_bins, psi_by_sample  # noqa: PLC0415

    later = {name: count_in_bins(characteristics.values(), rows) for name, rows in tables.items() if name == "out_of_time"}
    forced = {name: Forced(**each) for name, each in step.json("02_binning", "forced.json").items()}
    absent = {name: why["reason"] for name, why in step.json("02_binning", "refused.json").items()}
    absent |= {row["characteristic"]: row["reason"] for row in step.table("01_data", "leaks.csv").to_dict("records")}
    absent |= {name: _not_an_input(step.contract.columns[name]) for name in step.contract.with_role(*NOT_INPUTS)}
    return Given(psi_by_sample(characteristics, later), forced, absent)


def _not_an_input(column: Column) -> str:
    return column.reason or NOT_INPUTS[column.role] or "the contract leaves it out"


def made_from(step: Step) -> dict[str, str]:
    """Return the hashes that go into `scorecard.json`."""
    from scorecard.edits import Edit  # noqa: PLC0415

    known = step.json("01_data", "data.json")
    hashes = {key: known[key] for key in ("data_sha256", "contract_sha256")}
    hashes["settings_sha256"] = provenance.settings_sha256(step.pipeline)
    if replayed := step.json("02_binning", "edits.json"):
        acts = [Edit.from_dict(each["edit"]).act for each in replayed]  # reasons, people and times move no number
        hashes["edits_sha256"] = provenance.sha256(acts)
    return hashes


def samples(step: Step, prepared: Prepared, names: list[str]) -> dict[str, pa.Table]:
    """Return development, test and out-of-time rows, those that are there, in time order."""
    return {name: step.rows(prepared, names, name) for name in prepared.present() if name != "monitoring"}
