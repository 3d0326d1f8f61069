"""One YAML a pipeline, one frozen model; unknown keys are refused."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from scorecard.errors import SettingsError

Value = str | int | float | bool
ZeroCells = Literal["half", "merge", "floor"]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # of a pipeline, of its model in the registry, and of files
SHOWN_NAMES = 20
TOP_LEVEL = ("pipelines", "notebooks")
NOTEBOOKS = ("01_data", "02_binning", "03_scorecard", "04_challengers", "05_validation", "06_documents", "07_monitoring")


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Table(Strict):
    """Where rows come from: a file, a bundled data set, a DuckDB table, or a SQL query.

    Written as a string it is a path, ``dataset:NAME``, or ``FILE.duckdb#TABLE``.
    """

    path: str | None = None
    dataset: str | None = None
    name: str | None = None
    url: str | None = None
    query: str | None = None
    password_env: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith("dataset:"):
            return {"dataset": value.removeprefix("dataset:")}
        path, _, name = value.partition("#") if ".duckdb#" in value else (value, "", "")
        return {"path": path} | ({"name": name} if name else {})

    @model_validator(mode="after")
    def _one_source(self) -> Table:
        if sum(source is not None for source in (self.path, self.dataset, self.url)) != 1:
            raise ValueError("a table is given by exactly one of path, dataset and url")
        if (self.url is None) != (self.query is None):
            raise ValueError("url and query go together")
        return self

    def __str__(self) -> str:
        """Return the table's name for people: never an address or a query, which may hold a secret."""
        if self.dataset:
            return f"dataset:{self.dataset}"
        if self.url:
            return "SQL query"
        return f"{self.path}#{self.name}" if self.name else str(self.path)


class Rule(Strict):
    """Rows that do not belong to the population, and why."""

    reason: str
    column: str | None = None
    values: tuple[Value, ...] = ()
    below: float | None = None
    above: float | None = None
    missing: bool = False


class Target(Strict):
    """The outcome: which values of the column are good, bad, indeterminate or excluded."""

    column: str
    good: tuple[Value, ...] = (0,)
    bad: tuple[Value, ...] = (1,)
    indeterminate: tuple[Value, ...] = ()
    excluded: tuple[Rule, ...] = ()


class Rejects(Strict):
    """Which rows are declined applicants: those that the exclusion rule of this reason takes out.

    Where their outcome became known, `good` and `bad` are its values in the target's column; it is used to judge methods of
    reject inference, and by none of them.
    """

    reason: str
    good: tuple[Value, ...] = ()
    bad: tuple[Value, ...] = ()


class Window(Strict):
    """A span of observation dates, both ends included."""

    first: date | None = None
    last: date | None = None


class Split(Strict):
    """How rows become samples: by date, by a given column, by a group, or by a hash of the key."""

    test_share: float = Field(0.3, gt=0, lt=1)
    column: str | None = None
    group: str | None = None
    development: Window | None = None
    out_of_time: Window | None = None
    monitoring: Window | None = None


class Batch(Strict):
    """A batch that notebook 07 compares with development."""

    name: str
    sample: Literal["test", "out_of_time", "monitoring"] | None = None
    table: Table | None = None
    every: Literal["month", "quarter"] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Batch:
        if (self.sample is None) == (self.table is None):
            raise ValueError("a batch is given by exactly one of sample and table")
        return self


class SetBy(Strict):
    """Who set a limit that is not the default, and why."""

    by: str | None = None
    reason: str | None = None


class Thresholds(Strict):
    """Limits of the tests; every default is a convention of the field, not a law.

    A limit is written as a number, or as ``{value: 0.75, by: WHO, reason: WHY}``.
    """

    set_by: Mapping[str, SetBy] = {}

    # discrimination
    auc_amber: float = 0.70
    auc_red: float = 0.60
    auc_drop_alpha: float = 0.05
    auc_drop_amber: float = 0.02
    auc_drop_red: float = 0.05
    h_drop_amber: float = 0.03  # what the drops of the AUC above are worth in H, for normal scores with an AUC of 0.75
    h_drop_red: float = 0.07
    severity_ratio: float = Field(
        0.0, ge=0
    )  # cost of a declined good over that of an accepted bad; 0: bads / goods of the sample
    # calibration
    jeffreys_amber: float = 0.05
    jeffreys_red: float = 0.01
    asset_correlation: float = Field(0.0, ge=0, lt=1)  # 0: customers default independently
    low_default: int = Field(5, ge=0)  # a grade with fewer defaults is one of low default: below it no chi-square cell counts
    low_default_confidence: float = Field(0.75, gt=0, lt=1)  # of the bound that the PD of such a grade must reach
    # stability
    psi_amber: float = 0.10
    psi_red: float = 0.25
    zero_cells: ZeroCells = "half"  # what is done about a class that holds rows on one side only: metrics.divergence says it
    zero_floor: float = Field(1e-4, gt=0, lt=0.01)  # the share of such a class where zero_cells is floor
    accuracy_amber: float = 1.1  # population accuracy index; limits of its authors
    accuracy_red: float = 1.5
    concentration_amber: float = 0.05  # rise of the Herfindahl index since development
    concentration_red: float = 0.10
    largest_grade: float = 0.40  # share of the customers in one grade
    bandwidth_amber: float = 0.25  # of the way to the farther edge that moves go beyond their first grade; 0.4 is no memory
    bandwidth_red: float = 0.40
    jump_amber: float = 0.01  # share of a grade's customers by which a farther grade takes more than a nearer one
    jump_red: float = 0.05
    events_per_coefficient: float = 10  # goods and bads that a fit needs for each coefficient (Peduzzi et al. 1996)
    sign_flips_amber: float = 0.01  # share of resampled fits in which a coefficient has the other sign
    sign_flips_red: float = 0.05
    outside_interval: float = 0.10  # share of resampled fits outside a 95 % interval; 5 % should be
    coefficient_drift_amber: float = 0.25  # standard deviation of a coefficient between periods, over the coefficient
    coefficient_drift_red: float = 0.50
    # robustness
    noise_amber: float = 0.02  # AUC lost where inputs are perturbed
    noise_red: float = 0.05
    regraded: float = 0.33  # share of customers whose grade changes then
    missing_amber: float = 0.05  # AUC lost where one input is missing
    missing_red: float = 0.10
    source_amber: float = 0.10  # AUC lost where all inputs of a source are missing
    source_red: float = 0.20
    missing_safer: float = 0.25  # PDOs by which customers may look safer because something is missing
    step_amber: float = 2.0  # PDOs between neighbouring bins; 2 are four times the odds
    step_red: float = 3.0
    slice_events: float = 20  # goods and bads that a slice must expect to be judged
    weak_ratio_amber: float = 1.25  # bads per expected bad in a slice
    weak_ratio_red: float = 1.50
    weak_auc_amber: float = 0.05  # AUC of a slice below what its PDs promise
    weak_auc_red: float = 0.10
    shift_budget: float = 0.25  # PSI of the worse mix that a sample is weighted to; the red limit of the PSI
    shift_auc_amber: float = 0.05  # AUC lost at that mix
    shift_auc_red: float = 0.10
    shift_ratio_amber: float = 1.10  # bads per expected bad at that mix
    shift_ratio_red: float = 1.25
    split_gap_amber: float = 0.01  # AUC reported above the mean of other splits
    split_gap_red: float = 0.03
    split_spread_amber: float = 0.25  # PDOs by which the same customer's score differs between splits, a standard deviation
    split_spread_red: float = 0.50
    adversarial_amber: float = 0.60  # AUC with which development and a later sample can be told apart
    adversarial_red: float = 0.70
    leak_amber: float = 0.85  # AUC of a single characteristic
    leak_red: float = 0.95
    missing_knows_amber: float = 0.60  # AUC of whether, or how often, values are missing
    missing_knows_red: float = 0.75
    collapse_amber: float = 0.05  # AUC of a single characteristic lost after development
    collapse_red: float = 0.10
    strongest_amber: float = 0.10  # AUC lost without the strongest characteristic
    strongest_red: float = 0.20
    # fairness
    fair_alpha: float = 0.05  # of p-values adjusted for all groups of an attribute (Holm)
    fair_cell: int = 30  # approvals, and declines, that a group needs
    fair_ratio: float = 0.80  # of approval rates: four fifths, an employment rule adopted by analogy
    fair_mean: float = 0.30  # difference of mean scores in standard deviations; 0.2 is called small, 0.5 medium, 0.8 large
    fair_odds: float = 0.10  # difference of the shares approved among goods, or among goods and among bads
    fair_calibration: float = 0.20  # bads over expected bads, and slope, away from 1
    fair_band_odds: float = 0.80  # odds of turning bad at the same score, of the group over the reference
    proxy_auc: float = 0.60  # with which an input tells a group
    proxy_cramers_v: float = 0.30
    proxy_marginal_iv: float = 0.02  # what a proxy must tell of risk beside the others
    alternative_auc: float = 0.005  # AUC that an alternative may lose
    alternative_bad_rate: float = 0.005  # by which the bad rate of the approved may rise
    alternative_approvals: float = 0.01  # by which the approval rate may fall
    alternative_gain: float = 0.02  # of the ratio of approval rates; less is not worth a change
    # data
    min_events: int = 20
    min_rows: int = 100
    missing_share_rise: float = 0.05
    unseen_share: float = 0.01

    @model_validator(mode="before")
    @classmethod
    def _with_reasons(cls, content: Any) -> Any:
        """Split limits that come with who set them and why."""
        if not isinstance(content, Mapping):
            return content
        told = {name: each for name, each in content.items() if isinstance(each, Mapping) and name != "set_by"}
        for name, each in told.items():
            if "value" not in each or set(each) - {"value", "by", "reason"}:
                raise ValueError(f"{name} has the keys {', '.join(map(str, each))}; expected value, by and reason")
        who = {name: {key: each[key] for key in ("by", "reason") if key in each} for name, each in told.items()}
        plain = {name: told[name]["value"] if name in told else each for name, each in content.items()}
        return plain | {"set_by": {**content.get("set_by", {}), **who}}

    @model_validator(mode="after")
    def _limits_exist(self) -> Thresholds:
        for name in self.set_by:
            if name not in type(self).limits():
                raise ValueError(f"set_by names {name}, which is not a limit. {nearest(name, type(self).limits())}")
        return self

    @classmethod
    def limits(cls) -> list[str]:
        """Return the names of all limits."""
        return [name for name in cls.model_fields if name != "set_by"]

    def deviations(self) -> dict[str, tuple[float, float, SetBy]]:
        """Return the limits that are not the default: value, default, and who set it and why."""
        defaults = Thresholds()
        return {
            name: (getattr(self, name), getattr(defaults, name), self.set_by.get(name, SetBy()))
            for name in self.limits()
            if getattr(self, name) != getattr(defaults, name)
        }


class Cutoff(Strict):
    """The decision rule and its economics; money as a share of the exposure."""

    score: float | None = None
    approval_rate: float | None = Field(None, gt=0, lt=1)
    margin: float | None = Field(None, ge=0)
    lgd: float | None = Field(None, ge=0, le=1)
    cost: float | None = Field(None, ge=0)


class Challenge(Strict):
    """When a challenger earns its keep; written before any result is seen.

    Its AUC must exceed the scorecard's by `minimum_gain` on `sample` (the last one by default), and the 95 % interval of the
    difference, which holds for all challengers together, must exclude zero. `replicates` is the number of bootstrap samples (fewer
    for many rows). `deployment` says how the bank's policy lets another kind of model than a scorecard file go live; without
    it challengers are evidence only.
    """

    minimum_gain: float = Field(0.01, ge=0, lt=0.5)
    sample: Literal["test", "out_of_time"] | None = None
    replicates: int = Field(2000, ge=200)
    deployment: str | None = None

    def judged(self, present: Sequence[str]) -> str:
        """Return the sample that is judged, of those that a run has.

        Raises
        ------
        SettingsError
            Where the run has no such sample.

        Examples
        --------
        >>> Challenge().judged(["development", "test", "monitoring"])
        'test'
        """
        later = [name for name in present if name not in {"development", "monitoring"}]
        if not later or self.sample not in {None, *later}:
            raise SettingsError(
                f"challenge.sample is {self.sample or 'the last'}; this run has {', '.join(present)}. Change it, or name windows in split."
            )
        return self.sample or later[-1]


class Strategy(Strict):
    """Who is decided without the score, and who is looked at by a person.

    `knock_outs` decline whatever the score; `refer` is the share of all applicants, those of the lowest scores that are
    still approved, that people look at.
    """

    knock_outs: tuple[Rule, ...] = ()
    refer: float = Field(0.0, ge=0, lt=1)


class Fairness(Strict):
    """How protected attributes become groups: whom the others are compared with, and edges of numeric ones.

    Without a `reference` the largest group is it; without `edges` a numeric attribute is cut at the quartiles of development.
    """

    reference: Mapping[str, Value] = {}
    edges: Mapping[str, tuple[float, ...]] = {}


class About(Strict):
    """What the model card prints; what is missing is shown as missing."""

    title: str | None = None
    owner: str | None = None
    tier: Literal[1, 2, 3] | None = None
    purpose: str | None = None
    permitted_uses: tuple[str, ...] = ()
    prohibited_uses: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    population: str | None = None
    target: str | None = None


class Pipeline(Strict):
    """Everything a run needs to know beside the rows themselves."""

    name: str = Field(pattern=rf"^{NAME.pattern}$")
    table: Table
    contract: str
    key: tuple[str, ...] = ()
    target: Target
    observation_date: str | None = None
    split: Split = Split()
    monitoring: tuple[Batch, ...] = (Batch(name="held-out test part", sample="test"),)
    weight: str | None = None
    notebooks: tuple[str, ...] = NOTEBOOKS
    parameters: Mapping[str, Value] = {}
    binning: Mapping[str, Mapping[str, Any]] = {}
    edits: str | None = None
    incumbent: str | None = None
    rejects: Rejects | None = None
    thresholds: Thresholds = Thresholds()
    cutoff: Cutoff = Cutoff()
    exposure: str | None = None
    period: Literal["month", "quarter", "year"] = "quarter"
    challenge: Challenge = Challenge()
    strategy: Strategy = Strategy()
    segments: tuple[str, ...] = ()
    fairness: Fairness = Fairness()
    earlier: Table | None = None
    sources: Mapping[str, tuple[str, ...]] = {}
    currency: str | None = None
    language: Literal["en", "zh"] = "en"
    about: About = About()

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


def nearest(name: str, known: list[str]) -> str:
    """Return a hint that names the nearest known word, or the first of them.

    Examples
    --------
    >>> nearest("max_bin", ["max_bins", "seed"])
    'Did you mean max_bins?'
    """
    if close := difflib.get_close_matches(name, known, n=1):
        return f"Did you mean {close[0]}?"
    shown = ", ".join(sorted(known)[:SHOWN_NAMES])
    return f"Known: {shown}{f' and {len(known) - SHOWN_NAMES} more' if len(known) > SHOWN_NAMES else ''}."


def find_root(start: Path | None = None) -> Path:
    """Return the project folder: the nearest one, from here upwards, that has pipelines/ and notebooks/.

    Raises
    ------
    SettingsError
        Where there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if all((folder / name).is_dir() for name in TOP_LEVEL):
            return folder
    raise SettingsError(f"{here} is not inside a scorecard project (pipelines/ and notebooks/). Make one: scorecard init FOLDER")


def load(path: Path, overrides: Mapping[str, Any] | None = None) -> Pipeline:
    """Read a pipeline YAML and check every key.

    Parameters
    ----------
    path : Path
    overrides : mapping, optional
        Top-level keys that replace the file's.

    Raises
    ------
    SettingsError
        Where the file is missing, malformed, or has a key or value that is not as expected.
    """
    if not path.is_file():
        near = sorted(file.name for file in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        raise SettingsError(
            f"{path} is not a file; expected a pipeline YAML. {nearest(path.name, near) if near else 'Make one: scorecard new'}"
        )
    return parse(read_yaml(path) | dict(overrides or {}), path)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top is a mapping."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise SettingsError(f"{path}{where} is malformed YAML: {problem}. Mend that line.") from error
    if not isinstance(content, dict):
        raise SettingsError(
            f"{path} holds {type(content).__name__}, expected keys and values. See pipelines/taiwan.yaml for an example."
        )
    return content


def parse(content: Mapping[str, Any], path: Path) -> Pipeline:
    """Check the content of a pipeline YAML; `path` names it in the message."""
    try:
        return Pipeline.model_validate(dict(content))
    except ValidationError as error:
        raise SettingsError(f"{path}: {explained(error, Pipeline)}") from error


def explained(error: ValidationError, model: type[Strict]) -> str:
    """Return what to mend first, in words: an unknown key, for it is often the misspelt name of one that is missing."""
    problem = next((each for each in error.errors() if each["type"] == "extra_forbidden"), error.errors()[0])
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{where} is not a known key. {nearest(str(problem['loc'][-1]), _known_keys(problem['loc'][:-1], model))}"
    shown = "" if isinstance(problem["input"], dict) else f" = {problem['input']!r}"
    return f"{where}{shown}: {problem['msg'].removeprefix('Value error, ').rstrip('.')}. Change it in the file."


def _known_keys(loc: tuple[int | str, ...], top: type[Strict]) -> list[str]:
    model: Any = top
    for part in loc:
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        model = getattr(field, "annotation", model)
        model = next((arm for arm in getattr(model, "__args__", ()) if hasattr(arm, "model_fields")), model)
    return sorted(getattr(model, "model_fields", top.model_fields))


def password(variable: str) -> str:
    """Return the secret in the environment variable that a `password_env` setting names.

    Raises
    ------
    SettingsError
        Where it is not set; the message names the variable, never a value.
    """
    value = os.environ.get(variable)
    if value is None:
        raise SettingsError(f"password_env names {variable}, which is not set in the environment. Set it, then run again.")
    return value
