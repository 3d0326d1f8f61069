"""Edges that can be defended."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scorecard import binning

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-10, 10),
    st.builds(lambda whole, digits: float(f"{whole}e-{digits}"), st.integers(-(10**7), 10**7), st.integers(0, 17)),
)


@st.composite
def gaps(draw):
    """Two numbers in order, far apart or neighbours in double precision."""
    below = draw(NUMBERS)
    at = draw(st.one_of(NUMBERS, st.just(math.nextafter(below, math.inf) if below < 1e300 else below), st.just(below + 1e-9)))
    return min(below, at), max(below, at)


@settings(max_examples=500)
@given(st.lists(gaps(), max_size=8))
@example([(-1.7e308, 1.7e308), (1e307, 1.7e308), (1e-300, 2e-300), (-0.3, 0.3)])
@example([(0.28, 0.29), (1e15, 1e15 + 0.125), (123456.789, 123456.7890001)])
@example([(-1.0000000000000004e308, -1.0000000000000002e308)])
@example([(-2e-300, -1e-300), (-1e-100, 1e-100), (-0.0, 0.0), (0.0, 5e-324)])
def test_many_edges_are_those_of_each_gap(found):
    below, at = (np.array([gap[side] for gap in found]) for side in (0, 1))
    assert binning.readables(below, at).tolist() == [binning.readable(*gap) for gap in found]
