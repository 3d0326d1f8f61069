"""Validate one model by itself: notebook 05 alone, as a run of its own, from what was recorded beside the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scorecard import runner, settings
from scorecard.errors import SettingsError
from scorecard.jobs import run as running
from scorecard.jobs import subject as subjects
from scorecard.jobs import validating
from scorecard.jobs.reporting import NAME
from scorecard.report.validation.concluded import rule_of
from scorecard.report.validation.words import Words
from scorecard.tracking import Tracked, open_store, writable
from scorecard.tracking.registry import Version
from scorecard.validation.opinion import Opinion

FORMATS = ("html", "docx", "json")


@dataclass(frozen=True)
class Options:
    """The pipeline YAML whose rows a model without settings is judged on, seconds the notebook may take, a bar of cells."""

    rows_of: Path | None = None
    timeout_seconds: float = 3600.0
    progress: bool = False


@dataclass(frozen=True)
class Validated:
    """What came out: the run, the model, the level that is proposed, counts of verdicts, drafted findings, and the reports."""

    run_id: str
    model: str
    opinion: Opinion
    verdicts: dict[str, int]
    findings: list[dict[str, Any]]
    reports: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self) | {"opinion": self.opinion.to_dict()}


def validate(version: Version, given: Mapping[str, str], root: Path, options: Options) -> Validated:
    """Run notebook 05 on a model.

    Parameters
    ----------
    version : Version
    given : mapping of name to text
        Parameters of the notebook.
    root : Path
        The project folder.
    options : Options

    Raises
    ------
    ScorecardError
        Where something asked for is not as expected, before anything is started; or where the notebook stops.
    """
    notebook = root / "notebooks" / f"{validating.NAME}.ipynb"
    if not notebook.is_file():
        raise SettingsError(f"{notebook} is not there; expected the notebook of validation. Lay it out again: scorecard init")
    subject = subjects.of_version(version, root, settings.load(options.rows_of) if options.rows_of else None)
    named = str(version.path.resolve()) if version.version == "file" else subject.reference
    values = runner.checked({"model": named, **given}, runner.parameters(notebook))
    validating.refuse(subject, validating.Asked(**values), root)
    store = open_store(root)
    with writable(store.folder):
        parent = validating.start(root, subject, "runner")
        pipeline = subject.pipeline.model_copy(update={"parameters": values})
        plan = running.Plan(
            root, root / "pipelines" / f"{subject.pipeline.name}.yaml", pipeline, parent,
            running.Options(timeout_seconds=options.timeout_seconds, progress=options.progress),
        )  # fmt: skip
        running.alone(plan, notebook)
    return _left(subject.reference, parent)


def in_words(done: Validated, language: str = "en") -> str:
    """Return the level that is proposed and why, the counts, and where to look, as a few lines."""
    words, counts = Words(language), ", ".join(f"{count} {verdict}" for verdict, count in done.verdicts.items())
    lines = [
        f"{done.model}: {words.level({'level': done.opinion.level})}",
        words.rule(rule_of(done.opinion)),
        f"{counts}; {len(done.findings)} findings drafted. The opinion is yours to write.",
        f"\nRun {done.run_id[:8]} is finished. Look at",
        *(f"  {name:<5} {path}" for name, path in done.reports.items()),
    ]
    return "\n".join(lines)


def _left(reference: str, parent: Tracked) -> Validated:
    """Return what the notebook left."""
    folder = parent.steps()[validating.NAME].folder
    results, opinion, findings = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("results", "opinion", "findings")
    )
    verdicts: dict[str, int] = {}
    for each in results:
        verdicts[each["verdict"]] = verdicts.get(each["verdict"], 0) + 1
    reports = {suffix: str(folder / f"{NAME}.{suffix}") for suffix in FORMATS}
    return Validated(parent.run_id, reference, Opinion.from_dict(opinion), verdicts, findings, reports)
