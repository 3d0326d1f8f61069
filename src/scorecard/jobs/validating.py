"""What notebook 05 calls beside the library: the model and what the validator changes, replication, results, opinion, report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scorecard import settings
from scorecard.comparison import cut_off
from scorecard.data import source
from scorecard.data.samples import prepare
from scorecard.difference import Difference, difference
from scorecard.equivalence.record import THRESHOLDS
from scorecard.errors import DataError, SettingsError
from scorecard.jobs import evidence, importing, limits, remembered
from scorecard.jobs import step as steps
from scorecard.jobs import subject as subjects
from scorecard.jobs.rebuild import Rehearsal, rebuild
from scorecard.jobs.replication import CARD, ROWS, Replication, impossible, replicate
from scorecard.jobs.sample import SAMPLE, Sample, sample
from scorecard.jobs.step import Step
from scorecard.jobs.subject import Subject
from scorecard.model import Scorecard
from scorecard.results import Reading, Result
from scorecard.settings import Pipeline, Table
from scorecard.tracking import Tracked, open_store, registry
from scorecard.validation import TESTS, Evidence, SuiteTest, chosen, validate
from scorecard.validation.findings import Finding, draft
from scorecard.validation.opinion import Opinion, propose

NAME = "05_validation"
KIND = "validation"  # tag of a validator's own run


@dataclass(frozen=True)
class Asked:
    """What a validator asks for; empty, or 0, is what was recorded.

    Attributes
    ----------
    model : str
        ``NAME@alias`` or ``NAME/version``; empty is the scorecard of the run.
    table : str
        Another sample, as tables are written in a pipeline.
    seed : int
        Salt of another split.
    test_share : float
        Held-out share of another split.
    cutoff : str
        The score from which customers are approved.
    thresholds : str
        Path of a YAML of limits, from the project folder.
    tests : str
        Codes or areas between commas.
    """

    model: str = ""
    table: str = ""
    seed: int = 0
    test_share: float = 0.0
    cutoff: str = ""
    thresholds: str = ""
    tests: str = ""


@dataclass(frozen=True)
class Judged:
    """What the tests look at.

    Attributes
    ----------
    card : Scorecard
        The registered one, or on another split the one that the recorded settings give there.
    pipeline : Pipeline
        The settings, with what the validator changed.
    rehearsal : Rehearsal or None
        Development's rows; None where only its counts are left.
    other : Difference or None
        From the registered scorecard to that of another split.
    seed : int or None
        Of another split.
    """

    card: Scorecard
    pipeline: Pipeline
    rehearsal: Rehearsal | None = None
    other: Difference | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Case:
    """A model on a validator's table.

    Attributes
    ----------
    step : Step
        The notebook's own.
    subject : Subject
    asked : Asked
    judged : Judged
    tests : tuple of SuiteTest
    evidence : Evidence
    replication : Replication
    sample : Sample or None
        The validator's own.
    notes : tuple of Reading
        What a reader must know before any result.
    """

    step: Step
    subject: Subject
    asked: Asked
    judged: Judged
    tests: tuple[SuiteTest, ...]
    evidence: Evidence
    replication: Replication
    sample: Sample | None = None
    notes: tuple[Reading, ...] = ()

    @property
    def begun(self) -> date:
        """Day on which the validation began, UTC."""
        return datetime.fromtimestamp(self.step.own.run.info.start_time / 1000, UTC).date()


def begin(name: str, pipeline: str, run: str = "", model: str = "") -> Step:
    """Open the notebook's step; run by hand with a model, it is a validation of its own and no step of a pipeline's run."""
    if run or not model:
        return steps.begin(name, pipeline, run)
    root = settings.find_root()
    parent = start(root, subjects.of_version(registry.resolve(open_store(root), model), root), "hand")
    own = parent.store.start(name, parent.run.info.experiment_id, parent.run_id)
    return steps.with_parameters(Step(name, root, steps.effective(parent, parent.folder), parent, own, by_hand=True))


def start(root: Path, subject: Subject, by: str) -> Tracked:
    """Start a validation: a run in an experiment of its own, with the settings of the model, and tagged with it."""
    tags = {"kind": KIND, "model": subject.reference, "model_sha256": subject.card.sha256}
    experiment = f"{subject.card.name} {KIND}"
    return steps.start(open_store(root), subject.pipeline, root, by, experiment=experiment, tags=tags)


def opened(step: Step, asked: Asked) -> Case:
    """Open the model and its rows, replicate it, and gather the evidence.

    Raises
    ------
    SettingsError
        Where something asked for is not as expected.
    DataError
        Where the recorded table changed and no other is named, or a table cannot be read.
    """
    subject = _graded(_subject(step, asked.model))
    tests, pipeline = chosen(asked.tests), changed(subject.pipeline, asked, step.root)
    if asked.thresholds:  # an input of the run: kept verbatim, for the file may be another one tomorrow
        step.own.save_bytes(THRESHOLDS, (step.root / asked.thresholds).read_bytes())
    table, moved = _table(subject, asked.table, step.root)
    pipeline = pipeline.model_copy(update={"table": moved}) if moved else pipeline
    recorded = _recorded(step, subject, pipeline, table)
    own = None if table is None else sample(subject, table, step.root, recorded.rows_of if recorded else None)
    judged = _on_split(subject, asked, recorded, pipeline)
    gathered, notes = _evidence(subject, asked, judged, own), tuple(_notes(subject, asked, judged, own))
    return Case(step, subject, asked, judged, tests, gathered, _replicated(subject, recorded), own, notes)


def changed(pipeline: Pipeline, asked: Asked, root: Path) -> Pipeline:
    """Return the settings with the limits, the cut-off and the held-out share that are asked for.

    Raises
    ------
    SettingsError
        Where one of them is not as expected.
    """
    new: dict[str, Any] = {}
    if asked.thresholds:
        new["thresholds"] = limits.thresholds(root / asked.thresholds, pipeline.thresholds)
    if asked.cutoff:
        new["cutoff"] = pipeline.cutoff.model_copy(update={"score": _score(asked.cutoff), "approval_rate": None})
    if asked.test_share:
        if not 0 < asked.test_share < 1:
            raise SettingsError(f"test_share = {asked.test_share}; expected a share between 0 and 1, or 0 for the recorded one.")
        new["split"] = pipeline.split.model_copy(update={"test_share": asked.test_share})
    return pipeline.model_copy(update=new)


def refuse(subject: Subject, asked: Asked, root: Path) -> None:
    """Refuse what cannot be validated, or not in the way that is asked for, before anything is started.

    Raises
    ------
    SettingsError, DataError
        As `opened`, as far as it can be told without reading rows.
    """
    chosen(asked.tests)
    pipeline = changed(_graded(subject).pipeline, asked, root)
    table, moved = _table(subject, asked.table, root)
    if moved is None and (fault := _fault(subject, pipeline.table, root)) and (table is None or subject.ladder is None):
        raise fault
    if subject.development is None and _other_split(subject, asked, pipeline) is not None:
        raise _no_split(subject)
    importing.inputs({subject.reference: subject.card}, subject.contract)
    if table is not None:
        there = source.open_table(table, root).columns
        for name in subject.card.inputs:
            if name not in there:
                raise DataError(
                    f"{table} has no column {name}, which {subject.reference} needs. {settings.nearest(name, list(there))}"
                )


def tested(case: Case) -> list[Result]:
    """Return the results of replication and of every chosen test."""
    return [*case.replication.results, *validate(case.evidence, case.tests)]


def concluded(case: Case, results: list[Result]) -> tuple[Opinion, list[Finding]]:
    """Draft findings, and propose one of the four levels over every test of the suite, chosen or not."""
    findings = draft(results, case.begun)
    return propose(results, findings, [ROWS, CARD, *(test.code for test in TESTS)]), findings


def _subject(step: Step, model: str) -> Subject:
    """Return the model: of a pipeline's run its own scorecard, and no other."""
    if not _is_step(step):
        version = registry.resolve(step.own.store, model or step.parent.run.data.tags["scorecard.model"])
        return subjects.of_version(version, step.root, None if subjects.is_complete(version) else step.pipeline)
    found = subjects.of_run(step)
    if model and model != found.reference:
        raise SettingsError(
            f"model = {model!r}, but the run of a pipeline validates its own scorecard, {found.reference}. "
            f"Validate another by itself: scorecard validate {model}"
        )
    return found


def made_by(step: Step, subject: Subject) -> Tracked | None:
    """Return the run that made the scorecard: this one, or the one that the registry names; None where it is gone."""
    if _is_step(step):
        return step.parent
    known = registry.versions(step.own.store, subject.card.name)
    named = next((each.tags.get("scorecard.run") for each in known if str(each.version) == subject.version), None)
    try:
        return None if named is None else step.own.store.run(named)
    except SettingsError:
        return None


def _graded(subject: Subject) -> Subject:
    """Return the model, or refuse one without grades, which calibration and stability are tested on."""
    if not subject.card.grades:
        raise SettingsError(
            f"{subject.reference} has no grades; expected some to test. Import it with scored rows and --bad-column, which give it some."
        )
    return subject


def _is_step(step: Step) -> bool:
    return str(step.parent.run.data.tags.get("scorecard.kind")) != KIND


def _table(subject: Subject, text: str, root: Path) -> tuple[Table | None, Table | None]:
    """Return the validator's own table, and where the recorded one lies now, if that is what was named."""
    if not text:
        return None, None
    try:
        table = Table.model_validate(text)
    except ValidationError as error:
        raise SettingsError(f"table = {text!r}; expected a path, FILE.duckdb#TABLE or dataset:NAME. Change it.") from error
    same = subject.development is not None and source.fingerprint(table, root) == subject.development["data_sha256"]
    return (None, table) if same else (table, None)


def _recorded(step: Step, subject: Subject, pipeline: Pipeline, other: Table | None) -> Rehearsal | None:
    """Return the recorded rows at the recorded split; None where they are gone, another table is named, and counts are kept."""
    fault = _fault(subject, pipeline.table, step.root)
    if fault is None:
        return _rehearsal(step, subject, subject.pipeline.model_copy(update={"table": pipeline.table}), subject.seed)
    if other is None or subject.ladder is None:
        raise fault
    return None


def _fault(subject: Subject, table: Table, root: Path) -> DataError | None:
    """Return what is wrong with the recorded table; None where it is the recorded one, or nobody recorded any."""
    if subject.development is None:
        return None
    try:
        found, was = source.fingerprint(table, root), str(subject.development["data_sha256"])
    except DataError as error:
        return error
    if found == was:
        return None
    return DataError(
        f"The table {table} changed since {subject.reference} was developed ({found[:12]}, was {was[:12]}); expected the recorded "
        "rows. Restore it, or name where they lie now, or another sample: --table FILE"
    )


def _rehearsal(step: Step, subject: Subject, pipeline: Pipeline, seed: int) -> Rehearsal:
    importing.inputs({subject.reference: subject.card}, subject.contract)
    prepared = prepare(pipeline, subject.contract, step.root, seed, subject.card.inputs)
    parent = made_by(step, subject) or step.parent
    return Rehearsal(NAME, step.root, pipeline, parent, step.own, rules=subject.contract, rows_of=prepared)


def _replicated(subject: Subject, recorded: Rehearsal | None) -> Replication:
    if subject.development is None:
        return impossible(subject, "imported" if subject.imported else "records")
    return impossible(subject, "table") if recorded is None else replicate(subject, recorded)


def _on_split(subject: Subject, asked: Asked, recorded: Rehearsal | None, pipeline: Pipeline) -> Judged:
    """Return what is judged: on the recorded split the registered scorecard, on another the one that the settings give there."""
    seed = _other_split(subject, asked, pipeline)
    if seed is None:
        return Judged(subject.card, pipeline, replace(recorded, pipeline=pipeline) if recorded else None)
    if recorded is None or subject.development is None:
        raise _no_split(subject)
    made_by = subject.pipeline.model_copy(update={"table": pipeline.table, "split": pipeline.split})
    rehearsal = _rehearsal(recorded, subject, made_by, seed)
    card = rebuild(rehearsal, subject.development)
    return Judged(card, pipeline, replace(rehearsal, pipeline=pipeline), difference(subject.card, card), seed)


def _other_split(subject: Subject, asked: Asked, pipeline: Pipeline) -> int | None:
    """Return the seed of the split that is asked for; None where it is the recorded one."""
    seed = asked.seed or subject.seed
    return None if seed == subject.seed and pipeline.split == subject.pipeline.split else seed


def _no_split(subject: Subject) -> SettingsError:
    return SettingsError(
        f"seed and test_share ask for another split, but how {subject.reference} was made is not recorded, or its table is gone; "
        "expected its own split, for on another its rows of development would be tested on. Leave both out."
    )


def _evidence(subject: Subject, asked: Asked, judged: Judged, own: Sample | None) -> Evidence:
    """Return the evidence: development and later samples, or development and the validator's own."""
    others = {} if own is None else {SAMPLE: own.table}
    if judged.rehearsal is None:
        found = remembered.gather(subject, judged.pipeline, others)
    else:
        rehearsal, columns = judged.rehearsal, [set(table.column_names) for table in others.values()]
        known = {name: each for name, each in subject.characteristics.items() if all(name in there for there in columns)}
        found = evidence.gather(rehearsal, judged.card, rehearsal.rows_of, known, None, others)
    approved_from = cut_off(found.development.score, judged.pipeline.cutoff, found.development.weight)
    return replace(found, cutoff=approved_from, seed=asked.seed or found.seed)


def _notes(subject: Subject, asked: Asked, judged: Judged, own: Sample | None) -> Iterator[Reading]:
    if judged.seed is not None:
        share = judged.pipeline.split.test_share
        yield Reading("validating.other_split", {"model": subject.reference, "seed": judged.seed, "share": share})
    if subject.development is None:
        yield Reading("validating.reference", {"pipeline": subject.pipeline.name})
    if judged.rehearsal is None:
        yield Reading("validating.remembered", {"model": subject.reference})
    if own is not None:
        yield Reading("validating.other_table", {"table": asked.table, "rows": own.table.num_rows, "all": own.rows})
        if own.of_development:
            yield Reading("validating.of_development", {"rows": own.of_development})
        if own.breaches:
            yield Reading("validating.breaches", {"count": len(own.breaches), "first": str(own.breaches[0])})


def _score(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise SettingsError(f"cutoff = {text!r}; expected a score, or nothing for the pipeline's. Change it.")
    return value
