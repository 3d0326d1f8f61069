"""Compare two scorecards, on a table where one is named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pandas

from scorecard.contracts import Column, Contract
from scorecard.data import source
from scorecard.difference import Difference
from scorecard.difference import difference as compare
from scorecard.errors import SettingsError
from scorecard.model import Scorecard
from scorecard.settings import Table


def difference(before: Scorecard, after: Scorecard, table: Table | None = None, root: Path | None = None) -> Difference:
    """Return what is different between two scorecards.

    Parameters
    ----------
    before, after : Scorecard
    table : Table, optional
        To score by both.
    root : Path, optional
        The folder that the table's path starts from; the current one where it is not given.

    Raises
    ------
    SettingsError
        Where the scorecards read a column differently.
    DataError
        Where the table cannot be read.
    EvidenceError
        Where it has no rows.
    """
    if table is None:
        return compare(before, after)
    contract = inputs(before, after)
    names = ", ".join(source.quoted(name) for name in contract.columns)
    rows = source.typed(source.open_table(table, root or Path()), contract).project(names).to_arrow_table()
    return compare(before, after, rows)


def inputs(before: Scorecard, after: Scorecard) -> Contract:
    """Return what two scorecards ask of a table together."""
    for name, dtype in before.dtypes.items():
        if after.dtypes.get(name, dtype) != dtype:
            raise SettingsError(
                f"{name} is {dtype} before and {after.dtypes[name]} after; expected one dtype. Compare without a table."
            )
    columns = {name: Column(dtype=dtype) for name, dtype in (before.dtypes | after.dtypes).items()}
    missing = tuple(dict.fromkeys([*before.missing_values, *after.missing_values]))
    return Contract(name=f"{before.name} and {after.name}", missing_values=missing, columns=columns)


def tables(found: Difference) -> dict[str, pandas.DataFrame]:
    """Return the tables that say something, by name."""
    every = {field.name: getattr(found, field.name) for field in fields(found)}
    return {name: table for name, table in every.items() if table is not None and len(table)}


def in_words(found: Difference) -> str:
    """Return the difference in a few lines."""
    lines = ["no difference"] if found.same else [f"{len(found.settings)} settings and {len(found.grades)} grades differ"]
    lines += [
        f"{change}: {', '.join(part['characteristic'])}" for change, part in found.characteristics.groupby("change", sort=False)
    ]
    if len(found.points):
        lines.append(f"{len(found.points)} points differ, of {found.points['characteristic'].nunique()} characteristics")
    if found.shift is not None:
        row = found.shift.iloc[0]
        lines.append(
            f"{row['moved_share']:.1%} of {int(row['rows']):,} scores move, by {row['mean_move']:+.2f} points on average "
            f"and {row['largest_move']:+.12g} at most"
        )
    return "\n".join(lines)
