"""What a run was made from: hashes of settings, contract and lock, the code's commit, the versions."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import scorecard
from scorecard.contracts import Contract
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
SECRET = re.compile(r"(?i)(password|passwd|pwd|secret|token)\s*=")


def sha256(content: Any) -> str:
    """Return the SHA-256 of plain values, whatever the order of their keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def contract_sha256(contract: Contract) -> str:
    """Return the hash of a contract's content."""
    return sha256(contract.model_dump(mode="json"))


def settings_sha256(pipeline: Pipeline) -> str:
    """Return the hash of what can move a number: not the words of `about`, not where table and edits lie."""
    return sha256(pipeline.model_dump(mode="json", exclude={"about", "table", "language", "edits"}))


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
    """Return code commit and dirty flag, lock hash and versions of a run."""
    commit, dirty = _commit(root)
    versions = {f"version.{name}": metadata.version(name) for name in VERSIONED}
    return {
        "scorecard.version": scorecard.__version__, "scorecard.commit": commit, "scorecard.dirty": dirty,
        "scorecard.lock_sha256": _lock(root), "version.python": platform.python_version(), **versions,
    }  # fmt: skip


def _commit(root: Path) -> tuple[str, str]:
    def git(*arguments: str) -> str | None:
        command = ["git", "-C", str(root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  fixed words, no shell
        return done.stdout.strip() if done.returncode == 0 else None

    try:
        commit, changes = git("rev-parse", "HEAD"), git("status", "--porcelain")
    except OSError:
        return "no git", "unknown"
    return (commit, str(bool(changes)).lower()) if commit else ("not a git checkout", "unknown")


def _lock(root: Path) -> str:
    """Return the lock file's hash, or that of the installed packages where the project has no lock file."""
    lock = root / "requirements.lock"
    if lock.is_file():
        return hashlib.sha256(lock.read_bytes()).hexdigest()
    installed = sorted({f"{each.metadata['Name']}=={each.version}" for each in metadata.distributions()})
    return f"installed:{hashlib.sha256(chr(10).join(installed).encode()).hexdigest()}"
