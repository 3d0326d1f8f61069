"""AUCs of counted cells, held to the same rows one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.errors import EvidenceError
from scorecard.metrics import delong, delong_paired, difference_error, placed, reweighted

ASAH = np.genfromtxt(Path(__file__).with_name("asah.csv"), delimiter=",", names=True, skip_header=1)
BAD = ASAH["bad"].astype(int)

rows = st.lists(st.tuples(st.booleans(), st.integers(-5, 5), st.integers(-5, 5)), min_size=6, max_size=40).filter(
    lambda found: 2 <= sum(bad for bad, _, _ in found) <= len(found) - 2
)


def test_rows_one_by_one_are_delongs():
    """pROC 1.18: s100b 0.731368563685637, variance 0.00266868245717244; against wfns covariance 0.00119615567376754."""
    first, second = (placed(-ASAH[name], 1 - BAD, BAD) for name in ("s100b", "wfns"))
    assert first.auc == pytest.approx(0.731368563685637, abs=1e-12)
    assert first.error**2 == pytest.approx(0.00266868245717244, abs=1e-14)
    variance = 0.00266868245717244 + 0.00146991470882363 - 2 * 0.00119615567376754
    assert difference_error(first, second) ** 2 == pytest.approx(variance, abs=1e-14)


@given(rows)
def test_cells_are_their_rows(found):
    bad, one, other = (np.array(column, dtype=int) for column in zip(*found, strict=True))
    keys, cell = np.unique(np.column_stack([one, other]), axis=0, return_inverse=True)
    goods, bads = (np.bincount(cell.ravel(), side, len(keys)) for side in (1 - bad, bad))
    first, second = placed(-keys[:, 0], goods, bads), placed(-keys[:, 1] / 2, goods, bads)
    single, pair = delong(bad, one), delong_paired_or_none(bad, one, other)
    assert first.auc == pytest.approx(single.auc, abs=1e-12)
    assert first.error == pytest.approx(single.variance**0.5, abs=1e-9)
    if pair is not None:
        assert difference_error(first, second) == pytest.approx(pair.variance**0.5, abs=1e-9)


def delong_paired_or_none(bad, one, other):
    try:
        return delong_paired(bad, one, other)
    except EvidenceError:
        return None


def test_whole_numbers_of_any_range_rank_as_fractions_do():
    bad = np.array([0, 1, 0, 1, 1, 0])
    order = np.array([3, -(10**12), 5, 3, 10**12, 7])
    assert placed(order, 1 - bad, bad).auc == placed(order.astype(float), 1 - bad, bad).auc


def test_another_mix_is_that_mix():
    goods, bads, weight = np.array([5.0, 10, 20]), np.array([6.0, 4, 2]), np.array([2.0, 1, 0.5])
    found, _ = reweighted(placed([1, 2, 3], goods, bads), [1, 2, 3], weight)
    assert found.auc == pytest.approx(placed([1, 2, 3], goods * weight, bads * weight).auc, abs=1e-15)


def test_error_of_another_mix_is_that_of_customers_drawn_anew():
    goods, bads, weight = np.array([150.0, 300, 500]), np.array([90.0, 70, 50]), np.array([0.4, 1.0, 1.6])
    random = np.random.default_rng(5)
    changes = []
    for _ in range(1500):
        drawn = [random.multinomial(int(side.sum()), side / side.sum()).astype(float) for side in (goods, bads)]
        before = placed([1, 2, 3], *drawn)
        changes.append(reweighted(before, [1, 2, 3], weight)[0].auc - before.auc)
    _, error = reweighted(placed([1, 2, 3], goods, bads), [1, 2, 3], weight)
    assert np.std(changes) == pytest.approx(error, rel=0.06)


def test_cells_without_bads_are_refused():
    with pytest.raises(EvidenceError, match="has no bads"):
        placed([1, 2], [3, 4], [0, 0])
