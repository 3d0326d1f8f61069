"""The catalogue is what the code says, and says of each test what it asks, how it judges and where it comes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scorecard.settings import Thresholds
from scorecard.validation import TESTS, catalogue, fairness, stability
from scorecard.validation.fairness import impact, odds

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def text():
    return catalogue.text()


def test_the_catalogue_in_docs_is_in_step(text):
    assert (ROOT / "docs" / "tests.md").read_text(encoding="utf-8") == text, "run `make catalogue`"


def test_every_test_has_its_place_with_question_code_and_source(text):
    for test in TESTS:
        (own,) = re.findall(rf"^### {test.code}\n\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
        assert own.startswith("**")
        assert f"*Code*: `{test.about.__module__}.{test.about.__name__}`" in own


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.code)
def test_the_first_line_of_a_test_names_its_code(test):
    assert f"({test.code})" in catalogue.sections(test.about)[""].split("\n\n")[0]


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.code)
def test_every_limit_is_one_of_the_settings(test):
    assert set(test.limits) <= set(Thresholds.limits())


def test_no_two_tests_have_one_code():
    assert len({test.code for test in TESTS}) == len(TESTS)


def test_every_link_leads_somewhere(text):
    headings = {
        re.sub(r"[^\w -]", "", line[1]).lower().replace(" ", "-") for line in re.findall(r"^(#+) (.*)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


def test_nulls_are_found_in_the_functions_that_a_test_calls():
    assert catalogue.nulls(impact.impact_ratio) == [impact.NULL]
    assert catalogue.nulls(odds.equal_opportunity) == [odds.OPPORTUNITY_NULL]
    assert catalogue.nulls(stability.csi_test) == ["both samples come from one distribution over the classes"]


def test_an_area_says_what_its_module_says(text):
    assert fairness.__doc__.split("\n")[0] in text
    assert "not legal tests" in text


def test_it_is_written_where_it_is_asked(tmp_path, text):
    catalogue.main(tmp_path / "tests.md")
    assert (tmp_path / "tests.md").read_text(encoding="utf-8") == text
