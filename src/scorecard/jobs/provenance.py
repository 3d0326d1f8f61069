"""What a run was made from: hashes of settings, contract, code and lock, commits, the versions of what the code needs."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import scorecard
from scorecard.contracts import Contract
from scorecard.data import source
from scorecard.equivalence.record import LOCK
from scorecard.errors import SettingsError
from scorecard.settings import Pipeline, Table

VERSIONED = (
    "duckdb",
    "evidently",
    "mlflow",
    "narwhals",
    "numpy",
    "optbinning",
    "pandas",
    "pandera",
    "papermill",
    "scikit-learn",
    "xgboost",
)
PACKAGE = Path(scorecard.__file__).parent
NOT_CODE = ("__pycache__", "project")  # what Python compiles, and the notebooks that an installed package brings for `init`
DISTRIBUTION = "scorecard-kit"
ORIGIN = ".origin.json"  # in a folder that a run was laid out in: commit and dirty flag of the project it comes from
NO_CHECKOUT = "not a git checkout"
WORD = re.compile(r"[A-Za-z0-9._-]+")
SECRET = re.compile(r"(?i)(password|passwd|pwd|secret|token)\s*=")


def sha256(content: Any) -> str:
    """Return the SHA-256 of plain values, whatever the order of their keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def contract_sha256(contract: Contract) -> str:
    """Return the hash of a contract's content."""
    return sha256(contract.model_dump(mode="json"))


def settings_sha256(pipeline: Pipeline) -> str:
    """Return the hash of what can move a number: not the words of `about`, not where tables, contract and edits lie."""
    kept = pipeline.model_dump(mode="json", exclude={"about", "table", "earlier", "language", "edits", "contract"})
    kept["monitoring"] = [{name: value for name, value in batch.items() if name != "table"} for batch in kept["monitoring"]]
    return sha256(kept)


def code_sha256(package: Path = PACKAGE) -> str:
    """Return the hash of the library's own files, by name and content."""
    paths = ((path, path.relative_to(package)) for path in package.rglob("*") if path.is_file())
    return sha256({short.as_posix(): source.file_sha256(path) for path, short in paths if _is_code(short)})


def _is_code(path: Path) -> bool:
    return not any(part in NOT_CODE or part.startswith(".") for part in path.parts)


@cache
def environment() -> dict[str, str]:
    """Return the versions of Python, of the machine's kind, and of every package that the library needs, directly or not."""
    machine = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    return machine | dict(sorted(_needed()))


def _needed() -> Iterator[tuple[str, str]]:
    """Yield name and version of the installed packages that the library cannot do without; of all where it is not installed."""
    installed = {_plain(each.metadata["Name"]): each for each in metadata.distributions()}
    waiting, seen = [DISTRIBUTION] if DISTRIBUTION in installed else list(installed), {DISTRIBUTION}
    while waiting:
        found = installed.get(waiting.pop())
        for text in (found.requires or []) if found else []:
            name = _plain(WORD.match(text)[0])  # type: ignore[index]  # a requirement begins with its name
            if "extra ==" not in text and name not in seen:
                seen.add(name)
                waiting.append(name)
    return ((name, installed[name].version) for name in seen & set(installed) - {DISTRIBUTION})


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def refuse_secrets(table: Table) -> None:
    """Refuse a table whose address holds a password: the settings of a run are kept, and shown in MLflow.

    Raises
    ------
    SettingsError
        The message never holds the address.
    """
    if table.url is None:
        return
    import sqlalchemy  # noqa: PLC0415  a tenth of a second that only tables behind a SQL address need

    try:
        address = sqlalchemy.make_url(table.url)
    except sqlalchemy.exc.ArgumentError:
        raise SettingsError(
            "table.url is not a SQLAlchemy address; expected DIALECT://USER@HOST/DATABASE. Change it in the pipeline YAML."
        ) from None
    asked = "&".join(f"{key}={value}" for key, value in address.query.items())
    if address.password or SECRET.search(asked):
        raise SettingsError(
            "table.url holds a password; expected none. Put it in an environment variable and name that: password_env: NAME"
        )


def tags(root: Path) -> dict[str, str]:
    """Return what a run was made with: commit and dirty flag of project and library, hashes of code, lock and packages, versions."""
    commit, dirty = _origin(root) or _commit(root)
    library, library_dirty = _commit(PACKAGE) if _is_tracked(PACKAGE) else (NO_CHECKOUT, "unknown")
    versions = {f"version.{name}": metadata.version(name) for name in VERSIONED}
    return {
        "scorecard.version": scorecard.__version__, "scorecard.commit": commit, "scorecard.dirty": dirty,
        "scorecard.library_commit": library, "scorecard.library_dirty": library_dirty, "scorecard.code_sha256": code_sha256(),
        "scorecard.lock_sha256": _lock(root), "scorecard.packages_sha256": sha256(environment()),
        "version.python": platform.python_version(), **versions,
    }  # fmt: skip


def git(folder: Path, *words: str) -> str | None:
    """Return what git says in a folder; None where it fails or is not installed."""
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  fixed words, no shell
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _commit(folder: Path) -> tuple[str, str]:
    commit = git(folder, "rev-parse", "HEAD")
    if commit is None:
        return NO_CHECKOUT if git(folder, "--version") else "no git", "unknown"
    return commit, str(bool(git(folder, "status", "--porcelain"))).lower()


def _origin(root: Path) -> tuple[str, str] | None:
    """Return commit and dirty flag of the project that a folder was laid out from; None where it is a project by itself."""
    if not (root / ORIGIN).is_file():
        return None
    told = json.loads((root / ORIGIN).read_text(encoding="utf-8"))
    return str(told["commit"]), str(told["dirty"])


def _is_tracked(package: Path) -> bool:
    """Whether a checkout holds the library's files; one may only happen to lie around an environment it is installed in."""
    return bool(git(package, "ls-files", "--error-unmatch", "__init__.py"))


def _lock(root: Path) -> str:
    """Return the lock file's hash, or that of the packages that the library needs where the project has no lock file."""
    lock = root / LOCK
    if lock.is_file():
        return hashlib.sha256(lock.read_bytes()).hexdigest()
    return f"installed:{sha256(environment())}"
