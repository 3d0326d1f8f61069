from __future__ import annotations

import pytest

from scorecard.errors import SettingsError
from scorecard.jobs.evidence import sources


def test_sources_are_those_of_the_settings(example):
    named = {"bank": ("checking_account", "savings")}
    assert sources(example.pipeline.model_copy(update={"sources": named}), example.contract) == named
    assert sources(example.pipeline, example.contract) == {}


def test_a_source_of_an_unknown_column_is_refused(example):
    pipeline = example.pipeline.model_copy(update={"sources": {"bank": ("checking_acount",)}})
    with pytest.raises(
        SettingsError, match=r"sources.bank names checking_acount, which is not in the contract. Did you mean checking_account\?"
    ):
        sources(pipeline, example.contract)
