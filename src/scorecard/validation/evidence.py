"""What a validator has on the table: scored samples, grades, points by attribute, and the bank's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from scorecard.errors import EvidenceError
from scorecard.metrics import benjamini_hochberg, holm
from scorecard.results import Reading, Result, Verdict
from scorecard.settings import Thresholds

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]

DEVELOPMENT = "development"
ATTRIBUTE_COLUMNS = ("characteristic", "attribute", "points")


@dataclass(frozen=True)
class GradeCounts:
    """Customers, defaults and mean PD of every grade, best first; an empty grade has PD 0."""

    customers: Ints
    defaults: Ints
    pd: Floats


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

    Raises
    ------
    EvidenceError
        Where there are no rows, the lengths differ, a score is missing, or a PD is none.

    Examples
    --------
    >>> Scored(np.array([0, 1]), np.array([600.0, 500.0]), np.array([0.1, 0.3]), np.array([0, 1])).events
    1
    """

    bad: Ints | None
    score: Floats
    pd: Floats
    grade: Ints

    def __post_init__(self) -> None:
        lengths = {part.size for part in (self.bad, self.score, self.pd, self.grade) if part is not None}
        if lengths != {self.score.size} or not self.score.size:
            raise EvidenceError(
                f"a scored sample has columns of {sorted(lengths)} rows; expected one length above 0. Score the rows again."
            )
        if np.isnan(self.score).any() or not ((self.pd >= 0) & (self.pd <= 1)).all():
            raise EvidenceError(
                "a scored sample holds missing scores, or PDs outside [0, 1]. Leave those rows out and say how many."
            )

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

    def by_grade(self, grades: int) -> GradeCounts:
        """Count customers and defaults, and average the PD, in each of so many grades."""
        customers = np.bincount(self.grade, minlength=grades)
        defaults = np.zeros(grades, dtype=int) if self.bad is None else np.bincount(self.grade[self.bad == 1], minlength=grades)
        total = np.bincount(self.grade, self.pd, minlength=grades)
        return GradeCounts(customers, defaults, total / np.maximum(customers, 1))


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

    Raises
    ------
    EvidenceError
        Where development is not first or has no outcomes, a grade has no name, or a column or number is missing.
    """

    samples: Mapping[str, Scored]
    grades: tuple[str, ...]
    attributes: DataFrame
    thresholds: Thresholds

    def __post_init__(self) -> None:
        first = next(iter(self.samples), None)
        if first != DEVELOPMENT or self.samples[DEVELOPMENT].bad is None:
            raise EvidenceError(f"the first sample is {first}; expected {DEVELOPMENT} with known outcomes. Put it first.")
        for name, scored in self.samples.items():
            if scored.grade.min() < 0 or scored.grade.max() >= len(self.grades):
                raise EvidenceError(
                    f"{name} has grades outside 0 to {len(self.grades) - 1}. Grade the rows on the model's own scale."
                )
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


def not_due(code: str, scope: str, part: Scored, source: str) -> Result:
    """Say that a test waits for outcomes.

    Examples
    --------
    >>> part = Scored(None, np.array([600.0]), np.array([0.1]), np.array([0]))
    >>> not_due("CAL-01", "test", part, "ECB (2019)").verdict.value
    'not due'
    """
    return Result(code, scope, part.n, 0, None, Verdict.NOT_DUE, source, Reading("reading.not_due"))


def where_observed(samples: Mapping[str, Scored], code: str, source: str, test: Callable[[str, Scored], Result]) -> list[Result]:
    """Run a test of one sample on all whose outcomes are known; for the others it is not due."""
    return [not_due(code, name, part, source) if part.bad is None else test(name, part) for name, part in samples.items()]


def too_few(bad: Ints, thresholds: Thresholds) -> Reading | None:
    """Say that goods or bads are fewer than `thresholds.min_events`, or return None.

    Examples
    --------
    >>> too_few(np.array([0, 1]), Thresholds()).key
    'reading.too_few'
    """
    bads = int(bad.sum())
    goods = bad.size - bads
    if min(goods, bads) >= thresholds.min_events:
        return None
    return Reading("reading.too_few", {"bads": bads, "goods": goods, "needed": thresholds.min_events})


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
