"""The tables behind the figures of a validation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame

from scorecard.metrics import auc, auc_interval, cap_area, delong
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Labels, Scored, views
from scorecard.validation.fairness.groups import division
from scorecard.validation.fairness.impact import shares

RNG = np.random.default_rng(3)
ROWS = 400


def drawn(seed, labels=None):
    random = np.random.default_rng(seed)
    score = random.integers(40, 60, ROWS).astype(float)
    bad = (random.random(ROWS) < 1 / (1 + np.exp((score - 45) / 4))).astype(int)
    return Scored(bad, score, np.full(ROWS, 0.2), (score < 50).astype(int), labels=labels or {})


def labels(codes, names):
    return Labels(np.asarray(codes), tuple(names))


@pytest.fixture
def evidence():
    names = ("2024Q1", "2024Q2")
    of_sample = {
        sample: {"@period": labels(np.arange(ROWS) % 2, names), "branch": labels(np.where(np.arange(ROWS) < 3, 0, 1), ("new", "old")),
                 "sex": labels(np.arange(ROWS) % 3 - 1, ("f", "m"))}
        for sample in ("development", "test")
    }  # fmt: skip
    samples = {name: drawn(seed, of_sample[name]) for seed, name in enumerate(of_sample)}
    attributes = DataFrame({"characteristic": ["a"], "attribute": ["x"], "points": [1.0], "development": [ROWS], "test": [ROWS]})
    return Evidence(samples, ("A", "B"), attributes, Thresholds(), cutoff=50.0, segments=("branch",), protected=("sex",))


def test_area_below_the_curve_is_the_auc(evidence):
    part = evidence.samples["test"]
    goods, bads = views.curves(evidence)["test"]
    assert np.trapezoid(bads, goods) == pytest.approx(auc(part.bad, -part.score), abs=1e-12)


def test_area_below_the_captures_is_that_of_the_cap(evidence):
    part = evidence.samples["test"]
    customers, bads = views.captures(evidence)["test"]
    assert np.trapezoid(bads, customers) == pytest.approx(cap_area(part.bad, -part.score), abs=1e-12)


def test_a_sample_of_one_class_or_without_outcomes_has_no_curve(evidence):
    part = evidence.samples["test"]
    for bad in (np.zeros_like(part.bad), None):
        found = replace(evidence, samples={**evidence.samples, "test": replace(part, bad=bad)})
        assert list(views.curves(found)) == ["development"] == list(views.captures(found))


def test_shares_of_every_sample_add_up_to_one_over_the_same_bands(evidence):
    rows = DataFrame(views.distributions(evidence))
    assert rows.groupby("sample")["share"].sum().tolist() == pytest.approx([1, 1])
    assert rows.groupby("sample")["from_score"].apply(tuple).nunique() == 1


def test_one_score_for_everybody_is_still_a_distribution(evidence):
    flat = {name: replace(part, score=np.full(ROWS, 7.0)) for name, part in evidence.samples.items()}
    rows = DataFrame(views.distributions(replace(evidence, samples=flat)))
    assert rows.groupby("sample")["share"].max().tolist() == [1.0, 1.0]


def test_periods_are_those_after_development_in_order_of_time(evidence):
    assert [(row["sample"], row["level"]) for row in views.by_period(evidence)] == [("test", "2024Q1"), ("test", "2024Q2")]


def test_customers_without_dates_have_no_periods(evidence):
    undated = {name: replace(part, labels={}) for name, part in evidence.samples.items()}
    assert views.by_period(replace(evidence, samples=undated, segments=(), protected=())) == []


def test_auc_of_a_level_is_that_of_its_rows(evidence):
    part = evidence.samples["test"].part(np.arange(ROWS) >= 3)
    (row,) = [row for row in views.by_label(evidence, "branch") if (row["sample"], row["level"]) == ("test", "old")]
    estimate = delong(part.bad, -part.score)
    assert row["auc"] == pytest.approx(estimate.auc)
    assert (row["auc_low"], row["auc_high"]) == pytest.approx(auc_interval(estimate))


def test_a_segment_of_three_has_a_rate_and_no_auc(evidence):
    (row,) = [row for row in views.by_label(evidence, "branch") if (row["sample"], row["level"]) == ("test", "new")]
    assert row["count"] == 3
    assert row["auc"] is None
    assert row["rate_low"] <= row["bad_rate"] <= row["rate_high"]


def test_approvals_by_group_leave_out_those_whose_group_is_missing(evidence):
    rows = [row for row in views.approvals(evidence) if row["sample"] == "test"]
    part, codes = evidence.samples["test"], np.arange(ROWS) % 3 - 1
    assert [row["count"] for row in rows] == [int((codes == code).sum()) for code in (0, 1)]
    assert rows[0]["approved"] == int((part.score[codes == 0] >= 50).sum())


@pytest.fixture
def weighted(evidence):
    """The evidence with weights that follow the outcome, and so move every rate."""
    samples = {
        name: replace(part, weight=np.where(part.bad == 1, 1.0, 4.0) + part.score / 100)
        for name, part in evidence.samples.items()
    }
    return replace(evidence, samples=samples)


def test_figures_of_a_level_are_those_of_its_weighted_rows(weighted):
    part = weighted.samples["test"].part(np.arange(ROWS) >= 3)
    (row,) = [row for row in views.by_label(weighted, "branch") if (row["sample"], row["level"]) == ("test", "old")]
    assert row["bad_rate"] == pytest.approx(np.average(part.bad, weights=part.weight))
    assert row["pd"] == pytest.approx(np.average(part.pd, weights=part.weight))
    assert row["auc"] == pytest.approx(auc(part.bad, -part.score, part.weight))
    assert row["rate_low"] < row["bad_rate"] < row["rate_high"]
    assert row["count"] == round(float(part.ladder.plain().rows.sum()))


def test_a_level_without_weight_is_left_out(weighted):
    part = weighted.samples["test"]
    found = replace(weighted, samples={**weighted.samples, "test": replace(part, weight=part.weight * (np.arange(ROWS) >= 3))})
    assert [row["level"] for row in views.by_label(found, "branch") if row["sample"] == "test"] == ["old"]


def test_approval_rates_are_those_of_the_tests_of_groups(weighted):
    from_view = {row["group"]: row["approval_rate"] for row in views.approvals(weighted) if row["sample"] == "test"}
    divided, _ = division(weighted, "test", "sex")
    assert list(from_view.values()) == pytest.approx([share.rate for share in shares(divided)])


def test_without_a_cut_off_nobody_is_approved_or_declined(evidence):
    assert views.approvals(replace(evidence, cutoff=None)) == []


def test_grades_count_everybody(evidence):
    rows = views.grades(evidence)
    assert sum(row["count"] for row in rows if row["sample"] == "test") == ROWS
    assert sum(row["bads"] for row in rows if row["sample"] == "test") == evidence.samples["test"].events


def test_groups_of_so_few_that_figures_would_say_who_they_are_are_left_out(evidence):
    few = replace(evidence, thresholds=Thresholds(fair_cell=ROWS))
    assert views.approvals(few) == []


def test_without_the_rows_of_the_scorecard_there_are_no_slices(evidence):
    assert views.weak(evidence) == []


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (10, 4.795, 18.390), (50, 37.11, 65.92)])
def test_interval_of_a_count_is_the_exact_one(count, low, high):
    """Garwood (1936), table of 95 % limits for a Poisson expectation."""
    assert (views._count_low(count), views._count_high(count)) == pytest.approx((low, high), abs=0.006)
