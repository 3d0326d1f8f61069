"""Declined applicants keep the place that accepts have: same samples, same exclusions, outcome only where it is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scorecard import contracts, settings
from scorecard.contracts import Column, Contract
from scorecard.data.declined import declined
from scorecard.data.samples import prepare
from scorecard.data.source import first
from scorecard.errors import DataError, SettingsError
from scorecard.settings import Pipeline, Rejects

CONTRACT = Contract(
    name="cards",
    columns={"account": Column(dtype="integer"), "age": Column(dtype="integer"), "status": Column(dtype="text"), "volume": Column(dtype="number")},
)  # fmt: skip
STATUSES = ("good", "bad", "declined, good", "declined, bad")
TARGET = {
    "column": "status", "good": ["good"], "bad": ["bad"],
    "excluded": [
        {"reason": "too young", "column": "age", "below": 18},
        {"reason": "declined", "values": ["declined, good", "declined, bad", "declined"]},
    ],
}  # fmt: skip
REJECTS = Rejects(reason="declined")
KNOWN = Rejects(reason="declined", good=("declined, good",), bad=("declined, bad",))


@pytest.fixture
def table(tmp_path):
    """Return a function that writes 2,000 applicants and returns pipeline and folder."""

    def make(status=None, **settings):
        random = np.random.default_rng(1)
        age, account = random.integers(16, 80, 2_000), np.arange(2_000)
        drawn = random.choice(STATUSES, 2_000, p=[0.6, 0.1, 0.2, 0.1]) if status is None else status
        rows = {"account": account, "age": age, "status": drawn, "volume": account % 7 + 0.5}
        pq.write_table(pa.table(rows), tmp_path / "cards.parquet")
        given = {"name": "cards", "table": "cards.parquet", "contract": "cards.yaml", "target": TARGET, "key": "account"}
        return Pipeline.model_validate(given | settings), tmp_path, rows

    return make


def test_declines_are_the_rows_that_their_exclusion_rule_takes_out(table):
    pipeline, root, rows = table()
    found = declined(pipeline, CONTRACT, root, 1, REJECTS).df()
    expected = [i for i in range(2_000) if rows["age"][i] >= 18 and rows["status"][i].startswith("declined")]
    assert found["account"].tolist() == expected
    assert "@bad" not in found


def test_accepts_and_declines_are_split_by_the_same_hash(table):
    """Accounts whose status changes keep their sample."""
    pipeline, root, rows = table()
    outside = declined(pipeline, CONTRACT, root, 1, REJECTS).df().set_index("account")["@sample"]
    booked = np.array([status.removeprefix("declined, ") for status in rows["status"]])
    pipeline, root, _ = table(booked)
    inside = prepare(pipeline, CONTRACT, root, 1).rows.df().set_index("account")["@sample"]
    assert outside.to_dict() == inside.loc[outside.index].to_dict()
    assert set(outside) == {"development", "test"}


def test_a_known_outcome_comes_with_the_weight(table):
    pipeline, root, rows = table(weight="volume")
    found = declined(pipeline, CONTRACT, root, 1, KNOWN).df().set_index("account")
    assert found["@bad"].to_dict() == {i: int(rows["status"][i] == "declined, bad") for i in found.index}
    assert found["@weight"].tolist() == (found.index.to_numpy() % 7 + 0.5).tolist()


def test_declines_need_no_outcome(table):
    random = np.random.default_rng(1)
    pipeline, root, _ = table(random.choice(["good", "bad", "declined"], 2_000))
    assert len(declined(pipeline, CONTRACT, root, 1, REJECTS).df()) > 500


def test_an_outcome_that_is_not_named_is_refused(table):
    pipeline, root, _ = table()
    with pytest.raises(DataError, match=r"The target status holds 'declined, bad' in row .*; expected good or bad"):
        declined(pipeline, CONTRACT, root, 1, Rejects(reason="declined", good=("declined, good",)))


def test_a_reason_that_no_rule_has_is_refused(table):
    pipeline, root, _ = table()
    with pytest.raises(
        SettingsError, match=r"rejects.reason = 'declines'; expected the reason of a rule .* Did you mean declined\?"
    ):
        declined(pipeline, CONTRACT, root, 1, Rejects(reason="declines"))


def test_declines_of_lending_club_are_the_loans_below_the_credit_policy(data_folder):
    """2,749 loans, of which 761 were charged off; the windows of development, out-of-time and monitoring hold all of them."""
    root = Path(__file__).parents[3]
    table = data_folder / "lendingclub_2007_2011" / "lendingclub_2007_2011.parquet"
    pipeline = settings.load(root / "pipelines" / "lending_club.yaml", {"table": str(table)})
    outcome = "Does not meet the credit policy. Status:"
    given = Rejects(reason="does not meet the credit policy", good=(f"{outcome}Fully Paid",), bad=(f"{outcome}Charged Off",))
    found = declined(pipeline, contracts.load(root / pipeline.contract), root, 1, given)
    assert first(found.aggregate('count(*), sum("@bad")')) == (2_749, 761)
