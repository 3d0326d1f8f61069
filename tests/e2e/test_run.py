"""A pipeline's run: what it tells, what it keeps in MLflow, what it refuses, and how it is resumed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import nbformat
import pytest

from scorecard import contracts, datasets
from scorecard.jobs import provenance
from scorecard.settings import NOTEBOOKS

SHA256 = re.compile(r"[0-9a-f]{64}")
CLOSING = ("model card", "monitoring report", "runs and models", "notebooks")


@pytest.fixture
def parent(finished, runs):
    """MLflow's record of the finished run."""
    return next(run for run in runs(finished.root) if run.info.run_id == finished.run_id)


@pytest.fixture
def steps(finished, runs):
    """MLflow's records of the finished run's steps, by name, in the order they began."""
    return children(runs(finished.root), finished.run_id)


def children(runs, parent):
    found = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent]
    return {run.data.tags["scorecard.step"]: run for run in sorted(found, key=lambda run: run.info.start_time)}


def folder(finished, run):
    return finished.root / "mlruns" / "artifacts" / run.info.run_id / "artifacts"


def test_every_notebook_is_told_with_its_seconds(finished):
    told = [re.fullmatch(r"(\w+) +\d+\.\d s", line) for line in finished.first.out.splitlines()[: len(NOTEBOOKS)]]
    assert [line and line.group(1) for line in told] == list(NOTEBOOKS)


def test_a_run_that_goes_well_says_nothing_on_the_error_stream(finished):
    assert (finished.first.err, finished.second.err) == ("", "")


@pytest.mark.parametrize("page", ["model card", "monitoring report", "drift report"])
def test_the_closing_lines_name_pages_that_are_there(finished, page):
    (line,) = [line for line in finished.first.out.splitlines() if line.strip().startswith(page)]
    assert Path(line.partition(page)[2].strip()).suffix == ".html"
    assert Path(line.partition(page)[2].strip()).is_file()


@pytest.mark.parametrize("command", ["scorecard mlflow", "make mlflow", "scorecard lab", "make lab"])
def test_the_closing_lines_say_how_to_open_mlflow_and_jupyterlab(finished, command):
    assert command in finished.first.out


def test_one_finished_run_has_one_finished_step_per_notebook(parent, steps):
    assert parent.info.status == "FINISHED"
    assert {name: run.info.status for name, run in steps.items()} == dict.fromkeys(NOTEBOOKS, "FINISHED")
    assert list(steps) == list(NOTEBOOKS)


def test_the_run_keeps_the_parameters_of_file_and_command(parent):
    assert parent.data.params == {"seed": "1", "trials": "1", "max_bins": "4"}


def test_a_step_keeps_the_parameters_it_was_given_and_its_defaults(steps):
    kept = steps["02_binning"].data.params
    assert (kept["max_bins"], kept["min_share"], kept["trend"]) == ("4", "0.05", "auto")


def test_the_metrics_of_a_step_are_those_of_its_artefacts(finished, steps):
    card = json.loads((folder(finished, steps["03_scorecard"]) / "scorecard.json").read_text(encoding="utf-8"))
    (segment,) = card["segments"]
    assert steps["03_scorecard"].data.metrics["intercept"] == segment["intercept"]
    assert steps["03_scorecard"].data.metrics["characteristics"] == len(segment["characteristics"])


@pytest.mark.parametrize("step", [name for name in NOTEBOOKS if name != "06_documents"])
def test_every_step_that_computes_has_metrics(steps, step):
    assert steps[step].data.metrics


def test_the_hash_of_the_data_is_that_of_the_bundled_file_and_its_reading(parent):
    stored = hashlib.sha256(datasets.path("german").read_bytes()).hexdigest()
    both = f"{stored}\n{datasets.DATASETS['german'].sql}"
    assert parent.data.tags["scorecard.data_sha256"] == hashlib.sha256(both.encode()).hexdigest()


def test_the_hash_of_the_contract_is_that_of_its_content(parent, finished):
    content = contracts.load(finished.root / "schemas" / "german.yaml").model_dump(mode="json")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert parent.data.tags["scorecard.contract_sha256"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("tag", ["settings_sha256", "lock_sha256"])
def test_settings_and_environment_have_a_hash(parent, tag):
    assert SHA256.fullmatch(parent.data.tags[f"scorecard.{tag}"].removeprefix("installed:"))


def test_the_seed_and_the_rows_are_tags(parent):
    assert (parent.data.tags["scorecard.seed"], parent.data.tags["scorecard.rows"]) == ("1", "1000")


def test_the_rows_of_the_samples_are_metrics_that_add_up(steps):
    rows = {name: value for name, value in steps["01_data"].data.metrics.items() if name.endswith("rows")}
    assert sum(rows.values()) == 1000


@pytest.mark.parametrize("package", ["numpy", "pandas", "scikit-learn", "xgboost", "optbinning", "mlflow"])
def test_versions_are_tags(parent, package):
    assert parent.data.tags[f"version.{package}"] == metadata.version(package)


def test_a_project_outside_git_says_so(parent):
    kept = parent.data.tags["scorecard.commit"], parent.data.tags["scorecard.dirty"]
    assert kept == ("not a git checkout", "unknown")


@pytest.fixture
def checkout(tmp_path):
    """A git checkout with one commit."""
    person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    (tmp_path / "file").write_text("one")
    for words in (["init", "-q"], ["add", "file"], [*person, "commit", "-q", "-m", "One file"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_a_commit_and_a_clean_checkout_are_tags(checkout):
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True).stdout.strip()
    kept = provenance.tags(checkout)
    assert (kept["scorecard.commit"], kept["scorecard.dirty"]) == (head, "false")


def test_an_uncommitted_change_is_a_tag(checkout):
    (checkout / "file").write_text("two")
    assert provenance.tags(checkout)["scorecard.dirty"] == "true"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_executed_notebook_is_an_artefact_of_its_step(finished, steps, name):
    book = nbformat.read(folder(finished, steps[name]) / f"{name}.ipynb", as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert code[-1].outputs


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_page_of_a_notebook_asks_nothing_of_the_network(finished, steps, name):
    page = (folder(finished, steps[name]) / f"{name}.html").read_text(encoding="utf-8")
    assert re.findall(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["'](?:https?:)?//""", page) == []


def test_a_run_leaves_notebooks_and_their_folder_as_they_were(finished, laid_out):
    before, after = (
        {path.name: path.read_bytes() for path in (root / "notebooks").iterdir()} for root in (laid_out, finished.root)
    )
    assert after == before


def test_the_log_tells_of_every_notebook(finished, parent):
    log = (folder(finished, parent) / "run.log").read_text(encoding="utf-8")
    assert [name for name in NOTEBOOKS if f"ended name={name} status=FINISHED" in log] == list(NOTEBOOKS)


def test_no_run_is_left_open(finished, runs):
    assert {run.info.status for run in runs(finished.root)} == {"FINISHED"}


def test_json_is_one_object_with_the_run_and_nothing_else(project, tiny, call, runs):
    tiny(project, "tiny", "1 + 1")
    ended = call("run", "pipelines/tiny.yaml", "--json", cwd=project)
    told = json.loads(ended.out)
    assert (ended.code, told["status"]) == (0, "FINISHED")
    assert told["run"] in {run.info.run_id for run in runs(project)}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-p", "max_bin=6"], "Did you mean max_bins?"),
        (["-p", "max_bins=many"], "Parameter max_bins = 'many'; expected int, such as 8."),
        (["-p", "seed=1.5"], "Parameter seed = '1.5'; expected int, such as 1."),
        (["-p", "min_share=nan"], "Parameter min_share = 'nan'; expected float, such as 0.05."),
        (["-p", "novalue"], "-p 'novalue' is not name=value."),
        (["-p", "=3"], "-p '=3' is not name=value."),
        (["-p", "run=mine"], "run is not a parameter of any notebook"),
        (["--from", "04_challenger"], "Did you mean 04_challengers?"),
        (["--run", "0123"], "--from is missing"),
        (["--from", "04_challengers"], "has no run"),
        (["--from", "04_challengers", "--run", "0123"], "has no run '0123'"),
    ],
)
def test_wrong_words_are_refused_in_one_line_and_leave_no_run(words, sentence, shared_project, call, runs):
    ended = call("run", "pipelines/german.yaml", *words, cwd=shared_project)
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert sentence in ended.err
    assert runs(shared_project) == []


def test_a_pipeline_file_with_a_misspelt_name_is_refused_with_the_nearest(shared_project, call):
    ended = call("run", "pipelines/germany.yaml", cwd=shared_project)
    assert (ended.code, "Did you mean german.yaml?" in ended.err) == (1, True)


def test_a_file_that_is_not_a_notebook_is_refused(project, tiny, call, runs):
    tiny(project, "tiny", "1 + 1")
    (project / "notebooks" / "tiny.ipynb").write_text("{")
    ended = call("run", "pipelines/tiny.yaml", cwd=project)
    assert (ended.code, ended.err.count("\n"), "tiny.ipynb cannot be read as a notebook" in ended.err) == (1, 1, True)
    assert runs(project) == []


def test_the_kernel_is_this_interpreter_whatever_the_machine_has_registered(project, tiny, call, tmp_path):
    home, data = tmp_path / "home", tmp_path / "data"
    foreign = data / "kernels" / "python3"
    startup = home / ".ipython" / "profile_default" / "startup"
    for made in (foreign, startup):
        made.mkdir(parents=True)
    (foreign / "kernel.json").write_text(json.dumps({"argv": ["false"], "display_name": "Other", "language": "python"}))
    (startup / "00.py").write_text("leaked = True\n")
    tiny(
        project,
        "tiny",
        "import sys\nfrom pathlib import Path\nPath('../python').write_text(sys.executable)\nassert 'leaked' not in dir()",
    )
    elsewhere = {"HOME": str(home), "JUPYTER_PATH": str(tmp_path / "none"), "JUPYTER_DATA_DIR": str(data)}
    ended = call("run", "pipelines/tiny.yaml", cwd=project, env=elsewhere)
    assert ended.code == 0, ended.err
    assert (project / "python").read_text() == sys.executable


def test_the_sockets_of_a_kernel_are_in_a_folder_that_goes_with_it(project, tiny, call, tmp_path):
    temporary = Path("/tmp") / f"s{os.getpid()}"  # pytest's own folders are too long for a socket
    temporary.mkdir()
    tiny(
        project,
        "tiny",
        "import os, tempfile\nprint(sorted(os.listdir()), os.listdir(tempfile.gettempdir() + '/' + os.listdir(tempfile.gettempdir())[0]))",
    )
    try:
        ended = call("run", "pipelines/tiny.yaml", cwd=project, env={"TMPDIR": str(temporary)})
        assert list(temporary.iterdir()) == []
    finally:
        temporary.rmdir()
    (book,) = (project / "mlruns" / "artifacts").glob("*/artifacts/tiny.ipynb")
    (output,) = nbformat.read(book, as_version=4).cells[-1].outputs
    assert ended.code == 0, ended.err
    notebooks, _, kernel = output.text.partition("] [")
    assert ("ipc" in notebooks or "socket" in notebooks, "socket-1" in kernel) == (False, True)


def test_a_kernel_runs_over_ports_where_a_socket_would_be_too_long(project, tiny, call, tmp_path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    tiny(project, "tiny", "1 + 1")
    ended = call("run", "pipelines/tiny.yaml", cwd=project, env={"TMPDIR": str(deep)})
    assert (ended.code, ended.err) == (0, "")


def test_from_resumes_the_newest_run_and_reuses_its_earlier_steps(copied, call, runs):
    newest = max((run for run in runs(copied.root) if run.info.run_id in copied.ids), key=lambda run: run.info.start_time)
    before = children(runs(copied.root), newest.info.run_id)
    ended = call("run", "pipelines/german.yaml", "--from", "04_challengers", cwd=copied.root)
    after = children(runs(copied.root), newest.info.run_id)
    assert ended.code == 0, ended.err
    assert [line.split()[0] for line in ended.out.splitlines()[:4]] == list(NOTEBOOKS[3:])
    assert {name: after[name].info.run_id == before[name].info.run_id for name in NOTEBOOKS} == {
        name: name < "04" for name in NOTEBOOKS
    }
    assert after["04_challengers"].data.metrics == before["04_challengers"].data.metrics
    assert len(runs(copied.root)) == 2 * (1 + len(NOTEBOOKS)) + 4


def test_run_and_from_resume_the_run_that_is_named_by_the_beginning_of_its_id(copied, call, runs):
    oldest = min((run for run in runs(copied.root) if run.info.run_id in copied.ids), key=lambda run: run.info.start_time)
    other = next(name for name in copied.ids if name != oldest.info.run_id)
    untouched = set(children(runs(copied.root), other))
    ended = call("run", "pipelines/german.yaml", "--from", "07_monitoring", "--run", oldest.info.run_id[:8], cwd=copied.root)
    assert ended.code == 0, ended.err
    again = [run for run in runs(copied.root) if run.data.tags.get("mlflow.parentRunId") == oldest.info.run_id]
    assert len(again) == len(NOTEBOOKS) + 1
    assert set(children(runs(copied.root), other)) == untouched


def test_a_resumed_run_keeps_its_parameters(finished, call, runs):
    before = len(runs(finished.root))
    ended = call("run", "pipelines/german.yaml", "--from", "04_challengers", "-p", "trials=2", cwd=finished.root)
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "-p trials=2 differs from what run" in ended.err
    assert len(runs(finished.root)) == before


def test_a_step_is_not_a_run_to_resume(finished, steps, call):
    words = ("--from", "06_documents", "--run", steps["05_validation"].info.run_id)
    ended = call("run", "pipelines/german.yaml", *words, cwd=finished.root)
    assert (ended.code, "has no run" in ended.err) == (1, True)
