from __future__ import annotations

import json

import pytest

from scorecard.equivalence import Certificate, Outcome, Side, changes, compare
from scorecard.results import Reading

STEPS = ("01_data", "02_binning")


def certified(before, after, **options):
    return Certificate(
        "x", Side("one"), Side("two"), list(before.steps), changes(before, after), compared=compare(before, after), **options
    )


def run_of(record, first=1.0, second=2.0, trials="1", **logged):
    later = {"logged.json": {"parameters": {"trials": trials}, "metrics": {"auc": second}, **logged}}
    return record({"01_data": {"a.json": {"x": first}}, "02_binning": {"b.csv": f"name,value\na,{second}\n"} | later})


def test_equal_runs_of_equal_inputs_are_reproduced(record):
    found = certified(run_of(record), run_of(record))
    assert (found.outcome, found.differences) == (Outcome.REPRODUCED, ())
    assert (found.compared.artefacts, found.compared.metrics, found.compared.values) == (2, 1, 3)


def test_a_difference_without_a_changed_input_is_different_and_the_first_in_the_line_is_told(record):
    found = certified(run_of(record), run_of(record, first=1.5, second=2.5))
    assert found.outcome is Outcome.DIFFERENT
    first = found.to_dict()["differences"]["first"]
    assert (first["step"], first["artefact"], first["place"], first["size"]) == ("01_data", "a.json", "x", 0.5)


def test_a_difference_after_a_changed_input_is_explained(record):
    found = certified(run_of(record), run_of(record, second=2.5, trials="9"))
    assert (found.outcome, found.unexplained) == (Outcome.EXPLAINED, ())
    assert [each.artefact for each in found.differences] == ["b.csv", "metrics"]


def test_a_changed_input_that_changes_nothing_is_explained(record):
    assert certified(run_of(record), run_of(record, trials="9")).outcome is Outcome.EXPLAINED


def test_a_difference_before_the_first_step_that_takes_the_changed_input_is_not_explained_by_it(record):
    found = certified(run_of(record), run_of(record, first=1.5, second=2.5, trials="9"))
    assert found.outcome is Outcome.DIFFERENT
    assert [each.step for each in found.unexplained] == ["01_data"]
    assert found.to_dict()["differences"]["first"]["step"] == "01_data"


def test_a_hash_of_the_changed_input_is_no_such_difference(record):
    before, after = (
        record(
            {"01_data": {"a.json": {"settings_sha256": each}}, "02_binning": {"logged.json": {"parameters": {"trials": each}}}}
        )
        for each in "12"
    )
    assert certified(before, after).outcome is Outcome.EXPLAINED


def test_a_missing_piece_leaves_nothing_to_compare(record):
    found = Certificate("x", Side("one"), Side(""), STEPS, missing=[Reading("rerun.missing.unsealed")])
    assert (found.outcome, found.to_dict()["compared"]) == (Outcome.NOT_COMPARABLE, None)


def test_an_artefact_that_is_gone_or_new_is_a_difference(record):
    found = certified(record({"01_data": {"a.json": 1, "p.html": "1"}}), record({"01_data": {"b.json": 1, "q.html": "1"}}))
    assert [(each.artefact, each.kind) for each in found.differences] == [("a.json", "gone"), ("b.json", "new")]


def test_other_bytes_and_another_line_are_differences(record):
    found = certified(record({"01_data": {"m.bin": "1", "q.sql": "a\nb"}}), record({"01_data": {"m.bin": "2", "q.sql": "a\nc"}}))
    assert [(each.artefact, each.place) for each in found.differences] == [("m.bin", ""), ("q.sql", "[1]")]


def test_a_figure_is_compared_by_the_table_behind_it(record):
    found = certified(*(record({"01_data": {"f.svg": f"<{x!r}>", "f.csv": f"name,x\na,{x!r}\n"}}) for x in (0.3, 0.1 + 0.2)))
    assert found.outcome is Outcome.REPRODUCED


def test_the_last_bit_of_an_intercept_does_not_differ_though_its_scorecard_has_another_hash(record):
    before, after = ({"scorecard.json": {"intercept": x, "sha256": sha}} for x, sha in ((0.3, "a" * 64), (0.1 + 0.2, "b" * 64)))
    assert certified(record({"03": before}), record({"03": after})).outcome is Outcome.REPRODUCED


def test_a_verdict_that_flipped_is_told_once(record):
    def made(verdict):
        result = [{"code": "DIS-01", "scope": "test", "verdict": verdict}]
        return record(
            {
                "05": {
                    "results.json": result,
                    "model_card.json": {"annex": {"results": result}},
                    "results.csv": f"verdict\n{verdict}",
                }
            }
        )

    found = certified(made("green"), made("red"))
    assert [(each.artefact, each.place, each.before, each.after) for each in found.flips] == [
        ("results.json", "[DIS-01, test].verdict", "green", "red")
    ]
    assert len(found.differences) == 2


def test_many_differences_are_counted_and_the_largest_is_told(record):
    rows = "name,value\n" + "".join(f"{n},{{}}\n" for n in range(100))
    before = record({"01": {"t.csv": rows.format(*[1.0] * 100)}})
    after = record({"01": {"t.csv": rows.format(*[1.1] * 99, 5.0)}})
    (summary,) = certified(before, after).to_dict()["differences"]["artefacts"]
    assert (summary["count"], summary["kinds"], len(summary["shown"])) == (100, {"number": 100}, 20)
    assert (summary["first"]["place"], summary["largest"]["place"]) == ("[0].value", "[99].value")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_metrics_that_are_no_numbers_are_compared_as_words(record, value):
    before, after = (record({"01": {"logged.json": {"metrics": {"m": each}}}}) for each in (value, value))
    assert certified(before, after).outcome is Outcome.REPRODUCED


def test_the_certificate_is_plain_json(record):
    found = certified(run_of(record), run_of(record, second=2.5, trials="9"), notes=[Reading("rerun.note.code")])
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["verdict"] == "EXPLAINED"


def test_columns_that_share_a_name_are_compared_as_lines(record):
    before, after = (record({"01": {"t.csv": f"a,a\n{one},2\n"}}) for one in "13")
    assert [(each.place, each.before, each.after) for each in certified(before, after).differences] == [("[1]", "1,2", "3,2")]


def test_a_field_that_is_too_long_for_a_table_is_compared_as_bytes(record):
    before, after = (record({"01": {"t.csv": f"a\n{'x' * 140_000}{end}\n"}}) for end in "yz")
    assert [each.place for each in certified(before, after).differences] == [""]


def test_a_figure_that_is_no_number_is_not_shown_among_those(record):
    before, after = (record({"01": {"logged.json": {"metrics": {"new.psi": "nan", "test.psi": 0.1}}}}) for _ in "ab")
    sides = (Side(run, metrics={"07/new.psi": "nan", "07/test.psi": value}) for run, value in (("one", 0.1), ("two", 0.2)))
    found = Certificate("x", *sides, ["01"], compared=compare(before, after))
    assert found.to_dict()["figures"] == [{"figure": "07/test.psi", "before": 0.1, "after": 0.2}]


def test_keys_that_read_alike_do_not_hide_a_row(record):
    rows = [{"code": "A, B", "scope": "C", "x": 1}, {"code": "A", "scope": "B, C", "x": 2}]
    before, after = record({"01": {"t.json": rows}}), record({"01": {"t.json": [rows[0] | {"x": 5}, rows[1]]}})
    assert len(certified(before, after).differences) == 1
