"""The second way from raw values to the score, which validation holds the card to, agrees on every shape of card."""

from __future__ import annotations

import numpy as np
import pytest

from scorecard.exports.golden import vectors
from scorecard.validation.implementation import independent


def test_every_vector_of_every_card_scores_the_same(card):
    rows = vectors(card)
    found, own = independent.scored(card.to_dict(), rows), card.score(rows)
    assert (found.score == own.score).all()
    for name in ("pd_raw", "pd_calibrated", "pd"):
        assert np.abs(getattr(found, name) - getattr(own, name)).max() < 1e-12
    assert found.grade.tolist() == np.array([*card.grade_names(), None], dtype=object)[own.grade].tolist()


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e308, -0.0])
def test_extreme_numbers_fall_where_the_card_puts_them(cards, value):
    rows = vectors(cards["plain"]).slice(0, 1)
    rows = rows.set_column(rows.schema.get_field_index("income"), "income", [[value]])
    assert independent.scored(cards["plain"].to_dict(), rows).score == cards["plain"].score(rows).score
