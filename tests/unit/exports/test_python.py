"""The row scorer and the file made of it give what the scorecard gives, and need nothing but Python."""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
from dataclasses import replace

import pytest

from scorecard.exports import golden, parity, row
from scorecard.exports.python import python
from scorecard.model import Scorecard
from scorecard.points import Scaling

ROW = {"age_years": 40, "income": 1500.0, "purpose": "tv", "savings": "some"}


def scorer(card):
    return row.compile(card.to_dict())


def test_every_golden_vector_scores_as_the_scorecard_scores_it(card):
    rows = golden.vectors(card)
    score = scorer(card)
    for given, expected in zip(rows.to_pylist(), parity.answers(card, rows).to_pylist(), strict=True):
        told = score(given)
        reasons = [expected[name] for name in expected if name.startswith("reason_") and expected[name] is not None]
        assert (told["score"], told["grade"], told["reasons"]) == (expected["score"], expected["grade"], reasons), given
        for name in ("pd_raw", "pd_calibrated", "pd"):
            assert told[name] == pytest.approx(expected[name], rel=0, abs=1e-12)


def test_the_base_score_has_the_base_odds(cards):
    """Siddiqi (2017), chapter 7: at 600 points, where the odds are 50 to 1, the PD is 1 in 51; 20 points less double the odds of bad."""
    (segment,) = cards["plain"].segments
    flat = replace(segment, base=600.0, terms=tuple(replace(each, points=(0.0,) * len(each.points)) for each in segment.terms))
    told = scorer(replace(cards["plain"], segments=(flat,)))(ROW)
    assert (told["score"], told["pd"]) == (600.0, pytest.approx(1 / 51, abs=1e-15))
    lower = scorer(replace(cards["plain"], segments=(replace(flat, base=580.0),)))(ROW)
    assert lower["pd"] == pytest.approx(1 / 26, abs=1e-15)


def test_points_add_up_by_hand(cards):
    assert scorer(cards["plain"])(ROW)["score"] == 500 + 10 + 17 - 7 + 5


def test_numbers_are_taken_as_json_writes_them(cards):
    score = scorer(cards["plain"])
    assert score(ROW | {"age_years": 40.0, "income": 1500}) == score(ROW)


@pytest.mark.parametrize("missing", [None, math.nan])
@pytest.mark.parametrize("column", list(ROW))
def test_null_and_nan_are_missing_in_every_column(cards, column, missing):
    score = scorer(cards["plain"])
    points = {"age_years": -12 - 10, "income": -12 - 17, "purpose": -15 + 7, "savings": -3 - 5}
    assert score(ROW | {column: missing})["score"] == score(ROW)["score"] + points[column]


def test_a_whole_number_beyond_all_doubles_falls_into_the_last_interval(cards):
    assert scorer(cards["plain"])(ROW | {"age_years": 10**400})["score"] == 500 + 30 + 17 - 7 + 5


def test_more_columns_are_ignored(cards):
    score = scorer(cards["plain"])
    assert score(ROW | {"name": object()}) == score(ROW)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("age_years", "40", "The column age_years is '40'; expected a whole number, or null where it is missing."),
        ("age_years", 40.5, "The column age_years is 40.5; expected a whole number, or null where it is missing."),
        ("age_years", True, "The column age_years is True; expected a whole number, or null where it is missing."),
        ("income", "1e3", "The column income is '1e3'; expected a number, or null where it is missing."),
        ("income", [1], r"The column income is \[1\]; expected a number, or null where it is missing."),
        ("purpose", 3, "The column purpose is 3; expected text, or null where it is missing."),
        ("savings", {"a": "x" * 99}, "The column savings is {'a': 'x+...; expected text, or null where it is missing."),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_refused_in_one_sentence(cards, column, value, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        scorer(cards["plain"])(ROW | {column: value})


@pytest.mark.parametrize(
    ("column", "value"),
    [("flag", 1), ("flag", "true"), ("region", 1.5), ("region", "1"), ("region", True), ("since", "1 May"), ("since", 20200101)],
)
def test_codes_flags_and_dates_of_the_wrong_type_are_refused(cards, column, value):
    first = golden.vectors(cards["typed"]).slice(0, 1).to_pylist()[0]
    with pytest.raises(ValueError, match=f"The column {column} is "):
        scorer(cards["typed"])(first | {column: value})


def test_a_date_is_the_same_as_its_text(cards):
    score = scorer(cards["typed"])
    for each in golden.vectors(cards["typed"]).to_pylist():
        text = each["since"] and each["since"].isoformat()
        assert score(each | {"since": text}) == score(each)


def test_an_absent_column_is_refused_by_its_name(cards):
    for column in ROW:
        with pytest.raises(ValueError, match=f"The row has no column {column}; expected every input"):
            scorer(cards["plain"])({name: value for name, value in ROW.items() if name != column})


def test_an_unknown_format_is_refused(cards):
    with pytest.raises(ValueError, match="The format is 'scorecard/9'; expected 'scorecard/1' or 'scorecard/2'"):
        row.compile(cards["plain"].to_dict() | {"format": "scorecard/9"})


@pytest.mark.parametrize("method", ["none", "intercept", "linear", "beta", "isotonic"])
def test_a_score_far_from_all_others_has_a_pd_of_zero_or_one(cards, method):
    calibration = replace(cards["isotonic"].calibration, method=method, shift=0.5, floor=0.0)
    far = replace(cards["plain"], scaling=Scaling(pdo=0.001, base_score=500, base_odds=1, layout="base"), calibration=calibration)
    score = scorer(far)
    assert score(ROW | {"age_years": 60})["pd_raw"] == 0
    assert score(ROW | {"income": -1.0})["pd_raw"] == 1
    assert all(0 <= score(ROW | {"income": income})["pd"] <= 1 for income in (-1.0, 1.0, 1e9))


def test_equal_scorecards_give_equal_bytes(card):
    assert python(card) == python(Scorecard.from_json(card.to_json()))


def test_the_file_is_python_of_version_3_8_and_imports_the_standard_library_alone(card):
    tree = ast.parse(python(card), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "json", "math", "bisect", "collections.abc", "typing", "sys"}


def test_the_file_holds_the_whole_scorecard(card):
    tree = ast.parse(python(card))
    (literal,) = [node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "CARD"]
    assert ast.literal_eval(literal) == card.to_dict()


def test_names_of_data_cannot_become_code(cards):
    """A name with line breaks and quotes leaves the statements of the file as they are for a harmless one."""
    hostile = replace(
        cards["plain"],
        name='x\n"""\nimport os\nos.abort()\n#\u2028import os\r\nimport os',
        target={"column": "'''\n", "good": [], "bad": []},
    )
    kinds = [[type(node) for node in ast.parse(python(each)).body] for each in (cards["plain"], hostile)]
    assert kinds[0] == kinds[1]


def run(card, tmp_path, lines):
    """Run the file as a person does, isolated from all packages."""
    (tmp_path / "card.py").write_text(python(card), encoding="utf-8")
    return subprocess.run([sys.executable, "-I", "-S", "card.py"], input=lines, cwd=tmp_path, capture_output=True, check=False)


def test_the_file_scores_json_lines_and_says_which_could_not_be(cards, tmp_path):
    lines = [
        json.dumps(ROW),
        json.dumps(ROW | {"purpose": "ß"}, ensure_ascii=False),
        "[1]",
        "{",
        '{"income": 1}',
        json.dumps(ROW | {"income": math.nan}),
    ]
    ended = run(cards["reasons"], tmp_path, "\n".join(lines).encode())
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    score = scorer(cards["reasons"])
    assert (told[0], told[1], told[5]) == (score(ROW), score(ROW | {"purpose": "ß"}), score(ROW | {"income": None}))
    assert told[2] == {"error": "The line is [1]; expected an object of column and value."}
    assert told[3]["error"].startswith("The line is not JSON (")
    assert told[4]["error"].startswith("The row has no column age_years; ")
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_the_file_ends_with_0_where_every_line_was_scored(cards, tmp_path):
    assert run(cards["plain"], tmp_path, json.dumps(ROW).encode()).returncode == 0


def test_the_file_can_be_imported(cards):
    module = {"__name__": "card"}
    exec(compile(python(cards["segmented"]), "card.py", "exec"), module)
    for each in golden.vectors(cards["segmented"]).slice(0, 50).to_pylist():
        assert module["score"](each) == scorer(cards["segmented"])(each)
