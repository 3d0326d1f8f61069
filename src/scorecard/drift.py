"""Evidently's drift report, for people to look at beside the official figures: self-contained HTML on a bounded sample.

Its PSI is not a credit PSI (it re-bins both samples together and drops missing values), so no verdict is taken from it.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas

MOST_ROWS = 5_000


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports warn of their own future
        from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415  four seconds that only this report needs
        from evidently.presets import DataDriftPreset  # noqa: PLC0415

        filled = [name for name in reference.columns if reference[name].notna().any() and current[name].notna().any()]
        numeric = [name for name in filled if name not in categorical]
        definition = DataDefinition(
            numerical_columns=numeric, categorical_columns=[name for name in categorical if name in filled]
        )
        before, now = (Dataset.from_pandas(_bounded(table[filled]), data_definition=definition) for table in (reference, current))
        return str(Report([DataDriftPreset()]).run(now, before).get_html_str(as_iframe=False))


def _bounded(table: pandas.DataFrame) -> pandas.DataFrame:
    if len(table) <= MOST_ROWS:
        return table.reset_index(drop=True)
    return table.iloc[np.linspace(0, len(table) - 1, MOST_ROWS).astype(int)].reset_index(drop=True)
