"""Scored rows that prove an import, and the odds that are found on them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from scorecard.errors import DataError, EvidenceError, GovernanceError
from scorecard.importing import fitted, proven, unproven

TABLE = "variable,bin,points\nage,< 30,10\nage,30 to < 50,20.5\nage,>= 50,30\nage,missing,0\n"


def rows(**columns):
    return pa.table(
        {"age": pa.array([20, 40, None, 60], pa.float64())} | {name: pa.array(values) for name, values in columns.items()}
    )


def test_reproduced_rows_are_told_in_the_file(imported):
    card = proven(imported(TABLE), rows(old=[10.0, 20.5, 0, 30]), "old")
    assert card.made_from == {"proof": "4 scored rows reproduced within 0"}
    assert unproven(card).made_from == {"proof": "unproven: no scored rows came with it"}


def test_the_first_row_that_differs_is_told(imported):
    with pytest.raises(
        GovernanceError, match=r"^Row 2 has the score 21 in old and 20\.5 by the imported incumbent \(tolerance 0\); 2 of 4"
    ):
        proven(imported(TABLE), rows(old=[10.0, 21, 0, 29]), "old")


def test_a_tolerance_is_kept_to_and_no_further(imported):
    card = imported(TABLE)
    assert proven(card, rows(old=[10.5, 20, 0.5, 30]), "old", 0.5).made_from["proof"].endswith("within 0.5")
    with pytest.raises(GovernanceError, match=r"Row 4 .* 1 of 4 rows differ"):
        proven(card, rows(old=[10.5, 20, 0.5, 30.75]), "old", 0.5)


def test_rows_that_prove_nothing_are_refused(imported):
    with pytest.raises(DataError, match="Row 3 has no old"):
        proven(imported(TABLE), rows(old=[10.0, 20.5, None, 30]), "old")
    with pytest.raises(DataError, match="There are no scored rows"):
        proven(imported(TABLE), rows(old=[0.0] * 4).slice(0, 0), "old")


@pytest.fixture(scope="module")
def outcome():
    random = np.random.default_rng(3)
    age = random.uniform(18, 80, 4000)
    return age, (random.random(4000) < np.where(age < 30, 0.4, np.where(age < 50, 0.2, 0.1))).astype(int)


def test_the_odds_of_the_scores_are_those_of_a_logistic_regression(imported, outcome):
    """statsmodels' Logit of bad on the score is the second computation of the PD."""
    age, bad = outcome
    card = fitted(imported(TABLE), pa.table({"age": age}), bad)
    scored = card.score(pa.table({"age": age}))
    peer = sm.Logit(bad, sm.add_constant(scored.score)).fit(disp=0)
    assert scored.pd == pytest.approx(peer.predict(), abs=1e-8)
    assert card.scaling.pdo == pytest.approx(-np.log(2) / peer.params[1])
    assert card.scaling.pd(card.scaling.base_score) == pytest.approx(0.5)


def test_scores_that_go_the_wrong_way_are_refused(imported, outcome):
    age, bad = outcome
    with pytest.raises(EvidenceError):
        fitted(imported(TABLE), pa.table({"age": age}), 1 - bad)
