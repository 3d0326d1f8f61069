from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from scorecard import metrics
from scorecard.comparison import compare


@pytest.fixture
def models():
    """Return outcomes and the PD of three models, the second better and the third worse than the first."""
    random = np.random.default_rng(1)
    risk = random.normal(size=1_500)
    bad = (random.random(1_500) < 1 / (1 + np.exp(1 - risk))).astype(np.int64)
    pds = {
        name: 1 / (1 + np.exp(1 - risk - noise * random.normal(size=1_500)))
        for name, noise in (("scorecard", 1.0), ("better", 0.2), ("worse", 3.0))
    }
    return bad, pds


def test_figures_equal_scikit_learn(models):
    """scikit-learn 1.9: roc_auc_score and brier_score_loss."""
    bad, pds = models
    for row in compare(bad, pds, "test"):
        assert row["auc"] == pytest.approx(roc_auc_score(bad, pds[row["model"]]), abs=1e-12)
        assert row["gini"] == pytest.approx(2 * row["auc"] - 1, abs=1e-12)
        assert row["brier"] == pytest.approx(brier_score_loss(bad, pds[row["model"]]), abs=1e-12)
        assert row["auc_low"] < row["auc"] < row["auc_high"]


def test_every_model_is_compared_with_the_first_on_the_same_rows(models):
    bad, pds = models
    first, better, worse = compare(bad, pds, "out_of_time")
    assert (first["difference"], first["p_value"]) == (None, None)
    assert better["difference"] == pytest.approx(better["auc"] - first["auc"], abs=1e-12)
    assert better["difference_low"] > 0 > worse["difference_high"]
    paired = metrics.delong_paired(bad, pds["better"], pds["scorecard"])
    assert (better["difference_low"], better["difference_high"], better["p_value"]) == (*paired.interval, paired.p_value)


def test_rows_and_sample_are_told(models):
    bad, pds = models
    row = compare(bad, pds, "out_of_time")[0]
    assert (row["model"], row["sample"], row["rows"], row["bads"]) == ("scorecard", "out_of_time", 1_500, bad.sum())


def test_a_model_does_not_differ_from_its_copy(models):
    bad, pds = models
    _, copy = compare(bad, {"scorecard": pds["scorecard"], "copy": pds["scorecard"].copy()}, "test")
    assert (copy["difference"], copy["p_value"]) == (0, 1)
