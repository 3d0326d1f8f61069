"""What a run keeps so that it can be repeated: what goes in as it begins, what each step logged and left as it ends.

Every step closes with a manifest of its artefacts; the run closes with one that lists those. A tag holds its hash, so whatever
is changed later shows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from scorecard.equivalence import manifest
from scorecard.equivalence.record import CONTRACT, ENVIRONMENT, LOCK, LOGGED, STEPS, TABLES, Record
from scorecard.jobs import provenance, tables
from scorecard.settings import Pipeline
from scorecard.tracking import Tracked
from scorecard.tracking.store import STEP

ANCHOR, CODE, NOTEBOOK = "scorecard.artefacts_sha256", "scorecard.code_sha256", "scorecard.notebook_sha256"
OPEN = ("run.log",)  # still written when the run closes


def begin(parent: Tracked, root: Path, pipeline: Pipeline) -> None:
    """Keep what the whole run is made from: contract and lock verbatim, fingerprints of tables, versions; hashes as tags."""
    if (root / pipeline.contract).is_file():
        parent.save_bytes(CONTRACT, (root / pipeline.contract).read_bytes())
    if (root / LOCK).is_file():
        parent.save_bytes(LOCK, (root / LOCK).read_bytes())
    parent.save_json(TABLES, tables.fingerprints(pipeline.model_dump(mode="json"), root))
    parent.save_json(ENVIRONMENT, provenance.environment())
    from scorecard import runner  # noqa: PLC0415  a kernel opens its step through here, and needs no Papermill

    paths = (root / "notebooks" / f"{name}.ipynb" for name in pipeline.notebooks)
    notebooks = {path.stem: runner.source_sha256(path) for path in paths if path.is_file()}
    parent.log(tags=provenance.tags(root) | {"scorecard.notebooks_sha256": provenance.sha256(notebooks)})


def made_with(notebook: Path) -> dict[str, str]:
    """Return the tags of a step that say which code it runs."""
    from scorecard import runner  # noqa: PLC0415

    return {CODE: provenance.code_sha256(), NOTEBOOK: runner.source_sha256(notebook)}


def seal_step(step: Tracked) -> None:
    """Close a step: what it logged becomes an artefact, and a tag anchors the manifest of all."""
    step.save_json(LOGGED, logged(step))
    _seal(step)


def logged(step: Tracked) -> dict[str, Any]:
    """Return what a step logged, as plain values: parameters, metrics, hashes of code and notebook."""
    data = step.run.data
    metrics = {name: value if isfinite(value) else str(value) for name, value in data.metrics.items()}
    return {"parameters": data.params, "metrics": metrics} | {
        tag.removeprefix("scorecard."): data.tags.get(tag) for tag in (CODE, NOTEBOOK)
    }


def seal_run(parent: Tracked, names: Sequence[str]) -> None:
    """Close a run: its manifest also lists those of its steps, so that one tag anchors everything."""
    manifests = {name: parent.steps()[name].folder / manifest.MANIFEST for name in names}
    anchors = {
        name: manifest.sha256(path) if path.is_file() else "" for name, path in manifests.items()
    }  # none where run by hand
    parent.save_json(STEPS, anchors)
    _seal(parent)


def _seal(tracked: Tracked) -> None:
    tracked.save_text(manifest.MANIFEST, manifest.listing(tracked.folder, leaving_out=OPEN))
    tracked.log(tags={ANCHOR: manifest.sha256(tracked.folder / manifest.MANIFEST)})


def sealed(parent: Tracked) -> dict[str, Tracked]:
    """Return the steps that a closed run lists, those that are there: what people did by hand afterwards is none of them."""
    anchors = json.loads((parent.folder / STEPS).read_text(encoding="utf-8"))
    exact = {
        (run.data.tags[STEP], run.data.tags.get(ANCHOR)): Tracked(parent.store, run.info.run_id) for run in parent.finished()
    }
    newest = parent.steps()
    found = {name: exact.get((name, anchor), newest.get(name)) for name, anchor in anchors.items()}
    return {name: step for name, step in found.items() if step is not None}


def record(parent: Tracked) -> Record:
    """Return what a closed run left."""
    return Record(parent.folder, {name: step.folder for name, step in sealed(parent).items()})
