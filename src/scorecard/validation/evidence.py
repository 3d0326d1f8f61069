"""What a validator has on the table: scored samples, grades, points by attribute, and the bank's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pandas import DataFrame

from scorecard.errors import EvidenceError
from scorecard.metrics import benjamini_hochberg, holm
from scorecard.model import Scorecard
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation import cells
from scorecard.validation.cells import Bins, Cells, candidate_bins
from scorecard.validation.ladder import GradeCounts, Ladder, counted
from scorecard.woe import Characteristic

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]

DEVELOPMENT, PERIOD = "development", "@period"
SAME_PD = 1e-12  # what the mean of equal PDs may differ from them by rounding
ATTRIBUTE_COLUMNS = ("characteristic", "attribute", "points")


@dataclass(frozen=True, eq=False)
class Labels:
    """What divides the rows of a sample: a code per row, -1 where it is missing, and the names of the codes.

    Of numeric columns the names are those of their bands. Every sample of an `Evidence` has the same names.
    """

    codes: Ints
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Scored:
    """One sample as the model sees it.

    Parameters
    ----------
    bad : int array of shape (n,) or None
        1 bad, 0 good; None where the outcomes are not known yet.
    score : float array of shape (n,)
        Higher is safer.
    pd : float array of shape (n,)
        Probability of default in [0, 1].
    grade : int array of shape (n,)
        Index into the grade names, 0 the best.
    weight : float array of shape (n,) or None
        Sampling weights; None where every row stands for itself.
    exposure : float array of shape (n,) or None
        Money at risk.
    labels : mapping of str to Labels
        What divides the rows: ``@period`` in time order, columns of segments, protected attributes.

    Raises
    ------
    EvidenceError
        Where there are no rows, the lengths differ, a score is missing, a PD is none, or no weight is above 0.

    Examples
    --------
    >>> Scored(np.array([0, 1]), np.array([600.0, 500.0]), np.array([0.1, 0.3]), np.array([0, 1])).events
    1
    """

    bad: Ints | None
    score: Floats
    pd: Floats
    grade: Ints
    weight: Floats | None = None
    exposure: Floats | None = None
    labels: Mapping[str, Labels] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns = (self.bad, self.score, self.pd, self.grade, self.weight, self.exposure)
        lengths = {part.size for part in columns if part is not None} | {each.codes.size for each in self.labels.values()}
        if lengths != {self.score.size} or not self.score.size:
            raise EvidenceError(
                f"a scored sample has columns of {sorted(lengths)} rows; expected one length above 0. Score the rows again."
            )
        if np.isnan(self.score).any() or not ((self.pd >= 0) & (self.pd <= 1)).all():
            raise EvidenceError(
                "a scored sample holds missing scores, or PDs outside [0, 1]. Leave those rows out and say how many."
            )
        if self.weight is not None and not ((self.weight >= 0).all() and self.weight.sum() > 0):
            raise EvidenceError("a scored sample holds weights below 0, or none above it. Correct the weight column.")

    @property
    def n(self) -> int:
        """Rows."""
        return self.score.size

    @property
    def outcome(self) -> Ints:
        """The outcomes; an EvidenceError where they are not known yet."""
        if self.bad is None:
            raise EvidenceError(
                "the outcomes of this sample are not known yet; this test needs them. Wait, or leave the test out."
            )
        return self.bad

    @property
    def events(self) -> int:
        """Bads; 0 where the outcomes are not known yet."""
        return 0 if self.bad is None else int(self.bad.sum())

    @cached_property
    def scale(self) -> float:
        """Kish's effective number of rows over the sum of weights: what a unit of weight counts for."""
        return 1.0 if self.weight is None else float(self.weight.sum() / (self.weight**2).sum())

    @cached_property
    def worth(self) -> Floats:
        """What each row counts for: its weight, scaled to the effective number of rows; 1 where each stands for itself."""
        return np.ones(self.n) if self.weight is None else self.weight * self.scale

    @cached_property
    def ladder(self) -> Ladder:
        """Goods and bads at each distinct score; an EvidenceError where the outcomes are not known yet.

        References
        ----------
        Kish (1965), Survey Sampling, 11.7, on effective numbers.
        """
        return self.steps(None)

    @cached_property
    def by_pd(self) -> Ladder:
        """Goods and bads at each PD: the ladder itself where PDs follow from scores, else one rung a distinct PD, the riskiest first."""
        if np.abs(self.pd - self.ladder.pd[self._place]).max() <= SAME_PD:
            return self.ladder
        values, place = np.unique(-self.pd, return_inverse=True)
        return replace(self.counted(place, values.size), pd=-values)

    def steps(self, rows: NDArray[np.bool_] | None) -> Ladder:
        """Return the ladder of some of the rows, on the same rungs."""
        kept = slice(None) if rows is None else rows
        found = self.counted(self._place[kept], self._score.size, rows)
        return replace(found, score=self._score)

    def counted(self, place: Ints, size: int, rows: NDArray[np.bool_] | None = None) -> Ladder:
        """Count goods and bads, and average the PD, of some rows at so many places."""
        kept = slice(None) if rows is None else rows
        return counted(
            place, size, self.outcome[kept], self.pd[kept], None if self.weight is None else self.weight[kept] * self.scale
        )

    def graded(self, grades: int) -> Ladder:
        """Return goods and bads in each of so many grades, the worst first."""
        return self.counted(grades - 1 - self.grade, grades)

    @cached_property
    def _distinct(self) -> tuple[Floats, Ints]:
        score, place = np.unique(self.score, return_inverse=True)
        return score, place

    @property
    def _score(self) -> Floats:
        return self._distinct[0]

    @property
    def _place(self) -> Ints:
        return self._distinct[1]

    def part(self, rows: NDArray[np.bool_]) -> Scored:
        """Return some of the rows, labels included."""
        kept = {name: None if column is None else column[rows] for name, column in self._columns().items()}
        labels = {name: Labels(each.codes[rows], each.names) for name, each in self.labels.items()}
        return Scored(**kept, labels=labels)  # type: ignore[arg-type]

    def _columns(self) -> dict[str, NDArray[np.generic] | None]:
        return {name: getattr(self, name) for name in ("bad", "score", "pd", "grade", "weight", "exposure")}

    def by_grade(self, grades: int) -> GradeCounts:
        """Count customers and defaults, and average the PD, in each of so many grades; weighted rows at their effective number."""
        bad = np.zeros(self.n, dtype=int) if self.bad is None else self.bad
        found = counted(self.grade, grades, bad, self.pd, None if self.weight is None else self.weight * self.scale)
        customers, defaults = (
            (found.rows, found.bads) if self.weight is not None else (found.rows.astype(int), found.bads.astype(int))
        )
        return GradeCounts(customers, defaults, found.pd)


@dataclass(frozen=True, eq=False)
class Modelled:
    """The scorecard itself and its rows, for the tests that look behind the scores.

    Attributes
    ----------
    card : Scorecard
    tables : mapping of sample to pyarrow.Table
        With the card's inputs, the columns of `characteristics`, ``@bad`` and ``@weight``; rows in the order of `Scored`.
    characteristics : mapping of name to Characteristic
        Every one that could have been in the card, its own included.
    """

    card: Scorecard
    tables: Mapping[str, pa.Table]
    characteristics: Mapping[str, Characteristic]


@dataclass(frozen=True, eq=False)
class Moves:
    """Grades of the same customers at the start and at the end of a window.

    Attributes
    ----------
    before, after : int arrays of shape (customers,)
        Positions in the grades; `after` is ``len(grades)`` for default, one more for moved to another model, two more for
        terminated.
    defaults_known : bool
        Whether it is known who defaulted in between; otherwise they count where they ended.
    """

    before: Ints
    after: Ints
    defaults_known: bool = True


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything the tests need, and nothing else.

    Parameters
    ----------
    samples : mapping of str to Scored
        In time order: "development" first, with outcomes; then "test", optionally "out_of_time".
    grades : tuple of str
        Names, best first.
    attributes : DataFrame
        Columns characteristic, attribute, points, and one column of counts named after each sample.
    thresholds : Thresholds
    cutoff : float or None
        The score from which customers are approved.
    model : Modelled or None
    moves : Moves or None
    segments, protected : tuple of str
        Labels of the samples that are segments, and those that are protected attributes.
    reference : mapping of str to str
        Of a protected attribute the group that others are compared with; where it has none, the largest.
    lacking : tuple of str or None
        What the documentation lacks; None where nobody looked.
    seed : int
        Of the tests that draw.
    record : mapping of str to str, or None
        What the run that made the card recorded: ``data_sha256`` of the table at hand, ``seed``, ``commit``, ``dirty``,
        ``environment``; None where nobody looked.
    sources : mapping of str to names
        Inputs that come from one source and would be missing together.

    Raises
    ------
    EvidenceError
        Where development is not first or has no outcomes, a grade has no name, rows have no labels of a segment, or a column
        or number is missing.
    """

    samples: Mapping[str, Scored]
    grades: tuple[str, ...]
    attributes: DataFrame
    thresholds: Thresholds
    cutoff: float | None = None
    model: Modelled | None = None
    moves: Moves | None = None
    segments: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    reference: Mapping[str, str] = field(default_factory=dict)
    lacking: Sequence[str] | None = None
    seed: int = 1
    record: Mapping[str, str] | None = None
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = next(iter(self.samples), None)
        if first != DEVELOPMENT or self.samples[DEVELOPMENT].bad is None:
            raise EvidenceError(f"the first sample is {first}; expected {DEVELOPMENT} with known outcomes. Put it first.")
        for name, scored in self.samples.items():
            if scored.grade.min() < 0 or scored.grade.max() >= len(self.grades):
                raise EvidenceError(
                    f"{name} has grades outside 0 to {len(self.grades) - 1}. Grade the rows on the model's own scale."
                )
            if unlabelled := [column for column in self.segments if column not in scored.labels]:
                raise EvidenceError(f"{name} has no labels of {', '.join(unlabelled)}. Label the rows of every segment's column.")
        missing = [column for column in (*ATTRIBUTE_COLUMNS, *self.samples) if column not in self.attributes.columns]
        if missing:
            raise EvidenceError(f"the table of attributes lacks {', '.join(missing)}. Count every sample on the model's bins.")
        if self.attributes[["points", *self.samples]].isna().any(axis=None):
            raise EvidenceError(
                "the table of attributes holds missing points or counts; expected numbers. Write 0 where nobody is."
            )

    @property
    def development(self) -> Scored:
        """The sample the model was fitted on."""
        return self.samples[DEVELOPMENT]

    @property
    def later(self) -> dict[str, Scored]:
        """Every sample but development, in time order."""
        return {name: scored for name, scored in self.samples.items() if name != DEVELOPMENT}

    @property
    def modelled(self) -> Modelled:
        """The scorecard and its rows; an EvidenceError where they are not at hand."""
        if self.model is None:
            raise EvidenceError("the scorecard itself is not among the evidence; this test looks behind its scores. Add it.")
        return self.model

    @cached_property
    def cells(self) -> dict[str, Cells]:
        """Every sample as the scorecard counts it; none where the scorecard is not at hand."""
        model = self.model
        if model is None:
            return {}
        return {
            name: cells.counted(model.card, model.tables[name], part)
            for name, part in self.samples.items()
            if name in model.tables
        }

    @cached_property
    def bins(self) -> dict[str, dict[str, Bins]]:
        """Of every sample the bin of each row, by the name of every characteristic that could have been in the card."""
        return {name: candidate_bins(self.modelled, self.cells, name) for name in self.cells}


def not_due(code: str, scope: str, part: Scored, source: str) -> Result:
    """Say that a test waits for outcomes.

    Examples
    --------
    >>> part = Scored(None, np.array([600.0]), np.array([0.1]), np.array([0]))
    >>> not_due("CAL-01", "test", part, "ECB (2019)").verdict.value
    'not due'
    """
    return Result(code, scope, part.n, 0, None, Verdict.NOT_DUE, source, Reading("reading.not_due"))


def without_model(code: str, evidence: Evidence, source: str) -> Result:
    """Say that a test looks behind the scores, and the scorecard itself is not among the evidence."""
    rows = evidence.development.n, evidence.development.events
    return Result(code, "scorecard", *rows, None, Verdict.NOT_DUE, source, Reading("reading.no_model"))


def where_observed(samples: Mapping[str, Scored], code: str, source: str, test: Callable[[str, Scored], Result]) -> list[Result]:
    """Run a test of one sample on all whose outcomes are known; for the others it is not due."""
    return [not_due(code, name, part, source) if part.bad is None else test(name, part) for name, part in samples.items()]


def shortage(ladder: Ladder, thresholds: Thresholds) -> Reading | None:
    """Say that the goods or bads of a ladder, at their effective numbers, are fewer than `thresholds.min_events`, or return None.

    Examples
    --------
    >>> part = Scored(np.array([0, 1]), np.array([600.0, 500.0]), np.array([0.1, 0.3]), np.array([0, 1]))
    >>> shortage(part.ladder, Thresholds()).key
    'reading.too_few'
    """
    goods, bads = ladder.numbers
    if min(goods, bads) >= thresholds.min_events:
        return None
    return Reading("reading.too_few", {"bads": told(bads), "goods": told(goods), "needed": thresholds.min_events})


def without_initial(evidence: Evidence, code: str, source: str) -> list[Result]:
    """Say for every later sample that development has too few goods or bads for an initial figure; nothing where it has enough.

    An AUC on five bads is chance, and a later sample that is no worse than it would pass for sound.
    """
    short = shortage(evidence.development.ladder, evidence.thresholds)
    if short is None:
        return []
    reading = Reading("reading.initial_few", short.values)
    return where_observed(
        evidence.later,
        code,
        source,
        lambda name, part: Result(code, name, part.n, part.events, None, Verdict.INSUFFICIENT_DATA, source, reading),
    )


def told(number: float) -> float:
    """Return a number as people read it: whole where it is whole, with one decimal where weights make it a fraction.

    Examples
    --------
    >>> told(3.0), told(3.14159)
    (3, 3.1)
    """
    return int(number) if float(number).is_integer() else round(float(number), 1)


def with_family(results: list[Result]) -> list[Result]:
    """Add to each reading the p-values adjusted for the whole family of tests: `p_holm` and `p_bh`.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6; Benjamini & Hochberg (1995), JRSS B 57.
    """
    found = [result.p_value for result in results if result.p_value is not None]
    adjusted = iter(zip(holm(found).tolist(), benjamini_hochberg(found).tolist(), strict=True))
    return [result if result.p_value is None else _adjusted(result, *next(adjusted)) for result in results]


def _adjusted(result: Result, p_holm: float, p_bh: float) -> Result:
    return replace(result, reading=Reading(result.reading.key, {**result.reading.values, "p_holm": p_holm, "p_bh": p_bh}))
