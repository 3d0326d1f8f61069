"""The validation report: one document, read by machines, on a page and in Word; only people fill its blanks."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import docx
import pytest
from bs4 import BeautifulSoup
from docx.shared import Cm

from scorecard import messages
from scorecard.errors import DataError
from scorecard.messages import LANGUAGES
from scorecard.report import Pictures, ReplicationFacts, ValidationFacts, render_validation, validation_report, word_validation
from scorecard.report.validation.outline import ANNEX, SECTIONS
from scorecard.report.validation.words import Words
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.findings import draft
from scorecard.validation.opinion import propose

EVIL = "<script>alert(1)</script> & {{ 7 * 7 }}"
BEGUN = date(2026, 11, 27)
AREAS = ("REP", "DIS", "CAL", "STA", "FAI")
# Where validators look: the outline of a validation report in the field's guidance, in its order.
OUTLINE = [
    "opinion", "scope", "replication", "soundness", "data", "target", "selection", "assumptions", "sensitivity", "discrimination",
    "calibration", "stability", "benchmarking", "fairness", "implementation", "use", "documentation", "monitoring", "limitations",
    "findings", "conclusion",
]  # fmt: skip


def result(code, scope, verdict, statistic=0.5, **more):
    return Result(code, scope, 1000, 200, statistic, verdict, "convention", Reading("reading.one_class"), **more)


RESULTS = [
    result("REP-01", "cards", Verdict.GREEN, 0.0, threshold=0.0),
    result("DIS-01", "test", Verdict.GREEN, 0.78, interval=(0.75, 0.81), threshold=0.7, detectable=0.034, limit_source="auc_amber 0.7 (convention)"),
    result("CAL-01", "test", Verdict.RED, 0.06, threshold=0.05, p_value=0.001, null="the PD is not too low"),
    *(result("CAL-02", f"test: {grade}", Verdict.RED if grade == "A" else Verdict.GREEN) for grade in "ABCDE"),
    result("STA-01", "test", Verdict.GREEN, 0.02), result("STA-02", "test: income", Verdict.GREEN, 0.013),
    result("FAI-01", "test: sex=f", Verdict.NOT_COMPUTABLE, None),
]  # fmt: skip
PICTURES = Pictures(
    curves={"test": ([0.0, 0.2, 1.0], [0.0, 0.6, 1.0])}, captures={"test": ([0.0, 0.3, 1.0], [0.0, 0.6, 1.0])},
    distributions=[{"sample": "test", "from_score": 10.0 * n, "to_score": 10.0 * n + 10, "share": 0.5} for n in range(2)],
    grades=[{"sample": "test", "name": "A", "count": 100, "bads": 5, "pd": 0.04}],
    periods=[{"sample": "test", "level": "2024Q1", "count": 50, "bads": 5, "bad_rate": 0.1, "rate_low": 0.05, "rate_high": 0.2,
              "pd": 0.1, "auc": 0.7, "auc_low": None, "auc_high": None}],
    approvals=[{"attribute": "sex", "sample": "test", "group": "f", "count": 50, "approved": 40, "approval_rate": 0.8, "rate_low": 0.7,
                "rate_high": 0.9}],
    segments={"branch": [{"sample": "test", "level": "new", "auc": None, "auc_low": None, "auc_high": None}]},
)  # fmt: skip


def concluded(results):
    findings = draft(results, BEGUN)
    codes = dict.fromkeys([*(f"{area}-01" for area in AREAS), *(each.code for each in results)])
    return {"results": results, "findings": findings, "opinion": propose(results, findings, codes)}


@pytest.fixture(scope="module")
def validated(facts):
    """Return the facts of a validation with something in every section."""
    thresholds = Thresholds.model_validate(
        {"auc_amber": {"value": 0.75, "by": "R. Chen", "reason": "Secured product"}, "psi_red": 0.3}
    )
    pipeline = facts.pipeline.model_copy(update={"about": facts.about, "thresholds": thresholds})
    return ValidationFacts(
        reference="cards/3", begun=BEGUN.isoformat(), pipeline=pipeline, scorecard=facts.scorecard, pictures=PICTURES, asked={"seed": 2},
        replication=ReplicationFacts(
            samples=[{"sample": "test", "rows_recorded": 500, "rows": 499, "bads_recorded": 95, "bads": 95}], recorded="f" * 64,
            other_split=[{"characteristic": "income", "change": "changed", "coefficient_before": -0.9, "coefficient_after": -0.8, "difference": 0.1}],
        ),
        notes=[{"key": "validating.other_split", "values": {"model": "cards/3", "seed": 2, "share": 0.3}}], samples=facts.samples,
        funnel=facts.funnel, selection=facts.selection, edits=[{"action": "merge", "characteristic": "income", "reason": "One product."}],
        comparison=facts.comparison, bands=facts.strategy, certificate=facts.certificate, lacking=["about.target"], protected=("sex",),
        hashes={"scorecard": "f" * 64}, cutoff=45.0, **concluded(RESULTS),
    )  # fmt: skip


@pytest.fixture(scope="module")
def bare(validated):
    """Return what can at least be known: a scorecard, and that nothing was tested."""
    nothing = dict.fromkeys(("samples", "funnel", "selection", "edits", "comparison", "bands", "notes", "protected"), ())
    pipeline = validated.pipeline.model_copy(update={"about": type(validated.pipeline.about)(), "thresholds": Thresholds()})
    return replace(
        validated, pipeline=pipeline, pictures=Pictures(), replication=ReplicationFacts(), asked={}, certificate=None, lacking=None,
        hashes={}, cutoff=None, **nothing, **concluded([]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def report(validated):
    return json.loads(json.dumps(validation_report(validated), allow_nan=False))


@pytest.fixture(scope="module")
def pages(report):
    return {language: BeautifulSoup(render_validation(report, language), "html.parser") for language in LANGUAGES}


@pytest.fixture(scope="module")
def documents(report):
    return {language: docx.Document(BytesIO(word_validation(report, language))) for language in LANGUAGES}


def words(element):
    return " ".join(element.get_text(" ").split())


def text_of(document):
    tables = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + tables)


def test_it_follows_the_outline_of_a_validation_report(report):
    assert [section["key"] for section in report["sections"]] == OUTLINE == list(SECTIONS)
    assert [section["key"] for section in report["annex"]] == [key for key in ANNEX if key != "points"]


def test_every_section_but_the_annex_leaves_a_place_to_the_validator(report):
    blanks = {section["key"]: [block["kind"] for block in section["blocks"]].count("blank") for section in report["sections"]}
    assert [key for key, count in blanks.items() if count == 0] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_blanks_are_framed_say_whose_they_are_and_hold_nothing_else(pages, report, language):
    found = pages[language].select(".to-write")
    blocks = [block for section in report["sections"] for block in section["blocks"] if block["kind"] == "blank"]
    assert len(found) == len(blocks)
    say = Words(language)
    for place, block in zip(found, blocks, strict=True):
        assert words(place) == f"{say.text('validating.to_be_written')} {say.text('validating.blank.' + block['prompt'])}"
        assert len(place.select(".line")) == block["lines"]


def test_proposed_level_stands_first_with_the_rule_and_as_a_draft(pages):
    page = pages["en"]
    assert words(page.select_one(".level")) == "Proposed: 3 - major deficiencies"
    assert "The most severe findings decide: F-01." in words(page.find(id="opinion"))
    assert "the opinion is the validator's" in words(page.select_one(".draft"))


def test_without_a_level_it_says_what_is_untested(bare):
    page = BeautifulSoup(render_validation(validation_report(bare)), "html.parser")
    assert words(page.select_one(".level")) == "No level can be proposed: too much is untested."
    told = words(page.find(id="opinion"))
    assert "Not enough was tested in: Replication, Discrimination" in told
    assert "What was tested shows no deficiency." in told


def test_heading_shows_the_worst_verdict_of_its_tests(pages, report):
    assert {section["key"]: section["verdict"] for section in report["sections"] if section["verdict"]} == {
        "replication": "green", "discrimination": "green", "calibration": "red", "stability": "green", "fairness": "not computable",
    }  # fmt: skip
    assert "red" in words(pages["en"].select_one("#calibration > header"))


def test_parts_are_counted_and_only_those_that_failed_are_told(pages):
    section = words(pages["en"].find(id="calibration"))
    assert "CAL-02 test 5 4 0 1 0" in section
    assert "test: A" in section
    assert "test: B" not in section


def test_annex_has_every_result_with_limits_null_and_what_could_have_been_seen(pages):
    rows = pages["en"].select("#annex-results tbody tr")
    assert len(rows) == len(RESULTS)
    told = words(rows[1])
    assert all(
        part in told
        for part in ("DIS-01", "[0.750, 0.810]", "Could have been seen four times in five: 0.034", "auc_amber 0.7 (convention)")
    )
    assert "H₀: the PD is not too low" in words(rows[2])


@pytest.mark.parametrize("written", ["page", "word"])
def test_deviating_limits_say_who_and_why_or_that_nobody_said(pages, documents, written):
    told = words(pages["en"].find(id="annex-limits")) if written == "page" else text_of(documents["en"])
    for part in ("auc_amber", "0.75", "R. Chen", "Secured product", "psi_red", "not said"):
        assert part in told


def test_points_of_another_split_stand_in_an_annex_of_their_own(validated):
    rows = [
        {
            "segment": "all",
            "characteristic": "income",
            "values": "< 20",
            "points_before": 10.0,
            "points_after": 14.0,
            "change": 4.0,
        }
    ]
    other = replace(validated, replication=replace(validated.replication, other_points=rows))
    page = BeautifulSoup(render_validation(validation_report(other)), "html.parser")
    assert words(page.select_one("#annex-points tbody tr")) == "income < 20 10 14 4"
    assert "annex D" in words(page.find(id="replication"))


def test_limits_at_their_defaults_are_told_as_conventions(bare):
    page = BeautifulSoup(render_validation(validation_report(bare)), "html.parser")
    assert "Every limit is the default" in words(page.find(id="annex-limits"))


def test_a_finding_has_extent_evidence_impact_recommendation_and_due_date_but_no_owner(pages):
    (found,) = [each for each in pages["en"].select(".finding") if each["id"] == "finding-F-01"]
    told = words(found)
    assert "F-01 major Level or spread of the PDs · test" in told
    for part in ("CAL-01 test: red, 0.060 (limit 0.050)", "expected loss by +20%", "recalibrate", "2027-02-27", "to be named"):
        assert part in told


def test_word_has_what_the_page_has(documents, report):
    say = Words("en")
    told = text_of(documents["en"])
    assert [say.text(f"validating.section.{key}") for key in OUTLINE if say.text(f"validating.section.{key}") not in told] == []
    for each in report["findings"]:
        assert each["id"] in told
    assert told.count(say.text("validating.to_be_written")) == 23
    assert "Proposed: 3 - major deficiencies" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_holds_every_figure_as_a_picture(documents, report, language):
    drawn = sum(block["kind"] == "figure" for section in report["sections"] for block in section["blocks"])
    assert len(documents[language].inline_shapes) == drawn > 6


def test_figures_of_the_page_are_drawn_in_place(pages):
    assert all(figure.select_one("svg") for figure in pages["en"].select("figure"))
    assert len(pages["en"].select("#discrimination figure")) == 4


def test_word_prints_on_a4_and_across_in_the_annex(documents):
    sizes = [[round(side / Cm(1), 1) for side in (each.page_width, each.page_height)] for each in documents["en"].sections]
    assert sizes == [[21.0, 29.7], [29.7, 21.0]]


def test_equal_documents_give_equal_bytes_without_author_or_hour(validated):
    report = validation_report(replace(validated, pictures=Pictures(grades=PICTURES.grades), comparison=()))
    first, second = (word_validation(report) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(BytesIO(first)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not any("thumbnail" in name for name in file.namelist())
    about = docx.Document(BytesIO(first)).core_properties
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
    assert about.created.date() == BEGUN
    assert render_validation(report) == render_validation(report)


def evil_facts(validated):
    """The facts with markup in every word of the data."""
    about = validated.pipeline.about.model_copy(
        update={
            "title": EVIL,
            "owner": EVIL,
            "purpose": EVIL,
            "population": EVIL,
            "target": EVIL,
            "limitations": (EVIL,),
            "permitted_uses": (EVIL,),
        }
    )
    thresholds = Thresholds.model_validate({"auc_amber": {"value": 0.75, "by": EVIL, "reason": EVIL}})
    results = [*RESULTS, result("ROB-04", f"test: {EVIL}", Verdict.RED, null=EVIL, limit_source=EVIL)]
    return replace(
        validated, reference=f"cards/{EVIL}", pipeline=validated.pipeline.model_copy(update={"about": about, "thresholds": thresholds}),
        selection=[{"characteristic": EVIL, "reason": EVIL, "kept": False}], edits=[{"action": "merge", "characteristic": EVIL, "reason": EVIL}],
        notes=[{"key": "validating.reference", "values": {"pipeline": EVIL}}], protected=(EVIL,), asked={EVIL: EVIL}, hashes={EVIL: EVIL},
        pictures=replace(PICTURES, approvals=[dict(PICTURES.approvals[0]) | {"attribute": EVIL, "group": EVIL}]), **concluded(results),
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_the_data_are_escaped_on_the_page(validated, language):
    page = render_validation(validation_report(evil_facts(validated)), language)
    assert BeautifulSoup(page, "html.parser").select("script") == []
    assert "49" not in page.partition("&lt;script")[2][:60]
    assert page.count("&lt;script&gt;") > 20


def test_words_of_the_data_stand_as_they_are_in_word(validated):
    undrawn = replace(evil_facts(validated), pictures=Pictures(), comparison=())
    written = docx.Document(BytesIO(word_validation(validation_report(undrawn))))
    assert text_of(written).count(EVIL) > 15


def test_control_characters_do_not_break_the_word_file(bare):
    odd = replace(bare, protected=("a\x00b\x0bc",))
    assert "abc" in text_of(docx.Document(BytesIO(word_validation(validation_report(odd)))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_bare_facts_are_written_too_and_say_what_is_missing(bare, language):
    made = validation_report(bare)
    page = BeautifulSoup(render_validation(made, language), "html.parser")
    assert len(page.select(".missing li")) >= 4
    assert text_of(docx.Document(BytesIO(word_validation(made, language))))


def test_page_needs_nothing_from_outside(pages):
    assert pages["en"].select("script, link, img, iframe, [src]") == []
    assert all(link["href"].startswith("#") for link in pages["en"].select("[href]"))


def test_links_lead_somewhere(pages):
    page = pages["en"]
    assert [link["href"] for link in page.select("a[href]") if page.find(id=link["href"][1:]) is None] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_kit_is_in_the_language(pages, language):
    told = words(pages[language].main)
    assert "validating." not in told
    assert "finding." not in told


def test_a_document_of_another_schema_is_refused(report):
    for write in (render_validation, word_validation):
        with pytest.raises(DataError, match="schema 'card/1', expected 'validation-report/1'"):
            write(report | {"schema": "card/1"})


def test_a_reading_within_a_reading_is_told_in_every_form(validated):
    """A pass that is taken back keeps what it was taken back from."""
    inner = Reading("reading.one_class")
    blind = replace(
        result("DIS-04", "test", Verdict.INSUFFICIENT_DATA),
        reading=Reading("reading.blind", {"finding": inner, "detectable": 0.09, "red": 0.05}),
    )
    made = json.loads(json.dumps(validation_report(replace(validated, **concluded([*RESULTS, blind]))), allow_nan=False))
    page = BeautifulSoup(render_validation(made, "en"), "html.parser")
    told = messages.render(blind.reading, "en")
    assert told in words(page)
    assert told in text_of(docx.Document(BytesIO(word_validation(made, "en"))))
