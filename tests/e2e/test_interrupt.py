"""What stops a notebook early: an error, an exit, a lost kernel, the time, Ctrl-C, a kill. Each is told in one sentence."""

from __future__ import annotations

import os
import signal

import nbformat
import pytest

SLEEPS = "import time\nprint('asleep', flush=True)\ntime.sleep(600)"
EXPECTED = "from scorecard.errors import DataError\nraise DataError('t.csv is empty; expected rows. Export it again.')"
# Whatever opens the store; there is no such model.
NEXT_COMMAND = ("score", "--model", "none@candidate", "--table", "dataset:german", "--out", "scored.parquet")


def states(runs):
    return {run.info.status for run in runs}


def left_by(project, name):
    (path,) = (project / "mlruns" / "artifacts").glob(f"*/artifacts/{name}")
    return path


@pytest.fixture(scope="module")
def broken(shared_project, tiny, call):
    """A run whose second cell of three divides by zero."""
    tiny(shared_project, "broken", "print('reached')", "\nrate = 1 / 0\nrate", "after = 2")
    return call("run", "pipelines/broken.yaml", cwd=shared_project)


def test_a_failing_cell_is_told_by_notebook_first_line_and_error(broken):
    sentence = "NotebookError: broken stopped at «rate = 1 / 0»: ZeroDivisionError: division by zero\n"
    assert (broken.code, broken.err) == (1, sentence)


def test_a_failed_run_and_its_step_are_failed(broken, shared_project, runs):
    assert [run.info.status for run in runs(shared_project)] == ["FAILED", "FAILED"]


def test_what_was_executed_before_a_failure_is_an_artefact(broken, shared_project):
    book = nbformat.read(left_by(shared_project, "broken.ipynb"), as_version=4)
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output.output_type for output in outputs] == ["stream", "error"]


def test_a_failure_has_a_page_beside_its_notebook(broken, shared_project):
    assert "ZeroDivisionError" in left_by(shared_project, "broken.html").read_text(encoding="utf-8")


def test_the_reason_of_a_failure_is_a_tag_of_run_and_step(broken, shared_project, runs):
    reasons = {run.data.tags["scorecard.error"] for run in runs(shared_project)}
    assert reasons == {broken.err.removeprefix("NotebookError: ").strip()}


def test_the_reason_of_a_failure_is_in_the_log(broken, shared_project):
    assert "ZeroDivisionError" in left_by(shared_project, "run.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("cell", "beginning"),
    [
        ("import sys\nsys.exit(0)", "NotebookError: tiny ended before «import sys»: a cell called exit."),
        ("raise SystemExit", "NotebookError: tiny ended before «raise SystemExit»: a cell called exit."),
        ("import sys\nsys.exit(3)", "NotebookError: tiny stopped at «import sys»: SystemExit: 3"),
        ("import os\nos._exit(0)", "NotebookError: tiny lost its kernel"),
        ("import os\nos.kill(os.getpid(), 9)", "NotebookError: tiny lost its kernel"),
        (
            EXPECTED,
            "NotebookError: tiny stopped at «from scorecard.errors import DataError»: t.csv is empty; expected rows. Export",
        ),
    ],
    ids=["exit 0", "SystemExit", "exit 3", "a process that ends", "a killed kernel", "an expected error"],
)
def test_a_notebook_that_does_not_reach_its_last_cell_fails_in_one_line(cell, beginning, project, tiny, call, runs):
    tiny(project, "tiny", cell, "print('never')")
    ended = call("run", "pipelines/tiny.yaml", cwd=project)
    assert (ended.code, ended.err.count("\n"), ended.err[: len(beginning)]) == (1, 1, beginning)
    assert states(runs(project)) == {"FAILED"}


def test_a_notebook_over_its_time_fails_with_its_executed_part_and_without_a_kernel(project, tiny, call, runs, kernels):
    tiny(project, "tiny", SLEEPS)
    ended = call("run", "pipelines/tiny.yaml", "--timeout", "6", cwd=project)
    assert (ended.code, ended.err) == (
        1,
        "NotebookError: tiny took more than 6 seconds. Raise --timeout, or use fewer rows.\n",
    )
    assert states(runs(project)) == {"FAILED"}
    assert "asleep" in left_by(project, "tiny.ipynb").read_text(encoding="utf-8")
    assert kernels(project) == []


@pytest.fixture
def asleep(project, tiny, start, eventually):
    """A run whose notebook sleeps."""
    tiny(project, "sleeps", f"from pathlib import Path\nPath('../asleep').touch()\n{SLEEPS}")
    process = start("run", "pipelines/sleeps.yaml", cwd=project)
    eventually(lambda: (project / "asleep").exists() or process.poll() is not None, "the notebook never began")
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize(
    "stop",
    [lambda pid: os.killpg(pid, signal.SIGINT), lambda pid: os.kill(pid, signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM to the process"],
)
def test_a_stopped_run_ends_within_seconds_and_leaves_no_kernel(stop, asleep, project, wait, runs, kernels):
    stop(asleep.pid)
    ended = wait(asleep, 30)  # the notebook sleeps for ten minutes
    assert (ended.code, ended.err) == (130, "Stopped.\n")
    assert [run.info.status for run in runs(project)] == ["KILLED", "KILLED"]
    assert kernels(project) == []


def test_a_run_stopped_while_its_kernel_starts_leaves_no_kernel(project, tiny, start, wait, kernels, eventually):
    tiny(project, "sleeps", SLEEPS)
    process = start("run", "pipelines/sleeps.yaml", cwd=project)
    eventually(lambda: kernels(project) or process.poll() is not None, "no kernel ever started")
    os.killpg(process.pid, signal.SIGINT)
    assert wait(process, 30).code == 130
    assert kernels(project) == []


def test_a_run_at_work_is_left_alone_and_a_killed_one_closed_by_the_next_command(
    asleep, project, call, runs, kernels, eventually
):
    call(*NEXT_COMMAND, cwd=project)
    assert states(runs(project)) == {"RUNNING"}
    asleep.kill()
    asleep.communicate()
    eventually(lambda: not kernels(project), "the kernel outlived its run")
    call(*NEXT_COMMAND, cwd=project)
    assert states(runs(project)) == {"FAILED"}
    assert {run.data.tags["scorecard.error"] for run in runs(project)} == {"the process ended without closing the run"}
