"""The library as a run had it: its recorded commit in a git worktree of its own, removed afterwards."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scorecard.jobs import provenance
from scorecard.jobs.provenance import git

log = logging.getLogger(__name__)
COMMIT = re.compile(r"[0-9a-f]{40,64}")
USUAL = Path("src") / "scorecard"  # where this project's checkouts hold the package


@contextmanager
def recorded(code_sha256: str, commit: str, near: Path | None) -> Iterator[Path | None]:
    """Yield the folder to import the library from, holding exactly the files that a run had; None where no checkout has them.

    Parameters
    ----------
    code_sha256 : str
        Hash of the library's files; a commit that gives others is of no use, whatever its name.
    commit : str
    near : Path, optional
        A project folder, whose checkout may hold the commit too.
    """
    with tempfile.TemporaryDirectory(prefix="scorecard-code-", ignore_cleanup_errors=True) as place:
        for top, inside in _checkouts(near) if COMMIT.fullmatch(commit) else ():
            if git(top, "cat-file", "-e", f"{commit}^{{commit}}") is None:
                continue
            folder = Path(place) / "tree"
            try:
                yield _added(top, folder, commit, inside, code_sha256)
            finally:
                git(top, "worktree", "remove", "--force", "--force", str(folder))  # twice: one that was being added is locked
            return
        yield None


def _checkouts(near: Path | None) -> Iterator[tuple[Path, Path]]:
    """Yield the top of every checkout that may hold the commit, and where the package lies in it."""
    seen = set()
    for folder in (provenance.PACKAGE, *([near] if near else [])):
        found = git(folder, "rev-parse", "--show-toplevel")
        if found and found not in seen:
            seen.add(found)
            top, package = Path(found), provenance.PACKAGE.resolve()
            yield top, package.relative_to(top.resolve()) if package.is_relative_to(top.resolve()) else USUAL


def _added(top: Path, folder: Path, commit: str, inside: Path, code_sha256: str) -> Path | None:
    """Check a commit out; None where that fails or gives other files."""
    done = git(top, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--detach", "--force", str(folder), commit)
    package = folder / inside
    if done is None or not package.is_dir() or provenance.code_sha256(package) != code_sha256:
        log.info("recorded code not found commit=%s checkout=%s", commit, top)
        return None
    log.info("recorded code checked out commit=%s", commit)
    return package.parent
