"""The command behind a suite: from a small YAML to one registered candidate."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scorecard.errors import SettingsError
from scorecard.jobs import suite
from scorecard.model import Scorecard
from scorecard.tracking import open_store, registry

pytestmark = [  # MLflow uses what others will remove, and says so when it opens a store
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
ROOT = Path(__file__).parents[3]
TEXT = """name: german-by-age
column: age_years
dtype: integer
segments:
  young: {{to: 33, missing: true, card: {card}}}
  old: {{from: 33, card: {card}}}
pipeline: pipelines/german.yaml
seed: 1
calibration: intercept
"""


@pytest.fixture(scope="module")
def folder(developed, tmp_path_factory):
    """A project with a pipeline, its contract, the file of a scorecard and the YAML of a suite."""
    folder = tmp_path_factory.mktemp("suite")
    for name in ("pipelines", "schemas"):
        (folder / name).mkdir()
        shutil.copy(ROOT / name / "german.yaml", folder / name)
    (folder / "card.json").write_text(developed.card.to_json(), encoding="utf-8")
    (folder / "suite.yaml").write_text(TEXT.format(card=folder / "card.json"), encoding="utf-8")
    return folder


def changed(folder, tmp_path, old, new):
    path = tmp_path / "suite.yaml"
    path.write_text((folder / "suite.yaml").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return path


def test_the_suite_is_registered_with_one_score_that_is_calibrated_and_graded(folder, developed, prepared):
    made = suite.make(folder / "suite.yaml", folder)
    found = registry.resolve(open_store(folder), "german-by-age@candidate")
    assert Scorecard.load(found.path) == made.card
    assert (made.reference, made.card.names) == (f"german-by-age/{found.version}", ["young", "old"])
    rows = prepared.sample("development").to_arrow_table()
    scored = made.card.score(rows)
    assert scored.score.tolist() == developed.card.score(rows).score.tolist()
    assert scored.pd.mean() == pytest.approx(developed.bad.mean(), abs=1e-9)
    assert sum(grade.count for grade in made.card.grades) == rows.num_rows
    young = (rows.column("age_years").to_numpy() < 33).sum()
    assert made.segments["rows"].tolist() == [young, rows.num_rows - young]
    assert made.segments["bads"].sum() == developed.bad.sum()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to: 33", "upto: 33", "segments.young.upto is not a known key"),
        ("seed: 1\n", "", "seed: Field required"),
        ("calibration: intercept", "calibration: best", "calibration = 'best'"),
        ("from: 33", "from: 40", r"young < 33, old >= 40; expected that they meet"),
        (", missing: true", "", "no segment takes missing values of age_years"),
    ],
)
def test_a_file_that_is_not_as_expected_is_refused(folder, tmp_path, old, new, message):
    with pytest.raises(SettingsError, match=message):
        suite.make(changed(folder, tmp_path, old, new), folder)


def test_cards_on_different_scales_need_a_common_one(folder, developed, tmp_path):
    other = replace(developed.card, scaling=replace(developed.card.scaling, pdo=30))
    (tmp_path / "other.json").write_text(other.to_json(), encoding="utf-8")
    path = changed(folder, tmp_path, f"from: 33, card: {folder / 'card.json'}", f"from: 33, card: {tmp_path / 'other.json'}")
    with pytest.raises(SettingsError, match="The scorecards of young, old have different scales; expected one"):
        suite.make(path, folder)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="is not a file; expected the YAML of a suite"):
        suite.load(tmp_path / "none.yaml")
