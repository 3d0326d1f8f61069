"""Faults of optbinning 1.0 that must not come through. Where a test is of optbinning itself, it tells when a version mends one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from optbinning import OptimalBinning

import scorecard
from scorecard.binning import Rules, fit
from scorecard.counts import Classes, Tally
from scorecard.woe import Characteristic

NOTHING = Tally(*(np.zeros(1) for _ in range(4)))
UNUSED = {"Scorecard", "ScorecardMonitoring", "Counterfactual", "BinningProcess"}


def tally(goods, bads, weight_goods=None, weight_bads=None):
    goods, bads = np.asarray(goods, dtype=float), np.asarray(bads, dtype=float)
    return Tally(goods, bads, goods if weight_goods is None else weight_goods, bads if weight_bads is None else weight_bads)


def numbers(counts, special=None, missing=NOTHING):
    values = np.arange(len(counts.goods), dtype=float)
    return Classes("x", "numeric", values, values, counts, special or {}, missing)


def levels(counts):
    names = np.array([f"level {place}" for place in range(len(counts.goods))], dtype=object)
    return Classes("x", "categorical", names, names, counts, {}, NOTHING)


def rows_of(counts):
    """Return the rows behind unweighted counts: a class number and an outcome each."""
    place = np.arange(len(counts.goods))
    return np.repeat(np.tile(place, 2), np.r_[counts.goods, counts.bads].astype(int)), np.repeat(
        [0, 1], [int(counts.goods.sum()), int(counts.bads.sum())]
    )


# Weights

BADS = np.array([10.0, 20, 30, 40, 50, 60])
GOODS = np.full(6, 100.0)
WEIGHTS = {"weight_goods": GOODS * np.arange(1, 7), "weight_bads": BADS * (12 - 2 * np.arange(6))}


def test_levels_are_ordered_by_weighted_bad_rate():
    """The order by weights is the reverse of that by accounts."""
    found = [
        each.values[0]
        for each in fit(levels(tally(GOODS, BADS, **WEIGHTS)), Rules(min_share=0.01)).bins
        if each.kind == "category"
    ]
    assert found[0] == "level 5"
    assert found[-1] == "level 0"


def test_optbinning_itself_orders_levels_by_accounts():
    place, bad = rows_of(tally(GOODS, BADS))
    weight = np.where(bad == 1, 12 - 2 * place, 1 + place).astype(float)
    solver = OptimalBinning(dtype="categorical", min_bin_size=0.01).fit(
        place.astype(str).astype(object), bad, sample_weight=weight
    )
    assert list(solver._categories) == list("012345")


def test_the_smallest_share_is_of_accounts_whatever_the_weights():
    """Goods were drawn one in ten: the riskiest class is 8 % of the accounts and 2.4 % of the weight."""
    goods, bads = np.array([3_000.0, 3_000, 100]), np.array([100.0, 250, 450])
    counts = tally(goods, bads, goods * 10, bads)
    edges = [each.lower for each in fit(numbers(counts), Rules(keep_sparse=False)).bins if each.kind == "interval"]
    assert edges == [None, 1, 2]


def test_optbinning_itself_makes_a_floor_on_weight():
    goods, bads = np.array([3_000.0, 3_000, 100]), np.array([100.0, 250, 450])
    place, bad = rows_of(tally(goods, bads))
    weight = np.where(bad == 1, 1.0, 10.0)
    solver = OptimalBinning(min_bin_size=0.05).fit(place.astype(float), bad, sample_weight=weight)
    assert solver.splits.tolist() == [0.5]


def test_rare_is_a_matter_of_accounts_whatever_the_weights():
    """optbinning's cat_cutoff sees one row per count; the light level 1 is not rare here, the heavy levels 2 and 3 are."""
    goods, bads, weight = np.array([400.0, 400, 28, 14]), np.array([40.0, 120, 2, 16]), np.array([1.0, 0.05, 20, 20])
    fitted = fit(
        levels(tally(goods, bads, goods * weight, bads * weight)), Rules(min_share=0.01, rare_accounts=50, keep_sparse=False)
    )
    groups = [set(each.values) for each in fitted.bins if each.kind == "category"]
    assert {"level 2", "level 3"} in groups
    assert {"level 1"} in groups


# Silence


def test_optbinning_itself_is_silent_where_nothing_satisfies_the_rules():
    place, bad = rows_of(tally([200] * 6, [20, 80, 40, 90, 30, 70]))
    solver = OptimalBinning(user_splits=[0.5, 1.5, 2.5], user_splits_fixed=[True] * 3, monotonic_trend="ascending").fit(
        place.astype(float), bad
    )
    assert (solver.status, len(solver.splits)) == ("INFEASIBLE", 0)


def test_a_perfect_predictor_is_not_passed_off_as_one_without_information():
    """Every cut leaves a bin without goods or bads, so that one bin stays; its status says that there was no choice."""
    place, bad = rows_of(tally([500, 0], [0, 300]))
    assert (
        OptimalBinning().fit(place.astype(float), bad).status,
        len(OptimalBinning().fit(place.astype(float), bad).splits),
    ) == ("OPTIMAL", 0)
    assert fit(numbers(tally([500, 0], [0, 300])), Rules()).status == "every cut leaves a bin without goods or bads"


def test_pure_prebins_lose_no_other_cut():
    """optbinning joins a prebin without bads to its right neighbour, whatever that costs."""
    counts = tally([300, 200, 150, 100], [30, 0, 60, 120])
    fitted = fit(numbers(counts), Rules(trend="ascending", keep_sparse=False))
    place, bad = rows_of(counts)
    theirs = OptimalBinning(monotonic_trend="ascending", min_bin_size=0.05, min_bin_n_event=5, user_splits=[0.5, 1.5, 2.5]).fit(
        place.astype(float), bad
    )
    theirs.binning_table.build()
    assert fitted.iv > theirs.binning_table.iv + 0.05


# Missing, special and unseen


@pytest.mark.parametrize("kind", ["missing", "special"])
def test_missing_and_special_codes_score_their_own_woe(kind):
    extra = tally([30], [90])
    classes = numbers(
        tally([500, 400], [50, 90]),
        {"refused": (-1, extra if kind == "special" else NOTHING)},
        extra if kind == "missing" else NOTHING,
    )
    fitted = fit(classes, Rules())
    value = pa.array([None if kind == "missing" else -1.0], pa.float64())
    assert fitted.woe[fitted.assign(value)].tolist() == [pytest.approx(np.log((30 / 930) / (90 / 230)))]


def test_optbinning_itself_scores_missing_as_neutral():
    place, bad = rows_of(tally([500, 400, 30], [50, 90, 90]))
    values = np.where(place == 2, np.nan, place)
    assert OptimalBinning().fit(values, bad).transform(np.array([np.nan])).tolist() == [0]


def test_unseen_levels_are_never_silently_neutral():
    fitted = fit(levels(tally([500, 400], [50, 90])), Rules())
    assert fitted.woe[fitted.assign(pa.array(["level 7"]))].tolist() == [pytest.approx(min(each.woe for each in fitted.bins))]


def test_bins_read_from_a_file_keep_their_special_codes():
    """optbinning's read_json forgets them and scores -999 as the smallest value."""
    fitted = fit(numbers(tally([500, 400], [50, 90]), {"refused": (-999, tally([30], [90]))}), Rules())
    again = Characteristic.from_dict(fitted.to_dict())
    values = pa.array([-999.0, 0.0, None])
    assert again.assign(values).tolist() == fitted.assign(values).tolist()
    assert again.bins[again.assign(values)[0]].label == "refused"


# What is not used, and what is printed


def sources():
    return sorted(Path(scorecard.__file__).parent.rglob("*.py"))


def test_only_the_solver_of_optbinning_is_imported():
    """Its scorecards cut WoE to whole numbers, its monitor fails without bads, and its counterfactuals are singular."""
    used = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("optbinning"):
                used |= {name.name for name in node.names}
            if isinstance(node, ast.Import):
                used |= {name.name for name in node.names if name.name.startswith("optbinning")}
    assert used == {"OptimalBinning"}
    assert not any(
        "read_json" in path.read_text(encoding="utf-8") and "optbinning" in path.read_text(encoding="utf-8") for path in sources()
    )


def test_scores_follow_the_log_odds_strictly(developed):
    """A metric per variable makes optbinning's Scorecard score 2 values instead of 35; here every pattern has its own."""
    card = developed.card
    terms = [(term.coefficient, term.characteristic.woe, np.array(term.points)) for term in card.terms]
    random = np.random.default_rng(1)
    picks = [random.integers(0, len(woe), 500) for _, woe, _ in terms]
    logit = card.segments[0].intercept + sum(
        coefficient * woe[pick] for (coefficient, woe, _), pick in zip(terms, picks, strict=True)
    )
    exact = card.scaling.offset - card.scaling.factor * logit
    order = np.argsort(logit)
    moved = np.diff(logit[order]) > 1e-9
    assert (np.diff(exact[order])[moved] < 0).all()
    score = sum(points[pick] for (_, _, points), pick in zip(terms, picks, strict=True))
    assert score == pytest.approx(exact, abs=0.5 * len(terms))
    assert len(np.unique(score)) > 100


def test_importing_the_solver_prints_nothing():
    """A newer highspy than the pin prints a traceback of CVXPY into every notebook."""
    code = "import warnings; warnings.simplefilter('ignore'); from optbinning import OptimalBinning"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
