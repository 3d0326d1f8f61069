"""Scoring a table into a file: what the scorecard says of every row, with keys, in order, and nothing where it cannot be said."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import duckdb
import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scorecard.data.samples import BAD, WEIGHT
from scorecard.errors import DataError, SettingsError
from scorecard.exports import parity
from scorecard.jobs import score as job
from scorecard.model import Reasons
from scorecard.settings import Table
from scorecard.tracking.registry import Version

TIMES = 300  # German credit's test part so often is more than one group of rows


@pytest.fixture(scope="module")
def card(developed):
    """German credit's card with reasons."""
    (segment,) = developed.card.segments
    terms = tuple(replace(term, reference=float(np.mean(term.points))) for term in segment.terms)
    return replace(developed.card, segments=(replace(segment, terms=terms),), reasons=Reasons("all", 3))


@pytest.fixture(scope="module")
def rows(developed):
    inputs = developed.test.drop_columns([BAD, WEIGHT])
    return inputs.append_column("application", pa.array([f"é{place}" for place in range(inputs.num_rows)]))


@pytest.fixture
def version(card, tmp_path):
    (tmp_path / "scorecard.json").write_text(card.to_json(), encoding="utf-8")
    return Version("german", "3", tmp_path / "scorecard.json")


@pytest.fixture
def scored(card, version, tmp_path):
    """Return a function that scores a table and returns the report and what was written."""

    def run(table, name="out.parquet", own=card, keys=()):
        pq.write_table(table, tmp_path / "rows.parquet")
        report = job.score(own, version, Table(path="rows.parquet"), tmp_path, tmp_path / name, keys)
        found = pq.read_table(tmp_path / name) if name.endswith("parquet") else pandas.read_csv(tmp_path / name)
        return report, found

    return run


def test_every_output_is_what_the_scorecard_says_of_the_row(card, rows, scored):
    report, found = scored(rows, keys=("application",))
    expected = parity.answers(card, rows)
    assert found.column_names == ["application", *expected.column_names, "model", "model_sha256"]
    assert found.column("application").to_pylist() == rows.column("application").to_pylist()
    for name in expected.column_names:
        right = expected.column(name).to_pylist()
        held = pytest.approx(right, rel=0, abs=1e-12) if name.startswith("pd") else right
        assert found.column(name).to_pylist() == held
    assert set(found.column("model").to_pylist()) == {"german/3"}
    assert set(found.column("model_sha256").to_pylist()) == {card.sha256}
    assert (report.rows, report.unseen) == (rows.num_rows, card.score(rows).unseen)


def test_rows_of_many_groups_keep_their_order_and_give_equal_bytes_again(card, rows, scored, tmp_path):
    many = pa.concat_tables([rows] * TIMES).combine_chunks()
    numbered = many.append_column("place", pa.array(range(many.num_rows)))
    report, found = scored(numbered, keys=("place",))
    assert report.rows == many.num_rows > 200_000 / 3
    assert found.column("place").to_pylist() == list(range(many.num_rows))
    np.testing.assert_array_equal(found.column("score").to_numpy(), np.tile(card.score(rows).score, TIMES))
    first = (tmp_path / "out.parquet").read_bytes()
    scored(numbered, keys=("place",))
    assert (tmp_path / "out.parquet").read_bytes() == first


def test_a_file_that_ends_in_csv_is_one(card, rows, scored):
    _, found = scored(rows, "out.csv", keys=("application",))
    assert found["application"].tolist() == rows.column("application").to_pylist()
    assert found["score"].tolist() == card.score(rows).score.tolist()
    assert found["pd"].tolist() == pytest.approx(card.score(rows).pd.tolist(), rel=0, abs=1e-12)


def test_the_keys_of_the_models_pipeline_stand_before_the_score_where_the_table_has_them(rows, scored, tmp_path):
    (tmp_path / "pipeline.json").write_text(json.dumps({"key": ["application", "branch"]}))
    assert scored(rows)[1].column_names[:2] == ["application", "score"]
    assert scored(rows.drop_columns("application"))[1].column_names[0] == "score"


def test_a_key_that_is_an_input_too_is_there_once(card, rows, scored):
    name = card.inputs[0]
    found = scored(rows, keys=(name,))[1]
    assert found.column_names[:2] == [name, "score"]
    assert found.column(name).to_pylist() == rows.column(name).to_pylist()


def test_a_key_that_the_table_does_not_have_is_refused_with_the_nearest(rows, scored, tmp_path):
    with pytest.raises(DataError, match=r"no column aplication, which is asked for as a key\. Did you mean application\?"):
        scored(rows, keys=("aplication",))
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("key", ["model", "Score"])
def test_a_key_with_the_name_of_an_output_is_refused(rows, scored, key):
    with pytest.raises(SettingsError, match=r"name of an output|would be there twice"):
        scored(rows.append_column(key, rows.column("application")), keys=(key,))


def number(card):
    """The first numeric input."""
    return next(term.name for term in card.terms if term.characteristic.kind == "numeric")


def with_value(rows, name, value):
    """The rows with one value in the third place, as doubles."""
    values = [*map(float, rows.column(name).to_pylist())]
    values[2] = value
    return rows.set_column(rows.column_names.index(name), name, pa.array(values, pa.float64(), from_pandas=False))


def test_nan_in_a_file_is_missing_as_the_scorecard_has_it(card, rows, scored):
    (segment,) = card.segments
    terms = tuple(replace(term, dtype="number") if term.dtype == "integer" else term for term in segment.terms)
    own, changed = replace(card, segments=(replace(segment, terms=terms),)), with_value(rows, number(card), math.nan)
    assert scored(changed, own=own)[1].column("score").to_pylist() == own.score(changed).score.tolist()


def test_an_infinite_number_is_refused_with_its_row_and_leaves_no_file(card, rows, scored, tmp_path):
    name = number(card)
    with pytest.raises(DataError, match=f"Column {name} must be .* numbers .*; 1 row is not, for example row 3"):
        scored(with_value(rows, name, math.inf))
    assert not list(tmp_path.glob("out*"))


def test_a_fraction_in_a_column_of_whole_numbers_is_refused_with_its_row(card, rows, scored):
    name = next(name for name, dtype in card.dtypes.items() if dtype == "integer")
    with pytest.raises(DataError, match=f"Column {name} must be whole numbers .*; 1 row is not, for example row 3 holds '2.5'"):
        scored(with_value(rows, name, 2.5))


def test_a_damaged_file_is_refused_and_leaves_no_file(card, version, rows, tmp_path):
    pq.write_table(pa.concat_tables([rows] * 20), tmp_path / "rows.parquet", compression="zstd")
    whole = (tmp_path / "rows.parquet").read_bytes()
    (tmp_path / "rows.parquet").write_bytes(whole[:40] + bytes(len(whole[40:-4000])) + whole[-4000:])
    with pytest.raises(DataError, match="cannot be read"):
        job.score(card, version, Table(path="rows.parquet"), tmp_path, tmp_path / "out.parquet")
    assert not list(tmp_path.glob("out*"))


def test_levels_that_development_did_not_have_are_counted_by_characteristic(card, rows, scored):
    names = [term.name for term in card.terms if term.characteristic.kind == "categorical"][:2]
    changed = rows
    for name, times in zip(names, (3, 5), strict=True):
        values = rows.column(name).to_pylist()
        place = changed.column_names.index(name)
        changed = changed.set_column(place, name, pa.array(["a level that came later"] * times + values[times:]))
    assert scored(changed)[0].unseen == dict(zip(names, (3, 5), strict=True))


def test_a_card_without_levels_has_nothing_unseen(card, rows, scored):
    (segment,) = card.segments
    numbers = tuple(term for term in segment.terms if term.characteristic.kind == "numeric")
    own = replace(card, segments=(replace(segment, terms=numbers),), reasons=None)
    report, found = scored(rows, own=own)
    assert (report.unseen, found.column("score").to_pylist()) == ({}, own.score(rows).score.tolist())


def test_a_table_of_a_database_is_scored_as_the_file(card, version, rows, scored, tmp_path):
    with duckdb.connect(str(tmp_path / "bank.duckdb")) as connection:
        connection.register("given", rows)
        connection.execute("CREATE TABLE people AS FROM given")
    table = Table(path="bank.duckdb", name="people")
    job.score(card, version, table, tmp_path, tmp_path / "bank.parquet")
    assert pq.read_table(tmp_path / "bank.parquet").equals(scored(rows)[1])


def test_the_table_itself_is_never_replaced(card, version, rows, tmp_path):
    table = tmp_path / "rows.parquet"
    pq.write_table(rows, table)
    before = table.read_bytes()
    with pytest.raises(SettingsError, match="is the table that is to be scored"):
        job.score(card, version, Table(path="rows.parquet"), tmp_path, tmp_path / "." / "rows.parquet")
    assert table.read_bytes() == before


def test_a_file_of_another_kind_is_refused(card, version, rows, tmp_path):
    pq.write_table(rows, tmp_path / "rows.parquet")
    with pytest.raises(SettingsError, match=r"ends in \.xlsx; expected \.parquet or \.csv"):
        job.score(card, version, Table(path="rows.parquet"), tmp_path, tmp_path / "scored.xlsx")
    assert not (tmp_path / "scored.xlsx").exists()
