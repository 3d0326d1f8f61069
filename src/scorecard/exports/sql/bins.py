"""One CASE a characteristic: which value earns what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from scorecard.exports.sql.dialects import Dialect
from scorecard.woe import Characteristic


def earned(dialect: Dialect, characteristic: Characteristic, column: exp.Column, values: Sequence[int]) -> exp.Expr:
    """Return the expression that gives each value of a column what its bin earns.

    Parameters
    ----------
    dialect : Dialect
    characteristic : Characteristic
    column : Column
        Doubles or texts, from `Dialect.as_double` or `Dialect.as_text`.
    values : sequence of int
        Per bin.
    """
    cases = _of_number if characteristic.kind == "numeric" else _of_text
    return cases(dialect, characteristic, column, [whole(value) for value in values])


def whole(value: int) -> exp.Expr:
    """Return a whole number."""
    number = exp.Literal.number(abs(value))
    return exp.Neg(this=number) if value < 0 else number


def case(pairs: Iterable[tuple[exp.Expr, exp.Expr]], default: exp.Expr) -> exp.Case:
    """Return a CASE of conditions and what they give."""
    return exp.Case(ifs=[exp.If(this=condition, true=value.copy()) for condition, value in pairs], default=default.copy())


def _of_number(dialect: Dialect, own: Characteristic, column: exp.Column, values: list[exp.Expr]) -> exp.Case:
    missing, nan = values[own.index("missing")], dialect.is_nan(column.copy())
    specials = {float(each.values[0]): values[place] for place, each in enumerate(own.bins) if each.kind == "special"}
    pairs = [] if nan is None else [(nan, missing)]
    pairs += [(exp.EQ(this=column.copy(), expression=dialect.number(code)), value) for code, value in specials.items()]
    pairs += [
        (exp.LT(this=column.copy(), expression=dialect.number(edge)), value)
        for edge, value in zip(own.edges, values, strict=False)
    ]
    return case([*pairs, (dialect.inside_last(column.copy()), values[len(own.edges)])], missing)


def _of_text(dialect: Dialect, own: Characteristic, column: exp.Column, values: list[exp.Expr]) -> exp.Case:
    homes: dict[int, list[exp.Expr]] = {own.index("missing"): []}
    for level, place in {str(level): place for place, each in enumerate(own.bins) for level in each.values}.items():
        homes.setdefault(place, []).append(dialect.level(level))
    pairs = [(_among(column, homes[place], place == own.index("missing")), values[place]) for place in sorted(homes)]
    return case(pairs, values[own.index("unseen")])


def _among(column: exp.Column, levels: list[exp.Expr], missing: bool) -> exp.Expr:
    """Return the condition of a value that is one of these levels, or missing."""
    null = [exp.Is(this=column.copy(), expression=exp.Null())] if missing else []
    if not levels:
        return null[0]
    one = len(levels) == 1
    known = exp.EQ(this=column.copy(), expression=levels[0]) if one else exp.In(this=column.copy(), expressions=levels)
    return exp.Or(this=known, expression=null[0]) if null else known
