"""What a run registers: models of code and data, found by alias, that predict as the library does in its own process."""

from __future__ import annotations

import hashlib
import json
import pickle
import pickletools
import zipfile
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest

from scorecard import challengers, contracts, datasets, woe
from scorecard.challengers import Budget, Development
from scorecard.data import source
from scorecard.data.samples import BAD, WEIGHT, prepare
from scorecard.errors import DataError
from scorecard.model import Scorecard
from scorecard.settings import load


@pytest.fixture(scope="module")
def candidate(finished, served):
    return served(finished.root, "german@candidate")


@pytest.fixture(scope="module")
def german():
    """All rows of the bundled table."""
    return source.connect().sql(datasets.query("german")).to_arrow_table()


def artefact(finished, name):
    """Return a file of the finished run's artefacts; both runs hold the same bytes."""
    return sorted((finished.root / "mlruns" / "artifacts").glob(f"*/artifacts/{name}"))[0]


@pytest.fixture(scope="module")
def card(finished):
    return Scorecard.load(artefact(finished, "scorecard.json"))


def test_the_candidate_gives_the_scores_of_its_file(candidate, card, german):
    found = candidate.predict(german.to_pandas())
    expected = card.score(german)
    np.testing.assert_array_equal(found["score"], expected.score)
    np.testing.assert_array_equal(found["pd"], expected.pd)
    assert list(found["grade"]) == [card.grade_names()[position] for position in expected.grade]


def test_a_missing_value_among_whole_numbers_is_scored_as_missing(candidate, card, german):
    rows = german.to_pandas()
    rows.loc[0, "duration_months"] = None  # pandas now holds the column as floating point
    expected = card.score(pa.Table.from_pandas(rows, preserve_index=False))
    np.testing.assert_array_equal(candidate.predict(rows)["score"], expected.score)
    assert expected.score[0] != card.score(german).score[0]


def test_a_text_among_numbers_is_refused_in_one_sentence(candidate, german):
    rows = german.to_pandas().astype({"duration_months": object})
    rows.loc[0, "duration_months"] = "two years"
    with pytest.raises(DataError, match="duration_months holds what is not integer"):
        candidate.predict(rows)


def test_the_signature_names_every_input_and_output(candidate, card):
    signature = candidate.metadata.signature
    assert signature.inputs.input_names() == card.inputs
    assert signature.outputs.input_names() == [
        "score", "pd_raw", "pd_calibrated", "pd", "grade", *(f"reason_{place}" for place in range(1, card.reasons.most + 1)),
    ]  # fmt: skip


def test_the_input_example_can_be_scored(candidate):
    example = candidate.input_example
    assert len(candidate.predict(example)) == len(example) == 1


def test_a_table_without_an_input_is_refused(candidate, card, german):
    from mlflow.exceptions import MlflowException  # noqa: PLC0415  seconds that collecting need not take

    with pytest.raises(MlflowException, match=card.inputs[0]):
        candidate.predict(german.to_pandas().drop(columns=card.inputs[0]))


@pytest.fixture(scope="module")
def rows_of_challengers(finished):
    """The rows that the finished run made its challengers of."""
    pipeline = load(finished.root / "pipelines" / "german.yaml")
    characteristics = woe.from_json(json.loads(artefact(finished, "bins.json").read_text(encoding="utf-8")))
    prepared = prepare(pipeline, contracts.load(finished.root / pipeline.contract), finished.root, 1)
    names = ", ".join(source.quoted(each) for each in [*characteristics, BAD, WEIGHT])
    development = prepared.sample("development").project(names).to_arrow_table()
    return Development.of(tuple(characteristics.values()), development, 1)


@pytest.mark.parametrize("name", challengers.CHALLENGERS)
def test_a_challenger_predicts_as_the_model_that_was_tuned_in_this_process(
    name, served, finished, german, card, rows_of_challengers
):
    tuned = challengers.tune(name, rows_of_challengers, Budget(1), 1)
    expected = challengers.calibrated(tuned, card.calibration, card.scaling, {"development": rows_of_challengers.table}).pds(
        german
    )
    found = served(finished.root, f"german-{name.replace('_', '-')}/1").predict(german.to_pandas())
    assert list(found) == ["pd_raw", "pd_calibrated", "pd"]
    for column, values in zip(found, expected, strict=True):
        np.testing.assert_array_equal(found[column], values)


def test_every_trial_of_the_search_is_kept_with_the_run_by_step(finished, client, runs):
    opened = client(finished.root)
    step = next(run for run in runs(finished.root) if run.data.tags.get("scorecard.step") == "04_challengers")
    for row in pandas.read_csv(artefact(finished, "search.csv")).to_dict("records"):
        kept = opened.get_metric_history(step.info.run_id, f"search.{row['model']}.{row['state']}")
        assert (row["trial"], row["auc"]) in {(each.step, each.value) for each in kept}


def test_a_challenger_tells_the_hash_of_its_files(finished, client):
    opened = client(finished.root)
    version = opened.get_model_version("german-random-forest", "1")
    folder = Path(opened.get_model_version_download_uri("german-random-forest", "1").removeprefix("file://")) / "artifacts"
    assert version.tags["scorecard.sha256"] == json.loads((folder / "challenger.json").read_text(encoding="utf-8"))["sha256"]
    described = json.loads((folder / "challenger.json").read_text(encoding="utf-8"))
    assert described["model_sha256"] == hashlib.sha256((folder / described["model"]).read_bytes()).hexdigest()


def test_a_version_tells_the_hash_of_its_scorecard_and_the_run_that_made_it(finished, card, client):
    found = client(finished.root).get_model_version_by_alias("german", "candidate")
    assert found.tags["scorecard.sha256"] == card.sha256
    assert found.tags["scorecard.run"] in finished.ids
    assert {name: found.tags[f"scorecard.{name}"] for name in card.made_from} == card.made_from


def test_no_file_is_a_pickle(finished):
    files = [path for path in (finished.root / "mlruns").rglob("*") if path.is_file() and path.name != "mlflow.db"]
    assert len(files) > 100
    assert [path for path in files if any(is_pickle(content) for content in contents(path))] == []


def contents(path: Path) -> list[bytes]:
    """Return a file's bytes, or those of an archive's members."""
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()]


def is_pickle(content: bytes) -> bool:
    """Return whether the bytes, or an object array's behind its header, are a pickle of protocol 2 or later."""
    body = content[128:] if content.startswith(b"\x93NUMPY") and b"'|O'" in content[:128] else content
    if not body.startswith(b"\x80"):
        return False
    try:
        return any(name.name == "STOP" for name, _, _ in pickletools.genops(body))
    except ValueError:
        return False


def test_the_search_for_pickles_finds_one():
    assert is_pickle(pickle.dumps({"a": pandas.Timestamp(0)}))
    assert not is_pickle(pa.table({"a": [1]}).schema.serialize().to_pybytes())
