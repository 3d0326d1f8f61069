"""Evidently's drift report, for people to look at beside the official figures: self-contained HTML on a bounded sample.

Its PSI is not a credit PSI (it re-bins both samples together and drops missing values), so no verdict is taken from it.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas

MOST_ROWS = 5_000
EMPTY = "<!DOCTYPE html><title>Drift</title><p>No characteristic has a value in both tables: there is nothing to compare.</p>\n"


def html(reference: pandas.DataFrame, current: pandas.DataFrame, categorical: list[str]) -> str:
    """Return Evidently's data drift page.

    Parameters
    ----------
    reference, current : DataFrame
        The same columns; numbers as float, categories as text. At most 5,000 evenly spaced rows of each are used,
        so the same tables give the same sample. Columns without any value on a side are left out.
    categorical : list of str
        Names of the categorical columns.
    """
    filled = [name for name in reference.columns if reference[name].notna().any() and current[name].notna().any()]
    if not filled:
        return EMPTY
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports warn of their own future
        from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415  four seconds that only this report needs
        from evidently.presets import DataDriftPreset  # noqa: PLC0415

        definition = DataDefinition(
            numerical_columns=[_harmless(name) for name in filled if name not in categorical],
            categorical_columns=[_harmless(name) for name in filled if name in categorical],
        )
        before, now = (
            Dataset.from_pandas(_shown(bounded(table[filled]), categorical), data_definition=definition)
            for table in (reference, current)
        )
        return str(Report([DataDriftPreset()]).run(now, before).get_html_str(as_iframe=False))


def bounded(table: pandas.DataFrame) -> pandas.DataFrame:
    """Return at most 5,000 rows, evenly spaced from the first to the last."""
    if len(table) <= MOST_ROWS:
        return table.reset_index(drop=True)
    return table.iloc[np.linspace(0, len(table) - 1, MOST_ROWS).astype(int)].reset_index(drop=True)


def _shown(table: pandas.DataFrame, categorical: list[str]) -> pandas.DataFrame:
    """Return a table whose names and levels cannot end the script that Evidently writes them into."""
    texts = {name: table[name].map(_harmless, na_action="ignore") for name in table.columns if name in categorical}
    return table.assign(**texts).rename(columns=_harmless)


def _harmless(text: str) -> str:
    return str(text).replace("<", "‹")
