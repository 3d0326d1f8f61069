"""Real commands in projects of their own: each call is a process, each project a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from filelock import FileLock

COMMAND = (sys.executable, "-m", "scorecard")
SMALL = ("-p", "trials=1", "-p", "max_bins=4")
# A run must not rest on any of these; the second of the two runs has them otherwise than the first.
ELSEWHERE = {"TZ": "Asia/Taipei", "LC_ALL": "C", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}
PIPELINE = """name: {name}
table: dataset:german
contract: schemas/german.yaml
key: application
target: {{column: bad}}
notebooks: [{name}]
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return this machine's environment without what a person may have set for MLflow or Jupyter."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "JUPYTER_", "PYTEST_"))}
    return kept | (extra or {})


def begin(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a command as the leader of its own process group, as a shell does."""
    return subprocess.Popen(
        [*COMMAND, *map(str, words)], cwd=cwd, env=environment(env), text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def end(process: subprocess.Popen[str], seconds: float = 900) -> Ended:
    """Wait for a command; one that hangs is killed and fails its test."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return Ended(process.returncode, out, err)


@pytest.fixture(scope="session")
def call() -> Callable[..., Ended]:
    """Return a function that runs a command to its end."""
    return lambda *words, cwd, env=None: end(begin(*words, cwd=cwd, env=env))


@pytest.fixture(scope="session")
def start() -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts a command."""
    return begin


@pytest.fixture(scope="session")
def wait() -> Callable[..., Ended]:
    """Return a function that waits for a started command."""
    return end


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory, call) -> Path:
    """Return a project as `scorecard init` lays it out; tests take copies."""
    folder = tmp_path_factory.mktemp("laid_out") / "project"
    ended = call("init", folder, cwd=folder.parent)
    assert ended.code == 0, ended.err
    return folder


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


@dataclass(frozen=True)
class Finished:
    """A project with two runs of the same command, started at the same moment while there was no database yet."""

    root: Path
    first: Ended
    second: Ended
    ids: tuple[str, str]

    @property
    def run_id(self) -> str:
        """The run that most tests look at."""
        return self.ids[0]


@pytest.fixture(scope="session")
def finished(tmp_path_factory, laid_out) -> Finished:
    """Return the project with finished runs; made once, whichever worker needs it first. Tests leave it as it is."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    told = shared / "finished.json"
    with FileLock(shared / "finished.lock"):
        if not told.is_file():
            told.write_text(json.dumps(asdict(_run_twice(laid_out, shared / "finished")), default=str))
    kept = json.loads(told.read_text())
    return Finished(Path(kept["root"]), Ended(**kept["first"]), Ended(**kept["second"]), tuple(kept["ids"]))


def _run_twice(laid_out: Path, root: Path) -> Finished:
    shutil.copytree(laid_out, root)
    words = ("run", "pipelines/german.yaml", *SMALL)
    started = begin(*words, cwd=root), begin(*words, cwd=root, env=ELSEWHERE)
    first, second = (end(process) for process in started)
    assert (first.code, second.code) == (0, 0), first.err + second.err
    ids = tuple(_run_of(root, ended) for ended in (first, second))
    return Finished(root, first, second, ids)


def _run_of(root: Path, ended: Ended) -> str:
    """Return the full id of the run whose first eight letters the command told."""
    short = ended.out.partition("Run ")[2][:8]
    (folder,) = (root / "mlruns" / "artifacts").glob(f"{short}*")
    return folder.name


@pytest.fixture
def copied(finished, tmp_path) -> Finished:
    """Return a copy of the project with finished runs, for tests that change it; the library mends its addresses."""
    root = Path(shutil.copytree(finished.root, tmp_path / "copied"))
    return Finished(root, finished.first, finished.second, finished.ids)


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
