"""Real commands in projects of their own: each call is a process, each project a temporary folder."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

PIPELINE = """name: {name}
table: dataset:german
contract: schemas/german.yaml
key: application
target: {{column: bad}}
notebooks: [{name}]
"""


@pytest.fixture(scope="session")
def opened(laid_out, tmp_path_factory, call) -> Path:
    """Return a project whose database is there and empty, for it takes seconds to make; tests take copies."""
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("opened") / "project"))
    call("score", "--model", "none@candidate", "--table", "dataset:german", "--out", "scored.parquet", cwd=folder)
    assert (folder / "mlruns" / "mlflow.db").is_file()
    return folder


@pytest.fixture
def project(opened, tmp_path) -> Path:
    """Return a project of the test's own, without runs."""
    return Path(shutil.copytree(opened, tmp_path / "project"))


@pytest.fixture(scope="module")
def shared_project(opened, tmp_path_factory) -> Path:
    """Return a project of the module's own, without runs at its beginning."""
    return Path(shutil.copytree(opened, tmp_path_factory.mktemp("module") / "project"))


@contextmanager
def deprecations_of_mlflow() -> Iterator[None]:
    """Let MLflow use what others will remove: it tells so when it is imported and when it opens a store."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


@pytest.fixture(scope="session")
def deprecations() -> Callable[[], Any]:
    """Return the context in which a test may use the library's own tracking in this process."""
    return deprecations_of_mlflow


@pytest.fixture(scope="session")
def client() -> Callable[[Path], Any]:
    """Return a function that gives MLflow's own client on a project."""
    with deprecations_of_mlflow():
        from mlflow import MlflowClient  # noqa: PLC0415  seconds that most tests do not need

    def on(project: Path) -> Any:
        address = f"sqlite:///{project}/mlruns/mlflow.db"
        with deprecations_of_mlflow():
            opened = MlflowClient(address, address)
            opened.search_experiments(max_results=1)
        return opened

    return on


@pytest.fixture(scope="session")
def runs(client) -> Callable[[Path], list[Any]]:
    """Return a function that lists every run of a project, steps included."""

    def of(project: Path) -> list[Any]:
        opened = client(project)
        return list(opened.search_runs([each.experiment_id for each in opened.search_experiments()]))

    return of


@pytest.fixture(scope="session")
def served() -> Callable[[Path, str], Any]:
    """Return a function that loads a registered model of a project as its users do."""
    with deprecations_of_mlflow():
        import mlflow  # noqa: PLC0415  seconds that most tests do not need

    def load(project: Path, name: str) -> Any:
        address = f"sqlite:///{project}/mlruns/mlflow.db"
        with pytest.MonkeyPatch.context() as patched, deprecations_of_mlflow():
            patched.setenv("MLFLOW_TRACKING_URI", address)
            patched.setenv("MLFLOW_REGISTRY_URI", address)
            mlflow.set_registry_uri(address)  # another test of this process may have named its own
            return mlflow.pyfunc.load_model(f"models:/{name}")

    return load


def write_notebook(project: Path, name: str, *cells: str) -> Path:
    """Write a notebook of code cells, and a pipeline that runs nothing else; return the pipeline."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(book, project / "notebooks" / f"{name}.ipynb")
    path = project / "pipelines" / f"{name}.yaml"
    path.write_text(PIPELINE.format(name=name), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Path]:
    """Return a function that gives a project a small notebook and a pipeline of it."""
    return write_notebook


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], object], str], object]:
    """Return a function that waits until something holds, and fails with a reason where it never does."""

    def until(holds: Callable[[], object], reason: str, seconds: float = 120) -> object:
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            if time.monotonic() > deadline:
                pytest.fail(reason)
            time.sleep(0.1)
        return found

    return until


@pytest.fixture(scope="session")
def kernels() -> Callable[[Path], list[psutil.Process]]:
    """Return a function that lists the kernels at work in a project."""

    def at_work(project: Path) -> list[psutil.Process]:
        found = psutil.process_iter(["cmdline", "cwd"])
        return [each for each in found if "ipykernel_launcher" in (each.info["cmdline"] or []) and _inside(each, project)]

    return at_work


def _inside(process: psutil.Process, project: Path) -> bool:
    return process.info["cwd"] is not None and Path(process.info["cwd"]).is_relative_to(project)
