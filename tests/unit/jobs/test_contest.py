"""From the rows of a run to what the committee reads, without a run."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas
import pyarrow as pa
import pytest

from scorecard import challengers, metrics
from scorecard.challengers import PDs
from scorecard.data.samples import BAD
from scorecard.errors import EvidenceError, SettingsError
from scorecard.jobs import committee, contest, deciding, develop
from scorecard.settings import Challenge, Cutoff, Rule, Strategy

MODELS = ["scorecard", "incumbent", "xgboost", "random_forest"]


def changed(contested, **settings):
    return replace(contested, step=replace(contested.step, pipeline=contested.step.pipeline.model_copy(update=settings)))


def test_all_models_score_the_same_rows_of_every_sample(contested, developed):
    assert list(contested.samples) == ["development", "test"]
    assert [list(rows.models) for rows in contested.samples.values()] == [MODELS, MODELS]
    rows = contested.samples["test"]
    assert (rows.bad == developed.test.column(BAD).to_numpy()).all()
    assert (rows.reference.risk == -developed.card.score(developed.test).score).all()
    assert (rows.exposure == contested.tables["test"].column("amount_dm").to_numpy()).all()


def broken(table):
    raise ValueError("no trees")


@pytest.mark.parametrize(
    ("pd", "told"),
    [
        (lambda table: np.where(np.arange(table.num_rows) == 3, np.nan, 0.2), "development: the PD is missing in 1 rows"),
        (lambda table: np.full(table.num_rows, 1.5), "the PD lies outside"),
        (lambda table: np.full(7, 0.5), "it gives 7 PDs for 699 customers"),
        (broken, "ValueError: no trees"),
    ],
)
def test_a_challenger_without_an_answer_is_left_out_with_the_reason_and_the_others_go_on(contested, pd, told):
    tuned = {**contested.tuned, "logit": SimpleNamespace(name="logit", pds=lambda table: PDs(pd(table), pd(table), pd(table)))}
    again = contest.gather(contested.step, contested.card, tuned, {})
    assert list(again.failed) == ["logit"]
    assert told in again.failed["logit"]
    assert again.challengers == ["xgboost", "random_forest"]
    assert list(again.rows.models) == ["scorecard", "xgboost", "random_forest"]


def test_an_exposure_below_zero_puts_nothing_at_risk_and_a_missing_one_is_refused(contested):
    def of(*first):
        table = contested.tables["test"].set_column(0, "balance", pa.array([*first, *[10.0] * (contested.rows.n - len(first))]))
        return contest._rows("test", table, contested.rows.models, "balance")

    assert of(-5.0, 0.0).exposure[:3].tolist() == [0, 0, 10]
    with pytest.raises(EvidenceError, match="missing or negative exposures"):
        of(None)


def test_a_challenger_ranks_by_its_own_pd_whatever_its_calibration_makes_of_it(contested):
    """Steps that were fitted on the judged rows order them better than the model does; the same model must gain nothing by them."""
    twin = contested.tuned["xgboost"]
    rows = contested.tables["test"]
    raw = twin.pds(rows).raw

    def stepped(table):
        own = twin.pds(table).raw
        return PDs(own, np.round(own, 1), np.round(own, 1))

    again = contest.gather(contested.step, contested.card, {"xgboost": SimpleNamespace(name="xgboost", pds=stepped)}, {})
    found = again.rows.models["xgboost"]
    assert (found.risk == raw).all()
    assert len(np.unique(found.pd)) < len(np.unique(raw))


@pytest.mark.parametrize("step", ["forced out", "iv ceiling"])
def test_what_a_scorecard_may_not_use_no_challenger_may(contested, developed, step):
    first, *others = developed.bins
    table = pandas.DataFrame({"characteristic": [first, *others], "step": [step, *["correlation"] * len(others)]})
    artefacts = {**contested.step.artefacts, "selection.csv": table}
    assert list(develop.usable(replace(contested.step, artefacts=artefacts))) == others


def test_the_table_has_every_model_of_every_later_sample_with_intervals(contested, compared):
    assert compared.table["model"].tolist() == MODELS
    assert not compared.table.drop(columns=["difference", "difference_low", "difference_high", "p_value"]).isna().any(axis=None)
    row = compared.table.set_index("model").loc["incumbent"]
    rows = contested.samples["test"]
    assert row["auc"] == pytest.approx(metrics.auc(rows.bad, rows.models["incumbent"].risk))


def test_metrics_are_named_as_before_and_leave_out_what_is_not_known(compared):
    told = contest.metrics_of(compared.table.assign(slope=np.nan))
    assert told["scorecard.test.auc"] == compared.table["auc"].iloc[0]
    assert {name.split(".")[2] for name in told} == {"auc", "gini", "ks", "h_measure", "emp", "brier", "log_loss"}


def test_the_sample_that_the_rule_names_must_be_there(contested):
    assert contested.judged == "test"
    with pytest.raises(SettingsError, match=r"challenge\.sample is out_of_time; this run has development, test"):
        _ = changed(contested, challenge=Challenge(sample="out_of_time")).judged


def test_the_answer_is_that_of_the_best_challenger_in_either_language(compared):
    assert compared.best in {"xgboost", "random_forest"}
    assert contest.answer(compared).startswith("**")
    assert contest.answer(compared, "zh").startswith("**否。** XGBoost")
    assert "No challenger" in contest.answer(replace(compared, answers=[]))


def test_the_cut_off_is_that_of_the_scorecards_file_or_of_development(contested, developed):
    assert contested.card.reasons is None
    score = developed.card.score(developed.development).score
    assert (score >= deciding.cut_off(contested)).mean() == pytest.approx(0.7, abs=0.02)


def test_the_strategy_holds_scorecard_incumbent_and_the_best_challenger(contested, compared, decided):
    assert list(decided.plan.rows.models) == ["scorecard", "incumbent", compared.best]
    told = deciding.metrics_of(decided)
    assert told["strategy.scorecard.approval_rate"] == pytest.approx(decided.plan.rate("scorecard"))
    assert set(decided.bands["band"]) == set(contested.card.grade_names())
    assert pandas.isna(decided.rules["rule"].iloc[-1])
    assert decided.marginal.code == "STR-01"


def test_without_a_cut_off_there_is_no_strategy_and_the_page_says_so(contested, compared, monkeypatch):
    monkeypatch.setattr(challengers, "size", lambda model: 1)
    plain = changed(contested, cutoff=Cutoff())
    assert deciding.decided(plain, compared, 1) is None
    assert deciding.metrics_of(None) == {}
    assert deciding.table(None, "bands").empty
    told = committee.document(plain, compared, None)
    assert (told["strategy"], told["swaps"], told["fairness"], told["reasons"]) == (None, [], [], None)
    assert {row["band"] for row in told["bands"]} == set(contested.card.grade_names())
    assert told["migration"]


def test_a_knock_out_that_the_contract_does_not_know_is_refused(contested, compared):
    with pytest.raises(SettingsError, match=r"strategy\.knock_outs names amount, which is not in the contract"):
        deciding.decided(
            changed(contested, strategy=Strategy(knock_outs=(Rule(reason="r", column="amount", above=1),))), compared, 1
        )


def test_the_document_is_plain_and_whole(document, contested):
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["schema"] == "comparison/1"
    assert [each["model"] for each in document["answers"]] == ["xgboost", "random_forest"]
    assert document["failed"] == [{"model": "decision_tree", "reason": "No trial ended."}]
    assert {(each["kind"], each["at"]) for each in document["swaps"]} == {
        (kind, at) for kind in ("replacement", "challenger") for at in ("rate", "bad_rate")
    }
    assert {row["attribute"] for row in document["fairness"]} <= set(contested.step.contract.with_role("protected"))
    assert [each["code"] for each in document["results"]] == ["CMP-01", "CMP-01", "CMP-02", "CMP-03", "STR-01"]


def test_only_a_certified_scorecard_may_become_champion_unless_the_policy_says_otherwise(document, contested):
    told = {row["model"]: (row["may"], row["why"]) for row in document["deployable"]}
    assert told == {
        "scorecard": (True, "certified"),
        "incumbent": (True, "in_use"),
        "xgboost": (False, "evidence_only"),
        "random_forest": (False, "evidence_only"),
    }
    by_policy = changed(contested, challenge=Challenge(deployment="Model policy 4.2: served by MLflow."))
    assert {row["why"] for row in committee._deployable(by_policy)} == {"certified", "in_use", "policy"}
    broken = replace(
        contested, step=replace(contested.step, artefacts={**contested.step.artefacts, "certificate.json": {"clean": False}})
    )
    assert committee._deployable(broken)[0] == {"model": "scorecard", "may": False, "why": "not_certified"}


def test_swap_sets_of_the_document_are_shown_as_one_table(document):
    table = committee.shown(document["swaps"])
    assert len(table) == 4 * 4
    assert isinstance(table, pandas.DataFrame)
    assert (table.groupby(["before", "after", "at"])["rows"].sum() == document["about"]["rows"]).all()


def test_nothing_but_measured_times_differs_when_all_is_done_again(document, contested, compared, decided, monkeypatch):
    monkeypatch.setattr(challengers, "size", lambda model: 1_000)
    again = committee.document(contested, contest.compared(contested, 1), deciding.decided(contested, compared, 1))
    assert {name for name in document if document[name] != again[name]} <= {"costs"}
