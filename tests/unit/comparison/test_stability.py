"""From development to later samples."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.stats import norm

from scorecard import metrics
from scorecard.comparison import stability
from scorecard.strategy import Ranked, Rows


def test_a_fall_is_judged_by_the_variance_of_both_samples(draw):
    """Two independent AUCs: z of their difference over the root of both DeLong variances."""
    start, later = draw(seed=1), draw(seed=2)
    row = next(row for row in stability({"development": start, "test": later}) if row["model"] == "worse")
    one, other = (metrics.delong(each.bad, each.models["worse"].risk) for each in (start, later))
    error = sqrt(one.variance + other.variance)
    assert row["drop"] == pytest.approx(one.auc - other.auc)
    assert row["p_value"] == pytest.approx(norm.cdf(-(one.auc - other.auc) / error))
    assert (row["drop_high"] - row["drop_low"]) / error == pytest.approx(2 * norm.ppf(0.975))


def test_the_shift_is_the_psi_over_tenths_of_development(draw):
    start, later = draw(seed=1), draw(seed=2, n=3_000)
    row = next(row for row in stability({"development": start, "test": later}) if row["model"] == "better")
    edges = np.quantile(start.models["better"].risk, np.arange(1, 10) / 10, method="inverted_cdf")
    counts = [
        np.histogram(each.models["better"].risk, [-np.inf, *np.nextafter(edges, np.inf), np.inf])[0] for each in (start, later)
    ]
    assert row["psi"] == pytest.approx(metrics.psi(*counts))
    assert row["critical"] == pytest.approx(metrics.psi_critical(10, 1_500, 3_000))
    assert row["psi"] < row["critical"] * 2
    assert (row["mean_pd"], row["bad_rate"]) == pytest.approx((later.models["better"].pd.mean(), later.bad.mean()))


def test_the_same_sample_neither_falls_nor_shifts(rows):
    for row in stability({"development": rows, "test": rows}):
        assert (row["drop"], row["psi"]) == (0, 0)
        assert row["p_value"] == pytest.approx(0.5)


def test_constant_models_and_weights_leave_what_cannot_be_told_open(draw):
    bad, flat = np.array([0, 1] * 20), Ranked(np.full(40, 0.2), np.zeros(40))
    row = stability(
        {"development": Rows("development", bad, {"scorecard": flat}), "test": Rows("test", bad, {"scorecard": flat})}
    )[0]
    assert (row["psi"], row["critical"], row["drop"], row["p_value"]) == (None, None, 0, None)
    weighted = draw(weight=np.random.default_rng(1).uniform(0.5, 2, 1_500))
    row = stability({"development": weighted, "test": weighted})[0]
    assert (row["drop"], row["drop_low"], row["p_value"], row["psi"]) == (0, None, None, 0)
