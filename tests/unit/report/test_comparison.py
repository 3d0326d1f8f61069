"""The comparison page, rendered from its JSON twin."""

from __future__ import annotations

import json
import re
from importlib import resources
from string import Formatter

import pytest
from bs4 import BeautifulSoup

from scorecard.errors import DataError
from scorecard.messages import LANGUAGES, catalogue
from scorecard.report import render_comparison

EVIL = "<script>alert('x')</script>"
PARTS = ["answer", "table", "cutoff", "swap", "grades", "people", "live", "method"]


@pytest.fixture(scope="module")
def opened(document):
    return {language: BeautifulSoup(render_comparison(document, language), "html.parser") for language in LANGUAGES}


def words(element):
    return " ".join(element.get_text(" ").split())


def page_of(document, **changes):
    return BeautifulSoup(render_comparison(document | changes), "html.parser")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_from_the_json_text_equals_the_page_from_the_document(document, language):
    again = json.loads(json.dumps(document, allow_nan=False))
    assert render_comparison(again, language) == render_comparison(document, language)


def test_another_document_is_refused(document):
    with pytest.raises(DataError, match="schema 'card/1'"):
        render_comparison(document | {"schema": "card/1"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_stand_in_the_order_in_which_they_are_decided(opened, language):
    assert [each["id"].removeprefix("part-") for each in opened[language].select("[id^=part-]")] == PARTS


def test_the_verdict_and_the_rule_stand_on_top(opened, document):
    top = words(opened["en"].find(id="part-answer"))
    assert "No. The gain of XGBoost in AUC is" in top
    assert "exceeds the scorecard's by at least 0.010" in top
    assert "2 challengers were tried" in top
    assert "Not compared: decision tree (No trial ended.)" in top
    assert "Against the incumbent:" in top


def test_the_first_table_has_every_model_with_its_verdict_and_intervals(opened, document):
    rows = opened["en"].find(id="part-table").select("tbody tr")
    assert [words(row.th) for row in rows] == ["scorecard", "incumbent", "XGBoost", "random forest"]
    auc = document["table"][0]
    assert words(rows[0].find_all("td")[0]) == f"{auc['auc']:.3f} [{auc['auc_low']:.3f}, {auc['auc_high']:.3f}]"
    assert [words(row.find_all("td")[2]) for row in rows[:2]] == ["", ""]
    assert {words(row.find_all("td")[2]) for row in rows[2:]} <= {"earns its keep", "does not", "cannot be told"}


def test_the_cut_off_is_put_to_the_committee_with_a_place_for_its_decision(opened, document):
    part = opened["en"].find(id="part-cutoff")
    assert words(part).count("Decision of the committee on the cut-off") == 1
    assert f"Approve from {document['strategy']['score']:,.0f} points on." in words(part)
    assert "A credit earns nothing at a PD of 16.7%" in words(part)
    assert "all rules together" in words(part)
    assert "amounts in thousands of DEM" in words(part)


def test_swap_sets_say_who_comes_in_and_who_goes_out(opened):
    part = words(opened["en"].find(id="part-swap"))
    assert "scorecard instead of incumbent" in part
    assert "goes out at no higher bad rate" in part
    assert "nothing is inferred" in part


def test_only_the_scorecard_may_go_live(opened, document):
    rows = opened["en"].find(id="part-live").select("tbody tr")
    assert [words(row.find_all("td")[0]) for row in rows] == ["yes", "yes", "no", "no"]
    assert "Only a scorecard file whose exports were executed" in words(opened["en"].find(id="part-live"))
    by_policy = page_of(document, rule=document["rule"] | {"deployment": "Policy 4.2: served by MLflow."})
    assert "Going live: Policy 4.2: served by MLflow." in words(by_policy.find(id="part-live"))


def test_without_challengers_and_strategy_the_page_still_stands(document):
    page = page_of(
        document,
        verdict=None,
        answers=[],
        strategy=None,
        swaps=[],
        migration=[],
        fairness=[],
        reasons=None,
        failed=[],
        results=[],
    )
    assert "No challenger was compared" in words(page.find(id="part-answer"))
    assert "No cut-off is named" in words(page.find(id="part-cutoff"))
    assert page.find(id="part-swap") is None
    assert "nothing was compared" in words(page.find(id="part-people"))


def test_without_economics_profit_is_not_drawn_and_not_feigned(document):
    nothing = dict.fromkeys(
        (
            "profit",
            "profit_low",
            "profit_high",
            "expected_loss",
            "expected_loss_low",
            "expected_loss_high",
            "loss",
            "loss_low",
            "loss_high",
        )
    )
    strategy = document["strategy"] | {"margin": None, "lgd": None, "break_even": None, "best": [], "rules": []}
    strategy |= {key: [row | nothing for row in strategy[key]] for key in ("decisions", "bands", "alternatives", "curve")}
    part = page_of(document, strategy=strategy, swaps=[]).find(id="part-cutoff")
    assert "Margin or loss given default is not given" in words(part)
    assert "Profit by approval rate" not in words(part)
    assert len(part.select("figure")) == 1


def test_text_from_data_is_escaped_everywhere(document):
    about = document["about"] | {"title": EVIL, "owner": EVIL, "incumbent": EVIL, "currency": EVIL, "exposure": EVIL}
    rules = [row | {"rule": EVIL} for row in document["strategy"]["rules"]]
    swaps = [
        each
        | {
            "characteristics": [
                {
                    "characteristic": EVIL,
                    "bin": EVIL,
                    "in_rows": 1,
                    "in_share": 0.1,
                    "out_rows": 2,
                    "out_share": 0.5,
                    "in_bad_rate": 0.1,
                    "out_bad_rate": 0.2,
                    "difference": -0.4,
                    "p_value": 0.0,
                    "p_holm": 0.0,
                }
            ]
        }
        for each in document["swaps"]
    ]
    reasons = {
        "model": "xgboost",
        "rows": 5,
        "same_first": 0.5,
        "overlap": 0.5,
        "same_set": 0.1,
        "principal": [{"reason": EVIL, "share_before": 1.0, "share_after": 0.5}],
    }
    page = page_of(
        document,
        about=about,
        strategy=document["strategy"] | {"rules": rules},
        swaps=swaps,
        reasons=reasons,
        failed=[{"model": EVIL, "reason": EVIL}],
    )
    assert page.select("script") == []
    assert words(page.h1) == EVIL


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_from_outside_and_every_table_has_a_caption(opened, language):
    page = opened[language]
    assert page.select("script, link, img, iframe, object, form, [src], [action]") == []
    assert not re.search(r"url\((?!#)|@import", str(page))
    for table in page.select("table"):
        assert words(table.caption)
        assert {len(row.find_all(["th", "td"])) for row in table.select("tbody tr")} <= {len(table.select("thead th"))}
    ids = [each["id"] for each in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_no_number_is_missing_without_a_sign(opened):
    for language in LANGUAGES:
        assert not re.search(r"\b(nan|None|inf)\b", words(opened[language].main))


def test_the_chinese_page_leaves_no_english_word_of_its_own(opened):
    told = words(opened["zh"].find(id="part-answer"))
    assert not re.search(r"\b(challenger|sample|rule|verdict)\b", told)


def test_no_word_of_the_page_lies_unused():
    """Keys of the file are named by templates, figures or Python, or made from a value."""
    library = resources.files("scorecard")
    text = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("report", "report/templates", "figures", "jobs", "strategy", "comparison", "messages")
        for path in library.joinpath(folder).iterdir()
        if path.name.endswith((".py", ".j2"))
    )
    made = (
        "comparison.outcome.",
        "comparison.short.",
        "comparison.finding.",
        "comparison.name.",
        "comparison.decision.",
        "comparison.group.",
        "comparison.move.",
        "comparison.why.",
        "comparison.unit.",
        "model.",
        "column.",
        "figure.",
    )
    heads = {f"comparison.{part}" for part in PARTS}
    keys = [
        key
        for key in catalogue("en")
        if key.startswith(("comparison.", "reading.gain", "reading.swap", "reading.marginal", "reading.replacement"))
    ]
    assert [key for key in keys if key not in text and not key.startswith(made) and key not in heads] == []
    assert all(Formatter().parse(catalogue("en")[key]) for key in keys)
