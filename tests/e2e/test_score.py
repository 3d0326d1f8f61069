"""Scoring a table with a registered model: every row, in order, in one pass, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import signal

import duckdb
import numpy as np
import pandas
import pyarrow.parquet as pq
import pytest

from scorecard import datasets
from scorecard.data import source
from scorecard.exports import parity
from scorecard.model import Scorecard

SAID = ["score", "pd_raw", "pd_calibrated", "pd", "grade"]
REPEATS = 250  # a quarter of a million rows, more than one group of rows
ENDLESS = 3_000  # repeats that take long enough to be stopped


@pytest.fixture(scope="module")
def german():
    """All rows of the bundled table."""
    return source.connect().sql(datasets.query("german")).to_arrow_table()


@pytest.fixture(scope="module")
def card_path(finished):
    return sorted((finished.root / "mlruns" / "artifacts").glob("*/artifacts/scorecard.json"))[0]


@pytest.fixture(scope="module")
def expected(card_path, german):
    """What the file itself says of every row, behind the key of the pipeline."""
    card = Scorecard.load(card_path)
    found = parity.answers(card, german).to_pandas()
    found.insert(0, "application", german.column("application").to_pandas())
    return found.assign(model_sha256=card.sha256)


@pytest.fixture(scope="module")
def rows(german, tmp_path_factory):
    """Return a function that writes a table for scoring, changed or not."""

    def write(name, change=lambda frame: frame):
        path = tmp_path_factory.mktemp("rows") / name
        changed = change(german.to_pandas())
        changed.to_csv(path, index=False) if name.endswith(".csv") else changed.to_parquet(path)
        return path

    return write


@pytest.fixture
def score(finished, call, tmp_path):
    """Return a function that scores a table with the candidate, from outside the table's folder."""

    def run(table, *words, model="german@candidate"):
        return call("score", "--model", model, "--table", table, "--out", tmp_path / "scored.parquet", *words, cwd=finished.root)

    return run


@pytest.fixture
def scored(tmp_path):
    """Return a function that reads what was written."""
    return lambda: pandas.read_parquet(tmp_path / "scored.parquet")


@pytest.fixture(scope="module")
def all_rows(finished, call, tmp_path_factory):
    """The bundled table, scored by the candidate."""
    out = tmp_path_factory.mktemp("all") / "deep" / "scored.parquet"
    ended = call("score", "--model", "german@candidate", "--table", "dataset:german", "--out", out, cwd=finished.root)
    assert (ended.code, ended.err) == (0, "")
    return pandas.read_parquet(out)


def test_every_row_has_its_key_and_what_the_file_says_in_input_order(all_rows, expected):
    assert list(all_rows.columns)[:6] == ["application", *SAID]
    exact = [name for name in expected if not name.startswith("pd")]
    pandas.testing.assert_frame_equal(all_rows[exact], expected[exact], check_dtype=False, check_exact=True)
    pandas.testing.assert_frame_equal(all_rows.drop(columns="model"), expected, check_dtype=False, rtol=0, atol=1e-12)


def test_every_row_names_the_version_that_scored_it(all_rows, client, finished):
    version = client(finished.root).get_model_version_by_alias("german", "candidate").version
    assert set(all_rows["model"]) == {f"german/{version}"}


def test_a_version_can_be_named_by_its_number(score, scored):
    assert score("dataset:german", model="german/1").code == 0
    assert set(scored()["model"]) == {"german/1"}


def test_rows_of_many_batches_are_scored_as_in_one(score, scored, expected, rows):
    many = rows("many.parquet", lambda frame: pandas.concat([frame] * REPEATS, ignore_index=True))
    ended = score(many)
    assert (ended.code, ended.err) == (0, "")
    assert f"{1000 * REPEATS:,} rows scored" in ended.out
    np.testing.assert_array_equal(scored()["score"], np.tile(expected["score"], REPEATS))
    np.testing.assert_allclose(scored()["pd"], np.tile(expected["pd"], REPEATS), rtol=0, atol=1e-12)


def test_a_shuffled_table_keeps_its_own_order(score, scored, expected, rows):
    order = np.random.default_rng(7).permutation(1000)
    score(rows("shuffled.csv", lambda frame: frame.iloc[order]))
    np.testing.assert_array_equal(scored()["score"], expected["score"].to_numpy()[order])


@pytest.fixture
def with_spaceships(rows):
    """A table with three rows of a purpose that development did not have."""
    return rows("spaceships.csv", lambda frame: frame.assign(purpose=frame["purpose"].where(frame.index > 2, "spaceship")))


def test_a_level_that_development_did_not_have_is_counted_and_said(score, with_spaceships):
    ended = score(with_spaceships)
    assert ended.code == 0
    assert "3 rows hold a purpose that development did not have; they took its unseen bin." in ended.out


def test_json_is_one_object_with_rows_unseen_levels_and_file(score, with_spaceships, tmp_path):
    ended = score(with_spaceships, "--json")
    assert json.loads(ended.out) == {"rows": 1000, "unseen": {"purpose": 3}, "out": str(tmp_path / "scored.parquet")}


def test_a_missing_column_is_refused_with_its_name_and_leaves_no_file(score, rows, tmp_path):
    ended = score(rows("short.csv", lambda frame: frame.drop(columns="savings")))
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "savings" in ended.err
    assert list(tmp_path.glob("scored*")) == []


def test_a_text_among_numbers_is_refused_with_its_row(score, rows, tmp_path):
    text = rows("text.csv", lambda frame: frame.assign(amount_dm=frame["amount_dm"].astype(str).where(frame.index != 6, "much")))
    ended = score(text)
    assert (ended.code, ended.err.count("\n"), "row 7" in ended.err) == (1, 1, True)
    assert list(tmp_path.glob("scored*")) == []


def test_a_refused_table_leaves_the_file_of_an_earlier_one_as_it_was(score, rows, tmp_path):
    (tmp_path / "scored.parquet").write_bytes(b"of an earlier table")
    ended = score(rows("empty.parquet", lambda frame: frame.head(0)))
    assert (ended.code, ended.err.count("\n"), "has no rows" in ended.err) == (1, 1, True)
    assert [path.read_bytes() for path in tmp_path.glob("scored*")] == [b"of an earlier table"]


def test_a_file_that_ends_in_csv_is_one(finished, call, tmp_path, expected):
    out = tmp_path / "scored.csv"
    ended = call("score", "--model", "german@candidate", "--table", "dataset:german", "--out", out, cwd=finished.root)
    assert (ended.code, ended.err) == (0, "")
    found = pandas.read_csv(out)
    assert list(found.columns)[:6] == ["application", *SAID]
    assert found["score"].tolist() == expected["score"].tolist()


def test_scoring_that_is_stopped_leaves_no_file(finished, start, wait, eventually, german, tmp_path):
    with duckdb.connect() as connection:
        connection.register("given", german)
        connection.execute(f"COPY (SELECT given.* FROM given, range({ENDLESS})) TO '{tmp_path / 'endless.parquet'}'")
    words = ("--table", tmp_path / "endless.parquet", "--out", tmp_path / "scored.parquet")
    process = start("score", "--model", "german@candidate", *words, cwd=finished.root)
    eventually((tmp_path / "scored.parquet.part").is_file, "scoring never began")
    os.killpg(process.pid, signal.SIGINT)
    ended = wait(process)
    assert (ended.code, ended.out, ended.err.strip()) == (130, "", "Stopped.")
    assert list(tmp_path.glob("scored*")) == []


def test_a_place_that_cannot_be_written_is_refused_in_one_line(finished, call, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "scored.parquet"
    ended = call("score", "--model", "german@candidate", "--table", "dataset:german", "--out", out, cwd=finished.root)
    assert (ended.code, ended.err.count("\n"), "cannot be written" in ended.err) == (1, 1, True)


def test_a_scorecard_file_scores_where_there_is_no_project(card_path, call, tmp_path, expected):
    card = shutil.copy(card_path, tmp_path / "card.json")
    ended = call("score", "--model", card, "--table", "dataset:german", "--out", "scored.parquet", cwd=tmp_path)
    assert ended.code == 0, ended.err
    np.testing.assert_array_equal(pq.read_table(tmp_path / "scored.parquet")["score"].to_numpy(), expected["score"])


def test_a_changed_scorecard_file_is_refused(card_path, call, tmp_path):
    card = tmp_path / "card.json"
    card.write_text(card_path.read_text(encoding="utf-8").replace('"pdo": 20.0', '"pdo": 21.0'), encoding="utf-8")
    ended = call("score", "--model", card, "--table", "dataset:german", "--out", "scored.parquet", cwd=tmp_path)
    assert (ended.code, ended.err.count("\n"), "was changed after it was made" in ended.err) == (1, 1, True)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("germany@candidate", "Did you mean german?"),
        ("german@champion", "There is no model german@champion"),
        ("german/99", "There is no model german/99"),
        ("german-xgboost/1", "is not a scorecard"),
        ("german", "expected NAME@alias, NAME/version or a path to scorecard.json"),
    ],
)
def test_a_model_that_is_not_there_is_refused_in_one_line(model, sentence, score):
    ended = score("dataset:german", model=model)
    assert (ended.code, ended.err.count("\n"), sentence in ended.err) == (1, 1, True)
