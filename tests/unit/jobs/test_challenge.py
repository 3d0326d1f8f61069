"""What the first half of notebook 04 shows: every trial kept, PDs side by side, explanations of the best, and what failed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pandas
import pytest

from scorecard import challengers, figures, reasons
from scorecard.calibration import Calibration
from scorecard.challengers import Failure, Search, Searched, Trial
from scorecard.errors import SettingsError
from scorecard.jobs import challenge
from scorecard.jobs.challenge import Asked

FEW = "logit, decision_tree"


@dataclass
class Stub:
    """What a step gives to the functions: its pipeline, and a place for tables and metrics."""

    pipeline: object
    by_hand: bool = False
    tables: dict[str, pandas.DataFrame] = field(default_factory=dict)
    series: dict[str, dict[int, float]] = field(default_factory=dict)

    def save_table(self, name, table):
        self.tables[name] = table
        return table

    @property
    def own(self):
        return SimpleNamespace(log_series=self.series.update)


@pytest.fixture(scope="module")
def step(example) -> Stub:
    return Stub(example.pipeline)


@pytest.fixture(scope="module")
def tables(developed):
    return {"development": developed.development, "test": developed.test}


@pytest.fixture(scope="module")
def searched(step, developed) -> Searched:
    return challenge.search(step, developed.bins.values(), developed.development, Asked(FEW, 3, 600.0, 1))


@pytest.fixture(scope="module")
def explained(step, searched, developed):
    card = reasons.referenced(
        developed.card, developed.development, "cutoff", float(np.median(developed.card.score(developed.development).score))
    )
    return challenge.explained(step, searched, card, developed.development, 1)


def test_only_the_challengers_that_are_named_are_tuned(searched):
    assert list(searched.tuned) == ["logit", "decision_tree"]


def test_every_trial_is_kept_as_a_row_and_as_a_metric_by_step(step, searched):
    kept = step.tables["search.csv"]
    assert kept.groupby("model").size().to_dict() == {"logit": 3, "decision_tree": 3}
    expected = {(f"search.{row['model']}.{row['state']}", row["trial"]): row["auc"] for row in kept.to_dict("records")}
    assert {(name, trial): auc for name, values in step.series.items() for trial, auc in values.items()} == expected


def test_times_stand_apart_from_what_two_equal_runs_share(step, searched):
    assert "seconds" not in step.tables["search.csv"]
    assert (step.tables["search_seconds.csv"]["seconds"] >= 0).all()


def test_a_person_sees_a_bar(developed, example, capsys):
    by_hand = Stub(example.pipeline, by_hand=True)
    challenge.search(by_hand, developed.bins.values(), developed.development, Asked("logit", 1, 600.0, 1))
    assert "logit, trial 1" in capsys.readouterr().out


def test_a_challenger_that_is_none_is_refused(step, developed):
    with pytest.raises(SettingsError, match="Did you mean logit"):
        challenge.search(step, developed.bins.values(), developed.development, Asked("logits", 1, 600.0, 1))


def test_raw_calibrated_and_final_pds_stand_beside_the_bad_rate(searched, developed, tables):
    card = replace(developed.card, calibration=Calibration("intercept", sample="test", floor=0.02))
    table = challenge.pds(challenge.calibrated(searched, card, tables).tuned, tables)
    assert table[["model", "sample"]].to_numpy().tolist() == [
        [name, sample] for name in ("logit", "decision_tree") for sample in ("development", "test")
    ]
    test = table[table["sample"] == "test"]
    np.testing.assert_allclose(test["pd_calibrated"], test["bad_rate"], atol=1e-9)
    assert (table["pd_final"] >= table["pd_calibrated"]).all()


def test_the_curve_is_of_the_last_sample(searched, tables, developed):
    table = challenge.curve(searched.best, tables)
    assert table["rows"].sum() == developed.test.num_rows


def test_a_sample_with_too_few_bads_has_no_curve(searched, tables, developed):
    few = developed.test.slice(0, 10)
    assert challenge.curve(searched.best, tables | {"out_of_time": few}).empty


def test_the_best_is_explained_against_the_customers_just_above_the_cut_off(explained, searched):
    found = explained.found[searched.best.name]
    assert explained.reference.num_rows == explained.card.reasons.rows
    assert found.values.shape[0] == explained.rows.num_rows == challenge.EXPLAINED_ROWS
    table = explained.importance()
    assert set(table["model"]) == {"logit", "decision_tree"}
    assert set(table["way"]) == {"linear", "trees"}
    assert set(explained.of_best(table)["model"]) == {searched.best.name}


def test_one_refused_customer_is_explained_in_full(explained, searched):
    table = explained.customer()
    assert set(table["characteristic"]) == set(searched.best.encoder.names)
    base = explained.found[searched.best.name].base
    odds = searched.best.log_odds(explained.rows)
    place = int(np.abs(odds - base - table["contribution"].sum()).argmin())
    assert odds[place] - base == pytest.approx(table["contribution"].sum(), abs=1e-6)
    assert explained.card.score(explained.rows).score[place] < explained.card.reasons.cutoff


def test_without_reasons_everybody_is_compared_with(step, searched, developed):
    found = challenge.explained(step, searched, replace(developed.card, reasons=None), developed.development, 1)
    assert found.reference.num_rows == developed.development.num_rows
    assert len(found.customer()) == len(searched.best.encoder.names)


def test_the_dependence_is_drawn_for_the_characteristics_of_most_importance(explained):
    importance, table = explained.importance(), explained.dependences()
    charts = explained.dependence_charts(table, importance)
    assert list(charts) == explained.of_best(importance)["characteristic"].head(challenge.SHOWN).tolist()
    assert set(table["characteristic"]) == set(explained.best.encoder.names)


def test_values_that_development_never_had_are_counted_by_sample(developed, tables):
    place = developed.test.schema.get_field_index("purpose")
    odd = developed.test.set_column(place, developed.test.schema.field(place), [["moon flight"] * developed.test.num_rows])
    found = challenge.unknown(developed.bins.values(), tables | {"test": odd})
    assert found.to_dict("records") == [{"sample": "test", "characteristic": "purpose", "unknown_rows": developed.test.num_rows}]


def test_the_sweep_starts_from_rows_that_do_not_depend_on_their_order(searched, developed):
    table = developed.development
    turned = table.take(list(range(table.num_rows))[::-1])
    first, second = (challenge.swept(searched.tuned, developed.bins.values(), each, 1) for each in (table, turned))
    pandas.testing.assert_frame_equal(first, second)
    assert set(first["model"]) == {"decision_tree"}
    (row,) = challenge.swept_summary(first).to_dict("records")
    assert (row["features"], row["steps"]) == (len(first), first["steps"].sum())
    assert row["violation"] <= 1e-9


# Where nothing was built


def test_a_run_without_any_challenger_shows_tables_without_rows_and_empty_figures(step, developed, tables):
    nothing = challenge.search(step, developed.bins.values(), developed.development, Asked("", 1, 1e-9, 1))
    assert nothing.tuned == {}
    nothing = challenge.calibrated(nothing, developed.card, tables)
    found = challenge.explained(step, nothing, developed.card, developed.development, 1)
    importance = found.importance()
    drawn = [
        challenge.search_chart(step, nothing),
        found.importance_chart(importance),
        found.customer_chart(found.customer()),
        figures.calibration_curve(challenge.curve(nothing.best, tables)),
    ]
    assert all(figures.to_svg(chart).startswith("<svg") for chart in drawn)
    assert found.dependence_charts(found.dependences(), importance) == {}
    assert len(challenge.failures(nothing)) == len(challengers.CHALLENGERS)
    shown = [
        challenge.pds(nothing.tuned, tables),
        challenge.swept({}, developed.bins.values(), developed.development, 1),
        importance,
    ]
    assert [len(table) for table in shown] == [0, 0, 0]
    assert challenge.told(nothing).startswith("**No challenger was built.** XGBoost (search): No trial was completed")


def test_the_answer_tells_failures_and_searches_that_time_ended():
    late = Search((Trial(0, "completed", {}, (0.7,)),), "seconds")
    searched = Searched(
        {"logit": SimpleNamespace(search=late)}, (Failure("xgboost", "fit", "MemoryError: too many rows"),), {"logit": late}
    )
    said = challenge.answer("**Yes.**", searched)
    assert said.split("\n\n") == [
        "**Yes.**",
        "1 of 2 challengers could not be built: XGBoost (fit): MemoryError: too many rows",
        "Time, and not the number of trials, ended the search of logit: another run may end elsewhere.",
    ]
    assert "拟合" in challenge.told(searched, "zh")


def test_where_all_went_well_the_answer_is_the_verdict(searched):
    assert challenge.answer("**Yes.**", searched) == "**Yes.**"
