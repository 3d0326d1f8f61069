"""What a run knows of the making of its scorecard, with and without the steps that made it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from scorecard.jobs import origin

TAGS = {"data_sha256": "ab" * 32, "seed": "1", "commit": "c0ffee", "dirty": "false", "lock_sha256": "cd" * 32}
ROWS = {
    "01_data": {
        "funnel.csv": "step,taken_out,left\nall rows,0,10\n",
        "samples.csv": "sample,rows\ndevelopment,7\nout_of_time,3\n",
    },
    "04_challengers": {
        "comparison.csv": "model,sample,auc\nscorecard,out_of_time,0.7\nxgboost,out_of_time,0.71\nincumbent,out_of_time,0.6\n"
    },
}


@pytest.fixture
def step(example, developed, tmp_path):
    """A run whose steps left their artefacts in folders; it needs no store."""
    made = {
        "03_scorecard": {
            "scorecard.json": developed.card.to_json(),
            "certificate.json": json.dumps({"clean": True, "complete": False}),
        }
    }
    for name, files in (ROWS | made).items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text, encoding="utf-8")
    steps = {name: SimpleNamespace(folder=tmp_path / name) for name in ROWS | made}
    tags = {f"scorecard.{name}": value for name, value in TAGS.items()}
    parent = SimpleNamespace(steps=lambda: steps, run=SimpleNamespace(data=SimpleNamespace(tags=tags)))
    return SimpleNamespace(parent=parent, pipeline=example.pipeline, contract=example.contract, steps=steps, tags=tags)


def test_the_run_that_made_the_card_tells_its_record(step, developed):
    expected = {"data_sha256": "ab" * 32, "seed": "1", "commit": "c0ffee", "dirty": "false", "environment": "cd" * 32}
    assert origin.record(step, developed.card) == expected


def test_words_in_place_of_a_commit_are_none(step, developed):
    step.tags["scorecard.commit"] = "not a git checkout"
    assert origin.record(step, developed.card)["commit"] == ""


def test_a_run_that_made_another_card_or_none_has_no_record(step, developed):
    (step.steps["03_scorecard"].folder / "scorecard.json").write_text(json.dumps({"sha256": "another"}), encoding="utf-8")
    assert origin.record(step, developed.card) is None
    del step.steps["03_scorecard"]
    assert origin.record(step, developed.card) is None


def test_what_the_card_lacks_is_told_without_what_comes_later(step, developed):
    found = origin.missing(step, developed.card)
    assert set(found) >= {"about.target", "observation_date", "hash.contract"}
    assert not set(found) & {
        "funnel",
        "samples",
        "incumbent",
        "challenger",
        "exports",
        "out_of_time",
        "hash.code",
        "opinion",
        "version",
    }


def test_what_a_step_that_did_not_run_would_tell_is_not_missing(step, developed):
    step.steps.clear()
    assert not set(origin.missing(step, developed.card)) & {
        "funnel",
        "samples",
        "incumbent",
        "challenger",
        "exports",
        "hash.code",
    }


def test_what_a_step_left_out_is_missing(step, developed):
    (step.steps["04_challengers"].folder / "comparison.csv").write_text(
        "model,sample,auc\nscorecard,test,0.7\n", encoding="utf-8"
    )
    assert {"incumbent", "challenger", "out_of_time_performance"} <= set(origin.missing(step, developed.card))
