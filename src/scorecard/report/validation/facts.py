"""What a validation report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scorecard.results import Result
from scorecard.settings import Pipeline

if TYPE_CHECKING:  # every notebook shows tables, and few need the tests
    from scorecard.validation.findings import Finding
    from scorecard.validation.opinion import Opinion

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ReplicationFacts:
    """Rows and scorecard made again, beside what was recorded.

    Parameters
    ----------
    samples : rows with ``sample``, ``rows_recorded``, ``rows``, ``bads_recorded``, ``bads``
    recorded, rebuilt : SHA-256 of the scorecard, and of the one made again; None where none was
    characteristics, points : rows of what is different
    other_split : rows of the coefficients on another split, empty where none was asked for
    other_points : rows of the points on another split
    """

    samples: Sequence[Row] = ()
    recorded: str = ""
    rebuilt: str | None = None
    characteristics: Sequence[Row] = ()
    points: Sequence[Row] = ()
    other_split: Sequence[Row] = ()
    other_points: Sequence[Row] = ()


@dataclass(frozen=True)
class Pictures:
    """Tables behind the figures, as `scorecard.validation.views` gives them.

    Parameters
    ----------
    curves, captures : mapping of sample to two lists of shares
    distributions, grades, periods, approvals, weak : rows
    alternatives : rows of scorecards near this one that would treat groups more evenly, as the search found them
    segments : mapping of a segment's column to rows
    """

    curves: Mapping[str, Any] = field(default_factory=dict)
    captures: Mapping[str, Any] = field(default_factory=dict)
    distributions: Sequence[Row] = ()
    grades: Sequence[Row] = ()
    periods: Sequence[Row] = ()
    approvals: Sequence[Row] = ()
    weak: Sequence[Row] = ()
    alternatives: Sequence[Row] = ()
    segments: Mapping[str, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class ValidationFacts:
    """What a validation report is made from: counts, results and words, never rows of customers.

    Parameters
    ----------
    reference : str
        Such as ``taiwan/3``.
    begun : str
        ISO date of the validation.
    pipeline : Pipeline
        The settings the model was judged by.
    scorecard : mapping
        Content of the registered ``scorecard.json``.
    results : sequence of Result
    opinion : Opinion
        As proposed.
    findings : sequence of Finding
        As drafted.
    replication : ReplicationFacts
    pictures : Pictures
    asked : mapping
        What the validator changed: parameter to value; empty where all is as recorded.
    notes : rows of readings (``key``, ``values``) that a reader must know before any result
    samples, funnel, selection, edits, comparison, bands : rows as the notebooks of the run left them
    sample : mapping or None
        Of the validator's own table: ``rows``, ``kept``, ``outcomes``, ``breaches``, ``data_sha256``, ``of_development``.
    certificate : mapping or None
        The parity certificate of the exports.
    lacking : sequence of str or None
        What the model card lacks; None where nobody looked.
    protected : attributes kept out of the model
    hashes : mapping of what to its SHA-256 or commit
    cutoff : float or None
        The score from which customers are approved.
    """

    reference: str
    begun: str
    pipeline: Pipeline
    scorecard: Row
    results: Sequence[Result]
    opinion: Opinion
    findings: Sequence[Finding]
    replication: ReplicationFacts = field(default_factory=ReplicationFacts)
    pictures: Pictures = field(default_factory=Pictures)
    asked: Row = field(default_factory=dict)
    notes: Sequence[Row] = ()
    samples: Sequence[Row] = ()
    funnel: Sequence[Row] = ()
    selection: Sequence[Row] = ()
    edits: Sequence[Row] = ()
    comparison: Sequence[Row] = ()
    bands: Sequence[Row] = ()
    sample: Row | None = None
    certificate: Row | None = None
    lacking: Sequence[str] | None = None
    protected: Sequence[str] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    cutoff: float | None = None
