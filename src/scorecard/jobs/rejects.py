"""What a notebook shows of declined applicants: models with and without them, what the assumption moves, and whether inference helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas
import pyarrow as pa

from scorecard import rejects, woe
from scorecard.data.declined import declined
from scorecard.data.samples import BAD, SAMPLE, WEIGHT
from scorecard.data.source import literal, quoted
from scorecard.errors import EvidenceError
from scorecard.jobs.step import FIRST_STEP, Step
from scorecard.rejects import Applicants, Benchmark, Inferred, Masked
from scorecard.settings import Rejects
from scorecard.woe import Characteristic

SEEN_BY_CARD = 2  # a policy card of the benchmark sees all characteristics, the model every second one
NOBODY = "The pipeline names no declined applicants: the scorecard speaks of applicants as those that were accepted. Name them with rejects in the pipeline YAML."


@dataclass(frozen=True)
class Choice:
    """What a person chooses.

    Attributes
    ----------
    factor : float
        How many times as often declines are taken to turn bad as accepts of the same score, above 0; by convention 1.2 to 4.
    bands : int
        Score bands, 2 to 100.
    hidden_share : float
        Of the accepts, to hide in the benchmark, in (0, 1).
    repeats : int
        Bootstrap draws of the benchmark, 20 or more.
    seed : int
    """

    factor: float = 1.5
    bands: int = 10
    hidden_share: float = 0.3
    repeats: int = 50
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Study:
    """What reject inference gives; every table is empty where there is nothing to show.

    Attributes
    ----------
    answer : str
        In words.
    models : DataFrame
        The accepts' model and every inferred one side by side.
    coefficients, bands, sensitivity : DataFrame
        By characteristic, by score band, and over the values of each assumption.
    benchmark, gains : DataFrame
        Every method against outcomes that were hidden from it, and its gain on the accepts' model.
    """

    answer: str
    models: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    coefficients: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    bands: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    sensitivity: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    benchmark: pandas.DataFrame = field(default_factory=pandas.DataFrame)
    gains: pandas.DataFrame = field(default_factory=pandas.DataFrame)


def study(
    step: Step, characteristics: Mapping[str, Characteristic], names: Sequence[str], accepts: pa.Table, choice: Choice
) -> Study:
    """Infer what the declines of development would have done, by every method, and judge the methods where outcomes are known.

    Parameters
    ----------
    step : Step
        After ``01_data``, whose seed places the declines.
    characteristics : mapping of name to Characteristic
    names : sequence of str
        Of the scorecard, strongest first.
    accepts : Table
        Development's rows, with outcome and weight.
    choice : Choice

    Returns
    -------
    Study
        Its tables are saved as artefacts of the step.

    Raises
    ------
    SettingsError
        Where `rejects` names a reason that no exclusion rule has, or the choice is out of range.
    """
    settings = step.pipeline.rejects
    if settings is None:
        return Study(NOBODY)
    rows = _declines(step, settings, names)
    if len(rows) == 0:
        return Study(f"No applicant was declined in development for the reason {settings.reason}: there is nothing to infer.")
    bins = {name: characteristics[name] for name in names}
    applicants = _applicants(bins, accepts, rows)
    found = _answered(applicants, choice)
    judged = _judged(applicants, rows, choice)
    return _saved(step, applicants, found, judged)


def _declines(step: Step, settings: Rejects, names: Sequence[str]) -> pa.Table:
    """Return the declines of development on the scorecard's characteristics, with their outcome where it is known."""
    seed = step.json(FIRST_STEP, "data.json")["seed"]
    rows = declined(step.pipeline, step.contract, step.root, seed, settings)
    columns = [*names, WEIGHT, *(name for name in (BAD,) if name in rows.columns)]
    own = rows.filter(f"{quoted(SAMPLE)} = {literal('development')}")
    return own.project(", ".join(quoted(name) for name in columns)).to_arrow_table()


def _applicants(bins: Mapping[str, Characteristic], accepts: pa.Table, declines: pa.Table) -> Applicants:
    accepted, outside = (np.column_stack(list(woe.values(bins, rows).values())) for rows in (accepts, declines))
    weights = (np.asarray(rows.column(WEIGHT).to_numpy(), dtype=np.float64) for rows in (accepts, declines))
    return Applicants(tuple(bins), accepted, accepts.column(BAD).to_numpy(), outside, *weights)


def _answered(applicants: Applicants, choice: Choice) -> dict[str, Inferred | str]:
    """Return what every method gives, or why it has no answer."""
    found: dict[str, Inferred | str] = {}
    for name, infer in rejects.methods(choice.factor, choice.bands, choice.seed).items():
        try:
            found[name] = infer(applicants)
        except EvidenceError as error:
            found[name] = str(error)
    return found


def _judged(applicants: Applicants, declines: pa.Table, choice: Choice) -> dict[str, Benchmark | str]:
    """Hold the methods to the declines whose outcome is known, and to accepts below a policy card."""
    methods = rejects.methods(choice.factor, choice.bands, choice.seed)
    ways: dict[str, Callable[[], Masked]] = {
        "accepts below a policy card": lambda: _below_card(applicants, choice.hidden_share),
    }
    if BAD in declines.column_names:
        ways = {"declines of known outcome": lambda: Masked(applicants, declines.column(BAD).to_numpy())} | ways
    found: dict[str, Benchmark | str] = {}
    for name, way in ways.items():
        try:
            found[name] = rejects.benchmark(way(), methods, choice.repeats, choice.seed)
        except EvidenceError as error:
            found[name] = str(error)
    return found


def _below_card(applicants: Applicants, share: float) -> Masked:
    columns = dict(zip(applicants.names, applicants.accepted.T, strict=True))
    return rejects.hide(
        columns, applicants.bad, applicants.names, applicants.names[::SEEN_BY_CARD], share, weight=applicants.accepted_weight
    )


def _saved(
    step: Step, applicants: Applicants, found: Mapping[str, Inferred | str], judged: Mapping[str, Benchmark | str]
) -> Study:
    results = [each for each in found.values() if isinstance(each, Inferred)]
    benchmarks = {name: each for name, each in judged.items() if isinstance(each, Benchmark)}
    tables = {
        "models": _models(applicants, found, results),
        "coefficients": rejects.coefficients(applicants, results),
        "bands": _stacked({each.method: each.bands for each in results}, "method"),
        "sensitivity": _sensitivity(applicants),
        "benchmark": _stacked({name: each.values for name, each in benchmarks.items()}, "hidden"),
        "gains": _stacked({name: each.gains for name, each in benchmarks.items()}, "hidden"),
    }
    for name, table in tables.items():
        step.save_table(f"rejects_{name}.csv", table)
    return Study(_answer(judged), **tables)


def _models(applicants: Applicants, found: Mapping[str, Inferred | str], results: Sequence[Inferred]) -> pandas.DataFrame:
    silent = [{"method": name, "warnings": each} for name, each in found.items() if isinstance(each, str)]
    table = rejects.compare(applicants, results)
    return pandas.concat([table, pandas.DataFrame(silent)], ignore_index=True) if silent else table


def _sensitivity(applicants: Applicants) -> pandas.DataFrame:
    """Return every method over the values of its own assumption."""
    ways: list[tuple[str, Callable[[Applicants, Any], Inferred], Sequence[float]]] = [
        ("factor", rejects.parcel_fuzzy, rejects.FACTORS),
        ("factor", rejects.extrapolate_fuzzy, rejects.FACTORS),
        ("cutoff", rejects.extrapolate_hard, rejects.cutoffs(applicants)),
        ("bands", rejects.augment, rejects.BANDS),
    ]
    tables: list[pandas.DataFrame] = []
    for name, infer, values in ways:
        try:
            table = rejects.sensitivity(applicants, infer, values)
        except EvidenceError:  # the models' table says why
            continue
        tables.append(table.iloc[1 if tables else 0 :].assign(assumed=[*([] if tables else [""]), *[name] * len(values)]))
    whole = pandas.concat(tables, ignore_index=True).drop(columns=["assumption", "warnings"])  # they stand with the models
    return whole[["method", "assumed", *(name for name in whole if name not in ("method", "assumed"))]]


def _stacked(tables: Mapping[str, pandas.DataFrame], by: str) -> pandas.DataFrame:
    """Return tables one below the other, with the name of each in a column."""
    filled = [table.assign(**{by: name})[[by, *table.columns]] for name, table in tables.items() if len(table)]
    return pandas.concat(filled, ignore_index=True) if filled else pandas.DataFrame()


def _answer(judged: Mapping[str, Benchmark | str]) -> str:
    told = [f"**{name[0].upper()}{name[1:]}:** {each if isinstance(each, str) else each.answer}" for name, each in judged.items()]
    return "\n\n".join(told)
