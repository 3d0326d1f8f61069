from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from scorecard import metrics, model
from scorecard.errors import EvidenceError
from scorecard.points import Scaling, base_points, points


def figures(card, developed, cutoff=None):
    return model.effect(card, developed.development, developed.bad, cutoff).iloc[0].to_dict()


def test_the_unrounded_score_falls_strictly_with_the_log_odds(developed):
    """Every pair of different log-odds has scores in the opposite order; equal ones have equal scores."""
    segment = developed.card.segments[0]
    logit = model.rounding.log_odds(segment, developed.development)
    order = np.argsort(logit)
    steps, moves = np.diff(logit[order]), np.diff(model.exact(developed.card, developed.development)[order])
    told = steps > 1e-12
    assert len(np.unique(logit)) > 300
    assert (moves[told] < 0).all()
    assert np.abs(moves[~told]).max() < 1e-9


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-2, -0.1), st.lists(st.floats(-3, 3), min_size=2, max_size=5)), min_size=1, max_size=5),
    st.floats(-3, 1),
    st.sampled_from([Scaling(), Scaling(layout="base"), Scaling(layout="zero"), Scaling(layout="zero", pdo=40, base_odds=10)]),
)
def test_every_layout_gives_the_same_totals_before_rounding(terms, intercept, scaling):
    woes, coefficients = [np.array(woe) for _, woe in terms], [coefficient for coefficient, _ in terms]
    total = base_points(woes, coefficients, intercept, scaling) + sum(
        points(woe, coefficient, intercept, len(terms), scaling)[0] for woe, coefficient in zip(woes, coefficients, strict=True)
    )
    logit = intercept + sum(coefficient * woe[0] for woe, coefficient in zip(woes, coefficients, strict=True))
    assert total == pytest.approx(scaling.offset - scaling.factor * logit, abs=1e-8)


def test_the_lowest_points_of_the_zero_layout_are_zero():
    scaling = Scaling(layout="zero")
    assert points(np.array([-0.8, 0.1, 1.2]), -0.9, -1.0, 3, scaling).min() == 0


def test_rounding_moves_a_score_by_half_a_point_a_characteristic_at_most(developed):
    found = figures(developed.card, developed)
    assert 0 < found["mean_move_points"] <= found["largest_move_points"] <= len(developed.card.terms) / 2


def test_the_figures_are_those_of_the_two_scores(developed):
    """AUC and tau are computed from the scores on their own; ties are counted pair by pair."""
    card, rows = developed.card, developed.development.slice(0, 150)
    before, after = model.exact(card, rows), card.score(rows).score
    found = model.effect(card, rows, developed.bad[:150], 480.0).iloc[0].to_dict()
    assert found["auc_difference"] == metrics.auc(developed.bad[:150], -after) - metrics.auc(developed.bad[:150], -before)
    assert found["rank_correlation"] == kendalltau(before, after).statistic
    told = [(i, j) for i in range(150) for j in range(i) if before[i] != before[j]]
    assert found["pairs_tied_share"] == pytest.approx(sum(after[i] == after[j] for i, j in told) / len(told))
    assert found["decisions_changed_share"] == np.mean((before >= 480) != (after >= 480))


def test_limits_of_the_score_are_no_cost_of_rounding(developed):
    limited = replace(developed.card, scaling=Scaling(minimum=480, maximum=500))
    assert figures(limited, developed)["largest_move_points"] <= figures(developed.card, developed)["largest_move_points"]


def test_finer_points_cost_less(developed, example):
    fine = Scaling(decimals=3)
    segment = developed.card.segments[0]
    terms = tuple(
        replace(term, points=tuple(fine.rounded(points(term.characteristic.woe, term.coefficient, segment.intercept, len(segment.terms), fine))))
        for term in segment.terms
    )  # fmt: skip
    card = replace(developed.card, scaling=fine, segments=(replace(segment, terms=terms),))
    assert figures(card, developed)["largest_move_points"] < 0.001 * len(terms)
    assert figures(card, developed)["largest_move_points"] < figures(developed.card, developed)["largest_move_points"]


def test_an_imported_card_has_no_fit_to_compare_with(developed):
    card = replace(developed.card, segments=(replace(developed.card.segments[0], intercept=None),))
    with pytest.raises(EvidenceError, match="has points but no fit"):
        model.exact(card, developed.development)
