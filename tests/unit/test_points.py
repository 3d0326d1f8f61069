from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.errors import SettingsError
from scorecard.points import Scaling, points

SCALINGS = st.builds(Scaling, pdo=st.floats(5, 100), base_score=st.floats(0, 1_000), base_odds=st.floats(0.5, 200))


def test_offset_and_factor_are_those_of_the_textbook():
    """Siddiqi (2006), Credit Risk Scorecards, chapter 6: 600 points at 30:1, PDO 20 give factor 28.8539 and offset 501.86."""
    scaling = Scaling(pdo=20, base_score=600, base_odds=30)
    assert scaling.factor == pytest.approx(28.8539008178, abs=1e-10)
    assert scaling.offset == pytest.approx(501.8621880878, abs=1e-10)


@given(SCALINGS)
def test_the_base_score_has_the_base_odds_and_pdo_points_double_them(scaling):
    at, above = scaling.pd([scaling.base_score, scaling.base_score + scaling.pdo])
    assert (1 - at) / at == pytest.approx(scaling.base_odds, rel=1e-9)
    assert (1 - above) / above == pytest.approx(2 * scaling.base_odds, rel=1e-9)


@given(SCALINGS, st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1))
def test_pd_and_score_are_each_others_inverse(scaling, pds):
    assert scaling.pd(scaling.score(pds)) == pytest.approx(pds, rel=1e-9)


@given(SCALINGS)
def test_a_higher_score_is_a_lower_pd(scaling):
    scores = scaling.offset + scaling.pdo * np.arange(-5, 6)
    assert (np.diff(scaling.pd(scores)) < 0).all()


@given(
    st.lists(st.floats(-3, 3), min_size=1, max_size=6),
    st.lists(st.floats(-2, 0), min_size=6, max_size=6),
    st.floats(-3, 3),
    SCALINGS,
)
def test_points_add_up_to_offset_minus_factor_times_log_odds(woes, coefficients, intercept, scaling):
    """The score of a row is the sum of its points, however intercept and offset are shared."""
    used = coefficients[: len(woes)]
    total = sum(points(np.array([woe]), each, intercept, len(woes), scaling)[0] for woe, each in zip(woes, used, strict=True))
    logit = intercept + sum(woe * each for woe, each in zip(woes, used, strict=True))
    assert total == pytest.approx(scaling.offset - scaling.factor * logit, abs=1e-6)


@given(st.floats(-3, -0.01), SCALINGS)
def test_points_rise_strictly_with_safety(coefficient, scaling):
    assert (np.diff(points(np.linspace(-2, 2, 9), coefficient, -1.0, 4, scaling)) > 0).all()


def test_points_of_a_published_scorecard():
    """A. Djurovic, scorecard scaling, German credit at 600 points for 50:1, PDO 20: 232, 244, 267, 289 for the checking account.

    Intercept and coefficient are those published beside it; the WoE are those of the four levels.
    """
    woe = np.array([-0.81809871, -0.40139178, 0.40546511, 1.17626322])
    found = points(woe, -0.991349, -0.846996, 2, Scaling(pdo=20, base_score=600, base_odds=50))
    assert np.round(found).tolist() == [232, 244, 267, 289]


@pytest.mark.parametrize(("pdo", "odds"), [(0, 50), (-20, 50), (20, 0), (20, -1)])
def test_a_scale_without_direction_is_refused(pdo, odds):
    with pytest.raises(SettingsError, match=r"expected finite numbers, the first two above 0"):
        Scaling(pdo=pdo, base_odds=odds)


def test_even_odds_score_the_offset():
    scaling = Scaling()
    assert scaling.score(0.5) == pytest.approx(600 - 20 / log(2) * log(50))
