from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scorecard.contracts import Column, Contract
from scorecard.data.outcome import labelled
from scorecard.data.samples import prepare
from scorecard.data.source import open_table, typed
from scorecard.errors import DataError, SettingsError
from scorecard.settings import Pipeline

DTYPES = {"int64": "integer", "float64": "number", "bool": "boolean", "object": "date"}


def cards(rows=2_000, seed=1):
    """Return customers, some with several accounts, with an outcome by chance."""
    random = np.random.default_rng(seed)
    return pandas.DataFrame({
        "account": np.arange(rows), "customer": random.integers(0, rows // 2, rows), "income": random.normal(size=rows).round(3),
        "bad": (random.random(rows) < 0.3).astype(int), "weight": random.random(rows),
        "opened": [date(2020, 1, 1) + timedelta(days=int(day)) for day in random.integers(0, 730, rows)],
    })  # fmt: skip


@pytest.fixture
def population(tmp_path):
    """Return a function that writes rows and prepares them by the settings given."""

    def make(rows, seed=1, dtypes=None, **settings):
        pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), tmp_path / "cards.parquet")
        found = {name: DTYPES.get(str(kind), "text") for name, kind in rows.dtypes.items()} | (dtypes or {})
        contract = Contract(name="cards", columns={name: Column(dtype=dtype) for name, dtype in found.items()})
        given = {"name": "cards", "table": "cards.parquet", "contract": "cards.yaml", "target": {"column": "bad"}} | settings
        return prepare(Pipeline.model_validate(given), contract, tmp_path, seed)

    return make


def samples(prepared, by="account"):
    """Return the sample of each row by its key."""
    frame = prepared.rows.df()
    return dict(zip(frame[by], frame["@sample"], strict=True))


def shares(prepared):
    return prepared.rows.df()["@sample"].value_counts(normalize=True).to_dict()


# The split


def test_the_split_does_not_depend_on_the_order_of_rows(population):
    rows = cards()
    assert samples(population(rows, key="account")) == samples(population(rows.sample(frac=1, random_state=3), key="account"))


def test_without_a_key_the_split_does_not_depend_on_the_order_of_rows_either(population):
    rows = cards()
    assert samples(population(rows)) == samples(population(rows.sample(frac=1, random_state=3)))


def test_a_row_keeps_its_sample_when_others_come_and_go(population):
    whole, part = (samples(population(rows, key="account")) for rows in (cards(), cards().iloc[500:]))
    assert all(whole[account] == sample for account, sample in part.items())


def test_the_same_seed_is_the_same_split_and_another_seed_another(population):
    first, again, other = (samples(population(cards(), seed=seed, key="account")) for seed in (1, 1, 2))
    assert first == again
    assert 0.3 < np.mean([first[account] != other[account] for account in first]) < 0.55


@pytest.mark.parametrize("settings", [{}, {"key": "account"}, {"split": {"group": "customer"}}])
def test_rows_stay_in_the_order_of_the_table(population, settings):
    prepared = population(cards(5_000), **settings)
    assert prepared.rows.df()["account"].tolist() == list(range(5_000))
    assert prepared.sample("development").df()["account"].is_monotonic_increasing


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_the_share_of_the_test_sample_is_near_the_one_asked_for(population, share):
    """Within four standard errors of 10,000 draws."""
    found = shares(population(cards(10_000), key="account", split={"test_share": share}))
    assert found["test"] == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 10_000))


def test_identical_rows_without_a_key_spread_over_both_samples(population):
    rows = pandas.DataFrame({"income": [1.0] * 1_000, "bad": [0, 1] * 500})
    assert shares(population(rows))["test"] == pytest.approx(0.3, abs=0.06)


def test_identical_rows_do_not_depend_on_where_they_stand(population):
    rows = pandas.DataFrame({"income": [1.0] * 600 + [2.0] * 600, "bad": [0, 1] * 600})
    sizes = [
        population(each).rows.df().groupby(["income", "bad", "@sample"]).size().to_dict() for each in (rows, rows.iloc[::-1])
    ]
    assert sizes[0] == sizes[1]


def test_no_group_is_in_two_samples(population):
    frame = population(cards(), key="account", split={"group": "customer"}).rows.df()
    assert (frame.groupby("customer")["@sample"].nunique() == 1).all()
    assert set(frame["@sample"]) == {"development", "test"}


def test_a_column_may_give_the_sample(population):
    rows = cards().assign(part=lambda frame: np.where(frame["account"] % 4 == 0, "out_of_time", "development"))
    found = samples(population(rows, split={"column": "part"}))
    assert all(found[account] == ("out_of_time" if account % 4 == 0 else "development") for account in found)


@pytest.mark.parametrize(("odd", "shown"), [("train", "'train'"), (None, "None")])
def test_a_column_with_another_word_is_refused(population, odd, shown):
    rows = cards(10).assign(part=[odd] + ["development"] * 9)
    with pytest.raises(DataError, match=f"The split column part holds {shown}; expected one of development, test"):
        population(rows, split={"column": "part"})


def test_windows_divide_by_date_and_what_is_outside_is_counted(population):
    split = {
        "development": {"first": "2020-02-01", "last": "2020-12-31"}, "out_of_time": {"first": "2021-01-01", "last": "2021-06-30"},
        "monitoring": {"first": "2021-09-01"},
    }  # fmt: skip
    prepared = population(cards(), key="account", observation_date="opened", split=split)
    spans = prepared.rows.df().assign(day=lambda frame: frame["opened"].dt.date).groupby("@sample")["day"].agg(["min", "max"])
    assert prepared.present() == ["development", "test", "out_of_time", "monitoring"]
    assert (spans.loc[["development", "test"], "min"] >= date(2020, 2, 1)).all()
    assert (spans.loc[["development", "test"], "max"] <= date(2020, 12, 31)).all()
    assert spans.loc["out_of_time"].tolist() == [date(2021, 1, 1), date(2021, 6, 30)]
    assert spans.loc["monitoring", "min"] == date(2021, 9, 1)
    days = cards()["opened"]
    left_out = ((days < date(2020, 2, 1)) | ((days > date(2021, 6, 30)) & (days < date(2021, 9, 1)))).sum()
    assert prepared.funnel[-1] == {"step": "outside every sample window", "taken_out": left_out, "left": 2_000 - left_out}


def test_windows_without_a_date_are_refused(population):
    with pytest.raises(SettingsError, match="split has windows but observation_date is missing"):
        population(cards(), split={"out_of_time": {"first": "2021-01-01"}})


def test_a_date_that_is_no_date_is_refused(population):
    with pytest.raises(SettingsError, match="observation_date names income, which is number; expected date"):
        population(cards(), observation_date="income")


def test_no_development_rows_are_refused(population):
    with pytest.raises(DataError, match="No row belongs to the development sample"):
        population(
            cards(),
            observation_date="opened",
            split={"development": {"last": "1999-12-31"}, "out_of_time": {"first": "2000-01-01"}},
        )


def test_a_sample_of_one_class_is_refused(population):
    rows = cards(200).assign(part=lambda frame: np.where(frame["bad"] == 1, "development", "test"))
    with pytest.raises(DataError, match=r"The development sample has \d+ rows and no goods; expected both"):
        population(rows, split={"column": "part"})


def test_rows_to_watch_may_be_of_one_class(population):
    rows = cards(200).assign(part=lambda frame: np.where(frame["account"] % 2 + frame["bad"] == 0, "monitoring", "development"))
    assert population(rows, split={"column": "part"}).present() == ["development", "monitoring"]


def test_a_sample_has_the_rows_it_names(population):
    prepared = population(cards(), key="account")
    both = prepared.sample("development", "test").aggregate("count(*)").fetchall()
    assert both == [(2_000,)]
    assert set(prepared.sample("test").df()["@sample"]) == {"test"}


# The target


def test_goods_and_bads_are_named_by_the_rule(population):
    rows = cards(400).assign(bad=lambda frame: frame["bad"].map({0: "paid", 1: "lost"}))
    frame = population(rows, target={"column": "bad", "good": ["paid"], "bad": ["lost"]}).rows.df()
    assert ((frame["bad"] == "lost") == (frame["@bad"] == 1)).all()


def test_a_boolean_target_takes_booleans_and_their_numbers(population):
    rows = cards(400).assign(bad=lambda frame: frame["bad"] == 1)
    named, numbered = (
        population(rows, target=target).rows.df()
        for target in ({"column": "bad", "good": [False], "bad": [True]}, {"column": "bad"})
    )
    assert named["@bad"].tolist() == numbered["@bad"].tolist() == named["bad"].astype(int).tolist()


def test_indeterminate_rows_leave_with_a_step_of_their_own(population):
    rows = cards().assign(bad=lambda frame: frame["bad"] + 1)
    rows.loc[:99, "bad"] = 3
    prepared = population(rows, target={"column": "bad", "good": [1], "bad": [2], "indeterminate": [3]})
    assert prepared.funnel == [
        {"step": "all rows", "taken_out": 0, "left": 2_000},
        {"step": "indeterminate", "taken_out": 100, "left": 1_900},
    ]


def test_exclusions_add_up_and_the_first_rule_that_fits_decides(population):
    rows = cards()
    rows.loc[:49, "bad"] = 7
    rules = [
        {"reason": "fraud", "values": [7]}, {"reason": "young account", "column": "account", "below": 100},
        {"reason": "too rich", "column": "income", "above": 2.0}, {"reason": "staff", "column": "customer", "values": [1, 2, 3]},
    ]  # fmt: skip
    funnel = population(rows, target={"column": "bad", "excluded": rules}).funnel
    taken = {step["step"]: step["taken_out"] for step in funnel}
    assert (taken["excluded: fraud"], taken["excluded: young account"]) == (50, 50)
    assert taken["excluded: too rich"] == (rows["income"].iloc[100:] > 2).sum()
    assert all(before["left"] - after["taken_out"] == after["left"] for before, after in pairwise(funnel))
    assert funnel[-1]["left"] == 2_000 - sum(taken.values())


def test_a_missing_outcome_can_be_excluded(population):
    rows = cards().assign(bad=lambda frame: frame["bad"].where(frame["account"] >= 10).astype("Int64"))
    rule = {"reason": "outcome not known", "missing": True}
    prepared = population(rows, dtypes={"bad": "integer"}, target={"column": "bad", "excluded": [rule]})
    assert prepared.funnel[1] == {"step": "excluded: outcome not known", "taken_out": 10, "left": 1_990}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0, 1, None, None], "The target bad is missing in 2 rows, for example row 3; expected an outcome"),
        ([0, 1, 2, 2], r"The target bad holds '2' in row 3 \(2 rows with values the rule does not name\); expected good or bad"),
        ([0, 0, 0, 0], "The target bad has no bad rows, only good ones; expected both"),
        ([1, 1, 1, 1], "The target bad has no good rows, only bad ones; expected both"),
    ],
)
def test_a_target_that_is_no_outcome_is_refused(population, values, message):
    with pytest.raises(DataError, match=message):
        population(pandas.DataFrame({"bad": pandas.array(values, "Int64")}), dtypes={"bad": "integer"})


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"column": "defaulted"}, "target.column names defaulted, which is not in the contract"),
        ({"column": "bad", "bad": ["1"]}, "target.bad names '1', but bad is integer. Change it in the pipeline YAML"),
        ({"column": "bad", "good": [False]}, "target.good names False, but bad is integer; YAML reads yes and no without quotes"),
        ({"column": "bad", "excluded": [{"reason": "x", "column": "opened", "below": 3}]}, "below or above for opened, which holds date"),
        ({"column": "bad", "excluded": [{"reason": "x", "column": "clsd", "missing": True}]}, "target.excluded.column names clsd"),
        ({"column": "bad", "excluded": [{"reason": "x", "column": "income", "values": ["rich"]}]}, "target.excluded.values names 'rich', but income is number"),
    ],
)  # fmt: skip
def test_a_target_rule_that_does_not_fit_the_contract_is_refused(population, target, message):
    with pytest.raises(SettingsError, match=message):
        population(cards(20), target=target)


def test_dates_can_be_excluded_by_value(population):
    rows = cards()
    day = rows["opened"].iloc[0]
    rule = {"reason": "bank holiday", "column": "opened", "values": [str(day), "no day"]}
    prepared = population(rows, target={"column": "bad", "excluded": [rule]})
    assert prepared.funnel[1]["taken_out"] == (rows["opened"] == day).sum()


# Keys, weights, columns


def test_repeated_keys_are_refused_with_their_number(population):
    rows = cards(100).assign(account=[0, 0, 1, 1, *range(2, 98)])
    with pytest.raises(DataError, match=r"repeats 2 keys \(account\), for example that of row 1; expected each once"):
        population(rows, key="account")


def test_a_key_of_two_columns_may_repeat_in_each(population):
    rows = cards(100).assign(account=lambda frame: frame.index // 2, month=lambda frame: frame.index % 2)
    assert len(population(rows, key=["account", "month"]).rows.df()) == 100


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"key": "acount"}, "key names acount, which is not in the contract"), ({"split": {"group": "household"}}, "split.group names household"),
        ({"split": {"column": "part"}}, "split.column names part"), ({"weight": "wight"}, "weight names wight, which is not in the contract"),
        ({"segments": ["brnach"]}, "segments names brnach, which is not in the contract"), ({"exposure": "amount"}, "exposure names amount"),
        ({"exposure": "opened"}, "exposure names opened, which is date; expected integer or number"),
        ({"strategy": {"knock_outs": [{"column": "age", "below": 18, "reason": "Minors."}]}}, "strategy.knock_outs names age, which is not"),
        ({"weight": "opened"}, "weight names opened, which is date; expected integer or number"),
    ],
)  # fmt: skip
def test_a_setting_that_names_no_such_column_is_refused(population, settings, message):
    with pytest.raises(SettingsError, match=message):
        population(cards(20), **settings)


def test_weights_are_kept_and_are_one_where_there_are_none(population):
    weighted, plain = population(cards(), key="account", weight="weight").rows.df(), population(cards(), key="account").rows.df()
    assert (weighted["@weight"] == weighted["weight"]).all()
    assert (plain["@weight"] == 1).all()


@pytest.mark.parametrize("wrong", [-1.0, float("nan")])
def test_a_weight_that_is_no_weight_is_refused(population, wrong):
    rows = cards(50)
    rows.loc[[3, 7], "weight"] = wrong
    with pytest.raises(DataError, match="The weight weight is missing or negative in 2 rows, for example row 4"):
        population(rows, weight="weight")


def test_a_table_without_rows_is_refused(population):
    with pytest.raises(DataError, match=r"cards.parquet has no rows; expected a table with rows"):
        population(cards().iloc[:0], dtypes={"opened": "date"})


def test_the_tables_own_columns_may_have_the_names_of_sql(population):
    rows = cards(200).rename(columns={"account": "row", "customer": "n", "income": "select"})
    assert len(population(rows, key=["row", "n"], split={"group": "n"}).rows.df()) == 200


# A batch of later rows


def test_later_rows_are_labelled_by_the_same_rule(tmp_path, population):
    population(cards())
    rule = {"name": "cards", "table": "cards.parquet", "contract": "c", "target": {"column": "bad"}, "weight": "weight"}
    columns = {"bad": Column(dtype="integer"), "income": Column(dtype="number")}
    pipeline, contract = Pipeline.model_validate(rule), Contract(name="cards", columns=columns)
    found = labelled(typed(open_table(pipeline.table, tmp_path), contract), pipeline, contract).df()
    assert found["@bad"].tolist() == cards()["bad"].tolist()


@pytest.mark.parametrize(("good", "message"), [([5], r"holds '0' in row 1 \(2 rows"), ([0], None)])
def test_later_rows_with_an_outcome_no_rule_names_are_refused(tmp_path, good, message):
    pq.write_table(pa.table({"bad": [0, 1, 0]}), tmp_path / "new.parquet")
    rule = {"name": "cards", "table": "new.parquet", "contract": "c", "target": {"column": "bad", "good": good}}
    pipeline, contract = Pipeline.model_validate(rule), Contract(name="cards", columns={"bad": Column(dtype="integer")})
    rows = typed(open_table(pipeline.table, tmp_path), contract)
    if message:
        with pytest.raises(DataError, match=message):
            labelled(rows, pipeline, contract)
    else:
        assert labelled(rows, pipeline, contract).df()["@bad"].tolist() == [0, 1, 0]


def test_later_rows_that_are_all_excluded_are_refused(tmp_path):
    pq.write_table(pa.table({"bad": [9, 9]}), tmp_path / "new.parquet")
    rule = {"name": "cards", "table": "new.parquet", "contract": "c", "target": {"column": "bad", "indeterminate": [9]}}
    pipeline, contract = Pipeline.model_validate(rule), Contract(name="cards", columns={"bad": Column(dtype="integer")})
    with pytest.raises(DataError, match="No row is good or bad by the target rule of cards"):
        labelled(typed(open_table(pipeline.table, tmp_path), contract), pipeline, contract)
