"""The bin editor in JupyterLab, by mouse and by keyboard, on real applicants.

All tests share one page; each begins with every edit undone.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.system("chromium")

SLOW = 180_000  # milliseconds a busy machine may take to start a kernel
PATIENT = 20_000  # for anything in an editor that is there
WIDE = {"width": 1440, "height": 1300}
# Unknown savings are made missing, and the first and second half of the file are the periods.
CODE = """
from pathlib import Path
import pyarrow as pa
import pyarrow.compute as pc
from scorecard import binning, contracts, settings
from scorecard.counts import Field, count_all
from scorecard.data.samples import prepare
from scorecard.editor import Fitted, open_editor

root = settings.find_root()
pipeline = settings.load(root / "pipelines/german.yaml")
contract = contracts.load(root / pipeline.contract)
rows = prepare(pipeline, contract, root, seed=1).sample("development").to_arrow_table()
savings = rows.column("savings")
known = pc.if_else(pc.match_substring(savings, "unknown"), pa.scalar(None, savings.type), savings)
rows = rows.set_column(rows.schema.get_field_index("savings"), "savings", known)
half = pa.array(["second half" if place >= rows.num_rows // 2 else "first half" for place in range(rows.num_rows)])
rows = rows.append_column("half", half)
fields = [Field(name, contract.columns[name].kind) for name in contract.with_role("input")]
counts = count_all(rows, fields, period="half")
rules = binning.Rules(max_bins=5)
characteristics, refused = binning.fit_all(counts, rules)
editor = open_editor(Fitted(characteristics, counts, rules), root / "edits.yaml")
editor
"""


@pytest.fixture(scope="module")
def project(laid_out, tmp_path_factory) -> Path:
    """Return a project with a notebook that shows the editor; nothing has been run in it."""
    root = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("editor") / "project"))
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    notebook.cells = [nbformat.v4.new_code_cell(CODE.strip())]
    nbformat.write(notebook, root / "notebooks" / "editor.ipynb")
    return root


@dataclass(frozen=True)
class Desk:
    """The editor on the screen, and the page it stands on."""

    page: Page
    root: Locator
    project: Path

    def tool(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    def key(self, key: str) -> Locator:
        return self.root.locator(f'[data-key="{key}"]')

    def choose(self, name: str) -> None:
        self.root.get_by_role("option", name=f"{name}, IV").click()
        expect(self.root.get_by_role("heading", level=3).first).to_have_text(name)

    def says(self, text: str | re.Pattern[str]) -> None:
        expect(self.root.locator(".sc-status")).to_contain_text(text)

    def edges(self) -> list[float]:
        return [float(each) for each in self.root.get_by_role("slider").evaluate_all("all => all.map(one => one.dataset.at)")]

    def groups(self) -> list[set[str]]:
        cards = self.root.locator(".sc-card[data-group]:not(.sc-new)")
        return [set(card.locator(".sc-level .sc-name").all_inner_texts()) for card in cards.all()]

    def centre(self, place: Locator) -> tuple[float, float]:
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def menu(self, name: str, entry: str) -> None:
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.get_by_role("menuitem", name=re.compile(f"^{entry}(?! As)")).click()

    def run(self) -> None:
        self.menu("Run", "Run All Cells")
        self.root.wait_for(timeout=SLOW)


@pytest.fixture(scope="module")
def opened(lab, project, module_visit) -> Desk:
    """Return the editor after its cell was run by hand."""
    page = module_visit.page
    page.set_viewport_size(WIDE)
    page.set_default_timeout(PATIENT)
    page.goto(f"{lab.url}/lab/tree/notebooks/editor.ipynb?token={lab.token}")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    desk = Desk(page, page.locator(".scorecard-editor"), project)
    desk.run()
    return desk


@pytest.fixture
def desk(opened) -> Desk:
    """Return the editor with every edit undone and duration_months chosen."""
    while opened.key("undo").is_enabled():
        before = opened.key("save").inner_text()
        opened.key("undo").click()
        expect(opened.key("save")).not_to_have_text(before)
    opened.choose("duration_months")
    return opened


# ---- boundaries -------------------------------------------------------------------------------------------------------


def test_a_click_on_a_boundary_removes_it(desk):
    first, *others = desk.edges()
    desk.page.mouse.click(*desk.centre(desk.key("edge:0").locator(".sc-grip")))
    desk.says(f"Done: duration_months: boundary {first:g} removed")
    assert desk.edges() == others


def test_the_cross_of_a_boundary_removes_it(desk):
    *others, last = desk.edges()
    desk.tool(f"Remove the boundary {last:g}").click()
    desk.says(f"Done: duration_months: boundary {last:g} removed")
    assert desk.edges() == others


def test_a_boundary_is_dragged_to_another_place(desk):
    first, second, *_ = desk.edges()
    x, y = desk.centre(desk.key("edge:1").locator(".sc-grip"))
    wide = desk.key("bin:2").locator(".sc-area").bounding_box()["width"]
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + wide * 0.5, y, steps=4)
    expect(desk.root.locator(".sc-ghost text").first).to_have_text(re.compile(r"\d"))
    desk.page.mouse.up()
    desk.says(f"Done: duration_months: boundary {second:g} moved to")
    now = desk.edges()
    assert now[0] == first
    assert second < now[1] < now[2]


def test_escape_lets_a_dragged_boundary_go_back(desk):
    before = desk.edges()
    x, y = desk.centre(desk.key("edge:1").locator(".sc-grip"))
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + 40, y, steps=3)
    desk.page.keyboard.press("Escape")
    desk.page.mouse.up()
    assert desk.edges() == before
    expect(desk.key("save")).to_be_disabled()


def test_a_click_inside_a_bin_splits_it_where_the_hint_says(desk):
    before = desk.edges()
    x, y = desk.centre(desk.key("bin:2").locator(".sc-area"))
    desk.page.mouse.move(x + 9, y - 60)
    at = float(desk.root.locator(".sc-ghost-at").text_content())
    desk.page.mouse.click(x + 9, y - 60)
    desk.says(f"Done: duration_months: split at {at:g}")
    assert desk.edges() == sorted([*before, at])


def test_a_typed_number_splits(desk):
    desk.key("split-at").fill("20")
    desk.key("split-at").press("Enter")
    desk.says("Done: duration_months: split at 20")
    assert 20 in desk.edges()
    expect(desk.key("split-at")).to_be_focused()


def test_what_is_no_number_is_said_and_changes_nothing(desk):
    before = desk.edges()
    desk.key("split-at").fill("<b>two</b> years")
    desk.key("split-at").press("Enter")
    desk.says("<b>two</b> years is no number")
    assert desk.edges() == before


# ---- keyboard ---------------------------------------------------------------------------------------------------------


def test_arrow_keys_move_a_boundary_and_it_keeps_the_focus(desk):
    before = desk.edges()
    desk.key("edge:1").focus()
    desk.page.keyboard.press("ArrowRight")
    desk.says("Done: ")
    expect(desk.key("edge:1")).to_be_focused()
    first = desk.edges()[1]
    desk.page.keyboard.press("ArrowRight")
    expect(desk.key("edge:1")).not_to_have_attribute("data-at", f"{first:g}")
    assert before[1] < first < desk.edges()[1]
    expect(desk.key("save")).to_have_text("Save 1")


def test_delete_removes_a_boundary(desk):
    first, *others = desk.edges()
    desk.key("edge:0").focus()
    desk.page.keyboard.press("Delete")
    desk.says(f"Done: duration_months: boundary {first:g} removed")
    assert desk.edges() == others
    expect(desk.key("edge:0")).to_be_focused()


def test_enter_splits_a_bin_where_the_arrows_chose(desk):
    desk.key("edge:1").focus()
    desk.page.keyboard.press("Shift+Tab")
    while not desk.page.evaluate("document.activeElement.dataset.key ?? ''").startswith("bin:"):
        desk.page.keyboard.press("Shift+Tab")
    desk.key("bin:2").focus()
    desk.page.keyboard.press("ArrowRight")
    at = float(desk.root.locator(".sc-ghost-at").text_content())
    desk.page.keyboard.press("Enter")
    desk.says(f"Done: duration_months: split at {at:g}")
    assert at in desk.edges()


def test_undo_and_redo_by_keyboard_leave_the_notebook_alone(desk):
    before = desk.edges()
    desk.key("edge:0").focus()
    desk.page.keyboard.press("Delete")
    desk.says("Done: ")
    without = desk.edges()
    desk.page.keyboard.press("Control+z")
    desk.says("Undone: ")
    assert desk.edges() == before
    desk.page.keyboard.press("Control+Shift+Z")
    desk.says("Done again: ")
    assert desk.edges() == without
    assert desk.page.locator(".jp-Cell").count() == 1


def test_arrow_keys_choose_the_next_characteristic(desk):
    names = desk.root.get_by_role("listbox").get_by_role("option").evaluate_all("all => all.map(one => one.title)")
    desk.choose(names[0])
    desk.root.get_by_role("listbox").focus()
    desk.page.keyboard.press("ArrowDown")
    expect(desk.root.get_by_role("listbox").get_by_role("option", selected=True)).to_have_attribute("title", names[1])


def test_the_search_finds_characteristics_by_a_part_of_their_name(desk):
    desk.root.get_by_role("searchbox", name="Search characteristics").fill("AMOUNT")
    expect(desk.root.get_by_role("listbox", name="Characteristics").get_by_role("option")).to_have_count(1)
    desk.root.get_by_role("searchbox", name="Search characteristics").fill("")


# ---- missing, levels, trend, force ------------------------------------------------------------------------------------


def test_missing_joins_a_bin(desk):
    desk.choose("savings")
    row = desk.root.get_by_role("row", name=re.compile("^missing"))
    first = desk.root.get_by_role("row").nth(1)
    desk.root.get_by_role("combobox", name="Treatment of missing").select_option(index=3)
    desk.says("Done: savings: missing treated as bin of")
    assert row.get_by_role("cell").nth(4).inner_text() == first.get_by_role("cell").nth(4).inner_text()


def test_ticked_levels_are_moved_to_another_group(desk):
    desk.choose("purpose")
    first, second, *_ = desk.groups()
    level = sorted(second)[0]
    desk.root.get_by_role("checkbox", name=re.compile(f"^{re.escape(level)}: ")).check()
    desk.root.get_by_role("combobox", name="Move to").select_option(label="Group 1")
    desk.key("move-levels").click()
    desk.says(re.compile("^Done: .*put with"))
    assert desk.groups()[0] == first | {level}


def test_a_level_is_dragged_to_a_group_of_its_own(desk):
    desk.choose("purpose")
    level = sorted(max(desk.groups(), key=len))[0]
    desk.root.locator(".sc-level", has_text=level).first.drag_to(desk.root.locator(".sc-new"))
    desk.says(re.compile("^Done: .*put into a group of their own$"))
    assert {level} in desk.groups()


def test_a_whole_group_is_dragged_onto_another(desk):
    desk.choose("purpose")
    first, second, *_ = desk.groups()
    desk.root.locator('.sc-card[data-group="1"] .sc-card-head').drag_to(desk.root.locator('.sc-card[data-group="0"]'))
    desk.says(re.compile("^Done: .*put with"))
    assert desk.groups()[0] == first | second


def test_another_trend_fits_the_bins_anew(desk):
    desk.root.get_by_role("combobox", name="Trend").select_option("peak")
    desk.says("Done: duration_months: trend peak")
    expect(desk.root.get_by_role("combobox", name="Trend")).to_have_value("peak")


def test_a_characteristic_is_forced_in_and_marked(desk):
    desk.tool("Force in").click()
    desk.says(re.compile("^Done: .*forced in$"))
    expect(desk.tool("Force in")).to_have_attribute("aria-pressed", "true")
    expect(desk.root.get_by_role("option", name=re.compile("^duration_months.*edited, forced in$"))).to_be_visible()


# ---- figures ----------------------------------------------------------------------------------------------------------


def test_iv_and_points_move_as_one_edits(desk):
    facts = desk.root.locator(".sc-fact dd")
    expect(facts.nth(2)).to_contain_text("unchanged")
    desk.key("edge:0").focus()
    desk.page.keyboard.press("Delete")
    expect(facts.nth(0)).to_contain_text("▼")
    expect(facts.nth(1)).to_contain_text("▼")
    expect(facts.nth(2)).to_contain_text("points on average")


def test_a_broken_rule_is_said(desk):
    desk.key("split-at").fill("6")
    desk.key("split-at").press("Enter")
    expect(desk.root.get_by_role("region", name="Warnings").get_by_role("listitem").first).to_contain_text("of the rules")


def test_the_line_changes_between_woe_and_bad_rate(desk):
    desk.root.get_by_role("radio", name="Bad rate").click()
    expect(
        desk.root.get_by_role("group", name="Bins of duration_months: population share as bars, Bad rate as a line")
    ).to_be_visible()
    desk.root.get_by_role("radio", name="WoE").click()


def test_every_period_has_its_picture(desk):
    pictures = desk.root.get_by_role("region", name="By period").get_by_role("img")
    expect(pictures).to_have_count(2)
    assert re.match(r"first half, \d+ accounts: WoE [+-]\d", pictures.first.get_attribute("aria-label"))


# ---- saving, reloading ------------------------------------------------------------------------------------------------


def test_saving_without_a_reason_is_refused_in_place(desk):
    desk.tool("Force out").click()
    desk.says(re.compile("^Done: .*forced out$"))
    desk.tool("Save the edits").click()
    form = desk.root.get_by_role("dialog", name="Save the edits")
    expect(form.get_by_role("textbox", name="Reason", exact=True)).to_be_focused()
    form.get_by_role("button", name="Write to the edits file").click()
    expect(form.get_by_text("A reason is needed")).to_be_visible()
    expect(form.get_by_text("An author is needed")).to_be_visible()
    expect(form.get_by_role("textbox", name="Reason", exact=True)).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    expect(desk.key("save")).to_be_focused()


def test_saving_writes_the_edits_with_their_reason(desk):
    desk.choose("job")
    desk.tool("Force out").click()
    desk.says(re.compile("^Done: .*forced out$"))
    desk.choose("housing")
    desk.tool("Force in").click()
    desk.says(re.compile("^Done: .*forced in$"))
    desk.page.keyboard.press("Control+s")
    form = desk.root.get_by_role("dialog", name="Save the edits")
    form.get_by_role("textbox", name="Reason", exact=True).fill("The committee <asked> for it.")
    form.get_by_role("textbox", name="Author").fill("Lin Wei")
    form.get_by_role("textbox", name="A reason of its own for: housing: forced in").fill("Law.")
    form.get_by_role("button", name="Write to the edits file").click()
    desk.says("Written to")
    expect(form).to_be_hidden()
    written = yaml.safe_load((desk.project / "edits.yaml").read_text(encoding="utf-8"))
    told = [(each["action"], each["characteristic"], each["reason"], each["author"]) for each in written[-2:]]
    assert told == [("exclude", "job", "The committee <asked> for it.", "Lin Wei"), ("include", "housing", "Law.", "Lin Wei")]
    expect(desk.key("undo")).to_be_disabled()


def test_a_reload_of_the_saved_notebook_shows_the_same_edits(desk):
    desk.menu("File", "Save Notebook")
    desk.page.get_by_text("Saving completed").wait_for(timeout=SLOW)
    desk.key("edge:0").focus()
    desk.page.keyboard.press("Delete")
    desk.says("Done: ")
    now = desk.edges()
    desk.page.reload()
    desk.root.wait_for(timeout=SLOW)
    expect(desk.key("save")).to_have_text("Save 1")
    assert desk.edges() == now
    desk.key("undo").click()
    desk.says("Undone: ")


def test_a_cell_run_again_in_a_notebook_that_lost_its_output_shows_the_same_edits(desk):
    desk.key("edge:0").focus()
    desk.page.keyboard.press("Delete")
    desk.says("Done: ")
    now = desk.edges()
    desk.menu("Edit", "Clear Outputs of All Cells")
    expect(desk.root).to_have_count(0)
    desk.menu("File", "Save Notebook")
    desk.page.get_by_text("Saving completed").wait_for(timeout=SLOW)
    desk.page.reload()
    desk.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    expect(desk.root).to_have_count(0)
    desk.run()
    expect(desk.key("save")).to_have_text("Save 1")
    expect(desk.root.get_by_role("heading", level=3).first).to_have_text("duration_months")
    assert desk.edges() == now


# ---- for everybody ----------------------------------------------------------------------------------------------------

NAMED = """root => [...root.querySelectorAll('button, select, input, textarea, [tabindex], [role=slider], [role=img], [role=option]')]
    .filter(one => one.checkVisibility() && !(one.getAttribute('aria-label') || one.labels?.length || one.textContent.trim()))
    .map(one => one.outerHTML.slice(0, 120))"""
CONTRAST = """root => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const read = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const over = (top, under) => [0, 1, 2].map(each => top[each] * top[3] + under[each] * (1 - top[3])).concat([1]);
    const light = (rgb) => { const [r, g, b] = rgb.map(each => { const s = each / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const up = (one) => one ? [one, ...up(one.parentElement)] : [];
    const paper = (one) => up(one).reverse().map(each => read(getComputedStyle(each).backgroundColor)).reduce((under, top) => over(top, under), [255, 255, 255, 1]);
    const contrast = (one, property, ground) => { const [r, g, b, a] = read(getComputedStyle(one)[property]);
      const through = up(one).reduce((all, each) => all * getComputedStyle(each).opacity, a);
      const [high, low] = [light(over([r, g, b, through], ground)), light(ground)].sort((x, y) => y - x); return (high + 0.05) / (low + 0.05); };
    const words = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), pale = [];
    let read_words = 0;
    while (words.nextNode()) {
      const text = words.currentNode.textContent.trim(), one = words.currentNode.parentElement, svg = one.closest('svg');
      if (!text || !one.checkVisibility({ visibilityProperty: true }) || one.closest('title, :disabled')) continue;
      read_words += 1;
      const found = contrast(one, svg ? 'fill' : 'color', paper(svg ? svg.parentElement : one));
      if (found < 4.5) pale.push(`${found.toFixed(2)} ${text}`);
    }
    const marks = [['.sc-picture .sc-column', 'stroke'], ['.sc-curve', 'stroke'], ['.sc-point', 'stroke']];
    const faint = marks.filter(([selector, property]) => contrast(root.querySelector(selector), property, paper(root)) < 3).map(([selector]) => selector);
    return { words: read_words, pale, faint };
  }"""


def test_everything_that_can_be_worked_has_a_name(desk):
    for name in ("duration_months", "purpose"):
        desk.choose(name)
        assert desk.root.evaluate(NAMED) == []


def test_boundaries_tell_their_place_and_its_limits(desk):
    told = desk.key("edge:1").evaluate(
        "one => ['valuemin', 'valuenow', 'valuemax'].map(name => Number(one.getAttribute('aria-' + name)))"
    )
    first, second, third, *_ = desk.edges()
    assert told == sorted(told)
    assert told[1] == second
    assert first < told[0]
    assert told[2] <= third


@pytest.mark.parametrize("name", ["JupyterLab Dark", "JupyterLab Light"])
def test_words_and_marks_stand_out_from_the_paper(desk, name):
    """WCAG 2.2: 4.5:1 for text (1.4.3) that is not disabled, 3:1 for graphics (1.4.11)."""
    desk.page.get_by_role("menuitem", name="Settings", exact=True).click()
    desk.page.locator(".lm-Menu-item").get_by_text("Theme", exact=True).click()
    desk.page.locator(".lm-Menu-item").get_by_text(name, exact=True).click()
    expect(desk.page.locator("body")).to_have_attribute("data-jp-theme-light", str(name.endswith("Light")).lower())
    for chosen in ("purpose", "duration_months"):
        desk.choose(chosen)
        found = desk.root.evaluate(CONTRAST)
        assert found["words"] > 50
        assert (found["pale"], found["faint"]) == ([], [])


@pytest.fixture
def laptop(desk):
    """Return the editor on a small screen."""
    desk.page.set_viewport_size({"width": 1280, "height": 720})
    yield desk
    desk.page.set_viewport_size(WIDE)


def test_a_laptop_shows_every_column_of_the_table(laptop):
    for name in ("purpose", "duration_months"):
        laptop.choose(name)
        assert laptop.root.locator(".sc-table").evaluate("one => one.scrollWidth <= one.clientWidth")


def test_the_picture_stays_in_its_place_while_one_edits(laptop):
    inside = """root => root.querySelector('.sc-picture').getBoundingClientRect().top - root.getBoundingClientRect().top"""
    before = laptop.root.evaluate(inside)
    laptop.key("edge:0").focus()
    laptop.page.keyboard.press("Delete")
    laptop.says("Done: ")
    assert laptop.root.evaluate(inside) == before


def test_a_narrow_cell_shows_everything_without_scrolling_sideways(desk):
    try:
        desk.page.set_viewport_size({"width": 760, "height": 1000})
        expect(desk.root.get_by_role("slider").first).to_be_visible()
        assert desk.root.evaluate("one => one.scrollWidth <= one.clientWidth")
        picture = desk.root.locator(".sc-picture")
        assert picture.bounding_box()["width"] <= desk.root.bounding_box()["width"]
    finally:
        desk.page.set_viewport_size(WIDE)


def test_nothing_was_asked_of_the_network_and_the_console_has_no_error(desk, module_visit):
    assert module_visit.asked == []
    assert [told for told in module_visit.errors if "editor" in told.lower() or "anywidget" in told.lower()] == []
