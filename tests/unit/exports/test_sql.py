"""The SQL of a scorecard, executed: tables of other types, views, awkward names, and every literal to the last digit."""

from __future__ import annotations

import math
import sqlite3
import struct
from dataclasses import replace
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from scorecard import reasons
from scorecard.errors import SettingsError
from scorecard.exports import engines, golden, parity, sql
from scorecard.exports.engines import duckdb as on_duckdb
from scorecard.exports.engines import postgres as on_postgres
from scorecard.exports.engines import sqlite as on_sqlite
from scorecard.exports.sql import dialects
from scorecard.model import Reasons
from scorecard.points import Scaling

POSITIVE = st.floats(min_value=1e-290, max_value=1e15)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
CUSTOMERS = pa.table(
    {
        "age_years": pa.array([24, 25, 33, 34, 46, 47, None], pa.int64()),
        "income": [-999.0, 0.25, 0.5, 1234.5, -0.25, 2e6, None],
        "purpose": ["car", "Car", "CAR", "tv", None, "radio ", "radio"],
        "savings": ["", "none", " some ", "some", "n/a", None, "never seen"],
        "id": pa.array(range(7), pa.int64()),
    }
)


@pytest.fixture(scope="session")
def postgres():
    """A server of the session's own."""
    with on_postgres.connected() as connection:
        yield connection


def in_duckdb(query):
    with duckdb.connect() as connection:  # the default one is shared with the docstrings' examples
        return connection.execute(query).fetchone()[0]


def in_sqlite(query):
    return sqlite3.connect(":memory:").execute(query).fetchone()[0]


def as_rows(table):
    return [tuple(row.values()) for row in table.to_pylist()]


def same(found, expected):
    """Scores, grades and reasons are equal and PDs within 1e-12; values of other rows come first."""
    assert len(found) == len(expected) > 0
    for row, right in zip(found, expected, strict=True):
        assert row[0] == right[0]
        assert row[1:4] == pytest.approx(right[1:4], rel=0, abs=1e-12)
        assert row[4:] == right[4:]


# What a database may hold instead of the contract's own types


def test_narrow_and_decimal_columns_of_postgres_score_as_the_same_values(cards, postgres):
    """Every number of `CUSTOMERS` is exact in four bytes and in two decimals."""
    columns = "age_years SMALLINT, income REAL, purpose VARCHAR(10), savings TEXT, id NUMERIC(9, 2)"
    for income in ("REAL", "NUMERIC(12, 2)"):
        with postgres.transaction(force_rollback=True), postgres.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE people ({columns.replace('REAL', income)})")
            cursor.executemany("INSERT INTO people VALUES (%s, %s, %s, %s, %s)", as_rows(CUSTOMERS))
            cursor.execute(sql.select(cards["reasons"], "postgres", "people", extra=["id"]) + "ORDER BY id")
            found = [row[:-1] for row in cursor.fetchall()]
        same(found, as_rows(parity.answers(cards["reasons"], CUSTOMERS)))


def test_narrow_decimal_and_enumerated_columns_of_duckdb_score_as_the_same_values(cards):
    with duckdb.connect() as connection:
        connection.register("given", CUSTOMERS)
        connection.execute(
            "CREATE TABLE people AS SELECT age_years::TINYINT AS age_years, income::DECIMAL(12, 2) AS income, "
            "purpose::ENUM('car', 'Car', 'CAR', 'tv', 'radio ', 'radio') AS purpose, savings FROM given"
        )
        found = connection.execute(sql.select(cards["reasons"], "duckdb", "people")).fetchall()
    same(found, as_rows(parity.answers(cards["reasons"], CUSTOMERS)))


def test_texts_of_sqlite_are_equal_only_where_every_character_is(cards):
    """A column declared NOCASE compares without regard to case everywhere else."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE people (age_years, income, purpose TEXT COLLATE NOCASE, savings TEXT COLLATE RTRIM, id)")
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", as_rows(CUSTOMERS))
        found = connection.execute(sql.select(cards["reasons"], "sqlite", "people")).fetchall()
    same(found, as_rows(parity.answers(cards["reasons"], CUSTOMERS)))


def test_booleans_of_sqlite_are_digits_or_words(cards):
    rows = golden.vectors(cards["typed"]).slice(0, 1)
    rows = rows.set_column(rows.schema.get_field_index("since"), "since", [pa.array([date(2020, 1, 1)])])
    place = rows.schema.get_field_index("flag")
    expected = [cards["typed"].score(rows.set_column(place, "flag", [pa.array([flag])])).score[0] for flag in (True, False)]
    row = rows.to_pylist()[0] | {"since": "2020-01-01"}
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE people ({', '.join(row)})")
        for flag in (1, 0, "true", "false"):
            connection.execute(f"INSERT INTO people VALUES ({', '.join('?' for _ in row)})", [*(row | {"flag": flag}).values()])
        found = [row[0] for row in connection.execute(sql.select(cards["typed"], "sqlite", "people"))]
    assert found == expected * 2
    assert expected[0] != expected[1]


def test_a_column_that_is_absent_is_an_error_in_sqlite_too(cards):
    """SQLite takes a name in double quotes that it does not know for a text."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE people (age_years, income, purpose)")
        with pytest.raises(sqlite3.OperationalError, match="savings"):
            connection.execute(sql.select(cards["plain"], "sqlite", "people")).fetchall()


@pytest.mark.parametrize("infinite", [False, True])
def test_nan_in_a_parquet_file_is_missing_though_its_statistics_leave_it_out(cards, tmp_path, infinite):
    """DuckDB decides by statistics what they decide, and Arrow writes them without NaN."""
    incomes = [math.nan, 5.0, -7.0, 2e3, math.inf, -math.inf, math.nan] if infinite else [math.nan, 5.0, -7.0, 2e3, 1.0, 1.0, 1.0]
    rows = CUSTOMERS.set_column(1, "income", [pa.array(incomes, from_pandas=False)])
    pq.write_table(rows, tmp_path / "rows.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW people AS FROM '{tmp_path / 'rows.parquet'}'")
        found = connection.execute(sql.select(cards["plain"], "duckdb", "people")).fetchall()
    same(found, as_rows(parity.answers(cards["plain"], rows)))


# Columns, names and views


def test_keys_stand_before_the_score_and_other_columns_after_everything(cards):
    with duckdb.connect() as connection:
        connection.register("people", CUSTOMERS)
        found = connection.execute(sql.select(cards["reasons"], "duckdb", "people", ["id", "age_years"], ["purpose"]))
        names, rows = [each[0] for each in found.description], found.fetchall()
    outputs = engines.schema(cards["reasons"]).names
    assert names == ["id", "age_years", *outputs, "purpose"]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        tuple(row[key] for key in ("id", "age_years", "purpose")) for row in CUSTOMERS.to_pylist()
    ]


def filled(connection, integer, number):
    connection.execute(f"CREATE TABLE people (age_years {integer}, income {number}, purpose TEXT, savings TEXT, id {integer})")
    for row in as_rows(CUSTOMERS):
        values = ", ".join("NULL" if each is None else f"'{each}'" for each in row)
        connection.execute(f"INSERT INTO people VALUES ({values})")


@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres"])
def test_a_view_gives_what_the_scorecard_gives(cards, engine, request):
    made = sql.view(cards["reasons"], engine, "people", "scored", ["id"])
    if engine == "postgres":
        connection = request.getfixturevalue("postgres")
    else:
        connection = {"duckdb": duckdb, "sqlite": sqlite3}[engine].connect(":memory:")
        request.addfinalizer(connection.close)
    connection.execute("BEGIN")
    try:
        filled(connection, "BIGINT", "DOUBLE PRECISION")
        connection.execute(made)
        if engine != "sqlite":  # which cannot replace a view
            connection.execute(made)
        found = connection.execute("SELECT * FROM scored ORDER BY id").fetchall()
    finally:
        connection.rollback()
    same([row[1:] for row in found], as_rows(parity.answers(cards["reasons"], CUSTOMERS)))


@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_every_card_is_written_and_read_again_with_its_columns_in_every_dialect(cards, dialect):
    for card in cards.values():
        wanted = ["a key", *engines.schema(card).names]
        read = sqlglot.parse_one(sql.select(card, dialect, "risk.people", ["a key"]), dialect=dialect)
        assert read.named_selects == wanted
        made = sqlglot.parse_one(sql.view(card, dialect, "risk.people", "risk.scored", ["a key"]), dialect=dialect)
        assert (made.kind, made.expression.named_selects) == ("VIEW", wanted)


@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_names_and_levels_are_read_again_as_they_were(cards, dialect):
    card = cards["awkward"]
    read = sqlglot.parse_one(sql.select(card, dialect, "people"), dialect=dialect)
    known = {name for name in card.inputs if dialect != "bigquery" or "." not in name}  # whose names of columns have no dot
    assert known <= {each.name for each in read.find_all(exp.Column)}
    end = dialects.KNOWN[dialect].end
    texts = {each.this for each in read.find_all(exp.Literal, exp.National) if isinstance(each, exp.National) or each.is_string}
    levels = {level + end for term in card.terms for own in term.characteristic.bins for level in map(str, own.values)}
    assert levels | set(card.grade_names()) <= texts


@given(TEXTS)
@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_any_text_is_read_again_as_it_was(dialect, text):
    written = exp.select(dialects.KNOWN[dialect].string(text)).sql(dialect=dialect)
    assert sqlglot.parse_one(written, dialect=dialect).selects[0].this == text


@given(TEXTS)
def test_any_text_is_the_same_in_duckdb_and_sqlite(text):
    for name, run in (("duckdb", in_duckdb), ("sqlite", in_sqlite)):
        assert run(f"SELECT {dialects.KNOWN[name].string(text).sql(dialect=name)}") == text


@given(st.text(st.sampled_from("*/- +!a\n\r\u2028"), max_size=9))
def test_no_comment_ends_early_opens_another_or_spans_lines(text):
    told = dialects.comment(text)
    assert not {"*/", "/*", "\n", "\r", "\u2028"} & {told[place : place + size] for place in range(len(told)) for size in (1, 2)}
    assert in_duckdb(f"SELECT 1 /* {told} */ + 1") == 2


def test_each_characteristic_is_named_beside_its_points_and_the_scorecard_at_the_top(cards):
    card = cards["plain"]
    written = sql.select(card, "duckdb", "people")
    assert written.startswith(f"/* Scorecard plain, SHA-256 {card.sha256} */\n")
    for place, name in enumerate(card.inputs, start=1):
        assert f'END AS "p{place}"' + (", " if place < len(card.inputs) else " ") + f"/* {name} */" in written
    assert "500 /* base points */" in written


def test_equal_cards_give_equal_bytes(cards):
    copy = type(cards["segmented"]).from_json(cards["segmented"].to_json())
    assert sql.select(copy, "oracle", "people") == sql.select(cards["segmented"], "oracle", "people")


# Numbers


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_double_is_read_exactly_by_duckdb(value):
    found = in_duckdb(f"SELECT {dialects.KNOWN['duckdb'].number(value).sql(dialect='duckdb')}")
    assert struct.pack("d", found) == struct.pack("d", value + 0.0) or found == value == 0


@given(POSITIVE)
def test_any_double_is_read_exactly_by_sqlite(value):
    """Its own reading of 199.0507396 is the double beside the nearest one, before version 3.43."""
    run = sqlite3.connect(":memory:").execute
    for number in (value, -value, 199.0507396):
        assert run(f"SELECT {dialects.KNOWN['sqlite'].number(number).sql(dialect='sqlite')}").fetchone()[0] == number


@given(POSITIVE)
def test_the_parts_of_a_quotient_are_whole_numbers_that_divide_to_the_value(value):
    parts = dialects.quotients(value)
    found = float(parts[0]) if parts else value
    for part in parts[1:]:
        assert int(float(part)) == part
        found /= part
    assert found == value


def test_numbers_beyond_a_decimal_are_doubles_in_oracle():
    assert dialects.KNOWN["oracle"].number(-1e300).sql(dialect="oracle") == "-TO_BINARY_DOUBLE('1e+300')"


@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres"])
def test_scores_and_reasons_that_need_more_than_32_bits_are_exact(cards, engine, request):
    card = replace(cards["reasons"], scaling=Scaling(layout="base", decimals=6))
    executed(card, engine, request)


@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres"])
@pytest.mark.parametrize("method", ["none", "linear", "beta"])
def test_odds_beyond_the_range_of_doubles_are_no_error(cards, engine, method, request):
    """Some engines refuse the exponential of 710; with a PDO of 0.05 the log-odds reach 2,000."""
    calibration = replace(cards["beta"].calibration, method=method)
    card = replace(cards["plain"], scaling=Scaling(pdo=0.05, base_score=500, layout="base"), calibration=calibration)
    executed(card, engine, request)


def executed(card, engine, request):
    """Hold an engine to the scorecard on golden vectors."""
    rows = golden.vectors(card)
    if engine == "postgres":
        statement = sql.select(card, engine, engines.TABLE, [engines.place(card)])
        found = on_postgres.run(statement, card, rows, request.getfixturevalue("postgres"))
    else:
        found = {"duckdb": on_duckdb, "sqlite": on_sqlite}[engine].execute(card, rows)
    same(as_rows(found), as_rows(parity.answers(card, rows)))


# Reasons


@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres"])
def test_many_characteristics_and_reasons_are_ranked_as_in_the_scorecard(cards, engine, request):
    """More than a function of SQLite takes; an engine that writes layers out into each other never ends."""
    (segment,) = cards["reasons"].segments
    income = segment.terms[1]
    terms = [
        replace(income, characteristic=replace(income.characteristic, name=f"income_{place}"), reference=float(place % 7))
        for place in range(120)
    ]
    card = replace(cards["reasons"], segments=(replace(segment, terms=tuple(terms)),), reasons=Reasons("all", 5))
    random = np.random.default_rng(3)
    values = random.choice([-1.0, 0.1, 5.0, 2000.0, 2e6, -999.0, None], size=(60, 120))
    rows = pa.table({name: pa.array(values[:, place].tolist(), pa.float64()) for place, name in enumerate(card.inputs)})
    if engine == "postgres":
        statement = sql.select(card, engine, engines.TABLE, [engines.place(card)])
        found = on_postgres.run(statement, card, rows, request.getfixturevalue("postgres"))
    else:
        found = {"duckdb": on_duckdb, "sqlite": on_sqlite}[engine].execute(card, rows)
    ranked = [found.column(f"reason_{rank}").to_pylist() for rank in range(1, 6)]
    assert [list(row) for row in zip(*ranked, strict=True)] == reasons.codes(card, rows).tolist()


def test_transact_sql_has_no_greatest_which_it_knows_since_2022_only(cards):
    written = sql.select(cards["reasons"], "tsql", "people")
    assert "GREATEST" not in written
    assert written.count("MAX(") == 4


# Refusals


@pytest.mark.parametrize("key", ["score", "PD", "Reason_2"])
def test_a_key_with_the_name_of_an_output_is_refused(cards, key):
    with pytest.raises(SettingsError, match=f"The column {key.lower()} would be there twice"):
        sql.select(cards["reasons"], "duckdb", "people", [key])


@pytest.mark.parametrize("table", ["", "a b", "people; DROP TABLE people", "(SELECT 1)", "read_csv('x')", "a JOIN b"])
def test_what_is_no_name_of_a_table_is_refused(cards, table):
    with pytest.raises(SettingsError, match="is not the name of a table in duckdb; expected one such as"):
        sql.select(cards["plain"], "duckdb", table)


def test_the_name_of_a_table_is_written_as_it_was_given(cards):
    assert 'FROM risk."Odd ""table""" AS "card_rows"' in sql.select(cards["plain"], "postgres", 'risk."Odd ""table"""')


def test_an_unknown_dialect_is_refused_with_the_nearest(cards):
    with pytest.raises(SettingsError, match=r"postgre is not a dialect of the export\. Did you mean postgres\?"):
        sql.select(cards["plain"], "postgre", "people")


# An engine for many machines


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")  # pyspark 4.3 on pandas 3
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the sockets of its gateway stay open until the process ends
def test_awkward_names_and_every_type_give_the_same_in_spark(cards):
    (spark,) = parity.named(["spark"])
    if spark.available() is None:
        pytest.skip("needs the extra spark")
    found = {name: parity.certify(cards[name], [spark]).differences for name in ("awkward", "typed", "isotonic", "beta")}
    assert found == {name: [] for name in found}
