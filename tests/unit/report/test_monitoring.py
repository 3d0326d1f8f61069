from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from scorecard.messages import LANGUAGES
from scorecard.report import render_monitoring


def page_of(report, language="en"):
    return BeautifulSoup(render_monitoring(report, language), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def alarms(page, batch):
    return [words(line) for line in page.find(id=f"batch-{batch}").select("ol.remarks > li")]


def test_overall_verdict_stands_on_top(monitoring_page):
    page = monitoring_page
    assert words(page.select_one(".decision .ask")) == "■ red"
    assert [words(line) for line in page.select(".decision .overall li")] == ["✓ green February", "■ red March"]


def test_verdicts_are_taken_as_they_are(monitored):
    page = page_of(monitored | {"verdict": "not computable"})
    assert words(page.select_one(".decision .ask")) == "✕ not computable"


def test_every_alarm_says_what_to_do_and_who_does_it_red_first(monitoring_page):
    found = alarms(monitoring_page, 2)
    assert [line.split()[1] for line in found] == ["red", "amber", "amber"]
    assert all("→ Retail Risk:" in line for line in found)
    assert "recalibrate the PDs" in found[1]


def test_alarm_of_a_characteristic_is_told_once(monitoring_page):
    found = alarms(monitoring_page, 2)
    assert sum("income" in line for line in found) == 1


def test_characteristic_without_a_result_speaks_for_itself(monitoring_page):
    assert "age: CSI 0.150; the shift moves the mean score by +2.2 points." in alarms(monitoring_page, 2)[2]


def test_calm_batch_has_nothing_to_do(monitoring_page):
    page = monitoring_page
    assert alarms(page, 1) == []
    assert "No amber or red verdict; nothing to do." in words(page.find(id="batch-1"))


def test_action_of_the_batch_is_shown(monitoring_page):
    assert "Stop and think." in words(monitoring_page.find(id="batch-2"))


def test_tests_without_an_answer_are_listed_apart(monitoring_page):
    assert "Without an answer ○ not due DIS-01 March" in words(monitoring_page.find(id="batch-2"))


def test_missing_owner_names_the_key_to_fill_in(monitored):
    page = page_of(monitored | {"owner": None})
    assert "missing: about.owner in the pipeline YAML" in words(page.header)
    assert "The owner (not named)" in alarms(page, 2)[0]


def test_table_of_characteristics_holds_the_numbers_of_the_report(monitoring_page):
    rows = monitoring_page.find(id="batch-1").find("table", string=None).find_all_next("table")
    cells = (
        next(table for table in rows if "Shift of every" in words(table.caption)).select_one("tbody tr").find_all(["th", "td"])
    )
    assert [words(cell) for cell in cells] == ["housing", "✓ green", "0.012", "0.020", "−0.4", "0.0%", "3.1%", "7"]


def test_trend_is_drawn_from_two_batches_on(monitoring_page, monitored):
    assert monitoring_page.select_one(".decision + figure svg")
    assert not page_of(monitored | {"batches": monitored["batches"][:1]}).select_one(".decision + figure svg")


def test_batch_without_figures_is_still_shown(monitored):
    empty = {"name": "April", "rows": 3, "verdict": "insufficient data"}
    shown = words(page_of(monitored | {"batches": [empty]}).find(id="batch-1"))
    assert "insufficient data" in shown
    assert "No result was given for this batch." in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_escaped(monitored, language):
    evil = "<script>alert(1)</script>"
    batch = monitored["batches"][1] | {"name": evil, "action": evil}
    page = page_of(
        monitored | {"owner": evil, "model": {"name": evil, "version": evil, "hash": evil}, "batches": [batch]}, language
    )
    assert page.select("script") == []


def test_page_needs_nothing_from_outside(monitoring_page):
    page = monitoring_page
    assert page.select("script, link, img, iframe, [src]") == []
    assert all(link["href"].startswith("#") for link in page.select("[href]"))


def test_every_table_has_a_caption(monitoring_page):
    assert all(words(table.caption) for table in monitoring_page.select("table"))
