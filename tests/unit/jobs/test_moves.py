"""The customers of German credit as a bank would have them at two dates."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scorecard.datasets import german
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.jobs.moves import gather, moves
from scorecard.settings import Table


@pytest.fixture(scope="module")
def rows():
    return german().head(200)


@pytest.fixture
def between(developed, example, tmp_path):
    """Return a function that gives the moves between two tables."""

    def made(earlier, later, **changed):
        for name, table in (("earlier", earlier), ("later", later)):
            table.to_parquet(tmp_path / f"{name}.parquet")
        tables = {"earlier": Table(path="earlier.parquet"), "table": Table(path="later.parquet")}
        return moves(developed.card, example.pipeline.model_copy(update=tables | changed), example.contract, tmp_path)

    return made


def test_customers_who_stay_as_they_are_stay_in_their_grade(between, rows, developed):
    found = between(rows.drop(columns="bad"), rows)
    np.testing.assert_array_equal(found.before, found.after)
    assert found.before.max() < len(developed.card.grades)
    assert not found.defaults_known


def test_customers_are_found_by_key_and_not_by_place(between, rows):
    first = between(rows.drop(columns="bad"), rows)
    again = between(rows.drop(columns="bad"), rows.sample(frac=1, random_state=3))
    np.testing.assert_array_equal(first.after, again.after)


def test_a_customer_whose_answers_change_changes_grade(between, rows):
    poorer = rows.assign(checking_account="below 0 DM", savings="below 100 DM", duration_months=60)
    found = between(rows.drop(columns="bad"), poorer)
    assert (found.after >= found.before).all()
    assert (found.after > found.before).mean() > 0.5


def test_customers_who_are_gone_at_the_end_have_left(between, rows, developed):
    found = between(rows.drop(columns="bad"), rows.iloc[5:])
    assert found.after[:5].tolist() == [len(developed.card.grades) + 2] * 5
    assert (found.after[5:] == found.before[5:]).all()


def test_new_customers_do_not_count(between, rows):
    assert between(rows.iloc[5:].drop(columns="bad"), rows).before.size == len(rows) - 5


def test_defaults_are_known_where_the_earlier_table_has_the_target(between, rows, developed):
    found = between(rows, rows.iloc[5:])
    assert found.defaults_known
    default = len(developed.card.grades)
    assert ((found.after == default) == (rows["bad"].to_numpy() == 1)).all()


def test_a_target_that_is_missing_in_part_tells_nothing(between, rows):
    part = rows.assign(bad=rows["bad"].astype("Int64").mask(rows["application"] == rows["application"].iloc[0]))
    assert not between(part, rows).defaults_known


def test_a_table_that_repeats_a_key_is_refused(between, rows):
    with pytest.raises(DataError, match=r"earlier.parquet repeats a key \(application\); expected each customer once"):
        between(rows.iloc[[0, 0, 1]].drop(columns="bad"), rows)


def test_tables_without_a_common_customer_are_refused(between, rows):
    with pytest.raises(EvidenceError, match=r"No customer of earlier.parquet is in later.parquet by application"):
        between(rows.iloc[:50].drop(columns="bad"), rows.iloc[50:])


def test_other_customers_in_place_of_the_table_leave_migration_out(developed, example, rows, tmp_path, caplog):
    rows.iloc[:50].drop(columns="bad").to_parquet(tmp_path / "earlier.parquet")
    rows.iloc[50:].to_parquet(tmp_path / "later.parquet")
    tables = {"earlier": Table(path="earlier.parquet"), "table": Table(path="later.parquet")}
    step = SimpleNamespace(pipeline=example.pipeline.model_copy(update=tables), contract=example.contract, root=tmp_path)
    assert gather(step, developed.card) is None
    assert "migration left out" in caplog.text
    step.pipeline = step.pipeline.model_copy(update={"earlier": None})
    assert gather(step, developed.card) is None


def test_an_earlier_table_without_an_input_is_refused(between, rows):
    with pytest.raises(DataError, match="has no column duration_months"):
        between(rows.drop(columns="duration_months"), rows)


def test_an_earlier_table_without_a_key_is_refused(between, rows):
    with pytest.raises(SettingsError, match="key = nothing; expected a table, and the columns that name a customer"):
        between(rows, rows, key=())


def test_a_key_that_the_contract_does_not_name_is_refused(between, rows):
    with pytest.raises(SettingsError, match="key names customer, which is not in the contract"):
        between(rows, rows, key=("customer",))
