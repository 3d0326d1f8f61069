"""Repeat a run with only what is asked to change, and certify what came of it.

The rerun has a registry of its own, which is thrown away; what it left is copied back as a run that names its origin.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scorecard import equivalence, settings
from scorecard.equivalence import Certificate, Record, Side
from scorecard.equivalence.manifest import sha256
from scorecard.equivalence.record import ENVIRONMENT
from scorecard.errors import SettingsError
from scorecard.jobs import bundle, certificates, files, keeping
from scorecard.jobs.bundle import Bundle
from scorecard.jobs.isolation import Asked, NotComparable, Place, Repeated, repeated
from scorecard.results import Reading
from scorecard.tracking import Store, open_store, writable
from scorecard.tracking.copying import copied
from scorecard.tracking.store import ORIGIN

VERDICT, CERTIFICATE = "scorecard.verdict", "scorecard.certificate_sha256"


@dataclass(frozen=True)
class Done:
    """The certificate, and the page that shows it; None where there is neither a project nor a folder to keep it in."""

    certificate: Certificate
    page: Path | None = None


@dataclass(frozen=True)
class Origin:
    """The run that is to be repeated; its bundle is None where pieces are missing."""

    name: str
    side: Side
    made: Bundle | None
    missing: tuple[Reading, ...] = ()


def rerun(asked: Asked, here: Path, tell: Callable[[str], None]) -> Done:
    """Repeat a run, compare, certify, and keep the rerun in the project's store, where there is a project.

    Parameters
    ----------
    asked : Asked
    here : Path
        The folder that the command is given in: it may lie in a project, and the address of another table starts here.
    tell : function of one line
        Called with a line per finished notebook.

    Raises
    ------
    SettingsError
        Where there is no such run, or no such parameter.
    DataError
        Where the file is no bundle, the other table is not there, or the certificate cannot be written.
    """
    root = _project(here)
    if not (root or asked.out) and _is_there(asked.reference):
        asked = replace(asked, out=Path(f"{Path(asked.reference).stem}-rerun"))
    if asked.out:
        files.refuse_place(asked.out)
    with tempfile.TemporaryDirectory(prefix="scorecard-rerun-", ignore_cleanup_errors=True) as temporary:
        place = Place(here, root, open_store(root) if root else None, Path(temporary))
        place.project.mkdir()
        origin = _of_bundle(asked, place) if _is_there(asked.reference) else _of_run(asked, place)
        if origin.made is None:
            return _kept(Certificate(origin.name, origin.side, Side(""), (), missing=origin.missing), asked, "en")
        try:
            return _certified(asked, place, origin, origin.made, repeated(asked, place, origin.made, tell))
        except NotComparable as stopped:
            steps = list(origin.made.record.steps)
            found = Certificate(origin.name, origin.side, Side(""), steps, missing=(stopped.missing,), notes=stopped.notes)
            return _kept(found, asked, _language(origin.made))


def _is_there(reference: str) -> bool:
    """Whether a file or folder has this name; one that is too long for a name is none."""
    try:
        return Path(reference).exists()
    except OSError:
        return False


def _language(made: Bundle) -> str:
    return str(made.settings.get("language", "en"))


def _project(here: Path) -> Path | None:
    try:
        return settings.find_root(here)
    except SettingsError:
        return None


def _of_bundle(asked: Asked, place: Place) -> Origin:
    made = bundle.opened(Path(asked.reference), place.project)
    missing = tuple(bundle.damages(made))
    side = _side(made.about["run"], made.about["started"], made.about["tags"], None if missing else made.record)
    return Origin(made.name, side, None if missing else made, missing)


def _of_run(asked: Asked, place: Place) -> Origin:
    if place.store is None or place.root is None:
        raise SettingsError(
            f"{asked.reference} is not a file, and {place.here} is not inside a project; expected a bundle, or a run of the project. "
            "Name a file that `scorecard bundle` wrote, or go to the project."
        )
    parent = bundle.found(place.store, asked.reference)
    run, missing = parent.run, tuple(bundle.refusals(parent))
    made = None if missing else bundle.lay_out(parent, place.root, place.project)
    side = _side(parent.run_id, bundle.started(parent), run.data.tags, made.record if made else None)
    return Origin(str(run.info.run_name), side, made, missing)


def _side(run: str, started: str, tags: Mapping[str, str], record: Record | None) -> Side:
    facts = {"started": started} | {name: tags[f"scorecard.{name}"] for name in bundle.FACTS if f"scorecard.{name}" in tags}
    if record is None:
        return Side(run, facts)
    packages = json.loads((record.folder / ENVIRONMENT).read_text(encoding="utf-8"))
    metrics = {f"{step}/{name}": value for step in record.steps for name, value in record.logged(step)["metrics"].items()}
    return Side(run, facts, packages, metrics)


def _certified(asked: Asked, place: Place, origin: Origin, made: Bundle, done: Repeated) -> Done:
    """Compare, and keep certificate and rerun."""
    parent, rules = done.parent, equivalence.Rules()
    found = Certificate(
        origin.name,
        origin.side,
        _side(parent.run_id, bundle.started(parent), parent.run.data.tags, done.record),
        list(made.record.steps),
        equivalence.changes(made.record, done.record),
        notes=done.notes,
        compared=equivalence.compare(made.record, done.record, rules, done.words),
        rules=rules,
    )
    language = _language(made)
    if place.store is None:
        return _kept(found, asked, language)
    return _copied(found, asked, place.store, done, language)


def _copied(found: Certificate, asked: Asked, store: Store, done: Repeated, language: str) -> Done:
    """Copy the rerun into the project's store, with its certificate: as a run that nothing goes on with."""
    steps = list(keeping.sealed(done.parent).values())
    tags = {ORIGIN: found.origin.run, VERDICT: found.outcome.value, "scorecard.started_by": "rerun"}
    with writable(store.folder), copied(done.parent, steps, store, tags) as copy:
        found = replace(found, rerun=replace(found.rerun, run=copy.run_id))
        for name, content in certificates.documents(found, language).items():
            copy.save_bytes(name, content)
        copy.log(tags={CERTIFICATE: sha256(copy.folder / certificates.JSON)})
        kept = _kept(found, asked, language)
    return Done(found, kept.page or copy.folder / certificates.PAGE)


def _kept(found: Certificate, asked: Asked, language: str) -> Done:
    """Write the certificate into the folder that is asked for."""
    return Done(found, certificates.save(found, asked.out, language) if asked.out else None)
