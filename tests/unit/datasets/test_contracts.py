"""The contracts in schemas/ describe the tables they are named after, and the tables keep them."""

from pathlib import Path

import duckdb
import pytest

from scorecard import contracts, datasets
from scorecard.data.source import SQL_TYPE

SCHEMAS = Path(__file__).parents[3] / "schemas"
LATER_ONLY = {"default_next_month"}


def read(name):
    return contracts.load(SCHEMAS / f"{name}.yaml")


def breaches(contract, query):
    types = {name: SQL_TYPE[column.dtype] for name, column in contract.columns.items()}
    selected = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in types.items())
    with duckdb.connect() as connection:
        return contracts.check_rows(connection.sql(f"SELECT {selected} FROM ({query})").to_arrow_reader(50_000), contract)


def columns_of(query):
    with duckdb.connect() as connection:
        return connection.sql(query).columns


@pytest.mark.parametrize("name", ["taiwan", "german"])
def test_a_bundled_table_has_exactly_the_columns_of_its_contract(name):
    assert set(columns_of(datasets.query(name))) == set(read(name).columns)


@pytest.mark.parametrize("name", ["taiwan", "german"])
def test_every_row_of_a_bundled_table_keeps_its_contract(name):
    assert breaches(read(name), datasets.query(name)) == []


def test_the_august_batch_keeps_the_contract_of_the_card_apart_from_the_outcome():
    contract = read("taiwan")
    inputs = {name: column for name, column in contract.columns.items() if name not in LATER_ONLY}
    assert breaches(contract.model_copy(update={"columns": inputs}), datasets.query("taiwan_2005_08")) == []


def test_no_input_of_the_card_is_empty_on_the_august_batch():
    august = datasets.taiwan_as_of("2005-08")
    assert not [name for name in read("taiwan").with_role("input") if august[name].isna().all()]


@pytest.mark.parametrize("name", ["taiwan", "german", "lending_club"])
def test_every_input_can_be_given_as_a_reason_in_both_languages(name):
    contract = read(name)
    assert all(set(contract.columns[column].reason_text) == {"en", "zh"} for column in contract.with_role("input"))


def test_every_loan_keeps_the_contract(lending_club_source):
    assert breaches(read("lending_club"), f"SELECT * FROM read_parquet('{lending_club_source}')") == []


def test_the_loan_contract_names_every_column_that_is_not_empty(lending_club_source):
    source = f"SELECT * FROM read_parquet('{lending_club_source}')"
    counted = ", ".join(f'count("{name}") AS "{name}"' for name in columns_of(source))
    with duckdb.connect() as connection:
        counts = connection.sql(f"SELECT {counted} FROM ({source})").df().iloc[0]
    assert set(counts.index[counts > 0]) == set(read("lending_club").columns)


def test_no_loan_column_that_is_written_after_issue_may_be_used(lending_club_source):
    """A column is suspect when it alone ranks ended loans almost perfectly; every input must stay far from that."""
    contract = read("lending_club")
    numeric = [name for name in contract.with_role("input") if contract.columns[name].kind == "numeric"]
    auc = "(avg(rank) FILTER (WHERE bad) - avg(rank) FILTER (WHERE NOT bad)) / count(*) + 0.5"
    with duckdb.connect() as connection:
        for name in [*numeric, "total_rec_prncp"]:
            ranked = f"""SELECT loan_status LIKE '%Charged Off' AS bad,
                rank() OVER (ORDER BY "{name}"::DOUBLE) + (count(*) OVER (PARTITION BY "{name}"::DOUBLE) - 1) / 2 AS rank
                FROM read_parquet('{lending_club_source}') WHERE "{name}" IS NOT NULL"""
            found = connection.sql(f"SELECT {auc} FROM ({ranked})").fetchall()[0][0]
            assert (abs(found - 0.5) > 0.25) == (name == "total_rec_prncp"), name
