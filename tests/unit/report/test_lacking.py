"""What the model card would lack, before there is one."""

from __future__ import annotations

from dataclasses import replace

from scorecard.report.lacking import AWAITED, lacking
from scorecard.validation.documentation import ESSENTIAL


def test_a_complete_card_still_lacks_what_the_committee_adds(facts):
    assert set(lacking(facts)) >= {"opinion", "conditions", "swap", "el", "rwa"}
    assert set(lacking(facts, AWAITED)) == {"incumbent"}


def test_a_bare_card_lacks_each_thing_once(bare):
    found = lacking(bare, AWAITED)
    assert len(set(found)) == len(found)
    assert set(ESSENTIAL) <= set(found)
    assert not set(found) & AWAITED


def test_before_validation_only_what_can_be_known_is_asked_for(facts):
    ownerless = facts.about.model_copy(update={"owner": None})
    assert set(lacking(replace(facts, results=(), strategy=(), about=ownerless), AWAITED)) == {"about.owner", "incumbent"}
