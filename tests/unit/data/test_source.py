from __future__ import annotations

import gzip
import sqlite3
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecard.contracts import Column, Contract
from scorecard.data import source
from scorecard.errors import DataError, SettingsError
from scorecard.settings import Table

NAMES = ['a "quoted" name', "it's", "select", "年龄", "with space", "row", "r", "a,b", "semi;colon", "{brace}", "$1"]


def contract(missing_values=(), **dtypes):
    return Contract(
        name="cards", missing_values=missing_values, columns={name: Column(dtype=dtype) for name, dtype in dtypes.items()}
    )


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file and opens it as a table."""

    def write(content, name="cards.csv"):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return source.open_table(Table(path=name), tmp_path)

    return write


def rows(relation):
    return [row[1:] for row in relation.fetchall()]


# Formats


def test_a_csv_is_read_as_text_and_typed_by_the_contract(written):
    typed = source.typed(
        written("id,income,home,opened\n1,2.5,own,2020-01-31\n2,,rent,\n"),
        contract(id="integer", income="number", home="text", opened="date"),
    )
    assert typed.fetchall() == [(1, 1, 2.5, "own", date(2020, 1, 31)), (2, 2, None, "rent", None)]


@pytest.mark.parametrize(("mark", "name"), [(";", "cards.csv"), ("\t", "cards.tsv"), ("|", "cards.txt"), (",", "CARDS.CSV")])
def test_the_header_tells_how_columns_are_divided(written, mark, name):
    opened = written(f"id{mark}income\n1{mark}2,5\n".replace("2,5", "5" if mark == "," else "2,5"), name)
    assert opened.columns == ["id", "income"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(written, end):
    assert written(end.join(["id,home", "1,own", "2,rent", ""])).fetchall() == [("1", "own"), ("2", "rent")]


def test_a_compressed_csv_is_read(written):
    assert written(gzip.compress(b"id\n1\n"), "cards.csv.gz").fetchall() == [("1",)]


def test_a_byte_order_mark_is_no_part_of_the_first_name(written):
    assert written(b"\xef\xbb\xbfid\n1\n").columns == ["id"]


def test_quoted_values_hold_delimiters_quotes_and_lines(written):
    assert written('id,note\n1,"a, ""b""\nc"\n2,O\'Brien\n').fetchall() == [("1", 'a, "b"\nc'), ("2", "O'Brien")]


def test_no_row_is_taken_for_a_comment_or_a_title(written):
    assert written("id,home\n#1,own\n2,rent\n").fetchall() == [("#1", "own"), ("2", "rent")]


def test_a_column_without_a_name_is_called_by_its_place(written):
    assert written(",id,\nx,1,y\n").columns == ["column0", "id", "column2"]


def test_parquet_keeps_its_types(tmp_path):
    pq.write_table(pa.table({"id": [1, 2], "income": [1.5, float("nan")], "home": ["own", None]}), tmp_path / "cards.parquet")
    opened = source.open_table(Table(path="cards.parquet"), tmp_path)
    assert rows(source.typed(opened, contract(id="integer", income="number", home="text"))) == [(1, 1.5, "own"), (2, None, None)]


@pytest.mark.parametrize("name", ["cards", "main.cards"])
def test_a_table_of_a_duckdb_file_is_read(tmp_path, name):
    with duckdb.connect(tmp_path / "bank.duckdb") as connection:
        connection.execute("CREATE TABLE cards AS SELECT 1 AS id, 'own' AS home")
    assert source.open_table(Table.model_validate(f"bank.duckdb#{name}"), tmp_path).fetchall() == [(1, "own")]


def test_a_query_is_read_over_sqlalchemy(tmp_path):
    with sqlite3.connect(tmp_path / "bank.sqlite") as connection:
        connection.execute("CREATE TABLE cards (id INTEGER, income REAL, home TEXT)")
        connection.executemany("INSERT INTO cards VALUES (?, ?, ?)", [(1, 2.5, "own"), (2, None, None)])
    connection.close()
    table = Table(url=f"sqlite:///{tmp_path}/bank.sqlite", query="SELECT * FROM cards ORDER BY id")
    typed = source.typed(source.open_table(table, tmp_path), contract(id="integer", income="number", home="text"))
    assert rows(typed) == [(1, 2.5, "own"), (2, None, None)]


def test_a_bundled_data_set_is_opened_by_its_name(tmp_path):
    opened = source.open_table(Table.model_validate("dataset:german"), tmp_path)
    assert opened.aggregate("count(*)").fetchall() == [(1_000,)]


def test_batches_keep_the_order_of_rows():
    numbers = source.connect().sql("SELECT range AS x FROM range(10_000)")
    found = [value for batch in source.batches(numbers, ["x"], rows=1_000) for value in batch.column(0).to_pylist()]
    assert found == list(range(10_000))


def test_rows_are_numbered_in_the_order_of_the_file(written):
    typed = source.typed(written("id\n" + "".join(f"{place}\n" for place in range(5_000))), contract(id="integer"))
    assert all(number == value + 1 for number, value in typed.fetchall())


# What is missing


@pytest.mark.parametrize("word", ["NaN", "nan", "-nan"])
def test_nan_in_a_text_is_a_missing_number(written, word):
    assert rows(source.typed(written(f"x,y\n1,{word}\n{word},2.5\n"), contract(x="integer", y="number"))) == [
        (1, None),
        (None, 2.5),
    ]


def test_words_of_the_contract_are_missing_in_any_format(written, tmp_path):
    pq.write_table(pa.table({"x": ["1", "NA"], "home": ["?", "own"]}), tmp_path / "cards.parquet")
    wanted = contract(("NA", "?"), x="integer", home="text")
    opened = [written("x,home\n1,?\nNA,own\n"), source.open_table(Table(path="cards.parquet"), tmp_path)]
    assert [rows(source.typed(each, wanted)) for each in opened] == [[(1, None), (None, "own")]] * 2


def test_words_that_the_contract_does_not_name_are_values(written):
    assert rows(source.typed(written("home\nNA\n"), contract(home="text"))) == [("NA",)]


# What is refused


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        ("number", "much", r"Column x must be finite numbers \(contract cards\); 1 row is not, for example row 2 holds 'much'"),
        ("number", "2,5", "must be finite numbers"), ("number", "inf", "must be finite numbers"), ("number", "-Infinity", "finite numbers"),
        ("number", "1e999", "finite numbers"), ("integer", "2.5", "must be whole numbers"), ("integer", "two", "must be whole numbers"),
        ("integer", "9" * 30, "must be whole numbers"), ("date", "31.12.2020", r"must be dates \(YYYY-MM-DD\)"),
        ("date", "2021-02-29", "must be dates"), ("boolean", "maybe", "must be true or false"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_with_its_row(written, dtype, value, message):
    with pytest.raises(DataError, match=message):
        source.typed(written(f'x\n\n"{value}"\n'), contract(x=dtype))


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", ["number", "integer"])
def test_infinite_numbers_of_a_parquet_file_are_refused(tmp_path, value, dtype):
    pq.write_table(pa.table({"x": [1.0, value]}), tmp_path / "cards.parquet")
    with pytest.raises(DataError, match="row 2 holds"):
        source.typed(source.open_table(Table(path="cards.parquet"), tmp_path), contract(x=dtype))


def test_the_number_of_wrong_rows_is_told(written):
    with pytest.raises(DataError, match="3 rows are not, for example row 2 holds 'a'"):
        source.typed(written("x\n1\na\n2\nb\nc\n"), contract(x="number"))


@pytest.mark.parametrize("role", ["protected", "identifier", "key"])
def test_a_value_of_a_protected_column_is_never_shown(written, role):
    wanted = Contract(name="cards", columns={"x": Column(dtype="number", role=role)})
    with pytest.raises(DataError, match="row 1 does not") as refused:
        source.typed(written("x\nAnna\n"), wanted)
    assert "Anna" not in str(refused.value)


def test_a_column_that_is_not_there_is_refused_with_the_nearest_name(written):
    with pytest.raises(
        DataError, match=r"The table has no column income, which the contract cards names. Did you mean incomes\?"
    ):
        source.typed(written("incomes\n1\n"), contract(income="number"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty \(0 bytes\)"), (b"\n\n", "begins with an empty line; expected the names of its columns"),
        ("id,home\n1,信用\n".encode("gb18030"), r"cards.csv is not UTF-8 text; expected UTF-8. Convert it: iconv -f GB18030 -t UTF-8"),
        ("编号,home\n1,own\n".encode("gb18030"), "iconv"), ("id,home\n1,own\n".encode("utf-16"), "iconv"),
        (b"id,home,HOME\n1,own,rent\n", "has several columns named home"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(written, content, message):
    with pytest.raises(DataError, match=message):
        source.typed(written(content), contract(id="integer", home="text"))


@pytest.mark.parametrize("wrong", ["3,own,more\n", "3\n", '3,"own\n'])
@pytest.mark.parametrize("before", [1, 40_000])
def test_a_row_of_another_length_is_refused_with_its_line_and_not_quoted(written, wrong, before):
    opened = written("id,home\n" + "1,Anna's\n" * before + wrong)
    with pytest.raises(DataError, match=f"Line: {before + 2}") as refused:
        source.typed(opened, contract(id="integer", home="text"))
    assert "own" not in str(refused.value)
    assert "Anna" not in str(refused.value)


def test_text_that_turns_out_not_to_be_utf8_is_refused(written):
    opened = written(b"id,home\n" + b"1,own\n" * 40_000 + "2,信用\n".encode("gb18030"))
    with pytest.raises(DataError, match="iconv"):
        source.typed(opened, contract(id="integer", home="text"))


def test_a_damaged_parquet_file_is_refused(tmp_path):
    path = tmp_path / "cards.parquet"
    pq.write_table(pa.table({"x": [f"{place:x}" for place in range(50_000)]}), path, use_dictionary=False)
    whole = path.read_bytes()
    for content in (whole[:1_000], whole[:1_000] + bytes(100_000) + whole[101_000:], b"no parquet at all"):
        path.write_bytes(content)
        with pytest.raises(DataError, match="cannot be read"):
            source.typed(source.open_table(Table(path="cards.parquet"), tmp_path), contract(x="text"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cards.csv.gz", b"no gzip"),
        ("cards.csv.gz", gzip.compress(b"id\n1\n" * 1_000, mtime=0)[:40]),
        ("cards.duckdb#t", b"no database"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, name, content):
    (tmp_path / name.partition("#")[0]).write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        source.typed(source.open_table(Table.model_validate(name), tmp_path), contract(id="integer"))


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("card.csv", DataError, r"card.csv is not a file; expected a table. Did you mean cards.csv\?"),
        ("elsewhere/cards.csv", DataError, "is not a file; expected a table. Check the path."), (".", DataError, "is not a file"),
        ("cards.xlsx", DataError, r"ends in .xlsx; expected .parquet, .csv, .csv.gz or .duckdb"),
        ("cards.db", SettingsError, "is a database; expected the table's name too. Write FILE.duckdb#TABLE"),
    ],
)  # fmt: skip
def test_a_path_that_is_no_table_is_refused_with_the_fix(tmp_path, path, error, message):
    for name in ("cards.csv", "cards.xlsx", "cards.db"):
        (tmp_path / name).write_bytes(b"x\n1\n")
    with pytest.raises(error, match=message):
        source.open_table(Table(path=path), tmp_path)


def test_a_data_set_that_is_not_bundled_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="expected one of german"):
        source.open_table(Table.model_validate("dataset:australia"), tmp_path)


@pytest.mark.parametrize(
    ("url", "query", "message"),
    [
        ("sqlite:////nowhere/bank.sqlite", "SELECT 1", r"The query over sqlite failed \(OperationalError\)"), ("sqlite://", "SELEC secret", "failed"),
        ("oracle://u@bank/x", "SELECT 1", r"failed \(ModuleNotFoundError\)"), ("sqlite://", "SELECT 1 AS x WHERE 0", "returned no rows"),
        ("sqlite://u:hush@bank/x", "SELECT 1", "table.url holds a password"), ("bank", "SELECT 1", "is not a SQLAlchemy address"),
    ],
)  # fmt: skip
def test_a_query_that_fails_never_shows_its_address_or_words(tmp_path, url, query, message):
    with pytest.raises((DataError, SettingsError), match=message) as refused:
        source.open_table(Table(url=url, query=query), tmp_path)
    assert not any(word in str(refused.value) for word in ("hush", "nowhere", "secret"))
    assert refused.value.__cause__ is None


# Names and values that could be taken for SQL


@given(st.text())
def test_any_text_survives_as_a_literal(text):
    wanted = text.replace("\x00", "")  # a zero byte ends a statement
    assert source.connect().sql(f"SELECT {source.literal(wanted)}").fetchall() == [(wanted,)]


@given(st.text(min_size=1).filter(lambda text: "\x00" not in text))
def test_any_text_survives_as_the_name_of_a_column(text):
    relation = source.connect().sql(f"SELECT 1 AS {source.quoted(text)}")
    assert relation.columns == [text]
    assert source.sql(relation, f"SELECT {source.quoted(text)} FROM r").fetchall() == [(1,)]


@given(st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_survive_as_literals(value):
    kind = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE"}[type(value)]
    found = source.connect().sql(f"SELECT CAST({source.literal(value)} AS {kind})")
    assert found.fetchall() == [(value,)]


@pytest.mark.parametrize("name", NAMES)
def test_columns_may_have_any_name(tmp_path, name):
    pq.write_table(pa.table({name: [1.0, 2.0]}), tmp_path / "cards.parquet")
    opened = source.open_table(Table(path="cards.parquet"), tmp_path)
    assert rows(source.typed(opened, contract(**{name: "integer"}))) == [(1,), (2,)]


@pytest.mark.parametrize("name", NAMES)
def test_names_in_a_csv_header_may_be_anything(written, name):
    quoted = '"' + name.replace('"', '""') + '"'
    assert written(f"{quoted},id\n1,2\n").columns == [name, "id"]


def test_a_path_may_have_any_name(tmp_path):
    (tmp_path / "it's; a 'path'.csv").write_text("id\n1\n")
    assert source.open_table(Table(path="it's; a 'path'.csv"), tmp_path).fetchall() == [("1",)]


# Fingerprints


def test_the_fingerprint_of_a_file_is_that_of_its_bytes(tmp_path):
    """By the sha256sum command of GNU coreutils 9.1."""
    (tmp_path / "cards.csv").write_bytes(b"id\n1\n")
    assert (
        source.fingerprint(Table(path="cards.csv"), tmp_path)
        == "7cde7fb64fd82bd152710cf238e017b9ab46c0592483edc067ba4f6c75fac108"
    )


def stored(tmp_path, statement):
    path = tmp_path / f"bank{len(list(tmp_path.iterdir()))}.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE TABLE cards AS {statement}")
    return source.fingerprint(Table(path=path.name, name="cards"), tmp_path)


def test_the_fingerprint_of_a_database_is_that_of_its_rows_in_any_order(tmp_path):
    first = stored(tmp_path, "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) t(r, home)")
    assert stored(tmp_path, "SELECT * FROM (VALUES (2, 'b'), (1, 'a')) t(r, home)") == first
    assert stored(tmp_path, "SELECT * FROM (VALUES (1, 'a'), (2, 'c')) t(r, home)") != first
    assert stored(tmp_path, "SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (2, 'b')) t(r, home)") != first


def test_nan_is_missing_where_the_statistics_of_a_parquet_file_leave_it_out(tmp_path):
    """A column without NULL, whose minimum and maximum say nothing of NaN: DuckDB would fold isnan to false."""
    pq.write_table(pa.table({"income": [1.5, float("nan")], "age": [40.0, float("nan")]}), tmp_path / "cards.parquet")
    contract = Contract(name="cards", columns={"income": Column(dtype="number"), "age": Column(dtype="integer")})
    rows = source.typed(source.open_table(Table(path="cards.parquet"), tmp_path), contract)
    assert rows.project("income, age").fetchall() == [(1.5, 40), (None, None)]
