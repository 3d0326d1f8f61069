from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st
from scipy import stats

from scorecard.calibration import Calibration
from scorecard.difference import difference
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.jobs import difference as jobs
from scorecard.model import Scorecard, Segment, Segmentation, Term
from scorecard.points import Scaling
from scorecard.scale import Grade
from scorecard.settings import Table
from scorecard.woe import Bin, Characteristic, interval

LAST = (Bin("missing", "missing"), Bin("unseen", "unseen"))


def numeric(name, edges, points, codes=(), **own):
    plain = [interval(low, high) for low, high in zip([None, *edges], [*edges, None], strict=True)]
    special = [Bin("special", f"code {code}", values=(code,)) for code in codes]
    return made(Characteristic(name, "numeric", (*plain, *special, *LAST), 0.1, 0.01, "none", "optimal"), "number", points, own)


def levels(name, groups, points, **own):
    plain = [Bin("category", " | ".join(group), values=tuple(group)) for group in groups]
    return made(Characteristic(name, "categorical", (*plain, *LAST), 0.1, 0.01, "none", "optimal"), "text", points, own)


def made(characteristic, dtype, points, own):
    return Term(characteristic, dtype, None, own.pop("coefficient", -0.8), 0.1, 0.01, tuple(map(float, points)), **own)


def card(*terms, **changes):
    return replace(Scorecard("card", {}, Scaling(), (Segment("all", -1.0, 0.0, terms),), grades=GRADES), **changes)


def records(table, *columns):
    return table[list(columns)].to_numpy().tolist()


GRADES = (Grade("A", 30.0, None, 0.01, 10, 1), Grade("B", 15.0, 30.0, 0.1, 10, 2), Grade("C", None, 15.0, 0.3, 10, 4))
AGE = numeric("age", (25.0, 40.0), (10, 20, 30, 5, 0))
HOME = levels("home", (("own",), ("rent", "free")), (12, 3, 1, 0))
PIECE = ("characteristic", "values", "points_before", "points_after", "change")


def test_a_card_does_not_differ_from_itself(developed):
    found = difference(developed.card, developed.card, developed.test)
    assert found.same
    assert found.shift.loc[0, ["mean_move", "largest_move", "moved_share"]].tolist() == [0, 0, 0]
    assert np.trace(found.migration.to_numpy()) == developed.test.num_rows
    assert found.shift.loc[0, "rank_correlation"] == pytest.approx(1)
    assert jobs.in_words(found).startswith(f"no difference\n0.0% of {developed.test.num_rows} scores move")
    assert list(jobs.tables(found)) == ["shift", "migration"]


def test_changed_settings_are_told_before_and_after():
    after = card(
        AGE, HOME, scaling=Scaling(pdo=40), calibration=Calibration("linear", 0.1, 1.2), missing_values=("NA",),
        segments=(Segment("all", -1.0, 7.0, (AGE, HOME)),),
    )  # fmt: skip
    found = difference(card(AGE, HOME), after)
    assert records(found.settings, "setting", "before", "after") == [
        ["missing values", [], ["NA"]], ["scaling pdo", 20.0, 40], ["calibration method", "none", "linear"], ["calibration intercept", 0.0, 0.1],
        ["calibration slope", 1.0, 1.2], ["base points of all", 0.0, 7.0],
    ]  # fmt: skip
    assert not found.same
    assert (found.shift, found.migration) == (None, None)


def test_a_moved_edge_changes_the_points_between_the_edges_alone():
    found = difference(card(AGE, HOME), card(numeric("age", (25.0, 45.0), (10, 20, 30, 5, 0)), HOME))
    assert records(found.points, *PIECE) == [["age", "40 to < 45", 30.0, 20.0, -10.0]]
    assert records(found.characteristics, "segment", "characteristic", "change", "came", "went") == [
        ["all", "age", "changed", ["45"], ["40"]]
    ]


def test_levels_that_move_are_told_together_and_new_ones_against_the_unseen_points():
    found = difference(card(HOME), card(levels("home", (("own", "rent", "free"), ("boat",)), (12, 9, 1, 0))))
    assert records(found.points, *PIECE) == [["home", "rent, free", 3.0, 12.0, 9.0], ["home", "boat", 0.0, 9.0, 9.0]]


def test_a_special_code_that_goes_is_scored_by_its_interval():
    found = difference(card(numeric("x", (0.0,), (1, 2, 50, 5, 0), codes=(-9.0,))), card(numeric("x", (0.0,), (1, 2, 6, 0))))
    assert records(found.points, *PIECE) == [["x", "code -9", 50.0, 1.0, -49.0], ["x", "missing", 5.0, 6.0, 1.0]]


def test_characteristics_that_come_and_go_are_told_with_their_points():
    found = difference(card(AGE), card(HOME))
    assert records(found.characteristics, "characteristic", "change") == [["home", "added"], ["age", "removed"]]
    assert found.points["points_before"].notna().tolist() == [False] * 4 + [True] * 4
    assert found.points["change"].isna().all()
    assert "added: home\nremoved: age\n8 points differ, of 2 characteristics" in jobs.in_words(found)


def test_a_characteristic_that_changes_its_kind_is_told_as_both():
    found = difference(card(levels("x", (("1",),), (1, 2, 3))), card(numeric("x", (), (4, 2, 3))))
    assert set(found.points["values"]) == {"1", "missing", "unseen", "all values"}


def test_a_coefficient_or_reference_alone_is_a_change():
    before, after = card(AGE, HOME), card(replace(AGE, coefficient=-0.7), replace(HOME, reference=4.0))
    found = difference(before, after)
    assert found.characteristics["characteristic"].tolist() == ["age", "home"]
    assert found.characteristics.loc[0, ["coefficient_before", "coefficient_after"]].tolist() == [-0.8, -0.7]
    assert len(found.points) == 0


def test_changed_grades_are_told_and_equal_ones_are_not():
    moved = (replace(GRADES[0], lower_score=33.0), replace(GRADES[1], upper_score=33.0, name="B+"), GRADES[2])
    found = difference(card(AGE), card(AGE, grades=moved))
    assert found.grades["grade"].tolist() == ["A", "B+", "B"]
    assert found.grades.loc[0, ["lower_score_before", "lower_score_after"]].tolist() == [30.0, 33.0]


def test_segments_are_compared_by_name():
    rule = Segmentation(HOME.characteristic, "text", ("one", "two", "two", "two"))
    one, two = Segment("one", -1.0, 0.0, (AGE,)), Segment("two", -1.0, 5.0, (HOME,))
    before = card(segments=(one, two), segmentation=rule)
    after = card(
        segments=(one, replace(two, terms=(replace(HOME, points=(13.0, 3.0, 1.0, 0.0)),))),
        segmentation=replace(rule, segments=("one", "one", "two", "two")),
    )
    found = difference(before, after)
    assert records(found.points, "segment", *PIECE) == [["two", "home", "own", 12.0, 13.0, 1.0]]
    assert found.settings["setting"].tolist() == ["segment rule"]


@checked(max_examples=60)
@given(data=st.data())
def test_the_points_that_differ_explain_every_score_that_moves(data):
    """The second computation: for any value the two characteristics' points differ by the change of the piece it lies in."""
    edges = st.lists(st.integers(0, 9).map(float), max_size=3, unique=True).map(sorted)
    sides = []
    for _ in range(2):
        own = data.draw(edges)
        sides.append(
            numeric("x", own, data.draw(st.lists(st.integers(0, 3), min_size=len(own) + 3, max_size=len(own) + 3)), codes=(4.5,))
        )
    found = difference(card(sides[0]), card(sides[1]))
    changes = {row["values"]: row["change"] for row in found.points.to_dict("records")}
    cuts = sorted({edge for side in sides for edge in side.characteristic.edges})
    labels = [interval(low, high).label for low, high in zip([None, *cuts], [*cuts, None], strict=True)]
    for value in [*np.arange(-1, 11, 0.5), None]:
        table = pa.table({"x": pa.array([value], pa.float64())})
        old, new = (card(side).score(table).score[0] for side in sides)
        label = (
            "missing"
            if value is None
            else "code 4.5"
            if value == 4.5
            else labels[int(np.searchsorted(cuts, value, side="right"))]
        )
        assert changes.get(label, 0.0) == new - old


def test_the_shift_of_scores_is_that_of_pandas_and_scipy(developed):
    before = developed.card
    (segment,) = before.segments
    first = segment.terms[0]
    other = replace(before, segments=(replace(segment, terms=(replace(first, points=first.points[::-1]), *segment.terms[1:])),))
    found = difference(before, other, developed.test)
    old, new = (pandas.Series(each.score(developed.test).score) for each in (before, other))
    row = found.shift.iloc[0]
    assert row["mean_move"] == pytest.approx((new - old).mean())
    assert abs(row["largest_move"]) == (new - old).abs().max()
    assert row["moved_share"] == (new != old).mean()
    assert row["rank_correlation"] == pytest.approx(stats.spearmanr(old, new).statistic)
    assert row["rank_correlation"] == pytest.approx(old.rank().corr(new.rank()))
    grades = [np.array(each.grade_names())[each.score(developed.test).grade] for each in (before, other)]
    expected = pandas.crosstab(*grades)
    assert found.migration.loc[expected.index, expected.columns].to_numpy().tolist() == expected.to_numpy().tolist()
    assert found.migration.to_numpy().sum() == developed.test.num_rows
    assert f"of {developed.test.num_rows} scores move" in jobs.in_words(found)


def test_without_grades_nothing_migrates_and_without_spread_nothing_correlates():
    found = difference(card(AGE, grades=()), card(AGE), pa.table({"age": [30.0, 30.0]}))
    assert found.migration is None
    assert found.shift.loc[0, "rank_correlation"] is None


def test_a_table_without_rows_or_without_an_input_is_refused():
    with pytest.raises(EvidenceError, match="The table has no rows"):
        difference(card(AGE), card(AGE), pa.table({"age": pa.array([], pa.float64())}))
    with pytest.raises(DataError, match="has no column home"):
        difference(card(AGE), card(HOME), pa.table({"age": [30.0]}))


def test_a_table_is_read_as_both_cards_ask(tmp_path):
    pq.write_table(pa.table({"home": ["own", "rent", None], "age": [20, 30, 50], "more": [1, 2, 3]}), tmp_path / "rows.parquet")
    found = jobs.difference(card(AGE), card(AGE, HOME), Table(path="rows.parquet"), tmp_path)
    assert found.shift.loc[0, "mean_move"] == pytest.approx((12 + 3 + 1) / 3)
    assert jobs.difference(card(AGE), card(AGE)).same


def test_a_column_that_the_cards_read_differently_is_refused():
    with pytest.raises(SettingsError, match="age is number before and integer after; expected one dtype"):
        jobs.inputs(card(AGE), card(replace(AGE, dtype="integer")))
