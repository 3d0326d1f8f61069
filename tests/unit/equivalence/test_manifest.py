from __future__ import annotations

import os
import subprocess

import pytest

from scorecard.equivalence.manifest import MANIFEST, Fault, faults, listed, listing, sha256


@pytest.fixture
def sealed(tmp_path):
    """A folder with three files and its manifest, and the manifest's hash."""
    for position, name in enumerate(("second.csv", "first.json", "third.txt")):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, ns=(position, position))
    (tmp_path / MANIFEST).write_text(listing(tmp_path))
    return tmp_path, sha256(tmp_path / MANIFEST)


def test_files_are_listed_in_the_order_in_which_they_were_saved(sealed):
    assert list(listed(sealed[0])) == ["second.csv", "first.json", "third.txt"]


def test_nothing_is_at_fault_where_nothing_changed(sealed):
    assert faults(*sealed) == []


def test_a_changed_and_a_removed_file_are_named(sealed):
    folder, anchor = sealed
    (folder / "second.csv").write_text("secund")
    (folder / "third.txt").unlink()
    assert faults(folder, anchor) == [Fault("second.csv", "changed"), Fault("third.txt", "gone")]
    assert faults(folder, anchor, left_out=["third.txt"]) == [Fault("second.csv", "changed")]


def test_a_manifest_that_was_written_anew_is_found_by_its_own_hash(sealed):
    folder, anchor = sealed
    (folder / "second.csv").write_text("secund")
    (folder / MANIFEST).write_text(listing(folder))
    assert faults(folder, anchor) == [Fault(MANIFEST, "changed")]
    (folder / MANIFEST).unlink()
    assert faults(folder, anchor) == [Fault(MANIFEST, "gone")]


def test_the_manifest_is_one_that_sha256sum_checks(sealed):
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", MANIFEST], cwd=sealed[0], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
