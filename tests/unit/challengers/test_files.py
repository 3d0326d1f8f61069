from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace

import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from scorecard import challengers
from scorecard.calibration import Calibration
from scorecard.challengers import CHALLENGERS, files
from scorecard.errors import DataError, GovernanceError, SettingsError

every = pytest.mark.parametrize("name", CHALLENGERS)


@every
def test_a_saved_challenger_gives_the_same_pds(developed, tuned, name, tmp_path):
    calibrated = challengers.calibrated(
        tuned[name], Calibration("linear", sample="test", floor=0.01), developed.card.scaling, {"test": developed.test}
    )
    again = challengers.load(challengers.save(calibrated, tmp_path / "model")["challenger"])
    for found, expected in zip(again.pds(developed.test), calibrated.pds(developed.test), strict=True):
        assert found.tolist() == expected.tolist()
    assert (again.name, again.settings, again.least) == (name, dict(calibrated.settings), calibrated.least)


@every
def test_no_file_of_a_challenger_is_a_pickle(simple, name, tmp_path):
    written = challengers.save(simple[name], tmp_path)
    assert written["model"].suffix == (".json" if name == "xgboost" else ".skops")
    assert not any(path.read_bytes().startswith(b"\x80") for path in written.values())


@every
def test_the_same_challenger_gives_the_same_bytes(development, simple, name, tmp_path):
    again = challengers.tune(name, development, challengers.Budget(1), 1)
    first, second = (challengers.save(each, tmp_path / folder) for each, folder in ((simple[name], "a"), (again, "b")))
    assert challengers.sha256(first) == challengers.sha256(second)
    assert first["model"].read_bytes() == second["model"].read_bytes()


@every
def test_a_changed_byte_is_refused(simple, name, tmp_path):
    written = challengers.save(simple[name], tmp_path)
    content = bytearray(written["model"].read_bytes())
    content[len(content) // 2] ^= 1
    written["model"].write_bytes(content)
    with pytest.raises(GovernanceError, match="as it was saved"):
        challengers.load(written["challenger"])


@pytest.mark.parametrize("change", [{"least": 0.4}, {"least": None}, {"sha256": None}])
def test_a_changed_description_is_refused(simple, change, tmp_path):
    """The calibration decides as much of a PD as the model does."""
    written = challengers.save(simple["logit"], tmp_path)
    described = json.loads(written["challenger"].read_text(encoding="utf-8"))
    written["challenger"].write_text(json.dumps(described | change), encoding="utf-8")
    with pytest.raises(GovernanceError, match=r"challenger.json has the hash .* as it was saved"):
        challengers.load(written["challenger"])


class Guess(LogisticRegression):
    """An estimator of somebody's own."""


def test_a_challenger_that_would_not_load_is_refused_when_it_is_saved(simple, tmp_path):
    own = replace(simple["logit"], name="guess", estimator=Guess().fit([[0.1], [0.2], [0.3]], [0, 1, 0]))
    with pytest.raises(SettingsError, match=r"The challenger guess holds .*Guess; expected types that are known to be harmless"):
        challengers.save(own, tmp_path)
    assert not (tmp_path / "model.skops").exists()


def put(written, content: bytes) -> None:
    """Put another model in the place of the saved one, with a hash that fits."""
    written["model"].write_bytes(content)
    described = json.loads(written["challenger"].read_text(encoding="utf-8"))
    described["model_sha256"] = hashlib.sha256(content).hexdigest()
    described["sha256"] = files._own_sha256(described)
    written["challenger"].write_text(json.dumps(described), encoding="utf-8")


def test_a_foreign_type_is_refused_though_the_hash_fits(simple, tmp_path):
    written = challengers.save(simple["logit"], tmp_path)
    put(written, skops.io.dumps(Guess().fit([[0.1], [0.2], [0.3]], [0, 1, 0])))
    with pytest.raises(GovernanceError, match=r"Guess, which is not trusted; nothing of it was built"):
        challengers.load(written["challenger"])


def test_a_function_that_runs_commands_is_refused_though_the_hash_fits(simple, tmp_path):
    """A partial is trusted only around what is trusted itself."""
    written = challengers.save(simple["hist_gradient_boosting"], tmp_path)
    with zipfile.ZipFile(written["model"]) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    schema = content.pop("schema.json").decode("utf-8")
    assert '"check_array"' in schema
    content["schema.json"] = schema.replace('"check_array"', '"system"').replace('"sklearn.utils.validation"', '"os"').encode()
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        for name, body in content.items():
            archive.writestr(name, body)
    put(written, (tmp_path / "made.zip").read_bytes())
    with pytest.raises(GovernanceError, match=r"os\.system, which is not trusted"):
        challengers.load(written["challenger"])


def test_the_description_names_no_file_of_another_folder(simple, tmp_path):
    written = challengers.save(simple["xgboost"], tmp_path / "here")
    described = json.loads(written["challenger"].read_text(encoding="utf-8")) | {"model": "../elsewhere/model.json"}
    described["sha256"] = files._own_sha256(described)
    written["challenger"].write_text(json.dumps(described), encoding="utf-8")
    assert challengers.load(written["challenger"]).name == "xgboost"  # the name alone counts


def test_files_that_are_missing_or_something_else_are_refused(simple, tmp_path):
    written = challengers.save(simple["xgboost"], tmp_path)
    written["model"].unlink()
    with pytest.raises(DataError, match=r"model\.json is missing"):
        challengers.load(written["challenger"])
    with pytest.raises(DataError, match="cannot be read as JSON"):
        challengers.load(tmp_path / "none.json")
    written["challenger"].write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(DataError, match="no description of a challenger of format 1"):
        challengers.load(written["challenger"])


def test_the_size_is_that_of_the_saved_files(simple, tmp_path):
    files = challengers.save(simple["xgboost"], tmp_path)
    assert challengers.size(simple["xgboost"]) == sum(path.stat().st_size for path in files.values())


def test_a_loaded_xgboost_answers_in_one_thread(simple, tmp_path):
    assert challengers.load(challengers.save(simple["xgboost"], tmp_path)["challenger"]).estimator.n_jobs == 1
