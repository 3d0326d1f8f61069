"""Tests of migration between grades, on the matrix of five grades whose figures are worked out by hand from ECB (2019), 2.5.5."""

from __future__ import annotations

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats

from scorecard.messages import LANGUAGES, render
from scorecard.results import Verdict, overall
from scorecard.settings import Thresholds
from scorecard.validation import Evidence, Moves, Scored
from scorecard.validation.stability import bandwidth, each_bandwidth, each_jump, jumps, matrix, migration_table

LIMITS = Thresholds()
GRADES = ("A", "B", "C", "D", "E")
M5 = np.array([[80, 15, 4, 1, 0], [10, 150, 30, 8, 2], [2, 20, 120, 25, 3], [1, 5, 15, 60, 19], [0, 1, 4, 10, 35]])
EXITS = np.array([[0, 0, 0], [6, 0, 4], [10, 0, 10], [20, 0, 10], [20, 0, 10]])
WITH_EXITS = np.column_stack([M5, EXITS])


def moves(counts, **changed):
    before, after = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    return Moves(before, after, **changed)


def evidence(**changed):
    scored = Scored(np.array([0, 1]), np.array([2.0, 1.0]), np.array([0.1, 0.3]), np.array([0, 1]))
    table = DataFrame({"characteristic": ["age"], "attribute": ["all"], "points": [2.0], "development": [2]})
    return Evidence({"development": scored}, GRADES, table, LIMITS, **changed)


def widened(factor=100, **cells):
    """A row of 100 customers of C times factor, in which the named grades take so many."""
    counts = np.column_stack([np.diag([100] * 5), np.zeros((5, 3), dtype=int)]) * factor
    counts[2] = [cells.get(name, 0) * factor for name in GRADES] + [0, 0, 0]
    return counts


def test_moves_are_counted_by_start_and_end():
    np.testing.assert_array_equal(matrix(moves(WITH_EXITS), 5), WITH_EXITS)


@pytest.mark.parametrize(("side", "value"), [("upper", 0.4089456869), ("lower", 0.4213197970)])
def test_bandwidth_of_the_ecb(side, value):
    result = bandwidth(WITH_EXITS, side, LIMITS)
    assert result.statistic == pytest.approx(value, abs=1e-9)
    assert (result.verdict, result.n, result.events) == (Verdict.GREEN, 710, 56)


def test_companions_of_the_bandwidth_by_hand():
    """620 customers stay in a grade: 128 + 83 grades moved, 128 - 83 of them towards worse; 1 + 2 of 710 fall by three or more."""
    values = bandwidth(WITH_EXITS, "upper", LIMITS).reading.values
    assert values["notches"] == pytest.approx((128 + 83) / 620)
    assert values["drift"] == pytest.approx((128 - 83) / 620)
    assert values["far"] == pytest.approx(3 / 710)
    assert values["ends"].values == {"defaults": 56, "left": 34}


def test_moves_without_memory_are_amber_or_red():
    counts = np.column_stack([np.full((7, 7), 200), np.zeros((7, 3), dtype=int)])
    assert bandwidth(counts, "upper", LIMITS).effect == pytest.approx(0.4, abs=0.07)
    assert bandwidth(counts, "upper", LIMITS).verdict in {Verdict.AMBER, Verdict.RED}


def test_moves_to_the_farther_edge_are_red_unless_few():
    counts = np.zeros((5, 8), dtype=int)
    counts[0, 4], counts[0, 0] = 200, 800
    assert bandwidth(counts, "upper", LIMITS).verdict is Verdict.RED
    counts[0, 4] = 19
    assert bandwidth(counts, "upper", LIMITS).verdict is Verdict.INSUFFICIENT_DATA


def test_a_wide_bandwidth_of_few_movers_may_be_chance():
    counts = np.zeros((7, 10), dtype=int)
    counts[0, :7] = [900, 12, 0, 5, 0, 0, 5]
    result = bandwidth(counts, "upper", LIMITS)
    assert result.effect > LIMITS.bandwidth_amber
    assert (result.verdict, result.reading.key) == (Verdict.GREEN, "reading.bandwidth_upper_chance")


def test_the_threshold_is_the_bandwidth_at_the_limit():
    """Upper moves of M5: 107 / 313 is the bandwidth of moves by one grade; a quarter of the way from there to 1."""
    first = 107 / 313
    assert bandwidth(M5_ONLY, "upper", LIMITS).threshold == pytest.approx(first + 0.25 * (1 - first), abs=1e-12)


M5_ONLY = np.column_stack([M5, np.zeros((5, 3), dtype=int)])


def test_two_grades_leave_nothing_to_judge():
    result = bandwidth(np.array([[80, 30, 0, 0, 0], [30, 80, 0, 0, 0]]), "upper", LIMITS)
    assert (result.verdict, result.reading.key) == (Verdict.NOT_COMPUTABLE, "reading.two_grades")


def test_every_starting_grade_has_the_z_of_its_worst_cell():
    """By hand, exits among the customers: of A's 100 the closest cells are D (1) and E (0), variance (.01 x .99) / 100."""
    found = jumps(WITH_EXITS, GRADES, Thresholds(min_rows=50))
    assert [result.scope for result in found] == [f"migration: {name}" for name in GRADES]
    assert overall(found) is Verdict.GREEN
    assert found[0].statistic == pytest.approx(0.01 / np.sqrt(0.01 * 0.99 / 100), abs=1e-9)
    assert (found[0].reading.values["far"], found[0].reading.values["near"]) == ("E", "D")


def test_both_conventions_of_who_counts():
    table = migration_table(moves(WITH_EXITS), GRADES).set_index(["from", "to"])
    assert table.loc[("B", "A"), "z"] == pytest.approx(17.1464, abs=1e-3)
    assert table.loc[("B", "C"), "z"] == pytest.approx(11.3680, abs=1e-3)
    assert table.loc[("B", "A"), "z_survivors"] == pytest.approx(17.7800, abs=1e-3)
    assert table.loc[("B", "terminated"), "customers"] == 4
    assert table.loc[("B", "default"), "share"] == pytest.approx(6 / 210)
    assert table.loc[("B", "A"), "p"] == pytest.approx(stats.norm.cdf(17.1464), abs=1e-9)


@pytest.mark.parametrize(
    ("cells", "verdict", "key"),
    [
        ({"C": 80, "D": 12, "E": 8}, Verdict.GREEN, "reading.jump_none"),
        ({"C": 80, "D": 8.0, "E": 12}, Verdict.AMBER, "reading.jump_failed"),
        ({"C": 80, "D": 2, "E": 18}, Verdict.RED, "reading.jump_failed"),
        ({"C": 80, "D": 9.8, "E": 10.2}, Verdict.GREEN, "reading.jump_small"),
    ],
)
def test_a_farther_grade_that_takes_more_than_the_nearer_is_a_jump(cells, verdict, key):
    counts = np.rint(widened(1, **{name: 10 * value for name, value in cells.items()})).astype(int)
    result = jumps(counts, GRADES, LIMITS)[2]
    assert (result.verdict, result.reading.key) == (verdict, key)


@pytest.mark.parametrize("last", [0, 40])
def test_a_sure_trifle_hides_no_jump(last):
    """Of 10,240 customers 40 more end in E than in D, surely but a trifle; 200 more in C than in B are a jump."""
    counts = np.zeros((5, 8), dtype=int)
    counts[0, :5] = [8000, 1000, 1200, 0, last]
    result = jumps(counts, GRADES, LIMITS)[0]
    assert (result.verdict, result.reading.values["far"]) == (Verdict.AMBER, "C")
    assert result.effect == pytest.approx(200 / (10_200 + last))


def test_a_jump_of_few_customers_is_chance():
    """A surplus beyond 5 % would mostly have gone unnoticed among a hundred."""
    counts = widened(1, C=92, D=3, E=5)
    assert jumps(counts, GRADES, LIMITS)[2].verdict is Verdict.INSUFFICIENT_DATA
    result = jumps(counts, GRADES, Thresholds(jump_red=0.3))[2]
    assert (result.verdict, result.reading.key) == (Verdict.GREEN, "reading.jump_chance")


def test_p_values_are_adjusted_for_all_cells():
    """Twenty cells of five grades; the worst p-value counts twenty times, less those that cannot be tested."""
    result = jumps(widened(10, C=80, D=9, E=11), GRADES, LIMITS)[2]
    tested = int(np.isfinite(migration_table(moves(widened(10, C=80, D=9, E=11)), GRADES)["z"].astype(float)).sum())
    assert result.reading.values["p_holm"] == pytest.approx(min(1.0, result.p_value * tested))


def test_a_grade_without_customers_is_insufficient():
    counts = widened(10, C=80, D=12, E=8)
    counts[4] = 0
    assert jumps(counts, GRADES, LIMITS)[4].verdict is Verdict.INSUFFICIENT_DATA


def test_without_an_earlier_table_nothing_is_due():
    found = each_bandwidth(evidence()) + each_jump(evidence())
    assert [(result.code, result.verdict) for result in found] == [("STA-06", Verdict.NOT_DUE), ("STA-07", Verdict.NOT_DUE)]


def test_unknown_defaults_are_said():
    known, unknown = (each_bandwidth(evidence(moves=moves(WITH_EXITS, defaults_known=each)))[0] for each in (True, False))
    assert known.reading.values["ends"].key == "reading.ends_known"
    assert "is not known" in render(unknown.reading)


def test_order_of_customers_is_of_no_account():
    given = moves(WITH_EXITS)
    order = np.random.default_rng(1).permutation(given.before.size)
    shuffled = Moves(given.before[order], given.after[order])
    assert [each(evidence(moves=given)) for each in (each_bandwidth, each_jump)] == [
        each(evidence(moves=shuffled)) for each in (each_bandwidth, each_jump)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_can_be_rendered(language):
    far = np.zeros((7, 10), dtype=int)
    far[0, :7] = [900, 12, 0, 5, 0, 0, 5]
    edge = np.column_stack([np.eye(5, dtype=int)[::-1] * 300, np.zeros((5, 3), dtype=int)])
    results = [bandwidth(counts, side, LIMITS) for counts in (WITH_EXITS, far, edge) for side in ("upper", "lower")]
    results += [bandwidth(far[:, ::-1][:, [6, 5, 4, 3, 2, 1, 0, 7, 8, 9]], "lower", LIMITS)]
    results += jumps(WITH_EXITS, GRADES, LIMITS) + each_jump(evidence())
    for cells in ({"C": 80, "D": 2, "E": 18}, {"C": 92, "D": 3, "E": 5}, {"C": 800, "D": 98, "E": 102}):
        results += jumps(widened(1, **cells), GRADES, Thresholds(min_rows=1))
    assert all("{" not in render(result.reading, language) for result in results)
