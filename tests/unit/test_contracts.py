from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import contracts
from scorecard.contracts import Breach, Column, Contract, check_rows
from scorecard.errors import SettingsError

ROOT = Path(__file__).parents[2]
AGE = {"dtype": "integer", "nullable": False, "checks": {"in_range": {"min_value": 18, "max_value": 99}}}
CONTRACT = Contract(
    name="cards",
    columns={
        "age": Column(**AGE),
        "home": Column(dtype="text", checks={"isin": ["own", "rent"]}),
        "tax_number": Column(dtype="integer", role="identifier", checks={"greater_than": 0}),
        "sex": Column(dtype="integer", role="protected", checks={"isin": [1, 2]}),
        "income": Column(dtype="number", checks={"greater_than_or_equal_to": 0}),
        "opened": Column(dtype="date", checks={"less_than": date(2025, 1, 1)}),
    },
)


TYPES = pa.schema(
    {
        "age": pa.int64(),
        "home": pa.string(),
        "tax_number": pa.int64(),
        "sex": pa.int64(),
        "income": pa.float64(),
        "opened": pa.date32(),
    }
)


def rows(**columns):
    """Return a batch of good rows with some columns replaced."""
    count = len(next(iter(columns.values())))
    good = {"age": 30, "home": "own", "tax_number": 7, "sex": 1, "income": 10.0, "opened": date(2020, 1, 1)}
    return pa.RecordBatch.from_pydict({name: columns.get(name, [value] * count) for name, value in good.items()}, TYPES)


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "cards.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_contracts_of_the_project_are_read(path):
    assert contracts.load(path).with_role("target")


def test_rows_that_comply_have_no_breach():
    assert check_rows([rows(age=[18, 99])], CONTRACT) == []


def test_missing_values_break_only_the_columns_that_forbid_them():
    (breach,) = check_rows([rows(age=[30, None], income=[None, None], home=[None, "own"])], CONTRACT)
    assert breach == Breach("age", "must not be missing", 1, 2, None)


def test_a_breach_counts_its_rows_and_names_the_first():
    (breach,) = check_rows([rows(age=[17, 30, 200, 5])], CONTRACT)
    assert str(breach) == "age: must be in range min value 18, max value 99; 3 rows do not comply, for example row 1 holds 17"


def test_rows_are_counted_through_all_batches():
    (breach,) = check_rows([rows(age=[30] * 5), rows(age=[30, 3]), rows(age=[2])], CONTRACT)
    assert (breach.rows, breach.example_row) == (2, 7)


def test_breaches_follow_the_order_of_the_contract():
    found = check_rows([rows(income=[-1.0], age=[3], home=["castle"])], CONTRACT)
    assert [breach.column for breach in found] == ["age", "home", "income"]


@pytest.mark.parametrize(("column", "value"), [("sex", 9), ("tax_number", -123456), ("home", "Anna's")])
def test_protected_identifying_and_text_values_are_never_shown(column, value):
    (breach,) = check_rows([rows(**{column: [value]})], CONTRACT)
    assert breach.example is None
    assert str(value) not in str(breach)


def test_dates_are_checked_as_dates():
    (breach,) = check_rows([rows(opened=[date(2024, 12, 31), date(2025, 1, 1)])], CONTRACT)
    assert (breach.column, breach.example_row) == ("opened", 2)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-5, 120)), min_size=1, max_size=40), st.integers(1, 7))
def test_the_rows_that_break_a_rule_are_those_a_plain_loop_finds(ages, size):
    batches = [rows(age=ages[start : start + size]) for start in range(0, len(ages), size)]
    found = {breach.rule.split(" ")[2]: breach.rows for breach in check_rows(batches, CONTRACT)}
    absent, outside = ages.count(None), sum(age is not None and not 18 <= age <= 99 for age in ages)
    assert found == {name: count for name, count in (("be", absent), ("in", outside)) if count}


def test_columns_beyond_the_contract_are_ignored():
    batch = rows(age=[30]).append_column("more", pa.array([None]))
    assert check_rows([batch], CONTRACT) == []


def test_the_kind_of_a_column_follows_its_type_unless_it_says_otherwise():
    kinds = [Column(dtype=each).kind for each in ("integer", "number", "text", "boolean", "date")]
    assert kinds == ["numeric", "numeric", "categorical", "categorical", "date"]
    assert Column(dtype="integer", categorical=True).kind == "categorical"
    with pytest.raises(ValueError, match="expected integer or text"):
        Column(dtype="number", categorical=True)


def test_roles_are_listed_in_the_order_of_the_contract():
    assert CONTRACT.with_role("identifier", "protected") == ["tax_number", "sex"]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"dtype": "integr"}, "Input should be 'integer'"),
        ({"dtype": "integer", "role": "traget"}, "Input should be 'key'"),
        ({"dtype": "integer", "nulable": False}, r"not a known key. Did you mean nullable\?"),
        ({"dtype": "integer", "checks": {"greater_then": 0}}, r"greater_then is not a check of values that Pandera has. Did you mean greater_than\?"),
        ({"dtype": "text", "role": "excluded"}, "an excluded column needs a reason"),
        ({"dtype": "number", "special_codes": {"refused": "no"}}, "expected numbers, as the column's values are"),
        ({"dtype": "number", "special_codes": {"refused": True}}, "expected numbers"),
        ({"dtype": "number", "special_codes": {"refused": -1, "old": -1}}, "expected each code once"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_as_expected_is_refused(written, column, message):
    with pytest.raises(SettingsError, match=message):
        contracts.load(written({"name": "cards", "columns": {"age": column}}))


@pytest.mark.parametrize("name", ["@bad", ""])
def test_names_that_the_kit_itself_uses_are_refused(written, name):
    with pytest.raises(SettingsError, match="expected a name that does not begin with @"):
        contracts.load(written({"name": "cards", "columns": {name: {"dtype": "text"}}}))


def test_a_contract_without_columns_is_refused(written):
    with pytest.raises(SettingsError, match=r"columns: .*at least 1"):
        contracts.load(written({"name": "cards", "columns": {}}))


def test_a_missing_contract_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="expected a data contract"):
        contracts.load(tmp_path / "cards.yaml")


@pytest.mark.parametrize(
    ("checks", "message"),
    [({"in_range": 5}, "check in_range cannot be 5"), ({"str_matches": "("}, r"check str_matches cannot be '\('")],
)
def test_a_check_with_an_argument_it_does_not_take_is_refused(checks, message):
    contract = Contract(name="cards", columns={"age": Column(dtype="text", checks=checks)})
    with pytest.raises(SettingsError, match=message):
        check_rows([pa.RecordBatch.from_pydict({"age": ["x"]})], contract)


@pytest.mark.parametrize(
    ("dtype", "value", "checks"),
    [("text", "x", {"greater_than": 0}), ("integer", 1, {"str_matches": "x"}), ("number", 1.0, {"less_than": "x"})],
)
def test_a_check_that_does_not_fit_the_type_of_its_column_is_refused(dtype, value, checks):
    contract = Contract(name="cards", columns={"age": Column(dtype=dtype, checks=checks)})
    with pytest.raises(SettingsError, match="cannot be held against column age"):
        check_rows([pa.RecordBatch.from_pydict({"age": [value]})], contract)
