"""The sections of a validation report, in order; what only a person can judge is left blank in each."""

from __future__ import annotations

from collections.abc import Callable

from scorecard.report.validation import built, concluded, judged
from scorecard.report.validation.blocks import Block
from scorecard.report.validation.facts import ValidationFacts

Section = Callable[[ValidationFacts], list[Block]]

SECTIONS: dict[str, Section] = {
    "opinion": concluded.opinion,
    "scope": built.scope,
    "replication": judged.replication,
    "soundness": built.soundness,
    "data": built.data,
    "target": built.target,
    "selection": built.selection,
    "assumptions": built.assumptions,
    "sensitivity": judged.sensitivity,
    "discrimination": judged.discrimination,
    "calibration": judged.calibration,
    "stability": judged.stability,
    "benchmarking": judged.benchmarking,
    "fairness": judged.fairness,
    "implementation": judged.implementation,
    "use": concluded.use,
    "documentation": judged.documentation,
    "monitoring": concluded.monitoring,
    "limitations": concluded.limitations,
    "findings": concluded.findings,
    "conclusion": concluded.conclusion,
}

ANNEX: dict[str, Section] = {
    "results": concluded.all_results,
    "limits": concluded.all_limits,
    "hashes": concluded.all_hashes,
    "points": judged.other_points,
}

# The area of the tests that a section tells of; their worst verdict stands beside its heading.
AREAS = {
    "replication": "REP",
    "sensitivity": "ROB",
    "discrimination": "DIS",
    "calibration": "CAL",
    "stability": "STA",
    "benchmarking": "CMP",
    "fairness": "FAI",
    "implementation": "IMP",
    "documentation": "DOC",
}
