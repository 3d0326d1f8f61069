from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from scorecard import binning, counts, selection, woe
from scorecard.data.outcome import BAD, WEIGHT
from scorecard.selection import Limits
from scorecard.woe import Bin, Characteristic

ROWS = 4_000


def characteristic(name, iv=0.2, noise_floor=0.01):
    return Characteristic(name, "numeric", (Bin("interval", "all values"),), iv, noise_floor, "ascending", "optimal")


@pytest.fixture(scope="module")
def risk():
    """Return the outcome of made-up rows and six columns: three make safer, one riskier, one copies, one is noise."""
    random = np.random.default_rng(1)
    first, second, third, against, noise = random.normal(size=(5, ROWS))
    bad = (random.random(ROWS) < 1 / (1 + np.exp(1 + first + 0.7 * second + 0.4 * third - 0.5 * against))).astype(np.int64)
    columns = {
        "first": first, "second": second, "third": third, "copy": first + 0.3 * random.normal(size=ROWS),
        "against": against, "noise": -noise,
    }  # fmt: skip
    return bad, columns


def chosen(risk, names, limits=Limits(), **ivs):  # noqa: B008  it is frozen
    bad, columns = risk
    everything = {name: characteristic(name, ivs.get(name, 0.5 - 0.05 * place)) for place, name in enumerate(names)}
    return selection.select(everything, {name: columns[name] for name in names}, bad, limits)


def decided(found):
    return {row.characteristic: (row.kept, row.step) for row in found.decisions}


def test_every_characteristic_has_one_row(risk):
    names = ["first", "second", "third", "copy", "against", "noise"]
    found = chosen(risk, names, noise=0.001)
    assert sorted(row.characteristic for row in found.decisions) == sorted(names)
    assert [row["characteristic"] for row in found.table()][: len(found.kept)] == found.kept


def test_each_step_drops_what_it_is_for(risk):
    found = chosen(risk, ["first", "second", "third", "copy", "against", "noise"], Limits(max_correlation=0.9))
    assert decided(found) == {
        "first": (True, "kept"), "second": (True, "kept"), "third": (True, "kept"), "copy": (False, "correlation"),
        "against": (False, "sign"), "noise": (False, "p-value"),
    }  # fmt: skip


def test_a_weak_a_noisy_and_a_suspicious_value_are_dropped_before_the_fit():
    everything = {
        "weak": characteristic("weak", 0.01),
        "noisy": characteristic("noisy", 0.05, 0.06),
        "known": characteristic("known", 1.6),
        "fine": characteristic("fine"),
    }
    kept, dropped = selection.by_value(everything, Limits())
    assert kept == ["fine"]
    assert {row.characteristic: (row.step, row.figure, row.limit) for row in dropped} == {
        "weak": ("iv floor", 0.01, 0.02), "noisy": ("iv floor", 0.05, 0.06), "known": ("iv ceiling", 1.6, 1.5),
    }  # fmt: skip
    assert {row.characteristic: row.reason for row in dropped}["noisy"] == "IV is within noise"


def test_a_value_at_its_limit_is_not_beyond_it():
    everything = {"floor": characteristic("floor", 0.02, 0.01), "ceiling": characteristic("ceiling", 1.5)}
    assert selection.by_value(everything, Limits())[0] == ["ceiling"]


def test_of_two_that_move_together_the_stronger_stays(risk):
    weaker, stronger = chosen(risk, ["first", "copy"], first=0.3, copy=0.2), chosen(risk, ["first", "copy"], first=0.2, copy=0.3)
    assert (weaker.kept, stronger.kept) == (["first"], ["copy"])
    (row,) = [row for row in weaker.decisions if not row.kept]
    assert row.reason == "moves with first, which is stronger"
    assert row.figure == pytest.approx(np.corrcoef(risk[1]["first"], risk[1]["copy"])[0, 1])


def test_columns_that_move_against_each_other_are_correlated_too(risk):
    bad, columns = risk
    everything = {"first": characteristic("first", 0.3), "mirror": characteristic("mirror", 0.2)}
    found = selection.select(everything, {"first": columns["first"], "mirror": -columns["copy"]}, bad, Limits())
    assert decided(found)["mirror"] == (False, "correlation")


def test_no_coefficient_that_stays_gives_points_for_risk(risk):
    found = chosen(risk, ["first", "second", "third", "against"], Limits(max_p_value=1))
    assert (found.fit.coefficients < 0).all()
    assert decided(found)["against"] == (False, "sign")


def test_the_weakest_leave_until_the_number_is_kept(risk):
    found = chosen(risk, ["first", "second", "third"], Limits(max_characteristics=1))
    assert found.kept == ["first"]
    assert {row.step for row in found.decisions if not row.kept} == {"number"}


def test_the_fit_is_that_of_the_names_kept(risk):
    found = chosen(risk, ["first", "second", "noise"])
    assert len(found.fit.coefficients) == len(found.kept) == 2
    assert {row.characteristic: row.figure for row in found.decisions if row.kept} == dict(
        zip(found.kept, found.fit.p_values, strict=True)
    )


def test_weights_decide_as_repeated_rows_would(risk):
    bad, columns = risk
    everything = {name: characteristic(name) for name in columns}
    weight = np.where(np.arange(ROWS) < 1_000, 2.0, 1.0)
    repeat = np.repeat(np.arange(ROWS), weight.astype(int))
    weighted = selection.select(everything, columns, bad, Limits(max_correlation=1), weight)
    repeated = selection.select(
        everything, {name: column[repeat] for name, column in columns.items()}, bad[repeat], Limits(max_correlation=1)
    )
    assert weighted.kept == repeated.kept
    assert weighted.fit.coefficients == pytest.approx(repeated.fit.coefficients, abs=1e-6)


def test_nothing_kept_has_no_fit():
    found = selection.select({"weak": characteristic("weak", 0.001)}, {}, np.array([0, 1]), Limits())
    assert (found.kept, found.fit, len(found.decisions)) == ([], None, 1)


@pytest.mark.parametrize("seed", range(5))
def test_a_target_by_chance_keeps_next_to_nothing(seed):
    """Twenty columns that know nothing: at the noise floor one in twenty may pass, and it rarely survives the rest."""
    random = np.random.default_rng(seed)
    bad = (random.random(1_500) < 0.3).astype(np.int64)
    tables = {f"x{place}": pa.table({"x": random.normal(size=1_500), BAD: bad, WEIGHT: np.ones(1_500)}) for place in range(20)}
    bins = {name: binning.fit(counts.count(rows, "x", "numeric", {}), binning.Rules()) for name, rows in tables.items()}
    values = {name: woe.values({"x": bins[name]}, rows)["x"] for name, rows in tables.items()}
    assert len(selection.select(bins, values, bad, Limits()).kept) <= 3
