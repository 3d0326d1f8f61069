"""The command behind an import: from a points table and scored rows to a registered incumbent that runs compare with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas
import pytest

from scorecard.contracts import Column, Contract
from scorecard.errors import DataError, GovernanceError, SettingsError
from scorecard.importing import Given
from scorecard.jobs import importing
from scorecard.jobs.importing import Asked
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.settings import Table
from scorecard.tracking import open_store, registry

pytestmark = [  # MLflow uses what others will remove, and says so when it opens a store
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
TABLE = "variable,bin,points\nage,< 30,10\nage,30 to < 50,20\nage,>= 50,30\nage,missing,0\nhome,own,5\nhome,rent,0\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A points table, and rows with the scores it gave, worked out without the library."""
    folder = tmp_path_factory.mktemp("import")
    (folder / "card.csv").write_text(TABLE)
    random = np.random.default_rng(1)
    rows = pandas.DataFrame({"age": random.integers(18, 80, 500), "home": random.choice(["own", "rent"], 500)})
    rows["old"] = np.select([rows["age"] < 30, rows["age"] < 50], [10, 20], 30) + np.where(rows["home"] == "own", 5, 0)
    rows["bad"] = (random.random(500) < 1 / (1 + np.exp((rows["old"] - 10) / 8))).astype(int)
    rows.to_csv(folder / "rows.csv", index=False)
    return folder


@pytest.fixture
def asked(folder):
    return Asked(
        "bank", folder / "card.csv", Given(missing="worst", unseen="worst"), scored=Table(path=str(folder / "rows.csv")),
        score_column="old", bad_column="bad",
    )  # fmt: skip


@dataclass(frozen=True)
class Stub:
    """What a step gives to `incumbents`: its pipeline and its run."""

    pipeline: object
    own: object


@pytest.fixture(scope="module")
def imported(folder, tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    given = Given(missing="worst", unseen="worst")
    scored = Table(path=str(folder / "rows.csv"))
    return root, importing.bring(Asked("bank", folder / "card.csv", given, None, scored, "old", "bad"), root)


def test_the_incumbent_is_registered_with_its_alias_and_its_proof(imported, folder):
    root, made = imported
    found = registry.resolve(open_store(root), "bank@incumbent")
    card = Scorecard.load(found.path)
    assert (f"{found.name}/{found.version}", card) == (made.reference, made.card)
    assert card.made_from["proof"] == "500 scored rows reproduced within 0"
    assert sum(grade.count for grade in card.grades) == 500
    tags = open_store(root).client.get_model_version("bank", found.version).tags
    assert (tags["scorecard.sha256"], tags["scorecard.proof"]) == (card.sha256, card.made_from["proof"])


def test_the_odds_come_from_the_rows_where_none_are_given(imported, folder):
    """In the rows the odds of being good grow by e in 8 points."""
    _, made = imported
    rows = pandas.read_csv(folder / "rows.csv")
    assert made.card.scaling.pd(rows["old"]).mean() == pytest.approx(rows["bad"].mean(), abs=1e-9)
    assert made.card.scaling.factor == pytest.approx(8, rel=0.4)


def test_a_run_finds_the_incumbent_that_its_pipeline_names(imported, example):
    root, made = imported
    store = open_store(root)
    own = store.start("04_challengers", store.experiment("german"))
    step = Stub(example.pipeline.model_copy(update={"incumbent": "bank@incumbent"}), own)
    assert importing.incumbents(step) == {"incumbent": made.card}
    assert Scorecard.load(own.path(importing.INCUMBENT)) == made.card
    assert importing.incumbents(Stub(example.pipeline, own)) == {}
    with pytest.raises(SettingsError, match="There is no model other@incumbent"):
        importing.incumbents(Stub(example.pipeline.model_copy(update={"incumbent": "other@incumbent"}), own))


def test_the_columns_of_the_incumbent_are_asked_of_the_contract(imported):
    cards = {"incumbent": imported[1].card}
    columns = {"age": Column(dtype="integer"), "home": Column(dtype="text")}
    assert importing.inputs(cards, Contract(name="C", columns=columns)) == ["age", "home"]
    with pytest.raises(DataError, match="The incumbent needs home, which the contract C does not have"):
        importing.inputs(cards, Contract(name="C", columns={"age": Column(dtype="integer")}))


def test_without_scored_rows_it_is_refused_unless_asked_for(asked, tmp_path):
    alone = replace(asked, scored=None, bad_column=None)
    with pytest.raises(GovernanceError, match=r"No scored rows came with card.csv"):
        importing.bring(alone, tmp_path)
    with pytest.raises(SettingsError, match="What the scores of bank say of the odds is not known"):
        importing.bring(replace(alone, unproven=True), tmp_path)
    with pytest.raises(SettingsError, match="'a bank' is no name of a model"):
        importing.bring(replace(asked, name="a bank"), tmp_path)
    made = importing.bring(replace(alone, unproven=True, scaling=Scaling(pdo=20, base_score=20, base_odds=4)), tmp_path)
    assert made.card.made_from["proof"] == "unproven: no scored rows came with it"
    assert made.card.scaling.pd(20.0) == pytest.approx(0.2)


def test_a_treatment_is_read_from_text():
    assert [importing.policy(text) for text in ("worst", "neutral", "-5", "")] == ["worst", "neutral", -5.0, None]
    with pytest.raises(SettingsError, match="'best' is not a treatment; expected worst, neutral or points"):
        importing.policy("best")
