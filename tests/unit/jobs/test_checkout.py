"""The code of a run: here, in a commit of a checkout, or lost."""

from __future__ import annotations

import json
import subprocess

import pytest

from scorecard.jobs import checkout, isolation, provenance
from scorecard.jobs.bundle import Bundle
from scorecard.jobs.isolation import Asked, Place
from scorecard.results import Reading


def git(folder, *words):
    person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *person, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def moved(tmp_path):
    """A checkout whose package has moved on since its first commit: its folder, that commit, and the package's hash then."""
    package = tmp_path / "clone" / "src" / "scorecard"
    package.mkdir(parents=True)
    git(tmp_path / "clone", "init", "-q")
    (package / "__init__.py").write_text("FIRST = 1\n")
    git(tmp_path / "clone", "add", "--all")
    git(tmp_path / "clone", "commit", "-q", "-m", "One")
    commit, code = git(tmp_path / "clone", "rev-parse", "HEAD"), provenance.code_sha256(package)
    (package / "__init__.py").write_text("SECOND = 2\n")
    git(tmp_path / "clone", "commit", "-q", "-a", "-m", "Two")
    return tmp_path / "clone", commit, code


def test_the_recorded_commit_is_checked_out_beside_and_removed_afterwards(moved):
    folder, commit, code = moved
    with checkout.recorded(code, commit, folder) as found:
        assert (found / "scorecard" / "__init__.py").read_text() == "FIRST = 1\n"
        assert (folder / "src" / "scorecard" / "__init__.py").read_text() == "SECOND = 2\n"
    assert not found.exists()
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_one_that_git_holds_locked_is_removed_too(moved):
    """Git locks a worktree while it is added: who is stopped then leaves it locked."""
    folder, commit, code = moved
    with checkout.recorded(code, commit, folder) as found:
        git(folder, "worktree", "lock", str(found.parent))
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_it_is_removed_after_a_failure_too(moved):
    folder, commit, code = moved
    with pytest.raises(KeyboardInterrupt), checkout.recorded(code, commit, folder):
        raise KeyboardInterrupt
    assert len(git(folder, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize(("code", "commit"), [("0" * 64, None), (None, "0" * 40), (None, "not a git checkout"), (None, "--help")])
def test_a_commit_that_is_not_there_or_gives_other_files_is_of_no_use(code, commit, moved):
    """A run with uncommitted changes names a commit whose files are not those that it used."""
    folder, known, right = moved
    with checkout.recorded(code or right, commit or known, folder) as found:
        assert found is None
    assert len(git(folder, "worktree", "list").splitlines()) == 1


@pytest.fixture
def coded(tmp_path):
    """Return a function that gives a bundle whose steps ran code of certain hashes."""

    def made(*hashes, commit="0" * 40):
        steps = [f"step{position}" for position in range(len(hashes))]
        for step, code in zip(steps, hashes, strict=True):
            (tmp_path / "run" / step).mkdir(parents=True)
            (tmp_path / "run" / step / "logged.json").write_text(json.dumps({"code_sha256": code}))
        (tmp_path / "bundle.json").write_text(json.dumps({"steps": steps, "tags": {"scorecard.library_commit": commit}}))
        return Bundle(tmp_path)

    return made


@pytest.mark.parametrize(
    ("hashes", "present_code", "notes"),
    [
        (["here", "here"], False, []),
        (["other", "other"], False, ["rerun.note.lost"]),
        (["other", "here"], False, ["rerun.note.mixed"]),
        (["other", "other"], True, ["rerun.note.asked"]),
    ],
)
def test_what_is_said_of_the_code(hashes, present_code, notes, coded, tmp_path):
    made = coded(*[provenance.code_sha256() if each == "here" else each for each in hashes])
    place = Place(tmp_path, None, None, tmp_path)
    with isolation._code(Asked("x", present_code=present_code), place, made) as (code, told):
        assert (code, [each.key for each in told]) == (None, notes)


@pytest.mark.parametrize("commit", ["not a git checkout", "no git", ""])
def test_only_a_commit_is_told_as_one(commit, coded, tmp_path):
    with isolation._code(Asked("x"), Place(tmp_path, None, None, tmp_path), coded("other", commit=commit)) as (_, told):
        assert told == (Reading("rerun.note.unrecorded"),)


def test_the_reason_of_a_failure_names_the_cell_and_keeps_what_the_error_holds():
    """An error may quote a row, and the certificate goes to others."""
    told = "scorecard: 01_data stopped at «case = opened()»: income must be >= 0; for example row 17 holds -5.0."
    assert isolation._reason([told]) == "01_data stopped at «case = opened()»."


@pytest.mark.parametrize("told", ["scorecard: The disk is full. Free some space.", "The disk is full. Free some space."])
def test_a_reason_that_names_no_cell_is_told_whole(told):
    assert isolation._reason([told]) == "The disk is full. Free some space."
