"""Bins from counts, held to optbinning on the rows themselves under equal rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas
import pytest
from optbinning import OptimalBinning

from scorecard import contracts, settings
from scorecard.binning import Rules, fit
from scorecard.counts import Classes, count
from scorecard.data.outcome import BAD
from scorecard.data.samples import prepare
from scorecard.settings import Table
from scorecard.woe import Characteristic

ROOT = Path(__file__).parents[3]
RULES = Rules(keep_sparse=False)  # optbinning knows no sparse bins
RARE = "every rare level"


@dataclass(frozen=True)
class Both:
    """A characteristic binned from counts and on rows."""

    classes: Classes
    ours: Characteristic
    theirs: OptimalBinning
    values: pandas.Series

    @property
    def ratio(self) -> float:
        return self.ours.iv / float(self.theirs.binning_table.iv)


def on_rows(values: pandas.Series, bad: np.ndarray, kind: str, codes: dict) -> OptimalBinning:
    """Fit optbinning with the limits of `RULES`; rare levels are renamed to one, as they share one place here."""
    if kind == "categorical":
        rare = values.map(values.value_counts()) < RULES.rare_accounts
        values = values.astype(object).mask(rare & (values[rare].nunique() > 1), RARE)
    solver = OptimalBinning(
        dtype="categorical" if kind == "categorical" else "numerical", max_n_bins=RULES.max_bins, min_bin_size=RULES.min_share,
        min_bin_n_event=RULES.min_bads, special_codes=codes or None,
    )  # fmt: skip
    solver.fit(values.to_numpy(object if kind == "categorical" else float), bad)
    solver.binning_table.build()
    return solver


def both_ways(name: str, table: Table | None = None) -> dict[str, Both]:
    pipeline = settings.load(ROOT / "pipelines" / f"{name}.yaml")
    contract = contracts.load(ROOT / pipeline.contract)
    rows = prepare(pipeline.model_copy(update={"table": table or pipeline.table}), contract, ROOT, 1).sample("development")
    frame, found = rows.df(), {}
    for column in contract.with_role("input"):
        kind, codes = contract.columns[column].kind, contract.columns[column].special_codes
        if kind != "date":
            classes = count(rows, column, kind, codes)
            theirs = on_rows(frame[column], frame[BAD].to_numpy(), kind, dict(codes))
            found[column] = Both(classes, fit(classes, RULES), theirs, frame[column])
    return found


@pytest.fixture(scope="module", params=["german", "taiwan", "lending_club"])
def fitted(request) -> dict[str, Both]:
    if request.param != "lending_club":
        return both_ways(request.param)
    folder = request.getfixturevalue("data_folder")
    return both_ways("lending_club", Table(path=str(folder / "lendingclub_2007_2011" / "lendingclub_2007_2011.parquet")))


def test_the_whole_information_value_is_that_of_the_rows(fitted):
    ours, theirs = (
        sum(values) for values in zip(*((each.ours.iv, each.theirs.binning_table.iv) for each in fitted.values()), strict=True)
    )
    assert ours >= 0.998 * theirs


def test_no_characteristic_loses_a_hundredth_of_its_information_value(fitted):
    assert {name: each.ratio for name, each in fitted.items() if each.ratio < 0.99} == {}


def test_the_bins_are_those_of_the_rows_where_each_value_is_a_class(fitted):
    """Edges may be written with fewer digits, but separate the same rows."""
    compared = 0
    for name, each in fitted.items():
        if each.classes.kind == "numeric" and (each.classes.low == each.classes.high).all():
            edges = [found.lower for found in each.ours.bins if found.kind == "interval" and found.lower is not None]
            values = each.values.to_numpy(float)
            below = [[(values < edge).sum() for edge in found] for found in (edges, each.theirs.splits)]
            assert below[0] == below[1], name
            compared += 1
    assert compared >= 6


def test_the_groups_of_levels_are_those_of_the_rows(fitted):
    for name, each in fitted.items():
        if each.classes.kind == "categorical":
            ours = {frozenset(found.values) for found in each.ours.bins if found.kind == "category"}
            rare = frozenset(each.classes.low[each.classes.tally.accounts < RULES.rare_accounts])
            theirs = {
                frozenset(level for found in group for level in (rare if found == RARE else [found]))
                for group in each.theirs.splits
            }
            assert ours == theirs, name
