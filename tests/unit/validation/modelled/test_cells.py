from __future__ import annotations

import numpy as np
import pytest

from scorecard.metrics import auc, placed


@pytest.mark.parametrize("which", ["sound", "segments"])
def test_cells_score_as_the_card_does(which, request):
    evidence = request.getfixturevalue(which)
    for name, cells in evidence.cells.items():
        part, steps, start = evidence.samples[name], cells.steps(), 0
        for block in cells.blocks:
            own = steps[start : start + len(block.bins)]
            np.testing.assert_array_equal(cells.score(own)[block.cell], part.score[block.rows])
            np.testing.assert_array_equal(cells.grade(own)[block.cell], part.grade[block.rows])
            np.testing.assert_allclose(cells.pd(own)[block.cell], part.pd[block.rows])
            start += len(block.bins)


def test_cells_hold_every_customer_once(segments):
    cells, part = segments.cells["test"], segments.samples["test"]
    assert sorted(np.concatenate([block.rows for block in cells.blocks]).tolist()) == list(range(part.n))
    assert (cells.goods.sum(), cells.bads.sum()) == (part.n - part.events, part.events)
    for block in cells.blocks:
        assert len(np.unique(block.bins, axis=0)) == len(block.bins)
        assert (block.good_rows == np.bincount(block.cell, part.bad[block.rows] == 0, len(block.bins))).all()


def test_cells_rank_as_rows_do(sound):
    cells, part = sound.cells["test"], sound.samples["test"]
    assert placed(cells.steps(), cells.goods, cells.bads).auc == pytest.approx(auc(part.bad, -part.score), abs=1e-12)


def test_weights_count_for_their_effective_number(make):
    evidence = make(weights=lambda rows: np.where(np.arange(rows) % 2, 1.0, 3.0))
    cells, part = evidence.cells["test"], evidence.samples["test"]
    effective = part.weight.sum() ** 2 / (part.weight**2).sum()
    assert cells.goods.sum() + cells.bads.sum() == pytest.approx(effective)
    assert sum(block.good_rows.sum() + block.bad_rows.sum() for block in cells.blocks) == part.n


def test_candidates_are_binned_as_they_bin_themselves(sound):
    for name, each in sound.modelled.characteristics.items():
        np.testing.assert_array_equal(sound.bins["test"][name], each.assign(sound.modelled.tables["test"].column(name)))


def test_a_score_beyond_the_scale_is_cut_off(sound):
    cells = sound.cells["test"]
    top = max(cells.score(cells.steps()))
    card = type(cells.card)(
        **{**vars(cells.card), "scaling": type(cells.card.scaling)(**{**vars(cells.card.scaling), "maximum": top - 10})}
    )
    assert max(type(cells)(card, cells.blocks).steps()) == top - 10
