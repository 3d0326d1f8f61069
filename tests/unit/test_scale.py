from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from scorecard import metrics, scale
from scorecard.calibration import Calibration, Step
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.points import Scaling
from scorecard.scale import Grade, Merged, Rules

SCORES = st.lists(st.integers(300, 900), min_size=1, max_size=200)
SCALING = Scaling()
SMALL = Rules(boundaries=(0.02, 0.05, 0.1, 0.3, 0.6), min_accounts=10, min_bads=2)
CALIBRATIONS = {
    "none": Calibration(),
    "linear": Calibration("linear", 0.4, 0.6),
    "isotonic": Calibration("isotonic", steps=(Step(None, 0.5), Step(430.0, 0.1), Step(520.0, 0.04), Step(600.0, 0.01))),
    "beta": Calibration("beta", 0.1, 0.6, 1.3, shift=-0.7),
    "floor": Calibration(floor=0.03),
}


def pd_of(score):
    return SCALING.pd(score)


def final_of(made):
    return lambda score: made.final(score, SCALING)


def graded(scores):
    score = np.array(scores, dtype=float)
    return score, scale.provisional(score, np.full(len(score), 0.1), (np.arange(len(score)) % 3 == 0).astype(np.int64))


def drawn(rows, decimals=0, seed=3):
    """Scores on the grid and outcomes by their PDs."""
    random = np.random.default_rng(seed)
    score = np.rint(random.normal(520, 50, rows) * 10**decimals) / 10**decimals
    return score, (random.random(rows) < pd_of(score)).astype(np.int64)


def cells(*grades):
    """Score, outcome and grade boundaries of (accounts, bads) a grade, best first; every grade at one score."""
    counts, bads = np.array(grades).T
    score = np.repeat(700.0 - 40 * np.arange(len(grades)), counts)
    bad = np.concatenate([np.arange(n) < d for n, d in zip(counts, bads, strict=True)]).astype(np.int64)
    return score, bad, tuple(float(each) for each in pd_of(680.0 - 40 * np.arange(len(grades) - 1)))


def counts_of(made):
    return [(each.count, each.bads) for each in made.grades]


class TestAssign:
    @given(SCORES)
    def test_grades_cover_the_line_without_hole_or_overlap(self, scores):
        _, grades = graded(scores)
        assert (grades[0].upper_score, grades[-1].lower_score) == (None, None)
        assert [each.lower_score for each in grades[:-1]] == [each.upper_score for each in grades[1:]]

    @given(SCORES)
    def test_every_development_row_is_counted_in_one_grade(self, scores):
        score, grades = graded(scores)
        assert sum(each.count for each in grades) == len(score)
        assert all(each.count > 0 for each in grades)

    @given(SCORES, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
    def test_a_score_falls_into_the_grade_whose_band_holds_it(self, scores, new):
        _, grades = graded(scores)
        for value, place in zip(new, scale.assign(np.array(new), grades), strict=True):
            each = grades[place]
            assert each.lower_score is None or value >= each.lower_score
            assert each.upper_score is None or value < each.upper_score

    def test_a_score_on_a_boundary_is_in_the_better_grade(self):
        grades = (Grade("A", 600.0, None, 0.01, 5, 0), Grade("B", None, 600.0, 0.2, 5, 2))
        assert scale.assign(np.array([600.0, 599.999]), grades).tolist() == [0, 1]

    def test_a_missing_score_has_no_grade(self):
        with pytest.raises(DataError, match="missing in 1 rows"):
            scale.assign(np.array([600.0, np.nan]), (Grade("A", None, None, 0.1, 1, 0),))

    def test_another_sample_is_counted_in_the_same_grades(self):
        grades = (Grade("A", 600.0, None, 0.01, 5, 0, None, 0.05), Grade("B", None, 600.0, 0.2, 5, 2, 0.05, None))
        found = scale.counted(grades, np.array([600.0, 650.0, 500.0, 700.0]), np.array([1, 0, 1, 0]))
        assert found == (replace(grades[0], count=3, bads=1), replace(grades[1], count=1, bads=1))


class TestProvisional:
    def test_seven_bell_shaped_grades_are_cut_from_distinct_scores(self):
        _, grades = graded(range(1_000))
        assert [each.name for each in grades] == list("ABCDEFG")
        assert [each.count for each in grades] == [50, 150, 200, 200, 200, 150, 50]

    def test_equal_boundaries_merge_and_the_best_grade_stays_a(self):
        _, grades = graded([600] * 50 + [620] * 50)
        assert [(each.name, each.lower_score) for each in grades] == [("A", 620.0), ("B", None)]

    def test_one_score_is_one_grade(self):
        _, grades = graded([600, 600])
        assert [(each.name, each.lower_score, each.upper_score) for each in grades] == [("A", None, None)]

    def test_the_pd_of_a_grade_is_the_mean_of_its_rows(self):
        score, pd = np.array([500.0, 500.0, 700.0]), np.array([0.3, 0.1, 0.02])
        grades = scale.provisional(score, pd, np.array([1, 0, 0]))
        assert [(each.pd, each.count, each.bads) for each in grades] == [(0.02, 1, 0), (0.2, 2, 1)]


class TestMaster:
    @given(
        st.lists(st.tuples(st.integers(3_000, 9_000), st.booleans(), st.integers(1, 3)), min_size=20, max_size=150),
        st.lists(st.floats(1e-6, 0.999), max_size=10, unique=True),
        st.sampled_from(sorted(CALIBRATIONS)),
        st.integers(1, 30),
        st.integers(0, 5),
    )
    @settings(deadline=None)
    def test_every_scale_is_sound(self, rows, boundaries, name, min_accounts, min_bads):
        """One grade a score; the line covered; PDs rise and lie in their bands; enough in each; default rates in order."""
        tenths, bad, weight = (np.array(column) for column in zip(*rows, strict=True))
        score, bad, weight = tenths / 10, bad.astype(np.int64), weight.astype(float)
        rules = Rules(tuple(sorted(boundaries)), min_accounts=min_accounts, min_bads=min_bads)
        assume(bad.sum() >= min_bads and len(bad) >= min_accounts)
        final = final_of(CALIBRATIONS[name])
        made = scale.master(score, bad, final, rules, decimals=1, weight=weight)
        grades = made.grades
        place = scale.assign(score, grades)
        assert [each.name for each in grades] == list("ABCDEFGHIJK"[: len(grades)])
        assert (grades[0].upper_score, grades[-1].lower_score) == (None, None)
        assert [each.lower_score for each in grades[:-1]] == [each.upper_score for each in grades[1:]]
        assert [each.upper_pd for each in grades[:-1]] == [each.lower_pd for each in grades[1:]]
        assert all(one.pd < other.pd for one, other in pairwise(grades))
        for position, each in enumerate(grades):
            inside, pd = place == position, final(score)[place == position]
            assert (each.count, each.bads) == (inside.sum(), bad[inside].sum())
            assert each.count >= min_accounts
            assert each.bads >= min_bads
            assert (each.lower_pd or 0) <= pd.min() <= each.pd <= pd.max() < (each.upper_pd or 1)
            assert each.pd == pytest.approx(np.average(pd, weights=weight[inside]), rel=1e-12)
        rates = [np.average(bad[place == position], weights=weight[place == position]) for position in range(len(grades))]
        assert rates == sorted(rates)
        if boundaries:
            kept = [each.upper_pd for each in grades[:-1]]
            assert sorted(kept + [each.pd for each in made.merged]) == sorted(boundaries)

    @pytest.mark.parametrize("name", sorted(CALIBRATIONS))
    @pytest.mark.parametrize("decimals", [0, 1, 2])
    def test_every_score_of_the_grid_has_the_grade_of_its_pd(self, name, decimals):
        score, bad = drawn(4_000, decimals)
        final = final_of(CALIBRATIONS[name])
        grades = scale.master(score, bad, final, SMALL, decimals=decimals).grades
        grid = np.arange(250 * 10**decimals, 800 * 10**decimals) / 10**decimals
        expected = np.searchsorted([each.upper_pd for each in grades[:-1]], final(grid), side="right")
        assert len(grades) > 2
        assert scale.assign(grid, grades).tolist() == expected.tolist()

    def test_a_cut_is_found_among_millions_of_scores(self):
        """Around the cut every score of the grid is tried."""
        score, bad = np.repeat([400.0, 700.0], 100), (np.arange(200) % 100 < np.repeat([50, 5], 100)).astype(np.int64)
        (best, _) = scale.master(score, bad, pd_of, Rules(boundaries=(0.123,)), decimals=6).grades
        grid = (round(best.lower_score * 10**6) + np.arange(-1_000, 1_000)) / 10**6
        assert ((pd_of(grid) < 0.123) == (grid >= best.lower_score)).all()

    def test_a_pd_on_a_boundary_is_in_the_worse_grade(self):
        score, bad, _ = cells((100, 10), (100, 20))
        on = float(pd_of(700.0))
        assert scale.master(score, bad, pd_of, Rules(boundaries=(on,))).merged[0].reason == "accounts"
        assert len(scale.master(score, bad, pd_of, Rules(boundaries=(np.nextafter(on, 1),))).grades) == 2

    def test_a_grade_begins_above_the_score_whose_pd_is_the_boundary(self):
        score, bad, (boundary,) = cells((100, 10), (100, 20))
        assert float(pd_of(680.0)) == boundary
        assert scale.master(score, bad, pd_of, Rules(boundaries=(boundary,))).grades[0].lower_score == 681.0

    def test_stated_boundaries_are_kept_where_the_evidence_carries_them(self):
        score, bad, boundaries = cells((100, 5), (200, 20), (150, 45))
        made = scale.master(score, bad, pd_of, Rules(boundaries=boundaries))
        assert made.merged == ()
        assert [(each.lower_pd, each.upper_pd) for each in made.grades] == [
            (None, boundaries[0]),
            (boundaries[0], boundaries[1]),
            (boundaries[1], None),
        ]
        assert counts_of(made) == [(100, 5), (200, 20), (150, 45)]

    @pytest.mark.parametrize(
        ("grades", "lost", "reason", "left"),
        [
            (((100, 10), (20, 5), (200, 60)), 0, "accounts", [(120, 15), (200, 60)]),
            (((200, 10), (20, 5), (100, 60)), 1, "accounts", [(200, 10), (120, 65)]),
            (((100, 6), (20, 5), (100, 60)), 1, "accounts", [(100, 6), (120, 65)]),
            (((100, 4), (100, 10), (100, 60)), 0, "bads", [(200, 14), (100, 60)]),
            (((100, 20), (100, 10), (100, 60)), 0, "order", [(200, 30), (100, 60)]),
        ],
    )
    def test_a_grade_that_cannot_stand_alone_merges(self, grades, lost, reason, left):
        """By hand: with the neighbour of fewer accounts, the worse one where they are equal; violators are pooled."""
        score, bad, boundaries = cells(*grades)
        made = scale.master(score, bad, pd_of, Rules(boundaries=boundaries))
        weak = 0 if reason == "bads" else 1
        assert made.merged == (Merged(boundaries[lost], reason, *grades[weak]),)
        assert counts_of(made) == left

    def test_pooled_grades_that_violate_again_are_pooled_again(self):
        """By hand: of 19, 30, 20 and 6 %, 30 and 20 become 25, with 6 they become 18.7, and with 19 they become 18.75."""
        score, bad, boundaries = cells((100, 19), (100, 30), (100, 20), (100, 6))
        made = scale.master(score, bad, pd_of, Rules(boundaries=boundaries))
        assert counts_of(made) == [(400, 75)]
        assert [(each.pd, each.reason) for each in made.merged] == [
            (boundaries[1], "order"),
            (boundaries[2], "order"),
            (boundaries[0], "order"),
        ]

    def test_equal_default_rates_are_in_order(self):
        score, bad, boundaries = cells((100, 10), (50, 5))
        assert len(scale.master(score, bad, pd_of, Rules(boundaries=boundaries)).grades) == 2

    def test_the_order_is_that_of_weighted_default_rates(self):
        score, bad, boundaries = cells((100, 10), (100, 20))
        weight = np.where((score == 660) & (bad == 1), 0.1, 1.0)
        made = scale.master(score, bad, pd_of, Rules(boundaries=boundaries), weight=weight)
        assert made.merged == (Merged(boundaries[0], "order", 100, 20),)

    def test_boundaries_beyond_every_pd_are_given_up(self):
        score, bad = drawn(1_000)
        made = scale.master(score, bad, pd_of, Rules(boundaries=(1e-9, 1 - 1e-9)))
        assert [(each.reason, each.accounts) for each in made.merged] == [("accounts", 0)] * 2
        assert [(each.lower_pd, each.upper_pd, each.count) for each in made.grades] == [(None, None, 1_000)]

    def test_geometric_boundaries_have_equal_ratios_around_the_middle(self):
        """By hand: 1 % and 99 % quantiles of PDs that take two values are these values."""
        score, bad = np.repeat([400.0, 600.0], [500, 500]), np.tile([0, 1], 500)
        low, high = pd_of(np.array([600.0, 400.0]))
        made = scale.master(score, bad, pd_of, Rules(grades=4, ratio=2.0))
        middle = np.sqrt(low * high)
        stated = sorted([each.pd for each in made.merged] + [each.upper_pd for each in made.grades[:-1]])
        assert stated == [float(f"{each:.4g}") for each in (middle / 2, middle, middle * 2)]

    def test_geometric_grades_are_spread_between_the_tails(self):
        score, bad = drawn(20_000)
        made = scale.master(score, bad, pd_of, Rules(grades=6, min_accounts=1, min_bads=0))
        low, high = np.quantile(pd_of(score), [0.01, 0.99], method="inverted_cdf")
        stated = sorted([each.pd for each in made.merged] + [each.upper_pd for each in made.grades[:-1]])
        assert stated == pytest.approx(np.geomspace(low, high, 7)[1:-1], rel=1e-3)

    def test_a_ratio_that_leaves_zero_and_one_keeps_the_boundaries_within(self):
        score, bad = drawn(1_000)
        made = scale.master(score, bad, pd_of, Rules(grades=26, ratio=100.0))
        assert made.merged
        assert all(0 < each.pd < 1 for each in made.merged)

    def test_one_pd_is_one_grade(self):
        bad = (np.arange(100) < 20).astype(np.int64)
        made = scale.master(np.full(100, 500.0), bad, pd_of, Rules())
        assert [(each.name, each.count, each.bads) for each in made.grades] == [("A", 100, 20)]

    def test_accounts_without_weight_count_for_nothing(self):
        score, bad = drawn(1_000)
        held = score > 480
        found = scale.master(score, bad, pd_of, SMALL, weight=held.astype(float))
        assert found == scale.master(score[held], bad[held], pd_of, SMALL)

    @pytest.mark.parametrize(("rows", "bads"), [(29, 10), (100, 4)])
    def test_a_sample_too_small_for_one_grade_is_refused(self, rows, bads):
        score, bad = np.full(rows, 500.0), (np.arange(rows) < bads).astype(np.int64)
        with pytest.raises(EvidenceError, match=f"{rows} accounts with {bads} bads; one grade needs 30 and 5"):
            scale.master(score, bad, pd_of, Rules())

    @pytest.mark.parametrize("pd", [lambda score: score / 1_000, lambda score: np.where(score > 500, 0.0, 0.1)])
    def test_pds_that_rise_with_the_score_or_are_certain_are_refused(self, pd):
        with pytest.raises(DataError, match="rises with the score"):
            scale.master(*drawn(100), pd, Rules())

    @pytest.mark.parametrize(
        ("score", "bad", "weight"),
        [
            ([500.0, 600.0], [1], None),
            ([500.0, np.nan], [1, 0], None),
            ([500.0, 600.5], [1, 0], None),
            ([500.0, 600.0], [1, 2], None),
            ([500.0, 600.0], [1, 0], [1.0, -1.0]),
            ([500.0, 600.0], [1, 0], [0.0, 0.0]),
            ([], [], None),
        ],
    )
    def test_rows_that_are_not_fit_are_refused(self, score, bad, weight):
        with pytest.raises(DataError, match="expected"):
            scale.master(np.array(score), np.array(bad), pd_of, Rules(), weight=None if weight is None else np.array(weight))

    @pytest.mark.parametrize(
        "content",
        [
            {"boundaries": (0.1, 0.1)},
            {"boundaries": (0.2, 0.1)},
            {"boundaries": (0.0, 0.1)},
            {"boundaries": (0.1, 1.0)},
            {"boundaries": (0.1, float("nan"))},
            {"boundaries": tuple(np.linspace(0.01, 0.9, 26))},
            {"grades": 1},
            {"grades": 27},
            {"ratio": 1.0},
            {"ratio": 101.0},
            {"min_accounts": 0},
            {"min_bads": -1},
        ],
    )
    def test_rules_that_make_no_scale_are_refused(self, content):
        with pytest.raises(SettingsError, match=f"{next(iter(content))} = .*expected"):
            Rules(**content)

    def test_grades_survive_their_file(self):
        grades = scale.master(*drawn(2_000), pd_of, SMALL).grades
        assert tuple(Grade(**each) for each in json.loads(json.dumps([each.to_dict() for each in grades]))) == grades

    def test_grades_are_named_by_letter(self):
        assert (Rules().named(0), Rules.named(25)) == ("A", "Z")


def grades_of(counts, bads):
    return [Grade("ABCDEFG"[place], None, None, 0.1, n, d) for place, (n, d) in enumerate(zip(counts, bads, strict=True))]


class TestQuality:
    def test_herfindahl_index_of_seven_grades(self):
        """By hand: the squared shares sum to 0.1596; ECB (2019), 2.5.5.3: 1 + ln(0.1596) / ln(7) = 0.0569530691."""
        found = scale.quality(grades_of([13, 14, 23, 20, 11, 10, 9], [0] * 7))
        assert found.squared_shares == pytest.approx(0.1596, abs=1e-12)
        assert found.herfindahl == pytest.approx(0.0569530691, abs=1e-10)
        assert found.largest_share == pytest.approx(0.23)

    @given(st.lists(st.integers(0, 500), min_size=2, max_size=7).filter(any))
    def test_both_herfindahl_indices_are_one_of_the_other(self, counts):
        """ECB (2019): 1 + ln(sum of squared shares) / ln(grades)."""
        found = scale.quality(grades_of(counts, [0] * len(counts)))
        assert found.herfindahl == pytest.approx(1 + np.log(found.squared_shares) / np.log(len(counts)), abs=1e-12)
        assert 1 / len(counts) - 1e-12 <= found.squared_shares <= found.largest_share + 1e-12

    @pytest.mark.parametrize("counts", [[100], [0, 100, 0, 0, 0, 0, 0]])
    def test_everybody_in_one_grade_is_fully_concentrated(self, counts):
        found = scale.quality(grades_of(counts, [0] * len(counts)))
        assert (found.squared_shares, found.herfindahl, found.largest_share) == (1.0, pytest.approx(1.0, abs=1e-12), 1.0)

    @given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=7))
    @example([(10, 0), (10, 0), (40, 20)])
    @settings(deadline=None)
    def test_inversions_are_those_of_fishers_test_adjusted_for_all_neighbours(self, cells):
        """scipy's exact test of each pair of neighbours, one-sided, adjusted by Holm."""
        assume(any(good + bad for good, bad in cells))
        found = scale.quality(grades_of([good + bad for good, bad in cells], [bad for _, bad in cells]))
        held = [(bad, good) for good, bad in cells if good + bad]
        p_values = [stats.fisher_exact([worse, better], alternative="less").pvalue for better, worse in pairwise(held)]
        falls = [worse[0] / sum(worse) < better[0] / sum(better) for better, worse in pairwise(held)]
        beyond = [fall and p <= 0.05 for fall, p in zip(falls, metrics.holm(p_values), strict=True)]
        assert (found.monotone, found.inversions, found.beyond_chance) == (not any(falls), sum(falls), sum(beyond))

    def test_a_built_scale_is_monotone_on_its_own_sample(self):
        score, bad = drawn(5_000)
        assert scale.quality(scale.master(score, bad, pd_of, Rules()).grades).monotone

    def test_a_reversed_sample_is_out_of_order_beyond_chance(self):
        score, bad = drawn(5_000)
        grades = scale.master(score, bad, pd_of, SMALL).grades
        random = np.random.default_rng(4)
        reversed_bad = (random.random(5_000) < expit((score - 520) / 30)).astype(np.int64)
        found = scale.quality(scale.counted(grades, score, reversed_bad))
        assert not found.monotone
        assert found.beyond_chance >= 2

    def test_grades_without_accounts_are_refused(self):
        with pytest.raises(EvidenceError, match="no accounts"):
            scale.quality(grades_of([0, 0], [0, 0]))
