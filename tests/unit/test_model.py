from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import metrics, model, woe
from scorecard.errors import DataError, EvidenceError, GovernanceError
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.selection import Selection


def place(term, value):
    """Return the bin of a value by a plain loop."""
    bins = list(enumerate(term.characteristic.bins))
    if value is None or value != value:  # noqa: PLR0124  NaN
        return next(number for number, each in bins if each.kind == "missing")
    inside = (
        number
        for number, each in bins
        if value in each.values
        or (
            each.kind == "interval" and (each.lower is None or each.lower <= value) and (each.upper is None or value < each.upper)
        )
    )
    return next(inside, next(number for number, each in bins if each.kind == "unseen"))


# The score


def test_the_score_is_the_sum_of_points_looked_up_by_hand(developed):
    card, rows = developed.card, developed.test
    by_hand = [sum(term.points[place(term, row[term.characteristic.name])] for term in card.terms) for row in rows.to_pylist()]
    assert card.score(rows).score.tolist() == by_hand


def test_points_are_whole_numbers(developed):
    assert all(points == round(points) for term in developed.card.terms for points in term.points)


def test_the_pd_of_a_score_is_that_of_the_scale(developed):
    found = developed.card.score(developed.test)
    assert found.pd == pytest.approx(1 / (1 + 50 * 2 ** ((found.score - 600) / 20)), rel=1e-9)


def test_whole_points_lose_next_to_nothing_against_the_regression(developed):
    """Score and logit order the same rows: their AUC differ by less than 0.005."""
    card, rows = developed.card, developed.development
    values = woe.values({term.characteristic.name: term.characteristic for term in card.terms}, rows)
    logit = card.segments[0].intercept + sum(term.coefficient * values[term.characteristic.name] for term in card.terms)
    score = card.score(rows).score
    assert metrics.auc(developed.bad, -score) == pytest.approx(metrics.auc(developed.bad, logit), abs=0.005)
    assert score == pytest.approx(card.scaling.offset - card.scaling.factor * logit, abs=0.5 * len(card.terms))


def test_unrounded_points_follow_the_log_odds_strictly(developed):
    scores = np.arange(300, 900.0)
    assert (np.diff(developed.card.scaling.pd(scores)) < 0).all()
    assert developed.card.scaling.score(developed.card.scaling.pd(scores)) == pytest.approx(scores)


def test_safer_bins_never_earn_fewer_points(developed):
    for term in developed.card.terms:
        order = np.argsort(term.characteristic.woe, kind="stable")
        assert (np.diff(np.array(term.points)[order]) >= 0).all()


def test_grades_cover_every_score(developed):
    card = developed.card
    assert (card.grades[0].upper_score, card.grades[-1].lower_score) == (None, None)
    assert sum(grade.count for grade in card.grades) == developed.development.num_rows
    assert set(card.score(developed.development).grade) == set(range(len(card.grades)))


def test_scoring_in_batches_is_scoring_at_once(developed):
    parts = [developed.card.score(batch).score for batch in developed.test.to_batches(max_chunksize=17)]
    assert np.concatenate(parts).tolist() == developed.card.score(developed.test).score.tolist()


def test_a_level_never_seen_takes_the_unseen_bin_and_is_told(developed):
    term = next(term for term in developed.card.terms if term.characteristic.kind == "categorical")
    name = term.characteristic.name
    rows = developed.test.set_column(
        developed.test.schema.get_field_index(name), name, pa.array(["never seen"] * developed.test.num_rows)
    )
    assert developed.card.score(rows).unseen == {name: developed.test.num_rows}
    own = np.array([term.points[place(term, value)] for value in developed.test.column(name).to_pylist()])
    expected = developed.card.score(developed.test).score - own + term.points[term.characteristic.index("unseen")]
    assert developed.card.score(rows).score.tolist() == expected.tolist()


def test_missing_values_take_the_missing_bin(developed):
    rows = pa.table(
        {name: pa.nulls(1, pa.string() if dtype == "text" else pa.float64()) for name, dtype in developed.card.dtypes.items()}
    )
    expected = sum(term.points[term.characteristic.index("missing")] for term in developed.card.terms)
    assert developed.card.score(rows).score.tolist() == [expected]


def test_columns_beyond_the_inputs_do_not_matter(developed):
    found = developed.card.score(developed.test.select(developed.card.inputs)).score
    assert found.tolist() == developed.card.score(developed.test).score.tolist()


def test_a_missing_column_is_refused(developed):
    with pytest.raises(DataError, match=r"has no column .*, which the model needs"):
        developed.card.score(developed.test.drop_columns([developed.card.inputs[0]]))


# The file


def test_the_file_is_read_back_as_it_was(developed, tmp_path):
    path = tmp_path / "scorecard.json"
    path.write_text(developed.card.to_json(), encoding="utf-8")
    again = Scorecard.load(path)
    assert again == developed.card
    assert again.to_json() == developed.card.to_json()
    assert again.score(developed.test).pd.tolist() == developed.card.score(developed.test).pd.tolist()


def test_the_file_keeps_what_is_missing_and_any_language(developed):
    card = replace(
        developed.card, name="german", missing_values=("NA", "未知"), target={"column": "坏账", "good": [0], "bad": [1]}
    )
    assert Scorecard.from_json(card.to_json()) == card
    assert "坏账" in card.to_json()


def test_the_file_is_plain_json_without_nan(developed):
    content = json.loads(developed.card.to_json(), parse_constant=pytest.fail)
    assert content["format"] == "scorecard/2"


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_changed_byte_is_refused(developed, data):
    """Any byte, any change: what is read is refused, but for the line end at the end of the file."""
    raw = bytearray(developed.card.to_json().encode())
    position = data.draw(st.integers(0, len(raw) - 1))
    raw[position] = data.draw(st.integers(0, 255).filter(lambda value: value != raw[position]))
    text = raw.decode(errors="surrogateescape")
    if text.rstrip("\r\n") == developed.card.to_json().rstrip("\r\n"):
        assert Scorecard.from_json(text) == developed.card
    else:
        with pytest.raises(GovernanceError):
            Scorecard.from_json(text)


@pytest.mark.parametrize(
    "change", [{"intercept": -1.0}, {"name": "other"}, {"sha256": "0" * 64}, {"extra": 1}, {"grades": []}, {"scaling": None}]
)
def test_a_changed_or_added_value_is_refused(developed, change):
    content = json.loads(developed.card.to_json()) | change
    with pytest.raises(GovernanceError, match="does not match its own hash"):
        Scorecard.from_json(json.dumps(content))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": "scorecard/9"}', r"has format 'scorecard/9'; expected 'scorecard/1'"), ("{}", "has format None"), ("[1]", "has format None"),
        ("not json", r"is not JSON \(line 1\)"), ("", "is not JSON"), ("[" * 100_000, "is not JSON"), ('{"format": "scorecard/1"}', "own hash"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_scorecard_is_refused(text, message):
    with pytest.raises(GovernanceError, match=message):
        Scorecard.from_json(text)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "scorecard.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GovernanceError, match="is not text"):
        Scorecard.load(path)
    with pytest.raises(DataError, match="is not a file"):
        Scorecard.load(tmp_path / "none.json")


def test_equal_inputs_give_equal_bytes(developed, example):
    chosen = Selection([term.characteristic.name for term in developed.card.terms], [], fit_of(developed.card))
    cards = [model.build(example.pipeline, example.contract, chosen, developed.bins, Scaling()) for _ in range(2)]
    assert cards[0].to_json() == cards[1].to_json()


def fit_of(card):
    """Return a fit with the scorecard's figures."""
    from scorecard.regression import Fit  # noqa: PLC0415

    columns = [np.array([getattr(term, name) for term in card.terms]) for name in ("coefficient", "standard_error", "p_value")]
    return Fit(card.segments[0].intercept, *columns)


def test_nothing_kept_builds_nothing_and_names_the_best(example, developed):
    with pytest.raises(EvidenceError, match=r"No characteristic passes the selection; the best, checking_account, has IV 0.7"):
        model.build(example.pipeline, example.contract, Selection([], []), developed.bins, Scaling())


# Tables for people


def test_the_points_table_has_a_row_per_bin(developed):
    table = model.points_table(developed.card)
    assert len(table) == sum(len(term.points) for term in developed.card.terms)
    assert table["count"].sum() == developed.development.num_rows * len(developed.card.terms)


def test_coefficients_and_grades_are_told(developed):
    assert model.coefficients(developed.card)["characteristic"].tolist() == developed.card.inputs
    assert model.grades_table(developed.card)["count"].sum() == developed.development.num_rows


def test_attributes_count_every_sample_on_the_same_bins(developed):
    table = model.attributes(developed.card, {"development": developed.development, "test": developed.test})
    assert list(table.columns) == ["characteristic", "attribute", "points", "development", "test"]
    sums = table.groupby("characteristic")[["development", "test"]].sum().drop_duplicates().to_numpy().tolist()
    assert sums == [[developed.development.num_rows, developed.test.num_rows]]
    counts = [each.count for term in developed.card.terms for each in term.characteristic.bins]
    assert table["development"].tolist() == counts


def test_the_example_customer_is_scored_best(developed):
    row = model.example(developed.card)
    assert isinstance(row, pandas.DataFrame)
    best = sum(
        max(term.points[number] for number, each in enumerate(term.characteristic.bins) if each.kind in {"interval", "category"})
        for term in developed.card.terms
    )
    assert developed.card.score(pa.Table.from_pandas(row)).score.tolist() == [best]
