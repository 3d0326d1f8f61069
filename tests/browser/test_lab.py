"""JupyterLab on a project: a notebook is opened, run to its end and saved by a person's hand."""

from __future__ import annotations

from dataclasses import dataclass

import nbformat
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.system("chromium")

NAME = "03_scorecard"
SLOW = 180_000  # milliseconds a busy machine may take for a notebook


@dataclass(frozen=True)
class Ran:
    """What a person sees after the last cell, and the notebook as it was saved."""

    answer: str
    alarms: int
    dialogs: int
    asked: list[str]
    saved: nbformat.NotebookNode


@pytest.fixture(scope="module")
def ran(lab, project, module_visit):
    path = project / "notebooks" / f"{NAME}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("pipelines/taiwan.yaml", "pipelines/german.yaml"), encoding="utf-8")
    page = module_visit.page
    page.goto(f"{lab.url}/lab/tree/notebooks/{NAME}.ipynb?token={lab.token}")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    answer = page.locator(".jp-OutputArea-output.jp-RenderedMarkdown").last
    expect(answer).to_contain_text("is registered as", timeout=SLOW)
    page.keyboard.press("Control+s")
    page.get_by_text("Saving completed").wait_for(timeout=SLOW)
    alarms, dialogs = page.locator(".Toastify__toast").count(), page.locator(".jp-Dialog").count()
    return Ran(answer.inner_text(), alarms, dialogs, module_visit.asked, nbformat.read(path, as_version=4))


def test_the_answer_stands_under_the_last_cell(ran):
    assert ran.answer.startswith("A scorecard of ")
    assert "is registered as german/" in ran.answer


def test_every_cell_was_run_in_order_without_an_error(ran):
    code = [cell for cell in ran.saved.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert [output for cell in code for output in cell.outputs if output.output_type == "error"] == []


def test_nothing_pops_up(ran):
    assert (ran.alarms, ran.dialogs) == (0, 0)


def test_nothing_is_asked_of_the_network(ran):
    assert ran.asked == []


def test_it_opens_at_the_notebooks(lab, visit):
    visit.page.goto(f"{lab.url}/?token={lab.token}")
    visit.page.get_by_role("region", name="side panel content").get_by_text(f"{NAME}.ipynb").wait_for(timeout=SLOW)
    assert visit.asked == []


def test_without_the_token_nothing_is_shown(lab, visit):
    visit.page.goto(f"{lab.url}/lab/tree/notebooks/{NAME}.ipynb")
    visit.page.locator("#token_input").wait_for()
    assert visit.page.get_by_text(NAME).count() == 0
    assert visit.asked == []
