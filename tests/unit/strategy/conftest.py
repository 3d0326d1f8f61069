"""Customers as three models see them, with exposure."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from scorecard.strategy import Economics, Ranked, Rows


def drawn(n=900, seed=4, **more):
    random = np.random.default_rng(seed)
    risk = random.normal(size=n)
    bad = (random.random(n) < expit(risk - 1.5)).astype(np.int64)
    score = np.round(600 - 20 * (risk + 0.8 * random.normal(size=n)))
    old = np.round(500 - 30 * (risk + 2 * random.normal(size=n)))
    pd = expit(risk - 1.5 + 0.3 * random.normal(size=n))
    models = {
        "scorecard": Ranked(expit((600 - score) / 20 - 1.5), -score),
        "incumbent": Ranked(expit((500 - old) / 60 - 1.5), -old),
        "xgboost": Ranked(pd, pd),
    }
    return Rows("test", bad, models, **({"exposure": random.lognormal(8, 0.7, n)} | more))


@pytest.fixture(scope="session")
def rows():
    return drawn()


@pytest.fixture(scope="session")
def draw():
    return drawn


@pytest.fixture(scope="session")
def economics():
    return Economics(0.12, 0.6, 0.01)
