"""What a scorecard is: segments of characteristics with points, one scale, one calibration, one set of grades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard import scale
from scorecard.calibration import Calibration
from scorecard.errors import DataError, GovernanceError
from scorecard.points import Scaling
from scorecard.woe import Characteristic, Places, column

FORMATS = ("scorecard/1", "scorecard/2")
FORMAT = FORMATS[-1]
WHOLE = "all"  # name of the only segment of a scorecard without segments
Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scored:
    """What a scorecard says of each row, in input order.

    Attributes
    ----------
    score : array of shape (rows,)
    pd_raw, pd_calibrated, pd : arrays of shape (rows,)
        The PD of the points; after calibration; after anchor and floor, which is the one to decide by.
    grade : array of shape (rows,)
        Position in the scorecard's grades, 0 is the best.
    unseen : dict
        Characteristic to the number of rows with a level that development did not have.
    """

    score: Floats
    pd_raw: Floats
    pd_calibrated: Floats
    pd: Floats
    grade: npt.NDArray[np.intp]
    unseen: dict[str, int]


@dataclass(frozen=True)
class Term:
    """A characteristic with its coefficient and the points of its bins.

    Attributes
    ----------
    p_value, lr_p_value : float or None
        Wald and likelihood ratio; None where a penalty or an import leaves none.
    vif : float or None
    reference : float or None
        Mean points of the customers that reasons compare with.
    reason : mapping of language to text
        Why points were lost here, in words for a customer.
    """

    characteristic: Characteristic
    dtype: str
    description: str | None
    coefficient: float | None
    standard_error: float | None
    p_value: float | None
    points: tuple[float, ...]
    lr_p_value: float | None = None
    vif: float | None = None
    reference: float | None = None
    reason: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the characteristic, which is also the code of its reason."""
        return self.characteristic.name


@dataclass(frozen=True)
class Segment:
    """The characteristics that score the customers of one segment.

    Attributes
    ----------
    name : str
    intercept : float or None
        Of the logit of bad; None of an imported card.
    base : float
        Points that every customer of the segment starts with.
    terms : tuple of Term
    fit : mapping
        What the fit says of itself, such as ``penalty``, ``rows``, ``bads``, ``log_likelihood``, ``condition_number``.
    """

    name: str
    intercept: float | None
    base: float
    terms: tuple[Term, ...]
    fit: Mapping[str, float | None] = field(default_factory=dict)


class Placed(NamedTuple):
    """Rows of one segment, and for each of its terms the bins that their values fall into, shape (rows,) each."""

    segment: Segment
    rows: Any
    bins: tuple[Places, ...]


@dataclass(frozen=True)
class Segmentation:
    """The rule that says which segment a customer belongs to: every bin of one column names its segment."""

    characteristic: Characteristic
    dtype: str
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Reasons:
    """Whom a customer is compared with, to say where points were lost.

    Attributes
    ----------
    reference : str
        ``cutoff``: customers at or just above the cut-off; ``all`` customers.
    most : int
        Reasons given at most.
    cutoff : float or None
        Customers at or above it get no reasons; None gives them to everybody.
    upper : float or None
        The reference customers score below it, where the reference is ``cutoff``.
    rows : int
        Number of the reference customers.
    """

    reference: Literal["cutoff", "all"] = "all"
    most: int = 4
    cutoff: float | None = None
    upper: float | None = None
    rows: int = 0


@dataclass(frozen=True)
class Scorecard:
    """A scorecard, complete: bins, WoE, coefficients, points, treatments, scaling, calibration, grades, reasons and what it was made from.

    `missing_values` are the texts that stand for a missing value, as development read them. `format` is that of the
    file it came from: what was read is written again byte for byte.
    """

    name: str
    target: Mapping[str, Any]
    scaling: Scaling
    segments: tuple[Segment, ...]
    segmentation: Segmentation | None = None
    calibration: Calibration = field(default_factory=Calibration)
    grades: tuple[scale.Grade, ...] = ()
    reasons: Reasons | None = None
    made_from: Mapping[str, str] = field(default_factory=dict)
    missing_values: tuple[str, ...] = ()
    format: str = FORMAT

    def __post_init__(self) -> None:
        names = [segment.name for segment in self.segments]
        asked = [] if self.segmentation is None else list(dict.fromkeys(self.segmentation.segments))
        if len(set(names)) < len(names) or (self.segmentation is None and len(names) != 1) or set(asked) - set(names):
            raise GovernanceError(
                f"The scorecard {self.name} has the segments {', '.join(names) or 'none'}; expected each once, and one for every "
                f"bin of the segment rule ({', '.join(asked) or 'no rule: one segment'}). Make it anew."
            )

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of all segments, in order."""
        return tuple(term for segment in self.segments for term in segment.terms)

    @cached_property
    def dtypes(self) -> dict[str, str]:
        """Contract dtype of each input column, the segment's first."""
        rule = {} if self.segmentation is None else {self.segmentation.characteristic.name: self.segmentation.dtype}
        return rule | {term.name: term.dtype for term in self.terms}

    @property
    def inputs(self) -> list[str]:
        """Names of the columns it needs."""
        return list(self.dtypes)

    def score(self, table: pa.Table | pa.RecordBatch) -> Scored:
        """Score rows.

        Parameters
        ----------
        table : pyarrow.Table or RecordBatch
            With every input; more columns are ignored.

        Raises
        ------
        DataError
            Where an input column is missing.
        """
        return self.scored(self.placed(table), table.num_rows)

    def placed(self, table: pa.Table | pa.RecordBatch) -> list[Placed]:
        """Return the rows of each segment, and which bins their values fall into."""
        return [
            Placed(segment, rows, tuple(term.characteristic.place(column(part, term.name)) for term in segment.terms))
            for segment, rows, part in self.parts(table)
        ]

    def scored(self, placed: Sequence[Placed], rows: int) -> Scored:
        """Return what it says of so many rows whose bins are known."""
        steps = np.zeros(rows, dtype=np.int64)
        unseen: dict[str, int] = {}
        for segment, where, bins in placed:
            steps[where] = self.steps(segment, bins, len(steps[where]))
            for term, index in zip(segment.terms, bins, strict=True):
                if term.characteristic.kind == "categorical" and (count := _strangers(term, index)):
                    unseen[term.name] = unseen.get(term.name, 0) + count
        return self._of_steps(steps, unseen)

    def steps(self, segment: Segment, bins: Sequence[Places], rows: int) -> Steps:
        """Return the sum of steps of rows of a segment, base points included, before limits; shape (rows,)."""
        total = np.full(rows, self.scaling.steps(segment.base), dtype=np.int64)
        for term, index in zip(segment.terms, bins, strict=True):
            total += self.scaling.steps(term.points)[index]
        return total

    def _of_steps(self, steps: Steps, unseen: dict[str, int]) -> Scored:
        """Return scores, PDs and grades; where there are fewer possible sums than rows, each is computed once."""
        lowest = int(steps.min(initial=0))
        span = int(steps.max(initial=0)) - lowest + 1
        sums, place = (np.arange(lowest, lowest + span), steps - lowest) if span < len(steps) else (steps, slice(None))
        total = self.scaling.total(sums)
        raw, calibrated, final = self.pds(total)
        grade = scale.assign(total, self.grades)
        return Scored(total[place], raw[place], calibrated[place], final[place], grade[place], unseen)

    def pds(self, score: Floats) -> tuple[Floats, Floats, Floats]:
        """Return raw, calibrated and final PD of scores, shape (rows,) each."""
        raw = self.scaling.pd(score)
        return raw, self.calibration.calibrated(score, self.scaling), self.calibration.final(score, self.scaling)

    def parts(self, table: pa.Table | pa.RecordBatch) -> Iterator[tuple[Segment, Any, pa.Table | pa.RecordBatch]]:
        """Yield each segment with the places of its rows, and these rows."""
        if self.segmentation is None:
            yield self.segments[0], slice(None), table
            return
        rule = self.segmentation
        index = rule.characteristic.assign(column(table, rule.characteristic.name))
        home = np.array([self.names.index(name) for name in rule.segments])[index]
        for position, segment in enumerate(self.segments):
            rows = np.flatnonzero(home == position)
            yield segment, rows, table.take(pa.array(rows))

    @property
    def names(self) -> list[str]:
        """Names of the segments."""
        return [segment.name for segment in self.segments]

    def points_of(self, segment: Segment, table: pa.Table | pa.RecordBatch) -> Steps:
        """Return the steps (points times `scaling.unit`) of each row and term of a segment, shape (rows, terms)."""
        found = np.empty((table.num_rows, len(segment.terms)), dtype=np.int64)
        for position, term in enumerate(segment.terms):
            found[:, position] = self.scaling.steps(term.points)[term.characteristic.assign(column(table, term.name))]
        return found

    def grade_names(self) -> tuple[str, ...]:
        """Return the names of the grades, best first."""
        return tuple(grade.name for grade in self.grades)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical content."""
        return file.sha256(file.content(self))

    def to_dict(self) -> dict[str, Any]:
        """Return the content of `scorecard.json`, its own hash included."""
        return file.content(self) | {"sha256": self.sha256}

    def to_json(self) -> str:
        """Return the text of `scorecard.json`: equal inputs give equal bytes."""
        return file.text(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Read `scorecard.json` and check that it is whole and no byte of its content changed.

        Raises
        ------
        GovernanceError
            Where the text is no scorecard, its format is unknown, it is incomplete, or it does not match its hash.
        """
        return file.read(text)

    @classmethod
    def load(cls, path: Path) -> Scorecard:
        """Read a scorecard file."""
        if not path.is_file():
            raise DataError(f"{path} is not a file; expected scorecard.json. Check the path.")
        try:
            return cls.from_json(path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError as error:
            raise GovernanceError(f"{path} is not text; expected scorecard.json. Take the registered file.") from error


def _strangers(term: Term, index: Places) -> int:
    """Count rows with a level that development did not have."""
    return int((index == term.characteristic.index("unseen")).sum())


from scorecard.model import file  # noqa: E402  the file knows the card, and the card writes itself
