"""An edit made in the browser, from the notebook run by hand through a pipeline's run to the model card."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import yaml
from playwright.sync_api import Page, expect

from scorecard import edits
from scorecard.binning import partition
from scorecard.woe import from_json

pytestmark = [pytest.mark.full, pytest.mark.system("chromium")]

SLOW = 300_000  # milliseconds a busy machine may take for a notebook
NAME = "duration_months"
REASON = "Loans of <less than a year> are one product & nobody prices them apart."
AUTHOR = "Lin Wei"


@dataclass(frozen=True)
class Edited:
    """What was done by hand, and what a run made of it."""

    root: Path
    at: float
    told: str
    listed: str
    code: int
    problems: str

    def left(self, name: str) -> Path:
        """Return the newest artefact of a name: the run's, made after those by hand."""
        return newest(self.root, name)


def newest(root: Path, name: str) -> Path:
    return max((root / "mlruns" / "artifacts").glob(f"*/artifacts/{name}"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module")
def project(laid_out, tmp_path_factory) -> Path:
    """Return a project whose notebooks are set to German credit, as a person sets their parameters."""
    root = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("edit") / "project"))
    for path in sorted((root / "notebooks").glob("0[12]_*.ipynb")):
        book = nbformat.read(path, as_version=4)
        (cell,) = (each for each in book.cells if "parameters" in each.metadata.get("tags", []))
        cell.source = cell.source.replace("pipelines/taiwan.yaml", "pipelines/german.yaml").replace(
            "max_bins: int = 8", "max_bins: int = 5"
        )
        nbformat.write(book, path)
    return root


def opened(page: Page, lab, name: str) -> None:
    """Open a notebook in a workspace of its own, where no other tab takes the menu."""
    page.goto(f"{lab.url}/lab/workspaces/{name}/tree/notebooks/{name}.ipynb?token={lab.token}")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)


def run(page: Page, answer: str) -> None:
    """Run all cells, and wait for the last one's answer."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.locator(".jp-OutputArea-output.jp-RenderedMarkdown").last).to_contain_text(answer, timeout=SLOW)


@pytest.fixture(scope="module")
def edited(lab, project, module_visit, call) -> Edited:
    """Return the project after an edit in the browser and a run of the whole pipeline."""
    page = module_visit.page
    opened(page, lab, "01_data")
    run(page, "comply with the contract")
    opened(page, lab, "02_binning")
    run(page, "order risk beyond noise")
    editor = page.locator(".scorecard-editor")
    editor.get_by_role("option", name=f"{NAME}, IV").click()
    expect(editor.get_by_role("heading", level=3).first).to_have_text(NAME)
    stop = editor.get_by_role("slider").first
    at = float(stop.get_attribute("data-at"))
    editor.get_by_role("button", name=f"Remove the boundary {at:g}", exact=True).click()
    expect(editor.locator(".sc-status")).to_contain_text(f"boundary {at:g} removed")
    editor.get_by_role("button", name="Save the edits").click()
    form = editor.get_by_role("dialog", name="Save the edits")
    form.get_by_role("textbox", name="Reason", exact=True).fill(REASON)
    form.get_by_role("textbox", name="Author").fill(AUTHOR)
    form.get_by_role("button", name="Write to the edits file").click()
    expect(form).to_be_hidden()
    told = editor.locator(".sc-status").inner_text()

    cell = page.locator(".jp-Notebook .jp-CodeCell").filter(has_text="edits.replay(step")
    cell.locator(".jp-InputPrompt").click()
    page.keyboard.press("Shift+Enter")
    listed = cell.get_by_role("table")
    listed.get_by_text(REASON).wait_for(timeout=SLOW)

    ended = call("run", "pipelines/german.yaml", "-p", "trials=1", cwd=project)
    return Edited(project, at, told, listed.inner_text(), ended.code, ended.err)


@pytest.fixture
def annex(edited, visit) -> Page:
    """Return the model card of the run, opened at its list of edits."""
    visit.page.goto(f"{edited.left('model_card.html').as_uri()}")
    expect(visit.page.get_by_role("heading", name="D. Edits of the bins by hand")).to_be_visible()
    return visit.page


def test_saving_says_what_was_written_where(edited):
    assert str(edited.root / "pipelines" / "edits" / "german.yaml") in edited.told
    (written,) = yaml.safe_load((edited.root / "pipelines" / "edits" / "german.yaml").read_text(encoding="utf-8"))
    told = {key: written[key] for key in ("action", "characteristic", "at", "reason", "author")}
    assert told == {"action": "merge", "characteristic": NAME, "at": edited.at, "reason": REASON, "author": AUTHOR}


def test_the_next_cell_replays_what_was_saved(edited):
    assert NAME in edited.listed
    assert REASON in edited.listed


def test_a_run_of_the_pipeline_has_the_bins_of_the_browser(edited):
    assert edited.code == 0, edited.problems
    edges = partition(from_json(json.loads(edited.left("bins.json").read_text(encoding="utf-8")))[NAME]).edges
    assert len(edges) > 0
    assert edited.at not in edges
    card = json.loads(edited.left("scorecard.json").read_text(encoding="utf-8"))
    assert "edits_sha256" in card["made_from"]


def test_the_model_card_lists_the_edit_with_its_reason_and_what_it_brought(edited, annex):
    table = annex.get_by_role("table", name=re.compile("^Edits of the bins by hand"))
    row = table.get_by_role("row").filter(has_text=REASON)
    expect(row).to_have_count(1)
    expect(row.get_by_role("rowheader")).to_contain_text(NAME)
    for told in (
        AUTHOR,
        re.compile(r"IV 0\.\d+ → 0\.\d+"),
        re.compile(r"AUC 0\.\d+ → 0\.\d+, difference"),
        re.compile(r"Points move for \d"),
    ):
        expect(row).to_contain_text(told)
    expect(table.get_by_role("row").filter(has_text="All edits together")).to_have_count(1)


def test_the_page_of_the_run_shows_nothing_where_the_editor_would_stand(edited, visit):
    visit.page.goto(edited.left("02_binning.html").as_uri())
    cell = visit.page.locator(".jp-CodeCell").filter(has_text="bins.editor(step")
    expect(cell).to_have_count(1)
    assert cell.locator(".jp-OutputArea-output").count() == 0
    expect(visit.page.get_by_text(REASON)).to_have_count(1)
    assert (visit.asked, visit.errors) == ([], [])


def test_the_same_edit_from_plain_python_gives_the_same_bins(edited, laid_out, tmp_path, call):
    root = Path(shutil.copytree(laid_out, tmp_path / "plain"))
    settings = root / "pipelines" / "german.yaml"
    content = yaml.safe_load(settings.read_text(encoding="utf-8")) | {"notebooks": ["01_data", "02_binning"]}
    content["parameters"].pop("trials")
    settings.write_text(yaml.safe_dump(content), encoding="utf-8")
    edits.append(root / "pipelines" / "edits" / "german.yaml", edits.merge(NAME, edited.at, reason=REASON, author=AUTHOR))
    ended = call("run", settings, cwd=root)
    assert ended.code == 0, ended.err
    assert newest(root, "bins.json").read_bytes() == edited.left("bins.json").read_bytes()


def test_after_a_run_of_the_pipeline_the_notebook_run_by_hand_still_opens_the_editor(edited, lab, visit):
    shutil.copyfile(edited.root / "notebooks" / "02_binning.ipynb", edited.root / "notebooks" / "02_again.ipynb")
    opened(visit.page, lab, "02_again")
    run(visit.page, "order risk beyond noise")
    expect(visit.page.locator(".scorecard-editor").get_by_role("option").first).to_be_visible()
