"""What a test needs from the machine, what happens where it is missing, and the finished run that many tests look at.

`SCORECARD_REQUIRE` says which absences are failures instead of skips: `system` the programs of packages.txt, `all` everything.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import hypothesis
import pytest
from filelock import FileLock

hypothesis.settings.register_profile("kit", deadline=None)  # no test asserts a time
hypothesis.settings.load_profile("kit")

REQUIRE = os.environ.get("SCORECARD_REQUIRE", "")
COMMAND = (sys.executable, "-m", "scorecard")
SMALL = ("-p", "trials=1", "-p", "max_bins=4")
# A run must not rest on any of these; the second of the two runs has them otherwise than the first.
ELSEWHERE = {"TZ": "Asia/Taipei", "LC_ALL": "C", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}


def pytest_configure():
    if REQUIRE not in {"", "system", "all"}:
        raise pytest.UsageError(f"SCORECARD_REQUIRE is {REQUIRE!r}; expected system or all, or leave it unset.")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore Ctrl-C, and all they start


def pytest_runtest_setup(item):
    needed = [program for marker in item.iter_markers("system") for program in marker.args]
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        refuse = pytest.fail if REQUIRE else pytest.skip
        refuse(f"needs {', '.join(missing)}: make system")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if REQUIRE == "all" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where nothing may be: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of larger data sets that SCORECARD_DATA names."""
    name = os.environ.get("SCORECARD_DATA")
    if not name:
        pytest.skip("needs the larger data sets: set SCORECARD_DATA to their folder")
    folder = Path(name)
    if not folder.is_dir():
        pytest.fail(f"SCORECARD_DATA is {name}, which is not a folder", pytrace=False)
    return folder


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
def forks(tmp_path_factory) -> Iterator[Callable[..., Ended]]:
    """Return a function that runs a command to its end in a fork of a process that has imported everything."""
    folder = tmp_path_factory.mktemp("forks")
    words = [sys.executable, str(Path(__file__).parent / "forked.py")]
    with subprocess.Popen(
        words, env=environment(), text=True, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:

        def run(*words: str | Path, cwd: Path) -> Ended:
            files = {name: str(folder / name) for name in ("out", "err")}
            asked = {"words": json.dumps([*map(str, words)]), "folder": str(cwd), **files}
            server.stdin.write(json.dumps(asked) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            out, err = (Path(name).read_text(encoding="utf-8") for name in files.values())
            return Ended(code, out, err)

        yield run
        server.stdin.close()


@pytest.fixture(scope="session")
def call(forks) -> Callable[..., Ended]:
    """Return a function that runs a command to its end; with an environment of its own it is a fresh process."""
    return lambda *words, cwd, env=None: forks(*words, cwd=cwd) if env is None else end(begin(*words, cwd=cwd, env=env))


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
