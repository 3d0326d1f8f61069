from __future__ import annotations

import pytest

from scorecard.equivalence import Change, changes, inputs


def changed(*records):
    return [(each.kind, each.name, each.before, each.after, each.step) for each in changes(*records)]


def test_nothing_changed_between_equal_runs(record):
    assert changed(record({"01_data": {}}), record({"01_data": {}})) == []


def test_a_parameter_of_several_steps_is_one_change_that_reaches_from_the_first(record):
    one, two = ({"logged.json": {"parameters": {"seed": seed, "max_bins": "5"}}} for seed in "12")
    before, after = record({"01_data": one, "04_challengers": one}), record({"01_data": two, "04_challengers": two})
    assert changes(before, after) == [Change("parameter", "seed", "1", "2", "01_data")]


def test_a_parameter_of_a_later_step_reaches_from_there(record):
    before, after = (record({"01_data": {}, "04": {"logged.json": {"parameters": {"trials": n}}}}) for n in "12")
    assert changed(before, after) == [("parameter", "trials", "1", "2", "04")]


@pytest.mark.parametrize(
    ("whole", "kind", "name"),
    [
        ({"tables.json": {"table": "e" * 64}}, "data", "table"),
        ({"environment.json": {"numpy": "2.4.1"}}, "package", "numpy"),
        ({"pipeline.json": {"name": "x", "language": "zh"}}, "setting", "language"),
        ({"contract.yaml": "name: x"}, "contract", "contract"),
        ({"requirements.lock": "numpy==2"}, "lock", "lock"),
    ],
)
def test_what_belongs_to_the_whole_run_reaches_from_its_first_step(record, whole, kind, name):
    ((*found, _, _, step),) = changed(record({"01_data": {}}), record({"01_data": {}}, whole))
    assert (found, step) == ([kind, name], "01_data")


def test_where_a_table_lies_is_no_input_its_rows_are(record):
    one, two = (
        {"pipeline.json": {"table": {"path": place}, "monitoring": [{"name": "new", "table": {"path": place}}], "earlier": place}}
        for place in ("a.csv", "/mnt/a.csv")
    )
    assert changed(record({"01_data": {}}, one), record({"01_data": {}}, two)) == []


def test_the_rows_that_the_first_step_read_are_those_of_the_run(record):
    before, after = (record({"01_data": {"data.json": {"data_sha256": each}}}) for each in "ef")
    assert changed(before, after) == [("data", "table", "e", "f", "01_data")]


@pytest.mark.parametrize("name", ["edits.yaml", "incumbent.json"])
def test_edits_and_incumbent_are_those_of_the_step_that_took_them(record, name):
    ((kind, _, before, after, step),) = changed(record({"01": {}, "02": {name: "a"}}), record({"01": {}, "02": {}}))
    assert (kind, len(before), after, step) == (name.partition(".")[0], 64, None, "02")


def limited(place, content):
    return {"thresholds.yaml": content, "logged.json": {"parameters": {"thresholds": place}}}


def test_limits_of_a_file_are_its_content_wherever_it_lies(record):
    before, moved = record({"05": limited("a.yaml", "x")}), record({"05": limited("/mnt/b.yaml", "x")})
    assert changed(before, moved) == []
    ((kind, _, was, now, step),) = changed(before, record({"05": limited("a.yaml", "y")}))
    assert (kind, len(was), len(now), step) == ("thresholds", 64, 64, "05")


def test_limits_that_are_no_file_are_a_parameter(record):
    before, after = (record({"04": {"logged.json": {"parameters": {"thresholds": value}}}}) for value in ("0.5", "0.6"))
    assert changed(before, after) == [("parameter", "thresholds", "0.5", "0.6", "04")]


@pytest.mark.parametrize("key", ["code_sha256", "notebook_sha256"])
def test_code_and_notebook_are_inputs(record, key):
    before, after = record({"01": {}, "02": {}}), record({"01": {}, "02": {"logged.json": {key: "other"}}})
    assert [(kind, step) for kind, *_, step in changed(before, after)] == [(key.partition("_")[0].replace("code", "code"), "02")]


def test_a_search_that_the_clock_ended_is_an_input_even_where_it_ended_both(record):
    stopped = {"search.json": {"xgboost": {"stopped_by": "seconds"}, "logit": {"stopped_by": "trials"}}}
    before, after = record({"04": stopped}), record({"04": stopped})
    assert changed(before, after) == [("time", "search.json.xgboost.stopped_by", "seconds", "seconds", "04")]


@pytest.mark.parametrize("value", ["", "trials"])
def test_a_search_that_ended_by_itself_is_none(record, value):
    made = record({"04": {"search.csv": f"model,stopped_by\nxgboost,{value}\n"}})
    assert [each for each in inputs(made) if each.kind == "time"] == []


def test_a_search_that_the_clock_ended_is_told_by_its_place(record):
    made = record({"04": {"search.csv": "model,stopped_by\nxgboost,trials\nlogit,seconds\n"}})
    assert [(each.name, each.value) for each in inputs(made) if each.kind == "time"] == [("search.csv.1.stopped_by", "seconds")]
