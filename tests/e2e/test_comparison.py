"""What notebook 04 leaves of a finished run for the committee."""

from __future__ import annotations

import json

import pandas
import pytest
from bs4 import BeautifulSoup

MONEY = {"profit", "expected_loss", "loss"}


@pytest.fixture(scope="module")
def left(finished, runs):
    """Return a function that gives the path of an artefact of the first run's notebook 04."""
    steps = [run for run in runs(finished.root) if run.data.tags.get("mlflow.parentRunId") == finished.run_id]
    (own,) = (run for run in steps if run.data.tags["scorecard.step"] == "04_challengers")
    return lambda name: finished.root / "mlruns" / "artifacts" / own.info.run_id / "artifacts" / name


@pytest.fixture(scope="module")
def document(left):
    return json.loads(left("comparison.json").read_text(encoding="utf-8"))


def test_the_page_and_its_twin_tell_the_same_verdict(left, document):
    page = BeautifulSoup(left("comparison.html").read_text(encoding="utf-8"), "html.parser")
    assert page.find(id="part-answer").select_one(".ask b").get_text()
    assert document["verdict"]["outcome"] in {"earns its keep", "does not", "cannot be told"}
    assert document["rule"]["minimum_gain"] == 0.01


def test_every_table_of_the_strategy_is_kept(left):
    for name, columns in {
        "strategy.csv": {"model", "decision", *MONEY},
        "bands.csv": {"band", *MONEY},
        "rules.csv": {"rule", "after_gain"},
        "swap.csv": {"group", "at"},
        "differences.csv": {"p_holm", "how"},
    }.items():
        assert columns <= set(pandas.read_csv(left(name)).columns), name


def test_reasons_of_the_challenger_are_compared_where_it_gives_some(document):
    told = document["reasons"]
    assert told is None or (0 <= told["overlap"] <= 1 and told["rows"] > 0)


def test_money_and_decisions_are_metrics_of_the_step(finished, runs):
    steps = [run for run in runs(finished.root) if run.data.tags.get("mlflow.parentRunId") == finished.run_id]
    (own,) = (run for run in steps if run.data.tags["scorecard.step"] == "04_challengers")
    assert {
        "scorecard.test.auc",
        "scorecard.test.h_measure",
        "strategy.scorecard.approval_rate",
        "strategy.scorecard.profit",
    } <= set(own.data.metrics)


def test_the_model_card_shows_swap_set_strategy_and_verdict(finished):
    path = sorted((finished.root / "mlruns" / "artifacts").glob("*/artifacts/model_card.json"))[0]
    card = json.loads(path.read_text(encoding="utf-8"))
    assert card["7_performance"]["verdict_on_challengers"]["outcome"]
    assert card["13_cutoff"]["totals"][0]["model"] == "scorecard"
    assert {row["group"] for row in card["13_cutoff"]["swap"]} == {"in", "out"}
    assert "el" in card["13_cutoff"]["strategy"][0]
