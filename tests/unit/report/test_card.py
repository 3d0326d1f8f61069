from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from scipy.stats import beta

from scorecard.errors import DataError
from scorecard.messages import LANGUAGES, catalogue
from scorecard.report import model_card, render_card
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import About, parse

ITEMS = [
    "1_identity", "2_decision", "3_use", "4_population", "5_target", "6_method", "7_performance", "8_calibration", "9_stability",
    "10_fairness", "11_explanation", "12_limits", "13_cutoff", "14_monitoring", "15_validation", "16_approvals", "17_hashes",
]  # fmt: skip
EVIL = "<script>alert('x')</script>"


def page_of(facts, language="en"):
    return BeautifulSoup(render_card(model_card(facts), language), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def item(page, number):
    return words(page.find(id=f"item-{number}"))


def test_json_holds_the_seventeen_items_in_order(facts):
    assert [*model_card(facts)] == ["schema", *ITEMS, "annex"]
    assert model_card(facts)["schema"] == "card/1"


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_from_the_json_text_equals_the_page_from_the_card(facts, language):
    card = model_card(facts)
    again = json.loads(json.dumps(card, allow_nan=False))
    assert again == card
    assert render_card(again, language) == render_card(card, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_has_the_seventeen_items_in_order(pages, language):
    found = [element["id"] for element in pages[language].select("[id^=item-]")]
    assert found == [f"item-{number}" for number in range(1, 18)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ITEMS)
def test_whatever_an_item_lacks_is_said_in_it(bare_pages, bare, name, language):
    lacks = model_card(bare)[name]["missing"]
    shown = item(bare_pages[language], name.split("_")[0])
    told = catalogue(language)
    for what in lacks:
        setting = told["missing.setting"].format(what=what)
        expected = told.get(f"missing.{what}", setting)
        if what.startswith("hash."):
            expected = told["missing.hash"].format(what=told[f"missing.{what}" if f"missing.{what}" in told else what])
        assert expected in shown


def test_missing_owner_names_the_key_to_fill_in(bare_pages):
    assert "missing: about.owner in the pipeline YAML" in item(bare_pages["en"], 1)


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("1_identity", {"about.owner", "about.tier", "about.title", "version"}),
        ("2_decision", {"cutoff.score"}),
        ("3_use", {"about.purpose", "about.permitted_uses", "about.prohibited_uses"}),
        ("4_population", {"about.population", "observation_date", "funnel", "samples", "out_of_time"}),
        ("5_target", {"about.target"}),
        ("7_performance", {"results.discrimination", "incumbent", "challenger", "out_of_time_performance"}),
        ("8_calibration", {"grades", "results.calibration"}),
        ("9_stability", {"results.stability", "csi"}),
        ("12_limits", {"about.limitations", "conditions"}),
        ("13_cutoff", {"cutoff.margin", "cutoff.lgd", "cutoff.cost", "strategy", "swap", "el", "rwa"}),
        ("14_monitoring", {"about.owner", "schedule"}),
        ("15_validation", {"results", "opinion"}),
        ("17_hashes", {"hash.data", "hash.contract", "hash.settings", "hash.code", "hash.environment", "hash.scorecard"}),
    ],
)
def test_bare_facts_are_missing_by_name(bare, name, lacks):
    assert set(model_card(bare)[name]["missing"]) == lacks


def test_complete_facts_lack_only_what_comes_after_them(facts):
    lacks = {what for name in ITEMS for what in model_card(facts)[name]["missing"]}
    assert lacks == {"incumbent", "conditions", "swap", "el", "rwa", "opinion"}


def drafted(number, severity="major", due="2027-02-28"):
    return {"id": f"F-{number:02d}", "severity": severity, "cause": "pd_level", "sample": "test", "due": due, "owner": None}


def test_proposed_level_and_drafted_findings_are_drafts_and_the_opinion_is_missing(facts):
    page = page_of(replace(facts, proposal={"level": 3, "rule": "worst"}, drafts=[drafted(1), drafted(2, "observation", None)]))
    told = item(page, 15)
    assert "The results speak for level 3, major deficiencies; proposed by rule, for the validator to decide." in told
    assert "Drafted findings (2), none of them confirmed yet" in told
    assert "F-01 major: Level or spread of the PDs (test) - due 2027-02-28" in told
    assert "F-02 observation: Level or spread of the PDs (test)" in told
    assert "missing: the opinion of an independent validator" in told


def test_more_drafted_findings_than_the_card_holds_are_counted(facts):
    page = page_of(
        replace(facts, proposal={"level": None, "rule": "untested"}, drafts=[drafted(number) for number in range(1, 9)])
    )
    assert "The results speak for no level: too much is untested." in item(page, 15)
    assert "and 5 more in the validation report" in item(page, 15)


def test_the_verdict_on_challengers_stands_beside_the_ordering_of_risk(facts, document):
    page = page_of(replace(facts, contest=document))
    assert "Does a challenger earn its keep? No. The gain of XGBoost" in item(page, 7)
    assert "earn its keep" not in item(page_of(facts), 7)


def test_the_effect_of_the_cut_off_shows_totals_swap_set_and_findings(facts, document):
    group = {"rows": 12, "bad_rate": 0.25, "exposure": 9e3, "profit": -1_500.0}
    swap = [{"before": "incumbent", "after": "scorecard", "group": name} | group for name in ("out", "in")]
    told = replace(facts, contest=document, swap=swap)
    card = model_card(told)["13_cutoff"]
    assert [row["model"] for row in card["totals"]] == ["scorecard", "incumbent", "xgboost"]
    assert (card["unit"], card["currency"]) == (1_000, "DEM")
    assert "swap" not in card["missing"]
    shown = item(page_of(told), 13)
    assert "What the cut-off approves in all, by model (amounts in thousands of DEM)" in shown
    assert "scorecard instead of incumbent" in shown
    assert "goes out 12 25.0% −1.50" in shown
    assert "STR-01" in shown


def test_a_swap_set_of_a_challenger_does_not_stand_for_the_incumbents(facts, document):
    swap = [
        {"before": "scorecard", "after": "xgboost", "group": "in", "rows": 1, "bad_rate": 0.0, "exposure": 1.0, "profit": 1.0}
    ]
    assert "swap" in model_card(replace(facts, contest=document, swap=swap))["13_cutoff"]["missing"]


def test_approvals_are_none_yet_before_the_committee_met(pages):
    assert "none yet" in item(pages["en"], 16)


def test_approvals_show_who_when_and_under_which_conditions(facts):
    approved = replace(
        facts, approvals=[{"person": "A. Lin", "role": "chair", "date": "2024-05-02", "conditions": "No limit rises."}]
    )
    page = page_of(approved)
    assert "A. Lin chair 2024-05-02 No limit rises." in item(page, 16)
    assert "No limit rises." in item(page, 12)


def test_fairness_without_tests_is_not_assessed_and_not_green(pages):
    page = pages["en"]
    assert "Not assessed." in item(page, 10)
    assert page.find(id="item-10").select(".verdict") == []


def test_fairness_with_tests_shows_their_verdict(facts):
    found = Result("FAI-01", "sex", 500, 90, 0.7, Verdict.RED, "EEOC (1978), section 4 D", Reading("verdict.red"))
    page = page_of(replace(facts, results=[*facts.results, found]))
    assert page.find(id="item-10").select_one("header .verdict.red")
    assert "Not assessed" not in item(page, 10)


def test_text_from_data_is_escaped_everywhere(facts):
    evil_bin = facts.scorecard["characteristics"][1]["bins"][0] | {"label": EVIL}
    evil = facts.scorecard["characteristics"][1] | {"name": EVIL, "description": EVIL, "bins": [evil_bin]}
    scorecard = facts.scorecard | {"name": EVIL, "characteristics": [evil]}
    about = About(title=EVIL, owner=EVIL, purpose=EVIL, limitations=(EVIL,))
    told = replace(facts.results[0], scope=EVIL, source=EVIL, null=EVIL)
    rows = {
        "funnel": [{"step": EVIL, EVIL: EVIL}],
        "hashes": {EVIL: EVIL},
        "protected": (EVIL,),
        "selection": [{"characteristic": EVIL}],
    }
    page = page_of(replace(facts, scorecard=scorecard, about=about, results=[told], version=EVIL, **rows))
    assert page.select("script") == []
    assert words(page.h1) == EVIL


def edits_of(page):
    """Return the rows of the table of edits, as words a cell."""
    table = next(table for table in page.select(".annex table") if "Edits of the bins" in words(table.caption))
    return [[words(cell) for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")]


def test_every_edit_is_listed_with_reason_author_time_and_effect(pages):
    one, _ = edits_of(pages["en"])
    assert one[:5] == [
        "1 income merge",
        "< 10 | 10 to < 20",
        "< 20",
        "Ten and twenty are one product.",
        "lin, 2026-11-23T09:30:00Z",
    ]
    for told in (
        "IV 0.250 → 0.210", "Total IV 0.260 → 0.220", "Inversions by period 3 → 0", "AUC 0.779 → 0.781, difference +0.002 [−0.003, +0.007]",
        "Points move for 40.0% of the customers, by 1.2 points on average", "At an approval rate of 70.0%: 12 approved that were not (bad rate 8.3%)",
        "11 not that were (bad rate 27.3%)", "▲ < 20 holds 3.0% of the customers, less than the 5.0% of the rules.",
    ):  # fmt: skip
        assert told in one[5]


def test_the_last_row_is_the_effect_of_all_edits_together(pages):
    last = edits_of(pages["en"])[-1]
    assert last[:5] == ["All edits together", "", "", "", ""]
    assert last[5].startswith("Total IV 0.260 → 0.220 AUC")


def test_the_method_counts_the_edits_and_the_sample_that_judges_is_named(pages):
    assert "Entries in the list of edits by hand: 1," in item(pages["en"], 6)
    assert "are those of the sample test" in words(pages["en"].select_one(".annex"))


def test_a_card_without_edits_says_so(bare_pages):
    assert "No bin was edited by hand." in item(bare_pages["en"], 6)
    assert "No bin was edited by hand." in words(bare_pages["en"].select_one(".annex"))


def test_an_edit_that_does_not_apply_says_why_instead_of_an_effect(facts):
    problem = "Edit 1 (merge) does not apply: income has no edge at 30."
    left = {
        key: value
        for key, value in facts.edits[0].items()
        if key in {"number", "action", "characteristic", "before", "after", "reason", "author", "time"}
    }
    one, _ = edits_of(page_of(replace(facts, edits=[left | {"problem": problem, "warnings": []}, facts.edits[1]])))
    assert one[5] == f"Not applied: {problem}"


def test_an_edit_without_cut_off_or_scorecard_says_so(facts):
    nothing = dict.fromkeys(name for name in facts.edits[0] if name.startswith(("swapped", "approval", "cutoff")))
    one, _ = edits_of(page_of(replace(facts, edits=[facts.edits[0] | nothing, facts.edits[1]])))
    assert "No cut-off is chosen, so there is no swap set." in one[5]
    nothing |= dict.fromkeys(("auc_before", "difference", "difference_low", "difference_high", "moved_share", "mean_move"))
    one, _ = edits_of(page_of(replace(facts, edits=[facts.edits[0] | nothing, facts.edits[1]])))
    assert "No scorecard came about before or after it" in one[5]


def test_an_edit_that_changes_the_number_of_characteristics_says_so(facts):
    one, _ = edits_of(page_of(replace(facts, edits=[facts.edits[0] | {"characteristics_after": 1}, facts.edits[1]])))
    assert "Characteristics in the scorecard 2 → 1" in one[5]


def test_words_of_an_edit_are_escaped(facts):
    evil = facts.edits[0] | dict.fromkeys(("characteristic", "before", "after", "reason", "author", "time", "problem"), EVIL)
    evil |= {"warnings": [{"key": "edit.few_bads", "values": {"bin": EVIL, "bads": 3, "limit": 5}}]}
    page = page_of(replace(facts, edits=[evil, facts.edits[1]]))
    assert page.select("script") == []
    assert edits_of(page)[0][3] == EVIL


def test_page_needs_nothing_from_outside(pages):
    page = pages["en"]
    assert page.select("script, link, img, iframe, object, embed, form, base, meta[http-equiv]") == []
    assert page.select("[src], [srcset], [action], [data]") == []
    links = [value for tag in page.find_all(True) for key, value in tag.attrs.items() if key.endswith("href")]
    assert links
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"url\((?!#)|@import", str(page))
    assert not [tag for tag in page.find_all(True) for key in tag.attrs if key.startswith("on")]


def test_every_table_has_a_caption_and_scoped_headers(pages):
    tables = pages["en"].select("table")
    assert len(tables) > 8
    for table in tables:
        assert words(table.caption)
        assert all(header.get("scope") in {"col", "row"} for header in table.select("th"))
        assert all(row.find("th", scope="row") for row in table.select("tbody tr"))


def test_every_row_is_as_wide_as_its_header(pages):
    for table in pages["en"].select("table"):
        wide = len(table.select("thead th"))
        assert {len(row.find_all(["th", "td"])) for row in table.select("tbody tr")} == {wide}


def test_every_figure_says_what_it_shows(pages):
    figures = pages["en"].select("figure")
    assert len(figures) == 6  # comparison, calibration, stability, score bands, and one a characteristic
    for figure in figures:
        assert figure.svg["role"] == "img"
        assert figure.svg["aria-label"] == words(figure.figcaption)


def test_no_two_elements_share_an_id(pages):
    ids = [element["id"] for element in pages["en"].select("[id]")]
    assert len(ids) == len(set(ids))


def test_verdicts_are_said_in_words_beside_the_colour(pages):
    badges = pages["en"].select(".verdict")
    assert {badge["class"][1] for badge in badges} >= {"red", "amber", "green"}
    for badge in badges:
        assert " ".join(badge["class"][1:]) in words(badge)
        assert badge.find("b", attrs={"aria-hidden": "true"}).get_text()


def test_overall_verdict_is_the_worst_and_the_alarms_stand_red_first(pages):
    decision = pages["en"].find(id="item-2")
    assert words(decision.select_one(".overall > .verdict")) == "■ red"
    assert [each["class"][1] for each in decision.select(".remarks .verdict")] == ["red", "amber"]


def test_the_first_page_shows_four_tests_with_alarms_each_once_and_counts_the_rest(facts):
    many = [replace(facts.results[3], code=f"STA-{1 + number // 2:02}", scope=f"test: c{number}") for number in range(12)]
    page = page_of(replace(facts, results=many))
    assert [each.get_text() for each in page.select("#item-2 .remarks b:not([aria-hidden])")] == [
        f"STA-0{each}" for each in range(1, 5)
    ]
    assert "and 8 more" in item(page, 2)


def test_an_item_counts_its_verdicts_and_shows_the_worst(facts):
    many = [replace(facts.results[3], code=f"STA-{number:02}") for number in range(1, 6)]
    page = page_of(replace(facts, results=many))
    assert "red 5 all in annex B" in item(page, 9)
    assert len(page.select("#item-9 .remarks li")) == 2


def test_tests_without_an_answer_are_limitations(pages):
    assert "not computable DIS-04" in item(pages["en"], 12)


@pytest.mark.parametrize(
    ("cutoff", "asked"),
    [
        ({"score": 45}, "Approve cards, version 3, as champion with a cut-off at 45 points."),
        ({"approval_rate": 0.8}, "Approve cards, version 3, as champion with the cut-off that approves 80.0% of applicants."),
        ({}, "Approve cards, version 3, as champion. The cut-off is not given."),
    ],
)
def test_decision_names_model_version_and_cut_off(facts, cutoff, asked):
    pipeline = facts.pipeline.model_copy(update={"cutoff": facts.pipeline.cutoff.__class__(**cutoff)})
    assert asked in item(page_of(replace(facts, pipeline=pipeline)), 2)


def test_headline_is_of_the_out_of_time_sample_where_there_is_one(pages, facts):
    assert model_card(facts)["2_decision"]["headline"]["auc"] == 0.7512
    assert "0.751 out-of-time [0.731, 0.771]" in words(pages["en"].select_one(".tiles"))


def test_csi_of_a_characteristic_is_that_of_the_last_sample(facts):
    rows = {row["name"]: row["csi"] for row in model_card(facts)["6_method"]["characteristics"]}
    assert rows == {"income": 0.312, "housing": None}


def test_characteristics_table_shows_points_direction_and_strength(pages):
    rows = [[words(cell) for cell in row.find_all(["th", "td"])] for row in pages["en"].find(id="item-6").select("tbody tr")]
    assert rows[0] == ["income", "What income means", "3 … 41", "", "higher is safer", "0.210", "0.004", "0.312"]
    assert rows[1][4] == "by category"


@pytest.mark.parametrize(
    ("woe", "direction"),
    [
        ([0.1, 0.2, 0.3], "higher is safer"),
        ([0.3, 0.1], "lower is safer"),
        ([0.1, 0.4, 0.2], "not monotone"),
        ([0.1], "not monotone"),
    ],
)
def test_direction_is_read_off_the_bins(facts, woe, direction):
    bins = [{"kind": "interval", "woe": each, "points": 1.0} for each in woe]
    one = facts.scorecard["characteristics"][0] | {"bins": bins}
    card = model_card(replace(facts, scorecard=facts.scorecard | {"characteristics": [one]}))
    assert card["6_method"]["characteristics"][0]["direction"] == direction


def test_score_range_is_the_sum_of_the_lowest_and_of_the_highest_points(facts):
    method = model_card(facts)["6_method"]
    assert (method["score_low"], method["score_high"]) == (3 + 3, 41 + 30)


def test_grades_carry_the_jeffreys_interval(facts):
    """Brown, Cai and DasGupta (2001), section 3: quantiles of Beta(x + 1/2, n - x + 1/2), here from scipy.stats."""
    low, high = model_card(facts)["8_calibration"]["grades"][0]["bad_rate_interval"]
    assert (low, high) == pytest.approx(tuple(beta.ppf([0.025, 0.975], 5.5, 95.5)))


def test_grade_without_customers_has_no_bad_rate(facts):
    empty = facts.scorecard["grades"][0] | {"count": 0, "bads": 0}
    card = model_card(replace(facts, scorecard=facts.scorecard | {"grades": [empty]}))
    assert card["8_calibration"]["grades"][0]["bad_rate"] is None
    assert render_card(card)


def test_monitoring_plan_shows_batches_limits_and_responses(pages):
    shown = item(pages["en"], 14)
    assert "intake (monitoring, monthly)" in shown
    assert "PSI and CSI 0.100 0.250" in shown
    assert "owner: Retail Risk" in shown
    assert "No verdict below 100 rows or 20 bads." in shown


def test_hashes_of_scorecard_and_run_stand_together_and_empty_ones_are_missing(facts):
    told = replace(facts, hashes={"code": "", "data_sha256": "d" * 64})
    card = model_card(told)["17_hashes"]
    assert card["hashes"] == {"data": "d" * 64, "contract": "c" * 64, "settings": "5" * 64, "scorecard": "f" * 64}
    assert card["missing"] == ["hash.code", "hash.environment"]


def test_address_and_query_of_the_table_stay_out_of_the_card(facts):
    table = {"url": "postgresql://bank/risk", "query": "SELECT secret FROM t", "password_env": "RISK_PASSWORD"}
    pipeline = parse({"name": "c", "contract": "c", "target": {"column": "y"}, "table": table}, Path("c.yaml"))
    card = json.dumps(model_card(replace(facts, pipeline=pipeline)))
    assert "SQL query" in card
    assert not re.search("postgresql|secret|RISK_PASSWORD", card)


def test_numbers_of_numpy_and_nan_become_plain(facts):
    rows = [{"characteristic": "a", "kept": np.bool_(True), "iv": np.float64("nan"), "rows": np.int64(5)}]
    found = model_card(replace(facts, selection=rows))["annex"]["selection"]
    assert found == [{"characteristic": "a", "kept": True, "iv": None, "rows": 5}]
    assert type(found[0]["rows"]) is int


def test_making_a_card_leaves_the_facts_alone(facts):
    before = json.dumps(facts.scorecard)
    render_card(model_card(facts))
    assert json.dumps(facts.scorecard) == before


def test_long_cut_off_table_moves_to_the_annex(facts):
    rows = [facts.strategy[0] | {"band": f"b{number}"} for number in range(11)]
    page = page_of(replace(facts, strategy=rows))
    assert "The whole table is in annex A." in item(page, 13)
    assert "b10" in words(page.select_one(".annex"))
    assert page.find(id="item-13").select("table") == []


def test_document_of_another_schema_is_refused():
    with pytest.raises(DataError, match=r"schema 'card/0', expected 'card/1'"):
        render_card({"schema": "card/0"})


def test_chinese_page_is_chinese(pages):
    page = pages["zh"]
    assert page.html["lang"] == "zh-Hans"
    for heading in page.select("h2, h3, caption"):
        assert re.search("[\u4e00-\u9fff]", words(heading))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_left_unfilled(facts, language):
    assert not re.search(r"[{}]", re.sub(r"<style>.*?</style>", "", render_card(model_card(facts), language), flags=re.DOTALL))
