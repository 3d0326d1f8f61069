"""Notebooks run by hand, as in JupyterLab: from their own folder, with their defaults, one kernel each."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from scorecard.settings import NOTEBOOKS
from scorecard.tracking import open_store
from scorecard.tracking.store import PARENT, STEP, Store

pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning"  # how MLflow 3.17 asks for runs
)
TOO_EARLY = "03_scorecard"  # run once before 02_binning


@dataclass(frozen=True)
class ByHand:
    """What a person has after running every notebook once, in order, and one of them too early."""

    executed: dict[str, nbformat.NotebookNode]
    refusal: CellExecutionError
    store: Store

    @property
    def parent(self):
        """The one run that is no step."""
        (parent,) = (run for run in self.store.runs() if PARENT not in run.data.tags)
        return parent

    def statuses(self, step):
        """How every attempt at a step ended, oldest first."""
        return [run.info.status for run in reversed(self.store.runs()) if run.data.tags.get(STEP) == step]


def run(project: Path, name: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(project / "notebooks" / f"{name}.ipynb", as_version=4)
    (cell,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source = cell.source.replace("pipelines/taiwan.yaml", "pipelines/german.yaml")
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": project / "notebooks"}}
    ).execute()
    return notebook


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory):
    project = tmp_path_factory.mktemp("by_hand") / "project"
    subprocess.run([sys.executable, "-m", "scorecard", "init", project], check=True, capture_output=True)
    first, *others = NOTEBOOKS
    executed = {first: run(project, first)}
    with pytest.raises(CellExecutionError) as refusal:
        run(project, TOO_EARLY)
    executed |= {name: run(project, name) for name in others}
    return ByHand(executed, refusal.value, open_store(project))


def test_the_first_notebook_starts_a_run_and_the_others_go_on_with_it(by_hand):
    steps = {run.data.tags[STEP]: run.data.tags[PARENT] for run in by_hand.store.runs() if STEP in run.data.tags}
    assert steps == dict.fromkeys(NOTEBOOKS, by_hand.parent.info.run_id)


def test_every_step_and_the_run_are_finished(by_hand):
    assert {name: by_hand.statuses(name)[-1] for name in NOTEBOOKS} == dict.fromkeys(NOTEBOOKS, "FINISHED")
    assert by_hand.parent.info.status == "FINISHED"


def test_the_run_says_that_a_person_started_it(by_hand):
    assert by_hand.parent.data.tags["scorecard.started_by"] == "hand"


def test_a_notebook_run_too_early_says_in_one_message_which_one_is_needed_first(by_hand):
    assert by_hand.refusal.ename == "DataError"
    assert by_hand.refusal.evalue == (
        f"The run {by_hand.parent.info.run_id[:8]} has no finished step 02_binning; it is needed first. "
        "Run that notebook, or resume: --from 02_binning"
    )


def test_a_step_that_stopped_is_kept_as_failed_beside_the_one_that_was_finished(by_hand):
    assert by_hand.statuses(TOO_EARLY) == ["FAILED", "FINISHED"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_last_cell_shows_the_answer(by_hand, name):
    (shown,) = by_hand.executed[name].cells[-1].outputs
    assert shown.data["text/markdown"].endswith(".")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_cell_prints_warnings_or_progress_bars(by_hand, name):
    printed = [
        out.text for cell in by_hand.executed[name].cells for out in cell.get("outputs", []) if out.output_type == "stream"
    ]
    assert printed == []
