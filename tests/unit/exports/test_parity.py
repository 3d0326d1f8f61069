"""The certificate says that exports are equal where they are, and catches every single thing that can be broken in one."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest

from scorecard.errors import DataError, GovernanceError, SettingsError
from scorecard.exports import engines, golden, parity, row, sql
from scorecard.exports.certificate import Certificate
from scorecard.exports.engines import duckdb, limits, postgres, python
from scorecard.exports.python import python as written
from scorecard.jobs import certify
from scorecard.model import Scorecard
from scorecard.tracking.registry import Version


@dataclass(frozen=True)
class Broken(parity.Engine):
    """An engine that executes something else than the export of the card it is asked about."""

    job: Callable[[Scorecard, pa.Table], pa.Table] | None = None

    def available(self):
        return "1"

    def execute(self, card, rows):
        return self.job(card, rows)


def proof(card, job):
    """Return the certificate of one engine that does this."""
    return parity.certify(card, [Broken("duckdb", "sql", "duckdb", job=job)])


def by_row(content, card, rows):
    """Execute the row scorer of any content."""
    score = row.compile(content)
    told = [score(each) for each in rows.to_pylist()]
    return engines.answers(card, [python._flat(each) for each in told])


def caught(card, content):
    return not proof(card, lambda _, rows: by_row(content, card, rows)).clean


def terms(content):
    return [term for segment in content["segments"] for term in segment["characteristics"]]


def altered(card, change):
    """Return a copy of the card's content with a change made in place."""
    content = copy.deepcopy(card.to_dict())
    change(content)
    return content


def with_bin(card, place, at, **figures):
    """Return a copy of the card's content with figures of one bin changed."""
    content = copy.deepcopy(card.to_dict())
    terms(content)[place]["bins"][at].update(figures)
    return content


def every_bin(card):
    """Return the place of each term, the place of each of its bins, and both."""
    return [(place, at, term, each) for place, term in enumerate(terms(card.to_dict())) for at, each in enumerate(term["bins"])]


# Equal exports are proven equal


@pytest.mark.parametrize("name", ["python", "duckdb", "sqlite"])
def test_engines_that_are_always_here_give_what_the_scorecard_gives(card, name):
    found = parity.certify(card, parity.named([name]))
    assert found.differences == []
    (only,) = found.proofs
    assert (only.executed, only.equal, only.score, only.grades, only.reasons, only.left_out) == (True, True, 0.0, 0, 0, 0)
    assert only.pd <= 1e-12
    assert only.vectors == found.vectors


def test_a_card_of_german_credit_is_proven_equal(developed):
    found = parity.certify(developed.card, parity.named(["python", "duckdb", "sqlite"]))
    assert (found.clean, [each.executed for each in found.proofs]) == (True, [True] * 3)


@pytest.fixture(scope="module")
def connection():
    if postgres.available() is None:
        pytest.skip(f"needs {postgres.SERVER} and {postgres.DRIVER}")
    with postgres.connected() as found:
        yield found


def test_postgres_gives_what_the_scorecard_gives(cards, connection):
    def executed(card, rows):
        return postgres.run(sql.select(card, "postgres", engines.TABLE, (engines.place(card),)), card, rows, connection)

    assert {name: proof(card, executed).differences for name, card in cards.items()} == {name: [] for name in cards}


@pytest.mark.full
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")  # pyspark 4.3 on pandas 3
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the sockets of its gateway stay open until the process ends
@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("spark", ("segmented", "decimals")),
        (
            "pmml",
            ("plain", "first", "typed", "awkward", "decimals", "isotonic", "segmented", "banded", "beta", "reasons", "ties"),
        ),
        ("excel", ("reasons", "typed")),
    ],
)
def test_further_engines_give_what_the_scorecard_gives(cards, name, chosen):
    (engine,) = parity.named([name])
    if engine.available() is None:
        pytest.skip(f"needs {name}")
    assert {each: parity.certify(cards[each], [engine]).differences for each in chosen} == {each: [] for each in chosen}


# Whatever is broken is caught


@pytest.mark.parametrize("name", ["plain", "typed", "decimals", "segmented"])
def test_one_step_more_in_any_bin_is_caught(cards, name):
    card = cards[name]
    places = {segment.name: [hit(term, rows) for term in segment.terms] for segment, _, rows in card.parts(golden.vectors(card))}
    reached = [each for segment in card.segments for each in places[segment.name]]
    for place, at, term, each in every_bin(card):
        if at in reached[place]:
            content = with_bin(card, place, at, points=each["points"] + 1 / card.scaling.unit)
            assert caught(card, content), (term["name"], each["label"])


def hit(term, rows):
    return set(term.characteristic.assign(rows.column(term.name)).tolist())


@pytest.mark.parametrize("towards", [-math.inf, math.inf])
@pytest.mark.parametrize("name", ["plain", "typed", "awkward", "segmented"])
def test_any_boundary_moved_to_the_next_number_is_caught(cards, name, towards):
    card = cards[name]
    for place, at, term, each in every_bin(card):
        if each["kind"] == "interval" and each["lower"] is not None:
            moved = math.nextafter(each["lower"], towards)
            if term["dtype"] == "integer" and math.ceil(moved) == math.ceil(each["lower"]):
                continue  # no whole number lies between
            assert caught(card, with_bin(card, place, at, lower=moved)), (term["name"], each["label"])


@pytest.mark.parametrize("name", ["plain", "typed", "segmented"])
def test_any_level_forgotten_is_caught(cards, name):
    card = cards[name]
    for place, at, term, each in every_bin(card):
        if term["kind"] == "categorical" and term["bins"][-1]["points"] != each["points"]:
            for level in each["values"]:
                left = [value for value in each["values"] if value != level]
                assert caught(card, with_bin(card, place, at, values=left)), (term["name"], level)


def test_any_special_code_moved_to_the_next_number_is_caught(cards):
    card = cards["plain"]
    for place, at, term, each in every_bin(card):
        if each["kind"] == "special":
            assert caught(card, with_bin(card, place, at, values=[math.nextafter(each["values"][0], 0)])), (
                term["name"],
                each["label"],
            )


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("step", [-1, 1])
def test_any_grade_begun_one_point_off_is_caught(cards, at, step):
    lower = cards["plain"].grades[at].lower_score + step
    assert caught(cards["plain"], altered(cards["plain"], lambda found: found["grades"][at].update(lower_score=lower)))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("reasons", lambda found: found["reasons"].update(cutoff=521.0)),
        ("reasons", lambda found: found["reasons"].update(cutoff=519.0)),
        ("reasons", lambda found: found["reasons"].update(cutoff=None)),
        ("reasons", lambda found: terms(found)[1].update(reference=5.0)),
        ("ties", lambda found: found["segments"][0]["characteristics"].reverse()),
        ("decimals", lambda found: found["scaling"].update(minimum=None)),
        ("decimals", lambda found: found["scaling"].update(maximum=None)),
        ("decimals", lambda found: found["scaling"].update(maximum=575.51)),
        ("decimals", lambda found: found["calibration"].update(floor=0.0300001)),
        ("decimals", lambda found: found["calibration"].update(shift=0.0)),
        ("beta", lambda found: found["calibration"].update(complement=0.70001)),
        ("intercept", lambda found: found["calibration"].update(intercept=-0.4 + 1e-11)),
        ("isotonic", lambda found: found["calibration"]["steps"][2].update(lower_score=501.0)),
        ("plain", lambda found: found["scaling"].update(offset=found["scaling"]["offset"] + 1e-8)),
        ("segmented", lambda found: found["segments"][1].update(base=491.0)),
        ("segmented", lambda found: found["segmentation"]["bins"][2].update(segment="secured")),
        ("banded", lambda found: found["segmentation"]["bins"][3].update(segment="old")),
        ("banded", lambda found: found["segmentation"]["bins"][2].update(lower=25.0)),
    ],
)  # fmt: skip
def test_any_other_figure_changed_is_caught(cards, name, change):
    content = altered(cards[name], change)
    assert content != cards[name].to_dict()
    assert caught(cards[name], content)


def filled(rows, value):
    """Return rows whose missing numbers are a number."""
    columns = [
        pa.compute.fill_null(column, value) if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) else column
        for column in rows.columns
    ]
    return pa.table(dict(zip(rows.column_names, columns, strict=True)))


def of_texts(rows, change):
    columns = [
        pa.array([each if each is None else change(each) for each in column.to_pylist()], pa.string()) if pa.types.is_string(column.type) else column
        for column in rows.columns
    ]  # fmt: skip
    return pa.table(dict(zip(rows.column_names, columns, strict=True)))


READINGS = {
    "missing as 0": lambda rows: filled(rows, 0),
    "missing as a special code": lambda rows: filled(rows, -999),
    "case folded": lambda rows: of_texts(rows, str.lower),
    "blanks trimmed": lambda rows: of_texts(rows, str.strip),
    "trailing blanks trimmed": lambda rows: of_texts(rows, str.rstrip),
    "empty text as missing": lambda rows: of_texts(rows, lambda text: text or None),
    "numbers in single precision": lambda rows: rows.set_column(1, "income", rows.column("income").cast(pa.float32()).cast(pa.float64())),
    "numbers to two decimals": lambda rows: rows.set_column(1, "income", pa.array(np.round(rows.column("income").to_numpy(), 2), from_pandas=False)),
    "NaN as a number": lambda rows: rows.set_column(1, "income", pa.compute.if_else(pa.compute.is_nan(rows.column("income")), math.inf, rows.column("income"))),
    "infinity as missing": lambda rows: rows.set_column(1, "income", pa.compute.if_else(pa.compute.is_inf(rows.column("income")), None, rows.column("income"))),
}  # fmt: skip


@pytest.mark.parametrize("reading", list(READINGS))
def test_values_read_otherwise_are_caught(cards, reading):
    card = replace(cards["plain"], segments=(replace(cards["plain"].segments[0], terms=_with_empty_level(cards["plain"])),))
    assert not proof(card, lambda card, rows: parity.answers(card, READINGS[reading](rows))).clean


def _with_empty_level(card):
    """Return the terms with an empty text among the levels, so that it is not the same as a missing value."""
    *others, savings = card.segments[0].terms
    own = savings.characteristic
    bins = (replace(own.bins[0], values=("none", "")), *own.bins[1:3], replace(own.bins[3], values=("n/a",)), own.bins[4])
    return (*others, replace(savings, characteristic=replace(own, bins=bins)))


def of_answers(change):
    return lambda card, rows: change(parity.answers(card, rows))


def with_column(table, name, change):
    at = table.column_names.index(name)
    return table.set_column(
        at, name, pa.array([change(value) for value in table.column(name).to_pylist()], table.schema.field(at).type)
    )


ANSWERS = {
    "a PD off by 2e-12": lambda table: with_column(table, "pd", lambda value: value + 2e-12),
    "a raw PD off by 2e-12": lambda table: with_column(table, "pd_raw", lambda value: value - 2e-12),
    "a score that is absent": lambda table: with_column(table, "score", lambda value: None if value > 540 else value),
    "a PD that is not a number": lambda table: with_column(table, "pd", lambda value: math.nan if value < 0.05 else value),
    "an absent grade": lambda table: with_column(table, "grade", lambda value: None if value == "A" else value),
    "an empty reason": lambda table: with_column(table, "reason_4", lambda value: value or ""),
    "rows in another order": lambda table: table.take(list(range(table.num_rows))[::-1]),
    "a row less": lambda table: table.slice(1),
    "a column less": lambda table: table.drop_columns(["pd_raw"]),
}


@pytest.mark.parametrize("answer", list(ANSWERS))
def test_other_answers_are_caught(cards, answer):
    assert not proof(cards["reasons"], of_answers(ANSWERS[answer])).clean


def test_a_pd_within_the_tolerance_is_equal(cards):
    near = proof(cards["plain"], of_answers(lambda table: with_column(table, "pd", lambda value: value + 5e-13)))
    assert near.clean
    assert 4e-13 < near.proofs[0].pd < 6e-13


def of_sql(change):
    """Execute the SQL of DuckDB with a change in its text."""

    def job(card, rows):
        statement = sql.select(card, "duckdb", engines.TABLE, (engines.place(card),))
        assert change(statement) != statement
        return duckdb.run(change(statement), card, rows)

    return job


@pytest.mark.parametrize(
    ("old", "new"), [("<", "<="), ("-15", "-16"), ("'radio'", "'Radio'"), ("IS NULL", "IS NOT NULL"), ("'E'", "'D'"), ("EXP(", "2 * EXP("), ("FROM", "FORM")],
)  # fmt: skip
def test_a_changed_sql_text_is_caught(cards, old, new):
    assert not proof(cards["plain"], of_sql(lambda statement: statement.replace(old, new))).clean


@pytest.mark.parametrize(
    ("old", "new"), [("bisect_right(edges", "bisect.bisect_left(edges"), ("return missing", "return 0"), ("most]", "most - 1]")]
)
def test_a_changed_python_file_is_caught(cards, old, new):
    def job(card, rows):
        text = written(card).replace("import json\n", "import json\nimport bisect\n")
        assert old in text
        return python.run(text.replace(old, new), card, rows)

    assert not proof(cards["reasons"], job).clean


# What the certificate says


def test_the_first_difference_names_the_vector_the_export_and_both_values(cards):
    content = altered(cards["plain"], lambda found: terms(found)[0]["bins"][0].update(points=-19.0))
    (told,) = proof(cards["plain"], lambda card, rows: by_row(content, card, rows)).differences
    assert told.startswith("The sql export in duckdb differs at ")
    assert told.endswith(" vectors, first at vector 1 (an ordinary customer of the segment all): score is 489.0, expected 488.0.")


def test_an_export_that_fails_is_a_difference_that_says_how(cards):
    def job(card, rows):
        raise DataError("The level \x00 cannot be written.")

    found = proof(cards["plain"], job)
    assert (found.clean, found.complete) == (False, False)
    assert found.differences == ["The sql export fails in duckdb: DataError: The level \x00 cannot be written."]


def test_an_absent_engine_leaves_the_certificate_clean_but_not_complete(cards):
    class Absent(parity.Engine):
        def available(self):
            return None

    found = parity.certify(cards["plain"], [*parity.named(["python"]), Absent("spark", "sql", "spark")])
    assert (found.clean, found.complete) == (True, False)
    assert (found.proofs[1].executed, found.proofs[1].equal, found.proofs[1].note) == (
        False,
        None,
        "spark is not installed here.",
    )


def test_nothing_executed_is_not_clean(cards):
    assert not parity.certify(cards["plain"], []).clean


def test_dialects_without_an_engine_are_written_and_read_again(cards):
    proofs = [parity._written(cards["reasons"], dialect) for dialect in parity.WRITTEN]
    assert [(each.dialect, each.executed, each.equal) for each in proofs] == [(each, False, None) for each in parity.WRITTEN]
    assert parity._written(cards["reasons"], "fortran").equal is False


def test_equal_scorecards_give_equal_bytes_and_the_file_reads_back(cards):
    first, second = (
        parity.certify(each, parity.named(["python"]))
        for each in (cards["reasons"], Scorecard.from_json(cards["reasons"].to_json()))
    )
    assert certify.text(first) == certify.text(second)
    assert Certificate.from_dict(json.loads(certify.text(first))) == first


def test_the_table_has_a_row_for_each_proof(cards):
    found = parity.certify(cards["plain"], parity.named(["python", "python", "duckdb"])).table()
    assert found["engine"].tolist() == ["python", "duckdb"]
    assert found["equal"].all()


def test_what_a_quick_certificate_does_not_execute_is_listed(cards):
    found = parity.quick(cards["plain"])
    assert (found.clean, found.complete) == (True, False)
    assert [each.engine for each in found.proofs if each.executed] == list(parity.QUICK)
    assert {each.engine for each in found.proofs if not each.executed} == {"postgres", "spark", "pmml", "excel", "sqlglot"}
    assert [each.dialect for each in found.proofs if each.engine == "sqlglot"] == list(parity.WRITTEN)
    assert all(each.note for each in found.proofs if not each.executed)


def test_an_unknown_engine_is_refused_with_the_nearest():
    with pytest.raises(SettingsError, match=r"duckbd is not an engine .* duckdb"):
        parity.named(["duckbd"])


# Numbers that a spreadsheet cannot tell from a boundary


def test_numbers_too_near_to_a_boundary_are_left_out_of_a_spreadsheet_and_counted(cards):
    engine = Broken("excel", "excel", None, True, parity.answers)
    (found,) = parity.certify(cards["plain"], [engine]).proofs
    assert found.equal
    assert found.vectors + found.left_out == golden.vectors(cards["plain"]).num_rows
    assert f"{found.left_out} vectors left out: excel keeps 15 digits" in found.note


def test_only_numbers_next_to_a_boundary_are_too_near(cards):
    rows = golden.vectors(cards["plain"])
    out = limits.near(cards["plain"], rows)
    near = {repr(value) for value, flag in zip(rows.column("income").to_pylist(), out, strict=True) if flag and value is not None}
    assert near == {
        "0.3", "0.3000000000000001", "1234.5599999999997", "1234.5600000000002", "999999.9999999999", "1000000.0000000001",
        "-999.0000000000001", "-998.9999999999999", "-998.5000000000001", "-998.4999999999999",
    }  # fmt: skip


# The job


@pytest.fixture
def version(cards, tmp_path) -> Version:
    path = tmp_path / "scorecard.json"
    path.write_text(cards["reasons"].to_json(), encoding="utf-8")
    return Version("reasons", "1", path)


def test_the_job_certifies_a_file_and_writes_the_certificate(version, tmp_path):
    out = tmp_path / "new" / "certificate.json"
    found = certify.certify(version, ["python", "duckdb"], out)
    assert Certificate.from_dict(json.loads(out.read_text(encoding="utf-8"))) == found
    assert [path.name for path in out.parent.iterdir()] == ["certificate.json"]


def test_a_place_that_cannot_be_written_is_refused(version, tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        certify.certify(version, ["python"], tmp_path / "scorecard.json" / "certificate.json")


def test_a_clean_certificate_is_not_refused(cards):
    certify.refuse_difference(parity.certify(cards["plain"], parity.named(["python"])))


def test_a_difference_and_nothing_executed_are_refused_in_one_sentence_each(cards):
    content = altered(cards["plain"], lambda found: terms(found)[0]["bins"][0].update(points=-19.0))
    with pytest.raises(GovernanceError, match=r"The sql export in duckdb differs at .* Nothing is registered\."):
        certify.refuse_difference(proof(cards["plain"], lambda card, rows: by_row(content, card, rows)))
    with pytest.raises(GovernanceError, match=r"No export was executed\. Nothing is registered\."):
        certify.refuse_difference(parity.certify(cards["plain"], []))
