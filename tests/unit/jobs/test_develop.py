"""The selection table of a run: one row for every column, whatever dropped it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas
import pytest

from scorecard.jobs import develop
from scorecard.jobs.step import Step
from scorecard.selection import Decision, Selection
from scorecard.tracking import open_store

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")  # MLflow 3.17 on SQLAlchemy 2.1
LEAK = {"characteristic": "housing", "finding": "separates", "figure": 0.99, "limit": 0.95, "reason": "It knows the outcome."}
STALE = {"step": "edits", "reason": "Edit 1 (exclude) does not apply."}


@pytest.fixture(scope="module")
def step(tmp_path_factory, example):
    """Return the third step of a run that screened one column, and whose edits name it, a protected one and an unknown one."""
    root = tmp_path_factory.mktemp("project")
    for part in ("pipelines", "notebooks"):
        (root / part).mkdir()
    shutil.copytree(ROOT / "schemas", root / "schemas")
    store = open_store(root)
    experiment = store.experiment("german")
    parent = store.start("german", experiment)
    steps = {
        name: Step(name, store.root, example.pipeline, parent, store.start(name, experiment, parent.run_id))
        for name in ("01_data", "02_binning", "03_scorecard")
    }
    steps["01_data"].save_table("leaks.csv", pandas.DataFrame([LEAK]))
    protected = example.contract.with_role("protected")[0]
    steps["02_binning"].save_json("refused.json", dict.fromkeys(("housing", protected, "nobody"), STALE))
    steps["02_binning"].save_json("forced.json", {"purpose": {"include": True, "reason": "Policy."}})
    for name in ("01_data", "02_binning"):
        steps[name].own.finish("FINISHED")
    return steps["03_scorecard"]


def test_every_column_has_one_row_with_what_dropped_it_first(step):
    chosen = Selection(["purpose"], [Decision("purpose", True, "kept")])
    table = develop.decisions(step, chosen).set_index("characteristic")
    assert table.index.is_unique
    protected = step.contract.with_role("protected")[0]
    assert table.loc[["purpose", "housing", protected, "nobody"], "step"].tolist() == [
        "kept", "screen: separates", "contract: protected", "edits",
    ]  # fmt: skip
    assert set(step.contract.with_role(*develop.NOT_INPUTS)) <= set(table.index)


def test_the_selection_is_given_orders_and_why_columns_have_no_bins(step):
    given = develop.given(step, {}, {})
    assert given.forced["purpose"].reason == "Policy."
    assert given.absent["housing"] == "It knows the outcome."
    assert given.absent["nobody"] == STALE["reason"]
    assert given.shifts == {}
