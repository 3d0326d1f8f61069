from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scorecard import profile
from scorecard.contracts import Column, Contract
from scorecard.data.samples import prepare
from scorecard.errors import SettingsError
from scorecard.settings import Pipeline

ROWS = 1_200


def customers():
    """Return customers with an outcome, columns that are fine, and columns that know the outcome."""
    random = np.random.default_rng(1)
    bad = (random.random(ROWS) < 0.3).astype(int)
    day = [date(2020, 1, 1) + timedelta(days=int(each)) for each in random.integers(0, 120, ROWS)]
    return pandas.DataFrame({
        "customer": np.arange(ROWS), "bad": bad, "day": day, "sex": random.integers(1, 3, ROWS),
        "income": np.where(random.random(ROWS) < 0.1, np.nan, random.normal(size=ROWS) - bad), "home": random.choice(["own", "rent"], ROWS),
        "flat": 1.0, "nothing": np.full(ROWS, np.nan), "losses": bad * 100 + random.random(ROWS), "closed_by": np.where(bad == 1, "bank", "customer"),
        "recovered": np.where((bad == 1) & (random.random(ROWS) < 0.9), 5.0, np.nan), "score_then": -bad + random.random(ROWS) * 1.1,
        "opened": [each - timedelta(days=9) for each in day], "settled": [each + timedelta(days=9) for each in day],
    })  # fmt: skip


@pytest.fixture
def population(tmp_path):
    def make(rows, dated=True, **roles):
        pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), tmp_path / "cards.parquet")
        dtypes = {"int64": "integer", "float64": "number", "object": "date"}
        roles = {"customer": "key", "bad": "target", "day": "date", "sex": "protected"} | roles
        columns = {
            name: Column(dtype=dtypes.get(str(kind), "text"), role=roles.get(name, "input")) for name, kind in rows.dtypes.items()
        }
        given = {"name": "cards", "table": "cards.parquet", "contract": "c", "key": "customer", "target": {"column": "bad"}}
        pipeline = Pipeline.model_validate(given | ({"observation_date": "day"} if dated else {}))
        return prepare(pipeline, Contract(name="cards", columns=columns), tmp_path, 1)

    return make


@pytest.fixture
def leaks(population):
    """Return a function that screens columns and gives the finding by name."""

    def find(*names, dated=True):
        rows = customers()[["customer", "bad", "day", *names]]
        prepared = population(rows, dated)
        counts = profile.count_all(prepared, prepared.contract.with_role("input"), "development", "test")
        return {leak.characteristic: leak for leak in profile.leaks(prepared, counts, "day" if dated else None)}

    return find


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("flat", "constant"), ("nothing", "all missing"), ("losses", "separates"), ("closed_by", "separates"), ("score_then", "separates"),
        ("recovered", "missingness separates"), ("settled", "future-dated"), ("opened", "date"),
    ],
)  # fmt: skip
def test_a_column_that_knows_the_outcome_or_nothing_is_named(leaks, name, finding):
    found = leaks(name)
    assert (found[name].finding, len(found)) == (finding, 1)
    assert found[name].figure >= found[name].limit


@pytest.mark.parametrize("name", ["income", "home"])
def test_a_column_that_orders_risk_is_not_named(leaks, name):
    assert leaks(name) == {}


def test_dates_are_named_also_without_an_observation_date(leaks):
    assert leaks("settled", dated=False)["settled"].finding == "date"


def test_a_column_of_many_rare_levels_is_not_taken_for_a_leak(population):
    """Levels of a row each order themselves perfectly by chance."""
    rows = customers()[["customer", "bad", "day"]].assign(street=[f"street {place}" for place in range(ROWS)])
    prepared = population(rows)
    counts = profile.count_all(prepared, ["street"], "development")
    assert profile.leaks(prepared, counts, "day") == []


def test_the_profile_has_a_row_per_column_with_its_figures(population):
    rows = customers()
    table = profile.profile(population(rows)).set_index("characteristic")
    income = rows["income"]
    assert table.index.tolist() == list(rows.columns)
    assert (table["rows"] == ROWS).all()
    assert table.loc["income", "missing_share"] == pytest.approx(income.isna().mean())
    assert table.loc["income", ["minimum", "maximum"]].tolist() == [income.min(), income.max()]
    assert table.loc["income", "mean"] == pytest.approx(income.mean())
    assert table.loc["income", "median"] == pytest.approx(income.quantile(0.5, interpolation="lower"), abs=0.01)
    assert table.loc["home", "distinct"] == 2


@pytest.mark.parametrize("name", ["customer", "sex", "home"])
def test_no_value_of_a_key_a_protected_or_a_text_column_is_told(population, name):
    table = profile.profile(population(customers())).set_index("characteristic")
    assert table.loc[name, ["minimum", "median", "mean", "maximum"]].isna().all()


def test_samples_tell_rows_bads_and_dates(population):
    rows, prepared = customers(), population(customers())
    table = profile.by_sample(prepared, "day")
    assert table["sample"].tolist() == ["development", "test"]
    assert (table["rows"].sum(), table["bads"].sum(), (table["goods"] + table["bads"]).sum()) == (ROWS, rows["bad"].sum(), ROWS)
    assert table["bad_rate"].tolist() == pytest.approx((table["bads"] / table["rows"]).tolist())
    assert (table["first_date"].min(), table["last_date"].max()) == (str(rows["day"].min()), str(rows["day"].max()))
    assert profile.sizes(table)["test.rows"] == table["rows"].iloc[1]


def test_samples_without_a_date_have_none(population):
    assert profile.by_sample(population(customers(), dated=False), None)["first_date"].isna().all()


def test_periods_tell_bad_rate_missing_share_and_mean_by_month(population):
    rows, table = customers(), profile.by_period(population(customers()), "day")
    month = rows[[f"{day:%Y-%m}" == "2020-02" for day in rows["day"]]]
    found = table[(table["period"] == "2020-02") & (table["characteristic"] == "income")].iloc[0]
    assert (found["rows"], found["bad_rate"]) == (len(month), pytest.approx(month["bad"].mean()))
    assert (found["missing_share"], found["mean"]) == (
        pytest.approx(month["income"].isna().mean()),
        pytest.approx(month["income"].mean()),
    )
    assert sorted(set(table["period"])) == ["2020-01", "2020-02", "2020-03", "2020-04"]


@pytest.mark.parametrize("rows", [customers(), customers()[["customer", "bad", "day"]]])
def test_without_a_date_or_an_input_there_are_no_periods(population, rows):
    dated = "income" not in rows
    assert len(profile.by_period(population(rows, dated), "day" if dated else None)) == 0


def test_rows_that_repeat_another_in_all_but_the_key_are_counted(population):
    rows = customers()
    twice = pandas.concat([rows, rows.iloc[:7].assign(customer=range(9_000, 9_007))], ignore_index=True)
    assert profile.duplicates(population(twice)) == 7


def test_dates_are_not_counted_as_characteristics(population):
    prepared = population(customers())
    counts = profile.count_all(prepared, prepared.contract.with_role("input"), "development")
    assert "opened" not in counts
    assert set(counts) >= {"income", "home", "flat", "nothing"}


@pytest.mark.parametrize(
    ("period", "names"),
    [
        ("month", ["2020-01", "2020-02", "2020-03", "2020-04"]),
        ("quarter", ["2020Q1", "2020Q2"]),
        ("year", ["2020"]),
        ("home", ["own", "rent"]),
    ],
)
def test_counts_by_period_of_the_observation_date_or_by_a_column(population, period, names):
    prepared = population(customers())
    counts = profile.count_all(prepared, ["income"], "development", "test", date="day", period=period)
    parts = counts["income"].by_period()
    assert list(parts) == names
    assert sum(part.missing.accounts[0] + part.tally.accounts.sum() for part in parts.values()) == ROWS


def test_a_period_that_is_neither_a_column_nor_of_a_date_is_refused(population):
    prepared = population(customers())
    with pytest.raises(
        SettingsError, match=r"The period weekly is not a column; expected one, or month, quarter, year of the observation date"
    ):
        profile.count_all(prepared, ["income"], "development", date="day", period="weekly")
    with pytest.raises(SettingsError, match=r"The period month is not a column.*need an observation_date in the pipeline YAML"):
        profile.count_all(prepared, ["income"], "development", period="month")


def test_what_cannot_be_counted_is_named_beside_what_can(population):
    counts = profile.count_all(population(customers()), ["income", "opened"], "development")
    assert list(counts) == ["income"]
    assert counts.refused["opened"].startswith("opened holds dates or times (Date), which are no characteristic.")


def test_given_edges_are_kept_by_the_classes(population):
    counts = profile.count_all(population(customers()), ["income"], "development", splits={"income": (-9.0, 0.1234)})
    low, high = counts["income"].low, counts["income"].high
    assert not ((low < 0.1234) & (high >= 0.1234)).any()
