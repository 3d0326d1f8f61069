from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecard import metrics
from scorecard.contracts import Breach
from scorecard.monitoring import MONITORS, monitor, watch
from scorecard.results import Verdict
from scorecard.settings import Thresholds

LIMITS = Thresholds()


def report(developed, rows, bad=None, breaches=(), limits=LIMITS):
    return monitor(developed.card, watch("batch", developed.card, rows, bad, breaches), limits)


def replaced(rows, name, values):
    return rows.set_column(rows.schema.get_field_index(name), name, pa.array(values, rows.schema.field(name).type))


def verdicts(found, code):
    return {row["scope"]: row["verdict"] for row in found["results"] if row["code"] == code}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_shifts_of_characteristics_add_up_to_that_of_the_mean_score(developed, data):
    """Every row's score is a sum of points, so the means add up too, whatever rows come."""
    chosen = data.draw(st.lists(st.integers(0, developed.test.num_rows - 1), min_size=1, max_size=300))
    rows = developed.test.take(chosen)
    found = report(developed, rows)
    assert sum(row["shift_points"] for row in found["characteristics"]) == pytest.approx(found["score"]["shift_points"], abs=1e-9)
    before = developed.card.score(developed.development).score.mean()
    assert found["score"]["mean_development"] == pytest.approx(before, abs=1e-9)
    assert found["score"]["mean_current"] == pytest.approx(developed.card.score(rows).score.mean(), abs=1e-9)


def test_development_itself_has_not_moved(developed):
    found = report(developed, developed.development, developed.bad)
    assert found["score"]["psi"] == 0
    assert [row["csi"] for row in found["characteristics"]] == [0] * len(developed.card.terms)
    assert found["score"]["shift_points"] == pytest.approx(0, abs=1e-9)
    assert found["verdict"] == Verdict.GREEN


def test_figures_are_those_of_the_counts(developed):
    found = report(developed, developed.test)
    counts = [np.bincount(developed.card.score(developed.test).grade, minlength=len(developed.card.grades))]
    assert found["score"]["psi"] == pytest.approx(
        metrics.psi([grade.count for grade in developed.card.grades], counts[0]), abs=1e-12
    )
    for row, term in zip(found["characteristics"], developed.card.terms, strict=True):
        now = np.bincount(term.characteristic.assign(developed.test.column(row["characteristic"])), minlength=len(term.points))
        assert row["csi"] == pytest.approx(metrics.psi([each.count for each in term.characteristic.bins], now), abs=1e-12)


def test_a_green_score_never_outvotes_a_red_characteristic(developed):
    """Two characteristics move against each other, so the score stays where it was."""
    rows, random = developed.development, np.random.default_rng(1)
    names = [term.characteristic.name for term in developed.card.terms]
    moved = replaced(rows, "duration_months", random.permutation(rows.column("duration_months").to_numpy() % 7 + 30))
    found = report(developed, moved, limits=Thresholds(psi_amber=5, psi_red=9))
    assert verdicts(found, "STA-01") == {"batch": "green"}
    found = report(developed, moved)
    assert "duration_months" in names
    assert verdicts(found, "STA-02")["batch: duration_months"] == "red"
    assert found["verdict"] == Verdict.RED


def test_red_overall_where_one_characteristic_alone_is_red(developed):
    card, rows = developed.card, developed.development
    weak = min(
        (term for term in card.terms if term.characteristic.kind == "categorical"),
        key=lambda term: max(term.points) - min(term.points),
    )
    name = weak.characteristic.name
    safest = weak.characteristic.bins[int(np.argmax(weak.characteristic.woe[: weak.characteristic.index("missing")]))]
    found = report(developed, replaced(rows, name, [safest.values[0]] * rows.num_rows))
    assert verdicts(found, "STA-01")["batch"] in {"green", "amber"}
    assert verdicts(found, "STA-02")[f"batch: {name}"] == "red"
    assert found["verdict"] == "red"


def test_without_an_outcome_its_tests_are_not_due(developed):
    found = report(developed, developed.test)
    due = {row["code"]: row["verdict"] for row in found["results"] if row["code"] in {"DIS-01", "CAL-01"}}
    assert due == {"DIS-01": "not due", "CAL-01": "not due"}
    assert found["score"]["bad_rate"] is None


def test_with_an_outcome_its_tests_are_run(developed):
    bad = developed.test.column("@bad").to_numpy()
    found = report(developed, developed.test, bad)
    (auc,) = [row for row in found["results"] if row["code"] == "DIS-01"]
    assert auc["statistic"] == pytest.approx(metrics.auc(bad, -developed.card.score(developed.test).score), abs=1e-12)
    assert found["score"]["bad_rate"] == pytest.approx(bad.mean())


def test_an_outcome_worse_than_predicted_is_red(developed):
    found = report(developed, developed.test, np.ones(developed.test.num_rows, dtype=np.int64))
    assert verdicts(found, "CAL-01") == {"batch": "red"}
    assert found["verdict"] == "red"


def test_rows_that_break_the_contract_are_red_and_told(developed):
    found = report(developed, developed.development, breaches=[Breach("amount_dm", "must be greater than 0", 3, 7, "-5")])
    (row,) = [row for row in found["results"] if row["code"] == "MON-01"]
    assert (row["verdict"], row["statistic"]) == ("red", 3)
    assert "amount_dm: must be greater than 0; 3 rows do not comply, for example row 7" in row["reading"]["values"]["breaches"]
    assert found["verdict"] == "red"


@pytest.mark.parametrize(("share", "verdict"), [(0.0, "green"), (0.04, "green"), (0.2, "red")])
def test_more_missing_than_in_development_is_red(developed, share, verdict):
    rows = developed.development
    values = [None if place < share * rows.num_rows else value for place, value in enumerate(rows.column("savings").to_pylist())]
    assert verdicts(report(developed, replaced(rows, "savings", values)), "MON-02")["batch: savings"] == verdict


def test_as_many_missing_as_in_development_are_green(developed):
    """Development is made to have 300 missing values of 999, so 30 % of a batch are nothing new."""
    place = next(place for place, term in enumerate(developed.card.terms) if term.characteristic.name == "savings")
    term = developed.card.terms[place]
    bins = tuple(replace(each, count=300) if each.kind == "missing" else each for each in term.characteristic.bins)
    terms = list(developed.card.terms)
    terms[place] = replace(term, characteristic=replace(term.characteristic, bins=bins))
    card = replace(developed.card, segments=(replace(developed.card.segments[0], terms=tuple(terms)),))
    values = [
        None if number % 10 < 3 else value for number, value in enumerate(developed.development.column("savings").to_pylist())
    ]
    batch = watch("batch", card, replaced(developed.development, "savings", values), None, [])
    assert verdicts(monitor(card, batch, LIMITS), "MON-02")["batch: savings"] == "green"


@pytest.mark.parametrize(("count", "verdict"), [(0, "green"), (3, "amber"), (60, "red")])
def test_levels_that_development_did_not_have_are_told_by_their_share(developed, count, verdict):
    """699 rows: 3 are 0.4 %, beyond one in a thousand; 60 are 9 %, beyond the limit of one in a hundred."""
    rows = developed.development
    values = ["a new word" if place < count else value for place, value in enumerate(rows.column("savings").to_pylist())]
    found = report(developed, replaced(rows, "savings", values))
    assert verdicts(found, "MON-03")["batch: savings"] == verdict
    assert {row["characteristic"]: row["unseen"] for row in found["characteristics"]}["savings"] == count


def test_too_few_rows_are_insufficient_and_never_green(developed):
    found = report(developed, developed.test.slice(0, 99))
    assert set(verdicts(found, "STA-01").values()) | set(verdicts(found, "STA-02").values()) == {"insufficient data"}
    assert found["verdict"] == "insufficient data"
    assert all(row["verdict"] == "insufficient data" and row["csi"] is None for row in found["characteristics"])


def test_the_report_is_plain_json(developed):
    assert json.loads(json.dumps(report(developed, developed.test), allow_nan=False))["rows"] == developed.test.num_rows


def test_a_monitor_added_to_the_list_is_run(developed, monkeypatch):
    def always_amber(card, batch, thresholds):
        return [
            result.__class__(**{**vars(result), "code": "OWN-1", "verdict": Verdict.AMBER})
            for result in MONITORS[0](card, batch, thresholds)
        ]

    monkeypatch.setattr("scorecard.monitoring.MONITORS", (*MONITORS, always_amber))
    found = report(developed, developed.development)
    assert verdicts(found, "OWN-1") == {"batch": "amber"}
    assert found["verdict"] == "amber"
