"""The scheduled check of a batch: its exit code is its verdict, and nothing green outvotes anything red."""

from __future__ import annotations

import json
import math

import pytest

from scorecard import datasets
from scorecard.data import source


@pytest.fixture(scope="module")
def german():
    """All rows of the bundled table, development's among them."""
    return source.connect().sql(datasets.query("german")).df()


def longer(frame):
    """Credits three times as long."""
    return frame.assign(duration_months=(frame["duration_months"] * 3).clip(upper=72))


def more_overdrawn(frame):
    """Twice the customers with an overdrawn account."""
    return frame.loc[frame.index.repeat(1 + (frame["checking_account"] == "below 0 DM"))]


def one_negative(frame):
    """The same rows, but the amount of one is negative."""
    return frame.assign(amount_dm=frame["amount_dm"].where(frame.index != 7, -5))


@pytest.fixture(scope="module")
def watch(finished, call, german, tmp_path_factory):
    """Return a function that monitors a changed table with the candidate."""

    def run(change, *words, model="german@candidate"):
        path = tmp_path_factory.mktemp("batch") / "batch.parquet"
        change(german).to_parquet(path)
        return call("monitor", "--model", model, "--table", path, *words, cwd=finished.root)

    return run


@pytest.mark.parametrize(
    ("code", "verdict", "change"),
    [
        (0, "GREEN", lambda frame: frame),
        (0, "GREEN", lambda frame: frame.drop(columns="bad")),
        (10, "AMBER", more_overdrawn),
        (20, "RED", longer),
        (20, "RED", one_negative),
        (30, "INSUFFICIENT DATA", lambda frame: frame.head(20)),
    ],
    ids=["the same rows", "outcome not known yet", "a moderate shift", "a large shift", "a broken contract", "twenty rows"],
)
def test_the_exit_code_is_the_verdict(code, verdict, change, watch):
    ended = watch(change)
    assert (ended.code, ended.err) == (code, "")
    assert ended.out.startswith(f"{verdict}  german/")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame.drop(columns="savings"), "no column savings"),
        (lambda frame: frame.head(0), "has no rows"),
        (lambda frame: frame.assign(amount_dm="much"), "Column amount_dm must be"),
    ],
    ids=["a missing column", "no rows", "text for numbers"],
)
def test_a_table_that_cannot_be_watched_ends_with_forty_and_one_line(change, sentence, watch):
    ended = watch(change)
    assert (ended.code, ended.out, ended.err.count("\n"), sentence in ended.err) == (40, "", 1, True)


@pytest.mark.parametrize("model", ["germany@candidate", "german-xgboost/1", "nowhere/scorecard.json"])
def test_a_model_that_cannot_watch_ends_with_forty_and_one_line(model, watch):
    ended = watch(lambda frame: frame, model=model)
    assert (ended.code, ended.out, ended.err.count("\n")) == (40, "", 1)


def test_a_file_that_is_not_there_ends_with_forty(finished, call):
    ended = call("monitor", "--model", "german@candidate", "--table", "none.parquet", cwd=finished.root)
    assert (ended.code, ended.err.count("\n")) == (40, 1)


def test_wrong_words_end_with_two(finished, call):
    assert call("monitor", "--modell", "german@candidate", cwd=finished.root).code == 2


@pytest.fixture(scope="module")
def shifted(watch, tmp_path_factory):
    """The moderate shift as JSON, and the folder of its pages."""
    folder = tmp_path_factory.mktemp("pages") / "new"
    ended = watch(more_overdrawn, "--json", "--out", folder)
    assert ended.code == 10, ended.err
    return json.loads(ended.out), folder


def test_json_tells_model_limits_and_the_batch(shifted):
    told, _ = shifted
    assert told["verdict"] == "amber"
    assert told["model"]["name"] == "german"
    assert told["limits"] == [0.1, 0.25]
    assert [batch["rows"] for batch in told["batches"]] == [1274]


def test_the_shift_of_a_characteristic_is_that_of_its_shares(shifted, german, finished):
    """Held to the definition (Siddiqi 2006, chapter 9), summed over the levels by hand."""
    path = sorted((finished.root / "mlruns" / "artifacts").glob("*/artifacts/scorecard.json"))[0]
    card = json.loads(path.read_text(encoding="utf-8"))
    (account,) = [each for each in card["segments"][0]["characteristics"] if each["name"] == "checking_account"]
    now = more_overdrawn(german)["checking_account"].value_counts()
    bins = [each for each in account["bins"] if each["count"]]
    before = [each["count"] / sum(each["count"] for each in bins) for each in bins]
    after = [sum(now[level] for level in each["values"]) / now.sum() for each in bins]
    by_hand = sum((share - was) * math.log(share / was) for was, share in zip(before, after, strict=True))
    (found,) = [each for each in shifted[0]["batches"][0]["characteristics"] if each["characteristic"] == "checking_account"]
    assert found["csi"] == pytest.approx(by_hand, rel=1e-12)
    assert 0.1 <= by_hand < 0.25


def test_out_writes_the_report_for_people_and_for_machines(shifted):
    told, folder = shifted
    assert json.loads((folder / "monitoring.json").read_text(encoding="utf-8")) == told
    assert "checking_account" in (folder / "monitoring.html").read_text(encoding="utf-8")


def test_a_green_score_never_outvotes_a_broken_contract(watch):
    ended = watch(one_negative, "--json")
    (batch,) = json.loads(ended.out)["batches"]
    verdicts = {result["code"]: result["verdict"] for result in batch["results"] if result["code"] in {"MON-01", "STA-01"}}
    assert verdicts == {"MON-01": "red", "STA-01": "green"}
    assert (batch["verdict"], ended.code) == ("red", 20)
