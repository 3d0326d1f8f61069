"""The layers of the query: inputs, points, score, PDs, reasons; each reads the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from scorecard.exports.sql.bins import case, earned, whole
from scorecard.exports.sql.dialects import Dialect, comment
from scorecard.exports.sql.pds import Scale
from scorecard.model import Scorecard, Segment, Term
from scorecard.reasons import FINE, ROOM, reference_steps

ROWS, INPUTS = "card_rows", "card_inputs"
LARGEST_INTEGER = 2**31 - 1
Columns = Sequence[exp.Expr]


@dataclass(frozen=True)
class Place:
    """A term among those of all segments, by number; `home` is the number of its segment."""

    number: int
    home: int
    segment: Segment
    term: Term

    @property
    def following(self) -> int:
        """How many terms of its segment follow, itself included."""
        return len(self.segment.terms) - self.segment.terms.index(self.term)


@dataclass(frozen=True)
class Query:
    """A scorecard as one SELECT.

    Inside, columns are called by number, so that no name of the table clashes with them: ``c`` columns that are carried
    along, ``x`` inputs, ``p`` points, ``k`` keys of reasons and ``m`` the largest of them.
    """

    card: Scorecard
    dialect: Dialect
    table: exp.Table
    keys: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def select(self) -> exp.Select:
        """Return the whole query."""
        source = exp.alias_(self.table.copy(), ROWS, quoted=True, table=True)
        layers, last = {INPUTS: exp.select(*self._inputs()).from_(source)}, INPUTS
        for name, columns in (*self._segments(), *self._layers()):
            layers[name] = exp.select(exp.Column(this=exp.Star(), table=_identifier(last)), *columns).from_(_table(last))
            last = name
        found = exp.select(*self._outputs()).from_(_table(last))
        for name, layer in layers.items():
            found = found.with_(_identifier(name), self.dialect.fenced(layer), materialized=self.dialect.materialized, copy=False)
        _told(found.args["with_"], f"Scorecard {self.card.name}, SHA-256 {self.card.sha256}")
        return found

    def _segments(self) -> Iterator[tuple[str, Columns]]:
        if self.card.segmentation is not None:
            yield "card_segment", [self._segment()]

    def _layers(self) -> Iterator[tuple[str, Columns]]:
        yield "card_points", [self._points(place) for place in self.places]
        yield "card_steps", [_named(self._sum(), "steps", "base points and the points of every characteristic")]
        yield "card_score", [_named(self._score(), "score", "within the limits of the scale")]
        yield "card_pds", [_named(self.scale.raw, "pd_raw", "PD of the points"), *self._calibrated()]
        if self.most:
            yield "card_keys", [_named(self._key(place), f"k{place.number}", place.term.name) for place in self.places]
        for rank in range(1, self.most + 1):
            yield f"card_reason_{rank}", [_named(self._largest(rank), f"m{rank}", f"largest shortfall, rank {rank}")]

    @cached_property
    def places(self) -> list[Place]:
        """The terms of all segments."""
        pairs = [(home, segment, term) for home, segment in enumerate(self.card.segments) for term in segment.terms]
        return [Place(number, *each) for number, each in enumerate(pairs, start=1)]

    @cached_property
    def columns(self) -> dict[tuple[str, str], exp.Column]:
        """The input column of every name and kind of characteristic."""
        rule = [] if self.card.segmentation is None else [self.card.segmentation.characteristic]
        found = [*rule, *(term.characteristic for term in self.card.terms)]
        pairs = dict.fromkeys((each.name, each.kind) for each in found)
        return {pair: _column(f"x{number}") for number, pair in enumerate(pairs, start=1)}

    @cached_property
    def extremes(self) -> tuple[int, int]:
        """Lowest and highest sum of steps that a row can have, before limits."""
        sums = [self._sums(segment) for segment in self.card.segments]
        return min(low for low, _ in sums), max(high for _, high in sums)

    @property
    def most(self) -> int:
        """How many reasons are ranked: no more than there are terms."""
        return 0 if self.card.reasons is None else min(self.card.reasons.most, len(self.places))

    @cached_property
    def scale(self) -> Scale:
        """What makes PDs and grade of the score."""
        low, high = (float(self.card.scaling.total(self.card.scaling.steps(0) + each)) for each in self.extremes)
        return Scale(self.dialect, self.card, _column("score"), (low, high))

    def _sums(self, segment: Segment) -> tuple[int, int]:
        points = [self.card.scaling.steps(term.points) for term in segment.terms]
        base = int(self.card.scaling.steps(segment.base))
        return base + sum(int(each.min()) for each in points), base + sum(int(each.max()) for each in points)

    def _inputs(self) -> Iterator[exp.Expr]:
        for number, name in enumerate((*self.keys, *self.extra), start=1):
            yield _named(_column(name, ROWS), f"c{number}", name)
        for (name, kind), column in self.columns.items():
            found = _column(name, ROWS)
            numeric = kind == "numeric"
            read = self.dialect.as_double(found) if numeric else self.dialect.as_text(found, self.card.dtypes[name])
            yield _named(read, column.name, name)

    def _segment(self) -> exp.Expr:
        rule = self.card.segmentation
        assert rule is not None  # noqa: S101  its caller asks
        own = rule.characteristic
        homes = [self.card.names.index(name) for name in rule.segments]
        return _named(earned(self.dialect, own, self.columns[own.name, own.kind], homes), "segment", own.name)

    def _points(self, place: Place) -> exp.Expr:
        own = place.term.characteristic
        steps = self.card.scaling.steps(place.term.points).tolist()
        found = earned(self.dialect, own, self.columns[own.name, own.kind], steps)
        wide = self.dialect.cast(found, "BIGINT") if self._is_wide else found
        segment = "" if self.card.segmentation is None else f", segment {place.segment.name}"
        return _named(self._at_home(place, wide), f"p{place.number}", f"{own.name}{segment}")

    @cached_property
    def _is_wide(self) -> bool:
        """Return whether a sum or a key of a reason needs more than 32 bits."""
        points = [each for place in self.places for each in self.card.scaling.steps(place.term.points).tolist()]
        constants = [abs(self._constant(place)) for place in self.places] if self.most else []
        keys = max(constants, default=0) + max(map(abs, points), default=0) * FINE * ROOM if self.most else 0
        return max(keys, *map(abs, self.extremes)) > LARGEST_INTEGER

    def _at_home(self, place: Place, value: exp.Expr) -> exp.Expr:
        """Return the value for rows of the term's segment, 0 for others."""
        if self.card.segmentation is None:
            return value
        return case([(_in_segment(place.home), value)], whole(0))

    def _sum(self) -> exp.Expr:
        found = self._base()
        for place in self.places:
            found = exp.Add(this=found, expression=_told(_column(f"p{place.number}"), place.term.name))
        return found

    def _base(self) -> exp.Expr:
        bases = [int(self.card.scaling.steps(segment.base)) for segment in self.card.segments]
        if self.card.segmentation is None:
            return _told(whole(bases[0]), "base points")
        return case([(_in_segment(home), whole(base)) for home, base in enumerate(bases[:-1])], whole(bases[-1]))

    def _score(self) -> exp.Expr:
        scaling, steps = self.card.scaling, _column("steps")
        sides = [(exp.LT, scaling.minimum), (exp.GT, scaling.maximum)]
        limits = [(side, whole(int(scaling.steps(limit)))) for side, limit in sides if limit is not None]
        pairs = [(side(this=steps.copy(), expression=limit), limit) for side, limit in limits]
        total = self.dialect.as_double(case(pairs, steps) if pairs else steps)
        return total if scaling.unit == 1 else exp.Div(this=total, expression=self.dialect.number(scaling.unit), typed=True)

    def _calibrated(self) -> Iterator[exp.Expr]:
        calibration = self.card.calibration
        if calibration.method != "none":
            yield _named(self.scale.calibrated, "pd_calibrated", f"{calibration.method} calibration")
        if calibration.shift:
            yield _named(self.scale.shifted, "pd_anchored", "calibration, then anchor")

    def _constant(self, place: Place) -> int:
        return reference_steps(place.term.reference or 0.0, self.card.scaling) * ROOM + place.following

    def _key(self, place: Place) -> exp.Expr:
        lost = exp.Mul(this=whole(FINE * ROOM), expression=_column(f"p{place.number}"))
        return self._at_home(place, exp.Sub(this=whole(self._constant(place)), expression=lost))

    def _largest(self, rank: int) -> exp.Expr:
        """Return the largest key below the one before; 0 where reasons are not due."""
        keys = [_column(f"k{place.number}") for place in self.places]
        if rank > 1:
            before = _column(f"m{rank - 1}")
            below = [(exp.LT(this=key, expression=before.copy()), key) for key in keys]
            return self.dialect.greatest([case([each], whole(0)) for each in below])
        found = self.dialect.greatest(keys)
        if self.card.reasons is None or self.card.reasons.cutoff is None:
            return found
        due = exp.LT(this=_column("score"), expression=self.dialect.number(self.card.reasons.cutoff))
        return case([(due, found)], whole(0))

    def _outputs(self) -> Iterator[exp.Expr]:
        names = (*self.keys, *self.extra)
        carried = [exp.alias_(_column(f"c{number}"), name, quoted=True) for number, name in enumerate(names, start=1)]
        raw = _column("pd_raw")
        calibrated = raw if self.card.calibration.method == "none" else _column("pd_calibrated")
        final = self.scale.floored(_column("pd_anchored") if self.card.calibration.shift else calibrated)
        yield from carried[: len(self.keys)]
        yield from (exp.alias_(_column("score"), "score", quoted=True), exp.alias_(raw, "pd_raw", quoted=True))
        yield exp.alias_(calibrated.copy(), "pd_calibrated", quoted=True)
        floor = self.card.calibration.floor
        yield _named(final, "pd", f"PD of record, at least {floor}" if floor else "PD of record")
        yield _named(self.scale.grade, "grade", "band of the score")
        for rank in range(1, (self.card.reasons.most if self.card.reasons else 0) + 1):
            yield _named(self._reason(rank), f"reason_{rank}", f"reason of rank {rank}")
        yield from carried[len(self.keys) :]

    def _reason(self, rank: int) -> exp.Expr:
        """Return the name of the characteristic whose key has a rank."""
        if rank > self.most:
            return self.dialect.cast(exp.null(), self.dialect.text)
        found = _column(f"m{rank}")
        keys = [(_column(f"k{place.number}"), self.dialect.string(place.term.name)) for place in self.places]
        pairs = [(exp.EQ(this=found.copy(), expression=key), name) for key, name in keys]
        return case([(exp.LT(this=found, expression=whole(ROOM)), exp.Null()), *pairs], exp.Null())


def _identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def _column(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=_identifier(name), table=_identifier(table) if table else None)


def _in_segment(home: int) -> exp.Expr:
    return exp.EQ(this=_column("segment"), expression=whole(home))


def _table(name: str) -> exp.Table:
    return exp.Table(this=_identifier(name))


def _told(value: exp.Expr, words: str) -> exp.Expr:
    value.comments = [comment(words)]
    return value


def _named(value: exp.Expr, name: str, words: str) -> exp.Expr:
    return _told(exp.alias_(value, name, quoted=True), words)
