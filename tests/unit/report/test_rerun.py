from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from scorecard.equivalence import Certificate, Change, Compared, Difference, Exclusion, Side
from scorecard.messages import LANGUAGES
from scorecard.report import render_rerun
from scorecard.results import Reading

STEPS = ("01_data", "02_binning", "05_validation")
PACKAGES = {"python": "3.11.7", "numpy": "2.4.0"}
ORIGIN = Side("a" * 32, {"started": "2026-01-01T00:00:00+00:00", "commit": "c" * 40}, PACKAGES, {"04/scorecard.test.auc": 0.75})
RERUN = Side("b" * 32, {"started": "2026-01-02T00:00:00+00:00", "commit": "c" * 40}, PACKAGES, {"04/scorecard.test.auc": 0.7625})
SEED = Change("parameter", "seed", "1", "2", "02_binning")
FOUND = (
    Difference("02_binning", "bins.json", "[age].iv", "number", 0.25, 0.3, 0.05, 0.1667),
    Difference("02_binning", "bins.json", "[age].bins[interval, < 20]", "gone", {"kind": "interval", "text": "x" * 100}, None),
    Difference("05_validation", "results.json", "[DIS-04, test].verdict", "value", "amber", "red"),
)
COMPARED = Compared(
    FOUND, 3, 7, 1234, {Exclusion("*.html", "*", "rerun.excluded.page"): 4, Exclusion("*.pdf", "*", "rerun.excluded.page"): 1}
)


def certificate(**options):
    return Certificate(**{"name": "cards", "origin": ORIGIN, "rerun": RERUN, "steps": STEPS, "compared": COMPARED} | options)


def page_of(found, language="en"):
    return BeautifulSoup(render_rerun(found.to_dict(), language), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def table(page, caption):
    (found,) = [each for each in page.find_all("table") if caption in words(each.caption or each)]
    return [[words(cell) for cell in row.find_all(["th", "td"])] for row in found.select("tbody tr")]


@pytest.fixture(scope="module")
def explained():
    return page_of(certificate(changes=[SEED]))


def test_the_verdict_stands_on_top_with_what_it_means(explained):
    assert words(explained.select_one(".decision .ask")) == "▲ explained"
    assert "An input was changed, and only what it can reach came out otherwise: 3 differences; verdicts flipped: 1." in words(
        explained
    )


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        ({"compared": Compared((), 3, 7, 1234, {})}, "✓ reproduced"),
        ({}, "■ different"),
        (
            {"compared": None, "missing": [Reading("rerun.missing.gone", {"file": "05_validation/results.json"})]},
            "✕ not comparable",
        ),
    ],
)
def test_every_verdict_has_a_sign_of_its_own(options, verdict):
    assert words(page_of(certificate(**options)).select_one(".decision .ask")) == verdict


def test_what_was_changed_is_listed_with_the_step_that_it_reaches(explained):
    assert table(explained, "Inputs of the rerun") == [["parameter", "seed", "1", "2", "02_binning"]]


def test_a_verdict_that_flipped_is_shown_with_both(explained):
    assert table(explained, "Verdicts that flipped") == [
        ["05_validation", "results.json [DIS-04, test].verdict", "▲ amber", "■ red"]
    ]


def test_the_figures_that_people_ask_for_stand_side_by_side(explained):
    assert table(explained, "Figures that people") == [["04/scorecard.test.auc", "0.7500", "0.7625", "+0.0125"]]


def test_differences_are_summed_by_artefact_with_the_first_and_the_largest(explained):
    first, second = table(explained, "Differences by artefact")
    assert first == ["02_binning", "bins.json", "2", "[age].iv 0.25 → 0.3 (16.7%)", "[age].iv 0.25 → 0.3 (16.7%)"]
    assert second[:3] == ["05_validation", "results.json", "1"]


def test_an_unexplained_difference_is_named():
    page = page_of(certificate(changes=[Change("parameter", "trials", "1", "2", "05_validation")]))
    assert "2 differences that no changed input explains, of 3. The first is in 02_binning, bins.json." in words(page)
    assert "First difference that no changed input explains: 02_binning, bins.json: [age].iv 0.25 → 0.3" in words(page)


def test_a_missing_piece_is_told_and_nothing_is_called_compared():
    missing = [Reading("rerun.missing.gone", {"file": "05_validation/results.json"})]
    page = page_of(certificate(compared=None, rerun=Side(""), missing=missing))
    assert "05_validation/results.json is gone: the run left it, and it was removed afterwards." in words(page)
    assert [words(head) for head in page.select("h2")] == ["1 Both sides"]


def test_tolerances_and_what_was_left_out_are_told_with_reasons(explained):
    ((artefact, relative, absolute, reason),) = table(explained, "Two numbers are the same")
    assert (artefact, relative, absolute, reason[:13]) == ("*", "1e-09", "1e-12", "The last bits")
    assert table(explained, "Not compared")[0][:2] == ["*.html *.pdf", "5"]


def test_both_sides_are_shown_and_equal_facts_once(explained):
    rows = {row[0]: row[1:] for row in table(explained, "The run and its rerun")}
    assert rows["commit of the project"] == ["c" * 40, "="]
    assert rows["run"] == ["a" * 32, "b" * 32]
    assert "All 2 packages that the library needs have the same version." in words(explained)


def test_packages_that_differ_are_listed():
    page = page_of(certificate(rerun=Side("b", {}, PACKAGES | {"numpy": "2.4.1", "new": "1"}, {})))
    assert table(page, "Packages that differ") == [["new", "–", "1"], ["numpy", "2.4.0", "2.4.1"]]


def test_words_from_data_are_escaped():
    page = render_rerun(certificate(changes=[Change("parameter", "<b>", "<i>", "&", "01_data")]).to_dict())
    assert "<b>" not in page.replace('<b aria-hidden="true">', "")
    assert "&lt;i&gt;" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_in_every_language(language):
    notes = [Reading(f"rerun.note.{key}", {"commit": "c" * 12}) for key in ("worktree", "lost", "mixed", "asked")]
    page = page_of(certificate(changes=[SEED], notes=notes), language)
    assert page.html["lang"] == {"zh": "zh-Hans"}.get(language, language)
    assert len(page.find_all("table")) == 7
