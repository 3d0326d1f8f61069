"""The shift of a characteristic between development and later samples, from counts on its frozen bins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from scorecard import binning, metrics, selection
from scorecard.counts import Field, count_all
from scorecard.data.outcome import BAD, WEIGHT
from scorecard.errors import EvidenceError
from scorecard.selection import Shift

ROWS = 5_000
FIELDS = [Field("amount", "numeric", {"refused": -9}), Field("home", "categorical")]


def drawn(seed, rows=ROWS, moved=0.0, homes=("own", "rent", "free"), weight=None):
    """Return rows of an amount that falls with risk, with a special code and missing values, and of a home."""
    random = np.random.default_rng(seed)
    amount = np.round(random.lognormal(3 + moved, 1, rows), 2)
    amount[random.random(rows) < 0.1] = -9
    amount[random.random(rows) < 0.1] = np.nan
    home = random.choice(homes, rows)
    risk = 0.2 + 0.2 * (amount < 20) + 0.2 * (home == "rent")
    return pa.table({
        "amount": amount, "home": home, BAD: (random.random(rows) < risk).astype(int),
        WEIGHT: np.ones(rows) if weight is None else weight,
    })  # fmt: skip


def counted(rows, bins=None):
    """Count, with the edges of bins as splits where there are bins."""
    fields = [Field(each.name, each.kind, each.special_codes, () if bins is None else edges(bins[each.name])) for each in FIELDS]
    return count_all(rows, fields, bad=BAD, weight=WEIGHT, period=None, segment=None).classes


def edges(characteristic):
    return binning.partition(characteristic).edges


@pytest.fixture(scope="module")
def bins():
    fitted, _ = binning.fit_all(counted(drawn(1)), binning.Rules())
    return fitted


def on_rows(characteristic, before, now):
    """Return the PSI of two tables, from each row's bin."""
    counts = [
        np.bincount(characteristic.assign(rows.column(characteristic.name)), minlength=len(characteristic.bins))
        for rows in (before, now)
    ]
    return metrics.psi(*counts)


def test_the_psi_from_counts_is_that_of_the_rows(bins):
    later = drawn(2, moved=0.5, homes=("own", "rent", "boat"))
    found = selection.psi_by_sample(bins, {"2011": counted(later, bins)})
    for name, each in bins.items():
        assert found[name]["2011"].psi == pytest.approx(on_rows(each, drawn(1), later), rel=1e-9)


def test_an_unchanged_population_stays_below_what_chance_reaches(bins):
    found = selection.psi_by_sample(bins, {"later": counted(drawn(3), bins)})
    assert all(each["later"].psi < each["later"].critical for each in found.values())


def test_the_critical_value_is_that_of_the_bins_that_hold_rows(bins):
    """Yurdakul & Naranjo (2020): the 99 % quantile of chi-square with bins - 1 degrees, times 1/n + 1/m."""
    found = selection.psi_by_sample(bins, {"later": counted(drawn(3, rows=400), bins)})["home"]["later"]
    assert found.critical == pytest.approx(9.2103404 * (1 / ROWS + 1 / 400), rel=1e-7)


def test_levels_that_development_did_not_have_move_the_population(bins):
    strange = counted(drawn(4, homes=("own", "rent", "free", "boat")), bins)
    found = selection.psi_by_sample(bins, {"later": strange})["home"]["later"]
    assert found.psi > 0.25


def test_weights_move_the_population_as_repeated_rows_would(bins):
    rows = drawn(5, rows=1_000, moved=0.3)
    weight = np.where(np.arange(1_000) < 300, 3.0, 1.0)
    weighted = rows.set_column(rows.schema.get_field_index(WEIGHT), WEIGHT, pa.array(weight))
    repeated = rows.take(np.repeat(np.arange(1_000), weight.astype(int)))
    one, other = (selection.psi_by_sample(bins, {"x": counted(each, bins)})["amount"]["x"] for each in (weighted, repeated))
    assert one.psi == pytest.approx(other.psi, rel=1e-9)
    assert one.critical > other.critical


def test_without_later_samples_there_is_no_shift(bins):
    assert selection.psi_by_sample(bins, {}) == {"amount": {}, "home": {}}


def test_a_sample_without_rows_or_without_the_characteristic_has_no_shift(bins):
    empty = counted(drawn(1).slice(0, 0), bins)
    part = {"home": counted(drawn(2), bins)["home"]}
    found = selection.psi_by_sample(bins, {"empty": empty, "part": part})
    assert found["amount"] == {}
    assert isinstance(found["home"].pop("part"), Shift)
    assert found["home"] == {}


def test_an_edge_inside_a_class_of_the_later_sample_is_refused_by_name(bins):
    found = counted(drawn(6), bins)["amount"]
    everything = replace(found, low=found.low[:1], high=found.high[-1:], tally=found.tally.total())
    with pytest.raises(EvidenceError, match="amount: an edge of its bins lies inside a class"):
        selection.psi_by_sample(bins, {"later": {"amount": everything}})
