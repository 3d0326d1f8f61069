"""What if an input, or everything from one source, is missing? The card's own treatment of missing values answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pandas import DataFrame

from scorecard.metrics import holm
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import DEVELOPMENT, Evidence, without_model
from scorecard.validation.judging import REACH, Z95, Limits, told, unless_blind, worst_case
from scorecard.validation.robustness.effects import Base, Effect, base, changed, unfit

SOURCE = "sensitivity analysis; DeLong et al. (1988); Holm (1979); limits: convention"
NUMBERED = re.compile(r"_[a-z]?\d+$")  # what tells inputs apart that are the same figure of several months


class Missing(NamedTuple):
    """What it does that an input, or all inputs of a source, is missing for everybody."""

    name: str
    inputs: tuple[str, ...]
    effect: Effect


def missing_test(found: Sequence[Missing], scope: str, rows: tuple[int, int], limits: Limits, safer: float) -> Result:
    """Judge what is lost when an input, or all of one source, is missing for everybody (ROB-02).

    Parameters
    ----------
    found : sequence of Missing
        Of every input, or of every source.
    scope : str
        The sample, and whether single inputs or sources are missing.
    rows : (int, int)
        Customers and bads.
    limits : Limits
        `missing_amber` and `missing_red` of single inputs, `source_amber` and `source_red` of sources: the AUC lost.
    safer : float
        `missing_safer` in points: by how much customers may look safer because something is missing.

    Returns
    -------
    Result
        The AUC lost in the worst case, the largest loss of those with the worst verdict, which the reading names with its shift of the mean score: amber and red beyond the
        limits where p, adjusted for all cases (Holm), is below 5 % and 1 %. Amber too where a missing input makes customers
        look safer by more than `safer` points, since withholding it would then pay. Without enough goods and bads only that
        is judged, and a good answer is insufficient data. `detectable` is the loss that p < 5 % without adjustment would
        have found four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, for the error of the loss; Holm (1979), Scandinavian Journal of
    Statistics 6. The limits are a convention.

    Examples
    --------
    >>> found = [Missing("income", ("income",), Effect(0.06, 0.005, 0.4, -12.0, 12.0, 20.0))]
    >>> missing_test(found, "test: inputs", (5000, 500), Limits(0.05, 0.10), 5.0).verdict.value
    'amber'
    """
    adjusted = holm([each.effect.p_value for each in found])
    losses = [-1.0 if each.effect.lost is None else each.effect.lost for each in found]
    at, verdict = worst_case(losses, adjusted, limits)
    worst, kindest = found[at], max(found, key=lambda each: each.effect.shift)
    flattered = kindest.effect.shift > safer
    values = {"cases": len(found), "name": worst.name, "shift": worst.effect.shift, "regraded": worst.effect.regraded}
    values |= {"kindest": kindest.name, "safer": kindest.effect.shift, "most": safer}
    if worst.effect.lost is None:
        verdict, key = (
            (Verdict.AMBER, "reading.missing_safer") if flattered else (Verdict.INSUFFICIENT_DATA, "reading.missing_unranked")
        )
        return Result("ROB-02", scope, *rows, None, verdict, SOURCE, Reading(key, values))
    lost, error, p_holm = worst.effect.lost, worst.effect.error, float(adjusted[at])
    key = told("missing", lost, p_holm, limits.amber)
    if verdict is Verdict.GREEN and flattered:
        verdict, key = Verdict.AMBER, "reading.missing_safer"
    result = Result(
        "ROB-02",
        scope,
        *rows,
        lost,
        verdict,
        SOURCE,
        Reading(key, values | {"lost": lost, "limit": limits.amber, "p": worst.effect.p_value, "p_holm": p_holm}),
        interval=(lost - Z95 * error, lost + Z95 * error),
        threshold=limits.amber,
        p_value=worst.effect.p_value,
        effect=worst.effect.shift,
        null="customers are ranked as well without it",
        detectable=REACH * error,
    )
    return unless_blind(result, limits.red)


def each_missing(evidence: Evidence) -> list[Result]:
    """Run ROB-02 on every sample after development: for single inputs, and for the inputs of one source together."""
    if DEVELOPMENT not in evidence.cells:
        return [without_model("ROB-02", evidence, SOURCE)]
    return [result for sample in evidence.cells if sample != DEVELOPMENT for result in _of_sample(evidence, sample)]


def missing_table(evidence: Evidence, sample: str) -> DataFrame:
    """Return what every missing input and source does to a sample: AUC lost, mean shift of the score, share that changes grade."""
    before = base(evidence.cells[sample], evidence.samples[sample], evidence.thresholds.min_events)
    inputs, sources = _cases(evidence)
    found = [("input", each) for each in _missing(before, inputs)] + [("source", each) for each in _missing(before, sources)]
    return DataFrame(
        [
            {"kind": kind, "name": each.name, "inputs": ", ".join(each.inputs), "auc_lost": each.effect.lost,
             "error": each.effect.error, "shift_points": each.effect.shift, "regraded": each.effect.regraded}
            for kind, each in found
        ]
    )  # fmt: skip


def sources(inputs: Sequence[str], named: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the inputs of every source that gives more than one.

    Parameters
    ----------
    inputs : sequence of str
        Of the scorecard.
    named : mapping of source to inputs
        As the settings name them. Where they name none, inputs that differ by a number at the end, such as ``_m0`` and ``_m1``,
        are taken as one source, unless they are more than half of all: then it is but a way of naming.

    Examples
    --------
    >>> sources(["status_m0", "status_m4", "income", "age"], {})
    {'status': ('status_m0', 'status_m4')}
    """
    groups: dict[str, list[str]] = {}
    for name in inputs:
        for source in [source for source, members in named.items() if name in members] if named else [NUMBERED.sub("", name)]:
            groups.setdefault(source, []).append(name)
    most = len(inputs) if named else len(inputs) / 2
    return {source: tuple(members) for source, members in groups.items() if 1 < len(members) <= most}


def _of_sample(evidence: Evidence, sample: str) -> Iterable[Result]:
    part, thresholds = evidence.samples[sample], evidence.thresholds
    before = base(evidence.cells[sample], part, thresholds.min_events)
    if few := unfit("ROB-02", sample, part, before, thresholds.min_rows):
        yield few
        return
    rows, safer = (part.n, part.events), thresholds.missing_safer * before.cells.card.scaling.pdo
    alone, together = _cases(evidence)
    yield missing_test(_missing(before, alone), f"{sample}: inputs", rows, _limits(thresholds, "missing"), safer)
    if together:
        yield missing_test(_missing(before, together), f"{sample}: sources", rows, _limits(thresholds, "source"), safer)
    else:
        reading = Reading("reading.no_sources")
        yield Result("ROB-02", f"{sample}: sources", *rows, None, Verdict.NOT_DUE, SOURCE, reading)


def _limits(thresholds: Thresholds, name: str) -> Limits:
    return Limits(getattr(thresholds, f"{name}_amber"), getattr(thresholds, f"{name}_red"))


def _cases(evidence: Evidence) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    inputs = evidence.cells[DEVELOPMENT].inputs
    return {name: (name,) for name in inputs}, sources(inputs, evidence.sources)


def _missing(before: Base, cases: Mapping[str, tuple[str, ...]]) -> list[Missing]:
    found = []
    for name, inputs in cases.items():
        bins = []
        for block in before.cells.blocks:
            own = block.bins.copy()
            for place, term in enumerate(block.segment.terms):
                if term.name in inputs:
                    own[:, place] = term.characteristic.index("missing")
            bins.append(own)
        found.append(Missing(name, inputs, changed(before, bins)))
    return found
