from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict
from scorecard.validation.judging import Limits
from scorecard.validation.robustness import each_missing, missing_table, missing_test
from scorecard.validation.robustness.effects import Effect
from scorecard.validation.robustness.missing import Missing, sources

LIMITS = Limits(0.05, 0.10)


def case(name, **changed):
    return Missing(name, (name,), replace(Effect(0.01, 0.002, 0.3, -8.0, 8.0, 20.0), **changed))


def test_a_missing_input_scores_as_the_card_scores_it(sound):
    """The card itself on rows whose debt is missing."""
    table = sound.modelled.tables["test"]
    blank = table.set_column(table.schema.get_field_index("debt"), "debt", pa.nulls(table.num_rows, pa.float64()))
    found = missing_table(sound, "test").set_index("name")
    shift = sound.modelled.card.score(blank).score.mean() - sound.samples["test"].score.mean()
    assert found.loc["debt", "shift_points"] == pytest.approx(shift, abs=1e-9)
    grades = sound.modelled.card.score(blank).grade != sound.samples["test"].grade
    assert found.loc["debt", "regraded"] == pytest.approx(grades.mean())


def test_inputs_of_a_source_are_missing_together(sound):
    named = replace(sound, sources={"bureau": ("debt", "age", "unused"), "form": ("job",)})
    found = missing_table(named, "test").set_index(["kind", "name"])
    assert found.loc[("source", "bureau"), "inputs"] == "age, debt"
    assert found.loc[("source", "bureau"), "auc_lost"] > found.loc["input"]["auc_lost"].max()
    assert ("source", "form") not in found.index
    scopes = [(result.scope, result.verdict is Verdict.NOT_DUE) for result in each_missing(named)]
    assert scopes == [
        ("test: inputs", False),
        ("test: sources", False),
        ("out_of_time: inputs", False),
        ("out_of_time: sources", False),
    ]


def test_without_named_sources_inputs_that_differ_by_a_number_are_one():
    found = sources(["status_m0", "status_m4", "bill_12", "bill_3", "income", "age2", "age3"], {})
    assert found == {"status": ("status_m0", "status_m4"), "bill": ("bill_12", "bill_3")}


def test_numbered_names_of_all_inputs_are_no_source():
    assert sources(["x_1", "x_2", "x_3", "age"], {}) == {}
    assert sources(["x_1", "x_2", "x_3", "age"], {"bureau": ("x_1", "x_2", "x_3")}) == {"bureau": ("x_1", "x_2", "x_3")}


def test_withholding_that_pays_is_found(make):
    """Those whose income is missing are the safest at development, and get the most points."""

    def safest(name, drawn, random):
        hidden = random.random(drawn.logit.size) < 0.2
        drawn.columns["income"] = np.where(hidden, np.nan, drawn.columns["income"])
        drawn.logit[hidden] -= 1.5

    found = each_missing(make(spoil=safest, used=("income", "age", "debt")))[0]
    assert found.reading.values["kindest"] == "income"
    assert found.reading.values["safer"] > 5
    assert found.verdict is not Verdict.GREEN


@pytest.mark.parametrize(
    ("found", "verdict", "key"),
    [
        ([case("a")], Verdict.GREEN, "reading.missing_held"),
        ([case("a", lost=0.06, error=0.039)], Verdict.GREEN, "reading.missing_chance"),
        ([case("a", lost=0.06, error=0.2)], Verdict.INSUFFICIENT_DATA, "reading.blind"),
        ([case("a", lost=0.06)], Verdict.AMBER, "reading.missing_failed"),
        ([case("a", lost=0.12)], Verdict.RED, "reading.missing_failed"),
        ([case("a"), case("b", shift=6.0)], Verdict.AMBER, "reading.missing_safer"),
        ([case("a", lost=None)], Verdict.INSUFFICIENT_DATA, "reading.missing_unranked"),
        ([case("a", lost=None, shift=6.0)], Verdict.AMBER, "reading.missing_safer"),
    ],
)
def test_verdict_on_what_is_missing(found, verdict, key):
    result = missing_test(found, "test: inputs", (5000, 500), LIMITS, 5.0)
    assert (result.verdict, result.reading.key) == (verdict, key)
    assert all("{" not in render(result.reading, language) for language in LANGUAGES)


def test_a_large_loss_by_chance_hides_no_smaller_one_that_is_none():
    found = [case("a", lost=0.12, error=0.1), case("b", lost=0.06, error=0.005)]
    result = missing_test(found, "test: inputs", (5000, 500), LIMITS, 5.0)
    assert (result.verdict, result.statistic, result.reading.values["name"]) == (Verdict.AMBER, 0.06, "b")


def test_many_cases_need_more_evidence():
    """p = 0.02 of one case is amber; of ten it is 0.2 after Holm's adjustment."""
    alone = missing_test([case("a", lost=0.06, error=0.06 / 2.0537)], "test", (5000, 500), LIMITS, 5.0)
    among = missing_test(
        [case("a", lost=0.06, error=0.06 / 2.0537), *[case(str(each), lost=0.0) for each in range(9)]],
        "test",
        (5000, 500),
        LIMITS,
        5.0,
    )
    assert (alone.verdict, among.verdict) == (Verdict.AMBER, Verdict.GREEN)
    assert among.reading.values["p_holm"] == pytest.approx(0.2, abs=1e-3)
