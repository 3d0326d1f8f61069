"""What a bank's tables are really like: refused in one sentence, dropped with a row that says why, or simply worked with."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

ROWS = 400
CONTRACT = {
    "name": "cards",
    "columns": {
        "account": {"dtype": "integer", "role": "key", "nullable": False},
        "income": {"dtype": "number", "checks": {"greater_than_or_equal_to": 0}},
        "home": {"dtype": "text"},
        "opened": {"dtype": "date", "role": "date"},
        "part": {"dtype": "text", "role": "segment"},
        "bad": {"dtype": "integer", "role": "target"},
    },
}
PIPELINE = {
    "table": "cards.csv",
    "contract": "schemas/cards.yaml",
    "key": "account",
    "target": {"column": "bad"},
    "notebooks": ["01_data"],
}


def cards() -> pandas.DataFrame:
    """Return accounts whose risk falls with income."""
    draw = np.random.default_rng(1)
    income = draw.integers(100, 9_000, ROWS)
    return pandas.DataFrame({
        "account": range(ROWS), "income": income, "home": draw.choice(["own", "rent"], ROWS), "opened": "2020-06-30",
        "part": np.where(np.arange(ROWS) % 3 == 0, "test", "development"), "bad": (draw.random(ROWS) < 0.7 - income / 15_000).astype(int),
    })  # fmt: skip


def with_value(column: str, value: Any) -> bytes:
    """Return the table with a value in row 3."""
    rows = cards().astype({column: object})
    rows.loc[2, column] = value
    return written(rows)


def written(rows: pandas.DataFrame) -> bytes:
    return rows.to_csv(index=False).encode()


@dataclass(frozen=True)
class Case:
    """A table, settings that differ from the usual ones, and what the refusal says."""

    content: bytes | None
    message: str
    settings: dict[str, Any]


def case(content: bytes | None, message: str, **settings: Any) -> Case:
    return Case(content, message, settings)


TABLES = {
    "missing file": case(None, r"no such cards.csv is not a file; expected a table"),
    "empty file": case(b"", r"is empty \(0 bytes\); expected a table with a header and rows. Export it again"),
    "header only": case(written(cards().iloc[:0]), "has no rows; expected a table with rows. Export it again"),
    "row of another length": case(written(cards()) + b"1,2\n", r"Line: 402; Expected Number of Columns: 6 Found: 2. Check the file"),
    "not utf-8": case(written(cards()).replace(b"own", "自有".encode("gb18030")), "is not UTF-8 text; expected UTF-8. Convert it: iconv"),
    "no target column": case(written(cards().drop(columns="bad")), "has no column bad, which the contract cards names"),
    "target missing": case(with_value("bad", None), "The target bad is missing in 1 rows, for example row 3; expected an outcome. Mend them"),
    "target constant": case(written(cards().assign(bad=0)), "The target bad has no bad rows, only good ones; expected both. Check the rule"),
    "third value": case(with_value("bad", 2), r"The target bad holds '2' in row 3 \(1 rows .*\); expected good or bad. Name it"),
    "repeated key": case(with_value("account", 7), r"repeats 1 key \(account\), for example that of row 3; expected each once. Remove"),
    "no such day": case(with_value("opened", "30.02.2020"), r"opened must be dates \(YYYY-MM-DD\).*row 3 holds '30.02.2020'. Mend"),
    "text for a number": case(with_value("income", "rich"), "income must be finite numbers.*1 row is not, for example row 3 holds 'rich'"),
    "infinite number": case(with_value("income", "inf"), "income must be finite numbers.*row 3 holds 'inf'. Mend the rows, or the dtype"),
    "breach of the contract": case(with_value("income", -5), r"breaks the contract cards: income: must be greater than or equal to 0; 1 row"),
    "sample of one class": case(
        written(cards().assign(bad=lambda rows: rows["bad"].where(rows["part"] == "development", 0))),
        r"The test sample has 134 rows and no bads; expected both. Use more rows", split={"column": "part"},
    ),
}  # fmt: skip
SETTINGS = {
    "malformed yaml": ("name: cards\ntable: [cards.csv\n", (), r"line \d+, column \d+ is malformed YAML.*Mend that line"),
    "unknown key": ("name: cards\ntabel: x\n", (), r"tabel is not a known key. Did you mean table\?"),
    "misspelt parameter": (
        "",
        ("-p", "max_bin=4"),
        r"max_bin is not a parameter of any notebook of the pipeline. Did you mean max_bins\?",
    ),
    "word for a number": ("", ("-p", "max_bins=many"), r"max_bins = 'many'; expected int, such as 8"),
    "unknown notebook": (
        yaml.safe_dump(PIPELINE | {"name": "x", "notebooks": ["01_dta"]}),
        (),
        r"01_dta.*Did you mean 01_data\?",
    ),
}


def refused(ended: Any, message: str, code: int = 1) -> None:
    """Hold a command to its refusal: one line that says it, and no traceback."""
    assert ended.code == code, ended.err
    assert re.search(message, ended.err), ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert "Traceback" not in ended.err + ended.out


def nothing_left(project: Path, runs: Callable[[Path], list[Any]]) -> None:
    """Hold a project to it: no run without an end, no registered version, no file half written."""
    from mlflow import MlflowClient  # noqa: PLC0415

    ends = [run.info.status for run in runs(project)]
    assert "FAILED" in ends
    assert set(ends) <= {"FAILED", "FINISHED"}  # the notebooks before the one that failed
    address = f"sqlite:///{project}/mlruns/mlflow.db"
    assert list(MlflowClient(address, address).search_registered_models()) == []
    assert [path.name for path in project.rglob("*") if path.suffix in {".part", ".tmp"}] == []


def lay_in(project: Path, name: str, content: str | bytes) -> Path:
    path = project / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


QUICK = (
    "missing file",
    "header only",
    "not utf-8",
    "third value",
    "repeated key",
    "breach of the contract",
    "sample of one class",
)


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.full) for name in TABLES])
def test_a_table_that_cannot_be_used_is_refused(shared_project, call, runs, name):
    wrong, table = TABLES[name], f"{name.replace('missing file', 'no such')} cards.csv"
    lay_in(shared_project, "schemas/cards.yaml", yaml.safe_dump(CONTRACT))
    if wrong.content is not None:
        lay_in(shared_project, table, wrong.content)
    pipeline = PIPELINE | {"name": name.replace(" ", "-"), "table": table} | wrong.settings
    path = lay_in(shared_project, "pipelines/wrong.yaml", yaml.safe_dump(pipeline))
    refused(call("run", path, cwd=shared_project), wrong.message)
    nothing_left(shared_project, runs)


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_cannot_be_used_are_refused_before_anything_runs(project, call, runs, name):
    text, words, message = SETTINGS[name]
    path = lay_in(project, "pipelines/wrong.yaml", text) if text else project / "pipelines" / "german.yaml"
    refused(call("run", path, *words, cwd=project), message)
    assert runs(project) == []


# Later rows


SCORE = ("score", "--model", "german@candidate", "--out", "scored.parquet", "--table")


@pytest.fixture(scope="module")
def applications() -> pandas.DataFrame:
    from scorecard.datasets import german  # noqa: PLC0415

    return german()


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    """Return a folder inside the project with finished runs, to score and watch from."""
    inside = finished.root / "scoring" / tmp_path.name
    inside.mkdir(parents=True)
    yield inside
    shutil.rmtree(inside)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="savings"), "has no column savings, which the contract german names"),
        (
            lambda rows: rows.assign(duration_months="long"),
            "duration_months must be whole numbers.*1000 rows are not.*Mend the rows",
        ),
        (lambda rows: rows.assign(amount_dm=np.inf), "amount_dm must be finite numbers"),
        (lambda rows: rows.iloc[:0], "has no rows; expected rows to score. Export it again"),
    ],
    ids=["a column that disappeared", "text for a number", "infinite numbers", "no rows"],
)
def test_rows_that_cannot_be_scored_leave_no_output_behind(folder, call, applications, change, message):
    change(applications).to_csv(folder / "new.csv", index=False)
    (folder / "scored.parquet").write_bytes(b"of last month")
    refused(call(*SCORE, "new.csv", cwd=folder), message)
    assert (folder / "scored.parquet").read_bytes() == b"of last month"
    assert sorted(path.name for path in folder.iterdir()) == ["new.csv", "scored.parquet"]


def test_rows_that_cannot_be_watched_are_a_failed_check(folder, call, applications):
    applications.drop(columns="savings").to_csv(folder / "new.csv", index=False)
    ended = call("monitor", "--model", "german@candidate", "--table", "new.csv", "--out", "pages", cwd=folder)
    refused(ended, "has no column savings", code=40)
    assert not (folder / "pages").exists()


def test_an_outcome_no_rule_names_is_a_failed_check(folder, call, applications):
    applications.assign(bad=2).to_csv(folder / "new.csv", index=False)
    ended = call("monitor", "--model", "german@candidate", "--table", "new.csv", cwd=folder)
    refused(ended, r"The target bad holds '2' in row 1 \(1000 rows", code=40)


def test_a_category_never_seen_and_missing_values_are_scored_and_told(folder, call, applications):
    rows = applications.astype({"duration_months": object})
    rows.loc[:4, "savings"] = "a kind of account that came later"
    rows.loc[5:9, "duration_months"] = None
    rows.to_csv(folder / "new.csv", index=False)
    ended = call(*SCORE, "new.csv", "--json", cwd=folder)
    assert (ended.code, json.loads(ended.out)["unseen"]) == (0, {"savings": 5})
    scored = pandas.read_parquet(folder / "scored.parquet")
    assert len(scored) == 1_000
    assert scored[["score", "pd", "grade"]].notna().all().all()


# Dropped, with a row that says why


def selection(project: Path) -> dict[str, dict[str, str]]:
    """Return the selection table of the newest run that made one, by column."""
    paths = project.glob("mlruns/artifacts/*/artifacts/selection.csv")
    with max(paths, key=lambda path: path.stat().st_mtime).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["characteristic"] for row in rows}) == len(rows)
    return {row["characteristic"]: row for row in rows}


def test_an_outcome_by_chance_registers_nothing_and_every_column_has_its_row(project, call, runs):
    """The target is shuffled; beside columns that could be used stand some that cannot."""
    rows, draw = cards().rename(columns={"account": "account_id"}), np.random.default_rng(2)
    table = pa.Table.from_pandas(
        rows.assign(bad=draw.permutation(rows["bad"]), constant=1.0, missing=np.nan), preserve_index=False
    )
    for name, values in {
        "a list": [[1]] * ROWS,
        "a struct": [{"x": 1}] * ROWS,
        "when": [pandas.Timestamp("2020-01-31")] * ROWS,
    }.items():
        table = table.append_column(name, pa.array(values))
    pq.write_table(table, project / "chance.parquet")
    assert call("new", "chance", "--table", "chance.parquet", "--target", "bad", cwd=project).code == 0
    refused(call("run", "pipelines/chance.yaml", cwd=project), "03_scorecard stopped.*Nothing is registered")
    nothing_left(project, runs)
    found = selection(project)
    assert set(found) == set(table.column_names) - {"account_id", "bad"}
    assert {row["kept"] for row in found.values()} <= {"True", "False"}
    steps = {name: found[name]["step"] for name in ("constant", "missing", "when", "a list", "a struct")}
    assert steps == {
        "constant": "screen: constant", "missing": "screen: all missing", "when": "screen: date", "a list": "contract: excluded",
        "a struct": "contract: excluded",
    }  # fmt: skip
    assert all(found[name]["reason"] for name in steps)


# Worked with


NAMES = {
    "income": 'net "income" per month', "debt": "select", "home": "住房 状况", "job": "it's; DROP TABLE cards; --", "months": "group by",
    "odd": "row", "note": "free {text}", "opened": "from", "flat": "a,b", "number": "application_id",
}  # fmt: skip


def customers(rows: int = 600) -> pandas.DataFrame:
    """Return a table as it comes: words for missing values, an identifier, a date, free text, an outcome in words."""
    draw = np.random.default_rng(3)
    income, debt = draw.normal(3_000, 900, rows).round(2), draw.gamma(2, 900, rows).round()
    home, job = draw.choice(["自有", "租房", 'with "parents"'], rows), draw.choice(["clerk", "driver", "O'Brien & <sons>"], rows)
    risk = (debt - income) / 900 + 1.2 * (home == "租房") + 0.8 * (job == "driver")
    frame = pandas.DataFrame({
        "number": [f"A-{place:05}" for place in range(rows)], "income": income.astype(str), "debt": debt.astype(int).astype(str), "home": home,
        "job": job, "months": draw.integers(1, 240, rows), "odd": draw.choice(["x", "y"], rows), "flat": 1,
        "note": [f"called on day {place}" for place in range(rows)], "opened": pandas.Timestamp("2020-01-31").strftime("%Y-%m-%d"),
        "went bad?": np.where(draw.random(rows) < 1 / (1 + np.exp(1.4 - risk)), "yes", "no"),
    })  # fmt: skip
    frame.loc[draw.random(rows) < 0.12, "income"] = "NA"
    frame.loc[draw.random(rows) < 0.05, "home"] = "?"
    return frame.rename(columns=NAMES)


@pytest.fixture(scope="module")
def drafted(shared_project, call) -> Any:
    """Return what ended when a drafted pipeline was run unchanged, from the table to the model card."""
    customers().to_csv(shared_project / "our customers.csv", index=False)
    ended = call("new", "ours", "--table", "our customers.csv", "--target", "went bad?", cwd=shared_project)
    assert ended.code == 0, ended.err
    return call("run", "pipelines/ours.yaml", "-p", "trials=1", "-p", "max_bins=4", "--json", cwd=shared_project)


def test_a_drafted_pipeline_runs_unchanged_to_the_model_card(drafted):
    assert drafted.code == 0, drafted.err
    told = json.loads(drafted.out)
    page = Path(told["model_card"]).read_text(encoding="utf-8")
    assert "住房 状况" in page
    assert "<sons>" not in page
    assert Path(told["monitoring_report"]).is_file()
    assert Path(told["drift_report"]).is_file()


def test_every_column_of_a_drafted_pipeline_has_its_row(drafted, shared_project):
    assert drafted.code == 0, drafted.err
    found = selection(shared_project)
    assert {name for name, row in found.items() if row["kept"] == "True"} >= {NAMES["income"], NAMES["debt"], NAMES["home"]}
    assert set(found) == set(customers().columns) - {"application_id", "went bad?"}
    steps = {name: found[name]["step"] for name in (NAMES["flat"], NAMES["opened"], NAMES["note"])}
    assert list(steps.values()) == ["screen: constant", "screen: date", "contract: excluded"]
    assert found["row"]["step"] == "contract: identifier"


def test_a_drafted_model_scores_rows_with_its_words_for_missing(drafted, shared_project, call):
    assert drafted.code == 0, drafted.err
    rows = customers(50)
    rows[NAMES["home"]] = ["?", "城堡"] * 25
    rows.to_csv(shared_project / "new.csv", index=False)
    ended = call(
        "score", "--model", "ours@candidate", "--table", "new.csv", "--out", "scored.parquet", "--json", cwd=shared_project
    )
    assert ended.code == 0, ended.err
    assert json.loads(ended.out) == {"rows": 50, "unseen": {NAMES["home"]: 25}, "out": "scored.parquet"}


def test_a_drafted_model_watches_rows_in_another_order(drafted, shared_project, call):
    assert drafted.code == 0, drafted.err
    rows = customers()
    columns = list(rows.columns)
    random.Random(1).shuffle(columns)
    rows[columns].sample(frac=1, random_state=1).to_csv(shared_project / "later.csv", index=False)
    ended = call("monitor", "--model", "ours@candidate", "--table", "later.csv", "--json", cwd=shared_project)
    assert ended.code in {0, 10}, ended.err + ended.out
    assert json.loads(ended.out)["batches"][0]["rows"] == 600
