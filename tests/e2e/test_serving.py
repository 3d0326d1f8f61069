"""A registered scorecard answers as its file does: in process, over HTTP and in Spark; what it refuses, it refuses in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest

from scorecard import model, reasons
from scorecard.errors import DataError
from scorecard.model import Reasons, Scorecard, Segment, Term
from scorecard.points import Scaling
from scorecard.scale import Grade
from scorecard.tracking import open_store, registry
from scorecard.tracking.rows import served as answered
from scorecard.woe import Bin, Characteristic, interval

ANSWERS = ["score", "pd_raw", "pd_calibrated", "pd", "grade", "reason_1", "reason_2", "reason_3"]
pytestmark = [  # MLflow uses what others will remove, and says so when it opens a store and loads a model
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
SECRET = "Müller, Anna"  # what no answer may repeat


def term(name, dtype, bins, points):
    kind = "numeric" if dtype in {"integer", "number"} else "categorical"
    found = Characteristic(name, kind, (*bins, Bin("missing", "missing"), Bin("unseen", "unseen")), 0.0, 0.0, "none", "given")
    return Term(found, dtype, None, None, None, None, tuple(map(float, points)), reference=float(max(points)) - 1)


@pytest.fixture(scope="module")
def card() -> Scorecard:
    """A card with whole numbers and their special code, amounts, texts and flags, two grades, and reasons below a cut-off."""
    terms = (
        term("age", "integer", [interval(None, 30), interval(30, None), Bin("special", "never asked", values=(-9,))], [10, 30, 20, 5, 5]),
        term("amount", "number", [interval(None, 999.5), interval(999.5, None)], [25, 5, 0, 0]),
        term("purpose", "text", [Bin("category", "car", values=("car",)), Bin("category", "家具", values=("家具", "a;b"))], [40, 20, 15, 0]),
        term("owner", "boolean", [Bin("category", "yes", values=("true",)), Bin("category", "no", values=("false",))], [9, 0, 3, 3]),
    )  # fmt: skip
    grades = (Grade("safe", 75.0, None, 0.01, 5, 0), Grade("risky", None, 75.0, 0.2, 5, 1))
    scaling = Scaling(pdo=20, base_score=60, base_odds=5)
    target = {"column": "bad", "good": [0], "bad": [1]}
    return Scorecard(
        "served", target, scaling, (Segment("all", None, 0.0, terms),), grades=grades, reasons=Reasons(most=3, cutoff=90.0)
    )


@pytest.fixture(scope="module")
def rows() -> pandas.DataFrame:
    """Customers in the bins, at their edges, in the special one, missing and unseen, as pandas holds them."""
    frame = pandas.DataFrame(
        {
            "age": pandas.Series([29, 30, -9, None, 64, 30], dtype="Int64"),
            "amount": [999.5, 10.0, None, 1e9, 999.4999, 5.0],
            "purpose": pandas.Series(["car", "家具", "a;b", None, "boat", "car"], dtype=object),
            "owner": pandas.Series([True, False, None, True, False, True], dtype=object),
        }
    )
    return frame.set_index(pandas.Index([7, 8, 9, 10, 11, 12]))


@dataclass(frozen=True)
class Registered:
    """Where the scorecard is registered."""

    uri: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def registered(card, tmp_path_factory) -> Registered:
    store = open_store(tmp_path_factory.mktemp("registered"))
    run = store.start("served", store.experiment("served"))
    run.save_text("scorecard.json", card.to_json())
    example = model.example(card)
    shown = registry.Example(example, answered(card, example), card.dtypes)
    artefacts = {"scorecard": run.path("scorecard.json")}
    version = registry.register(run, "served", "scorecard_model.py", artefacts, shown)
    registry.set_alias(store, "served", "candidate", version)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    address = {"MLFLOW_TRACKING_URI": store.uri, "MLFLOW_REGISTRY_URI": store.uri, "DO_NOT_TRACK": "true"}
    return Registered(store.uri, kept | address)


@pytest.fixture(scope="module")
def expected(card, rows):
    return answered(card, rows).to_dict("records")


@pytest.fixture(scope="module")
def records(rows):
    """The rows as a client sends them: null is missing."""
    return [{name: None if pandas.isna(value) else value for name, value in row.items()} for row in rows.to_dict("records")]


# In process


def test_the_answer_is_that_of_the_file(card, rows):
    table = pa.Table.from_pandas(rows, preserve_index=False)
    found, scored = answered(card, rows), card.score(table)
    assert (list(found.columns), found.index.tolist()) == (ANSWERS, rows.index.tolist())
    assert found["score"].tolist() == scored.score.tolist() == [64, 75, 43, 34, 55, 104]
    np.testing.assert_array_equal(found[["pd_raw", "pd_calibrated", "pd"]], np.c_[scored.pd_raw, scored.pd_calibrated, scored.pd])
    assert found["grade"].tolist() == ["risky", "safe", "risky", "risky", "risky", "safe"]
    assert found[ANSWERS[5:]].to_numpy().tolist() == [[code or "" for code in row] for row in reasons.codes(card, table)]


def test_the_reasons_are_those_counted_by_hand(card, rows):
    """Shortfalls of the second row: age -1, amount -1, purpose 19, owner 8; the last row is above the cut-off."""
    found = answered(card, rows)[ANSWERS[5:]].to_numpy().tolist()
    assert found[1] == ["purpose", "owner", ""]
    assert found[-1] == ["", "", ""]


def test_a_scorecard_without_grades_answers_no_grade(card, rows):
    assert answered(replace(card, grades=()), rows)["grade"].tolist() == [""] * len(rows)


def test_the_loaded_model_answers_so_and_says_so_in_its_signature(registered, card, rows, expected, monkeypatch):
    import mlflow  # noqa: PLC0415  seconds that collecting need not take

    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.setenv(name, registered.uri)
    loaded = mlflow.pyfunc.load_model("models:/served@candidate")
    assert loaded.predict(rows).to_dict("records") == expected
    assert loaded.metadata.signature.outputs.input_names() == ANSWERS
    assert loaded.metadata.signature.inputs.input_names() == card.inputs
    with pytest.raises(DataError, match=r"^The table has no column age; expected integer\. Add it\.$"):
        loaded.predict(rows.drop(columns="age"))


# Over HTTP


@contextmanager
def serving(environment, folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["-m", "mlflow", "models", "serve", "-m", "models:/served@candidate", "--env-manager", "local", "--port", str(port)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"  # MLflow starts uvicorn by its name
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *words], env=environment | {"PATH": path}, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def server(registered, tmp_path_factory, eventually):
    folder = tmp_path_factory.mktemp("server")
    with serving(registered.environment, folder) as (process, address):

        def answers() -> bool:
            assert process.poll() is None, (folder / "server.log").read_text()
            try:
                return urllib.request.urlopen(f"{address}/ping").status == 200
            except OSError:
                return False

        eventually(answers, "the server did not come up")
        yield f"{address}/invocations"


def post(address, records):
    body = json.dumps({"dataframe_records": records}).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, {"Content-Type": "application/json"})) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_the_server_answers_as_the_file_does_and_in_valid_json(server, records, expected):
    status, body = post(server, records)
    assert status == 200, body
    assert json.loads(body, parse_constant=pytest.fail)["predictions"] == expected


def test_the_server_answers_a_single_row_with_a_missing_value(server, records, expected):
    assert json.loads(post(server, records[3:4])[1])["predictions"] == expected[3:4]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"age": "thirty"}, "Column age holds what is not integer, as the contract says. Mend the rows."),
        ({"age": 30.5}, "Column age holds what is not integer, as the contract says. Mend the rows."),
        ({"amount": {"eur": 5}}, "Column amount holds what is not number, as the contract says. Mend the rows."),
        ({"owner": "perhaps"}, "Column owner holds what is not boolean, as the contract says. Mend the rows."),
        ({"purpose": ...}, "The table has no column purpose; expected text. Add it."),
    ],
)
def test_the_server_refuses_a_bad_row_in_one_sentence_that_repeats_no_value(server, records, change, sentence):
    record = records[0] | {"name": SECRET} | change
    status, body = post(server, [{name: value for name, value in record.items() if value is not ...}])
    assert (status, json.loads(body)) == (400, {"error_code": "BAD_REQUEST", "message": sentence})


# In Spark


@pytest.mark.full
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the sockets of its gateway stay open until the process ends
def test_spark_answers_as_the_file_does(registered, card, rows, expected, monkeypatch):
    sql = pytest.importorskip("pyspark.sql", reason="needs the extra spark")
    if shutil.which("java") is None:
        pytest.skip("needs java")
    import mlflow  # noqa: PLC0415  seconds that collecting need not take

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.setenv(name, registered.uri)
    builder = sql.SparkSession.builder.master("local[2]").config("spark.driver.bindAddress", "127.0.0.1")
    session = builder.config("spark.driver.host", "127.0.0.1").config("spark.ui.enabled", "false").getOrCreate()
    try:
        answer = mlflow.pyfunc.spark_udf(session, "models:/served@candidate", env_manager="local")
        frame = session.createDataFrame(pa.Table.from_pandas(rows, preserve_index=False))
        found = frame.select(answer(*card.inputs).alias("answer")).select("answer.*").collect()
        assert [row.asDict() for row in found] == expected
    finally:
        session.stop()
