"""The MLflow UI on a project: runs, the registered model, and the artefacts of a step."""

from __future__ import annotations

import pytest
from mlflow import MlflowClient

pytestmark = [
    pytest.mark.system("chromium"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),  # while mlflow asks its database
]


@pytest.fixture(scope="module")
def client(project):
    address = f"sqlite:///{project}/mlruns/mlflow.db"
    return MlflowClient(address, address)


@pytest.fixture(scope="module")
def experiment(client):
    return client.get_experiment_by_name("german").experiment_id


@pytest.fixture(scope="module")
def step(client, experiment):
    """Return a function that finds the run of a step."""
    return lambda name: client.search_runs([experiment], f"tags.`scorecard.step` = '{name}'")[0].info.run_id


@pytest.fixture
def go(mlflow_ui, visit):
    """Return a function that opens an address of the UI."""

    def to(path):
        visit.page.goto(f"{mlflow_ui.url}/#/{path}")
        return visit

    return to


def test_every_run_of_the_pipeline_is_listed(go, client, experiment):
    visit = go(f"experiments/{experiment}/runs")
    parents = [run for run in client.search_runs([experiment]) if "mlflow.parentRunId" not in run.data.tags]
    assert parents
    for run in parents:
        visit.page.locator(f"a[href$='{run.info.run_id}']").get_by_text("german").wait_for()
    assert visit.asked == []


def test_the_registered_model_has_the_alias_candidate(go):
    visit = go("models/german")
    visit.page.get_by_role("row").filter(has_text="Version").get_by_text("candidate").wait_for()
    assert visit.asked == []


def test_a_step_shows_the_model_card_that_it_left(go, experiment, step):
    visit = go(f"experiments/{experiment}/runs/{step('06_documents')}/artifacts/model_card.html")
    visit.page.frame_locator("iframe").get_by_role("heading", name="The decision").wait_for()
    assert visit.asked == []


def test_a_step_shows_the_table_of_points_that_it_left(go, experiment, step):
    visit = go(f"experiments/{experiment}/runs/{step('03_scorecard')}/artifacts/points.csv")
    visit.page.get_by_text("checking_account").first.wait_for()
    assert visit.asked == []
