"""Every challenger tuned once on German credit with two trials, and made-up characteristics whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from scorecard import challengers, woe
from scorecard.challengers import Budget, Development, Searched
from scorecard.woe import Bin, Characteristic


def numeric(name: str, trend: str = "none", *, missing: int = 0, special: tuple[float, ...] = ()) -> Characteristic:
    """Return a characteristic cut at 0."""
    bins = (
        replace(woe.interval(None, 0), count=50),
        replace(woe.interval(0, None), count=50),
        *(Bin("special", f"code {code:g}", values=(code,), count=5) for code in special),
        Bin("missing", "missing", count=missing),
        Bin("unseen", "unseen"),
    )
    return Characteristic(name, "numeric", bins, 0.2, 0.01, trend, "optimal")


def categorical(name: str, groups: tuple[tuple[str, ...], ...], *, missing: int = 0) -> Characteristic:
    """Return a characteristic whose bins are groups of levels."""
    filled = tuple(Bin("category", ", ".join(levels), values=levels, count=50) for levels in groups)
    bins = (*filled, Bin("missing", "missing", count=missing), Bin("unseen", "unseen"))
    return Characteristic(name, "categorical", bins, 0.2, 0.01, "ordered", "optimal")


@pytest.fixture(scope="session")
def made_up() -> tuple[Characteristic, ...]:
    """Numbers with a special code, numbers with missing values, and levels."""
    return (
        numeric("debt", "ascending", special=(-9.0,)),
        numeric("income", "descending", missing=10),
        categorical("home", (("own",), ("rent", "free"), ("other",)), missing=10),
        numeric("noise"),
    )


@pytest.fixture(scope="session")
def rows() -> pa.Table:
    """900 rows of the made-up characteristics; risk rises with debt and falls with income, and depends on home."""
    rng = np.random.default_rng(7)
    size = 900
    debt, income, noise = rng.normal(size=(3, size))
    debt[rng.random(size) < 0.1] = -9.0
    home = rng.choice(["own", "rent", "free", "other"], size)
    odds = np.where(debt == -9, 1.5, debt) - income + np.where(np.isin(home, ["rent", "other"]), 1.0, -0.5)
    bad = (rng.random(size) < 1 / (1 + np.exp(1.5 - odds))).astype(np.int64)
    gone = rng.random((2, size)) < 0.05
    return pa.table({
        "debt": debt,
        "income": pa.array(np.where(gone[0], np.nan, income), from_pandas=True),
        "home": pa.array(np.where(gone[1], None, home).tolist(), pa.string()),
        "noise": noise, "@bad": bad, "@weight": np.ones(size),
    })  # fmt: skip


@pytest.fixture(scope="session")
def development(made_up, rows) -> Development:
    return Development.of(made_up, rows, 1)


@pytest.fixture(scope="session")
def simple(development) -> dict[str, challengers.Tuned]:
    """Every challenger of the catalogue on the made-up rows, one trial each."""
    return {name: challengers.tune(name, development, Budget(1), 1) for name in challengers.CHALLENGERS}


@pytest.fixture(scope="session")
def searched(developed) -> Searched:
    """Every challenger of the catalogue on German credit, two trials each."""
    return challengers.tune_all(tuple(developed.bins.values()), developed.development, Budget(2), 1)


@pytest.fixture(scope="session")
def tuned(searched) -> dict[str, challengers.Tuned]:
    return searched.tuned
