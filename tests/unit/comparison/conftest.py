"""Three models on the same rows: the scorecard, one that is better, and one that is worse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from scorecard.strategy import Ranked, Rows


def drawn(n=1_500, seed=1, scale=20, **more):
    random = np.random.default_rng(seed)
    risk = random.normal(size=n)
    bad = (random.random(n) < expit(risk - 1)).astype(np.int64)
    score = np.round(scale * -(risk + random.normal(size=n)))  # a scorecard: few distinct scores
    models = {"scorecard": Ranked(expit(-score / scale / 2 - 1), -score)}
    for name, noise in (("better", 0.2), ("worse", 3.0)):
        pd = expit(risk - 1 - noise * random.normal(size=n))
        models[name] = Ranked(pd, pd)
    return Rows("test", bad, models, **more)


@pytest.fixture(scope="session")
def rows():
    return drawn()


@pytest.fixture(scope="session")
def draw():
    """Return the function that draws rows."""
    return drawn


@pytest.fixture(scope="session")
def shuffled():
    """Return a function that puts rows in another order."""

    def moved(rows, seed=9):
        order = np.random.default_rng(seed).permutation(rows.n)
        models = {name: Ranked(each.pd[order], each.risk[order]) for name, each in rows.models.items()}
        money = [None if column is None else column[order] for column in (rows.exposure, rows.weight)]
        return Rows(rows.sample, rows.bad[order], models, *money)

    return moved
