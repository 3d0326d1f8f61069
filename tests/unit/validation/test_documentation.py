"""What the model card lacks, and whether a third party could make the scorecard anew."""

from __future__ import annotations

import pytest

from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.validation.documentation import ESSENTIAL, HASHES, completeness, reproducibility

MADE = dict.fromkeys(HASHES, "ab" * 32)
RECORD = {"data_sha256": "ab" * 32, "seed": "1", "commit": "c0ffee", "dirty": "false", "environment": "cd" * 32}


@pytest.mark.parametrize("name", ESSENTIAL)
def test_without_purpose_owner_target_or_population_the_card_is_red(name):
    found = completeness(["incumbent", name])
    assert (found.verdict, found.statistic) == (Verdict.RED, 2)
    assert found.reading.values["names"] == f"{name}, incumbent"


def test_anything_else_is_amber_and_nothing_green():
    assert completeness(["incumbent", "incumbent"]).statistic == 1
    assert completeness(["incumbent"]).verdict is Verdict.AMBER
    assert completeness([]).verdict is Verdict.GREEN


def test_what_nobody_looked_at_is_never_green():
    assert completeness(None).verdict is reproducibility(MADE, None).verdict is Verdict.NOT_COMPUTABLE


@pytest.mark.parametrize("name", HASHES)
def test_a_hash_that_is_not_in_the_file_is_red(name):
    assert reproducibility({**MADE, name: ""}, RECORD).verdict is Verdict.RED


def test_a_seed_that_was_not_recorded_is_red():
    assert reproducibility(MADE, {**RECORD, "seed": ""}).verdict is Verdict.RED


@pytest.mark.parametrize("change", [{"commit": ""}, {"environment": ""}, {"dirty": "true"}])
def test_code_that_cannot_be_had_again_is_amber(change):
    assert reproducibility(MADE, RECORD | change).verdict is Verdict.AMBER


def test_a_suite_names_its_cards_instead():
    assert reproducibility({"cards_sha256": "ab cd"}, RECORD).verdict is Verdict.GREEN


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_can_be_read(language):
    found = [completeness(names) for names in (None, [], ["a"] * 3, ["about.owner", *map(str, range(30))])]
    found += [reproducibility(MADE, record) for record in (None, RECORD, {**RECORD, "commit": ""}, {})]
    assert not any("{" in render(each.reading, language) for each in found)
