from __future__ import annotations

import gzip

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from scorecard import contracts, settings
from scorecard.data.samples import prepare
from scorecard.errors import DataError, SettingsError
from scorecard.jobs.new import new


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return an empty project, entered as by a person."""
    for name in ("pipelines", "notebooks", "schemas"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def drafted(root):
    """Return a function that drafts from a table and gives pipeline, contract and what to review."""

    def draft(table, target="bad", name="cards"):
        path = root / "cards.csv"
        if isinstance(table, str):
            path.write_text(table, encoding="utf-8")
        elif isinstance(table, pa.Table):
            path = root / "cards.parquet"
            pq.write_table(table, path)
        else:
            table.to_csv(path, index=False)
        found = new(name, path.name, target, root)
        return settings.load(root / found.pipeline), contracts.load(root / found.contract), found.review

    return draft


def outcome(bads, goods, bad=1, good=0):
    return [bad] * bads + [good] * goods


def roles(contract):
    return {name: column.role for name, column in contract.columns.items()}


# The target


@pytest.mark.parametrize(
    ("bads", "goods", "bad", "good"),
    [
        (30, 70, 1, 0), (30, 70, "yes", "no"), (30, 70, "no", "yes"), (70, 30, "bad", "good"), (70, 30, "default", "paid"), (50, 50, 1, 0),
        (50, 50, "yes", "no"), (30, 70, "2", "1"), (30, 70, True, False), (30, 70, "Charged Off", "Fully Paid"),
    ],
)  # fmt: skip
def test_bad_is_the_value_with_a_bad_name_else_the_rarer_one(drafted, bads, goods, bad, good):
    pipeline, contract, review = drafted(pandas.DataFrame({"bad": outcome(bads, goods, bad, good), "x": range(bads + goods)}))
    assert (str(pipeline.target.bad[0]), str(pipeline.target.good[0])) == (str(bad), str(good))
    assert f"({bads} rows" in review[0]
    assert contract.columns["bad"].role == "target"


def test_a_refusal_of_the_rarer_kind_is_bad(drafted):
    """Greene's credit card data: 1,023 cards were given, 296 refused."""
    pipeline, _, review = drafted(pandas.DataFrame({"card": outcome(296, 1_023, "no", "yes"), "x": range(1_319)}), "card")
    assert (pipeline.target.bad, pipeline.target.good) == (("no",), ("yes",))
    assert review[0] == "target: 'no' is taken as bad (296 rows, the rarer one), 'yes' as good; swap them where that is wrong"


def test_a_missing_outcome_is_excluded_and_the_draft_still_fits_its_rows(drafted, root):
    pipeline, contract, _ = drafted("bad,x\n" + "1,2\n0,3\n" * 60 + "NA,4\n" * 5)
    assert contract.columns["bad"].nullable
    population = prepare(pipeline, contract, root, 1)
    assert population.funnel[1] == {"step": "excluded: outcome missing", "taken_out": 5, "left": 120}


@pytest.mark.parametrize(
    ("values", "message"),
    [([1] * 9, r"has 1 values \(1\); expected two"), (list(range(9)), r"has 9 values \(0, 1, 2, 3, 4\); expected two")],
)
def test_a_target_without_two_values_is_refused(drafted, values, message):
    with pytest.raises(DataError, match=message):
        drafted(pandas.DataFrame({"bad": values, "x": range(9)}))


def test_a_target_that_is_no_column_is_refused_with_the_nearest(drafted):
    with pytest.raises(SettingsError, match=r"no column 'bda' for --target. Did you mean bad\?"):
        drafted("bad,x\n1,2\n0,3\n", target="bda")


# The columns


def test_types_are_those_that_every_value_can_be_read_as(drafted):
    text = "bad,count,amount,home,opened,flag,mixed\n" + "1,3,2.5,own,2020-01-31,true,4\n0,,7,rent,2020-02-29,false,four\n" * 3
    _, contract, _ = drafted(text)
    assert {name: column.dtype for name, column in contract.columns.items()} == {
        "bad": "integer", "count": "integer", "amount": "number", "home": "text", "opened": "date", "flag": "text", "mixed": "text",
    }  # fmt: skip


def test_types_of_parquet_are_kept(drafted):
    day = pandas.Timestamp("2020-01-31")
    table = pa.table(
        {
            "bad": [1, 0],
            "amount": [1.0, 2.0],
            "flag": [True, False],
            "when": [day, day],
            "small": pa.array([1, 2], pa.uint8()),
            "money": pa.array([1, 2], pa.decimal128(9, 2)),
        }
    )
    _, contract, _ = drafted(table)
    assert [column.dtype for column in contract.columns.values()] == ["integer", "number", "boolean", "date", "integer", "number"]


@pytest.mark.parametrize(
    "values", [pa.array([[1], [2, 3]]), pa.array([{"a": 1}, {"a": 2}]), pa.array([b"x", b"y"]), pa.array([1, 2], pa.time64("us"))]
)
def test_a_column_of_a_type_that_has_no_bins_is_excluded_with_the_reason(drafted, values):
    _, contract, review = drafted(pa.table({"bad": [1, 0], "nested": values}))
    assert contract.columns["nested"].role == "excluded"
    assert "is no value that can be binned" in contract.columns["nested"].reason
    assert "nested: role excluded" in review


def test_free_text_is_excluded(drafted):
    _, contract, _ = drafted(pandas.DataFrame({"bad": outcome(300, 700), "note": [f"call {place}" for place in range(1_000)]}))
    assert contract.columns["note"].role == "excluded"
    assert contract.columns["note"].reason == "free text or identifier: 1000 different values"


def test_words_for_missing_are_found_and_read_as_such(drafted, root):
    pipeline, contract, review = drafted("bad,x,home\n" + "1,NA,own\n0,3.5,?\n" * 30)
    assert set(contract.missing_values) == {"NA", "?"}
    assert contract.columns["x"].dtype == "number"
    assert "missing_values: '?', 'NA' are read as missing" in review
    rows = prepare(pipeline, contract, root, 1).rows.df()
    assert (rows["x"].isna().sum(), rows["home"].isna().sum()) == (30, 30)


def test_empty_text_in_parquet_is_missing_as_in_a_csv(drafted):
    _, contract, _ = drafted(pa.table({"bad": [1, 0, 0], "home": ["own", "", "rent"]}))
    assert contract.missing_values == ("",)


@pytest.mark.parametrize(
    "name",
    [
        "sex",
        "Gender",
        "applicant_age",
        "ApplicantAge",
        "Marital.Status",
        "race-code",
        "hispan",
        "is_married",
        "birth_date",
        "DOB",
        "性别",
    ],
)
def test_a_name_that_speaks_of_a_protected_characteristic_is_protected(drafted, name):
    _, contract, review = drafted(pandas.DataFrame({"bad": outcome(3, 7), name: [1, 2] * 5}))
    assert contract.columns[name].role == "protected"
    assert contract.columns[name].review
    assert f"{name}: role protected" in review


@pytest.mark.parametrize(
    "name", ["income", "usage", "mortgage", "message", "agency", "average_balance", "amount_paid", "bid", "blacklisted", "trace"]
)
def test_a_name_that_only_sounds_like_one_is_an_input(drafted, name):
    _, contract, _ = drafted(pandas.DataFrame({"bad": outcome(3, 7), name: range(10)}))
    assert roles(contract) == {"bad": "target", name: "input"}


@pytest.mark.parametrize("name", ["email", "first_name", "MobilePhone", "passport_no", "客户姓名"])
def test_a_name_that_identifies_a_person_is_an_identifier(drafted, name):
    _, contract, _ = drafted(pandas.DataFrame({"bad": outcome(3, 7), name: [1, 2] * 5}))
    assert contract.columns[name].role == "identifier"


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "customerId", "application no", "Row", "loan-nr"])
def test_a_unique_column_named_like_one_is_the_key(drafted, name):
    pipeline, contract, review = drafted(pandas.DataFrame({"bad": outcome(3, 7), name: range(10)}))
    assert pipeline.key == (name,)
    assert (contract.columns[name].role, contract.columns[name].nullable) == ("key", False)
    assert f"key: {name} is unique and looks like an identifier" in review


def test_an_identifier_that_repeats_is_neither_key_nor_input(drafted):
    pipeline, contract, review = drafted(pandas.DataFrame({"bad": outcome(3, 7), "customer_id": [1, 2] * 5}))
    assert pipeline.key == ()
    assert contract.columns["customer_id"].role == "identifier"
    assert "key: none found; rows are split by a hash of their content" in review


def test_every_guess_asks_to_be_confirmed(drafted):
    _, contract, _ = drafted(
        pandas.DataFrame({"bad": outcome(3, 7), "income": range(10), "sex": [1, 2] * 5, "email": ["a", "b"] * 5})
    )
    assert all(column.review for name, column in contract.columns.items() if name != "bad")


# The files


def test_the_drafts_are_yaml_with_a_word_to_the_reader(drafted, root):
    pipeline, contract, _ = drafted('bad,"a ""quoted"" name",选择,no\n' + "1,2,x,1\n0,3,y,2\n" * 3)
    assert list(contract.columns) == ["bad", 'a "quoted" name', "选择", "no"]
    text = (root / "schemas" / "cards.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Data contract of cards")
    assert "选择" in text
    assert yaml.safe_load((root / "pipelines" / "cards.yaml").read_text(encoding="utf-8"))["about"] == {
        "owner": None,
        "purpose": None,
    }
    assert pipeline.table.path == "cards.csv"


def test_a_table_elsewhere_is_named_by_its_whole_path(root, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "cards.csv.gz"
    path.write_bytes(gzip.compress(b"bad,x\n" + b"1,2\n0,3\n" * 5))
    found = new("cards", str(path), "bad", root)
    assert settings.load(root / found.pipeline).table.path == str(path)


def test_a_bundled_data_set_can_be_drafted_too(root):
    found = new("cards", "dataset:german", "bad", root)
    pipeline = settings.load(root / found.pipeline)
    assert str(pipeline.table) == "dataset:german"
    assert prepare(pipeline, contracts.load(root / found.contract), root, 1).present() == ["development", "test"]


@pytest.mark.parametrize("name", ["a b", "../up", "", "信用", ".hidden", "a/b"])
def test_a_name_that_is_no_name_is_refused(drafted, name, root):
    with pytest.raises(SettingsError, match="is no name of a pipeline; expected letters, digits"):
        drafted("bad,x\n1,2\n0,3\n", name=name)
    assert not list(root.glob("*/*.yaml"))


def test_nothing_is_overwritten(drafted):
    drafted("bad,x\n1,2\n0,3\n")
    with pytest.raises(SettingsError, match=r"pipelines/cards.yaml exists; expected a new name"):
        drafted("bad,x\n1,2\n0,3\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bad,x\n", "has no rows"), ("bad,@x\n1,2\n0,3\n", "expected a name that does not begin with @"), ("bad,x\n1,2\n0\n", "Line: 3"),
        ("bad,BAD\n1,2\n", "several columns named bad"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_leaves_no_draft(drafted, root, text, message):
    with pytest.raises((DataError, SettingsError), match=message):
        drafted(text)
    assert not list(root.glob("*/*.yaml"))
