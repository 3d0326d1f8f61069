"""A run is repeated: alone, with something changed, on another machine, and where something is missing or was touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas
import pytest
import yaml

import scorecard
from scorecard import edits
from scorecard.equivalence import changes, compare
from scorecard.errors import GovernanceError, ScorecardError
from scorecard.settings import Table

PARENT, ORIGIN = "mlflow.parentRunId", "scorecard.origin"
SECRET = "Sesame-4711-rerun"  # a word to look for, no one's password
PIPELINE = """name: line
table: data/rows.csv
contract: schemas/german.yaml
target: {column: bad}
notebooks: [line]
parameters: {seed: 1}
"""
LOCK = "numpy==1\n"
GIVEN = """pipeline: str = "pipelines/line.yaml"
run: str = ""
seed: int = 1"""
LINE = """import random, time
from pathlib import Path
from scorecard.data import source
from scorecard.jobs import begin
step = begin("line", pipeline, run)
planted = Path("PLANTED")
while (planted / "sleep").exists():
    (planted / "asleep").touch()
    time.sleep(0.1)
if (planted / f"fails {seed}").exists():
    raise ValueError("not this one")
rows = source.open_table(step.pipeline.table, step.root).count("*").fetchall()[0][0]
step.save_json("rows.json", {"table": str(step.pipeline.table), "rows": rows})
step.save_json("luck.json", {"luck": random.random() if (planted / "luck").exists() else 0.5})
verdict = "green" if seed == 1 else "red"
step.save_json("results.json", [{"code": "X-1", "scope": "test", "statistic": seed / 3, "verdict": verdict}])
step.log(rows=rows)
step.finish()"""


@dataclass(frozen=True)
class Line:
    """A project with a finished run of one small notebook; files of certain names in `planted` make it misbehave."""

    root: Path
    run: str
    planted: Path


def write_notebook(root, code):
    cells = [nbformat.v4.new_code_cell(GIVEN, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "notebooks" / "line.ipynb")


def write_line(root):
    (root / "data").mkdir()
    (root / "data" / "rows.csv").write_text("bad,age\n0,30\n1,20\n0,40\n")
    (root / "pipelines" / "line.yaml").write_text(PIPELINE)
    write_notebook(root, LINE.replace("PLANTED", str(root.parent)))


def run_line(root, call, env=None):
    ended = call("run", "pipelines/line.yaml", "--json", cwd=root, env=env)
    assert ended.code == 0, ended.err
    return Line(root, json.loads(ended.out)["run"], root.parent)


@pytest.fixture(scope="module")
def line(shared_project, call):
    """The finished run of a checkout; its notebook and its lock have moved on since."""
    write_line(shared_project)
    (shared_project / "requirements.lock").write_text(LOCK)
    check_in(shared_project)
    made = run_line(shared_project, call)
    write_notebook(shared_project, "raise RuntimeError('moved on')")
    (shared_project / "requirements.lock").write_text("numpy==9\n")
    return made


@pytest.fixture
def copy(line, tmp_path):
    """A copy of the project, for tests that change it."""
    return Line(Path(shutil.copytree(line.root, tmp_path / "copy")), line.run, line.planted)


@pytest.fixture(scope="module")
def pack(deprecations):
    """Return a function that packs a run in this process."""

    def packed(run, root, out, with_data=False):
        with deprecations():
            from scorecard.jobs import bundle  # noqa: PLC0415  MLflow warns when it is imported

            return bundle.write(run, root, out, with_data)

    return packed


@pytest.fixture(scope="module")
def repeat(deprecations):
    """Return a function that repeats a run in this process; it must end before anything is executed."""

    def repeated(reference, here, **options):
        with deprecations():
            from scorecard.jobs.isolation import Asked  # noqa: PLC0415
            from scorecard.jobs.rerun import rerun  # noqa: PLC0415

            return rerun(Asked(str(reference), **options), here, pytest.fail).certificate

    return repeated


@pytest.fixture(scope="module")
def bundled(line, call, pack, tmp_path_factory):
    """A bundle of the run with its table, and one without."""
    folder = tmp_path_factory.mktemp("bundles")
    ended = call("bundle", line.run[:8], "--out", folder / "with.zip", "--with-data", cwd=line.root)
    assert (ended.code, ended.err) == (0, "")
    pack(line.run, line.root, folder / "without.zip")
    return folder


@pytest.fixture
def planted(line):
    """Return a function that makes the notebook misbehave, until the test ends."""
    made = []

    def plant(name):
        made.append(line.planted / name)
        made[-1].touch()

    yield plant
    for path in made:
        path.unlink(missing_ok=True)


def certificate_of(ended):
    return json.loads(ended.out)


def reruns(runs, root):
    return [run for run in runs(root) if ORIGIN in run.data.tags]


@pytest.fixture(scope="module")
def same(line, call, tmp_path_factory):
    """The run repeated without a change, its table under another name; what its temporary folder holds afterwards."""
    folder = tmp_path_factory.mktemp("same")
    shutil.copyfile(line.root / "data" / "rows.csv", folder / "renamed.csv")
    (folder / "tmp").mkdir()
    words = ("rerun", line.run[:8], "--table", folder / "renamed.csv", "--json")
    ended = call(*words, cwd=line.root / "notebooks", env={"TMPDIR": str(folder / "tmp")})
    return ended, sorted(path.name for path in (folder / "tmp").iterdir())


def test_a_run_without_a_change_is_reproduced_by_the_notebooks_and_rows_it_had(same):
    ended, _ = same
    assert (ended.code, ended.err) == (0, "")
    found = certificate_of(ended)
    assert (found["verdict"], found["changed"], found["differences"]["count"]) == ("REPRODUCED", [], 0)
    assert (found["compared"]["artefacts"], found["compared"]["metrics"]) == (3, 1)


def test_a_rerun_tells_commit_and_lock_of_its_origin_for_its_files_are_those(same, line):
    sides = [certificate_of(same[0])[side]["facts"] for side in ("origin", "rerun")]
    assert [{name: side[name] for name in ("commit", "dirty", "lock_sha256")} for side in sides] == [
        {"commit": git(line.root, "rev-parse", "HEAD").strip(), "dirty": "false", "lock_sha256": sha256_of(LOCK.encode())}
    ] * 2


def test_a_rerun_is_a_run_that_names_its_origin_and_holds_the_certificate(same, line, runs):
    found = certificate_of(same[0])
    copy = next(run for run in reruns(runs, line.root) if run.info.run_id == found["rerun"]["run"])
    assert (copy.data.tags[ORIGIN], copy.data.tags["scorecard.verdict"], copy.info.status) == (line.run, "REPRODUCED", "FINISHED")
    steps = [run for run in runs(line.root) if run.data.tags.get(PARENT) == copy.info.run_id]
    assert {run.data.tags["scorecard.step"]: run.info.status for run in steps} == {"line": "FINISHED"}
    assert {name: value for run in steps for name, value in run.data.metrics.items()} == {"rows": 3.0}
    kept = json.loads(Path(found["page"]).with_suffix(".json").read_text())
    assert kept == {name: value for name, value in found.items() if name != "page"}
    assert Path(found["page"]).parent.parent.name == copy.info.run_id


def test_a_rerun_leaves_no_temporary_folder(same):
    assert same[1] == []


def test_a_bundle_is_repeated_in_an_empty_folder_with_what_the_validator_changes(bundled, call, tmp_path):
    """Another machine: no project, the recorded address of the table leads nowhere, and the table comes along."""
    ended = call("rerun", bundled / "with.zip", "-p", "seed=2", "--json", cwd=tmp_path)
    assert (ended.code, ended.err) == (10, "")
    found = certificate_of(ended)
    assert [(each["kind"], each["name"], each["before"], each["after"], each["step"]) for each in found["changed"]] == [
        ("parameter", "seed", "1", "2", "line")
    ]
    assert [(each["place"], each["before"], each["after"]) for each in found["verdicts_flipped"]] == [
        ("[X-1, test].verdict", "green", "red")
    ]
    assert (found["differences"]["count"], found["differences"]["unexplained"]) == (2, 0)
    folder = tmp_path / "with-rerun"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["with-rerun"]
    assert "explained" in (folder / "rerun_certificate.html").read_text(encoding="utf-8")
    assert list(pandas.read_csv(folder / "rerun_differences.csv")["place"]) == ["[X-1, test].statistic", "[X-1, test].verdict"]


def test_a_number_drawn_at_random_is_found_and_named(copy, planted, call, runs, tmp_path):
    planted("luck")
    ended = call("rerun", copy.run, "--out", tmp_path / "out", cwd=copy.root)
    assert ended.code == 20
    assert "DIFFERENT  line" in ended.out
    assert "first: line/luck.json luck: 0.5 -> " in ended.out
    assert json.loads((tmp_path / "out" / "rerun_certificate.json").read_text())["differences"]["count"] == 1
    assert "DIFFERENT" in {run.data.tags["scorecard.verdict"] for run in reruns(runs, copy.root)}


# What is missing is found before anything is executed.


def artefact(copy, name):
    (path,) = (path for path in (copy.root / "mlruns" / "artifacts").glob(f"*/artifacts/{name}") if is_of(copy, path))
    return path


def is_of(copy, path):
    """Whether a step's artefact is one of the origin's."""
    with closing(sqlite3.connect(copy.root / "mlruns" / "mlflow.db")) as database:
        rows = database.execute(
            "SELECT value FROM tags WHERE run_uuid = ? AND key = ?", (path.parent.parent.name, PARENT)
        ).fetchall()
    return rows == [(copy.run,)]


def test_an_artefact_that_was_touched_is_named_and_nothing_is_run_or_packed(copy, call, pack, runs):
    path = artefact(copy, "results.json")
    path.write_text(path.read_text().replace("green", "amber"))
    before = len(runs(copy.root))
    ended = call("rerun", copy.run, cwd=copy.root)
    assert (ended.code, ended.err) == (30, "")
    assert ended.out.splitlines()[1] == "line/results.json is not as the run left it: it was changed afterwards."
    with pytest.raises(GovernanceError, match=r"cannot be packed\. line/results.json is not as the run left it"):
        pack(copy.run, copy.root, copy.root / "b.zip")
    assert (len(runs(copy.root)), list(copy.root.glob("*.zip"))) == (before, [])


@pytest.fixture
def refused(repeat):
    """Return a function that gives what is missing for a run to be repeated, and looks at the certificate of it."""

    def rerun(reference, here):
        found = repeat(reference, here, out=here / "out")
        assert found.outcome.value == "NOT COMPARABLE"
        assert "not comparable" in (here / "out" / "rerun_certificate.html").read_text(encoding="utf-8")
        return [each.values for each in found.missing]

    return rerun


def test_a_manifest_written_anew_is_found_by_its_anchor(copy, refused):
    path = artefact(copy, "results.json")
    path.write_text("[]")
    manifest = path.with_name("artefacts.sha256")
    manifest.write_text(manifest.read_text().replace("results.json", "result.json"))
    assert refused(copy.run, copy.root) == [{"file": "line/artefacts.sha256"}]


def test_a_step_that_is_gone_is_named(copy, refused):
    shutil.rmtree(artefact(copy, "results.json").parent)
    assert refused(copy.run, copy.root) == [{"file": "line/artefacts.sha256"}]


def test_a_metric_changed_in_the_database_is_named(copy, refused):
    with closing(sqlite3.connect(copy.root / "mlruns" / "mlflow.db")) as database:
        database.execute("UPDATE latest_metrics SET value = 4 WHERE key = 'rows'")
        database.commit()
    assert refused(copy.run, copy.root) == [{"file": "line: mlflow.db"}]


def test_a_table_changed_in_place_is_not_compared_with_unasked(copy, refused):
    (copy.root / "data" / "rows.csv").write_text("bad,age\n0,31\n1,20\n0,40\n")
    ((values),) = refused(copy.run, copy.root)
    assert (values["role"], values["table"]) == ("table", "data/rows.csv")
    assert values["before"] != values["after"]


def test_a_table_that_is_gone_is_named(copy, refused):
    (copy.root / "data" / "rows.csv").unlink()
    ((values),) = refused(copy.run, copy.root)
    assert (values["table"], "is not a file" in values["why"]) == ("data/rows.csv", True)


def test_a_bundle_without_its_table_is_not_comparable_elsewhere(bundled, refused, tmp_path):
    ((values),) = refused(bundled / "without.zip", tmp_path)
    assert values["table"] == "data/rows.csv"


def test_a_bundle_that_was_touched_is_found(bundled, refused, tmp_path):
    content = (bundled / "with.zip").read_bytes()
    assert content.count(b'"verdict": "green"') == 1
    (tmp_path / "touched.zip").write_bytes(content.replace(b'"verdict": "green"', b'"verdict": "amber"'))
    assert refused(tmp_path / "touched.zip", tmp_path) == [{"file": "run/line/results.json"}]


def test_a_bundle_whose_hashes_were_written_anew_is_held_to_the_anchor_of_the_run(bundled, refused, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundled / "with.zip") as archive:
        archive.extractall(folder)
    path = folder / "run" / "line" / "results.json"
    old = sha256(path)
    path.write_text("[]")
    hashes = folder / "bundle.sha256"
    hashes.write_text(hashes.read_text().replace(old, sha256(path)))
    assert refused(folder, tmp_path) == [{"file": "run/line/results.json"}]


@pytest.mark.full
def test_a_module_beside_the_notebooks_or_at_the_top_is_not_imported_for_one_of_the_library(bundled, call, tmp_path):
    """The bundle lists them: whoever packs one can list anything, and a validator reads notebooks, not what shadows the library."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundled / "with.zip") as archive:
        archive.extractall(folder)
    for name in ("json.py", "notebooks/pandas.py", "notebooks/json.py"):
        (folder / name).write_text(f"open({str(tmp_path / 'planted')!r}, 'w')\nraise SystemExit('planted')\n")
        with (folder / "bundle.sha256").open("a") as hashes:
            hashes.write(f"{sha256(folder / name)}  {name}\n")
    ended = call("rerun", folder, "--json", cwd=tmp_path)
    assert (ended.code, ended.err, (tmp_path / "planted").exists()) == (0, "", False)


def sha256(path):
    return sha256_of(path.read_bytes())


def sha256_of(content):
    return hashlib.sha256(content).hexdigest()


def test_a_notebook_that_was_run_by_hand_afterwards_is_none_of_the_run_until_it_is_resumed(copy, pack, deprecations, tmp_path):
    with deprecations():
        from scorecard.jobs import keeping  # noqa: PLC0415
        from scorecard.tracking import open_store  # noqa: PLC0415

        store = open_store(copy.root)
        store.start("line", store.run(copy.run).run.info.experiment_id, copy.run).finish("FINISHED")
        pack(copy.run, copy.root, tmp_path / "b.zip")
        keeping.seal_run(store.run(copy.run), ["line"])
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert "run/line/results.json" in archive.namelist()
    with pytest.raises(GovernanceError, match="The step line has no manifest"):
        pack(copy.run, copy.root, tmp_path / "b.zip")


def test_a_run_by_hand_or_without_an_end_is_not_comparable(copy, refused, client):
    client(copy.root).set_tag(copy.run, "scorecard.started_by", "hand")
    assert refused(copy.run, copy.root) == [{}]
    client(copy.root).set_terminated(copy.run, "FAILED")
    assert refused(copy.run, copy.root) == [{"status": "FAILED"}]


@pytest.mark.parametrize(
    ("reference", "options", "sentence"),
    [
        ("RUN", {"parameters": {"seeds": "2"}}, r"Did you mean seed\?"),
        ("RUN", {"parameters": {"seed": "many"}}, "Parameter seed = 'many'; expected int"),
        ("RUN", {"parameters": {"table": "x.csv"}}, "Write --table instead"),
        ("RUN", {"parameters": {"language": "fr"}}, "language = 'fr'; expected en or zh"),
        ("RUN", {"table": Table(path="none.csv")}, "none.csv is not a file"),
        ("RUN", {"table": Table(dataset="nope")}, "nope"),
        ("RUN", {"out": Path("data/rows.csv/out")}, "rows.csv is no folder to write to"),
        ("nonsense", {}, "There is no run 'nonsense'"),
        ("n" * 300, {}, "There is no run 'nnn"),
        (".", {}, "is not a bundle of format scorecard-bundle/1"),
        ("pipelines/line.yaml", {}, "is not a bundle of format scorecard-bundle/1"),
    ],
)
def test_what_cannot_be_asked_is_refused(reference, options, sentence, line, repeat, monkeypatch):
    monkeypatch.chdir(line.root)
    with pytest.raises(ScorecardError, match=sentence):
        repeat(line.run if reference == "RUN" else reference, line.root, **options)


def test_a_validation_of_its_own_is_no_run_to_repeat(copy, repeat, client):
    client(copy.root).set_tag(copy.run, "scorecard.kind", "validation")
    with pytest.raises(ScorecardError, match="is a validation by itself; expected a run of a pipeline"):
        repeat(copy.run, copy.root)


def test_a_place_beside_a_bundle_that_cannot_be_written_is_refused_before_anything_is_run(bundled, repeat, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "with-rerun").touch()
    with pytest.raises(ScorecardError, match="with-rerun is no folder to write to"):
        repeat(bundled / "with.zip", tmp_path)


def test_a_bundle_holds_no_reason_of_an_earlier_failure_which_may_quote_a_row(copy, pack, client, tmp_path):
    client(copy.root).set_tag(copy.run, "scorecard.error", "for example row 17 holds -5.0")
    pack(copy.run, copy.root, tmp_path / "b.zip")
    assert b"row 17 holds" not in (tmp_path / "b.zip").read_bytes()


@pytest.mark.full
def test_a_run_that_is_resumed_and_finishes_keeps_no_reason_of_its_failure(copy, planted, call, client):
    write_notebook(copy.root, LINE.replace("PLANTED", str(copy.planted)))
    planted("fails 1")
    assert call("run", "pipelines/line.yaml", cwd=copy.root).code == 1
    (copy.planted / "fails 1").unlink()
    ended = call("run", "pipelines/line.yaml", "--from", "line", "--json", cwd=copy.root)
    assert ended.code == 0, ended.err
    assert "scorecard.error" not in client(copy.root).get_run(json.loads(ended.out)["run"]).data.tags


def test_outside_a_project_only_a_bundle_can_be_repeated(repeat, tmp_path):
    for reference in ("0123", "n" * 300):
        with pytest.raises(ScorecardError, match="expected a bundle, or a run of the project"):
            repeat(reference, tmp_path)


# What a bundle holds.


def test_a_bundle_is_a_project_with_everything_but_rows_and_outputs(finished, call, pack, tmp_path):
    ended = call("bundle", finished.run_id[:8], "--out", tmp_path / "one.zip", "--json", cwd=finished.root)
    assert (ended.code, json.loads(ended.out)["sha256"]) == (0, sha256(tmp_path / "one.zip"))
    pack(finished.run_id, finished.root, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
        names = set(archive.namelist())
    folder = tmp_path / "unpacked"
    assert names >= {
        "bundle.json",
        "pipelines/german.yaml",
        "schemas/german.yaml",
        "notebooks/01_data.ipynb",
        "run/environment.json",
    }
    assert names >= {f"run/03_scorecard/{name}" for name in ("scorecard.json", "certificate.json", "points.csv", "logged.json")}
    assert names >= {"run/05_validation/results.json", "run/06_documents/model_card.json"}
    assert not any(name.startswith("run/") and name.endswith((".ipynb", "evidently.html", "breaches.csv")) for name in names)
    books = [nbformat.read(path, as_version=4) for path in (folder / "notebooks").iterdir()]
    assert not any(cell.get("outputs") for book in books for cell in book.cells)
    assert yaml.safe_load((folder / "pipelines" / "german.yaml").read_text())["parameters"] == {
        "seed": 1,
        "max_bins": 4,
        "trials": 1,
    }


def test_two_runs_of_one_command_are_equivalent_in_every_value(finished, deprecations):
    """In another time zone and locale, with other threads and hash seeds, at the same moment: nothing that is compared differs."""
    with deprecations():
        from scorecard.jobs import keeping  # noqa: PLC0415
        from scorecard.tracking import open_store  # noqa: PLC0415

        store = open_store(finished.root)
        first, second = (keeping.record(store.run(run)) for run in finished.ids)
    assert changes(first, second) == []
    found = compare(first, second)
    assert found.differences == ()
    assert (found.artefacts > 30, found.metrics > 80, found.values > 5_000) == (True, True, True)


@pytest.mark.full
def test_no_password_is_found_in_a_bundle_and_rows_of_a_query_are_not_packed(project, tiny, call, tmp_path):
    path = tiny(project, "tiny", "1 + 1")
    table = {"url": "postgresql+nodriver://scorer@127.0.0.1:1/bank", "query": "SELECT 1", "password_env": "BANK_PASSWORD"}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"table": table}))
    env = {"BANK_PASSWORD": SECRET}
    ran = call("run", path, "--json", cwd=project, env=env)
    assert ran.code == 0, ran.err
    run = json.loads(ran.out)["run"]
    refused = call("bundle", run, "--with-data", cwd=project, env=env)
    assert (refused.code, refused.err.count("\n"), "expected a file to pack" in refused.err) == (1, 1, True)
    assert call("bundle", run, "--out", tmp_path / "b.zip", cwd=project, env=env).code == 0
    content = (tmp_path / "b.zip").read_bytes()
    assert (SECRET.encode() in content, b"BANK_PASSWORD" in content) == (False, True)
    ended = call("rerun", run, cwd=project, env=env)
    assert (ended.code, "kept no fingerprint" in ended.out, SECRET in ended.out + ended.err) == (30, True, False)


def test_a_copy_that_is_stopped_half_way_leaves_nothing(copy, runs, deprecations):
    def half(store):
        from scorecard.tracking.copying import copied  # noqa: PLC0415

        parent = store.run(copy.run)
        with copied(parent, list(parent.steps().values()), store, {ORIGIN: copy.run}):
            raise KeyboardInterrupt

    before = {run.info.run_id for run in runs(copy.root)}, sorted((copy.root / "mlruns" / "artifacts").iterdir())
    with deprecations():
        from scorecard.tracking import open_store  # noqa: PLC0415

        with pytest.raises(KeyboardInterrupt):
            half(open_store(copy.root))
    assert ({run.info.run_id for run in runs(copy.root)}, sorted((copy.root / "mlruns" / "artifacts").iterdir())) == before


# What takes longer.


@pytest.fixture
def sleeping(copy, planted, start, eventually, tmp_path):
    """A rerun whose notebook sleeps, with a temporary folder of its own."""
    planted("sleep")
    (tmp_path / "tmp").mkdir()
    process = start("rerun", copy.run, cwd=copy.root, env={"TMPDIR": str(tmp_path / "tmp")})
    eventually(lambda: (copy.planted / "asleep").exists() or process.poll() is not None, "the notebook never began")
    yield process
    (copy.planted / "asleep").unlink(missing_ok=True)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.full
@pytest.mark.parametrize(
    "stop",
    [lambda pid: os.killpg(pid, signal.SIGINT), lambda pid: os.kill(pid, signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM to the process"],
)
def test_a_stopped_rerun_leaves_no_run_no_folder_and_no_kernel(stop, sleeping, copy, wait, runs, kernels):
    before, temporary = len(runs(copy.root)), copy.root.parent / "tmp"
    stop(sleeping.pid)
    ended = wait(sleeping, 60)  # the notebook sleeps for as long as it is let
    assert (ended.code, ended.err) == (130, "Stopped.\n")
    assert (len(runs(copy.root)), list(temporary.iterdir()), kernels(temporary)) == (before, [], [])


@pytest.mark.full
def test_other_rows_are_a_changed_input(copy, call):
    (copy.root / "more.csv").write_text("bad,age\n0,30\n1,20\n0,40\n1,50\n")
    found = certificate_of(call("rerun", copy.run, "--table", "more.csv", "--json", cwd=copy.root))
    assert (found["verdict"], [each["kind"] for each in found["changed"]]) == ("EXPLAINED", ["data"])
    assert {(each["artefact"], each["first"]["place"]) for each in found["differences"]["artefacts"]} == {
        ("rows.json", "rows"),
        ("metrics", "rows"),
    }


@pytest.mark.full
def test_a_rerun_that_fails_is_told_in_one_sentence_with_its_reason(copy, planted, call, runs):
    planted("fails 2")
    before = len(runs(copy.root))
    ended = call("rerun", copy.run, "-p", "seed=2", "--out", copy.root / "out", cwd=copy.root)
    assert ended.code == 30
    assert not any(b"not this one" in path.read_bytes() for path in (copy.root / "out").iterdir())
    assert ended.out.splitlines()[-2].startswith("The rerun did not reach its end. line stopped at")
    assert "ValueError: not this one" in ended.out
    assert len(runs(copy.root)) == before


@pytest.fixture
def library(tmp_path):
    """A git checkout of the library, with one commit; its folder to import from."""
    package = Path(scorecard.__file__).parent
    shutil.copytree(package, tmp_path / "clone" / "src" / "scorecard", ignore=shutil.ignore_patterns("__pycache__"))
    git(tmp_path / "clone", "init", "-q")
    commit(tmp_path / "clone")
    return tmp_path / "clone" / "src"


def git(folder, *words):
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder):
    person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    git(folder, "add", "--all")
    git(folder, *person, "commit", "-q", "-m", "A state")


def check_in(project):
    """Make a project a checkout with one commit; what runs leave is none of it."""
    (project / ".gitignore").write_text("mlruns\n")
    git(project, "init", "-q")
    commit(project)


@pytest.mark.full
def test_code_that_moved_on_is_checked_out_as_it_was_and_code_that_is_lost_is_a_changed_input(project, library, call):
    env = {"PYTHONPATH": str(library)}
    write_line(project)
    made = run_line(project, call, env)
    (library / "scorecard" / "strategy.py").write_text('"""Moved on."""\n')
    commit(library.parent)
    found = certificate_of(call("rerun", made.run, "--json", cwd=project, env=env))
    assert (found["verdict"], found["changed"]) == ("REPRODUCED", [])
    assert [each["key"] for each in found["notes"]] == ["rerun.note.worktree"]
    assert len(git(library, "worktree", "list").splitlines()) == 1
    shutil.rmtree(library.parent / ".git")
    found = certificate_of(call("rerun", made.run, "--json", cwd=project, env=env))
    assert (found["verdict"], [each["kind"] for each in found["changed"]]) == ("EXPLAINED", ["code"])
    assert ([each["key"] for each in found["notes"]], found["differences"]["count"]) == (["rerun.note.lost"], 0)


@pytest.mark.full
def test_a_scorecard_is_reproduced_and_another_seed_is_explained_and_the_registry_stays_as_it_was(copied, call, client):
    def registered():
        opened = client(copied.root)
        return [
            (each.name, each.aliases, len(opened.search_model_versions(f"name = '{each.name}'")))
            for each in opened.search_registered_models()
        ]

    before = registered()
    found = certificate_of(call("rerun", copied.run_id, "--json", cwd=copied.root))
    assert (found["verdict"], found["differences"]["count"]) == ("REPRODUCED", 0)
    ended = call("rerun", copied.run_id, "-p", "seed=2", "--json", cwd=copied.root)
    found = certificate_of(ended)
    assert (ended.code, found["verdict"], found["differences"]["unexplained"]) == (10, "EXPLAINED", 0)
    assert {(each["kind"], each["name"]) for each in found["changed"]} == {("parameter", "seed")}
    assert found["verdicts_flipped"]
    assert registered() == before


LIMITS = "auc_amber: {value: 0.75, by: R. Chen, reason: Secured product}\n"
STRICTER = LIMITS.replace("0.75", "0.99")


@pytest.fixture(scope="module")
def validated(opened, call, tmp_path_factory):
    """A finished run of a clean checkout with a notebook 05 that takes limits of a file; lock and file have moved on since."""
    root = Path(shutil.copytree(opened, tmp_path_factory.mktemp("validated") / "project"))
    path, notebooks = root / "pipelines" / "german.yaml", ["01_data", "02_binning", "03_scorecard", "05_validation"]
    changed = {"notebooks": notebooks, "parameters": {"seed": 1, "max_bins": 4, "thresholds": "limits/own.yaml"}}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | changed), encoding="utf-8")
    (root / "limits").mkdir()
    for name, content in (("limits/own.yaml", LIMITS), ("requirements.lock", LOCK)):
        (root / name).write_text(content)
    check_in(root)
    ran = call("run", path, "--json", cwd=root)
    assert ran.code == 0, ran.err
    (root / "limits" / "own.yaml").write_text(STRICTER)
    (root / "requirements.lock").write_text("numpy==9\n")
    return root, json.loads(ran.out)["run"]


@pytest.mark.full
def test_a_validation_in_a_checkout_is_reproduced_by_the_limits_and_the_lock_that_it_had(validated, call):
    root, run = validated
    found = certificate_of(call("rerun", run, "--json", cwd=root))
    assert (found["verdict"], found["changed"], found["differences"]["first"]) == ("REPRODUCED", [], None)
    (results,) = (path for path in root.glob("mlruns/artifacts/*/artifacts/results.json") if is_of(Line(root, run, root), path))
    verdicts = {each["code"]: each["verdict"] for each in json.loads(results.read_text(encoding="utf-8"))}
    assert (verdicts["DOC-02"], verdicts["DIS-01"]) == ("green", "green")


@pytest.mark.full
def test_a_bundle_holds_the_limits_and_others_are_found_from_where_the_command_is_called(validated, call, tmp_path):
    root, run = validated
    assert call("bundle", run, "--out", tmp_path / "b.zip", cwd=root).code == 0
    (tmp_path / "own.yaml").write_text(STRICTER)
    found = certificate_of(call("rerun", "b.zip", "-p", "thresholds=own.yaml", "--json", cwd=tmp_path))
    assert (found["verdict"], [each["kind"] for each in found["changed"]]) == ("EXPLAINED", ["thresholds"])
    assert "[DIS-01, test].verdict" in {each["place"] for each in found["verdicts_flipped"]}
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert archive.read("limits/own.yaml").decode() == LIMITS


POINTS = """variable,bin,points
duration_months,< 16,20
duration_months,16 to < 36,5
duration_months,>= 36,-10
"""


@pytest.mark.full
@pytest.mark.parametrize("incumbent", ["old@champion", "old/2"])
def test_edits_and_an_incumbent_go_along_to_another_machine(incumbent, project, call, client, tmp_path):
    """The incumbent is one of several versions, and its name means nothing where the bundle is repeated."""
    (project / "old.csv").write_text(POINTS)
    words = (
        "--name",
        "old",
        "--pdo",
        "20",
        "--missing",
        "worst",
        "--unseen",
        "worst",
        "--dtype",
        "duration_months=integer",
        "--unproven",
    )
    for _ in range(2):
        assert call("import", "old.csv", *words, cwd=project).code == 0
    client(project).set_registered_model_alias("old", "champion", "2")
    edits.append(
        project / "pipelines" / "edits" / "german.yaml", edits.exclude("purpose", reason="Not asked any more.", author="lin")
    )
    path = project / "pipelines" / "german.yaml"
    notebooks = ["01_data", "02_binning", "03_scorecard", "04_challengers"]
    changed = {"incumbent": incumbent, "notebooks": notebooks, "parameters": {"seed": 1, "max_bins": 4, "trials": 1}}
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | changed), encoding="utf-8")
    ran = call("run", path, "--json", cwd=project)
    assert ran.code == 0, ran.err
    assert call("bundle", json.loads(ran.out)["run"], "--out", tmp_path / "b.zip", cwd=project).code == 0
    (tmp_path / "empty").mkdir()
    ended = call("rerun", "../b.zip", "--json", cwd=tmp_path / "empty")
    found = certificate_of(ended)
    assert (ended.code, found["verdict"], found["changed"]) == (0, "REPRODUCED", [])


@pytest.mark.full
@pytest.mark.parametrize("name", ["taiwan", "lending_club"])
def test_a_full_pipeline_is_reproduced_and_another_seed_is_explained(name, project, call, data_folder):
    (rows,) = (data_folder / "lendingclub_2007_2011").glob("*.parquet")
    options = ("-p", "trials=2", *(("-p", f"table={rows}") if name == "lending_club" else ()))
    ran = call("run", f"pipelines/{name}.yaml", *options, "--json", cwd=project)
    assert ran.code == 0, ran.err
    run = json.loads(ran.out)["run"]
    assert certificate_of(call("rerun", run, "--json", cwd=project))["verdict"] == "REPRODUCED"
    found = certificate_of(call("rerun", run, "-p", "seed=2", "--json", cwd=project))
    assert (found["verdict"], found["differences"]["unexplained"]) == ("EXPLAINED", 0)
