"""What a validator brings: limits with their reasons, a sample of his own; and what it takes to make a scorecard again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from scorecard import runner
from scorecard.data import source
from scorecard.data.samples import WEIGHT
from scorecard.errors import DataError, SettingsError
from scorecard.jobs import evidence, limits, rebuild, remembered, validating
from scorecard.jobs.register import _ladder
from scorecard.jobs.replication import differing
from scorecard.jobs.sample import sample
from scorecard.jobs.subject import Subject
from scorecard.jobs.validating import Asked
from scorecard.settings import Table, Thresholds
from scorecard.validation import Modelled, validate
from scorecard.validation.stability.population import characteristic_counts, grade_counts

ROOT = Path(__file__).parents[3]
SAID = "{value: 0.75, by: R. Chen, reason: Secured product}"
BESIDE_THE_LINE = {"01_data": set(), "02_binning": set(), "03_scorecard": {"engines", "reject_factor"}}


@pytest.fixture(scope="module")
def subject(developed, example):
    ladder = _ladder(developed.card, developed.development)
    return Subject("german/1", developed.card, example.pipeline, example.contract, developed.bins, ladder=ladder)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return source.open_table(Table(dataset="german"), tmp_path_factory.getbasetemp()).to_arrow_table()


@pytest.fixture
def stored(tmp_path):
    """Return a function that stores rows as a table."""

    def store(rows: pa.Table) -> Table:
        pq.write_table(rows, tmp_path / "own.parquet")
        return Table(path="own.parquet")

    return store


def of_test(rows, prepared):
    """Return the rows of customers that development does not have."""
    known = prepared.sample("development").project("application").to_arrow_table().column("application")
    return rows.filter(pc.invert(pc.is_in(rows.column("application"), value_set=known.combine_chunks())))


@pytest.mark.parametrize("step", sorted(rebuild.PARAMETERS))
def test_a_scorecard_is_made_again_with_every_parameter_that_moves_a_number(step):
    """A parameter that a notebook gains must be given to the replication, or named here as one that moves no number."""
    declared = set(runner.parameters(ROOT / "notebooks" / f"{step}.ipynb"))
    assert declared == set(rebuild.PARAMETERS[step]) | BESIDE_THE_LINE[step]


def test_limits_of_a_file_stand_in_the_place_of_the_ones_before(tmp_path):
    (tmp_path / "own.yaml").write_text(f"auc_amber: {SAID}\n")
    before = Thresholds.model_validate({"psi_red": {"value": 0.3, "by": "Board", "reason": "Policy 7"}})
    found = limits.thresholds(tmp_path / "own.yaml", before)
    assert (found.auc_amber, found.psi_red) == (0.75, 0.3)
    assert [(who.by, who.reason) for _, _, who in found.deviations().values()] == [
        ("R. Chen", "Secured product"),
        ("Board", "Policy 7"),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("auc_amber: 0.75", "auc_amber does not say who set it"),
        ("auc_amber: {value: 0.75, by: R. Chen}", "auc_amber does not say why"),
        ("auc_amber: {value: 0.75, by: R. Chen, reason: '  '}", "auc_amber does not say why"),
        ("auc_amber: {by: R. Chen, reason: Policy}", "auc_amber does not say the limit"),
        (f"auc_ambre: {SAID}", "auc_ambre is not a limit. Did you mean auc_amber?"),
        ("set_by: {auc_amber: {by: R. Chen, reason: Policy}}", "set_by is not a limit"),
        ("auc_amber: {value: high, by: R. Chen, reason: Policy}", "auc_amber = 'high'"),
        ("- auc_amber", "holds list, expected keys and values"),
    ],
)
def test_limits_that_say_too_little_are_refused_in_one_sentence(tmp_path, content, told):
    (tmp_path / "own.yaml").write_text(content)
    with pytest.raises(SettingsError) as refusal:
        limits.thresholds(tmp_path / "own.yaml", Thresholds())
    assert told in str(refusal.value)
    assert "own.yaml" in str(refusal.value)


def test_limits_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="is not a file; expected a YAML of limits"):
        limits.thresholds(tmp_path / "none.yaml", Thresholds())


def test_customers_of_development_are_left_out_of_a_sample(subject, rows, prepared, stored, tmp_path):
    found = sample(subject, stored(rows), tmp_path, prepared)
    assert found.rows == 1000
    assert found.of_development == len(prepared.sample("development"))
    assert found.table.num_rows == 1000 - found.of_development


def test_a_sample_of_development_alone_is_refused(subject, rows, prepared, stored, tmp_path):
    known = prepared.sample("development").project("application").to_arrow_table().column("application").combine_chunks()
    own = rows.filter(pc.is_in(rows.column("application"), value_set=known))
    with pytest.raises(DataError, match="holds customers of development only"):
        sample(subject, stored(own), tmp_path, prepared)


def test_without_a_key_nobody_can_tell_who_was_in_development(subject, rows, prepared, stored, tmp_path):
    found = sample(subject, stored(rows.drop_columns(["application"])), tmp_path, prepared)
    assert (found.table.num_rows, found.of_development) == (1000, None)


def test_a_sample_without_an_input_is_refused_by_its_name(subject, rows, prepared, stored, tmp_path):
    name = subject.card.inputs[0]
    with pytest.raises(DataError, match=f"The table has no column {name}"):
        sample(subject, stored(rows.drop_columns([name])), tmp_path, prepared)


def test_a_sample_without_outcomes_is_a_sample_all_the_same(subject, rows, prepared, stored, tmp_path):
    found = sample(subject, stored(rows.drop_columns(["bad"])), tmp_path, prepared)
    assert found.to_dict()["outcomes"] is False
    assert found.table.num_rows > 0


def test_rows_that_break_the_contract_are_told(subject, rows, prepared, stored, tmp_path):
    position = rows.column_names.index("duration_months")
    broken = rows.set_column(position, "duration_months", pa.array([999] * rows.num_rows, rows.column("duration_months").type))
    (breach,) = sample(subject, stored(broken), tmp_path, prepared).breaches
    assert breach.column == "duration_months"


def test_counts_stand_for_development_once_its_rows_are_gone(subject, developed, rows, prepared, stored, tmp_path):
    """Every test of scores and counts gives on the kept counts what it gives on the rows."""
    own = sample(subject, stored(of_test(rows, prepared)), tmp_path, prepared).table
    forgotten = remembered.gather(subject, subject.pipeline, {"validation": own})
    known = developed.card.score(developed.development)
    start = forgotten.development
    assert sorted(start.score) == sorted(known.score)
    assert start.events == developed.bad.sum()
    table = forgotten.attributes
    assert table["development"].sum() == developed.development.num_rows * len(developed.card.terms)
    assert list(table.columns[-2:]) == ["development", "validation"]
    assert {result.code for result in validate(forgotten)} > {"DIS-01", "DIS-04", "CAL-01", "STA-01", "STA-02"}


def test_weighted_counts_stand_for_weighted_rows(subject, developed, rows, prepared, stored, tmp_path):
    """What is kept of a weighted development gives every figure that its rows give."""
    random = np.random.default_rng(1)
    start, own = (
        weighed(table, random)
        for table in (developed.development, sample(subject, stored(of_test(rows, prepared)), tmp_path, prepared).table)
    )
    kept = json.loads(json.dumps(_ladder(developed.card, start)))
    forgotten = remembered.gather(replace(subject, ladder=kept), subject.pipeline, {"validation": own})
    part = evidence.scored(developed.card, start, None, {})
    for name in ("score", "goods", "bads", "good_squares", "bad_squares"):
        assert getattr(forgotten.development.ladder, name) == pytest.approx(getattr(part.ladder, name), rel=1e-9, abs=1e-9)
    grades = len(developed.card.grades)
    assert grade_counts(forgotten.development, grades) == pytest.approx(grade_counts(part, grades), rel=1e-9)
    model = Modelled(developed.card, {"development": start, "validation": own}, {})
    samples = {"development": part, "validation": forgotten.samples["validation"]}
    whole = replace(forgotten, samples=samples, model=model)
    for found, expected in zip(characteristic_counts(forgotten), characteristic_counts(whole), strict=True):
        assert found[0] == expected[0]
        for name in samples:
            assert found[1][name].to_numpy() == pytest.approx(expected[1][name].to_numpy(), rel=1e-9, abs=1e-9)


def weighed(table, random):
    """The rows with drawn weights, some of them equal."""
    return table.set_column(table.column_names.index(WEIGHT), WEIGHT, pa.array(random.integers(1, 6, table.num_rows) / 2))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Asked(tests="DIS, CALL"), "CALL is neither a test nor an area of tests. Did you mean CAL?"),
        (Asked(cutoff="high"), "cutoff = 'high'; expected a score"),
        (Asked(cutoff="inf"), "cutoff = 'inf'; expected a score"),
        (Asked(test_share=1.5), "test_share = 1.5; expected a share between 0 and 1"),
        (Asked(thresholds="none.yaml"), "none.yaml is not a file"),
        (Asked(table="own.xlsx"), "own.xlsx is not a file"),
        (Asked(seed=7), "seed and test_share ask for another split, but how german/1 was made is not recorded"),
    ],
)
def test_what_is_not_as_expected_is_refused_before_anything_is_started(subject, tmp_path, asked, told):
    with pytest.raises((SettingsError, DataError)) as refusal:
        validating.refuse(subject, asked, tmp_path)
    assert told in str(refusal.value)


def test_a_sample_that_lacks_an_input_is_refused_before_anything_is_started(subject, rows, stored, tmp_path):
    table = stored(rows.drop_columns([subject.card.inputs[0]]))
    with pytest.raises(DataError, match=f"has no column {subject.card.inputs[0]}, which german/1 needs"):
        validating.refuse(subject, Asked(table=str(table)), tmp_path)


def test_a_changed_table_is_told_with_both_fingerprints(subject, tmp_path):
    told = replace(subject, development={"data_sha256": "0" * 64, "seed": 1}, ladder=None)
    with pytest.raises(DataError, match=r"dataset:german changed since german/1 was developed .*was 000000000000"):
        validating.refuse(told, Asked(), tmp_path)


def test_a_scorecard_without_grades_is_refused(subject, tmp_path):
    with pytest.raises(SettingsError, match="german/1 has no grades"):
        validating.refuse(replace(subject, card=replace(subject.card, grades=())), Asked(), tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        ({"a": 1.0}, {"a": 1.0 + 1e-9}, []),
        ({"a": 1.0}, {"a": 1.001}, ["a"]),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, ["a.1.b"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": None}, {}, []),
        ({"a": 1.0}, {"a": None}, ["a"]),
    ],
)
def test_values_differ_beyond_the_tolerance_only(before, after, places):
    assert list(differing(before, after)) == places
