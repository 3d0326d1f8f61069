"""The card holders: published figures, the source read a second way, and one panel behind every snapshot."""

import csv
import gzip
from datetime import date

import numpy as np
import pandas as pd
import pytest

from scorecard.datasets import taiwan, taiwan_as_of, taiwan_panel
from scorecard.errors import SettingsError

MEASURES = ("status", "bill_ntd", "payment_ntd")
MONTHS = ["2005-09", "2005-08", "2005-07", "2005-06", "2005-05", "2005-04"]


@pytest.fixture(scope="module")
def september():
    return taiwan()


@pytest.fixture(scope="module")
def panel():
    return taiwan_panel()


def test_customers_and_defaults_are_as_published(september):
    """Yeh (2009), UCI data set 350: 30,000 observations, 6,636 of them (22.12 %) defaults."""
    assert (len(september), september["default_next_month"].sum()) == (30_000, 6_636)


def test_mean_limit_and_mean_age_are_as_published(september):
    """Summary statistics of UCI data set 350: mean LIMIT_BAL 167,484.32, mean AGE 35.4855."""
    assert september["limit_ntd"].mean() == pytest.approx(167_484.32, abs=0.005)
    assert september["age_years"].mean() == pytest.approx(35.4855, abs=5e-5)


def test_rows_stand_in_the_order_of_the_source(september):
    assert september["customer_id"].tolist() == list(range(1, 30_001))


def test_the_first_customer_is_the_first_line_of_the_source(september):
    """UCI data set 350, ID 1: 20000, 2, 2, 1, 24, statuses 2 2 -1 -1 -2 -2, bills 3913 3102 689 0 0 0, paid 0 689 0 0 0 0, 1."""
    first = september.iloc[0]
    assert [first[name] for name in ("limit_ntd", "sex", "education", "marriage", "age_years")] == [
        20_000,
        "female",
        "university",
        "married",
        24,
    ]
    assert [first[f"status_m{lag}"] for lag in range(6)] == [2, 2, -1, -1, -2, -2]
    assert [first[f"bill_ntd_m{lag}"] for lag in range(6)] == [3913, 3102, 689, 0, 0, 0]
    assert [first[f"payment_ntd_m{lag}"] for lag in range(6)] == [0, 689, 0, 0, 0, 0]
    assert first["default_next_month"] == 1


def test_undocumented_codes_stay_visible(september):
    """Counts of the codes 0, 5 and 6 of EDUCATION and 0 of MARRIAGE, taken from the source by hand; the code book gives them."""
    education = september["education"].value_counts()
    assert [education[f"undocumented {code}"] for code in (0, 5, 6)] == [14, 280, 51]
    assert (september["marriage"] == "undocumented 0").sum() == 54


def test_status_one_is_almost_absent_before_september(september):
    """The count the code book gives, from m0 to m5."""
    assert [(september[f"status_m{lag}"] == 1).sum() for lag in range(6)] == [3_688, 28, 4, 2, 0, 0]


def test_thirty_five_rows_repeat_another_apart_from_the_number(september):
    assert september.drop(columns="customer_id").duplicated().sum() == 35


def test_utilisation_is_the_bill_as_a_share_of_the_limit(september):
    for lag in range(6):
        np.testing.assert_array_equal(september[f"utilisation_m{lag}"], september[f"bill_ntd_m{lag}"] / september["limit_ntd"])


def test_payment_ratio_is_missing_exactly_where_the_bill_before_is_not_positive(september):
    missing = [september[f"payment_ratio_m{lag}"].isna() for lag in range(5)]
    for lag in range(5):
        assert (missing[lag] == (september[f"bill_ntd_m{lag + 1}"] <= 0)).all()
    assert [int(column.sum()) for column in missing] == [3_175, 3_525, 3_870, 4_161, 4_708]


def test_payment_ratio_divides_by_the_bill_of_the_month_before(september):
    """Customer 1 paid 689 in August on a bill of 689 in July, and nothing in September on 3,102."""
    first = september.iloc[0]
    assert (first["payment_ratio_m0"], first["payment_ratio_m1"]) == (0.0, 1.0)


def test_sums_equal_an_independent_read_of_the_source(september, taiwan_source):
    with gzip.open(taiwan_source, "rt", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    statuses = ["PAY_0", *(f"PAY_{number}" for number in range(2, 7))]
    pairs = {"limit_ntd": "LIMIT_BAL", "age_years": "AGE", "customer_id": "ID", "default_next_month": "DEFAULT"}
    pairs |= {f"status_m{lag}": name for lag, name in enumerate(statuses)}
    pairs |= {f"bill_ntd_m{lag}": f"BILL_AMT{lag + 1}" for lag in range(6)}
    pairs |= {f"payment_ntd_m{lag}": f"PAY_AMT{lag + 1}" for lag in range(6)}
    expected = {ours: sum(int(row[theirs]) for row in rows) for ours, theirs in pairs.items()}
    assert {ours: int(september[ours].sum()) for ours in pairs} == expected


def test_the_panel_has_every_customer_in_each_of_six_months(panel):
    assert len(panel) == 180_000
    assert panel.groupby("month").customer_id.nunique().to_dict() == {pd.Timestamp(f"{month}-01"): 30_000 for month in MONTHS}


def test_the_panel_is_ordered_by_customer_and_month(panel):
    assert panel[["customer_id", "month"]].equals(panel[["customer_id", "month"]].sort_values(["customer_id", "month"]))


@pytest.mark.parametrize("lag", range(6))
def test_a_month_of_the_panel_equals_its_lag_of_the_snapshot(september, panel, lag):
    month = panel[panel["month"] == f"{MONTHS[lag]}-01"].reset_index(drop=True)
    for name in (*MEASURES, "utilisation"):
        pd.testing.assert_series_equal(month[name], september[f"{name}_m{lag}"], check_names=False)
    for name in ("limit_ntd", "age_years", "education", "marriage", "sex"):
        pd.testing.assert_series_equal(month[name], september[name])
    expected = september[f"payment_ratio_m{lag}"] if lag < 5 else pd.Series(np.nan, index=september.index)
    pd.testing.assert_series_equal(month["payment_ratio"], expected, check_names=False)


def test_the_panels_outcome_is_the_status_of_the_month_after(panel):
    after = panel.assign(month=panel["month"] - pd.offsets.MonthBegin(1))[["customer_id", "month", "status"]]
    joined = panel.merge(after, on=["customer_id", "month"], suffixes=("", "_after"))
    assert len(joined) == 150_000
    assert (joined["status_next_month"] == joined["status_after"]).all()
    assert (joined["delinquent_next_month"] == (joined["status_after"] >= 2)).all()


def test_no_outcome_is_known_before_its_time(panel):
    september = panel["month"] == "2005-09-01"
    assert (panel["status_next_month"].isna() == september).all()
    assert (panel["delinquent_next_month"].isna() == september).all()
    assert (panel["default_next_month"].isna() == ~september).all()


@pytest.mark.parametrize("shift", range(1, 6))
def test_a_snapshot_as_of_an_earlier_month_equals_the_panel(panel, shift):
    snapshot = taiwan_as_of(MONTHS[shift])
    values = [*MEASURES, "utilisation", "payment_ratio", "delinquent_next_month"]
    wide = panel.pivot(index="customer_id", columns="month", values=values)
    for lag in range(6 - shift):
        month = pd.Timestamp(f"{MONTHS[shift + lag]}-01")
        for name in (*MEASURES, "utilisation", *(["payment_ratio"] if lag < 5 else [])):
            np.testing.assert_array_equal(snapshot[f"{name}_m{lag}"].astype(float), wide[name, month].astype(float))
    outcome = wide["delinquent_next_month", pd.Timestamp(f"{MONTHS[shift]}-01")]
    np.testing.assert_array_equal(snapshot["delinquent_next_month"].astype(float), outcome.astype(float))


@pytest.mark.parametrize("shift", range(1, 6))
def test_lags_that_reach_before_april_are_missing(shift):
    snapshot = taiwan_as_of(MONTHS[shift])
    empty = {name for name in snapshot if snapshot[name].isna().all()}
    too_old = {f"{name}_m{lag}" for name in (*MEASURES, "utilisation") for lag in range(6 - shift, 6)}
    assert empty == too_old | {f"payment_ratio_m{lag}" for lag in range(5 - shift, 5)}


def test_an_earlier_snapshot_differs_from_septembers_only_in_the_outcome(september):
    assert [*taiwan_as_of("2005-08")][:-1] == [*september][:-1]


def test_delinquent_counts_by_month_are_those_of_the_code_book():
    found = [int(taiwan_as_of(month)["delinquent_next_month"].sum()) for month in sorted(MONTHS)[:-1]]
    assert found == [2_968, 3_508, 4_209, 4_410, 3_130]


def test_a_date_names_its_month():
    pd.testing.assert_frame_equal(taiwan_as_of(date(2005, 8, 31)), taiwan_as_of("2005-08"))


@pytest.mark.parametrize("month", ["2005-09", "2005-03", "August"])
def test_a_month_without_a_later_status_is_refused(month):
    with pytest.raises(SettingsError, match=rf"'{month}'.*2005-04, 2005-05, 2005-06, 2005-07, 2005-08"):
        taiwan_as_of(month)
