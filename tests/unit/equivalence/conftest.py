"""Small runs on disk: a folder of the run, and one of every step with its manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scorecard.equivalence import Record
from scorecard.equivalence.manifest import MANIFEST, listing

LOGGED = {"parameters": {"seed": "1"}, "metrics": {}, "code_sha256": "c" * 64, "notebook_sha256": "b" * 64}


def write(folder: Path, files: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


@pytest.fixture
def record(tmp_path) -> Callable[..., Record]:
    """Return a function that writes a run: what belongs to the whole, and by step what it logged and left."""
    made: list[Path] = []

    def make(steps: Mapping[str, Mapping[str, Any]], whole: Mapping[str, Any] | None = None) -> Record:
        root = tmp_path / f"run{len(made)}"
        made.append(root)
        kept = {"pipeline.json": {"name": "x"}, "tables.json": {"table": "d" * 64}, "environment.json": {"numpy": "2.4.0"}}
        write(root / "whole", kept | dict(whole or {}))
        for step, files in steps.items():
            write(root / step, dict(files) | {"logged.json": LOGGED | files.get("logged.json", {})})
            (root / step / MANIFEST).write_text(listing(root / step), encoding="utf-8")
        return Record(root / "whole", {step: root / step for step in steps})

    return make
