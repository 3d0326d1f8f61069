"""Golden vectors: made-up rows that probe a scorecard wherever an export could differ, from the scorecard alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard.contracts import ARROW
from scorecard.exports.reach import Reach
from scorecard.model import Scorecard, Segment
from scorecard.woe import Characteristic

SEED = 20_240_229
MIXED = 400  # rows of every segment with a value of any bin in every column
VARIED = 30  # levels at most of which wrong case and blanks are tried
LARGEST, SMALLEST = math.nextafter(math.inf, 0), math.nextafter(0.0, 1)
WHOLE = 2**53  # from here on a double leaves whole numbers out
STRANGE = (
    "", " ", "never seen", "null", "NULL", "nan", "0", "1.0", "true", "it's", '"', "50%", "_", "\\", "line\nline", "a;b", "=1+1", "-1", "é", "e\u0301",
    "😀", "ſ", "x" * 5_000,
)  # fmt: skip
NUMBERS = (
    0.0, -0.0, 1.0, -1.0, 0.5, SMALLEST, -SMALLEST, 1e-308, 1e15, WHOLE + 0.0, 1e308, -1e308, LARGEST, -LARGEST, math.inf, -math.inf, math.nan,
)  # fmt: skip
INTEGERS = (0, 1, -1, 2**31 - 1, 2**31, WHOLE - 1, WHOLE, WHOLE + 1, -WHOLE - 1, 2**63 - 1, -(2**63))
FOURTEEN = Context(prec=14, Emin=-294)  # digits that every spreadsheet tells apart, down to the least number that it knows
DATES = (date(1, 1, 1), date(1970, 1, 1), date(9999, 12, 31))
EXTREME = "an extreme"
WHOLE_LEVEL = re.compile("-?[0-9]{1,18}")
SHOWN = 20  # characters that a message shows of a long text
Row = dict[str, Any]
Probe = tuple[Any, str]


@dataclass(frozen=True)
class Golden:
    """Rows that probe a scorecard, and in words what each of them probes.

    Attributes
    ----------
    rows : pyarrow.Table
        A typed column of every input.
    probes : tuple of str
        One a row.
    """

    rows: pa.Table
    probes: tuple[str, ...]


def vectors(card: Scorecard) -> pa.Table:
    """Return the golden vectors of a scorecard: equal scorecards give equal vectors.

    Every boundary with its neighbouring numbers, special code and level with its look-alikes, missing and unseen value,
    extreme number and strange text is tried in a row of its own; mixtures of bins follow, and rows at either side of
    every score where a grade, a limit, a calibration step or the reasons begin.

    Parameters
    ----------
    card : Scorecard

    Returns
    -------
    pyarrow.Table
        Columns of `card.dtypes`: float64, int64, string, bool, date32.
    """
    return golden(card).rows


def golden(card: Scorecard) -> Golden:
    """Return the golden vectors with what each of them probes."""
    rows, words = zip(*_unique(_rows(card), lambda row: repr([*row.values()])), strict=True)
    columns = {
        name: pa.array([row[name] for row in rows], ARROW[dtype], from_pandas=False) for name, dtype in card.dtypes.items()
    }
    return Golden(pa.table(columns), words)


def _unique(found: Iterable[tuple[Any, str]], key: Callable[[Any], str]) -> list[tuple[Any, str]]:
    """Return what was found without repetitions; the first is kept."""
    first: dict[str, tuple[Any, str]] = {}
    for each in found:
        first.setdefault(key(each[0]), each)
    return [*first.values()]


def _rows(card: Scorecard) -> Iterator[tuple[Row, str]]:
    tried = {name: _probes(dtype, readers(card, name)) for name, dtype in card.dtypes.items()}
    random = np.random.default_rng(SEED)
    for segment in card.segments:
        yield from _Home(card, segment, tried).rows(random)


def readers(card: Scorecard, name: str) -> list[Characteristic]:
    """Return the characteristics that read a column: those of the terms, and that of the segment rule."""
    found = [term.characteristic for term in card.terms if term.name == name]
    rule = card.segmentation
    return found if rule is None or rule.characteristic.name != name else [*found, rule.characteristic]


class _Home:
    """A segment, the values that are tried of its rows' columns, and one value for each bin of them."""

    def __init__(self, card: Scorecard, segment: Segment, tried: Mapping[str, Sequence[Probe]]) -> None:
        self.card, self.segment, self.tried = card, segment, tried
        self.values = {name: [value for value, _ in probes] for name, probes in tried.items()}
        rule = card.segmentation
        self.columns = [term.name for term in segment.terms]
        if rule is not None:
            name = rule.characteristic.name
            places = _bins(rule.characteristic, self.values[name], rule.dtype)
            pairs = zip(self.values[name], places, strict=True)
            self.values[name] = [value for value, place in pairs if rule.segments[place] == segment.name]
            self.columns = list(dict.fromkeys([name, *self.columns]))

    def rows(self, random: np.random.Generator) -> Iterator[tuple[Row, str]]:
        """Yield the rows of this segment; none where no value leads to it."""
        if not all(self.values.values()):
            return
        scaling, terms = self.card.scaling, {term.name: term for term in self.segment.terms}
        read = {name: terms[name].characteristic if name in terms else readers(self.card, name)[0] for name in self.values}
        self.chosen = {name: _one_a_bin(each, self.values[name], self.card.dtypes[name]) for name, each in read.items()}
        self.base = int(scaling.steps(self.segment.base))
        self.reach = Reach(
            [{place: int(scaling.steps(term.points[place])) for place in self.chosen[name]} for name, term in terms.items()]
        )
        ordinary = self._row(self.reach.around(self._middle())[0])
        yield ordinary, f"an ordinary customer of the segment {self.segment.name}"
        for name in self.columns:
            yield from ((ordinary | {name: value}, f"{name} = {shown(value)}, {words}") for value, words in self.tried[name])
        yield from self._reached()
        for _ in range(MIXED):
            yield self._mixed(random), f"a mixture of bins in the segment {self.segment.name}"

    def _middle(self) -> float:
        """Return the sum between the lowest and highest score that no limit cuts off."""
        low, high = (int(each) + self.base for each in self.reach.sums[[0, -1]])
        limits = self.card.scaling.minimum, self.card.scaling.maximum
        least, most = (None if limit is None else int(self.card.scaling.steps(limit)) for limit in limits)
        return (max(low, low if least is None else least) + min(high, high if most is None else most)) / 2 - self.base

    def _mixed(self, random: np.random.Generator) -> Row:
        """Return a row with a value of any bin in every column."""
        options = {name: [*own.values()] for name, own in self.chosen.items()}
        return {name: own[int(random.integers(len(own)))] for name, own in options.items()}

    def _reached(self) -> Iterator[tuple[Row, str]]:
        """Yield the lowest and highest score, and those just below and from every score where something begins."""
        sums = self.reach.sums
        yield from (
            (self._row(int(each)), f"the {words} score of the segment {self.segment.name}")
            for each, words in ((sums[0], "lowest"), (sums[-1], "highest"))
        )
        for aim, words in _aims(self.card):
            steps = int(self.card.scaling.steps(aim)) - self.base
            for total in self.reach.around(steps):
                side = "just below" if total < steps else "at or just above"
                yield self._row(total), f"a score {side} {words} {aim:g}, in the segment {self.segment.name}"

    def _row(self, total: int) -> Row:
        """Return a row whose terms add up to this."""
        places = {term.name: place for term, place in zip(self.segment.terms, self.reach.places(total), strict=True)}
        return {name: self.chosen[name][places[name]] if name in places else values[0] for name, values in self.values.items()}


def _aims(card: Scorecard) -> Iterator[tuple[float, str]]:
    """Yield every score where something begins, and what."""
    found = [(grade.lower_score, f"where grade {grade.name} begins,") for grade in card.grades]
    found += [(step.lower_score, "where a step of the calibration begins,") for step in card.calibration.steps]
    found += [(card.scaling.minimum, "the minimum"), (card.scaling.maximum, "the maximum")]
    found += [] if card.reasons is None else [(card.reasons.cutoff, "the cut-off of the reasons,")]
    yield from ((aim, words) for aim, words in found if aim is not None)


def _one_a_bin(characteristic: Characteristic, values: Sequence[Any], dtype: str) -> dict[int, Any]:
    """Return the first value of each bin that a value falls into."""
    found: dict[int, Any] = {}
    for place, value in zip(_bins(characteristic, values, dtype), values, strict=True):
        found.setdefault(int(place), value)
    return found


def _bins(characteristic: Characteristic, values: Sequence[Any], dtype: str) -> npt.NDArray[np.intp]:
    return characteristic.assign(pa.array(values, ARROW[dtype], from_pandas=False))


def _probes(dtype: str, read: Sequence[Characteristic]) -> list[Probe]:
    """Return each value that is tried of a column, and in words why; ordinary ones first."""
    numeric, categorical = ([each for each in read if each.kind == kind] for kind in ("numeric", "categorical"))
    found = [
        *(_numbers(numeric, dtype) if numeric else ()),
        *(_levels(categorical, dtype) if categorical else ()),
        (None, "missing"),
    ]
    return _unique(found, repr)


def _numbers(read: Sequence[Characteristic], dtype: str) -> Iterator[Probe]:
    edges = sorted({float(edge) for each in read for edge in each.edges})
    codes = sorted({float(found.values[0]) for each in read for found in each.bins if found.kind == "special"})
    inside = [edges[0] - 1, *((low + high) / 2 for low, high in pairwise(edges)), edges[-1] + 1] if edges else [1.5]
    found = [(value, "within an interval") for value in inside]
    found += [each for edge in edges for each in _around(edge, f"the boundary {edge!r}", dtype)]
    found += [each for code in codes for each in _around(code, f"the special code {code!r}", dtype)]
    if dtype != "integer":
        yield from [*found, *((value, EXTREME) for value in NUMBERS)]
        return
    whole = ((math.floor(value), words) for value, words in found if -(2.0**63) <= value < 2.0**63)
    yield from [*whole, *((value, EXTREME) for value in INTEGERS)]


def _around(point: float, words: str, dtype: str) -> list[Probe]:
    found = [(point, words)]
    if dtype == "integer":
        return [*found, (math.ceil(point) - 1.0, f"just below {words}"), (math.floor(point) + 1.0, f"just above {words}")]
    for limit, side in ((-math.inf, "below"), (math.inf, "above")):
        found.append((math.nextafter(point, limit), f"the number just {side} {words}"))
        found.append((float(_digits(point).next_toward(Decimal(limit), FOURTEEN)), f"14 digits just {side} {words}"))
    return found


def _digits(point: float) -> Decimal:
    """Return the digits of a number that spreadsheets tell apart."""
    return FOURTEEN.create_decimal(Decimal(point))


def _levels(read: Sequence[Characteristic], dtype: str) -> Iterator[Probe]:
    known = {str(level): each.kind for own in read for each in own.bins for level in each.values}
    if dtype == "boolean":
        yield from ((value, "one of two") for value in (True, False))
    elif dtype == "date":
        yield from _dates(known)
    elif dtype == "text":
        yield from _texts(known)
    else:
        yield from ((ARROW[dtype].to_pandas_dtype()(value).item(), words) for value, words in _coded(known))


def _coded(known: Mapping[str, str]) -> Iterator[Probe]:
    """Yield levels that are whole numbers."""
    levels = [int(level) for level in known if WHOLE_LEVEL.fullmatch(level)]
    yield from ((level, f"the level {level}") for level in levels)
    yield from ((value, f"near the level {level}") for level in levels for value in (level + 1, -level))
    yield from ((value, EXTREME) for value in INTEGERS)


def _dates(known: Mapping[str, str]) -> Iterator[Probe]:
    levels = [date.fromisoformat(level) for level in known]
    yield from ((level, f"the level {level}") for level in levels)
    yield from ((level + timedelta(days), f"near the level {level}") for level in levels for days in (-1, 1))
    yield from ((day, EXTREME) for day in DATES)


def _texts(known: Mapping[str, str]) -> Iterator[Probe]:
    yield from ((level, f"a text of a {kind} bin") for level, kind in known.items() if kind != "missing")
    yield None, "missing"  # before the texts that stand for it, which a spreadsheet may not hold
    yield from ((level, "a text that stands for a missing value") for level, kind in known.items() if kind == "missing")
    for level in [*known][:: max(1, math.ceil(len(known) / VARIED))]:
        alike = (
            level.swapcase(),
            level.upper(),
            level + " ",
            " " + level,
            level + "\t",
            level[:-1],
            level + "x",
            level.strip(),
            *(normalize(form, level) for form in ("NFC", "NFD", "NFKC")),
        )
        yield from ((text, f"almost the level {shown(level)}") for text in alike)
    yield from ((text, "a strange text") for text in STRANGE)


def shown(value: Any) -> str:
    """Return a value as a message shows it: text in quotes, shortened where it is long.

    Examples
    --------
    >>> shown(0.1), shown("car"), shown(None), shown("x" * 5000)
    ('0.1', "'car'", 'missing', "'xxxxxxxxxxxxxxxxxxxx'.. (5,000 characters)")
    """
    if value is None:
        return "missing"
    if not isinstance(value, str) or len(value) <= 2 * SHOWN:
        return str(value) if isinstance(value, date) else repr(value)
    return f"{value[:SHOWN]!r}.. ({len(value):,} characters)"
