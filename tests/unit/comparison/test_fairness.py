"""Adverse impact ratio and standardised mean difference, and how another model changes them."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from scorecard.comparison import Groups, changes
from scorecard.strategy import Ranked, Rows


def made(counts, pds=None):
    """Return rows and approvals of two groups, given approved and all of each: (protected, reference)."""
    codes = np.repeat([1, 0], [total for _, total in counts])
    approved = np.concatenate([np.arange(total) < yes for yes, total in counts])
    pd = np.full(codes.size, 0.2) if pds is None else pds
    return Rows("test", codes * 0, dict.fromkeys(("scorecard", "rival", "copy"), Ranked(pd, pd))), codes, approved


def only(rows, codes, **approved):
    return changes(rows, {"sex": Groups(codes, ("men", "women"), "men")}, approved)


def test_impact_ratio_of_the_worked_example():
    """48 of 80 against 150 of 200: 0.80, which passes four fifths exactly; one less does not."""
    rows, codes, approved = made([(48, 80), (150, 200)])
    (row,) = only(rows, codes, scorecard=approved)
    assert (row["air"], row["below"]) == (pytest.approx(0.8, abs=1e-12), False)
    rows, codes, approved = made([(47, 80), (150, 200)])
    assert only(rows, codes, scorecard=approved)[0]["below"]


def test_rates_of_the_fixture_and_katz_interval():
    """Approval rates .64 (96 of 150) and .74 (148 of 200): ratio .8648648649; Katz' interval by hand."""
    rows, codes, approved = made([(96, 150), (148, 200)])
    (row,) = only(rows, codes, scorecard=approved)
    assert row["air"] == pytest.approx(0.8648648649, abs=1e-9)
    reach = 1.959964 * sqrt(54 / (96 * 150) + 52 / (148 * 200))
    assert (log(row["air_low"]), log(row["air_high"])) == pytest.approx(
        (log(row["air"]) - reach, log(row["air"]) + reach), abs=1e-6
    )


def test_standardised_mean_difference():
    """By hand: log-odds of good of two normal groups half a standard deviation apart, pooled."""
    random = np.random.default_rng(1)
    odds = np.concatenate([random.normal(1.0, 1, 400), random.normal(1.5, 1, 600)])
    rows, codes, approved = made([(200, 400), (400, 600)], expit(-odds))
    (row,) = only(rows, codes, scorecard=approved)
    a, b = odds[:400], odds[400:]
    pooled = sqrt((399 * a.var(ddof=1) + 599 * b.var(ddof=1)) / 998)
    assert row["smd"] == pytest.approx((a.mean() - b.mean()) / pooled)


def test_the_change_is_paired():
    """The variance of the log of two paired ratios, held to a bootstrap of the customers of each group."""
    random = np.random.default_rng(2)
    rows, codes, before = made([(200, 400), (400, 600)])
    after = np.where(random.random(1_000) < 0.15, ~before, before)
    one, other = only(rows, codes, scorecard=before, rival=after)
    assert one["change"] is None
    assert other["change"] == pytest.approx(other["air"] / one["air"])
    drawn = []
    for _ in range(2_000):
        side = [random.choice(np.flatnonzero(codes == code), (codes == code).sum()) for code in (1, 0)]
        p, q = ([flags[each].mean() for each in side] for flags in (before, after))
        drawn.append(log(q[0] / q[1]) - log(p[0] / p[1]))
    error = (log(other["change_high"]) - log(other["change_low"])) / (2 * norm.ppf(0.975))
    assert error == pytest.approx(np.std(drawn), rel=0.06)
    assert other["p_value"] == pytest.approx(2 * norm.cdf(-abs(log(other["change"])) / error))
    assert other["p_holm"] == other["p_value"]


def test_the_same_decisions_change_nothing():
    rows, codes, approved = made([(96, 150), (148, 200)])
    _, other = only(rows, codes, scorecard=approved, copy=approved)
    assert (other["change"], other["p_value"]) == (1, 1)


@pytest.mark.parametrize(
    "counts", [[(29, 150), (148, 200)], [(130, 150), (148, 200)], [(96, 150), (190, 200)], [(0, 3), (148, 200)]]
)
def test_few_approvals_or_declines_give_no_ratio(counts):
    rows, codes, approved = made(counts)
    (row,) = only(rows, codes, scorecard=approved)
    assert (row["few"], row["air"], row["below"], row["p_value"]) == (True, None, None, None)


def test_groups_of_one_value_or_not_known_are_not_compared():
    rows, codes, approved = made([(96, 150), (148, 200)])
    assert changes(rows, {"sex": Groups(codes * 0, ("men",))}, {"scorecard": approved}) == []
    assert changes(rows, {"sex": Groups(codes * 0 - 1, ("men", "women"))}, {"scorecard": approved}) == []
    assert changes(rows, {}, {"scorecard": approved}) == []


def test_without_a_reference_the_largest_group_is_it():
    rows, codes, approved = made([(96, 150), (148, 200)])
    (row,) = changes(rows, {"sex": Groups(codes, ("men", "women"), "nobody")}, {"scorecard": approved})
    assert (row["group"], row["reference"], row["rows"]) == ("women", "men", 150)


def test_equal_odds_have_no_spread():
    rows, codes, approved = made([(96, 150), (148, 200)])
    assert only(rows, codes, scorecard=approved)[0]["smd"] is None
