"""Lay out a project folder outside a clone: notebooks, pipelines, schemas, mlruns."""

from __future__ import annotations

import shutil
from pathlib import Path

import scorecard
from scorecard.errors import DataError

PARTS = ("notebooks", "pipelines", "schemas")


def init(folder: Path) -> list[Path]:
    """Copy the project's parts; files that are there stay as they are.

    Returns
    -------
    list of Path
        The files that were made.

    Raises
    ------
    DataError
        Where the folder cannot be written.
    """
    made = []
    try:
        for part in PARTS:
            for source in sorted(templates(part).glob("*.*")):
                target = folder / part / source.name
                if source.suffix in {".ipynb", ".yaml"} and not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, target)
                    made.append(target)
        (folder / "mlruns").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}). Choose another folder.") from error
    return made


def templates(part: str) -> Path:
    """Return the folder a part is copied from: inside an installed package, or the clone's own."""
    package = Path(scorecard.__file__).parent
    installed = package / "project" / part
    return installed if installed.is_dir() else package.parents[1] / part
