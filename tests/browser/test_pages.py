"""Pages of a finished run, opened from the disk on a machine without network."""

from __future__ import annotations

import json
import re

import pytest

from scorecard.settings import NOTEBOOKS

pytestmark = pytest.mark.system("chromium")

DOCUMENTS = ("model_card", "comparison", "monitoring", "validation_report", "evidently", "bins")
WRITTEN = ("model_card", "comparison", "monitoring", "validation_report")  # by our own templates
MOST_PAGES = 2  # of the model card without its annex
MOST_COMPARED = 3  # of the comparison
NARROW = 390  # CSS pixels across a telephone
SMALLEST = 9.0  # CSS pixels of a letter's body; browsers call this x-small
LETTERS = """all => all.map(each => each.clientWidth / each.viewBox.baseVal.width
    * Math.min(...[...each.querySelectorAll("text")].map(text => parseFloat(getComputedStyle(text).fontSize))))"""

DRAWN = """() => {
    const all = [...document.querySelectorAll("tr canvas")];
    const inked = each => each.getContext("2d").getImageData(0, 0, each.width, each.height).data.some(part => part > 0);
    return all.length > 0 && all.every(inked);
}"""


@pytest.fixture
def artefact(finished):
    """Return a function that finds a file among a run's artefacts; equal runs leave equal ones."""
    return lambda name: sorted((finished.root / "mlruns" / "artifacts").glob(f"*/artifacts/{name}"))[0]


@pytest.fixture
def opened(visit, artefact):
    """Return a function that opens a page and waits until it is drawn."""

    def to(name):
        visit.page.goto(artefact(f"{name}.html").as_uri(), wait_until="load")
        return visit

    return to


@pytest.fixture
def card(artefact):
    return json.loads(artefact("model_card.json").read_text(encoding="utf-8"))


@pytest.fixture
def report(artefact):
    return json.loads(artefact("monitoring.json").read_text(encoding="utf-8"))


def overlapping(boxes):
    """Pairs of rectangles that share more than a hair."""
    return [
        (one, other)
        for place, one in enumerate(boxes)
        for other in boxes[place + 1 :]
        if min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"]) > 1
        and min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"]) > 1
    ]


def too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def pages_of(pdf):
    """Count the page objects of a PDF."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("name", [*DOCUMENTS, *NOTEBOOKS])
def test_a_page_asks_nothing_of_the_network_and_has_no_error(opened, name):
    visit = opened(name)
    visit.page.wait_for_load_state("networkidle")
    assert visit.page.locator("body").inner_text().strip()
    assert (visit.asked, visit.errors) == ([], [])


def test_the_model_card_shows_the_decision_its_verdict_and_all_seventeen_items(opened, card):
    page = opened("model_card").page
    assert page.get_by_role("heading", level=1).inner_text() == card["1_identity"]["title"]
    assert page.locator(".decision .verdict").first.is_visible()
    assert all(page.locator(f"#item-{number}").is_visible() for number in range(1, 18))


def test_the_model_card_shows_the_points_of_every_characteristic(opened, card):
    page = opened("model_card").page
    names = [each["name"] for each in card["6_method"]["characteristics"]]
    assert names
    assert page.locator("#item-6 tbody th").all_inner_texts() == names
    assert page.locator(".annex .bins svg").count() == len(names)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("width", [1280, NARROW])
def test_a_document_fits_the_width_of_the_screen(opened, name, width):
    page = opened(name).page
    page.set_viewport_size({"width": width, "height": 800})
    assert too_wide(page) <= 0


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("width", [1280, NARROW])
def test_letters_of_a_figure_stay_legible_on_the_screen(opened, name, width):
    page = opened(name).page
    page.set_viewport_size({"width": width, "height": 800})
    sizes = page.locator("svg").evaluate_all(LETTERS)
    assert sizes
    assert min(sizes) >= SMALLEST


def test_the_main_part_of_the_model_card_prints_on_two_pages(opened):
    page = opened("model_card").page
    whole = pages_of(page.pdf(prefer_css_page_size=True))
    page.add_style_tag(content=".annex, .annex ~ * { display: none }")
    main = pages_of(page.pdf(prefer_css_page_size=True))
    assert 1 <= main <= MOST_PAGES
    assert whole > main


def test_the_comparison_shows_its_verdict_first_and_prints_on_three_pages(opened):
    page = opened("comparison").page
    assert page.locator(".decision .ask").bounding_box()["y"] < page.locator("table").first.bounding_box()["y"]
    assert page.locator("#part-table tbody tr").count() >= len(("scorecard", "a challenger"))
    assert 1 <= pages_of(page.pdf(prefer_css_page_size=True)) <= MOST_COMPARED


def test_the_monitoring_page_shows_the_verdict_and_the_action_of_every_batch(opened, report):
    page = opened("monitoring").page
    for place, batch in enumerate(report["batches"], start=1):
        section = page.locator(f"#batch-{place}")
        assert batch["verdict"] in section.locator("header .verdict").inner_text()
        assert section.get_by_text(batch["action"]).is_visible()
        assert section.locator("figure svg").is_visible()


def test_the_drift_report_draws_both_distributions_of_every_input(opened, card):
    page = opened("evidently").page
    page.wait_for_function(DRAWN)
    rows = page.locator("tr[data-testid=mtablebodyrow]")
    names = rows.evaluate_all("all => all.map(each => each.cells[1].innerText)")
    assert sorted(names) == sorted(each["name"] for each in card["6_method"]["characteristics"])
    assert rows.locator("canvas").count() == 2 * len(names)


def test_the_drift_report_opens_the_details_of_an_input(opened):
    visit = opened("evidently")
    visit.page.get_by_label("Detail panel visibility toggle").first.click()
    visit.page.locator(".js-plotly-plot svg.main-svg .trace").first.wait_for()
    assert (visit.asked, visit.errors) == ([], [])


def test_the_figures_of_the_bins_stand_side_by_side_and_clear_of_each_other(opened):
    figures = opened("bins").page.locator("figure svg")
    boxes = [each.bounding_box() for each in figures.all()]
    assert len({box["x"] for box in boxes}) > 1
    assert overlapping(boxes) == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_executed_notebook_shows_its_question_and_its_answer(opened, artefact, name):
    page = opened(name).page
    cells = json.loads(artefact(f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    assert page.locator("h1").first.inner_text().startswith("".join(cells[0]["source"]).splitlines()[0].removeprefix("# "))
    answer = "".join(cells[-1]["outputs"][-1]["data"]["text/markdown"])
    last = page.locator(".jp-RenderedMarkdown").last
    assert last.inner_text().strip() == re.sub(r"\*\*", "", answer)


@pytest.mark.parametrize(
    ("name", "heading"),
    [("05_validation", "1Opinion in brief"), ("06_documents", "The decision"), ("07_monitoring", "Overall verdict")],
)
def test_an_executed_notebook_shows_the_document_it_made(opened, name, heading):
    page = opened(name).page
    assert page.frame_locator("iframe").get_by_role("heading", name=heading).is_visible()


def test_a_table_in_a_notebook_is_written_as_in_the_documents(opened):
    page = opened("03_scorecard").page
    table = page.locator("table").filter(has=page.get_by_role("columnheader", name="Points", exact=True))
    first = table.locator("tbody tr").first.locator("td").all_inner_texts()
    heads = table.locator("th").all_inner_texts()
    row = dict(zip(heads, first, strict=True))
    assert re.fullmatch(r"\d+\.\d%", row["Bad rate"])
    assert re.fullmatch(r"[+−]\d\.\d\d", row["WoE"])
    assert re.fullmatch(r"−?\d+", row["Points"])
