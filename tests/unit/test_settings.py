from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from scorecard import settings
from scorecard.errors import SettingsError
from scorecard.settings import Batch, Pipeline, Table

ROOT = Path(__file__).parents[2]
SMALLEST = {"name": "cards", "table": "cards.csv", "contract": "schemas/cards.yaml", "target": {"column": "bad"}}


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a pipeline YAML."""

    def write(content):
        path = tmp_path / "cards.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_pipelines_of_the_project_are_read(path):
    assert settings.load(path).name == path.stem


def test_four_keys_are_enough(written):
    pipeline = settings.load(written(SMALLEST))
    assert (pipeline.target.good, pipeline.target.bad, pipeline.split.test_share) == ((0,), (1,), 0.3)
    assert pipeline.notebooks == settings.NOTEBOOKS


def test_one_key_column_needs_no_list(written):
    assert settings.load(written(SMALLEST | {"key": "customer"})).key == ("customer",)
    assert settings.load(written(SMALLEST | {"key": ["customer", "month"]})).key == ("customer", "month")


def test_dates_of_windows_are_dates(written):
    pipeline = settings.load(written(SMALLEST | {"split": {"development": {"first": date(2020, 1, 1), "last": "2020-12-31"}}}))
    assert pipeline.split.development.last == date(2020, 12, 31)


def test_given_keys_replace_those_of_the_file(written):
    assert settings.load(written(SMALLEST), {"table": "dataset:german"}).table.dataset == "german"


@pytest.mark.parametrize(
    ("text", "shown", "part", "value"),
    [
        ("cards.parquet", "cards.parquet", "path", "cards.parquet"), ("dataset:german", "dataset:german", "dataset", "german"),
        ("bank.duckdb#main.cards", "bank.duckdb#main.cards", "name", "main.cards"), ("odd#name.csv", "odd#name.csv", "path", "odd#name.csv"),
    ],
)  # fmt: skip
def test_a_table_is_written_as_one_word(text, shown, part, value):
    table = Table.model_validate(text)
    assert (str(table), getattr(table, part)) == (shown, value)


def test_a_table_behind_an_address_does_not_show_it():
    table = Table(url="postgresql://reader@bank/prod", query="SELECT secret FROM cards")
    assert str(table) == "SQL query"


@pytest.mark.parametrize(
    "table", [{}, {"path": "a", "dataset": "b"}, {"url": "sqlite://"}, {"query": "SELECT 1"}, {"path": "a", "query": "SELECT 1"}]
)
def test_a_table_has_one_source(table):
    with pytest.raises(ValidationError):
        Table.model_validate(table)


def test_a_batch_has_one_source():
    with pytest.raises(ValidationError, match="exactly one of sample and table"):
        Batch(name="new", sample="test", table="new.csv")


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Pipeline.model_validate(SMALLEST).name = "other"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"name": "cards", "tabel": "x"}, r"tabel is not a known key. Did you mean table\?"),
        (SMALLEST | {"split": {"test_shares": 0.2}}, r"split.test_shares is not a known key. Did you mean test_share\?"),
        (SMALLEST | {"split": {"development": {"fist": "2020-01-01"}}}, r"split.development.fist is not a known key. Did you mean first\?"),
        (SMALLEST | {"monitoring": [{"name": "new", "smple": "test"}]}, r"monitoring.0.smple is not a known key. Did you mean sample\?"),
        (SMALLEST | {"split": {"test_share": 1.5}}, r"split.test_share = 1.5: .*less than 1. Change it in the file"),
        (SMALLEST | {"name": "a b"}, r"name = 'a b'"),
        (SMALLEST | {"language": "fr"}, r"language = 'fr': .*'en' or 'zh'"),
        ({"name": "cards"}, r"table: Field required"),
        ("- a\n- b\n", r"holds list, expected keys and values"),
        ("", r"holds NoneType, expected keys and values"),
        ("name: cards\ntable: [cards.csv\n", r"cards.yaml, line \d+, column \d+ is malformed YAML"),
        ("name: \"cards\n", r"is malformed YAML"),
        ("name: !!python/object/apply:os.getcwd []\n", r"is malformed YAML: could not determine a constructor"),
    ],
)  # fmt: skip
def test_a_pipeline_that_is_not_as_expected_is_refused_with_the_fix(written, content, message):
    with pytest.raises(SettingsError, match=message):
        settings.load(written(content))


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "cards.yaml"
    path.write_bytes("name: 信用卡".encode("gb18030"))
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        settings.load(path)


def test_a_missing_file_is_refused_with_the_nearest_name(written):
    path = written(SMALLEST)
    with pytest.raises(SettingsError, match=r"Did you mean cards.yaml\?"):
        settings.load(path.with_name("card.yaml"))


def test_a_missing_file_in_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="scorecard new"):
        settings.load(tmp_path / "cards.yaml")


def test_the_project_folder_is_found_from_inside_it(tmp_path):
    for name in ("pipelines", "notebooks"):
        (tmp_path / name).mkdir()
    assert settings.find_root(tmp_path / "pipelines") == tmp_path.resolve()


def test_outside_a_project_the_way_in_is_told(tmp_path):
    with pytest.raises(SettingsError, match="scorecard init FOLDER"):
        settings.find_root(tmp_path)


def test_a_long_list_of_known_names_is_cut():
    assert settings.nearest("zzz", [f"column_{place:03}" for place in range(300)]).endswith("column_019 and 280 more.")


def test_a_password_is_taken_from_the_variable_that_is_named(monkeypatch):
    monkeypatch.setenv("BANK_PASSWORD", "secret")
    assert settings.password("BANK_PASSWORD") == "secret"


def test_a_missing_password_is_refused_by_its_variable(monkeypatch):
    monkeypatch.delenv("BANK_PASSWORD", raising=False)
    with pytest.raises(SettingsError, match="password_env names BANK_PASSWORD, which is not set"):
        settings.password("BANK_PASSWORD")


# Limits


def limits(content):
    return settings.Thresholds.model_validate(content)


def test_a_limit_may_say_who_set_it_and_why():
    found = limits({"auc_amber": {"value": 0.75, "by": "Model risk", "reason": "Policy 4.2"}, "psi_red": 0.3})
    assert (found.auc_amber, found.psi_red) == (0.75, 0.3)
    assert found.deviations() == {
        "auc_amber": (0.75, 0.7, settings.SetBy(by="Model risk", reason="Policy 4.2")),
        "psi_red": (0.3, 0.25, settings.SetBy()),
    }


def test_limits_are_read_again_as_they_were_written():
    found = limits({"auc_amber": {"value": 0.75, "by": "Model risk"}})
    assert limits(found.model_dump(mode="json")) == found


def test_a_limit_at_its_default_deviates_from_nothing():
    assert limits({"auc_amber": {"value": 0.7, "by": "Model risk", "reason": "as everybody"}}).deviations() == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"auc_amber": {"by": "Model risk"}}, "auc_amber has the keys by; expected value, by and reason"),
        ({"auc_amber": {"value": 0.8, "who": "me"}}, "has the keys value, who"),
        ({"auc_ambre": {"value": 0.8}}, "auc_ambre"),
        ({"set_by": {"auc_ambre": {}}}, "Did you mean auc_amber"),
    ],
)
def test_a_limit_that_is_written_otherwise_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        limits(content)
